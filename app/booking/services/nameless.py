"""Places without names: held for an agency until a day, and given back. `taking.name_place` gives them names."""

from datetime import datetime, timedelta
from typing import Any

from app.accounts.models import Agency, Person
from app.booking import emails
from app.booking.models import HeldPlaces
from app.booking.queries import desk_policies, facts
from app.booking.rules import happened as words
from app.booking.rules import policy
from app.booking.rules.eligibility import Audience, why_not_for_agency
from app.booking.rules.places import check_open, places_free_for, said
from app.booking.services.history import happened
from app.booking.services.holding import settle
from app.booking.services.locking import hold
from app.catalogue.models import Course, CourseSession
from app.core import clock
from app.core.db import transaction
from app.core.errors import Refused


def hold_places(
    *, session_id: int, agency_id: int, by_id: int, places: int, releases_at: datetime, now: datetime, contact: str = ""
) -> HeldPlaces:
    """Places without names for an agency, kept until a date and named later.

    Raises:
        Refused: the course is for nobody of the agency, so many are not free, people are waiting, or the date does not fit: when the places go
            back they can still be offered.
    """
    if places < 1:
        raise Refused("Hold at least one place.")
    with transaction() as session:
        course_session = hold(session, session_id)
        standing = settle(session, course_session, now)
        check_open(standing, now)
        tree = facts.agency_tree()
        _check_for(course_session.course, agency_id, tree, contact)
        if not now < releases_at < course_session.starts_at:
            raise Refused("Choose a day between today and the session, on which the places that have no name yet go back.")
        last = offers_stop(course_session, now)
        if releases_at >= last:
            raise Refused(f"Places that go back so late can be offered to nobody: offers stop at {said(last)}. "
                          f"Choose {_last_day_before(last)} or earlier.")
        if standing.waiting:
            raise Refused("People are waiting for this session, so places without names cannot be held. Book people by name: they join the list.")
        free = places_free_for(standing, facts.working_at(agency_id, tree), now)
        if places > free:
            raise Refused(f"{free} {'place is' if free == 1 else 'places are'} free for your agency. Hold {free} or fewer.")
        held = HeldPlaces(course_session_id=session_id, agency_id=agency_id, by_id=by_id, places=places, at=now, releases_at=releases_at)
        session.add(held)
        happened(session, session_id, words.held(places, session.get_one(Agency, agency_id).name, releases_at),
                 by=session.get_one(Person, by_id).acting, now=now)
    return held


def _check_for(course: Course, agency_id: int, tree: dict[int, Any], contact: str) -> None:
    """That the course is for somebody of the agency, or of what is part of it.

    Raises:
        Refused: it is not, with the rule and the way round it.
    """
    audience = Audience(sectors=course.for_sectors or (), agencies=[(one.id, one.name) for one in course.for_agencies])
    under = [working for working in (facts.working_at(number, tree) for number in tree) if agency_id in working.agencies]
    refusal = why_not_for_agency(audience, under, tree[agency_id].name, contact)
    if refusal:
        raise Refused(refusal)


def offers_stop(course_session: CourseSession, now: datetime) -> datetime:
    """From when on the first of those who may wait can no longer be offered a place: the earliest that an area's policy of today has."""
    saved, today = desk_policies.policies(), clock.london_date(now)
    areas = {None, *(one.partnership_id for one in saved)}
    return min(policy.quiet_from(course_session.starts_at, desk_policies.in_force(saved, area, today).no_offers_hours) for area in areas)


def _last_day_before(moment: datetime) -> str:
    """The last day on which places can go back before then."""
    day = clock.london_date(moment)
    if clock.from_london(day, policy.GO_BACK_AT) >= moment:
        day -= timedelta(days=1)
    return f"{day.day} {day:%B %Y}"


def release_held_places(*, held_id: int, by: str, now: datetime, by_id: int | None = None) -> None:
    """Give back held places that still have no name. Whoever holds them is told, unless they do it themselves (`by_id`)."""
    with transaction() as session:
        held = session.get_one(HeldPlaces, held_id)
        course_session = hold(session, held.course_session_id)
        session.refresh(held)
        if held.places:
            happened(session, course_session.id, words.held_released(held.places, held.agency.name), by=by, now=now)
            if held.by_id != by_id:
                emails.tell_holder_of_release(held, course_session, now, by=by)
        held.places = 0
        session.flush()
        settle(session, course_session, now)
