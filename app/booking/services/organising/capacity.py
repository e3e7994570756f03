"""How many places a session has and for whom: capacity, extra places at a stated risk, limits and kept places, and the rules of booking."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.booking import emails
from app.booking.models import Booking, CapacityOverride, SessionQuota
from app.booking.queries import facts
from app.booking.rules import happened as words
from app.booking.rules.places import QuotaKind, Standing, Working, check_capacity, kept_still, places_free_for
from app.booking.rules.states import BookingStatus
from app.booking.services.history import happened
from app.booking.services.holding import settle
from app.booking.services.locking import hold, hold_agencies
from app.booking.services.together import tell_of_room, without_room
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus
from app.core import clock
from app.core.db import transaction
from app.core.errors import Refused
from app.mail.services import void

SURE_OR_NOT = "Whether it is sure to take place, or when that is decided, has changed."
Check = Callable[[CourseSession], None]
"""What is asked of a session once nobody else can change it; it may refuse."""


def change_capacity(*, session_id: int, capacity: int, by: str, now: datetime, check: Check | None = None) -> None:
    """Change how many places there are; more places go to those who wait, in their order.

    Raises:
        Refused: more places are promised or kept than there would be, or the session is cancelled.
    """
    with transaction() as session:
        course_session = hold(session, session_id)
        if check is not None:
            check(course_session)
        _check_not_cancelled(course_session)
        standing = settle(session, course_session, now)
        before = without_room(course_session, now)
        check_capacity(capacity, standing, now)
        if capacity != course_session.capacity:
            happened(session, session_id, words.capacity_changed(course_session.capacity, capacity), by=by, now=now)
        course_session.capacity = capacity
        session.flush()
        tell_of_room(session, course_session, before, now)
        settle(session, course_session, now)


def _check_not_cancelled(course_session: CourseSession) -> None:
    """While a cancellation can be undone nobody holds a place, but everybody may have theirs again: what there is must stay enough."""
    if course_session.status is SessionStatus.CANCELLED:
        raise Refused("This session is cancelled, so its places stay as they are. Undo the cancellation first, or plan a new session.")


def add_extra_places(*, session_id: int, places: int, risk: int | None, reason: str, by: str, now: datetime) -> None:
    """Offer more places than there are, as some people will not come, at a risk (in 100) that a coordinator states and answers for.

    Raises:
        Refused: no number, no reason, or the session is over.
    """
    if places < 1 or not reason.strip():
        raise Refused("Enter how many extra places, and why the risk is right.")
    if risk is not None and not 0 <= risk <= 100:
        raise Refused("The risk is a number from 0 to 100: in how many of 100 such sessions too many people would come.")
    with transaction() as session:
        course_session = hold(session, session_id)
        if now >= course_session.starts_at or course_session.status is not SessionStatus.SCHEDULED:
            raise Refused("This session is over, called off or not on the programme.")
        before = without_room(course_session, now)
        session.add(CapacityOverride(course_session_id=session_id, booking_id=None, places=places, risk=risk, reason=reason.strip(), by=by, at=now))
        happened(session, session_id, words.extra_places(places, risk, reason.strip()), by=by, now=now)
        session.flush()
        tell_of_room(session, course_session, before, now)
        settle(session, course_session, now)


def take_extra_places_back(*, override_id: int, by: str, now: datetime) -> None:
    """Offer no more places than there are. Doing it again changes nothing.

    Raises:
        Refused: the extra places are promised or kept already, or the session is cancelled.
    """
    with transaction() as session:
        session_id = session.scalar(sa.select(CapacityOverride.course_session_id).where(CapacityOverride.id == override_id))
        if session_id is None:
            return
        course_session = hold(session, session_id)
        override = session.get(CapacityOverride, override_id, populate_existing=True)
        if override is None:  # pressed twice: the other took them back meanwhile
            return
        _check_not_cancelled(course_session)
        standing = settle(session, course_session, now)
        if standing.taken > standing.limit - override.places:
            raise Refused("The extra places are promised already. They go when bookings are given back.")
        if standing.taken + kept_still(standing, now) > standing.limit - override.places:
            raise Refused("Without the extra places those that are kept for groups would not be there. Release kept places first.")
        before = without_room(course_session, now)
        happened(session, course_session.id, words.extra_taken_back(override.places), by=by, now=now)
        session.delete(override)
        session.flush()
        tell_of_room(session, course_session, before, now)


def add_quota(
    *, session_id: int, kind: QuotaKind, places: int, agency_id: int | None, sector: str | None, releases_at: datetime | None, by: str,
    now: datetime,
) -> None:
    """Limit how many places a group may have, or keep some for it (without a group: for the coordinator).

    Raises:
        Refused: the number or the day does not fit, a limit has no group, places that are to be kept are promised to others, or the
            session is cancelled.
    """
    if places < 1:
        raise Refused("Enter at least one place.")
    if kind is QuotaKind.MOST and agency_id is None and not sector:
        raise Refused("Choose the agency or the sector that the limit is for.")
    with transaction() as session:
        hold_agencies(session)  # an agency that becomes part of another meanwhile would see no limit here
        course_session = hold(session, session_id)
        _check_not_cancelled(course_session)
        if releases_at is not None and not now < releases_at <= course_session.starts_at:
            raise Refused("Choose a day of release between today and the session.")
        standing = settle(session, course_session, now)
        kept, before = kept_still(standing, now), without_room(course_session, now)
        session.add(SessionQuota(course_session_id=session_id, kind=kind, places=places, agency_id=agency_id, sector=sector or None,
                                 releases_at=releases_at))
        session.flush()
        new = facts.quotas_of(session_id)[-1]
        if kind is QuotaKind.MOST and new.used > places:
            raise Refused(f"{new.name} holds {new.used} places already. Enter {new.used} or more, or move bookings first.")
        if kind is QuotaKind.KEPT and max(0, new.places - new.used) > standing.places_left - kept:
            raise Refused(f"Only {max(0, standing.places_left - kept)} places are free to be kept. Enter fewer.")
        happened(session, session_id, words.quota_set(new), by=by, now=now)
        tell_of_room(session, course_session, before, now)
        settle(session, course_session, now)


def release_quota(*, quota_id: int, by: str, now: datetime) -> None:
    """End a limit, or let go of places that were kept: those who wait are offered them."""
    with transaction() as session:
        quota = session.get_one(SessionQuota, quota_id)
        course_session = hold(session, quota.course_session_id)
        session.refresh(quota)
        if quota.released:
            return
        before = without_room(course_session, now)
        happened(session, course_session.id, words.quota_ended(facts.quota_of(quota)), by=by, now=now)
        quota.released = True
        session.flush()
        tell_of_room(session, course_session, before, now)
        settle(session, course_session, now)


def use_kept_place(
    session: Session, course_session: CourseSession, standing: Standing, working: Working, who: str, *, by: str, now: datetime
) -> None:
    """A coordinator gives somebody a place that was kept back for the coordinator: so many fewer are kept from then on.

    Nothing changes when a place is free for them like for anybody. `standing` is that of before.
    """
    if places_free_for(standing, working, now) or not places_free_for(standing, working, now, coordinator=True):
        return
    quota = session.scalars(sa.select(SessionQuota).where(
        SessionQuota.course_session_id == course_session.id, SessionQuota.kind == QuotaKind.KEPT, SessionQuota.agency_id.is_(None),
        SessionQuota.sector.is_(None), SessionQuota.released.is_(False)).order_by(SessionQuota.id).limit(1)).one()
    happened(session, course_session.id, words.kept_used(who, quota.places - 1), by=by, now=now)
    if quota.places == 1:
        quota.released = True
    else:
        quota.places -= 1
    session.flush()


def set_booking_rules(*, session_id: int, rules: Mapping[str, Any], by: str, now: datetime, check: Check | None = None) -> None:
    """When a session can be booked, how many people it needs, whether it is sure, and whether people are asked if they still come.

    `rules` holds opens_at, closes_at, minimum, decide_on, tentative and confirm_days.

    Raises:
        Refused: the window closes before it opens, or a number cannot be.
    """
    opens_at, closes_at, decide_on = rules.get("opens_at"), rules.get("closes_at"), rules.get("decide_on")
    if opens_at and closes_at and closes_at <= opens_at:
        raise Refused("Booking would close before it opens. Correct one of the two.")
    with transaction() as session:
        course_session = hold(session, session_id)
        if check is not None:
            check(course_session)
        if (opens_at and opens_at >= course_session.starts_at) or (closes_at and closes_at > course_session.starts_at):
            raise Refused("Booking opens and closes before the session starts. Correct the days.")
        if isinstance(decide_on, date) and decide_on > clock.london_date(course_session.starts_at):
            raise Refused("The day on which you decide lies before the session.")
        changed = words.rules_changed({name: getattr(course_session, name) for name in words.WORDS}, rules)
        if changed:
            happened(session, session_id, changed, by=by, now=now)
        sure_from = _sure_from(course_session)
        for name in words.WORDS:
            if name in rules:
                setattr(course_session, name, rules[name])
        session.flush()
        if _sure_from(course_session) != sure_from:
            emails.write_anew(session, [emails.whether_sure(course_session)], reason=SURE_OR_NOT, now=now)
        if "confirm_days" in rules and not rules["confirm_days"]:
            _ask_no_more(session, session_id, now)
        session.flush()
        settle(session, course_session, now)


def _sure_from(course_session: CourseSession) -> tuple[bool, date | None]:
    """Whether it is not sure yet that the session takes place, and until when that is decided, as letters say it."""
    return course_session.tentative, course_session.decide_on if course_session.tentative else None


def _ask_no_more(session: Session, session_id: int, now: datetime) -> None:
    """Nobody is asked whether they still come, so nobody who was asked already loses the place by silence; asked again later they are asked anew."""
    asked = session.scalars(sa.select(Booking).where(
        Booking.course_session_id == session_id, Booking.status == BookingStatus.BOOKED, Booking.asked_at.is_not(None),
        Booking.due_at.is_not(None))).all()
    for booking in asked:
        booking.due_at = booking.asked_at = None
    void(concerns=tuple(f"booking:{booking.id}" for booking in asked), kinds=("still-coming",),
         reason="People are not asked any more if they still come.", now=now)
