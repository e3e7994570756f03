"""Which report: its period, whose people, for whom."""

from datetime import date

from wtforms import DateField, Field, SelectField
from wtforms.validators import Optional

from app.core.periods import YEARS, Period
from app.reporting.rules.counting import Audience
from app.ui.widgets import SearchForm, choices

DAYS = ["%Y-%m-%d", "%d/%m/%Y"]
ALL = ""


def written(period: Period) -> str:
    """A period as the address holds it."""
    return f"{period.first}..{period.last}"


class ReportForm(SearchForm):
    """Read from the address, so that a report's page can be shared. Own days win over a picked period."""

    class Meta(SearchForm.Meta):
        """Nothing is changed by it."""

    period = SelectField("Period", choices=[])
    partnership = SelectField("Partnership", choices=[])
    audience = SelectField("For", choices=choices([
        (Audience.PUBLICATION.value, "Publication: small numbers withheld"), (Audience.ROUNDED.value, "Publication: numbers rounded to 5"),
        (Audience.INTERNAL.value, "Inside the partnership"),
    ]))
    first = DateField("Or from", [Optional()], format=DAYS, name="from")
    last = DateField("to", [Optional()], format=DAYS, name="to")

    published_only: bool = False
    """Whether only the calendar years of `offer` can be read, and only as they are published."""

    def offer(self, periods: list[Period], partnerships: list[tuple[str, str]]) -> None:
        """Say what can be chosen."""
        self.period.choices = choices((written(period), _label(period)) for period in periods)
        self.partnership.choices = choices([(ALL, "All partnerships"), *partnerships])

    def only_published(self) -> None:
        """Leave the reader whole years with small numbers withheld: other periods, other rounding and exact numbers beside them would give
        away what is withheld."""
        self.published_only = True
        self.audience.choices = [one for one in self.audience.choices if one.value == Audience.PUBLICATION.value]

    def chosen_period(self) -> Period | None:
        """The period that is meant; none when it cannot be, with the reason at the field."""
        if self.first.errors or self.last.errors or (self.first.raw_data and self.first.raw_data[0] and self.first.data is None) or (
            self.last.raw_data and self.last.raw_data[0] and self.last.data is None
        ):
            field = self.last if self.first.data else self.first
            field.errors = ["Write a day like 31/01/2024, or leave both days empty"]
            return None
        if bool(self.first.data) != bool(self.last.data):
            (self.first if self.last.data else self.last).errors = ["Enter both days, or neither"]
            return None
        if self.first.data and self.last.data:
            if self.last.data < self.first.data:
                self.last.errors = ["This day is before the first one"]
                return None
            for field in (self.first, self.last):
                if field.data.year not in YEARS:
                    field.errors = [f"Write a year from {YEARS.start} to {YEARS.stop - 1}"]
                    return None
            return self._allowed(Period(self.first.data, self.last.data), self.first)
        picked = _read(self.period.data)
        if picked is None:
            self.period.errors = ["Choose a period"]
        return picked and self._allowed(picked, self.period)

    def _allowed(self, period: Period, field: Field) -> Period | None:
        if self.published_only and written(period) not in {one.value for one in self.period.choices}:
            field.errors = ["You can read whole calendar years. Choose one from the list"]
            return None
        return period

    def chosen_audience(self) -> Audience:
        """For whom; a publication unless it is said clearly."""
        known = {one.value: Audience(one.value) for one in self.audience.choices}
        return known.get(self.audience.data or "", Audience.PUBLICATION)


def _read(text: str | None) -> Period | None:
    try:
        first, last = (date.fromisoformat(part) for part in (text or "").split(".."))
        return Period(first, last)
    except ValueError:
        return None


def _label(period: Period) -> str:
    return f"Year {period.label}" if (period.last - period.first).days > 300 else period.label
