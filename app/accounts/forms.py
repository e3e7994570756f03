"""What may be typed about accounts."""

from collections.abc import Iterable

from wtforms import EmailField, PasswordField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from app.accounts.models import Account, Affiliation, Agency, Partnership, Person
from app.accounts.rules import LEAST_CHARACTERS, STAFF_CHARACTERS, Role, least_characters
from app.mail.rules.languages import Language
from app.ui.changing import ChangeForm
from app.ui.widgets import DayField, Form, choices, is_address


class SignInForm(Form):
    """Work address and password."""

    email = EmailField(
        "E-mail address",
        [InputRequired("Enter your work e-mail address"), Length(max=320, message="An e-mail address has 320 characters at most")],
    )
    password = PasswordField(
        "Password", [InputRequired("Enter your password"), Length(max=1024, message="A password has 1,024 characters at most")]
    )


class ByLetterForm(Form):
    """The address to which a letter about an account is to go."""

    email = EmailField("E-mail address", [InputRequired("Enter your work e-mail address"), is_address])


class CodeForm(Form):
    """The six digits that a link to sign in shows elsewhere."""

    code = StringField("Code", [InputRequired("Enter the six digits"), Length(max=20, message="The code has six digits")])


class SignInNowForm(Form):
    """One button."""


class NewPasswordForm(Form):
    """A new password."""

    password = PasswordField("New password", [InputRequired("Enter a new password"),
                                              Length(max=1024, message="A password has 1,024 characters at most")],
                             description="Three words that do not belong together are a good one.")

    def ask_of(self, roles: Iterable[Role]) -> None:
        """Say how long it must be for somebody with these roles."""
        self.password.description = f"At least {least_characters(roles)} characters. Three words that do not belong together are a good one."


class AddressForm(Form):
    """Another address."""

    email = EmailField("New work e-mail address", [InputRequired("Enter the new address"), is_address])


class SignOutForm(Form):
    """The button that signs out."""


SHORT = Length(max=300, message="At most 300 characters")
DAYS = ["%Y-%m-%d", "%d/%m/%Y"]
LEVELS = range(1, 10)
LANGUAGES = choices((one.value, one.label) for one in Language)


class PersonForm(ChangeForm):
    """Somebody: their name and address, and the language of their letters."""

    first_name = StringField("First name", [InputRequired("Enter the first name"), SHORT])
    last_name = StringField("Last name", [InputRequired("Enter the last name"), SHORT])
    email = EmailField("Work e-mail address", [InputRequired("Enter the work address"), is_address])
    language = SelectField("Letters in", choices=LANGUAGES)


def person_as_typed(person: Person) -> dict[str, object]:
    """What the form shows of somebody who is there."""
    return {"first_name": person.first_name, "last_name": person.last_name, "email": person.email, "language": person.language.value}


class AffiliationForm(ChangeForm):
    """Where somebody works and as what, from today."""

    agency_id = SelectField("Agency", choices=[], coerce=int)
    job_title = StringField("Job", [Optional(), SHORT])
    partnership_id = SelectField("Area they work in", choices=[], coerce=int)
    manager_email = EmailField("Manager's address", [Optional(), is_address])
    level = SelectField("Level of training they need", coerce=int, choices=choices([(0, "Not known"), *((at, f"Level {at}") for at in LEVELS)]),
                        description="Some courses are for a level and above.")


def affiliation_as_typed(at: Affiliation | None) -> dict[str, object]:
    """What the form shows of where somebody works now; of somebody of whom nobody knows, too."""
    if at is None:
        return {"agency_id": 0, "partnership_id": 0, "level": 0}
    return {"agency_id": at.agency_id or 0, "job_title": at.job_title, "partnership_id": at.partnership_id or 0,
            "manager_email": at.manager_email, "level": at.level or 0}


OWN_LEVELS = choices([(0, "I do not know"), *((at, f"Level {at}") for at in LEVELS)])


class DetailsForm(AffiliationForm):
    """Where I work and as what, my level of training, who has to agree when I book, and the language of my letters."""

    agency_id = SelectField("Where you work", choices=[], coerce=int)
    job_title = StringField("Your job", [Optional(), SHORT])
    level = SelectField("Your level of training", choices=OWN_LEVELS, coerce=int,
                        description="Some courses are for people who have a certain level. Your manager knows it if you do not.")
    partnership_id = SelectField("Area you work in", choices=[], coerce=int)
    manager_email = EmailField("Your manager’s work e-mail address", [Optional(), is_address],
                               description="They are asked when a course needs your manager to agree.")
    language = SelectField("Letters in", choices=LANGUAGES,
                           description="A letter that we do not have in Welsh comes in English.")


class AccountForm(ChangeForm):
    """What somebody may do here."""

    roles = SelectMultipleField(
        "Roles", choices=choices((role.value, role.label.capitalize()) for role in Role),
        description="A line manager acts for people who name their address as their manager's; an agency lead for the people of the agency "
                    "they work for, and of all that is part of it.",
    )
    password = PasswordField("New password", [Optional(), Length(max=1024, message="A password has 1,024 characters at most")],
                             description=f"At least {STAFF_CHARACTERS} characters; for a delegate, who acts for nobody else, {LEAST_CHARACTERS}. "
                                         "Leave it empty to keep the present one.")


def account_as_typed(account: Account | None) -> dict[str, object]:
    """What the form shows of an account; a closed one shows as none."""
    return {"roles": sorted(role.value for role in account.roles) if account and account.closed_at is None else []}


class AgencyForm(ChangeForm):
    """An agency."""

    code = StringField("Code", [InputRequired("Enter a short code"), Length(max=60, message="At most 60 characters")])
    name = StringField("Name", [InputRequired("Enter its name"), SHORT])
    sector = StringField("Sector", [Optional(), SHORT], description="Such as Health. Reports are broken down by it.")
    parent_id = SelectField("Part of", choices=[], coerce=int)
    aliases = TextAreaField("Other names", [Optional(), Length(max=5000, message="At most 5,000 characters")],
                            description="One in each line. Imports find the agency by them.")
    partnerships = SelectMultipleField("Areas it works in", choices=[], coerce=int)
    starts_on = DayField("From", [Optional()], format=DAYS)
    ends_on = DayField("To", [Optional()], format=DAYS, description="Leave it empty while it goes on.")


def agency_as_typed(agency: Agency) -> dict[str, object]:
    """What the form shows of an agency that is there."""
    return {
        "code": agency.code, "name": agency.name, "sector": agency.sector, "parent_id": agency.parent_id or 0, "starts_on": agency.starts_on,
        "ends_on": agency.ends_on, "aliases": "\n".join(sorted(alias.name for alias in agency.aliases)),
        "partnerships": sorted(one.id for one in agency.partnerships),
    }


class PartnershipForm(ChangeForm):
    """A partnership."""

    code = StringField("Code", [InputRequired("Enter a short code"), Length(max=60, message="At most 60 characters")])
    name = StringField("Name", [InputRequired("Enter its name"), SHORT])
    starts_on = DayField("From", [Optional()], format=DAYS)
    ends_on = DayField("To", [Optional()], format=DAYS, description="Leave it empty while it goes on.")
    successors = SelectMultipleField("Followed by", choices=[], coerce=int)


def partnership_as_typed(partnership: Partnership) -> dict[str, object]:
    """What the form shows of a partnership that is there."""
    return {"code": partnership.code, "name": partnership.name, "starts_on": partnership.starts_on, "ends_on": partnership.ends_on,
            "successors": sorted(one.id for one in partnership.successors)}
