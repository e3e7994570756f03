"""Whether groups that wait to come together have room: whoever booked one is told when it loses that, of the session as it is by then."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from app.booking import emails
from app.booking.queries import groups
from app.catalogue.models import CourseSession
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
