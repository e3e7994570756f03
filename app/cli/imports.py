"""A whole programme year from the command line."""

from pathlib import Path

import click

from app.cli.speaking import REFUSED, plainly, progress_line
from app.core import clock
from app.imports.rules.problems import BadProgramme
from app.imports.services import import_programme


@click.command("import-programme")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--notify", is_flag=True, help="Write to people about what this changes for them, and offer free places. Without it nobody is told.")
def import_command(folder: Path, notify: bool) -> None:
    """Take in the programme in DIR: the twelve CSV files of a year, in one transaction.

    If any row cannot be taken nothing is changed, every such row is listed (file, line, column, what to write instead) and the
    exit status is 1. Doing it again changes nothing; a corrected folder corrects; another year is added. What was changed here since stays
    where a line says what it said before.

    With --notify, people are told of a new time or place and of a session that is called off, free places of sessions to come are
    offered to those who wait for them, and new dates are told to those who asked. Without it nobody is told, so no place is offered:
    the last line says how many sessions have places for people who wait.

    Example: flask --app wsgi import-programme ./programme-2024
    """
    with plainly():
        try:
            summary = import_programme(folder, now=clock.now(), progress=progress_line(), notify=notify)
        except BadProgramme as bad:
            for problem in bad.problems:
                click.echo(str(problem))
            click.echo(bad.sentence, err=True)
            raise click.exceptions.Exit(REFUSED) from None
    for line in summary.lines:
        click.echo(line)


COMMANDS = (import_command,)
