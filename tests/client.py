"""A browser without script: follows where a page leads, sends the page's own token, and reads every page critically."""

import re
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.test import TestResponse

from app.accounts.rules import Role
from app.core.db import db
from tests import builders
from tests.html import faults

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class Client:
    """One browser. Each page it is given must be sound HTML, or the test fails."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.inner = app.test_client()
        self.token = ""
        self.person_id = self.account_id = 0
        self.email = ""
        self.letter = "/answer"
        """The page of the letter whose link was followed last."""

    def signed_in(self, *roles: Role) -> "Client":
        """The same browser, signed in as a new person with these roles."""
        account = builders.an_account(*roles)
        return self.signed_in_as(account)

    def signed_in_as(self, account: builders.Account) -> "Client":
        """The same browser, signed in with this account."""
        self.person_id, self.account_id, self.email = account.person_id, account.id, account.person.email
        secret = builders.a_sign_in(account)
        with self.inner.session_transaction() as kept:
            kept.update(_user_id=secret, _fresh=True)
        self.token = ""
        return self

    def get(self, url: str, *, checked: bool = True, **more: object) -> TestResponse:
        """Open a page."""
        return self._read(self._send("GET", url, **more), checked)

    def post(self, url: str, data: dict[str, object] | None = None, *, checked: bool = True, **more: object) -> TestResponse:
        """Send a form, with the token of the last page that had one."""
        if not self.token:
            self.get(url, checked=False)
        if not self.token:
            self.get("/help" if self.person_id else "/sign-in", checked=False)
        return self._read(self._send("POST", url, data={"csrf_token": self.token, **(data or {})}, **more), checked)

    def follow(self, response: TestResponse) -> TestResponse:
        """Open the page to which the response leads."""
        assert response.status_code in (302, 303), f"it leads nowhere: {response.status}\n{response.text[:2000]}"
        parts = urlsplit(response.location)
        return self.get(parts.path + (f"?{parts.query}" if parts.query else ""))

    def _send(self, method: str, url: str, **more: object) -> TestResponse:
        db.session.rollback()
        with self.app.app_context():  # of its own, as the pushed one would carry who was signed in before
            response = self.inner.open(url, method=method, **more)
        if url.startswith("/a/") and response.status_code == 303:
            self.letter = response.location
        db.session.rollback()
        return response

    def _read(self, response: TestResponse, checked: bool) -> TestResponse:
        if response.mimetype != "text/html" or "style-src 'unsafe-inline'" in response.headers.get("Content-Security-Policy", ""):
            return response  # not a page: a letter in its frame has its style inside, as mail needs, and a policy of its own
        found = TOKEN.search(response.text)
        self.token = found.group(1) if found else self.token
        if checked and response.status_code not in (301, 302, 303):
            wrong = faults(response.text)
            assert not wrong, f"{response.request.path}: {'; '.join(wrong)}"
        return response
