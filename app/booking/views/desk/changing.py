"""Planning a session, and changing when, where, by whom and for how many a session is. What people are told is said before, and to how many."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.access import access
from app.accounts.rules import Role
from app.booking import services
from app.booking.queries import desk, giving, groups
from app.booking.rules.giving import Given
from app.booking.views import blueprint
from app.booking.views.desk.told import gives_too, spans
from app.catalogue import queries as catalogue
from app.catalogue.forms import SessionForm, as_typed, session_form
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus, place_shown
from app.catalogue.services import Planned
from app.core import clock
from app.core.errors import Refused
from app.core.tokens import secret
from app.ui.dispatch import repeatable
from app.ui.filters import count
from app.ui.widgets import choices

NOT_TYPED = ("csrf_token", "confirmed", "back")


@blueprint.route("/desk/courses/<code>/sessions/new", methods=["GET", "POST"])
@access(Role.COORDINATOR)
@repeatable
def new_session(code: str) -> ResponseReturnValue:
    """Plan a session of the course, as a draft: one, however often the button is pressed."""
    course = catalogue.course(code) or abort(404)
    there = sum(name.startswith("day_") for name in request.form)
    form = session_form(max(2, there) + ("more" in request.form))(data={"format": course.format.value})
    form.trainer.choices = choices([(0, "Nobody yet"), *catalogue.trainer_choices()])
    once = request.form.get("once") or secret()
    if "more" not in request.form and form.validate_on_submit():
        try:
            planned = services.plan_once(course_id=course.id, planned=form.planned(), capacity=form.capacity.data, key=once, now=clock.now())
        except Refused as no:
            form.refuse(no)
        else:
            flash("The session is planned, as a draft. Put it on the programme when it is ready.")
            return redirect(url_for("booking.desk_session", ref=planned.ref))
    return render_template("catalogue/session_form.html", form=form, course=course, heading="Plan a session", once=once,
                           back=url_for("catalogue.edit_course", code=code))


@blueprint.route("/desk/sessions/<ref>/change", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def edit_session(ref: str) -> ResponseReturnValue:
    """Change a session. Where people would be told of it, a second page says what they are told, and has the button."""
    found = desk.session(ref) or abort(404)
    session = found.session
    there = sum(name.startswith("day_") for name in request.form)
    form = session_form(max(there, len(session.parts) + 1) + ("more" in request.form))(data=as_typed(session))
    form.trainer.choices = choices([(0, "Nobody yet"), *catalogue.trainer_choices()])
    unchanged = form.is_unchanged(as_typed(session))
    if "more" not in request.form and "back" not in request.form and form.validate_on_submit() and unchanged:
        answer = _changed(form, session)
        if answer is not None:
            return answer
    return render_template("catalogue/session_form.html", form=form, course=session.course, heading="Change the session",
                           back=url_for("booking.desk_session", ref=ref))


def _changed(form: SessionForm, session: CourseSession) -> ResponseReturnValue | None:
    """The page that says who is told, or the change itself; none when it was refused."""
    back = url_for("booking.desk_session", ref=session.ref)
    try:
        planned = form.planned()
        moved = services.check_change(course_session=session, planned=planned, capacity=form.capacity.data, now=clock.now())
        told = _told(session, planned, form.capacity.data)
        if told and "confirmed" not in request.form:
            typed = [item for item in request.form.items(multi=True) if item[0] not in NOT_TYPED]
            return render_template("booking/desk_change.html", session=session, told=told[:-1], moved=moved, button=told[-1], typed=typed, back=back,
                                   place=_places(session, planned),
                                   before=spans([(part.starts_at, part.ends_at) for part in session.parts]), after=spans(sorted(planned.parts)))
        services.change_session(session_id=session.id, planned=planned, capacity=form.capacity.data, by=current_user.name, now=clock.now(),
                                check=lambda held: form.check(as_typed(held)))
    except Refused as no:
        form.refuse(no)
        return None
    flash(f"The session is saved. {moved}." if moved else "The session is saved.")
    return redirect(back)


def _places(session: CourseSession, planned: Planned) -> tuple[str, str] | None:
    """Where it is, and where it will be, for those who have a place; none when that stays."""
    before = place_shown(session.venue_or_link, session.format, booked=True)
    after = place_shown((planned.venue_or_link or "").strip() or None, planned.format, booked=True)
    return None if before == after else (before, after)


def _told(session: CourseSession, planned: Planned, capacity: int) -> list[str]:
    """What people are told when the session becomes as planned, the words of the button last; nothing when nothing changes for anybody."""
    booked, held, waiting = desk.people_on(session.id)
    nameless = desk.holders_on(session.id, clock.now())
    trainer = int(session.trainer_id is not None and session.trainer_id == planned.trainer_id)
    times = sorted(planned.parts) != sorted((part.starts_at, part.ends_at) for part in session.parts)
    place = (planned.venue_or_link or "").strip() != (session.venue_or_link or "") or planned.format is not session.format
    handed = giving.handover(session, planned.trainer_id, clock.now())
    besides = [*handed.lines, *_gives_too(session, planned, times=times), *_losing_room(session, capacity)]
    shown = session.status is SessionStatus.SCHEDULED
    if handed.told and booked + held + waiting and not (times or place):
        besides = ["Nothing changes for those who have a place or wait, and they are not written to.", *besides]
    if not shown or not booked + held + waiting + nameless + trainer or not (times or place):
        told = f"Save and tell {count(handed.told, 'person', 'people')}" if handed.told else "Save"
        return [*besides, "Save and tell them" if _losing_room(session, capacity) else told] if besides else []
    new = " and ".join([*(["time"] if times else []), *(["place"] if place else [])])
    gives = [f"Whoever gives the session is told the new {new}."] if trainer else []
    if not times:
        keep = [f"{_people(booked)} a place and {'keeps' if booked == 1 else 'keep'} it; nothing has to be confirmed. Each is told the new "
                "place or joining link."] if booked or not trainer else []
        told = booked + trainer + handed.told
        return [*keep, *gives, *besides, f"Save and tell {count(told, 'person', 'people')}" if told else "Save the new place"]
    lines = [f"{_people(booked + held)} a place. Each is told the new {new} and asked {_asked(session)}"]
    if waiting:
        lines.append(f"{count(waiting, 'person waits', 'people wait')}. Each keeps their place on the list and is told the new {new}.")
    if nameless:
        lines.append(f"{count(nameless, 'person holds', 'people hold')} places without names, keep them and are told the new {new}.")
    told = booked + held + waiting + nameless + trainer + handed.told
    return [*lines, *gives, *besides, f"Change the {new} for {count(told, 'person', 'people')}"]


def _gives_too(session: CourseSession, planned: Planned, *, times: bool) -> list[str]:
    """What else its trainer would give at the same time, where either of the two is new."""
    if planned.trainer_id is None or (planned.trainer_id == session.trainer_id and not times):
        return []
    given = giving.given(clock.now()) | {session.id: Given(planned.trainer_id, session.title, sorted(planned.parts))}
    return gives_too(session.id, dict(catalogue.trainer_choices())[planned.trainer_id], given)


def _asked(session: CourseSession) -> str:
    """What whoever has a place is asked when the time is another, and what their answer means."""
    if session.starts_at <= clock.now():
        return ("whether they can come to the rest: to say yes, or to send their apologies. As the session has begun the place stays theirs, and "
                "nobody is charged for a time to which they did not say yes.")
    return ("whether they can still come: to say yes, or to give the place back. Who does not answer keeps the place. A place given back because of "
            "the new time never counts as late, and nobody is charged.")


def _losing_room(session: CourseSession, capacity: int) -> list[str]:
    """Whoever booked a group that waits to come together, and never could with so many places."""
    return [f"{one.by.name or one.by.email}’s group of {len(one.members)} waits to come together and never could with {count(capacity, 'place')}. "
            f"{one.by.name or one.by.email} is told."
            for one in groups.together(session, clock.now()) if not one.never and one.least is not None and capacity < one.least]


def _people(number: int) -> str:
    return count(number, "person has", "people have")

