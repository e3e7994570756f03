"""A person's own places: taking one, giving it back, and how a booking stands."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts import queries as people
from app.accounts import services as accounts
from app.accounts.access import EVERY_ROLE, access
from app.booking import services
from app.booking.forms.mine import BookForm, GiveBackForm, WorkForm
from app.booking.queries import mine, programme
from app.booking.rules.states import BookingStatus
from app.booking.views import blueprint
from app.core import clock
from app.core.errors import Refused
from app.ui.widgets import choices

NO_AGENCY = "0"


@blueprint.route("/sessions/<ref>/book", methods=["GET", "POST"])
@access(*EVERY_ROLE)
def book(ref: str) -> ResponseReturnValue:
    """Check and book: a person of whom nothing is missing needs the button only."""
    found = programme.session(ref) or abort(404)
    person = people.person_with_address(current_user.email)
    affiliation = person.affiliation if person else None
    live = mine.live_booking(found.session.id, current_user.person_id)
    if live is not None:
        return redirect(url_for("booking.booking", ref=live.ref))
    form = BookForm() if affiliation else _work_form()
    if form.validate_on_submit():
        try:
            if isinstance(form, WorkForm):
                accounts.say_where_somebody_works(
                    person_id=current_user.person_id, agency_id=int(form.agency.data) or None, job_title=form.job_title.data, now=clock.now()
                )
            booked = services.book_place(session_id=found.session.id, person_id=current_user.person_id, by=current_user.name, now=clock.now())
        except Refused as no:
            form.refuse(no)
        else:
            return redirect(url_for("booking.booking", ref=booked.ref, new=1))
    return render_template(
        "booking/book.html", form=form, found=found, session=found.session, person=person, affiliation=affiliation,
        clashes=mine.clashes(current_user.person_id, found.session),
    )


def _work_form() -> WorkForm:
    form = WorkForm()
    form.agency.choices = choices([
        ("", "Choose one"), *people.agency_choices(), (NO_AGENCY, "Somewhere else, or nowhere at present"),
    ])
    return form


@blueprint.route("/bookings/<ref>")
@access(*EVERY_ROLE)
def booking(ref: str) -> ResponseReturnValue:
    """How a booking stands, and everything that happened to it."""
    found = mine.booking(ref, current_user.person_id) or abort(404)
    now = clock.now()
    return render_template(
        "booking/booking.html", booking=found, session=found.course_session, history=mine.history(found.id), new="new" in request.args,
        position=mine.position(found) if found.status is BookingStatus.WAITING else None, open=found.course_session.starts_at > now,
        others=programme.dates_of(found.course_session.course_id, now, without=found.course_session_id, count=3),
    )


@blueprint.route("/bookings/<ref>/give-back", methods=["GET", "POST"])
@access(*EVERY_ROLE)
def give_back(ref: str) -> ResponseReturnValue:
    """Ask once, then give the place back."""
    found = mine.booking(ref, current_user.person_id) or abort(404)
    form = GiveBackForm()
    waiting = found.status is BookingStatus.WAITING
    if form.validate_on_submit():
        try:
            services.give_back(booking_id=found.id, by=current_user.name, now=clock.now())
        except Refused as no:
            form.refuse(no)
        else:
            flash("You have left the waiting list." if waiting else "You have given your place back. Thank you: somebody else can have it.")
            return redirect(url_for("booking.booking", ref=ref))
    return render_template("booking/give_back.html", form=form, booking=found, session=found.course_session, waiting=waiting)
