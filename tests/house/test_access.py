"""Who may open what is said on every view; one that says nothing is refused; and opening a page changes nothing."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Blueprint

from app.accounts.models import CountedTry, SignIn
from app.accounts.rules import Role
from app.booking.rules.states import BookingStatus
from app.core.db import db
from tests.builders import a_booking, a_course, a_partnership, a_session, a_trainer
from tests.certificates.attending import came, certificates
from tests.client import Client
from tests.conftest import make_app

OPEN = {
    "static", "home.front_page", "home.help", "home.privacy", "home.accessibility", "home.health", "accounts.sign_in", "accounts.sign_out",
    "accounts.sign_in_letter", "accounts.sign_in_code", "accounts.forgotten",
    "booking.catalogue", "booking.course", "booking.session", "booking.answer", "booking.join", "booking.calendar_feed", "catalogue.briefings",
    "evaluation.from_link", "evaluation.from_code", "evaluation.worry",
    "certificates.check", "certificates.certificate", "certificates.printed",
    "letters.open_link", "letters.bounces",
}


def test_every_view_declares_who_may_open_it(app):
    undeclared = [rule.endpoint for rule in app.url_map.iter_rules() if getattr(app.view_functions[rule.endpoint], "access", None) is None]
    assert undeclared == []


def test_just_these_views_are_open_to_everybody(app):
    assert {rule.endpoint for rule in app.url_map.iter_rules() if not app.view_functions[rule.endpoint].access} == OPEN


def test_a_view_that_declares_nothing_is_refused(tmp_path):
    """The switch: a page without its declaration opens to nobody."""
    app = make_app(f"sqlite:///{tmp_path / 'a.sqlite3'}", tmp_path)
    room = Blueprint("planted", __name__)
    room.add_url_rule("/planted", view_func=lambda: "secret", endpoint="page")
    app.register_blueprint(room)
    with app.app_context():
        response = app.test_client().get("/planted")
    assert response.status_code == 403 and b"secret" not in response.data


def addresses(app, values):
    for rule in app.url_map.iter_rules():
        if "GET" in rule.methods and rule.endpoint != "static":
            wanted = {name: values[name] for name in rule.arguments}
            with app.test_request_context():
                yield app.url_for(rule.endpoint, **wanted)


@pytest.mark.parametrize("role", [None, *Role])
def test_opening_every_page_changes_nothing(app, role):
    session = a_session(starts_in=timedelta(hours=-5), trainer=a_trainer())
    booking = a_booking(session)
    a_booking(session, status=BookingStatus.WAITING)
    a_course()
    a_partnership()
    (certificate,) = certificates(came())
    browser = Client(app)
    if role:
        browser.signed_in(role)
    values = {
        "ref": session.ref, "code": session.course.code, "person_id": booking.person_id, "number": 1, "stage": "after", "token": "x",
        "figure": "attendances", "form": "json", "kind": "place", "certificate_code": certificate.code,
    }
    # wrong links are counted: that is what opening a page may write
    before = everything(but=CountedTry)
    for address in {*addresses(app, values), *addresses(app, {**values, "ref": booking.ref})}:
        response = browser.get(address)
        assert response.status_code in (200, 302, 303, 403, 404) or address == "/health", f"{address}: {response.status}"
        if role is None and response.status_code == 200:
            assert address.split("?")[0].startswith(("/courses", "/sessions", "/briefings", "/help", "/privacy", "/accessibility", "/sign-in", "/answer", "/join", "/q/", "/health", "/certificates")) or address == "/"
        for method in ("HEAD", "OPTIONS"):
            other = browser._send(method, address)
            assert other.status_code in (200, 302, 303, 403, 404) or address == "/health", f"{method} {address}: {other.status}"
    assert everything(but=CountedTry) == before


def everything(but=None):
    """All rows of all tables without when somebody was last seen, and without the table of the model `but`."""
    db.session.rollback()
    tables = {}
    for table in db.metadata.sorted_tables:
        if but is not None and table is but.__table__:
            continue
        columns = [column for column in table.c if not (table.name == SignIn.__tablename__ and column.name == "last_seen_at")]
        tables[table.name] = db.session.execute(sa.select(*columns)).all()
    return tables


def test_a_form_without_its_token_is_refused_on_every_view(app):
    browser = Client(app).signed_in(*Role)
    session = a_session()
    booking = a_booking(session)
    before = everything()
    values = {"ref": session.ref, "code": session.course.code, "person_id": booking.person_id, "number": 1, "stage": "before", "token": "x",
              "figure": "attendances", "form": "json", "kind": "place", "certificate_code": "x"}
    for rule in app.url_map.iter_rules():
        if "POST" in rule.methods and rule.endpoint != "letters.bounces":  # that one asks for a secret instead: tests/letters/test_views.py
            with app.test_request_context():
                address = app.url_for(rule.endpoint, **{name: values[name] for name in rule.arguments})
            assert browser._send("POST", address, data={}).status_code == 400, address
    assert everything() == before
