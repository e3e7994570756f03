"""What a trainer or coordinator does to get answers: the code for the last slide, and keying in what was filled in on paper."""

import io

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from markupsafe import Markup

from app.accounts.access import access
from app.accounts.rules import Role
from app.attendance.rules import Outcome
from app.catalogue.models import CourseSession
from app.core import clock, tokens
from app.core.errors import Refused
from app.evaluation.forms import AnswerForm
from app.evaluation.models import Question, QuestionnaireVersion
from app.evaluation.queries import asking, questionnaires
from app.evaluation.rules.paper import ON_PAPER
from app.evaluation.rules.question_types import QUESTION_TYPES, RATHER_NOT
from app.evaluation.rules.stages import NAMES, Mode, Quoting, Stage
from app.evaluation.services import anonymous, answering
from app.evaluation.views import blueprint
from app.evaluation.views.own import own_session
from app.mail.office import office
from app.ui.dispatch import quiet


@blueprint.route("/my-sessions/<ref>/code")
@access(Role.TRAINER, Role.COORDINATOR)
def code(ref: str) -> ResponseReturnValue:
    """A code to scan, and its short address, for the last slide."""
    session = own_session(ref)
    version = questionnaires.version_for(session.course_id, Stage.AFTER)
    address = office().public_url + url_for("evaluation.from_code", ref=session.ref)
    return render_template("evaluation/code.html", session=session, address=address, drawn=_drawn(address),
                           anonymous=version is not None and version.questionnaire.mode is Mode.ANONYMOUS)


def _drawn(address: str) -> Markup:
    import segno  # noqa: PLC0415  (only who makes a slide needs it)

    out = io.BytesIO()
    segno.make(address, error="m").save(out, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=3)
    return Markup(out.getvalue().decode().replace("<svg ", '<svg role="img" aria-label="A code to scan; the address stands below it" ', 1))


@blueprint.route("/my-sessions/<ref>/paper/<stage>", methods=["GET", "POST"])
@access(Role.TRAINER, Role.COORDINATOR)
@quiet
def paper(ref: str, stage: str) -> ResponseReturnValue:
    """Key in one form after the other; for confidential questions say whose it is."""
    if stage not in {one.value for one in ON_PAPER}:
        abort(404)
    session, at, form = own_session(ref), Stage(stage), AnswerForm()
    version = questionnaires.version_for(session.course_id, at)
    if version is None:
        return render_template("evaluation/closed.html", sentence="There are no questions yet.", session=session,
                               home=url_for("evaluation.links", ref=ref))
    if form.validate_on_submit():
        try:
            flash(_key_in(session, at, version))
            return redirect(url_for("evaluation.paper", ref=ref, stage=stage))
        except Refused as no:
            form.refuse(no)
    people = [] if version.questionnaire.mode is Mode.ANONYMOUS else asking.people_with_answers(session.id, at)
    return render_template(
        "evaluation/paper.html", form=form, session=session, stage=at, names=NAMES, stages=ON_PAPER, version=version, people=people,
        given=_given(version), labels=_labels(version), key=request.form.get("key") or tokens.secret(), rather_not=RATHER_NOT,
        anonymous=version.questionnaire.mode is Mode.ANONYMOUS, whose=request.form.get("whose", ""),
        quoting=[(Quoting.NO, "Not to be quoted"), (Quoting.ANONYMOUS, "May be quoted without name or role")],
        types=QUESTION_TYPES, asked=[one for one in version.questions if one.kind != "one_thing_done"],
    )


def _given(version: QuestionnaireVersion) -> dict[str, list[str]]:
    return {question.code: request.form.getlist(f"a-{question.code}") for question in version.questions}


def _labels(version: QuestionnaireVersion) -> dict[str, dict[int, str]]:
    def labels(question: Question) -> dict[int, str]:
        kind = QUESTION_TYPES[question.kind]
        return kind.labels(question.options)

    return {question.code: labels(question) for question in version.questions}


def _key_in(session: CourseSession, stage: Stage, version: QuestionnaireVersion) -> str:
    """Keep one form from paper; what to say then.

    Raises:
        Refused: nobody was chosen, or an answer cannot be.
    """
    given, now = _given(version), clock.now()
    quoting = Quoting.ANONYMOUS if request.form.get("may_quote") == Quoting.ANONYMOUS.value else Quoting.NO
    if version.questionnaire.mode is Mode.ANONYMOUS:
        key = request.form.get("key", "")[:100]
        anonymous.submit(session_id=session.id, stage=stage, version_id=version.id, owner=f"paper:{session.id}:{key}", given=given, quoting=quoting,
                         phrase=request.form.get("phrase", "")[:200], outcome=Outcome.ATTENDED, now=now, paper=True)
        return "Kept. It counts together with the next ones."
    chosen = next((booking for booking, _there in asking.people_with_answers(session.id, stage) if booking.ref == request.form.get("whose")), None)
    if chosen is None:
        raise Refused("Choose whose form it is.")
    answering.submit(booking_id=chosen.id, stage=stage, version_id=version.id, given=given, quoting=quoting, now=now,
                     keyed=answering.Keyed(current_user.account_id))
    return f"The answers of {chosen.person.name or chosen.person.email} are kept."
