"""Reports from the command line."""

import sys
from datetime import date
from pathlib import Path

import click

from app.cli.speaking import plainly, refuse
from app.core import clock
from app.core.errors import Refused
from app.core.periods import YEARS, Period
from app.reporting.renderers import RENDERERS
from app.reporting.reports import annual
from app.reporting.rules import publishing
from app.reporting.rules.counting import Audience


class Day(click.ParamType):
    """A day as YYYY-MM-DD."""

    name = "date"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read it, or say how to write it."""
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a date; write it like 2024-01-31.", param, ctx)


@click.group("report")
def report() -> None:
    """Write a report."""


@report.command("annual")
@click.option("--from", "first", required=True, type=Day(), help="The first day of the period, such as 2024-01-01.")
@click.option("--to", "last", required=True, type=Day(), help="The last day of the period, such as 2024-12-31.")
@click.option("--partnership", metavar="CODE", help="Count the people of this partnership's area only; all, unless given.")
@click.option("--audience", type=click.Choice([audience.value for audience in Audience]), default=Audience.PUBLICATION.value,
              show_default=True, help="A publication withholds small numbers of people; internal shows them.")
@click.option("--format", "form", type=click.Choice(sorted(RENDERERS)), required=True, help="How it is written.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="The file to write; standard output, unless given.")
def annual_command(first: date, last: date, partnership: str | None, audience: str, form: str, out: Path | None) -> None:
    """Write the training section of the annual report for a period.

    Example: flask --app wsgi report annual --from 2024-01-01 --to 2024-12-31 --format docx --out report.docx
    """
    if last < first:
        refuse(f"The period ends on {last} before it begins on {first}. Write the earlier day after --from.")
    if first.year not in YEARS or last.year not in YEARS:
        refuse(f"A report lies in the years {YEARS.start} to {YEARS.stop - 1}. Write other days.")
    if form == "docx" and out is None and sys.stdout.isatty():
        refuse("A Word document is not for a terminal. Name a file with --out.")
    if audience != Audience.INTERNAL.value:
        _warn(Period(first, last))
    with plainly():
        click.echo("Counting …", err=True)
        found = annual.figures(period=Period(first, last), partnership_code=partnership, audience=Audience(audience), now=clock.now())
        click.echo("Drawing charts and writing …" if form == "docx" else "Writing …", err=True)
        content = RENDERERS[form](found)
    if out is None:
        click.echo(content, nl=False)
        return
    try:
        out.write_bytes(content)
    except OSError as error:
        refuse(f"{out} cannot be written: {error.strerror}. Name another file with --out.")
    click.echo(f"Written to {out}.", err=True)


def _warn(period: Period) -> None:
    """Say of a period that no page would give out for publication what is the matter with it. Whoever works here holds the database."""
    try:
        publishing.check(period, clock.london_date(clock.now()))
    except Refused as no:
        click.echo(f"Take care. {no}", err=True)


COMMANDS = (report,)
