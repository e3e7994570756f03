"""The statistics against independent sources: enumeration of every sign, closed forms, and published numbers."""

from fractions import Fraction
from itertools import product
from math import comb, isclose

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from app.evaluation.rules.statistics.mean_change import bootstrap, hedges_j, t_interval
from app.evaluation.rules.statistics.paired import paired
from app.evaluation.rules.statistics.shares import clopper_pearson, jeffreys, net_improvement, wilson
from app.evaluation.rules.statistics.signed_rank import sign_test, signed_rank

changes_of_few = st.lists(st.integers(-4, 4), min_size=1, max_size=10)


def counted(changes):
    return {k: changes.count(k) for k in range(-4, 5)}


def ranks(changes, zeros):
    """Average ranks of the sizes of the changes, by counting who is smaller and who is equal."""
    ranked = [d for d in changes if d or zeros == "pratt"]
    return [
        (d, Fraction(sum(abs(e) < abs(d) for e in ranked)) + Fraction(sum(abs(e) == abs(d) for e in ranked) + 1, 2)) for d in ranked if d
    ]


def by_every_sign(changes, zeros):
    """W+ and both tails by going through every way in which the signs could have fallen."""
    found = ranks(changes, zeros)
    observed = sum(rank for d, rank in found if d > 0)
    sums = [sum(rank for (_, rank), up in zip(found, signs, strict=True) if up) for signs in product((0, 1), repeat=len(found))]
    return observed, Fraction(sum(s <= observed for s in sums), len(sums)), Fraction(sum(s >= observed for s in sums), len(sums))


@settings(max_examples=60, deadline=None)
@given(changes_of_few, st.sampled_from(["pratt", "drop"]))
def test_the_signed_rank_test_is_what_every_sign_gives(changes, zeros):
    found = signed_rank(counted(changes), zeros=zeros)
    if not any(changes):
        assert found is None
        return
    plus, low, high = by_every_sign(changes, zeros)
    assert found.plus == float(plus)
    assert isclose(found.p, min(1.0, 2 * float(min(low, high))), rel_tol=1e-12)
    assert isclose(found.p_greater, float(high), rel_tol=1e-12)


PUBLISHED = [
    (dict.fromkeys(range(-4, 5), 0) | {0: 6}, None),
    (dict.fromkeys(range(-4, 5), 0) | {1: 1, 0: 59}, 1.0),
    (dict.fromkeys(range(-4, 5), 0) | {-1: 4, 0: 10}, 0.125),
    (dict.fromkeys(range(-4, 5), 0) | {1: 5}, 0.0625),
    (dict.fromkeys(range(-4, 5), 0) | {1: 3, -1: 2, 0: 18}, 1.0),
]


@pytest.mark.parametrize(("changes", "p"), PUBLISHED)
def test_data_on_which_scipy_is_wrong_get_the_right_answer(changes, p):
    found = signed_rank(changes, zeros="pratt")
    assert (found and round(found.p, 12)) == p


def test_a_thousand_people_are_tested_and_agree_with_the_normal_form():
    changes = {-4: 5, -3: 20, -2: 60, -1: 150, 0: 300, 1: 210, 2: 80, 3: 30, 4: 10}
    found = signed_rank(changes, zeros="pratt")
    assert isclose(found.p, found.p_asym, rel_tol=0.05)


def test_the_sign_test_is_the_binomial():
    assert sign_test(0, 0) is None
    assert isclose(sign_test(10, 4), 2 * sum(comb(14, k) for k in range(5)) / 2**14)


@pytest.mark.parametrize(("x", "n"), [(0, 207), (242, 983), (5, 5), (1, 3), (42, 60)])
def test_intervals_of_shares_agree_with_scipy_and_their_formulas(x, n):
    theirs = stats.binomtest(x, n)
    assert wilson(x, n) == pytest.approx(tuple(theirs.proportion_ci(method="wilson")), abs=1e-12)
    assert clopper_pearson(x, n) == pytest.approx(tuple(theirs.proportion_ci(method="exact")), abs=1e-9)
    low, high = jeffreys(x, n)
    assert low == (0 if x == 0 else pytest.approx(stats.beta(x + 0.5, n - x + 0.5).ppf(0.025)))
    assert high == (1 if x == n else pytest.approx(stats.beta(x + 0.5, n - x + 0.5).ppf(0.975)))


