"""What stands around every letter's text, in each language: who can be asked, why somebody gets it, what a copy is."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.mail.rules.languages import Both, Language


@dataclass(frozen=True)
class Frame:
    """The words of one language around a letter; what stands in braces is put in."""

    questions: str
    reference: str
    because: str
    copy: str


FRAMES: Mapping[Language, Frame] = {
    Language.ENGLISH: Frame(
        questions="Questions: {contact}", reference="Reference {reference}.", because="We write to you because {because}.",
        copy="This is a copy for your information. The letter went to {to}."),
    Language.WELSH: Frame(
        questions="Cwestiynau: {contact}", reference="Cyfeirnod {reference}.", because="Rydym yn ysgrifennu atoch oherwydd {because}.",
        copy="Copi er gwybodaeth i chi yw hwn. Anfonwyd y llythyr at {to}."),
}
BUTTON = Both("The button of the letter", "Botwm y llythyr")
"""What a preview shows in place of a button's words."""
