"""The statistics against independent sources: enumeration of every sign, closed forms, and published numbers."""

from fractions import Fraction
from itertools import product
from math import comb, gamma, isclose, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from app.evaluation.rules.statistics.mean_change import bootstrap, hedges_j, t_interval
from app.evaluation.rules.statistics.paired import of_rows, paired
from app.evaluation.rules.statistics.shares import clopper_pearson, jeffreys, net_improvement, proportion, wilson
from app.evaluation.rules.statistics.signed_rank import sign_test, signed_rank
from app.evaluation.rules.statistics.words import in_words, verdict

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


FROM_R = [  # coin 1.4-2: wilcoxsign_test, exact, Pratt two-sided and greater, Wilcoxon; asymptotic z of both; stats: wilcox.test, corrected
    ({0: 5, 1: 3}, 0.25, 0.125, 0.25, 1.7320508075688774, 1.7320508075688774, 0.14891467317876567),
    ({-2: 1, 0: 4, 1: 3}, 0.625, 0.3125, 1.0, 0.7624928516630234, 0.3779644730092272, 0.8501067391385257),
    ({-1: 2, 0: 7, 1: 3, 2: 1, 3: 1}, 0.28125, 0.140625, 0.265625, 1.258037741698385, 1.403292830891247, 0.18831268948891655),
    ({-2: 1, -1: 4, 0: 9, 1: 11, 2: 2, 3: 3}, 0.013666152954101562, 0.006833076477050781, 0.016918182373046875,
     2.461131564908392, 2.4173828154115578, 0.016430623176608965),
    ({-2: 2, -1: 5, 0: 12, 1: 8, 2: 3}, 0.41452789306640625, 0.20726394653320312, 0.46996307373046875,
     0.9158865937665842, 0.8450660754539557, 0.4109480267103225),
    ({-2: 1, -1: 9, 0: 31, 1: 15, 2: 2, 3: 2}, 0.08283248543739319, 0.041416242718696594, 0.07207951694726944,
     1.7516261160970552, 1.8364025152199375, 0.06803427823788982),
    ({-2: 3, -1: 23, 0: 95, 1: 56, 2: 14, 3: 9}, 3.9587027859055006e-08, 1.9793513929527503e-08, 1.68458433088356e-08,
     5.364452415835524, 5.4050205860312515, 6.541497653545133e-08),
]


@pytest.mark.parametrize(("changes", "pratt", "greater", "drop", "z_pratt", "z_drop", "corrected"), FROM_R)
def test_the_signed_rank_test_agrees_with_r(changes, pratt, greater, drop, z_pratt, z_drop, corrected):
    full = dict.fromkeys(range(-4, 5), 0) | changes
    ranked, dropped = (signed_rank(full, zeros=zeros) for zeros in ("pratt", "drop"))
    assert (ranked.p, ranked.p_greater, dropped.p) == pytest.approx((pratt, greater, drop), rel=1e-9)
    assert (ranked.z, dropped.z, dropped.p_asym_cc) == pytest.approx((z_pratt, z_drop, corrected), abs=1e-12)


def test_many_changed_people_are_tested_by_the_normal_form():
    full = {-4: 3000, -3: 9000, -2: 20_000, -1: 60_000, 0: 10**5, 1: 61_000, 2: 20_500, 3: 9000, 4: 2900}
    found = signed_rank(full, zeros="pratt")
    assert found.p == found.p_asym == pytest.approx(2 * stats.norm.sf(found.z))


