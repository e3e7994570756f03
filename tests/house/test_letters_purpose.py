"""A wording keeps the placeholders without which its letter does not say what it is for; one that was saved before that was asked goes on."""

import pytest

from app.core import clock
from app.core.db import transaction
from app.core.errors import Refused
from app.mail.models import WordingVersion
from app.mail.office import office
from app.mail.rules.wording import names_in
from app.mail.services import restore_wording, save_wording
from tests.booking.acting import a_session, book, letters

pytestmark = pytest.mark.usefixtures("app")
SAYS = {
    "place-confirmed": "when where manage", "booked-for-you": "booker when where", "list-joined": "position when", "offer": "when where until", "offer-lapsed": "when still",
    "request-made": "when until", "approval-asked": "person when until", "request-refused": "reason", "given-back": "when thanks",
    "place-released": "session", "substituted": "when sure", "substitute-not-agreed": "colleague when why", "rest-cancelled": "gone reason",
    "moved": "when where manage", "taken-out": "when",
    "session-cancelled": "when reason instead", "sessions-cancelled": "sessions", "two-dates": "when other manage manage_other",
    "times-changed": "when where", "list-times-changed": "when", "place-changed": "where", "still-coming": "when until", "declined": "person when",
    "calendar-entry": "part when", "reminder": "when where", "invitation-declined": "when", "joining-instructions": "when where",
    "charge": "amount why", "charge-waived": "amount", "runs-again": "when session", "leaver": "person bookings", "trainer-left": "person sessions page",
    "lead-left": "person places what",
    "group-without-room": "when people room", "trainer-changed": "when where", "trainer-named": "when where", "trainer-released": "when",
    "trainer-cancelled": "sessions",
    "held-places-cancelled": "when places", "held-places-times": "when places", "held-places-released": "when places", "missed": "when",
    "trainer-list": "when where people", "register-missing": "when", "certificate-ready": "serial", "certificate-replaced": "serial",
    "certificate-withdrawn": "serial reason", "questions-before": "privacy", "questions-after": "privacy", "questions-reminder": "privacy",
    "questions-later": "privacy", "questions-later-reminder": "privacy", "questions-manager": "person", "questions-manager-reminder": "person",
    "digest": "lines", "address-changed": "address contact", "password-changed": "forgotten", "example-to-approve": "writer",
    "example-sent-back": "second", "worry-contacts": "change",
}
ONLY_THEIR_BUTTON = {"sign-in-link", "password-reset", "verify-address", "worry", "off-list", "request-lapsed"}
"""Kinds whose button, or whose own words, say it all."""


def without(kind, name):
    return office().wording(kind).body.replace(f"{{{name}}}", "x")


def test_of_every_kind_it_is_known_what_its_letter_must_say():
    assert set(SAYS) | ONLY_THEIR_BUTTON == set(office().wordings)


@pytest.mark.parametrize("kind", SAYS)
def test_a_wording_without_what_its_letter_is_for_is_refused_and_named(kind):
    shipped = office().wording(kind)
    for name in [*SAYS[kind].split(), *(["course"] if "course" in names_in(shipped.body) else [])]:
        with pytest.raises(Refused, match=rf"\{{{name}\}} (is missing|stands in the subject only)"):
            save_wording(kind=kind, subject=shipped.subject, body=without(kind, name), by="M", now=clock.now())


def test_a_wording_that_was_saved_before_goes_on_until_somebody_saves_another():
    with transaction() as session:
        session.add(WordingVersion(kind="place-confirmed", number=1, subject="Come", body="You have a place on {course}.", saved_at=clock.now(),
                                   saved_by="M", note=""))
    book(a_session())
    (letter,) = letters(kind="place-confirmed")
    assert (letter.subject, letter.wording_number) == ("Come", 1)
    with pytest.raises(Refused, match=r"\{when\} is missing"):
        restore_wording(kind="place-confirmed", number=1, by="M", now=clock.now())
