"""Inviting people to answer: found by an open-ended sweep, one transaction a session, each letter once."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, contains_eager, joinedload

from app.attendance.models import Register
from app.booking.models import Booking
from app.booking.rules.states import ON_REGISTER
from app.booking.rules.turnout import Turnout
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus
from app.core.db import db, transaction
from app.evaluation import emails
from app.evaluation.models import AskedAfter, Response
from app.evaluation.queries import asking, questionnaires
from app.evaluation.rules.inviting import BEFORE_DAYS, reminds_from, wave_due
from app.evaluation.rules.stages import Mode, Stage
from app.evaluation.rules.windows import LATER, LATER_LONG, LONG, MOST_WEEKS, closes_at, opens_at
from app.evaluation.services.questionnaires import ensure_questionnaires
from app.mail.models import Letter
from app.mail.office import office
from app.mail.rules.fates import LetterStatus
from app.mail.services import queue_all, true_again, void

NOT_THERE = "The register says that they were not there."
OTHER_MANAGER = "Another manager is named."


def sessions_to_invite(now: datetime) -> Sequence[int]:
    """Sessions for which a letter is due: near ones, and those held within the weeks in which some stage may be answered.
    A session that came in with its register is over."""
    rows = db.session.execute(
        sa.select(CourseSession.id, CourseSession.starts_at, CourseSession.ends_at, *map(questionnaires.weeks, LATER)).join(CourseSession.course)
        .outerjoin(Register, Register.course_session_id == CourseSession.id).where(
            CourseSession.status.in_((SessionStatus.SCHEDULED, SessionStatus.DELIVERED)),
            CourseSession.ends_at > now - LATER_LONG - timedelta(weeks=MOST_WEEKS), CourseSession.starts_at < now + timedelta(days=BEFORE_DAYS + 1),
            sa.or_(Register.finished_at.is_(None), Register.finished_by_id.is_not(None)),
        ).order_by(CourseSession.ends_at)
    ).all()
    return [number for number, starts_at, ends_at, *found in rows if ends_at > now - LONG or any(
        _due(stage, starts_at, ends_at, now, after) is not None for stage, after in questionnaires.in_weeks(found).items())]


def _due(stage: Stage, starts_at: datetime, ends_at: datetime, now: datetime, weeks: int) -> int | None:
    """Which letter of a stage is due; none when it is too early, or nobody could answer any more."""
    until = starts_at if stage is Stage.BEFORE else closes_at(stage, ends_at, weeks)
    return wave_due(stage, starts_at, ends_at, now, weeks) if now < until else None


def invite(*, session_id: int, now: datetime) -> int:
    """Write the invitations and reminders of one session that are due. How many letters."""
    with transaction() as session:
        course_session = session.get_one(CourseSession, session_id, options=[joinedload(CourseSession.course)])
        ensure_questionnaires(now=now)
        written = 0
        for stage in Stage:
            version = questionnaires.version_for(course_session.course_id, stage)
            weeks = questionnaires.weeks_told(version, session_id) if version else 0
            wave = _due(stage, course_session.starts_at, course_session.ends_at, now, weeks)
            if version is None or wave is None:
                continue
            if stage in LATER:
                _hold_weeks(session, session_id, stage, weeks)
            mode = questionnaires.mode_of(course_session.id, course_session.course_id, stage)
            silent = _silent(course_session, stage, wave, mode)
            earlier = _earlier(silent, stage, wave, course_session.times_version)
            for booking in silent:
                written += _write(booking, stage, wave, weeks, mode, now, earlier.get(booking.id, ()))
        return written


def _hold_weeks(session: Session, session_id: int, stage: Stage, weeks: int) -> None:
    """What the people of a session are told from now on of when they can answer holds."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(insert(AskedAfter).values(course_session_id=session_id, stage=stage, weeks=weeks).on_conflict_do_nothing())


def write_at_once(*, session_id: int, email: str, now: datetime) -> None:
    """Write the invitation after a session to somebody who scanned the code, if they have a place, the questions are open and it was not
    written yet. Whoever asks is told the same, so that nobody learns who was there."""
    with transaction() as session:
        course_session = session.get_one(CourseSession, session_id, options=[joinedload(CourseSession.course)])
        version = questionnaires.version_for(course_session.course_id, Stage.AFTER)
        opens, until = opens_at(Stage.AFTER, course_session.ends_at), closes_at(Stage.AFTER, course_session.ends_at)
        if version is None or opens is None or not opens <= now < until:
            return
        mode = questionnaires.mode_of(course_session.id, course_session.course_id, Stage.AFTER)
        for booking in _silent(course_session, Stage.AFTER, 0, mode):
            if booking.person.email == email.strip().lower():
                _write(booking, Stage.AFTER, 0, version.questionnaire.weeks, mode, now, ())


