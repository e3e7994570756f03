"""When people are invited to answer, and when they are reminded: at most twice, and never once they have answered."""

from datetime import datetime, time, timedelta

from app.core.london import from_london, london_date
from app.evaluation.rules.stages import Stage

AT = time(9)
BEFORE_DAYS = 2
REMINDED_AFTER_DAYS = (3, 10)


def waves(stage: Stage, starts_at: datetime, ends_at: datetime) -> list[datetime]:
    """The moments of the invitation and its reminders."""
    if stage is Stage.BEFORE:
        return [from_london(london_date(starts_at) - timedelta(days=BEFORE_DAYS), AT)]
    return [ends_at, *(from_london(london_date(ends_at) + timedelta(days=days), AT) for days in REMINDED_AFTER_DAYS)]


def wave_due(stage: Stage, starts_at: datetime, ends_at: datetime, now: datetime) -> int | None:
    """Which of them is due now: the latest whose moment has come; none before the first."""
    passed = [number for number, moment in enumerate(waves(stage, starts_at, ends_at)) if moment <= now]
    return passed[-1] if passed else None
