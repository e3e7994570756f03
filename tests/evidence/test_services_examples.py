"""Examples of practice: no wording reaches a report before somebody else has approved it, and none stays when the consent goes."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.accounts.rules import Role
from app.accounts.services import set_roles
from app.attendance.models import Attendance
from app.attendance.rules import Outcome
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import Refused
from app.core.periods import Period
from app.evaluation.models import Answer, Response
from app.evaluation.rules.answered import SETTLED
from app.evaluation.rules.stages import Quoting, Stage
from app.evaluation.services import anonymous
from app.evaluation.services.answering import submit
from app.evaluation.services.questionnaires import ensure_questionnaires
from app.evidence import invariants, jobs
from app.evidence.models import Example, ExampleEvent
from app.evidence.queries import approved_counts, approved_quotes, printable
from app.evidence.queries import examples as queries
from app.evidence.queries.access import Scope
from app.evidence.rules.states import ExampleAct, ExampleStatus
from app.evidence.rules.words import SOMEBODY, Direction, Source, Strength
from app.evidence.services import deciding, examples, following
from app.mail.models import Letter
from app.mail.rules.fates import LetterStatus
from tests.builders import a_booking, a_session, an_account
from tests.evaluation.anonymously import make_anonymous
from tests.evidence.telling import WORDING, a_coordinator, an_answer, an_example, approved, asked, others_answer, today, words

pytestmark = pytest.mark.usefixtures("app")
S = ExampleStatus


def now_is(example):
    db.session.rollback()
    return db.session.get(Example, example.id, populate_existing=True)


def quotes():
    db.session.rollback()
    return [quote.wording for quote in approved_quotes(Period(today() - timedelta(days=400), today()), today=today())]


def sound():
    db.session.rollback()
    with db.engine.connect() as connection:
        return {one.name: one.rows(connection, clock.now()) for one in invariants.INVARIANTS if one.rows(connection, clock.now())} == {}


def test_a_quote_reaches_reports_only_after_a_second_person_approved_it():
    second = a_coordinator()
    example = an_example()
    assert quotes() == []
    asked(example, second)
    assert now_is(example).status is S.WAITING and quotes() == []
    deciding.approve(example_id=example.id, version=now_is(example).version, by_id=second, now=clock.now())
    assert quotes() == [WORDING] and now_is(example).approved_by_id == second and sound()


def test_the_writer_cannot_be_asked_nor_approve():
    writer = a_coordinator()
    example = an_example(writer)
    with pytest.raises(Refused, match="must not have written it"):
        asked(example, writer)
    assert now_is(example).wording == "", "the wording went back with the refusal"


def test_nobody_who_ever_wrote_at_it_can_be_the_second_person():
    first, second = a_coordinator(), a_coordinator()
    example = an_example(first)
    examples.write(example_id=example.id, wording=words(example), version=0, by_id=second, now=clock.now())
    for name in (first, second):
        with pytest.raises(Refused, match="must not have written it"):
            examples.ask(example_id=example.id, second_id=name, by_id=second, now=clock.now())
    third = a_coordinator()
    assert [number for number, _name in queries.seconds(queries_example(example), second)] == [third]


def queries_example(example):
    return db.session.scalar(sa.select(Example).where(Example.id == example.id))


def test_the_database_itself_refuses_a_wording_that_its_writer_approves():
    writer = a_coordinator()
    example = an_example(writer)
    for change in ({"approved_by_id": writer}, {"second_id": writer}, {"status": S.APPROVED}, {"status": S.WAITING}):
        with pytest.raises(sa.exc.IntegrityError), transaction() as session:
            session.execute(sa.update(Example).where(Example.id == example.id).values(**change))


def test_somebody_who_was_not_asked_cannot_approve_or_send_back():
    example = asked(an_example(), a_coordinator())
    other = a_coordinator()
    with pytest.raises(Refused, match="Somebody else was asked"):
        deciding.approve(example_id=example.id, version=1, by_id=other, now=clock.now())
    with pytest.raises(Refused, match="Somebody else was asked"):
        deciding.send_back(example_id=example.id, reason="no", by_id=other, now=clock.now())
    assert now_is(example).status is S.WAITING


def test_only_coordinators_and_report_authors_with_an_open_account_can_be_asked():
    example = an_example()
    with pytest.raises(Refused, match="cannot approve examples"):
        asked(example, an_account(Role.TRAINER).person_id)
    asked(example, an_account(Role.REPORT_AUTHOR).person_id)
    assert now_is(example).status is S.WAITING


def test_who_may_approve_no_more_neither_approves_nor_sends_back_nor_reads_what_was_written():
    second = an_account(Role.REPORT_AUTHOR)
    example = asked(an_example(), second.person_id)
    set_roles(person_id=second.person_id, roles=[Role.SCRUTINEER], password="", now=clock.now())
    with pytest.raises(Refused, match="You can no longer approve examples"):
        deciding.approve(example_id=example.id, version=1, by_id=second.person_id, now=clock.now())
    with pytest.raises(Refused, match="You can no longer approve examples"):
        deciding.send_back(example_id=example.id, reason="no", by_id=second.person_id, now=clock.now())
    scope = Scope(second.person_id, approved=True)
    assert queries.example(scope, example.id) is None and not scope.reads_original(now_is(example))
    assert now_is(example).status is S.WAITING


def test_words_that_changed_while_the_page_was_open_are_not_approved():
    second = a_coordinator()
    example = asked(an_example(), second)
    examples.take_back(example_id=example.id, by_id=example.writer_id, now=clock.now())
    asked(now_is(example), second, "Something quite different.")
    with pytest.raises(Refused, match="has changed since you opened"):
        deciding.approve(example_id=example.id, version=1, by_id=second, now=clock.now())
    assert quotes() == []


def test_two_people_who_write_at_once_do_not_overwrite_each_other():
    example = an_example()
    examples.write(example_id=example.id, wording=words(example, "First."), version=0, by_id=a_coordinator(), now=clock.now())
    with pytest.raises(Refused, match="has changed since you opened"):
        examples.write(example_id=example.id, wording=words(example, "Second."), version=0, by_id=a_coordinator(), now=clock.now())
    assert now_is(example).wording == "First."


def test_the_same_wording_again_changes_nothing():
    example = an_example()
    for _ in range(2):
        version = now_is(example).version
        examples.write(example_id=example.id, wording=words(example), version=version, by_id=example.writer_id, now=clock.now())
    assert now_is(example).version == 1


def test_a_waiting_or_approved_wording_cannot_be_written_at():
    for example in (asked(an_example(), a_coordinator()), approved()):
        with pytest.raises(Refused, match="changed meanwhile"):
            examples.write(example_id=example.id, wording=words(example, "Sneaked in."), version=now_is(example).version, by_id=example.writer_id, now=clock.now())
        assert now_is(example).wording == WORDING


def test_sent_back_with_a_reason_written_again_and_approved():
    second = a_coordinator()
    example = asked(an_example(), second)
    with pytest.raises(Refused, match="Write what should change"):
        deciding.send_back(example_id=example.id, reason="  ", by_id=second, now=clock.now())
    deciding.send_back(example_id=example.id, reason="It names the school.", by_id=second, now=clock.now())
    assert now_is(example).status is S.SENT_BACK and now_is(example).second_id is None
    asked(now_is(example), second, "A shorter wording.")
    deciding.approve(example_id=example.id, version=now_is(example).version, by_id=second, now=clock.now())
    assert quotes() == ["A shorter wording."] and sound()
    acts = db.session.scalars(sa.select(ExampleEvent.act).where(ExampleEvent.example_id == example.id).order_by(ExampleEvent.id)).all()
    assert acts == [ExampleAct.ADD, ExampleAct.WRITE, ExampleAct.ASK, ExampleAct.SEND_BACK, ExampleAct.WRITE, ExampleAct.ASK, ExampleAct.APPROVE]


def test_what_is_opened_again_is_in_no_report_until_it_is_approved_anew():
    example = approved()
    examples.reopen(example_id=example.id, by_id=example.writer_id, now=clock.now())
    assert quotes() == [] and now_is(example).approved_by_id is None and sound()


def test_a_withdrawn_consent_takes_it_from_drafts_and_leaves_it_listed_where_printed():
    example = approved()
    deciding.note_printed(example_id=example.id, printed_in="Annual report 2025", used_on=today(), by_id=example.writer_id, now=clock.now())
    deciding.withdraw(example_id=example.id, reason="By e-mail, today", by_id=example.writer_id, now=clock.now())
    kept = now_is(example)
    assert quotes() == [] and kept.status is S.WITHDRAWN and kept.original is None
    assert [(use.printed_in, use.wording) for use in kept.uses] == [("Annual report 2025", WORDING)] and sound()
    with pytest.raises(Refused, match="changed meanwhile"):
        deciding.withdraw(example_id=example.id, reason="Again", by_id=example.writer_id, now=clock.now())


def test_only_what_is_approved_can_have_been_printed():
    with pytest.raises(Refused, match="changed meanwhile"):
        deciding.note_printed(example_id=an_example().id, printed_in="A report", used_on=today(), by_id=a_coordinator(), now=clock.now())
    with pytest.raises(Refused, match="still to come"):
        deciding.note_printed(example_id=approved().id, printed_in="A report", used_on=today() + timedelta(days=1), by_id=a_coordinator(), now=clock.now())


def test_a_consent_that_has_ended_reaches_no_new_report_even_before_the_worker_has_noted_it():
    example = approved()
    later = clock.now() + timedelta(days=920)
    assert approved_quotes(Period(today(), today()), today=clock.london_date(later)) == []
    jobs.keep_to_dates(later)
    assert now_is(example).status is S.EXPIRED and sound()


def test_what_was_written_is_deleted_on_its_day_and_the_wording_stays():
    example = approved()
    jobs.keep_to_dates(clock.now() + timedelta(days=364))
    assert now_is(example).original
    day_after = clock.now() + timedelta(days=367)
    assert jobs.keep_to_dates(day_after) == "0 consents withdrawn, 1 texts deleted, 0 consents ended"
    assert now_is(example).original is None and now_is(example).wording == WORDING and quotes() == [WORDING]
    assert jobs.keep_to_dates(day_after) == "0 consents withdrawn, 0 texts deleted, 0 consents ended"


def test_without_consent_it_is_counted_and_never_quoted():
    approved(consent=Quoting.NO, direction=Direction.AGAINST, strength=Strength.SAID)
    assert quotes() == []
    assert approved_counts(Period(today(), today()), today=today()) == {(Strength.SAID, Direction.AGAINST): 1}


def test_unfavourable_quotes_are_given_as_readily_and_the_strongest_come_first():
    for text, strength, direction in (("Said for.", Strength.SAID, Direction.FOR), ("Audit against.", Strength.AUDIT, Direction.AGAINST),
                                      ("Said against.", Strength.SAID, Direction.AGAINST)):
        approved(text, strength=strength, direction=direction)
    assert quotes() == ["Audit against.", "Said for.", "Said against."]


def test_a_quote_is_signed_with_the_role_only_where_that_was_agreed():
    approved("With.", consent=Quoting.WITH_ROLE, role="School nurse")
    approved("Without.", consent=Quoting.ANONYMOUS, role="School nurse")
    found = {quote.wording: quote.signed for quote in approved_quotes(Period(today(), today()), today=today())}
    assert found == {"With.": "School nurse", "Without.": "Practitioner"}


def test_only_examples_told_in_the_period_are_in_its_report():
    approved()
    assert approved_quotes(Period(today() - timedelta(days=9), today() - timedelta(days=1)), today=today()) == []


def test_an_answer_becomes_an_example_once_with_its_consent():
    response, by_id = an_answer(quoting=Quoting.WITH_ROLE), a_coordinator()
    _page, rows = queries.quotable(1)
    assert [(row.text, row.consent) for row in rows] == [("It helped me with Jayden.", Quoting.WITH_ROLE)]
    example = examples.take(response_id=response.id, question_id=rows[0].question_id, by_id=by_id, now=clock.now())
    assert (example.original, example.consent, example.response_id, example.role) == ("It helped me with Jayden.", Quoting.WITH_ROLE, response.id, "Social worker")
    assert queries.quotable(1)[1] == []
    with pytest.raises(Refused, match="already"):
        examples.take(response_id=response.id, question_id=rows[0].question_id, by_id=by_id, now=clock.now())


def test_words_of_so_few_that_their_sessions_page_hides_them_are_neither_offered_nor_taken():
    """Of one person; of nine; of ten the first five; and of those who came in later nobody's, until no more can come."""
    response = an_answer("The only words", others=0)
    question_id = next(answer.question_id for answer in response.answers if answer.text)
    session = response.course_session

    def offered(at=None):
        return [row.text for row in queries.quotable(1, at)[1]]

    settled = session.ends_at + SETTLED
    assert offered() == [] == offered(settled)
    with pytest.raises(Refused, match="somebody could be picked out"):
        examples.take(response_id=response.id, question_id=question_id, by_id=a_coordinator(), now=clock.now())
    others_answer(session, 3)
    assert offered() == [] == offered(settled)
    others_answer(session, 5)
    assert offered() == [] and offered(settled) == ["The only words"]
    others_answer(session, 1)
    assert offered() == ["The only words"]


