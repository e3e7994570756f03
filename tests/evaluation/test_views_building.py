"""Building questionnaires: drafts, versions, courses' own, measures, privacy."""

import re
from dataclasses import dataclass
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import current_app
from jinja2 import ChoiceLoader, DictLoader

from app.accounts.rules import Role
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import Refused
from app.evaluation.models import AnswerDraft, Question, Questionnaire, QuestionnaireVersion, Response
from app.evaluation.queries import questionnaires as queries
from app.evaluation.rules import links
from app.evaluation.rules.question_types import QUESTION_TYPES, Answered, QuestionType
from app.evaluation.rules.stages import Mode, Quoting, Stage, VersionState
from app.evaluation.rules.standard import STANDARD
from app.evaluation.services import anonymous, building
from app.evaluation.services.answering import save_draft, submit
from app.evaluation.services.building import Wish
from app.evaluation.services.questionnaires import ensure_questionnaires
from tests.builders import a_booking, a_course, a_session

OPTIONS = {"scale_5": ["a", "b", "c", "d", "e"], "then_test": ["a", "b", "c", "d", "e"], "scale_10": ["low", "high"], "one_of": ["Yes", "No"],
           "several": ["Red", "Blue"], "number": ["0", "60"]}


@pytest.fixture
def asked(app):
    return ensure_questionnaires(now=clock.now())


@pytest.fixture
def desk(as_role, asked):
    return as_role(Role.COORDINATOR)


def of(stage):
    return db.session.scalars(sa.select(Questionnaire).where(Questionnaire.stage == stage, Questionnaire.course_id.is_(None))).one()


def latest():
    db.session.rollback()
    return db.session.scalars(sa.select(QuestionnaireVersion).order_by(QuestionnaireVersion.id.desc()).limit(1)).one()


def a_draft(stage=Stage.BEFORE):
    return building.begin_draft(questionnaire_id=of(stage).id, shipped=False, now=clock.now())


def wordings(version):
    return [one.wording for one in db.session.scalars(sa.select(Question).where(Question.version_id == version.id).order_by(Question.position))]


def test_a_coordinator_changes_a_questionnaire_and_puts_it_in_use(desk):
    page = desk.get("/desk/questionnaires").text
    assert "Before the session" in page and "Version 2, since" in page
    address = f"/desk/questionnaires/{of(Stage.BEFORE).id}"
    desk.get(address)
    desk.follow(desk.post(address, {"act": "begin"}))
    version = latest()
    draft = f"/desk/questionnaires/versions/{version.id}"
    desk.post(f"{draft}/questions/one_of", {"wording": "How did you hear of it?", "options": "A letter\n\nA colleague\n", "measures": ""})
    new = db.session.scalars(sa.select(Question).where(Question.version_id == version.id).order_by(Question.position.desc()).limit(1)).one()
    assert (new.code, new.options, new.position) == ("how_did_you_hear_of_it", ["A letter", "A colleague"], 6)
    desk.post(f"{draft}/draft", {"act": f"up:{new.id}"})
    assert wordings(version)[4:] == ["How did you hear of it?", "What would you most like to take away?"]
    desk.post(f"{draft}/draft", {"act": f"remove:{db.session.scalars(sa.select(Question.id).where(Question.version_id == version.id, Question.code == 'hope')).one()}"})
    assert "How did you hear of it?" in desk.get(f"{draft}/preview").text
    page = desk.get(f"{draft}/use").text
    assert "How did you hear of it?" in page.partition("New, so")[2].partition("No longer asked")[0]
    assert "What would you most like" in page.partition("No longer asked")[2]
    desk.follow(desk.post(f"{draft}/use", {"act": "use"}))
    assert queries.version_for(a_course().id, Stage.BEFORE).number == 3
    assert desk.get(f"{draft}/draft").status_code == 404 and desk.get(f"{draft}/use").status_code == 404
    assert desk.get(f"/desk/questions/{new.id}").status_code == 404


def test_what_was_typed_stays_when_a_question_is_refused_and_the_sentence_says_why(desk):
    version = a_draft()
    page = desk.post(f"/desk/questionnaires/versions/{version.id}/questions/scale_5", {"wording": "How sure are you?", "options": "one\ntwo", "measures": ""}).text
    assert "This scale needs 5 lines and has 2" in page and "How sure are you?" in page and "one\ntwo" in page


