"""The acts that are killed at every step, as people do them: each prepares what it needs, fills in the page's form, and can tell what was kept.

Another act is another function here and its name in FLOWS.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import sqlalchemy as sa

from app.accounts.models import Account, Person, SignIn
from app.accounts.rules import Role
from app.attendance.models import Attendance, Register
from app.attendance.rules import Outcome
from app.booking import services as places
from app.booking.models import Booking, BookingEvent
from app.booking.rules.states import Act as Step
from app.booking.rules.states import BookingStatus
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus
from app.certificates.models import Certificate
from app.core import clock
from app.core.db import db, transaction
from app.evaluation.models import AnonymousTicket, Answer, AnswerDraft, Response
from app.evaluation.rules import links
from app.evaluation.rules.stages import Mode, Quoting, Stage
from app.evaluation.services import anonymous, building
from app.evaluation.services.answering import save_draft
from app.evaluation.services.questionnaires import ensure_questionnaires
from app.evidence.models import Example, ExampleEvent
from app.evidence.rules.states import ExampleAct, ExampleStatus
from app.mail.models import Letter, LetterConcern
from tests import builders
from tests.evidence import telling
from tests.faults.browsing import Answer as Came
from tests.faults.browsing import Browser, Form
from tests.faults.procs import Served


@dataclass
class Act:
    """Somebody about to press a button. `kept` counts how often the act is in the database; `once` says that it may be there but once."""

    browser: Browser
    form: Form
    kept: Callable[[], int]
    also: dict[str, str] = field(default_factory=dict)
    once: bool = True

    def press(self, at: int | None = None) -> Came:
        """Press it; the server may be told to die at a step."""
        return self.browser.submit(self.form, also=self.also, at=at)

    def times(self) -> int:
        """How often it is kept, as the database says now."""
        db.session.rollback()
        number = self.kept()
        db.session.rollback()
        return number


def book(site: Served) -> Act:
    """Book a place."""
    with transaction():
        session, account = builders.a_session(places=2), _account(site)
        browser, ids = site.browser(account), (session.id, account.person_id)
    return _act(browser, f"/sessions/{session.ref}/book", lambda: _bookings(*ids, BookingStatus.BOOKED))


def join_waiting_list(site: Served) -> Act:
    """Ask for a place when there is none."""
    with transaction():
        session, account = builders.a_session(places=1), _account(site)
        builders.a_booking(session, _person(site))
        browser, ids = site.browser(account), (session.id, account.person_id)
    return _act(browser, f"/sessions/{session.ref}/book", lambda: _bookings(*ids, BookingStatus.WAITING))


def give_back(site: Served) -> Act:
    """Give a place back, on a session for which somebody waits."""
    with transaction():
        session, account = builders.a_session(places=1), _account(site)
        booking = builders.a_booking(session, account.person)
        builders.a_booking(session, _person(site), status=BookingStatus.WAITING)
        browser, number = site.browser(account), booking.id
    return _act(browser, f"/bookings/{booking.ref}/give-back", lambda: _stands(number, BookingStatus.GIVEN_BACK), button="Give my place back")


def undo(site: Served) -> Act:
    """Take a place back that was just given back."""
    with transaction():
        account = _account(site)
        booking = builders.a_booking(builders.a_session(places=1), account.person)
        places.give_back(booking_id=booking.id, by="them", now=clock.now())
        browser, number = site.browser(account), booking.id
    return _act(browser, f"/bookings/{booking.ref}", lambda: _happened(number, Step.UNDO, BookingStatus.BOOKED), also={"answer": "undo"})


def take_offer(site: Served) -> Act:
    """Say yes to an offer."""
    with transaction():
        account = _account(site)
        booking = builders.a_booking(builders.a_session(places=1), account.person, status=BookingStatus.OFFERED,
                                     due_at=clock.now() + timedelta(hours=1))
        browser, number = site.browser(account), booking.id
    return _act(browser, f"/bookings/{booking.ref}", lambda: _happened(number, Step.ACCEPT, BookingStatus.BOOKED), button="Take the place",
                also={"answer": "take"})


def move(site: Served) -> Act:
    """Move to another date: the new place and the end of the old one."""
    with transaction():
        account, first = _account(site), builders.a_session(places=1)
        other = builders.a_session(places=1, course=first.course, starts_in=timedelta(days=20))
        booking = builders.a_booking(first, account.person)
        browser, number, there = site.browser(account), booking.id, (other.id, account.person_id)

    def kept() -> int:
        moved = _stands(number, BookingStatus.MOVED)
        assert moved == _bookings(*there, BookingStatus.BOOKED), "one half of it"
        return moved

    return _act(browser, f"/bookings/{booking.ref}/move?to={other.ref}", kept)


def substitute(site: Served) -> Act:
    """Send a colleague: their place and the end of one's own."""
    with transaction():
        account, session, colleague = _account(site), builders.a_session(places=1), _person(site)
        booking = builders.a_booking(session, account.person)
        browser, number, theirs, email = site.browser(account), booking.id, (session.id, colleague.id), colleague.email

    def kept() -> int:
        sent = _stands(number, BookingStatus.SUBSTITUTED)
        assert sent == _bookings(*theirs, BookingStatus.BOOKED), "one half of it"
        return sent

    return _act(browser, f"/bookings/{booking.ref}/substitute", kept, also={"email": email})


