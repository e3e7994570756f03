"""Months of an indicator: read from a file with every fault named, put together where small, and read aloud without claiming a cause."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Refused
from app.evidence.rules.claims import check_modest
from app.evidence.rules.keeping import consent_until, months_later, original_until
from app.evidence.rules.months_file import BadMonths, Month, read_months
from app.evidence.rules.promises import PromiseStatus, tag
from app.evidence.rules.reading import all_months, before_a_gap, beside, called, counted, in_100, patterns
from app.evidence.rules.run_charts import Point, run_chart
from app.evidence.rules.small_months import Months, put_together
from app.evidence.rules.states import TRANSITIONS, ExampleAct, ExampleStatus, after, possible

JUNE = date(2026, 6, 1)


def problems(text):
    with pytest.raises(BadMonths) as bad:
        read_months("referrals.csv", text if isinstance(text, bytes) else text.encode(), this_month=JUNE)
    return [str(problem) for problem in bad.value.problems]


def test_a_file_is_read_with_its_columns_in_any_order():
    content = "base,month,count\r\n60,2026-03,41\r\n\r\n55, 2026-04 ,0\r\n".encode("utf-8-sig")
    assert read_months("a.csv", content, this_month=JUNE) == [Month(date(2026, 3, 1), 41, 60), Month(date(2026, 4, 1), 0, 55)]
    assert read_months("a.csv", b"month,count,base\n", this_month=JUNE) == []


@pytest.mark.parametrize(("text", "said"), [
    ("", "referrals.csv:1: month: this column is missing; the first row must be month,count,base"),
    ("month;count;base\n", "referrals.csv:1: header: the columns are separated by something else; save the file again with commas between them"),
    ("month,count,base,notes\n", "referrals.csv:1: 'notes': this column is not known, or there twice; the first row must be month,count,base"),
    ("month,count,base\n03/2026,1,2\n", "referrals.csv:2: month: '03/2026' is not a month; write it like 2026-02"),
    ("month,count,base\n2026-07,1,2\n", "referrals.csv:2: month: '2026-07' is still to come; leave the row out"),
    ("month,count,base\n2026-03,,2\n", "referrals.csv:2: count: is empty; write 0 if there was none"),
    ("month,count,base\n2026-03,1.5,2\n", "referrals.csv:2: count: '1.5' is not right; write a whole number from 0 to 10,000,000"),
    ("month,count,base\n2026-03,3,2\n", "referrals.csv:2: count: '3' is more than its base, '2'; a part is no larger than its whole"),
    ("month,count,base\n2026-03,1,2\n2026-03,1,2\n", "referrals.csv:3: month: '2026-03' is on line 2 already; keep one of them"),
    ("month,count,base\n2026-03,1\n", "referrals.csv:2: row: it has 2 values where 3 are needed; write numbers without commas in them"),
    ('month,count,base\n2026-03,"1,2\n', "referrals.csv:2: row: a quotation mark is opened and never closed, or stands where it cannot"),
    (b"month,count,base\n2026-03,\xa3,2\n", "referrals.csv:2: text: the byte 0xa3 is not UTF-8; save the file again as CSV in UTF-8"),
])
def test_what_is_wrong_is_said_with_its_line_and_column(text, said):
    assert said in problems(text)


def test_every_fault_is_named_and_not_only_the_first():
    assert len(problems("month,count,base\nx,y,z\n2026-13,-1,\n2026-02,1,2\n")) == 6


def months(*triples):
    return [Months(date(2026, number, 1), date(2026, number, 1), *triple) for number, triple in enumerate(triples, start=1)]


def test_small_months_are_put_together_with_their_neighbours():
    found = put_together(months((10, 20, 0), (2, 20, 0), (3, 20, 6), (9, 30, 8)))
    assert [(one.label, one.count, one.base, one.reach) for one in found] == [("January 2026", 10, 20, 0), ("February to March 2026", 5, 40, 6), ("April 2026", 9, 30, 8)]


def test_a_small_end_is_left_out_until_it_is_large_enough_and_a_small_whole_is_withheld():
    assert [one.label for one in put_together(months((10, 20, 0), (1, 9, 0)))] == ["January 2026"]
    assert [one.label for one in put_together(months((10, 20, 0), (1, 9, 0), (9, 20, 0)))] == ["January 2026", "February to March 2026"]
    assert put_together(months((1, 2, 0), (1, 2, 0))) == [] and put_together([]) == []


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(0, 9)), max_size=24))
def test_no_small_number_is_left_and_what_was_shown_once_stays_as_it_was(rows):
    given_months = [Months(month, month, count, count + rest, reach)
                    for month, (count, rest, reach) in zip((date(2024 + number // 12, number % 12 + 1, 1) for number in range(24)), rows, strict=False)]
    found = put_together(given_months)
    for one in found:
        assert all(number == 0 or number >= 5 for number in (one.count, one.base - one.count, one.reach))
    for earlier in range(len(given_months)):
        before = put_together(given_months[:earlier])
        assert found[:len(before)] == before
    for one in found:
        inside = [month for month in given_months if one.first <= month.first <= one.last]
        assert [getattr(one, name) for name in ("count", "base", "reach")] == [
            sum(getattr(month, name) for month in inside) for name in ("count", "base", "reach")]


def test_a_month_that_nobody_counted_is_there_with_a_base_of_0():
    found = all_months({date(2025, 12, 1): (1, 2), date(2026, 2, 1): (3, 4)}, {date(2026, 1, 1): 7})
    assert [(one.label, one.count, one.base, one.reach) for one in found] == [("December 2025", 1, 2, 0), ("January 2026", 0, 0, 7), ("February 2026", 3, 4, 0)]


def test_what_follows_a_month_that_nobody_counted_waits_for_it():
    january, march, april = ((date(2026, month, 1), (10, 30)) for month in (1, 3, 4))
    assert before_a_gap(dict([january, march, april])) == dict([january]) and before_a_gap({}) == {}
    assert before_a_gap(dict([january, march, april]) | {date(2026, 2, 1): (0, 0)}) != dict([january]), "none of none is a figure"


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_in_whatever_order_months_after_the_first_come_what_was_shown_stays_as_it_was(rows, chance):
    """So two looks differ by whole groups, of which none is small."""
    first, *rest = [(date(2026, number, 1), (count, count + others)) for number, (count, others) in enumerate(rows, start=1)]
    chance.shuffle(rest)
    figures, shown = {}, []
    for month, figure in [first, *rest]:
        figures[month] = figure
        now_shown = put_together(all_months(before_a_gap(figures), {}))
        assert now_shown[:len(shown)] == shown
        shown = now_shown


def test_a_share_needs_a_base_of_10_and_5_on_each_side():
    assert in_100(312, 480) == "65 in 100" and in_100(4, 40) == "" and in_100(38, 40) == "" and in_100(5, 9) == ""
    assert counted(months((40, 60, 0), (1, 2, 0)), "referrals", "accepted first time") == "41 of 62 referrals were accepted first time: 66 in 100."
    assert counted(months((1, 2, 0)), "referrals", "accepted") == "1 of 2 referrals was accepted."


def test_what_is_read_aloud_never_says_that_training_was_the_cause():
    step = run_chart([Point(f"m{number}", 40 if number < 12 else 65, 100) for number in range(24)])
    said = " ".join([*patterns(step, 24), beside(214, "Neglect", step["signals"])])
    assert "consistent with" in said and "does not show that training was the reason" in said
    assert not any(word in said for word in ("caused", "because", "proves", "impact of"))


def test_quiet_months_and_few_months_are_said_as_such():
    assert patterns(run_chart([Point(str(number), 50, 100) for number in range(14)]), 14) == ["Nothing here is more than the usual ups and downs."]
    assert patterns(run_chart([Point("a", 1, 2)]), 1)[0].startswith("There is 1 month with figures. From 12 on")
    assert "consistent" not in beside(0, "Neglect", [])


@pytest.mark.parametrize("text", [
    "It caused a rise.", "The rise is due to the training", "This PROVES that it works", "Referrals rose because of the course", "Training led to better referrals",
    "The rise was driven by the training", "This shows that training works", "Training has improved practice", "Due to our courses", "caused",
    "No doubt the course caused it.", "Referrals rose as a result of our new neglect training.", "The rise is attributable to the briefings.",
    "Referrals got better because staff were trained.", "This is the impact of the training.", "The sessions increased the number of referrals.",
    "The rise resulted from it.", "It is down to the course.", "This demonstrates how the programme changed practice.",
])
def test_a_story_that_claims_a_cause_is_refused(text):
    with pytest.raises(Refused, match="is consistent with"):
        check_modest(text)


@pytest.mark.parametrize("text", [
    "It cannot be said that the training caused this.", "We didn't find that the course caused it.", "People practised writing a referral in the course. Managers tell that they use the tool.",
    "What the course teaches is what this figure counts.", "Whether the training led to it is not known.", "We do not know the cause of the rise.",
    "More people came to training, and the share rose in the same months.", "Because the form changed too, nobody can say more.",
])
def test_a_story_that_says_what_is_consistent_or_denies_a_cause_is_taken(text):
    assert check_modest(text) == text


def test_a_modest_story_is_taken():
    assert check_modest("The rise is consistent with the training. Because the form changed too, nobody can say more.")


def test_texts_are_kept_a_year_and_consents_two_and_a_half():
    assert original_until(date(2026, 9, 2)) == date(2027, 9, 2) and consent_until(date(2026, 9, 2)) == date(2029, 3, 2)
    assert months_later(date(2024, 2, 29), 12) == date(2025, 2, 28) and months_later(date(2025, 8, 31), 6) == date(2026, 2, 28)


def test_a_promise_comes_into_sight_30_days_before_it_is_due():
    today = date(2026, 6, 1)
    assert tag(PromiseStatus.OPEN, date(2026, 7, 2), today) == ("Open", "blue") and tag(PromiseStatus.OPEN, date(2026, 7, 1), today)[0] == "Due soon"
    assert tag(PromiseStatus.OPEN, date(2026, 5, 31), today)[0] == "Overdue" and tag(PromiseStatus.SHOWN, date(2026, 5, 31), today)[0] == "Shown"


@pytest.mark.parametrize("act", ExampleAct)
@pytest.mark.parametrize("status", ExampleStatus)
def test_an_act_that_the_table_does_not_have_is_refused(act, status):
    in_table = any(one.act is act and status in one.before for one in TRANSITIONS)
    assert possible(act, status) is in_table
    if not in_table:
        with pytest.raises(Refused):
            after(act, status)


def test_only_the_second_persons_yes_leads_to_approved():
    assert {(one.act, one.before) for one in TRANSITIONS if one.after is ExampleStatus.APPROVED} == {(ExampleAct.APPROVE, (ExampleStatus.WAITING,))}


def test_two_runs_on_one_side_with_the_other_side_between_them_are_two():
    values = [70] * 8 + [30] * 3 + [72] * 8 + [30] * 5
    said = patterns(run_chart([Point(f"m{number}", value, 100) for number, value in enumerate(values, start=1)]), 24)
    assert [one for one in said if "running" in one] == [
        "m1 to m8: 8 months running lie above the middle; chance seldom gives 8 or more.",
        "m12 to m19: 8 months running lie above the middle; chance seldom gives 8 or more."]


def test_a_month_on_the_line_parts_no_run():
    values = [60] * 4 + [50] + [60] * 4 + [40] * 4 + [50] + [40] * 4
    said = patterns(run_chart([Point(f"m{number}", value, 100) for number, value in enumerate(values, start=1)]), len(values))
    assert [one.partition(" months")[0] for one in said if "running" in one] == ["m1 to m9: 8", "m10 to m18: 8"]


def test_months_that_are_put_together_are_not_called_months():
    together = put_together(months(*[(3, 6, 0)] * 8))
    assert called(together) == "point" and called(months((41, 60, 0))) == "month"
    chart = run_chart([Point(month.label, month.count, month.base) for month in together])
    assert patterns(chart, len(together), called(together))[0].startswith("There are 4 points with figures.")
