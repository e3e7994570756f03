"""What a page costs beside a bare view with the same statements and size, and what the processes hold in memory."""

import pickle
import re
from collections.abc import Iterator
from pathlib import Path

import programme
from load import Plan, ask
from memory import unique_mebibytes
from rest import MOST_MEBIBYTES, worker
from sqlalchemy import event
from stage import BOTH, Database, Stage, rounds
from table import Row, at_least, at_most, middle

from app.core.db import db

ROUNDS = 5
EACH = 300
ROW = re.compile(r"<li>(?:(?!</li>).)*</li>", re.DOTALL)
WORDS = re.compile(r">([^<>]+)<")


def catalogue(stage: Stage) -> Iterator[Row]:
    """The catalogue of 50 courses, nobody signed in, beside a bare view of the same statements and as large a page; rounds in turn."""
    for kind in BOTH:
        on = stage.database(kind)
        programme.catalogue(on)
        page, statements = _page_and_statements(on)
        held = stage.folder / f"page-{kind}"
        held.write_bytes(pickle.dumps((statements, *bare_template(page))))
        shares: list[float] = []
        rates: dict[str, list[float]] = {"ours": [], "bare": []}
        with stage.site(on) as site, stage.site(on, bare=True, BARE_PAGE=str(held)) as bare:
            for number in rounds(ROUNDS + 1, least=4):
                ours, theirs = (ask(Plan(port, 8, [("", path)] * EACH)) for port, path in ((site.port, "/courses"), (bare.port, "/read")))
                if {*ours.statuses, *theirs.statuses} != {"200"}:
                    raise RuntimeError(f"a page was not answered: {ours.statuses} {theirs.statuses}")
                if number:
                    rates["ours"].append(ours.rate)
                    rates["bare"].append(theirs.rate)
                    shares.append(ours.rate / theirs.rate)
        with stage.site(on, bare=True, BARE_PAGE=str(held), BARE_DRIVER="1") as driver:
            by_driver = [ask(Plan(driver.port, 8, [("", "/read")] * EACH)).rate for _ in range(2)][1]
        yield at_least(f"catalogue, 50 courses, to a bare view, {kind}", middle(shares), 0.50, "%",
                       f"{middle(rates['ours']):,.0f} and {middle(rates['bare']):,.0f} a second, by the bare driver {by_driver:,.0f}; "
                       f"{len(statements)} statements, "
                       f"{len(page) / 1024:.0f} KiB; stretch 80 %")


def _page_and_statements(on: Database) -> tuple[str, list[tuple[str, object]]]:
    """The page as it is, and the statements that it sends when it is warm."""
    sent: list[tuple[str, object]] = []

    def heard(_connection: object, _cursor: object, statement: str, values: object, *_: object) -> None:
        sent.append((statement, values))

    client = on.app.test_client()
    client.get("/courses")
    with on.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", heard)
    page = client.get("/courses").text
    event.remove(engine, "before_cursor_execute", heard)
    return page, [(statement, values) for statement, values in sent if not statement.startswith("BEGIN")]


def bare_template(page: str) -> tuple[str, list[list[str]]]:
    """The page as a plain template: its rows in a loop with a value for each piece of text, all else as it stands.

    Raises:
        RuntimeError: the page has no list of rows.
    """
    before, opened, rest = page.partition('<ul class="up-rows">')
    inside, closed, after = rest.partition("</ul>")
    rows = ROW.findall(inside)
    if not rows or not closed:
        raise RuntimeError("the catalogue has no list of rows to make a bare template of")
    count = len(WORDS.findall(rows[0]))
    numbers = iter(range(count))
    row = WORDS.sub(lambda _found: f">{{{{ row[{next(numbers)}] }}}}<", rows[0])
    values = [(WORDS.findall(one) + [""] * count)[:count] for one in rows]
    return f"{_raw(before + opened)}{{% for row in rows %}}{row}{{% endfor %}}{_raw(closed + after)}", values


def _raw(text: str) -> str:
    return f"{{% raw %}}{text}{{% endraw %}}"


def memory(stage: Stage) -> Iterator[Row]:
    """The unique set size of a web process that has answered pages and bookings, and of the worker process, before SciPy or a chart."""
    on = stage.database("SQLite")
    people = programme.people(on, 8)
    sessions = programme.sessions(on, 50, places=100)
    asked = [(str(number % 8), f"/sessions/{sessions[number // 8][1]}/book") for number in range(320)]
    with stage.site(on) as site:
        for path in ("/", "/courses", f"/sessions/{sessions[0][1]}", "/my-training"):
            ask(Plan(site.port, 8, [(str(at % 8), path) for at in range(80)], cookies=people.cookies))
        ask(Plan(site.port, 8, asked, "FORM", people.cookies, programme.BOOK_FIELDS))
        largest = max(unique_mebibytes(child) for child in _children(site.pid))
        parent = unique_mebibytes(site.pid)
    yield at_most("unique memory of a web process", largest, MOST_MEBIBYTES, "MiB",
                  f"the larger of two, after 640 requests; {parent:.0f} MiB in their parent")
    with worker(on) as pid:
        held = unique_mebibytes(pid)
    yield at_most("unique memory of the worker process", held, MOST_MEBIBYTES, "MiB", "after its jobs have run once")


def _children(pid: int) -> list[int]:
    return [int(found) for found in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
