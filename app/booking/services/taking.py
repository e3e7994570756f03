"""Taking a place: for oneself, for others, and one that was held without a name."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts import services as accounts
from app.booking import emails
from app.booking.models import Booking, BookingEvent, BookingGroup, BookingNeed, HeldPlaces
from app.booking.queries import facts, others
from app.booking.rules.approval import COORDINATOR_ASKED
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
from app.booking.rules.states import LIVE, RETURNED, Act, BookingStatus
from app.booking.rules.windows import NEEDS_KEPT
from app.booking.services import interest
from app.booking.services.attempts import answered, earlier_answer, form_row, keep_answer
from app.booking.services.beginning import agree, ask_for, new_booking, place_state, work_as_today
from app.booking.services.giving_back import take_back
from app.booking.services.holding import add, change, give_place, hold_booking, settle
from app.booking.services.locking import check_times, hold
from app.booking.services.many import New, add_all
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
    """Somebody books for others. A `coordinator`, and the manager of those whom they manage (`manages`), has agreed by asking; others have not.

    With `uses_kept` the place may be one of those that are kept for the coordinator, when no other is free.
    """

    person_id: int
    coordinator: bool = False
    manages: frozenset[int] = frozenset()
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
    behalf: OnBehalf | None = None, work: Work | None = None, times: int | None = None, terms: int | None = None,
) -> Taken:
    """A place for the person, a request for one, or the end of the waiting list; what they have already if they asked before.

    `by` is the name that the booking's history shows; `key` tells one sending of a form from another, and the same form sent again has the
    same answer. `work` is what somebody says who never said before where they work. `times` is the version of the session's times, and
    `terms` that of the terms, that the page showed.

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
                take_back(session, course_session, there, by=by, now=now, behalf_id=behalf.person_id if behalf else None)
                _keep_needs(session, there, course_session, wish)
            if there.status is BookingStatus.OFFERED and (returned or _only_now(session, there, now)):
                asks = behalf.person_id if behalf and behalf.coordinator else None
                give_place(session, course_session, there, Act.ACCEPT, by=by, now=now, coordinator_id=asks, terms=terms)
                _keep_needs(session, there, course_session, wish)
            keep_answer(session, key, asked, there, now)
            return _taken(there)
        booking = _take(session, course_session, standing, found.who, by=by, now=now, contact=contact, behalf=behalf, wish=wish,
                        terms=terms, form=form_row(key, asked, now))
        _keep_needs(session, booking, course_session, wish)
        return _taken(booking)


def _taken(booking: Booking) -> Taken:
    return Taken(booking.id, booking.ref, booking.status)


def _only_now(session: Session, booking: Booking, now: datetime) -> bool:
    """Whether the place was offered at this very moment, as any date will do for the person: asking for it is a yes."""
    return session.scalar(sa.select(BookingEvent.id).where(
        BookingEvent.booking_id == booking.id, BookingEvent.act == Act.OFFER, BookingEvent.before.is_(None), BookingEvent.at == now)) is not None


def _take(
    session: Session, course_session: CourseSession, standing: Standing, who: facts.Asking, *, by: str, now: datetime, contact: str,
    behalf: OnBehalf | None = None, wish: Wish | None = None, terms: int | None = None, form: Mapping[str, Any] | None = None,
) -> Booking:
    """Decide, and write what was decided."""
    booking, rule, _standing = _decide(session, course_session, standing, who, by=by, now=now, contact=contact, behalf=behalf, wish=wish,
                                       terms=terms)
    add(session, booking, FIRST_ACT[booking.status], by=by, now=now, rule=rule, form=form)
    if who.waits_for_course and booking.status is not BookingStatus.WAITING:
        interest.has_place(session, booking, by=by, now=now)
    return booking


