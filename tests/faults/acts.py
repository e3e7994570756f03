"""What the acts that are killed at every step have in common: somebody about to press a button, and what is in the database since."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import sqlalchemy as sa

from app.accounts.models import Account, Person
from app.accounts.rules import Role
from app.booking.models import Booking, BookingEvent
from app.booking.rules.states import Act as Step
from app.booking.rules.states import BookingStatus
from app.catalogue.models import CourseSession
from app.core.db import db, transaction
from app.mail.models import Letter, LetterConcern
from tests import builders
from tests.faults.browsing import Answer as Came
from tests.faults.browsing import Browser, Form
from tests.faults.procs import Served


@dataclass
class Act:
    """Somebody about to press a button. `kept` counts how often the act is in the database; `once` says that it may be there but once;
    `said` is what the page says then, where it leads nowhere else."""

    browser: Browser
    form: Form
    kept: Callable[[], int]
    also: dict[str, str] = field(default_factory=dict)
    once: bool = True
    said: str = ""

    def press(self, at: int | None = None) -> Came:
        """Press it; the server may be told to die at a step."""
        return self.browser.submit(self.form, also=self.also, at=at)

    def done(self, answer: Came) -> bool:
        """Whether the server said that it did it."""
        return answer.done or (bool(self.said) and self.said in answer.text)

    def times(self) -> int:
        """How often it is kept, as the database says now."""
        db.session.rollback()
        number = self.kept()
        db.session.rollback()
        return number


def somebody(site: Served) -> Person:
    """Somebody new who works where everybody works here: lists to choose an agency from stay short."""
    return builders.a_person(agency=site.agency())


def signed_up(site: Served, *roles: Role) -> Account:
    return builders.an_account(*roles, person=somebody(site))


def about_to(
    browser: Browser, page: str, kept: Callable[[], int], *, button: str = "", also: dict[str, str] | None = None, once: bool = True, said: str = "",
) -> Act:
    db.session.rollback()
    answer = browser.get(page)
    return Act(browser, browser.form(answer, button), kept, also or {}, once, said)


def just_over(site: Served) -> tuple[CourseSession, Browser, list[Booking]]:
    """A session that ended just now, its trainer's browser, and the bookings of two people."""
    with transaction():
        account = signed_up(site, Role.TRAINER)
        session = builders.a_session(starts_in=timedelta(hours=-4), trainer=builders.a_trainer(person=account.person))
        bookings = [builders.a_booking(session, somebody(site)) for _ in range(2)]
        browser = site.browser(account)
    return session, browser, bookings


def letters_about(booking_ids: list[int], kind: str) -> list[int]:
    """The letters of a kind about these bookings."""
    about = [f"booking:{number}" for number in booking_ids]
    return list(db.session.scalars(sa.select(Letter.id).join(LetterConcern, LetterConcern.letter_id == Letter.id)
                                   .where(Letter.kind == kind, LetterConcern.subject.in_(about))))


def live_bookings(session_id: int, person_id: int, status: BookingStatus) -> int:
    """How many live bookings the person has; each must stand so."""
    found = list(db.session.scalars(sa.select(Booking.status).where(Booking.course_session_id == session_id, Booking.person_id == person_id)))
    assert all(one is status for one in found), found
    return len(found)


def stands(booking_id: int, status: BookingStatus) -> int:
    return rows_of(Booking, Booking.id == booking_id, Booking.status == status)


def happened(booking_id: int, step: Step, status: BookingStatus) -> int:
    """How often this is in the booking's history; it must stand so if it is."""
    found = rows_of(BookingEvent, BookingEvent.booking_id == booking_id, BookingEvent.act == step)
    assert not found or stands(booking_id, status), "one half of it"
    return found


def rows_of(model: type, *where: sa.ColumnElement[bool]) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model).where(*where)) or 0
