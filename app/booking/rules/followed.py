"""What letters did: places that came back soon after a letter, and which of them somebody else took. Whether a letter was opened is never asked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

WITHIN = timedelta(hours=48)


@dataclass(frozen=True)
class Return:
    """A place that was given back without that being undone: at which session, when, by whom, and what had left to them before."""

    id: int
    session_id: int
    course_id: int
    at: datetime
    person_id: int
    letters: Sequence[tuple[str, datetime]] = ()

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of letters that had left in the 48 hours before."""
        return frozenset(kind for kind, sent_at in self.letters if sent_at <= self.at < sent_at + WITHIN)


def filled_again(returns: Iterable[Return], taken: Iterable[tuple[int, datetime, int]]) -> frozenset[int]:
    """Which of these returns were followed by somebody else at the same session. `taken`: at which session, when and by whom.

    Each place that is taken stands for one return, the earliest that is still without: so no return is counted as filled by another's gain. Who
    takes a place again that they gave back stands for their own, which nobody else has filled.
    """
    free: dict[int, list[Return]] = {}
    filled: set[int] = set()
    moments: list[tuple[datetime, int, int, int, Return | None]] = [(one.at, 0, one.session_id, one.person_id, one) for one in returns]
    moments += [(at, 1, session_id, person_id, None) for session_id, at, person_id in taken]
    for _at, _order, session_id, person_id, one in sorted(moments, key=lambda moment: moment[:4]):
        left = free.setdefault(session_id, [])
        own = next((back for back in left if back.person_id == person_id), None)
        if one is not None:
            left.append(one)
        elif own is not None:
            left.remove(own)
        elif left:
            filled.add(left.pop(0).id)
    return frozenset(filled)


@dataclass(frozen=True)
class Row:
    """What one kind of letter did for one course in a month: how many left, how many places came back within 48 hours, how many were filled."""

    course_id: int
    kind: str
    sent: int
    back: int
    filled: int


def rows(sent: Iterable[tuple[int, str, int]], returns: Sequence[Return], filled: frozenset[int]) -> list[Row]:
    """A row for each course and kind of which letters left. A return counts for every kind that had left in the 48 hours before it."""
    found = []
    for course_id, kind, count in sent:
        back = [one.id for one in returns if one.course_id == course_id and kind in one.kinds]
        found.append(Row(course_id, kind, count, len(back), len(filled.intersection(back))))
    return found
