"""The stages at which people are asked, the scales on which they answer, and whether we may quote them."""

from enum import Enum


class Stage(Enum):
    """When a questionnaire is answered, in relation to the session."""

    BEFORE = "before"
    AFTER = "after"
    FOLLOW_UP = "follow_up"


class Quoting(Enum):
    """Whether a comment may be printed, and how it is signed."""

    NO = "no"
    ANONYMOUS = "anonymous"
    WITH_ROLE = "with_role"


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
