"""Each test begins with a database in which nothing is and nothing was."""

from app.core.db import db
from tests.builders import a_booking, a_session
from tests.conftest import empty
from tests.house.test_access import everything


def test_what_an_earlier_test_wrote_is_gone_and_numbers_begin_with_one_again(app, backend):
    booking = a_booking(a_session())
    assert everything()["booking"] and (booking.id, booking.person_id) == (1, 1)
    empty(app, backend)
    assert {name: rows for name, rows in everything().items() if rows} == {}
    again = a_booking(a_session())
    assert (again.id, again.person_id) == (1, 1)
    db.session.rollback()
