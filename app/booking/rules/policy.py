"""What a partnership asks of people and promises them: when a place comes back late, how long an offer stands, what a missed session means."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import Enum

from app.core.london import london, london_date
from app.core.working_days import end_of_day, end_of_working_day_after, working_days_before

GO_BACK_AT = time(9)
"""When on their day held places without a name go back: in working hours, so that those who wait see it."""


SHORTEST_OFFER = timedelta(minutes=15)
"""No offer is made that would stand less long: its letter would hardly be read before the next one says that it lapsed."""
TIME_TO_OFFER = timedelta(minutes=30)
"""So long before offers end, what is held for an undo goes on, so that somebody can still be offered it."""


class NoticeUnit(Enum):
    """In what the deadline for giving back is counted."""

    WORKING_DAYS = "working_days"
    DAYS = "days"
    HOURS = "hours"


class WhenUnanswered(Enum):
    """What happens to a request that nobody answered in time."""

    ENDS = "ends"
    GOES_ON = "goes_on"


class Notice(Enum):
    """Whether a place came back in time."""

    IN_TIME = "in_time"
    LATE = "late"
    EXCUSED = "excused"


@dataclass(frozen=True)
class Policy:
    """One partnership's rules from a day on; what is not said is what we ship. Money is in pence."""

    notice: int = 3
    notice_unit: NoticeUnit = NoticeUnit.WORKING_DAYS
    offer_hours: int = 24
    near_offer_hours: int = 2
    near_hours: int = 48
    no_offers_hours: int = 2
    undo_minutes: int = 15
    approval_days: int = 5
    when_unanswered: WhenUnanswered = WhenUnanswered.ENDS
    strikes_note: int = 2
    strikes_ask: int = 3
    strike_months: int = 12
    charges: bool = False
    late_pence: int = 2500
    no_show_pence: int = 5000
    external_pence: int = 5000
    external_sectors: Sequence[str] = ()
    tell_manager: bool = False
    reminder_days: Sequence[int] = (7, 1)
    joining_days: int = 5

    @property
    def notice_words(self) -> str:
        """The notice as a sentence says it: "3 working days"."""
        unit = self.notice_unit.value.replace("_", " ")
        return f"{self.notice} {unit.removesuffix('s') if self.notice == 1 else unit}"


def deadline(policy: Policy, starts_at: datetime) -> datetime:
    """The first moment that is late.

    Days are counted back from the day before the session, and the last of them is in time to its end: three working days before a
    Thursday are in time until Monday, 11:59pm.
    """
    if policy.notice_unit is NoticeUnit.HOURS:
        return starts_at - timedelta(hours=policy.notice)
    day = london_date(starts_at)
    if policy.notice_unit is NoticeUnit.WORKING_DAYS:
        return min(end_of_day(working_days_before(day, policy.notice)), starts_at)
    return min(end_of_day(day - timedelta(days=policy.notice)), starts_at)


def last_minute_in_time(policy: Policy, starts_at: datetime) -> datetime:
    """The deadline as a page shows it: the last minute that is in time."""
    return deadline(policy, starts_at) - timedelta(minutes=1)


def notice_given(
    policy: Policy, starts_at: datetime, now: datetime, *, reason: str = "", asked_for_by_other: bool = False,
    times_changed_at: datetime | None = None, promised_at: datetime | None = None, has_two_by_us: bool = False,
    let_in_at: datetime | None = None, only_asked_for: bool = False, question_runs: bool = False,
) -> Notice:
    """Whether a place that comes back now comes in time.

    It is never late for somebody whose place was booked by another and who never agreed to it (`asked_for_by_other`), nor for a request to
    which nobody agreed yet (`only_asked_for`), nor
    for somebody who did not say yes since the session got another time, nor for one of two dates that somebody has because a cancellation
    was undone (`has_two_by_us`). Whom the list let in without asking, or whose request was agreed to (`let_in_at`), has as long as an offer
    would have stood. A no to our own question whether they still come (`question_runs`) is not late either: silence until its end costs nothing, and
    an honest answer frees the place earlier. A reason given before the start excuses it.
    """
    if now < deadline(policy, starts_at) or asked_for_by_other or only_asked_for or has_two_by_us or question_runs:
        return Notice.IN_TIME
    asked_until = offer_ends_at(policy, starts_at, let_in_at) if let_in_at is not None else None
    if asked_until is not None and now < asked_until:
        return Notice.IN_TIME
    if times_changed_at is not None and (promised_at is None or promised_at < times_changed_at):
        return Notice.IN_TIME
    return Notice.EXCUSED if reason.strip() else Notice.LATE


def last_offer_ends_at(policy: Policy, starts_at: datetime) -> datetime:
    """The last moment to which any offer may stand."""
    return starts_at - timedelta(hours=policy.no_offers_hours)


