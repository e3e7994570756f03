"""The coordinator's lists: who waits for a course, missed sessions, charges, policies and terms."""

import csv
import io
import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.accounts.models import Affiliation
from app.accounts.rules import Role
from app.booking import services
from app.booking.models import Booking, BookingPolicy, Charge, CourseInterest, StrikeWaiver, Terms
from app.booking.queries import desk_policies, facts, ledger
from app.booking.queries.strikes import strikes_of
from app.booking.rules.charges import ChargeKind
from app.booking.rules.policy import NoticeUnit, Policy
from app.booking.rules.states import BookingStatus
from app.booking.rules.turnout import Turnout
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus
from app.catalogue.services import Planned
from app.core import clock
from app.core.db import db, transaction
from tests.booking.test_views_desk_session import fresh, words
from tests.builders import a_booking, a_course, a_partnership, a_person, a_session, an_agency
from tests.faults.browsing import forms

S = BookingStatus


@pytest.fixture
def desk(as_role):
    return as_role(Role.COORDINATOR)


def a_miss(person=None, *, days=5, **more):
    return a_booking(a_session(starts_in=timedelta(days=-days), **more), person, turnout=Turnout.MISSED)


def a_charge(booking, *, kind=ChargeKind.NO_SHOW, pence=5000):
    with transaction() as writing:
        charge = Charge(booking_id=booking.id, kind=kind, pence=pence, reason=kind.label, by="the policy", at=clock.now())
        writing.add(charge)
    return charge


def table(response):
    assert response.mimetype == "text/csv" and "attachment" in response.headers["Content-Disposition"]
    return list(csv.DictReader(io.StringIO(response.data.decode("utf-8-sig"))))


def session_form(days=40, **changed):
    day = clock.london_date(clock.now() + timedelta(days=days))
    return {"day_1": f"{day}", "starts_1": "9:30", "ends_1": "12:30", "format": "virtual", "venue_or_link": "", "capacity": "2", "trainer": "0", **changed}


# who waits for a course


def test_a_session_is_made_from_those_who_wait_after_the_page_has_said_who_is_offered_a_place(desk):
    course = a_course(title="Neglect")
    full = a_session(course=course, places=1)
    a_booking(full)
    first = a_booking(full, a_person(first_name="First"), status=S.WAITING, booked_at=clock.now() - timedelta(days=2))
    services.wait_for_course(course_id=course.id, person_id=a_person(first_name="Second").id, any_date=False, now=clock.now() - timedelta(days=1))
    services.wait_for_course(course_id=course.id, person_id=a_person(first_name="Third").id, any_date=True, now=clock.now())
    address = f"/desk/courses/{course.code}/waiting"
    text = words(desk.get(address).text)
    assert "3 people wait for a date of this course" in text and text.index("First") < text.index("Second") < text.index("Third")
    assert "any date" in text and "word that it runs again" in text
    check = words(desk.post(address, session_form()).text)
    assert "The first 2 who wait are offered a place" in check and "1 more person is put on its list in the same order, with a letter" in check
    assert "Plan the session and offer 2 people a place" in check
    assert db.session.scalar(sa.select(sa.func.count(CourseSession.id))) == 1, "looking plans nothing"
    page = desk.follow(desk.post(address, session_form(confirmed="1")))
    assert "2 people are offered a place" in page.text
    made = db.session.scalars(sa.select(CourseSession).where(CourseSession.id != full.id)).one()
    assert made.status is SessionStatus.SCHEDULED
    assert [row.person.first_name for row in db.session.scalars(
        sa.select(Booking).where(Booking.course_session_id == made.id).order_by(Booking.booked_at))] == ["First", "Second", "Third"]
    assert fresh(Booking, first.id).status is S.WAITING, "nobody loses their place on another list"


