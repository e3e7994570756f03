"""The pages of the evidence without a script: who finds what there, what can be done, and what stays on the page when it cannot."""

import io
import re
from datetime import date, timedelta

import pytest

from app.accounts.models import Affiliation
from app.accounts.rules import Role
from app.accounts.services import set_roles
from app.attendance.models import Attendance
from app.attendance.rules import Outcome
from app.core import clock
from app.core.db import db, transaction
from app.evaluation.rules.stages import Quoting
from app.evidence.models import Example, Indicator, Promise
from app.evidence.rules.months_file import Month
from app.evidence.rules.promises import PromiseStatus
from app.evidence.rules.states import ExampleStatus
from app.evidence.rules.words import Direction
from app.evidence.services import deciding
from app.evidence.services import promises as promise_services
from app.evidence.services.indicators import take_months
from tests.builders import a_booking, a_course, a_session, an_account, an_agency
from tests.client import Client
from tests.evidence.telling import (
    WORDING,
    a_coordinator,
    a_priority,
    a_promise,
    an_answer,
    an_example,
    an_indicator,
    approved,
    asked,
    today,
)

STEP = [(40, 100)] * 12 + [(60, 100)] * 12


def now_is(model, row):
    db.session.rollback()
    return db.session.get(model, row.id, populate_existing=True)


@pytest.fixture
def coordinator(as_role):
    return as_role(Role.COORDINATOR)


def a_lead(app, agency=None):
    account = an_account(Role.AGENCY_LEAD)
    if agency is not None:
        db.session.query(Affiliation).filter_by(person_id=account.person_id).update({"agency_id": agency.id})
        db.session.commit()
    return Client(app).signed_in_as(account)


def form_of(example, text=WORDING, **more):
    kept = now_is(Example, example)
    return {"wording": text, "theme": kept.theme.value, "priority": kept.priority_id or 0, "strength": kept.strength.value,
            "direction": kept.direction.value, "second": 0, "version": kept.version, **more}


# examples -------------------------------------------------------------------------------------------------------------------------------------

def test_an_example_is_typed_and_shows_what_could_identify_somebody(coordinator):
    course = a_course(title="Using the tool")
    sent = coordinator.post("/evidence/new", {
        "source": "manager", "original": "I used it with Jayden, who is 9, at Hill Lane Primary.", "told_on": today().isoformat(), "course": course.id,
        "agency": 0, "consent": "anonymous", "theme": "tools", "priority": 0, "strength": "example", "direction": "against",
    })
    page = coordinator.follow(sent).text
    assert "3 things could identify someone" in page and '<mark class="up-mark">Jayden<small>1</small></mark>' in page
    assert "may be quoted without name or role" in page and "Read the whole text yourself" in page and "Using the tool" in page


def test_an_example_whose_form_is_sent_again_because_the_answer_was_lost_is_there_once(coordinator):
    page = coordinator.get("/evidence/new").text
    key = re.search(r'name="key"[^>]* value="([^"]+)"', page).group(1)
    given = {"key": key, "source": "supervision", "original": "I used the tool.", "told_on": today().isoformat(), "course": "0", "agency": "0", "priority": "0",
             "consent": "anonymous", "theme": "tools", "strength": "example", "direction": "for"}
    first, again = coordinator.post("/evidence/new", given), coordinator.post("/evidence/new", given)
    assert first.location == again.location and db.session.query(Example).count() == 1
    page = coordinator.post("/evidence/new", {**given, "original": "Something else."}).text
    assert "sent before with something else in it" in page and "Something else." in page and db.session.query(Example).count() == 1
    coordinator.post("/evidence/new", {**given, "key": "another page"})
    assert db.session.query(Example).count() == 2, "two people may say the same"


def test_a_form_that_is_not_full_keeps_what_was_typed(coordinator):
    page = coordinator.post("/evidence/new", {"source": "audit", "original": "A long text that took time to write", "told_on": "", "theme": "tools"}).text
    assert "A long text that took time to write" in page and "Choose what the person agreed to" in page and "Enter the day" in page


