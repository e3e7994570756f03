"""Two groups of different people, against R, every choice of people there is, and every pair of answers."""

from itertools import combinations
from math import isclose, sqrt
from statistics import variance

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from app.evaluation.rules.statistics.kinds import named
from app.evaluation.rules.statistics.unpaired import dominance_interval, unpaired

counts = st.lists(st.integers(0, 6), min_size=5, max_size=5)
few = st.lists(st.integers(1, 5), min_size=1, max_size=6)


def counted(ratings):
    return [ratings.count(rating) for rating in range(1, 6)]


def each(group):
    return [rating for rating, count in enumerate(group, 1) for _ in range(count)]


FROM_R = [  # coin 1.4-2: wilcox_test, exact and asymptotic; stats 4.2.2: wilcox.test(exact = FALSE, correct = TRUE)
    ([0, 1, 0, 1, 0], [0, 0, 0, 2, 0], 1.0, 0.3173105078629141, 0.6170750774519739),
    ([1, 2, 0, 0, 0], [0, 1, 6, 1, 0], 0.01818181818181818, 0.013305786087730464, 0.018129796312790308),
    ([0, 0, 0, 1, 0], [0, 1, 0, 4, 0], 1.0, 0.6547208460185772, 1.0),
    ([1, 1, 1, 0, 0], [1, 5, 11, 8, 5], 0.05535190615835777, 0.05525681248561546, 0.05951597273544855),
    ([6, 13, 8, 1, 2], [1, 1, 0, 2, 1], 0.24003795066413663, 0.2274188498866012, 0.23704656195329205),
    ([5, 11, 7, 5, 2], [2, 0, 1, 5, 0], 0.27389164765575436, 0.23789995202356057, 0.24531237155433416),
    ([5, 7, 2, 0, 0], [3, 5, 8, 12, 2], 0.0001205284637411358, 0.00027851065055033977, 0.00029286752872363983),
    ([4, 4, 4, 0, 2], [3, 5, 13, 7, 2], 0.08528628312515399, 0.08385582689405328, 0.08622750524121414),
    ([1, 1, 1, 0, 0], [0, 1, 0, 0, 0], 1.0, 1.0, 1.0),
]


@pytest.mark.parametrize(("before", "after", "exact", "asymptotic", "corrected"), FROM_R)
def test_the_rank_sum_test_agrees_with_r(before, after, exact, asymptotic, corrected):
    found = unpaired(before, after)
    assert found["mw_p_exact"] == pytest.approx(exact, abs=1e-12)
    assert found["mw_p_asym"] == pytest.approx(asymptotic, abs=1e-12)
    assert found["mw_p_asym_cc"] == pytest.approx(corrected, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(few, few)
def test_the_exact_chance_is_what_every_choice_of_people_gives(before, after):
    everyone = before + after
    rank = {r: sum(x < r for x in everyone) + (everyone.count(r) + 1) / 2 for r in set(everyone)}
    middle = len(after) * (len(everyone) + 1) / 2
    distance = abs(sum(rank[r] for r in after) - middle)
    sums = [sum(rank[r] for r in chosen) for chosen in combinations(everyone, len(after))]
    found = unpaired(counted(before), counted(after))
    if len(set(everyone)) == 1:
        assert found["mw_p_exact"] is None
    else:
        assert isclose(found["mw_p_exact"], sum(abs(s - middle) >= distance - 1e-9 for s in sums) / len(sums), rel_tol=1e-12)


@settings(max_examples=60, deadline=None)
@given(counts, counts)
def test_the_normal_form_is_scipys_and_the_mirror_image_turns_the_sign(before, after):
    found, turned, swapped = unpaired(before, after), unpaired(before[::-1], after[::-1]), unpaired(after, before)
    tests = ("mw_p_asym", "mw_p_asym_cc", "mw_p_exact")
    for other in (turned, swapped):
        assert [other[name] for name in tests] == pytest.approx([found[name] for name in tests], abs=1e-12)
    if found["cliffs_delta"] is not None:
        assert turned["cliffs_delta"] == swapped["cliffs_delta"] == pytest.approx(-found["cliffs_delta"])
        assert found["prob_superiority"] == pytest.approx((found["cliffs_delta"] + 1) / 2)
    if found["cliff_ci"] != [None, None]:
        low, high = found["cliff_ci"]
        assert turned["cliff_ci"] == pytest.approx([-high, -low]) == swapped["cliff_ci"]
    if found["mw_p_asym"] is not None:
        for name, use_continuity in (("mw_p_asym", False), ("mw_p_asym_cc", True)):
            theirs = stats.mannwhitneyu(each(after), each(before), use_continuity=use_continuity, method="asymptotic").pvalue
            assert found[name] == pytest.approx(theirs, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 5), min_size=2, max_size=8), st.lists(st.integers(1, 5), min_size=2, max_size=8))