def test_words_of_somebody_who_was_absent_are_not_offered_nor_do_they_go_alone():
    response = an_answer("Was not there", others=4)
    session = response.course_session
    others_answer(session, 10, minutes=2)
    assert [row.text for row in queries.quotable(1)[1]] == ["Was not there"]
    with transaction() as rows:
        rows.add(Attendance(booking_id=response.booking_id, outcome=Outcome.NO_SHOW, marked_at=clock.now()))
    assert queries.quotable(1)[1] == [] == queries.quotable(1, session.ends_at + SETTLED)[1]


def test_an_answer_that_must_not_be_quoted_is_not_offered_and_not_taken():
    response = an_answer(quoting=Quoting.NO)
    assert queries.quotable(1)[1] == []
    question_id = next(answer.question_id for answer in response.answers if answer.text)
    with pytest.raises(Refused, match="does not want to be quoted"):
        examples.take(response_id=response.id, question_id=question_id, by_id=a_coordinator(), now=clock.now())


def test_words_under_which_nobody_was_asked_about_quoting_are_not_taken():
    """Whoever lets us quote the comment has not said so of the one thing that they will do."""
    response = an_answer(one_thing=["Talk to my manager about Jayden", "1"])
    row = db.session.execute(sa.select(Answer.question_id).where(Answer.response_id == response.id, Answer.text.startswith("Talk"))).one()
    with pytest.raises(Refused, match="Nobody was asked whether this may be quoted"):
        examples.take(response_id=response.id, question_id=row.question_id, by_id=a_coordinator(), now=clock.now())


