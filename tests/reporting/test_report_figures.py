"""The annual figures: the published ones of 2024 again, and those of random years against a count in plain Python."""

import csv
import json
from datetime import date
from math import sqrt
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from scipy.stats import t

from app.core import clock
from app.core.db import db
from app.core.errors import Refused
from app.core.periods import Period
from app.imports.services import import_programme
from app.reporting.reports import annual
from app.reporting.rules.counting import Audience
from tests.conftest import empty
from tests.imports.folders import written
from tests.imports.years import years

YEAR = Period(date(2024, 1, 1), date(2024, 12, 31))
DATA = Path(__file__).resolve().parents[2] / "app" / "demo" / "programme-2024"


def figures(period=YEAR, partnership=None, audience=Audience.PUBLICATION):
    found = annual.figures(period=period, partnership_code=partnership, audience=audience, now=clock.now())
    return json.loads(json.dumps(found, allow_nan=False))


EXACT = (Audience.INTERNAL, Audience.PUBLICATION)


@pytest.mark.parametrize("audience", EXACT)
def test_the_published_figures_of_2024_come_out_again(app, audience):
    import_programme(DATA, now=clock.now())
    found = figures(audience=audience)
    assert {key: found[key] for key in (
        "courses_offered", "sessions_delivered", "attendances", "no_shows", "places_cancelled", "sessions_cancelled", "contacts",
    )} == {
        "courses_offered": 20, "sessions_delivered": 32, "attendances": 741, "no_shows": 242, "places_cancelled": 213,
        "sessions_cancelled": 9, "contacts": 1422,
    }
    assert (found["no_show_rate"]["count"], found["no_show_rate"]["of"]) == (242, 983)
    assert (found["briefing_views"]["total"], found["briefing_views"]["previous"]) == (464_130, 45_523)
    said = found["evaluation"]["statements"]
    assert (said["engaging"]["strongly_agree"], said["engaging"]["answered"]) == (207, 268)
    assert (said["improved_knowledge"]["strongly_agree"], said["improved_knowledge"]["answered"]) == (184, 268)
    assert (found["evaluation"]["knowledge"]["after"]["5"], found["evaluation"]["knowledge"]["after"]["answered"]) == (0, 263)


