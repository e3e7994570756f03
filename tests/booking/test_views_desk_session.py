"""The coordinator's page of one session, and every act on its places, page by page."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.accounts.rules import Role
from app.booking import services
from app.booking.models import Booking, BookingEvent, BookingNeed, CapacityOverride, EligibilityException, SessionQuota
from app.booking.queries import facts
from app.booking.rules.places import QuotaKind
from app.booking.rules.policy import Notice
from app.booking.rules.states import Act, BookingStatus
from app.booking.services import OnBehalf
from app.catalogue.models import CourseSession
from app.catalogue.rules import Approval, SessionStatus
from app.core import clock
from app.core.db import db, transaction
from tests.builders import a_booking, a_course, a_person, a_session, a_trainer, an_agency

S = BookingStatus


@pytest.fixture
def desk(as_role):
    return as_role(Role.COORDINATOR)


def fresh(model, number):
    db.session.rollback()
    db.session.expire_all()
    return db.session.get(model, number)


def page_of(desk, session):
    return desk.get(f"/desk/sessions/{session.ref}").text


def words(text):
    """The page's text with its tags taken out, on one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", text)).replace("&rsquo;", "’").replace("&ldquo;", "“").replace("&rdquo;", "”").replace("&#34;", '"')


def history(booking):
    db.session.rollback()
    return [event.act for event in db.session.scalars(sa.select(BookingEvent).where(BookingEvent.booking_id == booking.id).order_by(BookingEvent.id))]


def test_the_sentence_counts_every_place_by_who_holds_it(desk):
    session = a_session(places=9)
    for _ in range(2):
        a_booking(session)
    a_booking(session, status=S.OFFERED, due_at=clock.now() + timedelta(hours=5))
    a_booking(session, status=S.AWAITING_COORDINATOR, due_at=clock.now() + timedelta(days=2))
    a_booking(session, status=S.GIVEN_BACK, due_at=clock.now() + timedelta(minutes=9))
    services.hold_places(session_id=session.id, agency_id=an_agency().id, by_id=a_person().id, places=3,
                         releases_at=clock.now() + timedelta(days=2), now=clock.now())
    a_booking(session, status=S.WAITING)
    text = words(page_of(desk, session))
    assert "2 booked, 1 offered, 1 asked for, 3 held without a name and 1 just given back of 9 places. 1 waiting." in text


def test_a_place_over_capacity_is_said_with_name_and_reason(desk):
    session = a_session(places=1)
    a_booking(session)
    person = a_person(first_name="Nia", email="nia@example.org")
    address = f"/desk/sessions/{session.ref}/over-capacity"
    form = {"email": "nia@example.org", "reason": "interpreter for Keith Barlow"}
    first = desk.post(address, form)
    assert "Nia" in words(first.text) and "2 held of 1 place" in words(first.text)
    assert db.session.scalar(sa.select(sa.func.count(CapacityOverride.id))) == 0, "looking is not booking"
    page = desk.follow(desk.post(address, {**form, "person": str(person.id)}))
    assert "2 booked of 1 place" in words(page.text)
    assert "1 place over capacity by" in words(page.text) and "“interpreter for Keith Barlow”" in words(page.text)


def test_a_person_that_the_page_did_not_show_is_not_booked(desk):
    session = a_session(places=5)
    shown, other = a_person(email="shown@example.org"), a_person(email="other@example.org")
    page = desk.post(f"/desk/sessions/{session.ref}/book-in", {"email": other.email, "person": str(shown.id)})
    assert other.name in page.text
    assert db.session.scalar(sa.select(sa.func.count(Booking.id))) == 0


