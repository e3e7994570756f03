"""The page of a trainer's sessions, where each is kept, moved, called off or given to another; what it says beforehand is what happens."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.accounts.rules import Role
from app.booking import services
from app.booking.rules.states import BookingStatus
from app.catalogue.models import CourseSession, SessionPart
from app.catalogue.rules import SessionStatus
from app.catalogue.services import Planned
from app.core import clock
from app.core.db import db, transaction
from app.mail.models import Letter
from app.mail.rules.fates import LetterStatus
from tests.booking.test_services_pressed_at_once import at_once
from tests.booking.test_views_desk_cancelling import filled
from tests.booking.test_views_desk_session import fresh, words
from tests.builders import a_booking, a_course, a_person, a_session, a_trainer

S, DAYS = BookingStatus, timedelta(days=1)


@pytest.fixture
def desk(as_role):
    return as_role(Role.COORDINATOR)


class Sams:
    """Three sessions of Sam, on each two people with a place and one who waits; Tom could give them, unless he gives one then."""

    def __init__(self):
        self.sam, self.tom = (a_trainer(person=a_person(first_name=name, last_name="Hall")) for name in ("Sam", "Tom"))
        self.sessions = [a_session(trainer=self.sam, course=a_course(title=title), places=2, starts_in=days * DAYS)
                         for title, days in (("Neglect", 20), ("Thresholds", 25), ("Listening", 30))]
        for session in self.sessions:
            for status in (S.BOOKED, S.BOOKED, S.WAITING):
                a_booking(session, status=status)
        self.address = f"/desk/trainers/{self.sam.person_id}/sessions"
        self.to_tom = f"to-{self.tom.person_id}"

    def choices(self, *chosen, **more):
        return {f"do_{session.id}": what for session, what in zip(self.sessions, chosen, strict=True)} | more

    def moved(self, session, days=10, starts="9:30"):
        return {f"day_{session.id}": f"{clock.london_date(session.starts_at + days * DAYS)}", f"starts_{session.id}": starts}


def worked_out(desk, sams, *chosen, **more):
    page = desk.get(sams.address).text
    return desk.post(sams.address, filled(page, again="1") | sams.choices(*chosen, **more)).text


def written_to():
    db.session.rollback()
    return db.session.scalars(sa.select(Letter.person_id).where(Letter.status == LetterStatus.QUEUED).distinct()).all()


def test_what_the_preview_counts_is_who_is_written_to(desk):
    sams = Sams()
    first, second, third = sams.sessions
    page = worked_out(desk, sams, "none", sams.to_tom, "move", **sams.moved(third, 40))
    text = words(page)
    assert "1 cancelled (2 places, 2 booked), 1 moved, 1 given to another trainer, 0 kept" in text
    assert "Tom Hall gives it. Nothing changes for those who have a place or wait" in text
    assert "2 asked whether they can still come, 1 on the list, where they stay" in text
    assert "Sam Hall: 1 session cancelled, 1 session at another time, 1 session no longer theirs to give." in text
    assert "Tom Hall: 1 session is theirs to give." in text and "2 places and 2 bookings lost" in text
    assert "Cancel 1 session, move 1, give 1 to another trainer and write to 8 people" in text
    typed = sams.moved(third, 40)
    done = desk.follow(desk.post(sams.address, filled(page, reason="Her post is vacant") | typed))
    assert "1 session is cancelled." in words(done.text) and "1 session has another time. Tom Hall gives 1 session now." in words(done.text)
    assert len(written_to()) == 8
    assert (fresh(CourseSession, first.id).status, fresh(CourseSession, second.id).trainer_id) == (SessionStatus.CANCELLED, sams.tom.person_id)
    moved = fresh(CourseSession, third.id)
    assert clock.london(moved.starts_at).strftime("%H:%M") == "09:30" and moved.ends_at - moved.starts_at == timedelta(hours=3)
    assert "Undo: the session takes place" in done.text


def test_the_same_form_twice_does_it_once_and_says_so(desk):
    sams = Sams()
    typed = sams.moved(sams.sessions[2])
    form = filled(worked_out(desk, sams, sams.to_tom, "none", "move", **typed), reason="Ill") | typed
    desk.post(sams.address, form)
    letters = db.session.scalar(sa.select(sa.func.count(Letter.id)))
    answer = desk.follow(desk.post(sams.address, form))
    assert "It is done already." in answer.text and "There is a problem" not in answer.text
    assert db.session.scalar(sa.select(sa.func.count(Letter.id))) == letters


def test_two_presses_at_once_do_it_once_and_both_say_so(app, desk):
    sams = Sams()
    typed = sams.moved(sams.sessions[2])
    form = filled(worked_out(desk, sams, sams.to_tom, "none", "move", **typed), reason="Ill") | typed
    answers = at_once(app, [lambda: desk.post(sams.address, form, checked=False)] * 2)
    assert [one.status_code for one in answers] == [302, 302]
    kinds = db.session.scalars(sa.select(Letter.kind).where(Letter.kind.startswith("trainer"))).all()
    assert sorted(kinds) == ["trainer-cancelled", "trainer-changed", "trainer-named", "trainer-released"]


def test_what_somebody_else_did_with_it_is_not_taken_for_a_second_press_of_another_choice(desk):
    sams = Sams()
    first, second, _third = sams.sessions
    page = worked_out(desk, sams, sams.to_tom, "keep", "keep")
    services.change_session(session_id=first.id, planned=services.as_planned(services.Giving(first.id, sams.tom.person_id), first), capacity=2, by="x",
                            now=clock.now())
    answer = desk.post(sams.address, filled(page, reason="Ill") | {f"do_{second.id}": "none"})
    assert "The sessions have changed since you opened this." in answer.text and "Ill" in answer.text
    assert filled(answer.text)[f"do_{second.id}"] == "none" and fresh(CourseSession, second.id).status is SessionStatus.SCHEDULED


def test_a_session_that_changed_meanwhile_is_shown_again_with_all_that_was_chosen_and_typed(desk):
    sams = Sams()
    first, second, third = sams.sessions
    typed = sams.moved(third, 40, "13.45")
    form = filled(worked_out(desk, sams, sams.to_tom, "none", "move", **typed), reason="Her post is vacant") | typed
    services.change_session(session_id=first.id, planned=Planned([(first.starts_at, first.ends_at)], first.format, "Guildhall", sams.sam.person_id),
                            capacity=2, by="x", now=clock.now())
    answer = desk.post(sams.address, form)
    assert "Neglect" in answer.text and "has changed since you opened this" in answer.text and "Look again." in answer.text
    again = filled(answer.text)
    assert [again[f"do_{one.id}"] for one in sams.sessions] == [sams.to_tom, "none", "move"]
    assert "Her post is vacant" in answer.text and 'value="13.45"' in answer.text and fresh(CourseSession, second.id).status is SessionStatus.SCHEDULED
    desk.post(sams.address, filled(answer.text, reason="Her post is vacant") | typed)
    assert fresh(CourseSession, first.id).trainer_id == sams.tom.person_id and fresh(CourseSession, third.id).starts_at != third.starts_at - DAYS


@pytest.mark.parametrize(("day", "starts", "said"), [
    ("", "9:30", "Enter the new day"), ("2020-01-01", "9:30", "This start lies in the past."), ("soon", "9:30", "Not a valid date"),
    (None, "", "Enter when it starts"), (None, "late", "is not a time. Write it like 9:30 or 13:45"), ("2027-03-28", "1:30", "Clocks skip 01:30 on that day"),
    ("9999-12-31", "9:30", "This day is too far off"),
])
def test_a_move_that_cannot_be_is_said_at_its_field_and_nothing_is_done(desk, day, starts, said):
    sams = Sams()
    third = sams.sessions[2]
    typed = sams.moved(third) | {f"starts_{third.id}": starts} | ({} if day is None else {f"day_{third.id}": day})
    page = worked_out(desk, sams, sams.to_tom, "keep", "move", **typed)
    assert said in page and "There is a problem" in page
    answer = desk.post(sams.address, filled(page) | typed)
    assert said in answer.text
    assert fresh(CourseSession, sams.sessions[0].id).trainer_id == sams.sam.person_id


def test_what_stands_in_fields_of_a_session_that_is_not_moved_does_no_harm(desk):
    sams = Sams()
    third = sams.sessions[2]
    typed = {f"day_{third.id}": "rubbish", f"starts_{third.id}": "rubbish"}
    page = worked_out(desk, sams, "keep", "keep", sams.to_tom, **typed)
    assert "There is a problem" not in page
    desk.post(sams.address, filled(page) | typed)
    assert fresh(CourseSession, third.id).trainer_id == sams.tom.person_id


def test_a_move_to_when_it_is_already_is_no_move(desk):
    sams = Sams()
    third = sams.sessions[2]
    page = worked_out(desk, sams, "keep", "keep", "move", **sams.moved(third, 0, f"{clock.london(third.starts_at):%H:%M}"))
    assert "It starts then already" in page


def test_a_day_of_booking_that_moves_with_the_session_and_all_of_its_parts_are_said(desk):
    sams = Sams()
    third = sams.sessions[2]
    with transaction() as kept:
        kept.get_one(CourseSession, third.id).closes_at = third.starts_at - DAYS
        kept.add(SessionPart(course_session_id=third.id, starts_at=third.starts_at + 7 * DAYS, ends_at=third.ends_at + 7 * DAYS))
    page = words(worked_out(desk, sams, "keep", "keep", "move", **sams.moved(third, -10)))
    assert "Booking closes: " in page and "9:30am to 12:30pm and " in page and "its parts lie as far apart" in page


def test_who_has_a_session_at_that_time_is_pointed_out_where_they_are_chosen_and_where_they_were(desk):
    sams = Sams()
    first, second, third = sams.sessions
    a_session(trainer=sams.tom, course=a_course(title="Domestic abuse"), starts_in=20 * DAYS + timedelta(hours=1))
    page = desk.get(sams.address).text
    assert page.count("Give to Tom Hall (has a session then)") == 1
    text = words(worked_out(desk, sams, sams.to_tom, sams.to_tom, "keep"))
    assert text.count("Tom Hall gives Domestic abuse at that time too: ") == 1
    at = clock.london(second.starts_at)
    text = words(worked_out(desk, sams, "keep", "keep", "move", **{f"day_{third.id}": f"{at.date()}", f"starts_{third.id}": f"{at:%H:%M}"}))
    assert "Sam Hall gives Thresholds at that time too: " in text
    desk.post(sams.address, filled(worked_out(desk, sams, sams.to_tom, "keep", "keep")))
    assert fresh(CourseSession, first.id).trainer_id == sams.tom.person_id, "a coordinator may know better"


def test_a_session_that_the_other_trainer_got_meanwhile_is_said_before_it_is_done(desk):
    sams = Sams()
    page = worked_out(desk, sams, sams.to_tom, "keep", "keep")
    a_session(trainer=sams.tom, starts_in=20 * DAYS)
    answer = desk.post(sams.address, filled(page))
    assert "at that time too" in answer.text and fresh(CourseSession, sams.sessions[0].id).trainer_id == sams.sam.person_id


@pytest.mark.parametrize(("chosen", "each"), [("keep", ["keep"] * 3), ("none", ["none"] * 3), ("tom", ["tom"] * 3), ("best", ["other", "none", "none"])])
def test_what_is_chosen_for_all_is_chosen_for_each_and_can_be_changed_for_one(desk, chosen, each):
    sams = Sams()
    other = a_session(course=sams.sessions[0].course, places=9, starts_in=60 * DAYS)
    meant = {"tom": sams.to_tom, "other": str(other.id)}
    page = desk.post(sams.address, filled(desk.get(sams.address).text, again="all", for_all=meant.get(chosen, chosen))).text
    shown = filled(page)
    assert [shown[f"do_{one.id}"] for one in sams.sessions] == [meant.get(one, one) for one in each] and shown["for_all"] == ""
    page = desk.post(sams.address, shown | {"again": "1", f"do_{sams.sessions[1].id}": "keep"}).text
    assert filled(page)[f"do_{sams.sessions[1].id}"] == "keep"


def test_what_is_chosen_for_all_is_shown_before_it_is_done_whichever_button_is_pressed(desk):
    sams = Sams()
    answer = desk.post(sams.address, filled(desk.get(sams.address).text, for_all=sams.to_tom, reason="Ill"))
    assert "You changed what is to be done" in answer.text and "Give 3 sessions to another trainer and write to 2 people" in words(answer.text)
    desk.post(sams.address, filled(answer.text))
    assert {fresh(CourseSession, one.id).trainer_id for one in sams.sessions} == {sams.tom.person_id}
    assert sorted(written_to()) == sorted([sams.sam.person_id, sams.tom.person_id])
    assert "has no coming session" in desk.get(sams.address).text


def test_who_has_left_and_whose_page_it_is_are_not_chosen_from(desk):
    sams = Sams()
    with transaction() as kept:
        kept.get_one(type(sams.tom.person), sams.tom.person_id).affiliation.ends_on = clock.london_date(clock.now()) - DAYS
    page = desk.get(sams.address).text
    assert "Give to" not in page
    desk.post(sams.address, filled(page) | sams.choices(sams.to_tom, "keep", "keep"))
    assert {fresh(CourseSession, one.id).trainer_id for one in sams.sessions} == {sams.sam.person_id}


def test_of_a_draft_nobody_is_told(desk):
    sam, tom = a_trainer(), a_trainer()
    session = a_session(trainer=sam, status=SessionStatus.DRAFT)
    address = f"/desk/trainers/{sam.person_id}/sessions"
    page = desk.post(address, filled(desk.get(address).text, again="1") | {f"do_{session.id}": f"to-{tom.person_id}"}).text
    assert "Nobody is told" in page and "Give the session to another trainer</button>" in page
    desk.post(address, filled(page))
    assert fresh(CourseSession, session.id).trainer_id == tom.person_id and written_to() == []


def test_the_preview_takes_as_many_statements_for_many_sessions_as_for_few(desk, counting):
    sams = Sams()
    typed = sams.moved(sams.sessions[1])
    form = filled(worked_out(desk, sams, sams.to_tom, "move", "none", **typed), again="1") | typed
    address = sams.address
    few = counting(lambda: desk.post(address, form))
    for _ in range(3):
        for what, days in ((sams.to_tom, 20), ("move", 25), ("none", 30)):
            one = a_session(trainer=sams.sam, starts_in=days * DAYS)
            a_booking(one)
            form |= {f"do_{one.id}": what} | sams.moved(one)
    assert counting(lambda: desk.post(address, form)) == few <= 25


def test_two_trainers_of_one_name_are_two_people(desk):
    sams = Sams()
    other = a_trainer(person=a_person(first_name="Tom", last_name="Hall"))
    text = words(worked_out(desk, sams, sams.to_tom, f"to-{other.person_id}", "keep"))
    assert text.count("Tom Hall: 1 session is theirs to give.") == 2 and "write to 3 people" in text


def test_the_page_is_about_the_same_days_after_the_button_as_before(desk):
    sams = Sams()
    address = f"{sams.address}?from={clock.london_date(sams.sessions[1].starts_at)}"
    page = desk.post(address, filled(desk.get(address).text, again="all", for_all=sams.to_tom)).text
    assert desk.post(address, filled(page)).location == address
    assert [fresh(CourseSession, one.id).trainer_id for one in sams.sessions] == [sams.sam.person_id, *[sams.tom.person_id] * 2]


def test_a_choice_that_no_page_has_shown_is_shown_first(desk):
    sams = Sams()
    answer = desk.post(sams.address, filled(desk.get(sams.address).text, shown="", reason="Ill") | sams.choices("none", "none", "none"))
    assert "You changed what is to be done" in answer.text and fresh(CourseSession, sams.sessions[0].id).status is SessionStatus.SCHEDULED