def test_the_range_of_2024_allows_for_sessions(app):
    """Against the formula in plain Python, from the file itself."""
    import_programme(DATA, now=clock.now())
    ratings = {}
    with (DATA / "evaluations.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["knowledge"]:
                ratings.setdefault((row["session"], row["email"]), {})[row["stage"]] = int(row["knowledge"])
    changes = {}
    for (session, _email), by_stage in ratings.items():
        if "before" in by_stage and "after" in by_stage:
            changes.setdefault(session, []).append(by_stage["after"] - by_stage["before"])
    everyone = [change for of_session in changes.values() for change in of_session]
    n, count, mean = len(everyone), len(changes), sum(everyone) / len(everyone)
    apart = sum((sum(of_session) - len(of_session) * mean) ** 2 for of_session in changes.values())
    clustered = t.ppf(0.975, count - 1) * sqrt(count / (count - 1) * apart) / n
    simple = t.ppf(0.975, n - 1) * sqrt(sum((change - mean) ** 2 for change in everyone) / (n - 1) / n)
    change = figures(audience=Audience.INTERNAL)["evaluation"]["knowledge"]["change"]
    assert change["mean_change_ci"] == pytest.approx([mean - max(clustered, simple), mean + max(clustered, simple)], abs=1e-9)
    assert (change["sessions"], change["bound_low"], change["bound_high"]) == (count, change["up"] / 741, (change["up"] + 741 - n) / 741)
    published = figures()["evaluation"]["knowledge"]["change"]
    assert published["mean_change_ci"] == [round(bound, 1) for bound in change["mean_change_ci"]]


def test_what_was_kept_is_counted_and_in_a_publication_withheld_where_small(app):
    import_programme(DATA, now=clock.now())
    kept = figures(audience=Audience.INTERNAL)["evaluation"]["knowledge"]["follow_up"]
    assert kept["kept"] + kept["partly"] + kept["lost"] == kept["improved_at_end"] > 0
    published = figures()["evaluation"]["knowledge"]["follow_up"]
    assert published["improved_at_end"] == kept["improved_at_end"] and published["kept"] is None and 0 < kept["lost"] < 5


def test_rounded_figures_are_multiples_of_five_and_nothing_exact_stands_beside_them(app):
    import_programme(DATA, now=clock.now())
    found = figures(audience=Audience.ROUNDED)
    assert (found["attendances"], found["no_shows"], found["no_show_rate"]["of"], found["contacts"]) == (740, 240, 985, 1421)
    rows = [row[measure] for table in ("by_agency", "by_course", "by_month") for row in found[table] for measure in ("attendances", "no_shows", "excused")]
    assert all(count is None or (count >= 10 and count % 5 == 0) for count in rows) and None in rows
    change = found["evaluation"]["knowledge"]["change"]
    assert change["t_ci"] == [None, None] and change["wilcoxon_pratt_p"] is None and change["mean_change"] == round(change["mean_change"], 1)


def test_every_breakdown_adds_up_to_the_whole(app):
    import_programme(DATA, now=clock.now())
    in_both = ("by_agency", "by_sector", "by_course")
    for audience in EXACT:
        found, compared = figures(audience=audience), set()
        for table in (*in_both, "by_format", "by_month"):
            for measure in ("attendances", "no_shows", "excused", "walk_ins", "cancelled_by_delegate"):
                cells = [row[measure] for row in found[table] or ()]
                assert None in cells or not cells or sum(cells) == found[measure], (table, measure)
                compared |= set() if None in cells or not cells else {table}
        assert compared == {*in_both, *({"by_format", "by_month"} if audience is Audience.INTERNAL else ())}, "with no number withheld"


def test_the_two_partnerships_make_up_the_whole(app):
    import_programme(DATA, now=clock.now())
    whole = figures(audience=Audience.INTERNAL)
    parts = [figures(partnership=code, audience=Audience.INTERNAL) for code in ("cambridgeshire", "peterborough")]
    assert sum(part["attendances"] for part in parts) == whole["attendances"] == 741
    assert [part["sessions_delivered"] for part in parts] == [32, 32]


def test_a_period_without_anything_gives_zeros_and_nulls(app):
    import_programme(DATA, now=clock.now())
    found = figures(Period(date(2019, 1, 1), date(2019, 12, 31)))
    assert (found["sessions_delivered"], found["attendances"], found["contacts"], found["no_show_rate"]["share"]) == (0, 0, 0, None)
    assert (found["evaluation"]["responses"], found["evaluation"]["knowledge"]["change"]["n_pairs"]) == (0, 0)
    assert found["briefing_views"] == {"total": None, "previous": None, "by_briefing": []}, "not known is not 0"
    assert found["first_delivered"] == "2024-01-02"


def test_an_empty_database_gives_zeros(app):
    assert figures()["attendances"] == 0


def test_an_unknown_partnership_is_refused_with_those_there_are(app):
    import_programme(DATA, now=clock.now())
    with pytest.raises(Refused, match=r"no partnership 'nowhere'. There are: cambridgeshire, peterborough"):
        figures(partnership="nowhere")


def test_the_number_of_statements_does_not_grow_with_the_data(app, counting):
    few = counting(lambda: figures(audience=Audience.INTERNAL))
    import_programme(DATA, now=clock.now())
    assert abs(counting(lambda: figures(audience=Audience.INTERNAL)) - few) <= 1


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large])
@given(year=years())
def test_a_random_year_goes_in_and_its_totals_come_out(app, backend, year):
    rows, totals, agreed, pairs = year
    empty(app, backend)
    with TemporaryDirectory() as name:
        folder = written(Path(name) / "year", **rows)
        import_programme(folder, now=clock.now())
        assert import_programme(folder, now=clock.now()).changes == 0
    period = Period(date(2025, 1, 1), date(2025, 12, 31))
    found = figures(period, audience=Audience.INTERNAL)
    came = totals["attended"] + totals["partly_attended"] + totals["walk_in"]
    assert {key: found[key] for key in ("attendances", "walk_ins", "partly_attended", "no_shows", "excused", "cancelled_by_delegate")} == {
        "attendances": came, "walk_ins": totals["walk_in"], "partly_attended": totals["partly_attended"], "no_shows": totals["no_show"],
        "excused": totals["excused"], "cancelled_by_delegate": totals["cancelled"],
    }
    assert found["bookings_on_cancelled_sessions"] == totals["session_cancelled"]
    assert (found["sessions_delivered"], found["sessions_cancelled"]) == (totals["sessions_delivered"], totals["sessions_cancelled"])
    assert (found["places_cancelled"], found["distinct_people"]) == (totals["places_cancelled"], totals["distinct_people"])
    assert found["no_show_rate"]["of"] == totals["no_show"] + came - totals["walk_in"]
    north = figures(period, "north", Audience.INTERNAL)
    assert north["attendances"] == sum(totals[word, "north"] for word in ("attended", "partly_attended", "walk_in"))
    csc = sum(totals[word, "agency", "csc"] for word in ("attended", "partly_attended", "walk_in"))
    assert sum(row["attendances"] for row in found["by_agency"] if row["code"] == "csc") == csc
    engaging = found["evaluation"]["statements"]["engaging"]
    assert engaging == {code: agreed[code] for code in engaging if code != "answered"} | {"answered": sum(n for code, n in agreed.items() if code)}
    change = found["evaluation"]["knowledge"]["change"]
    assert change["transition"] == [[pairs[b, a] for a in range(1, 6)] for b in range(1, 6)]
    assert change["n_only_after"] == sum(n for (b, a), n in pairs.items() if a and not b)
    db.session.rollback()
