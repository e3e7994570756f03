"""What coordinators ask besides the standard questions stands in every form of the report, with what must be withheld left out of all of them."""

import csv
import io
import json
from dataclasses import replace
from datetime import timedelta

import docx
import pytest

from app.attendance.models import Attendance
from app.attendance.rules import Outcome
from app.catalogue.rules import SessionStatus
from app.core import clock
from app.core.db import transaction
from app.core.periods import Period
from app.evaluation.models import Answer, Response
from app.evaluation.queries import questionnaires
from app.evaluation.rules.asked import Asked
from app.evaluation.rules.stages import Quoting, Stage
from app.evaluation.services import building
from app.evaluation.services.building import Wish
from app.evaluation.services.questionnaires import ensure_questionnaires
from app.reporting.renderers import RENDERERS
from app.reporting.reports import annual
from app.reporting.reports.own_questions import _apart, _Question
from app.reporting.rules.counting import Audience
from tests.builders import a_booking, a_course, a_finished_register, a_partnership, a_person, a_session

pytestmark = pytest.mark.usefixtures("app")
ROOM = Wish(kind="one_of", wording="Was the room all right?", options=["Yes", "Partly", "No"])
SAY = Wish(kind="long_text", wording="What about the coffee?")


@pytest.fixture
def standard():
    return ensure_questionnaires(now=clock.now())


def asking(course, standard, *wishes, stage=Stage.AFTER):
    """Give a course questions of its own beside the standard ones; (version, question by wording)."""
    draft = building.copy_to_course(questionnaire_id=standard[stage].questionnaire_id, course_id=course.id, now=clock.now())
    codes = {None: None}
    for wish in wishes:
        saved = building.save_question(version_id=draft.id, question_id=None, wish=replace(wish, shown_if_code=codes[wish.shown_if_code]))
        codes[wish.wording] = saved.code
    building.put_in_use(version_id=draft.id, by="Marian Cole", now=clock.now())
    version = questionnaires.version(draft.id)
    return version.id, {question.wording: question.id for question in version.questions}


def answering(course, asked, wording, numbers, silent=0, stage=Stage.AFTER, text=None, partnership=None):
    """A session to which people came: one for each number, or numbers, and some who did not answer."""
    version, questions = asked
    session = a_session(course=course, starts_in=timedelta(days=-5), places=200, status=SessionStatus.DELIVERED)
    a_finished_register(session)
    for place, number in enumerate([*numbers, *[None] * silent]):
        person = a_person(partnership=partnership) if partnership else a_person()
        booking = a_booking(session, person)
        with transaction() as rows:
            rows.add(Attendance(booking_id=booking.id, outcome=Outcome.ATTENDED, marked_at=clock.now(), partnership_id=booking.partnership_id))
            if number is None:
                continue
            answers = [Answer(question_id=questions[wording], number=number if isinstance(number, int) else None,
                              choices=list(number) if not isinstance(number, int) else [])]
            if text:
                answers.append(Answer(question_id=questions[SAY.wording], text=text))
            rows.add(Response(version_id=version, course_session_id=session.id, stage=stage, respondent=f"{session.id}-{place}",
                              booking_id=booking.id, submitted_at=session.ends_at, may_quote=Quoting.NO, current=True, answers=answers))
    return session


def figures(audience=Audience.PUBLICATION, partnership=None):
    day = clock.london_date(clock.now())
    return annual.figures(period=Period(day - timedelta(days=30), day), partnership_code=partnership, audience=audience, now=clock.now())


def told(question):
    return {answer["answer"]: answer["people"] for answer in question["answers"]}


def test_a_courses_own_question_stands_in_every_form_and_what_was_written_in_none(standard):
    course = a_course(title="Neglect")
    answering(course, asking(course, standard, ROOM, SAY), ROOM.wording, [1] * 9 + [2] * 6 + [3] * 5, silent=7, text="A very rare sentence")
    found = figures()
    (room,) = found["own_questions"]["after"]
    assert (room["question"], room["answered"], told(room), [one["title"] for one in room["courses"]]) == (
        "Was the room all right?", 20, {"Yes": 9, "Partly": 6, "No": 5}, ["Neglect"])
    page, rows = RENDERERS["html"](found).decode(), list(csv.reader(io.StringIO(RENDERERS["csv"](found).decode("utf-8-sig"))))
    word = docx.Document(io.BytesIO(RENDERERS["docx"](found)))
    assert "What courses asked besides" in page and "After the session, Neglect: 20 answered." in page and "9 of 20" in page
    assert ["own question, after", "Was the room all right?", "Partly", "6", "20"] in rows
    assert json.loads(RENDERERS["json"](found))["own_questions"]["after"] == [room]
    cells = [[cell.text for cell in row.cells] for table in word.tables for row in table.rows]
    assert ["Partly", "6"] in cells and any("yes 9 of 20" in shape._inline.docPr.get("descr") for shape in word.inline_shapes), "chart and table"
    assert not any("rare sentence" in text for text in (page, str(rows), str(cells), json.dumps(found)))


