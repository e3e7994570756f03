"""The kinds of question there are: what may be answered to each. Adding one is a class, a line in the list, and a template."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from app.core.errors import Refused
from app.evaluation.rules.stages import AGREEMENT, KNOWLEDGE

RATHER_NOT = "none"
LONGEST = {"short_text": 200, "long_text": 5000, "one_thing": 500}
LARGEST = 1_000_000
BY_WHEN = ("In the next 2 weeks", "In the next month", "In the next 3 months")
DONE = ("Yes", "Partly", "Not yet", "I have had no chance to")
NOTHING_CHOSEN = "Nothing is chosen yet. Choose an answer, or “I'd rather not say”."
NOTHING_WRITTEN = "Nothing is written yet. Write something, or choose “I'd rather not say”."


@dataclass(frozen=True)
class Answered:
    """What was answered: a number, words, or the numbers of several options (from 1). A question left open has none of them."""

    number: int | None = None
    text: str | None = None
    choices: tuple[int, ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether the question was left open."""
        return self.number is None and self.text is None and not self.choices


class QuestionType(ABC):
    """One kind, with what most kinds have in common. `options` is what the question's builder set: anchors, options, or lowest and highest number.

    `kind` is its name in the database and that of its template, `name` as builders read it. `free`: people write in their own words, so the
    notice about names stands above it. `many`: several of its options may be chosen. `anchors`: how many numbers of a scale have words.
    """

    kind: str
    name: str
    free = False
    many = False
    anchors = 0

    @property
    def options_help(self) -> str:
        """What to type as options, one a line; empty when it has none."""
        return ""

    def spanning(self, earlier: Sequence[str], options: Sequence[str]) -> Sequence[str]:
        """The options under which answers to an earlier version and to this one are counted together: the latest."""
        return options

    def check(self, options: Sequence[str]) -> None:  # noqa: B027 (most kinds have nothing to refuse)
        """Refuse options with which it cannot be asked."""

    def scale(self, options: Sequence[str]) -> tuple[object, ...]:
        """Two questions can only measure the same when these are the same."""
        return ()

    def labels(self, options: Sequence[str]) -> dict[int, str]:
        """What stands at each number; numbers without words have none."""
        return {}

    @abstractmethod
    def read(self, given: Sequence[str], options: Sequence[str], *, required: bool) -> Answered:
        """What was answered, from the form's values. A required question may still be answered with "I'd rather not say"."""


def _only(given: Sequence[str]) -> str:
    return given[0] if given else ""


def _number(text: str, allowed: Sequence[int], *, required: bool) -> Answered:
    if text == RATHER_NOT or (not text and not required):
        return Answered()
    if text not in {str(number) for number in allowed}:
        raise Refused(NOTHING_CHOSEN)
    return Answered(number=int(text))


def _within(text: str, most: int) -> bool:
    """Whether this is a whole number up to so many. Its length is asked first: Python reads no number of thousands of digits."""
    return text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST)) and int(text) <= most


def _text(given: str, longest: int) -> str:
    text = given.replace("\x00", "").replace("\r\n", "\n").strip()
    if len(text) > longest:
        raise Refused(f"This has {len(text):,} characters. Shorten it to {longest:,}.")
    return text


@dataclass(frozen=True)
class Scale(QuestionType):
    """A row of numbers with words at each of them (1 to 5), or at its ends only (0 to 10)."""

    kind: str
    name: str
    low: int
    high: int
    anchors: int
    shipped: tuple[str, ...] = ()

    @property
    def options_help(self) -> str:
        """What to type."""
        if self.anchors == 2:
            return f"Two lines: what {self.low} means, and what {self.high} means."
        return f"{self.anchors} lines: what each number means, from {self.low} to {self.high}."

    def check(self, options: Sequence[str]) -> None:
        """Each anchor must be there.

        Raises:
            Refused: some are missing, or there are too many.
        """
        if len(options) != self.anchors:
            raise Refused(f"This scale needs {self.anchors} lines and has {len(options)}. {self.options_help}")

    def scale(self, options: Sequence[str]) -> tuple[object, ...]:
        """Its ends."""
        return self.low, self.high

    def labels(self, options: Sequence[str]) -> dict[int, str]:
        """What stands at each number; empty where only the ends have words."""
        numbers = range(self.low, self.high + 1)
        if self.anchors == 2:
            return {number: options[0] if number == self.low else options[1] if number == self.high else "" for number in numbers}
        return dict(zip(numbers, options, strict=True))

    def read(self, given: Sequence[str], options: Sequence[str], *, required: bool) -> Answered:
        """A number of the scale.

        Raises:
            Refused: nothing was chosen.
        """
        return _number(_only(given), range(self.low, self.high + 1), required=required)


@dataclass(frozen=True)
class Agreement(QuestionType):
    """How much somebody agrees with a statement, in five points; the order is never turned round."""

    kind: str = "agree"
    name: str = "Statement to agree or disagree with (five points)"

    def scale(self, options: Sequence[str]) -> tuple[object, ...]:
        """The five points."""
        return (len(AGREEMENT),)

    def labels(self, options: Sequence[str]) -> dict[int, str]:
        """The five points, "Strongly agree" first."""
        return AGREEMENT

    def read(self, given: Sequence[str], options: Sequence[str], *, required: bool) -> Answered:
        """A point from 1 to 5.

        Raises:
            Refused: nothing was chosen.
        """
        return _number(_only(given), tuple(AGREEMENT), required=required)


