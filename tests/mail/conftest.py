"""The office of the tests: two kinds of letters, on whichever database."""

import pytest

from app.mail.office import open_office
from tests.mail.wordings import PLACE, REMINDER


@pytest.fixture
def app(app):
    """The app, with the letters of the tests."""
    before = app.extensions["office"]
    open_office(app, (PLACE, REMINDER))
    yield app
    app.extensions["office"] = before
