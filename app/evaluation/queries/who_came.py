"""Whose answers stand in figures of "those who came": those of people whom the finished register of their session has as having come.

Somebody may answer before a session and then not come, or give the place back, or answer afterwards before the register says that they were
absent. An answer that knows no booking (given anonymously, or under a code from a file) cannot be laid beside the marks: it counts, and
`rules.answered` and the reports hold the numbers of a session to as many as came.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from app.attendance.models import Attendance, Register
from app.attendance.rules import CAME
from app.catalogue.models import CourseSession
from app.evaluation.models import Response

_mark, _register, _response = aliased(Attendance), aliased(Register), aliased(Response)


def finished(session_id: Any = CourseSession.id) -> sa.ColumnElement[bool]:
    """Whether the register of the session is finished."""
    return sa.exists().where(_register.course_session_id == session_id, _register.finished_at.is_not(None))


def unmarked() -> sa.ColumnElement[bool]:
    """Whether a session has answers and no finished register."""
    return sa.and_(sa.exists().where(_response.course_session_id == CourseSession.id, _response.current), ~finished())


def counts(response: Any = Response) -> sa.ColumnElement[bool]:
    """Whether a response is of those who came: the one rule of every figure that says so."""
    came = sa.exists().where(_mark.booking_id == response.booking_id, _mark.outcome.in_(CAME))
    return sa.and_(response.current, sa.or_(response.booking_id.is_(None), came), finished(response.course_session_id))


def stayed_away(response: Any = Response) -> sa.ColumnElement[bool]:
    """Whether a response is of somebody who had a place and did not come, as far as the finished register tells."""
    came = sa.exists().where(_mark.booking_id == response.booking_id, _mark.outcome.in_(CAME))
    return sa.and_(response.current, response.booking_id.is_not(None), ~came, finished(response.course_session_id))


def marked_absent(response: Any = Response) -> sa.ColumnElement[bool]:
    """Whether a response is of somebody whom the register marks as not having come, finished or not."""
    return sa.exists().where(_mark.booking_id == response.booking_id, _mark.outcome.not_in(CAME))
