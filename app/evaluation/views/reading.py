"""What people said about a session, for its trainer and for coordinators, and the links with which they can say it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import current_app, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.access import access
from app.accounts.rules import Role
from app.attendance.rules import Outcome
from app.catalogue.models import CourseSession
from app.core import clock
from app.evaluation.queries import of_session, questionnaires, said
from app.evaluation.rules import links as link_rules
from app.evaluation.rules.absent import without_absent
from app.evaluation.rules.also import also
from app.evaluation.rules.beside import Beside, beside
from app.evaluation.rules.detail import detail
from app.evaluation.rules.showing import ENOUGH, FEWEST, caveats, spoken
from app.evaluation.rules.shown import Look, Shown, look, shown
from app.evaluation.rules.stages import AGREEMENT, KNOWLEDGE, NAMES, STATEMENTS, Mode, Stage
from app.evaluation.rules.statistics.paired import paired
from app.evaluation.rules.statistics.sessions import Clustered, clustered
from app.evaluation.rules.windows import LONG, PAPER_LATER, open_stages
from app.evaluation.views import blueprint
from app.evaluation.views.own import READERS, own_session


@blueprint.route("/my-sessions/<ref>/answers")
@access(Role.TRAINER, Role.COORDINATOR)
def answers(ref: str) -> ResponseReturnValue:
    """Totals and comments without names, from five answers on."""
    session = own_session(ref)
    now = clock.now()
    closes = session.ends_at + LONG
    team = current_user.has(*READERS)
    before = _of_enough(shown(of_session.sent(session.id, Stage.BEFORE), session.ends_at, now, team=team), session.id, Stage.BEFORE).responses
    after, gone = _afterwards(session.id, closes, now, team=team)
    responses, count = after.responses, len(after.responses)
    came = of_session.came(session.id)
    page = {"session": session, "came": came, "closes": closes, "open": now < closes, "team": team, "settled": closes + PAPER_LATER, "now": now,
            "gone": gone, "mine": current_user.has(Role.TRAINER), "anonymous": after.anonymous, "people": after.people,
            "few": of_session.could_answer(session.id, Stage.AFTER) < FEWEST, **_beforehand(before)}
    if not count:
        return render_template("evaluation/few.html", **page)
    numbers = of_session.numbers(responses)
    table = _table(session.id, after, look(closes, now, team=team))
    change = paired(table, only_after=count - sum(map(sum, table)))
    course, since = _course_so_far(session, table, now)
    return render_template(
        "evaluation/answers.html", answered=count, change=change, spoken=spoken(change), before=[sum(row) for row in table],
        after=[sum(row[rating] for row in table) for rating in range(5)], knowledge=KNOWLEDGE, agreement=AGREEMENT,
        statements=[(text, [numbers.get(code, {}).get(number, 0) for number in AGREEMENT]) for code, text in STATEMENTS.items()],
        comments=said.comments(responses), will_do=said.one_things(responses), until=said.answered_until(responses), course=course, since=since,
        caveats=caveats(change, sessions=1, came=came or 0, answered=count if now < closes else after.people),
        detail=detail(change, _alone(table)), fewest=FEWEST, enough=ENOUGH, also=also(said.chosen(responses)), **page,
    )


def _afterwards(session_id: int, closes: datetime, now: datetime, *, team: bool) -> tuple[Shown, int]:
    """Which answers after the session are shown, and how many people are taken out because some of them were absent (see `rules.absent`)."""
    if team and look(closes, now, team=team).settled:
        found = shown(of_session.sent(session_id, Stage.AFTER, without_absent=True), closes, now, team=team)
        return _of_enough(found, session_id, Stage.AFTER), 0
    found = _of_enough(shown(of_session.sent(session_id, Stage.AFTER), closes, now, team=team), session_id, Stage.AFTER)
    return without_absent(found, of_session.of_absent(session_id, Stage.AFTER), team=team)


def _of_enough(found: Shown, session_id: int, stage: Stage) -> Shown:
    """What is shown, if enough people can have said it: anonymous answers may be more than people, as nobody knows who answered twice."""
    few = found.anonymous and of_session.could_answer(session_id, stage) < FEWEST
    return replace(found, responses=[]) if few else found


def _table(session_id: int, after: Shown, at: Look) -> list[list[int]]:
    """Before by after of as many people as are shown in their change."""
    rated = of_session.pairs(session_id, {*after.responses, *after.everybody}, after.until)
    there = [rated[number] for number in after.responses if number in rated]
    both = [number in rated for number in after.everybody]
    return of_session.as_table(there[:at.count_pairs(len(there), sum(both), sum(both[:after.in_time]), anonymous=after.anonymous)])


def _beforehand(responses: Sequence[int]) -> dict[str, Any]:
    """What was answered before the session, besides the rating: a trainer prepares with it."""
    return {"asked_before": len(responses), "also_before": also(said.chosen(responses)), "wrote_before": said.comments(responses)}


def _course_so_far(session: CourseSession, table: list[list[int]], now: datetime) -> tuple[Beside | None, datetime | None]:
    """The session beside its course, and when the first of those sessions was."""
    others = said.other_sessions(session.course_id, session.id, now)
    return beside(table, [one.table for one in others]), min((one.starts_at for one in others), default=None)


def _alone(table: list[list[int]]) -> Clustered:
    changes = {k: sum(table[b][b + k] for b in range(5) if 0 <= b + k < 5) for k in range(-4, 5)}
    return clustered({0: changes})


@blueprint.route("/desk/sessions/<ref>/questions")
@access(Role.TRAINER, Role.COORDINATOR)
def links(ref: str) -> ResponseReturnValue:
    """A link for each person with which they answer without signing in."""
    session = own_session(ref)
    now = clock.now()
    people = of_session.people_to_ask(session.id)
    weeks = questionnaires.weeks_of([session.id])[session.id]
    stages = open_stages(session.starts_at, session.ends_at, Outcome.ATTENDED, now, weeks)
    # a link of one person for anonymous questions would tell whoever opens it that they have answered
    anonymous = [stage for stage in stages if questionnaires.mode_of(session.id, session.course_id, stage) is Mode.ANONYMOUS]
    stages = [stage for stage in stages if stage not in anonymous]
    rows: list[Any] = [(booking, [(stage, _address(booking.id, stage)) for stage in stages]) for booking in people]
    return render_template("evaluation/links.html", session=session, rows=rows, stages=stages, anonymous=anonymous,
                           opens=_next_opening(session, now), names=NAMES,
                           after=Stage.AFTER, early=now >= session.starts_at)


def _address(booking_id: int, stage: Stage) -> str:
    return url_for("evaluation.from_link", token=link_rules.token(current_app.config["SECRET_KEY"], booking_id, stage), _external=True)


def _next_opening(session: CourseSession, now: datetime) -> bool:
    """Whether the questions are over for good."""
    return now < session.ends_at + LONG
