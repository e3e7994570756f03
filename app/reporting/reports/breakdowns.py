"""The figures by agency, sector, course, format, priority and month; in a publication, in rows that may be printed."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.catalogue.rules import Format, SessionStatus
from app.reporting.rules import disclosure
from app.reporting.rules.counting import MEASURES, Area, Tally, total

NOT_KNOWN = "Not known"
AGENCIES_JOINED = "Agencies with small numbers were put together."
Rows = list[dict[str, Any]]
Groups = list[list[Any]]
Line = tuple[str, Tally, dict[str, Any] | None]
"""A row before it is printed: its name, its people, what else it says."""
Grouping = Callable[[int], object]
"""Which row of a breakdown a session belongs to."""


@dataclass
class People:
    """People of the period, counted by session and by agency, and the areas of which a report tells."""

    by_session: dict[int, Tally]
    by_agency: dict[int | None, Tally]
    areas: Sequence[Area]
    """Every area there is, with none for not known."""
    shown: Sequence[Area]
    """Those that this report adds up."""
    publication: bool
    withheld: dict[str, str] = field(default_factory=dict)
    """Why something is not printed, by its key."""
    joined: list[str] = field(default_factory=list)
    """What was put together, in sentences."""

    @property
    def whole(self) -> disclosure.Parts:
        """All areas as one part."""
        return [self.areas]

    @property
    def parts(self) -> disclosure.Parts:
        """In what parts numbers must be safe: together, or in the report of one area each, as the others could be taken away."""
        return [[area] for area in self.areas] if self.of_one_area else self.whole

    @property
    def of_one_area(self) -> bool:
        """Whether this is one partnership's report."""
        return len(self.shown) < len(self.areas)


def by_agency(people: People, agencies: dict[int, Any]) -> tuple[Rows | None, Rows | None]:
    """By sector, and by agency within the same groups of sectors, so that neither gives the other's small numbers away."""
    sectors: dict[str, list[int | None]] = {}
    for number in [*agencies, None]:
        if number in people.by_agency:
            sectors.setdefault(_sector(agencies, number), []).append(number)
    tallies = [(name, total(people.by_agency[number] for number in numbers)) for name, numbers in sorted(sectors.items(), key=_last)]
    if not people.publication:
        rows = [_row(people, name, tally) for name, tally in tallies]
        return [
            _row(people, agencies[number].name if number else NOT_KNOWN, people.by_agency[number],
                 code=agencies[number].code if number else None, sector=name)
            for name, _tally in tallies for number in sectors[name]
        ], rows
    return _published_agencies(people, agencies, sectors, dict(tallies))


def _published_agencies(
    people: People, agencies: dict[int, Any], sectors: dict[str, list[int | None]], tallies: dict[str, Tally]
) -> tuple[Rows | None, Rows | None]:
    whole = disclosure.put_together(list(tallies.items()), people.whole)
    groups = _larger(people, whole, lambda names: total(tallies[name] for name in names), disclosure.put_together)
    if not tallies:
        return [], []
    if not groups:
        for key in ("by_agency", "by_sector"):
            people.withheld[key] = "its numbers are too small to be printed, even all together"
        return None, None
    by_sector: list[Line] = []
    by_agency: list[Line] = []
    for names in groups:
        title = names[0] if len(names) == 1 else f"{len(names)} smaller sectors together"
        by_sector.append((title, total(tallies[name] for name in names), None))
        parts = [[number for sector in part for number in sectors[sector]] for part in whole if set(part) <= set(names)]
        by_agency += _agencies(title, parts, agencies, people)
    if any(len(names) > 1 for names in groups):
        people.joined.append("Sectors with small numbers were put together.")
    return _printed(people, "by_agency", by_agency), _printed(people, "by_sector", by_sector)


def _agencies(sector: str, parts: list[list[int | None]], agencies: dict[int, Any], people: People) -> list[Line]:
    """The agencies of a group of sectors. `parts`: those of each group of sectors in the report of all areas."""
    def tally(numbers: list[int | None]) -> Tally:
        return total(people.by_agency[number] for number in numbers)

    whole = [group for part in parts
             for group in disclosure.put_together([(number, people.by_agency[number]) for number in part], people.whole)]
    rows: list[Line] = []
    for group in _larger(people, whole, tally, disclosure.put_together):
        known = agencies[group[0]] if len(group) == 1 and group[0] is not None else None
        together = NOT_KNOWN if group == [None] else f"{len(group)} agencies in {sector}"
        rows.append((known.name if known else together, tally(group), {"code": known.code if known else None, "sector": sector}))
        if len(group) > 1 and AGENCIES_JOINED not in people.joined:
            people.joined.append(AGENCIES_JOINED)
    return rows


