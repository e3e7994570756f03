"""For whom a course is, who has to agree, and what is charged: each with the sentence that people read. No database."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.booking.rules import approval
from app.booking.rules.charges import ChargeKind, charges_for, money
from app.booking.rules.eligibility import Asker, Audience, why_not_eligible
from app.booking.rules.places import Working
from app.booking.rules.policy import Notice, Policy, Standing
from app.booking.rules.states import BookingStatus
from app.booking.rules.turnout import Turnout
from app.catalogue.rules import Approval

B = BookingStatus
NURSE = Asker(Working(frozenset({2, 1}), "health"), "Senior Nurse", 2, frozenset({7}))
AROUND = "Think it is for you all the same? Ask ann@example.org: a coordinator can make an exception."


def why(audience, asker=NURSE):
    return why_not_eligible(audience, asker, "ann@example.org")


@pytest.mark.parametrize("audience", [
    Audience(), Audience(least_level=2), Audience(sectors=["council", "health"]), Audience(agencies=[(1, "Trust")]), Audience(jobs=["nurse", "doctor"]),
    Audience(prerequisites=[(7, "Basics")]),
])
def test_who_meets_the_rule_can_book(audience):
    assert why(audience) == ""


@pytest.mark.parametrize(("audience", "said"), [
    (Audience(least_level=3), "This course is for level 3. You have level 2."),
    (Audience(sectors=["council", "police", "schools"]), "This course is for people who work in council, police or schools."),
    (Audience(agencies=[(9, "County Police")]), "This course is for people of County Police."),
    (Audience(jobs=["Midwife", "GP"]), "This course is for these jobs: Midwife, GP."),
    (Audience(prerequisites=[(8, "Neglect"), (9, "Signs"), (7, "Basics")]), "Come to “Neglect” and “Signs” first: this course builds on it."),
])
def test_who_does_not_reads_the_rule_and_the_way_round_it(audience, said):
    assert why(audience) == f"{said} {AROUND}"


def test_somebody_of_whom_the_level_is_not_known_reads_where_to_say_it():
    assert "We do not know your level: say it under “Change your details”." in why(Audience(least_level=1), Asker())


@pytest.mark.parametrize(("audience", "said"), [
    (Audience(least_level=3), "This course is for level 3. They have level 2."),
    (Audience(prerequisites=[(8, "Neglect")]), "They come to “Neglect” first: this course builds on it."),
])
def test_whoever_asks_for_somebody_reads_the_rule_about_them(audience, said):
    assert why_not_eligible(audience, NURSE, "ann@example.org", to_another=True) == f"{said} {AROUND.replace('for you', 'for them')}"
    assert "they say it" in why_not_eligible(Audience(least_level=1), Asker(), "", to_another=True)


def test_without_a_contact_there_is_still_somebody_to_ask():
    assert "Ask the training team:" in why_not_eligible(Audience(least_level=9), NURSE, "")


AUDIENCES = st.builds(
    Audience, st.sampled_from([None, 1, 3]), st.lists(st.sampled_from(["health", "police"])), st.lists(st.sampled_from([(1, "Trust"), (9, "Police")])),
    st.lists(st.sampled_from(["nurse", "GP"])), st.lists(st.sampled_from([(7, "Basics"), (8, "Neglect")])),
)


@given(AUDIENCES)
def test_an_exception_opens_every_course_and_every_refusal_names_the_way_round(audience):
    excepted = Asker(NURSE.working, NURSE.job_title, NURSE.level, NURSE.done, exception=True)
    assert why(audience, excepted) == ""
    assert why(audience) == "" or why(audience).endswith(AROUND)


@pytest.mark.parametrize(("asks", "standing", "manager", "state"), [
    (Approval.NOBODY, Standing.CLEAR, True, B.BOOKED),
    (Approval.NOBODY, Standing.NOTE, True, B.BOOKED),
    (Approval.NOBODY, Standing.ASK_COORDINATOR, True, B.AWAITING_COORDINATOR),
    (Approval.MANAGER, Standing.CLEAR, True, B.AWAITING_MANAGER),
    (Approval.MANAGER, Standing.CLEAR, False, B.AWAITING_COORDINATOR),
    (Approval.COORDINATOR, Standing.CLEAR, True, B.AWAITING_COORDINATOR),
    (Approval.BOTH, Standing.CLEAR, True, B.AWAITING_MANAGER),
])
def test_where_a_place_begins(asks, standing, manager, state):
    assert approval.first_state(asks, standing, has_manager=manager)[0] is state


def test_whoever_asks_has_agreed_already():
    first = approval.first_state
    assert first(Approval.MANAGER, Standing.CLEAR, has_manager=True, manager_asks=True) == (B.BOOKED, None)
    assert first(Approval.BOTH, Standing.CLEAR, has_manager=True, manager_asks=True)[0] is B.AWAITING_COORDINATOR
    assert first(Approval.BOTH, Standing.ASK_COORDINATOR, has_manager=True, coordinator_asks=True) == (B.BOOKED, None)


def test_after_the_managers_yes_the_coordinator_is_next_where_the_course_or_missed_sessions_ask_for_it():
    after = approval.after_manager_agreed
    assert after(Approval.MANAGER, Standing.CLEAR) == (B.BOOKED, None)
    assert after(Approval.BOTH, Standing.CLEAR) == (B.AWAITING_COORDINATOR, approval.ASKS_COORDINATOR)
    assert after(Approval.MANAGER, Standing.ASK_COORDINATOR) == (B.AWAITING_COORDINATOR, approval.MISSED)


@given(st.sampled_from(Approval), st.sampled_from(Standing), st.booleans(), st.booleans(), st.booleans())
def test_nobody_is_refused_by_a_machine_and_every_wait_has_its_rule(asks, standing, manager, by_manager, by_coordinator):
    state, rule = approval.first_state(asks, standing, has_manager=manager, manager_asks=by_manager, coordinator_asks=by_coordinator)
    assert state in (B.BOOKED, B.AWAITING_MANAGER, B.AWAITING_COORDINATOR)
    assert (rule is None) == (state is B.BOOKED)


CHARGES = Policy(charges=True, external_sectors=("independent",))


def test_nothing_is_charged_unless_a_partnership_says_so():
    assert charges_for(Policy(), B.GIVEN_BACK, Notice.LATE, None, None) == []
    assert charges_for(Policy(external_sectors=("independent",)), B.BOOKED, None, Turnout.CAME, "independent") == []


@pytest.mark.parametrize(("status", "notice", "turnout", "sector", "lines"), [
    (B.GIVEN_BACK, Notice.LATE, None, None, [(ChargeKind.LATE, 2500)]),
    (B.GIVEN_BACK, Notice.IN_TIME, None, None, []),
    (B.GIVEN_BACK, Notice.EXCUSED, None, None, []),
    (B.BOOKED, None, Turnout.MISSED, None, [(ChargeKind.NO_SHOW, 5000)]),
    (B.BOOKED, None, Turnout.EXCUSED, None, []),
    (B.BOOKED, None, Turnout.CAME, "council", []),
    (B.BOOKED, None, Turnout.CAME, "independent", [(ChargeKind.EXTERNAL, 5000)]),
    (B.SESSION_CANCELLED, Notice.LATE, Turnout.MISSED, "independent", []),
    (B.SUBSTITUTED, None, None, "independent", []),
    (B.MOVED, Notice.LATE, None, None, [(ChargeKind.LATE, 2500)]),
    (B.MOVED, Notice.IN_TIME, None, "independent", []),
    (B.WALK_IN, None, Turnout.CAME, "independent", [(ChargeKind.EXTERNAL, 5000)]),
    (B.WALK_IN, None, Turnout.CAME, "council", []),
])
def test_what_a_booking_costs(status, notice, turnout, sector, lines):
    assert charges_for(CHARGES, status, notice, turnout, sector) == lines


def test_a_price_of_nothing_is_no_line():
    assert charges_for(Policy(charges=True, late_pence=0), B.GIVEN_BACK, Notice.LATE, None, None) == []


@pytest.mark.parametrize(("pence", "said"), [(2500, "£25"), (750, "£7.50"), (5, "£0.05"), (-5000, "-£50"), (123456, "£1,234.56"), (0, "£0")])
def test_money_in_words(pence, said):
    assert money(pence) == said
