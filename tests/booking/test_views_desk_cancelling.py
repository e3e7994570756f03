"""Calling sessions off: one, or all of a trainer's on one page; what the page says beforehand is what happens."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.accounts.models import Person
from app.accounts.rules import Role
from app.booking import services
from app.booking.models import Booking, Charge
from app.booking.rules.places import QuotaKind
from app.booking.rules.states import BookingStatus
from app.catalogue.models import CourseSession, SessionPart
from app.catalogue.rules import SessionStatus
from app.core import clock
from app.core.db import db, transaction
from tests.booking.test_services_pressed_at_once import at_once
from tests.booking.test_views_desk_session import fresh, words
from tests.builders import a_booking, a_course, a_person, a_session, a_trainer, an_agency

S = BookingStatus
HIDDEN = re.compile(r'<input[^>]*type="hidden"[^>]*>')


@pytest.fixture
def desk(as_role):
    return as_role(Role.COORDINATOR)


def filled(page, **changed):
    """The form as the page shows it: its hidden fields and chosen options, with something changed."""
    found = {}
    for field in HIDDEN.findall(page):
        found[re.search(r'name="([^"]+)"', field).group(1)] = re.search(r'value="([^"]*)"', field).group(1)
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', page, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        found[name] = chosen.group(1) if chosen else ""
    return {key: value for key, value in found.items() if key != "csrf_token"} | changed


def a_leaving_trainer():
    """Two sessions of a trainer; the first has another date with two free places, the second has none."""
    trainer, course = a_trainer(), a_course(title="Neglect")
    first = a_session(places=9, trainer=trainer, course=course, starts_in=timedelta(days=20))
    other = a_session(places=2, course=course, starts_in=timedelta(days=30))
    second = a_session(places=16, trainer=trainer, starts_in=timedelta(days=25))
    return trainer, first, other, second


def test_the_date_with_most_places_for_those_displaced_comes_first_whatever_limits_leave_for_others(desk):
    course, agency = a_course(), an_agency()
    session = a_session(places=5, course=course)
    for _ in range(2):
        a_booking(session, a_person(agency=agency))
    roomy, limited = a_session(places=3, course=course, starts_in=timedelta(days=40)), a_session(places=20, course=course, starts_in=timedelta(days=30))
    services.add_quota(session_id=limited.id, kind=QuotaKind.MOST, places=1, agency_id=agency.id, sector=None, releases_at=None, by="c", now=clock.now())
    page = desk.get(f"/desk/sessions/{session.ref}/cancel").text
    assert "(1 place free for them)" in page and "(3 places free)" in page and "20 places free" not in page
    assert re.search(rf'<option value="{roomy.id}" selected', page)


def test_the_preview_counts_add_up_and_are_what_happens(desk):
    trainer, first, other, second = a_leaving_trainer()
    shared = a_person()
    a_booking(first, shared)
    for session, number in ((first, 2), (second, 2)):
        for _ in range(number):
            a_booking(session)
    a_booking(first, status=S.WAITING)
    a_booking(second, shared, status=S.WAITING)
    address = f"/desk/trainers/{trainer.person_id}/sessions"
    page = desk.get(address).text
    text = words(page)
    assert "2 sessions from" in text and "with 25 places. 5 people have a place and 2 wait." in text
    assert "2 held, 1 at the front of the list there, 1 on the list, which closes" in text
    assert "2 without another date, 1 on the list, which closes" in text
    assert "Cancel 2 sessions and write to 7 people" in text, "somebody on both is written to once, and so is the trainer"
    assert "The sessions that they give are cancelled, in one letter." in text
    counts = [int(number) for number in re.findall(r'<tr><td class="n">(\d+)</td>', page)]
    assert sum(counts) == 7
    assert "25 places and 5 bookings lost" in text and "nobody is charged" in text
    done = desk.follow(desk.post(address, filled(page, reason="Her post is vacant")))
    assert "2 sessions are cancelled. 25 places and 7 bookings ended. 2 people have a place held on another date, 1 wait there first." in words(done.text)
    there = [row.status for row in db.session.scalars(sa.select(Booking).where(Booking.course_session_id == other.id).order_by(Booking.id))]
    assert sorted(status.value for status in there) == ["offered", "offered", "waiting"]
    assert db.session.scalar(sa.select(sa.func.count(Charge.id))) == 0


def test_undo_puts_everything_back_within_ten_minutes(desk):
    trainer, first, other, second = a_leaving_trainer()
    booking = a_booking(first)
    address = f"/desk/trainers/{trainer.person_id}/sessions"
    desk.post(address, filled(desk.get(address).text, reason="Ill"))
    page = desk.get("/desk/cancelled")
    assert "2 sessions at" in words(page.text) and "Undo: the sessions take place" in page.text
    assert "Undo it until" in desk.get(f"/desk/sessions/{first.ref}").text and "cancelled in the last ten minutes" in desk.get("/desk").text
    done = desk.follow(desk.post("/desk/cancelled", filled(page.text)))
    assert "Undone. 1 booking stands as before." in done.text
    assert fresh(Booking, booking.id).status is S.BOOKED
    assert {fresh(CourseSession, one.id).status for one in (first, second)} == {SessionStatus.SCHEDULED}
    assert {row.status for row in db.session.scalars(sa.select(Booking).where(Booking.course_session_id == other.id))} == {S.LEFT_LIST}
    again = desk.follow(desk.post("/desk/cancelled", filled(page.text)))
    assert "It was undone already" in again.text and "There is a problem" not in again.text


def said_by(app, answer):
    """What the next page will say, as the answer's own cookie has it: two answers at once share a browser."""
    cookie = re.search(r"session=([^;]+)", answer.headers["Set-Cookie"]).group(1)
    ((_kind, said),) = app.session_interface.get_signing_serializer(app).loads(cookie)["_flashes"]
    return said


