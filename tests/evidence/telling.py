"""Small makers of examples, indicators and promises, through the acts that make them."""

from datetime import date, timedelta

from app.accounts.rules import Role
from app.catalogue.models import Priority
from app.core import clock
from app.core.db import transaction
from app.evaluation.rules.stages import Quoting, Stage
from app.evaluation.services.answering import submit
from app.evaluation.services.questionnaires import ensure_questionnaires
from app.evidence.models import Example, Indicator, Promise
from app.evidence.rules.months_file import Month
from app.evidence.rules.words import Direction, Source, Strength, Theme
from app.evidence.services import deciding, examples, indicators, promises
from tests.builders import a_booking, a_partnership, a_session, an_account

WORDING = "I used the tool with a child, and the referral was accepted first time."


def a_coordinator() -> int:
    """The id of a new coordinator's person."""
    return an_account(Role.COORDINATOR).person_id


def today() -> date:
    """This day in London."""
    return clock.london_date(clock.now())


def a_priority(name: str = "Neglect", code: str | None = None) -> Priority:
    """A priority of a new partnership."""
    partnership = a_partnership()
    row = Priority(partnership_id=partnership.id, code=code or f"prio-{partnership.id}", name=name, starts_on=date(2020, 1, 1))
    with transaction() as session:
        session.add(row)
        session.flush()
    return row


def an_example(by_id: int | None = None, *, original: str = "I used it with Jayden, who is 9.", consent: Quoting = Quoting.ANONYMOUS, **more) -> Example:
    """An example that somebody told today, to be checked."""
    facts = {
        "source": Source.SUPERVISION, "told_on": today(), "role": None, "course_id": None, "agency_id": None, "priority_id": None,
        "theme": Theme.TOOLS, "strength": Strength.EXAMPLE, "direction": Direction.FOR,
    }
    return examples.add(told=examples.Told(original=original, consent=consent, **{**facts, **more}), by_id=by_id or a_coordinator(), now=clock.now())


def words(example: Example, text: str = WORDING, **more) -> examples.Wording:
    """A wording for this example, about the same."""
    facts = {"theme": example.theme, "priority_id": example.priority_id, "strength": example.strength, "direction": example.direction, "role": example.role}
    return examples.Wording(wording=text, **{**facts, **more})


def asked(example: Example, second_id: int, text: str = WORDING, *, by_id: int | None = None, **more) -> Example:
    """The same example, waiting for the second person."""
    examples.write_and_ask(example_id=example.id, wording=words(example, text, **more), version=example.version, second_id=second_id,
                           by_id=by_id or example.writer_id, now=clock.now())
    return example


def approved(text: str = WORDING, *, second_id: int | None = None, **more) -> Example:
    """An example that a second person has approved."""
    second_id = second_id or a_coordinator()
    example = asked(an_example(**more), second_id, text)
    deciding.approve(example_id=example.id, version=example.version, by_id=second_id, now=clock.now())
    return example


def an_answer(text: str = "It helped me with Jayden.", quoting: Quoting = Quoting.ANONYMOUS, others: int = 9, **more):
    """A response after a session, with a comment; and those of nine others, so that the team may read the first five."""
    version = ensure_questionnaires(now=clock.now())[Stage.AFTER]
    session = a_session(starts_in=timedelta(hours=-5), places=30)
    booking = a_booking(session)
    given = {"knowledge": "4", "engaging": "5", "improved_knowledge": "4", "useful_in_role": "5", "comment": text, **more}
    kept = submit(booking_id=booking.id, stage=Stage.AFTER, version_id=version.id, given=given, quoting=quoting, now=session.ends_at)
    others_answer(session, others)
    return kept


def others_answer(session, count: int, stage: Stage = Stage.AFTER, *, minutes: int = 1) -> None:
    """So many others answer about the session, some minutes after its end, and do not want to be quoted."""
    version = ensure_questionnaires(now=clock.now())[stage]
    for _ in range(count):
        given = {"knowledge": "4", "engaging": "5", "improved_knowledge": "4", "useful_in_role": "5", "comment": "", "seen": "1"}
        submit(booking_id=a_booking(session).id, stage=stage, version_id=version.id, given=given, quoting=Quoting.NO,
               now=session.ends_at + timedelta(minutes=minutes))


def an_indicator(by_id: int | None = None, *, figures: list[tuple[int, int]] = (), first: date = date(2024, 1, 1), **more) -> Indicator:
    """An indicator with these (count, base) of months from `first` on."""
    facts = {"title": "Referrals accepted first time", "base_of": "referrals", "counted": "accepted first time", "agency_id": None, "priority_id": None,
             "story": "", "others": ""}
    by_id = by_id or a_coordinator()
    kept = indicators.save(indicator_id=None, facts=indicators.Facts(**{**facts, **more}), by_id=by_id)
    places = [first.year * 12 + first.month - 1 + number for number in range(len(figures))]
    indicators.take_months(indicator_id=kept.id, by_id=by_id, now=clock.now(), months=[
        Month(date(place // 12, place % 12 + 1, 1), count, base) for place, (count, base) in zip(places, figures, strict=True)])
    return kept


def a_promise(*, due_in: int = 10, what: str = "A case audit on professional curiosity", **more) -> Promise:
    """A promise that is due so many days from now."""
    facts = {"what": what, "promised_in": "Annual report 2025", "promised_on": today() - timedelta(days=90),
             "due_on": today() + timedelta(days=due_in), "owner": "Quality and Audit group", "priority_id": None}
    return promises.save(promise_id=None, facts={**facts, **more}, by_id=a_coordinator())
