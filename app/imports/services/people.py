"""Writes people and where they work. A change of agency, job, area or manager is dated: the earlier affiliation is closed and kept."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.models import Affiliation, Person
from app.core.db import new_ids
from app.imports.services.merging import Counts, insert, update
from app.imports.services.programme import Ids
from app.imports.services.remembering import Remembered
from app.imports.services.waiting import Waiting

Snapshot = tuple[int | None, str | None, int | None]
"""Agency, job title and area, as the file beside the bookings gives them."""

PERSON: sa.Table = Person.__table__  # type: ignore[assignment]
AFFILIATION: sa.Table = Affiliation.__table__  # type: ignore[assignment]
NAME = ("first_name", "last_name")
WORK = ("agency_id", "job_title", "partnership_id", "manager_email")
NOWHERE: Snapshot = (None, None, None)


@dataclass
class People:
    """Everybody in the file, by address, and whoever only earlier years know; snapshots that are equal are held once."""

    ids: dict[str, int] = field(default_factory=dict)
    snapshots: dict[str, Snapshot] = field(default_factory=dict)
    from_earlier_years: set[str] = field(default_factory=set)
    _same: dict[Snapshot, Snapshot] = field(default_factory=dict)
    other_managers: dict[int, str | None] = field(default_factory=dict)
    """By id, whom those name by now who named another manager before."""

    def add(self, email: str, number: int, snapshot: Snapshot) -> None:
        """Remember somebody."""
        self.ids[email] = number
        self.snapshots[email] = self._same.setdefault(snapshot, snapshot)

    def look_up(self, session: Session, emails: set[str]) -> None:
        """Remember those of the addresses that only earlier years know, with where they work now."""
        unknown = [email for email in emails if email not in self.ids]
        if not unknown:
            return
        present = sa.and_(AFFILIATION.c.person_id == PERSON.c.id, AFFILIATION.c.ends_on.is_(None))
        columns = (PERSON.c.email, PERSON.c.id, AFFILIATION.c.agency_id, AFFILIATION.c.job_title, AFFILIATION.c.partnership_id)
        for email, number, *snapshot in session.execute(
            sa.select(*columns).select_from(PERSON.outerjoin(AFFILIATION, present)).where(PERSON.c.email.in_(unknown))
        ):
            self.add(email, number, tuple(snapshot))
            self.from_earlier_years.add(email)


def write_people(session: Session, waiting: Waiting, ids: Ids, *, today: date, step: Callable[[int], None]) -> tuple[People, Counts]:
    """Everybody in people.csv, some thousand at a time."""
    people, counts = People(), Counts()
    for batch in waiting.batches():
        _write_batch(session, batch, ids, people, counts, today)
        step(counts.rows)
    return people, counts


def _write_batch(session: Session, batch: list[dict[str, Any]], ids: Ids, people: People, counts: Counts, today: date) -> None:
    emails = [row["email"] for row in batch]
    there = {row.email: row for row in session.execute(sa.select(PERSON).where(PERSON.c.email.in_(emails)))}
    new = [row for row in batch if row["email"] not in there]
    numbers = dict(zip((row["email"] for row in new), new_ids(session, PERSON, len(new)), strict=True))
    insert(session, PERSON, [
        {"id": numbers[row["email"]], **{name: row[name] for name in ("email", "first_name", "last_name")}} for row in new
    ])
    numbers |= {email: row.id for email, row in there.items()}
    said: dict[int, dict[str, Any]] = {}
    for row in batch:
        area = ids.partnerships[row["partnership"]] if row["partnership"] else None
        snapshot = (ids.agency(row["agency"]), row["job_title"], area)
        people.add(row["email"], numbers[row["email"]], snapshot)
        work = dict(zip(WORK, (*snapshot, row["manager_email"]), strict=True))
        said[numbers[row["email"]]] = {"first_name": row["first_name"], "last_name": row["last_name"], **work}
    remembered = Remembered(session, PERSON.name, said, (NAME, WORK))
    news = {number: remembered.news(number, values) for number, values in said.items()}
    renamed = [
        {"id": old.id, **{name: said[old.id][name] for name in NAME}} for old in there.values()
        if news[old.id] & set(NAME) and (old.first_name, old.last_name) != tuple(said[old.id][name] for name in NAME)
    ]
    update(session, PERSON, renamed)
    work_now = {number: tuple(values[name] for name in WORK) for number, values in said.items() if news[number] & set(WORK)}
    moved = _affiliate(session, work_now, people, today)
    remembered.keep(said)
    changed = (moved | {row["id"] for row in renamed}) & {row.id for row in there.values()}
    counts.added += len(new)
    counts.changed += len(changed)
    counts.as_they_were += len(batch) - len(new) - len(changed)


def _affiliate(session: Session, wanted: dict[int, tuple[Any, ...]], people: People, today: date) -> set[int]:
    """Make these the present affiliations; the people for whom that changed something."""
    present = {
        row.person_id: row for row in session.execute(
            sa.select(AFFILIATION).where(AFFILIATION.c.person_id.in_(wanted), AFFILIATION.c.ends_on.is_(None))
        )
    }
    starting, correcting, ending = [], [], []
    for number, values in wanted.items():
        row = present.get(number)
        named = dict(zip(WORK, values, strict=True))
        if row is None:
            starting.append({"person_id": number, **named, "level": None, "starts_on": None, "ends_on": None})
        elif (row.agency_id, row.job_title, row.partnership_id, row.manager_email) == values:
            continue
        elif row.starts_on == today:
            correcting.append({"id": row.id, **named})
        else:
            ending.append({"id": row.id, "ends_on": today})
            starting.append({"person_id": number, **named, "level": row.level, "starts_on": today, "ends_on": None})
    managers = {number: values[WORK.index("manager_email")] for number, values in wanted.items()}
    people.other_managers |= {number: managers[number] for number, row in present.items() if row.manager_email != managers[number]}
    update(session, AFFILIATION, ending)
    update(session, AFFILIATION, correcting)
    insert(session, AFFILIATION, starting)
    return {row["person_id"] for row in starting} | {row.person_id for row in present.values() if row.id in {c["id"] for c in correcting}}
