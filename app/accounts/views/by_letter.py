"""Signing in, choosing a password and having another address by a letter: asking for it, and the pages that its links lead to.

Reading any of these pages changes nothing. A link to sign in works in the browser that asked; elsewhere it shows a code to type in there.
When the answer to what a link did was lost on its way from the database, the view is run again and looks for it first (`outcome_unknown`).
"""

from collections.abc import Callable

from flask import flash, g, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user

from app.accounts import queries, rules, services
from app.accounts.access import EVERY_ROLE, access, anyone
from app.accounts.forms import AddressForm, ByLetterForm, CodeForm, NewPasswordForm, SignInNowForm
from app.accounts.views.signing_in import blueprint, safe
from app.core import clock, tokens
from app.core.errors import Refused
from app.mail.office import office
from app.mail.rules.links import FoundLink
from app.ui.dispatch import outcome_unknown, repeatable

NEXT = "after_sign_in"
COOKIE_LASTS = int(rules.SIGN_IN_LINK_LASTS.total_seconds())


def _cookie() -> str:
    """The name of the cookie that tells the browser that asked from others."""
    return "__Host-asked" if office().secure else "asked"


@blueprint.route("/sign-in/letter", methods=["GET", "POST"])
@anyone
def sign_in_letter() -> ResponseReturnValue:
    """Ask for a letter with a link to sign in. Whether somebody has the address is not told."""
    form = ByLetterForm()
    if not form.validate_on_submit():
        return render_template("accounts/sign_in_letter.html", form=form)
    browser = services.ask_for_sign_in(email=form.email.data, network=rules.network_of(request.remote_addr), now=clock.now())
    session[NEXT] = request.args.get("next", "")[:500]
    response = make_response(redirect(url_for("accounts.sign_in_code"), 303))
    response.set_cookie(_cookie(), browser, max_age=COOKIE_LASTS, path="/", secure=office().secure, httponly=True, samesite="Lax")
    return response


@blueprint.route("/sign-in/code", methods=["GET", "POST"])
@anyone
@repeatable
def sign_in_code() -> ResponseReturnValue:
    """The letter is on its way; whoever opens it elsewhere types the code here."""
    secret = _secret_of_this_sign_in()
    if outcome_unknown() and queries.visitor(secret, clock.now()) is not None:
        return _signed_in(secret)
    form = CodeForm()
    if form.validate_on_submit():
        try:
            services.sign_in_by_code(browser=_browser(), code=form.code.data, secret=secret, now=clock.now())
        except Refused as no:
            form.refuse(no, "code")
        else:
            return _signed_in(secret)
    return render_template("accounts/sign_in_code.html", form=form)


@blueprint.route("/sign-in/forgotten", methods=["GET", "POST"])
@anyone
def forgotten() -> ResponseReturnValue:
    """Ask for a letter with which a new password can be chosen."""
    form = ByLetterForm()
    asked = form.validate_on_submit()
    if asked:
        services.ask_for_new_password(email=form.email.data, network=rules.network_of(request.remote_addr), now=clock.now())
    return render_template("accounts/forgotten.html", form=form, asked=asked)


@blueprint.route("/my-details/address", methods=["GET", "POST"])
@access(*EVERY_ROLE)
def my_address() -> ResponseReturnValue:
    """Have another address: a letter goes there first, to ask whether it is theirs."""
    form = AddressForm()
    if form.validate_on_submit():
        try:
            address = services.ask_to_change_address(person_id=current_user.person_id, address=form.email.data, now=clock.now())
        except Refused as no:
            form.refuse(no, "email")
        else:
            flash(f"We have written to {address}. Your address changes when you follow the link in that letter, within 24 hours.")
            return redirect(url_for("accounts.my_details"))
    return render_template("accounts/my_address.html", form=form)


