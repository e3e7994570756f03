"""Giving a place back and taking that back, sending a colleague, and moving to another date."""

from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts import services as accounts
from app.accounts.models import Person
from app.booking.models import Booking, BookingEvent, BookingNeed, CapacityOverride
from app.booking.queries import facts, requests
from app.booking.queries.notices import back_on_list_until, notice_of, offers_ended_at, stood_before
from app.booking.rules import policy
from app.booking.rules.eligibility import why_not_eligible
from app.booking.rules.places import (
    Answer,
    Standing,
    answer_to,
    check_open,
    kept_still,
    places_free_for,
    why_not_free,
    with_one_more,
    without_window,
)
from app.booking.rules.policy import Notice
from app.booking.rules.states import AWAITING, HAS_PLACE, HOLDING, RETURNED, Act, BookingStatus
from app.booking.rules.waiting import FIRST, WHERE_THEY_STOOD
from app.booking.rules.windows import NEEDS_KEPT
from app.booking.services import interest, unasked
from app.booking.services.beginning import agree, ask_for, new_booking, place_state, still_asks
from app.booking.services.holding import THE_LIST, add, change, hold_booking, pass_over, settle
from app.booking.services.locking import check_times, hold_all, session_of
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus
from app.core.actors import number_of
from app.core.db import transaction
from app.core.errors import Refused

STARTED = "This session has started, so the place can no longer be given back. Send your apologies instead: say why you could not come."
CANCELLED = "This session was cancelled meanwhile, so there is no place to take back. Look for another date of the course."
NO_PLACE = "You have no place on this session to give back."
ONE_EACH = "one booking for each person on a session"
"""The rule by which somebody who waits, and gets a place in another way, leaves the list: not to be undone by itself."""
DECLINED = "said no to a place that another gave them"
BACK_FIRST = "somebody was moved from here without being asked and did not want the other date, so they stand at the front"


def give_back(
    *, booking_id: int, by: str, now: datetime, reason: str = "", withdrawn: bool = False, only_the_list: bool = False
) -> Notice | None:
    """Give a place back; whether that was in time. For a quarter of an hour it is held, so that it can be undone, then it goes on.

    A place that was offered is held as long, but never past the end of its offer. What is `withdrawn` from somebody goes on at once.
    With `only_the_list` the page spoke of the waiting list, so a place that was booked meanwhile stays. Doing it again changes nothing. None when
    there was no notice to take: a place on the list was left, or an offer not wanted.

    Raises:
        Refused: there is nothing to give back, or the session has started.
    """
    with transaction() as session:
        booking, course_session, _standing = hold_booking(session, booking_id, now)
        if booking.status in (BookingStatus.GIVEN_BACK, BookingStatus.LEFT_LIST):
            return booking.notice
        if now >= course_session.starts_at:
            raise Refused(STARTED)
        if only_the_list and booking.status in HAS_PLACE:
            raise Refused("A place was booked meanwhile, so nothing was given back. Look at the booking again.")
        if booking.status in (BookingStatus.WAITING, BookingStatus.OFFERED):
            offered = booking.status is BookingStatus.OFFERED
            undo = policy.undo_of_no_ends_at(facts.policy_of(booking), course_session.starts_at, now, booking.due_at)
            change(session, booking, Act.DECLINE_OFFER if offered else Act.LEAVE, BookingStatus.LEFT_LIST, by=by, now=now,
                   reason=reason.strip() or None, due_at=undo if offered and not withdrawn else None)
            settle(session, course_session, now)
            return None
        _return_place(session, booking, course_session, Act.GIVE_BACK, by=by, now=now, reason=reason)
    return booking.notice


