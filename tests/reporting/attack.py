"""Random programmes, what is published of them, and what linear programming makes of all of it together."""

import json
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import product
from random import Random
from types import SimpleNamespace

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array, vstack

from app.catalogue.rules import Format, SessionStatus
from app.core.periods import Period
from app.evaluation.rules.asked import AllChosen
from app.evaluation.rules.stages import AGREEMENT_CODES, STATEMENTS, Stage
from app.reporting.renderers.as_json import as_json
from app.reporting.reports.annual import composed
from app.reporting.reports.gathering import Gathered, Partner, SaidInPeriod
from app.reporting.reports.practice_answers import QUESTIONS, USED
from app.reporting.rules.counting import KINDS, Audience, Tally
from tests.reporting import own_attack, told_attack

PERIOD = Period(date(2025, 1, 1), date(2025, 12, 31))
CAME = ("attended", "partly_attended", "walk_ins")
OF = {"attendances": CAME} | {kind: (kind,) for kind in KINDS}
MEASURES = ("attendances", "partly_attended", "walk_ins", "no_shows", "excused", "cancelled_by_delegate")
AREAS = (1, 2, None)


@dataclass
class World:
    """What was counted, person by person: (session, area, agency, kind), their answers, and those to questions of their course's own; and by
    number of such a question when and in which courses it is asked."""

    counts: Gathered
    people: list
    where: dict = field(default_factory=dict)


def world(rng, most=200):
    """A random year of at most so many people on a few sessions of a few courses, agencies and sectors."""
    courses = {number: SimpleNamespace(id=number, code=f"c{number}", title=f"Course {number}") for number in range(1, rng.randint(2, 6))}
    sectors = ["police", "schools", "health", None][:rng.randint(1, 4)]
    agencies = {n: SimpleNamespace(id=n, code=f"a{n}", name=f"Agency {n}", sector=rng.choice(sectors)) for n in range(1, rng.randint(2, 7))}
    sessions = [SimpleNamespace(
        id=number, ref=f"s{number}", course_id=rng.choice(list(courses)), format=rng.choice(list(Format)[:rng.randint(1, 3)]), capacity=30,
        status=SessionStatus.CANCELLED if rng.random() < 0.15 else SessionStatus.DELIVERED, cancel_reason=None,
        last_day=date(2025, rng.randint(1, rng.choice((1, 3, 12))), 5)) for number in range(rng.randint(1, 8))]
    sessions.sort(key=lambda row: row.last_day)
    people = []
    weights = [rng.random() ** 2 for _ in sessions]
    rare = rng.random()
    questions, where = own_attack.asked_in(rng, courses)
    for _ in range(rng.randint(1, rng.choice((10, 60, most)))):
        session = rng.choices(sessions, weights)[0]
        held = session.status is SessionStatus.DELIVERED
        kind = rng.choices(KINDS[:6] if held else (KINDS[5], KINDS[6]), (10, rare, rare, 4, rare, 2) if held else (1, 3))[0]
        said = answer(rng) if kind in CAME else None
        own = own_attack.answered(rng, session.course_id, said, questions, where)
        people.append((session.id, rng.choices(AREAS, (5, 2, 1))[0], rng.choice([*agencies, None]), kind, said, own))
    told = told_attack.told(Random(repr(people)))
    return World(replace(counted(people, courses, agencies, sessions, rng), own=own_attack.chosen(people, questions, where), told=told), people, where)


def one_session(*groups):
    """A year of one session: of each group the area, how many people, and their rating before and after; "silent" where they answered nothing."""
    course = SimpleNamespace(id=1, code="c1", title="Course 1")
    agency = SimpleNamespace(id=1, code="a1", name="Agency 1", sector="police")
    session = SimpleNamespace(id=0, ref="s0", course_id=1, format=next(iter(Format)), capacity=300, status=SessionStatus.DELIVERED, cancel_reason=None,
                              last_day=date(2025, 3, 5))
    agreed = dict.fromkeys(STATEMENTS, next(iter(AGREEMENT_CODES)))
    people = [(0, area, 1, "attended", None if rated == "silent" else (agreed, *rated, None, {}), {}) for area, count, rated in groups for _ in range(count)]
    return World(counted(people, {1: course}, {1: agency}, [session], Random(1)), people, {})


