"""The office of the tests: two kinds of letters, on whichever database."""

import ssl
import subprocess

import pytest

from app.accounts.models import Person
from app.mail.office import open_office
from tests.faults.smtpfault import smtp_server
from tests.mail.wordings import PLACE, REMINDER


@pytest.fixture
def app(app):
    """The app, with the letters of the tests."""
    before = app.extensions["office"]
    open_office(app, (PLACE, REMINDER), Person.__table__)
    yield app
    app.extensions["office"] = before


@pytest.fixture
def mail_server():
    """A mail server that misbehaves as told."""
    with smtp_server() as running:
        yield running


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A certificate for localhost and its key, made for this run."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
                   check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context, ssl.create_default_context(cafile=folder / "cert.pem")
