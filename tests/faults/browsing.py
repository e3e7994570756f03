"""A small browser over a kept-open connection: opens pages, fills in their forms as they are, and says when no answer came."""

import http.client
import time
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urlsplit

KEPT_OPEN = 0.2
"""Seconds: gunicorn closes a connection on which nothing came for two, and counts them loosely when it is busy."""
RELOADED = 60.0
"""Seconds for which a page is asked for again and again."""
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    location: str
    text: str
    headers: dict[str, str]

    @property
    def done(self) -> bool:
        """Whether the server said that it did what was asked: it led on to another page."""
        return self.status in (302, 303)


@dataclass
class Form:
    """A form of a page, with what it would send as it stands; buttons that send it `elsewhere` are there with their address."""

    action: str = ""
    method: str = "get"
    in_main: bool = False
    buttons: list[str] = field(default_factory=list)
    elsewhere: dict[str, str] = field(default_factory=dict)
    fields: list[tuple[str, str]] = field(default_factory=list)


class NoAnswer(Exception):
    """The connection ended before an answer came: nobody knows from here what was done."""


class Browser:
    """One person's browser. `cookie` is that of somebody who is signed in, if anybody is."""

    def __init__(self, address: str, cookie: str = "") -> None:
        self.address = address
        self.cookies = {"session": cookie} if cookie else {}
        self.page = ""
        self._used = time.monotonic()
        self._connection: http.client.HTTPConnection | None = None

    def get(self, path: str) -> Answer:
        """Open a page; once more when no answer comes, as nothing can go wrong by that."""
        self.page, until = path, time.monotonic() + RELOADED
        while True:
            try:
                return self._send("GET", path, None, {})
            except NoAnswer:
                if time.monotonic() > until:
                    raise
            time.sleep(0.05)

    def form(self, answer: Answer, button: str = "") -> Form:
        """The page's first form of its own, or the one with this button."""
        found = [form for form in forms(answer.text) if form.method == "post" and form.in_main]
        chosen = next((form for form in found if not button or button in form.buttons), None)
        assert chosen is not None, f"{self.page}: {answer.status}, no form with {button!r}:\n{answer.text[:3000]}"
        chosen.action = chosen.elsewhere.get(button) or chosen.action or self.page
        return chosen

    def submit(self, form: Form, *, also: dict[str, str] | None = None, at: int | None = None) -> Answer:
        """Press the button, with these fields written over; the server may be told to die at one of its steps.

        Raises:
            NoAnswer: the connection ended.
        """
        also = also or {}
        pairs = [(name, value) for name, value in form.fields if name not in also] + list(also.items())
        answer = self._send("POST", form.action, urlencode(pairs), FORM | ({"X-Failpoint": str(at)} if at is not None else {}))
        self.page = self.page if answer.done else form.action
        return answer

    def close(self) -> None:
        """Let the connection go."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _send(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Answer:
        parts = urlsplit(self.address)
        if time.monotonic() - self._used > KEPT_OPEN:
            self.close()
        if self._connection is None:
            self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        headers = headers | {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        try:
            self._connection.request(method, path, body, headers)
            response = self._connection.getresponse()
            text = response.read().decode()
        except (http.client.HTTPException, OSError) as error:
            self.close()
            raise NoAnswer(type(error).__name__) from error
        self._used = time.monotonic()
        for cookie in response.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return Answer(response.status, response.headers.get("Location", ""), text, dict(response.headers))


def forms(text: str) -> list[Form]:
    """Every form of a page."""
    reader = _Reader()
    reader.feed(text)
    return reader.found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self.form: Form | None = None
        self.main = False
        self.select = self.area = ""
        self.button: list[str] | None = None
        self.button_to = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.main = self.main or tag == "main"
        if tag == "form":
            self.form = Form(values.get("action", ""), values.get("method", "get").lower(), self.main)
            self.found.append(self.form)
        if self.form is None:
            return
        if tag == "input" and self._is_sent(values):
            self.form.fields.append((values["name"], values.get("value", "")))
        if tag == "select":
            self.select = values.get("name", "")
        if tag == "option" and self.select and "selected" in values:
            self.form.fields.append((self.select, values.get("value", "")))
        if tag == "textarea":
            self.area = values.get("name", "")
            self.form.fields.append((self.area, ""))
        if tag == "button":
            self.button, self.button_to = [], values.get("formaction", "")

    def _is_sent(self, values: dict[str, str]) -> bool:
        kind = values.get("type", "text")
        return bool(values.get("name")) and kind not in ("submit", "file") and (kind not in ("radio", "checkbox") or "checked" in values)

    def handle_data(self, data: str) -> None:
        if self.form and self.area:
            self.form.fields[-1] = (self.area, self.form.fields[-1][1] + data)
        if self.button is not None:
            self.button.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "main":
            self.main = False
        if tag == "form":
            self.form = None
        if tag == "select":
            self.select = ""
        if tag == "textarea":
            self.area = ""
        if tag == "button" and self.button is not None and self.form is not None:
            name = "".join(self.button).strip()
            self.form.buttons.append(name)
            if self.button_to:
                self.form.elsewhere[name] = self.button_to
            self.button = None
