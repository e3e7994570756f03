"""Further acts on places that are killed at every step: what coordinators do with bookings, sessions, the ledger and what is decided."""

from collections.abc import Callable
from datetime import timedelta

import sqlalchemy as sa

from app.accounts.rules import Role
from app.booking import services as places
from app.booking.models import (
    Booking,
    BookingEvent,
    CapacityOverride,
    EligibilityException,
    HeldPlaces,
    SessionEvent,
    SessionQuota,
)
from app.booking.rules.places import QuotaKind
from app.booking.rules.states import Act as Step
from app.booking.rules.states import BookingStatus as S
from app.catalogue.models import CourseSession
from app.catalogue.rules import Approval, SessionStatus
from app.core import clock
from app.core.db import db, transaction
from tests import builders
from tests.faults.acts import Act, about_to, happened, letters_about, live_bookings, rows_of, signed_up, somebody, stands
from tests.faults.procs import Served

LATER = timedelta(hours=9)


def _at_desk(
    site: Served, page: str, kept: Callable[[], int], *, button: str = "", also: dict[str, str] | None = None
) -> Act:
    return about_to(site.browser(signed_up(site, Role.COORDINATOR)), page, kept, button=button, also=also)


def _booking(site: Served, status: S = S.BOOKED, *, places_: int = 1, **more: object) -> Booking:
    """Somebody's booking that stands so, and one that waits behind it."""
    booking = builders.a_booking(builders.a_session(places=places_), somebody(site), status=status, **more)
    builders.a_booking(booking.course_session, somebody(site), status=S.WAITING)
    return booking


def _full(site: Served, status: S = S.WAITING) -> Booking:
    """A booking on a session of one place that somebody else has."""
    session = builders.a_session(places=1)
    builders.a_booking(session, somebody(site))
    return builders.a_booking(session, somebody(site), status=status)


def _about(site: Served, booking: Booking, way: str, kept: Callable[[], int], **also: str) -> Act:
    return _at_desk(site, f"/desk/bookings/{booking.ref}/{way}", kept, also=also)


def agree_request(site: Served) -> Act:
    """Agree to a request in the manager's stead."""
    session = builders.a_session(course=builders.a_course(approval=Approval.BOTH))
    booking = builders.a_booking(session, somebody(site), status=S.AWAITING_MANAGER, due_at=clock.now() + LATER)
    number = booking.id
    return _about(site, booking, "agree", lambda: happened(number, Step.APPROVE, S.BOOKED))


def refuse_request(site: Served) -> Act:
    """Say no to a request: the place goes on."""
    booking = _booking(site, S.AWAITING_COORDINATOR, due_at=clock.now() + LATER)
    number, session_id = booking.id, booking.course_session_id

    def kept() -> int:
        refused = happened(number, Step.REFUSE, S.REFUSED)
        assert refused == rows_of(Booking, Booking.course_session_id == session_id, Booking.status == S.OFFERED), "the place went nowhere"
        return refused

    return _about(site, booking, "refuse", kept, reason="No cover")


def offer_out_of_turn(site: Served) -> Act:
    """Offer a free place to somebody who is not first: the offer, and the line that the first can read."""
    session = builders.a_session(places=1)
    with transaction():
        session.list_rests = True  # a free place, and two who wait for it
    first, second = (builders.a_booking(session, somebody(site), status=S.WAITING) for _ in range(2))
    ids = first.id, second.id

    def kept() -> int:
        offered = happened(ids[1], Step.OFFER, S.OFFERED)
        assert offered == rows_of(BookingEvent, BookingEvent.booking_id == ids[0], BookingEvent.act == Step.PASS_OVER), "one half of it"
        return offered

    return _about(site, second, "offer", kept, reason="Needed on Monday")


def accept_for(site: Served) -> Act:
    """Take an offer for somebody who rings."""
    booking = _booking(site, S.OFFERED, due_at=clock.now() + LATER)
    number = booking.id
    return _about(site, booking, "accept", lambda: happened(number, Step.ACCEPT, S.BOOKED))


