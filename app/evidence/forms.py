"""What may be typed about examples, indicators and promises."""

from datetime import date
from typing import Any

from wtforms import FileField, HiddenField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from app.evaluation.rules.stages import Quoting
from app.evidence.rules.months_file import MOST, Month, read_month
from app.evidence.rules.words import CONSENTS, Direction, Source, Strength, Theme
from app.evidence.services.examples import Told, Wording
from app.evidence.services.indicators import Facts
from app.ui.inputs import row_number
from app.ui.widgets import DayField, Form, NumberField, SearchForm, choices

DAYS = ["%Y-%m-%d", "%d/%m/%Y"]
SHORT = Length(max=300, message="At most 300 characters")
LONG = Length(max=5000, message="At most 5,000 characters")
ANY = ""
THEMES = choices((theme.value, theme.label) for theme in Theme)
STRENGTHS = choices((strength.value, strength.label) for strength in Strength)
DIRECTIONS = choices((direction.value, direction.label) for direction in Direction)


class FilterForm(SearchForm):
    """Which examples."""

    theme = SelectField("Theme", choices=choices([(ANY, "Any"), *((theme.value, theme.label) for theme in Theme)]))
    priority = SelectField("Priority", choices=[])


class ActForm(Form):
    """A page with one button and nothing to fill in."""


class AboutForm(Form):
    """What an example is about, as both forms ask it."""

    theme = SelectField("Theme", choices=THEMES)
    priority = SelectField("Priority", choices=[], coerce=int)
    strength = RadioField("How strong is it?", choices=STRENGTHS, validators=[InputRequired("Choose how strong it is")])
    direction = RadioField("Does it speak for or against the training?", choices=DIRECTIONS, description="Reports show those against as readily.",
                           validators=[InputRequired("Choose for, against or both")])
    role = StringField("Role, if it may be named", [Optional(), SHORT],
                       description="Such as “School nurse”. It is printed only if the person agreed to that.")


class ExampleForm(AboutForm):
    """An example that somebody was told."""

    source = SelectField("Where is it from?", choices=choices((source.value, source.label) for source in Source))
    original = TextAreaField("What was written or said", [InputRequired("Write what was written or said"), LONG],
                             description="As it is. Names and places are taken out on the next page; only coordinators and the second person "
                                         "read this.")
    told_on = DayField("Day on which it was told", [InputRequired("Enter the day on which it was told")], format=DAYS)
    course = SelectField("Which course is it about?", choices=[], coerce=int)
    agency = SelectField("Agency", choices=[], coerce=int)
    key = HiddenField()
    consent = RadioField("May it be quoted?", choices=choices((consent.value, words) for consent, words in CONSENTS.items()),
                         description="As the person said. Without a yes it is counted and never printed.",
                         validators=[InputRequired("Choose what the person agreed to")])

    def told(self) -> Told:
        """The example as it is kept."""
        return Told(
            source=Source(self.source.data), original=self.original.data.strip(), told_on=self.told_on.data, consent=Quoting(self.consent.data),
            role=(self.role.data or "").strip() or None, course_id=self.course.data or None, agency_id=self.agency.data or None,
            priority_id=self.priority.data or None, theme=Theme(self.theme.data), strength=Strength(self.strength.data),
            direction=Direction(self.direction.data),
        )


def _version(field: HiddenField) -> int:
    try:
        return row_number(field.data)
    except (ValueError, TypeError):
        return -1


class WordingForm(AboutForm):
    """What would be printed, and who is asked to approve it."""

    wording = TextAreaField("Wording", [Optional(), Length(max=2000, message="At most 2,000 characters")],
                            description="Shorten freely. Do not make it say more than it did.")
    second = SelectField("Second person to approve", choices=[], coerce=int)
    version = HiddenField()

    @property
    def opened_at(self) -> int:
        """The version of the words that the page showed."""
        return _version(self.version)

    def written(self) -> Wording:
        """The wording as it is kept."""
        return Wording(
            wording=self.wording.data or "", theme=Theme(self.theme.data), priority_id=self.priority.data or None,
            strength=Strength(self.strength.data), direction=Direction(self.direction.data), role=(self.role.data or "").strip() or None,
        )


class DecideForm(Form):
    """The second person's answer."""

    reason = TextAreaField("What should change? (to send it back)", [Optional(), LONG])
    version = HiddenField()

    @property
    def opened_at(self) -> int:
        """The version of the words that the page showed."""
        return _version(self.version)


class LeaveOutForm(Form):
    """Why an example is not used."""

    reason = TextAreaField("Why is it not used?", [InputRequired("Write why it is not used"), LONG],
                           description="That it speaks against the training is no reason.")


