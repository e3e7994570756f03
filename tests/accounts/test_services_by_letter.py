"""Signing in, a new password and a new address by a letter: each once, in time, and only by whom it was written to."""

import inspect
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.accounts import queries, rules, services
from app.accounts.models import CountedTry, Person, SignIn, SignInRequest
from app.accounts.rules import Role
from app.core import clock, tokens
from app.core.db import db, transaction
from app.core.errors import Refused
from app.mail import queries as mail
from app.mail.models import Letter
from app.mail.office import office
from app.mail.rules import links
from app.mail.rules.fates import NOT_YET_SENT, LetterStatus
from app.mail.services import send_again
from tests.builders import PASSWORD, a_person, a_sign_in, an_account

MINUTE = timedelta(minutes=1)


@pytest.fixture
def now(app):
    return clock.now()


def letters(kind=None):
    db.session.rollback()
    wanted = sa.select(Letter).order_by(Letter.id)
    return db.session.scalars(wanted.where(Letter.kind == kind) if kind else wanted).all()


def link_in(letter, now):
    """The link of the letter, as its reader follows it."""
    mark = links.MARK.search(letter.text).group(0)
    return mail.link(links.secret_of(mark, office().link_key), now)


def ask(email, now, network="10.1.2.0/24"):
    return services.ask_for_sign_in(email=email, network=network, now=now)


def asked(account, now):
    """Somebody asked to sign in: their browser, the link, and the code it shows elsewhere."""
    browser = ask(account.person.email, now)
    return browser, link_in(letters("sign-in-link")[-1], now), rules.code_of(tokens.digest(browser), office().link_key)


def by_link(browser, link, now):
    secret = tokens.secret()
    services.sign_in_by_link(link_id=link.id, request_id=int(link.subject.partition(":")[2]), browser=browser, secret=secret, now=now)
    return secret


def by_code(browser, code, now):
    secret = tokens.secret()
    services.sign_in_by_code(browser=browser, code=code, secret=secret, now=now)
    return secret


def test_a_link_signs_in_the_browser_that_asked_once_and_for_ten_minutes(app, now):
    account = an_account(Role.TRAINER)
    browser, link, code = asked(account, now)
    with pytest.raises(Refused, match="another device"):
        by_link(tokens.secret(), link, now)
    assert queries.visitor(by_link(browser, link, now + 9 * MINUTE), now).account_id == account.id
    for again in (lambda: by_link(browser, link, now + 9 * MINUTE), lambda: by_code(browser, code, now)):
        with pytest.raises(Refused):
            again()
    browser, link, _code = asked(account, now)
    with pytest.raises(Refused, match="too old"):
        by_link(browser, link, now + 10 * MINUTE)


def test_the_code_signs_in_only_the_browser_that_asked(app, now):
    account = an_account()
    browser, link, code = asked(account, now)
    with pytest.raises(Refused):
        by_code(tokens.secret(), code, now)
    spaced = f"{code[:3]} {code[3:]}"
    assert queries.visitor(by_code(browser, spaced, now), now).account_id == account.id
    with pytest.raises(Refused):
        by_link(browser, link, now)


def test_a_code_may_be_tried_five_times_and_an_account_twenty_times_an_hour(app, now):
    account = an_account()
    browser, _link, code = asked(account, now)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    for _ in range(5):
        with pytest.raises(Refused, match="not right"):
            by_code(browser, wrong, now)
    with pytest.raises(Refused, match="no longer"):
        by_code(browser, code, now)
    with app.app_context():
        db.session.add_all(CountedTry(key_digest=tokens.digest(f"code for {account.id}"), at=now) for _ in range(15))
        db.session.commit()
    browser, _link, code = asked(account, now)
    with pytest.raises(Refused, match="no longer"):
        by_code(browser, code, now)


def test_of_many_browsers_with_one_link_and_code_one_is_signed_in(app, now):
    account = an_account()
    browser, link, code = asked(account, now)

    def attempt(number):
        with app.app_context():
            try:
                if number % 2:
                    by_link(browser, link, now)
                else:
                    by_code(browser, code, now)
            except Refused:
                return 0
            return 1

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(8))) == 1
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(SignIn)) == 1


@pytest.mark.parametrize("request_letter", [ask, lambda email, now: services.ask_for_new_password(email=email, network="", now=now)])
def test_asking_for_somebody_and_for_nobody_does_the_same_work_and_writes_to_nobody(app, now, counting, request_letter):
    account = an_account()
    email = account.person.email
    request_letter("warm@example.org", now)
    nobody, somebody = counting(lambda: request_letter("nobody@example.org", now)), counting(lambda: request_letter(email, now))
    assert abs(somebody - nobody) <= 2, "a savepoint more, at most"
    assert [letter.address for letter in letters()] == [email]