def test_somebody_is_booked_by_their_address_after_the_page_has_said_what_happens(desk):
    session = a_session(places=1)
    person = a_person(first_name="Nia", email="nia@example.org")
    address = f"/desk/sessions/{session.ref}/book-in"
    assert "Nobody with this address is known here" in desk.post(address, {"email": "who@example.org"}).text
    assert "They get a place at once" in desk.post(address, {"email": person.email}).text
    page = desk.follow(desk.post(address, {"email": person.email, "person": str(person.id)}))
    assert "has a place" in page.text
    booking = db.session.scalars(sa.select(Booking)).one()
    assert (booking.status, booking.agreed_at, booking.booked_by_id) == (S.BOOKED, None, desk.person_id)
    assert "not agreed yet" in page.text
    again = desk.post(address, {"email": person.email})
    assert "on this session already" in again.text and f"Book {person.name} in<" not in again.text
    late = a_person(email="late@example.org")
    assert "They join the waiting list as number 1." in words(desk.post(address, {"email": late.email}).text)
    assert "is on the waiting list" in desk.follow(desk.post(address, {"email": late.email, "person": str(late.id)})).text


@pytest.mark.parametrize("page", ["book-in", "take-back"])
def test_who_gave_a_place_back_a_moment_ago_has_it_again_by_the_desk_which_says_so_and_that_they_can_decline(desk, page):
    session, person = a_session(places=1), a_person(first_name="Nia", last_name="Rees", email="nia@example.org")
    booking = services.book_place(session_id=session.id, person_id=person.id, by="Nia", now=clock.now())
    services.give_back(booking_id=booking.id, by="Nia", now=clock.now())
    address = f"/desk/sessions/{session.ref}/book-in" if page == "book-in" else f"/desk/bookings/{booking.ref}/take-back"
    shown = desk.post(address, {"email": person.email}) if page == "book-in" else desk.get(address)
    assert "held for" in words(shown.text) and "They are told, and can decline" in words(shown.text) and "waiting list" not in words(shown.text)
    done = desk.follow(desk.post(address, {"email": person.email, "person": str(person.id)}))
    assert "Nia Rees has " in words(done.text)
    db.session.rollback()
    kept = db.session.scalars(sa.select(Booking)).one()
    assert (kept.status, kept.booked_by_id, kept.agreed_at) == (S.BOOKED, desk.person_id, None)


def test_a_request_that_was_taken_back_a_moment_ago_stands_again_by_the_desk_and_still_has_to_be_agreed(desk):
    session, person = a_session(course=a_course(approval=Approval.COORDINATOR)), a_person(email="nia@example.org")
    booking = services.book_place(session_id=session.id, person_id=person.id, by="Nia", now=clock.now())
    services.give_back(booking_id=booking.id, by="Nia", now=clock.now())
    assert "still has to be agreed" in words(desk.get(f"/desk/bookings/{booking.ref}/take-back").text)
    address = f"/desk/sessions/{session.ref}/book-in"
    assert "It still has to be agreed, as before." in words(desk.post(address, {"email": person.email}).text)
    assert "has to agree first" in words(desk.follow(desk.post(address, {"email": person.email, "person": str(person.id)})).text)


def test_somebody_for_whom_the_course_is_not_gets_an_exception_with_a_reason(desk):
    course = a_course(least_level=3)
    session = a_session(course=course)
    person = a_person(email="nia@example.org")
    assert "This course is for level 3" in desk.post(f"/desk/sessions/{session.ref}/book-in", {"email": person.email}).text
    address = f"/desk/courses/{course.code}/exceptions"
    form = {"email": person.email, "reason": "covers for a colleague", "person": str(person.id)}
    assert "Write why they may come" in desk.post(address, {**form, "reason": ""}).text
    page = desk.follow(desk.post(address, form))
    assert "covers for a colleague" in page.text
    assert db.session.scalars(sa.select(EligibilityException)).one().person_id == person.id
    assert "They get a place at once" in desk.post(f"/desk/sessions/{session.ref}/book-in", {"email": person.email}).text


