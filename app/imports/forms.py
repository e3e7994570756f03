"""What may be uploaded."""

from wtforms import MultipleFileField

from app.ui.widgets import Form


class UploadForm(Form):
    """A programme year: a ZIP, or the CSV files."""

    files = MultipleFileField("The ZIP of the folder, or its twelve CSV files together", description="At most 10 MB.")
