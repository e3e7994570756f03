"""Booking somebody in from the desk: in the usual way, over capacity, and exceptions. The first page asks who, the second says what happens."""

from dataclasses import replace

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts import queries as people
from app.accounts.access import access
from app.accounts.models import Person
from app.accounts.rules import Role
from app.booking import services
from app.booking.forms.desk import ExceptionForm, OverCapacityForm, PersonForm
from app.booking.models import Booking
from app.booking.queries import desk, facts
from app.booking.rules.eligibility import why_not_eligible
from app.booking.rules.places import Answer, Standing, answer_to, places_free_for, why_not_free, without_window
from app.booking.rules.states import LIVE, BookingStatus
from app.booking.services import OnBehalf
from app.booking.views import blueprint
from app.booking.views.desk import acting
from app.catalogue import queries as catalogue
from app.catalogue.models import CourseSession
from app.core import clock
from app.core.errors import Refused
from app.ui.filters import count, until
from app.ui.widgets import Form

UNKNOWN = "Nobody with this address is known here. Add the person first, under People, or correct the address."

OWN_PLACE = "This is your own address. Book a place for yourself like everybody else, or ask another coordinator to do this for you."


def _behalf() -> OnBehalf:
    """The coordinator, who has agreed by asking."""
    return OnBehalf(current_user.person_id, coordinator=True)


def _own_place(form: PersonForm, session: CourseSession, heading: str, back: str) -> ResponseReturnValue:
    """Coordinators book for themselves where everybody does, so that they say yes to the terms and agree to no request of their own."""
    return acting.page(form, session, heading=heading, lines=[OWN_PLACE], button="", back=back,
                       links=[("Book a place for yourself", url_for("booking.book", ref=session.ref))])


def _person(form: PersonForm) -> Person | None:
    """Whom the form names; none, with the sentence at the field, when nobody has the address."""
    if not form.validate_on_submit():
        return None
    person = people.person_with_address(form.email.data)
    if person is None:
        form.refuse(UNKNOWN, "email")
    return person


def _shown(form: PersonForm, person: Person) -> bool:
    """Whether the page before was about this person, so that the button may do what it said."""
    shown = form.person.data == str(person.id)
    form.person.data = str(person.id)
    return shown and "change" not in request.form


def _try(form: Form, act: object) -> Booking | None:
    try:
        return act()  # type: ignore[operator,no-any-return]
    except Refused as no:
        form.refuse(no)
        return None


