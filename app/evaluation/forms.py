"""What may be sent from a questionnaire: the questions are drawn by their own templates, from the wording in the database."""

from wtforms import SelectField

from app.ui.widgets import Form, SearchForm, choices


class AnswerForm(Form):
    """One screen of a questionnaire."""


class ReadingForm(SearchForm):
    """Which answers to read; from the address, so that a page can be shared."""

    year = SelectField("Year", choices=[])
    format = SelectField("How it was held", choices=[])
    sector = SelectField("Sector", choices=[])

    def offer(self, years: list[int], formats: list[tuple[str, str]], sectors: list[tuple[str, str]]) -> None:
        """Say what can be chosen; a field without a choice is not drawn."""
        self.year.choices = choices([("", "All years"), *((year, year) for year in years)])
        self.format.choices = choices([("", "Any"), *formats])
        self.sector.choices = choices([("", "All"), *sectors])
