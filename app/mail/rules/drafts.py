"""A letter before it is written: its kind, what stands in it, to whom it goes and what it is about."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from app.mail.rules.languages import Both, Language
from app.mail.rules.links import LinkTo

COPIED = ":copy"
Text = str | Both | LinkTo | tuple[str | Both | LinkTo, ...]
"""What may be given for a placeholder: a text as it stands or in both languages, a link, or several of them one after the other."""


@dataclass(frozen=True)
class Act:
    """The one thing that a letter asks for, as a button: its words (English, unless they are in both), and an address or a link to hold."""

    label: str | Both
    to: str | LinkTo


@dataclass(frozen=True)
class Calendar:
    """An iCalendar text that goes with a letter, in the letter's language, and what it asks of a calendar (REQUEST or CANCEL)."""

    write: Callable[[Language], str]
    method: str


@dataclass(frozen=True)
class Draft:
    """A letter to be written. `about` says what it is about, such as "booking:42:reminder:7:v2": it is written once, however often asked.

    `fields` gives a text or a link for each placeholder of the wording; `concerns` names the things on whose pages the letter is shown
    ("booking:42", "session:7"); after `valid_until` it is of no use and is not sent; `copy_to` gets the same letter without its links and button.
    """

    about: str
    kind: str
    to: str
    fields: Mapping[str, Text] = field(default_factory=dict)
    person_id: int | None = None
    concerns: tuple[str, ...] | str = ()
    act: Act | None = None
    due_at: datetime | None = None
    valid_until: datetime | None = None
    copy_to: str | None = None
    calendar: Calendar | None = None

    @property
    def address(self) -> str:
        """Where it goes, in small letters."""
        return self.to.strip().lower()

    @property
    def copy_address(self) -> str:
        """Where the copy goes, in small letters; empty when none goes."""
        return (self.copy_to or "").strip().lower()

    @property
    def recipient(self) -> int | str:
        """Who gets it: their number where it is known, else their address."""
        return self.address if self.person_id is None else self.person_id

    @property
    def copy_about(self) -> str:
        """What the copy is about, so that it too is written once."""
        return self.about + COPIED

    @property
    def concerns_all(self) -> tuple[str, ...]:
        """The things on whose pages the letter is shown."""
        return (self.concerns,) if isinstance(self.concerns, str) else self.concerns
