"""What somebody says of a place that they keep: that they still come, or afterwards why they could not."""

from datetime import datetime

from app.booking.emails.drafting import asks_why
from app.booking.models import Booking
from app.booking.queries import desk_policies
from app.booking.rules.states import Act, BookingStatus
from app.booking.services import unasked
from app.booking.services.beginning import agree
from app.booking.services.giving_back import hold_with_first
from app.booking.services.holding import change, hold_booking
from app.booking.services.locking import check_times
from app.core.db import transaction
from app.core.errors import Refused
from app.mail.services import void


def send_apologies(*, booking_id: int, reason: str, by: str, now: datetime) -> None:
    """Say, once the session has started, why one could not come. Whether it is excused is for a coordinator. The same again changes nothing.

    Raises:
        Refused: no reason, no place, or the session is still to come.
    """
    if not reason.strip():
        raise Refused("Write in a few words why you could not come.")
    with transaction() as session:
        booking, course_session, _standing = hold_booking(session, booking_id, now)
        if now < course_session.starts_at:
            raise Refused("The session is still to come. Give the place back, so that somebody else can have it.")
        if booking.reason == reason.strip()[:1000] and booking.status is BookingStatus.BOOKED:
            return
        change(session, booking, Act.APOLOGISE, None, by=by, now=now, reason=reason.strip()[:1000])
        void(concerns=asks_why(booking.id), reason="They have said what happened.", now=now)


def say_still_coming(*, booking_id: int, by: str, now: datetime, times: int | None = None, terms: int | None = None) -> None:
    """Yes, I come: to the question some days before, to another time, or to a place that somebody else booked. Twice is once.

    Raises:
        Refused: there is no place any more, or nothing is left of the session to come to.
    """
    with transaction() as session:
        booking, course_session, first = hold_with_first(session, booking_id, now)
        if booking.status is not BookingStatus.BOOKED:
            raise Refused("You no longer have this place. If places are left you can book again.")
        if now >= max(part.starts_at for part in course_session.parts):
            raise Refused("This session has started." if len(course_session.parts) == 1 else "The last part of this session has started.")
        check_times(course_session, times)
        asked = max((moment for moment in (booking.asked_at, course_session.times_changed_at) if moment), default=None)
        if booking.agreed_at is not None and (asked is None or booking.agreed_at >= asked):
            return
        _agree_still(booking, now, terms)
        change(session, booking, Act.STILL_COMING, None, by=by, now=now)
        unasked.said_yes(session, first, now=now)


def _agree_still(booking: Booking, now: datetime, shown: int | None) -> None:
    """The first yes to what another booked is one to the terms as they are now; a later one changes nothing of what was agreed to."""
    if booking.agreed_at is not None:
        agree(booking, now, booking.terms_id)
        return
    current = desk_policies.terms_now(now)
    agree(booking, now, current.id if current else None, shown=shown)
