"""What people may do with places. Each act is one transaction that first takes the lock of its session, or of its sessions in order."""

from app.booking.services.approving import (
    allow_exception,
    approve,
    ask_at_new_address,
    ask_other_manager,
    manager_agrees,
    not_the_manager,
    pass_on_request,
    refuse,
    requests_without_answer,
)
from app.booking.services.attempts import forget_old_attempts, once, plan_once
from app.booking.services.beginning import new_booking
from app.booking.services.by_itself import (
    ask_still_coming,
    bookings_of_leavers,
    delete_needs,
    free_place_of_leaver,
    lists_to_look_at,
    look_at_list,
    look_at_lists_again,
    sessions_due,
    sessions_to_ask,
    settle_session,
)
from app.booking.services.charging import charge_session, mark_exported, waive_charges, waive_strikes
from app.booking.services.consequences import agencies_change, audience_changes
from app.booking.services.deciding import save_policy, save_terms
from app.booking.services.giving_back import (
    Colleague,
    decline,
    give_back,
    move,
    send_colleague,
    substitute,
    undo_giving_back,
)
from app.booking.services.groups import come_one_by_one
from app.booking.services.holding import add, change, end_undos, hold_booking, note, settle
from app.booking.services.leaving import has_left, set_roles, tell_coordinators
from app.booking.services.listing import (
    accept_offer,
    let_list_move,
    offer_out_of_turn,
    people_waiting,
    put_first,
    put_on_programme,
    rejoin,
    say_whenever,
    session_from_waiting,
    stop_waiting_for_course,
    tell_who_asked,
    wait_for_course,
)
from app.booking.services.locking import hold
from app.booking.services.nameless import hold_places, release_held_places
from app.booking.services.needs import say_needs
from app.booking.services.organising import (
    Cancelled,
    Cancelling,
    Giving,
    Moving,
    Stood,
    add_extra_places,
    add_quota,
    as_planned,
    cancel_rest,
    cancel_session,
    cancel_sessions,
    change_capacity,
    change_session,
    check_change,
    days_moved,
    note_changes,
    rearrange_sessions,
    release_quota,
    set_booking_rules,
    stands,
    take_extra_places_back,
    undo_cancelling,
)
from app.booking.services.others import Booker, Named, book_people, hold_places_once, name_people
from app.booking.services.over_capacity import book_over_capacity
from app.booking.services.reminding import look_again, remind, sessions_to_remind
from app.booking.services.replies import ask_whether_to_give_back
from app.booking.services.saying import say_still_coming, send_apologies
from app.booking.services.taking import (
    OnBehalf,
    Taken,
    Wish,
    Work,
    book_for_others,
    book_place,
    name_place,
    take_free_place,
    take_place,
)
from app.booking.services.together import tell_of_room, without_room
from app.booking.services.unasked import note_turnout

__all__ = [
    "Booker", "Cancelled", "Cancelling", "Colleague", "Giving", "Moving", "Named", "OnBehalf", "Stood", "Taken", "Wish", "Work", "accept_offer",
    "add", "add_extra_places", "add_quota", "agencies_change", "allow_exception", "approve", "as_planned", "ask_at_new_address",
    "ask_other_manager", "ask_still_coming", "ask_whether_to_give_back", "audience_changes", "book_for_others", "book_over_capacity", "book_people",
    "book_place", "bookings_of_leavers", "cancel_rest", "cancel_session", "cancel_sessions", "change", "change_capacity", "change_session",
    "charge_session", "check_change", "come_one_by_one", "days_moved", "decline", "delete_needs", "end_undos", "forget_old_attempts",
    "free_place_of_leaver", "give_back", "has_left", "hold", "hold_booking", "hold_places", "hold_places_once", "lists_to_look_at", "let_list_move",
    "look_again", "look_at_list", "look_at_lists_again", "manager_agrees", "mark_exported", "move", "name_people", "name_place", "new_booking",
    "not_the_manager", "note", "note_changes", "note_turnout", "offer_out_of_turn", "once", "pass_on_request", "people_waiting", "plan_once",
    "put_first", "put_on_programme", "rearrange_sessions", "refuse", "rejoin", "release_held_places", "release_quota", "remind",
    "requests_without_answer", "save_policy", "save_terms", "say_needs", "say_still_coming", "say_whenever", "send_apologies", "send_colleague",
    "session_from_waiting", "sessions_due", "sessions_to_ask", "sessions_to_remind", "set_booking_rules", "set_roles", "settle", "settle_session",
    "stands", "stop_waiting_for_course", "substitute", "take_extra_places_back", "take_free_place", "take_place", "tell_coordinators",
    "tell_of_room", "tell_who_asked", "undo_cancelling", "undo_giving_back", "wait_for_course", "waive_charges", "waive_strikes", "without_room",
]
