"""When somebody leaves: their account is closed, or their agency says so. Their coming places go on to others at once."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts import services as accounts
from app.accounts.models import Account, Person
from app.accounts.rules import Role
from app.booking import emails
from app.booking.models import Booking, CourseInterest
from app.booking.queries import leaving, nameless
from app.booking.rules.states import HOLDING, RETURNED, BookingStatus
from app.booking.rules.waiting import WaitingAct
from app.booking.services import interest
from app.booking.services.approving import manager_has_left
from app.booking.services.by_itself import LEAVERS, free_place_of_leaver
from app.catalogue.models import CourseSession
from app.core.db import transaction
from app.mail.services import queue_all, void

LEFT = emails.LEFT.english


def set_roles(
    *, person_id: int, roles: Iterable[Role], password: str, now: datetime, by: str = accounts.AN_ADMINISTRATOR,
    check: Callable[[Account | None], None] | None = None,
) -> int:
    """Give somebody exactly these roles; with none their account is closed and their coming places go on. How many did.

    Each place goes on in its own transaction once the account is closed: should one of them fail, the worker frees it later.

    Raises:
        Refused: as `accounts.services.set_roles` says.
    """
    wanted = set(roles)
    with transaction() as session:
        accounts.set_roles(person_id=person_id, roles=wanted, password=password, now=now, by=by, check=check)
        if not wanted:
            _stop_waiting(session, person_id, now)
            _gives_no_more(session, person_id, now)
            _holds_no_more(session, person_id, now)
    if wanted:
        return 0
    numbers = coming_of(person_id, now)
    for number in numbers:
        free_place_of_leaver(booking_id=number, now=now)
    manager_has_left(person_id=person_id, now=now)
    tell_coordinators(now=now)
    return len(numbers)


def has_left(*, person_id: int, by: str, now: datetime) -> int:
    """Somebody's agency says that they have left: from today nobody knows where they work, and their coming places go on, all in one.

    Their account stays, as they may work elsewhere. How many places went on; doing it again changes nothing.

    Raises:
        Refused: as `accounts.services.say_somebody_left` says.
    """
    with transaction() as session:
        accounts.say_somebody_left(person_id=person_id, now=now, by=by)
        _stop_waiting(session, person_id, now)
        _gives_no_more(session, person_id, now)
        _holds_no_more(session, person_id, now)
        numbers = coming_of(person_id, now)
        for number in numbers:
            free_place_of_leaver(booking_id=number, now=now, by=by, reason=LEFT)
        tell_coordinators(now=now)
    manager_has_left(person_id=person_id, now=now)
    return len(numbers)


def tell_coordinators(*, now: datetime) -> int:
    """Write to the coordinators about everybody whose bookings ended as they left, in one letter a person who left. How many letters."""
    with transaction() as session:
        session.flush()
        left = leaving.not_told(now)
        people = leaving.coordinators() if left else []
        return len(queue_all([emails.somebody_left(freed, one) for freed in left for one in people], now=now))


def _stop_waiting(session: Session, person_id: int, now: datetime) -> None:
    """No course keeps a place for somebody who has left, nor writes to them; what they gave back a moment ago is held for them no longer."""
    session.execute(sa.update(Booking).where(
        Booking.person_id == person_id, Booking.status.in_(RETURNED), Booking.due_at > now).values(due_at=now))
    interest.end(session, CourseInterest.person_id == person_id, WaitingAct.LEAVE, by=LEAVERS, now=now)


def _gives_no_more(session: Session, person_id: int, now: datetime) -> None:
    """Sessions to come that somebody was to give need another trainer: the coordinators are told, and a list of names that waits does not leave."""
    given = leaving.given_by(person_id, now)
    if not given:
        return
    void(concerns=tuple(f"session:{one.id}" for one in given), kinds=("trainer-list",), reason="Their trainer has left.", now=now)
    person = session.get_one(Person, person_id)
    queue_all([emails.trainer_left(person, given, one, now) for one in leaving.coordinators()], now=now)


def _holds_no_more(session: Session, person_id: int, now: datetime) -> None:
    """Places without names that somebody held stay their agency's: the coordinators are told, and whoever else can give them names."""
    session.flush()
    held = nameless.held_by(person_id, now)
    if not held:
        return
    person, leads = session.get_one(Person, person_id), nameless.leads_of({one.agency_id for one in held})
    nobody = {number for number, others in leads.items() if not others}
    coordinators = {one.id: one for one in leaving.coordinators()}
    drafts = [emails.lead_left(person, held, one, now, nobody=nobody, leads=False) for one in coordinators.values()]
    for one in {lead.id: lead for others in leads.values() for lead in others if lead.id not in coordinators}.values():
        theirs = [places for places in held if one in leads[places.agency_id]]
        drafts.append(emails.lead_left(person, theirs, one, now, nobody=(), leads=True))
    queue_all(drafts, now=now)


def coming_of(person_id: int, now: datetime) -> Sequence[int]:
    """The bookings that somebody has on sessions to come, in the order in which sessions are locked; who is marked on a register is there."""
    with transaction() as session:
        return session.scalars(
            sa.select(Booking.id).join(CourseSession, CourseSession.id == Booking.course_session_id)
            .where(Booking.person_id == person_id, Booking.status.in_((*HOLDING, BookingStatus.WAITING)), CourseSession.starts_at > now,
                   Booking.turnout.is_(None))
            .order_by(Booking.course_session_id)
        ).all()
