"""Missed sessions and the ledger of charges, as the coordinator's lists filter and add them up."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased, contains_eager, joinedload

from app.accounts.models import Affiliation, Person
from app.booking.models import Booking, Charge, StrikeWaiver
from app.booking.queries.desk_policies import in_force, policies
from app.booking.queries.strikes import SAID_YES, missed_at
from app.booking.rules.charges import ChargeKind
from app.booking.rules.policy import Policy, Standing, standing_after, strikes_since
from app.booking.rules.states import BookingStatus
from app.booking.rules.turnout import Turnout
from app.catalogue.models import Course, CourseSession
from app.core import clock
from app.core.db import db
from app.core.pages import Page

SIZE = 50
OPEN, WAIVED, EXPORTED, ALL = "open", "waived", "exported", "all"
_COUNTS = sa.and_(StrikeWaiver.booking_id.is_(None), SAID_YES)
STATES = {OPEN: "Open", EXPORTED: "Exported", WAIVED: "Waived", ALL: "All"}


@dataclass(frozen=True)
class Filter:
    """What a list is about; empty means any."""

    first: date | None = None
    last: date | None = None
    agency_id: int | None = None
    course_id: int | None = None
    words: str = ""
    state: str = ALL
    kind: ChargeKind | None = None


@dataclass(frozen=True)
class Missed:
    """A session that somebody missed without an excuse; how many they missed in the policy's window, and what that means."""

    booking: Booking
    waiver: StrikeWaiver | None
    said_yes: bool
    strikes: int
    standing: Standing

    @property
    def why_not(self) -> tuple[str, str] | None:
        """Why it does not count, and by whom; none where it does."""
        if self.waiver is not None:
            return self.waiver.reason, self.waiver.by
        return None if self.said_yes else ("never said yes to this date at this time", "the rule")


def missed(wanted: Filter, page: int | None, now: datetime) -> tuple[Page, list[Missed], int]:
    """A page of missed sessions, latest first, and how many of all that fit count still."""
    conditions = _missed(wanted)
    total, counting = db.session.execute(
        sa.select(sa.func.count(), sa.func.count().filter(_COUNTS)).select_from(Booking)
        .join(Booking.course_session).join(Booking.person).outerjoin(StrikeWaiver, StrikeWaiver.booking_id == Booking.id).where(*conditions)
    ).one()
    at = Page.at(page, size=SIZE, total=total)
    rows = db.session.execute(_missed_rows(conditions).offset(at.offset).limit(SIZE)).all()
    return at, _with_strikes(rows, now), counting


def all_missed(wanted: Filter, now: datetime) -> list[Missed]:
    """Every missed session that fits, for a spreadsheet."""
    return _with_strikes(db.session.execute(_missed_rows(_missed(wanted))).all(), now)


def _missed_rows(conditions: Sequence[sa.ColumnElement[bool]]) -> sa.Select[Any]:
    return (
        sa.select(Booking, StrikeWaiver, SAID_YES).join(Booking.course_session).join(Booking.person)
        .outerjoin(StrikeWaiver, StrikeWaiver.booking_id == Booking.id).where(*conditions)
        .options(contains_eager(Booking.course_session).joinedload(CourseSession.course), contains_eager(Booking.person), joinedload(Booking.agency))
        .order_by(CourseSession.ends_at.desc(), Person.last_name, Booking.id)
    )


def _missed(wanted: Filter) -> list[sa.ColumnElement[bool]]:
    conditions = [Booking.turnout == Turnout.MISSED, Booking.status != BookingStatus.WALK_IN, *_common(wanted, CourseSession.last_day)]
    if wanted.state == OPEN:
        conditions.append(_COUNTS)
    if wanted.state == WAIVED:
        conditions.append(~_COUNTS)
    return conditions


def _common(wanted: Filter, day: Any) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.first is not None:
        conditions.append(day >= wanted.first)
    if wanted.last is not None:
        conditions.append(day <= wanted.last)
    if wanted.agency_id is not None:
        conditions.append(Booking.agency_id == wanted.agency_id)
    if wanted.course_id is not None:
        conditions.append(CourseSession.course_id == wanted.course_id)
    for word in wanted.words.split()[:8]:
        conditions.append(sa.or_(*(column.icontains(word, autoescape=True) for column in (Person.first_name, Person.last_name, Person.email))))
    return conditions


def _with_strikes(rows: Iterable[Any], now: datetime) -> list[Missed]:
    """Each with how many sessions its person missed in the window of the policy that holds where they work today: a few statements for all."""
    found = list(rows)
    people = {booking.person_id for booking, *_rest in found}
    moments, areas = missed_at(people), _areas(people)
    saved, today = policies(), clock.london_date(now)
    answer = []
    for booking, waiver, said_yes in found:
        policy = in_force(saved, areas.get(booking.person_id), today)
        strikes = _counted(moments.get(booking.person_id, ()), policy, now)
        answer.append(Missed(booking, waiver, said_yes, strikes, standing_after(policy, strikes)))
    return answer


@dataclass(frozen=True)
class Noted:
    """How many sessions somebody missed in so many months, which is enough for a note of it."""

    strikes: int
    months: int


def noted(bookings: Sequence[Booking], now: datetime) -> dict[int, Noted]:
    """The note about who missed sessions, by booking, for those of whom the policy that holds for them today makes one: a few statements for all."""
    if not bookings:
        return {}
    people = {booking.person_id for booking in bookings}
    moments, areas = missed_at(people), _areas(people)
    saved, today = policies(), clock.london_date(now)
    answer = {}
    for booking in bookings:
        policy = in_force(saved, areas.get(booking.person_id), today)
        strikes = _counted(moments.get(booking.person_id, ()), policy, now)
        if standing_after(policy, strikes) is not Standing.CLEAR:
            answer[booking.id] = Noted(strikes, policy.strike_months)
    return answer


