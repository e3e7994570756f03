"""What is said before sessions are changed or called off: session by session what becomes of them, and how many people are told what."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.booking import services
from app.booking.queries import giving
from app.booking.queries.cancelling import Choices, ToCancel
from app.booking.rules.displaced import Fate, fates, told_of_new_time, told_once
from app.booking.rules.giving import Given, Handover, afterwards, besides
from app.booking.rules.rearranging import Cancelling, Giving, Moving, Parts, Step, carried
from app.booking.rules.undoing import undone_until
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus
from app.ui.filters import count, full_date, time_span


def spans(parts: Parts) -> list[str]:
    """The parts of a session, each with its day and times."""
    return [f"{full_date(starts_at)}, {time_span(starts_at, ends_at)}" for starts_at, ends_at in parts]


def gives_too(number: int, name: str, given: Mapping[int, Given]) -> list[str]:
    """What else whoever gives the session gives at the same time, a sentence for each."""
    return [f"{name} gives {given[other].title} at that time too: {' and '.join(spans(given[other].parts))}." for other in besides(number, given)]


@dataclass(frozen=True)
class Preview:
    """What pressing the button would do. `becomes` says it of each session, `notes` what to look at, `shown` all of it as the page carries it."""

    called_off: Sequence[ToCancel]
    moved: Sequence[ToCancel]
    handed: int
    becomes: Mapping[int, str]
    told: Mapping[Fate, int]
    trainers: Sequence[str]
    held_until: datetime | None
    can_be_undone: bool
    shown: str
    notes: Mapping[int, Sequence[str]]

    @property
    def sessions(self) -> int:
        """How many sessions are called off."""
        return len(self.called_off)

    @property
    def all(self) -> int:
        """With how many sessions something is done."""
        return len(self.called_off) + len(self.moved) + self.handed

    @property
    def places(self) -> int:
        """How many places are lost."""
        return sum(one.dated.session.capacity for one in self.called_off)

    @property
    def booked(self) -> int:
        """How many bookings with a place are lost."""
        return sum(one.had_place for one in self.called_off)

    @property
    def nameless(self) -> int:
        """How many letters go to those who hold places without names that are lost."""
        return sum(one.nameless for one in self.called_off)

    @property
    def nameless_moved(self) -> int:
        """How many letters go to those who keep places without names on another day."""
        return sum(one.nameless for one in self.moved)

    @property
    def people(self) -> int:
        """How many people on the sessions are told."""
        return sum(self.told.values())

    @property
    def everybody(self) -> int:
        """How many people are written to."""
        return self.people + self.nameless + self.nameless_moved + len(self.trainers)

    @property
    def done(self) -> str:
        """What is done with how many sessions."""
        parts = [f"{number} {what}" for number, what in (
            (self.sessions, f"cancelled ({count(self.places, 'place')}, {self.booked} booked)"), (len(self.moved), "moved"),
            (self.handed, "given to another trainer")) if number]
        return ", ".join(parts) or "0 cancelled"

    @property
    def button(self) -> str:
        """The words of the button."""
        acts = [(what, number, after) for what, number, after in (
            ("cancel", self.sessions, ""), ("move", len(self.moved), ""), ("give", self.handed, " to another trainer")) if number]
        words = [f"{what} {self._so_many(number) if not at else number}{after}" for at, (what, number, after) in enumerate(acts)]
        words += [f"write to {count(self.everybody, 'person', 'people')}"] if self.everybody else []
        listed = f"{', '.join(words[:-1])} and {words[-1]}" if words[1:] else words[0]
        return listed[0].upper() + listed[1:]

    def _so_many(self, number: int) -> str:
        return "the session" if self.all == 1 else count(number, "session")


@dataclass(frozen=True)
class Trainers:
    """Whose page it is, who else can give sessions by name, who gives what now, and which sessions' trainers have not heard of them."""

    name: str
    names: Mapping[int, str]
    given: Mapping[int, Given]
    unaware: frozenset[int] = frozenset()


NOBODY = Trainers("", {}, {})


def trainers(name: str, person_id: int, sessions: Sequence[ToCancel], now: datetime) -> Trainers:
    """What is known of those who give these sessions or could."""
    names = {number: other for number, other in giving.who_can_give().items() if number != person_id}
    return Trainers(name, names, giving.given(now), frozenset(giving.unaware([one.dated.session.id for one in sessions])))


@dataclass(frozen=True)
class _Chosen:
    """What is done with which of the sessions: called off with another date or none, moved to these parts, given to this trainer."""

    sessions: Mapping[int, ToCancel]
    others: Mapping[int, int | None]
    moving: Mapping[int, Parts]
    handing: Mapping[int, int]

    def those(self, numbers: Iterable[int]) -> list[ToCancel]:
        """The sessions with these numbers."""
        return [self.sessions[number] for number in numbers]


def _chosen(found: Choices, steps: Sequence[Step]) -> _Chosen:
    sessions = {one.dated.session.id: one for one in found.sessions}
    return _Chosen(
        sessions, {step.session_id: step.other_id for step in steps if isinstance(step, Cancelling)},
        {step.session_id: services.as_planned(step, sessions[step.session_id].dated.session).parts for step in steps if isinstance(step, Moving)},
        {step.session_id: step.trainer_id for step in steps if isinstance(step, Giving)})


