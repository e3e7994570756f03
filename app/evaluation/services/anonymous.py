"""Anonymous answers, kept so that nothing in the tables links an answer and a person.

What would link them is the order in which rows were written and who wrote them: ids, the rows' places in the file (rowid, ctid), the
transaction that wrote them (xmin), and times. So with each answer all rows of its session and stage, and all tickets of it, are written
anew in random order in one transaction: every row has the same transaction, ids are random, and the only time is the session's own.
Answers count (`current`) in fives: the first as soon as there are five, the next when ten wait, so that when the questions close five or more
come in together, and no figure ever moves by one person. Only where six to nine answer in all are the last fewer; their page shows them to
nobody who saw the first (`rules.shown`).

A database keeps rows as they stood before, and there each answer is the one that was not yet among the others: so these are cleared away.
"""

import random
import secrets
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.attendance.rules import Outcome
from app.booking import services as booking_services
from app.booking.models import Booking
from app.catalogue.models import CourseSession
from app.core.db import db, transaction
from app.core.errors import Refused
from app.core.old_rows import clear_away
from app.evaluation.models import AnonymousTicket, Answer, AnswerDraft, Questionnaire, QuestionnaireVersion, Response
from app.evaluation.queries import asking, questionnaires
from app.evaluation.rules import links
from app.evaluation.rules.asking import as_given, read_all
from app.evaluation.rules.stages import Mode, Quoting, Stage, as_offered
from app.evaluation.rules.windows import PAPER_LATER, check_open, closes_at
from app.evaluation.services.answering import Texts, as_rows, wording
from app.mail.office import office

RESPONSE: sa.Table = Response.__table__  # type: ignore[assignment]
ANSWER: sa.Table = Answer.__table__  # type: ignore[assignment]
TICKET: sa.Table = AnonymousTicket.__table__  # type: ignore[assignment]
DRAFT: sa.Table = AnswerDraft.__table__  # type: ignore[assignment]
IDS = 2**31
"""Anonymous responses have random ids below zero, which no counter ever gives."""
BY_PLACE = "booking:"
BY_NAME = ("You have answered these questions already, when they were confidential, and that answer stays as it is: with an anonymous one beside it "
           "you would count twice.")
ALL_ANSWERED = ("As many answers have come as people were there, so no more are taken: they are anonymous, and nobody can tell which are whose. If "
                "you were there and have not answered, tell the trainer: somebody may have answered twice, or is missing on the register.")
ALL_ANSWERED_ON_PAPER = ("As many answers have come as people were there, so this sheet is not kept. Whoever filled it in may have answered by the "
                         "code or their letter as well. If somebody is missing on the register, put them on it first.")
BY_CODE = "code:"
"""How the owner of a form that was opened by the code begins."""
AT_ONCE = 5
"""So many are counted at a time; as many wait behind them until the questions close."""
REWRITES = True
"""The switch for a test, which shows what the attack finds when rows stay where they were first written."""
CLEARS = True
"""The same for what is kept of the rows as they were before."""
Rows = list[dict[str, Any]]
WHILE_REWRITTEN: dict[str, Callable[[Sequence[int]], AbstractContextManager[None]]] = {}
"""What rooms above do around the moment in which the responses with these ids are not there, in the same transaction: what points to them points
to them again afterwards, as the ids stay. `app/wiring.py` names them."""


def submit(
    *, session_id: int, stage: Stage, version_id: int, owner: str, given: Texts, quoting: Quoting, phrase: str, outcome: Outcome | None,
    now: datetime, chance: random.Random | None = None, paper: bool = False,
) -> bool:
    """Keep the answers of `owner` ("booking:42", or the key of a form that was opened by the code). No when they have answered already:
    an anonymous answer can't be found again, so it can't be changed.

    Raises:
        Refused: it is too early or too late, or an answer cannot be, or this is not asked anonymously.
    """
    kept = _keep(session_id, stage, version_id, owner, given, quoting, phrase, outcome, now, chance or random.SystemRandom(), paper=paper)
    clear_old_rows()
    return kept


