"""The letters of each act, written in its transaction. Whoever is told, is told once: the letter's key holds the event that it is about."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.booking.models import Booking, BookingEvent
from app.booking.queries import facts
from app.booking.rules import calendars, policy, waiting
from app.booking.rules.policy import Notice, WhenUnanswered
from app.booking.rules.states import AWAITING, Act, BookingStatus
from app.catalogue.models import CourseSession
from app.catalogue.rules import Approval, place_shown
from app.core.london import london
from app.mail.office import office
from app.mail.services import Act as Button
from app.mail.services import Calendar, Draft, LinkTo, queue_all, void
from app.ui.filters import moment, ordinal, when

SILENT = "places_silent"


@contextmanager
def not_telling(session: Session) -> Iterator[None]:
    """What happens inside brings no letters: an import takes in what others have told already."""
    before = session.info.get(SILENT, False)
    session.info[SILENT] = True
    try:
        yield
    finally:
        session.info[SILENT] = before


def silent(session: Session) -> bool:
    """Whether what happens now brings no letters."""
    return bool(session.info.get(SILENT))


def tell(session: Session, booking: Booking, event: BookingEvent, now: datetime) -> None:
    """Write the letter that this event brings, if it brings one; letters that it made untrue are withdrawn."""
    if silent(session):
        return
    if event.before is not None and (event.after is not event.before or event.act is Act.CHANGE_TIMES):
        void(concerns=f"booking:{booking.id}", reason="The booking has changed since.", now=now)
    build = LETTERS.get((event.act, event.after)) or LETTERS.get((event.act, None))
    if build is not None:
        queue_all(build(booking, event, now), now=now)


def draft_to(kind: str, booking: Booking, key: object, **more: object) -> Draft:
    """A letter about a booking, to its person, with what every such letter says."""
    session = booking.course_session
    promised = facts.policy_of(booking)
    fields: dict[str, object] = {
        "name": booking.person.first_name or booking.person.name, "course": session.course.title, "when": when(session.parts),
        "where": where(booking), "deadline": moment(policy.last_minute_in_time(promised, session.starts_at)),
        "manage": LinkTo("booking", f"booking:{booking.id}", session.ends_at),
    }
    fields.update(more.pop("fields", {}))  # type: ignore[call-overload]
    facts_: dict[str, object] = {
        "about": f"booking:{booking.id}:{kind}:{key}", "kind": kind, "to": booking.person.email, "person_id": booking.person_id,
        "concerns": (f"booking:{booking.id}", f"session:{session.id}"), "valid_until": session.starts_at, "fields": fields, **more,
    }
    return Draft(**facts_)  # type: ignore[arg-type]


def where(booking: Booking) -> str:
    """Where a session is, as a letter says it. An address to join is ours and leads to the present one, whenever it is opened."""
    session = booking.course_session
    shown = place_shown(session.venue_or_link, session.format, booked=True)
    return join_address(booking) if shown.startswith("http") else shown


def join_address(booking: Booking) -> str:
    """The stable address that leads to the present address of the meeting."""
    return f"{office().public_url}/join/{booking.ref}"


def entries(booking: Booking, now: datetime) -> list[calendars.Entry]:
    """The booking's entries as they are now."""
    session, site = booking.course_session, office().public_url
    return calendars.entries(
        booking.ref, session.course.title, [(part.starts_at, part.ends_at) for part in session.parts],
        sequence=calendars.sequence_at(now, booking.booked_at), where=where(booking), about="If you cannot come, please give your place back.",
        address=f"{site}/bookings/{booking.ref}", site=site,
    )


def _invitation(booking: Booking, entry: calendars.Entry, now: datetime) -> Calendar:
    house = office().house
    return Calendar(calendars.request(entry, organiser=house.contact_email, attendee=booking.person.email, made_at=now), "REQUEST")


def withdrawal(booking: Booking, entry: calendars.Entry, now: datetime) -> Calendar:
    house = office().house
    return Calendar(calendars.cancel(entry, organiser=house.contact_email, attendee=booking.person.email, made_at=now), "CANCEL")


def further_parts(booking: Booking, key: object, now: datetime) -> list[Draft]:
    """A letter for each part after the first: a calendar takes one entry from a letter."""
    return [
        draft_to("calendar-entry", booking, f"{key}:{number}", fields={"part": str(number)}, calendar=_invitation(booking, entry, now))
        for number, entry in enumerate(entries(booking, now)[1:], start=2)
    ]


