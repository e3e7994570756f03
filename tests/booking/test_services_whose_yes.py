"""Whose yes a place waits for: the manager's whom the person names by now, at the address that they have by now; and what is said meanwhile."""

import pytest
import sqlalchemy as sa

from app.accounts.models import Affiliation
from app.accounts.rules import Role
from app.accounts.services import keeping
from app.booking import services
from app.booking.models import Booking, BookingEvent, HeldPlaces
from app.booking.queries import facts
from app.booking.rules.states import Act, event_words
from app.booking.services import OnBehalf
from app.catalogue.rules import Approval
from app.core.db import db, transaction
from app.mail.rules.fates import LetterStatus
from tests.booking.acting import DAY, HOUR, MINUTE, NOW, a_session, book, broken, by_coordinator, give_back, letters, queued, settle, status
from tests.builders import a_course, a_person, an_account, an_agency
from tests.client import Client

pytestmark = pytest.mark.usefixtures("app")
OLD, NEW = "old@example.org", "new@example.org"


def names(person, manager):
    with transaction() as session:
        session.execute(sa.update(Affiliation).where(Affiliation.person_id == person.id).values(manager_email=manager))
    return person


def works(person, manager, now=NOW):
    """The person says who their manager is now."""
    keeping.say_where_somebody_works(person_id=person.id, agency_id=person.affiliation.agency_id, job_title="Teacher", manager_email=manager, now=now)


def asking(**more):
    return a_session(course=a_course(approval=Approval.MANAGER), **more)


def asked():
    """To whom the question is on its way."""
    return [one.address for one in letters(kind="approval-asked", fate=LetterStatus.QUEUED)]


def test_a_question_to_a_manager_that_has_not_left_goes_to_the_address_that_the_manager_has_by_now():
    boss, person = a_person(email=OLD), names(a_person(), OLD)
    booking = book(asking(), person)
    assert asked() == [OLD]
    keeping.save_person(person_id=boss.id, email=NEW, first_name="B", last_name="Boss", now=NOW)
    assert asked() == [NEW] and db.session.get_one(Booking, booking.id).manager_email == NEW


def test_a_question_that_was_held_as_the_old_address_gave_letters_back_leaves_for_the_new_one():
    boss, person = a_person(email=OLD), names(a_person(), OLD)
    book(asking(), person)
    with transaction() as session:
        session.merge(letters(kind="approval-asked")[0]).status = LetterStatus.HELD
    keeping.save_person(person_id=boss.id, email=NEW, first_name="B", last_name="Boss", now=NOW)
    assert asked() == [NEW]


def test_a_question_that_has_not_left_goes_to_the_manager_whom_the_person_names_by_now():
    person = names(a_person(), OLD)
    book(asking(), person)
    works(person, NEW)
    assert asked() == [NEW]


@pytest.mark.parametrize("manager", [NEW, None])
@pytest.mark.parametrize("how", ["undo", "list", "offer", "move", "goes ahead"])
def test_a_request_that_goes_on_later_asks_the_manager_whom_the_person_names_by_then_else_the_coordinator(how, manager):
    session, person = asking(places=1), names(a_person(), OLD)
    there = a_session(course=session.course, starts_in=20 * DAY)
    first = book(session, a_person(), now=NOW - HOUR) if how in ("list", "offer") else None
    booking = book(session, person, now=NOW - HOUR, wish=services.Wish(whenever=how == "list"))
    if how == "undo":
        give_back(booking)
    if how == "goes ahead":
        services.cancel_session(session_id=session.id, reason="ill", by="c", now=NOW)
    works(person, manager)
    if how == "undo":
        services.undo_giving_back(booking_id=booking.id, by=person.acting, now=NOW + MINUTE)
    elif how == "goes ahead":
        services.undo_cancelling(session_ids=[session.id], by="c", now=NOW + MINUTE)
    elif how == "move":
        booking = services.move(booking_id=booking.id, to_session_id=there.id, by=person.acting, now=NOW + MINUTE)
    else:
        services.refuse(booking_id=first.id, reason="", by="c", now=NOW + MINUTE)
    if how == "offer":
        services.accept_offer(booking_id=booking.id, by=person.acting, now=NOW + HOUR)
    assert status(booking) == ("awaiting_manager" if manager else "awaiting_coordinator")
    assert asked() == ([NEW] if manager else []) and broken(NOW + HOUR) == []


