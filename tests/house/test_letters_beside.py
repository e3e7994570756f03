"""What became of letters stands on the page of the booking and of the person that they are about, for coordinators."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.accounts.rules import Role
from app.booking import services
from app.core import clock
from app.core.db import transaction
from app.mail.models import Letter, LetterConcern
from app.mail.rules.fates import LetterStatus
from tests.builders import a_person, a_session


@pytest.fixture
def booking():
    person = a_person(first_name="Amina", last_name="Yusuf")
    return services.book_place(session_id=a_session().id, person_id=person.id, by=person.name, now=clock.now())


def addresses(booking):
    return f"/desk/bookings/{booking.ref}", f"/desk/people/{booking.person_id}"


def fate(**values):
    with transaction() as session:
        session.execute(sa.update(Letter).values(**values))


def test_a_coordinator_sees_kind_moment_and_fate_of_each_letter(as_role, booking):
    desk = as_role(Role.COORDINATOR)
    for address in addresses(booking):
        page = desk.get(address).text
        assert "A place is confirmed" in page and "Waiting to be sent" in page
    fate(status=LetterStatus.FAILED, next_try_at=None, words="550 no such user", address="boss@example.org")
    for address in addresses(booking):
        page = desk.get(address).text
        assert "Not delivered" in page and "to boss@example.org: 550 no such user" in page and 'href="/desk/letters/1"' in page


def test_without_any_letter_the_page_says_so(as_role, booking):
    with transaction() as session:
        session.execute(sa.delete(Letter))
    for address in addresses(booking):
        assert "None yet." in as_role(Role.COORDINATOR).get(address).text


def test_the_latest_are_shown_in_as_many_statements_as_one_and_the_others_are_a_link_away(as_role, booking, counting):
    desk = as_role(Role.COORDINATOR)
    few = [counting(lambda at=at: desk.get(at)) for at in addresses(booking)]
    more_letters(booking, 30)
    assert [counting(lambda at=at: desk.get(at)) for at in addresses(booking)] == few
    for address, about in zip(addresses(booking), (f"booking:{booking.id}", f"person:{booking.person_id}"), strict=True):
        page = desk.get(address).text
        assert page.count('href="/desk/letters/') == 8 and f"/desk/letters?about={about}" in page.replace("%3A", ":")


def more_letters(booking, count):
    with transaction() as session:
        first = session.scalars(sa.select(Letter)).one()
        columns = {column.key: getattr(first, column.key) for column in sa.inspect(Letter).column_attrs if column.key not in ("id", "ref", "about")}
        for number in range(count):
            letter = Letter(**columns | {"ref": f"ref{number}", "about": f"about{number}", "written_at": first.written_at + timedelta(hours=number)})
            session.add(letter)
            session.flush()
            session.add(LetterConcern(subject=f"booking:{booking.id}", letter_id=letter.id))


def test_nobody_else_sees_them(as_role, booking):
    here, person = addresses(booking)
    assert "Letters" not in as_role(Role.ADMINISTRATOR).get(person).text
    for role in (Role.TRAINER, Role.DELEGATE, Role.LINE_MANAGER):
        assert [as_role(role).get(address).status_code for address in (here, person)] == [403, 403]
