"""Invitations to answer, before and after a session, and their reminders."""

from app.booking.models import Booking
from app.evaluation.rules.links import token
from app.evaluation.rules.stages import Stage
from app.evaluation.rules.windows import LONG
from app.mail.office import office
from app.mail.rules.wording import Wording
from app.mail.services import Act as Button
from app.mail.services import Draft
from app.ui.filters import short_date

COMMON = {"name": "the person's first name", "course": "title of the course", "until": "until when it can be answered"}
PRIVATE = "Your answers are confidential: trainers and reports see totals, and comments without names."

WORDINGS = (
    Wording("questions-before", "The questions before a session", "One minute before {course}",
            "Hello {name},\n\nBefore {course} we ask what you know already, so that afterwards we can see what the course changed. It takes less "
            "than a minute.\n\n{act}\n\n" + PRIVATE, COMMON, frozenset({"course"}), "you have a place on this session", True),
    Wording("questions-after", "The questions after a session", "How was it? {course}",
            "Hello {name},\n\nThank you for coming to {course}. What did it change, and what should we do better? It takes three minutes, and can be "
            "answered until {until}.\n\n{act}\n\n" + PRIVATE, COMMON, frozenset({"course"}), "you came to this session", True),
    Wording("questions-reminder", "A reminder of the questions", "Your answer is still missing: {course}",
            "Hello {name},\n\nWe have not heard yet how {course} was for you. The fewer answer, the less anybody can say about whether training "
            "helps. It takes three minutes, and can be answered until {until}.\n\n{act}\n\n" + PRIVATE, COMMON, frozenset({"course"}),
            "you came to this session", True),
)


def invitation(booking: Booking, stage: Stage, wave: int) -> Draft:
    """The invitation of a stage (wave 0) or its first or second reminder. The link in it opens for this booking and stage only."""
    session = booking.course_session
    kind = "questions-before" if stage is Stage.BEFORE else "questions-after" if not wave else "questions-reminder"
    closes_at = session.ends_at if stage is Stage.BEFORE else session.ends_at + LONG
    return Draft(
        about=f"booking:{booking.id}:questions:{stage.value}:{wave}", kind=kind, to=booking.person.email, person_id=booking.person_id,
        concerns=(f"booking:{booking.id}", f"session:{session.id}"), valid_until=session.starts_at if stage is Stage.BEFORE else closes_at,
        fields={"name": booking.person.first_name or booking.person.name, "course": session.course.title, "until": short_date(closes_at)},
        act=Button("Answer now", f"{office().public_url}/answer/{token(office().link_key.decode(), booking.id, stage)}"),
    )
