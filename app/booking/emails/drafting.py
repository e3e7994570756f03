"""What every letter about a booking is made of: to whom and about what, where and until when, and the entries for a calendar."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from app.booking.emails import words
from app.booking.models import Booking
from app.booking.queries import facts, notices
from app.booking.rules import calendars, policy
from app.catalogue.models import CourseSession, SessionPart
from app.catalogue.rules import place_shown
from app.letters.emails import moment, place, when
from app.mail.office import office
from app.mail.rules.languages import Address, Both, Language, both
from app.mail.services import Calendar, Draft, LinkTo


def draft_to(kind: str, booking: Booking, key: object, *, now: datetime | None = None, **more: object) -> Draft:
    """A letter about a booking, to its person, with what every such letter says; given `now`, also whether giving back is late by then."""
    session = booking.course_session
    promised = facts.policy_of(booking)
    deadline = moment(policy.last_minute_in_time(promised, session.starts_at))
    concerns = [f"booking:{booking.id}", f"session:{session.id}"]
    fields: dict[str, object] = {
        "name": booking.person.first_name or booking.person.name, "course": session.course.title, "when": when(session.parts),
        "where": place(where(booking)), "deadline": deadline,
        "manage": LinkTo("booking", f"booking:{booking.id}", session.ends_at),
    }
    if now is not None:
        back = notices.return_of(booking, now)
        fields["late"] = _late(back)
        concerns += [] if now < policy.deadline(promised, session.starts_at) or back.late else [unanswered(booking)]
    fields.update(more.pop("fields", {}))  # type: ignore[call-overload]
    facts_: dict[str, object] = {
        "about": f"booking:{booking.id}:{kind}:{key}", "kind": kind, "to": booking.person.email, "person_id": booking.person_id,
        "concerns": tuple(concerns), "valid_until": last_part_starts(session), "fields": fields, **more,
    }
    return Draft(**facts_)  # type: ignore[arg-type]


def _late(back: notices.Return) -> Both:
    if back.late:
        return words.LATE_BY_NOW
    if back.with_both:
        return words.NOT_LATE_WITH_BOTH
    return words.NOT_LATE_FOR_YOU if back.past else both(*words.IN_TIME_UNTIL, moment(back.deadline))


def asks_why(booking_id: int) -> str:
    """What a letter concerns that asks why somebody did not come."""
    return f"booking:{booking_id}:why"


def unanswered(booking: Booking) -> str:
    """What a letter concerns that asks for a yes, or says that giving back is not late: it is true until its person says that they come."""
    return f"booking:{booking.id}:unanswered"


def whether_sure(session: CourseSession) -> str:
    """What a letter concerns that says that it is not sure yet whether a session takes place, or by its silence that it is."""
    return f"session:{session.id}:unsure"


def resting_on(draft: Draft, *facts_: str) -> Draft:
    """The letter, which is true only as long as these facts are."""
    return replace(draft, concerns=tuple(dict.fromkeys((*draft.concerns_all, *facts_))))


def last_part_starts(session: CourseSession) -> datetime:
    """Until when most letters about a session are of use: what is said of a later part is worth knowing once the first has begun."""
    return max((part.starts_at for part in session.parts), default=session.starts_at)


def where(booking: Booking) -> str:
    """Where a session is, as a letter says it. An address to join is ours and leads to the present one, whenever it is opened."""
    session = booking.course_session
    shown = place_shown(session.venue_or_link, session.format, booked=True)
    return join_address(booking) if shown.startswith("http") else shown


def join_address(booking: Booking) -> Address:
    """The stable address that leads to the present address of the meeting."""
    return office().page(f"join/{booking.ref}")


Parts = Sequence[tuple[datetime, datetime]]


def when_at(parts: Parts) -> Both:
    """Times that a session had, as letters say them."""
    return when([SessionPart(starts_at=starts_at, ends_at=ends_at) for starts_at, ends_at in parts])


def entries(booking: Booking, language: Language = Language.ENGLISH, parts: Parts = (), *, taken_out: bool = False) -> list[calendars.Entry]:
    """The booking's entries as they are now, or were with these parts, with our own words in this language."""
    session, site = booking.course_session, office().public_url
    at, about, part = place(where(booking)), words.IF_YOU_CANNOT, words.PART
    return calendars.entries(
        booking.ref, session.course.title, parts or [(one.starts_at, one.ends_at) for one in session.parts],
        sequence=calendars.sequence(booking.changes, session.times_version, session.place_version, taken_out=taken_out),
        where=at if isinstance(at, str) else at.said(language), about=about.said(language),
        address=f"{site}/bookings/{booking.ref}", site=site, part=part.said(language), language=language.tag,
    )


def invitation(booking: Booking, now: datetime, number: int = 1) -> Calendar:
    people = {"organiser": office().house.answers_to, "attendee": booking.person.email}
    return Calendar(lambda language: calendars.request(entries(booking, language)[number - 1], **people, made_at=now), "REQUEST")


def withdrawal(booking: Booking, now: datetime, number: int = 1, parts: Parts = ()) -> Calendar:
    """What takes the entry of this part of the session, or of these parts that it had, out of a calendar."""
    people = {"organiser": office().house.answers_to, "attendee": booking.person.email}
    return Calendar(lambda language: calendars.cancel(entries(booking, language, parts, taken_out=True)[number - 1], **people, made_at=now),
                    "CANCEL")


def further_parts(booking: Booking, key: object, now: datetime) -> list[Draft]:
    """A letter for each part after the first: a calendar takes one entry from a letter."""
    return [
        draft_to("calendar-entry", booking, f"{key}:{number}", fields={"part": str(number)}, calendar=invitation(booking, now, number))
        for number in range(2, len(booking.course_session.parts) + 1)
    ]
