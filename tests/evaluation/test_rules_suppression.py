"""Tables with small numbers withheld, attacked by somebody who has only what is printed.

The attack knows nothing of how the table was made: it asks integer programming for the least and the most that each withheld number could
be. Set UPLIFT_FULL_ATTACK=1 for 2,000 random tables instead of 60.
"""

import os
import random
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from app.evaluation.rules.statistics.columns import Wrong
from app.evaluation.rules.statistics.suppression import audit, patterns, publishing, suppressed
from app.evaluation.rules.statistics.suppression.tables import Table

TABLES = 2000 if os.environ.get("UPLIFT_FULL_ATTACK") else 60
BEYOND = 10**6
"""As good as any number."""

tables = st.integers(1, 4).flatmap(
    lambda cols: st.lists(st.lists(st.sampled_from([0, 0, 1, 2, 3, 4, 5, 7, 12, 40]), min_size=cols, max_size=cols), min_size=1, max_size=4)
)


def attacked(answer):
    """(place, least, most) for every withheld number, from the printed ones alone; withheld ones are at least 1, since zeros are printed."""
    cells, rows, cols = answer["published"], answer["row_totals"], answer["col_totals"]
    whole = [[*row, total] for row, total in zip(cells, rows, strict=True)] + [[*cols, answer["grand_total"]]]
    unknown = [(i, j) for i, row in enumerate(whole) for j, value in enumerate(row) if value is None]
    if not unknown:
        return []
    lines = [[(i, j) for j in range(len(cols) + 1)] for i in range(len(rows) + 1)]
    lines += [[(i, j) for i in range(len(rows) + 1)] for j in range(len(cols) + 1)]
    left, right = np.zeros((len(lines), len(unknown))), np.zeros(len(lines))
    for number, line in enumerate(lines):
        for sign, (i, j) in zip([1] * (len(line) - 1) + [-1], line, strict=True):
            if whole[i][j] is None:
                left[number, unknown.index((i, j))] = sign
            else:
                right[number] -= sign * whole[i][j]

    def ask(index, sign):
        objective = np.zeros(len(unknown))
        objective[index] = sign
        found = milp(objective, integrality=np.ones(len(unknown)), bounds=Bounds(1, BEYOND), constraints=LinearConstraint(left, right, right))
        assert found.status == 0
        return round(found.x[index])

    return [(place, ask(index, 1), ask(index, -1)) for index, place in enumerate(unknown)]


def given_away(answer, threshold):
    """The withheld numbers that the attack narrows down to fewer than the distance that is promised."""
    if "refused" in answer:
        return []
    return [(place, least, most) for place, least, most in attacked(answer) if most - least < max(threshold - 1, 2)]


def as_promised(counts, answer, threshold):
    """What is printed is true, zeros are printed, and nothing small is."""
    if "refused" in answer:
        assert answer["refused"].endswith(".")
        return
    rows = answer.get("merged_rows", [[i] for i in range(len(counts))])
    cols = answer.get("merged_cols", [[j] for j in range(len(counts[0]) if counts else 0)])
    assert sorted(i for group in rows for i in group) == list(range(len(counts)))
    assert sorted(j for group in cols for j in group) == list(range(len(counts[0]) if counts else 0))
    table = [[sum(counts[i][j] for i in group for j in other) for other in cols] for group in rows]
    truth = [*(value for row in table for value in row), *map(sum, table), *(sum(row[j] for row in table) for j in range(len(cols)))]
    truth.append(sum(map(sum, table)))
    printed = [*(value for row in answer["published"] for value in row), *answer["row_totals"], *answer["col_totals"], answer["grand_total"]]
    assert len(printed) == len(truth)
    assert all(shown is None or shown == value for shown, value in zip(printed, truth, strict=True))
    assert all(shown is not None for shown, value in zip(printed, truth, strict=True) if value == 0)
    assert all(shown is None for shown, value in zip(printed, truth, strict=True) if 0 < value < threshold)


