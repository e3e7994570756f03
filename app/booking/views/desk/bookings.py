"""One booking at the desk: how it stands, and what a coordinator may do with it. Each act has a page that says what it means, and one button."""

from collections.abc import Callable, Sequence
from datetime import datetime

from flask import abort, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.access import access
from app.accounts.rules import Role
from app.booking import services
from app.booking.forms.desk import AcceptForForm, ActForm, AgreeForm, GiveBackForForm, OutOfTurnForm, RefuseForm, ReorderForm
from app.booking.models import Booking
from app.booking.queries import facts, groups, history, ledger, mine, notices, one_session
from app.booking.rules import policy
from app.booking.rules.policy import Notice
from app.booking.rules.states import AWAITING, RETURNED, BookingStatus
from app.booking.rules.waiting import FIRST
from app.booking.views import blueprint
from app.booking.views.desk import acting
from app.catalogue.rules import Approval
from app.core import clock
from app.mail import queries as mail
from app.ui.filters import until

CHANGES = (("Move to another date", "booking.move_for"), ("Let a colleague come instead", "booking.substitute_for"),
           ("Give the place back for them", "booking.desk_give_back"))
"""What can be done with a place that somebody has or asked for."""
TOLD = "They are told, and can decline: it does not count against them."


def _found(ref: str) -> Booking:
    return one_session.booking(ref) or abort(404)


def _back_to(booking: Booking) -> str:
    return url_for("booking.desk_session", ref=booking.course_session.ref)


@blueprint.route("/desk/bookings/<ref>")
@access(Role.COORDINATOR)
def desk_booking(ref: str) -> ResponseReturnValue:
    """A booking with everything that happened to it, and what can be done."""
    booking = _found(ref)
    now = clock.now()
    return render_template("booking/desk_booking.html", booking=booking, session=booking.course_session,
                           history=history.lines(booking.id, mine.history(booking.id)), acts=_acts(booking, now),
                           first=booking.priority == FIRST, tags=acting.DESK_TAGS,
                           letters=mail.latest_about(f"booking:{booking.id}"), noted=ledger.noted([booking], now).get(booking.id),
                           group_waits=groups.waiting_with(booking))


def _acts(booking: Booking, now: datetime) -> Sequence[tuple[str, str]]:
    """What can be done with the booking: words and endpoint."""
    status = booking.status
    if now >= booking.course_session.starts_at:
        return ()
    if status in AWAITING:
        return (("Agree to the request", "booking.agree_request"), ("Say no to the request", "booking.refuse_request"),
                *CHANGES)
    if status is BookingStatus.WAITING:
        order = "Put among the others again" if booking.priority == FIRST else "Put first on the list"
        return (("Offer a place out of turn", "booking.offer_place"), (order, "booking.reorder"), ("Take off the list", "booking.desk_give_back"))
    if status is BookingStatus.OFFERED:
        return (("Take the offer for them", "booking.accept_for"), ("Withdraw the offer", "booking.desk_give_back"))
    if status is BookingStatus.BOOKED:
        return CHANGES
    back_until = notices.back_on_list_until(booking, current_user.person_id)
    if back_until is not None and now < back_until:
        return (("Put back on the list", "booking.take_back_for"),)
    if status in RETURNED and booking.due_at is not None:
        return (("Undo giving back" if status is BookingStatus.GIVEN_BACK else "Undo the no", "booking.take_back_for"),)
    return ()


