"""How often the 95% intervals hold the truth when people of one session are alike: the clustered one, and one that ignores sessions.

    .venv/bin/python benchmarks/coverage.py [DATA_SETS]

Changes are whole numbers from -4 to 4. Exit status 1 when the clustered interval holds the truth in fewer than 94 or more than 96 of 100
in any design, or when the one that ignores sessions does not fall short (then the simulation shows nothing).
"""

import sys
from pathlib import Path
from statistics import NormalDist
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]
LOW, HIGH, IGNORING = 0.94, 0.96, 0.80
ICC, RISE = 0.1, 0.7
LATENT = 0.1085
"""The share of variance between sessions before rounding, which leaves 0.1 after it."""

DESIGNS = ((3, 20), (5, 20), (10, 20), (32, 23), (100, 20))


def main() -> int:
    """Simulate each design and print how often each interval held the truth."""
    from app.evaluation.rules.statistics import distributions  # noqa: PLC0415

    data_sets = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    rng = distributions.arrays().random.default_rng(20_241)
    print(f"{data_sets:,} data sets each; the true mean change is {truth():.6f}")
    print(f"{'sessions':>8}{'people in each':>16}{'mean ICC':>10}{'clustered':>12}{'limits':>14}{'ignoring sessions':>20}{'limit':>8}")
    fine = True
    for sessions, people in DESIGNS:
        icc, clustered, ignoring = coverage(rng, sessions, people, data_sets)
        fine = fine and LOW <= clustered <= HIGH and ignoring < IGNORING
        print(f"{sessions:>8}{people:>16}{icc:>10.3f}{clustered:>12.3f}{LOW:>8} to {HIGH}{ignoring:>18.3f}{'< ' + str(IGNORING):>8}")
    return 0 if fine else 1


def truth() -> float:
    """The mean of a normal change with variance 1 once it is rounded and kept between -4 and 4."""
    below = NormalDist(RISE, 1).cdf
    return sum(k * ((1 if k == 4 else below(k + 0.5)) - (0 if k == -4 else below(k - 0.5))) for k in range(-4, 5))


def coverage(rng: Any, sessions: int, people: int, data_sets: int) -> tuple[float, float, float]:
    """The mean ICC, and the shares of data sets whose interval held the truth: clustered, and Student's of all people alike."""
    from app.evaluation.rules.statistics import distributions  # noqa: PLC0415
    from app.evaluation.rules.statistics.sessions import Clustered  # noqa: PLC0415

    np, true = distributions.arrays(), truth()
    alone = distributions.t_quantile(0.975, sessions * people - 1)
    icc, clustered, ignoring = 0.0, 0, 0
    for _ in range(data_sets):
        between = rng.normal(RISE, LATENT**0.5, (sessions, 1))
        changes = np.clip(np.rint(between + rng.normal(0, (1 - LATENT) ** 0.5, (sessions, people))), -4, 4).astype(int)
        sums = zip([people] * sessions, changes.sum(axis=1).tolist(), (changes**2).sum(axis=1).tolist(), strict=True)
        found = Clustered(tuple(sums))
        low, high = found.interval
        clustered += low <= true <= high
        ignoring += abs(found.mean - true) <= alone * found.naive_se
        icc += found.icc
    return icc / data_sets, clustered / data_sets, ignoring / data_sets


if __name__ == "__main__":
    sys.exit(main())
