"""Who could have a place: quotas, places kept, hierarchies, what is open, and what somebody who asks gets. No database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.booking.rules import places
from app.booking.rules.places import Answer, Quota, QuotaKind, Standing, Working, answer_to, places_free_for, why_not_free, with_one_more
from app.catalogue.rules import SessionStatus
from app.core.errors import Refused

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
STARTS = NOW + timedelta(days=30)
COUNCIL, TEAM, POLICE = 1, 2, 3
AT_COUNCIL = Working(frozenset({COUNCIL}), "council")
AT_TEAM = Working(frozenset({TEAM, COUNCIL}), "council")
AT_POLICE = Working(frozenset({POLICE}), "police")
NOWHERE = Working()


def standing(capacity=10, taken=0, **more):
    return Standing(SessionStatus.SCHEDULED, STARTS, capacity, taken, **more)


def most(number, agency_id=COUNCIL, **more):
    return Quota(QuotaKind.MOST, number, "Council", agency_id, **more)


def kept(number, agency_id=COUNCIL, **more):
    return Quota(QuotaKind.KEPT, number, "Council", agency_id, **more)


def free(of, who, now=NOW, **more):
    return places_free_for(of, who, now, **more)


def test_without_quotas_everybody_could_have_what_is_left():
    assert [free(standing(taken=7), who) for who in (AT_COUNCIL, AT_POLICE, NOWHERE)] == [3, 3, 3]
    assert free(standing(taken=11), NOWHERE) == 0
    assert free(standing(capacity=10, taken=11, extra=3), NOWHERE) == 2


def test_a_limit_holds_for_an_agency_and_all_that_is_part_of_it_and_for_nobody_else():
    of = standing(quotas=(most(3, used=2),))
    assert [free(of, who) for who in (AT_COUNCIL, AT_TEAM, AT_POLICE, NOWHERE)] == [1, 1, 10, 10]


def test_a_limit_for_a_team_leaves_the_rest_of_its_agency_free():
    of = standing(quotas=(most(1, TEAM, used=1),))
    assert (free(of, AT_TEAM), free(of, AT_COUNCIL)) == (0, 10)


def test_of_several_limits_the_narrowest_holds():
    of = standing(quotas=(most(5, COUNCIL, used=1), most(2, TEAM, used=1), Quota(QuotaKind.MOST, 3, "council", None, "council", used=0)))
    assert (free(of, AT_TEAM), free(of, AT_COUNCIL)) == (1, 3)


def test_places_kept_for_a_group_are_taken_from_what_others_could_have_as_far_as_it_has_not_used_them():
    of = standing(taken=4, quotas=(kept(5, used=2),))
    assert (free(of, AT_COUNCIL), free(of, AT_POLICE)) == (6, 3)
    assert free(standing(taken=8, quotas=(kept(5, used=8),)), AT_POLICE) == 2


def test_places_kept_for_the_coordinator_are_free_for_a_coordinator_alone():
    of = standing(taken=8, quotas=(Quota(QuotaKind.KEPT, 2, "The coordinator"),))
    assert (free(of, AT_COUNCIL), free(of, AT_COUNCIL, coordinator=True)) == (0, 2)


def test_a_quota_ends_at_the_moment_of_its_release():
    of = standing(taken=8, quotas=(kept(2, releases_at=NOW + HOUR), most(1, POLICE, used=1, releases_at=NOW + HOUR)))
    assert (free(of, AT_POLICE), free(of, AT_POLICE, NOW + HOUR)) == (0, 2)


QUOTAS = st.lists(st.builds(
    Quota, st.sampled_from(QuotaKind), st.integers(1, 12), st.just("a group"), st.sampled_from([COUNCIL, TEAM, POLICE, None]),
    st.sampled_from(["council", "police", None]), st.sampled_from([None, NOW - HOUR, NOW + HOUR]), st.integers(0, 12),
), max_size=4)
STANDINGS = st.builds(standing, st.integers(1, 20), st.integers(0, 25), extra=st.integers(0, 4), quotas=QUOTAS)
WORKING = st.sampled_from([AT_COUNCIL, AT_TEAM, AT_POLICE, NOWHERE])


@given(STANDINGS, WORKING)
def test_nobody_could_have_more_than_what_is_left_nor_than_their_own_limits_leave(of, who):
    could = free(of, who)
    assert 0 <= could <= of.places_left
    for quota in of.quotas:
        if quota.kind is QuotaKind.MOST and quota.holds(NOW) and quota.covers(who):
            assert could <= max(0, quota.places - quota.used)


def kept_for_both(of, who, other):
    """How many hold-backs that are kept from `who` the same place of `other` fills: an agency's and its sector's, or two of one agency."""
    return sum(quota.kind is QuotaKind.KEPT and quota.holds(NOW) and quota.covers(other) and not quota.covers(who) and quota.used < quota.places
               for quota in of.quotas)


@given(STANDINGS, WORKING, WORKING)
def test_somebody_elses_place_never_leaves_more_for_anybody_but_by_using_what_was_kept_for_them(of, who, other):
    """One place may fill several hold-backs that overlap, each of which had kept a place of its own until then."""
    before, after = free(of, who), free(with_one_more(of, other), who)
    assert after <= before + max(0, kept_for_both(of, who, other) - 1)
    assert before - after <= 1


def test_what_is_kept_for_others_is_taken_from_what_there_is_and_not_from_ones_own_limit():
    of = standing(capacity=2, taken=0, quotas=(most(1, POLICE), kept(1)))
    assert (free(of, AT_POLICE), free(replace(of, quotas=of.quotas[::-1]), AT_POLICE)) == (1, 1)


def test_one_place_fills_two_hold_backs_that_overlap():
    of = standing(capacity=2, taken=0, quotas=(kept(1), kept(1)))
    assert free(of, NOWHERE) == 0 and free(with_one_more(of, AT_TEAM), NOWHERE) == 1


@given(STANDINGS, WORKING)
def test_a_place_taken_and_given_back_leaves_all_as_it_was(of, who):
    assert with_one_more(with_one_more(of, who), who, -1) == replace(of, quotas=tuple(of.quotas))


@given(STANDINGS, WORKING)
def test_why_not_free_is_said_exactly_when_nothing_is_free(of, who):
    assert bool(why_not_free(of, who, NOW)) == (free(of, who) == 0)


def test_why_not_free_names_the_rule_and_until_when_it_holds():
    assert why_not_free(standing(taken=10), NOWHERE, NOW) == "All places are taken."
    of = standing(quotas=(most(1, used=1, releases_at=datetime(2026, 3, 20, 9, tzinfo=UTC)),))
    assert why_not_free(of, AT_TEAM, NOW) == (
        "Council has its 1 place until 9am on 20 March 2026. Join the list: from then on free places are offered to those who wait.")
    of = standing(quotas=(most(2, used=2),))
    assert why_not_free(of, AT_TEAM, NOW) == "Council has its 2 places. Join the list: when one of them is given back, it is offered to the first who waits."
    assert why_not_free(standing(taken=8, quotas=(kept(2),)), AT_POLICE, NOW) == "The places that are left are kept for others."


def test_a_free_place_is_given_and_a_full_session_leads_to_the_list():
    assert answer_to(standing(taken=9), NOWHERE, NOW) is Answer.PLACE
    assert answer_to(standing(taken=10), NOWHERE, NOW) is Answer.LIST


def test_a_newcomer_does_not_overtake_somebody_who_could_have_the_place_until_the_last_hours():
    assert answer_to(standing(taken=9), NOWHERE, NOW, could_be_offered=True) is Answer.LIST
    assert answer_to(standing(taken=9), NOWHERE, STARTS - 2 * HOUR, could_be_offered=True) is Answer.PLACE
    assert answer_to(standing(taken=10), NOWHERE, STARTS - 2 * HOUR, could_be_offered=True) is Answer.LIST


@pytest.mark.parametrize(("of", "now", "said"), [
    (replace(standing(), status=SessionStatus.CANCELLED), NOW, "was cancelled"),
    (replace(standing(), status=SessionStatus.DRAFT), NOW, "not open for booking yet"),
    (replace(standing(), status=SessionStatus.DELIVERED), NOW, "not open for booking yet"),
    (standing(), STARTS, "has started"),
    (standing(opens_at=NOW + HOUR), NOW, "opens at 11am on 2 March 2026"),
    (standing(closes_at=NOW), NOW, "closed at 10am on 2 March 2026"),
])
def test_what_cannot_be_booked_is_refused_with_the_rule(of, now, said):
    with pytest.raises(Refused, match=said):
        answer_to(of, NOWHERE, now)


def test_a_window_is_open_from_its_first_moment_to_just_before_its_last():
    of = standing(opens_at=NOW, closes_at=NOW + HOUR)
    assert answer_to(of, NOWHERE, NOW) is answer_to(of, NOWHERE, NOW + HOUR - timedelta(milliseconds=1)) is Answer.PLACE


def test_fewer_places_than_are_promised_are_refused_with_the_choice():
    with pytest.raises(Refused, match="12 places are promised, so there must be at least 10"):
        places.check_capacity(9, standing(taken=12, extra=2), NOW)
    places.check_capacity(10, standing(taken=12, extra=2), NOW)
    with pytest.raises(Refused, match="at least one place"):
        places.check_capacity(0, standing(), NOW)


def test_a_cut_into_places_that_are_still_kept_is_refused_with_the_choice():
    of = standing(capacity=20, taken=9, quotas=(kept(8, used=1),))
    with pytest.raises(Refused, match=r"9 places are promised and 7 more kept for groups, so there must be at least 16. .* or release kept places first"):
        places.check_capacity(15, of, NOW)
    places.check_capacity(16, of, NOW)
    places.check_capacity(9, replace(of, quotas=(kept(8, used=1, releases_at=NOW),)), NOW)


def test_more_places_are_never_too_few_for_what_is_kept():
    of = standing(capacity=9, taken=9, quotas=(kept(8, used=1),))
    places.check_capacity(10, of, NOW)
    with pytest.raises(Refused, match="so there must be at least 9"):
        places.check_capacity(8, of, NOW)


@given(st.integers(-3, 30), st.integers(0, 25), st.integers(0, 4))
def test_a_capacity_is_taken_exactly_when_every_promise_fits_in(capacity, taken, extra):
    try:
        places.check_capacity(capacity, standing(taken=taken, extra=extra), NOW)
    except Refused:
        assert capacity < 1 or capacity + extra < taken
    else:
        assert capacity >= 1 and capacity + extra >= taken


@given(st.integers(1, 12), QUOTAS, st.lists(st.sampled_from([AT_COUNCIL, AT_TEAM, AT_POLICE, NOWHERE]), min_size=2, max_size=5), st.integers(0, 2))
def test_with_the_fewest_places_that_a_group_needs_it_has_room_and_with_one_fewer_it_has_not(capacity, quotas, members, extra):
    of = standing(capacity, taken=5, quotas=quotas)
    least = places.least_capacity_for(of, members, extra)

    def room(number):
        return places.room_ever(replace(of, capacity=number), members, extra)

    if least is None:
        assert room(1000) < len(members)
        return
    assert room(least) >= len(members) and (least == 0 or room(least - 1) < len(members))
    assert (room(capacity) >= len(members)) == (capacity >= least)
