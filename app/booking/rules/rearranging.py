"""What becomes of a session whose trainer cannot give it: it is called off, given to another trainer, or moved to another time."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from datetime import date as day_of

from app.catalogue.rules import SessionStatus
from app.core.errors import Refused
from app.core.london import exists_in_london, from_london, london

Parts = Sequence[tuple[datetime, datetime]]


@dataclass(frozen=True)
class Stands:
    """Where a session stands, who gives it, and when it starts."""

    status: SessionStatus
    trainer_id: int | None
    starts_at: datetime


@dataclass(frozen=True)
class Cancelling:
    """A session to call off, and another date of its course on which those who had a place are offered one first."""

    session_id: int
    other_id: int | None = None

    def __str__(self) -> str:
        return f"{self.session_id}:{self.other_id or 0}"

    def is_done(self, stands: Stands) -> bool:
        """Whether the session stands so."""
        return stands.status is SessionStatus.CANCELLED


@dataclass(frozen=True)
class Giving:
    """A session that another trainer gives."""

    session_id: int
    trainer_id: int

    def __str__(self) -> str:
        return f"{self.session_id}:to{self.trainer_id}"

    def is_done(self, stands: Stands) -> bool:
        """Whether the session stands so."""
        return stands.trainer_id == self.trainer_id


@dataclass(frozen=True)
class Moving:
    """A session that starts at another moment; it is as long as before, and its parts lie as far apart."""

    session_id: int
    starts_at: datetime

    def __str__(self) -> str:
        return f"{self.session_id}:at{int(self.starts_at.timestamp())}"

    def is_done(self, stands: Stands) -> bool:
        """Whether the session stands so."""
        return stands.starts_at == self.starts_at


Step = Cancelling | Giving | Moving
_STEP = re.compile(r"(\d{1,9}):(to|at|)(\d{1,10})")


def carried(steps: Iterable[Step]) -> str:
    """The steps as a page carries them."""
    return ",".join(map(str, steps))


def read(text: str) -> list[Step]:
    """The same from the page; what is none of ours is left out."""
    return [_step(int(found[1]), found[2], int(found[3])) for one in text.split(",") if (found := _STEP.fullmatch(one))]


def _step(session_id: int, what: str, number: int) -> Step:
    if what == "to":
        return Giving(session_id, number)
    return Moving(session_id, datetime.fromtimestamp(number, UTC)) if what == "at" else Cancelling(session_id, number or None)


def parts_from(parts: Parts, day: day_of, at: time) -> list[tuple[datetime, datetime]]:
    """The parts of a session that starts then: each as long as before, and at the same distance by the clock on the wall.

    Raises:
        Refused: clocks in London skip the start of one of them.
    """
    later = datetime.combine(day, at) - london(parts[0][0]).replace(tzinfo=None)
    found = []
    for starts_at, ends_at in parts:
        wall = london(starts_at).replace(tzinfo=None) + later
        if not exists_in_london(wall.date(), wall.time()):
            raise Refused(f"Clocks skip {wall:%H:%M} on {wall.day} {wall:%B %Y}. Choose another time.")
        moved = from_london(wall.date(), wall.time())
        found.append((moved, moved + (ends_at - starts_at)))
    return found


def how(trainer_id: int | None, capacity: int, parts: Parts, place: str | None) -> str:
    """By whom, when, where and for how many a session is, as a page carries it: a digest."""
    told = "; ".join([f"{trainer_id} {capacity} {place}", *(f"{starts_at.timestamp()} {ends_at.timestamp()}" for starts_at, ends_at in parts)])
    return hashlib.sha256(told.encode()).hexdigest()[:20]
