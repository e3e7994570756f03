"""One's own booking: how it stands, what happens next, everything that happened to it, and a button for what is possible now."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.access import EVERY_ROLE, access
from app.booking import services
from app.booking.forms.mine import ActForm, ApologiesForm, NeedsForm
from app.booking.models import Booking
from app.booking.queries import asked_by, facts, groups, history, mine, programme, session_page, told
from app.booking.rules.possible import CHOICES, Can, can, standing_as
from app.booking.rules.states import BookingStatus
from app.booking.views import blueprint
from app.booking.views.mine.acting import ACTS, Shown
from app.booking.views.mine.showing import deadline_for, own_act, terms_shown
from app.core import clock
from app.core.errors import Refused
from app.ui.dispatch import repeatable


def own(ref: str) -> Booking:
    """The signed-in person's booking with this reference, or the page that says there is none."""
    found: Booking = mine.booking(ref, current_user.person_id) or abort(404)
    return found


@blueprint.route("/bookings/<ref>")
@access(*EVERY_ROLE)
def booking(ref: str) -> ResponseReturnValue:
    """How a booking stands, and everything that happened to it."""
    found = own(ref)
    now, session = clock.now(), found.course_session
    promised = facts.policy_of(found)
    held = mine.held(found, promised.no_offers_hours)
    possible, status = can(held, now), standing_as(held, now)
    if Can.TAKE_FREE in possible and not session_page.free_for(found, now):
        possible -= {Can.TAKE_FREE}
    first_yes = possible if found.terms_id is None and not found.whenever else possible - {Can.CHOOSE_WHENEVER}
    events = mine.history(found.id)
    shown = deadline_for(found, promised, now)
    return render_template(
        "booking/booking.html", booking=found, session=session, history=history.lines(found.id, events), own_act=own_act(found, events),
        new=request.args.get("new", ""),
        can={one.value for one in possible}, status=status.value, open=session.starts_at > now, over=session.ends_at <= now,
        position=mine.position(found) if status is BookingStatus.WAITING else None, group_waits=groups.waiting_with(found),
        follower=mine.follower(found), back_until=held.back_until,
        asked=mine.name_at(found.manager_email) if status is BookingStatus.AWAITING_MANAGER else "",
        not_asked_yet=status is BookingStatus.AWAITING_MANAGER and told.manager_not_asked_yet(found),
        clashes=mine.clashes(found.person_id, session) if possible & CHOICES else (),
        agrees=asked_by.agrees_next(found).who if Can.ANSWER_OFFER in possible else "",
        others=programme.dates_of(session.course_id, now, without=session.id, count=3, person_id=found.person_id), now=now,
        again=not possible and session_page.can_ask_again(found, now),
        waits=mine.interest(session.course_id, found.person_id), **terms_shown(first_yes, now), **shown,
    )


@blueprint.route("/bookings/<ref>/act", methods=["POST"])
@access(*EVERY_ROLE)
@repeatable
def act(ref: str) -> ResponseReturnValue:
    """One of the buttons of the booking's page."""
    found, form = own(ref), ActForm()
    if not form.validate_on_submit() or form.answer.data not in ACTS:
        abort(400)
    try:
        said = ACTS[form.answer.data](found, current_user.name, clock.now(), Shown(form.shown_times(), form.shown_terms()))
    except Refused as no:
        flash(str(no), "warn")
    else:
        if said:
            flash(said)
    return redirect(url_for("booking.booking", ref=ref))


@blueprint.route("/bookings/<ref>/apologies", methods=["GET", "POST"])
@access(*EVERY_ROLE)
def apologies(ref: str) -> ResponseReturnValue:
    """Say why one could not come, once the session has started."""
    found, form = own(ref), ApologiesForm()
    if form.validate_on_submit():
        try:
            services.send_apologies(booking_id=found.id, reason=form.reason.data, by=current_user.name, now=clock.now())
        except Refused as no:
            form.refuse(no)
        else:
            flash("Thank you for telling us. Whether it is excused is for the coordinator, who reads what you wrote.")
            return redirect(url_for("booking.booking", ref=ref))
    return render_template("booking/apologies.html", form=form, booking=found, session=found.course_session, now=clock.now())


@blueprint.route("/bookings/<ref>/needs", methods=["GET", "POST"])
@access(*EVERY_ROLE)
def needs(ref: str) -> ResponseReturnValue:
    """Change what one needs on the day."""
    found = own(ref)
    form = NeedsForm(obj=found.need)
    if form.validate_on_submit():
        try:
            services.say_needs(booking_id=found.id, dietary=form.dietary.data or "", access=form.access.data or "", by=current_user.name,
                               now=clock.now())
        except Refused as no:
            form.refuse(no)
        else:
            flash("What you need is saved.")
            return redirect(url_for("booking.booking", ref=ref))
    return render_template("booking/needs.html", form=form, booking=found, session=found.course_session)
