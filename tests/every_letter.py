"""A letter of every kind, each brought by the act that brings it, so that tests can follow all of their links."""

import re
from datetime import timedelta

import sqlalchemy as sa

from app.accounts import services as accounts
from app.accounts.models import Affiliation
from app.accounts.rules import Role
from app.attendance import jobs as registers_jobs
from app.attendance import services as registers
from app.attendance.rules import Outcome, Said
from app.attendance.services import Mark
from app.booking import jobs, services
from app.booking.models import Booking
from app.booking.services import Cancelling
from app.catalogue.models import SessionPart
from app.catalogue.rules import Approval, SessionStatus
from app.catalogue.services import Planned
from app.certificates import jobs as certificates
from app.core import clock
from app.core.db import db, transaction
from app.evaluation import jobs as questions
from app.evaluation.services import worries
from app.evaluation.services.questionnaires import ensure_questionnaires
from app.evidence.services import deciding
from app.home import jobs as home
from app.mail import queries as mail
from app.mail.models import Letter
from app.mail.office import office
from app.mail.rules import links
from app.mail.rules.fates import LetterStatus
from app.mail.services import take_in
from tests.booking.acting import DAY, HOUR, MINUTE, NOW, a_full_session, a_session, book, give_back, settle
from tests.builders import a_booking, a_course, a_person, a_trainer, an_account, an_agency
from tests.evidence import telling
from tests.mail.answers import an_answer

ADDRESS = re.compile(r'href="(http://localhost/[^"]*)"')


def write_every_letter():
    """Live through every act that writes to somebody."""
    _places_and_lists()
    _requests()
    _changes()
    _called_off()
    _before_and_after()
    _accounts()
    _examples()
    _contacts()


def _places_and_lists():
    session, (first, second), (waits, after) = a_full_session(places=2, waiting=2, starts_in=20 * DAY)
    give_back(first, now=NOW)
    settle(session, NOW + HOUR)
    settle(session, NOW + 30 * HOUR)
    assert waits.status is not after.status
    services.give_back(booking_id=book(session).id, by="Marian Cole", now=NOW + 30 * HOUR)
    services.substitute(booking_id=second.id, person_id=a_person().id, by="x", now=NOW + 31 * HOUR)
    booker = a_person()
    for said in ("", "no"):
        (one,) = services.book_for_others(session_id=a_session().id, person_ids=[a_person().id], together=False, by=booker.name,
                                          behalf=services.OnBehalf(booker.id, coordinator=True), now=NOW)
        if said:
            services.decline(booking_id=one.id, by="x", now=NOW)
    here = a_session(starts_in=20 * DAY)
    booking, there = book(here), a_session(course=here.course, starts_in=40 * DAY)
    services.move(booking_id=booking.id, to_session_id=there.id, by="x", now=NOW)
    parts = a_session(starts_in=20 * DAY)
    with transaction() as writing:
        writing.add(SessionPart(course_session_id=parts.id, starts_at=parts.starts_at + DAY, ends_at=parts.ends_at + DAY))
    declined = book(parts)
    take_in(an_answer(f"{declined.ref}-1@localhost", declined.person.email), now=NOW)


def _requests():
    for answer in ("", "no", "lapse"):
        person = a_person()
        with transaction() as writing:
            writing.execute(sa.update(Affiliation).where(Affiliation.person_id == person.id).values(manager_email=f"boss{person.id}@example.org"))
        db.session.expire_all()
        session = a_session(course=a_course(approval=Approval.MANAGER), starts_in=30 * DAY)
        booking = book(session, person)
        if answer == "no":
            services.refuse(booking_id=booking.id, reason="no cover", by="boss", now=NOW, manager=True)
        if answer == "lapse":
            settle(session, booking.due_at)
            sent = services.substitute(booking_id=book(session, a_person()).id, person_id=a_person().id, by="x", now=NOW)
            services.refuse(booking_id=sent.id, reason="", by="c", now=NOW)


