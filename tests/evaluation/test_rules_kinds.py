"""What each analysis answers to: its field names are a promise to whoever reads them, and a header alone is valid data of no rows."""

import io

import pytest

from app.core.errors import Refused
from app.evaluation.rules.statistics.fields import read_fields
from app.evaluation.rules.statistics.kinds import named
from app.evaluation.rules.statistics.reading import read_rows

FIELDS = {
    "courses": "k, N, kw_H, kw_df, kw_p, epsilon2, dunn, sign_p_by_course, sign_p_bh",
    "nonresponse": "response_rate, raw_share, poststratified_share, weights, kish_ess, attendees_in_strata_without_response, bound_low, bound_high, chi2, chi2_p",
    "dna_eb": "pooled, mu, M, loglik, binomial_loglik, shrunk, lo, hi",
    "dna_logistic": "coef, se, loglik, brier, brier_base, log_loss, expected_dna",
    "overbooking": "max_places, extra, rows",
    "poisson_binomial": "pmf, p_over, expected_attendance, expected_empty, expected_turned_away",
}
LINES = {
    "courses": ["course,change", "A,1", "B,", "B,2"],
    "nonresponse": ["stratum,attended,responded,improved", "Police,10,4,3", "Health,5,0,0"],
    "dna_eb": ["group,booked,dna", "A,10,4", "B,20,3"],
    "dna_logistic": ["format,lead_weeks,prev,dna", "online,3.5,0,1", "Room,2,4,0"],
}
PARAMETERS = {
    "overbooking": '{"capacity": 20, "a_attend": 18, "b_dna": 6, "alpha": 0.05}',
    "poisson_binomial": '{"p_attend": [0.5, 1, 0], "capacity": 1}',
    "suppression": '{"counts": [[20, 3, 50], [10, 8, 9], [4, 7, 30]], "threshold": 5}',
}


def rows_answer(kind, lines):
    found = named(kind)
    return found.analyse(read_rows(io.StringIO("".join(f"{line}\n" for line in lines), newline=""), found.columns, file="a.csv", check=found.check))


def parameters_answer(kind, text):
    found = named(kind)
    return found.analyse(**read_fields(text, found.fields, file="a.json", check=found.check))


@pytest.mark.parametrize("kind", LINES)
def test_rows_are_answered_by_name_and_so_is_a_header_alone(kind):
    for lines in (LINES[kind], LINES[kind][:1]):
        assert set(rows_answer(kind, lines)) - {"reasons"} == set(FIELDS[kind].split(", "))


NOTHING_TO_SAY = {
    "courses": (["A,1", "B,1"], ["A,0", "B,0", "C,0"], ["A,1"], ["A,0", "B,2"], []),
    "nonresponse": (["a,10,5,2", "b,3,0,0"], ["a,3,0,0"], ["a,0,0,0"], []),
    "dna_eb": (["a,0,0"], ["a,0,0", "b,5,1"]),
    "dna_logistic": ([], ["online,1,0,1"]),
    "cluster": (["s,1", "s,1"], ["s,0", "t,0"], ["s,2"], []),
    "paired": (["1,3,3"], ["1,5,5", "2,5,5"], ["1,2,3", "2,3,4"], ["1,,2"], []),
    "unpaired": (["before,1", "after,5"], ["before,2"], ["before,3", "after,3"], []),
    "followup": (["1,2,3,3"], ["1,3,3,3"], ["1,2,,"], []),
    "then": (["1,2,2,2"], ["1,,3,3"], []),
}


def undefined(value):
    """Whether something in it is undefined, however deep."""
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return value is None or any(map(undefined, parts))


@pytest.mark.parametrize(("kind", "lines"), [(kind, lines) for kind, files in NOTHING_TO_SAY.items() for lines in files])
def test_whatever_is_undefined_has_its_reason_in_lists_and_dictionaries_too_and_nothing_else_has_one(kind, lines):
    head = ",".join(column.name for column in named(kind).columns)
    found = rows_answer(kind, [head, *lines])
    assert {name for name, value in found.items() if name != "reasons" and undefined(value)} == set(found["reasons"])


@pytest.mark.parametrize("kind", ["overbooking", "poisson_binomial"])
def test_parameters_are_answered_by_name(kind):
    assert set(parameters_answer(kind, PARAMETERS[kind])) - {"reasons"} == set(FIELDS[kind].split(", "))


def test_a_table_is_answered_with_what_may_be_printed_of_it_and_never_with_what_was_given():
    assert set(parameters_answer("suppression", PARAMETERS["suppression"])) == {"published", "row_totals", "col_totals", "grand_total"}


def test_a_row_of_overbooking_has_its_names():
    assert set(parameters_answer("overbooking", PARAMETERS["overbooking"])["rows"][0]) == {
        "places_offered", "interval80", "p_over", "expected_attendance", "expected_empty", "expected_turned_away",
    }


@pytest.mark.parametrize(("kind", "line", "words"), [
    ("courses", "A,5", "column change: '5' is not a change"),
    ("courses", ",1", "column course: there is nothing in it"),
    ("nonresponse", "P,3,4,0", "column responded: 4 of 3 who attended cannot be"),
    ("dna_eb", "A,3,4", "column dna: 4 of 3 who booked cannot be"),
    ("dna_logistic", "hall,3,0,1", "column format: 'hall' is not one of: online, room"),
    ("dna_logistic", "online,-3,0,1", "column lead_weeks: '-3' is not a number of weeks"),
    ("dna_logistic", "online,3,x,1", "column prev: 'x' is not a count. Write a whole number from 0 to 1,000,000,000.$"),
    ("dna_logistic", "online,,0,1", "column lead_weeks: there is nothing in it"),
    ("dna_logistic", "online,3,0,2", "column dna: '2' is not 0 \\(came\\) or 1"),
])
def test_a_wrong_row_is_said_in_one_sentence(kind, line, words):
    with pytest.raises(Refused, match=f"a.csv, line 2, {words}"):
        rows_answer(kind, [LINES[kind][0], line])


@pytest.mark.parametrize(("kind", "text", "words"), [
    ("overbooking", '{"capacity": 20, "a_attend": -1, "b_dna": 6, "alpha": 0.05}', "field a_attend: -1 cannot be taken"),
    ("overbooking", '{"capacity": 20, "a_attend": 0, "b_dna": 0, "alpha": 0.05}', "says nothing about who comes"),
    ("overbooking", '{"capacity": 20, "a_attend": 1, "b_dna": 1, "alpha": 1.5}', "field alpha: 1.5 cannot be taken"),
    ("poisson_binomial", '{"p_attend": [0.5, 1.2], "capacity": 1}', "field p_attend: 1.2 cannot be taken"),
    ("suppression", '{"counts": [[1, 2], [3]], "threshold": 5}', "its rows have from 1 to 2 numbers"),
    ("suppression", '{"counts": [[1, -2]], "threshold": 5}', "field counts: -2 cannot be taken"),
    ("suppression", '{"counts": [[1]], "threshold": 0}', "field threshold: 0 cannot be taken"),
])
def test_a_wrong_parameter_is_said_in_one_sentence(kind, text, words):
    with pytest.raises(Refused, match=words):
        parameters_answer(kind, text)
