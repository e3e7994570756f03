"""What is left of a text holds nothing that XML, and so Word, could not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from app.core.texts import all_readable, readable


@pytest.mark.parametrize(("text", "left"), [
    ("A case audit\x0bon neglect", "A case audit\non neglect"), ("a\x0cb\u2028c\u2029d\x85e", "a\nb\nc\nd\ne"), ("a\x00\x01\x08\x0e\x1b[1m\x7f\x9fb", "a[1mb"),
    ("a\ufffe\uffff\ud800b", "ab"), ("one\ttwo\r\nthree", "one\ttwo\r\nthree"), ("“Zoë”, 日本, Y Fenni 🙂", "“Zoë”, 日本, Y Fenni 🙂"), ("", ""),
])
def test_line_breaks_become_ours_and_what_nobody_sees_goes(text, left):
    assert readable(text) == left


@given(st.text(st.characters(exclude_categories=())) | st.text(st.sampled_from("\x00\x0b\x1b\x85\ufffe a\n")))
def test_every_text_can_stand_in_a_document(text):
    left = readable(text)
    etree.Element("w").text = left
    assert readable(left) == left


def test_in_plain_data_every_text_is_cleaned_and_nothing_else_is_changed():
    assert all_readable({"a\x01": ["b\x0b", ("c\x1b", 1, None, True)], "d": 2.5}) == {"a": ["b\n", ("c", 1, None, True)], "d": 2.5}
