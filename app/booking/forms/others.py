"""What may be typed to book for others, hold places for them, answer for them, or say that somebody has left."""

from wtforms import HiddenField, RadioField, SearchField, SelectField, SelectMultipleField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from app.booking.forms.mine import TimesForm
from app.booking.rules.pasted import FaultyList
from app.core.tokens import secret
from app.ui.inputs import row_number
from app.ui.widgets import DayField, Form, NumberField, choices

DAYS = ["%Y-%m-%d", "%d/%m/%Y"]


class OnceForm(Form):
    """A form with a key of its own, so that sent twice it does one thing."""

    once = HiddenField(default=secret)


class NamingForm(OnceForm):
    """Who is meant: ticked on this page of the list, ticked before, or written."""

    q = SearchField("Name, job or address", [Optional(), Length(max=200)])
    chosen = SelectMultipleField("Chosen so far", choices=[], coerce=row_number, validate_choice=False)
    people = SelectMultipleField("Your people", choices=[], coerce=row_number, validate_choice=False)
    pasted = TextAreaField("Write or paste people, one a line", [Optional(), Length(max=40_000, message="At most 40,000 characters")],
                           description="Address, first name, last name, job. For somebody we know the address is enough. A part of a "
                                       "spreadsheet can be pasted too.")

    @property
    def numbers(self) -> list[int]:
        """Everybody who is ticked, each once."""
        return list(dict.fromkeys([*(self.chosen.data or ()), *(self.people.data or ())]))

    def show(self, list_: FaultyList) -> None:
        """Put what is wrong with a list where it can be corrected."""
        for fault in list_.faults:
            self.refuse(fault, "pasted" if fault.number else "")


class HeldPlacesForm(NamingForm, TimesForm):
    """Giving held places names."""


class BookOthersForm(NamingForm, TimesForm):
    """Booking for others."""

    agency_id = SelectField("People who are new here work for", choices=[], coerce=int, default=0)
    together = RadioField(
        "If there are not places for all of them", default="as_they_come",
        choices=choices([
            ("as_they_come", "As they come: those for whom there is a place have it, and the others join the waiting list"),
            ("together", "All together: nobody is booked until so many places are free at once; until then all of them wait"),
        ]),
    )


class HoldPlacesForm(OnceForm):
    """Holding places without names."""

    agency_id = SelectField("For", choices=[], coerce=int)
    places = NumberField("How many places?", [InputRequired("Write a number from 1"), NumberRange(1, 500, "Write a number from 1 to 500")])
    releases_on = DayField("Until when?", [InputRequired("Choose a day")], format=DAYS,
                            description="Places that have no name by 9am on this day go back, so that others can have them.")


class ButtonForm(Form):
    """A button that needs nothing but a yes."""


class ReasonForm(TimesForm):
    """A button with a reason that may stay empty."""

    reason = TextAreaField("Why? (you need not say)", [Optional(), Length(max=1000, message="At most 1,000 characters")])
