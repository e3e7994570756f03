"""Pages of certificates and of the record; the PDF; and what somebody sees who checks a copy."""

import csv
import io
import re
import subprocess
import sys
import zlib

import pytest

from app.accounts.models import Person
from app.accounts.rules import Role
from app.certificates import jobs
from app.certificates.models import Certificate
from app.core import clock
from app.core.db import db, transaction
from tests.builders import a_booking, a_person, an_account
from tests.certificates import tagged
from tests.certificates.attending import ABSENT, HERE, PARTLY, came, certificates, finish, have_left, letters, mark, over, rename
from tests.client import Client
from tests.every_letter import addresses
from tests.every_letter import letters as all_letters

pytestmark = pytest.mark.usefixtures("app")


def mine(as_role, **course):
    browser = as_role(Role.DELEGATE)
    booking = came(db.session.get(Person, browser.person_id), **course)
    return browser, booking


def text_of(pdf):
    """The parts of a PDF that are not pictures, unpacked, as far as the standard library can."""
    parts = [pdf]
    for found in re.finditer(rb"stream\r?\n(.*?)\nendstream", pdf, re.S):
        try:
            parts.append(zlib.decompressobj().decompress(found.group(1)))
        except zlib.error:
            continue
    return b"\n".join(parts)


def test_whoever_has_the_code_reads_what_was_issued_and_that_it_stands(client):
    booking = came(a_person(first_name="Zoë", last_name="O’Brien"), title="Using the tool")
    (one,) = certificates(booking)
    answer = client.get(f"/certificates/{one.code}")
    for said in ("Zoë O’Brien", "Using the tool", "3 hours", one.serial, "This certificate stands"):
        assert said in answer.text
    assert answer.headers["Cache-Control"] == "no-store" and "noindex" in answer.headers["X-Robots-Tag"]


def test_an_altered_copy_is_seen_for_what_it_is(client):
    """A copy can say anything; the page says what we issued, and a serial number opens nothing."""
    booking = came(a_person(first_name="Ann", last_name="Real"), title="The real course")
    (one,) = certificates(booking)
    page = client.get(f"/certificates/{one.code}").text
    assert "Ann Real" in page and "The real course" in page and "Then it was altered" in page
    for forged in (one.serial, str(one.id), one.code[:-1] + ("a" if one.code[-1] != "a" else "b"), "x", "%00", "'"):
        answer = client.get(f"/certificates/{forged}", checked=False)
        assert answer.status_code in (400, 404) and "Ann Real" not in answer.text, forged


def test_without_a_code_there_is_only_the_form(client):
    came(a_person(last_name="Hidden"))
    page = client.get("/certificates").text
    assert "Check a certificate" in page and "Hidden" not in page


def test_a_code_may_be_typed_as_people_type_and_a_wrong_one_is_answered_at_its_field(client):
    (one,) = certificates(came())
    answer = client.post("/certificates", {"code": f" {one.code.upper().replace('-', ' ')} "})
    assert answer.status_code == 303 and client.follow(answer).status_code == 200
    wrong = client.post("/certificates", {"code": "abcd-efgh-jkmn-pqrs"})
    assert "No certificate has this code" in wrong.text and "abcd-efgh-jkmn-pqrs" in wrong.text
    assert "Enter the code" in client.post("/certificates", {"code": ""}).text


def test_who_tries_many_codes_is_kept_from_trying_on(client):
    (one,) = certificates(came())
    for number in range(30):
        assert client.get(f"/certificates/abcd-efgh-jkmn-{number:04}").status_code == 404
    assert client.get(f"/certificates/{one.code}").status_code == 429
    assert "Wait an hour" in client.post("/certificates", {"code": one.code}).text
    assert client.get(f"/certificates/{one.code}/pdf").status_code == 429


def test_a_withdrawn_certificate_says_so_and_is_not_printed_again(client):
    booking = came()
    (one,) = certificates(booking)
    mark(booking.course_session, (booking, ABSENT), seen=HERE)
    page = client.get(f"/certificates/{one.code}").text
    assert "does not stand" in page and "withdrawn" in page and "Download the PDF" not in page
    assert client.get(f"/certificates/{one.code}/pdf").location == f"/certificates/{one.code}"


def test_a_replaced_certificate_names_the_new_one_but_leads_to_no_new_name(client):
    """Somebody may have left a name behind: who has the old paper learns the new serial number only."""
    person = a_person(last_name="Before")
    booking = came(person)
    rename(person.id, "After")
    jobs.correct(clock.now())
    old, new = certificates(booking)
    page = client.get(f"/certificates/{old.code}").text
    assert "was replaced" in page and new.serial in page and "After" not in page and new.code not in page
    page = client.get(f"/certificates/{new.code}").text
    assert "This certificate stands" in page and "Before" not in page


