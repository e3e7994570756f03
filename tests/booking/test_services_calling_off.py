"""Calling off and taking that back: who waited there already, who took the other date, drafts, and one letter to each person."""

import pytest
import sqlalchemy as sa

from app.booking import services
from app.booking.models import Booking, HeldPlaces, SessionQuota
from app.booking.queries import cancelling, one_session
from app.booking.rules.displaced import Fate, fates
from app.booking.rules.places import QuotaKind
from app.booking.rules.policy import Notice
from app.booking.services import Cancelling
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus
from app.catalogue.services import Planned
from app.core.db import db, transaction
from app.core.errors import Refused
from app.letters.emails import moment
from app.mail.rules.fates import LetterStatus
from tests.booking.acting import DAY, HOUR, MINUTE, NOW, a_session, acts, book, broken, give_back, letters, queued, settle, status, statuses
from tests.builders import a_course, a_person, an_agency

pytestmark = pytest.mark.usefixtures("app")


def two_dates(*, places=2, there=1):
    course = a_course()
    return a_session(course=course, places=places, starts_in=10 * DAY), a_session(course=course, places=there, starts_in=20 * DAY)


def cancel(*pairs, now=NOW):
    return services.cancel_sessions(
        cancelling=[Cancelling(session.id, other and other.id) for session, other in pairs], reason="No trainer", by="c", now=now)


def undo(*sessions, now=NOW + 5 * MINUTE):
    return services.undo_cancelling(session_ids=[session.id for session in sessions], by="c", now=now)


def here(session, person):
    db.session.rollback()
    return db.session.scalars(sa.select(Booking).where(Booking.course_session_id == session.id, Booking.person_id == person.id)
                              .order_by(Booking.id.desc()).execution_options(populate_existing=True)).first()


def test_everybody_who_is_displaced_to_a_full_date_reads_that_they_stand_at_the_front_not_that_they_stand_first():
    session, other = two_dates()
    book(other)
    for person in (a_person(), a_person()):
        book(session, person)
    cancel((session, other))
    assert ["at the front of the waiting list of another date" in " ".join(letter.text.split()) and "You stand first" not in letter.text
            for letter in letters(kind="session-cancelled")] == [True, True]


def test_who_waits_on_the_other_date_already_stands_first_there_and_among_the_others_again_after_an_undo():
    session, other = two_dates()
    person = a_person()
    book(other)
    stranger, waits = book(other, now=NOW - HOUR), book(other, person)
    book(session, person)
    (choice,) = (one.called_off(other.id) for one in cancelling.one_session(session.id, NOW).sessions)
    assert fates([choice], cancelling.one_session(session.id, NOW).others, NOW)[session.id] == [(person.id, Fate.WAITS_FIRST)]
    assert cancel((session, other)).waiting == 1
    (letter,) = letters(kind="session-cancelled")
    assert "You stand at the front of the waiting list of another date, before those who asked in the usual way" in " ".join(letter.text.split())
    assert (here(other, person).priority, acts(waits)[-1], statuses(other)) == (-1, "reorder", ["booked", "waiting", "waiting"])
    undo(session)
    assert here(other, person).priority == 0
    services.change_capacity(session_id=other.id, capacity=2, by="c", now=NOW + HOUR)
    assert (status(stranger), status(waits), broken(NOW + HOUR)) == ("offered", "waiting", [])


def test_a_displaced_person_who_waited_there_is_offered_the_next_place():
    session, other = two_dates()
    person = a_person()
    book(other)
    stranger, waits = book(other, now=NOW - HOUR), book(other, person)
    book(session, person)
    cancel((session, other))
    services.change_capacity(session_id=other.id, capacity=2, by="c", now=NOW)
    assert (status(waits), status(stranger), broken()) == ("offered", "waiting", [])


def test_who_took_the_other_date_keeps_both_after_an_undo_is_named_and_asked_and_who_was_merely_offered_one_lets_go():
    session, other = two_dates(there=2)
    taker, merely = a_person(first_name="Amina", last_name="Yusuf"), a_person()
    for person in (taker, merely):
        book(session, person)
    cancel((session, other))
    services.accept_offer(booking_id=here(other, taker).id, by="x", now=NOW + MINUTE)
    (group,) = cancelling.cancelled_since(NOW)
    assert group.both == ["Amina Yusuf"]
    assert undo(session).both == ["Amina Yusuf"]
    assert (statuses(session), here(other, taker).status.value, here(other, merely).status.value) == (["booked"] * 2, "booked", "left_list")
    assert queued(taker) == ["place-confirmed", "two-dates"] and queued(merely) == ["place-confirmed"]
    (letter,) = letters(kind="two-dates")
    assert "which you have too" in " ".join(letter.text.split())
    assert broken(NOW + 5 * MINUTE) == []


