"""The pages of a course and of the programme: what changed, what was kept, who was silent, and only in pages that single nobody out."""

from datetime import timedelta

import pytest

from app.accounts.rules import Role
from app.attendance.models import Attendance
from app.attendance.rules import Outcome
from app.booking.rules.turnout import Turnout
from app.catalogue.rules import SessionStatus
from app.core import clock
from app.core.db import db, transaction
from app.evaluation.models import Answer, Question, Questionnaire, QuestionnaireVersion, Response
from app.evaluation.queries import kept, of_programme
from app.evaluation.rules.stages import Quoting, Stage, VersionState
from app.evaluation.services.questionnaires import ensure_questionnaires
from app.imports.services import import_programme
from tests.builders import a_booking, a_course, a_finished_register, a_person, a_session, an_agency
from tests.reporting.test_report_figures import DATA

LONG_AGO = timedelta(days=-800)


@pytest.fixture
def asked(app):
    versions = ensure_questionnaires(now=clock.now())
    there = {(stage, question.code): (version.id, question.id) for stage, version in versions.items() for question in version.questions}
    if (Stage.AFTER, of_programme.THEN) in there:
        return there
    then = Question(version_id=versions[Stage.AFTER].id, code=of_programme.THEN, kind="then_test", position=20, wording="Looking back")
    db.session.add(then)
    db.session.commit()
    return there | {(Stage.AFTER, of_programme.THEN): (versions[Stage.AFTER].id, then.id)}


@pytest.fixture
def author(as_role):
    return as_role(Role.REPORT_AUTHOR)


def held(course, asked, people, agency=None, starts_in=LONG_AGO, came=True):
    """A session that is over, with people who gave these ratings before, after, at follow-up and looking back."""
    agency = agency or an_agency()
    person = a_person(agency=agency)
    session = a_session(course=course, starts_in=starts_in, places=100, status=SessionStatus.DELIVERED)
    a_finished_register(session)
    with transaction() as rows:
        for number, given in enumerate(people):
            person = a_person(agency=agency)
            booking = a_booking(session, person)
            if came:
                rows.add(Attendance(booking_id=booking.id, outcome=Outcome.ATTENDED, marked_at=session.ends_at, agency_id=agency.id))
            for (stage, code), rating in zip(
                ((Stage.BEFORE, "knowledge"), (Stage.AFTER, "knowledge"), (Stage.FOLLOW_UP, "knowledge"), (Stage.AFTER, of_programme.THEN)),
                (*given, None, None, None)[:4], strict=True,
            ):
                if rating:
                    version, question = asked[stage, code]
                    there = rows.query(Response).filter_by(booking_id=booking.id, stage=stage).first()
                    response = there or Response(
                        version_id=version, course_session_id=session.id, stage=stage, respondent=f"{session.id}-{number}", booking_id=booking.id,
                        submitted_at=session.ends_at, may_quote=Quoting.NO, current=True)
                    rows.add(response)
                    rows.flush()
                    rows.add(Answer(response_id=response.id, question_id=question, number=rating))
    return session


def page(browser, address):
    return " ".join(browser.get(address).text.split())


def test_a_course_says_change_range_ceiling_and_silence(author, asked):
    course = a_course()
    for number in range(3):
        held(course, asked, [(2, 3)] * 6 + [(3, 3)] * 2 + [(4, 3)] + [(None, 4), (2, None), (None, None)], starts_in=LONG_AGO - timedelta(days=number))
    text = page(author, f"/desk/courses/{course.code}/answers")
    assert "<b>18 of 27</b> people rated their knowledge higher after their course than before it, <b>6</b> the same and <b>3</b> lower" in text
    assert "On average from 2.4 to 3.0" in text and "likely range" in text and "3 sessions that differ" in text
    assert "36 came to sessions whose answers are all in: 27 answered before and after, 3 only before, 3 only after, 3 neither." in text
    assert "Nobody of 27 rated themselves 5 afterwards; the true share could still be up to 13 in 100" in text
    assert "50 in 100 of all would have; if all of them had, 75 in 100" in text
    assert "Fewer than 5 who had gone up have answered months later" in text
    assert "There are only 3 sessions" in text