def preview(found: Choices, steps: Sequence[Step], now: datetime, known: Trainers = NOBODY) -> Preview:
    """What doing these steps would mean. Of trainers it is asked only where sessions may be moved or given to another."""
    chosen = _chosen(found, steps)
    called_off, moved = chosen.those(chosen.others), chosen.those(chosen.moving)
    told = fates([one.called_off(chosen.others[one.dated.session.id]) for one in called_off], found.others, now)
    told |= {one.dated.session.id: told_of_new_time(one.people) for one in moved}
    handed = [(trainer_id, _handover(chosen.sessions[number].dated.session, trainer_id, known, found.trainers))
              for number, trainer_id in chosen.handing.items()]
    notes = _notes(chosen, known)
    ends = [found.others[number].held_until for number in set(filter(None, chosen.others.values()))]
    return Preview(
        called_off=called_off, moved=moved, handed=len(handed), becomes=_becomes(chosen, told, known), notes=notes, told=told_once(told),
        trainers=_of_trainers(*(_with_trainer(ones, found.trainers) for ones in (called_off, moved)), handed, known.name),
        held_until=min((end for end in ends if end is not None), default=None),
        can_be_undone=undone_until(now, [one.dated.session.starts_at for one in called_off]) is not None,
        shown="|".join([carried(steps), *(f"{number} {' '.join(lines)}" for number, lines in notes.items() if lines)]))


def _becomes(chosen: _Chosen, told: Mapping[int, Sequence[tuple[int, Fate]]], known: Trainers) -> dict[int, str]:
    """What becomes of each session and of those on it, in a sentence."""
    each = {number: [fate for _person, fate in ones] for number, ones in told.items()}
    return {
        **{number: _offered(each[number]) for number in chosen.others},
        **{number: f"{' and '.join(spans(parts))}: {_asked(each[number])}" for number, parts in chosen.moving.items()},
        **{number: f"{known.names[trainer_id]} gives it. Nothing changes for those who have a place or wait"
           for number, trainer_id in chosen.handing.items()}}


def _notes(chosen: _Chosen, known: Trainers) -> dict[int, list[str]]:
    """What to look at: whoever gives a session gives another at the same time; days of booking move with it."""
    after = afterwards(known.given, gone=chosen.others, others=chosen.handing, moved=chosen.moving)
    notes = {number: gives_too(number, known.names[trainer_id], after) for number, trainer_id in chosen.handing.items()}
    for number, parts in chosen.moving.items():
        days = services.days_moved(chosen.sessions[number].dated.session, parts[0][0])
        notes[number] = [*gives_too(number, known.name, after), *([f"{days}."] if days else [])]
    return notes


def _offered(told: Sequence[Fate]) -> str:
    """What those who have a place on one session are offered, in a sentence."""
    words = {Fate.HELD: "{} held", Fate.WAITS_FIRST: "{} at the front of the list there", Fate.THERE_ALREADY: "{} there already",
             Fate.NO_DATE: "{} without another date", Fate.LIST_CLOSED: "{} on the list, which closes"}
    return ", ".join(text.format(number) for fate, text in words.items() if (number := told.count(fate))) or "nobody is on it"


def _asked(told: Sequence[Fate]) -> str:
    words = {Fate.ASKED: "{} asked whether they can still come", Fate.WAITS_ON: "{} on the list, where they stay"}
    return ", ".join(text.format(number) for fate, text in words.items() if (number := told.count(fate))) or "nobody is on it"


def _handover(session: CourseSession, trainer_id: int, known: Trainers, written_to: Collection[int | None]) -> Handover:
    if session.status is not SessionStatus.SCHEDULED:
        return Handover()
    return Handover(known.names[trainer_id], "" if session.id in known.unaware or session.trainer_id not in written_to else known.name)


def _with_trainer(ones: Sequence[ToCancel], written_to: Collection[int | None]) -> list[ToCancel]:
    """Those whose trainer is written to."""
    return [one for one in ones if one.dated.session.trainer_id in written_to]


def _of_trainers(
    called_off: Sequence[ToCancel], moved: Sequence[ToCancel], handed: Sequence[tuple[int, Handover]], name: str
) -> list[str]:
    """What each trainer is told who is written to: the one whose sessions they are first."""
    gone, later = (sum(one.dated.session.status is SessionStatus.SCHEDULED for one in ones)
                   for ones in (called_off, moved))
    released = sum(bool(one.before) for _trainer_id, one in handed)
    own = []
    if gone and not later and not released:
        own = ["The session that they give is cancelled." if gone == 1 else "The sessions that they give are cancelled, in one letter."]
    elif gone or later or released:
        parts = [(gone, "cancelled"), (later, "at another time"), (released, "no longer theirs to give")]
        listed = ", ".join(f"{count(number, 'session')} {what}" for number, what in parts if number)
        own = [f"{name}: {listed}. {_each(later + released)}".rstrip()]
    named: dict[int, list[str]] = {}
    for trainer_id, one in handed:
        if one.now:
            named.setdefault(trainer_id, []).append(one.now)
    return [*own, *(f"{names[0]}: {count(len(names), 'session is', 'sessions are')} theirs to give. {_each(len(names))}".rstrip()
                    for names in named.values())]


def _each(number: int) -> str:
    return "A letter about each that takes place." if number > 1 else ""
