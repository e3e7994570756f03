"""The twelve files of a programme: their columns in order, and how each is read."""

from dataclasses import dataclass
from enum import Enum

from app.catalogue.rules import ContributionKind, Format, SessionStatus
from app.evaluation.rules.stages import AGREEMENT_CODES, OWN, Quoting
from app.imports.rules import cells
from app.imports.rules.cells import Reader, optional, required


class BookingWord(Enum):
    """What bookings.csv may say of a booking: where it stands, or how it went."""

    BOOKED = "booked"
    WAITING = "waiting"
    ATTENDED = "attended"
    PARTLY_ATTENDED = "partly_attended"
    NO_SHOW = "no_show"
    EXCUSED = "excused"
    CANCELLED = "cancelled"
    SESSION_CANCELLED = "session_cancelled"
    WALK_IN = "walk_in"


SESSION_WORDS = {status.value: status for status in (SessionStatus.SCHEDULED, SessionStatus.DELIVERED, SessionStatus.CANCELLED)}
STATEMENT_WORDS = {word: number for number, word in AGREEMENT_CODES.items()}
QUOTING_WORDS = {"yes": Quoting.ANONYMOUS, "no": Quoting.NO, "with_role": Quoting.WITH_ROLE}

_statement = optional(cells.one_of(STATEMENT_WORDS))
_name = required(cells.text())


@dataclass(frozen=True)
class File:
    """One file: its name and its columns with their readers."""

    name: str
    columns: dict[str, Reader]

    @property
    def header(self) -> str:
        """Its first line."""
        return ",".join(self.columns)


PARTNERSHIPS = File("partnerships.csv", {"code": required(cells.code), "name": _name})
PRIORITIES = File("priorities.csv", {
    "partnership": required(cells.code), "code": required(cells.code), "name": _name,
    "starts_on": required(cells.day), "ends_on": optional(cells.day),
})
AGENCIES = File("agencies.csv", {
    "code": required(cells.code), "name": _name, "sector": optional(cells.text()), "partnerships": cells.codes,
})
PEOPLE = File("people.csv", {
    "email": required(cells.email), "first_name": cells.text(), "last_name": cells.text(), "agency": optional(cells.text()),
    "job_title": optional(cells.text()), "manager_email": optional(cells.email), "partnership": optional(cells.code),
})
TRAINERS = File("trainers.csv", {"email": required(cells.email), "first_name": cells.text(), "last_name": cells.text()})
COURSES = File("courses.csv", {
    "code": required(cells.code), "title": _name, "summary": cells.text(cells.LONG_TEXT), "level": optional(cells.whole(1, 9)),
    "format": required(cells.choice(Format)), "duration_minutes": required(cells.whole(1, 20_000)), "priorities": cells.codes,
    "learning_outcomes": cells.texts, "materials": cells.texts,
})
SESSIONS = File("sessions.csv", {
    "ref": required(cells.code), "course": required(cells.code), "starts_at": required(cells.moment), "ends_at": required(cells.moment),
    "venue_or_link": optional(cells.text(2000)), "capacity": required(cells.whole(1, 100_000)), "trainer": optional(cells.address),
    "status": required(cells.one_of(SESSION_WORDS)), "cancel_reason": optional(cells.text(1000)), "cancelled_on": optional(cells.day),
})
BOOKINGS = File("bookings.csv", {
    "session": required(cells.text()), "email": required(cells.address), "booked_at": optional(cells.moment),
    "status": required(cells.choice(BookingWord)), "cancelled_at": optional(cells.moment), "reason": optional(cells.text(1000)),
    "minutes_attended": optional(cells.whole(0, 20_000)),
})
EVALUATIONS = File("evaluations.csv", {
    "session": required(cells.text()), "email": required(cells.address), "stage": required(cells.one_of({stage.value: stage for stage in OWN})),
    "submitted_at": required(cells.moment), "knowledge": optional(cells.whole(1, 5)), "engaging": _statement,
    "improved_knowledge": _statement, "useful_in_role": _statement, "comment": optional(cells.text(cells.LONG_TEXT)),
    "may_quote": optional(cells.one_of(QUOTING_WORDS)),
})
BRIEFINGS = File("briefings.csv", {
    "code": required(cells.code), "title": _name, "url": required(cells.web_address), "priorities": cells.codes,
})
BRIEFING_VIEWS = File("briefing_views.csv", {
    "briefing": required(cells.code), "month": required(cells.month), "views": required(cells.whole(0, 10**9)),
})
CONTRIBUTIONS = File("contributions.csv", {
    "ref": required(cells.code), "held_on": required(cells.day), "title": _name, "kind": required(cells.choice(ContributionKind)),
    "format": required(cells.choice(Format)), "host_agency": optional(cells.text()), "contacts": required(cells.whole(0, 10**7)),
})

FILES = (PARTNERSHIPS, PRIORITIES, AGENCIES, PEOPLE, TRAINERS, COURSES, SESSIONS, BOOKINGS, EVALUATIONS,
         BRIEFINGS, BRIEFING_VIEWS, CONTRIBUTIONS)
"""In the order in which they refer to each other."""
