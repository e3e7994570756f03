"""What may be uploaded."""

from wtforms import BooleanField, MultipleFileField

from app.ui.widgets import Form


class UploadForm(Form):
    """A programme year: a ZIP, or the CSV files."""

    files = MultipleFileField("The ZIP of the folder, or its twelve CSV files together", description="At most 10 MB.")
    notify = BooleanField("Write to people about what this changes for them", description=(
        "New times and places, sessions that are called off, new dates, and offers of places that came free. Without it nobody is told, and no place "
        "is offered until something happens on its session."))
