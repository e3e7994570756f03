"""Taking a place: for oneself, for others, and one that was held without a name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts import services as accounts
from app.accounts.models import Person
from app.booking.models import Booking, BookingEvent, BookingGroup, BookingNeed, HeldPlaces
from app.booking.queries import facts
from app.booking.rules import policy
from app.booking.rules.eligibility import why_not_eligible
from app.booking.rules.places import (
    Answer,
    Standing,
    answer_to,
    check_ever_room,
    check_open,
    how_many_get_in,
    places_free_for,
    with_one_more,
    without_window,
)
from app.booking.rules.states import AWAITING, LIVE, RETURNED, Act, BookingStatus
from app.booking.rules.windows import NEEDS_KEPT
from app.booking.services.attempts import answered, earlier_answer, keep_answer
from app.booking.services.giving_back import take_back
from app.booking.services.holding import (
    add,
    agree,
    change,
    give_place,
    has_place,
    hold_booking,
    new_booking,
    place_state,
    settle,
    stop_waiting,
    wait_again,
)
from app.booking.services.locking import check_times, hold
from app.booking.services.organising import use_kept_place
from app.catalogue.models import CourseSession
from app.core.db import db, transaction
from app.core.errors import Refused
from app.core.tokens import digest

FIRST_ACT = {
    BookingStatus.BOOKED: Act.BOOK, BookingStatus.AWAITING_MANAGER: Act.ASK, BookingStatus.AWAITING_COORDINATOR: Act.ASK,
    BookingStatus.WAITING: Act.JOIN,
}


@dataclass(frozen=True)
class Wish:
    """What somebody asks for with a place: what they need on the day, and whether a place that comes free may be booked at once."""

    dietary: str = ""
    access: str = ""
    whenever: bool = False


@dataclass(frozen=True)
class Work:
    """Where somebody who books for the first time says that they work, and as what."""

    agency_id: int | None
    job_title: str | None


@dataclass(frozen=True)
class OnBehalf:
    """Somebody books for others. `coordinator` and `manager` have agreed by asking; others have not.

    With `uses_kept` the place may be one of those that are kept for the coordinator, when no other is free.
    """

    person_id: int
    coordinator: bool = False
    manager: bool = False
    uses_kept: bool = False


@dataclass(frozen=True)
class Taken:
    """What came of asking for a place."""

    booking_id: int
    ref: str
    status: BookingStatus


def book_place(*, session_id: int, person_id: int, by: str, now: datetime, **more: Any) -> Booking:
    """As `take_place`, with the booking as it was kept."""
    return db.session.get_one(Booking, take_place(session_id=session_id, person_id=person_id, by=by, now=now, **more).booking_id)


def take_place(
    *, session_id: int, person_id: int, by: str, now: datetime, wish: Wish | None = None, key: str = "", contact: str = "",
    behalf: OnBehalf | None = None, work: Work | None = None, times: int | None = None,
) -> Taken:
    """A place for the person, a request for one, or the end of the waiting list; what they have already if they asked before.

    `by` is the name that the booking's history shows; `key` tells one sending of a form from another, and the same form sent again has the
    same answer. `work` is what somebody says who never said before where they work. `times` is the version of the session's times that the
    page showed.

    Raises:
        Refused: the session cannot be booked, or not by this person, with the rule and the way round it.
    """
    wish = wish or Wish()
    asked = f"{session_id}:{person_id}:{wish}"
    with transaction() as session:
        course_session = hold(session, session_id)
        found = facts.request(course_session, person_id, digest(key), now)
        earlier = answered(session, found.earlier, asked)
        if earlier is not None:
            return _taken(earlier)
        check_times(course_session, times)
        if work is not None:
            accounts.say_where_somebody_works(person_id=person_id, agency_id=work.agency_id, job_title=work.job_title, now=now, oneself=True)
        standing = settle(session, course_session, now, found.counted)
        if work is not None or standing is not found.counted.standing:
            found = facts.request(course_session, person_id, digest(key), now)
        if found.there_id is not None:
            there = session.get_one(Booking, found.there_id)
            returned = there.status in RETURNED
            if returned:
                take_back(session, course_session, there, by=by, now=now)
                _keep_needs(session, there, course_session, wish)
            if there.status is BookingStatus.OFFERED and (returned or _only_now(session, there, now)):
                give_place(session, course_session, there, Act.ACCEPT, by=by, now=now)
                _keep_needs(session, there, course_session, wish)
            keep_answer(session, key, asked, there, now)
            return _taken(there)
        booking, _standing = _take(session, course_session, standing, found.who, by=by, now=now, contact=contact, behalf=behalf, wish=wish)
        _keep_needs(session, booking, course_session, wish)
        keep_answer(session, key, asked, booking, now)
        return _taken(booking)


def _taken(booking: Booking) -> Taken:
    return Taken(booking.id, booking.ref, booking.status)


def _only_now(session: Session, booking: Booking, now: datetime) -> bool:
    """Whether the place was offered at this very moment, as any date will do for the person: asking for it is a yes."""
    return session.scalar(sa.select(BookingEvent.id).where(
        BookingEvent.booking_id == booking.id, BookingEvent.act == Act.OFFER, BookingEvent.before.is_(None), BookingEvent.at == now)) is not None


def _take(
    session: Session, course_session: CourseSession, standing: Standing, who: facts.Asking, *, by: str, now: datetime, contact: str,
    behalf: OnBehalf | None = None, group: BookingGroup | None = None, only_wait: bool = False, wish: Wish | None = None,
) -> tuple[Booking, Standing]:
    """Decide, and write what was decided; the standing with it."""
    standing = without_window(standing) if behalf and behalf.coordinator else standing
    check_open(standing, now)
    refusal = why_not_eligible(who.audience, who.asker, contact, to_another=behalf is not None)
    if refusal:
        raise Refused(refusal)
    answer = Answer.LIST if only_wait else answer_to(standing, who.asker.working, now)
    if answer is Answer.LIST and behalf and behalf.uses_kept and places_free_for(standing, who.asker.working, now, coordinator=True):
        use_kept_place(session, course_session, standing, who.asker.working, who.person.name or who.person.email, by=by, now=now)
        answer = Answer.PLACE
    status, rule = place_state(
        course_session.course, who, manager_asks=bool(behalf and behalf.manager), coordinator_asks=bool(behalf and behalf.coordinator)
    ) if answer is Answer.PLACE else (BookingStatus.WAITING, None)
    booking = new_booking(course_session, who.person.id, who, status, now)
    booking.booked_by_id = behalf.person_id if behalf else None
    agree(booking, None if behalf else now, who.terms_id)
    booking.group_id = group.id if group else None
    if status is BookingStatus.WAITING:
        booking.whenever = bool(wish and wish.whenever)
        booking.booked_at = max(now, standing.last_joined_at or now)  # the lock decides who was first, not the clocks of several processes
    add(session, booking, FIRST_ACT[status], by=by, now=now, rule=rule)
    if answer is Answer.PLACE:
        has_place(session, course_session, who.person.id, who, now)
        standing = with_one_more(standing, who.asker.working)
    return booking, standing


def _keep_needs(session: Session, booking: Booking, course_session: CourseSession, wish: Wish) -> None:
    if wish.dietary.strip() or wish.access.strip():
        session.merge(BookingNeed(
            booking_id=booking.id, dietary=wish.dietary.strip() or None, access=wish.access.strip() or None,
            delete_at=course_session.ends_at + NEEDS_KEPT,
        ))


def book_for_others(
    *, session_id: int, person_ids: Sequence[int], together: bool, by: str, behalf: OnBehalf, now: datetime, contact: str = "", key: str = "",
    times: int | None = None,
) -> list[Booking]:
    """Places for several people at once, or none: what stands in the way of any of them is said for all.

    Who wants to come `together` gets in together, or waits together until so many places are free at once.

    Raises:
        Refused: naming everybody who cannot be booked, and why.
    """
    asked = f"{session_id}:{','.join(map(str, sorted(set(person_ids))))}:{together}"
    with transaction() as session:
        course_session = hold(session, session_id)
        earlier = earlier_answer(session, key, asked)
        if earlier is not None:
            return list(session.scalars(sa.select(Booking).where(Booking.group_id == earlier.group_id).order_by(Booking.id)))
        check_times(course_session, times)
        stop_waiting(session, course_session, person_ids, now)  # else settling would offer them what they are to be booked on
        standing = settle(session, course_session, now)
        people = _not_there_yet(session, session_id, person_ids)
        group = BookingGroup(together=together and len(people) > 1, by_id=behalf.person_id, at=now)
        session.add(group)
        session.flush()
        only_wait = group.together and _all_wait(course_session, standing, list(people), now)
        bookings: list[Booking] = []
        problems = []
        for person_id, name in people.items():
            try:
                back = _back_for(session, course_session, person_id, group, by=by, behalf=behalf, now=now)
                booking, standing = (back, standing) if back is not None else _take(
                    session, course_session, standing, facts.person(person_id, course_session.course, now), by=by, now=now,
                    contact=contact, behalf=behalf, group=group, only_wait=only_wait)
            except Refused as no:
                problems.append(f"{name}: {no}")
            else:
                bookings.append(booking)
        if problems:
            raise Refused(" ".join(problems) + " Nobody was booked.")
        wait_again(session, course_session, [one.person_id for one in bookings if one.status is BookingStatus.WAITING], now)
        keep_answer(session, key, asked, bookings[0] if bookings else None, now)
    return bookings


def _back_for(
    session: Session, course_session: CourseSession, person_id: int, group: BookingGroup, *, by: str, behalf: OnBehalf, now: datetime
) -> Booking | None:
    """The place that the person gave back a moment ago, and that is held for them still: they have it again; none where there is none.

    Raises:
        Refused: the course is not open to them any more.
    """
    there = facts.there(course_session.id, person_id)
    if there is None or there.status is not BookingStatus.GIVEN_BACK:
        return None
    who = facts.person(person_id, course_session.course, now)
    refusal = why_not_eligible(who.audience, who.asker, "", to_another=True)
    if refusal:
        raise Refused(refusal)
    there.booked_by_id, there.group_id = behalf.person_id, group.id
    agree(there, None, None)
    take_back(session, course_session, there, by=by, now=now)
    return there


def _not_there_yet(session: Session, session_id: int, person_ids: Sequence[int]) -> dict[int, str]:
    """The people to book, by name.

    Raises:
        Refused: nobody is named, or somebody is on the session already.
    """
    people = {one.id: one.name or one.email for one in session.scalars(sa.select(Person).where(Person.id.in_(person_ids)).order_by(Person.id))}
    if not people:
        raise Refused("Name at least one person to book.")
    there = session.scalars(sa.select(Booking.person_id).where(
        Booking.course_session_id == session_id, Booking.person_id.in_(people), Booking.status.in_(LIVE))).all()
    if there:
        raise Refused(f"On this session already: {', '.join(people[number] for number in there)}. Take them off your list. Nobody was booked.")
    return people


def _all_wait(course_session: CourseSession, standing: Standing, person_ids: Sequence[int], now: datetime) -> bool:
    """Whether those who want to come together have to wait, all of them.

    Raises:
        Refused: there will never be places for all of them.
    """
    members = [facts.person(number, course_session.course, now).asker.working for number in person_ids]
    check_ever_room(standing, members, facts.extra_places(course_session.id) if standing.extra else 0)
    return how_many_get_in(standing, members, now) < len(members)


def take_free_place(*, booking_id: int, by: str, now: datetime, contact: str = "", times: int | None = None) -> None:
    """In the last hours the list no longer moves by itself; somebody who waits may take a place that is free.

    Raises:
        Refused: none is free for them, the course is not open to them at present, or they do not wait.
    """
    with transaction() as session:
        booking, course_session, standing = hold_booking(session, booking_id, now)
        if booking.status is BookingStatus.BOOKED:
            return
        check_times(course_session, times)
        who = facts.person(booking.person_id, course_session.course, now)
        refusal = why_not_eligible(who.audience, who.asker, contact)
        if refusal:
            raise Refused(refusal)
        if answer_to(without_window(standing), who.asker.working, now) is Answer.LIST:
            raise Refused("The place has gone to somebody else. You are still on the waiting list.")
        give_place(session, course_session, booking, Act.TAKE, by=by, now=now)


def name_place(*, held_id: int, person_id: int, by: str, behalf: OnBehalf, now: datetime, contact: str = "") -> Booking:
    """One of the held places gets a name. Somebody who waits for the session has it by the booking with which they wait.

    Raises:
        Refused: none is left, they have gone back, or the person cannot be booked.
    """
    with transaction() as session:
        held = session.get_one(HeldPlaces, held_id)
        course_session = hold(session, held.course_session_id)
        session.refresh(held)
        if held.places < 1 or held.releases_at <= now:
            raise Refused("These places have all been named, or have gone back. Book the person in the usual way.")
        there = facts.live_booking(held.course_session_id, person_id)
        if there is not None and there.status is not BookingStatus.WAITING:
            raise Refused("This person is on the session already.")
        held.places -= 1
        session.flush()
        kept = without_window(facts.standing(course_session, now))  # what is held may be named when booking is closed
        who = facts.person(person_id, course_session.course, now)
        booking = there or _take(session, course_session, kept, who, by=by, now=now, contact=contact, behalf=behalf)[0]
        if there is not None:
            _from_list(session, course_session, kept, there, by=by, now=now, contact=contact, behalf=behalf)
        if booking.status is BookingStatus.WAITING:
            raise Refused("There is no place for this person: the places of their own agency are used.")
        settle(session, course_session, now)
    return booking


def _from_list(
    session: Session, course_session: CourseSession, standing: Standing, booking: Booking, *, by: str, now: datetime, contact: str, behalf: OnBehalf
) -> None:
    """Let somebody who waits have a held place, if the course is open to them and one is left for their agency."""
    check_open(standing, now)
    who = facts.person(booking.person_id, course_session.course, now)
    refusal = why_not_eligible(who.audience, who.asker, contact, to_another=True)
    if refusal:
        raise Refused(refusal)
    if answer_to(standing, who.asker.working, now) is Answer.LIST:
        return
    status, rule = place_state(course_session.course, who, manager_asks=behalf.manager, coordinator_asks=behalf.coordinator)
    due_at = policy.request_ends_at(who.policy, course_session.starts_at, now) if status in AWAITING else None
    booking.booked_by_id = behalf.person_id
    agree(booking, None, None)
    change(session, booking, Act.TAKE, status, by=by, now=now, reason="given a place that was held", rule=rule, due_at=due_at)
    has_place(session, course_session, booking.person_id, who, now)
