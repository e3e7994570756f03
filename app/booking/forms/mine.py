"""What may be typed about one's own bookings."""

from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length

from app.ui.widgets import Form


class BookForm(Form):
    """Booking a place: the button, and where the person works if nobody has told us yet."""


class WorkForm(BookForm):
    """Booking a place for the first time."""

    agency = SelectField("Where do you work?", validators=[InputRequired("Choose the agency you work for, or the last choice")])
    job_title = StringField("Your job", [InputRequired("Enter your job title"), Length(max=300, message="At most 300 characters")])


class GiveBackForm(Form):
    """The button that gives a place back."""