def answer(rng):
    """(statements by code, before, after, later) of somebody who came; None for what was not answered, all None for silence."""
    if rng.random() < 0.3:
        return None
    said = {code: rng.choices(list(AGREEMENT_CODES), (6, 3, 1, 0.3, 0.2))[0] if rng.random() < 0.95 else None for code in STATEMENTS}
    before = rng.choice((1, 2, 2, 3, 3, 4, 5)) if rng.random() < 0.8 else None
    after = min(5, max(1, (before or 3) + rng.choice((-1, 0, 1, 1, 1, 2)))) if rng.random() < 0.9 else None
    later = rng.choice((None, None, 2, 3, 4))
    return said, before, after, later, practised(rng, later)


def practised(rng, later):
    """What somebody, and their manager, answered about practice, by stage and question."""
    found = {}
    if later is not None or rng.random() < 0.1:
        used = tuple(number for number in range(1, len(USED) + 1) if rng.random() < 0.3)
        found[Stage.FOLLOW_UP] = {"one_thing_done": rng.choice(((1,), (1,), (2,), (3,), (4,), ())), "used": used}
    if rng.random() < 0.4:
        found[Stage.MANAGER] = {"seen": rng.choice(((1,), (1,), (2,), (3,), (4,), ()))}
    return found


def counted(people, courses, agencies, sessions, rng):
    """The counts that the database would give."""
    later, practice = Counter(), Counter()
    for _session, area, _agency, _kind, said, _own in people:
        for stage, answers in (said[4] if said else {}).items():
            later[area, stage] += 1
            practice.update((area, code, numbers) for code, numbers in answers.items() if numbers)
    by_session, by_agency, responses, numbers, ratings = {}, {}, Counter(), Counter(), Counter()
    for session, area, agency, kind, said, _own in people:
        by_session.setdefault(session, Tally()).add(area, kind, 1)
        by_agency.setdefault(agency, Tally()).add(area, kind, 1)
        if said:
            responses[area] += 1
            statements, before, after, rated_later, _practice = said
            for code, level in (*statements.items(), ("knowledge", after)):
                if level is not None:
                    numbers[area, code, level] += 1
            ratings[session, area, before, after, rated_later] += 1
    came = Counter(area for _s, area, _a, kind, _said, _own in people if kind in CAME)
    tags = [(course, f"p{tag}", f"Priority {tag}") for course in courses for tag in range(3) if rng.random() < 0.4]
    return Gathered(
        partnerships=[Partner(1, "north", "North"), Partner(2, "south", "South")], sessions=sessions,
        courses={row.course_id: courses[row.course_id] for row in sessions}, tags=[tag for tag in tags if tag[0] in {s.course_id for s in sessions}],
        by_session=by_session, by_agency=by_agency, distinct=(sum(came.values()), dict(came)), agencies=agencies, contributions=(0, 0), views={},
        views_before={}, briefings=[], registers_missing=0, first_delivered=date(2025, 1, 1), told=told_attack.Told({}, (), ()), own=AllChosen((), {}),
        said=SaidInPeriod(dict(responses), [(*key, count) for key, count in numbers.items()], [(*key, count) for key, count in ratings.items()],
                          dict(later), [(*key, count) for key, count in practice.items()]))


def published(found, audience=Audience.PUBLICATION):
    """The reports of all and of each partnership, as they are read back from their JSON, with the areas that each is about."""
    codes = ((None, AREAS), ("north", (1,)), ("south", (2,)))
    fresh = [replace(found.counts) for _ in codes]
    return [(json.loads(as_json(composed(one, period=PERIOD, partnership_code=code, audience=audience))), areas)
            for one, (code, areas) in zip(fresh, codes, strict=True)]


