"""Which report: its period, whose people, for whom."""

from datetime import date

from wtforms import DateField, Field, SelectField
from wtforms.validators import Optional

from app.core.errors import Refused
from app.core.periods import YEARS, Period
from app.reporting.rules import publishing
from app.reporting.rules.counting import Audience
from app.ui.widgets import SearchForm, choices

DAYS = ["%Y-%m-%d", "%d/%m/%Y"]
ALL = ""
FOR = {
    Audience.PUBLICATION: "Publication: small numbers withheld", Audience.ROUNDED: "Publication: numbers rounded to 5",
    Audience.INTERNAL: "Inside the partnership",
}
FOR_BY_NAME = {one.value for one in FOR}
HOW = {Audience.PUBLICATION: "small numbers withheld", Audience.ROUNDED: "numbers rounded to 5"}


def written(period: Period) -> str:
    """A period as the address holds it."""
    return f"{period.first}..{period.last}"


class ReportForm(SearchForm):
    """Read from the address, so that a report's page can be shared. Own days win over a picked period."""

    class Meta(SearchForm.Meta):
        """Nothing is changed by it."""

    period = SelectField("Period", choices=[])
    partnership = SelectField("Partnership", choices=[])
    audience = SelectField("For", choices=[])
    first = DateField("Or from", [Optional()], format=DAYS, name="from")
    last = DateField("to", [Optional()], format=DAYS, name="to")

    published_only: bool = False
    """Whether only reports for publication can be read, of the periods of `offer`."""
    published_as: Audience = Audience.PUBLICATION

    def offer(self, periods: list[Period], partnerships: list[tuple[str, str]]) -> None:
        """Say what can be chosen."""
        self.period.choices = choices((written(period), _label(period)) for period in periods)
        self.partnership.choices = choices([(ALL, "All partnerships"), *partnerships])

    def read_as(self, published_as: Audience, *, published_only: bool) -> None:
        """Say how numbers are published here. The same year with exact numbers, or treated the other way, would give away what is withheld."""
        self.published_as, self.published_only = published_as, published_only
        self.audience.choices = choices((one.value, FOR[one]) for one in ((published_as,) if published_only else (published_as, Audience.INTERNAL)))

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
            field.errors = ["You can read whole calendar years, from eight weeks after their end. Choose one from the list"]
            return None
        return period

    def chosen_audience(self, period: Period, today: date) -> Audience | None:
        """For whom; none where there is no such report, with the reason at the field.

        Unless it is said it is for publication, and where there is no such report of the period, for inside.
        """
        if self.published_only:
            return self._published(period, today, "period")
        if self.audience.data == Audience.INTERNAL.value:
            return Audience.INTERNAL
        if self.audience.data not in FOR_BY_NAME:
            found = Audience.INTERNAL if _refused(period, today) else self.published_as
            self.audience.data = found.value
            return found
        if self.audience.data != self.published_as.value:
            self.audience.errors = [f"Here reports are published with {HOW[self.published_as]}. The same year in another way beside it would give "
                                    "away what is withheld. Choose from the list"]
            return None
        return self._published(period, today, "audience")

    def refuse_unasked(self, period: Period, today: date) -> None:
        """Say why there is no file: a file that is not for publication is asked for by that name."""
        self.refuse(_refused(period, today), "audience")

    def _published(self, period: Period, today: date, field: str) -> Audience | None:
        no = _refused(period, today)
        if no:
            self.refuse(no, field)
        return None if no else self.published_as


def _refused(period: Period, today: date) -> str:
    """Why there is no report of this period for publication; empty when there is."""
    try:
        publishing.check(period, today)
    except Refused as no:
        return str(no)
    return ""


def _read(text: str | None) -> Period | None:
    try:
        first, last = (date.fromisoformat(part) for part in (text or "").split(".."))
        return Period(first, last)
    except ValueError:
        return None


def _label(period: Period) -> str:
    return f"Year {period.label}" if (period.last - period.first).days > 300 else period.label
