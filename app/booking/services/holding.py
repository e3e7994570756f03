"""The one door to a session's places: its lock, what happens by itself, offers to those who wait, and every change of a booking."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import Person
from app.booking import emails
from app.booking.models import Booking, BookingEvent, CapacityOverride, CourseInterest, HeldPlaces, SessionQuota
from app.booking.queries import asked_by, asked_first, course_waiting, facts, groups, in_line, told
from app.booking.queries.told import Heard
from app.booking.rules import happened as words
from app.booking.rules import policy, waiting
from app.booking.rules.eligibility import why_not_eligible
from app.booking.rules.places import Standing, fitted_in, how_many_get_in, not_kept_from, places_free_for, with_one_more
from app.booking.rules.policy import WhenUnanswered
from app.booking.rules.states import AWAITING, ENDED, HAS_PLACE, HOLDING, LIVE, RETURNED, Act, BookingStatus, check_allowed
from app.booking.services import interest, rows, unasked
from app.booking.services.beginning import agree, new_booking, place_state, work_as_today
from app.booking.services.history import happened
from app.booking.services.locking import hold, session_of
from app.booking.services.together import tell_of_room
from app.catalogue.models import Course, CourseSession
from app.catalogue.rules import SessionStatus
from app.core.actors import number_of
from app.core.errors import Refused

THE_LIST = "the waiting list"
TIME = "the time limit"
CAME_FREE = "a place that came free"
GIVES_UP = (Act.GIVE_BACK, Act.DECLINE, Act.DECLINE_OFFER, Act.LAPSE, Act.RELEASE, Act.NO_ANSWER, Act.SUBSTITUTE, Act.CANCEL)
"""After these somebody has no place on this date, and no answer was given that is meant for the whole course."""


def hold_booking(session: Session, booking_id: int, now: datetime) -> tuple[Booking, CourseSession, Standing]:
    """The booking, its session and its standing, as they are once the session is locked and settled."""
    course_session = hold(session, session_of(session, booking_id))
    booking = session.get_one(Booking, booking_id, populate_existing=True)
    return booking, course_session, settle(session, course_session, now)


def settle(session: Session, course_session: CourseSession, now: datetime, found: facts.Counted | None = None) -> Standing:
    """Let happen what is due, and offer what is free to those who wait; the standing afterwards. Only while its lock is held.

    `found` is what was counted just now: its own standing comes back when there was nothing to do.
    """
    found = found or facts.counted(course_session, now)
    if found.next_due is not None and found.next_due <= now:
        _end_what_is_due(session, course_session, now)
        found = facts.counted(course_session, now)
    if found.standing.extra and found.standing.places_left and _fit_in(session, course_session, found.standing, now):
        found = facts.counted(course_session, now)
    if found.standing.places_left and (found.standing.waiting or found.any_date) and _on_offer(course_session, now):
        return _offer(session, course_session, found, now)
    return found.standing


def _fit_in(session: Session, course_session: CourseSession, standing: Standing, now: datetime) -> bool:
    """Let those booked over capacity, last first, have the free places that are kept for nobody but their own group: what was added for them
    goes. Whether anybody got one."""
    over = session.execute(
        sa.select(CapacityOverride, Booking).join(Booking, Booking.id == CapacityOverride.booking_id)
        .where(CapacityOverride.course_session_id == course_session.id, CapacityOverride.places > 0, facts.HOLDS_PLACE)
        .order_by(CapacityOverride.at.desc(), CapacityOverride.id.desc())
    ).all()
    tree, fitted = facts.agency_tree() if over else {}, standing
    for override, booking in over:
        working = facts.working_at(booking.agency_id, tree)
        if not_kept_from(fitted, working, now):
            override.places, fitted = override.places - 1, fitted_in(fitted, working)
            note(session, booking, Act.FIT_IN, booking.status, by=CAME_FREE, now=now)
    session.flush()
    return fitted is not standing


def change(
    session: Session, booking: Booking, act: Act, after: BookingStatus | None, *, by: str, now: datetime, reason: str | None = None,
    rule: str | None = None, due_at: datetime | None = None,
) -> None:
    """Everything that happens to a booking goes through here, and is kept.

    Raises:
        Refused: as `turn` does.
    """
    before = turn(booking, act, after, now, reason=reason, due_at=due_at)
    after = booking.status
    if after in ENDED and after is not before:
        unasked.ended(session, booking, now=now)
    _follow_wait(session, booking, act, before, by, now)
    note(session, booking, act, before, by=by, now=now, reason=reason, rule=rule)
    session.flush()


def turn(
    booking: Booking, act: Act, after: BookingStatus | None, now: datetime, *, reason: str | None = None, due_at: datetime | None = None
) -> BookingStatus:
    """Let a booking stand where an act leads, which is not kept yet; where it stood.

    Raises:
        Refused: the table of states does not have it, or would end a booking that the register has marked.
    """
    before = booking.status
    after = after or before
    check_allowed(act, before, after)
    if booking.turnout is not None and after in ENDED:
        raise Refused("This person is marked on the register already, so the place stays. Correct the register first.")
    booking.status, booking.due_at = after, due_at
    if after is not before:
        booking.changes += 1
        booking.ended_at = None if after in LIVE else now
        booking.reason = reason if after in ENDED else None  # why it ended; why somebody got in stands in the history
    elif act is Act.APOLOGISE:
        booking.reason = reason
    return before


def _follow_wait(session: Session, booking: Booking, act: Act, before: BookingStatus, by: str, now: datetime) -> None:
    """Whose wait for the course ended by a place waits as before when that is given up, and no longer when it is theirs again."""
    if before in HOLDING and act in GIVES_UP:
        interest.lost_place(session, booking, by=by, now=now)
    elif before in ENDED and booking.status in HAS_PLACE:
        interest.has_place(session, booking, by=by, now=now)


def note(
    session: Session, booking: Booking, act: Act, before: BookingStatus | None, *, by: str, now: datetime, reason: str | None = None,
    rule: str | None = None,
) -> None:
    """Keep what happened to the booking, and tell whom it concerns."""
    event = rows.event({"booking_id": booking.id, **row_of(booking, act, before, by, now, reason, rule)})
    emails.tell(session, booking, event, now)


def pass_over(session: Session, others: Sequence[Booking], reason: str, by: str, now: datetime) -> None:
    """These can read that somebody goes before them, and why."""
    for other in others:
        note(session, other, Act.PASS_OVER, other.status, by=by, now=now, reason=reason)


def add(
    session: Session, booking: Booking, act: Act, *, by: str, now: datetime, reason: str | None = None, rule: str | None = None,
    form: Mapping[str, Any] | None = None,
) -> Booking:
    """A new booking with the first line of its history, and with what the form that asked for it did.

    Raises:
        Refused: no booking begins like this.
    """
    check_allowed(act, None, booking.status)
    event = rows.booking(session, booking, row_of(booking, act, None, by, now, reason, rule), form)
    emails.tell(session, booking, event, now)
    return booking


def row_of(
    booking: Booking, act: Act, before: BookingStatus | None, by: str, now: datetime, reason: str | None, rule: str | None
) -> dict[str, Any]:
    """What is kept of an act on a booking, which stands already where it led."""
    return {"at": now, "by": by, "by_id": number_of(by), "act": act, "before": before, "after": booking.status, "reason": reason, "rule": rule}


def end_undos(session: Session, called_off: sa.ColumnElement[bool]) -> None:
    """What was given back a moment ago on sessions that are called off (a condition on the booking) cannot be taken back any more."""
    session.execute(sa.update(Booking).where(called_off, Booking.due_at.is_not(None), Booking.status.not_in(LIVE)).values(due_at=None))


def give_place(
    session: Session, course_session: CourseSession, booking: Booking, act: Act, *, by: str, now: datetime, coordinator_id: int | None = None,
    terms: int | None = None,
) -> None:
    """Let somebody who waits, or was offered a place, have it: at once, or when whoever has to agree has. A coordinator who acts for somebody
    has agreed by that, as has whoever put them on the list; the person has not, and may decline."""
    for_another = coordinator_id is not None and coordinator_id != booking.person_id
    who = facts.person(booking.person_id, course_session.course, now)
    asked = asked_by.asked(booking, who.manager_email)
    status, rule = place_state(course_session.course, who, manager_asks=asked.manager, coordinator_asks=for_another or asked.coordinator)
    due_at = policy.request_ends_at(who.policy, course_session.starts_at, now) if status in AWAITING else None
    agree(booking, None if for_another else now, booking.terms_id if act is Act.LET_IN else who.terms_id, shown=terms)
    booking.booked_by_id = coordinator_id if for_another else booking.booked_by_id
    booking.manager_email = who.manager_email
    change(session, booking, act, status, by=by, now=now, rule=rule, due_at=due_at)
    if who.waits_for_course:
        interest.has_place(session, booking, by=by, now=now)


def _on_offer(course_session: CourseSession, now: datetime) -> bool:
    return course_session.status is SessionStatus.SCHEDULED and now < course_session.starts_at


def _end_what_is_due(session: Session, course_session: CourseSession, now: datetime) -> None:
    number = course_session.id
    for held in session.scalars(
        sa.select(HeldPlaces).where(HeldPlaces.course_session_id == number, HeldPlaces.places > 0, HeldPlaces.releases_at <= now)
        .options(joinedload(HeldPlaces.agency), joinedload(HeldPlaces.by))
    ).all():
        happened(session, number, words.held_released(held.places, held.agency.name), by=TIME, now=now)
        if _on_offer(course_session, now):
            emails.tell_holder_of_release(held, course_session, now)
        held.places = 0
    for quota in session.scalars(sa.select(SessionQuota).where(
        SessionQuota.course_session_id == number, SessionQuota.released.is_(False), SessionQuota.releases_at <= now)).all():
        happened(session, number, words.quota_ended(facts.quota_of(quota)), by=TIME, now=now)
        quota.released = True
    session.flush()
    for booking in session.scalars(
        sa.select(Booking).where(Booking.course_session_id == number, Booking.due_at <= now).order_by(Booking.due_at, Booking.id)
    ).all():
        _end(session, course_session, booking, now)


def _end(session: Session, course_session: CourseSession, booking: Booking, now: datetime) -> None:
    """What was to happen by itself to this booking happens."""
    if booking.status is BookingStatus.OFFERED:
        _end_offer(session, course_session, booking, now)
    elif booking.status in RETURNED:
        change(session, booking, Act.FREE, None, by=TIME, now=now)
    elif booking.status is BookingStatus.BOOKED and (now >= course_session.starts_at or booking.turnout is not None):
        booking.due_at = None  # found too late, after an outage: whoever came is on the register
    elif booking.status is BookingStatus.BOOKED and facts.was_asked(booking):
        change(session, booking, Act.RELEASE, BookingStatus.RELEASED, by=TIME, now=now)
    elif booking.status is BookingStatus.BOOKED:
        change(session, booking, Act.KEEP, None, by=TIME, now=now)
    elif booking.status in AWAITING:
        _end_request(session, course_session, booking, now)
    else:
        booking.due_at = None


def _end_offer(session: Session, course_session: CourseSession, booking: Booking, now: datetime) -> None:
    """An offer of which its person heard too late, or not at all, is made anew; where no time is left for that they wait where they stood."""
    if told.silence_counts(booking):
        booking.lapses += 1
        change(session, booking, Act.LAPSE, BookingStatus.LAPSED, by=TIME, now=now)
        return
    ends_at = policy.offer_ends_at(facts.policy_of(booking), course_session.starts_at, now)
    if ends_at is None:
        stand_at_the_end(session, course_session, [booking], now)
        change(session, booking, Act.FREE, BookingStatus.WAITING, by=TIME, now=now, reason=waiting.NOT_TOLD)
    else:
        change(session, booking, Act.OFFER, BookingStatus.OFFERED, by=TIME, now=now, reason=waiting.NOT_TOLD, due_at=ends_at)


def stand_at_the_end(session: Session, course_session: CourseSession, bookings: Sequence[Booking], now: datetime) -> None:
    """Before these offers go to the list: who was offered the date only because any will do was never on it, so they stand on it from now on."""
    events = sa.select(BookingEvent.booking_id).where(BookingEvent.booking_id == Booking.id)
    new = session.scalars(sa.select(Booking).where(
        Booking.id.in_([one.id for one in bookings]), events.where(BookingEvent.before.is_(None), BookingEvent.reason == waiting.ANY_DATE).exists(),
        ~events.where(BookingEvent.after == BookingStatus.WAITING).exists())).all() if bookings else ()
    last = facts.standing(course_session, now).last_joined_at if new else None
    for booking in new:
        booking.booked_at, booking.lapses = max(now, last or now), 0


def _end_request(session: Session, course_session: CourseSession, booking: Booking, now: datetime) -> None:
    """A request of which the manager heard too late, or not at all, is asked anew; whom no letter reaches will not answer, so it goes on."""
    to_manager = booking.status is BookingStatus.AWAITING_MANAGER
    heard = told.manager_heard(booking) if to_manager and now < course_session.starts_at else Heard.IN_TIME
    ends_at = policy.request_ends_at(facts.policy_of(booking), course_session.starts_at, now)
    if to_manager and (_goes_on(booking) or heard is Heard.NEVER):
        reason = waiting.UNREACHABLE if heard is Heard.NEVER else None
        change(session, booking, Act.PASS_ON, BookingStatus.AWAITING_COORDINATOR, by=TIME, now=now, due_at=max(ends_at, now), reason=reason)
    elif heard is Heard.TOO_LATE:
        change(session, booking, Act.ASK, None, by=TIME, now=now, reason=waiting.NOT_ASKED, due_at=ends_at)
    else:
        booking.lapses = 0  # an offer that lapsed before was taken up: nothing of it leads back to the list
        change(session, booking, Act.NO_ANSWER, BookingStatus.LAPSED, by=TIME, now=now)


def _goes_on(booking: Booking) -> bool:
    return facts.policy_of(booking).when_unanswered is WhenUnanswered.GOES_ON


def _offer(session: Session, course_session: CourseSession, found: facts.Counted, now: datetime) -> Standing:
    """Offer free places to those who wait, in their order, as long as there are both; the standing afterwards."""
    if course_session.list_rests:
        course_session.list_rests = False
    line = _not_served(session, course_session, now)
    before = groups.without_room(course_session, found.standing, line)
    work_as_today(line)
    standing = replace(found.standing, waiting=len(line))
    workings = in_line.workings(line, standing)
    ends = in_line.offers_end(line, course_session, now)
    asked = _asked_first(session, line, course_session, now)
    rooms = groups.without_room(course_session, standing, line)
    if rooms.keys() != before.keys():
        tell_of_room(session, course_session, before, now)
    left = in_line.as_waiting(line, course_session.course, ends, rooms, now)
    passed: Sequence[tuple[waiting.Waiting, str]] = ()
    while left and standing.places_left:
        counted = standing
        turn = waiting.next_turn(left, lambda one, at=counted: how_many_get_in(
            at, [workings[member.id] for member in in_line.members(line, one)], now))
        if turn.chosen is None:
            passed = turn.passed
            break
        _note_passed(session, line, turn.passed, now)
        for booking in in_line.members(line, turn.chosen):
            if booking.whenever and booking.id not in asked:
                give_place(session, course_session, booking, Act.LET_IN, by=THE_LIST, now=now)
            else:
                change(session, booking, Act.OFFER, BookingStatus.OFFERED, by=THE_LIST, now=now, due_at=ends[booking.id],
                       reason=asked.get(booking.id))
            standing = with_one_more(standing, workings[booking.id])
            standing = replace(standing, waiting=standing.waiting - 1)
        chosen = {booking.id for booking in in_line.members(line, turn.chosen)}
        left = [one for one in left if one.booking_id not in chosen]
    if found.any_date:
        offered = _offer_to_interested(session, course_session, standing, now)
        if offered is not standing:
            _note_passed(session, line, passed, now)
        standing = offered
    return standing


def _not_served(session: Session, course_session: CourseSession, now: datetime) -> list[Booking]:
    """Who stands on the list; whoever was put there as they waited for the course, and has another date since, or came to it, leaves it."""
    line = facts.in_line(course_session.id)
    served = course_waiting.served_since(course_session, course_waiting.on_list_for_course(line))
    for booking in line:
        if booking.id in served:
            change(session, booking, Act.LEAVE, BookingStatus.LEFT_LIST, by=THE_LIST, now=now, rule=waiting.SERVED)
    return [booking for booking in line if booking.id not in served]


def _asked_first(session: Session, line: Sequence[Booking], course_session: CourseSession, now: datetime) -> dict[int, str]:
    """Why some who said "yes, whenever" are asked all the same, by booking. Two sessions may reach for the same person at once: the second looks
    when the first has committed."""
    willing = [booking.person_id for booking in line if booking.whenever]
    if not willing:
        return {}
    _one_date_at_a_time(session, course_session)
    session.execute(sa.select(Person.id).where(Person.id.in_(willing)).order_by(Person.id).with_for_update(key_share=True))
    return asked_first.reasons(course_session, line, now)


def _one_date_at_a_time(session: Session, course_session: CourseSession) -> None:
    """Two dates of the course may reach for the same person at once: the second looks when the first has committed."""
    session.execute(sa.select(Course.id).where(Course.id == course_session.course_id).with_for_update())


def _note_passed(
    session: Session, line: Sequence[Booking], passed: Sequence[tuple[waiting.Waiting, str]], now: datetime
) -> None:
    """Who stands before the one who is chosen and could not take the place can read why, once for each reason."""
    for one, why in passed:
        booking = in_line.booking_of(line, one)
        last = session.scalars(
            sa.select(BookingEvent).where(BookingEvent.booking_id == booking.id).order_by(BookingEvent.id.desc()).limit(1)
        ).one()
        if (last.act, last.reason) != (Act.PASS_OVER, why):
            note(session, booking, Act.PASS_OVER, booking.status, by=THE_LIST, now=now, reason=why)


def _offer_to_interested(
    session: Session, course_session: CourseSession, standing: Standing, now: datetime
) -> Standing:
    """What nobody on the session's own list can have is offered to those for whom any date of the course will do; they have waited already, so
    also before booking opens for everybody."""
    _one_date_at_a_time(session, course_session)
    mine = sa.exists().where(Booking.person_id == CourseInterest.person_id, Booking.course_session_id == course_session.id)
    elsewhere = sa.exists().where(
        Booking.person_id == CourseInterest.person_id, facts.HOLDS_PLACE, Booking.course_session_id == CourseSession.id,
        CourseSession.course_id == course_session.course_id, CourseSession.starts_at > now,
    )
    interested = session.scalars(
        sa.select(CourseInterest).where(
            CourseInterest.course_id == course_session.course_id, CourseInterest.any_date, CourseInterest.ended_at.is_(None), ~mine, ~elsewhere
        ).order_by(CourseInterest.joined_at, CourseInterest.id)
    ).all()
    for one in interested:
        if not standing.places_left:
            break
        who = facts.person(one.person_id, course_session.course, now)
        ends_at = policy.offer_ends_at(who.policy, course_session.starts_at, now)
        if ends_at is None or not places_free_for(standing, who.asker.working, now) or why_not_eligible(who.audience, who.asker, ""):
            continue
        booking = new_booking(course_session, one.person_id, who, BookingStatus.OFFERED, now)
        booking.booked_at, booking.due_at = one.joined_at, ends_at
        booking.lapses = waiting.MOST_LAPSES - 1  # they never stood on this list, so a lapse leads nobody back to it
        add(session, booking, Act.OFFER, by=THE_LIST, now=now, reason=waiting.ANY_DATE)
        standing = with_one_more(standing, who.asker.working)
    return standing