def test_who_changes_an_answer_to_no_has_withdrawn_the_consent():
    response = an_answer()
    row = queries.quotable(1)[1][0]
    second = a_coordinator()
    example = asked(examples.take(response_id=response.id, question_id=row.question_id, by_id=a_coordinator(), now=clock.now()), second)
    deciding.approve(example_id=example.id, version=1, by_id=second, now=clock.now())
    kept = db.session.get(Response, response.id)
    submit(booking_id=kept.booking_id, stage=Stage.AFTER, version_id=kept.version_id, given={
        "knowledge": "4", "engaging": "5", "improved_knowledge": "4", "useful_in_role": "5", "comment": "Rather not."}, quoting=Quoting.NO, now=kept.submitted_at)
    jobs.keep_to_dates(clock.now())
    assert now_is(example).status is S.WITHDRAWN and quotes() == [] and sound()


def answered_anonymously(session, stage, phrases):
    """Somebody for each of these phrases, who may be quoted."""
    version_id = make_anonymous(stage, clock.now())
    given = {**dict.fromkeys(("knowledge", "engaging", "improved_knowledge", "useful_in_role"), "none"), "comment": "It helped me.", "applied": "none"}
    at = session.ends_at + (timedelta(weeks=13) if stage is Stage.FOLLOW_UP else timedelta())
    for phrase in phrases:
        anonymous.submit(session_id=session.id, stage=stage, version_id=version_id, owner=anonymous.owner_of(a_booking(session).id), given=given,
                         phrase=phrase, quoting=Quoting.ANONYMOUS, outcome=Outcome.ATTENDED, now=at)
    db.session.rollback()


