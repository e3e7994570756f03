"""Starts the product's commands as processes of their own that need not load the product: each parts from one that has loaded it."""

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from app.core.settings import ROOT

FLASK = (sys.executable, "-m", "flask", "--app", "wsgi")
_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["app.factory", "app.timetable", "app.cli.server", "app.mail.senders", "flask.cli"])


class Command:
    """`flask --app wsgi …` as a process, which can be waited for, told something and killed as one that `subprocess` started."""

    def __init__(self, words: tuple[str, ...], environ: Mapping[str, str], said: Path) -> None:
        self._said = said
        self._process = _forks.Process(target=_become, args=(words, dict(environ), said))
        self._process.start()

    @property
    def returncode(self) -> int | None:
        """How it ended; none while it runs."""
        return self._process.exitcode

    poll = returncode.fget

    def send_signal(self, number: int) -> None:
        """Tell it something, if it is still there."""
        if self.poll() is None:
            os.kill(self._process.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def wait(self, timeout: float | None = None) -> int:
        """How it ended, once it has.

        Raises:
            TimeoutExpired: it runs for longer.
        """
        self._process.join(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired("flask", timeout or 0)
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[str, None]:
        """What it said, once it has ended."""
        self.wait(timeout)
        return self._said.read_text(), None


def _become(words: tuple[str, ...], environ: dict[str, str], said: Path) -> None:
    """Be the command: its words, its environment, its folder, and a file for what it says."""
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(ROOT)
    sys.argv = ["flask", "--app", "wsgi", *words]
    file = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(file, 1)
    os.dup2(file, 2)
    from flask.cli import main  # noqa: PLC0415  (loaded where this one parted from)

    main()
