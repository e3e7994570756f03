"""Whether there is room for what the files bring: no session to come with more places held than it has, no agency over its limit."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from app.booking.models import Booking, HeldPlaces
from app.booking.queries import facts
from app.booking.queries.programme import EXTRA, TAKEN
from app.booking.queries.promised import BrokenQuotas, broken
from app.booking.rules.places import Quota, QuotaKind, said
from app.booking.rules.promised import places_said
from app.booking.rules.states import LIVE
from app.booking.services import stands
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus
from app.core.problems import Problem, shown
from app.imports.rules.problems import BadProgramme
from app.imports.services.bookings import Brought
from app.imports.services.waiting import Waiting

BEGUN = "people are marked on its register already"


def check(session: Session, files: Mapping[str, Waiting], before: BrokenQuotas, brought: Sequence[Brought], now: datetime) -> None:
    """A session to come must have room for every place that is held, by the files or here, and for every limit; if not, all is undone.

    Raises:
        BadProgramme: with the lines of bookings.csv that are too many, the last ones first in doubt; with the session's own line where what
            is held without them does not fit either.
    """
    session.flush()
    session.expire_all()
    problems = [*_overbooked(session, files, brought, now), *_beyond_limits(session, files, before, brought, now)]
    if problems:
        once = {(one.file, one.line, one.column): one for one in reversed(problems)}
        raise BadProgramme(sorted(once.values(), key=lambda one: (one.file != "sessions.csv", one.line)))


Begun = dict[int, list[tuple[datetime, datetime]]]
"""By session whose register is begun and not finished: its parts."""


def begun(session: Session) -> Begun:
    """The sessions of which somebody began to fill the register, as they are before anything is written."""
    found = {one.id: list(stands(one).parts) for one in session.scalars(
        sa.select(CourseSession).where(CourseSession.status == SessionStatus.SCHEDULED, _marked(Booking.turnout.is_not(None)))
        .options(selectinload(CourseSession.parts)))}
    session.expire_all()  # the files are written past these objects
    return found


def _marked(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.exists().where(Booking.course_session_id == CourseSession.id, *conditions)


def check_registers(session: Session, files: Mapping[str, Waiting], before: Begun, now: datetime) -> None:
    """A session of which the register is begun keeps its times and takes place: marks are of the times that it has.

    Raises:
        BadProgramme: with the lines of the sessions to come that are moved, and of those that are called off, all the same.
    """
    session.flush()
    wrong: dict[str, tuple[str, str]] = {}
    for one in session.scalars(sa.select(CourseSession).where(CourseSession.id.in_(before)).options(selectinload(CourseSession.parts))):
        was, now_is = before[one.id], stands(one).parts
        if was != now_is and max(was[0][0], now_is[0][0]) > now:
            wrong[one.ref] = ("starts_at", f"{shown(one.ref)} would be moved, but {BEGUN}; write the times that it has, or plan another date")
    for ref in session.scalars(sa.select(CourseSession.ref).where(
        CourseSession.status == SessionStatus.CANCELLED, _marked(Booking.turnout.is_not(None), Booking.status.in_(LIVE)))):
        wrong[ref] = ("status", f"'cancelled', but {BEGUN}; write scheduled, or delivered")
    _refuse(files, wrong)


def check_to_come(session: Session, files: Mapping[str, Waiting], before: Iterable[int], now: datetime) -> None:
    """A session that people have to come (one of `before`) is not put among those that have begun, as the desk does not do it either: unless its
    line says that it was held, or is called off.

    Raises:
        BadProgramme: with the lines of those that are.
    """
    live = sa.exists().where(Booking.course_session_id == CourseSession.id, Booking.status.in_(LIVE))
    held = sa.exists().where(HeldPlaces.course_session_id == CourseSession.id, HeldPlaces.places > 0)
    begun = session.scalars(sa.select(CourseSession.ref).where(
        CourseSession.id.in_(before), CourseSession.status == SessionStatus.SCHEDULED, CourseSession.starts_at <= now, sa.or_(live, held))).all()
    over = "would lie in the past, and people have it to come; write a day to come, or delivered as its status"
    _refuse(files, {ref: ("starts_at", f"{shown(ref)} {over}") for ref in begun})


def check_delivered(session: Session, files: Mapping[str, Waiting], now: datetime) -> None:
    """What lies ahead was not held: a line may say that of the time that it knows, of a session that was moved here since.

    Raises:
        BadProgramme: with the lines of sessions that would be delivered and are still to come.
    """
    ahead = session.execute(sa.select(CourseSession.ref, CourseSession.starts_at).where(
        CourseSession.status == SessionStatus.DELIVERED, CourseSession.starts_at > now)).all()
    lines = _lines_of_sessions(files) if ahead else {}
    _refuse(files, {
        ref: ("status", f"'delivered', but {shown(ref)} was moved here to {said(starts_at)}; write the times that it has, and scheduled")
        for ref, starts_at in ahead if ref in lines})


def _refuse(files: Mapping[str, Waiting], wrong: Mapping[str, tuple[str, str]]) -> None:
    """Say of each session (by its reference: column, sentence) what is wrong with it, if anything is."""
    if wrong:
        raise BadProgramme(sorted(_at_sessions(files, _lines_of_sessions(files), wrong), key=lambda one: one.line))


def _overbooked(session: Session, files: Mapping[str, Waiting], brought: Sequence[Brought], now: datetime) -> list[Problem]:
    """Sessions with more places held than they have."""
    taken = TAKEN.label("taken")
    over = session.execute(
        sa.select(CourseSession.id, CourseSession.ref, CourseSession.capacity, (taken - EXTRA).label("promised"))
        .where(CourseSession.status == SessionStatus.SCHEDULED, CourseSession.starts_at > now, CourseSession.capacity + EXTRA < taken)
    ).all()
    in_files = _lines_of_sessions(files) if over else {}
    problems: list[Problem] = []
    wrong: dict[str, tuple[str, str]] = {}
    for number, ref, capacity, promised in over:
        here = promised - sum(one.new and one.session_id == number for one in brought)
        if here > capacity:
            wrong[ref] = ("capacity", f"'{capacity}', but {here} places are held here; write {here}")
        larger = f"give it {promised} places {'in sessions.csv' if ref in in_files else 'on its page first'}"
        sentence = f"{shown(ref)} has {places_said(capacity)} and would hold {promised}; write waiting, or {larger}"
        problems += [_too_many(one, sentence) for one in _last(brought, number, promised - capacity, lambda one: one.new)]
    return [*_at_sessions(files, in_files, wrong), *problems]


def _beyond_limits(
    session: Session, files: Mapping[str, Waiting], before: BrokenQuotas, brought: Sequence[Brought], now: datetime
) -> list[Problem]:
    """Limits that the files pass, or pass by more than before."""
    found = {key: at.broken for key, at in broken(now).items()}
    more = {key: short.places - (before[key].broken.places if key in before else 0) for key, short in found.items()}
    passed = {key: short for key, short in found.items() if more[key] > 0}
    tree = facts.agency_tree() if passed else {}
    problems: list[Problem] = []
    wrong: dict[str, tuple[str, str]] = {}
    for key, short in passed.items():
        one = session.get_one(CourseSession, key[0])
        lines = _last(brought, one.id, more[key], lambda line, of=short: _concerns(of.quota, line, tree))
        problems += [_too_many(line, f"on {shown(one.ref)}: {short.sentence}; write waiting, or {short.way_out}") for line in lines]
        if len(lines) >= more[key]:
            continue
        if short.quota.kind is QuotaKind.KEPT:
            wrong.setdefault(one.ref, ("capacity", f"'{one.capacity}', but {short.sentence}; write {one.capacity + more[key]}, or {short.way_out}"))
        else:
            wrong.setdefault(one.ref, ("ref", f"{shown(one.ref)}: {short.sentence}; {short.way_out}"))
    return [*_at_sessions(files, _lines_of_sessions(files) if wrong else {}, wrong), *problems]


def _concerns(quota: Quota, one: Brought, tree: dict[int, Any]) -> bool:
    """Whether the place of a line is one of those that are too many; `tree` is that of the agencies."""
    return quota.covers(facts.working_at(one.agency_id, tree)) is (quota.kind is QuotaKind.MOST)


def _last(brought: Iterable[Brought], number: int, places: int, concerned: Callable[[Brought], bool]) -> list[Brought]:
    """The last so many lines that bring a place on the session: whoever stands earlier in the file comes first."""
    return [one for one in brought if one.session_id == number and concerned(one)][-places:]


def _too_many(one: Brought, sentence: str) -> Problem:
    return Problem("bookings.csv", one.line, "status", f"'booked', but {sentence}")


def _lines_of_sessions(files: Mapping[str, Waiting]) -> dict[str, int]:
    return {row["ref"]: row["line"] for row in files["sessions.csv"].all()}


def _at_sessions(files: Mapping[str, Waiting], lines: Mapping[str, int], wrong: Mapping[str, tuple[str, str]]) -> list[Problem]:
    """Each at the session's own line; at the last of its bookings where the session itself is not in the files."""
    elsewhere = set(wrong) - set(lines)
    booked: dict[str, int] = {}
    for batch in files["bookings.csv"].batches() if elsewhere else ():
        booked.update({row["session"]: row["line"] for row in batch if row["session"] in elsewhere})
    problems = [Problem("sessions.csv", lines[ref], column, sentence) for ref, (column, sentence) in wrong.items() if ref in lines]
    return problems + [Problem("bookings.csv", line, "session", wrong[ref][1]) for ref, line in booked.items()]
