"""The annual report as a page and as files, and the rows behind its figures."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.access import access
from app.accounts.rules import Role
from app.core import clock
from app.core.errors import Refused
from app.core.periods import Period
from app.evaluation.rules.answered import SETTLED
from app.reporting import queries
from app.reporting.forms import ReportForm, written
from app.reporting.queries import rows as row_queries
from app.reporting.renderers import RENDERERS
from app.reporting.renderers.as_html import kind
from app.reporting.reports import annual as annual_report
from app.reporting.reports.annual_document import annual_document
from app.reporting.rules import periods, publishing
from app.reporting.rules.counting import Audience
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


@dataclass(frozen=True)
class Wanted:
    """A report that can be made: of which period, of whose people, for whom, and with which answers."""

    period: Period
    partnership: str | None
    audience: Audience
    told: publishing.Answers

    def figures(self) -> dict[str, Any]:
        """Its figures.

        Raises:
            Refused: there is no such partnership.
        """
        return annual_report.figures(period=self.period, partnership_code=self.partnership, audience=self.audience, now=clock.now(), told=self.told)

    @property
    def address(self) -> dict[str, str]:
        """How an address names it."""
        return {"from": self.period.first.isoformat(), "to": self.period.last.isoformat(), "partnership": self.partnership or "",
                "audience": self.audience.value}


def _form() -> tuple[ReportForm, Wanted | None]:
    """The pickers as they were sent, and the report that is meant; none when there is no such report.

    Unless a period is picked it is the latest year that is over and in which something was delivered.
    """
    today = clock.london_date(clock.now())
    inside = current_user.has(*INSIDE)
    first, last = queries.first_delivered() or today, queries.last_delivered() or today
    over = today if inside else today - SETTLED
    otherwise = periods.calendar_year(queries.last_delivered(before=over.replace(month=1, day=1)) or last)
    form = ReportForm(request.args)
    form.offer(periods.on_record(first, last) if inside else publishing.years(first, last, today),
               [(one.code, one.name) for one in queries.partnerships()])
    rounds = current_app.extensions["settings"].report_rounded
    form.read_as(Audience.ROUNDED if rounds else Audience.PUBLICATION, published_only=not inside)
    if not form.period.data:
        form.period.data = written(otherwise)
    period = form.chosen_period()
    audience = form.chosen_audience(period, today) if period else None
    if period is None or audience is None:
        return form, None
    return form, Wanted(period, form.partnership.data or None, audience, publishing.answers_told(period, today))


@blueprint.route("/reports/annual")
@access(*READERS)
def annual() -> ResponseReturnValue:
    """The report with its pickers, and its files."""
    form, wanted = _form()
    if wanted is None:
        return render_template("reporting/annual.html", form=form, document=None)
    try:
        figures = wanted.figures()
    except Refused as no:
        form.refuse(no, "partnership")
        return render_template("reporting/annual.html", form=form, document=None)
    chosen = wanted.address
    return render_template(
        "reporting/annual.html", form=form, kind=kind,
        document=annual_document(figures, organisation=current_app.extensions["settings"].organisation),
        files={name: url_for("reporting.download", form=name, **chosen) for name in ("docx", "html", "csv", "json")},
        printed=_printed(wanted.period) if figures["practice"]["quotes"] else None,
        rows_link=(lambda name: url_for("reporting.rows", figure=name, **chosen)) if current_user.has(Role.COORDINATOR) else None,
    )


def _printed(period: Period) -> str | None:
    """Where somebody who writes reports notes that one has come out; opening or keeping a report notes nothing."""
    if not current_user.has(*INSIDE):
        return None
    return url_for("evidence.printed_together", **{"from": period.first.isoformat(), "to": period.last.isoformat()})


@blueprint.route("/reports/annual.<any(docx, html, csv, json):form>")
@access(*READERS)
def download(form: str) -> ResponseReturnValue:
    """The report as a file."""
    pickers, wanted = _form()
    if wanted is not None and wanted.audience is Audience.INTERNAL and request.args.get("audience") != Audience.INTERNAL.value:
        pickers.refuse_unasked(wanted.period, clock.london_date(clock.now()))
        wanted = None
    if wanted is None:
        return _no_such_file(pickers)
    try:
        content = RENDERERS[form](wanted.figures())
    except Refused as no:
        pickers.refuse(no, "partnership")
        return _no_such_file(pickers)
    name = f"training-{wanted.period.first}-to-{wanted.period.last}.{form}"
    return content, 200, {
        "Content-Type": TYPES[form], "Content-Disposition": f'attachment; filename="{name}"', "Content-Security-Policy": "sandbox",
    }


def _no_such_file(form: ReportForm) -> ResponseReturnValue:
    """The page with the pickers: why there is no such file, and what to choose instead."""
    return render_template("reporting/annual.html", form=form, document=None), 404


@blueprint.route("/reports/annual/rows/<figure>")
@access(Role.COORDINATOR)
def rows(figure: str) -> ResponseReturnValue:
    """What a figure is made of, row by row."""
    _pickers, wanted = _form()
    if wanted is None or figure not in row_queries.TITLES:
        abort(404)
    areas = {one.code: one.id for one in queries.partnerships()}
    if wanted.partnership and wanted.partnership not in areas:
        abort(404)
    area = areas.get(wanted.partnership or "")
    page, head, found = row_queries.rows(figure, wanted.period, area, request.args.get("page", type=int))
    return render_template("reporting/rows.html", title=row_queries.TITLES[figure], page=page, head=head, rows=found, period=wanted.period,
                           back=url_for("reporting.annual", **wanted.address), page_link=pages(*ARGUMENTS))
