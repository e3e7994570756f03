"""Letters about somebody's account: a way in, a new password, a new address. Each holds a link that leads to a page with a button."""

from datetime import datetime

from app.accounts.models import Person
from app.accounts.rules import ADDRESS_LINK_LASTS, RESET_LASTS, SIGN_IN_LINK_LASTS
from app.core.tokens import reference
from app.mail.office import office
from app.mail.rules.languages import Both
from app.mail.rules.wording import Wording
from app.mail.services import Act, Draft, LinkTo

NAME = {"name": "the person's first name"}
NOT_YOU = "If you did not ask for this, leave the letter. Nothing changes unless somebody uses it."
ASKED = Both("somebody asked for it with this address", "i rywun ofyn amdano gyda’r cyfeiriad hwn")
HAS_ACCOUNT = Both("you have an account here", "bod gennych gyfrif yma")
GAVE = Both("somebody gave this address as theirs", "i rywun roi’r cyfeiriad hwn fel eu cyfeiriad nhw")


def _wording(kind: str, title: str, subject: str, body: str, because: Both, *, acts: bool = True, says: str = "", **more: str) -> Wording:
    return Wording(kind, title, subject, body, {**NAME, **more}, frozenset(says.split()), because, acts, opens_account=True)


WORDINGS = (
    _wording("sign-in-link", "Somebody asks to sign in by a letter", "Your link to sign in",
             "Hello {name},\n\nYou asked to sign in without a password. Open this link on the device where you asked. It works once, for ten "
             f"minutes.\n\n{{act}}\n\nOpened anywhere else, it shows a code that you can type in there. Do not tell anybody the code.\n\n{NOT_YOU}",
             ASKED),
    _wording("password-reset", "Somebody has forgotten the password", "Choose a new password",
             "Hello {name},\n\nYou asked for a new password. Choose one on the page behind this link. It works once, for one hour, and a newer "
             f"letter ends it.\n\n{{act}}\n\n{NOT_YOU}", ASKED),
    _wording("password-changed", "A password was changed", "Your password was changed",
             "Hello {name},\n\nYour password was changed with the link in a letter to you, and all devices were signed out. Sign in with the new "
             "password: {sign_in}\n\nIf that was not you, choose another password now: {forgotten}", HAS_ACCOUNT, acts=False, says="forgotten",
             sign_in="link to the page for signing in", forgotten="link to the page for a new password"),
    _wording("verify-address", "Somebody wants to have another address", "Is this your address?",
             "Hello {name},\n\nYou asked us to write to you at this address from now on, and to sign in with it. Please say that it is yours "
             f"within 24 hours.\n\n{{act}}\n\n{NOT_YOU}", GAVE),
    _wording("address-changed", "Somebody has another address", "Your address here was changed",
             "Hello {name},\n\nFrom now on we write to you at {address}, and you sign in with it.\n\nIf that was not you, tell us at once: "
             "{contact}", HAS_ACCOUNT, acts=False, says="address contact",
             address="the new address, shortened", contact="how to reach the training team"),
)


def sign_in_link(*, to: str, person: Person | None, request_id: int, now: datetime) -> Draft:
    """The way in for the browser of this request."""
    until = now + SIGN_IN_LINK_LASTS
    act = Act(Both("Sign in", "Mewngofnodi"), LinkTo("sign-in", f"sign-in:{request_id}", until))
    return _draft("sign-in-link", f"sign-in:{request_id}", to, person, now, act, until)


def password_reset(*, to: str, person: Person | None, account_id: int, now: datetime) -> Draft:
    """The way to a new password; earlier ones end."""
    until = now + RESET_LASTS
    link = LinkTo("reset", f"account:{account_id}", until, replaces=True)
    act = Act(Both("Choose a new password", "Dewis cyfrinair newydd"), link)
    return _draft("password-reset", f"account:{account_id}:reset:{reference()}", to, person, now, act, until)


def password_changed(*, person: Person, account_id: int, now: datetime) -> Draft:
    """The notice that it was done."""
    return _draft("password-changed", f"account:{account_id}:password-changed:{reference()}", person.email, person, now,
                  sign_in=office().page("sign-in"), forgotten=office().page("sign-in/forgotten"))


def verify_address(*, person: Person, address: str, now: datetime) -> Draft:
    """The question at the new address; earlier ones end."""
    until = now + ADDRESS_LINK_LASTS
    link = LinkTo("verify-address", f"person:{person.id}", until, replaces=True)
    act = Act(Both("Yes, it is mine", "Ie, fy nghyfeiriad i ydyw"), link)
    return _draft("verify-address", f"person:{person.id}:verify-address:{reference()}", address, person, now, act, until)


def address_changed(*, person: Person, before: str, now: datetime) -> Draft:
    """The notice at the address that was. It does not say the new one in full: whoever reads it there may be somebody else."""
    shown = f"{person.email[:2]}…@{person.email.partition('@')[2]}"
    return _draft("address-changed", f"person:{person.id}:address-changed:{reference()}", before, person, now, address=shown,
                  contact=office().house.contact_email or office().page("help"))


def _draft(kind: str, about: str, to: str, person: Person | None, now: datetime, act: Act | None = None, until: datetime | None = None,
           **fields: str) -> Draft:
    name = (person.first_name or person.name) if person else ""
    concerns = (f"person:{person.id}",) if person else ()
    return Draft(about=about, kind=kind, to=to, person_id=person.id if person else None, concerns=concerns, act=act, valid_until=until,
                 fields={"name": name, **fields})
