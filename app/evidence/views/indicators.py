"""Agencies' indicators: their list, one as a run chart beside the training, its figures typed or from a file."""

from dataclasses import dataclass
from datetime import date, timedelta

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.access import access
from app.accounts.rules import Role
from app.core import clock
from app.core.errors import Refused
from app.evidence.forms import IndicatorForm, MonthForm, MonthsFileForm
from app.evidence.models import Indicator
from app.evidence.queries import indicators as queries
from app.evidence.queries.access import READERS, Scope, scope_of
from app.evidence.rules import reading
from app.evidence.rules.keeping import months_later
from app.evidence.rules.months_file import BadMonths, Month, read_months
from app.evidence.rules.run_charts import Point, run_chart
from app.evidence.rules.small_months import Months, put_together
from app.evidence.rules.words import STRONGEST_FIRST, Direction
from app.evidence.services import indicators as services
from app.evidence.views import blueprint, choosing
from app.ui.addresses import pages

KEEPERS = (Role.COORDINATOR, Role.AGENCY_LEAD)


@dataclass(frozen=True)
class Shown:
    """An indicator's months as the viewer may see them."""

    months: list[Months]
    whole: bool

    @property
    def withheld(self) -> bool:
        """Whether there are months of which nothing may be shown."""
        return not self.whole and not self.months


def _shown(indicator: Indicator, scope: Scope, reach: dict[date, int]) -> Shown:
    """Every month for those whose figures they are, and else months put together until none is small; not by how many came to training in them,
    as those who see no attendances would learn from it where few did."""
    figures = {one.month: (one.count, one.base) for one in indicator.months}
    if scope.sees_every_month(indicator) or not figures:
        return Shown(reading.all_months(figures, reach if scope.internal else {}), whole=True)
    return Shown(put_together(reading.all_months(reading.before_a_gap(figures), {})), whole=False)


@blueprint.route("/evidence/indicators")
@access(*READERS)
def indicators() -> ResponseReturnValue:
    """The indicators that the viewer may see, each in a sentence."""
    scope = scope_of(current_user)
    page, found = queries.indicators(scope, request.args.get("page", type=int))
    rows = [(one, _shown(one, scope, {})) for one in found]
    return render_template(
        "evidence/indicators.html", page=page, page_link=pages(), may_add=current_user.has(*KEEPERS),
        rows=[(one, shown, reading.counted(shown.months, one.base_of, one.counted) if shown.months else "") for one, shown in rows],
    )


@blueprint.route("/evidence/indicators/<int:number>")
@access(*READERS)
def indicator(number: int) -> ResponseReturnValue:
    """One indicator: the sentence, the chart with its limits, the training beside it, the story and what else could explain it."""
    scope = scope_of(current_user)
    found = queries.indicator(scope, number) or abort(404)
    own = found.months
    reach = queries.reach(found.priority_id, own[0].month, months_later(own[-1].month, 1) - timedelta(days=1)) if own else {}
    shown = _shown(found, scope, reach)
    chart = run_chart([Point(month.label, month.count, month.base) for month in shown.months])
    known = sum(1 for month in shown.months if month.base)
    # outside, attendances by month and priority would tell what the published report withholds of them; without a priority nobody can count them
    reaches = [month.reach if scope.internal and found.priority_id is not None else None for month in shown.months]
    came = sum(month.reach for month in shown.months) if shown.months and None not in reaches else None
    return render_template(
        "evidence/indicator.html", indicator=found, shown=shown, chart=chart, reaches=reaches, keeps=scope.keeps(found), in_100=reading.in_100,
        counted=reading.counted(shown.months, found.base_of, found.counted) if shown.months else "", ladder=_ladder(found, scope),
        patterns=reading.patterns(chart, known, reading.called(shown.months)),
        beside=reading.beside(came, found.priority.name if found.priority else None, chart["signals"]),
    )


def _ladder(found: Indicator, scope: Scope) -> list[tuple[str, list[int]]]:
    """The rungs of what was told about practice on the priority, the strongest first: how many for the training, against it and both. Inside only:
    beside the quotes that all may read, they would tell how many must not be quoted."""
    if found.priority_id is None or not scope.internal:
        return []
    counts = queries.ladder(found.priority_id)
    return [(rung.label, [counts.get(rung, {}).get(direction, 0) for direction in Direction]) for rung in STRONGEST_FIRST]


@blueprint.route("/evidence/indicators/new", methods=["GET", "POST"])
@access(*KEEPERS)
def new_indicator() -> ResponseReturnValue:
    """Say what is counted."""
    scope, form = scope_of(current_user), IndicatorForm()
    return _form(scope, form, None)


@blueprint.route("/evidence/indicators/<int:number>/change", methods=["GET", "POST"])
@access(*KEEPERS)
def change_indicator(number: int) -> ResponseReturnValue:
    """Change what is counted, the story, and what else could explain it."""
    scope = scope_of(current_user)
    found = _kept_by(scope, number)
    form = IndicatorForm(data={"title": found.title, "base_of": found.base_of, "counted": found.counted, "agency": found.agency_id or 0,
                               "priority": found.priority_id or 0, "story": found.story, "others": found.others})
    return _form(scope, form, found)


def _form(scope: Scope, form: IndicatorForm, found: Indicator | None) -> ResponseReturnValue:
    form.agency.choices, form.priority.choices = choosing.agencies(scope), choosing.priorities()
    if form.validate_on_submit():
        try:
            kept = services.save(indicator_id=found.id if found else None, facts=form.facts(), by_id=current_user.person_id)
        except Refused as no:
            form.refuse(no, "story")
        else:
            flash("The indicator is saved.")
            return redirect(url_for("evidence.indicator", number=kept.id))
    back = url_for("evidence.indicator", number=found.id) if found else url_for("evidence.indicators")
    return render_template("ui/record.html", form=form, heading="Indicator", back=back)


def _kept_by(scope: Scope, number: int) -> Indicator:
    found = queries.indicator(scope, number)
    if found is None or not scope.keeps(found):
        abort(404)
    return found


@blueprint.route("/evidence/indicators/<int:number>/months", methods=["GET", "POST"])
@access(*KEEPERS)
def months(number: int) -> ResponseReturnValue:
    """The figures of an indicator: one month typed, or many from a file, all or none."""
    found = _kept_by(scope_of(current_user), number)
    typed, file, problems = MonthForm(), MonthsFileForm(), []
    typed.this_month = clock.london_date(clock.now()).replace(day=1)
    form = file if request.method == "POST" and "file" in request.files else typed
    if form.validate_on_submit():
        try:
            given = _from_file(file, typed.this_month) if form is file else [typed.typed()]
            taken = services.take_months(indicator_id=found.id, months=given, by_id=current_user.person_id, now=clock.now())
        except BadMonths as bad:
            problems = bad.problems
        except Refused as no:
            form.refuse(no, "file" if form is file else "count")
        else:
            flash(taken.sentence)
            return redirect(url_for("evidence.months", number=number))
    return render_template("evidence/months.html", indicator=found, form=form, typed=typed, file=file, problems=problems)


def _from_file(form: MonthsFileForm, this_month: date) -> list[Month]:
    given = form.file.data
    if not getattr(given, "filename", ""):
        raise Refused("Choose the CSV file with the months.")
    return read_months(given.filename, given.read(), this_month=this_month)
