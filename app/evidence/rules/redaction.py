"""Finds in a text what could identify somebody, by simple rules: names, ages, places, dates, rare jobs, ways to reach a person.

The rules help and miss things. Whoever redacts reads the whole text; nothing is ever changed by itself.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from app.evidence.rules import redaction_openings as openings
from app.evidence.rules import redaction_typed as typed
from app.evidence.rules import redaction_words as known

KINDS = {"contact": "a way to reach somebody", "job": "a rare job", "place": "a place", "group": "a community", "date": "a date", "age": "an age",
         "name": "a name"}
"""What a part of a text could be. Where two rules find the same words, the earlier one here has them."""

_WORD = re.compile(r"[^\W\d_]+(?:[’'\-][^\W\d_]+)*")
_ENDS_SENTENCE = re.compile(r"(?:^|[.!?:…]['\"”’)]*\s+|[\n\r]\s*|[•*]\s+|^\s*[-–]\s+|[“\"]\s*)$")


_NETWORKS = "instagram|insta|snapchat|snap|tiktok|facebook|twitter|discord|roblox|xbox|whatsapp"
_FILES = "case|reference|ref|record|file|crime|incident|hospital|mosaic|liquidlogic|upn|urn"


@dataclass(frozen=True)
class Flag:
    """A part of the text, from `start` to before `end`: its words, what they could be, and what could stand instead."""

    start: int
    end: int
    words: str
    kind: str
    instead: str

    @property
    def could_be(self) -> str:
        """As the table says it."""
        return KINDS[self.kind]


def candidates(text: str) -> set[str]:
    """The words of a text in small letters, to be looked up among people's names."""
    return {_bare(found.group()) for found in _WORD.finditer(text)}


def flags(text: str, names: Collection[str] = (), places: Collection[str] = ()) -> list[Flag]:
    """Everything that could identify somebody, in order, never overlapping.

    `names` are first and last names of people who are known here, in small letters; `places` are names of agencies and areas.
    """
    finders: dict[str, Callable[[], Iterator[tuple[int, int, str]]]] = {
        "contact": lambda: _contacts(text), "job": lambda: _jobs(text), "place": lambda: chain(_places(text, places), typed.places(text)),
        "date": lambda: _dates(text), "group": lambda: typed.groups(text), "age": lambda: _ages(text),
        "name": lambda: chain(openings.initials(text), _names(text, {name.casefold() for name in names}), typed.names(text)),
    }
    found: list[Flag] = []
    for kind in KINDS:
        for start, end, instead in finders[kind]():
            if all(end <= flag.start or start >= flag.end for flag in found):
                found.append(Flag(start, end, text[start:end], kind, instead))
    return sorted(found, key=lambda flag: flag.start)


def put_instead(text: str, found: Sequence[Flag], instead: Sequence[str]) -> str:
    """The text with each part replaced by what was typed for it; where nothing was typed it stays. An article before it goes with it."""
    parts, at = [], 0
    for flag, words in zip(found, instead, strict=True):
        words = words.strip()
        before = text[at:flag.start]
        if words and re.match(r"(?:an?|the|one)\s", words, re.IGNORECASE):
            before = re.sub(r"\b(?:an?|the|my|our|his|her|their|only|sole)(?:\s+(?:only|sole|single))?\s+$", "", before, flags=re.IGNORECASE)
        parts += [before, _as_there(words, text, flag.start) if words else flag.words]
        at = flag.end
    return "".join([*parts, text[at:]])


def segments(text: str, found: Sequence[Flag]) -> list[tuple[str, int]]:
    """The text in parts, for a page that marks them: (words, number of the flag from 1, or 0)."""
    parts: list[tuple[str, int]] = []
    at = 0
    for number, flag in enumerate(found, start=1):
        parts += [(text[at:flag.start], 0), (flag.words, number)]
        at = flag.end
    return [part for part in [*parts, (text[at:], 0)] if part[0]]


def _as_there(words: str, text: str, start: int) -> str:
    return words[:1].upper() + words[1:] if _opens(text, start) and text[start:start + 1].isupper() else words


def _bare(word: str) -> str:
    """A word in small letters, without the s of a possessive."""
    return re.sub(r"['’]s$", "", word).casefold()


