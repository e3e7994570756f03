"""The code on the last slide, paper, anonymous questions on their pages, worries, and what a manager said."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.accounts.models import Account, Person
from app.accounts.rules import Role
from app.attendance.models import Attendance
from app.attendance.rules import Outcome
from app.core import clock
from app.core.db import db, transaction
from app.evaluation.models import AnonymousTicket, Answer, AnswerDraft, Question, QuestionnaireVersion, Response, Worry
from app.evaluation.queries import of_session
from app.evaluation.rules import links
from app.evaluation.rules.asking import SENT_BACK
from app.evaluation.rules.stages import Mode, Quoting, Stage
from app.evaluation.services import building, worries
from app.evaluation.services.answering import submit
from app.evaluation.services.questionnaires import ensure_questionnaires
from app.mail.models import Letter
from app.mail.office import office
from app.ui.filters import until
from tests.builders import a_booking, a_session, a_trainer
from tests.client import Client
from tests.evaluation.test_views import AFTER, by_letter, go_through, hidden, link

SECRET_WORDS = "a worry about the child in class four"


@pytest.fixture
def asked(app):
    return ensure_questionnaires(now=clock.now())


@pytest.fixture
def anonymously(asked):
    building.set_mode(questionnaire_id=asked[Stage.AFTER].questionnaire_id, mode=Mode.ANONYMOUS, weeks=12)


@pytest.fixture
def over():
    return a_session(starts_in=timedelta(hours=-4), places=20)


def slide(session):
    """The address on the last slide."""
    return f"/q/{session.ref}/{links.slide_word(office().link_key, session.id)}"


def count(model):
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(model))


def test_the_trainer_shows_a_code_with_a_short_address(as_role, asked):
    browser = as_role(Role.TRAINER)
    session = a_session(trainer=a_trainer(person=db.session.get(Person, browser.person_id)))
    page = browser.get(f"/my-sessions/{session.ref}/code").text
    assert "<svg role=\"img\"" in page and slide(session).removeprefix("/") in page and "confidential, so people sign in" in page
    assert as_role(Role.TRAINER).get(f"/my-sessions/{session.ref}/code").status_code == 404, "it is not their session"


def test_who_scans_the_code_of_confidential_questions_says_who_they_are(as_role, client, asked, over):
    assert "you are, in one of two ways" in client.get(f"/q/{over.ref}").text.replace("who you are, in", "you are, in")
    browser = as_role(Role.DELEGATE)
    assert "You have no place on this session" in browser.get(f"/q/{over.ref}").text
    booking = a_booking(over, db.session.get(Person, browser.person_id))
    assert browser.get(f"/q/{over.ref}").location == f"/bookings/{booking.ref}/questions/after"
    assert client.get("/q/nothing").status_code == 404


def test_who_has_no_account_gets_their_link_by_letter_and_everybody_is_told_the_same(client, asked, over):
    booking = a_booking(over)
    client.get(f"/q/{over.ref}")
    pages = [client.post(f"/q/{over.ref}", {"email": email}).text for email in (booking.person.email.upper(), booking.person.email, "nobody@example.org")]
    assert "Look into your mail" in pages[0] and pages[0] == pages[1] == pages[2]
    db.session.rollback()
    letter = db.session.scalars(sa.select(Letter)).one()
    assert (letter.kind, letter.address) == ("questions-after", booking.person.email)
    assert "Enter an address like" in client.post(f"/q/{over.ref}", {"email": "x"}).text
    early = a_session()
    client.post(f"/q/{early.ref}", {"email": a_booking(early).person.email})
    assert count(Letter) == 1, "nothing leaves before the questions open"


@pytest.mark.parametrize("anonymous", [False, True])
def test_who_scans_the_code_too_early_or_too_late_reads_when_the_questions_open_or_that_they_are_closed(client, asked, anonymous):
    if anonymous:
        building.set_mode(questionnaire_id=asked[Stage.AFTER].questionnaire_id, mode=Mode.ANONYMOUS, weeks=12)
    early, late = a_session(starts_in=timedelta(hours=3)), a_session(starts_in=-timedelta(days=28, hours=4))
    page = client.get(slide(early)).text
    assert f"They open at {until(early.ends_at - timedelta(minutes=30))}" in page and "Scan the code again then" in page and "Send me my link" not in page
    page = client.get(slide(late)).text
    assert f"could be answered until {until(late.ends_at + timedelta(days=28))}" in page and "the training team" in page and "Send me my link" not in page
    assert "Look into your mail" not in client.post(slide(late), {"email": a_booking(late).person.email}).text and count(Letter) == 0


def test_the_code_takes_no_more_anonymous_answers_than_people_were_there(app, anonymously, over):
    a_booking(over)
    assert "can&rsquo;t be changed or deleted" in go_through(Client(app), slide(over), AFTER)
    other = Client(app)
    assert "As many answers have come as people were there" in other.get(slide(over)).text
    sent = {"screen": "9", "go": "next", "mode": "anonymous", **{f"a-{code}": value for code, value in AFTER.items()}}
    assert "As many answers have come as people were there" in other.post(slide(over), sent).text
    assert count(Response) == 1


def test_without_the_word_that_only_the_slide_has_anonymous_questions_do_not_open(app, client, anonymously, over):
    """The session's reference is on its public page; the word follows from it by a key that is nowhere in the database."""
    a_booking(over)
    for address in (f"/q/{over.ref}", f"/q/{over.ref}/aaaaaa", slide(a_session()).replace("/q/", "/q/x", 1)):
        response = client.get(address)
        assert response.status_code == 404 if "/q/x" in address else "its last part is missing or mistyped" in response.text, address
        client.post(address, {"screen": "9", "go": "next", "mode": "anonymous", **{f"a-{code}": value for code, value in AFTER.items()}})
    assert count(Response) == 0
    assert "Question 1 of" in client.get(slide(over).upper().replace("/Q/", "/q/")).text, "as people type it"
    stranger = Client(app)
    for number in range(61):
        stranger.get(f"/q/{over.ref}/guess{number}")
    assert stranger.get(slide(over)).status_code == 429, "and nobody tries them all"


