"""What somebody may be worried about while they answer, and the link to the page on which they say so."""

from datetime import UTC, datetime
from enum import Enum

from itsdangerous import BadData, URLSafeSerializer

PURPOSE = "raise-a-worry"
LONGEST = 4000
LONGEST_CONTACT = 200
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
"""From when somebody reads who reads all."""


class About(Enum):
    """Why somebody asks for the safeguarding contact."""

    CHILD = "child"
    SUPPORT = "support"


class ContactAct(Enum):
    """What was done about who reads worries."""

    NAMED = "named"
    LET_READ_EARLIER = "let_read_earlier"
    REMOVED = "removed"


NAMES = {About.CHILD: "I am worried about a child or family", About.SUPPORT: "I need support myself"}


def token(secret_key: str, session_id: int, booking_id: int) -> str:
    """The last part of the page's address; `booking_id` is 0 where nobody may know whose it is."""
    return str(URLSafeSerializer(secret_key, salt=PURPOSE).dumps([session_id, booking_id]))


def read(secret_key: str, text: str) -> tuple[int, int] | None:
    """The session and the booking (0: none) that a link is for; none when it was not made here."""
    try:
        session_id, booking_id = URLSafeSerializer(secret_key, salt=PURPOSE).loads(text)
        return int(session_id), int(booking_id)
    except (BadData, ValueError, TypeError):
        return None
