"""What a row of bookings.csv must agree with: its person, its session, the other bookings of the two."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from app.catalogue.rules import SessionStatus
from app.core.problems import shown
from app.imports.rules.files import BookingWord
from app.imports.rules.known import Known, SessionFacts

CAME = frozenset({BookingWord.ATTENDED, BookingWord.PARTLY_ATTENDED, BookingWord.WALK_IN})
MARKED = CAME | {BookingWord.NO_SHOW, BookingWord.EXCUSED}
ENDED = frozenset({BookingWord.CANCELLED, BookingWord.SESSION_CANCELLED})
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


class Check:
    """Remembers which person is on which session, as numbers, so that a million rows fit."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.sessions: dict[str, int] = {}
        self.others: dict[str, int] = {}
        self.live: dict[int, int] = {}
        self.ended: dict[tuple[int, int], int] = {}
        self.booked: Counter[str] = Counter()

    def __call__(self, row: dict[str, Any], line: int) -> Iterator[tuple[str, str]]:
        ref, email, word = row.get("session"), row.get("email"), row.get("status")
        facts = self.known.sessions.get(ref) if ref else None
        if ref and ref not in self.known.of("sessions.csv", self.known.sessions):
            yield "session", f"{shown(ref)} is not in sessions.csv; add it there or correct it here"
        if email and "people.csv" not in self.known.unreadable and not self.known.person(email):
            yield "email", f"{shown(email)} is not in people.csv; add the person there or correct it here"
        if word is None:
            return
        yield from _times(row, word)
        if facts is not None:
            yield from _agrees(row, word, facts, self.known.now)
        if ref and email:
            yield from self._once(ref, email, word, row, line)
        if facts is not None and ref:
            yield from self._fits(ref, word, facts)

    def _once(self, ref: str, email: str, word: BookingWord, row: dict[str, Any], line: int) -> Iterator[tuple[str, str]]:
        person = self.known.people.get(email) or -1 - self.others.setdefault(email, len(self.others))
        pair = (self.sessions.setdefault(ref, len(self.sessions)) << 32) + person + (1 << 31)
        if word in ENDED:
            booked_at = row.get("booked_at")
            first = self.ended.setdefault((pair, int((booked_at - _EPOCH).total_seconds()) // 60 if booked_at else -1), line)
        else:
            first = self.live.setdefault(pair, line)
        if first != line:
            yield "email", f"{shown(email)} is on {shown(ref)} already, in line {first}; keep one of the two bookings"

    def _fits(self, ref: str, word: BookingWord, facts: SessionFacts) -> Iterator[tuple[str, str]]:
        if word is not BookingWord.BOOKED or facts.status is not SessionStatus.SCHEDULED or facts.starts_at <= self.known.now:
            return
        self.booked[ref] += 1
        if self.booked[ref] > facts.capacity:
            places = "1 place is" if facts.capacity == 1 else f"{facts.capacity} places are"
            yield "status", f"'booked', but {shown(ref)} is to come and its {places} taken by earlier lines; write waiting"


def _times(row: dict[str, Any], word: BookingWord) -> Iterator[tuple[str, str]]:
    booked_at, cancelled_at = row.get("booked_at"), row.get("cancelled_at")
    if word is BookingWord.WALK_IN and booked_at:
        yield "booked_at", "a walk_in had no booking; leave it empty, or write attended as the status"
    if word is not BookingWord.WALK_IN and "booked_at" in row and booked_at is None:
        yield "booked_at", "is empty; it must have the time of booking for every status but walk_in, written like 2024-02-28T09:30"
    if cancelled_at and word not in ENDED:
        yield "cancelled_at", f"only cancelled bookings have this; leave it empty, or write cancelled as the status ('{word.value}' now)"
    elif cancelled_at and booked_at and cancelled_at < booked_at:
        yield "cancelled_at", "it was cancelled before it was booked; correct one of the two times"
    if row.get("minutes_attended") and word not in CAME:
        yield "minutes_attended", f"only people who came have minutes; leave it empty for '{word.value}'"
    if row.get("minutes_attended") == 0 and word in CAME:
        yield "minutes_attended", "0 minutes cannot be attended; leave it empty if it is not known, or write no_show as the status"


def _agrees(row: dict[str, Any], word: BookingWord, facts: SessionFacts, now: datetime) -> Iterator[tuple[str, str]]:
    cancelled = facts.status is SessionStatus.CANCELLED
    if cancelled and word in MARKED:
        yield "status", f"'{word.value}', but the session was cancelled, so nobody attended it; write session_cancelled"
    elif cancelled and word not in ENDED:
        yield "status", f"'{word.value}', but the session was cancelled; write session_cancelled or cancelled"
    elif word is BookingWord.SESSION_CANCELLED and not cancelled:
        yield "status", f"'session_cancelled', but the session's status is {facts.status.value}; correct one of the two"
    elif word in MARKED and facts.starts_at > now:
        yield "status", f"'{word.value}', but the session starts in the future; write booked"
    minutes = row.get("minutes_attended")
    if minutes and word in CAME and minutes > facts.minutes:
        yield "minutes_attended", f"'{minutes}' is more than the {facts.minutes} minutes of the session; correct it"
