"""Mail as the standard library reads it, over TLS and with a password; and GOV.UK Notify, as its protocol has it."""

import base64
import hashlib
import hmac
import json
import threading
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import SettingsError
from app.core.post import MailServer, Notify, post_from
from app.mail.rules.outgoing import Outcome, Outgoing
from app.mail.senders import Unreachable, message
from app.mail.senders.notify import NotifySender
from app.mail.senders.smtp import SmtpSender
from tests.faults.smtpfault import smtp_server

LETTER = Outgoing("abcd-2345-efgh", "ann@example.org", "From: Training <training@example.org>\nReply-To: help@example.org", "Hello", "Hello Ann.\n", "<p>Hello Ann.</p>\n",
                  None, None, datetime(2027, 3, 1, 12, 0, tzinfo=UTC))


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])), st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r")))
def test_what_is_written_is_what_the_standard_library_reads(subject, text):
    letter = replace(LETTER, subject=subject, text=text, html=text, calendar="BEGIN:VCALENDAR\r\nSUMMARY:Zoë\r\n", calendar_method="REQUEST")
    data = message.as_bytes(letter)
    mail = message_from_bytes(data, policy=policy.default)
    assert data == message.as_bytes(letter) and data.isascii() and max(map(len, data.split(b"\r\n"))) <= 998
    assert b"\n" not in data.replace(b"\r\n", b"") and not mail.defects
    assert " ".join(mail["Subject"].split()) == " ".join(subject.split())
    bodies = {part.get_content_type(): part for part in mail.walk()}
    for kind in ("text/plain", "text/html"):
        read = bodies[kind].get_payload(decode=True).decode().replace("\r\n", "\n")
        assert read.rstrip("\n") == text.rstrip("\n") and bodies[kind].get_content_charset() == "utf-8"
    assert bodies["text/calendar"].get_payload(decode=True).decode() == letter.calendar and bodies["text/calendar"].get_param("method") == "REQUEST"
    assert (mail["From"], mail["Reply-To"], mail["Message-ID"]) == ("Training <training@example.org>", "help@example.org", "<abcd-2345-efgh@example.org>")


@pytest.mark.parametrize("field", ["subject", "address", "sender"])
def test_a_line_break_in_a_header_is_refused(field):
    with pytest.raises(ValueError, match="line break"):
        message.as_bytes(replace(LETTER, **{field: "From: a@example.org\r\nBcc: b@example.org"}))


def test_an_address_with_letters_beyond_ascii_goes_by_its_domain_in_ascii_or_is_refused(mail_server):
    assert message.envelope("ann@bücher.example") == "ann@xn--bcher-kva.example"
    sender = SmtpSender(MailServer("smtp", *mail_server.server_address), sender="t@example.org")
    sender.ready()
    assert sender.send(replace(LETTER, address="zoë@example.org")).outcome is Outcome.REFUSED
    assert sender.send(LETTER).outcome is Outcome.SENT
    sender.close()


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_over_tls_a_letter_goes_with_a_password_to_a_server_that_can_be_trusted_and_to_no_other(certificate, scheme):
    theirs, trust = certificate
    with smtp_server(tls=theirs, implicit=scheme == "smtps", password=("jo", "p@ss word")) as server:
        place = MailServer(scheme, *server.server_address, "jo", "p@ss word")
        sender = SmtpSender(place, sender="t@example.org", deadline=5, trust=trust)
        sender.ready()
        assert sender.send(LETTER).outcome is Outcome.SENT and server.secured == [True]
        sender.close()
        with pytest.raises(Unreachable, match="535 wrong"):
            SmtpSender(replace(place, password="x"), sender="t@example.org", deadline=5, trust=trust).ready()
        with pytest.raises(Unreachable, match="certificate cannot be trusted"):
            SmtpSender(place, sender="t@example.org", deadline=5).ready()
    with smtp_server() as plain, pytest.raises(Unreachable):
        SmtpSender(MailServer(scheme, *plain.server_address), sender="t@example.org", deadline=1, trust=trust).ready()


