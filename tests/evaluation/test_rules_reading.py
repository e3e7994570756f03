"""Files that are analysed: what is read of them, and the one sentence about what cannot be."""

import io
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Refused
from app.evaluation.rules.statistics.columns import Wrong
from app.evaluation.rules.statistics.fields import read_fields
from app.evaluation.rules.statistics.kinds import KINDS, Parameters, Rows, named
from app.evaluation.rules.statistics.reading import read_rows

PAIRED = named("paired").columns


def rows_of(*lines, columns=PAIRED, check=None):
    return read_rows(io.StringIO("".join(f"{line}\n" for line in lines), newline=""), columns, file="a.csv", check=check)


def refusal(*lines, **more):
    with pytest.raises(Refused) as no:
        rows_of(*lines, **more)
    return str(no.value)


def test_a_header_alone_is_no_rows():
    assert rows_of("person,before,after") == {}


def test_rows_alike_are_counted_and_an_empty_value_is_no_answer():
    assert rows_of("person,before,after", "a,2,3", "b, 2,3 ", "c,,3", "d,,", "", "a,2,3.0") == {(2, 3): 3, (None, 3): 1, (None, None): 1}


def test_columns_may_come_in_any_order():
    assert rows_of("after,person,before", "3,a,2") == {(2, 3): 1}


@pytest.mark.parametrize(("lines", "words"), [
    ((), "line 1: the columns must be person,before,after, and the first line is empty"),
    (("",), "the first line is empty"),
    (("a,2,3",), "line 1: the columns must be person,before,after, and column person is not there: it begins with 'a,2,3'"),
    (("person,before",), "column after is not there"),
    (("person,before,after,note",), "there is another column 'note'"),
    (("person,before,after,after",), "more than once"),
    (("person,before,after", "a,2,3", "b,6,1"), "line 3, column before: '6' is not a rating. Write a whole number from 1 to 5"),
    (("person,before,after", "a,2,2.5"), "line 2, column after: '2.5' is not a rating"),
    (("person,before,after", "a,0,2"), "column before: '0'"),
    (("person,before,after", "a,٣,2"), "column before: '٣'"),
    (("person,before,after", "a,NaN,2"), "column before: 'NaN'"),
    (("person,before,after", "a,2"), "line 2: 2 values where there must be 3"),
    (("person,before,after", "a,2,3,4"), "line 2: 4 values where there must be 3"),
    (("person,before,after", '"a\nb",2,3', "c,x\x1b,3"), "line 4, column before: 'x\\x1b'"),
    (("person,before,after", 'a,"2,3'), "this is not CSV"),
])
def test_what_cannot_be_read_is_one_sentence_with_its_place(lines, words):
    said = refusal(*lines)
    assert said.startswith("a.csv, line") and words in said and said.endswith(".")


def test_values_that_do_not_go_together_name_their_line():
    def no_fall(row):
        if row[1] < row[0]:
            raise Wrong("column after: it is lower. Correct it")

    assert refusal("person,before,after", "a,1,2", "b,3,2", check=no_fall) == "a.csv, line 3, column after: it is lower. Correct it."


@given(st.lists(st.tuples(st.none() | st.integers(1, 5), st.none() | st.integers(1, 5))), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(pairs, chance):
    lines = [f"p{number},{'' if before is None else before},{'' if after is None else after}" for number, (before, after) in enumerate(pairs)]
    mixed = random.Random(chance.random()).sample(lines, len(lines))
    assert rows_of("person,before,after", *lines) == rows_of("person,before,after", *mixed) == {pair: pairs.count(pair) for pair in pairs}


@pytest.mark.parametrize(("text", "words"), [
    ('{"x": 3}', "n is not there"),
    ('{"x": 3, "n": 10, "z": 1}', "there is another one, \"z\""),
    ('{"x": 3, "x": 4, "n": 10}', "more than once"),
    ('{"x": 3.5, "n": 10}', "field x: 3.5 cannot be taken"),
    ('{"x": true, "n": 10}', "field x: true cannot be taken"),
    ('{"x": -1, "n": 10}', "field x: -1 cannot be taken"),
    ('{"x": 3, "n": null}', "field n: null cannot be taken"),
    ('{"x": NaN, "n": 3}', "NaN is not a number of JSON"),
    ('{"x": 11, "n": 10}', "field x: 11 of 10 cannot be"),
    ("[3, 10]", "one JSON object"),
    ('{"x": 3,\n "n" 10}', "line 2, column 6: this is not JSON"),
    ("", "line 1, column 1: this is not JSON"),
    ("[" * 100_000, "cannot be read"),
    ('{"x": ' + "9" * 5000 + ', "n": 3}', "cannot be read"),
])
def test_parameters_that_cannot_be_read_are_one_sentence(text, words):
    kind = named("proportion")
    with pytest.raises(Refused) as no:
        read_fields(text, kind.fields, file="p.json", check=kind.check)
    assert words in str(no.value) and str(no.value).startswith("p.json") and str(no.value).endswith(".")


def test_parameters_may_be_written_as_whole_decimals():
    kind = named("proportion")
    assert read_fields('{"n": 10.0, "x": 3}', kind.fields, file="p.json", check=kind.check) == {"x": 3, "n": 10}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_analysis_of_no_rows_is_without_an_error(kind):
    if isinstance(kind, Parameters):
        return
    assert isinstance(kind, Rows)
    kind.analyse({})
