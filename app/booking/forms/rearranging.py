"""What may be chosen and typed for the sessions of somebody who cannot give them: keep, move, cancel, or give each to another trainer."""

from collections.abc import Callable, Mapping

from wtforms import Field, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.form import BaseForm
from wtforms.validators import StopValidation

from app.booking.forms.cancelling import LONG, NO_DATE, READ, StepsForm, best, dates, field_of, numbers, other_date
from app.booking.queries.cancelling import Choices, ToCancel
from app.booking.rules.giving import Given, busy
from app.booking.rules.rearranging import Cancelling, Giving, Moving, Step
from app.core import clock
from app.core.errors import Refused
from app.ui.filters import day_month
from app.ui.inputs import number_if_any, time_if_any
from app.ui.widgets import DayField, choices

KEEP, MOVE, BEST, TO = "keep", "move", "best", "to-"
DAYS = ["%Y-%m-%d", "%d/%m/%Y"]


def _only_if_moved(number: int) -> Callable[[BaseForm, Field], None]:
    def check(form: BaseForm, field: Field) -> None:
        if form[f"do_{number}"].data != MOVE:
            field.errors = []  # what stands there is not asked for, so whatever it is does no harm
            raise StopValidation

    return check


def _why_if_cancelled(form: BaseForm, field: Field) -> None:
    if form.cancels and not (field.data or "").strip():  # type: ignore[attr-defined]
        raise StopValidation("Write why they are cancelled")


class RearrangeForm(StepsForm):
    """A choice for each session, and one for all of them that takes the place of each."""

    for_all = SelectField("For all sessions", default="", choices=[])
    reason = TextAreaField("Why are they cancelled?", [_why_if_cancelled, LONG], description=f"{READ} Only needed where a session is cancelled.")

    @property
    def cancels(self) -> bool:
        """Whether a session is to be called off."""
        return any(field.name.startswith("do_") and (field.data == NO_DATE or number_if_any(field.data) is not None) for field in self)

    def choose_for_all(self, found: Choices) -> None:
        """Put what is chosen for all sessions in the place of what each of them has."""
        value, self.for_all.data = self.for_all.data, ""
        for one in found.sessions if value else ():
            field = self[field_of(one)]
            wanted = best(one, numbers(found.sessions)) if value == BEST else value
            if wanted in {choice.value for choice in field.choices}:
                field.data = wanted

    def steps(self, found: Choices) -> list[Step]:
        """What is to be done with each session that is not kept; a move without a day or a time is said at its field, and left out."""
        steps = (self._step(one) for one in found.sessions)
        return [step for step in steps if step is not None]

    def changed(self, found: Choices) -> set[int]:
        """The sessions that are not kept."""
        return {one.dated.session.id for one in found.sessions if self[field_of(one)].data != KEEP}

    def _step(self, one: ToCancel) -> Step | None:
        number, field = one.dated.session.id, self[field_of(one)]
        if field.data not in {choice.value for choice in field.choices} or field.data == KEEP:
            return None
        if field.data == MOVE:
            return self._moving(number, one)
        if field.data.startswith(TO):
            return Giving(number, int(field.data.removeprefix(TO)))
        return Cancelling(number, other_date(field, NO_DATE))

    def _moving(self, number: int, one: ToCancel) -> Moving | None:
        day, starts = self[f"day_{number}"], self[f"starts_{number}"]
        at = time_if_any(starts.data or "")
        if day.data is None:
            self.fault(day.name, day.process_errors[0] if any(day.raw_data or ()) else "Enter the new day")
        elif at is None:
            self.fault(starts.name, f"“{starts.data[:20]}” is not a time. Write it like 9:30 or 13:45" if starts.data else "Enter when it starts")
        elif not clock.exists_in_london(day.data, at):
            self.fault(starts.name, f"Clocks skip {at:%H:%M} on that day. Choose another time")
        elif clock.from_london(day.data, at) == one.dated.session.starts_at:
            self.fault(day.name, "It starts then already. Enter another day or time, or keep it")
        else:
            return Moving(number, clock.from_london(day.data, at))
        return None

    def check_each(self, steps: list[Step], check: Callable[[Step], None]) -> list[Step]:
        """The steps that can be; why another cannot is said at its field."""
        good = []
        for step in steps:
            try:
                check(step)
            except Refused as no:
                self.fault(f"day_{step.session_id}" if isinstance(step, Moving) else f"do_{step.session_id}", no)
            else:
                good.append(step)
        return good


def rearrange_form(found: Choices, trainers: Mapping[int, str], given: Mapping[int, Given]) -> RearrangeForm:
    """The form over these sessions; who gives something at the time of one already is chosen with that said."""
    mine, fields = numbers(found.sessions), {}
    for one in found.sessions:
        session = one.dated.session
        starts = clock.london(session.starts_at)
        taken = busy([(part.starts_at, part.ends_at) for part in session.parts], given)
        fields[field_of(one)] = SelectField(
            f"What to do with {session.title}, {day_month(session.starts_at)}", default=best(one, mine), choices=[
                *choices([(KEEP, "Keep it"), (MOVE, "Move it to another time")]),
                *_group("Cancel it", [(NO_DATE, "Cancel, no other date yet"), *dates(one, "Cancel, offer ", last=mine)]),
                *_group("Give it to", [(f"{TO}{number}", f"Give to {name}" + (" (has a session then)" if number in taken else ""))
                                       for number, name in trainers.items()])])
        only = [_only_if_moved(session.id)]
        fields[f"day_{session.id}"] = DayField("New day", only, format=DAYS, default=starts.date())
        fields[f"starts_{session.id}"] = StringField("Starts at", only, default=f"{starts:%H:%M}")
    fields["for_all"] = SelectField("For all sessions", default="", choices=[
        *choices([("", "As chosen for each below"), (KEEP, "Keep all")]),
        *_group("Cancel all", [(NO_DATE, "Cancel all, no other date yet"), (BEST, "Cancel all, offer the date with most places")]),
        *_group("Give all to", [(f"{TO}{number}", f"Give all to {name}") for number, name in trainers.items()])])
    return type("RearrangeFormWithSessions", (RearrangeForm,), fields)()


def _group(name: str, pairs: list[tuple[object, str]]) -> list[SelectChoice]:
    return [SelectChoice(str(value), label, optgroup=name) for value, label in pairs]
