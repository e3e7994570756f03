"""A year goes in as it was: what is new is added, what differs is changed, and the rest is left alone."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.accounts.models import Affiliation, Agency, AgencyAlias, Person
from app.attendance.models import Attendance, Register
from app.attendance.rules import Outcome
from app.booking import services as places
from app.booking.models import Booking, BookingEvent
from app.booking.rules.states import Act, BookingStatus
from app.catalogue.models import Course, CourseSession, SessionPart
from app.catalogue.rules import SessionStatus, open_for_booking
from app.cli import check
from app.core import clock
from app.core.db import db, transaction
from app.evaluation.models import Answer, Response
from app.evaluation.rules.stages import Quoting, Stage
from app.imports.rules.problems import BadProgramme
from app.imports.services import import_programme
from app.mail.models import Letter
from tests.builders import a_booking, a_person
from tests.imports.folders import HEADERS, RIGHT, with_cell, written

pytestmark = pytest.mark.usefixtures("app")


def test_every_row_is_added_once_and_the_second_time_changes_nothing(tmp_path):
    folder = written(tmp_path / "year")
    first = import_programme(folder, now=clock.now())
    assert {name: counts.added for name, counts in first.files.items()} == {name: len(rows) for name, rows in RIGHT.items()}
    before = everything()
    second = import_programme(folder, now=clock.now())
    assert second.sentence == f"Nothing to do: all {sum(map(len, RIGHT.values()))} rows are here already."
    assert everything() == before


def test_files_with_a_header_alone_are_valid(tmp_path):
    summary = import_programme(written(tmp_path / "year", **{name.removesuffix(".csv"): [] for name in RIGHT}), now=clock.now())
    assert summary.sentence == "Nothing to do: the files have no rows."


def test_a_byte_order_mark_spaces_capitals_and_another_order_of_columns_are_taken(tmp_path):
    folder = written(tmp_path / "year", bookings=[" neg-1 , ANN@CSC.example ,2023-04-02T10:00, Attended ,,, 180 "])
    (folder / "trainers.csv").write_bytes(b"\xef\xbb\xbflast_name,email,first_name\r\nThorn,Tim@Partnership.example,Tim\r\n")
    import_programme(folder, now=clock.now())
    assert booking("ann@csc.example", "neg-1").status is BookingStatus.BOOKED
    assert person("tim@partnership.example").name == "Tim Thorn"


def test_a_quoted_newline_is_part_of_the_value(tmp_path):
    folder = written(tmp_path / "year", evaluations=['neg-1,ann@csc.example,after,2023-05-02T13:00,3,,,,"Line one\nLine two",no'])
    import_programme(folder, now=clock.now())
    assert db.session.scalars(sa.select(Answer.text).where(Answer.text.is_not(None))).all() == ["Line one\nLine two"]


def test_statuses_become_bookings_and_marks(tmp_path):
    import_programme(written(tmp_path / "year"), now=clock.now())
    marks = {mark.booking.person.first_name: (mark.booking.status, mark.outcome, mark.minutes) for mark in db.session.scalars(sa.select(Attendance))}
    assert marks == {
        "Ann": (BookingStatus.BOOKED, Outcome.ATTENDED, 180),
        "Bob": (BookingStatus.BOOKED, Outcome.NO_SHOW, None),
        "Cat": (BookingStatus.WALK_IN, Outcome.ATTENDED, 170),
    }
    assert booking("ann@csc.example", "neg-2").status is BookingStatus.SESSION_CANCELLED
    assert booking("cat@csc.example", "neg-3").status is BookingStatus.WAITING
    assert db.session.scalars(sa.select(Register)).one().finished_at == session("neg-1").ends_at


def test_times_of_summer_are_kept_in_utc(tmp_path):
    import_programme(written(tmp_path / "year"), now=clock.now())
    assert session("neg-1").starts_at.isoformat() == "2023-05-02T08:30:00+00:00"
    assert session("neg-1").last_day.isoformat() == "2023-05-02"


def test_a_scheduled_session_to_come_is_open_for_booking(tmp_path):
    import_programme(written(tmp_path / "year"), now=clock.now())
    coming = session("neg-3")
    assert open_for_booking(coming.status, coming.starts_at, clock.now())
    assert coming.course.published


def test_a_booking_keeps_where_the_person_worked_when_they_move(tmp_path):
    now = clock.now()
    import_programme(written(tmp_path / "year"), now=now)
    moved = with_cell("people", 0, "agency", "police")
    import_programme(written(tmp_path / "next", **moved, bookings=[], evaluations=[], sessions=[]), now=now + timedelta(days=1))
    assert booking("ann@csc.example", "neg-1").agency.code == "csc"
    ends = {kept.agency.code: kept.ends_on for kept in db.session.scalars(sa.select(Affiliation).where(Affiliation.person_id == person("ann@csc.example").id))}
    assert ends == {"csc": clock.london_date(now + timedelta(days=1)), "police": None}


def test_a_corrected_folder_corrects_and_keeps_the_history(tmp_path):
    now = clock.now()
    import_programme(written(tmp_path / "year"), now=now)
    summary = import_programme(written(tmp_path / "new", **with_cell("bookings", 1, "status", "cancelled")), now=now)
    assert (summary.files["bookings.csv"].changed, summary.changes) == (1, 1)
    changed = booking("bob@police.example", "neg-1")
    assert changed.status is BookingStatus.GIVEN_BACK
    events = db.session.scalars(sa.select(BookingEvent.after).where(BookingEvent.booking_id == changed.id).order_by(BookingEvent.id)).all()
    assert events == [BookingStatus.BOOKED, BookingStatus.GIVEN_BACK]
    assert db.session.get(Attendance, changed.id) is None


def test_a_corrected_time_moves_the_session_and_its_part(tmp_path):
    import_programme(written(tmp_path / "year"), now=clock.now())
    import_programme(written(tmp_path / "new", **with_cell("sessions", 2, "ends_at", "2090-06-01T16:00")), now=clock.now())
    parts = db.session.scalars(sa.select(SessionPart).where(SessionPart.course_session_id == session("neg-3").id)).all()
    assert [part.ends_at for part in parts] == [session("neg-3").ends_at]


def test_a_second_year_adds_to_the_first_and_may_refer_to_it(tmp_path):
    import_programme(written(tmp_path / "year"), now=clock.now())
    second = written(
        tmp_path / "second", partnerships=[], priorities=[], agencies=[], people=[], trainers=[], courses=[], evaluations=[], briefings=[],
        briefing_views=["sbt,2024-05,7"], contributions=[],
        sessions=["neg-24,neg,2024-05-02T09:30,2024-05-02T12:30,Room,5,tim@partnership.example,delivered,,"],
        bookings=["neg-24,ann@csc.example,2024-04-02T10:00,attended,,,"],
    )
    assert import_programme(second, now=clock.now()).changes == 3
    assert booking("ann@csc.example", "neg-24").agency.code == "csc"
    assert db.session.scalar(sa.select(sa.func.count(Course.id))) == 1


def test_the_later_of_two_responses_counts_and_the_earlier_is_kept(tmp_path):
    rows = [
        "neg-1,code-7,after,2023-05-03T10:00,5,,,,,no", "neg-1,code-7,after,2023-05-02T10:00,1,,,,,no",
        "neg-1,code-7,before,2023-05-01T10:00,2,,,,,no",
    ]
    folder = written(tmp_path / "year", evaluations=rows)
    import_programme(folder, now=clock.now())
    current = {(kept.stage, kept.submitted_at.day): kept.current for kept in db.session.scalars(sa.select(Response))}
    assert current == {(Stage.AFTER, 3): True, (Stage.AFTER, 2): False, (Stage.BEFORE, 1): True}
    import_programme(written(tmp_path / "new", evaluations=["neg-1,code-7,after,2023-05-04T10:00,4,,,,,no"]), now=clock.now())
    assert db.session.scalars(sa.select(Response.submitted_at).where(Response.current, Response.stage == Stage.AFTER)).one().day == 4
    assert import_programme(folder, now=clock.now()).changes == 0


def test_answers_of_a_known_person_are_kept_under_their_booking_and_no_address_beside_answers(tmp_path):
    rows = [*RIGHT["evaluations.csv"], "neg-1,gone@elsewhere.example,after,2023-05-02T13:00,4,,,,,"]
    import_programme(written(tmp_path / "year", evaluations=rows), now=clock.now())
    responses = db.session.scalars(sa.select(Response).order_by(Response.id)).all()
    assert {kept.respondent for kept in responses if kept.booking_id} == {booking("ann@csc.example", "neg-1").ref}
    assert not any("@" in kept.respondent for kept in responses)
    assert responses[1].may_quote is Quoting.ANONYMOUS


def test_an_agency_is_found_by_its_name_or_alias(tmp_path):
    import_programme(written(tmp_path / "year"), now=clock.now())
    with transaction() as writing:
        writing.add(AgencyAlias(agency_id=writing.scalar(sa.select(Agency.id).where(Agency.code == "csc")), name="CSC North"))
    changed = {"people": [RIGHT["people.csv"][0].replace(",csc,", ",csc north,"), RIGHT["people.csv"][1].replace(",police,", ",County police,"),
                          RIGHT["people.csv"][2]]}
    assert import_programme(written(tmp_path / "new", **changed), now=clock.now()).changes == 0


def test_what_people_did_here_since_is_left_alone(tmp_path):
    folder = written(tmp_path / "year")
    import_programme(folder, now=clock.now())
    with transaction() as writing:
        mine = booking("bob@police.example", "neg-3")
        mine.status, mine.ended_at = BookingStatus.GIVEN_BACK, clock.now()
        writing.add(BookingEvent(booking_id=mine.id, at=clock.now(), by="bob", act=Act.GIVE_BACK, before=BookingStatus.BOOKED, after=BookingStatus.GIVEN_BACK))
    import_programme(folder, now=clock.now())
    assert booking("bob@police.example", "neg-3").status is BookingStatus.GIVEN_BACK


def test_a_capacity_below_what_was_booked_here_is_refused_with_its_line(tmp_path):
    import_programme(written(tmp_path / "year"), now=clock.now())
    with transaction():
        booking("cat@csc.example", "neg-3").status = BookingStatus.BOOKED
    with pytest.raises(BadProgramme, match=r"sessions.csv.*4") as raised:
        import_programme(written(tmp_path / "new", bookings=[]), now=clock.now())
    assert str(raised.value.problems[0]).startswith("sessions.csv:4: capacity: '1', but 2 places are held here")


def test_a_session_that_the_files_call_off_ends_the_bookings_made_here(tmp_path):
    import_programme(written(tmp_path / "year", bookings=RIGHT["bookings.csv"][:4]), now=clock.now())
    mine = a_booking(session("neg-3"), a_person())
    rows = [*RIGHT["sessions.csv"][:2], RIGHT["sessions.csv"][2].replace("scheduled,,", "cancelled,Snow,")]
    import_programme(written(tmp_path / "new", sessions=rows, bookings=RIGHT["bookings.csv"][:4]), now=clock.now())
    db.session.refresh(mine)
    assert (mine.status, mine.reason) == (BookingStatus.SESSION_CANCELLED, "Snow")


def test_a_session_that_was_called_off_here_is_not_brought_back_by_the_file_of_before(tmp_path):
    folder = written(tmp_path / "year")
    import_programme(folder, now=clock.now())
    places.cancel_session(session_id=session("neg-3").id, reason="The trainer has left", by="c", now=clock.now())
    import_programme(folder, now=clock.now())
    db.session.rollback()
    kept = session("neg-3")
    assert (kept.status, kept.cancel_reason) == (SessionStatus.CANCELLED, "The trainer has left")
    assert booking("bob@police.example", "neg-3").status is BookingStatus.SESSION_CANCELLED
    assert broken() == []


def everything():
    """Every row of every table, as the database gives it."""
    return {table.name: db.session.execute(sa.select(table)).all() for table in db.metadata.sorted_tables}


def booking(email, ref):
    return db.session.scalars(
        sa.select(Booking).join(Booking.person).join(Booking.course_session).where(Person.email == email, CourseSession.ref == ref)
    ).one()


def person(email):
    return db.session.scalars(sa.select(Person).where(Person.email == email)).one()


def session(ref):
    return db.session.scalars(sa.select(CourseSession).where(CourseSession.ref == ref)).one()


def test_the_header_of_each_file_is_the_documented_one():
    assert HEADERS["bookings.csv"] == "session,email,booked_at,status,cancelled_at,reason,minutes_attended"


def waiting_for_a_larger_room(tmp_path):
    """A programme in which one person waits, and the same programme with room for them."""
    import_programme(written(tmp_path / "year"), now=clock.now())
    return written(tmp_path / "year", **with_cell("sessions", 2, "capacity", "2"))


def letters():
    db.session.rollback()
    return db.session.scalars(sa.select(Letter.kind).order_by(Letter.id)).all()


def broken():
    with db.engine.connect() as connection:
        return [one.name for room in check.ROOMS for one in room.INVARIANTS if one.rows(connection, clock.now())]


def test_with_notify_people_are_told_of_their_offer_and_of_a_session_called_off(tmp_path):
    import_programme(waiting_for_a_larger_room(tmp_path), now=clock.now(), notify=True)
    assert letters() == ["offer"]
    called_off = ["neg-3,neg,2090-06-01T09:30,2090-06-01T12:30,Town Hall,2,,cancelled,Snow,2023-05-20"]
    import_programme(written(tmp_path / "year", sessions=[*RIGHT["sessions.csv"][:2], *called_off],
                             bookings=RIGHT["bookings.csv"][:4]), now=clock.now(), notify=True)
    assert sorted(letters()) == ["offer", "session-cancelled", "session-cancelled"]
    assert broken() == []
