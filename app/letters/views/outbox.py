"""The outbox: every letter, what became of it, and the letter itself as the person sees it."""

from flask import Response, abort, current_app, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.access import access
from app.accounts.rules import Role
from app.core import clock
from app.core.errors import Refused
from app.core.settings import Settings
from app.letters import queries
from app.letters.forms import AddressWorksForm, SendAgainForm
from app.letters.views import blueprint
from app.mail import services
from app.mail.models import Letter
from app.mail.office import office
from app.mail.rules import links
from app.mail.rules.fates import LetterStatus
from app.ui.addresses import pages
from app.ui.headers import as_letter, with_frame


@blueprint.route("/desk/letters")
@access(Role.COORDINATOR)
def letters() -> ResponseReturnValue:
    """All letters, searched by words and state; or those about one session, booking or person, with who has which."""
    words = request.args.get("q", "")[:200]
    which = next((status for status in LetterStatus if status.value == request.args.get("state")), None)
    about = request.args.get("about", "")[:60]
    page, rows = queries.outbox(words, which, request.args.get("page", type=int), about)
    return render_template("letters/letters.html", page=page, rows=rows, words=words, which=which, counts=queries.how_many(),
                           states=list(LetterStatus), doubted=queries.doubted(), leaving=_leaving(), about=about,
                           page_link=pages("q", "state", "about"))


@blueprint.route("/desk/letters/<int:number>", methods=["GET", "POST"])
@access(Role.COORDINATOR)
def letter(number: int) -> ResponseReturnValue:
    """One letter with its fate; it can be sent again with a reason."""
    found = queries.letter(number) or abort(404)
    form = SendAgainForm()
    if form.validate_on_submit():
        try:
            again = services.send_again(letter_id=number, by=current_user.name, reason=form.reason.data, now=clock.now(), to=form.to.data or None)
        except Refused as no:
            form.refuse(no)
        else:
            flash("It goes again. This is the new letter.")
            return redirect(url_for("letters.letter", number=again.id))
    return with_frame(make_response(render_template(
        "letters/letter.html", letter=found, form=form, text=_as_seen(found, found.text), again=queries.sent_again_as(number),
        undeliverable=queries.undeliverable(found.address), masked=not _settings().demo and links.holds_secrets(found.text),
        may_go_again=found.status in (LetterStatus.SENT, LetterStatus.FAILED, LetterStatus.AMBIGUOUS) and found.next_try_at is None
        and found.outdated_at is None,
        leaving=_leaving(),
    )))


@blueprint.route("/desk/letters/<int:number>/page")
@access(Role.COORDINATOR)
def letter_page(number: int) -> ResponseReturnValue:
    """The letter as HTML, alone, under a policy of its own: for the frame on its page."""
    found = queries.letter(number) or abort(404)
    return framed(_as_seen(found, found.html))


@blueprint.route("/desk/letters/<int:number>/address-works", methods=["POST"])
@access(Role.COORDINATOR)
def address_works(number: int) -> ResponseReturnValue:
    """Say that an address works after all: what was held for it goes."""
    found = queries.letter(number) or abort(404)
    if AddressWorksForm().validate_on_submit():
        freed = services.address_works(address=found.address, by=current_user.name, now=clock.now())
        held = f" {freed} that {'was' if freed == 1 else 'were'} held {'goes' if freed == 1 else 'go'} too." if freed else ""
        flash(f"Letters to {found.address} go again.{held}")
    return redirect(url_for("letters.letter", number=number))


def framed(html: str) -> Response:
    """A letter for a frame; its links open outside of it."""
    return as_letter(make_response(html.replace('<meta charset="utf-8">', '<meta charset="utf-8"><base target="_blank">', 1)))


def _as_seen(found: Letter, text: str) -> str:
    """What staff may see of a letter: in the demonstration all, elsewhere not the secrets with which the person acts."""
    return links.with_secrets(text, office().link_key) if _settings().demo else links.without_secrets(text)


def _leaving() -> bool:
    return _settings().post.leaves


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings
