"""Issuing certificates, and ending those that are no longer true. One act puts a whole session right, whatever was wrong on it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.booking import services as booking_services
from app.booking.models import Booking
from app.catalogue.models import CourseSession
from app.certificates import emails
from app.certificates.models import Certificate, CertificateEnd, QuestionsOpened
from app.certificates.queries import due, showing
from app.certificates.queries.due import Attended, Held
from app.certificates.rules.earning import Earned, Stay, minutes_there
from app.certificates.rules.serials import CODE_LETTERS, number_of
from app.core import clock
from app.core.db import new_ids, transaction
from app.core.errors import Refused
from app.core.tokens import reference
from app.evaluation.rules.windows import LONG
from app.mail.office import office
from app.mail.queries import may_be_known
from app.mail.rules.languages import NOTHING, Both
from app.mail.services import Draft, queue_all, void

CORRECTED = Both("The register of the session was corrected.", "Cywirwyd cofrestr y sesiwn.")
NEW_DAYS = Both("The date of the session was corrected.", "Cywirwyd dyddiad y sesiwn.")
NEW_NAME = Both("Your name has changed.", "Mae eich enw wedi newid.")
NOT_NOTED = Both("The register of the session was corrected: it says that you came for a part of it, and nobody noted for how long.",
                 "Cywirwyd cofrestr y sesiwn: mae’n dweud i chi ddod am ran ohoni, ac ni nodwyd am ba hyd.")
NOT_THERE = Both("The register of the session was corrected: it says that you did not come, or not for long enough.",
                 "Cywirwyd cofrestr y sesiwn: mae’n dweud na ddaethoch, neu ddim am ddigon o amser.")


@dataclass
class Settled:
    """What was done on a session."""

    issued: int = 0
    replaced: int = 0
    withdrawn: int = 0
    letters: list[Draft] = field(default_factory=list)
    never_told: set[int] = field(default_factory=set)
    """The bookings of whose ended certificate, and of those before it, nobody has heard: no letter had left."""


def settle(*, session_id: int, now: datetime) -> Settled:
    """Issue what was earned on a session and end what is no longer true. Done again, it changes nothing."""
    with transaction() as session:
        booking_services.hold(session, session_id)
        return settle_held(session_id, now)


def settle_held(session_id: int, now: datetime, *, tell: bool = True) -> Settled:
    """The same inside an act that holds the session already, such as the register's own."""
    with transaction() as session:
        held = due.held(session_id)
        everybody = due.on_register(session_id)
        done = Settled()
        wanted = [(one, change) for one in everybody if (change := _change(held, one, now)) is not None]
        _end(session, wanted, done, now)
        _issue(session, held, wanted, done, now)
        if tell and held.finished_here:
            queue_all(done.letters, now=now)
        return done


def settle_after_import(*, session_ids: Collection[int], now: datetime, tell: bool) -> None:
    """Put right what stands on sessions whose registers came in from files, in the transaction of the import."""
    for number in due.sessions_with_certificates(session_ids):
        settle_held(number, now, tell=tell)


def open_questions(*, booking_id: int, now: datetime) -> None:
    """Note that somebody opened the questions after their session, and issue the certificate that waited for it.

    Raises:
        Refused: they did not come, or their certificate waits for something else.
    """
    with transaction() as session:
        course_session = booking_services.hold(session, session.get_one(Booking, booking_id).course_session_id)
        held = due.held(course_session.id)
        (one,) = due.on_register(course_session.id, booking_id=booking_id) or (None,)
        state = held.earned(one, now) if one else Earned.DID_NOT_COME
        if state is Earned.DID_NOT_COME:
            raise Refused("The register says that you did not come, so there is nothing to ask. If that is wrong, tell the training team.")
        if state is Earned.YES:
            return
        if state is not Earned.QUESTIONS_NOT_OPENED:
            raise Refused("Your certificate does not wait for the questions. You find them under My training while they can be answered.")
        session.add(QuestionsOpened(booking_id=booking_id, at=now))
        session.flush()
        settle_held(course_session.id, now)


@dataclass(frozen=True)
class _Change:
    """What is to be done about one person: end their certificate as this for this reason, or give them one, or both."""

    ends: CertificateEnd | None = None
    reason: Both = NOTHING

    @property
    def issues(self) -> bool:
        return self.ends is not CertificateEnd.WITHDRAWN


