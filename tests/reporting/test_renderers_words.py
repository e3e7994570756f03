"""The sentences of the report stay true for none, one and many."""

import copy

import pytest

from app.evaluation.rules.statistics.paired import paired
from app.reporting.reports.annual_document import annual_document
from app.reporting.reports.definitions import DEFINITIONS
from app.reporting.reports.document import Chart, Figures, Points, Sentence


def a_change(table, sessions=1, interval=(None, None)):
    return {**paired(table), "sessions": sessions, "mean_change_ci": list(interval), "bound_low": None, "bound_high": None}


NO_ANSWERS = {"n_all_three": 0, "improved_at_end": 0, "kept": 0, "partly": 0, "lost": 0, "kept_share": None, "kept_wilson": [None, None]}
NOTHING = {
    "period": {"label": "2025", "dates": "1 January 2025 to 31 December 2025"}, "partnership": None, "audience": "internal", "notes": ["overlap"],
    "courses_offered": 0, "courses_delivered": 0, "courses_never_run": 0, "sessions_delivered": 0, "sessions_cancelled": 0, "cancellation_reasons": {},
    "places_cancelled": 0, "bookings_on_cancelled_sessions": 0, "attendances": 0, "walk_ins": 0, "partly_attended": 0, "distinct_people": 0,
    "no_shows": 0, "excused": 0, "cancelled_by_delegate": 0, "no_show_rate": {"count": 0, "of": 0, "share": None, "interval": [None, None]},
    "contributions": 0, "contribution_contacts": 0, "contacts": 0, "briefing_views": {"total": 0, "previous": None, "by_briefing": []},
    "by_agency": [], "by_sector": [], "by_course": [], "by_month": [], "by_format": [], "by_priority": [], "withheld": {}, "put_together": [],
    "registers_missing": 0, "first_delivered": None, "definitions": DEFINITIONS, "own_questions": {},
    "answers_told": {"after": True, "later": True, "why": ""},
    "practice": {"answers": {"follow_up": {"responses": 0}, "manager": {"responses": 0}}, "examples": 0, "strengths": dict.fromkeys(("indicator", "audit", "manager", "example", "said"), 0),
                 "directions": dict.fromkeys(("for", "against", "both"), 0), "quotes": [], "promises": []},
    "evaluation": {"courses": None, "responses": 0, "of": 0, "statements": {code: dict.fromkeys(
        ["strongly_agree", "agree", "neither", "disagree", "strongly_disagree", "answered"], 0) for code in ("engaging", "improved_knowledge", "useful_in_role")},
        "knowledge": {"after": dict.fromkeys(["1", "2", "3", "4", "5", "answered"], 0), "change": a_change([[0] * 5 for _ in range(5)]), "follow_up": NO_ANSWERS}},
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
    ({"briefing_views": {"total": None, "previous": 45_523, "by_briefing": [{"code": "b", "title": "B", "views": None, "previous": 45_523}]}},
     "not known  views of 1 briefing 45,523 a year earlier"),
    ({"briefing_views": {"total": None, "previous": None, "by_briefing": []}}, "not known  views of briefings not known a year earlier"),
    ({"registers_missing": 1}, "1 session is over and has no finished register yet"),
    ({"registers_missing": 3}, "3 sessions are over and have no finished register yet"),
])
def test_a_sentence_is_true_for_its_number(changed, there):
    assert there in words(**changed)


def test_nothing_at_all_names_no_withheld_number_and_no_change():
    said = words()
    assert "withheld" not in said and "times as many" not in said and "0 by" not in said and "of no " not in said


def test_a_pair_of_one_is_not_shown_as_change():
    found = copy.deepcopy(NOTHING)
    found["evaluation"]["knowledge"]["change"] = a_change([[0, 1, 0, 0, 0], *[[0] * 5 for _ in range(4)]])
    assert "Fewer than 5 people rated" in words(evaluation=found["evaluation"])


def with_knowledge(change, **later):
    evaluation = copy.deepcopy(NOTHING["evaluation"])
    evaluation["knowledge"] |= {"change": change, "follow_up": NO_ANSWERS | later}
    return {"evaluation": evaluation}


def with_none_at_the_top(answered):
    found = with_knowledge(a_change([[0] * 5 for _ in range(5)]))
    found["evaluation"]["knowledge"]["after"] |= {"3": answered, "answered": answered}
    return found


def table(**cells):
    found = [[0] * 5 for _ in range(5)]
    for name, count in cells.items():
        found[int(name[1]) - 1][int(name[2]) - 1] = count
    return found


@pytest.mark.parametrize(("evaluation", "there"), [
    (with_knowledge(a_change(table(r23=8, r33=3, r43=1), 4, (0.2, 0.9))),
     "8 of 12 ratings were higher after the course than before it, 3 the same and 1 lower."),
    (with_knowledge(a_change(table(r23=8, r33=3, r43=1), 4, (0.2, 0.9))), "up by 0.6, likely range 0.2 to 0.9, allowing for 4 sessions that differ"),
    (with_knowledge(a_change(table(r32=8, r33=3, r23=1), 1, (-0.9, 0.04))), "down by 0.6, likely range -0.9 to 0.0. This says nothing"),
    (with_knowledge(a_change(table(r32=8, r33=3, r23=1))), "8 of 12 ratings were lower after the course than before it, 3 the same and 1 higher."),
    (with_knowledge(a_change(table(r33=12))), "All 12 ratings were the same before and after."),
    (with_knowledge(a_change(table(r23=12)), n_all_three=11, improved_at_end=11, kept=6, partly=5, lost=0, kept_wilson=[0.28, 0.79]),
     "Of 11 who had gone up and answered again, 6 kept it, 5 kept a part, 0 were back where they began; kept: likely range 28 to 79 in 100."),
    (with_knowledge(a_change(table(r23=12)), n_all_three=11, improved_at_end=8, kept=None, partly=None, lost=None), "how many kept it is withheld"),
    (with_knowledge(a_change(table(r23=12))), "Whether it lasted: nobody answered again months later."),
    (with_knowledge(a_change(table(r23=12)) | {"bound_low": 0.12, "bound_high": 0.95}), "if none of those whose change is not known had, 12 in 100"),
    (with_none_at_the_top(207), "None of 207 rated themselves 5 of 5, “Expert: I could teach others”, afterwards; the true share could still be up to 2 in 100."),
    (with_none_at_the_top(4), "0 of 4 rated themselves 5 of 5"),
    (with_knowledge(a_change(table(r55=5, r23=7))), "What those gained who rated themselves 5 before: 5 of 12."),
])
def test_what_changed_and_was_kept_is_said_with_its_range_and_falls_as_plainly_as_rises(evaluation, there):
    assert there in words(**evaluation)


def test_where_everybodys_change_is_known_nothing_is_said_of_those_whose_is_not():
    said = words(**with_knowledge(a_change(table(r23=12)) | {"bound_low": 0.57, "bound_high": 0.57}))
    assert "whose change is not known" not in said


def test_every_chart_has_a_table_with_the_same_numbers():
    found = copy.deepcopy(NOTHING) | with_knowledge(a_change(table(r23=8, r33=3, r43=1)), n_all_three=9, improved_at_end=8, kept=8)
    charts = annual_document(found, organisation="P").charts
    assert {chart.title: [row[1] for row in chart.table.rows] for chart in charts} == {
        "How ratings moved": ["8", "3", "1"], "What was kept months later": ["8", "0", "0"]}
    assert all(isinstance(chart, Chart) and chart.alternative for chart in charts)
