"""Who has to agree, for whom a course is, missed sessions, charges and keys of forms, on both databases."""

import pytest
import sqlalchemy as sa

from app.accounts.models import Account, Affiliation
from app.attendance import services as registers
from app.attendance.rules import Outcome, Said
from app.attendance.services import Mark
from app.booking import jobs, services
from app.booking.models import Booking, BookingEvent, BookingNeed, BookingPolicy, Charge
from app.booking.queries import mine
from app.booking.rules.policy import Notice, WhenUnanswered
from app.booking.rules.possible import Can, can
from app.booking.rules.turnout import Turnout
from app.booking.services import OnBehalf, Wish
from app.catalogue.rules import Approval
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import Refused
from app.mail.rules.fates import LetterStatus
from tests.booking.acting import DAY, HOUR, NOW, a_session, acts, book, broken, by_coordinator, give_back, letters, settle, status, statuses
from tests.builders import a_booking, a_course, a_person, an_account, an_agency

pytestmark = pytest.mark.usefixtures("app")


def with_manager(person=None):
    person = person or a_person()
    with transaction() as session:
        session.execute(sa.update(Affiliation).where(Affiliation.person_id == person.id).values(manager_email="boss@example.org"))
    return person


def a_policy(**facts):
    with transaction() as session:
        session.execute(sa.delete(BookingPolicy))
    return services.save_policy(partnership_id=None, starts_on=clock.london_date(NOW - 2 * DAY), facts=facts, now=NOW - 2 * DAY)


def asking(approval=Approval.BOTH, **more):
    return a_session(course=a_course(approval=approval), **more)


def test_a_request_goes_from_the_manager_to_the_coordinator_and_holds_its_place():
    session = asking(places=1)
    booking, waits = book(session, with_manager()), book(session)
    assert statuses(session) == ["awaiting_manager", "waiting"]
    for _twice in range(2):
        services.manager_agrees(booking_id=booking.id, by="m", now=NOW)
    assert status(booking) == "awaiting_coordinator"
    services.approve(booking_id=booking.id, by="c", now=NOW)
    assert (acts(booking), status(waits)) == (["ask", "agree", "approve"], "waiting")
    with pytest.raises(Refused, match="decided already"):
        services.refuse(booking_id=booking.id, reason="", by="m", now=NOW, manager=True)


def test_a_refused_request_frees_the_place_for_the_next():
    session = asking(places=1)
    booking, waits = book(session, with_manager()), book(session)
    services.refuse(booking_id=booking.id, reason="No cover", by="m", now=NOW, manager=True)
    assert (status(booking), status(waits), broken()) == ("refused", "offered", [])


@pytest.mark.parametrize(("rule", "first", "second"), [
    (WhenUnanswered.ENDS, "lapsed", "lapsed"), (WhenUnanswered.GOES_ON, "awaiting_coordinator", "lapsed"),
])
def test_a_request_that_nobody_answers_ends_or_goes_on_to_the_coordinator_as_the_policy_says(rule, first, second):
    a_policy(when_unanswered=rule)
    session = asking(Approval.MANAGER, places=1, starts_in=40 * DAY)
    booking = book(session, with_manager())
    settle(session, booking.due_at)
    assert status(booking) == first
    settle(session, NOW + 30 * DAY)
    assert (status(booking), broken(NOW + 30 * DAY)) == (second, [])


def test_whoever_books_for_others_has_agreed_as_far_as_it_is_theirs():
    session, person = asking(places=5), with_manager()
    own = with_manager()
    by_manager = OnBehalf(a_person().id, manages=frozenset({own.id}))
    for number, behalf in ((own.id, by_manager), (with_manager().id, by_coordinator()), (with_manager().id, OnBehalf(a_person().id))):
        services.book_for_others(session_id=session.id, person_ids=[number], together=False, by="x", behalf=behalf, now=NOW)
    book(session, person)
    assert statuses(session) == ["awaiting_coordinator", "booked", "awaiting_manager", "awaiting_manager"]


