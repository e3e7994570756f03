"""What is kept of links whose time is over, and for how long."""

from datetime import timedelta

from app.core.db import db
from app.mail import jobs, queries
from app.mail.models import Link
from app.mail.rules.links import FOR_EVER, KEPT
from app.mail.services import end_links, forget_links, make_link
from tests.mail.wordings import NOON

DAY = timedelta(days=1)


def a_link(number, expires_at):
    return make_link(purpose="booking", subject=f"booking:{number}", person_id=1, expires_at=expires_at, now=NOON - 300 * DAY)


def test_a_link_says_what_became_of_it_for_three_months_and_then_goes(app):
    too_old, old, used, live = (a_link(number, at) for number, at in enumerate((NOON - KEPT - DAY, NOON - KEPT + DAY, NOON - DAY, NOON + DAY)))
    end_links(subject="booking:2", reason="used", now=NOON - 2 * DAY)
    assert forget_links(now=NOON) == 1
    assert queries.link(too_old, NOON) is None
    assert [queries.link(secret, NOON).ended for secret in (old, used, live)] == ["expired", "used", None]
    assert jobs.forget_links(NOON) == "0 links deleted"
    assert jobs.forget_links(NOON + DAY + KEPT) == "2 links deleted" and jobs.forget_links(NOON + 2 * DAY + KEPT) == "1 links deleted"
    assert db.session.query(Link).count() == 0


def test_one_that_ended_early_is_kept_as_long_as_if_it_had_not(app):
    secret = a_link(1, NOON + 30 * DAY)
    end_links(subject="booking:1", reason="used", now=NOON)
    forget_links(now=NOON + KEPT + 29 * DAY)
    assert queries.link(secret, NOON + KEPT).sentence == "This link has been used."


def test_one_that_worked_until_somebody_ended_it_is_kept_three_months_after_that(app):
    ended, replaced = (make_link(purpose=purpose, subject="person:1", person_id=1, expires_at=NOON + FOR_EVER, now=NOON) for purpose in ("one", "other"))
    end_links(subject="person:1", purpose="one", reason="ended", now=NOON + DAY)
    live = make_link(purpose="other", subject="person:1", person_id=1, expires_at=NOON + DAY + FOR_EVER, now=NOON + DAY, replaces=True)
    assert forget_links(now=NOON + KEPT) == 0 and queries.link(replaced, NOON + KEPT).ended == "replaced" and queries.link(ended, NOON + KEPT).ended == "ended"
    assert forget_links(now=NOON + 2 * DAY + KEPT) == 2
    assert queries.link(ended, NOON) is queries.link(replaced, NOON) is None and queries.link(live, NOON + 10 * KEPT).live
