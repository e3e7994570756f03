"""The rooms know only what they may, and the check that says so can fail."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def lint(folder):
    return subprocess.run([Path(sys.executable).parent / "lint-imports", "--no-cache"], cwd=folder, capture_output=True, text=True, check=False)


def test_every_import_keeps_the_contracts():
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout


def test_an_import_that_goes_up_is_found(tmp_path):
    shutil.copytree(ROOT / "app", tmp_path / "app", ignore=shutil.ignore_patterns("__pycache__", "static", "programme-2024"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    planted = tmp_path / "app" / "booking" / "rules" / "states.py"
    planted.write_text(planted.read_text() + "\nimport app.reporting.queries  # noqa\nimport flask  # noqa\n")
    (tmp_path / "app" / "evaluation" / "rules" / "statistics" / "words.py").write_text("import numpy  # noqa\n")
    done = lint(tmp_path)
    assert done.returncode == 1 and "SciPy has one door BROKEN" in done.stdout
    assert "Rooms know only the rooms below them BROKEN" in done.stdout and "Rules are pure BROKEN" in done.stdout


def test_a_web_process_does_not_load_what_only_commands_and_figures_need():
    slow = ("alembic", "scipy", "numpy", "altair", "vl_convert", "docx", "apscheduler")
    code = f"import sys, wsgi; print([name for name in sys.modules if name in {slow!r} or name.startswith('app.cli.')])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['app.cli.database']"


def test_a_command_loads_what_it_needs_and_nothing_of_the_others(tmp_path):
    code = ("import sys; from flask.cli import main; sys.argv = ['flask', '--app', 'wsgi', 'jobs']\ntry: main()\n"
            "finally: print(*(name for name in sys.modules if name in {'alembic', 'flask_migrate', 'scipy', 'typst'} or name.startswith(('app.cli.', 'app.demo'))))")
    environ = {**os.environ, "INSTANCE_PATH": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert set(done.stdout.splitlines()[-1].split()) == {"app.cli.database", "app.cli.server", "app.cli.speaking"}


def test_no_file_is_longer_than_four_hundred_lines():
    long = {str(path.relative_to(ROOT)): count for path in (ROOT / "app").rglob("*.py") if (count := len(path.read_text().splitlines())) > 400}
    assert long == {}
