"""What people find when they come in: their own training, and what waits for a coordinator."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import joinedload, selectinload

from app.attendance.models import Attendance, Register
from app.attendance.rules import CAME, Outcome
from app.booking.models import Booking
from app.booking.queries import attention, desk, nameless
from app.booking.rules.policy import Notice
from app.booking.rules.states import ENDED, LIVE, ON_REGISTER, TAGS, BookingStatus
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus
from app.certificates.models import Certificate
from app.certificates.rules.earning import Stay, minutes_there
from app.core import clock, jobs
from app.core.db import db, first_of, let_go
from app.core.pages import Page
from app.evidence.queries import examples as evidence
from app.evidence.queries import promises
from app.home.rules import Health
from app.mail import queries as mail
from app.mail.rules import fates

SIZE = 20
OUTCOMES = {
    Outcome.ATTENDED: ("Attended", "green"), Outcome.PARTLY_ATTENDED: ("Left early", "yellow"), Outcome.NO_SHOW: ("Did not attend", "red"),
    Outcome.EXCUSED: ("Excused", "grey"),
}
"""As the person themselves reads it."""
FEW = 5


@dataclass(frozen=True)
class Done:
    """A session that is over, how it went for this person (`minutes` as the register has them), and the serial number of their certificate if
    one stands."""

    booking: Booking
    outcome: Outcome | None
    minutes: int | None
    certificate: str | None = None

    @property
    def came(self) -> bool:
        """Whether they were there."""
        return self.outcome in CAME

    @property
    def there(self) -> int | None:
        """How many minutes they were there; none where they left early and nobody noted when."""
        return _minutes_there(self.outcome, self.minutes, self.booking.course_session)

    @property
    def tag(self) -> tuple[str, str]:
        """How it went in words, and the tone of its tag."""
        if self.booking.status is BookingStatus.GIVEN_BACK and self.booking.notice is Notice.LATE:
            return "Given back late", "yellow"
        if self.booking.status not in ON_REGISTER:
            return TAGS[self.booking.status]
        return OUTCOMES[self.outcome] if self.outcome else ("Register not in yet", "grey")


def health(now: datetime, *, leaving: bool) -> Health:
    """Whether the database answers, and when the worker and the letters were last at work; two statements, and no word about anybody."""
    try:
        heard, flow = jobs.last_heard(now), mail.flow(now)
    except SQLAlchemyError:
        let_go()
        return Health(database=False, heard={})
    return Health(True, heard, leaving, flow.oldest_due_at, flow.waits_since, flow.last_sent_at)


@dataclass(frozen=True)
class Stopped:
    """Letters do not leave: since when, whether because nothing works on them, and what the mail server said."""

    since: datetime
    worker: bool
    words: str


def stopped(now: datetime, *, leaving: bool) -> Stopped | None:
    """Since when letters have not been sent, for a coordinator; none while all is well, and where nothing was ever started."""
    silent = jobs.silent_since(now)
    if silent is not None:
        return Stopped(silent, True, "")
    flow = mail.flow(now) if leaving else None
    since = fates.stopped_since(flow.waits_since, flow.last_sent_at, now) if flow else None
    return Stopped(since, False, (flow.words or "") if flow else "") if since else None


def done(person_id: int, page: int | None, now: datetime) -> tuple[Page, Sequence[Done]]:
    """A page of what is over for this person: sessions that were, and bookings that ended before; latest first."""
    over = sa.and_(Booking.status.in_(LIVE), CourseSession.ends_at <= now)
    conditions = (Booking.person_id == person_id, sa.or_(over, Booking.status.in_(ENDED)))
    total = db.session.scalar(sa.select(sa.func.count(Booking.id)).join(Booking.course_session).where(*conditions)) or 0
    at = Page.at(page, size=SIZE, total=total)
    rows = db.session.execute(
        sa.select(Booking, Attendance.outcome, Attendance.minutes, Certificate).join(Booking.course_session)
        .outerjoin(Attendance, Attendance.booking_id == Booking.id)
        .outerjoin(Certificate, sa.and_(Certificate.booking_id == Booking.id, Certificate.ended_at.is_(None))).where(*conditions)
        .options(joinedload(Booking.course_session).joinedload(CourseSession.course),
                 joinedload(Booking.course_session).selectinload(CourseSession.parts))
        .order_by(CourseSession.ends_at.desc(), Booking.id.desc()).offset(at.offset).limit(SIZE)
    ).unique().all()
    return at, [Done(booking, outcome, minutes, certificate and certificate.serial) for booking, outcome, minutes, certificate in rows]


def hours_of_year(person_id: int, year: int) -> tuple[int, int]:
    """How many minutes of training this person came to in a calendar year, as far as finished registers say so, and on how many courses."""
    rows = db.session.execute(
        sa.select(CourseSession, Attendance.outcome, Attendance.minutes).join(Booking, Booking.course_session_id == CourseSession.id)
        .join(Attendance, Attendance.booking_id == Booking.id)
        .join(Register, sa.and_(Register.course_session_id == CourseSession.id, Register.finished_at.is_not(None)))
        .where(Booking.person_id == person_id, Attendance.outcome.in_(CAME), CourseSession.last_day >= date(year, 1, 1),
               CourseSession.last_day <= date(year, 12, 31))
        .options(selectinload(CourseSession.parts))
    ).all()
    noted = (_minutes_there(row.outcome, row.minutes, row.CourseSession) or 0 for row in rows)
    return sum(noted), len({row.CourseSession.course_id for row in rows})


def _minutes_there(outcome: Outcome | None, minutes: int | None, session: CourseSession) -> int | None:
    return minutes_there(Stay(outcome, minutes, session.minutes, finished=True))


def registers_missing(now: datetime, count: int) -> tuple[int, Sequence[CourseSession]]:
    """How many sessions are over without a finished register, and the first of them."""
    conditions = (
        CourseSession.status.in_((SessionStatus.SCHEDULED, SessionStatus.DELIVERED)), CourseSession.ends_at <= now,
        Register.finished_at.is_(None),
    )
    base = sa.select(CourseSession).outerjoin(Register, Register.course_session_id == CourseSession.id).where(*conditions)
    return first_of(base.options(joinedload(CourseSession.course)).order_by(CourseSession.ends_at, CourseSession.id), count)


@dataclass(frozen=True)
class Thing:
    """One kind of thing that needs a coordinator: how many, by when (none: when there is time), and what there is to say of the first."""

    kind: str
    count: int
    due_on: date | None
    today: bool
    rows: Sequence[Any]


def things(now: datetime, viewer_id: int) -> list[Thing]:
    """What needs this coordinator: today's things, then those with a day, then the rest. A fixed number of statements."""
    day = clock.london_date(now)
    missing, registers = registers_missing(now, FEW)
    asked, lapsing, small = attention.requests(now), attention.lapsing_offers(now), attention.too_small_sessions(now)
    lacking = desk.lacking(now, FEW)
    left, leavers = attention.places_of_leavers(now)
    leaderless = nameless.without_lead(now)
    untaught, resting = (min((one.session.starts_at for one in some), default=None) for some in (lacking.without_trainer, lacking.resting))
    found = [
        _thing("register", missing, day, day, registers), _thing("request", asked.count, _day(asked.due_at), day, asked.first),
        _thing("small", len(small), min((_decided_on(one) for one in small), default=None), day, small[:FEW]),
        _thing("trainer", lacking.untaught, _day(untaught), day, lacking.without_trainer),
        _thing("resting", lacking.at_rest, _day(resting), day, lacking.resting), _thing("lapsing", lapsing.count, day, day, lapsing.first),
        _thing("nameless", len(leaderless), _day(leaderless[0].releases_at) if leaderless else None, day, leaderless[:FEW]),
        _thing("leaver", left, None, day, leavers), *_evidence(day, viewer_id),
    ]
    return sorted((thing for thing in found if thing.count), key=lambda thing: (not thing.today, thing.due_on is None, thing.due_on or day))


def _evidence(day: date, viewer_id: int) -> list[Thing]:
    """Examples to check and to approve, and promises of reports that are due soon or overdue."""
    unchecked, examples = evidence.to_check(FEW)
    asked = evidence.waiting_for(viewer_id)
    due, promised = promises.due(day, FEW)
    return [
        _thing("example", unchecked, None, day, examples), _thing("approval", len(asked), None, day, asked[:FEW]),
        _thing("promise", due, promised[0].due_on if promised else None, day, promised),
    ]


def _thing(kind: str, count: int, due_on: date | None, today: date, rows: Sequence[Any]) -> Thing:
    return Thing(kind, count, due_on, due_on is not None and due_on <= today, rows)


def _day(moment: datetime | None) -> date | None:
    return clock.london_date(moment) if moment else None


def _decided_on(one: attention.TooSmall) -> date:
    return one.dated.session.decide_on or clock.london_date(one.dated.session.starts_at)