def quiet_from(starts_at: datetime, no_offers_hours: int) -> datetime:
    """From when on nobody is offered anything any more, and a free place goes to whoever asks."""
    return starts_at - timedelta(hours=no_offers_hours) - SHORTEST_OFFER


def offer_ends_at(policy: Policy, starts_at: datetime, now: datetime) -> datetime | None:
    """Until when an offer made now holds its place; none when it is too near the start for any offer."""
    last = last_offer_ends_at(policy, starts_at)
    if now >= quiet_from(starts_at, policy.no_offers_hours):
        return None
    near = starts_at - now <= timedelta(hours=policy.near_hours)
    return min(now + timedelta(hours=policy.near_offer_hours if near else policy.offer_hours), last)


def hold_of_displaced_ends_at(policy: Policy, starts_at: datetime, now: datetime) -> datetime | None:
    """Until when a place is held for somebody whose session we cancelled: as long as a request is, as it was no fault of theirs."""
    if now >= quiet_from(starts_at, policy.no_offers_hours):
        return None
    return min(end_of_working_day_after(now, policy.approval_days), last_offer_ends_at(policy, starts_at))


def request_ends_at(policy: Policy, starts_at: datetime, now: datetime) -> datetime:
    """Until when a request holds its place: the working days that the policy gives, and no longer than `last_request_ends_at`."""
    return min(end_of_working_day_after(now, policy.approval_days), last_request_ends_at(policy, starts_at, now))


def last_request_ends_at(policy: Policy, starts_at: datetime, now: datetime) -> datetime:
    """The last moment to which a request that is made now may stand: its place can still be offered to others then. Where that leaves less time
    to answer than an offer near the start has, it may stand to the start."""
    offered_still = last_offer_ends_at(policy, starts_at) - TIME_TO_OFFER
    return offered_still if offered_still - now >= timedelta(hours=policy.near_offer_hours) else starts_at


def undo_ends_at(policy: Policy, starts_at: datetime, now: datetime) -> datetime | None:
    """Until when a return can be undone, as long as the place can be offered afterwards; none shortly before the start, when the place is free
    at once, nor where the policy gives no time."""
    ends_at = min(now + timedelta(minutes=policy.undo_minutes), last_offer_ends_at(policy, starts_at) - TIME_TO_OFFER)
    return ends_at if ends_at > now else None


def undo_still_ends_at(policy: Policy, starts_at: datetime, until: datetime, now: datetime) -> datetime | None:
    """Until when a return can be undone that could be until then, now that the session starts at this moment; none when the place is free."""
    ends_at = min(until, last_offer_ends_at(policy, starts_at) - TIME_TO_OFFER)
    return ends_at if ends_at > now else None


def undo_of_no_ends_at(policy: Policy, starts_at: datetime, now: datetime, offer_ends: datetime | None) -> datetime | None:
    """Until when somebody who said no to an offer can have it back: as long as a return can be undone, and never past the end of the offer."""
    ends_at = undo_ends_at(policy, starts_at, now)
    return ends_at if ends_at is None or offer_ends is None else min(ends_at, offer_ends)


def undo_of_leaving_ends_at(policy: Policy, starts_at: datetime, left_at: datetime) -> datetime:
    """Until when somebody who left the list can be put back where they stood: as long as a return can be undone, to the start at the latest.

    Nothing is held meanwhile, so that the session is near makes no difference.
    """
    return min(left_at + timedelta(minutes=policy.undo_minutes), starts_at)


def ask_coming_at(starts_at: datetime, confirm_days: int) -> datetime:
    """When people are asked whether they still come."""
    return starts_at - timedelta(days=confirm_days)


def ask_coming_until(starts_at: datetime, confirm_days: int) -> datetime:
    """From when on nobody is asked any more, as too little time would be left to answer: half way from when it was due to the start."""
    return starts_at - timedelta(days=confirm_days) / 2


def silence_ends_at(starts_at: datetime, asked_at: datetime) -> datetime:
    """When a place goes on of which nobody said that they still come: half way from the question to the start."""
    return asked_at + (starts_at - asked_at) / 2


class Standing(Enum):
    """What missed sessions mean for the next booking. Nobody is barred: at most a coordinator has a look."""

    CLEAR = "clear"
    NOTE = "note"
    ASK_COORDINATOR = "ask_coordinator"


def strikes_since(policy: Policy, now: datetime) -> datetime:
    """Sessions missed before this moment no longer count."""
    local = london(now)
    months = local.year * 12 + local.month - 1 - policy.strike_months
    year, month = months // 12, months % 12 + 1
    return local.replace(year=year, month=month, day=min(local.day, monthrange(year, month)[1]))


def standing_after(policy: Policy, strikes: int) -> Standing:
    """What so many missed sessions in the window mean."""
    if policy.strikes_ask and strikes >= policy.strikes_ask:
        return Standing.ASK_COORDINATOR
    if policy.strikes_note and strikes >= policy.strikes_note:
        return Standing.NOTE
    return Standing.CLEAR
