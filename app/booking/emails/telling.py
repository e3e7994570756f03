"""Writing the letters of an act in its transaction, and taking back what the act made untrue."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.booking.emails.anew import bookings_changed, write_anew
from app.booking.emails.drafting import unanswered
from app.booking.emails.letters import BESIDES, LINE, brings_a_letter, drafts
from app.booking.models import Booking, BookingEvent
from app.booking.queries import facts, notices, others
from app.booking.rules.states import HOLDING, Act, BookingStatus
from app.catalogue.models import CourseSession
from app.mail.services import queue_all, void

SILENT = "places_silent"
CHANGED_SINCE, THEY_COME, OTHERS_COME = "The booking has changed since.", "They have said that they come.", "Who comes has changed since."
OTHERWISE = (Act.ASK, Act.CANCEL, Act.CHANGE_TIMES, Act.OFFER, Act.OTHER_MANAGER)
"""These make letters about a booking untrue, also where it stands as before: of the session, or of what is asked, something else is so now."""
LISTED_WITHIN = timedelta(days=2)
"""So long before a session its trainer may have a list of who comes."""


def not_telling(session: Session) -> AbstractContextManager[None]:
    """What happens inside brings no letters: an import takes in what others have told already."""
    return _silence(session, kept=True)


def asking(session: Session) -> AbstractContextManager[None]:
    """What happens inside asks somebody who alone can answer, so it brings its letters also in an act that tells nobody."""
    return _silence(session, kept=False)


@contextmanager
def _silence(session: Session, *, kept: bool) -> Iterator[None]:
    before = session.info.get(SILENT, False)
    session.info[SILENT] = kept
    try:
        yield
    finally:
        session.info[SILENT] = before


def silent(session: Session) -> bool:
    """Whether what happens now brings no letters."""
    return bool(session.info.get(SILENT))


def tell(session: Session, booking: Booking, event: BookingEvent, now: datetime) -> None:
    """Write the letter that this event brings, if it brings one; letters that it made untrue are withdrawn, also where nobody is told."""
    if silent(session) and event.act is Act.CHANGE_TIMES and event.after is event.before:
        write_anew(session, [f"booking:{booking.id}"], reason=CHANGED_SINCE, now=now)  # nobody hears of the new time alone
    elif _stands_otherwise(event):
        bookings_changed(session, [booking.id], reason=CHANGED_SINCE, now=now)
    if event.act is Act.STILL_COMING:
        write_anew(session, [unanswered(booking)], reason=THEY_COME, now=now)
    if _who_comes(event):
        _others_come(booking.course_session, now)
    if not silent(session):
        queue_all(drafts(booking, event, now), now=now)


def _stands_otherwise(event: BookingEvent) -> bool:
    """Whether what letters say of a booking is not true any more."""
    return event.before is not None and (event.after is not event.before or event.act in OTHERWISE)


def _who_comes(event: BookingEvent) -> bool:
    """Whether one more comes by it, or one fewer."""
    return event.after is not event.before and BookingStatus.BOOKED in (event.before, event.after)


def _others_come(course_session: CourseSession, now: datetime) -> None:
    """The trainer's list that waits to leave is written anew at the next look; one that has left is not sent again."""
    if course_session.starts_at - now < LISTED_WITHIN:
        void(concerns=f"session:{course_session.id}", kinds=("trainer-list",), reason=OTHERS_COME, now=now)


Happened = Sequence[tuple[Booking, BookingEvent]]
"""Bookings, each with one thing that happened to it."""


def tell_of_new(session: Session, begun: Happened, now: datetime) -> None:
    """The letters about many bookings of a session that have just begun: what all of them say is asked once."""
    if not begun:
        return
    _others_come(begun[0][0].course_session, now)
    if not silent(session):
        _write_to_all(session, begun, now)


def tell_of_changes(session: Session, changed: Happened, now: datetime) -> None:
    """As `tell`, for many bookings at once."""
    otherwise = [booking.id for booking, event in changed if _stands_otherwise(event)]
    if otherwise:
        bookings_changed(session, otherwise, reason=CHANGED_SINCE, now=now)
    for course_session in {booking.course_session for booking, event in changed if _who_comes(event)}:
        _others_come(course_session, now)
    by_session: dict[int, list[tuple[Booking, BookingEvent]]] = {}
    for booking, event in () if silent(session) else changed:
        if brings_a_letter(event):
            by_session.setdefault(booking.course_session_id, []).append((booking, event))
    for here in by_session.values():
        _write_to_all(session, here, now)


def _write_to_all(session: Session, here: Happened, now: datetime) -> None:
    """The letters about what happened to bookings of one session."""
    bookings = [booking for booking, _event in here]
    session.info[LINE] = [one.id for one in facts.in_line(bookings[0].course_session_id)]
    session.info[BESIDES] = others.clashes([one.person_id for one in bookings], bookings[0].course_session, HOLDING)
    try:
        with notices.knowing(bookings, now):
            queue_all([draft for booking, event in here for draft in drafts(booking, event, now)], now=now)
    finally:
        del session.info[LINE], session.info[BESIDES]
