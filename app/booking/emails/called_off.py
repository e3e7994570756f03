"""The letters of a cancellation, one to each person however many of their sessions it is; they wait until it can no longer be undone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.booking.emails import words
from app.booking.emails.drafting import draft_to, resting_on, where, withdrawal
from app.booking.emails.letters import SAYS_WHERE, has_to_agree, taken_out
from app.booking.models import Booking
from app.booking.queries.displaced import have_instead
from app.booking.rules.displaced import had_place
from app.booking.rules.states import ENDED, BookingStatus
from app.booking.rules.undoing import undone_until
from app.letters.emails import counted, moment, place, when
from app.letters.emails import reason as the_reason
from app.mail.models import Letter, LetterConcern
from app.mail.queries import MAY_BE_READ
from app.mail.rules.languages import Both, both, given
from app.mail.services import Act as Button
from app.mail.services import Draft, LinkTo


def leave_at(cancelled_at: datetime, starts: Iterable[datetime]) -> datetime:
    """When the letters about sessions that begin at these moments leave: once their cancellation can no longer be undone, and at once when it
    never can."""
    return undone_until(cancelled_at, starts) or cancelled_at


SAYS_WHEN = (*SAYS_WHERE, "reminder", "joining-instructions", "place-changed")
"""The letters about a booking that say when its session is."""


@dataclass(frozen=True)
class Told:
    """A booking of a session that was called off, where it stood before, what its person has on the other date that is offered, and the times of
    which they read last, where the session was moved."""

    booking: Booking
    stood: BookingStatus
    elsewhere: Booking | None = None
    times: str | Both | None = None

    @property
    def when(self) -> str | Both:
        """When it was to be, as its person knows it."""
        return self.times or when(self.booking.course_session.parts)

    @property
    def held(self) -> bool:
        """Whether a place is held for them on the other date."""
        return self.elsewhere is not None and self.elsewhere.status is BookingStatus.OFFERED and self.elsewhere.due_at is not None


def with_times_told(session: Session, told: Sequence[Told]) -> list[Told]:
    """Each with the times of which its person read last, where the session was moved; in one statement.

    A letter that was withdrawn may have carried the only news of another time.
    """
    moved = {f"booking:{one.booking.id}": one.booking.person_id for one in told if one.booking.course_session.times_version}
    rows = session.execute(
        sa.select(LetterConcern.subject, Letter.about, Letter.person_id, Letter.fields).join(Letter, Letter.id == LetterConcern.letter_id)
        .where(LetterConcern.subject.in_(moved), Letter.kind.in_(SAYS_WHEN), MAY_BE_READ).order_by(Letter.id)) if moved else ()
    times = {subject: given(fields["when"]) for subject, about, person_id, fields in rows
             if person_id == moved[subject] and about.startswith(f"{subject}:")}
    return [replace(one, times=times.get(f"booking:{one.booking.id}")) for one in told]


def sessions_cancelled(told: Sequence[Told], reason: str, now: datetime) -> list[Draft]:
    """To somebody whose session was called off, or several of them in one act: why, and what is held for them instead, all in one letter."""
    first = told[0]
    letter = _one(first, reason, now) if len(told) == 1 else _several(told, reason)
    drafts = [letter]
    for number, one in enumerate(told):
        if one.stood is BookingStatus.BOOKED:  # the letter itself takes one entry out of a calendar
            drafts += taken_out(one.booking, one.booking.course_session.cancelled_at, now, first=2 if not number and letter.calendar else 1)
    due_at = leave_at(now, [one.booking.course_session.starts_at for one in told])
    until = max(one.booking.course_session.ends_at for one in told)  # that it does not take place is worth knowing after its start too
    drafts[0] = resting_on(letter, *(f"booking:{one.elsewhere.id}" for one in told if one.elsewhere))
    return [replace(draft, due_at=due_at, valid_until=until) for draft in drafts]


def _one(one: Told, reason: str, now: datetime) -> Draft:
    booking = one.booking
    button = Button(words.TAKE_HELD, _offer(one.elsewhere)) if one.held and one.elsewhere else None
    calendar = withdrawal(booking, now) if one.stood is BookingStatus.BOOKED else None
    return draft_to("session-cancelled", booking, booking.course_session.cancelled_at, act=button, calendar=calendar,
                    fields={"reason": the_reason(reason), "instead": _instead(one), "when": one.when})


def _several(told: Sequence[Told], reason: str) -> Draft:
    text: list[Both | LinkTo] = []
    for one in told:
        text.append(both(*words.ONE_OF_SEVERAL, one.booking.course_session.course.title, one.when, _instead(one)))
        if one.held and one.elsewhere:
            text += [both("{}: ", "{}: ", words.TAKE_HELD), _offer(one.elsewhere), words.GAP]
    first = told[0].booking
    draft = draft_to("sessions-cancelled", first, first.course_session.cancelled_at, fields={
        "reason": the_reason(reason), "number": counted(len(told), "session", "sesiwn"), "sessions": tuple(text)})
    return replace(draft, concerns=tuple(
        subject for one in told for subject in (f"booking:{one.booking.id}", f"session:{one.booking.course_session_id}")))


def _offer(elsewhere: Booking) -> LinkTo:
    return LinkTo("offer", f"booking:{elsewhere.id}", elsewhere.course_session.ends_at)


def _instead(one: Told) -> Both:
    """What they are offered instead, or that there is nothing."""
    other = one.elsewhere
    if other is not None and other.status is BookingStatus.OFFERED and other.due_at is not None:
        held = both(*words.HELD_FOR_YOU, moment(other.due_at), when(other.course_session.parts), place(where(other)))
        agrees = has_to_agree(other) if one.stood is not BookingStatus.BOOKED else ""
        return both("{}\n\n{}", "{}\n\n{}", held, agrees) if agrees else held
    if other is not None and other.status is BookingStatus.WAITING:
        return both(*words.FIRST_ON_LIST, when(other.course_session.parts))
    if other is not None and other.status in ENDED:
        return both(*words.HELD_NO_LONGER, when(other.course_session.parts))
    if other is not None:
        return both(*words.ON_IT_ALREADY, when(other.course_session.parts))
    if not had_place(one.stood, instead=bool(have_instead([one.booking]))):
        return words.LIST_ENDED
    return words.NO_DATE


def two_dates(booking: Booking, other: Booking, now: datetime) -> Draft:
    """To somebody whose session takes place after all, and who took another date while it was called off: which do they want?"""
    draft = draft_to("two-dates", booking, f"{other.id}:{now.isoformat()}", fields={
        "other": when(other.course_session.parts), "other_where": place(where(other)),
        "manage_other": LinkTo("booking", f"booking:{other.id}", other.course_session.ends_at),
    })
    return resting_on(draft, f"booking:{other.id}")