def put_first(site: Served) -> Act:
    """Let somebody stand first on the list; pressed again, they still do."""
    booking = _full(site)
    number = booking.id
    return _about(site, booking, "order", lambda: rows_of(BookingEvent, BookingEvent.booking_id == number, BookingEvent.act == Step.REORDER),
                  reason="Needed on Monday")


def give_back_at_desk(site: Served) -> Act:
    """Give a place back for somebody."""
    booking = _booking(site)
    number = booking.id
    return _about(site, booking, "give-back", lambda: happened(number, Step.GIVE_BACK, S.GIVEN_BACK))


def take_back_at_desk(site: Served) -> Act:
    """Undo for somebody that they left the list."""
    booking = _full(site)
    places.give_back(booking_id=booking.id, by="them", now=clock.now())
    number = booking.id
    return _about(site, booking, "take-back", lambda: happened(number, Step.UNDO, S.WAITING))


def move_for(site: Served) -> Act:
    """Move somebody to another date."""
    booking = _booking(site)
    other = builders.a_session(places=1, course=booking.course_session.course, starts_in=timedelta(days=20))
    number, there = booking.id, (other.id, booking.person_id)

    def kept() -> int:
        moved = stands(number, S.MOVED)
        assert moved == live_bookings(*there, S.BOOKED), "one half of it"
        return moved

    return _about(site, booking, "move", kept, to=other.ref)


def substitute_for(site: Served) -> Act:
    """Let a colleague come instead of somebody."""
    booking, colleague = _booking(site), somebody(site)
    number, theirs = booking.id, (booking.course_session_id, colleague.id)

    def kept() -> int:
        sent = stands(number, S.SUBSTITUTED)
        assert sent == live_bookings(*theirs, S.BOOKED), "one half of it"
        return sent

    return _about(site, booking, "substitute", kept, email=colleague.email, person=str(colleague.id))


def book_in(site: Served) -> Act:
    """Book somebody in on a place that is kept for the coordinator: the booking, and one place fewer that is kept."""
    session, person = builders.a_session(places=1), somebody(site)
    places.add_quota(session_id=session.id, kind=QuotaKind.KEPT, places=1, agency_id=None, sector=None, releases_at=None, by="c", now=clock.now())
    ids, number = (session.id, person.id), session.id

    def kept() -> int:
        booked = live_bookings(*ids, S.BOOKED)
        assert booked == rows_of(SessionQuota, SessionQuota.course_session_id == number, SessionQuota.released), "one half of it"
        return booked

    return _at_desk(site, f"/desk/sessions/{session.ref}/book-in", kept, also={"email": person.email, "person": str(person.id)})


def book_over_capacity(site: Served) -> Act:
    """Book somebody over capacity: the booking, and the place with its reason."""
    session, person = _booking(site).course_session, somebody(site)
    ids, number = (session.id, person.id), session.id

    def kept() -> int:
        booked = live_bookings(*ids, S.BOOKED)
        assert booked == rows_of(CapacityOverride, CapacityOverride.course_session_id == number), "one half of it"
        return booked

    return _at_desk(site, f"/desk/sessions/{session.ref}/over-capacity", kept, also={"email": person.email, "person": str(person.id), "reason": "Duty"})


def make_exception(site: Served) -> Act:
    """Let somebody book a course that is not open to them."""
    course, person = builders.a_course(for_jobs=["Judge"]), somebody(site)
    ids = course.id, person.id
    return _at_desk(site, f"/desk/courses/{course.code}/exceptions",
                    lambda: rows_of(EligibilityException, EligibilityException.course_id == ids[0], EligibilityException.person_id == ids[1]),
                    also={"email": person.email, "person": str(person.id), "reason": "Sits on the panel"})


def change_capacity(site: Served) -> Act:
    """Add a place: the number, its line in the history, and the offer to the first who waits."""
    session = _booking(site).course_session
    number = session.id

    def kept() -> int:
        larger = rows_of(CourseSession, CourseSession.id == number, CourseSession.capacity == 2)
        assert larger == rows_of(SessionEvent, SessionEvent.course_session_id == number), "without its line"
        assert larger == rows_of(Booking, Booking.course_session_id == number, Booking.status == S.OFFERED), "without the offer"
        return larger

    return _at_desk(site, f"/desk/sessions/{session.ref}/places", kept, also={"capacity": "2"})