def test_the_rules_put_their_suggestions_into_the_wording_and_save_nothing(coordinator):
    example = an_example(original="I used it with Jayden, who is 9.")
    page = coordinator.post(f"/evidence/{example.id}", form_of(example, "", act="apply", r1="a boy", r2="of primary age")).text
    assert "I used it with a boy, who is of primary age.</textarea>" in page and 'value="a boy"' in page
    assert now_is(Example, example).wording == ""


def test_nothing_found_says_to_read_it_all_the_same(coordinator):
    page = coordinator.get(f"/evidence/{an_example(original='It helped me.').id}").text
    assert "Nothing was found" in page and "Read it all the same" in page


def test_from_the_wording_to_the_second_persons_yes(app, coordinator, as_role):
    second = as_role(Role.REPORT_AUTHOR)
    example = an_example(coordinator.person_id)
    sent = coordinator.post(f"/evidence/{example.id}", form_of(example, act="ask", second=second.person_id))
    assert "Waiting for" in coordinator.follow(sent).text
    assert f"Example {example.id}" in second.get("/evidence").text
    page = second.get(f"/evidence/{example.id}").text
    assert "Approve it" in page and "Jayden" in page, "the second person reads what was written"
    done = second.post(f"/evidence/{example.id}", {"act": "approve", "version": 1, "reason": ""})
    assert "Approved. Reports may print it." in second.follow(done).text
    assert now_is(Example, example).status is ExampleStatus.APPROVED


def test_asking_nobody_is_refused_and_keeps_the_wording(coordinator):
    example = an_example(coordinator.person_id)
    page = coordinator.post(f"/evidence/{example.id}", form_of(example, "Typed with care.", act="ask")).text
    assert "Choose the second person" in page and "Typed with care." in page and now_is(Example, example).wording == ""


def test_a_name_left_in_the_wording_is_pointed_out_to_both(app, coordinator, as_role):
    second = as_role(Role.COORDINATOR)
    example = asked(an_example(), second.person_id, "I used it with Jayden.")
    assert "1 thing could still identify someone" in second.get(f"/evidence/{example.id}").text


def test_sending_back_needs_a_reason_and_the_writer_reads_it(coordinator):
    example = asked(an_example(), coordinator.person_id)
    page = coordinator.post(f"/evidence/{example.id}", {"act": "send_back", "version": 1, "reason": ""}).text
    assert "Write what should change" in page
    coordinator.follow(coordinator.post(f"/evidence/{example.id}", {"act": "send_back", "version": 1, "reason": "It names the school."}))
    assert "It names the school." in coordinator.get(f"/evidence/{example.id}").text


def test_a_report_author_sees_approved_wordings_and_never_what_was_written(app, as_role):
    kept, waiting = approved(original="Told by Jayden Smith."), an_example()
    reader = as_role(Role.REPORT_AUTHOR)
    page = reader.get(f"/evidence/{kept.id}").text
    assert WORDING in page and "Jayden" not in page and "Open it again" not in page
    assert reader.get(f"/evidence/{waiting.id}").status_code == 404
    assert reader.post(f"/evidence/{kept.id}", {"act": "reopen"}).status_code == 403
    assert now_is(Example, kept).status is ExampleStatus.APPROVED
    deciding.withdraw(example_id=kept.id, reason="By telephone.", by_id=kept.added_by_id, now=clock.now())
    for role in (Role.REPORT_AUTHOR, Role.SCRUTINEER, Role.COORDINATOR):
        for address in (f"/evidence/{kept.id}", "/evidence?which=all"):
            assert WORDING not in as_role(role).get(address).text, "what was withdrawn is deleted"


