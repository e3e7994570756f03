"""How a job goes through its items: one transaction each, so that one that fails does not stop the others."""

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

Item = TypeVar("Item")
log = logging.getLogger(__name__)


def each(items: Iterable[Item], act: Callable[[Item], object]) -> int:
    """Do it for each; one that fails is logged, and found again at the next run. How many were done."""
    done = 0
    for item in items:
        try:
            act(item)
        except Exception:
            log.exception("an item of the timetable failed; it is tried again")
        else:
            done += 1
    return done
