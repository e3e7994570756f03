"""What we write about examples of practice: to the second person, that one waits for their yes; to its writer, that it was sent back."""

from app.accounts.models import Person
from app.evidence.models import Example, ExampleEvent
from app.mail.office import office
from app.mail.rules.languages import Both
from app.mail.rules.wording import Wording
from app.mail.services import Act as Button
from app.mail.services import Draft

COMMON = {"name": "the person's first name", "about": "the course that the example is about, or training in general"}
IN_GENERAL = Both("training in general", "hyfforddiant yn gyffredinol")
SOMEBODY = Both("Somebody", "Rhywun")
APPROVES = Both("you may approve examples of practice", "y cewch gymeradwyo enghreifftiau o ymarfer")
WROTE = Both("you wrote this wording", "mai chi ysgrifennodd y geiriad hwn")
WORDINGS = (
    Wording("example-to-approve", "An example of practice waits for the second person", "Please read an example of practice: {about}",
            "Hello {name},\n\n{writer} has put an example of practice into words and asks you to approve it. It is about {about}. No report can use "
            "it before you have.\n\n{act}\n\nRead what was written and what would be printed: nobody should be recognised in it, and it should say "
            "no more than was said. Neither stands in this letter.",
            {**COMMON, "writer": "who wrote the wording"}, frozenset({"writer"}), APPROVES, True),
    Wording("example-sent-back", "An example of practice was sent back to its writer", "Sent back: an example of practice about {about}",
            "Hello {name},\n\n{second} has read your wording of an example of practice about {about}, and asks you to change it. What should change "
            "stands on its page.\n\n{act}",
            {**COMMON, "second": "who sent it back"}, frozenset({"second"}), WROTE, True),
)


def to_approve(example: Example, asked: ExampleEvent, *, second: Person) -> Draft:
    """To the second person that an example waits for them; once for each time that somebody is asked."""
    return _letter(example, asked, "example-to-approve", second, writer=_by(asked))


def sent_back(example: Example, returned: ExampleEvent) -> Draft:
    """To whoever wrote the wording that the second person wants it changed. What should change may name people, so it is not in the letter."""
    return _letter(example, returned, "example-sent-back", example.writer, second=_by(returned))


def _letter(example: Example, event: ExampleEvent, kind: str, to: Person, **more: str | Both) -> Draft:
    return Draft(
        about=f"{about(example)}:{kind}:{event.id}", kind=kind, to=to.email, person_id=to.id, concerns=(about(example),),
        fields={"name": to.first_name or to.email, "about": example.course.title if example.course else IN_GENERAL, **more},
        act=Button(Both("Open it", "Ei hagor"), f"{office().public_url}/evidence/{example.id}"),
    )


def _by(event: ExampleEvent) -> str | Both:
    return (event.by.name or event.by.email) if event.by else SOMEBODY


def about(example: Example) -> str:
    """How letters name the example that they are about."""
    return f"example:{example.id}"
