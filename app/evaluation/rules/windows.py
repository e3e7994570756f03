"""When a questionnaire may be answered: before until the session ends; after from shortly before its end, for four weeks; later ones for six
weeks from some weeks after it."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from app.attendance.rules import CAME, Outcome
from app.core.errors import Refused
from app.evaluation.rules.stages import Stage

EARLY = timedelta(minutes=30)
LONG = timedelta(days=28)
LATER_LONG = timedelta(days=42)
PAPER_LATER = timedelta(days=28)
"""So much longer a form that was filled in on paper in time may be keyed in."""
WEEKS = 12
FEWEST_WEEKS, MOST_WEEKS = 6, 26
LATER = (Stage.FOLLOW_UP, Stage.MANAGER)
DRAFTS_KEPT = timedelta(days=14)
NOT_LATER: Mapping[Stage, int] = {}


def opens_at(stage: Stage, ends_at: datetime, weeks: int = WEEKS) -> datetime | None:
    """From when it may be answered; none: from when there is a place."""
    if stage is Stage.BEFORE:
        return None
    return ends_at - EARLY if stage is Stage.AFTER else ends_at + timedelta(weeks=weeks)


def closes_at(stage: Stage, ends_at: datetime, weeks: int = WEEKS) -> datetime:
    """Until when it may be answered, and changed."""
    if stage is Stage.BEFORE:
        return ends_at
    return ends_at + LONG if stage is Stage.AFTER else ends_at + timedelta(weeks=weeks) + LATER_LONG


def open_stages(
    starts_at: datetime, ends_at: datetime, outcome: Outcome | None, now: datetime, weeks: Mapping[Stage, int] = NOT_LATER
) -> list[Stage]:
    """The stages that may be answered now by somebody with a place, given what the register says so far and after how many weeks
    each later stage is asked (one that is not in `weeks` is not asked)."""
    found = []
    if now < ends_at and outcome in (None, *CAME):
        found.append(Stage.BEFORE)
    if ends_at - EARLY <= now < ends_at + LONG and outcome in (None, *CAME):
        found.append(Stage.AFTER)
    if Stage.FOLLOW_UP in weeks and outcome in CAME and _is_open(Stage.FOLLOW_UP, ends_at, now, weeks[Stage.FOLLOW_UP]):
        found.append(Stage.FOLLOW_UP)
    return [stage for stage in found if stage is not Stage.BEFORE or now < starts_at or Stage.AFTER not in found]


def _is_open(stage: Stage, ends_at: datetime, now: datetime, weeks: int) -> bool:
    opens = opens_at(stage, ends_at, weeks)
    return (opens is None or now >= opens) and now < closes_at(stage, ends_at, weeks)


def check_open(
    stage: Stage, starts_at: datetime, ends_at: datetime, outcome: Outcome | None, now: datetime, weeks: int = WEEKS, *, paper: bool = False
) -> None:
    """Whether this stage may be answered now. What was filled in on paper may be keyed in four weeks longer.

    Raises:
        Refused: with when it could or can be answered.
    """
    later = PAPER_LATER if paper else timedelta(0)
    if outcome not in (None, *CAME):
        raise Refused("The register says that you did not come, so there is nothing to ask. If that is wrong, tell the training team.")
    if stage is Stage.BEFORE and now >= ends_at + later:
        raise Refused("The session is over, so this question can no longer be answered. You can still answer the questions after it.")
    if stage is Stage.AFTER and now < ends_at - EARLY:
        raise Refused("These questions open when the session is about to end. Come back then.")
    if stage is Stage.AFTER and now >= ends_at + LONG + later:
        raise Refused("These questions could be answered for four weeks after the session, and are closed now.")
    if stage in LATER and outcome is None:
        raise Refused("These questions are for people who came, and the register does not say so yet.")
    if stage in LATER and now < ends_at + timedelta(weeks=weeks):
        raise Refused(f"These questions open {weeks} weeks after the session. We write to you then.")
    if stage in LATER and now >= closes_at(stage, ends_at, weeks) + later:
        raise Refused("These questions could be answered for six weeks, and are closed now.")


def check_weeks(weeks: int) -> None:
    """Whether a later stage may be asked after so many weeks.

    Raises:
        Refused: it may not.
    """
    if not FEWEST_WEEKS <= weeks <= MOST_WEEKS:
        raise Refused(f"Choose from {FEWEST_WEEKS} to {MOST_WEEKS} weeks.")
