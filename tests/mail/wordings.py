"""A kind of letter for the tests, and letters of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from app.mail.rules.languages import Address, Both
from app.mail.rules.wording import Wording
from app.mail.services import Draft

NOON = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
PLACE = Wording(
    kind="place", title="A place is confirmed", subject="You have a place: {course}",
    body="Hello {name},\n\nYou have a place on {course}.\n\n> {when}\n> {where}\n\n{act}\n\nIf you cannot come, give it back here: {give_back}",
    placeholders={"name": "first name", "course": "title of the course", "when": "day and time", "where": "place or link",
                  "give_back": "where the place can be given back"},
    required=frozenset({"course"}), because=Both("you have a place", "bod gennych le"), acts=True,
)
REMINDER = replace(PLACE, kind="reminder", title="A reminder", subject="In 7 days: {course}")
FIELDS = {"name": "Amina", "course": "Neglect", "when": "Thursday 3 December, 9:30am", "where": "", "give_back": Address("https://x.example/b/1")}


def a_draft(number: int = 1, **more: object) -> Draft:
    """A letter about booking `number`."""
    facts: dict[str, object] = {
        "about": f"booking:{number}:place", "kind": "place", "to": f"person{number}@example.org", "fields": FIELDS,
        "person_id": number, "concerns": (f"booking:{number}", "session:7"), "valid_until": NOON + timedelta(days=30),
    }
    return Draft(**{**facts, **more})
