"""When a session is too small, why nobody is offered a place, and what becomes of people whose session is called off."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.booking.rules.displaced import CalledOff, Fate, OnSession, OtherDate, fates, room_on, told_once
from app.booking.rules.minimum import Alarm, too_small
from app.booking.rules.no_offer import why_no_offer
from app.booking.rules.places import Quota, QuotaKind, Standing, Working
from app.booking.rules.waiting import Waiting
from app.catalogue.rules import SessionStatus

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
START = NOW + timedelta(days=20)
TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(("decide_on", "alarm"), [
    (TODAY + timedelta(days=8), None), (TODAY + timedelta(days=7), Alarm.SOON), (TODAY, Alarm.TODAY), (TODAY - timedelta(days=1), Alarm.PAST),
])
def test_a_session_that_is_too_small_alarms_from_a_week_before_its_day_of_decision_on(decide_on, alarm):
    assert too_small(7, 8, decide_on, START.date(), TODAY) is alarm
    assert too_small(8, 8, decide_on, START.date(), TODAY) is None


def test_without_a_day_of_decision_the_day_of_the_session_counts():
    assert too_small(1, 8, None, TODAY + timedelta(days=3), TODAY) is Alarm.SOON
    assert too_small(1, None, None, TODAY, TODAY) is None


def standing(**facts):
    return Standing(**{"status": SessionStatus.SCHEDULED, "starts_at": START, "capacity": 5, "taken": 3, **facts})


TWO = (Waiting(1, 0, NOW), Waiting(2, 0, NOW, needs=3))


def why(standing, free, waiting=TWO, now=NOW):
    return why_no_offer(standing, waiting, lambda _one: free, {1: "Hari Pillai", 2: "Marta Kowal"}, now)


def test_the_answer_names_the_rule_and_the_people():
    assert why(standing(taken=5), 0).startswith("No place is free: 5 of 5 are held.")
    assert why(standing(), 0) == ("2 places are free, and nobody on the list can have them. Hari Pillai: the free places are kept for other agencies; "
                                  "Marta Kowal: the free places are kept for other agencies.")
    assert why(standing(), 2, (Waiting(2, 0, NOW, needs=3),)) == (
        "2 places are free, and nobody on the list can have them. Marta Kowal: their group of 3 wants to come together and 2 places are free.")
    assert "Hari Pillai is next" in why(standing(), 2)
    assert "too soon for offers" in why(standing(), 2, (Waiting(1, 0, NOW, in_time=False),))
    late = (Waiting(1, 0, NOW, in_time=False), Waiting(2, 0, NOW))
    assert why(standing(), 2, late).endswith("Passed over: Hari Pillai: the session starts too soon to ask them.")
    assert why(standing(), 2, ()) == "Nobody waits. 2 places are free for whoever asks."
    kept = (Quota(QuotaKind.KEPT, 1, "The coordinator"),)
    assert why(standing(quotas=kept), 1, ()) == "Nobody waits. 1 place is free for whoever asks, and 1 more kept for others."
    assert why(standing(quotas=kept * 2), 0, ()) == "Nobody waits. 2 places are free, but all of them are kept for others."
    assert why(standing(quotas=kept * 2), 0, (Waiting(2, 0, NOW, in_time=False),)) == (
        "The session starts too soon for offers. 2 places are free, but all of them are kept for others.")
    assert "not open for booking" in why(standing(status=SessionStatus.CANCELLED), 2)


def people(count, first=1):
    return [OnSession(number, True, Working()) for number in range(first, first + count)]


def other(places, *, there=(), held_until=NOW + timedelta(days=5)):
    return OtherDate(standing(capacity=places, taken=0), frozenset(there), held_until)


def test_places_on_one_other_date_are_shared_out_over_all_sessions_that_offer_it():
    found = fates([CalledOff(1, people(2), 9), CalledOff(2, people(3, first=10), 9)], {9: other(3)}, NOW)
    assert [fate for _person, fate in found[1]] == [Fate.HELD, Fate.HELD]
    assert [fate for _person, fate in found[2]] == [Fate.HELD, Fate.WAITS_FIRST, Fate.WAITS_FIRST]


def test_who_is_there_already_takes_no_second_place_and_who_only_waited_is_told_that_the_list_closed():
    found = fates([CalledOff(1, [*people(2), OnSession(7, False, Working())], 9)], {9: other(5, there={1})}, NOW)
    assert [fate for _person, fate in found[1]] == [Fate.THERE_ALREADY, Fate.HELD, Fate.LIST_CLOSED]


def test_free_places_of_a_date_are_those_that_the_displaced_could_have():
    police = Working(frozenset({1}), "police")
    limited = OtherDate(standing(capacity=9, taken=0, quotas=(Quota(QuotaKind.MOST, 1, "Police", 1),)), frozenset(), NOW + timedelta(days=5))
    kept = OtherDate(standing(capacity=3, taken=0, quotas=(Quota(QuotaKind.KEPT, 2, "Police", 1),)), frozenset(), NOW + timedelta(days=5))
    two = CalledOff(1, [OnSession(number, True, police) for number in (1, 2)])
    assert room_on(9, two, {9: limited}, NOW) == 1
    assert room_on(9, CalledOff(1, people(2)), {9: limited}, NOW) == 9
    assert room_on(9, CalledOff(1, people(2)), {9: kept}, NOW) == 1
    assert room_on(9, two, {9: kept}, NOW) == 3


def test_a_date_too_near_for_a_hold_puts_people_first_on_its_list():
    found = fates([CalledOff(1, people(1), 9)], {9: other(5, held_until=None)}, NOW)
    assert found[1] == [(1, Fate.WAITS_FIRST)]


@given(st.lists(st.lists(st.tuples(st.integers(1, 9), st.booleans()), max_size=8, unique_by=lambda one: one[0]), min_size=1, max_size=5),
       st.integers(0, 6))
def test_everybody_is_told_once_and_no_more_places_are_held_than_there_are(sessions, places):
    called = [CalledOff(number, [OnSession(person, had, Working()) for person, had in told], 99 if number % 2 else None)
              for number, told in enumerate(sessions)]
    found = fates(called, {99: other(max(places, 1))}, NOW)
    told = told_once(found)
    assert sum(told.values()) == len({person for one in sessions for person, _had in one})
    assert sum(fate is Fate.HELD for one in found.values() for _person, fate in one) <= max(places, 1)
