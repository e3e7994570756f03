"""The acts of answering, of evidence and of certificates that are killed at every step, as people do them. They are among the FLOWS of `flows.py`."""

from collections.abc import Callable
from datetime import timedelta

import sqlalchemy as sa

from app.accounts.models import Account, Person
from app.accounts.rules import Role
from app.attendance.models import Attendance, Register
from app.attendance.rules import Outcome
from app.booking.models import Booking
from app.booking.rules.turnout import Turnout
from app.catalogue.models import CourseSession
from app.certificates.models import Certificate, CertificateEnd, QuestionsOpened
from app.core import clock
from app.core.db import db, transaction
from app.evaluation.models import AnonymousTicket, Answer, AnswerDraft, QuestionnaireVersion, Response, SafeguardingContact, Worry
from app.evaluation.rules import links, worries
from app.evaluation.rules.stages import Mode, Quoting, Stage, VersionState
from app.evaluation.rules.worries import BEGINNING, About
from app.evaluation.services import anonymous, building, inviting
from app.evaluation.services.answering import save_draft
from app.evaluation.services.questionnaires import ensure_questionnaires
from app.evidence.models import Example, ExampleEvent, ExampleUse, Promise
from app.evidence.rules.promises import PromiseStatus
from app.evidence.rules.states import ExampleAct, ExampleStatus
from app.evidence.services import deciding
from app.mail.models import Letter
from app.mail.rules.fates import LetterStatus
from app.mail.services import make_link
from tests import builders
from tests.evidence import telling
from tests.faults.acts import Act, about_to, just_over, letters_about, rows_of, signed_up, somebody
from tests.faults.procs import Served

GIVEN = dict.fromkeys(("knowledge", "engaging", "improved_knowledge", "useful_in_role"), "3")
"""What must be answered after a session."""


def issue_certificates(site: Served) -> Act:
    """Finish a register: everybody who came has a certificate and a letter, or nobody has and the register is open."""
    session, browser, bookings = just_over(site)
    ids, number = [booking.id for booking in bookings], session.id
    with transaction() as writing:
        for booking in bookings:
            writing.add(Attendance(booking_id=booking.id, outcome="attended", marked_at=session.ends_at))
            writing.get_one(Booking, booking.id).turnout = Turnout.CAME

    def kept() -> int:
        issued = rows_of(Certificate, Certificate.booking_id.in_(ids), Certificate.ended_at.is_(None))
        assert issued in (0, 2) and issued == len(letters_about(ids, "certificate-ready")), "a part of it"
        assert bool(issued) == bool(rows_of(Register, Register.course_session_id == number, Register.finished_at.is_not(None))), "one half of it"
        return issued // 2

    return about_to(browser, f"/registers/{session.ref}", kept, button="Finish the register")


def _have_left() -> None:
    """The letters so far have reached people: what ends a certificate of which nobody has heard is told to nobody."""
    with transaction() as writing:
        writing.execute(sa.update(Letter).values(status=LetterStatus.SENT, sent_at=clock.now(), next_try_at=None))


def withdraw_certificate(site: Served) -> Act:
    """Correct a finished register to absent: the mark, the end of the certificate and the letter."""
    session, browser, bookings = just_over(site)
    ids, first = [booking.id for booking in bookings], bookings[0].id
    with transaction() as writing:
        for booking in bookings:
            writing.add(Attendance(booking_id=booking.id, outcome="attended", marked_at=session.ends_at))
            writing.get_one(Booking, booking.id).turnout = Turnout.CAME
    browser.submit(browser.form(browser.get(f"/registers/{session.ref}"), "Finish the register"))
    _have_left()

    def kept() -> int:
        ended = rows_of(Certificate, Certificate.booking_id == first, Certificate.ended_at.is_not(None))
        assert ended == rows_of(Attendance, Attendance.booking_id == first, Attendance.outcome == Outcome.NO_SHOW), "one half of it"
        assert ended == len(letters_about(ids, "certificate-withdrawn")), "without its letter"
        return ended

    return about_to(browser, f"/registers/{session.ref}", kept, button="Save", also={f"mark-{bookings[0].ref}": "no_show"})


