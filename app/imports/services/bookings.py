"""Writes bookings with their history and their marks, some thousand at a time, and leaves alone what people did here since."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.attendance.models import Attendance
from app.attendance.rules import TURNOUT, Outcome
from app.booking import emails
from app.booking.models import Booking, BookingEvent
from app.booking.rules.states import HOLDING, LIVE, Act, BookingStatus
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus
from app.core.db import new_ids
from app.core.tokens import references
from app.imports.rules.files import BookingWord
from app.imports.services.merging import Counts, insert, update
from app.imports.services.people import NOWHERE, People
from app.imports.services.programme import Ids
from app.imports.services.waiting import Waiting

BY = "import"
BOOKING: sa.Table = Booking.__table__  # type: ignore[assignment]
EVENT: sa.Table = BookingEvent.__table__  # type: ignore[assignment]
ATTENDANCE: sa.Table = Attendance.__table__  # type: ignore[assignment]

STATUS = {
    BookingWord.WAITING: BookingStatus.WAITING,
    BookingWord.CANCELLED: BookingStatus.GIVEN_BACK,
    BookingWord.SESSION_CANCELLED: BookingStatus.SESSION_CANCELLED,
    BookingWord.WALK_IN: BookingStatus.WALK_IN,
}
ACTS = {
    BookingStatus.BOOKED: Act.BOOK, BookingStatus.WAITING: Act.JOIN, BookingStatus.GIVEN_BACK: Act.GIVE_BACK,
    BookingStatus.SESSION_CANCELLED: Act.CANCEL, BookingStatus.WALK_IN: Act.WALK_IN,
}
OUTCOME = {
    BookingWord.ATTENDED: Outcome.ATTENDED,
    BookingWord.PARTLY_ATTENDED: Outcome.PARTLY_ATTENDED,
    BookingWord.NO_SHOW: Outcome.NO_SHOW,
    BookingWord.EXCUSED: Outcome.EXCUSED,
    BookingWord.WALK_IN: Outcome.ATTENDED,
}
COLUMNS = ("status", "booked_at", "ended_at", "reason", "agency_id", "job_title", "partnership_id", "turnout")
MARK_COLUMNS = ("outcome", "minutes", "reason", "agency_id", "job_title", "partnership_id")
SNAPSHOT = ("agency_id", "job_title", "partnership_id")
NOT_KEPT = ("mark", "line", "as_then")
CORRECTED = "A file that was taken in says otherwise."


@dataclass(frozen=True)
class Brought:
    """A place on a session to come that a line takes for somebody of this agency. Not `new`: it was theirs, and they work elsewhere now."""

    session_id: int
    line: int
    agency_id: int | None
    new: bool


@dataclass(frozen=True)
class CalledOff:
    """A booking that a line ends as its session is cancelled, and where it stood before."""

    booking_id: int
    stood: BookingStatus


@dataclass
class Written:
    """What came of bookings.csv: how many rows did what, the lines that bring a place on a session to come, and what ended with its session."""

    counts: Counts = field(default_factory=Counts)
    brought: list[Brought] = field(default_factory=list)
    called_off: list[CalledOff] = field(default_factory=list)


def write_bookings(
    session: Session, waiting: Waiting, ids: Ids, people: People, *, now: datetime, step: Callable[[int], None]
) -> Written:
    """Every booking of bookings.csv, in the order of its lines."""
    written = Written()
    times = CourseSession.__table__.c
    spans, off = {}, set()
    for row in session.execute(sa.select(times.id, times.starts_at, times.ends_at, times.status)):
        spans[row.id] = (row.starts_at, row.ends_at)
        if row.status is SessionStatus.CANCELLED:
            off.add(row.id)
    occupied = set(session.scalars(sa.select(BOOKING.c.course_session_id).distinct()))
    for batch in waiting.batches():
        people.look_up(session, {row["email"] for row in batch})
        rows = [_row(row, ids, people) for row in batch]
        changes = _Changes(_There(session, rows, occupied), spans, off, now, written)
        for row in rows:
            changes.take(row)
        changes.write(session)
        step(written.counts.rows)
    return written


def _row(row: dict[str, Any], ids: Ids, people: People) -> dict[str, Any]:
    """What the tables should hold for a row of the file."""
    agency_id, job_title, partnership_id = people.snapshots.get(row["email"], NOWHERE)
    word: BookingWord = row["status"]
    outcome = OUTCOME.get(word)
    snapshot = {"agency_id": agency_id, "job_title": job_title, "partnership_id": partnership_id}
    reason = row["reason"]
    mark = {"outcome": outcome, "minutes": row["minutes_attended"] or None, "reason": reason, **snapshot} if outcome else None
    return {
        "course_session_id": ids.sessions[row["session"]], "person_id": people.ids[row["email"]],
        "status": STATUS.get(word, BookingStatus.BOOKED), "booked_at": row["booked_at"], "ended_at": row["cancelled_at"],
        "reason": None if mark else reason, **snapshot, "mark": mark, "turnout": TURNOUT[outcome] if outcome else None, "line": row["line"],
        "as_then": row["email"] in people.from_earlier_years,
    }


class _There:
    """The bookings that a batch may mean, of which each is given out once."""

    def __init__(self, session: Session, rows: list[dict[str, Any]], occupied: set[int]) -> None:
        self.at: dict[tuple[int, int, datetime | None], Any] = {}
        self.live: dict[tuple[int, int], Any] = {}
        self.marks: dict[int, Any] = {}
        self.touched: set[int] = set()
        sessions = {row["course_session_id"] for row in rows} & occupied
        people = {row["person_id"] for row in rows if row["course_session_id"] in sessions}
        if not people:
            return
        for row in session.execute(
            sa.select(BOOKING).where(BOOKING.c.course_session_id.in_(sessions), BOOKING.c.person_id.in_(people))
        ):
            self.at[row.course_session_id, row.person_id, row.booked_at] = row
            if row.status in LIVE:
                self.live[row.course_session_id, row.person_id] = row
        numbers = [row.id for row in self.at.values()]
        self.marks = {row.booking_id: row for row in session.execute(sa.select(ATTENDANCE).where(ATTENDANCE.c.booking_id.in_(numbers)))}
        self.touched = set(session.scalars(sa.select(EVENT.c.booking_id).where(EVENT.c.booking_id.in_(numbers), EVENT.c.by != BY)))
        self.touched |= {row.booking_id for row in self.marks.values() if row.marked_by_id is not None}

    def of(self, row: dict[str, Any]) -> Any:
        """The booking that the row means: the one made at that time; else, for a live one, the pair's live one."""
        pair = (row["course_session_id"], row["person_id"])
        found = self.at.get((*pair, row["booked_at"]))
        return self.live.get(pair) if found is None and row["status"] in LIVE else found


