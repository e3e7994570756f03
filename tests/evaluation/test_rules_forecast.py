"""The forecast of a session, and whether the look back at past forecasts is honest."""

import random
from dataclasses import replace
from datetime import date, timedelta
from math import log

import pytest
from scipy import stats

from app.evaluation.rules.statistics import backtest as looking_back
from app.evaluation.rules.statistics.backtest import (
    Backtest,
    Held,
    Person,
    backtest,
    binomial_two_sided,
    clustered,
    contest,
    goodness,
    reliability,
    spiegelhalter,
)
from app.evaluation.rules.statistics.forecast import Booked, ComingSession, PlacesPolicy, extra_places, forecast, lead_band, learn, learn_odds


def year(sessions=80, seed=1, spread=20.0, booked=18, capacity=20, online_rate=0.35, room_rate=0.2):
    """Sessions a week apart, online ones with more no-shows, each with a bad day of its own."""
    draw = random.Random(seed)
    found = []
    for number in range(sessions):
        form, rate = draw.choice([("online", online_rate), ("room", room_rate)])
        own = draw.betavariate(rate * spread, (1 - rate) * spread)
        held = date(2024, 1, 3) + timedelta(weeks=number)
        found.append(looking_back.PastSession(
            f"s{number:03}", held, held - timedelta(days=3), form, f"{form}-{draw.randint(1, 4)}",
            tuple(Booked(draw.randint(0, 12), draw.choice([0, 0, 1]), draw.random() < own) for _ in range(booked)), capacity,
        ))
    return found


def people(*outcomes):
    return tuple(Person("s", (2024, 1), chance, 0.25, bool(absent)) for chance, absent in outcomes)


def test_without_a_history_the_starting_assumption_is_used_and_said():
    model = learn([])
    assert (model.overall, model.assumed) == (0.25, True)
    assert model.chance("room", "A", Booked(3)) == 0.25
    found = forecast(model, ComingSession("room", "A", (Booked(3),) * 20, capacity=20))
    assert (found.booked, found.expected, found.p_over) == (20, pytest.approx(15.0), 0.0)


def test_with_a_history_the_assumption_is_gone():
    model = learn(year(2))
    assert (model.assumed, model.overall) == (False, pytest.approx(sum(b.absent for s in year(2) for b in s.booked) / 36))


def test_a_course_without_bookings_takes_its_formats_rate_and_one_with_many_its_own():
    model = learn(history := year(200))
    online = [b.absent for s in history if s.format == "online" for b in s.booked]
    assert model.chance("online", "new", Booked(4)) == pytest.approx((sum(online) + 20 * model.overall) / (len(online) + 20))
    assert model.chance("online", "online-1", Booked(4)) > model.chance("room", "room-1", Booked(4))


def test_each_level_is_drawn_to_the_one_above():
    """The rule once more by hand: 20 of the format above, the learnt M of the courses, 20 of the course below."""
    history = [replace(s, format="room", course="A", booked=tuple(replace(b, weeks=1) for b in s.booked)) for s in year(4)]
    n, y = 72, sum(b.absent for s in history for b in s.booked)
    rate = y / n
    for m in (20, 20, 20):
        rate = (y + m * rate) / (n + m)
    assert learn(history).chance("room", "A", Booked(0)) == pytest.approx(rate)


@pytest.mark.parametrize(("weeks", "band"), [(0, "0-2"), (2.9, "0-2"), (3, "3-6"), (6.9, "3-6"), (7, "7+"), (40, "7+")])
def test_weeks_fall_into_bands(weeks, band):
    assert lead_band(weeks) == band


def test_sessions_with_bad_days_of_their_own_make_the_range_wider():
    coming = ComingSession("room", "room-1", (Booked(4),) * 18)
    wide, narrow = (forecast(learn(year(200, spread=spread)), coming) for spread in (4.0, 400.0))
    assert wide.high - wide.low > narrow.high - narrow.low
    assert learn(year(200, spread=10**6)).concentration("room") <= 200


def test_nobody_booked_yet_is_nobody_to_expect():
    found = forecast(learn(year()), ComingSession("room", "room-1", (), capacity=20))
    assert (found.booked, found.expected, found.low, found.high) == (0, 0.0, 0, 0)


