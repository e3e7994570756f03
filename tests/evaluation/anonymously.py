"""People who answer anonymously one after another, and somebody who has the whole database and knows in which order they came."""

import random
from collections.abc import Sequence

import sqlalchemy as sa

from app.core.db import db
from app.evaluation.models import AnonymousTicket, Answer, Question, Questionnaire, Response
from app.evaluation.rules.stages import Mode, Quoting, Stage
from app.evaluation.services import anonymous, building
from app.evaluation.services.questionnaires import ensure_questionnaires
from tests.builders import a_booking

HIDDEN = {"sqlite": ("rowid",), "postgresql": ("ctid", "xmin")}
"""Columns that a database keeps without being asked."""


def make_anonymous(stage: Stage, now) -> int:
    """Ask this stage anonymously; the version that is asked."""
    version = ensure_questionnaires(now=now)[stage]
    building.set_mode(questionnaire_id=version.questionnaire_id, mode=Mode.ANONYMOUS, weeks=12)
    assert db.session.get(Questionnaire, version.questionnaire_id).mode is Mode.ANONYMOUS
    return version.id


def answer(session, version_id: int, number: int, now, *, chance: random.Random | None = None, phrase: str = "", owner: str = "") -> bool:
    """What the person with this number says, who has a place unless the owner is named: their number, in the comment."""
    owner = owner or anonymous.owner_of(a_booking(session).id)
    given = {**dict.fromkeys(("knowledge", "engaging", "improved_knowledge", "useful_in_role"), "none"), "comment": f"person {number}"}
    return anonymous.submit(session_id=session.id, stage=Stage.AFTER, version_id=version_id, owner=owner, given=given,
                            quoting=Quoting.NO, phrase=phrase, outcome=None, now=now, chance=chance)


def said() -> dict[int, int]:
    """Whose answer each response is, by its id: the truth, with which the guesses are compared."""
    rows = db.session.execute(sa.select(Answer.response_id, Answer.text).join(Question, Question.id == Answer.question_id).where(Question.code == "comment"))
    return {response_id: int(text.removeprefix("person ")) for response_id, text in rows}


def orders(backend: str) -> dict[str, list[list[int]]]:
    """Every order in which the database gives the responses, by what it goes by: groups of ids that nothing tells apart."""
    found: dict[str, list[list[int]]] = {}

    def note(name: str, pairs: Sequence[tuple[object, int]]) -> None:
        groups: dict[object, list[int]] = {}
        for key, response_id in pairs:
            groups.setdefault(key, []).append(response_id)
        found[name] = [groups[key] for key in sorted(groups)]

    ids = list(db.session.scalars(sa.text("SELECT id FROM response WHERE anonymous")))
    note("as the table lies", list(enumerate(ids)))
    note("answers as they lie", [(at, row) for at, row in enumerate(dict.fromkeys(db.session.scalars(sa.text("SELECT response_id FROM answer"))))])
    for name in ("id", "respondent", "submitted_at", "may_quote", "version_id"):
        note(name, [tuple(row) for row in db.session.execute(sa.select(Response.__table__.c[name], Response.id).where(Response.anonymous))])
    for hidden in HIDDEN[backend]:
        for table, of in (("response", "id"), ("answer", "response_id")):
            rows = db.session.execute(sa.text(f"SELECT {hidden if hidden == 'rowid' else hidden + '::text'} AS k, {of} FROM {table} WHERE {of} < 0")).all()
            first = {number: key for key, number in reversed(rows)}
            note(f"{table}.{hidden}", [(_place(key), number) for number, key in first.items()])
    return found


def _place(key: object) -> object:
    """A place in a file as a number: "(3,14)" comes before "(10,2)"."""
    text = str(key)
    return tuple(int(part) for part in text.strip("()").split(",")) if "," in text else int(text)


def joined_by_transaction() -> list[tuple[str, int]]:
    """(ticket, response) pairs that one transaction wrote, where a transaction wrote one of each; PostgreSQL only."""
    rows = db.session.execute(sa.text(
        "SELECT min(t.digest), min(r.id) FROM anonymous_ticket t JOIN response r ON r.xmin::text = t.xmin::text GROUP BY t.xmin::text "
        "HAVING count(DISTINCT t.digest) = 1 AND count(DISTINCT r.id) = 1")).all()
    return [tuple(row) for row in rows]


def named_rightly(order: list[list[int]], truth: dict[int, int], chance: random.Random) -> int:
    """How many answers somebody gives to the right person who takes this order for that in which people came."""
    guess = [number for group in order for number in chance.sample(group, len(group))]
    return sum(truth[response_id] == at for at, response_id in enumerate(guess))


def correlation(order: list[list[int]], truth: dict[int, int]) -> float:
    """Spearman's rank correlation of an order with that in which people came; those whom nothing tells apart share their rank."""
    ranks, at = {}, 0
    for group in order:
        for response_id in group:
            ranks[response_id] = at + (len(group) - 1) / 2
        at += len(group)
    mean = (len(ranks) - 1) / 2
    top = sum((ranks[one] - mean) * (truth[one] - mean) for one in ranks)
    spread = sum((rank - mean) ** 2 for rank in ranks.values()) * sum((number - mean) ** 2 for number in truth.values())
    return top / spread**0.5 if spread else 0.0


def tickets() -> int:
    """How many have answered."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(AnonymousTicket)) or 0