def test_somebody_is_booked_in_on_a_place_kept_for_the_coordinator_when_no_other_is_free_and_the_page_says_so(desk):
    session, person = a_session(places=3), a_person(email="nia@example.org")
    a_booking(session)
    services.add_quota(session_id=session.id, kind=QuotaKind.KEPT, places=2, agency_id=None, sector=None, releases_at=None, by="c", now=clock.now())
    address = f"/desk/sessions/{session.ref}/book-in"
    page = desk.post(address, {"email": person.email}).text
    assert "They get one of 2 places kept for you" in page.replace("they get", "They get") and "Then 1 is kept for you" in page
    assert "has a place" in desk.follow(desk.post(address, {"email": person.email, "person": str(person.id)})).text
    assert "got a place that was kept for the coordinator. 1 place is still kept" in desk.get(f"/desk/sessions/{session.ref}/history").text
    for number in range(2):
        other = a_person(email=f"other{number}@example.org")
        desk.post(address, {"email": other.email, "person": str(other.id)})
    assert sorted(one.value for one in db.session.scalars(sa.select(Booking.status))) == ["booked"] * 3 + ["waiting"]


def test_a_request_is_agreed_to_or_refused_from_its_page(desk):
    session = a_session(places=5, course=a_course(approval=Approval.COORDINATOR))
    yes, no = (services.book_place(session_id=session.id, person_id=a_person().id, by="x", now=clock.now()) for _ in range(2))
    text = page_of(desk, session)
    assert "Requests (2)" in text
    assert "Unless somebody answers" in desk.get(f"/desk/bookings/{yes.ref}/agree").text
    assert "has the place" in desk.follow(desk.post(f"/desk/bookings/{yes.ref}/agree")).text
    desk.post(f"/desk/bookings/{no.ref}/refuse", {"reason": "Only for new staff"})
    assert fresh(Booking, yes.id).status is S.BOOKED
    assert (fresh(Booking, no.id).status, fresh(Booking, no.id).reason) == (S.REFUSED, "Only for new staff")
    assert "has been decided already" in desk.post(f"/desk/bookings/{no.ref}/agree").text


def test_an_offer_out_of_turn_needs_a_reason_and_those_before_can_read_it(desk):
    session = a_session(places=2)
    keeps = an_agency()
    a_booking(session)
    services.add_quota(session_id=session.id, kind=QuotaKind.KEPT, places=1, agency_id=keeps.id, sector=None, releases_at=None, by="c", now=clock.now())
    first = services.book_place(session_id=session.id, person_id=a_person().id, by="x", now=clock.now())
    second = services.book_place(session_id=session.id, person_id=a_person(agency=an_agency()).id, by="x", now=clock.now())
    assert first.status is second.status is S.WAITING
    address = f"/desk/bookings/{second.ref}/offer"
    assert "1 person stands before" in words(desk.get(address).text)
    assert "Write why they come before the others" in desk.post(address, {"reason": ""}).text
    assert "No place is free for them" in desk.post(address, {"reason": "Starts on Monday"}).text
    quota = db.session.scalars(sa.select(SessionQuota)).one()
    desk.post(f"/desk/quotas/{quota.id}/release")
    assert fresh(Booking, first.id).status is S.OFFERED, "a released place goes to the first on the list"


def test_the_page_says_why_nobody_was_offered_a_free_place(desk):
    session = a_session(places=2)
    a_booking(session)
    keeps = an_agency(name="Harbour Trust")
    services.add_quota(session_id=session.id, kind=QuotaKind.KEPT, places=1, agency_id=keeps.id, sector=None, releases_at=None, by="c", now=clock.now())
    waiting = services.book_place(session_id=session.id, person_id=a_person(first_name="Hari").id, by="x", now=clock.now())
    assert waiting.status is S.WAITING
    text = words(page_of(desk, session))
    assert "Why was nobody offered this place? 1 place is free, and nobody on the list can have it. Hari" in text
    assert "the free places are kept for other agencies" in text
    assert "Harbour Trust" in text


