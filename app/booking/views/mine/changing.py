"""Giving a place back, moving it to another date, sending a colleague: each a page that says what will happen, and one button."""

from collections.abc import Sequence
from datetime import datetime

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts import queries as people
from app.accounts.access import EVERY_ROLE, access
from app.booking import services
from app.booking.forms.mine import ColleagueForm, GiveBackForm, MoveForm
from app.booking.models import Booking
from app.booking.queries import facts, mine, programme, session_page
from app.booking.queries.programme import Dated
from app.booking.rules import policy
from app.booking.rules.charges import money
from app.booking.rules.policy import Policy
from app.booking.rules.possible import Can
from app.booking.rules.states import BookingStatus
from app.booking.views import blueprint
from app.booking.views.mine.showing import check_in_time_still, contact, deadline_for, terms_shown
from app.core import clock
from app.core.errors import Refused
from app.ui.dispatch import repeatable
from app.ui.filters import when
from app.ui.widgets import choices

WHO_AGREES = {BookingStatus.AWAITING_MANAGER: "their manager", BookingStatus.AWAITING_COORDINATOR: "the coordinator"}
ON_LIST = (BookingStatus.WAITING, BookingStatus.OFFERED)
DONE = (BookingStatus.GIVEN_BACK, BookingStatus.LEFT_LIST)


@blueprint.route("/bookings/<ref>/give-back", methods=["GET", "POST"])
@access(*EVERY_ROLE)
@repeatable
def give_back(ref: str) -> ResponseReturnValue:
    """Ask once, then give the place back."""
    found: Booking = mine.booking(ref, current_user.person_id) or abort(404)
    form, now = GiveBackForm(), clock.now()
    if form.validate_on_submit():
        try:
            check_in_time_still(found, now)
            services.give_back(booking_id=found.id, by=current_user.name, now=now, reason=form.reason(), only_the_list="on_list" in request.form)
        except Refused as no:
            form.refuse(no)
        else:
            return redirect(url_for("booking.booking", ref=ref))
    elif found.status in DONE or (now >= found.course_session.starts_at and found.status is BookingStatus.BOOKED):
        return redirect(url_for("booking.booking" if found.status in DONE else "booking.apologies", ref=ref))
    return render_template("booking/give_back.html", form=form, booking=found, session=found.course_session, **giving_back(found, now))


def giving_back(booking: Booking, now: datetime) -> dict[str, object]:
    """What the page says before a place is given back: in time or late, the charge, who gets it, what can be done instead."""
    session = booking.course_session
    promised = facts.policy_of(booking)
    found = programme.session(session.ref, booking.person_id)
    return {
        **deadline_for(booking, promised, now), "on_list": booking.status in ON_LIST,
        "waiting": found.waiting if found else 0, "goes_on": _goes_on(found, promised, now),
        "charge": _charge(promised), "undo": policy.undo_ends_at(promised, session.starts_at, now),
        "dates": [one for one in programme.dates_of(session.course_id, now, without=session.id, person_id=booking.person_id)
                  if one.bookable(now)][:3],
        "now": now,
    }


def _goes_on(found: Dated | None, promised: Policy, now: datetime) -> bool:
    """Whether a place that comes back is offered to others: not in the last hours, nor while somebody over capacity by name comes before them."""
    if found is None or now >= policy.quiet_from(found.session.starts_at, promised.no_offers_hours):
        return False
    return not found.extra or found.extra == facts.extra_places(found.session.id)


def _charge(promised: Policy) -> str:
    return money(promised.late_pence) if promised.charges and promised.late_pence else ""


