"""What is charged, if a partnership charges at all: late returns, missed sessions, people from outside."""

from enum import Enum

from app.booking.rules.policy import Notice, Policy
from app.booking.rules.states import BookingStatus
from app.booking.rules.turnout import Turnout


class ChargeKind(Enum):
    """For what a line of the ledger is."""

    LATE = "late"
    NO_SHOW = "no_show"
    EXTERNAL = "external"
    WAIVER = "waiver"

    @property
    def label(self) -> str:
        """As a page says it."""
        return {"late": "Given back late", "no_show": "Did not come", "external": "Place for an outside agency", "waiver": "Waived"}[self.value]


def charges_for(
    policy: Policy, status: BookingStatus, notice: Notice | None, turnout: Turnout | None, sector: str | None, *, said_yes: bool = True,
    moved_since: bool = False,
) -> list[tuple[ChargeKind, int]]:
    """What a booking costs once its session's register is finished, in pence; nothing where the partnership does not charge.

    A session that we cancelled, an excused absence, a return in time and missing what one never said yes to (`said_yes`) cost nothing; nor does a
    late return once we have moved the session (`moved_since`), as nothing was given back late for the date that took place. Who moves
    to another date late gives a place back late: otherwise moving, and then giving back in time, would be the way round. Who comes without a
    booking from outside pays like who had one.
    """
    if not policy.charges:
        return []
    found = []
    if status in (BookingStatus.GIVEN_BACK, BookingStatus.MOVED) and notice is Notice.LATE and not moved_since:
        found.append((ChargeKind.LATE, policy.late_pence))
    if status is BookingStatus.BOOKED and turnout is Turnout.MISSED and said_yes:
        found.append((ChargeKind.NO_SHOW, policy.no_show_pence))
    if turnout is Turnout.CAME and sector is not None and sector in policy.external_sectors:
        found.append((ChargeKind.EXTERNAL, policy.external_pence))
    return [(kind, pence) for kind, pence in found if pence > 0]


def left_unasked(status: BookingStatus, *, said_yes: bool) -> bool:
    """Whether a place was left for a date to which another moved its person, who has not said yes to that: then leaving it is not late once
    the new place has ended, in whichever way."""
    return status is BookingStatus.MOVED and not said_yes


def money(pence: int) -> str:
    """ "£25", "£7.50". """
    pounds, rest = divmod(abs(pence), 100)
    return f"{'-' if pence < 0 else ''}£{pounds:,}{f'.{rest:02}' if rest else ''}"
