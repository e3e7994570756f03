"""Random questions of courses' own, and what linear programming makes of their tables beside the attendances of each course."""

from collections import Counter

from app.evaluation.rules.asked import AllChosen, Asked
from app.evaluation.rules.stages import Stage
from tests.reporting import attack

KINDS = (
    ("one_of", ["Here", "There", "Nowhere"], (1, 2, 3)), ("several", ["A", "B", "C"], (1, 2, 3)), ("agree", [], (5, 4, 3, 2, 1)),
    ("scale_5", ["a", "b", "c", "d", "e"], (1, 2, 3, 4, 5)), ("number", ["0", "2"], (0, 1, 2)),
)
STAGES = (Stage.AFTER, Stage.AFTER, Stage.FOLLOW_UP, Stage.MANAGER, Stage.BEFORE)


def asked_in(rng, courses):
    """Some questions by number, and in which courses each is asked: in one, in some, in all."""
    questions, where = {}, {}
    for number in range(rng.randint(0, 4)):
        kind, options, _numbers = rng.choice(KINDS)
        questions[number] = Asked(f"own{number}", kind, f"Own question {number}?", options, number)
        where[number] = rng.choice(STAGES), rng.sample(sorted(courses), rng.choice((1, 1, rng.randint(1, len(courses)), len(courses))))
    return questions, where


def answered(rng, course, given, questions, where):
    """What somebody who came to this course answered: number of the question -> what they chose."""
    found = {}
    for number, asked in questions.items():
        stage, courses = where[number]
        if course not in courses or not takes_part(given, stage) or rng.random() < 0.1:
            continue
        numbers = numbers_of(asked)
        chosen = tuple(one for one in numbers if rng.random() < 0.3) if asked.kind == "several" else (rng.choices(numbers, (6, 3, 1, 1, 1)[:len(numbers)])[0],)
        if chosen:
            found[number] = chosen
    return found


def numbers_of(asked):
    return next(numbers for kind, _options, numbers in KINDS if kind == asked.kind)


def takes_part(given, stage):
    """Whether somebody who gave this answer (see `attack.answer`) answered at this stage."""
    if given is None:
        return False
    return stage in given[4] if stage in (Stage.FOLLOW_UP, Stage.MANAGER) else stage is Stage.AFTER or given[1] is not None


def chosen(people, questions, where):
    """The same as the database counts it."""
    rows = Counter()
    for session, _area, _agency, _kind, _said, own in people:
        for number, numbers in own.items():
            several = questions[number].kind == "several"
            rows[session, where[number][0], number, None if several else numbers[0], numbers if several else ()] += 1
    return AllChosen([(*key, count) for key, count in rows.items()], questions)


def recovered(found, reports, slack=lambda count: (count, count), hidden=None):
    """Small numbers that come out: of each course and area who gave an answer, who answered, who came and did not, and who answered anything.

    Unknown are of each course and area who came, who of those answered at the stage, and for each question who gave each answer, chose it not,
    or left it open. How many came to a course, and how many answered at a stage, is told by the reports' other tables.
    """
    return [(stage, *target) for stage in sorted({stage for stage, _courses in found.where.values()}, key=lambda one: one.value)
            for target in of_stage(found, reports, stage, slack, hidden)]


def of_stage(found, reports, stage, slack, hidden):
    mine = {number: found.counts.own.questions[number] for number, (at, _courses) in found.where.items() if at is stage}
    courses = sorted({row.course_id for row in found.counts.sessions})
    cells = [(course, area) for course in courses for area in attack.AREAS]
    names = [(what, *cell) for cell in cells for what in ("answered", "silent")]
    for number in mine:
        names += [(number, what, *cell) for cell in cells for what in kinds(found, number)]
    puzzle = attack.Puzzle(names)
    for number, asked in mine.items():
        for course, area in cells:
            if course not in found.where[number][1]:
                puzzle.nothing((number, what, course, area) for what in kinds(found, number))
                continue
            given = [(number, what, course, area) for what in kinds(found, number)]
            if asked.kind == "several":
                puzzle.says([(number, "did", course, area), (number, "open", course, area)], 0, minus=[("answered", course, area)])
                for option in numbers_of(asked):
                    puzzle.says([(number, option, course, area), (number, ("not", option), course, area)], 0, minus=[(number, "did", course, area)])
            else:
                puzzle.says(given, 0, minus=[("answered", course, area)])
    tell(puzzle, found, reports, stage, mine, slack, hidden)
    puzzle.solve()
    true = truth(found, stage, mine)
    assert puzzle.allows(true)
    return [(names, value) for names, value in targets(found, mine, courses, true) if puzzle.exposed(names, value)]


