"""What may be sent from a questionnaire: the questions are drawn by their own templates, from the wording in the database."""

from app.ui.widgets import Form


class AnswerForm(Form):
    """One screen of a questionnaire."""
