"""How much is tried: everything with `python3 dev.py test --faults`, about a twentieth of it otherwise, and always the same twentieth."""

import os
import zlib
from collections.abc import Sequence
from typing import TypeVar

FULL = os.environ.get("UPLIFT_FAULTS") == "full"
ORDINARILY = 20

One = TypeVar("One")


def times(full: int, *, otherwise: int | None = None) -> int:
    """How often to do something that is done so often in full."""
    if FULL:
        return full
    return max(1, full // ORDINARILY) if otherwise is None else otherwise


def sample(all_of_it: Sequence[One], name: str) -> list[One]:
    """All, or every twentieth from a place that the name decides."""
    if FULL:
        return list(all_of_it)
    return list(all_of_it[zlib.crc32(name.encode()) % min(ORDINARILY, len(all_of_it))::ORDINARILY])
