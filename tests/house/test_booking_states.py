"""The page about the states of a booking says what the table says."""

from app.booking.rules.states import TRANSITIONS, Act
from scripts import draw_states


def test_the_page_is_what_the_script_draws_from_the_table():
    assert draw_states.FILE.read_text(encoding="utf-8") == draw_states.drawn(), "run scripts/draw_states.py"


def test_every_act_is_on_the_page():
    page = draw_states.drawn()
    assert [act for act in Act if f"| `{act.value}` |" not in page] == []
    assert len(draw_states.acts()) == len(TRANSITIONS) + 3


def test_another_table_draws_another_page(monkeypatch):
    """The switch: were the page not drawn from the table, this would find nothing."""
    monkeypatch.setattr(draw_states, "TRANSITIONS", TRANSITIONS[:-1])
    assert draw_states.drawn() != draw_states.FILE.read_text(encoding="utf-8")
