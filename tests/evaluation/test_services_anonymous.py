"""Anonymous stays anonymous: whoever has the whole database, and knows in which order people came, does no better than chance."""

import random
from datetime import timedelta

import pytest
import sqlalchemy as sa

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
from tests.builders import a_booking, a_session
from tests.evaluation.anonymously import HIDDEN, answer, correlation, joined_by_transaction, make_anonymous, named_rightly, orders, said, tickets
from tests.evaluation.carving import copies, order_of, pictures

PEOPLE = 200
pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture(autouse=True)
def _no_room_of_earlier_rows(app, backend):
    """Where rows lie is looked at here, and PostgreSQL puts new ones where deleted ones were."""
    if backend == "postgresql":
        with db.engine.begin() as connection:
            connection.exec_driver_sql("TRUNCATE response, answer, anonymous_ticket CASCADE")


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


def test_stages_are_paired_by_ones_own_phrase_and_by_nothing_else(over, version_id):
    before = make_anonymous(Stage.BEFORE, clock.now())
    for number, phrase in ((1, "Elm Street, badger"), (2, ""), (3, "Elm street badger!")):
        anonymous.submit(session_id=over.id, stage=Stage.BEFORE, version_id=before, owner=f"booking:{number}", given={"knowledge": "2"}, quoting=Quoting.NO,
                         phrase=phrase, outcome=None, now=over.ends_at - timedelta(hours=1))
    answer(over, version_id, 1, clock.now(), phrase="elm  street BADGER")
    answer(over, version_id, 2, clock.now())
    db.session.rollback()
    rows = db.session.execute(sa.select(Response.stage, Response.respondent)).all()
    by_stage = {stage: {code for at, code in rows if at is stage} for stage in (Stage.BEFORE, Stage.AFTER)}
    assert len(by_stage[Stage.BEFORE]) == 3, "two with the same phrase cannot be told apart, so the second stands alone"
    assert len(by_stage[Stage.BEFORE] & by_stage[Stage.AFTER]) == 1
    assert all("elm" not in code and "badger" not in code for _stage, code in rows)


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
