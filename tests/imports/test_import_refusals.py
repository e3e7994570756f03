"""Every row that cannot be taken has its line, its column and a sentence, and then nothing at all is taken."""

import pytest
import sqlalchemy as sa

from app.accounts.models import Person
from app.catalogue.models import Course
from app.core import clock
from app.core.db import db
from app.imports.rules.problems import BadProgramme
from app.imports.services import import_programme
from tests.imports.folders import HEADERS, RIGHT, with_cell, written

pytestmark = pytest.mark.usefixtures("app")

CELLS = [
    ("bookings", 0, "booked_at", "31/02/2024", "bookings.csv:2: booked_at: '31/02/2024' is not a date and time; write it like 2024-02-28T09:30"),
    ("bookings", 0, "booked_at", "2024-13-01T10:00", "bookings.csv:2: booked_at: '2024-13-01T10:00' is not a date and time"),
    ("bookings", 0, "booked_at", "2023-03-26T01:30", "bookings.csv:2: booked_at: '2023-03-26T01:30' never happened in London"),
    ("bookings", 0, "booked_at", "0203-03-26T01:30", "bookings.csv:2: booked_at: '0203-03-26T01:30' is in a year"),
    ("bookings", 0, "booked_at", "", "bookings.csv:2: booked_at: is empty"),
    ("bookings", 2, "booked_at", "2023-04-01T10:00", "bookings.csv:4: booked_at: a walk_in had no booking"),
    ("bookings", 0, "session", "neg-9", "bookings.csv:2: session: 'neg-9' is not in sessions.csv"),
    ("bookings", 0, "email", "nobody@csc.example", "bookings.csv:2: email: 'nobody@csc.example' is not in people.csv"),
    ("bookings", 0, "status", "came", "bookings.csv:2: status: 'came' is not one of the choices; write one of booked, waiting,"),
    ("bookings", 0, "status", "session_cancelled", "bookings.csv:2: status: 'session_cancelled', but the session's status is delivered"),
    ("bookings", 3, "status", "attended", "bookings.csv:5: status: 'attended', but the session was cancelled, so nobody attended it"),
    ("bookings", 3, "status", "booked", "bookings.csv:5: status: 'booked', but the session was cancelled; write session_cancelled"),
    ("bookings", 4, "status", "attended", "bookings.csv:6: status: 'attended', but the session starts in the future"),
    ("bookings", 5, "status", "booked", "bookings.csv:7: status: 'booked', but 'neg-3' is to come and its 1 place is taken by earlier lines"),
    ("bookings", 0, "cancelled_at", "2023-04-03T10:00", "bookings.csv:2: cancelled_at: only cancelled bookings have this"),
    ("bookings", 3, "cancelled_at", "2023-04-01T10:00", "bookings.csv:5: cancelled_at: it was cancelled before it was booked"),
    ("bookings", 0, "minutes_attended", "500", "bookings.csv:2: minutes_attended: '500' is more than the 180 minutes of the session"),
    ("bookings", 0, "minutes_attended", "-5", "bookings.csv:2: minutes_attended: '-5' is not right; write a whole number from 0 to"),
    ("bookings", 1, "minutes_attended", "5", "bookings.csv:3: minutes_attended: only people who came have minutes"),
    ("bookings", 1, "email", "ANN@csc.example", "bookings.csv:3: email: 'ann@csc.example' is on 'neg-1' already, in line 2"),
    ("sessions", 0, "ends_at", "2023-05-02T08:00", "sessions.csv:2: ends_at: the end is not after the start"),
    ("sessions", 0, "capacity", "0", "sessions.csv:2: capacity: '0' is not right; write a whole number from 1 to"),
    ("sessions", 0, "course", "nothing", "sessions.csv:2: course: 'nothing' is not in courses.csv"),
    ("sessions", 0, "trainer", "nobody@x.example", "sessions.csv:2: trainer: 'nobody@x.example' is not in trainers.csv"),
    ("sessions", 2, "status", "delivered", "sessions.csv:4: status: 'delivered', but it starts in the future; write scheduled"),
    ("sessions", 0, "cancel_reason", "Snow", "sessions.csv:2: cancel_reason: only a cancelled session has this"),
    ("sessions", 1, "ref", "neg-1", "sessions.csv:3: ref: 'neg-1' is on line 2 already; keep one of the two"),
    ("sessions", 0, "ref", "neg 1/a", "sessions.csv:2: ref: 'neg 1/a' cannot be a code"),
    ("evaluations", 0, "knowledge", "6", "evaluations.csv:2: knowledge: '6' is not right; write a whole number from 1 to 5"),
    ("evaluations", 1, "engaging", "very_much", "evaluations.csv:3: engaging: 'very_much' is not one of the choices; write one of strongly_agree,"),
    ("evaluations", 0, "engaging", "agree", "evaluations.csv:2: engaging: is not asked before the session; leave it empty"),
    ("evaluations", 1, "session", "neg-2", "evaluations.csv:3: stage: 'after', but the session was cancelled"),
    ("evaluations", 1, "session", "neg-7", "evaluations.csv:3: session: 'neg-7' is not in sessions.csv"),
    ("evaluations", 0, "may_quote", "maybe", "evaluations.csv:2: may_quote: 'maybe' is not one of the choices; write one of yes, no, with_role"),
    ("briefing_views", 1, "views", "-1", "briefing_views.csv:3: views: '-1' is not right; write a whole number from 0 to"),
    ("briefing_views", 1, "month", "2023-13", "briefing_views.csv:3: month: '2023-13' is not a month; write it like 2024-02"),
    ("briefing_views", 1, "month", "2022-05", "briefing_views.csv:3: month: 'sbt 2022-05' is on line 2 already"),
    ("briefing_views", 1, "briefing", "xyz", "briefing_views.csv:3: briefing: 'xyz' is not in briefings.csv"),
    ("briefings", 0, "url", "briefings.example", "briefings.csv:2: url: 'briefings.example' is not a web address"),
    ("contributions", 0, "host_agency", "nobody", "contributions.csv:2: host_agency: 'nobody' is no agency's code or name in agencies.csv"),
    ("contributions", 0, "held_on", "10/07/2023", "contributions.csv:2: held_on: '10/07/2023' is not a date; write it like 2024-02-28"),
    ("people", 1, "email", "Ann@CSC.example", "people.csv:3: email: 'ann@csc.example' is on line 2 already"),
    ("people", 0, "email", "ann at csc", "people.csv:2: email: 'ann at csc' is not an e-mail address"),
    ("people", 0, "agency", "unknown", "people.csv:2: agency: 'unknown' is no agency's code or name in agencies.csv"),
    ("people", 0, "partnership", "west", "people.csv:2: partnership: 'west' is not in partnerships.csv"),
    ("people", 0, "job_title", "x" * 100_000, "people.csv:2: job_title: 'xxx"),
    ("people", 0, "first_name", "An\x00n", "people.csv:2: first_name: 'An\\x00n' has a control character in it"),
    ("agencies", 0, "partnerships", "north;east", "agencies.csv:2: partnerships: 'east' is not in partnerships.csv"),
    ("priorities", 0, "ends_on", "2023-03-01", "priorities.csv:2: ends_on: '2023-03-01' is before it starts on 2023-04-01"),
    ("courses", 0, "priorities", "neglect;play", "courses.csv:2: priorities: 'play' is not in priorities.csv"),
    ("courses", 0, "format", "by post", "courses.csv:2: format: 'by post' is not one of the choices; write one of virtual, in_person, conference"),
    ("courses", 0, "title", "", "courses.csv:2: title: is empty; it must have a value"),
]