def test_at_most_three_letters_an_hour_and_ten_a_day_go_to_one_address(app, now):
    account = an_account()
    for _ in range(4):
        ask(account.person.email, now)
    assert len(letters()) == 3
    for hours in range(1, 9):
        ask(account.person.email, now + timedelta(hours=hours, minutes=1))
    assert len(letters()) == 9, "with the one that was refused ten were asked for"


def test_at_most_thirty_letters_an_hour_are_asked_for_from_one_network(app, now):
    for number in range(30):
        ask(f"nobody{number}@example.org", now)
    account = an_account()
    ask(account.person.email, now)
    assert letters() == []
    ask(account.person.email, now, network="10.1.3.0/24")
    assert len(letters()) == 1


def test_networks_are_told_apart_by_24_and_64_bits():
    assert rules.network_of("192.0.2.77") == "192.0.2.0/24" and rules.network_of("2001:db8:1:2:3::9") == "2001:db8:1:2::/64"
    assert rules.network_of(None) == "" and rules.network_of("no address") == ""


def test_a_letter_that_opens_an_account_goes_again_to_no_other_address_not_even_to_a_new_one_of_its_person(app, now):
    account = an_account()
    asked(account, now)
    (letter,) = letters("sign-in-link")
    with transaction() as session:
        kept = session.get_one(Letter, letter.id)
        kept.status, kept.sent_at, kept.next_try_at = LetterStatus.SENT, now, None
        session.get_one(Person, account.person_id).email = "new@example.org"
    with pytest.raises(Refused, match="opens somebody’s account"):
        send_again(letter_id=letter.id, by="Marian Cole", reason="lost", now=now, to="new@example.org")


def test_a_closed_account_gets_no_letter_and_no_way_in(app, now):
    account = an_account()
    browser, link, code = asked(account, now)
    services.set_roles(person_id=account.person_id, roles=[], password="", now=now)
    for way_in in (lambda: by_link(browser, link, now), lambda: by_code(browser, code, now)):
        with pytest.raises(Refused, match="closed"):
            way_in()
    ask(account.person.email, now)
    assert len(letters("sign-in-link")) == 1


def reset(link, account, now, password="three unlikely words"):
    services.reset_password(link_id=link.id, account_id=account.id, password=password, now=now)


def a_reset(account, now):
    services.ask_for_new_password(email=account.person.email, network="", now=now)
    return link_in(letters("password-reset")[-1], now)


def test_a_new_password_ends_every_sign_in_and_every_other_letter_and_is_told(app, now):
    account = an_account(Role.COORDINATOR)
    browser, way_in, _code = asked(account, now)
    secret = a_sign_in(account)
    reset(a_reset(account, now), account, now)
    assert queries.visitor(secret, now) is None
    with pytest.raises(Refused):
        by_link(browser, way_in, now)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(SignIn)) == 0, "nobody is signed in by it"
    with pytest.raises(Refused):
        services.sign_in(email=account.person.email, password=PASSWORD, now=now)
    services.sign_in(email=account.person.email, password="three unlikely words", now=now)
    assert [letter.address for letter in letters("password-changed")] == [account.person.email]
    assert {letter.status for letter in letters("sign-in-link")} == {LetterStatus.VOID}


def test_a_link_for_a_new_password_works_once_for_an_hour_and_only_the_newest(app, now):
    account = an_account()
    first, second = a_reset(account, now), a_reset(account, now)
    with pytest.raises(Refused):
        reset(first, account, now)
    with pytest.raises(Refused):
        reset(second, account, now + 60 * MINUTE)
    with pytest.raises(Refused, match="too short"):
        reset(second, account, now, "short")
    reset(second, account, now + 59 * MINUTE)
    with pytest.raises(Refused):
        reset(second, account, now + 59 * MINUTE)


def waiting():
    db.session.rollback()
    return [(letter.kind, letter.address) for letter in letters() if letter.status in NOT_YET_SENT]


def test_of_letters_of_which_only_the_newest_works_only_the_newest_leaves(app, now):
    account = an_account()
    for _ in range(2):
        a_reset(account, now)
    assert waiting() == [("password-reset", account.person.email)]
    for address in ("typo@example.org", "right@example.org"):
        services.ask_to_change_address(person_id=account.person_id, address=address, now=now)
    assert waiting()[1:] == [("verify-address", "right@example.org")]


