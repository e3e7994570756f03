"""Groups that wait to come together when the session becomes too small for them: whoever booked them is told, and may let them come one by one."""

import pytest
import sqlalchemy as sa

from app.accounts import services as accounts
from app.accounts.models import Agency
from app.booking import services
from app.booking.models import CapacityOverride
from app.booking.queries import facts, groups, mine, one_session
from app.booking.rules.places import QuotaKind
from app.catalogue.models import CourseSession
from app.catalogue.services import Planned
from app.core import clock
from app.core.db import db
from app.mail.rules.fates import LetterStatus
from tests.booking.acting import DAY, HOUR, MINUTE, NOW, a_session, book, broken, by_coordinator, give_back, letters, settle, status, statuses
from tests.builders import a_person, an_agency

pytestmark = pytest.mark.usefixtures("app")
KIND = "group-without-room"


def a_group(session, size=3, agency=None):
    """Whoever booked a group that wants to come together, and its bookings."""
    booker = a_person(first_name="Lee", last_name="Lead")
    people = [a_person(agency=agency).id for _ in range(size)]
    behalf = by_coordinator(booker)
    return booker, services.book_for_others(session_id=session.id, person_ids=people, together=True, by=booker.name, behalf=behalf, now=NOW)


@pytest.fixture
def waits(app):
    """Two of four places are booked, and a group of three waits."""
    session = a_session(places=4)
    there = [book(session, now=NOW - HOUR) for _ in range(2)]
    booker, members = a_group(session)
    assert statuses(session) == ["booked", "booked", "waiting", "waiting", "waiting"]
    return session, there, booker, members


def resize(session, capacity, now=NOW):
    services.change_capacity(session_id=session.id, capacity=capacity, by="c", now=now)


def why(session, now=NOW):
    """What the desk's page answers about the list."""
    db.session.rollback()
    db.session.refresh(session)
    return one_session.line(session, facts.standing(session, now), one_session.roll(session.id).waiting, now).answer


def test_whoever_booked_a_group_is_told_once_when_fewer_places_than_it_needs_are_left(waits):
    session, _there, booker, members = waits
    resize(session, 3)
    assert letters(kind=KIND) == []
    resize(session, 2)
    resize(session, 2, now=NOW + MINUTE)
    (letter,) = letters(kind=KIND)
    assert (letter.person_id, letter.status) == (booker.id, LetterStatus.QUEUED)
    assert "at most 2 of them could ever come together" in " ".join(letter.text.split()) and all(one.person.name in letter.text for one in members)
    assert f"/booked-for-others/{members[0].group_id}" in letter.text and broken() == []


def test_a_letter_that_is_no_longer_true_is_taken_back_and_a_second_loss_is_told_again(waits):
    session, _there, _booker, members = waits
    resize(session, 2)
    resize(session, 3, now=NOW + MINUTE)
    resize(session, 2, now=NOW + 2 * MINUTE)
    assert [one.status for one in letters(kind=KIND)] == [LetterStatus.VOID, LetterStatus.QUEUED]
    give_back(members[0], now=NOW + 3 * MINUTE)
    assert [one.status for one in letters(kind=KIND)] == [LetterStatus.VOID, LetterStatus.VOID]


def test_a_group_of_which_some_left_has_room_and_nobody_is_told():
    session = a_session(places=4)
    for _ in range(3):
        book(session, now=NOW - HOUR)
    _booker, members = a_group(session)
    give_back(members[0])
    resize(session, 3)
    assert letters(kind=KIND) == [] and not groups.together(session, NOW)[0].never


def test_taking_extra_places_back_and_a_limit_for_their_agency_tell_as_well():
    session, agency = a_session(places=3), an_agency()
    for _ in range(2):
        book(session, now=NOW - HOUR)
    services.add_extra_places(session_id=session.id, places=1, risk=None, reason="some stay away", by="c", now=NOW)
    first, _members = a_group(session, 4, agency)
    override = db.session.scalars(sa.select(CapacityOverride.id)).one()
    services.take_extra_places_back(override_id=override, by="c", now=NOW)
    assert [one.person_id for one in letters(kind=KIND)] == [first.id]
    second, _members = a_group(session, 2, agency)
    services.add_quota(session_id=session.id, kind=QuotaKind.MOST, places=1, agency_id=agency.id, sector=None, releases_at=None, by="c", now=NOW)
    assert [one.person_id for one in letters(kind=KIND)] == [first.id, second.id]
    assert [one.least for one in groups.together(session, NOW)] == [None, None]


