"""What a coordinator does for somebody who writes or rings: another date of the course, or a colleague who comes instead."""

from flask import abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts import queries as people
from app.accounts.access import access
from app.accounts.rules import Role
from app.booking import services
from app.booking.forms.desk import MoveForForm, PersonForm
from app.booking.models import Booking
from app.booking.queries import facts, notices, one_session, programme, session_page
from app.booking.rules.charges import money
from app.booking.rules.states import BookingStatus
from app.booking.views import blueprint
from app.booking.views.desk import acting
from app.booking.views.desk.people import UNKNOWN
from app.booking.views.mine.changing import as_choices, handed_on
from app.core import clock
from app.core.errors import Refused
from app.ui.dispatch import repeatable
from app.ui.filters import until

GONE = "They have no place here that can be moved or handed on."


def _changeable(ref: str) -> tuple[Booking, str, str, bool]:
    """The booking, whose it is, its page, and whether there is a place to change."""
    booking = one_session.booking(ref) or abort(404)
    return booking, acting.name_of(booking), url_for("booking.desk_booking", ref=ref), session_page.can_change(booking, clock.now())


@blueprint.route("/desk/bookings/<ref>/move", methods=["GET", "POST"])
@access(Role.COORDINATOR)
@repeatable
def move_for(ref: str) -> ResponseReturnValue:
    """Move somebody to another date, which they may decline."""
    booking, name, back, possible = _changeable(ref)
    session, now, form = booking.course_session, clock.now(), MoveForForm()
    dates = [one for one in programme.dates_of(session.course_id, now, without=session.id, count=30, person_id=booking.person_id) if one.left]
    form.offer(as_choices(dates, booking.person_id, now))

    def move() -> Booking:
        to = programme.session_id(form.to.data)
        if to is None:
            raise Refused("Choose another date of the same course.")
        return services.move(booking_id=booking.id, to_session_id=to, by=current_user.name, now=now, behalf_id=current_user.person_id,
                             reason=form.reason.data or "", times=form.shown_times())

    done = acting.run(form, move, f"{name} has a place on the other date.", back, at="to") if possible else None
    if done is None and form.is_submitted() and booking.status is BookingStatus.MOVED:  # pressed twice
        return redirect(back)
    form.show({one.session.ref: one.session.times_version for one in dates})
    return done or acting.page(form, session, heading=f"Move {name} to another date?", lines=_meaning(booking, name, possible, bool(dates)),
                               button="Move the place" if possible and dates else "", back=back)


def _meaning(booking: Booking, name: str, possible: bool, dates: bool) -> list[str]:
    if not possible:
        return [GONE]
    if not dates:
        return ["No other date of this course has places at present."]
    promised = facts.policy_of(booking)
    lines = [f"{name} is booked on the other date first. Then this place goes on to the first who waits.",
             f"{name} is told of the new date, and can decline it. Then this place is theirs again if it is still free; if not, they stand at "
             "the front of the waiting list of this date, before those who asked in the usual way."]
    giving_back = notices.return_of(booking, clock.now())
    if giving_back.late:
        charged = f" Their agency may be charged {money(promised.late_pence)}." if promised.charges and promised.late_pence else ""
        lines.append(f"This place comes back late: it was in time until {until(giving_back.deadline)}.{charged} "
                     "A reason that they gave excuses it, and it does not count if they decline the new date.")
    return lines


@blueprint.route("/desk/bookings/<ref>/substitute", methods=["GET", "POST"])
@access(Role.COORDINATOR)
@repeatable
def substitute_for(ref: str) -> ResponseReturnValue:
    """Let a colleague come instead: looked up on the first page, sent on the second."""
    booking, name, back, possible = _changeable(ref)
    form, heading, button, lines = PersonForm(), f"Who comes instead of {name}?", "Look the person up", []
    if not possible:
        if form.is_submitted() and booking.status is BookingStatus.SUBSTITUTED:  # pressed twice
            return redirect(back)
        return acting.page(form, booking.course_session, heading=heading, lines=[GONE], button="", back=back)
    if form.validate_on_submit():
        colleague = people.person_with_address(form.email.data)
        if colleague is None:
            form.refuse(UNKNOWN, "email")
        else:
            shown, form.person.data = form.person.data, str(colleague.id)
            called = colleague.name or colleague.email
            try:
                if shown == str(colleague.id):
                    new = services.substitute(booking_id=booking.id, person_id=colleague.id, by=current_user.name, now=clock.now())
                    flash(f"{handed_on(new)} Both are told.")
                    return redirect(back)
            except Refused as no:
                if booking.status is BookingStatus.SUBSTITUTED:
                    return redirect(back)
                form.refuse(no)
            heading, button = f"{called} instead of {name}?", f"Give the place to {called}"
            lines = [f"{called} is checked like anybody who books, is told, and can decline. {name} is told too, and nothing is late about it.",
                     *acting.at_that_time(colleague, booking.course_session)]
    return acting.page(form, booking.course_session, heading=heading, lines=lines, button=button, back=back)