def _areas(people: Collection[int]) -> dict[int, int | None]:
    """The areas in which these people work today, by which their next bookings are decided."""
    return dict(db.session.execute(
        sa.select(Affiliation.person_id, Affiliation.partnership_id).where(Affiliation.person_id.in_(people), Affiliation.ends_on.is_(None))).all())


def _counted(moments: Iterable[datetime], policy: Policy, now: datetime) -> int:
    since = strikes_since(policy, now)
    return sum(moment >= since for moment in moments)


@dataclass(frozen=True)
class Line:
    """A charge with its waiver, if it was taken back."""

    charge: Charge
    waiver: Charge | None

    @property
    def state(self) -> str:
        """Open, exported or waived."""
        return WAIVED if self.waiver else EXPORTED if self.charge.exported_at else OPEN


@dataclass(frozen=True)
class Totals:
    """How many charges fit and what they come to, in pence: all of them, and those that are open, exported and waived."""

    count: int
    pence: int
    open_pence: int
    exported_pence: int
    waived_pence: int


_waiver = aliased(Charge)


def charges(wanted: Filter, page: int | None) -> tuple[Page, list[Line], Totals]:
    """A page of the charges that fit, latest first, with the totals of all of them."""
    conditions = _charged(wanted)
    pence = Charge.pence
    open_, exported = sa.and_(_waiver.id.is_(None), Charge.exported_at.is_(None)), sa.and_(_waiver.id.is_(None), Charge.exported_at.is_not(None))
    sums = [sa.func.coalesce(sa.func.sum(pence).filter(condition), 0) for condition in (sa.true(), open_, exported, _waiver.id.is_not(None))]
    totals = Totals(*db.session.execute(_charge_joins(sa.select(sa.func.count(Charge.id), *sums)).where(*conditions)).one())
    at = Page.at(page, size=SIZE, total=totals.count)
    return at, [Line(*row) for row in db.session.execute(_lines(conditions).offset(at.offset).limit(SIZE))], totals


def _charge_joins(query: sa.Select[Any]) -> sa.Select[Any]:
    return (
        query.select_from(Charge).join(Charge.booking).join(Booking.course_session).join(Booking.person)
        .outerjoin(_waiver, _waiver.waives_id == Charge.id)
    )


def _lines(conditions: Sequence[sa.ColumnElement[bool]]) -> sa.Select[Any]:
    return _charge_joins(sa.select(Charge, _waiver)).where(*conditions).options(
        contains_eager(Charge.booking).options(
            contains_eager(Booking.person), joinedload(Booking.agency), contains_eager(Booking.course_session).joinedload(CourseSession.course)),
    ).order_by(Charge.at.desc(), Charge.id.desc())


def _charged(wanted: Filter) -> list[sa.ColumnElement[bool]]:
    conditions = [Charge.kind != ChargeKind.WAIVER, *_common(Filter(None, None, wanted.agency_id, wanted.course_id, wanted.words), None)]
    if wanted.first is not None:
        conditions.append(Charge.at >= clock.from_london(wanted.first, time()))
    if wanted.last is not None:
        conditions.append(Charge.at < clock.from_london(wanted.last + timedelta(days=1), time()))
    if wanted.kind is not None:
        conditions.append(Charge.kind == wanted.kind)
    state = {OPEN: (_waiver.id.is_(None), Charge.exported_at.is_(None)), WAIVED: (_waiver.id.is_not(None),),
             EXPORTED: (_waiver.id.is_(None), Charge.exported_at.is_not(None))}
    return [*conditions, *state.get(wanted.state, ())]


def due_for_export(wanted: Filter) -> list[int]:
    """The lines of the ledger that an invoice run of these filters takes: open charges, and waivers of charges that went out before."""
    fits = _charged(replace(wanted, state=ALL))
    opened = _charge_joins(sa.select(Charge.id)).where(*fits, _waiver.id.is_(None), Charge.exported_at.is_(None))
    taken_back = _charge_joins(sa.select(_waiver.id)).where(*fits, _waiver.exported_at.is_(None), Charge.exported_at.is_not(None))
    return [number for query in (opened, taken_back) for number in db.session.scalars(query) if number is not None]


def exported_at(moment: datetime) -> Sequence[Charge]:
    """The lines of one invoice run, in the order in which they were written."""
    return db.session.scalars(
        sa.select(Charge).where(Charge.exported_at == moment).options(
            joinedload(Charge.booking).options(joinedload(Booking.person), joinedload(Booking.agency),
                                               joinedload(Booking.course_session).joinedload(CourseSession.course)))
        .order_by(Charge.at, Charge.id)
    ).all()


def runs(count: int = 12) -> list[tuple[datetime, int, int]]:
    """The latest invoice runs: when, how many lines, what they come to in pence."""
    return [(moment, lines, pence) for moment, lines, pence in db.session.execute(
        sa.select(Charge.exported_at, sa.func.count(), sa.func.sum(Charge.pence)).where(Charge.exported_at.is_not(None))
        .group_by(Charge.exported_at).order_by(Charge.exported_at.desc()).limit(count)
    )]


def courses() -> list[tuple[int, str]]:
    """Courses to filter by."""
    rows = db.session.execute(sa.select(Course.id, Course.title).order_by(sa.func.lower(Course.title), Course.id))
    return [(number, title) for number, title in rows]
