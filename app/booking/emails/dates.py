"""Letters about a date to people who are not booked on it: it runs again, or something happens to the places that they hold without names."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import Person
from app.booking.emails import words
from app.booking.emails.called_off import leave_at
from app.booking.emails.letters import RUNS_AGAIN
from app.booking.emails.telling import silent
from app.booking.models import HeldPlaces
from app.booking.rules.happened import changed_too
from app.catalogue.models import CourseSession
from app.catalogue.rules import place_shown
from app.letters.emails import counted, moment, place, when
from app.letters.emails import reason as the_reason
from app.mail.office import office
from app.mail.queries import waiting_about
from app.mail.rules.languages import Both, both, given
from app.mail.services import Draft, queue, void

TIMES = "held-places-times"


def asks(course_id: int, person_id: int) -> str:
    """What a letter concerns that is true only as long as this person waits for this course."""
    return f"course:{course_id}:asks:{person_id}"


def runs_again(session: CourseSession, person: Person) -> Draft:
    """A new date of a course, for somebody who asked to be told; once for each date."""
    fields = {
        "name": person.first_name or person.name, "course": session.course.title, "when": when(session.parts),
        "where": place(_shown(session)), "session": office().page(f"sessions/{session.ref}"),
        "course_page": office().page(f"courses/{session.course.code}"),
    }
    return Draft(about=f"session:{session.id}:runs-again:{person.id}", kind=RUNS_AGAIN, to=person.email, person_id=person.id,
                 concerns=(f"session:{session.id}", asks(session.course_id, person.id)), valid_until=session.starts_at, fields=fields)


def holders(session: Session, session_id: int, now: datetime) -> Sequence[HeldPlaces]:
    """The places without names on a session that still count, with who holds them and for whom."""
    return session.scalars(sa.select(HeldPlaces).where(
        HeldPlaces.course_session_id == session_id, HeldPlaces.places > 0, HeldPlaces.releases_at > now,
    ).options(joinedload(HeldPlaces.by), joinedload(HeldPlaces.agency)).order_by(HeldPlaces.id)).all()


def tell_holders(session: Session, course_session: CourseSession, reason: str, now: datetime) -> None:
    """Whoever holds places without names on a session that is called off is told, when those who are booked are."""
    for held in holders(session, course_session.id, now):
        void(concerns=f"held:{held.id}", reason="The session was cancelled.", now=now)
        if silent(session):
            continue
        draft = _about_held(held, course_session, "held-places-cancelled", f"cancelled:{course_session.cancelled_at}", reason=the_reason(reason))
        queue(replace(draft, due_at=leave_at(now, [course_session.starts_at]), valid_until=course_session.ends_at), now=now)


def tell_holders_of_times(session: Session, course_session: CourseSession, shown_before: str, now: datetime) -> None:
    """Whoever holds places without names is told the session's new time, and where it is if that was shown otherwise before."""
    news = words.NEWS[changed_too(shown_before, _shown(course_session))]
    for held in holders(session, course_session.id, now):
        untold = _untold(held)
        void(concerns=f"held:{held.id}", reason="The session has another time again.", now=now)
        if not silent(session):
            _tell_holder_of_time(held, course_session, words.all_news([*untold, news]), now)


def tell_holders_of_place(session: Session, course_session: CourseSession, shown_before: str, now: datetime) -> None:
    """Where the session is held now goes with a new time that was not told yet; the place alone is told when the places have names."""
    too = changed_too(shown_before, _shown(course_session))
    for held in holders(session, course_session.id, now) if too else ():
        _write_anew(held, course_session, "The session is held elsewhere now.", now, words.ONLY[too])


def write_holders_time_anew(held: HeldPlaces, course_session: CourseSession, now: datetime) -> None:
    """A new time that was not told yet is told with how many places are left without names; to whoever has named all of them not at all."""
    _write_anew(held, course_session, "The places have names since.", now)


def _write_anew(held: HeldPlaces, course_session: CourseSession, reason: str, now: datetime, *more: Both) -> None:
    untold = _untold(held)
    if not untold:
        return
    void(concerns=f"held:{held.id}", kinds=(TIMES,), reason=reason, now=now)
    if held.places:
        _tell_holder_of_time(held, course_session, words.all_news([*untold, *more]), now)


def _untold(held: HeldPlaces) -> list[str | Both]:
    """What is new by letters to whoever holds these places that have not left."""
    return [given(letter.fields["changed"]) for letter in waiting_about(f"held:{held.id}", TIMES)]


def _shown(course_session: CourseSession) -> str:
    """Where it is, as whoever has no place sees it."""
    return place_shown(course_session.venue_or_link, course_session.format, booked=False)


def _tell_holder_of_time(held: HeldPlaces, course_session: CourseSession, news: str | Both, now: datetime) -> None:
    queue(_about_held(held, course_session, TIMES, f"times:v{course_session.times_version}", until=moment(held.releases_at),
                      changed=news, where=place(_shown(course_session))), now=now)


def tell_holder_of_release(held: HeldPlaces, course_session: CourseSession, now: datetime, *, by: str = "") -> None:
    """Whoever holds places without names is told that they went on to others, by whom or because their day has come; before they go."""
    void(concerns=f"held:{held.id}", reason="The places have gone on.", now=now)
    why = both(*words.RELEASED_BY, by) if by else words.HELD_UNTIL_THEN
    queue(_about_held(held, course_session, "held-places-released", "released", why=why), now=now)


def _about_held(held: HeldPlaces, session: CourseSession, kind: str, key: str, **more: str | Both) -> Draft:
    fields = {
        "name": held.by.first_name or held.by.name, "course": session.course.title, "when": when(session.parts),
        "places": counted(held.places, "place", "lle"), "agency": held.agency.name,
        "course_page": office().page(f"courses/{session.course.code}"), "my_agency": office().page("my-agency"), **more,
    }
    return Draft(about=f"held:{held.id}:{key}", kind=kind, to=held.by.email, person_id=held.by_id,
                 concerns=(f"session:{session.id}", f"held:{held.id}"), valid_until=session.starts_at, fields=fields)