def decline(*, booking_id: int, by: str, now: datetime) -> Booking | None:
    """Somebody does not want what another booked for them: never late, and free at once. Who was moved has the first date again, as far as that
    can be: what they have there now.

    Raises:
        Refused: they booked it themselves or have agreed to it, or the session has started.
    """
    with transaction() as session:
        booking, course_session, first = hold_with_first(session, booking_id, now)
        agreed = booking.booked_by_id is None or booking.agreed_at is not None
        if booking.status is BookingStatus.GIVEN_BACK and agreed:
            raise Refused("You had agreed to this place, and it has been given back since. That stays as it is.")
        if booking.status in (BookingStatus.GIVEN_BACK, BookingStatus.LEFT_LIST):
            return None
        if agreed:
            raise Refused("You have agreed to this place. You can give it back instead.")
        if now >= course_session.starts_at:
            raise Refused(STARTED)
        on_list = booking.status in (BookingStatus.WAITING, BookingStatus.OFFERED)
        booking.notice = None if on_list else Notice.IN_TIME
        change(session, booking, Act.DECLINE, BookingStatus.LEFT_LIST if on_list else BookingStatus.GIVEN_BACK, by=by, now=now)
        _on_the_list_again(session, booking, by, now)
        settle(session, course_session, now)
        return _first_place_again(session, first, by=by, now=now)


def hold_with_first(session: Session, booking_id: int, now: datetime) -> tuple[Booking, CourseSession, Booking | None]:
    """The booking and its session, and the place from which its person was moved to it without their yes, if they were; both sessions are held."""
    first = unasked.first_place(session, session.get_one(Booking, booking_id))
    hold_all(session, {session_of(session, booking_id), *([first.course_session_id] if first else [])})
    booking, course_session, _standing = hold_booking(session, booking_id, now)
    return booking, course_session, first


def _first_place_again(session: Session, first: Booking | None, *, by: str, now: datetime) -> Booking | None:
    """Who declines the date to which they were moved has the first place again if one is free for them still, else stands first on its list;
    nothing once that session has begun or is called off, or they are on it again. What came of it, if anything did."""
    here = first.course_session if first is not None else None
    if first is None or here is None or here.status is not SessionStatus.SCHEDULED or now >= here.starts_at:
        return None
    standing = settle(session, here, now)
    if facts.live_booking(here.id, first.person_id) is not None:
        return None
    who = facts.person(first.person_id, here.course, now)
    if places_free_for(standing, facts.working_at(first.agency_id, facts.agency_tree()), now):
        take_back(session, here, first, by=by, now=now, reason=DECLINED)
        return first
    waits = new_booking(here, first.person_id, who, BookingStatus.WAITING, now)
    waits.booked_at, waits.priority = max(now, standing.last_joined_at or now), FIRST
    pass_over(session, [one for one in facts.in_line(here.id) if one.priority != FIRST], BACK_FIRST, THE_LIST, now)
    add(session, waits, Act.JOIN, by=by, now=now, reason=DECLINED)
    settle(session, here, now)
    return waits


def _on_the_list_again(session: Session, declined: Booking, by: str, now: datetime) -> None:
    """Whom another took off the list by giving them a place that they do not want stands where they stood, and is asked before the next booking."""
    waited = session.scalars(
        sa.select(Booking).join(BookingEvent, BookingEvent.booking_id == Booking.id).where(
            Booking.course_session_id == declined.course_session_id, Booking.person_id == declined.person_id, Booking.id != declined.id,
            Booking.status == BookingStatus.LEFT_LIST, BookingEvent.act == Act.LEAVE, BookingEvent.rule == ONE_EACH,
            BookingEvent.at == declined.booked_at, Booking.ended_at == declined.booked_at,
        ).order_by(Booking.id.desc()).limit(1)
    ).one_or_none()
    if declined.status is not BookingStatus.GIVEN_BACK:
        return
    if waited is None:
        _join_where_they_stood(session, declined, by, now)
        return
    change(session, waited, Act.UNDO, BookingStatus.WAITING, by=by, now=now, reason=DECLINED)
    if waited.whenever:
        waited.whenever = False
        change(session, waited, Act.ASK_FIRST, None, by=by, now=now, reason=DECLINED)