def _confirmed(booking: Booking, event: BookingEvent, now: datetime) -> list[Draft]:
    invitation = _invitation(booking, entries(booking, now)[0], now)
    if booking.booked_by_id is not None and booking.agreed_at is None and booking.booked_by_id != booking.person_id:
        asks = Button("Say whether you will come", LinkTo("booking", f"booking:{booking.id}", booking.course_session.ends_at))
        booker = booking.booked_by.name if booking.booked_by else "Somebody"
        first = draft_to("booked-for-you", booking, event.id, fields={"booker": booker}, act=asks, calendar=invitation)
    else:
        first = draft_to("place-confirmed", booking, event.id, calendar=invitation)
    return [first, *further_parts(booking, event.id, now)]


def _moved(booking: Booking, event: BookingEvent, now: datetime) -> list[Draft]:
    invitation = _invitation(booking, entries(booking, now)[0], now)
    return [draft_to("moved", booking, event.id, calendar=invitation), *further_parts(booking, event.id, now)]


def taken_out(booking: Booking, key: object, now: datetime, *, first: int = 1) -> list[Draft]:
    """What was in the calendar leaves it, a letter for each part from the `first` on."""
    return [draft_to("taken-out", booking, f"{key}:{number}", calendar=withdrawal(booking, entry, now))
            for number, entry in enumerate(entries(booking, now), start=1) if number >= first]


def _moved_away(booking: Booking, event: BookingEvent, now: datetime) -> list[Draft]:
    return taken_out(booking, event.id, now)


def _joined(booking: Booking, event: BookingEvent, now: datetime) -> list[Draft]:
    line = [one.id for one in facts.in_line(booking.course_session_id)]
    position = f"{ordinal(line.index(booking.id) + 1)} of {len(line)}" if booking.id in line else "next"
    by = _booked_by(booking, "{} asked for a place on it for you.")
    return [draft_to("list-joined", booking, event.id, fields={"position": position, "by": by})]


def _booked_by(booking: Booking, sentence: str, otherwise: str = "") -> str:
    """The sentence with the name of whoever booked for the person, as long as they have not said yes themselves."""
    if booking.booked_by_id is None or booking.agreed_at is not None or booking.booked_by_id == booking.person_id:
        return otherwise
    return sentence.format(booking.booked_by.name if booking.booked_by and booking.booked_by.name else "Somebody")


def _offered(booking: Booking, event: BookingEvent, now: datetime) -> list[Draft]:
    until = booking.due_at or booking.course_session.starts_at
    take = Button("Take the place, or say no", LinkTo("offer", f"booking:{booking.id}", booking.course_session.ends_at))
    return [draft_to("offer", booking, event.id, fields={"until": moment(until), "also": _also(booking, event, now)}, act=take, valid_until=until)]


def _also(booking: Booking, event: BookingEvent, now: datetime) -> str:
    """That they have another date already, for somebody who is asked first because of it."""
    if event.reason != waiting.ASKED_FIRST:
        return ""
    placed = facts.placed_elsewhere(booking.course_session, [booking.person_id], now).get(booking.person_id)
    return "" if placed is None else (
        f"You said that you would take a place whenever one comes free. As you have a place on {when(placed.course_session.parts)}, we ask first. "
        "If you take this one, please give the other back.")


def _lapsed(booking: Booking, event: BookingEvent, now: datetime) -> list[Draft]:
    again = waiting.can_rejoin(booking.lapses)
    still = ("If you are still interested, say so and you have your old place on the list again." if again
             else "If you still want to come, you can join the list again, at its end.")
    to = Button("I am still interested" if again else "See the booking", LinkTo("offer", f"booking:{booking.id}", booking.course_session.ends_at))
    return [draft_to("offer-lapsed", booking, event.id, fields={"still": still}, act=to)]


