"""What somebody says of themselves: where they work, as what, at which level, under whom, and in which language they would like letters."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts import queries, services
from app.accounts.access import EVERY_ROLE, access
from app.accounts.forms import DetailsForm, affiliation_as_typed
from app.accounts.models import Affiliation
from app.accounts.views.signing_in import blueprint, safe
from app.core import clock
from app.core.errors import Refused
from app.mail.rules.languages import Language
from app.ui.widgets import choices

__all__ = ["blueprint", "my_details"]


@blueprint.route("/my-details", methods=["GET", "POST"])
@access(*EVERY_ROLE)
def my_details() -> ResponseReturnValue:
    """Change where one works and what goes with it; it counts from today, and afterwards leads back."""
    me = queries.person(current_user.person_id) or abort(404)
    at = me.affiliation
    language = {"language": me.language.value}
    form = DetailsForm(data=affiliation_as_typed(at) | language)
    form.agency_id.choices = choices([(0, "Somewhere else, or nowhere at present"), *_agencies(at)])
    form.partnership_id.choices = choices([(0, "I do not know"), *queries.partnership_choices()])
    back = safe(request.args.get("next"), url_for("home.my_training"))
    unchanged = form.is_unchanged(affiliation_as_typed(at) | language)
    if form.validate_on_submit() and unchanged:
        try:
            services.say_where_somebody_works(
                person_id=current_user.person_id, agency_id=form.agency_id.data or None, job_title=form.job_title.data, now=clock.now(),
                partnership_id=form.partnership_id.data or None, manager_email=form.manager_email.data, level=form.level.data, oneself=True,
                check=lambda held: form.check(affiliation_as_typed(held) | language),
            )
        except Refused as no:
            form.refuse(no, "agency_id")
        else:
            services.say_language(person_id=current_user.person_id, language=Language(form.language.data))
            flash("Your details are saved. They count from today.")
            return redirect(back)
    return render_template("accounts/my_details.html", form=form, back=back)


def _agencies(at: Affiliation | None) -> list[tuple[int, str]]:
    """What can be chosen: the agencies of today, and the person's own even if it has ended."""
    today = queries.agency_choices()
    if at is None or at.agency is None or at.agency_id in dict(today):
        return today
    return [(at.agency.id, at.agency.name), *today]