def _join_where_they_stood(session: Session, declined: Booking, by: str, now: datetime) -> None:
    """Whose very wait was turned into the place that they declined waits by another booking, from when they first asked."""
    taken = sa.select(BookingEvent.id).where(
        BookingEvent.booking_id == declined.id, BookingEvent.act == Act.TAKE, BookingEvent.before == BookingStatus.WAITING)
    if session.scalar(taken.limit(1)) is None:
        return
    here = declined.course_session
    again = new_booking(here, declined.person_id, facts.person(declined.person_id, here.course, now), BookingStatus.WAITING, now)
    again.booked_at, again.priority, again.lapses = declined.booked_at, declined.priority, declined.lapses
    add(session, again, Act.JOIN, by=by, now=now, reason=WHERE_THEY_STOOD)


def _return_place(session: Session, booking: Booking, course_session: CourseSession, act: Act, *, by: str, now: datetime, reason: str) -> None:
    """The place comes back. Held for an undo unless the start is near; then it goes on at once."""
    if booking.status not in HAS_PLACE:
        raise Refused(NO_PLACE)
    promised = facts.policy_of(booking)
    booking.notice = notice_of(booking, now, reason=reason)
    rule = f"{promised.notice_words} before the session: {booking.notice.value.replace('_', ' ')}"
    change(session, booking, act, BookingStatus.GIVEN_BACK, by=by, now=now, reason=reason.strip() or None, rule=rule,
           due_at=policy.undo_ends_at(promised, course_session.starts_at, now))
    settle(session, course_session, now)


def undo_giving_back(*, booking_id: int, by: str, now: datetime, times: int | None = None, behalf_id: int | None = None) -> None:
    """Take a place back that was just given back, an offer to which one just said no, or the place on the list that one just left.

    Whoever has it back by another (`behalf_id`) has not said yes to it and may decline it. Doing it again changes nothing.

    Raises:
        Refused: the time for it has passed, or it was not given back.
    """
    with transaction() as session:
        booking, course_session, _standing = hold_booking(session, booking_id, now)
        if booking.status in (*HOLDING, BookingStatus.WAITING):
            return
        check_times(course_session, times)
        if booking.status in RETURNED and course_session.status is SessionStatus.CANCELLED:
            raise Refused(CANCELLED)
        back_until = back_on_list_until(booking, number_of(by))
        on_list = back_until is not None and now < back_until
        if not on_list and (booking.status not in RETURNED or booking.due_at is None or now >= course_session.starts_at):
            raise Refused("The time for taking it back has passed. If places are left you can book again.")
        if facts.live_booking(course_session.id, booking.person_id) is not None:
            raise Refused("You are on this session again already, so there is nothing to take back.")
        if on_list:
            change(session, booking, Act.UNDO, BookingStatus.WAITING, by=by, now=now)
            settle(session, course_session, now)
        else:
            take_back(session, course_session, booking, by=by, now=now, behalf_id=behalf_id)


def take_back(
    session: Session, course_session: CourseSession, booking: Booking, *, by: str, now: datetime, behalf_id: int | None = None,
    reason: str | None = None,
) -> None:
    """A place that was given back a moment ago, and is held for an undo, is the person's again, as it was; or is on offer to them again.

    So is a place that they were moved away from. By another (`behalf_id`) it is theirs without their yes.

    Raises:
        Refused: the session was called off meanwhile.
    """
    if course_session.status is SessionStatus.CANCELLED:
        raise Refused(CANCELLED)
    if booking.status is BookingStatus.LEFT_LIST:
        change(session, booking, Act.UNDO, BookingStatus.OFFERED, by=by, now=now, due_at=_offer_again_until(booking, now))
        return
    status, rule, due_at = stood_before(booking), None, None
    if status in AWAITING:
        who = facts.person(booking.person_id, course_session.course, now)
        status, rule = still_asks(booking, status, who, agreed=requests.manager_agreed(booking.id))
        due_at = policy.request_ends_at(facts.policy_of(booking), course_session.starts_at, now) if status in AWAITING else None
    booking.notice = None
    if behalf_id not in (None, booking.person_id):
        ask_for(booking, behalf_id)
    change(session, booking, Act.UNDO, status, by=by, now=now, reason=reason, rule=rule, due_at=due_at)