def test_two_presses_of_undo_at_once_have_answers_that_both_say_so(app, desk):
    session = a_session()
    services.cancel_session(session_id=session.id, reason="Ill", by="x", now=clock.now())
    form = filled(desk.get("/desk/cancelled").text)
    answers = at_once(app, [lambda: desk.post("/desk/cancelled", form, checked=False)] * 2)
    assert sorted(said_by(app, one) for one in answers) == ["It was undone already: what was called off goes ahead.", "Undone. 0 bookings stand as before."]
    assert [one.status_code for one in answers] == [302, 302] and fresh(CourseSession, session.id).status is SessionStatus.SCHEDULED


def test_what_was_called_off_too_long_ago_or_never_is_not_undone(desk):
    now = clock.now()
    for at in ((now - timedelta(minutes=11)).isoformat(), (now + timedelta(minutes=1)).isoformat(), "nonsense"):
        answer = desk.post("/desk/cancelled", {**filled(desk.get("/desk/policies").text), "at": at})
        assert "More than ten minutes have passed, or it was undone already" in answer.text


def test_after_ten_minutes_there_is_nothing_to_undo(desk):
    session = a_session()
    services.cancel_session(session_id=session.id, reason="Ill", by="x", now=clock.now() - timedelta(minutes=11))
    assert "Nothing was cancelled in the last ten minutes" in desk.get("/desk/cancelled").text


def test_what_begins_within_ten_minutes_is_said_to_be_told_at_once_and_not_undone_before_the_button_and_after_it(desk):
    session = a_session(starts_in=timedelta(minutes=6))
    a_booking(session)
    address = f"/desk/sessions/{session.ref}/cancel"
    page = desk.get(address).text
    assert "letters leave at once and this cannot be undone" in words(page) and "Letters wait" not in page
    after = words(desk.follow(desk.post(address, filled(page, reason="Ill"))).text)
    assert "1 session at" in after and "It was to begin within ten minutes" in after and "Undo" not in after and "Nothing was cancelled" not in after
    assert "Undo it until" not in desk.get(f"/desk/sessions/{session.ref}").text and "in the last ten minutes" not in desk.get("/desk").text


