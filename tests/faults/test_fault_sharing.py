"""Connections that come in the same moment are shared among the web processes."""

import os
import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

BROWSERS = 16
ESTABLISHED = "01"


def taken_by(process, port):
    """How many connections to this port a process has open."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    ours = {f"socket:[{line[9]}]" for line in lines if line[3] == ESTABLISHED and int(line[1].rpartition(":")[2], 16) == port}
    return sum(link_of(entry) in ours for entry in Path(f"/proc/{process}/fd").iterdir())


def link_of(entry):
    try:
        return os.readlink(entry)
    except FileNotFoundError:  # closed since the folder was read
        return ""


def most_of_a_burst(served):
    """How many of the browsers that come in one moment the process takes that takes most."""
    site = urlsplit(served.address)
    browsers = [socket.create_connection((site.hostname, site.port)) for _ in range(BROWSERS)]
    until, taken = time.monotonic() + 10, []
    while sum(taken) < BROWSERS and time.monotonic() < until:
        time.sleep(0.05)
        taken = [taken_by(process, site.port) for process in served.workers()]
    for browser in browsers:
        browser.close()
    assert sum(taken) == BROWSERS
    return max(taken)


def test_no_web_process_takes_most_of_the_browsers_that_come_at_once(served):
    bursts = sorted(most_of_a_burst(served) for _ in range(3))
    assert bursts[1] <= 10, f"of {BROWSERS} the process that took most: {bursts}"
