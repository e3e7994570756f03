"""Changing when and where a session is: another time asks people to say yes again, another place or link keeps what they have."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.booking import emails
from app.booking.models import Booking, BookingNeed, HeldPlaces, SessionQuota
from app.booking.queries import desk_policies, facts
from app.booking.rules import happened as words
from app.booking.rules import policy, windows
from app.booking.rules.places import check_capacity
from app.booking.rules.states import HOLDING, LIVE, RETURNED, Act, BookingStatus
from app.booking.rules.waiting import NEW_TIME
from app.booking.rules.windows import NEEDS_KEPT
from app.booking.services import together
from app.booking.services.announcing import tell_anew
from app.booking.services.history import happened
from app.booking.services.holding import TIME, change, note, stand_at_the_end
from app.booking.services.locking import hold
from app.booking.services.many import note_all
from app.booking.services.nameless import offers_stop
from app.booking.services.organising.capacity import Check, change_capacity
from app.catalogue import services as catalogue
from app.catalogue.models import CourseSession, Trainer
from app.catalogue.rules import Format, SessionStatus, place_shown
from app.catalogue.services import Planned
from app.core.db import db, transaction
from app.core.errors import Refused
from app.mail.services import move_links, queue_all, void

ELSEWHERE, ANOTHER_TIME, ANOTHER_TRAINER = "It is held elsewhere now.", "The session has another time.", "Somebody else gives the session now."


def change_session(
    *, session_id: int, planned: Planned, capacity: int, by: str, now: datetime, check: Check | None = None
) -> None:
    """Change a session and how many places it has, both or neither. Another time is noted on every booking, and asks people to say yes.

    `check` is asked of the session once nobody else can change it, and may refuse.

    Raises:
        Refused: either cannot be.
    """
    with transaction() as session:
        course_session = hold(session, session_id)
        if check is not None:
            check(course_session)
        before = stands(course_session)
        _check_unmarked(course_session, planned)
        catalogue.change_session(session_id=session_id, planned=planned, now=now)
        session.flush()
        note_changes(session, course_session, before, by=by, now=now)
        change_capacity(session_id=session_id, capacity=capacity, by=by, now=now)


def check_change(*, course_session: CourseSession, planned: Planned, capacity: int, now: datetime) -> str:
    """Whether a session could be changed so, asked before anybody has to say yes to it: which days of booking would move, as a sentence.

    Raises:
        Refused: as `change_session` does.
    """
    catalogue.check_change(course_session, planned, now)
    _check_unmarked(course_session, planned)
    found = facts.counted(course_session, now)
    if found.next_due is None or found.next_due > now:
        check_capacity(capacity, found.standing, now)
    return days_moved(course_session, min(starts_at for starts_at, _ends_at in planned.parts))


def _check_unmarked(course_session: CourseSession, planned: Planned) -> None:
    """A register that somebody began to fill is of the times that the session has.

    Raises:
        Refused: people are marked, and the times would be others.
    """
    if stands(course_session).parts == sorted(planned.parts):
        return
    if db.session.scalar(sa.select(Booking.id).where(Booking.course_session_id == course_session.id, Booking.turnout.is_not(None)).limit(1)):
        raise Refused("People are marked on the register of this session already, so it is under way and its times stay. Plan another date.")


def days_moved(course_session: CourseSession, starts_at: datetime) -> str:
    """The days of booking and of decision that move with another start, each as it would be and as it is; empty when none does."""
    days = {name: getattr(course_session, name) for name in windows.MOVES}
    return words.rules_changed(days, windows.moved_with(days, course_session.starts_at, starts_at))


@dataclass(frozen=True)
class Stood:
    """When, where, how and by whom a session was held before it was changed."""

    parts: Sequence[tuple[datetime, datetime]]
    format: Format
    venue_or_link: str | None
    trainer_id: int | None = None

    @property
    def shown(self) -> str:
        """Where it was, as whoever had a place saw it."""
        return place_shown(self.venue_or_link, self.format, booked=True)

    @property
    def outside(self) -> str:
        """Where it was, as everybody else saw it."""
        return place_shown(self.venue_or_link, self.format, booked=False)


def stands(course_session: CourseSession) -> Stood:
    """When, where, how and by whom a session is held now."""
    parts = sorted((part.starts_at, part.ends_at) for part in course_session.parts)
    return Stood(parts, course_session.format, course_session.venue_or_link, course_session.trainer_id)


def note_changes(session: Session, course_session: CourseSession, before: Stood, *, by: str, now: datetime) -> None:
    """What another time, place or trainer brings, by whichever door it came. Only while the session's lock is held."""
    after = stands(course_session)
    if before.trainer_id != after.trainer_id:
        _note_new_trainer(session, course_session, before, by, now)
    if before == replace(after, trainer_id=before.trainer_id):
        return
    new_times = before.parts != after.parts
    for what in _changed(before, after):
        happened(session, course_session.id, what, by=by, now=now)
    if new_times and before.parts and after.parts:
        _move_days(session, course_session, before.parts[0][0], by, now)
    if course_session.status is not SessionStatus.SCHEDULED:
        return
    groups_untold = together.take_news_back(course_session, now)
    if new_times:
        _note_new_times(session, course_session, before, by, now)
    else:
        _tell_new_place(session, course_session, before, now)
    together.tell_as_it_is(course_session, groups_untold, now)
    new = emails.what_is_new(words.changed_too(before.shown, after.shown), times=new_times)
    if new is not None and before.trainer_id == after.trainer_id:
        emails.tell_trainer(session, course_session, new, now)


