"""What may be typed about policies and terms, in plain words and in pounds."""

from decimal import Decimal

from wtforms import BooleanField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, ValidationError

from app.booking.forms.others import OnceForm
from app.booking.models import Terms
from app.booking.rules.policy import NoticeUnit, Policy, WhenUnanswered
from app.booking.rules.terms import SHIPPED
from app.catalogue.forms import refused_days
from app.catalogue.rules import MOST_DAYS_BEFORE, days_as_typed, days_before
from app.ui.changing import ChangeForm
from app.ui.widgets import AmountField, DayField, NumberField, choices

DAYS = ["%Y-%m-%d", "%d/%m/%Y"]
UNITS = {NoticeUnit.WORKING_DAYS: "working days, without bank holidays of England", NoticeUnit.DAYS: "days", NoticeUnit.HOURS: "hours"}
PENCE = ("late_pence", "no_show_pence", "external_pence")


def _number(label: str, least: int, most: int, said: str = "") -> NumberField:
    return NumberField(label, [InputRequired(f"Enter a number from {least} to {most}"),
                                NumberRange(least, most, message=f"Enter a number from {least} to {most}")], description=said)


def _pounds(label: str) -> AmountField:
    return AmountField(label, [InputRequired("Enter an amount, or 0"), NumberRange(0, 10_000, message="Enter an amount from 0 to 10,000")],
                        places=2, description="In pounds, such as 25 or 7.50.")


class PolicyForm(ChangeForm):
    """What a partnership asks of people, and promises them, from a day on."""

    chooses = frozenset({"partnership", "starts_on"})
    meanwhile = "Somebody has saved a policy since you opened the page, or something else holds for whom and from when you chose."

    partnership = SelectField("For whom", choices=[])
    starts_on = DayField("From", [InputRequired("Enter the first day on which it holds")], format=DAYS,
                          description="Today, as long as nobody has booked today, or later. Who has booked before keeps what they were promised.")
    notice = _number("A place given back is in time until so many", 0, 90,
                     "Days are counted back from the day before the session, to the end of the day.")
    notice_unit = RadioField("of these before the session", choices=choices((unit.value, words) for unit, words in UNITS.items()))
    undo_minutes = _number("Giving back can be undone for so many minutes", 0, 120)
    offer_hours = _number("An offer from the waiting list stands for so many hours", 1, 336)
    near_hours = _number("When the session is nearer than so many hours", 1, 336)
    near_offer_hours = _number("an offer stands for so many hours", 1, 48)
    no_offers_hours = _number("In the last so many hours before the start nothing is offered", 0, 48, "Whoever asks gets a place that is free then.")
    approval_days = _number("A request is answered within so many working days", 1, 30)
    when_unanswered = RadioField("When nobody answers", choices=choices([
        (WhenUnanswered.ENDS.value, "The request ends, and the place goes on"), (WhenUnanswered.GOES_ON.value, "It goes on to the coordinator"),
    ]))
    tell_manager = BooleanField("Tell line managers", description="A copy to the line manager when somebody books, gives back or misses a session.")
    reminder_days = StringField("People are reminded so many days before the session", [InputRequired("Enter days such as 7, 1, or: none"),
                                                                                       Length(max=60, message="At most 60 characters")],
                                description="Such as 7, 1, at nine in the morning. For no reminder write: none. A course may say otherwise.")
    joining_days = _number("and told how to join so many days before", 0, MOST_DAYS_BEFORE, "0: not at all.")
    strikes_note = _number("A note is made from so many missed sessions on", 0, 50, "0: never.")
    strikes_ask = _number("The coordinator decides about the next request from so many on", 0, 50, "0: never. Nobody is barred by a machine alone.")
    strike_months = _number("Missed sessions count for so many months", 1, 60)
    charges = BooleanField("Charge", description="Off unless your partnership has decided to charge.")
    late_pence = _pounds("For a place given back late")
    no_show_pence = _pounds("For a missed session")
    external_pence = _pounds("For a place for somebody from outside")
    external_sectors = SelectMultipleField("Sectors that are outside", choices=[], validate_choice=False)

    def validate_late_pence(self, field: AmountField) -> None:
        """Pence are the smallest there is."""
        _whole_pence(field.data)

    def validate_no_show_pence(self, field: AmountField) -> None:
        """Pence are the smallest there is."""
        _whole_pence(field.data)

    def validate_external_pence(self, field: AmountField) -> None:
        """Pence are the smallest there is."""
        _whole_pence(field.data)

    def validate_reminder_days(self, field: StringField) -> None:
        """They must be days."""
        refused_days(field.data)

    def facts(self) -> dict[str, object]:
        """The policy as it is kept, money in pence."""
        plain = ("notice", "undo_minutes", "offer_hours", "near_hours", "near_offer_hours", "no_offers_hours", "approval_days", "tell_manager",
                 "strikes_note", "strikes_ask", "strike_months", "charges", "joining_days")
        return {
            **{name: self[name].data for name in plain}, **{name: int(self[name].data * 100) for name in PENCE},
            "notice_unit": NoticeUnit(self.notice_unit.data), "when_unanswered": WhenUnanswered(self.when_unanswered.data),
            "external_sectors": list(self.external_sectors.data or ()), "reminder_days": days_before(self.reminder_days.data) or [],
        }


def _whole_pence(amount: Decimal | None) -> None:
    if amount is not None and amount != round(amount, 2):
        raise ValidationError("Enter pounds and pence, such as 7.50")


def policy_as_typed(policy: Policy) -> dict[str, object]:
    """What the form shows of a policy."""
    typed: dict[str, object] = {name: getattr(policy, name) for name in vars(policy)}
    typed |= {name: Decimal(getattr(policy, name)) / 100 for name in PENCE}
    return typed | {"notice_unit": policy.notice_unit.value, "when_unanswered": policy.when_unanswered.value,
                    "external_sectors": list(policy.external_sectors), "reminder_days": days_as_typed(policy.reminder_days)}


class TermsForm(OnceForm, ChangeForm):
    """The next version of the terms."""

    text = TextAreaField(
        "The terms", [InputRequired("Write the terms that people agree to"), Length(max=50_000, message="At most 50,000 characters")],
        description="Who books from now on agrees to this version. Earlier versions stay with the bookings that were made under them.",
    )


def terms_as_typed(terms: Terms | None) -> dict[str, object]:
    """What the form shows of the terms that hold: those as shipped while nobody has written any."""
    return {"text": terms.text if terms else SHIPPED}