def test_a_full_session_says_that_no_place_is_free(desk):
    session = a_session(places=1)
    a_booking(session)
    a_booking(session, status=S.WAITING)
    assert "No place is free: 1 of 1 are held." in words(page_of(desk, session))


def the_list(desk, session):
    text = page_of(desk, session)
    return text[text.index('id="waiting"'):]


def test_the_list_keeps_its_order_and_somebody_put_first_stands_first(desk):
    session = a_session(places=1)
    a_booking(session)
    early, late = (a_booking(session, a_person(first_name=name), status=S.WAITING, booked_at=clock.now() + timedelta(seconds=at))
                   for name, at in (("Early", -60), ("Late", -30)))
    text = the_list(desk, session)
    assert text.index("Early") < text.index("Late")
    joined = late.booked_at
    desk.post(f"/desk/bookings/{late.ref}/order", {"reason": "Her manager was told she would be"})
    text = the_list(desk, session)
    assert text.index(">Late") < text.index(">Early") and fresh(Booking, late.id).booked_at == joined
    assert history(late)[-1] is Act.REORDER
    desk.post(f"/desk/bookings/{late.ref}/order", {"reason": "It was a mistake"})
    text = the_list(desk, session)
    assert text.index(">Early") < text.index(">Late") and early.id


def test_a_place_is_given_back_for_somebody_by_the_coordinators_name_and_can_be_undone(desk):
    session = a_session(places=1)
    booking = a_booking(session)
    page = desk.get(f"/desk/bookings/{booking.ref}/give-back").text
    assert "It is in time until 11:59pm" in page and "The place is held until" in page
    assert "is given back, in time" in desk.follow(desk.post(f"/desk/bookings/{booking.ref}/give-back", {"reason": ""})).text
    assert fresh(Booking, booking.id).notice is Notice.IN_TIME
    assert "Undo giving back" in desk.get(f"/desk/bookings/{booking.ref}").text
    desk.post(f"/desk/bookings/{booking.ref}/take-back")
    assert fresh(Booking, booking.id).status is S.BOOKED


def test_somebody_is_taken_off_the_list_and_put_back_where_they_stood(desk):
    session = a_session(places=1)
    a_booking(session)
    first, second = (a_booking(session, status=S.WAITING) for _ in range(2))
    assert "For 15 minutes they can be put back where they stood" in desk.get(f"/desk/bookings/{first.ref}/give-back").text
    assert "is off the list" in desk.follow(desk.post(f"/desk/bookings/{first.ref}/give-back", {"reason": ""})).text
    assert "Put back on the list" in desk.get(f"/desk/bookings/{first.ref}").text
    assert "can be put back where they stood. They are told" in desk.get(f"/desk/bookings/{first.ref}/take-back").text
    assert "is on the list again, where they stood" in desk.follow(desk.post(f"/desk/bookings/{first.ref}/take-back")).text
    assert (fresh(Booking, first.id).status, [one.id for one in facts.in_line(session.id)]) == (S.WAITING, [first.id, second.id])
    assert "Took the place on the waiting list back" in desk.get(f"/desk/bookings/{first.ref}").text


def test_a_late_return_for_somebody_says_so_and_a_reason_excuses_it(desk):
    session = a_session(places=3, starts_in=timedelta(hours=30))
    booking, other = a_booking(session), a_booking(session)
    assert "This is late" in desk.get(f"/desk/bookings/{booking.ref}/give-back").text
    desk.post(f"/desk/bookings/{booking.ref}/give-back", {"reason": "ill"})
    desk.post(f"/desk/bookings/{other.ref}/give-back", {"reason": ""})
    assert (fresh(Booking, booking.id).notice, fresh(Booking, other.id).notice) == (Notice.EXCUSED, Notice.LATE)


