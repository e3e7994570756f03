"""What a trainer reads of a session: words first, at each number of answers just as much as tells of nobody."""

import re
from datetime import timedelta

import pytest

from app.accounts.models import Person
from app.accounts.rules import Role
from app.attendance.models import Attendance
from app.attendance.rules import Outcome
from app.booking.models import Booking
from app.core import clock
from app.core.db import db, transaction
from app.evaluation.models import Answer, Question, Response
from app.evaluation.queries.said import other_sessions
from app.evaluation.rules.stages import Quoting, Stage
from app.evaluation.services import building
from app.evaluation.services.answering import submit
from app.evaluation.services.questionnaires import ensure_questionnaires
from tests.builders import a_booking, a_course, a_finished_register, a_session, an_account
from tests.client import Client


@pytest.fixture
def asked(app):
    return ensure_questionnaires(now=clock.now())


@pytest.fixture
def trainer(as_role):
    return as_role(Role.TRAINER)


def of(trainer, **more):
    return a_session(**{"starts_in": timedelta(days=-40), "places": 60, "trainer": db.session.get(Person, trainer.person_id), **more})


def said(session, asked, pairs, comment="Plain words"):
    """Answers of people by (before, after); either may be none."""
    questions = {(stage, question.code): question.id for stage, version in asked.items() for question in version.questions}
    for number, (before, after) in enumerate(pairs):
        booking = a_booking(session)
        afterwards = {"knowledge": after, "engaging": 5, "improved_knowledge": 4, "useful_in_role": 4, "comment": f"{comment} {number}"}
        for stage, given in ((Stage.BEFORE, {"knowledge": before}), (Stage.AFTER, afterwards)):
            if not given["knowledge"]:
                continue
            at = session.starts_at - timedelta(hours=1) if stage is Stage.BEFORE else session.ends_at
            with transaction() as rows:
                rows.add(Response(
                    version_id=asked[stage].id, course_session_id=session.id, stage=stage, respondent=booking.ref, booking_id=booking.id,
                    submitted_at=at, may_quote=Quoting.NO, current=True, answers=[
                        Answer(question_id=questions[stage, code], number=value if isinstance(value, int) else None,
                               text=value if isinstance(value, str) else None) for code, value in given.items()]))


def page(trainer, session):
    return trainer.get(f"/my-sessions/{session.ref}/answers").text


UP, SAME, DOWN = (2, 3), (3, 3), (4, 3)


def test_from_five_to_nine_there_are_counts_and_neither_chart_average_nor_detail(trainer, asked):
    session = of(trainer)
    said(session, asked, [UP] * 3 + [SAME, DOWN])
    text = page(trainer, session)
    assert "<b>3 of 5</b> people rated their knowledge higher after the session than before it, <b>1</b> the same and <b>1</b> lower" in text
    assert "On average" not in text and "c-before" not in text and "Technical detail" not in text and "small group" not in text
    assert "<strong>5 of 5</strong> strongly agreed" in text and "more people" not in text


@pytest.mark.parametrize("people", [6, 9])
def test_who_came_sixth_stands_out_neither_while_the_questions_are_open_nor_when_they_close(trainer, as_role, asked, people):
    """Two looks, and the names of those who answered in between: neither words nor ratings of the few who came later are shown."""
    session = of(trainer, starts_in=timedelta(days=-4))
    said(session, asked, [UP] * 5)
    looks = [main(page(trainer, session))]
    said(session, asked, [DOWN] * (people - 5), comment="Dreadful")
    looks.append(main(page(trainer, session)))
    assert looks[0] == looks[1]
    moved(session, timedelta(days=30))
    for text in (page(trainer, session), *(page(trainer, session) for _ in range(2) if moved(session, timedelta(days=30)))):
        assert "<b>5 of 5</b> people rated their knowledge higher" in text and "Dreadful" not in text and "Plain words 4" in text
        assert f"{people - 5} more " in text and "So few would stand out" in text
    assert "Dreadful" in page(as_role(Role.COORDINATOR), session), "who reads the pages of courses reads a settled session whole"


def test_ten_and_more_are_all_shown_when_the_questions_close(trainer, asked):
    session = of(trainer, starts_in=timedelta(days=-4))
    said(session, asked, [UP] * 13)
    assert "<b>5 of 5</b>" in page(trainer, session)
    moved(session, timedelta(days=30))
    assert "<b>13 of 13</b>" in page(trainer, session)


