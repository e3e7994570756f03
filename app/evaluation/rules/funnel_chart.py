"""Where the marks and the limits of a funnel of courses lie on a drawing, in hundredths of its width and pixels of its height."""

from dataclasses import dataclass
from itertools import pairwise
from math import sqrt

from app.evaluation.rules.figures import Funnel
from app.evaluation.rules.statistics.distributions import Z95
from app.evaluation.rules.statistics.funnel import Z998

HEIGHT = 220
STEPS = 24
Line = tuple[float, float, float, float]
"""From (across, down) to (across, down)."""


@dataclass(frozen=True)
class Drawing:
    """Marks as (course, across, down), the middle as a height, the limits as short lines: the narrow and the wide pair."""

    marks: list[tuple[str, float, float]]
    middle: float
    narrow: list[Line]
    wide: list[Line]
    most: int

    @property
    def height(self) -> int:
        """How high it is in pixels."""
        return HEIGHT


def drawn(found: Funnel) -> Drawing:
    """The drawing of a funnel: people across from 0, net improvement from -1 at the foot to 1 at the head."""
    most = max(point.n for point in found.points)
    reach = 1.08 * most

    def across(n: float) -> float:
        return round(100 * n / reach, 2)

    def down(net: float) -> float:
        return round(HEIGHT * (1 - max(-1.0, min(1.0, net))) / 2, 1)

    def limit(z: float) -> list[Line]:
        sizes = [max(1.0, reach * (step / STEPS) ** 2) for step in range(1, STEPS + 1)]
        lines = []
        for side in (-1, 1):
            points = [(across(n), down(found.centre.net + side * z * found.centre.spread / sqrt(n))) for n in sizes]
            lines += [(*one, *two) for one, two in pairwise(points)]
        return lines

    marks = [(point.course, across(point.n), down(point.net or 0.0)) for point in found.points]
    return Drawing(marks, down(found.centre.net), limit(Z95), limit(Z998), most)
