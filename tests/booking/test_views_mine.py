"""The pages of the person who books: what the box says in each state, booking, one's own booking, giving back, and My training."""

import re
from datetime import timedelta

import pytest

from app.accounts.models import Person
from app.accounts.rules import Role
from app.accounts.services import say_where_somebody_works
from app.booking import services
from app.booking.models import Booking, BookingNeed, CourseInterest, SessionQuota
from app.booking.queries import mine
from app.booking.queries.facts import live_booking
from app.booking.rules import policy
from app.booking.rules.places import QuotaKind
from app.booking.rules.policy import Notice, Policy
from app.booking.rules.possible import Can, Held, can
from app.booking.rules.states import BookingStatus
from app.booking.rules.turnout import Turnout
from app.booking.services import OnBehalf
from app.catalogue.rules import Approval, SessionStatus
from app.core import clock
from app.core.db import db, transaction
from app.mail.rules.languages import Language
from app.ui.filters import full_date, until
from tests.builders import a_booking, a_course, a_person, a_session, an_account


@pytest.fixture
def me(as_role):
    """A delegate's browser."""
    return as_role(Role.DELEGATE)


def person_of(browser):
    return db.session.get(Person, browser.person_id)


def named(person, **facts):
    """The same person, with more said of where they work."""
    at = person.affiliation
    say_where_somebody_works(person_id=person.id, agency_id=at.agency_id, job_title=at.job_title, now=clock.now(), **facts)


def book(person, session, **more):
    """A booking as the form makes it."""
    return services.book_place(session_id=session.id, person_id=person.id, by=person.name, now=clock.now(), **more)


def words(page):
    """A page as it reads."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page.text)).replace("&rsquo;", "’").replace("&#39;", "'")


def box(browser, session):
    """What the box of a session's page says."""
    page = browser.get(f"/sessions/{session.ref}").text
    inside = page[page.index("<aside"):page.index("</aside>")]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", inside)).strip()


# The session page


def test_the_box_says_the_deadline_for_giving_back_as_date_and_time(client):
    session = a_session(places=5, starts_in=timedelta(days=30))
    a_booking(session)
    said = box(client, session)
    assert "4 places left of 5" in said and "Book a place" in said
    assert f"without it counting as late until {until(policy.last_minute_in_time(Policy(), session.starts_at))}" in said


def test_close_to_the_session_the_box_says_that_a_return_counts_as_late(client):
    assert "It starts in less than 3 working days, so a place given back counts as late." in box(client, a_session(starts_in=timedelta(hours=20)))


def test_the_deadline_is_that_of_the_policy_in_force(client):
    services.save_policy(partnership_id=None, starts_on=clock.london_date(clock.now()), facts={"notice": 7}, now=clock.now())
    assert "less than 7 working days" in box(client, a_session(starts_in=timedelta(days=5)))


def test_a_full_session_says_how_many_wait_where_one_would_stand_and_the_surer_way(me):
    session = a_session(places=1)
    a_booking(session)
    assert "Full. Nobody is waiting yet" in box(me, session)
    for _ in range(2):
        a_booking(session, status=BookingStatus.WAITING)
    a_session(places=7, course=session.course, starts_in=timedelta(days=40))
    said = box(me, session)
    assert "2 people are waiting for one of 1 place" in said and "You would be 3rd." in said
    assert "another date is the surer way" in said and "7 places left" in said


def test_a_place_that_is_held_for_somebody_is_said_with_its_time(me):
    session = a_session(places=1)
    ends_at = clock.now() + timedelta(hours=5)
    a_booking(session, status=BookingStatus.OFFERED, due_at=ends_at)
    assert f"Full. 1 place is held for someone until {until(ends_at)}." in box(me, session)


def test_my_own_state_stands_in_the_box(me):
    session = a_session(places=1, starts_in=timedelta(days=20))
    mine_ = book(person_of(me), session)
    assert "You have a place." in box(me, session)
    other = a_session(places=1)
    a_booking(other)
    a_booking(other, status=BookingStatus.WAITING)
    book(person_of(me), other)
    assert "You are 2nd of 2 on the waiting list." in box(me, other)
    with transaction() as writing:
        row = writing.get(Booking, mine_.id)
        row.status, row.due_at = BookingStatus.OFFERED, clock.now() + timedelta(hours=3)
    assert "A place is held for you until" in box(me, session)