Spans = dict[int, tuple[datetime, datetime]]


class _Changes:
    """What a batch does to the tables, gathered so that it is written in a few statements."""

    def __init__(self, there: _There, spans: Spans, off: set[int], now: datetime, written: Written) -> None:
        self.there, self.spans, self.off, self.now, self.written, self.counts = there, spans, off, now, written, written.counts
        self.new: list[dict[str, Any]] = []
        self.changed: list[dict[str, Any]] = []
        self.unmarked: list[int] = []
        self.marks: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.untrue: list[int] = []

    def take(self, row: dict[str, Any]) -> None:
        """Decide what becomes of a row. What people did here since the last import is left alone."""
        old = self.there.of(row)
        if old is None:
            self.new.append(row)
            self._brings(row, new=True)
            self.counts.added += 1
            return
        row["id"] = old.id
        if row["as_then"]:
            self._leave_snapshots(row, old)
        differs = old.id not in self.there.touched and not self._ended_with_its_session(row, old) and (self._booking(row, old) | self._mark(row))
        self.counts.changed += differs
        self.counts.as_they_were += not differs

    def _ended_with_its_session(self, row: dict[str, Any], old: Any) -> bool:
        """Whether the line does not know that the session was called off, with which the booking ended at an earlier import."""
        return row["course_session_id"] in self.off and old.status is BookingStatus.SESSION_CANCELLED and row["status"] in LIVE

    def _leave_snapshots(self, row: dict[str, Any], old: Any) -> None:
        """No file here says where the person worked then, so what is kept of it stays, wherever they work today."""
        row |= {name: getattr(old, name) for name in SNAPSHOT}
        if row["mark"]:
            row["mark"] |= {name: getattr(self.there.marks.get(old.id, old), name) for name in SNAPSHOT}

    def _booking(self, row: dict[str, Any], old: Any) -> bool:
        if all(getattr(old, name) == row[name] for name in COLUMNS):
            return False
        changes = old.changes + (old.status is not row["status"])
        self.changed.append({"id": old.id, "changes": changes, **{name: row[name] for name in COLUMNS}})
        if old.status not in HOLDING or old.agency_id != row["agency_id"]:
            self._brings(row, new=old.status not in HOLDING)
        if old.status is not row["status"]:
            self.events.append(_event(old.id, self.now, old.status, row["status"], row["reason"], Act.CORRECT))
            self.untrue.append(old.id)
        if old.status in LIVE and row["status"] is BookingStatus.SESSION_CANCELLED:
            self.written.called_off.append(CalledOff(old.id, old.status))
        return True

    def _brings(self, row: dict[str, Any], *, new: bool) -> None:
        if row["status"] is BookingStatus.BOOKED and self.spans[row["course_session_id"]][0] > self.now:
            self.written.brought.append(Brought(row["course_session_id"], row["line"], row["agency_id"], new))

    def _mark(self, row: dict[str, Any]) -> bool:
        old, wanted = self.there.marks.get(row["id"]), row["mark"]
        if old is None and wanted is None:
            return False
        if old is not None and wanted is not None and all(getattr(old, name) == wanted[name] for name in MARK_COLUMNS):
            return False
        if old is not None:
            self.unmarked.append(row["id"])
        if wanted is not None:
            self._add_mark(row)
        return True

    def _add_mark(self, row: dict[str, Any]) -> None:
        marked_at = self.spans[row["course_session_id"]][1]
        self.marks.append({"booking_id": row["id"], **row["mark"], "marked_at": marked_at, "marked_by_id": None})

    def write(self, session: Session) -> None:
        """Write it all; ends before beginnings, as nobody may hold two live bookings for a session even for a moment."""
        for row, number, ref in zip(self.new, new_ids(session, BOOKING, len(self.new)), references(len(self.new)), strict=True):
            row["id"], row["ref"] = number, ref
            self.events += _history(row, self.spans[row["course_session_id"]])
            if row["mark"]:
                self._add_mark(row)
        update(session, BOOKING, sorted(self.changed, key=lambda row: row["status"] in LIVE))
        insert(session, BOOKING, [{name: value for name, value in row.items() if name not in NOT_KEPT} for row in self.new])
        if self.unmarked:
            session.execute(sa.delete(ATTENDANCE).where(ATTENDANCE.c.booking_id.in_(self.unmarked)))
        insert(session, ATTENDANCE, self.marks)
        insert(session, EVENT, self.events)
        if self.untrue:
            session.expire_all()  # they were written past the session
            emails.bookings_changed(session, self.untrue, reason=CORRECTED, now=self.now)


def _history(row: dict[str, Any], span: tuple[datetime, datetime]) -> list[dict[str, Any]]:
    """What must have happened for the booking to stand as it does."""
    status = row["status"]
    if status is BookingStatus.WALK_IN:
        return [_event(row["id"], span[0], None, status, None)]
    begun = row["booked_at"]
    if status in LIVE:
        return [_event(row["id"], begun, None, status, row["reason"])]
    first = _event(row["id"], begun, None, BookingStatus.BOOKED, None)
    return [first, _event(row["id"], row["ended_at"] or begun, BookingStatus.BOOKED, status, row["reason"])]


def _event(
    booking_id: int, at: datetime, before: BookingStatus | None, after: BookingStatus, reason: str | None, act: Act | None = None
) -> dict[str, Any]:
    return {"booking_id": booking_id, "at": at, "by": BY, "act": act or ACTS[after], "before": before, "after": after, "reason": reason}
