"""Every room's pages and wordings and the product's commands, in one visible order."""

from flask import Flask

from app import cli
from app.accounts import emails as account_letters
from app.accounts import queries as people
from app.accounts.models import Person
from app.accounts.rules import Role
from app.accounts.services import AFTER_ADDRESSES, AFTER_MANAGERS, AROUND_AGENCIES, WHEN_CLOSED
from app.accounts.views import ANSWERS as ACCOUNT_ANSWERS
from app.accounts.views import blueprint as accounts
from app.accounts.views import desk as accounts_desk
from app.attendance import emails as registers
from app.attendance.services import FOLLOWS
from app.attendance.views import blueprint as attendance
from app.booking import emails as places
from app.booking.emails import TO_TRAINERS
from app.booking.services import agencies_change, ask_at_new_address, ask_other_manager, ask_whether_to_give_back, audience_changes
from app.booking.views import blueprint as booking
from app.booking.views.mine.answering import PURPOSES
from app.catalogue.queries import FORECASTS
from app.catalogue.services import AROUND_AUDIENCES
from app.catalogue.views import blueprint as catalogue
from app.certificates import emails as certificate_letters
from app.certificates.services.issuing import settle_held
from app.certificates.views import blueprint as certificates
from app.certificates.views.checking import ANSWERS as CERTIFICATE_ANSWERS
from app.evaluation import emails as questions
from app.evaluation.queries.no_shows import likely_to_come
from app.evaluation.services.anonymous import WHILE_REWRITTEN
from app.evaluation.services.answering import follow_manager
from app.evaluation.services.inviting import ask_other_manager as questions_to_other_manager
from app.evaluation.services.inviting import withdraw_from_absent
from app.evaluation.services.worries import end_with_account
from app.evaluation.views import blueprint as evaluation
from app.evidence import emails as evidence_letters
from app.evidence.services.following import keep_answers
from app.evidence.views import blueprint as evidence
from app.home import emails as home_letters
from app.home.views import blueprint as home
from app.imports.views import blueprint as imports
from app.letters.views import blueprint as letters
from app.mail.office import Audience, open_office
from app.mail.rules.wording import Wording
from app.reporting.views import blueprint as reporting

BLUEPRINTS = (home, accounts, accounts_desk, letters, catalogue, booking, attendance, evaluation, evidence, certificates, imports, reporting)
WORDINGS: tuple[Wording, ...] = (*account_letters.WORDINGS, *places.WORDINGS, *registers.WORDINGS, *questions.WORDINGS, *certificate_letters.WORDINGS,
                                *evidence_letters.WORDINGS, *home_letters.WORDINGS)
"""The letters of every room, as shipped: each room's `emails.WORDINGS`, one after the other."""


AUDIENCES = (
    Audience(frozenset({*TO_TRAINERS, "trainer-cancelled"}), lambda letter: people.gives_sessions(letter.c.person_id)),
    Audience(frozenset({"trainer-released", "held-places-cancelled", "held-places-times", "held-places-released"}),
             lambda letter: ~people.has_left(letter.c.person_id)),
    Audience(frozenset({"digest", "leaver", "trainer-left"}), lambda letter: people.has_role(letter.c.person_id, Role.COORDINATOR)),
    Audience(frozenset({"approval-asked", "questions-manager", "questions-manager-reminder"}),
             lambda letter: ~people.manager_has_left(letter.c.address)),
    Audience(frozenset({"missed"}), lambda letter: letter.c.person_id.is_not(None) | ~people.manager_has_left(letter.c.address)),
)
"""Letters that go to somebody for what they are, a trainer, a coordinator, somebody's manager: they leave only as long as that is so."""


def register(app: Flask) -> None:
    """Give the app its letters, pages and commands."""
    open_office(app, WORDINGS, Person.__table__, [ask_whether_to_give_back], AUDIENCES)  # type: ignore[arg-type]
    PURPOSES.update(ACCOUNT_ANSWERS)  # the room of accounts stands below the page that all links lead to
    PURPOSES.update(CERTIFICATE_ANSWERS)
    AFTER_ADDRESSES["requests"] = ask_at_new_address
    AFTER_ADDRESSES["questions"] = follow_manager
    AFTER_MANAGERS["requests"] = ask_other_manager
    AFTER_MANAGERS["questions"] = questions_to_other_manager
    AROUND_AGENCIES["places"] = agencies_change
    WHEN_CLOSED["worries"] = end_with_account
    AROUND_AUDIENCES["places"] = audience_changes
    FOLLOWS["certificates"] = settle_held
    FOLLOWS["questions"] = withdraw_from_absent
    WHILE_REWRITTEN["examples"] = keep_answers
    FORECASTS["no-shows"] = likely_to_come
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.extensions["csrf"].exempt("app.letters.views.coming_in.bounces")  # a mail system has no form; it shows BOUNCE_SECRET instead
    for view in ("answering.from_link", "answering.from_code", "worries.worry"):  # ui.posting.without_cookies checks these
        app.extensions["csrf"].exempt(f"app.evaluation.views.{view}")
    cli.register(app)