def _note_new_trainer(session: Session, course_session: CourseSession, before: Stood, by: str, now: datetime) -> None:
    trainers = [session.get(Trainer, number) if number else None for number in (before.trainer_id, course_session.trainer_id)]
    names = [(one.person.name or one.person.email) if one else "" for one in trainers]
    happened(session, course_session.id, words.trainer_changed(names[0], names[1]), by=by, now=now)
    if course_session.status is SessionStatus.SCHEDULED and now < course_session.ends_at:
        emails.tell_new_trainer(session, course_session, trainers[0], trainers[1], now, stood=before.parts)
    others = [kind for kind in emails.TO_TRAINERS if kind != emails.NAMED]
    void(concerns=f"session:{course_session.id}", kinds=others, reason=ANOTHER_TRAINER, now=now, anew=True)
    emails.write_anew(session, [f"session:{course_session.id}"], kinds=(emails.TRAINER_LEFT,), reason=ANOTHER_TRAINER, now=now)


def _changed(before: Stood, after: Stood) -> list[str]:
    """What is otherwise, as the history of the session says it."""
    times = [words.times_changed(before.parts, after.parts)] if before.parts != after.parts else []
    place = [words.PLACE_CHANGED] if (before.format, before.venue_or_link) != (after.format, after.venue_or_link) else []
    return [*times, *place]


def _move_days(session: Session, course_session: CourseSession, before: datetime, by: str, now: datetime) -> None:
    """Booking closes, and is decided on, before the session wherever it moves."""
    days = {name: getattr(course_session, name) for name in windows.MOVES}
    moved = windows.moved_with(days, before, course_session.starts_at)
    if moved:
        happened(session, course_session.id, words.rules_changed(days, moved), by=by, now=now)
    for name, value in moved.items():
        setattr(course_session, name, value)


def _note_new_times(session: Session, course_session: CourseSession, before: Stood, by: str, now: datetime) -> None:
    """Limits never lie after the last moment that the new start allows, and needs are kept until thirty days after the new end."""
    course_session.times_version += 1
    course_session.times_changed_at = now
    too = words.changed_too(before.shown, stands(course_session).shown)
    if too:
        course_session.place_version += 1
    about = f"session:{course_session.id}"
    void(concerns=about, kinds=("trainer-list", emails.RUNS_AGAIN), reason=ANOTHER_TIME, now=now)
    emails.write_anew(session, [about], kinds=(emails.LAPSED, emails.TRAINER_LEFT), reason=ANOTHER_TIME, now=now)
    session.execute(sa.update(BookingNeed).where(BookingNeed.booking_id.in_(
        sa.select(Booking.id).where(Booking.course_session_id == course_session.id))).values(delete_at=course_session.ends_at + NEEDS_KEPT)
        .execution_options(synchronize_session=False))
    everybody = session.scalars(sa.select(Booking).where(Booking.course_session_id == course_session.id)).all()
    live = [one for one in everybody if one.status in LIVE]
    if before.parts:  # a letter's link is good until the end, whether or not its person is told of the new one, or may have a place again
        move_links(subjects=[f"booking:{one.id}" for one in everybody], before=max(end for _start, end in before.parts), after=course_session.ends_at)
    promised = desk_policies.promised(live, now)
    for booking in live:
        if booking.status is BookingStatus.BOOKED:
            booking.due_at = booking.asked_at = None  # whether they still come is asked anew before the new day; silence releases nobody
        elif booking.due_at is not None:
            offered = booking.status is BookingStatus.OFFERED
            last = (policy.last_offer_ends_at(promised[booking.id], course_session.starts_at) if offered
                    else policy.last_request_ends_at(promised[booking.id], course_session.starts_at, now))
            if offered and policy.quiet_from(course_session.starts_at, promised[booking.id].no_offers_hours) <= now:
                stand_at_the_end(session, course_session, [booking], now)
                change(session, booking, Act.CHANGE_TIMES, BookingStatus.WAITING, by=by, now=now, reason=too)  # no answer could come in time
                continue
            booking.due_at = min(booking.due_at, last)
        note(session, booking, Act.CHANGE_TIMES, booking.status, by=by, now=now, reason=too)
    _ask_first_again(session, course_session, live, by, now)
    _cut_undos(session, course_session, now)
    if before.parts:
        _move_what_is_kept(session, course_session, before.parts[0][0], now)
    emails.tell_holders_of_times(session, course_session, before.outside, now)
    if not emails.silent(session):
        queue_all(emails.parts_gone([one for one in live if one.status is BookingStatus.BOOKED], before.parts, now), now=now)
    tell_anew(session, course_session, now)


