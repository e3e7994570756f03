"""The answers to many sessions, and which of them a page counts: those of its scope that cannot be singled out (see `releasing`)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import chain

from app.core.errors import Refused
from app.evaluation.rules.releasing import Closing, Level, Placed, released, sector_groups
from app.evaluation.rules.windows import LONG

NOT_KNOWN = "Not known"
NOBODYS = ""
"""The sector of answers that know no booking. Whether their people came is not known either, so no page of sectors counts them."""
SETTLED = LONG + timedelta(days=28)
"""So long after a session its answers grow no more: its questions close, and what was filled in on paper is keyed in."""
FOLLOW_UP_SETTLED = timedelta(weeks=26 + 6 + 4)
"""The latest that anybody is asked again is 26 weeks after; then there are six weeks to answer and four to key in paper."""

NEVER = datetime.max.replace(tzinfo=UTC)

Rating = int | None
Row = tuple[int, str, Rating, Rating, Rating, Rating, int]
"""Session, sector, rating before, looking back, after, and at follow-up; how many people."""


@dataclass(frozen=True)
class Held:
    """A session: its course, how and in which year it was held, when it ended and when its register was finished. It is `unmarked` while there
    are answers and no finished register: who came is not known."""

    session: int
    course: int
    form: str
    year: int
    ends_at: datetime
    finished_at: datetime | None = None
    unmarked: bool = False

    def settled_at(self, after: timedelta) -> datetime:
        """From when its answers change no more, which is so long `after` it, or when its register is finished later than that."""
        if self.unmarked:
            return NEVER
        return max(self.ends_at + after, self.finished_at or self.ends_at)


@dataclass(frozen=True)
class Answers:
    """What is known of these sessions: the ratings of those who came, how many came and how many of them answered afterwards, by session and
    sector; and by session how many answered before and then did not come."""

    sessions: dict[int, Held]
    by_session: dict[int, list[Row]] = field(default_factory=dict)
    came: dict[tuple[int, str], int] = field(default_factory=dict)
    answered: dict[tuple[int, str], int] = field(default_factory=dict)
    stayed_away: dict[int, int] = field(default_factory=dict)


def by_session(rows: Iterable[Row]) -> dict[int, list[Row]]:
    """The ratings of each session."""
    found: defaultdict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(row)
    return dict(found)


def fitting(rows: dict[int, list[Row]], came: dict[tuple[int, str], int]) -> dict[int, list[Row]]:
    """Without the answers that know no booking of sessions in which more people rated themselves both times than came: nobody can tell which of
    them were not there, or answered twice."""
    there: dict[int, int] = {}
    for (session, _sector), count in came.items():
        there[session] = there.get(session, 0) + count
    return {session: of_session if pairs(of_session)[0] <= there.get(session, 0) else [row for row in of_session if row[1] != NOBODYS]
            for session, of_session in rows.items()}


@dataclass(frozen=True)
class Scope:
    """What a page is about: a course or all, a calendar year or all, one way of holding them or all, some sectors or all."""

    course: int | None = None
    year: int | None = None
    form: str | None = None
    sectors: tuple[str, ...] = ()

    def check(self) -> None:
        """Whether there is such a page. Only these combinations cannot be taken from each other to leave few people.

        Raises:
            Refused: there is none, and what to leave out.
        """
        if self.sectors and (self.course is not None or self.form is not None or self.year is None):
            raise Refused("A sector can be chosen for a whole year of all courses only. With more than that, pages taken from each other "
                          "could single people out. Choose a year and take the other choice away.")

    @property
    def level(self) -> Level:
        """Which sessions it may count."""
        return Level.COURSE if self.course is not None else Level.FORMAT if self.form is not None else Level.YEAR

    def holds(self, held: Held) -> bool:
        """Whether the session is part of it."""
        return self.course in (None, held.course) and self.year in (None, held.year) and self.form in (None, held.form)


Measure = Callable[[Iterable[Row]], tuple[int, ...]]


def pairs(rows: Iterable[Row]) -> tuple[int, ...]:
    """How many rated themselves before and after."""
    return (sum(row[6] for row in rows if row[2] is not None and row[4] is not None),)


def followed_up(rows: Iterable[Row]) -> tuple[int, ...]:
    """How many rated themselves all three times, and of those how many had gone up and how many had not."""
    all_three = [(row[2], row[4], row[6]) for row in rows if row[2] is not None and row[4] is not None and row[5] is not None]
    up = sum(count for before, after, count in all_three if after > before)
    everyone = sum(count for _before, _after, count in all_three)
    return everyone, up, everyone - up


def answered_again(rows: Iterable[Row]) -> tuple[int, ...]:
    """Of those who rated themselves afterwards: how many did so again months later, and how many did not."""
    after = [(row[5], row[6]) for row in rows if row[4] is not None]
    again = sum(count for later, count in after if later is not None)
    return again, sum(count for _later, count in after) - again


def looked_back(rows: Iterable[Row]) -> tuple[int, ...]:
    """How many rated their start both then and looking back."""
    return (sum(row[6] for row in rows if row[2] is not None and row[3] is not None),)


def different(rows: Iterable[Row]) -> tuple[int, ...]:
    """How many rated themselves only before, and how many only after."""
    one_of = [(row[2], row[4], row[6]) for row in rows if (row[2] is None) != (row[4] is None)]
    return (sum(count for before, _after, count in one_of if before is not None), sum(count for before, _after, count in one_of if before is None))


def placed(found: Answers, measure: Measure, now: datetime) -> dict[int, Placed]:
    """The sessions whose answers of this kind are counted, each with the smallest page that counts it."""
    after = FOLLOW_UP_SETTLED if measure in (followed_up, answered_again) else SETTLED
    return released(
        [Closing(held.session, held.course, held.form, held.year, held.settled_at(after), measure(found.by_session.get(held.session, ())))
         for held in found.sessions.values()], now,
    )


def counted(found: Answers, scope: Scope, places: dict[int, Placed]) -> Iterator[Row]:
    """The rows that the page counts."""
    return chain.from_iterable(
        of_sectors(found.by_session.get(number, ()), scope) for number, place in places.items()
        if place.level <= scope.level and scope.holds(found.sessions[number])
    )


def of_sectors(rows: Sequence[Row], scope: Scope) -> Sequence[Row]:
    """Those of a session's rows that are of the page's sectors."""
    return [row for row in rows if row[1] in scope.sectors] if scope.sectors else rows


def choosable_sectors(found: Answers, year: int, now: datetime) -> list[tuple[str, ...]]:
    """The groups of sectors that may be chosen for a year of all courses, once that year is over and closed; before it grows no more."""
    of_year = [held for held in found.sessions.values() if held.year == year]
    if now.year <= year or any(held.settled_at(SETTLED) > now for held in of_year):
        return []
    cells: dict[tuple[object, str], int] = {}
    places = placed(found, pairs, now)
    for row in counted(found, Scope(year=year), places):
        if row[2] is not None and row[4] is not None:
            key = (places[row[0]].batch, row[1])
            cells[key] = cells.get(key, 0) + row[6]
    return [group for group in sector_groups(cells) if NOBODYS not in group]
