"""A list of people as somebody pastes it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.booking.rules.pasted import MOST, Fault, FaultyList, Line, read


@pytest.mark.parametrize("typed", [
    "Ann@Example.org.uk, Ann, Bell, Nurse", "ann@example.org.uk\tAnn\tBell\tNurse", "ann@example.org.uk;Ann;Bell;Nurse",
    '"ann@example.org.uk", "Ann",  Bell ,Nurse,,', "  ann@example.org.uk ,Ann, Bell,Nurse  ",
])
def test_columns_are_parted_as_people_part_them(typed):
    assert read(typed) == ([Line(1, "ann@example.org.uk", "Ann", "Bell", "Nurse")], [])


def test_a_comma_inside_a_cell_of_a_spreadsheet_parts_nothing():
    assert read("ann@example.org.uk\tAnn\tBell\tNurse, band 6")[0][0].job_title == "Nurse, band 6"


def test_empty_lines_count_so_that_numbers_are_those_of_the_list():
    lines, faults = read("\n\nann@example.org.uk\n\nnobody")
    assert [line.number for line in lines] == [3] and [fault.number for fault in faults] == [5]


def test_a_list_that_is_too_long_names_nobody():
    lines, faults = read("\n".join(f"p{number}@example.org.uk" for number in range(MOST + 1)))
    assert lines == [] and faults[0].number is None


def test_faults_are_said_in_the_order_of_the_list():
    refused = FaultyList([Fault(9, "b"), Fault(2, "a"), Fault(None, "first")])
    assert str(refused) == "first Line 2: a Line 9: b"


@given(st.text(max_size=400))
def test_every_line_that_says_something_is_a_person_or_a_fault(text):
    lines, faults = read(text)
    said = [number for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    assert sorted([line.number for line in lines] + [fault.number for fault in faults]) == said
    assert len({line.email for line in lines}) == len(lines)
