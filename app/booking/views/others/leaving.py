"""When somebody leaves: what an account may do, which is none when it is closed; an agency's word; and who left lately."""

from collections.abc import Sequence

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts import queries as accounts
from app.accounts.access import access
from app.accounts.forms import AccountForm, account_as_typed
from app.accounts.rules import Role
from app.booking import services
from app.booking.forms.others import ButtonForm
from app.booking.models import HeldPlaces
from app.booking.queries import leaving, nameless, others
from app.booking.views import blueprint
from app.core import clock
from app.core.errors import Refused
from app.ui.addresses import pages
from app.ui.filters import count


@blueprint.route("/desk/people/<int:person_id>/account", methods=["GET", "POST"])
@access(Role.ADMINISTRATOR)
def account(person_id: int) -> ResponseReturnValue:
    """What somebody may do here; without a role their account is closed, and their coming places go on to others."""
    found = accounts.person(person_id) or abort(404)
    kept = accounts.account_of(person_id)
    gives, holds = len(leaving.given_by(person_id, clock.now())), nameless.held_by(person_id, clock.now())
    form = AccountForm(data=account_as_typed(kept))
    unchanged = form.is_unchanged(account_as_typed(kept))
    if form.validate_on_submit() and unchanged:
        try:
            freed = services.set_roles(person_id=person_id, roles=[Role(value) for value in form.roles.data], password=form.password.data or "",
                                       now=clock.now(), by=current_user.name, check=lambda held: form.check(account_as_typed(held)))
        except Refused as no:
            form.refuse(no)
        else:
            flash("The account is saved, and they are signed out everywhere." if form.roles.data
                  else f"The account is closed. {_went_on(freed, gives, holds)}")
            return redirect(url_for("accounts_desk.person", person_id=person_id))
    return render_template("booking/others_account.html", form=form, person=found, coming=others.coming(person_id, clock.now()), gives=gives,
                           holds=sum(one.places for one in holds))


@blueprint.route("/my-people/<int:person_id>/left", methods=["GET", "POST"])
@access(Role.AGENCY_LEAD, Role.COORDINATOR)
def has_left(person_id: int) -> ResponseReturnValue:
    """Say what it means that somebody has left, and do it."""
    coordinator = current_user.has(Role.COORDINATOR)
    scope = others.scope_of(current_user) if coordinator else others.agency_of(current_user)
    found = others.person(scope, person_id)
    if found is None:
        return _left_already(scope, person_id)
    back = url_for("accounts_desk.person", person_id=person_id) if coordinator else url_for("booking.my_agency")
    gives, holds = len(leaving.given_by(person_id, clock.now())), nameless.held_by(person_id, clock.now())
    form = ButtonForm()
    if form.validate_on_submit():
        try:
            freed = services.has_left(person_id=person_id, by=current_user.name, now=clock.now())
        except Refused as no:
            form.refuse(no)
        else:
            flash(f"{found.name} has left from today. {_went_on(freed, gives, holds)}")
            return redirect(back)
    coming = [one for one in others.coming(person_id, clock.now()) if one.course_session.starts_at > clock.now()]
    return render_template("booking/others_left.html", form=form, person=found, coming=coming, gives=gives, back=back,
                           holds=sum(one.places for one in holds))


def _left_already(scope: others.Scope, person_id: int) -> ResponseReturnValue:
    """Pressed twice, or again after a lost answer: whoever has left today is no longer in scope, and it was done all the same."""
    gone = others.left_on(scope, person_id, clock.london_date(clock.now())) or abort(404)
    flash(f"{gone.name or gone.email} has left from today: it is done already.")
    return redirect(url_for("booking.my_agency"))


@blueprint.route("/desk/leavers")
@access(Role.COORDINATOR)
def leavers() -> ResponseReturnValue:
    """Whose places went on because they left, latest first."""
    page, rows = leaving.leavers(request.args.get("page", type=int))
    return render_template("booking/others_leavers.html", page=page, rows=rows, page_link=pages())


def _went_on(freed: int, gives: int, holds: Sequence[HeldPlaces]) -> str:
    ended = "1 coming booking" if freed == 1 else f"{freed} coming bookings"
    places = (f"{ended} ended with it; places that are free go to those who wait. The coordinator sees it under “Leavers”." if freed
              else "They had nothing booked.")
    if gives:
        given = "1 coming session, which needs" if gives == 1 else f"{gives} coming sessions, which need"
        places += f" They were to give {given} another trainer: the coordinators are told."
    if holds:
        held = count(sum(one.places for one in holds), "place")
        places += f" What they held without names, {held}, stays their agency’s: the coordinators and its other leads are told."
    return places