def test_somebody_outside_the_audience_reads_why_and_an_exception_lets_them_in():
    session, person = a_session(course=a_course(for_sectors=["police"])), a_person()
    with pytest.raises(Refused, match="for people who work in police"):
        book(session, person)
    with pytest.raises(Refused, match="Write why"):
        services.allow_exception(course_id=session.course_id, person_id=person.id, reason=" ", by="c", now=NOW)
    services.allow_exception(course_id=session.course_id, person_id=person.id, reason="duty rota", by="c", now=NOW)
    assert book(session, person).status.value == "booked"


@pytest.mark.parametrize(("turnout", "may"), [(Turnout.CAME, True), (Turnout.MISSED, False), (Turnout.EXCUSED, False), (None, False)])
def test_what_comes_first_is_met_by_having_come(turnout, may):
    first, person = a_course(title="Basics"), a_person()
    a_booking(a_session(course=first, starts_in=-30 * DAY), person, turnout=turnout)
    course = a_course()
    with transaction():
        course.prerequisites = [first]
    session = a_session(course=course)
    if may:
        assert book(session, person).status.value == "booked"
        return
    with pytest.raises(Refused, match="Come to “Basics” first"):
        book(session, person)


def missed(person, count):
    return [a_booking(a_session(starts_in=-30 * DAY), person, turnout=Turnout.MISSED) for _ in range(count)]


@pytest.mark.parametrize(("count", "begins"), [(2, "booked"), (3, "awaiting_coordinator")])
def test_missed_sessions_make_a_coordinator_look_and_bar_nobody(count, begins):
    person = a_person()
    missed(person, count)
    assert book(a_session(), person).status.value == begins


def test_a_waived_miss_no_longer_counts_and_stays_on_record():
    person = a_person()
    there = missed(person, 3)
    assert services.waive_strikes(booking_ids=[there[0].id, there[0].id], reason="flood", by="c", now=NOW) == 1
    assert book(a_session(), person).status.value == "booked"
    assert db.session.get_one(Booking, there[0].id).turnout is Turnout.MISSED
    with pytest.raises(Refused, match="counts still"):
        services.waive_strikes(booking_ids=[there[0].id], reason="again", by="c", now=NOW)


def a_session_over(**policy):
    """A session that is over: one came, one did not, one from outside came, one gave back late."""
    a_policy(external_sectors=["independent"], **policy)
    session = a_session(places=9, starts_in=DAY)
    people = [a_person(), a_person(), a_person(agency=an_agency(sector="independent")), a_person()]
    there = [book(session, person) for person in people]
    give_back(there[3])
    return session, there


def mark(session, booking, outcome, account, seen=None):
    registers.save_marks(session_id=session.id, marks=[Mark(booking.ref, outcome, None, seen and Said(seen))], account_id=account.id, coordinator=True, now=session.ends_at)


def finished(session, there):
    account = an_account()
    for booking, outcome in zip(there, (Outcome.ATTENDED, Outcome.NO_SHOW, Outcome.ATTENDED), strict=False):
        mark(session, booking, outcome, account)
    registers.finish(session_id=session.id, account_id=account.id, coordinator=True, now=session.ends_at)
    return account


def ledger():
    db.session.rollback()
    return [(charge.booking_id, charge.kind.value, charge.pence) for charge in db.session.scalars(sa.select(Charge).order_by(Charge.id))]


def test_nothing_is_charged_unless_the_policy_says_so():
    finished(*a_session_over())
    assert ledger() == []


def test_late_missed_and_outside_places_are_charged_once_and_a_corrected_register_takes_the_charge_back():
    session, (came, no_show, outside, late) = a_session_over(charges=True)
    account = finished(session, (came, no_show, outside))
    lines = [(no_show.id, "no_show", 5000), (outside.id, "external", 5000), (late.id, "late", 2500)]
    assert ledger() == lines
    registers.finish(session_id=session.id, account_id=account.id, coordinator=True, now=session.ends_at + HOUR)
    assert ledger() == lines
    mark(session, no_show, Outcome.EXCUSED, account, Outcome.NO_SHOW)
    mark(session, outside, Outcome.NO_SHOW, account, Outcome.ATTENDED)
    more = [(no_show.id, "waiver", -5000), (outside.id, "waiver", -5000), (outside.id, "no_show", 5000)]
    assert ledger()[3:] == more
    mark(session, no_show, Outcome.NO_SHOW, account, Outcome.EXCUSED)
    assert ledger()[3:] == [*more, (no_show.id, "no_show", 5000)], "absent after all"