def test_a_coordinator_who_does_not_give_the_session_sees_five_when_ten_are_there(as_role, asked, trainer):
    session, coordinator = of(trainer, starts_in=timedelta(days=-4)), as_role(Role.COORDINATOR)
    said(session, asked, [UP] * 9)
    assert "Fewer than 10 people have answered so far" in page(coordinator, session) and "<b>5 of 5</b>" in page(trainer, session)
    said(session, asked, [UP])
    assert "<b>5 of 5</b>" in page(coordinator, session)


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.REPORT_AUTHOR])
def test_who_gives_a_session_and_reads_the_pages_of_courses_too_never_sees_the_first_five_beside_a_few_more(role, app, asked):
    """All their pages on all days: the session's own, and that of its course, on which it stands whole."""
    both = Client(app).signed_in_as(an_account(Role.TRAINER, role))
    session = of(both, starts_in=timedelta(days=-4))
    said(session, asked, [UP] * 7)
    for _ in range(4):
        counts = {int(found) for found in re.findall(r"<b>\d+ of (\d+)</b> people rated", page(both, session))}
        counts |= {int(found) for found in re.findall(r"<b>\d+ of (\d+)</b> people rated", both.get(
            f"/desk/courses/{session.course.code}/answers").text)}
        assert counts <= {7}
        moved(session, timedelta(days=30))
    assert counts == {7} and "<b>7 of 7</b>" in page(both, session)


def moved(session, back):
    """The session as if it had been so much earlier, with its answers."""
    with transaction() as rows:
        for row in rows.query(Response).filter_by(course_session_id=session.id):
            row.submitted_at -= back
        kept = rows.get(type(session), session.id)
        kept.starts_at, kept.ends_at = kept.starts_at - back, kept.ends_at - back
    return True


def test_from_ten_there_is_all_with_care_below_thirty(trainer, asked):
    session = of(trainer)
    said(session, asked, [UP] * 8 + [SAME, DOWN])
    text = page(trainer, session)
    assert "On average from 2.3 to 3.0, on a scale of 1 to 5." in text and "A small group, so treat it with care." in text
    assert "c-before" in text and "Technical detail" in text and "some evidence beyond chance" not in text.split("Technical detail")[0]
    other = of(trainer)
    said(other, asked, [UP] * 30)
    assert "small group" not in page(trainer, other)


def test_a_fall_is_said_first_when_it_is_the_larger_number(trainer, asked):
    session = of(trainer)
    said(session, asked, [DOWN] * 7 + [SAME] * 3 + [UP] * 2)
    assert "<b>7 of 12</b> people rated their knowledge lower after the session than before it, <b>3</b> the same and <b>2</b> higher" in page(trainer, session)


def test_that_nobody_moved_is_said_plainly_and_there_is_nothing_to_test(trainer, asked):
    session = of(trainer)
    said(session, asked, [SAME] * 12)
    text = page(trainer, session)
    assert "All <b>12</b> rated themselves the same before and after." in text and "nobody changed, so there is nothing to test" in text


def test_answers_afterwards_alone_show_no_change(trainer, asked):
    session = of(trainer)
    said(session, asked, [(None, 4)] * 9 + [UP] * 3)
    text = page(trainer, session)
    assert "<b>12</b> answered afterwards, too few of them before: this cannot show change." in text
    assert "Knowledge, before and after" not in text


def test_only_the_caveats_that_apply_are_there(trainer, asked):
    session = of(trainer)
    said(session, asked, [UP] * 12)
    text = page(trainer, session)
    assert "It is one session" in text and "did not answer" not in text and "already rated themselves 5" not in text
    full = of(trainer)
    said(full, asked, [(5, 5)] * 4 + [UP] * 8)
    assert "4 of 12 already rated themselves 5 before" in page(trainer, full)


def test_the_course_so_far_stands_beside_in_two_rows_without_small_sessions(trainer, asked):
    course = a_course()
    session = of(trainer, course=course)
    said(session, asked, [UP] * 8 + [SAME] * 4)
    assert "Beside the course so far" not in page(trainer, session)
    for size in (11, 12, 3):
        said(of(trainer, course=course, starts_in=timedelta(days=-80 - size)), asked, [UP] * (size - 2) + [SAME, DOWN])
    text = page(trainer, session)
    assert "<td>8 of 12</td>" in text and "<td>27 of 35</td>" in text and "All 3 since" in text
    assert "in line with the others" in text


