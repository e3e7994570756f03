"""Calendars: the stable address to join a session, and private feeds with addresses that can be taken back."""

from typing import NoReturn

from flask import Response, abort, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts import queries as people
from app.accounts.access import EVERY_ROLE, access, anyone, by_secret, wrong_secret
from app.accounts.rules import Role
from app.booking.forms.mine import CalendarForm
from app.booking.queries import calendars
from app.booking.rules import calendars as rules
from app.booking.rules.states import ON_REGISTER
from app.booking.views import blueprint
from app.catalogue.rules import SessionStatus, place_shown
from app.core import clock
from app.mail import queries as mail
from app.mail import services as links
from app.mail.rules.links import FOR_EVER

FEEDS = {
    "mine": ("My places", EVERY_ROLE), "trainer": ("The sessions I give", (Role.TRAINER,)), "all": ("Every session", (Role.COORDINATOR,)),
}


@blueprint.route("/join/<ref>")
@anyone
@by_secret
def join(ref: str) -> ResponseReturnValue:
    """To the present address of the meeting, whichever it was when the calendar entry was made. Only a booking's own reference leads there."""
    booking = calendars.to_join(ref) or _never_was()
    session = booking.course_session
    shown = place_shown(session.venue_or_link, session.format, booked=True)
    held = session.status is not SessionStatus.CANCELLED and booking.status in ON_REGISTER
    if held and shown.startswith("http"):
        response = redirect(shown)
        response.headers["Referrer-Policy"] = "no-referrer"
        return response
    return render_template("booking/join.html", session=session, held=held, shown=shown), 200 if held else 410


@blueprint.route("/calendars", methods=["GET", "POST"])
@access(*EVERY_ROLE)
def calendar_feeds() -> ResponseReturnValue:
    """Addresses that a calendar program fetches by itself; a new one ends the one before."""
    mine = {name: label for name, (label, roles) in FEEDS.items() if current_user.has(*roles)}
    form, made = CalendarForm(), {}
    if form.validate_on_submit() and form.feed.data in mine:
        subject = f"person:{current_user.person_id}"
        if form.act.data == "end":
            links.end_links(purpose=f"feed-{form.feed.data}", subject=subject, reason="ended", now=clock.now())
            flash("The address has ended. A calendar that uses it gets nothing any more.")
            return redirect(url_for("booking.calendar_feeds"))
        secret = links.make_link(purpose=f"feed-{form.feed.data}", subject=subject, person_id=current_user.person_id,
                                 expires_at=clock.now() + FOR_EVER, now=clock.now(), replaces=True)
        made = {form.feed.data: f"{_site()}{url_for('booking.calendar_feed', token=secret)}"}
    there = mail.live_purposes(f"person:{current_user.person_id}", clock.now())
    return render_template("booking/calendars.html", form=form, feeds=mine, made=made, there=there)


@blueprint.route("/calendars/<token>.ics")
@anyone
@by_secret
def calendar_feed(token: str) -> ResponseReturnValue:
    """A feed, for whoever has its address, as long as the person who made it may read what is in it."""
    link = mail.link(token, clock.now())
    if link is None:
        wrong_secret()
    if link is None or not link.purpose.startswith("feed-") or link.person_id is None:
        return _no_feed("We do not know this address", "It may have ended more than three months ago.", 404)
    if not link.live:
        return _no_feed("This address has ended", "Somebody ended it, or made a new one in its place.", 410)
    name = link.purpose.removeprefix("feed-")
    if not people.may_still(link.person_id, FEEDS[name][1]):
        return _no_feed("This address has ended", "The account that it belongs to has ended, or no longer has the role that it needs.", 410)
    now, site = clock.now(), _site()
    entries = {
        "feed-mine": lambda: calendars.mine(link.person_id, now, site), "feed-trainer": lambda: calendars.given_by(link.person_id, now, site),
        "feed-all": lambda: calendars.everything(now, site),
    }[link.purpose]()
    text = rules.feed(entries, name=FEEDS[name][0], made_at=now)
    return Response(text, mimetype="text/calendar", headers={"X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer"})


def _no_feed(heading: str, why: str, status: int) -> ResponseReturnValue:
    sentence = f"{why} Nothing comes to a calendar that uses it. Make a new address on the page In your calendar, and give that to the calendar."
    return render_template("ui/error.html", heading=heading, sentence=sentence), status


def _never_was() -> NoReturn:
    wrong_secret()
    abort(404)


def _site() -> str:
    address: str = current_app.extensions["settings"].public_url
    return address