class Puzzle:
    """Unknown counts of people, sums of which are published; each is 0 or more. How far each sum of interest can still be."""

    def __init__(self, unknowns):
        self.place = {name: index for index, name in enumerate(unknowns)}
        self.rows, self.lows, self.highs = [], [], []

    def says(self, names, low, high=None, *, minus=(), weights=None):
        """These unknowns, less some others or each so many times, come to so much, or to between two numbers."""
        times = weights or [1] * len(names)
        self.rows.append([*((self.place[name], weight) for name, weight in zip(names, times, strict=True)), *((self.place[name], -1) for name in minus)])
        self.lows.append(low)
        self.highs.append(low if high is None else high)

    def nothing(self, names):
        """These are known to be 0."""
        self.says(list(names), 0)

    def solve(self):
        """Write the sums as matrices; from here on nothing more is said."""
        entries = [(row, column, weight) for row, columns in enumerate(self.rows) for column, weight in columns]
        matrix = csr_array(([w for _r, _c, w in entries], ([r for r, _c, _w in entries], [c for _r, c, _w in entries])),
                           shape=(len(self.rows), len(self.place)), dtype=float)
        exact = np.array([low == high for low, high in zip(self.lows, self.highs, strict=True)], dtype=bool)
        near, lows, highs = matrix[~exact], np.array(self.lows, dtype=float), np.array(self.highs, dtype=float)
        self.given = {"A_eq": matrix[exact], "b_eq": lows[exact]} if exact.any() else {}
        if not exact.all():
            self.given |= {"A_ub": vstack([near, -near], format="csr"), "b_ub": np.concatenate([highs[~exact], -lows[~exact]])}
        self.matrix, self.low, self.high = matrix, lows, highs
        rng = np.random.default_rng(len(self.rows))
        self.witnesses = [self.furthest(rng.choice((-1.0, 1.0), len(self.place)) * (rng.random(len(self.place)) < 0.5)) for _ in range(6)]

    def allows(self, true):
        """Whether these numbers could be the true ones: the truth must be."""
        values = self.matrix @ np.array([true[name] for name in self.place], dtype=float)
        return bool(np.all(values >= self.low - 1e-6) and np.all(values <= self.high + 1e-6))

    def furthest(self, towards):
        """The unknowns as far as they can be in this direction; no count is over a thousand."""
        found = linprog(-towards, bounds=(0, 1000), method="highs", **self.given)
        assert found.status == 0, found.message
        return found.x

    def exposed(self, names, value):
        """Whether the number cannot be any other: neither one more nor one less."""
        direction = np.zeros(len(self.place))
        direction[[self.place[name] for name in names]] = 1
        if any(abs(direction @ seen - value) >= 1 - 1e-6 for seen in self.witnesses):
            return False
        self.witnesses += [self.furthest(direction), self.furthest(-direction)]
        return all(abs(direction @ seen - value) < 1 - 1e-6 for seen in self.witnesses[-2:])


def bookings_recovered(found, reports, slack=lambda count: (count, count), hidden=None):
    """Small numbers of the tables by session and by agency that come out, with what they are.

    `slack` says between what a printed number lies, `hidden` between what one that is withheld does, if that is known.
    """
    session_names = [("s", row.id, area, kind) for row in found.counts.sessions for area in AREAS for kind in KINDS]
    agency_names = [("a", agency, area, kind) for agency in [*found.counts.agencies, None] for area in AREAS for kind in KINDS]
    puzzle = Puzzle([*session_names, *agency_names])
    for row in found.counts.sessions:  # what everybody knows: nobody came to a session that was cancelled
        cancelled = row.status is SessionStatus.CANCELLED
        wrong = KINDS[:5] if cancelled else (KINDS[6],)
        puzzle.nothing(("s", row.id, area, kind) for area in AREAS for kind in wrong)
    for area, kind in product(AREAS, KINDS):
        agencies = [("a", agency, area, kind) for agency in [*found.counts.agencies, None]]
        sessions = [("s", row.id, area, kind) for row in found.counts.sessions]
        puzzle.says(sessions, 0, minus=agencies)
    for report, areas in reports:
        everyone = [row.id for row in found.counts.sessions]
        for measure in (*MEASURES, "bookings_on_cancelled_sessions"):
            told(puzzle, "s", everyone, areas, measure, report[measure], slack, hidden)
        for table, members, total in tables(found):
            rows = report[table]
            if rows is None:
                continue
            for measure in MEASURES:
                for keys, value in sums(rows, members, total, measure):
                    told(puzzle, "a" if table in ("by_agency", "by_sector") else "s", keys, areas, measure, value, slack, hidden)
    puzzle.solve()
    true = Counter()
    for session, area, agency, kind, _said, _own in found.people:
        true.update([("s", session, area, kind), ("a", agency, area, kind)])
    assert puzzle.allows(true)
    return [target for target in targets(found, true) if puzzle.exposed(*target)]


