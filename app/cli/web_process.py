"""What gunicorn does besides serving: read by it as its configuration, on its own command line in `server`."""

import gc
from typing import Any


def when_ready(_arbiter: Any) -> None:
    """Before the web processes part from their parent: what is loaded is left alone by the garbage collector, and so stays shared memory."""
    gc.collect()
    gc.freeze()