def sent_instead(manager):
    """Somebody names a colleague, whose manager is this one; both bookings."""
    session, first, colleague = asking(places=1), a_person(), names(a_person(first_name="Colin", last_name="Cole"), manager)
    booking = services.book_place(session_id=session.id, person_id=names(first, OLD).id, by=first.acting, now=NOW - HOUR)
    services.manager_agrees(booking_id=booking.id, by="m", now=NOW - HOUR)
    return booking, services.substitute(booking_id=booking.id, person_id=colleague.id, by=first.acting, now=NOW)


def said(kind):
    return " ".join(letters(kind=kind)[-1].text.split())


def words_of(booking):
    db.session.rollback()
    return [(event_words(one.act, one.reason, one.after), one.rule) for one in db.session.scalars(
        sa.select(BookingEvent).where(BookingEvent.booking_id == booking.id).order_by(BookingEvent.id))]


def test_that_a_colleague_goes_instead_is_not_said_before_whoever_has_to_agree_has_agreed():
    booking, new = sent_instead(OLD)
    assert status(new) == "awaiting_manager"
    assert "Your place is held for Colin Cole, for whom somebody has to agree first" in said("substituted")
    assert words_of(booking)[-1] == ("Named a colleague to go instead: Colin Cole", "the course asks the line manager")
    assert words_of(new)[0][0] == "Was named to come instead of a colleague"
    assert "substitute-not-agreed" not in queued()


@pytest.mark.parametrize("answer", ["no", "silence"])
def test_who_named_a_colleague_is_told_when_that_is_not_agreed(answer):
    booking, new = sent_instead(OLD)
    if answer == "no":
        services.refuse(booking_id=new.id, reason="No cover", by="m", now=NOW + HOUR, manager=True)
    else:
        settle(new.course_session, NOW + 9 * DAY)
    (letter,) = letters(kind="substitute-not-agreed")
    assert letter.person_id == booking.person_id and "Colin Cole" in letter.subject and broken(NOW + 9 * DAY) == []
    assert ("It was not agreed." if answer == "no" else "Nobody answered in time.") in said("substitute-not-agreed")


def test_where_nobody_has_to_agree_the_colleague_has_the_place_at_once():
    first, colleague = a_person(), a_person(first_name="Colin", last_name="Cole")
    booking = book(a_session(), first)
    services.substitute(booking_id=booking.id, person_id=colleague.id, by=first.acting, now=NOW)
    assert "Colin Cole has your place now." in said("substituted") and words_of(booking)[-1][1] is None


def test_somebody_of_the_same_name_who_gives_a_place_back_is_not_taken_for_its_person():
    person, namesake = (a_person(first_name="Sam", last_name="Jones") for _ in range(2))
    mine, theirs = book(a_session(), person), book(a_session(), person)
    services.give_back(booking_id=theirs.id, by=namesake.acting, now=NOW)
    assert "Sam Jones gave it back for you" in said("given-back")
    services.give_back(booking_id=mine.id, by=person.acting, now=NOW)
    assert "Thank you for telling us" in said("given-back")
    assert [one.by_id for one in db.session.scalars(sa.select(BookingEvent).where(
        BookingEvent.act == Act.GIVE_BACK).order_by(BookingEvent.id))] == [namesake.id, person.id]


def put_on_list(by, person, approval, **more):
    """The person is put on the list of a full session by whoever that is; then the place there comes free."""
    session = a_session(course=a_course(approval=approval), places=1)
    first = services.book_place(session_id=session.id, person_id=a_person().id, by="c", behalf=by_coordinator(), now=NOW - HOUR)
    behalf = OnBehalf(by.id, **more)
    (booking,) = services.book_for_others(session_id=session.id, person_ids=[person.id], together=False, by=by.acting, behalf=behalf, now=NOW)
    assert status(booking) == "waiting"
    services.give_back(booking_id=first.id, by="c", now=NOW)
    settle(session, NOW + HOUR)
    return booking


