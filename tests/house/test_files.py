"""What the files of the project hold, and what they must not."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TRACKED = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split("\n")
REGISTRIES = re.compile(r"[p]ythonhosted\.|[p]ypi\.[o]rg|[r]egistry\.npmjs|[i]ndex-url", re.I)


def test_no_file_names_a_package_registry():
    texts = [name for name in TRACKED if name.endswith((".py", ".toml", ".lock", ".md", ".html", ".css", ".js", ".cfg", ".txt"))]
    assert [name for name in texts if name != "tests/house/test_files.py" and REGISTRIES.search((ROOT / name).read_text(encoding="utf-8"))] == []


def test_the_style_loads_nothing_from_elsewhere_and_brings_no_typeface():
    style = (ROOT / "app/ui/static/vendor/govuk/govuk-frontend.min.css").read_text(encoding="utf-8")
    assert "url(" not in style and "@font-face" not in style and "GDS Transport" not in style


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock", "requirements-uv.lock"])
def test_locks_hold_exact_versions_with_hashes_and_no_address(lock):
    text = (ROOT / lock).read_text(encoding="utf-8")
    packages = re.findall(r"^[a-z0-9._-]+==[^\s;\\]+", text, re.M)
    assert packages and "http" not in text
    assert all("--hash=sha256:" in part for part in re.split(r"^(?=[a-z0-9._-]+==)", text, flags=re.M) if part.strip() and not part.startswith("#"))


def test_the_readme_names_every_room():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rooms = [path.name for path in (ROOT / "app").iterdir() if (path / "__init__.py").exists() and path.name not in ("cli", "demo")]
    assert [room for room in rooms if f"`app/{room}`" not in readme] == []


def test_each_module_says_in_a_sentence_what_it_keeps_or_decides():
    silent = [str(path.relative_to(ROOT)) for path in (ROOT / "app").rglob("*.py") if not path.read_text(encoding="utf-8").lstrip().startswith('"""')]
    assert silent == []