def test_either_of_two_dates_that_an_undo_left_somebody_with_is_given_back_without_being_late_and_the_one_that_stays_is_like_any():
    for first in (True, False):
        session, other = two_dates(there=2)
        person = a_person()
        book(session, person)
        cancel((session, other))
        services.accept_offer(booking_id=here(other, person).id, by="x", now=NOW + MINUTE)
        undo(session)
        late = (session if first else other).starts_at - HOUR * 3
        given, kept = (here(session, person), here(other, person)) if first else (here(other, person), here(session, person))
        if first:
            assert give_back(given, now=late) is Notice.IN_TIME
            assert give_back(kept, now=other.starts_at - HOUR * 3) is Notice.LATE
        else:
            early = session.starts_at - HOUR * 3  # the earlier date is still to come
            with transaction():
                given.course_session.starts_at = session.starts_at + HOUR
            assert give_back(given, now=early) is Notice.IN_TIME


def test_who_has_two_dates_by_their_own_choice_gives_one_back_late_like_anybody():
    session, other = two_dates()
    person = a_person()
    first = book(session, person)
    book(other, person)
    assert give_back(first, now=session.starts_at - HOUR * 3) is Notice.LATE


def test_a_draft_whose_cancellation_is_undone_is_a_draft_again():
    draft = a_session(status=SessionStatus.DRAFT)
    cancel((draft, None))
    undo(draft)
    db.session.rollback()
    assert db.session.get_one(CourseSession, draft.id, populate_existing=True).status is SessionStatus.DRAFT


def test_somebody_on_two_sessions_that_are_called_off_together_gets_one_letter_about_both():
    first, other = two_dates(there=1)
    second, person, alone = a_session(starts_in=12 * DAY), a_person(), a_person()
    book(first, person)
    book(second, person)
    book(second, alone)
    cancel((second, None), (first, other))
    told = {letter.person_id: letter for letter in letters(fate=LetterStatus.QUEUED) if letter.kind != "taken-out"}
    assert [told[one.id].kind for one in (person, alone)] == ["sessions-cancelled", "session-cancelled"] and len(told) == 2
    text = " ".join(told[person.id].text.split())
    assert text.index(first.course.title) < text.index("A place is held for you until") < text.index(second.course.title)
    assert "Take the held place, or say no: http" in text and "The reason: No trainer" in text
    assert len(letters(kind="taken-out", person=person)) == 2, "both leave the calendar"
    with pytest.raises(Refused, match="together with others"):
        undo(first)
    undo(first, second)
    assert [letter.status for letter in letters(kind="sessions-cancelled")] == [LetterStatus.VOID]
    assert broken(NOW + 5 * MINUTE) == []


def test_the_history_of_a_session_says_that_it_was_called_off_and_went_ahead():
    session, _other = two_dates()
    cancel((session, None))
    undo(session)
    settle(session, NOW + HOUR)
    assert [one.what for one in one_session.latest(session.id)] == ["The cancellation was undone", "The session was cancelled: No trainer"]


def holding(session, *, places=2, until=5 * DAY):
    lead = a_person()
    held = services.hold_places(session_id=session.id, agency_id=lead.affiliation.agency_id, by_id=lead.id, places=places, releases_at=NOW + until, now=NOW)
    return lead, held.id


def change_time(session, starts, now=NOW):
    services.change_session(session_id=session.id, planned=Planned([(starts, starts + HOUR)], session.format, "Hall", None), capacity=session.capacity,
                            by="c", now=now)