def anonymous_text():
    """(response, question) of an answer that counts."""
    return db.session.execute(
        sa.select(Response.id, Answer.question_id).join(Answer, Answer.response_id == Response.id)
        .where(Response.current, Response.stage == Stage.AFTER, Answer.text.is_not(None)).order_by(Response.id)).first()


def test_an_anonymous_answer_becomes_an_example_when_no_more_of_them_can_come():
    session = a_session(starts_in=timedelta(hours=-4), places=9)
    answered_anonymously(session, Stage.AFTER, [""] * 5)
    response_id, question_id = anonymous_text()
    assert queries.quotable(1)[1] == []
    with pytest.raises(Refused, match="no more can come"):
        examples.take(response_id=response_id, question_id=question_id, by_id=a_coordinator(), now=clock.now())
    later = session.ends_at + SETTLED
    assert len(queries.quotable(1, later)[1]) == 5
    example = examples.take(response_id=response_id, question_id=question_id, by_id=a_coordinator(), now=later)
    assert example.response_id == response_id and len(queries.quotable(1, later)[1]) == 4


def test_anonymous_answers_are_offered_when_all_of_their_session_count_and_not_before():
    """Those that were held back would be known as the later ones by whoever had read the first five."""
    session = a_session(starts_in=timedelta(hours=-4), places=9)
    answered_anonymously(session, Stage.AFTER, [""] * 8)
    later, (response_id, question_id) = session.ends_at + SETTLED, anonymous_text()
    assert queries.quotable(1, later)[1] == []
    with pytest.raises(Refused, match="no more can come"):
        examples.take(response_id=response_id, question_id=question_id, by_id=a_coordinator(), now=later)
    anonymous.count_the_rest(session_id=session.id, stage=Stage.AFTER)
    assert len(queries.quotable(1, later)[1]) == 8


