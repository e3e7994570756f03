"""Whose answers somebody may read and collect: a trainer those of their own sessions, a coordinator those of any."""

from flask import abort
from flask_login import current_user

from app.accounts.rules import Role
from app.attendance import queries as registers
from app.catalogue.models import CourseSession

READERS = (Role.COORDINATOR, Role.REPORT_AUTHOR)
"""Who reads the pages of courses and of the programme, on which a session stands whole."""


def own_session(ref: str) -> CourseSession:
    """The session of this reference, if it is the viewer's to see; else there is none."""
    coordinator = current_user.has(Role.COORDINATOR)
    return registers.session(ref, trainer_id=None if coordinator else current_user.person_id) or abort(404)
