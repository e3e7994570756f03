"""Random references and secrets, and the form in which secrets are kept."""

import hashlib
import secrets

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
EVEN = 256 - 256 % len(ALPHABET)
"""Bytes from here on would favour some letters, and are thrown away."""


def reference(letters: int = 12) -> str:
    """A random name for a row in an address, in groups of four, such as `k3m9-x7qd-2abc`; tells nothing and cannot be guessed in practice."""
    made = ""
    while len(made) < letters:
        made += "".join(ALPHABET[byte % len(ALPHABET)] for byte in secrets.token_bytes(letters + 4) if byte < EVEN)
    made = made[:letters]
    return "-".join(made[at:at + 4] for at in range(0, letters, 4))


def reference_for(text: str) -> str:
    """The same kind of name, always the same for the same text: for a row that a form which is sent again must find. The text holds a secret."""
    number, made = int(digest(text), 16), ""
    for _ in range(12):
        number, at = divmod(number, len(ALPHABET))
        made += ALPHABET[at]
    return "-".join(made[at:at + 4] for at in range(0, 12, 4))


def references(count: int) -> list[str]:
    """Many references at once, each as random as one."""
    letters: list[str] = []
    while len(letters) < 12 * count:
        letters += [ALPHABET[byte % len(ALPHABET)] for byte in secrets.token_bytes(16 * count) if byte < EVEN]
    made = "".join(letters[: 12 * count])
    return [f"{made[at:at + 4]}-{made[at + 4:at + 8]}-{made[at + 8:at + 12]}" for at in range(0, 12 * count, 12)]


def secret() -> str:
    """256 random bits, for a cookie."""
    return secrets.token_urlsafe(32)


def digest(text: str) -> str:
    """SHA-256 in hex: what the database keeps instead of a secret or an address."""
    return hashlib.sha256(text.encode()).hexdigest()