def test_an_example_keeps_its_anonymous_answer_when_that_is_written_anew():
    """As it is again when two choose the same phrase at the follow-up: it would be offered, approved and printed a second time."""
    session = a_session(starts_in=timedelta(hours=-4), places=20)
    answered_anonymously(session, Stage.AFTER, ["blue kettle monday", *[""] * 4])
    later = session.ends_at + timedelta(weeks=13)
    for _ in range(5):
        taken = queries.quotable(1, later)[1][0]
        examples.take(response_id=taken.response_id, question_id=taken.question_id, by_id=a_coordinator(), now=later)
    before = kept_answers()
    assert len(before) == 5 and None not in before.values()
    answered_anonymously(session, Stage.FOLLOW_UP, ["blue kettle monday"] * 2)
    assert kept_answers() == before and queries.quotable(1, later)[1] == [] and sound()


def kept_answers():
    db.session.rollback()
    return dict(db.session.execute(sa.select(Example.id, Example.response_id)).all())


def of_an_answer(quoting=Quoting.ANONYMOUS, *, approve=True):
    """An example of an answer, approved or waiting for the second person, and that answer."""
    response, second = an_answer("It helped me with Jayden.", quoting), a_coordinator()
    row = queries.quotable(1)[1][0]
    example = asked(examples.take(response_id=response.id, question_id=row.question_id, by_id=a_coordinator(), now=clock.now()), second)
    if approve:
        deciding.approve(example_id=example.id, version=1, by_id=second, now=clock.now())
    return now_is(example), db.session.get(Response, response.id), second


def answered_again(response, comment, quoting=Quoting.ANONYMOUS, **more):
    submit(booking_id=response.booking_id, stage=Stage.AFTER, version_id=response.version_id, quoting=quoting, now=response.submitted_at, given={
        "knowledge": "4", "engaging": "5", "improved_knowledge": "4", "useful_in_role": "5", **({"comment": comment} if comment else {}), **more})


def seen_by_readers(example):
    scope = Scope(a_coordinator(), approved=True, internal=True)
    inside = db.session.scalar(sa.select(sa.func.count()).where(Example.id == example.id, scope.examples)) == 1
    assert inside is (printable(Scope(0, approved=True), None, 1, today=today())[1] != [])
    return inside


