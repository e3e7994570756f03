"""The table of what can happen to a booking: complete, and without a dead end."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.booking.rules.states import ENDED, HOLDING, LIVE, PAIRS, TAGS, TRANSITIONS, WORDS, Act, BookingStatus, allows, check_allowed, event_words
from app.core.errors import Refused

APP = Path(__file__).resolve().parents[2] / "app"
SERVICES = "\n".join(path.read_text(encoding="utf-8") for path in APP.rglob("*.py") if "services" in str(path.relative_to(APP)))


def test_every_act_but_the_correction_is_in_the_table_and_has_words():
    assert set(Act) - {transition.act for transition in TRANSITIONS} == {Act.CORRECT}
    assert set(WORDS) == set(Act) and set(TAGS) == set(BookingStatus)


def test_every_act_is_done_somewhere():
    assert [act.name for act in Act if not re.search(rf"\bAct\.{act.name}\b", SERVICES)] == []


def test_every_state_can_be_reached_from_nothing():
    reached, before = {None}, set()
    while reached != before:
        before = set(reached)
        reached |= {after for start, after in PAIRS if start in before}
    assert reached - {None} == set(BookingStatus)


@pytest.mark.parametrize("status", [status for status in LIVE if status is not BookingStatus.WALK_IN])
def test_no_live_state_is_without_a_way_out(status):
    assert {after for before, after in PAIRS if before is status} & set(ENDED)


def test_a_cancelled_session_can_end_every_live_booking():
    assert all(allows(Act.CANCEL, status, BookingStatus.SESSION_CANCELLED) for status in LIVE)


@pytest.mark.parametrize("status", ENDED)
def test_from_an_ended_state_only_an_undo_or_a_second_chance_leads_back(status):
    back = {transition.act for transition in TRANSITIONS if status in transition.before and transition.after is not None}
    assert back <= {Act.UNDO, Act.REJOIN, Act.REINSTATE}


def test_a_place_is_never_had_from_the_list_or_an_offer_but_by_an_act_that_says_so():
    into = {transition.act for transition in TRANSITIONS if transition.after is BookingStatus.BOOKED and set(transition.before) & {BookingStatus.WAITING, BookingStatus.OFFERED}}
    assert into == {Act.ACCEPT, Act.LET_IN, Act.TAKE}


def test_holding_live_and_ended_part_the_states():
    assert set(HOLDING) < set(LIVE)
    assert set(LIVE) | set(ENDED) == set(BookingStatus) and not set(LIVE) & set(ENDED)


@given(st.sampled_from(Act), st.sampled_from([None, *BookingStatus]), st.sampled_from(BookingStatus))
def test_what_the_table_does_not_have_is_refused(act, before, after):
    if act is Act.CORRECT or allows(act, before, after):
        check_allowed(act, before, after)
        return
    with pytest.raises(Refused, match="changed meanwhile"):
        check_allowed(act, before, after)


def test_a_history_says_what_happened_and_why():
    assert event_words(Act.GIVE_BACK, None) == "Given back"
    assert event_words(Act.GIVE_BACK, "ill") == "Given back: ill"
    assert event_words(Act.UNDO, None, BookingStatus.BOOKED) == "Took the place back"
    assert event_words(Act.UNDO, None, BookingStatus.WAITING) == "Took the place on the waiting list back"
