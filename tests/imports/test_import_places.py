"""What an import does with places, lists and limits of sessions to come, with and without telling people."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from app.accounts.models import Agency, Person
from app.accounts.rules import Role
from app.booking import jobs
from app.booking import services as places
from app.booking.models import Booking, CourseInterest, HeldPlaces
from app.booking.queries import one_session
from app.booking.rules.places import QuotaKind
from app.booking.rules.reminding import reminded_at
from app.booking.rules.states import BookingStatus
from app.booking.rules.turnout import Turnout
from app.catalogue.models import Course, CourseSession
from app.cli import check
from app.core import clock
from app.core.db import db, transaction
from app.imports.rules.problems import BadProgramme
from app.imports.services import import_programme
from app.mail.models import Letter
from app.mail.rules.fates import LetterStatus
from tests.builders import a_person
from tests.imports.folders import RIGHT, with_cell, written

pytestmark = pytest.mark.usefixtures("app")
LATER = "neg-3,neg,2090-06-02T13:00,2090-06-02T16:00,Town Hall,1,,scheduled,,"


def session(ref="neg-3"):
    db.session.rollback()
    return db.session.scalars(sa.select(CourseSession).where(CourseSession.ref == ref).execution_options(populate_existing=True)).one()


def booking(email):
    db.session.rollback()
    return db.session.scalars(sa.select(Booking).join(Booking.person).join(Booking.course_session).where(
        Person.email == email, CourseSession.ref == "neg-3").execution_options(populate_existing=True)).one()


def letters():
    db.session.rollback()
    return sorted(db.session.scalars(sa.select(Letter.kind)).all())


def history():
    return [(one.what, one.by) for one in one_session.latest(session().id) if not one.ref]


def broken():
    with db.engine.connect() as connection:
        return [one.name for room in check.ROOMS for one in room.INVARIANTS if one.rows(connection, clock.now())]


def said(raised):
    return [str(one) for one in raised.value.problems]


def take_in(tmp_path, notify=False, **changed):
    return import_programme(written(tmp_path / "new", **changed), now=clock.now(), notify=notify)


@pytest.fixture
def year(tmp_path):
    """The programme is in: on neg-3 one is booked and one waits."""
    return take_in(tmp_path)


def with_session(row):
    return [*RIGHT["sessions.csv"][:2], row]


@pytest.mark.parametrize("changed", [
    with_cell("sessions", 2, "capacity", "2"),
    {"bookings": [*RIGHT["bookings.csv"][:4], "neg-3,bob@police.example,2023-04-03T10:10,cancelled,2023-05-03T10:10,,", RIGHT["bookings.csv"][5]]}])
def test_where_nobody_is_told_nobody_is_offered_a_place_until_something_happens_on_the_session(tmp_path, year, changed):
    summary = take_in(tmp_path, **changed)
    assert "1 session has free places for which people wait." in summary.lines[-1]
    assert (booking("cat@csc.example").status, letters(), broken()) == (BookingStatus.WAITING, [], [])
    places.settle_session(session_id=session().id, now=clock.now())
    assert (booking("cat@csc.example").status, letters(), session().list_rests) == (BookingStatus.OFFERED, ["offer"], False)
    assert booking("cat@csc.example").due_at > clock.now() + timedelta(hours=23)


def test_a_coordinator_lets_a_list_that_rests_move(tmp_path, year, as_role):
    take_in(tmp_path, **with_cell("sessions", 2, "capacity", "2"))
    desk = as_role(Role.COORDINATOR)
    assert "Offer them to those who wait" in desk.get("/desk/sessions/neg-3").text
    page = desk.follow(desk.post("/desk/sessions/neg-3/offer-now")).text
    assert "The list moves again" in page and "Offer them to those who wait" not in page
    assert booking("cat@csc.example").status is BookingStatus.OFFERED


def test_with_notify_a_free_place_is_offered_and_told(tmp_path, year):
    assert take_in(tmp_path, notify=True, **with_cell("sessions", 2, "capacity", "2")).resting == 0
    assert (booking("cat@csc.example").status, letters(), broken()) == (BookingStatus.OFFERED, ["offer"], [])


def test_an_offer_made_here_counts_as_a_place_when_a_file_takes_places_away(tmp_path, year):
    take_in(tmp_path, notify=True, **with_cell("sessions", 2, "capacity", "2"))
    with pytest.raises(BadProgramme) as raised:
        take_in(tmp_path)
    assert str(raised.value.problems[0]).startswith("sessions.csv:4: capacity: '1', but 2 places are held here; write 2")
    assert broken() == []


def test_another_time_in_the_files_asks_people_as_the_desk_does(tmp_path, year):
    lead = a_person()
    places.change_capacity(session_id=session().id, capacity=3, by="c", now=clock.now())
    assert booking("cat@csc.example").status is BookingStatus.OFFERED
    with transaction() as writing:
        writing.add(HeldPlaces(course_session_id=session().id, agency_id=lead.affiliation.agency_id, by_id=lead.id, places=1, at=clock.now(),
                          releases_at=datetime(2090, 6, 2, 14, tzinfo=UTC)))
    before = session()
    place_version, at = before.place_version, clock.now()
    take_in(tmp_path, notify=True, sessions=with_session(LATER.replace(",1,,sch", ",3,,sch")))
    after = session()
    assert (after.times_version, after.place_version, after.times_changed_at >= at) == (1, place_version, True)
    assert letters() == ["held-places-times", "offer", "offer", "times-changed"]
    assert db.session.scalars(sa.select(HeldPlaces.releases_at)).one() == after.starts_at
    assert history()[0] == ("New time: 1pm on 2 June 2090 to 16:00, before: 9:30am on 1 June 2090 to 12:30", "import")
    assert history()[1] == ("3 places instead of 1", "c")


def test_another_time_is_kept_and_told_to_nobody_without_notify(tmp_path, year):
    take_in(tmp_path, sessions=with_session(LATER))
    assert (session().times_version, letters(), broken()) == (1, [], [])
    assert history()[0][0].startswith("New time: 1pm on 2 June 2090")
    take_in(tmp_path, sessions=with_session(LATER))
    assert (session().times_version, len(history())) == (1, 1)


def test_another_place_in_the_files_is_told_once_and_keeps_the_booking(tmp_path, year):
    moved = with_cell("sessions", 2, "venue_or_link", "County Hall")
    take_in(tmp_path, notify=True, **moved)
    take_in(tmp_path, notify=True, **moved)
    assert (session().place_version, letters(), booking("bob@police.example").status) == (1, ["place-changed"], BookingStatus.BOOKED)
    assert history() == [("Another place, joining link or format", "import")]


def test_a_session_that_was_over_is_corrected_without_a_word(tmp_path, year):
    take_in(tmp_path, notify=True, **with_cell("sessions", 0, "venue_or_link", "https://meet.example/2"))
    assert (session("neg-1").place_version, letters()) == (0, [])


def test_new_dates_are_told_to_those_who_asked_only_with_notify(tmp_path, year):
    course = db.session.scalars(sa.select(Course)).one()
    asked, anyway = a_person(), a_person()
    places.wait_for_course(course_id=course.id, person_id=asked.id, any_date=False, now=clock.now())
    places.wait_for_course(course_id=course.id, person_id=anyway.id, any_date=True, now=clock.now())
    rows = [*RIGHT["sessions.csv"], "neg-4,neg,2090-07-01T09:30,2090-07-01T12:30,Town Hall,9,,scheduled,,"]
    take_in(tmp_path, sessions=rows)
    assert letters() == []
    rows.append("neg-5,neg,2090-08-01T09:30,2090-08-01T12:30,Town Hall,9,,scheduled,,")
    take_in(tmp_path, notify=True, sessions=rows)
    assert letters() == ["offer", "runs-again", "runs-again"], "of the date that came in without a word too"
    take_in(tmp_path, notify=True, sessions=rows)
    assert letters() == ["offer", "runs-again", "runs-again"]


@pytest.fixture
def brought_silently(tmp_path, year):
    """neg-4 came in without a word; somebody had asked to hear of new dates, somebody takes any date."""
    course = db.session.scalars(sa.select(Course)).one()
    for any_date in (False, True):
        places.wait_for_course(course_id=course.id, person_id=a_person().id, any_date=any_date, now=clock.now())
    rows = [*RIGHT["sessions.csv"], "neg-4,neg,2090-07-01T09:30,2090-07-01T12:30,Town Hall,9,,scheduled,,"]
    summary = take_in(tmp_path, sessions=rows)
    assert "1 session has free places for which people wait" in summary.lines[-1]
    return rows


def test_a_date_that_came_in_without_a_word_is_offered_to_nobody_by_the_worker(tmp_path, brought_silently):
    jobs.offer_opened(clock.now() + timedelta(minutes=2))
    assert letters() == []


def test_the_same_files_again_tell_of_a_date_that_came_in_without_a_word(tmp_path, brought_silently):
    take_in(tmp_path, notify=True, sessions=brought_silently)
    assert letters() == ["offer", "runs-again"]
    take_in(tmp_path, notify=True, sessions=brought_silently)
    assert letters() == ["offer", "runs-again"]


def test_a_coordinator_offers_and_tells_of_a_date_that_came_in_without_a_word(tmp_path, brought_silently, as_role):
    desk = as_role(Role.COORDINATOR)
    assert "people wait for the course, and an import told nobody of this date" in desk.get("/desk").text
    page = desk.get("/desk/sessions/neg-4").text
    assert "1 person takes any date of the course" in page and "1 person was not told, who had asked to hear" in page
    page = desk.follow(desk.post("/desk/sessions/neg-4/offer-now")).text
    assert "1 person is told of this date" in page and "an import that told nobody" not in page
    assert letters() == ["offer", "runs-again"]


def test_a_list_that_rests_stands_on_the_desk_as_long_as_somebody_waits_and_a_place_is_free(tmp_path, brought_silently, as_role):
    desk = as_role(Role.COORDINATOR)
    waits = "an import told nobody of this date"
    assert waits in desk.get("/desk").text
    with transaction() as kept:
        kept.execute(sa.update(CourseInterest).values(ended_at=clock.now()))
    assert waits not in desk.get("/desk").text and "an import that told nobody" not in desk.get("/desk/sessions/neg-4").text


def test_a_session_that_people_have_to_come_is_not_put_into_the_past(tmp_path, year):
    past = [row.replace("2090-06-01", "2023-06-01") for row in RIGHT["sessions.csv"]]
    with pytest.raises(BadProgramme) as raised:
        take_in(tmp_path, sessions=past)
    assert said(raised) == ["sessions.csv:4: starts_at: 'neg-3' would lie in the past, and people have it to come; write a day to come, or delivered as "
                            "its status"]
    take_in(tmp_path, sessions=[row.replace("scheduled", "delivered") for row in past], bookings=RIGHT["bookings.csv"][:5])
    assert session().starts_at.year == 2023


def test_files_that_would_pass_the_limit_of_an_agency_are_refused(tmp_path, year):
    police = db.session.scalars(sa.select(Agency).where(Agency.code == "police")).one()
    places.change_capacity(session_id=session().id, capacity=5, by="c", now=clock.now())
    places.add_quota(session_id=session().id, kind=QuotaKind.MOST, places=1, agency_id=police.id, sector=None, releases_at=None, by="c", now=clock.now())
    changed = {
        **with_cell("sessions", 2, "capacity", "5"), "people": [*RIGHT["people.csv"], "dan@police.example,Dan,Dale,police,Sergeant,,south"],
        "bookings": [*RIGHT["bookings.csv"], "neg-3,dan@police.example,2023-04-05T10:10,booked,,,"],
    }
    with pytest.raises(BadProgramme) as raised:
        take_in(tmp_path, **changed)
    assert said(raised) == [
        "bookings.csv:8: status: 'booked', but on 'neg-3': County Police may have at most 1 place there and would hold 2; write waiting, or change the "
        "limit on its page first"]
    assert broken() == []
    changed["bookings"][-1] = changed["bookings"][-1].replace("booked", "waiting")
    take_in(tmp_path, **changed)
    assert broken() == []


def test_files_that_would_use_places_that_are_kept_for_others_are_refused(tmp_path, year):
    places.change_capacity(session_id=session().id, capacity=3, by="c", now=clock.now())
    places.add_quota(session_id=session().id, kind=QuotaKind.KEPT, places=1, agency_id=None, sector="Fire", releases_at=None, by="c", now=clock.now())
    bookings = [*RIGHT["bookings.csv"][:5], "neg-3,cat@csc.example,2023-04-04T10:10,booked,,,", "neg-3,ann@csc.example,2023-04-04T10:10,booked,,,"]
    with pytest.raises(BadProgramme) as raised:
        take_in(tmp_path, bookings=bookings, **with_cell("sessions", 2, "capacity", "3"))
    assert said(raised) == [
        "bookings.csv:8: status: 'booked', but on 'neg-3': of 1 place kept there for Fire, others would have some; write waiting, or release kept places on "
        "its page first"]


DAN = "dan@police.example,Dan,Dale,police,Sergeant,,south"


def test_of_the_lines_that_the_files_bring_those_that_are_too_many_are_named(tmp_path, year):
    """Two of three places are held here, and two lines are new: the second of them is too many, and the session's own row is right."""
    places.change_capacity(session_id=session().id, capacity=3, by="c", now=clock.now())
    bookings = [*RIGHT["bookings.csv"], "neg-3,ann@csc.example,2023-04-05T10:10,booked,,,", "neg-3,dan@police.example,2023-04-05T10:11,booked,,,"]
    changed = {**with_cell("sessions", 2, "capacity", "3"), "people": [*RIGHT["people.csv"], DAN], "bookings": bookings}
    with pytest.raises(BadProgramme) as raised:
        take_in(tmp_path, **changed)
    assert said(raised) == [
        "bookings.csv:9: status: 'booked', but 'neg-3' has 3 places and would hold 4; write waiting, or give it 4 places in sessions.csv"]
    assert broken() == []
    bookings[-1] = bookings[-1].replace("booked", "waiting")
    take_in(tmp_path, **changed)
    assert (booking("ann@csc.example").status, booking("dan@police.example").status, broken()) == (BookingStatus.BOOKED, BookingStatus.WAITING, [])


