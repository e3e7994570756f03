"""E-mail addresses as they are kept: checked by their form, in small letters."""

from functools import lru_cache

import email_validator
from email_validator import EmailNotValidError, validate_email

from app.core.errors import Refused

INSIDE = ("local", "localhost", "test")
"""Domains that exist in an organisation's own network only, or while something is tried out; the library refuses them unless told not to."""
email_validator.SPECIAL_USE_DOMAIN_NAMES[:] = [name for name in email_validator.SPECIAL_USE_DOMAIN_NAMES if name not in INSIDE]


@lru_cache(maxsize=4096)
def work_address(text: str) -> str:
    """The address in small letters. Whether mail reaches it is not asked: many a council's addresses are known inside only.

    Raises:
        Refused: it is not an address.
    """
    try:
        found = validate_email(text.strip(), check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        raise Refused("Enter an address like name@organisation.org.uk") from None
    return str(found.normalized).lower()