def test_whoever_holds_places_without_names_is_told_of_a_new_time_and_holds_them_no_longer_than_to_its_start():
    session = a_session(places=5, starts_in=10 * DAY)
    lead, held = holding(session)
    change_time(session, NOW + 3 * DAY)
    (letter,) = letters(person=lead)
    assert letter.kind == "held-places-times" and "You hold 2 places without a name on it" in " ".join(letter.text.split())
    assert db.session.get_one(HeldPlaces, held, populate_existing=True).releases_at == NOW + 3 * DAY - 2 * HOUR - 15 * MINUTE
    change_time(session, NOW + 4 * DAY)
    assert queued(lead) == ["held-places-times"], "only the newest time is told"
    cancel((session, None))
    assert queued(lead) == ["held-places-cancelled"]


def test_whoever_holds_places_without_names_is_told_the_new_place_with_the_new_time():
    session = a_session(places=5, starts_in=10 * DAY)
    lead, _held = holding(session)
    change_time(session, NOW + 9 * DAY)
    (letter,) = letters(person=lead)
    assert letter.subject.startswith("New time and place for the places that you hold") and "> Hall" in letter.text


def test_a_new_time_that_waits_says_how_many_places_are_without_a_name_and_goes_to_nobody_who_has_named_all():
    session = a_session(places=5, starts_in=10 * DAY)
    lead, held = holding(session)
    change_time(session, NOW + 9 * DAY)

    def name_one():
        services.name_place(held_id=held, person_id=a_person(agency=lead.affiliation.agency).id, by="l", behalf=services.OnBehalf(lead.id), now=NOW)

    name_one()
    (letter,) = letters(person=lead, fate=LetterStatus.QUEUED)
    assert letter.subject.startswith("New time and place for the places that you hold") and "You hold 1 place without" in " ".join(letter.text.split())
    name_one()
    assert queued(lead) == [] and broken() == []


def test_places_that_are_kept_on_a_session_that_moves_go_back_while_who_waits_can_be_offered_them():
    session = a_session(places=2, starts_in=20 * DAY)
    lead, held = holding(session, until=15 * DAY)
    waits = book(session)
    services.add_quota(session_id=session.id, kind=QuotaKind.MOST, places=1, agency_id=an_agency().id, sector=None, releases_at=NOW + 15 * DAY, by="c", now=NOW)
    change_time(session, NOW + 10 * DAY)
    quota = db.session.scalars(sa.select(SessionQuota)).one()
    assert {db.session.get_one(HeldPlaces, held, populate_existing=True).releases_at, quota.releases_at} == {NOW + 5 * DAY}
    assert moment(NOW + 5 * DAY).english in " ".join(letters(kind="held-places-times", person=lead)[0].text.split())
    settle(session, NOW + 5 * DAY)
    assert status(waits) == "offered"


def test_whoever_holds_places_without_names_is_told_when_they_go_on_unless_they_gave_them_back_themselves():
    session = a_session(places=9, starts_in=10 * DAY)
    (by_day, _one), (by_desk, two), (themselves, three) = holding(session), holding(session), holding(session)
    services.release_held_places(held_id=two, by="Marian Cole", by_id=a_person().id, now=NOW)
    services.release_held_places(held_id=three, by="x", by_id=themselves.id, now=NOW)
    settle(session, NOW + 5 * DAY)
    settle(session, NOW + 6 * DAY)
    assert [queued(one) for one in (by_day, by_desk, themselves)] == [["held-places-released"], ["held-places-released"], []]
    assert "Marian Cole has released them." in letters(person=by_desk)[0].text
    assert [one.by for one in one_session.latest(session.id)][:3] == ["the time limit", "x", "Marian Cole"]


def test_places_without_names_on_a_session_that_was_called_off_are_not_told_twice():
    session = a_session(places=5, starts_in=10 * DAY)
    lead, _held = holding(session)
    cancel((session, None))
    settle(session, NOW + 6 * DAY)
    assert [letter.kind for letter in letters(person=lead)] == ["held-places-cancelled"]


@pytest.mark.parametrize(("answer", "says"), [
    (services.accept_offer, "You are on another date of the course already"), (services.give_back, "Nothing is held for you on another date any more")])
def test_the_letter_of_a_cancellation_says_how_the_held_place_was_answered_before_it_left(answer, says):
    session, other = two_dates()
    person = book(session).person
    cancel((session, other))
    (held,) = db.session.scalars(sa.select(Booking).where(Booking.course_session_id == other.id)).all()
    (before,) = letters(kind="session-cancelled", person=person)
    due_at = before.due_at
    answer(booking_id=held.id, by=person.name, now=NOW + 2 * MINUTE)
    (after,) = letters(kind="session-cancelled", person=person, fate=LetterStatus.QUEUED)
    text = " ".join(after.text.split())
    assert says in text and "A place is held for you" not in text and "Take the held place" not in text and after.due_at == due_at
    undo(session, now=NOW + 3 * MINUTE)
    assert letters(kind="session-cancelled", person=person, fate=LetterStatus.QUEUED) == []


