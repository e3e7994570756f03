"""What gunicorn does besides serving: read by it as its configuration, on its own command line in `server`."""

import gc
from typing import Any

from app.core import clock
from app.core.working_days import bank_holidays


def when_ready(_arbiter: Any) -> None:
    """Before the web processes part from their parent: what takes long and is the same for all is asked, so that no request waits for it;
    what is loaded is left alone by the garbage collector, and so stays shared memory."""
    bank_holidays(clock.london_date(clock.now()).year)
    gc.collect()
    gc.freeze()
