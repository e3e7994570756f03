"""Who is written to about which questions, when and how often; and that each letter's link opens them."""

import re
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa
from flask import current_app

from app.accounts.models import Affiliation
from app.accounts.services import say_where_somebody_works
from app.attendance import services as registers
from app.attendance.rules import Outcome
from app.booking import services as places
from app.catalogue.services import Planned
from app.core import clock
from app.core.db import db, transaction
from app.evaluation import jobs
from app.evaluation.models import Response
from app.evaluation.queries import asking
from app.evaluation.rules.stages import Mode, Quoting, Stage
from app.evaluation.services import anonymous, building
from app.evaluation.services.answering import submit
from app.evaluation.services.questionnaires import ensure_questionnaires
from app.mail.jobs import send_due
from app.mail.models import Letter, UndeliverableAddress
from app.mail.office import office
from app.mail.rules.fates import LetterStatus
from app.mail.rules.links import with_secrets
from app.mail.services import address_works
from tests.builders import a_booking, a_person, a_session, an_account
from tests.client import Client
from tests.faults.smtpfault import smtp_server
from tests.mail.sending import a_sender

pytestmark = pytest.mark.usefixtures("app")
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
AFTER = {"knowledge": "4", "engaging": "5", "improved_knowledge": "4", "useful_in_role": "4"}
MANAGER = "boss@example.org"


@pytest.fixture
def asked():
    return ensure_questionnaires(now=clock.now())


@pytest.fixture
def held():
    """A session that ended four hours ago, with somebody who came and somebody who did not, as its register says."""
    session, account = a_session(starts_in=timedelta(hours=-7)), an_account()
    person = a_person(first_name="Amina", last_name="Yusuf")
    say_where_somebody_works(person_id=person.id, agency_id=person.affiliation.agency_id, job_title="x", now=clock.now(), manager_email=MANAGER)
    there, away = a_booking(session, person), a_booking(session)
    marks = [registers.Mark(there.ref, Outcome.ATTENDED, None, None), registers.Mark(away.ref, Outcome.NO_SHOW, None, None)]
    registers.save_marks(session_id=session.id, marks=marks, account_id=account.id, coordinator=True, now=clock.now())
    registers.finish(session_id=session.id, account_id=account.id, coordinator=True, now=clock.now())
    return session, there


def letters():
    db.session.rollback()
    return [(letter.kind, letter.address) for letter in db.session.scalars(
        sa.select(Letter).where(Letter.kind.startswith("questions"), Letter.status != LetterStatus.VOID).order_by(Letter.id))]


def opened(kind):
    """A browser that followed the link of the latest letter of this kind."""
    db.session.rollback()
    letter = db.session.scalars(sa.select(Letter).where(Letter.kind == kind).order_by(Letter.id.desc()).limit(1)).one()
    secret = re.search(r"/a/([\w-]+)", with_secrets(letter.text, office().link_key)).group(1)
    assert secret not in letter.text + letter.html, "the kept letter does not hold the link"
    browser = Client(current_app._get_current_object())
    browser.follow(browser.get(f"/a/{secret}"))
    return browser


def test_a_year_of_letters_to_somebody_who_never_answers(asked, held):
    """Each wave once, at most two reminders a stage, only to who came, and to the manager without an account."""
    session, there = held
    at, email = session.ends_at, there.person.email
    for _ in range(200):
        jobs.invite(at)
        at += DAY
    assert letters() == [
        *[(kind, email) for kind in ("questions-after", "questions-reminder", "questions-reminder")],
        ("questions-later", email), ("questions-manager", MANAGER), ("questions-later-reminder", email), ("questions-manager-reminder", MANAGER),
        ("questions-later-reminder", email), ("questions-manager-reminder", MANAGER),
    ]


def test_nobody_is_reminded_of_a_letter_that_they_never_got(asked, held):
    """As after an outage over the first letters, or for a manager who is named later."""
    session, _there = held
    for weeks, kinds in ((2, ["questions-after"]), (15, ["questions-later", "questions-manager"]),
                         (17, ["questions-later-reminder", "questions-manager-reminder"])):
        before = len(letters())
        jobs.invite(session.ends_at + weeks * WEEK)
        assert [kind for kind, _address in letters()][before:] == kinds
    assert "named you as their manager" in db.session.scalars(sa.select(Letter.text).where(Letter.kind == "questions-manager")).one().replace("\n", " ")


@pytest.fixture
def letters_leave(app, monkeypatch):
    """A mail server is named, so letters are not kept here."""
    monkeypatch.setitem(app.extensions, "office", replace(office(), letters_leave=True))


