"""Reading a report that a letter could not be delivered (RFC 3464): which letter, and whether the address will ever work."""

import re
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message

from app.mail.rules.refusals import About, about

REF = re.compile(r"<([2-9a-z]{4}-[2-9a-z]{4}-[2-9a-z]{4})@[^>\s]+>")


@dataclass(frozen=True)
class Bounce:
    """A letter that came back: its reference, what was said, and whether the address itself is wrong."""

    ref: str
    words: str
    address_is_wrong: bool


def read(report: bytes) -> Bounce | None:
    """The bounce in a message; none when it is no such report, is about no letter of ours, or says only that delivery takes longer.

    Headers are taken as they came, by the parser that makes nothing of them: what is wrong in one stops no report.
    """
    mail = message_from_bytes(report)
    failure = next((block for block in _about_receivers(mail) if str(block.get("Action", "")).strip().lower() == "failed"), None)
    found = REF.search(_returned(mail))
    if failure is None or found is None:
        return None
    status = str(failure.get("Status", "5.0.0")).strip().split(" ")[0]
    diagnosis = str(failure.get("Diagnostic-Code", "")).partition(";")[2] or str(failure.get("Diagnostic-Code", ""))
    words = " ".join(f"{status} {diagnosis}".split())
    return Bounce(found.group(1), "".join(letter for letter in words if letter.isprintable())[:500], about(words) is About.RECEIVER)


def _about_receivers(mail: Message) -> list[Message]:
    """The blocks of the report, one for each receiver; the first block is about the message as a whole and has no Action."""
    blocks: list[Message] = []
    for part in mail.walk():
        payload = part.get_payload()
        if part.get_content_type() == "message/delivery-status" and isinstance(payload, list):
            blocks += [block for block in payload if isinstance(block, Message)]
    return blocks


def _returned(mail: Message) -> str:
    """The Message-ID of the letter that came back, from what was returned of it."""
    for part in mail.walk():
        payload = part.get_payload()
        if part.get_content_type() == "message/rfc822" and isinstance(payload, list) and payload and isinstance(payload[0], Message):
            return str(payload[0].get("Message-ID", ""))
        if part.get_content_type() == "text/rfc822-headers":
            raw = part.get_payload(decode=True)
            line = re.search(rb"^Message-ID:\s*(<[^>]*>)", raw if isinstance(raw, bytes) else b"", re.I | re.M)
            return line.group(1).decode("ascii", "replace") if line else ""
    return ""