def told(puzzle, side, keys, areas, measure, value, slack, hidden):
    """One printed number."""
    names = [(side, key, area, kind) for key in keys for area in areas for kind in OF[measure]]
    if value is not None:
        puzzle.says(names, *slack(value))
    elif hidden is not None:
        puzzle.says(names, *hidden)


def tables(found):
    """(table, which sessions or agencies a row's code or name stands for, all of them)."""
    counts = found.counts
    groups = {
        "by_course": {counts.courses[row.course_id].code: None for row in counts.sessions}, "by_month": {}, "by_format": {}, "by_priority": {},
    }
    everyone = [row.id for row in counts.sessions]
    of = {
        "by_course": lambda code: [row.id for row in counts.sessions if counts.courses[row.course_id].code == code],
        "by_month": lambda code: [row.id for row in counts.sessions if f"{row.last_day:%Y-%m}" == code],
        "by_format": lambda code: [row.id for row in counts.sessions if row.format.value == code],
        "by_priority": lambda code: [row.id for row in counts.sessions if (row.course_id, code) in {(c, p) for c, p, _n in counts.tags}],
    }
    found_tables = [(table, of[table], None if table == "by_priority" else everyone) for table in groups]
    agencies = {agency.code: [number] for number, agency in counts.agencies.items()}
    there = list(counts.by_agency)
    found_tables.append(("by_agency", lambda code: agencies.get(code, []), there))
    sectors = {}
    for number in there:
        sectors.setdefault((counts.agencies[number].sector if number else None) or "Not known", []).append(number)
    found_tables.append(("by_sector", lambda name: sectors.get(name, []), there))
    return found_tables


def sums(rows, members, everyone, measure):
    """Each row by what it is made of; rows that were put together, in one sum: what is not printed alone."""
    alone, joined = [], []
    for row in rows:
        keys = members(row.get("code") or (row["name"] if "code" not in row else ""))
        (alone if keys else joined).append((keys, row[measure]))
    yield from alone
    if everyone is not None and joined and None not in [value for _keys, value in joined]:
        listed = {key for keys, _value in alone for key in keys}
        yield [key for key in everyone if key not in listed], sum(value for _keys, value in joined)


def targets(found, true):
    """Every small true number that somebody may be after: of a course, month, format, priority, agency or sector, in all or in one area."""
    seen = set()
    for table, members, everyone in tables(found):
        side = "a" if table in ("by_agency", "by_sector") else "s"
        codes = {
            "by_course": {c.code for c in found.counts.courses.values()}, "by_month": {f"{r.last_day:%Y-%m}" for r in found.counts.sessions},
            "by_format": {r.format.value for r in found.counts.sessions}, "by_priority": {p for _c, p, _n in found.counts.tags},
            "by_agency": {a.code for a in found.counts.agencies.values()},
            "by_sector": {a.sector or "Not known" for a in found.counts.agencies.values()},
        }[table]
        for keys in [*(tuple(members(code)) for code in sorted(codes)), *([tuple(everyone)] if everyone else [])]:
            for areas in (AREAS, (1,), (2,)):
                for measure in ("attendances", "no_shows"):
                    names = tuple((side, key, area, kind) for key in keys for area in areas for kind in OF[measure])
                    value = sum(true[name] for name in names)
                    if 0 < value < 5 and names not in seen:
                        seen.add(names)
                        yield names, value


GIVEN = (None, 1, 2, 3, 4, 5)
EMPTY = {
    "responses": None, "statements": {code: dict.fromkeys([*AGREEMENT_CODES.values(), "answered"]) for code in STATEMENTS},
    "knowledge": {
        "after": dict.fromkeys(["1", "2", "3", "4", "5", "answered"]),
        "change": dict.fromkeys(["n_pairs", "n_only_before", "n_only_after", "up", "same", "down", "at5_after", "at5_before", "transition"]),
        "follow_up": dict.fromkeys(["n_all_three", "improved_at_end", "kept", "partly", "lost"]),
    },
}


