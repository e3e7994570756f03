"""Passwords: kept as Argon2id with the cost that OWASP names as the least (19 MiB, two passes)."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MOST_BYTES = 1024
_hasher = PasswordHasher(memory_cost=19456, time_cost=2, parallelism=1)
_nobody = _hasher.hash("the password of nobody")


def hash_password(password: str) -> str:
    """What is kept instead of the password."""
    return _hasher.hash(password)


def matches(password: str, kept: str | None) -> bool:
    """Whether this is the password; takes as long for an account that is not there (`kept` none) as for one that is."""
    try:
        return _hasher.verify(kept or _nobody, password[:MOST_BYTES]) and kept is not None
    except (VerificationError, InvalidHashError):
        return False