class _Earlier(NamedTuple):
    """An earlier letter of a stage: to which address, whether it may still leave, and since when it may be known; none when nobody had it."""

    address: str
    waits: bool
    left_at: datetime | None


def _write(
    booking: Booking, stage: Stage, wave: int, weeks: int, mode: Mode, now: datetime, earlier: Collection[_Earlier]
) -> bool:
    """Write to one person, or to their manager. Whoever had no letter yet is invited, not reminded; what still waits is the letter of this wave
    too; and the reminder of one that left late comes later."""
    manager = asking.manager_of(booking.person_id) if stage is Stage.MANAGER else None
    if stage is Stage.MANAGER and manager is None:
        return False
    theirs = [one for one in earlier if manager in (None, one.address)]
    left = [one.left_at for one in theirs if one.left_at is not None]
    if any(one.waits for one in theirs) or (left and now < reminds_from(stage, wave, max(left))):
        return False
    letter = emails.invitation(booking, stage, wave, reminds=bool(left), mode=mode, weeks=weeks, manager=manager)
    return bool(queue_all([letter], now=now))


def _earlier(bookings: Sequence[Booking], stage: Stage, wave: int, times_version: int) -> dict[int, list[_Earlier]]:
    """The letters of this stage's earlier waves, by booking. Where letters are kept here they are read here."""
    abouts = {f"booking:{one.id}:{emails.key_of(stage, earlier, times_version)}": one.id for one in bookings for earlier in range(wave)}
    waits = sa.or_(Letter.next_try_at.is_not(None), Letter.status == LetterStatus.HELD)
    left_at = sa.case((Letter.status == LetterStatus.SENT, Letter.sent_at), (Letter.status == LetterStatus.AMBIGUOUS, Letter.first_tried_at))
    if not office().letters_leave:
        kept = sa.and_(Letter.status == LetterStatus.QUEUED, Letter.first_tried_at.is_(None))
        waits, left_at = sa.and_(waits, ~kept), sa.case((kept, Letter.written_at), else_=left_at)
    found: dict[int, list[_Earlier]] = {}
    for about, *facts in db.session.execute(
        sa.select(Letter.about, Letter.address, waits, left_at).where(Letter.about.in_(abouts), Letter.status != LetterStatus.VOID)
    ):
        found.setdefault(abouts[about], []).append(_Earlier(*facts))
    return found


def withdraw_from_absent(session_id: int, now: datetime) -> None:
    """Letters that ask somebody how the session was are withdrawn once the register says that they were not there; for
    those who came, what had left is true again."""
    marked = db.session.execute(sa.select(Booking.id, Booking.turnout).where(
        Booking.course_session_id == session_id, Booking.turnout.is_not(None))).all()
    came, absent = (tuple(f"booking:{number}:{stage.value}" for number, turnout in marked if (turnout is Turnout.CAME) is there
                          for stage in (Stage.AFTER, *LATER)) for there in (True, False))
    if absent:
        void(concerns=absent, reason=NOT_THERE, now=now)
    if came:
        true_again(concerns=came, reason=NOT_THERE)


def ask_other_manager(person_id: int, _manager_email: str | None, now: datetime, _by: str) -> None:
    """What asks the manager whom somebody named before no longer leaves, and whoever is named now is asked at the next look. Only inside a
    transaction."""
    about = tuple(f"booking:{number}:{Stage.MANAGER.value}" for number in db.session.scalars(
        sa.select(Booking.id).where(Booking.person_id == person_id, Booking.turnout == Turnout.CAME)))
    if about:
        void(concerns=about, reason=OTHER_MANAGER, now=now)


def _silent(course_session: CourseSession, stage: Stage, wave: int, mode: Mode) -> Sequence[Booking]:
    """Who has a place (afterwards: did not miss it; later: came), has not answered and has no letter of this wave."""
    about = sa.literal("booking:") + sa.cast(Booking.id, sa.Text) + sa.literal(":" + emails.key_of(stage, wave, course_session.times_version))
    there = Booking.turnout == Turnout.CAME if stage in LATER else sa.or_(Booking.turnout.is_(None), Booking.turnout == Turnout.CAME)
    found = db.session.scalars(
        sa.select(Booking).join(Booking.person).where(
            Booking.course_session_id == course_session.id, Booking.status.in_(ON_REGISTER), there,
            ~sa.exists().where(Response.booking_id == Booking.id, Response.stage == stage), ~sa.exists().where(Letter.about == about),
        ).options(contains_eager(Booking.person)).order_by(Booking.id)
    ).all()
    if mode is not Mode.ANONYMOUS:
        return found
    if asking.all_have_answered(course_session.id, stage):
        return []  # whose answers are missing nobody knows, and no more are taken
    used = questionnaires.tickets([course_session.id])
    return [booking for booking in found if asking.ticket_of(booking.id, stage) not in used]
