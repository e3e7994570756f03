"""No-show rates and odds: against other ways to the same maximum, closed forms, and numerical slopes."""

import random
from math import comb, exp, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize, stats

from app.evaluation.rules.statistics import no_show_odds, no_shows
from app.evaluation.rules.statistics.columns import Wrong
from app.evaluation.rules.statistics.no_show_odds import odds_of_not_coming, read_weeks
from app.evaluation.rules.statistics.no_shows import fit, no_show_rates


def drawn(groups, mu, m, seed, largest=40):
    draw = random.Random(seed)
    found = {}
    for group in range(groups):
        booked, rate = draw.randint(2, largest), draw.betavariate(mu * m, (1 - mu) * m)
        found[f"g{group:03}"] = (booked, sum(draw.random() < rate for _ in range(booked)))
    return found


def by_simplex(groups):
    """The same maximum without slopes, by Nelder and Mead on SciPy's beta-binomial, from many starts."""
    n, y = np.array(list(groups.values()), dtype=float).T

    def minus(place):
        mu, m = 1 / (1 + exp(-place[0])), exp(place[1])
        return -stats.betabinom.logpmf(y, n, mu * m, (1 - mu) * m).sum()

    bounds = [(-8, 8), (-1, 9.2)]
    options = {"xatol": 1e-11, "fatol": 1e-13, "maxiter": 4000}
    found = [optimize.minimize(minus, (-1, start), method="Nelder-Mead", bounds=bounds, options=options) for start in (0.0, 2.0, 4.0, 7.0)]
    best = min(found, key=lambda one: one.fun)
    return 1 / (1 + exp(-best.x[0])), exp(best.x[1]), -best.fun


@pytest.mark.parametrize(("groups", "mu", "m", "seed"), [(20, 0.25, 24, 1), (60, 0.1, 8, 2), (12, 0.5, 3, 3), (90, 0.25, 40, 4)])
def test_the_fit_is_where_a_search_without_slopes_ends(groups, mu, m, seed):
    data = drawn(groups, mu, m, seed)
    found, (their_mu, their_m, their_loglik) = no_show_rates(data), by_simplex(data)
    assert found["loglik"] == pytest.approx(their_loglik, abs=1e-8)
    assert found["mu"] == pytest.approx(their_mu, rel=1e-6)
    assert found["M"] == pytest.approx(their_m, rel=2e-6)


def test_the_likelihood_is_the_binomial_averaged_over_the_beta():
    found = no_show_rates(data := drawn(15, 0.25, 10, 5))
    a, b = found["mu"] * found["M"], (1 - found["mu"]) * found["M"]
    each = [
        integrate.quad(lambda p, n=n, y=y: stats.binom.pmf(y, n, p) * stats.beta.pdf(p, a, b), 0, 1, epsabs=1e-13)[0] for n, y in data.values()
    ]
    assert found["loglik"] == pytest.approx(sum(map(log, each)), abs=1e-6)
    rate = found["pooled"]
    assert found["binomial_loglik"] == pytest.approx(sum(log(comb(n, y) * rate**y * (1 - rate) ** (n - y)) for n, y in data.values()), abs=1e-9)


def test_shrunk_rates_lie_between_the_group_and_the_mean_and_their_intervals_are_betas():
    found = no_show_rates(data := drawn(30, 0.25, 12, 6) | {"nobody yet": (0, 0)})
    assert found["shrunk"]["nobody yet"] == pytest.approx(found["mu"])
    for name, (booked, absent) in data.items():
        shrunk = found["shrunk"][name]
        if booked:
            assert min(absent / booked, found["mu"]) - 1e-12 <= shrunk <= max(absent / booked, found["mu"]) + 1e-12
        posterior = stats.beta(absent + found["mu"] * found["M"], booked - absent + (1 - found["mu"]) * found["M"])
        assert (found["lo"][name], found["hi"][name]) == pytest.approx(posterior.interval(0.95), abs=1e-9)
        assert shrunk == pytest.approx(posterior.mean(), abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 30).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))), min_size=1, max_size=12), st.randoms())
def test_no_other_place_is_likelier_and_the_order_of_groups_changes_nothing(pairs, chance):
    data = {str(place): pair for place, pair in enumerate(pairs)}
    found = no_show_rates(data)
    n, y = np.array(pairs, dtype=float).T
    for _ in range(60):
        mu, m = 1 / (1 + exp(-chance.uniform(-8, 8))), exp(chance.uniform(-1, 9.2))
        assert stats.betabinom.logpmf(y, n, mu * m, (1 - mu) * m).sum() <= found["loglik"] + 1e-7
    names = list(data)
    chance.shuffle(names)
    assert no_show_rates({name: data[name] for name in names}) == found


