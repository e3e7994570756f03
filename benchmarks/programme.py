"""Makes what is measured: people who are signed in, sessions with places, bookings by the thousand."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from flask.sessions import SecureCookieSessionInterface
from stage import Database

from app.accounts.models import Account, AccountRole, Affiliation, Agency, Partnership, Person, SignIn
from app.accounts.rules import Role
from app.booking import services
from app.booking.models import Booking, BookingEvent
from app.booking.rules.states import Act, BookingStatus
from app.catalogue.models import Course, CourseSession, Priority, SessionPart, Trainer, course_priority
from app.catalogue.rules import Format, SessionStatus
from app.core import clock, tokens
from app.core.db import db, new_ids, transaction

BOOK_FIELDS: dict[str, str] = {}
"""What a person fills in on the page that books, besides its hidden fields."""


def book(session_id: int, person_id: int) -> int:
    """One booking by the product's service; its id."""
    return services.take_place(session_id=session_id, person_id=person_id, by="Ann Example", now=clock.now()).booking_id


def cancel(session_id: int) -> int:
    """One session called off by the product's service; how many bookings ended with it."""
    return services.cancel_session(session_id=session_id, reason="The trainer is ill", by="Ann Example", now=clock.now())


def waiting_order(session_id: int) -> list[int]:
    """The ids of the bookings that wait, in the order in which the product lets them in."""
    return list(db.session.scalars(
        sa.select(Booking.id).where(Booking.course_session_id == session_id, Booking.status == BookingStatus.WAITING)
        .order_by(Booking.booked_at, Booking.id)
    ))


def counts(session_id: int) -> tuple[int, int]:
    """How many are booked, how many wait."""
    found = dict(db.session.execute(
        sa.select(Booking.status, sa.func.count()).where(Booking.course_session_id == session_id).group_by(Booking.status)
    ).tuples().all())
    return found.get(BookingStatus.BOOKED, 0), found.get(BookingStatus.WAITING, 0)


def begin_clean() -> None:
    """Nothing read or open before."""
    db.session.rollback()


@dataclass
class People:
    """People with an account, and the cookies of their browsers."""

    ids: list[int]
    cookies: dict[str, str]


def people(of: Database, count: int) -> People:
    """So many delegates with an agency, each signed in on one browser, named by its number from 0."""
    secrets = [tokens.secret() for _ in range(count)]
    with of.app.app_context(), transaction() as session:
        now = clock.now()
        agencies = new_ids(session, Agency.__table__, 40)
        _insert(session, Agency, [{"id": n, "code": f"a{n}", "name": f"Agency {n}", "sector": "council"} for n in agencies])
        ids = new_ids(session, Person.__table__, count)
        _insert(session, Person, [{"id": n, "email": f"person{n}@example.org", "first_name": "Ann", "last_name": f"Example{n}"} for n in ids])
        _insert(session, Affiliation, [{"person_id": n, "agency_id": agencies[n % 40], "job_title": "Social worker", "starts_on": date(2020, 1, 1)}
                                       for n in ids])
        accounts = new_ids(session, Account.__table__, count)
        _insert(session, Account, [{"id": a, "person_id": n, "password_hash": "none", "created_at": now} for a, n in zip(accounts, ids, strict=True)])
        _insert(session, AccountRole, [{"account_id": a, "role": Role.DELEGATE} for a in accounts])
        _insert(session, SignIn, [{"account_id": a, "secret_digest": tokens.digest(secret), "started_at": now, "last_seen_at": now}
                                  for a, secret in zip(accounts, secrets, strict=True)])
    signed = SecureCookieSessionInterface().get_signing_serializer(of.app)
    name = of.app.config["SESSION_COOKIE_NAME"]
    return People(ids, {str(n): f"{name}={signed.dumps({'_user_id': secret, '_fresh': True})}" for n, secret in enumerate(secrets)})


def sessions(of: Database, count: int, *, places: int, courses: int = 50) -> list[tuple[int, str]]:
    """(id, reference) of so many open sessions with so many places each, shared out over so many new courses with priorities."""
    with of.app.app_context(), transaction() as session:
        trainer = new_ids(session, Person.__table__, 1)[0]
        _insert(session, Person, [{"id": trainer, "email": f"trainer{trainer}@example.org", "first_name": "Tim", "last_name": "Trainer"}])
        _insert(session, Trainer, [{"person_id": trainer}])
        course_ids = _courses(session, courses)
        ids = new_ids(session, CourseSession.__table__, count)
        starts = clock.now().replace(minute=30, second=0, microsecond=0) + timedelta(days=20)
        begins = {number: starts + timedelta(hours=7 * at) for at, number in enumerate(ids)}
        lasts = timedelta(hours=3)
        _insert(session, CourseSession, [
            {"id": n, "ref": f"s{n}", "course_id": course_ids[n % courses], "starts_at": at, "ends_at": at + lasts,
             "last_day": clock.london_date(at + lasts), "format": Format.VIRTUAL if n % 2 else Format.IN_PERSON,
             "venue_or_link": "https://meet.example.org/room" if n % 2 else "Town Hall, Room 3", "capacity": places, "trainer_id": trainer,
             "status": SessionStatus.SCHEDULED} for n, at in begins.items()
        ])
        _insert(session, SessionPart, [{"course_session_id": n, "starts_at": at, "ends_at": at + lasts} for n, at in begins.items()])
    return [(n, f"s{n}") for n in ids]


