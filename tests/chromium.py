"""Finds the browser that the journeys use: on the path, else from the system's packages, else through Playwright. Test processes that start
together install it once: two that ask the system's packages at the same time would both be refused."""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NOT_FOUND = "No browser was found for the tests. Install Chromium first: on Debian or Ubuntu, `apt install chromium`."


@cache
def program() -> str | None:
    """Where Chromium is; none when Playwright keeps its own.

    Raises:
        RuntimeError: there is none, and none could be installed; the sentence says what to do.
    """
    with (Path(tempfile.gettempdir()) / "uplift-tests-chromium.lock").open("a") as one_at_a_time:
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        return _on_path() or _installed()


def _installed() -> str | None:
    if os.geteuid() == 0 and shutil.which("apt-get"):
        for command in (["apt-get", "update", "-qq"], ["apt-get", "-o", "DPkg::Lock::Timeout=300", "install", "-y", "-qq", "chromium"]):
            subprocess.run(command, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, capture_output=True, check=False)
        found = _on_path()
        if found:
            return found
    done = subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(NOT_FOUND)
    return None


def _on_path() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)
