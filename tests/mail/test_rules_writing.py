"""A letter says the same as text and as HTML, and nothing that is put into it can change what it is."""

import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.letters.emails import ahead
from app.mail.rules import welsh
from app.mail.rules.languages import BARE, Address, Both, Language, both
from app.mail.rules.wording import Wording, faults
from app.mail.rules.writing import Footing, House, write

HOUSE = House("Multi-agency training", "Cambridgeshire Partnerships", "training@example.org")
FOOT = Footing("abcd-2345-efgh", Both("you have a place", "bod gennych le"))
LINES = st.text(st.sampled_from("->h:/ \n\x00\ue005") | st.characters(codec="utf-8")) | st.sampled_from(["https://evil.example", "- a\n- b", "> a", "ht\x00tp://e.example"])
EVIL = ["<script>alert(1)</script>", "{course}", "[click](https://evil.example)", "A\r\nBcc: x@example.org", "\x00\x1b[2J", "\ue000x\ue001y\ue002", "~link-x~", "> box", "&amp;"]


def letter(body, given=None, act=None, subject="Hello"):
    return write(subject, body, given or {}, act, HOUSE, FOOT)


def text_of(html):
    class Reader(HTMLParser):
        words = ""

        def handle_data(self, data):
            self.words += data

    reader = Reader()
    reader.feed(html.partition("<body")[2])
    return reader.words


def test_paragraphs_box_list_links_and_button_in_their_order():
    page = letter("Hello {name},\n\n> Thursday\n> {where}\n\n- one\n- two\n\n{act}\n\nYou can also [send a colleague]({other}).\n\n{nothing}",
                  {"name": "Amina", "where": "", "other": Address("https://x.example/a/1?b=2&c=3"), "nothing": ""}, ("Give it back", "https://x.example/a/2"))
    assert page.text == (
        "Hello Amina,\n\n> Thursday\n\n- one\n- two\n\nGive it back:\nhttps://x.example/a/2\n\n"
        "You can also send a colleague (https://x.example/a/1?b=2&c=3).\n\n"
        "-- \nMulti-agency training\nCambridgeshire Partnerships\nQuestions: training@example.org\nReference abcd-2345-efgh. We write to you because you have a place.\n"
    )
    assert "<strong>Thursday</strong></p>" in page.html and page.html.count("<li") == 2
    assert '<a href="https://x.example/a/1?b=2&amp;c=3"' in page.html and ">send a colleague</a>." in page.html
    assert page.html.index("Give it back") < page.html.index("You can also") and '<html lang="en-GB">' in page.html


def test_without_a_place_of_its_own_the_button_comes_last_and_without_an_act_there_is_none():
    assert letter("One.\n\nTwo.", act=("Go", "https://x.example")).text.startswith("One.\n\nTwo.\n\nGo:\nhttps://x.example\n\n-- ")
    assert "Go" not in letter("One.\n\n{act}\n\nTwo.").text


def test_html_loads_nothing_and_says_its_own_colours():
    html = letter("Hello", act=("Go", "https://x.example")).html
    assert not re.search(r"<(?:img|link|script|style|iframe|object)|url\(|@import|background=", html)
    assert "background-color:#faf7f2;color:#1f2527" in html and 'name="color-scheme"' in html


@pytest.mark.parametrize("evil", EVIL)
def test_what_is_given_stays_text(evil):
    page = letter("Hello {name}, welcome to {course}.", {"name": evil, "course": "Neglect"}, subject="For {name}")
    assert "<a " not in page.html and "<script" not in page.html
    assert "\n" not in page.subject and "\r" not in page.subject and "\x00" not in page.text
    assert ">click</a>" not in page.html


@given(LINES, LINES, st.text(min_size=1))
def test_the_tags_of_a_letter_do_not_depend_on_what_is_put_into_it(name, course, label):
    def tags(page):
        return [tag for tag in re.findall(r"<(/?[a-z0-9]+)", page.html) if tag not in ("br", "p", "/p")]

    body = "{name}\n\nHello {name}, welcome to {course}."
    page = letter(body, {"name": name, "course": course}, (label, "https://x.example"), subject="{name}")
    assert tags(page) == tags(letter(body, {"name": "Ann", "course": "B"}, ("Go", "https://x.example"), subject="{name}"))
    assert not re.search(r"[\r\n]", page.subject)


