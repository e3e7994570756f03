"""What was kept months later and how people look back, against the same figures from lists of people."""

from statistics import mean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from app.evaluation.rules.statistics.follow_up import follow_up
from app.evaluation.rules.statistics.looking_back import looking_back
from app.evaluation.rules.statistics.shares import wilson
from app.evaluation.rules.statistics.signed_rank import signed_rank

answer = st.none() | st.integers(1, 5)
people = st.lists(st.tuples(answer, answer, answer), max_size=25)


def rows(given_answers):
    return {row: given_answers.count(row) for row in given_answers}


def both(given_answers, first, second):
    return [row[second] - row[first] for row in given_answers if None not in (row[first], row[second])]


def average(values):
    return pytest.approx(mean(values)) if values else None


def exact(values):
    found = signed_rank({k: values.count(k) for k in range(-4, 5)}, zeros="pratt")
    return found and found.p


def undefined(found):
    return {name for name, value in found.items() if value in (None, [None, None])}


@settings(max_examples=100, deadline=None)
@given(people)
def test_what_was_kept_is_counted_person_by_person(given_answers):
    found = follow_up(rows(given_answers))
    all_three = [row for row in given_answers if None not in row]
    improved = [row for row in all_three if row[1] > row[0]]
    kept = [row for row in improved if row[2] >= row[1]]
    lost = [row for row in improved if row[2] <= row[0]]
    assert (found["n_all_three"], found["improved_at_end"], found["kept"], found["lost"]) == (len(all_three), len(improved), len(kept), len(lost))
    assert found["kept"] + found["partly"] + found["lost"] == found["improved_at_end"]
    assert found["kept_share"] == (pytest.approx(len(kept) / len(improved)) if improved else None)
    assert found["kept_wilson"] == list(wilson(len(kept), len(improved)))
    since_after, since_before = both(given_answers, 1, 2), both(given_answers, 0, 2)
    assert (found["n_after_and_followup"], found["mean_followup_minus_after"]) == (len(since_after), average(since_after))
    assert (found["mean_followup_minus_before"], found["followup_v_before_pratt_exact_p"]) == (average(since_before), exact(since_before))
    answered = sum(row[2] is not None for row in given_answers)
    assert found["follow_response_rate"] == (pytest.approx(answered / len(given_answers)) if given_answers else None)
    if len(set(since_after)) > 1:
        theirs = stats.ttest_1samp(since_after, 0).confidence_interval(0.95)
        assert found["t_ci"] == pytest.approx([theirs.low, theirs.high], abs=1e-9)
    else:
        assert found["t_ci"] == [None, None]
    assert undefined(found) == set(found["reasons"])


def test_the_three_ends_of_a_rise():
    found = follow_up({(1, 4, 5): 2, (1, 4, 4): 1, (1, 4, 3): 1, (1, 4, 1): 1, (2, 4, 1): 1, (4, 4, 4): 3, (4, 1, 1): 2})
    assert (found["kept"], found["partly"], found["lost"], found["kept_share"]) == (3, 1, 2, 0.5)


@pytest.mark.parametrize(("given_answers", "name", "why"), [
    ([], "follow_response_rate", "there is nobody"),
    ([(2, 3, None)], "mean_followup_minus_after", "no one answered both times"),
    ([(3, 3, 3)], "kept_share", "nobody who answered all three times had gone up"),
    ([(3, 4, 3)], "followup_v_before_pratt_exact_p", "nobody's rating differed"),
    ([(3, 4, 3)], "t_ci", "one person alone"),
    ([(3, 4, 3), (2, 4, 3)], "t_ci", "everyone changed by the same amount"),
])
def test_what_is_undefined_at_follow_up_says_why(given_answers, name, why):
    assert follow_up(rows(given_answers))["reasons"][name].startswith(why)


@settings(max_examples=100, deadline=None)
@given(people)
def test_looking_back_keeps_the_three_questions_apart(given_answers):
    found = looking_back(rows(given_answers))
    shift, change, from_then = both(given_answers, 0, 1), both(given_answers, 0, 2), both(given_answers, 1, 2)
    all_three = [row for row in given_answers if None not in row]
    assert [found[name] for name in ("n_before_then", "n_then_after", "n_before_after", "n_all_three")] == [
        len(shift), len(from_then), len(change), len(all_three)]
    assert (found["response_shift_mean"], found["response_shift_pratt_exact_p"]) == (average(shift), exact(shift))
    assert [found[f"then_{way}"] for way in ("lower", "same", "higher")] == [
        sum(k < 0 for k in shift), shift.count(0), sum(k > 0 for k in shift)]
    assert (found["change_before_after"], found["change_then_after"]) == (average(change), average(from_then))
    assert found["change_before_after_same_people"] == average(both(all_three, 0, 2))
    assert found["change_then_after_same_people"] == average(both(all_three, 1, 2))
    assert undefined(found) == set(found["reasons"])


def test_a_starting_point_that_nobody_judged_differently_is_not_tested():
    found = looking_back({(3, 3, 4): 8})
    assert found["response_shift_pratt_exact_p"] is None
    assert found["reasons"]["response_shift_pratt_exact_p"] == "nobody judged their starting point differently"
