"""Roles, how long a sign-in lasts, and when guessing a password is slowed."""

from datetime import datetime, timedelta
from enum import Enum


class Role(Enum):
    """What somebody may do here; one account may hold several."""

    DELEGATE = "delegate"
    LINE_MANAGER = "line_manager"
    AGENCY_LEAD = "agency_lead"
    TRAINER = "trainer"
    COORDINATOR = "coordinator"
    REPORT_AUTHOR = "report_author"
    SCRUTINEER = "scrutineer"
    ADMINISTRATOR = "administrator"

    @property
    def label(self) -> str:
        """As a page says it."""
        return self.value.replace("_", " ")


STAFF = frozenset({Role.LINE_MANAGER, Role.AGENCY_LEAD, Role.TRAINER, Role.COORDINATOR, Role.REPORT_AUTHOR, Role.SCRUTINEER,
                   Role.ADMINISTRATOR})

FAILURES_ALLOWED = 10
FAILURE_WINDOW = timedelta(minutes=5)


def sign_in_ends_at(roles: frozenset[Role], started_at: datetime, last_seen_at: datetime) -> datetime:
    """The moment after which the browser must sign in again: staff after 30 idle minutes or 12 hours, others after 2 or 24 hours."""
    idle, whole = (timedelta(minutes=30), timedelta(hours=12)) if roles & STAFF else (timedelta(hours=2), timedelta(hours=24))
    return min(last_seen_at + idle, started_at + whole)


def must_wait(failures: int) -> bool:
    """Whether so many failures in the window mean that this address must wait before the next try."""
    return failures >= FAILURES_ALLOWED


def whole_sign_in_ago(now: datetime) -> datetime:
    """No sign-in that started before this moment can still be alive."""
    return now - timedelta(hours=24)


def full_name(first_name: str, last_name: str) -> str:
    """First and last name as they are written together; either may be empty."""
    return f"{first_name} {last_name}".strip()