def test_outside_the_team_the_evidence_is_what_a_report_prints_and_nothing_beside_it(app, as_role):
    """Neither who must not be quoted, nor how strong a quote is, for what it speaks, from where it came, when, or how many others there are."""
    agency, course, priority = an_agency(), a_course(title="Using the tool"), a_priority("Neglect")
    about = {"agency_id": agency.id, "course_id": course.id, "priority_id": priority.id}
    told = [approved("We use it weekly.", consent=Quoting.WITH_ROLE, role="Midwife", **about), approved("Never to be printed.", consent=Quoting.NO, **about),
            approved("Not for us.", direction=Direction.AGAINST, **about)]
    for reader in (as_role(Role.SCRUTINEER), a_lead(app, agency)):
        page = re.sub(r"<[^>]+>", " ", reader.get("/evidence").text.partition("<main")[2])
        assert "We use it weekly." in page and f"Using tools. Midwife, {today().year}" in page and "Not for us." in page
        for hidden in ("Never to be printed", "Example 1", "Using the tool", "Neglect", "Said, with an example", "Against", "against ,", "Approved (",
                       f"{today().day} {today():%B}"):
            assert hidden not in page, hidden
        assert [reader.get(f"/evidence/{one.id}").status_code for one in told] == [404] * 3
        assert "Not for us." not in reader.get("/evidence?theme=sharing").text
        every = reader.get(f"/evidence?which=all&priority={a_priority('Other').id}").text
        assert "We use it weekly." in every, "nor are they chosen by what they do not show"
    assert "We use it weekly." not in a_lead(app, an_agency()).get("/evidence").text


def test_a_coordinator_reads_that_who_was_asked_can_approve_no_more(coordinator, as_role):
    second = as_role(Role.REPORT_AUTHOR)
    example = asked(an_example(coordinator.person_id), second.person_id)
    assert "can no longer approve" not in coordinator.get(f"/evidence/{example.id}").text
    set_roles(person_id=second.person_id, roles=[], password="", now=clock.now())
    page = coordinator.get(f"/evidence/{example.id}").text
    assert "can no longer approve examples.</strong> Take it back and ask somebody else." in page and "Take it back" in page


@pytest.mark.parametrize("role", [Role.DELEGATE, Role.TRAINER, Role.LINE_MANAGER])
def test_others_do_not_find_the_evidence(as_role, role):
    visitor = as_role(role)
    assert visitor.get("/evidence").status_code == 403 and visitor.get("/evidence/indicators").status_code == 403
    assert 'href="/evidence"' not in visitor.get("/my-training").text


def test_a_lead_adds_examples_of_the_own_agency_only(app):
    own, other = an_agency(name="Harbour Council"), an_agency(name="Elsewhere Trust")
    lead = a_lead(app, own)
    page = lead.get("/evidence/new").text
    assert "Harbour Council" in page and "Elsewhere Trust" not in page
    given = {"source": "supervision", "original": "We use it weekly.", "told_on": today().isoformat(), "course": 0, "consent": "no", "theme": "tools",
             "priority": 0, "strength": "said", "direction": "for"}
    assert lead.post("/evidence/new", {**given, "agency": other.id}).status_code == 200
    page = lead.follow(lead.post("/evidence/new", {**given, "agency": own.id})).text
    assert "Harbour Council" in page and "We use it weekly." not in page, "what was written is for the training team"
    assert lead.get(f"/evidence/{an_example(agency_id=other.id).id}").status_code == 404


def test_one_button_makes_an_example_of_an_answer(coordinator):
    an_answer("It helped me with Jayden.")
    page = coordinator.get("/evidence/answers").text
    take = re.search(r'name="take" value="([\d-]+)"', page).group(1)
    assert "It helped me with Jayden." in page and "without name or role" in page
    coordinator.follow(coordinator.post("/evidence/answers", {"take": take}))
    page = coordinator.post("/evidence/answers", {"take": take}).text
    assert "already" in page and "There is nothing to take" in page
    assert [one.original for one in db.session.query(Example)] == ["It helped me with Jayden."]
    assert coordinator.post("/evidence/answers", {"take": "1-x"}).status_code == 400


