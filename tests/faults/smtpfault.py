"""A mail server that misbehaves as told, and keeps what it took. Run as a program it behaves, and serves a benchmark from a process of its own."""

import base64
import hashlib
import re
import socket
import socketserver
import ssl
import struct
import sys
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress

GREETINGS = ("refuse", "silent", "421", "drip", "drop", "hang-ehlo", "nonsense")
"""What may go wrong before a letter is begun, one a connection."""

SECURING = ("starttls-454", "starttls-hang", "starttls-drop", "auth-454", "auth-535", "auth-hang", "auth-drop")
"""What may go wrong while a connection is secured and signed in, one a connection; after a good greeting."""

BEFORE_THE_DOT = (
    "mail-451", "mail-550", "mail-hang", "mail-drop", "rcpt-450", "rcpt-550", "rcpt-421", "rcpt-hang", "rcpt-drop", "rcpt-drip",
    "data-451", "data-554", "data-hang", "data-drop", "body-drop", "body-hang",
)
AFTER_THE_DOT = ("end-451", "end-552", "end-421", "end-hang", "end-drop", "end-lost", "end-reset", "end-drip", "ok-then-reset", "ok-drip")
"""What may go wrong with a letter, one a try. After end-hang, end-drop, end-reset and end-drip the server has taken it all the same."""

TAKEN_IN_SILENCE = ("end-hang", "end-drop", "end-reset", "end-drip")
DRIP = 0.15


