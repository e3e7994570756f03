"""Accounts and signing in, on both databases."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.accounts import queries, services
from app.accounts.models import Account, Person, SignInFailure
from app.accounts.rules import FAILURES_ALLOWED, Role
from app.core import clock
from app.core.db import db
from app.core.errors import Refused
from tests.builders import PASSWORD, a_person, a_sign_in, an_account

pytestmark = pytest.mark.usefixtures("app")


def test_the_right_password_signs_in_whatever_capitals_the_address_has():
    an_account(email="ann@example.org")
    secret = services.sign_in(email="Ann@Example.org ", password=PASSWORD, now=clock.now())
    assert queries.visitor(secret, clock.now()).email == "ann@example.org"


def test_a_wrong_password_and_an_unknown_address_get_the_same_sentence():
    an_account(email="ann@example.org")
    for email in ("ann@example.org", "nobody@example.org"):
        with pytest.raises(Refused, match="is not right"):
            services.sign_in(email=email, password="something else", now=clock.now())


def test_the_address_waits_after_too_many_failures_and_is_free_again_later():
    an_account(email="ann@example.org")
    now = clock.now()
    for _ in range(FAILURES_ALLOWED):
        with pytest.raises(Refused, match="is not right"):
            services.sign_in(email="ann@example.org", password="something else", now=now)
    with pytest.raises(Refused, match="too many tries"):
        services.sign_in(email="ann@example.org", password=PASSWORD, now=now)
    assert services.sign_in(email="ann@example.org", password=PASSWORD, now=now + timedelta(minutes=6))


def test_signing_out_makes_a_copy_of_the_cookie_worthless():
    secret = a_sign_in(an_account())
    services.sign_out(secret=secret)
    assert queries.visitor(secret, clock.now()) is None


def test_somebody_who_is_there_already_gets_the_account():
    person = a_person(email="ann@example.org")
    account = services.add_account(email="ANN@example.org", roles=[Role.TRAINER], password=PASSWORD, now=clock.now())
    assert account.person_id == person.id
    assert db.session.scalar(sa.select(sa.func.count(Person.id))) == 1


def test_a_second_account_for_the_same_address_adds_roles_and_changes_the_password():
    services.add_account(email="ann@example.org", roles=[Role.TRAINER], password=PASSWORD, now=clock.now())
    services.add_account(email="ann@example.org", roles=[Role.COORDINATOR], password="another password", now=clock.now())
    account = db.session.scalars(sa.select(Account)).one()
    assert account.roles == {Role.TRAINER, Role.COORDINATOR}
    assert services.sign_in(email="ann@example.org", password="another password", now=clock.now())


@pytest.mark.parametrize("role", list(Role))
def test_a_password_has_twelve_characters_and_fifteen_for_whoever_acts_for_others(role):
    least = 12 if role is Role.DELEGATE else 15
    with pytest.raises(Refused, match=f"at least {least} characters"):
        services.add_account(email="ann@example.org", roles=[role], password="x" * (least - 1), now=clock.now())
    assert queries.person_with_address("ann@example.org") is None, "nobody was added either"
    services.add_account(email="ann@example.org", roles=[role], password="x" * least, now=clock.now())
    assert services.sign_in(email="ann@example.org", password="x" * least, now=clock.now())


def test_roles_that_somebody_has_already_count_for_the_length_of_a_new_password():
    services.add_account(email="ann@example.org", roles=[Role.TRAINER], password=PASSWORD, now=clock.now())
    with pytest.raises(Refused, match="at least 15 characters"):
        services.add_account(email="ann@example.org", roles=[Role.DELEGATE], password="x" * 14, now=clock.now())


def test_somebody_who_comes_to_act_for_others_with_a_short_password_chooses_a_longer_one():
    account = services.add_account(email="ann@example.org", roles=[Role.DELEGATE], password="x" * 12, now=clock.now())
    person_id = account.person_id
    assert services.sign_in(email="ann@example.org", password="x" * 12, now=clock.now())
    services.set_roles(person_id=person_id, roles=[Role.TRAINER], password="", now=clock.now())
    with pytest.raises(Refused, match=r"too short for what you may do here.*“Choose a new password”"):
        services.sign_in(email="ann@example.org", password="x" * 12, now=clock.now())
    assert queries.recent_failures("ann@example.org", clock.now()) == 0, "it was the right one"


def test_sign_ins_and_failures_that_no_longer_count_are_forgotten():
    a_sign_in(an_account())
    with pytest.raises(Refused):
        services.sign_in(email="ann@example.org", password="x", now=clock.now())
    assert services.forget_ended_sign_ins(now=clock.now()) == 0
    assert services.forget_ended_sign_ins(now=clock.now() + timedelta(days=2)) == 2
    assert db.session.scalar(sa.select(sa.func.count(SignInFailure.id))) == 0


def where(person):
    db.session.rollback()
    return queries.affiliation_of(person.id)


def test_a_level_that_is_not_mentioned_stays_and_nought_says_that_it_is_not_known():
    person, now = a_person(), clock.now()
    agency_id = person.affiliation.agency_id
    services.say_where_somebody_works(person_id=person.id, agency_id=agency_id, job_title="Nurse", now=now, level=3)
    services.say_where_somebody_works(person_id=person.id, agency_id=agency_id, job_title="Matron", now=now + timedelta(days=2))
    assert (where(person).job_title, where(person).level) == ("Matron", 3)
    services.say_where_somebody_works(person_id=person.id, agency_id=agency_id, job_title="Matron", now=now + timedelta(days=2), level=0)
    assert where(person).level is None


def test_somebody_who_left_works_nowhere_and_where_they_work_next_begins_on_its_day():
    person, now = a_person(), clock.now()
    services.say_somebody_left(person_id=person.id, now=now)
    services.say_somebody_left(person_id=person.id, now=now + timedelta(days=1))
    assert where(person) is None
    left = queries.affiliations(person.id)[0]
    assert left.ends_on == clock.london_date(now)
    later = now + timedelta(days=30)
    services.say_where_somebody_works(person_id=person.id, agency_id=left.agency_id, job_title="Nurse", now=later)
    assert where(person).starts_on == clock.london_date(later)


def test_nobody_is_their_own_manager():
    person = a_person()
    with pytest.raises(Refused, match="the person's own address"):
        services.say_where_somebody_works(person_id=person.id, agency_id=None, job_title="Nurse", now=clock.now(), manager_email=person.email.upper())