def test_one_person_does_not_answer_by_the_code_and_again_by_letter_from_the_same_browser_or_signed_in(as_role, client, anonymously, over):
    booking = a_booking(over)
    a_booking(over)
    assert "Thank you" in go_through(client, slide(over), AFTER)
    letter = by_letter(client, booking=booking, stage=Stage.AFTER)
    assert "from this browser by the code on the slide" in client.get(letter).text
    client.post(letter, {"screen": "9", "go": "next", **{f"a-{code}": value for code, value in AFTER.items()}})
    assert count(Response) == 1
    browser = as_role(Role.DELEGATE)
    own = a_booking(over, db.session.get(Person, browser.person_id))
    assert browser.get(slide(over)).location == f"/bookings/{own.ref}/questions/after", "who is signed in answers with their place"
    assert "Thank you" in go_through(browser, f"/bookings/{own.ref}/questions/after", AFTER)
    assert "You have answered already" in browser.follow(browser.get(slide(over))).text and count(Response) == 2


def test_who_answered_by_letter_is_not_asked_again_by_the_code_and_two_people_may_share_a_browser_with_their_letters(client, anonymously, over):
    first, second = a_booking(over), a_booking(over)
    assert "Thank you" in go_through(client, by_letter(client, booking=first, stage=Stage.AFTER), AFTER)
    assert "Somebody has answered from this browser already" in client.get(slide(over)).text
    assert "Thank you" in go_through(client, by_letter(client, booking=second, stage=Stage.AFTER), AFTER) and count(Response) == 2


def test_the_page_with_the_code_says_what_cannot_be_prevented(as_role, anonymously, over):
    page = as_role(Role.COORDINATOR).get(f"/my-sessions/{over.ref}/code").text
    assert "What cannot be prevented" in page and "counts twice" in page and "Its last part cannot be guessed" in page


