"""Everything that is published of a year, in every form and for every partnership, attacked together by linear programming.

A page, a Word file and a CSV file can tell no more than the JSON, because each is made again, word for word, from the JSON alone. So what
the JSON of all reports tells together is what all of it tells.
"""

import base64
import io
import json
import os
import zipfile
from random import Random

import pytest

from app.reporting.renderers.as_csv import as_csv
from app.reporting.renderers.as_docx import _Writer
from app.reporting.renderers.as_html import as_html
from app.reporting.renderers.as_json import as_json
from app.reporting.reports import evaluation, own_questions, practice
from app.reporting.reports.annual import composed
from app.reporting.reports.annual_document import annual_document
from app.reporting.rules import disclosure, rounding
from app.reporting.rules.counting import Audience
from tests.reporting import attack, own_attack

FULL = os.environ.get("UPLIFT_FAULTS") == "full"
PARTS = 4
TABLES = (2_000 if FULL else 100) // PARTS
DOT = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


def slack(count):
    """Between what a number lies that was rounded to the nearest 5."""
    return max(rounding.MOST_WITHHELD + 1, count - 2), count + 2


def word(figures):
    """What a Word file holds, pictures left out: they are drawn from the charts, whose words and tables are in it."""
    document = annual_document(figures, organisation="The Partnership")
    with zipfile.ZipFile(io.BytesIO(_Writer(document, [DOT] * len(document.charts)).bytes())) as package:
        return {name: package.read(name) for name in package.namelist() if "media" not in name}, [
            (chart.title, list(chart.parts), [(label, list(numbers)) for label, numbers, _words in chart.rows]) for chart in document.charts]


def shown(figures):
    """The report in each form but JSON."""
    return as_html(figures), word(figures), as_csv(figures)


@pytest.mark.parametrize("part", range(PARTS))
def test_no_withheld_number_of_random_years_is_recovered_from_all_that_is_published(app, part, record_property):
    record_property("tried", f"{TABLES} years, 3 reports of each, as page, Word, CSV and JSON")
    rng, recovered = Random(1000 + part), []
    with app.test_request_context():
        for number in range(TABLES):
            found = attack.world(rng)
            reports = attack.published(found)
            code = (None, "north", "south")[number % 3]
            figures = composed(found.counts, period=attack.PERIOD, partnership_code=code, audience=Audience.PUBLICATION)
            assert shown(json.loads(as_json(figures))) == shown(figures)
            recovered += attack.bookings_recovered(found, reports) + attack.answers_recovered(found, reports) + attack.practice_recovered(found, reports)
            recovered += own_attack.recovered(found, reports) + attack.examples_recovered(found, reports)
    assert recovered == []


