"""What a finished register costs, where a partnership charges: walk-ins like everybody, a late move like a late return."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.attendance import services
from app.attendance.rules import Outcome, Said
from app.attendance.services import Mark, NewPerson
from app.booking import services as places
from app.booking.models import Booking, BookingPolicy, Charge
from app.booking.rules.charges import ChargeKind
from app.booking.rules.policy import Notice
from app.booking.rules.states import BookingStatus
from app.catalogue.services import Planned
from app.core import clock
from app.core.db import db, transaction
from tests.booking.acting import letters
from tests.builders import a_booking, a_course, a_person, a_session, an_account, an_agency

pytestmark = pytest.mark.usefixtures("app")
HOURS = timedelta(hours=1)


@pytest.fixture(autouse=True)
def charging(app):
    """A common policy that charges, from long before."""
    past = clock.now() - timedelta(days=90)
    with transaction() as session:
        session.execute(sa.delete(BookingPolicy))
    places.save_policy(partnership_id=None, starts_on=clock.london_date(past), now=past, facts={
        "charges": True, "external_pence": 8000, "late_pence": 3000, "external_sectors": ["independent"]})


def charges():
    db.session.rollback()
    return db.session.execute(sa.select(Charge.kind, Charge.pence, Charge.reason).order_by(Charge.id)).all()


def finish(session, account):
    services.finish(session_id=session.id, account_id=account.id, coordinator=True, now=clock.now())


def test_who_walks_in_from_an_outside_agency_is_charged_like_who_had_booked():
    session, account = a_session(starts_in=-4 * HOURS), an_account()
    outside = an_agency(sector="independent")
    home = an_agency(sector=None)
    with transaction():
        home.parent_id = outside.id
    for place in (outside, home, an_agency(sector="council")):
        services.add_walk_in(session_id=session.id, person=NewPerson(a_person(agency=place).email, "", ""), account_id=account.id, by="t", coordinator=True,
                             now=clock.now())
    finish(session, account)
    assert charges() == [(ChargeKind.EXTERNAL, 8000, "Place for an outside agency")] * 2


def test_who_gave_back_late_and_came_all_the_same_is_not_charged_for_it_in_whichever_order_that_becomes_known():
    session, account = a_session(starts_in=-4 * HOURS), an_account()
    person = a_person()
    booking = a_booking(session, person, booked_at=clock.now() - timedelta(days=30))
    places.give_back(booking_id=booking.id, by=person.acting, now=session.starts_at - HOURS)
    finish(session, account)
    assert charges() == [(ChargeKind.LATE, 3000, "Given back late")]
    services.add_walk_in(session_id=session.id, person=NewPerson(person.email), account_id=account.id, by="t", coordinator=True, now=clock.now())
    _late, taken_back = charges()
    assert (taken_back.kind, taken_back.pence, taken_back.reason) == (ChargeKind.WAIVER, -3000, "The register was corrected.")
    added = db.session.scalars(sa.select(Booking).where(Booking.status == BookingStatus.WALK_IN)).one()
    here, excused = Said(Outcome.ATTENDED), Said(Outcome.EXCUSED)
    for said, seen in ((excused, here), (here, excused)):
        services.save_marks(session_id=session.id, account_id=account.id, coordinator=True, now=clock.now(),
                            marks=[Mark(added.ref, said.outcome, None, seen)])
        assert sum(one.pence for one in charges()) == (3000 if said is excused else 0)


def test_who_moves_late_is_charged_as_for_a_late_return_and_a_reason_excuses_it():
    course, account = a_course(), an_account()
    session, other = a_session(course=course, starts_in=6 * HOURS), a_session(course=course, starts_in=timedelta(days=30))
    early = clock.now() - timedelta(days=30)
    late, excused, comes = (a_booking(session, a_person(), booked_at=early) for _ in range(3))
    places.move(booking_id=late.id, to_session_id=other.id, by="x", now=clock.now())
    places.move(booking_id=excused.id, to_session_id=other.id, by="c", now=clock.now(), behalf_id=account.person_id, reason="a hearing in court")
    with transaction() as writing:
        held = writing.get_one(type(session), session.id)
        held.starts_at, held.ends_at = clock.now() - 4 * HOURS, clock.now() - HOURS
    services.save_marks(session_id=session.id, marks=[Mark(comes.ref, Outcome.ATTENDED, None, None)], account_id=account.id, coordinator=True, now=clock.now())
    finish(session, account)
    assert charges() == [(ChargeKind.LATE, 3000, "Moved to another date late")]
    (letter,) = letters(kind="charge")
    assert "You moved to another date after the day until which that is free." in " ".join(letter.text.split()) and "gave your place back" not in letter.text
    assert letter.fields["why"]["cy"].startswith("Symudoch i ddyddiad arall")
    assert db.session.scalars(sa.select(Booking.notice).where(Booking.id == excused.id)).one().value == "excused"


def test_who_gave_back_late_for_a_date_that_we_moved_afterwards_pays_nothing_and_the_history_still_says_late():
    session, account, early = a_session(starts_in=6 * HOURS, places=5), an_account(), clock.now() - timedelta(days=30)
    before = a_booking(session, a_person(), booked_at=early)
    places.give_back(booking_id=before.id, by="x", now=clock.now())
    later = [(part.starts_at + 24 * HOURS, part.ends_at + 24 * HOURS) for part in session.parts]
    places.change_session(session_id=session.id, planned=Planned(later, session.format, session.venue_or_link, None), capacity=5, by="c", now=clock.now())
    comes, after = (a_booking(session, a_person()) for _ in range(2))
    places.give_back(booking_id=after.id, by="x", now=clock.now())
    with transaction() as writing:
        held = writing.get_one(type(session), session.id)
        held.starts_at, held.ends_at = clock.now() - 4 * HOURS, clock.now() - HOURS
    services.save_marks(session_id=session.id, marks=[Mark(comes.ref, Outcome.ATTENDED, None, None)], account_id=account.id, coordinator=True, now=clock.now())
    finish(session, account)
    db.session.rollback()
    assert [db.session.get_one(Booking, one.id).notice for one in (before, after)] == [Notice.LATE, Notice.LATE]
    assert db.session.scalars(sa.select(Charge.booking_id)).all() == [after.id]


def test_who_gave_back_late_for_a_date_that_we_called_off_afterwards_pays_nothing():
    session = a_session(starts_in=6 * HOURS)
    booking = a_booking(session, a_person(), booked_at=clock.now() - timedelta(days=30))
    places.give_back(booking_id=booking.id, by="x", now=clock.now())
    places.cancel_session(session_id=session.id, reason="Snow", by="c", now=clock.now())
    db.session.rollback()
    assert db.session.get_one(Booking, booking.id).notice is Notice.LATE and charges() == []