def test_the_button_pressed_twice_plans_one_session_and_both_lead_to_it(desk):
    course = a_course()
    services.wait_for_course(course_id=course.id, person_id=a_person().id, any_date=False, now=clock.now())
    services.wait_for_course(course_id=course.id, person_id=a_person().id, any_date=False, now=clock.now())
    address = f"/desk/courses/{course.code}/waiting"
    key = re.search(r'name="once" value="([^"]+)"', desk.post(address, session_form(capacity="1")).text)[1]
    sent = session_form(capacity="1", confirmed="1", once=key)
    answers = [desk.post(address, sent) for _ in range(2)]
    made = db.session.scalars(sa.select(CourseSession).where(CourseSession.course_id == course.id)).one()
    assert [answer.headers["Location"] for answer in answers] == [f"/desk/sessions/{made.ref}"] * 2
    assert "1 person is offered a place" in desk.follow(answers[1]).text
    again = desk.post(address, {**sent, "capacity": "2"})
    assert "This form was sent before with something else in it" in words(again.text)
    assert db.session.scalar(sa.select(sa.func.count(CourseSession.id)).where(CourseSession.course_id == course.id)) == 1


@pytest.mark.usefixtures("app")
def test_a_form_whose_session_nobody_could_be_offered_leads_to_it_again():
    course = a_course(for_sectors=["police"])
    services.wait_for_course(course_id=course.id, person_id=a_person().id, any_date=False, now=clock.now())
    starts = clock.now() + timedelta(days=30)
    planned = Planned([(starts, starts + timedelta(hours=3))], course.format, "Hall", None)
    made = [services.session_from_waiting(course_id=course.id, planned=planned, capacity=2, by="c", now=clock.now(), key="k") for _ in range(2)]
    assert [offers for _session, offers in made] == [0, 0] and made[0][0].id == made[1][0].id


def test_whoever_has_or_is_offered_a_coming_date_is_not_among_those_who_wait(desk):
    course = a_course()
    full = a_session(course=course, places=1)
    booked, offered, waits = a_person(first_name="Booked"), a_person(first_name="Offered"), a_person(first_name="Waits")
    a_booking(full, booked)
    a_booking(a_session(course=course, places=1), offered, status=S.OFFERED, due_at=clock.now() + timedelta(days=1))
    a_booking(full, offered, status=S.WAITING, booked_at=clock.now())
    services.wait_for_course(course_id=course.id, person_id=waits.id, any_date=False, now=clock.now())
    with transaction() as writing:
        writing.add(CourseInterest(course_id=course.id, person_id=booked.id, joined_at=clock.now(), any_date=False))
    with transaction() as session:
        assert [one.person_id for one in services.people_waiting(session, course.id, clock.now())] == [waits.id]
    text = words(desk.get(f"/desk/courses/{course.code}/waiting").text)
    assert "1 person waits" in text and "Offered" not in text and "Booked" not in text


def test_a_session_for_nobody_or_too_soon_is_refused_with_what_was_typed(desk):
    course = a_course()
    address = f"/desk/courses/{course.code}/waiting"
    assert "Nobody waits for this course" in desk.post(address, session_form()).text
    services.wait_for_course(course_id=course.id, person_id=a_person().id, any_date=True, now=clock.now())
    page = desk.post(address, session_form(days=-3, venue_or_link="Kept Hall")).text
    assert "starts too soon for offers" in page and "Kept Hall" in page
    assert "Enter when the session is" in desk.post(address, session_form(day_1="", starts_1="", ends_1="")).text


def test_the_list_has_the_order_in_which_the_act_offers_places(desk):
    """The page sorts by itself; the act has its own query."""
    course = a_course()
    for number in range(6):
        person = a_person(first_name=f"P{number}")
        if number % 2:
            full = a_session(course=course, places=1)
            a_booking(full)
            a_booking(full, person, status=S.WAITING, booked_at=clock.now() - timedelta(hours=number), priority=-(number == 3))
        if number % 3 == 0:
            services.wait_for_course(course_id=course.id, person_id=person.id, any_date=False, now=clock.now() - timedelta(hours=9 - number))
    text = desk.get(f"/desk/courses/{course.code}/waiting").text
    with transaction() as session:
        order = [one.person_id for one in services.people_waiting(session, course.id, clock.now())]
    places = [text.index(f"/desk/people/{number}/bookings") for number in order]
    assert places == sorted(places) and len(places) == 4


# missed sessions


