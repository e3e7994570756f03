"""A trainer's sessions and their registers."""

from collections.abc import Mapping, Sequence

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts import queries as people
from app.accounts.access import access
from app.accounts.rules import Role
from app.attendance import queries, rules, services
from app.attendance.forms import FinishForm, RegisterForm, WalkInForm
from app.attendance.rules import Outcome
from app.catalogue.models import CourseSession
from app.catalogue.queries import likely_to_come
from app.core import clock
from app.core.errors import Refused
from app.ui.addresses import pages
from app.ui.widgets import Form

NOT_ADDED = "Somebody who came without a booking is written, but not added: press “Add and mark as here”, or empty the boxes."

blueprint = Blueprint("attendance", __name__, template_folder="templates")


@blueprint.route("/my-sessions")
@access(Role.TRAINER)
def my_sessions() -> ResponseReturnValue:
    """The sessions that the trainer gives: to come, and over."""
    over = request.args.get("which") == "over"
    now = clock.now()
    page, rows = queries.my_sessions(current_user.person_id, over=over, page=request.args.get("page", type=int), now=now)
    return render_template("attendance/my_sessions.html", rows=rows, page=page, over=over, now=now, early=rules.EARLY, page_link=pages("which"),
                           likely={} if over else likely_to_come([row.session.id for row in rows], now))


def _session(ref: str) -> CourseSession:
    coordinator = current_user.has(Role.COORDINATOR)
    found = queries.session(ref, trainer_id=None if coordinator else current_user.person_id)
    return found or abort(404)


@blueprint.route("/registers/<ref>", methods=["GET", "POST"])
@access(Role.TRAINER, Role.COORDINATOR)
def register(ref: str) -> ResponseReturnValue:
    """Mark who came. Saving keeps everything that nobody else decided otherwise meanwhile."""
    session = _session(ref)
    form, walk_in_form = RegisterForm(), WalkInForm()
    differing = _keep_marks(session, form) if form.validate_on_submit() else None
    if differing is None:
        return _page(session, form, walk_in_form, request.form)
    if walk_in_form.typed:
        form.refuse(f"The marks are saved. {NOT_ADDED}")
        return _page(session, form, walk_in_form, _of(differing))
    if differing:
        return _differ(session, differing)
    flash(f"Saved. {_standing(session.id)}")
    return redirect(url_for("attendance.register", ref=ref))


def _keep_marks(session: CourseSession, form: Form) -> list[services.Disagreement] | None:
    """Keep the marks that came with any button of the register; who was marked otherwise meanwhile. None when they were refused, said at the form."""
    try:
        marks = _marks(session)
        differing = services.save_marks(
            session_id=session.id, marks=marks, account_id=current_user.account_id, coordinator=current_user.has(Role.COORDINATOR), now=clock.now(),
        ) if marks else []
    except Refused as no:
        form.refuse(no)
        return None
    _say_what_is_not_kept(session)
    return differing


def _of(differing: Sequence[services.Disagreement]) -> dict[str, str]:
    """What was typed of those who were marked otherwise meanwhile: it is not saved, so the page keeps it."""
    refs = tuple(one.booking_ref for one in differing)
    return {name: value for name, value in request.form.items() if name.startswith(("mark-", "seen-", "minutes-")) and name.endswith(refs)}


def _differ(session: CourseSession, differing: Sequence[services.Disagreement]) -> str:
    return render_template("attendance/differ.html", form=RegisterForm(), session=session, differing=differing)


def _marks(session: CourseSession) -> list[services.Mark]:
    """The marks of the form. `mark-REF` says how it went, `seen-REF` what the page showed, `minutes-REF` how long they stayed.

    Raises:
        Refused: the box for minutes holds something else, or somebody was there partly and nothing is written of how long.
    """
    rest = rules.Said(Outcome.ATTENDED) if request.form.get("rest") else None
    marks = []
    for name in request.form:
        if not name.startswith("seen-"):
            continue
        ref = name.removeprefix("seen-")
        given, seen = rules.said(request.form.get(f"mark-{ref}")) or rest, rules.said(request.form[name])
        if given is not None:
            marks.append(services.Mark(ref, given.outcome, _minutes_of(ref, given, seen), seen))
    without = [one.booking_ref for one in marks if one.said == rules.Said(Outcome.PARTLY_ATTENDED) != one.seen]
    if without:
        raise Refused(f"“Partly” needs minutes: write how long {_names(session, without)} stayed, roughly is enough. "
                      "Hours and certificates follow from it.")
    return marks


def _names(session: CourseSession, refs: Sequence[str]) -> str:
    people_on_it = [line.booking.person for line in queries.lines(session.id) if line.booking.ref in refs]
    return ", ".join(person.name or person.email for person in people_on_it)


def _say_what_is_not_kept(session: CourseSession) -> None:
    """Say whose minutes were written beside another mark than “Partly”, or beside none."""
    refs = [name.removeprefix("seen-") for name in request.form if name.startswith("seen-") and _left_out(name.removeprefix("seen-"))]
    if refs:
        flash(f"Minutes are kept with “Partly” only. Those written for {_names(session, refs)} are not kept.", "warn")


def _left_out(ref: str) -> bool:
    """Whether minutes were written for somebody whom no button said to be there partly; those that the page showed were not written."""
    given, seen = rules.said(request.form.get(f"mark-{ref}")), rules.said(request.form[f"seen-{ref}"])
    shown = str(seen.minutes or "") if seen else ""
    return request.form.get(f"minutes-{ref}", "").strip() not in ("", shown) and (given is None or given.outcome is not Outcome.PARTLY_ATTENDED)


