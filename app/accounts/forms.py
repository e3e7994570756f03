"""What may be typed about accounts."""

from wtforms import EmailField, PasswordField
from wtforms.validators import InputRequired, Length

from app.ui.widgets import Form


class SignInForm(Form):
    """Work address and password."""

    email = EmailField(
        "E-mail address",
        [InputRequired("Enter your work e-mail address"), Length(max=320, message="An e-mail address has 320 characters at most")],
    )
    password = PasswordField(
        "Password", [InputRequired("Enter your password"), Length(max=1024, message="A password has 1,024 characters at most")]
    )


class SignOutForm(Form):
    """The button that signs out."""
