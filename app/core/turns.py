"""Turns at SQLite's one write lock. Its own waiting sleeps longer and longer, so that under load newcomers overtake and some wait for ever.

Writers of one process queue in the order in which they came, and only the first of them asks for the lock, every millisecond or so;
with a few processes each then has the same chance, and nobody is passed over for long.
"""

import random
import threading
import time
from collections import deque
from collections.abc import Callable

PAUSE = 0.001
"""Seconds between two tries of the first in the queue, on average."""


class Turns:
    """The queue of one process."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._taken = False

    def take(self, seconds: float) -> bool:
        """Wait for the turn, at most so long; whether it came. Who took it must `leave`."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return True
            mine = threading.Event()
            self._waiting.append(mine)
        if mine.wait(seconds):
            return True
        with self._guard:
            if mine.is_set():  # it came in this moment
                return True
            self._waiting.remove(mine)
            return False

    def leave(self) -> None:
        """Let the next one in the queue have it."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._taken = False


def try_until(works: Callable[[], bool], until: float) -> bool:
    """Try again and again until it works, or until that moment of the monotonic clock; whether it worked."""
    while not works():
        if time.monotonic() >= until:
            return False
        time.sleep(random.uniform(0.5, 1.5) * PAUSE)
    return True
