"""Sessions as a coordinator sees them: who is on them, and calling one off."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts import queries as people
from app.accounts.access import access
from app.accounts.rules import Role
from app.booking import services
from app.booking.forms.desk import CancelSessionForm
from app.booking.queries import desk
from app.booking.rules.states import ENDED, BookingStatus
from app.booking.views import blueprint
from app.catalogue import queries as catalogue
from app.catalogue import services as catalogue_services
from app.catalogue.forms import as_typed, session_form
from app.catalogue.rules import SessionStatus
from app.core import clock
from app.core.errors import Refused
from app.ui.addresses import pages
from app.ui.widgets import choices


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
        ended=[row for row in bookings if row.status in ENDED],
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


@blueprint.route("/desk/sessions/<ref>/change", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def edit_session(ref: str) -> ResponseReturnValue:
    """Change when, where, by whom and for how many. More places let in those who wait."""
    found = desk.session(ref) or abort(404)
    session = found.session
    there = sum(name.startswith("day_") for name in request.form)
    form = session_form(max(there, len(session.parts) + 1) + ("more" in request.form))(data=as_typed(session))
    form.trainer.choices = choices([(0, "Nobody yet"), *catalogue.trainer_choices()])
    if "more" not in request.form and form.validate_on_submit():
        try:
            services.change_session(session_id=session.id, planned=form.planned(), capacity=form.capacity.data, by=current_user.name,
                                    now=clock.now())
        except Refused as no:
            form.refuse(no)
        else:
            flash("The session is saved.")
            return redirect(url_for("booking.desk_session", ref=ref))
    return render_template("catalogue/session_form.html", form=form, course=session.course, heading="Change the session",
                           back=url_for("booking.desk_session", ref=ref))


@blueprint.route("/desk/sessions/<ref>/publish", methods=["POST"])
@access(Role.COORDINATOR)
def publish_session(ref: str) -> ResponseReturnValue:
    """Put a draft on the programme."""
    found = desk.session(ref) or abort(404)
    try:
        catalogue_services.publish(session_id=found.session.id, now=clock.now())
    except Refused as no:
        flash(str(no), "bad")
    else:
        flash("The session is on the programme. People can book.")
    return redirect(url_for("booking.desk_session", ref=ref))


@blueprint.route("/desk/people/<int:person_id>/bookings")
@access(Role.COORDINATOR)
def bookings_of_person(person_id: int) -> ResponseReturnValue:
    """What somebody has booked, and what became of it."""
    person = people.person(person_id) or abort(404)
    page, rows = desk.bookings_of(person_id, request.args.get("page", type=int))
    return render_template("booking/bookings_of_person.html", person=person, page=page, rows=rows, page_link=pages())