def test_a_request_says_who_has_to_agree_and_until_when(me):
    a_person(first_name="Dev", last_name="Chandra", email="dev@example.org")
    named(person_of(me), manager_email="dev@example.org")
    session = a_session(course=a_course(approval=Approval.MANAGER))
    assert "Ask for a place" in box(me, session)
    asked = words(me.get(f"/sessions/{session.ref}/book"))
    assert "Dev Chandra, your manager, has to agree" in asked and "A place is held for you meanwhile." in asked and "Ask for a place" in asked
    page = me.follow(me.post(f"/sessions/{session.ref}/book"))
    assert "<h1>You have asked for a place</h1>" in page.text and "Waiting for Dev Chandra" in words(page)
    assert "Waiting for Dev Chandra, who has until" in box(me, session)


def test_why_somebody_cannot_book_is_the_rule_and_the_way_round_it(me):
    session = a_session(course=a_course(least_level=3))
    said = box(me, session)
    assert "This course is for level 3." in said and "say it under" in said and "a coordinator can make an exception" in said
    named(person_of(me), level=2)
    assert "You have level 2." in box(me, session)
    assert "This course is for level 3." in words(me.get(f"/sessions/{session.ref}/book"))
    assert "This course is for level 3." in words(me.post(f"/sessions/{session.ref}/book"))
    named(person_of(me), level=3)
    assert "Book a place" in box(me, session)


def test_a_quota_that_is_used_is_said_with_the_day_on_which_it_ends(me):
    session = a_session(places=5, starts_in=timedelta(days=40))
    agency = person_of(me).affiliation.agency
    with transaction() as writing:
        writing.add(SessionQuota(course_session_id=session.id, kind=QuotaKind.MOST, places=1, agency_id=agency.id,
                                 releases_at=clock.now() + timedelta(days=9)))
    a_booking(session, a_person(agency=agency))
    said = box(me, session)
    assert f"{agency.name} has its 1 place" in said and "4 places are left for others." in said and "Join the waiting list" in said


@pytest.mark.parametrize(("facts", "said", "tag"), [
    ({"opens_at": timedelta(days=2)}, "Booking opens at", "Booking opens"),
    ({"closes_at": timedelta(days=-1)}, "Booking closed at", "Booking has closed"),
])
def test_booking_that_is_not_open_says_when_in_the_box_and_in_the_catalogue(me, facts, said, tag):
    session = a_session(**{name: clock.now() + by for name, by in facts.items()})
    assert said in box(me, session) and "Book a place" not in box(me, session)
    assert tag in me.get("/courses").text
    assert said in words(me.post(f"/sessions/{session.ref}/book"))


def test_a_cancelled_session_says_when_and_why(me):
    session = a_session(status=SessionStatus.CANCELLED, cancel_reason="the trainer's post is vacant", cancelled_on=clock.london_date(clock.now()))
    assert "We had to cancel this session on" in box(me, session) and "post is vacant" in box(me, session)


@pytest.mark.parametrize(("places", "tone"), [(4, "green"), (3, "yellow")])
def test_the_catalogue_marks_the_last_places(client, places, tone):
    a_session(places=places)
    assert f'govuk-tag--{tone}">{places} places left' in client.get("/courses").text


# Checking and booking


def test_the_same_form_twice_leads_to_the_same_confirmation_and_books_once(me):
    session = a_session()
    page = me.get(f"/sessions/{session.ref}/book").text
    once = re.search(r'name="once"[^>]*value="([^"]+)"', page).group(1)
    first, second = (me.post(f"/sessions/{session.ref}/book", {"once": once}) for _ in range(2))
    assert first.location == second.location
    assert db.session.query(Booking).count() == 1


def test_a_form_that_comes_again_after_the_place_was_given_back_books_nothing(me):
    session = a_session()
    once = {"once": "the key of one form"}
    ref = me.post(f"/sessions/{session.ref}/book", once).location.split("?")[0].rsplit("/", 1)[-1]
    me.post(f"/bookings/{ref}/give-back")
    assert ref in me.post(f"/sessions/{session.ref}/book", once).location
    db.session.rollback()
    assert [one.status for one in db.session.query(Booking)] == [BookingStatus.GIVEN_BACK]


def test_the_canary_without_the_key_the_late_form_books_again(me):
    session = a_session()
    ref = me.post(f"/sessions/{session.ref}/book").location.split("?")[0].rsplit("/", 1)[-1]
    me.post(f"/bookings/{ref}/give-back")
    me.post(f"/sessions/{session.ref}/book")
    db.session.rollback()
    assert [one.status for one in db.session.query(Booking)] == [BookingStatus.BOOKED]