def test_a_capacity_too_small_for_what_is_held_here_is_named_beside_the_lines_that_bring_more(tmp_path, year):
    take_in(tmp_path, **with_cell("sessions", 2, "capacity", "2"))
    places.change_capacity(session_id=session().id, capacity=3, by="c", now=clock.now())
    bookings = [*RIGHT["bookings.csv"][:4], "neg-3,ann@csc.example,2023-04-05T10:10,booked,,,"]
    with pytest.raises(BadProgramme) as raised:
        take_in(tmp_path, bookings=bookings)
    assert said(raised) == [
        "sessions.csv:4: capacity: '1', but 2 places are held here; write 2",
        "bookings.csv:6: status: 'booked', but 'neg-3' has 1 place and would hold 3; write waiting, or give it 3 places in sessions.csv"]
    bookings[-1] = bookings[-1].replace("booked", "waiting")
    take_in(tmp_path, bookings=bookings, **with_cell("sessions", 2, "capacity", "2"))
    assert broken() == []


def test_a_capacity_that_would_eat_kept_places_is_named_at_the_session(tmp_path, year):
    places.change_capacity(session_id=session().id, capacity=3, by="c", now=clock.now())
    places.add_quota(session_id=session().id, kind=QuotaKind.KEPT, places=1, agency_id=None, sector="Fire", releases_at=None, by="c", now=clock.now())
    with pytest.raises(BadProgramme) as raised:
        take_in(tmp_path, **with_cell("sessions", 2, "capacity", "2"))
    assert said(raised) == [
        "sessions.csv:4: capacity: '2', but of 1 place kept there for Fire, others would have some; write 3, or release kept places on its page first"]