def test_an_act_with_one_session_that_begins_within_ten_minutes_is_not_undone_in_part(desk):
    trainer, first, _other, second = a_leaving_trainer()
    near = a_session(starts_in=timedelta(minutes=6), trainer=trainer)
    address = f"/desk/trainers/{trainer.person_id}/sessions"
    page = desk.get(address).text
    assert "letters about it leave at once and nothing of this can be undone" in words(page)
    desk.post(address, filled(page, reason="Ill"))
    page = words(desk.get("/desk/cancelled").text)
    assert "3 sessions at" in page and "One of them was to begin within ten minutes" in page and "Undo" not in page
    for one in (near, first, second):
        assert "Undo it until" not in desk.get(f"/desk/sessions/{one.ref}").text


def test_the_near_session_is_kept_out_of_the_act_so_that_the_others_can_be_undone(desk):
    trainer, first, _other, _second = a_leaving_trainer()
    near = a_session(starts_in=timedelta(minutes=6), trainer=trainer)
    address = f"/desk/trainers/{trainer.person_id}/sessions"
    page = desk.post(address, filled(desk.get(address).text, reason="Ill", again="1") | {f"do_{near.id}": "keep"}).text
    assert "Letters wait for ten minutes" in page
    desk.post(address, filled(page, reason="Ill"))
    assert "Undo it until" in desk.get(f"/desk/sessions/{first.ref}").text and fresh(CourseSession, near.id).status is SessionStatus.SCHEDULED


def test_somebody_who_books_meanwhile_stops_the_button(desk):
    trainer, first, _other, _second = a_leaving_trainer()
    address = f"/desk/trainers/{trainer.person_id}/sessions"
    form = filled(desk.get(address).text, reason="Ill")
    services.book_place(session_id=first.id, person_id=a_person().id, by="x", now=clock.now())
    page = desk.post(address, form)
    assert "1 person has booked since you opened this. Look again." in page.text and "Ill" in page.text
    assert fresh(CourseSession, first.id).status is SessionStatus.SCHEDULED
    desk.post(address, filled(page.text, reason="Ill"))
    assert fresh(CourseSession, first.id).status is SessionStatus.CANCELLED


def test_without_the_counts_that_the_page_carries_the_button_would_cancel_unseen(desk):
    """The canary of the test above: what stops the button are the counts, nothing else."""
    trainer, first, _other, _second = a_leaving_trainer()
    address = f"/desk/trainers/{trainer.person_id}/sessions"
    form = filled(desk.get(address).text, reason="Ill", seen="")
    services.book_place(session_id=first.id, person_id=a_person().id, by="x", now=clock.now())
    desk.post(address, form)
    assert fresh(CourseSession, first.id).status is SessionStatus.CANCELLED


def test_a_choice_that_the_page_did_not_work_out_is_shown_before_it_is_done(desk):
    trainer, first, _other, second = a_leaving_trainer()
    address = f"/desk/trainers/{trainer.person_id}/sessions"
    form = filled(desk.get(address).text, reason="Ill", **{f"do_{second.id}": "keep"})
    page = desk.post(address, form)
    assert "You changed what is to be done" in page.text and "1 cancelled (9 places, 0 booked), 1 kept" in words(page.text)
    assert fresh(CourseSession, first.id).status is SessionStatus.SCHEDULED
    desk.post(address, filled(page.text, reason="Ill"))
    assert (fresh(CourseSession, first.id).status, fresh(CourseSession, second.id).status) == (SessionStatus.CANCELLED, SessionStatus.SCHEDULED)


def test_working_it_out_again_needs_no_reason_and_changes_nothing(desk):
    trainer, first, _other, _second = a_leaving_trainer()
    address = f"/desk/trainers/{trainer.person_id}/sessions"
    page = desk.post(address, filled(desk.get(address).text, again="1", **{f"do_{first.id}": "none"})).text
    assert "There is a problem" not in page and "2 cancelled" in words(page)
    assert fresh(CourseSession, first.id).status is SessionStatus.SCHEDULED


