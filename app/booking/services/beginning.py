"""How a booking begins, or goes on: with where its person works today, what they agreed to, and whose yes it waits for."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm.attributes import set_committed_value

from app.booking.models import Booking
from app.booking.queries import facts, in_line
from app.booking.rules import approval, policy
from app.booking.rules.states import AWAITING, BookingStatus
from app.catalogue.models import Course, CourseSession
from app.core.errors import Refused


def new_booking(course_session: CourseSession, person_id: int, who: facts.Asking, status: BookingStatus, now: datetime) -> Booking:
    """A booking of this person with where they work today, not added yet."""
    booking = Booking(
        course_session_id=course_session.id, person_id=person_id, status=status, booked_at=now, agency_id=who.agency_id,
        job_title=who.job_title, partnership_id=who.partnership_id, manager_email=who.manager_email,
        due_at=policy.request_ends_at(who.policy, course_session.starts_at, now) if status in AWAITING else None,
    )
    set_committed_value(booking, "course_session", course_session)
    set_committed_value(booking, "person", who.person)
    return booking


def work_as_today(line: Sequence[Booking]) -> None:
    """Whoever waits is counted where they work today: what a place is decided by, and what the booking says from then on, is the same."""
    today = in_line.work_today(line)
    for booking in line:
        if booking.person_id in today:
            booking.agency_id, booking.job_title, booking.partnership_id = today[booking.person_id]


def agree(booking: Booking, at: datetime | None, terms_id: int | None, *, shown: int | None = None) -> None:
    """The person says yes to the place, and to the terms as they are now; without a moment they have said nothing yet. `shown` are the terms
    that their page showed (0: those that nobody wrote); none where a page showed none.

    Raises:
        Refused: the terms have changed since.
    """
    if at is not None:
        check_terms(terms_id, shown)
    booking.agreed_at, booking.terms_id = at, terms_id if at is not None else None


def check_terms(terms_id: int | None, shown: int | None) -> None:
    """The terms that a page showed, if it showed any, are those of now.

    Raises:
        Refused: they have changed since.
    """
    if shown is not None and shown != (terms_id or 0):
        raise Refused("The terms have changed since you opened the page, so nothing was done. Read them here, and press the button again if you "
                      "agree.")


def ask_for(booking: Booking, by_id: int) -> None:
    """Another asks for a place that somebody had given up: they have not said yes to it, are told, and may decline."""
    booking.booked_by_id = by_id
    agree(booking, None, None)


def place_state(
    course: Course, who: facts.Asking, *, manager_asks: bool = False, coordinator_asks: bool = False
) -> tuple[BookingStatus, str | None]:
    """Where this person's place begins, and the rule that says so."""
    return approval.first_state(
        course.approval, policy.standing_after(who.policy, who.strikes), has_manager=bool(who.manager_email),
        manager_asks=manager_asks, coordinator_asks=coordinator_asks,
    )


def asked_today(booking: Booking, status: BookingStatus, who: facts.Asking, *, agreed: bool) -> BookingStatus:
    """Where a request that stood here stands, as the course asks today; `agreed` is whether its manager has said yes."""
    standing = policy.standing_after(who.policy, who.strikes)
    return approval.asked_still(booking.course_session.course.approval, status, standing, manager_agreed=agreed)


def still_asks(booking: Booking, status: BookingStatus, who: facts.Asking, *, agreed: bool) -> tuple[BookingStatus, str | None]:
    """Whose yes a request waits for that goes on, with the rule: nobody's whom the course does not ask today; that of the manager whom the person
    names today, else the coordinator's."""
    today = asked_today(booking, status, who, agreed=agreed)
    if today is not status:
        return today, approval.NOBODY_ASKED if today is BookingStatus.BOOKED else approval.NO_MANAGER_ASKED
    if status is not BookingStatus.AWAITING_MANAGER:
        return status, None
    booking.manager_email = who.manager_email
    return (status, None) if who.manager_email else (BookingStatus.AWAITING_COORDINATOR, approval.NO_MANAGER)