def test_what_was_kept_and_the_look_back_are_apart_from_the_change(author, asked):
    course = a_course()
    held(course, asked, [(2, 4, 4, 1)] * 8 + [(2, 4, 3, 2)] * 5 + [(2, 4, 2, 2)] * 5 + [(3, 3, 3, 3)] * 5)
    text = page(author, f"/desk/courses/{course.code}/answers")
    assert "<strong>Of 18</strong> who had gone up and answered again, 8 kept it, 5 partly, 5 were back where they began." in text
    assert "8 of 23 rated their starting point lower with hindsight, 0 higher, 15 the same." in text
    assert "it is not added to the figure above" in text and "Part of the change may be that." in text


def test_who_answered_again_is_counted_and_told_from_those_who_did_not(author, asked):
    course = a_course()
    held(course, asked, [(2, 5, 5)] * 12 + [(2, 3)] * 30)
    text = page(author, f"/desk/courses/{course.code}/answers")
    assert "12 of 42 who answered afterwards did so again." in text
    assert "afterwards they had rated themselves 5.0 on average, those who did not answer again 3.0" in text


def test_those_who_answered_again_are_not_called_others_when_they_are_alike(author, asked):
    course = a_course()
    held(course, asked, [(2, 4, 4)] * 13 + [(2, 4)] * 30)
    text = page(author, f"/desk/courses/{course.code}/answers")
    assert "13 of 43 who answered afterwards did so again." in text and "They are others" not in text


def test_with_one_to_four_who_did_not_answer_again_nothing_is_said_of_them(author, asked):
    course = a_course()
    held(course, asked, [(2, 5, 5)] * 12 + [(2, 3)] * 3)
    text = page(author, f"/desk/courses/{course.code}/answers")
    assert "who answered afterwards did so again" not in text


def test_sectors_that_answered_less_than_chance_explains_are_named(author, asked):
    course = a_course()
    held(course, asked, [(2, 3)] * 20 + [(None, None)] * 2, agency=an_agency(sector="health"))
    held(course, asked, [(2, 3)] * 10 + [(None, None)] * 30, agency=an_agency(sector="police"))
    text = page(author, f"/desk/answers?year={(clock.now() + LONG_AGO).year}")
    assert "Sectors answered unequally, more than chance explains: health more (20 of 22), police less (10 of 40)." in text


def test_different_people_before_and_after_are_compared_as_two_groups_and_not_called_change(author, asked):
    course = a_course()
    held(course, asked, [(2, None)] * 12 + [(None, 3)] * 9 + [(None, 2)] * 9)
    text = page(author, f"/desk/courses/{course.code}/answers")
    assert "Mostly different people answered before (12) and after (18), so this compares two groups and is not change." in text
    assert "the one from after has the higher rating 75 times in 100" in text and "Knowledge, before and after" not in text


def test_a_session_of_three_is_in_no_page_until_others_join_it(author, asked):
    course = a_course()
    held(course, asked, [(2, 3)] * 12)
    held(course, asked, [(5, 1)] * 3, starts_in=LONG_AGO - timedelta(days=1))
    text = page(author, f"/desk/courses/{course.code}/answers")
    assert "All" not in text.split("up-sentence")[1][:20] and "<b>12 of 12</b>" in text and "3 people are left out" in text
    held(course, asked, [(4, 1)] * 4, starts_in=LONG_AGO - timedelta(days=2))
    assert "<b>12 of 19</b>" in page(author, f"/desk/courses/{course.code}/answers")


def test_what_is_still_open_is_not_counted(author, asked):
    course = a_course()
    held(course, asked, [(2, 3)] * 12, starts_in=timedelta(days=-50))
    text = page(author, f"/desk/courses/{course.code}/answers")
    assert "1 session ended less than 8 weeks ago: answers may still come" in text and "12 of 12" not in text


