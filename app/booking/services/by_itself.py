"""What happens to places without anybody pressing a button: what is due, the question whether people still come, leavers, needs that must go."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.booking.models import Booking, BookingNeed, HeldPlaces, ListLook, SessionQuota
from app.booking.queries import opened
from app.booking.rules import policy
from app.booking.rules.states import HOLDING, Act, BookingStatus
from app.booking.services.holding import change, hold_booking, note, settle
from app.booking.services.locking import hold
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus
from app.core.db import transaction

LEAVERS = "the end of the account"
QUESTION = "the question whether people still come"


def sessions_due(now: datetime) -> Sequence[int]:
    """Every session at which something should have happened by now, however long ago."""
    with transaction() as session:
        bookings = sa.select(Booking.course_session_id).where(Booking.due_at <= now)
        held = sa.select(HeldPlaces.course_session_id).where(HeldPlaces.places > 0, HeldPlaces.releases_at <= now)
        quotas = sa.select(SessionQuota.course_session_id).where(SessionQuota.released.is_(False), SessionQuota.releases_at <= now)
        return session.scalars(sa.union(bookings, held, quotas)).all()


def lists_to_look_at(now: datetime) -> Sequence[opened.Seen]:
    """Sessions whose free places somebody who waits may have by now, as something elsewhere changed since they came free."""
    with transaction():
        return opened.not_looked_at(now)


def look_at_list(*, seen: opened.Seen, now: datetime) -> None:
    """Offer what is free to those who can have it since, and remember what was seen: as long as nothing changes nobody looks again.

    Where the look changed what is to be seen, or a look at another date did just before, nothing is remembered: somebody for whom any date will do
    is offered one at a time, and this one must be found again when they do not take the other.
    """
    with transaction() as session:
        course_session = hold(session, seen.session_id)
        settle(session, course_session, now)
        session.execute(sa.delete(ListLook).where(ListLook.course_session_id == seen.session_id))
        if opened.picture(seen.session_id, now) == seen.picture:
            session.add(ListLook(course_session_id=seen.session_id, seen=seen.picture, places_version=course_session.places_version))


def look_at_lists_again(session: Session) -> None:
    """Something changed that a look does not see (what an agency is part of, an import): the worker looks at every list once more."""
    session.execute(sa.delete(ListLook))


def settle_session(*, session_id: int, now: datetime) -> None:
    """Let happen at one session what is due."""
    with transaction() as session:
        settle(session, hold(session, session_id), now)


def sessions_to_ask(now: datetime) -> Sequence[int]:
    """Sessions whose people are to be asked whether they still come, and somebody is not asked yet."""
    with transaction() as session:
        rows = session.execute(
            sa.select(CourseSession.id, CourseSession.starts_at, CourseSession.confirm_days)
            .where(CourseSession.status == SessionStatus.SCHEDULED, CourseSession.starts_at > now, CourseSession.confirm_days.is_not(None),
                   CourseSession.starts_at <= now + timedelta(days=60),
                   sa.exists().where(Booking.course_session_id == CourseSession.id, Booking.status == BookingStatus.BOOKED,
                                     Booking.asked_at.is_(None)))
        )
        return [row.id for row in rows if policy.ask_coming_at(row.starts_at, row.confirm_days) <= now
                < policy.ask_coming_until(row.starts_at, row.confirm_days)]


def ask_still_coming(*, session_id: int, now: datetime) -> int:
    """Ask everybody who booked before the question was due; a later booking says by itself that they come. How many were asked."""
    with transaction() as session:
        course_session = hold(session, session_id)
        settle(session, course_session, now)
        asks_at = policy.ask_coming_at(course_session.starts_at, course_session.confirm_days or 0)
        ends_at = policy.silence_ends_at(course_session.starts_at, now)
        asked = 0
        for booking in session.scalars(sa.select(Booking).where(
            Booking.course_session_id == session_id, Booking.status == BookingStatus.BOOKED, Booking.asked_at.is_(None)
        )).all():
            booking.asked_at = now
            if booking.agreed_at is not None and booking.agreed_at >= asks_at:
                continue
            booking.due_at = ends_at
            note(session, booking, Act.ASK_COMING, booking.status, by=QUESTION, now=now)
            asked += 1
    return asked


def bookings_of_leavers(now: datetime) -> Sequence[int]:
    """Coming bookings of people whose account has ended."""
    with transaction() as session:
        return session.scalars(
            sa.select(Booking.id).join(CourseSession, CourseSession.id == Booking.course_session_id)
            .join(Account, Account.person_id == Booking.person_id)
            .where(Account.closed_at.is_not(None), Booking.status.in_((*HOLDING, BookingStatus.WAITING)), CourseSession.starts_at > now,
                   Booking.turnout.is_(None))
        ).all()


def free_place_of_leaver(*, booking_id: int, now: datetime, by: str = LEAVERS, reason: str | None = None) -> None:
    """The place of somebody whose account ended, or who left as somebody says, goes on; nothing is late about it."""
    with transaction() as session:
        booking, course_session, _standing = hold_booking(session, booking_id, now)
        if booking.status not in (*HOLDING, BookingStatus.WAITING):
            return
        after = BookingStatus.LEFT_LIST if booking.status is BookingStatus.WAITING else BookingStatus.GIVEN_BACK
        booking.notice = policy.Notice.IN_TIME if after is BookingStatus.GIVEN_BACK else None
        change(session, booking, Act.LEAVER, after, by=by, now=now, reason=reason)
        settle(session, course_session, now)


def delete_needs(*, now: datetime) -> int:
    """Needs are kept until thirty days after the session; how many went."""
    with transaction() as session:
        return session.execute(sa.delete(BookingNeed).where(BookingNeed.delete_at <= now)).rowcount