def test_missed_sessions_are_filtered_by_period_agency_course_and_person(desk):
    agency, course = an_agency(name="Harbour Trust"), a_course(title="Neglect")
    a_miss(a_person(first_name="Nia", agency=agency), days=3, course=course)
    a_miss(a_person(first_name="Omar"), days=60)
    a_booking(a_session(starts_in=timedelta(days=-3)), a_person(first_name="Paul"), turnout=Turnout.CAME)
    week = clock.london_date(clock.now() - timedelta(days=7))
    everything = desk.get("/desk/no-shows").text
    assert "Nia" in everything and "Omar" in everything and "Paul" not in everything and "2 missed sessions" in everything
    for query in (f"first={week}", f"agency={agency.id}", f"course={course.id}", "q=nia"):
        page = desk.get(f"/desk/no-shows?{query}").text
        assert "Nia" in page and "Omar" not in page, query
    assert "Omar" in desk.get(f"/desk/no-shows?last={week}").text
    for odd in ("first=x", "agency=abc", "course=999999", "state=nothing", "page=99", "q=%25"):
        assert desk.get(f"/desk/no-shows?{odd}").status_code == 200


def test_chosen_missed_sessions_do_not_count_any_more_and_stay_on_record(desk):
    person = a_person()
    misses = [a_miss(person, days=days) for days in (10, 20, 30)]
    a_miss(person, days=500)
    page = words(desk.get("/desk/no-shows").text)
    assert "their next request comes to you" in page
    assert strikes_of(person.id, clock.now() - timedelta(days=365)) == 3
    chosen = [misses[0].id, misses[1].id]
    assert "Write why" in desk.post("/desk/no-shows", {"rows": chosen, "reason": ""}).text
    assert "Choose at least one missed session" in desk.post("/desk/no-shows", {"rows": [], "reason": "Snow"}).text
    done = desk.follow(desk.post("/desk/no-shows?state=open", {"rows": chosen, "reason": "Snow"}))
    assert "2 missed sessions do not count any more" in done.text and done.request.query_string == b"state=open"
    assert strikes_of(person.id, clock.now() - timedelta(days=365)) == 1
    assert db.session.scalar(sa.select(sa.func.count(StrikeWaiver.booking_id))) == 2 and fresh(Booking, misses[0].id).turnout is Turnout.MISSED
    assert "Snow" in desk.get("/desk/no-shows?state=waived").text


def test_a_missed_session_counts_only_against_who_had_said_yes_to_it(desk):
    person, manager, now = a_person(), a_person(), clock.now()
    asked = a_booking(a_session(starts_in=timedelta(days=-10)), person, turnout=Turnout.MISSED, booked_by_id=manager.id)
    moved = a_booking(a_session(starts_in=timedelta(days=-20)), person, turnout=Turnout.MISSED, booked_at=now - timedelta(days=60))
    with transaction() as kept:
        kept.get_one(CourseSession, moved.course_session_id).times_changed_at = now - timedelta(days=30)
    agreed = a_booking(a_session(starts_in=timedelta(days=-30)), person, turnout=Turnout.MISSED, booked_by_id=manager.id, agreed_at=now - timedelta(days=40))
    own = a_booking(a_session(starts_in=timedelta(days=-40)), person, turnout=Turnout.MISSED, booked_by_id=person.id)
    assert strikes_of(person.id, now - timedelta(days=365)) == 2
    page = words(desk.get("/desk/no-shows").text)
    assert "2 of them count." in page and page.count("never said yes to this date at this time") == 2
    still = desk.get("/desk/no-shows?state=open").text
    assert [f'id="r{one.id}"' in still for one in (asked, moved, agreed, own)] == [False, False, True, True]
    assert desk.get("/desk/no-shows.csv").text.count("never said yes to this date at this time,the rule") == 2


def test_strikes_on_the_list_are_those_that_booking_counts(desk):
    area = a_partnership()
    services.save_policy(partnership_id=area.id, starts_on=clock.london_date(clock.now()), facts={"strike_months": 1, "strikes_ask": 1}, now=clock.now())
    people = [a_person(partnership=area), a_person()]
    for person in people:
        for days in (5, 40, 400):
            a_miss(person, days=days)
    _page, rows, _counting = ledger.missed(ledger.Filter(), None, clock.now())
    by_person = {row.booking.person_id: row.strikes for row in rows}
    assert by_person == {people[0].id: 1, people[1].id: 2}


