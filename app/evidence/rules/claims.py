"""What a story beside an indicator must not claim: a chart of an agency's cases cannot show that training was the reason."""

import re

from app.core.errors import Refused

CLAIMS = ("caused", "causes", "cause of", "because of the training", "because of training", "due to the training", "due to training", "proves",
          "proved", "proof", "as a result of the training", "as a result of training", "thanks to the training", "led directly to")
_CLAIM = re.compile(r"\b(?:" + "|".join(map(re.escape, CLAIMS)) + r")\b", re.IGNORECASE)


def claim_in(text: str) -> str | None:
    """The first words that claim more than a chart can show."""
    found = _CLAIM.search(text)
    return found.group() if found else None


def check_modest(text: str) -> str:
    """The story as it may stand beside a chart.

    Raises:
        Refused: it says that training was the reason.
    """
    claim = claim_in(text)
    if claim:
        raise Refused(f"This says “{claim}”, and no chart can show that. Write “is consistent with”, and what else could explain it.")
    return text
