"""Examples of practice: their list, adding one, the answers that could become one, and one with its wording."""

from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts import queries as people
from app.accounts.access import access
from app.accounts.rules import Role
from app.core import clock, tokens
from app.core.errors import Refused
from app.evaluation.rules.stages import Quoting
from app.evidence.forms import ActForm, DecideForm, ExampleForm, FilterForm, WordingForm
from app.evidence.models import Example
from app.evidence.queries import examples as queries
from app.evidence.queries import printable
from app.evidence.queries.access import READERS, SECONDS, Scope, scope_of
from app.evidence.rules import redaction, states
from app.evidence.rules.states import TAGS, WORDS, WRITABLE, ExampleAct, ExampleStatus
from app.evidence.rules.words import AGREED, Theme, signed
from app.evidence.services import deciding
from app.evidence.services import examples as services
from app.evidence.views import blueprint, choosing
from app.ui.addresses import pages
from app.ui.inputs import row_number
from app.ui.widgets import choices

S = ExampleStatus
LISTS: dict[str, tuple[str, tuple[ExampleStatus, ...]]] = {
    "check": ("To check", WRITABLE), "waiting": ("Waiting", (S.WAITING,)), "approved": ("Approved", (S.APPROVED,)),
    "ended": ("Not used any more", (S.EXPIRED, S.NOT_USED, S.WITHDRAWN)), "all": ("All", tuple(S)),
}


@blueprint.route("/evidence")
@access(*READERS)
def examples() -> ResponseReturnValue:
    """The examples by where they stand, theme and priority; outside the training team what reports may print of them."""
    scope, filters = scope_of(current_user), FilterForm(request.args)
    if not scope.internal:
        return _printable(scope, filters)
    counts = queries.counts(scope)
    filters.priority.choices = [*choices([("", "Any")]), *choosing.priorities()[1:]]
    which = request.args.get("which", "")
    if which not in LISTS:
        which = next((name for name in ("check", "approved") if any(counts.get(one) for one in LISTS[name][1])), "all")
    wanted = queries.Filter(LISTS[which][1], _theme(filters.theme.data), _number(filters.priority.data))
    page, rows = queries.examples(scope, wanted, request.args.get("page", type=int))
    return render_template(
        "evidence/examples.html", filters=filters, which=which, page=page, rows=rows, tags=TAGS, page_link=pages("which", "theme", "priority"),
        lists=[(name, words, sum(counts.get(status, 0) for status in statuses)) for name, (words, statuses) in LISTS.items()],
        waiting=queries.waiting_for(current_user.person_id), filtered=wanted.theme is not None or wanted.priority_id is not None,
    )


def _printable(scope: Scope, filters: FilterForm) -> str:
    theme = _theme(filters.theme.data)
    page, rows = printable(scope, theme, request.args.get("page", type=int), today=clock.london_date(clock.now()))
    return render_template("evidence/printable.html", theme=filters.theme, page=page, rows=rows, page_link=pages("theme"), filtered=theme is not None,
                           added=queries.added_by(current_user.person_id), tags=TAGS, all_agencies=scope.approved)


def _theme(value: str | None) -> Theme | None:
    return Theme(value) if value in {theme.value for theme in Theme} else None


def _number(value: object) -> int | None:
    try:
        return row_number(value)
    except (ValueError, TypeError):
        return None


@blueprint.route("/evidence/new", methods=["GET", "POST"])
@access(Role.COORDINATOR, Role.AGENCY_LEAD)
def new_example() -> ResponseReturnValue:
    """Type an example that somebody told."""
    scope, form = scope_of(current_user), ExampleForm(data={"key": tokens.secret()})
    form.course.choices = choices([(0, "No course in particular"), *queries.course_choices()])
    form.agency.choices, form.priority.choices = choosing.agencies(scope), choosing.priorities()
    if form.validate_on_submit():
        try:
            kept = services.add(told=form.told(), by_id=current_user.person_id, now=clock.now(), key=(form.key.data or "")[:100])
        except Refused as no:
            form.refuse(no, "told_on")
        else:
            flash("The example is kept. Nothing of it can be printed before somebody else has approved a wording.")
            return redirect(url_for("evidence.example", number=kept.id))
    return render_template("evidence/new_example.html", form=form)