def test_the_spreadsheet_of_missed_sessions_cannot_act(desk):
    person = a_person(first_name="=cmd|' /C calc'!A0", last_name="+1", email="nia@example.org")
    booking = a_miss(person)
    with transaction() as writing:
        writing.get(Booking, booking.id).reason = "@SUM(1)"
    row = table(desk.get("/desk/no-shows.csv"))[0]
    assert row["first_name"].startswith("'=") and row["last_name"] == "'+1" and row["said"] == "'@SUM(1)" and row["missed_in_window"] == "1"


# charges


def test_the_page_says_that_nobody_is_charged_until_a_policy_does(desk):
    page = desk.get("/desk/charges").text
    assert "No partnership charges at present" in page and '"/desk/policies"' in page
    services.save_policy(partnership_id=None, starts_on=clock.london_date(clock.now()), facts={"charges": True}, now=clock.now())
    assert "No partnership charges" not in desk.get("/desk/charges").text


def test_the_ledger_is_filtered_and_adds_up(desk):
    agency = an_agency()
    late = a_charge(a_booking(a_session(), a_person(agency=agency)), kind=ChargeKind.LATE, pence=2550)
    missed, gone = a_charge(a_miss()), a_charge(a_miss())
    services.waive_charges(charge_ids=[missed.id], reason="ill", by="x", now=clock.now())
    services.mark_exported(charge_ids=[gone.id], now=clock.now())
    text = words(desk.get("/desk/charges?state=all").text)
    assert "3 charges, £125.50: £25.50 open, £50 exported, £50 waived." in text
    assert "1 charge, £25.50" in words(desk.get("/desk/charges").text), "open ones first"
    for query, number in (("state=waived", 1), ("state=exported", 1), ("state=all&kind=late", 1), (f"state=all&agency={agency.id}", 1),
                          (f"state=all&last={clock.london_date(clock.now() - timedelta(days=1))}", 0)):
        assert f"{number} charge{'' if number == 1 else 's'}," in words(desk.get(f"/desk/charges?{query}").text), query
    assert late.id


def test_chosen_charges_are_waived_with_a_reason(desk):
    charge = a_charge(a_miss())
    assert "Write why" in desk.post("/desk/charges", {"rows": [charge.id], "reason": ""}).text
    assert "1 charge is waived" in desk.follow(desk.post("/desk/charges", {"rows": [charge.id], "reason": "Was in court"})).text
    waiver = db.session.scalars(sa.select(Charge).where(Charge.kind == ChargeKind.WAIVER)).one()
    assert (waiver.waives_id, waiver.pence, waiver.reason) == (charge.id, -5000, "Was in court")
    assert "Choose at least one charge" in desk.post("/desk/charges", {"rows": [charge.id], "reason": "Again"}).text


def test_an_invoice_run_takes_each_line_once_and_its_file_can_be_taken_again(desk):
    first = a_charge(a_miss(a_person(last_name="=1+1")))
    assert desk.get("/desk/charges").status_code == 200
    assert db.session.scalar(sa.select(sa.func.count(Charge.id)).where(Charge.exported_at.is_not(None))) == 0, "looking exports nothing"
    page = desk.follow(desk.post("/desk/charges/export"))
    assert "1 line went into the invoice run" in page.text
    moment = fresh(Charge, first.id).exported_at
    address = f"/desk/charges/run.csv?at={moment.isoformat().replace('+', '%2B')}"
    for _ in range(2):
        row = table(desk.get(address))[0]
        assert (row["line"], row["pounds"], row["last_name"]) == (str(first.id), "50.0", "'=1+1")
    assert "Nothing is due" in desk.follow(desk.post("/desk/charges/export")).text
    second = a_charge(a_miss())
    desk.post("/desk/charges/export")
    assert fresh(Charge, first.id).exported_at == moment != fresh(Charge, second.id).exported_at


