"""The letters of each act. Whoever is told, is told once: the letter's key holds the event that it is about."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from app.booking.emails import words
from app.booking.emails.drafting import draft_to, further_parts, invitation, resting_on, unanswered, where, whether_sure, withdrawal
from app.booking.models import Booking, BookingEvent
from app.booking.queries import asked_by, facts, mine, others
from app.booking.rules import waiting
from app.booking.rules.policy import Notice, WhenUnanswered
from app.booking.rules.states import AWAITING, HAS_PLACE, HOLDING, Act, BookingStatus
from app.catalogue.models import CourseSession
from app.catalogue.rules import Approval
from app.core.db import db
from app.letters.emails import ahead, day_month, moment, when
from app.letters.emails import reason as the_reason
from app.mail.models import Letter, LetterConcern
from app.mail.office import office
from app.mail.rules.fates import NOT_YET_SENT, LetterStatus
from app.mail.rules.languages import Address, Both, both
from app.mail.services import Act as Button
from app.mail.services import Draft, LinkTo
from app.ui.filters import ordinal

LINE, BESIDES = "places_line", "places_besides"
CANCELLATIONS = ("session-cancelled", "sessions-cancelled")
Builder = Callable[[Booking, BookingEvent, datetime], list[Draft]]


def drafts(booking: Booking, event: BookingEvent, now: datetime) -> list[Draft]:
    """The letters that an event of a booking brings, as things stand now."""
    build = _builder(event)
    return build(booking, event, now) if build is not None and not _said_with_the_cancellation(booking, now) else []


def _said_with_the_cancellation(booking: Booking, now: datetime) -> bool:
    """Whether the letter about the session instead of which this date is held, or was, waits to leave: it says how that stands, and nobody reads of
    the one before they hear of the other."""
    if booking.previous_id is None or booking.status not in (BookingStatus.OFFERED, BookingStatus.WAITING, BookingStatus.LEFT_LIST):
        return False
    return db.session.scalar(sa.select(sa.exists().where(
        LetterConcern.subject == f"booking:{booking.id}", Letter.id == LetterConcern.letter_id, Letter.kind.in_(CANCELLATIONS),
        Letter.status.in_(NOT_YET_SENT), Letter.valid_until > now))) is True


def brings_a_letter(event: BookingEvent) -> bool:
    """Whether anybody is told of such an event."""
    return _builder(event) is not None


def _builder(event: BookingEvent) -> Builder | None:
    return LETTERS.get((event.act, event.after)) or LETTERS.get((event.act, None))


def _sure(booking: Booking) -> str | Both:
    """That it is not sure yet whether the session takes place, and until when that is decided."""
    session = booking.course_session
    if not session.tentative:
        return ""
    return both(*words.NOT_SURE_UNTIL, day_month(session.decide_on)) if session.decide_on else words.NOT_SURE


def _confirmed(booking: Booking, event: BookingEvent, now: datetime) -> list[Draft]:
    entry, sure = invitation(booking, now), _sure(booking)
    if booking.booked_unasked:
        asks = Button(words.WILL_YOU_COME, LinkTo("booking", f"booking:{booking.id}", booking.course_session.ends_at))
        booker = booking.booked_by.name if booking.booked_by else words.SOMEBODY
        first = resting_on(draft_to("booked-for-you", booking, event.id, act=asks, calendar=entry, fields={
            "booker": booker, "sure": sure, "also": _besides(booking)}), unanswered(booking))
    else:
        first = draft_to("place-confirmed", booking, event.id, now=now, calendar=entry, fields={"sure": sure})
    return [resting_on(first, whether_sure(booking.course_session)), *further_parts(booking, event.id, now)]


def _besides(booking: Booking) -> str | Both:
    """What the person, whom nobody asked before, has at that time too."""
    known = db.session.info.get(BESIDES)
    found = known if known is not None else others.clashes([booking.person_id], booking.course_session, HOLDING)
    titles = [other.course.title for other in found.get(booking.person_id, ())]
    return both(*words.BESIDES, ", ".join(titles)) if titles else ""


def _moved(booking: Booking, event: BookingEvent, now: datetime) -> list[Draft]:
    """Whoever moved themselves is told where to; who was moved by another is asked, as when another books them."""
    if booking.booked_unasked:
        return _confirmed(booking, event, now)
    moved = draft_to("moved", booking, event.id, now=now, calendar=invitation(booking, now), fields={"sure": _sure(booking)})
    return [resting_on(moved, whether_sure(booking.course_session)), *further_parts(booking, event.id, now)]


def taken_out(booking: Booking, key: object, now: datetime, *, first: int = 1) -> list[Draft]:
    """What was in the calendar leaves it, a letter for each part from the `first` on, which says when that is."""
    parts = booking.course_session.parts
    return [draft_to("taken-out", booking, f"{key}:{number}", fields={"when": when([part])}, calendar=withdrawal(booking, now, number))
            for number, part in enumerate(parts[first - 1:], start=first)]


def _moved_away(booking: Booking, event: BookingEvent, now: datetime) -> list[Draft]:
    return [*taken_out(booking, event.id, now), *_request_over(booking, event, now)]


def _joined(booking: Booking, event: BookingEvent, now: datetime) -> list[Draft]:
    known = db.session.info.get(LINE)
    line = known if known is not None else [one.id for one in facts.in_line(booking.course_session_id)]
    position = words.NEXT
    if booking.id in line:
        number = line.index(booking.id) + 1
        place = Both(f"{ordinal(number)} of {len(line)}", f"rhif {number} o {len(line)}")
        position = both(*words.AT_THAT_TIME, place, moment(now))
    by = words.WAITED_FOR_COURSE if event.reason == waiting.FROM_LIST else _booked_by(booking, words.PUT_ON_LIST)
    return [draft_to("list-joined", booking, event.id, fields={"position": position, "by": by})]


def _booked_by(booking: Booking, sentence: tuple[str, str], otherwise: str | Both = "") -> str | Both:
    """The sentence with the name of whoever booked for the person, as long as they have not said yes themselves."""
    if not booking.booked_unasked:
        return otherwise
    return both(*sentence, booking.booked_by.name if booking.booked_by and booking.booked_by.name else words.SOMEBODY)


def _offered(booking: Booking, event: BookingEvent, now: datetime) -> list[Draft]:
    until = booking.due_at or booking.course_session.starts_at
    take = Button(words.TAKE_OR_NOT, LinkTo("offer", f"booking:{booking.id}", booking.course_session.ends_at))
    return [draft_to("offer", booking, event.id, act=take, valid_until=until, fields={
        "until": moment(until), "also": _also(booking, event, now), "news": _news(event)})]


def _news(event: BookingEvent) -> str | Both:
    """What is new since the letter before, when that is why somebody is written to again: another session, or that there is more time to answer."""
    if event.act is Act.ASK:
        return words.MORE_TIME if event.before is not None else ""
    if event.act is Act.OFFER:
        return words.HELD_LONGER if event.before is BookingStatus.OFFERED else ""
    return words.THAN_BEFORE[event.reason] if event.act is Act.CHANGE_TIMES else ""


def _also(booking: Booking, event: BookingEvent, now: datetime) -> str | Both:
    """That each of a group answers alone, that somebody has to agree afterwards, and which other date they have who are asked first because of it."""
    any_date = words.NO_TO_THIS_DATE if event.reason == waiting.ANY_DATE else ""
    return _together(_with_group(booking), has_to_agree(booking), _asked_first(booking, event, now), any_date)


def has_to_agree(booking: Booking) -> str | Both:
    """Who has to agree once the person has said yes to what is offered, if anybody has."""
    approval = asked_by.agrees_next(booking)
    return both(*words.HAS_TO_AGREE, words.AGREES[approval]) if approval in words.AGREES else ""


def _together(*sentences: str | Both) -> str | Both:
    """Those of the sentences that there are, one after the other."""
    said = [one for one in sentences if one]
    return both(" ".join(["{}"] * len(said)), " ".join(["{}"] * len(said)), *said) if len(said) > 1 else said[0] if said else ""


def _with_group(booking: Booking) -> str | Both:
    """That somebody was booked together with others, and answers alone."""
    if booking.group is None or not booking.group.together:
        return ""
    return both(*words.EACH_ALONE, booking.booked_by.name if booking.booked_by and booking.booked_by.name else words.SOMEBODY)


def _asked_first(booking: Booking, event: BookingEvent, now: datetime) -> str | Both:
    if event.reason == waiting.ASKED_AS_BUSY:
        busy = others.clashes([booking.person_id], booking.course_session, HAS_PLACE).get(booking.person_id)
        return both(*words.ALSO_THEN, busy[0].course.title) if busy else ""
    if event.reason == waiting.ASKED_AS_SERVED:
        return words.ALSO_CAME
    if event.reason != waiting.ASKED_FIRST:
        return ""
    placed = facts.placed_elsewhere(booking.course_session, [booking.person_id], now).get(booking.person_id)
    return "" if placed is None else both(*words.ALSO, when(placed.course_session.parts))


def _lapsed(booking: Booking, event: BookingEvent, now: datetime) -> list[Draft]:
    again = waiting.can_rejoin(booking.lapses)
    still = words.STILL_AGAIN if again else words.STILL_NEW
    to = Button(words.INTERESTED if again else words.SEE, LinkTo("offer", f"booking:{booking.id}", booking.course_session.ends_at))
    return [draft_to(LAPSED, booking, event.id, fields={"still": still}, act=to)]


def _asked(booking: Booking, event: BookingEvent, now: datetime) -> list[Draft]:
    until = moment((booking.due_at or booking.course_session.starts_at) - timedelta(minutes=1))
    who = booking.manager_email if booking.status is BookingStatus.AWAITING_MANAGER else words.COORDINATOR
    drafts = [draft_to("request-made", booking, event.id, fields={
        "who": who or words.COORDINATOR, "until": until, "news": _news(event),
        "asked": _booked_by(booking, words.ASKED_FOR_YOU, words.YOU_ASKED)})]
    if booking.status is BookingStatus.AWAITING_MANAGER and booking.manager_email:
        drafts.append(_to_manager(booking, event.id, until, _news(event)))
    return drafts


def manager_asked(booking: Booking, now: datetime) -> list[Draft]:
    """The question to the manager alone, for a request that waits for them again; none when it waits for nobody of them."""
    if booking.status is not BookingStatus.AWAITING_MANAGER or not booking.manager_email:
        return []
    until = moment((booking.due_at or booking.course_session.starts_at) - timedelta(minutes=1))
    return [_to_manager(booking, now.isoformat(), until)]


def _to_manager(booking: Booking, key: object, until: Both, news: str | Both = "") -> Draft:
    goes_on = facts.policy_of(booking).when_unanswered is WhenUnanswered.GOES_ON
    by_both = booking.course_session.course.approval is Approval.BOTH
    after = both("{}{}", "{}{}", words.GOES_ON if goes_on else words.GOES_AWAY, words.THEN_COORDINATOR if by_both else "")
    expires = booking.due_at or booking.course_session.starts_at
    asks = Button(words.AGREE_OR_NOT, LinkTo("approval", f"booking:{booking.id}", expires, replaces=True))
    draft = draft_to("approval-asked", booking, key, act=asks, valid_until=expires, fields={
        "person": booking.person.name, "asked": _who_asked(booking), "until": until, "after": after, "news": news})
    return replace(draft, to=booking.manager_email or "", person_id=None, fields={**draft.fields, "manage": ""})


def _who_asked(booking: Booking) -> Both:
    """Who asked for the place, as somebody else reads it."""
    if not booking.booked_unasked:
        return both(*words.HAS_ASKED, booking.person.name)
    return both(*words.HAS_ASKED_FOR, booking.booked_by.name if booking.booked_by and booking.booked_by.name else words.SOMEBODY, booking.person.name)


def _refused(booking: Booking, event: BookingEvent, now: datetime) -> list[Draft]:
    reason = the_reason(event.reason) if event.reason else ""
    refused = draft_to("request-refused", booking, event.id, fields={"reason": reason, "other": _other_dates(booking)})
    return [refused, *_not_instead(booking, event, words.NOT_AGREED)]


def _unanswered(booking: Booking, event: BookingEvent, now: datetime) -> list[Draft]:
    lapsed = draft_to("request-lapsed", booking, event.id, fields={"other": _other_dates(booking)}, valid_until=booking.course_session.ends_at)
    return [lapsed, *_not_instead(booking, event, words.NOBODY_ANSWERED)]


def _not_instead(booking: Booking, event: BookingEvent, why: Both) -> list[Draft]:
    """To whoever named this person to go instead of them."""
    named = booking.previous
    if named is None or named.status is not BookingStatus.SUBSTITUTED:
        return []
    fields = {"colleague": booking.person.name or words.COLLEAGUE, "why": why, "other": _other_dates(booking)}
    return [resting_on(draft_to("substitute-not-agreed", named, event.id, fields=fields), f"booking:{booking.id}")]


def _request_over(booking: Booking, event: BookingEvent, now: datetime) -> list[Draft]:
    """To whoever named this person to go instead of them, that their request is over before anybody agreed; once it cannot be taken up again."""
    told = _not_instead(booking, event, words.REQUEST_OVER) if event.before in AWAITING else []
    return [replace(draft, due_at=booking.due_at) for draft in told]


def _other_dates(booking: Booking) -> Both:
    address = office().page(f"courses/{booking.course_session.course.code}")
    return both(*words.OTHER_DATES, address)


def _thanks(booking: Booking, event: BookingEvent) -> Both:
    """Thanks to somebody who gave their place back; somebody for whom another did is told who."""
    notice = booking.notice or Notice.IN_TIME
    if event.by_id == booking.person_id:
        return words.THANKS[notice]
    return both(*words.GIVEN_BACK_BY, event.by, words.COUNTS_LATE if notice is Notice.LATE else words.NOT_LATE)


def _given_back(booking: Booking, event: BookingEvent, now: datetime) -> list[Draft]:
    link = LinkTo("booking", f"booking:{booking.id}", booking.course_session.ends_at)
    undo = (both(*words.UNDO_UNTIL, moment(booking.due_at)), link) if booking.due_at else ""
    return [draft_to("given-back", booking, event.id, fields={"thanks": _thanks(booking, event), "undo": undo, "waits": _waits(booking)},
                   calendar=withdrawal(booking, now)), *taken_out(booking, event.id, now, first=2), *_request_over(booking, event, now)]


def _waits(booking: Booking) -> str | Both:
    """That the person, who gave up the place by which their wait for the course had ended, waits for it again."""
    interest = mine.interest(booking.course_session.course_id, booking.person_id)
    if interest is None:
        return ""
    return both(*(words.WAITS_AGAIN if interest.any_date else words.TOLD_AGAIN), office().page(f"courses/{booking.course_session.course.code}"))


def _released(booking: Booking, event: BookingEvent, now: datetime) -> list[Draft]:
    address = office().page(f"sessions/{booking.course_session.ref}")
    return [draft_to("place-released", booking, event.id, fields={"session": address}, calendar=withdrawal(booking, now)),
            *taken_out(booking, event.id, now, first=2)]


def _substituted(booking: Booking, event: BookingEvent, now: datetime) -> list[Draft]:
    """A rule says that somebody has to agree to the colleague first."""
    colleague = event.reason or words.COLLEAGUE
    sure = both(*(words.GOES_ONCE_AGREED if event.rule else words.HAS_YOUR_PLACE), colleague)
    return [draft_to("substituted", booking, event.id, fields={"colleague": colleague, "sure": sure},
                   calendar=withdrawal(booking, now)), *taken_out(booking, event.id, now, first=2)]


def _off_list(booking: Booking, event: BookingEvent, now: datetime) -> list[Draft]:
    """To somebody whom another took off the list, or for whom another said no to an offer; what a rule brings has a letter of its own."""
    if event.rule is not None or event.by_id == booking.person_id:
        return []
    held = words.GOES_TO_NEXT if event.act is Act.DECLINE_OFFER else ""
    address = office().page(f"sessions/{booking.course_session.ref}")
    return [draft_to("off-list", booking, event.id, fields={"by": event.by, "held": held, "session": address})]


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
    if _said_yes_since(booking, event) or _unaware(booking):
        return _confirmed(booking, event, now)
    changed = {"changed": words.NEWS[event.reason]}
    if booking.status is not BookingStatus.BOOKED:
        return [draft_to("list-times-changed", booking, event.id, fields=changed)]
    says = Button(words.CAN_YOU_STILL, LinkTo("coming", f"booking:{booking.id}", booking.course_session.ends_at))
    answer = words.CAN_YOU_COME if now < booking.course_session.starts_at else words.TO_THE_REST
    asks = draft_to("times-changed", booking, event.id, act=says, calendar=invitation(booking, now), fields={**changed, "answer": answer})
    return [resting_on(asks, unanswered(booking)), *further_parts(booking, event.id, now)]


def _said_yes_since(booking: Booking, event: BookingEvent) -> bool:
    """Whether somebody has said that they come since the event that asks them."""
    if booking.status is not BookingStatus.BOOKED or booking.agreed_at is None or booking.agreed_at <= event.at:
        return False
    return db.session.scalar(sa.select(sa.exists().where(  # a clock that was put back makes no yes out of an earlier one
        BookingEvent.booking_id == booking.id, BookingEvent.id > event.id, BookingEvent.act == Act.STILL_COMING))) is True


def _unaware(booking: Booking) -> bool:
    """Whether another booked for somebody, and the letter that says so could not leave before it stopped being true."""
    return booking.status is BookingStatus.BOOKED and booking.booked_unasked and db.session.scalar(sa.select(sa.exists().where(
        LetterConcern.subject == f"booking:{booking.id}", Letter.id == LetterConcern.letter_id, Letter.kind == "booked-for-you",
        Letter.status != LetterStatus.VOID))) is False


def _still_coming(booking: Booking, event: BookingEvent, now: datetime) -> list[Draft]:
    if booking.asked_at is None or _said_yes_since(booking, event):
        return []
    until = booking.due_at or booking.course_session.starts_at
    says = Button(words.COMING_OR_NOT, LinkTo("coming", f"booking:{booking.id}", booking.course_session.ends_at))
    asks = draft_to("still-coming", booking, event.id, fields={"until": moment(until)}, act=says, valid_until=until)
    return [resting_on(asks, unanswered(booking))]


_PLACE = (Act.BOOK, Act.ACCEPT, Act.LET_IN, Act.TAKE, Act.AGREE, Act.APPROVE, Act.UNDO, Act.COME_INSTEAD, Act.REINSTATE)
_REQUEST = (Act.ASK, Act.ACCEPT, Act.LET_IN, Act.TAKE, Act.AGREE, Act.PASS_ON, Act.COME_INSTEAD, Act.MOVE_HERE, Act.UNDO, Act.REINSTATE)

LETTERS: dict[tuple[Act, BookingStatus | None], Builder] = {
    **{(act, BookingStatus.BOOKED): _confirmed for act in _PLACE},
    **{(act, status): _asked for act in _REQUEST for status in AWAITING},
    (Act.MOVE_HERE, BookingStatus.BOOKED): _moved, (Act.MOVE, None): _moved_away, (Act.OFFER, None): _offered,
    (Act.REINSTATE, BookingStatus.OFFERED): _offered, (Act.UNDO, BookingStatus.OFFERED): _offered,
    (Act.OTHER_MANAGER, BookingStatus.AWAITING_MANAGER): _asked, (Act.JOIN, None): _joined, (Act.UNDO, BookingStatus.WAITING): _joined,
    (Act.LAPSE, None): _lapsed, (Act.REFUSE, None): _refused, (Act.NO_ANSWER, None): _unanswered, (Act.GIVE_BACK, None): _given_back,
    (Act.LEAVER, BookingStatus.GIVEN_BACK): _request_over,
    (Act.DECLINE, None): _declined, (Act.RELEASE, None): _released, (Act.SUBSTITUTE, None): _substituted, (Act.CHANGE_TIMES, None): _new_time,
    (Act.ASK_COMING, None): _still_coming, (Act.LEAVE, None): _off_list, (Act.DECLINE_OFFER, None): _off_list,
}
"""Which act brings which letter, by the state that it leads to (none: any)."""


def place_changed(session: CourseSession, bookings: Sequence[Booking], now: datetime) -> list[Draft]:
    """To everybody with a place on a session that is held elsewhere, or at another address; the key holds the place, so that once is enough."""
    return [
        draft_to("place-changed", booking, f"v{session.place_version}", calendar=invitation(booking, now))
        for booking in bookings
    ]


RUNS_AGAIN, LAPSED = "runs-again", "offer-lapsed"
TO_TRAINERS = ("trainer-list", "trainer-changed", "trainer-named", "register-missing")
WITH_THE_LINK = ("place-changed", "trainer-list")
WITH_THE_PLACE = ("reminder", "joining-instructions", RUNS_AGAIN, *WITH_THE_LINK)
"""Letters that are written anew, or whose news is told again, when the place (or the address to join) changes before they left."""
SAYS_WHERE = ("place-confirmed", "booked-for-you", "moved", "times-changed", "calendar-entry", "still-coming", "invitation-declined",
              "offer", LAPSED, "list-joined", "list-times-changed", "request-made", "approval-asked")
"""The other letters to people who are to come that say where: once they have left, another place makes them untrue."""


def reminder(booking: Booking, days: int, left: int, until: datetime, now: datetime) -> Draft:
    """The reminder of so many days before, when so many are left: can you still come? After `until` it is of no use any more."""
    session = booking.course_session
    which = ahead(session.starts_at, left)
    give_back = Button(words.NO_GIVE_BACK, LinkTo("booking", f"booking:{booking.id}", session.ends_at))
    return draft_to("reminder", booking, f"{days}:v{session.times_version}", now=now, fields={"ahead": which}, act=give_back, valid_until=until)


def invitation_declined(booking: Booking, now: datetime) -> Draft:
    """The question to somebody whose calendar declined the invitation; once for each time that their session is given."""
    give_back = Button(words.GIVE_BACK, LinkTo("booking", f"booking:{booking.id}", booking.course_session.ends_at))
    return draft_to("invitation-declined", booking, f"v{booking.course_session.times_version}", now=now, act=give_back)


def joining_instructions(booking: Booking, now: datetime) -> Draft:
    """What somebody needs on the day."""
    ours = isinstance(where(booking), Address)
    return draft_to("joining-instructions", booking, f"v{booking.course_session.times_version}", now=now,
                    fields={"joining": words.ALWAYS_LEADS if ours else ""})
