"""What may be sent from a questionnaire (its questions are drawn by their own templates, from the wording in the database), and typed about it."""

from wtforms import (
    BooleanField,
    EmailField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from app.evaluation.rules.question_types import LARGEST
from app.evaluation.rules.stages import Mode
from app.evaluation.rules.windows import FEWEST_WEEKS, MOST_WEEKS, WEEKS
from app.evaluation.rules.worries import LONGEST, LONGEST_CONTACT, NAMES
from app.ui.widgets import Form, NumberField, SearchForm, choices, is_address


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


class LetterForm(Form):
    """Where the letter with the link should go."""

    email = EmailField("Your work e-mail address", [InputRequired("Enter your work e-mail address"), is_address])


class WorryForm(Form):
    """What somebody is worried about; `key` is the same when this form is sent again."""

    key = HiddenField("Form", [Length(max=100)])
    about = RadioField("What is it about?", [InputRequired("Choose what it is about.")],
                       choices=choices((about.value, name) for about, name in NAMES.items()))
    text = TextAreaField("What should the safeguarding contact know?", [
        InputRequired("Say in a sentence what it is about. Initials are enough."), Length(max=LONGEST, message="At most 4,000 characters")])
    contact = StringField("How can they reach you?", [Optional(), Length(max=LONGEST_CONTACT, message="At most 200 characters")])


class WorryDoneForm(Form):
    """What was done about a worry."""

    ref = HiddenField("Worry", [InputRequired()])
    note = StringField("What was done", [InputRequired("Say what was done, in a sentence.")])


class ContactForm(Form):
    """Who reads worries."""

    email = EmailField("Work e-mail address of somebody with an account", [Optional(), is_address])
    remove = HiddenField("Remove", [Optional()])


class QuestionnaireForm(Form):
    """How private the answers are, and when a later stage is asked."""

    mode = RadioField("How private are the answers?", choices=choices([
        (Mode.CONFIDENTIAL.value, "Confidential: answers of one person are compared under a code"),
        (Mode.ANONYMOUS.value, "Anonymous: nothing that is kept connects answers and person"),
    ]))
    weeks = NumberField("Weeks after the session", [InputRequired("Enter a number of weeks")],
                        description=f"From {FEWEST_WEEKS} to {MOST_WEEKS}; {WEEKS} is usual.")


class CopyForm(Form):
    """Which course gets a copy."""

    course = SelectField("Course", choices=[], coerce=int)


class QuestionForm(Form):
    """One question of a draft."""

    wording = TextAreaField("Question", [InputRequired("Write the question.")], description="As people read it. One thing at a time.")
    help = StringField("Help under it", [Optional()])
    section = StringField("Over it", [Optional()], description="A few words that say where it belongs, such as “How much do you agree?”.")
    options = TextAreaField("Options", [Optional()])
    reworded = BooleanField("Only the wording changed", description="Each option means what it meant where the question was asked before: earlier "
                            "answers are counted under the new words.")
    required = BooleanField("Must be answered", description="People can still choose “I'd rather not say”.")
    quotable = BooleanField("Ask whether the words may be quoted")
    measures = SelectField("What does it measure?", choices=[],
                           description="Answers to questions that measure the same are counted together over versions, courses and years.")
    shown_if = SelectMultipleField("Ask it only of those who answered", choices=[],
                                   description="Nothing chosen: everybody is asked. Answers to one earlier question only.")
    shown_if_number = SelectField("Or of those who answered with a number", choices=[], default="")
    shown_if_bound = NumberField("Number", [Optional(), NumberRange(0, LARGEST, message=f"Enter a number from 0 to {LARGEST:,}")])


class ActForm(Form):
    """A button of the builder's pages: what it does, and to what."""

    act = HiddenField("Act", [InputRequired()])
