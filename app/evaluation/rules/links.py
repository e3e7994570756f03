"""Links with which somebody answers without signing in: signed, so that nobody can make one up, and good for one booking and stage."""

from itsdangerous import BadData, URLSafeSerializer

from app.evaluation.rules.stages import Stage

PURPOSE = "answer-a-questionnaire"


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