def cancel_session(site: Served) -> Act:
    """Call a session off: it and its three bookings."""
    with transaction():
        session = builders.a_session(places=2)
        for status in (BookingStatus.BOOKED, BookingStatus.BOOKED, BookingStatus.WAITING):
            builders.a_booking(session, _person(site), status=status)
        browser, number = site.browser(_account(site, Role.COORDINATOR)), session.id

    def kept() -> int:
        cancelled = db.session.get(CourseSession, number).status is SessionStatus.CANCELLED
        ended = _count(Booking, Booking.course_session_id == number, Booking.status == BookingStatus.SESSION_CANCELLED)
        assert ended == 3 * cancelled, "a part of it"
        return int(cancelled)

    return _act(browser, f"/desk/sessions/{session.ref}/cancel", kept, also={"reason": "The trainer is ill"})


def save_marks(site: Served) -> Act:
    """Mark two people."""
    session, browser, bookings = _over(site)
    ids = [booking.id for booking in bookings]

    def kept() -> int:
        marks = _count(Attendance, Attendance.booking_id.in_(ids))
        assert marks in (0, 2), "a part of it"
        return marks // 2

    return _act(browser, f"/registers/{session.ref}", kept, button="Save", also={f"mark-{booking.ref}": "attended" for booking in bookings})


def walk_in(site: Served) -> Act:
    """Put somebody on the register who came without a booking: the person, the booking and the mark."""
    session, browser, _bookings = _over(site)
    email, number = f"new-{session.ref}@example.org".lower(), session.id

    def kept() -> int:
        found = _count(Booking, Booking.course_session_id == number, Booking.status == BookingStatus.WALK_IN)
        assert found == _count(Person, Person.email == email), "a part of it"
        return found

    return _act(browser, f"/registers/{session.ref}", kept, button="Add and mark as here",
                also={"email": email, "first_name": "New", "last_name": "Person", "agency": "0"})


def finish_register(site: Served) -> Act:
    """Say that every mark is in: the register is finished, and the session delivered."""
    session, browser, bookings = _over(site)
    number = session.id
    with transaction() as writing:
        for booking in bookings:
            writing.add(Attendance(booking_id=booking.id, outcome="attended", marked_at=session.ends_at))

    def kept() -> int:
        finished = _count(Register, Register.course_session_id == number, Register.finished_at.is_not(None))
        assert (db.session.get(CourseSession, number).status is SessionStatus.DELIVERED) == bool(finished), "one half of it"
        return finished

    return _act(browser, f"/registers/{session.ref}", kept, button="Finish the register")


