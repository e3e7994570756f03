"""Courses, as the desk keeps them. Their sessions are planned where places are kept: in booking."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.access import access
from app.accounts.rules import Role
from app.catalogue import queries, services
from app.catalogue.forms import CourseForm, course_as_typed
from app.catalogue.models import Course
from app.catalogue.views import blueprint
from app.core import clock
from app.core.errors import Refused
from app.ui.addresses import pages
from app.ui.filters import count
from app.ui.widgets import choices

OFF_THE_PROGRAMME = ("Off the programme, nobody finds or books any of them. Whoever has a place or waits for one keeps that, and is offered what "
                     "comes free. What is not to take place has to be cancelled.")


@blueprint.route("/desk/courses")
@access(Role.COORDINATOR)
def desk_courses() -> ResponseReturnValue:
    """All courses."""
    words = request.args.get("q", "")[:200]
    page, rows = queries.courses(words, request.args.get("page", type=int))
    return render_template("catalogue/desk_courses.html", page=page, rows=rows, words=words, page_link=pages("q"))


@blueprint.route("/desk/courses/new", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def new_course() -> ResponseReturnValue:
    """Add a course."""
    return _course(None)


@blueprint.route("/desk/courses/<code>", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def edit_course(code: str) -> ResponseReturnValue:
    """Change a course."""
    return _course(queries.course(code) or abort(404))


def _course(course: Course | None) -> ResponseReturnValue:
    typed = {} if course is None else course_as_typed(course)
    form = CourseForm(data=typed)
    form.priorities.choices = choices(queries.priority_choices())
    form.for_sectors.choices = choices((name, name) for name in sorted({*queries.sectors(), *(course.for_sectors if course else ())}))
    coming = queries.sessions_to_come(course.id, clock.now()) if course else 0
    if coming:
        form.published.description += f" {count(coming, 'session')} of it {'is' if coming == 1 else 'are'} still to come. {OFF_THE_PROGRAMME}"
    unchanged = course is None or form.is_unchanged(typed)
    if form.validate_on_submit() and unchanged:
        try:
            saved = services.save_course(course_id=course.id if course else None, facts=form.facts(), priority_ids=form.priorities.data,
                                         agency_ids=form.agency_ids, required_ids=form.required_ids, now=clock.now(),
                                         check=lambda held: form.check(course_as_typed(held)))
        except Refused as no:
            form.refuse(no)
        else:
            flash(f"“{saved.title}” is saved.")
            return redirect(url_for("catalogue.edit_course", code=saved.code))
    return render_template("catalogue/course_form.html", form=form, course=course)