def _asked(booking: Booking, event: BookingEvent, now: datetime) -> list[Draft]:
    until = moment((booking.due_at or booking.course_session.starts_at) - timedelta(minutes=1))
    who = booking.manager_email if booking.status is BookingStatus.AWAITING_MANAGER else "The coordinator"
    drafts = [draft_to("request-made", booking, event.id, fields={
        "who": who or "The coordinator", "until": until,
        "asked": _booked_by(booking, "{} has asked for a place for you", "You have asked for a place")})]
    if booking.status is BookingStatus.AWAITING_MANAGER and booking.manager_email:
        drafts.append(_to_manager(booking, event, until))
    return drafts


def _to_manager(booking: Booking, event: BookingEvent, until: str) -> Draft:
    goes_on = facts.policy_of(booking).when_unanswered is WhenUnanswered.GOES_ON
    both = booking.course_session.course.approval is Approval.BOTH
    after = "If nobody answers by then, the coordinator decides." if goes_on else "If nobody answers by then, the place goes to somebody else."
    after += " After your yes the coordinator decides." if both else ""
    expires = booking.due_at or booking.course_session.starts_at
    asks = Button("Say yes or no", LinkTo("approval", f"booking:{booking.id}", expires, replaces=True))
    draft = draft_to("approval-asked", booking, event.id, fields={"person": booking.person.name, "until": until, "after": after}, act=asks,
                   valid_until=expires)
    return replace(draft, to=booking.manager_email or "", person_id=None, fields={**draft.fields, "manage": ""})


def _refused(booking: Booking, event: BookingEvent, now: datetime) -> list[Draft]:
    reason = f"The reason: {event.reason}" if event.reason else ""
    return [draft_to("request-refused", booking, event.id, fields={"reason": reason, "other": _other_dates(booking)})]


def _unanswered(booking: Booking, event: BookingEvent, now: datetime) -> list[Draft]:
    return [draft_to("request-lapsed", booking, event.id, fields={"other": _other_dates(booking)})]


def _other_dates(booking: Booking) -> str:
    return f"Other dates of the course: {office().public_url}/courses/{booking.course_session.course.code}"


THANKS = {
    Notice.IN_TIME: "Thank you for telling us in good time.", Notice.EXCUSED: "Thank you for telling us. It does not count as late.",
    Notice.LATE: "Thank you for telling us. It was after the date by which we ask to know, so it is noted as given back late.",
}


FOR_THEM = {
    Notice.IN_TIME: "It does not count as late.", Notice.EXCUSED: "It does not count as late.",
    Notice.LATE: "It was after the date by which we ask to know, so it is noted as given back late.",
}


def _thanks(booking: Booking, event: BookingEvent) -> str:
    """Thanks to somebody who gave their place back; somebody for whom another did is told who."""
    notice = booking.notice or Notice.IN_TIME
    if event.by in (booking.person.name, booking.person.email):
        return THANKS[notice]
    return f"{event.by} gave it back for you. {FOR_THEM[notice]}"


def _given_back(booking: Booking, event: BookingEvent, now: datetime) -> list[Draft]:
    undo = f"You can take it back until {moment(booking.due_at)}: " if booking.due_at else ""
    link = LinkTo("booking", f"booking:{booking.id}", booking.course_session.ends_at)
    return [draft_to("given-back", booking, event.id, fields={"thanks": _thanks(booking, event), "undo": undo, "manage": link},
                   calendar=withdrawal(booking, entries(booking, now)[0], now)), *taken_out(booking, event.id, now, first=2)]


def _released(booking: Booking, event: BookingEvent, now: datetime) -> list[Draft]:
    address = f"{office().public_url}/sessions/{booking.course_session.ref}"
    return [draft_to("place-released", booking, event.id, fields={"session": address}, calendar=withdrawal(booking, entries(booking, now)[0], now)),
            *taken_out(booking, event.id, now, first=2)]


def _substituted(booking: Booking, event: BookingEvent, now: datetime) -> list[Draft]:
    return [draft_to("substituted", booking, event.id, fields={"colleague": event.reason or "A colleague"},
                   calendar=withdrawal(booking, entries(booking, now)[0], now)), *taken_out(booking, event.id, now, first=2)]


def _declined(booking: Booking, event: BookingEvent, now: datetime) -> list[Draft]:
    gone = taken_out(booking, event.id, now) if event.before is BookingStatus.BOOKED else []
    if booking.booked_by is None:
        return gone
    draft = draft_to("declined", booking, event.id, fields={"person": booking.person.name, "name": booking.booked_by.first_name, "manage": ""})
    return [replace(draft, to=booking.booked_by.email, person_id=booking.booked_by_id), *gone]


