"""What a change of an agency or of a course means for places, on both databases: nothing is promised twice, and who may come now is asked."""

from threading import Thread

import pytest

from app.accounts.models import Agency
from app.accounts.services import keeping
from app.booking import jobs, services
from app.booking.models import Booking
from app.booking.queries import opened
from app.booking.rules.places import QuotaKind
from app.booking.rules.states import BookingStatus
from app.booking.rules.turnout import Turnout
from app.catalogue import services as catalogue
from app.catalogue.models import Course, CourseSession
from app.core.db import db, transaction
from app.core.errors import Refused
from tests.booking.acting import DAY, MINUTE, NOW, a_session, book, broken, by_coordinator, give_back, settle, statuses
from tests.builders import a_booking, a_course, a_person, an_agency

pytestmark = pytest.mark.usefixtures("app")


def save(agency, **facts):
    kept = db.session.get_one(Agency, agency.id)
    keeping.save_agency(agency_id=agency.id, facts={"code": kept.code, **facts}, aliases=[], partnership_ids=[], now=NOW)


def limit(session, places, *, kind=QuotaKind.MOST, agency=None, sector=None):
    services.add_quota(session_id=session.id, kind=kind, places=places, agency_id=agency.id if agency else None, sector=sector, releases_at=None, by="c", now=NOW)


def status(booking):
    db.session.rollback()
    return db.session.get_one(Booking, booking.id).status


def test_an_agency_becomes_no_part_of_one_whose_limit_would_be_passed_by_it():
    whole, part, session = an_agency(name="Alpha"), an_agency(name="Beta"), a_session(places=9, course=a_course(title="Neglect"))
    limit(session, 2, agency=whole)
    for agency in (whole, whole, part, part):
        book(session, a_person(agency=agency))
    with pytest.raises(Refused, match=rf"“Neglect” at .*{session.ref}.*Alpha may have at most 2 places there and would hold 4.*Change the limit on its page first"):
        save(part, parent_id=whole.id)
    db.session.rollback()
    assert db.session.get_one(Agency, part.id).parent_id is None and broken() == []
    save(part, name="Beta and more")
    services.release_quota(quota_id=1, by="c", now=NOW)
    save(part, parent_id=whole.id)
    assert broken() == []


def test_an_agency_that_changes_while_a_limit_is_being_set_waits_for_it_and_is_refused(app):
    whole, part, session = an_agency(name="Alpha"), an_agency(name="Beta"), a_session(places=5)
    for agency in (whole, part):
        book(session, a_person(agency=agency))
    db.session.rollback()
    refused = []

    def changes():
        with app.app_context(), pytest.raises(Refused) as no:
            save(part, parent_id=whole.id)
        refused.append(str(no.value))

    with transaction():
        limit(session, 1, agency=whole)
        thread = Thread(target=changes)
        thread.start()
        thread.join(1)
        assert thread.is_alive(), "it waits for the limit"
    thread.join(30)
    assert "Alpha may have at most 1 place there and would hold 2" in refused[0] and broken() == []


def called_off_while_an_agency_becomes_part_of_another():
    """A session on which one of Alpha and one of Beta had a place, at most 1 being for Alpha, of which Beta is a part since it was called off."""
    whole, part, session = an_agency(name="Alpha"), an_agency(name="Beta"), a_session(places=5, course=a_course(title="Neglect"))
    limit(session, 1, agency=whole)
    booked = [book(session, a_person(agency=agency)) for agency in (whole, part)]
    services.cancel_session(session_id=session.id, reason="Snow", by="c", now=NOW)
    save(part, parent_id=whole.id)
    return session, booked, part


def undo(session):
    return services.undo_cancelling(session_ids=[session.id], by="c", now=NOW + MINUTE)


def test_a_cancellation_is_not_undone_past_the_limit_of_an_agency_that_grew_meanwhile():
    session, booked, _part = called_off_while_an_agency_becomes_part_of_another()
    with pytest.raises(Refused, match=rf"“Neglect” at .*{session.ref}.*Alpha may have at most 1 place there and would hold 2.*End the limit on the session’s page"):
        undo(session)
    assert [status(one) for one in booked] == [BookingStatus.SESSION_CANCELLED] * 2 and broken() == []
    services.release_quota(quota_id=1, by="c", now=NOW)
    assert undo(session).restored == 2 and broken() == []


def test_a_cancellation_is_undone_once_the_agency_that_grew_is_as_it_was():
    session, _booked, part = called_off_while_an_agency_becomes_part_of_another()
    save(part, parent_id=None)
    assert undo(session).restored == 2 and broken() == []


