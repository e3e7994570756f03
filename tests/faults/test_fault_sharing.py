"""Connections that come in the same moment are shared among the web processes."""

import os
import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

BROWSERS = 16


def sockets(process):
    """How many sockets a process has open."""
    found = 0
    for entry in Path(f"/proc/{process}/fd").iterdir():
        try:
            found += os.readlink(entry).startswith("socket:")
        except FileNotFoundError:  # closed since the folder was read
            continue
    return found


def most_of_a_burst(served):
    """How many of the browsers that come in one moment the process takes that takes most."""
    before = {process: sockets(process) for process in served.workers()}
    site = urlsplit(served.address)
    browsers = [socket.create_connection((site.hostname, site.port)) for _ in range(BROWSERS)]
    taken, until = [], time.monotonic() + 5
    while sum(taken) < BROWSERS and time.monotonic() < until:
        time.sleep(0.05)
        taken = [sockets(process) - open_before for process, open_before in before.items()]
    for browser in browsers:
        browser.close()
    time.sleep(0.3)
    assert sum(taken) == BROWSERS
    return max(taken)


def test_no_web_process_takes_most_of_the_browsers_that_come_at_once(served):
    bursts = sorted(most_of_a_burst(served) for _ in range(3))
    assert bursts[1] <= 10, f"of {BROWSERS} the process that took most: {bursts}"