@pytest.mark.parametrize(("comment", "quoting"), [
    ("Sorry, I was wrong: we do NOT share information.", Quoting.ANONYMOUS), ("", Quoting.ANONYMOUS), ("It helped me with Jayden.", Quoting.NO)])
def test_a_quote_whose_answer_was_rewritten_or_taken_back_is_printed_and_read_no_more_before_any_worker_ran(comment, quoting):
    example, response, _second = of_an_answer()
    assert quotes() == [WORDING] and seen_by_readers(example)
    answered_again(response, comment, quoting)
    assert now_is(example).status is S.APPROVED, "no worker has run"
    assert quotes() == [] and not seen_by_readers(example)
    assert approved_counts(Period(today() - timedelta(days=9), today()), today=today()) == {}


def test_who_changes_another_answer_leaves_the_quote_as_it_was_approved():
    example, response, _second = of_an_answer()
    answered_again(response, "It helped me with Jayden.", engaging="1")
    assert quotes() == [WORDING] and seen_by_readers(example)
    assert jobs.keep_to_dates(clock.now()) == "0 consents withdrawn, 0 texts deleted, 0 consents ended" and now_is(example).status is S.APPROVED


def test_a_rewritten_answer_brings_its_example_back_to_be_worked_on_with_the_new_words():
    example, response, second = of_an_answer()
    answered_again(response, "It did not help.")
    assert jobs.keep_to_dates(clock.now()).endswith("1 answers rewritten")
    kept = now_is(example)
    assert (kept.status, kept.original, kept.approved_by_id) == (S.TO_CHECK, "It did not help.", None)
    assert [event.reason for event in kept.events if event.by_id is None] == [following.REWRITTEN] and quotes() == [] and sound()
    assert queries.quotable(1)[1] == [], "the new words are no second example"
    assert not jobs.keep_to_dates(clock.now()).endswith("rewritten")
    assert kept.version == 2, "whoever has the old page open decides on nothing"
    asked(kept, second, "The training did not help me.", by_id=a_coordinator())
    deciding.approve(example_id=kept.id, version=now_is(kept).version, by_id=second, now=clock.now())
    assert quotes() == ["The training did not help me."]


def test_words_that_were_rewritten_while_somebody_was_asked_are_not_approved():
    example, response, second = of_an_answer(approve=False)
    answered_again(response, "It did not help.")
    with pytest.raises(Refused, match="rewritten the answer"):
        deciding.approve(example_id=example.id, version=1, by_id=second, now=clock.now())
    jobs.keep_to_dates(clock.now())
    assert now_is(example).status is S.TO_CHECK and sound()


def test_who_took_the_words_out_of_the_answer_has_withdrawn_them():
    example, response, _second = of_an_answer()
    answered_again(response, "")
    assert jobs.keep_to_dates(clock.now()).startswith("1 consents withdrawn")
    kept = now_is(example)
    assert (kept.status, kept.original, kept.wording) == (S.WITHDRAWN, None, "") and sound()


def test_new_words_of_which_somebody_made_an_example_already_are_not_made_one_twice():
    example, response, _second = of_an_answer()
    answered_again(response, "It did not help.")
    row = queries.quotable(1)[1][0]
    other = examples.take(response_id=row.response_id, question_id=row.question_id, by_id=a_coordinator(), now=clock.now())
    jobs.keep_to_dates(clock.now())
    assert (now_is(example).status, now_is(other).status) == (S.WITHDRAWN, S.TO_CHECK) and sound()


def test_who_does_not_want_the_role_printed_any_more_is_signed_without_it_at_once():
    example, response, second = of_an_answer(Quoting.WITH_ROLE, approve=False)
    with transaction():
        db.session.get(Example, example.id).role = "School nurse"
    deciding.approve(example_id=example.id, version=1, by_id=second, now=clock.now())
    period = Period(today() - timedelta(days=9), today())
    assert [one.signed for one in approved_quotes(period, today=today())] == ["School nurse"]
    answered_again(response, "It helped me with Jayden.", Quoting.ANONYMOUS)
    db.session.rollback()
    assert [(one.wording, one.signed) for one in approved_quotes(period, today=today())] == [(WORDING, SOMEBODY)]
    jobs.keep_to_dates(clock.now())
    assert (now_is(example).status, now_is(example).consent, now_is(example).role) == (S.TO_CHECK, Quoting.ANONYMOUS, None)