def _changes():
    session, _there, _waits = a_full_session(waiting=1, starts_in=20 * DAY)
    moved = [(part.starts_at + HOUR, part.ends_at + HOUR) for part in session.parts]
    services.change_session(session_id=session.id, planned=Planned(moved, session.format, session.venue_or_link, None), capacity=1, by="c", now=NOW)
    services.change_session(session_id=session.id, planned=Planned(moved, session.format, "Another hall", None), capacity=1, by="c", now=NOW + HOUR)
    given = a_session(starts_in=20 * DAY, trainer=a_trainer())
    with_their = Planned([(part.starts_at, part.ends_at) for part in given.parts], given.format, "Another hall", given.trainer_id)
    services.change_session(session_id=given.id, planned=with_their, capacity=2, by="c", now=NOW)
    with_another = Planned(with_their.parts, given.format, "Another hall", a_trainer().person_id)
    services.change_session(session_id=given.id, planned=with_another, capacity=2, by="c", now=NOW)
    services.cancel_session(session_id=given.id, reason="No trainer", by="c", now=NOW)
    group, booker = a_session(places=3, starts_in=30 * DAY), a_person()
    book(group)
    services.book_for_others(session_id=group.id, person_ids=[a_person().id for _ in range(3)], together=True, by=booker.name,
                             behalf=services.OnBehalf(booker.id, coordinator=True), now=NOW)
    services.change_capacity(session_id=group.id, capacity=2, by="c", now=NOW)
    lead, agency = a_person(), an_agency()
    held = a_session(places=5, starts_in=30 * DAY)
    book(held)
    services.hold_places(session_id=held.id, agency_id=agency.id, by_id=lead.id, places=2, releases_at=NOW + 20 * DAY, now=NOW)
    services.cancel_session(session_id=held.id, reason="Snow", by="c", now=NOW)
    course = a_course()
    services.wait_for_course(course_id=course.id, person_id=a_person().id, any_date=False, now=NOW)
    draft = a_session(course=course, status=SessionStatus.DRAFT, starts_in=30 * DAY)
    services.put_on_programme(session_id=draft.id, by="c", now=NOW)


def _called_off():
    course, person, taker = a_course(), a_person(), a_person()
    first, other = (a_session(course=course, places=2, starts_in=days * DAY) for days in (10, 20))
    second = a_session(starts_in=12 * DAY)
    for session in (first, second):
        book(session, person)
    services.cancel_sessions(cancelling=[Cancelling(first.id), Cancelling(second.id)], reason="No trainer", by="c", now=NOW)
    under_way = a_session(starts_in=13 * DAY)
    with transaction() as writing:
        writing.add(SessionPart(course_session_id=under_way.id, starts_at=under_way.starts_at + DAY, ends_at=under_way.ends_at + DAY))
    book(under_way)
    db.session.expire_all()
    services.cancel_rest(session_id=under_way.id, reason="Snow", by="c", now=under_way.starts_at + HOUR)
    third = a_session(course=course, places=2, starts_in=11 * DAY)
    book(third, taker)
    services.cancel_session(session_id=third.id, reason="No trainer", by="c", now=NOW, other_id=other.id)
    offered = sa.select(Booking.id).where(Booking.course_session_id == other.id, Booking.person_id == taker.id)
    services.accept_offer(booking_id=db.session.scalars(offered).one(), by="x", now=NOW + MINUTE)
    services.undo_cancelling(session_ids=[third.id], by="c", now=NOW + 5 * MINUTE)
    lead, agency, held = a_person(), an_agency(), a_session(places=5, starts_in=10 * DAY)
    services.hold_places(session_id=held.id, agency_id=agency.id, by_id=lead.id, places=2, releases_at=NOW + 5 * DAY, now=NOW)
    later = [(part.starts_at + HOUR, part.ends_at + HOUR) for part in held.parts]
    services.change_session(session_id=held.id, planned=Planned(later, held.format, held.venue_or_link, None), capacity=5, by="c", now=NOW)
    settle(held, NOW + 6 * DAY)
    an_account(Role.COORDINATOR)
    leaver = a_person()
    book(a_session(), leaver)
    a_session(trainer=a_trainer(person=leaver))
    _holds(leaver)
    services.has_left(person_id=leaver.id, by="Lee Lead", now=NOW)


def _holds(person):
    """They hold a place for an agency with a lead, and one for an agency without."""
    session = a_session(places=5, starts_in=10 * DAY)
    for agency in (an_account(Role.AGENCY_LEAD).person.affiliation.agency, an_agency()):
        services.hold_places(session_id=session.id, agency_id=agency.id, by_id=person.id, places=1, releases_at=NOW + 5 * DAY, now=NOW)