def test_somebody_who_works_elsewhere_now_and_passes_the_limit_there_is_named_at_the_booking(tmp_path, year):
    csc = db.session.scalars(sa.select(Agency).where(Agency.code == "csc")).one()
    places.change_capacity(session_id=session().id, capacity=5, by="c", now=clock.now())
    changed = {**with_cell("sessions", 2, "capacity", "5"), "bookings": [*RIGHT["bookings.csv"], "neg-3,ann@csc.example,2023-04-05T10:10,booked,,,"]}
    take_in(tmp_path, **changed)
    places.add_quota(session_id=session().id, kind=QuotaKind.MOST, places=1, agency_id=csc.id, sector=None, releases_at=None, by="c", now=clock.now())
    with pytest.raises(BadProgramme) as raised:
        take_in(tmp_path, **changed, **with_cell("people", 1, "agency", "csc"))
    assert said(raised)[0].startswith("bookings.csv:6: status: 'booked', but on 'neg-3': Children's Social Care may have at most 1 place there and would hold 2")


def test_a_session_of_an_earlier_year_is_not_overbooked_either(tmp_path, year):
    mine = a_person()
    places.book_over_capacity(session_id=session().id, person_id=mine.id, reason="duty", by="c", behalf=places.OnBehalf(a_person().id, coordinator=True), now=clock.now())
    places.change_capacity(session_id=session().id, capacity=2, by="c", now=clock.now())
    places.book_place(session_id=session().id, person_id=a_person().id, by="x", now=clock.now())
    with pytest.raises(BadProgramme) as raised:
        take_in(tmp_path, sessions=RIGHT["sessions.csv"][:2], bookings=[*RIGHT["bookings.csv"][:5], "neg-3,ann@csc.example,2023-04-05T10:10,booked,,,"])
    assert str(raised.value.problems[0]).startswith("bookings.csv:7: status: 'booked', but 'neg-3' has 2 places and would hold 3; write waiting, or give it 3 places on its")