def test_a_session_unlike_all_others_is_said_to_be_so(trainer, asked):
    course = a_course()
    session = of(trainer, course=course)
    said(session, asked, [DOWN] * 20)
    for number in range(4):
        said(of(trainer, course=course, starts_in=timedelta(days=-60 - number)), asked, [UP] * 14 + [SAME])
    assert "Fewer people went up here than in the course so far" in page(trainer, session)


def test_what_people_will_do_is_apart_from_their_comments(trainer, asked, app):
    session = of(trainer)
    said(session, asked, [UP] * 10)
    question = next((one for one in asked[Stage.AFTER].questions if one.code == "one_thing"), None) or Question(
        version_id=asked[Stage.AFTER].id, code="one_thing", kind="one_thing", position=9, wording="One thing")
    db.session.add(question)
    db.session.flush()
    comments = db.session.query(Answer).filter(Answer.text.is_not(None)).all()
    for number, answer in enumerate(comments[:5]):
        db.session.add(Answer(response_id=answer.response_id, question_id=question.id, text=f"Ring the school {number}", choices=[2] if number == 3 else []))
    db.session.commit()
    text = page(trainer, session)
    assert "5 of 10 wrote something" in text and "<li>Ring the school 4</li>" in text and "10 of 10 wrote something" in text
    assert re.search(r"<li>Ring the school 3 <span[^>]*>In the next month</span></li>", text), "by when they will"


WORDS = "what_should_the_trainer_know"
"""The code that a question with these words gets."""


@pytest.fixture
def asked_in_words(asked):
    """The standard set with a question before the session that people answer in their own words."""
    draft = building.begin_draft(questionnaire_id=asked[Stage.BEFORE].questionnaire_id, shipped=True, now=clock.now())
    building.save_question(version_id=draft.id, question_id=None, wish=building.Wish("short_text", "What should the trainer know?"))
    building.put_in_use(version_id=draft.id, by="me", now=clock.now())
    return {**asked, Stage.BEFORE: draft}


def before_answers(session, asked, count):
    for number in range(count):
        booking = a_booking(session)
        submit(booking_id=booking.id, stage=Stage.BEFORE, version_id=asked[Stage.BEFORE].id, quoting=Quoting.NO, now=session.starts_at - timedelta(hours=1),
               given={"knowledge": "2", "sure_recognise": str(number % 3 + 4), "hope": str(number % 2 + 1), WORDS: f"How to say it {number}"})


def test_a_trainer_prepares_with_what_people_answered_before_from_five_on_and_in_fives(trainer, asked_in_words):
    session = of(trainer, starts_in=timedelta(days=3))
    before_answers(session, asked_in_words, 4)
    assert "How to say it" not in page(trainer, session)
    before_answers(session, asked_in_words, 3)
    text = page(trainer, session)
    assert text.count("How to say it") == 5 and "5 of 5 wrote something" in text and "Fewer than 5 people have answered" in text
    assert "How sure are you that you would recognise when a child needs help?<br>5 answered." in text and "on average" not in text
    assert re.search(r'How to recognise it</th><td class="n">3<', text) and re.search(r'What to do, and when</th><td class="n">2<', text)


def test_every_question_that_was_asked_has_its_answers_on_the_page(trainer, asked):
    session = of(trainer, starts_in=timedelta(days=-40))
    before_answers(session, asked, 12)
    for number in range(12):
        submit(booking_id=a_booking(session).id, stage=Stage.AFTER, version_id=asked[Stage.AFTER].id, quoting=Quoting.NO, now=session.ends_at,
               given={"knowledge": "4", "knowledge_then": "2", "sure_recognise": "8", "sure_respond": str(number % 2 + 6), "engaging": "5",
                      "improved_knowledge": "5", "useful_in_role": "5"})
    text = page(trainer, session)
    assert "12 answered, on average <strong>8.0</strong>" in text and "12 answered, on average <strong>6.5</strong>" in text
    assert "how much did you know before today?<br>12 answered, on average <strong>2.0</strong>" in text
    assert "12 answered, on average <strong>5.0</strong>" in text, "before the session"
    assert "<dt>How to recognise it</dt>" in text and "<dt>7</dt>" not in text, "bars of what was chosen, none of scales"
    assert re.search(r'<th scope="row">7</th><td class="n">6</td>', text) and "<td class=\"n\">12</td>" in text