@dataclass(frozen=True)
class OneOf(QuestionType):
    """One of several options."""

    kind: str = "one_of"
    name: str = "One of several options"
    fixed: tuple[str, ...] = ()

    @property
    def options_help(self) -> str:
        """What to type, unless the options are fixed."""
        return "" if self.fixed else "The options, one a line. Answers are kept by their place: where it measures the same as before, keep the order."

    def check(self, options: Sequence[str]) -> None:
        """There must be something to choose from.

        Raises:
            Refused: there are fewer than two options, or one stands there twice.
        """
        if not self.fixed and len(options) < 2:
            raise Refused("Give at least two options, one a line.")
        if len(set(options)) != len(options):
            raise Refused("An option stands there twice.")

    def scale(self, options: Sequence[str]) -> tuple[object, ...]:
        """How many options there are."""
        return (len(self.fixed or options),)

    def labels(self, options: Sequence[str]) -> dict[int, str]:
        """The options by their numbers, from 1."""
        return dict(enumerate(self.fixed or options, start=1))

    def read(self, given: Sequence[str], options: Sequence[str], *, required: bool) -> Answered:
        """The number of the option.

        Raises:
            Refused: nothing was chosen.
        """
        return _number(_only(given), tuple(self.labels(options)), required=required)


@dataclass(frozen=True)
class Several(OneOf):
    """Any number of options."""

    kind: str = "several"
    name: str = "Several of some options"
    many = True

    def read(self, given: Sequence[str], options: Sequence[str], *, required: bool) -> Answered:
        """The numbers of the options.

        Raises:
            Refused: nothing was chosen although it is required, or an option that is not there.
        """
        chosen = {text for text in given if text}
        if RATHER_NOT in chosen or (not chosen and not required):
            return Answered()
        if not chosen or chosen - {str(number) for number in self.labels(options)}:
            raise Refused(NOTHING_CHOSEN)
        return Answered(choices=tuple(sorted(int(text) for text in chosen)))


@dataclass(frozen=True)
class Number(QuestionType):
    """A whole number within bounds."""

    kind: str = "number"
    name: str = "Number"

    @property
    def options_help(self) -> str:
        """What to type."""
        return "Two lines: the lowest and the highest number that can be."

    def check(self, options: Sequence[str]) -> None:
        """The bounds must be numbers.

        Raises:
            Refused: they are not.
        """
        if len(options) != 2 or not all(_within(text, LARGEST) for text in options):
            raise Refused("Give the lowest and the highest number, one a line.")
        if int(options[0]) >= int(options[1]):
            raise Refused("The lowest number must be smaller than the highest.")

    def spanning(self, earlier: Sequence[str], options: Sequence[str]) -> Sequence[str]:
        """From the lowest to the highest number that could be answered to either."""
        lows, highs = zip(map(int, earlier), map(int, options), strict=True)
        return [str(min(lows)), str(max(highs))]

    def read(self, given: Sequence[str], options: Sequence[str], *, required: bool) -> Answered:
        """The number.

        Raises:
            Refused: it is none, or out of bounds.
        """
        text = _only(given).strip()
        if text == RATHER_NOT or RATHER_NOT in given or (not text and not required):
            return Answered()
        low, high = (int(one) for one in options)
        if not _within(text, high) or int(text) < low:
            raise Refused(f"Enter a whole number from {low:,} to {high:,}, or choose “I'd rather not say”.")
        return Answered(number=int(text))


@dataclass(frozen=True)
class Text(QuestionType):
    """Words of one's own."""

    kind: str
    name: str
    free = True

    def read(self, given: Sequence[str], options: Sequence[str], *, required: bool) -> Answered:
        """The text without spaces around it.

        Raises:
            Refused: it is too long, or missing although it is required.
        """
        if RATHER_NOT in given[1:]:
            return Answered()
        text = _text(_only(given), LONGEST[self.kind])
        if not text and required:
            raise Refused(NOTHING_WRITTEN)
        return Answered(text=text or None)


@dataclass(frozen=True)
class OneThing(QuestionType):
    """One thing that somebody will do, and by when (`choices`); the follow-up shows them their own sentence."""

    kind: str = "one_thing"
    name: str = "One thing I will do, by when (comes back in a confidential follow-up that asks whether they did it)"
    free = True

    def labels(self, options: Sequence[str]) -> dict[int, str]:
        """By when, by numbers from 1."""
        return dict(enumerate(BY_WHEN, start=1))

    def read(self, given: Sequence[str], options: Sequence[str], *, required: bool) -> Answered:
        """The sentence, and by when if that was said.

        Raises:
            Refused: it is too long, or missing although it is required.
        """
        if RATHER_NOT in given[1:]:
            return Answered()
        text = _text(_only(given), LONGEST[self.kind])
        if not text:
            if required:
                raise Refused(NOTHING_WRITTEN)
            return Answered()
        when = [number for number in self.labels(()) if str(number) in given[1:]]
        return Answered(text=text, choices=tuple(when[:1]))


QUESTION_TYPES: dict[str, QuestionType] = {
    one.kind: one for one in (
        Scale("scale_5", "Scale from 1 to 5, each number with its own words", 1, 5, 5, tuple(KNOWLEDGE.values())),
        Scale("scale_10", "Scale from 0 to 10, with words at both ends", 0, 10, 2),
        Scale("then_test", "Looking back: where somebody would now put themselves before the course (1 to 5)", 1, 5, 5, tuple(KNOWLEDGE.values())),
        Agreement(),
        OneOf(),
        Several(),
        Number(),
        Text("short_text", "A few words"),
        Text("long_text", "Longer text"),
        OneThing(),
        OneOf("one_thing_done", "Did you do the one thing? (only for those who named one)", DONE),
    )
}


def labelled(kind: str, options: Sequence[str], numbers: Sequence[int]) -> str:
    """What these numbers stand for, in words; a number without words as it is."""
    labels = QUESTION_TYPES[kind].labels(options)
    return ", ".join(labels.get(number) or str(number) for number in numbers)
