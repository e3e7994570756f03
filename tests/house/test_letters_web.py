"""No web process can open a connection to a mail server: what could is not even loaded there."""

import os
import subprocess
import sys

from app.core.settings import ROOT

LOADED = "import sys, wsgi; print(*sorted(name for name in sys.modules if name == 'smtplib' or name.startswith('app.mail.senders')))"
WORKER = LOADED.replace("import sys, wsgi", "import sys, wsgi, app.scheduler")


def loaded(program, tmp_path):
    environ = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "SMTP_URL")} | {"INSTANCE_PATH": str(tmp_path)}
    return subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environ, capture_output=True, text=True, check=True).stdout.split()


def test_what_opens_a_mail_connection_is_loaded_by_a_worker_and_by_no_web_process(tmp_path):
    assert loaded(LOADED, tmp_path) == []
    assert "app.mail.senders.smtp" in loaded(WORKER, tmp_path)