def test_extra_places_stay_within_the_risk_a_quarter_of_the_room_and_those_waiting():
    model = learn(year(100))
    coming = ComingSession("room", "room-2", (Booked(4),) * 20, capacity=20, waiting=50)
    found = extra_places(model, coming, sessions_seen=40)
    assert [row["places_offered"] for row in found.rows] == sorted({20, 20 + found.extra, 21 + found.extra})
    assert found.rows[-2]["p_over"] <= 0.05 < found.rows[-1]["p_over"]
    assert extra_places(model, coming, 40, PlacesPolicy(risk_room=0.99)).extra == 5
    assert extra_places(model, replace(coming, waiting=2), 40, PlacesPolicy(risk_room=0.99)).extra == 2
    assert extra_places(model, replace(coming, waiting=0), 40).extra == 0
    assert extra_places(model, coming, 40, PlacesPolicy(risk_room=1.0)).extra == 5


def test_online_more_risk_is_taken():
    assert (PlacesPolicy().risk("online"), PlacesPolicy().risk("room")) == (0.20, 0.05)


@pytest.mark.parametrize(("coming", "seen", "words"), [
    (ComingSession("room", "A", (), capacity=20, waiting=9), 7, "There are 7 past sessions of this format; 8 are needed"),
    (ComingSession("room", "A", (), capacity=None, waiting=9), 99, "no limit of places"),
])
def test_with_too_little_to_go_by_there_is_no_advice_and_it_says_why(coming, seen, words):
    found = extra_places(learn([]), coming, seen)
    assert found.extra is None
    assert words in found.why


def test_a_forecast_knows_nothing_of_its_own_session_or_of_later_ones():
    sessions = year(40)
    changed = [replace(s, booked=tuple(replace(b, absent=not b.absent) for b in s.booked)) if place >= 30 else s for place, s in enumerate(sessions)]
    before, after = backtest(sessions), backtest(changed)
    known = [(p.session, p.chance, p.base) for p in before.people if p.session <= "s030"]
    assert known == [(p.session, p.chance, p.base) for p in after.people if p.session <= "s030"]
    assert [h.expected for h in before.sessions] != [h.expected for h in after.sessions]


def test_a_session_between_the_cut_off_and_the_day_is_not_known():
    """The switch: with forecasts made on the day itself, yesterday's session changes them."""
    sessions = year(30)
    early = [replace(s, cut_off=s.held_on - timedelta(days=8)) for s in sessions]
    flipped = [replace(s, booked=tuple(replace(b, absent=not b.absent) for b in s.booked)) if s.session == "s028" else s for s in early]
    last = [h.expected for h in (backtest(early).sessions[-1], backtest(flipped).sessions[-1])]
    assert last[0] == last[1]
    on_the_day = [[replace(s, cut_off=s.held_on) for s in group] for group in (early, flipped)]
    assert backtest(on_the_day[0]).sessions[-1].expected != backtest(on_the_day[1]).sessions[-1].expected


def test_the_order_in_which_sessions_are_given_changes_nothing():
    sessions = year(25)
    shuffled = random.Random(3).sample(sessions, len(sessions))
    assert goodness(backtest(sessions)) == goodness(backtest(shuffled))


def test_the_measures_by_hand():
    found = goodness(Backtest(people((0.2, 0), (0.7, 1), (0.4, 1)), (
        Held("s", 15.2, 12, 18, 16, False, 0.05), Held("t", 14.0, 11, 17, 19, True, 0.2), Held("u", 9.0, 7, 11, 13, None, None),
    )))
    assert found.brier == pytest.approx((0.04 + 0.09 + 0.36) / 3)
    assert found.brier_base == pytest.approx((0.0625 + 2 * 0.5625) / 3)
    assert found.skill == pytest.approx(1 - 0.49 / 1.1875)
    assert found.log_loss == pytest.approx(-(log(0.8) + log(0.7) + log(0.4)) / 3)
    assert found.calibration_in_the_large == pytest.approx((2 - 1.3) / 3)
    z = (-0.2 * 0.6 + 0.3 * -0.4 + 0.6 * 0.2) / (0.36 * 0.16 + 0.16 * 0.21 + 0.04 * 0.24) ** 0.5
    assert (found.spiegelhalter_z, found.spiegelhalter_p) == (pytest.approx(z), pytest.approx(2 * stats.norm.sf(abs(z))))
    assert found.mae == pytest.approx((0.8 + 5 + 4) / 3)
    assert (found.near, found.inside_80, found.inside_80_share) == (1, 1, pytest.approx(1 / 3))
    assert found.inside_80_p == pytest.approx(stats.binomtest(1, 3, 0.8).pvalue)
    assert (found.limited, found.times_over, found.times_over_expected, found.reliability) == (2, 1, pytest.approx(0.25), ())


