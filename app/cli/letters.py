"""Letters that came back and answers of calendars, from a mailbox on this machine."""

import mailbox
from collections import Counter
from contextlib import closing
from pathlib import Path

import click

from app.cli.speaking import plainly, refuse
from app.core import clock


@click.command("take-bounces")
@click.argument("path", type=click.Path(path_type=Path))
def take_bounces(path: Path) -> None:
    """Read what came back to PATH: mark letters that could not be delivered; ask who declined an invitation whether they give the place back.

    PATH is an mbox file, a Maildir folder, or one message. Nothing in it is changed; a report that was read before changes nothing more.
    """
    from app.mail.services import Read, take_in  # noqa: PLC0415  (no web process needs it here)

    if not path.exists():
        refuse(f"{path} is not there.")
    with plainly():
        read = Counter(take_in(message, now=clock.now()) for message in _messages(path))
    click.echo(f"{read.total():,} messages read, {read[Read.BOUNCE]:,} letters marked as not delivered, "
               f"{read[Read.ANSWER]:,} declined invitations asked about.{_unreadable(read[Read.UNREADABLE])}")


def _unreadable(number: int) -> str:
    return f" {number:,} could not be read; the log says why." if number else ""


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
