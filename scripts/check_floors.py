"""Fails when a lock holds a version with a known hole: the floors are checked in, as advisories cannot be asked everywhere."""

import re
import sys
from pathlib import Path

FLOORS = {
    "flask": (3, 1, 3),  # CVE-2026-27205
    "werkzeug": (3, 1, 6),  # CVE-2026-27199
    "jinja2": (3, 1, 6),  # CVE-2025-27516
    "flask-login": (0, 6, 3),  # HttpOnly remember cookie
    "flask-wtf": (1, 3, 0),
    "wtforms": (3, 3, 2),
    "apscheduler": (3, 11, 2),  # endless loop when clocks change
}
CEILINGS = {"apscheduler": (4,)}
ROOT = Path(__file__).resolve().parents[1]


def versions(lock: Path) -> dict[str, tuple[int, ...]]:
    """The version of each package that a lock names."""
    found = re.findall(r"^([a-z0-9._-]+)==([0-9.]+)", lock.read_text(encoding="utf-8"), re.M)
    return {name: tuple(int(part) for part in version.strip(".").split(".")) for name, version in found}


def main() -> int:
    """Say each package that is below its floor or above its ceiling."""
    wrong = []
    for lock in (ROOT / "requirements.lock", ROOT / "requirements-dev.lock"):
        held = versions(lock)
        wrong += [f"{lock.name}: {name} {held.get(name)} is below {floor}" for name, floor in FLOORS.items() if held.get(name, ()) < floor]
        wrong += [f"{lock.name}: {name} {held[name]} is not below {top}" for name, top in CEILINGS.items() if held.get(name, ()) >= top]
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
