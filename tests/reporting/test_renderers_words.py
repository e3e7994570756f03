"""The sentences of the report stay true for none, one and many."""

import copy

import pytest

from app.evaluation.rules.statistics.paired import paired
from app.reporting.reports.annual_document import annual_document
from app.reporting.reports.definitions import DEFINITIONS
from app.reporting.reports.document import Figures, Points, Sentence

NOTHING = {
    "period": {"label": "2025", "dates": "1 January 2025 to 31 December 2025"}, "partnership": None, "audience": "internal", "notes": ["overlap"],
    "courses_offered": 0, "courses_delivered": 0, "courses_never_run": 0, "sessions_delivered": 0, "sessions_cancelled": 0, "cancellation_reasons": {},
    "places_cancelled": 0, "bookings_on_cancelled_sessions": 0, "attendances": 0, "walk_ins": 0, "partly_attended": 0, "distinct_people": 0,
    "no_shows": 0, "excused": 0, "cancelled_by_delegate": 0, "no_show_rate": {"count": 0, "of": 0, "share": None, "interval": [None, None]},
    "contributions": 0, "contribution_contacts": 0, "contacts": 0, "briefing_views": {"total": 0, "previous": None, "by_briefing": []},
    "by_agency": [], "by_sector": [], "by_course": [], "by_month": [], "by_format": [], "by_priority": [], "withheld": {}, "put_together": [],
    "registers_missing": 0, "first_delivered": None, "definitions": DEFINITIONS,
    "practice": {"examples": 0, "strengths": dict.fromkeys(("indicator", "audit", "manager", "example", "said"), 0),
                 "directions": dict.fromkeys(("for", "against", "both"), 0), "quotes": [], "promises": []},
    "evaluation": {"responses": 0, "of": 0, "statements": {code: dict.fromkeys(
        ["strongly_agree", "agree", "neither", "disagree", "strongly_disagree", "answered"], 0) for code in ("engaging", "improved_knowledge", "useful_in_role")},
        "knowledge": {"after": dict.fromkeys(["1", "2", "3", "4", "5", "answered"], 0), "change": paired([[0] * 5 for _ in range(5)])}},
}


def words(**changed):
    found = copy.deepcopy(NOTHING) | changed
    blocks = annual_document(found, organisation="The Partnership").blocks
    said = [block.text for block in blocks if isinstance(block, Sentence)]
    said += [f"{one.number} {one.of} {one.what} {one.note}" for block in blocks if isinstance(block, Figures) for one in block.figures]
    return " | ".join(said + [item for block in blocks if isinstance(block, Points) for item in block.items])


@pytest.mark.parametrize(("changed", "there"), [
    ({}, "No session was delivered between 1 January 2025 and 31 December 2025. None is on record yet."),
    ({"sessions_delivered": 1, "courses_delivered": 1, "attendances": 1, "distinct_people": 1}, "1 session of 1 course brought 1 attendance."),
    ({"sessions_delivered": 2, "courses_delivered": 1, "attendances": 1422}, "2 sessions of 1 course brought 1,422 attendances."),
    ({"sessions_delivered": 1, "courses_delivered": 1, "attendances": None}, "1 session of 1 course brought a withheld number of attendances."),
    ({"sessions_cancelled": 1, "places_cancelled": 1}, "No session was delivered. 1 planned place was lost with 1 cancelled session."),
    ({"sessions_cancelled": 2, "places_cancelled": 30}, "30 planned places were lost with 2 cancelled sessions."),
    ({"no_show_rate": {"count": 1, "of": 20, "share": 0.05, "interval": [0, 1]}}, "1 of 20 booked places was not used."),
    ({"no_show_rate": {"count": 242, "of": 983, "share": 0.2, "interval": [0.2203, 0.2741]}}, "242 of 983 booked places were not used: about 1 in 4; likely range 22 to 27 in 100."),
    ({"no_show_rate": {"count": None, "of": None, "share": None, "interval": [None, None]}}, "The number of no-shows, or its base, is withheld"),
    ({"contributions": 1, "contribution_contacts": 1}, "1 contribution to partners' training reached 1 person, counted and not booked."),
    ({"briefing_views": {"total": 464_130, "previous": 45_523, "by_briefing": []}}, "Briefings were opened 464,130 times, against 45,523 a year earlier: 10.2 times as many as before."),
    ({"briefing_views": {"total": 1, "previous": 1, "by_briefing": []}}, "Briefings were opened 1 time, against 1 a year earlier: as many as before."),
    ({"registers_missing": 1}, "1 session is over and has no finished register yet"),
    ({"registers_missing": 3}, "3 sessions are over and have no finished register yet"),
])
def test_a_sentence_is_true_for_its_number(changed, there):
    assert there in words(**changed)


def test_nothing_at_all_names_no_withheld_number_and_no_change():
    said = words()
    assert "withheld" not in said and "times as many" not in said and "0 by" not in said


def test_a_pair_of_one_is_not_shown_as_change():
    found = copy.deepcopy(NOTHING)
    found["evaluation"]["knowledge"]["change"] = paired([[0, 1, 0, 0, 0], *[[0] * 5 for _ in range(4)]])
    assert "Fewer than 5 people rated" in words(evaluation=found["evaluation"])