@pytest.mark.parametrize("broken", ["Town\nHall", "Town\r\n\r\nHall", "Town \n - Hall", "Town\u2028Hall", "Town\x85Hall"])
def test_a_break_in_what_was_given_breaks_no_line_of_a_box_a_list_or_a_subject(broken):
    one = broken.replace("\r", "").replace("\n\n", "\n")
    for put_in in (broken, {"en": broken, "cy": broken}, both("{}", "{}", broken).by_language()):
        page = letter("> {when}\n> {where}\n\n- {where}\n- {when}", {"when": "Monday", "where": put_in}, subject="At {where} on {when}")
        shown = " ".join(re.sub("[\n\x85\u2028]", " ", one).split())
        assert page.subject == f"At {shown} on Monday"
        assert f"> Monday\n> {shown}\n\n- {shown}\n- Monday\n" in page.text
        assert f"<strong>Monday</strong><br>{shown}</p>" in page.html and f">{shown}</li>" in page.html
    made = both("At once\n> {}\n> {}\n\n{}", "> {}\n> {}\n\n{}", broken, "Monday", "one\ntwo")
    assert made.english.replace(BARE, "") == f"At once\n> {shown}\n> Monday\n\none\ntwo"


def test_what_must_stand_in_a_letter_must_stand_in_its_text():
    wording = Wording(kind="x", title="X", subject="x", body="{course}", placeholders={"course": "the course"}, required=frozenset({"course"}))
    assert faults(wording, "About {course}", "x") == ["{course} stands in the subject only, and must stand in the text too: the course"]
    assert faults(wording, "About {course}", "{course}") == faults(wording, "x", "{course}") == []


def test_a_shipped_wording_that_cannot_be_used_stops_the_start():
    with pytest.raises(ValueError, match=r"'x' cannot be used: \{nam\} is not a placeholder"):
        Wording(kind="x", title="X", subject="Hello {nam}", body="x", placeholders={"name": "a name"})


def test_each_fault_of_a_wording_is_named():
    wording = Wording(kind="x", title="X", subject="x", body="{name}", placeholders={"name": "a name"}, required=frozenset({"name"}))
    assert faults(wording, "Hello", "{name} {act}")[:1] == ["{act} is not a placeholder of this letter. There are: {name}"]
    assert faults(wording, "", "x") == ["A letter needs a subject and a text", "{name} is missing: a name"]
    assert faults(wording, "{name}\nBcc: x", "{name}" * 1001) == ["A subject is one line of 150 characters at most", "A text has 6,000 characters at most"]


def test_the_frame_is_in_the_letters_language_and_html_says_which_parts_are_not():
    page = write("Helo", "{one}\n\n{act}", {"one": {"en": "> Confidential: https://x.example/a\n> not told"}}, (Both("Go", "Mynd"), "https://x.example"), HOUSE, FOOT,
                  copied_to="nia@example.org", language=Language.WELSH)
    assert page.text.startswith("Copi er gwybodaeth i chi yw hwn. Anfonwyd y llythyr at nia@example.org.") and "Mynd:\n" in page.text
    assert "Cwestiynau: training@example.org\nCyfeirnod abcd-2345-efgh. Rydym yn ysgrifennu atoch oherwydd bod gennych le.\n" in page.text
    assert "> Confidential: https://x.example/a\n> not told" in page.text and "\ue003" not in page.text + page.html
    assert page.html.count('<span lang="en-GB">') == page.html.count("</span>") == 2 and 'href="https://x.example/a"' in page.html
    nothing = write("Helo", "x", {}, None, HOUSE, Footing("abcd", Both("you asked")), language=Language.WELSH)
    assert '<span lang="en-GB">We write to you because you asked.</span>' in nothing.html


def test_days_and_times_are_said_in_welsh_by_londons_clock():
    at = datetime(2027, 3, 28, 11, 0, tzinfo=UTC)
    assert welsh.when([(at, at + timedelta(hours=1, minutes=30)), (at + timedelta(days=13, hours=12), at + timedelta(days=14))]) == (
        "Dydd Sul 28 Mawrth 2027, hanner dydd i 1:30pm a dydd Sul 11 Ebrill 2027, hanner nos i hanner dydd")
    assert welsh.moment(datetime(2026, 12, 3, 9, 42, tzinfo=UTC)) == "9:42am ar 3 Rhagfyr 2026"
    assert [welsh.day_month(datetime(2027, month, 1, tzinfo=UTC).date()).split(" ", 3)[3] for month in range(1, 13)] == list(welsh.MONTHS)
    assert (ahead(at, 0).welsh, ahead(at, 1).welsh, ahead(at, 4)) == ("Heddiw", "Yfory", Both("On Sunday 28 March", "Ddydd Sul 28 Mawrth"))


def test_a_name_that_is_cut_between_subject_and_text_is_no_placeholder():
    wording = Wording(kind="x", title="X", subject="x", body="{course}", placeholders={"course": "the course"}, required=frozenset({"course"}))
    found = faults(wording, "How was it? {cour", "se} and more")
    assert found == ["{course} is missing: the course", "A { or } stands alone. They belong around the name of a placeholder"]
