"""Letters that came back, from a mailbox on this machine."""

import mailbox
from contextlib import closing
from pathlib import Path

import click

from app.cli.speaking import plainly, refuse
from app.core import clock


@click.command("take-bounces")
@click.argument("path", type=click.Path(path_type=Path))
def take_bounces(path: Path) -> None:
    """Read the reports in PATH that letters could not be delivered, and mark the letters and addresses.

    PATH is an mbox file, a Maildir folder, or one message. Nothing in it is changed; a report that was read before changes nothing more.
    """
    from app.mail.services import take_bounce  # noqa: PLC0415  (no web process needs it here)

    if not path.exists():
        refuse(f"{path} is not there.")
    read = marked = 0
    with plainly():
        for message in _messages(path):
            read += 1
            marked += take_bounce(message, now=clock.now()) is not None
    click.echo(f"{read:,} messages read, {marked:,} letters marked as not delivered.")


def _messages(path: Path) -> list[bytes]:
    if path.is_dir():
        folder = mailbox.Maildir(path, factory=None, create=False)
        return [folder.get_bytes(key) for key in folder.keys()]  # noqa: SIM118  (a Maildir is not a dictionary)
    with path.open("rb") as file:
        if file.read(5) != b"From ":
            file.seek(0)
            return [file.read()]
    with closing(mailbox.mbox(path, create=False)) as box:
        return [box.get_bytes(key) for key in box.keys()]  # noqa: SIM118


COMMANDS = (take_bounces,)
