"""Letters to whoever gives a session: it is theirs, or no longer, it has another time or place, or is called off. One for each act, however many of
their sessions it is."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.queries import gives_sessions
from app.booking.emails import words
from app.booking.emails.called_off import leave_at
from app.booking.emails.drafting import Parts, last_part_starts, when_at
from app.booking.emails.telling import silent
from app.catalogue.models import CourseSession, Trainer
from app.catalogue.rules import place_shown
from app.core.db import db
from app.letters.emails import counted, place, when
from app.letters.emails import reason as the_reason
from app.mail.models import Letter
from app.mail.office import office
from app.mail.queries import last_known, last_withdrawn, waiting_about
from app.mail.rules.languages import Both, both, given
from app.mail.services import Act as Button
from app.mail.services import Draft, queue, queue_all, void

NAMED, CHANGED, RELEASED = "trainer-named", "trainer-changed", "trainer-released"
HAS_CHANGED = "The session has changed."


def tell_trainer(session: Session, course_session: CourseSession, changed: Both, now: datetime, *, until: datetime | None = None) -> None:
    """Whoever gives the session is told what is new of it, with what they were not told yet; the key holds time and place, so that once is enough.
    Who was not told yet that they give it is told that, as it is now. It is worth knowing `until` then, else until the last part starts."""
    trainer, about = course_session.trainer, f"session:{course_session.id}"
    if trainer is None:
        return
    untold = [given(letter.fields["changed"]) for letter in waiting_about(about, CHANGED)]
    void(concerns=about, kinds=(CHANGED,), reason=HAS_CHANGED, now=now)
    if void(concerns=about, kinds=(NAMED,), reason=HAS_CHANGED, now=now):
        tell_named(session, course_session, trainer, now, until=until)
    elif not silent(session) and _is_trainer(trainer):
        _tell_changed(course_session, trainer, words.all_news([*untold, changed]), now, until=until)


def _tell_changed(
    course_session: CourseSession, trainer: Trainer, changed: str | Both, now: datetime, *, until: datetime | None = None
) -> None:
    key = f"v{course_session.times_version}.{course_session.place_version}"
    queue(_about(course_session, trainer, CHANGED, key, until=until, changed=changed), now=now)


def tell_named(session: Session, course_session: CourseSession, trainer: Trainer, now: datetime, *, until: datetime | None = None) -> None:
    """Somebody is told that a session on the programme is theirs to give."""
    if not silent(session) and _is_trainer(trainer):
        register = office().page(f"registers/{course_session.ref}")
        queue(_about(course_session, trainer, NAMED, now.isoformat(), until=until, act=Button(words.WHO_IS_BOOKED, register)), now=now)


def tell_trainer_after_all(session: Session, course_session: CourseSession, now: datetime) -> None:
    """The session takes place after all: its trainer is told what the letter said that was withdrawn before it left, as it is now."""
    trainer = course_session.trainer
    untold = last_withdrawn(f"session:{course_session.id}", (NAMED, CHANGED), trainer.person_id) if trainer is not None else None
    if trainer is None or untold is None:
        return
    if untold.kind == NAMED:
        tell_named(session, course_session, trainer, now)
    elif not silent(session) and _is_trainer(trainer):
        _tell_changed(course_session, trainer, given(untold.fields["changed"]), now)


def tell_new_trainer(
    session: Session, course_session: CourseSession, before: Trainer | None, after: Trainer | None, now: datetime, *, stood: Parts
) -> None:
    """Another gives the session: who does is told, and who did, if what they heard last is that they do. They read of the time that they were told;
    where they never were, of the one that it `stood` at before the change."""
    waited = void(concerns=f"session:{course_session.id}", kinds=(NAMED,), reason="Somebody else gives the session now.", now=now)
    if before is not None and not silent(session) and _is_trainer(before):
        _tell_released(course_session, before, now, stood=when_at(stood), unheard=bool(waited))
    if after is not None:
        void(concerns=_no_longer(course_session, after), reason="They give the session after all.", now=now)
        tell_named(session, course_session, after, now)


def _is_trainer(trainer: Trainer) -> bool:
    """Whether whoever was named has not left, and is a trainer still."""
    return bool(db.session.scalar(sa.select(gives_sessions(sa.literal(trainer.person_id)))))


def _tell_released(course_session: CourseSession, trainer: Trainer, now: datetime, *, stood: Both, unheard: bool) -> None:
    known = _known(course_session, trainer)
    if known.kind == RELEASED if known is not None else unheard:
        return
    released = _about(course_session, trainer, RELEASED, now.isoformat())
    queue(replace(released, concerns=(*released.concerns_all, _no_longer(course_session, trainer)),
                  fields={**released.fields, "when": _when_known(known, stood)}), now=now)


def _known(one: CourseSession, trainer: Trainer) -> Letter | None:
    """What somebody read last of whether, and when, a session is theirs to give."""
    return last_known(f"session:{one.id}", (NAMED, CHANGED, RELEASED), trainer.person_id)


def _when_known(known: Letter | None, otherwise: Both) -> str | Both:
    """The time of which they read."""
    return otherwise if known is None else given(known.fields["when"])


def _no_longer(one: CourseSession, trainer: Trainer) -> str:
    """What a letter concerns that says that somebody else gives a session now: it is true as long as that is so."""
    return f"session:{one.id}:given-by-another-than:{trainer.person_id}"


def _about(
    one: CourseSession, trainer: Trainer, kind: str, key: str, *, until: datetime | None = None, act: Button | None = None, **fields: str | Both
) -> Draft:
    where = place(place_shown(one.venue_or_link, one.format, booked=True))
    draft = _to_trainer(trainer, kind, f"session:{one.id}", key, [one], until or last_part_starts(one), course=one.course.title,
                        when=when(one.parts), where=where, contact=office().house.contact_email or office().page("help"), **fields)
    return replace(draft, act=act)


def tell_trainers_of_cancelling(session: Session, called_off: Iterable[CourseSession], now: datetime) -> None:
    """Whoever gives one of these sessions, or several, is told once that they are called off, when those who are booked are."""
    theirs: dict[int, list[CourseSession]] = {}
    for one in () if silent(session) else sorted(called_off, key=lambda one: one.starts_at):
        if one.trainer is not None:
            theirs.setdefault(one.trainer.person_id, []).append(one)
    queue_all([_cancelled(ones, now) for ones in theirs.values() if ones[0].trainer and _is_trainer(ones[0].trainer)], now=now)


def _cancelled(ones: Sequence[CourseSession], now: datetime) -> Draft:
    trainer = ones[0].trainer
    if trainer is None:
        raise LookupError("a session without a trainer has nobody to write to")
    reason = "; ".join(dict.fromkeys(one.cancel_reason for one in ones if one.cancel_reason))
    return _to_trainer(
        trainer, "trainer-cancelled", f"trainer:{trainer.person_id}", now.isoformat(), ones, max(one.ends_at for one in ones),
        leave_at(now, [one.starts_at for one in ones]), reason=the_reason(reason) if reason else "", number=counted(len(ones), "session", "sesiwn"),
        sessions=tuple(both(*words.ONE_GIVEN, one.course.title, _when_known(_known(one, trainer), when(one.parts))) for one in ones))


def _to_trainer(
    trainer: Trainer, kind: str, about: str, key: str, ones: Sequence[CourseSession], until: datetime, due_at: datetime | None = None,
    **fields: str | Both | tuple[Both, ...],
) -> Draft:
    person = trainer.person
    return Draft(
        about=f"{about}:{kind}:{person.id}:{key}", kind=kind, to=person.email, person_id=person.id, due_at=due_at, valid_until=until,
        concerns=tuple(f"session:{one.id}" for one in ones), fields={"name": person.first_name or person.name, **fields})
