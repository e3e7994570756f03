"""Writing the letters of an act in its transaction, and taking back what the act made untrue."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.booking.emails.anew import bookings_changed, write_anew
from app.booking.emails.drafting import unanswered
from app.booking.emails.letters import BESIDES, LINE, drafts
from app.booking.models import Booking, BookingEvent
from app.booking.queries import facts, others
from app.booking.rules.states import HOLDING, Act, BookingStatus
from app.catalogue.models import CourseSession
from app.mail.services import queue_all, void

SILENT = "places_silent"
CHANGED_SINCE, THEY_COME, OTHERS_COME = "The booking has changed since.", "They have said that they come.", "Who comes has changed since."
LISTED_WITHIN = timedelta(days=2)
"""So long before a session its trainer may have a list of who comes."""


@contextmanager
def not_telling(session: Session) -> Iterator[None]:
    """What happens inside brings no letters: an import takes in what others have told already."""
    before = session.info.get(SILENT, False)
    session.info[SILENT] = True
    try:
        yield
    finally:
        session.info[SILENT] = before


def silent(session: Session) -> bool:
    """Whether what happens now brings no letters."""
    return bool(session.info.get(SILENT))


def tell(session: Session, booking: Booking, event: BookingEvent, now: datetime) -> None:
    """Write the letter that this event brings, if it brings one; letters that it made untrue are withdrawn, also where nobody is told."""
    if event.before is not None and (event.after is not event.before or event.act in (Act.ASK, Act.CHANGE_TIMES, Act.OFFER, Act.OTHER_MANAGER)):
        bookings_changed(session, [booking.id], reason=CHANGED_SINCE, now=now)
    if event.act is Act.STILL_COMING:
        write_anew(session, [unanswered(booking)], reason=THEY_COME, now=now)
    if event.after is not event.before and BookingStatus.BOOKED in (event.before, event.after):
        _others_come(booking.course_session, now)
    if not silent(session):
        queue_all(drafts(booking, event, now), now=now)


def _others_come(course_session: CourseSession, now: datetime) -> None:
    """The trainer's list that waits to leave is written anew at the next look; one that has left is not sent again."""
    if course_session.starts_at - now < LISTED_WITHIN:
        void(concerns=f"session:{course_session.id}", kinds=("trainer-list",), reason=OTHERS_COME, now=now)


def tell_of_new(session: Session, begun: Sequence[tuple[Booking, BookingEvent]], now: datetime) -> None:
    """The letters about many bookings of a session that have just begun: what all of them say is asked once."""
    if not begun:
        return
    _others_come(begun[0][0].course_session, now)
    if silent(session):
        return
    session.info[LINE] = [one.id for one in facts.in_line(begun[0][0].course_session_id)]
    session.info[BESIDES] = others.clashes([booking.person_id for booking, _event in begun], begun[0][0].course_session, HOLDING)
    try:
        queue_all([draft for booking, event in begun for draft in drafts(booking, event, now)], now=now)
    finally:
        del session.info[LINE], session.info[BESIDES]
