"""The other door to SciPy: its solvers and special functions, imported when first used, for what has no closed form."""

from collections.abc import Sequence
from functools import cache
from typing import Any


@cache
def _special() -> Any:
    from scipy import special  # noqa: PLC0415  (slow to import)

    return special


@cache
def _optimise() -> Any:
    from scipy import optimize  # noqa: PLC0415  (slow to import)

    return optimize


@cache
def _sparse() -> Any:
    from scipy import sparse  # noqa: PLC0415  (slow to import)

    return sparse


def log_beta(a: Any, b: Any) -> Any:
    """The logarithm of the beta function; arrays welcome."""
    return _special().betaln(a, b)


def digamma(x: Any) -> Any:
    """The derivative of log gamma; arrays welcome."""
    return _special().digamma(x)


def trigamma(x: Any) -> Any:
    """The second derivative of log gamma; arrays welcome."""
    return _special().zeta(2.0, x)


def log_choose(n: Any, k: Any) -> Any:
    """The logarithm of how many ways there are to choose k of n; arrays welcome."""
    return -_special().betaln(n - k + 1, k + 1) - _special().log1p(n)


def log_power(x: Any, y: Any) -> Any:
    """x times the logarithm of y, and 0 where x is 0; arrays welcome."""
    return _special().xlogy(x, y)


def cheapest_choice(costs: Sequence[float], needs: Sequence[tuple[dict[int, float], float]], nodes: int) -> list[bool] | None:
    """Which of the things to choose so that every need is met at least cost; none if there is no way or it would take too long.

    A need is what each thing adds, by its index, and how much must come together. `nodes` bounds the search, the same on every machine.
    """
    optimise = _optimise()
    matrix = _matrix(needs, len(costs))
    found = optimise.milp(
        list(costs), integrality=[1] * len(costs), bounds=optimise.Bounds(0, 1),
        constraints=[optimise.LinearConstraint(matrix, lb=[enough for _weights, enough in needs])] if needs else [],
        options={"node_limit": nodes, "mip_rel_gap": 0.0},
    )
    return [bool(x > 0.5) for x in found.x] if found.status == 0 else None


def table_that_agrees(
    equations: Sequence[tuple[dict[int, float], float]], bounds: Sequence[tuple[float, float]], towards: Sequence[float]
) -> list[float] | None:
    """Values of the unknowns that meet the equations within the bounds, as far as can be in this direction; none if there are none."""
    found = _optimise().linprog(
        [-weight for weight in towards], A_eq=_matrix(equations, len(bounds)), b_eq=[total for _weights, total in equations],
        bounds=list(bounds), method="highs",
    )
    return [float(x) for x in found.x] if found.status == 0 else None


def _matrix(equations: Sequence[tuple[dict[int, float], float]], count: int) -> Any:
    entries = [(row, index, weight) for row, (weights, _total) in enumerate(equations) for index, weight in weights.items()]
    return _sparse().csr_array(
        ([weight for _r, _i, weight in entries], ([row for row, _i, _w in entries], [index for _r, index, _w in entries])),
        shape=(len(equations), count),
    )


def extremes(
    equations: Sequence[tuple[dict[int, float], float]], bounds: Sequence[tuple[float, float | None]], wanted: Sequence[int],
    within: Sequence[tuple[float, float]],
) -> tuple[list[float], list[float]] | None:
    """The least and the most that each wanted unknown can be, by linear programming; none if the equations cannot be met.

    `within` bounds what is asked for each wanted unknown, so that the answer is finite. All are asked in one programme, a copy of
    the equations for each question, since a programme of independent blocks is solved block by block.
    """
    count, questions = len(bounds), [(index, sign, limits) for index, limits in zip(wanted, within, strict=True) for sign in (1, -1)]
    if not questions:
        return [], []
    one = _matrix(equations, count)
    objective = [0.0] * (count * len(questions))
    all_bounds: list[tuple[float, float | None]] = list(bounds) * len(questions)
    for block, (index, sign, limits) in enumerate(questions):
        objective[block * count + index] = float(sign)
        all_bounds[block * count + index] = limits
    totals = [total for _weights, total in equations] * len(questions)
    found = _optimise().linprog(
        objective, A_eq=_sparse().block_diag([one] * len(questions), format="csr"), b_eq=totals, bounds=all_bounds, method="highs"
    )
    if found.status != 0:
        return None
    values = [float(found.x[block * count + index]) for block, (index, _sign, _limits) in enumerate(questions)]
    return values[::2], values[1::2]


def logistic(x: Any) -> Any:
    """1 / (1 + e^-x), without overflow; arrays welcome."""
    return _special().expit(x)
