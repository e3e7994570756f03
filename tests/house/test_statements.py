"""Every page sends a fixed, small number of statements to the database, however much there is in it."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.accounts.models import Person, SignIn
from app.accounts.rules import Role
from app.accounts.services import say_where_somebody_works
from app.booking.rules.states import BookingStatus
from app.catalogue.rules import ContributionKind, Format, SessionStatus
from app.catalogue.services import add_trainer, note_views, save_briefing, save_contribution, save_priority
from app.core import clock
from app.core.db import db, transaction
from app.evaluation.rules.stages import Quoting, Stage
from app.evaluation.services.answering import submit
from app.evaluation.services.questionnaires import ensure_questionnaires
from tests.builders import a_booking, a_course, a_partnership, a_person, a_session, a_trainer, an_account, an_agency
from tests.certificates.attending import came, certificates
from tests.client import Client
from tests.evidence import telling

MOST = 30


@pytest.fixture
def world(app):
    """Somebody with every role, a session of theirs that is over, and a way to make more of everything."""
    asked = ensure_questionnaires(now=clock.now())
    account = an_account(*Role)
    me = db.session.get(Person, account.person_id)
    trainer = a_trainer(person=me)
    over = a_session(starts_in=timedelta(hours=-5), trainer=trainer, places=500)
    coming = a_session(trainer=trainer, places=500)
    mine = a_booking(over, me)
    partnership = a_partnership()
    day = clock.london_date(over.starts_at)
    telling.an_example(me.id, told_on=day)
    telling.an_indicator(me.id, figures=[(9, 20)] * 14)
    telling.a_promise()
    (certificate,) = certificates(came(me))
    briefing = save_briefing(briefing_id=None, facts={"code": "b", "title": "B", "url": "https://b.example/"}, priority_ids=[])

    def more(number):
        agency = an_agency()
        person = a_person(agency=agency)
        for session in (over, coming):
            a_booking(session, person)
        booking = a_booking(over)
        for stage, given in ((Stage.BEFORE, {"knowledge": "2"}), (Stage.AFTER, {
            "knowledge": "3", "engaging": "5", "improved_knowledge": "5", "useful_in_role": "4", "comment": f"Good {number}"})):
            submit(booking_id=booking.id, stage=stage, version_id=asked[stage].id, given=given, quoting=Quoting.NO,
                   now=over.starts_at if stage is Stage.BEFORE else over.ends_at)
        a_session(trainer=trainer)
        a_session(starts_in=timedelta(hours=-9), trainer=trainer, status=SessionStatus.DELIVERED)
        a_booking(a_session(), me)
        a_booking(a_session(places=1), me, status=BookingStatus.WAITING)
        a_booking(a_session(starts_in=timedelta(days=-2), course=coming.course), me)
        a_session(course=coming.course)
        came(me)
        a_course()
        a_partnership()
        add_trainer(email=person.email)
        priority = save_priority(priority_id=None, facts={"partnership_id": partnership.id, "code": f"p{number}", "name": f"P{number}", "starts_on": day, "ends_on": None})
        save_briefing(briefing_id=None, facts={"code": f"b{number}", "title": "B", "url": "https://b.example/"}, priority_ids=[priority.id])
        note_views(briefing_id=briefing.id, month=day.replace(year=2000 + number, day=1), views=3)
        save_contribution(contribution_id=None, facts={"ref": f"c{number}", "title": "C", "held_on": day, "kind": ContributionKind.WORKSHOP,
                                                       "format": Format.VIRTUAL, "host_agency_id": agency.id, "contacts": 9})
        telling.approved(original=f"Told by Jayden {number} of Hill Lane Primary")
        telling.asked(telling.an_example(agency_id=agency.id, priority_id=priority.id), me.id)
        telling.an_indicator(me.id, figures=[(number, 40)] * 3, priority_id=priority.id)
        telling.a_promise(due_in=number)
        say_where_somebody_works(person_id=me.id, agency_id=agency.id, job_title="x", now=clock.now() + timedelta(days=number))

    values = {"ref": over.ref, "code": coming.course.code, "person_id": me.id, "number": briefing.id, "stage": "after", "token": "x",
              "figure": "attendances", "form": "json", "kind": "place", "certificate_code": certificate.code}
    browser = Client(app).signed_in_as(account)
    with transaction() as session:  # on a slow machine the note that somebody was seen, once a minute, would be counted to some page
        session.execute(sa.update(SignIn).values(last_seen_at=clock.now() + timedelta(hours=1)))
    return browser, more, values, mine.ref


def counted_pages(app, browser, counting, values, booking_ref):
    found = {}
    for rule in app.url_map.iter_rules():
        if "GET" not in rule.methods or rule.endpoint in ("static", "reporting.download"):
            continue
        wanted = {**values, "ref": booking_ref} if rule.rule.startswith(("/bookings", "/desk/bookings")) else values
        with app.test_request_context():
            address = app.url_for(rule.endpoint, **{name: wanted[name] for name in rule.arguments})
        found[address] = counting(lambda address=address: browser.get(address, checked=False))
    return found


def test_every_page_takes_as_many_statements_for_much_as_for_little(app, world, counting):
    browser, more, values, booking_ref = world
    for number in range(10):  # so many that the team sees the first answers
        more(number)
    few = counted_pages(app, browser, counting, values, booking_ref)
    for number in range(10, 30):
        more(number)
    many = counted_pages(app, browser, counting, values, booking_ref)
    grown = {address: (few[address], count) for address, count in many.items() if count > few[address]}
    assert grown == {}
    assert {address: count for address, count in many.items() if count > MOST} == {}
