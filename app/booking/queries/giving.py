"""Who gives the sessions to come, and which of them have heard of it."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from app.accounts.models import Person
from app.accounts.queries import gives_sessions
from app.booking.rules.giving import Given, Handover
from app.catalogue.models import Course, CourseSession, SessionPart, Trainer
from app.catalogue.rules import SessionStatus
from app.core.db import db
from app.mail.models import Letter, LetterConcern
from app.mail.queries import MAY_BE_READ
from app.mail.rules.fates import NOT_YET_SENT


def given(now: datetime) -> dict[int, Given]:
    """Every session to come, also one that is a draft, with who gives it and when; in one statement."""
    found: dict[int, Given] = {}
    for number, trainer_id, title, starts_at, ends_at in db.session.execute(
        sa.select(CourseSession.id, CourseSession.trainer_id, Course.title, SessionPart.starts_at, SessionPart.ends_at)
        .join(Course, Course.id == CourseSession.course_id).join(SessionPart, SessionPart.course_session_id == CourseSession.id)
        .where(CourseSession.status.in_((SessionStatus.DRAFT, SessionStatus.SCHEDULED)), CourseSession.ends_at > now)
        .order_by(SessionPart.starts_at, SessionPart.id)
    ):
        parts = found[number].parts if number in found else ()
        found[number] = Given(trainer_id, title, (*parts, (starts_at, ends_at)))
    return found


def who_can_give() -> dict[int, str]:
    """The trainers who give sessions still, by last name."""
    return dict(_named(gives_sessions(Trainer.person_id)))


def _named(*conditions: sa.ColumnElement[bool]) -> list[tuple[int, str]]:
    people = db.session.scalars(sa.select(Person).join(Trainer, Trainer.person_id == Person.id).where(*conditions)
                                .order_by(Person.last_name, Person.first_name, Person.id)).all()
    return [(person.id, person.name or person.email) for person in people]


def unaware(session_ids: Collection[int]) -> set[int]:
    """The sessions whose trainer was not told yet that they give it, as the letter that says so waits: should somebody else give it after all, it
    is withdrawn and they hear nothing."""
    subject = sa.literal("session:") + sa.cast(CourseSession.id, sa.Text)
    named = sa.select(Letter.id).join(LetterConcern, LetterConcern.letter_id == Letter.id).where(
        LetterConcern.subject == subject, Letter.kind == "trainer-named", Letter.person_id == CourseSession.trainer_id)
    return set(db.session.scalars(sa.select(CourseSession.id).where(
        CourseSession.id.in_(session_ids), named.where(Letter.status.in_(NOT_YET_SENT)).exists(), ~named.where(MAY_BE_READ).exists())))


def handover(session: CourseSession, trainer_id: int | None, now: datetime) -> Handover:
    """Who would be written to if this trainer gave the session, or nobody: no letter about sessions goes to who has left."""
    if trainer_id == session.trainer_id or session.status is not SessionStatus.SCHEDULED or session.ends_at <= now:
        return Handover()
    names = dict(_named(Trainer.person_id.in_([number for number in (session.trainer_id, trainer_id) if number]), gives_sessions(Trainer.person_id)))
    before = session.trainer_id if session.trainer_id and not unaware([session.id]) else None
    return Handover(names.get(trainer_id or 0, ""), names.get(before or 0, ""))
