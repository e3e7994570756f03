"""What a row of evaluations.csv must agree with: its session, its stage, the other answers of the same person."""

from collections.abc import Iterator
from typing import Any

from app.catalogue.rules import SessionStatus
from app.core.problems import shown
from app.evaluation.rules.stages import STATEMENTS, Stage
from app.imports.rules.known import Known


class Check:
    """Remembers who answered what when. `email` may be an opaque code, so it is not looked up among the people."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.lines: dict[tuple[Any, ...], int] = {}

    def __call__(self, row: dict[str, Any], line: int) -> Iterator[tuple[str, str]]:
        ref, stage = row.get("session"), row.get("stage")
        facts = self.known.sessions.get(ref) if ref else None
        if ref and ref not in self.known.of("sessions.csv", self.known.sessions):
            yield "session", f"{shown(ref)} is not in sessions.csv; add it there or correct it here"
        if facts and stage not in (None, Stage.BEFORE) and facts.status is SessionStatus.CANCELLED:
            yield "stage", f"'{stage.value}', but the session was cancelled; delete the row"
        if facts and stage not in (None, Stage.BEFORE) and facts.starts_at > self.known.now:
            yield "stage", f"'{stage.value}', but the session starts in the future; correct the session or the stage"
        if stage is Stage.BEFORE:
            yield from (
                (column, "is not asked before the session; leave it empty")
                for column in (*STATEMENTS, "comment") if row.get(column) is not None
            )
        key = (ref, row.get("email"), stage, row.get("submitted_at"))
        if all(key) and (first := self.lines.setdefault(key, line)) != line:
            yield "email", f"{shown(str(row['email']))} answered this at the same time in line {first}; keep one of the two rows"