def test_none_of_207_could_still_be_almost_two_in_a_hundred():
    assert wilson(0, 207)[1] == pytest.approx(1.959963984540054**2 / (207 + 1.959963984540054**2))


def test_the_interval_of_net_improvement_is_defined_when_nobody_changed():
    low, high = net_improvement(0, 0, 12)
    assert -1 < low < 0 < high < 1


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-4, 4), min_size=3, max_size=40).filter(lambda changes: len(set(changes)) > 1))
def test_the_t_interval_is_students(changes):
    theirs = stats.ttest_1samp(changes, 0).confidence_interval(0.95)
    assert t_interval(counted(changes)) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_the_bootstrap_without_chance_is_the_exact_distribution_of_resampled_means():
    changes = [-1, 0, 1, 1, 3]
    sums = sorted(sum(draw) / 5 for draw in product(changes, repeat=5))
    expected = tuple(next(v for v in sums if sum(s <= v for s in sums) / len(sums) >= share - 1e-12) for share in (0.025, 0.975))
    assert bootstrap(counted(changes))[0] == pytest.approx(expected)


def test_bca_agrees_with_scipys_resampling():
    changes = [0] * 10 + [1] * 18 + [2] * 8 + [-1] * 4
    theirs = stats.bootstrap((np.array(changes),), np.mean, n_resamples=20_000, method="BCa", rng=np.random.default_rng(7))
    assert bootstrap(counted(changes))[1] == pytest.approx(tuple(theirs.confidence_interval), abs=0.026)


def test_hedges_correction_is_near_its_approximation():
    assert hedges_j(59) == pytest.approx(1 - 3 / (4 * 59 - 1), abs=1e-4)
    assert hedges_j(1) is None


def test_nobody_leaves_every_figure_undefined():
    found = paired([[0] * 5 for _ in range(5)])
    undefined = {name: value for name, value in found.items() if value not in (0, None, [None, None]) and name != "transition"}
    assert undefined == {}


def test_all_unchanged_leaves_tests_and_sizes_undefined_and_intervals_of_shares_given():
    found = paired([[0] * 5, [0, 12, 0, 0, 0], [0] * 5, [0] * 5, [0] * 5], only_after=3)
    assert (found["wilcoxon_pratt_p"], found["dz"], found["t_ci"]) == (None, None, [None, None])
    assert (found["same"], found["n_rows"], found["up_wilson"][0]) == (12, 15, 0.0)


def test_the_figures_of_a_worked_table():
    table = [[0, 2, 1, 0, 0], [0, 3, 5, 1, 0], [0, 1, 4, 3, 0], [0, 0, 0, 2, 1], [0, 0, 0, 1, 1]]
    found = paired(table, only_before=2, only_after=4, neither=9)
    people = [(b + 1, a + 1) for b in range(5) for a in range(5) for _ in range(table[b][a])]
    d = [after - before for before, after in people]
    assert (found["n_pairs"], found["n_rows"], found["up"], found["same"], found["down"]) == (25, 40, 13, 10, 2)
    assert found["mean_change"] == pytest.approx(sum(d) / 25)
    assert found["median_change"] == sorted(d)[12]
    assert found["at5_before"], found["at5_after"] == (2, 2)
    assert found["n_room_to_improve"] == 23
    assert found["up_of_room"] == pytest.approx(13 / 23)
    assert found["prob_improvement"] == pytest.approx((13 + 10 / 2) / 25)
    assert found["dz"] == pytest.approx(stats.tmean(d) / stats.tstd(d))
    dav = (sum(d) / 25) / ((stats.tvar([b for b, _ in people]) + stats.tvar([a for _, a in people])) / 2) ** 0.5
    assert found["dav"] == pytest.approx(dav)


def test_a_table_of_another_shape_is_refused():
    with pytest.raises(ValueError, match="five rows of five"):
        paired([[1, 2], [3, 4]])
