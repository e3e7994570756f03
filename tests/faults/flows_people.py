"""Further acts on places that are killed at every step: what people do with their own places, from letters, and for those whom they look after."""

from datetime import timedelta

import sqlalchemy as sa

from app.accounts.models import Affiliation, Person
from app.accounts.rules import Role
from app.booking import services as places
from app.booking.models import Booking, BookingEvent, BookingGroup, BookingNeed, CourseInterest, HeldPlaces, SessionEvent
from app.booking.rules.policy import GO_BACK_AT
from app.booking.rules.states import Act as Step
from app.booking.rules.states import BookingStatus as S
from app.catalogue.rules import Approval
from app.core import clock
from app.core.db import db, transaction
from app.mail.services import make_link
from tests import builders
from tests.faults.acts import Act, about_to, happened, live_bookings, rows_of, signed_up, somebody, stands
from tests.faults.browsing import Browser
from tests.faults.procs import Served

SOON = timedelta(hours=1)


class Last(Act):
    """An act after which the page is not theirs any more; whoever presses again reads that there is nothing."""

    gone = True


def _mine(site: Served, status: S, *, starts_in: timedelta = timedelta(days=10), places_: int = 1, **more: object) -> tuple[Browser, Booking]:
    """Somebody's browser and their booking that stands so."""
    with transaction():
        account = signed_up(site)
        booking = builders.a_booking(builders.a_session(places=places_, starts_in=starts_in), account.person, status=status, **more)
        browser = site.browser(account)
    return browser, booking


def no_thank_you(site: Served) -> Act:
    """Say no to an offer."""
    browser, booking = _mine(site, S.OFFERED, due_at=clock.now() + SOON)
    number = booking.id
    return about_to(browser, f"/bookings/{booking.ref}", lambda: happened(number, Step.DECLINE_OFFER, S.LEFT_LIST), button="No thank you", also={"answer": "no"})


def leave_list(site: Served) -> Act:
    """Leave the waiting list."""
    browser, booking = _mine(site, S.WAITING)
    builders.a_booking(booking.course_session, somebody(site))
    number = booking.id
    return about_to(browser, f"/bookings/{booking.ref}/give-back", lambda: happened(number, Step.LEAVE, S.LEFT_LIST), button="Leave the list")


def undo_leaving(site: Served) -> Act:
    """Be put back on the list that was left a moment ago."""
    browser, booking = _mine(site, S.WAITING)
    builders.a_booking(booking.course_session, somebody(site))
    places.give_back(booking_id=booking.id, by="them", now=clock.now())
    number = booking.id
    return about_to(browser, f"/bookings/{booking.ref}", lambda: happened(number, Step.UNDO, S.WAITING), button="Undo: put me back on the list",
               also={"answer": "undo"})


def rejoin(site: Served) -> Act:
    """Go back to the old place on the list after an offer lapsed."""
    browser, booking = _mine(site, S.LAPSED, lapses=1, ended_at=clock.now())
    builders.a_booking(booking.course_session, somebody(site))
    number = booking.id
    return about_to(browser, f"/bookings/{booking.ref}", lambda: happened(number, Step.REJOIN, S.WAITING), button="Join the list again",
               also={"answer": "rejoin"})


def say_coming(site: Served) -> Act:
    """Say that one still comes."""
    now = clock.now()
    browser, booking = _mine(site, S.BOOKED, booked_at=now - SOON, asked_at=now, due_at=now + SOON)
    number = booking.id
    return about_to(browser, f"/bookings/{booking.ref}", lambda: happened(number, Step.STILL_COMING, S.BOOKED), button="Yes, I am coming",
               also={"answer": "coming"})


def decline(site: Served) -> Act:
    """Decline what somebody else booked."""
    browser, booking = _mine(site, S.BOOKED, booked_by_id=somebody(site).id)
    number = booking.id
    return about_to(browser, f"/bookings/{booking.ref}", lambda: happened(number, Step.DECLINE, S.GIVEN_BACK), button="No, decline it",
               also={"answer": "decline"})


def take_free(site: Served) -> Act:
    """Take a place that is free in the last hours."""
    browser, booking = _mine(site, S.WAITING, starts_in=SOON)
    number = booking.id
    return about_to(browser, f"/bookings/{booking.ref}", lambda: happened(number, Step.TAKE, S.BOOKED), button="Take the free place",
               also={"answer": "take_free"})


