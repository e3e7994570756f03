"""What we write about certificates: that one is ready, that one took another's place, that one no longer stands."""

from datetime import datetime, timedelta

from app.certificates.models import Certificate
from app.mail.office import office
from app.mail.rules.languages import Both
from app.mail.rules.links import LinkTo
from app.mail.rules.wording import Wording
from app.mail.services import Act as Button
from app.mail.services import Draft

PURPOSE = "certificate"
LASTS = timedelta(days=365)
"""So long the link in a letter opens its certificate. It is found under My training for ever."""
SETTLES = timedelta(hours=1)
"""A mark that was a slip is put right before anybody is told of a certificate."""

COMMON = {"name": "the person's first name", "course": "title of the course", "serial": "the certificate's number"}
CAME = Both("you came to this session", "i chi ddod i’r sesiwn hon")
HAS_ONE = Both("you have a certificate of this session", "bod gennych dystysgrif ar gyfer y sesiwn hon")
HAD_ONE = Both("you had a certificate of this session", "i chi gael tystysgrif ar gyfer y sesiwn hon")
WORDINGS = (
    Wording("certificate-ready", "A certificate is ready", "Your certificate: {course}",
            "Hello {name},\n\nThank you for coming to {course}. Your certificate {serial} is ready.\n\n{act}\n\nThe page also shows, to whoever "
            "has the code on the certificate, that it stands. All your certificates and hours are under My training: {record}",
            {**COMMON, "record": "the address of the record of hours"}, frozenset({"course", "serial"}), CAME, True),
    Wording("certificate-replaced", "A certificate was replaced", "Your new certificate: {course}",
            "Hello {name},\n\nYou have a new certificate for {course}, {serial}. {reason} The one you had before no longer counts: whoever checks "
            "it reads that it was replaced.\n\n{act}",
            {**COMMON, "reason": "why there is a new one"}, frozenset({"course", "serial"}), HAS_ONE, True),
    Wording("certificate-withdrawn", "A certificate was withdrawn", "Your certificate no longer stands: {course}",
            "Hello {name},\n\nYour certificate {serial} for {course} no longer stands. {reason} Whoever checks it reads the same.\n\n"
            "If you think that this is wrong, tell us: {help}",
            {**COMMON, "reason": "why it was withdrawn", "help": "the address of the page that says whom to ask"},
            frozenset({"course", "serial", "reason"}), HAD_ONE),
)


def ready(certificate: Certificate, *, now: datetime) -> Draft:
    """To somebody whose certificate was issued."""
    return _letter(certificate, "certificate-ready", now=now, record=office().page("my-training/record"), due_at=now + SETTLES)


def replaced(certificate: Certificate, reason: Both, *, now: datetime) -> Draft:
    """To somebody who has a new certificate in an earlier one's place."""
    return _letter(certificate, "certificate-replaced", now=now, reason=reason)


def withdrawn(certificate: Certificate, reason: Both, *, now: datetime) -> Draft:
    """To somebody whose certificate no longer stands."""
    return _letter(certificate, "certificate-withdrawn", now=now, reason=reason, help=office().page("help"))


def _letter(certificate: Certificate, kind: str, *, now: datetime, due_at: datetime | None = None, **more: str | Both) -> Draft:
    person = certificate.booking.person
    link = LinkTo(PURPOSE, about(certificate), now + LASTS)
    return Draft(
        about=f"{about(certificate)}:{kind}", kind=kind, to=person.email, person_id=person.id, due_at=due_at,
        concerns=(about(certificate), f"booking:{certificate.booking_id}", f"session:{certificate.booking.course_session_id}"),
        fields={"name": person.first_name or person.name, "course": certificate.course, "serial": certificate.serial, **more},
        act=None if kind == "certificate-withdrawn" else Button(Both("Open your certificate", "Agor eich tystysgrif"), link),
    )


def about(certificate: Certificate) -> str:
    """How letters name the certificate that they are about."""
    return f"certificate:{certificate.id}"