def _opens(text: str, start: int) -> bool:
    """Whether a sentence begins there."""
    before = text[max(0, start - 40):start]
    return bool(_ENDS_SENTENCE.search(before)) or not before.strip()


def _contacts(text: str) -> Iterator[tuple[int, int, str]]:
    for pattern, instead in (
        (r"[\w.+-]+@[\w-]+\.[\w.-]+\w", "an address"),
        (r"https?://\S+|www\.\S+", "a web page"),
        (r"(?<![\w/])(?:\+44|0)[\d ()-]{8,13}\d(?!\w)", "a telephone number"),
        (r"(?i)\b[a-z]{1,2}\d[a-z\d]? ?\d(?!st|nd|rd|th)[abd-hjlnp-uw-z]{2}\b", "an address"),
        (r"(?i)\bflat\s+\d{1,4}[a-z]?\b", "an address"),
        (r"(?<![\w.])@\w[\w.]*\w", "an account"),
        (rf"(?i)\b(?:{_NETWORKS})\b(?:\s+(?:is|was|as|name|account|handle|username|user))*\s*:?\s+(?=\w*[\d_.]\w)[\w.]*\w", "an account"),
        (rf"(?i)\b(?:{_FILES})(?:\s+(?:number|no\.?|ref|reference|id))?\s*[:#]?\s*[a-z]{{0,3}}\d{{4,}}\w*", "a number"),
        (r"\b[A-Z]{2}\d{2} ?[A-Z]{3}\b|(?i:\b(?:reg|registration|number plate)\s+[a-z]{2}\d{2} ?[a-z]{3}\b)", "a number"),
        (r"\b\d{3} ?\d{3} ?\d{4}\b", "a number"),
        (r"\b\d{1,4}[a-z]?\s+(?:[A-Z][\w'’]+\s+){1,3}(?:Road|Street|Avenue|Lane|Close|Drive|Crescent|Terrace|Way|Gardens|Green)\b", "an address"),
    ):
        yield from ((found.start(), found.end(), instead) for found in re.finditer(pattern, text))


def _jobs(text: str) -> Iterator[tuple[int, int, str]]:
    rare = "|".join(sorted(map(re.escape, known.RARE), key=len, reverse=True))
    for found in re.finditer(rf"\b(?:{rare})\b", text, re.IGNORECASE):
        yield found.start(), found.end(), "a practitioner"
    yield from openings.jobs(text)
    jobs, alone = "|".join(known.JOBS), "|".join(known.ALONE)
    for found in re.finditer(rf"\b(?:{alone})\s+((?:[\w/-]+\s+){{0,4}}?(?:{jobs}))\b", text, re.IGNORECASE):
        yield found.start(1), found.end(1), "a practitioner"


def _places(text: str, places: Collection[str]) -> Iterator[tuple[int, int, str]]:
    for place in sorted(places, key=len, reverse=True):
        if len(place) >= 4:
            for found in re.finditer(rf"(?<!\w){re.escape(place)}(?!\w)", text, re.IGNORECASE):
                yield found.start(), found.end(), "a partner agency"
    ends = "|".join(sorted(known.PLACES, key=len, reverse=True))
    capital = r"[A-Z][\w'’.-]*"
    named = rf"(?:{capital}\s+)(?:(?:{capital}|of|the|and|on|upon)\s+){{0,4}}?(?:{'|'.join(word.capitalize() for word in known.PLACES)})\b"
    for found in re.finditer(rf"{named}(?:\s+(?i:{ends})\b)*", text):
        last = re.sub(r"\W", "", found.group().split()[-1]).lower()
        start = found.start()
        first = found.group().split()[0]
        if first.casefold() in known.OPENERS and len(found.group().split()) > 2:
            start += len(first) + 1
        if len(text[start:found.end()].split()) > 1 and text[start:start + 1].isupper():
            yield start, found.end(), known.PLACES.get(last, "a place")
    for found in re.finditer(rf"\b({capital})\s+(?:estate|village|school|primary|nursery|surgery|hospital)\b", text):
        if not {_bare(found.group(1))} & (known.OPENERS | known.PLAIN_CAPITALS | known.NO_PLACES | known.NO_NAMES):
            yield found.start(), found.end(), "a place"
    for found in re.finditer(r"\bSt\.?\s+[A-Z][a-z]+(?:['’]s)?", text):
        yield found.start(), found.end(), "a place"
    before = "|".join(known.BEFORE_A_PLACE)
    for found in re.finditer(rf"\b(?:{before})\s+((?:{capital})(?:\s+{capital})*)", text):
        words = [_bare(word) for word in _WORD.findall(found.group(1))]
        if words and not all(word in known.PLAIN_CAPITALS | {*known.MONTHS, *known.DAYS, *known.FEASTS} for word in words) \
                and not found.group(1).isupper() and found.group().split()[0].lower() in ("in", "at", "near", "around", "outside"):
            yield found.start(1), found.start(1) + len(found.group(1).rstrip(".'’")), "a place"


