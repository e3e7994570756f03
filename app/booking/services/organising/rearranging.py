"""Several sessions of one trainer in one act: some are called off, some given by others, some moved; all of it or nothing."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.queries import gives_sessions
from app.booking.rules.places import said
from app.booking.rules.rearranging import Cancelling, Giving, Moving, Step, how, parts_from
from app.booking.services.locking import hold_all
from app.booking.services.organising.cancelling import Cancelled, cancel_sessions, check_unchanged
from app.booking.services.organising.changing import change_session, stands
from app.catalogue.models import CourseSession, Trainer
from app.catalogue.services import Planned
from app.core import clock
from app.core.db import transaction
from app.core.errors import Refused


def rearrange_sessions(
    *, steps: Sequence[Step], reason: str, by: str, now: datetime, seen: Mapping[int, str] | None = None, stood: Mapping[int, str] | None = None
) -> Cancelled:
    """Do what was chosen for each session; what came of those that are called off.

    `seen` is who was on each session when the page was opened, as `cancel_sessions` has it, and `stood` how it was planned then.

    Raises:
        Refused: nothing was chosen, one of the steps cannot be, or a session has changed meanwhile.
    """
    if not steps:
        raise Refused("Choose at least one session to give to another trainer, to move or to cancel.")
    cancelling = [step for step in steps if isinstance(step, Cancelling)]
    changing = [step for step in steps if not isinstance(step, Cancelling)]
    with transaction() as session:
        numbers = [step.session_id for step in steps]
        held = hold_all(session, [*numbers, *(step.other_id for step in cancelling if step.other_id)])
        _check_as_planned(held, numbers, stood or {})
        check_unchanged(session, numbers, seen or {})
        _check_dates(cancelling, changing)
        _check_trainers(session, changing)
        for step in changing:
            one = held[step.session_id]
            change_session(session_id=one.id, planned=as_planned(step, one), capacity=one.capacity, by=by, now=now)
        return cancel_sessions(cancelling=cancelling, reason=reason, by=by, now=now) if cancelling else Cancelled()


def as_planned(step: Giving | Moving, course_session: CourseSession) -> Planned:
    """The session as the step has it: all else stays.

    Raises:
        Refused: clocks in London skip the start of one of its parts.
    """
    now = stands(course_session)
    if isinstance(step, Giving):
        return Planned(now.parts, now.format, now.venue_or_link, step.trainer_id)
    starts = clock.london(step.starts_at)
    return Planned(parts_from(now.parts, starts.date(), starts.time()), now.format, now.venue_or_link, now.trainer_id)


def _check_as_planned(held: Mapping[int, CourseSession], numbers: Sequence[int], stood: Mapping[int, str]) -> None:
    for number in numbers:
        one, now = held[number], stands(held[number])
        if number in stood and how(now.trainer_id, one.capacity, now.parts, now.venue_or_link) != stood[number]:
            raise Refused(f"{one.title}, {said(one.starts_at)}, has changed since you opened this: when, where, by whom or for how many it is. "
                          "Look again.")


def _check_dates(cancelling: Sequence[Cancelling], changing: Sequence[Giving | Moving]) -> None:
    """People are offered a date as it is, not one that moves at the same moment."""
    moved = {step.session_id for step in changing if isinstance(step, Moving)}
    if any(step.other_id in moved for step in cancelling):
        raise Refused("A date that is moved in the same act cannot be offered to anybody. Move it first, then cancel the other one.")


def _check_trainers(session: Session, changing: Sequence[Giving | Moving]) -> None:
    wanted = {step.trainer_id for step in changing if isinstance(step, Giving)}
    there = set(session.scalars(sa.select(Trainer.person_id).where(Trainer.person_id.in_(wanted), gives_sessions(Trainer.person_id))))
    if wanted - there:
        raise Refused("Somebody whom you chose gives no sessions any more. Choose another trainer.")
