"""What people said in the demonstration's sessions of this year: before, after, months later, and their managers; good, bad and awkward."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app.booking.models import Booking
from app.booking.rules.turnout import Turnout
from app.catalogue.models import CourseSession
from app.core.db import db
from app.evaluation.models import Questionnaire
from app.evaluation.queries import questionnaires as queries
from app.evaluation.rules.stages import OWN as OWN_STAGES
from app.evaluation.rules.stages import Mode, Quoting, Stage
from app.evaluation.rules.worries import About
from app.evaluation.services import anonymous, building, worries
from app.evaluation.services.answering import submit

Levels = tuple[int, int, int]
"""What somebody knew before, knows after, and knows months later, from 1 to 5."""

WILL_DO = (
    "Use the tool in supervision with my two newest cases", "Ring the other agency before I write to it", "Ask what a usual day is like",
    "Go through the threshold document with my team", "Put the child's own words into the record", "Bring it up at our next team meeting",
)
REMARKS = (
    "", "", "", "More time for the discussion would help.", "I will use this in supervision.", "Too much of it was read from the slides.",
    "The case study was close to what we see.", "The sound was poor in the small groups.", "I knew most of it already.",
)
EXAMPLES = (
    "", "", "I used the tool in a strategy meeting and we agreed on the next step at once.",
    "I asked one question more on a home visit, and it changed the plan.",
    "I have not been able to use it: we have no access to the tool yet.", "I went back to the slides before a difficult conversation.",
    "I thought that I would ring more often. I have not.",
)
SEEN = (
    "They brought the tool to two supervisions and explained it to a colleague.", "Their last referral was clearer than those before.",
    "They asked for a joint visit with health, which they had not done before.",
)


def gain(chance: random.Random) -> Levels:
    """Most know more, and keep most of it; some stay, a few fall."""
    before = chance.choice([1, 2, 2, 2, 3, 3, 4])
    after = min(5, max(1, before + chance.choice([1, 1, 1, 2, 2, 0, 0, -1])))
    return before, after, min(5, max(1, after + chance.choice([0, 0, 0, -1, -1, 1])))


def fall(chance: random.Random) -> Levels:
    """A course after which people know how much they do not know."""
    before = chance.choice([3, 4, 4, 4, 5])
    after = max(1, before + chance.choice([-1, -1, -2, 0, 0, 1]))
    return before, min(5, after), min(5, after)


def alike(_chance: random.Random) -> Levels:
    """Nobody moves."""
    return 3, 3, 3


@dataclass(frozen=True)
class Told:
    """One session: in which course, how many days ago, with how many people, how their knowledge moves, in how many of 100 cases somebody
    answers before, after, months later, and the manager does; and what the demonstration's delegate answered, if they were there."""

    course: str
    days: int
    people: int
    levels: Callable[[random.Random], Levels]
    shares: tuple[int, int, int, int]
    mode: Mode = Mode.CONFIDENTIAL
    delegate: frozenset[Stage] | None = None


OWN = frozenset(OWN_STAGES)
TOLD = (
    Told("lived", 402, 14, gain, (85, 90, 65, 45), delegate=OWN),
    Told("sbt", 301, 26, gain, (95, 92, 85, 65), delegate=OWN), Told("info-sharing", 294, 24, fall, (95, 95, 80, 55)),
    Told("differences", 289, 3, gain, (100, 100, 100, 100)), Told("curiosity", 282, 20, gain, (90, 90, 80, 60)),
    Told("da-children", 275, 16, gain, (25, 12, 6, 6)), Told("sbt", 266, 22, gain, (92, 90, 80, 60)),
    Told("sbt", 133, 21, gain, (85, 90, 55, 45), delegate=frozenset(Stage)), Told("info-sharing", 126, 18, fall, (90, 85, 45, 30)),
    Told("gcp2", 122, 3, gain, (100, 100, 100, 67)), Told("differences", 119, 12, alike, (100, 100, 40, 30)),
    Told("da-children", 112, 14, gain, (90, 15, 10, 10)), Told("lived", 105, 16, gain, (10, 90, 40, 30)),
    Told("curiosity", 98, 19, gain, (80, 80, 45, 35), delegate=frozenset({Stage.BEFORE, Stage.AFTER})),
    Told("online", 30, 17, gain, (75, 80, 0, 0)), Told("csa-family", 21, 13, gain, (0, 85, 0, 0), Mode.ANONYMOUS),
)
"""Seven so long ago that pages of all sessions count what people said months later: usual ones, one after which most know less, one of three
people, one with silence. Then those of this year: the same, one in which nobody moved, two in which nearly only one side answered; one that was
held lately; and one whose questions after it are anonymous."""