def test_a_withdrawn_consent_is_noted_with_how_we_know_and_deletes_what_was_written(coordinator):
    example = approved()
    deciding.note_printed(example_id=example.id, printed_in="Annual report 2025", used_on=today(), by_id=coordinator.person_id, now=clock.now())
    assert "1 report" in coordinator.get(f"/evidence/{example.id}/withdraw").text
    assert "Write how and when" in coordinator.post(f"/evidence/{example.id}/withdraw", {"reason": ""}).text
    page = coordinator.follow(coordinator.post(f"/evidence/{example.id}/withdraw", {"reason": "By telephone"})).text
    assert "Consent withdrawn" in page and "Annual report 2025" in page and "By telephone" in page and "Jayden" not in page
    assert "The consent was withdrawn, so no wording is kept here." in page and "so nothing of what was written is kept" in page
    assert "No wording was written" not in page and "The wording stays" not in page and re.search(r"Consent</dt>\s*<dd[^>]*>\s*withdrawn", page)


def test_leaving_one_out_needs_a_reason_and_can_be_undone(coordinator):
    example = an_example(coordinator.person_id)
    page = coordinator.follow(coordinator.post(f"/evidence/{example.id}/leave-out", {"reason": "Said twice"})).text
    assert "Not used" in page and "Said twice" in page
    coordinator.follow(coordinator.post(f"/evidence/{example.id}", {"act": "reopen"}))
    assert now_is(Example, example).status is ExampleStatus.TO_CHECK


def test_where_it_was_printed_is_noted_with_the_words(coordinator):
    example = approved()
    coordinator.post(f"/evidence/{example.id}/printed", {"printed_in": "Annual report 2025", "used_on": today().isoformat()})
    page = coordinator.get(f"/evidence/{example.id}").text
    assert "Annual report 2025" in page and "Nowhere yet" not in page


def test_the_list_is_filtered_by_where_theme_and_priority(coordinator):
    priority = a_priority()
    kept = approved("About neglect.", priority_id=priority.id)
    approved("About something else.")
    page = coordinator.get(f"/evidence?which=approved&priority={priority.id}&theme=tools").text
    assert "About neglect." in page and "something else" not in page and f"Example {kept.id}" in page
    assert "No example fits" in coordinator.get("/evidence?which=approved&theme=sharing").text
    assert "There is no example here" in coordinator.get("/evidence?which=waiting").text


def test_an_example_without_consent_says_that_it_is_only_counted(coordinator):
    assert "counted, never printed" in coordinator.get(f"/evidence/{approved(consent=Quoting.NO).id}").text


# indicators -----------------------------------------------------------------------------------------------------------------------------------

def test_an_indicator_is_a_sentence_a_chart_and_a_table(coordinator):
    indicator = an_indicator(figures=STEP, priority_id=a_priority("Neglect").id, story="Course to practice.", others="A new form in 2025.")
    page = coordinator.get(f"/evidence/indicators/{indicator.id}").text
    assert "1,200 of 2,400 referrals were accepted first time: 50 in 100." in page
    assert "January 2024 to December 2024: 12 months running lie below the middle" in page and "A new form in 2025." in page and "Course to practice." in page
    assert page.count("<circle") > 24 and 'role="img"' in page and "January 2024: 40 of 100" in page
    assert "<td class=\"n\">25 to 55</td>" not in page and "<td class=\"n\">35 to 65</td>" in page
    assert "consistent with" in page and "caused" not in page


def test_the_rungs_of_what_was_told_on_the_priority_stand_beside_the_chart_for_the_team_only(as_role, coordinator):
    priority = a_priority("Neglect")
    indicator = an_indicator(figures=STEP, priority_id=priority.id)
    for number in range(6):
        approved(f"{number}", priority_id=priority.id, direction=Direction.AGAINST if number else Direction.FOR)
    address = f"/evidence/indicators/{indicator.id}"
    cells = '<td class="n" data-h="For the training">%s</td><td class="n" data-h="Against">5</td><td class="n" data-h="Both">0</td>'
    assert cells % "1" in coordinator.get(address).text and cells % "1" in as_role(Role.REPORT_AUTHOR).get(address).text
    assert "What was told of practice" not in as_role(Role.SCRUTINEER).get(address).text, "beside the quotes it would tell who must not be quoted"