def test_a_session_of_which_somebody_answered_confidentially_goes_on_so_when_its_questions_become_anonymous(client, asked, over):
    """No session has some answers of each: fewer people to hide among, and somebody who could answer twice."""
    early, late = a_booking(over), a_booking(over)
    go_through(client, link(early, Stage.AFTER), AFTER)
    begun = client.get(link(late, Stage.AFTER)).text
    building.set_mode(questionnaire_id=asked[Stage.AFTER].questionnaire_id, mode=Mode.ANONYMOUS, weeks=12)
    assert "Question 1 of" in client.get(link(early, Stage.AFTER)).text, "the link does not say who has answered"
    page = client.post(link(late, Stage.AFTER), {**hidden(begun), "a-knowledge": "3", "go": "next"}).text
    assert "was changed a moment ago" not in page and "Confidential:" in page and "Question 2" in page
    assert "Confidential:" in client.get(link(late, Stage.AFTER)).text
    go_through(client, link(late, Stage.AFTER), AFTER)
    db.session.rollback()
    assert [one.anonymous for one in db.session.scalars(sa.select(Response))] == [False, False] and count(AnonymousTicket) == 0
    other = a_session(starts_in=timedelta(hours=-4))
    assert "Anonymous:" in client.get(by_letter(client, booking=a_booking(other), stage=Stage.AFTER)).text, "nobody has answered of this one"


def test_who_scans_the_code_of_anonymous_questions_answers_at_once_and_once(app, client, anonymously, over):
    a_booking(over)
    a_booking(over)
    page = client.get(slide(over)).text
    assert "nothing we keep connects these answers with you" in page and "Confidential" not in page and "Saved as you go" not in page
    assert "can&rsquo;t be changed or deleted" in go_through(client, slide(over), AFTER)
    assert (count(Response), count(AnonymousTicket), count(AnswerDraft)) == (1, 1, 0)
    assert "Somebody has answered from this browser already" in client.get(slide(over)).text
    assert "Question 1 of" in Client(app).get(slide(over)).text


def test_an_anonymous_letter_keeps_nothing_before_it_is_sent_and_opens_once(client, anonymously, over):
    address = by_letter(client, booking=a_booking(over), stage=Stage.AFTER)
    page = client.get(address).text
    client.post(address, {"screen": "0", "a-knowledge": "3", "go": "next", "mode": "anonymous"})
    assert (count(AnswerDraft), count(Response)) == (0, 0) and "with_role" not in page
    assert "Question 1 of" in client.get(address).text, "nothing is resumed"
    go_through(client, address, AFTER, phrase="Elm Street, badger")
    assert "You have answered already" in client.get(address).text and count(Response) == 1


def test_nobody_who_read_that_it_is_anonymous_is_answered_confidentially(client, asked, over):
    address = link(a_booking(over), Stage.AFTER)
    given = {f"a-{code}": value for code, value in AFTER.items()}
    page = client.post(address, {**given, "screen": "9", "go": "next", "mode": "anonymous"}).text
    assert "was changed a moment ago" in page and count(Response) == 0


