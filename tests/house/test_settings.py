"""Settings that cannot work stop the start with one sentence; cookies follow the public address."""

import re
import stat

import pytest

from app.accounts.rules import Role
from app.core.settings import SettingsError, from_environment
from app.factory import create_app

KEY = "k" * 40


@pytest.mark.parametrize(("environ", "said"), [
    ({"DATABASE_URL": "mysql://x"}, "DATABASE_URL must begin with"), ({"SECRET_KEY": "short"}, "SECRET_KEY is too short"),
    ({"PUBLIC_URL": "training.example.org"}, "PUBLIC_URL is"), ({"PUBLIC_URL": "https://training.example.org"}, "SECRET_KEY is missing"),
    ({"CONTACT_EMAIL": "nobody"}, "CONTACT_EMAIL is"), ({"TRUSTED_PROXIES": "many"}, "TRUSTED_PROXIES is"),
    ({"REPORT_ROUNDED": "yes"}, "REPORT_ROUNDED is"),
])
def test_a_setting_that_cannot_work_is_named(tmp_path, environ, said):
    with pytest.raises(SettingsError, match=said):
        from_environment({"INSTANCE_PATH": str(tmp_path), **environ})


def test_the_secret_key_of_development_is_made_once_and_for_its_owner_only(tmp_path):
    environ = {"INSTANCE_PATH": str(tmp_path)}
    assert from_environment(environ).secret_key == from_environment(environ).secret_key
    assert stat.S_IMODE((tmp_path / "secret-key").stat().st_mode) == 0o600


@pytest.mark.parametrize(("url", "name", "secure"), [("http://127.0.0.1:5000", "session", False), ("https://training.example.org", "__Host-session", True)])
def test_cookies_are_plain_in_development_and_bound_to_the_host_with_https(tmp_path, url, name, secure):
    app = create_app(from_environment({"INSTANCE_PATH": str(tmp_path), "PUBLIC_URL": url, "SECRET_KEY": KEY}))
    response = app.test_client().get("/help", base_url=url)
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert ("Strict-Transport-Security" in response.headers) is secure
    cookie = app.test_client().get("/sign-in", base_url=url).headers["Set-Cookie"]
    assert cookie.startswith(f"{name}=") and ("Secure" in cookie) is secure and "HttpOnly" in cookie and "SameSite=Lax" in cookie


def test_static_files_are_kept_by_browsers_and_pages_of_people_are_not(app, as_role):
    client = app.test_client()
    answer = client.get("/static/uplift.css?v=1")
    assert answer.status_code == 200 and "immutable" in answer.headers["Cache-Control"]
    answer.close()
    assert as_role(Role.DELEGATE).get("/my-training").headers["Cache-Control"] == "no-store"


def test_a_page_weighs_less_than_150_kilobytes_with_all_it_loads(app, client):
    page = client.get("/")
    loaded = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text)) | {"/static/vendor/govuk/govuk-frontend.min.js"}
    answers = [app.test_client().get(address, headers={"Accept-Encoding": "gzip"}) for address in loaded]
    assert {answer.status_code for answer in answers} == {200} and len(loaded) >= 4
    assert sum(len(answer.data) for answer in answers) + len(page.data) < 150_000
