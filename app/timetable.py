"""What the product does by itself, and how often: the list of jobs, as data."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.accounts import jobs as accounts
from app.attendance import jobs as attendance
from app.booking import jobs as booking
from app.certificates import jobs as certificates
from app.core.jobs import HEARTBEAT
from app.evaluation import jobs as evaluation
from app.evidence import jobs as evidence
from app.home import jobs as home
from app.mail import jobs as mail


@dataclass(frozen=True)
class Job:
    """A piece of work that repeats. `work` is given the moment, may be run twice without harm, and says what it did.

    What is due stands in the database and is found by open-ended sweeps, so `every` says how soon it is found, not when it is true.
    """

    name: str
    every: timedelta
    work: Callable[[datetime], str]


TIMETABLE = (
    Job(HEARTBEAT, timedelta(minutes=1), lambda _now: "a worker is alive"),
    Job("places", timedelta(minutes=1), booking.settle),
    Job("places-opened", timedelta(minutes=1), booking.offer_opened),
    Job("reminders", timedelta(minutes=5), booking.remind),
    Job("still-coming", timedelta(minutes=10), booking.ask_still_coming),
    Job("leavers", timedelta(minutes=5), booking.free_places_of_leavers),
    Job("requests-passed-on", timedelta(minutes=5), booking.pass_on_requests),
    Job("leavers-told", timedelta(minutes=5), booking.tell_of_leavers),
    Job("trainer-lists", timedelta(minutes=10), attendance.send_trainer_lists),
    Job("registers-missing", timedelta(minutes=10), attendance.chase_registers),
    Job("no-shows", timedelta(minutes=10), attendance.follow_up_no_shows),
    Job("questionnaires", timedelta(minutes=10), evaluation.invite),
    Job("worries", timedelta(minutes=5), evaluation.watch_worries),
    Job("certificates", timedelta(minutes=10), certificates.issue),
    Job("certificates-corrected", timedelta(minutes=10), certificates.correct),
    Job("evidence", timedelta(minutes=10), evidence.keep_to_dates),
    Job("held-answers", timedelta(hours=1), evaluation.count_held_answers),
    Job("old-rows", timedelta(minutes=1), evaluation.clear_old_rows),
    Job("forget-opened", timedelta(hours=1), certificates.forget_opened),
    Job("forget-drafts", timedelta(hours=1), evaluation.forget_drafts),
    Job("digest", timedelta(minutes=10), home.write_digests),
    Job("forget-needs", timedelta(hours=1), booking.forget),
    Job("forget-keys", timedelta(hours=1), booking.forget_keys),
    Job("forget-links", timedelta(hours=1), mail.forget_links),
    Job("forget-ended-sign-ins", timedelta(hours=1), accounts.forget_ended_sign_ins),
)