@pytest.mark.parametrize("part", range(PARTS))
def test_nor_from_numbers_that_are_rounded_instead(part, record_property):
    record_property("tried", f"{TABLES // 5} years, 3 reports of each")
    rng, recovered = Random(2000 + part), []
    hidden = (0, rounding.MOST_WITHHELD)
    for _ in range(TABLES // 5):
        found = attack.world(rng)
        reports = attack.published(found, Audience.ROUNDED)
        recovered += attack.bookings_recovered(found, reports, slack, hidden) + attack.answers_recovered(found, reports, slack, hidden)
        recovered += attack.practice_recovered(found, reports, slack, hidden) + own_attack.recovered(found, reports, slack, hidden)
        recovered += attack.examples_recovered(found, reports)
    assert recovered == []


def test_with_the_threshold_taken_away_numbers_are_recovered(monkeypatch):
    """The switch: the attack finds what the protection withholds."""
    monkeypatch.setattr(disclosure, "safe", lambda _count: True)
    found = attack.world(Random(5))
    reports = attack.published(found)
    assert attack.bookings_recovered(found, reports) and attack.answers_recovered(found, reports)
    assert any(attack.practice_recovered(world, attack.published(world)) for world in map(attack.world, map(Random, range(5))))


@pytest.mark.parametrize(("rule", "without", "seed"), [
    ("_safe", lambda answered, _came: answered >= disclosure.THRESHOLD, 24), ("_safe", lambda _answered, _came: True, 2),
    ("_apart", lambda questions, _responses: questions, 14),
])
def test_without_one_of_their_rules_courses_own_questions_give_numbers_away(monkeypatch, rule, without, seed):
    """The switches: those who came and did not answer, small groups, and what is left of all who answered."""
    found = attack.world(Random(seed))
    assert own_attack.recovered(found, attack.published(found)) == []
    monkeypatch.setattr(own_questions, rule, without)
    assert own_attack.recovered(found, attack.published(found))


@pytest.mark.parametrize("rule", ["strength and direction beside every quote", "the number of all beside all quotes"])
def test_quotes_printed_beside_withheld_counts_give_them_away(monkeypatch, rule):
    """The switches: what stands beneath a quote is published too."""
    worlds = [attack.world(Random(seed)) for seed in range(12)]
    assert not any(attack.examples_recovered(world, attack.published(world)) for world in worlds)
    if rule.startswith("strength"):
        monkeypatch.setattr(practice, "_tell_nothing", lambda _counts, _quoted: True)
    else:
        monkeypatch.setattr(practice, "_rest", lambda _total, _quotes: 0)
    assert any(attack.examples_recovered(world, attack.published(world)) for world in worlds)


NORTH = [(1, 60, (2, 3)), (1, 10, (3, None)), (1, 10, (None, 4)), (1, 10, (None, None)), (1, 10, "silent")]
LEFT_OVER = {
    "in the other area few rated themselves neither before nor after": [(2, 40, (2, 3)), (2, 5, (3, None)), (2, 2, (None, None))],
    "in one area few answered afterwards and left the rating open": [(2, 40, (2, 3)), (2, 6, (None, 4)), (2, 3, (None, None)), (2, 7, "silent")],
}


@pytest.mark.parametrize("south", LEFT_OVER.values(), ids=LEFT_OVER)
def test_of_the_change_no_number_is_printed_whose_rest_is_small_in_any_area(monkeypatch, south):
    found = attack.one_session(*NORTH, *south)
    reports = attack.published(found)
    assert attack.answers_recovered(found, reports) == []
    changes = [report["evaluation"]["knowledge"]["change"] for report, _areas in reports]
    assert changes[0]["n_pairs"] == 100 and changes[0]["n_neither"] is not None, "what is safe in all stays in the report of all"
    assert all(change[name] is None for change in changes[1:] for name in ("n_only_after", "n_neither", "n_rows"))
    monkeypatch.setattr(evaluation, "_rests", lambda *_counts: (0, 0, 0))
    assert attack.answers_recovered(found, attack.published(found)), "the switch: without the rests"


def test_with_one_cell_withheld_alone_it_is_recovered(monkeypatch):
    """The switch of the second step: breakdowns that cross, printed side by side, and categories withheld without company."""
    monkeypatch.setattr(disclosure, "_hidden", lambda _counts, _withheld: True)
    monkeypatch.setattr(disclosure, "crossings_safe", lambda *_more: True)
    rng, recovered = Random(6), []
    for _ in range(15):
        found = attack.world(rng)
        reports = attack.published(found)
        recovered += attack.bookings_recovered(found, reports) + attack.answers_recovered(found, reports)
    assert recovered


def test_exact_numbers_beside_rounded_ones_are_recovered(monkeypatch):
    """The switch of rounding."""
    monkeypatch.setattr(rounding, "to_five", lambda count: count)
    found = attack.world(Random(5))
    assert attack.bookings_recovered(found, attack.published(found, Audience.ROUNDED))


@pytest.mark.parametrize(("count", "printed"), [(None, None), (0, None), (7, None), (8, 10), (12, 10), (13, 15), (741, 740), (743, 745)])
def test_rounding_is_to_the_nearest_five_and_tells_nothing_below_eight(count, printed):
    assert rounding.to_five(count) == printed