def test_putting_somebody_first_pressed_twice_as_no_answer_came_leaves_them_first(desk):
    session = a_session(places=1)
    a_booking(session)
    _first, second = (a_booking(session, status=S.WAITING) for _ in range(2))
    address = f"/desk/bookings/{second.ref}/order"
    assert 'value="up"' in desk.get(address).text
    for _ in range(2):
        assert "stands first" in desk.follow(desk.post(address, {"way": "up", "reason": "court"})).text
    assert (facts.in_line(session.id)[0].id, history(second)) == (second.id, [Act.JOIN, Act.REORDER])
    assert 'value="down"' in desk.get(address).text


def test_an_offer_is_withdrawn_and_goes_to_the_next(desk):
    session = a_session(places=1)
    offered = a_booking(session, status=S.OFFERED, due_at=clock.now() + timedelta(hours=9))
    waiting = a_booking(session, status=S.WAITING)
    assert "is offered to the next on the list" in desk.get(f"/desk/bookings/{offered.ref}/give-back").text
    desk.post(f"/desk/bookings/{offered.ref}/give-back", {"reason": ""})
    assert (fresh(Booking, offered.id).status, fresh(Booking, waiting.id).status) == (S.LEFT_LIST, S.OFFERED)


def test_the_page_of_the_number_of_places_says_below_what_a_group_that_waits_together_never_could_come(desk):
    session, booker = a_session(places=4), a_person(first_name="Lee", last_name="Lead")
    for _ in range(2):
        a_booking(session)
    services.book_for_others(session_id=session.id, person_ids=[a_person().id for _ in range(3)], together=True, by="Lee Lead",
                             behalf=OnBehalf(booker.id, coordinator=True), now=clock.now())
    address = f"/desk/sessions/{session.ref}/places"
    assert "Lee Lead’s group of 3 waits to come together. With fewer than 3 places it never could, and Lee Lead is told." in words(desk.get(address).text)
    desk.post(address, {"capacity": "2"})
    assert "there is room for 2 of them. Lee Lead can let them come one by one." in words(desk.get(address).text)
    assert "wants to come together and never can: there is room for 2 of them" in words(page_of(desk, session))
    assert "Lee Lead’s group of 3" in words(desk.get(f"/desk/sessions/{session.ref}/quotas").text)


def test_fewer_places_than_are_promised_are_refused_with_the_choice(desk):
    session = a_session(places=4)
    for _ in range(3):
        a_booking(session)
    address = f"/desk/sessions/{session.ref}/places"
    page = desk.post(address, {"capacity": "2"}).text
    assert "3 places are promised" in page and "Choose: keep 3 or more" in page and 'value="2"' in page
    assert "3 places now" in desk.follow(desk.post(address, {"capacity": "3"})).text
    assert fresh(CourseSession, session.id).capacity == 3


def test_more_places_are_offered_to_those_who_wait(desk):
    session = a_session(places=1)
    a_booking(session)
    waiting = a_booking(session, status=S.WAITING)
    assert "offered at once to those who wait" in desk.get(f"/desk/sessions/{session.ref}/places").text
    desk.post(f"/desk/sessions/{session.ref}/places", {"capacity": "2"})
    assert fresh(Booking, waiting.id).status is S.OFFERED


def test_extra_places_stand_with_their_risk_and_are_taken_back_unless_promised(desk):
    session = a_session(places=1)
    a_booking(session)
    address = f"/desk/sessions/{session.ref}/extra-places"
    assert "Write why the risk is right" in desk.post(address, {"places": "1", "risk": "4", "reason": ""}).text
    assert "Enter the risk: a number from 0 to 100" in desk.post(address, {"places": "1", "risk": "", "reason": "4 of 25 never come"}).text
    page = desk.follow(desk.post(address, {"places": "1", "risk": "4", "reason": "4 of 25 never come"}))
    assert "1 extra place by" in words(page.text) and "at a risk of 4 in 100" in words(page.text)
    number = db.session.scalars(sa.select(CapacityOverride.id)).one()
    booking = services.book_place(session_id=session.id, person_id=a_person().id, by="x", now=clock.now())
    assert "promised already" in desk.post(f"/desk/extra-places/{number}/take-back").text
    services.give_back(booking_id=booking.id, by="x", now=clock.now())
    services.settle_session(session_id=session.id, now=clock.now() + timedelta(minutes=16))
    desk.post(f"/desk/extra-places/{number}/take-back")
    db.session.expunge_all()
    assert db.session.scalar(sa.select(sa.func.count(CapacityOverride.id))) == 0


