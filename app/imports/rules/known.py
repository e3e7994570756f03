"""What a row may refer to: everything that stands in the folder, and what earlier years left in the database."""

from collections.abc import Callable, Container
from dataclasses import dataclass, field
from datetime import datetime

from app.catalogue.rules import SessionStatus


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """What bookings and answers need to know of a session."""

    status: SessionStatus
    starts_at: datetime
    ends_at: datetime
    capacity: int

    @property
    def minutes(self) -> int:
        """From its start to its end."""
        return int((self.ends_at - self.starts_at).total_seconds()) // 60


class Everything:
    """Stands in for the keys of a file that could not be read: whatever refers to it is let pass, as one fault is enough to say."""

    def __contains__(self, _key: object) -> bool:
        return True


@dataclass
class Known:
    """Keys so far. `people_elsewhere` looks an address up in the database, as all of them would be too many to hold."""

    now: datetime
    people_elsewhere: Callable[[str], bool]
    partnerships: set[str] = field(default_factory=set)
    priorities: set[str] = field(default_factory=set)
    agency_names: dict[str, str] = field(default_factory=dict)
    trainers: set[str] = field(default_factory=set)
    courses: set[str] = field(default_factory=set)
    briefings: set[str] = field(default_factory=set)
    sessions: dict[str, SessionFacts | None] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)

    def of(self, file: str, keys: Container[str]) -> Container[str]:
        """The keys of this file, or everything when it could not be read."""
        return Everything() if file in self.unreadable else keys

    def agency(self, name: str) -> str | None:
        """The code of the agency with this code, name or alias, whatever capitals it has."""
        return self.agency_names.get(name) or self.agency_names.get(name.casefold())

    def add_agency(self, code: str, *names: str) -> None:
        """Let this agency be found by its code and its names."""
        self.agency_names[code] = code
        for name in (code, *names):
            self.agency_names.setdefault(name.casefold(), code)

    def person(self, email: str) -> bool:
        """Whether somebody with this address is in the folder or was there before."""
        return email in self.people or email in self.trainers or self.people_elsewhere(email)
