"""Every figure of a course's or the programme's page, out of the answers that the page counts."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from math import erfc, sqrt
from typing import Any

from app.evaluation.rules import answered
from app.evaluation.rules.answered import SETTLED, Answers, Row, Scope
from app.evaluation.rules.releasing import Level, Placed
from app.evaluation.rules.showing import ENOUGH, FEWEST, STILL_THERE
from app.evaluation.rules.statistics import courses, no_shows, paired, unpaired
from app.evaluation.rules.statistics.false_discovery import Flagged, flagged
from app.evaluation.rules.statistics.follow_up import follow_up
from app.evaluation.rules.statistics.funnel import Centre, Directions, FunnelPoint, centre, funnel
from app.evaluation.rules.statistics.looking_back import looking_back
from app.evaluation.rules.statistics.nonresponse import Stratum, nonresponse, standardised_differences
from app.evaluation.rules.statistics.paired import Table
from app.evaluation.rules.statistics.sessions import Clustered, clustered, share_interval, shown_interval
from app.evaluation.rules.statistics.shares import Interval

LEAST_COURSES, MOST_RANKED = 3, 8
WORTH_SAYING = 0.05
"""A weighted share is said when it differs from the plain one by more than this."""
OTHERS = 0.3
"""Those who answered again are others than those who did not when their ratings afterwards differ by so much, in points."""
UNEQUAL, BY_CHANCE = 0.1, 0.05
"""A group of sectors is said to have answered more or less than others from so many standard deviations on, where chance hardly explains it."""


@dataclass(frozen=True)
class Again:
    """How many of those who answered afterwards did so again months later, and what either had rated afterwards; none below ten."""

    count: int
    of: int
    rated: float | None
    others_rated: float | None

    @property
    def are_others(self) -> bool:
        """Whether those who answered again are told from those who did not by what they had rated."""
        return self.rated is not None and self.others_rated is not None and abs(self.rated - self.others_rated) >= OTHERS


@dataclass(frozen=True)
class Sector:
    """A group of sectors that answered more, or less, than the others."""

    names: tuple[str, ...]
    answered: int
    came: int
    more: bool


@dataclass(frozen=True)
class Silence:
    """Who did not answer, and how far they could move the share who went up."""

    came: int
    answered: int
    stayed_away: int
    """Who answered before and then did not come: in no other number here."""
    low: float | None
    high: float | None
    weighted: float | None
    """The share if each group of sectors had answered alike; none where it is not safe, or makes no difference worth saying."""
    unequal: list[Sector]


@dataclass(frozen=True)
class Funnel:
    """Courses with ten people or more beside each other, and how many have fewer."""

    points: list[FunnelPoint]
    shrunk: dict[str, float]
    centre: Centre
    flagged: Flagged
    small: int
    ranks: dict[str, Any] | None
    """Whether courses differ at all by Kruskal and Wallis; none with more than eight, where single courses are flagged instead."""


@dataclass(frozen=True)
class Figures:
    """What a page shows. A part that is none cannot be shown, or there is nothing to show."""

    change: dict[str, Any]
    people: Clustered
    interval: Interval
    up_interval: Interval
    sessions: int
    still_open: int
    left_out: int
    no_register: int
    """Sessions whose answers are all in and whose register is not finished: nobody knows who came, so nothing of them is counted."""
    silence: Silence
    kept: dict[str, Any] | None
    again: Again | None
    held: bool
    """Whether what was gained counts as held: the range of the change since lies above half a point down."""
    shift: dict[str, Any] | None
    two_groups: dict[str, Any] | None
    """Where too few answered both times: those who answered only before beside those who answered only after, which is not change."""
    funnel: Funnel | None
    sectors: list[tuple[str, ...]]


def figures(found: Answers, scope: Scope, now: datetime) -> Figures:
    """The figures of a page; `found` holds at least everything of the page's course, or of its year."""
    places = answered.placed(found, answered.pairs, now)
    held_there = [held for held in found.sessions.values() if scope.holds(held)]
    closed = {held.session for held in held_there if held.settled_at(SETTLED) <= now}
    both, scattered = _scattered(found, scope, closed)
    table, changes = _changes(answered.counted(found, scope, places))
    change = paired.paired(table, **scattered)
    people, ups = clustered(changes), _ups(changes)
    sectors = answered.choosable_sectors(found, scope.year, now) if scope.course is None and scope.year is not None and not scope.form else []
    kept = _kept(answered.counted(found, scope, answered.placed(found, answered.followed_up, now))) if not scope.sectors else None
    return Figures(
        change=change, people=people, interval=shown_interval(people), up_interval=share_interval(ups), sessions=len(people.sessions),
        still_open=sum(held.ends_at <= now < held.ends_at + SETTLED for held in held_there),
        left_out=max(0, both - change["n_pairs"]), no_register=sum(held.unmarked and held.ends_at + SETTLED <= now for held in held_there),
        silence=_silence(found, scope, closed, ups, _weighted(found, scope, places, closed, sectors), _unequal(found, closed, sectors)),
        kept=kept, again=_again(answered.counted(found, scope, answered.placed(found, answered.answered_again, now))) if kept else None,
        held=kept is not None and kept["t_ci"][0] is not None and kept["t_ci"][0] > STILL_THERE,
        shift=_shift(answered.counted(found, scope, answered.placed(found, answered.looked_back, now))) if not scope.sectors else None,
        two_groups=_two_groups(answered.counted(found, scope, answered.placed(found, answered.different, now)))
        if change["n_pairs"] < ENOUGH and not scope.sectors else None,
        funnel=_funnel(found, changes, places) if scope.course is None and not scope.sectors else None, sectors=sectors,
    )


