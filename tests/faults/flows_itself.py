"""Further acts that are killed at every step: what the worker does for places and registers by itself, asked for by a page of the test's own server."""

from collections.abc import Callable
from datetime import timedelta

import sqlalchemy as sa

from app.booking import services as places
from app.booking.models import Booking, BookingEvent
from app.booking.rules.states import Act as Step
from app.booking.rules.states import BookingStatus as S
from app.booking.rules.turnout import Turnout
from app.catalogue.rules import SessionStatus
from app.core import clock
from app.core.db import transaction
from app.mail.models import Letter
from app.mail.rules.fates import LetterStatus
from tests import builders
from tests.faults.acts import Act, happened, letters_about, rows_of, signed_up, somebody
from tests.faults.browsing import Form
from tests.faults.procs import Served


def _asked(site: Served, what: str, number: int, kept: Callable[[], int]) -> Act:
    return Act(site.browser(), Form("/by-itself", "post", True, fields=[("what", what), ("number", str(number))]), kept)


def offer_lapses(site: Served) -> Act:
    """An offer that nobody answered ends, and the next is offered the place, once."""
    session = builders.a_session(places=1)
    offered = builders.a_booking(session, somebody(site), status=S.OFFERED, due_at=clock.now() - timedelta(minutes=1))
    next_ = builders.a_booking(session, somebody(site), status=S.WAITING)
    ids = offered.id, next_.id

    def kept() -> int:
        lapsed = happened(ids[0], Step.LAPSE, S.LAPSED)
        assert lapsed == happened(ids[1], Step.OFFER, S.OFFERED) == len(letters_about([ids[1]], "offer")), "one half of it"
        return lapsed

    return _asked(site, "settle", session.id, kept)


def silence_releases(site: Served) -> Act:
    """A place of which nobody said that they still come goes on, as our question had arrived."""
    session, now = builders.a_session(places=1, starts_in=timedelta(days=3), confirm_days=7), clock.now()
    booking = builders.a_booking(session, somebody(site), booked_at=now - timedelta(days=9))
    places.ask_still_coming(session_id=session.id, now=now - timedelta(days=4))
    with transaction() as writing:
        writing.execute(sa.update(Letter).where(Letter.id.in_(letters_about([booking.id], "still-coming"))).values(
            status=LetterStatus.SENT, sent_at=now - timedelta(days=4), next_try_at=None))
    number = booking.id
    return _asked(site, "settle", session.id, lambda: happened(number, Step.RELEASE, S.RELEASED))


def ask_still_coming(site: Served) -> Act:
    """Two people are asked whether they still come: both, with a letter each, or neither."""
    session = builders.a_session(places=2, starts_in=timedelta(days=3), confirm_days=5)
    ids = [builders.a_booking(session, somebody(site), booked_at=clock.now() - timedelta(days=9)).id for _ in range(2)]

    def kept() -> int:
        asked = rows_of(BookingEvent, BookingEvent.booking_id.in_(ids), BookingEvent.act == Step.ASK_COMING)
        assert asked in (0, 2) and asked == len(letters_about(ids, "still-coming")), "a part of it"
        return asked // 2

    return _asked(site, "ask", session.id, kept)


def free_place_of_leaver(site: Served) -> Act:
    """The place of somebody whose account has ended goes on to the one who waits."""
    session, account = builders.a_session(places=1), signed_up(site)
    booking = builders.a_booking(session, account.person)
    builders.a_booking(session, somebody(site), status=S.WAITING)
    with transaction():
        account.closed_at = clock.now()
    number, session_id = booking.id, session.id

    def kept() -> int:
        freed = happened(number, Step.LEAVER, S.GIVEN_BACK)
        assert freed == rows_of(Booking, Booking.course_session_id == session_id, Booking.status == S.OFFERED), "the place went nowhere"
        return freed

    return _asked(site, "leaver", number, kept)


def remind(site: Served) -> Act:
    """Two people are reminded the day before: each of them, once."""
    session = builders.a_session(places=2, starts_in=timedelta(hours=20))
    ids = [builders.a_booking(session, somebody(site), booked_at=clock.now() - timedelta(days=9)).id for _ in range(2)]
    return _asked(site, "remind", session.id, lambda: len(letters_about(ids, "reminder")) // 2)


def write_to_missed(site: Served) -> Act:
    """Somebody who did not come is asked why."""
    session = builders.a_session(starts_in=timedelta(days=-1), status=SessionStatus.DELIVERED)
    number = builders.a_booking(session, somebody(site), turnout=Turnout.MISSED).id
    return _asked(site, "missed", number, lambda: len(letters_about([number], "missed")))


def _with_trainer(site: Served, starts_in: timedelta) -> int:
    trainer = builders.a_trainer(person=somebody(site))
    session = builders.a_session(starts_in=starts_in, trainer=trainer)
    builders.a_booking(session, somebody(site))
    return session.id


def _about(session_id: int, kind: str) -> int:
    return rows_of(Letter, Letter.kind == kind, Letter.about.startswith(f"session:{session_id}:"))


def send_trainer_list(site: Served) -> Act:
    """A trainer is written who comes tomorrow."""
    number = _with_trainer(site, timedelta(hours=20))
    return _asked(site, "trainer-list", number, lambda: _about(number, "trainer-list"))


def chase_register(site: Served) -> Act:
    """A trainer is asked for a register that is missing."""
    number = _with_trainer(site, timedelta(days=-2))
    return _asked(site, "chase", number, lambda: _about(number, "register-missing"))


FLOWS = (
    offer_lapses, silence_releases, ask_still_coming, free_place_of_leaver, remind, write_to_missed, send_trainer_list, chase_register,
)