def sent_between(first, last, *, down_until, fault="mail-451 4.3.0 down", every=timedelta(hours=6)):
    """What leaves to whom in this time, and when it does, while the worker looks every six hours and the mail is down until a moment."""
    db.session.rollback()
    at, found = first, []
    with smtp_server() as server:
        while at <= last:
            jobs.invite(at)
            server.letters.clear()
            server.letters.extend([fault] * (100 if at < down_until else 0))
            send_due(a_sender(server), lambda at=at: at)
            db.session.rollback()
            found += [(letter.kind, letter.address, at) for letter in db.session.scalars(
                sa.select(Letter).where(Letter.kind.startswith("questions"), Letter.sent_at == at).order_by(Letter.id))]
            at += every
    return found


@pytest.mark.parametrize(("hours", "reminders"), [(70, 2), (72, 2), (80, 1)])
def test_after_an_outage_whoever_came_is_invited_once_and_reminded_days_later(asked, held, letters_leave, hours, reminders):
    """Whether the invitation still waits or was given up; no letter says that we have not heard from somebody who had none."""
    session, there = held
    back = session.ends_at + timedelta(hours=hours)
    sent = sent_between(session.ends_at, session.ends_at + 26 * DAY, down_until=back)
    assert [(kind, address) for kind, address, _at in sent] == [
        (kind, there.person.email) for kind in ("questions-after", *["questions-reminder"] * reminders)]
    moments = [at for *_rest, at in sent]
    assert moments[0] - back < timedelta(hours=6) and all(later - earlier > 2 * DAY for earlier, later in pairwise(moments))


def test_after_an_outage_people_and_their_managers_are_asked_months_later_as_if_for_the_first_time(asked, held, letters_leave):
    session, there = held
    began = session.ends_at + 12 * WEEK
    sent = sent_between(began, began + 5 * WEEK, down_until=began + 9 * DAY, every=timedelta(hours=12))
    for address, kinds in ((there.person.email, ["questions-later", "questions-later-reminder"]), (MANAGER, ["questions-manager", "questions-manager-reminder"])):
        theirs = [(kind, at) for kind, to, at in sent if to == address]
        assert [kind for kind, _at in theirs] == kinds
        assert theirs[1][1] - theirs[0][1] > 13 * DAY


def test_an_invitation_that_is_held_is_the_letter_of_later_waves_too(asked, held, letters_leave):
    session, there = held
    with transaction() as writing:
        writing.add(UndeliverableAddress(address=there.person.email, since=session.ends_at, words="5.1.1 no such user"))
    for days in range(12):
        jobs.invite(session.ends_at + days * DAY)
    assert letters() == [("questions-after", there.person.email)]
    works = session.ends_at + 12 * DAY
    address_works(address=there.person.email, by="Marian Cole", now=works)
    sent = sent_between(works, works + 15 * DAY, down_until=works)
    assert [(kind, at - works >= 6 * DAY) for kind, _address, at in sent] == [("questions-after", False), ("questions-reminder", True)]


def test_a_manager_who_is_named_after_the_first_letter_is_asked_and_not_reminded(asked, held):
    session, there = held
    jobs.invite(session.ends_at + 12 * WEEK + 2 * DAY)
    with transaction() as writing:
        writing.execute(sa.update(Affiliation).where(Affiliation.person_id == there.person_id).values(manager_email="new@example.org"))
    jobs.invite(session.ends_at + 15 * WEEK)
    assert ("questions-manager", "new@example.org") in letters() and ("questions-later-reminder", there.person.email) in letters()


def test_who_has_answered_is_not_reminded_and_a_reminder_that_waits_is_withdrawn(asked, held):
    session, there = held
    jobs.invite(session.ends_at)
    submit(booking_id=there.id, stage=Stage.AFTER, version_id=asked[Stage.AFTER].id, given=AFTER, quoting=Quoting.NO, now=session.ends_at)
    assert letters() == []
    for days in range(30):
        jobs.invite(session.ends_at + days * DAY)
    assert letters() == []


def test_who_has_answered_anonymously_is_not_reminded_either(asked, held):
    session, there = held
    building.set_mode(questionnaire_id=asked[Stage.AFTER].questionnaire_id, mode=Mode.ANONYMOUS, weeks=12)
    jobs.invite(session.ends_at)
    anonymous.submit(session_id=session.id, stage=Stage.AFTER, version_id=asked[Stage.AFTER].id, owner=f"booking:{there.id}", given=AFTER, quoting=Quoting.NO,
                     phrase="", outcome=None, now=session.ends_at)
    for days in range(30):
        jobs.invite(session.ends_at + days * DAY)
    assert [kind for kind, _address in letters()] == ["questions-after"]
    assert "nothing we keep connects" in db.session.scalars(sa.select(Letter.text).where(Letter.kind == "questions-after")).one().replace("\n", " ")