def issue_certificates(site: Served) -> Act:
    """Finish a register: everybody who came has a certificate and a letter, or nobody has and the register is open."""
    session, browser, bookings = _over(site)
    ids, number = [booking.id for booking in bookings], session.id
    with transaction() as writing:
        for booking in bookings:
            writing.add(Attendance(booking_id=booking.id, outcome="attended", marked_at=session.ends_at))

    def kept() -> int:
        issued = _count(Certificate, Certificate.booking_id.in_(ids), Certificate.ended_at.is_(None))
        assert issued in (0, 2) and issued == len(_letters(ids, "certificate-ready")), "a part of it"
        assert bool(issued) == bool(_count(Register, Register.course_session_id == number, Register.finished_at.is_not(None))), "one half of it"
        return issued // 2

    return _act(browser, f"/registers/{session.ref}", kept, button="Finish the register")


def withdraw_certificate(site: Served) -> Act:
    """Correct a finished register to absent: the mark, the end of the certificate and the letter."""
    session, browser, bookings = _over(site)
    ids, first = [booking.id for booking in bookings], bookings[0].id
    with transaction() as writing:
        for booking in bookings:
            writing.add(Attendance(booking_id=booking.id, outcome="attended", marked_at=session.ends_at))
    browser.submit(browser.form(browser.get(f"/registers/{session.ref}"), "Finish the register"))

    def kept() -> int:
        ended = _count(Certificate, Certificate.booking_id == first, Certificate.ended_at.is_not(None))
        assert ended == _count(Attendance, Attendance.booking_id == first, Attendance.outcome == Outcome.NO_SHOW), "one half of it"
        assert ended == len(_letters(ids, "certificate-withdrawn")), "without its letter"
        return ended

    return _act(browser, f"/registers/{session.ref}", kept, button="Save", also={f"mark-{bookings[0].ref}": "no_show"})


def sign_in(site: Served) -> Act:
    """Sign in with a password. Doing it again is another sign-in."""
    account = _account(site)
    email, number = account.person.email, account.id
    return _act(site.browser(), "/sign-in", lambda: _count(SignIn, SignIn.account_id == number),
                also={"email": email, "password": builders.PASSWORD}, once=False)


def approve_example(site: Served) -> Act:
    """Approve the wording of an example as the second person: the state, who approved it, and the event."""
    with transaction():
        writer, second = _account(site, Role.COORDINATOR), _account(site, Role.COORDINATOR)
        example = telling.asked(telling.an_example(writer.person_id), second.person_id)
        browser, number, by_id = site.browser(second), example.id, second.person_id

    def kept() -> int:
        approved = _count(Example, Example.id == number, Example.status == ExampleStatus.APPROVED, Example.approved_by_id == by_id)
        assert approved == _count(ExampleEvent, ExampleEvent.example_id == number, ExampleEvent.act == ExampleAct.APPROVE), "one half of it"
        return approved

    return _act(browser, f"/evidence/{number}", kept, button="Approve it", also={"act": "approve"})


def answer_questions(site: Served) -> Act:
    """Send the questions before a session, from a link: the response, its answers, and the end of the draft."""
    ensure_questionnaires(now=clock.now())
    booking = builders.a_booking(builders.a_session(), _person(site))
    number = booking.id
    save_draft(booking_id=number, stage=Stage.BEFORE, version_id=_version(Stage.BEFORE), key=f"form {number}", given={"knowledge": "3"}, now=clock.now())

    def kept() -> int:
        found = _count(Response, Response.booking_id == number)
        assert found == _count(Answer, Answer.response_id.in_(sa.select(Response.id).where(Response.booking_id == number))), "a part of it"
        assert found + _count(AnswerDraft, AnswerDraft.booking_id == number) == 1, "neither a draft nor a response, or both"
        return found

    return _act(site.browser(), _link(site, number, Stage.BEFORE), kept, also={"screen": "4", "go": "next"})


