"""Who waits for a course, and a session made from them in one act."""

from collections.abc import Sequence
from datetime import datetime

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.access import access
from app.accounts.rules import Role
from app.booking import services
from app.booking.queries import course_waiting as queries
from app.booking.queries.course_waiting import WaitsForCourse
from app.booking.views import blueprint
from app.booking.views.desk.changing import NOT_TYPED, spans
from app.catalogue import queries as catalogue
from app.catalogue.forms import SessionForm, session_form
from app.catalogue.models import Course
from app.core import clock
from app.core.errors import Refused
from app.core.tokens import secret
from app.ui.filters import count, until
from app.ui.widgets import choices


@blueprint.route("/desk/courses/<code>/waiting", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def course_waiting(code: str) -> ResponseReturnValue:
    """Everybody who waits for the course, and the form of a session for them."""
    course = catalogue.course(code) or abort(404)
    waiting = queries.waiting(course.id, clock.now())
    there = sum(name.startswith("day_") for name in request.form)
    form = session_form(max(1, there) + ("more" in request.form))(data={"format": course.format.value, "capacity": len(waiting) or None})
    form.trainer.choices = choices([(0, "Nobody yet"), *catalogue.trainer_choices()])
    if "more" not in request.form and "back" not in request.form and form.validate_on_submit():
        answer = _planned(form, course, waiting)
        if answer is not None:
            return answer
    return render_template("booking/course_waiting.html", form=form, course=course, waiting=waiting, exceptions=queries.exceptions(course.id))


def _planned(form: SessionForm, course: Course, waiting: Sequence[WaitsForCourse]) -> ResponseReturnValue | None:
    """The page that says who is offered a place, or the session itself; none when it was refused."""
    try:
        planned = form.planned()
        if "confirmed" not in request.form:
            starts_at = min((start for start, _end in planned.parts), default=None)
            able = queries.could_be_offered(course, waiting, starts_at, clock.now()) if starts_at else 0
            lines = _meaning(starts_at, form.capacity.data, waiting, able)
            typed = [item for item in request.form.items(multi=True) if item[0] not in (*NOT_TYPED, "once")]
            typed.append(("once", secret()))  # the key of this page's button: pressed twice it plans one session
            offers = count(min(able, form.capacity.data), "person", "people")
            return render_template("booking/course_waiting_check.html", course=course, after=spans(sorted(planned.parts)), lines=lines, typed=typed,
                                   button=f"Plan the session and offer {offers} a place", back=url_for("booking.course_waiting", code=course.code))
        session, offers = services.session_from_waiting(course_id=course.id, planned=planned, capacity=form.capacity.data, by=current_user.name,
                                                        now=clock.now(), key=request.form.get("once", ""))
    except Refused as no:
        form.refuse(no)
        return None
    flash(f"The session is on the programme. {count(offers, 'person is', 'people are')} offered a place.")
    return redirect(url_for("booking.desk_session", ref=session.ref))


def _meaning(starts_at: datetime | None, capacity: int, people: Sequence[WaitsForCourse], able: int) -> list[str]:
    """What pressing the button does; `able` is how many of those who wait can be offered a place.

    Raises:
        Refused: no day is given, or the session is too near for offers.
    """
    if starts_at is None:
        raise Refused("Enter when the session is: at least one day with its start and end.")
    waiting = len(people)
    if not waiting:
        raise Refused("Nobody waits for this course. Plan a session in the usual way.")
    ends_at = queries.first_offer_ends_at(people, starts_at, clock.now())
    if ends_at is None:
        raise Refused("The session starts too soon for offers. Choose a later day.")
    if not able:
        raise Refused("The course is open to nobody who waits for it. Change for whom it is, make an exception, or plan a session in the usual way.")
    offers = min(able, capacity)
    first = "The first who waits" if offers == 1 else f"The first {offers} who wait"
    whom = "" if able == waiting else " and to whom the course is open"
    lines = ["The session is on the programme at once.",
             f"{first}{whom} {'is' if offers == 1 else 'are'} offered a place, which is held until "
             f"{until(ends_at)} at least. Nobody loses a place on another list before they say yes."]
    if able > offers:
        lines.append(f"{count(able - offers, 'more person is put', 'more people are put')} on its list in the same order, with a letter: what "
                     "is declined, or not answered in time, goes to them before anybody who comes later. They wait elsewhere as before.")
    if waiting > able:
        lines.append(f"{count(waiting - able, 'person stays', 'people stay')} where they wait: it is not open to them, or too late to ask "
                     "them. Who asked to hear of new dates is told of this one.")
    if capacity > offers:
        lines.append(f"{count(capacity - offers, 'place is', 'places are')} free for everybody.")
    return lines
