"""Reads every file of a folder, and finds every row that cannot be taken before anything is changed."""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from app.core.problems import Problem
from app.imports import queries
from app.imports.rules.checks import Check, checks
from app.imports.rules.files import FILES, File
from app.imports.rules.known import Known, SessionFacts
from app.imports.rules.problems import BadProgramme
from app.imports.services import reading
from app.imports.services.waiting import Waiting

Progress = Callable[[str, int, int], None]
STEP = 1024 * 1024


def checked(folder: Path, *, now: datetime, progress: Progress, stack: ExitStack) -> dict[str, Waiting]:
    """The rows of each file, every one of them good.

    Raises:
        BadProgramme: with every row that is not, in the order of the files.
    """
    if not folder.is_dir():
        raise BadProgramme([Problem(folder.name or str(folder), 1, "folder", "there is no such folder; give one that holds the files")])
    known = _known_before(now)
    found: dict[str, Waiting] = {}
    problems: list[Problem] = []
    check = checks(known)
    for file in FILES:
        found[file.name] = waiting = Waiting()
        stack.callback(waiting.close)
        try:
            _check_file(folder / file.name, file, check[file.name], waiting, problems, progress)
        except reading.Unreadable:
            known.unreadable.add(file.name)
    if problems:
        raise BadProgramme(problems)
    return found


def _check_file(path: Path, file: File, check: Check, waiting: Waiting, problems: list[Problem], progress: Progress) -> None:
    meter = _Meter(f"Checking {file.name}", path.stat().st_size if path.is_file() else 0, progress)
    begun = len(problems)
    try:
        for line, row in reading.rows(path, file, problems.append, meter.seen):
            problems += [Problem(file.name, line, column, sentence) for column, sentence in check(row, line)]
            waiting.add({**row, "line": line})
    finally:
        problems[begun:] = sorted(problems[begun:], key=lambda problem: problem.line)
    meter.done()


class _Meter:
    """Passes on how far a file has been read, each mebibyte."""

    def __init__(self, what: str, size: int, progress: Progress) -> None:
        self.what, self.size, self.progress, self.said = what, size, progress, 0

    def seen(self, done: int) -> None:
        if done - self.said >= STEP:
            self.said = done
            self.progress(self.what, done, self.size)

    def done(self) -> None:
        self.progress(self.what, self.size, self.size)


def _known_before(now: datetime) -> Known:
    people: set[str] = set()
    asked: list[bool] = []

    def elsewhere(email: str) -> bool:
        if not asked:
            asked.append(True)
            people.update(queries.addresses())
        return email in people

    known = Known(now=now, people_elsewhere=elsewhere)
    known.partnerships, known.priorities = queries.partnership_codes(), queries.priority_codes()
    known.courses, known.trainers, known.briefings = queries.course_codes(), queries.trainer_addresses(), queries.briefing_codes()
    for code, name in queries.agency_names():
        known.add_agency(code, name)
    known.sessions = {ref: SessionFacts(*facts) for ref, *facts in queries.session_facts()}
    return known
