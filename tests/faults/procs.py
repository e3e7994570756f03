"""Real servers for tests of faults: gunicorn with several workers on a database of its own. Only what was started here is killed, by its id."""

import os
import random
import signal
import socket
import subprocess
import time
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from app.accounts.models import Account, Agency
from app.cli.server import site_command
from app.core.db import db
from app.core.settings import ROOT
from tests.builders import a_sign_in, an_agency
from tests.conftest import SECRET
from tests.faults.browsing import Browser, NoAnswer

SERVED = "tests.faults.site:app"


class Served:
    """The product under gunicorn, and beside it `app`: the same product in this process, to look into the database.

    `unprotected` names switches of `tests/faults/site.py`.
    """

    def __init__(self, app: Flask, url: str, folder: Path, *, workers: int = 4, unprotected: str = "") -> None:
        self.app, self.url, self.folder = app, url, folder
        self.opened: list[Browser] = []
        listening = socket.socket()
        listening.bind(("127.0.0.1", 0))
        listening.listen(1024)
        self.address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        self.log = folder / f"gunicorn-{listening.getsockname()[1]}.log"
        environ = {key: value for key, value in os.environ.items() if key not in ("TRUSTED_PROXIES", "UPLIFT_DEMO")} | {
            "DATABASE_URL": url.replace("postgresql+psycopg", "postgresql"), "SECRET_KEY": SECRET, "PUBLIC_URL": "http://localhost",
            "INSTANCE_PATH": str(folder), "UNPROTECTED": unprotected,
        }
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(site_command(f"fd://{listening.fileno()}", workers, SERVED), cwd=ROOT, env=environ, stdout=log,
                                            stderr=log, pass_fds=[listening.fileno()], start_new_session=True)
        listening.close()
        self._wait()
        with app.app_context():
            an_agency(code="everybody")

    def browser(self, account: Account | None = None) -> Browser:
        """A browser, signed in with the account if one is given: by a row and a cookie, which spares the password's cost."""
        signer = self.app.session_interface.get_signing_serializer(self.app)
        cookie = "" if account is None else str(signer.dumps({"_user_id": a_sign_in(account), "_fresh": True}))
        self.opened.append(Browser(self.address, cookie))
        return self.opened[-1]

    def agency(self) -> Agency:
        """The agency of everybody here."""
        return db.session.scalars(sa.select(Agency).where(Agency.code == "everybody")).one()

    def close_browsers(self) -> None:
        """Let every connection go."""
        while self.opened:
            self.opened.pop().close()

    def workers(self) -> list[int]:
        """The ids of the processes that answer."""
        pid = self.process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def kill_one(self, chosen: random.Random) -> bool:
        """End one of them, wherever it is in its work, if others are there to go on; whether one was ended."""
        alive = self.workers()
        if len(alive) > 1:
            os.kill(chosen.choice(alive), signal.SIGKILL)
        return len(alive) > 1

    def stop(self) -> None:
        """End the server and its workers at once: they are a group of their own."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def said(self) -> str:
        """What it wrote."""
        return self.log.read_text(errors="replace")

    def _wait(self) -> None:
        until, browser = time.monotonic() + 30, self.browser()
        while time.monotonic() < until and self.process.poll() is None:
            try:
                ready = browser.get("/help").status == 200
            except NoAnswer:
                ready = False
            if ready:
                self.close_browsers()
                return
            time.sleep(0.05)
        self.process.kill()
        raise RuntimeError(f"gunicorn did not start: {self.said()[-2000:]}")