@pytest.mark.parametrize("moved", [True, False])
@pytest.mark.parametrize("notify", [True, False])
def test_a_group_that_a_file_leaves_without_room_is_told_as_the_desk_would_if_people_are_told(tmp_path, year, notify, moved):
    places.change_capacity(session_id=session().id, capacity=4, by="c", now=clock.now())
    lead, people = a_person(), [a_person().id for _ in range(3)]
    places.book_for_others(session_id=session().id, person_ids=people, together=True, by="Lee", behalf=places.OnBehalf(lead.id, coordinator=True), now=clock.now())
    smaller = with_cell("sessions", 2, "capacity", "2")
    take_in(tmp_path, notify=notify, sessions=[one.replace("2090-06-01T", "2090-06-08T") if moved else one for one in smaller["sessions"]])
    waiting = db.session.scalars(sa.select(Letter).where(Letter.kind == "group-without-room")).all()
    assert [letter.status for letter in waiting] == [LetterStatus.QUEUED] * notify and broken() == []
    assert all(("8 June 2090" if moved else "1 June 2090") in letter.text for letter in waiting)


def marked(email, starts_in=timedelta(minutes=20)):
    """The session is about to start, and somebody is marked on its register."""
    number, whose = session().id, booking(email).id
    with transaction() as kept:
        one = kept.get_one(CourseSession, number)
        one.starts_at = clock.now() + starts_in
        one.ends_at = one.starts_at + timedelta(hours=3)
        one.parts[0].starts_at, one.parts[0].ends_at = one.starts_at, one.ends_at
        kept.get_one(Booking, whose).turnout = Turnout.MISSED


