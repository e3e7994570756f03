"""What may be typed about bookings."""

from datetime import date

from wtforms import SearchField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from app.booking.queries.programme import Wanted
from app.catalogue.rules import Format
from app.ui.widgets import Form, SearchForm, choices


class CatalogueForm(SearchForm):
    """The filters of the catalogue. What does not fit is left out of account, so that a shared address always opens."""

    q = SearchField("Search", [Optional(), Length(max=200)])
    places = SelectMultipleField("Places", choices=choices([("free", "Has places left")]))
    format = SelectMultipleField("How", choices=choices((form.value, form.label) for form in Format))
    month = SelectField("When", choices=[])
    topic = SelectField("Priority or topic", choices=[])
    level = SelectField("Level", choices=[])

    def offer(self, names: list[str], months: list[date], levels: list[int]) -> None:
        """Say what can be chosen."""
        self.month.choices = choices([("", "Any month"), *((f"{month:%Y-%m}", f"{month:%B %Y}") for month in months)])
        self.topic.choices = choices([("", "Any"), *((name, name) for name in names)])
        self.level.choices = choices([("", "Any"), *((level, f"Level {level}") for level in levels)])

    def wanted(self) -> Wanted:
        """What is looked for."""
        month, level = _chosen(self.month), _chosen(self.level)
        return Wanted(
            words=(self.q.data or "").strip()[:200], topic=_chosen(self.topic), level=int(level) if level else None,
            month=date.fromisoformat(f"{month}-01") if month else None,
            formats=tuple(form for form in Format if form.value in (self.format.data or ())), free="free" in (self.places.data or ()),
        )


def _chosen(field: SelectField) -> str:
    """What was chosen, if it can be."""
    return field.data if field.data in {one.value for one in field.choices} else ""


class BookForm(Form):
    """Booking a place: the button, and where the person works if nobody has told us yet."""


class WorkForm(BookForm):
    """Booking a place for the first time."""

    agency = SelectField("Where do you work?", validators=[InputRequired("Choose the agency you work for, or the last choice")])
    job_title = StringField("Your job", [InputRequired("Enter your job title"), Length(max=300, message="At most 300 characters")])


class GiveBackForm(Form):
    """The button that gives a place back."""


class CancelSessionForm(Form):
    """Calling a session off."""

    reason = TextAreaField(
        "Why is it cancelled?", [InputRequired("Write why the session is cancelled"), Length(max=1000, message="At most 1,000 characters")],
        description="People who booked read this, and the annual report counts it.",
    )