def _larger(people: People, groups: Groups, tally: Callable[[list[Any]], Tally], together: Any) -> Groups:
    """The groups of the whole, put together further where this report is of one area."""
    return disclosure.put_groups_together(groups, tally, people.parts, together) if people.of_one_area else groups


def _sector(agencies: dict[int, Any], number: int | None) -> str:
    return (agencies[number].sector if number is not None else None) or NOT_KNOWN


def _last(pair: tuple[str, Any]) -> tuple[bool, str]:
    """Sorts by name, what is not known at the end."""
    return pair[0] == NOT_KNOWN, pair[0].casefold()


@dataclass(frozen=True)
class Sessions:
    """The sessions of the period and what they are called in each breakdown."""

    all: Sequence[Any]
    courses: dict[int, Any]
    tags: Sequence[tuple[int, str, str]]


def by_session(people: People, sessions: Sessions) -> dict[str, Rows | None]:
    """By course, by month, by format and by priority: breakdowns of the same sessions, printed side by side only where that is safe."""
    keys: dict[str, Callable[[Any], Any]] = {
        "by_course": lambda row: row.course_id, "by_month": _month, "by_format": lambda row: row.format,
    }
    orders = {"by_course": list(sessions.courses), "by_month": sorted({_month(row) for row in sessions.all}), "by_format": list(Format)}
    cuts = {name: _cut(people, sessions.all, key) for name, key in keys.items()}
    plans = {name: _groups(people, cuts[name], order, TOGETHER[name]) for name, order in orders.items()}
    names: dict[str, Callable[[Any], tuple[str, Any]]] = {
        "by_course": lambda key: (sessions.courses[key].title, {"code": sessions.courses[key].code}),
        "by_month": lambda key: (f"{key:%B %Y}", {"code": f"{key:%Y-%m}"}),
        "by_format": lambda key: (key.label, {"code": key.value}),
    }
    kept = _kept(people, sessions, plans, cuts) if people.publication else []
    found: dict[str, Rows | None] = {}
    for name, groups in plans.items():
        rows = [_named(group, name, names[name], cuts[name]) for group in groups]
        found[name] = None if name in people.withheld else _printed(people, name, rows, people.by_session.values())
    found["by_priority"] = _by_priority(people, sessions, kept)
    return found


@dataclass(frozen=True)
class Cut:
    """The sessions of the period, and their people, told apart by course, by month or by format."""

    sessions: dict[Any, list[Any]]
    tallies: dict[Any, Tally]

    def of(self, group: list[Any]) -> Tally:
        """The people of several courses, months or formats."""
        return total(self.tallies[value] for value in group)


def _cut(people: People, sessions: Sequence[Any], key: Callable[[Any], Any]) -> Cut:
    there: dict[Any, list[Any]] = {}
    for row in sessions:
        there.setdefault(key(row), []).append(row)
    return Cut(there, {value: total(people.by_session[row.id] for row in rows if row.id in people.by_session) for value, rows in there.items()})


TOGETHER: dict[str, Any] = {
    "by_course": disclosure.put_together, "by_month": disclosure.put_neighbours_together, "by_format": disclosure.put_together,
}


def _groups(people: People, cut: Cut, order: Iterable[Any], together: Any) -> Groups:
    """The rows of the report of all areas, as they may be printed there."""
    wanted = [value for value in order if value in cut.sessions]
    if not people.publication:
        return [[value] for value in wanted]
    return list(together([(value, cut.tallies[value]) for value in wanted], people.whole))


def _kept(people: People, sessions: Sessions, plans: dict[str, Groups], cuts: dict[str, Cut]) -> list[Grouping]:
    """Keep the breakdowns that can stand side by side, in the report of all areas and then in this one; the rest is withheld."""
    kept = _side_by_side(people, sessions, plans, cuts, people.whole)
    if people.of_one_area:
        for name in plans.keys() - people.withheld.keys():
            plans[name] = _larger(people, plans[name], cuts[name].of, TOGETHER[name])
        kept = _side_by_side(people, sessions, plans, cuts, people.parts)
    for name, groups in plans.items():
        if name not in people.withheld and any(len(group) > 1 for group in groups):
            people.joined.append(f"{PLURALS[name]} with small numbers were put together.")
    return kept


