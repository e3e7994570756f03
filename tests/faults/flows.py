"""The acts that are killed at every step, as people do them: each prepares what it needs, fills in the page's form, and can tell what was kept.

Another act is another function here or in `flows_answers.py`, and its name in FLOWS or ANSWERS.
"""

from datetime import timedelta

from app.accounts.models import Person, SignIn
from app.accounts.rules import Role
from app.attendance.models import Attendance, Register
from app.booking import services as places
from app.booking.models import Booking
from app.booking.rules.states import Act as Step
from app.booking.rules.states import BookingStatus
from app.booking.rules.turnout import Turnout
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus
from app.core import clock
from app.core.db import db, transaction
from tests import builders
from tests.faults.acts import Act, about_to, happened, just_over, live_bookings, rows_of, signed_up, somebody, stands
from tests.faults.flows_answers import ANSWERS
from tests.faults.procs import Served


def book(site: Served) -> Act:
    """Book a place."""
    with transaction():
        session, account = builders.a_session(places=2), signed_up(site)
        browser, ids = site.browser(account), (session.id, account.person_id)
    return about_to(browser, f"/sessions/{session.ref}/book", lambda: live_bookings(*ids, BookingStatus.BOOKED))


def join_waiting_list(site: Served) -> Act:
    """Ask for a place when there is none."""
    with transaction():
        session, account = builders.a_session(places=1), signed_up(site)
        builders.a_booking(session, somebody(site))
        browser, ids = site.browser(account), (session.id, account.person_id)
    return about_to(browser, f"/sessions/{session.ref}/book", lambda: live_bookings(*ids, BookingStatus.WAITING))


def give_back(site: Served) -> Act:
    """Give a place back, on a session for which somebody waits."""
    with transaction():
        session, account = builders.a_session(places=1), signed_up(site)
        booking = builders.a_booking(session, account.person)
        builders.a_booking(session, somebody(site), status=BookingStatus.WAITING)
        browser, number = site.browser(account), booking.id
    return about_to(browser, f"/bookings/{booking.ref}/give-back", lambda: stands(number, BookingStatus.GIVEN_BACK), button="Give my place back")


def undo(site: Served) -> Act:
    """Take a place back that was just given back."""
    with transaction():
        account = signed_up(site)
        booking = builders.a_booking(builders.a_session(places=1), account.person)
        places.give_back(booking_id=booking.id, by="them", now=clock.now())
        browser, number = site.browser(account), booking.id
    return about_to(browser, f"/bookings/{booking.ref}", lambda: happened(number, Step.UNDO, BookingStatus.BOOKED), also={"answer": "undo"})


def take_offer(site: Served) -> Act:
    """Say yes to an offer."""
    with transaction():
        account = signed_up(site)
        booking = builders.a_booking(builders.a_session(places=1), account.person, status=BookingStatus.OFFERED,
                                     due_at=clock.now() + timedelta(hours=1))
        browser, number = site.browser(account), booking.id
    return about_to(browser, f"/bookings/{booking.ref}", lambda: happened(number, Step.ACCEPT, BookingStatus.BOOKED), button="Take the place",
                    also={"answer": "take"})


def move(site: Served) -> Act:
    """Move to another date: the new place and the end of the old one."""
    with transaction():
        account, first = signed_up(site), builders.a_session(places=1)
        other = builders.a_session(places=1, course=first.course, starts_in=timedelta(days=20))
        booking = builders.a_booking(first, account.person)
        browser, number, there = site.browser(account), booking.id, (other.id, account.person_id)

    def kept() -> int:
        moved = stands(number, BookingStatus.MOVED)
        assert moved == live_bookings(*there, BookingStatus.BOOKED), "one half of it"
        return moved

    return about_to(browser, f"/bookings/{booking.ref}/move?to={other.ref}", kept)


def substitute(site: Served) -> Act:
    """Send a colleague: their place and the end of one's own."""
    with transaction():
        account, session, colleague = signed_up(site), builders.a_session(places=1), somebody(site)
        booking = builders.a_booking(session, account.person)
        browser, number, theirs, email = site.browser(account), booking.id, (session.id, colleague.id), colleague.email

    def kept() -> int:
        sent = stands(number, BookingStatus.SUBSTITUTED)
        assert sent == live_bookings(*theirs, BookingStatus.BOOKED), "one half of it"
        return sent

    return about_to(browser, f"/bookings/{booking.ref}/substitute", kept, also={"email": email})


def cancel_session(site: Served) -> Act:
    """Call a session off: it and its three bookings."""
    with transaction():
        session = builders.a_session(places=2)
        for status in (BookingStatus.BOOKED, BookingStatus.BOOKED, BookingStatus.WAITING):
            builders.a_booking(session, somebody(site), status=status)
        browser, number = site.browser(signed_up(site, Role.COORDINATOR)), session.id

    def kept() -> int:
        cancelled = db.session.get(CourseSession, number).status is SessionStatus.CANCELLED
        ended = rows_of(Booking, Booking.course_session_id == number, Booking.status == BookingStatus.SESSION_CANCELLED)
        assert ended == 3 * cancelled, "a part of it"
        return int(cancelled)

    return about_to(browser, f"/desk/sessions/{session.ref}/cancel", kept, also={"reason": "The trainer is ill"})


def save_marks(site: Served) -> Act:
    """Mark two people."""
    session, browser, bookings = just_over(site)
    ids = [booking.id for booking in bookings]

    def kept() -> int:
        marks = rows_of(Attendance, Attendance.booking_id.in_(ids))
        assert marks in (0, 2), "a part of it"
        return marks // 2

    return about_to(browser, f"/registers/{session.ref}", kept, button="Save", also={f"mark-{booking.ref}": "attended" for booking in bookings})


def walk_in(site: Served) -> Act:
    """Put somebody on the register who came without a booking: the person, the booking and the mark."""
    session, browser, _bookings = just_over(site)
    email, number = f"new-{session.ref}@example.org".lower(), session.id

    def kept() -> int:
        found = rows_of(Booking, Booking.course_session_id == number, Booking.status == BookingStatus.WALK_IN)
        assert found == rows_of(Person, Person.email == email), "a part of it"
        return found

    return about_to(browser, f"/registers/{session.ref}", kept, button="Add and mark as here",
                    also={"email": email, "first_name": "New", "last_name": "Person", "agency": "0"})


def finish_register(site: Served) -> Act:
    """Say that every mark is in: the register is finished, and the session delivered."""
    session, browser, bookings = just_over(site)
    number = session.id
    with transaction() as writing:
        for booking in bookings:
            writing.add(Attendance(booking_id=booking.id, outcome="attended", marked_at=session.ends_at))
            writing.get_one(Booking, booking.id).turnout = Turnout.CAME

    def kept() -> int:
        finished = rows_of(Register, Register.course_session_id == number, Register.finished_at.is_not(None))
        assert (db.session.get(CourseSession, number).status is SessionStatus.DELIVERED) == bool(finished), "one half of it"
        return finished

    return about_to(browser, f"/registers/{session.ref}", kept, button="Finish the register")


def sign_in(site: Served) -> Act:
    """Sign in with a password. Doing it again is another sign-in."""
    account = signed_up(site)
    email, number = account.person.email, account.id
    return about_to(site.browser(), "/sign-in", lambda: rows_of(SignIn, SignIn.account_id == number),
                    also={"email": email, "password": builders.PASSWORD}, once=False)


FLOWS = {flow.__name__: flow for flow in (
    book, join_waiting_list, give_back, undo, take_offer, move, substitute, cancel_session, save_marks, walk_in, finish_register,
    sign_in, *ANSWERS,
)}