def _keep(
    session_id: int, stage: Stage, version_id: int, owner: str, given: Texts, quoting: Quoting, phrase: str, outcome: Outcome | None,
    now: datetime, chance: random.Random, *, paper: bool,
) -> bool:
    with transaction() as session:
        course_session = booking_services.hold(session, session_id)
        version = wording(version_id, stage, course_session.course_id)
        mode = questionnaires.mode_of(session_id, course_session.course_id, stage)
        if Mode.CONFIDENTIAL in (version.questionnaire.mode, mode):
            raise Refused("These questions are not anonymous any more. Open the link again and read what is said about that.")
        weeks = questionnaires.weeks_told(version, session_id)
        check_open(stage, course_session.starts_at, course_session.ends_at, outcome, now, weeks, paper=paper)
        used = links.ticket(office().link_key, owner, stage)
        if session.scalar(sa.select(AnonymousTicket.digest).where(AnonymousTicket.digest == used)) is not None:
            return False
        if _has_answered_by_name(session, owner, stage):
            raise Refused(BY_NAME)
        if asking.all_have_answered(session_id, stage):
            raise Refused(ALL_ANSWERED_ON_PAPER if paper else ALL_ANSWERED)
        answers = as_rows(read_all(version.questions, as_given(given), promised=False))
        chance = chance or random.SystemRandom()
        new = _response(course_session, version, stage, quoting, _respondent(session, session_id, stage, phrase, chance))
        _forget_begun(session, session_id, stage)
        _write(session, course_session.id, stage, used, new, answers, chance)
    return True


def clear_old_rows(*, looked: bool = False) -> bool:
    """Leave nothing of how responses, answers and tickets stood before, nor of what was begun under a name; whether that went."""
    return not CLEARS or clear_away((RESPONSE, ANSWER, TICKET, DRAFT), looked=looked)


def owner_of(booking_id: int) -> str:
    """How the owner of an answer is called that is given with a place, by a letter or signed in."""
    return f"{BY_PLACE}{booking_id}"


def _has_answered_by_name(session: Session, owner: str, stage: Stage) -> bool:
    """Whether this place has answered while the questions were confidential."""
    number = owner.removeprefix(BY_PLACE)
    return owner.startswith(BY_PLACE) and number.isdigit() and bool(session.scalar(sa.select(sa.exists().where(
        Response.booking_id == int(number), Response.stage == stage, Response.current))))


def _forget_begun(session: Session, session_id: int, stage: Stage) -> None:
    """Delete what anybody of the session has begun of this stage, whoever answers: a draft with the same words would tell whose they are."""
    of_session = sa.select(Booking.id).where(Booking.course_session_id == session_id)
    session.execute(sa.delete(AnswerDraft).where(AnswerDraft.stage == stage, AnswerDraft.booking_id.in_(of_session))
                    .execution_options(synchronize_session=False))


def _respondent(session: Session, session_id: int, stage: Stage, phrase: str, chance: random.Random) -> str:
    """The code of whoever answers: by their phrase, if nobody else of the session chose the same, else one that pairs with nothing."""
    alone, code = secrets.token_hex(16), links.phrase_code(office().link_key, session_id, phrase)
    if code is None:
        return alone
    shared = {one: links.shared_code(office().link_key, code, one) for one in Stage}
    there = session.execute(sa.select(RESPONSE.c.respondent, RESPONSE.c.stage).where(
        RESPONSE.c.course_session_id == session_id, RESPONSE.c.respondent.in_((code, *shared.values())))).all()
    stages = [at for respondent, at in there if respondent == code]
    if stage not in stages:
        return alone if len(stages) < len(there) else code
    for at in stages:  # nobody can tell which answers of another stage are whose of the two, so those pair with nothing any more either
        session.execute(sa.update(RESPONSE).where(
            RESPONSE.c.course_session_id == session_id, RESPONSE.c.stage == at, RESPONSE.c.respondent == code).values(respondent=shared[at]))
        if at is not stage:
            _rewrite(session, session_id, at, None, [], [], chance)
    return alone


def _response(
    course_session: CourseSession, version: QuestionnaireVersion, stage: Stage, quoting: Quoting, respondent: str
) -> dict[str, Any]:
    return {
        "id": None, "version_id": version.id, "course_session_id": course_session.id, "stage": stage, "booking_id": None, "respondent": respondent,
        "submitted_at": course_session.starts_at if stage is Stage.BEFORE else course_session.ends_at,
        "may_quote": as_offered(quoting, Mode.ANONYMOUS), "current": False, "anonymous": True, "attempt": None, "keyed_by_id": None,
        "by_manager": None,
    }


