"""Finds what could identify somebody in a text as people type it on a phone: names, streets and schools without a capital, and communities.

No list of first names is kept: most children's names would not be in it, and plain words would. What stands around a word tells more.
"""

import re
from collections.abc import Iterator

from app.evidence.rules import redaction_words as known

Found = Iterator[tuple[int, int, str]]
_SMALL = r"[a-zà-öø-ÿ][a-zà-öø-ÿ’'\-]+"
_AGE_NEXT = rf"(?=,?\s+(?:who|whose|aged?)\b|\s*,?\s*\(?(?:\d{{1,2}}|{'|'.join(known.NUMBERS)})\b|[.,;]?\s+(?:she|he|they)\s+(?:is|was)\s+\w+\b)"
_CALLED = re.compile(
    rf"\b(?:is called|was called|called|named|name is|name was|name’s|name's|known as|goes by)\s+({_SMALL}(?:\s+{_SMALL})?)", re.IGNORECASE)
_KIN = re.compile(rf"\b(?:{'|'.join(known.KIN)})\s+({_SMALL}){_AGE_NEXT}")
_DONE_TO = re.compile(rf"\b(?:{'|'.join(known.DONE_TO)})\s+({_SMALL}){_AGE_NEXT}")
_OWNED = re.compile(rf"(?<![\w’'])([a-zà-öø-ÿ]+)['’]s\s+(?:{'|'.join(known.KIN)})\b")
_STREET = re.compile(
    r"(?:\b(?:on|in|off|down|up|from|near|of|along|at|\d{1,4}[a-z]?)|\bflat \d{1,4}[a-z]?,)\s+"
    rf"((?:{_SMALL}\s+){{1,2}}(?:{'|'.join(known.STREETS)}))\b")
_SCHOOL = re.compile(
    r"(?:^\s*|[.!?]\s+|\b(?:at|from|to|in|of|near|attends|attended)\s+)"
    rf"((?:{_SMALL}\.?\s+){{1,3}}?(?:{'|'.join(known.SCHOOLS)})(?:\s+(?:school|academy|college))?)\b")
_PEOPLE = "|".join(known.PEOPLE)
_GROUP = re.compile(rf"\b(?:{'|'.join(known.GROUPS)})(?:[- ](?:speaking|heritage|background|origin))?\s+(?:\w+\s+)?({_PEOPLE})\b", re.IGNORECASE)
_OF_GROUP = re.compile(
    rf"\b({_PEOPLE})\s+(?:is|are|was|were|who is|who are|from an?|of)\s+"
    rf"((?:{'|'.join(known.GROUPS)})(?:\s+(?:heritage|background|origin|descent))?)\b", re.IGNORECASE)


def _plain(word: str) -> bool:
    """Whether a word in small letters names nobody."""
    bare = re.sub(r"['’]s$", "", word).casefold()
    return len(bare) < 3 or bare in known.OPENERS or bare in known.PLAIN_CAPITALS or bare in known.NO_NAMES or bare in known.JOBS \
        or bare in known.PEOPLE or bare in known.NUMBERS or bare.endswith(known.PLAIN_ENDS)


def names(text: str) -> Found:
    """Names in small letters: after "called" and "named", and before an age or "who" after a relative or what was done with somebody."""
    for found in _CALLED.finditer(text):
        words = found.group(1).split()
        if _plain(words[0]) or not words[0].islower():
            continue
        both = len(words) > 1 and not _plain(words[1])
        yield found.start(1), found.start(1) + (len(found.group(1)) if both else len(words[0])), "a child"
    for found in _OWNED.finditer(text):
        if not _plain(found.group(1)) and found.group(1) not in known.OWNERS:
            yield found.start(1), found.end(1), "a child"
    for pattern in (_KIN, _DONE_TO):
        for found in pattern.finditer(text):
            if not _plain(found.group(1)):
                yield found.start(1), found.end(1), "a child"


def places(text: str) -> Found:
    """Streets and schools in small letters."""
    for pattern, instead in ((_STREET, "a street"), (_SCHOOL, "a school")):
        for found in pattern.finditer(text):
            start, words = found.start(1), found.group(1).split()
            while len(words) > 1 and words[0].strip(".") in known.NO_PLACES:
                start += len(words[0]) + 1
                words = words[1:]
            if len(words) > 1 and not any(word in known.NO_PLACES for word in words[:-1]):
                yield start, found.end(1), instead


def groups(text: str) -> Found:
    """A nationality, faith or community beside the people that it is said of: with a place, few may be meant."""
    for found in _GROUP.finditer(text):
        yield found.start(), found.end(), _one(found.group(1))
    for found in _OF_GROUP.finditer(text):
        yield found.start(2), found.end(2), "from a community"


def _one(people: str) -> str:
    return people.lower() if people.lower().endswith(("s", "people", "children", "parents", "men", "women")) else f"a {people.lower()}"
