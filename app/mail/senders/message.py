"""A letter as mail: the same bytes for the same letter, whenever and however often it is made.

The standard library's `EmailMessage` would write the same; it parses every header twice, and is several times slower.
"""

import base64
from binascii import b2a_qp
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from functools import lru_cache

from app.mail.rules.outgoing import Outgoing


def headers(sender: str, reply_to: str) -> str:
    """The lines that say who writes."""
    return f"From: {sender}" + (f"\nReply-To: {reply_to}" if reply_to and reply_to != parseaddr(sender)[1] else "")


@lru_cache(maxsize=16)
def _address_in(sender: str) -> str:
    return parseaddr(sender.partition("\n")[0].removeprefix("From: "))[1]


def sender_address(letter: Outgoing) -> str:
    """The bare address of the sender, for the envelope."""
    return _address_in(letter.sender)


def envelope(address: str) -> str:
    """The address as servers tell it to each other: the domain in ASCII."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain if domain.isascii() else domain.encode('idna').decode()}"


def message_id(letter: Outgoing) -> str:
    """The letter's Message-ID: constant over all its tries, and not to be guessed."""
    return f"<{letter.ref}@{envelope(sender_address(letter)).rpartition('@')[2]}>"


def as_bytes(letter: Outgoing) -> bytes:
    """The letter as it goes over the wire: text, HTML and calendar entry.

    Raises:
        ValueError: a header would hold a line break.
    """
    lines = [_header(*line.split(": ", 1)) for line in letter.sender.split("\n")]
    lines += [
        _header("To", envelope(letter.address)), _header("Subject", letter.subject), _header("Date", format_datetime(letter.written_at)),
        _header("Message-ID", message_id(letter)), _header("Content-Language", letter.language.tag),
        b"Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n",
    ]
    parts = [_text("plain", letter.text), _text("html", letter.html)]
    if not letter.calendar:
        return b"".join([*lines, _several("alternative", f"=_{letter.ref}_0", parts)])
    calendar = letter.calendar.encode()
    method = letter.calendar_method or "PUBLISH"
    parts.append(_base64(f"text/calendar; charset=utf-8; method={method}", calendar))
    whole = [_several("alternative", f"=_{letter.ref}_1", parts),
             _base64('application/ics; name="invitation.ics"', calendar, 'Content-Disposition: attachment; filename="invitation.ics"\r\n')]
    return b"".join([*lines, _several("mixed", f"=_{letter.ref}_0", whole)])


def _header(name: str, value: str) -> bytes:
    """One header line. What is plain and short is written as it stands; the library folds and encodes the rest."""
    if "\r" in value or "\n" in value or "\0" in value:
        raise ValueError(f"{name} would hold a line break")
    if value.isascii() and value.isprintable() and len(name) + len(value) < 75 and "=?" not in value:
        return f"{name}: {value}\r\n".encode()
    return _folded(name, value)


@lru_cache(maxsize=256)
def _folded(name: str, value: str) -> bytes:
    made = SMTP.header_factory(name, value)
    return made.fold(policy=SMTP).encode("ascii")


def _text(kind: str, text: str) -> bytes:
    ended = text if text.endswith("\n") else f"{text}\n"  # it breaks long lines as the first line is broken
    data = b2a_qp(ended.replace("\r\n", "\n").replace("\n", "\r\n").encode(), istext=True)
    return f"Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n".encode() + data


def _base64(kind: str, data: bytes, more: str = "") -> bytes:
    head = f"Content-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n{more}\r\n"
    return head.encode() + base64.encodebytes(data).replace(b"\n", b"\r\n")


def _several(kind: str, boundary: str, parts: list[bytes]) -> bytes:
    between = f"\r\n--{boundary}".encode()
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n'.encode()
    return head + b"".join(between + b"\r\n" + part for part in parts) + between + b"--\r\n"
