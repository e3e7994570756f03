"""The states of a booking and the table of everything that can happen to it: used by services, pages, checks and the diagram in docs."""

from dataclasses import dataclass
from enum import Enum

from app.core.errors import Refused


class BookingStatus(Enum):
    """Where a booking stands. Whether the person came is the register's to say."""

    AWAITING_MANAGER = "awaiting_manager"
    AWAITING_COORDINATOR = "awaiting_coordinator"
    BOOKED = "booked"
    WAITING = "waiting"
    OFFERED = "offered"
    WALK_IN = "walk_in"
    GIVEN_BACK = "given_back"
    LEFT_LIST = "left_list"
    REFUSED = "refused"
    LAPSED = "lapsed"
    RELEASED = "released"
    MOVED = "moved"
    SUBSTITUTED = "substituted"
    SESSION_CANCELLED = "session_cancelled"


S = BookingStatus

AWAITING = (S.AWAITING_MANAGER, S.AWAITING_COORDINATOR)
"""Asked for, and somebody has to agree; the place is held meanwhile."""
HOLDING = (S.BOOKED, S.OFFERED, *AWAITING)
"""These hold a place."""
HAS_PLACE = (S.BOOKED, *AWAITING)
"""A place is theirs, or will be when whoever has to agree does."""
ON_REGISTER = (S.BOOKED, S.WALK_IN)
"""These stand on the register: who was expected, and who came without a booking."""
RETURNED = (S.GIVEN_BACK, S.LEFT_LIST)
"""A place that was just given back, or an offer to which somebody said no: the place is held as long as that can be undone (`due_at` is set).
Whoever left a list held nothing, so nothing is held for them; that they can be put back for a while needs no `due_at`."""
LIVE = (*HOLDING, S.WAITING, S.WALK_IN)
"""One of these a person and session."""
ENDED = tuple(status for status in S if status not in LIVE)


class Act(Enum):
    """What happens to a booking."""

    BOOK = "book"
    ASK = "ask"
    ASK_COMING = "ask_coming"
    JOIN = "join"
    WALK_IN = "walk_in"
    OFFER = "offer"
    OFFER_FIRST = "offer_first"
    ACCEPT = "accept"
    LET_IN = "let_in"
    TAKE = "take"
    LAPSE = "lapse"
    REJOIN = "rejoin"
    PASS_OVER = "pass_over"
    REORDER = "reorder"
    LEAVE = "leave"
    DECLINE_OFFER = "decline_offer"
    AGREE = "agree"
    APPROVE = "approve"
    REFUSE = "refuse"
    NO_ANSWER = "no_answer"
    PASS_ON = "pass_on"
    GIVE_BACK = "give_back"
    DECLINE = "decline"
    UNDO = "undo"
    FREE = "free"
    STILL_COMING = "still_coming"
    KEEP = "keep"
    RELEASE = "release"
    SUBSTITUTE = "substitute"
    COME_INSTEAD = "come_instead"
    MOVE = "move"
    MOVE_HERE = "move_here"
    APOLOGISE = "apologise"
    CANCEL = "cancel"
    CHANGE_TIMES = "change_times"
    LEAVER = "leaver"
    REINSTATE = "reinstate"
    WITHDRAW = "withdraw"
    CORRECT = "correct"
    WHENEVER = "whenever"
    ASK_FIRST = "ask_first"
    NEEDS = "needs"
    OTHER_MANAGER = "other_manager"
    FIT_IN = "fit_in"
    MARK = "mark"


@dataclass(frozen=True)
class Transition:
    """`act` takes a booking from one of `before` (empty: there was none) to `after` (none: it stays where it stands)."""

    act: Act
    before: tuple[BookingStatus, ...]
    after: BookingStatus | None


