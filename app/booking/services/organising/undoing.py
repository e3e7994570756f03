"""Taking a cancellation back within ten minutes, before its letters leave."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, joinedload

from app.accounts.models import Affiliation, Person
from app.booking import emails
from app.booking.models import Booking, BookingEvent, SessionEvent
from app.booking.queries import asked_by, desk_policies, facts, leaving, notices, promised, requests
from app.booking.rules import happened as words
from app.booking.rules import policy, waiting
from app.booking.rules.displaced import DISPLACED, GOES_AHEAD
from app.booking.rules.places import kept_still
from app.booking.rules.states import AWAITING, HAS_PLACE, LIVE, RETURNED, Act, BookingStatus
from app.booking.rules.undoing import undone_until
from app.booking.services.announcing import tell_anew
from app.booking.services.beginning import still_asks
from app.booking.services.by_itself import free_place_of_leaver
from app.booking.services.history import happened
from app.booking.services.holding import TIME, settle, stand_at_the_end
from app.booking.services.locking import hold_agencies, hold_all
from app.booking.services.many import Change, change_all, note_all
from app.booking.services.organising.cancelling import CALLED_OFF
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus
from app.core.db import transaction
from app.core.errors import Refused
from app.mail.models import Letter, LetterConcern
from app.mail.queries import MAY_BE_READ
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
        Refused: more than ten minutes have passed, a session was not cancelled, others were called off with it in one letter, or an agency that
            changed meanwhile would pass its limit.
    """
    with transaction() as session:
        hold_agencies(session)  # one that becomes part of another meanwhile sees no limit of a session that is called off
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
        _check_limits(session_ids, now)
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


def _check_limits(session_ids: Sequence[int], now: datetime) -> None:
    """While a session is called off nobody holds a place on it, so an agency can become part of another, or go to another sector, past its limits."""
    for (number, _place), one in promised.broken(now).items():
        if number in session_ids:
            raise Refused(f"An agency has changed meanwhile. {one.sentence} End the limit on the session’s page, under “Places by agency”, or "
                          "change the agency back, then undo the cancellation.")


def _touched(session: Session, session_ids: Sequence[int]) -> Sequence[int]:
    """The other dates on which those displaced got something."""
    got = _instead(Booking.course_session_id.in_(session_ids))
    courses = sa.select(CourseSession.course_id).where(CourseSession.id.in_(session_ids))
    moved_up = sa.select(Booking.course_session_id).join(BookingEvent, BookingEvent.booking_id == Booking.id).join(
        CourseSession, CourseSession.id == Booking.course_session_id
    ).where(CourseSession.course_id.in_(courses), Booking.status == BookingStatus.WAITING, Booking.priority == waiting.FIRST,
            BookingEvent.act == Act.REORDER, BookingEvent.reason == DISPLACED)
    return session.scalars(sa.union(sa.select(Booking.course_session_id).join(got, got.c.id == Booking.id), moved_up)).all()


