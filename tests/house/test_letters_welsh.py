"""In a letter in Welsh nothing is in English but what is marked so, and what people typed: tried on a letter of every kind."""

import re

import pytest
import sqlalchemy as sa

from app.accounts.models import Person
from app.core import clock
from app.letters.queries import preview
from app.mail.office import office
from app.mail.queries import wording_in_force
from app.mail.rules.languages import Language
from app.mail.services import save_wording
from tests.every_letter import letters, write_every_letter

ENGLISH = re.compile(r"\b(?:the|you|your|we|is|are|was|has|have|until|and|of|on|for|with|say|open|see|give|take|answer|read|questions|reference|"
                     r"people|somebody|today|tomorrow|midday|midnight|january|february|march|april|june|july|august|september|october|november|"
                     r"december|\w+day)\b", re.I)
MARKED = re.compile(r'<span lang="en-GB">.*?</span>', re.S)
IN_ENGLISH = {"questions-before", "questions-after", "questions-later", "questions-reminder", "questions-later-reminder", "worry"}
"""Kinds of which a sentence has no Welsh: the promise about answers, and what the team must do when nobody is named as a contact."""


@pytest.fixture
def in_welsh(app):
    """Everybody would like Welsh, and every kind has a wording of nothing but what stands in for its placeholders."""
    def would(_mapper, _connection, person):
        person.language = Language.WELSH

    for kind, wording in office().wordings.items():
        body = "\n\n".join([f"{{{name}}}" for name in wording.placeholders] + (["{act}"] if wording.acts else []))
        save_wording(kind=kind, subject="Llythyr", body=body, by="M", now=clock.now(), language=Language.WELSH)
    sa.event.listen(Person, "before_insert", would)
    yield
    sa.event.remove(Person, "before_insert", would)


def read(html):
    """The text without its tags and its addresses."""
    return re.sub(r"\S+@\S+|https?://\S+", "", re.sub(r"<[^>]+>", " ", html.partition("</h1>")[2]))


def test_every_letter_in_welsh_is_in_welsh_but_for_what_says_that_it_is_english(in_welsh):
    write_every_letter()
    assert len({letter.kind for letter in letters()}) > 40
    marked, to_people = set(), [letter for letter in letters() if letter.person_id]
    for letter in to_people:
        assert letter.language is Language.WELSH and letter.html.count('lang="cy"') == 2, letter.kind
        if MARKED.search(letter.html):
            marked.add(letter.kind)
        assert not ENGLISH.findall(read(MARKED.sub("", letter.html))), f"{letter.kind}: {read(letter.html)}"
    assert marked <= IN_ENGLISH


def test_a_preview_with_the_data_of_a_letter_in_english_has_welsh_dates(app):
    write_every_letter()
    letter = next(letter for letter in letters("place-confirmed"))
    save_wording(kind="place-confirmed", subject="{course}", body="{course}: tan {deadline}.\n\n> {when}\n> {where}\n\n{manage}", by="M", now=clock.now(), language=Language.WELSH)
    shown = preview(office().wording("place-confirmed"), wording_in_force("place-confirmed", Language.WELSH), letter.id).text
    assert re.search(r"> Dydd \w+ \d+ \w+ 20\d\d, ", shown) and " ar " in shown and letter.language is Language.ENGLISH
