"""Whom the register marks absent is not among those who answered a session's questions, and taking them out tells nobody's answers.

On the page of a session marks and answers can both change from one look to the next. If one person's answers went when they are marked absent,
whoever takes the register could read what somebody said from the page before and after. So people go five at a time: with the one who was
absent also those whose answers came in with theirs. Where nothing changes any more, they go alone: see `queries.of_session.sent`.
"""

from collections.abc import Collection
from dataclasses import replace

from app.evaluation.rules.showing import FEWEST
from app.evaluation.rules.shown import TWICE, Shown


def without_absent(found: Shown, absent: Collection[int], *, team: bool) -> tuple[Shown, int]:
    """What is shown without the responses of those who were absent, and how many people are taken out with them.

    Of those who are not shown yet the absent ones leave alone.
    """
    count = len(found.responses)
    gone = {place for first, end in _fives(count, count if team else found.in_time) for place in range(first, end)
            if any(found.responses[one] in absent or found.everybody[one] in absent for one in range(first, end))}
    unseen = {place for place in range(count, found.people) if found.everybody[place] in absent}
    kept = [place for place in range(found.people) if place not in gone | unseen]
    return replace(
        found, responses=[found.responses[place] for place in kept if place < count], everybody=[found.everybody[place] for place in kept],
        in_time=sum(place < found.in_time for place in kept),
    ), len(gone)


def _fives(count: int, in_time: int) -> list[tuple[int, int]]:
    """From where to where the groups go in which people are added to the page: fives, with those who are left over at the close in the last of
    them for who gives the session (`rules.shown`)."""
    first = min(count, in_time if in_time >= TWICE else in_time // FEWEST * FEWEST)
    starts = [*range(0, first - FEWEST + 1, FEWEST), *range(first, count, FEWEST)]
    return list(zip(starts, [*starts, count][1:], strict=True))
