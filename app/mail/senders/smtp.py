"""Hands letters to a mail server: one conversation for many letters, and for each phase of it a deadline that no drip of bytes can stretch."""

import smtplib
import socket
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache

from app.core.post import MailServer
from app.mail.rules.outgoing import Answer, Outcome, Outgoing
from app.mail.rules.refusals import IN_REPLY, OURS, About, Phase, about, of_one_receiver
from app.mail.senders import Unreachable, message

DEADLINE = 60.0
"""Seconds for each phase. A letter has four (sender, receiver, start, end), which together stay under its lease."""

LONGEST_REPLY = 64 * 1024
GOING_AWAY = 421


class SmtpSender:
    """Sends through one mail server. The connection is kept open from letter to letter, and opened again when it was lost."""

    def __init__(
        self, server: MailServer, *, sender: str, reply_to: str = "", deadline: float = DEADLINE, trust: ssl.SSLContext | None = None,
    ) -> None:
        self.headers = message.headers(sender, reply_to)
        self._server, self._deadline, self._trust = server, deadline, trust
        self._line: _Conversation | None = None

    def ready(self) -> None:
        """Connect, secure and sign in, unless that was done.

        Raises:
            Unreachable: nobody answers, or will not let us in.
        """
        if self._line is not None:
            return
        line = _Conversation(self._deadline)
        try:
            self._greet(line)
        except (OSError, smtplib.SMTPException, UnicodeError) as error:
            line.close()
            raise Unreachable(_said(error)) from error
        self._line = line

    def _greet(self, line: "_Conversation") -> None:
        scheme = self._server.scheme
        if scheme != "smtp":  # slow to make, so only where it is needed
            self._trust = self._trust or ssl.create_default_context()
        line.open(self._server.host, self._server.port, self._trust if scheme == "smtps" else None)
        line.ehlo_or_helo_if_needed()
        if scheme == "smtp+starttls":
            line.starttls(context=self._trust)
            line.ehlo_or_helo_if_needed()
        if self._server.user:
            line.login(self._server.user, self._server.password)

    def send(self, letter: Outgoing) -> Answer:
        """Try to hand over this letter."""
        if self._line is None:
            raise RuntimeError("ask whether the sender is ready before giving it a letter")
        if not letter.address.rpartition("@")[0].isascii():
            return Answer(Outcome.REFUSED, "The address has letters before the @ that mail servers seldom take.")
        try:
            data = message.as_bytes(letter)
        except ValueError as error:
            return Answer(Outcome.REFUSED, f"It could not be written out: {error}")
        progress = _Progress()
        try:
            answer = _hand_over(self._line, letter, data, progress)
        except (OSError, smtplib.SMTPException, UnicodeError) as error:
            self._drop()
            return Answer(Outcome.DOUBTFUL if progress.all_given else Outcome.PUT_OFF, _said(error))
        if answer.outcome is not Outcome.SENT:
            self._start_afresh(answer)
        return answer

    def _start_afresh(self, answer: Answer) -> None:
        """After a letter that was not taken the next one starts from nothing; a server that is going away is left."""
        try:
            if answer.words.startswith(str(GOING_AWAY)) or self._line is None or self._line.rset()[0] != 250:
                self._drop()
        except (OSError, smtplib.SMTPException):
            self._drop()

    def _drop(self) -> None:
        if self._line is not None:
            self._line.close()
        self._line = None

    def close(self) -> None:
        """Say goodbye; how the server takes it changes nothing."""
        if self._line is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._line.farewell()
            self._drop()


@dataclass
class _Progress:
    """How far a letter has come: whether all of it, with its last dot, was given to the server."""

    all_given: bool = False


def _hand_over(line: "_Conversation", letter: Outgoing, data: bytes, progress: _Progress) -> Answer:
    said = line.mail(message.envelope(message.sender_address(letter)))
    if said[0] // 100 != 2:  # about us rather than about this address, so it may be put right
        return Answer(Outcome.PUT_OFF, _no(said, Phase.SENDER))
    said = line.rcpt(message.envelope(letter.address))
    if said[0] // 100 != 2:
        words = _no(said, Phase.RECEIVER)
        return replace(_not_taken(said, words, for_good=about(words) is About.RECEIVER), of_one_receiver=of_one_receiver(words))
    said = line.docmd("DATA")
    if said[0] != 354:
        words = _no(said, Phase.START)
        return _not_taken(said, words, for_good=about(words) not in OURS)
    line.send(_dotted(data))
    progress.all_given = True
    said = line.getreply()
    if said[0] // 100 == 2:
        return Answer(Outcome.SENT, _words(said))
    if said[0] // 100 not in (4, 5):  # neither a yes nor a no, and whose turn it is now nobody knows
        raise smtplib.SMTPResponseException(*said)
    words = _no(said, Phase.END)
    return _not_taken(said, words, for_good=about(words) not in OURS)


