"""Booking for others from a session: by name, several at once, or places without names that get one later."""

from collections.abc import Sequence
from datetime import timedelta

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts import queries as accounts
from app.accounts.access import access
from app.accounts.models import Person
from app.accounts.rules import Role
from app.booking import services
from app.booking.forms.others import BookOthersForm, ButtonForm, HeldPlacesForm, HoldPlacesForm, NamingForm
from app.booking.queries import facts, groups, others, programme
from app.booking.rules import policy
from app.booking.rules.pasted import FaultyList
from app.booking.services import Booker, Named
from app.booking.views import blueprint
from app.booking.views.others.people import STATES
from app.catalogue.rules import Approval
from app.core import clock
from app.core.errors import Refused
from app.core.pages import Page
from app.ui.dispatch import repeatable
from app.ui.inputs import number_if_any, row_number
from app.ui.widgets import choices


@blueprint.route("/sessions/<ref>/book-for-others", methods=["GET", "POST"])
@access(Role.LINE_MANAGER, Role.AGENCY_LEAD, Role.COORDINATOR)
@repeatable
def book_for_others(ref: str) -> ResponseReturnValue:
    """Choose or write who is to come; everybody is booked, or nobody with everything that is in the way."""
    found = programme.session(ref, current_user.person_id) or abort(404)
    scope = others.scope_of(current_user)
    form = BookOthersForm()
    form.agency_id.choices = choices([(0, "Not known"), *accounts.agency_choices()])
    if not _looks_for_people(form) and form.validate_on_submit():
        try:
            bookings = services.book_people(
                session_id=found.session.id, named=_named(form), together=form.together.data == "together",
                booker=_booker(scope, form.agency_id.data), now=clock.now(), contact=_contact(), key=form.once.data,
                times=form.shown_times(),
            )
        except FaultyList as no:
            form.show(no)
        except Refused as no:
            form.refuse(no)
        else:
            return _who_was_booked(ref, bookings[0].group_id)
    page, people = _offer_people(form, scope)
    return render_template(
        "booking/others_book.html", form=form, found=found, session=found.session, page=page, people=people, scope=scope,
        asks_manager=found.session.course.approval in (Approval.MANAGER, Approval.BOTH),
        asks_coordinator=found.session.course.approval in (Approval.COORDINATOR, Approval.BOTH),
    )


def _who_was_booked(ref: str, group_id: int) -> ResponseReturnValue:
    """The page of those whom the form booked, also when it came twice; somebody else may have booked them anew between."""
    if others.group(group_id, current_user.person_id) is None:
        flash("Somebody else has booked them anew since.")
        return redirect(url_for("booking.session", ref=ref))
    return redirect(url_for("booking.booked_for_others", number=group_id))


@blueprint.route("/booked-for-others/<int:number>", methods=["GET", "POST"])
@access(Role.LINE_MANAGER, Role.AGENCY_LEAD, Role.COORDINATOR)
@repeatable
def booked_for_others(number: int) -> ResponseReturnValue:
    """Who of those that were booked in one act has a place, and who waits; for whoever booked them, who may let them come one by one."""
    group = others.group(number, current_user.person_id) or abort(404)
    found = others.of_group(others.scope_of(current_user), number)
    if found is None:
        return render_template("booking/others_booked_anew.html")
    form = ButtonForm()
    if form.validate_on_submit():
        services.come_one_by_one(group_id=number, by=current_user.name, now=clock.now())
        flash("They no longer wait for each other. What comes free is offered to each, where they stand on the list.")
        return redirect(url_for("booking.booked_for_others", number=number))
    session, bookings, gone = found
    waits = next((one for one in groups.together(session, clock.now()) if one.group.id == number), None)
    return render_template(
        "booking/others_booked.html", group=group, form=form, waits=waits, bookings=bookings, gone=gone, session=session, states=STATES,
        positions=others.positions(bookings),
        clashes=others.clashes([one.person_id for one in bookings], session),
    )


@blueprint.route("/sessions/<ref>/hold-places", methods=["GET", "POST"])
@access(Role.AGENCY_LEAD)
@repeatable
def hold_places(ref: str) -> ResponseReturnValue:
    """Hold places for the agency, without names, until a day."""
    found = programme.session(ref, current_user.person_id) or abort(404)
    session, scope, tree = found.session, others.agency_of(current_user), facts.agency_tree()
    own = _own_agency()
    form = HoldPlacesForm(data={"agency_id": own, "releases_on": clock.london_date(session.starts_at) - timedelta(days=7)})
    form.agency_id.choices = choices(sorted(((number, tree[number].name) for number in scope.agency_ids), key=lambda one: (one[0] != own, one[1])))
    if form.validate_on_submit():
        try:
            services.hold_places_once(
                session_id=session.id, agency_id=form.agency_id.data, by_id=current_user.person_id, places=form.places.data,
                releases_at=clock.from_london(form.releases_on.data, policy.GO_BACK_AT), now=clock.now(), key=form.once.data,
                contact=_contact(),
            )
        except Refused as no:
            form.refuse(no)
        else:
            flash("The places are held. Name them when you know who comes.")
            return redirect(url_for("booking.my_agency"))
    return render_template("booking/others_hold.html", form=form, found=found, session=session, scope=scope)