def _change(held: Held, one: Attended, now: datetime) -> _Change | None:
    """A certificate that stands is ended by what happened to its own facts, never by a rule of the course that changed since."""
    state = held.earned(one, now)
    if one.standing is None:
        return _Change() if state is Earned.YES else None
    on_it = one.booking.status in due.ON_REGISTER
    there = minutes_there(Stay(one.outcome, one.minutes, held.session.minutes, held.finished)) if on_it else 0
    if there != one.standing.minutes:
        if there and (state in (Earned.YES, Earned.QUESTIONS_NOT_OPENED) or there > one.standing.minutes):
            return _Change(CertificateEnd.REPLACED, CORRECTED)
        return _Change(CertificateEnd.WITHDRAWN, NOT_NOTED if state is Earned.LENGTH_NOT_NOTED else NOT_THERE)
    if _days(held) != one.standing.days:
        return _Change(CertificateEnd.REPLACED, NEW_DAYS)
    if _name(one.booking) != one.standing.name:
        return _Change(CertificateEnd.REPLACED, NEW_NAME)
    return None


def _days(held: Held) -> list[str]:
    return [day.isoformat() for day in showing.days_of(held.session)]


def _name(booking: Booking) -> str:
    return booking.person.name or booking.person.email


def _end(session: Session, wanted: Sequence[tuple[Attended, _Change]], done: Settled, now: datetime) -> None:
    """End certificates before new ones are issued, as only one may stand for an attendance even for a moment."""
    for one, change in wanted:
        if one.standing is None or change.ends is None:
            continue
        one.standing.ended_at, one.standing.ended_as, one.standing.reason = now, change.ends, change.reason.english
        waited = void(concerns=emails.about(one.standing), reason=f"The certificate was {change.ends.value} since.", now=now)
        told = _last_told(one) if waited else one.standing
        if told is None:
            done.never_told.add(one.booking.id)
        if change.ends is CertificateEnd.WITHDRAWN:
            done.withdrawn += 1
            done.letters += [emails.withdrawn(told, change.reason, now=now)] if told else []
        else:
            done.replaced += 1
    session.flush()


def _last_told(one: Attended) -> Certificate | None:
    """The latest certificate of which this person may know: the one that stood, or one in whose place it came. None when they know of none."""
    for certificate in due.issues_of(one.booking.id):
        if certificate is not one.standing and certificate.ended_as is not CertificateEnd.REPLACED:
            return None
        if may_be_known(emails.about(certificate)):
            return certificate
    return None


def _issue(session: Session, held: Held, wanted: Sequence[tuple[Attended, _Change]], done: Settled, now: datetime) -> None:
    given = [(one, change) for one, change in wanted if change.issues]
    if not given:
        return
    earlier = due.last_of([one.booking.id for one, _change in given])
    new = []
    for (one, change), row in zip(given, new_ids(session, Certificate.__table__, len(given)), strict=True):  # type: ignore[arg-type]
        last = earlier.get(one.booking.id)
        minutes = minutes_there(Stay(one.outcome, one.minutes, held.session.minutes, held.finished))
        certificate = Certificate(
            id=row, booking_id=one.booking.id, booking=one.booking, number=last.number if last else number_of(clock.london(now).year, row),
            issue=last.issue + 1 if last else 1, code=reference(CODE_LETTERS), name=_name(one.booking), course=held.session.title,
            partnership=one.partnership or office().house.organisation, days=_days(held), minutes=minutes, issued_at=now,
        )
        new.append((certificate, change))
        session.add(certificate)
        done.issued += change.ends is None
    session.flush()
    done.letters += [emails.replaced(one, change.reason, now=now) if change.ends and one.booking_id not in done.never_told
                     else emails.ready(one, now=now) for one, change in new]


def forget_opened(*, now: datetime) -> int:
    """Delete who opened the questions of sessions whose questions have closed, as no certificate waits for that any more. How many."""
    over = sa.select(Booking.id).join(Booking.course_session).where(CourseSession.ends_at <= now - LONG)
    with transaction() as session:
        return session.execute(sa.delete(QuestionsOpened).where(QuestionsOpened.booking_id.in_(over))
                               .execution_options(synchronize_session=False)).rowcount
