"""The style and the pages name the same things: what the style speaks of is drawn, and what is drawn under a name of ours is in the style."""

import re
from pathlib import Path

from app.attendance.rules import Outcome

APP = Path(__file__).resolve().parents[2] / "app"
STYLE = re.sub(r"/\*.*?\*/", "", (APP / "ui/static/uplift.css").read_text(encoding="utf-8"), flags=re.S)
SELECTORS = re.sub(r"\{[^{}]*\}", " ", STYLE)
DRAWN = "\n".join(path.read_text(encoding="utf-8") for path in APP.rglob("*") if path.suffix in (".html", ".py", ".js") and "vendor" not in path.parts)
CHOSEN = re.compile(r"(up-[a-z_-]+--|govuk-button--)\{[{%]")
"""A name whose end is a word that the page chooses: `up-say--{{ tone }}`."""


def names(text, pattern):
    return set(re.findall(pattern, text))


def test_every_class_that_the_style_speaks_of_is_drawn():
    begun = tuple(names(DRAWN, CHOSEN))
    words = names(DRAWN, r"(?<![\w-])[a-z][\w-]*")
    assert {name for name in names(SELECTORS, r"\.([a-z][\w-]*)") - words if not name.startswith(begun)} == set()


def test_every_class_of_ours_that_is_drawn_is_in_the_style():
    drawn = {name for name in names(DRAWN, r"(?<![\w-])up-[a-z][\w-]*") if not name.endswith("--")}
    assert drawn - names(SELECTORS, r"\.([a-z][\w-]*)") == set()


def test_every_mark_that_the_style_of_the_register_speaks_of_can_be_made():
    values = names(SELECTORS, r'\[value="([^"]*)"\]')
    assert values and values <= {outcome.value for outcome in Outcome}