def test_nobody_is_reminded_of_anonymous_questions_of_which_as_many_have_answered_as_were_there(asked, held):
    """By the code, say: whose answer is missing nobody knows, and the letter would lead to a page that takes no more."""
    session, _there = held
    building.set_mode(questionnaire_id=asked[Stage.AFTER].questionnaire_id, mode=Mode.ANONYMOUS, weeks=12)
    anonymous.submit(session_id=session.id, stage=Stage.AFTER, version_id=asked[Stage.AFTER].id, owner=f"{anonymous.BY_CODE}{session.id}:x", given=AFTER,
                     quoting=Quoting.NO, phrase="", outcome=None, now=session.ends_at)
    for days in range(30):
        jobs.invite(session.ends_at + days * DAY)
    assert letters() == []


def test_nobody_who_is_their_own_manager_or_names_none_has_the_manager_written_to(asked, held):
    session, there = held
    with transaction() as writing:  # as a file may bring it in
        writing.execute(sa.update(Affiliation).where(Affiliation.person_id == there.person_id).values(manager_email=there.person.email))
    jobs.invite(session.ends_at + 12 * WEEK + 2 * DAY)
    assert [kind for kind, _address in letters()] == ["questions-later"]


def of_managers():
    db.session.rollback()
    return [(letter.address, letter.kind, letter.status.value, letter.outdated) for letter in db.session.scalars(
        sa.select(Letter).where(Letter.kind.startswith("questions-manager")).order_by(Letter.id))]


def name_manager(there, address, now):
    say_where_somebody_works(person_id=there.person_id, agency_id=there.person.affiliation.agency_id, job_title="x", now=now, manager_email=address)


def test_the_questions_about_somebody_go_to_the_manager_whom_they_name_when_they_leave_and_to_none_before(asked, held):
    session, there = held
    due = session.ends_at + 12 * WEEK + 2 * DAY
    jobs.invite(due)
    name_manager(there, "new.boss@example.org", due)
    jobs.invite(due)
    assert of_managers() == [(MANAGER, "questions-manager", "void", "Another manager is named."),
                             ("new.boss@example.org", "questions-manager", "queued", None)]
    name_manager(there, None, due)
    jobs.invite(due)
    assert [status for _address, _kind, status, _why in of_managers()] == ["void", "void"]


def test_what_a_manager_was_asked_is_not_sent_again_once_another_is_named(asked, held):
    session, there = held
    due = session.ends_at + 12 * WEEK + 2 * DAY
    jobs.invite(due)
    with transaction() as writing:
        writing.execute(sa.update(Letter).values(status=LetterStatus.SENT, sent_at=due, next_try_at=None))
    name_manager(there, "new.boss@example.org", due)
    jobs.invite(due + 8 * DAY)
    assert of_managers() == [(MANAGER, "questions-manager", "sent", "Another manager is named."),
                             ("new.boss@example.org", "questions-manager", "queued", None)]


@pytest.mark.parametrize("kind", ["questions-before", "questions-after", "questions-later", "questions-manager"])
def test_each_letters_link_opens_the_questions_without_signing_in(asked, held, kind, monkeypatch):
    session, there = held
    if kind == "questions-before":
        there = places.book_place(session_id=a_session(starts_in=DAY).id, person_id=a_person().id, by="x", now=clock.now())
        session = there.course_session
    at = {"questions-before": clock.now(), "questions-after": session.ends_at}.get(kind, session.ends_at + 12 * WEEK + 2 * DAY)
    jobs.invite(at)
    monkeypatch.setattr(clock, "now", lambda: at)
    browser = opened(kind)
    page = browser.get(browser.letter).text
    assert "Question 1 of" in page
    if kind == "questions-manager":
        assert "Have you seen Amina use what the course taught?" in page and "Amina can see what you answer" in page and "Example of" not in page
        page = browser.post(browser.letter, {"screen": "0", "a-seen": "1", "go": "next"}).text
        assert "What have you seen?" in page
        page = browser.post(browser.letter, {"screen": "2", "a-seen": "1", "a-example": "She used the tool", "a-support": "2", "go": "next"})
        assert "Thank you" in browser.follow(page).text
        response = db.session.scalars(sa.select(Response)).one()
        assert (response.stage, response.booking_id) == (Stage.MANAGER, there.id)