def test_needs_are_kept_with_the_booking_can_be_changed_and_are_shown_to_the_person(me):
    session = a_session()
    page = me.follow(me.post(f"/sessions/{session.ref}/book", {"access": "A ramp", "dietary": "No nuts"}))
    assert "A ramp. No nuts" in words(page)
    address = page.request.path
    assert "A ramp" in me.get(f"{address}/needs").text
    assert "Nothing noted." in words(me.follow(me.post(f"{address}/needs", {"access": "", "dietary": ""})))
    assert db.session.query(BookingNeed).count() == 0


def test_the_terms_are_shown_with_their_day_and_kept_with_the_booking(me):
    session = a_session()
    assert "By booking you agree to the terms" in me.get(f"/sessions/{session.ref}/book").text
    terms = services.save_terms(text="Be kind.\nCome on time.", by="C", now=clock.now())
    page = me.get(f"/sessions/{session.ref}/book").text
    assert "<p>Be kind.</p>" in page and "you agree to the terms of " in page
    page = me.follow(me.post(f"/sessions/{session.ref}/book"))
    assert "You agreed to the terms of" in page.text
    assert db.session.query(Booking).one().terms_id == terms.id


def test_the_last_place_that_went_meanwhile_is_said(me):
    session = a_session(places=1)
    assert 'name="hoped" type="hidden" value="place"' in me.get(f"/sessions/{session.ref}/book").text
    a_booking(session)
    page = me.follow(me.post(f"/sessions/{session.ref}/book", {"hoped": "place"}))
    assert "The last place went while you were booking." in words(page) and "<h1>You are on the waiting list</h1>" in page.text


def test_yes_whenever_is_kept_only_for_the_list(me):
    session = a_session(places=1)
    a_booking(session)
    assert "Yes, whenever" in me.get(f"/sessions/{session.ref}/book").text
    page = me.follow(me.post(f"/sessions/{session.ref}/book", {"whenever": "yes"}))
    assert "it is booked for you at once" in words(page)
    address = page.request.path
    me.post(f"{address}/act", {"answer": "ask_first"})
    db.session.rollback()
    assert db.session.query(Booking).filter_by(status=BookingStatus.WAITING).one().whenever is False


def test_details_are_changed_on_the_way_and_lead_back(me):
    session = a_session()
    assert "Change your details" in me.get(f"/sessions/{session.ref}/book").text
    agency = person_of(me).affiliation.agency_id
    back = f"/sessions/{session.ref}/book"
    response = me.post(f"/my-details?next={back}", {
        "agency_id": agency, "job_title": "Nurse", "level": "4", "partnership_id": 0, "manager_email": "Boss@Example.org"})
    assert response.location == back
    page = words(me.get(back))
    assert "Nurse" in page and "Level of training: 4" in page and "boss@example.org" in page
    assert me.post("/my-details?next=//evil.example", {"agency_id": agency, "level": "4", "partnership_id": 0}).location == "/my-training"


def test_the_language_of_letters_is_said_with_the_details_and_stays_when_it_is_not_said(me):
    assert 'value="en" selected' in me.get("/my-details").text
    details = {"agency_id": person_of(me).affiliation.agency_id, "level": "0", "partnership_id": 0}
    me.post("/my-details", {**details, "language": "cy"})
    assert 'value="cy" selected' in me.get("/my-details").text
    me.post("/my-details", details)
    assert person_of(me).language is Language.WELSH


def test_a_level_that_is_not_said_stays(me):
    named(person_of(me), level=5)
    named(person_of(me), manager_email="b@example.org")
    db.session.expire_all()
    assert person_of(me).affiliation.level == 5


# One's own booking


@pytest.mark.parametrize("status", list(BookingStatus))
def test_every_state_of_a_booking_has_its_page(me, status):
    booking = a_booking(a_session(), person_of(me), status=status)
    page = me.get(f"/bookings/{booking.ref}")
    assert page.status_code == 200 and page.text.count("<h1>") == 1
    for rest in ("give-back", "move", "substitute", "needs", "apologies"):
        assert me.get(f"/bookings/{booking.ref}/{rest}").status_code in (200, 302), rest


