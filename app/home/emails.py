"""The morning letter to a coordinator: tomorrow's sessions, what waits for them, and what went wrong."""

from datetime import date

from app.mail.office import office
from app.mail.rules.wording import Wording
from app.mail.services import Act as Button
from app.mail.services import Draft

WORDINGS = (
    Wording("digest", "The coordinator's morning letter", "{count} for {day}",
            "Hello {name},\n\n{lines}\n\n{act}", {"name": "the coordinator's first name", "count": "how many things need a person",
                                                  "day": "the day", "lines": "the things, one a line"},
            frozenset({"lines"}), "you are a coordinator here", True),
)


def digest(*, person_id: int, email: str, first_name: str, day: date, lines: list[str], things: int) -> Draft:
    """One coordinator's letter of one day."""
    count = "Nothing needs you" if not things else f"{things} thing{'' if things == 1 else 's'} for you"
    return Draft(
        about=f"digest:{day}:{person_id}", kind="digest", to=email, person_id=person_id, concerns=f"person:{person_id}",
        fields={"name": first_name or email, "count": count, "day": f"{day:%A} {day.day} {day:%B}",
                "lines": "\n".join(f"- {line}" for line in lines)},
        act=Button("Open the desk", f"{office().public_url}/desk"),
    )
