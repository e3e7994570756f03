"""Reports that a letter could not be delivered, as mail systems write them."""

from app.mail.models import Letter


def a_report(letter: Letter, *, status: str = "5.1.1", action: str = "failed", words: str = "550 5.1.1 no such user", whole: bool = True) -> bytes:
    """A report about this letter, with the whole letter or only its headers returned."""
    returned = f"Message-ID: <{letter.ref}@example.org>\r\nTo: {letter.address}\r\nSubject: x\r\n"
    kind = "message/rfc822" if whole else "text/rfc822-headers"
    return (
        "From: MAILER-DAEMON@mx.example.org\r\nTo: training@example.org\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.org\r\n\r\n"
        f"Final-Recipient: rfc822; {letter.address}\r\nAction: {action}\r\nStatus: {status}\r\nDiagnostic-Code: smtp; {words}\r\n\r\n"
        f"--b\r\nContent-Type: {kind}\r\n\r\n{returned}\r\nbody\r\n--b--\r\n"
    ).encode()