def _minutes_of(ref: str, given: rules.Said, seen: rules.Said | None) -> int | None:
    """How long somebody stayed. The box counts for “Partly”; what an import brought for “Here” stays with it."""
    if given.outcome is not Outcome.PARTLY_ATTENDED:
        return seen.minutes if seen is not None and seen.outcome is given.outcome else None
    return _minutes(request.form[f"minutes-{ref}"]) if f"minutes-{ref}" in request.form else given.minutes


def _minutes(text: str) -> int | None:
    text = text.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise Refused(f"“{text[:20]}” is not a number of minutes. Write a whole number, or leave it empty.")
    return int(text)


@blueprint.route("/registers/<ref>/walk-in", methods=["POST"])
@access(Role.TRAINER, Role.COORDINATOR)
def walk_in(ref: str) -> ResponseReturnValue:
    """Add somebody who came without a booking, and keep the marks that were made on the same page."""
    session = _session(ref)
    form = WalkInForm()
    form.offer(people.agency_choices())
    right = form.validate_on_submit()
    if form.csrf_token.errors:
        return _page(session, form, form, request.form)
    if not right:
        differing = _keep_marks(session, form)
        return _page(session, form, form, request.form if differing is None else _of(differing))
    try:
        added = _add(session, form)
    except Refused as no:
        form.refuse(no)
        return _page(session, form, form, request.form)
    if added.refused is not None:
        form.refuse(added.refused)
        return _page(session, form, form, _of(added.differing))
    flash(f"{added.name} is on the register, marked as here.")
    return _differ(session, added.differing) if added.differing else redirect(url_for("attendance.register", ref=ref))


def _add(session: CourseSession, form: WalkInForm) -> services.Added:
    """Keep the marks and add whom the form names, in one act.

    Raises:
        Refused: the marks cannot be kept.
    """
    person = services.NewPerson(form.email.data, form.first_name.data or "", form.last_name.data or "", int(form.agency.data) or None,
                                form.job_title.data or "")
    added = services.save_marks_and_add(
        session_id=session.id, marks=_marks(session), person=person, account_id=current_user.account_id, by=current_user.name,
        coordinator=current_user.has(Role.COORDINATOR), now=clock.now(), key=form.once.data or "")
    _say_what_is_not_kept(session)
    return added


@blueprint.route("/registers/<ref>/finish", methods=["POST"])
@access(Role.TRAINER, Role.COORDINATOR)
def finish(ref: str) -> ResponseReturnValue:
    """Say that every mark is in. Those made on the same page are kept first, also when the register cannot be finished yet."""
    session = _session(ref)
    form, walk_in_form = FinishForm(), WalkInForm()
    differing = _keep_marks(session, form) if form.validate_on_submit() else None
    if differing is None:
        return _page(session, form, walk_in_form, request.form)
    if walk_in_form.typed:
        form.refuse(f"The register is not finished yet. {NOT_ADDED}")
    elif differing:
        flash("The register is not finished yet. Decide this first, then press “Finish the register” again.")
        return _differ(session, differing)
    else:
        try:
            services.finish(session_id=session.id, account_id=current_user.account_id, coordinator=current_user.has(Role.COORDINATOR),
                            now=clock.now())
        except Refused as no:
            form.refuse(no)
        else:
            flash("The register is finished. You can correct a mark for 14 days.")
            return redirect(url_for("attendance.register", ref=ref))
    return _page(session, form, walk_in_form, _of(differing))


@blueprint.route("/registers/<ref>/sheet")
@access(Role.TRAINER, Role.COORDINATOR)
def sheet(ref: str) -> ResponseReturnValue:
    """A signing-in sheet to print."""
    session = _session(ref)
    return render_template("attendance/sheet.html", session=session, lines=queries.lines(session.id))


def _page(session: CourseSession, form: Form, walk_in_form: WalkInForm, typed: Mapping[str, str]) -> str:
    """The register as it is kept, with what was `typed` and is not kept."""
    if not walk_in_form.agency.choices:
        walk_in_form.offer(people.agency_choices())
    kept = queries.register(session.id)
    lines = queries.lines(session.id)
    shown = {line.booking.ref: _shown(line, typed) for line in lines}
    return render_template(
        "attendance/register.html", session=session, form=form, walk_in=walk_in_form, lines=lines, shown=shown,
        finished=kept if kept and kept.finished_at else None, labels=rules.LABELS, summary=_standing(session.id) if lines else "",
        open=clock.now() >= session.starts_at - rules.EARLY,
    )


def _shown(line: queries.Line, typed: Mapping[str, str]) -> dict[str, str]:
    """What a line shows: what was typed and is not kept, else the mark that is kept."""
    ref = line.booking.ref
    kept = rules.Said(line.mark.outcome, line.mark.minutes) if line.mark else None
    chosen = rules.said(typed.get(f"mark-{ref}")) or kept
    minutes = str(chosen.minutes or "") if chosen else ""
    return {"outcome": chosen.outcome.value if chosen else "", "minutes": typed.get(f"minutes-{ref}", minutes),
            "seen": typed.get(f"seen-{ref}", kept.code if kept else "")}


def _standing(session_id: int) -> str:
    """How far the register is, in one sentence."""
    lines = queries.lines(session_id)
    counts = {outcome: sum(line.mark is not None and line.mark.outcome is outcome for line in lines) for outcome in Outcome}
    said = [f"{count} {rules.LABELS[outcome].lower()}" for outcome, count in counts.items() if count]
    left = len(lines) - sum(counts.values())
    return ", ".join([*said, f"{left} still to mark" if left else "everyone is marked"]) + "."
