#!/usr/bin/env python3
"""Everything a developer types, with nothing installed beforehand: `python3 dev.py` lists the tasks.

Keeps to this folder: the environment is `.venv`, tools and downloads are in `.tools`, databases are in `instance`.
Only the tests may ask the system for a browser (see tests/chromium.py).
"""

import hashlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
TOOLS = HERE / ".tools"
PYTHON = VENV / "bin" / "python"
RUN_LOCK = HERE / "requirements.lock"
DEV_LOCK = HERE / "requirements-dev.lock"
UV_LOCK = HERE / "requirements-uv.lock"
DEMO_STAMP = HERE / "instance" / "demo-set-up"


def main(arguments: list[str]) -> int:
    """Run the task that was asked for; its exit status."""
    if sys.version_info < (3, 11):  # noqa: UP036 (the sentence is for those who have an older one)
        return complain(f"Uplift needs Python 3.11 or newer; this is {sys.version.split()[0]}. Start dev.py with a newer one.")
    if not arguments or arguments[0] not in TASKS:
        print(listing())
        return 0 if not arguments or arguments[0] in ("-h", "--help", "help") else 2
    os.chdir(HERE)
    try:
        return TASKS[arguments[0]](arguments[1:])
    except Problem as problem:
        return complain(str(problem))
    except KeyboardInterrupt:
        return 130


class Problem(Exception):
    """Something that the person at the keyboard has to do first."""


UNCOMPILED = "PYTHONDONTWRITEBYTECODE"
"""Left out wherever many processes start: with their modules compiled they do so in half the time."""
SET_BY_THE_DEMO = ("DATABASE_URL", "SECRET_KEY", "INSTANCE_PATH", UNCOMPILED)


def listing() -> str:
    """The tasks, one a line."""
    tasks = "\n".join(f"  {name:<7}{(task.__doc__ or '').splitlines()[0]}" for name, task in TASKS.items())
    return f"python3 dev.py TASK\n\n{tasks}"


def setup(_rest: list[str]) -> int:
    """Make .venv with what running and testing need."""
    install(DEV_LOCK)
    print("Ready: .venv holds what running and testing need.")
    return 0


def demo(_rest: list[str]) -> int:
    """Serve the demo: a whole training year, one account for each role."""
    install(RUN_LOCK)
    port = free_port(5000)
    environ = {key: value for key, value in os.environ.items() if key not in SET_BY_THE_DEMO}
    environ |= {"UPLIFT_DEMO": "1", "PUBLIC_URL": f"http://127.0.0.1:{port}", "DATABASE_URL": f"sqlite:///{HERE}/instance/demo.sqlite3"}
    ready = demo_is_set_up()
    if not ready:
        accounts = load_demo(environ)
    server = subprocess.Popen(flask("serve", "--bind", f"127.0.0.1:{port}"), env=environ)
    signal.signal(signal.SIGTERM, lambda *_: server.send_signal(signal.SIGTERM))
    try:
        if ready:  # beside the start of the site: at most it adds sessions in the coming months
            accounts = load_demo(environ)
        wait_for(f"http://127.0.0.1:{port}/", server)
        print(f"\nUplift is running: http://127.0.0.1:{port}   (Ctrl+C ends it)\n{accounts}", flush=True)
        return server.wait()
    except KeyboardInterrupt:
        server.send_signal(signal.SIGINT)
        server.wait(20)
        return 0
    finally:
        if server.poll() is None:
            server.terminate()
            server.wait(20)


def demo_is_set_up() -> bool:
    """Whether the demo's database was loaded under the migrations that are there now."""
    return DEMO_STAMP.exists() and DEMO_STAMP.read_text() == migrations_mark() and (HERE / "instance" / "demo.sqlite3").exists()


def load_demo(environ: dict[str, str]) -> str:
    """Set the demo up, or what of it is missing; the accounts to sign in with, as text.

    Raises:
        Problem: it could not be loaded.
    """
    loaded = subprocess.run(flask("load-demo"), env=environ, stdout=subprocess.PIPE, text=True)
    if loaded.returncode:
        raise Problem("The demo could not be loaded; the lines above say why.")
    DEMO_STAMP.write_text(migrations_mark())
    return loaded.stdout