@pytest.mark.parametrize(("file", "row", "column", "value", "sentence"), CELLS, ids=[f"{c[0]}-{c[2]}-{c[3][:20]}" for c in CELLS])
def test_a_value_that_cannot_be_taken_has_its_sentence(tmp_path, file, row, column, value, sentence):
    problems = refused(written(tmp_path / "year", **with_cell(file, row, column, value)))
    assert any(problem.startswith(sentence) for problem in problems), problems


def test_every_bad_row_of_every_file_is_listed_in_the_order_of_the_files(tmp_path):
    changed = {**with_cell("bookings", 0, "booked_at", "soon"), **with_cell("people", 2, "partnership", "west")}
    changed["bookings"][4] = "neg-9,nobody@x.example,never,maybe,,,"
    problems = refused(written(tmp_path / "year", **changed))
    assert [problem.split(": ")[:2] for problem in problems] == [
        ["people.csv:4", "partnership"], ["bookings.csv:2", "booked_at"], ["bookings.csv:6", "booked_at"], ["bookings.csv:6", "status"],
        ["bookings.csv:6", "session"], ["bookings.csv:6", "email"],
    ]


def test_a_row_that_is_bad_itself_does_not_spoil_those_that_refer_to_it(tmp_path):
    assert len(refused(written(tmp_path / "year", **with_cell("sessions", 0, "capacity", "many")))) == 1