def test_the_pdf_is_tagged_titled_and_says_its_language_and_its_bytes_are_always_the_same(client):
    (one,) = certificates(came(a_person(first_name="Zoë"), title="Using the tool #1 *all*"))
    answer = client.get(f"/certificates/{one.code}/pdf")
    assert answer.mimetype == "application/pdf" and f"certificate-{one.serial}.pdf" in answer.headers["Content-Disposition"]
    text = text_of(answer.data)
    assert answer.data.startswith(b"%PDF-1.7") and answer.data.rstrip().endswith(b"%%EOF")
    for needed in (b"/MarkInfo", b"/Marked true", b"/StructTreeRoot", b"/Lang", b"en-GB", b"pdfuaid:part>1<", b"/DisplayDocTitle true", b"/Alt", b"/H1",
                   b"Certificate of attendance: Using the tool #1 *all*"):
        assert needed in text, needed
    assert client.get(f"/certificates/{one.code}/pdf").data == answer.data


@pytest.mark.parametrize("kind", ["certificate", "record"])
def test_everything_on_paper_is_read_aloud_or_said_to_be_decoration(as_role, kind):
    """Read without the library that made it: nothing is painted outside a mark, and the structure tree reaches each mark once."""
    browser, booking = mine(as_role)
    (one,) = certificates(booking)
    pdf = browser.get("/my-training/record/pdf" if kind == "record" else f"/certificates/{one.code}/pdf").data
    bare, marks = tagged.painted(pdf)
    elements = tagged.elements(pdf)
    assert bare == [] and sorted(marks) == sorted(set(marks)) and len(marks) > 5
    assert sorted(number for _role, numbers, _alt in elements for number in numbers) == sorted(marks)
    roles = [role for role, _numbers, _alt in elements]
    assert roles.count("H1") == 1 and all(alt for role, _numbers, alt in elements if role == "Figure")
    assert ("Figure" in roles) == (kind == "certificate") and ("TH" in roles and "TD" in roles) == (kind == "record")
    assert roles.count("Document") == 1
    text = text_of(pdf)
    title = re.search(rb"<dc:title>.*?<rdf:li[^>]*>([^<]+)<", text, re.S)
    assert title and title.group(1).strip() and b"<pdfuaid:part>1<" in text and re.search(rb"/Lang\s*\(en-GB\)", text)
    assert b"/ParentTree" in text and b"/Suspects true" not in text, "from every mark there is a way to its element"
    descriptors, files = (len(re.findall(name, text)) for name in (rb"/Type\s*/FontDescriptor\b", rb"/FontFile[23]?\b"))
    assert descriptors == files > 0 and b"/ToUnicode" in text, "every sign can be read aloud, and every typeface is in the file"


@pytest.mark.parametrize("kind", ["certificate", "record"])
def test_a_program_that_reads_aloud_finds_every_word_in_its_order(as_role, kind):
    """By each typeface's own table of what a glyph stands for, as such a program must: no glyph without its sign, no mark without words or picture."""
    browser = as_role(Role.DELEGATE)
    with transaction() as writing:
        person = writing.get_one(Person, browser.person_id)
        person.first_name, person.last_name = "Zoë", "Ŵilliams-O’Brien"
    (one,) = certificates(came(db.session.get(Person, browser.person_id)))
    pdf = browser.get("/my-training/record/pdf" if kind == "record" else f"/certificates/{one.code}/pdf").data
    aloud = tagged.read_aloud(pdf)
    pictures = {number for role, numbers, _alt in tagged.elements(pdf) if role == "Figure" for number in numbers}
    assert set(aloud) | pictures == set(tagged.painted(pdf)[1]) and not set(aloud) & pictures
    assert all(sign for signs in aloud.values() for sign in signs)
    said = ["".join(aloud[number]) for number in sorted(aloud)]
    first = "Record of training" if kind == "record" else "Certificate of attendance"
    assert said.index(first) < said.index("Zoë Ŵilliams-O’Brien") < said.index(one.course) < said.index(one.serial)
    assert b"/DisplayDocTitle true" in text_of(pdf) and all(tagged.signs(tagged.objects(pdf), font) for font in tagged.fonts(pdf))


def test_a_name_that_would_be_markup_is_only_a_name(client):
    (one,) = certificates(came(a_person(first_name='#read("/etc/passwd")', last_name="$x$ *b* \\ [#panic()] <a>")))
    answer = client.get(f"/certificates/{one.code}/pdf")
    assert answer.mimetype == "application/pdf" and b"root:" not in text_of(answer.data)
    assert "&lt;a&gt;" in client.get(f"/certificates/{one.code}").text


