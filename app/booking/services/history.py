"""The history of a session itself: what its organiser, or the time, changed about it."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.booking.models import SessionEvent
from app.catalogue.rules import SessionStatus
from app.core.actors import number_of


def happened(session: Session, session_id: int, what: str, *, by: str, now: datetime, stood: SessionStatus | None = None) -> None:
    """Keep what happened to the session, as a sentence; `stood` is where it stood before it was called off."""
    session.add(SessionEvent(course_session_id=session_id, at=now, by=by, by_id=number_of(by), what=what, stood=stood))