def test_small_months_are_shown_to_those_whose_they_are_and_put_together_for_others(app, as_role, coordinator):
    agency = an_agency()
    indicator = an_indicator(figures=[(2, 20), (4, 20), (9, 20)], agency_id=agency.id)
    address = f"/evidence/indicators/{indicator.id}"
    for reader in (coordinator, as_role(Role.REPORT_AUTHOR), a_lead(app, agency)):
        assert "January 2024: 2 of 20" in reader.get(address).text and "Not for publication" in reader.get(address).text
    page = as_role(Role.SCRUTINEER).get(address).text
    assert "January to February 2024: 6 of 40" in page and "2 of 20" not in page and "Months are put together" in page


def test_a_late_month_is_not_told_by_two_looks(as_role):
    indicator, scrutineer = an_indicator(figures=[(10, 30)]), as_role(Role.SCRUTINEER)
    address, by_id = f"/evidence/indicators/{indicator.id}", indicator.added_by_id

    def bring(month, count, base):
        take_months(indicator_id=indicator.id, months=[Month(date(2024, month, 1), count, base)], by_id=by_id, now=clock.now())

    bring(3, 10, 30)
    page = scrutineer.get(address).text
    assert "10 of 30 referrals" in page and "March" not in page and "no figure" not in page
    bring(2, 2, 10)
    page = scrutineer.get(address).text
    assert "January 2024: 10 of 30" in page and "February to March 2024: 12 of 40" in page


def test_how_months_are_put_together_tells_those_outside_nothing_of_attendances(as_role):
    priority = a_priority("Neglect")
    session = a_session(course=a_course(priorities=[priority]), starts_in=timedelta(days=-1), places=9)
    with transaction() as writing:
        writing.add(Attendance(booking_id=a_booking(session).id, outcome=Outcome.ATTENDED, marked_at=clock.now()))
    first = session.last_day.replace(day=1)
    before = (first - timedelta(days=1)).replace(day=1)
    indicator = an_indicator(figures=[(8, 20), (9, 20)], first=before, priority_id=priority.id)
    page = as_role(Role.SCRUTINEER).get(f"/evidence/indicators/{indicator.id}").text
    assert f"{before:%B %Y}: 8 of 20" in page and f"{first:%B %Y}: 9 of 20" in page and "17 of 40" in page


def test_numbers_that_are_small_even_together_are_withheld_from_others(as_role):
    indicator = an_indicator(figures=[(1, 4), (1, 4)])
    scrutineer = as_role(Role.SCRUTINEER)
    assert "withheld" in scrutineer.get(f"/evidence/indicators/{indicator.id}").text and "2 of 8" not in scrutineer.get("/evidence/indicators").text


def test_a_lead_sees_and_keeps_the_own_agencys_indicators_only(app):
    own, other = an_agency(), an_agency()
    mine, theirs = an_indicator(agency_id=own.id, figures=STEP), an_indicator(agency_id=other.id)
    lead = a_lead(app, own)
    assert lead.get(f"/evidence/indicators/{mine.id}/months").status_code == 200
    for page in ("", "/months", "/change"):
        assert lead.get(f"/evidence/indicators/{theirs.id}{page}").status_code == 404
    assert lead.get("/evidence/promises").status_code == 403


def test_whoever_only_reads_cannot_change_an_indicator(as_role):
    indicator, reader = an_indicator(), as_role(Role.SCRUTINEER)
    assert reader.get(f"/evidence/indicators/{indicator.id}/months").status_code == 403 and reader.get("/evidence/indicators/new").status_code == 403


def test_an_indicator_is_added_typed_and_corrected(coordinator):
    sent = coordinator.post("/evidence/indicators/new", {"title": "Audit grades", "base_of": "files", "counted": "graded good", "agency": 0, "priority": 0,
                                                         "story": "", "others": ""})
    assert "There are no figures yet" in coordinator.follow(sent).text
    number = db.session.query(Indicator).one().id
    for count in (5, 6, 6):
        coordinator.post(f"/evidence/indicators/{number}/months", {"month": "2026-01", "count": count, "base": 9})
    assert "6 of 9 files were graded good." in coordinator.get(f"/evidence/indicators/{number}").text