@pytest.mark.parametrize("approval, manager, coordinator", [
    (Approval.MANAGER, "booked", "booked"), (Approval.BOTH, "awaiting_coordinator", "booked"), (Approval.COORDINATOR, "awaiting_coordinator", "booked"),
])
@pytest.mark.parametrize("who", ["manager", "coordinator", "lead"])
def test_who_asked_for_somebody_on_the_list_has_agreed_when_the_place_comes(approval, manager, coordinator, who):
    boss, person = a_person(email=OLD), names(a_person(), OLD if who == "manager" else NEW)
    booking = put_on_list(boss, person, approval, coordinator=who == "coordinator")
    expected = {"manager": manager, "coordinator": coordinator, "lead": "awaiting_coordinator" if approval is Approval.COORDINATOR else "awaiting_manager"}[who]
    assert ("has to agree" in said("offer")) is (expected != "booked")
    services.accept_offer(booking_id=booking.id, by=person.acting, now=NOW + HOUR)
    assert status(booking) == expected
    assert asked() == ([NEW] if expected == "awaiting_manager" else []) and broken(NOW + HOUR) == []


def test_who_names_another_manager_than_the_one_who_asked_is_asked_for_of_that_one():
    boss, person = a_person(email=OLD), names(a_person(), OLD)
    booking = put_on_list(boss, person, Approval.MANAGER)
    works(person, NEW)
    services.accept_offer(booking_id=booking.id, by=person.acting, now=NOW + HOUR)
    assert (status(booking), asked()) == ("awaiting_manager", [NEW])


def test_the_page_of_an_offer_says_who_has_to_agree_only_where_somebody_has(app):
    me = a_person(email=OLD)
    own, by_boss = names(a_person(), OLD), names(a_person(), OLD)
    pages = []
    for person, by in ((own, a_person()), (by_boss, me)):
        booking = put_on_list(by, person, Approval.MANAGER)
        browser = Client(app).signed_in_as(an_account(Role.DELEGATE, person=person))
        pages.append(browser.get(f"/bookings/{booking.ref}").text)
    assert ["your manager has to agree" in page for page in pages] == [True, False]


def test_a_coordinator_who_books_somebody_in_as_an_any_date_place_comes_free_books_as_always():
    course = a_course(approval=Approval.MANAGER)
    coordinator, person = a_person(), names(a_person(), OLD)
    session = a_session(course=course, places=1)
    first = services.book_place(session_id=session.id, person_id=a_person().id, by="c", behalf=by_coordinator(), now=NOW - HOUR)
    services.wait_for_course(course_id=course.id, person_id=person.id, any_date=True, now=NOW - HOUR)
    give_back(first)
    booking = services.book_place(session_id=session.id, person_id=person.id, by=coordinator.acting, behalf=by_coordinator(coordinator),
                                  now=NOW + 20 * MINUTE)
    assert (status(booking), booking.agreed_at, booking.booked_by_id) == ("booked", None, coordinator.id)
    assert queued(person) == ["booked-for-you"] and asked() == [] and broken(NOW + 20 * MINUTE) == []
    services.decline(booking_id=booking.id, by=person.acting, now=NOW + HOUR)
    assert status(booking) == "given_back"


def instead():
    """What whoever named a colleague is told of it."""
    return [" ".join(one.text.split()) for one in letters(kind="substitute-not-agreed") if one.status is LetterStatus.QUEUED]


@pytest.mark.parametrize("how", ["they take it back", "another does", "they have left", "they move to another date"])
def test_who_named_a_colleague_is_told_when_the_request_is_over_before_anybody_agreed(how):
    _booking, new = sent_instead(OLD)
    if how == "they have left":
        services.has_left(person_id=new.person_id, by="Lee Lead", now=NOW + HOUR)
    elif how == "they move to another date":
        other = a_session(course=new.course_session.course)
        services.move(booking_id=new.id, to_session_id=other.id, by=new.person.acting, now=NOW + HOUR)
    else:
        services.give_back(booking_id=new.id, by=new.person.acting if how == "they take it back" else "Lee Lead", now=NOW + HOUR)
    (text,) = instead()
    assert "You named Colin Cole to go instead of you" in text and "The request ended before anybody had agreed." in text