@blueprint.route("/desk/bookings/<ref>/agree", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def agree_request(ref: str) -> ResponseReturnValue:
    """Say yes to a request, in the manager's stead too."""
    booking = _found(ref)
    name, back = acting.name_of(booking), _back_to(booking)
    lines = [f"{name} asked for a place, which is held meanwhile. With your yes it is theirs, and they are told."]
    if booking.status is BookingStatus.AWAITING_MANAGER:
        lines.append(f"Their manager ({booking.manager_email or 'no address is known'}) has not answered yet. You agree in the manager’s stead.")
    if booking.due_at is not None:
        lines.append(f"Unless somebody answers, that ends at {until(booking.due_at)}.")
    form, number = AgreeForm(), booking.id
    times = form.show_times(booking.course_session)

    def agree() -> None:
        services.approve(booking_id=number, by=current_user.name, now=clock.now(), by_person_id=current_user.person_id, times=times)

    return acting.run(form, agree, f"{name} has the place.", back) or (
        acting.page(form, booking.course_session, heading=f"Agree to {name}’s request?", lines=lines, button="Agree", back=back))


@blueprint.route("/desk/bookings/<ref>/refuse", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def refuse_request(ref: str) -> ResponseReturnValue:
    """Say no to a request."""
    booking = _found(ref)
    name, back = acting.name_of(booking), _back_to(booking)
    form, number = RefuseForm(), booking.id
    return acting.run(
        form, lambda: services.refuse(booking_id=number, reason=form.reason.data or "", by=current_user.name, now=clock.now()),
        f"{name} is told that it cannot be this time.", back,
    ) or acting.page(form, booking.course_session, heading=f"Say no to {name}’s request?", kind="warning", button="Say no", back=back,
                     lines=[f"The place that is held for {name} goes on to the first who waits. It does not count against them."])


@blueprint.route("/desk/bookings/<ref>/offer", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def offer_place(ref: str) -> ResponseReturnValue:
    """Offer a free place to somebody who is not first."""
    booking = _found(ref)
    name, back, session = acting.name_of(booking), _back_to(booking), booking.course_session
    line = [row.id for row in facts.in_line(session.id)]
    before = line.index(booking.id) if booking.id in line else 0
    ends_at = policy.offer_ends_at(facts.policy_of(booking), session.starts_at, clock.now())
    lines = [f"{name} is offered a place and has until {until(ends_at)} to take it." if ends_at else "The session starts too soon for an offer.",
             f"{before} {'person stands' if before == 1 else 'people stand'} before {name} on the list. Each of them can read that they were passed "
             "over, and why." if before else f"{name} is first on the list. Free places of the others’ quotas are left out of account."]
    form, number = OutOfTurnForm(), booking.id
    return acting.run(
        form, lambda: services.offer_out_of_turn(booking_id=number, reason=form.reason.data, by=current_user.name, now=clock.now()),
        f"A place is offered to {name}.", back,
    ) or acting.page(form, session, heading=f"Offer {name} a place out of turn?", lines=lines, button=f"Offer {name} a place", back=back,
                     links=[("No place is free? Book them over capacity, with your name", url_for("booking.over_capacity", ref=session.ref))])


@blueprint.route("/desk/bookings/<ref>/accept", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def accept_for(ref: str) -> ResponseReturnValue:
    """Take an offer for somebody who rings or writes."""
    booking = _found(ref)
    name, back = acting.name_of(booking), _back_to(booking)
    held = f" It is held until {until(booking.due_at)}." if booking.due_at else ""
    lines = [f"{name} was offered a place.{held} With this button it is theirs. They are told, and can decline: it does not count against them.",
             "The history says that you did it."]
    if booking.course_session.course.approval is not Approval.NOBODY:
        lines.append("Nobody else has to agree: you do by pressing it.")
    form, number = AcceptForForm(), booking.id
    times = form.show_times(booking.course_session)
    return acting.run(
        form, lambda: services.accept_offer(booking_id=number, by=current_user.name, now=clock.now(), times=times,
                                            coordinator_id=current_user.person_id),
        f"{name} has the place.", back,
    ) or acting.page(form, booking.course_session, heading=f"Take the offer for {name}?", lines=lines, button="Take the place for them", back=back)


@blueprint.route("/desk/bookings/<ref>/order", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def reorder(ref: str) -> ResponseReturnValue:
    """Let somebody stand before the others on the list, or among them again."""
    booking = _found(ref)
    name, back = acting.name_of(booking), _back_to(booking)
    form, number = ReorderForm(data={"way": "down" if booking.priority == FIRST else "up"}), booking.id
    first = form.way.data != "down"
    lines = [f"{name} stands before everybody who asked in the usual way. Of those who stand first, also as their own date was cancelled, whoever "
             "asked first comes first. Everybody whom they pass reads that, with your reason." if first
             else f"{name} stands among the others again, by the day on which they joined.", "When they joined does not change."]
    return acting.run(
        form, lambda: services.put_first(booking_id=number, first=first, reason=form.reason.data, by=current_user.name, now=clock.now()),
        f"{name} stands {'first' if first else 'among the others again'}.", back,
    ) or acting.page(form, booking.course_session, heading=f"Put {name} first?" if first else f"Put {name} among the others again?", lines=lines,
                     button="Put first" if first else "Put among the others", back=back)


@blueprint.route("/desk/bookings/<ref>/give-back", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def desk_give_back(ref: str) -> ResponseReturnValue:
    """Give a place back for somebody, withdraw an offer, or take them off the list."""
    booking = _found(ref)
    name, back = acting.name_of(booking), _back_to(booking)
    heading, button = {
        BookingStatus.WAITING: (f"Take {name} off the list?", "Take off the list"),
        BookingStatus.OFFERED: ("Withdraw the offer?", "Withdraw the offer"),
    }.get(booking.status, (f"Give {name}’s place back?", "Give the place back"))
    form, number = GiveBackForForm(), booking.id
    shown, form.shown.data = form.shown.data or booking.status.value, booking.status.value
    done = acting.run(form, lambda: services.give_back(
        booking_id=number, by=current_user.name, now=clock.now(), reason=form.reason.data or "", withdrawn=shown == BookingStatus.OFFERED.value,
        only_the_list=shown in (BookingStatus.OFFERED.value, BookingStatus.WAITING.value)), _given_back(name), back)
    return done or acting.page(form, booking.course_session, heading=heading, lines=_what_it_means(booking, clock.now()), button=button, back=back,
                     kind="warning")


def _given_back(name: str) -> Callable[[Notice | None], str]:
    words = {None: f"{name} is off the list.", Notice.IN_TIME: f"{name}’s place is given back, in time.",
             Notice.LATE: f"{name}’s place is given back. It counts as late.",
             Notice.EXCUSED: f"{name}’s place is given back. The reason excuses that it is late."}
    return lambda notice: words[notice]


def _what_it_means(booking: Booking, now: datetime) -> list[str]:
    name = acting.name_of(booking)
    if booking.status is BookingStatus.WAITING:
        return [f"{name} no longer waits for this session. Who stood behind them moves up.",
                f"For {facts.policy_of(booking).undo_minutes} minutes they can be put back where they stood."]
    if booking.status is BookingStatus.OFFERED:
        return [f"The place that is held for {name} is offered to the next on the list. {name} is off the list."]
    promised = facts.policy_of(booking)
    starts_at = booking.course_session.starts_at
    back = notices.return_of(booking, now)
    lines = [f"This is late: it was in time until {until(back.deadline)}. A reason that they gave excuses it." if back.late
             else "It does not count as late." if back.past else f"It is in time until {until(back.deadline)}."]
    held = policy.undo_ends_at(promised, starts_at, now)
    lines.append(f"The place is held until {until(held)}, so that this can be undone. Then it goes on." if held
                 else "The session starts soon, so the place goes on at once. It cannot be undone.")
    return lines


@blueprint.route("/desk/bookings/<ref>/take-back", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def take_back_for(ref: str) -> ResponseReturnValue:
    """Undo that a place was given back, that somebody said no to an offer, or that they left the list, as long as that can be."""
    booking = _found(ref)
    heading, means, said = _taking_back(booking, acting.name_of(booking))
    form, number, back = ActForm(), booking.id, _back_to(booking)
    return acting.run(
        form, lambda: services.undo_giving_back(
            booking_id=number, by=current_user.name, now=clock.now(), behalf_id=current_user.person_id), said, back,
    ) or acting.page(form, booking.course_session, heading=heading, lines=[means], button="Undo", back=back)


def _taking_back(booking: Booking, name: str) -> tuple[str, str, str]:
    """What is asked before something is undone for somebody, what it means, and what is said afterwards."""
    back_until = notices.back_on_list_until(booking, current_user.person_id)
    if back_until is not None:
        return (f"Put {name} back on the list?", f"Until {until(back_until)} {name} can be put back where they stood. They are told.",
                f"{name} is on the list again, where they stood.")
    held = f"The place is held for {name} until {until(booking.due_at)}." if booking.due_at else "The place has gone on already."
    if booking.status is BookingStatus.LEFT_LIST:
        return f"Undo {name}’s no to the offer?", held, f"{name} is offered the place again."
    if acting.asks_still(booking):
        return "Undo giving back?", f"{held} What they asked for still has to be agreed. {TOLD}", f"{name}’s request stands again."
    return "Undo giving back?", f"{held} {TOLD}", f"{name} has the place again, and is told."
