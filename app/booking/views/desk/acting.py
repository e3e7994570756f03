"""How a page with one button runs: what was typed is checked, the act is tried, and a refusal stays on the page with what was typed."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import flash, redirect, render_template
from flask.typing import ResponseReturnValue

from app.accounts.models import Person
from app.booking.models import Booking
from app.booking.queries import facts, mine, notices, requests
from app.booking.rules.states import AWAITING, TAGS, BookingStatus
from app.booking.services.beginning import asked_today
from app.catalogue.models import Course, CourseSession
from app.core import clock
from app.core.errors import Refused
from app.ui.filters import short_date, time_of_day
from app.ui.widgets import Form

DESK_TAGS = {
    **TAGS, BookingStatus.AWAITING_MANAGER: ("Waiting for the manager", "yellow"), BookingStatus.OFFERED: ("Offered", "yellow"),
    BookingStatus.SESSION_CANCELLED: ("Session cancelled", "red"),
}
"""A state in the words of the desk, and the tone of its tag."""


def run(form: Form, act: Callable[[], Any], said: str | Callable[[Any], str], to: str, *, at: str = "") -> ResponseReturnValue | None:
    """Do it when the form was sent and can be; then on to `to`, where it is said. None: the page is to be shown (again).

    `at` names the field at which a refusal stands.
    """
    if not form.validate_on_submit():
        return None
    try:
        result = act()
    except Refused as no:
        form.refuse(no, at)
        return None
    flash(said if isinstance(said, str) else said(result))
    return redirect(to)


def asks_still(booking: Booking) -> bool:
    """Whether what somebody gave back, and may have again, is a request that somebody has to agree to, as the course asks today."""
    stood = notices.stood_before(booking)
    if stood not in AWAITING:
        return False
    who = facts.person(booking.person_id, booking.course_session.course, clock.now())
    return asked_today(booking, stood, who, agreed=requests.manager_agreed(booking.id)) in AWAITING


def page(
    form: Form, session: CourseSession, *, heading: str, lines: Sequence[str], button: str, back: str, kind: str = "", keep: str = "Change nothing",
    links: Sequence[tuple[str, str]] = (),
) -> ResponseReturnValue:
    """The page with one button: what it means in sentences, what is to be filled in, the button, and the way back."""
    over = f"{session.title}, {short_date(session.starts_at)}, {time_of_day(session.starts_at)}"
    return render_template("ui/act.html", form=form, over=over, heading=heading, lines=lines, button=button, back=back, kind=kind,
                           keep=keep, links=links)


def course_page(form: Form, course: Course, *, heading: str, lines: Sequence[str], button: str, back: str) -> ResponseReturnValue:
    """The same for an act on a course."""
    return render_template("ui/act.html", form=form, over=course.title, heading=heading, lines=lines, button=button, back=back, kind="",
                           keep="Change nothing", links=())


def at_that_time(person: Person, session: CourseSession) -> list[str]:
    """What somebody has a place on at the time of a session, a sentence for each: nothing forbids it."""
    return [f"{person.name or person.email} has a place at the same time on {other.title}." for other in mine.clashes(person.id, session)]


def name_of(booking: Booking) -> str:
    """How a page names whose booking it is."""
    return booking.person.name or booking.person.email
