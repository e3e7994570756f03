"""For whom a course is, and what somebody is told for whom it is not: the rule, and who can make an exception."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from app.booking.rules.places import Working

UNKNOWN_LEVEL = {
    False: "We do not know your level: say it under “Change your details”.",
    True: "We do not know their level: they say it under “Change your details”.",
}
"""What is said to the person, and (True) to whoever asks for them."""


@dataclass(frozen=True)
class Audience:
    """For whom a course is; empty means for everybody. `prerequisites` are (course id, title)."""

    least_level: int | None = None
    sectors: Sequence[str] = ()
    agencies: Sequence[tuple[int, str]] = ()
    jobs: Sequence[str] = ()
    prerequisites: Sequence[tuple[int, str]] = ()


@dataclass(frozen=True)
class Asker:
    """What is known of somebody who asks for a place. `done` are the courses they came to, as registers say.

    Somebody whose account was ended has `left`.
    """

    working: Working = field(default_factory=Working)
    job_title: str | None = None
    level: int | None = None
    done: frozenset[int] = frozenset()
    exception: bool = False
    left: bool = False


def why_not_eligible(audience: Audience, asker: Asker, contact: str, *, to_another: bool = False) -> str:
    """The rule that somebody does not meet, and the way round it; empty when the course is for them.

    The sentence speaks to the person, or `to_another` who asks for them.
    """
    if asker.left:
        return ("Their account here was ended, so they cannot be booked. If they are back, the coordinator opens it again under People."
                if to_another else "Your account here was ended. Ask the training team to open it again.")
    if asker.exception:
        return ""
    whom = "them" if to_another else "you"
    ask = f" Think it is for {whom} all the same? Ask {contact or 'the training team'}: a coordinator can make an exception."
    if audience.least_level and (asker.level is None or asker.level < audience.least_level):
        have = f"{'They' if to_another else 'You'} have level {asker.level}." if asker.level else UNKNOWN_LEVEL[to_another]
        return f"This course is for level {audience.least_level}. {have}{ask}"
    if audience.sectors and asker.working.sector not in audience.sectors:
        return f"This course is for people who work in {_either(audience.sectors)}.{ask}"
    if audience.agencies and not {number for number, _name in audience.agencies} & asker.working.agencies:
        return f"This course is for people of {_either([name for _number, name in audience.agencies])}.{ask}"
    if audience.jobs and not any(job.casefold() in (asker.job_title or "").casefold() for job in audience.jobs):
        return f"This course is for these jobs: {', '.join(audience.jobs)}.{ask}"
    missing = [title for number, title in audience.prerequisites if number not in asker.done]
    if missing:
        return f"{'They come' if to_another else 'Come'} to {_both(missing)} first: this course builds on it.{ask}"
    return ""


def why_not_for_agency(audience: Audience, places: Iterable[Working], name: str, contact: str) -> str:
    """Why no places can be kept for an agency without names: the course is for nobody who works there (`places`: it, and what is part of it).

    Empty when it is for some of them.
    """
    agency_alone = Audience(sectors=audience.sectors, agencies=audience.agencies)
    whys = [why_not_eligible(agency_alone, Asker(working), "") for working in places]
    if not all(whys):
        return ""
    rule = whys[0].partition(" Think it is for")[0]
    return (f"{rule} So places cannot be held for {name} without names. Think it is for some of your people all the same? "
            f"Ask {contact or 'the training team'}: a coordinator can make an exception for each of them, and then you book them by name.")


def _either(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _both(names: Sequence[str]) -> str:
    return f"“{names[0]}”" if len(names) == 1 else f"{', '.join(f'“{name}”' for name in names[:-1])} and “{names[-1]}”"
