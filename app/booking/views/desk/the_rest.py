"""Calling off what is left of a session that is under way, with what it means before the button."""

from flask import abort, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.access import access
from app.accounts.rules import Role
from app.booking import services
from app.booking.forms.cancelling import CancelRestForm
from app.booking.queries import desk
from app.booking.rules.the_rest import still_to_come
from app.booking.views import blueprint
from app.booking.views.desk import acting
from app.booking.views.desk.changing import spans
from app.core import clock
from app.ui.filters import count


@blueprint.route("/desk/sessions/<ref>/cancel-rest", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def cancel_rest(ref: str) -> ResponseReturnValue:
    """Say what does not take place and who is told, ask why, and call it off."""
    found = desk.session(ref) or abort(404)
    session, now, back = found.session, clock.now(), url_for("booking.desk_session", ref=ref)
    gone = still_to_come([(part.starts_at, part.ends_at) for part in session.parts], now)
    if not gone:
        return redirect(back)
    people = desk.on_register(session.id)
    trainer = int(session.trainer_id is not None)
    form = CancelRestForm()
    done = acting.run(
        form, lambda: services.cancel_rest(session_id=session.id, reason=form.reason.data, by=current_user.name, now=now, times=form.shown_times()),
        lambda told: f"The rest is cancelled. {count(told, 'person on the register is', 'people on the register are')} told.", back, at="reason")
    if done:
        return done
    form.show_times(session)
    told = people + trainer
    lines = [f"These do not take place: {' and '.join(spans(gone))}. {count(session.capacity, 'place')} and {count(people, 'booking')} are lost for "
             "them; the history keeps that, with the reason.",
             f"{count(people, 'person is', 'people are')} on the register. Each is told once, at once, and the parts leave their calendars."]
    lines += ["Whoever gives the session is told too."] if trainer else []
    lines += ["What took place is the whole of the session from now on: the register, questions and certificates are about that. Nobody is charged, "
              "or absent, for what does not take place.", "That cannot be undone."]
    button = f"Cancel the rest and write to {count(told, 'person', 'people')}" if told else "Cancel the rest"
    return acting.page(form, session, heading="Cancel the rest of this session?", lines=lines, button=button, back=back, kind="warning")