def add_quota(site: Served) -> Act:
    """Limit how many places a sector may have."""
    session = builders.a_session(places=5)
    number = session.id
    return _at_desk(site, f"/desk/sessions/{session.ref}/quotas", lambda: rows_of(SessionQuota, SessionQuota.course_session_id == number),
                    button="Add", also={"kind": "most", "group": "sector:council", "places": "2"})


def release_quota(site: Served) -> Act:
    """Let go of places that are kept: they are offered to those who wait."""
    session = builders.a_session(places=1)
    places.add_quota(session_id=session.id, kind=QuotaKind.KEPT, places=1, agency_id=None, sector=None, releases_at=None, by="c", now=clock.now())
    builders.a_booking(session, somebody(site), status=S.WAITING)
    number = session.id
    quota = db.session.scalars(sa.select(SessionQuota.id).where(SessionQuota.course_session_id == number)).one()

    def kept() -> int:
        released = rows_of(SessionQuota, SessionQuota.id == quota, SessionQuota.released)
        assert released == rows_of(Booking, Booking.course_session_id == number, Booking.status == S.OFFERED), "without the offer"
        return released

    return _at_desk(site, f"/desk/quotas/{quota}/release", kept)


def release_held_places(site: Served) -> Act:
    """Release places that an agency holds without names."""
    session, lead = builders.a_session(places=2, starts_in=timedelta(days=30)), somebody(site)
    places.hold_places(session_id=session.id, agency_id=site.agency().id, by_id=lead.id, places=2, releases_at=clock.now() + timedelta(days=9),
                       now=clock.now())
    held = db.session.scalars(sa.select(HeldPlaces).where(HeldPlaces.course_session_id == session.id)).one()
    number = held.id
    return _at_desk(site, f"/desk/held/{held.ref}/release", lambda: rows_of(HeldPlaces, HeldPlaces.id == number, HeldPlaces.places == 0))


def add_extra_places(site: Served) -> Act:
    """Offer an extra place at a risk: it is offered to the first who waits."""
    session = _booking(site).course_session
    number = session.id

    def kept() -> int:
        extra = rows_of(CapacityOverride, CapacityOverride.course_session_id == number)
        assert extra == rows_of(Booking, Booking.course_session_id == number, Booking.status == S.OFFERED), "without the offer"
        return extra

    return _at_desk(site, f"/desk/sessions/{session.ref}/extra-places", kept, also={"places": "1", "risk": "5", "reason": "Some never come"})


def take_extra_places_back(site: Served) -> Act:
    """Take extra places back."""
    session = builders.a_session(places=1)
    places.add_extra_places(session_id=session.id, places=1, risk=5, reason="x", by="c", now=clock.now())
    number = db.session.scalars(sa.select(CapacityOverride.id).where(CapacityOverride.course_session_id == session.id)).one()
    return _at_desk(site, f"/desk/extra-places/{number}/take-back", lambda: 1 - rows_of(CapacityOverride, CapacityOverride.id == number))


def set_booking_rules(site: Served) -> Act:
    """Say how many people a session needs: the number and its line in the history."""
    session = builders.a_session()
    number = session.id

    def kept() -> int:
        said = rows_of(CourseSession, CourseSession.id == number, CourseSession.minimum == 2)
        assert said == rows_of(SessionEvent, SessionEvent.course_session_id == number), "one half of it"
        return said

    return _at_desk(site, f"/desk/sessions/{session.ref}/rules", kept, also={"minimum": "2"})


def change_times(site: Served) -> Act:
    """Change the time of a session on the page that says who is told: the time, and a letter to each who is booked."""
    session = builders.a_session(places=2)
    ids, number = [builders.a_booking(session, somebody(site)).id for _ in range(2)], session.id
    browser = site.browser(signed_up(site, Role.COORDINATOR))
    first = about_to(browser, f"/desk/sessions/{session.ref}/change", int, also={"starts_1": "0:05", "ends_1": "0:55"}).press()

    def kept() -> int:
        moved = rows_of(CourseSession, CourseSession.id == number, CourseSession.times_version == 1)
        assert len(letters_about(ids, "times-changed")) == 2 * moved, "not everybody is told"
        return moved

    form = browser.form(first, "Change the time for 2 people")
    return Act(browser, form, kept, {"confirmed": "1"})


