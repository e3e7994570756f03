"""Booking for others: people chosen from those somebody looks after, and people of a pasted list, all of them or none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts import services as accounts
from app.accounts.models import Person
from app.booking.models import Booking, HeldPlaces
from app.booking.queries import facts, others
from app.booking.queries.others import Scope
from app.booking.rules import pasted
from app.booking.rules.eligibility import why_not_eligible
from app.booking.rules.pasted import Fault, FaultyList, Line
from app.booking.rules.places import check_open, without_window
from app.booking.rules.states import LIVE, BookingStatus
from app.booking.services import interest, nameless, taking
from app.booking.services.attempts import earlier_answer, keep_answer, sent_before
from app.booking.services.holding import settle
from app.booking.services.locking import check_times, hold
from app.booking.services.taking import OnBehalf
from app.catalogue.models import CourseSession
from app.core.db import transaction
from app.core.errors import Refused


@dataclass(frozen=True)
class Booker:
    """Who books for others: whom they look after, and where people work whom they add. With `as_manager` those name the booker as manager."""

    person_id: int
    name: str
    email: str
    scope: Scope
    coordinator: bool = False
    as_manager: bool = False
    agency_id: int | None = None
    partnership_id: int | None = None


@dataclass(frozen=True)
class Named:
    """The people for whom somebody books: chosen by their numbers, and a list as it was pasted."""

    chosen: Sequence[int] = ()
    pasted: str = ""

    def check_number(self) -> None:
        """However they are named, one form names few enough for everybody else who books meanwhile.

        Raises:
            Refused: with how many are named.
        """
        ticked = len(set(self.chosen))
        count = ticked + sum(1 for line in self.pasted.splitlines() if line.strip())
        if ticked and count > pasted.MOST:
            raise Refused(f"You named {count} people. Name at most {pasted.MOST} people at once, the others after them.")


def book_people(
    *, session_id: int, named: Named, together: bool, booker: Booker, now: datetime, contact: str = "", key: str = "",
    times: int | None = None,
) -> list[Booking]:
    """Places for all who are named, or nothing: people who are new here are added, and everything in the way of anybody is said at once.

    A manager's own people need no further yes from their manager. The same form sent again has the same answer.

    Raises:
        FaultyList: a line of the list, or somebody who was chosen, cannot be booked; each with why and the way round it.
        Refused: nobody is named, or the session cannot be booked.
    """
    named.check_number()
    with transaction() as session:
        course_session = hold(session, session_id)
        people, faults = _people(session, booker, named, now)
        if not sent_before(session, key):
            interest.put_off(session, course_session, people, now)
            standing = settle(session, course_session, now)
            check_open(without_window(standing) if booker.coordinator else standing, now)
            faults += _in_the_way(session, course_session, people, now, contact)
        if faults:
            raise FaultyList(faults)
        return taking.book_for_others(
            session_id=session_id, person_ids=list(people), together=together, by=booker.name, now=now, contact=contact, key=key,
            times=times, behalf=OnBehalf(booker.person_id, coordinator=booker.coordinator, manages=others.own_people(people, booker.email)),
        )


def name_people(
    *, held_id: int, named: Named, booker: Booker, now: datetime, contact: str = "", key: str = "", times: int | None = None
) -> list[Booking]:
    """Held places get names: each of the people has one, or none has. The same form sent again has the same answer.

    Raises:
        FaultyList: somebody cannot be booked, with why.
        Refused: more people are named than places are held, these have gone back, or the session has another time than the page showed.
    """
    named.check_number()
    with transaction() as session:
        held = session.get_one(HeldPlaces, held_id)
        course_session = hold(session, held.course_session_id)
        session.refresh(held)
        people, faults = _people(session, booker, named, now)
        asked = f"held {held_id}:{','.join(map(str, sorted(people)))}"
        if earlier_answer(session, key, asked) is not None:
            return list(session.scalars(_live(course_session, people)))
        check_times(course_session, times)
        if held.places < 1 or held.releases_at <= now:
            raise Refused("These places have all been named, or have gone back. Book people in the usual way.")
        faults += _in_the_way(session, course_session, people, now, contact, without_place=(BookingStatus.WAITING,))
        if faults:
            raise FaultyList(faults)
        if not people:
            raise Refused("Name at least one person.")
        if len(people) > held.places:
            raise Refused(f"You named {len(people)} people for {held.places} held {'place' if held.places == 1 else 'places'}. "
                          "Name so many at most, and book the others in the usual way.")
        own = others.own_people(people, booker.email)
        behalf = OnBehalf(booker.person_id, coordinator=booker.coordinator, manages=own)
        bookings = taking.name_places(session, held, course_session, list(people), by=booker.name, behalf=behalf, now=now, contact=contact)
        keep_answer(session, key, asked, bookings[0], now)
    return bookings


def hold_places_once(
    *, session_id: int, agency_id: int, by_id: int, places: int, releases_at: datetime, now: datetime, key: str, contact: str = ""
) -> None:
    """Hold places without names; the same form sent again holds nothing more.

    Raises:
        Refused: as `nameless.hold_places` says, or the form's key was used for something else.
    """
    asked = f"hold {session_id}:{agency_id}:{places}:{releases_at.isoformat()}"
    with transaction() as session:
        hold(session, session_id)
        earlier_answer(session, key, asked)
        if not sent_before(session, key):
            nameless.hold_places(session_id=session_id, agency_id=agency_id, by_id=by_id, places=places, releases_at=releases_at, now=now,
                                 contact=contact)
            keep_answer(session, key, asked, None, now)


def _people(session: Session, booker: Booker, named: Named, now: datetime) -> tuple[dict[int, tuple[int | None, str]], list[Fault]]:
    """Who is named: by number, with the line (if any) and the name by which a fault says who it is about."""
    lines, faults = pasted.read(named.pasted)
    known = others.with_addresses(booker.scope, [line.email for line in lines])
    chosen = others.chosen(booker.scope, named.chosen)
    if len(chosen) < len(set(named.chosen)):
        faults.append(Fault(None, "Somebody you chose is not among your people any more. Look at the list again."))
    people: dict[int, tuple[int | None, str]] = {one.id: (None, one.name or one.email) for one in chosen}
    for line in lines:
        number, inside = known.get(line.email) or _added(session, booker, line, now)
        if not inside:
            faults.append(Fault(line.number, _why_not_theirs(booker, line, known)))
        elif number not in people:
            people[number] = (line.number, line.email)
    return people, faults


def _why_not_theirs(booker: Booker, line: Line, known: dict[str, tuple[int, bool]]) -> str:
    if line.email == booker.email:
        return f"{line.email} is your own address. Book your own place with “Book a place” on the session's page."
    if line.email not in known and not (line.first_name and line.last_name):
        return f"{line.email} is new here. Write first and last name after the address, with commas between."
    return f"You cannot book for {line.email}. Ask them to book for themselves, or ask the training team."


def _added(session: Session, booker: Booker, line: Line, now: datetime) -> tuple[int, bool]:
    """Somebody new, among the booker's people; nobody (0) without a name. Added by somebody else at this moment, they are known after all."""
    if not (line.first_name and line.last_name):
        return 0, False
    try:
        with session.begin_nested():
            person = accounts.save_person(person_id=None, email=line.email, first_name=line.first_name, last_name=line.last_name, now=now)
            session.flush()
    except (IntegrityError, Refused):
        return others.with_addresses(booker.scope, [line.email]).get(line.email, (0, False))
    accounts.say_where_somebody_works(
        person_id=person.id, agency_id=booker.agency_id, job_title=line.job_title, now=now, partnership_id=booker.partnership_id,
        manager_email=booker.email if booker.as_manager else None,
    )
    session.flush()
    return person.id, True


