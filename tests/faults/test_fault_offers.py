"""An offer's end against its acceptance in the same instant: one of the two happens, the person is told which, and nobody else has the place too."""

import random
import time
from datetime import timedelta

import sqlalchemy as sa

from app.booking import jobs
from app.booking.models import Booking, BookingEvent
from app.booking.rules.states import Act, BookingStatus
from app.core import clock
from app.core.db import db, transaction
from tests import builders
from tests.faults.counts import times
from tests.faults.crowds import accounts, at_once

ROUNDS, AT_ONCE = times(40), 10
"""So many rounds, each with so many offers that end in the same moment."""
OPEN_FOR, SPREAD = timedelta(seconds=2), 0.04
"""How long the pages are open before the moment, and so many seconds around it are buttons pressed."""


def _offers(site):
    """Full sessions, each with one offer and somebody who waits behind; the offers all end in one moment, and their pages are open."""
    people = accounts(site, 2 * AT_ONCE)
    with transaction() as session:
        made = []
        for one, other in zip(people[::2], people[1::2], strict=True):
            run = builders.a_session(places=1)
            offered = builders.a_booking(run, one.person, status=BookingStatus.WAITING)
            builders.a_booking(run, other.person, status=BookingStatus.WAITING)
            offered.status, offered.due_at = BookingStatus.OFFERED, clock.now() + timedelta(minutes=5)
            _remember(session, run)
            made.append(offered)
        browsers = [site.browser(account) for account in people[::2]]
        addresses = [f"/bookings/{one.ref}" for one in made]
    pages = [browser.form(browser.get(address), "Take the place") for browser, address in zip(browsers, addresses, strict=True)]
    with transaction() as session:
        ends_at = clock.now() + OPEN_FOR
        session.execute(sa.update(Booking).where(Booking.id.in_([one.id for one in made])).values(due_at=ends_at))
    return [one.id for one in made], browsers, pages, ends_at


def _remember(session, run):
    """The history that these bookings would have: each joined the list, and one was offered the place."""
    session.flush()
    for booking in session.scalars(sa.select(Booking).where(Booking.course_session_id == run.id).order_by(Booking.id)).all():
        if booking.status is BookingStatus.OFFERED:
            session.add(BookingEvent(booking_id=booking.id, at=clock.now(), by="x", act=Act.OFFER, before=BookingStatus.WAITING, after=booking.status))


def _race(site):
    """Accept every offer and let the worker's job come by, all in the moment in which the offers end. What became of each offer."""
    numbers, browsers, pages, ends_at = _offers(site)
    chance, app = random.Random(ends_at.microsecond), site.app
    db.session.rollback()

    def wait(after):
        time.sleep(max(0.0, (ends_at - clock.now()).total_seconds() + after))

    def pressing(browser, form, after):
        def press():
            wait(after)
            return browser.submit(form, also={"answer": "take"})

        return press

    def job():
        wait(0)
        with app.app_context():
            for _ in range(3):
                jobs.settle(max(clock.now(), ends_at))

    presses = [pressing(*pair, chance.uniform(-SPREAD, SPREAD / 2)) for pair in zip(browsers, pages, strict=True)]
    answers = at_once([*presses, job, job])[:-2]
    db.session.rollback()
    return [(one, browser, answer) for one, browser, answer in zip(numbers, browsers, answers, strict=True)]


def _won(number):
    """Where the offer stands, what ended it, and whether the one behind has the place."""
    booking = db.session.get_one(Booking, number, populate_existing=True)
    ends = [act for act in db.session.scalars(sa.select(BookingEvent.act).where(BookingEvent.booking_id == number)) if act in (Act.ACCEPT, Act.LAPSE)]
    behind = db.session.scalars(sa.select(Booking.status).where(Booking.course_session_id == booking.course_session_id, Booking.id != number)).one()
    return booking.status, ends, behind


def test_an_offer_that_ends_while_it_is_taken_is_taken_or_ended_and_never_both(served, record_property):
    taken = ended = 0
    for _ in range(ROUNDS):
        for number, browser, answer in _race(served):
            assert answer.done, answer.text[:500]
            status, ends, behind = _won(number)
            if status is BookingStatus.BOOKED:
                assert (ends, behind) == ([Act.ACCEPT], BookingStatus.WAITING)
                taken += 1
            else:
                assert (status, ends, behind) == (BookingStatus.LAPSED, [Act.LAPSE], BookingStatus.OFFERED)
                ended += 1
            told = "<h1>You have a place</h1>" in browser.get(answer.location).text
            assert told == (status is BookingStatus.BOOKED), "the person is told what is true"
        served.close_browsers()
    assert taken + ended == ROUNDS * AT_ONCE
    record_property("tried", f"{ROUNDS * AT_ONCE} offers, {taken} taken and {ended} ended, none both")


def test_without_the_lock_an_offer_is_taken_and_ended_too_and_the_check_says_so(sites, backend):
    """The switch."""
    site = sites.get(backend, unprotected="lock")
    with site.app.app_context():
        both = 0
        for _ in range(12):
            both += sum(len(_won(number)[1]) > 1 or _won(number)[::2] == (BookingStatus.BOOKED, BookingStatus.OFFERED) for number, *_rest in _race(site))
            site.close_browsers()
            if both:
                break
        done = site.app.test_cli_runner().invoke(args=["check"])
        db.session.rollback()
    assert both and done.exit_code == 1 and "BROKEN" in done.output