def _before_and_after():
    asked, _there, _waits = a_full_session(waiting=1, starts_in=10 * DAY, confirm_days=5)
    jobs.ask_still_coming(asked.starts_at - 5 * DAY)
    _left("still-coming")
    jobs.settle(asked.starts_at - 2 * DAY)
    remembered = a_session(starts_in=10 * DAY, places=3, trainer=a_trainer())
    book(remembered)
    for days in (7, 5, 1):
        jobs.remind(remembered.starts_at - days * DAY + HOUR)
    registers_jobs.send_trainer_lists(remembered.starts_at - 10 * HOUR)
    ensure_questionnaires(now=NOW)
    questions.invite(remembered.starts_at - 2 * DAY)
    services.save_policy(partnership_id=None, starts_on=clock.london_date(NOW - 3 * DAY), facts={"charges": True}, now=NOW - 3 * DAY)
    over = a_session(starts_in=DAY, places=9, trainer=a_trainer())
    came, missed = (a_booking(over, booked_at=NOW) for _ in range(2))
    registers_jobs.chase_registers(over.ends_at + DAY)
    account = an_account(Role.COORDINATOR)
    for one, outcome in ((came, Outcome.ATTENDED), (missed, Outcome.NO_SHOW)):
        registers.save_marks(session_id=over.id, marks=[Mark(one.ref, outcome, None, None)], account_id=account.id, coordinator=True, now=over.ends_at)
    registers.finish(session_id=over.id, account_id=account.id, coordinator=True, now=over.ends_at)
    registers_jobs.follow_up_no_shows(over.ends_at + DAY)
    _left("charge")
    _left("certificate-ready")
    registers.save_marks(session_id=over.id, marks=[Mark(missed.ref, Outcome.EXCUSED, None, Said(Outcome.NO_SHOW))], account_id=account.id,
                         coordinator=True, now=over.ends_at + HOUR)
    with transaction() as writing:
        came.person.last_name = "Renamed"
        writing.flush()
    certificates.issue(over.ends_at + HOUR)
    certificates.correct(over.ends_at + HOUR)
    for days in (0, 4, 8, 12):
        questions.invite(over.ends_at + days * DAY + 2 * HOUR)
    _left("certificate-replaced")
    registers.save_marks(session_id=over.id, marks=[Mark(came.ref, Outcome.NO_SHOW, None, Said(Outcome.ATTENDED))], account_id=account.id,
                         coordinator=True, now=over.ends_at + 13 * DAY)
    a_session(status=SessionStatus.SCHEDULED, trainer=None, starts_in=30 * DAY)
    monday = NOW + timedelta(days=(7 - clock.london_date(NOW).weekday()) % 7)
    for days in range(5):
        home.write_digests(monday + days * DAY)


def _accounts():
    now = clock.now()
    for ask in (accounts.ask_for_sign_in, accounts.ask_for_new_password):
        ask(email=an_account().person.email, network="", now=now)
    for_good, changed = an_account(), an_account()
    accounts.ask_for_new_password(email=for_good.person.email, network="", now=now)
    accounts.reset_password(link_id=_link_id("password-reset"), account_id=for_good.id, password="three unlikely words", now=now)
    accounts.ask_to_change_address(person_id=an_account().person_id, address="other@example.org", now=now)
    accounts.ask_to_change_address(person_id=changed.person_id, address="new@example.org", now=now)
    accounts.confirm_address(link_id=_link_id("verify-address"), person_id=changed.person_id, now=now)


def _examples():
    """Somebody is asked to approve an example of practice, and sends it back."""
    second = telling.a_coordinator()
    example = telling.asked(telling.an_example(), second)
    deciding.send_back(example_id=example.id, reason="The school is still in it", by_id=second, now=clock.now())


def _contacts():
    """Somebody reads worries, and then somebody else instead."""
    first, second = an_account(Role.TRAINER).person, an_account(Role.TRAINER).person
    for person in (first, second):
        worries.name_contact(email=person.email, by="Marian Cole", now=clock.now())
    worries.let_read_earlier(person_id=second.id, by="Marian Cole", as_administrator=True, now=clock.now())
    worries.remove_contact(person_id=first.id, by="Marian Cole", now=clock.now())


def _left(kind):
    """Letters of this kind have been delivered."""
    with transaction() as writing:
        sent = {"status": LetterStatus.SENT, "sent_at": Letter.written_at, "next_try_at": None}
        writing.execute(sa.update(Letter).where(Letter.kind == kind).values(sent).execution_options(synchronize_session=False))


def _link_id(kind):
    letter = letters(kind)[-1]
    return mail.link(links.secret_of(links.MARK.search(letter.text).group(0), office().link_key), clock.now()).id


def letters(kind=None):
    """Every letter that was written, or those of a kind."""
    db.session.rollback()
    found = db.session.scalars(sa.select(Letter).order_by(Letter.id)).all()
    return [letter for letter in found if kind is None or letter.kind == kind]


def kinds_missing():
    """The kinds of which no letter was written."""
    return set(office().wordings) - {letter.kind for letter in letters()}


def addresses(letter):
    """Every address in the letter that leads to us, as its reader has it."""
    return list(dict.fromkeys(ADDRESS.findall(links.with_secrets(letter.html, office().link_key))))


def one_of_each():
    """For each kind the letter with the most addresses."""
    by_kind = {}
    for letter in letters():
        if letter.kind not in by_kind or len(addresses(letter)) > len(addresses(by_kind[letter.kind])):
            by_kind[letter.kind] = letter
    return by_kind

