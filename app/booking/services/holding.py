"""The one door to a session's places: its lock, what happens by itself, offers to those who wait, and every change of a booking."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.attributes import instance_dict, set_committed_value

from app.accounts.models import Person
from app.booking import emails
from app.booking.models import Booking, BookingEvent, CapacityOverride, CourseInterest, HeldPlaces, SessionQuota
from app.booking.queries import asked_first, facts, groups, in_line, told
from app.booking.rules import approval, policy, waiting
from app.booking.rules import happened as words
from app.booking.rules.eligibility import why_not_eligible
from app.booking.rules.places import Standing, free_for_anybody, how_many_get_in, places_free_for, with_one_more
from app.booking.rules.policy import WhenUnanswered
from app.booking.rules.states import AWAITING, ENDED, HOLDING, LIVE, RETURNED, Act, BookingStatus, check_allowed
from app.booking.services.history import happened
from app.booking.services.locking import hold, session_of
from app.catalogue.models import Course, CourseSession
from app.catalogue.rules import SessionStatus
from app.core.db import send
from app.core.errors import Refused
from app.core.loading import keep

NEEDS_KEPT = timedelta(days=30)
THE_LIST = "the waiting list"
TIME = "the time limit"


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
    if found.standing.extra and free_for_anybody(found.standing, now) and _fit_in(session, course_session, free_for_anybody(found.standing, now)):
        found = facts.counted(course_session, now)
    if found.standing.places_left and (found.standing.waiting or found.any_date) and _on_offer(course_session, now):
        return _offer(session, course_session, found, now)
    return found.standing


def _fit_in(session: Session, course_session: CourseSession, places: int) -> bool:
    """Let those booked over capacity, last first, have so many of the places that nobody else is promised: what was added for them goes."""
    over = session.scalars(
        sa.select(CapacityOverride).join(Booking, Booking.id == CapacityOverride.booking_id)
        .where(CapacityOverride.course_session_id == course_session.id, CapacityOverride.places > 0, facts.HOLDS_PLACE)
        .order_by(CapacityOverride.at.desc(), CapacityOverride.id.desc())
    ).all()
    for override in over:
        fewer = min(places, override.places)
        override.places, places = override.places - fewer, places - fewer
    session.flush()
    return bool(over)


def change(
    session: Session, booking: Booking, act: Act, after: BookingStatus | None, *, by: str, now: datetime, reason: str | None = None,
    rule: str | None = None, due_at: datetime | None = None,
) -> None:
    """Everything that happens to a booking goes through here, and is kept.

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
    note(session, booking, act, before, by=by, now=now, reason=reason, rule=rule)
    session.flush()


def note(
    session: Session, booking: Booking, act: Act, before: BookingStatus | None, *, by: str, now: datetime, reason: str | None = None,
    rule: str | None = None,
) -> None:
    """Keep what happened to the booking, and tell whom it concerns."""
    values = {"booking_id": booking.id, "at": now, "by": by, "act": act, "before": before, "after": booking.status, "reason": reason, "rule": rule}
    event = BookingEvent(id=send(_NOTE, values).scalar_one(), **values)
    emails.tell(session, booking, event, now)
    if booking.previous_id and before is not None and BookingStatus.OFFERED in (before, booking.status):
        emails.write_cancellation_anew(session, booking, now)


def add(session: Session, booking: Booking, act: Act, *, by: str, now: datetime, reason: str | None = None, rule: str | None = None) -> Booking:
    """A new booking with the first line of its history.

    Raises:
        Refused: no booking begins like this.
    """
    check_allowed(act, None, booking.status)
    _insert(session, booking)
    note(session, booking, act, None, by=by, now=now, reason=reason, rule=rule)
    return booking


_NOTE = sa.insert(BookingEvent.__table__).returning(BookingEvent.__table__.c.id)
_ADD = sa.insert(Booking.__table__).returning(Booking.__table__.c.id)
_COLUMNS = [column.key for column in Booking.__table__.columns if column.key != "id"]
_DEFAULTS = {column.key: column.default for column in Booking.__table__.columns if column.default is not None}


def _insert(session: Session, booking: Booking) -> None:
    """Write the row by a statement that is there already, and go on with the object as if the session had written it: a third of the time."""
    values = {name: getattr(booking, name) for name in _COLUMNS}
    values |= {name: default.arg(None) if default.is_callable else default.arg for name, default in _DEFAULTS.items() if values[name] is None}
    booking.id = send(_ADD, values).scalar_one()
    instance_dict(booking).update(values)
    keep(session, booking)


def new_booking(course_session: CourseSession, person_id: int, who: facts.Asking, status: BookingStatus, now: datetime) -> Booking:
    """A booking of this person with where they work today, not added yet."""
    booking = Booking(
        course_session_id=course_session.id, person_id=person_id, status=status, booked_at=now, agency_id=who.agency_id,
        job_title=who.job_title, partnership_id=who.partnership_id, manager_email=who.manager_email,
        due_at=policy.request_ends_at(who.policy, course_session.starts_at, now) if status in AWAITING else None,
    )
    set_committed_value(booking, "course_session", course_session)
    set_committed_value(booking, "person", who.person)
    return booking


