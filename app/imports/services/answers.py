"""Writes what people answered. Of two responses of one person, session and stage the later one counts and the earlier is kept."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.booking.models import Booking
from app.booking.rules.states import LIVE
from app.core.db import new_ids
from app.core.problems import Problem, shown
from app.core.tokens import digest
from app.evaluation.models import AnonymousTicket, Answer, QuestionnaireVersion, Response
from app.evaluation.rules.stages import Quoting, Stage
from app.imports.rules.problems import BadProgramme
from app.imports.services.merging import Counts, insert, update
from app.imports.services.people import People
from app.imports.services.programme import Ids
from app.imports.services.waiting import Waiting

BOOKING: sa.Table = Booking.__table__  # type: ignore[assignment]
RESPONSE: sa.Table = Response.__table__  # type: ignore[assignment]
ANSWER: sa.Table = Answer.__table__  # type: ignore[assignment]
KEY = ("course_session_id", "stage", "respondent", "submitted_at")
NUMBERS = ("knowledge", "engaging", "improved_knowledge", "useful_in_role")


def write_answers(
    session: Session, waiting: Waiting, ids: Ids, people: People, questionnaires: dict[Stage, QuestionnaireVersion],
    *, step: Callable[[int], None],
) -> Counts:
    """Every response of evaluations.csv.

    Raises:
        BadProgramme: with the lines of sessions that were answered anonymously here.
    """
    counts = Counts()
    _check_modes(session, waiting, ids)
    latest = _latest(waiting)
    asked = {stage: (kept.id, {question.code: question.id for question in kept.questions}) for stage, kept in questionnaires.items()}
    for batch in waiting.batches():
        rows = _rows(session, batch, ids, people)
        _write(session, rows, asked, latest, counts)
        step(counts.rows)
    return counts


def _check_modes(session: Session, waiting: Waiting, ids: Ids) -> None:
    """A session has one mode for each stage: beside everybody else's answers by name, an anonymous one would be that of whoever is left."""
    anonymous = {(number, stage) for number, stage in session.execute(
        sa.select(AnonymousTicket.course_session_id, AnonymousTicket.stage).distinct())}
    if not anonymous:
        return
    problems = [
        Problem("evaluations.csv", row["line"], "session",
                f"{shown(row['session'])} was answered anonymously here, so no answers by name are taken in beside those; leave this line out")
        for batch in waiting.batches() for row in batch if (ids.sessions[row["session"]], row["stage"]) in anonymous
    ]
    if problems:
        raise BadProgramme(problems)


def _latest(waiting: Waiting) -> dict[int, datetime]:
    """When each person last answered each stage of each session, under a short key."""
    latest: dict[int, datetime] = {}
    for batch in waiting.batches():
        for row in batch:
            key = hash((row["session"], row["email"], row["stage"]))
            latest[key] = max(row["submitted_at"], latest.get(key, row["submitted_at"]))
    return latest


def _rows(session: Session, batch: list[dict[str, Any]], ids: Ids, people: People) -> list[dict[str, Any]]:
    """The rows with their session and the code that pairs a person's answers: their booking's reference where they have one."""
    people.look_up(session, {row["email"] for row in batch if "@" in row["email"]})
    bookings = _bookings(session, {ids.sessions[row["session"]] for row in batch},
                         {people.ids[row["email"]] for row in batch if row["email"] in people.ids})
    for row in batch:
        row["course_session_id"] = ids.sessions[row["session"]]
        booking = bookings.get((row["course_session_id"], people.ids.get(row["email"])))
        row["booking_id"] = booking.id if booking else None
        # An address is personal and is not kept beside answers; any other code already says nothing.
        row["respondent"] = booking.ref if booking else digest(row["email"])[:24] if "@" in row["email"] else row["email"]
    return batch


