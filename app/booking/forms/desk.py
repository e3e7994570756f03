"""What a coordinator may type about one session and the bookings on it."""

from datetime import datetime, time

from wtforms import BooleanField, EmailField, HiddenField, RadioField, SelectField, TextAreaField, TimeField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from app.booking.forms.mine import MoveForm, TimesForm
from app.booking.forms.others import OnceForm
from app.booking.rules.places import QuotaKind
from app.catalogue.models import CourseSession
from app.core import clock
from app.core.errors import Refused
from app.core.working_days import end_of_day
from app.ui.changing import ChangeForm
from app.ui.widgets import DayField, Form, NumberField, choices, is_address

DAYS = ["%Y-%m-%d", "%d/%m/%Y"]
LONG = Length(max=1000, message="At most 1,000 characters")
KEPT = "It stands in the history, and those whom it concerns can read it."


class ActForm(Form):
    """A page with one button and nothing to fill in."""


class AcceptForForm(TimesForm):
    """Taking an offer for somebody."""


class AgreeForm(TimesForm):
    """Saying yes to a request."""


class RefuseForm(Form):
    """Saying no to a request."""

    reason = TextAreaField("Why not? (optional)", [Optional(), LONG], description="The person reads it.")


class OutOfTurnForm(Form):
    """Somebody comes before others."""

    reason = TextAreaField("Why do they come before the others?", [InputRequired("Write why they come before the others"), LONG],
                           description="Those who are passed over can read it.")


class ReorderForm(Form):
    """Another place on the list. `way` is what the page asked for, so that pressing twice does not take it back."""

    way = HiddenField()
    reason = TextAreaField("Why does the order change?", [InputRequired("Write why the order changes"), LONG], description=KEPT)


class GiveBackForForm(Form):
    """Giving a place back for somebody, or taking them off the list. `shown` is how the booking stood on the page."""

    shown = HiddenField()

    reason = TextAreaField("What did they say? (optional)", [Optional(), LONG], description="A reason given before the start excuses a late return.")


class MoveForForm(MoveForm):
    """The other date for somebody."""

    to = RadioField("Which date?", validators=[InputRequired("Choose the date that they go to")])
    whose = "their place here"
    reason = TextAreaField("Why? (optional)", [Optional(), LONG], description="A reason excuses that the place here comes back late.")


class PersonForm(TimesForm):
    """Somebody who is known here, by their address. `person` is who the page showed."""

    email = EmailField("Their work e-mail address", [
        InputRequired("Enter the work e-mail address"), Length(max=300, message="At most 300 characters"), is_address,
    ])
    person = HiddenField()


class OverCapacityForm(PersonForm):
    """A place although none is free. `excepts` says that the page spoke of an exception."""

    excepts = HiddenField()

    reason = TextAreaField(
        "Why do they get a place although none is free?", [InputRequired("Write why they get a place although none is free"), LONG],
        description="It stands beside the numbers of the session, with your name.",
    )


class ExceptionForm(PersonForm):
    """Letting somebody book a course that is not open to them."""

    reason = TextAreaField("Why may they come?", [InputRequired("Write why they may come although the course is for others"), LONG],
                           description="It is kept with your name.")


class CapacityForm(ChangeForm):
    """How many places there are."""

    capacity = NumberField("Places", [InputRequired("Enter how many places there are"),
                                      NumberRange(1, 100_000, message="Enter a number from 1 to 100,000")])