def agree(booking: Booking, at: datetime | None, terms_id: int | None) -> None:
    """The person says yes to the place, and to the terms as they are now; without a moment they have said nothing yet."""
    booking.agreed_at, booking.terms_id = at, terms_id if at is not None else None


def end_undos(session: Session, called_off: sa.ColumnElement[bool]) -> None:
    """What was given back a moment ago on sessions that are called off (a condition on the booking) cannot be taken back any more."""
    session.execute(sa.update(Booking).where(called_off, Booking.due_at.is_not(None), Booking.status.not_in(LIVE)).values(due_at=None))


def place_state(
    course: Course, who: facts.Asking, *, manager_asks: bool = False, coordinator_asks: bool = False
) -> tuple[BookingStatus, str | None]:
    """Where this person's place begins, and the rule that says so."""
    return approval.first_state(
        course.approval, policy.standing_after(who.policy, who.strikes), has_manager=bool(who.manager_email),
        manager_asks=manager_asks, coordinator_asks=coordinator_asks,
    )


def give_place(
    session: Session, course_session: CourseSession, booking: Booking, act: Act, *, by: str, now: datetime, coordinator_id: int | None = None
) -> None:
    """Let somebody who waits, or was offered a place, have it: at once, or when whoever has to agree has. A coordinator who acts for somebody
    has agreed by that; the person has not, and may decline."""
    for_another = coordinator_id is not None and coordinator_id != booking.person_id
    who = facts.person(booking.person_id, course_session.course, now)
    status, rule = place_state(course_session.course, who, coordinator_asks=for_another)
    due_at = policy.request_ends_at(who.policy, course_session.starts_at, now) if status in AWAITING else None
    agree(booking, None if for_another else now, booking.terms_id if act is Act.LET_IN else who.terms_id)
    booking.booked_by_id = coordinator_id if for_another else booking.booked_by_id
    change(session, booking, act, status, by=by, now=now, rule=rule, due_at=due_at)
    has_place(session, course_session, booking.person_id, who, now)


def has_place(session: Session, course_session: CourseSession, person_id: int, who: facts.Asking, now: datetime) -> None:
    """Whoever has a place no longer waits for the course to run: neither told of its next date nor offered one."""
    if who.waits_for_course:
        stop_waiting(session, course_session, [person_id], now)


def stop_waiting(session: Session, course_session: CourseSession, person_ids: Sequence[int], now: datetime) -> None:
    """These people no longer wait for the course of this session."""
    session.execute(sa.update(CourseInterest).where(
        CourseInterest.course_id == course_session.course_id, CourseInterest.person_id.in_(person_ids), CourseInterest.ended_at.is_(None)
    ).values(ended_at=now))


def wait_again(session: Session, course_session: CourseSession, person_ids: Sequence[int], ended_at: datetime) -> None:
    """Who came to no place by what ended their wait for the course at this moment waits for it as before."""
    session.execute(sa.update(CourseInterest).where(
        CourseInterest.course_id == course_session.course_id, CourseInterest.person_id.in_(person_ids), CourseInterest.ended_at == ended_at
    ).values(ended_at=None))


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
    elif booking.status is BookingStatus.AWAITING_MANAGER and _goes_on(booking):
        ends_at = policy.request_ends_at(facts.policy_of(booking), course_session.starts_at, now)
        change(session, booking, Act.PASS_ON, BookingStatus.AWAITING_COORDINATOR, by=TIME, now=now, due_at=max(ends_at, now))
    elif booking.status in AWAITING:
        booking.lapses = 0  # an offer that lapsed before was taken up: nothing of it leads back to the list
        change(session, booking, Act.NO_ANSWER, BookingStatus.LAPSED, by=TIME, now=now)
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
        change(session, booking, Act.FREE, BookingStatus.WAITING, by=TIME, now=now, reason=waiting.NOT_TOLD)
    else:
        change(session, booking, Act.OFFER, BookingStatus.OFFERED, by=TIME, now=now, reason=waiting.NOT_TOLD, due_at=ends_at)


def _goes_on(booking: Booking) -> bool:
    return facts.policy_of(booking).when_unanswered is WhenUnanswered.GOES_ON


def _offer(session: Session, course_session: CourseSession, found: facts.Counted, now: datetime) -> Standing:
    """Offer free places to those who wait, in their order, as long as there are both; the standing afterwards."""
    if course_session.list_rests:
        course_session.list_rests = False
    line = list(facts.in_line(course_session.id))
    standing = found.standing
    workings = in_line.workings(line, standing)
    ends = in_line.offers_end(line, course_session, now)
    asked = _asked_first(session, line, course_session, now)
    rooms = groups.without_room(course_session, standing, line)
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
    """What nobody on the session's own list can have is offered to those for whom any date of the course will do."""
    _one_date_at_a_time(session, course_session)
    mine = sa.exists().where(Booking.person_id == CourseInterest.person_id, Booking.course_session_id == course_session.id)
    elsewhere = sa.exists().where(
        Booking.person_id == CourseInterest.person_id, Booking.status.in_(HOLDING), Booking.course_session_id == CourseSession.id,
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
        add(session, booking, Act.OFFER, by=THE_LIST, now=now, reason="any date of the course will do")
        standing = with_one_more(standing, who.asker.working)
    return standing