@settings(max_examples=30, deadline=None)
@given(st.integers(3, 40), st.integers(0, 10**6))
def test_counting_those_who_came_mirrors_the_fit(groups, seed):
    data = drawn(groups, 0.3, 6, seed)
    one, other = no_show_rates(data), no_show_rates({name: (n, n - y) for name, (n, y) in data.items()})
    assert one["loglik"] == pytest.approx(other["loglik"], abs=1e-8)
    assert one["mu"] == pytest.approx(1 - other["mu"], abs=1e-5)


def test_without_a_booking_nothing_is_known():
    for groups in ({}, {"A": (0, 0)}):
        found = no_show_rates(groups)
        assert [found[name] for name in ("pooled", "mu", "M", "loglik", "binomial_loglik")] == [None] * 5
        assert found["shrunk"] == found["lo"] == found["hi"] == dict.fromkeys(groups)
        assert found["reasons"]["M"] == "nobody booked"


def test_groups_that_are_alike_have_the_largest_concentration():
    found = no_show_rates({str(i): (40, 10) for i in range(10)})
    assert (found["M"], found["mu"]) == (pytest.approx(exp(9.2)), pytest.approx(0.25, abs=1e-4))
    assert found["loglik"] == pytest.approx(found["binomial_loglik"], abs=0.05)


def test_groups_of_one_booking_cannot_differ():
    found = no_show_rates({"A": (1, 1), "B": (1, 0), "C": (1, 0)})
    assert (found["M"], found["mu"], found["loglik"]) == (pytest.approx(exp(9.2)), pytest.approx(1 / 3), pytest.approx(found["binomial_loglik"]))


@pytest.mark.parametrize("data", [{"A": (5, 0)}, {"A": (5, 5), "B": (9, 9)}, {"A": (5, 5), "B": (5, 0)}, {"A": (10**9, 10**8), "B": (10**9, 3)}])
def test_all_or_nothing_and_enormous_groups_have_finite_answers(data):
    found = no_show_rates(data)
    assert all(np.isfinite([found[name] for name in ("mu", "M", "loglik", "binomial_loglik")]))
    assert all(found["lo"][name] <= found["shrunk"][name] <= found["hi"][name] or data[name][1] in (0, data[name][0]) for name in data)


def test_a_hundred_thousand_groups_take_no_longer_than_their_different_sizes():
    alike = {}
    for pair in drawn(100_000, 0.25, 20, 8, largest=20).values():
        alike[pair] = alike.get(pair, 0) + 1
    assert fit(alike).m == pytest.approx(20, rel=0.05)


def test_more_who_stayed_away_than_booked_cannot_be():
    with pytest.raises(Wrong, match="column dna: 4 of 3"):
        no_shows.check_row(("A", 3, 4))


def test_rows_of_one_group_are_added_up():
    assert no_shows.of_rows({("A", 5, 1): 2, ("B", 9, 3): 1}) == no_show_rates({"A": (10, 2), "B": (9, 3)})


def bookings(n, seed):
    draw = random.Random(seed)
    found = []
    for _ in range(n):
        online, weeks, before = draw.random() < 0.5, draw.randint(0, 12), draw.choice([0, 0, 0, 1, 2, 5])
        logit = -1.5 + 0.4 * online + 0.05 * weeks + 0.5 * min(before, 2)
        found.append(((online, float(weeks), before), draw.random() < 1 / (1 + exp(-logit))))
    return found


def counted(rows):
    found = {}
    for row in rows:
        found[row] = found.get(row, 0) + 1
    return found


def test_the_odds_are_where_the_slope_of_the_likelihood_of_single_rows_is_nought():
    rows = bookings(1500, 9)
    x = np.array([[1, online, weeks, min(before, 2)] for (online, weeks, before), _ in rows], dtype=float)
    y = np.array([absent for _, absent in rows], dtype=float)

    def slope(coef):
        return x.T @ (y - 1 / (1 + np.exp(-x @ coef))) - 1e-6 * coef

    root = optimize.root(slope, np.zeros(4), method="hybr", tol=1e-14).x
    bend = np.array([(slope(root - step) - slope(root + step)) / 2e-5 for step in np.eye(4) * 1e-5])
    p = 1 / (1 + np.exp(-x @ root))
    found = odds_of_not_coming(counted(rows))
    assert found["coef"] == pytest.approx(list(root), abs=1e-8)
    assert found["se"] == pytest.approx(list(np.sqrt(np.diag(np.linalg.inv(bend)))), abs=1e-6)
    assert found["loglik"] == pytest.approx((y * np.log(p) + (1 - y) * np.log(1 - p)).sum(), abs=1e-6)
    assert found["brier"] == pytest.approx(((y - p) ** 2).mean(), abs=1e-9)
    assert found["brier_base"] == pytest.approx(((y - y.mean()) ** 2).mean(), abs=1e-12)
    assert found["log_loss"] == pytest.approx(-found["loglik"] / 1500)
    assert found["expected_dna"] == pytest.approx(y.sum(), abs=1e-4)


