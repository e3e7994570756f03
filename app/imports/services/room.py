"""Whether there is room for what the files bring: no session to come with more places held than it has, no agency over its limit."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.booking.models import SessionQuota
from app.booking.queries import facts
from app.booking.queries.programme import EXTRA, TAKEN
from app.booking.rules.places import Quota, QuotaKind
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus
from app.core.problems import Problem
from app.imports.rules.problems import BadProgramme
from app.imports.services.waiting import Waiting

Shortfalls = dict[tuple[int, int], tuple[int, str]]
"""By session and limit: how many places too many, and the sentence of it."""


def shortfalls(session: Session, now: datetime) -> Shortfalls:
    """Limits of agencies and sectors that are passed, and kept places that are used by others, at sessions to come."""
    found: Shortfalls = {}
    numbers = session.scalars(sa.select(SessionQuota.course_session_id).join(CourseSession, CourseSession.id == SessionQuota.course_session_id).where(
        CourseSession.status == SessionStatus.SCHEDULED, CourseSession.starts_at > now, SessionQuota.released.is_(False)).distinct()).all()
    for number in sorted(numbers):
        standing = facts.standing(session.get_one(CourseSession, number), now)
        free = standing.limit - standing.taken
        for place, quota in enumerate(standing.quotas):
            if not quota.holds(now):
                continue
            if quota.kind is QuotaKind.MOST and quota.used > quota.places:
                found[number, place] = (quota.used - quota.places, _over(quota))
            if quota.kind is QuotaKind.KEPT:
                free -= max(0, quota.places - quota.used)
                if free < 0:
                    found[number, place] = (-free, _used(quota))
    return found


def _over(quota: Quota) -> str:
    return f"{quota.name} may have at most {_places(quota.places)} there and would hold {quota.used}"


def _used(quota: Quota) -> str:
    return f"of {_places(quota.places)} kept there for {quota.name}, others would have some"


def _places(number: int) -> str:
    return "1 place" if number == 1 else f"{number} places"


def check(session: Session, files: Mapping[str, Waiting], before: Shortfalls, now: datetime) -> None:
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
    for (number, place), (places, sentence) in shortfalls(session, now).items():
        ref = session.get_one(CourseSession, number).ref
        if places > before.get((number, place), (0, ""))[0]:
            wrong.setdefault(ref, ("ref", f"'{ref}': {sentence}; write waiting for those who are too many, or change the limit on its page first"))
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
