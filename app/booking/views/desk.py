"""Sessions as a coordinator sees them: who is on them, and calling one off."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.access import access
from app.accounts.rules import Role
from app.booking import services
from app.booking.forms import CancelSessionForm
from app.booking.queries import desk
from app.booking.rules import BookingStatus
from app.booking.views import blueprint
from app.catalogue.rules import SessionStatus
from app.core import clock
from app.core.errors import Refused
from app.ui.addresses import pages


@blueprint.route("/desk/sessions")
@access(Role.COORDINATOR)
def desk_sessions() -> ResponseReturnValue:
    """All sessions: those to come, those that are over, drafts, cancelled ones."""
    which = request.args.get("which", "coming")
    which = which if which in desk.WHICH else "coming"
    words = request.args.get("q", "")[:200]
    page, rows = desk.sessions(which, words, request.args.get("page", type=int), clock.now())
    return render_template("booking/desk_sessions.html", page=page, rows=rows, which=which, words=words,
                           choices=desk.WHICH, page_link=pages("which", "q"))


@blueprint.route("/desk/sessions/<ref>")
@access(Role.COORDINATOR)
def desk_session(ref: str) -> ResponseReturnValue:
    """One session: its places, and everybody on it with what happened to their bookings."""
    found = desk.session(ref) or abort(404)
    bookings = desk.bookings(found.session.id)
    return render_template(
        "booking/desk_session.html", found=found, session=found.session, now=clock.now(),
        booked=[row for row in bookings if row.status in (BookingStatus.BOOKED, BookingStatus.WALK_IN)],
        waiting=[row for row in bookings if row.status is BookingStatus.WAITING],
        ended=[row for row in bookings if row.status in (BookingStatus.GIVEN_BACK, BookingStatus.SESSION_CANCELLED)],
        histories=desk.histories(found.session.id),
    )


@blueprint.route("/desk/sessions/<ref>/cancel", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def cancel_session(ref: str) -> ResponseReturnValue:
    """Say what it means for how many, ask why, and call the session off."""
    found = desk.session(ref) or abort(404)
    if found.session.status is SessionStatus.CANCELLED:
        return redirect(url_for("booking.desk_session", ref=ref))
    form = CancelSessionForm()
    if form.validate_on_submit():
        try:
            ended = services.cancel_session(session_id=found.session.id, reason=form.reason.data, by=current_user.name, now=clock.now())
        except Refused as no:
            form.refuse(no)
        else:
            flash(f"The session is cancelled. {ended} {'booking' if ended == 1 else 'bookings'} ended with it.")
            return redirect(url_for("booking.desk_session", ref=ref))
    return render_template("booking/cancel_session.html", form=form, found=found, session=found.session)
