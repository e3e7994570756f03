"""What may be chosen and typed to call many sessions off."""

from collections.abc import Sequence

from wtforms import HiddenField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.booking.forms.mine import TimesForm
from app.booking.queries.cancelling import ToCancel
from app.booking.queries.programme import Dated
from app.booking.services import Cancelling
from app.ui.filters import count, day_month, time_of_day
from app.ui.inputs import number_if_any
from app.ui.widgets import Form, choices

KEEP, NO_DATE = "keep", "none"
WHY = [InputRequired("Write why it is cancelled"), Length(max=1000, message="At most 1,000 characters")]
READ = "People who booked read this, and the annual report counts it."


class CancelRestForm(TimesForm):
    """Calling off what is left of a session that is under way."""

    reason = TextAreaField("Why is the rest cancelled?", WHY, description="People who booked read this.")


class CancelSessionsForm(Form):
    """Calling sessions off. `shown` is the choice that the page worked out, `seen` who was on each session then."""

    reason = TextAreaField("Why are they cancelled?", WHY, description=READ)
    shown = HiddenField()
    seen = HiddenField()

    def chosen(self, sessions: Sequence[ToCancel]) -> list[Cancelling]:
        """The sessions that are to be called off, each with its other date."""
        found = []
        for one in sessions:
            field = self[f"do_{one.dated.session.id}"]
            values = {choice.value for choice in field.choices}
            value = field.data if field.data in values else KEEP if KEEP in values else NO_DATE
            if value != KEEP:
                found.append(Cancelling(one.dated.session.id, None if value == NO_DATE else int(value)))
        return found

    def stands(self) -> dict[int, str]:
        """Who was on each session when the page was made, as the act compares it."""
        pairs = (pair.partition(":") for pair in (self.seen.data or "").split(","))
        return {number: stand for text, _, stand in pairs if (number := number_if_any(text)) is not None}


def form_for(sessions: Sequence[ToCancel], *, one_only: bool = False) -> CancelSessionsForm:
    """The form with a choice for each session: keep it, or cancel it with this or that other date. With `one_only` it is to be cancelled."""
    cancelled = {one.dated.session.id for one in sessions}
    fields: dict[str, object] = {}
    for one in sessions:
        session = one.dated.session
        label = "What those who have a place are offered" if one_only else f"What to do with {session.title}, {day_month(session.starts_at)}"
        dates = sorted(one.others, key=lambda other: other.session.id in cancelled)
        fields[f"do_{session.id}"] = SelectField(label, default=best(one, cancelled), choices=choices([
            *([] if one_only else [(KEEP, "Keep it")]), (NO_DATE, "Nothing yet" if one_only else "Cancel, no other date yet"),
            *((other.session.id, _date(other, one.room[other.session.id], "" if one_only else "Cancel, offer ")) for other in dates),
        ]))
    if one_only:
        fields["reason"] = TextAreaField("Why is it cancelled?", WHY, description=READ)
    return type("CancelSessionsFormWithChoices", (CancelSessionsForm,), fields)()


def _date(other: Dated, room: int, what: str) -> str:
    for_them = " for them" if room < other.standing.places_left else ""
    return f"{what}{day_month(other.session.starts_at)}, {time_of_day(other.session.starts_at)} ({count(room, 'place')} free{for_them})"


def best(one: ToCancel, cancelled: set[int]) -> str:
    """The other date with most places free for them that is not called off itself; none when all are full."""
    for other in one.others:
        if other.session.id not in cancelled and one.room[other.session.id]:
            return str(other.session.id)
    return NO_DATE


def shown(choice: Sequence[Cancelling]) -> str:
    """A choice as the page carries it."""
    return ",".join(f"{one.session_id}:{one.other_id or 0}" for one in choice)


def seen(sessions: Sequence[ToCancel]) -> str:
    """Who is on each session, as the page carries it."""
    return ",".join(f"{one.dated.session.id}:{one.stand}" for one in sessions)