def test_an_agency_that_changes_while_a_cancellation_is_being_undone_waits_for_it_and_is_refused(app):
    session, _booked, part = called_off_while_an_agency_becomes_part_of_another()
    whole = db.session.get_one(Agency, part.id).parent_id
    save(part, parent_id=None)
    db.session.rollback()
    refused = []

    def changes():
        with app.app_context(), pytest.raises(Refused) as no:
            save(part, parent_id=whole)
        refused.append(str(no.value))

    with transaction():
        undo(session)
        thread = Thread(target=changes)
        thread.start()
        thread.join(1)
        assert thread.is_alive(), "it waits for the undo"
    thread.join(30)
    assert "Alpha may have at most 1 place there and would hold 2" in refused[0] and broken() == []


def test_an_agency_goes_to_no_sector_whose_limit_would_be_passed_or_where_it_leaves_kept_places_short():
    agency, session = an_agency(sector="health"), a_session(places=3)
    limit(session, 1, sector="police")
    limit(session, 2, kind=QuotaKind.KEPT, sector="health")
    for _ in range(2):
        book(session, a_person(agency=agency))
    with pytest.raises(Refused, match="police may have at most 1 place there and would hold 2"):
        save(agency, sector="police")
    with pytest.raises(Refused, match=r"of 2 places kept there for health, others would have some\..*Release kept places on"):
        save(agency, sector="council")
    assert broken() == []


def test_the_canary_without_what_booking_does_around_it_a_limit_is_passed_in_silence(monkeypatch):
    monkeypatch.setattr(keeping, "AROUND_AGENCIES", {})
    whole, part, session = an_agency(), an_agency(), a_session(places=9)
    limit(session, 1, agency=whole)
    for agency in (whole, part):
        book(session, a_person(agency=agency))
    save(part, parent_id=whole.id)
    assert broken() == ["within-quota"]


def test_who_is_no_longer_limited_is_offered_what_is_free():
    whole, part, session = an_agency(), an_agency(), a_session(places=3)
    save(part, parent_id=whole.id)
    limit(session, 1, agency=whole)
    book(session, a_person(agency=whole))
    waits = book(session, a_person(agency=part))
    assert status(waits) is BookingStatus.WAITING
    save(part, parent_id=None)
    assert status(waits) is BookingStatus.OFFERED


def passed_over():
    """A course that was restricted while somebody waited, two dates of it, each with a free place that nobody was offered."""
    course = a_course()
    dates = [a_session(places=1, course=course, starts_in=days * DAY) for days in (20, 30)]
    person = a_person()
    waiting = []
    for session in dates:
        had = book(session)
        waiting.append(book(session, person))
        restrict(course, 5)
        give_back(had)
        settle(session, NOW + DAY)
        restrict(course, None, moves=False)
    restrict(course, 5, moves=False)
    assert [status(one) for one in waiting] == [BookingStatus.WAITING] * 2
    return course, person, waiting


def restrict(course, level, *, moves=True):
    if moves:
        catalogue.save_course(course_id=course.id, facts={"code": course.code, "least_level": level}, priority_ids=[], now=NOW + DAY)
        return
    with transaction() as writing:
        writing.get_one(type(course), course.id).least_level = level


def test_lifting_a_restriction_offers_the_free_places_of_every_date_to_those_who_wait():
    course, _person, waiting = passed_over()
    catalogue.save_course(course_id=course.id, facts={"code": course.code, "title": "Another title"}, priority_ids=[], now=NOW + DAY)
    assert [status(one) for one in waiting] == [BookingStatus.WAITING] * 2
    restrict(course, None)
    assert [status(one) for one in waiting] == [BookingStatus.OFFERED] * 2 and broken(NOW + DAY) == []


def test_an_exception_for_somebody_who_waits_offers_them_the_free_place_at_once():
    course, person, waiting = passed_over()
    services.allow_exception(course_id=course.id, person_id=a_person().id, reason="duty", by="c", now=NOW + DAY)
    assert [status(one) for one in waiting] == [BookingStatus.WAITING] * 2
    services.allow_exception(course_id=course.id, person_id=person.id, reason="duty", by="c", now=NOW + DAY)
    assert [status(one) for one in waiting] == [BookingStatus.OFFERED] * 2


def test_a_list_that_rests_goes_on_resting():
    course, _person, waiting = passed_over()
    with transaction() as writing:
        for one in waiting:
            writing.get_one(Booking, one.id).course_session.list_rests = True
    restrict(course, None)
    assert [status(one) for one in waiting] == [BookingStatus.WAITING] * 2


def restricted(**facts):
    """A session with one free place of a course that is not for everybody, on whose list somebody waits who cannot have it."""
    course = a_course(**facts)
    session = a_session(places=1, course=course)
    first, waits = book(session, a_person()), book(session, a_person())
    return course, session, first, waits