def test_with_one_thing_that_differs_the_odds_are_those_of_the_two_by_two_table():
    found = odds_of_not_coming({((False, 0.0, 0), True): 30, ((False, 0.0, 0), False): 90, ((True, 0.0, 0), True): 44, ((True, 0.0, 0), False): 66})
    assert found["coef"][:2] == pytest.approx([log(30 / 90), log(44 / 66) - log(30 / 90)], abs=1e-6)
    assert found["se"][:2] == pytest.approx([(1 / 30 + 1 / 90) ** 0.5, (1 / 30 + 1 / 90 + 1 / 44 + 1 / 66) ** 0.5], abs=1e-6)


def test_swapping_came_and_did_not_come_turns_every_sign():
    rows = bookings(400, 10)
    one, other = odds_of_not_coming(counted(rows)), odds_of_not_coming(counted([(features, not absent) for features, absent in rows]))
    assert one["coef"] == pytest.approx([-c for c in other["coef"]], abs=1e-8)


def test_the_order_of_rows_changes_nothing_and_more_than_twice_before_is_twice():
    rows = bookings(300, 12)
    assert odds_of_not_coming(counted(rows)) == odds_of_not_coming(counted(rows[::-1]))
    twice = [((online, weeks, min(before, 2)), absent) for (online, weeks, before), absent in rows]
    assert odds_of_not_coming(counted(twice)) == odds_of_not_coming(counted(rows))


@pytest.mark.parametrize("rows", [
    [((False, 3.0, 0), True)], [((False, 3.0, 0), False)] * 50, [((False, 3.0, 0), False)] * 50 + [((True, 3.0, 0), True)] * 50,
    [((True, w, 0), w > 5) for w in map(float, range(12))], [((True, 1000.0, 2), False)] * 3 + [((False, 0.0, 0), True)] * 3,
])
def test_where_something_decides_alone_the_coefficients_stay_finite_and_the_slope_is_nought(rows):
    found = odds_of_not_coming(counted(rows))
    x = np.array([[1, online, weeks, min(before, 2)] for (online, weeks, before), _ in rows], dtype=float)
    y = np.array([absent for _, absent in rows], dtype=float)
    coef = np.array(found["coef"])
    assert np.isfinite(coef).all()
    assert np.isfinite(found["se"]).all()
    assert x.T @ (y - 1 / (1 + np.exp(-x @ coef))) == pytest.approx(1e-6 * coef, abs=1e-9)


def test_without_bookings_every_figure_is_undefined():
    found = odds_of_not_coming({})
    assert (found["coef"], found["brier"], found["expected_dna"]) == ([None] * 4, None, None)
    assert no_show_odds.of_rows({}) == found


def test_a_million_bookings_take_no_longer_than_the_different_ones():
    found = odds_of_not_coming({key: count * 1000 for key, count in counted(bookings(1000, 13)).items()})
    assert found["coef"] == pytest.approx(odds_of_not_coming(counted(bookings(1000, 13)))["coef"], abs=1e-6)


@pytest.mark.parametrize("text", ["-1", "three", "", "1,5", "1001", "nan"])
def test_weeks_are_a_plain_number(text):
    with pytest.raises(Wrong, match="is not a number of weeks"):
        no_show_odds.read_weeks(text)
    assert no_show_odds.read_weeks("3.5") == no_show_odds.read_weeks("3.50") == "3.5"


@pytest.mark.parametrize(("text", "weeks"), [(str(46 / 7), 46 / 7), ("6.571428571428571", 46 / 7), (".5", 0.5), ("3.", 3.0), ("1e-05", 0.00001), ("1E2", 100.0)])
def test_weeks_are_read_as_programs_write_them(text, weeks):
    assert float(read_weeks(text)) == weeks


@pytest.mark.parametrize("text", ["1e999", "1e4", ".", "e5", "nan", "inf", "-1", "1_0", "1001"])
def test_what_is_no_number_of_weeks_is_refused(text):
    with pytest.raises(Wrong, match="is not a number of weeks"):
        read_weeks(text)