def cancel_trainers_sessions(site: Served) -> Act:
    """Call off both sessions of a trainer, with another date for those of the first: all of it or nothing."""
    trainer = builders.a_trainer(person=somebody(site))
    course = builders.a_course()
    sessions = [builders.a_session(places=1, course=course, trainer=trainer), builders.a_session(places=1, trainer=trainer, starts_in=timedelta(days=12))]
    other = builders.a_session(places=1, course=course, starts_in=timedelta(days=20))
    ids, there = [one.id for one in sessions], other.id
    for one in sessions:
        builders.a_booking(one, somebody(site))

    def kept() -> int:
        cancelled = rows_of(CourseSession, CourseSession.id.in_(ids), CourseSession.status == SessionStatus.CANCELLED)
        ended = rows_of(Booking, Booking.course_session_id.in_(ids), Booking.status == S.SESSION_CANCELLED)
        held = rows_of(Booking, Booking.course_session_id == there, Booking.status == S.OFFERED)
        assert (cancelled, ended, held) in ((0, 0, 0), (2, 2, 1)), "a part of it"
        return held

    db.session.rollback()
    browser = site.browser(signed_up(site, Role.COORDINATOR))
    page = browser.get(f"/desk/trainers/{trainer.person_id}/sessions")
    shown = browser.submit(browser.form(page), also={f"do_{ids[0]}": str(there), f"do_{ids[1]}": "none", "again": "1"})
    return Act(browser, browser.form(shown), kept, {"reason": "The trainer left"})


def undo_cancelling(site: Served) -> Act:
    """Take a cancellation back: the session and both of its bookings."""
    session = builders.a_session(places=2)
    ids = [builders.a_booking(session, somebody(site)).id for _ in range(2)]
    places.cancel_session(session_id=session.id, reason="Snow", by="c", now=clock.now())
    number, at = session.id, clock.now()

    def kept() -> int:
        again = rows_of(Booking, Booking.id.in_(ids), Booking.status == S.BOOKED)
        assert again == 2 * rows_of(CourseSession, CourseSession.id == number, CourseSession.status == SessionStatus.SCHEDULED), "a part of it"
        return again // 2

    db.session.rollback()
    at = db.session.get_one(CourseSession, number).cancelled_at
    return _at_desk(site, "/desk/cancelled", kept, also={"at": at.isoformat() if at else ""})


def let_list_move(site: Served) -> Act:
    """Offer what an import freed."""
    session = builders.a_session(places=1)
    builders.a_booking(session, somebody(site), status=S.WAITING)
    with transaction():
        session.list_rests = True
    number = session.id
    return _at_desk(site, f"/desk/sessions/{session.ref}", lambda: rows_of(Booking, Booking.course_session_id == number, Booking.status == S.OFFERED),
                    button="Offer them to those who wait")


def put_on_programme(site: Served) -> Act:
    """Put a draft on the programme: who waits for any date is offered a place."""
    session = builders.a_session(status=SessionStatus.DRAFT)
    places.wait_for_course(course_id=session.course_id, person_id=somebody(site).id, any_date=True, now=clock.now())
    number = session.id

    def kept() -> int:
        published = rows_of(CourseSession, CourseSession.id == number, CourseSession.status == SessionStatus.SCHEDULED)
        assert published == rows_of(Booking, Booking.course_session_id == number, Booking.status == S.OFFERED), "one half of it"
        return published

    return _at_desk(site, f"/desk/sessions/{session.ref}", kept, button="Put it on the programme")


FLOWS = (
    agree_request, refuse_request, offer_out_of_turn, accept_for, put_first, give_back_at_desk, take_back_at_desk, move_for, substitute_for, book_in,
    book_over_capacity, make_exception, change_capacity, add_quota, release_quota, release_held_places, add_extra_places, take_extra_places_back,
    set_booking_rules, change_times, cancel_trainers_sessions, undo_cancelling, let_list_move, put_on_programme,
)
