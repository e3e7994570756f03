"""A letter is in its recipient's language where its kind has a wording in it, and in English where it has none."""

from email import message_from_bytes

import pytest
import sqlalchemy as sa

from app.accounts.services import say_language
from app.core.db import db, transaction
from app.core.errors import Refused
from app.mail import queries
from app.mail.models import Letter
from app.mail.rules.fates import LetterStatus
from app.mail.rules.languages import Both, Language
from app.mail.rules.outgoing import Outgoing
from app.mail.senders.message import as_bytes
from app.mail.services import Act, queue, queue_all, restore_wording, save_wording, send_again
from app.mail.services.delivering import claim
from tests.builders import a_person
from tests.counting import counted
from tests.mail.wordings import FIELDS, NOON, a_draft

WELSH = Language.WELSH


def in_welsh(kind="place", subject="Mae gennych le: {course}", body="Helo {name},\n\n{act}\n\nTan {when}: {course}."):
    return save_wording(kind=kind, language=WELSH, subject=subject, body=body, by="M", now=NOON)


@pytest.fixture
def nia(app):
    """Somebody who would like letters in Welsh."""
    person = a_person(email="nia@example.org")
    say_language(person_id=person.id, language=WELSH)
    return person


def to(person, number=1, **more):
    return a_draft(number, **{"to": person.email, "person_id": person.id, **more})


def test_each_gets_the_wording_in_their_language_and_the_letter_says_which_it_is(nia):
    in_welsh()
    button = Act("Give it back", "https://x.example/1")
    letter, english = queue(to(nia, act=button), now=NOON), queue(to(a_person(), 2, act=button), now=NOON)
    assert (letter.subject, letter.language, letter.wording_number) == ("Mae gennych le: Neglect", WELSH, 1) and letter.text.startswith("Helo Amina,")
    assert letter.html.count('lang="cy"') == 2 and letter.html.count('lang="en-GB"') == 1, "the button has no Welsh words"
    assert '<span lang="en-GB">Give it back</span>' in letter.html and "Rydym yn ysgrifennu atoch oherwydd bod gennych le." in letter.html
    assert (english.subject, english.language, english.wording_number) == ("You have a place: Neglect", Language.ENGLISH, 0)
    assert english.html.count('lang="en-GB"') == 2 and 'lang="cy"' not in english.html


def test_the_mail_says_its_language_in_its_header_as_it_was_when_it_was_written(nia):
    in_welsh()
    queue_all([to(nia), to(a_person(), 2)], now=NOON)
    say_language(person_id=nia.id, language=Language.ENGLISH)
    sent = [one.signed("From: t@example.org") for one in claim("worker", NOON)]
    assert all(isinstance(letter, Outgoing) for letter in sent)
    assert [message_from_bytes(as_bytes(letter))["Content-Language"] for letter in sent] == ["cy", "en-GB"]


def test_without_a_welsh_wording_the_english_one_goes_the_changed_one_where_it_was_changed(nia):
    assert queue(to(nia), now=NOON).subject == "You have a place: Neglect"
    in_welsh(kind="reminder")
    save_wording(kind="place", subject="Come: {course}", body="See you at {course}.", by="M", now=NOON)
    one, two, three = queue(to(nia, 2), now=NOON), *(db.session.get(Letter, number) for number in queue_all([to(nia, 3), to(nia, 4, kind="reminder")], now=NOON))
    assert (one.subject, one.language, two.subject, two.language) == ("Come: Neglect", Language.ENGLISH) * 2
    assert (three.subject, three.language) == ("Mae gennych le: Neglect", WELSH)