class WithdrawForm(Form):
    """How we know that somebody took the consent back."""

    reason = TextAreaField("How and when were we told?", [InputRequired("Write how and when we were told"), LONG], description="Without names.")


class PrintedForm(Form):
    """Where an example was printed."""

    printed_in = StringField("Which report", [InputRequired("Write which report it was printed in"), SHORT],
                             description="Such as “Annual report 2025”.")
    used_on = DayField("Day on which it came out", [InputRequired("Enter the day")], format=DAYS)


class PrintedTogetherForm(PrintedForm):
    """Where the quotes of a report were printed, and which of them."""

    quotes = SelectMultipleField("Which quotes stand in it?", coerce=int, choices=[], validate_choice=False,
                                 validators=[InputRequired("Tick the quotes that stand in it")])


class IndicatorForm(Form):
    """What an agency counts month by month."""

    title = StringField("Title", [InputRequired("Enter a title"), SHORT], description="Such as “Referrals accepted first time”.")
    base_of = StringField("Of what?", [InputRequired("Write of what it is a part"), SHORT], description="Such as “referrals”.")
    counted = StringField("What is counted among them?", [InputRequired("Write what is counted"), SHORT],
                          description="Such as “accepted first time”. It is read as “312 of 480 referrals were accepted first time”.")
    agency = SelectField("Whose figures are they?", choices=[], coerce=int)
    priority = SelectField("Which priority does it belong to?", choices=[], coerce=int,
                           description="Training on this priority is shown beside it.")
    story = TextAreaField("How training may have contributed", [Optional(), LONG],
                          description="From course to practice to this figure, step by step. Write “is consistent with”, not “caused”.")
    others = TextAreaField("What else could explain a change", [Optional(), LONG], description="A new form, a new team, another way of counting …")

    def facts(self) -> Facts:
        """The indicator as it is kept."""
        return Facts(title=self.title.data, counted=self.counted.data, base_of=self.base_of.data, agency_id=self.agency.data or None,
                     priority_id=self.priority.data or None, story=self.story.data or "", others=self.others.data or "")


class MonthForm(Form):
    """One month, typed."""

    month = StringField("Month", [InputRequired("Enter the month")], description="Such as 2026-03")
    count = NumberField("How many", [InputRequired("Enter how many"), NumberRange(0, MOST, message="Enter a number from 0 up")])
    base = NumberField("Of how many", [InputRequired("Enter of how many"), NumberRange(0, MOST, message="Enter a number from 0 up")])
    this_month: date

    def validate_month(self, field: StringField) -> None:
        """The month must be one that has begun."""
        try:
            self.first_day = read_month(field.data.strip())
        except ValueError as wrong:
            raise ValidationError(f"{wrong}.") from None
        if self.first_day > self.this_month:
            raise ValidationError("This month is still to come")

    def validate_count(self, field: NumberField) -> None:
        """A part is no larger than its whole."""
        if isinstance(field.data, int) and isinstance(self.base.data, int) and field.data > self.base.data:
            raise ValidationError(f"{field.data:,} of {self.base.data:,} cannot be. Correct one of the two numbers.")

    def typed(self) -> Month:
        """The month as it is kept."""
        return Month(self.first_day, self.count.data, self.base.data)


class MonthsFileForm(Form):
    """Many months, from a file."""

    file = FileField("CSV file", description="With the columns month, count, base; a month in each line, such as 2026-03,41,60.")


class PromiseForm(Form):
    """What a report promised to show later."""

    what = TextAreaField("What was promised", [InputRequired("Write what was promised"), LONG])
    promised_in = StringField("In which report", [InputRequired("Write which report promised it"), SHORT])
    promised_on = DayField("When it was promised", [InputRequired("Enter the day on which it was promised")], format=DAYS)
    due_on = DayField("By when it will be shown", [InputRequired("Enter the day by which it will be shown")], format=DAYS)
    owner = StringField("Who sees to it", [InputRequired("Write who sees to it"), SHORT])
    priority = SelectField("Priority", choices=[], coerce=int)

    def facts(self) -> dict[str, Any]:
        """The promise as it is kept."""
        return {"what": self.what.data.strip(), "promised_in": self.promised_in.data.strip(), "promised_on": self.promised_on.data,
                "due_on": self.due_on.data, "owner": self.owner.data.strip(), "priority_id": self.priority.data or None}


class ShownForm(Form):
    """Where a promise was kept."""

    shown_in = StringField("Where is it shown?", [InputRequired("Write where it is shown"), Length(max=2000, message="At most 2,000 characters")],
                           description="A web address, or the report and its page.")


class GiveUpForm(Form):
    """Why a promise is not kept."""

    reason = TextAreaField("Why is it given up?", [InputRequired("Write why it is given up"), LONG],
                           description="Readers of the report were told that it would come.")