def _offer_again_until(booking: Booking, now: datetime) -> datetime | None:
    """The end that the offer had. A time that was changed since may have moved it past: then the end of the undo."""
    ends_at = offers_ended_at([booking])[booking.id]
    return ends_at if ends_at is not None and ends_at > now else booking.due_at


@dataclass(frozen=True)
class Colleague:
    """Who comes instead. Names, agency and job are needed only of somebody who is not known yet."""

    email: str
    first_name: str = ""
    last_name: str = ""
    agency_id: int | None = None
    job_title: str = ""


def send_colleague(*, booking_id: int, colleague: Colleague, by: str, now: datetime, contact: str = "") -> Booking:
    """A colleague comes instead, who may be new here; both or neither.

    Raises:
        Refused: a name is missing, there is no place, the session has started, or the colleague cannot come.
    """
    with transaction():
        person = accounts.person_at(**asdict(colleague), now=now)
        return substitute(booking_id=booking_id, person_id=person.id, by=by, now=now, contact=contact)


def substitute(*, booking_id: int, person_id: int, by: str, now: datetime, contact: str = "") -> Booking:
    """A colleague comes instead, checked like anybody who books; never late, and the place does not go to the list.

    Raises:
        Refused: there is no place, the session has started, or the colleague cannot come.
    """
    with transaction() as session:
        booking, course_session, standing = hold_booking(session, booking_id, now)
        if booking.status not in HAS_PLACE:
            raise Refused("You have no place on this session that a colleague could take.")
        if now >= course_session.starts_at:
            raise Refused("This session has started. If a colleague went instead of you, the trainer notes that in the register.")
        there = facts.live_booking(course_session.id, person_id)
        if there is not None and there.status is not BookingStatus.WAITING:
            raise Refused("This colleague is on the session already. Name somebody else.")
        who = facts.person(person_id, course_session.course, now)
        refusal = why_not_eligible(who.audience, who.asker, contact, to_another=True)
        refusal = refusal or _why_not_theirs(session, booking, standing, who, now)
        if refusal:
            raise Refused(refusal)
        if there is not None:
            change(session, there, Act.LEAVE, BookingStatus.LEFT_LIST, by=by, now=now, reason="comes instead of a colleague", rule=ONE_EACH)
        colleague = session.get_one(Person, person_id)
        status, rule = place_state(course_session.course, who)
        change(session, booking, Act.SUBSTITUTE, BookingStatus.SUBSTITUTED, by=by, now=now, reason=colleague.name or colleague.email, rule=rule)
        new = new_booking(course_session, person_id, who, status, now)
        new.previous_id, new.booked_by_id = booking.id, booking.person_id
        add(session, new, Act.COME_INSTEAD, by=by, now=now, rule=rule)
        if who.waits_for_course:
            interest.has_place(session, new, by=by, now=now)
        _carry_override(session, booking, new)
        settle(session, course_session, now)
    return new


def _why_not_theirs(session: Session, booking: Booking, standing: Standing, who: facts.Asking, now: datetime) -> str:
    """Why the place could not go to the colleague if the booking gave it up: the limit of their agency. One by name goes with the place, and
    one over capacity takes nobody's."""
    override = session.scalar(sa.select(CapacityOverride.places).where(CapacityOverride.booking_id == booking.id))
    if override:
        return ""
    given_up = with_one_more(standing, facts.working_at(booking.agency_id, facts.agency_tree()), -1)
    if override is not None:
        with_theirs = with_one_more(given_up, who.asker.working)
        short = with_theirs.taken + kept_still(with_theirs, now) > max(with_theirs.limit, standing.taken + kept_still(standing, now))
        return "Your colleague cannot have this place. It is one of those that are kept for others." if short else ""
    reason = why_not_free(given_up, who.asker.working, now)
    return f"Your colleague cannot have this place. {reason}" if reason else ""


