"""The demonstration from the command line; `python3 dev.py demo` calls it."""

import os
import secrets
from pathlib import Path

import click
from flask import current_app

from app.accounts.rules import Role
from app.cli import database
from app.cli.speaking import plainly, refuse
from app.core import clock
from app.core.settings import Settings
from app.demo import loading


@click.command("load-demo")
def load_demo() -> None:
    """Set up the demonstration database, fill it unless that was done, and say with which accounts to sign in.

    Only with UPLIFT_DEMO=1, so that no real database is ever filled with made-up people.
    """
    settings = _demo_settings()
    database.upgrade(current_app._get_current_object())  # type: ignore[attr-defined]
    with plainly():
        loading.load(password=password(settings), now=clock.now(), say=lambda line: click.echo(line, err=True))
    click.echo("Sign in as:")
    for role in Role:
        click.echo(f"  {loading.address(role)}")
    click.echo(f"with the password  {password(settings)}")


def password(settings: Settings) -> str:
    """The password of all demonstration accounts: made once, kept in the instance folder, for its owner only."""
    path = Path(settings.instance) / "demo-password"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write("-".join(secrets.choice(WORDS) for _ in range(4)))
    return path.read_text(encoding="ascii")


def _demo_settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    if not settings.demo:
        refuse("This is not a demonstration. Start it with `python3 dev.py demo`, or set UPLIFT_DEMO=1 for a database that may be filled.")
    return settings


WORDS = ("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heron", "inlet", "juniper", "kestrel", "lantern", "meadow", "nectar",
         "orchard", "pebble", "quarry", "rowan", "saffron", "thistle", "upland", "violet", "willow", "yarrow")
COMMANDS = (load_demo,)