def _decide(
    session: Session, course_session: CourseSession, standing: Standing, who: facts.Asking, *, by: str, now: datetime, contact: str,
    behalf: OnBehalf | None = None, group: BookingGroup | None = None, only_wait: bool = False, wish: Wish | None = None,
    terms: int | None = None,
) -> tuple[Booking, str | None, Standing]:
    """The booking that somebody gets, not added yet, the rule by which it begins where it does, and the standing with it.

    Raises:
        Refused: the session cannot be booked, or not by this person.
    """
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
        course_session.course, who, manager_asks=bool(behalf and who.person.id in behalf.manages),
        coordinator_asks=bool(behalf and behalf.coordinator),
    ) if answer is Answer.PLACE else (BookingStatus.WAITING, COORDINATOR_ASKED if behalf and behalf.coordinator else None)
    booking = new_booking(course_session, who.person.id, who, status, now)
    booking.booked_by_id = behalf.person_id if behalf else None
    agree(booking, None if behalf else now, who.terms_id, shown=terms)
    booking.group_id = group.id if group else None
    if status is BookingStatus.WAITING:
        booking.whenever = bool(wish and wish.whenever)
        booking.booked_at = max(now, standing.last_joined_at or now)  # the lock decides who was first, not the clocks of several processes
    return booking, rule, with_one_more(standing, who.asker.working) if answer is Answer.PLACE else standing


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
        interest.put_off(session, course_session, person_ids, now)  # else settling would offer them what they are to be booked on
        standing = settle(session, course_session, now)
        people = _not_there_yet(session, course_session, person_ids, now)
        returned = others.returned(session_id, person_ids)
        group = BookingGroup(together=together and len(people) > 1, by_id=behalf.person_id, at=now)
        session.add(group)
        session.flush()
        only_wait = group.together and _all_wait(course_session, standing, people, returned, now)
        bookings: list[Booking] = []
        new: list[New] = []
        problems = []
        for who in people:
            there = returned.get(who.person.id)
            try:
                if there is not None:
                    bookings.append(_back(session, course_session, there, who, group, by=by, behalf=behalf, now=now))
                    continue
                booking, rule, standing = _decide(
                    session, course_session, standing, who, by=by, now=now, contact=contact, behalf=behalf, group=group, only_wait=only_wait)
                new.append(New(booking, FIRST_ACT[booking.status], rule))
            except Refused as no:
                problems.append(f"{who.person.name or who.person.email}: {no}")
        if problems:
            raise Refused(" ".join(problems) + " Nobody was booked.")
        bookings += add_all(session, new, by=by, now=now)
        interest.decide(session, course_session, bookings, by=by, now=now)
        keep_answer(session, key, asked, bookings[0] if bookings else None, now)
    return bookings


def _back(
    session: Session, course_session: CourseSession, there: Booking, who: facts.Asking, group: BookingGroup, *, by: str, behalf: OnBehalf,
    now: datetime,
) -> Booking:
    """The place that the person gave back a moment ago, and that is held for them still, is theirs again.

    Raises:
        Refused: the course is not open to them any more.
    """
    refusal = why_not_eligible(who.audience, who.asker, "", to_another=True)
    if refusal:
        raise Refused(refusal)
    there.group_id = group.id
    ask_for(there, behalf.person_id)
    take_back(session, course_session, there, by=by, now=now)
    return there


def _not_there_yet(session: Session, course_session: CourseSession, person_ids: Sequence[int], now: datetime) -> list[facts.Asking]:
    """The people to book, as the course sees them.

    Raises:
        Refused: nobody is named, or somebody is on the session already.
    """
    people = facts.people(person_ids, course_session.course, now)
    if not people:
        raise Refused("Name at least one person to book.")
    there = set(session.scalars(sa.select(Booking.person_id).where(
        Booking.course_session_id == course_session.id, Booking.person_id.in_(people), Booking.status.in_(LIVE))))
    if there:
        names = ", ".join(people[number].person.name or people[number].person.email for number in sorted(there))
        raise Refused(f"On this session already: {names}. Take them off your list. Nobody was booked.")
    return list(people.values())