def closed_with_some_held_back(now: datetime) -> list[tuple[int, Stage]]:
    """(session, stage) of questions that have closed while fewer than five anonymous answers waited to be counted."""
    rows = db.session.execute(
        sa.select(CourseSession.id, Response.stage, CourseSession.ends_at, questionnaires.weeks_of_response()).distinct().select_from(Response)
        .join(CourseSession, CourseSession.id == Response.course_session_id)
        .join(QuestionnaireVersion, QuestionnaireVersion.id == Response.version_id)
        .join(Questionnaire, Questionnaire.id == QuestionnaireVersion.questionnaire_id).where(Response.anonymous, ~Response.current)
    )
    return [(number, stage) for number, stage, ends_at, weeks in rows if now >= closes_at(stage, ends_at, weeks) + PAPER_LATER]


def count_the_rest(*, session_id: int, stage: Stage, chance: random.Random | None = None) -> None:
    """Let those count that were held back: nobody can answer any more."""
    with transaction() as session:
        booking_services.hold(session, session_id)
        _rewrite(session, session_id, stage, None, [], [], chance or random.SystemRandom(), all_count=True)
    clear_old_rows()


def _write(
    session: Session, session_id: int, stage: Stage, ticket: str, response: dict[str, Any], answers: Sequence[Answer], chance: random.Random
) -> None:
    taken = set(session.scalars(sa.select(RESPONSE.c.id).where(RESPONSE.c.id < 0)))
    while response["id"] is None or response["id"] in taken:
        response["id"] = -1 - chance.randrange(IDS)
    said = [{"response_id": response["id"], "question_id": one.question_id, "number": one.number, "text": one.text, "choices": one.choices}
            for one in answers]
    tickets = [{"digest": ticket, "course_session_id": session_id, "stage": stage}]
    if REWRITES:
        _rewrite(session, session_id, stage, response, said, tickets, chance)
        return
    for table, rows in ((RESPONSE, [{**response, "current": True}]), (ANSWER, said), (TICKET, tickets)):
        _insert(session, table, rows)


def _rewrite(
    session: Session, session_id: int, stage: Stage, response: dict[str, Any] | None, said: Rows, tickets: Rows, chance: random.Random,
    *, all_count: bool = False,
) -> None:
    group = sa.and_(RESPONSE.c.course_session_id == session_id, RESPONSE.c.stage == stage, RESPONSE.c.anonymous)
    of_group = ANSWER.c.response_id.in_(sa.select(RESPONSE.c.id).where(group))
    used = sa.and_(TICKET.c.course_session_id == session_id, TICKET.c.stage == stage)
    responses, answers, all_tickets = (
        [dict(row) for row in session.execute(sa.select(table).where(where)).mappings()]
        for table, where in ((RESPONSE, group), (ANSWER, of_group), (TICKET, used))
    )
    there = [row["id"] for row in responses]
    responses += [response] if response is not None else []
    for row in _now_counted(responses, chance, all_count=all_count):
        row["current"] = True
    with ExitStack() as around:
        for begin in WHILE_REWRITTEN.values() if there else ():
            around.enter_context(begin(there))
        for table, where in ((ANSWER, of_group), (RESPONSE, group), (TICKET, used)):
            session.execute(sa.delete(table).where(where))
        for table, rows in ((RESPONSE, responses), (ANSWER, [*answers, *said]), (TICKET, [*all_tickets, *tickets])):
            chance.shuffle(rows)
            _insert(session, table, rows)


def _now_counted(responses: Rows, chance: random.Random, *, all_count: bool) -> Rows:
    """Which of those that wait are counted from now on."""
    waiting = [row for row in responses if not row["current"]]
    if all_count or (len(waiting) == len(responses) and len(waiting) >= AT_ONCE):
        return waiting
    return chance.sample(waiting, AT_ONCE) if len(waiting) >= 2 * AT_ONCE else []


def _insert(session: Session, table: sa.Table, rows: Rows) -> None:
    if rows:
        session.connection().execute(sa.insert(table), rows)
