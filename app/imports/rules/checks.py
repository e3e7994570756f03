"""What a row must agree with beyond its own values. Each check gives (column, sentence) for what is wrong, and keeps the row's key."""

from collections.abc import Callable, Iterator
from typing import Any

from app.catalogue.rules import SessionStatus
from app.core.problems import shown
from app.imports.rules import bookings, evaluations, files
from app.imports.rules.known import Known, SessionFacts

Row = dict[str, Any]
Fault = tuple[str, str]
Check = Callable[[Row, int], Iterator[Fault]]


def checks(known: Known) -> dict[str, Check]:
    """The check of each file, over one shared picture of what is known."""
    return {
        files.PARTNERSHIPS.name: _Keyed("code", known.partnerships),
        files.PRIORITIES.name: _Keyed("code", known.priorities, lambda row: _priority(row, known)),
        files.AGENCIES.name: _Keyed("code", set(), lambda row: _agency(row, known)),
        files.PEOPLE.name: _Keyed("email", known.people, lambda row: _person(row, known)),
        files.TRAINERS.name: _Keyed("email", known.trainers),
        files.COURSES.name: _Keyed("code", known.courses, lambda row: _priorities(row, known)),
        files.SESSIONS.name: _Keyed("ref", set(), lambda row: _session(row, known)),
        files.BOOKINGS.name: bookings.Check(known),
        files.EVALUATIONS.name: evaluations.Check(known),
        files.BRIEFINGS.name: _Keyed("code", known.briefings, lambda row: _priorities(row, known)),
        files.BRIEFING_VIEWS.name: _Keyed(("briefing", "month"), set(), lambda row: _views(row, known)),
        files.CONTRIBUTIONS.name: _Keyed("ref", set(), lambda row: _contribution(row, known)),
    }


class _Keyed:
    """A file in which each key stands once. Keys of rows with other faults count too: one fault is said once."""

    def __init__(
        self, key: str | tuple[str, ...], keys: set[str] | dict[str, int], more: Callable[[Row], Iterator[Fault]] | None = None
    ) -> None:
        self.columns = (key,) if isinstance(key, str) else key
        self.keys, self.more = keys, more
        self.lines: dict[tuple[Any, ...], int] = {}

    def __call__(self, row: Row, line: int) -> Iterator[Fault]:
        if all(row.get(column) is not None for column in self.columns):
            yield from self._once(tuple(row[column] for column in self.columns), line)
        if self.more:
            yield from self.more(row)

    def _once(self, key: tuple[Any, ...], line: int) -> Iterator[Fault]:
        first = self.lines.setdefault(key, line)
        if first != line:
            what = " ".join(part.strftime("%Y-%m") if hasattr(part, "strftime") else str(part) for part in key)
            yield self.columns[-1], f"{shown(what)} is on line {first} already; keep one of the two"
        elif isinstance(self.keys, set):
            self.keys.add(key[0])
        else:
            self.keys[key[0]] = line


def _refers(row: Row, column: str, keys: Any, file: str) -> Iterator[Fault]:
    value = row.get(column)
    if value is not None and value not in keys:
        yield column, f"{shown(value)} is not in {file}; add it there or correct it here"


def _priority(row: Row, known: Known) -> Iterator[Fault]:
    yield from _refers(row, "partnership", known.of("partnerships.csv", known.partnerships), "partnerships.csv")
    if row.get("starts_on") and row.get("ends_on") and row["ends_on"] < row["starts_on"]:
        yield "ends_on", f"'{row['ends_on']}' is before it starts on {row['starts_on']}; write a later day or leave it empty"


def _agency(row: Row, known: Known) -> Iterator[Fault]:
    if row.get("code"):
        known.add_agency(row["code"], row.get("name") or "")
    for code in row.get("partnerships") or ():
        yield from _refers({"partnerships": code}, "partnerships", known.of("partnerships.csv", known.partnerships), "partnerships.csv")


def _person(row: Row, known: Known) -> Iterator[Fault]:
    yield from _refers_to_agency(row, "agency", known)
    yield from _refers(row, "partnership", known.of("partnerships.csv", known.partnerships), "partnerships.csv")


def _refers_to_agency(row: Row, column: str, known: Known) -> Iterator[Fault]:
    name = row.get(column)
    if name and "agencies.csv" not in known.unreadable and known.agency(name) is None:
        yield column, f"{shown(name)} is no agency's code or name in agencies.csv; add it there or correct it here"


def _priorities(row: Row, known: Known) -> Iterator[Fault]:
    for code in row.get("priorities") or ():
        yield from _refers({"priorities": code}, "priorities", known.of("priorities.csv", known.priorities), "priorities.csv")


def _session(row: Row, known: Known) -> Iterator[Fault]:
    yield from _refers(row, "course", known.of("courses.csv", known.courses), "courses.csv")
    yield from _refers(row, "trainer", known.of("trainers.csv", known.trainers), "trainers.csv")
    starts, ends, status = row.get("starts_at"), row.get("ends_at"), row.get("status")
    if starts and ends and ends <= starts:
        yield "ends_at", "the end is not after the start; correct one of the two"
    elif starts and ends and (ends - starts).days > 400:
        yield "ends_at", "the session would last more than a year; correct its start or its end"
    if status is SessionStatus.DELIVERED and starts and starts > known.now:
        yield "status", "'delivered', but it starts in the future; write scheduled"
    for column in ("cancel_reason", "cancelled_on"):
        if row.get(column) and status not in (None, SessionStatus.CANCELLED):
            yield column, f"only a cancelled session has this; leave it empty, or write cancelled as its status ({status.value} now)"
    if row.get("ref"):
        known.sessions[row["ref"]] = None
        if starts and ends and ends > starts and status and row.get("capacity"):
            known.sessions[row["ref"]] = SessionFacts(status, starts, ends, row["capacity"])


def _views(row: Row, known: Known) -> Iterator[Fault]:
    yield from _refers(row, "briefing", known.of("briefings.csv", known.briefings), "briefings.csv")


def _contribution(row: Row, known: Known) -> Iterator[Fault]:
    yield from _refers_to_agency(row, "host_agency", known)