@blueprint.route("/evidence/answers", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def answers() -> ResponseReturnValue:
    """Texts in answers that may be quoted; one button makes an example of one."""
    form = ActForm()
    if form.validate_on_submit():
        try:
            response_id, question_id = (row_number(part) for part in request.form.get("take", "").split("-"))
        except ValueError:
            abort(400)
        try:
            kept = services.take(response_id=response_id, question_id=question_id, by_id=current_user.person_id, now=clock.now())
        except Refused as no:
            form.refuse(no)
        else:
            return redirect(url_for("evidence.example", number=kept.id))
    page, rows = queries.quotable(request.args.get("page", type=int))
    return render_template("evidence/answers.html", form=form, page=page, rows=rows, agreed=AGREED, page_link=pages())


@dataclass(frozen=True)
class Flagged:
    """What could identify somebody in a text, with what is to be put instead."""

    segments: list[tuple[str, int]]
    rows: list[tuple[redaction.Flag, str]]


@blueprint.route("/evidence/<int:number>", methods=["GET", "POST"])
@access(*READERS)
def example(number: int) -> ResponseReturnValue:
    """One example: a coordinator works on its wording, the second person decides, others read."""
    scope = scope_of(current_user)
    found = queries.example(scope, number) or abort(404)
    if scope.everything and found.status in WRITABLE:
        return _write(found)
    if found.status is S.WAITING and scope.internal and found.second_id == current_user.person_id:
        return _decide(found)
    if request.method == "POST":
        return _moved_on(found, ActForm())
    return _page(found, "read", ActForm())


def _moved_on(found: Example, form: ActForm) -> ResponseReturnValue:
    """The acts of a page that only reads; whatever else was sent came too late."""
    acts = {"take_back": (services.take_back, "It is with you again."), "reopen": (services.reopen, "It is open again, and no new report uses it.")}
    name = request.form.get("act", "")
    if name in acts and not current_user.has(Role.COORDINATOR):
        abort(403)
    if name == "approve" and found.status is S.APPROVED and found.approved_by_id == current_user.person_id:
        return redirect(url_for("evidence.example", number=found.id))  # pressed twice, or the first answer was lost
    if form.validate_on_submit():
        try:
            if name not in acts:
                raise Refused("This example has changed meanwhile, so that is no longer possible. Look at it again.")
            act, said = acts[name]
            act(example_id=found.id, by_id=current_user.person_id, now=clock.now())
        except Refused as no:
            form.refuse(no)
        else:
            flash(said)
            return redirect(url_for("evidence.example", number=found.id))
    return _page(found, "read", form)


def _write(found: Example) -> ResponseReturnValue:
    form = WordingForm(data=_as_kept(found))
    seconds = queries.seconds(found, current_user.person_id)
    form.priority.choices, form.second.choices = choosing.priorities(), choices([(0, "Choose somebody"), *seconds])
    flagged, act = _flagged(found), request.form.get("act", "save")
    if act in ("reopen", "take_back"):  # pressed twice, or the first answer was lost: it is open
        return redirect(url_for("evidence.example", number=found.id))
    if act == "apply" and flagged and form.validate_on_submit():
        form.wording.data = redaction.put_instead(
            found.original or "", [flag for flag, _instead in flagged.rows], [instead for _flag, instead in flagged.rows])
    elif form.validate_on_submit() and (done := _written(found, form, ask=act == "ask")) is not None:
        return done
    return _page(found, "write", form, flagged=flagged, seconds=seconds)


def _written(found: Example, form: WordingForm, *, ask: bool) -> ResponseReturnValue | None:
    given = {"example_id": found.id, "wording": form.written(), "version": form.opened_at, "by_id": current_user.person_id, "now": clock.now()}
    try:
        if ask:
            services.write_and_ask(second_id=form.second.data, **given)
        else:
            services.write(**given)
    except Refused as no:
        form.refuse(no)
        return None
    flash("A second person was asked. No report uses it before they have approved it." if ask else "The wording is saved.")
    return redirect(url_for("evidence.example", number=found.id))


def _as_kept(found: Example) -> dict[str, Any]:
    return {"wording": found.wording, "theme": found.theme.value, "priority": found.priority_id or 0, "strength": found.strength.value,
            "direction": found.direction.value, "role": found.role, "version": str(found.version)}


def _decide(found: Example) -> ResponseReturnValue:
    form = DecideForm(data={"version": str(found.version)})
    if form.validate_on_submit():
        act, by_id, now = request.form.get("act", ""), current_user.person_id, clock.now()
        try:
            if act == "approve":
                deciding.approve(example_id=found.id, version=form.opened_at, by_id=by_id, now=now)
            else:
                deciding.send_back(example_id=found.id, reason=form.reason.data or "", by_id=by_id, now=now)
        except Refused as no:
            form.refuse(no, "" if act == "approve" else "reason")
        else:
            flash("Approved. Reports may print it." if act == "approve" else "Sent back, with what you wrote.")
            return redirect(url_for("evidence.example", number=found.id))
    return _page(found, "decide", form, flagged=_flagged(found))


def _flagged(found: Example) -> Flagged | None:
    """What the rules find in the original, with what was typed for each, or what they suggest."""
    if not found.original:
        return None
    flags = redaction.flags(found.original, queries.names_in(found.original), queries.places_known())
    rows = [(flag, request.form.get(f"r{number}", flag.instead)[:300]) for number, flag in enumerate(flags, start=1)]
    return Flagged(redaction.segments(found.original, flags), rows)


def _page(found: Example, mode: str, form: Any, *, flagged: Flagged | None = None, seconds: list[tuple[int, str]] | None = None) -> str:
    wording = form.wording.data or "" if mode == "write" else found.wording
    left = redaction.flags(wording, queries.names_in(wording), queries.places_known()) if wording and mode != "read" else []
    scope = scope_of(current_user)
    if mode == "read" and scope.reads_original(found):
        flagged = _flagged(found)
    return render_template(
        "evidence/example.html", example=found, mode=mode, form=form, flagged=flagged, left=left, seconds=seconds or [], tag=_tag(found),
        reads_original=scope.reads_original(found), coordinator=scope.everything, agreed=AGREED[found.consent], words=WORDS,
        gone=found.status is S.WAITING and scope.everything and not people.may_still(found.second_id or 0, SECONDS),
        signed=signed(found.consent, found.role), quotable=found.consent is not Quoting.NO, sent_back=_sent_back(found),
        can={act.value for act in ExampleAct if states.possible(act, found.status)} if scope.everything else frozenset(),
    )


def _sent_back(found: Example) -> Any:
    """The event with which it was sent back, while that is where it stands."""
    sent = [event for event in found.events if event.act is ExampleAct.SEND_BACK]
    return sent[-1] if sent and found.status is S.SENT_BACK else None


def _tag(found: Example) -> tuple[str, str]:
    words, tone = TAGS[found.status]
    if found.status is S.WAITING and found.second is not None:
        return f"Waiting for {found.second.name or found.second.email}", tone
    return words, tone