def _ask_first_again(session: Session, course_session: CourseSession, live: Sequence[Booking], by: str, now: datetime) -> None:
    """Who said "yes, whenever" said it of the time that the session had, also if they are not on its list at present and may come back to it."""
    willing = [one for one in live if one.whenever and one.status is BookingStatus.WAITING]
    session.flush()
    session.execute(sa.update(Booking).where(Booking.course_session_id == course_session.id, Booking.whenever).values(whenever=False))
    note_all(session, willing, Act.ASK_FIRST, by=by, now=now, reason=NEW_TIME)


def _cut_undos(session: Session, course_session: CourseSession, now: datetime) -> None:
    """What was given back a moment ago is held for its person only as long as it can be offered to others before the new start."""
    returned = session.scalars(sa.select(Booking).where(
        Booking.course_session_id == course_session.id, Booking.status.in_(RETURNED), Booking.due_at.is_not(None))).all()
    promised = desk_policies.promised(returned, now)
    for booking in returned:
        until = policy.undo_still_ends_at(promised[booking.id], course_session.starts_at, booking.due_at or now, now)
        if until is None:
            change(session, booking, Act.FREE, None, by=TIME, now=now)
        else:
            booking.due_at = until


def _move_what_is_kept(session: Session, course_session: CourseSession, starts_before: datetime, now: datetime) -> None:
    """Places that are held without a name, or by a quota, go back while somebody can still be offered them."""
    last = offers_stop(course_session, now)
    held = session.scalars(sa.select(HeldPlaces).where(
        HeldPlaces.course_session_id == course_session.id, HeldPlaces.places > 0, HeldPlaces.releases_at > now)).all()
    quotas = session.scalars(sa.select(SessionQuota).where(
        SessionQuota.course_session_id == course_session.id, SessionQuota.released.is_(False), SessionQuota.releases_at > now)).all()
    for kept in (*held, *quotas):
        kept.releases_at = windows.kept_until(kept.releases_at or last, starts_before, course_session.starts_at, last=last, now=now)
    session.flush()


def _tell_new_place(session: Session, course_session: CourseSession, before: Stood, now: datetime) -> None:
    """Places are kept; whoever has one is told where it is now. What says where and is not sent yet would be wrong: what is due of it is
    written anew at the next look. Letters to people hold our own address to join, which leads to the new meeting too."""
    course_session.place_version += 1
    session.flush()
    about = f"session:{course_session.id}"
    if before.shown.startswith("http") and stands(course_session).shown.startswith("http"):
        void(concerns=about, kinds=emails.WITH_THE_LINK, reason="It has another address to join.", now=now)
    else:
        void(concerns=about, kinds=emails.WITH_THE_PLACE, reason=ELSEWHERE, now=now)
        emails.write_anew(session, [about], kinds=emails.SAYS_WHERE, reason=ELSEWHERE, now=now)
        emails.write_anew(session, _booked_on(session, course_session), kinds=emails.OF_SEVERAL, reason=ELSEWHERE, now=now)
    tell_anew(session, course_session, now)
    emails.tell_holders_of_place(session, course_session, before.outside, now)
    if emails.silent(session):
        return
    booked = session.scalars(sa.select(Booking).where(
        Booking.course_session_id == course_session.id, Booking.status == BookingStatus.BOOKED)).all()
    queue_all([*emails.place_changed(course_session, booked, now), *emails.further_parts_elsewhere(session, course_session, booked, now)], now=now)


def _booked_on(session: Session, course_session: CourseSession) -> list[str]:
    """The bookings that hold a place on a session, as letters concern them."""
    return [f"booking:{number}" for number in session.scalars(sa.select(Booking.id).where(
        Booking.course_session_id == course_session.id, Booking.status.in_(HOLDING)))]
