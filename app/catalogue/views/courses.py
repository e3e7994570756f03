"""Courses and the sessions that are planned from them."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.access import access
from app.accounts.rules import Role
from app.catalogue import queries, services
from app.catalogue.forms import CourseForm, session_form
from app.catalogue.models import Course
from app.catalogue.rules import days_as_typed
from app.catalogue.views import blueprint
from app.core.errors import Refused
from app.ui.addresses import pages
from app.ui.widgets import choices


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
    typed = {} if course is None else {
        "code": course.code, "title": course.title, "summary": course.summary, "level": course.level, "format": course.format.value,
        "duration_minutes": course.duration_minutes, "learning_outcomes": "\n".join(course.learning_outcomes),
        "materials": "\n".join(course.materials), "published": course.published,
        "priorities": [priority.id for priority in course.priorities], "approval": course.approval.value, "least_level": course.least_level,
        "for_sectors": course.for_sectors, "for_jobs": "\n".join(course.for_jobs),
        "for_agencies": "\n".join(agency.name for agency in course.for_agencies),
        "prerequisites": "\n".join(one.code for one in course.prerequisites), "reminder_days": days_as_typed(course.reminder_days),
        "joining_days": course.joining_days, "certificate_percent": course.certificate_percent,
        "certificate_after_questions": course.certificate_after_questions,
    }
    form = CourseForm(data=typed)
    form.priorities.choices = choices(queries.priority_choices())
    form.for_sectors.choices = choices((name, name) for name in sorted({*queries.sectors(), *(course.for_sectors if course else ())}))
    if form.validate_on_submit():
        try:
            saved = services.save_course(course_id=course.id if course else None, facts=form.facts(), priority_ids=form.priorities.data,
                                         agency_ids=form.agency_ids, required_ids=form.required_ids)
        except Refused as no:
            form.refuse(no)
        else:
            flash(f"“{saved.title}” is saved.")
            return redirect(url_for("catalogue.edit_course", code=saved.code))
    return render_template("catalogue/course_form.html", form=form, course=course)


@blueprint.route("/desk/courses/<code>/sessions/new", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def new_session(code: str) -> ResponseReturnValue:
    """Plan a session of the course, as a draft."""
    course = queries.course(code) or abort(404)
    form = session_form(_parts_wanted())(data={"format": course.format.value})
    form.trainer.choices = choices([(0, "Nobody yet"), *queries.trainer_choices()])
    if "more" not in request.form and form.validate_on_submit():
        try:
            planned = services.plan_session(course_id=course.id, planned=form.planned(), capacity=form.capacity.data)
        except Refused as no:
            form.refuse(no)
        else:
            flash("The session is planned, as a draft. Put it on the programme when it is ready.")
            return redirect(url_for("booking.desk_session", ref=planned.ref))
    return render_template("catalogue/session_form.html", form=form, course=course, back=url_for("catalogue.edit_course", code=code),
                           heading="Plan a session")


def _parts_wanted() -> int:
    there = sum(name.startswith("day_") for name in request.form)
    return max(2, there) + ("more" in request.form)
