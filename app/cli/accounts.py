"""Accounts from the command line: the first administrator, and many at once."""

import sys

import click

from app.accounts import services
from app.accounts.rules import Role
from app.cli.speaking import plainly, refuse
from app.core import clock
from app.core.addresses import work_address
from app.core.db import transaction
from app.core.errors import Refused


@click.command("add-account")
@click.argument("emails", nargs=-1, required=True, metavar="EMAIL...")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice([role.value for role in Role]),
              help="What the account may do; give the option again for more than one.")
@click.option("--password-stdin", is_flag=True, help="Read the password, one line for all, from standard input instead of asking.")
def add_account(emails: tuple[str, ...], roles: tuple[str, ...], password_stdin: bool) -> None:
    """Give each EMAIL an account with these roles.

    Somebody who is there already gets the account; an account that is there gets the roles and the new password, and is
    signed out everywhere. The first administrator is made in this way too. All of the addresses, or none of them.

    A password has 15 characters at least, that of a delegate 12.

    Example: echo "a long password" | flask --app wsgi add-account jo@example.org --role administrator --password-stdin
    """
    addresses = [_checked(email) for email in emails]
    password = _password(password_stdin)
    with plainly(), transaction():
        for address in addresses:
            services.add_account(email=address, roles=[Role(role) for role in roles], password=password, now=clock.now())
    for address in addresses:
        click.echo(f"{address} can sign in as {', '.join(Role(role).label for role in roles)}.")


def _checked(email: str) -> str:
    try:
        return work_address(email)
    except Refused:
        refuse(f"{email!r} is not an e-mail address; write it like name@organisation.org.uk. Nothing was changed.")


def _password(from_stdin: bool) -> str:
    if not from_stdin:
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        refuse("No password came on standard input. Write it there as one line.")
    return line


COMMANDS = (add_account,)