def approve_example(site: Served) -> Act:
    """Approve the wording of an example as the second person: the state, who approved it, and the event."""
    with transaction():
        writer, second = signed_up(site, Role.COORDINATOR), signed_up(site, Role.COORDINATOR)
        example = telling.asked(telling.an_example(writer.person_id), second.person_id)
        browser, number, by_id = site.browser(second), example.id, second.person_id

    def kept() -> int:
        approved = rows_of(Example, Example.id == number, Example.status == ExampleStatus.APPROVED, Example.approved_by_id == by_id)
        assert approved == rows_of(ExampleEvent, ExampleEvent.example_id == number, ExampleEvent.act == ExampleAct.APPROVE), "one half of it"
        return approved

    return about_to(browser, f"/evidence/{number}", kept, button="Approve it", also={"act": "approve"})


def answer_questions(site: Served) -> Act:
    """Send the questions before a session, from a link: the response, its answers, and the end of the draft."""
    asked = ensure_questionnaires(now=clock.now())[Stage.BEFORE]
    booking = builders.a_booking(builders.a_session(), somebody(site))
    number = booking.id
    save_draft(booking_id=number, stage=Stage.BEFORE, version_id=asked.id, key=f"form {number}", given={"knowledge": "3"}, now=clock.now())

    def kept() -> int:
        found = rows_of(Response, Response.booking_id == number)
        assert found == rows_of(Answer, Answer.response_id.in_(sa.select(Response.id).where(Response.booking_id == number))), "a part of it"
        assert found + rows_of(AnswerDraft, AnswerDraft.booking_id == number) == 1, "neither a draft nor a response, or both"
        return found

    browser = site.browser()
    page = browser.get(f"/a/{letter_to(booking, Stage.BEFORE)}").location
    return about_to(browser, page, kept, also={"screen": "4", "go": "next"})


def answer_anonymously(site: Served) -> Act:
    """Send anonymous questions: the ticket, the response, and all those of the session written anew."""
    session, kept = _asked_anonymously()
    booking = builders.a_booking(session, somebody(site))
    also = {"screen": "9", "go": "next", **{f"a-{code}": value for code, value in GIVEN.items()}}
    browser = site.browser()
    page = browser.get(f"/a/{letter_to(booking)}").location
    return about_to(browser, page, kept, also=also)


def key_in_sheet(site: Served) -> Act:
    """Key in what somebody wrote on paper: the response and who keyed it in, its answers, the end of what they had begun, and of the letter."""
    asked, browser = ensure_questionnaires(now=clock.now())[Stage.AFTER], site.browser(signed_up(site, Role.COORDINATOR))
    session = builders.a_session(starts_in=timedelta(hours=-4))
    booking = builders.a_booking(session, somebody(site))
    number = booking.id
    inviting.invite(session_id=session.id, now=clock.now())
    save_draft(booking_id=number, stage=Stage.AFTER, version_id=asked.id, key=f"sheet {number}", given={"knowledge": "5"}, now=clock.now())

    def kept() -> int:
        keyed = rows_of(Response, Response.booking_id == number, Response.keyed_by_id.is_not(None), Response.may_quote == Quoting.WITH_ROLE)
        assert 5 * keyed == rows_of(Answer, Answer.response_id.in_(sa.select(Response.id).where(Response.booking_id == number))), "a part of it"
        assert keyed + rows_of(AnswerDraft, AnswerDraft.booking_id == number) == 1, "neither a draft nor a response, or both"
        void = rows_of(Letter, Letter.about.startswith(f"booking:{number}:questions:after:0:"), Letter.status == LetterStatus.VOID)
        assert keyed == void, "somebody who has answered is still asked, or nobody is asked any more"
        return keyed

    also = {"whose": booking.ref, "a-comment": "Of paper", "quote-comment": Quoting.WITH_ROLE.value, **{f"a-{code}": value for code, value in GIVEN.items()}}
    return about_to(browser, f"/my-sessions/{session.ref}/paper/after", kept, also=also)


def key_in_anonymous_sheet(site: Served) -> Act:
    """Key in a sheet without a name: the ticket of the form, the response, and all those of the session written anew."""
    session, kept = _asked_anonymously()
    browser = site.browser(signed_up(site, Role.COORDINATOR))
    return about_to(browser, f"/my-sessions/{session.ref}/paper/after", kept, also={f"a-{code}": value for code, value in GIVEN.items()})


