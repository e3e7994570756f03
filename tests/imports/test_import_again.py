"""The same files taken in once more leave alone what was changed here since; what a file says newly is taken."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from app.accounts import services as accounts
from app.accounts.models import Affiliation, Agency, Person
from app.attendance import services as registers
from app.attendance.models import Attendance
from app.attendance.rules import Outcome
from app.attendance.services import Mark
from app.booking import services as places
from app.booking.models import Booking
from app.booking.queries import one_session
from app.catalogue import services as catalogue
from app.catalogue.models import Briefing, BriefingViews, Course, CourseSession
from app.catalogue.rules import Format, SessionStatus
from app.catalogue.services import Planned
from app.core import clock
from app.core.db import db, transaction
from app.imports.models import ImportedRow
from app.imports.rules.problems import BadProgramme
from app.imports.services import import_programme
from app.imports.services.remembering import Remembered
from tests.builders import a_trainer, an_account
from tests.imports.folders import RIGHT, with_cell, written

pytestmark = pytest.mark.usefixtures("app")
MOVED = (datetime(2090, 6, 3, 8, tzinfo=UTC), datetime(2090, 6, 3, 11, tzinfo=UTC)), (datetime(2090, 6, 4, 8, tzinfo=UTC), datetime(2090, 6, 4, 11, tzinfo=UTC))


def take_in(tmp_path, **changed):
    return import_programme(written(tmp_path / "new", **changed), now=clock.now())


def session(ref="neg-3"):
    db.session.rollback()
    return db.session.scalars(sa.select(CourseSession).where(CourseSession.ref == ref).execution_options(populate_existing=True)).one()


def person(email):
    db.session.rollback()
    return db.session.scalars(sa.select(Person).where(Person.email == email).execution_options(populate_existing=True)).one()


def stands():
    one = session()
    return sorted((part.starts_at, part.ends_at) for part in one.parts), one.venue_or_link, one.trainer_id, one.capacity


@pytest.fixture
def moved_here(tmp_path):
    """The programme is in, and the desk has given neg-3 two other days, another hall, another trainer and more places since."""
    take_in(tmp_path)
    trainer = a_trainer()
    planned = Planned(parts=MOVED, format=Format.IN_PERSON, venue_or_link="Guildhall", trainer_id=trainer.person_id)
    places.change_session(session_id=session().id, planned=planned, capacity=4, by="c", now=clock.now())
    return stands()


def test_a_session_that_the_desk_moved_stays_where_it_is(tmp_path, moved_here):
    assert take_in(tmp_path).changes == 0
    assert stands() == moved_here and moved_here[0] == list(MOVED) and moved_here[1:2] == ("Guildhall",)


def test_without_what_files_said_before_the_same_folder_would_move_it_back(tmp_path, moved_here, monkeypatch):
    """The switch: every value counts as news (but for the places, of which more are taken by now)."""
    monkeypatch.setattr(Remembered, "news", lambda _self, _number, values: set(values) - {"capacity"})
    take_in(tmp_path)
    assert stands() != moved_here


def test_what_a_line_says_newly_is_taken_and_the_rest_of_what_the_desk_did_stays(tmp_path, moved_here):
    assert take_in(tmp_path, **with_cell("sessions", 2, "venue_or_link", "Library")).changes == 1
    assert stands() == (moved_here[0], "Library", *moved_here[2:])
    take_in(tmp_path, **with_cell("sessions", 2, "starts_at", "2090-06-01T09:00"))
    assert stands()[0] == [(datetime(2090, 6, 1, 8, tzinfo=UTC), datetime(2090, 6, 1, 11, 30, tzinfo=UTC))], "times are news together"


def test_a_name_and_a_workplace_that_changed_here_stay(tmp_path):
    take_in(tmp_path)
    ann = person("ann@csc.example")
    with transaction() as kept:
        kept.get_one(Person, ann.id).last_name = "Oak"
        kept.execute(sa.update(Affiliation).where(Affiliation.person_id == ann.id).values(ends_on=clock.london_date(clock.now())))
    assert take_in(tmp_path).changes == 0
    present = sa.select(sa.func.count()).select_from(Affiliation).where(Affiliation.person_id == ann.id, Affiliation.ends_on.is_(None))
    assert person("ann@csc.example").last_name == "Oak" and db.session.scalar(present) == 0
    assert take_in(tmp_path, **with_cell("people", 0, "job_title", "Manager")).files["people.csv"].changed == 1
    assert person("ann@csc.example").last_name == "Oak" and db.session.scalar(present) == 1, "a new job is news, the name is not"


def test_a_title_and_priorities_that_the_catalogue_changed_stay(tmp_path):
    take_in(tmp_path)
    with transaction() as kept:
        course = kept.scalars(sa.select(Course)).one()
        course.title, course.priorities = "Neglect and poverty", []
    assert take_in(tmp_path).changes == 0
    db.session.rollback()
    course = db.session.scalars(sa.select(Course)).one()
    assert (course.title, course.priorities) == ("Neglect and poverty", [])


def test_a_session_of_which_the_register_was_finished_here_was_held(tmp_path):
    held = [row.replace("2090-06-01", "2023-06-03") for row in RIGHT["sessions.csv"]]
    one_booked = {"sessions": held, "bookings": [row for row in RIGHT["bookings.csv"] if "waiting" not in row]}
    take_in(tmp_path, **one_booked)
    number, account = session().id, an_account()
    bob = db.session.scalars(sa.select(Booking).where(Booking.course_session_id == number)).one()
    registers.save_marks(session_id=number, marks=[Mark(bob.ref, Outcome.ATTENDED, None, None)], account_id=account.id, coordinator=True, now=clock.now())
    registers.finish(session_id=number, account_id=account.id, coordinator=True, now=clock.now())
    with transaction() as kept:
        kept.execute(sa.delete(ImportedRow))  # as in a database that took files in before they were remembered
    take_in(tmp_path, **one_booked)
    assert session().status is SessionStatus.DELIVERED


def test_another_trainer_in_the_files_stands_in_the_history(tmp_path):
    take_in(tmp_path)
    take_in(tmp_path, **with_cell("sessions", 2, "trainer", "tim@partnership.example"))
    assert ("Trainer: Tim Thorn, before: nobody yet", "import") in [(one.what, one.by) for one in one_session.latest(session().id)]


def test_what_files_said_is_kept_in_no_words(tmp_path):
    take_in(tmp_path)
    kept = str(db.session.execute(sa.select(ImportedRow.said)).all())
    assert "Ash" not in kept and "Town Hall" not in kept and "boss@csc.example" not in kept


def test_the_format_that_a_course_has_here_since_is_no_news_of_its_sessions(tmp_path):
    take_in(tmp_path)
    with transaction() as kept:
        kept.scalars(sa.select(Course)).one().format = Format.IN_PERSON
    assert take_in(tmp_path).changes == 0
    assert {one.format for one in db.session.scalars(sa.select(CourseSession))} == {Format.VIRTUAL}
    assert take_in(tmp_path, courses=[]).changes == 0
    assert {one.format for one in db.session.scalars(sa.select(CourseSession))} == {Format.VIRTUAL}


def test_views_that_were_put_right_here_stay_until_a_file_says_others(tmp_path):
    take_in(tmp_path)
    briefing = db.session.scalars(sa.select(Briefing)).one().id
    catalogue.note_views(briefing_id=briefing, month=date(2023, 5, 1), views=77)
    assert take_in(tmp_path).changes == 0
    assert take_in(tmp_path, briefing_views=["sbt,2022-05,10", "sbt,2023-05,21"]).files["briefing_views.csv"].changed == 1
    db.session.rollback()
    assert sorted(db.session.scalars(sa.select(BriefingViews.views))) == [10, 21]


def test_where_somebody_worked_then_stays_when_only_an_earlier_year_knows_them(tmp_path):
    take_in(tmp_path)
    without = {"people": [row for row in RIGHT["people.csv"] if not row.startswith("ann")]}
    take_in(tmp_path, **without)
    ann = person("ann@csc.example").id
    police = db.session.scalars(sa.select(Agency).where(Agency.code == "police")).one().id
    accounts.say_where_somebody_works(person_id=ann, agency_id=police, job_title="Sergeant", now=clock.now())
    assert take_in(tmp_path, **without).changes == 0
    of_then = sa.select(Booking.agency_id, Attendance.agency_id).join(Attendance, Attendance.booking_id == Booking.id).where(Booking.person_id == ann)
    assert police not in db.session.execute(of_then).one()


def test_a_session_that_was_moved_here_is_not_delivered_before_it_is_held(tmp_path):
    soon = clock.london_date(clock.now() + timedelta(days=2))
    rows = [*RIGHT["sessions.csv"][:2], f"neg-3,neg,{soon}T09:30,{soon}T12:30,Town Hall,1,,scheduled,,"]
    take_in(tmp_path, sessions=rows)
    places.change_session(session_id=session().id, planned=Planned(MOVED, Format.VIRTUAL, "Town Hall", None), capacity=1, by="c", now=clock.now())
    rows[-1] = rows[-1].replace("scheduled", "delivered")
    marked = [*RIGHT["bookings.csv"][:4], "neg-3,bob@police.example,2023-04-03T10:10,attended,,,"]
    with pytest.raises(BadProgramme) as raised:
        import_programme(written(tmp_path / "new", sessions=rows, bookings=marked), now=clock.now() + timedelta(days=4))
    assert [str(one) for one in raised.value.problems] == [
        "sessions.csv:4: status: 'delivered', but 'neg-3' was moved here to 9am on 3 June 2090; write the times that it has, and scheduled"]


def test_what_happens_to_a_session_meanwhile_waits_for_the_files(tmp_path, app):
    """The first that an import does is to keep others off what lies ahead: read before, a session called off meanwhile would be put back."""
    take_in(tmp_path)
    seen = []

    def sent(_connection, _cursor, statement, *_more):
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", sent)
    take_in(tmp_path)
    event.remove(db.engine, "before_cursor_execute", sent)
    reads = [at for at, one in enumerate(seen) if "FROM course_session" in one and "WHERE" in one and "status" in one]
    locks = [at for at, one in enumerate(seen) if "FROM course_session" in one and ("FOR UPDATE" in one or db.engine.dialect.name == "sqlite")]
    assert locks and min(locks) <= min(reads)


def test_of_imports_at_once_one_takes_the_files_in_and_the_others_find_nothing_to_do(tmp_path, app):
    take_in(tmp_path)
    more = written(tmp_path / "more", sessions=[*RIGHT["sessions.csv"], "neg-4,neg,2090-07-01T09:30,2090-07-01T12:30,Town Hall,5,,scheduled,,"])
    db.session.rollback()

    def go(_number):
        with app.app_context():
            return import_programme(more, now=clock.now()).changes

    with ThreadPoolExecutor(3) as together:
        assert sorted(together.map(go, range(3))) == [0, 0, 1]
