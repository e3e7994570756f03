"""Letters that wait and that a folder's registers and answers made untrue: whoever is told of the import or not, those do not leave."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.attendance.models import Register
from app.attendance.services.registers import chased_no_more
from app.booking.models import Booking
from app.evaluation import emails
from app.evaluation.models import Response
from app.evaluation.rules.stages import Stage
from app.evaluation.services.answering import ANSWERED
from app.evaluation.services.inviting import withdraw_from_absent
from app.mail.models import Letter, LetterConcern
from app.mail.rules.fates import NOT_YET_SENT
from app.mail.services import void

QUESTIONS = tuple({kind for kinds in emails.KINDS.values() for kind in kinds})


def withdraw_what_is_over(session: Session, session_ids: Collection[int], now: datetime) -> None:
    """Withdraw what asks for a register that is in, asks somebody who was not there, or asks again who has answered."""
    _withdraw_missing(session, now)
    asked = _asked(session)
    for number in sorted(set(asked.values()) & set(session_ids)):
        withdraw_from_absent(number, now)
    answered = session.execute(
        sa.select(Response.booking_id, Response.stage).distinct().where(Response.booking_id.in_(asked), Response.current)).all()
    if answered:
        void(concerns=tuple(f"booking:{number}:{Stage(stage).value}" for number, stage in answered), reason=ANSWERED, now=now)


def _withdraw_missing(session: Session, now: datetime) -> None:
    finished = set(session.scalars(sa.select(Register.course_session_id).where(Register.finished_at.is_not(None))))
    chased_no_more(finished.intersection(int(one.removeprefix("session:")) for one in _waiting(session, ("register-missing",), "session:")), now)


def _asked(session: Session) -> dict[int, int]:
    """The session of each booking about which a letter with questions waits."""
    numbers = {int(one.split(":")[1]) for one in _waiting(session, QUESTIONS, "booking:")}
    return dict(session.execute(sa.select(Booking.id, Booking.course_session_id).where(Booking.id.in_(numbers))).all())


def _waiting(session: Session, kinds: Collection[str], subjects: str) -> list[str]:
    return list(session.scalars(sa.select(LetterConcern.subject).distinct().join(Letter, Letter.id == LetterConcern.letter_id).where(
        Letter.status.in_(NOT_YET_SENT), Letter.kind.in_(kinds), LetterConcern.subject.startswith(subjects))))