def test_each_report_has_the_same_numbers_as_they_are_not_split_by_partnership(standard):
    a_partnership(code="south")
    north, course = a_partnership(code="north"), a_course()
    answering(course, asking(course, standard, ROOM), ROOM.wording, [1] * 9 + [2] * 6, silent=7, partnership=north)
    whole = figures()["own_questions"]
    assert whole["after"] and [figures(partnership=code)["own_questions"] for code in ("north", "south")] == [whole, whole]


def test_small_numbers_are_withheld_with_company_and_shown_inside(standard):
    course = a_course()
    answering(course, asking(course, standard, ROOM), ROOM.wording, [1] * 9 + [2] * 6 + [3] * 2, silent=5)
    (room,) = figures()["own_questions"]["after"]
    assert told(room) == {"Yes": 9, "Partly": None, "No": None}
    page = RENDERERS["html"](figures()).decode()
    assert "withheld" in page and "Bars: yes" not in page
    (inside,) = figures(Audience.INTERNAL)["own_questions"]["after"]
    assert told(inside) == {"Yes": 9, "Partly": 6, "No": 2}
    (rounded,) = figures(Audience.ROUNDED)["own_questions"]["after"]
    assert (rounded["answered"], told(rounded)) == (15, {"Yes": 10, "Partly": None, "No": None})


@pytest.mark.parametrize(("answered", "silent"), [(4, 20), (20, 3)])
def test_where_few_answered_or_all_but_a_few_the_question_is_withheld_and_its_place_says_so(standard, answered, silent):
    course = a_course()
    answering(course, asking(course, standard, ROOM), ROOM.wording, [1] * answered, silent=silent)
    found = figures()
    assert found["own_questions"]["after"] == [] and any(key.startswith("own_questions.after.") for key in found["withheld"])
    assert "1 question of this kind is withheld, because few people answered" in RENDERERS["html"](found).decode()


def test_a_course_in_which_few_answered_is_left_out_and_named_no_more(standard):
    large, small = a_course(title="Large"), a_course(title="Small")
    asked = asking(large, standard, ROOM)
    answering(large, asked, ROOM.wording, [1] * 12, silent=9)
    answering(small, asked, ROOM.wording, [2] * 3, silent=9)
    answering(small, asked, "The course was engaging and interesting", [5] * 9)
    (room,) = figures()["own_questions"]["after"]
    assert (room["answered"], [one["title"] for one in room["courses"]], room["courses_left_out"]) == (12, ["Large"], True)
    (inside,) = figures(Audience.INTERNAL)["own_questions"]["after"]
    assert inside["answered"] == 15 and len(inside["courses"]) == 2


def test_of_several_answers_each_is_for_itself(standard):
    course, wish = a_course(), Wish(kind="several", wording="What helped?", options=["Film", "Talk", "Notes"])
    answering(course, asking(course, standard, wish), wish.wording, [(1, 2)] * 8 + [(1,)] * 3 + [(3,)] * 9, silent=6)
    (helped,) = figures()["own_questions"]["after"]
    assert told(helped) == {"Film": 11, "Talk": 8, "Notes": 9} and helped["several"] and helped["answered"] == 20
    other = a_course()
    answering(other, asking(other, standard, wish), wish.wording, [(1, 2)] * 9 + [(1,)] * 7 + [(3,)] * 2, silent=6)
    assert [told(one) for one in figures()["own_questions"]["after"] if one["courses"][0]["title"] == other.title] == [
        {"Film": None, "Talk": 9, "Notes": None}], "two chose the notes, and two did not choose the film"


