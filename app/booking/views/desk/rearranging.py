"""All coming sessions of a trainer on one page: each is kept, moved, called off or given to another, with what it means before the button."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.access import access
from app.accounts.rules import Role
from app.booking import services
from app.booking.forms import rearranging as forms
from app.booking.forms.cancelling import StepsForm
from app.booking.forms.rearranging import RearrangeForm
from app.booking.queries import cancelling
from app.booking.queries.cancelling import Choices
from app.booking.rules.displaced import Fate
from app.booking.rules.rearranging import Cancelling, Giving, Moving, Step, read
from app.booking.services import Cancelled
from app.booking.views import blueprint
from app.booking.views.desk.told import Preview, Trainers, preview, trainers
from app.catalogue.models import Trainer
from app.catalogue.services import check_change
from app.core import clock
from app.core.errors import Refused
from app.ui import inputs
from app.ui.filters import count

CHANGED = "You changed what is to be done. Look at what it means now, then press the button again."
CHANGED_MEANWHILE = "The sessions have changed since you opened this. Look at what is there now, then press the button again."


@blueprint.route("/desk/trainers/<int:person_id>/sessions", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def trainer_sessions(person_id: int) -> ResponseReturnValue:
    """All coming sessions of a trainer: what is done with each, what that means for whom, and the button."""
    trainer = cancelling.trainer(person_id) or abort(404)
    first, now = _first_day(), clock.now()
    page = _worked_out(trainer, first, now)
    pressed = page.form.is_submitted() and "again" not in request.form
    if pressed and page.is_done:
        return _already(page)
    if pressed and not page.form.errors and page.steps and may_be_done(page.form, page.found, page.shows):
        try:
            done = do(page.form, page.steps, now)
        except Refused as no:
            page = _worked_out(trainer, first, now)
            if page.is_done:
                return _already(page)
            page.form.refuse(no)
        else:
            flash(_said(done, page.steps, page.known))
            return redirect(_where_next(page.steps))
    page.form.carry(page.found, page.shows.shown)
    return render_template("booking/desk_trainer.html", form=page.form, found=page.found, preview=page.shows, form_fates=Fate, name=page.known.name,
                           first=first, under_way=cancelling.under_way(person_id, now))


@dataclass(frozen=True)
class _Page:
    """The trainer's sessions, what was chosen for them, those steps of it that can be, and what they mean."""

    form: RearrangeForm
    found: Choices
    known: Trainers
    steps: Sequence[Step]
    shows: Preview

    @property
    def shown(self) -> list[Step]:
        """The steps that the page showed that was sent."""
        return read((self.form.shown.data or "").partition("|")[0])

    @property
    def is_done(self) -> bool:
        """Whether all that was shown and sent is so already: the button was pressed twice, or by somebody else before us."""
        shown, numbers = self.shown, {step.session_id for step in self.shown}
        if not shown or not self.form.changed(self.found) <= numbers or not set(self.steps) <= set(shown):
            return False
        stand = cancelling.where_they_stand(numbers)
        return all(step.session_id in stand and step.is_done(stand[step.session_id]) for step in shown)


def _worked_out(trainer: Trainer, first: date, now: datetime) -> _Page:
    found = cancelling.sessions_of_trainer(trainer.person_id, clock.from_london(first, time()), now)
    known = trainers(trainer.person.name or trainer.person.email, trainer.person_id, found.sessions, now)
    form = forms.rearrange_form(found, known.names, known.given)
    if form.is_submitted():
        if "again" not in request.form:
            form.validate()
        form.choose_for_all(found)
    steps = _that_can_be(form, found, now)
    return _Page(form, found, known, steps, preview(found, steps, now, known))


def _first_day() -> date:
    try:
        return inputs.day(request.args.get("from", ""))
    except ValueError:
        return clock.london_date(clock.now())


def _that_can_be(form: RearrangeForm, found: Choices, now: datetime) -> list[Step]:
    """The steps that can be done together; why one cannot stands at its field."""
    by_number = {one.dated.session.id: one.dated.session for one in found.sessions}
    chosen = form.steps(found)
    ends = {step.session_id for step in chosen if isinstance(step, (Cancelling, Moving))}

    def check(step: Step) -> None:
        if isinstance(step, Cancelling) and step.other_id in ends:
            raise Refused("The date that you offer is to be cancelled or moved too. Choose another one.")
        if isinstance(step, Moving):
            check_change(by_number[step.session_id], services.as_planned(step, by_number[step.session_id]), now)

    return form.check_each(chosen, check)


def may_be_done(form: StepsForm, found: Choices, shows: Preview) -> bool:
    """Whether the page that was sent said what would happen now; if not, that is said."""
    if form.faulty or form.form_errors:
        return False
    if form.shown.data == shows.shown:
        return True
    there = {one.dated.session.id for one in found.sessions}
    form.refuse(CHANGED if set(form.stands()) == there else CHANGED_MEANWHILE)
    return False


def do(form: StepsForm, steps: Sequence[Step], now: datetime) -> Cancelled:
    """Do it.

    Raises:
        Refused: it cannot be, or is not what the page showed any more.
    """
    return services.rearrange_sessions(
        steps=steps, reason=form.reason.data or "", by=current_user.name, now=now, seen=form.stands(), stood=form.stood())


def _already(page: _Page) -> ResponseReturnValue:
    """Nothing is done twice."""
    flash("It is done already.", "warn")
    return redirect(_where_next(page.shown))


def _where_next(steps: Sequence[Step]) -> str:
    """Where the cancelling can be undone; else the page again, with what is left to do."""
    again = request.full_path if request.query_string else request.path
    return url_for("booking.cancelled_lately") if any(isinstance(step, Cancelling) for step in steps) else again


def _said(done: Cancelled, steps: Sequence[Step], known: Trainers) -> str:
    """What was done, in a sentence for each kind."""
    said = [said_of_cancelled(done)] if done.sessions else []
    moved = sum(isinstance(step, Moving) for step in steps)
    if moved:
        said.append(f"{count(moved, 'session has', 'sessions have')} another time.")
    given = [known.names[step.trainer_id] for step in steps if isinstance(step, Giving)]
    said += [f"{name} gives {count(given.count(name), 'session')} now." for name in dict.fromkeys(given)]
    return " ".join(said)


def said_of_cancelled(done: Cancelled) -> str:
    """What was called off, and what came of it."""
    sentence = (f"{count(done.sessions, 'session is', 'sessions are')} cancelled. {count(done.places, 'place')} and "
                f"{count(done.ended, 'booking')} ended.")
    if done.held or done.waiting:
        sentence += f" {count(done.held, 'person has', 'people have')} a place held on another date, {done.waiting} wait there first."
    return sentence