def test_a_file_that_is_missing_is_one_problem(tmp_path):
    folder = written(tmp_path / "year")
    (folder / "sessions.csv").unlink()
    assert refused(folder) == [f"sessions.csv:1: header: the file is missing; a file with only its first row will do: {HEADERS['sessions.csv']}"]


def test_a_folder_that_is_not_there_is_one_problem(tmp_path):
    assert "there is no such folder" in refused(tmp_path / "nothing")[0]


HEADS = [
    (b"", "bookings.csv:1: header: the first row is empty; it must be session,email,"),
    (b"neg-1,ann@csc.example,2023-04-02T10:00,attended,,,180\n", "bookings.csv:1: header: 'neg-1' is not a column: the first row must be session,"),
    (HEADERS["bookings.csv"].replace(",", ";").encode(), "bookings.csv:1: header: the columns are separated by semicolons"),
    (HEADERS["bookings.csv"].replace(",reason", "").encode(), "bookings.csv:1: reason: this column is missing; the first row must be"),
    (HEADERS["bookings.csv"].replace("reason", "colour").encode(), "bookings.csv:1: reason: this column is missing"),
    ((HEADERS["bookings.csv"] + ",colour").encode(), "bookings.csv:1: 'colour': this column is not known"),
    ((HEADERS["bookings.csv"] + ",email").encode(), "bookings.csv:1: email: this column is there twice"),
    (HEADERS["evaluations.csv"].encode(), "bookings.csv:1: booked_at: this column is missing (the file looks like evaluations.csv)"),
    (HEADERS["bookings.csv"].encode("utf-16"), "bookings.csv:1: text: the byte 0xff at position 1 is not UTF-8 (it looks like UTF-16)"),
]


@pytest.mark.parametrize(("content", "sentence"), HEADS, ids=[str(number) for number in range(len(HEADS))])
def test_a_first_row_that_is_no_header_has_its_sentence(tmp_path, content, sentence):
    folder = written(tmp_path / "year")
    (folder / "bookings.csv").write_bytes(content)
    assert refused(folder)[0].startswith(sentence)


ROWS = [
    (b"neg-1,ann@csc.example,2023-04-02T10:00,attended,,\xff,180\n", "bookings.csv:2: text: the byte 0xff at position 50 is not UTF-8"),
    (b'neg-1,ann@csc.example,"2023-04-02T10:00,attended,,,180\n', "bookings.csv:2: row: a quotation mark is opened and never closed"),
    (b"neg-1,ann@csc.example,2023-04-02T10:00,attended\n", "bookings.csv:2: row: it has 4 values where 7 are needed"),
    (b"neg-1,ann@csc.example,2023-04-02T10:00,attended,,,180,,\n", "bookings.csv:2: row: it has 9 values where 7 are needed"),
    (b'neg-1,ann@csc.example,2023-04-02T10:00,excused,,"in\ntwo lines",\nneg-1,x,,came,,,\n', "bookings.csv:4: status: 'came' is not one"),
    (b"neg-1;ann@csc.example;2023-04-02T10:00;attended;;;180\n", "bookings.csv:2: row: it has 1 value where 7 are needed"),
]


@pytest.mark.parametrize(("content", "sentence"), ROWS, ids=[str(number) for number in range(len(ROWS))])
def test_a_row_that_cannot_be_read_has_its_line_and_sentence(tmp_path, content, sentence):
    folder = written(tmp_path / "year")
    (folder / "bookings.csv").write_bytes(HEADERS["bookings.csv"].encode() + b"\n" + content)
    assert refused(folder)[0].startswith(sentence)


def test_a_text_of_a_hundred_thousand_characters_is_told_its_limit(tmp_path):
    rows = [RIGHT["evaluations.csv"][1].replace('"Good, really."', "x" * 100_000)]
    (problem,) = refused(written(tmp_path / "year", evaluations=rows))
    assert problem.endswith("has 100,000 characters; at most 10,000 can be kept")
    assert len(problem) < 250


def refused(folder):
    """The problems, as lines; and nothing was taken."""
    with pytest.raises(BadProgramme) as raised:
        import_programme(folder, now=clock.now())
    for model in (Person, Course):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(model)) == 0
    return [str(problem) for problem in raised.value.problems]
