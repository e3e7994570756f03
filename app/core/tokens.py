"""Random references and secrets, and the form in which secrets are kept."""

import hashlib
import secrets

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


def reference() -> str:
    """A short random name for a row in an address, such as `k3m9-x7qd`; tells nothing and cannot be guessed in practice."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(12))
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"


def secret() -> str:
    """256 random bits, for a cookie."""
    return secrets.token_urlsafe(32)


def digest(text: str) -> str:
    """SHA-256 in hex: what the database keeps instead of a secret or an address."""
    return hashlib.sha256(text.encode()).hexdigest()
