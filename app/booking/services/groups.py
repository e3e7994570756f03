"""Groups that wait to come together: whoever booked one is told when it loses its room, and may let its people come one by one."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.booking import emails
from app.booking.models import Booking, BookingGroup
from app.booking.queries import groups
from app.booking.rules import happened as words
from app.booking.services.history import happened
from app.booking.services.holding import settle
from app.booking.services.locking import hold
from app.catalogue.models import CourseSession
from app.core.db import transaction
from app.mail.queries import waiting_about
from app.mail.services import queue, void

ROOM_AGAIN, CHANGED = "There is room for the group again.", "The session has changed."


def without_room(course_session: CourseSession, now: datetime) -> frozenset[int]:
    """The groups that wait on the session and can never come together, as things stand; asked before something changes that."""
    return frozenset(one.group.id for one in groups.together(course_session, now) if one.never)


def tell_of_room(session: Session, course_session: CourseSession, before: Collection[int], now: datetime) -> None:
    """Whoever booked a group that had room before, and has none now, is told once; a letter that is not true any more is taken back."""
    for one in groups.together(course_session, now):
        if one.never and one.group.id not in before and not emails.silent(session):
            queue(emails.group_without_room(course_session, one, now), now=now)
        elif not one.never and one.group.id in before:
            void(concerns=f"group:{one.group.id}", reason=ROOM_AGAIN, now=now)


def take_news_back(course_session: CourseSession, now: datetime) -> frozenset[int]:
    """The groups that lost their room and whose booker was not told yet, before the session changes: the letters are withdrawn."""
    about = f"session:{course_session.id}"
    untold = frozenset(emails.group_of(letter) for letter in waiting_about(about, emails.WITHOUT_ROOM))
    if untold:
        void(concerns=about, kinds=(emails.WITHOUT_ROOM,), reason=CHANGED, now=now)
    return untold


def tell_as_it_is(course_session: CourseSession, untold: Collection[int], now: datetime) -> None:
    """Whoever booked these groups is told of the session as it is now, where they have no room still."""
    for one in groups.together(course_session, now) if untold else ():
        if one.never and one.group.id in untold:
            queue(emails.group_without_room(course_session, one, now), now=now)


def come_one_by_one(*, group_id: int, by: str, now: datetime) -> None:
    """Those of a group who wait no longer wait for each other: each is offered what comes free, where they stand. Again changes nothing."""
    with transaction() as session:
        numbers = sa.select(Booking.course_session_id).where(Booking.group_id == group_id).limit(1)
        number = session.scalars(numbers).one_or_none()
        if number is None:  # all of them were booked anew since
            return
        course_session = hold(session, number)
        group = session.get_one(BookingGroup, group_id, populate_existing=True)
        if not group.together:
            return
        waiting = [one for one in groups.together(course_session, now) if one.group.id == group_id]
        group.together = False
        for one in waiting:
            happened(session, course_session.id, words.group_apart(one.by.name or one.by.email, len(one.members)), by=by, now=now)
        void(concerns=f"group:{group_id}", reason="They come one by one now.", now=now)
        session.flush()
        settle(session, course_session, now)
