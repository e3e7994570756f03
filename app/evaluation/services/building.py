"""Building questionnaires: a draft is changed freely, a version in use never; it is followed by the next."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.booking.models import Booking
from app.catalogue.models import Course, CourseSession
from app.core.db import transaction
from app.core.errors import Refused
from app.evaluation.models import AnswerDraft, Question, Questionnaire, QuestionnaireVersion
from app.evaluation.queries import questionnaires as queries
from app.evaluation.rules.asking import order_is_possible
from app.evaluation.rules.measuring import check_kind, check_places, moved
from app.evaluation.rules.question_types import QUESTION_TYPES
from app.evaluation.rules.stages import Mode, Stage, VersionState
from app.evaluation.rules.standard import STANDARD
from app.evaluation.rules.windows import check_weeks
from app.evaluation.services.anonymous import clear_old_rows
from app.evaluation.services.questionnaires import as_questions, copies

MOST_QUESTIONS = 40
LONGEST_WORDING = 300
PROMISED = "People have answered on the promise that it is anonymous. That can't be taken back."


@dataclass(frozen=True)
class Wish:
    """A question as its builder typed it. `measures` is the code of what it measures, or empty for something new;
    `reworded` says that its options mean what they meant, though their words changed."""

    kind: str
    wording: str
    help: str = ""
    section: str = ""
    required: bool = False
    options: list[str] = field(default_factory=list)
    quotable: bool = False
    measures: str = ""
    reworded: bool = False
    shown_if_code: str | None = None
    shown_if_values: tuple[str, ...] = ()


def begin_draft(*, questionnaire_id: int, shipped: bool, now: datetime) -> QuestionnaireVersion:
    """A new version to work on, with the questions of the one in use, or of the shipped standard.

    Raises:
        Refused: there is a draft already.
    """
    with transaction() as session:
        kept = _held(session, questionnaire_id)
        if any(one.state is VersionState.DRAFT for one in kept.versions):
            raise Refused("There is a draft already. Work on it, or delete it first.")
        latest = next((one for one in reversed(kept.versions) if one.state is VersionState.IN_USE), kept.versions[-1])
        questions = as_questions(STANDARD[kept.stage]) if shipped else copies(latest.questions)
        draft = QuestionnaireVersion(questionnaire_id=kept.id, number=kept.versions[-1].number + 1, created_at=now, state=VersionState.DRAFT,
                                     questions=questions)
        session.add(draft)
        session.flush()
    return draft


def delete_draft(*, version_id: int) -> None:
    """Throw a draft away. A course's own questionnaire that never was anything else goes with it.

    Raises:
        Refused: it is in use, or was.
    """
    with transaction() as session:
        draft = _draft(session, version_id)
        kept = draft.questionnaire
        alone = len(kept.versions) == 1
        session.delete(draft)
        session.flush()
        if alone:
            session.execute(sa.delete(Questionnaire).where(Questionnaire.id == kept.id).execution_options(synchronize_session=False))


def save_question(*, version_id: int, question_id: int | None, wish: Wish) -> Question:
    """Add a question at the end of a draft, or change one.

    Raises:
        Refused: it cannot be asked like this; the sentence says why.
    """
    with transaction() as session:
        draft = _draft(session, version_id)
        others = [one for one in draft.questions if one.id != question_id]
        question = next((one for one in draft.questions if one.id == question_id), None)
        if question_id is not None and question is None:
            raise Refused("This question has been removed meanwhile.")
        if len(others) >= MOST_QUESTIONS:
            raise Refused(f"More than {MOST_QUESTIONS} questions would be answered by nobody.")
        _check(wish)
        check_kind(wish.kind, draft.questionnaire.stage, [one.kind for one in others])
        code = _code(wish, question, others)
        if question is None:
            question = Question(position=len(others) + 1, code=code)
            draft.questions.append(question)
        was, options = question.code, list(question.options or [])
        question.code, question.kind, question.wording = code, wish.kind, wish.wording.strip()
        question.help, question.section, question.required = wish.help.strip(), wish.section.strip(), wish.required
        question.options, question.quotable = list(wish.options), wish.quotable and QUESTION_TYPES[wish.kind].free
        question.shown_if_code, question.shown_if_values = wish.shown_if_code, list(wish.shown_if_values)
        for one in others:
            if one.shown_if_code == was:
                one.shown_if_code, one.shown_if_values = code, moved(one.shown_if_values, wish.kind, options, wish.options)
        order_is_possible(sorted(draft.questions, key=lambda one: one.position))
        session.flush()
    return question


def move_question(*, question_id: int, by: int) -> None:
    """One place up (-1) or down (1) in a draft; at the end it stays.

    Raises:
        Refused: it would come before the question on which it depends.
    """
    with transaction() as session:
        question = _question(session, question_id)
        order = sorted(question.version.questions, key=lambda one: one.position)
        at = order.index(question)
        to = min(max(at + by, 0), len(order) - 1)
        order.insert(to, order.pop(at))
        order_is_possible(order)
        for position, one in enumerate(order, start=1):
            one.position = position


def remove_question(*, question_id: int) -> None:
    """Take a question out of a draft.

    Raises:
        Refused: others are shown only after a certain answer to it.
    """
    with transaction() as session:
        question = _question(session, question_id)
        rest = [one for one in sorted(question.version.questions, key=lambda one: one.position) if one is not question]
        order_is_possible(rest)
        question.version.questions.remove(question)
        for position, one in enumerate(rest, start=1):
            one.position = position


def put_in_use(*, version_id: int, by: str, now: datetime) -> None:
    """Ask a draft from now on. The version before it stays as it was, with its answers; who has begun it may end it.

    Raises:
        Refused: it has no question, or one that cannot be asked; or it would ask a course confidentially that was promised the contrary.
    """
    with transaction() as session:
        draft = _draft(session, version_id)
        if not draft.questions:
            raise Refused("There is no question in it yet.")
        before = {one.code: one for one in queries.measures()}
        for question in draft.questions:
            QUESTION_TYPES[question.kind].check(question.options)
            if question.code in before:  # another draft may have come in use meanwhile
                check_places(question.kind, before[question.code].options, question.options, reworded=True)
        order_is_possible(draft.questions)
        if draft.questionnaire.mode is Mode.CONFIDENTIAL and queries.promised_anonymous(draft.questionnaire):
            raise Refused(PROMISED)
        for one in draft.questionnaire.versions:
            if one.state is VersionState.IN_USE:
                one.state = VersionState.REPLACED
        session.flush()
        draft.state, draft.used_since, draft.used_by = VersionState.IN_USE, now, by
        if draft.questionnaire.mode is Mode.ANONYMOUS:
            _forget_begun(session, draft.questionnaire)
    clear_old_rows()


def copy_to_course(*, questionnaire_id: int, course_id: int, now: datetime) -> QuestionnaireVersion:
    """Give a course a questionnaire of its own, as a draft with these questions; where it has one, a new draft of that.

    Raises:
        Refused: there is a draft of it already, or nothing to copy.
    """
    with transaction() as session:
        source = _held(session, questionnaire_id)
        wording = next((one for one in reversed(source.versions) if one.state is VersionState.IN_USE), source.versions[-1])
        if session.get(Course, course_id) is None:
            raise Refused("Choose a course.")
        own = session.scalar(sa.select(Questionnaire).where(Questionnaire.stage == source.stage, Questionnaire.course_id == course_id))
        if own is None:
            own = Questionnaire(stage=source.stage, title=source.title, course_id=course_id, mode=source.mode, weeks=source.weeks)
            session.add(own)
            session.flush()
        if any(one.state is VersionState.DRAFT for one in own.versions):
            raise Refused("This course has a draft of its own already. Work on it, or delete it first.")
        number = max((one.number for one in own.versions), default=0) + 1
        draft = QuestionnaireVersion(questionnaire_id=own.id, number=number, created_at=now, state=VersionState.DRAFT,
                                     questions=copies(wording.questions))
        session.add(draft)
        session.flush()
    return draft


def use_standard_again(*, questionnaire_id: int) -> None:
    """Let a course be asked the standard again; its own versions stay with their answers.

    Raises:
        Refused: this is the standard, or it is confidential and the course was promised the contrary.
    """
    with transaction() as session:
        kept = _held(session, questionnaire_id)
        if kept.course_id is None:
            raise Refused("This is the standard set itself.")
        standard = session.scalar(sa.select(Questionnaire.mode).where(Questionnaire.stage == kept.stage, Questionnaire.course_id.is_(None)))
        if standard is Mode.CONFIDENTIAL and queries.promised_anonymous(kept):
            raise Refused(f"{PROMISED} Make the standard set of this stage anonymous first.")
        for one in kept.versions:
            if one.state is VersionState.IN_USE:
                one.state = VersionState.REPLACED
        if standard is Mode.ANONYMOUS:
            _forget_begun(session, kept)
    clear_old_rows()


def _forget_begun(session: Session, kept: Questionnaire) -> None:
    """Delete what people of its course have begun of this stage, in whichever questionnaire: beside an anonymous answer it would tell whose it is.
    Sessions of which somebody has answered confidentially go on so, and keep theirs."""
    theirs = AnswerDraft.version_id.in_(sa.select(QuestionnaireVersion.id).where(QuestionnaireVersion.questionnaire_id == kept.id))
    if kept.course_id is not None:
        of_course = sa.select(Booking.id).join(CourseSession, CourseSession.id == Booking.course_session_id).where(
            CourseSession.course_id == kept.course_id)
        theirs = sa.or_(theirs, sa.and_(AnswerDraft.stage == kept.stage, AnswerDraft.booking_id.in_(of_course)))
    stays = sa.exists().where(Booking.id == AnswerDraft.booking_id, queries.answered_confidentially(Booking.course_session_id, AnswerDraft.stage))
    session.execute(sa.delete(AnswerDraft).where(theirs, ~stays).execution_options(synchronize_session=False))


def set_mode(*, questionnaire_id: int, mode: Mode, weeks: int) -> None:
    """Say how private the answers are, and after how many weeks a later stage is asked. The first holds for sessions of which nobody has answered
    yet (`queries.mode_of`), the second for those whose people were not asked yet (`queries.weeks_told`): what has been begun and not sent is deleted
    when it becomes anonymous.

    Raises:
        Refused: people have answered on the promise that it is anonymous; or a manager's answers would be; or the weeks cannot be.
    """
    check_weeks(weeks)
    with transaction() as session:
        kept = _held(session, questionnaire_id)
        if mode is Mode.ANONYMOUS and kept.stage is Stage.MANAGER:
            raise Refused("What a manager says is about one person, so it cannot be anonymous.")
        if mode is Mode.CONFIDENTIAL and kept.mode is Mode.ANONYMOUS and queries.promised_anonymous(kept):
            raise Refused(PROMISED)
        kept.mode, kept.weeks = mode, weeks
        if mode is Mode.ANONYMOUS:
            _forget_begun(session, kept)
    clear_old_rows()


def _held(session: Session, questionnaire_id: int) -> Questionnaire:
    """The questionnaire, locked until the transaction ends."""
    return session.get_one(Questionnaire, questionnaire_id, with_for_update=True, populate_existing=True)


def _draft(session: Session, version_id: int) -> QuestionnaireVersion:
    version = session.get_one(QuestionnaireVersion, version_id)
    _held(session, version.questionnaire_id)
    session.refresh(version)
    if version.state is not VersionState.DRAFT:
        raise Refused("This version is in use, or was, so it is never changed. Begin a new one.")
    return version


def _question(session: Session, question_id: int) -> Question:
    question = session.get_one(Question, question_id)
    _draft(session, question.version_id)
    return question


def _check(wish: Wish) -> None:
    if wish.kind not in QUESTION_TYPES:
        raise Refused("Choose a kind of question.")
    if not wish.wording.strip():
        raise Refused("Write the question.")
    if len(wish.wording) > LONGEST_WORDING or len(wish.help) > LONGEST_WORDING or len(wish.section) > LONGEST_WORDING:
        raise Refused(f"At most {LONGEST_WORDING} characters: people read it on a phone.")
    QUESTION_TYPES[wish.kind].check(wish.options)


def _code(wish: Wish, question: Question | None, others: Sequence[Question]) -> str:
    """The code under which the answers are counted: that of what it measures, or a new one."""
    if not wish.measures:
        return _new_code(wish.wording)
    if any(one.code == wish.measures for one in others):
        raise Refused("Another question of this version measures that already.")
    known = next((one for one in queries.measures() if one.code == wish.measures), None)
    if known is None and (question is None or question.code != wish.measures):
        raise Refused("Choose what it measures.")
    scale = QUESTION_TYPES[wish.kind].scale(wish.options)
    if known is not None and (known.kind != wish.kind or QUESTION_TYPES[known.kind].scale(known.options) != scale):
        raise Refused(f"“{known.wording}” is asked on another scale, so the answers cannot be compared. Let this one measure something new.")
    if known is not None:
        check_places(wish.kind, known.options, wish.options, reworded=wish.reworded)
    return wish.measures


def _new_code(wording: str) -> str:
    words = re.sub(r"[^a-z0-9]+", "_", wording.casefold()).strip("_")[:30].strip("_") or "question"
    taken = queries.codes()
    number, code = 1, words
    while code in taken:
        number += 1
        code = f"{words}_{number}"
    return code
