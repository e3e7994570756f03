"""Worries, for the safeguarding contacts and nobody else."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.accounts.models import Person
from app.booking.models import Booking
from app.catalogue.models import CourseSession
from app.core.db import db
from app.evaluation.models import SafeguardingContact, Worry

MOST = 200


def contacts() -> Sequence[Person]:
    """Who reads worries."""
    return db.session.scalars(
        sa.select(Person).join(SafeguardingContact, SafeguardingContact.person_id == Person.id).order_by(Person.last_name, Person.id)
    ).all()


def is_contact(person_id: int) -> bool:
    """Whether this person reads them."""
    return bool(db.session.scalar(sa.select(sa.exists().where(SafeguardingContact.person_id == person_id))))


def standing() -> tuple[int, bool]:
    """(how many worries are open, whether anybody is named who reads them): all that others may know."""
    count = sa.select(sa.func.count(Worry.id)).where(Worry.done_at.is_(None)).scalar_subquery()
    named = sa.exists().where(SafeguardingContact.person_id.is_not(None))
    row = db.session.execute(sa.select(count, named)).one()
    return row[0], bool(row[1])


def everything() -> Sequence[Worry]:
    """The latest worries, open ones first, with who raised them where that is known."""
    return db.session.scalars(
        sa.select(Worry).options(
            joinedload(Worry.course_session).joinedload(CourseSession.course), joinedload(Worry.booking).joinedload(Booking.person),
            joinedload(Worry.booking).joinedload(Booking.agency), joinedload(Worry.done_by),
        ).order_by(Worry.done_at.is_not(None), Worry.raised_at.desc(), Worry.id.desc()).limit(MOST)
    ).all()


def with_ref(ref: str) -> Worry | None:
    """The worry with this reference."""
    return db.session.scalar(sa.select(Worry).where(Worry.ref == ref))


def session_numbered(number: int) -> CourseSession | None:
    """The session beside which a worry is raised."""
    return db.session.scalar(sa.select(CourseSession).where(CourseSession.id == number).options(joinedload(CourseSession.course)))