def test_a_question_for_those_who_gave_a_certain_answer_is_inside_only(standard):
    course = a_course()
    why = Wish(kind="one_of", wording="Why not?", options=["Cold", "Loud"], shown_if_code=ROOM.wording, shown_if_values=("3",))
    asked = asking(course, standard, ROOM, why)
    answering(course, asked, why.wording, [1] * 6 + [2] * 6, silent=9)
    assert figures()["own_questions"]["after"] == []
    assert [one["question"] for one in figures(Audience.INTERNAL)["own_questions"]["after"]] == ["Why not?"]


def test_numbers_are_told_in_bands_and_an_average_of_enough_people_only(standard):
    course, wish = a_course(), Wish(kind="number", wording="How many children?", options=["0", "49"])
    answering(course, asking(course, standard, wish), wish.wording, [3] * 7 + [12] * 6 + [49] * 5, silent=6)
    (children,) = figures()["own_questions"]["after"]
    assert told(children) == {"0 to 9": 7, "10 to 19": 6, "20 to 29": 0, "30 to 39": 0, "40 to 49": 5} and children["mean"] is None
    assert figures(Audience.INTERNAL)["own_questions"]["after"][0]["mean"] == pytest.approx((21 + 72 + 245) / 18)


def test_a_question_kept_from_a_standard_one_is_told_where_that_is_and_not_twice(standard):
    course = a_course()
    asked = asking(course, standard, ROOM)
    answering(course, asked, "The course was engaging and interesting", [5] * 9 + [4] * 6, silent=6)
    found = figures()
    assert found["own_questions"]["after"] == [] and found["evaluation"]["statements"]["engaging"]["strongly_agree"] == 9


def test_a_report_without_such_questions_has_no_such_section(standard):
    assert "What courses asked besides" not in RENDERERS["html"](figures()).decode()


def test_however_many_questions_there_are_the_report_takes_as_many_statements(standard, counting):
    few = counting(figures)
    course = a_course()
    asked = asking(course, standard, ROOM, *[Wish(kind="agree", wording=f"Statement {number}") for number in range(5)])
    for wording in (ROOM.wording, *(f"Statement {number}" for number in range(5))):
        answering(course, asked, wording, [1] * 8, silent=6)
    assert counting(figures) - few <= 2
    assert len(figures(Audience.INTERNAL)["own_questions"]["after"]) == 6


def test_questions_are_dropped_until_nobody_few_is_left_over_beside_all_answers():
    def one(number, course, count):
        return _Question(Stage.AFTER, Asked(f"q{number}", "agree", "?", [], number), {course: [(1, Stage.AFTER, number, 5, [], count)]})

    large, small = one(1, 1, 20), one(2, 2, 9)
    assert _apart([large, small], 29) == [large, small] and _apart([large, small], 34) == [large, small]
    assert _apart([large, small], 31) == [large], "two people would be left who answered, and none of these"
    assert _apart([large, one(3, 1, 18)], 20) == [large], "two of the twenty left the second one open"


@pytest.mark.parametrize(("bounds", "given", "later", "then", "counts"), [
    (["0", "100"], [0, 50], ["1", "10"], 5, {"0 to 20": 24, "42 to 62": 12}), (["0", "10"], [0, 10], ["1", "10"], 5, {"0": 12, "5": 12, "10": 12}),
    (["1", "5"], [1, 5], ["1", "60"], 60, {"1 to 12": 24, "49 to 60": 12}), (["5", "10"], [5, 10], ["0", "5"], 0, {"0": 12, "5": 12, "10": 12}),
])
def test_a_number_whose_bounds_changed_is_told_under_what_people_answered(standard, bounds, given, later, then, counts):
    course, wish = a_course(title="Neglect"), Wish(kind="number", wording="How many children do you work with?", options=bounds)
    first = asking(course, standard, wish)
    answering(course, first, wish.wording, given * 12, silent=6)
    draft = building.begin_draft(questionnaire_id=questionnaires.version(first[0]).questionnaire_id, shipped=False, now=clock.now())
    asked = next(one for one in draft.questions if one.wording == wish.wording)
    building.save_question(version_id=draft.id, question_id=asked.id, wish=replace(wish, options=later, measures=asked.code))
    building.put_in_use(version_id=draft.id, by="Marian Cole", now=clock.now())
    version = questionnaires.version(draft.id)
    answering(course, (version.id, {one.wording: one.id for one in version.questions}), wish.wording, [then] * 12, silent=6)
    (question,) = figures()["own_questions"]["after"]
    assert {answer: people for answer, people in told(question).items() if people} == counts