KEY = "training-11111111-2222-3333-4444-555555555555-66666666-7777-8888-9999-000000000000"


@pytest.fixture
def notify():
    """GOV.UK Notify as its documentation has it: asks for the signature, keeps what it took, answers as told."""

    class Server(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            head, claims, signature = self.headers["Authorization"].removeprefix("Bearer ").split(".")
            expected = hmac.digest(b"66666666-7777-8888-9999-000000000000", f"{head}.{claims}".encode(), hashlib.sha256)
            assert base64.urlsafe_b64decode(signature + "==") == expected
            assert json.loads(base64.urlsafe_b64decode(claims + "=="))["iss"] == "11111111-2222-3333-4444-555555555555"
            what = server.answers.pop(0) if server.answers else 201
            if what in (201, "silent") or what in server.taken_all_the_same:
                server.took.append(body)
            if what == "silent":
                self.close_connection = True
                return
            code, message = what if isinstance(what, tuple) else (what, f"said {what}")
            self._say(code, {"id": "x"} if code == 201 else {"status_code": code, "errors": [{"error": "E", "message": message}]})

        def do_GET(self):
            reference = self.path.partition("reference=")[2]
            self._say(200, {"notifications": [one for one in server.took if one["reference"] == reference]})

        def _say(self, code, body):
            self.send_response(code)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    server.took, server.answers, server.taken_all_the_same = [], [], []
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def a_notify_sender(server):
    place = post_from({"NOTIFY_API_KEY": KEY, "NOTIFY_TEMPLATE_ID": "t", "NOTIFY_URL": f"http://127.0.0.1:{server.server_port}"}).notify
    return NotifySender(place, deadline=2)


def test_notify_is_given_the_text_under_the_letters_reference(notify):
    assert a_notify_sender(notify).send(LETTER).outcome is Outcome.SENT
    assert notify.took == [{"email_address": "ann@example.org", "template_id": "t", "reference": "abcd-2345-efgh", "personalisation": {"subject": "Hello", "body": "Hello Ann.\n"}}]


WRONG_ADDRESS = "email_address Not a valid email address"


@pytest.mark.parametrize(("answer", "outcome", "words"), [
    ((400, WRONG_ADDRESS), Outcome.REFUSED, f"400 {WRONG_ADDRESS}"), (403, Outcome.PUT_OFF, "403 said 403"), (429, Outcome.PUT_OFF, "429 said 429"),
    (500, Outcome.DOUBTFUL, "500 said 500"), (504, Outcome.DOUBTFUL, "504 said 504"),
    ("silent", Outcome.DOUBTFUL, "GOV.UK Notify gave no answer (RemoteDisconnected)."),
])
def test_what_notify_answers_is_read_as_it_is_meant(notify, answer, outcome, words):
    notify.answers.append(answer)
    found = a_notify_sender(notify).send(LETTER)
    assert (found.outcome, found.words) == (outcome, words)


@pytest.mark.parametrize("said", [
    "Can’t send to this recipient when service is in trial mode", "Can’t send to this recipient using a team-only API key", "Template not found",
    "Template has been deleted", "Missing personalisation: name", "template_id is not a valid UUID", "",
])
def test_a_setting_of_notify_that_is_wrong_costs_no_letter(notify, said):
    notify.answers.append((400, said))
    assert a_notify_sender(notify).send(LETTER).outcome is Outcome.PUT_OFF


@pytest.mark.parametrize("answer", [502, 504, "silent"])
def test_a_gateway_that_says_no_after_notify_took_the_letter_brings_no_second_copy(notify, answer):
    notify.taken_all_the_same.append(answer)
    notify.answers.extend([answer] * 9)
    sender, outcomes = a_notify_sender(notify), []
    for _ in range(3):
        outcomes.append(sender.send(replace(LETTER, doubted=Outcome.DOUBTFUL in outcomes)).outcome)
    assert outcomes == [Outcome.DOUBTFUL, Outcome.SENT, Outcome.SENT] and len(notify.took) == 1


def test_a_letter_that_notify_does_not_have_is_tried_for_as_long_as_notify_is_in_trouble(notify):
    """It is in doubt once; after two doubts it would wait for a person, and so would every letter of an hour in which their side is down."""
    notify.answers.extend([503] * 4)
    sender = a_notify_sender(notify)
    assert sender.send(LETTER).outcome is Outcome.DOUBTFUL
    assert [sender.send(replace(LETTER, doubted=True)).outcome for _ in range(4)] == [Outcome.PUT_OFF] * 3 + [Outcome.SENT]


def test_a_letter_in_doubt_is_looked_for_at_notify_before_it_goes_again(notify):
    notify.answers.append("silent")
    sender = a_notify_sender(notify)
    assert sender.send(LETTER).outcome is Outcome.DOUBTFUL
    assert sender.send(replace(LETTER, doubted=True)).outcome is Outcome.SENT and len(notify.took) == 1
    assert sender.send(replace(LETTER, doubted=True, ref="wxyz-2345-efgh")).outcome is Outcome.SENT and len(notify.took) == 2


def test_notify_that_cannot_be_reached_costs_no_letter():
    assert NotifySender(Notify("http://127.0.0.1:9", "a", "b", "t"), deadline=1).send(LETTER).outcome is Outcome.PUT_OFF


@pytest.mark.parametrize(("environ", "said"), [
    ({"SMTP_URL": "mail.example.org", "MAIL_FROM": "a@example.org"}, "SMTP_URL cannot be read"), ({"SMTP_URL": "smtp://h:x", "MAIL_FROM": "a@example.org"}, "SMTP_URL cannot be read"),
    ({"SMTP_URL": "smtp://user@h", "MAIL_FROM": "a@example.org"}, "SMTP_URL has a user without a password"), ({"SMTP_URL": "smtp://h"}, "MAIL_FROM is missing"),
    ({"MAIL_FROM": "nobody"}, "MAIL_FROM is 'nobody'"), ({"MAIL_FROM": "a@example.org\r\nBcc: b@example.org"}, "MAIL_FROM is"),
    ({"BOUNCE_SECRET": "short"}, "BOUNCE_SECRET is too short"), ({"NOTIFY_API_KEY": "x"}, "NOTIFY_API_KEY cannot be read"), ({"NOTIFY_API_KEY": KEY}, "NOTIFY_TEMPLATE_ID is missing"),
    ({"NOTIFY_API_KEY": KEY, "NOTIFY_TEMPLATE_ID": "t", "NOTIFY_URL": "ftp://x"}, "NOTIFY_URL is"),
    ({"NOTIFY_API_KEY": KEY, "NOTIFY_TEMPLATE_ID": "t", "SMTP_URL": "smtp://h", "MAIL_FROM": "a@example.org"}, "SMTP_URL and NOTIFY_API_KEY are both set"),
])
def test_a_setting_of_letters_that_cannot_work_is_named(environ, said):
    with pytest.raises(SettingsError, match=said):
        post_from(environ)


@pytest.mark.parametrize(("url", "server"), [
    ("smtp://mail.example.org", MailServer("smtp", "mail.example.org", 25)), ("smtps://jo:p%40ss@h", MailServer("smtps", "h", 465, "jo", "p@ss")),
    ("smtp+starttls://jo%40x.org:a:b@h:2525", MailServer("smtp+starttls", "h", 2525, "jo@x.org", "a:b")),
])
def test_an_address_of_a_mail_server_is_read(url, server):
    post = post_from({"SMTP_URL": url, "MAIL_FROM": "Jo, Training <a@Example.org>"})
    assert post.server == server and post.sender == '"Jo, Training" <a@example.org>'