def _courses(session: sa.orm.Session, count: int) -> list[int]:
    ids = new_ids(session, Course.__table__, count)
    _insert(session, Course, [
        {"id": n, "code": f"c{n}", "title": f"Working together to safeguard children, part {n}", "summary": "What to do when a child may be at risk.",
         "level": n % 4 + 1, "format": Format.VIRTUAL, "duration_minutes": 180, "learning_outcomes": ["Recognise the signs", "Know whom to tell"],
         "materials": [], "published": True} for n in ids
    ])
    return ids


def bookings(of: Database, count: int, *, people_ids: list[int], places: int = 1000) -> None:
    """So many bookings more, each with its event, of people in turn on new sessions that are full.

    The product makes the first; the database multiplies it, so that the others have every column that it has.
    """
    first = sessions(of, count // places + 1, places=places)[0][0]
    with of.app.app_context():
        one = book(first, people_ids[0])
        with transaction() as session:
            if of.kind == "PostgreSQL":  # a page may not take so long, a million rows may
                session.execute(sa.text("SET LOCAL statement_timeout = 0"))
            numbers = _numbers(of, count)
            session.execute(_copied(Booking.__table__, _beside(Booking.__table__, numbers).where(Booking.id == one), {
                "ref": sa.literal("b-") + sa.cast(numbers.c.n, sa.Text), "course_session_id": numbers.c.n // places + first,
                "person_id": numbers.c.n % len(people_ids) + people_ids[0],
            }))
            others = sa.select(Booking.id.label("of")).where(Booking.id != one).subquery()
            session.execute(_copied(BookingEvent.__table__, _beside(BookingEvent.__table__, others).where(BookingEvent.booking_id == one),
                                    {"booking_id": others.c.of}))


def _numbers(of: Database, count: int) -> sa.FromClause:
    if of.kind == "PostgreSQL":
        return sa.select(sa.func.generate_series(1, count - 1).label("n")).subquery()
    numbers = sa.select(sa.literal(1).label("n")).cte(recursive=True)
    return numbers.union_all(sa.select(numbers.c.n + 1).where(numbers.c.n < count - 1))


def _beside(table: sa.Table, many: sa.FromClause) -> sa.Select[Any]:
    return sa.select(table).select_from(table.join(many, sa.true()))


def _copied(table: sa.Table, rows: sa.Select[Any], differing: dict[str, sa.ColumnElement[Any]]) -> sa.Insert:
    """Insert what `rows` finds into the table again, but for its id and what differs."""
    columns = [column for column in table.c if column.name != "id"]
    return sa.insert(table).from_select([column.name for column in columns], rows.with_only_columns(
        *(differing.get(column.name, column) for column in columns), maintain_column_froms=True
    ), include_defaults=False)


def fill(of: Database, session_id: int, people_ids: list[int]) -> None:
    """Give these people the session's places, in this order; the rest wait. Written in bulk, as the service would have left it."""
    with of.app.app_context(), transaction() as session:
        now = clock.now()
        places = session.scalar(sa.select(CourseSession.capacity).where(CourseSession.id == session_id)) or 0
        ids = new_ids(session, Booking.__table__, len(people_ids))
        standing = [BookingStatus.BOOKED if at < places else BookingStatus.WAITING for at in range(len(ids))]
        _insert(session, Booking, [
            {"id": n, "course_session_id": session_id, "person_id": person, "status": status, "booked_at": now, "job_title": "Social worker"}
            for n, person, status in zip(ids, people_ids, standing, strict=True)
        ])
        _insert(session, BookingEvent, [{"booking_id": n, "at": now, "by": "Ann Example", "after": status,
                                         "act": Act.BOOK if status is BookingStatus.BOOKED else Act.JOIN}
                                        for n, status in zip(ids, standing, strict=True)])


def catalogue(of: Database) -> None:
    """Fifty courses with three priorities; two in three have an open session, with places, full, or with people waiting."""
    somebody = people(of, 60)
    on = [number for number, _ in sessions(of, 34, places=20, courses=34)]
    for at, number in enumerate(on):
        fill(of, number, somebody.ids[: at * 2 % 26])
    with of.app.app_context(), transaction() as session:
        _courses(session, 16)
        partnership = Partnership(code="north", name="North Safeguarding Children Partnership")
        session.add(partnership)
        session.flush()
        ids = new_ids(session, Priority.__table__, 3)
        _insert(session, Priority, [{"id": n, "partnership_id": partnership.id, "code": f"p{n}", "name": f"Priority {n}",
                                     "starts_on": date(2020, 1, 1)} for n in ids])
        courses = session.scalars(sa.select(Course.id)).all()
        session.execute(sa.insert(course_priority), [{"course_id": c, "priority_id": ids[c % 3]} for c in courses])


def settle(of: Database) -> None:
    """What a database does by itself after a while: statistics for its planner, and nothing left to write back."""
    with of.app.app_context():
        db.session.remove()
        db.engine.dispose()
        connection = db.engine.raw_connection()
        if of.kind == "PostgreSQL":
            connection.driver_connection.autocommit = True
            connection.cursor().execute("SET statement_timeout = 0")
        for statement in ("VACUUM ANALYZE", "CHECKPOINT") if of.kind == "PostgreSQL" else ("ANALYZE", "PRAGMA wal_checkpoint(TRUNCATE)"):
            connection.cursor().execute(statement)
        connection.close()
        db.engine.dispose()


def _insert(session: sa.orm.Session, model: type, rows: list[dict[str, object]]) -> None:
    if rows:
        session.execute(sa.insert(model), rows)
