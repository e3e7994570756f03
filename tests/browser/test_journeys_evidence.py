"""What coordinators, second persons, agencies and readers do with evidence, in a real browser; and every page of it under axe."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from app.accounts.rules import Role
from app.core import clock
from app.core.db import db
from app.evaluation.rules.stages import Quoting
from app.evidence.models import Example, Indicator
from app.evidence.rules.states import ExampleStatus
from app.evidence.services import deciding, promises
from tests.browser.conftest import NARROW, PHONE
from tests.browser.looking import says, wrong
from tests.builders import an_account
from tests.evidence import telling

pytestmark = pytest.mark.usefixtures("app")
STEP = [(40, 100)] * 12 + [(60, 100)] * 11 + [(95, 100)]
WRITTEN = ("I used the tool with Jayden, who is 9, after a call from Hill Lane Primary. As the only deaf CAMHS nurse in the area I often work alone. "
           "It helped me say what I was seeing.")


def now_is(model, row):
    db.session.rollback()
    return db.session.get(model, row.id, populate_existing=True)


@pytest.fixture
def addresses(app):
    """Every page of the evidence, with something on it in each state."""
    coordinator = an_account(Role.COORDINATOR)
    priority = telling.a_priority("A priority with a rather long name about safeguarding children")
    to_check = telling.an_example(original=WRITTEN, priority_id=priority.id, consent=Quoting.WITH_ROLE)
    waiting = telling.asked(telling.an_example(original=WRITTEN), coordinator.person_id, "I used it with Jayden.")
    approved, withdrawn, sent_back = telling.approved(), telling.approved(), telling.asked(telling.an_example(), coordinator.person_id)
    deciding.note_printed(example_id=approved.id, printed_in="Annual report 2025", used_on=telling.today(), by_id=coordinator.person_id, now=clock.now())
    deciding.withdraw(example_id=withdrawn.id, reason="By telephone", by_id=coordinator.person_id, now=clock.now())
    deciding.send_back(example_id=sent_back.id, reason="It says too much.", by_id=coordinator.person_id, now=clock.now())
    telling.an_answer("It helped me to say what I was seeing.")
    chart, few, empty = (telling.an_indicator(figures=figures, priority_id=priority.id, story="Step by step.", others="A new form.")
                         for figures in (STEP, [(2, 9)] * 4, []))
    soon, ended = telling.a_promise(due_in=-4), telling.a_promise()
    promises.show(promise_id=ended.id, shown_in="https://partnership.example/audit", by_id=coordinator.person_id, now=clock.now())
    found = ["/desk", "/evidence", "/evidence?which=all", "/evidence?theme=sharing", "/evidence/new", "/evidence/answers", "/evidence/indicators",
             "/evidence/indicators/new", f"/evidence/indicators/{chart.id}/months", f"/evidence/indicators/{chart.id}/change", "/evidence/promises",
             "/evidence/promises/new", f"/evidence/promises/{soon.id}", f"/evidence/promises/{ended.id}"]
    found += [f"/evidence/{one.id}" for one in (to_check, waiting, approved, withdrawn, sent_back)]
    found += [f"/evidence/{approved.id}/{page}" for page in ("leave-out", "withdraw", "printed")]
    found += [f"/evidence/indicators/{one.id}" for one in (chart, few, empty)]
    db.session.rollback()
    return coordinator, found


def test_axe_finds_nothing_on_the_evidence_and_no_page_scrolls_sideways(addresses, open_page):
    coordinator, pages = addresses
    page, found = open_page(coordinator, viewport=NARROW), []
    for address in pages:
        answer = page.goto(address)
        assert answer.status == 200, address
        for details in page.locator("main details").all():
            details.evaluate("one => one.open = true")
        found += wrong(page, address)
    assert found == []


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_an_example_goes_from_what_was_written_to_what_may_be_printed(open_page, script):
    author = an_account(Role.REPORT_AUTHOR)
    author_name = author.person.name
    page, second = open_page(an_account(Role.COORDINATOR), viewport=PHONE, script=script), open_page(author, viewport=PHONE, script=script)
    page.goto("/evidence")
    page.get_by_role("link", name="Evidence", exact=True).first.click()
    page.get_by_role("button", name="Add an example").or_(page.get_by_role("link", name="Add an example")).click()
    page.get_by_label("What was written or said").fill(WRITTEN)
    page.get_by_label("Day on which it was told").fill(f"{telling.today()}")
    page.get_by_label("Yes, without name or role").check()
    page.get_by_label("Said, with an example").check()
    page.get_by_label("For", exact=True).check()
    page.get_by_role("button", name="Keep the example").click()
    assert says(page, "4 things could identify someone")
    page.get_by_label("Put instead of Jayden").fill("a young child")
    page.get_by_role("button", name="Put these into the wording").click()
    assert page.get_by_label("Wording").input_value().startswith("I used the tool with a young child, who is of primary age, after a call from a school.")
    page.get_by_label("Wording").fill("I used the tool with a child. It helped me say what I was seeing.")
    page.get_by_label("Second person to approve").select_option(label=author_name)
    page.get_by_role("button", name="Save and ask for approval").click()
    page.get_by_text(f"Waiting for {author_name}").first.wait_for()

    second.goto("/evidence")
    second.get_by_role("link", name="Example 1").first.click()
    assert says(second, "Jayden")
    second.get_by_role("button", name="Approve it").click()
    assert says(second, "Reports may print it")
    assert now_is(Example, db.session.query(Example).one()).status is ExampleStatus.APPROVED


def test_the_second_person_sends_it_back_and_the_coordinator_finds_why_on_the_desk(open_page):
    author = an_account(Role.REPORT_AUTHOR)
    telling.asked(telling.an_example(original=WRITTEN), author.person_id, "I used it with Jayden.")
    second, page = open_page(author), open_page(an_account(Role.COORDINATOR))
    second.goto("/evidence/1")
    assert says(second, "could still identify someone")
    second.get_by_role("button", name="Send it back").click()
    assert says(second, "Write what should change")
    second.get_by_label("What should change?").fill("It still has his name.")
    second.get_by_role("button", name="Send it back").click()
    page.goto("/desk")
    page.get_by_role("link", name="Check the first").click()
    assert says(page, "It still has his name.")


def test_an_agency_lead_takes_in_a_file_of_months_and_sees_the_chart(open_page, tmp_path):
    account = an_account(Role.AGENCY_LEAD)
    indicator = telling.an_indicator(agency_id=account.person.affiliation.agency_id, counted="accepted first time")
    file = Path(tmp_path / "referrals.csv")
    page = open_page(account, viewport=PHONE)
    page.goto(f"/evidence/indicators/{indicator.id}")
    page.get_by_role("link", name="Add figures").or_(page.get_by_role("button", name="Add figures")).click()
    file.write_text("month,count,base\n2025-01,4,9\n2025-02,10,9\n", encoding="utf-8")
    page.get_by_label("CSV file").set_input_files(file)
    page.get_by_role("button", name="Take it in").click()
    assert says(page, "referrals.csv:3") and now_is(Indicator, indicator).months == []
    months = [(date(2024, 1, 15) + timedelta(days=30 * number)).strftime("%Y-%m") for number in range(18)]
    file.write_text("month,count,base\n" + "".join(f"{month},{40 if number < 9 else 60},100\n" for number, month in enumerate(dict.fromkeys(months))), encoding="utf-8")
    page.get_by_label("CSV file").set_input_files(file)
    page.get_by_role("button", name="Take it in").click()
    assert says(page, "18 added")
    page.get_by_role("link", name="Back to the indicator").click()
    assert says(page, "lie below the middle") and page.locator("svg[role=img] circle").count() > 10


def test_a_promise_is_kept_from_the_desk(open_page):
    telling.a_promise(due_in=3)
    page = open_page(an_account(Role.COORDINATOR))
    page.goto("/desk")
    page.get_by_role("link", name="Open the first").click()
    page.get_by_label("Where is it shown?").fill("Annual report 2026, page 12")
    page.get_by_role("button", name="It is shown there").click()
    assert says(page, "No promise is open")