def test_why_nobody_was_offered_a_place_names_the_group_that_never_can_come(waits):
    session, (first, _second), _booker, members = waits
    resize(session, 2)
    never = f"{members[0].person.name}: their group of 3 wants to come together and never can: there is room for 2 of them."
    assert why(session) == f"No place is free: 2 of 2 are held. The next that comes free is offered to the first who can have it. {never}"
    services.decline(booking_id=_booked_by_another(first), by="x", now=NOW)
    assert why(session) == f"1 place is free, and nobody on the list can have it. {never}"


def _booked_by_another(booking):
    db.session.rollback()
    booking.booked_by_id, booking.agreed_at = a_person().id, None
    db.session.commit()
    return booking.id


def test_who_waits_behind_such_a_group_is_offered_what_is_free_and_the_history_says_why_not_the_group(waits):
    session, (first, _second), _booker, members = waits
    resize(session, 2)
    behind = book(session, now=NOW + MINUTE)
    give_back(first, now=NOW + MINUTE)
    settle(session, NOW + HOUR)
    assert (status(behind), status(members[0])) == ("offered", "waiting")
    assert "never can: there is room for 2 of them" in mine.history(members[0].id)[0].reason and broken(NOW + HOUR) == []


def test_a_group_that_comes_one_by_one_is_offered_what_is_free_in_its_order(waits):
    session, (first, _second), _booker, members = waits
    resize(session, 2)
    give_back(first)
    settle(session, NOW + HOUR)
    assert {status(one) for one in members} == {"waiting"}
    for _twice in range(2):
        services.come_one_by_one(group_id=members[0].group_id, by="Lee Lead", now=NOW + HOUR)
    assert [status(one) for one in members] == ["offered", "waiting", "waiting"] and broken(NOW + HOUR) == []
    told = [one.what for one in one_session.latest(session.id) if not one.ref]
    assert told[0] == "3 people whom Lee Lead booked no longer wait for each other" and letters(kind=KIND)[0].status is LetterStatus.VOID


@pytest.fixture
def offered(waits):
    """All three of a group have been offered a place, and two others wait behind them."""
    session, there, booker, members = waits
    resize(session, 5)
    behind = [book(session, now=NOW + number * MINUTE) for number in (1, 2)]
    assert statuses(session) == ["booked", "booked", "offered", "offered", "offered", "waiting", "waiting"]
    return session, there, booker, members, behind


def test_who_of_a_group_said_yes_keeps_the_place_when_another_says_no_and_a_third_does_not_answer(offered):
    session, _there, _booker, (yes, no, silent), behind = offered
    services.accept_offer(booking_id=yes.id, by=yes.person.name, now=NOW + HOUR)
    services.decline(booking_id=no.id, by=no.person.name, now=NOW + HOUR)
    settle(session, NOW + DAY)
    assert [status(one) for one in (yes, no, silent, *behind)] == ["booked", "left_list", "lapsed", "offered", "offered"]
    assert broken(NOW + DAY) == []


def test_who_of_a_group_comes_back_to_the_list_waits_for_those_of_it_who_wait_and_for_nobody_else(offered):
    session, there, _booker, (yes, first, second), behind = offered
    services.accept_offer(booking_id=yes.id, by=yes.person.name, now=NOW + HOUR)
    settle(session, NOW + DAY)
    assert [status(one) for one in (first, second, *behind)] == ["lapsed", "lapsed", "offered", "offered"]
    for one in (first, second):
        services.rejoin(booking_id=one.id, by=one.person.name, now=NOW + DAY)
    assert groups.waiting_with(first) == groups.waiting_with(second) == 1 and not groups.waiting_with(yes)
    now = NOW + DAY + HOUR
    give_back(there[0], now=now)
    settle(session, now + HOUR)
    assert [status(one) for one in (first, second)] == ["waiting", "waiting"]
    services.give_back(booking_id=second.id, by=second.person.name, now=now + HOUR)
    assert (groups.waiting_with(first), status(first)) == (0, "offered") and broken(now + HOUR) == []


def test_every_offer_to_a_group_says_that_each_answers_alone(offered):
    _session, _there, booker, _members, _behind = offered
    told = {one.person_id: " ".join(one.text.split()) for one in letters(kind="offer")}
    said = f"{booker.name} booked you together with others. Each of you answers alone: if you take the place it is yours, whatever the others say."
    assert len(told) == 3 and all(said in text for text in told.values())


