"""The stages at which people are asked, how private their answers are, the scales on which they answer, and whether we may quote them."""

from enum import Enum


class Stage(Enum):
    """When a questionnaire is answered, in relation to the session. `MANAGER` is answered by the person's line manager."""

    BEFORE = "before"
    AFTER = "after"
    FOLLOW_UP = "follow_up"
    MANAGER = "manager"


OWN = (Stage.BEFORE, Stage.AFTER, Stage.FOLLOW_UP)
"""Those that the person who was on the session answers."""


class Mode(Enum):
    """Confidential: answers belong to a booking, which readers of reports never see. Anonymous: they belong to nobody."""

    CONFIDENTIAL = "confidential"
    ANONYMOUS = "anonymous"


class VersionState(Enum):
    """A version is written as a draft, is in use until the next one is, and is kept for the answers that it got."""

    DRAFT = "draft"
    IN_USE = "in_use"
    REPLACED = "replaced"


class Quoting(Enum):
    """Whether a comment may be printed, and how it is signed."""

    NO = "no"
    ANONYMOUS = "anonymous"
    WITH_ROLE = "with_role"


MAY_QUOTE = {Quoting.ANONYMOUS: "Yes, without my name or role", Quoting.WITH_ROLE: "Yes, with my role", Quoting.NO: "No"}
"""What may be answered to "May we quote this in a report?", on a page and on paper."""


def may_quote(mode: Mode) -> dict[Quoting, str]:
    """The answers that are offered: nobody's role is known of an anonymous answer, so it cannot be printed with it."""
    return {quoting: words for quoting, words in MAY_QUOTE.items() if mode is Mode.CONFIDENTIAL or quoting is not Quoting.WITH_ROLE}


def narrower(one: Quoting, other: Quoting) -> Quoting:
    """Of two answers the one that lets us print less."""
    return min(one, other, key=list(Quoting).index)


def as_offered(quoting: Quoting, mode: Mode) -> Quoting:
    """What somebody answered, as far as it was offered: who would let us print their role lets us print the words."""
    return quoting if quoting in may_quote(mode) else Quoting.ANONYMOUS


NAMES = {Stage.BEFORE: "Before the session", Stage.AFTER: "After the session", Stage.FOLLOW_UP: "Some months later",
         Stage.MANAGER: "Line manager"}

PRIVATE = {
    Mode.CONFIDENTIAL: "Confidential: your answers before and after are compared under a code. Trainers and reports see totals and comments without "
                       "names, never who answered what.",
    Mode.ANONYMOUS: "Anonymous: nothing we keep connects these answers with you. We can't change or delete them later either.",
}
"""What is said of each mode on every form and in every invitation: no more than the database can keep."""

KNOWLEDGE = {
    1: "Nothing yet",
    2: "A little",
    3: "Enough to work with, with help",
    4: "Enough to work with on my own",
    5: "Expert: I could teach others",
}

AGREEMENT = {5: "Strongly agree", 4: "Agree", 3: "Neither", 2: "Disagree", 1: "Strongly disagree"}
AGREEMENT_CODES = {5: "strongly_agree", 4: "agree", 3: "neither", 2: "disagree", 1: "strongly_disagree"}

STATEMENTS = {
    "engaging": "The course was engaging and interesting",
    "improved_knowledge": "Having completed this course, I now have improved knowledge about the subject",
    "useful_in_role": "This will be useful in my role",
}