def test_a_letter_for_a_new_password_does_not_leave_to_the_address_before(app, now):
    account, other = an_account(email="old@example.org"), an_account(email="before@example.org")
    a_reset(account, now)
    services.ask_to_change_address(person_id=account.person_id, address="new@example.org", now=now)
    services.confirm_address(link_id=link_in(letters("verify-address")[0], now).id, person_id=account.person_id, now=now)
    a_reset(other, now)
    services.save_person(person_id=other.person_id, email="after@example.org", first_name="A", last_name="B", now=now)
    assert "password-reset" not in dict(waiting())


def test_an_address_counts_from_when_its_owner_says_so_within_a_day(app, now):
    account = an_account(email="old@example.org")
    services.ask_to_change_address(person_id=account.person_id, address=" New@example.org ", now=now)
    assert [(letter.kind, letter.address) for letter in letters()] == [("verify-address", "new@example.org")]
    link = link_in(letters()[0], now)
    assert db.session.get(Person, account.person_id).email == "old@example.org"
    with pytest.raises(Refused, match="too old"):
        services.confirm_address(link_id=link.id, person_id=account.person_id, now=now + timedelta(hours=24))
    assert services.confirm_address(link_id=link.id, person_id=account.person_id, now=now + timedelta(hours=23)) == "new@example.org"
    told = letters("address-changed")[0]
    assert told.address == "old@example.org" and "new@example.org" not in told.text
    with pytest.raises(Refused):
        services.confirm_address(link_id=link.id, person_id=account.person_id, now=now)


def test_an_address_that_somebody_has_is_refused_only_to_whoever_reads_its_mail(app, now):
    account, other = an_account(), a_person(email="taken@example.org")
    services.ask_to_change_address(person_id=account.person_id, address=other.email, now=now)
    link = link_in(letters()[0], now)
    with pytest.raises(Refused, match="Somebody is known here"):
        services.confirm_address(link_id=link.id, person_id=account.person_id, now=now)
    with pytest.raises(Refused, match="your address already"):
        services.ask_to_change_address(person_id=account.person_id, address=account.person.email, now=now)


def test_a_coordinator_cannot_turn_the_letters_of_somebody_who_acts_for_others_to_themselves(app, now):
    admin, delegate = an_account(Role.ADMINISTRATOR), an_account()
    facts = {"first_name": "Ann", "last_name": "Example", "now": now}
    with pytest.raises(Refused, match="administrator changes"):
        services.save_person(person_id=admin.person_id, email="mine@example.org", **facts)
    link, before = a_reset(delegate, now), delegate.person.email
    services.save_person(person_id=delegate.person_id, email="other@example.org", **facts)
    assert [letter.address for letter in letters("address-changed")] == [before]
    with pytest.raises(Refused):
        reset(link, delegate, now)
    services.save_person(person_id=admin.person_id, email="theirs@example.org", by_administrator=True, **facts)


def test_a_letter_that_opens_an_account_is_sent_again_to_its_own_address_only(app, now):
    account = an_account()
    a_reset(account, now)
    letter = letters("password-reset")[0]
    letter.status, letter.next_try_at = LetterStatus.SENT, None
    db.session.commit()
    with pytest.raises(Refused, match="their own address only"):
        send_again(letter_id=letter.id, by="C", reason="asked", now=now, to="mine@example.org")
    assert send_again(letter_id=letter.id, by="C", reason="asked", now=now).address == account.person.email


def test_what_was_asked_for_is_forgotten_after_a_day(app, now):
    account = an_account()
    asked(account, now)
    services.ask_to_change_address(person_id=account.person_id, address="new@example.org", now=now)
    services.forget_ended_sign_ins(now=now + timedelta(hours=23))
    assert db.session.query(SignInRequest).count() == 1
    services.forget_ended_sign_ins(now=now + timedelta(hours=25))
    assert [db.session.query(kept).count() for kept in (SignInRequest, CountedTry)] == [0, 0]
    assert queries.address_change(account.person_id) is None


def test_the_switch_without_the_binding_to_the_browser_whoever_gets_the_link_is_signed_in(app, now, monkeypatch):
    """The canary: what the binding protects against happens when it is off."""
    account = an_account()
    _browser, link, _code = asked(account, now)
    source = inspect.getsource(services.sign_in_by_link).replace("request.browser_digest != tokens.digest(browser)", "False")
    assert source != inspect.getsource(services.sign_in_by_link)
    place = dict(vars(inspect.getmodule(services.sign_in_by_link)))
    exec(source, place)
    secret = tokens.secret()
    place["sign_in_by_link"](link_id=link.id, request_id=int(link.subject.partition(":")[2]), browser="a thief's", secret=secret, now=now)
    assert queries.visitor(secret, now).account_id == account.id
