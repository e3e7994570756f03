"""What is wrong with this installation at the moment, as an operator and a coordinator should know it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.core.jobs import HEARTBEAT, LETTERS, SILENT_AFTER
from app.mail.rules import fates


@dataclass(frozen=True)
class Health:
    """What was found: whether the database answers, when the worker and the sending of letters were last heard of, and how letters leave.

    `leaving` says that letters leave this installation at all.
    """

    database: bool
    heard: Mapping[str, datetime]
    leaving: bool = False
    oldest_due_at: datetime | None = None
    waits_since: datetime | None = None
    last_sent_at: datetime | None = None

    def failing(self, now: datetime) -> list[str]:
        """The parts that do not work, by name; none when all is well."""
        if not self.database:
            return ["database"]
        found = ["worker"] if self._silent(HEARTBEAT, now) else []
        stopped = fates.stopped_since(self.waits_since, self.last_sent_at, now) is not None
        return [*found, *(["letters"] if self.leaving and (stopped or self._silent(LETTERS, now)) else [])]

    def seen(self, now: datetime) -> dict[str, object]:
        """The page for operators: states and seconds, nothing about anybody."""
        failing = self.failing(now)
        return {
            "status": "failing" if failing else "ok", "failing": failing, "database": "answers" if self.database else "away",
            "worker_seconds": _seconds(self.heard.get(HEARTBEAT), now), "letters_seconds": _seconds(self.heard.get(LETTERS), now),
            "letters": "leave" if self.leaving else "are kept here", "oldest_due_letter_seconds": _seconds(self.oldest_due_at, now),
        }

    def _silent(self, name: str, now: datetime) -> bool:
        last = self.heard.get(name)
        return last is None or now - last > SILENT_AFTER


def _seconds(moment: datetime | None, now: datetime) -> int | None:
    return None if moment is None else max(0, int((now - moment).total_seconds()))