def answers_recovered(found, reports, slack=lambda count: (count, count), hidden=None):
    """Small numbers of the answers that come out, with what they are."""
    ratings = [("r", area, *given) for area in AREAS for given in product(GIVEN, repeat=3)]
    levels = [("q", code, area, level) for code in STATEMENTS for area in AREAS for level in (*AGREEMENT_CODES, None)]
    silent = [("silent", area) for area in AREAS]
    puzzle = Puzzle([*ratings, *levels, *silent])
    for code, area in product(STATEMENTS, AREAS):
        puzzle.says([name for name in levels if name[1:3] == (code, area)], 0, minus=[name for name in ratings if name[1] == area])
    for report, areas in reports:
        said = report["evaluation"]
        for names, value in printed(said, [name for name in ratings if name[1] in areas], [name for name in levels if name[2] in areas]):
            if value is not None:
                puzzle.says(names, *slack(value))
            elif hidden is not None:
                puzzle.says(names, *hidden)
        averages(puzzle, said["knowledge"]["change"], [name for name in ratings if name[1] in areas])
        came = [name for name in (*ratings, *silent) if name[1] in areas]
        for names, value in ((came, report["attendances"]), ([name for name in came if neither(name)], said["knowledge"]["change"]["n_neither"])):
            if value is not None:
                puzzle.says(names, *slack(value))
            elif hidden is not None:
                puzzle.says(names, *hidden)
    true = Counter(("r", area, *said[1:4]) for _s, area, _a, _k, said, _own in found.people if said)
    true.update(("silent", area) for _s, area, _a, kind, said, _own in found.people if kind in CAME and not said)
    true.update(("q", code, area, level) for _s, area, _a, _k, said, _own in found.people if said for code, level in said[0].items())
    puzzle.solve()
    assert puzzle.allows(true)
    wanted = []
    for areas in (AREAS, (1,), (2,)):
        of_areas = [name for name in ratings if name[1] in areas], [name for name in levels if name[2] in areas]
        wanted += [tuple(names) for names, _value in printed(EMPTY, *of_areas)]
        wanted += [tuple(name for name in (*ratings, *silent) if name[1] in areas and left(name)) for left in (neither, without_rating, is_silent)]
        wanted += [tuple(name for name in levels if name[1:] == (code, name[2], None) and name[2] in areas) for code in STATEMENTS]
    return [(names, value) for names in dict.fromkeys(wanted) if 0 < (value := sum(true[name] for name in names)) < 5 and puzzle.exposed(names, value)]


def both(name):
    """Whether this unknown counts people who rated themselves both times."""
    return name[2] is not None and name[3] is not None


def is_silent(name):
    """Whether this unknown counts people who came and answered nothing."""
    return name[0] == "silent"


def neither(name):
    """Whether it counts people who came and rated themselves neither before nor after."""
    return is_silent(name) or name[2:4] == (None, None)


def without_rating(name):
    """Whether it counts people who answered after the session and left their rating open."""
    return not is_silent(name) and name[3] is None


def printed(said, ratings, levels):
    """(what a number counts, the number) for each count of answers in a report."""
    yield ratings, said["responses"]
    for code, counts in said["statements"].items():
        mine = [name for name in levels if name[1] == code]
        yield [name for name in mine if name[3] is not None], counts["answered"]
        for level, word in AGREEMENT_CODES.items():
            yield [name for name in mine if name[3] == level], counts[word]
    after, change, later = (said["knowledge"][part] for part in ("after", "change", "follow_up"))
    yield [name for name in ratings if name[3] is not None], after["answered"]
    for rating in range(1, 6):
        yield [name for name in ratings if name[3] == rating], after[str(rating)]
    pairs = [name for name in ratings if both(name)]
    yield pairs, change["n_pairs"]
    yield [name for name in ratings if name[2] is not None and name[3] is None], change["n_only_before"]
    yield [name for name in ratings if name[2] is None and name[3] is not None], change["n_only_after"]
    for word, test in (("up", lambda d: d > 0), ("same", lambda d: d == 0), ("down", lambda d: d < 0)):
        yield [name for name in pairs if test(name[3] - name[2])], change[word]
    yield [name for name in pairs if name[3] == 5], change["at5_after"]
    yield [name for name in pairs if name[2] == 5], change["at5_before"]
    for b, a in product(range(1, 6), repeat=2):
        yield [name for name in pairs if name[2:4] == (b, a)], change["transition"] and change["transition"][b - 1][a - 1]
    again = [name for name in pairs if name[4] is not None]
    risen = [name for name in again if name[3] > name[2]]
    yield again, later["n_all_three"]
    yield risen, later["improved_at_end"]
    yield [name for name in risen if name[4] >= name[3]], later["kept"]
    yield [name for name in risen if name[2] < name[4] < name[3]], later["partly"]
    yield [name for name in risen if name[4] <= name[2]], later["lost"]