@pytest.mark.parametrize("groups", [(700, 40, 30, 20), (30, 30, 30, 30), (5, 900, 1, 2)])
def test_numbers_of_heads_looked_up_are_those_worked_out(groups, monkeypatch):
    changes = dict.fromkeys(range(-4, 5), 0) | {k: count // 2 for k, count in enumerate(groups, 1)} | {-k: count // 3 for k, count in enumerate(groups, 1)}
    looked_up = [signed_rank(changes, zeros=zeros) for zeros in ("pratt", "drop")]
    monkeypatch.setattr("app.evaluation.rules.statistics.signed_rank._chance", lambda distribution, heads, count: distribution(heads, count))
    for found, expected in zip(looked_up, [signed_rank(changes, zeros=zeros) for zeros in ("pratt", "drop")], strict=True):
        assert (found.p, found.p_greater) == pytest.approx((expected.p, expected.p_greater), rel=1e-12)


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


def test_bca_is_its_formula_on_every_resample_there_is():
    changes = [-1, 0, 1, 1, 3, 0]
    n, mean = len(changes), sum(changes) / len(changes)
    sums = sorted(sum(draw) for draw in product(changes, repeat=n))
    z0 = stats.norm.ppf(sum((s < sum(changes)) + (s == sum(changes)) / 2 for s in sums) / len(sums))
    a = sum((d - mean) ** 3 for d in changes) / (6 * sum((d - mean) ** 2 for d in changes) ** 1.5)
    shares = [stats.norm.cdf(z0 + (z0 + q) / (1 - a * (z0 + q))) for q in stats.norm.ppf([0.025, 0.975])]
    ends = [next(s for i, s in enumerate(sums, 1) if i / len(sums) >= share - 1e-12 and (i == len(sums) or sums[i] > s)) / n for share in shares]
    assert bootstrap(counted(changes))[1] == pytest.approx(ends)


@pytest.mark.parametrize("n", [20, 400, 3000])
def test_a_window_of_the_resampled_sums_gives_what_all_of_them_give(n, monkeypatch):
    changes = dict.fromkeys(range(-4, 5), 0) | {-4: n // 50, -1: n // 10, 0: n // 3, 1: n // 2, 4: 1}
    near = bootstrap(changes)
    monkeypatch.setattr("app.evaluation.rules.statistics.mean_change.WINDOW", 10**6)
    everywhere = bootstrap(changes)
    assert [*near[0], *near[1]] == pytest.approx([*everywhere[0], *everywhere[1]], abs=1e-15)


def test_the_intervals_of_a_million_meet():
    changes = {-4: 1000, -3: 5000, -2: 30_000, -1: 150_000, 0: 350_000, 1: 310_000, 2: 120_000, 3: 30_000, 4: 4000}
    low, high = t_interval(changes)
    for interval in bootstrap(changes):
        assert interval == pytest.approx((low, high), abs=1e-5)


def test_hedges_correction_is_the_ratio_of_gammas():
    ratio, expected = gamma(1.5) / gamma(1), {}
    for x in range(1, 3000):
        expected[2 * x + 1] = ratio / sqrt((2 * x + 1) / 2)
        ratio *= (x + 0.5) / x
    for degrees in (3, 61, 1001, 1999, 2001, 5999):
        assert hedges_j(degrees) == pytest.approx(expected[degrees], rel=1e-11)
    assert hedges_j(2) == pytest.approx(0.56418958354775628, abs=1e-12)  # effectsize 0.8.3 in R, of three people
    assert hedges_j(740) == pytest.approx(0.99898608684244938, abs=1e-12)
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


@pytest.mark.parametrize(("rows", "name", "why"), [
    ({}, "mean_change", "no one answered both times"),
    ({(None, 3): 2, (None, None): 1}, "up_share", "no one answered both times"),
    ({(3, 3): 9}, "wilcoxon_pratt_p", "nobody changed"),
    ({(3, 3): 9}, "t_ci", "everyone changed by the same amount"),
    ({(3, 4): 9}, "dav", "everyone gave the same rating before"),
    ({(5, 5): 2, (5, 3): 1}, "hake_gain", "everyone already rated 5"),
    ({(2, 3): 1}, "dz", "one person alone"),
    ({(2, 3): 1, (3, 3): 1}, "gz", "fewer than three people"),
    ({(2, 3): 1, (3, 4): 1}, "gz", "everyone changed by the same amount"),
    ({(2, 3): 1, (3, 4): 1}, "gav", "fewer than three people"),
])
def test_what_is_undefined_says_why(rows, name, why):
    found = of_rows(rows)
    assert found[name] in (None, [None, None]) and found["reasons"][name].startswith(why)
    assert {name for name, value in found.items() if value in (None, [None, None])} == set(found["reasons"])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=1, max_size=30))
def test_the_mirror_image_turns_every_sign(pairs):
    there, back = (of_rows({pair: turned.count(pair) for pair in turned}) for turned in (pairs, [(after, before) for before, after in pairs]))
    turned = ("mean_change", "median_change", "net_improvement", "dz", "gz", "dav", "gav", "wilcoxon_pratt_z", "wilcoxon_drop_z", "wilcoxon_pratt_r")
    same = ("sd_change", "sign_p", "wilcoxon_pratt_p", "wilcoxon_drop_p", "wilcoxon_pratt_p_asym", "wilcoxon_drop_p_asym_cc", "hedges_J", "same", "n_pairs")
    assert [back[name] for name in turned] == pytest.approx([there[name] and -there[name] for name in turned], abs=1e-12)
    assert [back[name] for name in same] == pytest.approx([there[name] for name in same], abs=1e-12)
    assert (back["up"], back["wilcoxon_pratt_Wplus"]) == (there["down"], there["wilcoxon_pratt_Wminus"])
    if there["t_ci"] != [None, None]:
        assert back["t_ci"] == pytest.approx([-end for end in reversed(there["t_ci"])], abs=1e-9)
    assert back["net_ci_bonett_price"] == pytest.approx([-end for end in reversed(there["net_ci_bonett_price"])], abs=1e-12)


def test_a_share_of_nothing_is_undefined_and_says_why():
    assert proportion(0, 0)["wilson"] == [None, None] and proportion(0, 0)["reasons"]["share"].startswith("n is 0")
    assert proportion(3, 4)["share"] == 0.75 and proportion(3, 4)["reasons"] == {}


def test_a_table_of_another_shape_is_refused():
    with pytest.raises(ValueError, match="five rows of five"):
        paired([[1, 2], [3, 4]])


@pytest.mark.parametrize(("p", "words"), [
    (0.0004, "very unlikely to be chance alone"), (0.001, "unlikely to be chance alone"), (0.02, "some evidence beyond chance"), (0.05, "could be chance"),
])
def test_a_chance_has_its_words(p, words):
    assert in_words(p) == verdict(p, p, 20) == words


def test_a_test_that_cannot_tell_says_so():
    assert verdict(None, None, 0).startswith("nobody changed")
    assert verdict(0.0625, 0.0625, 5) == "too few people changed to test"
    assert verdict(0.03, 0.08, 12).startswith("unclear")
