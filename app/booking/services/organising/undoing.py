"""Taking a cancellation back within ten minutes, before its letters leave."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.accounts.models import Affiliation
from app.booking import emails
from app.booking.models import Booking, BookingEvent, SessionEvent
from app.booking.queries import desk_policies, facts, leaving
from app.booking.queries.notices import offer_ended_at, undo_until
from app.booking.rules import happened as words
from app.booking.rules import policy, waiting
from app.booking.rules.displaced import DISPLACED, GOES_AHEAD
from app.booking.rules.places import kept_still
from app.booking.rules.states import AWAITING, RETURNED, Act, BookingStatus
from app.booking.rules.undoing import undone_until
from app.booking.services.announcing import tell_anew
from app.booking.services.beginning import still_asks
from app.booking.services.by_itself import free_place_of_leaver
from app.booking.services.history import happened
from app.booking.services.holding import TIME, change, note, settle
from app.booking.services.locking import hold_all
from app.booking.services.organising.cancelling import CALLED_OFF
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus
from app.core.db import transaction
from app.core.errors import Refused
from app.mail.models import Letter, LetterConcern
from app.mail.services import queue_all, true_again, void

CANCELLATIONS = ("held-places-cancelled", "session-cancelled", "sessions-cancelled", "trainer-cancelled")
NOT_SENT = "The session goes ahead after all."


@dataclass(frozen=True)
class Undone:
    """What came of it: how many bookings stand again, and who took a place on another date meanwhile and has both now."""

    restored: int
    both: Sequence[str] = ()


def undo_cancelling(*, session_ids: Sequence[int], by: str, now: datetime) -> Undone:
    """Take a cancellation back within ten minutes, before its letters leave: bookings stand as before, and there are places for them.

    A place elsewhere that was merely held, or waited for, goes back. Who has taken it keeps it too, and is asked which of the two they want.

    Raises:
        Refused: more than ten minutes have passed, a session was not cancelled, or others were called off with it in one letter.
    """
    with transaction() as session:
        held = hold_all(session, [*session_ids, *_touched(session, session_ids)])
        _check_whole(session, session_ids)
        undone = Undone(0)
        for number in session_ids:
            here = held[number]
            if here.status is not SessionStatus.CANCELLED or here.cancelled_at is None:
                raise Refused("This session was not cancelled.")
            until = undone_until(here.cancelled_at, [here.starts_at])
            if until is None:
                raise Refused("It was to begin within ten minutes, so people were told at once. Plan a new session instead.")
            if now > until:
                raise Refused("More than ten minutes have passed, and people have been told. Plan a new session instead.")
            more = _reinstate(session, here, by, now)
            undone = Undone(undone.restored + more.restored, [*undone.both, *more.both])
            _make_room(session, here, by, now)
        for course_session in held.values():
            settle(session, course_session, now)
    return undone


def _make_room(session: Session, here: CourseSession, by: str, now: datetime) -> None:
    """An import may have lowered the number of places meanwhile: there are as many again as are promised and kept."""
    session.flush()
    standing = facts.standing(here, now)
    missing = standing.taken + kept_still(standing, now) - standing.limit
    if missing > 0:
        happened(session, here.id, words.capacity_changed(here.capacity, here.capacity + missing), by=by, now=now)
        here.capacity += missing
        session.flush()


def _touched(session: Session, session_ids: Sequence[int]) -> Sequence[int]:
    """The other dates on which those displaced got something."""
    ours = sa.select(Booking.id).where(Booking.course_session_id.in_(session_ids))
    courses = sa.select(CourseSession.course_id).where(CourseSession.id.in_(session_ids))
    moved_up = sa.select(Booking.course_session_id).join(BookingEvent, BookingEvent.booking_id == Booking.id).join(
        CourseSession, CourseSession.id == Booking.course_session_id
    ).where(CourseSession.course_id.in_(courses), Booking.status == BookingStatus.WAITING, Booking.priority == waiting.FIRST,
            BookingEvent.act == Act.REORDER, BookingEvent.reason == DISPLACED)
    return session.scalars(sa.union(sa.select(Booking.course_session_id).where(Booking.previous_id.in_(ours)), moved_up)).all()


def _check_whole(session: Session, session_ids: Sequence[int]) -> None:
    """A letter about several sessions is true or not as a whole."""
    ours, others = aliased(LetterConcern), aliased(LetterConcern)
    mine = [f"session:{number}" for number in session_ids]
    if session.scalar(
        sa.select(Letter.id).join(ours, ours.letter_id == Letter.id).join(others, others.letter_id == Letter.id)
        .where(Letter.kind.in_(("sessions-cancelled", "trainer-cancelled")), ours.subject.in_(mine), others.subject.like("session:%"),
               others.subject.not_in(mine)).limit(1)
    ) is not None:
        raise Refused("This session was called off together with others. Take all of it back, on the page of what was cancelled just now.")


def _reinstate(session: Session, here: CourseSession, by: str, now: datetime) -> Undone:
    cancelled_at = here.cancelled_at
    events = session.scalars(
        sa.select(BookingEvent).join(Booking, Booking.id == BookingEvent.booking_id)
        .where(Booking.course_session_id == here.id, BookingEvent.act == Act.CANCEL, BookingEvent.at == cancelled_at)
    ).all()
    here.status, here.cancel_reason, here.cancelled_on, here.cancelled_at = _stood(session, here), None, None, None
    happened(session, here.id, words.UNDONE, by=by, now=now)
    void(concerns=f"session:{here.id}", reason=NOT_SENT, now=now, kinds=CANCELLATIONS)
    true_again(concerns=f"session:{here.id}", reason=CALLED_OFF)
    tell_anew(session, here, now)
    emails.tell_trainer_after_all(session, here, now)
    bookings = {booking.id: booking for booking in session.scalars(
        sa.select(Booking).where(Booking.id.in_([event.booking_id for event in events])))}
    for event in events:
        if event.after in RETURNED:
            _hold_for_undo(session, here, bookings[event.booking_id], by, now)
    events = [event for event in events if event.after not in RETURNED]
    promised = desk_policies.promised(bookings.values(), now)
    both = []
    for event in events:
        booking = bookings[event.booking_id]
        before, rule, due_at = event.before or BookingStatus.BOOKED, None, None
        if before is BookingStatus.OFFERED:
            until = offer_ended_at(booking)
            due_at = until if until is not None and until > now else None
            before = before if due_at is not None else BookingStatus.WAITING
        elif before in AWAITING:
            before, rule = still_asks(booking, before, facts.person(booking.person_id, here.course, now))
            due_at = policy.request_ends_at(promised[booking.id], here.starts_at, now) if before in AWAITING else None
        booking.reason = None
        taken = _let_go_elsewhere(session, booking, by, now)
        if taken is None:
            change(session, booking, Act.REINSTATE, before, by=by, now=now, rule=rule, due_at=due_at)
            continue
        with emails.not_telling(session):
            change(session, booking, Act.REINSTATE, before, by=by, now=now, rule=rule, due_at=due_at)
        queue_all([emails.two_dates(booking, taken, now), *emails.manager_asked(booking, now)], now=now)
        both.append(booking.person.name or booking.person.email)
    _move_down_again(session, here, cancelled_at, bookings, by, now)
    for booking in _of_leavers(session, bookings.values()):
        free_place_of_leaver(booking_id=booking.id, now=now, by=by, reason="has left meanwhile")
    return Undone(len(events), both)


def _hold_for_undo(session: Session, here: CourseSession, booking: Booking, by: str, now: datetime) -> None:
    """What somebody had given back a moment before the session was called off is held for them again, until when it would have been."""
    until = undo_until(booking, now)
    change(session, booking, Act.REINSTATE, None, by=by, now=now, due_at=until)
    if until is None:
        change(session, booking, Act.FREE, None, by=TIME, now=now)


def _of_leavers(session: Session, bookings: Iterable[Booking]) -> list[Booking]:
    """The bookings of people who left in the minutes between: their account was ended, or nobody knows any more where they work."""
    people = {booking.person_id for booking in bookings}
    ended = leaving.whose_account_ended(people)
    at_work = set(session.scalars(sa.select(Affiliation.person_id).where(Affiliation.person_id.in_(people), Affiliation.ends_on.is_(None))))
    return [one for one in bookings if one.person_id in ended or (one.agency_id is not None and one.person_id not in at_work)]


def _stood(session: Session, here: CourseSession) -> SessionStatus:
    """Where the session stood before it was called off: a draft is a draft again."""
    return session.scalar(
        sa.select(SessionEvent.stood).where(SessionEvent.course_session_id == here.id, SessionEvent.stood.is_not(None))
        .order_by(SessionEvent.id.desc()).limit(1)
    ) or SessionStatus.SCHEDULED


def _let_go_elsewhere(session: Session, booking: Booking, by: str, now: datetime) -> Booking | None:
    """What the person was merely offered, or waits for, on another date instead goes back; what they have taken is theirs, and is given."""
    taken = None
    for elsewhere in session.scalars(sa.select(Booking).where(Booking.previous_id == booking.id, Booking.person_id == booking.person_id)).all():
        if elsewhere.status in (BookingStatus.OFFERED, BookingStatus.WAITING):
            change(session, elsewhere, Act.WITHDRAW, BookingStatus.LEFT_LIST, by=by, now=now)
        elif elsewhere.status is BookingStatus.BOOKED or elsewhere.status in AWAITING:
            taken = elsewhere
    return taken


def _move_down_again(
    session: Session, here: CourseSession, cancelled_at: datetime | None, bookings: Mapping[int, Booking], by: str, now: datetime
) -> None:
    """Who waited on another date before, and stood first there as their own session was called off, stands among the others again."""
    moved_up = sa.exists().where(
        BookingEvent.booking_id == Booking.id, BookingEvent.act == Act.REORDER, BookingEvent.reason == DISPLACED,
        BookingEvent.at == cancelled_at)
    for elsewhere in session.scalars(sa.select(Booking).join(Booking.course_session).where(
        CourseSession.course_id == here.course_id, Booking.person_id.in_([one.person_id for one in bookings.values()]),
        Booking.status == BookingStatus.WAITING, Booking.priority == waiting.FIRST, moved_up,
    )).all():
        elsewhere.priority = waiting.NORMAL
        note(session, elsewhere, Act.REORDER, elsewhere.status, by=by, now=now, reason=GOES_AHEAD)
