"""Differences between courses against SciPy, against the formulas as they are printed, and against the definitions."""

import random
from itertools import combinations
from math import sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from app.evaluation.rules.statistics.courses import courses, of_rows
from app.evaluation.rules.statistics.false_discovery import benjamini_hochberg, flagged, holm
from app.evaluation.rules.statistics.funnel import Directions, centre, funnel

answers = st.dictionaries(st.sampled_from("ABCDE"), st.lists(st.integers(-4, 4), min_size=1, max_size=9), min_size=2, max_size=5)
chances = st.lists(st.floats(0, 1), min_size=1, max_size=12)


def counted(lists):
    return {course: {change: changes.count(change) for change in set(changes)} for course, changes in lists.items()}


def dunn_as_printed(lists, a, b):
    """Dunn 1964, with ties: mean ranks of everybody, variance N(N+1)/12 less sum(t^3 - t) / (12 (N - 1))."""
    everybody = [change for changes in lists.values() for change in changes]
    n = len(everybody)

    def mean_rank(changes):
        return sum(sum(e < c for e in everybody) + (everybody.count(c) + 1) / 2 for c in changes) / len(changes)

    ties = sum(everybody.count(c) ** 3 - everybody.count(c) for c in set(everybody))
    variance = (n * (n + 1) / 12 - ties / (12 * (n - 1))) * (1 / len(lists[a]) + 1 / len(lists[b]))
    return (mean_rank(lists[a]) - mean_rank(lists[b])) / sqrt(variance)


@settings(max_examples=80, deadline=None)
@given(answers)
def test_the_figures_are_those_of_scipy_and_of_the_printed_formulas(lists):
    found = courses(counted(lists))
    everybody = [change for changes in lists.values() for change in changes]
    if len(set(everybody)) == 1:
        assert (found["kw_H"], found["kw_df"], found["kw_p"], found["epsilon2"]) == (None,) * 4
        assert all((pair["z"], pair["p"], pair["p_holm"]) == (None,) * 3 for pair in found["dunn"])
        return
    theirs = stats.kruskal(*lists.values())
    n = len(everybody)
    assert found["kw_H"] == pytest.approx(theirs.statistic, abs=1e-9)
    assert found["kw_p"] == pytest.approx(theirs.pvalue, abs=1e-9)
    assert found["epsilon2"] == pytest.approx(theirs.statistic / ((n**2 - 1) / (n + 1)), abs=1e-9)
    assert [(pair["a"], pair["b"]) for pair in found["dunn"]] == list(combinations(sorted(lists), 2))
    for pair in found["dunn"]:
        z = dunn_as_printed(lists, pair["a"], pair["b"])
        assert pair["z"] == pytest.approx(z, abs=1e-9)
        assert pair["p"] == pytest.approx(2 * stats.norm.sf(abs(z)), abs=1e-9)
    for course, changes in lists.items():
        up, down = sum(c > 0 for c in changes), sum(c < 0 for c in changes)
        assert found["sign_p_by_course"][course] == (None if not up + down else pytest.approx(stats.binomtest(up, up + down).pvalue))