@pytest.mark.parametrize("kind", QUESTION_TYPES)
def test_each_kind_can_be_added_previewed_and_answered(desk, client, kind):
    if kind == "one_thing_done":  # it is asked months later, and is there
        later = a_draft(Stage.FOLLOW_UP)
        building.remove_question(question_id=next(one.id for one in later.questions if one.kind == kind))
        page = desk.get(f"/desk/questionnaires/versions/{later.id}/draft").text
        assert QUESTION_TYPES[kind].name in page
        desk.post(f"/desk/questionnaires/versions/{later.id}/questions/{kind}", {"wording": "Did it work?", "options": "", "measures": ""})
        assert "Did it work?" in wordings(later)
        return
    version = a_draft()
    desk.post(f"/desk/questionnaires/versions/{version.id}/questions/{kind}", {"wording": f"A {kind}?", "options": "\n".join(OPTIONS.get(kind, [])), "measures": ""})
    assert f"A {kind}?" in wordings(version)
    assert f"A {kind}?" in desk.get(f"/desk/questionnaires/versions/{version.id}/preview").text
    building.put_in_use(version_id=version.id, by="me", now=clock.now())
    booking = a_booking(a_session())
    code = next(one.code for one in queries.version(version.id).questions if one.wording == f"A {kind}?")
    value = {"several": ["1", "2"], "number": "7", "short_text": "Words", "long_text": "Words", "one_thing": ["Ring the GP", "2"]}.get(kind, "1")
    given = {"knowledge": "3", code: value}
    response = submit(booking_id=booking.id, stage=Stage.BEFORE, version_id=version.id, given=given, quoting=Quoting.NO, now=clock.now())
    kept = {answer.question.code: (answer.number, answer.text, answer.choices) for answer in response.answers}
    expected = {"several": (None, None, [1, 2]), "number": (7, None, []), "short_text": (None, "Words", []), "long_text": (None, "Words", []),
                "one_thing": (None, "Ring the GP", [2])}.get(kind, (1, None, []))
    assert kept[code] == expected


def test_a_version_in_use_is_never_changed(asked):
    version = asked[Stage.AFTER]
    question = version.questions[0]
    for act in (
        lambda: building.save_question(version_id=version.id, question_id=question.id, wish=Wish("agree", "Something else")),
        lambda: building.move_question(question_id=question.id, by=1), lambda: building.remove_question(question_id=question.id),
        lambda: building.delete_draft(version_id=version.id), lambda: building.put_in_use(version_id=version.id, by="me", now=clock.now()),
    ):
        with pytest.raises(Refused, match="never changed"):
            act()
    assert [one.wording for one in queries.version(version.id).questions] == [one.wording for one in STANDARD[Stage.AFTER]]


def test_the_two_statements_of_earlier_years_are_the_same_measures_in_the_shipped_set(asked):
    kept = queries.one(of(Stage.AFTER).id)
    for code, words in (("engaging", "The course was engaging and interesting"),
                        ("improved_knowledge", "Having completed this course, I now have improved knowledge about the subject")):
        assert [next(one.wording for one in version.questions if one.code == code) for version in kept.versions] == [words, words]


def test_another_wording_of_the_same_measure_keeps_its_code_and_another_scale_cannot(asked):
    version = a_draft()
    question = version.questions[0]
    anchors = ["None", "Little", "Some", "Much", "All"]
    kept = building.save_question(version_id=version.id, question_id=question.id, wish=Wish("scale_5", "What do you know?", options=anchors, measures="knowledge",
                                                                                                            reworded=True))
    assert kept.code == "knowledge"
    with pytest.raises(Refused, match="another scale"):
        building.save_question(version_id=version.id, question_id=question.id, wish=Wish("scale_10", "What do you know?", options=["a", "b"], measures="knowledge"))
    with pytest.raises(Refused, match="measures that already"):
        building.save_question(version_id=version.id, question_id=None, wish=Wish("scale_5", "Again?", options=anchors, measures="knowledge"))
    with pytest.raises(Refused, match="Choose what it measures"):
        building.save_question(version_id=version.id, question_id=None, wish=Wish("agree", "Again?", measures="made_up"))


COLOURS = ["Red", "Green", "Blue"]


def one_of_colours(version, options, **more):
    question = next((one for one in queries.version(version.id).questions if one.code == "one_of"), None)
    return building.save_question(version_id=version.id, question_id=question.id if question else None,
                                  wish=Wish("one_of", "One of?", options=options, **more))


