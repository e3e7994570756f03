"""What people need on the day, changed after they booked."""

from datetime import datetime

from app.booking.models import BookingNeed
from app.booking.rules.states import LIVE, Act
from app.booking.rules.windows import NEEDS_KEPT
from app.booking.services.holding import hold_booking, note
from app.core.db import transaction
from app.core.errors import Refused


def say_needs(*, booking_id: int, dietary: str, access: str, by: str, now: datetime) -> None:
    """Keep what somebody needs in place of what they said before; nothing said is nothing kept. The history has that it was changed, never what.

    Raises:
        Refused: they are not on the session any more, or it has started.
    """
    with transaction() as session:
        booking, course_session, _standing = hold_booking(session, booking_id, now)
        if booking.status not in LIVE or now >= course_session.starts_at:
            raise Refused("This can be changed until the session starts, by people who are on it. Write to the training team instead.")
        kept = session.get(BookingNeed, booking_id)
        if (dietary.strip(), access.strip()) == ((kept.dietary or "", kept.access or "") if kept else ("", "")):
            return
        note(session, booking, Act.NEEDS, booking.status, by=by, now=now)
        if kept is not None:
            session.delete(kept)
            session.flush()
        if dietary.strip() or access.strip():
            session.add(BookingNeed(booking_id=booking_id, dietary=dietary.strip() or None, access=access.strip() or None,
                                    delete_at=course_session.ends_at + NEEDS_KEPT))
