"""People, agencies and partnerships, as coordinators and administrators keep them."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts import queries, services
from app.accounts.access import access
from app.accounts.forms import (
    AffiliationForm,
    AgencyForm,
    PartnershipForm,
    PersonForm,
    affiliation_as_typed,
    agency_as_typed,
    partnership_as_typed,
    person_as_typed,
)
from app.accounts.models import Person
from app.accounts.rules import Role
from app.core import clock
from app.core.errors import Refused
from app.mail import queries as mail
from app.mail.rules.languages import Language
from app.ui.addresses import pages
from app.ui.widgets import choices

desk = Blueprint("accounts_desk", __name__, template_folder="../templates")

KEEPERS = (Role.COORDINATOR, Role.ADMINISTRATOR)


@desk.route("/desk/people")
@access(*KEEPERS)
def people() -> ResponseReturnValue:
    """Everybody, searched by name, address or agency."""
    words = request.args.get("q", "")[:200]
    page, rows = queries.people(words, request.args.get("page", type=int))
    return render_template("accounts/people.html", page=page, rows=rows, words=words, page_link=pages("q"))


@desk.route("/desk/people/new", methods=["GET", "POST"])
@access(*KEEPERS)
def new_person() -> ResponseReturnValue:
    """Add somebody."""
    return _name(None)


@desk.route("/desk/people/<int:person_id>/name", methods=["GET", "POST"])
@access(*KEEPERS)
def rename_person(person_id: int) -> ResponseReturnValue:
    """Change somebody's name, address, or the language of their letters."""
    return _name(queries.person(person_id) or abort(404))


def _name(found: Person | None) -> ResponseReturnValue:
    form = PersonForm(data={"language": Language.ENGLISH.value} if found is None else person_as_typed(found))
    unchanged = found is None or form.is_unchanged(person_as_typed(found))
    if form.validate_on_submit() and unchanged:
        try:
            saved = services.save_person(person_id=found.id if found else None, email=form.email.data, first_name=form.first_name.data,
                                         last_name=form.last_name.data, language=Language(form.language.data), now=clock.now(),
                                         by_administrator=current_user.has(Role.ADMINISTRATOR),
                                         check=lambda held: form.check(person_as_typed(held)))
        except Refused as no:
            form.refuse(no, "email")
        else:
            flash(f"{saved.name} is saved.")
            return redirect(url_for("accounts_desk.person", person_id=saved.id))
    back = url_for("accounts_desk.person", person_id=found.id) if found else url_for("accounts_desk.people")
    return render_template("ui/record.html", form=form, heading="Name, address and language" if found else "Add a person", back=back)


@desk.route("/desk/people/<int:person_id>", methods=["GET", "POST"])
@access(*KEEPERS)
def person(person_id: int) -> ResponseReturnValue:
    """Somebody: where they work now and worked before; a change counts from today."""
    found = queries.person(person_id) or abort(404)
    at = found.affiliation
    form = AffiliationForm(data=affiliation_as_typed(at))
    form.agency_id.choices = choices([(0, "Not known"), *queries.agency_choices()])
    form.partnership_id.choices = choices([(0, "Not known"), *queries.partnership_choices()])
    unchanged = form.is_unchanged(affiliation_as_typed(at))
    if form.validate_on_submit() and unchanged:
        try:
            services.say_where_somebody_works(
                person_id=person_id, agency_id=form.agency_id.data or None, job_title=form.job_title.data, now=clock.now(),
                partnership_id=form.partnership_id.data or None, manager_email=form.manager_email.data, level=form.level.data,
                check=lambda held: form.check(affiliation_as_typed(held)), by=current_user.name,
            )
        except Refused as no:
            form.refuse(no, "manager_email")
        else:
            flash("Saved. It counts from today; bookings made before keep what was true then.")
            return redirect(url_for("accounts_desk.person", person_id=person_id))
    return render_template("accounts/person.html", form=form, person=found, rows=queries.affiliations(person_id),
                           account=queries.account_of(person_id),
                           letters=mail.latest_to(person_id) if current_user.has(Role.COORDINATOR) else None)


@desk.route("/desk/agencies")
@access(*KEEPERS)
def agencies() -> ResponseReturnValue:
    """All agencies."""
    words = request.args.get("q", "")[:200]
    page, rows = queries.agencies(words, request.args.get("page", type=int))
    return render_template("accounts/agencies.html", page=page, rows=rows, words=words, page_link=pages("q"))


@desk.route("/desk/agencies/new", methods=["GET", "POST"], defaults={"number": None})
@desk.route("/desk/agencies/<int:number>", methods=["GET", "POST"])
@access(*KEEPERS)
def agency(number: int | None) -> ResponseReturnValue:
    """Add an agency, or change it."""
    found = None if number is None else queries.agency(number) or abort(404)
    form = AgencyForm(data={"parent_id": 0} if found is None else agency_as_typed(found))
    form.parent_id.choices = choices([(0, "No other agency"), *(one for one in queries.agency_choices() if one[0] != number)])
    form.partnerships.choices = choices(queries.partnership_choices())
    unchanged = found is None or form.is_unchanged(agency_as_typed(found))
    if form.validate_on_submit() and unchanged:
        facts = {name: form[name].data for name in ("code", "name", "starts_on", "ends_on")} | {
            "sector": form.sector.data or None, "parent_id": form.parent_id.data or None,
        }
        aliases = [line.strip() for line in (form.aliases.data or "").splitlines() if line.strip()]
        try:
            services.save_agency(agency_id=number, facts=facts, aliases=aliases, partnership_ids=form.partnerships.data,
                                 now=clock.now(), check=lambda held: form.check(agency_as_typed(held)))
        except Refused as no:
            form.refuse(no)
        else:
            flash("The agency is saved.")
            return redirect(url_for("accounts_desk.agencies"))
    return render_template("ui/record.html", form=form, heading="Agency", back=url_for("accounts_desk.agencies"))


@desk.route("/desk/partnerships")
@access(*KEEPERS)
def partnerships() -> ResponseReturnValue:
    """All partnerships."""
    return render_template("accounts/partnerships.html", rows=queries.partnerships())


@desk.route("/desk/partnerships/new", methods=["GET", "POST"], defaults={"number": None})
@desk.route("/desk/partnerships/<int:number>", methods=["GET", "POST"])
@access(*KEEPERS)
def partnership(number: int | None) -> ResponseReturnValue:
    """Add a partnership, or change it."""
    found = None if number is None else queries.partnership(number) or abort(404)
    form = PartnershipForm(data={} if found is None else partnership_as_typed(found))
    form.successors.choices = choices(one for one in queries.partnership_choices() if one[0] != number)
    unchanged = found is None or form.is_unchanged(partnership_as_typed(found))
    if form.validate_on_submit() and unchanged:
        facts = {name: form[name].data for name in ("code", "name", "starts_on", "ends_on")}
        try:
            services.save_partnership(partnership_id=number, facts=facts, successor_ids=form.successors.data,
                                      check=lambda held: form.check(partnership_as_typed(held)))
        except Refused as no:
            form.refuse(no)
        else:
            flash("The partnership is saved.")
            return redirect(url_for("accounts_desk.partnerships"))
    return render_template("ui/record.html", form=form, heading="Partnership", back=url_for("accounts_desk.partnerships"))
