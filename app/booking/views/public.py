"""Finding a course, taking a place, giving it back."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from wtforms import Field

from app.accounts import queries as people
from app.accounts import services as accounts
from app.accounts.access import EVERY_ROLE, access, anyone
from app.booking import services
from app.booking.forms import BookForm, CatalogueForm, GiveBackForm, WorkForm
from app.booking.queries import mine, programme
from app.booking.rules.states import BookingStatus
from app.booking.views import blueprint
from app.catalogue.rules import SessionStatus
from app.core import clock
from app.core.errors import Refused
from app.ui.addresses import pages, same_page
from app.ui.widgets import choices

NO_AGENCY = "0"
FILTERS = ("q", "places", "format", "month", "topic", "level")


@blueprint.route("/courses")
@anyone
def catalogue() -> ResponseReturnValue:
    """The programme: sessions by date, then courses without one."""
    now = clock.now()
    form = CatalogueForm(request.args)
    form.offer(*programme.choices(now))
    found = programme.catalogue(form.wanted(), request.args.get("page", type=int), now)
    return render_template("booking/catalogue.html", form=form, found=found, chips=_chips(form), page_link=pages(*FILTERS))


def _chips(form: CatalogueForm) -> list[tuple[str, str]]:
    """What is filtered by, each with the address that leaves it out."""
    chips = []
    for field in (form.q, form.month, form.topic, form.level):
        if field.data:
            label = _labels(field).get(field.data, f"“{field.data}”")
            chips.append((label, same_page(*FILTERS, without=(field.name, field.data))))
    for field in (form.places, form.format):
        labels = _labels(field)
        chips += [(labels[value], same_page(*FILTERS, without=(field.name, value))) for value in field.data or () if value in labels]
    return chips


def _labels(field: Field) -> dict[str, str]:
    return {one.value: one.label for one in getattr(field, "choices", ())}


@blueprint.route("/courses/<code>")
@anyone
def course(code: str) -> ResponseReturnValue:
    """What a course is about, and its dates."""
    found = programme.course(code) or abort(404)
    return render_template("booking/course.html", course=found, dates=programme.dates_of(found.id, clock.now()))


@blueprint.route("/sessions/<ref>")
@anyone
def session(ref: str) -> ResponseReturnValue:
    """When, where and for whom; and the button."""
    now = clock.now()
    found = programme.session(ref) or abort(404)
    live = mine.live_booking(found.session.id, current_user.person_id) if current_user.is_authenticated else None
    return render_template(
        "booking/session.html", found=found, session=found.session, course=found.session.course, mine=live,
        position=mine.position(live) if live and live.status is BookingStatus.WAITING else None,
        others=programme.dates_of(found.session.course_id, now, without=found.session.id), state=_state(found.session, now),
    )


def _state(session: object, now: object) -> str:
    """In one word, what can be done with the session."""
    status, starts_at, ends_at = session.status, session.starts_at, session.ends_at  # type: ignore[attr-defined]
    if status is SessionStatus.CANCELLED:
        return "cancelled"
    if status is SessionStatus.DELIVERED or ends_at <= now:
        return "over"
    return "started" if starts_at <= now else "open"


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