def answer_anonymously(site: Served) -> Act:
    """Send anonymous questions: the ticket, the response, and all those of the session written anew."""
    asked = ensure_questionnaires(now=clock.now())[Stage.AFTER]
    course = builders.a_course()
    own = building.copy_to_course(questionnaire_id=asked.questionnaire_id, course_id=course.id, now=clock.now())
    building.put_in_use(version_id=own.id, by="x", now=clock.now())
    building.set_mode(questionnaire_id=own.questionnaire_id, mode=Mode.ANONYMOUS, weeks=12)
    session = builders.a_session(starts_in=timedelta(hours=-4), course=course)
    given = dict.fromkeys(("knowledge", "engaging", "improved_knowledge", "useful_in_role"), "3")
    for one in range(3):
        anonymous.submit(session_id=session.id, stage=Stage.AFTER, version_id=own.id, owner=f"booking:-{one}-{session.id}", given=given,
                         quoting=Quoting.NO, phrase="", outcome=None, now=clock.now())
    number, booking = session.id, builders.a_booking(session, _person(site))

    def kept() -> int:
        found = _count(Response, Response.course_session_id == number)
        answers = _count(Answer, Answer.response_id.in_(sa.select(Response.id).where(Response.course_session_id == number)))
        tickets = _count(AnonymousTicket, AnonymousTicket.course_session_id == number)
        assert found == tickets and answers == 4 * found, "a part of it, or some of those before are gone"
        return found - 3

    also = {"screen": "9", "go": "next", **{f"a-{code}": value for code, value in given.items()}}
    return _act(site.browser(), _link(site, booking.id, Stage.AFTER), kept, also=also)


FLOWS = {flow.__name__: flow for flow in (
    book, join_waiting_list, give_back, undo, take_offer, move, substitute, cancel_session, save_marks, walk_in, finish_register,
    issue_certificates, withdraw_certificate, sign_in, approve_example,
    answer_questions, answer_anonymously,
)}


def _person(site: Served) -> Person:
    """Somebody new who works where everybody works here: lists to choose an agency from stay short."""
    return builders.a_person(agency=site.agency())


def _account(site: Served, *roles: Role) -> Account:
    return builders.an_account(*roles, person=_person(site))


def _link(site: Served, booking_id: int, stage: Stage) -> str:
    return f"/answer/{links.token(site.app.config['SECRET_KEY'], booking_id, stage)}"


def _version(stage: Stage) -> int:
    return ensure_questionnaires(now=clock.now())[stage].id


def _act(browser: Browser, page: str, kept: Callable[[], int], *, button: str = "", also: dict[str, str] | None = None, once: bool = True) -> Act:
    db.session.rollback()
    answer = browser.get(page)
    return Act(browser, browser.form(answer, button), kept, also or {}, once)


def _over(site: Served) -> tuple[CourseSession, Browser, list[Booking]]:
    """A session that ended just now, its trainer's browser, and the bookings of two people."""
    with transaction():
        account = _account(site, Role.TRAINER)
        session = builders.a_session(starts_in=timedelta(hours=-4), trainer=builders.a_trainer(person=account.person))
        bookings = [builders.a_booking(session, _person(site)) for _ in range(2)]
        browser = site.browser(account)
    return session, browser, bookings


def _letters(booking_ids: list[int], kind: str) -> list[int]:
    """The letters of a kind about these bookings."""
    about = [f"booking:{number}" for number in booking_ids]
    return list(db.session.scalars(sa.select(Letter.id).join(LetterConcern, LetterConcern.letter_id == Letter.id)
                                   .where(Letter.kind == kind, LetterConcern.subject.in_(about))))


def _bookings(session_id: int, person_id: int, status: BookingStatus) -> int:
    """How many live bookings the person has; each must stand so."""
    found = list(db.session.scalars(sa.select(Booking.status).where(Booking.course_session_id == session_id, Booking.person_id == person_id)))
    assert all(one is status for one in found), found
    return len(found)


def _stands(booking_id: int, status: BookingStatus) -> int:
    return _count(Booking, Booking.id == booking_id, Booking.status == status)


def _happened(booking_id: int, step: Step, status: BookingStatus) -> int:
    """How often this is in the booking's history; it must stand so if it is."""
    found = _count(BookingEvent, BookingEvent.booking_id == booking_id, BookingEvent.act == step)
    assert not found or _stands(booking_id, status), "one half of it"
    return found


def _count(model: type, *where: sa.ColumnElement[bool]) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model).where(*where)) or 0