def test_who_gave_back_just_before_a_session_was_called_off_can_undo_that_when_it_goes_ahead_after_all():
    session, _other = two_dates(places=1)
    mine = book(session, now=NOW - HOUR)
    give_back(mine)
    assert cancel((session, None), now=NOW + MINUTE).ended == 0
    assert broken(NOW + MINUTE) == [] and [one.ended for one in cancelling.lately(NOW + MINUTE)] == [0]
    with pytest.raises(Refused, match="was cancelled meanwhile"):
        services.undo_giving_back(booking_id=mine.id, by=mine.person.acting, now=NOW + 2 * MINUTE)
    undo(session)
    assert acts(mine) == ["book", "give_back", "cancel", "reinstate"] and broken(NOW + 5 * MINUTE) == []
    assert status(book(session, now=NOW + 6 * MINUTE)) == "waiting"  # nobody else can have it meanwhile
    services.undo_giving_back(booking_id=mine.id, by=mine.person.acting, now=NOW + 14 * MINUTE)
    assert statuses(session) == ["booked", "waiting"] and broken(NOW + 14 * MINUTE) == []


def test_what_was_given_back_longer_ago_goes_on_to_others_when_the_session_goes_ahead_after_all():
    session, _other = two_dates(places=1)
    mine = book(session, now=NOW - HOUR)
    give_back(mine)
    cancel((session, None), now=NOW + 14 * MINUTE)
    undo(session, now=NOW + 20 * MINUTE)
    assert acts(mine)[-2:] == ["reinstate", "free"] and broken(NOW + 20 * MINUTE) == []
    with pytest.raises(Refused, match="time for taking it back has passed"):
        services.undo_giving_back(booking_id=mine.id, by=mine.person.acting, now=NOW + 20 * MINUTE)
    assert status(book(session, now=NOW + 20 * MINUTE)) == "booked"


def test_a_no_to_an_offer_just_before_a_session_was_called_off_can_be_undone_for_as_long_as_before():
    session, _other = two_dates(places=1)
    first, waits = book(session, now=NOW - DAY), book(session, now=NOW - HOUR)
    services.decline(booking_id=_by_another(first), by="x", now=NOW - HOUR)
    give_back(waits)
    cancel((session, None), now=NOW + MINUTE)
    undo(session)
    services.undo_giving_back(booking_id=waits.id, by=waits.person.acting, now=NOW + 6 * MINUTE)
    assert status(waits) == "offered" and broken(NOW + 6 * MINUTE) == []


def test_an_offer_that_a_coordinator_withdrew_is_not_held_again_by_calling_off_and_taking_that_back():
    session, _other = two_dates(places=1)
    first, waits = book(session, now=NOW - DAY), book(session, now=NOW - HOUR)
    services.decline(booking_id=_by_another(first), by="x", now=NOW - HOUR)
    give_back(waits, withdrawn=True)
    cancel((session, None), now=NOW + MINUTE)
    undo(session)
    assert acts(waits)[-1] == "decline_offer" and status(book(session, now=NOW + 6 * MINUTE)) == "booked"


def _by_another(booking):
    with transaction() as session:
        kept = session.get_one(Booking, booking.id)
        kept.booked_by_id, kept.agreed_at = a_person().id, None
    return booking.id


@pytest.mark.parametrize(("answer", "says"), [
    (services.accept_offer, "You are on another date of the course already"), (services.give_back, "Nothing is held for you on another date any more")])
