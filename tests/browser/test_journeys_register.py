"""The register in a real browser: what a trainer sees while they mark."""

from datetime import timedelta

import pytest

from app.accounts.rules import Role
from app.attendance.models import Attendance
from app.core.db import db
from tests.browser.conftest import DESK, PHONE
from tests.browser.looking import says
from tests.builders import a_booking, a_session, a_trainer, an_account

pytestmark = pytest.mark.usefixtures("app")


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_whoever_marks_somebody_as_there_partly_sees_the_box_for_minutes_and_no_other_box(open_page, viewport, script):
    trainer = an_account(Role.TRAINER)
    session = a_session(starts_in=timedelta(hours=-4), trainer=a_trainer(person=trainer.person))
    booking, other = a_booking(session), a_booking(session)
    number, partly, ref = booking.id, booking.ref, session.ref
    boxes = [f"#minutes-{one.ref}" for one in (booking, other)]
    page = open_page(trainer, viewport=viewport, script=script)
    page.goto(f"/registers/{ref}")
    assert [page.locator(box).is_visible() for box in boxes] == [False, False]
    page.locator(f"input[name='mark-{partly}'][value='partly_attended']").check()
    assert [page.locator(box).is_visible() for box in boxes] == [True, False]
    page.locator(boxes[0]).fill("50")
    page.get_by_role("button", name="Save", exact=True).click()
    assert says(page, "1 partly, 1 still to mark")
    assert page.locator(boxes[0]).is_visible() and db.session.get(Attendance, number).minutes == 50


def test_each_mark_that_is_chosen_looks_like_what_it_says(open_page):
    trainer = an_account(Role.TRAINER)
    session = a_session(starts_in=timedelta(hours=-4), trainer=a_trainer(person=trainer.person))
    ref = a_booking(session).ref
    page = open_page(trainer)
    page.goto(f"/registers/{session.ref}")
    looks = {}
    for value in ("attended", "partly_attended", "no_show", "excused"):
        page.locator(f"input[name='mark-{ref}'][value='{value}']").check()
        looks[value] = page.evaluate("""() => { const chosen = document.querySelector(".up-seg label:has(:checked)");
            return [getComputedStyle(chosen, "::before").content, getComputedStyle(chosen).backgroundColor] }""")
    assert "\u2713" in looks["attended"][0] and "\u2715" in looks["no_show"][0]
    assert len({colour for _, colour in looks.values()}) == 3 and looks["partly_attended"] == looks["excused"]