def _new_time(booking: Booking, event: BookingEvent, now: datetime) -> list[Draft]:
    if booking.status in AWAITING:
        return _asked(booking, event, now)
    if booking.status is BookingStatus.OFFERED:
        return _offered(booking, event, now)
    if booking.status is not BookingStatus.BOOKED:
        return [draft_to("list-times-changed", booking, event.id)]
    says = Button("Say whether you can still come", LinkTo("coming", f"booking:{booking.id}", booking.course_session.ends_at))
    return [draft_to("times-changed", booking, event.id, act=says, calendar=_invitation(booking, entries(booking, now)[0], now)),
            *further_parts(booking, event.id, now)]


def _still_coming(booking: Booking, event: BookingEvent, now: datetime) -> list[Draft]:
    until = booking.due_at or booking.course_session.starts_at
    says = Button("Say yes or no", LinkTo("coming", f"booking:{booking.id}", booking.course_session.ends_at))
    return [draft_to("still-coming", booking, event.id, fields={"until": moment(until)}, act=says, valid_until=until)]


Builder = Callable[[Booking, BookingEvent, datetime], list[Draft]]
_PLACE = (Act.BOOK, Act.ACCEPT, Act.LET_IN, Act.TAKE, Act.AGREE, Act.APPROVE, Act.UNDO, Act.COME_INSTEAD, Act.REINSTATE)
_REQUEST = (Act.ASK, Act.ACCEPT, Act.LET_IN, Act.TAKE, Act.AGREE, Act.PASS_ON, Act.COME_INSTEAD, Act.MOVE_HERE, Act.UNDO, Act.REINSTATE)

LETTERS: dict[tuple[Act, BookingStatus | None], Builder] = {
    **{(act, BookingStatus.BOOKED): _confirmed for act in _PLACE},
    **{(act, status): _asked for act in _REQUEST for status in AWAITING},
    (Act.MOVE_HERE, BookingStatus.BOOKED): _moved, (Act.MOVE, None): _moved_away, (Act.OFFER, None): _offered,
    (Act.JOIN, None): _joined, (Act.UNDO, BookingStatus.WAITING): _joined,
    (Act.LAPSE, None): _lapsed, (Act.REFUSE, None): _refused, (Act.NO_ANSWER, None): _unanswered, (Act.GIVE_BACK, None): _given_back,
    (Act.DECLINE, None): _declined, (Act.RELEASE, None): _released, (Act.SUBSTITUTE, None): _substituted, (Act.CHANGE_TIMES, None): _new_time,
    (Act.ASK_COMING, None): _still_coming,
}
"""Which act brings which letter, by the state that it leads to (none: any)."""


def place_changed(session: CourseSession, bookings: Sequence[Booking], now: datetime) -> list[Draft]:
    """To everybody with a place on a session that is held elsewhere, or at another address; the key holds the place, so that once is enough."""
    return [
        draft_to("place-changed", booking, f"v{session.place_version}", calendar=_invitation(booking, entries(booking, now)[0], now))
        for booking in bookings
    ]


def reminder(booking: Booking, days: int, left: int, until: datetime) -> Draft:
    """The reminder of so many days before, when so many are left: can you still come? After `until` it is of no use any more."""
    session = booking.course_session
    day = london(session.starts_at)
    ahead = {0: "Today", 1: "Tomorrow"}.get(left) or f"On {day:%A} {day.day} {day:%B}"
    give_back = Button("No, give my place back", LinkTo("booking", f"booking:{booking.id}", session.ends_at))
    return draft_to("reminder", booking, f"{days}:v{session.times_version}", fields={"ahead": ahead}, act=give_back, valid_until=until)


def invitation_declined(booking: Booking) -> Draft:
    """The question to somebody whose calendar declined the invitation; once for each booking."""
    give_back = Button("Give my place back", LinkTo("booking", f"booking:{booking.id}", booking.course_session.ends_at))
    return draft_to("invitation-declined", booking, "once", act=give_back)


def joining_instructions(booking: Booking, now: datetime) -> Draft:
    """What somebody needs on the day."""
    return draft_to("joining-instructions", booking, f"v{booking.course_session.times_version}")
