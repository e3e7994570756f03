"""What may be typed about letters."""

from wtforms import EmailField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from app.mail.rules.wording import LONGEST_BODY, LONGEST_SUBJECT
from app.ui.widgets import Form, is_address


class SendAgainForm(Form):
    """Why a letter goes again, and where to if not to the same address."""

    reason = StringField("Why", [InputRequired("Say why the letter should go again"), Length(max=300, message="At most 300 characters")])
    to = EmailField("To another address", [Optional(), is_address], description="Leave it empty to send it to the same address. A letter whose links "
                    "act for its person goes to their own address only.")


class AddressWorksForm(Form):
    """The button that says that an address works."""


class WordingForm(Form):
    """The wording of a kind of letter."""

    subject = StringField("Subject", [InputRequired("Enter a subject"), Length(max=LONGEST_SUBJECT, message="At most 150 characters")])
    body = TextAreaField("Text", [InputRequired("Enter the text"), Length(max=LONGEST_BODY, message="At most 6,000 characters")])
    note = StringField("What you changed", [Optional(), Length(max=200, message="At most 200 characters")],
                       description="Optional. It stands in the list of versions.")
    sample = SelectField("Show it with the data of", choices=[], coerce=int)


class RestoreForm(Form):
    """Which earlier wording to put in force."""

    number = HiddenField("Version", [InputRequired()])
