"""Of those who came no more have answered than came, in each session.

Who gave an anonymous answer cannot be looked up in the register, so there may be more answers than people: somebody answered before and then did
not come, or twice. What is too many is taken from the answers without an area, as nobody's booking is known of them: first from those who
rated themselves only before, then from those who did so only after.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from app.reporting.rules.counting import Area

Rating = int | None
Rated = tuple[int, Area, Rating, Rating, Rating, int]
"""Session, area, knowledge before, after and at follow-up, people."""


def responses(rows: Iterable[tuple[int, Area, int]], came: Mapping[int, int]) -> dict[Area, int]:
    """How many answered, by area, out of (session, area, people)."""
    found: dict[Area, int] = {}
    left = dict(came)
    for session, area, count in sorted(rows, key=lambda row: row[1] is None):
        fits = min(count, left.get(session, 0))
        left[session] = left.get(session, 0) - fits
        found[area] = found.get(area, 0) + fits
    return found


def ratings(rows: Sequence[Rated], came: Mapping[int, int]) -> list[Rated]:
    """The ratings that fit. Where more rated themselves both times than may have come, nobody can tell which of them did, so none is counted."""
    kept = [row for row in rows if row[1] is not None or not _rated(row)]
    known, unknown = _by_session(filter(_rated, kept)), [row for row in rows if row[1] is None and _rated(row)]
    room = {session: count - known[session] for session, count in came.items()}
    over = {session for session, count in _by_session(filter(_twice, unknown)).items() if count > room.get(session, 0)}
    for row in sorted(unknown, key=lambda row: (not _twice(row), row[3] is None)):
        fits = 0 if _twice(row) and row[0] in over else min(row[5], room.get(row[0], 0))
        room[row[0]] = room.get(row[0], 0) - fits
        kept += [(*row[:5], fits)] if fits else []
    return kept


def _by_session(rows: Iterable[Rated]) -> Counter[int]:
    people: Counter[int] = Counter()
    for session, *_ratings, count in rows:
        people[session] += count
    return people


def _twice(row: Rated) -> bool:
    return None not in row[2:4]


def _rated(row: Rated) -> bool:
    return row[2:4] != (None, None)