def test_paper_is_keyed_in_for_a_person_or_for_nobody(as_role, asked, over):
    browser = as_role(Role.COORDINATOR)
    booking, address = a_booking(over), f"/my-sessions/{over.ref}/paper/after"
    given = {f"a-{code}": value for code, value in AFTER.items()}
    assert "Choose whose form it is" in browser.post(address, given).text and count(Response) == 0
    page = browser.post(address, {**given, "whose": booking.ref, "a-knowledge": "9"}).text
    assert "Nothing is chosen yet" in page and "More time, please." in page
    browser.follow(browser.post(address, {**given, "whose": booking.ref}))
    response = db.session.scalars(sa.select(Response)).one()
    assert (response.booking_id, response.keyed_by_id) == (booking.id, browser.account_id)
    own = a_booking(over)
    submit(booking_id=own.id, stage=Stage.AFTER, version_id=asked[Stage.AFTER].id, given=AFTER, quoting=Quoting.NO, now=clock.now())
    page = browser.get(address).text
    assert f"{booking.ref} (keyed in)" in page and page.count("(keyed in)") == 1, "nobody reads by name who has answered by themselves"
    building.set_mode(questionnaire_id=asked[Stage.AFTER].questionnaire_id, mode=Mode.ANONYMOUS, weeks=12)
    assert booking.ref in browser.get(address).text, "this session goes on as it began"
    other = a_session(starts_in=timedelta(hours=-4), places=20)
    booking, address = a_booking(other), f"/my-sessions/{other.ref}/paper/after"
    page = browser.get(address).text
    assert "mix the forms" in page and booking.ref not in page
    browser.follow(browser.post(address, {**given, "key": "one sheet"}))
    browser.follow(browser.post(address, {**given, "key": "one sheet"}))
    assert count(Response) == 3
    assert as_role(Role.DELEGATE).get(address).status_code == 403


def current():
    db.session.rollback()
    return db.session.scalars(sa.select(Response).where(Response.current)).one()


def key_in(browser, session, booking, **more):
    """Key a sheet in for somebody; the page after it."""
    given = {"whose": booking.ref, **{f"a-{code}": value for code, value in AFTER.items()}, **more}
    return browser.follow(browser.post(f"/my-sessions/{session.ref}/paper/after", given)).text


def test_a_sheet_does_not_replace_what_its_person_answered_online_unless_who_keys_it_in_says_that_it_is_newer(as_role, asked, over):
    browser, booking = as_role(Role.COORDINATOR), a_booking(over)
    online = submit(booking_id=booking.id, stage=Stage.AFTER, version_id=asked[Stage.AFTER].id, given={**AFTER, "comment": "Mine"}, quoting=Quoting.NO,
                    now=clock.now()).id
    assert "online, that stays" in browser.get(f"/my-sessions/{over.ref}/paper/after").text
    key_in(browser, over, booking, **{"a-comment": "Of paper", "quote-comment": "with_role"})
    assert current().id == online and count(Response) == 2
    sent = of_session.sent(over.id, Stage.AFTER)
    assert [(one.response == online, one.current) for one in sent] == [(False, False), (True, True)], "no look at the answers shows the sheet"
    key_in(browser, over, booking, **{"a-comment": "Of paper", "quote-comment": "with_role", "newer": "1"})
    assert current().id != online and current().keyed_by_id == browser.account_id
    assert current().may_quote is Quoting.NO, "they said no, and nobody else says yes"
    key_in(browser, over, booking, **{"a-comment": "Corrected", "quote-comment": "anonymous"})
    assert current().may_quote is Quoting.NO and count(Response) == 4, "nor when the sheet is keyed in again"


def test_keying_a_sheet_in_tells_nobody_whether_its_person_has_answered_online(as_role, asked, over):
    browser, silent, answered = as_role(Role.COORDINATOR), a_booking(over), a_booking(over)
    submit(booking_id=answered.id, stage=Stage.AFTER, version_id=asked[Stage.AFTER].id, given=AFTER, quoting=Quoting.NO, now=clock.now())
    pages = [key_in(browser, over, booking).replace(booking.ref, "").replace(booking.person.name, "") for booking in (silent, answered)]
    assert pages[0].count("(keyed in)") == 1 and pages[1].count("(keyed in)") == 2 and all("If they have answered online" in page for page in pages)


@pytest.mark.parametrize("quoting", Quoting)
def test_what_a_sheet_says_about_quoting_is_kept_as_on_the_page_and_stays_when_something_is_refused(as_role, asked, over, quoting):
    browser, booking, address = as_role(Role.COORDINATOR), a_booking(over), f"/my-sessions/{over.ref}/paper/after"
    given = {**{f"a-{code}": value for code, value in AFTER.items()}, "quote-comment": quoting.value}
    assert f'value="{quoting.value}" selected' in browser.post(address, given).text, "nobody was chosen"
    browser.follow(browser.post(address, {**given, "whose": booking.ref}))
    assert db.session.scalars(sa.select(Response.may_quote)).one() is quoting
    assert 'name="quote-' not in browser.get(address.replace("after", "before")).text, "nothing there can be quoted"