def _dates(text: str) -> Iterator[tuple[int, int, str]]:
    month = "|".join(name.capitalize() + "|" + name[:3].capitalize() for name in known.MONTHS)
    day = "|".join(name.capitalize() for name in known.DAYS)
    feast = "|".join(name.capitalize() for name in known.FEASTS)
    for pattern, instead in (
        (rf"\b(?:(?:{day})\s+)?(?:the\s+)?\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?(?:{month})\b\.?(?:\s+\d{{4}})?", "one day"),
        (rf"\b(?:{month})\.?\s+\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s+\d{{4}})?\b", "one day"),
        (r"(?<![\d/.])\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d{2})(?![\d/])|\b\d{4}-\d{2}-\d{2}\b", "one day"),
        (rf"\b(?:{'|'.join(name.capitalize() for name in known.MONTHS if name not in ('may', 'march'))})(?:\s+\d{{4}})?\b", "one month"),
        (r"\b(?:March|May)\s+\d{4}\b|(?<=\b[Ii]n )(?:March|May)\b", "one month"),
        (rf"\b(?:{day})s?\b", "one day"),
        (rf"\b(?:{feast})\b", "a holiday"),
        (r"\b(?:19[5-9]\d|20[0-4]\d)\b", "that year"),
    ):
        yield from ((found.start(), found.end(), instead) for found in re.finditer(pattern, text))


def _ages(text: str) -> Iterator[tuple[int, int, str]]:
    number = rf"\d{{1,2}}|{'|'.join(known.NUMBERS)}"
    year = r"(?:years?|yrs?|y/o|yo)"
    for found in re.finditer(rf"\b(?:year|yr|y)\s?({number})\b(?!\s*(?:ago|later|plan|course|of (?:the|our|my)))", text, re.IGNORECASE):
        school_year = known.NUMBERS.get(found.group(1).lower()) or int(found.group(1))
        yield found.start(), found.end(), _band(str(school_year + 4), baby=False, before_a_noun=False)
    for found in re.finditer(rf"\b(?:{number}|{known.ORDINALS})(?:st|nd|rd|th)?\s+birthday\b", text, re.IGNORECASE):
        yield found.start(), found.end(), "birthday"
    for found in re.finditer(rf"\bage[sd]?\s+(?:between\s+)?(?:{number})(?:\s*(?:,|and|to|or|-|–|&)\s*(?:{number}))+\b", text, re.IGNORECASE):
        yield found.start(), found.end(), "of different ages"
    yield from openings.ages(text)
    for found in re.finditer(r"(?<=\w)\s?(\(\s?\d{1,2}\s*(?:yrs?|years?|months?|mths?|y/?o)?\s?\))", text):
        yield found.start(1), found.end(1), "(a child)"
    patterns = (
        rf"\b({number})[\s-]*(?:and a half[\s-]*)?{year}[\s-]*olds?\b", rf"\b({number})[\s-]?(?:yo|y/o)\b", rf"\baged?\s+(?:about\s+)?({number})\b",
        rf"\b({number})[\s-]*(?:weeks?|months?)[\s-]*old\b",
        rf"\b(?:is|was|turned|turns|just|only|nearly|almost)\s+({number})(?=\s*(?:[,.;)]|and\b|when\b|at\b|$))",
        r"(?<=\w),\s+(\d{1,2})(?=,)",
    )
    for place, pattern in enumerate(patterns):
        for found in re.finditer(pattern, text, re.IGNORECASE):
            whole = place < 4
            start, end = (found.start(), found.end()) if whole else (found.start(1), found.end(1))
            yield start, end, _band(found.group(1), baby=place == 3, before_a_noun=whole and bool(_NOUN.match(text, end)))


