"""What may be typed about one's own bookings."""

from collections.abc import Iterable, Mapping

from wtforms import EmailField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from app.booking.services import Wish
from app.catalogue.models import CourseSession
from app.ui.inputs import number_if_any
from app.ui.widgets import Form, choices, is_address

SHORT = Length(max=300, message="At most 300 characters")
TEXT = Length(max=1000, message="At most 1,000 characters")
REASONS = (
    ("urgent work: court, duty, a child at risk", "Urgent work: court, duty, a child at risk"),
    ("ill, or caring for someone", "Ill, or caring for someone"),
    ("too much work", "Too much work"), ("something else", "Something else"),
)


class TimesForm(Form):
    """A yes to a session. `times` is the version of its times that the page showed."""

    times = HiddenField(validators=[Optional(), Length(max=20)])

    def shown_times(self) -> int | None:
        """That version; none from whoever sends none."""
        return number_if_any(self.times.data)

    def show_times(self, session: CourseSession) -> int | None:
        """Show the times as they are now; the version that was shown before."""
        shown, self.times.data = self.shown_times(), str(session.times_version)
        return shown


class TermsForm(Form):
    """A first yes to a place. `terms` is the version of the terms that the page showed, 0 where nobody wrote any."""

    terms = HiddenField(validators=[Optional(), Length(max=20)])

    def shown_terms(self) -> int | None:
        """That version; none from whoever sends none."""
        typed = self.terms.data or ""
        return int(typed) if typed.isdecimal() else None


class BookForm(TimesForm, TermsForm):
    """Booking a place: the button; what somebody needs may be said. `once` tells one sending of the form from another, `hoped` what it promised."""

    once = HiddenField(validators=[Optional(), Length(max=200)])
    hoped = HiddenField(validators=[Optional(), Length(max=20)])
    access = TextAreaField(
        "Anything you need to take part (optional)", [Optional(), TEXT],
        description="For example a sign language interpreter or large print. Only the trainer and the coordinator see this, "
        "and it is deleted 30 days after the session.",
    )
    dietary = StringField(
        "Food you need or avoid (optional)", [Optional(), SHORT], description="For the same people, and deleted with it.")
    whenever = RadioField(
        "When a place comes free", choices=choices([("ask", "Ask me first"), ("yes", "Yes, whenever: book me without asking")]), default="ask")

    def wish(self) -> Wish:
        """What is asked for with the place."""
        return Wish(dietary=self.dietary.data or "", access=self.access.data or "", whenever=self.whenever.data == "yes")


class WorkForm(BookForm):
    """Booking a place for the first time."""

    agency = SelectField("Where do you work?", validators=[InputRequired("Choose the agency you work for, or the last choice")])
    job_title = StringField("Your job", [InputRequired("Enter your job title"), SHORT])


class GiveBackForm(Form):
    """The button that gives a place back, and why if somebody likes to say."""

    why = RadioField("Why can’t you come? (optional)", choices=choices(REASONS), validators=[Optional()], validate_choice=True)
    more = StringField("In your own words (optional)", [Optional(), SHORT])

    def reason(self) -> str:
        """The reason in words; empty when none was given."""
        return ": ".join(part for part in (self.why.data or "", (self.more.data or "").strip()) if part)


class ApologiesForm(Form):
    """Why somebody could not come."""

    reason = TextAreaField("Why could you not come?", [InputRequired("Write in a few words why you could not come"), TEXT],
                           description="The coordinator and the trainer read this.")


class MoveForm(TermsForm):
    """The other date to go to. `shown` is the version of each date's times."""

    to = RadioField("Which date?", validators=[InputRequired("Choose the date you want to go to")])
    shown = HiddenField(validators=[Optional(), Length(max=4000)])
    whose = "your place here"

    def show(self, versions: Mapping[str, int]) -> None:
        """Keep by which version of its times each date is shown now, by reference."""
        self.shown.data = ",".join(f"{ref}:{version}" for ref, version in versions.items())

    def shown_times(self) -> int | None:
        """The version of the times by which the chosen date was shown; none from whoever sends none."""
        shown = dict(pair.rpartition(":")[::2] for pair in (self.shown.data or "").split(",") if ":" in pair)
        return number_if_any(shown.get(self.to.data or ""))

    def offer(self, dates: Iterable[tuple[str, str]]) -> None:
        """Say what can be chosen, as (reference, words); a date that is none of these has filled or closed since the page was opened."""
        self.to.choices = choices(dates)
        what_next = "Choose one of the dates that are left." if self.to.choices else "No other date has places at present."
        self.to.invalid_choice_message = f"That date has filled, or is no longer open, so {self.whose} stays. {what_next}"


class ColleagueForm(Form):
    """Who comes instead. Names, agency and job are asked for only of people whom we do not know yet."""

    email = EmailField("Your colleague’s work e-mail address", [InputRequired("Enter your colleague’s work e-mail address"), is_address])
    first_name = StringField("First name", [Optional(), SHORT])
    last_name = StringField("Last name", [Optional(), SHORT])
    agency = SelectField("Where do they work?", validators=[Optional()], validate_choice=True)
    job_title = StringField("Their job", [Optional(), SHORT])


class NeedsForm(Form):
    """What somebody needs on the day, changed after booking."""

    access = BookForm.access
    dietary = BookForm.dietary


class ActForm(TimesForm, TermsForm):
    """One of several buttons."""

    answer = HiddenField(validators=[InputRequired(), Length(max=20)])


class AnswerForm(GiveBackForm, TimesForm, TermsForm):
    """A button of a page that a letter leads to; `sure` is asked of whoever was very quick."""

    answer = HiddenField(validators=[InputRequired(), Length(max=20)])
    to = HiddenField(validators=[Optional(), Length(max=100)])
    asked = HiddenField(validators=[Optional(), Length(max=1)])
    why = RadioField("Why can’t you come? (optional)", choices=choices(REASONS), validators=[Optional()])
    more = StringField("In your own words (optional)", [Optional(), TEXT])
    sure = RadioField("Do you want that?", choices=choices([("yes", "Yes, that is what I want"), ("keep", "No, leave it as it is")]),
                      validators=[Optional()])


class CalendarForm(Form):
    """The buttons that make a calendar's address, or end it."""

    feed = HiddenField()
    act = HiddenField()
