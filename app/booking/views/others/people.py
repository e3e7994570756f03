"""People somebody looks after: a manager's team and a lead's agency, their requests and places. Who is outside is as if not there."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.access import access
from app.accounts.rules import Role
from app.booking import services
from app.booking.forms.others import ButtonForm, ReasonForm
from app.booking.queries import facts, notices, others
from app.booking.rules import policy
from app.booking.rules.states import HAS_PLACE, LIVE, TAGS, BookingStatus
from app.booking.views import blueprint
from app.core import clock
from app.core.errors import Refused
from app.ui.addresses import pages

STATES = {status.value: words for status, words in TAGS.items()} | {
    BookingStatus.AWAITING_MANAGER.value: ("Waiting for their manager", "yellow"),
    BookingStatus.SESSION_CANCELLED.value: ("Cancelled by the training team", "red"),
}
"""A state as somebody else reads it."""


@blueprint.route("/my-team")
@access(Role.LINE_MANAGER)
def my_team() -> ResponseReturnValue:
    """A manager's own people, and what waits for the manager's answer."""
    scope = others.team_of(current_user)
    asked, requests = others.requests(scope, clock.now())
    return _people_page(scope, "My team", asked=asked, requests=requests, held=(), agencies=False, form=ButtonForm())


@blueprint.route("/my-agency")
@access(Role.AGENCY_LEAD)
def my_agency() -> ResponseReturnValue:
    """The people of a lead's agency, and the places held for it."""
    scope = others.agency_of(current_user)
    return _people_page(scope, "My agency", asked=0, requests=(), held=others.held(scope, clock.now()), agencies=True, form=None)


def _people_page(scope: others.Scope, heading: str, **more: object) -> ResponseReturnValue:
    words = request.args.get("q", "")[:200]
    page, rows = others.looked_after(scope, words, request.args.get("page", type=int), clock.now())
    coming = [booking for row in rows for booking in row.coming]
    return render_template(
        "booking/others_people.html", heading=heading, page=page, rows=rows, words=words, page_link=pages("q"), states=STATES, scope=scope,
        positions=others.positions(coming), since=clock.now() - others.LOOKED_BACK, **more,
    )


@blueprint.route("/my-people/<int:person_id>")
@access(Role.LINE_MANAGER, Role.AGENCY_LEAD)
def my_person(person_id: int) -> ResponseReturnValue:
    """Somebody's places to come, and what registers say of the last twelve months. What they answered is never shown."""
    scope = others.scope_of(current_user)
    found = others.person(scope, person_id) or abort(404)
    now = clock.now()
    coming = others.coming(person_id, now)
    return render_template(
        "booking/others_person.html", person=found, coming=coming, past=others.past(person_id, now), positions=others.positions(coming),
        states=STATES, now=now, since=now - others.LOOKED_BACK, lead=current_user.has(Role.AGENCY_LEAD), live=LIVE,
    )


@blueprint.route("/my-people/bookings/<ref>/give-back", methods=["GET", "POST"])
@access(Role.LINE_MANAGER, Role.AGENCY_LEAD)
def give_back_for(ref: str) -> ResponseReturnValue:
    """Say what it means, then give somebody's place back in their stead."""
    found = others.booking(others.scope_of(current_user), ref) or abort(404)
    form, now, session = ReasonForm(), clock.now(), found.course_session
    back = url_for("booking.my_person", person_id=found.person_id)
    if form.validate_on_submit():
        try:
            services.give_back(booking_id=found.id, by=current_user.name, now=now, reason=form.reason.data or "",
                               only_the_list="on_list" in request.form)
        except Refused as no:
            form.refuse(no)
        else:
            flash(f"{found.person.name} is no longer on “{session.title}”.")
            return redirect(back)
    return render_template(
        "booking/others_give_back.html", form=form, booking=found, session=session, back=back,
        holds=found.status in HAS_PLACE, returns=notices.return_of(found, now), gone=found.status not in LIVE or now >= session.starts_at,
    )


@blueprint.route("/my-team/requests/<ref>", methods=["GET", "POST"])
@access(Role.LINE_MANAGER)
def manager_request(ref: str) -> ResponseReturnValue:
    """Can somebody of one's own take this place? Yes, or no with a reason that may stay empty."""
    found = others.booking(others.team_of(current_user), ref) or abort(404)
    form = ReasonForm()
    name = found.person.name
    if form.validate_on_submit():
        if request.form.get("act") not in ("agree", "refuse"):
            abort(400)
        agreed = request.form["act"] == "agree"
        try:
            if agreed:
                services.manager_agrees(booking_id=found.id, by=current_user.name, now=clock.now(), times=form.shown_times())
            else:
                services.refuse(booking_id=found.id, reason=form.reason.data or "", by=current_user.name, now=clock.now(), manager=True)
        except Refused as no:
            form.refuse(no)
        else:
            flash(f"You agreed: {name} is told." if agreed else f"You said no: {name} is told, and the place goes to somebody else.")
            return redirect(url_for("booking.my_team"))
    return render_template("booking/others_request.html", form=form, booking=found, session=found.course_session,
                           open=found.status is BookingStatus.AWAITING_MANAGER, states=STATES,
                           goes_on=facts.policy_of(found).when_unanswered is policy.WhenUnanswered.GOES_ON)
