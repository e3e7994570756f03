"""Where coordinators build questionnaires: all of them, one with its versions, a draft, one question of it, a version as on a phone."""

from collections.abc import Callable
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.access import access
from app.accounts.rules import Role
from app.core import clock
from app.core.errors import Refused
from app.evaluation.forms import ActForm, CopyForm, QuestionForm, QuestionnaireForm
from app.evaluation.models import Question, Questionnaire, QuestionnaireVersion
from app.evaluation.queries import questionnaires as queries
from app.evaluation.rules.asking import condition, explained
from app.evaluation.rules.conditions import COMPARISONS, NUMBER, compared
from app.evaluation.rules.measuring import kinds_at
from app.evaluation.rules.question_types import QUESTION_TYPES, RATHER_NOT
from app.evaluation.rules.stages import NAMES, PRIVATE, Mode, Stage, VersionState
from app.evaluation.rules.windows import LATER
from app.evaluation.services import building
from app.evaluation.services.questionnaires import ensure_questionnaires
from app.evaluation.views import blueprint
from app.ui.widgets import choices

SAME = "The same as before"


def _back(endpoint: str, **values: Any) -> ResponseReturnValue:
    return redirect(url_for(f"evaluation.{endpoint}", **values))


@blueprint.route("/desk/questionnaires", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def questionnaires() -> ResponseReturnValue:
    """The standard set and courses' own. Where there is none yet, a button makes the shipped set."""
    form = ActForm()
    if form.validate_on_submit():
        ensure_questionnaires(now=clock.now())
        return _back("questionnaires")
    found = queries.everything()
    return render_template("evaluation/questionnaires.html", form=form, names=NAMES, standard=[one for one in found if one.course_id is None],
                           own=[one for one in found if one.course_id is not None], in_use=_in_use, draft=_draft)


@blueprint.route("/desk/questionnaires/<int:number>", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def one_questionnaire(number: int) -> ResponseReturnValue:
    """One questionnaire: what is asked now, its versions, how private it is, copying it to a course."""
    kept = queries.one(number) or abort(404)
    act, settings, copying = ActForm(), QuestionnaireForm(data={"mode": kept.mode.value, "weeks": kept.weeks}), CopyForm()
    copying.course.choices = choices(queries.courses_to_copy_to())
    acts = {"begin": _begin, "shipped": _begin, "standard": _standard_again, "settings": _settings, "copy": _copy}
    if act.validate_on_submit() and act.act.data in acts:
        form = {"settings": settings, "copy": copying}.get(act.act.data, act)
        if form.validate():
            try:
                return acts[act.act.data](kept, act.act.data)
            except Refused as no:
                form.refuse(no)
    return render_template(
        "evaluation/one_questionnaire.html", form=next((one for one in (act, settings, copying) if one.errors or one.form_errors), act), act=act,
        settings_form=settings, copying=copying, kept=kept, names=NAMES, in_use=_in_use(kept), draft=_draft(kept), private=PRIVATE,
        answered=queries.answered_times(number), later=kept.stage in LATER, types=QUESTION_TYPES, manager=kept.stage is Stage.MANAGER,
        shown_if=_shown_if,
    )


def _begin(kept: Questionnaire, act: str) -> ResponseReturnValue:
    draft = building.begin_draft(questionnaire_id=kept.id, shipped=act == "shipped", now=clock.now())
    return _back("draft", number=draft.id)


def _standard_again(kept: Questionnaire, _act: str) -> ResponseReturnValue:
    building.use_standard_again(questionnaire_id=kept.id)
    flash("The course is asked the standard set again.")
    return _back("questionnaires")


def _settings(kept: Questionnaire, _act: str) -> ResponseReturnValue:
    form = QuestionnaireForm()
    building.set_mode(questionnaire_id=kept.id, mode=Mode(form.mode.data), weeks=form.weeks.data if kept.stage in LATER else kept.weeks)
    flash("Saved.")
    return _back("one_questionnaire", number=kept.id)


def _copy(kept: Questionnaire, _act: str) -> ResponseReturnValue:
    draft = building.copy_to_course(questionnaire_id=kept.id, course_id=int(request.form["course"]), now=clock.now())
    flash("The course has a draft of its own. Nothing changes for anybody until you put it in use.")
    return _back("draft", number=draft.id)


@blueprint.route("/desk/questionnaires/versions/<int:number>/draft", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def draft(number: int) -> ResponseReturnValue:
    """A draft: its questions in their order, to move, change and remove."""
    version, form = _version(number, draft=True), ActForm()
    if form.validate_on_submit():
        name, _, which = (form.act.data or "").partition(":")
        acts: dict[str, Callable[[int], None]] = {
            "up": lambda one: building.move_question(question_id=one, by=-1), "down": lambda one: building.move_question(question_id=one, by=1),
            "remove": lambda one: building.remove_question(question_id=one),
        }
        try:
            if name == "delete":
                building.delete_draft(version_id=version.id)
                flash("The draft is deleted.")
                return _back("questionnaires")
            if name in acts and which in {str(one.id) for one in version.questions}:
                acts[name](int(which))
            return _back("draft", number=number)
        except Refused as no:
            form.refuse(no)
    return render_template("evaluation/draft.html", form=form, version=version, kept=version.questionnaire, names=NAMES, types=QUESTION_TYPES,
                           offered=kinds_at(version.questionnaire.stage, [one.kind for one in version.questions]),
                           shown_if=_shown_if)


@blueprint.route("/desk/questionnaires/versions/<int:number>/use", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def use(number: int) -> ResponseReturnValue:
    """What it means to put a draft in use, and the button."""
    version, form = _version(number, draft=request.method != "POST"), ActForm()
    if version.state is VersionState.IN_USE:  # pressed twice, or the first answer was lost
        return _back("one_questionnaire", number=version.questionnaire_id)
    if form.validate_on_submit():
        try:
            building.put_in_use(version_id=version.id, by=current_user.name, now=clock.now())
            flash("It is in use. Whoever opens the questions from now on gets this version.")
            return _back("one_questionnaire", number=version.questionnaire_id)
        except Refused as no:
            form.refuse(no)
    kept = queries.one(version.questionnaire_id) or abort(404)
    before = {one.code: one for one in (_in_use(kept).questions if _in_use(kept) else [])}
    after = {one.code: one for one in version.questions}
    return render_template(
        "evaluation/use.html", form=form, version=version, kept=kept, names=NAMES, private=PRIVATE[kept.mode], replaced=_in_use(kept),
        same=[one for one in version.questions if one.code in before], new=[one for one in version.questions if one.code not in before],
        gone=[one for code, one in before.items() if code not in after],
    )


@blueprint.route("/desk/questionnaires/versions/<int:number>/preview")
@access(Role.COORDINATOR)
def preview(number: int) -> ResponseReturnValue:
    """A version as on a phone, all its screens below each other; nothing can be sent."""
    version = _version(number)
    return render_template("evaluation/preview.html", version=version, kept=version.questionnaire, names=NAMES, screens=_screens(version),
                           private=PRIVATE[version.questionnaire.mode], shown_if=_shown_if)


@blueprint.route("/desk/questionnaires/versions/<int:number>/questions/<kind>", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def new_question(number: int, kind: str) -> ResponseReturnValue:
    """Add a question of a kind to a draft."""
    if kind not in QUESTION_TYPES:
        abort(404)
    return _edit(_version(number, draft=True), None, kind)


@blueprint.route("/desk/questions/<int:number>", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def question(number: int) -> ResponseReturnValue:
    """Change a question of a draft."""
    found = queries.question(number)
    if found is None or found.version.state is not VersionState.DRAFT:
        abort(404)
    return _edit(found.version, found, found.kind)


def _edit(version: QuestionnaireVersion, found: Question | None, kind: str) -> ResponseReturnValue:
    form = QuestionForm(data=_as_typed(found, kind))
    earlier = [one for one in version.questions if found is None or one.position < found.position]
    form.measures.choices = choices(_measures(version, found, kind))
    form.shown_if.choices, form.shown_if_number.choices = choices(_conditions(earlier)), choices([("", "No"), *_numbers(earlier)])
    form.options.description = QUESTION_TYPES[kind].options_help
    if form.validate_on_submit():
        try:
            building.save_question(version_id=version.id, question_id=found.id if found else None, wish=_wish(form, kind))
            return _back("draft", number=version.id)
        except Refused as no:
            form.refuse(no, "options" if "scale needs" in str(no) or "option" in str(no) else "")
    return render_template("evaluation/edit_question.html", form=form, version=version, found=found, kind=QUESTION_TYPES[kind],
                           conditions=bool(_conditions(earlier) or _numbers(earlier)), numbers=bool(_numbers(earlier)))


def _as_typed(found: Question | None, kind: str) -> dict[str, Any]:
    if found is None:
        shipped = getattr(QUESTION_TYPES[kind], "shipped", ())
        return {"options": "\n".join(shipped), "required": False}
    number = next(filter(None, map(compared, found.shown_if_values)), None)
    return {
        "wording": found.wording, "help": found.help, "section": found.section, "options": "\n".join(found.options), "required": found.required,
        "quotable": found.quotable, "measures": found.code,
        "shown_if": [f"{found.shown_if_code}={value}" for value in found.shown_if_values if not number],
        "shown_if_number": f"{found.shown_if_code} {number[0]}" if number else "", "shown_if_bound": number[1] if number else None,
    }


def _measures(version: QuestionnaireVersion, found: Question | None, kind: str) -> list[tuple[str, str]]:
    """What a question of this kind can measure: something new, what it measures already, or what another one does."""
    taken = {one.code for one in version.questions if found is None or one.id != found.id}
    known = [(one.code, f"The same as “{one.wording}”") for one in queries.measures() if one.kind == kind and one.code not in taken]
    kept = [(found.code, SAME)] if found is not None and found.code not in {code for code, _words in known} else []
    return [("", "Something new"), *kept, *known]


def _conditions(earlier: list[Question]) -> list[tuple[str, str]]:
    """Every answer to an earlier question on which this one may depend."""
    found = []
    for one in earlier:
        kind = QUESTION_TYPES[one.kind]
        if not kind.free:
            found += [(f"{one.code}={value}", f"{one.wording} {value}. {label}" if label else f"{one.wording} {value}")
                      for value, label in kind.labels(one.options).items()]
    return found


def _numbers(earlier: list[Question]) -> list[tuple[str, str]]:
    """Every earlier question that is answered with a number, with each way in which the number may be compared."""
    return [(f"{one.code} {sign}", f"{one.wording} {comparison.offered}") for one in earlier if one.kind == NUMBER
            for sign, comparison in COMPARISONS.items()]


def _pairs(form: QuestionForm) -> list[tuple[str, str]]:
    """(question, answer) after which it is asked.

    Raises:
        Refused: they are answers to several questions, or the number is missing.
    """
    pairs = [(code, value) for code, _sign, value in (value.partition("=") for value in form.shown_if.data or [])]
    if form.shown_if_number.data:
        if form.shown_if_bound.data is None or form.shown_if_bound.data < 0:
            raise Refused("Enter the number after which it is asked, from 0 on.")
        code, sign = form.shown_if_number.data.split(" ")
        pairs.append((code, f"{sign}{form.shown_if_bound.data}"))
    if len({code for code, _value in pairs}) > 1:
        raise Refused("Choose answers to one question only.")
    return pairs


def _wish(form: QuestionForm, kind: str) -> building.Wish:
    pairs = _pairs(form)
    return building.Wish(
        kind=kind, wording=form.wording.data or "", help=form.help.data or "", section=form.section.data or "", required=bool(form.required.data),
        options=[line.strip() for line in (form.options.data or "").splitlines() if line.strip()], quotable=bool(form.quotable.data),
        measures=form.measures.data or "", reworded=bool(form.reworded.data),
        shown_if_code=pairs[0][0] if pairs else None, shown_if_values=tuple(value for _code, value in pairs),
    )


def _version(number: int, *, draft: bool = False) -> QuestionnaireVersion:
    found = queries.version(number)
    if found is None or (draft and found.state is not VersionState.DRAFT):
        abort(404)
    return found


def _screens(version: QuestionnaireVersion) -> list[dict[str, Any]]:
    """Each question with what its template needs."""
    found = []
    sent_back = version.questionnaire.stage is Stage.AFTER and version.questionnaire.mode is Mode.CONFIDENTIAL
    for one in version.questions:
        kind = QUESTION_TYPES[one.kind]
        found.append({"question": one, "kind": kind, "labels": kind.labels(one.options),
                      "wording": one.wording.replace("{name}", "Amina"), "rather_not": RATHER_NOT,
                      "explained": explained(one, sent_back=sent_back)})
    return found


def _shown_if(question: Question, questions: list[Question]) -> str:
    """In words, of whom a question is asked; empty for everybody."""
    said = condition(question, questions)
    return f"Only of those who answered {said}" if said else ""


def _in_use(kept: Questionnaire) -> QuestionnaireVersion | None:
    return next((one for one in kept.versions if one.state is VersionState.IN_USE), None)


def _draft(kept: Questionnaire) -> QuestionnaireVersion | None:
    return next((one for one in kept.versions if one.state is VersionState.DRAFT), None)
