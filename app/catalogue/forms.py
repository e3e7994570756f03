"""What may be typed about courses, sessions, priorities, briefings and contributions."""

from collections.abc import Sequence
from datetime import datetime, time

from wtforms import BooleanField, EmailField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import URL, InputRequired, Length, NumberRange, Optional, Regexp, ValidationError

from app.catalogue import queries
from app.catalogue.models import Briefing, Contribution, Course, CourseSession, Priority
from app.catalogue.rules import MOST_DAYS_BEFORE, MOST_PARTS, Approval, ContributionKind, Format, days_as_typed, days_before
from app.catalogue.services import Planned
from app.core import clock
from app.core.errors import Refused
from app.ui import inputs
from app.ui.changing import ChangeForm
from app.ui.widgets import DayField, Form, NumberField, choices

CODE = Regexp(r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", message="Use letters, digits, dots and hyphens, without spaces")
DAYS = ["%Y-%m-%d", "%d/%m/%Y"]
SHORT = Length(max=300, message="At most 300 characters")
FORMATS = choices((form.value, form.label) for form in Format)


def lines(text: str | None) -> list[str]:
    """The lines of a text that are not empty."""
    return [line.strip() for line in (text or "").splitlines() if line.strip()]


def refused_days(text: str | None) -> None:
    """A validator's part: what was typed are days before a session.

    Raises:
        ValidationError: they are not.
    """
    try:
        days_before(text)
    except Refused as no:
        raise ValidationError(str(no)) from None


class CourseForm(ChangeForm):
    """A course."""

    code = StringField("Code", [InputRequired("Enter a short code"), Length(max=60, message="At most 60 characters"), CODE],
                       description="Stands in addresses and references, such as neglect-1.")
    title = StringField("Title", [InputRequired("Enter a title"), SHORT])
    summary = TextAreaField("What it is about", [Optional(), Length(max=10_000, message="At most 10,000 characters")])
    level = NumberField("Level", [Optional(), NumberRange(1, 9, message="Enter a number from 1 to 9, or nothing")])
    format = RadioField("How it is usually held", choices=FORMATS, validators=[InputRequired("Choose how it is held")])
    duration_minutes = NumberField("Length in minutes", [InputRequired("Enter the length in minutes"),
                                                         NumberRange(1, 20_000, message="Enter a number from 1 to 20,000")])
    learning_outcomes = TextAreaField("What people will be able to do", [Optional(), Length(max=10_000, message="At most 10,000 characters")],
                                      description="One in each line.")
    materials = TextAreaField("To read", [Optional(), Length(max=10_000, message="At most 10,000 characters")],
                              description="One web address in each line.")
    priorities = SelectMultipleField("Priorities", choices=[], coerce=int)
    published = BooleanField("On the programme", description="Everybody sees it under Courses.")
    approval = RadioField("Who has to agree before a place is sure?", choices=choices((one.value, one.label) for one in Approval),
                          default=Approval.NOBODY.value)
    least_level = NumberField("Least level of the people", [Optional(), NumberRange(1, 9, message="Enter a number from 1 to 9, or nothing")])
    for_sectors = SelectMultipleField("Only for people of these sectors", choices=[], validate_choice=False)
    for_agencies = TextAreaField("Only for people of these agencies", [Optional(), Length(max=10_000, message="At most 10,000 characters")],
                                 description="One in each line, by name or code. Empty: of all.")
    for_jobs = TextAreaField("Only for these jobs", [Optional(), Length(max=10_000, message="At most 10,000 characters")],
                             description="One in each line; a job title that contains it fits, such as “social worker”.")
    prerequisites = TextAreaField("Courses to come to first", [Optional(), Length(max=2000, message="At most 2,000 characters")],
                                  description="The code of one course in each line.")
    reminder_days = StringField("Remind people so many days before", [Optional(), Length(max=60, message="At most 60 characters")],
                                description="Such as 7, 1. Empty: as the partnership’s policy says. For no reminder write: none")
    joining_days = NumberField("Tell people how to join so many days before",
                               [Optional(), NumberRange(0, MOST_DAYS_BEFORE, message=f"Enter a number from 0 to {MOST_DAYS_BEFORE}, or nothing")],
                               description="Empty: as the partnership’s policy says. 0: not at all.")
    certificate_percent = NumberField(
        "Share of the minutes for a certificate, in 100", [Optional(), NumberRange(1, 100, message="Enter a number from 1 to 100")],
        description="Empty: 100, which is the whole session.")
    certificate_after_questions = BooleanField(
        "Only after the questions", description="People have to open the questions after the course first. They never have to answer them.")
    agency_ids: Sequence[int] = ()
    required_ids: Sequence[int] = ()

    def validate_for_agencies(self, field: TextAreaField) -> None:
        """Each line must name an agency."""
        found = queries.agencies_named(lines(field.data)) if field.data else {}
        for line in lines(field.data):
            if line not in found:
                raise ValidationError(f"“{line[:60]}” is no agency here. Write its name as it stands under Agencies.")
        self.agency_ids = list(found.values())

    def validate_prerequisites(self, field: TextAreaField) -> None:
        """Each line must be the code of a course."""
        found = queries.courses_coded(lines(field.data)) if field.data else {}
        for line in lines(field.data):
            if line not in found:
                raise ValidationError(f"“{line[:60]}” is no code of a course. Write it as it stands under Programme.")
        self.required_ids = list(found.values())

    def validate_materials(self, field: TextAreaField) -> None:
        """Each line must be a web address, as it becomes a link."""
        for line in lines(field.data):
            if not line.startswith(("https://", "http://")):
                raise ValidationError(f"“{line[:60]}” is not a web address. Begin it with https://")

    def validate_reminder_days(self, field: StringField) -> None:
        """They must be days."""
        refused_days(field.data)

    def facts(self) -> dict[str, object]:
        """The course as it is kept."""
        return {
            "code": self.code.data, "title": self.title.data.strip(), "summary": self.summary.data or "", "level": self.level.data,
            "format": Format(self.format.data), "duration_minutes": self.duration_minutes.data,
            "learning_outcomes": lines(self.learning_outcomes.data), "materials": lines(self.materials.data),
            "published": bool(self.published.data), "approval": Approval(self.approval.data), "least_level": self.least_level.data,
            "for_sectors": list(self.for_sectors.data or ()), "for_jobs": lines(self.for_jobs.data),
            "reminder_days": days_before(self.reminder_days.data), "joining_days": self.joining_days.data,
            "certificate_percent": self.certificate_percent.data or 100,
            "certificate_after_questions": bool(self.certificate_after_questions.data),
        }


def course_as_typed(course: Course) -> dict[str, object]:
    """What the form shows of a course that is there."""
    return {
        "code": course.code, "title": course.title, "summary": course.summary, "level": course.level, "format": course.format.value,
        "duration_minutes": course.duration_minutes, "learning_outcomes": "\n".join(course.learning_outcomes),
        "materials": "\n".join(course.materials), "published": course.published,
        "priorities": sorted(priority.id for priority in course.priorities), "approval": course.approval.value, "least_level": course.least_level,
        "for_sectors": course.for_sectors, "for_jobs": "\n".join(course.for_jobs),
        "for_agencies": "\n".join(sorted(agency.name for agency in course.for_agencies)),
        "prerequisites": "\n".join(sorted(one.code for one in course.prerequisites)), "reminder_days": days_as_typed(course.reminder_days),
        "joining_days": course.joining_days, "certificate_percent": course.certificate_percent,
        "certificate_after_questions": course.certificate_after_questions,
    }


class SessionForm(ChangeForm):
    """When, where, by whom and for how many. Days and times are asked for part by part; empty parts are left out."""

    format = RadioField("How it is held", choices=FORMATS, validators=[InputRequired("Choose how it is held")])
    venue_or_link = StringField("Place, or address of the online meeting", [Optional(), Length(max=2000, message="At most 2,000 characters")],
                                description="A meeting's address is shown to people with a place only.")
    capacity = NumberField("Places", [InputRequired("Enter how many places there are"),
                                      NumberRange(1, 100_000, message="Enter a number from 1 to 100,000")])
    trainer = SelectField("Trainer", choices=[], coerce=int)

    @property
    def part_numbers(self) -> range:
        """The parts that the page asks for, from 1."""
        return range(1, 1 + sum(name.startswith("day_") for name in self._fields))

    def planned(self) -> Planned:
        """The session as it is to be.

        Raises:
            Refused: a part has a day without times, or a time that clocks in London skip.
        """
        parts = [part for number in self.part_numbers if (part := self._part(number))]
        return Planned(parts, Format(self.format.data), self.venue_or_link.data, self.trainer.data or None)

    def _part(self, number: int) -> tuple[datetime, datetime] | None:
        given = [self[f"{name}_{number}"] for name in ("day", "starts", "ends")]
        if not any(field.data for field in given):
            return None
        for field, what in zip(given, ("its day", "when it starts", "when it ends"), strict=True):
            if not field.data:
                raise Refused(f"Part {number}: enter {what}, or leave the whole part empty.")
        day, *times = (field.data for field in given)
        starts, ends = (_time(text, number) for text in times)
        for at in (starts, ends):
            if not clock.exists_in_london(day, at):
                raise Refused(f"Part {number}: clocks skip {at:%H:%M} on that day. Choose another time.")
        return clock.from_london(day, starts), clock.from_london(day, ends)


def _time(text: str, number: int) -> time:
    at = inputs.time_if_any(text)
    if at is None:
        raise Refused(f"Part {number}: “{text[:20]}” is not a time. Write it like 9:30 or 13:45.")
    return at


def session_form(parts: int) -> type[SessionForm]:
    """The form with room for so many parts."""
    fields = {}
    for number in range(1, min(max(parts, 1), MOST_PARTS) + 1):
        fields[f"day_{number}"] = DayField("Day", [Optional()], format=DAYS)
        fields[f"starts_{number}"] = StringField("Starts at", [Optional()], description="Such as 9:30")
        fields[f"ends_{number}"] = StringField("Ends at", [Optional()], description="Such as 12:30")
    return type("SessionFormWithParts", (SessionForm,), fields)


def as_typed(course_session: CourseSession) -> dict[str, object]:
    """What the form shows of a session that is there."""
    typed: dict[str, object] = {
        "format": course_session.format.value, "venue_or_link": course_session.venue_or_link, "capacity": course_session.capacity,
        "trainer": course_session.trainer_id or 0,
    }
    for number, part in enumerate(course_session.parts, start=1):
        starts, ends = clock.london(part.starts_at), clock.london(part.ends_at)
        typed |= {f"day_{number}": starts.date(), f"starts_{number}": f"{starts:%H:%M}", f"ends_{number}": f"{ends:%H:%M}"}
    return typed


class PriorityForm(ChangeForm):
    """A priority of a partnership."""

    partnership_id = SelectField("Partnership", choices=[], coerce=int, validators=[InputRequired("Choose a partnership")])
    code = StringField("Code", [InputRequired("Enter a short code"), Length(max=60, message="At most 60 characters"), CODE])
    name = StringField("Name", [InputRequired("Enter a name"), SHORT])
    starts_on = DayField("From", [InputRequired("Enter its first day")], format=DAYS)
    ends_on = DayField("To", [Optional()], format=DAYS, description="Leave it empty while it goes on.")


def priority_as_typed(priority: Priority) -> dict[str, object]:
    """What the form shows of a priority that is there."""
    return {name: getattr(priority, name) for name in ("partnership_id", "code", "name", "starts_on", "ends_on")}


class TrainerForm(Form):
    """Somebody who gives sessions."""

    email = EmailField("Work e-mail address", [InputRequired("Enter the address of somebody who is known here"), SHORT])


class BriefingForm(ChangeForm):
    """A briefing on another platform."""

    code = StringField("Code", [InputRequired("Enter a short code"), Length(max=60, message="At most 60 characters"), CODE])
    title = StringField("Title", [InputRequired("Enter a title"), SHORT])
    url = StringField("Address", [InputRequired("Enter its web address"), URL(require_tld=False, message="Enter a web address that begins with https://"),
                                  Length(max=2000, message="At most 2,000 characters")])
    priorities = SelectMultipleField("Priorities", choices=[], coerce=int)


def briefing_as_typed(briefing: Briefing) -> dict[str, object]:
    """What the form shows of a briefing that is there."""
    return {"code": briefing.code, "title": briefing.title, "url": briefing.url, "priorities": sorted(one.id for one in briefing.priorities)}


class ViewsForm(Form):
    """How often a briefing was opened in a month."""

    month = StringField("Month", [InputRequired("Enter the month")], description="Such as 2026-03")
    views = NumberField("Views", [InputRequired("Enter the number of views"), NumberRange(0, 10**9, message="Enter a number from 0 up")])

    def validate_month(self, field: StringField) -> None:
        """The month must be one."""
        try:
            self.first_day = inputs.day(f"{field.data.strip()}-01")
        except ValueError:
            raise ValidationError(f"“{field.data[:20]}” is not a month. Write it like 2026-03.") from None


class ContributionForm(ChangeForm):
    """People reached without a booking here."""

    ref = StringField("Reference", [InputRequired("Enter a short reference"), Length(max=60, message="At most 60 characters"), CODE])
    title = StringField("Title", [InputRequired("Enter a title"), SHORT])
    held_on = DayField("Day", [InputRequired("Enter the day")], format=DAYS)
    kind = RadioField("What it was", choices=choices((kind.value, kind.value.replace("_", " ").capitalize()) for kind in ContributionKind),
                      validators=[InputRequired("Choose what it was")])
    format = RadioField("How it was held", choices=FORMATS, validators=[InputRequired("Choose how it was held")])
    host_agency_id = SelectField("Host", choices=[], coerce=int)
    contacts = NumberField("People reached", [InputRequired("Enter how many people were there"),
                                              NumberRange(0, 10**7, message="Enter a number from 0 up")])


def contribution_as_typed(contribution: Contribution) -> dict[str, object]:
    """What the form shows of a contribution that is there."""
    return {
        "ref": contribution.ref, "title": contribution.title, "held_on": contribution.held_on, "kind": contribution.kind.value,
        "format": contribution.format.value, "host_agency_id": contribution.host_agency_id or 0, "contacts": contribution.contacts,
    }
