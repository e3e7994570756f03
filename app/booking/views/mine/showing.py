"""What several pages of places show alike: whom to ask, until when a place can be given back, and who did what was done."""

from collections.abc import Sequence, Set
from dataclasses import asdict
from datetime import datetime, timedelta

from flask import current_app, request

from app.booking.models import Booking, BookingEvent
from app.booking.queries import facts, mine, notices
from app.booking.rules import policy
from app.booking.rules.policy import Policy
from app.booking.rules.possible import Can
from app.booking.rules.states import HAS_PLACE
from app.booking.rules.terms import SHIPPED
from app.core.errors import Refused


def contact() -> str:
    """Whom people ask, as a sentence names it; empty when no address is set."""
    return str(current_app.extensions["settings"].contact_email or "")


def deadline_of(promised: Policy | None, starts_at: datetime, now: datetime) -> dict[str, object]:
    """For a page: `promised`, the last minute in time (`deadline`), whether that has passed (`past`, and so `late`), and whether the session is
    so near that nobody who waits is asked any more (`nobody_asked`)."""
    if promised is None:
        return {"promised": None, "deadline": None, "late": False, "past": False, "nobody_asked": False}
    last = policy.last_minute_in_time(promised, starts_at)
    past = now >= last + timedelta(minutes=1)
    return {"promised": promised, "deadline": last, "late": past, "past": past,
            "nobody_asked": now >= policy.quiet_from(starts_at, promised.no_offers_hours)}


def deadline_for(booking: Booking, promised: Policy, now: datetime) -> dict[str, object]:
    """The same for a place that somebody has: `past` that the last minute has passed, and `late` only where that counts for them. Who got it
    after the deadline by no act of theirs has a later last minute."""
    return {**deadline_of(promised, booking.course_session.starts_at, now), **asdict(notices.return_of(booking, now))}


def check_in_time_still(booking: Booking, now: datetime) -> None:
    """Nobody is late by a button whose page said that they are in time (`in_time` of the form): they see the page as it is now.

    Raises:
        Refused: the deadline has passed since.
    """
    if "in_time" in request.form and booking.status in HAS_PLACE and deadline_for(booking, facts.policy_of(booking), now)["late"]:
        raise Refused("The time to give this place back ended while the page was open, so nothing was done. Read here what that means, and press "
                      "the button again.")


def terms_shown(possible: Set[Can], now: datetime) -> dict[str, object]:
    """For a page with a button that says yes to a place for the first time: the terms that are agreed to with it, and their version."""
    if not possible & {Can.AGREE, Can.ANSWER_OFFER, Can.TAKE_FREE, Can.CHOOSE_WHENEVER}:
        return {"terms": None, "terms_text": ()}
    terms = mine.terms(now)
    return {"terms": terms, "terms_text": (terms.text if terms else SHIPPED).splitlines()}


def own_act(found: Booking, history: Sequence[BookingEvent]) -> bool:
    """Whether it was the person who brought the booking to where it stands."""
    last = next((event for event in history if event.after is found.status and event.before is not event.after), None)
    return last is None or last.by_id == found.person_id