def _in_the_way(
    session: Session, course_session: CourseSession, people: dict[int, tuple[int | None, str]], now: datetime, contact: str,
    without_place: Sequence[BookingStatus] = (),
) -> list[Fault]:
    """Why any of these people cannot be booked. Who is on the session in one of the states `without_place` can."""
    there = set(session.scalars(sa.select(Booking.person_id).where(
        Booking.course_session_id == course_session.id, Booking.person_id.in_(people),
        Booking.status.in_([status for status in LIVE if status not in without_place]))))
    asking = facts.people(people, course_session.course, now)
    faults = []
    for number, (line, name) in people.items():
        if number in there:
            faults.append(Fault(line, f"{name} is on this session already. Take them off your list."))
            continue
        who = asking[number]
        refusal = why_not_eligible(who.audience, who.asker, contact, to_another=True)
        if refusal:
            faults.append(Fault(line, f"{name} cannot be booked. {refusal}"))
    return faults


def _live(course_session: CourseSession, people: dict[int, tuple[int | None, str]]) -> sa.Select[tuple[Booking]]:
    return sa.select(Booking).join(Person, Person.id == Booking.person_id).where(
        Booking.course_session_id == course_session.id, Booking.person_id.in_(people), Booking.status.in_(LIVE)
    ).order_by(Booking.id)