def test_a_charge_is_waived_with_a_reason_and_once():
    session, there = a_session_over(charges=True)
    finished(session, there[:3])
    number = db.session.scalars(sa.select(Charge.id).order_by(Charge.id)).first()
    with pytest.raises(Refused, match="Write why"):
        services.waive_charges(charge_ids=[number], reason="", by="c", now=NOW)
    assert services.waive_charges(charge_ids=[number], reason="court", by="c", now=NOW) == 1
    lines = ledger()
    assert services.waive_charges(charge_ids=[number], reason="court", by="c", now=NOW) == 1, "the same sent again has the same answer"
    with pytest.raises(Refused, match="not waived already"):
        services.waive_charges(charge_ids=[number], reason="ill", by="c", now=NOW)
    assert ledger() == lines


def told(kind):
    return [(letter.address, letter.subject.partition(":")[0]) for letter in letters(kind=kind)]


def test_whoever_is_charged_is_told_once_and_where_nothing_is_charged_nobody_is():
    finished(*a_session_over())
    assert told("charge") == []
    session, there = a_session_over(charges=True)
    account = finished(session, there[:3])
    mails = {"no_show": there[1].person.email, "external": there[2].person.email, "late": there[3].person.email}
    expected = [(mails["no_show"], "A charge of £50"), (mails["external"], "A charge of £50"), (mails["late"], "A charge of £25")]
    assert told("charge") == expected
    registers.finish(session_id=session.id, account_id=account.id, coordinator=True, now=session.ends_at + HOUR)
    assert told("charge") == expected
    assert "you had a place and did not come" in letters(kind="charge")[0].text and broken(session.ends_at) == []


def test_a_charge_taken_back_is_told_only_to_whoever_knew_of_it():
    session, there = a_session_over(charges=True)
    account = finished(session, there[:3])
    first, _second = letters(kind="charge")[:2]
    first.status, first.next_try_at, first.sent_at = LetterStatus.SENT, None, NOW
    db.session.commit()
    mark(session, there[1], Outcome.EXCUSED, account, Outcome.NO_SHOW)
    mark(session, there[2], Outcome.NO_SHOW, account, Outcome.ATTENDED)
    assert told("charge-waived") == [(there[1].person.email, "No charge after all")]
    assert [letter.status for letter in letters(kind="charge")][:2] == [LetterStatus.SENT, LetterStatus.VOID]
    assert "£50" in letters(kind="charge-waived")[0].text and "The register was corrected." in letters(kind="charge-waived")[0].text


def test_a_register_that_cannot_be_finished_charges_nobody_and_tells_nobody():
    session, there = a_session_over(charges=True)
    account = an_account()
    mark(session, there[0], Outcome.ATTENDED, account)
    with pytest.raises(Refused, match="Not marked yet"):
        registers.finish(session_id=session.id, account_id=account.id, coordinator=True, now=session.ends_at)
    assert ledger() == [] and told("charge") == []


def test_a_form_sent_again_has_the_same_answer_and_with_something_else_in_it_is_refused():
    session, person = a_session(), a_person()
    first = book(session, person, key="form")
    give_back(first)
    assert book(session, person, key="form").id == first.id
    with pytest.raises(Refused, match="something else in it"):
        book(session, person, key="form", wish=Wish(dietary="No nuts"))
    with pytest.raises(Refused, match="something else in it"):
        book(a_session(), person, key="form")
    assert statuses(session) == ["given_back"]


def test_a_form_whose_place_was_there_already_does_not_book_again_after_giving_back():
    session, person = a_session(), a_person()
    first = book(session, person)
    assert book(session, person, key="form").id == first.id
    give_back(first)
    assert book(session, person, key="form").id == first.id
    assert statuses(session) == ["given_back"]


