"""Letters about money: a charge was written to the ledger, or one that somebody was told of is taken back."""

from app.booking.emails import words
from app.booking.models import Booking, Charge
from app.booking.rules.charges import ChargeKind, money
from app.booking.rules.states import BookingStatus
from app.letters.emails import reason as the_reason
from app.letters.emails import when
from app.mail.office import office
from app.mail.rules.languages import Both
from app.mail.services import Act as Button
from app.mail.services import Draft

WHY = {
    ChargeKind.LATE: Both("You gave your place back after the date until which it is free.",
                          "Rhoesoch eich lle yn ôl ar ôl y dyddiad y mae hynny’n rhad ac am ddim hyd ato."),
    ChargeKind.NO_SHOW: Both("The register says that you had a place and did not come.",
                             "Mae’r gofrestr yn dweud bod gennych le ac na ddaethoch."),
    ChargeKind.EXTERNAL: Both("A place for somebody from an agency outside the partnership has a price.",
                              "Mae pris ar le i rywun o asiantaeth y tu allan i’r bartneriaeth."),
}

MOVED_LATE = Both("You moved to another date after the day until which that is free.",
                  "Symudoch i ddyddiad arall ar ôl y dyddiad y mae hynny’n rhad ac am ddim hyd ato.")


def about(charge_id: int) -> str:
    """The key of the letter that told somebody of this charge."""
    return f"charge:{charge_id}"


def charged(booking: Booking, charge: Charge) -> Draft:
    """What is charged to somebody and why, and how to say that it is wrong."""
    why = MOVED_LATE if booking.status is BookingStatus.MOVED else WHY[charge.kind]
    return _draft("charge", about(charge.id), booking, charge, why=why)


def waived(booking: Booking, charge: Charge, reason: str) -> Draft:
    """A charge is taken back, and why."""
    ours = {one.english: one for one in (words.REGISTER_CORRECTED, words.DID_NOT_ASK_TO_MOVE)}
    said = ours.get(reason, reason)
    return _draft("charge-waived", f"{about(charge.id)}:waived", booking, charge, reason=the_reason(said))


def _draft(kind: str, key: str, booking: Booking, charge: Charge, **more: str | Both) -> Draft:
    session, house = booking.course_session, office().house
    fields = {
        "name": booking.person.first_name or booking.person.name, "course": session.course.title, "when": when(session.parts),
        "amount": money(charge.pence), "contact": house.contact_email or office().page("help"), **more,
    }
    return Draft(about=key, kind=kind, to=booking.person.email, person_id=booking.person_id, fields=fields,
                 concerns=(f"booking:{booking.id}", f"session:{session.id}", about(charge.id)),
                 act=Button(words.SEE, office().page(f"bookings/{booking.ref}")))