def test_quotas_say_what_is_used_and_a_held_place_is_released(desk):
    agency = an_agency(name="Harbour Trust", sector="health")
    session = a_session(places=6)
    a_booking(session, a_person(agency=agency))
    address = f"/desk/sessions/{session.ref}/quotas"
    day = clock.london_date(clock.now() + timedelta(days=3))
    desk.post(address, {"kind": "most", "group": f"agency:{agency.id}", "places": "2", "releases_on": f"{day:%Y-%m-%d}"})
    desk.post(address, {"kind": "kept", "group": "sector:health", "places": "2", "releases_on": ""})
    page = words(desk.get(address).text)
    assert "1 of 2" in page and "Harbour Trust" in page and "health" in page
    assert "Choose the agency or the sector" in desk.post(address, {"kind": "most", "group": "", "places": "2"}).text
    assert "places are free to be kept" in desk.post(address, {"kind": "kept", "group": "", "places": "50"}).text
    held = services.hold_places(session_id=session.id, agency_id=agency.id, by_id=a_person().id, places=1, releases_at=clock.now() + timedelta(days=2), now=clock.now())
    assert "without a name" in desk.get(f"/desk/held/{held.ref}/release").text
    desk.post(f"/desk/held/{held.ref}/release")
    db.session.refresh(held)
    assert held.places == 0


def test_the_rules_of_booking_are_kept_and_shown(desk):
    session = a_session(starts_in=timedelta(days=30))
    address = f"/desk/sessions/{session.ref}/rules"
    opens, closes, decide = (clock.london_date(clock.now() + timedelta(days=days)) for days in (2, 20, 18))
    form = {"opens_on": f"{opens}", "opens_time": "09:00", "closes_on": f"{closes}", "closes_time": "", "minimum": "8", "decide_on": f"{decide}",
            "tentative": "y", "confirm_days": "7"}
    page = desk.follow(desk.post(address, form))
    text = words(page.text)
    assert "Booking opens at 9am on" in text and "Smallest number: 8" in text and "It is not sure yet" in text and "asked 7 days before" in text
    kept = fresh(CourseSession, session.id)
    assert clock.london(kept.opens_at).hour == 9 and (kept.minimum, kept.decide_on, kept.tentative, kept.confirm_days) == (8, decide, True, 7)
    assert "would close before it opens" in desk.post(address, {**form, "closes_on": f"{opens}", "closes_time": "08:00"}).text
    shown = desk.get(address).text
    assert 'value="09:00"' in shown and 'value="8"' in shown
    desk.post(address, dict.fromkeys(form, "") | {"tentative": ""})
    assert fresh(CourseSession, session.id).opens_at is None


def a_change(session, **changed):
    starts, ends = clock.london(session.starts_at), clock.london(session.ends_at)
    return {"day_1": f"{starts:%Y-%m-%d}", "starts_1": f"{starts:%H:%M}", "ends_1": f"{ends:%H:%M}", "format": session.format.value,
            "venue_or_link": session.venue_or_link or "", "trainer": "0", "capacity": str(session.capacity), **changed}


def at_ten(days):
    now = clock.london(clock.now())
    return (now.replace(hour=10, minute=0, second=0, microsecond=0) + timedelta(days=days)) - now