def test_a_group_sent_again_is_the_same_group():
    session, people, behalf = a_session(places=5), [a_person().id for _ in range(3)], by_coordinator()
    sent = {"session_id": session.id, "person_ids": people, "together": True, "by": "c", "behalf": behalf, "now": NOW, "key": "form"}
    first = [booking.id for booking in services.book_for_others(**sent)]
    assert [booking.id for booking in services.book_for_others(**sent)] == first and len(statuses(session)) == 3
    assert jobs.forget_keys(NOW + DAY) == "0 keys deleted"
    assert jobs.forget_keys(NOW + 2 * DAY) == "1 keys deleted"


def test_needs_are_kept_apart_and_gone_thirty_days_after_the_session():
    session = a_session()
    booking = book(session, wish=Wish(dietary=" No nuts ", access=""))
    kept = db.session.get_one(BookingNeed, booking.id)
    assert (kept.dietary, kept.access) == ("No nuts", None)
    jobs.forget(session.ends_at + 30 * DAY - HOUR)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(BookingNeed)) == 1
    jobs.forget(session.ends_at + 30 * DAY)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(BookingNeed)) == 0


def test_the_places_of_somebody_whose_account_ended_go_on_and_nothing_is_late():
    account = an_account()
    session = a_session(places=1, starts_in=DAY)
    booking, waits = book(session, account.person, now=NOW - HOUR), book(session)
    with transaction() as writing:
        writing.execute(sa.update(Account).where(Account.id == account.id).values(closed_at=NOW))
    assert jobs.free_places_of_leavers(NOW + HOUR) == "1 places freed"
    assert jobs.free_places_of_leavers(NOW + HOUR) == "0 places freed"
    assert (status(booking), status(waits), db.session.get_one(Booking, booking.id).notice) == ("given_back", "offered", Notice.IN_TIME)


def test_the_terms_and_the_rule_are_kept_with_the_booking():
    terms = services.save_terms(text="Come or tell us.", by="c", now=NOW)
    booking = book(asking(Approval.COORDINATOR))
    events = db.session.scalars(sa.select(BookingEvent).where(BookingEvent.booking_id == booking.id)).all()
    assert (booking.terms_id, [event.rule for event in events]) == (terms.id, ["the course asks the coordinator"])


def test_who_is_marked_on_the_register_keeps_the_place():
    session = a_session(starts_in=DAY, course=a_course())
    other = a_session(starts_in=20 * DAY, course=session.course)
    booking, early = book(session), session.starts_at - HOUR / 3
    registers.save_marks(session_id=session.id, marks=[Mark(booking.ref, Outcome.ATTENDED, None, None)], account_id=an_account().id, coordinator=True, now=early)
    for act in (lambda: give_back(booking, now=early), lambda: services.move(booking_id=booking.id, to_session_id=other.id, by="x", now=early),
                lambda: services.cancel_session(session_id=session.id, reason="snow", by="c", now=early)):
        with pytest.raises(Refused, match="register"):
            act()
    assert (status(booking), broken()) == ("booked", [])


def test_a_request_that_nobody_answered_leads_back_to_no_list_also_when_an_offer_lapsed_before():
    session = asking(Approval.COORDINATOR, places=1, starts_in=40 * DAY)
    first, waits = book(session), book(session)
    services.refuse(booking_id=first.id, reason="", by="c", now=NOW)
    settle(session, NOW + 2 * DAY)
    assert status(waits) == "lapsed"
    services.rejoin(booking_id=waits.id, by="x", now=NOW + 2 * DAY)
    services.accept_offer(booking_id=waits.id, by="x", now=NOW + 2 * DAY)
    assert status(waits) == "awaiting_coordinator"
    late = NOW + 20 * DAY
    settle(session, late)
    assert acts(waits)[-1] == "no_answer"
    with pytest.raises(Refused, match="no longer possible"):
        services.rejoin(booking_id=waits.id, by="x", now=late)
    booking = db.session.get_one(Booking, waits.id)
    assert Can.REJOIN not in can(mine.held(booking), late)
