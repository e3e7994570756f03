"""What follows when somebody's calendar declines our invitation. It is a question to them, never a return: calendars decline by themselves."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.accounts.models import Person
from app.booking import emails
from app.booking.models import Booking
from app.booking.rules.calendars import booking_of
from app.booking.rules.states import BookingStatus
from app.booking.services.locking import hold
from app.core.db import transaction
from app.mail.rules import replies
from app.mail.services import queue


def ask_whether_to_give_back(message: bytes, now: datetime) -> bool:
    """Ask somebody who declined the invitation whether they want to give their place back; whether a letter was written.

    Once for each time that the session is given, and only if the answer came from the person's own address and they have the place still.
    """
    declined = replies.read(message)
    if declined is None:
        return False
    with transaction() as session:
        mine = sa.select(Booking).join(Booking.person).where(
            Booking.ref == booking_of(declined.uid), Person.email == declined.address, Booking.status == BookingStatus.BOOKED)
        booking = session.scalar(mine.options(joinedload(Booking.course_session)))
        if booking is None or booking.course_session.starts_at <= now:
            return False
        hold(session, booking.course_session_id)  # from here on nobody gives the place back before the letter is kept
        session.refresh(booking, ["status"])
        return booking.status is BookingStatus.BOOKED and queue(emails.invitation_declined(booking, now), now=now) is not None
