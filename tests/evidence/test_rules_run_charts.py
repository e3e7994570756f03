"""Run charts: limits, runs and crossings by the published formulas, checked against enumeration and figures worked out by hand."""

from itertools import groupby, product
from math import isclose, sqrt

import pytest

from app.evidence.rules.run_charts import (
    Point,
    centre,
    crossings_expected,
    limits,
    longest_run_allowed,
    run_chart,
    runs,
    shifted,
)


def points(counts, base=100):
    return [Point(f"m{place}", count, base) for place, count in enumerate(counts)]


def test_the_middle_is_all_cases_together_and_not_the_mean_of_months():
    assert centre([Point("a", 1, 10), Point("b", 90, 90)]) == 91 / 100
    assert centre([Point("a", 0, 0)]) is None


def test_limits_are_three_standard_errors_and_stay_within_0_and_1():
    found = limits(0.5, 100)
    assert isclose(found.low, 0.35, abs_tol=1e-12) and isclose(found.high, 0.65, abs_tol=1e-12)
    assert limits(0.02, 20).low == 0 and limits(0.99, 20).high == 1
    assert isclose(limits(0.2, 50).high, 0.2 + 3 * sqrt(0.2 * 0.8 / 50))
    assert limits(0.5, 0) is None


@pytest.mark.parametrize(("useful", "run", "crossings"), [
    (10, 6, 2), (11, 6, 2), (12, 7, 3), (14, 7, 4), (17, 7, 5), (19, 7, 6), (22, 7, 7), (23, 8, 7), (24, 8, 8), (40, 8, 14), (60, 9, 23), (100, 10, 41),
])
def test_bounds_are_those_of_the_published_table(useful, run, crossings):
    """Anhøj & Olesen's table, as R gives it: round(log2(n) + 3) and qbinom(0.05, n - 1, 0.5)."""
    assert (longest_run_allowed(useful), crossings_expected(useful)) == (run, crossings)


@pytest.mark.parametrize("useful", range(2, 13))
def test_the_bound_of_crossings_is_the_5_percent_point_of_all_sequences(useful):
    counts = [len(list(groupby(sides))) - 1 for sides in product((0, 1), repeat=useful)]
    bound = crossings_expected(useful)
    assert sum(count <= bound for count in counts) >= 0.05 * len(counts)
    assert sum(count < bound for count in counts) < 0.05 * len(counts)


def test_points_on_the_line_are_passed_over():
    assert runs([1, 1, 0, 0.5, 0, 1], 0.5) == [2, -2, 1]
    assert shifted([1, 1, 0.5, 1, 1, 1, 1, 1, 1, 0], 0.5) == [0, 1, 3, 4, 5, 6, 7, 8]
    assert shifted([1] * 7 + [0] * 7, 0.5) == []


def test_months_without_change_give_no_signal():
    found = run_chart(points([50, 52, 49, 51, 48, 50, 53, 47, 51, 49, 52, 48, 50, 51]))
    assert found["signals"] == [] and isclose(found["centre"], sum([50, 52, 49, 51, 48, 50, 53, 47, 51, 49, 52, 48, 50, 51]) / 1400)


def test_a_step_is_a_shift_a_long_run_and_few_crossings():
    found = run_chart(points([40] * 12 + [60] * 12))
    assert found["signals"] == ["shift", "long_run", "few_crossings"]
    assert (found["longest_run"], found["longest_run_allowed"], found["crossings"], found["crossings_expected"]) == (12, 8, 1, 8)
    assert all(point["shifted"] for point in found["points"]) and not any(point["outside"] for point in found["points"])


def test_one_month_far_off_is_outside_and_nothing_else():
    found = run_chart(points([48, 58] * 7 + [90]))
    assert found["signals"] == ["outside"] and [point["label"] for point in found["points"] if point["outside"]] == ["m14"]


def test_limits_follow_the_base_of_each_month():
    found = run_chart([*points([50] * 12), Point("small", 8, 10)])
    assert not found["points"][-1]["outside"]
    assert found["points"][-1]["high"] > found["points"][0]["high"]


@pytest.mark.parametrize("count", [0, 1, 11])
def test_few_months_have_no_limits_and_say_why(count):
    found = run_chart(points([50] * count))
    assert all(point["low"] is None for point in found["points"]) and found["signals"] == []
    assert "12" in found["reasons"]["limits"] and (count or found["reasons"]["centre"])


def test_a_month_without_cases_has_no_share_and_is_passed_over():
    found = run_chart([*points([50, 49] * 6), Point("gap", 0, 0)])
    assert found["points"][-1]["share"] is None and not found["points"][-1]["outside"] and found["points"][0]["low"] is not None


@pytest.mark.parametrize("share", [0, 100])
def test_all_or_none_in_every_month_is_within_its_limits(share):
    found = run_chart(points([share] * 15))
    assert found["signals"] == [] and found["centre"] == share / 100 and found["useful"] == 0


def test_the_order_of_months_matters_and_their_mirror_does_not():
    counts = [40, 41, 43, 39, 44, 52, 61, 58, 57, 59, 60, 61, 62, 58]
    there, back = run_chart(points(counts)), run_chart(points(counts[::-1]))
    assert (there["longest_run"], there["crossings"], there["signals"]) == (back["longest_run"], back["crossings"], back["signals"])