def put_questionnaire_in_use(site: Served) -> Act:
    """Ask a new version of a course's own questionnaire: there is always just one in use."""
    asked = ensure_questionnaires(now=clock.now())[Stage.AFTER]
    course_id = builders.a_course().id
    first = building.copy_to_course(questionnaire_id=asked.questionnaire_id, course_id=course_id, now=clock.now())
    building.put_in_use(version_id=first.id, by="x", now=clock.now())
    second = building.begin_draft(questionnaire_id=first.questionnaire_id, shipped=False, now=clock.now())
    number, questionnaire_id = second.id, second.questionnaire_id

    def kept() -> int:
        in_use = list(db.session.scalars(sa.select(QuestionnaireVersion.id).where(
            QuestionnaireVersion.questionnaire_id == questionnaire_id, QuestionnaireVersion.state == VersionState.IN_USE)))
        assert len(in_use) == 1, "none is in use, or two are"
        return int(in_use == [number])

    return about_to(site.browser(signed_up(site, Role.COORDINATOR)), f"/desk/questionnaires/versions/{number}/use", kept, also={"act": "use"})


def raise_worry(site: Served) -> Act:
    """Say that one is worried about a child, beside the questions: it is kept, and the safeguarding contact gets a letter."""
    number, person_id = builders.a_session(starts_in=timedelta(hours=-4)).id, _contact(site).person_id

    def kept() -> int:
        raised = list(db.session.scalars(sa.select(Worry.id).where(Worry.course_session_id == number)))
        told = rows_of(Letter, Letter.about.in_([f"worry:{one}:{person_id}" for one in raised]))
        assert told == len(raised), "it reached nobody, or what is not there was told of"
        return len(raised)

    page = f"/worry/{worries.token(site.app.config['SECRET_KEY'], number, 0)}"
    return about_to(site.browser(), page, kept, also={"about": "child", "text": "A child in my class said something."},
                    said="Thank you for saying so")


def close_worry(site: Served) -> Act:
    """Say as the safeguarding contact what was done about a worry."""
    session, browser = builders.a_session(starts_in=timedelta(hours=-4)), site.browser(_contact(site))
    with transaction() as writing:
        worry = Worry(about=About.CHILD, text="A child in my class", contact="", course_session_id=session.id, raised_at=clock.now())
        writing.add(worry)
    number, ref = worry.id, worry.ref

    def kept() -> int:
        closed = rows_of(Worry, Worry.id == number, Worry.done_at.is_not(None))
        assert closed == rows_of(Worry, Worry.id == number, Worry.note == "Rang the school", Worry.done_by_id.is_not(None)), "one half of it"
        return closed

    return about_to(browser, "/worries", kept, also={"ref": ref, "note": "Rang the school"})


def make_example(site: Served) -> Act:
    """Make an example of practice of an answer: the example and its first event."""
    answer = telling.an_answer()
    question_id = next(one.question_id for one in answer.answers if one.text)
    number, browser = answer.id, site.browser(signed_up(site, Role.COORDINATOR))

    def kept() -> int:
        made = list(db.session.scalars(sa.select(Example.id).where(Example.response_id == number)))
        assert len(made) == rows_of(ExampleEvent, ExampleEvent.example_id.in_(made), ExampleEvent.act == ExampleAct.ADD), "one half of it"
        return len(made)

    return about_to(browser, "/evidence/answers", kept, also={"take": f"{number}-{question_id}"})


def type_example(site: Served) -> Act:
    """Type an example that somebody told: it and its event. The same form sent again is the same example."""
    account = signed_up(site, Role.COORDINATOR)
    browser, by_id = site.browser(account), account.person_id

    def kept() -> int:
        made = list(db.session.scalars(sa.select(Example.id).where(Example.added_by_id == by_id)))
        assert len(made) == rows_of(ExampleEvent, ExampleEvent.example_id.in_(made), ExampleEvent.act == ExampleAct.ADD), "one half of it"
        return len(made)

    return about_to(browser, "/evidence/new", kept, also={
        "source": "supervision", "course": "0", "agency": "0", "priority": "0", "theme": "tools", "strength": "example", "direction": "for",
        "original": "I used the tool with a child.", "told_on": telling.today().isoformat(), "consent": "anonymous"})


def ask_second_person(site: Served) -> Act:
    """Write what would be printed and ask a second person: the wording, the state, the event and the letter."""
    with transaction():
        writer, second = signed_up(site, Role.COORDINATOR), signed_up(site, Role.COORDINATOR)
        example = telling.an_example(writer.person_id)
        browser, number, second_id = site.browser(writer), example.id, second.person_id

    def kept() -> int:
        asked = rows_of(Example, Example.id == number, Example.status == ExampleStatus.WAITING, Example.wording != "", Example.second_id == second_id)
        assert asked == rows_of(ExampleEvent, ExampleEvent.example_id == number, ExampleEvent.act == ExampleAct.ASK), "one half of it"
        assert asked == rows_of(Letter, Letter.kind == "example-to-approve", Letter.person_id == second_id), "without its letter"
        return asked

    return about_to(browser, f"/evidence/{number}", kept, also={"act": "ask", "wording": telling.WORDING, "second": str(second_id)})