def _all_wait(
    course_session: CourseSession, standing: Standing, people: Sequence[facts.Asking], returned: Collection[int], now: datetime
) -> bool:
    """Whether those who want to come together have to wait, all of them but those whose place is held for them still (`returned`, by person).

    Raises:
        Refused: there will never be places for all of them.
    """
    check_ever_room(standing, [one.asker.working for one in people], facts.extra_places(course_session.id) if standing.extra else 0)
    need_one = [one.asker.working for one in people if one.person.id not in returned]
    return how_many_get_in(standing, need_one, now) < len(need_one)


def take_free_place(*, booking_id: int, by: str, now: datetime, contact: str = "", times: int | None = None, terms: int | None = None) -> None:
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
        work_as_today([booking])
        if answer_to(without_window(standing), facts.working_at(booking.agency_id, facts.agency_tree()), now) is Answer.LIST:
            raise Refused("The place has gone to somebody else. You are still on the waiting list.")
        give_place(session, course_session, booking, Act.TAKE, by=by, now=now, terms=terms)


def name_place(*, held_id: int, person_id: int, by: str, behalf: OnBehalf, now: datetime, contact: str = "") -> Booking:
    """One of the held places gets a name. Somebody who waits for the session has it by the booking with which they wait.

    Raises:
        Refused: none is left, they have gone back, or the person cannot be booked.
    """
    with transaction() as session:
        held = session.get_one(HeldPlaces, held_id)
        course_session = hold(session, held.course_session_id)
        session.refresh(held)
        return name_places(session, held, course_session, [person_id], by=by, behalf=behalf, now=now, contact=contact)[0]


def name_places(
    session: Session, held: HeldPlaces, course_session: CourseSession, people: Sequence[int], *, by: str, behalf: OnBehalf, now: datetime,
    contact: str = "",
) -> list[Booking]:
    """As many of the held places get names, in a fixed number of statements but for those who wait. Only while the session's lock is held.

    Raises:
        Refused: so many are not left, they have gone back, or one of the people cannot be booked.
    """
    if held.places < len(people) or held.releases_at <= now:
        raise Refused("These places have all been named, or have gone back. Book the person in the usual way.")
    there = {one.person_id: one for one in session.scalars(sa.select(Booking).where(
        Booking.course_session_id == course_session.id, Booking.person_id.in_(people), Booking.status.in_(LIVE)))}
    if any(one.status is not BookingStatus.WAITING for one in there.values()):
        raise Refused("This person is on the session already.")
    held.places -= len(people)
    session.flush()
    standing = without_window(facts.standing(course_session, now))  # what is held may be named when booking is closed
    named, new = [], []
    for who in facts.people(people, course_session.course, now).values():
        booking, rule, standing = _decide(session, course_session, standing, who, by=by, now=now, contact=contact, behalf=behalf)
        if booking.status is BookingStatus.WAITING:
            raise Refused("There is no place for this person: the places of their own agency are used.")
        waited = there.get(who.person.id)
        if waited is None:
            new.append(New(booking, FIRST_ACT[booking.status], rule))
        else:
            _has_held_place(session, waited, booking, rule, by=by, now=now)
        named.append(waited or booking)
    add_all(session, new, by=by, now=now)
    interest.have_places(session, named, by=by, now=now)
    emails.write_holders_time_anew(held, course_session, now)
    settle(session, course_session, now)
    return named


def _has_held_place(session: Session, waited: Booking, decided: Booking, rule: str | None, *, by: str, now: datetime) -> None:
    """Somebody who waits has the held place by the booking with which they wait, as it was decided for them."""
    waited.booked_by_id, waited.manager_email = decided.booked_by_id, decided.manager_email
    waited.agency_id, waited.job_title, waited.partnership_id = decided.agency_id, decided.job_title, decided.partnership_id
    agree(waited, None, None)
    reason = "given a place that was held"
    change(session, waited, Act.TAKE, decided.status, by=by, now=now, reason=reason, rule=rule, due_at=decided.due_at)
