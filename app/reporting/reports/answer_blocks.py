"""How the answers to a question stand in a report: bars with their table where every number may be shown, else a table."""

from collections.abc import Iterator, Sequence

from app.reporting.reports.document import Block, Chart, Table
from app.reporting.rules.wording import number

Answers = Sequence[tuple[str, int | None]]


def answer_blocks(title: str, rows: Answers, answered: int | None, *, bars: bool = True) -> Iterator[Block]:
    """The answers to a question in words, each with how many people gave it, out of those who answered."""
    if answered is None or not bars or any(count is None for _label, count in rows):
        yield Table(title, ["Answer", "People"], [[label, number(count)] for label, count in rows], ["Answered", number(answered)])
        return
    shown = [(label, count) for label, count in rows if count is not None]
    yield Chart(title, "Bars: " + "; ".join(f"{label[:1].lower()}{label[1:]} {count} of {answered}" for label, count in shown), ["People"],
                [(label, (count,), f"{number(count)} of {number(answered)}") for label, count in shown])
