"""What waits to be sent and stopped being true is withdrawn and, as far as it is still news, written again as things stand now. What has left and
says it is not sent again.

A letter concerns what its sentences rest on: its booking and session, another booking of which it speaks (`OF_SEVERAL`), that a yes is
missing, whether a session is sure.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.booking.emails.called_off import two_dates
from app.booking.emails.groups import WITHOUT_ROOM
from app.booking.emails.groups import written_anew as group_anew
from app.booking.emails.held_elsewhere import cancellation
from app.booking.emails.leavers import TRAINER_LEFT, trainer_left_anew
from app.booking.emails.letters import CANCELLATIONS, drafts, invitation_declined, manager_asked
from app.booking.models import Booking, BookingEvent
from app.booking.rules.states import HAS_PLACE, Act
from app.mail.models import Letter, LetterConcern
from app.mail.rules.fates import NOT_YET_SENT
from app.mail.services import Draft, queue_all, void

OF_SEVERAL = (*CANCELLATIONS, "two-dates")
"""Letters about one booking that say what its person has on another date: they concern that booking too."""
OF_AN_EVENT = re.compile(r"booking:(\d+):[a-z-]+:(\d+)(?::\d+)?")
"""What a letter is about that an event of a booking brought: its number is in the key."""
OF_TWO = re.compile(r"booking:(\d+):two-dates:(\d+):.*")


def bookings_changed(session: Session, numbers: Sequence[int], *, reason: str, now: datetime) -> None:
    """These bookings stand elsewhere than their letters say. What comes of it is told by the act; what other letters say of them is written anew."""
    concerns = [f"booking:{number}" for number in numbers]
    several = _waiting(session, concerns, (*OF_SEVERAL, WITHOUT_ROOM))
    void(concerns=tuple(concerns), reason=reason, now=now)
    queue_all(list(_again(session, several, now)), now=now)


def write_anew(session: Session, concerns: Sequence[str], *, reason: str, now: datetime, kinds: Iterable[str] | None = None) -> None:
    """Letters (of these kinds) about any of these that wait are withdrawn and written again; those that have left are not true any more.

    What a look at what is due brings, such as a reminder, is written by the next one.
    """
    kinds = None if kinds is None else tuple(kinds)
    waiting = _waiting(session, concerns, kinds)
    void(concerns=tuple(concerns), kinds=kinds, reason=reason, now=now)
    queue_all(list(_again(session, waiting, now)), now=now)


def _waiting(session: Session, concerns: Sequence[str], kinds: Sequence[str] | None) -> Sequence[Letter]:
    chosen = sa.select(Letter).where(Letter.status.in_(NOT_YET_SENT), Letter.id.in_(
        sa.select(LetterConcern.letter_id).where(LetterConcern.subject.in_(concerns)))).order_by(Letter.id)
    return session.scalars(chosen if kinds is None else chosen.where(Letter.kind.in_(kinds))).all()


def _again(session: Session, withdrawn: Sequence[Letter], now: datetime) -> Iterator[Draft]:
    """What is still news of these letters, as things stand."""
    events: dict[int, set[str]] = {}
    for letter in withdrawn:
        about = letter.about.partition(":withdrawn:")[0]
        if letter.kind in AS_THINGS_STAND:
            yield from AS_THINGS_STAND[letter.kind](session, letter, now)
        elif match := OF_TWO.fullmatch(about):
            yield from _of_two(session, *map(int, match.groups()), now)
        elif match := OF_AN_EVENT.fullmatch(about):
            events.setdefault(int(match.group(2)), set()).add(letter.kind)
        elif letter.kind in ASKED_ALONE:
            yield from ASKED_ALONE[letter.kind](session.get_one(Booking, int(about.split(":")[1])), now)
    for event, booking in session.execute(sa.select(BookingEvent, Booking).join(Booking, Booking.id == BookingEvent.booking_id).where(
            BookingEvent.id.in_(events)).order_by(BookingEvent.id)).all():
        found = drafts(booking, event, now)
        yield from found if events[event.id] != {ENTRY} else [draft for draft in found if draft.kind == ENTRY]


ENTRY = "calendar-entry"
AS_THINGS_STAND = {**dict.fromkeys(CANCELLATIONS, cancellation), TRAINER_LEFT: trainer_left_anew, WITHOUT_ROOM: group_anew}
"""Letters that say how several bookings or sessions stand."""
ASKED_ALONE = {"approval-asked": manager_asked, "invitation-declined": lambda booking, now: [invitation_declined(booking, now)]}
"""Questions that no event of the booking brought."""


def _of_two(session: Session, first_id: int, other_id: int, now: datetime) -> Sequence[Draft]:
    """Which of two dates somebody wants, if they have both still; else that the one that was called off takes place after all, if that is theirs."""
    first, other = session.get_one(Booking, first_id), session.get_one(Booking, other_id)
    if first.status not in HAS_PLACE:
        return []
    if other.status in HAS_PLACE:
        return [two_dates(first, other, now)]
    back = session.scalars(sa.select(BookingEvent).where(BookingEvent.booking_id == first.id, BookingEvent.act == Act.REINSTATE)
                           .order_by(BookingEvent.id.desc()).limit(1)).one()
    return [draft for draft in drafts(first, back, now) if draft.person_id == first.person_id] if back.after is first.status else []