@pytest.mark.parametrize(("given", "said"), [
    ({"month": "01/2026", "count": 1, "base": 2}, "is not a month; write it like 2026-02"), ({"month": "2099-01", "count": 1, "base": 2}, "still to come"),
    ({"month": "2026-01", "count": 3, "base": 2}, "3 of 2 cannot be"), ({"month": "2026-01", "count": "", "base": 2}, "Enter how many"),
])
def test_a_month_that_cannot_be_is_refused_where_it_was_typed(coordinator, given, said):
    page = coordinator.post(f"/evidence/indicators/{an_indicator().id}/months", given).text
    assert said in page and f'value="{given["month"]}"' in page


def a_file(text):
    return {"file": (io.BytesIO(text.encode()), "referrals.csv")}


def test_a_file_is_taken_in_whole_and_again_changes_nothing(coordinator):
    address = f"/evidence/indicators/{an_indicator().id}/months"
    text = "month,count,base\n2025-01,4,9\n2025-02,5,9\n"
    assert "2 added, 0 changed, 0 as they were" in coordinator.follow(coordinator.post(address, a_file(text), content_type="multipart/form-data")).text
    assert "Nothing to do: all 2 months are here already." in coordinator.follow(coordinator.post(address, a_file(text), content_type="multipart/form-data")).text
    page = coordinator.follow(coordinator.post(address, a_file(text.replace("5,9", "6,9")), content_type="multipart/form-data")).text
    assert "0 added, 1 changed, 1 as they were" in page


def test_a_file_with_faults_changes_nothing_and_names_each(coordinator):
    indicator = an_indicator()
    text = "month,count,base\n2025-01,4,9\n2025-13,5,9\n2025-03,10,9\n"
    page = coordinator.post(f"/evidence/indicators/{indicator.id}/months", a_file(text), content_type="multipart/form-data").text
    assert "2 values need a change" in page and "referrals.csv:3" in page and "referrals.csv:4" in page and "more than its base" in page
    assert now_is(Indicator, indicator).months == []


def test_no_file_is_said_at_its_field(coordinator):
    page = coordinator.post(f"/evidence/indicators/{an_indicator().id}/months", {"file": (io.BytesIO(b""), "")}, content_type="multipart/form-data").text
    assert "Choose the CSV file" in page


def test_a_story_that_claims_a_cause_is_refused_and_stays_on_the_page(coordinator):
    indicator = an_indicator()
    given = {"title": "T", "base_of": "files", "counted": "good", "agency": 0, "priority": 0, "story": "The course caused it.", "others": ""}
    page = coordinator.post(f"/evidence/indicators/{indicator.id}/change", given).text
    assert "is consistent with" in page and "The course caused it." in page and now_is(Indicator, indicator).story == ""


def test_without_a_priority_attendances_are_in_no_row(coordinator):
    named, unnamed = an_indicator(figures=STEP, priority_id=a_priority("Neglect").id), an_indicator(figures=STEP)
    page = coordinator.get(f"/evidence/indicators/{unnamed.id}").text
    assert "without a priority it cannot be said which training to count" in page and ">Attendances<" not in page
    page = coordinator.get(f"/evidence/indicators/{named.id}").text
    assert "without a priority" not in page and ">Attendances<" in page


# promises -------------------------------------------------------------------------------------------------------------------------------------

def test_a_promise_stays_in_sight_until_it_is_shown(coordinator):
    promise = a_promise(due_in=-3)
    assert "Overdue" in coordinator.get("/evidence/promises").text and "A case audit" in coordinator.get("/desk").text
    page = coordinator.post(f"/evidence/promises/{promise.id}", {"act": "show", "shown_in": ""}).text
    assert "Write where it is shown" in page
    page = coordinator.follow(coordinator.post(f"/evidence/promises/{promise.id}", {"act": "show", "shown_in": "https://partnership.example/audit"})).text
    assert "No promise is open" in page and "A case audit" not in coordinator.get("/desk").text
    assert 'href="https://partnership.example/audit"' in coordinator.get(f"/evidence/promises/{promise.id}").text


