"""Anonymous stays anonymous: whoever has the whole database, and knows in which order people came, does no better than chance."""

import random
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.booking.models import Booking
from app.booking.rules.states import BookingStatus
from app.booking.rules.turnout import Turnout
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import Refused
from app.evaluation import jobs
from app.evaluation.models import AnonymousTicket, Answer, AnswerDraft, Response
from app.evaluation.queries import asking, of_session
from app.evaluation.rules.stages import Quoting, Stage
from app.evaluation.services import anonymous
from app.evaluation.services.answering import save_draft, submit
from app.evaluation.services.questionnaires import ensure_questionnaires
from tests.booking.test_services_races import at_once
from tests.builders import a_booking, a_session
from tests.evaluation.anonymously import HIDDEN, answer, correlation, joined_by_transaction, make_anonymous, named_rightly, orders, said, tickets
from tests.evaluation.carving import begun, copies, order_of, pictures

PEOPLE = 200
pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture(autouse=True)
def _no_room_of_earlier_rows(app, backend):
    """Where rows lie is looked at here, and PostgreSQL puts new ones where deleted ones were."""
    if backend == "postgresql":
        with db.engine.begin() as connection:
            connection.exec_driver_sql("TRUNCATE response, answer, anonymous_ticket, answer_draft CASCADE")


@pytest.fixture
def over():
    return a_session(starts_in=timedelta(hours=-4), places=300)


@pytest.fixture
def asked_after():
    return ensure_questionnaires(now=clock.now())[Stage.AFTER].id


@pytest.fixture
def version_id():
    return make_anonymous(Stage.AFTER, clock.now())


def test_two_hundred_answers_are_linked_no_better_than_by_chance(backend, over, version_id):
    """By chance one of 200 is named rightly, and more than seven in one of 100,000 tries; an order is related to the true one by 0.07, give or
    take, and by more than 0.28 in one of 15,000. Where rows lie is looked at after further rewritings too: the mean must be near zero."""
    chance, now = random.Random(18), clock.now()
    for number in range(PEOPLE):
        assert answer(over, version_id, number, now + timedelta(minutes=number), chance=chance)
    looks = []
    for _ in range(10):
        db.session.rollback()
        truth, found = said(), orders(backend)
        assert len(truth) == PEOPLE and tickets() == PEOPLE
        right = {name: named_rightly(order, truth, random.Random(5)) for name, order in found.items()}
        related = {name: round(correlation(order, truth), 3) for name, order in found.items()}
        assert max(right.values()) <= 7 and max(map(abs, related.values())) < 0.285, (right, related)
        assert backend == "sqlite" or joined_by_transaction() == []
        looks.append(related)
        anonymous.count_the_rest(session_id=over.id, stage=Stage.AFTER, chance=chance)
    hidden = f"answer.{HIDDEN[backend][0]}"
    assert abs(sum(look[hidden] for look in looks) / len(looks)) < 0.15, looks
    assert len({row.submitted_at for row in db.session.scalars(sa.select(Response))}) == 1


def test_without_the_rewriting_the_same_attack_names_everybody(backend, over, version_id, monkeypatch):
    """The switch."""
    monkeypatch.setattr(anonymous, "REWRITES", False)
    for number in range(40):
        answer(over, version_id, number, clock.now())
    db.session.rollback()
    truth, found = said(), orders(backend)
    assert named_rightly(found[f"answer.{HIDDEN[backend][0]}"], truth, random.Random(5)) == 40
    assert backend == "sqlite" or len(joined_by_transaction()) == 40


def test_one_copy_of_the_files_tells_of_no_earlier_moment(backend, over, version_id, tmp_path):
    """Neither the write-ahead log nor rows that are dead; in SQLite's files each answer is there once, so that nothing that is free holds any."""
    for number in range(30):
        answer(over, version_id, number, clock.now())
    assert [len(group) for group in order_of(pictures(backend, tmp_path))] == [30]
    assert backend == "postgresql" or copies() == dict.fromkeys(range(30), 1)


def test_without_clearing_away_one_copy_of_the_files_names_everybody(backend, over, version_id, tmp_path, monkeypatch):
    """The switch."""
    monkeypatch.setattr(anonymous, "CLEARS", False)
    for number in range(12):
        answer(over, version_id, number, clock.now())
    assert order_of(pictures(backend, tmp_path)) == [{number} for number in range(12)]


