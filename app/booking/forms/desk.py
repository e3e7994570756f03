"""What a coordinator may type about places."""

from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from app.ui.widgets import Form


class CancelSessionForm(Form):
    """Calling a session off."""

    reason = TextAreaField(
        "Why is it cancelled?", [InputRequired("Write why the session is cancelled"), Length(max=1000, message="At most 1,000 characters")],
        description="People who booked read this, and the annual report counts it.",
    )