def test_a_name_with_signs_that_the_typeface_lacks_has_its_page_instead(client):
    (one,) = certificates(came(a_person(first_name="小龙", last_name="李")))
    page = client.get(f"/certificates/{one.code}/pdf")
    assert page.status_code == 200 and page.mimetype == "text/html" and "This page is the certificate" in page.text and "小龙 李" in page.text


def test_the_web_process_loads_neither_typst_nor_the_maker_of_codes():
    seen = subprocess.run([sys.executable, "-c", "import sys, app.factory; print([name for name in ('typst', 'segno') if name in sys.modules])"],
                          capture_output=True, text=True, check=True).stdout
    assert seen.strip() == "[]"


def test_my_training_leads_to_the_certificate_and_it_is_one_s_own(as_role):
    browser, booking = mine(as_role, title="Using the tool")
    (one,) = certificates(booking)
    page = browser.get("/my-training").text
    assert f"/bookings/{booking.ref}/certificate" in page and "/my-training/record" in page
    assert "Your certificate is ready" in browser.get(f"/bookings/{booking.ref}/certificate").text
    assert f"/certificates/{one.code}/pdf" in browser.get(f"/bookings/{booking.ref}/certificate").text
    assert "See the certificate" in browser.get(f"/bookings/{booking.ref}").text
    for stranger in (as_role(Role.DELEGATE), as_role(Role.COORDINATOR)):
        assert stranger.get(f"/bookings/{booking.ref}/certificate").status_code == 404


@pytest.mark.parametrize(("said", "words"), [
    ((PARTLY, 60), "1 hour of 3 hours"), ((PARTLY,), "nobody noted for how long"), ((ABSENT,), "you did not come"),
])
def test_without_a_certificate_the_page_says_why(as_role, said, words):
    browser, session = as_role(Role.DELEGATE), over()
    booking = a_booking(session, db.session.get(Person, browser.person_id))
    assert "is not finished yet" in browser.get(f"/bookings/{booking.ref}/certificate").text
    finish(session, (booking, *said))
    assert words in browser.get(f"/bookings/{booking.ref}/certificate").text


def test_the_questions_are_opened_from_the_page_and_the_certificate_follows(as_role):
    browser, booking = mine(as_role, certificate_after_questions=True)
    assert "You need not answer any of them" in browser.get(f"/bookings/{booking.ref}/certificate").text and certificates() == []
    answer = browser.post(f"/bookings/{booking.ref}/certificate")
    assert answer.status_code == 303 and answer.location == f"/bookings/{booking.ref}/questions/after"
    assert browser.follow(answer).status_code == 200 and len(certificates(booking)) == 1


def test_after_a_correction_the_page_says_what_happened(as_role):
    browser, booking = mine(as_role)
    mark(booking.course_session, (booking, ABSENT), seen=HERE)
    page = browser.get(f"/bookings/{booking.ref}/certificate").text
    assert "no longer stands" in page and "did not come" in page


def test_the_letter_opens_the_certificate_without_signing_in_and_holds_no_code(client):
    (one,) = certificates(came())
    (letter,) = [one_ for one_ in all_letters() if one_.kind == "certificate-ready"]
    assert one.code not in letter.text and one.code not in letter.html and one.serial in letter.text
    link = next(address for address in addresses(letter) if "/a/" in address)
    client.follow(client.get(link.removeprefix("http://localhost")))
    page = client.get(client.letter).text
    assert "This certificate stands" in page and f"/certificates/{one.code}/pdf" in page


def test_a_letter_of_a_certificate_that_was_withdrawn_says_so_where_it_leads(client):
    booking = came()
    (letter,) = [one for one in all_letters() if one.kind == "certificate-ready"]
    link = next(address for address in addresses(letter) if "/a/" in address)
    have_left()
    mark(booking.course_session, (booking, ABSENT), seen=HERE)
    client.follow(client.get(link.removeprefix("http://localhost")))
    assert "does not stand" in client.get(client.letter).text
    assert letters()[-1] == ("withdrawn", "queued")


def a_year(browser):
    me = db.session.get(Person, browser.person_id)
    whole, part, unknown, old = over(title="=HYPERLINK(1)"), over(title="Part"), over(title="Unknown"), over(hours_ago=24 * 800, title="Old")
    bookings = [a_booking(session, me) for session in (whole, part, unknown, old)]
    for session, said in zip((whole, part, unknown, old), ((bookings[0], HERE), (bookings[1], PARTLY, 50), (bookings[2], PARTLY), (bookings[3], HERE)), strict=True):
        finish(session, said)
    a_booking(over(title="Not marked"), me)
    came()
    return clock.london(whole.ends_at).year, clock.london(old.ends_at).year


