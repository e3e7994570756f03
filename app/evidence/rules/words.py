"""The words of the evidence: where an example comes from, its theme, how strong it is, for what it speaks, and how it may be signed."""

from enum import Enum

from app.evaluation.rules.stages import Quoting


class Source(Enum):
    """Where an example of practice comes from."""

    EVALUATION = "evaluation"
    FOLLOW_UP = "follow_up"
    MANAGER = "manager"
    AUDIT = "audit"
    SUPERVISION = "supervision"

    @property
    def label(self) -> str:
        """As a form says it."""
        return {"evaluation": "An answer right after a course", "follow_up": "A follow-up some months later", "manager": "A manager",
                "audit": "A case or file audit", "supervision": "Supervision"}[self.value]

    @property
    def words(self) -> str:
        """As a sentence goes on after "From"."""
        return {"evaluation": "an answer after", "follow_up": "a follow-up after", "manager": "a manager, about", "audit": "an audit, about",
                "supervision": "supervision, about"}[self.value]


class Theme(Enum):
    """What about practice it shows."""

    TOOLS = "tools"
    SHARING = "sharing"
    RESOURCES = "resources"
    AWARENESS = "awareness"
    RESPONDING = "responding"

    @property
    def label(self) -> str:
        """As a page says it."""
        return {"tools": "Using tools", "sharing": "Sharing information", "resources": "Returning to resources", "awareness": "Awareness",
                "responding": "Ability to respond"}[self.value]


class Strength(Enum):
    """The rungs of evidence, the weakest first."""

    SAID = "said"
    EXAMPLE = "example"
    MANAGER = "manager"
    AUDIT = "audit"
    INDICATOR = "indicator"

    @property
    def label(self) -> str:
        """As a form says it."""
        return {"said": "Said", "example": "Said, with an example", "manager": "Confirmed by a manager", "audit": "Seen in a case audit",
                "indicator": "Seen in an indicator"}[self.value]

    @property
    def counted(self) -> str:
        """As it stands after a number: "6 confirmed by a manager"."""
        return {"said": "said", "example": "said with an example", "manager": "confirmed by a manager", "audit": "seen in a case audit",
                "indicator": "seen in an indicator"}[self.value]


class Direction(Enum):
    """Whether it speaks for the training or against it."""

    FOR = "for"
    AGAINST = "against"
    BOTH = "both"

    @property
    def label(self) -> str:
        """As a form says it."""
        return {"for": "For", "against": "Against", "both": "Both"}[self.value]


STRONGEST_FIRST = tuple(reversed(Strength))
AGREED = {
    Quoting.ANONYMOUS: "may be quoted without name or role", Quoting.WITH_ROLE: "may be quoted with the role",
    Quoting.NO: "must not be quoted",
}
"""What the person agreed to, as it stands after "The person said:"."""
CONSENTS = {Quoting.ANONYMOUS: "Yes, without name or role", Quoting.WITH_ROLE: "Yes, with the role", Quoting.NO: "No, or nobody asked"}
SOMEBODY = "Practitioner"


def signed(consent: Quoting, role: str | None) -> str:
    """How a quote is signed: with the role only where the person agreed to it."""
    return role if consent is Quoting.WITH_ROLE and role else SOMEBODY