def test_the_real_year_has_its_funnel_sectors_and_years(author):
    import_programme(DATA, now=clock.now())
    text = page(author, "/desk/answers?from=2024-01-01&to=2024-12-31")
    assert "Courses beside each other" in text and "<circle" in text and "Who did not answer" in text
    assert '<select class="govuk-select" id="sector"' in text
    assert '<option value="2024" selected>' in text.replace("selected=\"\"", "selected")
    assert page(author, "/desk/answers?year=2024").partition("<main")[2] == text.partition("<main")[2]
    assert author.get("/desk/courses/sbt/answers").status_code == 200


def test_a_sector_is_chosen_from_groups_that_are_large_enough(author, asked):
    course = a_course()
    police, school, small = (an_agency(sector=name) for name in ("police", "school", "health"))
    held(course, asked, [(2, 3)] * 15, agency=police)
    held(course, asked, [(3, 3)] * 15, agency=school, starts_in=LONG_AGO - timedelta(hours=1))
    held(course, asked, [(4, 3)] * 6, agency=small, starts_in=LONG_AGO - timedelta(hours=2))
    year = clock.london_date(clock.now() + LONG_AGO).year
    text = page(author, f"/desk/answers?year={year}")
    assert '<option value="health|police">2 smaller sectors together</option>' in text and '<option value="school">school</option>' in text
    assert "All <b>15</b> rated themselves the same" in page(author, f"/desk/answers?year={year}&sector=school")
    assert "cannot be looked at alone" in page(author, f"/desk/answers?year={year}&sector=health")
    assert "for a whole year of all courses only" in page(author, f"/desk/answers?year={year}&sector=school&format=virtual")
    assert "for a whole year of all courses only" in page(author, "/desk/answers?sector=school")


@pytest.mark.parametrize(("query", "said"), [
    ("from=2024-01-01&to=2024-12-30", "for whole years from January to December only"), ("from=x&to=2024-12-30", "Write both days like"),
    ("year=20x4", "There is no such year"), ("format=boat", "no such way of holding"),
])
def test_what_is_not_a_page_is_refused_in_words(author, query, said):
    assert said in page(author, f"/desk/answers?{query}")


def test_an_empty_programme_and_a_course_that_is_not_there(author):
    assert "Nothing is counted yet: nobody has answered" in page(author, "/desk/answers")
    assert author.get("/desk/courses/none/answers", checked=False).status_code == 404


def test_only_coordinators_and_authors_read(as_role):
    browser = as_role(Role.TRAINER, Role.AGENCY_LEAD, Role.LINE_MANAGER)
    assert browser.get("/desk/answers", checked=False).status_code == 403


def test_a_result_is_kept_until_an_answer_comes(author, asked, counting):
    course = a_course()
    held(course, asked, [(2, 3)] * 12)
    address = f"/desk/courses/{course.code}/answers"
    author.get(address)
    again = counting(lambda: author.get(address))
    held(course, asked, [(2, 3)] * 5, starts_in=LONG_AGO - timedelta(days=1))
    assert counting(lambda: author.get(address)) == again + 6
    assert "17" in page(author, address)


def test_the_mark_of_the_data_changes_with_a_correction(app, asked):
    session = held(a_course(), asked, [(2, 3)] * 5)
    before = kept.mark_of_answers()
    mark = db.session.query(Attendance).first()
    mark.marked_at = clock.now()
    db.session.commit()
    assert kept.mark_of_answers() != before and session.id


def a_question(stage, kind, wording, options, code):
    """A question that the course in use asks beside the standard ones."""
    version = db.session.query(Questionnaire).filter_by(stage=stage).first().versions[-1]
    question = Question(version_id=version.id, code=code, kind=kind, position=30, wording=wording, options=options)
    db.session.add(question)
    db.session.commit()
    return version.id, question.id


def answer(session, stage, asked, people):
    """So many people of the session chose these: a number, or several."""
    version, question = asked
    with transaction() as rows:
        for chosen, count in people:
            for _ in range(count):
                booking = a_booking(session, turnout=Turnout.CAME)
                rows.add(Response(
                    version_id=version, course_session_id=session.id, stage=stage, respondent=booking.ref, booking_id=booking.id,
                    submitted_at=session.ends_at, may_quote=Quoting.NO, current=True, answers=[
                        Answer(question_id=question, number=chosen if isinstance(chosen, int) else None,
                               choices=chosen if isinstance(chosen, list) else [])]))