def test_what_measures_the_same_keeps_each_option_at_its_place(asked):
    version = a_draft()
    one_of_colours(version, COLOURS)
    one_of_colours(version, ["Blue", "Red", "Green"], measures="one_of")  # nobody has answered it yet
    one_of_colours(version, COLOURS, measures="one_of")
    building.put_in_use(version_id=version.id, by="me", now=clock.now())
    draft = a_draft()
    for wrong, no in ((["Blue", "Red", "Green"], "“Red” stood at 1"), (["Red", "Blue", "Amber"], "“Blue” stood at 3"),
                      (["Red", "Green", "Turquoise"], "“Turquoise” takes the place of “Blue”")):
        with pytest.raises(Refused, match=no):
            one_of_colours(draft, wrong, measures="one_of")
    with pytest.raises(Refused, match="stood at 1"):
        one_of_colours(draft, ["Blue", "Red", "Green"], measures="one_of", reworded=True)
    kept = one_of_colours(draft, [" red", "Green", "A blue one"], measures="one_of", reworded=True)
    assert (kept.code, kept.options) == ("one_of", [" red", "Green", "A blue one"])
    assert one_of_colours(draft, ["Blue", "Red", "Green"]).code == "one_of_2"
    knowledge = next(one for one in queries.version(draft.id).questions if one.code == "knowledge")
    with pytest.raises(Refused, match="stood at 1"):
        building.save_question(version_id=draft.id, question_id=knowledge.id, wish=Wish(
            "scale_5", knowledge.wording, options=knowledge.options[::-1], measures="knowledge", reworded=True))


def test_a_draft_that_was_begun_before_another_came_in_use_does_not_turn_its_answers_round(asked):
    course, first = a_course(), a_draft()
    own = building.copy_to_course(questionnaire_id=of(Stage.BEFORE).id, course_id=course.id, now=clock.now())
    one_of_colours(first, COLOURS)
    other = building.save_question(version_id=own.id, question_id=None, wish=Wish("one_of", "Another?", options=COLOURS[::-1]))
    with transaction():
        db.session.get(Question, other.id).code = "one_of"
    building.put_in_use(version_id=first.id, by="me", now=clock.now())
    with pytest.raises(Refused, match="stood at 1"):
        building.put_in_use(version_id=own.id, by="me", now=clock.now())


def test_a_question_that_is_asked_only_after_an_option_follows_it_when_options_are_put_in_another_order(asked):
    version = a_draft()
    one_of_colours(version, COLOURS)
    building.save_question(version_id=version.id, question_id=None, wish=Wish(
        "long_text", "Why not red?", shown_if_code="one_of", shown_if_values=("2", "3")))
    with pytest.raises(Refused, match="only of those who answered “Green”"):
        one_of_colours(version, ["Blue", "Red"], measures="one_of")
    one_of_colours(version, ["Blue", "Red", "Green"])
    depends = next(one for one in queries.version(version.id).questions if one.wording == "Why not red?")
    assert (depends.shown_if_code, depends.shown_if_values) == ("one_of_2", ["3", "1"])


def test_the_page_of_a_question_asks_whether_only_the_wording_changed(desk):
    version = a_draft()
    hope = next(one for one in version.questions if one.code == "hope")
    given = {"wording": hope.wording, "options": "\n".join([*hope.options[:-1], "None of these"]), "measures": "hope"}
    page = desk.post(f"/desk/questions/{hope.id}", given).text
    assert "takes the place of “Something else”" in page and "Only the wording changed" in page
    desk.post(f"/desk/questions/{hope.id}", {**given, "reworded": "y"})
    assert next(one.options for one in queries.version(version.id).questions if one.code == "hope")[-1] == "None of these"


def test_nothing_is_added_that_nobody_would_ever_be_asked(desk):
    after, later = a_draft(Stage.AFTER), a_draft(Stage.FOLLOW_UP)
    for version, kind, no in ((after, "one_thing_done", "asked some weeks later"), (after, "one_thing", "only one thing comes back"),
                              (later, "one_thing_done", "only one thing comes back")):
        with pytest.raises(Refused, match=no):
            building.save_question(version_id=version.id, question_id=None, wish=Wish(kind, "Again?"))
        assert QUESTION_TYPES[kind].name not in desk.get(f"/desk/questionnaires/versions/{version.id}/draft").text.partition("Add a question")[2]


