"""Finding a course and its dates: the catalogue, a course, a session."""

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from wtforms import Field

from app.accounts.access import anyone
from app.booking.forms.programme import CatalogueForm
from app.booking.queries import mine, programme
from app.booking.rules.states import BookingStatus
from app.booking.views import blueprint
from app.catalogue.rules import SessionStatus
from app.core import clock
from app.ui.addresses import pages, same_page

FILTERS = ("q", "places", "format", "month", "topic", "level")


@blueprint.route("/courses")
@anyone
def catalogue() -> ResponseReturnValue:
    """The programme: sessions by date, then courses without one."""
    now = clock.now()
    form = CatalogueForm(request.args)
    form.offer(*programme.choices(now))
    found = programme.catalogue(form.wanted(), request.args.get("page", type=int), now)
    return render_template("booking/catalogue.html", form=form, found=found, chips=_chips(form), page_link=pages(*FILTERS))


def _chips(form: CatalogueForm) -> list[tuple[str, str]]:
    """What is filtered by, each with the address that leaves it out."""
    chips = []
    for field in (form.q, form.month, form.topic, form.level):
        if field.data:
            label = _labels(field).get(field.data, f"“{field.data}”")
            chips.append((label, same_page(*FILTERS, without=(field.name, field.data))))
    for field in (form.places, form.format):
        labels = _labels(field)
        chips += [(labels[value], same_page(*FILTERS, without=(field.name, value))) for value in field.data or () if value in labels]
    return chips


def _labels(field: Field) -> dict[str, str]:
    return {one.value: one.label for one in getattr(field, "choices", ())}


@blueprint.route("/courses/<code>")
@anyone
def course(code: str) -> ResponseReturnValue:
    """What a course is about, and its dates."""
    found = programme.course(code) or abort(404)
    return render_template("booking/course.html", course=found, dates=programme.dates_of(found.id, clock.now()))


@blueprint.route("/sessions/<ref>")
@anyone
def session(ref: str) -> ResponseReturnValue:
    """When, where and for whom; and the button."""
    now = clock.now()
    found = programme.session(ref) or abort(404)
    live = mine.live_booking(found.session.id, current_user.person_id) if current_user.is_authenticated else None
    return render_template(
        "booking/session.html", found=found, session=found.session, course=found.session.course, mine=live,
        position=mine.position(live) if live and live.status is BookingStatus.WAITING else None,
        others=programme.dates_of(found.session.course_id, now, without=found.session.id), state=_state(found.session, now),
    )


def _state(session: object, now: object) -> str:
    """In one word, what can be done with the session."""
    status, starts_at, ends_at = session.status, session.starts_at, session.ends_at  # type: ignore[attr-defined]
    if status is SessionStatus.CANCELLED:
        return "cancelled"
    if status is SessionStatus.DELIVERED or ends_at <= now:
        return "over"
    return "started" if starts_at <= now else "open"
