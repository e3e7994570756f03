"""The answers of a course's or the programme's page to every question without a figure of its own, by stage: how many gave each answer.

Each question is about other people, so each has batches of its own (see `releasing`): whatever pages are taken from each other, the people who
answered a question differ by none or by five or more.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.evaluation.rules.also import Also
from app.evaluation.rules.answered import FOLLOW_UP_SETTLED, SETTLED, Answers, Scope
from app.evaluation.rules.practice_said import ANSWERS, SAID
from app.evaluation.rules.question_types import QUESTION_TYPES
from app.evaluation.rules.releasing import Closing, released
from app.evaluation.rules.showing import FEWEST
from app.evaluation.rules.stages import Stage
from app.evaluation.rules.windows import LATER

WITH_FIGURES = {(Stage.BEFORE, "knowledge"), (Stage.AFTER, "knowledge"), (Stage.FOLLOW_UP, "knowledge"), (Stage.AFTER, "knowledge_then")}
"""Asked at another stage, the same stands among the other questions."""
OF_PRACTICE = ("one_thing_done", "used", "seen")
"""The questions about practice of the standard set; a course's own keep these codes while they measure the same."""
DONE_ASKED = "Did they do the one thing that they had named?"
"""On the form it stands below what the person had written."""
SOMEBODY = "your colleague"
"""Who stands on a page for the person whose name is in a manager's question."""

Chosen = tuple[int, Stage, int, int | None, Sequence[int], int]
"""Session, stage and question, the number or the numbers that were chosen, and how many people chose just these."""
Key = tuple[Stage, str, str, tuple[object, ...]]


@dataclass(frozen=True)
class Asked:
    """A question as one version words it: what it measures (`code`), where it stands, and whether only those are asked who gave a certain answer
    to another (`conditional`)."""

    code: str
    kind: str
    wording: str
    options: Sequence[str]
    position: int
    conditional: bool = False


@dataclass(frozen=True)
class AllChosen:
    """What was chosen, and the questions by their numbers, the latest wording last."""

    rows: Sequence[Chosen]
    questions: Mapping[int, Asked]


@dataclass
class OfQuestion(Also):
    """A question on such a page. `left_out`: how many more answered, in sessions that are too small to be counted there."""

    code: str = ""
    position: int = 0
    left_out: int = 0

    @property
    def in_words(self) -> str:
        """What it comes to, of a question about practice; else nothing."""
        said = SAID.get(self.code)
        if said is None or len(self.labels) != ANSWERS:
            return ""
        yes, second_yes, neither = (self.counts.get(number, 0) for number in (1, 2, 4))
        return said(yes, second_yes, neither, self.base)


def by_stage(found: Answers, chosen: AllChosen, scope: Scope, now: datetime) -> dict[Stage, list[OfQuestion]]:
    """What the page shows of each stage, in the order of the questions; none with sectors, which only the change is told apart by."""
    pages: dict[Stage, list[OfQuestion]] = {stage: [] for stage in Stage}
    if scope.sectors:
        return pages
    for (stage, code, kind, _scale), (asked, rows) in by_question(chosen).items():
        counts = _people(rows)
        sessions = counted_sessions(found, counts, scope, stage, now)
        closed = {held.session for held in found.sessions.values() if scope.holds(held) and held.settled_at(settled(stage)) <= now}
        one = OfQuestion(said_as(asked), QUESTION_TYPES[kind].labels(asked.options),
                         averaged=bool(QUESTION_TYPES[kind].anchors), code=code, position=asked.position)
        for session, _stage, _question, number, choices, people in rows:
            if session in sessions:
                one.add([number] if number is not None else choices, people)
        one.left_out = sum(people for session, people in counts.items() if session in closed) - one.base
        if one.base >= FEWEST:
            pages[stage].append(one)
    return {stage: sorted(questions, key=lambda one: (one.position, one.code)) for stage, questions in pages.items()}


def said_as(asked: Asked) -> str:
    """How the question stands on a page or in a report, where nobody has a name."""
    return DONE_ASKED if asked.kind == "one_thing_done" else asked.wording.replace("{name}", SOMEBODY)


def counted_sessions(found: Answers, people: Mapping[int, int], scope: Scope, stage: Stage, now: datetime) -> set[int]:
    """The sessions that the page counts for a question that so many people of each session answered."""
    places = released([Closing(held.session, held.course, held.form, held.year, held.settled_at(settled(stage)), (people.get(held.session, 0),))
                       for held in found.sessions.values()], now)
    return {session for session, place in places.items() if place.level <= scope.level and scope.holds(found.sessions[session])}


def settled(stage: Stage) -> timedelta:
    """So long after a session the answers of this stage grow no more."""
    return FOLLOW_UP_SETTLED if stage in LATER else SETTLED


def by_question(chosen: AllChosen) -> dict[Key, tuple[Asked, list[Chosen]]]:
    """The answers to what is the same question in several versions, with its latest wording and the bounds of all; without those with figures of
    their own."""
    latest: dict[Key, Asked] = {}
    rows: dict[Key, list[Chosen]] = {}
    keys: dict[tuple[Stage, int], Key] = {}
    stage_of = {row[2]: row[1] for row in chosen.rows}
    for number, asked in chosen.questions.items():
        asked_as, stage = QUESTION_TYPES[asked.kind], stage_of.get(number)
        if stage is None or asked_as.free or (stage, asked.code) in WITH_FIGURES:
            continue
        keys[stage, number] = key = (stage, asked.code, asked.kind, asked_as.scale(asked.options))
        latest[key] = replace(asked, options=asked_as.spanning(latest[key].options, asked.options)) if key in latest else asked
    for row in chosen.rows:
        key_of_row = keys.get((row[1], row[2]))
        if key_of_row is not None and (row[3] is not None or row[4]):
            rows.setdefault(key_of_row, []).append(row)
    return {key: (latest[key], of_question) for key, of_question in rows.items()}


def _people(rows: Iterable[Chosen]) -> dict[int, int]:
    found: dict[int, int] = {}
    for session, _stage, _question, _number, _choices, people in rows:
        found[session] = found.get(session, 0) + people
    return found
