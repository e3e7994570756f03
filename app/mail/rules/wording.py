"""The wording of a kind of letter: named placeholders in plain text, and what is wrong with a text that somebody saved.

There is no template language: `{name}` is replaced by a text that the room gives, and nothing is looked up or worked out.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.mail.rules.languages import NOTHING, Both

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
ACT = "act"
"""`{act}` in a paragraph of its own says where the button stands; without it the button comes last."""

LONGEST_SUBJECT = 150
LONGEST_BODY = 6000


@dataclass(frozen=True)
class Wording:
    """A kind of letter as its room ships it.

    `placeholders` says what each name stands for; those in `required` must stand in the text (that they stand in the subject is not enough), in
    whichever words. `because` ends the
    letter ("you have a place on this session"; in Welsh what follows "oherwydd") and says why somebody gets it. A letter that `opens_account`
    goes to no other address.
    """

    kind: str
    title: str
    subject: str
    body: str
    placeholders: Mapping[str, str]
    required: frozenset[str] = field(default_factory=frozenset)
    because: Both = NOTHING
    acts: bool = False
    opens_account: bool = False

    def __post_init__(self) -> None:
        wrong = faults(self, self.subject, self.body)
        if wrong:
            raise ValueError(f"the shipped wording {self.kind!r} cannot be used: {'; '.join(wrong)}")


def names_in(text: str) -> list[str]:
    """The placeholders of a text, in its order, each once."""
    return list(dict.fromkeys(PLACEHOLDER.findall(text)))


def faults(wording: Wording, subject: str, body: str) -> list[str]:
    """What is wrong with this text for this kind of letter, one sentence each; empty when it can be used."""
    known = set(wording.placeholders) | ({ACT} if wording.acts else set())
    found = [*_faults_of_length(subject, body)]
    found += [f"{{{name}}} is not a placeholder of this letter. There are: {_listed(known)}"
              for name in dict.fromkeys(names_in(subject) + names_in(body)) if name not in known]
    found += [f"{{{name}}} {_missing(name, subject)}: {wording.placeholders[name]}" for name in sorted(wording.required - {*names_in(body)})]
    if any(brace in PLACEHOLDER.sub("", text) for text in (subject, body) for brace in "{}"):
        found.append("A { or } stands alone. They belong around the name of a placeholder")
    if ACT in names_in(subject) or any(f"{{{ACT}}}" in part and part.strip() != f"{{{ACT}}}" for part in paragraphs(body)):
        found.append("{act} is the button. Put it in a paragraph of its own")
    return found


def _missing(name: str, subject: str) -> str:
    return "stands in the subject only, and must stand in the text too" if name in names_in(subject) else "is missing"


def _faults_of_length(subject: str, body: str) -> list[str]:
    found = []
    if not subject.strip() or not body.strip():
        found.append("A letter needs a subject and a text")
    if len(subject) > LONGEST_SUBJECT or "\n" in subject.strip():
        found.append(f"A subject is one line of {LONGEST_SUBJECT} characters at most")
    if len(body) > LONGEST_BODY:
        found.append(f"A text has {LONGEST_BODY:,} characters at most")
    return found


def _listed(names: set[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in sorted(names)) or "none"


def fill(text: str, given: Mapping[str, str]) -> str:
    """The text with what was given in place of each placeholder; a brace in what was given stays a brace.

    Raises:
        KeyError: a placeholder was not given.
    """
    return PLACEHOLDER.sub(lambda found: given[found.group(1)], text)


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text: what stands between empty lines."""
    return [part.strip() for part in re.split(r"\n\s*\n", text.replace("\r\n", "\n")) if part.strip()]
