"""Promises that hard use once broke: requests that stand again, kept places, one date at a time, sessions called off elsewhere, on both databases."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.accounts.models import Person
from app.accounts.rules import Role
from app.accounts.services import save_person, say_where_somebody_works
from app.booking import jobs, services
from app.booking.models import Booking, BookingPolicy, CapacityOverride, SessionQuota
from app.booking.queries import course_waiting, facts
from app.booking.rules import places
from app.booking.rules.places import QuotaKind
from app.booking.rules.turnout import Turnout
from app.booking.services import OnBehalf, holding
from app.catalogue.models import CourseSession
from app.catalogue.rules import Approval, SessionStatus
from app.catalogue.services import Planned, save_course
from app.core import clock, failures
from app.core.db import db, transaction
from app.core.errors import Refused
from app.mail.models import Letter
from app.mail.rules.fates import LetterStatus
from tests.booking.acting import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    a_full_session,
    a_session,
    acts,
    book,
    broken,
    by_coordinator,
    give_back,
    settle,
    status,
    statuses,
)
from tests.booking.test_services_races import at_once
from tests.builders import a_course, a_partnership, a_person, an_account, an_agency
from tests.client import Client

pytestmark = pytest.mark.usefixtures("app")


def queued(kind):
    """The letters of this kind that are to leave still."""
    db.session.rollback()
    return db.session.scalars(sa.select(Letter).where(Letter.kind == kind, Letter.status != LetterStatus.VOID).order_by(Letter.id)).all()


def test_a_request_that_was_given_back_and_stands_again_is_asked_again():
    person = a_person()
    with transaction() as session:
        session.get_one(Person, person.id).affiliation.manager_email = "chief@example.org"
    booking = book(a_session(course=a_course(approval=Approval.MANAGER)), person)
    give_back(booking)
    assert not queued("approval-asked")
    services.undo_giving_back(booking_id=booking.id, by=person.name, now=NOW + MINUTE)
    assert status(booking) == "awaiting_manager"
    assert [letter.address for letter in queued("approval-asked")] == ["chief@example.org"] and len(queued("request-made")) == 1


def test_somebody_whose_place_another_gave_back_is_told_who_and_not_thanked():
    booking, own = book(a_session()), book(a_session())
    services.give_back(booking_id=booking.id, by="Marian Cole", now=NOW)
    services.give_back(booking_id=own.id, by=own.person.acting, now=NOW)
    theirs, mine = queued("given-back")
    assert "Marian Cole gave it back for you" in " ".join(theirs.text.split()) and "Thank you" not in theirs.text and "You have given" not in theirs.subject + theirs.text
    assert "Thank you for telling us in good time" in " ".join(mine.text.split())


def test_who_waits_first_and_is_asked_no_more_is_passed_over_with_the_reason():
    with transaction() as session:
        session.execute(sa.delete(BookingPolicy))
    area = a_partnership()
    services.save_policy(partnership_id=area.id, starts_on=clock.london_date(NOW - 3 * DAY), now=NOW - 3 * DAY, facts={"no_offers_hours": 48})
    session, (there,), _ = a_full_session(starts_in=30 * HOUR)
    first, second = book(session, a_person(partnership=area), now=NOW - HOUR), book(session, now=NOW - HOUR)
    give_back(there)
    settle(session, NOW + 20 * MINUTE)
    assert (status(first), status(second), acts(first)[-1], broken()) == ("waiting", "offered", "pass_over", [])


def two_dates_that_come_free(app):
    """Two full dates of a course whose one place comes free in the same moment, and somebody for whom any date will do; their bookings."""
    course, person = a_course(), a_person()
    dates = [a_session(course=course, places=1, starts_in=days * DAY) for days in (20, 30)]
    for date in dates:
        give_back(book(date))
    services.wait_for_course(course_id=course.id, person_id=person.id, any_date=True, now=NOW)
    at_once(app, [lambda number=date.id: services.settle_session(session_id=number, now=NOW + 20 * MINUTE) for date in dates])
    db.session.rollback()
    return [facts.live_booking(date.id, person.id) for date in dates]


def test_of_two_dates_that_come_free_at_once_somebody_is_offered_one(app):
    for _ in range(6):
        assert sum(one is not None for one in two_dates_that_come_free(app)) == 1
    assert broken() == []


def test_the_switch_without_the_lock_of_the_course_they_are_offered_both(postgresql_app, monkeypatch):
    """The canary, where two writers can be inside at once: both look before either has committed."""
    from time import sleep  # noqa: PLC0415

    from tests.conftest import empty  # noqa: PLC0415

    monkeypatch.setattr(holding, "_one_date_at_a_time", lambda *_: None)
    offer = holding._offer_to_interested

    def slowly(*args):
        offered = offer(*args)
        sleep(0.2)
        return offered

    monkeypatch.setattr(holding, "_offer_to_interested", slowly)
    with postgresql_app.app_context():
        empty(postgresql_app, "postgresql")
        assert any(sum(one is not None for one in two_dates_that_come_free(postgresql_app)) == 2 for _ in range(5))


def kept_for_an_agency():
    """A session of two places, one of them kept for an agency, the other booked."""
    session = a_session(places=2)
    agency = an_agency(name="Alpha House")
    services.add_quota(session_id=session.id, kind=QuotaKind.KEPT, places=1, agency_id=agency.id, sector=None, releases_at=None, by="c", now=NOW)
    book(session)
    return session, agency


def over(session, person, **more):
    return services.book_over_capacity(**{"session_id": session.id, "person_id": person.id, "reason": "duty", "by": "Marian",
                                          "behalf": by_coordinator(), "now": NOW, **more})


def test_a_place_over_capacity_takes_no_place_that_is_kept_for_an_agency():
    session, agency = kept_for_an_agency()
    over(session, a_person())
    settle(session, NOW + HOUR)
    assert db.session.scalars(sa.select(CapacityOverride.places)).all() == [1]
    assert status(book(session, a_person(agency=agency))) == "booked" and broken() == []


def test_the_switch_without_kept_places_the_place_over_capacity_takes_one(monkeypatch):
    monkeypatch.setattr("app.booking.services.over_capacity.free_for_anybody", lambda standing, _now: standing.places_left)
    session, agency = kept_for_an_agency()
    over(session, a_person())
    assert status(book(session, a_person(agency=agency))) == "waiting"


def test_a_place_given_by_name_to_somebody_for_whom_it_was_kept_goes_to_no_colleague_from_elsewhere():
    session, agency = kept_for_an_agency()
    booking = over(session, a_person(agency=agency))
    assert db.session.scalars(sa.select(CapacityOverride.places)).all() == []
    with transaction() as writing:
        writing.add(CapacityOverride(course_session_id=session.id, booking_id=booking.id, places=0, reason="duty", by="Marian", at=NOW))
    with pytest.raises(Refused, match="kept for others"):
        services.substitute(booking_id=booking.id, person_id=a_person().id, by="x", now=NOW)
    services.substitute(booking_id=booking.id, person_id=a_person(agency=agency).id, by="x", now=NOW)
    assert broken() == []


def test_a_decision_to_book_over_capacity_that_is_sent_twice_is_one():
    session, *_ = a_full_session()
    person = a_person()
    first = over(session, person)
    assert over(session, person, now=NOW + MINUTE).id == first.id
    with pytest.raises(Refused, match="holds a place already"):
        over(session, person, reason="another")


def test_a_policy_from_today_is_refused_once_somebody_booked_today():
    today, area = clock.london_date(NOW), a_partnership()
    book(a_session(), a_person(partnership=area))
    for partnership in (area.id, None):
        with pytest.raises(Refused, match="have booked today already"):
            services.save_policy(partnership_id=partnership, starts_on=today, facts={"notice": 30}, now=NOW + HOUR)
    services.save_policy(partnership_id=area.id, starts_on=today + timedelta(days=1), facts={"notice": 30}, now=NOW + HOUR)
    services.save_policy(partnership_id=a_partnership().id, starts_on=today, facts={"notice": 30}, now=NOW + HOUR)


def test_what_was_given_back_cannot_be_taken_back_on_a_session_that_was_called_off_meanwhile():
    session = a_session()
    booking = book(session)
    give_back(booking)
    with transaction() as writing:
        writing.get_one(CourseSession, session.id).status = SessionStatus.CANCELLED
    with pytest.raises(Refused, match="cancelled meanwhile"):
        services.undo_giving_back(booking_id=booking.id, by="x", now=NOW + MINUTE)
    with pytest.raises(Refused):
        book(session, booking.person, now=NOW + MINUTE)
    assert status(booking) == "given_back"


def test_a_session_that_takes_place_after_all_has_places_for_all_who_had_one():
    session = a_session(places=3)
    there = [book(session), book(session)]
    services.cancel_sessions(cancelling=[services.Cancelling(session.id, None)], reason="ill", by="c", now=NOW)
    with transaction() as writing:
        writing.get_one(CourseSession, session.id).capacity = 1  # as an import may
    services.undo_cancelling(session_ids=[session.id], by="c", now=NOW + MINUTE)
    db.session.rollback()
    assert [status(one) for one in there] == ["booked", "booked"] and db.session.get_one(CourseSession, session.id).capacity == 2 and broken() == []


def a_new_colleague_twice(app):
    """Statuses and places of two sendings, at the same moment, of the form that sends a colleague who is new here."""
    account = an_account()
    booking = book(a_session(), account.person, now=clock.now())
    address = f"/bookings/{booking.ref}/substitute"
    browsers = [Client(app).signed_in_as(account) for _ in range(2)]
    for browser in browsers:
        browser.get(address)
    form = {"email": f"new{account.id}@example.org", "first_name": "New", "last_name": "Here", "agency": "0", "job_title": "Teacher"}
    return [answer.status_code for answer in at_once(app, [lambda one=one: one.post(address, form, checked=False) for one in browsers])]


def test_a_colleague_who_is_new_here_and_sent_twice_at_once_is_one_person(app):
    for _ in range(4):
        assert 500 not in a_new_colleague_twice(app)
    emails = db.session.scalars(sa.select(Person.email).where(Person.email.startswith("new"))).all()
    assert len(emails) == len(set(emails)) == 4


def test_a_row_that_somebody_else_wrote_in_the_same_moment_is_worth_another_try(postgresql_app):
    with postgresql_app.app_context():
        taken = a_person(email="same@example.org").email
        with pytest.raises(sa.exc.IntegrityError) as caught, transaction() as session:
            session.add(Person(email=taken, first_name="A", last_name="B"))
            session.flush()
        db.session.rollback()
    assert failures.worth_another_try(caught.value)
    assert "uq_person_email" in str(caught.value) and taken not in str(caught.value) + str(caught.value.orig), "the log gets no address"


def test_places_that_nobody_is_promised_leave_out_what_is_kept():
    standing = facts.standing(kept_for_an_agency()[0], NOW)
    assert (standing.places_left, places.free_for_anybody(standing, NOW)) == (1, 0)


def test_who_is_taken_off_the_list_by_another_is_told_by_whom_and_who_leaves_it_is_not_written_to():
    _session, _there, (taken_off, leaves) = a_full_session(waiting=2)
    services.give_back(booking_id=taken_off.id, by="Marian Cole", now=NOW)
    services.give_back(booking_id=leaves.id, by=leaves.person.acting, now=NOW)
    (letter,) = queued("off-list")
    assert letter.person_id == taken_off.person_id and "Marian Cole took you off the waiting list" in " ".join(letter.text.split())


def test_an_offer_says_who_has_to_agree():
    course = a_course(approval=Approval.COORDINATOR)
    session = a_session(course=course, places=1)
    there, _waits = book(session), book(session)
    services.approve(booking_id=there.id, by="c", now=NOW)
    give_back(there)
    settle(session, NOW + 20 * MINUTE)
    (letter,) = queued("offer")
    assert "Once you have said yes, the coordinator has to agree" in " ".join(letter.text.split())


def test_a_coordinator_agrees_to_their_own_request_only_when_nobody_else_can():
    account = an_account(Role.COORDINATOR)
    bookings = [book(a_session(course=a_course(approval=Approval.COORDINATOR)), account.person) for _ in range(2)]
    services.approve(booking_id=bookings[0].id, by="c", now=NOW, by_person_id=account.person_id)
    another = an_account(Role.COORDINATOR)
    with pytest.raises(Refused, match="Ask another coordinator"):
        services.approve(booking_id=bookings[1].id, by="c", now=NOW, by_person_id=account.person_id)
    services.approve(booking_id=bookings[1].id, by="d", now=NOW, by_person_id=another.person_id)
    assert [status(one) for one in bookings] == ["booked", "booked"]


def test_whoever_left_is_booked_by_nobody():
    account = an_account()
    with transaction():
        account.closed_at = NOW - HOUR
    session = a_session()
    booking = book(session)
    with pytest.raises(Refused, match="account here was ended"):
        services.send_colleague(booking_id=booking.id, colleague=services.Colleague(account.person.email), by="x", now=NOW)
    with pytest.raises(Refused, match="account here was ended"):
        services.book_place(session_id=session.id, person_id=account.person_id, by="Lee", behalf=by_coordinator(), now=NOW)


def test_a_session_whose_register_is_begun_keeps_its_times():
    session = a_session(starts_in=20 * MINUTE)
    booking = book(session, now=NOW - HOUR)
    with transaction():
        booking.turnout = Turnout.MISSED
    planned = Planned(parts=((session.starts_at + 9 * DAY, session.ends_at + 9 * DAY),), format=session.format, venue_or_link=session.venue_or_link,
                      trainer_id=None)
    with pytest.raises(Refused, match="marked on the register"):
        services.change_session(session_id=session.id, planned=planned, capacity=session.capacity, by="c", now=NOW)


def test_a_session_for_those_who_wait_promises_as_many_offers_as_it_makes():
    course = a_course(least_level=3)
    people = [a_person() for _ in range(3)]
    for person in people:
        services.wait_for_course(course_id=course.id, person_id=person.id, any_date=True, now=NOW)
    services.allow_exception(course_id=course.id, person_id=people[1].id, reason="agreed", by="c", now=NOW)
    waiting = course_waiting.waiting(course.id, NOW)
    starts_at = NOW + 30 * DAY
    assert course_waiting.could_be_offered(course, waiting, starts_at, NOW) == 1
    planned = Planned(parts=((starts_at, starts_at + HOUR),), format=course.format, venue_or_link="Hall", trainer_id=None)
    _session, offers = services.session_from_waiting(course_id=course.id, planned=planned, capacity=5, by="c", now=NOW)
    assert offers == 1


def test_who_books_a_session_that_is_not_sure_yet_reads_so_in_the_letter():
    sure, unsure = a_session(), a_session(tentative=True, decide_on=clock.london_date(NOW + 5 * DAY))
    booked = [book(session) for session in (sure, unsure)]
    first, second = (" ".join(letter.text.split()) for letter in queued("place-confirmed"))
    assert "not sure yet" not in first and f"that is decided by {NOW + 5 * DAY:%A} {(NOW + 5 * DAY).day}" in second and len(booked) == 2


def test_a_place_over_capacity_beside_one_that_is_kept_is_sound_and_whoever_left_gets_none():
    session, _agency = kept_for_an_agency()
    over(session, a_person())
    book(session)
    assert broken() == []
    account = an_account()
    with transaction():
        account.closed_at = NOW - HOUR
    with pytest.raises(Refused, match="account here was ended"):
        over(session, account.person)


def test_a_group_of_which_somebody_may_not_come_is_not_offered_places():
    session, there, _ = a_full_session(places=2)
    alpha = an_agency(name="Alpha House")
    members = [a_person(agency=alpha), a_person()]
    services.book_for_others(session_id=session.id, person_ids=[one.id for one in members], together=True, by="Lee", behalf=by_coordinator(), now=NOW)
    save_course(course_id=session.course_id, facts={"code": session.course.code}, priority_ids=[], agency_ids=[alpha.id], now=NOW)
    for one in there:
        give_back(one)
    settle(session, NOW + 20 * MINUTE)
    assert statuses(session) == ["given_back", "given_back", "waiting", "waiting"]


def test_who_waits_and_is_asked_no_more_is_passed_over_for_somebody_for_whom_any_date_will_do_with_the_reason():
    with transaction() as session:
        session.execute(sa.delete(BookingPolicy))
    area = a_partnership()
    services.save_policy(partnership_id=area.id, starts_on=clock.london_date(NOW - 3 * DAY), now=NOW - 3 * DAY, facts={"no_offers_hours": 48})
    session, (there,), _ = a_full_session(starts_in=30 * HOUR)
    waits, ida = book(session, a_person(partnership=area), now=NOW - HOUR), a_person()
    services.wait_for_course(course_id=session.course_id, person_id=ida.id, any_date=True, now=NOW)
    give_back(there)
    settle(session, NOW + 20 * MINUTE)
    assert (acts(waits)[-1], facts.live_booking(session.id, ida.id).status.value, broken()) == ("pass_over", "offered", [])


def test_who_left_between_a_cancellation_and_its_undo_has_no_place_again():
    session = a_session()
    stays, leaves = book(session), book(session)
    services.cancel_sessions(cancelling=[services.Cancelling(session.id, None)], reason="ill", by="c", now=NOW)
    services.has_left(person_id=leaves.person_id, by="Lee", now=NOW + MINUTE)
    services.undo_cancelling(session_ids=[session.id], by="c", now=NOW + 2 * MINUTE)
    assert (status(stays), status(leaves), broken()) == ("booked", "given_back", [])


def test_requests_and_people_follow_a_manager_to_a_new_address():
    boss, person = a_person(email="boss@example.org"), a_person()
    with transaction() as session:
        session.get_one(Person, person.id).affiliation.manager_email = "boss@example.org"
    booking = book(a_session(course=a_course(approval=Approval.MANAGER)), person)
    save_person(person_id=boss.id, email="Chief@example.org", first_name="B", last_name="Oss", now=NOW)
    db.session.rollback()
    assert (db.session.get(Person, person.id).affiliation.manager_email, booking.manager_email) == ("chief@example.org", "chief@example.org")


def test_a_reminder_that_was_withdrawn_is_written_again_when_the_place_is_the_persons_again():
    session = a_session(starts_in=10 * DAY)
    booking = book(session, now=NOW - 5 * DAY)
    soon = session.starts_at - 7 * DAY + HOUR
    jobs.remind(soon)
    assert len(queued("reminder")) == 1
    give_back(booking, now=soon + MINUTE)
    assert queued("reminder") == []
    services.undo_giving_back(booking_id=booking.id, by=booking.person.name, now=soon + 2 * MINUTE)
    jobs.remind(soon + 3 * MINUTE)
    jobs.remind(soon + 4 * MINUTE)
    assert len(queued("reminder")) == 1 and broken(soon + 5 * MINUTE) == []


def test_letters_with_the_old_place_that_have_not_left_are_written_anew_with_the_new_one():
    session = a_session(starts_in=10 * DAY)
    book(session, now=NOW - 5 * DAY)
    soon = session.starts_at - 5 * DAY + HOUR
    jobs.remind(soon)
    assert "Town Hall" in queued("joining-instructions")[0].text
    planned = Planned(parts=((session.starts_at, session.ends_at),), format=session.format, venue_or_link="County Hall", trainer_id=None)
    services.change_session(session_id=session.id, planned=planned, capacity=session.capacity, by="c", now=soon + MINUTE)
    jobs.remind(soon + 2 * MINUTE)
    for kind in ("reminder", "joining-instructions", "place-changed"):
        (letter,) = queued(kind)
        assert "County Hall" in letter.text and "Town Hall" not in letter.text


def test_a_question_whether_people_still_come_that_a_new_time_overtook_takes_no_place_away():
    session = a_session(starts_in=10 * DAY, confirm_days=4)
    booking = book(session, now=NOW - DAY)
    asked_at = session.starts_at - 4 * DAY + HOUR
    jobs.ask_still_coming(asked_at)
    with transaction() as writing:
        writing.execute(sa.update(Letter).values(status=LetterStatus.SENT, sent_at=asked_at, next_try_at=None))
    db.session.rollback()
    ends_at = booking.due_at
    assert ends_at is not None
    planned = Planned(parts=((session.starts_at + 21 * DAY, session.ends_at + 21 * DAY),), format=session.format,
                      venue_or_link=session.venue_or_link, trainer_id=None)
    services.change_session(session_id=session.id, planned=planned, capacity=session.capacity, by="c", now=asked_at + HOUR)
    settle(session, ends_at + HOUR)
    assert status(booking) == "booked" and broken(ends_at + HOUR) == []


def test_places_that_are_kept_go_back_as_long_before_the_start_when_the_session_comes_earlier():
    session = a_session(places=2, starts_in=20 * DAY)
    agency = an_agency(name="Alpha House")
    services.add_quota(session_id=session.id, kind=QuotaKind.KEPT, places=1, agency_id=agency.id, sector=None,
                       releases_at=session.starts_at - 2 * DAY, by="c", now=NOW)
    planned = Planned(parts=((session.starts_at - 10 * DAY, session.ends_at - 10 * DAY),), format=session.format,
                      venue_or_link=session.venue_or_link, trainer_id=None)
    services.change_session(session_id=session.id, planned=planned, capacity=2, by="c", now=NOW)
    db.session.rollback()
    assert db.session.scalars(sa.select(SessionQuota.releases_at)).one() == session.starts_at - 2 * DAY and broken() == []


def test_a_manager_is_asked_again_when_the_cancellation_of_the_session_is_undone_for_somebody_with_two_dates():
    course, person = a_course(approval=Approval.MANAGER), a_person()
    with transaction() as session:
        session.get_one(Person, person.id).affiliation.manager_email = "chief@example.org"
    here, there = a_session(course=course, starts_in=20 * DAY), a_session(course=course, starts_in=40 * DAY)
    first = book(here, person)
    services.cancel_sessions(cancelling=[services.Cancelling(here.id, there.id)], reason="ill", by="c", now=NOW)
    services.accept_offer(booking_id=facts.live_booking(there.id, person.id).id, by=person.name, now=NOW + MINUTE)
    services.undo_cancelling(session_ids=[here.id], by="c", now=NOW + 2 * MINUTE)
    asked = [letter for letter in queued("approval-asked") if letter.about.startswith(f"booking:{first.id}:")]
    assert status(first) == "awaiting_manager" and len(asked) == 1


@pytest.mark.parametrize(("named", "stands"), [("new@example.org", "awaiting_manager"), ("", "awaiting_coordinator")])
def test_a_request_goes_to_the_manager_who_is_named_next_and_without_one_to_the_coordinator(named, stands):
    person = a_person()
    with transaction() as session:
        session.get_one(Person, person.id).affiliation.manager_email = "old@example.org"
    booking = book(a_session(course=a_course(approval=Approval.MANAGER)), person)
    at = person.affiliation
    say_where_somebody_works(person_id=person.id, agency_id=at.agency_id, job_title=at.job_title, manager_email=named, now=NOW + MINUTE)
    assert status(booking) == stands
    assert [letter.address for letter in queued("approval-asked")] == ([named] if named else [])


def test_what_waits_for_somebody_goes_to_their_new_address_and_what_opens_an_account_to_none():
    person = a_person(email="wrong@example.org")
    book(a_session(), person)
    save_person(person_id=person.id, email="right@example.org", first_name="A", last_name="B", now=NOW)
    assert queued("place-confirmed")[0].address == "right@example.org"


@pytest.mark.parametrize("way", ["book-in", "over-capacity"])
def test_a_coordinator_books_no_place_for_themselves_from_the_desk_but_asks_like_anybody(as_role, way):
    desk = as_role(Role.COORDINATOR)
    session = a_session(course=a_course(approval=Approval.COORDINATOR))
    address, mine = f"/desk/sessions/{session.ref}/{way}", {"email": desk.email, "reason": "I need it"}
    page = desk.post(address, {**mine, "person": str(desk.person_id)}).text
    assert "This is your own address." in page and f"/sessions/{session.ref}/book" in page and statuses(session) == []
    with pytest.raises(Refused, match="Nobody decides for themselves"):
        services.book_over_capacity(session_id=session.id, person_id=desk.person_id, reason="x", by="c", now=NOW,
                                    behalf=OnBehalf(desk.person_id, coordinator=True))


def test_leaving_the_list_gives_no_place_back_that_was_booked_meanwhile(client):
    account = an_account()
    session, (there,), (waits,) = a_full_session(waiting=1)
    db.session.rollback()
    with transaction() as writing:
        writing.get_one(Booking, waits.id).person_id = account.person_id
    client.signed_in_as(account)
    assert 'name="on_list"' in client.get(f"/bookings/{waits.ref}/give-back").text
    services.say_whenever(booking_id=waits.id, whenever=True, by=waits.person.name, now=clock.now())
    give_back(there, now=clock.now())
    settle(session, clock.now() + HOUR)
    assert status(waits) == "booked"
    assert "A place was booked meanwhile" in client.post(f"/bookings/{waits.ref}/give-back", {"on_list": "1"}).text
    assert status(waits) == "booked"
    client.post(f"/bookings/{waits.ref}/give-back")
    assert status(waits) == "given_back"