class QuotaForm(OnceForm):
    """Places of one group: a limit, or kept for it."""

    kind = RadioField("What", choices=choices([
        (QuotaKind.MOST.value, "The group may have at most so many"), (QuotaKind.KEPT.value, "So many are kept for the group"),
    ]), validators=[InputRequired("Choose whether it is a limit or places to keep")])
    group = SelectField("For whom", choices=[])
    places = NumberField("Places", [InputRequired("Enter how many places"), NumberRange(1, 100_000, message="Enter a number from 1 to 100,000")])
    releases_on = DayField("Until", [Optional()], format=DAYS, description="From this day on everybody can have them. Empty: until the session.")

    def offer(self, agencies: list[tuple[int, str]], sectors: list[str]) -> None:
        """Say for whom there can be one."""
        self.group.choices = choices([
            ("", "The coordinator (kept back)"), *((f"sector:{name}", f"Sector: {name}") for name in sectors),
            *((f"agency:{number}", name) for number, name in agencies),
        ])

    def facts(self) -> dict[str, object]:
        """The quota as it is kept."""
        what, _, which = (self.group.data or "").partition(":")
        return {
            "kind": QuotaKind(self.kind.data), "places": self.places.data, "agency_id": int(which) if what == "agency" else None,
            "sector": which if what == "sector" else None,
            "releases_at": clock.from_london(self.releases_on.data, time()) if self.releases_on.data else None,
        }


class ExtraPlacesForm(OnceForm):
    """More places than there are, at a risk that somebody states."""

    places = NumberField("Extra places", [InputRequired("Enter how many extra places"),
                                          NumberRange(1, 1000, message="Enter a number from 1 to 1,000")])
    risk = NumberField("Risk, in 100", [InputRequired("Enter the risk: a number from 0 to 100"),
                                        NumberRange(0, 100, message="Enter a number from 0 to 100")],
                       description="In how many of 100 such sessions more people would come than there are places.")
    reason = TextAreaField("Why is the risk right?", [InputRequired("Write why the risk is right"), LONG],
                           description="It stands beside the numbers of the session, with your name.")


class BookingRulesForm(ChangeForm):
    """When a session can be booked, how many people it needs, and whether people are asked if they still come."""

    opens_on = DayField("Booking opens on", [Optional()], format=DAYS, description=(
        "Empty: it is open as soon as the session is on the programme. Who waits for it, or for any date of the course, is offered free places "
        "before. To keep places back, keep them for the coordinator."))
    opens_time = TimeField("Time at which it opens", [Optional()], description="Empty: at the start of the day.")
    closes_on = DayField("Booking closes on", [Optional()], format=DAYS, description="Empty: it is open until the session starts.")
    closes_time = TimeField("Time at which it closes", [Optional()], description="Empty: at the end of the day.")
    minimum = NumberField("Smallest number of people", [Optional(), NumberRange(1, 100_000, message="Enter a number from 1, or nothing")],
                          description="Fewer raise an alarm on your desk. Nothing is cancelled by itself.")
    decide_on = DayField("Day on which you decide", [Optional()], format=DAYS)
    tentative = BooleanField("It is not sure yet", description="People can book, and read that the session is not sure yet.")
    confirm_days = NumberField("Ask people whether they still come, so many days before",
                               [Optional(), NumberRange(1, 60, message="Enter a number from 1 to 60, or nothing")],
                               description="A place of which nobody says that they still come goes on to others half way from the question to the "
                                           "start. Empty: nobody is asked.")

    def rules(self) -> dict[str, object]:
        """The rules as they are kept.

        Raises:
            Refused: clocks in London skip a time.
        """
        closes = self.closes_on.data
        return {
            "opens_at": _moment(self.opens_on.data, self.opens_time.data or time()),
            "closes_at": None if closes is None else _moment(closes, self.closes_time.data) if self.closes_time.data else end_of_day(closes),
            "minimum": self.minimum.data, "decide_on": self.decide_on.data, "tentative": bool(self.tentative.data),
            "confirm_days": self.confirm_days.data,
        }


def _moment(day: object, at: time) -> datetime | None:
    if day is None:
        return None
    if not clock.exists_in_london(day, at):
        raise Refused(f"Clocks skip {at:%H:%M} on that day. Choose another time.")
    return clock.from_london(day, at)


def rules_as_typed(session: CourseSession) -> dict[str, object]:
    """What the form shows of the rules that a session has."""
    typed: dict[str, object] = {name: getattr(session, name) for name in ("minimum", "decide_on", "tentative", "confirm_days")}
    for name in ("opens", "closes"):
        moment = getattr(session, f"{name}_at")
        if moment is not None:
            at = clock.london(moment)
            typed |= {f"{name}_on": at.date(), f"{name}_time": at.time().replace(second=0, microsecond=0)}
    return typed

