"""Finding a course and its dates: the catalogue, a course, a session."""

from datetime import date

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from wtforms import Field

from app.accounts.access import EVERY_ROLE, access, anyone
from app.booking import services
from app.booking.forms.programme import CatalogueForm, WaitForm
from app.booking.queries import catalogue as search
from app.booking.queries import in_line, mine, programme, session_page
from app.booking.rules.states import BookingStatus
from app.booking.views import blueprint
from app.booking.views.mine.showing import contact, deadline_for, deadline_of
from app.core import clock
from app.ui.addresses import pages, same_page
from app.ui.dispatch import repeatable
from app.ui.drawing import drawn_page

FILTERS = ("q", "places", "format", "month", "topic", "level")


@blueprint.route("/courses")
@anyone
def catalogue() -> ResponseReturnValue:
    """The programme: sessions by date, then courses without one."""
    now = clock.now()
    offered = search.choices(now)
    form = _asked(offered) if request.args else None
    found = search.catalogue(form.wanted() if form else search.Wanted(), request.args.get("page", type=int), now, _viewer())
    tags = tuple(one.tag(now) for one in found.sessions)

    def drawn_with() -> dict[str, object]:
        shown = form or _asked(offered)
        return {"form": shown, "found": found, "tags": tags, "chips": _chips(shown), "page_link": pages(*FILTERS)}

    return drawn_page("booking/catalogue.html", (found, offered, tags), drawn_with)


def _asked(offered: tuple[tuple[str, ...], tuple[date, ...], tuple[int, ...]]) -> CatalogueForm:
    """What is looked for, among what can be."""
    form = CatalogueForm(request.args)
    form.offer(*offered)
    return form


def _viewer() -> int | None:
    return current_user.person_id if current_user.is_authenticated else None


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
    found, now = programme.course(code) or abort(404), clock.now()
    viewer = _viewer()
    waits = mine.interest(found.id, viewer) if viewer else None
    return render_template("booking/course.html", course=found, dates=programme.dates_of(found.id, now, person_id=viewer), waits=waits, now=now,
                           not_for_me=in_line.why_not(viewer, found, now, contact()) if viewer and waits and waits.any_date else "",
                           waited=mine.waited(viewer, found.id) if viewer else (), for_whom=programme.for_whom(found))


@blueprint.route("/courses/<code>/wait", methods=["POST"])
@access(*EVERY_ROLE)
@repeatable
def wait_for_course(code: str) -> ResponseReturnValue:
    """Be told when a course runs again, or be offered any date of it; or no longer."""
    found, form = programme.course(code) or abort(404), WaitForm()
    if form.validate_on_submit():
        if form.answer.data == "stop":
            services.stop_waiting_for_course(course_id=found.id, person_id=current_user.person_id, now=clock.now())
            flash(f"You no longer wait for {found.title}.")
        else:
            any_date = form.answer.data == "any"
            services.wait_for_course(course_id=found.id, person_id=current_user.person_id, any_date=any_date, now=clock.now())
            not_yet = in_line.why_not(current_user.person_id, found, clock.now(), contact()) if any_date else ""
            if not_yet:
                flash(f"At present no place on {found.title} is offered to you. {not_yet}", "warn")
            else:
                flash(f"As long as you have no place on {found.title}, you are offered the next one that comes free for you." if any_date else
                      f"We tell you when {found.title} runs again.")
    back = "home.my_training" if form.back.data == "my-training" else "booking.course"
    return redirect(url_for(back, code=None if back == "home.my_training" else code))


@blueprint.route("/sessions/<ref>")
@anyone
def session(ref: str) -> ResponseReturnValue:
    """When, where and for whom; and the box with what this reader can do."""
    now = clock.now()
    person_id = _viewer()
    found = programme.session(ref, person_id) or abort(404)
    box = session_page.box(found, person_id, contact(), now)
    others = programme.dates_of(found.session.course_id, now, without=found.session.id, person_id=person_id)
    return render_template(
        "booking/session.html", found=found, session=found.session, course=found.session.course, box=box, now=now,
        for_whom=programme.for_whom(found.session.course),
        mine=box.mine, booked=box.mine is not None and box.mine.status is BookingStatus.BOOKED,
        others=others, free_dates=[one for one in others if one.bookable(now)],
        **(deadline_for(box.mine, box.policy, now) if box.mine and box.policy else deadline_of(box.policy, found.session.starts_at, now)),
    )
