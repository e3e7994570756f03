"""The letter to the coordinators when somebody left and their bookings ended."""

from collections.abc import Sequence

from app.accounts.models import Person
from app.booking.emails import words
from app.booking.models import Booking, BookingEvent
from app.booking.rules.states import BookingStatus
from app.letters.emails import counted, when
from app.mail.office import office
from app.mail.rules.languages import Both, both, listed
from app.mail.services import Draft

ON_LIST = Both(" (waiting list)", " (rhestr aros)")
ACCOUNT_ENDED = Both("their account has ended", "mae eu cyfrif wedi dod i ben")


def _why(first: BookingEvent) -> Both:
    if first.reason == words.LEFT.english:
        return both(*words.SAYS, first.by, words.LEFT)
    return words.LEFT_MEANWHILE if first.reason else ACCOUNT_ENDED


def somebody_left(freed: Sequence[tuple[BookingEvent, Booking]], coordinator: Person) -> Draft:
    """To one coordinator about one person: which of their bookings ended, and by whose word."""
    first, booking = freed[0]
    person = booking.person.name or booking.person.email
    lines = [both("{}, {}{}", "{}, {}{}", one.course_session.course.title, when(one.course_session.parts),
                  ON_LIST if event.after is BookingStatus.LEFT_LIST else "") for event, one in freed]
    return Draft(
        about=f"leaver:{booking.person_id}:{first.id}:{coordinator.id}", kind="leaver", to=coordinator.email, person_id=coordinator.id,
        concerns=tuple(f"booking:{one.id}" for _event, one in freed), fields={
            "name": coordinator.first_name or coordinator.name, "person": person, "number": counted(len(freed), "booking", "archeb"),
            "why": _why(first), "bookings": listed(lines),
            "page": office().page("desk/leavers"),
        },
    )
