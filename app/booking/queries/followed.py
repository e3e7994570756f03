"""What letters did in a month, from letters that left and what happened to places afterwards; three statements however much there was."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.booking.models import Booking, BookingEvent
from app.booking.rules.followed import WITHIN, Return, Row, filled_again, rows
from app.booking.rules.states import Act, BookingStatus
from app.catalogue.models import Course, CourseSession
from app.core.db import db
from app.mail.models import Letter, LetterConcern
from app.mail.office import office

GIVEN_BACK = (Act.GIVE_BACK, Act.DECLINE)
SAME_PERSON_OR_PLACE = (Act.UNDO, Act.REINSTATE, Act.COME_INSTEAD)
"""Acts that lead to a place without anybody new having taken one that was free."""
_about = sa.literal("booking:") + sa.cast(Booking.id, sa.Text)


@dataclass(frozen=True)
class Followed:
    """One row, and the course and kind in words."""

    course: str
    title: str
    row: Row


def of_month(starts_at: datetime, ends_at: datetime) -> tuple[list[Followed], list[Followed]]:
    """What each kind of letter that left in this time did, over all courses, and for each course."""
    sent = _sent(starts_at, ends_at)
    returns = _returns(starts_at, ends_at)
    filled = filled_again(returns, _taken(starts_at, {one.session_id for one in returns}))
    found = rows([(course_id, kind, count) for course_id, _title, kind, count in sent], returns, filled)
    titles = {course_id: title for course_id, title, _kind, _count in sent}
    named = {kind: wording.title for kind, wording in office().wordings.items()}
    each = [Followed(titles[row.course_id], named.get(row.kind, row.kind), row) for row in found]
    return _over_all(each), sorted(each, key=lambda one: (one.course, one.title))


def _over_all(each: list[Followed]) -> list[Followed]:
    columns = {name: Counter[str]() for name in ("sent", "back", "filled")}
    for one in each:
        for name, counted in columns.items():
            counted[one.row.kind] += getattr(one.row, name)
    titles = {one.row.kind: one.title for one in each}
    return sorted((Followed("", title, Row(0, kind, *(counted[kind] for counted in columns.values()))) for kind, title in titles.items()),
                  key=lambda one: (-one.row.back, one.title))


def _sent(starts_at: datetime, ends_at: datetime) -> list[tuple[int, str, str, int]]:
    return [tuple(row) for row in db.session.execute(
        sa.select(Course.id, Course.title, Letter.kind, sa.func.count(sa.distinct(Letter.id)))
        .select_from(Letter).join(LetterConcern, LetterConcern.letter_id == Letter.id)
        .join(Booking, sa.and_(LetterConcern.subject == _about, Letter.person_id == Booking.person_id))
        .join(CourseSession, CourseSession.id == Booking.course_session_id).join(Course, Course.id == CourseSession.course_id)
        .where(Letter.sent_at >= starts_at, Letter.sent_at < ends_at).group_by(Course.id, Course.title, Letter.kind)
    )]


def _returns(starts_at: datetime, ends_at: datetime) -> list[Return]:
    """Every return that may have followed a letter of this time, with the letters that left to the person before it."""
    undo = sa.orm.aliased(BookingEvent)
    undone = sa.exists().where(undo.booking_id == BookingEvent.booking_id, undo.id > BookingEvent.id, undo.act == Act.UNDO)
    letter = sa.select(LetterConcern.subject, Letter.person_id, Letter.kind, Letter.sent_at).join(Letter, Letter.id == LetterConcern.letter_id).where(
        Letter.sent_at >= starts_at, Letter.sent_at < ends_at).subquery()
    found: dict[int, Return] = {}
    for number, session_id, course_id, at, person_id, kind, sent_at in db.session.execute(
        sa.select(BookingEvent.id, Booking.course_session_id, CourseSession.course_id, BookingEvent.at, Booking.person_id, letter.c.kind,
                  letter.c.sent_at)
        .join(Booking, Booking.id == BookingEvent.booking_id).join(CourseSession, CourseSession.id == Booking.course_session_id)
        .outerjoin(letter, sa.and_(letter.c.subject == _about, letter.c.person_id == Booking.person_id, letter.c.sent_at <= BookingEvent.at))
        .where(BookingEvent.act.in_(GIVEN_BACK), BookingEvent.after == BookingStatus.GIVEN_BACK, BookingEvent.before == BookingStatus.BOOKED,
               BookingEvent.at >= starts_at, BookingEvent.at < ends_at + WITHIN, ~undone)
        .order_by(BookingEvent.id)
    ):
        before = found.get(number) or Return(number, session_id, course_id, at, person_id)
        letters = (*before.letters, (kind, sent_at)) if kind else before.letters
        found[number] = Return(number, session_id, course_id, at, person_id, letters)
    return list(found.values())


def _taken(starts_at: datetime, sessions: set[int]) -> list[tuple[int, datetime, int]]:
    """When somebody took a place at these sessions, and who."""
    return [tuple(row) for row in db.session.execute(
        sa.select(Booking.course_session_id, BookingEvent.at, Booking.person_id).join(Booking, Booking.id == BookingEvent.booking_id)
        .where(Booking.course_session_id.in_(sessions), BookingEvent.at >= starts_at, BookingEvent.after == BookingStatus.BOOKED,
               BookingEvent.act.not_in(SAME_PERSON_OR_PLACE),
               sa.or_(BookingEvent.before.is_(None), BookingEvent.before != BookingStatus.BOOKED))
    )]
