"""A small programme that is right in every row, as text, and a way to write it down with something changed."""

from pathlib import Path

from app.imports.rules.files import FILES

RIGHT = {
    "partnerships.csv": ["north,North Safeguarding Partnership", "south,South Safeguarding Partnership"],
    "priorities.csv": ["north,neglect,Neglect,2023-04-01,2024-03-31"],
    "agencies.csv": ["csc,Children's Social Care,Local authority,north;south", "police,County Police,Police,north"],
    "people.csv": [
        "ann@csc.example,Ann,Ash,csc,Social worker,boss@csc.example,north",
        "bob@police.example,Bob,Birch,police,Sergeant,,south",
        "cat@csc.example,Cat,Cole,,,,",
    ],
    "trainers.csv": ["tim@partnership.example,Tim,Thorn"],
    "courses.csv": ["neg,Neglect,About neglect.,2,virtual,180,neglect,Recognise it|Act on it,https://procedures.example/neg"],
    "sessions.csv": [
        "neg-1,neg,2023-05-02T09:30,2023-05-02T12:30,https://meet.example/1,2,tim@partnership.example,delivered,,",
        "neg-2,neg,2023-06-02T09:30,2023-06-02T12:30,Town Hall,20,,cancelled,No trainer,2023-05-20",
        "neg-3,neg,2090-06-01T09:30,2090-06-01T12:30,Town Hall,1,,scheduled,,",
    ],
    "bookings.csv": [
        "neg-1,ann@csc.example,2023-04-02T10:00,attended,,,180",
        "neg-1,bob@police.example,2023-04-03T10:00,no_show,,,",
        "neg-1,cat@csc.example,,walk_in,,,170",
        "neg-2,ann@csc.example,2023-04-02T10:05,session_cancelled,2023-05-20T09:00,,",
        "neg-3,bob@police.example,2023-04-03T10:10,booked,,,",
        "neg-3,cat@csc.example,2023-04-04T10:10,waiting,,,",
    ],
    "evaluations.csv": [
        "neg-1,ann@csc.example,before,2023-05-01T10:00,2,,,,,",
        'neg-1,ann@csc.example,after,2023-05-02T13:00,3,strongly_agree,agree,neither,"Good, really.",yes',
    ],
    "briefings.csv": ["sbt,Using the tool,https://briefings.example/sbt,neglect"],
    "briefing_views.csv": ["sbt,2022-05,10", "sbt,2023-05,20"],
    "contributions.csv": ["conf,2023-07-10,Conference,conference,in_person,csc,186"],
}
HEADERS = {file.name: file.header for file in FILES}


def written(folder: Path, **changed: list[str]) -> Path:
    """The folder, with the rows of some files (by name without `.csv`) put in the place of the right ones."""
    folder.mkdir(exist_ok=True)
    for name, rows in RIGHT.items():
        rows = changed.get(name.removesuffix(".csv"), rows)
        (folder / name).write_text("\n".join([HEADERS[name], *rows]) + "\n", encoding="utf-8")
    return folder


def with_cell(file: str, row: int, column: str, value: str) -> dict[str, list[str]]:
    """The rows of a file with one value changed; for `written`."""
    names = HEADERS[f"{file}.csv"].split(",")
    rows = list(RIGHT[f"{file}.csv"])
    cells = rows[row].split(",")
    cells[names.index(column)] = value
    rows[row] = ",".join(cells)
    return {file: rows}