def ask_anonymously(course_id: int, now: datetime) -> None:
    """Give a course questions of its own after its sessions, which are anonymous."""
    kept = db.session.scalars(sa.select(Questionnaire).where(Questionnaire.stage == Stage.AFTER, Questionnaire.course_id.is_(None))).one()
    own = building.copy_to_course(questionnaire_id=kept.id, course_id=course_id, now=now)
    building.put_in_use(version_id=own.id, by="Marian Cole", now=now)
    building.set_mode(questionnaire_id=own.questionnaire_id, mode=Mode.ANONYMOUS, weeks=12)


def tell(told: Told, session: CourseSession, chance: random.Random, now: datetime, *, delegate_id: int) -> None:
    """Let the people who came to this session answer, and their managers."""
    bookings = db.session.scalars(sa.select(Booking).where(Booking.course_session_id == session.id, Booking.turnout == Turnout.CAME)
                                  .order_by(Booking.id)).all()
    for booking in bookings:
        before, after, later = told.levels(chance)
        sure = [chance.randint(2, 6), chance.randint(2, 6), chance.randint(1, 6)]
        given: dict[Stage, dict[str, Any]] = {
            Stage.BEFORE: {"knowledge": str(before), **_sure(sure, 0), "hope": chance.choice("1122345")},
            Stage.AFTER: _after(before, after, sure, chance),
            Stage.FOLLOW_UP: _later(later, sure, chance), Stage.MANAGER: _manager(chance),
        }
        if booking.person_id == delegate_id:
            given[Stage.AFTER]["one_thing"] = [WILL_DO[0], "2"]
        for stage, share in zip(Stage, told.shares, strict=True):
            speaks = chance.randrange(100) < share
            if stage in (told.delegate or ()) if booking.person_id == delegate_id else speaks:
                _answer(told, booking, session, stage, given[stage], chance, now)


def _answer(told: Told, booking: Booking, session: CourseSession, stage: Stage, given: dict[str, Any], chance: random.Random, now: datetime) -> None:
    version = queries.version_for(session.course_id, stage)
    if version is None:
        return
    at = {Stage.BEFORE: session.starts_at - timedelta(hours=chance.randint(2, 40)),
          Stage.AFTER: session.ends_at + timedelta(hours=chance.randint(0, 90))}
    moment = at.get(stage, session.ends_at + timedelta(weeks=version.questionnaire.weeks, hours=chance.randint(20, 200)))
    quoting = chance.choice([Quoting.NO, Quoting.ANONYMOUS, Quoting.ANONYMOUS, Quoting.WITH_ROLE])
    if moment > now:
        return
    if told.mode is Mode.ANONYMOUS and stage is Stage.AFTER:
        anonymous.submit(session_id=session.id, stage=stage, version_id=version.id, owner=f"booking:{booking.id}", given=given,
                         phrase="", outcome=None, quoting=Quoting.NO if quoting is Quoting.WITH_ROLE else quoting, now=moment)
        return
    submit(booking_id=booking.id, stage=stage, version_id=version.id, given=given, quoting=quoting, now=moment)


def _sure(sure: Sequence[int], more: int) -> dict[str, str]:
    return {code: str(min(10, value + more)) for code, value in zip(("sure_recognise", "sure_respond", "sure_together"), sure, strict=True)}


def _after(before: int, after: int, sure: Sequence[int], chance: random.Random) -> dict[str, Any]:
    stated = {code: str(chance.choice([5, 5, 5, 4, 4, 4, 3, 2])) for code in ("engaging", "improved_knowledge", "useful_in_role")}
    then = max(1, before - chance.choice([0, 0, 1]))
    thing: dict[str, Any] = {"one_thing": [chance.choice(WILL_DO), str(chance.randint(1, 3))]} if chance.random() < 0.7 else {}
    return {"knowledge": str(after), "knowledge_then": str(then), **_sure(sure, 2), **stated, **thing, "comment": chance.choice(REMARKS)}


def _later(later: int, sure: Sequence[int], chance: random.Random) -> dict[str, Any]:
    used = sorted(chance.sample("123456", chance.randint(1, 3))) if chance.random() < 0.75 else ["7"]
    return {"one_thing_done": str(chance.choice([1, 1, 2, 3, 4])), "used": used, "barrier": "No time between visits." if used == ["7"] else "",
            "knowledge": str(later), **_sure(sure, 1), "example": chance.choice(EXAMPLES)}


def _manager(chance: random.Random) -> dict[str, Any]:
    seen = chance.choice(["1", "2", "2", "3", "4"])
    return {"seen": seen, "example": chance.choice(SEEN) if seen in "12" else "", "support": chance.choice("123")}


def raise_a_worry(session: CourseSession, contact_email: str, now: datetime) -> None:
    """Name the safeguarding contact, and let somebody say that they need support."""
    worries.name_contact(email=contact_email, by="Marian Cole", now=now)
    worries.raise_worry(session_id=session.id, booking_id=None, about=About.SUPPORT, contact="",
                        text="The film brought something back. I would like to talk to somebody.", now=now)
