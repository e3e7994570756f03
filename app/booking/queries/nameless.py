"""Places without names as those see them who are to give them names: who that is, and of which places there is nobody."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from app.accounts.models import Account, AccountRole, Affiliation, Person
from app.accounts.rules import Role
from app.booking.models import HeldPlaces
from app.booking.queries import facts
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus
from app.core.db import db


def held_by(person_id: int, now: datetime) -> Sequence[HeldPlaces]:
    """The places without names that somebody holds on sessions to come, those that go back first."""
    return db.session.scalars(_held(now).where(HeldPlaces.by_id == person_id)).all()


def without_lead(now: datetime) -> list[HeldPlaces]:
    """The places without names to which nobody can give any, as their agency, and what it is part of, has no lead; those that go back first."""
    held = db.session.scalars(_held(now)).all()
    leads = leads_of({one.agency_id for one in held}) if held else {}
    return [one for one in held if not leads[one.agency_id]]


def leads_of(agencies: Collection[int]) -> dict[int, list[Person]]:
    """Who leads each of these agencies, or what it is part of, with an account."""
    tree = facts.agency_tree()
    leads = db.session.execute(
        sa.select(Person, Affiliation.agency_id).join(Account, Account.person_id == Person.id).join(AccountRole, AccountRole.account_id == Account.id)
        .join(Affiliation, sa.and_(Affiliation.person_id == Person.id, Affiliation.ends_on.is_(None)))
        .where(AccountRole.role == Role.AGENCY_LEAD, Account.closed_at.is_(None)).order_by(Person.id)
    ).all()
    return {number: [person for person, at in leads if at in facts.working_at(number, tree).agencies] for number in agencies}


def _held(now: datetime) -> sa.Select[Any]:
    return (
        sa.select(HeldPlaces).join(HeldPlaces.course_session)
        .where(HeldPlaces.places > 0, HeldPlaces.releases_at > now, CourseSession.starts_at > now, CourseSession.status == SessionStatus.SCHEDULED)
        .options(contains_eager(HeldPlaces.course_session).joinedload(CourseSession.course), joinedload(HeldPlaces.agency), joinedload(HeldPlaces.by),
                 contains_eager(HeldPlaces.course_session).selectinload(CourseSession.parts))
        .order_by(HeldPlaces.releases_at, HeldPlaces.id)
    )