def test_a_course_shows_the_answers_to_its_own_questions_and_to_those_of_every_stage(author, asked):
    course, other = a_course(), a_course()
    session = held(course, asked, [(2, 3)] * 5)
    answer(session, Stage.BEFORE, asked[Stage.BEFORE, "sure_respond"], [(4, 6), (6, 6)])
    answer(session, Stage.AFTER, a_question(Stage.AFTER, "one_of", "Which room was best?", ["The hall", "The attic"], "room"), [(1, 7), (2, 3)])
    answer(session, Stage.AFTER, a_question(Stage.AFTER, "number", "How many cases do you have?", ["0", "90"], "cases"), [(17, 5), (3, 1)])
    answer(session, Stage.FOLLOW_UP, asked[Stage.FOLLOW_UP, "used"], [([1, 2], 6), ([7], 2)])
    answer(session, Stage.MANAGER, asked[Stage.MANAGER, "seen"], [(1, 2), (2, 3), (4, 1)])
    answer(held(other, asked, []), Stage.AFTER, asked[Stage.AFTER, "engaging"], [(5, 9)])
    text = page(author, f"/desk/courses/{course.code}/answers")
    assert "How sure are you what to do then?<br>12 answered, on average <strong>5.0</strong>." in text
    assert 'Which room was best?<br>10 answered.' in text and '<th scope="row">The attic</th><td class="n">3</td>' in text
    assert "How many cases do you have?<br>6 answered." in text and '<th scope="row">17</th><td class="n">5</td>' in text
    assert "What have you done differently since the course?<br>8 answered." in text
    assert '<th scope="row">I shared information differently</th><td class="n">6</td>' in text
    assert "Of 5 managers who could say, 5 have seen what the course taught used, 2 of them more than once." in text
    assert "engaging" not in text


def test_the_programme_shows_practice_of_all_courses_and_leads_to_each(author, asked):
    courses = [a_course(title=title) for title in ("Neglect", "Listening")]
    for course in courses:
        session = held(course, asked, [])
        answer(session, Stage.MANAGER, asked[Stage.MANAGER, "seen"], [(1, 3), (3, 4)])
        answer(session, Stage.FOLLOW_UP, asked[Stage.FOLLOW_UP, "one_thing_done"], [(1, 2)])
        answer(session, Stage.FOLLOW_UP, asked[Stage.FOLLOW_UP, "sure_respond"], [(4, 6)])
        answer(session, Stage.MANAGER, asked[Stage.MANAGER, "support"], [(1, 6)])
    text = page(author, "/desk/answers")
    assert "Have you seen your colleague use what the course taught?<br>14 answered." in text and "Of 14 managers who could say, 6 have" in text
    assert "Did they do" not in text and "How sure" not in text and "talked about" not in text
    for course in courses:
        assert f'<a href="/desk/courses/{course.code}/answers">{course.title}</a>' in text
        assert "<br>7 answered." in page(author, f"/desk/courses/{course.code}/answers")


def test_four_managers_are_not_shown_and_what_was_written_never_is(author, asked):
    course = a_course()
    session = held(course, asked, [])
    answer(session, Stage.MANAGER, asked[Stage.MANAGER, "seen"], [(1, 4)])
    written = db.session.query(Response).first()
    db.session.add(Answer(response_id=written.id, question_id=asked[Stage.MANAGER, "example"][1], text="A very rare sentence"))
    db.session.commit()
    for address in (f"/desk/courses/{course.code}/answers", "/desk/answers"):
        text = page(author, address)
        assert "Have you seen" not in text and "No question of these was answered by 5 or more after sessions of at least 36 weeks ago" in text and "rare sentence" not in text


