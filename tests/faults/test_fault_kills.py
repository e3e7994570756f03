"""Whatever moment a process is killed at: what was acknowledged is kept, what was not is done wholly or not at all, and can be done again."""


import pytest

from tests.faults.browsing import NoAnswer
from tests.faults.counts import FULL, sample
from tests.faults.flows import FLOWS
from tests.faults.ledger import Ledger


@pytest.fixture
def ledger(tmp_path):
    """Where acknowledged acts are written down."""
    book = Ledger(tmp_path / "acknowledged")
    yield book
    book.close()


@pytest.mark.parametrize("name", FLOWS)
def test_an_act_killed_at_any_step_is_whole_or_not_there_and_can_be_done_again(served, backend, ledger, name):
    act = FLOWS[name](served)
    answer = act.press(at=0)
    assert answer.done and act.times() == 1, f"{answer.status}\n{answer.text[:2000]}"
    steps = answer.headers["X-Steps"].split(",")
    assert steps.count("before commit") == steps.count("after commit") >= 1
    ends = [number for number, step in enumerate(steps, 1) if step.endswith("commit")]
    for number in sorted({*ends, *sample(range(1, len(steps) + 1), f"{name} {backend}")}):
        act = FLOWS[name](served)
        with pytest.raises(NoAnswer):
            act.press(at=number)
        committed = steps[:number].count("after commit")
        assert act.times() == min(committed, 1), f"killed {steps[number - 1]} ({number} of {len(steps)})"
        answer = act.press()
        assert answer.status < 400, f"step {number}: {answer.status}\n{answer.text[:2000]}"
        ledger.note(flow=name, step=number)
        assert act.times() == 1 if act.once else 1 <= act.times() <= 1 + committed
        act.browser.close()
    assert len(ledger.acts()) >= (len(steps) if FULL else 2)
