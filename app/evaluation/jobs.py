"""What the worker does about questionnaires."""

from datetime import datetime

from app.core.each import each
from app.evaluation.services import anonymous, answering, inviting, worries


def invite(now: datetime) -> str:
    """Invite people to answer, and remind those who have not, twice at most."""
    written = 0

    def one(number: int) -> None:
        nonlocal written
        written += inviting.invite(session_id=number, now=now)

    each(inviting.sessions_to_invite(now), one)
    return f"{written} letters written"


def forget_drafts(now: datetime) -> str:
    """Delete drafts that nobody went on with."""
    return f"{answering.forget_drafts(now=now)} drafts deleted"


def count_held_answers(now: datetime) -> str:
    """Count anonymous answers that were held back until the questions closed."""
    held = anonymous.closed_with_some_held_back(now)
    for session_id, stage in held:
        anonymous.count_the_rest(session_id=session_id, stage=stage)
    return f"held answers of {len(held)} sessions counted"


def watch_worries(now: datetime) -> str:
    """Tell the training team of worries of which no letter reached a safeguarding contact."""
    return f"the training team has to see to {worries.tell_team(now)} worries"


def clear_old_rows(_now: datetime) -> str:
    """Clear away what is kept of anonymous answers as they stood before, where somebody was in the way when they were written."""
    return "nothing is left of earlier rows" if anonymous.clear_old_rows(looked=True) else "somebody reads; tried again at the next time"
