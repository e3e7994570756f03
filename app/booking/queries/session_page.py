"""The box on a session's page: what whoever looks at it can do, and if they cannot book, the rule and the way round it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.booking.models import Booking
from app.booking.queries import facts, in_line, mine
from app.booking.queries.programme import Dated
from app.booking.rules import approval, policy
from app.booking.rules.eligibility import why_not_eligible
from app.booking.rules.places import Answer, Standing, Working, answer_to, check_open, places_free_for, why_not_free
from app.booking.rules.policy import Policy
from app.booking.rules.possible import Can, can
from app.booking.rules.states import LIVE, RETURNED, BookingStatus
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus
from app.core import clock
from app.core.db import db
from app.core.errors import Refused


@dataclass(frozen=True)
class Prospect:
    """What would happen if this person asked for a place now. `state` is "free", "full", "held", "quota", "closed" or "not_for_me".

    `first` is where a place would begin, `rule` why it begins with somebody's yes, `asked` whose yes that is, `ends_at` until when they have.
    """

    state: str
    policy: Policy
    free: int = 0
    sentence: str = ""
    waiting: int = 0
    first: BookingStatus = BookingStatus.BOOKED
    rule: str | None = None
    asked: str = ""
    ends_at: datetime | None = None
    held: int = 0
    held_until: datetime | None = None
    terms_id: int | None = None


@dataclass(frozen=True)
class Box:
    """All that the box says. `state` is that of the prospect, or "cancelled", "over", "started", "mine"."""

    state: str
    prospect: Prospect | None = None
    mine: Booking | None = None
    position: tuple[int, int] | None = None
    asked: str = ""
    policy: Policy | None = None


def box(found: Dated, person_id: int | None, contact: str, now: datetime) -> Box:
    """What stands in the box for this person, or for somebody who is not signed in."""
    session = found.session
    if session.status is SessionStatus.CANCELLED:
        return Box("cancelled")
    if session.status is SessionStatus.DELIVERED or session.ends_at <= now:
        return Box("over")
    live = facts.live_booking(session.id, person_id) if person_id is not None else None
    if live is not None:
        waits = live.status is BookingStatus.WAITING
        asked = mine.name_at(live.manager_email) if live.status is BookingStatus.AWAITING_MANAGER else ""
        return Box("mine", None, live, mine.position(live) if waits else None, asked, facts.policy_of(live))
    if session.starts_at <= now:
        return Box("started")
    found_out = prospect(session, person_id, contact, now)
    return Box(found_out.state, found_out, policy=found_out.policy)


def prospect(session: CourseSession, person_id: int | None, contact: str, now: datetime) -> Prospect:
    """What would happen if this person asked for a place now; signed out, as far as that can be said of anybody."""
    standing = facts.standing(session, now)
    if person_id is None:
        return _open_or_not(session, standing, Working(), facts.policy_for(None, clock.london_date(now)), {}, now)
    who = facts.person(person_id, session.course, now)
    refusal = why_not_eligible(who.audience, who.asker, contact)
    more: dict[str, Any] = {"terms_id": who.terms_id}
    if refusal:
        return Prospect("not_for_me", who.policy, sentence=refusal, **more)
    first, rule = approval.first_state(
        session.course.approval, policy.standing_after(who.policy, who.strikes), has_manager=bool(who.manager_email))
    more |= {"first": first, "rule": rule}
    if first is not BookingStatus.BOOKED:
        more |= {"ends_at": policy.request_ends_at(who.policy, session.starts_at, now)}
    if first is BookingStatus.AWAITING_MANAGER:
        more |= {"asked": mine.name_at(who.manager_email)}
    return _open_or_not(session, standing, who.asker.working, who.policy, more, now)


def _open_or_not(
    session: CourseSession, standing: Standing, working: Working, promised: Policy, more: dict[str, Any], now: datetime
) -> Prospect:
    more |= {"waiting": standing.waiting}
    try:
        check_open(standing, now)
    except Refused as no:
        return Prospect("closed", promised, sentence=str(no), **more)
    if answer_to(standing, working, now) is Answer.PLACE:
        return Prospect("free", promised, free=places_free_for(standing, working, now), **more)
    if standing.places_left:
        return Prospect("quota", promised, sentence=why_not_free(standing, working, now), free=standing.places_left, **more)
    held, until = _held(session.id) if not standing.waiting else (0, None)
    return Prospect("held" if held else "full", promised, held=held, held_until=until, **more)


def _held(session_id: int) -> tuple[int, datetime | None]:
    """How many places may yet come free by themselves, and when the first does: offers, and returns that can be undone."""
    count, first = db.session.execute(
        sa.select(sa.func.count(), sa.func.min(Booking.due_at)).where(
            Booking.course_session_id == session_id, Booking.due_at.is_not(None),
            Booking.status.in_((BookingStatus.OFFERED, *RETURNED)))
    ).one()
    return count, first


def free_for(booking: Booking, now: datetime) -> bool:
    """Whether a place is free for somebody who waits, in the last hours when the list no longer moves by itself."""
    at = in_line.work_today([booking]).get(booking.person_id)
    working = facts.working_at(at[0] if at else booking.agency_id, facts.agency_tree())
    return bool(places_free_for(facts.standing(booking.course_session, now), working, now))


def can_ask_again(booking: Booking, now: datetime) -> bool:
    """Whether somebody whose booking has ended may book the session again, or join its list."""
    session = booking.course_session
    if booking.status in LIVE or not session.course.published or facts.live_booking(session.id, booking.person_id) is not None:
        return False
    try:
        check_open(facts.standing(session, now), now)
    except Refused:
        return False
    return True


def can_change(booking: Booking, now: datetime) -> bool:
    """Whether there is a place that can be moved or handed to a colleague."""
    return Can.SUBSTITUTE in can(mine.held(booking), now)