def test_a_charge_waived_after_it_went_out_becomes_a_credit_and_one_waived_before_never_goes_out(desk):
    out, never = a_charge(a_miss()), a_charge(a_miss())
    services.waive_charges(charge_ids=[never.id], reason="ill", by="x", now=clock.now())
    desk.post("/desk/charges/export")
    services.waive_charges(charge_ids=[out.id], reason="court", by="x", now=clock.now())
    assert ledger.due_for_export(ledger.Filter()) == [db.session.scalar(sa.select(Charge.id).where(Charge.waives_id == out.id))]
    desk.post("/desk/charges/export")
    assert fresh(Charge, never.id).exported_at is None and ledger.due_for_export(ledger.Filter()) == []
    assert sum(charge.pence for charge in db.session.scalars(sa.select(Charge).where(Charge.exported_at.is_not(None)))) == 0


@pytest.mark.parametrize("at", ["", "x", "2026-01-01T00:00:00", "2026-01-01T00:00:00%2B00:00"])
def test_a_run_that_never_was_has_no_file(desk, at):
    assert desk.get(f"/desk/charges/run.csv?at={at}").status_code == 404


@pytest.mark.parametrize("address", ["/desk/no-shows", "/desk/charges", "/desk/policies"])
def test_lists_take_as_many_statements_for_much_as_for_little(desk, counting, address):
    def some():
        a_charge(a_miss(a_person(partnership=a_partnership())))
        services.waive_strikes(booking_ids=[a_miss().id], reason="x", by="x", now=clock.now())

    some()
    few = counting(lambda: desk.get(address))
    for _ in range(8):
        some()
    assert counting(lambda: desk.get(address)) == few <= 15


# policies and terms


def a_policy_form(desk, **changed):
    """What the form shows when it is opened."""
    assert desk.get("/desk/policies/new").status_code == 200
    shown = Policy()
    typed = {name: str(value) for name, value in vars(shown).items() if isinstance(value, int) and not isinstance(value, bool)}
    typed |= {"late_pence": "25.00", "no_show_pence": "50.00", "external_pence": "50.00", "notice_unit": "working_days", "when_unanswered": "ends",
              "partnership": "", "reminder_days": "7, 1", "starts_on": f"{clock.london_date(clock.now())}"}
    return typed | changed


def test_a_policy_is_saved_from_a_day_on_in_pounds_and_in_words(desk):
    area = a_partnership(name="Harbour Partnership")
    later = clock.london_date(clock.now() + timedelta(days=30))
    form = a_policy_form(desk, partnership=str(area.id), starts_on=f"{later}", notice="7", notice_unit="days", charges="y", late_pence="7.50")
    desk.post("/desk/policies/new", form)
    row = db.session.scalars(sa.select(BookingPolicy)).one()
    assert (row.partnership_id, row.notice, row.notice_unit, row.charges, row.late_pence) == (area.id, 7, NoticeUnit.DAYS, True, 750)
    text = words(desk.get("/desk/policies").text)
    assert "Harbour Partnership" in text and "until 7 days before the session" in text and "£7.50 for a late return" in text
    assert "No policy of its own: the common one holds" in text and "Nothing is charged." in text


@pytest.mark.parametrize(("changed", "said"), [
    ({"notice": "91"}, "Enter a number from 0 to 90"), ({"late_pence": "7.505"}, "Enter pounds and pence"), ({"late_pence": "lots"}, "Enter an amount"),
    ({"late_pence": "-1"}, "Enter an amount from 0"), ({"starts_on": "2020-01-01"}, "holds from today or a later day"), ({"partnership": "999"}, "Choose one of those that are listed"),
    ({"notice": "9" * 5000}, "Enter a whole number"), ({"notice": "9" * 4000}, "Enter a number from 0 to 90"), ({"late_pence": "9" * 5000}, "Enter an amount"),
    ({"late_pence": "sNaN"}, "Enter an amount"), ({"late_pence": "1e999999"}, "Enter an amount"), ({"reminder_days": "0001" + "9" * 5000}, "Write days before"),
    ({"reminder_days": "00079"}, "Write days before"),
    ({"partnership": "x"}, "Choose one of those that are listed"), ({"partnership": "9" * 5000}, "Choose one of those that are listed"),
])
def test_a_policy_that_cannot_be_is_refused(desk, changed, said):
    assert said in words(desk.post("/desk/policies/new", a_policy_form(desk, **changed)).text)
    assert db.session.scalar(sa.select(sa.func.count(BookingPolicy.id))) == 0


