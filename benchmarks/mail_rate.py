"""How many letters one worker sends in a second, beside a bare smtplib loop with the same letters to the same server in the same run.

    .venv/bin/python benchmarks/mail_rate.py [LETTERS]

Exit status 1 below 200 letters a second, or below 60 % of the bare loop.
"""

import os
import smtplib
import subprocess
import sys
import tempfile
import time
from email.message import EmailMessage
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]
LEAST, SHARE = 200, 0.6
ROUNDS = 3


def main() -> int:
    """Send twice each in turn, print the best of both."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    server = subprocess.Popen([sys.executable, str(ROOT / "tests" / "faults" / "smtpfault.py")], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        with tempfile.TemporaryDirectory() as name:
            os.environ.update(INSTANCE_PATH=name, SMTP_URL=url, MAIL_FROM="Training team <training@example.org>")
            os.environ.setdefault("DATABASE_URL", f"sqlite:///{name}/mail.sqlite3")
            subprocess.run([sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"], cwd=ROOT, check=True, capture_output=True)
            rates = [measure(count, url, number) for number in range(ROUNDS)]
    finally:
        server.terminate()
        server.wait()
    worker, written, ready = (max(rate[column] for rate in rates) for column in range(3))
    print(f"letters                    {count:>8,}")
    print(f"one worker                 {worker:>8,.0f} letters/s   (at least {LEAST})")
    print(f"bare loop, writing them    {written:>8,.0f} letters/s   worker {worker / written:.0%} (at least {SHARE:.0%})")
    print(f"bare loop, ready bytes     {ready:>8,.0f} letters/s   worker {worker / ready:.0%}")
    return 0 if worker >= LEAST and worker >= SHARE * written else 1


def measure(count: int, url: str, number: int) -> tuple[float, float, float]:
    """Letters a second of the worker, of a loop that writes each letter and sends it, and of one that has the bytes ready."""
    import sqlalchemy as sa  # noqa: PLC0415

    from app.accounts.models import Person  # noqa: PLC0415
    from app.core import clock  # noqa: PLC0415
    from app.core.db import db, transaction  # noqa: PLC0415
    from app.factory import create_app  # noqa: PLC0415
    from app.mail import jobs  # noqa: PLC0415
    from app.mail.models import Letter  # noqa: PLC0415
    from app.mail.office import open_office  # noqa: PLC0415
    from app.mail.rules.outgoing import Outcome  # noqa: PLC0415
    from app.mail.services import queue  # noqa: PLC0415
    from tests.mail.wordings import PLACE, a_draft  # noqa: PLC0415

    app = create_app()
    with app.app_context():
        open_office(app, [PLACE], Person.__table__)  # type: ignore[arg-type]
        now = clock.now()
        with transaction():
            for one in range(count):
                queue(a_draft(one, about=f"{number}:{one}", valid_until=None), now=now)
        letters = [dict(row) for row in db.session.execute(sa.select(Letter.address, Letter.subject, Letter.text, Letter.html)).mappings()][:count]
        carrier = jobs.sender()
        assert carrier is not None
        began = time.perf_counter()
        tally = jobs.send_due(carrier, clock.now)
        worker = count / (time.perf_counter() - began)
        assert tally == {Outcome.SENT: count}, tally
        db.engine.dispose()
    return worker, bare(url, letters, ready=False), bare(url, letters, ready=True)


def bare(url: str, letters: list[dict[str, Any]], *, ready: bool) -> float:
    """Letters a second of a plain loop over one connection."""
    host, _, port = url.removeprefix("smtp://").partition(":")
    made = [written(letter).as_bytes() for letter in letters] if ready else []
    began = time.perf_counter()
    with smtplib.SMTP(host, int(port)) as client:
        for number, letter in enumerate(letters):
            if ready:
                client.sendmail("training@example.org", [letter["address"]], made[number])
            else:
                client.send_message(written(letter))
    return len(letters) / (time.perf_counter() - began)


def written(letter: dict[str, Any]) -> EmailMessage:
    """The letter as the standard library writes it."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Training team <training@example.org>", letter["address"], letter["subject"]
    mail.set_content(letter["text"])
    mail.add_alternative(letter["html"], subtype="html")
    return mail


if __name__ == "__main__":
    sys.exit(main())