class SmtpServer(socketserver.ThreadingTCPServer):
    """`greetings` and `letters` say what goes wrong with the next connections and tries; `addresses` what always does with some address."""

    allow_reuse_address = daemon_threads = True
    request_queue_size = 64

    def __init__(self, *, keep: bool = True) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.greetings: deque[str] = deque()
        self.letters: deque[str] = deque()
        self.addresses: dict[str, str] = {}
        self.taken: dict[str, list[str]] = defaultdict(list)
        self.order: list[str] = []
        self.raw: list[bytes] = []
        self.begun = threading.Event()
        self.hung = threading.Event()
        self.connections = 0
        self.keep = keep
        self.tls: ssl.SSLContext | None = None
        self.implicit = False
        self.password: tuple[str, str] | None = None
        self.secured: list[bool] = []

    @property
    def url(self) -> str:
        """As SMTP_URL has it."""
        return f"smtp://127.0.0.1:{self.server_address[1]}"

    def take(self, receiver: str, data: bytes) -> None:
        """Keep a letter: under its Message-ID, the digest of its bytes."""
        self.order.append(receiver)
        if self.keep:
            found = re.search(rb"^Message-ID: (\S+)", data, re.M)
            self.taken[found.group(1).decode() if found else "?"].append(hashlib.sha256(data).hexdigest())
            self.raw.append(data)

    def copies(self) -> Counter[int]:
        """How many letters were taken once, twice, …"""
        return Counter(len(digests) for digests in self.taken.values())

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is no news."""


class _Conversation(socketserver.StreamRequestHandler):
    server: SmtpServer
    disable_nagle_algorithm = True

    secure = False
    signed_in = False
    securing = ""

    def handle(self) -> None:
        self.server.connections += 1
        with suppress(OSError, _Ended):
            if self.server.tls and self.server.implicit:
                self._go_over()
            self._greet(self.server.greetings.popleft() if self.server.greetings else "ok")
            while True:
                self._command()

    def _greet(self, fault: str) -> None:
        if fault == "refuse":
            self._reset()
        if fault == "drop":
            raise _Ended
        if fault == "silent":
            self._hang()
        if fault == "421":
            self._say("421 too many connections")
            raise _Ended
        if fault == "nonsense":
            self._say("hello there")
            raise _Ended
        self.securing = fault if fault in SECURING else ""
        self._say("220 test", drip=fault == "drip")
        if fault == "hang-ehlo":
            self.rfile.readline()
            self._hang()

    def _command(self) -> None:
        line = self.rfile.readline()
        if not line:
            raise _Ended
        word = line[:4].upper()
        if word == b"EHLO":
            more = "250-STARTTLS\r\n" if self.server.tls and not self.secure else ""
            more += "250-AUTH PLAIN\r\n" if self.server.password and self.secure else ""
            self._say(f"250-test\r\n250-8BITMIME\r\n{more}250 SIZE 10000000")
        elif word in (b"STAR", b"AUTH") and self.securing.startswith({b"STAR": "starttls-", b"AUTH": "auth-"}[word]):
            self._fail_to_secure(self.securing.partition("-")[2])
        elif word == b"STAR":
            self._say("220 go on")
            self._go_over()
        elif word == b"AUTH":
            user, password = base64.b64decode(line.split()[2]).decode().split("\0")[1:]
            self.signed_in = (user, password) == self.server.password
            self._say("235 in" if self.signed_in else "535 wrong")
        elif word == b"MAIL" and self.server.password and not self.signed_in:
            self._say("530 sign in first")
        elif word == b"MAIL":
            self.fault = self.server.letters.popleft() if self.server.letters else "ok"
            self.server.begun.set()
            self._phase("mail")
        elif word == b"RCPT":
            self.receiver = line.decode().partition("<")[2].partition(">")[0]
            self.fault = self.server.addresses.get(self.receiver, self.fault)
            self._phase("rcpt")
        elif word == b"DATA":
            self._data()
        elif word == b"QUIT":
            self._say("221 bye")
            raise _Ended
        else:
            self._say("250 ok")

    def _fail_to_secure(self, what: str) -> None:
        if what == "hang":
            self._hang()
        if what == "drop":
            raise _Ended
        self._say(f"{what} not now")

    def _go_over(self) -> None:
        assert self.server.tls is not None
        self.connection = self.server.tls.wrap_socket(self.connection, server_side=True)
        self.rfile, self.secure = self.connection.makefile("rb"), True

    def finish(self) -> None:
        super().finish()
        if self.secure:
            self.connection.close()

    def _data(self) -> None:
        if not self._phase("data", good="354 go on"):
            return
        if self.fault == "body-drop":
            self.rfile.readline()
            raise _Ended
        if self.fault == "body-hang":
            self._hang()
        data = b""
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            data += line[1:] if line.startswith(b".") else line
        if self.fault not in ("end-451", "end-552", "end-421", "end-lost"):
            self.server.take(self.receiver, data)
            self.server.secured.append(self.secure)
        if self.fault == "end-lost":
            raise _Ended
        if self._phase("end") and self.fault == "ok-then-reset":
            self._reset()

    def _phase(self, phase: str, good: str = "250 ok") -> bool:
        """Answer well, or as the fault of this try says; whether well."""
        at, _, what = self.fault.partition("-")
        if at != phase:
            self._say(good, drip=phase == "end" and self.fault == "ok-drip")
            return True
        if what == "hang":
            self._hang()
        if what == "drop":
            raise _Ended
        if what == "reset":
            self._reset()
        if what == "drip":
            self._say(good + " very slowly indeed", drip=True)
        else:
            self._say(f"{what} not now" if what[0] == "4" else f"{what} no such user here")
        if what == "421":
            raise _Ended
        return False

    def _say(self, line: str, *, drip: bool = False) -> None:
        data = line.encode() + b"\r\n"
        for part in ([data[at:at + 1] for at in range(len(data))] if drip else [data]):
            self.connection.sendall(part)
            if drip:
                time.sleep(DRIP if self.fault_or("") != "ok-drip" else 0.005)

    def fault_or(self, other: str) -> str:
        """The fault of the present try."""
        return getattr(self, "fault", other)

    def _hang(self) -> None:
        self.server.hung.set()
        with suppress(OSError):
            self.connection.settimeout(30)
            self.connection.recv(1)
        raise _Ended

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise _Ended


class _Ended(Exception):
    """The conversation is over."""


@contextmanager
def smtp_server(*, tls: ssl.SSLContext | None = None, implicit: bool = False, password: tuple[str, str] | None = None) -> Iterator[SmtpServer]:
    """A mail server for the block; with TLS and a password if these are given."""
    server = SmtpServer()
    server.tls, server.implicit, server.password = tls, implicit, password
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


if __name__ == "__main__":
    alone = SmtpServer(keep=False)
    sys.stdout.write(f"{alone.url}\n")
    sys.stdout.flush()
    with suppress(KeyboardInterrupt):
        alone.serve_forever()
    sys.exit(0)
