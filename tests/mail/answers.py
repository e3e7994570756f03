"""Answers to invitations, as calendar programs write them."""

from email.message import EmailMessage

HEAD = "BEGIN:VCALENDAR\r\nPRODID:-//x//y//EN\r\nVERSION:2.0\r\nMETHOD:{method}\r\nBEGIN:VEVENT\r\n"
TAIL = "DTSTAMP:20270301T120000Z\r\nSEQUENCE:0\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"


def entry(uid: str, address: str, *, says: str = "DECLINED", method: str = "REPLY", name: str = 'CN="Yusuf: Amina; of Wells"') -> str:
    """The calendar text of an answer, with its long line folded."""
    line = f"ATTENDEE;{name};PARTSTAT={says};ROLE=REQ-PARTICIPANT:mailto:{address}"
    return HEAD.format(method=method) + f"UID:{uid}\r\n{line[:60]}\r\n {line[60:]}\r\n" + TAIL


def an_answer(uid: str, address: str, *, attached: bool = False, **more: str) -> bytes:
    """The message that brings it: the text in one of several forms, or as an attached file alone."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = address, "training@example.org", "Declined: Neglect"
    mail.set_content("Amina Yusuf has declined this invitation.")
    text = entry(uid, address, **more)
    if attached:
        mail.add_attachment(text.encode(), maintype="application", subtype="ics", filename="invite.ics")
    else:
        mail.add_alternative(text, subtype="calendar", params={"method": "REPLY"}, cte="base64")
    return mail.as_bytes()