def reopen_example(site: Served) -> Act:
    """Take an approved wording back to work on it: nobody's approval stands, and no report has it."""
    example = telling.approved()
    return _of_example(site, example.id, f"/evidence/{example.id}", ExampleAct.REOPEN, button="Open it again", also={"act": "reopen"})


def withdraw_consent(site: Served) -> Act:
    """Note that somebody has taken the consent back: what was written is deleted, and where it was printed stays."""
    example = telling.approved()
    deciding.note_printed(example_id=example.id, printed_in="A report", used_on=telling.today(), by_id=example.second_id, now=clock.now())
    return _of_example(site, example.id, f"/evidence/{example.id}/withdraw", ExampleAct.WITHDRAW, also={"reason": "By telephone today"})


def note_printed(site: Served) -> Act:
    """Note where a wording was printed, with its words and the event."""
    number = telling.approved().id
    return _printed(site, f"/evidence/{number}/printed", number, {})


def note_printed_together(site: Served) -> Act:
    """Note which quotes of a period were printed in a report that came out."""
    number, today = telling.approved().id, telling.today()
    return _printed(site, f"/evidence/printed?from={today}&to={today}", number, {"quotes": str(number)})


def show_promise(site: Served) -> Act:
    """Say where promised evidence is shown: its state, where, by whom and when."""
    number = telling.a_promise().id

    def kept() -> int:
        shown = rows_of(Promise, Promise.id == number, Promise.status == PromiseStatus.SHOWN)
        assert shown == rows_of(Promise, Promise.id == number, Promise.shown_in.is_not(None), Promise.ended_by_id.is_not(None)), "one half of it"
        return shown

    return about_to(site.browser(signed_up(site, Role.COORDINATOR)), f"/evidence/promises/{number}", kept, also={"shown_in": "Annual report 2026"})


def reissue_certificate(site: Served) -> Act:
    """Correct how long somebody was there: the old certificate ends, the next one stands, and the letter says so."""
    session, browser, bookings = just_over(site)
    ref, number = bookings[0].ref, bookings[0].id
    with transaction() as writing:
        writing.get_one(CourseSession, session.id).course.certificate_percent = 50
        for booking in bookings:
            writing.add(Attendance(booking_id=booking.id, outcome="attended", marked_at=session.ends_at))
            writing.get_one(Booking, booking.id).turnout = Turnout.CAME
    browser.submit(browser.form(browser.get(f"/registers/{session.ref}"), "Finish the register"))
    _have_left()

    def kept() -> int:
        ended = rows_of(Certificate, Certificate.booking_id == number, Certificate.ended_as == CertificateEnd.REPLACED)
        next_ones = rows_of(Certificate, Certificate.booking_id == number, Certificate.ended_at.is_(None), Certificate.issue == 2)
        marked = rows_of(Attendance, Attendance.booking_id == number, Attendance.minutes == 100)
        assert ended == next_ones == marked == len(letters_about([number], "certificate-replaced")), "a part of it"
        assert rows_of(Certificate, Certificate.booking_id == number, Certificate.ended_at.is_(None)) == 1, "none stands, or two do"
        return ended

    return about_to(browser, f"/registers/{session.ref}", kept, button="Save", also={f"mark-{ref}": "partly_attended", f"minutes-{ref}": "100"})


def open_the_questions(site: Served) -> Act:
    """Open the questions for which a certificate waits: the note, the certificate and its letter."""
    session, browser, bookings = just_over(site)
    number, ref, person_id = bookings[0].id, bookings[0].ref, bookings[0].person_id
    with transaction() as writing:
        writing.get_one(CourseSession, session.id).course.certificate_after_questions = True
        for booking in bookings:
            writing.add(Attendance(booking_id=booking.id, outcome="attended", marked_at=session.ends_at))
            writing.get_one(Booking, booking.id).turnout = Turnout.CAME
        own = site.browser(builders.an_account(person=writing.get_one(Person, person_id)))
    browser.submit(browser.form(browser.get(f"/registers/{session.ref}"), "Finish the register"))

    def kept() -> int:
        opened = rows_of(QuestionsOpened, QuestionsOpened.booking_id == number)
        assert opened == rows_of(Certificate, Certificate.booking_id == number) == len(letters_about([number], "certificate-ready")), "a part of it"
        return opened

    return about_to(own, f"/bookings/{ref}/certificate", kept, button="Open the questions")


