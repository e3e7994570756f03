"""When a questionnaire may be answered: before until the session ends; after from shortly before its end, for four weeks."""

from datetime import datetime, timedelta

from app.attendance.rules import CAME, Outcome
from app.core.errors import Refused
from app.evaluation.rules.stages import Stage

EARLY = timedelta(minutes=30)
LONG = timedelta(days=28)


def open_stages(starts_at: datetime, ends_at: datetime, outcome: Outcome | None, now: datetime) -> list[Stage]:
    """The stages that may be answered now by somebody with a place, given what the register says so far."""
    found = []
    if now < ends_at and outcome in (None, *CAME):
        found.append(Stage.BEFORE)
    if ends_at - EARLY <= now < ends_at + LONG and outcome in (None, *CAME):
        found.append(Stage.AFTER)
    return [stage for stage in found if stage is not Stage.BEFORE or now < starts_at or Stage.AFTER not in found]


def check_open(stage: Stage, starts_at: datetime, ends_at: datetime, outcome: Outcome | None, now: datetime) -> None:
    """Whether this stage may be answered now.

    Raises:
        Refused: with when it could or can be answered.
    """
    if outcome not in (None, *CAME):
        raise Refused("The register says that you did not come, so there is nothing to ask. If that is wrong, tell the training team.")
    if stage is Stage.BEFORE and now >= ends_at:
        raise Refused("The session is over, so this question can no longer be answered. You can still answer the questions after it.")
    if stage is Stage.AFTER and now < ends_at - EARLY:
        raise Refused("These questions open when the session is about to end. Come back then.")
    if stage is Stage.AFTER and now >= ends_at + LONG:
        raise Refused("These questions could be answered for four weeks after the session, and are closed now.")
    if stage is Stage.FOLLOW_UP:
        raise Refused("These questions are not asked here.")


def shown_count(answered: int, ends_at: datetime, now: datetime) -> int:
    """How many of the answers a trainer sees: none below five, and fives until it is over, so that no single one stands out."""
    if answered < 5:
        return 0
    return answered if now >= ends_at + LONG else answered - answered % 5
