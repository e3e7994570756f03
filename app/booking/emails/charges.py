"""Letters about money: a charge was written to the ledger, or one that somebody was told of is taken back."""

from app.booking.models import Booking, Charge
from app.booking.rules.charges import ChargeKind, money
from app.mail.office import office
from app.mail.services import Act as Button
from app.mail.services import Draft
from app.ui.filters import when

WHY = {
    ChargeKind.LATE: "You gave your place back after the date until which it is free.",
    ChargeKind.NO_SHOW: "The register says that you had a place and did not come.",
    ChargeKind.EXTERNAL: "A place for somebody from an agency outside the partnership has a price.",
}


def about(charge_id: int) -> str:
    """The key of the letter that told somebody of this charge."""
    return f"charge:{charge_id}"


def charged(booking: Booking, charge: Charge) -> Draft:
    """What is charged to somebody and why, and how to say that it is wrong."""
    return _draft("charge", about(charge.id), booking, charge, why=WHY[charge.kind])


def waived(booking: Booking, charge: Charge, reason: str) -> Draft:
    """A charge is taken back, and why."""
    return _draft("charge-waived", f"{about(charge.id)}:waived", booking, charge, reason=f"The reason: {reason}")


def _draft(kind: str, key: str, booking: Booking, charge: Charge, **more: str) -> Draft:
    session, house = booking.course_session, office().house
    fields = {
        "name": booking.person.first_name or booking.person.name, "course": session.course.title, "when": when(session.parts),
        "amount": money(charge.pence), "contact": house.contact_email or f"{office().public_url}/help", **more,
    }
    return Draft(about=key, kind=kind, to=booking.person.email, person_id=booking.person_id, fields=fields,
                 concerns=(f"booking:{booking.id}", f"session:{session.id}", about(charge.id)),
                 act=Button("See the booking", f"{office().public_url}/bookings/{booking.ref}"))