ANSWERS = (
    answer_questions, answer_anonymously, key_in_sheet, key_in_anonymous_sheet, put_questionnaire_in_use, raise_worry, close_worry, make_example,
    type_example, ask_second_person, approve_example, reopen_example, withdraw_consent, note_printed, note_printed_together, show_promise, issue_certificates,
    withdraw_certificate, reissue_certificate, open_the_questions,
)


def _contact(site: Served) -> Account:
    """The only safeguarding contact, so that an act writes one letter and has the same steps each time."""
    there = db.session.scalar(sa.select(Account).join(SafeguardingContact, SafeguardingContact.person_id == Account.person_id))
    if there is not None:
        return there
    with transaction() as writing:
        named = signed_up(site)
        writing.add(SafeguardingContact(person_id=named.person_id, reads_from=BEGINNING, named_at=clock.now(), named_by="x"))
    return named


def _asked_anonymously() -> tuple[CourseSession, Callable[[], int]]:
    """A session whose questions are anonymous and of which three people have answered; how many more have."""
    asked = ensure_questionnaires(now=clock.now())[Stage.AFTER]
    course = builders.a_course()
    own = building.copy_to_course(questionnaire_id=asked.questionnaire_id, course_id=course.id, now=clock.now())
    building.put_in_use(version_id=own.id, by="x", now=clock.now())
    building.set_mode(questionnaire_id=own.questionnaire_id, mode=Mode.ANONYMOUS, weeks=12)
    session = builders.a_session(starts_in=timedelta(hours=-4), course=course, places=9)
    number, there = session.id, [builders.a_booking(session).id for _ in range(6)]
    for one in there[:3]:
        anonymous.submit(session_id=number, stage=Stage.AFTER, version_id=own.id, owner=anonymous.owner_of(one), given=GIVEN,
                         quoting=Quoting.NO, phrase="", outcome=None, now=clock.now())

    def kept() -> int:
        found = rows_of(Response, Response.course_session_id == number)
        answers = rows_of(Answer, Answer.response_id.in_(sa.select(Response.id).where(Response.course_session_id == number)))
        tickets = rows_of(AnonymousTicket, AnonymousTicket.course_session_id == number)
        assert found == tickets and answers == 4 * found, "a part of it, or some of those before are gone"
        return found - 3

    return session, kept


def _of_example(site: Served, number: int, page: str, step: ExampleAct, *, also: dict[str, str], button: str = "") -> Act:
    """An act after which an approved example is approved no more."""
    browser = site.browser(signed_up(site, Role.COORDINATOR))
    uses = rows_of(ExampleUse, ExampleUse.example_id == number)

    def kept() -> int:
        happened = rows_of(ExampleEvent, ExampleEvent.example_id == number, ExampleEvent.act == step)
        example = db.session.get(Example, number)
        assert happened == int(example.status is not ExampleStatus.APPROVED), "one half of it"
        assert example.original is None or step is not ExampleAct.WITHDRAW or not happened, "what was written is still there"
        assert rows_of(ExampleUse, ExampleUse.example_id == number) == uses, "nobody knows any more where it was printed"
        return happened

    return about_to(browser, page, kept, button=button, also=also)


def _printed(site: Served, page: str, number: int, also: dict[str, str]) -> Act:
    """Noting that an example was printed."""

    def kept() -> int:
        uses = rows_of(ExampleUse, ExampleUse.example_id == number, ExampleUse.wording == telling.WORDING)
        assert uses == rows_of(ExampleEvent, ExampleEvent.example_id == number, ExampleEvent.act == ExampleAct.PRINT), "one half of it"
        return uses

    also = {"printed_in": f"Report {number}", "used_on": telling.today().isoformat(), **also}
    return about_to(site.browser(signed_up(site, Role.REPORT_AUTHOR)), page, kept, also=also)


def letter_to(booking: Booking, stage: Stage = Stage.AFTER) -> str:
    """The secret of the link in the letter that asks the person of this booking."""
    now = clock.now()
    return make_link(purpose=links.IN_LETTERS, subject=links.subject(booking.id, stage), person_id=booking.person_id,
                     expires_at=now + timedelta(days=1), now=now - timedelta(minutes=1))
