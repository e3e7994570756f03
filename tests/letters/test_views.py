"""Coordinators see what became of each letter, and change how letters read; a link's way in writes nothing."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.accounts.rules import Role
from app.core import clock
from app.core.db import db, transaction
from app.letters import queries
from app.mail.models import Letter, LetterEvent, UndeliverableAddress, WordingVersion
from app.mail.queries import latest_about
from app.mail.rules.fates import LetterStatus
from app.mail.services import Act, LinkTo, make_link, queue, void
from tests.builders import a_person
from tests.conftest import make_app
from tests.letters.reports import a_report
from tests.mail.wordings import FIELDS, a_draft


@pytest.fixture
def coordinator(as_role):
    return as_role(Role.COORDINATOR)


def a_letter(number=1, **more):
    return queue(a_draft(number, **{"valid_until": None, **more}), now=clock.now())


def fate(letter, status, **values):
    with transaction() as session:
        values = {"status": status, "next_try_at": None, **({"sent_at": clock.now()} if status is LetterStatus.SENT else {}), **values}
        session.execute(sa.update(Letter).where(Letter.id == letter.id).values(**values))


def test_the_outbox_is_searched_by_words_and_state_and_says_that_letters_are_kept(coordinator):
    fate(a_letter(1), LetterStatus.FAILED, words="550 no such user")
    a_letter(2, fields={**FIELDS, "course": "Sexual abuse"})
    page = coordinator.get("/desk/letters").text
    assert "no mail server is set" in page and "2 letters." in page and "550 no such user" in page
    assert "1 letter." in coordinator.get("/desk/letters?q=SEXUAL+person2").text
    assert "Sexual abuse" not in coordinator.get("/desk/letters?state=failed").text
    assert "0 letters." in coordinator.get("/desk/letters?q=x%25&state=nonsense").text


def test_the_outbox_finds_the_letters_of_a_person_by_their_name(coordinator):
    ann = a_person(first_name="Ann", last_name="Ashworth")
    a_letter(1, person_id=ann.id, fields={**FIELDS, "course": "Neglect"})
    a_letter(2, person_id=None, fields={**FIELDS, "course": "Sexual abuse"})
    found = coordinator.get("/desk/letters?q=ann+ashw").text
    assert "1 letter." in found and "Neglect" in found and "Sexual abuse" not in found


def test_the_outbox_takes_as_many_statements_for_much_as_for_little(coordinator, counting):
    a_letter(0)
    few = counting(lambda: coordinator.get("/desk/letters")), counting(lambda: coordinator.get("/desk/letters/1")), counting(lambda: coordinator.get("/desk/wording/place"))
    for number in range(1, 40):
        a_letter(number)
    many = counting(lambda: coordinator.get("/desk/letters")), counting(lambda: coordinator.get("/desk/letters/1")), counting(lambda: coordinator.get("/desk/wording/place"))
    assert many == few and max(many) <= 12
    assert "Letters 31 to 40 of 40" in coordinator.get("/desk/letters?page=2").text


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.COORDINATOR])
def test_letters_are_for_coordinators_only(as_role, role):
    letter = a_letter()
    browser = as_role(role)
    for address in ("/desk/letters", f"/desk/letters/{letter.id}", f"/desk/letters/{letter.id}/page", "/desk/wording", "/desk/wording/place"):
        assert browser.get(address).status_code == 403


def test_a_letter_is_shown_in_a_frame_under_a_policy_of_its_own(coordinator):
    letter = a_letter(act=Act("Give it back", LinkTo("give-back", "booking:1", clock.now() + timedelta(days=9))))
    page = coordinator.get(f"/desk/letters/{letter.id}")
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"] and "Hello Amina," in page.text and "sandbox=" in page.text
    shown = coordinator.get(f"/desk/letters/{letter.id}/page")
    assert shown.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'unsafe-inline'") and "sandbox" in shown.headers["Content-Security-Policy"]
    assert shown.headers["X-Frame-Options"] == "SAMEORIGIN" and "<script" not in shown.text and not re.search(r'(?:src|background)="?http', shown.text)
    assert "~link-" not in shown.text + page.text and "/a/only-in-the-letter" in shown.text and "links are left out" in page.text
    assert coordinator.get("/desk/letters/999").status_code == 404


def test_a_letter_is_sent_again_with_a_reason(coordinator):
    letter = a_letter()
    address = f"/desk/letters/{letter.id}"
    assert "Send it again" not in coordinator.get(address).text
    fate(letter, LetterStatus.FAILED, words="550 no such user")
    assert "Say why" in coordinator.post(address, {"reason": "", "to": ""}).text
    assert "like name@organisation" in coordinator.post(address, {"reason": "x", "to": "no address"}).text
    done = coordinator.follow(coordinator.post(address, {"reason": "The address was wrong", "to": "new@example.org"})).text
    assert "new@example.org" in done and "by Ann Example" in done and "The address was wrong" in done
    assert "Went again as" in coordinator.get(address).text


def test_an_address_that_works_after_all_is_said_on_the_letter(coordinator):
    letter = a_letter()
    with transaction() as session:
        session.add(UndeliverableAddress(address=letter.address, since=clock.now(), words="550", letter_id=letter.id))
    held = a_letter(about="later")
    page = coordinator.get(f"/desk/letters/{held.id}").text
    assert "came back" in page and "This address works" in page
    assert "1 that was held goes too." in coordinator.follow(coordinator.post(f"/desk/letters/{held.id}/address-works")).text
    assert db.session.get(Letter, held.id).status is LetterStatus.QUEUED


def test_wording_is_changed_checked_tried_out_and_restored(coordinator):
    a_letter()
    assert "A place is confirmed" in coordinator.get("/desk/wording").text
    page = coordinator.get("/desk/wording/place").text
    assert "person1@example.org" in page and "{course} (must stand in the text)" in page
    assert "Hello Amina," in coordinator.get("/desk/wording/place/page").text
    sample = str(db.session.scalar(sa.select(Letter.id)))
    wrong = coordinator.post("/desk/wording/place", {"subject": "Hello {nam}", "body": "x", "sample": sample}).text
    assert "{nam} is not a placeholder of this letter" in wrong and "{course} is missing: title of the course" in wrong and "Hello {nam}" in wrong
    wrong = coordinator.post("/desk/wording/place", {"subject": "{course}", "body": "x", "sample": sample}).text
    assert "{course} stands in the subject only, and must stand in the text too: title of the course" in wrong
    typed = {"subject": "Come: {course}", "body": "Dear {name},\n\n<b>see you</b> at {course}", "sample": sample, "note": "Shorter"}
    shown = coordinator.post("/desk/wording/place/preview", typed).text
    assert "Dear Amina," in shown and "&lt;b&gt;see you" in shown and "Come: Neglect" in shown
    assert "[first name]" in coordinator.post("/desk/wording/place/preview", {**typed, "sample": "0"}).text
    assert "cannot be shown yet" in coordinator.post("/desk/wording/place/preview", {**typed, "subject": "{x}"}).text
    assert db.session.query(WordingVersion).count() == 0, "trying it out saves nothing"
    saved = coordinator.follow(coordinator.post("/desk/wording/place", typed)).text
    assert "Version 1" in saved and "Shorter" in saved and "Use it as it came" in saved
    assert "in force again" in coordinator.follow(coordinator.post("/desk/wording/place/restore", {"number": "0"})).text
    assert "no such version" in coordinator.follow(coordinator.post("/desk/wording/place/restore", {"number": "77"})).text
    assert queries.kinds()[0].english.number == 2 and coordinator.get("/desk/wording/nothing").status_code == 404


def test_a_welsh_wording_is_kept_beside_the_english_one_with_the_same_checks_and_the_list_says_which_kinds_have_one(coordinator):
    a_letter()
    address = "/desk/wording/place?language=cy"
    assert coordinator.get("/desk/wording").text.count("not written") == 2
    assert "You have a place on {course}." in coordinator.get(address).text, "the English letter stands beside it"
    assert "Hello Amina," in coordinator.get("/desk/wording/place/page?language=cy").text, "without a Welsh one this is the letter that goes"
    wrong = coordinator.post(address, {"subject": "Helo {enw}", "body": "Dewch.", "sample": "0"}).text
    assert "{enw} is not a placeholder of this letter" in wrong and "{course} is missing" in wrong and "Helo {enw}" in wrong
    typed = {"subject": "Mae gennych le: {course}", "body": "Helo {name}, {course}", "sample": str(db.session.scalar(sa.select(Letter.id)))}
    shown = coordinator.post("/desk/wording/place/preview?language=cy", typed).text
    assert "Helo Amina," in shown and '<html lang="cy">' in shown and db.session.query(WordingVersion).count() == 0
    saved = coordinator.post(address, typed)
    assert saved.location == address and "Version 1" in coordinator.follow(saved).text
    assert "Helo Amina, Neglect" in coordinator.get("/desk/wording/place/page?language=cy").text
    assert "Version 1" not in coordinator.get("/desk/wording/place").text and "Hello Amina," in coordinator.get("/desk/wording/place/page").text
    assert coordinator.get("/desk/wording").text.count("not written") == 1
    back = coordinator.post("/desk/wording/place/restore?language=cy", {"number": "0"})
    assert back.location == address and "goes out in English from now on" in coordinator.follow(back).text
    assert coordinator.get("/desk/wording").text.count("not written") == 2 and coordinator.get("/desk/wording/place?language=fr").status_code == 404
    coordinator.post("/desk/wording/place/restore?language=cy", {"number": "1"})
    assert coordinator.get("/desk/wording").text.count("not written") == 1


def everything():
    db.session.rollback()
    return {table.name: db.session.execute(sa.select(table)).all() for table in db.metadata.sorted_tables}


def test_following_a_link_moves_its_secret_into_a_cookie_and_writes_nothing(app, client):
    secret = make_link(purpose="give-back", subject="booking:1", person_id=1, expires_at=clock.now() + timedelta(days=1), now=clock.now())
    before = everything()
    response = client.get(f"/a/{secret}")
    assert (response.status_code, response.location) == (303, f"/answer?letter={queries.name_of(secret)}")
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith(f"link-{queries.name_of(secret)}={secret};") and "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Max-Age=1800" in cookie
    assert response.headers["Referrer-Policy"] == "no-referrer" and response.headers["X-Robots-Tag"].startswith("noindex") and response.headers["Cache-Control"] == "no-store"
    for method in ("GET", "HEAD", "OPTIONS"):
        client._send(method, f"/a/{secret}")
    assert everything() == before
    with app.test_request_context(response.location, headers={"Cookie": cookie}) as context:
        found = queries.current_link(context.request, clock.now())
    assert (found.purpose, found.subject, found.live) == ("give-back", "booking:1", True)
    for address, kept in (("/answer", cookie), (f"/answer?letter={queries.name_of('x')}", cookie), (response.location, f"link-{queries.name_of(secret)}=x")):
        with app.test_request_context(address, headers={"Cookie": kept}) as context:
            assert queries.current_link(context.request, clock.now()) is None


def test_with_https_the_cookie_of_a_link_is_bound_to_the_host(tmp_path):
    from dataclasses import replace  # noqa: PLC0415

    from app.factory import create_app  # noqa: PLC0415

    settings = make_app(f"sqlite:///{tmp_path / 'x.sqlite3'}", tmp_path).extensions["settings"]
    app = create_app(replace(settings, public_url="https://training.example.org"))
    cookie = app.test_client().get("/a/abc", base_url="https://training.example.org").headers["Set-Cookie"]
    assert cookie.startswith(f"__Host-link-{queries.name_of('abc')}=abc;") and "Secure" in cookie and "Path=/" in cookie and "Domain" not in cookie


def test_a_report_is_taken_only_from_who_knows_the_secret(app, monkeypatch):
    from dataclasses import replace  # noqa: PLC0415

    letter = a_letter()
    fate(letter, LetterStatus.SENT)
    post = app.test_client().post
    assert post("/bounces", data=a_report(letter), headers={"Authorization": "Bearer "}).status_code == 403
    settings = app.extensions["settings"]
    monkeypatch.setitem(app.extensions, "settings", replace(settings, post=replace(settings.post, bounce_secret="s" * 40)))
    assert post("/bounces", data=a_report(letter), headers={"Authorization": "Bearer wrong"}).status_code == 403
    assert db.session.get(Letter, letter.id, populate_existing=True).status is LetterStatus.SENT
    assert post("/bounces", data=a_report(letter), headers={"Authorization": f"Bearer {'s' * 40}"}).status_code == 204
    assert db.session.get(Letter, letter.id, populate_existing=True).status is LetterStatus.FAILED
    malformed = a_report(letter).replace(b"Message-ID: <", b"Message-ID: <[]@>\r\nX: <")
    assert post("/bounces", data=malformed, headers={"Authorization": f"Bearer {'s' * 40}"}).status_code == 204
    assert post("/bounces", data=b"x" * 1_100_000, headers={"Authorization": f"Bearer {'s' * 40}"}).status_code == 413


def test_letters_about_one_session_one_booking_or_one_person_are_kept_apart(client, app):
    client.signed_in(Role.COORDINATOR)
    for number in (1, 2):
        queue(a_draft(number, concerns=(f"booking:{number}", f"session:{number}"), valid_until=None), now=clock.now())
    for about in ("session:1", "booking:1", "person:1"):
        page = client.get(f"/desk/letters?about={about}").text
        assert "person1@example.org" in page and "person2@example.org" not in page and "Show all" in page
    for about in ("session:9", "person:x", "person:99999999999999999999", "x" * 200):
        assert "person1@example.org" not in client.get(f"/desk/letters?about={about}").text


def test_made_up_links_never_fill_a_browsers_cookies_and_the_last_ones_stay(client):
    for number in range(65):
        client.get(f"/a/{number:043d}")
    kept = [cookie.decoded_value for cookie in client.inner._cookies.values()]
    links = [value for value in kept if value.isdecimal() and len(value) == 43]
    assert len(links) == queries.MOST_LINKS and f"{64:043d}" in links and f"{44:043d}" not in links
    assert sum(len(value) + 30 for value in kept) < 4000


def test_a_letter_that_is_no_longer_true_says_why_and_is_not_sent_again(coordinator):
    letter = a_letter()
    address = f"/desk/letters/{letter.id}"
    fate(letter, LetterStatus.SENT)
    assert "Send it again" in coordinator.get(address).text
    void(concerns="booking:1", reason="The booking has changed since.", now=clock.now())
    page = coordinator.get(address).text
    assert "No longer true since" in page and "The booking has changed since." in page and "Send it again" not in page
    assert "write to them yourself" in coordinator.post(address, {"reason": "They lost it", "to": ""}).text
    assert db.session.query(Letter).count() == 1 and "No longer true: The booking has changed since." in coordinator.get("/desk/letters").text


def test_a_letter_in_doubt_is_shown_as_that_also_when_it_was_withdrawn_since(coordinator):
    doubted, _never_left = a_letter(1), a_letter(2)
    with transaction() as session:
        session.execute(sa.update(Letter).where(Letter.id == doubted.id).values(
            status=LetterStatus.AMBIGUOUS, doubts=2, first_tried_at=clock.now(), next_try_at=None))
    void(concerns=("booking:1", "booking:2"), reason="The booking has changed since.", now=clock.now())
    assert re.findall(r"person\d@example.org|May have arrived</strong>|Withdrawn</strong>", coordinator.get("/desk/letters").text) == [
        "person2@example.org", "Withdrawn</strong>", "person1@example.org", "May have arrived</strong>"]
    page = coordinator.get(f"/desk/letters/{doubted.id}").text
    assert "May have arrived</strong>" in page and "No longer true since" in page and "Send it again" not in page
    for state, whose in (("ambiguous", 1), ("void", 2)):
        found = coordinator.get(f"/desk/letters?state={state}").text
        assert "1 letter." in found and f"person{whose}@example.org" in found
    assert queries.how_many() == {LetterStatus.AMBIGUOUS: 1, LetterStatus.VOID: 1}
    assert [letter.shown.value for _title, letter in latest_about("booking:1").rows + latest_about("booking:2").rows] == ["ambiguous", "void"]


def test_letters_that_may_have_come_twice_are_counted_where_staff_see_it_also_once_they_were_sent(coordinator):
    letters = [a_letter(number) for number in range(3)]
    assert "may have come twice" not in coordinator.get("/desk/letters").text
    with transaction() as session:
        session.add_all(LetterEvent(letter_id=letter.id, at=clock.now(), status=LetterStatus.AMBIGUOUS, words="No answer came.") for letter in letters[:2])
    fate(letters[0], LetterStatus.SENT)
    assert "Of all letters 2 may have come twice, or not at all" in coordinator.get("/desk/letters").text
