"""What an organiser changes, a module for each act: calling off, taking that back, other times or places, several of
these at once, and how many places there are."""

from app.booking.rules.rearranging import Cancelling, Giving, Moving
from app.booking.services.organising.cancelling import Cancelled, cancel_session, cancel_sessions
from app.booking.services.organising.capacity import (
    add_extra_places,
    add_quota,
    change_capacity,
    release_quota,
    set_booking_rules,
    take_extra_places_back,
    use_kept_place,
)
from app.booking.services.organising.changing import Stood, change_session, check_change, days_moved, note_changes, stands
from app.booking.services.organising.rearranging import as_planned, rearrange_sessions
from app.booking.services.organising.the_rest import cancel_rest
from app.booking.services.organising.undoing import Undone, undo_cancelling

__all__ = [
    "Cancelled", "Cancelling", "Giving", "Moving", "Stood", "Undone", "add_extra_places", "add_quota", "as_planned", "cancel_rest",
    "cancel_session", "cancel_sessions", "change_capacity", "change_session", "check_change", "days_moved", "note_changes", "rearrange_sessions",
    "release_quota", "set_booking_rules", "stands", "take_extra_places_back", "undo_cancelling", "use_kept_place",
]