@blueprint.route("/desk/sessions/<ref>/book-in", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def book_somebody(ref: str) -> ResponseReturnValue:
    """Book somebody by their address: a place when one is free for them or kept for the coordinator, else the end of the waiting list."""
    found = desk.session(ref) or abort(404)
    session, back, form = found.session, url_for("booking.desk_session", ref=ref), PersonForm()
    times = form.show_times(session)
    person = _person(form)
    if person is None:
        return acting.page(form, session, heading="Book somebody in", lines=["They are told, and can decline. You have agreed by asking."],
                           button="Look the person up", back=back)
    name, number = person.name or person.email, person.id
    if number == current_user.person_id:
        return _own_place(form, session, "Book somebody in", back)
    if _shown(form, person):
        booked = _try(form, lambda: services.book_place(
            session_id=session.id, person_id=number, by=current_user.name, behalf=replace(_behalf(), uses_kept=True), now=clock.now(),
            times=times))
        if booked is not None:
            flash(_said(name, booked.status))
            return redirect(back)
    lines, button = _outcome(session, person, number)
    if not button:
        form.person.data = ""
    return acting.page(form, session, heading=f"Book {name} in?", lines=lines, button=button or "Look the person up", back=back, links=[
        ("Book over capacity, with your name", url_for("booking.over_capacity", ref=session.ref)),
        ("Make an exception", url_for("booking.exception", code=session.course.code)),
    ] if not button or "list" in button else ())


def _said(name: str, status: BookingStatus) -> str:
    """How they stand now. They may have asked themselves, or have been offered a place, while the page was open."""
    return {
        BookingStatus.WAITING: f"{name} is on the waiting list.",
        BookingStatus.OFFERED: f"{name} has been offered a place, which is held for them. They have not taken it yet.",
        BookingStatus.AWAITING_MANAGER: f"{name} has asked for a place, which is held for them. Their manager has to agree first.",
        BookingStatus.AWAITING_COORDINATOR: f"{name} has asked for a place, which is held for them. A coordinator has to agree first.",
    }.get(status, f"{name} has a place.")


def _outcome(session: CourseSession, person: Person, number: int) -> tuple[list[str], str]:
    """What booking this person would do, in sentences, and the words of the button; no button where nothing can be done."""
    now = clock.now()
    who, name = facts.person(number, session.course, now), person.name or person.email
    where = person.affiliation.agency.name if person.affiliation and person.affiliation.agency else "agency not known"
    lines = [f"{name}, {where}."]
    there = facts.there(session.id, number)
    if there is not None and there.status in LIVE:
        return [*lines, f"They are on this session already: {acting.DESK_TAGS[there.status][0].lower()}."], ""
    if there is not None:
        return [*lines, _held_for(there)], f"Give {name} the place again"
    refusal = why_not_eligible(who.audience, who.asker, "", to_another=True)
    if refusal:
        return [*lines, refusal.partition(" Think it is for")[0]], ""
    standing = without_window(facts.standing(session, now))
    try:
        answer = answer_to(standing, who.asker.working, now)
    except Refused as no:
        return [*lines, str(no)], ""
    lines += acting.at_that_time(person, session)
    if answer is Answer.PLACE:
        return [*lines, f"They get a place at once and are told. {count(standing.places_left, 'place is', 'places are')} free."], f"Book {name} in"
    kept = sum(quota.places for quota in standing.quotas if quota.holds(now) and quota.of_coordinator)
    if places_free_for(standing, who.asker.working, now, coordinator=True):
        return [*lines, f"No other place is free for them: they get one of {count(kept, 'place')} kept for you at once, and are told. Then "
                        f"{count(kept - 1, 'is', 'are')} kept for you."], f"Book {name} in on a place kept for you"
    return [*lines, f"{why_not_free(standing, who.asker.working, now)} They join the waiting list as number {standing.waiting + 1}."], (
        f"Put {name} on the waiting list")


def _held_for(there: Booking) -> str:
    """What happens to somebody who gave up what is held for them still."""
    until_then = f"until {until(there.due_at)}" if there.due_at else "for a moment"
    if there.status is BookingStatus.LEFT_LIST:
        return f"They said no to a place a moment ago, which is held for them {until_then}. It becomes theirs. They are told, and can decline."
    agreed = " It still has to be agreed, as before." if acting.asks_still(there) else ""
    return (f"They gave their place back a moment ago, and it is held for them {until_then}. It becomes theirs again.{agreed} "
            "They are told, and can decline.")


@blueprint.route("/desk/sessions/<ref>/over-capacity", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def over_capacity(ref: str) -> ResponseReturnValue:
    """A place although none is free, with the coordinator's name and reason beside every count."""
    found = desk.session(ref) or abort(404)
    session, back, form = found.session, url_for("booking.desk_session", ref=ref), OverCapacityForm()
    times = form.show_times(session)
    standing = facts.standing(session, clock.now())
    lines = [f"{standing.taken} held of {count(standing.capacity, 'place')}{_extra(standing)}, {standing.waiting} waiting.",
             "Places that are kept back for you are used first; then it is one place more than there are. Somebody who waits gets the place "
             "that they wait for, and the others on the list keep theirs."]
    person = _person(form)
    if person is None:
        return acting.page(form, session, heading="Book somebody over capacity", lines=lines, button="Look the person up", back=back)
    name, number, excepts = person.name or person.email, person.id, bool(form.excepts.data)
    if number == current_user.person_id:
        return _own_place(form, session, "Book somebody over capacity", back)
    if _shown(form, person):
        booked = _try(form, lambda: services.book_over_capacity(
            session_id=session.id, person_id=number, reason=form.reason.data, by=current_user.name, behalf=_behalf(), now=clock.now(),
            exception=excepts, times=times))
        if booked is not None:
            flash(f"{name} has a place, by your decision.")
            return redirect(back)
    who = facts.person(number, session.course, clock.now())
    why = why_not_eligible(who.audience, who.asker, "", to_another=True).partition(" Think it is for")[0]
    form.excepts.data = "1" if why and not who.asker.left else ""
    if who.asker.left:
        return acting.page(form, session, heading=f"Book {name} over capacity?", lines=[why], button="", back=back)
    free = places_free_for(standing, who.asker.working, clock.now(), coordinator=True)
    lines.append(f"{count(free, 'place is', 'places are')} free for {name}: they get one of them, and nothing goes over capacity." if free else
                 f"With {name} it says: {standing.taken + 1} held of {count(standing.capacity, 'place')}, by {current_user.name}’s decision.")
    lines += acting.at_that_time(person, session)
    if why:
        lines.append(f"{why} With the button you make an exception for {name}: it holds for every date of this course, and stands with your name and "
                     "your reason beside the course and in the history of this session.")
    what = "on a free place" if free else "over capacity"
    return acting.page(form, session, heading=f"Book {name} {what}{', as an exception' if why else ''}?", lines=lines, back=back, kind="warning",
                       button=f"{'Make an exception and book' if why else 'Book'} {name} {what}")


def _extra(standing: Standing) -> str:
    return f", {standing.extra} of them over capacity" if standing.extra else ""


@blueprint.route("/desk/courses/<code>/exceptions", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def exception(code: str) -> ResponseReturnValue:
    """Let somebody book a course that is not open to them."""
    course = catalogue.course(code) or abort(404)
    form, back = ExceptionForm(), url_for("booking.course_waiting", code=code)
    person = _person(form)
    button, heading, lines = "Look the person up", "Make an exception", ["It holds for every date of this course, and for nobody else."]
    if person is not None:
        name, number = person.name or person.email, person.id
        if _shown(form, person):
            done = acting.run(form, lambda: services.allow_exception(course_id=course.id, person_id=number, reason=form.reason.data,
                                                                     by=current_user.name, now=clock.now()), f"{name} can book {course.title}.", back)
            if done is not None:
                return done
        who = facts.person(number, course, clock.now())
        why = why_not_eligible(who.audience, who.asker, "", to_another=True).partition(" Think it is for")[0]
        lines = [f"{name}: {why or 'the course is open to them, so no exception is needed.'}",
                 "With the exception they can book every date of this course; they book themselves, or you book them in."]
        heading, button = f"Let {name} book this course?", f"Let {name} book" if why else ""
    return acting.course_page(form, course, heading=heading, lines=lines, button=button, back=back)
