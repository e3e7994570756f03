"""Nobody comes to read worries alone or unseen: another names them, what was raised before stays where it was, and each act is kept and told."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.accounts import services as accounts
from app.accounts.models import Account, Affiliation, Person
from app.accounts.rules import Role
from app.booking.services import has_left
from app.core import clock
from app.core.actors import Actor
from app.core.db import db, transaction
from app.core.errors import Refused
from app.evaluation import jobs
from app.evaluation.invariants import INVARIANTS
from app.evaluation.models import SafeguardingContactEvent, Worry
from app.evaluation.queries import worries as queries
from app.evaluation.rules.worries import About
from app.evaluation.services import worries
from app.mail.jobs import send_due
from app.mail.models import Letter, UndeliverableAddress
from app.mail.office import office
from app.mail.rules.fates import NOT_YET_SENT, LetterStatus
from app.mail.services import send_again, take_bounce
from tests.booking.test_services_races import at_once
from tests.builders import a_session, an_account
from tests.client import Client
from tests.faults.smtpfault import smtp_server
from tests.letters.reports import a_report
from tests.mail.sending import a_sender

pytestmark = pytest.mark.usefixtures("app")
NOW = clock.now()
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def coordinator():
    return actor(an_account(Role.COORDINATOR).person)


@pytest.fixture
def team(app, monkeypatch):
    monkeypatch.setitem(app.extensions, "office", replace(office(), house=replace(office().house, contact_email="team@example.org")))


def actor(person):
    return Actor(person.name, person.id)


def named(by, now=NOW):
    person = an_account(Role.TRAINER).person
    worries.name_contact(email=person.email, by=by, now=now)
    return person


def raised(words, now):
    return worries.raise_worry(session_id=a_session().id, booking_id=None, about=About.CHILD, text=words, contact="", now=now)


def reads(person):
    reader = queries.contact(person.id)
    return sorted(worry.text for worry in queries.read_by(reader)) if reader else None


def told():
    return sorted(db.session.scalars(sa.select(Letter.address).where(Letter.kind == "worry-contacts")))


def broken():
    with db.engine.connect() as connection:
        return [row for one in INVARIANTS if one.name == "open-worries-are-read" for row in one.rows(connection, NOW)]


def test_nobody_names_themselves(coordinator):
    with pytest.raises(Refused, match="Nobody names themselves"):
        worries.name_contact(email=db.session.get_one(Person, coordinator.person_id).email, by=coordinator, now=NOW)
    assert queries.contacts() == []


def test_who_is_named_reads_what_is_raised_from_then_on_and_the_others_are_told(coordinator):
    first = named(coordinator)
    early = raised("early", NOW + HOUR)
    second = named(coordinator, NOW + 2 * HOUR)
    raised("late", NOW + 3 * HOUR)
    assert reads(first) == ["early", "late"] and reads(second) == ["late"]
    assert queries.with_ref(early.ref, queries.contact(second.id)) is None, "nor is it closed by who does not read it"
    assert told() == [first.email] and broken() == []
    text = db.session.scalar(sa.select(Letter.text).where(Letter.kind == "worry-contacts"))
    assert str(coordinator) in text and second.name in text and "early" not in text


def test_who_reads_earlier_ones_lets_others_read_them_and_nobody_lets_themselves(coordinator):
    first = named(coordinator)
    raised("early", NOW + HOUR)
    second, third = named(coordinator, NOW + 2 * HOUR), named(coordinator, NOW + 2 * HOUR)
    for by, administers, sentence in ((actor(second), False, "Nobody lets themselves"), (actor(second), True, "Nobody lets themselves"),
                                      (coordinator, False, "Only a safeguarding contact")):
        with pytest.raises(Refused, match=sentence):
            worries.let_read_earlier(person_id=second.id, by=by, as_administrator=administers, now=NOW + 3 * HOUR)
    worries.let_read_earlier(person_id=third.id, by=actor(second), as_administrator=False, now=NOW + 3 * HOUR)
    assert reads(third) == [], "nobody gives more than they read"
    worries.let_read_earlier(person_id=second.id, by=actor(first), as_administrator=False, now=NOW + 3 * HOUR)
    worries.let_read_earlier(person_id=third.id, by=coordinator, as_administrator=True, now=NOW + 3 * HOUR)
    assert reads(second) == reads(third) == ["early"]


def test_nobody_is_removed_while_they_alone_read_what_is_open(coordinator):
    first = named(coordinator)
    raised("early", NOW + HOUR)
    for _ in range(2):
        with pytest.raises(Refused, match="reads 1 open worry that nobody else reads"):
            worries.remove_contact(person_id=first.id, by=coordinator, now=NOW + 2 * HOUR)
        second = named(coordinator, NOW + 2 * HOUR)
    worries.let_read_earlier(person_id=second.id, by=actor(first), as_administrator=False, now=NOW + 3 * HOUR)
    worries.remove_contact(person_id=first.id, by=coordinator, now=NOW + 4 * HOUR)
    assert reads(first) is None and reads(second) == ["early"] and broken() == []
    assert first.email in told(), "who is removed is told"


def test_what_came_in_while_nobody_was_named_is_read_by_the_next_and_what_was_closed_before_is_not(coordinator):
    raised("before anybody", NOW)
    first = named(coordinator, NOW + HOUR)
    assert reads(first) == ["before anybody"]
    worries.close_worry(worry_id=db.session.scalar(sa.select(Worry.id)), note="Done", account_id=an_account(Role.TRAINER).id, now=NOW + 2 * HOUR)
    worries.remove_contact(person_id=first.id, by=coordinator, now=NOW + 3 * HOUR)
    raised("in between", NOW + 4 * HOUR)
    assert reads(named(coordinator, NOW + 5 * HOUR)) == ["in between"]


def test_the_same_words_in_the_same_form_are_one_worry_and_in_another_form_somebody_elses():
    number = a_session().id

    def say(text, key, now=NOW):
        return worries.raise_worry(session_id=number, booking_id=None, about=About.SUPPORT, text=text, contact="", now=now, key=key).id

    first = say("I need somebody to talk to.", "one form")
    assert say("I need somebody to talk to.", "one form", NOW + HOUR) == first, "the answer was lost"
    assert say("I need somebody to talk to.", "another form") != first
    assert say("I need somebody to talk to. Today.", "one form") != first
    worries.close_worry(worry_id=first, note="Done", account_id=an_account(Role.TRAINER).id, now=NOW + HOUR)
    assert say("I need somebody to talk to.", "one form", NOW + 2 * HOUR) != first
    assert queries.standing(NOW)[0] == 3


def test_where_letters_to_every_contact_come_back_the_team_is_written_to_and_the_desk_says_so(app, team, coordinator):
    first, second = named(coordinator), named(coordinator)

    def told_of(worry):
        return sorted(db.session.scalars(sa.select(Letter.address).where(Letter.about.startswith(f"worry:{worry.id}:"))))

    def comes_back(person):
        with transaction() as session:
            session.add(UndeliverableAddress(address=person.email, since=NOW, words="mailbox unknown"))

    comes_back(first)
    assert told_of(raised("one is reached", NOW)) == sorted([first.email, second.email]) and queries.standing(NOW) == (1, True, True)
    comes_back(second)
    worry = raised("none is reached", NOW)
    assert told_of(worry) == sorted([first.email, second.email, "team@example.org"]) and queries.standing(NOW) == (2, True, False)
    text = db.session.scalar(sa.select(Letter.text).where(Letter.about == f"worry:{worry.id}:team"))
    assert "Ring them today" in text and "none is reached" not in text
    page = Client(app).signed_in(Role.COORDINATOR).get("/desk").text
    assert "2 answers were flagged, and no letter about at least one of them has reached the safeguarding contact." in page and "safeguarding contact has" not in page


def team_told(worry):
    return db.session.scalars(sa.select(Letter.text).where(Letter.about == f"worry:{worry.id}:team")).all()


def not_delivered(worry, person, how):
    """The letter about this worry to this person was refused, or came back."""
    letter = db.session.scalars(sa.select(Letter).where(Letter.about == f"worry:{worry.id}:{person.id}")).one()
    with transaction() as session:
        session.execute(sa.update(Letter).where(Letter.id == letter.id).values(
            status=LetterStatus.FAILED if how == "refused" else LetterStatus.SENT, words="550 5.1.1 no such user", next_try_at=None))
    if how == "came back":
        assert take_bounce(a_report(letter), now=NOW) is not None


@pytest.mark.parametrize("how", ["refused", "came back"])
def test_the_team_hears_once_of_a_worry_of_which_the_very_first_letter_reached_nobody_who_reads_it(team, coordinator, how):
    first = named(coordinator, NOW - HOUR)
    worry = raised("a child is hurt", NOW)
    jobs.watch_worries(NOW)
    assert queries.standing(NOW) == (1, True, True) and team_told(worry) == []
    not_delivered(worry, first, how)
    named(coordinator, NOW + HOUR)
    assert queries.standing(NOW) == (1, True, False), "who was named since cannot read it"
    jobs.watch_worries(NOW + HOUR)
    jobs.watch_worries(NOW + 2 * HOUR)
    (text,) = team_told(worry)
    assert "Ring them today" in text and "a child is hurt" not in text


def test_a_worry_of_which_a_letter_reached_one_who_reads_it_is_not_told_to_the_team(team, coordinator):
    first, second = named(coordinator, NOW - HOUR), named(coordinator, NOW - HOUR)
    worry = raised("a child is hurt", NOW)
    not_delivered(worry, first, "refused")
    jobs.watch_worries(NOW)
    assert queries.standing(NOW) == (1, True, True) and team_told(worry) == []
    not_delivered(worry, second, "refused")
    again = db.session.scalars(sa.select(Letter.id).where(Letter.about == f"worry:{worry.id}:{second.id}")).one()
    send_again(letter_id=again, by="Marian Cole", reason="Their mailbox works again", now=NOW)
    jobs.watch_worries(NOW)
    assert queries.standing(NOW) == (1, True, True) and team_told(worry) == []


@pytest.fixture
def letters_leave(app, monkeypatch):
    """A mail server is named, so letters are not kept here."""
    monkeypatch.setitem(app.extensions, "office", replace(office(), letters_leave=True))


def tried(server, now):
    """The worker sends what is due."""
    send_due(a_sender(server), lambda: now)


@pytest.mark.parametrize("fault", ["rcpt-452 4.2.2 mailbox full,", "rcpt-450 4.2.0 greylisted,", "mail-451", "end-drop"])
def test_of_a_worry_whose_letter_has_not_left_within_the_hour_the_desk_says_so_and_the_team_hears(app, team, letters_leave, coordinator, fault, monkeypatch):
    first = named(coordinator, NOW - HOUR)
    worry = raised("a child is hurt", NOW)
    with smtp_server() as server:
        server.addresses[first.email] = fault
        server.letters.extend([fault] * 8 if fault.startswith("mail") else [])
        for minutes in range(0, 60, 20):
            tried(server, NOW + minutes * MINUTE)
            jobs.watch_worries(NOW + minutes * MINUTE)
            assert queries.standing(NOW + minutes * MINUTE).reached and team_told(worry) == []
    jobs.watch_worries(NOW + HOUR)
    assert queries.standing(NOW + HOUR) == (1, True, False)
    (text,) = team_told(worry)
    assert "Ring them today" in text and "come back, so they" not in text
    monkeypatch.setitem(app.extensions, "office", replace(office(), letters_leave=False))
    assert not queries.standing(NOW + HOUR).reached, "that only the worker knows of a mail server makes no difference"


def test_of_a_worry_whose_letter_left_late_the_team_reads_no_more(team, letters_leave, coordinator):
    first = named(coordinator, NOW - HOUR)
    worry = raised("a child is hurt", NOW)
    jobs.watch_worries(NOW + HOUR)
    assert len(team_told(worry)) == 1
    with smtp_server() as server:
        server.addresses["team@example.org"] = "rcpt-450 later"
        tried(server, NOW + 2 * HOUR)
        assert server.order == [first.email]
    jobs.watch_worries(NOW + 2 * HOUR)
    assert queries.standing(NOW + 2 * HOUR) == (1, True, True) and waits(worry) == []


def test_where_letters_are_kept_here_a_worry_is_read_here(coordinator, team):
    named(coordinator, NOW - HOUR)
    worry = raised("a child is hurt", NOW)
    jobs.watch_worries(NOW + 9 * HOUR)
    assert queries.standing(NOW + 9 * HOUR) == (1, True, True) and team_told(worry) == []


def waits(worry):
    """To whom letters about this worry are still to leave."""
    db.session.rollback()
    return sorted(db.session.scalars(sa.select(Letter.address).where(
        Letter.about.startswith(f"worry:{worry.id}:"), Letter.status.in_(NOT_YET_SENT), Letter.kind == "worry")))


def test_what_waits_about_a_worry_is_withdrawn_from_who_reads_it_no_more_and_from_all_when_it_is_closed(team, letters_leave, coordinator):
    first, second = named(coordinator), named(coordinator)
    worry = raised("a child", NOW)
    jobs.watch_worries(NOW + HOUR)
    assert waits(worry) == sorted([first.email, second.email, "team@example.org"])
    worries.remove_contact(person_id=first.id, by=coordinator, now=NOW + HOUR)
    assert waits(worry) == sorted([second.email, "team@example.org"])
    worries.close_worry(worry_id=worry.id, note="done", account_id=an_account(Role.TRAINER).id, now=NOW + HOUR)
    assert waits(worry) == []


def test_each_act_is_kept_with_who_did_it(coordinator):
    first, second = named(coordinator), named(coordinator)
    worries.remove_contact(person_id=second.id, by=coordinator, now=NOW + HOUR)
    worries.remove_contact(person_id=second.id, by=coordinator, now=NOW + HOUR)
    rows = db.session.scalars(sa.select(SafeguardingContactEvent).order_by(SafeguardingContactEvent.id)).all()
    assert [(row.act.value, row.person_id, row.by_id) for row in rows] == [
        ("named", first.id, coordinator.person_id), ("named", second.id, coordinator.person_id), ("removed", second.id, coordinator.person_id)]


def close_account_of(person, by="An administrator"):
    accounts.set_roles(person_id=person.id, roles=[], password="", by=by, now=NOW + 2 * HOUR)


def test_the_account_of_who_alone_reads_an_open_worry_is_not_closed(coordinator):
    first = named(coordinator)
    raised("early", NOW + HOUR)
    with pytest.raises(Refused, match="reads 1 open worry that nobody else reads"):
        close_account_of(first)
    assert reads(first) == ["early"] and db.session.scalar(sa.select(Account.closed_at).where(Account.person_id == first.id)) is None


def test_whose_account_is_closed_is_no_safeguarding_contact_any_more_and_they_and_the_others_are_told(coordinator):
    first, second = named(coordinator), named(coordinator)
    close_account_of(first, by=coordinator)
    assert reads(first) is None and told() == sorted([first.email, first.email, second.email]), "of the other's naming, and of this"
    last = db.session.scalars(sa.select(SafeguardingContactEvent).order_by(SafeguardingContactEvent.id.desc())).first()
    assert (last.act.value, last.person_id, last.by_id) == ("removed", first.id, coordinator.person_id)
    close_account_of(second)
    raised("now", NOW + 3 * HOUR)
    assert queries.standing(NOW) == (1, False, False), "the desk says that nobody is named"
    assert reads(named(coordinator, NOW + 4 * HOUR)) == ["now"]


def test_who_has_left_is_no_safeguarding_contact_any_more_and_whoever_alone_reads_an_open_worry_has_not_left(coordinator, as_role):
    first, second = named(coordinator), named(coordinator)
    has_left(person_id=second.id, by=coordinator, now=NOW + HOUR)
    assert reads(second) is None and told().count(second.email) == 1
    raised("early", NOW + HOUR)
    desk = as_role(Role.COORDINATOR)
    page = desk.post(f"/my-people/{first.id}/left").text
    assert "reads 1 open worry that nobody else reads" in page and reads(first) == ["early"]
    assert db.session.scalar(sa.select(Affiliation.ends_on).where(Affiliation.person_id == first.id)) is None


def test_a_contact_who_cannot_sign_in_counts_as_none_and_the_next_reads_what_they_left(coordinator):
    """Named by a version that let their account be closed."""
    first = named(coordinator)
    raised("left behind", NOW + HOUR)
    with transaction() as session:
        session.execute(sa.update(Account).where(Account.person_id == first.id).values(closed_at=NOW + HOUR))
    assert (queries.contacts(), queries.named(), queries.standing(NOW)) == ([], [], (1, False, False)) and broken() == []
    raised("to nobody", NOW + 2 * HOUR)
    assert db.session.scalars(sa.select(Letter.address).where(Letter.kind == "worry")).all() == [first.email], "of what came while they could"
    assert reads(named(coordinator, NOW + 3 * HOUR)) == ["left behind", "to nobody"]


def test_an_open_worry_that_only_somebody_reads_who_cannot_sign_in_is_found_by_the_check(coordinator):
    first = named(coordinator)
    worry = raised("left behind", NOW + HOUR)
    later = named(coordinator, NOW + 2 * HOUR)
    with transaction() as session:
        session.execute(sa.update(Account).where(Account.person_id == first.id).values(closed_at=NOW + 2 * HOUR))
    assert reads(later) == [] and broken() == [(worry.id,)]


def test_a_worry_that_comes_while_the_only_account_is_closed_is_written_to_nobody_who_cannot_read_it(app, coordinator):
    number = a_session().id
    for words in ("one", "two", "three", "four", "five"):
        first = named(coordinator)
        at_once(app, [lambda first=first: close_account_of(first), lambda words=words: worries.raise_worry(
            session_id=number, booking_id=None, about=About.CHILD, text=words, contact="", now=NOW + 3 * HOUR)])
        db.session.rollback()
        closed = not queries.contacts()
        written = first.email in db.session.scalars(sa.select(Letter.address).where(Letter.kind == "worry")).all()
        assert closed != written and queries.standing(NOW) == (1, not closed, not closed) and broken() == []
        worries.close_worry(worry_id=db.session.scalar(sa.select(Worry.id).where(Worry.done_at.is_(None))), note="Done",
                            account_id=an_account(Role.TRAINER).id, now=NOW)
        if not closed:
            worries.remove_contact(person_id=first.id, by=coordinator, now=NOW)
