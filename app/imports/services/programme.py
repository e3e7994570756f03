"""Writes what a programme is made of, the files that are small by nature: who takes part, what is offered, when it was held."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.models import Agency, AgencyAlias, Partnership, Person, agency_partnership
from app.attendance.models import Register
from app.catalogue.models import (
    Briefing,
    BriefingViews,
    Contribution,
    Course,
    CourseSession,
    Priority,
    SessionPart,
    Trainer,
    briefing_priority,
    course_priority,
)
from app.catalogue.rules import Format, SessionStatus
from app.core import clock
from app.core.db import new_ids
from app.imports.services.merging import Counts, insert, link, merge
from app.imports.services.remembering import Remembered
from app.imports.services.waiting import Waiting

Files = dict[str, Waiting]
TOGETHER = (("starts_at", "ends_at", "last_day"), ("status", "cancel_reason", "cancelled_on"))
"""What is said of a session by several columns at once."""
_FINISHED = sa.exists().where(Register.course_session_id == CourseSession.id, Register.finished_at.is_not(None))


@dataclass
class Ids:
    """The ids under which things are kept, by the names that files use."""

    partnerships: dict[str, int] = field(default_factory=dict)
    priorities: dict[str, int] = field(default_factory=dict)
    agencies: dict[str, int] = field(default_factory=dict)
    trainers: dict[str, int] = field(default_factory=dict)
    courses: dict[str, int] = field(default_factory=dict)
    formats: dict[str, Format] = field(default_factory=dict)
    sessions: dict[str, int] = field(default_factory=dict)
    new_sessions: set[int] = field(default_factory=set)

    def agency(self, name: str | None) -> int | None:
        """The agency with this code, name or alias."""
        if name is None:
            return None
        return self.agencies.get(name) or self.agencies[name.casefold()]


def write_partnerships(session: Session, files: Files, ids: Ids, counts: dict[str, Counts]) -> None:
    """Partnerships, their priorities, and agencies with the areas they work in."""
    rows = {row["code"]: {"name": row["name"]} for row in files["partnerships.csv"].all()}
    partnerships = merge(session, Partnership, "code", rows)
    ids.partnerships, counts["partnerships.csv"] = partnerships.ids, partnerships.counts()
    rows = {
        row["code"]: {"partnership_id": ids.partnerships[row["partnership"]], **_only(row, "name", "starts_on", "ends_on")}
        for row in files["priorities.csv"].all()
    }
    priorities = merge(session, Priority, "code", rows)
    ids.priorities, counts["priorities.csv"] = priorities.ids, priorities.counts()
    agencies = files["agencies.csv"].all()
    rows = {row["code"]: _only(row, "name", "sector") for row in agencies}
    merged = merge(session, Agency, "code", rows)
    areas = {merged.ids[row["code"]]: [ids.partnerships[code] for code in row["partnerships"]] for row in agencies}
    counts["agencies.csv"] = merged.counts(link(session, agency_partnership, areas))
    for name, number in session.execute(sa.select(AgencyAlias.name, AgencyAlias.agency_id)):
        ids.agencies[name.casefold()] = number
    for name, number in session.execute(sa.select(Agency.name, Agency.id)):
        ids.agencies[name.casefold()] = number
    ids.agencies |= {code.casefold(): number for code, number in merged.ids.items()} | merged.ids


def write_trainers(session: Session, files: Files, ids: Ids, counts: dict[str, Counts]) -> None:
    """Trainers: people who give sessions. Whoever is in people.csv too has their name from there."""
    rows = {row["email"]: row for row in files["trainers.csv"].all()}
    there = dict(session.execute(sa.select(Person.email, Person.id).where(Person.email.in_(rows))).all())
    new = [row for email, row in rows.items() if email not in there]
    numbers = new_ids(session, Person.__table__, len(new))  # type: ignore[arg-type]
    insert(session, Person.__table__, [  # type: ignore[arg-type]
        {"id": number, **_only(row, "email", "first_name", "last_name")} for number, row in zip(numbers, new, strict=True)
    ])
    there |= {row["email"]: number for number, row in zip(numbers, new, strict=True)}
    trainers = set(session.scalars(sa.select(Trainer.person_id)))
    missing = [number for email, number in there.items() if number not in trainers]
    insert(session, Trainer.__table__, [{"person_id": number} for number in missing])  # type: ignore[arg-type]
    counts["trainers.csv"] = Counts(added=len(missing), as_they_were=len(rows) - len(missing))
    ids.trainers = dict(session.execute(sa.select(Person.email, Person.id).join(Trainer, Trainer.person_id == Person.id)).all())


def write_courses(session: Session, files: Files, ids: Ids, counts: dict[str, Counts]) -> None:
    """Courses with their priorities. A new course is on the programme at once; one that was taken off stays off."""
    courses = files["courses.csv"].all()
    rows = {
        row["code"]: {
            **_only(row, "title", "summary", "level", "format", "duration_minutes"),
            "learning_outcomes": list(row["learning_outcomes"]), "materials": list(row["materials"]),
        }
        for row in courses
    }
    merged = merge(session, Course, "code", rows, only_new={"published": True})
    ids.courses = merged.ids
    ids.formats = {code: row["format"] for code, row in rows.items()}
    wanted = {ids.courses[row["code"]]: [ids.priorities[code] for code in row["priorities"]] for row in courses}
    counts["courses.csv"] = merged.counts(link(session, course_priority, wanted))


def write_sessions(session: Session, files: Files, ids: Ids, counts: dict[str, Counts]) -> None:
    """Sessions, each of one part, in the format of their course. The parts of a session whose times did not change are left alone."""
    formats = dict(session.execute(sa.select(Course.code, Course.format)).all())
    rows = {
        row["ref"]: {
            "course_id": ids.courses[row["course"]],
            **_only(row, "starts_at", "ends_at", "venue_or_link", "capacity", "status", "cancel_reason", "cancelled_on"),
            "last_day": clock.london_date(row["ends_at"]),
            "trainer_id": ids.trainers[row["trainer"]] if row["trainer"] else None,
            "format": ids.formats.get(row["course"], formats[row["course"]]),
        }
        for row in files["sessions.csv"].all()
    }
    _leave_formats(session, rows, {row["ref"] for row in files["sessions.csv"].all() if row["course"] not in ids.formats})
    _leave_what_happened(session, rows)
    merged = merge(session, CourseSession, "ref", rows, only_new={"places_version": 0}, together=TOGETHER)
    ids.sessions, counts["sessions.csv"] = merged.ids, merged.counts()
    ids.new_sessions = {merged.ids[ref] for ref in merged.added}
    wanted = {ids.sessions[ref]: (row["starts_at"], row["ends_at"]) for ref, row in merged.rows.items()}
    spans: dict[int, tuple[datetime, datetime]] = {}
    part = SessionPart.__table__
    for number, starts_at, ends_at in session.execute(
        sa.select(part.c.course_session_id, sa.func.min(part.c.starts_at), sa.func.max(part.c.ends_at)).group_by(part.c.course_session_id)
    ):
        spans[number] = (starts_at, ends_at)
    differ = [number for number, span in wanted.items() if spans.get(number) != span]
    session.execute(sa.delete(part).where(part.c.course_session_id.in_(differ)))  # type: ignore[arg-type]
    insert(session, part, [  # type: ignore[arg-type]
        {"course_session_id": number, "starts_at": wanted[number][0], "ends_at": wanted[number][1]} for number in differ
    ])


def _leave_formats(session: Session, rows: dict[str, dict[str, Any]], unsaid: set[str]) -> None:
    """Sessions of courses that the files do not hold (`unsaid`) stay in the format that they have: no file says another."""
    for ref, kept in session.execute(sa.select(CourseSession.ref, CourseSession.format)) if unsaid else ():
        if ref in unsaid:
            rows[ref]["format"] = kept


def _leave_what_happened(session: Session, rows: dict[str, dict[str, Any]]) -> None:
    """A session that was called off here stays so, whatever an older file says, as people have been told; one of which the register is
    finished was held."""
    for one in session.execute(sa.select(CourseSession.ref, CourseSession.status, CourseSession.cancel_reason, CourseSession.cancelled_on).where(
        sa.or_(sa.and_(CourseSession.status == SessionStatus.CANCELLED, CourseSession.cancelled_at.is_not(None)),
               sa.and_(CourseSession.status == SessionStatus.DELIVERED, _FINISHED))
    )):
        if one.ref in rows:
            rows[one.ref] |= {"status": one.status, "cancel_reason": one.cancel_reason, "cancelled_on": one.cancelled_on}


def write_briefings(session: Session, files: Files, ids: Ids, counts: dict[str, Counts]) -> None:
    """Briefings and how often each was opened in a month."""
    briefings = files["briefings.csv"].all()
    rows = {row["code"]: _only(row, "title", "url") for row in briefings}
    merged = merge(session, Briefing, "code", rows)
    wanted = {merged.ids[row["code"]]: [ids.priorities[code] for code in row["priorities"]] for row in briefings}
    counts["briefings.csv"] = merged.counts(link(session, briefing_priority, wanted))
    table = BriefingViews.__table__
    there = {(number, month): views for number, month, views in session.execute(sa.select(table))}
    months = {(merged.ids[row["briefing"]], row["month"]): row["views"] for row in files["briefing_views.csv"].all()}
    news = _news_of_views(session, table.name, months)
    new = [key for key in months if key not in there]
    changed = [key for key, views in months.items() if key in there and there[key] != views and key in news]
    insert(session, table, [{"briefing_id": key[0], "month": key[1], "views": months[key]} for key in new])  # type: ignore[arg-type]
    for number, month in changed:
        session.execute(sa.update(BriefingViews).where(BriefingViews.briefing_id == number, BriefingViews.month == month)
                        .values(views=months[number, month]))
    counts["briefing_views.csv"] = Counts(len(new), len(changed), len(months) - len(new) - len(changed))


def _news_of_views(session: Session, table: str, months: dict[tuple[int, date], int]) -> set[tuple[int, date]]:
    """Of which briefing and month the files say another number of views than last time."""
    said: dict[int, dict[str, Any]] = {}
    for (number, month), views in months.items():
        said.setdefault(number, {})[month.isoformat()] = views
    remembered = Remembered(session, table, said)
    news = {number: remembered.news(number, values) for number, values in said.items()}
    remembered.keep(said)
    return {(number, month) for number, month in months if month.isoformat() in news[number]}


def write_contributions(session: Session, files: Files, ids: Ids, counts: dict[str, Counts]) -> None:
    """People reached without a booking here."""
    rows = {
        row["ref"]: {
            **_only(row, "held_on", "title", "kind", "format", "contacts"), "host_agency_id": ids.agency(row["host_agency"]),
        }
        for row in files["contributions.csv"].all()
    }
    counts["contributions.csv"] = merge(session, Contribution, "ref", rows).counts()


def _only(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: row[name] for name in names}
