"""Calling sessions off: one, or all of a trainer's on one page, with what it means for whom before the button; and undoing it for ten minutes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.access import access
from app.accounts.rules import Role
from app.booking import services
from app.booking.forms import cancelling as forms
from app.booking.forms.cancelling import CancelSessionsForm
from app.booking.forms.desk import ActForm
from app.booking.queries import cancelling, desk
from app.booking.queries.cancelling import Choices, ToCancel
from app.booking.rules.displaced import Fate, fates, told_once
from app.booking.rules.the_rest import still_to_come
from app.booking.rules.undoing import UNDO_WITHIN, undone_until
from app.booking.services import Cancelled, Cancelling
from app.booking.views import blueprint
from app.catalogue.rules import SessionStatus
from app.core import clock
from app.core.errors import Refused
from app.ui import inputs
from app.ui.filters import count

CHANGED = "You changed what is to be done. Look at what it means now, then press the button again."


@dataclass(frozen=True)
class Preview:
    """What pressing the button would do: session by session, and how many people are told what."""

    chosen: Sequence[ToCancel]
    offered: dict[int, str]
    told: dict[Fate, int]
    held_until: datetime | None
    can_be_undone: bool

    @property
    def sessions(self) -> int:
        """How many sessions are called off."""
        return len(self.chosen)

    @property
    def places(self) -> int:
        """How many places are lost."""
        return sum(one.dated.session.capacity for one in self.chosen)

    @property
    def booked(self) -> int:
        """How many bookings with a place are lost."""
        return sum(one.had_place for one in self.chosen)

    @property
    def nameless(self) -> int:
        """How many letters go to those who hold places without names."""
        return sum(one.nameless for one in self.chosen)

    @property
    def trainers(self) -> int:
        """How many letters go to those who give the sessions."""
        shown = (one.dated.session for one in self.chosen if one.dated.session.status is SessionStatus.SCHEDULED)
        return len({session.trainer_id for session in shown} - {None})

    @property
    def people(self) -> int:
        """How many people on the sessions are told."""
        return sum(self.told.values())

    @property
    def button(self) -> str:
        """The words of the button."""
        what = "Cancel the session" if self.sessions == 1 else f"Cancel {count(self.sessions, 'session')}"
        told = self.people + self.nameless + self.trainers
        return f"{what} and write to {count(told, 'person', 'people')}" if told else what


def _preview(found: Choices, choice: Sequence[Cancelling], now: datetime) -> Preview:
    others = {one.session_id: one.other_id for one in choice}
    chosen = [one for one in found.sessions if one.dated.session.id in others]
    by_session = fates([one.called_off(others[one.dated.session.id]) for one in chosen], found.others, now)
    offered = {number: _offered([fate for _person, fate in told]) for number, told in by_session.items()}
    used = {number for number in others.values() if number}
    ends = [found.others[number].held_until for number in used]
    return Preview(chosen, offered, told_once(by_session), min((end for end in ends if end is not None), default=None),
                   undone_until(now, [one.dated.session.starts_at for one in chosen]) is not None)


def _offered(told: Sequence[Fate]) -> str:
    """What those who have a place on one session are offered, in a sentence."""
    words = {Fate.HELD: "{} held", Fate.WAITS_FIRST: "{} at the front of the list there", Fate.THERE_ALREADY: "{} there already",
             Fate.NO_DATE: "{} without another date", Fate.LIST_CLOSED: "{} on the list, which closes"}
    return ", ".join(text.format(number) for fate, text in words.items() if (number := told.count(fate))) or "nobody is on it"


@blueprint.route("/desk/sessions/<ref>/cancel", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def cancel_session(ref: str) -> ResponseReturnValue:
    """Say what it means for how many, ask why, and call the session off."""
    found = desk.session(ref) or abort(404)
    back = url_for("booking.desk_session", ref=ref)
    if found.session.status is SessionStatus.CANCELLED:
        return redirect(back)
    number = found.session.id

    def load(now: datetime) -> Choices:
        return cancelling.one_session(number, now)

    if still_to_come([(part.starts_at, part.ends_at) for part in found.session.parts], clock.now()):
        return redirect(url_for("booking.cancel_rest", ref=ref))
    if found.session.starts_at <= clock.now() or found.session.status is SessionStatus.DELIVERED:
        flash("This session has started or is over, so it can no longer be cancelled. Mark its register instead.", "bad")
        return redirect(back)
    return _page(load, one_only=True, heading="Cancel this session?", over=f"{found.session.title}", back=back, back_text="Back to the session")


@blueprint.route("/desk/trainers/<int:person_id>/sessions", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def trainer_sessions(person_id: int) -> ResponseReturnValue:
    """All coming sessions of a trainer: which to call off, what those booked are offered, and the button."""
    trainer = cancelling.trainer(person_id) or abort(404)
    name = trainer.person.name or trainer.person.email
    first = _first_day()

    def load(now: datetime) -> Choices:
        return cancelling.sessions_of_trainer(person_id, clock.from_london(first, time()), now)

    return _page(load, one_only=False, heading="Check what happens and who is told", over=f"Cancel sessions of {name}", name=name, first=first,
                 back=url_for("catalogue.trainers"), back_text="Back to the trainers")


def _first_day() -> date:
    try:
        return inputs.day(request.args.get("from", ""))
    except ValueError:
        return clock.london_date(clock.now())


def _page(load: Callable[[datetime], Choices], *, one_only: bool, **shown: object) -> ResponseReturnValue:
    """Call the chosen sessions off when the button was pressed and still means what it said; else the page."""
    now = clock.now()
    found = load(now)
    if one_only and not found.sessions:
        return _already()
    form = forms.form_for(found.sessions, one_only=one_only)
    choice = _without_cancelled_dates(form, form.chosen(found.sessions))
    if form.is_submitted() and "again" not in request.form and form.validate():
        if form.shown.data and form.shown.data != forms.shown(choice):
            form.refuse(CHANGED)
        elif not form.form_errors:
            done = _cancel(form, choice, now)
            if done is not None:
                return done
            found = load(now)
            choice = _still(found, choice)
            if not choice:
                return _already()
    form.shown.data, form.seen.data = forms.shown(choice), forms.seen(found.sessions)
    return render_template("booking/desk_cancel.html", form=form, found=found, preview=_preview(found, choice, now), one_only=one_only,
                           form_fates=Fate, **shown)


def _already() -> ResponseReturnValue:
    flash("It is cancelled already.", "warn")
    return redirect(url_for("booking.cancelled_lately"))


def _still(found: Choices, choice: Sequence[Cancelling]) -> list[Cancelling]:
    """What is left of a choice: sessions, and other dates, that are there still. Somebody may have pressed twice, or before us."""
    there = {one.dated.session.id for one in found.sessions}
    return [Cancelling(one.session_id, one.other_id if one.other_id in found.others else None) for one in choice if one.session_id in there]


def _without_cancelled_dates(form: CancelSessionsForm, choice: list[Cancelling]) -> list[Cancelling]:
    """The choice without other dates that are to be called off themselves; each is said."""
    cancelled = {one.session_id for one in choice}
    wrong = [one for one in choice if one.other_id in cancelled]
    for one in wrong:
        form[f"do_{one.session_id}"].errors = ["The date that you offer is to be cancelled too. Choose another one."]
    if wrong:
        form.refuse("A date that is to be cancelled cannot be offered. Choose another one, or keep it.")
    return [Cancelling(one.session_id, None) if one in wrong else one for one in choice]


def _cancel(form: CancelSessionsForm, choice: Sequence[Cancelling], now: datetime) -> ResponseReturnValue | None:
    try:
        done = services.cancel_sessions(cancelling=choice, reason=form.reason.data, by=current_user.name, now=now, seen=form.stands())
    except Refused as no:
        form.refuse(no)
        return None
    flash(_done(done))
    return redirect(url_for("booking.cancelled_lately"))


def _done(done: Cancelled) -> str:
    sentence = (f"{count(done.sessions, 'session is', 'sessions are')} cancelled. {count(done.places, 'place')} and "
                f"{count(done.ended, 'booking')} ended.")
    if done.held or done.waiting:
        sentence += f" {count(done.held, 'person has', 'people have')} a place held on another date, {done.waiting} wait there first."
    return sentence


def _both(names: Sequence[str]) -> str:
    """Who has two places after an undo, named: they are asked which one they want."""
    return f" On both dates now, and asked which one they want: {', '.join(names)}." if names else ""


@blueprint.route("/desk/cancelled", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def cancelled_lately() -> ResponseReturnValue:
    """What was called off in the last ten minutes, each with a button that undoes it, or why it cannot be undone."""
    now, form = clock.now(), ActForm()
    groups = cancelling.lately(now)
    if form.validate_on_submit():
        chosen = next((one for one in groups if one.at.isoformat() == request.form.get("at")), None)
        try:
            if chosen is None:
                raise Refused("More than ten minutes have passed, or it was undone already. Plan a new session instead.")
            undone = services.undo_cancelling(session_ids=[session.id for session in chosen.sessions], by=current_user.name, now=now)
        except Refused as no:
            if _stands_again(request.form.get("at", ""), now):
                flash("It was undone already: what was called off goes ahead.")
                return redirect(url_for("booking.desk_sessions"))
            form.refuse(no)
            groups = cancelling.lately(now)
        else:
            flash(f"Undone. {count(undone.restored, 'booking stands', 'bookings stand')} as before.{_both(undone.both)}")
            return redirect(url_for("booking.desk_sessions"))
    return render_template("booking/desk_cancelled.html", form=form, groups=groups)


def _stands_again(at: str, now: datetime) -> bool:
    """Whether what was called off at this moment, a short while ago, is called off no more: the button was pressed twice."""
    try:
        moment = inputs.moment(at)
    except ValueError:
        return False
    return now - UNDO_WITHIN <= moment <= now and all(one.at != moment for one in cancelling.cancelled_since(now - UNDO_WITHIN))