def test_a_new_time_is_said_before_to_how_many_and_then_asks_them(desk):
    session = a_session(places=5, starts_in=at_ten(10))
    booking = a_booking(session)
    a_booking(session, status=S.WAITING)
    address = f"/desk/sessions/{session.ref}/change"
    page = desk.post(address, a_change(session, starts_1="9:00"))
    text = words(page.text)
    assert "1 person has a place. Each is told the new time and asked whether they can still come" in text and "Change the time for 2 people" in text
    assert fresh(CourseSession, session.id).times_version == 0, "looking changes nothing"
    assert "Back to the form" in text and 'value="9:00"' in desk.post(address, a_change(session, starts_1="9:00", back="1")).text
    page = desk.follow(desk.post(address, a_change(session, starts_1="9:00", confirmed="1")))
    assert "has not said yes to the new time" in words(page.text).lower()
    assert fresh(CourseSession, session.id).times_version == 1 and history(booking)[-1] is Act.CHANGE_TIMES


def test_another_time_and_place_are_said_before_in_one(desk):
    session = a_session(places=5, starts_in=at_ten(10))
    a_booking(session)
    text = words(desk.post(f"/desk/sessions/{session.ref}/change", a_change(session, starts_1="9:00", venue_or_link="County Hall")).text)
    assert "Each is told the new time and place and asked whether they can still come" in text and "Change the time and place for 1 person" in text
    assert re.search(r"Where until now\s*Town Hall, Room 3\s*From now on\s*County Hall", text)


def test_that_the_trainer_is_told_is_said_before(desk):
    trainer = a_trainer()
    session = a_session(places=5, starts_in=at_ten(10), trainer=trainer)
    address, given = f"/desk/sessions/{session.ref}/change", str(trainer.person_id)
    text = words(desk.post(address, a_change(session, starts_1="9:00", trainer=given)).text)
    assert "Whoever gives the session is told the new time." in text and "Change the time for 1 person" in text
    text = words(desk.post(address, a_change(session, venue_or_link="County Hall", trainer=given)).text)
    assert "Whoever gives the session is told the new place." in text and "Save and tell 1 person" in text and "0 people" not in text
    text = words(desk.post(address, a_change(session, venue_or_link="County Hall")).text)
    assert "is told that it is theirs no longer." in text and "Save and tell 1 person" in text, "nobody gives it any more"


def test_a_new_link_alone_keeps_every_place_and_asks_nobody(desk):
    session = a_session(places=5, starts_in=at_ten(10), venue_or_link="https://meet.example/old")
    booking = a_booking(session)
    address = f"/desk/sessions/{session.ref}/change"
    text = words(desk.post(address, a_change(session, venue_or_link="https://meet.example/new")).text)
    assert "1 person has a place and keeps it; nothing has to be confirmed" in text and "Save and tell 1 person" in text
    desk.post(address, a_change(session, venue_or_link="https://meet.example/new", confirmed="1"))
    kept = fresh(CourseSession, session.id)
    assert (kept.venue_or_link, kept.times_version, history(booking)) == ("https://meet.example/new", 0, [Act.BOOK])


def test_needs_group_and_booker_stand_beside_the_name(desk):
    session = a_session(places=9)
    people = [a_person().id for _ in range(2)]
    booked = services.book_for_others(session_id=session.id, person_ids=people, together=True, by="Lee", behalf=OnBehalf(a_person(first_name="Lee").id), now=clock.now())
    with transaction() as writing:
        writing.add(BookingNeed(booking_id=booked[0].id, dietary="vegetarian", access="hearing loop", delete_at=clock.now() + timedelta(days=40)))
    text = words(page_of(desk, session))
    assert "Needs: vegetarian; hearing loop" in text and "not agreed yet" in text and "Comes with a group of 2" in text
    assert "vegetarian" in desk.get(f"/desk/bookings/{booked[0].ref}").text


