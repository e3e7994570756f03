"""Roles, how long a sign-in or a letter about an account lasts, and when guessing and asking are slowed."""

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import Enum
from ipaddress import ip_address, ip_network


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

LEAST_CHARACTERS, STAFF_CHARACTERS = 12, 15
"""How long a password must be; that of somebody who acts for others, or sees what is theirs."""

FAILURES_ALLOWED = 10
FAILURE_WINDOW = timedelta(minutes=5)

SIGN_IN_LINK_LASTS = timedelta(minutes=10)
RESET_LASTS = timedelta(minutes=60)
ADDRESS_LINK_LASTS = timedelta(hours=24)
CODE_TRIES = 5
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MOST_LETTERS = ((3, HOUR), (10, DAY))
"""So many letters about an account go to one address in so long."""
MOST_FROM_A_NETWORK = ((30, HOUR),)
MOST_WRONG_LINKS = ((60, timedelta(minutes=1)),)
"""So many links and private addresses that never were may be tried from one network in so long."""
MOST_CODES = ((20, HOUR),)
"""So many codes may be typed for one account in so long, over all its letters."""


def sign_in_ends_at(roles: frozenset[Role], started_at: datetime, last_seen_at: datetime) -> datetime:
    """The moment after which the browser must sign in again: staff after 30 idle minutes or 12 hours, others after 2 or 24 hours."""
    idle, whole = (timedelta(minutes=30), timedelta(hours=12)) if roles & STAFF else (timedelta(hours=2), timedelta(hours=24))
    return min(last_seen_at + idle, started_at + whole)


def least_characters(roles: Iterable[Role]) -> int:
    """How many characters a password needs at least, for somebody with these roles."""
    return STAFF_CHARACTERS if STAFF & set(roles) else LEAST_CHARACTERS


def must_wait(failures: int) -> bool:
    """Whether so many failures in the window mean that this address must wait before the next try."""
    return failures >= FAILURES_ALLOWED


def whole_sign_in_ago(now: datetime) -> datetime:
    """No sign-in that started before this moment can still be alive."""
    return now - timedelta(hours=24)


def full_name(first_name: str, last_name: str) -> str:
    """First and last name as they are written together; either may be empty."""
    return f"{first_name} {last_name}".strip()


def manager_other_than(own: str, manager: str | None) -> str | None:
    """The address of the manager of whoever has the address `own`; none when nobody is named, or they named themselves."""
    return None if not manager or manager.strip().lower() == own else manager


def network_of(address: str | None) -> str:
    """What counts as one place to ask from: the /24 of an IPv4 address, the /64 of an IPv6 address; empty when none is known."""
    try:
        at = ip_address((address or "").partition("%")[0])
    except ValueError:
        return ""
    return str(ip_network((at, 24 if at.version == 4 else 64), strict=False))


def code_of(browser_digest: str, key: bytes) -> str:
    """The six digits with which the browser of this digest may be signed in; without the key nobody can work them out."""
    made = hmac.digest(key, b"code to sign in:" + browser_digest.encode(), hashlib.sha256)
    return f"{int.from_bytes(made) % 1_000_000:06}"


def same_code(typed: str, code: str) -> bool:
    """Whether somebody typed this code, with spaces or without; takes as long either way."""
    return hmac.compare_digest("".join(typed.split()).encode(), code.encode())