@blueprint.route("/my-agency/held/<ref>", methods=["GET", "POST"])
@access(Role.AGENCY_LEAD)
@repeatable
def held_places(ref: str) -> ResponseReturnValue:
    """Give held places names."""
    scope = others.agency_of(current_user)
    found = others.held_places(scope, ref) or abort(404)
    form = HeldPlacesForm()
    if not _looks_for_people(form) and form.validate_on_submit():
        try:
            bookings = services.name_people(held_id=found.id, named=_named(form), booker=_booker(scope, 0), now=clock.now(), contact=_contact(),
                                            key=form.once.data, times=form.shown_times())
        except FaultyList as no:
            form.show(no)
        except Refused as no:
            form.refuse(no)
        else:
            flash(f"{len(bookings)} {'place has its name' if len(bookings) == 1 else 'places have their names'} now.")
            return redirect(url_for("booking.my_agency"))
    page, people = _offer_people(form, scope)
    return render_template("booking/others_held.html", form=form, held=found, session=found.course_session, page=page, people=people, scope=scope,
                           open=found.places > 0 and found.releases_at > clock.now())


@blueprint.route("/my-agency/held/<ref>/give-back", methods=["POST"])
@access(Role.AGENCY_LEAD)
def release_held(ref: str) -> ResponseReturnValue:
    """Give back what has no name yet."""
    found = others.held_places(others.agency_of(current_user), ref) or abort(404)
    if ButtonForm().validate_on_submit():
        services.release_held_places(held_id=found.id, by=current_user.name, by_id=current_user.person_id, now=clock.now())
        flash("The places are given back. Thank you: others can have them.")
    return redirect(url_for("booking.my_agency"))


def _looks_for_people(form: NamingForm) -> bool:
    """Whether the list is to be searched or turned over, which books nobody."""
    return request.form.get("act", "").startswith(("search", "page"))


def _offer_people(form: NamingForm, scope: others.Scope) -> tuple[Page, Sequence[Person]]:
    """The people to tick: those who were ticked before stay, whatever the list shows now. Everybody is too many to list without a search."""
    act = request.form.get("act", "")
    words = (form.q.data or request.args.get("q", ""))[:200]
    turned = act.removeprefix("page-") if act.startswith("page-") else request.form.get("shown", "1") if act != "search" else "1"
    ticked = form.numbers or request.args.getlist("person", type=row_number)[:100]
    kept = others.chosen(scope, ticked[:500]) if ticked else []
    page, people = Page.at(1, size=others.SIZE, total=0), []
    if words or not scope.everybody:
        page, people = others.people(scope, words, number_if_any(turned))
    form.q.data = words
    form.chosen.choices = choices((one.id, one.name or one.email) for one in kept)
    form.chosen.data = [one.id for one in kept]
    form.people.choices = choices((one.id, _introduced(one, len(scope.agency_ids) != 1)) for one in people if one.id not in form.chosen.data)
    form.people.data = []
    return page, people


def _introduced(person: Person, with_agency: bool) -> str:
    at = person.affiliation
    rest = (at.job_title or "", at.agency.name if with_agency and at.agency else "") if at else (person.email,)
    return ", ".join(part for part in (person.name or person.email, *rest) if part)


def _named(form: NamingForm) -> Named:
    return Named(form.numbers, form.pasted.data or "")


def _booker(scope: others.Scope, agency_id: int) -> Booker:
    """Whoever is signed in, with where people work whom they add: a coordinator says where, others' people are their colleagues."""
    at = accounts.affiliation_of(current_user.person_id)
    coordinator = current_user.has(Role.COORDINATOR)
    return Booker(
        current_user.person_id, current_user.name, current_user.email, scope, coordinator=coordinator,
        as_manager=not coordinator and not current_user.has(Role.AGENCY_LEAD),
        agency_id=(agency_id or None) if coordinator else at.agency_id if at else None,
        partnership_id=None if coordinator or at is None else at.partnership_id,
    )


def _own_agency() -> int | None:
    at = accounts.affiliation_of(current_user.person_id)
    return at.agency_id if at else None


def _contact() -> str:
    return str(current_app.extensions["settings"].contact_email)
