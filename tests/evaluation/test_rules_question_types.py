"""What may be answered to each kind of question, and which questions are asked."""

from contextlib import nullcontext
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Refused
from app.evaluation.rules import asking
from app.evaluation.rules.asking import read_all, shown
from app.evaluation.rules.inviting import waves
from app.evaluation.rules.links import manager_mark, of_subject, phrase_code, shared_code, subject, ticket
from app.evaluation.rules.question_types import LONGEST, QUESTION_TYPES, RATHER_NOT, Answered, labelled
from app.evaluation.rules.stages import Stage
from app.evaluation.rules.standard import EARLIER, STANDARD, THEMES, USED
from app.evaluation.rules.windows import closes_at, opens_at
from tests.booking.acting import NOW

OPTIONS = {"scale_5": list("abcde"), "then_test": list("abcde"), "scale_10": ["low", "high"], "one_of": ["Yes", "No"], "several": ["Red", "Blue", "Green"],
           "number": ["1", "60"]}
NUMBERS = {"scale_5": range(1, 6), "then_test": range(1, 6), "scale_10": range(11), "agree": range(1, 6), "one_of": (1, 2), "one_thing_done": range(1, 5),
           "number": (1, 30, 60)}


def read(kind, *values, required=False):
    return QUESTION_TYPES[kind].read(values, OPTIONS.get(kind, []), required=required)


@pytest.mark.parametrize("kind", NUMBERS)
def test_each_number_of_a_scale_may_be_answered_and_no_other(kind):
    assert [read(kind, str(number)).number for number in NUMBERS[kind]] == list(NUMBERS[kind])
    for wrong in ("-1", "61", "11", "x", "1.5", "٣", " 2 3", "999999999999", "9" * 5000, "00000000599"):
        if not (kind == "number" and wrong == "11"):
            with pytest.raises(Refused):
                read(kind, wrong)


@pytest.mark.parametrize("kind", QUESTION_TYPES)
def test_what_must_be_answered_may_be_answered_with_rather_not_and_what_need_not_may_stay_empty(kind):
    free = QUESTION_TYPES[kind].free
    assert read(kind, *(["", RATHER_NOT] if free else [RATHER_NOT]), required=True) == Answered()
    for empty in ([], [""]):
        assert read(kind, *empty) == Answered()
        with pytest.raises(Refused, match=r"Nothing is|whole number"):
            read(kind, *empty, required=True)


@pytest.mark.parametrize("kind", QUESTION_TYPES)
def test_each_kind_refuses_what_its_builder_left_out(kind):
    QUESTION_TYPES[kind].check(OPTIONS.get(kind, []))
    if kind in OPTIONS:
        with pytest.raises(Refused):
            QUESTION_TYPES[kind].check(OPTIONS[kind][:1])
    if kind == "number":
        for bounds in (["1", "9" * 5000], ["9" * 5000, "1"], ["0", "1000001"], ["0" * 5000, "5"], ["-1", "5"], ["\u00b2", "5"], ["5", "5"]):
            with pytest.raises(Refused):
                QUESTION_TYPES[kind].check(bounds)
        QUESTION_TYPES[kind].check(["0", "1000000"])
    assert QUESTION_TYPES[kind].kind == kind and QUESTION_TYPES[kind].name


@given(st.sets(st.integers(1, 3)))
def test_several_options_come_back_each_once_in_their_order(chosen):
    assert read("several", *map(str, chosen), *map(str, chosen)).choices == tuple(sorted(chosen))


@pytest.mark.parametrize("kind", LONGEST)
def test_words_are_kept_as_they_are_up_to_their_length(kind):
    assert read(kind, "  It's “fine”\r\nso far \x00 ").text == "It's “fine”\nso far"
    assert read(kind, "x" * LONGEST[kind]).text == "x" * LONGEST[kind]
    with pytest.raises(Refused, match="Shorten it"):
        read(kind, "x" * (LONGEST[kind] + 1))


def test_one_thing_has_a_sentence_and_perhaps_a_time():
    assert read("one_thing", "Ring the GP", "2") == Answered(text="Ring the GP", choices=(2,))
    assert read("one_thing", "Ring the GP") == Answered(text="Ring the GP")
    assert read("one_thing", "", "2") == Answered(), "a time without a sentence is nothing"


def test_numbers_are_told_in_words():
    assert labelled("several", OPTIONS["several"], [1, 3]) == "Red, Green"
    assert labelled("scale_10", OPTIONS["scale_10"], [0]) == "low" and labelled("scale_10", OPTIONS["scale_10"], [7]) == "7"


@dataclass
class Question:
    code: str
    kind: str = "one_of"
    options: list = field(default_factory=lambda: ["Yes", "No"])
    required: bool = False
    wording: str = "Q"
    shown_if_code: str | None = None
    shown_if_values: tuple = ()