def _not_taken(said: tuple[int, bytes], words: str, *, for_good: bool) -> Answer:
    return Answer(Outcome.REFUSED if said[0] // 100 == 5 and for_good else Outcome.PUT_OFF, words)


def _no(said: tuple[int, bytes], phase: Phase) -> str:
    """The words of a no, with the command that they answer."""
    return IN_REPLY.format(_words(said), phase.value)


def _words(said: tuple[int, bytes]) -> str:
    text = said[1].decode("utf-8", "replace").replace("\n", " ")
    return f"{said[0]} {''.join(letter for letter in text if letter.isprintable())}"[:500].strip()


def _said(error: Exception) -> str:
    """What went wrong with the connection, in a sentence for the record."""
    if isinstance(error, smtplib.SMTPResponseException):
        words = error.smtp_error if isinstance(error.smtp_error, bytes) else str(error.smtp_error).encode()
        return _words((error.smtp_code, words))
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return f"The mail server cannot do what SMTP_URL asks for: {error}"
    if isinstance(error, TimeoutError):
        return "The mail server did not answer in time."
    if isinstance(error, (smtplib.SMTPServerDisconnected, ConnectionError)):
        return "The mail server ended the connection, or refused it."
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"The mail server's certificate cannot be trusted: {error.verify_message}."
    if isinstance(error, socket.gaierror):
        return "The mail server's name is not known."
    return f"The connection to the mail server failed ({type(error).__name__})."


def _dotted(data: bytes) -> bytes:
    """The bytes as they go over the wire: a line that begins with a dot gets a second, and a dot alone ends it all."""
    if not data.endswith(b"\r\n"):
        data += b"\r\n"
    return (b"." + data if data.startswith(b".") else data).replace(b"\r\n.", b"\r\n..") + b".\r\n"


@cache
def _our_name() -> str:
    """How we greet a mail server: asked for once, since a slow name server would hold up every connection."""
    name = socket.getfqdn()
    return name if "." in name else "[127.0.0.1]"


class _Conversation(smtplib.SMTP):
    """smtplib, with one deadline for each whole reply instead of one for each byte of it."""

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline
        self._unread = b""
        super().__init__(local_hostname=_our_name(), timeout=deadline)

    def open(self, host: str, port: int, context: ssl.SSLContext | None) -> None:
        """Connect, with TLS from the first byte when a context is given, and read the greeting."""
        self._host = host
        self.sock = socket.create_connection((host, port), self._deadline)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if context is not None:
            self.sock = context.wrap_socket(self.sock, server_hostname=host)
        said = self.getreply()
        if said[0] != 220:
            raise smtplib.SMTPConnectError(*said)

    def starttls(self, *, context: ssl.SSLContext | None = None) -> tuple[int, bytes]:  # type: ignore[override]
        """Go over to TLS or fail. What came before it in the clear is thrown away."""
        said = super().starttls(context=context)
        if said[0] != 220:
            raise smtplib.SMTPResponseException(*said)
        self._unread = b""
        return said

    def farewell(self) -> None:
        """Say QUIT and wait for no answer."""
        if self.sock is not None:
            self.sock.settimeout(1)
            self.putcmd("QUIT")

    def send(self, s: str | bytes) -> None:  # type: ignore[override]
        """Give all of this to the server within the deadline (`sendall` counts it for the whole)."""
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("no connection")
        self.sock.settimeout(self._deadline)
        self.sock.sendall(s.encode(self.command_encoding) if isinstance(s, str) else s)

    def getreply(self) -> tuple[int, bytes]:
        """One reply, of however many lines, within the deadline."""
        until = time.monotonic() + self._deadline
        lines = []
        while True:
            line = self._one_line(until)
            lines.append(line[4:].strip(b" \t\r\n"))
            if not line[:3].isdigit():
                raise smtplib.SMTPServerDisconnected("the reply is not one of a mail server")
            if line[3:4] != b"-":
                return int(line[:3]), b"\n".join(lines)

    def _one_line(self, until: float) -> bytes:
        while b"\n" not in self._unread:
            left = until - time.monotonic()
            if left <= 0:
                raise TimeoutError
            if len(self._unread) > LONGEST_REPLY or self.sock is None:
                raise smtplib.SMTPServerDisconnected("the reply has no end")
            self.sock.settimeout(left)
            found = self.sock.recv(4096)
            if not found:
                raise smtplib.SMTPServerDisconnected("the connection was closed")
            self._unread += found
        line, _, self._unread = self._unread.partition(b"\n")
        return line
