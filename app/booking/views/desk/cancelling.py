"""Calling a session off, with what it means for whom before the button; and undoing it for ten minutes."""

from collections.abc import Sequence
from datetime import datetime

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.access import access
from app.accounts.rules import Role
from app.booking import services
from app.booking.forms.cancelling import cancel_form
from app.booking.forms.desk import ActForm
from app.booking.queries import cancelling, desk
from app.booking.rules.displaced import Fate
from app.booking.rules.the_rest import still_to_come
from app.booking.rules.undoing import UNDO_WITHIN
from app.booking.views import blueprint
from app.booking.views.desk.rearranging import do, may_be_done, said_of_cancelled
from app.booking.views.desk.told import preview
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus
from app.core import clock
from app.core.errors import Refused
from app.ui import inputs
from app.ui.filters import count


@blueprint.route("/desk/sessions/<ref>/cancel", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def cancel_session(ref: str) -> ResponseReturnValue:
    """Say what it means for how many, ask why, and call the session off."""
    found = desk.session(ref) or abort(404)
    back = url_for("booking.desk_session", ref=ref)
    if found.session.status is SessionStatus.CANCELLED:
        return redirect(back)
    if still_to_come([(part.starts_at, part.ends_at) for part in found.session.parts], clock.now()):
        return redirect(url_for("booking.cancel_rest", ref=ref))
    if found.session.starts_at <= clock.now() or found.session.status is SessionStatus.DELIVERED:
        flash("This session has started or is over, so it can no longer be cancelled. Mark its register instead.", "bad")
        return redirect(back)
    return _page(found.session, back)


def _page(session: CourseSession, back: str) -> ResponseReturnValue:
    """Call it off when the button was pressed and still means what it said; else the page."""
    now = clock.now()
    found = cancelling.one_session(session.id, now)
    if not found.sessions:
        return _already()
    form = cancel_form(found)
    steps = form.steps(found)
    shows = preview(found, steps, now)
    form.shown.data = form.shown.data or shows.shown  # there is one session, and nothing to choose unless the page was seen
    if form.is_submitted() and "again" not in request.form and form.validate() and may_be_done(form, found, shows):
        try:
            done = do(form, steps, now)
        except Refused as no:
            found = cancelling.one_session(session.id, now)
            if not found.sessions:
                return _already()
            form = cancel_form(found)
            form.refuse(no)
            shows = preview(found, form.steps(found), now)
        else:
            flash(said_of_cancelled(done))
            return redirect(url_for("booking.cancelled_lately"))
    form.carry(found, shows.shown)
    return render_template("booking/desk_cancel.html", form=form, one=found.sessions[0], preview=shows, form_fates=Fate, back=back)


def _already() -> ResponseReturnValue:
    flash("It is cancelled already.", "warn")
    return redirect(url_for("booking.cancelled_lately"))


def _both(names: Sequence[str]) -> str:
    """Who has two places after an undo, named: they are asked which one they want."""
    return f" On both dates now, and asked which one they want: {', '.join(names)}." if names else ""


@blueprint.route("/desk/cancelled", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def cancelled_lately() -> ResponseReturnValue:
    """What was called off in the last ten minutes, each with a button that undoes it, or why it cannot be undone."""
    now, form = clock.now(), ActForm()
    groups = cancelling.lately(now)
    if form.validate_on_submit():
        chosen = next((one for one in groups if one.at.isoformat() == request.form.get("at")), None)
        try:
            if chosen is None:
                raise Refused("More than ten minutes have passed, or it was undone already. Plan a new session instead.")
            undone = services.undo_cancelling(session_ids=[session.id for session in chosen.sessions], by=current_user.name, now=now)
        except Refused as no:
            if _stands_again(request.form.get("at", ""), now):
                flash("It was undone already: what was called off goes ahead.")
                return redirect(url_for("booking.desk_sessions"))
            form.refuse(no)
            groups = cancelling.lately(now)
        else:
            flash(f"Undone. {count(undone.restored, 'booking stands', 'bookings stand')} as before.{_both(undone.both)}")
            return redirect(url_for("booking.desk_sessions"))
    return render_template("booking/desk_cancelled.html", form=form, groups=groups)


def _stands_again(at: str, now: datetime) -> bool:
    """Whether what was called off at this moment, a short while ago, is called off no more: the button was pressed twice."""
    try:
        moment = inputs.moment(at)
    except ValueError:
        return False
    return now - UNDO_WITHIN <= moment <= now and all(one.at != moment for one in cancelling.cancelled_since(now - UNDO_WITHIN))