def _instead(of: sa.ColumnElement[bool]) -> sa.CTE:
    """What people got on other dates instead of these bookings (`id`, by the `first`), followed through dates that were called off too."""
    first, then, old = aliased(Booking), aliased(Booking), aliased(Booking)
    made = sa.select(Booking.id.label("first"), first.id.label("id")).join(
        first, sa.and_(first.previous_id == Booking.id, first.person_id == Booking.person_id)).where(of).cte("instead", recursive=True)
    return made.union_all(sa.select(made.c.first, then.id).select_from(made).join(
        old, sa.and_(old.id == made.c.id, old.status == BookingStatus.SESSION_CANCELLED)
    ).join(then, sa.and_(then.previous_id == old.id, then.person_id == old.person_id)))


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
    """Let the bookings of one session stand as before, in a fixed number of statements."""
    cancelled_at = here.cancelled_at
    stood = _ended_with(session, here)
    here.status, here.cancel_reason, here.cancelled_on, here.cancelled_at = _stood(session, here), None, None, None
    happened(session, here.id, words.UNDONE, by=by, now=now)
    void(concerns=f"session:{here.id}", reason=NOT_SENT, now=now, kinds=CANCELLATIONS)
    asked = _questions(session, here)
    true_again(concerns=f"session:{here.id}", reason=CALLED_OFF)
    tell_anew(session, here, now)
    emails.tell_trainer_after_all(session, here, now)
    policies = desk_policies.promised(stood, now)
    _hold_for_undo(session, [one for one, before in stood.items() if before in RETURNED], by, now)
    back = _as_before({one: before for one, before in stood.items() if before not in RETURNED}, here, policies, asked, now)
    no_time_left = [one.booking for one in back if one.after is BookingStatus.WAITING and stood[one.booking] is BookingStatus.OFFERED]
    stand_at_the_end(session, here, no_time_left, now)
    taken = _let_go_elsewhere(session, [one.booking for one in back], by, now)
    moved = emails.new_times_untold(session, [one.booking for one in back if one.booking.id not in taken], CALLED_OFF)
    change_all(session, Act.REINSTATE, [one for one in back if one.booking.id not in taken and one.booking.id not in moved], by=by, now=now)
    with emails.not_telling(session):
        change_all(session, Act.REINSTATE, [one for one in back if one.booking.id in taken or one.booking.id in moved], by=by, now=now)
    emails.tell_new_times(session, [one.booking for one in back if one.booking.id in moved], moved, now)
    both = [one.booking for one in back if one.booking.id in taken]
    queue_all([draft for one in both for draft in (emails.two_dates(one, taken[one.id], now), *emails.manager_asked(one, now))], now=now)
    _move_down_again(session, here, cancelled_at, stood, by, now)
    for booking in _of_leavers(session, stood):
        free_place_of_leaver(booking_id=booking.id, now=now, by=by, reason="has left meanwhile")
    return Undone(len(back), [one.person.name or one.person.email for one in both])


def _ended_with(session: Session, here: CourseSession) -> dict[Booking, BookingStatus]:
    """The bookings that ended as the session was called off, and those that were given back just before, each with where it stood; not what somebody
    had here merely instead of a date that they have again."""
    rows = session.execute(
        sa.select(Booking, BookingEvent.before).join(BookingEvent, BookingEvent.booking_id == Booking.id)
        .where(Booking.course_session_id == here.id, BookingEvent.act == Act.CANCEL, BookingEvent.at == here.cancelled_at)
        .options(joinedload(Booking.person, innerjoin=True).joinedload(Person.affiliation), joinedload(Booking.booked_by), joinedload(Booking.group))
        .order_by(BookingEvent.id)
    ).unique().all()
    old = aliased(Booking)
    again = set(session.scalars(sa.select(Booking.id).join(old, sa.and_(old.id == Booking.previous_id, old.person_id == Booking.person_id)).where(
        Booking.course_session_id == here.id, Booking.status == BookingStatus.SESSION_CANCELLED, old.status.in_(LIVE))))
    merely = (BookingStatus.OFFERED, BookingStatus.WAITING)
    return {booking: before or BookingStatus.BOOKED for booking, before in rows if not (booking.id in again and before in merely)}


def _as_before(
    stood: Mapping[Booking, BookingStatus], here: CourseSession, policies: Mapping[int, policy.Policy], asked: Mapping[int, bool], now: datetime
) -> list[Change]:
    """Where each of these stands again. Who was offered a place waits, once no time is left of that; a request asks whom the course asks today;
    who was `asked` whether they still come has as long to answer as they were told, or is asked once more where the question had not left."""
    offers = notices.offers_ended_at([one for one, before in stood.items() if before is BookingStatus.OFFERED])
    asking = [one for one, before in stood.items() if before in AWAITING]
    people = facts.people([one.person_id for one in asking], here.course, now) if asking else {}
    agreed = requests.managers_agreed([one.id for one in asking]) if asking else set()
    asked_by.remember([one.id for one in stood])
    back = []
    for booking, before in stood.items():
        status, rule, due_at = before, None, None
        if before is BookingStatus.OFFERED:
            until = offers[booking.id]
            due_at = until if until is not None and until > now else None
            status = before if due_at is not None else BookingStatus.WAITING
        elif before in AWAITING:
            status, rule = still_asks(booking, before, people[booking.person_id], agreed=booking.id in agreed)
            due_at = policy.request_ends_at(policies[booking.id], here.starts_at, now) if status in AWAITING else None
        elif before is BookingStatus.BOOKED and asked.get(booking.id):
            due_at = _answers_until(booking, here, now)
        elif before is BookingStatus.BOOKED and booking.id in asked:
            booking.asked_at = None
        back.append(Change(booking, status, due_at, rule))
    return back