def test_a_promise_is_given_up_only_with_a_reason(as_role):
    author, promise = as_role(Role.REPORT_AUTHOR), a_promise()
    assert "Write why it is given up" in author.post(f"/evidence/promises/{promise.id}", {"act": "give_up", "reason": " "}).text
    author.post(f"/evidence/promises/{promise.id}", {"act": "give_up", "reason": "The audit was stopped."})
    assert now_is(Promise, promise).status is PromiseStatus.GIVEN_UP
    assert "The audit was stopped." in author.get(f"/evidence/promises/{promise.id}").text


def test_a_promise_that_ended_meanwhile_says_so(coordinator):
    promise = a_promise()
    promise_services.show(promise_id=promise.id, shown_in="Page 9", by_id=a_coordinator(), now=clock.now())
    page = coordinator.post(f"/evidence/promises/{promise.id}", {"act": "give_up", "reason": "Too late"}).text
    assert "meanwhile" in page and now_is(Promise, promise).status is PromiseStatus.SHOWN


def test_an_address_that_is_no_web_page_is_no_link(coordinator):
    promise = a_promise()
    promise_services.show(promise_id=promise.id, shown_in="javascript:alert(1)", by_id=a_coordinator(), now=clock.now())
    assert 'href="javascript' not in coordinator.get(f"/evidence/promises/{promise.id}").text


def test_a_promise_is_added_and_cannot_be_due_before_it_was_made(coordinator):
    given = {"what": "An audit", "promised_in": "Annual report 2025", "promised_on": "2026-06-01", "due_on": "2026-05-01", "owner": "QA group", "priority": 0}
    assert "due before it was promised" in coordinator.post("/evidence/promises/new", given).text
    page = coordinator.follow(coordinator.post("/evidence/promises/new", {**given, "due_on": "2027-05-01"})).text
    assert "An audit" in page and "1 May 2027" in page


def test_the_scrutineer_reads_promises_and_changes_none(as_role):
    reader, promise = as_role(Role.SCRUTINEER), a_promise()
    page = reader.get(f"/evidence/promises/{promise.id}").text
    assert "A case audit" in page and "Give it up" not in page
    assert reader.post(f"/evidence/promises/{promise.id}", {"act": "show", "shown_in": "x"}).status_code == 403


def test_examples_to_check_and_to_approve_are_on_the_desk(coordinator):
    an_example(original="Told by Jayden.")
    asked(an_example(), coordinator.person_id)
    page = coordinator.get("/desk").text
    assert "1 example to check" in page and "1 example waits for you" in page and "Jayden" not in page


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.REPORT_AUTHOR, Role.SCRUTINEER, Role.AGENCY_LEAD])
def test_evidence_is_in_the_navigation_of_those_who_read_it(as_role, role):
    assert 'href="/evidence"' in as_role(role).get("/evidence/indicators").text


def test_the_scrutineer_begins_with_the_evidence_and_reads_reports(as_role):
    reader = as_role(Role.SCRUTINEER)
    assert reader.get("/start").location == "/evidence" and reader.get("/reports/annual").status_code == 200


def test_dates_of_the_page_are_those_of_the_rules(coordinator):
    example = an_example(told_on=today() - timedelta(days=1))
    page = coordinator.get(f"/evidence/{example.id}").text
    assert f"{example.delete_original_on.day} {example.delete_original_on:%B %Y}" in page and f"{example.agreed_until:%Y}" in page
    assert example.delete_original_on > date(2020, 1, 1)


