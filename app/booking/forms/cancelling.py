"""What may be chosen and typed to call sessions off, and what a page carries of the sessions that it is about."""

from collections.abc import Sequence

from wtforms import HiddenField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.booking.forms.mine import TimesForm
from app.booking.queries.cancelling import Choices, ToCancel
from app.booking.queries.programme import Dated
from app.booking.rules.rearranging import Cancelling, Step
from app.ui.filters import count, day_month, time_of_day
from app.ui.inputs import number_if_any
from app.ui.widgets import Form, choices

NO_DATE = "none"
LONG = Length(max=1000, message="At most 1,000 characters")
WHY = [InputRequired("Write why it is cancelled"), LONG]
READ = "People who booked read this, and the annual report counts it."


class CancelRestForm(TimesForm):
    """Calling off what is left of a session that is under way."""

    reason = TextAreaField("Why is the rest cancelled?", WHY, description="People who booked read this.")


class StepsForm(Form):
    """What is done with sessions: each form says in `steps` what can be chosen. `shown` are the steps that the page worked out, `seen` who was on
    each session then, and how it was planned."""

    reason = TextAreaField("Why is it cancelled?", WHY, description=READ)
    shown = HiddenField()
    seen = HiddenField()
    faulty = False
    """Whether one of the steps is not chosen well."""

    def fault(self, field: str, sentence: object) -> None:
        """What is chosen or typed there cannot be."""
        self[field].errors = [str(sentence)]
        self.faulty = True

    def carry(self, found: Choices, shown: str) -> None:
        """Put into the page what it shows."""
        self.shown.data, self.seen.data = shown, ",".join(f"{one.dated.session.id}:{one.stand}:{one.how}" for one in found.sessions)

    def stands(self) -> dict[int, str]:
        """Who was on each session when the page was made, as the act compares it."""
        return {number: stand for number, stand, _how in self._seen()}

    def stood(self) -> dict[int, str]:
        """How each session was planned then."""
        return {number: how for number, _stand, how in self._seen() if how}

    def _seen(self) -> list[tuple[int, str, str]]:
        found = ((*one.split(":", 2), "", "")[:3] for one in (self.seen.data or "").split(","))
        return [(number, stand, how) for text, stand, how in found if (number := number_if_any(text)) is not None]


class CancelSessionForm(StepsForm):
    """Calling one session off."""

    def steps(self, found: Choices) -> list[Step]:
        """The session, with the other date that is offered."""
        return [Cancelling(one.dated.session.id, other_date(self[field_of(one)], NO_DATE)) for one in found.sessions]


def field_of(one: ToCancel) -> str:
    """The name of the field that says what is done with a session."""
    return f"do_{one.dated.session.id}"


def other_date(field: SelectField, otherwise: str) -> int | None:
    """The other date that is chosen; none where none is."""
    values = {choice.value for choice in field.choices}
    value = field.data if field.data in values else otherwise
    return number_if_any(value)


def cancel_form(found: Choices) -> CancelSessionForm:
    """The form with a choice of what those are offered who have a place."""
    fields = {field_of(one): SelectField("What those who have a place are offered", default=best(one, set()), choices=choices(
        [(NO_DATE, "Nothing yet"), *dates(one)])) for one in found.sessions}
    return type("CancelSessionFormWithDates", (CancelSessionForm,), fields)()


def dates(one: ToCancel, what: str = "", *, last: set[int] | frozenset[int] = frozenset()) -> list[tuple[object, str]]:
    """The other dates that can be offered, the one with most places first."""
    in_order = sorted(one.others, key=lambda other: other.session.id in last)
    return [(other.session.id, _date(other, one.room[other.session.id], what)) for other in in_order]


def _date(other: Dated, room: int, what: str) -> str:
    for_them = " for them" if room < other.standing.places_left else ""
    return f"{what}{day_month(other.session.starts_at)}, {time_of_day(other.session.starts_at)} ({count(room, 'place')} free{for_them})"


def best(one: ToCancel, cancelled: set[int]) -> str:
    """The other date with most places free for them that is not called off itself; none when all are full."""
    for other in one.others:
        if other.session.id not in cancelled and one.room[other.session.id]:
            return str(other.session.id)
    return NO_DATE


def numbers(sessions: Sequence[ToCancel]) -> set[int]:
    """The numbers of these sessions."""
    return {one.dated.session.id for one in sessions}