@pytest.mark.parametrize("status", list(BookingStatus))
def test_every_button_of_every_state_is_answered_by_a_page(me, status):
    booking = a_booking(a_session(), person_of(me), status=status)
    for answer in ("take", "no", "undo", "rejoin", "coming", "decline", "take_free", "whenever", "ask_first"):
        assert me.follow(me.post(f"/bookings/{booking.ref}/act", {"answer": answer})).status_code == 200
    assert me.post(f"/bookings/{booking.ref}/act", {"answer": "nonsense"}).status_code == 400


def test_giving_back_in_time_says_so_and_can_be_undone(me):
    booking = book(person_of(me), a_session(starts_in=timedelta(days=30)))
    a_session(course=booking.course_session.course, starts_in=timedelta(days=40), places=14)
    asked = words(me.get(f"/bookings/{booking.ref}/give-back"))
    assert "You are in good time." in asked and "14 places left" in asked and "Send a colleague" in asked and "You can undo it until" in asked
    page = me.follow(me.post(f"/bookings/{booking.ref}/give-back"))
    assert "It does not count as late." in words(page) and "Undo: I want my place" in page.text
    assert "By the rule: 3 working days before the session: in time" in words(page)
    page = me.follow(me.post(f"/bookings/{booking.ref}/act", {"answer": "undo"}))
    assert "<h1>You have a place</h1>" in page.text


def test_leaving_the_list_says_that_it_can_be_undone_and_until_when_and_the_old_place_is_there_again(me):
    session = a_session(places=1)
    book(a_person(), session)
    booking = book(person_of(me), session)
    book(a_person(), session)
    assert "For 15 minutes you can undo it and stand where you stood" in words(me.get(f"/bookings/{booking.ref}/give-back"))
    page = words(me.follow(me.post(f"/bookings/{booking.ref}/give-back", {})))
    assert "You have left the waiting list" in page and "you can stand on the list again where you stood" in page and "Left the waiting list" in page
    page = words(me.follow(me.post(f"/bookings/{booking.ref}/act", {"answer": "undo"})))
    assert "You are on the list again, where you stood." in page and "You are 1st of 2" in page and "Took the place on the waiting list back" in page


def test_something_else_at_the_time_is_said_with_an_offer_and_beside_the_dates_to_move_to(me):
    person, away = person_of(me), timedelta(days=20)
    book(person, a_session(course=a_course(title="Information sharing"), starts_in=away))
    offered = a_booking(a_session(starts_in=away), person, status=BookingStatus.OFFERED, due_at=clock.now() + timedelta(hours=3))
    assert "You have something else at that time: Information sharing" in words(me.get(f"/bookings/{offered.ref}"))
    booking = book(person, a_session(starts_in=timedelta(days=40)))
    free, busy = (a_session(course=booking.course_session.course, starts_in=days) for days in (timedelta(days=50), away))
    page = me.get(f"/bookings/{booking.ref}/move").text
    assert page.count("at the same time as") == 1 and free.ref in page and busy.ref in page


def test_a_session_that_is_not_sure_yet_says_so_before_booking_while_booking_and_afterwards_with_the_day_of_decision(me):
    decide_on = clock.london_date(clock.now()) + timedelta(days=5)
    session, sure = a_session(tentative=True, decide_on=decide_on), a_session()
    said = f"It is not sure yet that this session takes place. We decide by {full_date(decide_on)}."
    assert said in words(me.get(f"/sessions/{session.ref}")) and said in words(me.get(f"/sessions/{session.ref}/book"))
    booking = book(person_of(me), session)
    assert said in words(me.get(f"/bookings/{booking.ref}"))
    assert "not sure yet" not in words(me.get(f"/sessions/{sure.ref}"))


def test_a_late_return_is_welcome_and_a_reason_excuses_it(me):
    for given, notice, said in (({}, Notice.LATE, "It is noted as late."), (
        {"why": "ill, or caring for someone"}, Notice.EXCUSED, "it does not count against you")):
        booking = book(person_of(me), a_session(starts_in=timedelta(hours=20)))
        asked = words(me.get(f"/bookings/{booking.ref}/give-back"))
        assert "This is late:" in asked and "There is no charge." in asked and "Please do it all the same" in asked
        assert said in words(me.follow(me.post(f"/bookings/{booking.ref}/give-back", given)))
        db.session.rollback()
        assert db.session.get(Booking, booking.id).notice is notice