def random_table(number):
    """One of many kinds of table, the awkward ones among them."""
    draw = random.Random(number)
    rows, cols = draw.randint(1, 7), draw.randint(1, 7)
    sizes = draw.choice([[0, 1, 2, 3, 4], [0, 0, 0, 2, 30], [1, 2, 6, 9, 25], [0, 3, 5, 8, 80], [0, 0, 0, 0, 1], list(range(60))])
    table = [[draw.choice(sizes) for _ in range(cols)] for _ in range(rows)]
    kind = number % 8
    if kind == 0:
        return [table[0]]
    if kind == 1:
        return [[row[0]] for row in table]
    if kind == 2:
        return [row if place == rows // 2 else [0] * cols for place, row in enumerate(table)]
    if kind == 3 and number % 3 == 0:
        return [[0] * cols for _ in range(rows)]
    if kind == 3:
        return [[draw.choice([0, 0, 0, 1]) for _ in range(min(cols, 3))] for _ in range(min(rows, 3))]
    return table


@pytest.mark.parametrize("tenth", range(10))
def test_an_attack_on_random_tables_finds_no_withheld_number(tenth):
    for number in range(tenth * TABLES // 10, (tenth + 1) * TABLES // 10):
        counts, threshold = random_table(number), (5, 5, 5, 3, 8, 2)[number % 6]
        answer = suppressed(counts, threshold)
        as_promised(counts, answer, threshold)
        assert given_away(answer, threshold) == [], (counts, threshold, answer)


@settings(max_examples=40, deadline=None)
@given(tables, st.sampled_from([1, 2, 3, 5, 10]))
def test_an_attack_on_any_table_finds_no_withheld_number(counts, threshold):
    answer = suppressed(counts, threshold)
    as_promised(counts, answer, threshold)
    assert given_away(answer, threshold) == []


def small_alone(table, small, allowed, enough):
    return small


def test_with_only_the_small_numbers_withheld_the_attack_finds_them(monkeypatch):
    """The switch: without the search and without the audit, taking printed numbers from their sums gives the small ones."""
    monkeypatch.setattr(publishing, "cheapest", small_alone)
    monkeypatch.setattr(audit, "passes", lambda table, withheld, threshold: True)
    answer = suppressed([[20, 3, 50], [10, 8, 9], [4, 7, 30]], 5)
    assert [(place, least) for place, least, most in attacked(answer) if least == most] == [((0, 1), 3), ((2, 0), 4)]


def test_when_the_search_fails_the_audit_stops_what_it_gives(monkeypatch):
    monkeypatch.setattr(publishing, "cheapest", small_alone)
    answers = [suppressed(random_table(number), 5) for number in range(40)]
    assert [given_away(answer, 5) for answer in answers] == [[]] * 40
    assert any("refused" in answer for answer in answers)


def test_when_the_audit_passes_nothing_nothing_is_printed(monkeypatch):
    monkeypatch.setattr(audit, "passes", lambda table, withheld, threshold: False)
    assert set(suppressed([[20, 3, 50], [10, 8, 9], [4, 7, 30]], 5)) == {"refused"}


@pytest.mark.parametrize("withheld", [set(), {(0, 0)}, {(0, 0), (0, 1)}, {(0, 0), (1, 0), (0, 1)}, {(0, 0), (0, 2), (1, 0), (1, 2), (1, 1)}])
def test_the_audit_refuses_what_gives_a_number_back(withheld):
    """Nothing withheld, one number, two in a row, three corners of a rectangle, and a zero."""
    assert not audit.passes(Table(((3, 20, 30), (40, 0, 60))), frozenset(withheld), 5)


def test_the_audit_lets_a_whole_rectangle_through():
    assert audit.passes(Table(((3, 20, 30), (40, 50, 60))), frozenset({(0, 0), (0, 1), (1, 0), (1, 1)}), 5)


def cheapest_by_trying(counts, threshold):
    """The fewest people in any choice of further cells, all totals printed, that the attack cannot narrow down; none if there is none."""
    table = Table(tuple(map(tuple, counts)))
    small = table.small(threshold)
    others = [entry for entry, value in table.values.items() if table.is_cell(entry) and value >= threshold]
    found = []
    for size in range(len(others) + 1):
        for more in combinations(others, size):
            answer = publishing._printed(table, small | set(more))
            if not given_away(answer, threshold):
                found.append(table.people(more))
    return min(found, default=None)


@pytest.mark.parametrize("number", range(12))
def test_no_choice_withholds_fewer_people(number):
    draw = random.Random(number)
    counts = [[draw.choice([0, 2, 3, 5, 6, 9, 14, 30]) for _ in range(3)] for _ in range(draw.choice([2, 3]))]
    table = Table(tuple(map(tuple, counts)))
    best = cheapest_by_trying(counts, 5)
    cells = [entry for entry in table.values if table.is_cell(entry)]
    found = patterns.cheapest(table, table.small(5), cells, 4)
    assert (None if found is None else table.people(found - table.small(5))) == best


@pytest.mark.parametrize("number", range(30))
def test_a_choice_that_is_not_searched_to_the_end_is_as_safe(number, monkeypatch):
    monkeypatch.setattr(patterns, "MOST_EXACT", 0)
    counts = random_table(number)
    answer = suppressed(counts, 5)
    as_promised(counts, answer, 5)
    assert given_away(answer, 5) == []


def test_a_search_that_is_cut_off_takes_a_good_choice(monkeypatch):
    counts = [[20, 3, 50], [10, 8, 9], [4, 7, 30]]
    monkeypatch.setattr(patterns, "MOST_ROUNDS", 0)
    assert given_away(suppressed(counts, 5), 5) == []
    monkeypatch.setattr(patterns, "MOST_ROUNDS", 60)
    monkeypatch.setattr(patterns.solvers, "cheapest_choice", lambda costs, needs, nodes: None)
    assert given_away(suppressed(counts, 5), 5) == []


def test_a_table_without_small_numbers_is_printed_whole():
    assert suppressed([[5, 0], [7, 9]]) == {
        "published": [[5, 0], [7, 9]], "row_totals": [5, 16], "col_totals": [12, 9], "grand_total": 21,
    }


@pytest.mark.parametrize("counts", [[], [[]], [[], []], [[0]], [[0, 0], [0, 0]]])
def test_a_table_of_nobody_is_printed_whole(counts):
    answer = suppressed(counts)
    assert (answer["published"], answer["grand_total"]) == (counts, 0)


def test_one_small_number_in_two_rows_of_three_needs_three_more():
    answer = suppressed([[3, 10, 20], [20, 30, 40]])
    assert answer["published"] == [[None, None, 20], [None, None, 40]]
    assert (answer["row_totals"], answer["col_totals"], answer["grand_total"]) == ([33, 90], [23, 40, 60], 123)


def test_small_totals_are_withheld_before_anything_is_merged():
    answer = suppressed([[3, 7, 0, 8]])
    assert answer == {"published": [[None, None, 0, 8]], "row_totals": [18], "col_totals": [None, None, 0, 8], "grand_total": 18}


def test_where_totals_do_not_help_the_smallest_categories_are_merged():
    answer = suppressed([[1, 1, 1, 1, 1]])
    assert answer == {
        "published": [[5]], "row_totals": [5], "col_totals": [5], "grand_total": 5, "merged_rows": [[0]], "merged_cols": [[0, 1, 2, 3, 4]],
    }


@pytest.mark.parametrize("counts", [[[3]], [[4, 0, 0], [0, 0, 0]], [[1, 1], [1, 1]]])
def test_a_table_of_too_few_people_is_refused(counts):
    assert suppressed(counts) == {"refused": "The whole table has fewer than 5 people in it, so nothing of it can be published."}


def test_rows_and_columns_in_another_order_withhold_as_many_people():
    counts = [[20, 3, 50, 0], [10, 8, 9, 6], [4, 7, 30, 11]]
    turned = [list(row)[::-1] for row in zip(*counts, strict=True)]

    def people(answer, table):
        return sum(value for row, shown in zip(table, answer["published"], strict=True) for value, seen in zip(row, shown, strict=True) if seen is None)

    assert people(suppressed(counts), counts) == people(suppressed(turned), turned)


def test_a_large_table_with_large_counts_is_safe_too():
    draw = random.Random(6)
    counts = [[draw.choice([0, 1, 3, 900, 10**7]) for _ in range(12)] for _ in range(12)]
    answer = suppressed(counts)
    as_promised(counts, answer, 5)
    assert "refused" not in answer


def test_a_table_too_large_to_be_looked_into_is_refused():
    with pytest.raises(Wrong, match="2,010 numbers are too many"):
        publishing.check_table({"counts": [[0] * 201] * 10, "threshold": 5})


def test_witnesses_and_single_questions_find_the_same(monkeypatch):
    """In a large table most entries are seen by a few witnesses; without them every entry is asked by itself."""
    draw = random.Random(3)
    table = Table(tuple(tuple(draw.choice([0, 2, 4, 6, 30]) for _ in range(9)) for _ in range(9)))
    cells = frozenset(entry for entry, value in table.values.items() if table.is_cell(entry) and value)
    found = [audit.passes(table, cells, 5), audit.passes(table, cells - {max(cells, key=table.values.__getitem__)}, 5)]
    narrow = cells - frozenset((0, j) for j in range(1, 9) if table.values[0, j] >= 5)
    found.append(audit.passes(table, narrow | table.small(5), 5))
    monkeypatch.setattr(audit, "WITNESSES", 0)
    assert [audit.passes(table, one, 5) for one in (cells, cells - {max(cells, key=table.values.__getitem__)}, narrow | table.small(5))] == found


def test_rows_of_different_lengths_are_refused():
    with pytest.raises(Wrong, match="its rows have from 1 to 2 numbers"):
        publishing.check_table({"counts": [[1, 2], [3]], "threshold": 5})
