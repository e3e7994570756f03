"""Tables for a spreadsheet, in which no cell can act as a formula."""

import csv
import io
from collections.abc import Iterable, Sequence

DANGEROUS = tuple("=+-@＝＋－＠﹦﹢﹣﹫")
HEADERS = {"Content-Type": "text/csv; charset=utf-8", "Content-Security-Policy": "sandbox"}


def as_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """UTF-8 with a byte order mark, so that Excel reads it; none is an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow([harmless(cell) for cell in row])
    return text.getvalue().encode("utf-8-sig")


def harmless(cell: object) -> object:
    """A text that a spreadsheet would take for a formula gets an apostrophe before it; true numbers stay numbers."""
    return f"'{cell}" if isinstance(cell, str) and (cell[:1] in ("\t", "\r", "\n") or cell.lstrip().startswith(DANGEROUS)) else cell


def attachment(name: str) -> dict[str, str]:
    """The headers with which a table is sent as a file of this name."""
    return {**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