def only_for(course, **facts):
    with transaction() as session:
        kept = session.get_one(Course, course.id)
        for name, value in facts.items():
            setattr(kept, name, value)


def tick(now=NOW):
    return jobs.offer_opened(now)


def a_free_place(session, first, waits):
    """The place comes free, and nobody can have it."""
    give_back(first)
    settle(session, NOW + DAY)
    assert status(waits) is BookingStatus.WAITING


def test_who_waits_is_offered_a_free_place_once_their_own_job_fits():
    course, session, first, waits = restricted()
    only_for(course, for_jobs=["Head teacher"])
    a_free_place(session, first, waits)
    tick(NOW + DAY)
    assert status(waits) is BookingStatus.WAITING
    keeping.say_where_somebody_works(person_id=waits.person_id, agency_id=waits.agency_id, job_title="Head teacher", now=NOW + DAY)
    tick(NOW + DAY)
    assert status(waits) is BookingStatus.OFFERED


def test_who_waits_is_offered_a_free_place_once_their_agency_is_part_of_the_right_one():
    course, session, first, waits = restricted()
    whole = an_agency(name="Top")
    only_for(course, for_agencies=[whole])
    a_free_place(session, first, waits)
    save(db.session.get_one(Agency, waits.agency_id), parent_id=whole.id)
    tick(NOW + DAY)
    assert status(waits) is BookingStatus.OFFERED


def test_who_waits_is_offered_a_free_place_once_they_came_to_the_course_before_it():
    course, session, first, waits = restricted()
    before = a_course()
    only_for(course, prerequisites=[before])
    a_free_place(session, first, waits)
    earlier = a_booking(a_session(course=before, starts_in=-DAY), waits.person)
    tick(NOW + DAY)
    assert status(waits) is BookingStatus.WAITING
    with transaction() as kept:
        kept.get_one(Booking, earlier.id).turnout = Turnout.CAME
    tick(NOW + DAY)
    assert status(waits) is BookingStatus.OFFERED


def test_who_takes_any_date_is_offered_a_free_place_once_the_course_is_open_to_them():
    course, person = a_course(), a_person()
    only_for(course, least_level=3)
    session = a_session(places=1, course=course)
    services.wait_for_course(course_id=course.id, person_id=person.id, any_date=True, now=NOW)
    tick()
    assert statuses(session) == []
    keeping.say_where_somebody_works(person_id=person.id, agency_id=None, job_title="x", level=3, now=NOW)
    tick()
    assert statuses(session) == ["offered"]


def test_lists_that_stand_still_are_found_in_as_many_statements_however_many_wait(counting):
    def many(number):
        for _ in range(number):
            course, session, first, waits = restricted()
            only_for(course, for_jobs=["Head teacher"])
            a_free_place(session, first, waits)

    many(1)
    few = counting(lambda: opened.not_looked_at(NOW + DAY))
    many(4)
    assert counting(lambda: opened.not_looked_at(NOW + DAY)) == few


def blocked(how):
    """A session with a free place that nobody who waits can have, for this reason."""
    course = a_course()
    session = a_session(places=2, course=course)
    first, second = book(session, now=NOW), book(session, now=NOW)
    if how == "a group":
        people = [a_person().id, a_person().id]
        services.book_for_others(session_id=session.id, person_ids=people, together=True, by="c", behalf=by_coordinator(), now=NOW)
    elif how == "any date":
        services.wait_for_course(course_id=course.id, person_id=a_person().id, any_date=True, now=NOW)
        only_for(course, least_level=3)
    else:
        book(session, now=NOW)
        only_for(course, for_jobs=["Head teacher"])
    give_back(first)
    settle(session, NOW + DAY)
    return session, second


@pytest.mark.parametrize("how", ["a group", "any date", "the course is for others"])
def test_a_list_on_which_nobody_can_have_what_is_free_is_looked_at_once_and_then_costs_one_statement(how, counting):
    nothing = counting(lambda: opened.not_looked_at(NOW + DAY))
    session, second = blocked(how)
    assert tick(NOW + DAY) == "1 lists looked at"
    db.session.rollback()
    assert counting(lambda: opened.not_looked_at(NOW + DAY)) == nothing and tick(NOW + DAY) == "0 lists looked at"
    version = db.session.get_one(CourseSession, session.id, populate_existing=True).places_version
    tick(NOW + DAY + MINUTE)
    assert db.session.get_one(CourseSession, session.id, populate_existing=True).places_version == version
    services.say_still_coming(booking_id=second.id, by="x", now=NOW + DAY)  # an act on the session: it is looked at once more
    assert (tick(NOW + DAY), tick(NOW + DAY)) == ("1 lists looked at", "0 lists looked at")
