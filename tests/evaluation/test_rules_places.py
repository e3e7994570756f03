"""How many will come: against fractions without rounding, every way in which people can come or not, and SciPy."""

from fractions import Fraction
from itertools import product
from math import comb, prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from app.evaluation.rules.statistics.columns import Wrong
from app.evaluation.rules.statistics.places import beta_binomial, check_parameters, most_places, of_people, overbooking, poisson_binomial


def rising(a, k):
    return prod((a + i for i in range(k)), start=Fraction(1))


def exactly(offered, a, b):
    """The beta-binomial as a ratio of whole numbers: Pólya's urn."""
    a, b = Fraction(a), Fraction(b)
    return [comb(offered, k) * rising(a, k) * rising(b, offered - k) / rising(a + b, offered) for k in range(offered + 1)]


def expectations(chances, room):
    return (
        float(sum(chances[room + 1:])), float(sum(k * p for k, p in enumerate(chances))),
        float(sum(max(room - k, 0) * p for k, p in enumerate(chances))), float(sum(max(k - room, 0) * p for k, p in enumerate(chances))),
    )


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 12), st.integers(1, 40), st.integers(1, 40), st.integers(0, 10))
def test_every_row_is_what_whole_numbers_give_and_the_number_is_the_first_before_too_many(room, a, b, percent):
    alpha = Fraction(percent, 20)
    found = overbooking(room, a / 4, b / 4, float(alpha))
    best = room
    while best < room + 40 and sum(exactly(best + 1, Fraction(a, 4), Fraction(b, 4))[room + 1:]) <= alpha:
        best += 1
    if best < room + 40:
        assert (found["max_places"], found["extra"]) == (best, best - room)
        assert [row["places_offered"] for row in found["rows"]] == sorted({room, best, best + 1})
    for row in found["rows"][:2]:
        if row["places_offered"] > 60:
            continue
        chances = exactly(row["places_offered"], Fraction(a, 4), Fraction(b, 4))
        names = ("p_over", "expected_attendance", "expected_empty", "expected_turned_away")
        assert [row[name] for name in names] == pytest.approx(expectations(chances, room), abs=1e-9)
        sums = [sum(chances[:k + 1]) for k in range(len(chances))]
        assert row["interval80"] == [next(k for k, s in enumerate(sums) if s >= share) for share in (Fraction(1, 10), Fraction(9, 10))]


def test_the_example_of_a_room_for_twenty():
    assert [overbooking(20, 0.75 * m, 0.25 * m, alpha)["extra"] for m, alpha in ((24, 0.05), (24, 0.20), (4, 0.05), (1e8, 0.05))] == [1, 3, 0, 3]
    first, second, third = overbooking(20, 18, 6, 0.05)["rows"]
    assert (round(second["p_over"], 3), round(third["p_over"], 3)) == (0.014, 0.054)
    assert (round(first["expected_empty"], 1), round(second["expected_empty"], 1)) == (5.0, 4.3)


def test_sessions_that_hardly_differ_are_binomial_to_the_last_digits():
    assert list(beta_binomial(300, 7.5e12, 2.5e12).chances) == pytest.approx(list(stats.binom(300, 0.75).pmf(range(301))), abs=1e-11)
    assert list(beta_binomial(300, 7.5, 2.5).chances) == pytest.approx(list(stats.betabinom(300, 7.5, 2.5).pmf(range(301))), abs=1e-12)


def test_a_risk_that_is_met_exactly_is_within_it():
    assert most_places(18, 1, 1, 0.05) == 19  # all numbers from 0 to 19 are alike, so 19 of 18 has one chance in twenty


def test_everyone_comes_nobody_comes_and_no_places():
    assert overbooking(20, 30, 0, 0.05)["max_places"] == 20
    assert overbooking(0, 1, 1, 0.5)["max_places"] == 1
    assert overbooking(20, 5, 2, 0.0)["extra"] == 0


def test_a_risk_without_an_end_has_no_largest_number_and_says_why():
    found = overbooking(20, 5, 2, 1.0)
    assert (found["max_places"], found["extra"], [row["places_offered"] for row in found["rows"]]) == (None, None, [20])
    assert "1,000,000 extra places" in found["reasons"]["max_places"]


def test_nothing_known_of_who_comes_is_refused():
    with pytest.raises(Wrong, match="says nothing about who comes"):
        check_parameters({"a_attend": 0, "b_dna": 0})


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 8), max_size=9), st.integers(0, 10), st.randoms())
def test_people_with_a_chance_each_are_every_way_in_which_they_can_come(eighths, room, chance):
    chances = [Fraction(e, 8) for e in eighths]
    exact = [Fraction(0)] * (len(chances) + 1)
    for came in product((0, 1), repeat=len(chances)):
        exact[sum(came)] += prod((p if c else 1 - p for p, c in zip(chances, came, strict=True)), start=Fraction(1))
    found = of_people([float(p) for p in chances], room)
    assert found["pmf"] == pytest.approx([float(p) for p in exact], abs=1e-12)
    names = ("p_over", "expected_attendance", "expected_empty", "expected_turned_away")
    assert [found[name] for name in names] == pytest.approx(expectations(exact, room), abs=1e-12)
    mixed = of_people(chance.sample([float(p) for p in chances], len(chances)), room)
    assert mixed["pmf"] == pytest.approx(found["pmf"], abs=1e-12)


@pytest.mark.parametrize("n", [100, 5_000, 60_000])
def test_many_people_with_the_same_chance_are_binomial(n):
    assert list(poisson_binomial([0.3] * n).chances) == pytest.approx(list(stats.binom(n, 0.3).pmf(range(n + 1))), abs=1e-12)


def test_different_chances_are_scipys_poisson_binomial():
    chances = [(k * 37 % 101) / 100 for k in range(101)]
    assert list(poisson_binomial(chances).chances) == pytest.approx(list(stats.poisson_binom(chances).pmf(range(102))), abs=1e-12)


def test_nobody_is_certain_not_to_come():
    assert of_people([], 3) == {
        "pmf": [1.0], "p_over": 0.0, "expected_attendance": 0, "expected_empty": 3.0, "expected_turned_away": 0.0, "reasons": {},
    }


def test_parameters_are_taken_as_they_are_however_small():
    assert list(beta_binomial(30, 1e-9, 3e-9).chances) == pytest.approx(list(stats.betabinom(30, 1e-9, 3e-9).pmf(range(31))), abs=1e-9)
    assert overbooking(50, 1e-9, 1e-9, 0.4)["rows"][-1]["p_over"] == pytest.approx(0.5, abs=1e-6)
    assert list(beta_binomial(20, 0, 5).chances) == [1.0] + [0.0] * 20 and list(beta_binomial(20, 5, 0).chances) == [0.0] * 20 + [1.0]
    assert (beta_binomial(20, 0, 5).expected, list(beta_binomial(0, 0, 5).chances)) == (0.0, [1.0])


@pytest.mark.parametrize(("came", "stayed_away", "alpha"), [(0.5, 30, 0.0), (0.5, 30, 1e-20), (5, 2, 0.0), (0.1, 50, 1e-15)])
def test_a_risk_that_is_not_allowed_is_not_taken_however_small_it_is(came, stayed_away, alpha):
    best = most_places(30, came, stayed_away, alpha)
    assert beta_binomial(best, came, stayed_away).over(30) <= alpha * (1 + 1e-6) < beta_binomial(best + 1, came, stayed_away).over(30)
    assert best == 30 or alpha
