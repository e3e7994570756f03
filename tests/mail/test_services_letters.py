"""Letters are written once, in the act that causes them, and withdrawn when they stop being true."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.core.db import db, transaction
from app.core.errors import Refused
from app.letters.queries import preview
from app.mail import queries
from app.mail.models import Letter, LetterConcern, Link, UndeliverableAddress
from app.mail.office import office
from app.mail.rules import links
from app.mail.rules.fates import LetterStatus
from app.mail.rules.languages import Address, Both, both, listed
from app.mail.services import (
    Act,
    Calendar,
    LinkTo,
    address_works,
    end_links,
    make_link,
    outdate,
    queue,
    readdress,
    restore_wording,
    save_wording,
    send_again,
    true_again,
    use_link,
    void,
)
from tests.builders import a_person
from tests.mail.wordings import FIELDS, NOON, a_draft


def count(model=Letter):
    return db.session.scalar(sa.select(sa.func.count()).select_from(model))


def test_a_letter_is_written_once_however_often_it_is_asked_for(app):
    first = queue(a_draft(), now=NOON)
    assert first.status is LetterStatus.QUEUED and first.subject == "You have a place: Neglect" and first.next_try_at == NOON
    assert queue(a_draft(to="other@example.org"), now=NOON) is None
    assert count() == 1 and {row.subject for row in db.session.scalars(sa.select(LetterConcern))} == {"booking:1", "session:7"}


def test_asked_for_by_many_at_once_it_is_written_once(app):
    def ask(_):
        with app.app_context():
            return queue(a_draft(), now=NOON) is not None

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, range(24))) == 1
    assert count() == 1


def test_an_act_that_is_undone_writes_to_nobody(app):
    with pytest.raises(ZeroDivisionError), transaction():
        queue(a_draft(act=Act("Give it back", LinkTo("give-back", "booking:1", NOON + timedelta(days=9)))), now=NOON)
        raise ZeroDivisionError
    assert count() == count(Link) == 0


def test_the_secret_of_a_link_is_neither_in_the_letter_nor_in_its_row(app):
    letter = queue(a_draft(act=Act("Give it back", LinkTo("give-back", "booking:1", NOON + timedelta(days=9)))), now=NOON)
    sent = links.with_secrets(letter.text, office().link_key)
    secret = sent.partition("http://localhost/a/")[2][:43]
    found = queries.link(secret, NOON)
    assert (found.purpose, found.subject, found.person_id, found.live) == ("give-back", "booking:1", 1, True)
    kept = "".join(map(str, db.session.execute(sa.select(Link.__table__)).one())) + letter.text + letter.html + str(letter.fields)
    assert secret not in kept and links.MARK.search(links.without_secrets(letter.text)) is None


def test_a_link_says_what_became_of_it(app):
    secrets = [make_link(purpose="reset", subject="account:1", person_id=1, expires_at=NOON + timedelta(hours=1), now=NOON, replaces=True)
               for _ in range(2)]
    assert [queries.link(secret, NOON).ended for secret in secrets] == ["replaced", None]
    assert queries.link(secrets[1], NOON + timedelta(hours=1)).ended == "expired" and queries.link("x", NOON) is None
    use_link(link_id=queries.link(secrets[1], NOON).id, now=NOON)
    with pytest.raises(Refused, match="has been used"):
        use_link(link_id=queries.link(secrets[1], NOON).id, now=NOON)
    assert queries.link(secrets[1], NOON).sentence == "This link has been used."
    assert end_links(subject="account:1", reason="the account was closed", now=NOON) == 0


def test_a_letter_that_stopped_being_true_is_withdrawn_with_its_reason(app):
    for number in (1, 2):
        queue(a_draft(number), now=NOON)
        queue(a_draft(number, about=f"booking:{number}:reminder:7", kind="reminder"), now=NOON)
    assert void(concerns="booking:1", kinds=("reminder",), reason="The place was given back.", now=NOON) == 1
    assert void(concerns="session:7", reason="The session is cancelled.", now=NOON, but=("booking:2:place",)) == 2
    fates = {letter.about.partition(":withdrawn:")[0]: (letter.status, letter.words) for letter in db.session.scalars(sa.select(Letter))}
    assert fates == {
        "booking:1:place": (LetterStatus.VOID, "The session is cancelled."), "booking:1:reminder:7": (LetterStatus.VOID, "The place was given back."),
        "booking:2:reminder:7": (LetterStatus.VOID, "The session is cancelled."), "booking:2:place": (LetterStatus.QUEUED, ""),
    }
    assert [letter.kind for letter in queries.letters_about("booking:1")] == ["reminder", "place"]
    assert queue(a_draft(1, about="booking:1:reminder:7", kind="reminder"), now=NOON), "what was withdrawn can be true again"


@pytest.mark.parametrize("address", ["nobody", "a@example.org\r\nBcc: b@example.org", "", "Ann <ann@example.org>"])
def test_to_an_address_that_cannot_be_right_a_letter_is_held_and_the_act_goes_on(app, address):
    letter = queue(a_draft(to=address), now=NOON)
    assert letter.status is LetterStatus.HELD and letter.next_try_at is None and "not an address" in letter.words and "\n" not in letter.address


def test_to_an_address_from_which_letters_came_back_it_is_held(app):
    with transaction() as session:
        session.add(UndeliverableAddress(address="person1@example.org", since=NOON, words="550 no such user"))
    assert queue(a_draft(to="Person1@Example.org"), now=NOON).words == "Letters to this address came back: 550 no such user"


def test_what_was_held_leaves_for_another_address_when_it_is_due_and_not_before(app):
    with transaction() as session:
        session.add(UndeliverableAddress(address="person1@example.org", since=NOON, words="550 no such user"))
    letter = queue(a_draft(due_at=NOON + timedelta(minutes=10)), now=NOON)
    assert letter.status is LetterStatus.HELD
    readdress(person_id=1, before="person1@example.org", after="new@example.org")
    db.session.refresh(letter)
    assert (letter.address, letter.status, letter.next_try_at) == ("new@example.org", LetterStatus.QUEUED, NOON + timedelta(minutes=10))


@pytest.mark.parametrize("held", [False, True])
def test_what_waits_is_held_at_a_new_address_from_which_letters_came_back(app, held):
    letter = queue(a_draft(), now=NOON)
    with transaction() as session:
        session.add_all(UndeliverableAddress(address=to, since=NOON, words="550 no such user") for to in ("person1@example.org", "bad@example.org"))
        if held:
            letter.status, letter.next_try_at, letter.words = LetterStatus.HELD, None, "Letters to this address came back: long ago"
    readdress(person_id=1, before="person1@example.org", after="bad@example.org")
    db.session.refresh(letter)
    assert (letter.address, letter.status, letter.next_try_at) == ("bad@example.org", LetterStatus.HELD, None)
    assert letter.words == "Letters to this address came back: 550 no such user"
    assert address_works(address="bad@example.org", by="Marian Cole", now=NOON) == 1


def test_a_copy_has_neither_links_nor_button_and_is_withdrawn_with_the_letter(app):
    link = LinkTo("give-back", "booking:1", NOON + timedelta(days=9))
    queue(a_draft(copy_to="boss@example.org", act=Act("Give it back", link), fields={**FIELDS, "give_back": link}, calendar=Calendar(lambda _language: "BEGIN:VCALENDAR", "REQUEST")), now=NOON)
    copy = db.session.scalars(sa.select(Letter).where(Letter.address == "boss@example.org")).one()
    assert copy.text.startswith("This is a copy for your information. The letter went to person1@example.org.")
    assert "Give it back" not in copy.text and not links.MARK.search(copy.text + copy.html) and copy.calendar is None
    assert void(concerns="booking:1", reason="x", now=NOON) == 2


def test_a_letter_goes_again_with_a_reason_once_its_fate_is_known(app):
    letter = queue(a_draft(), now=NOON)
    for problem, reason in (("Say why", " "), ("still on its way", "lost")):
        with pytest.raises(Refused, match=problem):
            send_again(letter_id=letter.id, by="Marian Cole", reason=reason, now=NOON)
    with transaction():
        letter.status, letter.next_try_at = LetterStatus.FAILED, None
    again = send_again(letter_id=letter.id, by="Marian Cole", reason="New address", now=NOON, to="new@example.org")
    assert (again.text, again.address, again.status, again.again_of_id) == (letter.text, "new@example.org", LetterStatus.QUEUED, letter.id)
    assert [concern.subject for concern in again.concerns] == ["booking:1", "session:7"]
    with pytest.raises(Refused, match="has passed"):
        send_again(letter_id=letter.id, by="Marian Cole", reason="x", now=NOON + timedelta(days=40))


def again(letter, to=None):
    return send_again(letter_id=letter.id, by="Marian Cole", reason="lost", now=NOON, to=to)


@pytest.mark.parametrize("more", [
    {"act": Act("Give it back", LinkTo("give-back", "booking:1", NOON + timedelta(days=9)))},
    {"fields": {**FIELDS, "give_back": LinkTo("questions", "booking:1", NOON + timedelta(days=9))}},
])
def test_a_letter_whose_links_act_for_its_person_goes_again_to_their_own_address_only(app, more):
    person = a_person(email="ann@example.org")
    letter, plain, unknown = (queue(a_draft(number, **facts), now=NOON) for number, facts in enumerate((
        {"to": "ann.before@example.org", "person_id": person.id, **more}, {"person_id": person.id}, {"person_id": None, **more})))
    for one in (letter, plain, unknown):
        left(one)
    for one in (letter, unknown):
        with pytest.raises(Refused, match="one acts for its person"):
            again(one, "coordinator@example.org")
    assert [again(letter).address, again(letter, "Ann@example.org").address] == ["ann.before@example.org", "ann@example.org"]
    assert again(plain, "coordinator@example.org").text == plain.text and again(unknown).address == unknown.address


def test_a_letter_that_goes_again_already_is_not_written_once_more_however_often_the_button_is_pressed(app):
    letter = queue(a_draft(), now=NOON)
    left(letter)
    copy = again(letter)
    with pytest.raises(Refused, match="goes to this address again already"):
        again(letter)
    assert again(letter, "new@example.org").address == "new@example.org", "another address is another letter"
    left(copy)
    assert again(letter).id != copy.id


def test_a_coordinator_changes_the_wording_and_goes_back(app):
    with pytest.raises(Refused) as no:
        save_wording(kind="place", subject="Hello {nam}", body="{ {act} x", by="M", now=NOON)
    for part in ("{nam} is not a placeholder of this letter. There are: {act}, {course}", "{course} is missing: title of the course",
                 "stands alone", "{act} is the button"):
        assert part in str(no.value)
    assert save_wording(kind="place", subject="Come: {course}", body="See you at {course}.", by="M", now=NOON).number == 1
    assert queue(a_draft(), now=NOON).subject == "Come: Neglect"
    assert restore_wording(kind="place", number=0, by="M", now=NOON).number == 2
    assert restore_wording(kind="place", number=1, by="M", now=NOON).number == 3
    second = queue(a_draft(2), now=NOON)
    assert (second.subject, second.wording_number) == ("Come: Neglect", 3)
    with pytest.raises(Refused, match="no such version"):
        restore_wording(kind="place", number=9, by="M", now=NOON)


def test_what_people_are_called_is_never_read_as_a_placeholder_or_as_html(app):
    letter = queue(a_draft(fields={**FIELDS, "name": "{course} <b>&", "course": "A\r\nBcc: x@example.org"}), now=NOON)
    assert "Hello {course} <b>&," in letter.text and "Hello {course} &lt;b&gt;&amp;," in letter.html
    assert letter.subject == "You have a place: A Bcc: x@example.org"


def left(letter, status=LetterStatus.SENT):
    with transaction():
        letter.status, letter.next_try_at, letter.sent_at = status, None, NOON if status is LetterStatus.SENT else None


@pytest.mark.parametrize("status", [LetterStatus.SENT, LetterStatus.FAILED])
def test_what_has_left_and_stopped_being_true_keeps_its_key_and_is_not_sent_again(app, status):
    letter, other = queue(a_draft(), now=NOON), queue(a_draft(2), now=NOON)
    left(letter, status)
    left(other)
    assert void(concerns="booking:1", reason="The place was given back.", now=NOON) == 0
    assert (letter.status, letter.outdated_at, letter.outdated, letter.words) == (status, NOON, "The place was given back.", "")
    with pytest.raises(Refused, match=r"no longer true: The place was given back\. Send the person’s newest letter"):
        send_again(letter_id=letter.id, by="Marian Cole", reason="lost", now=NOON)
    assert queue(a_draft(), now=NOON) is None and send_again(letter_id=other.id, by="Marian Cole", reason="lost", now=NOON)
    true_again(concerns="booking:1", reason="Another reason.")
    assert letter.outdated_at is not None
    true_again(concerns="booking:1", reason="The place was given back.")
    assert send_again(letter_id=letter.id, by="Marian Cole", reason="lost", now=NOON).about.startswith("booking:1:place:again:")


def test_saying_that_what_has_left_is_untrue_leaves_what_waits(app):
    letter, waits = queue(a_draft(), now=NOON), queue(a_draft(about="booking:1:reminder", kind="reminder"), now=NOON)
    left(letter)
    outdate(concerns="session:7", kinds=("place", "reminder"), reason="It is held elsewhere now.", now=NOON)
    assert (letter.outdated, waits.outdated, waits.status) == ("It is held elsewhere now.", None, LetterStatus.QUEUED)


HOSTILE = ["https://evil.example/x", "ht\x00tps://evil.example/x", "- one\n- two", "> box", "\n\n> box\n> box", "   - x", "[a](https://evil.example)", "\ue000a\ue001https://evil.example\ue002"]


@pytest.mark.parametrize("evil", HOSTILE)
def test_no_link_list_or_quotation_comes_of_what_somebody_gave_in_whichever_way_it_is_put_in(app, evil):
    save_wording(kind="place", subject="{course}", body="{name}\n\n{course}\n\n{when}\n\n{where}\n\n[{name}]({name})\n\n{give_back}", by="M", now=NOON)
    fields = {"name": evil, "course": evil, "when": both("{}", "{}", evil), "where": (Both("The place: ", "Y lle: "), evil), "give_back": evil}
    letter = queue(a_draft(fields=fields), now=NOON)
    assert not re.search(r"<a |<li|<ul|border-left:5px", letter.html) and "\ue005" not in letter.html + letter.text + letter.subject
    shown = preview(office().wording("place"), queries.wording_in_force("place"), letter.id)
    assert not re.search(r"<a (?!href=\"http://localhost/a/only)|<li|<ul|border-left:5px", shown.html)


def test_links_lists_and_quotations_of_the_product_are_kept(app):
    save_wording(kind="place", subject="{course}", body="{course}\n\n{when}\n\n{where}\n\n{give_back}", by="M", now=NOON)
    fields = {**FIELDS, "when": listed(["- one", Both("two")]), "where": both("> {}\n> {}", "> {}", "Hall", "x"), "give_back": Address("https://x.example/a")}
    html = queue(a_draft(fields=fields), now=NOON).html
    assert html.count("<li") == 2 and ">- one</li>" in html and "border-left:5px" in html and '<a href="https://x.example/a"' in html