def test_an_answer_that_few_gave_to_a_question_stays_out_as_long_as_few_answered_it(trainer, asked):
    session = of(trainer, starts_in=timedelta(days=-40))
    for number in range(8):
        given = {"knowledge": "4", "engaging": "5", "improved_knowledge": "5", "useful_in_role": "5", **({"sure_together": "9"} if number < 4 else {})}
        submit(booking_id=a_booking(session).id, stage=Stage.AFTER, version_id=asked[Stage.AFTER].id, quoting=Quoting.NO, now=session.ends_at, given=given)
    assert "working with other agencies" not in page(trainer, session)


def main(text):
    """The page without what belongs to its reader."""
    return text.partition("<main")[2]


def answered_after(session, asked, booking, comment, at):
    submit(booking_id=booking.id, stage=Stage.AFTER, version_id=asked[Stage.AFTER].id, quoting=Quoting.NO, now=at,
           given={"knowledge": "4", "engaging": "5", "improved_knowledge": "5", "useful_in_role": "5", "comment": comment})


def test_an_answer_that_is_changed_and_the_next_that_comes_show_nobody_alone(trainer, asked):
    session = of(trainer, starts_in=timedelta(days=-4))
    bookings = [a_booking(session) for _ in range(16)]
    for number in range(6):
        answered_after(session, asked, bookings[number], f"First words {number}", session.ends_at + timedelta(hours=number))
    text = page(trainer, session)
    assert [number for number in range(7) if f"First words {number}" in text] == [0, 1, 2, 3, 4]
    answered_after(session, asked, bookings[2], "Other words 2", session.ends_at + timedelta(hours=20))
    assert main(page(trainer, session)) == main(text)
    for number in range(6, 15):
        answered_after(session, asked, bookings[number], f"First words {number}", session.ends_at + timedelta(hours=20 + number))
    text = page(trainer, session)
    assert "Other words 2" in text and "First words 2" not in text and "First words 9" in text and "First words 10" not in text


def test_an_answer_from_before_that_is_keyed_in_later_does_not_change_the_pairs_alone(trainer, asked):
    session = of(trainer, starts_in=timedelta(days=-4))
    said(session, asked, [UP] * 5 + [(None, 3)] * 5)
    text = page(trainer, session)
    with transaction() as rows:
        after = rows.query(Response).filter_by(stage=Stage.AFTER).order_by(Response.id.desc()).first()
        knowledge = next(question.id for question in asked[Stage.BEFORE].questions if question.code == "knowledge")
        rows.add(Response(version_id=asked[Stage.BEFORE].id, course_session_id=session.id, stage=Stage.BEFORE, respondent=after.respondent,
                          booking_id=after.booking_id, submitted_at=clock.now(), may_quote=Quoting.NO, current=True,
                          answers=[Answer(question_id=knowledge, number=1)]))
    assert "<b>5 of 5</b> people rated their knowledge higher" in text
    assert main(page(trainer, session)) == main(text)


def test_of_five_more_people_the_one_who_also_answered_before_is_not_told_alone(trainer, asked):
    """Whoever hands out the links sees by name who answered before, and after."""
    session = of(trainer, starts_in=timedelta(days=-4))
    said(session, asked, [UP] * 5)
    assert "<b>5 of 5</b> people rated their knowledge higher" in page(trainer, session)
    said(session, asked, [DOWN] + [(None, 3)] * 9)
    text = page(trainer, session)
    assert "10 answered afterwards, 5 of them before as well (these are counted in fives)" in text
    assert "<b>5 of 5</b> people rated their knowledge higher" in text


def marked(session, outcomes, finished=True):
    """The register of the session: a mark for each of its people, in the order of their bookings."""
    with transaction() as rows:
        for booking, outcome in zip(rows.query(Booking).filter_by(course_session_id=session.id).order_by(Booking.id), outcomes, strict=True):
            rows.add(Attendance(booking_id=booking.id, outcome=outcome, marked_at=session.ends_at))
    if finished:
        a_finished_register(session)


HERE, ABSENT = Outcome.ATTENDED, Outcome.NO_SHOW


