"""The import of a folder: check every row, then write all of it in one transaction."""

from collections.abc import Callable
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.services.addresses import manager_changed
from app.attendance.models import Attendance, Register
from app.booking import emails
from app.booking import services as places
from app.booking.models import Booking
from app.booking.queries import promised
from app.booking.rules.states import BookingStatus
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus
from app.certificates.services.issuing import settle_after_import
from app.core import clock, jobs
from app.core.db import transaction, write_alone
from app.evaluation.services.questionnaires import earlier_questionnaires
from app.imports.models import ImportedRow
from app.imports.services import answers, bookings, changes, people, programme, room
from app.imports.services.checking import Progress, checked
from app.imports.services.merging import Counts
from app.imports.services.waiting import Waiting
from app.imports.services.withdrawing import withdraw_what_is_over


@dataclass(frozen=True)
class Summary:
    """What became of the rows of each file, by its name.

    `resting` counts sessions with free places, or new dates, for which people wait: nobody was offered them, as nobody was told of anything.
    """

    files: dict[str, Counts]
    resting: int = 0

    @property
    def changes(self) -> int:
        """Rows that added or changed something."""
        return sum(counts.added + counts.changed for counts in self.files.values())

    @property
    def sentence(self) -> str:
        """What happened, in one sentence."""
        rows = sum(counts.rows for counts in self.files.values())
        if not self.changes:
            already = "the one row is" if rows == 1 else f"all {rows:,} rows are"
            return f"Nothing to do: {already} here already." if rows else "Nothing to do: the files have no rows."
        added, changed = (sum(getattr(counts, name) for counts in self.files.values()) for name in ("added", "changed"))
        return (f"The programme is in: {added:,} {'row' if added == 1 else 'rows'} added, {changed:,} changed, "
                f"{rows - added - changed:,} left as they were.")

    @property
    def lines(self) -> list[str]:
        """The sentence, then a line for each file."""
        table = [f"  {name:<20} {counts.added:>9,} added {counts.changed:>9,} changed {counts.as_they_were:>9,} as they were"
                 for name, counts in self.files.items()]
        return [self.sentence, *table, *([self.rest] if self.resting else [])]

    @property
    def rest(self) -> str:
        """What a coordinator has to do about lists that rest."""
        sessions = "1 session has" if self.resting == 1 else f"{self.resting} sessions have"
        return (f"{sessions} free places for which people wait. Nobody was offered them or told, as nobody is told of this import: offer them on "
                "each session's page, or take the same files in again and let people be told.")


def import_programme(folder: Path, *, now: datetime, progress: Progress | None = None, notify: bool = False) -> Summary:
    """Take in the folder's twelve files. Doing it again changes nothing; a corrected folder corrects; another year is added. What was changed
    here since stays, as long as its line says what it said before.

    `progress` is told (what is being done, how much of it is done, how much there is). Nobody is written to, nor offered a place, unless
    `notify` says so.

    Raises:
        BadProgramme: with every row that cannot be taken; nothing was changed.
    """
    progress = progress or (lambda _what, _done, _of: None)
    with ExitStack() as stack:
        files = checked(folder, now=now, progress=progress, stack=stack)
        with transaction() as session, nullcontext() if notify else emails.not_telling(session):
            write_alone(session, ImportedRow)  # of two imports at once the second waits
            _hold_coming(session, now)
            before = changes.coming(session, now)
            limits, could_come = promised.broken(now), changes.any_date_could_come(session, now)
            begun = room.begun(session)
            counts, ids, written = _write(session, files, now, progress, before, begun)
            changes.end_bookings_of_cancelled_sessions(session, before, written.called_off, now)
            room.check(session, files, limits, written.brought, now)
            withdraw_what_is_over(session, ids.sessions.values(), now)
            settle_after_import(session_ids=ids.sessions.values(), now=now, tell=notify)
            resting = changes.move_lists(session, ids.new_sessions, now) if notify else changes.let_lists_rest(
                session, ids.new_sessions, could_come, now)
            places.look_at_lists_again(session)
            places.look_again(session)  # who is in the files is reminded like anybody else
            summary = Summary({name: counts[name] for name in files}, resting)
            _note(summary, now)
    return summary


def _note(summary: Summary, now: datetime) -> None:
    if summary.changes:
        jobs.make_known([jobs.IMPORT], now)
        jobs.note(jobs.IMPORT, jobs.Run(now, now, 0, summary.sentence), next_run_at=now)


def _write(
    session: Session, files: dict[str, Waiting], now: datetime, progress: Progress, before: changes.Coming, begun: room.Begun
) -> tuple[dict[str, Counts], programme.Ids, bookings.Written]:
    counts: dict[str, Counts] = {}
    ids = programme.Ids()
    programme.write_partnerships(session, files, ids, counts)
    everybody, counts["people.csv"] = people.write_people(
        session, files["people.csv"], ids, today=clock.london_date(now), step=_step("people", files["people.csv"], progress)
    )
    for write in (programme.write_trainers, programme.write_courses, programme.write_sessions, programme.write_briefings,
                  programme.write_contributions):
        write(session, files, ids, counts)
    room.check_registers(session, files, begun, now)
    room.check_to_come(session, files, before, now)
    room.check_delivered(session, files, now)
    changes.note(session, before, now)
    written = bookings.write_bookings(
        session, files["bookings.csv"], ids, everybody, now=now, step=_step("bookings", files["bookings.csv"], progress)
    )
    counts["bookings.csv"] = written.counts
    counts["evaluations.csv"] = answers.write_answers(
        session, files["evaluations.csv"], ids, everybody, earlier_questionnaires(now=now),
        step=_step("evaluations", files["evaluations.csv"], progress),
    )
    for person_id, manager_email in everybody.other_managers.items():
        manager_changed(person_id, manager_email, now, bookings.BY)
    _finish_registers(session)
    return counts, ids, written


def _hold_coming(session: Session, now: datetime) -> None:
    """Nobody books on a session to come, moves it or calls it off until all is in, in the order in which every act takes these locks: what the files
    are held against is still so when they are written."""
    session.execute(
        sa.select(CourseSession.id).where(sa.or_(CourseSession.starts_at > now, CourseSession.status == SessionStatus.SCHEDULED))
        .order_by(CourseSession.id).with_for_update()
    )


def _step(what: str, waiting: Waiting, progress: Progress) -> Callable[[int], None]:
    return lambda done: progress(f"Writing {what}", done, waiting.count)


def _finish_registers(session: Session) -> None:
    """A delivered session in which everybody is marked has a finished register, as of its end."""
    unmarked = (
        sa.select(Booking.id).outerjoin(Attendance, Attendance.booking_id == Booking.id)
        .where(Booking.course_session_id == CourseSession.id, Booking.status == BookingStatus.BOOKED, Attendance.booking_id.is_(None))
    )
    finished = session.execute(
        sa.select(CourseSession.id, CourseSession.ends_at).outerjoin(Register, Register.course_session_id == CourseSession.id)
        .where(CourseSession.status == SessionStatus.DELIVERED, Register.course_session_id.is_(None), ~unmarked.exists())
    ).all()
    session.add_all(Register(course_session_id=number, version=0, finished_at=ends_at) for number, ends_at in finished)