def test_an_example_cannot_be_told_tomorrow_or_long_ago():
    told = examples.Told(**{**vars(_told()), "told_on": today() + timedelta(days=1)})
    with pytest.raises(Refused, match="still to come"):
        examples.add(told=told, by_id=a_coordinator(), now=clock.now())
    with pytest.raises(Refused, match="30 months"):
        examples.add(told=replace(told, told_on=today() - timedelta(days=1000)), by_id=a_coordinator(), now=clock.now())


def _told():
    example = an_example()
    return examples.Told(source=example.source, original="x", told_on=today(), consent=example.consent, role=None, course_id=None, agency_id=None,
                         priority_id=None, theme=example.theme, strength=example.strength, direction=example.direction)


def test_what_a_manager_has_seen_becomes_an_example_confirmed_by_a_manager_without_the_job_of_whom_it_is_about():
    version = ensure_questionnaires(now=clock.now())[Stage.MANAGER]
    seen = next(question for question in version.questions if question.code == "example")
    booking = a_booking(a_session(starts_in=timedelta(days=-100)))
    with transaction() as session:
        response = Response(version_id=version.id, course_session_id=booking.course_session_id, stage=Stage.MANAGER, respondent="m", booking_id=booking.id,
                            submitted_at=clock.now(), may_quote=Quoting.WITH_ROLE)
        response.answers = [Answer(question_id=seen.id, number=None, text="She used the tool with a family.")]
        session.add(response)
        session.add_all(Response(version_id=version.id, course_session_id=booking.course_session_id, stage=Stage.MANAGER, respondent=f"m{number}",
                                 submitted_at=clock.now() + timedelta(seconds=1), may_quote=Quoting.NO) for number in range(9))
    example = examples.take(response_id=response.id, question_id=seen.id, by_id=a_coordinator(), now=clock.now())
    assert (example.source, example.strength, example.role) == (Source.MANAGER, Strength.MANAGER, None)


def letters():
    db.session.rollback()
    return [(letter.kind, letter.person_id, letter.status) for letter in db.session.scalars(sa.select(Letter).order_by(Letter.id))]


def test_who_is_asked_to_approve_gets_one_letter_each_time_without_the_text():
    writer, second = a_coordinator(), a_coordinator()
    example = asked(an_example(writer, original="Told by Jayden"), second)
    letter = db.session.scalars(sa.select(Letter)).one()
    assert (letter.kind, letter.person_id, letter.status) == ("example-to-approve", second, LetterStatus.QUEUED)
    assert f"/evidence/{example.id}" in letter.text and "Jayden" not in letter.text + letter.subject and WORDING not in letter.text
    examples.take_back(example_id=example.id, by_id=writer, now=clock.now())
    assert letters() == [("example-to-approve", second, LetterStatus.VOID)], "what has not left yet is withdrawn"
    examples.ask(example_id=example.id, second_id=second, by_id=writer, now=clock.now())
    assert letters()[1:] == [("example-to-approve", second, LetterStatus.QUEUED)]


def test_whose_wording_is_sent_back_gets_a_letter_that_does_not_say_what_is_wrong_with_it():
    writer, second = a_coordinator(), a_coordinator()
    example = asked(an_example(writer), second)
    deciding.send_back(example_id=example.id, reason="Hill Lane Primary is still in it", by_id=second, now=clock.now())
    assert letters() == [("example-to-approve", second, LetterStatus.VOID), ("example-sent-back", writer, LetterStatus.QUEUED)]
    assert "Hill Lane" not in "".join(db.session.scalars(sa.select(Letter.text)))
    asked(now_is(example), second, by_id=writer, text="Another wording.")
    assert letters()[1:] == [("example-sent-back", writer, LetterStatus.VOID), ("example-to-approve", second, LetterStatus.QUEUED)]


def test_nobody_is_written_to_when_the_asking_is_refused():
    writer = a_coordinator()
    with pytest.raises(Refused):
        asked(an_example(writer), writer)
    assert letters() == []
