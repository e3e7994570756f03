"""Links with which somebody answers without signing in: signed, so that nobody can make one up, and good for one booking and stage.
And what follows from a booking or a person's own phrase by a key that is not in the database."""

import hashlib
import hmac
import unicodedata

from itsdangerous import BadData, URLSafeSerializer

from app.evaluation.rules.stages import Stage

PURPOSE = "answer-a-questionnaire"
PLAIN_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"
IN_LETTERS = "questions"
"""For what a link in a letter is, when it opens a questionnaire."""


def token(secret_key: str, booking_id: int, stage: Stage) -> str:
    """The last part of a link's address."""
    return str(URLSafeSerializer(secret_key, salt=PURPOSE).dumps([booking_id, stage.value]))


def read(secret_key: str, text: str) -> tuple[int, Stage] | None:
    """The booking and the stage that a link is for; none when it was not made here."""
    try:
        booking_id, stage = URLSafeSerializer(secret_key, salt=PURPOSE).loads(text)
        return int(booking_id), Stage(stage)
    except (BadData, ValueError, TypeError):
        return None


def subject(booking_id: int, stage: Stage, mark: str = "") -> str:
    """What a link in a letter is about; to a manager, with the mark of that manager."""
    return f"booking:{booking_id}:{stage.value}" + (f":{mark}" if mark else "")


def of_subject(text: str) -> tuple[int, Stage, str] | None:
    """The booking and the stage of a link in a letter, and the mark of the manager to whom it went; letters of earlier versions have none."""
    kind, number, stage, mark = (*text.split(":"), "", "", "", "")[:4]
    try:
        found = int(number), Stage(stage), mark
    except ValueError:
        return None
    return found if kind == "booking" and text == subject(*found) and (not mark or found[1] is Stage.MANAGER) else None


def manager_mark(key: bytes, address: str) -> str:
    """What tells one manager from another without their address."""
    return _code(key, f"manager:{address.strip().lower()}")


def ticket(key: bytes, owner: str, stage: Stage) -> str:
    """What says that this owner (a booking, or the form of somebody who came by the code) has answered anonymously. Whoever has the
    database and not the key cannot tell from it who that is."""
    return hmac.new(key, f"anonymous ticket:{stage.value}:{owner}".encode(), hashlib.sha256).hexdigest()


def slide_word(key: bytes, session_id: int) -> str:
    """The last part of the address on a session's last slide: six signs that nobody can make up, none of which looks like another. Anonymous
    questions open by it, so that who was not there and has seen no slide cannot answer them."""
    number = int.from_bytes(hmac.new(key, f"last slide:{session_id}".encode(), hashlib.sha256).digest())
    signs = []
    for _ in range(6):
        number, place = divmod(number, len(PLAIN_SIGNS))
        signs.append(PLAIN_SIGNS[place])
    return "".join(signs)


def phrase_code(key: bytes, session_id: int, phrase: str) -> str | None:
    """The code that pairs the stages of somebody who gave their own phrase; none without one. It is another on each session, or whoever comes again
    would be the one person that two lists have in common. Case, accents and spaces do not count."""
    plain = unicodedata.normalize("NFKD", phrase).casefold()
    letters = "".join(sign for sign in plain if sign.isalnum())
    return _code(key, f"own phrase:{session_id}:{letters}") if letters else None


def shared_code(key: bytes, code: str, stage: Stage) -> str:
    """What stands in a stage in place of a code that two people had. It pairs with nothing, and says that nobody gets that code any more."""
    return _code(key, f"shared phrase:{stage.value}:{code}")


def _code(key: bytes, of: str) -> str:
    return hmac.new(key, of.encode(), hashlib.sha256).hexdigest()[:32]
