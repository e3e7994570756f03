"""What may be typed about registers."""

from wtforms import EmailField, HiddenField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from app.core.tokens import secret
from app.ui.widgets import Form, choices, is_address


class RegisterForm(Form):
    """The marks: their fields are one for each person, read by the view."""


class FinishForm(Form):
    """The button that finishes a register."""


class WalkInForm(Form):
    """Somebody who came without a booking. `once` tells one sending of the form from another."""

    once = HiddenField(default=secret)
    email = EmailField("Work e-mail address", [
        InputRequired("Enter their work e-mail address"), Length(max=320, message="An e-mail address has 320 characters at most"),
        is_address,
    ])
    first_name = StringField("First name", [Optional(), Length(max=100, message="At most 100 characters")],
                             description="Names, agency and job are needed only if they are new here.")
    last_name = StringField("Last name", [Optional(), Length(max=100, message="At most 100 characters")])
    agency = SelectField("Agency", choices=[])
    job_title = StringField("Job", [Optional(), Length(max=300, message="At most 300 characters")])

    @property
    def typed(self) -> bool:
        """Whether somebody is being added: anything is written or chosen."""
        fields = (self.email, self.first_name, self.last_name, self.agency, self.job_title)
        return any((field.data or "").strip() not in ("", "0") for field in fields)

    def offer(self, agencies: list[tuple[int, str]]) -> None:
        """Say which agencies there are."""
        self.agency.choices = choices([("0", "Not listed"), *agencies])