def _side_by_side(
    people: People, sessions: Sessions, plans: dict[str, Groups], cuts: dict[str, Cut], parts: disclosure.Parts
) -> list[Grouping]:
    """The breakdowns whose rows cross in no small number; a later one that would is withheld whole, with the reason."""
    kept: list[Grouping] = []
    for name, groups in plans.items():
        if name in people.withheld:
            continue
        if not groups and sessions.all:
            people.withheld[name] = "its numbers are too small to be printed, even all together"
            continue
        grouping = _placed(cuts[name], groups)
        if kept and not disclosure.crossings_safe(people.by_session.items(), [*kept, grouping], disclosure.LEADING, parts):
            people.withheld[name] = "beside the other tables it would give small numbers away"
            continue
        kept.append(grouping)
    return kept


PLURALS = {"by_course": "Courses", "by_month": "Months", "by_format": "Formats"}


def _placed(cut: Cut, groups: Groups) -> Grouping:
    return {row.id: index for index, group in enumerate(groups) for value in group for row in cut.sessions[value]}.__getitem__


def _named(group: list[Any], table: str, name: Callable[[Any], tuple[str, Any]], cut: Cut) -> tuple[str, Tally, Any]:
    there, tally = [row for value in group for row in cut.sessions[value]], cut.of(group)
    facts = {
        "sessions_delivered": sum(row.status is SessionStatus.DELIVERED for row in there),
        "sessions_cancelled": sum(row.status is SessionStatus.CANCELLED for row in there),
    }
    if len(group) == 1:
        title, more = name(group[0])
        return title, tally, {**more, **facts}
    together = {
        "by_course": f"{len(group)} courses with small numbers together",
        "by_month": f"{name(group[0])[0]} to {name(group[-1])[0]}",
        "by_format": " and ".join(name(value)[0] for value in group),
    }
    return together[table], tally, {"code": None, **facts}


def _month(row: Any) -> Any:
    return row.last_day.replace(day=1)


def _by_priority(people: People, sessions: Sessions, kept: list[Grouping]) -> Rows | None:
    """By the courses' tags. A course may have several, so the rows overlap; in a publication they are printed all or not at all."""
    tagged: dict[str, tuple[str, set[int]]] = {}
    for course, code, name in sessions.tags:
        tagged.setdefault(code, (name, set()))[1].add(course)
    without = {row.course_id for row in sessions.all} - {course for course, _code, _name in sessions.tags}
    if without:
        tagged[""] = ("No priority", without)
    rows = []
    for code, (name, courses) in tagged.items():
        there = [row for row in sessions.all if row.course_id in courses]
        tally = total(people.by_session.get(row.id, Tally()) for row in there)
        rows.append((name, tally, {
            "code": code or None,
            "sessions_delivered": sum(row.status is SessionStatus.DELIVERED for row in there),
            "sessions_cancelled": sum(row.status is SessionStatus.CANCELLED for row in there),
        }))
    if people.publication and not _overlaps_safe(people, sessions, [courses for _name, courses in tagged.values()], kept):
        people.withheld["by_priority"] = "courses with several priorities would give small numbers away"
        return None
    return _printed(people, "by_priority", rows, people.by_session.values())


def _overlaps_safe(people: People, sessions: Sessions, tagged: list[set[int]], kept: list[Grouping]) -> bool:
    """Whether courses with the same tags have safe numbers together, also where they cross the rows of the printed breakdowns."""
    courses = {row.id: row.course_id for row in sessions.all}
    tags = {course: tuple(index for index, members in enumerate(tagged) if course in members) for course in set(courses.values())}
    groupings = [*kept, lambda session: tags[courses[session]]]
    return all(
        disclosure.crossings_safe(people.by_session.items(), groupings, disclosure.LEADING, parts) for parts in (people.whole, people.parts)
    )


def _row(people: People, name: str, tally: Tally, **more: Any) -> dict[str, Any]:
    return {"name": name, **more, **{measure: tally.of(measure, people.shown) for measure in MEASURES}}


def _printed(people: People, table: str, rows: list[Line], finest: Iterable[Tally] | None = None) -> Rows:
    """The rows with the columns that may be printed; the others are empty in every row.

    `finest`: the sessions behind the rows. As other tables cut them otherwise, a column beside the leading two is printed only
    where it is safe in each of them.
    """
    printed = [_row(people, name, tally, **(more or {})) for name, tally, more in rows]
    if not people.publication:
        return printed
    cells = [tally for _name, tally, _more in rows]
    crossed = cells if finest is None else list(finest)
    hidden = [
        measure for measure in MEASURES
        if not disclosure.printable(measure, cells if measure in disclosure.LEADING else crossed, people.parts)
    ]
    for row in printed:
        row.update(dict.fromkeys(hidden))
    if hidden:
        people.withheld[f"{table}: {', '.join(hidden)}"] = "some of the numbers are small"
    return printed
