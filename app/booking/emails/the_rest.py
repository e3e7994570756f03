"""The letters when the rest of a session that is under way is called off: one to each, and the parts that do not take place leave their calendars."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from app.booking.emails import words
from app.booking.emails.drafting import Parts, draft_to, withdrawal
from app.booking.models import Booking
from app.booking.rules.states import BookingStatus
from app.catalogue.models import SessionPart
from app.letters.emails import reason as the_reason
from app.letters.emails import when
from app.mail.office import office
from app.mail.rules.languages import both
from app.mail.services import Draft


def rest_cancelled(bookings: Sequence[Booking], before: Parts, reason: str, now: datetime) -> list[Draft]:
    """To everybody on the register: what does not take place, and why. The first part that is gone leaves the calendar with the letter itself, the
    others with letters of their own; who walked in was invited to nothing."""
    found = []
    for booking in bookings:
        session = booking.course_session
        held, gone = len(session.parts), [SessionPart(starts_at=starts_at, ends_at=ends_at) for starts_at, ends_at in before[len(session.parts):]]
        invited = booking.status is BookingStatus.BOOKED
        key, until = f"v{session.times_version}", before[-1][1]
        letter = draft_to("rest-cancelled", booking, key, calendar=withdrawal(booking, now, held + 1, before) if invited else None, fields={
            "reason": the_reason(reason), "gone": when(gone),
            "other": both(*words.OTHER_DATES, office().page(f"courses/{session.course.code}"))})
        others = [draft_to("taken-out", booking, f"{key}:{number}", fields={"when": when([part])}, calendar=withdrawal(booking, now, number, before))
                  for number, part in enumerate(gone[1:], start=held + 2)] if invited else []
        found += [replace(draft, valid_until=until) for draft in (letter, *others)]
    return found
