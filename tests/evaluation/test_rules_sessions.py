"""Sessions, against every flip of every sign, the same formulas written the other way, and analysis of variance."""

from itertools import product
from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from app.evaluation.rules.statistics import sign_flip as flipping
from app.evaluation.rules.statistics.kinds import named
from app.evaluation.rules.statistics.resampling import rank_biserial_interval
from app.evaluation.rules.statistics.sessions import Clustered, cluster, clustered, share_interval, shown_interval
from app.evaluation.rules.statistics.shares import wilson
from app.evaluation.rules.statistics.sign_flip import sign_flip, smallest_possible
from app.evaluation.rules.statistics.signed_rank import signed_rank

sessions = st.lists(st.lists(st.integers(-4, 4), min_size=1, max_size=6), min_size=1, max_size=9)


def counted(people_of_sessions):
    return clustered({number: {k: people.count(k) for k in set(people)} for number, people in enumerate(people_of_sessions)})


@settings(max_examples=80, deadline=None)
@given(st.lists(st.integers(-30, 30), min_size=1, max_size=12))
def test_the_sign_flip_is_what_every_flip_gives(totals):
    found = sign_flip(totals)
    if not any(totals):
        assert found is None and smallest_possible(totals) is None
        return
    sums = [sum(sign * total for sign, total in zip(signs, totals, strict=True)) for signs in product((-1, 1), repeat=len(totals))]
    low, high = (sum(is_so(s) for s in sums) / len(sums) for is_so in (lambda s: s <= sum(totals), lambda s: s >= sum(totals)))
    assert found == pytest.approx(min(1, 2 * min(low, high)), rel=1e-12)
    assert found >= smallest_possible(totals) * (1 - 1e-12)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-40, 40), min_size=2, max_size=60).filter(any))
def test_the_fourier_transform_agrees_with_one_by_one(totals):
    steps = flipping.MOST_STEPS
    exact = sign_flip(totals)
    flipping.MOST_STEPS = 0
    try:
        by_transform = sign_flip(totals)
    finally:
        flipping.MOST_STEPS = steps
    assert by_transform == pytest.approx(exact, abs=1e-10) or exact < 1e-6


def test_a_chance_below_the_noise_of_the_transform_is_the_normal_form(monkeypatch):
    monkeypatch.setattr(flipping, "MOST_STEPS", 0)
    totals = [12] * 70 + [5] * 90
    assert sign_flip(totals) == pytest.approx(2 * stats.norm.sf(sum(totals) / sqrt(sum(t * t for t in totals))), rel=1e-9)


def test_all_sessions_the_same_way_is_the_smallest_chance_there_is():
    assert sign_flip([3, 1, 4, 1, 5, 9]) == smallest_possible([3, 1, 4, 1, 5, 9, 0]) == 2**-5


@settings(max_examples=80, deadline=None)
@given(sessions)
def test_the_clustered_interval_is_the_sandwich_of_a_regression_on_nothing(people_of_sessions):
    found, d = cluster(counted(people_of_sessions)), [k for people in people_of_sessions for k in people]
    count, n = len(people_of_sessions), len(d)
    assert (found["n"], found["sessions"], found["mean_change"]) == (n, count, pytest.approx(sum(d) / n))
    if n > 1:
        assert found["naive_se"] == pytest.approx(stats.sem(d), abs=1e-12)
    if count == 1:
        assert found["cluster_se"] is found["df"] is found["deff"] is None
        return
    design = np.ones((n, 1))
    group = np.repeat(np.arange(count), [len(people) for people in people_of_sessions])
    residual = np.array(d) - np.mean(d)
    meat = sum(np.outer(*(2 * [design[group == g].T @ residual[group == g]])) for g in range(count))
    bread = np.linalg.inv(design.T @ design)
    se = sqrt(max(0.0, (bread @ meat @ bread)[0, 0] * count / (count - 1)))
    assert found["cluster_se"] == pytest.approx(se, abs=1e-9)
    if len(set(d)) == 1:
        assert found["cluster_ci"] == [None, None] and found["deff"] is None
    else:
        assert found["cluster_ci"] == pytest.approx([
            np.mean(d) - stats.t.ppf(0.975, count - 1) * se, np.mean(d) + stats.t.ppf(0.975, count - 1) * se], abs=1e-6)
        assert found["deff"] == pytest.approx(se**2 / stats.sem(d) ** 2, abs=1e-9)


