"""Who has to agree to a place, and in which order; nobody is refused by a machine alone."""

from dataclasses import dataclass

from app.booking.rules.policy import Standing
from app.booking.rules.states import BookingStatus
from app.catalogue.rules import Approval

MISSED = "has missed sessions, so a coordinator has a look"
ASKS_MANAGER = "the course asks the line manager"
ASKS_COORDINATOR = "the course asks the coordinator"
NO_MANAGER = "no line manager is named, so the coordinator decides"
NOBODY_ASKED = "nobody has to agree any more"
NO_MANAGER_ASKED = "the course does not ask line managers any more"
COORDINATOR_ASKED = "a coordinator asked, and has agreed by that"


@dataclass(frozen=True)
class Asked:
    """Who asked for somebody, and has agreed by that."""

    manager: bool = False
    coordinator: bool = False


def first_state(
    approval: Approval, standing: Standing, *, has_manager: bool, manager_asks: bool = False, coordinator_asks: bool = False
) -> tuple[BookingStatus, str | None]:
    """Where a place begins: sure, or waiting for somebody's yes, with the rule that says so.

    Whoever asks has agreed already: a manager for their own people, a coordinator for anybody.
    """
    if coordinator_asks:
        return BookingStatus.BOOKED, None
    if approval in (Approval.MANAGER, Approval.BOTH) and not manager_asks:
        if has_manager:
            return BookingStatus.AWAITING_MANAGER, ASKS_MANAGER
        return BookingStatus.AWAITING_COORDINATOR, NO_MANAGER
    return _after_manager(approval, standing)


def still_to_agree(approval: Approval, asked: Asked) -> Approval:
    """What is left of the question who has to agree, as some have by asking."""
    if asked.coordinator or (asked.manager and approval is Approval.MANAGER):
        return Approval.NOBODY
    return Approval.COORDINATOR if asked.manager and approval is Approval.BOTH else approval


def after_manager_agreed(approval: Approval, standing: Standing) -> tuple[BookingStatus, str | None]:
    """Where a request goes when the line manager has said yes."""
    return _after_manager(approval, standing)


def asked_still(approval: Approval, status: BookingStatus, standing: Standing, *, manager_agreed: bool) -> BookingStatus:
    """Where a request stands once the course asks whom it asks `approval` now: nobody's yes is waited for that it does not ask for any more.

    What came to the coordinator in the manager's stead stays there.
    """
    if approval is Approval.BOTH or (approval is Approval.MANAGER and (status is BookingStatus.AWAITING_MANAGER or not manager_agreed)):
        return status
    return _after_manager(approval, standing)[0]


def _after_manager(approval: Approval, standing: Standing) -> tuple[BookingStatus, str | None]:
    if approval in (Approval.COORDINATOR, Approval.BOTH):
        return BookingStatus.AWAITING_COORDINATOR, ASKS_COORDINATOR
    if standing is Standing.ASK_COORDINATOR:
        return BookingStatus.AWAITING_COORDINATOR, MISSED
    return BookingStatus.BOOKED, None