@settings(max_examples=40, deadline=None)
@given(answers)
def test_mirrored_changes_mirror_the_signs_and_nothing_else(lists):
    one = courses(counted(lists))
    other = courses(counted({course: [-c for c in changes] for course, changes in lists.items()}))
    for name in ("k", "N", "kw_H", "kw_p", "sign_p_by_course", "sign_p_bh"):
        assert one[name] == pytest.approx(other[name], abs=1e-12)
    for pair, mirrored in zip(one["dunn"], other["dunn"], strict=True):
        assert pair["z"] is mirrored["z"] is None or pair["z"] == pytest.approx(-mirrored["z"], abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(answers, st.randoms())
def test_the_order_of_rows_changes_nothing(lists, chance):
    rows = [((course, change), count) for course, counts in counted(lists).items() for change, count in counts.items()]
    shuffled = chance.sample(rows, len(rows))
    assert of_rows(dict(rows)) == of_rows(dict(shuffled))


def test_a_row_without_a_change_is_nobody():
    assert of_rows({("A", 1): 2, ("A", None): 5, ("B", None): 3})["N"] == 2


def test_no_rows_and_one_course_have_no_difference_and_say_why():
    for changes, k, n in (({}, 0, 0), ({"A": {1: 3, 2: 4}}, 1, 7)):
        found = courses(changes)
        assert (found["k"], found["N"], found["kw_H"], found["kw_df"], found["dunn"]) == (k, n, None, None, [])
        assert "only one course" in found["reasons"]["kw_H"]


def test_one_person_in_each_of_two_courses():
    found = courses({"A": {1: 1}, "B": {2: 1}})
    assert (found["kw_H"], found["epsilon2"]) == (pytest.approx(1.0), pytest.approx(1.0))


def test_everyone_alike_leaves_the_test_undefined_and_the_sign_tests_given():
    found = courses({"A": {1: 5}, "B": {1: 6}})
    assert (found["kw_p"], found["reasons"]["kw_p"]) == (None, "everyone changed by the same")
    assert found["sign_p_by_course"] == {"A": 2 / 2**5, "B": 2 / 2**6}


def test_a_course_where_nobody_changed_is_no_test_and_makes_the_others_no_weaker():
    found = courses({"A": {0: 5}, "B": {1: 6}, "C": {1: 5, -1: 1}})
    assert found["sign_p_bh"] == {"A": None, "B": pytest.approx(2 * 2 / 2**6), "C": pytest.approx(14 / 2**6)}


def test_a_million_people_keep_their_digits():
    counts = {"A": {-1: 100_000, 0: 150_000, 1: 250_000}, "B": {-1: 100_200, 0: 149_900, 1: 249_900}}
    n, total = 1_000_000, {k: counts["A"][k] + counts["B"][k] for k in (-1, 0, 1)}
    twice, below = {}, 0
    for k in (-1, 0, 1):
        twice[k] = 2 * below + total[k] + 1
        below += total[k]
    sums = [sum(twice[k] * c for k, c in part.items()) for part in counts.values()]
    top = sum((2 * s - 500_000 * 2 * (n + 1)) ** 2 for s in sums) // 4
    bottom = sum(total[k] * (twice[k] - n - 1) ** 2 for k in total)
    assert courses(counts)["kw_H"] == pytest.approx((n - 1) * top / 500_000 / bottom, abs=1e-9)


@settings(max_examples=80, deadline=None)
@given(chances)
def test_adjusted_chances_are_what_their_definitions_say(given_chances):
    m = len(given_chances)
    order = sorted(range(m), key=given_chances.__getitem__)
    assert benjamini_hochberg(given_chances) == pytest.approx(list(stats.false_discovery_control(given_chances)), abs=1e-12)
    for place, index in enumerate(order):
        expected = max(min(1.0, (m - i) * given_chances[order[i]]) for i in range(place + 1))
        assert holm(given_chances)[index] == pytest.approx(expected, abs=1e-12)


def test_chances_that_are_missing_or_a_hair_above_one_are_taken_as_they_are_meant():
    assert benjamini_hochberg([None, 1.0000000000000002, 0.01]) == [None, 1.0, 0.02]
    assert benjamini_hochberg([]) == holm([]) == []


def test_what_is_flagged_is_found_among_those_that_could_be_tested():
    found = flagged([("A", 0.001), ("B", None), ("C", 0.04), ("D", 0.9)])
    assert (found.names, found.tested, found.false_in_a_hundred) == (("A",), 3, 5)
    assert flagged([]).tested == 0


def test_by_chance_alone_hardly_anything_is_flagged():
    draw = random.Random(4)
    assert sum(bool(flagged([(str(i), draw.random()) for i in range(20)]).names) for _ in range(1000)) <= 75


def test_the_funnel_holds_about_as_many_courses_as_it_says():
    draw = random.Random(11)
    outcomes = draw.choices([1, 0, -1], [5, 3, 2], k=400 * 40)
    found = funnel([Directions(str(i), part.count(1), part.count(0), part.count(-1)) for i in range(400) for part in [outcomes[i * 40:i * 40 + 40]]])
    assert 370 <= sum(not point.outside for point in found) <= 392
    assert sum(point.outside == "99.8" for point in found) <= 5


def test_a_course_far_out_of_line_is_outside_and_one_of_nobody_has_no_limits():
    found = funnel([Directions("A", 60, 30, 10), Directions("B", 5, 20, 75), Directions("C", 0, 0, 0)])
    assert (found[1].outside, found[2].net, found[2].within_95, found[2].outside) == ("99.8", None, (None, None), "")


def test_the_limits_are_the_standard_error_of_a_difference_of_shares():
    middle = centre([Directions("A", 30, 50, 20)])
    assert middle.limits(25, 1) == pytest.approx((0.1 - sqrt(0.49 / 25), 0.1 + sqrt(0.49 / 25)))
    assert middle.limits(1, 1.96) == (-1.0, 1.0)
    assert centre([]) is None
    assert funnel([Directions("A", 4, 0, 0)])[0].outside == ""