def test_a_lead_sees_every_month_of_the_own_figures_and_no_small_number_of_attendances(app, coordinator):
    agency, priority = an_agency(), a_priority("Neglect")
    session = a_session(course=a_course(priorities=[priority]), starts_in=timedelta(days=-1), places=9)
    for _ in range(3):
        with transaction() as writing:
            writing.add(Attendance(booking_id=a_booking(session).id, outcome=Outcome.ATTENDED, marked_at=clock.now()))
    first = session.last_day.replace(day=1)
    indicator = an_indicator(figures=[(2, 20)], first=first, agency_id=agency.id, priority_id=priority.id)
    page = a_lead(app, agency).get(f"/evidence/indicators/{indicator.id}").text
    assert "2 of 20" in page and "shown inside the partnership only" in page and "in the same months is withheld" in page and "3 attendances" not in page
    assert "fewer than 5" not in page, "a number that is withheld is not said to be small"
    assert "<th scope=\"col\">Attendances" not in page and "Attendances at courses" not in page
    longer = an_indicator(figures=[(2, 20), (3, 20)], first=(first - timedelta(days=1)).replace(day=1), agency_id=agency.id, priority_id=priority.id)
    both = [re.sub(r"\s+", " ", a_lead(app, agency).get(f"/evidence/indicators/{one.id}").text.partition("<main")[2]) for one in (indicator, longer)]
    assert all("attendances at courses" in one and re.findall(r"(\d+) attendances?\b", one) == [] for one in both), "nothing to take from each other"
    assert "3 attendances" in coordinator.get(f"/evidence/indicators/{indicator.id}").text


def test_a_report_that_has_come_out_notes_where_all_its_quotes_were_printed(as_role):
    first, second = approved("First words."), approved("Second words.")
    author, day = as_role(Role.REPORT_AUTHOR), today()
    report = f"/reports/annual?from={day}&to={day}"
    for address in (report, f"/reports/annual.docx?from={day}&to={day}"):
        author.get(address)
    assert now_is(Example, first).uses == [], "opening or keeping a draft notes nothing"
    address = f"/evidence/printed?from={day}&to={day}"
    assert address.replace("&", "&amp;") in author.get(report).text and address.replace("&", "&amp;") not in as_role(Role.SCRUTINEER).get(report).text
    page = author.get(address).text
    assert "First words." in page and page.count(" checked") == 2
    sent = {"printed_in": "Annual report 2026", "used_on": day.isoformat(), "quotes": [str(first.id)]}
    for _twice in range(2):
        assert "It is noted where these quotes" in author.follow(author.post(address, sent)).text
    assert [(use.printed_in, use.wording) for use in now_is(Example, first).uses] == [("Annual report 2026", "First words.")] and now_is(Example, second).uses == []
    assert "Tick the quotes" in author.post(address, {**sent, "quotes": []}).text
    deciding.withdraw(example_id=second.id, reason="By telephone", by_id=second.writer_id, now=clock.now())
    page = author.post(address, {**sent, "printed_in": "Another", "quotes": [str(first.id), str(second.id)]}).text
    assert "no longer possible" in page and len(now_is(Example, first).uses) == 1, "all or none"
    assert author.get("/evidence/printed").status_code == 404 and as_role(Role.SCRUTINEER).get(address).status_code == 403


def test_a_period_without_quotes_has_nothing_to_note(as_role):
    page = as_role(Role.COORDINATOR).get("/evidence/printed?from=2019-01-01&to=2019-12-31").text
    assert "there is nothing to note" in page and "Note it" not in page


def test_pressed_twice_because_the_first_answer_was_lost_an_act_is_there_once(coordinator):
    example, day = approved(), today()
    for _twice in range(2):
        coordinator.follow(coordinator.post(f"/evidence/{example.id}/printed", {"printed_in": "A bulletin", "used_on": day.isoformat()}))
    assert len(now_is(Example, example).uses) == 1
    for _twice in range(2):
        page = coordinator.follow(coordinator.post(f"/evidence/{example.id}", {"act": "reopen"})).text
        assert "There is a problem" not in page and "What would be printed" in page
    assert [event.act.value for event in now_is(Example, example).events][-2:] == ["print", "reopen"]


def test_the_list_says_of_words_without_consent_that_they_are_never_printed(coordinator):
    approved("Counted words.", consent=Quoting.NO)
    approved("Printed words.")
    page = coordinator.get("/evidence?which=approved").text
    assert page.count("never printed:</strong> Counted words.") == 1 and page.count("never printed:") == 1
