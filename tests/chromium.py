"""Finds the browser that the journeys use: on the path, else from the system's packages, else through Playwright."""

import os
import shutil
import subprocess
import sys
from functools import cache

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NOT_FOUND = "No browser was found for the tests. Install Chromium first: on Debian or Ubuntu, `apt install chromium`."


@cache
def program() -> str | None:
    """Where Chromium is; none when Playwright keeps its own.

    Raises:
        RuntimeError: there is none, and none could be installed; the sentence says what to do.
    """
    found = _on_path()
    if found:
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "chromium"]):
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
