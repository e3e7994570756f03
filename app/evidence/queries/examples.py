"""Examples of practice as their pages show them, the answers that could become one, and what is known here of names in a text."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.models import Account, AccountRole, Agency, Partnership, Person
from app.catalogue.models import Course, CourseSession
from app.core import clock
from app.core.db import db, first_of
from app.core.pages import Page
from app.evaluation.models import Answer, Question, Response
from app.evaluation.queries.words import asks_consent, may_be_read
from app.evaluation.rules.stages import Quoting, Stage
from app.evidence.models import Example, ExampleEvent, ExampleUse
from app.evidence.queries.access import SECONDS, Scope
from app.evidence.rules.redaction import candidates
from app.evidence.rules.states import WRITABLE, ExampleAct, ExampleStatus
from app.evidence.rules.words import Theme

SIZE = 20
QUOTABLE = (Stage.AFTER, Stage.FOLLOW_UP, Stage.MANAGER)
QUOTED = asks_consent(Question)
"""Under which questions people are asked whether they may be quoted."""
WROTE = (ExampleAct.ADD, ExampleAct.WRITE, ExampleAct.ASK, ExampleAct.REOPEN)
"""Whoever did one of these has had a hand in the words."""


@dataclass(frozen=True)
class Filter:
    """Which examples a list shows; none means any."""

    statuses: tuple[ExampleStatus, ...] = ()
    theme: Theme | None = None
    priority_id: int | None = None


def examples(scope: Scope, wanted: Filter, page: int | None) -> tuple[Page, Sequence[Example]]:
    """A page of the examples that fit, the latest told first."""
    conditions = [scope.examples]
    conditions += [Example.status.in_(wanted.statuses)] if wanted.statuses else []
    conditions += [Example.theme == wanted.theme] if wanted.theme else []
    conditions += [Example.priority_id == wanted.priority_id] if wanted.priority_id else []
    total = db.session.scalar(sa.select(sa.func.count(Example.id)).where(*conditions)) or 0
    at = Page.at(page, size=SIZE, total=total)
    rows = db.session.scalars(
        sa.select(Example).where(*conditions)
        .options(joinedload(Example.course), joinedload(Example.priority), joinedload(Example.second), joinedload(Example.agency))
        .order_by(Example.told_on.desc(), Example.id.desc()).offset(at.offset).limit(SIZE)
    ).all()
    return at, rows


def counts(scope: Scope) -> dict[ExampleStatus, int]:
    """How many examples stand where, of those that the viewer sees."""
    rows = db.session.execute(sa.select(Example.status, sa.func.count()).where(scope.examples).group_by(Example.status))
    return dict(rows.all())  # type: ignore[arg-type]


def waiting_for(person_id: int, most: int = 50) -> Sequence[Example]:
    """The examples that this person was asked to approve, the longest told first; so many at most."""
    return db.session.scalars(
        sa.select(Example).where(Example.status == ExampleStatus.WAITING, Example.second_id == person_id)
        .options(joinedload(Example.course)).order_by(Example.told_on, Example.id).limit(most)
    ).all()


def added_by(person_id: int, most: int = 50) -> Sequence[Example]:
    """The examples that this person added, the latest first; so many at most."""
    return db.session.scalars(
        sa.select(Example).where(Example.added_by_id == person_id).options(joinedload(Example.course))
        .order_by(Example.told_on.desc(), Example.id.desc()).limit(most)
    ).all()


def to_check(count: int) -> tuple[int, Sequence[Example]]:
    """How many examples wait for a coordinator's wording, and the first of them."""
    return first_of(
        sa.select(Example).where(Example.status.in_(WRITABLE)).options(joinedload(Example.course)).order_by(Example.told_on, Example.id), count)


def example(scope: Scope, number: int) -> Example | None:
    """One example with its history and where it was used."""
    return db.session.scalar(
        sa.select(Example).where(Example.id == number, scope.examples).options(
            joinedload(Example.course), joinedload(Example.agency), joinedload(Example.priority), joinedload(Example.added_by),
            joinedload(Example.writer), joinedload(Example.second), joinedload(Example.approved_by), selectinload(Example.uses),
            selectinload(Example.events).joinedload(ExampleEvent.by),
        )
    )