def test_an_anonymous_answer_is_never_signed_with_a_role(as_role, anonymously, over):
    browser, address = as_role(Role.COORDINATOR), f"/my-sessions/{over.ref}/paper/after"
    given = {**{f"a-{code}": value for code, value in AFTER.items()}, "quote-comment": Quoting.WITH_ROLE.value, "phrase": "Elm Street"}
    a_booking(over)
    assert 'value="Elm Street"' in browser.post(address, {**given, "a-knowledge": "9"}).text
    browser.follow(browser.post(address, given))
    assert db.session.scalars(sa.select(Response.may_quote)).one() is Quoting.ANONYMOUS


def test_each_person_has_a_sheet_to_print_that_says_how_private_it_is_and_whose_it_is(as_role, asked, over):
    browser = as_role(Role.COORDINATOR)
    bookings = [a_booking(over), a_booking(over)]
    address = f"/my-sessions/{over.ref}/paper/after/sheets"
    assert address in browser.get(f"/my-sessions/{over.ref}/paper/after").text
    sheets = browser.get(address).text.split('<section class="up-paper"')[1:]
    assert len(sheets) == 3, "one for each, and one for who walks in"
    for booking, sheet in zip(sorted(bookings, key=lambda one: one.person.last_name), sheets, strict=False):
        assert booking.ref in sheet and f"{booking.person.name}</strong>: tear this strip off" in sheet
    for sheet in sheets:
        assert "Confidential:" in sheet and "whoever keys in this sheet reads it" in sheet and over.ref in sheet and "<svg" in sheet
        assert 0 < sheet.index("No names, and nothing that could identify") < sheet.index('up-paper__line"')
        assert all(question.wording in sheet.replace("&#39;", "'") for question in asked[Stage.AFTER].questions)
        assert sheet.count("rather not say") >= 8 and "In the next month" in sheet
        assert all(words in sheet for words in ("May we quote this", "without my name or role", "Yes, with my role"))
    assert bookings[0].ref in browser.get(f"/my-sessions/{over.ref}/paper/after").text, "it is found by its reference"
    assert browser.get(f"/my-sessions/{over.ref}/paper/manager/sheets").status_code == 404
    assert as_role(Role.TRAINER).get(address).status_code == 404 and as_role(Role.DELEGATE).get(address).status_code == 403


def test_an_anonymous_sheet_says_nothing_of_whose_it_is(as_role, anonymously, over):
    booking = a_booking(over)
    page = as_role(Role.COORDINATOR).get(f"/my-sessions/{over.ref}/paper/after/sheets").text
    assert page.count('<section class="up-paper"') == 1 and booking.ref not in page and booking.person.name not in page and "Your name" not in page
    assert "nothing we keep connects these answers with you" in page and "write no name" in page
    assert "without my name or role" in page and "Yes, with my role" not in page, "nobody knows it"


