"""The kinds of question there are: what may be answered to each. Adding one is a class, a line in the list, and a template."""

from dataclasses import dataclass

from app.core.errors import Refused
from app.evaluation.rules.stages import AGREEMENT, KNOWLEDGE

RATHER_NOT = "none"
LONGEST = 5000


@dataclass(frozen=True)
class Choices:
    """One of several numbers, or "I'd rather not say"."""

    kind: str
    choices: dict[int, str]

    def read(self, given: str) -> int | None:
        """The number that was chosen; none for rather not.

        Raises:
            Refused: nothing was chosen.
        """
        if given == RATHER_NOT:
            return None
        if given not in {str(number) for number in self.choices}:
            raise Refused("Nothing is chosen yet. Choose an answer, or “I'd rather not say”.")
        return int(given)


@dataclass(frozen=True)
class Text:
    """Words of one's own; may stay empty."""

    kind: str

    def read(self, given: str) -> str | None:
        """The text without spaces around it; none when there is none.

        Raises:
            Refused: it is too long.
        """
        text = given.replace("\x00", "").strip()
        if len(text) > LONGEST:
            raise Refused(f"This has {len(text):,} characters. Shorten it to {LONGEST:,}.")
        return text or None


QUESTION_TYPES: dict[str, Choices | Text] = {
    one.kind: one for one in (Choices("knowledge", KNOWLEDGE), Choices("statement", AGREEMENT), Text("comment"))
}
