"""At which sessions to come a limit is passed, or kept places are not there: counted for all of them at once, as the engine counts for one."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.booking.models import Booking, CapacityOverride, SessionQuota
from app.booking.queries import facts
from app.booking.queries.programme import EXTRA, TAKEN
from app.booking.queries.quotas import quotas_on
from app.booking.rules.places import Working, said
from app.booking.rules.promised import Broken, broken_quotas
from app.catalogue.models import Course, CourseSession
from app.catalogue.rules import SessionStatus
from app.core.db import Reader, db


@dataclass(frozen=True)
class BrokenAt:
    """What is broken, and the session by which people know where."""

    ref: str
    title: str
    starts_at: datetime
    broken: Broken

    @property
    def sentence(self) -> str:
        """What is broken, and where."""
        return f"“{self.title}” at {said(self.starts_at)} ({self.ref}): {self.broken.sentence}."


BrokenQuotas = dict[tuple[int, int], BrokenAt]
"""By session and the place of the quota in its row."""


def broken(now: datetime, reader: Reader | None = None) -> BrokenQuotas:
    """What is broken at sessions to come, in a fixed number of statements."""
    reader = reader or db.session
    which = with_quotas(now)
    quotas = quotas_on(which, reader)
    by_name = _let_in_by_name(which, reader)
    found: BrokenQuotas = {}
    for number, ref, title, starts_at, free in reader.execute(
        sa.select(CourseSession.id, CourseSession.ref, Course.title, CourseSession.starts_at, CourseSession.capacity + EXTRA - TAKEN)
        .join(Course, Course.id == CourseSession.course_id).where(CourseSession.id.in_(which)).order_by(CourseSession.id)
    ):
        row = quotas.get(number, ())
        over = {place: sum(count for working, count in by_name.get(number, ()) if quota.covers(working)) for place, quota in enumerate(row)}
        for place, one in broken_quotas(row, free, now, over).items():
            found[number, place] = BrokenAt(ref, title, starts_at, one)
    return found


def broken_since(before: BrokenQuotas, now: datetime) -> list[BrokenAt]:
    """What is broken now by more places than it was `before`."""
    return [one for key, one in broken(now).items() if key not in before or one.broken.places > before[key].broken.places]


def with_quotas(now: datetime) -> sa.Select[tuple[int]]:
    """The sessions to come that have limits or kept places, as a query for their ids."""
    return sa.select(CourseSession.id).where(
        CourseSession.status == SessionStatus.SCHEDULED, CourseSession.starts_at > now,
        sa.exists().where(SessionQuota.course_session_id == CourseSession.id, SessionQuota.released.is_(False)))


def _let_in_by_name(which: sa.Select[tuple[int]], reader: Reader) -> dict[int, list[tuple[Working, int]]]:
    """By session: where those work whom a coordinator let in by name, over a limit or over capacity, and how many they are."""
    tree = facts.agency_tree(reader)
    found: dict[int, list[tuple[Working, int]]] = {}
    for session_id, agency_id, count in reader.execute(
        sa.select(Booking.course_session_id, Booking.agency_id, sa.func.count()).join(CapacityOverride, CapacityOverride.booking_id == Booking.id)
        .where(Booking.course_session_id.in_(which), facts.HOLDS_PLACE).group_by(Booking.course_session_id, Booking.agency_id)
    ):
        found.setdefault(session_id, []).append((facts.working_at(agency_id, tree), count))
    return found