@pytest.mark.parametrize("starts_in", [timedelta(minutes=20), timedelta(minutes=-20)])
def test_a_session_whose_register_is_begun_is_moved_by_no_file(tmp_path, starts_in):
    take_in(tmp_path)
    marked("bob@police.example", starts_in)
    moved = [row.replace("2090-06-01", "2090-06-08") for row in RIGHT["sessions.csv"]]
    with pytest.raises(BadProgramme) as raised:
        take_in(tmp_path, sessions=moved)
    assert said(raised) == ["sessions.csv:4: starts_at: 'neg-3' would be moved, but people are marked on its register already; write the times that "
                            "it has, or plan another date"]
    assert session().starts_at < clock.now() + timedelta(hours=1)


def test_a_session_whose_register_is_begun_is_called_off_by_no_file(tmp_path):
    take_in(tmp_path)
    whose = booking("bob@police.example").id
    with transaction() as kept:
        kept.get_one(Booking, whose).turnout = Turnout.MISSED
    called_off = "neg-3,neg,2090-06-01T09:30,2090-06-01T12:30,Town Hall,1,,cancelled,Ill,2090-05-01"
    with pytest.raises(BadProgramme) as raised:
        take_in(tmp_path, sessions=[called_off if row.startswith("neg-3") else row for row in RIGHT["sessions.csv"]],
                bookings=[row for row in RIGHT["bookings.csv"] if not row.startswith("neg-3")])
    assert said(raised) == ["sessions.csv:4: status: 'cancelled', but people are marked on its register already; write scheduled, or delivered"]


def test_who_came_in_from_files_is_reminded_of_what_is_to_come_like_anybody_else(tmp_path, year):
    starts_at = session().starts_at
    assert letters() == []
    jobs.remind(reminded_at(starts_at, 7))
    jobs.remind(reminded_at(starts_at, 5))
    written_to = db.session.execute(sa.select(Letter.kind, Letter.address).order_by(Letter.id)).all()
    assert [tuple(one) for one in written_to] == [("reminder", "bob@police.example"), ("joining-instructions", "bob@police.example")]


def test_a_line_of_a_session_that_was_called_off_here_changes_nothing_the_second_time(tmp_path, year):
    places.cancel_session(session_id=session().id, reason="Snow", by="c", now=clock.now())
    rows = [*RIGHT["bookings.csv"], "neg-3,ann@csc.example,2023-04-05T10:10,waiting,,,"]
    assert take_in(tmp_path, bookings=rows).changes == 1
    ann = booking("ann@csc.example")
    assert (ann.status, broken()) == (BookingStatus.SESSION_CANCELLED, [])
    assert take_in(tmp_path, bookings=rows).changes == 0 and booking("ann@csc.example").changes == ann.changes
