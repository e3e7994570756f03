"""Of the answers to a period those that the pages of courses and of the programme count as well (see `evaluation.rules.releasing`).

What a report told of people whom every page leaves out, because their sessions are small, would come out by taking a page from it. The three
statements of earlier years stay whole, as their numbers were printed and must come out again.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from app.catalogue.rules import SessionStatus
from app.evaluation.queries.of_period import Area
from app.evaluation.rules import answered
from app.evaluation.rules.answered import Answers, Held, Scope
from app.evaluation.rules.asked import AllChosen, by_question, counted_sessions
from app.evaluation.rules.stages import STATEMENTS, Stage

Rating = tuple[int, Area, int | None, int | None, int | None, int]
Numbered = tuple[int, Area, str, int, int]
Practised = tuple[int, Area, Stage, str, tuple[int, ...], int]


class OnPages:
    """The sessions of a period (each with `ends_at`) and which of them are counted for a question."""

    def __init__(self, sessions: Sequence[Any], now: datetime) -> None:
        held = (SessionStatus.SCHEDULED, SessionStatus.DELIVERED)
        self.now = now
        self.sessions = {row.id: Held(row.id, row.course_id, row.format.value, row.last_day.year, row.ends_at, row.finished_at, row.unmarked)
                         for row in sessions if row.status in held}

    def ratings(self, rows: Sequence[Rating]) -> list[Rating]:
        """Who is left out of the change has no rating before, who is left out of what was kept none months later."""
        of_people = [(session, "", before, None, after, later, count) for session, _area, before, after, later, count in rows]
        found = Answers(self.sessions, answered.by_session(of_people))
        pairs, again = (answered.placed(found, measure, self.now) for measure in (answered.pairs, answered.followed_up))
        return [
            (session, area, before if after is None or session in pairs else None, after, later if session in again else None, count)
            for session, area, before, after, later, count in rows
        ]

    def numbers(self, rows: Sequence[Numbered], earlier: Collection[int]) -> list[Numbered]:
        """Of ratings after a session and of statements; of statements all in `earlier` sessions, whose answers came from files."""
        people: dict[str, dict[int, int]] = {}
        for session, _area, code, _number, count in rows:
            of_question = people.setdefault(code, {})
            of_question[session] = of_question.get(session, 0) + count
        counted = {code: self._sessions(of_question, Stage.AFTER) for code, of_question in people.items()}
        return [row for row in rows if row[0] in counted[row[2]] or (row[2] in STATEMENTS and row[0] in earlier)]

    def practice(self, rows: Sequence[Practised]) -> list[Practised]:
        """Of what was answered about practice."""
        people: dict[tuple[Stage, str], dict[int, int]] = {}
        for session, _area, stage, code, numbers, count in rows:
            if numbers:
                of_question = people.setdefault((stage, code), {})
                of_question[session] = of_question.get(session, 0) + count
        counted = {key: self._sessions(of_question, key[0]) for key, of_question in people.items()}
        return [row for row in rows if row[0] in counted.get((row[2], row[3]), ())]

    def own(self, chosen: AllChosen) -> AllChosen:
        """Of questions that coordinators added."""
        kept = []
        for (stage, *_rest), (_asked, rows) in by_question(chosen).items():
            people: dict[int, int] = {}
            for session, _stage, _question, _number, _choices, count in rows:
                people[session] = people.get(session, 0) + count
            counted = self._sessions(people, stage)
            kept += [row for row in rows if row[0] in counted]
        return AllChosen(kept, chosen.questions)

    def _sessions(self, people: dict[int, int], stage: Stage) -> set[int]:
        return counted_sessions(Answers(self.sessions), people, Scope(), stage, self.now)
