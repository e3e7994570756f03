"""What may be typed to filter missed sessions and charges, and to take some of them back."""

from wtforms import SearchField, SelectField, SelectMultipleField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from app.booking.queries.ledger import ALL, STATES, WAIVED, Filter
from app.booking.queries.ledger import OPEN as COUNTS
from app.booking.rules.charges import ChargeKind
from app.ui.inputs import row_number
from app.ui.widgets import DayField, Form, SearchForm, choices

DAYS = ["%Y-%m-%d", "%d/%m/%Y"]
REASON = [InputRequired("Write why"), Length(max=1000, message="At most 1,000 characters")]


class LedgerFilterForm(SearchForm):
    """The filters of both lists. What does not fit is left out of account, so that a shared address always opens."""

    first = DayField("From", [Optional()], format=DAYS)
    last = DayField("To", [Optional()], format=DAYS)
    agency = SelectField("Agency when booked", choices=[], validate_choice=False)
    course = SelectField("Course", choices=[], validate_choice=False)
    q = SearchField("Person", [Optional()])
    state = SelectField("Show", choices=choices([(ALL, "All"), (COUNTS, "Those that count"), (WAIVED, "Those that do not count")]),
                        validate_choice=False)

    def offer(self, agencies: list[tuple[int, str]], courses: list[tuple[int, str]]) -> None:
        """Say what can be chosen."""
        self.agency.choices = choices([("", "Any"), *agencies])
        self.course.choices = choices([("", "Any"), *courses])

    def wanted(self) -> Filter:
        """What is looked for."""
        return Filter(self.first.data, self.last.data, _number(self.agency), _number(self.course), (self.q.data or "")[:200],
                      self.state.data if self.state.data in STATES else ALL)


class ChargeFilterForm(LedgerFilterForm):
    """The filters of the ledger."""

    state = SelectField("State", choices=choices(STATES.items()), validate_choice=False, default=COUNTS)
    kind = SelectField("Kind", choices=choices([("", "Any"), *((kind.value, kind.label) for kind in ChargeKind if kind is not ChargeKind.WAIVER)]),
                       validate_choice=False)

    def wanted(self) -> Filter:
        """What is looked for."""
        kinds = {kind.value: kind for kind in ChargeKind if kind is not ChargeKind.WAIVER}
        of = super().wanted()
        return Filter(of.first, of.last, of.agency_id, of.course_id, of.words, of.state if self.state.data in STATES else COUNTS,
                      kinds.get(self.kind.data or ""))


def _number(field: SelectField) -> int | None:
    return int(field.data) if field.data and field.data in {one.value for one in field.choices} else None


class DatesForm(SearchForm):
    """From when to when. What is no day is left out of account, so that a shared address always opens."""

    first = DayField("From", [Optional()], format=DAYS)
    last = DayField("To", [Optional()], format=DAYS)


class WaiveForm(Form):
    """Some of the rows of a list, and why they are taken back."""

    rows = SelectMultipleField("Rows", coerce=row_number, validate_choice=False)
    reason = TextAreaField("Why?", REASON, description="It stays on record with your name. The person reads it on the page of their booking.")
