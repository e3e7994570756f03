"""The office of the tests: two kinds of letters, on whichever database."""

import pytest

from app.mail.office import open_office
from tests.faults.smtpfault import smtp_server
from tests.mail.wordings import PLACE, REMINDER


@pytest.fixture
def app(app):
    """The app, with the letters of the tests."""
    before = app.extensions["office"]
    open_office(app, (PLACE, REMINDER))
    yield app
    app.extensions["office"] = before


@pytest.fixture
def mail_server():
    """A mail server that misbehaves as told."""
    with smtp_server() as running:
        yield running
