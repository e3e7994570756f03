"""The office of the tests for the pages of letters."""

from tests.mail.conftest import app, mail_server

__all__ = ["app", "mail_server"]