def test_pages_do_as_many_statements_with_many_questions_and_sessions_as_with_none(author, asked, counting):
    course = a_course()
    addresses = (f"/desk/courses/{course.code}/answers", "/desk/answers")
    for address in addresses:
        author.get(address)
    held(course, asked, [])
    few = [counting(lambda at=address: author.get(at)) for address in addresses]
    for number in range(4):
        session = held(course, asked, [(2, 3)] * 5, starts_in=LONG_AGO - timedelta(days=number))
        answer(session, Stage.AFTER, a_question(Stage.AFTER, "agree", f"Statement {number}", [], f"own_{number}"), [(5, 6)])
        answer(session, Stage.MANAGER, asked[Stage.MANAGER, "seen"], [(1, 6)])
    assert [counting(lambda at=address: author.get(at)) for address in addresses] == few


def test_a_question_of_an_earlier_version_stands_where_the_one_in_use_has_it_in_its_words(author, asked):
    course = a_course()
    session = held(course, asked, [])
    questionnaire = db.session.query(Questionnaire).filter_by(stage=Stage.AFTER).first()
    earlier = QuestionnaireVersion(questionnaire_id=questionnaire.id, number=90, created_at=clock.now(), state=VersionState.REPLACED, questions=[
        Question(code="engaging", kind="agree", position=1, wording="It was engaging, in earlier words")])
    db.session.add(earlier)
    db.session.commit()
    answer(session, Stage.AFTER, (earlier.id, earlier.questions[0].id), [(5, 6)])
    answer(session, Stage.AFTER, asked[Stage.AFTER, "engaging"], [(4, 7)])
    answer(session, Stage.AFTER, asked[Stage.AFTER, "sure_respond"], [(4, 6)])
    text = page(author, f"/desk/courses/{course.code}/answers")
    assert "The course was engaging and interesting<br>13 answered." in text and "earlier words" not in text
    assert text.index("How sure are you what to do then?") < text.index("The course was engaging")


def test_a_year_that_is_over_for_good_does_not_say_that_answers_may_come(author, asked):
    held(a_course(), asked, [(2, 3, 4)] * 6)
    year = (clock.now() + LONG_AGO).year
    texts = [page(author, address) for address in (f"/desk/answers?year={year}", "/desk/answers")]
    assert all("No question of these was answered by 5 or more after sessions of at least 36 weeks ago." in text for text in texts)
    assert ["Until then answers may still come." in text for text in texts] == [False, True]


def test_a_range_over_one_session_does_not_allow_for_sessions_that_differ(author, asked):
    course = a_course()
    rated = [(2, 3), (3, 3), (2, 4), (1, 3), (4, 3), (2, 3), (3, 4), (2, 2), (2, 3), (1, 2), (3, 4), (2, 4)]
    held(course, asked, rated)
    text = page(author, f"/desk/courses/{course.code}/answers")
    assert "likely range" in text and "allowing for" not in text and "The truth lies between" not in text
    held(course, asked, rated, starts_in=LONG_AGO + timedelta(days=1))
    text = page(author, f"/desk/courses/{course.code}/answers")
    assert "allowing for 2 sessions that differ" in text


@pytest.mark.parametrize("year", ["9999", "0000", "0001", "1989", "2101", "twenty"])
def test_a_year_that_nobody_can_mean_is_no_page_and_no_fault(author, asked, year):
    course = a_course()
    for address in ("/desk/answers", f"/desk/courses/{course.code}/answers"):
        assert "There is no such year. Choose one from the list." in page(author, f"{address}?year={year}")
    assert author.get("/desk/answers?from=0001-01-01&to=0001-12-31").status_code == 200


@pytest.mark.parametrize(("stage", "kind", "code"), [
    (Stage.MANAGER, "scale_5", "knowledge"), (Stage.BEFORE, "then_test", of_programme.THEN), (Stage.FOLLOW_UP, "then_test", of_programme.THEN)])
def test_a_rating_that_has_its_figure_at_another_stage_stands_among_the_answers_of_its_own(author, asked, stage, kind, code):
    course = a_course()
    asks = a_question(stage, kind, "Where would you put them?", ["none", "basic", "working", "good", "expert"], code)
    answer(held(course, asked, [(2, 3)] * 5), stage, asks, [(4, 12)])
    assert "Where would you put them?<br>12 answered, on average <strong>4.0</strong>." in page(author, f"/desk/courses/{course.code}/answers")
