"""Signing in and out."""

from urllib.parse import urlsplit

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user

from app.accounts import queries, services
from app.accounts.access import anyone
from app.accounts.forms import SignInForm, SignOutForm
from app.core import clock
from app.core.errors import Refused

blueprint = Blueprint("accounts", __name__, template_folder="../templates")


@blueprint.route("/sign-in", methods=["GET", "POST"])
@anyone
def sign_in() -> ResponseReturnValue:
    """Address and password; afterwards back to where the person was going."""
    form = SignInForm()
    if form.validate_on_submit():
        try:
            secret = services.sign_in(email=form.email.data, password=form.password.data, now=clock.now())
        except Refused as no:
            form.refuse(no)
        else:
            session.clear()
            login_user(queries.visitor(secret, clock.now()))
            return redirect(safe(request.args.get("next"), url_for("home.after_sign_in")))
    return render_template("accounts/sign_in.html", form=form)


@blueprint.route("/sign-out", methods=["POST"])
@anyone
def sign_out() -> ResponseReturnValue:
    """End the sign-in on this browser."""
    if SignOutForm().validate_on_submit() and current_user.is_authenticated:
        services.sign_out(secret=current_user.secret)
    session.clear()
    response = redirect(url_for("home.front_page"))
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def safe(target: str | None, otherwise: str) -> str:
    """The address to go on to, if it is one of ours; else the other. Browsers read a backslash as a slash."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or any(ord(c) < 32 for c in target):
        return otherwise
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc else otherwise
