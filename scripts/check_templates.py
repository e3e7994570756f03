"""Fails when a template cannot be parsed, or breaks what the content policy and the design ask of each page."""

import re
import sys
from pathlib import Path

import jinja2

ROOT = Path(__file__).resolve().parents[1]
FORBIDDEN = {
    r"<style\b": "a style inside the page",
    r"\sstyle\s*=": "a style attribute",
    r"\son[a-z]+\s*=\s*[\"']": "a script attribute",
    r"<script(?![^>]*\bsrc=)": "a script inside the page",
    r"\|\s*safe\b": "text that is trusted without being escaped",
    r"<th(?![^>]*\bscope=)[\s>]": "a table header without scope",
}


def faults(path: Path) -> list[str]:
    """A sentence for each fault of a template."""
    text = path.read_text(encoding="utf-8")
    name = path.relative_to(ROOT)
    try:
        jinja2.Environment(autoescape=True).parse(text)
    except jinja2.TemplateSyntaxError as error:
        return [f"{name}:{error.lineno}: {error.message}"]
    bare = re.sub(r"\{#.*?#\}", lambda found: "\n" * found.group().count("\n"), text, flags=re.S)
    return [
        f"{name}:{bare[:found.start()].count(chr(10)) + 1}: {what}"
        for pattern, what in FORBIDDEN.items() for found in re.finditer(pattern, bare)
    ]


def main() -> int:
    """Read every template of the product."""
    wrong = [line for path in sorted((ROOT / "app").rglob("*.html")) for line in faults(path)]
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
