"""What the worker does about questionnaires."""

from datetime import datetime

from app.core.each import each
from app.evaluation.services import inviting


def invite(now: datetime) -> str:
    """Invite people to answer, and remind those who have not, twice at most."""
    written = 0

    def one(number: int) -> None:
        nonlocal written
        written += inviting.invite(session_id=number, now=now)

    each(inviting.sessions_to_invite(now), one)
    return f"{written} letters written"