def test_whom_the_register_marks_absent_is_not_among_those_who_answered(trainer, as_role, asked):
    """Ten answered, of whom the first five were absent after all; nine came."""
    session = of(trainer)
    said(session, asked, [DOWN] * 5, comment="Was not there")
    said(session, asked, [UP] * 5 + [(2, None)] * 4)
    marked(session, [ABSENT] * 5 + [HERE] * 9)
    text = main(page(trainer, session))
    assert "9 people came. 5 answered afterwards" in text and "<b>5 of 5</b> people rated their knowledge higher" in text
    assert "Was not there" not in text and "5 people are left out" in text and "4 of the 9 who came did not answer" in text
    moved(session, timedelta(days=60))
    text = main(page(as_role(Role.COORDINATOR), session))
    assert "<b>5 of 5</b>" in text and "left out" not in text and "Was not there" not in text


def test_one_who_was_absent_takes_four_others_along_for_the_trainer_and_leaves_alone_when_all_is_settled(trainer, as_role, asked):
    session, coordinator = of(trainer), as_role(Role.COORDINATOR)
    said(session, asked, [UP] * 15)
    marked(session, [HERE, ABSENT, *[HERE] * 13])
    assert "<b>10 of 10</b>" in page(trainer, session)
    moved(session, timedelta(days=60))
    assert "<b>14 of 14</b>" in page(coordinator, session) and "<b>10 of 10</b>" in page(trainer, session)


def test_five_who_were_absent_are_said_to_be_and_nothing_else_is_shown(trainer, asked):
    session = of(trainer, starts_in=timedelta(days=-4))
    said(session, asked, [UP] * 6)
    marked(session, [ABSENT, *[HERE] * 5])
    text = page(trainer, session)
    assert "5 people answered, at least one of whom the register marks absent." in text and "Plain words" not in text and "Fewer than" not in text


@pytest.mark.parametrize("answers", [2, 5])
def test_without_a_finished_register_nobody_is_said_to_have_come_or_not(trainer, asked, answers):
    session = of(trainer, starts_in=timedelta(days=-4))
    said(session, asked, [UP] * answers)
    text = page(trainer, session)
    assert "The register is not finished, so how many came is not known." in text and "people came" not in text and "who came did not" not in text
    marked(session, [HERE] * answers, finished=False)
    assert "The register is not finished, so how many came is not known." in page(trainer, session)
    a_finished_register(session)
    assert f"{answers} people came." in page(trainer, session)


def test_a_session_with_somebody_absent_who_answered_is_not_in_the_course_so_far(asked):
    course = a_course()
    for outcomes in ([HERE] * 12, [ABSENT, *[HERE] * 12]):
        session = a_session(course=course, starts_in=timedelta(days=-200), places=60)
        said(session, asked, [UP] * len(outcomes))
        marked(session, outcomes)
    assert [one.people for one in other_sessions(course.id, 0, clock.now())] == [12]


def test_each_text_stands_under_its_question_and_is_marked_as_to_quote_only_where_that_was_asked(trainer, asked, app):
    course = a_course()
    draft = building.copy_to_course(questionnaire_id=asked[Stage.AFTER].questionnaire_id, course_id=course.id, now=clock.now())
    school = building.save_question(version_id=draft.id, question_id=None, wish=building.Wish("short_text", "Which school do you work at?")).code
    building.put_in_use(version_id=draft.id, by="me", now=clock.now())
    session = of(trainer, course=course, starts_in=timedelta(days=-2))
    for number in range(10):
        submit(booking_id=a_booking(session).id, stage=Stage.AFTER, version_id=draft.id, quoting=Quoting.ANONYMOUS, now=session.ends_at + timedelta(hours=1),
               given={"knowledge": "4", "engaging": "5", "improved_knowledge": "4", "useful_in_role": "4", "comment": f"Good {number}",
                      school: f"School {number}" if number < 7 else ""})
    text = page(trainer, session)
    comments, schools = text.index("Anything you want to tell us?</h3>"), text.index("Which school do you work at?</h3>")
    of_comments, of_schools = text[comments:schools], text[schools:]
    shown = of_schools.count("School ")
    assert f"{of_comments.count('Good ')} of " in of_comments and of_comments.count("May be quoted") == of_comments.count("Good ") == 5
    assert f"{shown} of 5 wrote something" in of_schools and 0 < shown <= 5 and "May be quoted" not in of_schools
    assert "not asked whether this may be quoted" in of_schools and "not asked" not in of_comments