@blueprint.route("/bookings/<ref>/move", methods=["GET", "POST"])
@access(*EVERY_ROLE)
@repeatable
def move(ref: str) -> ResponseReturnValue:
    """Choose another date of the same course; the place stays until that one is sure."""
    found: Booking = mine.booking(ref, current_user.person_id) or abort(404)
    form, now, session = MoveForm(), clock.now(), found.course_session
    dates = [dated for dated in programme.dates_of(session.course_id, now, without=session.id, count=30, person_id=found.person_id)
             if dated.bookable(now)]
    form.offer(as_choices(dates, found.person_id, now))
    if request.method == "GET" and request.args.get("to") in {dated.session.ref for dated in dates}:
        form.to.data = request.args["to"]
    if form.validate_on_submit():
        try:
            check_in_time_still(found, now)
            new = services.move(booking_id=found.id, to_session_id=programme.session_id(form.to.data) or abort(404), by=current_user.name,
                                now=now, contact=contact(), times=form.shown_times(), terms=form.shown_terms())
        except Refused as no:
            form.refuse(no, "to")
        else:
            return redirect(url_for("booking.booking", ref=new.ref, new="moved"))
    if found.status is BookingStatus.MOVED:  # also when the form came twice
        return redirect(url_for("booking.booking", ref=ref))
    form.show({one.session.ref: one.session.times_version for one in dates})
    return render_template("booking/move.html", form=form, booking=found, session=session, **{**giving_back(found, now), "dates": dates},
                           **terms_shown({Can.AGREE} if found.agreed_at is None else frozenset(), now))


@blueprint.route("/bookings/<ref>/substitute", methods=["GET", "POST"])
@access(*EVERY_ROLE)
@repeatable
def substitute(ref: str) -> ResponseReturnValue:
    """Name the colleague who comes instead; somebody whom we do not know yet is asked after once more."""
    found: Booking = mine.booking(ref, current_user.person_id) or abort(404)
    form, now = ColleagueForm(), clock.now()
    form.agency.choices = choices([("", "Choose one"), *people.agency_choices(), ("0", "Somewhere else")])
    unknown = False
    if form.validate_on_submit():
        unknown = people.person_with_address(form.email.data) is None
        if unknown and not (form.first_name.data and form.last_name.data):
            form.refuse("We do not know anybody with this address yet. Check it, and write their name, agency and job below.")
        else:
            try:
                return _send(found, form, now)
            except Refused as no:
                form.refuse(no)
    if found.status is BookingStatus.SUBSTITUTED:  # also when the form came twice
        return redirect(url_for("booking.booking", ref=ref))
    return render_template("booking/substitute.html", form=form, booking=found, session=found.course_session, unknown=unknown,
                           possible=session_page.can_change(found, now))


def as_choices(dates: Sequence[Dated], person_id: int, now: datetime) -> list[tuple[str, str]]:
    """The dates to which somebody could move, each with its places and what else they have at that time."""
    busy = mine.at_the_same_time(person_id, [one.session.id for one in dates])
    said = {number: f", at the same time as {title}" for number, title in busy.items()}
    return [(one.session.ref, f"{when(one.session.parts)}: {one.tag(now)[0].lower()}{said.get(one.session.id, '')}") for one in dates]


def handed_on(new: Booking) -> str:
    """What the colleague has who comes instead: the place, or a request for it that somebody has to agree to."""
    called = new.person.name or new.person.email
    who = WHO_AGREES.get(new.status)
    return f"{called} has the place now." if who is None else f"{called} comes instead if {who} agrees; the place is held for them meanwhile."


def _send(booking: Booking, form: ColleagueForm, now: datetime) -> ResponseReturnValue:
    """Let the colleague come instead.

    Raises:
        Refused: they cannot, or there is no place to hand on.
    """
    colleague = services.Colleague(
        email=form.email.data, first_name=form.first_name.data or "", last_name=form.last_name.data or "",
        agency_id=int(form.agency.data or 0) or None, job_title=form.job_title.data or "",
    )
    new = services.send_colleague(booking_id=booking.id, colleague=colleague, by=current_user.name, now=now, contact=contact())
    busy = " They have something else at that time." if mine.clashes(new.person_id, new.course_session) else ""
    flash(f"{handed_on(new)}{busy} Tell them, so that they can say whether they come.")
    return redirect(url_for("booking.booking", ref=booking.ref))