def test_a_link_of_questions_that_are_over_says_so(asked, held, monkeypatch):
    session, _there = held
    jobs.invite(session.ends_at)
    later = session.ends_at + 5 * WEEK
    monkeypatch.setattr(clock, "now", lambda: later)
    browser = opened("questions-after")
    assert "too old to be used" in browser.get(browser.letter).text


def test_the_letter_before_a_session_that_moved_opens_its_questions_still_and_people_are_asked_anew(asked, monkeypatch):
    session = a_session(starts_in=DAY)
    places.book_place(session_id=session.id, person_id=a_person().id, by="x", now=clock.now())
    jobs.invite(clock.now())
    with transaction() as writing:
        writing.execute(sa.update(Letter).values(status=LetterStatus.SENT, sent_at=clock.now(), next_try_at=None))
    first = opened("questions-before")
    moved = [(session.starts_at + 3 * WEEK, session.ends_at + 3 * WEEK)]
    places.change_session(session_id=session.id, planned=Planned(moved, session.format, session.venue_or_link, None), capacity=2, by="c", now=clock.now())
    later = session.starts_at - timedelta(hours=1)
    jobs.invite(later)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert "Question 1 of" in first.get(first.letter).text
    assert [kind for kind, _address in letters()] == ["questions-before", "questions-before"]
    monkeypatch.setattr(clock, "now", lambda: session.ends_at + DAY)
    assert "The session is over" in first.get(first.letter).text


@pytest.mark.parametrize("then", [8, 26])
@pytest.mark.parametrize("stage", [Stage.FOLLOW_UP, Stage.MANAGER])
def test_other_weeks_leave_what_people_were_told_as_it_was(asked, held, monkeypatch, stage, then):
    session, _there = held
    number, kind = asked[stage].questionnaire_id, {Stage.FOLLOW_UP: "questions-later", Stage.MANAGER: "questions-manager"}[stage]
    building.set_mode(questionnaire_id=number, mode=Mode.CONFIDENTIAL, weeks=6)
    at = session.ends_at + 6 * WEEK + 2 * DAY
    jobs.invite(at)
    building.set_mode(questionnaire_id=number, mode=Mode.CONFIDENTIAL, weeks=then)
    monkeypatch.setattr(clock, "now", lambda: at + DAY)
    browser = opened(kind)
    assert "Question 1 of" in browser.get(browser.letter).text, "it can be answered as the letter says"
    for _ in range(32):
        at += WEEK
        jobs.invite(at)
    told = [(letter, until) for letter, until in written() if letter.startswith(kind)]
    assert [letter for letter, _until in told] == [kind, f"{kind}-reminder", f"{kind}-reminder"]
    assert {until for _letter, until in told} == {session.ends_at + 12 * WEEK}


def test_other_weeks_are_for_sessions_whose_people_were_not_asked_yet(asked, held):
    session, _there = held
    jobs.invite(session.ends_at + 5 * WEEK)
    building.set_mode(questionnaire_id=asked[Stage.FOLLOW_UP].questionnaire_id, mode=Mode.CONFIDENTIAL, weeks=6)
    jobs.invite(session.ends_at + 6 * WEEK + 2 * DAY)
    assert ("questions-later", session.ends_at + 12 * WEEK) in written()


def test_a_course_that_gets_questions_of_its_own_with_other_weeks_is_answered_as_its_people_were_told(asked, held):
    session, there = held
    at = session.ends_at + 12 * WEEK + 2 * DAY
    jobs.invite(at)
    draft = building.copy_to_course(questionnaire_id=asked[Stage.FOLLOW_UP].questionnaire_id, course_id=session.course_id, now=at)
    building.set_mode(questionnaire_id=draft.questionnaire_id, mode=Mode.CONFIDENTIAL, weeks=26)
    building.put_in_use(version_id=draft.id, by="me", now=at)
    assert (there.id, Stage.FOLLOW_UP) in [(booking.id, stage) for booking, stage in asking.to_answer(there.person_id, at + DAY)]
    assert submit(booking_id=there.id, stage=Stage.FOLLOW_UP, version_id=draft.id, given={"knowledge": "4"}, quoting=Quoting.NO, now=at + DAY)


def written():
    """Kind and last day of the letters that ask, in the order in which they were written."""
    db.session.rollback()
    return [(letter.kind, letter.valid_until) for letter in db.session.scalars(
        sa.select(Letter).where(Letter.kind.startswith("questions")).order_by(Letter.id))]