def test_a_question_that_depends_on_another_stays_after_it_and_is_asked_only_then(asked):
    version = a_draft()
    first, second = version.questions[0], version.questions[1]
    wish = Wish("scale_10", second.wording, options=second.options, measures=second.code, shown_if_code="knowledge", shown_if_values=("4", "5"))
    building.save_question(version_id=version.id, question_id=second.id, wish=wish)
    with pytest.raises(Refused, match="stand before it"):
        building.move_question(question_id=second.id, by=-1)
    with pytest.raises(Refused, match="stand before it"):
        building.remove_question(question_id=first.id)
    building.put_in_use(version_id=version.id, by="me", now=clock.now())
    codes = []
    for value in ("2", "5"):
        response = submit(booking_id=a_booking(a_session()).id, stage=Stage.BEFORE, version_id=version.id,
                          given={"knowledge": value, second.code: "8"}, quoting=Quoting.NO, now=clock.now())
        codes.append({answer.question.code for answer in response.answers})
    assert codes == [{"knowledge"}, {"knowledge", second.code}]


def test_a_course_has_its_own_until_it_is_asked_the_standard_again(desk):
    course, other = a_course(), a_course()
    kept = of(Stage.AFTER)
    desk.get(f"/desk/questionnaires/{kept.id}")
    desk.follow(desk.post(f"/desk/questionnaires/{kept.id}", {"act": "copy", "course": str(course.id)}))
    draft = latest()
    assert wordings(draft) == [one.wording for one in STANDARD[Stage.AFTER]]
    assert queries.version_for(course.id, Stage.AFTER).questionnaire.course_id is None, "a draft is asked of nobody"
    building.put_in_use(version_id=draft.id, by="me", now=clock.now())
    assert queries.version_for(course.id, Stage.AFTER).id == draft.id and queries.version_for(other.id, Stage.AFTER).questionnaire_id == kept.id
    desk.post(f"/desk/questionnaires/{draft.questionnaire_id}", {"act": "standard"})
    assert queries.version_for(course.id, Stage.AFTER).questionnaire_id == kept.id


def test_a_course_that_never_used_its_own_has_none_when_its_draft_is_deleted(asked):
    draft = building.copy_to_course(questionnaire_id=of(Stage.AFTER).id, course_id=a_course().id, now=clock.now())
    building.delete_draft(version_id=draft.id)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Questionnaire).where(Questionnaire.course_id.is_not(None))) == 0
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Question).where(Question.version_id == draft.id)) == 0


def test_anonymous_is_not_loosened_once_somebody_has_answered_and_drafts_go_when_it_becomes_so(asked):
    kept, session = of(Stage.BEFORE), a_session()
    save_draft(booking_id=a_booking(session).id, stage=Stage.BEFORE, version_id=asked[Stage.BEFORE].id, key="k", given={"knowledge": "2"}, now=clock.now())
    building.set_mode(questionnaire_id=kept.id, mode=Mode.ANONYMOUS, weeks=12)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(AnswerDraft)) == 0
    building.set_mode(questionnaire_id=kept.id, mode=Mode.CONFIDENTIAL, weeks=12)
    building.set_mode(questionnaire_id=kept.id, mode=Mode.ANONYMOUS, weeks=12)
    anonymous.submit(session_id=session.id, stage=Stage.BEFORE, version_id=asked[Stage.BEFORE].id, owner=anonymous.owner_of(a_booking(session).id), given={"knowledge": "2"},
                     quoting=Quoting.NO, phrase="", outcome=None, now=clock.now())
    with pytest.raises(Refused, match="can't be taken back"):
        building.set_mode(questionnaire_id=kept.id, mode=Mode.CONFIDENTIAL, weeks=12)
    with pytest.raises(Refused, match="about one person"):
        building.set_mode(questionnaire_id=of(Stage.MANAGER).id, mode=Mode.ANONYMOUS, weeks=12)
    with pytest.raises(Refused, match="from 6 to 26"):
        building.set_mode(questionnaire_id=of(Stage.FOLLOW_UP).id, mode=Mode.CONFIDENTIAL, weeks=5)


def answered_anonymously(version_id, course):
    session = a_session(course=course)
    assert anonymous.submit(session_id=session.id, stage=Stage.BEFORE, version_id=version_id, owner=anonymous.owner_of(a_booking(session).id),
                            given={"knowledge": "2"}, quoting=Quoting.NO, phrase="", outcome=None, now=clock.now())


