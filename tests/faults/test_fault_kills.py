"""Whatever moment a process is killed at: what was acknowledged is kept, what was not is done wholly or not at all, and can be done again."""


import random
import threading
import time
import zlib

import pytest

from tests.faults import flows_desk, flows_itself, flows_people, flows_planning
from tests.faults.browsing import NoAnswer
from tests.faults.counts import FULL, sample, times
from tests.faults.flows import FLOWS as OFTEN
from tests.faults.ledger import Ledger

SELDOM = {one.__name__: one for one in (*flows_people.FLOWS, *flows_desk.FLOWS, *flows_planning.FLOWS, *flows_itself.FLOWS)}
"""Further acts on places; in an ordinary run each is killed at one step."""
FLOWS = OFTEN | SELDOM


@pytest.fixture
def ledger(tmp_path):
    """Where acknowledged acts are written down."""
    book = Ledger(tmp_path / "acknowledged")
    yield book
    book.close()


@pytest.mark.parametrize("name", FLOWS)
def test_an_act_killed_at_any_step_is_whole_or_not_there_and_can_be_done_again(served, backend, ledger, name, record_property):
    act = FLOWS[name](served)
    answer = act.press(at=0)
    assert act.done(answer) and act.times() == 1, f"{answer.status}\n{answer.text[:2000]}"
    steps = answer.headers["X-Steps"].split(",")
    assert steps.count("before commit") == steps.count("after commit") >= 1
    for number in chosen(steps, name, backend):
        act = FLOWS[name](served)
        with pytest.raises(NoAnswer):
            act.press(at=number)
        committed = steps[:number].count("after commit")
        possible = {0} if not committed else {1} if committed == steps.count("after commit") else {0, 1}
        assert act.times() in possible, f"killed {steps[number - 1]} ({number} of {len(steps)})"
        answer = act.press()
        assert answer.status < 400 or (getattr(act, "gone", False) and committed and answer.status == 404), f"step {number}: {answer.status}\n{answer.text[:2000]}"
        ledger.note(flow=name, step=number)
        assert act.times() == 1 if act.once else 1 <= act.times() <= 1 + committed
        act.browser.close()
    assert len(ledger.acts()) >= (len(steps) if FULL else 1)
    record_property("tried", f"killed at {len(ledger.acts())} of {len(steps)} steps")


def chosen(steps, name, backend):
    """At which steps to kill: at all in full; else at a twentieth and around each commit, or around one commit of an act that is seldom."""
    ends = [number for number, step in enumerate(steps, 1) if step.endswith("commit")]
    if FULL or name not in SELDOM:
        return sorted({*ends, *sample(range(1, len(steps) + 1), f"{name} {backend}")})
    return [ends[zlib.crc32(f"{name} {backend}".encode()) % len(ends)]]


def test_processes_killed_at_any_moment_lose_nothing_that_was_acknowledged(served, backend, ledger, record_property):
    """People book and give back, one after another, while one worker after another is killed; who gets no answer presses again."""
    chosen, stop, acts, broken = random.Random(f"kills {backend}"), threading.Event(), [], []

    def somebody(name):
        with served.app.app_context():
            while not stop.is_set():
                act = FLOWS[name](served)
                answer = insisting(act)
                assert answer.status < 400, f"{name}: {answer.status}\n{answer.text[:1000]}"
                acts.append(act)
                ledger.note(number=len(acts))
                act.browser.close()

    def watched(name):
        try:
            somebody(name)
        except Exception as error:
            broken.append(error)

    people = [threading.Thread(target=watched, args=(name,)) for name in ("book", "join_waiting_list", "give_back", "book")]
    for person in people:
        person.start()
    killed = seen = 0
    while not broken and killed < times(200):
        time.sleep(chosen.uniform(0.05, 0.3))
        if len(acts) > seen or not killed:  # else nobody would ever be served on a slow machine
            seen = len(acts)
            killed += served.kill_one(chosen)
    stop.set()
    for person in people:
        person.join()
    if broken:
        raise broken[0]
    assert len(ledger.acts()) == len(acts)
    assert [act.times() for act in acts] == [1] * len(acts)
    record_property("tried", f"{killed} kills, {len(acts)} acts acknowledged, 0 lost, 0 doubled")


def test_without_transactions_a_killed_act_is_done_by_half_and_the_check_says_so(sites, backend):
    """The switch."""
    site = sites.get(backend, unprotected="whole")
    with site.app.app_context():
        act = FLOWS["cancel_session"](site)
        steps = act.press(at=0).headers["X-Steps"].split(",")
        assert act.times() == 1 and any(is_half_done_once_killed(site, number) for number in range(2, len(steps), 2))
        site.close_browsers()
        done = site.app.test_cli_runner().invoke(args=["check"])
    assert done.exit_code == 1 and "BROKEN  cancelled-sessions-empty" in done.output


def is_half_done_once_killed(site, number):
    """Whether calling a session off leaves a part of it when its process ends at this step."""
    act = FLOWS["cancel_session"](site)
    with pytest.raises(NoAnswer):
        act.press(at=number)
    try:
        act.times()
    except AssertionError as part:
        return "a part of it" in str(part)
    return False


def test_if_nothing_were_kept_of_what_is_acknowledged_the_count_of_acts_would_say_so(sites, backend):
    """The switch."""
    site = sites.get(backend, unprotected="kept")
    with site.app.app_context():
        for name in ("book", "give_back"):
            act = FLOWS[name](site)
            assert act.done(insisting(act)) and act.times() == 0
        site.close_browsers()


def insisting(act):
    """Press until an answer comes."""
    until = time.monotonic() + 60
    while True:
        try:
            return act.press()
        except NoAnswer:
            if time.monotonic() > until:
                raise
        time.sleep(0.05)
