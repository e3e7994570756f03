"""Who answered: against SciPy, against one row for each person, and against every way in which the silent could have answered."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from app.evaluation.rules.statistics.columns import Wrong
from app.evaluation.rules.statistics.nonresponse import Stratum, check_row, nonresponse, of_rows, standardised_differences


@st.composite
def strata(draw, most=12):
    found = {}
    for name in draw(st.lists(st.sampled_from("PHSCV"), unique=True, max_size=5)):
        attended = draw(st.integers(0, most))
        responded = draw(st.integers(0, attended))
        found[name] = Stratum(attended, responded, draw(st.integers(0, responded)))
    return found


def people(groups):
    """One row each: group, whether they answered, whether they improved."""
    return [
        (name, place < one.responded, place < one.improved) for name, one in groups.items() for place in range(one.attended)
    ]


@settings(max_examples=100, deadline=None)
@given(strata())
def test_the_figures_are_those_of_one_row_for_each_person(groups):
    found, rows = nonresponse(groups), people(groups)
    answered = [row for row in rows if row[1]]
    assert found["response_rate"] == (pytest.approx(len(answered) / len(rows)) if rows else None)
    assert found["attendees_in_strata_without_response"] == sum(not any(r[0] == row[0] for r in answered) for row in rows)
    assert set(found["weights"]) == set(groups)
    if not answered:
        assert (found["raw_share"], found["poststratified_share"], found["kish_ess"]) == (None, None, None)
        return
    weight = {
        name: (sum(r[0] == name for r in rows) / len(rows)) / (sum(r[0] == name for r in answered) / len(answered))
        for name in {row[0] for row in answered}
    }
    w = [weight[row[0]] for row in answered]
    assert {name: value for name, value in found["weights"].items() if value is not None} == pytest.approx(weight)
    assert found["poststratified_share"] == pytest.approx(sum(x for x, row in zip(w, answered, strict=True) if row[2]) / sum(w), abs=1e-12)
    assert found["kish_ess"] == pytest.approx(sum(w) ** 2 / sum(x * x for x in w), abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(strata())
def test_the_chi_square_is_scipys_without_correction(groups):
    found = nonresponse(groups)
    table = [(one.responded, one.attended - one.responded) for one in groups.values() if one.attended]
    if len(table) < 2 or not all(map(sum, zip(*table, strict=True))):
        assert (found["chi2"], found["chi2_p"]) == (None, None)
        assert "chi2" in found["reasons"]
        return
    theirs = stats.chi2_contingency(table, correction=False)
    assert (found["chi2"], found["chi2_p"]) == (pytest.approx(theirs.statistic, abs=1e-9), pytest.approx(theirs.pvalue, abs=1e-9))


@settings(max_examples=40, deadline=None)
@given(strata(most=3))
def test_the_bounds_are_the_worst_and_the_best_that_the_silent_could_make_of_it(groups):
    rows = people(groups)[:12]
    groups = {name: Stratum(*(sum(r[0] == name and all(r[1:k]) for r in rows) for k in (1, 2, 3))) for name in groups}
    found = nonresponse(groups)
    silent = [row for row in rows if not row[1]]
    shares = [(sum(row[2] for row in rows) + sum(could)) / len(rows) for could in product((0, 1), repeat=len(silent))] if rows else [None]
    assert (found["bound_low"], found["bound_high"]) == (shares[0] if not rows else min(shares), shares[0] if not rows else max(shares))


def test_300_of_741_answered_and_200_improved_is_from_27_to_87_in_a_hundred():
    found = nonresponse({"all": Stratum(741, 300, 200)})
    assert (round(found["bound_low"], 2), round(found["bound_high"], 2)) == (0.27, 0.87)


def test_nobody_attended_leaves_every_share_undefined_with_its_reason():
    found = nonresponse({})
    assert {name for name, value in found.items() if value is None} == set(found["reasons"])
    assert found["weights"] == {}


def test_rows_of_one_stratum_are_added_up_in_any_order():
    rows = {("Police", 10, 4, 1): 1, ("Health", 3, 3, 3): 2, ("Police", 1, 1, 0): 3}
    assert of_rows(rows) == of_rows(dict(reversed(rows.items()))) == nonresponse({"Police": Stratum(13, 7, 1), "Health": Stratum(6, 6, 6)})


@pytest.mark.parametrize(("row", "words"), [(("P", 3, 4, 0), "column responded: 4 of 3"), (("P", 9, 4, 5), "column improved: 5 of 4")])
def test_more_than_there_were_cannot_be(row, words):
    with pytest.raises(Wrong, match=words):
        check_row(row)


@settings(max_examples=100, deadline=None)
@given(strata())
def test_a_standardised_difference_is_that_of_two_shares_over_one_row_for_each_person(groups):
    rows = people(groups)
    answered, silent = ([row for row in rows if row[1] is said] for said in (True, False))
    found = standardised_differences(groups)
    if not answered or not silent:
        assert found == {}
        return
    for name in groups:
        one, other = (np.array([row[0] == name for row in part], dtype=float) for part in (answered, silent))
        spread = np.sqrt((one.var() + other.var()) / 2)
        if spread:
            assert found[name] == pytest.approx((one.mean() - other.mean()) / spread)
        else:
            assert found[name] == (0 if one.mean() == other.mean() else np.inf if one.mean() > other.mean() else -np.inf)