def test_that_a_colleague_does_not_go_is_said_once_the_request_cannot_be_taken_up_again():
    booking, new = sent_instead(OLD)
    services.give_back(booking_id=new.id, by=new.person.acting, now=NOW + HOUR)
    (letter,) = letters(kind="substitute-not-agreed")
    assert letter.due_at == db.session.get_one(Booking, new.id).due_at and letter.person_id == booking.person_id
    services.undo_giving_back(booking_id=new.id, by=new.person.acting, now=NOW + HOUR)
    assert instead() == [] and status(new) == "awaiting_manager"
    services.give_back(booking_id=new.id, by=new.person.acting, now=NOW + 2 * HOUR)
    settle(new.course_session, NOW + 3 * HOUR)
    assert len(instead()) == 1 and broken(NOW + 3 * HOUR) == []


def test_who_has_the_place_and_gives_it_back_is_nobodys_news_any_more():
    _booking, new = sent_instead(OLD)
    services.manager_agrees(booking_id=new.id, by="m", now=NOW + HOUR)
    services.give_back(booking_id=new.id, by=new.person.acting, now=NOW + 2 * HOUR)
    assert instead() == []


def test_a_manager_reads_who_asked_for_whom():
    booking, _new = sent_instead(OLD)
    theirs, anothers = letters(kind="approval-asked")
    assert f"{booking.person.name} has asked for a place on" in " ".join(theirs.text.split())
    said_now = " ".join(anothers.text.split())
    assert f"{booking.person.name} has asked for a place for Colin Cole on" in said_now and "named as the manager of Colin Cole" in said_now
    assert anothers.fields["asked"]["cy"] == f"Mae {booking.person.name} wedi gofyn am le i Colin Cole"
    (asked,) = [one for one in letters(kind="request-made") if "for you" in one.subject]
    assert "because you, or somebody for you, asked for a place on this session" in " ".join(asked.text.split())


def named_by_lead(session, person, lead):
    held = db.session.scalars(sa.select(HeldPlaces).where(HeldPlaces.course_session_id == session.id)).one()
    services.name_place(held_id=held.id, person_id=person.id, by="lead", behalf=OnBehalf(lead.id), now=NOW + HOUR)


def over_capacity(session, person, lead):
    services.book_over_capacity(session_id=session.id, person_id=person.id, reason="Needed", by="c", behalf=by_coordinator(), now=NOW + HOUR)


@pytest.mark.parametrize("gives", [named_by_lead, over_capacity])
def test_who_declines_a_place_into_which_another_turned_their_wait_stands_on_the_list_where_they_stood(gives):
    agency = an_agency()
    lead, person = a_person(agency=agency), a_person(agency=agency)
    session = a_session(places=2, starts_in=20 * DAY)
    services.hold_places(session_id=session.id, agency_id=agency.id, by_id=lead.id, places=1, releases_at=NOW + 8 * DAY, now=NOW)
    book(session)
    waited, later = book(session, person, now=NOW + MINUTE), book(session, now=NOW + 2 * MINUTE)
    gives(session, person, lead)
    assert status(waited) == "booked"
    services.decline(booking_id=waited.id, by=person.acting, now=NOW + 2 * HOUR)
    again = facts.live_booking(session.id, person.id)
    assert (status(waited), status(later), again.booked_at, again.booked_unasked) == ("given_back", "waiting", NOW + MINUTE, False)
    assert again.status.value == ("offered" if gives is named_by_lead else "waiting") and broken(NOW + 2 * HOUR) == []


@pytest.mark.parametrize("by_lead", [True, False])
def test_the_manager_reads_who_asked_and_for_whom(by_lead):
    lead, ann = a_person(first_name="Lea", last_name="Lead"), names(a_person(first_name="Ann", last_name="Other"), OLD)
    if by_lead:
        services.book_for_others(session_id=asking().id, person_ids=[ann.id], together=False, by="Lea", behalf=OnBehalf(lead.id), now=NOW)
    else:
        book(asking(), ann)
    said = " ".join(letters(kind="approval-asked")[0].text.split())
    assert ("Lea Lead has asked for a place for Ann Other on" if by_lead else "Ann Other has asked for a place on") in said
    assert "You are named as the manager of Ann Other." in said