def kinds(found, number):
    """What may become of a question: an answer, or (of several) none of it, or it is left open."""
    asked = found.counts.own.questions[number]
    numbers = numbers_of(asked)
    return [*numbers, *((("not", option) for option in numbers) if asked.kind == "several" else ()), *(["did"] if asked.kind == "several" else ()), "open"]


def given(found, number, courses, areas):
    """Everybody who answered the question."""
    numbers = ["did"] if found.counts.own.questions[number].kind == "several" else numbers_of(found.counts.own.questions[number])
    return [(number, what, course, area) for what in numbers for course in courses for area in areas]


def tell(puzzle, found, reports, stage, mine, slack, hidden):
    def say(names, value):
        if value is not None:
            puzzle.says(names, *slack(value))
        elif hidden is not None:
            puzzle.says(names, *hidden)

    everywhere = sorted({row.course_id for row in found.counts.sessions})
    by_code = {found.counts.courses[number].code: number for number in everywhere}
    for report, areas in reports:
        def came(courses, areas=areas):
            return [(what, course, area) for what in ("answered", "silent") for course in courses for area in areas]

        say(came(everywhere), report["attendances"])
        for keys, value in attack.sums(report["by_course"] or [], lambda code: [by_code[code]] if code in by_code else [], everywhere, "attendances"):
            say(came(keys), value)
        responses = {Stage.AFTER: report["evaluation"]["responses"], Stage.BEFORE: before(report)}.get(stage) if stage in (
            Stage.AFTER, Stage.BEFORE) else report["practice"]["answers"][stage.value]["responses"]
        if stage is not Stage.BEFORE or hidden is None:
            say([("answered", course, area) for course in everywhere for area in areas], responses)
        by_name = {asked.code: number for number, asked in mine.items()}
        for one in report["own_questions"][stage.value]:
            number = by_name[one["code"]]
            courses = [by_code[course["code"]] for course in one["courses"]]
            say(given(found, number, courses, attack.AREAS), one["answered"])
            numbers = numbers_of(mine[number])
            for option, answer in zip(numbers, one["answers"], strict=True):
                say([(number, option, course, area) for course in courses for area in attack.AREAS], answer["people"])
            if one["mean"] is not None and one["answered"]:
                of = [(number, option, course, area) for option in numbers for course in courses for area in attack.AREAS]
                low, high = slack(one["answered"])
                puzzle.says(of, low * (one["mean"] - 0.0501), high * (one["mean"] + 0.0501), weights=[name[1] for name in of])


def before(report):
    """How many rated themselves before, as a report tells it."""
    change = report["evaluation"]["knowledge"]["change"]
    return None if None in (change["n_pairs"], change["n_only_before"]) else change["n_pairs"] + change["n_only_before"]


def truth(found, stage, mine):
    true, course_of = Counter(), {row.id: row.course_id for row in found.counts.sessions}
    for session, area, _agency, kind, said, own in found.people:
        if kind not in attack.CAME:
            continue
        cell = course_of[session], area
        if not takes_part(said, stage):
            true["silent", *cell] += 1
            continue
        true["answered", *cell] += 1
        for number, asked in mine.items():
            if cell[0] not in found.where[number][1]:
                continue
            if number not in own:
                true[number, "open", *cell] += 1
                continue
            if asked.kind == "several":
                true[number, "did", *cell] += 1
                true.update((number, option if option in own[number] else ("not", option), *cell) for option in numbers_of(asked))
            else:
                true[number, own[number][0], *cell] += 1
    return true


def targets(found, mine, courses, true):
    """Every small true number: in a course or in all that are asked, in all areas or in one."""
    for areas in (attack.AREAS, (1,), (2,)):
        for some in [(course,) for course in courses]:
            yield from small([("answered", course, area) for course in some for area in areas], true)
        for number, asked in mine.items():
            for some in [tuple(found.where[number][1]), *((course,) for course in found.where[number][1])]:
                there = [course for course in some if course in courses]
                for what in kinds(found, number):
                    yield from small([(number, what, course, area) for course in there for area in areas], true)
                yield from small([*given(found, number, there, areas)], true)
                if asked.kind != "several":
                    yield from small([*((number, "open", course, area) for course in there for area in areas),
                                      *(("silent", course, area) for course in there for area in areas)], true)


def small(names, true):
    value = sum(true[name] for name in names)
    if 0 < value < 5:
        yield names, value