def test_the_record_adds_up_each_year_and_guesses_nothing(as_role):
    browser = as_role(Role.DELEGATE)
    assert "Nothing is on record yet" in browser.get("/my-training/record").text
    year, before = a_year(browser)
    page = browser.get("/my-training/record").text
    assert "3 hours 50 minutes on 3 sessions, of which 1 was attended in part for a time that nobody noted." in page
    assert "3 hours on 1 session." in page and f">{year}</h2>" in page and f">{before}</h2>" in page and "Not marked" not in page


def test_the_record_for_a_spreadsheet_holds_no_formula_and_one_s_own_rows_only(as_role):
    browser = as_role(Role.DELEGATE)
    _year, before = a_year(browser)
    answer = browser.get("/my-training/record/csv")
    assert answer.mimetype == "text/csv" and "training-record.csv" in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert {(row["course"], row["hours"], row["minutes"]) for row in rows} == {
        ("'=HYPERLINK(1)", "3.00", "180"), ("Part", "0.83", "50"), ("Unknown", "", ""), ("Old", "3.00", "180")}
    assert sorted(bool(row["certificate"]) for row in rows) == [False, False, True, True]
    only = list(csv.DictReader(io.StringIO(browser.get(f"/my-training/record/csv?year={before}").data.decode("utf-8-sig"))))
    assert [row["course"] for row in only] == ["Old"] and only[0]["check_at"].startswith("http://localhost/certificates/")


def test_the_record_as_pdf_is_tagged_too(as_role):
    browser = as_role(Role.DELEGATE)
    assert browser.get("/my-training/record/pdf").mimetype == "application/pdf", "an empty one as well"
    year, _before = a_year(browser)
    answer = browser.get(f"/my-training/record/pdf?year={year}")
    text = text_of(answer.data)
    assert f"training-record-{year}.pdf" in answer.headers["Content-Disposition"]
    for needed in (b"/MarkInfo", b"/StructTreeRoot", b"en-GB", b"/TH", b"/Table", b"pdfuaid:part>1<"):
        assert needed in text, needed


@pytest.mark.parametrize("address", ["/my-training/record/docx", "/my-training/record/csv?year=0", "/my-training/record/pdf?year=99999"])
def test_a_record_that_cannot_be_is_not_there(as_role, address):
    assert as_role(Role.DELEGATE).get(address).status_code == 404


@pytest.mark.parametrize("address", ["/my-training/record", "/my-training/record/csv", "/bookings/x/certificate"])
def test_one_s_own_pages_ask_who_one_is(client, address):
    assert client.get(address).location.startswith("/sign-in")


def test_pages_take_as_many_statements_for_many_certificates_as_for_few(as_role, counting):
    browser, booking = mine(as_role)
    pages = ("/my-training", "/my-training/record", "/my-training/record/csv", f"/bookings/{booking.ref}/certificate",
             f"/certificates/{certificates(booking)[0].code}")
    for page in pages:
        browser.get(page)
    few = [counting(lambda page=page: browser.get(page)) for page in pages]
    for _ in range(8):
        came(db.session.get(Person, browser.person_id))
        a_booking(booking.course_session)
    assert [counting(lambda page=page: browser.get(page)) for page in pages] == few and max(few) <= 21


def test_a_coordinator_says_what_a_course_asks_for(as_role):
    browser = as_role(Role.COORDINATOR)
    session = over()
    code = session.course.code
    page = browser.get(f"/desk/courses/{code}").text
    assert 'name="certificate_percent"' in page and 'value="100"' in page
    typed = {"code": code, "title": "A course", "format": "virtual", "duration_minutes": "180", "approval": "nobody"}
    assert browser.post(f"/desk/courses/{code}", {**typed, "certificate_percent": "80", "certificate_after_questions": "y"}).status_code == 302
    db.session.expire_all()
    assert (session.course.certificate_percent, session.course.certificate_after_questions) == (80, True)
    assert "Enter a number from 1 to 100" in browser.post(f"/desk/courses/{code}", {**typed, "certificate_percent": "101"}).text


def test_another_s_certificate_cannot_be_reached_through_one_s_own_account(as_role):
    browser, _booking = mine(as_role)
    account = an_account()
    theirs = came(account.person, title="Theirs")
    assert "Theirs" not in browser.get("/my-training/record").text + browser.get("/my-training").text
    assert "Theirs" in Client(browser.app).signed_in_as(account).get(f"/bookings/{theirs.ref}/certificate").text


def test_a_certificate_s_facts_are_those_of_its_day(client):
    booking = came(title="As printed")
    with transaction() as session:
        session.get_one(type(booking), booking.id).course_session.course.title = "Another title"
    assert "As printed" in client.get(f"/certificates/{certificates(booking)[0].code}").text
    assert db.session.query(Certificate).count() == 1 and jobs.issue(clock.now()).startswith("0 issued, 0 replaced")