def _scattered(found: Answers, scope: Scope, closed: set[int]) -> tuple[int, dict[str, int]]:
    """How many of those who came to the closed sessions answered both times; and how many only before, only after, and neither: together they
    are those who came, of each session too. Of those who answered anonymously only before, as many are taken as may have come."""
    came = _people(found.came, scope)
    sums = [0, 0, 0, 0]
    for number in closed:
        rows = answered.of_sectors(found.by_session.get(number, ()), scope)
        there, both = came.get(number, 0), answered.pairs(rows)[0]
        before, after = answered.different(rows)
        after = min(after, there - both)
        before = min(before, there - both - after)
        sums = [sum(pair) for pair in zip(sums, (both, before, after, there - both - before - after), strict=True)]
    return sums[0], dict(zip(("only_before", "only_after", "neither"), sums[1:], strict=True))


def _people(counts: dict[tuple[int, str], int], scope: Scope) -> dict[int, int]:
    """Of the page's sectors, by session."""
    found: dict[int, int] = {}
    for (session, sector), count in counts.items():
        if not scope.sectors or sector in scope.sectors:
            found[session] = found.get(session, 0) + count
    return found


def _changes(rows: Iterable[Row]) -> tuple[Table, dict[int, dict[int, int]]]:
    """Ratings before by ratings after; and how many people of each session changed by how much."""
    table = [[0] * 5 for _ in range(5)]
    by_session: defaultdict[int, dict[int, int]] = defaultdict(dict)
    for session, _sector, before, _then, after, _later, count in rows:
        if before is not None and after is not None:
            table[before - 1][after - 1] += count
            changes, change = by_session[session], after - before
            changes[change] = changes.get(change, 0) + count
    return table, dict(by_session)


def _ups(by_session: dict[int, dict[int, int]]) -> list[tuple[int, int]]:
    """(how many of a session, how many of them went up)."""
    return [(sum(changes.values()), sum(count for k, count in changes.items() if k > 0)) for changes in by_session.values()]


def _kept(rows: Iterable[Row]) -> dict[str, Any] | None:
    """What of the gains was there months later, of those who answered all three times; none below five who had gone up."""
    counts: dict[Any, int] = {}
    for _session, _sector, before, _then, after, later, count in rows:
        if before is not None and after is not None and later is not None:
            counts[before, after, later] = counts.get((before, after, later), 0) + count
    found = follow_up(counts)
    return found if found["improved_at_end"] >= FEWEST else None


def _again(rows: Iterable[Row]) -> Again | None:
    """Who answered again; none below five, or with one to four who did not."""
    ratings: tuple[list[int], list[int]] = [0] * 5, [0] * 5
    for _session, _sector, _before, _then, after, later, count in rows:
        if after is not None:
            ratings[later is None][after - 1] += count
    again, silent = sum(ratings[0]), sum(ratings[1])
    if again < FEWEST or 0 < silent < FEWEST:
        return None
    return Again(again, again + silent, *(_mean(counts) for counts in ratings))


def _mean(counts: list[int]) -> float | None:
    people = sum(counts)
    return sum(rating * count for rating, count in enumerate(counts, 1)) / people if people >= ENOUGH else None


def _shift(rows: Iterable[Row]) -> dict[str, Any] | None:
    """How people judged their starting point looking back; none below ten who did."""
    counts: dict[Any, int] = {}
    for _session, _sector, before, then, after, _later, count in rows:
        if before is not None and then is not None:
            counts[before, then, after] = counts.get((before, then, after), 0) + count
    found = looking_back(counts)
    return found if found["n_before_then"] >= ENOUGH else None


def _two_groups(rows: Iterable[Row]) -> dict[str, Any] | None:
    """Those who answered once, by when; none with under ten on either side."""
    before, after = [0] * 5, [0] * 5
    for _session, _sector, first, _then, last, _later, count in rows:
        if first is not None and last is None:
            before[first - 1] += count
        elif last is not None and first is None:
            after[last - 1] += count
    return unpaired.unpaired(before, after) if min(sum(before), sum(after)) >= ENOUGH else None


