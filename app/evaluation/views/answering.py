"""A questionnaire, one question a screen. The server keeps nothing until the end: what was answered travels with the form."""

from dataclasses import dataclass

from flask import abort, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.access import EVERY_ROLE, access, anyone
from app.core import clock
from app.core.errors import Refused
from app.evaluation.forms import AnswerForm
from app.evaluation.models import Question
from app.evaluation.queries import of_session
from app.evaluation.rules import links
from app.evaluation.rules.question_types import QUESTION_TYPES
from app.evaluation.rules.stages import Quoting, Stage
from app.evaluation.rules.windows import check_open
from app.evaluation.services import answering
from app.evaluation.services.questionnaires import ensure_questionnaires
from app.evaluation.views import blueprint


@blueprint.route("/bookings/<ref>/questions/<stage>", methods=["GET", "POST"])
@access(*EVERY_ROLE)
def questionnaire(ref: str, stage: str) -> ResponseReturnValue:
    """The questions for one's own booking."""
    booking_id = of_session.booking_of(ref, current_user.person_id) or abort(404)
    if stage not in {one.value for one in Stage}:
        abort(404)
    return _ask(booking_id, Stage(stage), url_for("home.my_training"))


@blueprint.route("/answer/<token>", methods=["GET", "POST"])
@anyone
def from_link(token: str) -> ResponseReturnValue:
    """The questions without signing in, for whoever was given the link."""
    found = links.read(current_app.config["SECRET_KEY"], token) or abort(404)
    return _ask(*found, url_for("home.front_page"))


@dataclass(frozen=True)
class Screen:
    """Where in the questionnaire somebody is, and what they have said so far, as text by question."""

    number: int
    questions: list[Question]
    given: dict[str, str]

    @property
    def question(self) -> Question:
        """The one that is asked."""
        return self.questions[self.number]

    @property
    def is_last(self) -> bool:
        """Whether nothing comes after it."""
        return self.number == len(self.questions) - 1

    @property
    def carried(self) -> dict[str, str]:
        """What is not asked on this screen and travels with it."""
        return {code: value for code, value in self.given.items() if code != self.question.code}


def _ask(booking_id: int, stage: Stage, home: str) -> ResponseReturnValue:
    asked = of_session.asked(booking_id) or abort(404)
    session, now = asked.booking.course_session, clock.now()
    form = AnswerForm()
    page = {"session": session, "stage": stage, "home": home}
    try:
        check_open(stage, session.starts_at, session.ends_at, asked.outcome, now)
    except Refused as no:
        return render_template("evaluation/closed.html", sentence=str(no), **page)
    version = of_session.version_in_use(stage)
    if version is None:
        if request.method != "POST":
            return render_template("evaluation/closed.html", sentence="There are no questions yet.", **page)
        version = ensure_questionnaires(now=now)[stage]
    if not form.is_submitted():
        before = of_session.current_answers(booking_id, stage)
        return _screen(form, Screen(0, version.questions, before), page, changing=bool(before))
    screen = _from_form(version.questions)
    if not form.validate():
        return _screen(form, screen, page)
    if request.form.get("go") == "back":
        return _screen(form, Screen(max(0, screen.number - 1), screen.questions, screen.given), page)
    try:
        QUESTION_TYPES[screen.question.kind].read(screen.given.get(screen.question.code, ""))
        if not screen.is_last:
            return _screen(form, Screen(screen.number + 1, screen.questions, screen.given), page)
        answering.submit(booking_id=booking_id, stage=stage, version_id=version.id, given=screen.given, quoting=_quoting(), now=now)
    except Refused as no:
        form.refuse(no)
        return _screen(form, screen, page)
    return render_template("evaluation/thank_you.html", **page)


def _from_form(questions: list[Question]) -> Screen:
    number = request.form.get("screen", "0")
    at = min(int(number), len(questions) - 1) if number.isascii() and number.isdigit() and len(number) < 4 else 0
    given = {question.code: request.form[f"a-{question.code}"] for question in questions if f"a-{question.code}" in request.form}
    return Screen(at, questions, given)


def _quoting() -> Quoting:
    value = request.form.get("may_quote", "no")
    return Quoting(value) if value in {one.value for one in Quoting} else Quoting.NO


def _screen(form: AnswerForm, screen: Screen, page: dict[str, object], *, changing: bool = False) -> str:
    kind = QUESTION_TYPES[screen.question.kind]
    return render_template("evaluation/question.html", form=form, screen=screen, kind=kind, changing=changing,
                           quoting=_quoting().value, **page)