def _questions(session: Session, here: CourseSession) -> dict[int, bool]:
    """The bookings of which nobody had said that they still come when the session was called off, each with whether the question had left."""
    rows = session.execute(
        sa.select(Letter.about, MAY_BE_READ).join(LetterConcern, LetterConcern.letter_id == Letter.id).where(
            LetterConcern.subject == f"session:{here.id}", Letter.kind == "still-coming", Letter.outdated == CALLED_OFF).order_by(Letter.id))
    return {int(about.split(":")[1]): bool(left) for about, left in rows}


def _answers_until(booking: Booking, here: CourseSession, now: datetime) -> datetime | None:
    """Until when somebody was asked to say that they come; none where that has passed meanwhile: then they keep the place."""
    until = policy.silence_ends_at(here.starts_at, booking.asked_at or now)
    return until if until > now else None


def _hold_for_undo(session: Session, returned: Sequence[Booking], by: str, now: datetime) -> None:
    """What people had given back a moment before the session was called off is held for them again, until when it would have been."""
    until = notices.undos_until(returned, now)
    change_all(session, Act.REINSTATE, [Change(one, due_at=until[one.id]) for one in returned], by=by, now=now)
    change_all(session, Act.FREE, [Change(one) for one in returned if until[one.id] is None], by=TIME, now=now)


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


def _let_go_elsewhere(session: Session, back: Sequence[Booking], by: str, now: datetime) -> dict[int, Booking]:
    """What people were merely offered, or wait for, on another date instead goes back; what they have taken there is theirs, and is given, by the
    booking that it came from."""
    got = _instead(Booking.id.in_([one.id for one in back]))
    elsewhere = session.execute(
        sa.select(Booking, got.c.first).join(got, got.c.id == Booking.id)
        .options(joinedload(Booking.course_session).joinedload(CourseSession.course),
                 joinedload(Booking.course_session).selectinload(CourseSession.parts)).order_by(Booking.id)
    ).all()
    merely = [one for one, _first in elsewhere if one.status in (BookingStatus.OFFERED, BookingStatus.WAITING)]
    unheard = tuple(f"booking:{one.id}" for one, _first in elsewhere if one.status is BookingStatus.SESSION_CANCELLED)
    void(concerns=unheard, kinds=("session-cancelled",), reason=NOT_SENT, now=now)  # they have the date before it, and never heard of this one
    change_all(session, Act.WITHDRAW, [Change(one, BookingStatus.LEFT_LIST) for one in merely], by=by, now=now)
    return {first: one for one, first in elsewhere if one.status in HAS_PLACE}


def _move_down_again(
    session: Session, here: CourseSession, cancelled_at: datetime | None, bookings: Iterable[Booking], by: str, now: datetime
) -> None:
    """Who waited on another date before, and stood first there as their own session was called off, stands among the others again."""
    moved_up = sa.exists().where(
        BookingEvent.booking_id == Booking.id, BookingEvent.act == Act.REORDER, BookingEvent.reason == DISPLACED,
        BookingEvent.at == cancelled_at)
    elsewhere = session.scalars(sa.select(Booking).join(Booking.course_session).where(
        CourseSession.course_id == here.course_id, Booking.person_id.in_([one.person_id for one in bookings]),
        Booking.status == BookingStatus.WAITING, Booking.priority == waiting.FIRST, moved_up,
    )).all()
    for one in elsewhere:
        one.priority = waiting.NORMAL
    note_all(session, elsewhere, Act.REORDER, by=by, now=now, reason=GOES_AHEAD)
