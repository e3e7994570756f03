"""From a finished register to the certificate in hand and the page that checks it, in a real browser; and each page under axe."""

import re
from datetime import timedelta

import pytest

from app.accounts.rules import Role
from app.core.db import db
from tests.browser.conftest import NARROW, PHONE
from tests.browser.looking import says, wrong
from tests.builders import a_booking, a_course, a_session, a_trainer, an_account
from tests.certificates.attending import ABSENT, HERE, PARTLY, came, certificates, finish, mark, over

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def addresses(app):
    """Somebody with a certificate in each state, and every page of certificates."""
    account = an_account(Role.DELEGATE)
    standing = came(account.person, title="A course with a rather long title about safeguarding children")
    waiting, withdrawn = came(account.person, certificate_after_questions=True), came(account.person)
    mark(withdrawn.course_session, (withdrawn, ABSENT), seen=HERE)
    short = a_booking(over(), account.person)
    finish(short.course_session, (short, PARTLY, 50))
    found = ["/certificates", "/my-training", "/my-training/record", f"/certificates/{certificates(standing)[0].code}",
             f"/certificates/{certificates(withdrawn)[0].code}"]
    found += [f"/bookings/{one.ref}/certificate" for one in (standing, waiting, withdrawn, short)] + [f"/bookings/{standing.ref}"]
    db.session.rollback()
    return account, found


def test_axe_finds_nothing_on_certificates_and_no_page_scrolls_sideways(addresses, open_page):
    account, pages = addresses
    page, found = open_page(account, viewport=NARROW), []
    for address in pages:
        answer = page.goto(address)
        assert answer.status == 200, address
        found += wrong(page, address)
    assert found == []


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_finished_register_becomes_a_certificate_that_somebody_else_checks(open_page, script):
    trainer, delegate = an_account(Role.TRAINER), an_account(Role.DELEGATE)
    session = a_session(starts_in=timedelta(hours=-4), trainer=a_trainer(person=trainer.person), course=a_course(title="Using the tool"))
    a_booking(session, delegate.person)
    name, ref = delegate.person.name, session.ref
    desk, phone = open_page(trainer, script=script), open_page(delegate, viewport=PHONE, script=script)
    checker = open_page(viewport=PHONE, script=script)
    desk.goto(f"/registers/{ref}")
    desk.get_by_label("Here", exact=True).check()
    desk.get_by_role("button", name="Save", exact=True).click()
    desk.get_by_role("button", name="Finish the register").click()
    assert says(desk, "The register is finished")

    phone.goto("/my-training")
    phone.get_by_role("link", name=re.compile(r"^Certificate ?: Using the tool")).click()
    assert says(phone, "Your certificate is ready")
    with phone.expect_download() as download:
        phone.get_by_role("link", name="Download the PDF").click()
    with open(download.value.path(), "rb") as file:
        assert file.read(5) == b"%PDF-"
    db.session.rollback()
    (certificate,) = certificates()

    checker.goto("/certificates")
    checker.get_by_label("Code").fill(certificate.code.upper())
    checker.get_by_role("button", name="Check it").click()
    assert says(checker, "This certificate stands") and says(checker, name)

    desk.goto(f"/registers/{ref}")
    desk.get_by_label("Absent", exact=True).check()
    desk.get_by_role("button", name="Save", exact=True).click()
    checker.reload()
    assert says(checker, "This certificate does not stand")


def test_the_record_of_hours_is_found_from_my_training_and_taken_along(addresses, open_page):
    page = open_page(addresses[0], viewport=PHONE)
    page.goto("/my-training")
    page.get_by_role("link", name="My record of training").click()
    assert says(page, "Only you see this page")
    for name, kind in (("All years as PDF", ".pdf"), ("All years for a spreadsheet", ".csv")):
        with page.expect_download() as download:
            page.get_by_role("link", name=name).click()
        assert download.value.suggested_filename == f"training-record{kind}"