def test_a_date_that_is_cancelled_too_cannot_be_offered(desk):
    trainer, course = a_trainer(), a_course()
    first, second = (a_session(trainer=trainer, course=course, starts_in=timedelta(days=days)) for days in (20, 30))
    address = f"/desk/trainers/{trainer.person_id}/sessions"
    page = desk.get(address).text
    assert filled(page)[f"do_{first.id}"] == "none", "the best date is one that goes ahead"
    page = desk.post(address, filled(page, reason="Ill", **{f"do_{first.id}": str(second.id)})).text
    assert "The date that you offer is to be cancelled or moved too" in page
    assert fresh(CourseSession, first.id).status is SessionStatus.SCHEDULED


@pytest.mark.parametrize("value", ["999999", "x", "-1", ""])
def test_an_odd_choice_is_refused(desk, value):
    trainer, first, _other, _second = a_leaving_trainer()
    address = f"/desk/trainers/{trainer.person_id}/sessions"
    desk.post(address, filled(desk.get(address).text, reason="Ill", **{f"do_{first.id}": value}))
    assert fresh(CourseSession, first.id).status is SessionStatus.SCHEDULED


def test_the_date_with_most_free_places_is_chosen_first(desk):
    course = a_course()
    session = a_session(course=course, starts_in=timedelta(days=20))
    small, large = (a_session(course=course, places=places, starts_in=timedelta(days=days)) for places, days in ((3, 25), (8, 40)))
    page = desk.get(f"/desk/sessions/{session.ref}/cancel").text
    assert filled(page)[f"do_{session.id}"] == str(large.id) and "3 places free" in page and small.id


def test_the_trainers_sessions_can_begin_at_a_day(desk):
    trainer, _first, _other, second = a_leaving_trainer()
    day = clock.london_date(second.starts_at)
    assert "1 session from" in words(desk.get(f"/desk/trainers/{trainer.person_id}/sessions?from={day}").text)
    assert "2 sessions from" in words(desk.get(f"/desk/trainers/{trainer.person_id}/sessions?from=nonsense").text)
    far = clock.london_date(clock.now() + timedelta(days=300))
    assert "Nothing is to be moved, given to others or cancelled" in desk.get(f"/desk/trainers/{trainer.person_id}/sessions?from={far}").text


def test_somebody_who_is_no_trainer_has_no_such_page(desk):
    assert desk.get(f"/desk/trainers/{a_person().id}/sessions").status_code == 404


def test_quotas_of_the_other_date_are_kept_in_the_preview_too(desk):
    """The page and the act agree where places are kept for others."""
    course = a_course()
    session = a_session(course=course, places=9, starts_in=timedelta(days=20))
    other = a_session(course=course, places=3, starts_in=timedelta(days=30))
    services.add_quota(session_id=other.id, kind=QuotaKind.KEPT, places=2, agency_id=an_agency().id, sector=None, releases_at=None, by="c", now=clock.now())
    for _ in range(2):
        a_booking(session)
    page = desk.get(f"/desk/sessions/{session.ref}/cancel").text
    assert "1 held, 1 at the front of the list there" in words(page)
    done = desk.follow(desk.post(f"/desk/sessions/{session.ref}/cancel", filled(page, reason="Ill")))
    assert "1 person has a place held on another date, 1 wait there first" in words(done.text)


def test_the_trainers_page_takes_as_many_statements_for_many_sessions_as_for_few(desk, counting):
    trainer, course = a_trainer(), a_course()
    address = f"/desk/trainers/{trainer.person_id}/sessions"

    def some():
        for session in (a_session(trainer=trainer, course=course), a_session(trainer=trainer)):
            a_booking(session)
            a_session(course=session.course)

    some()
    few = counting(lambda: desk.get(address))
    for _ in range(8):
        some()
    assert counting(lambda: desk.get(address)) == few <= 25


