"""What the demonstration shows of evidence: examples of practice in every state, two indicators over two years, promises kept, due, overdue and
given up."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa

from app.accounts.models import Agency
from app.catalogue.models import Course, Priority
from app.core import clock
from app.core.db import db
from app.evaluation.rules.stages import Quoting
from app.evidence import jobs
from app.evidence.models import Example
from app.evidence.queries import examples as queries
from app.evidence.rules.months_file import Month
from app.evidence.rules.reading import months_between
from app.evidence.rules.states import ExampleStatus
from app.evidence.rules.words import Direction, Source, Strength, Theme
from app.evidence.services import deciding, examples, indicators, promises


@dataclass(frozen=True)
class Telling:
    """One example of the demonstration: what was written, what would be printed, and where it comes to stand."""

    course: str
    priority: str
    source: Source
    theme: Theme
    strength: Strength
    direction: Direction
    told: date | int
    original: str
    wording: str = ""
    consent: Quoting = Quoting.ANONYMOUS
    role: str | None = None
    status: ExampleStatus = ExampleStatus.APPROVED
    printed: bool = False


S = ExampleStatus
REPORT_2024 = date(2025, 6, 4)
"""The day on which the report of 2024 came out."""
TELLINGS = (
    Telling("sbt", "csa-24", Source.FOLLOW_UP, Theme.TOOLS, Strength.EXAMPLE, Direction.FOR, date(2024, 9, 19),
            "I used the tool with Jayden, who is 9, after a call from Hill Lane Primary. As the only deaf CAMHS nurse in the area I often work "
            "alone. It helped me say what I was seeing, and the referral was accepted first time.",
            "I used the tool with a child after a call from a school. It helped me say what I was seeing, and the referral was accepted "
            "first time.", printed=True),
    Telling("lived", "neglect-24", Source.MANAGER, Theme.AWARENESS, Strength.MANAGER, Direction.FOR, date(2024, 10, 14),
            "Since Kayla came back from the course she brings what the child's day is like to each supervision with me.",
            "We now record the child's lived experience in every supervision."),
    Telling("curiosity", "neglect-24", Source.AUDIT, Theme.RESPONDING, Strength.AUDIT, Direction.FOR, date(2024, 11, 5),
            "File 14: the worker spoke with the child alone at Mill Road on 3 October, and asked about what the session had covered.",
            "The file shows that the practitioner spoke with the child alone and asked about what the session had covered."),
    Telling("gcp2", "neglect-24", Source.FOLLOW_UP, Theme.TOOLS, Strength.SAID, Direction.AGAINST, date(2024, 11, 20),
            "I have not had a chance to use it yet.", "I have not had a chance to use it yet.", printed=True),
    Telling("info-sharing", "cce-24", Source.SUPERVISION, Theme.SHARING, Strength.EXAMPLE, Direction.BOTH, date(2024, 12, 3),
            "Tom rang the school nurse on Tuesday instead of waiting for the meeting. The GP surgery still would not talk to him.",
            "I rang the school nurse instead of waiting for the meeting. Another service still would not talk to me.",
            consent=Quoting.WITH_ROLE, role="Family support worker"),
    Telling("mash", "neglect-24", Source.FOLLOW_UP, Theme.RESOURCES, Strength.SAID, Direction.FOR, date(2024, 12, 10),
            "I go back to the slides before each referral.", "I go back to the slides before each referral.", consent=Quoting.NO),
    Telling("curiosity", "families-first-c", Source.FOLLOW_UP, Theme.RESPONDING, Strength.EXAMPLE, Direction.FOR, 52,
            "On a visit in Parkside I asked Leo's mum who else comes to the house. She told me about the lodger, and we changed the plan.",
            "On a visit I asked who else comes to the house. What I was told changed the plan."),
    Telling("info-sharing", "families-first-c", Source.FOLLOW_UP, Theme.SHARING, Strength.SAID, Direction.AGAINST, 47,
            "I know now how much I may share. The other service still sends us to a form, so nothing is quicker.",
            "I know now how much I may share. Another service still sends us to a form, so nothing is quicker.", consent=Quoting.WITH_ROLE,
            role="Health visitor"),
    Telling("roth", "roth-c", Source.FOLLOW_UP, Theme.SHARING, Strength.EXAMPLE, Direction.FOR, 30,
            "I told the police sergeant at Parkside about the flat in Mill Road where Amy, 15, goes after school.", status=S.TO_CHECK),
    Telling("da-children", "da-c", Source.SUPERVISION, Theme.AWARENESS, Strength.SAID, Direction.AGAINST, 21,
            "Nothing has changed for us: we had no time to talk about it in the team.", status=S.TO_CHECK),
    Telling("neg-aware", "neglect-c", Source.MANAGER, Theme.TOOLS, Strength.MANAGER, Direction.FOR, 18,
            "Two of my team now use the neglect tool before they write the referral. Mrs Patel at St Mary's Primary said it was clear.",
            "Two of my team now use the tool before they write a referral. A school told us that it was clear.", status=S.WAITING),
    Telling("threshold", "families-first-c", Source.AUDIT, Theme.RESPONDING, Strength.AUDIT, Direction.AGAINST, 40,
            "In 6 of 10 files the threshold document was named, and in none of them was it used to decide.",
            "The audit found the threshold document named in files and not used to decide.", status=S.SENT_BACK),
    Telling("curiosity", "families-first-c", Source.FOLLOW_UP, Theme.AWARENESS, Strength.SAID, Direction.FOR, 60, "Great course!", status=S.NOT_USED),
    Telling("csa-family", "csa-family-c", Source.FOLLOW_UP, Theme.RESPONDING, Strength.EXAMPLE, Direction.FOR, 200,
            "I asked Ellie what she wanted before I rang the hub.", "I asked a child what she wanted before I rang the hub.", status=S.WITHDRAWN),
    Telling("neg-strategy", "neglect-24", Source.SUPERVISION, Theme.RESOURCES, Strength.SAID, Direction.FOR, 1000,
            "We keep the strategy on the wall of the duty room.", "We keep the strategy on the wall of the duty room.", status=S.EXPIRED),
)


def load(*, writer_id: int, second_id: int, now: datetime) -> None:
    """Add the examples, indicators and promises."""
    for telling in TELLINGS:
        _tell(telling, writer_id, second_id, now)
    _from_an_answer(writer_id, now)
    _indicators(writer_id, now)
    _promises(writer_id, now)
    jobs.keep_to_dates(now)


def _tell(telling: Telling, writer_id: int, second_id: int, now: datetime) -> None:
    told_on = telling.told if isinstance(telling.told, date) else clock.london_date(now) - timedelta(days=telling.told)
    then = clock.from_london(told_on, time(15, 0))
    kept = examples.add(told=examples.Told(
        source=telling.source, original=telling.original, told_on=told_on, consent=telling.consent, role=telling.role,
        course_id=_id(Course, telling.course), agency_id=None, priority_id=_id(Priority, telling.priority), theme=telling.theme,
        strength=telling.strength, direction=telling.direction,
    ), by_id=writer_id, now=then)
    if telling.status is S.NOT_USED:
        deciding.leave_out(example_id=kept.id, reason="It says nothing about practice.", by_id=writer_id, now=then)
    if not telling.wording:
        return
    examples.write_and_ask(example_id=kept.id, version=kept.version, second_id=second_id, by_id=writer_id, now=then, wording=examples.Wording(
        wording=telling.wording, theme=telling.theme, priority_id=kept.priority_id, strength=telling.strength, direction=telling.direction,
        role=telling.role))
    if telling.status is S.SENT_BACK:
        deciding.send_back(example_id=kept.id, reason="Say of how many files, as the audit does.", by_id=second_id, now=then)
    if telling.status not in (S.APPROVED, S.WITHDRAWN, S.EXPIRED):
        return
    deciding.approve(example_id=kept.id, version=1, by_id=second_id, now=then + timedelta(days=2))
    if telling.printed:
        deciding.note_printed(example_id=kept.id, printed_in="Annual report 2024", used_on=REPORT_2024, by_id=second_id,
                              now=clock.from_london(REPORT_2024, time(9)))
    if telling.status is S.WITHDRAWN:
        printed_on = told_on + timedelta(days=60)
        deciding.note_printed(example_id=kept.id, printed_in="Learning bulletin, spring", used_on=printed_on, by_id=writer_id,
                              now=clock.from_london(printed_on, time(9)))
        deciding.withdraw(example_id=kept.id, reason="By e-mail", by_id=writer_id, now=now)


def _id(model: type[Course] | type[Priority], code: str) -> int | None:
    return db.session.scalar(sa.select(model.id).where(model.code == code))


def _from_an_answer(writer_id: int, now: datetime) -> None:
    """One answer of the year that may be quoted, taken and not worked on yet."""
    for row in queries.quotable(1)[1][:1]:
        examples.take(response_id=row.response_id, question_id=row.question_id, by_id=writer_id, now=now)


ACCEPTED = (52, 49, 55, 47, 51, 54, 48, 46, 58, 61, 60, 63, 62, 66, 59, 64, 65, 61, 67, 63, 60, 66, 64, 68)
REFERRALS = (98, 95, 104, 92, 97, 101, 90, 84, 96, 99, 97, 88, 95, 101, 94, 98, 100, 93, 103, 89, 92, 101, 98, 95)
TOOL_USED = (3, 5, 2, 6, 4, 5, 3, 4, 6, 5, 4, 3, 5, 6, 4, 5, 3, 6, 4, 5, 6, 4, 5, 4)
FILES = (14, 16, 12, 15, 14, 15, 13, 12, 16, 15, 14, 12, 15, 16, 14, 15, 12, 16, 14, 15, 16, 14, 15, 13)


def _indicators(by_id: int, now: datetime) -> None:
    months = months_between(date(2024, 1, 1), date(2025, 12, 1))
    care, police = (_agency(code) for code in ("cambs-csc", "constabulary"))
    for facts, counts, bases in (
        (indicators.Facts(
            title="Referrals accepted first time", base_of="referrals on neglect", counted="accepted first time", agency_id=care,
            priority_id=_id(Priority, "neglect-24"),
            story="People who came to the neglect courses practised writing a referral with the tool.\nManagers and follow-ups tell "
                  "that the tool is used before a referral is written.\nMore referrals accepted first time are consistent with that.",
            others="The referral form was made shorter in September 2024.\nThe front door has had two more people since October 2024."),
         ACCEPTED, REFERRALS),
        (indicators.Facts(
            title="Use of the sexual behaviour tool in audited files", base_of="audited files", counted="found to hold the completed tool",
            agency_id=police, priority_id=_id(Priority, "csa-24"), story="",
            others="Few files are audited each month, so single months say little."),
         TOOL_USED, FILES),
    ):
        kept = indicators.save(indicator_id=None, facts=facts, by_id=by_id)
        figures = [Month(month, count, base) for month, count, base in zip(months, counts, bases, strict=True)]
        indicators.take_months(indicator_id=kept.id, months=figures, by_id=by_id, now=now)


def _agency(code: str) -> int | None:
    return db.session.scalar(sa.select(Agency.id).where(Agency.code == code))


def _promises(by_id: int, now: datetime) -> None:
    today = clock.london_date(now)
    kept = [promises.save(promise_id=None, by_id=by_id, facts={
        "what": what, "promised_in": "Annual report 2024", "promised_on": date(2024, 12, 20), "due_on": due_on, "owner": owner,
        "priority_id": _id(Priority, priority)}) for what, due_on, owner, priority in (
            ("What the professional curiosity training changed in practice, from a case audit.", today + timedelta(days=18),
             "Quality and audit group", "families-first-c"),
            ("Whether knowledge of neglect is kept three months after the courses.", today - timedelta(days=40), "Training team", "neglect-c"),
            ("How often the briefings are used in team meetings.", today + timedelta(days=200), "Learning and development group", "da-c"),
            ("Whether referrals on neglect are clearer, from the front door's monthly figures.", today - timedelta(days=12),
             "Front door board", "neglect-c"),
            ("What young people say about the workers who came to the training.", today - timedelta(days=90), "Participation team", "roth-c"),
        )]
    promises.show(promise_id=kept[1].id, shown_in="Annual report 2025, page 31", by_id=by_id, now=now)
    promises.give_up(promise_id=kept[4].id, by_id=by_id, now=now,
                     reason="The participation worker's post is vacant. It is asked again with the survey of next year.")


def is_there() -> bool:
    """Whether the examples have been added."""
    return bool(db.session.scalar(sa.select(sa.func.count(Example.id))))
