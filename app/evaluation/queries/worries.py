"""Worries, for the safeguarding contacts and nobody else."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload

from app.accounts.models import Account, Person
from app.booking.models import Booking
from app.catalogue.models import CourseSession
from app.core.db import db
from app.evaluation.models import SafeguardingContact, SafeguardingContactEvent, Worry
from app.evaluation.rules.worries import BEGINNING, ContactAct
from app.mail.models import Letter, UndeliverableAddress
from app.mail.office import office
from app.mail.rules.fates import NOT_YET_SENT, LetterStatus

MOST = 200
CAN_SIGN_IN = sa.exists().where(Account.person_id == SafeguardingContact.person_id, Account.closed_at.is_(None))
"""Whoever cannot reads nothing, whatever they are named: letters and pages take them for not there."""

LEAVES_WITHIN = timedelta(hours=1)
"""A letter about a worry that has not left by then, for whatever reason, told nobody of it."""
NOT_DELIVERED = (LetterStatus.FAILED, LetterStatus.HELD)


def _about(whom: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """What the letter to somebody about a worry is about, as `emails.worry_raised` names it."""
    return sa.literal("worry:") + sa.cast(Worry.id, sa.String) + sa.literal(":") + whom


def _told_nobody(letter: type[Letter], now: datetime) -> sa.ColumnElement[bool]:
    """Whether a letter was not delivered, or should have left by now. Where letters are kept here they are read here."""
    leaves = sa.or_(sa.literal(office().letters_leave), letter.first_tried_at.is_not(None))
    late = sa.and_(letter.status != LetterStatus.SENT, letter.written_at <= now - LEAVES_WITHIN, leaves)
    return sa.or_(letter.status.in_(NOT_DELIVERED), late)


def _not_heard_of(now: datetime) -> sa.ColumnElement[bool]:
    """Condition on a worry: it is open, and everybody who reads it is somebody whom letters, or the one about it, did not reach."""
    again = aliased(Letter)
    reached_by_none = sa.exists().where(
        Letter.about == _about(sa.cast(SafeguardingContact.person_id, sa.String)), _told_nobody(Letter, now),
        ~sa.exists().where(again.again_of_id == Letter.id, ~_told_nobody(again, now)))
    no_letters = sa.exists().where(Person.id == SafeguardingContact.person_id, UndeliverableAddress.address == Person.email)
    reader = sa.exists().where(SafeguardingContact.reads_from <= Worry.raised_at, CAN_SIGN_IN, ~no_letters, ~reached_by_none)
    return sa.and_(Worry.done_at.is_(None), ~reader)


def contacts() -> Sequence[Person]:
    """Who reads worries."""
    return db.session.scalars(
        sa.select(Person).join(SafeguardingContact, SafeguardingContact.person_id == Person.id).where(CAN_SIGN_IN)
        .order_by(Person.last_name, Person.id)
    ).all()


def named() -> Sequence[SafeguardingContact]:
    """The safeguarding contacts with since when they read, whoever reads most first."""
    return db.session.scalars(sa.select(SafeguardingContact).where(CAN_SIGN_IN).options(joinedload(SafeguardingContact.person))
                              .order_by(SafeguardingContact.reads_from, SafeguardingContact.person_id)).all()


def contact(person_id: int) -> SafeguardingContact | None:
    """This person as a safeguarding contact; none when they are not one."""
    return db.session.scalar(sa.select(SafeguardingContact).where(SafeguardingContact.person_id == person_id))


def acts() -> Sequence[SafeguardingContactEvent]:
    """What was done about who reads worries, the latest first."""
    return db.session.scalars(sa.select(SafeguardingContactEvent).options(joinedload(SafeguardingContactEvent.person))
                              .order_by(SafeguardingContactEvent.id.desc()).limit(MOST)).all()


def nobodys_since() -> datetime:
    """Since when worries have nobody who reads them, if there is no contact now: since the last was removed, or always. Who is named still, and
    whose account was closed by a version that let them stay, has left all that they read."""
    removed = sa.select(sa.func.max(SafeguardingContactEvent.at)).where(SafeguardingContactEvent.act == ContactAct.REMOVED).scalar_subquery()
    last, left = db.session.execute(sa.select(removed, sa.select(sa.func.min(SafeguardingContact.reads_from)).scalar_subquery())).one()
    since: datetime = last or BEGINNING
    return min(since, left or since)


def open_between(first: datetime, until: datetime | None) -> int:
    """How many open worries were raised from then on and before the other moment."""
    raised = [Worry.raised_at >= first, *([Worry.raised_at < until] if until is not None else [])]
    return db.session.scalar(sa.select(sa.func.count(Worry.id)).where(Worry.done_at.is_(None), *raised)) or 0


class Standing(NamedTuple):
    """How many worries are open, whether anybody is named who reads them, and whether of each a letter reached somebody who reads it, as far as
    we know: all that others may know."""

    open: int
    named: bool
    reached: bool


def standing(now: datetime) -> Standing:
    """How it stands with worries at this moment."""
    count = sa.select(sa.func.count(Worry.id)).where(Worry.done_at.is_(None)).scalar_subquery()
    named = sa.exists().where(SafeguardingContact.person_id.is_not(None), CAN_SIGN_IN)
    unheard = sa.exists().where(_not_heard_of(now))
    row = db.session.execute(sa.select(count.label("open"), named.label("named"), unheard.label("not_heard_of"))).one()
    return Standing(row.open, bool(row.named), not row.not_heard_of)


def reaches_somebody(worry: Worry, now: datetime) -> bool:
    """Whether letters about this worry reach somebody who reads it, as far as we know."""
    return not db.session.scalar(sa.select(sa.exists().where(_not_heard_of(now), Worry.id == worry.id)))


def news_for_team(now: datetime) -> tuple[list[Worry], list[Worry]]:
    """The open worries of which no letter reached anybody who reads them, and of which the training team has not heard; and those of which one did
    after all, while the letter to the team still waits. In one statement."""
    unheard, to_team = _not_heard_of(now), Letter.about == _about(sa.literal("team"))
    told, waits = sa.exists().where(to_team), sa.exists().where(to_team, Letter.status.in_(NOT_YET_SENT))
    found = db.session.execute(sa.select(Worry, unheard).where(Worry.done_at.is_(None), sa.or_(sa.and_(unheard, ~told), sa.and_(~unheard, waits)))
                               .order_by(Worry.id)).all()
    return [worry for worry, is_news in found if is_news], [worry for worry, is_news in found if not is_news]


def read_by(reader: SafeguardingContact) -> Sequence[Worry]:
    """The latest worries that this contact reads, open ones first, with who raised them where that is known."""
    return db.session.scalars(
        sa.select(Worry).where(Worry.raised_at >= reader.reads_from).options(
            joinedload(Worry.course_session).joinedload(CourseSession.course), joinedload(Worry.booking).joinedload(Booking.person),
            joinedload(Worry.booking).joinedload(Booking.agency), joinedload(Worry.done_by),
        ).order_by(Worry.done_at.is_not(None), Worry.raised_at.desc(), Worry.id.desc()).limit(MOST)
    ).all()


def with_ref(ref: str, reader: SafeguardingContact) -> Worry | None:
    """The worry with this reference, if this contact reads it."""
    return db.session.scalar(sa.select(Worry).where(Worry.ref == ref, Worry.raised_at >= reader.reads_from))


def session_numbered(number: int) -> CourseSession | None:
    """The session beside which a worry is raised."""
    return db.session.scalar(sa.select(CourseSession).where(CourseSession.id == number).options(joinedload(CourseSession.course)))