@pytest.mark.parametrize(("typed", "kept"), [("14 3,3 , 1", [14, 3, 1]), ("none", []), ("7 and 1", [7, 1])])
def test_when_people_are_reminded_is_part_of_the_policy(desk, typed, kept):
    desk.post("/desk/policies/new", a_policy_form(desk, reminder_days=typed, joining_days="2"))
    row = db.session.scalars(sa.select(BookingPolicy)).one()
    assert (row.reminder_days, row.joining_days) == (kept, 2)
    assert f"value=\"{', '.join(map(str, kept)) or 'none'}\"" in desk.get("/desk/policies/new").text
    said = words(desk.get("/desk/policies").text)
    assert "People are not reminded, and are told how to join 2 days before" in said if not kept else f"reminded {kept[0]} days and" in said


@pytest.mark.parametrize("typed", ["", "61", "0", "soon", "7.5", "-1", "1 2 3 4 5 6", "none 3", "²"])
def test_days_that_cannot_be_are_refused_at_their_field(desk, typed):
    page = desk.post("/desk/policies/new", a_policy_form(desk, reminder_days=typed)).text
    assert re.findall(r'id="([a-z_]+)-error"', page) == ["reminder_days"] and "There is a problem" in page and db.session.scalar(sa.select(sa.func.count(BookingPolicy.id))) == 0


def test_a_policy_is_reached_from_its_partnership(desk):
    area = a_partnership()
    assert f"/desk/policies/new?partnership={area.id}" in desk.get("/desk/partnerships").text


def test_the_form_begins_with_what_holds_for_the_partnership(desk):
    area = a_partnership()
    services.save_policy(partnership_id=area.id, starts_on=clock.london_date(clock.now()), facts={"notice": 9, "late_pence": 1250}, now=clock.now())
    page = desk.get(f"/desk/policies/new?partnership={area.id}").text
    assert 'value="9"' in page and 'value="12.50"' in page
    assert 'value="9"' not in desk.get("/desk/policies/new").text


def test_the_policy_in_force_is_the_one_that_booking_uses(app):
    today = clock.london_date(clock.now())
    area, other = a_partnership(), a_partnership()
    for number, days, notice in ((None, 0, 4), (area.id, 0, 5), (area.id, 9, 6), (None, 5, 7)):
        services.save_policy(partnership_id=number, starts_on=today + timedelta(days=days), facts={"notice": notice}, now=clock.now())
    saved = desk_policies.policies()
    for number in (None, area.id, other.id):
        for days in (-1, 0, 5, 9, 20):
            day = today + timedelta(days=days)
            assert desk_policies.in_force(saved, number, day).notice == facts.policy_for(number, day).notice, (number, days)


def test_terms_have_versions_and_the_same_ones_are_not_saved_twice(desk):
    assert "Come on time and stay to the end" in desk.get("/desk/terms").text
    assert "The terms are saved" in desk.follow(desk.post("/desk/terms", {"text": "Come, or give your place back."})).text
    assert "hold already" in desk.post("/desk/terms", {"text": "Come, or give your place back."}).text
    desk.post("/desk/terms", {"text": "Come."})
    assert [row.text for row in db.session.scalars(sa.select(Terms).order_by(Terms.id))] == ["Come, or give your place back.", "Come."]
    assert "2 versions so far" in desk.get("/desk/terms").text and "Write the terms" in desk.post("/desk/terms", {"text": " "}).text


def typed_on(browser, address, **typed):
    """What the page's form sends when this is typed into it, and whatever else it shows stays."""
    return typed_of(browser.get(address)) | typed


def test_terms_that_somebody_else_wrote_meanwhile_are_shown_and_stay_until_it_is_said_once_more(desk):
    mine = typed_on(desk, "/desk/terms", text="Mine.")
    services.save_terms(text="Theirs.", by="another", now=clock.now())
    page = desk.post("/desk/terms", mine)
    assert "Somebody has changed this since you opened the page. There is now: The terms: Theirs." in words(page.text) and "Mine." in page.text
    assert [row.text for row in db.session.scalars(sa.select(Terms))] == ["Theirs."]
    again = typed_of(page)
    assert "The terms are saved" in desk.follow(desk.post("/desk/terms", again)).text
    assert "The terms are saved" in desk.follow(desk.post("/desk/terms", again)).text, "the same form has the same answer"
    assert [row.text for row in db.session.scalars(sa.select(Terms).order_by(Terms.id))] == ["Theirs.", "Mine."]


