"""When people are invited to answer, and when they are reminded: at most twice, and never once they have answered."""

from datetime import datetime, time, timedelta

from app.core.london import from_london, london_date
from app.evaluation.rules.stages import Stage
from app.evaluation.rules.windows import WEEKS

AT = time(9)
BEFORE_DAYS = 2
REMINDED_AFTER_DAYS = (3, 10)
LATER_REMINDED_AFTER_DAYS = (7, 21)


def waves(stage: Stage, starts_at: datetime, ends_at: datetime, weeks: int = WEEKS) -> list[datetime]:
    """The moments of the invitation and its reminders."""
    if stage is Stage.BEFORE:
        return [from_london(london_date(starts_at) - timedelta(days=BEFORE_DAYS), AT)]
    if stage is Stage.AFTER:
        return [ends_at, *(from_london(london_date(ends_at) + timedelta(days=days), AT) for days in REMINDED_AFTER_DAYS)]
    # The questions open at the hour at which the session ended, so the letter leaves on the morning after that.
    first = london_date(ends_at) + timedelta(weeks=weeks, days=1)
    return [from_london(first + timedelta(days=days), AT) for days in (0, *LATER_REMINDED_AFTER_DAYS)]


def wave_due(stage: Stage, starts_at: datetime, ends_at: datetime, now: datetime, weeks: int = WEEKS) -> int | None:
    """Which of them is due now: the latest whose moment has come; none before the first."""
    passed = [number for number, moment in enumerate(waves(stage, starts_at, ends_at, weeks)) if moment <= now]
    return passed[-1] if passed else None


def reminds_from(stage: Stage, wave: int, left_at: datetime) -> datetime:
    """When the reminder of this wave is due at the earliest: as many days after the letter before it left as lie between the two by plan."""
    days = (0, *(REMINDED_AFTER_DAYS if stage is Stage.AFTER else LATER_REMINDED_AFTER_DAYS))
    return from_london(london_date(left_at) + timedelta(days=days[wave] - days[wave - 1]), AT)
