"""Finds a name by what stands right after it where a sentence begins, and initials, ages and jobs by the words around them."""

import re
from collections.abc import Iterator

from app.evidence.rules import redaction_words as known

Found = Iterator[tuple[int, int, str]]
JOINED = (", ", " and ", " & ")
"""Between two names."""
_NUMBER = rf"(?:\d{{1,2}}|{'|'.join(known.NUMBERS)})"
_SOMEBODY = rf"(?:{'|'.join((*known.KIN, *known.PEOPLE))}|eldest|youngest|oldest|learner|resident|toddler|year \d+|reception)"
_INTRODUCES = re.compile(
    rf"\s*\(\s?\d{{1,2}}\b|,\s+(?:aged?\s+)?{_NUMBER}(?=[,.;)]|\s+(?:was|is|who|and|has|had|told|said|came)\b|$)"
    rf"|(?:,|\s+[–—-])\s+(?:an?|the|our|my|his|her|their|in)\s+(?:[\w-]+\s+){{0,3}}?(?i:{_SOMEBODY})\b|,\s+(?:who|whose)\b"
    r"|\.\s+(?:She|He|They)\s+(?:is|was|has|had)\s+(?:(?:only|just|nearly|almost|turned)\s+)?"
    rf"(?:{_NUMBER}\b|an?\s+(?:\w+\s+)?{_SOMEBODY}\b|in (?:care|year)\b)"
    r"|\s+&\s+[A-Z]|\s+\d{1,2}\s+(?:and|&)\s+[A-Z]"
)
_SPEAKS = re.compile(r"\s*:\s*[\"“‘']|\s+&\s+(?:his|her|their)\b")
_TWO_AGES = re.compile(r"\b([A-Z][a-z]+)\s(\d{1,2})\s(?:and|&)\s([A-Z][a-z]+)\s(\d{1,2})\b")
_SAID_OF = (r"(?:pregnant|homeless|in care|missing|expecting|living alone|not in (?:school|education)|"
            rf"an? (?:young )?(?:{'|'.join(known.KIN)}|carer))")
_AND = re.compile(rf"\b({_NUMBER})\s+and\s+{_SAID_OF}\b", re.IGNORECASE)
_LISTED = re.compile(
    rf"\b(?:{'|'.join((*known.KIN, *known.PEOPLE))}|twins|brothers|sisters|sons|daughters),?\s+"
    rf"\(?({_NUMBER}(?:,\s*{_NUMBER})*\s*(?:and|&)\s*{_NUMBER})(?=[,.;)]|$)", re.IGNORECASE)
_VERB = r"(?:is|was|were|are|has|had|have|said|says|told|came|went|disclosed|lives|lived|attends|needs|needed|asked|rang)"
_DOTTED = re.compile(r"(?<![\w.])[A-Z]\.\s?[A-Z]\.(?!\w)")
_PAIR = re.compile(rf"\b([A-Z]{{2}})(?=(?:(?:,\s+|\s+(?:and|&)\s+)[A-Z]{{2}}){{0,5}}\s+{_VERB}\b|['’]s\s+(?:{'|'.join(known.KIN)})\b)")
_FOR_A_PLACE = re.compile(rf"\b(?:the|our)\s+((?:[\w-]+\s+){{1,3}}(?:{'|'.join(known.JOBS)}))\s+(?:for|of|in|at)\s+(?:the\s+)?[A-Z]")
_LEAD = re.compile(
    r"\b(lead(?:\s(?:nurse|doctor|officer|practitioner))?\s+(?:for|on)\s+"
    r"(?!(?:this|that|the|our|my|an?|each|it|us|all|their|his|her|every|me)\b)[a-z-]+"
    r"(?:\s+(?:in care|after children|health|children|education|abuse|exploitation|violence|carers|families|people|seekers))*)\b", re.IGNORECASE)


def introduces(text: str, end: int) -> bool:
    """Whether what follows a sentence's first word is said of a person: an age, who they are, somebody beside them."""
    return bool(_INTRODUCES.match(text, end))


def speaks(text: str, end: int) -> bool:
    """Whether somebody's own words follow, or their own people."""
    return bool(_SPEAKS.match(text, end))


def initials(text: str) -> Found:
    """Letters that stand for a name: with full stops, or two that do something."""
    for found in _DOTTED.finditer(text):
        yield found.start(), found.end(), "a child"
    for found in _PAIR.finditer(text):
        if found.group(1).lower() not in known.ABBREVIATIONS | known.PLAIN_CAPITALS:
            yield found.start(1), found.end(1), "a child"


def ages(text: str) -> Found:
    """Ages without "aged" and "old"."""
    for found in _LISTED.finditer(text):
        yield found.start(1), found.end(1), "of different ages"
    for found in _AND.finditer(text):
        yield found.start(1), found.end(1), "young" if found.group(1).isdigit() and int(found.group(1)) < 18 else "of an age"
    for found in _TWO_AGES.finditer(text):
        if not {found.group(1).lower(), found.group(3).lower()} & known.NUMBERED:
            yield found.start(2), found.end(2), "of one age"
            yield found.start(4), found.end(4), "of another"


def jobs(text: str) -> Found:
    """A job that is named with its place or its field, so that one person has it."""
    for found in _FOR_A_PLACE.finditer(text):
        if found.group(1).lower() not in known.COMMON_JOBS:
            yield found.start(1), found.end(1), "a practitioner"
    for found in _LEAD.finditer(text):
        yield found.start(1), found.end(1), "a practitioner"
