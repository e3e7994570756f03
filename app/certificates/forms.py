"""What may be typed about certificates."""

from wtforms import StringField
from wtforms.validators import InputRequired, Length

from app.ui.widgets import Form


class CodeForm(Form):
    """The code of a certificate that somebody wants to check."""

    code = StringField("Code", [InputRequired("Enter the code"), Length(max=60, message="A code has 16 letters and digits")],
                       description="16 letters and digits, printed beside the square at the foot of the certificate.")


class OpenForm(Form):
    """The button that opens the questions after a session."""
