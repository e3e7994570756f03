"""What we write to people about their places: which act brings which letter, and what stands in it."""

from app.booking.emails.anew import OF_SEVERAL, bookings_changed, write_anew
from app.booking.emails.called_off import Told, sessions_cancelled, two_dates, with_times_told
from app.booking.emails.charges import about as charge_about
from app.booking.emails.charges import charged, waived
from app.booking.emails.dates import (
    asks,
    runs_again,
    tell_holder_of_release,
    tell_holders,
    tell_holders_of_place,
    tell_holders_of_times,
    write_holders_time_anew,
)
from app.booking.emails.drafting import further_parts, whether_sure
from app.booking.emails.elsewhere import further_parts_elsewhere, parts_gone
from app.booking.emails.groups import WITHOUT_ROOM, group_of, group_without_room
from app.booking.emails.leavers import TRAINER_LEFT, lead_left, somebody_left, trainer_left
from app.booking.emails.letters import (
    LAPSED,
    RUNS_AGAIN,
    SAYS_WHERE,
    TO_TRAINERS,
    WITH_THE_LINK,
    WITH_THE_PLACE,
    invitation_declined,
    joining_instructions,
    manager_asked,
    place_changed,
    reminder,
    taken_out,
)
from app.booking.emails.telling import asking, not_telling, silent, tell, tell_of_changes, tell_of_new
from app.booking.emails.the_rest import rest_cancelled
from app.booking.emails.trainers import NAMED, tell_named, tell_new_trainer, tell_trainer, tell_trainer_after_all, tell_trainers_of_cancelling
from app.booking.emails.untold import new_times_untold, tell_new_times
from app.booking.emails.wordings import WORDINGS
from app.booking.emails.words import DID_NOT_ASK_TO_MOVE, LEFT, REGISTER_CORRECTED, REST_CANCELLED, what_is_new

__all__ = [
    "DID_NOT_ASK_TO_MOVE", "LAPSED", "LEFT", "NAMED", "OF_SEVERAL", "REGISTER_CORRECTED", "REST_CANCELLED", "RUNS_AGAIN", "SAYS_WHERE",
    "TO_TRAINERS", "TRAINER_LEFT", "WITHOUT_ROOM", "WITH_THE_LINK", "WITH_THE_PLACE", "WORDINGS", "Told", "asking", "asks", "bookings_changed",
    "charge_about", "charged", "further_parts", "further_parts_elsewhere", "group_of", "group_without_room", "invitation_declined",
    "joining_instructions", "lead_left", "manager_asked", "new_times_untold", "not_telling", "parts_gone", "place_changed", "reminder",
    "rest_cancelled", "runs_again", "sessions_cancelled", "silent", "somebody_left", "taken_out", "tell", "tell_holder_of_release",
    "tell_holders", "tell_holders_of_place", "tell_holders_of_times", "tell_named", "tell_new_times", "tell_new_trainer",
    "tell_of_changes", "tell_of_new", "tell_trainer", "tell_trainer_after_all", "tell_trainers_of_cancelling", "trainer_left", "two_dates",
    "waived", "what_is_new", "whether_sure", "with_times_told", "write_anew", "write_holders_time_anew",
]
