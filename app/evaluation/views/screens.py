"""One screen of a questionnaire: whose it is, which question it asks, and what has been said so far."""

from dataclasses import dataclass, field, replace
from typing import Any

from flask import current_app, render_template, request

from app.attendance.rules import Outcome
from app.booking.models import Booking
from app.catalogue.models import CourseSession
from app.evaluation.forms import AnswerForm
from app.evaluation.models import Question, QuestionnaireVersion
from app.evaluation.queries import questionnaires
from app.evaluation.rules import worries
from app.evaluation.rules.asking import consent, consent_field, consent_under, explained, shown
from app.evaluation.rules.question_types import QUESTION_TYPES, RATHER_NOT
from app.evaluation.rules.stages import PRIVATE, Mode, Quoting, Stage, may_quote

MOST_SCREENS = 999
LONGEST_PHRASE = 200
WHEN = {Stage.BEFORE: "before the session", Stage.AFTER: "after the session", Stage.FOLLOW_UP: "some weeks later",
        Stage.MANAGER: "what you have seen"}


@dataclass
class Facing:
    """Who answers what: a booking (none for somebody who came by the code), its session, and the version that is asked. Who came by a link that
    others have too, as the trainer gives it out, is not there `in_person`: nothing of what was said is shown."""

    booking: Booking | None
    session: CourseSession
    outcome: Outcome | None
    stage: Stage
    version: QuestionnaireVersion | None
    promise: str | None = None
    in_person: bool = True
    by_manager: str | None = None
    """The mark of the manager who answers about the person."""
    mode: Mode = Mode.CONFIDENTIAL
    pairs: bool = False
    """Whether a phrase of their own could bring their answers of different stages together."""

    @property
    def anonymous(self) -> bool:
        """Whether nobody will know who answered."""
        return self.mode is Mode.ANONYMOUS

    @property
    def keeps_drafts(self) -> bool:
        """Whether what was answered is kept before it is sent."""
        return self.booking is not None and self.in_person and not self.anonymous

    @property
    def name(self) -> str:
        """The first name of the person whom the questions are about."""
        return (self.booking.person.first_name or "the person") if self.booking is not None else "the person"


@dataclass
class Screen:
    """Where in the questionnaire somebody is, and what they have said so far, as the form has it."""

    facing: Facing
    questions: list[Question]
    position: int
    given: dict[str, list[str]]
    key: str
    changing: bool = False
    error: str = ""
    phrase: str = ""
    no_longer_asked: list[str] = field(default_factory=list)
    """What was written to questions that the version in use has not."""
    form: AnswerForm = field(default_factory=AnswerForm)

    @property
    def asked(self) -> list[Any]:
        """The questions that are asked, given what was said."""
        return shown(self.questions, self.given, promised=self.facing.promise is not None)

    @property
    def at(self) -> int:
        """The place of this screen among them."""
        return min(max(self.position, 0), len(self.asked) - 1)

    @property
    def question(self) -> Any:
        """The one that is asked."""
        return self.asked[self.at]

    @property
    def is_last(self) -> bool:
        """Whether nothing comes after it."""
        return self.at == len(self.asked) - 1

    @property
    def may_open_more(self) -> bool:
        """Whether a later question depends on what is answered here."""
        return any(one.shown_if_code == self.question.code for one in self.questions)

    @property
    def quoting(self) -> Quoting:
        """Whether the words may be quoted."""
        return consent(self.asked, self.given)

    @property
    def quoting_here(self) -> Quoting:
        """Whether those on this screen may, as it was answered here."""
        return consent_under(self.question.code, self.given)

    @property
    def several_texts(self) -> bool:
        """Whether more than one question asks whether its words may be quoted."""
        return sum(one.quotable for one in self.questions) > 1

    @property
    def carried(self) -> list[tuple[str, str]]:
        """What is not asked on this screen and travels with it: the fields' names and values."""
        here = {self.question.code, consent_field(self.question.code)}
        return [(name_of(code), value) for code, values in self.given.items() if code not in here for value in values or [""]]

    def back_to_what_was_not_asked(self) -> None:
        """Where the questions are others than those that were sent, a place among these says nothing: go on with the first that was not asked."""
        if name_of(self.question.code) not in request.form:
            self.given.pop(self.question.code, None)
        self.position = min(self.at, next((at for at, one in enumerate(self.asked) if one.code not in self.given), self.at))

    def moved(self, by: int) -> "Screen":
        """The screen after it or before it."""
        return replace(self, position=max(0, self.at + by), error="")


def name_of(code: str) -> str:
    """The name of a question's field, or of that for its consent."""
    return code if code.startswith(consent_field("")) else f"a-{code}"


def screen_from_form(facing: Facing, questions: list[Question]) -> Screen:
    """The screen that was sent, with all that travelled with it."""
    number = request.form.get("screen", "0")
    at = int(number) if number.isascii() and number.isdigit() and len(number) < len(str(MOST_SCREENS)) + 1 else 0
    codes = [code for question in questions for code in (question.code, *([consent_field(question.code)] if question.quotable else []))]
    given = {code: request.form.getlist(name_of(code)) for code in codes if name_of(code) in request.form}
    screen = Screen(facing, questions, at, given, request.form.get("key", "")[:100], phrase=request.form.get("phrase", "")[:LONGEST_PHRASE])
    if not any(name_of(screen.question.code) == name for name in request.form):
        screen.given[screen.question.code] = []
    return screen


def draw(screen: Screen, home: str) -> str:
    """The page of this screen."""
    facing, question = screen.facing, screen.question
    kind, mode = QUESTION_TYPES[question.kind], facing.mode
    return render_template(
        "evaluation/question.html", form=screen.form, screen=screen, kind=kind, question=question, chosen=screen.given.get(question.code, []),
        labels=kind.labels(question.options), wording=question.wording.replace("{name}", facing.name),
        session=facing.session, stage=facing.stage, when=WHEN[facing.stage], home=home, mode=mode, private=PRIVATE[mode], facing=facing,
        consents=may_quote(mode), rather_not=RATHER_NOT, version=facing.version, saved=facing.keeps_drafts,
        explained=explained(question, sent_back=question.kind == "one_thing" and questionnaires.sends_back(
            facing.session.id, facing.session.course_id, facing.stage)),
        worry=worries.token(current_app.config["SECRET_KEY"], facing.session.id, _whose(facing)),
    )


def _whose(facing: Facing) -> int:
    """The booking of a worry; 0 where it must not, or cannot, be known whose it is."""
    return facing.booking.id if facing.booking is not None and not facing.anonymous and facing.stage is not Stage.MANAGER else 0
