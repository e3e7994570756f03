"""Questions on paper: sheets to print and hand out, and keying in what was written on them."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.access import access
from app.accounts.rules import Role
from app.attendance.rules import Outcome
from app.catalogue.models import CourseSession
from app.core import clock, tokens
from app.core.errors import Refused
from app.evaluation.forms import AnswerForm
from app.evaluation.models import Question, QuestionnaireVersion
from app.evaluation.queries import asking, questionnaires
from app.evaluation.rules.asking import condition, consent, consent_field, consent_under, explained
from app.evaluation.rules.paper import NEWEST_SHEETS, ON_PAPER, PRIVATE_ON_PAPER, sheet_name
from app.evaluation.rules.question_types import QUESTION_TYPES, RATHER_NOT
from app.evaluation.rules.stages import NAMES, Mode, Stage, may_quote
from app.evaluation.services import anonymous, answering
from app.evaluation.views import blueprint
from app.evaluation.views.codes import drawn_code, slide_address
from app.evaluation.views.own import own_session
from app.ui.dispatch import quiet
from app.ui.inputs import row_number


@blueprint.route("/my-sessions/<ref>/paper/<stage>/sheets")
@access(Role.TRAINER, Role.COORDINATOR)
def sheets(ref: str, stage: str) -> ResponseReturnValue:
    """Forms to print and hand out: one for each person with a place, or one for anybody."""
    session, at = own_session(ref), _stage(stage)
    version = questionnaires.version_for(session.course_id, at)
    if version is None:
        return _no_questions(session)
    mode = questionnaires.mode_of(session.id, session.course_id, at)
    people = [] if mode is Mode.ANONYMOUS else [booking for booking, _there in asking.people_with_answers(session.id, at)]
    address = slide_address(session) if at is Stage.AFTER else None
    return render_template(
        "evaluation/sheets.html", session=session, stage=at, names=NAMES, stages=ON_PAPER, people=people, anonymous=mode is Mode.ANONYMOUS,
        private=PRIVATE_ON_PAPER[mode], consents=may_quote(mode), asked=_on_paper(version), labels=_labels(version), types=QUESTION_TYPES,
        explained=_explained(session, at, version), pairs=questionnaires.may_pair(session.id, session.course_id, at),
        address=address, drawn=drawn_code(address) if address else None, condition=condition, every=version.questions,
        bears=sheet_name(version.id),
    )


def _on_paper(version: QuestionnaireVersion) -> list[Question]:
    """What can be asked on paper: not what somebody said at an earlier stage."""
    return [one for one in version.questions if one.kind != "one_thing_done"]


def _explained(session: CourseSession, stage: Stage, version: QuestionnaireVersion) -> dict[str, str]:
    sent_back = questionnaires.sends_back(session.id, session.course_id, stage)
    return {one.code: explained(one, sent_back=sent_back) for one in version.questions}


def _stage(stage: str) -> Stage:
    return Stage(stage) if stage in {one.value for one in ON_PAPER} else abort(404)


def _no_questions(session: CourseSession) -> str:
    return render_template("evaluation/closed.html", sentence="There are no questions yet.", session=session,
                           home=url_for("evaluation.links", ref=session.ref))


@blueprint.route("/my-sessions/<ref>/paper/<stage>", methods=["GET", "POST"])
@access(Role.TRAINER, Role.COORDINATOR)
@quiet
def paper(ref: str, stage: str) -> ResponseReturnValue:
    """Key in one form after the other; for confidential questions say whose it is."""
    session, at, form = own_session(ref), _stage(stage), AnswerForm()
    version = questionnaires.version_for(session.course_id, at)
    if version is None:
        return _no_questions(session)
    version = _before_them(version, session, at)
    mode = questionnaires.mode_of(session.id, session.course_id, at)
    if form.validate_on_submit():
        try:
            flash(_key_in(session, at, version, mode))
            return redirect(url_for("evaluation.paper", ref=ref, stage=stage, version=request.args.get("version")))
        except Refused as no:
            form.refuse(no)
    people = [] if mode is Mode.ANONYMOUS else asking.people_with_answers(session.id, at)
    return render_template(
        "evaluation/paper.html", form=form, session=session, stage=at, names=NAMES, stages=ON_PAPER, version=version, people=people,
        given=_given(version), labels=_labels(version), key=request.form.get("key") or tokens.secret(), rather_not=RATHER_NOT,
        anonymous=mode is Mode.ANONYMOUS, whose=request.form.get("whose", ""), phrase=_phrase(), newer=_newer(),
        consents=may_quote(mode), consent_under=consent_under, types=QUESTION_TYPES, asked=_on_paper(version), sheet_name=sheet_name,
        versions=questionnaires.ever_asked(at, session.course_id, NEWEST_SHEETS),
    )


def _before_them(version: QuestionnaireVersion, session: CourseSession, stage: Stage) -> QuestionnaireVersion:
    """The version that the sheet bears, or whose page was filled in, though another is in use since."""
    try:
        sent = row_number(request.values.get("version", version.id))
    except ValueError:
        return version
    return version if sent == version.id else questionnaires.once_asked(sent, stage, session.course_id) or version


def _given(version: QuestionnaireVersion) -> dict[str, list[str]]:
    answers = {question.code: request.form.getlist(f"a-{question.code}") for question in version.questions}
    return answers | {name: request.form.getlist(name) for name in map(consent_field, answers)}


def _phrase() -> str:
    return request.form.get("phrase", "")[:200]


def _newer() -> bool:
    """Whether whoever keys the sheet in says that it is newer than what its person answered online."""
    return "newer" in request.form


def _labels(version: QuestionnaireVersion) -> dict[str, dict[int, str]]:
    def labels(question: Question) -> dict[int, str]:
        kind = QUESTION_TYPES[question.kind]
        return kind.labels(question.options)

    return {question.code: labels(question) for question in version.questions}


def _key_in(session: CourseSession, stage: Stage, version: QuestionnaireVersion, mode: Mode) -> str:
    """Keep one form from paper; what to say then.

    Raises:
        Refused: nobody was chosen, or an answer cannot be.
    """
    given, now = _given(version), clock.now()
    quoting = consent(_on_paper(version), given)
    if mode is Mode.ANONYMOUS:
        key = request.form.get("key", "")[:100]
        anonymous.submit(session_id=session.id, stage=stage, version_id=version.id, owner=f"paper:{session.id}:{key}", given=given, quoting=quoting,
                         phrase=_phrase(), outcome=Outcome.ATTENDED, now=now, paper=True)
        return "Kept. It counts together with the next ones."
    chosen = next((booking for booking, _there in asking.people_with_answers(session.id, stage) if booking.ref == request.form.get("whose")), None)
    if chosen is None:
        raise Refused("Choose whose form it is.")
    answering.submit(booking_id=chosen.id, stage=stage, version_id=version.id, given=given, quoting=quoting, now=now,
                     keyed=answering.Keyed(current_user.account_id, newer=_newer()))
    stays = "" if _newer() else " If they have answered online, that answer counts and not the sheet."
    return f"The answers of {chosen.person.name or chosen.person.email} are kept.{stays}"