TRANSITIONS = (
    Transition(Act.BOOK, (), S.BOOKED),
    Transition(Act.BOOK, AWAITING, S.BOOKED),
    Transition(Act.ASK, (), S.AWAITING_MANAGER),
    Transition(Act.ASK, (), S.AWAITING_COORDINATOR),
    Transition(Act.ASK, (S.AWAITING_MANAGER,), None),
    Transition(Act.JOIN, (), S.WAITING),
    Transition(Act.WALK_IN, (), S.WALK_IN),
    Transition(Act.WALK_IN, (S.WAITING, S.OFFERED, *AWAITING), S.WALK_IN),
    Transition(Act.OFFER, (S.WAITING,), S.OFFERED),
    Transition(Act.OFFER, (), S.OFFERED),
    Transition(Act.OFFER, (S.OFFERED,), None),
    Transition(Act.OFFER_FIRST, (), S.OFFERED),
    Transition(Act.ACCEPT, (S.OFFERED,), S.BOOKED),
    Transition(Act.ACCEPT, (S.OFFERED,), S.AWAITING_MANAGER),
    Transition(Act.ACCEPT, (S.OFFERED,), S.AWAITING_COORDINATOR),
    Transition(Act.LET_IN, (S.WAITING,), S.BOOKED),
    Transition(Act.LET_IN, (S.WAITING,), S.AWAITING_MANAGER),
    Transition(Act.LET_IN, (S.WAITING,), S.AWAITING_COORDINATOR),
    Transition(Act.TAKE, (S.WAITING,), S.BOOKED),
    Transition(Act.TAKE, (S.WAITING,), S.AWAITING_MANAGER),
    Transition(Act.TAKE, (S.WAITING,), S.AWAITING_COORDINATOR),
    Transition(Act.LAPSE, (S.OFFERED,), S.LAPSED),
    Transition(Act.REJOIN, (S.LAPSED,), S.WAITING),
    Transition(Act.PASS_OVER, (S.WAITING,), None),
    Transition(Act.REORDER, (S.WAITING,), None),
    Transition(Act.LEAVE, (S.WAITING,), S.LEFT_LIST),
    Transition(Act.DECLINE_OFFER, (S.OFFERED,), S.LEFT_LIST),
    Transition(Act.AGREE, (S.AWAITING_MANAGER,), S.BOOKED),
    Transition(Act.AGREE, (S.AWAITING_MANAGER,), S.AWAITING_COORDINATOR),
    Transition(Act.APPROVE, AWAITING, S.BOOKED),
    Transition(Act.REFUSE, AWAITING, S.REFUSED),
    Transition(Act.NO_ANSWER, AWAITING, S.LAPSED),
    Transition(Act.PASS_ON, (S.AWAITING_MANAGER,), S.AWAITING_COORDINATOR),
    Transition(Act.GIVE_BACK, (S.BOOKED, *AWAITING), S.GIVEN_BACK),
    Transition(Act.DECLINE, (S.BOOKED, *AWAITING), S.GIVEN_BACK),
    Transition(Act.DECLINE, (S.WAITING, S.OFFERED), S.LEFT_LIST),
    Transition(Act.UNDO, (S.GIVEN_BACK, S.MOVED), S.BOOKED),
    Transition(Act.UNDO, (S.GIVEN_BACK, S.MOVED), S.AWAITING_MANAGER),
    Transition(Act.UNDO, (S.GIVEN_BACK, S.MOVED), S.AWAITING_COORDINATOR),
    Transition(Act.UNDO, (S.LEFT_LIST,), S.OFFERED),
    Transition(Act.UNDO, (S.LEFT_LIST,), S.WAITING),
    Transition(Act.FREE, RETURNED, None),
    Transition(Act.FREE, (S.OFFERED,), S.WAITING),
    Transition(Act.ASK_COMING, (S.BOOKED,), None),
    Transition(Act.STILL_COMING, (S.BOOKED,), None),
    Transition(Act.KEEP, (S.BOOKED,), None),
    Transition(Act.RELEASE, (S.BOOKED,), S.RELEASED),
    Transition(Act.SUBSTITUTE, (S.BOOKED, *AWAITING), S.SUBSTITUTED),
    Transition(Act.COME_INSTEAD, (), S.BOOKED),
    Transition(Act.COME_INSTEAD, (), S.AWAITING_MANAGER),
    Transition(Act.COME_INSTEAD, (), S.AWAITING_COORDINATOR),
    Transition(Act.MOVE, (S.BOOKED, *AWAITING), S.MOVED),
    Transition(Act.MOVE_HERE, (), S.BOOKED),
    Transition(Act.MOVE_HERE, (), S.AWAITING_MANAGER),
    Transition(Act.MOVE_HERE, (), S.AWAITING_COORDINATOR),
    Transition(Act.APOLOGISE, (S.BOOKED,), None),
    Transition(Act.CANCEL, LIVE, S.SESSION_CANCELLED),
    Transition(Act.CANCEL, (*RETURNED, *ON_REGISTER), None),
    Transition(Act.CHANGE_TIMES, LIVE, None),
    Transition(Act.CHANGE_TIMES, (S.OFFERED,), S.WAITING),
    Transition(Act.LEAVER, HOLDING, S.GIVEN_BACK),
    Transition(Act.LEAVER, (S.WAITING,), S.LEFT_LIST),
    Transition(Act.REINSTATE, (S.SESSION_CANCELLED,), S.BOOKED),
    Transition(Act.REINSTATE, (S.SESSION_CANCELLED,), S.AWAITING_MANAGER),
    Transition(Act.REINSTATE, (S.SESSION_CANCELLED,), S.AWAITING_COORDINATOR),
    Transition(Act.REINSTATE, (S.SESSION_CANCELLED,), S.OFFERED),
    Transition(Act.REINSTATE, (S.SESSION_CANCELLED,), S.WAITING),
    Transition(Act.REINSTATE, RETURNED, None),
    Transition(Act.WITHDRAW, (S.OFFERED, S.WAITING), S.LEFT_LIST),
    Transition(Act.WHENEVER, (S.WAITING,), None),
    Transition(Act.ASK_FIRST, (S.WAITING,), None),
    Transition(Act.NEEDS, LIVE, None),
    Transition(Act.OTHER_MANAGER, (S.AWAITING_MANAGER,), None),
    Transition(Act.FIT_IN, (*HOLDING, *RETURNED), None),
    Transition(Act.MARK, ON_REGISTER, None),
)