def test_no_forecast_leaves_every_measure_undefined():
    for sessions in ([], year(1)):
        found = goodness(backtest(sessions))
        assert (found.people, found.brier, found.skill, found.spiegelhalter_z, found.mae, found.inside_80_p) == (0, *[None] * 5)


def test_chances_of_a_half_have_no_z():
    assert spiegelhalter([(0.5, True), (0.5, False)]) is None


@pytest.mark.parametrize(("x", "n", "share"), [(0, 1, 0.8), (26, 30, 0.8), (1500, 2000, 0.8), (5, 5, 0.5)])
def test_the_check_of_the_range_is_the_exact_binomial(x, n, share):
    assert binomial_two_sided(x, n, share) == pytest.approx(stats.binomtest(x, n, share).pvalue, abs=1e-9)


def test_right_forecasts_are_found_calibrated_and_wrong_ones_are_not():
    right = goodness(backtest(year(250, seed=5)))
    assert abs(right.calibration_in_the_large) < 0.02
    assert right.skill > 0
    assert 0.78 <= right.inside_80_share <= 0.92
    draw = random.Random(7)
    chances = [draw.uniform(0.05, 0.5) for _ in range(4000)]
    well = people(*((p, draw.random() < p) for p in chances))
    badly = people(*((p, draw.random() < p / 2) for p in chances))
    assert abs(goodness(Backtest(well, ())).spiegelhalter_z) < 3 < abs(goodness(Backtest(badly, ())).spiegelhalter_z)


def test_reliability_groups_are_in_order_about_alike_and_never_split_the_same_chance():
    draw = random.Random(8)
    found = reliability(people(*((round(draw.random(), 1), draw.random() < 0.3) for _ in range(500))))
    assert sum(one.n for one in found) == 500
    assert [one.mean_chance for one in found] == sorted(one.mean_chance for one in found)
    assert all(one.n >= 20 and one.interval[0] <= one.share <= one.interval[1] for one in found)
    assert len(reliability(people(*[(0.3, k % 3 == 0) for k in range(100)]))) == 1
    assert reliability(people(*[(0.3, True)] * 19)) == []
    assert len(reliability(people(*[(0.1, False)] * 60, *[(0.9, True)] * 5))) == 1


def test_regression_is_adopted_only_where_it_is_better():
    sessions = year(80, seed=9)
    same = contest(backtest(sessions), backtest(sessions))
    assert (same.gain, same.months_won, same.adopted()) == (0.0, 0, False)
    draw = random.Random(10)
    told = [replace(s, booked=tuple(replace(b, absent=draw.random() < (0.75 if b.before else 0.08)) for b in s.booked)) for s in sessions]
    assert contest(backtest(told), backtest(told, learn_odds)).adopted()
    assert not contest(backtest(told, learn_odds), backtest(told)).adopted()
    with pytest.raises(ValueError, match="same sessions"):
        contest(backtest(sessions), backtest(told))


def test_regression_waits_for_enough_bookings():
    assert type(learn_odds(year(20))).__name__ == "Shrinkage"
    assert type(learn_odds(year(60))).__name__ == "Regression"


def test_the_interval_of_the_gain_is_the_clustered_one():
    values = {"a": [1.0, 2.0], "b": [0.5], "c": [3.0, 1.0, -1.0]}
    n, mean = 6, sum(map(sum, values.values())) / 6
    variance = 3 / 2 * sum(sum(v - mean for v in part) ** 2 for part in values.values()) / n**2
    half = stats.t.ppf(0.975, 2) * variance**0.5
    found = clustered([(len(part), sum(part)) for part in values.values()])
    assert (found[0], *found[1]) == pytest.approx((mean, mean - half, mean + half))
    assert clustered([(3, 1.5)]) == (0.5, (None, None))
    assert clustered([]) == (None, (None, None))