def averages(puzzle, change, ratings):
    """What averages of one decimal tell."""
    pairs = [name for name in ratings if both(name)]
    for word, place in (("mean_before", 2), ("mean_after", 3)):
        mean, n = change[word], change["n_pairs"]
        if mean is not None and n:
            puzzle.says(pairs, n * (mean - 0.0501), n * (mean + 0.0501), weights=[name[place] for name in pairs])


def examples_recovered(found, reports):
    """Small numbers of examples of practice that come out, with the quotes counted."""
    return told_attack.recovered(found.counts.told, [report for report, _areas in reports], Puzzle(told_attack.unknowns()))


def practice_recovered(found, reports, slack=lambda count: (count, count), hidden=None):
    """Small numbers of what was answered about practice that come out: of each stage who answered, each answer, and who did not give it.

    Unknown are, for each area and question, how many gave each answer, how many answered without it, and how many left it open.
    """
    recovered = []
    for stage, questions in QUESTIONS.items():
        for code, options in questions.items():
            puzzle, of = _practice_puzzle(stage, code, options, reports, slack, hidden)
            true = _practice_true(found, stage, code, options)
            puzzle.solve()
            assert puzzle.allows(true)
            for areas in (AREAS, (1,), (2,)):
                for names in of(areas):
                    value = sum(true[name] for name in names)
                    if 0 < value < 5 and puzzle.exposed(names, value):
                        recovered.append((stage.value, code, areas, names, value))
    return recovered


def _practice_puzzle(stage, code, options, reports, slack, hidden):
    several = code == "used"
    kinds = [*((option, chosen) for option in options for chosen in ((True, False) if several else (True,))), "open", "silent"]
    puzzle = Puzzle([("p", area, kind) for area in AREAS for kind in kinds] + [("a", area) for area in AREAS])

    def answered(areas):
        return [("p", area, (option, True)) for area in areas for option in options]

    if several:  # who chose an option and who answered without it come to everybody who answered
        for area in AREAS:
            for option in options:
                puzzle.says([("p", area, (option, True)), ("p", area, (option, False))], 0, minus=[("a", area)])
    else:
        for area in AREAS:
            puzzle.says(answered([area]), 0, minus=[("a", area)])

    def of(areas):
        for option in options:
            yield tuple(("p", area, (option, True)) for area in areas)
            if several:
                yield tuple(("p", area, (option, False)) for area in areas)
        yield tuple(("a", area) for area in areas)
        yield tuple(("p", area, "open") for area in areas)
        yield tuple(("p", area, "silent") for area in areas)
        yield tuple(name for area in areas for name in (("a", area), ("p", area, "open")))

    for report, areas in reports:
        told = report["practice"]["answers"][stage.value]
        everybody = [name for area in areas for name in (("a", area), ("p", area, "open"))]
        sums = [(everybody, told["responses"]), ([("a", area) for area in areas], told[code]["answered"]),
                ([*everybody, *(("p", area, "silent") for area in areas)], report["attendances"])]
        sums += [([("p", area, (option, True)) for area in areas], told[code][option]) for option in options]
        for names, value in sums:
            if value is not None:
                puzzle.says(names, *slack(value))
            elif hidden is not None:
                puzzle.says(names, *hidden)
    return puzzle, of


def _practice_true(found, stage, code, options):
    true = Counter()
    for _session, area, _agency, kind, said, _own in found.people:
        if kind not in CAME:
            continue
        if not said or stage not in said[4]:
            true["p", area, "silent"] += 1
            continue
        numbers = said[4][stage][code]
        true["p" if not numbers else "a", area, *(["open"] if not numbers else [])] += 1
        for place, option in enumerate(options, start=1):
            if numbers:
                true["p", area, (option, place in numbers)] += 1
    return true
