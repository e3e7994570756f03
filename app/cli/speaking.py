"""How commands speak: a refusal is one sentence on standard error, and an exit status that a script can rely on."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

import click
import sqlalchemy as sa

from app.core.errors import Refused

REFUSED = 1


def refuse(sentence: str) -> NoReturn:
    """End the command with this sentence and exit status 1."""
    click.echo(sentence, err=True)
    raise click.exceptions.Exit(REFUSED)


@contextmanager
def plainly() -> Iterator[None]:
    """Turn a refusal, or a database that cannot be used, into a sentence."""
    try:
        yield
    except Refused as no:
        refuse(str(no))
    except sa.exc.OperationalError as error:
        refuse(_database_sentence(str(error.orig)))
    except sa.exc.ProgrammingError as error:
        refuse(_database_sentence(str(error.orig)))


def _database_sentence(detail: str) -> str:
    if "no such table" in detail or "does not exist" in detail or "no such column" in detail:
        return "The database has not been set up. Run first: flask --app wsgi db upgrade"
    if "locked" in detail:
        return "The database is busy with other work. Nothing was changed. Try again in a minute."
    return f"The database could not be used: {detail.splitlines()[0]}. Check DATABASE_URL."


def progress_line() -> Callable[[str, int, int], None]:
    """A reporter of `(what, done, of)`: one moving bar on a terminal; elsewhere a line for each tenth of a stage."""
    shown: dict[str, int] = {}
    terminal = sys.stderr.isatty()

    def report(what: str, done: int, of: int) -> None:
        tenth = 10 if not of else 10 * done // of
        if terminal:
            bar = "#" * (tenth * 2)
            end = "\n" if done >= of else ""
            click.echo(f"\r{what:<28} [{bar:<20}] {done:,} of {of:,}{end}", err=True, nl=False)
            return
        if shown.get(what) != tenth:
            shown[what] = tenth
            click.echo(f"{what}: {done:,} of {of:,}", err=True)

    return report