def _bookings(session: Session, sessions: set[int], people: set[int]) -> dict[tuple[int, int | None], Any]:
    columns = (BOOKING.c.id, BOOKING.c.ref, BOOKING.c.status, BOOKING.c.course_session_id, BOOKING.c.person_id)
    found = session.execute(
        sa.select(*columns).where(BOOKING.c.course_session_id.in_(sessions), BOOKING.c.person_id.in_(people)).order_by(BOOKING.c.id)
    ).all()
    ended_first = sorted(found, key=lambda row: row.status in LIVE)
    return {(row.course_session_id, row.person_id): row for row in ended_first}


Asked = dict[Stage, tuple[int, dict[str, int]]]
"""The version in use of each stage, and its questions by their codes."""


def _write(session: Session, rows: list[dict[str, Any]], asked: Asked, latest: dict[int, datetime], counts: Counts) -> None:
    there = _there(session, rows)
    new, changed, answers, emptied, outdated = [], [], [], [], []
    for row in rows:
        version_id, questions = asked[row["stage"]]
        same = there.get((row["course_session_id"], row["respondent"], row["stage"]), {})
        newest = max([latest[hash((row["session"], row["email"], row["stage"]))], *same])
        wanted = {
            "version_id": version_id, "booking_id": row["booking_id"], "may_quote": row["may_quote"] or Quoting.NO,
            "current": row["submitted_at"] == newest,
        }
        given = _given(row, questions)
        old = same.get(row["submitted_at"])
        if old is None:
            outdated += [{"id": other.id, "current": False} for other, _ in same.values() if other.current and wanted["current"]]
            new.append({**{name: row[name] for name in KEY}, **wanted, "given": given})
        elif any(getattr(old[0], name) != value for name, value in wanted.items() if name != "version_id") or old[1] != given:
            changed.append({"id": old[0].id, **wanted, "version_id": old[0].version_id})
            emptied.append(old[0].id)
            answers += [{"response_id": old[0].id, **answer} for answer in _answers(given)]
            counts.changed += 1
        else:
            counts.as_they_were += 1
    for response, number in zip(new, new_ids(session, RESPONSE, len(new)), strict=True):
        response["id"] = number
        answers += [{"response_id": number, **answer} for answer in _answers(response.pop("given"))]
    counts.added += len(new)
    update(session, RESPONSE, outdated)
    update(session, RESPONSE, sorted(changed, key=lambda row: row["current"]))
    insert(session, RESPONSE, new)
    if emptied:
        session.execute(sa.delete(ANSWER).where(ANSWER.c.response_id.in_(emptied)))
    insert(session, ANSWER, answers)


Given = dict[int, tuple[int | None, str | None]]
"""What was answered, by question: a number, or a text."""


def _given(row: dict[str, Any], questions: dict[str, int]) -> Given:
    given: Given = {questions[code]: (row[code], None) for code in NUMBERS if row[code] is not None}
    if row["comment"]:
        given[questions["comment"]] = (None, row["comment"])
    return given


def _answers(given: Given) -> list[dict[str, Any]]:
    return [{"question_id": question, "number": number, "text": text} for question, (number, text) in given.items()]


def _there(session: Session, rows: list[dict[str, Any]]) -> dict[tuple[int, str, Stage], dict[datetime, tuple[Any, Given]]]:
    """The responses that are there already of these people, by when they were given, with what they say."""
    found = session.execute(sa.select(RESPONSE).where(
        RESPONSE.c.course_session_id.in_({row["course_session_id"] for row in rows}),
        RESPONSE.c.respondent.in_({row["respondent"] for row in rows}),
    )).all()
    given: dict[int, Given] = {row.id: {} for row in found}
    for row in session.execute(sa.select(ANSWER).where(ANSWER.c.response_id.in_(given))):
        given[row.response_id][row.question_id] = (row.number, row.text)
    there: dict[tuple[int, str, Stage], dict[datetime, tuple[Any, Given]]] = {}
    for row in found:
        there.setdefault((row.course_session_id, row.respondent, row.stage), {})[row.submitted_at] = (row, given[row.id])
    return there
