"""What may be typed to find a course."""

from collections.abc import Iterable
from datetime import date

from wtforms import HiddenField, SearchField, SelectField, SelectMultipleField
from wtforms.validators import AnyOf, Length, Optional

from app.booking.queries.catalogue import Wanted
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

    def offer(self, names: Iterable[str], months: Iterable[date], levels: Iterable[int]) -> None:
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


class WaitForm(Form):
    """The buttons of somebody who waits for a course: tell me, any date will do, no longer."""

    answer = HiddenField(validators=[AnyOf(("tell", "any", "stop"))])
    back = HiddenField()
