"""What somebody who answers is faced with: what they said before, what they have begun, and what they said they would do."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.accounts.models import Affiliation, Person
from app.accounts.queries import manager_has_left
from app.accounts.rules import manager_other_than
from app.attendance.models import Attendance
from app.attendance.rules import CAME, Outcome
from app.booking.models import Booking
from app.booking.rules.states import ON_REGISTER
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus
from app.core.db import db
from app.evaluation.models import AnonymousTicket, Answer, AnswerDraft, Question, Response
from app.evaluation.queries import of_session
from app.evaluation.queries.of_session import answered_stages
from app.evaluation.queries.questionnaires import tickets, weeks_of
from app.evaluation.rules.links import manager_mark, ticket
from app.evaluation.rules.question_types import QUESTION_TYPES, RATHER_NOT, labelled
from app.evaluation.rules.stages import Stage
from app.evaluation.rules.windows import DRAFTS_KEPT, LATER_LONG, MOST_WEEKS, open_stages
from app.mail.office import office


def draft(booking_id: int, stage: Stage, now: datetime, by_manager: str | None = None) -> AnswerDraft | None:
    """What they have begun and not sent, if that is not too long ago; of a manager, what that one has begun."""
    return db.session.scalar(sa.select(AnswerDraft).where(
        AnswerDraft.booking_id == booking_id, AnswerDraft.stage == stage, AnswerDraft.saved_at > now - DRAFTS_KEPT,
        AnswerDraft.by_manager.is_not_distinct_from(by_manager)))


def current(booking_id: int, stage: Stage) -> Response | None:
    """The response that counts."""
    return db.session.scalar(sa.select(Response).where(Response.booking_id == booking_id, Response.stage == stage, Response.current))


def has_answered(booking_id: int, by_manager: str) -> bool:
    """Whether the answer about this person is that of the manager with this mark."""
    return bool(db.session.scalar(sa.select(sa.exists().where(
        Response.booking_id == booking_id, Response.stage == Stage.MANAGER, Response.current, Response.by_manager == by_manager))))


def given_before(response: Response) -> dict[str, list[str]]:
    """What a response says, as the form writes it; a choice that was left open is "I'd rather not say"."""
    rows = db.session.execute(
        sa.select(Question.code, Question.kind, Answer.number, Answer.text, Answer.choices).select_from(Question)
        .outerjoin(Answer, sa.and_(Answer.question_id == Question.id, Answer.response_id == response.id))
        .where(Question.version_id == response.version_id)
    )
    given: dict[str, list[str]] = {}
    for code, kind, number, text, choices in rows:
        numbers = [str(one) for one in choices or ()]
        if text is not None:
            given[code] = [text, *numbers]
        elif number is not None or numbers:
            given[code] = [str(number)] if number is not None else numbers
        elif not QUESTION_TYPES[kind].free:
            given[code] = [RATHER_NOT]
    return given


def in_words(response: Response) -> list[tuple[str, str]]:
    """(question, answer) of a response as a person reads them, without what was left open."""
    rows = db.session.execute(
        sa.select(Question.wording, Question.kind, Question.options, Answer.number, Answer.text, Answer.choices)
        .join(Answer, Answer.question_id == Question.id).where(Answer.response_id == response.id).order_by(Question.position)
    )
    return [(wording, text if text is not None else labelled(kind, options, [number] if number is not None else choices))
            for wording, kind, options, number, text, choices in rows]


def promise(booking_id: int) -> str | None:
    """The one thing that they said after the session they would do, in their own words."""
    return db.session.scalar(
        sa.select(Answer.text).join(Question, Question.id == Answer.question_id).join(Response, Response.id == Answer.response_id)
        .where(Response.booking_id == booking_id, Response.stage == Stage.AFTER, Response.current, Question.kind == "one_thing",
               Answer.text.is_not(None)).order_by(Question.position).limit(1)
    )


def manager_of(person_id: int) -> str | None:
    """The address of somebody's present manager; none when nobody is named, they named themselves, or the manager has left."""
    row = db.session.execute(
        sa.select(Affiliation.manager_email, Person.email).join(Person, Person.id == Affiliation.person_id)
        .where(Affiliation.person_id == person_id, Affiliation.ends_on.is_(None), ~manager_has_left(Affiliation.manager_email))
    ).one_or_none()
    return None if row is None else manager_other_than(row.email, row.manager_email)