def say_whenever(site: Served) -> Act:
    """Say “yes, whenever”."""
    browser, booking = _mine(site, S.WAITING)
    builders.a_booking(booking.course_session, somebody(site))
    number = booking.id
    return about_to(browser, f"/bookings/{booking.ref}", lambda: rows_of(Booking, Booking.id == number, Booking.whenever),
               button="Yes, whenever: book me without asking", also={"answer": "whenever"})


def apologise(site: Served) -> Act:
    """Send apologies after the start."""
    browser, booking = _mine(site, S.BOOKED, starts_in=-SOON)
    number = booking.id
    return about_to(browser, f"/bookings/{booking.ref}/apologies", lambda: happened(number, Step.APOLOGISE, S.BOOKED), also={"reason": "A visit took longer"})


def say_needs(site: Served) -> Act:
    """Say what one needs on the day."""
    browser, booking = _mine(site, S.BOOKED)
    number = booking.id
    return about_to(browser, f"/bookings/{booking.ref}/needs", lambda: rows_of(BookingNeed, BookingNeed.booking_id == number), also={"access": "A ramp"})


def wait_for_course(site: Served) -> Act:
    """Wait for any date of a course, of which one has a place: the wait and the offer."""
    with transaction():
        session, account = builders.a_session(places=1), signed_up(site)
        browser, person_id, number = site.browser(account), account.person_id, session.id

    def kept() -> int:
        waits = rows_of(CourseInterest, CourseInterest.person_id == person_id, CourseInterest.ended_at.is_(None))
        assert waits == rows_of(Booking, Booking.person_id == person_id, Booking.course_session_id == number, Booking.status == S.OFFERED), "one half of it"
        return waits

    return about_to(browser, f"/courses/{session.course.code}", kept, button="Any date will do", also={"answer": "any"})


def _asked(site: Served, manager: Person) -> Booking:
    session = builders.a_session(course=builders.a_course(approval=Approval.MANAGER))
    person = somebody(site)
    with transaction() as writing:
        writing.execute(sa.update(Affiliation).where(Affiliation.person_id == person.id).values(manager_email=manager.email))
    return builders.a_booking(session, person, status=S.AWAITING_MANAGER, due_at=clock.now() + timedelta(days=3), manager_email=manager.email)


def agree_from_letter(site: Served) -> Act:
    """A manager without an account agrees from the letter."""
    booking = _asked(site, somebody(site))
    now = clock.now()
    secret = make_link(purpose="approval", subject=f"booking:{booking.id}", person_id=None, expires_at=now + SOON, now=now - SOON)
    number, browser = booking.id, site.browser()
    letter = browser.get(f"/a/{secret}").location
    return about_to(browser, letter, lambda: happened(number, Step.AGREE, S.BOOKED), button="Yes, I agree", also={"answer": "agree"})


def refuse_request_of_own(site: Served) -> Act:
    """A manager says no to a request of one of their own: the request ends and the place goes on."""
    account = signed_up(site, Role.LINE_MANAGER)
    booking = _asked(site, account.person)
    number = booking.id
    return about_to(site.browser(account), f"/my-team/requests/{booking.ref}", lambda: happened(number, Step.REFUSE, S.REFUSED),
               also={"act": "refuse", "reason": "No cover"})


def book_for_others(site: Served) -> Act:
    """Book two colleagues, one of them new here: both and the new person, or nothing."""
    session, known = builders.a_session(places=3), somebody(site)
    email, number = f"new-{session.ref}@example.org".lower(), session.id

    def kept() -> int:
        found = rows_of(Booking, Booking.course_session_id == number, Booking.status == S.BOOKED)
        assert found in (0, 2) and (found == 2) == bool(rows_of(Person, Person.email == email)), "a part of it"
        return found // 2

    return about_to(site.browser(signed_up(site, Role.AGENCY_LEAD)), f"/sessions/{session.ref}/book-for-others", kept,
               also={"pasted": f"{known.email}\n{email}, New, Person, Nurse", "act": "book"})


def come_one_by_one(site: Served) -> Act:
    """Let a group that waits to come together come one by one: they no longer wait for each other, and the first is offered what is free."""
    account, session = signed_up(site, Role.AGENCY_LEAD), builders.a_session(places=3)
    for _ in range(2):
        builders.a_booking(session, somebody(site))
    behalf = places.OnBehalf(account.person_id)
    group = places.book_for_others(session_id=session.id, person_ids=[somebody(site).id for _ in range(2)], together=True, by="them", behalf=behalf,
                                   now=clock.now())[0].group_id
    number = session.id

    def kept() -> int:
        apart = rows_of(BookingGroup, BookingGroup.id == group, BookingGroup.together.is_(False))
        assert apart == rows_of(Booking, Booking.group_id == group, Booking.status == S.OFFERED), "without the offer"
        assert apart == rows_of(SessionEvent, SessionEvent.course_session_id == number), "without its line in the history"
        return apart

    return about_to(site.browser(account), f"/booked-for-others/{group}", kept, button="Let them come one by one")


