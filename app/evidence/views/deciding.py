"""Acts on an example that have a page of their own: leaving it out, a consent that is withdrawn, where it was printed."""

from datetime import date
from urllib.parse import urlencode

from flask import abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.access import access
from app.accounts.rules import Role
from app.core import clock
from app.core.periods import Period
from app.evidence.forms import LeaveOutForm, PrintedForm, PrintedTogetherForm, WithdrawForm
from app.evidence.models import Example
from app.evidence.queries import approved_quotes
from app.evidence.queries import examples as queries
from app.evidence.queries.access import scope_of
from app.evidence.services import deciding
from app.evidence.views import blueprint, choosing
from app.ui.filters import count
from app.ui.widgets import choices


def _example(number: int) -> Example:
    return queries.example(scope_of(current_user), number) or abort(404)


@blueprint.route("/evidence/<int:number>/leave-out", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def leave_out(number: int) -> ResponseReturnValue:
    """Say why it is not used, then set it aside."""
    found, form, back = _example(number), LeaveOutForm(), url_for("evidence.example", number=number)
    done = choosing.acted(form, lambda: deciding.leave_out(
        example_id=found.id, reason=form.reason.data, by_id=current_user.person_id, now=clock.now()), "It is not used.", back)
    return done or choosing.act_page(
        form, heading="Do not use this example?", over=f"Example of practice {number}", button="Do not use it", back=back,
        lines=["No new report uses it. Where it was printed stays listed, and it can be opened again."],
    )


@blueprint.route("/evidence/<int:number>/withdraw", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def withdraw(number: int) -> ResponseReturnValue:
    """Note that the person does not agree any more, and what that means."""
    found, form, back = _example(number), WithdrawForm(), url_for("evidence.example", number=number)
    done = choosing.acted(form, lambda: deciding.withdraw(
        example_id=found.id, reason=form.reason.data, by_id=current_user.person_id, now=clock.now()), "The consent is withdrawn.", back)
    used = f"It was printed in {count(len(found.uses), 'report')}, which stay{'s' if len(found.uses) == 1 else ''} listed here." if found.uses \
        else "It was not printed anywhere."
    return done or choosing.act_page(
        form, heading="Has the consent been withdrawn?", over=f"Example of practice {number}", button="The consent is withdrawn", back=back,
        kind="warning", lines=["It goes from every draft at once, and what was written is deleted. That cannot be undone.", used],
    )


@blueprint.route("/evidence/<int:number>/printed", methods=["GET", "POST"])
@access(Role.COORDINATOR, Role.REPORT_AUTHOR)
def printed(number: int) -> ResponseReturnValue:
    """Note where an approved wording came out."""
    found, form, back = _example(number), PrintedForm(), url_for("evidence.example", number=number)
    done = choosing.acted(form, lambda: deciding.note_printed(
        example_id=found.id, printed_in=form.printed_in.data, used_on=form.used_on.data, by_id=current_user.person_id, now=clock.now()),
        "It is noted where it was printed.", back)
    return done or choosing.act_page(
        form, heading="Where was it printed?", over=f"Example of practice {number}", button="Note it", back=back,
        lines=["The words are kept as they are now, so that whoever withdraws a consent can be told where it stands."],
    )


@blueprint.route("/evidence/printed", methods=["GET", "POST"])
@access(Role.COORDINATOR, Role.REPORT_AUTHOR)
def printed_together() -> ResponseReturnValue:
    """Note which quotes of a period stand in a report that came out; ticked are all that it could have."""
    try:
        period = Period(date.fromisoformat(request.args["from"]), date.fromisoformat(request.args["to"]))
    except (KeyError, ValueError):
        abort(404)
    today, form = clock.london_date(clock.now()), PrintedTogetherForm()
    quotes = approved_quotes(period, today=today)
    form.quotes.choices = choices([(one.example_id, f"“{one.wording}” {one.signed}") for one in quotes])
    if not form.is_submitted():
        form.quotes.data = [one.example_id for one in quotes]
        form.quotes.process_data(form.quotes.data)
        form.printed_in.data, form.used_on.data = f"Annual report {period.label}", today
    back = f"{url_for('reporting.annual')}?{urlencode({'from': period.first, 'to': period.last})}"
    done = choosing.acted(form, lambda: deciding.note_printed_together(
        example_ids=form.quotes.data, printed_in=form.printed_in.data, used_on=form.used_on.data, by_id=current_user.person_id, now=clock.now()),
        "It is noted where these quotes were printed.", back)
    lines = ["Press this once when the report has come out. Untick what was taken out of it.",
             "The words are kept as they are now, so that whoever withdraws a consent can be told where it stands."]
    return done or choosing.act_page(
        form, heading="Which quotes were printed?", over=f"Examples of practice, {period.dates}", back=back, button="Note it" if quotes else "",
        lines=lines if quotes else ["No quote of this period may be printed, so there is nothing to note."])