def test_versions_are_counted_in_each_language_and_a_welsh_wording_can_be_taken_back(nia):
    save_wording(kind="place", subject="Come: {course}", body="See you at {course}.", by="M", now=NOON)
    assert in_welsh().number == 1 and in_welsh(subject="Dewch: {course}").number == 2
    assert restore_wording(kind="place", language=WELSH, number=0, by="M", now=NOON).number == 3
    assert queue(to(nia), now=NOON).subject == "Come: Neglect" == db.session.get(Letter, queue_all([to(nia, 2), to(nia, 3)], now=NOON)[0]).subject
    assert restore_wording(kind="place", language=WELSH, number=1, by="M", now=NOON).number == 4
    assert queue(to(nia, 4), now=NOON).subject == "Mae gennych le: Neglect"
    assert queries.wording_in_force("place").number == 1
    with pytest.raises(Refused, match="no such version"):
        restore_wording(kind="place", language=WELSH, number=9, by="M", now=NOON)


def test_what_is_wrong_with_a_welsh_wording_is_named(app):
    with pytest.raises(Refused) as no:
        in_welsh(subject="Helo {enw}", body="Dewch.")
    assert "{enw} is not a placeholder of this letter" in str(no.value) and "{course} is missing: title of the course" in str(no.value)


def test_whoever_is_written_to_by_address_only_is_known_by_it_and_a_copy_is_in_the_language_of_who_gets_it(nia):
    in_welsh()
    assert queue(a_draft(1, to=" Nia@Example.org", person_id=None), now=NOON).language is WELSH
    assert queue(a_draft(2, to="nobody@example.org", person_id=None), now=NOON).language is Language.ENGLISH
    queue(to(a_person(), 3, copy_to="Nia@example.org"), now=NOON)
    first, copy = db.session.scalars(sa.select(Letter).where(Letter.about.startswith("booking:3")).order_by(Letter.about)).all()
    assert (first.language, copy.language) == (Language.ENGLISH, WELSH) and " ".join(copy.text.split()).startswith("Copi er gwybodaeth i chi yw hwn. Anfonwyd y llythyr at ") and "en-GB" not in copy.html


def test_a_letter_that_goes_again_stays_in_its_language(nia):
    in_welsh()
    letter = queue(to(nia), now=NOON)
    with transaction():
        letter.status, letter.next_try_at = LetterStatus.FAILED, None
    assert send_again(letter_id=letter.id, by="M", reason="lost", now=NOON).language is WELSH


def test_one_letter_is_prepared_in_one_statement_and_many_in_as_many_however_many_they_are(nia):
    in_welsh()
    few, many = [to(nia, number) for number in (1, 2)], [to(nia, 1, about="x"), *(to(a_person(), number) for number in range(2, 60))]
    with counted(db.engine) as one:
        assert queries.before_writing(few[:1]).wording(few[0]).language is WELSH
    with counted(db.engine) as two:
        queries.before_writing(few)
    with counted(db.engine) as sixty:
        queries.before_writing(many)
    assert [sum(sent.startswith("SELECT") for sent in all_sent) for all_sent in (one, two, sixty)] == [1, 4, 4]


def test_what_stands_in_for_a_placeholder_is_in_the_letters_language_and_what_has_no_welsh_says_that_it_is_english(nia):
    in_welsh(body="Helo {name},\n\n{act}\n\nTan {when}: {course}.\n\n{where}\n\n{give_back}")
    fields = {**FIELDS, "when": Both("Monday, 9am", "Dydd Llun, 9am"), "where": Both("- one\n- two"), "give_back": (Both("> ", "> "), Both("midday", "hanner dydd"))}
    button = Act(Both("Give it back", "Ei roi’n ôl"), "https://x.example/1")
    letter, english = (queue(to(person, number, act=button, fields=fields), now=NOON) for number, person in enumerate((nia, a_person())))
    assert "Tan Dydd Llun, 9am: Neglect." in letter.text and "Ei roi’n ôl:\nhttps://x.example/1" in letter.text and "> hanner dydd" in letter.text
    assert "- one\n- two" in letter.text and letter.html.count('<span lang="en-GB">') == 2 and '"><span lang="en-GB">one</span></li>' in letter.html
    assert "Monday, 9am" in english.text and "Give it back:" in english.text and "<span" not in english.html
    assert english.fields["when"] == letter.fields["when"] == {"en": "Monday, 9am", "cy": "Dydd Llun, 9am"} and letter.fields["where"] == {"en": "- one\n- two"}
