"""The morning letter to a coordinator: tomorrow's sessions, what waits for them, and what went wrong."""

from collections.abc import Sequence
from datetime import date

from app.core.working_days import end_of_day
from app.letters.emails import day_month
from app.mail.office import office
from app.mail.rules.languages import Both, listed
from app.mail.rules.wording import Wording
from app.mail.services import Act as Button
from app.mail.services import Draft

WORDINGS = (
    Wording("digest", "The coordinator's morning letter", "{count} for {day}",
            "Hello {name},\n\n{lines}\n\n{act}", {"name": "the coordinator's first name", "count": "how many things need a person",
                                                  "day": "the day", "lines": "the things, one a line"},
            frozenset({"lines"}), Both("you are a coordinator here", "eich bod yn gydlynydd yma"), True),
)


def digest(*, person_id: int, email: str, first_name: str, day: date, lines: Sequence[Both], things: int) -> Draft:
    """One coordinator's letter of one day; on the next it is of no use."""
    count = Both("Nothing needs you", "Nid oes dim yn galw amdanoch") if not things else Both(
        f"{things} thing{'' if things == 1 else 's'} for you", f"{things} peth i chi")
    return Draft(
        about=f"digest:{day}:{person_id}", kind="digest", to=email, person_id=person_id, concerns=f"person:{person_id}",
        fields={"name": first_name or email, "count": count, "day": day_month(day),
                "lines": listed(lines)}, valid_until=end_of_day(day),
        act=Button(Both("Open the desk", "Agor y ddesg"), office().page("desk")),
    )
