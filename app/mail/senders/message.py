"""A letter as mail: the same bytes for the same letter, whenever and however often it is made."""

from email.message import EmailMessage, MIMEPart
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from app.mail.senders import Outgoing

POLICY = SMTP.clone(cte_type="7bit")


def headers(sender: str, reply_to: str) -> str:
    """The lines that say who writes."""
    return f"From: {sender}" + (f"\nReply-To: {reply_to}" if reply_to and reply_to != parseaddr(sender)[1] else "")


def sender_address(letter: Outgoing) -> str:
    """The bare address of the sender, for the envelope."""
    return parseaddr(letter.sender.partition("\n")[0].removeprefix("From: "))[1]


def envelope(address: str) -> str:
    """The address as servers tell it to each other: the domain in ASCII."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain if domain.isascii() else domain.encode('idna').decode()}"


def message_id(letter: Outgoing) -> str:
    """The letter's Message-ID: constant over all its tries, and not to be guessed."""
    return f"<{letter.ref}@{sender_address(letter).rpartition('@')[2]}>"


def as_bytes(letter: Outgoing) -> bytes:
    """The letter as it goes over the wire: text, HTML and calendar entry.

    Raises:
        ValueError: a header would hold a line break.
    """
    mail = EmailMessage(policy=POLICY)
    for line in letter.sender.split("\n"):
        name, _, value = line.partition(": ")
        mail[name] = value
    mail["To"] = letter.address
    mail["Subject"] = letter.subject
    mail["Date"] = format_datetime(letter.written_at)
    mail["Message-ID"] = message_id(letter)
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = "en-GB"
    mail.set_content(letter.text, cte="quoted-printable")
    mail.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    if letter.calendar:
        _add_calendar(mail, letter.calendar, letter.calendar_method or "PUBLISH")
    for number, part in enumerate(part for part in mail.walk() if part.is_multipart()):
        part.set_boundary(f"=_{letter.ref}_{number}")
    return mail.as_bytes()


def _add_calendar(mail: EmailMessage, text: str, method: str) -> None:
    """As a further form of the letter, which calendars read, and as a file, for those that do not."""
    part = MIMEPart(policy=POLICY)
    part.set_content(text, subtype="calendar", cte="base64", params={"method": method})
    mail.attach(part)
    mail.add_attachment(text.encode(), maintype="application", subtype="ics", filename="invitation.ics")
