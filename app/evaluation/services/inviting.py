"""Inviting people to answer: found by an open-ended sweep, one transaction a session, each letter once."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from app.attendance.models import Register
from app.booking.models import Booking
from app.booking.rules.states import ON_REGISTER
from app.booking.rules.turnout import Turnout
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus
from app.core.db import db, transaction
from app.evaluation import emails
from app.evaluation.models import QuestionnaireVersion, Response
from app.evaluation.queries import asking, questionnaires
from app.evaluation.rules.inviting import BEFORE_DAYS, wave_due
from app.evaluation.rules.stages import Mode, Stage
from app.evaluation.rules.windows import LATER, LATER_LONG, LONG, MOST_WEEKS, closes_at, opens_at
from app.evaluation.services.questionnaires import ensure_questionnaires
from app.mail.models import Letter
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
            weeks = version.questionnaire.weeks if version else 0
            wave = _due(stage, course_session.starts_at, course_session.ends_at, now, weeks)
            if version is None or wave is None:
                continue
            mode = questionnaires.mode_of(course_session.id, course_session.course_id, stage)
            silent = _silent(course_session, stage, wave, mode)
            asked = _asked_before(silent, stage, wave, course_session.times_version)
            for booking in silent:
                written += _write(booking, stage, wave, version, mode, now, asked.get(booking.id, frozenset()))
        return written


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
                _write(booking, Stage.AFTER, 0, version, mode, now, frozenset())


def _write(
    booking: Booking, stage: Stage, wave: int, version: QuestionnaireVersion, mode: Mode, now: datetime, asked: Collection[str]
) -> bool:
    """Write to one person, or to their manager; whose address is not among those that were `asked` is asked now, and not reminded."""
    manager = asking.manager_of(booking.person_id) if stage is Stage.MANAGER else None
    if stage is Stage.MANAGER and manager is None:
        return False
    reminds = manager in asked if stage is Stage.MANAGER else bool(asked)
    letter = emails.invitation(booking, stage, wave, reminds=reminds, mode=mode, weeks=version.questionnaire.weeks, manager=manager)
    return bool(queue_all([letter], now=now))


def _asked_before(bookings: Sequence[Booking], stage: Stage, wave: int, times_version: int) -> dict[int, set[str]]:
    """To which addresses an earlier letter of this stage went, by booking: after an outage, or where a manager is named later, to none."""
    abouts = {f"booking:{one.id}:{emails.key_of(stage, earlier, times_version)}": one.id for one in bookings for earlier in range(wave)}
    found: dict[int, set[str]] = {}
    for about, address in db.session.execute(
        sa.select(Letter.about, Letter.address).where(Letter.about.in_(abouts), Letter.status != LetterStatus.VOID)
    ):
        found.setdefault(abouts[about], set()).add(address)
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
