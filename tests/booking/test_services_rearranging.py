"""Several sessions of one trainer in one act: some called off, some given to another, some moved; all of it or nothing, and each told once."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from app.booking import services
from app.booking.queries import cancelling, giving
from app.booking.services import Cancelling, Giving, Moving
from app.catalogue.models import CourseSession, SessionPart
from app.catalogue.rules import SessionStatus
from app.core.db import db, transaction
from app.core.errors import Refused
from app.mail.models import Letter
from app.mail.rules.fates import LetterStatus
from tests.booking.acting import DAY, HOUR, MINUTE, NOW, a_session, book, broken, statuses
from tests.booking.test_services_pressed_at_once import at_once
from tests.builders import a_person, a_trainer

pytestmark = pytest.mark.usefixtures("app")


def of_sam():
    """Three sessions of Sam, on each somebody with a place and somebody who waits, and another trainer, Tom."""
    sam, tom = (a_trainer(person=a_person(first_name=name)) for name in ("Sam", "Tom"))
    sessions = [a_session(trainer=sam, places=1, starts_in=(20 + number) * DAY) for number in range(3)]
    for session in sessions:
        book(session)
        book(session)
    with transaction() as kept:
        kept.execute(sa.update(Letter).values(status=LetterStatus.SENT, next_try_at=None, sent_at=NOW))
    return sam, tom, sessions


def rearrange(*steps, reason="The post is vacant", now=NOW, **more):
    return services.rearrange_sessions(steps=steps, reason=reason, by="c", now=now, **more)


def told():
    """Who is written to now, by the kind of letter."""
    db.session.rollback()
    found = {}
    for kind, person_id in db.session.execute(sa.select(Letter.kind, Letter.person_id).where(Letter.status == LetterStatus.QUEUED).order_by(Letter.id)):
        found.setdefault(kind, []).append(person_id)
    return found


def stands(session):
    db.session.rollback()
    one = db.session.get_one(CourseSession, session.id, populate_existing=True)
    return one.status.value, one.trainer_id, one.starts_at


def seen(*sessions):
    found = [cancelling.one_session(one.id, NOW).sessions[0] for one in sessions]
    return {"seen": {one.dated.session.id: one.stand for one in found}, "stood": {one.dated.session.id: one.how for one in found}}


def test_one_session_is_called_off_one_given_and_one_moved_and_each_person_is_told_once():
    sam, tom, (first, second, third) = of_sam()
    later = third.starts_at + 30 * DAY
    done = rearrange(Cancelling(first.id), Giving(second.id, tom.person_id), Moving(third.id, later))
    assert (done.sessions, done.places, done.ended) == (1, 1, 2)
    assert [stands(one)[:2] for one in (first, second, third)] == [("cancelled", sam.person_id), ("scheduled", tom.person_id), ("scheduled", sam.person_id)]
    assert stands(third)[2] == later and statuses(third) == ["booked", "waiting"]
    letters = told()
    assert {kind: len(people) for kind, people in letters.items()} == {
        "session-cancelled": 2, "trainer-cancelled": 1, "trainer-released": 1, "trainer-named": 1, "times-changed": 1, "list-times-changed": 1,
        "trainer-changed": 1}
    assert letters["trainer-named"] == [tom.person_id] and letters["trainer-released"] == [sam.person_id] == letters["trainer-changed"]
    assert broken() == []


def test_when_one_step_cannot_be_nothing_is_done_and_nobody_told():
    _sam, tom, (first, second, third) = of_sam()
    for wrong, why in ((Moving(third.id, NOW - DAY), "lies in the past"), (Giving(third.id, a_person().id), "gives no sessions any more"),
                       (Cancelling(third.id, second.id), "cannot be offered")):
        with pytest.raises(Refused, match=why):
            rearrange(Giving(first.id, tom.person_id), Moving(second.id, second.starts_at + DAY), wrong)
    with pytest.raises(Refused, match="Write why"):
        rearrange(Giving(first.id, tom.person_id), Cancelling(second.id), reason=" ")
    with pytest.raises(Refused, match="Choose at least one"):
        rearrange()
    assert told() == {} and {stands(one)[0] for one in (first, second, third)} == {"scheduled"} and broken() == []


def test_no_reason_is_asked_for_where_nothing_is_called_off():
    _sam, tom, (first, *_others) = of_sam()
    rearrange(Giving(first.id, tom.person_id), reason="")
    assert stands(first)[1] == tom.person_id


def test_a_date_that_moves_in_the_same_act_is_offered_to_nobody():
    sam, _tom, (first, *_others) = of_sam()
    other = a_session(trainer=sam, course=first.course, places=5, starts_in=40 * DAY)
    with pytest.raises(Refused, match="moved in the same act"):
        rearrange(Cancelling(first.id, other.id), Moving(other.id, other.starts_at + DAY))
    rearrange(Cancelling(first.id, other.id))
    assert statuses(other) == ["offered"]


def test_all_parts_move_and_stay_as_long_and_as_far_apart():
    _sam, _tom, (first, *_others) = of_sam()
    with transaction() as kept:
        kept.add(SessionPart(course_session_id=first.id, starts_at=first.starts_at + 7 * DAY, ends_at=first.starts_at + 7 * DAY + HOUR))
        kept.get_one(CourseSession, first.id).ends_at = first.starts_at + 7 * DAY + HOUR
    before = first.starts_at
    rearrange(Moving(first.id, before + 2 * DAY))
    db.session.rollback()
    assert [(part.starts_at, part.ends_at) for part in first.parts] == [
        (before + 2 * DAY, before + 2 * DAY + 3 * HOUR), (before + 9 * DAY, before + 9 * DAY + HOUR)]


def test_who_left_meanwhile_is_given_nothing():
    _sam, tom, (first, *_others) = of_sam()
    with transaction() as kept:
        kept.get_one(type(tom.person), tom.person_id).affiliation.ends_on = NOW.date() - DAY
    with pytest.raises(Refused, match="gives no sessions any more"):
        rearrange(Giving(first.id, tom.person_id))


@pytest.mark.parametrize("changed", ["trainer", "time", "places", "place", "booking"])
def test_a_session_that_changed_since_the_page_was_opened_stops_the_act(changed):
    sam, tom, (first, second, third) = of_sam()
    opened = seen(first, second)
    if changed == "booking":
        book(second)
    else:
        ann = a_trainer()
        planned = services.as_planned(Moving(second.id, second.starts_at + HOUR if changed == "time" else second.starts_at), second)
        services.change_session(
            session_id=second.id, planned=type(planned)(planned.parts, planned.format, "Guildhall" if changed == "place" else planned.venue_or_link,
                                                        ann.person_id if changed == "trainer" else sam.person_id),
            capacity=5 if changed == "places" else 1, by="x", now=NOW)
    with pytest.raises(Refused, match="since you opened this"):
        rearrange(Giving(first.id, tom.person_id), Giving(second.id, tom.person_id), **opened)
    assert stands(first)[1] == sam.person_id
    services.change_session(session_id=third.id, planned=services.as_planned(Giving(third.id, tom.person_id), third), capacity=1, by="x", now=NOW)
    rearrange(Giving(first.id, tom.person_id), Giving(second.id, tom.person_id), **seen(first, second))
    assert stands(first)[1] == tom.person_id == stands(second)[1], "what changed elsewhere does not matter"


def test_two_who_press_at_once_do_it_once(app):
    sam, tom, (first, second, _third) = of_sam()
    opened, steps = seen(first, second), (Giving(first.id, tom.person_id), Moving(second.id, second.starts_at + DAY))
    db.session.rollback()

    def press():
        try:
            rearrange(*steps, **opened)
        except Refused as no:
            return str(no)
        return "done"

    answers = at_once(app, [press, press])
    assert answers.count("done") == 1 and sum("since you opened this" in one for one in answers) == 1
    letters = told()
    assert letters["trainer-named"] == [tom.person_id] and letters["trainer-changed"] == [sam.person_id] and len(letters["times-changed"]) == 1


def test_what_was_called_off_is_undone_and_what_was_given_stays_given():
    _sam, tom, (first, second, _third) = of_sam()
    rearrange(Cancelling(first.id), Giving(second.id, tom.person_id))
    services.undo_cancelling(session_ids=[first.id], by="c", now=NOW + MINUTE)
    assert (statuses(first), stands(second)[1]) == (["booked", "waiting"], tom.person_id)
    assert "session-cancelled" not in told() and broken() == []


def test_who_gives_what_is_known_of_drafts_too_and_not_of_what_is_over_or_off():
    sam, _tom, (first, second, third) = of_sam()
    draft = a_session(trainer=sam, status=SessionStatus.DRAFT)
    over = a_session(trainer=sam, starts_in=-30 * DAY)
    services.cancel_session(session_id=first.id, reason="Ill", by="c", now=NOW)
    given = giving.given(NOW)
    assert set(given) == {second.id, third.id, draft.id} and over.id not in given
    assert given[second.id].trainer_id == sam.person_id and given[second.id].parts == ((second.starts_at, second.starts_at + timedelta(hours=3)),)


def test_whoever_was_not_told_yet_that_a_session_is_theirs_is_not_told_that_it_is_not():
    sam, tom, (first, second, _third) = of_sam()
    ann = a_trainer()
    assert giving.unaware([first.id, second.id]) == set()
    rearrange(Giving(first.id, tom.person_id))
    assert giving.unaware([first.id, second.id]) == {first.id}
    handover = giving.handover(db.session.get_one(CourseSession, first.id), ann.person_id, NOW)
    assert (handover.told, handover.before) == (1, "")
    rearrange(Giving(first.id, ann.person_id), now=NOW + MINUTE)
    assert told()["trainer-named"] == [ann.person_id] and told()["trainer-released"] == [sam.person_id]


def test_who_can_give_sessions_are_those_who_have_not_left():
    sam, tom, _sessions = of_sam()
    assert set(giving.who_can_give()) == {sam.person_id, tom.person_id}
    with transaction() as kept:
        kept.get_one(type(tom.person), tom.person_id).affiliation.ends_on = datetime.now(NOW.tzinfo).date() - DAY
    assert set(giving.who_can_give()) == {sam.person_id}