@pytest.mark.parametrize("before_the_first_answer", [True, False])
def test_one_copy_of_the_files_tells_nothing_that_was_begun_under_a_name(backend, over, asked_after, before_the_first_answer):
    """The same words stand in the answer: whoever found them beside a booking would know whose it is."""
    places = [a_booking(over).id for _ in range(6)]
    for number, place in enumerate(places):
        save_draft(booking_id=place, stage=Stage.AFTER, version_id=asked_after, key=f"k{number}", given={"comment": [f"person {number}"]},
                   now=clock.now())
    assert backend == "sqlite" or begun() == set(range(6))
    make_anonymous(Stage.AFTER, clock.now())
    if not before_the_first_answer:
        for number, place in enumerate(places):
            assert answer(over, asked_after, number, clock.now(), owner=anonymous.owner_of(place))
    assert backend == "sqlite" or begun() == set()
    assert backend == "postgresql" or copies() == ({} if before_the_first_answer else dict.fromkeys(range(6), 1))


def test_while_somebody_reads_an_answer_is_kept_all_the_same_and_a_job_clears_away_later(backend, over, version_id, tmp_path):
    with db.engine.connect() as reader:
        if backend == "postgresql":
            reader.execution_options(isolation_level="REPEATABLE READ")
        reader.execute(sa.text("SELECT count(*) FROM answer"))
        for number in range(5):
            assert answer(over, version_id, number, clock.now())
        assert len(pictures(backend, tmp_path)) > 1 or max(copies().values()) > 1
        jobs.clear_old_rows(clock.now())
    if backend == "postgresql":
        db.session.execute(sa.text("SELECT pg_stat_force_next_flush()"))
        db.session.rollback()
    assert jobs.clear_old_rows(clock.now()) == "nothing is left of earlier rows"
    assert [len(group) for group in order_of(pictures(backend, tmp_path))] == [5]


def test_nothing_is_kept_of_who_answered(over, version_id):
    person = a_booking(over)
    assert answer(over, version_id, 1, clock.now(), owner=f"booking:{person.id}")
    response = db.session.scalars(sa.select(Response)).one()
    assert (response.booking_id, response.keyed_by_id, response.attempt) == (None, None, None)
    assert person.ref not in response.respondent and response.submitted_at == over.ends_at and response.id < 0
    assert db.session.scalar(sa.select(sa.func.count()).select_from(AnswerDraft)) == 0


def test_one_place_is_one_answer_and_it_cannot_be_changed(over, version_id):
    booking = a_booking(over)
    assert answer(over, version_id, 1, clock.now(), owner=f"booking:{booking.id}")
    assert not answer(over, version_id, 2, clock.now(), owner=f"booking:{booking.id}")
    assert list(said().values()) == [1]
    assert asking.to_answer(booking.person_id, clock.now()) == []


def test_answers_count_in_fives_and_the_rest_when_nobody_can_answer_any_more(over, version_id):
    def shown():
        db.session.rollback()
        return len(of_session.sent(over.id, Stage.AFTER))

    counts = []
    for number in range(13):
        answer(over, version_id, number, clock.now())
        counts.append(shown())
    assert counts == [0, 0, 0, 0, 5, 5, 5, 5, 5, 5, 5, 5, 5]
    for number in range(13, 17):
        answer(over, version_id, number, clock.now())
        counts.append(shown())
    assert counts[13:] == [5, 10, 10, 10], "five wait behind those that count, so that no fewer come in at the end"
    jobs.count_held_answers(over.ends_at + timedelta(days=55))
    assert shown() == 10, "what was filled in on paper may still come"
    assert jobs.count_held_answers(over.ends_at + timedelta(days=57)) == "held answers of 1 sessions counted"
    assert shown() == 17