def test_a_policy_that_somebody_else_saved_meanwhile_is_shown_and_stays_until_it_is_said_once_more(desk):
    area, later = a_partnership(), clock.london_date(clock.now() + timedelta(days=30))
    address = f"/desk/policies/new?partnership={area.id}"
    mine = typed_on(desk, address, starts_on=f"{later}", notice="9")
    services.save_policy(partnership_id=area.id, starts_on=later, facts={"notice": 5, "undo_minutes": 30}, now=clock.now())
    page = desk.post(address, mine)
    assert re.search(r"Somebody has saved a policy since you opened the page.*There is now: .*until so many: 5; .*: 30\.", words(page.text))
    assert 'value="9"' in page.text and db.session.scalars(sa.select(BookingPolicy.notice)).one() == 5
    assert "The policy is saved" in desk.follow(desk.post(address, typed_of(page))).text
    assert db.session.scalars(sa.select(BookingPolicy.notice)).one() == 9


def test_a_policy_for_others_than_the_page_began_with_says_first_what_holds_for_them(desk):
    area = a_partnership()
    services.save_policy(partnership_id=area.id, starts_on=clock.london_date(clock.now()), facts={"notice": 5}, now=clock.now())
    tomorrow = clock.london_date(clock.now() + timedelta(days=1))
    page = desk.post("/desk/policies/new", typed_on(desk, "/desk/policies/new", partnership=str(area.id), starts_on=f"{tomorrow}"))
    assert "There is now: A place given back is in time until so many: 5" in words(page.text)
    assert "The policy is saved" in desk.follow(desk.post("/desk/policies/new", typed_of(page))).text
    other = typed_on(desk, "/desk/policies/new", starts_on=f"{tomorrow}", notice="8")
    assert "The policy is saved" in desk.follow(desk.post("/desk/policies/new", other)).text, "another policy of others is no change"


def typed_of(page):
    return dict(next(form for form in forms(page.text) if form.in_main and form.method == "post").fields)


def test_the_note_of_missed_sessions_stands_beside_the_person_where_the_coordinator_looks(desk):
    person, once = a_person(first_name="Paul"), a_person(first_name="Olga")
    for days in (3, 5):
        a_booking(a_session(starts_in=timedelta(days=-days)), person, turnout=Turnout.MISSED)
    a_booking(a_session(starts_in=timedelta(days=-3)), once, turnout=Turnout.MISSED)
    session = a_session()
    booking, other = a_booking(session, person), a_booking(session, once)
    assert desk.get(f"/desk/sessions/{session.ref}").text.count("Has missed 2 sessions in 12 months") == 1
    assert "has missed 2 sessions in 12 months" in desk.get(f"/desk/bookings/{booking.ref}").text
    assert "has missed" not in desk.get(f"/desk/bookings/{other.ref}").text


def test_what_missed_sessions_mean_is_said_by_the_area_where_their_person_works_today_as_booking_has_it(desk):
    strict, person = a_partnership(), a_person(partnership=a_partnership())
    services.save_policy(partnership_id=strict.id, starts_on=clock.london_date(clock.now()), facts={"strikes_note": 1, "strikes_ask": 1}, now=clock.now())
    booking = a_miss(person, days=10)
    with transaction() as kept:
        kept.get_one(Booking, booking.id).partnership_id = strict.id
    assert "their next request comes to you" not in words(desk.get("/desk/no-shows").text) and ledger.noted([booking], clock.now()) == {}
    with transaction() as kept:
        kept.execute(sa.update(Affiliation).where(Affiliation.person_id == person.id).values(partnership_id=strict.id))
    assert "their next request comes to you" in words(desk.get("/desk/no-shows").text) and ledger.noted([booking], clock.now())[booking.id].strikes == 1
