"""Saying that one is worried about a child or needs support, and the page on which the safeguarding contact reads it."""

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.access import EVERY_ROLE, access, anyone, by_secret, wrong_secret
from app.accounts.rules import Role
from app.core import clock, tokens
from app.core.errors import Refused
from app.evaluation.forms import ContactForm, WorryDoneForm, WorryForm
from app.evaluation.queries import worries as queries
from app.evaluation.rules import worries as rules
from app.evaluation.rules.worries import About
from app.evaluation.services import worries as services
from app.evaluation.views import blueprint
from app.ui.dispatch import quiet
from app.ui.inputs import row_number
from app.ui.posting import without_cookies


@blueprint.route("/worry/<token>", methods=["GET", "POST"])
@anyone
@quiet
@by_secret
@without_cookies
def worry(token: str) -> ResponseReturnValue:
    """Say it, from beside a questionnaire; without signing in."""
    found = rules.read(current_app.config["SECRET_KEY"], token)
    if found is None:
        wrong_secret()
        abort(404)
    session = queries.session_numbered(found[0]) or abort(404)
    form = WorryForm(data={"key": tokens.secret()})
    if form.validate_on_submit():
        try:
            services.raise_worry(session_id=session.id, booking_id=found[1] or None, about=About(form.about.data), text=form.text.data or "",
                                 contact=form.contact.data or "", now=clock.now(), key=form.key.data or "")
            return render_template("evaluation/worry_raised.html", session=session)
        except Refused as no:
            form.refuse(no, "text")
    return render_template("evaluation/worry.html", session=session, form=form, known=bool(found[1]))


@blueprint.route("/worries", methods=["GET", "POST"])
@access(*EVERY_ROLE)
def worries() -> ResponseReturnValue:
    """What was raised: for safeguarding contacts; for everybody else there is no such page."""
    reader = queries.contact(current_user.person_id) or abort(404)
    form = WorryDoneForm()
    if form.validate_on_submit():
        one = queries.with_ref(form.ref.data or "", reader) or abort(404)
        try:
            services.close_worry(worry_id=one.id, note=form.note.data or "", account_id=current_user.account_id, now=clock.now())
            flash("Closed.")
            return redirect(url_for("evaluation.worries"))
        except Refused as no:
            form.refuse(no)
    later = [one for one in queries.named() if one.reads_from > reader.reads_from]
    return render_template("evaluation/worries.html", form=form, rows=queries.read_by(reader), names=rules.NAMES, reader=reader, later=later,
                           BEGINNING=rules.BEGINNING)


@blueprint.post("/worries/contacts")
@access(*EVERY_ROLE)
def let_read_earlier() -> ResponseReturnValue:
    """Let another contact read what was raised before they were named: by a contact, or by an administrator who reads nothing."""
    administers = Role.ADMINISTRATOR in current_user.roles
    if not administers and queries.contact(current_user.person_id) is None:
        abort(404)
    try:
        person_id = row_number(request.form.get("person"))
        services.let_read_earlier(person_id=person_id, by=current_user.name, as_administrator=administers, now=clock.now())
        flash("They read earlier worries too. The other contacts are told.")
    except Refused as no:
        flash(str(no))
    except ValueError:
        abort(400)
    contact = queries.contact(current_user.person_id) is not None
    return redirect(url_for("evaluation.worries" if contact else "evaluation.safeguarding_contacts"), 303)


@blueprint.route("/desk/safeguarding-contacts", methods=["GET", "POST"])
@access(Role.COORDINATOR, Role.ADMINISTRATOR)
def safeguarding_contacts() -> ResponseReturnValue:
    """Who reads worries; coordinators name them and do not read what they read."""
    form = ContactForm()
    if form.validate_on_submit():
        try:
            if form.remove.data:
                services.remove_contact(person_id=row_number(form.remove.data), by=current_user.name, now=clock.now())
            else:
                services.name_contact(email=form.email.data or "", by=current_user.name, now=clock.now())
            return redirect(url_for("evaluation.safeguarding_contacts"))
        except Refused as no:
            form.refuse(no, "email")
        except ValueError:
            abort(400)
    return render_template("evaluation/safeguarding_contacts.html", form=form, contacts=queries.named(), acts=queries.acts(),
                           administers=Role.ADMINISTRATOR in current_user.roles, BEGINNING=rules.BEGINNING)
