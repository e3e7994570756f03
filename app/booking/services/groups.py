"""Groups that wait to come together: whoever booked one may let its people come one by one."""

from datetime import datetime

import sqlalchemy as sa

from app.booking.models import Booking, BookingGroup
from app.booking.queries import groups
from app.booking.rules import happened as words
from app.booking.services.history import happened
from app.booking.services.holding import settle
from app.booking.services.locking import hold
from app.core.db import transaction
from app.mail.services import void


def come_one_by_one(*, group_id: int, by: str, now: datetime) -> None:
    """Those of a group who wait no longer wait for each other: each is offered what comes free, where they stand. Again changes nothing."""
    with transaction() as session:
        numbers = sa.select(Booking.course_session_id).where(Booking.group_id == group_id).limit(1)
        number = session.scalars(numbers).one_or_none()
        if number is None:  # all of them were booked anew since
            return
        course_session = hold(session, number)
        group = session.get_one(BookingGroup, group_id, populate_existing=True)
        if not group.together:
            return
        waiting = [one for one in groups.together(course_session, now) if one.group.id == group_id]
        group.together = False
        for one in waiting:
            happened(session, course_session.id, words.group_apart(one.by.name or one.by.email, len(one.members)), by=by, now=now)
        void(concerns=f"group:{group_id}", reason="They come one by one now.", now=now)
        session.flush()
        settle(session, course_session, now)