def test_a_session_that_has_started_is_not_cancelled(desk):
    session = a_session(starts_in=timedelta(hours=-1))
    page = desk.follow(desk.get(f"/desk/sessions/{session.ref}/cancel"))
    assert "can no longer be cancelled" in page.text
    with transaction() as writing:
        writing.get(CourseSession, session.id).status = SessionStatus.DELIVERED
    assert desk.get(f"/desk/sessions/{session.ref}/cancel").status_code == 302


def test_whoever_holds_places_without_names_is_counted_before_the_button_and_in_it(desk):
    session, lead = a_session(places=9), a_person()
    services.hold_places(session_id=session.id, agency_id=lead.affiliation.agency_id, by_id=lead.id, places=3,
                         releases_at=clock.now() + timedelta(days=2), now=clock.now())
    page = words(desk.get(f"/desk/sessions/{session.ref}/cancel").text)
    assert "Cancel the session and write to 1 person" in page and "the places without names that they hold for their agency go with it" in page
    a_booking(session)
    assert "Cancel the session and write to 2 people" in words(desk.get(f"/desk/sessions/{session.ref}/cancel").text)


def test_a_date_that_has_gone_meanwhile_is_said_and_the_reason_stays(desk):
    session = a_session(places=2)
    other = a_session(places=2, course=session.course, starts_in=timedelta(days=30))
    a_booking(session)
    address = f"/desk/sessions/{session.ref}/cancel"
    page = desk.get(address).text
    services.cancel_session(session_id=other.id, reason="Ill", by="x", now=clock.now())
    answer = desk.post(address, filled(page, reason="The hall has flooded"))
    assert answer.status_code == 200
    assert "Choose one of those that are listed" in answer.text and "The hall has flooded" in answer.text


def under_way(**more):
    session = a_session(starts_in=timedelta(hours=-1), places=9, **more)
    with transaction() as writing:
        writing.add(SessionPart(course_session_id=session.id, starts_at=session.starts_at + timedelta(days=7), ends_at=session.ends_at + timedelta(days=7)))
        writing.get_one(CourseSession, session.id).ends_at += timedelta(days=7)
    db.session.expire_all()
    return session


def test_the_rest_of_a_session_under_way_is_called_off_on_one_page_that_says_what_it_means(desk):
    session = under_way(trainer=a_trainer())
    a_booking(session)
    address = f"/desk/sessions/{session.ref}/cancel-rest"
    assert address in desk.get(f"/desk/sessions/{session.ref}").text
    assert desk.get(f"/desk/sessions/{session.ref}/cancel").location == address, "the whole of it can no longer be called off"
    page = desk.get(address)
    text = words(page.text)
    assert "1 person is on the register. Each is told once" in text and "Cancel the rest and write to 2 people" in text and "cannot be undone" in text
    assert "Write why" in desk.post(address, filled(page.text, reason=" ")).text and len(session.parts) == 2
    done = desk.post(address, filled(page.text, reason="Snow"))
    assert "The rest is cancelled. 1 person on the register is told." in words(desk.follow(done).text)
    assert desk.post(address, filled(page.text, reason="Snow")).status_code == 302, "pressed twice"
    assert address not in desk.get(f"/desk/sessions/{session.ref}").text
    assert db.session.scalar(sa.select(sa.func.count(SessionPart.id))) == 1


def test_whoever_cannot_come_to_the_rest_says_so_and_the_register_knows(desk, as_role):
    session, me = under_way(), as_role(Role.DELEGATE)
    booking = a_booking(session, db.session.get_one(Person, me.person_id))
    assert "Can you not come to the rest?" in me.get(f"/bookings/{booking.ref}").text
    page = me.get(f"/bookings/{booking.ref}/apologies").text
    assert "Tell us why you cannot come to the rest" in page
    me.follow(me.post(f"/bookings/{booking.ref}/apologies", {"reason": "Court"}))
    register = desk.get(f"/registers/{session.ref}").text
    assert "Sent apologies" in register and "Court" not in register