def test_a_group_of_which_one_has_a_held_place_again_waits_for_no_more_places_than_the_others_need():
    session = a_session(places=3)
    back = book(session, now=NOW - HOUR)
    give_back(back, now=NOW - MINUTE)
    people = [back.person_id, a_person().id, a_person().id]
    made = services.book_for_others(session_id=session.id, person_ids=people, together=True, by="c", behalf=by_coordinator(), now=NOW)
    assert [status(one) for one in made] == ["booked", "booked", "booked"] and broken() == []


def change(session, *, days=0, venue=None, capacity=None):
    session = db.session.get_one(CourseSession, session.id, populate_existing=True)
    parts = [(part.starts_at + days * DAY, part.ends_at + days * DAY) for part in session.parts]
    services.change_session(session_id=session.id, planned=Planned(parts, session.format, venue or session.venue_or_link, None),
                            capacity=capacity or session.capacity, by="c", now=NOW + MINUTE)
    return clock.london_date(parts[0][0]).strftime("%-d %B")


def told():
    """What whoever booked a group is told that has not left."""
    return [" ".join(one.text.split()) for one in letters(kind=KIND, fate=LetterStatus.QUEUED)]


@pytest.mark.parametrize(("days", "venue"), [(1, None), (0, "Guildhall"), (1, "Guildhall")])
def test_whoever_booked_a_group_without_room_is_told_with_the_day_and_place_of_the_session_as_it_leaves(waits, days, venue):
    session, _there, _booker, _members = waits
    resize(session, 2)
    day = change(session, days=days, venue=venue)
    (text,) = told()
    assert day in text and (venue or session.venue_or_link) in text and len(letters(kind=KIND)) == 2
    assert broken() == []


def test_what_makes_a_session_smaller_and_moves_it_in_one_act_tells_whoever_booked_a_group(waits):
    session, _there, _booker, _members = waits
    day = change(session, days=1, capacity=2)
    (text,) = told()
    assert day in text


def test_of_a_group_without_room_that_some_left_its_booker_reads_who_waits_still():
    session = a_session(places=4)
    book(session, now=NOW - HOUR)
    _booker, members = a_group(session, 4)
    resize(session, 2)
    give_back(members[0], now=NOW + MINUTE)
    (text,) = told()
    assert "You booked 3 people who wait" in text and members[0].person.name not in text
    give_back(members[1], now=NOW + 2 * MINUTE)
    assert told() == [] and broken() == []


# Room that is lost as people belong elsewhere


@pytest.fixture
def elsewhere(app):
    """One of five places is free, a group of three of Alpha's waits, and at most 2 places (1 with `most`) are for Beta."""

    def made(most=2):
        alpha, beta, session = an_agency(name="Alpha"), an_agency(name="Beta"), a_session(places=5, starts_in=20 * DAY)
        for _ in range(4):
            book(session, now=NOW - HOUR)
        services.add_quota(session_id=session.id, kind=QuotaKind.MOST, places=most, agency_id=beta.id, sector=None, releases_at=None, by="c",
                           now=NOW)
        return alpha, beta, session, *a_group(session, agency=alpha)

    return made


def part_of(agency, whole):
    kept = db.session.get_one(Agency, agency.id)
    accounts.save_agency(agency_id=agency.id, facts={"code": kept.code, "parent_id": whole.id if whole else None}, aliases=[], partnership_ids=[], now=NOW)


def test_whoever_booked_a_group_is_told_when_its_agency_becomes_part_of_one_with_a_limit_and_the_letter_goes_when_it_no_longer_is(elsewhere):
    alpha, beta, _session, booker, _members = elsewhere()
    part_of(alpha, beta)
    (letter,) = letters(kind=KIND)
    assert (letter.person_id, letter.status) == (booker.id, LetterStatus.QUEUED) and "at most 2 of them" in " ".join(letter.text.split())
    part_of(alpha, None)
    assert letters(kind=KIND)[0].status is not LetterStatus.QUEUED


def test_whoever_booked_a_group_is_told_when_its_people_work_elsewhere_now(elsewhere):
    _alpha, beta, session, booker, members = elsewhere(most=1)
    for one in members[:2]:
        accounts.say_where_somebody_works(person_id=one.person_id, agency_id=beta.id, job_title="x", now=NOW + HOUR)
    settle(session, NOW + 2 * HOUR)
    settle(session, NOW + 3 * HOUR)
    (letter,) = letters(kind=KIND)
    assert (letter.person_id, letter.status) == (booker.id, LetterStatus.QUEUED) and broken(NOW + 3 * HOUR) == []