def test_who_answered_confidentially_does_not_answer_again_and_what_others_have_begun_goes(over, asked_after):
    """Sessions with some of each are there from before this rule; no new ones come about."""
    first, second = a_booking(over), a_booking(over)
    given = {"knowledge": "3", "engaging": "5", "improved_knowledge": "4", "useful_in_role": "4"}
    submit(booking_id=first.id, stage=Stage.AFTER, version_id=asked_after, given=given, quoting=Quoting.NO, now=clock.now())
    save_draft(booking_id=second.id, stage=Stage.AFTER, version_id=asked_after, key="k", given={"comment": ["the same words"]}, now=clock.now())
    with transaction() as session:
        session.add(AnonymousTicket(digest="x", course_session_id=over.id, stage=Stage.AFTER))
    make_anonymous(Stage.AFTER, clock.now())
    with pytest.raises(Refused, match="when they were confidential"):
        answer(over, asked_after, 1, clock.now(), owner=anonymous.owner_of(first.id))
    assert answer(over, asked_after, 2, clock.now(), owner=anonymous.owner_of(second.id))
    assert db.session.scalar(sa.select(sa.func.count()).select_from(AnswerDraft)) == 0
    save_draft(booking_id=second.id, stage=Stage.AFTER, version_id=asked_after, key="k", given={"comment": ["the same words"]}, now=clock.now())
    assert db.session.scalar(sa.select(sa.func.count()).select_from(AnswerDraft)) == 0


BADGER = ("Elm Street, badger", "elm  street BADGER", "Elm street badger!")


def rates(session, versions, stage, booking, phrase, rating):
    """Somebody's rating at a stage, with a phrase."""
    now = session.ends_at - timedelta(hours=1) if stage is Stage.BEFORE else session.ends_at
    given = {**(dict.fromkeys(("engaging", "improved_knowledge", "useful_in_role"), "none") if stage is Stage.AFTER else {}), "knowledge": rating}
    assert anonymous.submit(session_id=session.id, stage=stage, version_id=versions[stage], owner=anonymous.owner_of(booking.id), given=given,
                            quoting=Quoting.NO, phrase=phrase, outcome=None, now=now)


def codes(session):
    db.session.rollback()
    rows = db.session.execute(sa.select(Response.stage, Response.respondent).where(Response.course_session_id == session.id)).all()
    assert all(word not in code for _stage, code in rows for word in ("elm", "badger"))
    return {stage: [code for at, code in rows if at is stage] for stage in (Stage.BEFORE, Stage.AFTER)}


def paired(session):
    """The ratings before and after of everybody, as the pages pair them."""
    for stage in (Stage.BEFORE, Stage.AFTER):
        anonymous.count_the_rest(session_id=session.id, stage=stage)
    ids = db.session.scalars(sa.select(Response.id).where(Response.course_session_id == session.id, Response.stage == Stage.AFTER)).all()
    return sorted(of_session.pairs(session.id, ids).values())


@pytest.fixture
def versions(version_id):
    return {Stage.BEFORE: make_anonymous(Stage.BEFORE, clock.now()), Stage.AFTER: version_id}


def test_stages_are_paired_by_ones_own_phrase_and_by_nothing_else(over, versions):
    first, second = a_booking(over), a_booking(over)
    for stage, phrase in ((Stage.BEFORE, BADGER[0]), (Stage.AFTER, BADGER[1])):
        rates(over, versions, stage, first, phrase, "2")
        rates(over, versions, stage, second, "", "3")
    assert len(set(codes(over)[Stage.BEFORE]) & set(codes(over)[Stage.AFTER])) == 1 and paired(over) == [(2, 2)]


def test_a_phrase_does_not_tell_who_answered_of_two_sessions_of_a_course(over, version_id):
    """The two lists of people have one person in common; so must have no two answers anything."""
    again, person = a_session(starts_in=timedelta(hours=-4), places=300, course=over.course), a_booking(over).person
    for session in (over, again):
        owner = anonymous.owner_of(a_booking(session, person).id if session is again else db.session.scalar(
            sa.select(Booking.id).where(Booking.course_session_id == over.id, Booking.person_id == person.id)))
        answer(session, version_id, 1, clock.now(), owner=owner, phrase=BADGER[0])
        answer(session, version_id, 2, clock.now(), phrase=f"of {session.ref}")
    db.session.rollback()
    rows = [dict(row) for row in db.session.execute(sa.select(Response.__table__, AnonymousTicket.digest).select_from(Response).join(
        AnonymousTicket, AnonymousTicket.course_session_id == Response.course_session_id)).mappings()]
    one, other = ([row for row in rows if row["course_session_id"] == session.id] for session in (over, again))
    assert one and other
    for column in ("id", "respondent", "digest", "attempt", "booking_id"):
        assert not {row[column] for row in one} & {row[column] for row in other} - {None}, column


