"""Priorities, trainers, briefings with their views, contributions: each a list, and a form for one."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts import queries as people
from app.accounts.access import access
from app.accounts.rules import Role
from app.catalogue import queries, services
from app.catalogue.forms import (
    BriefingForm,
    ContributionForm,
    PriorityForm,
    TrainerForm,
    ViewsForm,
    briefing_as_typed,
    contribution_as_typed,
    priority_as_typed,
)
from app.catalogue.models import Briefing, Contribution, Priority
from app.catalogue.rules import ContributionKind, Format
from app.catalogue.views import blueprint
from app.core.errors import Refused
from app.ui.addresses import pages
from app.ui.widgets import choices


def _record(model: Any, number: int | None) -> Any:
    return None if number is None else queries.one(model, number) or abort(404)


@blueprint.route("/desk/priorities")
@access(Role.COORDINATOR)
def priorities() -> ResponseReturnValue:
    """All priorities."""
    page, rows = queries.priorities_page(request.args.get("page", type=int))
    return render_template("catalogue/priorities.html", page=page, rows=rows, page_link=pages())


@blueprint.route("/desk/priorities/new", methods=["GET", "POST"], defaults={"number": None})
@blueprint.route("/desk/priorities/<int:number>", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def priority(number: int | None) -> ResponseReturnValue:
    """Add a priority, or change it."""
    found = _record(Priority, number)
    form = PriorityForm(obj=found)
    form.partnership_id.choices = choices(people.partnership_choices())
    unchanged = found is None or form.is_unchanged(priority_as_typed(found))
    if form.validate_on_submit() and unchanged:
        facts = {name: form[name].data for name in ("partnership_id", "code", "name", "starts_on", "ends_on")}
        try:
            services.save_priority(priority_id=number, facts=facts, check=lambda held: form.check(priority_as_typed(held)))
        except Refused as no:
            form.refuse(no)
        else:
            flash("The priority is saved.")
            return redirect(url_for("catalogue.priorities"))
    return render_template("ui/record.html", form=form, heading="Priority", back=url_for("catalogue.priorities"))


@blueprint.route("/desk/trainers", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def trainers() -> ResponseReturnValue:
    """All trainers, and a field to add one."""
    form = TrainerForm()
    if form.validate_on_submit():
        try:
            person = services.add_trainer(email=form.email.data)
        except Refused as no:
            form.refuse(no, "email")
        else:
            flash(f"{person.name} can give sessions.")
            return redirect(url_for("catalogue.trainers"))
    page, rows = queries.trainers_page(request.args.get("page", type=int))
    return render_template("catalogue/trainers.html", form=form, page=page, rows=rows, page_link=pages(), no_more=queries.trainers_no_more(rows))


@blueprint.route("/desk/briefings")
@access(Role.COORDINATOR)
def desk_briefings() -> ResponseReturnValue:
    """All briefings with their views."""
    page, rows = queries.briefings(request.args.get("page", type=int))
    return render_template("catalogue/desk_briefings.html", page=page, rows=rows, page_link=pages())


@blueprint.route("/desk/briefings/new", methods=["GET", "POST"], defaults={"number": None})
@blueprint.route("/desk/briefings/<int:number>", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def briefing(number: int | None) -> ResponseReturnValue:
    """Add a briefing, or change it."""
    found = _record(Briefing, number)
    form = BriefingForm(data={} if found is None else briefing_as_typed(found))
    form.priorities.choices = choices(queries.priority_choices())
    unchanged = found is None or form.is_unchanged(briefing_as_typed(found))
    if form.validate_on_submit() and unchanged:
        facts = {name: form[name].data for name in ("code", "title", "url")}
        try:
            services.save_briefing(briefing_id=number, facts=facts, priority_ids=form.priorities.data,
                                   check=lambda held: form.check(briefing_as_typed(held)))
        except Refused as no:
            form.refuse(no, "code")
        else:
            flash("The briefing is saved.")
            return redirect(url_for("catalogue.desk_briefings"))
    return render_template("ui/record.html", form=form, heading="Briefing", back=url_for("catalogue.desk_briefings"))


@blueprint.route("/desk/briefings/<int:number>/views", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def briefing_views(number: int) -> ResponseReturnValue:
    """The views of a briefing by month, and a form for a month."""
    found = _record(Briefing, number)
    form = ViewsForm()
    if form.validate_on_submit():
        services.note_views(briefing_id=number, month=form.first_day, views=form.views.data)
        flash("The views are saved.")
        return redirect(url_for("catalogue.briefing_views", number=number))
    return render_template("catalogue/briefing_views.html", form=form, briefing=found, rows=queries.views_of(number))


@blueprint.route("/desk/contributions")
@access(Role.COORDINATOR)
def contributions() -> ResponseReturnValue:
    """All contributions to partners' training."""
    page, rows = queries.contributions(request.args.get("page", type=int))
    return render_template("catalogue/contributions.html", page=page, rows=rows, page_link=pages())


@blueprint.route("/desk/contributions/new", methods=["GET", "POST"], defaults={"number": None})
@blueprint.route("/desk/contributions/<int:number>", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def contribution(number: int | None) -> ResponseReturnValue:
    """Add a contribution, or change it."""
    found = _record(Contribution, number)
    form = ContributionForm(data={} if found is None else contribution_as_typed(found))
    form.host_agency_id.choices = choices([(0, "Not known"), *people.agency_choices()])
    unchanged = found is None or form.is_unchanged(contribution_as_typed(found))
    if form.validate_on_submit() and unchanged:
        facts = {name: form[name].data for name in ("ref", "title", "held_on", "contacts")} | {
            "kind": ContributionKind(form.kind.data), "format": Format(form.format.data), "host_agency_id": form.host_agency_id.data or None,
        }
        try:
            services.save_contribution(contribution_id=number, facts=facts, check=lambda held: form.check(contribution_as_typed(held)))
        except Refused as no:
            form.refuse(no, "ref")
        else:
            flash("The contribution is saved.")
            return redirect(url_for("catalogue.contributions"))
    return render_template("ui/record.html", form=form, heading="Contribution", back=url_for("catalogue.contributions"))