def raised(client, over, *, anonymous=False):
    address = by_letter(client, booking=a_booking(over), stage=Stage.AFTER)
    page = client.get(address).text
    for _ in range(8):
        if "/worry/" in page:
            break
        values = {name: value for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', page) if name not in ("csrf_token", "go")}
        page = client.post(address, {**values, "go": "next"}).text
    return re.search(r'href="(/worry/[^"]+)"', page).group(1)


def test_a_worry_reaches_the_safeguarding_contact_and_nobody_else(app, as_role, client, asked, over):
    contact = as_role(Role.TRAINER)
    worries.name_contact(email=contact.email, by="x", now=clock.now())
    address = raised(client, over)
    page = client.get(address).text
    assert "call 999" in page
    assert "Choose what it is about" in client.post(address, {"text": "x"}).text
    assert "Thank you for saying so" in client.post(address, {"about": "child", "text": SECRET_WORDS, "contact": "07700 900000"}).text
    letter = db.session.scalars(sa.select(Letter).where(Letter.kind == "worry")).one()
    assert letter.address == contact.email and SECRET_WORDS not in letter.text + letter.html and "/worries" in letter.text
    page = contact.get("/worries").text
    assert SECRET_WORDS in page and "07700 900000" in page and "Ann Example" in page
    for role in Role:
        assert as_role(role).get("/worries").status_code == 404
    one = db.session.scalars(sa.select(Worry)).one()
    assert "Say what was done" in contact.post("/worries", {"ref": one.ref, "note": ""}).text
    contact.follow(contact.post("/worries", {"ref": one.ref, "note": "Rang the school"}))
    assert "Closed" in contact.get("/worries").text and "Somebody has closed this already" in contact.post("/worries", {"ref": one.ref, "note": "Again"}).text


def test_a_worry_sent_again_because_its_answer_was_lost_is_one_worry_and_one_letter(as_role, client, asked, over):
    contact = as_role(Role.TRAINER)
    worries.name_contact(email=contact.email, by="x", now=clock.now())
    address = raised(client, over)
    key = re.search(r'name="key"[^>]* value="([^"]+)"', client.get(address).text).group(1)
    said = {"about": "child", "text": SECRET_WORDS, "contact": "07700 900000", "key": key}
    for _ in range(2):
        assert "Thank you for saying so" in client.post(address, said).text
    client.post(address, {**said, "text": "Something else"})
    assert (count(Worry), count(Letter)) == (2, 2)
    ref = db.session.scalars(sa.select(Worry.ref).where(Worry.text == SECRET_WORDS)).one()
    for _ in range(2):
        contact.follow(contact.post("/worries", {"ref": ref, "note": "Rang the school"}))
    client.post(address, said)
    assert count(Worry) == 3, "what was closed may be raised anew"


def test_a_worry_raised_beside_anonymous_questions_does_not_say_whose_it_is(client, anonymously, over):
    client.post(raised(client, over), {"about": "support", "text": SECRET_WORDS})
    assert db.session.scalars(sa.select(Worry)).one().booking_id is None


def test_a_worry_is_in_no_page_of_answers_and_no_report(as_role, client, asked, over):
    client.post(raised(client, over), {"about": "child", "text": SECRET_WORDS})
    for number in range(12):
        submit(booking_id=a_booking(over).id, stage=Stage.AFTER, version_id=asked[Stage.AFTER].id, given={**AFTER, "comment": f"Remark {number}"},
               quoting=Quoting.ANONYMOUS, now=clock.now())
    browser = as_role(*Role)
    for address in (f"/my-sessions/{over.ref}/answers", "/reports/annual?audience=internal", "/desk", f"/desk/sessions/{over.ref}", "/desk/letters"):
        page = browser.get(address).text
        assert SECRET_WORDS not in page, address
    assert "Remark" in browser.get(f"/my-sessions/{over.ref}/answers").text


def test_the_desk_says_that_something_was_flagged_and_not_what(as_role, client, asked, over):
    browser = as_role(Role.COORDINATOR)
    client.post(raised(client, over), {"about": "child", "text": SECRET_WORDS})
    page = browser.get("/desk").text
    assert "1 answer was flagged, and nobody is named who may read it" in page and SECRET_WORDS not in page
    worries.name_contact(email=as_role(Role.TRAINER).email, by="x", now=clock.now())
    assert "1 answer was flagged. The safeguarding contact has it." in browser.get("/desk").text


def test_coordinators_name_the_contacts_and_do_not_read_what_they_read(as_role, asked):
    browser, contact = as_role(Role.COORDINATOR), as_role(Role.TRAINER)
    assert "Nobody is named" in browser.get("/desk/safeguarding-contacts").text
    assert "Nobody with an account" in browser.post("/desk/safeguarding-contacts", {"email": "nobody@example.org"}).text
    browser.follow(browser.post("/desk/safeguarding-contacts", {"email": contact.email}))
    assert contact.email in browser.get("/desk/safeguarding-contacts").text and browser.get("/worries").status_code == 404
    assert contact.get("/worries").status_code == 200
    browser.post("/desk/safeguarding-contacts", {"remove": str(contact.person_id)})
    assert contact.get("/worries").status_code == 404


def test_a_person_reads_what_their_manager_said(as_role, asked):
    browser = as_role(Role.DELEGATE)
    session = a_session(starts_in=timedelta(weeks=-13))
    booking = a_booking(session, db.session.get(Person, browser.person_id))
    with transaction() as kept:
        kept.add(Attendance(booking_id=booking.id, outcome=Outcome.ATTENDED, marked_at=clock.now()))
    address = f"/bookings/{booking.ref}/manager-said"
    assert browser.get(address).status_code == 404
    submit(booking_id=booking.id, stage=Stage.MANAGER, version_id=asked[Stage.MANAGER].id, given={"seen": "2", "example": "She used it"}, quoting=Quoting.NO,
           now=clock.now())
    page = browser.get(address).text
    assert "Yes, once" in page and "She used it" in page
    assert address in browser.get("/my-training").text
    assert as_role(Role.DELEGATE).get(address).status_code == 404


def test_my_training_offers_what_is_open_and_not_answered(as_role, asked):
    browser = as_role(Role.DELEGATE)
    person = db.session.get(Person, browser.person_id)
    booking = a_booking(a_session(starts_in=timedelta(weeks=-13)), person)
    with transaction() as kept:
        kept.add(Attendance(booking_id=booking.id, outcome=Outcome.ATTENDED, marked_at=clock.now()))
    assert f"/bookings/{booking.ref}/questions/follow_up" in browser.get("/my-training").text
    submit(booking_id=booking.id, stage=Stage.FOLLOW_UP, version_id=asked[Stage.FOLLOW_UP].id, given={"knowledge": "3"}, quoting=Quoting.NO, now=clock.now())
    assert "questions/follow_up" not in browser.get("/my-training").text
    assert db.session.get(Account, browser.account_id) and count(Answer) == 1 and count(Question) > 20


def both_anonymous(asked):
    for stage in (Stage.BEFORE, Stage.AFTER):
        building.set_mode(questionnaire_id=asked[stage].questionnaire_id, mode=Mode.ANONYMOUS, weeks=12)


def test_a_phrase_is_kept_while_something_is_refused_and_when_the_last_answer_opens_another_question(client, asked, over):
    both_anonymous(asked)
    draft = building.begin_draft(questionnaire_id=asked[Stage.AFTER].questionnaire_id, shipped=False, now=clock.now())
    more = {"one": ("One more?", "one_of", ["Yes", "No"], None, ()), "two": ("What?", "long_text", [], "one_more", ("1",))}
    for wording, kind, options, code, values in more.values():
        building.save_question(version_id=draft.id, question_id=None, wish=building.Wish(
            kind=kind, wording=wording, options=options, shown_if_code=code, shown_if_values=values))
    building.put_in_use(version_id=draft.id, by="a coordinator", now=clock.now())
    address, page = by_letter(client, booking=a_booking(over), stage=Stage.AFTER), ""
    page = client.get(address).text
    for code, value in AFTER.items():
        page = client.post(address, {**hidden(page), f"a-{code}": value, "go": "next"}).text
    page = client.post(address, {**hidden(page), "a-one_more": "1", "phrase": "Elm Street, badger", "go": "next"}).text
    assert "What?" in page and 'name="phrase" value="Elm Street, badger"' in page
    page = client.post(address, {**hidden(page), "a-what": "x" * 6_000, "phrase": "Elm Street, badger", "go": "next"}).text
    assert "Shorten it" in page and 'name="phrase" value="Elm Street, badger"' in page
    page = client.post(address, {**hidden(page), "phrase": "Elm Street, badger", "go": "back"}).text
    assert "One more?" in page and 'name="phrase" value="Elm Street, badger"' in page


def test_a_phrase_is_asked_for_only_where_it_could_bring_two_answers_together(as_role, client, asked, anonymously, over):
    address, sheets = by_letter(client, booking=a_booking(over), stage=Stage.AFTER), f"/my-sessions/{over.ref}/paper/after/sheets"
    last = {**{f"a-{code}": value for code, value in AFTER.items()}, "a-comment": "x" * 6_000, "screen": "9", "go": "next", "mode": "anonymous"}
    assert "Shorten it" in (page := client.post(address, last).text) and "A phrase of your own" not in page
    assert "A phrase of your own" not in as_role(Role.COORDINATOR).get(sheets).text
    both_anonymous(asked)
    assert "A phrase of your own" in client.post(address, last).text


def test_only_where_it_comes_back_does_one_thing_to_do_say_so(as_role, client, asked, over):
    back, address = "We send it back to you", by_letter(client, booking=a_booking(over), stage=Stage.AFTER)
    given = {f"a-{code}": value for code, value in AFTER.items()}

    def asked_for_one_thing(mode):
        page = client.post(address, {**given, "screen": "7", "go": "next", "mode": mode}).text
        assert "What is one thing you will do" in page
        return page + as_role(Role.COORDINATOR).get(f"/my-sessions/{over.ref}/paper/after/sheets").text

    assert asked_for_one_thing("confidential").count(back) == 1 + 2
    building.set_mode(questionnaire_id=asked[Stage.FOLLOW_UP].questionnaire_id, mode=Mode.ANONYMOUS, weeks=12)
    assert back not in asked_for_one_thing("confidential"), "nobody will know whose it was"
    building.set_mode(questionnaire_id=asked[Stage.AFTER].questionnaire_id, mode=Mode.ANONYMOUS, weeks=12)
    with transaction() as writing:  # as versions say that were written earlier
        question = next(one for one in writing.get_one(QuestionnaireVersion, asked[Stage.AFTER].id).questions if one.code == "one_thing")
        question.help = f"A sentence is enough. {SENT_BACK}"
    page = asked_for_one_thing("anonymous")
    assert back not in page and page.count("A sentence is enough.") == 2


def test_a_link_that_was_given_out_before_the_questions_became_anonymous_tells_nobody_who_has_answered(client, app, asked, over):
    """The trainer opens the links of two people, of whom one has answered: what they see and what they can send is the same."""
    silent, answered = a_booking(over), a_booking(over)
    addresses = [link(booking, Stage.AFTER) for booking in (silent, answered)]
    building.set_mode(questionnaire_id=asked[Stage.AFTER].questionnaire_id, mode=Mode.ANONYMOUS, weeks=12)
    assert "Thank you" in go_through(client, by_letter(client, booking=answered, stage=Stage.AFTER), AFTER)
    seen = [Client(app).get(address).text.partition("<main")[2] for address in addresses]
    assert seen[0] == seen[1] and "asked anonymously now" in seen[0] and "Answer by the link in your letter" in seen[0] and "already" not in seen[0]
    given = {"screen": "9", "go": "next", "mode": "anonymous", **{f"a-{code}": value for code, value in AFTER.items()}}
    sent = [Client(app).post(address, given).text.partition("<main")[2] for address in addresses]
    assert sent == seen and count(Response) == 1


def test_nobody_is_given_a_link_that_tells_who_has_answered_anonymously(as_role, asked, over):
    booking, browser, address = a_booking(over), as_role(Role.COORDINATOR), f"/desk/sessions/{over.ref}/questions"
    assert link(booking, Stage.AFTER) in browser.get(address).text
    building.set_mode(questionnaire_id=asked[Stage.AFTER].questionnaire_id, mode=Mode.ANONYMOUS, weeks=12)
    page = browser.get(address).text
    assert "/answer/" not in page and "Anonymous at present: after the session" in page and "No questions are open" not in page
