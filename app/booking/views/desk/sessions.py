"""Sessions as a coordinator sees them: who is on them, who waits and why, and everything that happened."""

from datetime import datetime

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts import queries as people
from app.accounts.access import access
from app.accounts.rules import Role
from app.booking import services
from app.booking.queries import cancelling, course_waiting, desk, facts, ledger, mine, one_session, told
from app.booking.rules.places import Standing
from app.booking.views import blueprint
from app.booking.views.desk import acting
from app.catalogue.models import CourseSession
from app.catalogue.queries import likely_to_come
from app.catalogue.rules import SessionStatus
from app.core import clock
from app.core.errors import Refused
from app.ui.addresses import pages
from app.ui.filters import count

SHOWN = 40
"""So many people of each kind are shown unless all are asked for."""


@blueprint.route("/desk/sessions")
@access(Role.COORDINATOR)
def desk_sessions() -> ResponseReturnValue:
    """All sessions: those to come, those that are over, drafts, cancelled ones."""
    which = request.args.get("which", "coming")
    which = which if which in desk.WHICH else "coming"
    words = request.args.get("q", "")[:200]
    page, rows = desk.sessions(which, words, request.args.get("page", type=int), clock.now())
    return render_template("booking/desk_sessions.html", page=page, rows=rows, which=which, words=words,
                           choices=desk.WHICH, page_link=pages("which", "q"))


@blueprint.route("/desk/sessions/<ref>")
@access(Role.COORDINATOR)
def desk_session(ref: str) -> ResponseReturnValue:
    """One session: its places and who holds them, its list and why it stands as it does, what happened."""
    found = desk.session(ref) or abort(404)
    now, number = clock.now(), found.session.id
    standing, roll = facts.standing(found.session, now), one_session.roll(number)
    held = one_session.held_places(number)
    return render_template(
        "booking/desk_session.html", found=found, session=found.session, now=now, standing=standing, roll=roll, held=held,
        noted=ledger.noted([*roll.booked, *roll.asked, *roll.offered, *roll.waiting], now),
        shown=None if "all" in request.args else SHOWN, quotas=standing.quotas, overrides=one_session.overrides(number),
        not_told=told.not_yet(roll.offered),
        line=one_session.line(found.session, standing, roll.waiting, now), latest=one_session.latest(number), tags=acting.DESK_TAGS,
        held_parts=_held(roll, sum(one.places for one in held)), undo_until=cancelling.undone_until_of(found.session, now),
        likely=likely_to_come([number], now).get(number),
        hear=_hear(found.session) if found.session.status is SessionStatus.DRAFT else (), rests=_rests(found.session, standing, now),
    )


def _rests(session: CourseSession, standing: Standing, now: datetime) -> list[str]:
    """Whom an import that told nobody left without the places that it freed, or without news of this date; one sentence each."""
    if not (session.list_rests or session.untold):
        return []
    list_rests, untold = desk.rests(session.id, now)
    any_date, asked = course_waiting.who_hear_of_a_date(session.course_id)
    lines = []
    if list_rests:
        waiting = [count(standing.waiting, "person waits", "people wait")] if standing.waiting else []
        waiting += [f"{count(any_date, 'person takes', 'people take')} any date of the course"] if any_date else []
        lines.append(f"Places are free, {' and '.join(waiting)}, and nobody was offered them yet. They are offered when anything happens on this "
                     "session, or now:")
    if untold:
        lines.append(f"{count(asked, 'person was', 'people were')} not told, who had asked to hear when the course runs again.")
    return lines


def _hear(session: CourseSession) -> list[str]:
    """What putting a draft on the programme means for whom."""
    offered, told = course_waiting.who_hear_of_a_date(session.course_id)
    lines = ["On the programme, everybody can see and book it."]
    if offered:
        lines.append(f"{count(offered, 'person takes', 'people take')} any date of the course: places are offered in the order in which they joined.")
    if told:
        lines.append(f"{count(told, 'person is', 'people are')} told, as they asked to hear when it runs again.")
    return lines


def _held(roll: one_session.Roll, nameless: int) -> list[tuple[int, str]]:
    """Who holds the places, as numbers with words; what is none is left out, but for those who are booked."""
    parts = [(len(roll.booked), "booked"), (len(roll.offered), "offered"), (len(roll.asked), "asked for"), (nameless, "held without a name"),
             (len(roll.returning), "just given back")]
    return [part for part in parts if part[0] or part[1] == "booked"]


@blueprint.route("/desk/sessions/<ref>/history")
@access(Role.COORDINATOR)
def session_history(ref: str) -> ResponseReturnValue:
    """Everything that happened to the bookings of a session, latest first."""
    found = desk.session(ref) or abort(404)
    page, rows = one_session.history(found.session.id, request.args.get("page", type=int))
    return render_template("booking/desk_history.html", session=found.session, page=page, rows=rows, page_link=pages())


@blueprint.route("/desk/sessions/<ref>/publish", methods=["POST"])
@access(Role.COORDINATOR)
def publish_session(ref: str) -> ResponseReturnValue:
    """Put a draft on the programme."""
    found = desk.session(ref) or abort(404)
    try:
        told = services.put_on_programme(session_id=found.session.id, by=current_user.name, now=clock.now())
    except Refused as no:
        flash(str(no), "bad")
    else:
        waited = f" {count(told, 'person who waits', 'people who wait')} for the course {'is' if told == 1 else 'are'} told." if told else ""
        flash(f"The session is on the programme. People can book.{waited}")
    return redirect(url_for("booking.desk_session", ref=ref))


@blueprint.route("/desk/sessions/<ref>/offer-now", methods=["POST"])
@access(Role.COORDINATOR)
def offer_now(ref: str) -> ResponseReturnValue:
    """Offer what is free to those who wait, where an import that told nobody left the list at rest."""
    found = desk.session(ref) or abort(404)
    asked = services.let_list_move(session_id=found.session.id, now=clock.now())
    also = f" {count(asked, 'person is', 'people are')} told of this date, as they had asked to hear." if asked else ""
    flash(f"The list moves again. Who is offered a place stands under Waiting, and is told.{also}")
    return redirect(url_for("booking.desk_session", ref=ref))


@blueprint.route("/desk/people/<int:person_id>/bookings")
@access(Role.COORDINATOR)
def bookings_of_person(person_id: int) -> ResponseReturnValue:
    """What somebody has booked, and what became of it."""
    person = people.person(person_id) or abort(404)
    page, rows = desk.bookings_of(person_id, request.args.get("page", type=int))
    return render_template("booking/bookings_of_person.html", person=person, page=page, rows=rows, page_link=pages(), tags=acting.DESK_TAGS,
                           waited=mine.waited(person_id))
