"""Further acts that are killed at every step: what coordinators plan and decide, and the ledger of missed sessions and charges."""

from collections.abc import Callable
from datetime import timedelta

import sqlalchemy as sa

from app.accounts.rules import Role
from app.booking import services as places
from app.booking.models import Booking, BookingPolicy, Charge, StrikeWaiver, Terms
from app.booking.rules.charges import ChargeKind
from app.booking.rules.states import BookingStatus as S
from app.booking.rules.turnout import Turnout
from app.catalogue.models import CourseSession
from app.catalogue.rules import SessionStatus
from app.core import clock
from app.core.db import db, transaction
from tests import builders
from tests.faults.acts import Act, about_to, rows_of, signed_up, somebody
from tests.faults.browsing import forms
from tests.faults.procs import Served


def _at_desk(
    site: Served, page: str, kept: Callable[[], int], *, button: str = "", also: dict[str, str] | None = None, once: bool = True
) -> Act:
    return about_to(site.browser(signed_up(site, Role.COORDINATOR)), page, kept, button=button, also=also, once=once)


def _a_day() -> dict[str, str]:
    day = clock.london_date(clock.now()) + timedelta(days=30)
    return {"day_1": f"{day:%d/%m/%Y}", "starts_1": "9:30", "ends_1": "12:30", "venue_or_link": "Hall", "capacity": "2", "trainer": "0"}


def plan_session(site: Served) -> Act:
    """Plan a session as a draft."""
    course = builders.a_course()
    number = course.id
    return _at_desk(site, f"/desk/courses/{course.code}/sessions/new", lambda: rows_of(CourseSession, CourseSession.course_id == number), also=_a_day())


def session_from_waiting(site: Served) -> Act:
    """Make a session from those who wait for the course: it is on the programme, and the one who waits is offered a place."""
    course = builders.a_course()
    places.wait_for_course(course_id=course.id, person_id=somebody(site).id, any_date=True, now=clock.now())
    number, browser = course.id, site.browser(signed_up(site, Role.COORDINATOR))
    first = about_to(browser, f"/desk/courses/{course.code}/waiting", int, also=_a_day()).press()

    def kept() -> int:
        planned = db.session.scalars(sa.select(CourseSession.id).where(CourseSession.course_id == number)).all()
        assert len(planned) == rows_of(Booking, Booking.course_session_id.in_(planned), Booking.status == S.OFFERED), "without the offer"
        return len(planned)

    return Act(browser, browser.form(first, "Plan the session and offer 1 person a place"), kept, {"confirmed": "1"})


def _missed(site: Served) -> Booking:
    session = builders.a_session(starts_in=timedelta(days=-2), status=SessionStatus.DELIVERED)
    return builders.a_booking(session, somebody(site), turnout=Turnout.MISSED)


def waive_strikes(site: Served) -> Act:
    """Let a missed session not count."""
    number = _missed(site).id
    return _at_desk(site, "/desk/no-shows", lambda: rows_of(StrikeWaiver, StrikeWaiver.booking_id == number), button="The chosen ones do not count",
                    also={"rows": str(number), "reason": "Called to court"})


def _charge(site: Served) -> int:
    booking = _missed(site)
    charge = Charge(booking_id=booking.id, kind=ChargeKind.NO_SHOW, pence=5000, reason="missed", by="the policy", at=clock.now())
    with transaction() as writing:
        writing.add(charge)
        writing.flush()
        return charge.id


def waive_charges(site: Served) -> Act:
    """Waive a charge: the second line of the ledger."""
    number = _charge(site)
    return _at_desk(site, "/desk/charges", lambda: rows_of(Charge, Charge.waives_id == number), button="Waive the chosen ones",
                    also={"rows": str(number), "reason": "Called to court"})


def export_charges(site: Served) -> Act:
    """Put what is due into an invoice run."""
    number, browser = _charge(site), site.browser(signed_up(site, Role.COORDINATOR))
    page = browser.get("/desk/charges")
    form = next(one for one in forms(page.text) if any(name.startswith("Export ") for name in one.buttons))
    return Act(browser, form, lambda: rows_of(Charge, Charge.id == number, Charge.exported_at.is_not(None)))


def save_policy(site: Served) -> Act:
    """Save a policy from a day on."""
    area = builders.a_partnership().id
    day = clock.london_date(clock.now()) + timedelta(days=5)
    return _at_desk(site, "/desk/policies/new", lambda: rows_of(BookingPolicy, BookingPolicy.partnership_id == area),
                    also={"partnership": str(area), "starts_on": f"{day:%d/%m/%Y}"})


def save_terms(site: Served) -> Act:
    """Save a version of the terms. The same text again is no other version."""
    text = f"Come, or give your place back. {clock.now().isoformat()}"
    return _at_desk(site, "/desk/terms", lambda: rows_of(Terms, Terms.text == text), also={"text": text}, once=False)


FLOWS = (plan_session, session_from_waiting, waive_strikes, waive_charges, export_charges, save_policy, save_terms)
