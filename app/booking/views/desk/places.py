"""How many places a session has and for whom: capacity, quotas, extra places at a risk, the rules of booking. Each act says first what it means."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts import queries as people
from app.accounts.access import access
from app.accounts.rules import Role
from app.booking import services
from app.booking.forms.desk import ActForm, BookingRulesForm, CapacityForm, ExtraPlacesForm, QuotaForm, rules_as_typed
from app.booking.queries import desk, desk_policies, facts, groups, one_session
from app.booking.queries.programme import Dated
from app.booking.rules.places import Standing
from app.booking.views import blueprint
from app.booking.views.desk import acting
from app.catalogue.models import CourseSession
from app.core import clock
from app.core.errors import Refused
from app.ui.dispatch import repeatable
from app.ui.filters import count, until


def _found(ref: str) -> tuple[Dated, Standing, str]:
    found = desk.session(ref) or abort(404)
    return found, facts.standing(found.session, clock.now()), url_for("booking.desk_session", ref=ref)


def groups_said(session: CourseSession) -> list[str]:
    """Of each group that waits to come together: how many places it needs, and that whoever booked it is told when there are fewer."""
    lines = []
    for one in groups.together(session, clock.now()):
        who = one.by.name or one.by.email
        whose = f"{who}’s group of {len(one.members)} waits to come together"
        if one.never:
            lines.append(f"{whose} and never can: there is room for {one.room or 'none'} of them. {who} can let them come one by one.")
        elif one.least is not None:
            lines.append(f"{whose}. With fewer than {count(one.least, 'place')} it never could, and {who} is told.")
    return lines


@blueprint.route("/desk/sessions/<ref>/places", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def capacity(ref: str) -> ResponseReturnValue:
    """Change how many places there are."""
    found, standing, back = _found(ref)
    form, number = CapacityForm(data={"capacity": found.session.capacity}), found.session.id
    unchanged = form.is_unchanged({"capacity": found.session.capacity})
    lines = [f"There are {count(standing.capacity, 'place')} and {standing.taken} of {standing.limit} are held. "
             f"{count(standing.waiting, 'person waits', 'people wait')}."]
    lines += groups_said(found.session)
    lines.append("Places that are added are offered at once to those who wait, in their order." if standing.waiting
                 else "Nobody who has a place loses it: a number below what is promised is refused.")
    done = acting.run(
        form, lambda: services.change_capacity(session_id=number, capacity=form.capacity.data, by=current_user.name, now=clock.now(),
                                               check=lambda held: form.check({"capacity": held.capacity})),
        lambda _: f"The session has {count(form.capacity.data, 'place')} now.", back,
    ) if unchanged else None
    what = "Change the number of places"
    return done or acting.page(form, found.session, heading=what, lines=lines, button=what, back=back)


@blueprint.route("/desk/sessions/<ref>/quotas", methods=["GET", "POST"])
@access(Role.COORDINATOR)
@repeatable
def quotas(ref: str) -> ResponseReturnValue:
    """The limits and kept places of a session, each with what is used, and a form for one more."""
    found, standing, back = _found(ref)
    form, number = QuotaForm(), found.session.id
    form.offer(people.agency_choices(), desk_policies.sectors())
    here = url_for("booking.quotas", ref=ref)

    def add() -> None:
        what, now = form.facts(), clock.now()
        services.once(session_id=number, key=form.once.data, asked=f"quota {what}", now=now,
                      act=lambda: services.add_quota(session_id=number, **what, by=current_user.name, now=now))

    done = acting.run(form, add, "It is in force.", here)
    return done or render_template("booking/desk_quotas.html", form=form, session=found.session, standing=standing, back=back,
                                   rows=standing.quotas, held=one_session.held_places(number), grouped=groups_said(found.session))


@blueprint.route("/desk/quotas/<int:number>/release", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def release_quota(number: int) -> ResponseReturnValue:
    """End a limit, or let go of places that were kept."""
    row = one_session.quota(number) or abort(404)
    found = desk.session_with_id(row.course_session_id) or abort(404)
    standing = facts.standing(found.session, clock.now())
    quota = next((one for one in standing.quotas if one.number == number), None)
    back = url_for("booking.quotas", ref=found.session.ref)
    if quota is None:
        flash("It was released already.", "warn")
        return redirect(back)
    kept = quota.kind.value == "kept"
    lines = [f"{quota.name}: {quota.kind.label.lower()} {quota.places}, {quota.used} of them used.",
             "The places that are not used are offered to those who wait, whatever agency they belong to." if kept
             else "From then on people of this group get places like everybody else; those who wait are offered what is free, in their order."]
    form = ActForm()
    return acting.run(
        form, lambda: services.release_quota(quota_id=number, by=current_user.name, now=clock.now()), "It is released.", back,
    ) or acting.page(
        form, found.session, heading="Release these places?" if kept else "End this limit?", lines=lines,
        button="Release the places" if kept else "End the limit", back=back)


@blueprint.route("/desk/held/<ref>/release", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def desk_release_held(ref: str) -> ResponseReturnValue:
    """Give back places without names that an agency holds."""
    held = one_session.held(ref) or abort(404)
    found = desk.session_with_id(held.course_session_id) or abort(404)
    back = url_for("booking.desk_session", ref=found.session.ref)
    lines = [f"{count(held.places, 'place')} without a name {'is' if held.places == 1 else 'are'} held for {held.agency.name} by "
             f"{held.by.name or held.by.email} until {until(held.releases_at)}.",
             f"They go to those who wait, in their order, or to whoever books next. {held.by.name or held.by.email} is told."]
    form, number = ActForm(), held.id
    return acting.run(
        form, lambda: services.release_held_places(held_id=number, by=current_user.name, by_id=current_user.person_id, now=clock.now()),
        "The places are free.", back,
    ) or acting.page(
        form, found.session, heading="Release these places?", lines=lines, button=f"Release {count(held.places, 'place')}", back=back, kind="warning")


@blueprint.route("/desk/sessions/<ref>/extra-places", methods=["GET", "POST"])
@access(Role.COORDINATOR)
@repeatable
def extra_places(ref: str) -> ResponseReturnValue:
    """Offer more places than there are, at a risk that a coordinator states."""
    found, standing, back = _found(ref)
    form, number = ExtraPlacesForm(), found.session.id
    lines = [f"Of {count(standing.capacity, 'place')}, {standing.taken} are held. Some people never come: a few extra places fill the room.",
             f"If too many come, somebody has no seat. {count(standing.waiting, 'person waits', 'people wait')} and "
             f"{'is' if standing.waiting == 1 else 'are'} offered the extra places in their order."]

    def add() -> None:
        places, risk, reason, now = form.places.data, form.risk.data, form.reason.data, clock.now()
        services.once(session_id=number, key=form.once.data, asked=f"extra places {places}:{risk}:{reason}", now=now,
                      act=lambda: services.add_extra_places(session_id=number, places=places, risk=risk, reason=reason,
                                                            by=current_user.name, now=now))

    return acting.run(
        form, add, lambda _: f"{count(form.places.data, 'extra place')} can be had.", back,
    ) or acting.page(form, found.session, heading="Offer extra places", lines=lines, button="Offer the extra places", back=back)


@blueprint.route("/desk/extra-places/<int:number>/take-back", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def take_extra_back(number: int) -> ResponseReturnValue:
    """Offer no more places than there are."""
    override = one_session.override(number)
    if override is None and request.method == "POST":  # pressed again, as no answer came
        flash("These extra places are not there any more: they were taken back.", "warn")
        return redirect(url_for("booking.desk_sessions"))
    override = override or abort(404)
    found = desk.session_with_id(override.course_session_id) or abort(404)
    back = url_for("booking.desk_session", ref=found.session.ref)
    lines = [f"{count(override.places, 'extra place')} by {override.by}’s decision, “{override.reason}”.",
             "Nobody loses a place: extra places that are promised already are not taken back."]
    lines += groups_said(found.session)
    form = ActForm()
    return acting.run(
        form, lambda: services.take_extra_places_back(override_id=number, by=current_user.name, now=clock.now()),
        "The extra places are taken back.", back,
    ) or acting.page(form, found.session, heading="Take the extra places back?", lines=lines, button="Take back", back=back)


@blueprint.route("/desk/sessions/<ref>/rules", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def booking_rules(ref: str) -> ResponseReturnValue:
    """When the session can be booked, how many people it needs, whether it is sure, whether people are asked if they still come."""
    found, _standing, back = _found(ref)
    stands, number = rules_as_typed(found.session), found.session.id
    form = BookingRulesForm(data=stands)
    unchanged = form.is_unchanged(stands)
    if form.validate_on_submit() and unchanged:
        try:
            services.set_booking_rules(session_id=number, rules=form.rules(), by=current_user.name, now=clock.now(),
                                       check=lambda held: form.check(rules_as_typed(held)))
        except Refused as no:
            form.refuse(no)
        else:
            flash("The rules of this session are saved.")
            return redirect(back)
    return acting.page(form, found.session, heading="When it can be booked, and how many it needs", button="Save", back=back,
                       lines=["Who has a place keeps it, whatever you choose. Who waits is offered what comes free, after booking has closed too."])
