"""How the web processes share new connections: whoever has fewer open takes the next."""

import time
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

HESITATION, LONGEST = 0.0005, 0.005
"""Seconds: for each connection that a process has open already, and at most."""


class Sharing(ThreadWorker):  # type: ignore[misc]
    """A process of a few threads that lets less busy ones go first. Browsers keep a connection for many requests: a process that takes
    all that come within a moment, as they do when a course opens, works them off on one processor while the others are idle."""

    def accept(self, listener: Any) -> None:
        """Take a new connection, unless somebody else has meanwhile."""
        time.sleep(min(self.nr_conns * HESITATION, LONGEST))
        super().accept(listener)
