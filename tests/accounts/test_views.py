"""Signing in and out, as a page."""

from app.accounts.rules import Role
from tests.builders import PASSWORD, an_account


def test_signing_in_leads_back_to_where_the_person_was_going(client):
    an_account(email="ann@example.org")
    response = client.get("/my-training")
    assert response.status_code == 302
    response = client.post(response.location, {"email": "ann@example.org", "password": PASSWORD})
    assert response.location == "/my-training"


def test_an_address_outside_is_never_led_to(client):
    an_account(email="ann@example.org")
    for target in ("//evil.example", "https://evil.example", "/\\evil.example"):
        client.get("/sign-in")
        response = client.post(f"/sign-in?next={target}", {"email": "ann@example.org", "password": PASSWORD})
        assert "evil" not in response.location


def test_a_wrong_password_keeps_the_address_and_says_what_to_do(client):
    response = client.post("/sign-in", {"email": "ann@example.org", "password": "wrong"})
    assert "is not right" in response.text
    assert 'value="ann@example.org"' in response.text


def test_a_form_without_its_token_changes_nothing(client):
    an_account(email="ann@example.org")
    client.token = "made up"
    response = client.post("/sign-in", {"email": "ann@example.org", "password": PASSWORD})
    assert response.status_code == 400


def test_signing_out_ends_it(as_role):
    browser = as_role(Role.DELEGATE)
    assert browser.get("/my-training", checked=False).status_code == 200
    browser.post("/sign-out")
    assert browser.get("/my-training").status_code == 302