def hold_places(site: Served) -> Act:
    """Hold places without names."""
    session = builders.a_session(places=5, starts_in=timedelta(days=30))
    number = session.id
    return about_to(site.browser(signed_up(site, Role.AGENCY_LEAD)), f"/sessions/{session.ref}/hold-places",
               lambda: rows_of(HeldPlaces, HeldPlaces.course_session_id == number, HeldPlaces.places == 2), also={"places": "2"})


def _held(site: Served) -> tuple[Browser, HeldPlaces]:
    account, session = signed_up(site, Role.AGENCY_LEAD), builders.a_session(places=5, starts_in=timedelta(days=30))
    releases_at = clock.from_london(clock.london_date(clock.now()) + timedelta(days=9), GO_BACK_AT)
    places.hold_places(session_id=session.id, agency_id=site.agency().id, by_id=account.person_id, places=2, releases_at=releases_at, now=clock.now())
    return site.browser(account), db.session.scalars(sa.select(HeldPlaces).where(HeldPlaces.course_session_id == session.id)).one()


def name_held_place(site: Served) -> Act:
    """Give one of two held places a name: the booking, and one place fewer that is held."""
    browser, held = _held(site)
    person, number, session_id = somebody(site), held.id, held.course_session_id

    def kept() -> int:
        named = live_bookings(session_id, person_id, S.BOOKED)
        assert rows_of(HeldPlaces, HeldPlaces.id == number, HeldPlaces.places == 2 - named) == 1, "one half of it"
        return named

    person_id = person.id
    return about_to(browser, f"/my-agency/held/{held.ref}", kept, also={"pasted": person.email, "act": "book"})


def give_held_places_back(site: Served) -> Act:
    """Give back what has no name yet."""
    browser, held = _held(site)
    number = held.id
    return about_to(browser, f"/my-agency/held/{held.ref}", lambda: rows_of(HeldPlaces, HeldPlaces.id == number, HeldPlaces.places == 0),
               button="Give back 2 places")


def give_back_for(site: Served) -> Act:
    """A lead gives the place of a colleague back."""
    booking = builders.a_booking(builders.a_session(), somebody(site))
    number = booking.id
    return about_to(site.browser(signed_up(site, Role.AGENCY_LEAD)), f"/my-people/bookings/{booking.ref}/give-back", lambda: happened(number, Step.GIVE_BACK, S.GIVEN_BACK))


def has_left(site: Served) -> Act:
    """Say that a colleague has left: where they work and both of their bookings end, or nothing does."""
    person = somebody(site)
    ids = [builders.a_booking(builders.a_session(places=1), person, status=status).id for status in (S.BOOKED, S.WAITING)]
    number = person.id

    def kept() -> int:
        ended = rows_of(BookingEvent, BookingEvent.booking_id.in_(ids), BookingEvent.act == Step.LEAVER)
        assert ended in (0, 2) and (ended == 2) == (rows_of(Affiliation, Affiliation.person_id == number, Affiliation.ends_on.is_(None)) == 0), "a part of it"
        return ended // 2

    return Last(**vars(about_to(site.browser(signed_up(site, Role.AGENCY_LEAD)), f"/my-people/{number}/left", kept)))


def close_account(site: Served) -> Act:
    """Close an account: the places of whoever had it go on, each by itself, and none twice."""
    account = signed_up(site)
    booking = builders.a_booking(builders.a_session(), account.person)
    number, person_id = booking.id, account.person_id
    made = about_to(site.browser(signed_up(site, Role.ADMINISTRATOR)), f"/desk/people/{person_id}/account", lambda: stands(number, S.GIVEN_BACK),
               also={"password": builders.PASSWORD})
    made.form.fields = [(name, value) for name, value in made.form.fields if name != "roles"]
    return made


FLOWS = (
    no_thank_you, leave_list, undo_leaving, rejoin, say_coming, decline, take_free, say_whenever, apologise, say_needs, wait_for_course,
    agree_from_letter, refuse_request_of_own, book_for_others, come_one_by_one, hold_places, name_held_place, give_held_places_back, give_back_for,
    has_left, close_account,
)