def test_a_charge_is_said_before_the_place_is_given_back(me):
    services.save_policy(partnership_id=None, starts_on=clock.london_date(clock.now()), facts={"charges": True, "late_pence": 5000}, now=clock.now())
    booking = book(person_of(me), a_session(starts_in=timedelta(hours=20)))
    assert "Your agency may be charged £50. You can ask for that to be waived." in words(me.get(f"/bookings/{booking.ref}/give-back"))


def test_near_the_start_the_page_says_that_nothing_can_be_undone(me):
    booking = book(person_of(me), a_session(starts_in=timedelta(hours=1)))
    assert "this cannot be undone" in words(me.get(f"/bookings/{booking.ref}/give-back"))
    assert "Undo: I want my place" not in me.follow(me.post(f"/bookings/{booking.ref}/give-back")).text


def test_after_the_start_apologies_are_sent_instead(me):
    booking = a_booking(a_session(starts_in=timedelta(minutes=-20)), person_of(me))
    response = me.get(f"/bookings/{booking.ref}/give-back")
    assert response.location == f"/bookings/{booking.ref}/apologies"
    assert "Write in a few words" in me.post(f"/bookings/{booking.ref}/apologies", {"reason": " "}).text
    page = me.follow(me.post(f"/bookings/{booking.ref}/apologies", {"reason": "Court"}))
    assert "Sent apologies: Court" in words(page)


def test_a_place_moves_to_another_date_in_one_step(me):
    booking = book(person_of(me), a_session(starts_in=timedelta(days=30)))
    there = a_session(course=booking.course_session.course, starts_in=timedelta(days=40))
    full = a_session(course=booking.course_session.course, places=1, starts_in=timedelta(days=50))
    a_booking(full)
    page = me.get(f"/bookings/{booking.ref}/move?to={there.ref}").text
    assert f'value="{there.ref}" checked' in page and full.ref not in page and "You keep this place until the other one is sure" in page
    assert "Choose the date" in me.post(f"/bookings/{booking.ref}/move").text
    done = me.follow(me.post(f"/bookings/{booking.ref}/move", {"to": there.ref}))
    assert "<h1>You have a place</h1>" in done.text
    old = words(me.get(f"/bookings/{booking.ref}"))
    assert "You have moved to another date" in old


