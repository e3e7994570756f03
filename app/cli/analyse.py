"""The analyses from the command line, on files of one's own, for anyone who wants to check what we make of answers."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import isfinite
from pathlib import Path
from typing import Any

import click

from app.cli.speaking import plainly
from app.core.errors import Refused
from app.evaluation.rules.statistics.fields import read_fields
from app.evaluation.rules.statistics.kinds import KINDS, Parameters, Rows, named
from app.evaluation.rules.statistics.reading import read_rows


@click.command("analyse", short_help="Analyse answers in files of your own.")
@click.argument("kind", metavar="KIND", type=click.Choice([kind.name for kind in KINDS]))
@click.argument("files", metavar="FILE...", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--format", "form", type=click.Choice(["json", "text"]), default="json", show_default=True, help="How the figures are written.")
def analyse_command(kind: str, files: tuple[Path, ...], form: str) -> None:
    """Analyse the answers in each FILE and print the figures, without a minimum count or any rounding. No database is used.

    \b
    {kinds}

    Rows are CSV with these columns, an empty value where a question was not answered; parameters are one JSON object.
    Of one file its figures are printed, of several an object with those of each under the file's name without its ending.

    Example: flask --app wsgi analyse paired answers.csv --format text
    """
    with plainly():
        names = _names(files)
        found = {name: _analysed(named(kind), file) for name, file in zip(names, files, strict=True)}
    whole = found[names[0]] if len(files) == 1 else found
    click.echo(json.dumps(whole, indent=2, allow_nan=False) if form == "json" else "\n".join(_lines(whole)))


def _listed(kind: Rows | Parameters) -> str:
    if isinstance(kind, Rows):
        return f"{kind.name:<18} CSV: {','.join(column.name for column in kind.columns)}"
    return f"{kind.name:<18} JSON: {', '.join(field.name for field in kind.fields)}"


analyse_command.help = (analyse_command.help or "").replace("{kinds}", "\n    ".join(map(_listed, KINDS)))


def _names(files: Sequence[Path]) -> list[str]:
    """What each file's figures stand under.

    Raises:
        Refused: two would stand under the same.
    """
    names = [file.stem for file in files]
    for name in names:
        if names.count(name) > 1:
            raise Refused(f"Two of the files are called {name}, so their figures would stand under one name. Rename one of them.")
    return names


def _analysed(kind: Rows | Parameters, file: Path) -> Any:
    with _opened(file) as lines:
        if isinstance(kind, Rows):
            return _plain(kind.analyse(read_rows(lines, kind.columns, file=str(file), check=kind.check)))
        given = read_fields("".join(lines), kind.fields, file=str(file), check=kind.check)
    return _plain(kind.analyse(**given))


@contextmanager
def _opened(file: Path) -> Iterator[Iterator[str]]:
    """The lines of a file in UTF-8, with or without a mark at its beginning.

    Raises:
        Refused: it cannot be read, or is not in UTF-8.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            yield lines
    except UnicodeDecodeError:
        raise Refused(f"{file}{_bad_line(file)}: this is not text in UTF-8. Save it again as CSV UTF-8.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise Refused(f"{file} cannot be read: {reason}. Check its name and whether you may read it.") from None


def _bad_line(file: Path) -> str:
    """Where the first line stands that is not in UTF-8, if the file can be read once more."""
    if not file.is_file():
        return ""
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return f", line {number}"
    return ""


def _plain(value: Any) -> Any:
    """The same in what JSON has: no arrays, and nothing for what is not a finite number."""
    if isinstance(value, dict):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if value is None or isinstance(value, bool | str | int):
        return value
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    return float(value) if isfinite(value) else None


def _lines(figures: dict[str, Any], indent: str = "") -> Iterator[str]:
    """The figures as lines that a person reads, each with why it is missing where it is."""
    reasons = figures.get("reasons") or {}
    width = max((len(name) for name in figures), default=0)
    for name, value in figures.items():
        if name == "reasons" and isinstance(value, dict):
            continue
        why = f" ({reasons[name]})" if name in reasons else ""
        if isinstance(value, dict) and value:
            yield f"{indent}{name}:{why and f' - where it is missing{why}'}"
            yield from _lines(value, indent + "  ")
        elif isinstance(value, list) and value and isinstance(value[0], dict | list):
            yield f"{indent}{name}:{why and f' - where it is missing{why}'}"
            yield from (f"{indent}  {_words(one)}" for one in value)
        else:
            yield f"{indent}{name:<{width}}  {_words(value)}{why}"


def _words(value: Any) -> str:
    if value in (None, [None, None]):
        return "-"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list):
        return " ".join(map(_words, value)) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{name} {_words(one)}" for name, one in value.items()) or "none"
    return str(value)


COMMANDS = (analyse_command,)
