"""Calling off what is left of a session whose first part has begun. What took place stays on the register as the whole of the session."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.booking import emails
from app.booking.models import Booking, BookingNeed
from app.booking.rules import happened as words
from app.booking.rules.states import ON_REGISTER, Act
from app.booking.rules.the_rest import check_rest
from app.booking.rules.windows import NEEDS_KEPT
from app.booking.services.history import happened
from app.booking.services.holding import note
from app.booking.services.locking import check_times, hold
from app.booking.services.organising.changing import stands
from app.catalogue import services as catalogue
from app.catalogue.rules import SessionStatus
from app.core.db import transaction
from app.core.errors import Refused
from app.mail.services import queue_all, void


def cancel_rest(*, session_id: int, reason: str, by: str, now: datetime, times: int | None = None) -> int:
    """Call the parts off that have not begun; how many people were told. Nobody is charged or absent for what does not take place, and there is
    no undo, as people may be on their way. `times` is the version of the session's times that the page showed.

    Raises:
        Refused: no reason, the session was called off, has not begun, nothing of it is still to come, or its times changed meanwhile.
    """
    with transaction() as session:
        course_session = hold(session, session_id)
        if course_session.status not in (SessionStatus.SCHEDULED, SessionStatus.DELIVERED):
            raise Refused("This session was cancelled, or never on the programme.")
        before = stands(course_session).parts
        gone = check_rest(before, reason, now)
        check_times(course_session, times)
        people = session.scalars(sa.select(Booking).where(Booking.course_session_id == session_id, Booking.status.in_(ON_REGISTER))
                                 .options(joinedload(Booking.person, innerjoin=True)).order_by(Booking.id)).all()
        catalogue.end_before(session_id=session_id, starts_at=gone[0][0])
        session.flush()
        course_session.times_version += 1
        happened(session, session_id, words.rest_cancelled(gone, course_session.capacity, len(people), reason.strip()), by=by, now=now)
        session.execute(sa.update(BookingNeed).where(BookingNeed.booking_id.in_([one.id for one in people])).values(
            delete_at=course_session.ends_at + NEEDS_KEPT).execution_options(synchronize_session=False))
        with emails.not_telling(session):
            for booking in people:
                note(session, booking, Act.CANCEL, booking.status, by=by, now=now, reason=reason.strip())
        void(concerns=f"session:{session_id}", kinds=("calendar-entry", *emails.WITH_THE_PLACE), reason="The rest was cancelled.", now=now)
        queue_all(emails.rest_cancelled(people, before, reason.strip(), now), now=now)
        emails.tell_trainer(session, course_session, emails.REST_CANCELLED, now, until=before[-1][1])
    return len(people)
