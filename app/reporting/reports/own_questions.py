"""The questions that coordinators added to the standard ones, and what of their answers may be printed: the same in every report of a period.

A question is asked of the people of a few courses, whose attendances are printed too. So a publication counts it only in courses in which
neither those who answered it nor those who came and did not are few, and never where it was asked only of those who gave a certain answer
to another question. Like examples of practice, the answers are not split by partnership.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.evaluation.rules.asked import Asked, Chosen, by_question, said_as
from app.evaluation.rules.question_types import QUESTION_TYPES, QuestionType
from app.evaluation.rules.stages import Stage
from app.evaluation.rules.windows import LATER
from app.reporting.reports.breakdowns import People
from app.reporting.reports.gathering import Gathered
from app.reporting.rules import disclosure
from app.reporting.rules.counting import ATTENDANCES, Audience
from app.reporting.rules.publishing import ALL, Answers

MOST_ROWS = 11
"""A number that may be any of more than so many is told in bands."""
BANDS = 5
PRECISE = 20
"""A mean of one decimal is published from so many people for each point between the lowest and the highest answer: then anybody may have given
any of them."""
TOO_FEW = "too few people answered, or all but a few did"
CONDITIONAL = "it was asked only of those who gave a certain answer to another question"

Own = dict[str, list[dict[str, Any]]]


@dataclass
class _Question:
    """A question and its answers in each course."""

    stage: Stage
    asked: Asked
    rows: dict[int, list[Chosen]]
    left_out: bool = False
    answered: dict[int, int] = field(init=False)

    def __post_init__(self) -> None:
        self.answered = {course: sum(row[5] for row in rows) for course, rows in self.rows.items()}

    @property
    def people(self) -> int:
        """How many answered it in the courses that are counted."""
        return sum(self.answered[course] for course in self.rows)

    @property
    def name(self) -> str:
        """Its name among what is withheld."""
        return f"own_questions.{self.stage.value}.{self.asked.code}"


def own_questions(counts: Gathered, people: People, audience: Audience, told: Answers = ALL) -> Own:
    """By stage: each such question with how many gave each answer, how many answered, in which courses; a number that may not be printed is None."""
    course_of = {row.id: row.course_id for row in counts.sessions}
    found: list[_Question] = []
    conditional = {asked.code for asked in counts.own.questions.values() if asked.conditional}
    for (stage, _code, _kind, _scale), (asked, rows) in by_question(counts.own).items():
        in_courses: dict[int, list[Chosen]] = {}
        for row in rows:
            if row[0] in course_of:
                in_courses.setdefault(course_of[row[0]], []).append(row)
        if in_courses and (told.later if stage in LATER else told.after):
            found.append(_Question(stage, asked, in_courses))
    if people.publication:
        found = _printable(found, counts, people, conditional)
    place = {course: index for index, course in enumerate(counts.courses)}
    found.sort(key=lambda one: (min(place[course] for course in one.rows), one.asked.position, one.asked.code))
    return {stage.value: [_told(one, counts, people, audience) for one in found if one.stage is stage] for stage in Stage}


def _printable(questions: Sequence[_Question], counts: Gathered, people: People, conditional: Collection[str]) -> list[_Question]:
    """Those that may be printed, each in the courses in which it may be; why the others are not is noted."""
    if not questions:
        return []
    came: Counter[int] = Counter()
    for row in counts.sessions:
        if row.id in counts.by_session:
            came[row.course_id] += counts.by_session[row.id].of(ATTENDANCES, people.areas)
    found = []
    for one in questions:
        if one.asked.code in conditional:
            people.withheld[one.name] = CONDITIONAL
            continue
        rows = {course: rows for course, rows in one.rows.items() if _safe(one.answered[course], came[course])}
        if rows:
            found.append(_Question(one.stage, one.asked, rows, left_out=len(rows) < len(one.rows)))
        else:
            people.withheld[one.name] = TOO_FEW
    kept = [one for stage in Stage for one in _apart([one for one in found if one.stage is stage], _responses(counts, stage))]
    people.withheld.update({one.name: TOO_FEW for one in found if not any(one is other for other in kept)})
    return kept


def _safe(answered: int, came: int) -> bool:
    return answered >= disclosure.THRESHOLD and disclosure.safe(max(0, came - answered))


def _responses(counts: Gathered, stage: Stage) -> int:
    """How many answered anything at this stage, as far as a report tells it."""
    if stage is Stage.BEFORE:
        return sum(count for _session, _area, before, _after, _later, count in counts.said.ratings if before is not None)
    if stage is Stage.AFTER:
        return sum(counts.said.responses.values())
    return sum(count for (_area, at), count in counts.said.later.items() if at is stage)


def _apart(questions: list[_Question], responses: int) -> list[_Question]:
    """As many questions of a stage as leave no few people over when all of them are taken from everybody who answered at that stage.

    In each course at least as many answered as answered any of its questions. When nobody is left besides, so many answered exactly, and who
    left a question open must not be few either.
    """
    kept = sorted(questions, key=lambda one: -one.people)
    while kept:
        most: dict[int, int] = {}
        for one in kept:
            for course in one.rows:
                most[course] = max(most.get(course, 0), one.answered[course])
        left = max(0, responses - sum(most.values()))
        opened = [sum(most[course] - one.answered[course] for course in one.rows) for one in kept]
        if disclosure.safe(left) and (left or all(map(disclosure.safe, opened))):
            break
        kept.pop()
    return kept


def _told(one: _Question, counts: Gathered, people: People, audience: Audience) -> dict[str, Any]:
    kind, options = QUESTION_TYPES[one.asked.kind], one.asked.options
    labels = kind.labels(options) or _bands(options)
    numbers: Counter[int] = Counter()
    for rows in one.rows.values():
        for _session, _stage, _question, number, choices, count in rows:
            numbers.update(dict.fromkeys([number] if number is not None else choices, count))
    names = {number: f"{number} {label}".strip() if kind.anchors else label for number, label in labels.items()}
    answers = _added(names, numbers)
    return {
        "code": one.asked.code, "question": said_as(one.asked),
        "courses": [{"code": course.code, "title": course.title} for number, course in counts.courses.items() if number in one.rows],
        "courses_left_out": one.left_out, "several": kind.many, "answered": one.people,
        "answers": [{"answer": name, "people": count} for name, count in _shown(answers, one, people, several=kind.many).items()],
        "mean": _mean(numbers, one.people, _span(kind, options), audience),
    }


def _span(kind: QuestionType, options: Sequence[str]) -> int:
    """From the lowest to the highest answer of a scale or a number; 0 where answers are no numbers."""
    labels = kind.labels(options)
    low, high = _bounds(options) if not labels else (min(labels), max(labels)) if kind.anchors else (0, 0)
    return high - low


def _added(names: Mapping[int, str], numbers: Mapping[int, int]) -> dict[str, int]:
    found = dict.fromkeys(names.values(), 0)
    lowest = sorted(names)
    for number, count in numbers.items():
        place = max((first for first in lowest if first <= number), default=lowest[0])
        found[names[place]] += count
    return found


def _shown(answers: dict[str, int], one: _Question, people: People, *, several: bool) -> Mapping[str, int | None]:
    if not people.publication:
        return answers
    if several:
        small = {name for name, count in answers.items() if not (disclosure.safe(count) and disclosure.safe(one.people - count))}
    else:
        small = disclosure.withheld_categories([answers])
    if small:
        people.withheld[f"{one.name}: {', '.join(sorted(small))}"] = "some of the numbers are small, or would give small ones away"
    return {name: None if name in small else count for name, count in answers.items()}


def _bounds(options: Sequence[str]) -> tuple[int, int]:
    low, high = (int(one) for one in options)
    return low, high


def _bands(options: Sequence[str]) -> dict[int, str]:
    """The numbers that may be given, each band by its lowest."""
    low, high = _bounds(options)
    many = high - low + 1
    width = 1 if many <= MOST_ROWS else -(-many // BANDS)
    return {first: _band(first, min(high, first + width - 1)) for first in range(low, high + 1, width)}


def _band(first: int, last: int) -> str:
    return f"{first:,}" if first == last else f"{first:,} to {last:,}"


def _mean(numbers: Mapping[int, int], people: int, span: int, audience: Audience) -> float | None:
    """The average of a scale or a number: none of too few people, and in a publication with one decimal."""
    if not span or people < (disclosure.ENOUGH if audience is Audience.INTERNAL else PRECISE * span):
        return None
    mean = sum(number * count for number, count in numbers.items()) / people
    return mean if audience is Audience.INTERNAL else round(mean, 1)


def questions_of(own: Mapping[str, Sequence[dict[str, Any]]]) -> Iterable[tuple[Stage, dict[str, Any]]]:
    """Each question with its stage, in their order."""
    for stage in Stage:
        for one in own.get(stage.value, ()):
            yield stage, one
