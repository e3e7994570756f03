"""The annual report as a page and as files, and the rows behind its figures."""

from typing import Any

from flask import Blueprint, abort, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.access import access
from app.accounts.rules import Role
from app.core import clock
from app.core.errors import Refused
from app.core.periods import Period
from app.reporting import queries
from app.reporting.forms import ReportForm, written
from app.reporting.queries import rows as row_queries
from app.reporting.renderers import RENDERERS
from app.reporting.renderers.as_html import kind
from app.reporting.reports import annual as annual_report
from app.reporting.reports.annual_document import annual_document
from app.reporting.rules import periods
from app.ui.addresses import pages

blueprint = Blueprint("reporting", __name__, template_folder="templates")

INSIDE = (Role.COORDINATOR, Role.REPORT_AUTHOR)
"""Who may see small numbers, and any period. Scrutineers read what is published."""
READERS = (*INSIDE, Role.SCRUTINEER)
ARGUMENTS = ("period", "partnership", "audience", "from", "to")
TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "csv": "text/csv; charset=utf-8",
    "json": "application/json", "html": "text/html; charset=utf-8",
}


def _form() -> tuple[ReportForm, Period | None]:
    """The pickers as they were sent, and the period that is meant; none when it cannot be.

    Unless a period is picked it is the latest year that is over and in which something was delivered.
    """
    today = clock.london_date(clock.now())
    first, last = queries.first_delivered() or today, queries.last_delivered() or today
    otherwise = periods.calendar_year(queries.last_delivered(before=today.replace(month=1, day=1)) or last)
    form = ReportForm(request.args)
    exact = current_user.has(*INSIDE)
    form.offer(periods.on_record(first, last) if exact else periods.calendar_years(first, last),
               [(one.code, one.name) for one in queries.partnerships()])
    if not exact:
        form.only_published()
    if not form.period.data:
        form.period.data = written(otherwise)
    return form, form.chosen_period()


def _figures(form: ReportForm, period: Period) -> dict[str, Any]:
    return annual_report.figures(
        period=period, partnership_code=form.partnership.data or None, audience=form.chosen_audience(), now=clock.now()
    )


@blueprint.route("/reports/annual")
@access(*READERS)
def annual() -> ResponseReturnValue:
    """The report with its pickers, and its files."""
    form, period = _form()
    if period is None:
        return render_template("reporting/annual.html", form=form, document=None)
    try:
        figures = _figures(form, period)
    except Refused as no:
        form.refuse(no, "partnership")
        return render_template("reporting/annual.html", form=form, document=None)
    chosen = _chosen(form, period)
    return render_template(
        "reporting/annual.html", form=form, kind=kind,
        document=annual_document(figures, organisation=current_app.extensions["settings"].organisation),
        files={name: url_for("reporting.download", form=name, **chosen) for name in ("docx", "html", "csv", "json")},
        printed=_printed(period) if figures["practice"]["quotes"] else None,
        rows_link=(lambda name: url_for("reporting.rows", figure=name, **chosen)) if current_user.has(Role.COORDINATOR) else None,
    )


def _printed(period: Period) -> str | None:
    """Where somebody who writes reports notes that one has come out; opening or keeping a report notes nothing."""
    if not current_user.has(*INSIDE):
        return None
    return url_for("evidence.printed_together", **{"from": period.first.isoformat(), "to": period.last.isoformat()})


def _chosen(form: ReportForm, period: Period) -> dict[str, str]:
    return {"from": period.first.isoformat(), "to": period.last.isoformat(), "partnership": form.partnership.data or "",
            "audience": form.chosen_audience().value}


@blueprint.route("/reports/annual.<any(docx, html, csv, json):form>")
@access(*READERS)
def download(form: str) -> ResponseReturnValue:
    """The report as a file."""
    pickers, period = _form()
    if period is None:
        abort(404)
    try:
        content = RENDERERS[form](_figures(pickers, period))
    except Refused:
        abort(404)
    name = f"training-{period.first}-to-{period.last}.{form}"
    return content, 200, {
        "Content-Type": TYPES[form], "Content-Disposition": f'attachment; filename="{name}"', "Content-Security-Policy": "sandbox",
    }


@blueprint.route("/reports/annual/rows/<figure>")
@access(Role.COORDINATOR)
def rows(figure: str) -> ResponseReturnValue:
    """What a figure is made of, row by row."""
    form, period = _form()
    if period is None or figure not in row_queries.TITLES:
        abort(404)
    areas = {one.code: one.id for one in queries.partnerships()}
    if form.partnership.data and form.partnership.data not in areas:
        abort(404)
    area = areas.get(form.partnership.data or "")
    page, head, found = row_queries.rows(figure, period, area, request.args.get("page", type=int))
    return render_template("reporting/rows.html", title=row_queries.TITLES[figure], page=page, head=head, rows=found, period=period,
                           back=url_for("reporting.annual", **_chosen(form, period)), page_link=pages(*ARGUMENTS))