def wrote(example_id: int) -> set[int]:
    """Everybody who has had a hand in the example's words."""
    return {number for number in db.session.scalars(
        sa.select(ExampleEvent.by_id).where(ExampleEvent.example_id == example_id, ExampleEvent.act.in_(WROTE)).distinct()
    ) if number is not None}


def printed(example_ids: Collection[int], printed_in: str, used_on: date) -> set[int]:
    """Which of these are noted already as printed in this report of this day."""
    return set(db.session.scalars(sa.select(ExampleUse.example_id).where(
        ExampleUse.example_id.in_(example_ids), ExampleUse.printed_in == printed_in, ExampleUse.used_on == used_on)))


def seconds(example: Example | None, viewer_id: int) -> list[tuple[int, str]]:
    """(id, name) of those who may be asked to approve it: coordinators and report authors without a hand in its words."""
    rows = db.session.execute(
        sa.select(Person.id, Person.first_name, Person.last_name, Person.email).join(Account, Account.person_id == Person.id)
        .join(AccountRole, AccountRole.account_id == Account.id)
        .where(AccountRole.role.in_(SECONDS), Account.closed_at.is_(None)).distinct().order_by(Person.last_name, Person.first_name, Person.id)
    ).all()
    busy = {viewer_id, *({event.by_id for event in example.events if event.act in WROTE} if example else ())}
    return [(number, f"{first} {last}".strip() or email) for number, first, last, email in rows if number not in busy]


@dataclass(frozen=True)
class Quotable:
    """A text in an answer that its writer lets us quote, and of which no example has been made."""

    response_id: int
    question_id: int
    text: str
    stage: Stage
    consent: Quoting
    course: str
    session_ref: str


def quotable(page: int | None, now: datetime | None = None) -> tuple[Page, list[Quotable]]:
    """A page of the answers that may be quoted and read now, in an order that tells nothing about who answered when."""
    taken = sa.exists().where(Example.response_id == Response.id, Example.question_id == Answer.question_id)
    base = (
        sa.select(Response.id, Answer.question_id, Answer.text, Response.stage, Response.may_quote, Course.title, CourseSession.ref)
        .join(Response, Response.id == Answer.response_id).join(CourseSession, CourseSession.id == Response.course_session_id)
        .join(Course, Course.id == CourseSession.course_id).join(Question, Question.id == Answer.question_id)
        .where(QUOTED, Response.current,
               Response.stage.in_(QUOTABLE), Response.may_quote != Quoting.NO, Answer.text.is_not(None), ~taken,
               may_be_read(now or clock.now()))
    )
    total = db.session.scalar(sa.select(sa.func.count()).select_from(base.subquery())) or 0
    at = Page.at(page, size=SIZE, total=total)
    rows = db.session.execute(
        base.order_by(CourseSession.last_day.desc(), CourseSession.id, Answer.text, Response.id).offset(at.offset).limit(SIZE)
    )
    return at, [Quotable(*row) for row in rows]


def names_in(text: str) -> set[str]:
    """Which words of the text are a first or last name of somebody who is known here, in small letters."""
    words = candidates(text)
    if not words:
        return set()
    found: set[str] = set()
    for first, last in db.session.execute(
        sa.select(sa.func.lower(Person.first_name), sa.func.lower(Person.last_name)).distinct()
        .where(sa.or_(sa.func.lower(Person.first_name).in_(words), sa.func.lower(Person.last_name).in_(words))).limit(2000)
    ):
        found |= {name for name in (first, last) if name in words}
    return found


def places_known() -> list[str]:
    """The names of agencies and areas."""
    return list(db.session.scalars(sa.union(sa.select(Agency.name), sa.select(Partnership.name))))


def course_choices() -> list[tuple[int, str]]:
    """(id, title) of every course, by title."""
    return [(number, title) for number, title in db.session.execute(sa.select(Course.id, Course.title).order_by(Course.title, Course.id))]
