"""What the product does by itself, and how often: the list of jobs, as data."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.accounts import jobs as accounts


@dataclass(frozen=True)
class Job:
    """A piece of work that repeats. `work` is given the moment, may be run twice without harm, and says what it did."""

    name: str
    every: timedelta
    work: Callable[[datetime], str]


TIMETABLE = (Job("forget-ended-sign-ins", timedelta(hours=1), accounts.forget_ended_sign_ins),)