def migrations_mark() -> str:
    """Tells one set of migrations from another."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted((HERE / "migrations" / "versions").glob("*.py")))).hexdigest()


def test(rest: list[str]) -> int:
    """Run every test: SQLite, a real PostgreSQL, a real browser; `--faults` tries each fault in full. Arguments go to pytest."""
    install(DEV_LOCK)
    environ = {key: value for key, value in os.environ.items() if key != UNCOMPILED} | ({"UPLIFT_FAULTS": "full"} if "--faults" in rest else {})
    rest = [part for part in rest if part != "--faults"]
    beside = [] if any(part.startswith("-n") for part in rest) else ["-n", str(min(os.cpu_count() or 1, 4)), "--dist", "worksteal"]
    return subprocess.run([PYTHON, "-m", "pytest", *beside, *rest], env=environ).returncode


def check(_rest: list[str]) -> int:
    """Read the code: style, types, import contracts, templates, dependency floors."""
    install(DEV_LOCK)
    programs = VENV / "bin"
    failed = []
    for title, command in {
        "style": [programs / "ruff", "check", "--quiet", "."],
        "types": [programs / "mypy", "--no-error-summary"],
        "imports": [programs / "lint-imports", "--no-logo"],
        "templates": [PYTHON, HERE / "scripts" / "check_templates.py"],
        "floors": [PYTHON, HERE / "scripts" / "check_floors.py"],
    }.items():
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
        print(f"{title:<10}{'ok' if done.returncode == 0 else 'not ok'}")
        if done.returncode:
            print(done.stdout + done.stderr)
            failed.append(title)
    return 1 if failed else 0


def bench(rest: list[str]) -> int:
    """Measure speed and size beside their limits, in one table. Arguments name single measurements."""
    install(DEV_LOCK)
    return subprocess.run([PYTHON, HERE / "benchmarks" / "run.py", *rest]).returncode


def run(rest: list[str]) -> int:
    """Serve the site and its worker with the settings of the environment. Arguments go to `serve`."""
    install(RUN_LOCK)
    if subprocess.run(flask("db", "upgrade")).returncode:
        raise Problem("The database could not be brought up to date; the lines above say why.")
    os.execv(PYTHON, flask("serve", *rest))


TASKS: dict[str, Callable[[list[str]], int]] = {"setup": setup, "demo": demo, "test": test, "check": check, "bench": bench, "run": run}


def flask(*words: str) -> list[str]:
    """The product's own command."""
    return [str(PYTHON), "-m", "flask", "--app", "wsgi", *words]


def install(lock: Path) -> None:
    """Make `.venv` hold exactly what the lock names; nothing to do when it does already."""
    stamp = VENV / "installed-locks"
    mark = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()
    if stamp.exists() and mark in stamp.read_text().split() and PYTHON.exists():
        return
    print(f"Installing what {lock.name} names into .venv …", file=sys.stderr, flush=True)
    uv = find_uv()
    if uv:
        with_uv(uv, lock)
    else:
        with_pip(lock)
    marks = [mark] if lock == RUN_LOCK else [mark, hashlib.sha256(RUN_LOCK.read_bytes() + sys.version.encode()).hexdigest()]
    stamp.write_text("\n".join(marks))


def find_uv() -> str | None:
    """The uv on the path, or a private copy that pip can get; none when neither is to be had."""
    private = TOOLS / "uv" / "bin" / "uv"
    found = shutil.which("uv") or (str(private) if private.exists() else None)
    if found or importlib.util.find_spec("pip") is None:
        return found
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(TOOLS / "uv"), "--require-hashes", "-r", str(UV_LOCK)],
        env=quiet_environment(), capture_output=True, text=True,
    )
    return str(private) if done.returncode == 0 and private.exists() else None


def with_uv(uv: str, lock: Path) -> None:
    """Make the environment with uv."""
    made = [uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(VENV)]
    filled = [uv, "pip", "install", "--quiet", "--require-hashes", "--compile-bytecode", "--python", str(PYTHON), "-r", str(lock)]
    for command in (made, filled):
        done = subprocess.run(command, env=quiet_environment(), capture_output=True, text=True)
        if done.returncode:
            print(f"uv could not do it, so pip tries:\n{done.stderr.strip()[-600:]}", file=sys.stderr)
            with_pip(lock)
            return


def with_pip(lock: Path) -> None:
    """Make the environment with pip alone; it needs no ensurepip, which Debian keeps in a package of its own."""
    if importlib.util.find_spec("pip") is None:
        raise Problem("Neither uv nor pip was found. Install one first: on Debian or Ubuntu, `apt install python3-pip`.")
    import venv  # noqa: PLC0415  (some systems leave it out: the sentence below is then better than a traceback at the top)

    venv.EnvBuilder(with_pip=False, clear=not PYTHON.exists(), symlinks=True).create(VENV)
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "--quiet", "--require-hashes", "-r", str(lock)],
        env=quiet_environment(),
    )
    if done.returncode:
        raise Problem("pip could not install what the lock names; the lines above say why. Is the network there?")


def quiet_environment() -> dict[str, str]:
    """Downloads stay in this folder; certificates are those of the system, as councils have proxies of their own."""
    cache = TOOLS / "cache"
    return {**os.environ, "UV_CACHE_DIR": str(cache / "uv"), "PIP_CACHE_DIR": str(cache / "pip"), "UV_SYSTEM_CERTS": "1",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore", "PIP_REQUIRE_VIRTUALENV": "0"}


def free_port(first: int) -> int:
    """The first port from this one on that nobody listens on."""
    for port in range(first, first + 50):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port != first:
            print(f"Port {first} is taken, so the demo uses {port}.", file=sys.stderr)
        return port
    raise Problem(f"No port from {first} to {first + 49} is free.")


def wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    """Return when the page answers.

    Raises:
        Problem: the server ended, or two minutes went by.
    """
    until = time.monotonic() + 120
    while time.monotonic() < until:
        if server.poll() is not None:
            raise Problem("The server ended at once; the lines above say why.")
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise Problem(f"{url} did not answer within two minutes.")


def complain(sentence: str) -> int:
    """Say what to do, on standard error."""
    print(sentence, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
