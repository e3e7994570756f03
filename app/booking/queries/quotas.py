"""The limits and kept places of many sessions at once, and where somebody works as they see it."""

from collections.abc import Sequence

import sqlalchemy as sa

from app.accounts.models import Affiliation
from app.booking.models import SessionQuota
from app.booking.queries import facts
from app.booking.rules.places import Quota, Working, used_of
from app.core.db import Reader, db


def quotas_of(session_ids: Sequence[int]) -> dict[int, tuple[Quota, ...]]:
    """The quotas in force on each of these sessions, with what is used: a fixed number of statements, none without sessions."""
    return quotas_on(session_ids, db.session) if session_ids else {}


def quotas_on(session_ids: Sequence[int] | sa.Select[tuple[int]], reader: Reader) -> dict[int, tuple[Quota, ...]]:
    """The same, of sessions that may be told by a query for their ids."""
    tree = facts.agency_tree(reader)
    held: dict[int, list[tuple[Working, int, int]]] = {}
    for query in facts.held_by_agency(session_ids):
        for session_id, agency_id, places, over in reader.execute(query):
            held.setdefault(session_id, []).append((facts.working_at(agency_id, tree), places, over))
    found: dict[int, tuple[Quota, ...]] = {}
    for row in reader.execute(
        sa.select(SessionQuota.course_session_id, SessionQuota.kind, SessionQuota.places, SessionQuota.agency_id, SessionQuota.sector,
                  SessionQuota.releases_at)
        .where(SessionQuota.course_session_id.in_(session_ids), SessionQuota.released.is_(False)).order_by(SessionQuota.id)
    ):
        name = tree[row.agency_id].name if row.agency_id else row.sector or "the coordinator"
        quota = Quota(row.kind, row.places, name, row.agency_id, row.sector, row.releases_at)
        found[row.course_session_id] = (*found.get(row.course_session_id, ()), used_of(quota, held.get(row.course_session_id, ())))
    return found


def working_of(person_id: int | None) -> Working:
    """Where somebody works now; nowhere for a reader who is not signed in."""
    agency_id = None if person_id is None else db.session.scalar(
        sa.select(Affiliation.agency_id).where(Affiliation.person_id == person_id, Affiliation.ends_on.is_(None)))
    return Working() if agency_id is None else facts.working_at(agency_id, facts.agency_tree())