def test_a_question_whose_condition_is_not_asked_is_not_asked_either():
    chain = [Question("a"), Question("b", shown_if_code="a", shown_if_values=("1",)), Question("c", shown_if_code="b", shown_if_values=("1",))]
    for answers, asked in (({}, "a"), ({"a": ["1"]}, "ab"), ({"a": ["1"], "b": ["1"]}, "abc"), ({"a": ["2"], "b": ["1"], "c": ["1"]}, "a")):
        assert "".join(one.code for one in shown(chain, answers, promised=False)) == asked
        assert {one.code for one, _value in read_all(chain, answers, promised=False)} <= set(asked)


def test_who_would_rather_not_say_and_ticks_an_option_too_is_not_asked_what_follows_from_it():
    used = Question("a", kind="several", required=True)
    how = Question("b", kind="number", options=["0", "9"], required=True, shown_if_code="a", shown_if_values=("1",))
    assert read_all([used, how], {"a": ["1", RATHER_NOT], "b": ["3"]}, promised=False) == []
    assert [one.code for one, _value in read_all([used, how], {"a": ["1"], "b": ["3"]}, promised=False)] == ["a", "b"]


@pytest.mark.parametrize(("condition", "met", "words"), [
    (">=3", {"3", "03", "4", " 20 "}, "3 or more"), ("<=3", {"0", "2", "3", "03"}, "3 or fewer"), ("=3", {"3", "03"}, "exactly 3"),
])
def test_a_question_may_be_asked_only_after_a_number(condition, met, words):
    many = Question("a", kind="number", options=["0", "50"], wording="How many?")
    depends = Question("b", shown_if_code="a", shown_if_values=(condition,))
    for number in ("0", "2", "3", "03", "4", " 20 ", "", "none", "x", "-4", "3.5"):
        asked = [one.code for one in shown([many, depends], {"a": [number]}, promised=False)]
        assert (asked == ["a", "b"]) is (number in met), number
    assert [one.code for one in shown([many, depends], {"a": ["3", "none"]}, promised=False)] == ["a"], "who would rather not say is not asked on"
    assert asking.condition(depends, [many, depends]) == f"{words} to “How many?”"


@pytest.mark.parametrize(("condition", "possible"), [
    (">=50", True), (">=51", False), ("<=10", True), ("<=9", False), ("=10", True), ("=50", True), ("=9", False), ("=51", False), (">=0", True),
])
def test_a_question_that_nobody_would_be_asked_is_refused(condition, possible):
    questions = [Question("a", kind="number", options=["10", "50"]), Question("b", shown_if_code="a", shown_if_values=(condition,))]
    refused = pytest.raises(Refused, match=r"a number from 10 to 50, so after .* nobody would be asked")
    with nullcontext() if possible else refused:
        asking.order_is_possible(questions)


def test_what_is_missing_is_named():
    with pytest.raises(Refused, match=r"^Was it good\?: Nothing is chosen"):
        read_all([Question("a", required=True, wording="Was it good?")], {}, promised=False)


@pytest.mark.parametrize("wanted", [STANDARD, EARLIER])
def test_the_shipped_questionnaires_can_be_asked(wanted):
    for questions in wanted.values():
        assert len({one.code for one in questions}) == len(questions)
        for one in questions:
            QUESTION_TYPES[one.kind].check(one.options)
            assert one.shown_if_code is None or one.shown_if_code in {other.code for other in questions[:questions.index(one)]}
    assert len(USED) == len(THEMES)


def test_a_ticket_and_a_phrase_say_nothing_without_the_key_and_the_same_with_it():
    assert ticket(b"k", "booking:1", Stage.AFTER) == ticket(b"k", "booking:1", Stage.AFTER)
    assert len({ticket(key, owner, stage) for key in (b"k", b"l") for owner in ("booking:1", "booking:2") for stage in Stage}) == 16
    assert phrase_code(b"k", 1, "Élm Street, badger") == phrase_code(b"k", 1, "elm street  BADGER!") != phrase_code(b"k", 2, "elm street badger")
    assert phrase_code(b"k", 1, " ... ") is None
    assert len({shared_code(key, code, stage) for key in (b"k", b"l") for code in ("a", "b") for stage in Stage}) == 16
    assert manager_mark(b"k", "Boss@example.org ") == manager_mark(b"k", "boss@example.org") != manager_mark(b"l", "boss@example.org")
    assert of_subject(subject(42, Stage.MANAGER, manager_mark(b"k", "b@c"))) == (42, Stage.MANAGER, manager_mark(b"k", "b@c"))


@pytest.mark.parametrize("stage", Stage)
def test_every_letter_of_a_stage_is_due_while_it_can_be_answered(stage):
    starts_at, ends_at = NOW, NOW.replace(hour=13)
    moments = waves(stage, starts_at, ends_at, 12)
    assert moments == sorted(moments) and len(moments) == (1 if stage is Stage.BEFORE else 3)
    opens = opens_at(stage, ends_at, 12)
    assert all((opens is None or opens <= moment) and moment < closes_at(stage, ends_at, 12) for moment in moments)
    assert of_subject(subject(42, stage)) == (42, stage, "")


@pytest.mark.parametrize("text", ["", "booking:1", "booking:x:after", "booking:1:never", "session:1:after", "booking:1:after:more", "booking:1:manager:a:b"])
def test_a_subject_that_is_none_leads_nowhere(text):
    assert of_subject(text) is None