_ALLOWED = frozenset(
    (transition.act, before, transition.after or before)
    for transition in TRANSITIONS for before in (transition.before or (None,))
)


def allows(act: Act, before: BookingStatus | None, after: BookingStatus) -> bool:
    """Whether the table has this."""
    return (act, before, after) in _ALLOWED


def check_allowed(act: Act, before: BookingStatus | None, after: BookingStatus) -> None:
    """Nothing happens to a booking that the table does not have.

    Raises:
        Refused: the booking no longer stands where the act needs it.
    """
    if act is not Act.CORRECT and not allows(act, before, after):
        raise Refused("This booking has changed meanwhile, so that is no longer possible. Look at it again.")


PAIRS = frozenset((before, after) for _act, before, after in _ALLOWED)
"""Every change that any act can make, for the check of a whole database. An import corrects history from elsewhere and is free of it."""


TAGS = {
    S.AWAITING_MANAGER: ("Waiting for your manager", "yellow"), S.AWAITING_COORDINATOR: ("Waiting for the coordinator", "yellow"),
    S.BOOKED: ("Booked", "green"), S.WAITING: ("Waiting", "blue"), S.OFFERED: ("Place held", "yellow"), S.WALK_IN: ("Walked in", "green"),
    S.GIVEN_BACK: ("Given back", "grey"), S.LEFT_LIST: ("Left the list", "grey"), S.REFUSED: ("Not agreed", "red"),
    S.LAPSED: ("Not answered in time", "grey"), S.RELEASED: ("Released", "grey"), S.MOVED: ("Moved to another date", "grey"),
    S.SUBSTITUTED: ("Passed to a colleague", "grey"), S.SESSION_CANCELLED: ("Cancelled by us", "red"),
}
"""A state in words and the tone of its tag."""


WORDS = {
    Act.BOOK: "Booked",
    Act.ASK: "Asked for a place",
    Act.ASK_COMING: "Was asked whether they still come",
    Act.JOIN: "Joined the waiting list",
    Act.WALK_IN: "Came without a booking",
    Act.OFFER: "A place was offered",
    Act.OFFER_FIRST: "A place was held after another session was cancelled",
    Act.ACCEPT: "Took the place that was offered",
    Act.LET_IN: "Got a place from the waiting list",
    Act.TAKE: "Took a free place from the waiting list",
    Act.LAPSE: "The offer was not answered in time",
    Act.REJOIN: "Went back to the old place on the waiting list",
    Act.PASS_OVER: "Was passed over",
    Act.REORDER: "Was given another place on the waiting list",
    Act.LEAVE: "Left the waiting list",
    Act.DECLINE_OFFER: "Did not want the place that was offered",
    Act.AGREE: "The manager agreed",
    Act.APPROVE: "The coordinator agreed",
    Act.REFUSE: "The request was not agreed",
    Act.NO_ANSWER: "Nobody answered the request in time",
    Act.PASS_ON: "Passed on to the coordinator, who decides",
    Act.GIVE_BACK: "Given back",
    Act.DECLINE: "Declined a place that somebody else had booked",
    Act.UNDO: "Took the place back",
    Act.FREE: "The place went on to others",
    Act.STILL_COMING: "Said they are still coming",
    Act.KEEP: "Kept the place, as our question could not be delivered",
    Act.RELEASE: "Did not say whether they are coming, so the place went on",
    Act.SUBSTITUTE: "Named a colleague to go instead",
    Act.COME_INSTEAD: "Was named to come instead of a colleague",
    Act.MOVE: "Moved to another date",
    Act.MOVE_HERE: "Moved here from another date",
    Act.APOLOGISE: "Sent apologies",
    Act.CANCEL: "The session was cancelled",
    Act.CHANGE_TIMES: "The session got another time",
    Act.LEAVER: "The person has left",
    Act.REINSTATE: "The cancellation of the session was undone",
    Act.WITHDRAW: "What was kept here went back, as the other session goes ahead",
    Act.CORRECT: "Corrected by an import",
    Act.WHENEVER: "Said yes, whenever: a place that comes free is booked without asking",
    Act.ASK_FIRST: "Is asked first when a place comes free",
    Act.NEEDS: "Changed what is needed on the day",
    Act.OTHER_MANAGER: "Another manager is asked, as another one is named",
    Act.FIT_IN: "A place came free, so this one is no longer over capacity",
    Act.MARK: "Marked on the register",
}
"""What happened, as the history of a booking says it."""


BACK_ON_LIST = "Took the place on the waiting list back"
REST_CANCELLED = "The rest of the session was cancelled"


def event_words(act: Act, reason: str | None, after: BookingStatus | None = None) -> str:
    """One change of a booking, as its history says it; `after` is where it led, where that makes a difference."""
    words = BACK_ON_LIST if (act, after) == (Act.UNDO, S.WAITING) else WORDS[act]
    words = REST_CANCELLED if act is Act.CANCEL and after in ON_REGISTER else words
    return f"{words}: {reason}" if reason else words
