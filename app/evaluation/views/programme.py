"""What the answers to a course, or to the whole programme, say together: change, what was kept, who did not answer, courses beside each other."""

from collections.abc import Callable
from datetime import date, datetime, time
from functools import cache
from typing import Any

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from app.accounts.access import access
from app.catalogue.rules import Format
from app.core import clock
from app.core.errors import Refused
from app.core.london import YEARS, from_london
from app.evaluation.forms import ReadingForm
from app.evaluation.queries import kept, of_programme
from app.evaluation.rules import figures as rules
from app.evaluation.rules.answered import FOLLOW_UP_SETTLED, Answers, Scope, choosable_sectors
from app.evaluation.rules.asked import OF_PRACTICE, AllChosen, OfQuestion, by_stage
from app.evaluation.rules.detail import detail
from app.evaluation.rules.funnel_chart import drawn
from app.evaluation.rules.showing import caveats, ceiling, spoken
from app.evaluation.rules.stages import KNOWLEDGE, Stage
from app.evaluation.views import blueprint
from app.evaluation.views.own import READERS

ByStage = dict[Stage, list[OfQuestion]]


@blueprint.route("/desk/courses/<code>/answers")
@access(*READERS)
def course_answers(code: str) -> ResponseReturnValue:
    """A course in one year or in all."""
    course = of_programme.course(code) or abort(404)
    now, form = clock.now(), ReadingForm(request.args)
    form.offer(of_programme.years(), _formats(), [])
    try:
        scope = _scope(form, course.id)
        found, asked = _kept(scope, now, lambda: of_programme.answers(course_id=course.id), lambda: of_programme.chosen(course_id=course.id))
    except Refused as no:
        return render_template("evaluation/programme.html", form=form, course=course, refused=str(no), figures=None)
    return _page(form, found, asked, may_come=_may_come(scope, now), course=course, courses={})


@blueprint.route("/desk/answers")
@access(*READERS)
def programme_answers() -> ResponseReturnValue:
    """All courses in one year or in all."""
    now, form = clock.now(), ReadingForm(request.args)
    form.offer(of_programme.years(), _formats(), [])
    page: dict[str, Any] = {"course": None, "courses": of_programme.courses()}
    try:
        scope = _scope(form, None)
        answers = cache(lambda: of_programme.answers(year=scope.year))
        groups = _sectors(scope, now, answers)
        form.offer(of_programme.years(), _formats(), [("|".join(names), _called(names)) for names in groups])
        scope = Scope(year=scope.year, form=scope.form, sectors=_chosen_sectors(form, groups, scope))
        scope.check()
        found, asked = _kept(scope, now, answers, lambda: of_programme.chosen(year=scope.year, codes=OF_PRACTICE))
    except Refused as no:
        return render_template("evaluation/programme.html", form=form, refused=str(no), figures=None, **page)
    return _page(form, found, asked, may_come=_may_come(scope, now), **page)


def _kept(scope: Scope, now: datetime, answers: Callable[[], Answers], chosen: Callable[[], AllChosen]) -> tuple[rules.Figures, ByStage]:
    def make() -> tuple[rules.Figures, ByStage]:
        found = answers()
        return rules.figures(found, scope, now), by_stage(found, chosen(), scope, now)

    return kept.kept(("answers", scope), _mark(now), make)


def _mark(now: datetime) -> Any:
    """What a page is made of: the data, and the hour, as questions close with time."""
    return kept.mark_of_answers(), now.replace(minute=0, second=0, microsecond=0)


def _sectors(scope: Scope, now: datetime, answers: Callable[[], Answers]) -> list[tuple[str, ...]]:
    """The sectors that may be chosen beside what is chosen already."""
    year = scope.year
    if year is None or scope.form is not None:
        return []
    return kept.kept(("sectors", year), _mark(now), lambda: choosable_sectors(answers(), year, now))


def _scope(form: ReadingForm, course_id: int | None) -> Scope:
    """What is asked for, without the sector.

    Raises:
        Refused: there is no such page, and what to choose instead.
    """
    year = _year(form)
    held = form.format.data or ""
    if held and held not in {one.value for one in Format}:
        raise Refused("There is no such way of holding a session. Choose one from the list.")
    return Scope(course=course_id, year=year, form=held or None)


def _year(form: ReadingForm) -> int | None:
    """The year that is meant; `from` and `to` in the address may name it by its days."""
    first, last = request.args.get("from", ""), request.args.get("to", "")
    if first or last:
        try:
            days = date.fromisoformat(first), date.fromisoformat(last)
        except ValueError:
            raise Refused("Write both days like 2024-01-01, or choose a year from the list.") from None
        if days != (date(days[0].year, 1, 1), date(days[0].year, 12, 31)):
            raise Refused("Answers can be read for whole years from January to December only. With any days, two pages taken from each other "
                          "could single people out. Choose a year from the list.")
        form.year.data = str(days[0].year)
    given = form.year.data or ""
    if given and not (given.isascii() and given.isdigit() and len(given) == 4 and int(given) in YEARS):
        raise Refused("There is no such year. Choose one from the list.")
    return int(given) if given else None


def _chosen_sectors(form: ReadingForm, groups: list[tuple[str, ...]], scope: Scope) -> tuple[str, ...]:
    given = form.sector.data or ""
    if not given:
        return ()
    wanted = tuple(given.split("|"))
    Scope(year=scope.year, form=scope.form, sectors=wanted).check()
    if wanted not in groups:
        raise Refused("This sector cannot be looked at alone: with so few answers, or with so few others beside them, people could be "
                      "singled out. Choose one from the list, or all.")
    return wanted


def _called(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{len(names)} smaller sectors together"


def _formats() -> list[tuple[str, str]]:
    return [(one.value, one.label) for one in Format]


def _may_come(scope: Scope, now: datetime) -> bool:
    """Whether somebody may still be asked months later about a session of these."""
    return scope.year is None or now < from_london(date(scope.year + 1, 1, 1), time()) + FOLLOW_UP_SETTLED


def _page(form: ReadingForm, found: rules.Figures, asked: ByStage, *, may_come: bool, **page: Any) -> str:
    change = found.change
    points = {int(point.course): point for point in found.funnel.points} if found.funnel else {}
    return render_template(
        "evaluation/programme.html", form=form, refused="", figures=found, asked=asked, Stage=Stage, change=change,
        spoken=spoken(change), knowledge=KNOWLEDGE, called=_called, may_come=may_come,
        before=[sum(row) for row in change["transition"]], after=[sum(row[rating] for row in change["transition"]) for rating in range(5)],
        ceiling=ceiling(change), detail=detail(change, found.people), chart=drawn(found.funnel) if found.funnel else None,
        listed=[(course, points[number]) for number, course in page["courses"].items() if number in points],
        caveats=caveats(change, sessions=found.sessions, came=found.silence.came, answered=found.silence.answered,
                        shift=bool(found.shift and found.shift["then_lower"])), **page,
    )
