"""The sending worker: claims letters that are due, hands them over one by one, and writes down what became of each; and forgets old links."""

import logging
import time
from collections import Counter, deque
from collections.abc import Callable
from datetime import datetime
from threading import Event

import sqlalchemy as sa
from flask import current_app

from app.core import leases
from app.core.db import db, transaction
from app.core.errors import OutcomeUnknown
from app.core.settings import Settings
from app.mail.rules.outgoing import Answer, Outcome
from app.mail.senders import Sender, Unreachable
from app.mail.senders.notify import NotifySender
from app.mail.senders.smtp import SmtpSender
from app.mail.services import delivering
from app.mail.services import forget_links as forget_old_links
from app.mail.services.delivering import Claimed

log = logging.getLogger(__name__)
KEEP_TRYING = delivering.LEASE.total_seconds()
Now = Callable[[], datetime]


def sender() -> Sender | None:
    """What carries letters away from this installation; none when they are kept here."""
    settings: Settings = current_app.extensions["settings"]
    if settings.post.server is not None:
        return SmtpSender(settings.post.server, sender=settings.post.sender, reply_to=settings.contact_email)
    if settings.post.notify is not None:
        return NotifySender(settings.post.notify)
    return None


def words(carrier: Sender | None, tally: Counter[Outcome]) -> str:
    """How a round went, in a sentence."""
    if carrier is None:
        return "No mail server is set (SMTP_URL), so letters are kept here."
    told = [f"{tally[outcome]:,} {outcome.value}" for outcome in Outcome if tally[outcome]]
    return f"Letters: {', '.join(told)}." if told else "No letter was due."


def send_due(carrier: Sender, now: Now, stop: Event | None = None) -> Counter[Outcome]:
    """Send every letter that is due, until none is left, nobody answers, or `stop` is set; how the tries went.

    Any number of workers may do this at once. `now` is asked again and again; it may stand still.
    """
    round_ = _Round(carrier, now, stop or Event())
    try:
        while round_.goes_on():
            batch = delivering.claim(round_.holder, now())
            if not batch or not round_.send(batch):
                break
    finally:
        db.session.rollback()
        carrier.close()
    return round_.tally


def forget_links(now: datetime) -> str:
    """Delete links that nobody asks about any more."""
    return f"{forget_old_links(now=now):,} links deleted"


class _Round:
    """One worker's way through what is due. `ended` is the letter just tried, whose fate is still to be written down."""

    def __init__(self, carrier: Sender, now: Now, stop: Event) -> None:
        self.carrier, self.now, self.stop = carrier, now, stop
        self.holder = leases.holder()
        self.tally = Counter[Outcome]()
        self.ended: tuple[Claimed, Answer] | None = None

    def goes_on(self) -> bool:
        """Whether there is something to do and nobody told us to stop."""
        if self.stop.is_set() or not delivering.anything_due(self.now()):
            return False
        delivering.take_back_lapsed(self.now())
        return True

    def send(self, batch: list[Claimed]) -> bool:
        """Send these; no when nobody answers. What is not begun in the end is given back."""
        left = deque(batch)
        try:
            while left and not self.stop.is_set():
                self.carrier.ready()
                one = left.popleft()
                if self._turn(one):
                    self._hand_over(one)
        except Unreachable as error:
            log.warning("letters cannot leave: %s", error)
            delivering.put_off_all(left, self.holder, str(error), self.now())
            self.tally[Outcome.PUT_OFF] += len(left)
            left.clear()
            return False
        finally:
            if self.ended:
                self._turn(None)
            delivering.release(left, self.holder)
        return True

    def _hand_over(self, one: Claimed) -> None:
        try:
            answer = self.carrier.send(one.signed(self.carrier.headers))
        except Exception as error:  # one letter must not stop the others, whatever is wrong with it
            log.exception("a letter could not be handed over")
            answer = Answer(Outcome.DOUBTFUL, f"An error of ours ({type(error).__name__}).")
        self.tally[answer.outcome] += 1
        self.ended = one, answer

    def _turn(self, starting: Claimed | None) -> bool:
        """In one transaction write down the fate of the last letter and the beginning of the next; whether that one may leave.

        A letter that was taken must not be forgotten, so a database that does not answer is asked again for as long as the lease lasts.
        """
        until = time.monotonic() + KEEP_TRYING
        while True:
            try:
                with transaction(survives_power_cut=False):
                    if self.ended:
                        delivering.settle(*self.ended, self.holder, self.now())
                    begun = starting is not None and delivering.begin(starting, self.holder, self.carrier.headers, self.now())
            except (sa.exc.OperationalError, sa.exc.TimeoutError, OutcomeUnknown):
                if time.monotonic() > until:
                    raise
                log.warning("the database does not answer; the fate of a letter is still to be written down")
                time.sleep(1)
            else:
                self.ended = None
                return begun