def test_a_copy_or_the_standard_is_no_way_round_what_a_course_was_promised(asked):
    """With all others on a session asked confidentially, an anonymous answer would be that of whoever is left."""
    kept, promised, other = of(Stage.BEFORE), a_course(), a_course()
    early = building.copy_to_course(questionnaire_id=kept.id, course_id=promised.id, now=clock.now())
    building.set_mode(questionnaire_id=kept.id, mode=Mode.ANONYMOUS, weeks=12)
    answered_anonymously(asked[Stage.BEFORE].id, promised)
    with pytest.raises(Refused, match="can't be taken back"):
        building.put_in_use(version_id=early.id, by="me", now=clock.now())
    building.set_mode(questionnaire_id=early.questionnaire_id, mode=Mode.ANONYMOUS, weeks=12)
    building.put_in_use(version_id=early.id, by="me", now=clock.now())
    with pytest.raises(Refused, match="can't be taken back"):
        building.set_mode(questionnaire_id=early.questionnaire_id, mode=Mode.CONFIDENTIAL, weeks=12)
    own = building.copy_to_course(questionnaire_id=kept.id, course_id=other.id, now=clock.now())
    building.set_mode(questionnaire_id=own.questionnaire_id, mode=Mode.CONFIDENTIAL, weeks=12)
    building.put_in_use(version_id=own.id, by="me", now=clock.now())


def test_a_course_that_answered_its_own_anonymously_is_not_asked_a_confidential_standard(asked):
    kept, course = of(Stage.BEFORE), a_course()
    own = building.copy_to_course(questionnaire_id=kept.id, course_id=course.id, now=clock.now())
    building.put_in_use(version_id=own.id, by="me", now=clock.now())
    building.set_mode(questionnaire_id=own.questionnaire_id, mode=Mode.ANONYMOUS, weeks=12)
    answered_anonymously(own.id, course)
    with pytest.raises(Refused, match="standard set of this stage anonymous first"):
        building.use_standard_again(questionnaire_id=own.questionnaire_id)
    assert queries.version_for(course.id, Stage.BEFORE).id == own.id
    building.set_mode(questionnaire_id=kept.id, mode=Mode.ANONYMOUS, weeks=12)
    building.use_standard_again(questionnaire_id=own.questionnaire_id)


def test_a_courses_own_questionnaire_is_copied_to_another_course_with_its_measures_and_mode(desk):
    one, other = a_course(), a_course()
    first = building.copy_to_course(questionnaire_id=of(Stage.AFTER).id, course_id=one.id, now=clock.now())
    added = building.save_question(version_id=first.id, question_id=None, wish=Wish("one_of", "Was the room right?", options=["Yes", "No"]))
    building.set_mode(questionnaire_id=first.questionnaire_id, mode=Mode.ANONYMOUS, weeks=12)
    building.put_in_use(version_id=first.id, by="me", now=clock.now())
    desk.get(f"/desk/questionnaires/{first.questionnaire_id}")
    desk.follow(desk.post(f"/desk/questionnaires/{first.questionnaire_id}", {"act": "copy", "course": str(other.id)}))
    copy = queries.version(latest().id)
    assert copy.questionnaire.course_id == other.id and copy.questionnaire.mode is Mode.ANONYMOUS
    assert [(one.code, one.wording) for one in copy.questions] == [(one.code, one.wording) for one in queries.version(first.id).questions]
    assert copy.questions[-1].code == added.code and copy.id != first.id


def test_sections_help_and_order_reach_the_one_who_answers_and_a_draft_reaches_nobody(desk, client):
    version = a_draft()
    address = f"/desk/questionnaires/versions/{version.id}"
    desk.post(f"{address}/questions/number", {"wording": "How many years?", "help": "Whole years.", "section": "About you", "options": "0\n60", "measures": ""})
    new = db.session.scalars(sa.select(Question.id).where(Question.version_id == version.id, Question.wording == "How many years?")).one()
    for _ in range(5):
        desk.post(f"{address}/draft", {"act": f"up:{new}"})
    booking = a_booking(a_session())
    link = f"/answer/{links.token(current_app.config['SECRET_KEY'], booking.id, Stage.BEFORE)}"
    assert "How many years?" not in client.get(link).text
    desk.follow(desk.post(f"{address}/use", {"act": "use"}))
    page = client.get(link).text
    assert "Question 1 of 6" in page and all(words in page for words in ("How many years?", "Whole years.", "About you"))
    assert desk.post(f"{address}/use", {"act": "use"}).status_code == 302, "pressed twice it is in use once"


