"""The wording of letters, as coordinators change it in each language: checked, tried out with a real letter's data, kept in versions."""

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from markupsafe import escape

from app.accounts.access import access
from app.accounts.rules import Role
from app.core import clock
from app.core.errors import Refused
from app.letters import queries
from app.letters.forms import RestoreForm, WordingForm
from app.letters.views import blueprint
from app.letters.views.outbox import framed
from app.mail import services
from app.mail.office import office
from app.mail.queries import InForce, wording_in_force
from app.mail.rules import wording as rules
from app.mail.rules.languages import Language
from app.mail.rules.wording import Wording
from app.ui.headers import with_frame
from app.ui.widgets import choices

CANNOT = """<!doctype html>
<html lang="en-GB"><head><meta charset="utf-8"><title>This cannot be shown yet</title></head>
<body style="font:18px/1.5 Arial,sans-serif;margin:16px;color:#1f2527;background-color:#fff"><h1 style="font-size:22px">This cannot be shown yet</h1>
<ul>{faults}</ul></body></html>"""


@blueprint.route("/desk/wording")
@access(Role.COORDINATOR)
def wordings() -> ResponseReturnValue:
    """Every kind of letter, and who changed its wording when."""
    return render_template("letters/wordings.html", rows=queries.kinds())


@blueprint.route("/desk/wording/<kind>", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def wording(kind: str) -> ResponseReturnValue:
    """The wording of one kind in a language: change it, see it, go back to an earlier one."""
    found, language = _kind(kind), _language()
    form = _form(kind, language)
    if form.validate_on_submit():
        try:
            services.save_wording(kind=kind, language=language, subject=form.subject.data, body=form.body.data, note=form.note.data or "",
                                  by=current_user.name, now=clock.now())
        except Refused as no:
            form.refuse(no, "body")
        else:
            flash("Saved. Letters written from now on have this wording.")
            return _back(kind, language)
    return with_frame(make_response(render_template(
        "letters/wording.html", wording=found, form=form, versions=queries.versions(kind, language), language=language, languages=Language,
        english=None if language is Language.ENGLISH else wording_in_force(kind),
    )))


@blueprint.route("/desk/wording/<kind>/page")
@access(Role.COORDINATOR)
def wording_page(kind: str) -> ResponseReturnValue:
    """The letter as somebody gets it who would like this language, for the frame."""
    found, language = _kind(kind), _language()
    now = wording_in_force(kind, language)
    latest = queries.samples(kind)[:1]
    return _shown(found, now if now.body else wording_in_force(kind), latest[0][0] if latest else None)


@blueprint.route("/desk/wording/<kind>/preview", methods=["POST"])
@access(Role.COORDINATOR)
def preview(kind: str) -> ResponseReturnValue:
    """What is typed as a letter, for the frame; nothing is saved."""
    found, language = _kind(kind), _language()
    form = _form(kind, language)
    if not form.validate_on_submit():
        return _not_shown([str(error) for field in form for error in field.errors])
    subject, body = form.subject.data.strip(), form.body.data.replace("\r\n", "\n")
    wrong = rules.faults(found, subject, body)
    return _not_shown(wrong) if wrong else _shown(found, InForce(0, subject, body, language), form.sample.data)


@blueprint.route("/desk/wording/<kind>/restore", methods=["POST"])
@access(Role.COORDINATOR)
def restore(kind: str) -> ResponseReturnValue:
    """Put an earlier wording in force again."""
    _kind(kind)
    form, language = RestoreForm(), _language()
    number = form.number.data or ""
    if form.validate_on_submit() and number.isascii() and number.isdigit() and len(number) < 9:
        try:
            saved = services.restore_wording(kind=kind, language=language, number=int(number), by=current_user.name, now=clock.now())
            flash("The earlier wording is in force again." if saved.body else "This letter goes out in English from now on, to everybody.")
        except Refused as no:
            flash(str(no), "bad")
    return _back(kind, language)


def _kind(kind: str) -> Wording:
    return office().wordings.get(kind) or abort(404)


def _language() -> Language:
    """The language that the page is about: English unless its address says another."""
    asked = request.args.get("language", Language.ENGLISH.value)
    return next((one for one in Language if one.value == asked), None) or abort(404)


def _back(kind: str, language: Language) -> ResponseReturnValue:
    return redirect(url_for("letters.wording", kind=kind, language=None if language is Language.ENGLISH else language.value))


def _form(kind: str, language: Language) -> WordingForm:
    in_force, latest = wording_in_force(kind, language), queries.samples(kind)
    offered = [*latest, (0, "Nobody: say what each placeholder stands for")]
    form = WordingForm(data={"subject": in_force.subject, "body": in_force.body, "sample": offered[0][0]})
    form.sample.choices = choices(offered)
    return form


def _shown(found: Wording, text: InForce, sample_id: int | None) -> Response:
    return framed(queries.preview(found, text, sample_id).html)


def _not_shown(wrong: list[str]) -> Response:
    return framed(CANNOT.format(faults="".join(f"<li>{escape(fault)}.</li>" for fault in wrong)))