def test_the_letter_about_several_sessions_says_how_the_held_place_in_it_was_answered_before_it_left(answer, says):
    first, other = two_dates()
    second, person = a_session(starts_in=12 * DAY), a_person()
    for session in (first, second):
        book(session, person)
    cancel((second, None), (first, other))
    (before,) = letters(kind="sessions-cancelled", person=person)
    due_at = before.due_at
    answer(booking_id=here(other, person).id, by=person.name, now=NOW + 2 * MINUTE)
    (after,) = letters(kind="sessions-cancelled", person=person, fate=LetterStatus.QUEUED)
    text = " ".join(after.text.split())
    assert says in text and "A place is held for you" not in text and "Take the held place" not in text and after.due_at == due_at
    assert text.index(first.title) < text.index(second.title) and "The reason: No trainer" in text
    assert queued(person).count("taken-out") == 2
    undo(first, second)
    assert "sessions-cancelled" not in queued(person)


def test_a_held_place_that_goes_with_its_own_date_is_no_longer_told_as_held():
    session, other = two_dates()
    second, person = a_session(starts_in=12 * DAY), book(session).person
    book(second, person)
    cancel((session, other), (second, None))
    cancel((other, None), now=NOW + 2 * MINUTE)
    (letter,) = letters(kind="sessions-cancelled", person=person, fate=LetterStatus.QUEUED)
    assert "Nothing is held for you on another date any more" in " ".join(letter.text.split()) and "Take the held place" not in letter.text
    undo(other, now=NOW + 3 * MINUTE)
    (letter,) = letters(kind="sessions-cancelled", person=person, fate=LetterStatus.QUEUED)
    assert "A place is held for you until" in " ".join(letter.text.split()), "it is offered again"


def test_what_somebody_was_offered_is_offered_again_for_as_long_as_before_when_the_session_goes_ahead_after_all():
    session, _other = two_dates(places=1)
    services.add_quota(session_id=session.id, kind=QuotaKind.KEPT, places=1, agency_id=None, sector=None, releases_at=None, by="c", now=NOW)
    first, second = book(session, now=NOW), book(session, now=NOW + MINUTE)
    services.offer_out_of_turn(booking_id=second.id, reason="A court order", by="c", now=NOW + 2 * MINUTE)
    until = here(session, second.person).due_at
    cancel((session, None), now=NOW + 3 * MINUTE)
    undo(session)
    assert [status(first), status(second)] == ["waiting", "offered"] and here(session, second.person).due_at == until and broken(NOW + 5 * MINUTE) == []
    services.accept_offer(booking_id=second.id, by="x", now=NOW + 6 * MINUTE)
    assert status(second) == "booked"


def test_what_was_held_for_somebody_whose_own_date_was_cancelled_is_held_as_long_as_before():
    session, other = two_dates()
    person = book(session).person
    cancel((session, other))
    until = here(other, person).due_at
    cancel((other, None), now=NOW + 20 * MINUTE)
    undo(other, now=NOW + 21 * MINUTE)
    assert here(other, person).due_at == until and status(here(other, person)) == "offered" and broken(NOW + 21 * MINUTE) == []


@pytest.mark.parametrize("times", [1, 2])
def test_whoever_holds_places_without_names_reads_of_the_new_time_with_the_place_that_the_session_has_by_then(times):
    session = a_session(places=5, starts_in=10 * DAY, venue_or_link="Hall")
    lead, _held = holding(session)
    change_time(session, NOW + 9 * DAY)
    planned = Planned([(NOW + 9 * DAY, NOW + 9 * DAY + HOUR)], session.format, "Guildhall", None)
    services.change_session(session_id=session.id, planned=planned, capacity=session.capacity, by="c", now=NOW + MINUTE)
    if times == 2:
        planned = Planned([(NOW + 8 * DAY, NOW + 8 * DAY + HOUR)], session.format, "Guildhall", None)
        services.change_session(session_id=session.id, planned=planned, capacity=session.capacity, by="c", now=NOW + 2 * MINUTE)
    (letter,) = letters(person=lead, fate=LetterStatus.QUEUED)
    assert letter.subject.startswith("New time and place for the places that you hold") and "> Guildhall" in letter.text
    assert letter.fields["changed"]["cy"] == "Amser a lle newydd"


def test_whoever_holds_places_without_names_hears_of_another_place_alone_when_they_name_them():
    session = a_session(places=5, starts_in=10 * DAY, venue_or_link="Hall")
    lead, _held = holding(session)
    planned = Planned([(part.starts_at, part.ends_at) for part in session.parts], session.format, "Guildhall", None)
    services.change_session(session_id=session.id, planned=planned, capacity=session.capacity, by="c", now=NOW + MINUTE)
    assert queued(lead) == []
