"""Reading a calendar's answer to an invitation (iTIP, RFC 5546): who declined what. Whatever else an answer says is of no interest here."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message

from app.core.icalendar import unfolded

LONGEST = 100_000
QUOTED = re.compile(r'"[^"]*"')


@dataclass(frozen=True)
class Declined:
    """Somebody's calendar said that they do not come: the entry's `uid`, and whose calendar it was, in small letters."""

    uid: str
    address: str


def read(message: bytes) -> Declined | None:
    """The answer in a message that declines an invitation; none when it is something else."""
    mail = message_from_bytes(message)
    return next((found for text in _calendars(mail) if (found := _declined(text)) is not None), None)


def _calendars(mail: Message) -> Iterator[str]:
    """Every calendar text in the message, whichever way it was put there."""
    for part in mail.walk():
        if part.get_content_type() in ("text/calendar", "application/ics") and not part.is_multipart():
            raw = part.get_payload(decode=True)
            yield (raw if isinstance(raw, bytes) else b"")[:LONGEST].decode("utf-8", "replace")


def _declined(text: str) -> Declined | None:
    lines = [_parted(line) for line in unfolded(text)]
    uid = next((value for name, _parameters, value in lines if name == "UID"), "")
    who = next((value for name, parameters, value in lines if name == "ATTENDEE" and "PARTSTAT=DECLINED" in parameters), "")
    if ("METHOD", [], "REPLY") not in [(name, parameters, value.upper()) for name, parameters, value in lines] or not uid or not who:
        return None
    return Declined(uid, who.strip().lower().removeprefix("mailto:").strip())


def _parted(line: str) -> tuple[str, list[str], str]:
    """The name, the parameters and the value of a line. A quoted parameter, such as a name, may hold the signs that part them."""
    head, _colon, _rest = QUOTED.sub(lambda found: "x" * len(found.group(0)), line).partition(":")
    name, *parameters = head.upper().split(";")
    return name, parameters, line[len(head) + 1:].strip()
