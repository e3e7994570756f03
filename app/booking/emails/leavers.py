"""The letter to the coordinators when somebody left and their bookings ended."""

from collections.abc import Sequence

from app.accounts.models import Person
from app.booking.models import Booking, BookingEvent
from app.booking.rules.states import BookingStatus
from app.mail.office import office
from app.mail.services import Draft
from app.ui.filters import count, when


def somebody_left(freed: Sequence[tuple[BookingEvent, Booking]], coordinator: Person) -> Draft:
    """To one coordinator about one person: which of their bookings ended, and by whose word."""
    first, booking = freed[0]
    person = booking.person.name or booking.person.email
    lines = [f"- {one.course_session.course.title}, {when(one.course_session.parts)}"
             f"{' (waiting list)' if event.after is BookingStatus.LEFT_LIST else ''}" for event, one in freed]
    return Draft(
        about=f"leaver:{booking.person_id}:{first.id}:{coordinator.id}", kind="leaver", to=coordinator.email, person_id=coordinator.id,
        concerns=tuple(f"booking:{one.id}" for _event, one in freed), fields={
            "name": coordinator.first_name or coordinator.name, "person": person, "number": count(len(freed), "booking"),
            "why": f"{first.by} says that {first.reason}" if first.reason else "their account has ended", "bookings": "\n".join(lines),
            "page": f"{office().public_url}/desk/leavers",
        },
    )