def test_a_form_that_moves_or_hands_on_a_place_may_come_twice(me):
    booking = book(person_of(me), a_session(starts_in=timedelta(days=30)))
    there = a_session(course=booking.course_session.course, starts_in=timedelta(days=40))
    answers = [me.post(f"/bookings/{booking.ref}/move", {"to": there.ref}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    new = live_booking(there.id, me.person_id)
    a_person(email="nia@example.org")
    answers = [me.post(f"/bookings/{new.ref}/substitute", {"email": "nia@example.org"}) for _ in range(2)]
    assert [answer.location for answer in answers] == [f"/bookings/{new.ref}"] * 2
    assert db.session.query(Booking).count() == 3


def test_a_colleague_who_is_known_comes_instead_with_the_address_alone(me):
    booking = book(person_of(me), a_session())
    colleague = a_person(email="nia@example.org", first_name="Nia", last_name="New")
    page = me.follow(me.post(f"/bookings/{booking.ref}/substitute", {"email": "nia@example.org"}))
    assert "<h1>A colleague goes in your place</h1>" in page.text and "Nia New goes instead of you" in words(page)
    assert live_booking(booking.course_session_id, colleague.id).status is BookingStatus.BOOKED


def test_a_colleague_who_is_not_known_is_asked_after_once_more(me):
    booking = book(person_of(me), a_session())
    first = me.get(f"/bookings/{booking.ref}/substitute").text
    assert "First name" not in first
    again = me.post(f"/bookings/{booking.ref}/substitute", {"email": "nia@example.org"})
    assert "We do not know anybody with this address yet" in again.text and "First name" in again.text
    me.post(f"/bookings/{booking.ref}/substitute", {
        "email": "nia@example.org", "first_name": "Nia", "last_name": "New", "agency": person_of(me).affiliation.agency_id, "job_title": "Nurse"})
    db.session.rollback()
    nia = db.session.query(Person).filter_by(email="nia@example.org").one()
    assert nia.affiliation.job_title == "Nurse"
    assert live_booking(booking.course_session_id, nia.id) is not None


def test_a_colleague_for_whom_the_course_is_not_is_refused_and_the_place_stays(me):
    named(person_of(me), level=3)
    booking = book(person_of(me), a_session(course=a_course(least_level=3)))
    a_person(email="nia@example.org")
    page = me.post(f"/bookings/{booking.ref}/substitute", {"email": "nia@example.org"})
    assert "This course is for level 3." in words(page)
    db.session.rollback()
    assert db.session.get(Booking, booking.id).status is BookingStatus.BOOKED


def test_what_somebody_else_booked_is_agreed_to_or_declined(me):
    boss = a_person(first_name="Dev", last_name="Chandra")
    for answer, status in (("coming", BookingStatus.BOOKED), ("decline", BookingStatus.GIVEN_BACK)):
        booking = book(person_of(me), a_session(), behalf=OnBehalf(boss.id))
        assert "Dev Chandra booked" in words(me.get("/my-training"))
        assert "Dev Chandra booked this for you. Will you come?" in words(me.get(f"/bookings/{booking.ref}"))
        page = me.follow(me.post(f"/bookings/{booking.ref}/act", {"answer": answer}))
        assert "Will you come?" not in page.text
        db.session.rollback()
        assert db.session.get(Booking, booking.id).status is status


@pytest.mark.parametrize(("gone", "said"), [(False, "is yours again"), (True, "has gone: you stand at the front of the waiting list")])
def test_who_declines_a_date_to_which_they_were_moved_reads_what_became_of_the_first(me, gone, said):
    here = a_session(places=1)
    booking = book(person_of(me), here)
    new = services.move(booking_id=booking.id, to_session_id=a_session(course=here.course).id, by="c", now=clock.now(), behalf_id=a_person().id)
    if gone:
        book(a_person(), here)
    assert said in words(me.follow(me.post(f"/bookings/{new.ref}/act", {"answer": "decline"})))


def test_a_session_that_got_another_time_asks_for_a_yes_and_giving_back_is_not_late(me):
    booking = book(person_of(me), a_session(starts_in=timedelta(hours=20)))
    with transaction() as writing:
        row = writing.get(Booking, booking.id)
        row.course_session.times_changed_at = clock.now() + timedelta(seconds=1)
    assert "The time has changed. Can you still come?" in words(me.get(f"/bookings/{booking.ref}"))
    assert "You are in good time." in words(me.get(f"/bookings/{booking.ref}/give-back"))


def test_in_the_last_hours_somebody_who_waits_takes_a_place_that_is_free(me):
    session = a_session(places=1, starts_in=timedelta(hours=1))
    other = a_booking(session)
    booking = a_booking(session, person_of(me), status=BookingStatus.WAITING)
    assert "Take the free place" not in me.get(f"/bookings/{booking.ref}").text
    services.give_back(booking_id=other.id, by="X", now=clock.now())
    assert "Take the free place" in me.get(f"/bookings/{booking.ref}").text
    assert "<h1>You have a place</h1>" in me.follow(me.post(f"/bookings/{booking.ref}/act", {"answer": "take_free"})).text


def test_the_position_follows_the_order_of_the_list(app):
    session = a_session(places=1)
    a_booking(session)
    first, second = a_booking(session, status=BookingStatus.WAITING), a_booking(session, status=BookingStatus.WAITING, priority=-1)
    assert (mine.position(first), mine.position(second)) == ((2, 2), (1, 2))
    assert mine.positions([session.id], first.person_id) == {session.id: (2, 2)}


def test_the_joining_address_of_letters_leads_on_for_people_with_a_place_only(client):
    session = a_session(venue_or_link="https://meet.example/secret")
    booking, waiting = a_booking(session), a_booking(session, status=BookingStatus.WAITING)
    assert client.get(f"/join/{booking.ref}").location == "https://meet.example/secret"
    refused = client.get(f"/join/{waiting.ref}")
    assert refused.status_code == 410 and "meet.example" not in refused.text
    assert "meet.example" not in client.get("/join/nothing").text


# Waiting for a course


def test_somebody_waits_for_a_course_and_stops(me):
    course = a_course(code="neglect")
    page = me.get("/courses/neglect").text
    assert "Tell me when it runs again" in page and "Any date will do" in page
    page = me.follow(me.post("/courses/neglect/wait", {"answer": "any"}))
    assert "You wait for this course." in page.text
    assert "Any date will do" in me.get("/my-training").text
    me.post("/courses/neglect/wait", {"answer": "tell"})
    assert [(one.any_date, one.ended_at) for one in db.session.query(CourseInterest)] == [(False, None)]
    response = me.post("/courses/neglect/wait", {"answer": "stop", "back": "my-training"})
    assert response.location == "/my-training" and mine.interest(course.id, me.person_id) is None


def test_signed_out_the_course_page_leads_to_signing_in(client):
    a_course(code="neglect")
    assert "/sign-in?next=/courses/neglect" in client.get("/courses/neglect").text


# My training


def test_my_training_lists_what_is_asked_first(me):
    person = person_of(me)
    offer = a_booking(a_session(course=a_course(title="Offered one")), person, status=BookingStatus.OFFERED, due_at=clock.now() + timedelta(hours=2))
    a_booking(a_session(course=a_course(title="Asked one")), person, due_at=clock.now() + timedelta(days=1), asked_at=clock.now())
    a_booking(a_session(course=a_course(title="Lapsed one")), person, status=BookingStatus.LAPSED, lapses=1)
    a_booking(a_session(course=a_course(title="Missed one"), starts_in=timedelta(days=-2)), person, turnout=Turnout.MISSED)
    page = words(me.get("/my-training"))
    asked = ["A place is free on Offered one", "Are you still coming to Asked one?", "Still interested in Lapsed one?", "We missed you on Missed one"]
    assert [page.index(one) for one in asked] == sorted(page.index(one) for one in asked)
    assert f"Held for you until {until(offer.due_at)}." in page and "Place held" in page


def test_my_training_says_the_deadline_on_each_row_and_who_has_to_agree(me):
    named(person_of(me), manager_email="dev@example.org")
    booking = book(person_of(me), a_session(starts_in=timedelta(days=30)))
    book(person_of(me), a_session(course=a_course(approval=Approval.MANAGER)))
    page = words(me.get("/my-training"))
    assert f"Give it back by {until(policy.last_minute_in_time(Policy(), booking.course_session.starts_at))}" in page
    assert "dev@example.org has until" in page and "Waiting for your manager" in page


def test_what_ended_before_the_session_is_done_too(me):
    person = person_of(me)
    for status, facts, tag in (
        (BookingStatus.GIVEN_BACK, {"notice": Notice.IN_TIME}, "Given back"), (BookingStatus.GIVEN_BACK, {"notice": Notice.LATE}, "Given back late"),
        (BookingStatus.SESSION_CANCELLED, {}, "Cancelled by us"), (BookingStatus.RELEASED, {}, "Released"),
    ):
        a_booking(a_session(), person, status=status, **facts)
        assert f">{tag}</strong>" in me.get("/my-training").text


def test_a_place_is_given_back_in_two_clicks_from_my_training(me):
    booking = book(person_of(me), a_session(starts_in=timedelta(days=30)))
    assert f'href="/bookings/{booking.ref}/give-back"' in me.get("/my-training").text
    me.post(f"/bookings/{booking.ref}/give-back")
    db.session.rollback()
    assert db.session.get(Booking, booking.id).status is BookingStatus.GIVEN_BACK


# The rule of what is possible


def test_nothing_can_be_given_back_once_the_session_has_started():
    now = clock.now()
    for status in BookingStatus:
        held = Held(status, now - timedelta(minutes=1), now + timedelta(hours=2))
        assert can(held, now) <= {Can.APOLOGISE}


def test_an_offer_whose_time_has_passed_can_no_longer_be_taken():
    now = clock.now()
    offer = Held(BookingStatus.OFFERED, now + timedelta(days=5), now + timedelta(days=5, hours=2), due_at=now)
    assert can(offer, now) == {Can.REJOIN}
    assert can(offer, now - timedelta(seconds=1)) == {Can.ANSWER_OFFER}


def test_one_account_sees_its_own_pages_only(me, as_role):
    booking = book(person_of(me), a_session())
    other = as_role(Role.DELEGATE)
    for rest in ("", "/give-back", "/move", "/substitute", "/needs", "/apologies"):
        assert other.get(f"/bookings/{booking.ref}{rest}").status_code == 404
        if rest:
            assert other.post(f"/bookings/{booking.ref}{rest}").status_code == 404
    assert other.post(f"/bookings/{booking.ref}/act", {"answer": "undo"}).status_code == 404


def test_booking_for_somebody_whose_account_is_a_coordinators_works_too(client):
    client.signed_in_as(an_account(Role.COORDINATOR))
    session = a_session()
    assert "<h1>You have a place</h1>" in client.follow(client.post(f"/sessions/{session.ref}/book")).text


def test_places_that_are_kept_for_others_are_said_once(me):
    session = a_session(places=1, starts_in=timedelta(days=40))
    with transaction() as writing:
        writing.add(SessionQuota(course_session_id=session.id, kind=QuotaKind.KEPT, places=1, sector="Health"))
    assert box(me, session).startswith("The places that are left are kept for others. Join the waiting list")


def test_a_place_held_because_we_cancelled_another_date_says_so(me):
    old = a_booking(a_session(), person_of(me), status=BookingStatus.SESSION_CANCELLED)
    held = a_booking(a_session(), person_of(me), status=BookingStatus.OFFERED, due_at=clock.now() + timedelta(days=1), previous_id=old.id)
    assert "so this date is yours first." in words(me.get(f"/bookings/{held.ref}"))
    assert "A place is held for you on" in words(me.get(f"/bookings/{old.ref}"))


# what was typed, and dates that filled meanwhile


def test_a_booking_refused_because_booking_closed_keeps_what_was_typed(me):
    session = a_session(closes_at=clock.now() - timedelta(minutes=1))
    page = me.post(f"/sessions/{session.ref}/book", {"access": "A ramp at the door", "dietary": "No nuts please"}).text
    assert "A ramp at the door" in page and "No nuts please" in page and "What you wrote is still here" in page
    assert "What you wrote" not in me.get(f"/sessions/{session.ref}/book").text


@pytest.mark.parametrize("left", [0, 1])
def test_a_move_to_a_date_that_filled_meanwhile_says_so_at_the_field(me, left):
    session = a_session()
    full = a_session(course=session.course, places=1, starts_in=timedelta(days=20))
    for _ in range(left):
        a_session(course=session.course, starts_in=timedelta(days=30))
    booking = book(person_of(me), session)
    a_booking(full)
    page = words(me.post(f"/bookings/{booking.ref}/move", {"to": full.ref}))
    assert "That date has filled, or is no longer open, so your place here stays." in page and "Not a valid choice" not in page
    assert ("Choose one of the dates that are left." if left else "No other date has places at present.") in page


def test_a_colleague_for_whom_somebody_has_to_agree_is_not_said_to_have_the_place_yet(me):
    booking = book(person_of(me), a_session(course=a_course(approval=Approval.COORDINATOR), starts_in=timedelta(days=30)))
    colleague = a_person(email="colleague@example.org", first_name="Nia", last_name="New")
    page = me.follow(me.post(f"/bookings/{booking.ref}/substitute", {"email": colleague.email, "agency": "0"}))
    assert "Nia New comes instead if the coordinator agrees; the place is held for them meanwhile." in words(page) and "has the place now" not in words(page)


def test_the_booking_page_of_what_was_given_back_just_now_leads_to_the_button_that_takes_it_back(me):
    session = a_session(places=1)
    booking = book(person_of(me), session)
    a_booking(session, status=BookingStatus.WAITING)
    me.post(f"/bookings/{booking.ref}/give-back")
    answer = me.get(f"/sessions/{session.ref}/book")
    assert answer.location == f"/bookings/{booking.ref}" and "Undo: I want my place" in me.follow(answer).text


def test_in_the_last_hours_pages_say_that_nobody_on_the_list_is_asked_any_more(me):
    session = a_session(places=1, starts_in=timedelta(hours=1))
    a_booking(session)
    for address in (f"/sessions/{session.ref}", f"/sessions/{session.ref}/book"):
        page = words(me.get(address))
        assert "nobody on the list is asked any more" in page and "to say yes" not in page
    waiting = a_booking(session, person_of(me), status=BookingStatus.WAITING)
    page = words(me.get(f"/bookings/{waiting.ref}"))
    assert "nobody on the list is asked any more" in page and "we hold it for you" not in page


def test_a_place_that_the_coordinator_gave_back_is_not_said_to_be_ones_own_doing(me):
    booking, own = book(person_of(me), a_session()), book(person_of(me), a_session())
    services.give_back(booking_id=booking.id, by="Marian Cole", now=clock.now())
    me.post(f"/bookings/{own.ref}/give-back")
    assert "<h1>Your place was given back</h1>" in me.get(f"/bookings/{booking.ref}").text
    assert "<h1>You have given your place back</h1>" in me.get(f"/bookings/{own.ref}").text