@dataclass(frozen=True)
class TrafficLight(QuestionType):
    """A kind of question that nobody has yet."""

    kind: str = "traffic_light"
    name: str = "A traffic light"

    def labels(self, options):
        return {1: "Red", 2: "Green"}

    def read(self, given, options, *, required):
        return Answered(number=int(given[0])) if given and given[0] in "12" else Answered()


def test_a_new_kind_of_question_is_a_class_a_line_and_a_template(app, desk, client, monkeypatch):
    """All else knows it by that: the builder, the preview, the form, the sheet to print, keying in, and the trainer's page."""
    monkeypatch.setitem(QUESTION_TYPES, "traffic_light", TrafficLight())
    template = DictLoader({"evaluation/questions/traffic_light.html": "{{ q.rows() }}"})
    monkeypatch.setattr(app.jinja_env, "loader", ChoiceLoader([template, app.jinja_env.loader]))
    version, course = a_draft(), a_course()
    address = f"/desk/questionnaires/versions/{version.id}"
    assert "A traffic light" in desk.get(f"{address}/draft").text
    desk.post(f"{address}/questions/traffic_light", {"wording": "How is it?", "measures": ""})
    assert "Green" in desk.get(f"{address}/preview").text
    building.put_in_use(version_id=version.id, by="me", now=clock.now())
    session = a_session(course=course, starts_in=timedelta(hours=1), places=20)
    link = f"/answer/{links.token(current_app.config['SECRET_KEY'], a_booking(session).id, Stage.BEFORE)}"
    page = client.post(link, {"screen": "4", "a-knowledge": "2", "go": "next"}).text
    assert "How is it?" in page and "Green" in page
    paper = f"/my-sessions/{session.ref}/paper/before"
    assert "Green" in desk.get(f"{paper}/sheets").text and "Green" in desk.get(paper).text
    for number in range(10):
        whose = a_booking(session).ref
        desk.follow(desk.post(paper, {"whose": whose, "a-knowledge": "2", "a-how_is_it": str(number % 2 + 1)}))
    assert db.session.scalar(sa.select(sa.func.count(Response.id))) == 10
    assert re.search(r'Red</th><td class="n">3<', desk.get(f"/my-sessions/{session.ref}/answers").text)


@pytest.mark.parametrize("kind", [kind for kind, one in QUESTION_TYPES.items() if one.free])
def test_above_every_field_for_ones_own_words_stands_the_notice_and_the_way_to_say_that_one_is_worried(asked, client, kind):
    version = a_draft()
    building.save_question(version_id=version.id, question_id=None, wish=Wish(kind, "In your own words?"))
    building.put_in_use(version_id=version.id, by="me", now=clock.now())
    link = f"/answer/{links.token(current_app.config['SECRET_KEY'], a_booking(a_session()).id, Stage.BEFORE)}"
    page = client.post(link, {"screen": "4", "a-knowledge": "2", "go": "next"}).text
    field = page.index("<textarea") if "<textarea" in page else page.index('id="q"')
    assert page.index("In your own words?") < page.index("nothing that could identify a child") < field
    assert 'href="/worry/' in page


def test_only_a_coordinator_builds(as_role, asked):
    for role in set(Role) - {Role.COORDINATOR}:
        assert as_role(role).get("/desk/questionnaires").status_code == 403


def test_old_answers_keep_the_version_they_answered(asked):
    booking = a_booking(a_session())
    old = asked[Stage.BEFORE]
    draft = a_draft()
    building.put_in_use(version_id=draft.id, by="me", now=clock.now())
    response = submit(booking_id=booking.id, stage=Stage.BEFORE, version_id=old.id, given={"knowledge": "2"}, quoting=Quoting.NO, now=clock.now())
    assert response.version_id == old.id and queries.version(old.id).state is VersionState.REPLACED
    with pytest.raises(Refused, match="not asked any more"):
        submit(booking_id=booking.id, stage=Stage.BEFORE, version_id=a_draft().id, given={"knowledge": "2"}, quoting=Quoting.NO, now=clock.now())
    assert db.session.scalar(sa.select(sa.func.count(Response.id))) == 1 and re.fullmatch(r"\w+", old.questions[0].code)
