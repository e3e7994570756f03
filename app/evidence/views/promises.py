"""What reports promised to show later: the list, adding one, and one that is shown or given up."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.access import access
from app.accounts.rules import Role
from app.core import clock
from app.core.errors import Refused
from app.evidence.forms import GiveUpForm, PromiseForm, ShownForm
from app.evidence.models import Promise
from app.evidence.queries import promises as queries
from app.evidence.rules.promises import PromiseStatus, tag
from app.evidence.services import promises as services
from app.evidence.views import blueprint, choosing
from app.ui.addresses import pages

READERS = (Role.COORDINATOR, Role.REPORT_AUTHOR, Role.SCRUTINEER)
KEEPERS = (Role.COORDINATOR, Role.REPORT_AUTHOR)


@blueprint.route("/evidence/promises")
@access(*READERS)
def promises() -> ResponseReturnValue:
    """All promises, open ones first."""
    today = clock.london_date(clock.now())
    page, rows = queries.promises(request.args.get("page", type=int))
    return render_template(
        "evidence/promises.html", page=page, page_link=pages(), open=queries.open_count(), overdue=queries.due(today, 1)[0], today=today,
        rows=[(one, tag(one.status, one.due_on, today)) for one in rows], may_add=current_user.has(*KEEPERS),
    )


@blueprint.route("/evidence/promises/new", methods=["GET", "POST"])
@access(*KEEPERS)
def new_promise() -> ResponseReturnValue:
    """Keep a promise in sight."""
    form = PromiseForm()
    form.priority.choices = choosing.priorities()
    if form.validate_on_submit():
        try:
            kept = services.save(promise_id=None, facts=form.facts(), by_id=current_user.person_id)
        except Refused as no:
            form.refuse(no, "due_on")
        else:
            flash("The promise is kept in sight.")
            return redirect(url_for("evidence.promise", number=kept.id))
    return render_template("ui/record.html", form=form, heading="Promised evidence", back=url_for("evidence.promises"))


@blueprint.route("/evidence/promises/<int:number>", methods=["GET", "POST"])
@access(*READERS)
def promise(number: int) -> ResponseReturnValue:
    """One promise; whoever keeps it says where it is shown, or why it is given up."""
    found = queries.promise(number) or abort(404)
    shown, given_up = ShownForm(), GiveUpForm()
    keeps = current_user.has(*KEEPERS) and found.status is PromiseStatus.OPEN
    form: ShownForm | GiveUpForm = given_up if request.form.get("act") == "give_up" else shown
    if request.method == "POST" and not current_user.has(*KEEPERS):
        abort(403)
    if form.validate_on_submit():
        try:
            if form is shown:
                services.show(promise_id=found.id, shown_in=shown.shown_in.data, by_id=current_user.person_id, now=clock.now())
            else:
                services.give_up(promise_id=found.id, reason=given_up.reason.data, by_id=current_user.person_id, now=clock.now())
        except Refused as no:
            form.refuse(no)
        else:
            flash("The promise is kept: it is shown." if form is shown else "The promise is given up, with the reason.")
            return redirect(url_for("evidence.promises"))
    return render_template("evidence/promise.html", promise=found, tag=_tag(found), form=form, shown=shown, given_up=given_up, keeps=keeps)


def _tag(found: Promise) -> tuple[str, str]:
    return tag(found.status, found.due_on, clock.london_date(clock.now()))