@settings(max_examples=80, deadline=None)
@given(sessions)
def test_the_icc_is_that_of_an_analysis_of_variance(people_of_sessions):
    found, d = cluster(counted(people_of_sessions))["icc_anova"], [k for people in people_of_sessions for k in people]
    count, n = len(people_of_sessions), len(d)
    if count == 1 or count == n or len(set(d)) == 1:
        assert found is None
        return
    means = [np.mean(people) for people in people_of_sessions]
    between = sum(len(people) * (mean - np.mean(d)) ** 2 for people, mean in zip(people_of_sessions, means, strict=True)) / (count - 1)
    within = sum((k - mean) ** 2 for people, mean in zip(people_of_sessions, means, strict=True) for k in people) / (n - count)
    size = (n - sum(len(people) ** 2 for people in people_of_sessions) / n) / (count - 1)
    assert found == pytest.approx((between - within) / (between + (size - 1) * within), abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(sessions, st.randoms(use_true_random=False))
def test_neither_order_nor_names_of_sessions_matter_and_the_mirror_image_turns_the_sign(people_of_sessions, chance):
    found = cluster(counted(people_of_sessions))
    mixed = chance.sample([chance.sample(people, len(people)) for people in people_of_sessions], len(people_of_sessions))
    assert cluster(counted(mixed)) == found
    turned = cluster(counted([[-k for k in people] for people in people_of_sessions]))
    same = ("n", "sessions", "naive_se", "cluster_se", "df", "icc_anova", "deff", "signflip_p", "signflip_smallest_possible_p")
    assert [turned[name] for name in same] == pytest.approx([found[name] for name in same], abs=1e-12)
    assert turned["mean_change"] == -found["mean_change"]


@pytest.mark.parametrize(("people_of_sessions", "name", "why"), [
    ([], "mean_change", "no one answered both times"),
    ([[2]], "naive_se", "one person alone"),
    ([[2, 1]], "cluster_ci", "one session says nothing about other sessions"),
    ([[2], [1], [0]], "icc_anova", "no session has more than one person"),
    ([[1, 1], [1, 1]], "cluster_ci", "everyone changed by the same amount"),
    ([[1, -1], [0, 0]], "signflip_p", "in no session did the changes add up"),
])
def test_what_is_undefined_says_why(people_of_sessions, name, why):
    found = cluster(counted(people_of_sessions))
    assert found[name] in (None, [None, None]) and found["reasons"][name].startswith(why)
    assert {name for name, value in found.items() if value in (None, [None, None])} == set(found["reasons"])


def test_rows_without_a_change_are_left_out_and_so_is_a_session_of_them():
    found = named("cluster").analyse({("a", 1): 2, ("a", None): 4, ("b", None): 3, ("c", -1): 1})
    assert (found["n"], found["sessions"]) == (3, 2)


def test_a_million_people_in_forty_thousand_sessions_are_tested():
    rng = np.random.default_rng(5)
    people = rng.normal(rng.normal(0, 0.3, 40_000)[:, None], 1, (40_000, 25)).round().clip(-4, 4).astype(int)
    totals = people.sum(axis=1).tolist()
    normal = 2 * stats.norm.sf(abs(sum(totals)) / sqrt(sum(t * t for t in totals)))
    assert sign_flip(totals) == pytest.approx(normal, abs=0.001)
    sums = zip([25] * 40_000, totals, (people**2).sum(axis=1).tolist(), strict=True)
    found = cluster(Clustered(tuple(sums)))
    assert (found["n"], found["df"]) == (1_000_000, 39_999) and found["icc_anova"] == pytest.approx(0.077, abs=0.01)


@settings(max_examples=60, deadline=None)
@given(sessions)
def test_the_interval_shown_is_never_narrower_than_either_and_stays_on_the_scale(people_of_sessions):
    people, d = counted(people_of_sessions), [k for people in people_of_sessions for k in people]
    low, high = shown_interval(people)
    if len(set(d)) == 1:
        assert (low, high) == (None, None)
        return
    simple = stats.ttest_1samp(d, 0).confidence_interval(0.95)
    for one in ((simple.low, simple.high), people.interval):
        assert one == (None, None) or (low <= max(-4, one[0]) + 1e-9 and high >= min(4, one[1]) - 1e-9)
    assert -4 <= low <= high <= 4


def test_a_share_of_people_who_are_alike_is_less_sure():
    alike, mixed = [(20, 20), (20, 0), (20, 20), (20, 5)], [(20, 11), (20, 11), (20, 12), (20, 11)]
    assert share_interval(mixed) == wilson(45, 80)
    low, high = share_interval(alike)
    assert low < wilson(45, 80)[0] and high > wilson(45, 80)[1]
    assert share_interval([]) == (None, None) and share_interval([(20, 0), (9, 0)]) == wilson(0, 29)


def changed(rng, count):
    return [{k: int(rng.integers(0, 4 + 3 * (k == 1))) for k in range(-4, 5)} for _ in range(count)]


def test_the_interval_by_drawing_sessions_is_the_same_each_time_and_holds_the_figure():
    found = changed(np.random.default_rng(3), 30)
    low, high = rank_biserial_interval(found)
    assert rank_biserial_interval(found[::-1]) == (low, high)
    whole = {k: sum(changes[k] for changes in found) for k in range(-4, 5)}
    assert low < signed_rank(whole, zeros="drop").rank_biserial < high
    turned = rank_biserial_interval([{-k: changes[k] for k in changes} for changes in found])
    assert turned == pytest.approx((-high, -low), abs=0.02)


def test_too_few_or_too_many_sessions_are_not_drawn():
    found = changed(np.random.default_rng(4), 10)
    assert rank_biserial_interval(found[:9]) == rank_biserial_interval(found * 201) == (None, None)
    assert rank_biserial_interval([dict.fromkeys(range(-4, 5), 0) | {0: 7}] * 12) == (None, None)
    assert rank_biserial_interval([dict.fromkeys(range(-4, 5), 0) | {0: 7, 1: number == 0} for number in range(12)]) == (None, None)