def is_manager(person_id: int, mark: str) -> bool:
    """Whether the person names the manager with this mark at present."""
    present = manager_of(person_id)
    return present is not None and manager_mark(office().link_key, present) == mark


def to_answer(person_id: int, now: datetime) -> list[tuple[Booking, Stage]]:
    """Questionnaires that are open for this person and not answered yet."""
    rows: list[tuple[Booking, Outcome | None]] = [tuple(row) for row in db.session.execute(  # type: ignore[misc]
        sa.select(Booking, Attendance.outcome).join(Booking.course_session).outerjoin(Attendance, Attendance.booking_id == Booking.id)
        .where(Booking.person_id == person_id, Booking.status.in_(ON_REGISTER),
               CourseSession.status.in_((SessionStatus.SCHEDULED, SessionStatus.DELIVERED)),
               CourseSession.ends_at > now - LATER_LONG - timedelta(weeks=MOST_WEEKS))
        .options(joinedload(Booking.course_session).joinedload(CourseSession.course),
                 joinedload(Booking.course_session).selectinload(CourseSession.parts))
        .order_by(CourseSession.starts_at)
    ).unique()]
    have = answered_stages([booking.id for booking, _outcome in rows])
    weeks = weeks_of([booking.course_session_id for booking, _outcome in rows])
    used = tickets([booking.course_session_id for booking, _outcome in rows])
    return [
        (booking, stage) for booking, outcome in rows
        for stage in open_stages(booking.course_session.starts_at, booking.course_session.ends_at, outcome, now,
                                 weeks[booking.course_session_id])
        if stage not in have[booking.id] and ticket_of(booking.id, stage) not in used
    ]


def ticket_of(booking_id: int, stage: Stage) -> str:
    """The digest that says that this booking's person has answered anonymously."""
    return ticket(office().link_key, f"booking:{booking_id}", stage)


def all_have_answered(session_id: int, stage: Stage) -> bool:
    """Whether as many have answered a stage anonymously as could, by whatever way: who has done so by two of them is not known. An answer of
    somebody who gave the place back since takes nobody else's."""
    used = set(db.session.scalars(sa.select(AnonymousTicket.digest).where(
        AnonymousTicket.course_session_id == session_id, AnonymousTicket.stage == stage)))
    left = db.session.scalars(sa.select(Booking.id).where(Booking.course_session_id == session_id, Booking.status.not_in(ON_REGISTER)))
    return len(used - {ticket_of(number, stage) for number in left}) >= of_session.could_answer(session_id, stage)


def people_with_answers(session_id: int, stage: Stage) -> list[tuple[Any, bool]]:
    """(booking, whether their sheet was keyed in) of everybody who was on the session and did not miss it, by last name, to key in paper. Not who
    has answered by themselves: whoever reads that as answers come in would know by name whose came last."""
    answered = sa.exists().where(Response.booking_id == Booking.id, Response.stage == stage, Response.keyed_by_id.is_not(None))
    rows = db.session.execute(
        sa.select(Booking, answered).join(Booking.person).outerjoin(Attendance, Attendance.booking_id == Booking.id)
        .where(Booking.course_session_id == session_id, Booking.status.in_(ON_REGISTER),
               sa.or_(Attendance.outcome.is_(None), Attendance.outcome.in_(CAME)))
        .options(joinedload(Booking.person)).order_by(sa.func.lower(Person.last_name), sa.func.lower(Person.first_name), Booking.id)
    ).unique()
    return [(booking, bool(there)) for booking, there in rows]
