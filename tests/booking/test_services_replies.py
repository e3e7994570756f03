"""A declined invitation is a question to whoever declined it, once, and never a return."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import sqlalchemy as sa

from app.accounts.models import Person
from app.accounts.services.addresses import address_changed
from app.booking import services
from app.booking.rules.calendars import booking_of
from app.catalogue.services import Planned
from app.core import clock
from app.core.db import transaction
from app.core.icalendar import unfolded
from app.mail.models import Letter
from app.mail.rules.fates import LetterStatus
from app.mail.services import Read, take_in
from tests.booking.acting import DAY, HOUR, NOW, a_session, acts, book, broken, give_back, letters, status
from tests.builders import a_person
from tests.mail.answers import an_answer

pytestmark = pytest.mark.usefixtures("app")
KIND = "invitation-declined"


def declined(booking, address=None, *, part=1, **more):
    return an_answer(f"{booking.ref}-{part}@localhost", address or booking.person.email, **more)


def test_whoever_declines_is_asked_once_and_keeps_the_place():
    booking = book(a_session())
    assert [take_in(declined(booking, part=part), now=NOW) for part in (1, 1, 2)] == [Read.ANSWER, Read.NOTHING, Read.NOTHING]
    asked = letters(kind=KIND)
    assert [letter.address for letter in asked] == [booking.person.email] and "You still have your place" in " ".join(asked[0].text.split())
    assert status(booking) == "booked" and "give_back" not in acts(booking) and broken() == []


def test_the_entry_that_was_sent_is_the_one_that_is_found_again():
    booking = book(a_session())
    calendar = letters(kind="place-confirmed")[0].calendar
    uid = next(line for line in calendar.splitlines() if line.startswith("UID:")).removeprefix("UID:")
    assert booking_of(uid) == booking.ref and take_in(an_answer(uid, booking.person.email), now=NOW) is Read.ANSWER


def test_whoever_declines_a_new_time_too_is_asked_about_that_once():
    session = a_session(starts_in=20 * DAY)
    booking = book(session)
    take_in(declined(booking), now=NOW)
    times = [(part.starts_at + HOUR, part.ends_at + HOUR) for part in session.parts]
    services.change_session(session_id=session.id, planned=Planned(times, session.format, session.venue_or_link, None), capacity=session.capacity, by="c",
                            now=NOW + HOUR)
    assert [take_in(declined(booking), now=NOW + 2 * HOUR) for _ in range(2)] == [Read.ANSWER, Read.NOTHING]
    assert [letter.status for letter in letters(kind=KIND)] == [LetterStatus.VOID, LetterStatus.QUEUED]


@pytest.mark.parametrize("held", [False, True])
def test_an_invitation_that_waits_goes_to_the_new_address_as_one_for_that(held):
    booking = book(a_session(), a_person(email="someone.with.a.long.name@social-care.county-council.example.org"))
    person, before = booking.person, booking.person.email
    with transaction() as writing:
        writing.execute(sa.update(Letter).where(sa.literal(held)).values(status=LetterStatus.HELD, next_try_at=None))
        writing.execute(sa.update(Person).where(Person.id == person.id).values(email="new.name@another-social-care.county-council.example.org"))
        address_changed(writing, person.id, before, "new.name@another-social-care.county-council.example.org")
    (letter,) = letters(kind="place-confirmed")
    lines = letter.calendar.split("\r\n")
    attendee = next(line for line in unfolded(letter.calendar) if line.startswith("ATTENDEE"))
    assert attendee.endswith(f"RSVP=TRUE:mailto:{letter.address}") and before not in "".join(unfolded(letter.calendar))
    assert max(len(line.encode()) for line in lines) <= 75 and (letter.status, letter.next_try_at) == (LetterStatus.QUEUED, letter.due_at)
    assert take_in(declined(booking, letter.address), now=NOW) is Read.ANSWER


@pytest.mark.parametrize("uid", ["", "x", "abcd", "abcd-1", "-1", "abcd-efgh-jkmn@x", "abcd-efgh-jkmn-x@y"])
def test_an_entry_of_somebody_else_is_none_of_ours(uid):
    book(a_session())
    assert take_in(an_answer(uid, "a@example.org"), now=NOW) is Read.NOTHING


def test_an_answer_from_another_address_or_without_a_place_or_too_late_asks_nobody():
    session = a_session(starts_in=2 * DAY, places=9)
    booking, returned = book(session), book(session)
    give_back(returned)
    assert take_in(declined(booking, a_person().email), now=NOW) is Read.NOTHING
    assert take_in(declined(returned), now=NOW + HOUR) is Read.NOTHING
    assert take_in(declined(booking), now=session.starts_at) is Read.NOTHING
    assert take_in(declined(booking, says="ACCEPTED"), now=NOW) is Read.NOTHING
    assert letters(kind=KIND) == []


def test_giving_the_place_back_withdraws_the_question():
    booking = book(a_session())
    take_in(declined(booking), now=NOW)
    give_back(booking)
    assert [letter.status for letter in letters(kind=KIND)] == [LetterStatus.VOID]


def test_of_many_mailboxes_with_the_same_answer_one_asks(app):
    booking = book(a_session())
    message = declined(booking)

    def take(_):
        with app.app_context():
            return take_in(message, now=NOW)

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(take, range(6)))
    assert found.count(Read.ANSWER) == 1 and len(letters(kind=KIND)) == 1


def test_a_mail_system_posts_it_and_a_mailbox_on_this_machine_holds_it(app, tmp_path, monkeypatch):
    first, second = book(a_session(starts_in=20 * DAY)), book(a_session(starts_in=20 * DAY))
    settings = app.extensions["settings"]
    monkeypatch.setitem(app.extensions, "settings", replace(settings, post=replace(settings.post, bounce_secret="s" * 40)))
    with app.app_context():
        assert app.test_client().post("/bounces", data=declined(first), headers={"Authorization": f"Bearer {'s' * 40}"}).status_code == 204
    (tmp_path / "one.eml").write_bytes(declined(second))
    said = app.test_cli_runner().invoke(args=["take-bounces", str(tmp_path / "one.eml")]).output
    assert said == "1 messages read, 0 letters marked as not delivered, 1 declined invitations asked about.\n"
    assert len(letters(kind=KIND)) == 2 and clock.now() < NOW


def test_the_switch_that_gives_back_whatever_a_calendar_declines_is_seen(monkeypatch):
    """The canary: a calendar's answer taken for an act would free the place, and the first test would fail."""
    booking = book(a_session())
    monkeypatch.setattr("app.booking.services.replies.queue", lambda draft, now: services.give_back(booking_id=booking.id, by="calendar", now=now))
    take_in(declined(booking), now=NOW)
    assert status(booking) == "given_back"
