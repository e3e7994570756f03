"""The way to the top of a smooth surface over two numbers, between bounds: Newton's steps, shortened where they would lead down."""

from collections.abc import Callable
from math import sqrt
from typing import NamedTuple

Place = tuple[float, float]
Bounds = tuple[Place, Place]
"""The lowest and the highest of the first number, and of the second."""

LONGEST_STEP = 2.0
NEAR = 1e-12
NOISE = 1e-14
"""By so much of itself a height may be wrong; slopes are known better, so a step is not refused for it."""


class Height(NamedTuple):
    """How high it is, the slope in both directions, and how the slope changes: by the first, by both, by the second."""

    value: float
    slope: tuple[float, float]
    bend: tuple[float, float, float]


def climbed(surface: Callable[[Place], Height], start: Place, bounds: Bounds) -> tuple[Place, float]:
    """The top that lies uphill from the start, and how high it is."""
    here = _inside(start, bounds)
    height = surface(here)
    for _step in range(200):
        move = _move(here, height, bounds)
        there, reached = _uphill(surface, here, height, move, bounds)
        far = max(abs(there[0] - here[0]), abs(there[1] - here[1]))
        here, height = there, reached
        if far < NEAR:
            break
    return here, height.value


def _inside(place: Place, bounds: Bounds) -> Place:
    first, second = (min(max(x, low), high) for x, (low, high) in zip(place, bounds, strict=True))
    return first, second


def _move(here: Place, height: Height, bounds: Bounds) -> Place:
    """Newton's step in the directions that are free: not out of a bound that is reached."""
    free = [
        not ((x <= low and slope <= 0) or (x >= high and slope >= 0))
        for x, slope, (low, high) in zip(here, height.slope, bounds, strict=True)
    ]
    down = (-height.bend[0], -height.bend[1], -height.bend[2])
    if all(free):
        return _shortened(_newton(height.slope, down))
    return _shortened((_along(height.slope[0], down[0]) if free[0] else 0.0, _along(height.slope[1], down[2]) if free[1] else 0.0))


def _newton(slope: tuple[float, float], bend: tuple[float, float, float]) -> Place:
    """The step to where a bowl of this slope and bend would be level; where it is no bowl, it is bent until it is one."""
    a, b, c = bend
    least = (a + c) / 2 - sqrt(((a - c) / 2) ** 2 + b * b)
    largest = max(abs(a), abs(b), abs(c), 1e-300)
    if least <= 1e-10 * largest:
        more = 1e-3 * largest - least
        a, c = a + more, c + more
    whole = a * c - b * b
    return (c * slope[0] - b * slope[1]) / whole, (a * slope[1] - b * slope[0]) / whole


def _along(slope: float, bend: float) -> float:
    return slope / bend if bend > 0 else (LONGEST_STEP if slope > 0 else -LONGEST_STEP if slope < 0 else 0.0)


def _shortened(move: Place) -> Place:
    far = max(abs(move[0]), abs(move[1]))
    return move if far <= LONGEST_STEP else (move[0] * LONGEST_STEP / far, move[1] * LONGEST_STEP / far)


def _uphill(surface: Callable[[Place], Height], here: Place, height: Height, move: Place, bounds: Bounds) -> tuple[Place, Height]:
    """As much of the move as does not lead down; none of it where no part does."""
    for _half in range(50):
        there = _inside((here[0] + move[0], here[1] + move[1]), bounds)
        reached = surface(there)
        if reached.value >= height.value - NOISE * (1 + abs(height.value)):
            return there, reached
        move = move[0] / 2, move[1] / 2
    return here, height