def test_cliffs_interval_follows_from_the_matrix_of_every_pair(before, after):
    matrix = [[(a > b) - (a < b) for b in before] for a in after]
    n, m = len(before), len(after)
    d = sum(map(sum, matrix)) / (n * m)
    found = unpaired(counted(before), counted(after))
    assert found["cliffs_delta"] == pytest.approx(d, abs=1e-12)
    if abs(d) == 1:
        assert found["cliff_ci"] == [None, None]
        return
    rows = variance([sum(row) / n for row in matrix])
    columns = variance([sum(column) / m for column in zip(*matrix, strict=True)])
    cells = sum((cell - d) ** 2 for row in matrix for cell in row) / ((n - 1) * (m - 1))
    s2 = ((n - 1) * rows + (m - 1) * columns + cells) / (n * m)
    z = stats.norm.ppf(0.975)
    ends = [(d - d**3 + sign * z * sqrt(s2) * sqrt((1 - d * d) ** 2 + z * z * s2)) / (1 - d * d + z * z * s2) for sign in (-1, 1)]
    assert found["cliff_ci"] == pytest.approx(ends, abs=1e-10)


def test_three_against_two_is_the_coin_definition_and_not_a_doubled_tail():
    before, after = [1, 3, 3], [2, 4]
    theirs = stats.permutation_test((after, before), lambda x, y: stats.mannwhitneyu(x, y, method="asymptotic").statistic, permutation_type="independent")
    assert unpaired(counted(before), counted(after))["mw_p_exact"] == pytest.approx(0.7)
    assert theirs.pvalue == pytest.approx(0.8)


@pytest.mark.parametrize(("before", "after", "undefined", "why"), [
    ([0] * 5, [0] * 5, {"mean_difference", "cliffs_delta", "mw_p_exact", "cliff_ci"}, "one of the two groups is empty"),
    ([0] * 5, [0, 0, 9, 1, 0], {"mean_difference", "cliffs_delta", "mw_p_exact", "cliff_ci"}, "one of the two groups is empty"),
    ([0, 4, 0, 0, 0], [0, 7, 0, 0, 0], {"mw_p_asym", "mw_p_asym_cc", "mw_p_exact"}, "everyone gave the same rating"),
    ([3, 0, 0, 0, 0], [0, 2, 2, 0, 0], {"cliff_ci"}, "all of one group rated higher"),
    ([1, 0, 0, 0, 0], [2, 2, 2, 0, 0], {"cliff_ci"}, "one person alone"),
    ([40, 0, 0, 0, 0], [21, 2, 0, 0, 0], {"mw_p_exact"}, "more than 60 people"),
])
def test_what_is_undefined_says_why(before, after, undefined, why):
    found = unpaired(before, after)
    assert all(found[name] in (None, [None, None]) and found["reasons"][name].startswith(why) for name in undefined)
    assert {name for name, value in found.items() if value in (None, [None, None])} == set(found["reasons"]) >= undefined


def test_the_exact_test_stops_at_sixty_people():
    assert unpaired([20, 10, 0, 0, 0], [10, 20, 0, 0, 0])["mw_p_exact"] is not None
    assert unpaired([20, 10, 1, 0, 0], [10, 20, 0, 0, 0])["mw_p_exact"] is None


def test_millions_are_compared_without_a_warning():
    found = unpaired([10**6, 2 * 10**6, 5, 6, 7], [10**6, 2 * 10**6, 3, 4, 5000])
    low, high = found["cliff_ci"]
    assert low < found["cliffs_delta"] < high and high - low < 0.01


def test_rows_without_a_rating_are_left_out():
    assert named("unpaired").analyse({("before", 2): 3, ("after", 4): 2, ("after", None): 5, ("before", None): 1})["n_after"] == 2


def test_a_group_of_another_length_is_refused():
    with pytest.raises(ValueError, match="five counts"):
        unpaired([1, 2], [1, 2, 3, 4, 5])
    assert dominance_interval([0] * 5, [0] * 5) == (None, None)
