"""Asks a site on this machine for pages as so many browsers at once, from a process of its own that costs little.

Standard library only: `ask` starts this file as a program, gives it a `Plan` as JSON, and reads the `Answers`.
"""

import html
import json
import re
import selectors
import socket
import subprocess
import sys
import time
from collections import Counter, deque
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

GIVE_UP_AFTER = 60
HIDDEN = re.compile(rb'<input[^>]*type="hidden"[^>]*>')
NAME, VALUE = re.compile(rb'name="([^"]*)"'), re.compile(rb'value="([^"]*)"')
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
COOKIE = re.compile(rb"\r\nset-cookie: *([^;\r]+)", re.IGNORECASE)
LOCATION = re.compile(rb"\r\nlocation: *([^\r]+)", re.IGNORECASE)


@dataclass
class Plan:
    """What to ask for: (browser, address) pairs in this order, over `connections` that stay open; each takes the next when it is free.

    `cookies` holds what each browser is signed in with. `method` is "GET", "POST", or "FORM": fetch the page, then send its form with every
    hidden field in it and `fields`; only the sending is timed. `most_seconds` ends a run early, between two requests.
    """

    port: int
    connections: int
    asked: list[tuple[str, str]]
    method: str = "GET"
    cookies: dict[str, str] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)
    most_seconds: float = GIVE_UP_AFTER


@dataclass
class Answers:
    """What came back: seconds from the first request to the last answer, seconds of each, and how many of each status."""

    seconds: float
    times: list[float]
    statuses: dict[str, int]
    locations: list[str]
    sample: str

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.times) / self.seconds


def ask(plan: Plan) -> Answers:
    """Carry the plan out in a process of its own.

    Raises:
        RuntimeError: the site broke a connection off, or did not answer in time.
    """
    done = subprocess.run([sys.executable, "-S", Path(__file__)], input=json.dumps(asdict(plan)), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.strip()[-400:])
    return Answers(**json.loads(done.stdout))


class Connection:
    """One open connection, its requests, and the answer that is coming in."""

    def __init__(self, port: int, waiting: deque[tuple[int, bytes]]) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=GIVE_UP_AFTER)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.waiting, self.came, self.whole, self.number, self.sent_at = waiting, b"", 0, 0, 0.0

    def send_next(self) -> bool:
        """Send the next request; false when there is none."""
        if not self.waiting:
            return False
        self.number, request = self.waiting.popleft()
        self.came, self.whole, self.sent_at = b"", 0, time.perf_counter()
        self.socket.sendall(request)
        return True

    def receive(self) -> bytes | None:
        """Take in what has come; the answer when it is whole."""
        part = self.socket.recv(262144)
        if not part:
            raise ConnectionError("the site broke a connection off")
        self.came += part
        if not self.whole:
            end = self.came.find(b"\r\n\r\n")
            if end < 0:
                return None
            length = LENGTH.search(self.came, 0, end + 2)
            self.whole = end + 4 + (int(length.group(1)) if length else 0)
        return self.came if len(self.came) >= self.whole else None


def exchange(plan: Plan, requests: list[bytes]) -> tuple[float, dict[int, float], dict[int, bytes]]:
    """Send all requests, one at a time on each connection: seconds, and by request its seconds and its answer."""
    waiting = deque(enumerate(requests))
    times: dict[int, float] = {}
    answers: dict[int, bytes] = {}
    with selectors.DefaultSelector() as ready:
        connections = [Connection(plan.port, waiting) for _ in range(min(plan.connections, len(requests)))]
        for connection in connections:
            ready.register(connection.socket, selectors.EVENT_READ, connection)
        begun = time.perf_counter()
        busy = sum(connection.send_next() for connection in connections)
        while busy:
            for key, _ in ready.select(GIVE_UP_AFTER) or _too_slow():
                answer = key.data.receive()
                if answer is None:
                    continue
                now = time.perf_counter()
                times[key.data.number], answers[key.data.number] = now - key.data.sent_at, answer
                if now - begun > plan.most_seconds or not key.data.send_next():
                    ready.unregister(key.fileobj)
                    busy -= 1
        seconds = time.perf_counter() - begun
    for connection in connections:
        connection.socket.close()
    return seconds, times, answers


def _too_slow() -> list[Any]:
    raise TimeoutError(f"the site did not answer within {GIVE_UP_AFTER} seconds")


def request_text(method: str, path: str, cookie: str, body: bytes = b"") -> bytes:
    """One request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Accept: text/html"]
    lines += [f"Cookie: {cookie}"] if cookie else []
    if method == "POST":
        lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def hidden_fields(page: bytes) -> dict[str, str]:
    """The names and values of a page's hidden fields."""
    found = {}
    for one in HIDDEN.findall(page):
        name, value = NAME.search(one), VALUE.search(one)
        if name:
            found[html.unescape(name.group(1).decode())] = html.unescape(value.group(1).decode()) if value else ""
    return found


def fetch_forms(plan: Plan) -> list[bytes]:
    """Fetch each page, and make the request that sends its form."""
    pages = exchange(plan, [request_text("GET", path, plan.cookies.get(who, "")) for who, path in plan.asked])[2]
    requests = []
    for number, (who, path) in enumerate(plan.asked):
        head, _, page = pages[number].partition(b"\r\n\r\n")
        if int(head[9:12]) != 200:
            raise RuntimeError(f"{path} answered {head[9:12].decode()} instead of its form")
        cookie = COOKIE.search(head)
        plan.cookies[who] = cookie.group(1).decode() if cookie else plan.cookies.get(who, "")
        body = urlencode({**hidden_fields(page), **plan.fields}).encode()
        requests.append(request_text("POST", path, plan.cookies[who], body))
    return requests


def carry_out(plan: Plan) -> Answers:
    """Ask for everything in the plan."""
    if plan.method == "FORM":
        requests = fetch_forms(plan)
    else:
        body = urlencode(plan.fields).encode() if plan.method == "POST" else b""
        requests = [request_text(plan.method, path, plan.cookies.get(who, ""), body) for who, path in plan.asked]
    seconds, times, answers = exchange(plan, requests)
    statuses = dict(Counter(answer[9:12].decode() for answer in answers.values()))
    places = [found.group(1).decode() for found in (LOCATION.search(answer) for _, answer in sorted(answers.items())) if found]
    return Answers(seconds, [times[number] for number in sorted(times)], statuses, places, answers[0].decode(errors="replace"))


if __name__ == "__main__":
    json.dump(asdict(carry_out(Plan(**json.load(sys.stdin)))), sys.stdout)