def test_the_history_names_who_did_what_and_by_which_rule(desk):
    session = a_session(places=5, course=a_course(approval=Approval.COORDINATOR))
    booking = services.book_place(session_id=session.id, person_id=a_person(first_name="Nia").id, by="Nia Example", now=clock.now())
    desk.post(f"/desk/bookings/{booking.ref}/agree")
    text = words(desk.get(f"/desk/sessions/{session.ref}/history").text)
    assert "The coordinator agreed" in text and "Asked for a place, by Nia Example (the course asks the coordinator)" in text


def some_of_everything(session, desk_person):
    a_booking(session)
    a_booking(session, status=S.WAITING)
    a_booking(session, status=S.OFFERED, due_at=clock.now() + timedelta(hours=9))
    a_booking(session, status=S.AWAITING_COORDINATOR, due_at=clock.now() + timedelta(days=2))
    a_booking(session, status=S.GIVEN_BACK, ended_at=clock.now())
    a_booking(session, booked_by_id=desk_person)


@pytest.mark.parametrize("course", [{}, {"least_level": 3, "for_sectors": ["council"], "for_jobs": ["x"]}])
def test_the_page_takes_as_many_statements_for_many_people_as_for_few(desk, counting, course):
    session = a_session(places=500, course=a_course(**course))
    services.add_quota(session_id=session.id, kind=QuotaKind.MOST, places=400, agency_id=an_agency().id, sector=None, releases_at=None, by="c", now=clock.now())
    for _ in range(3):
        some_of_everything(session, desk.person_id)
    desk.get(f"/desk/sessions/{session.ref}")  # what past sessions teach is read once and kept
    addresses = ["", "/history", "/quotas", "/places", "/extra-places", "/rules", "/book-in", "/over-capacity", "/cancel", "/change"]
    few = {at: counting(lambda at=at: desk.get(f"/desk/sessions/{session.ref}{at}")) for at in addresses}
    for _ in range(9):
        some_of_everything(session, desk.person_id)
    many = {at: counting(lambda at=at: desk.get(f"/desk/sessions/{session.ref}{at}")) for at in addresses}
    assert many == few and max(many.values()) <= 29, many


def test_only_coordinators_open_and_use_these_pages(as_role):
    session = a_session()
    booking = a_booking(session)
    for role in (Role.DELEGATE, Role.TRAINER, Role.AGENCY_LEAD, Role.LINE_MANAGER, Role.REPORT_AUTHOR):
        browser = as_role(role)
        for address in (f"/desk/sessions/{session.ref}", f"/desk/bookings/{booking.ref}", f"/desk/bookings/{booking.ref}/give-back", "/desk/no-shows",
                        "/desk/charges", "/desk/policies", "/desk/cancelled", f"/desk/courses/{session.course.code}/waiting"):
            assert browser.get(address).status_code == 403
        assert browser.post(f"/desk/bookings/{booking.ref}/give-back").status_code == 403
    assert fresh(Booking, booking.id).status is S.BOOKED


def test_a_session_that_is_over_has_no_acts_on_places(desk):
    session = a_session(starts_in=timedelta(days=-2))
    booking = a_booking(session)
    text = page_of(desk, session)
    assert "Book somebody in" not in text and "Cancel the session" not in text and "Register" in text
    assert "Do something" not in desk.get(f"/desk/bookings/{booking.ref}").text


def test_a_draft_says_who_hears_of_it_before_it_is_put_on_the_programme(desk):
    course = a_course()
    for any_date in (True, False, False):
        services.wait_for_course(course_id=course.id, person_id=a_person().id, any_date=any_date, now=clock.now())
    page = words(page_of(desk, a_session(course=course, status=SessionStatus.DRAFT)))
    assert "everybody can see and book it. 1 person takes any date" in page and "2 people are told, as they asked" in page
    assert "everybody can see" not in page_of(desk, a_session(course=course))