def sign_in_link(link: FoundLink) -> ResponseReturnValue:
    """A link to sign in: a button where it was asked for, a code elsewhere."""
    secret = _secret_of_this_sign_in()
    if outcome_unknown() and queries.visitor(secret, clock.now()) is not None:
        return _signed_in(secret)
    asked = queries.sign_in_request(_number(link, "sign-in"), clock.now())
    if not link.live or asked is None or asked.account_id is None:
        return _ended(link, url_for("accounts.sign_in_letter"), "Ask for a new letter")
    browser, form = _browser(), SignInNowForm()
    if asked.browser_digest != tokens.digest(browser):
        code = rules.code_of(asked.browser_digest, office().link_key)
        return render_template("accounts/answer_code.html", code=f"{code[:3]} {code[3:]}")
    if form.validate_on_submit():
        try:
            services.sign_in_by_link(link_id=link.id, request_id=asked.id, browser=browser, secret=secret, now=clock.now())
        except Refused as no:
            form.refuse(no)
        else:
            return _signed_in(secret)
    return render_template("accounts/answer_sign_in.html", form=form)


def reset_link(link: FoundLink) -> ResponseReturnValue:
    """A link to choose a new password. It signs nobody in."""
    form, account_id = NewPasswordForm(), _number(link, "account")
    if _used_just_now(link) and services.has_password(account_id=account_id, password=form.password.data or ""):
        return _password_changed()
    if not link.live:
        return _ended(link, url_for("accounts.forgotten"), "Ask for a new letter")
    form.ask_of(queries.roles_of(account_id))
    if form.validate_on_submit():
        try:
            services.reset_password(link_id=link.id, account_id=account_id, password=form.password.data, now=clock.now())
        except Refused as no:
            form.refuse(no, "password")
        else:
            return _password_changed()
    return render_template("accounts/answer_reset.html", form=form)


def _password_changed() -> ResponseReturnValue:
    session.clear()
    flash("Your password is changed, and every device was signed out. Sign in with the new one.")
    return redirect(url_for("accounts.sign_in"), 303)


def _used_just_now(link: FoundLink) -> bool:
    """Whether this request used the link, in a run of which nobody knows whether it was kept."""
    return outcome_unknown() and link.ended == "used"


def address_link(link: FoundLink) -> ResponseReturnValue:
    """A link to say that a new address is one's own."""
    person_id = _number(link, "person")
    if _used_just_now(link) and (person := queries.person(person_id)) is not None:
        return render_template("accounts/answer_address_done.html", address=person.email)
    change = queries.address_change(person_id)
    if not link.live or change is None:
        return _ended(link, url_for("accounts.my_address"), "Ask for the change again")
    form = SignInNowForm()
    if form.validate_on_submit():
        try:
            address = services.confirm_address(link_id=link.id, person_id=change.person_id, now=clock.now())
        except Refused as no:
            form.refuse(no)
        else:
            return render_template("accounts/answer_address_done.html", address=address)
    return render_template("accounts/answer_address.html", form=form, address=change.address)


ANSWERS: dict[str, Callable[[FoundLink], ResponseReturnValue]] = {
    "sign-in": sign_in_link, "reset": reset_link, "verify-address": address_link,
}
"""Who answers a link of a purpose, for the page that all links in letters lead to."""


def _ended(link: FoundLink, address: str, words: str) -> ResponseReturnValue:
    return render_template("accounts/answer_ended.html", sentence=link.sentence or "This link can no longer be used.", address=address, words=words)


def _number(link: FoundLink, kind: str) -> int:
    name, _colon, number = link.subject.partition(":")
    return int(number) if name == kind and number.isascii() and number.isdigit() else 0


def _browser() -> str:
    """The secret of the browser that asked; one that is nobody's when it did not."""
    return request.cookies.get(_cookie(), "")[:100] or tokens.secret()


def _secret_of_this_sign_in() -> str:
    """The secret that the browser will hold; the same when the view is run again, so that what it did can be found."""
    secret: str = g.setdefault("sign_in_secret", tokens.secret())
    return secret


def _signed_in(secret: str) -> ResponseReturnValue:
    """Go on as somebody who is signed in, to where they were going."""
    target = safe(session.get(NEXT), url_for("home.after_sign_in"))
    session.clear()
    login_user(queries.visitor(secret, clock.now()))
    response = make_response(redirect(target, 303))
    response.delete_cookie(_cookie(), path="/", secure=office().secure, httponly=True, samesite="Lax")
    return response