def _carry_override(session: Session, old: Booking, new: Booking) -> None:
    """A place over capacity goes with whoever takes it."""
    session.execute(sa.update(CapacityOverride).where(CapacityOverride.booking_id == old.id).values(booking_id=new.id))


def move(
    *, booking_id: int, to_session_id: int, by: str, now: datetime, contact: str = "", behalf_id: int | None = None, reason: str = "",
    times: int | None = None, terms: int | None = None,
) -> Booking:
    """Go to another date of the same course: the first place stays until the second is sure, and the same notice is asked as for giving back.

    The terms to which they said yes stay those of the first place, as no page of this shows any; who never said yes to it is shown those of now.
    Whoever is moved by another (`behalf_id`) has not said yes to the new date and may decline it. A reason excuses that it is late.

    Raises:
        Refused: there is no place to move, the other date is full, closed, or of another course.
    """
    with transaction() as session:
        from_id = session_of(session, booking_id)
        held = hold_all(session, (from_id, to_session_id))
        here, there = held[from_id], held[to_session_id]
        booking = session.get_one(Booking, booking_id, populate_existing=True)
        settle(session, here, now)
        standing = settle(session, there, now)
        _check_can_move(booking, here, there, now)
        check_times(there, times)
        standing = standing if behalf_id is None else without_window(standing)
        check_open(standing, now)
        mine = facts.live_booking(to_session_id, booking.person_id)
        if mine is not None and mine.status not in (BookingStatus.WAITING,):
            raise Refused("You are on that date already. Give this place back instead.")
        who = facts.person(booking.person_id, there.course, now)
        if answer_to(standing, who.asker.working, now) is Answer.LIST:
            raise Refused("That date is full now, so your place here stays. Choose another date, or join its waiting list.")
        if mine is not None:
            change(session, mine, Act.LEAVE, BookingStatus.LEFT_LIST, by=by, now=now, reason="moved here from another date", rule=ONE_EACH)
        status, why = booking.status, None
        promised = facts.policy_of(booking)
        booking.notice = notice_of(booking, now, reason=reason)
        rule = f"{promised.notice_words} before the session: {booking.notice.value.replace('_', ' ')}"
        change(session, booking, Act.MOVE, BookingStatus.MOVED, by=by, now=now, reason=reason.strip() or None, rule=rule)
        new = new_booking(there, booking.person_id, who, status, now)
        if status in AWAITING:
            new.status, why = still_asks(new, status, who, agreed=requests.manager_agreed(booking.id))
        new.due_at = new.due_at if new.status in AWAITING else None
        new.previous_id, new.booked_by_id = booking.id, behalf_id
        agreed = booking.agreed_at is not None
        agree(new, None if behalf_id else now, booking.terms_id if agreed else who.terms_id, shown=None if agreed else terms)
        add(session, new, Act.MOVE_HERE, by=by, now=now, rule=why)
        if who.waits_for_course:
            interest.has_place(session, new, by=by, now=now)
        _take_needs_along(session, booking, new, there)
        settle(session, here, now)
    return new


def _take_needs_along(session: Session, old: Booking, new: Booking, there: CourseSession) -> None:
    needs = session.get(BookingNeed, old.id)
    if needs is not None:
        session.add(BookingNeed(booking_id=new.id, dietary=needs.dietary, access=needs.access, delete_at=there.ends_at + NEEDS_KEPT))


def _check_can_move(booking: Booking, here: CourseSession, there: CourseSession, now: datetime) -> None:
    if booking.status not in HAS_PLACE:
        raise Refused("You have no place here that could be moved.")
    if now >= here.starts_at:
        raise Refused("This session has started, so the place can no longer be moved.")
    if here.id == there.id or here.course_id != there.course_id:
        raise Refused("Choose another date of the same course.")