_NOUN = re.compile(r"\s+(?!who\b|and\b|at\b|when\b|in\b|with\b|that\b|but\b|was\b|is\b|told\b|said\b|had\b|came\b|from\b|at\b|to\b)[a-z]")
"""What follows an age that stands before a noun, as in "a nine-year-old boy"."""


def _band(text: str, *, baby: bool, before_a_noun: bool) -> str:
    age = known.NUMBERS.get(text.lower()) or int(text if text.isdigit() else 0)
    if age > 17 and not baby:
        return "grown-up" if before_a_noun else "an adult"
    band = "pre-school" if baby or age < 5 else "primary" if age <= 11 else "secondary"
    return f"{band}-age" if before_a_noun else f"of {band} age"


def _names(text: str, names: set[str]) -> Iterator[tuple[int, int, str]]:
    found = list(_WORD.finditer(text))
    named = [_is_name(text, found, place, names) for place in range(len(found))]
    place = 0
    while place < len(found):
        if not named[place]:
            place += 1
            continue
        last = place
        while last + 1 < len(found) and named[last + 1] and text[found[last].end():found[last + 1].start()] in (" ", ". ", " \n"):
            last += 1
        end = found[last].end()
        words = text[found[place].start():end]
        if words.endswith(("'s", "’s")):
            end -= 2
        yield found[place].start(), end, "a child"
        place = last + 1


def _is_name(text: str, found: Sequence[re.Match[str]], place: int, names: set[str]) -> bool:
    """Whether a word could name somebody: known here, or a capital where a plain word has none."""
    word = found[place].group()
    bare = _bare(word)
    beside = [_bare(found[other].group()) for other in (place - 1, place + 1) if 0 <= other < len(found)]
    if not word[0].isupper():
        return bare in names and len(bare) > 2 and any(other in names and len(other) > 2 for other in beside)
    if bare in known.NUMBERED and re.match(r"\s\d", text[found[place].end():]):
        return False
    if word.isupper() and len(word) > 1:
        return bare in names and bare not in known.PLAIN_CAPITALS
    if bare in known.PLAIN_CAPITALS or bare in known.MONTHS or bare in known.DAYS:
        return bare in names and any(other in names for other in beside)
    if not _opens(text, found[place].start()):
        return True
    if bare in names and bare not in known.OPENERS:
        return True
    if bare in names:
        return any(other in names for other in beside) or _acts(text, found[place].end())
    if bare in known.OPENERS or bare in known.NO_NAMES or bare in known.NUMBERED:
        return False
    return _begins_as_a_name(text, found, place, names)


def _begins_as_a_name(text: str, found: Sequence[re.Match[str]], place: int, names: set[str]) -> bool:
    """Whether a word that opens a sentence is followed by what follows a name."""
    bare, end = _bare(found[place].group()), found[place].end()
    if openings.speaks(text, end):
        return True
    if bare.endswith(known.PLAIN_ENDS):
        return False
    joined = place + 1 < len(found) and text[end:found[place + 1].start()] in openings.JOINED and not bare.endswith("ed")
    return openings.introduces(text, end) or (joined and _is_name(text, found, place + 1, names)) or (not bare.endswith("ed") and _acts(text, end))


_ACTS = re.compile(
    r"(?:['’]s)?\s+(?:is|was|has|had|said|says|told|came|went|disclosed|needed|lives|lived|and (?:his|her|their)|who|attends|attended|asked|"
    r"showed|felt|wanted|now|rang|ran|went|gave|got|left|took|lost|made|cried|slept|does|did|didn[’']t|doesn[’']t|would|could|loves|likes|hates|"
    r"needs|wants|lives|seems|says|goes|keeps|[a-z]{2,}ed|[A-Z][a-z]+)\b"
)


def _acts(text: str, end: int) -> bool:
    """Whether what follows a sentence's first word is what follows a name."""
    return bool(_ACTS.match(text, end))