@pytest.mark.parametrize("shared_at", [Stage.BEFORE, Stage.AFTER])
@pytest.mark.parametrize("first_then", ["the same comes first", "the other comes first"])
def test_two_who_chose_the_same_phrase_are_paired_with_nothing_at_no_stage(over, versions, shared_at, first_then):
    """One who knew little and one who knew much: nobody changed, and no pair may say so."""
    little, much, other = (a_booking(over) for _ in range(3))
    both, alone = (little, "1"), (much, "5")
    if first_then == "the other comes first":
        both, alone = alone, both
    stages = (Stage.BEFORE, Stage.AFTER)
    for stage in stages:
        rates(over, versions, stage, other, "an own one", "3")
        everybody = [both, alone] if stage is stages[0] else [alone, both]
        for at, (booking, rating) in enumerate(everybody):
            if stage is shared_at or at == 0:
                rates(over, versions, stage, booking, BADGER[at], rating)
    assert paired(over) == [(3, 3)]
    assert len(set(codes(over)[Stage.BEFORE]) & set(codes(over)[Stage.AFTER])) == 1


def test_a_third_with_a_phrase_that_two_have_given_up_does_not_get_it_either_and_what_paired_before_does_not(over, versions):
    people = [a_booking(over) for _ in range(4)]
    rates(over, versions, Stage.BEFORE, people[0], BADGER[0], "1")
    for booking in people[:3]:
        rates(over, versions, Stage.AFTER, booking, BADGER[1], "4")
    rates(over, versions, Stage.BEFORE, people[3], BADGER[2], "2")
    assert paired(over) == [] and len({*codes(over)[Stage.BEFORE], *codes(over)[Stage.AFTER]}) == 5


def test_by_code_letter_and_paper_no_more_answer_than_were_there_also_at_once(app, over, version_id):
    """Nobody knows who has answered twice, so the room counts all ways together, under the lock."""
    owners = [anonymous.owner_of(a_booking(over).id) for _ in range(3)]
    owners += [*(f"{anonymous.BY_CODE}{over.id}:{number}" for number in range(3)), *(f"paper:{over.id}:{number}" for number in range(3))]
    number = over.id

    def send(owner):
        try:
            return anonymous.submit(session_id=number, stage=Stage.AFTER, version_id=version_id, owner=owner, given=dict.fromkeys(
                ("knowledge", "engaging", "improved_knowledge", "useful_in_role"), "none"), quoting=Quoting.NO, phrase="", outcome=None,
                now=clock.now(), paper=owner.startswith("paper"))
        except Refused as no:
            return str(no)

    told = at_once(app, [lambda owner=owner: send(owner) for owner in owners])
    assert told.count(True) == 3 and all("As many answers have come as people were there" in one for one in told if one is not True)
    db.session.rollback()
    assert tickets() == 3


def test_who_gave_the_place_back_takes_no_answer_from_who_came_instead_and_who_was_absent_leaves_no_room(over, versions):
    gone, stays, absent = (a_booking(over) for _ in range(3))
    for booking in (gone, stays):
        rates(over, versions, Stage.BEFORE, booking, "", "2")
    with transaction() as session:
        session.get(Booking, gone.id).status = BookingStatus.GIVEN_BACK
        session.get(Booking, absent.id).turnout = Turnout.MISSED
    instead = a_booking(over)
    for booking in (absent, instead):
        rates(over, versions, Stage.BEFORE, booking, "", "2")
    rates(over, versions, Stage.AFTER, instead, "", "3")
    assert not asking.all_have_answered(over.id, Stage.AFTER)
    answer(over, versions[Stage.AFTER], 1, clock.now(), owner=f"{anonymous.BY_CODE}x")
    with pytest.raises(Refused, match="As many answers have come"):
        rates(over, versions, Stage.AFTER, stays, "", "3")


def test_an_anonymous_question_is_not_answered_confidentially_and_the_other_way_round(over, version_id):
    booking = a_booking(over)
    given = {"knowledge": "3", "engaging": "5", "improved_knowledge": "4", "useful_in_role": "4"}
    with pytest.raises(Refused, match="anonymously now"):
        submit(booking_id=booking.id, stage=Stage.AFTER, version_id=version_id, given=given, quoting=Quoting.NO, now=clock.now())
    confidential = a_session(starts_in=timedelta(hours=-4))
    follow_up = make_anonymous(Stage.FOLLOW_UP, clock.now())
    with pytest.raises(Refused, match="not asked any more"):
        answer(confidential, follow_up, 1, clock.now())
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Answer)) == 0