def _silence(found: Answers, scope: Scope, closed: set[int], ups: list[tuple[int, int]], weighted: float | None, unequal: list[Sector]) -> Silence:
    """Bounds on the share who went up of all who came (Horowitz & Manski 2000), those not counted taken as silent."""
    responded, up = sum(n for n, _up in ups), sum(y for _n, y in ups)
    came_to, answered_of = _people(found.came, scope), _people(found.answered, scope)
    came = sum(came_to.get(session, 0) for session in closed)
    said = sum(min(answered_of.get(session, 0), came_to.get(session, 0)) for session in closed)
    away = 0 if scope.sectors else sum(found.stayed_away.get(session, 0) for session in closed)
    whole = nonresponse({"all": Stratum(came, responded, up)})
    enough = responded >= FEWEST
    return Silence(came, said, away, whole["bound_low"] if enough else None, whole["bound_high"] if enough else None,
                   weighted if not scope.sectors else None, unequal if not scope.sectors else [])


def _weighted(found: Answers, scope: Scope, places: dict[int, Placed], closed: set[int], sectors: list[tuple[str, ...]]) -> float | None:
    """The share who went up if each group of sectors had answered alike, where it is told from the plain one."""
    if not sectors:
        return None
    group = {sector: index for index, names in enumerate(sectors) for sector in names}
    strata = dict.fromkeys(range(len(sectors)), Stratum(0, 0, 0))
    for (session, sector), count in found.came.items():
        if session in closed and sector in group:
            strata[group[sector]] += Stratum(count, 0, 0)
    for _session, sector, before, _then, after, _later, count in answered.counted(found, scope, places):
        if before is not None and after is not None and sector in group:
            strata[group[sector]] += Stratum(0, count, count if after > before else 0)
    result = nonresponse({str(name): one for name, one in strata.items()})
    plain, weighted = result["raw_share"], result["poststratified_share"]
    return weighted if plain is not None and abs(weighted - plain) > WORTH_SAYING else None


def _unequal(found: Answers, closed: set[int], sectors: list[tuple[str, ...]]) -> list[Sector]:
    """The groups of sectors that answered more or less than the others, as far as chance hardly explains it."""
    strata = {names: Stratum(0, 0, 0) for names in sectors}
    for names in sectors:
        came, said = (sum(count for (session, sector), count in counts.items() if session in closed and sector in names)
                      for counts in (found.came, found.answered))
        strata[names] = Stratum(came, min(said, came), 0)
    by_name = {str(number): one for number, one in enumerate(strata.values())}
    chance = nonresponse(by_name)["chi2_p"]
    if chance is None or chance >= BY_CHANCE:
        return []
    apart = standardised_differences(by_name)
    return [Sector(names, one.responded, one.attended, apart[number] > 0)
            for (names, one), number in zip(strata.items(), by_name, strict=True) if abs(apart[number]) >= UNEQUAL]


def _funnel(found: Answers, by_session: dict[int, dict[int, int]], places: dict[int, Placed]) -> Funnel | None:
    """Courses beside each other: each as its own page counts it."""
    changes: dict[int, dict[int, int]] = {}
    for session, of_session in by_session.items():
        if places[session].level is not Level.COURSE:
            continue
        of_course = changes.setdefault(found.sessions[session].course, {})
        for change, count in of_session.items():
            of_course[change] = of_course.get(change, 0) + count
    directions = [_directions(str(course), of_course) for course, of_course in sorted(changes.items())]
    large = [one for one in directions if one.n >= ENOUGH]
    middle = centre(large)
    if len(large) < LEAST_COURSES or middle is None:
        return None
    alike: dict[tuple[int, int], int] = {}
    for one in large:
        alike[one.n, one.up] = alike.get((one.n, one.up), 0) + 1
    fitted = no_shows.fit(alike)
    shrunk = {one.course: fitted.shrunk(one.n, one.up) for one in large} if fitted else {}
    ranks = courses.courses({one.course: changes[int(one.course)] for one in large}) if len(large) <= MOST_RANKED else None
    return Funnel(
        funnel(large), shrunk, middle, flagged((one.course, _unlike(one, middle)) for one in large), len(directions) - len(large), ranks,
    )


def _directions(course: str, changes: dict[int, int]) -> Directions:
    up, down = sum(count for k, count in changes.items() if k > 0), sum(count for k, count in changes.items() if k < 0)
    return Directions(course, up, changes.get(0, 0), down)


def _unlike(one: Directions, middle: Centre) -> float | None:
    """The two-sided chance that a course of this size lies so far from all courses' average (Spiegelhalter 2005)."""
    if not middle.spread:
        return None
    net = (one.up - one.down) / one.n
    return erfc(abs(net - middle.net) / (middle.spread / sqrt(one.n)) / sqrt(2))
