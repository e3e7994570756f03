"""Missed sessions and charges: lists with filters, taking several back at once with a reason, and tables for a spreadsheet and an invoice run."""

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts import queries as people
from app.accounts.access import access
from app.accounts.rules import Role
from app.booking import services
from app.booking.forms.desk import ActForm
from app.booking.forms.ledger import ChargeFilterForm, LedgerFilterForm, WaiveForm
from app.booking.models import Booking
from app.booking.queries import desk_policies, ledger
from app.booking.rules.charges import money
from app.booking.rules.policy import Standing
from app.booking.views import blueprint
from app.core import clock, spreadsheets
from app.core.errors import Refused
from app.ui import inputs
from app.ui.addresses import pages, same_page
from app.ui.filters import count, short_date
from app.ui.widgets import Form

FILTERS = ("first", "last", "agency", "course", "q", "state", "kind")
MEANS = {Standing.CLEAR: "", Standing.NOTE: "a note is made", Standing.ASK_COORDINATOR: "their next request comes to you"}


def _filters(kind: type[LedgerFilterForm]) -> LedgerFilterForm:
    form = kind(request.args)
    form.offer(people.agency_choices(), ledger.courses())
    form.validate()
    return form


@blueprint.route("/desk/no-shows", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def no_shows() -> ResponseReturnValue:
    """Missed sessions; chosen ones can be let not count."""
    filters, form = _filters(LedgerFilterForm), WaiveForm()
    if form.validate_on_submit() and _waived(form, lambda: services.waive_strikes(
            booking_ids=form.rows.data, reason=form.reason.data, by=current_user.name, now=clock.now()), "missed session does", "missed sessions do",
            "not count any more."):
        return redirect(same_page(*FILTERS))
    page, rows, counting = ledger.missed(filters.wanted(), request.args.get("page", type=int), clock.now())
    return render_template("booking/no_shows.html", filters=filters, form=form, page=page, rows=rows, counting=counting, means=MEANS,
                           page_link=pages(*FILTERS), csv=url_for("booking.no_shows_csv", **_carried()))


def _waived(form: Form, act: object, one: str, many: str, said: str) -> bool:
    try:
        number = act()  # type: ignore[operator]
    except Refused as no:
        form.refuse(no)
        return False
    flash(f"{count(number, one, many)} {said}")
    return True


def _carried() -> dict[str, str]:
    return {name: value for name in FILTERS if (value := request.args.get(name))}


@blueprint.route("/desk/no-shows.csv")
@access(Role.COORDINATOR)
def no_shows_csv() -> ResponseReturnValue:
    """The missed sessions that fit, for a spreadsheet."""
    rows = ledger.all_missed(_filters(LedgerFilterForm).wanted(), clock.now())
    header = ("session", "course", "day", "first_name", "last_name", "email", "agency", "said", "missed_in_window", "does_not_count_because", "by")
    table = spreadsheets.as_csv(header, (
        (*_session(row.booking), *_who(row.booking), row.booking.reason, row.strikes, *(row.why_not or (None, None)))
        for row in rows
    ))
    return Response(table, headers=spreadsheets.attachment("no-shows.csv"))


def _session(booking: Booking) -> tuple[object, ...]:
    return booking.course_session.ref, booking.course_session.title, booking.course_session.last_day.isoformat()


def _who(booking: Booking) -> tuple[object, ...]:
    return booking.person.first_name, booking.person.last_name, booking.person.email, booking.agency.name if booking.agency else None


@blueprint.route("/desk/charges", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def charges() -> ResponseReturnValue:
    """The ledger; chosen charges can be waived, and what is due goes into an invoice run."""
    filters, form = _filters(ChargeFilterForm), WaiveForm()
    if form.validate_on_submit() and _waived(form, lambda: services.waive_charges(
            charge_ids=form.rows.data, reason=form.reason.data, by=current_user.name, now=clock.now()), "charge is", "charges are", "waived."):
        return redirect(same_page(*FILTERS))
    wanted, now = filters.wanted(), clock.now()
    page, rows, totals = ledger.charges(wanted, request.args.get("page", type=int))
    saved, today = desk_policies.policies(), clock.london_date(now)
    areas = {one.partnership_id for one in saved} | {None}
    return render_template(
        "booking/charges.html", filters=filters, form=form, page=page, rows=rows, totals=totals, money=money, states=ledger.STATES,
        due=len(ledger.due_for_export(wanted)), runs=ledger.runs(), page_link=pages(*FILTERS), carried=_carried(),
        on=any(desk_policies.in_force(saved, area, today).charges for area in areas),
    )


@blueprint.route("/desk/charges/export", methods=["POST"])
@access(Role.COORDINATOR)
def export_charges() -> ResponseReturnValue:
    """Put what is due into an invoice run. The file can be taken as often as needed afterwards."""
    form, now = ActForm(), clock.now()
    due = ledger.due_for_export(_filters(ChargeFilterForm).wanted())
    if not form.validate_on_submit() or not due:
        flash("Nothing is due: there is no open charge among those that are shown.", "warn")
    else:
        services.mark_exported(charge_ids=due, now=now)
        flash(f"{count(len(due), 'line')} went into the invoice run of {short_date(now)}. Take its file below.")
    return redirect(url_for("booking.charges", **_carried()))


@blueprint.route("/desk/charges/run.csv")
@access(Role.COORDINATOR)
def charges_csv() -> ResponseReturnValue:
    """The lines of one invoice run, for a spreadsheet; waivers of earlier charges are negative."""
    try:
        exported_at = inputs.moment(request.args.get("at", ""))
    except ValueError:
        abort(404)
    rows = ledger.exported_at(exported_at) or abort(404)
    header = ("line", "waives_line", "day", "kind", "pounds", "first_name", "last_name", "email", "agency", "session", "course", "session_day",
              "booking", "reason", "by")
    table = spreadsheets.as_csv(header, (
        (row.id, row.waives_id, clock.london_date(row.at).isoformat(), row.kind.value, _pounds(row.pence), *_who(row.booking), *_session(row.booking),
         row.booking.ref, row.reason, row.by) for row in rows
    ))
    return Response(table, headers=spreadsheets.attachment(f"charges-{exported_at:%Y-%m-%d-%H%M}.csv"))


def _pounds(pence: int) -> float:
    """Pounds as a number, so that a spreadsheet adds them up."""
    return pence / 100
