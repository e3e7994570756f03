"""What the worker does for places: one transaction an item, so that one that fails does not stop the others."""

from datetime import datetime

from app.booking import services
from app.core.each import each


def settle(now: datetime) -> str:
    """End offers, requests and returns whose time has come, and offer what is free to those who wait."""
    return f"{each(services.sessions_due(now), lambda number: services.settle_session(session_id=number, now=now))} sessions settled"


def offer_opened(now: datetime) -> str:
    """Offer free places to those who wait and could not have them before: their job, an agency or what they came to has changed."""
    return f"{each(services.lists_to_look_at(now), lambda seen: services.look_at_list(seen=seen, now=now))} lists looked at"


def remind(now: datetime) -> str:
    """Reminders and joining instructions that are due."""
    written = 0

    def one(number: int) -> None:
        nonlocal written
        written += services.remind(session_id=number, now=now)

    each(services.sessions_to_remind(now), one)
    return f"{written} letters written"


def ask_still_coming(now: datetime) -> str:
    """Ask people whether they still come, where a session wants it."""
    return f"{each(services.sessions_to_ask(now), lambda number: services.ask_still_coming(session_id=number, now=now))} sessions asked"


def free_places_of_leavers(now: datetime) -> str:
    """Free the coming places of people whose account has ended."""
    freed = each(services.bookings_of_leavers(now), lambda number: services.free_place_of_leaver(booking_id=number, now=now))
    return f"{freed} places freed"


def pass_on_requests(now: datetime) -> str:
    """Pass requests on to the coordinator that wait for a manager whose account has ended, or to whom letters come back."""
    passed = each(services.requests_without_answer(now), lambda number: services.pass_on_request(booking_id=number, now=now))
    return f"{passed} requests passed on"


def tell_of_leavers(now: datetime) -> str:
    """Tell the coordinators whose places went on because they left."""
    return f"{services.tell_coordinators(now=now)} letters written"


def forget(now: datetime) -> str:
    """Delete needs thirty days after their session."""
    return f"{services.delete_needs(now=now)} needs deleted"


def forget_keys(now: datetime) -> str:
    """Delete forms' keys after a day."""
    return f"{services.forget_old_attempts(now=now)} keys deleted"
