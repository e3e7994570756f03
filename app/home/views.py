"""Where people come in: the front page, their own training, the coordinator's desk, and the pages about the service itself."""

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.access import EVERY_ROLE, access, anyone
from app.accounts.rules import Role
from app.booking.queries import cancelling, mine, programme
from app.booking.queries import desk as desk_queries
from app.booking.queries import my_training as my_training_queries
from app.catalogue.queries import likely_to_come
from app.core import clock
from app.core.settings import Settings
from app.evaluation.queries import asking, of_session, worries
from app.evaluation.rules.stages import Stage
from app.home import queries
from app.ui.addresses import pages

blueprint = Blueprint("home", __name__, template_folder="templates")

FIRST_PAGES = (
    (Role.COORDINATOR, "home.desk"), (Role.TRAINER, "attendance.my_sessions"), (Role.REPORT_AUTHOR, "reporting.annual"),
    (Role.SCRUTINEER, "evidence.examples"), (Role.ADMINISTRATOR, "accounts_desk.people"),
)


@blueprint.route("/")
@anyone
def front_page() -> ResponseReturnValue:
    """What there is, and the next sessions that have places."""
    now, viewer = clock.now(), current_user.person_id if current_user.is_authenticated else None
    sessions, counts = programme.at_a_glance(now, 4, viewer)
    return render_template("home/front_page.html", sessions=sessions, counts=counts, topics=programme.topics(now), now=now)


@blueprint.route("/start")
@access(*EVERY_ROLE)
def after_sign_in() -> ResponseReturnValue:
    """On to the page that this person's work begins with."""
    for role, endpoint in FIRST_PAGES:
        if current_user.has(role):
            return redirect(url_for(endpoint))
    return redirect(url_for("home.my_training"))


@blueprint.route("/my-training")
@access(*EVERY_ROLE)
def my_training() -> ResponseReturnValue:
    """What there is to answer, what is coming up, what is done."""
    now, person_id = clock.now(), current_user.person_id
    coming = my_training_queries.coming(person_id, now)
    page, done = queries.done(person_id, request.args.get("page", type=int), now)
    answered = of_session.answered_stages([row.booking.id for row in done])
    return render_template(
        "home/my_training.html", manager_said={number for number, stages in answered.items() if Stage.MANAGER in stages},
        coming=coming, things=my_training_queries.things(coming, person_id, now),
        to_answer=asking.to_answer(person_id, now), interests=mine.interests(person_id), page=page, done=done, page_link=pages(), now=now,
        year=clock.london(now).year, hours=queries.hours_of_year(person_id, clock.london(now).year),
        open=programme.open_count(now, person_id) if not coming and not done else None,
    )


@blueprint.route("/desk")
@access(Role.COORDINATOR)
def desk() -> ResponseReturnValue:
    """What needs a coordinator today, and what is next."""
    now = clock.now()
    things = queries.things(now, current_user.person_id)
    sessions = desk_queries.next_sessions(now, 15)
    return render_template(
        "home/desk.html", now=now, things=things, today=sum(thing.today for thing in things), sessions=sessions,
        likely=likely_to_come([dated.session.id for dated in sessions], now),
        cancelled=[one for one in cancelling.lately(now) if one.undone_until], stopped=queries.stopped(now, leaving=_letters_leave()),
        worries=worries.standing(now),
    )


@blueprint.route("/health")
@anyone
def health() -> ResponseReturnValue:
    """For operators and what watches for them: 200 while all works, 503 when the database, the worker or the letters do not."""
    now = clock.now()
    found = queries.health(now, leaving=_letters_leave())
    return found.seen(now), 503 if found.failing(now) else 200, {"Cache-Control": "no-store"}


def _letters_leave() -> bool:
    settings: Settings = current_app.extensions["settings"]
    return settings.post.leaves


@blueprint.route("/help")
@anyone
def help() -> ResponseReturnValue:
    """How to do the common things, and whom to ask."""
    return render_template("home/help.html")


@blueprint.route("/privacy")
@anyone
def privacy() -> ResponseReturnValue:
    """What is kept about people and why."""
    return render_template("home/privacy.html")


@blueprint.route("/accessibility")
@anyone
def accessibility() -> ResponseReturnValue:
    """How far everyone can use the site, and what to do when something is in the way."""
    return render_template("home/accessibility.html")
