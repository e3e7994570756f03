"""Whether there is room for what the files bring: no session to come with more places held than it has, no agency over its limit."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.booking.queries import promised
from app.booking.queries.programme import EXTRA, TAKEN
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus
from app.core.problems import Problem
from app.imports.rules.problems import BadProgramme
from app.imports.services.waiting import Waiting


def check(session: Session, files: Mapping[str, Waiting], before: promised.BrokenQuotas, now: datetime) -> None:
    """A session to come must have room for every place that is held, by the files or here, and for every limit; if not, all is undone.

    Raises:
        BadProgramme: naming each session that would be overbooked, or pass a limit that it did not pass before.
    """
    session.flush()
    session.expire_all()
    taken = TAKEN.label("taken")
    over = session.execute(
        sa.select(CourseSession.ref, CourseSession.capacity, (taken - EXTRA).label("promised"))
        .where(CourseSession.status == SessionStatus.SCHEDULED, CourseSession.starts_at > now, CourseSession.capacity + EXTRA < taken)
    ).all()
    wrong = {ref: ("capacity", f"'{capacity}', but {count} places are held here; write {count}") for ref, capacity, count in over}
    for one in promised.broken_since(before, now):
        wrong.setdefault(one.ref, (
            "ref", f"'{one.ref}': {one.broken.sentence}; write waiting for those who are too many, or change the limit on its page first"))
    problems = _problems(files, wrong) if wrong else []
    if problems:
        raise BadProgramme(problems)


def _problems(files: Mapping[str, Waiting], wrong: Mapping[str, tuple[str, str]]) -> list[Problem]:
    """Each at the session's own line; at the last of its bookings where the session itself is not in the files."""
    lines = {row["ref"]: row["line"] for row in files["sessions.csv"].all()}
    elsewhere = set(wrong) - set(lines)
    booked: dict[str, int] = {}
    for batch in files["bookings.csv"].batches() if elsewhere else ():
        booked.update({row["session"]: row["line"] for row in batch if row["session"] in elsewhere})
    problems = [Problem("sessions.csv", lines[ref], column, sentence) for ref, (column, sentence) in wrong.items() if ref in lines]
    return problems + [Problem("bookings.csv", line, "session", wrong[ref][1]) for ref, line in booked.items()]
