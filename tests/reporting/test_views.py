"""The report as a page, its files, and the rows behind its figures."""

import csv
import io
import json
import zipfile
from dataclasses import replace
from datetime import date, timedelta

import docx
import pytest

from app.accounts.rules import Role
from app.catalogue.rules import SessionStatus
from app.core import clock
from app.core.periods import Period
from app.core.spreadsheets import harmless
from app.imports.services import import_programme
from app.reporting.queries import rows
from tests.builders import a_partnership, a_session
from tests.reporting.test_report_figures import DATA

YEAR = "from=2024-01-01&to=2024-12-31"


@pytest.fixture
def author(as_role):
    import_programme(DATA, now=clock.now())
    return as_role(Role.REPORT_AUTHOR)


def test_the_page_shows_the_latest_year_for_publication(author):
    page = author.get("/reports/annual").text
    assert "Training in 2024" in page and "741" in page and "withheld" in page
    assert "rows/attendances" not in page


def test_a_session_of_this_year_does_not_put_the_last_full_year_out_of_sight(author):
    a_session(starts_in=timedelta(hours=-5), status=SessionStatus.DELIVERED)
    assert "Training in 2024" in author.get("/reports/annual").text


def test_small_numbers_are_shown_inside_the_partnership_only(author):
    assert "withheld, because" in author.get(f"/reports/annual?{YEAR}").text
    page = author.get(f"/reports/annual?{YEAR}&audience=internal").text
    assert "withheld, because" not in page and "By month" in page


@pytest.mark.parametrize(("query", "said"), [
    ("from=2024-12-31&to=2024-01-01", "This day is before the first one"), ("from=2024-01-01", "Enter both days, or neither"),
    ("from=31/31/2024&to=2024-12-31", "Write a day like"), (f"{YEAR}&partnership=nowhere", "There is no partnership"),
])
def test_a_period_that_cannot_be_is_said_at_its_field(author, query, said):
    response = author.get(f"/reports/annual?{query}")
    assert response.status_code == 200 and said in response.text


def test_a_period_with_nothing_in_it_says_so(author):
    assert "No session was delivered between 1 January 2019 and 31 December 2019. The first one on record ended on 2 January 2024." in (
        author.get("/reports/annual?from=2019-01-01&to=2019-12-31").text
    )


def test_an_empty_programme_has_a_report_too(as_role):
    a_partnership()
    assert "None is on record yet" in as_role(Role.REPORT_AUTHOR).get("/reports/annual").text


def test_the_word_file_has_headings_tables_pictures_with_words_and_its_period_on_every_page(author):
    response = author.get(f"/reports/annual.docx?{YEAR}")
    assert response.headers["Content-Disposition"] == 'attachment; filename="training-2024-01-01-to-2024-12-31.docx"'
    document = docx.Document(io.BytesIO(response.data))
    assert [p.text for p in document.paragraphs if p.style.name == "Heading 1"][:2] == ["In short", "Who was reached"]
    assert len(document.tables) >= 8 and len(document.inline_shapes) == 3
    assert "Bars for each sector" in document.inline_shapes[0]._inline.docPr.get("descr")
    assert "1 January 2024 to 31 December 2024" in document.sections[0].footer.paragraphs[0].text
    assert any("741" in cell.text for row in document.tables[0].rows for cell in row.cells)
    with zipfile.ZipFile(io.BytesIO(response.data)) as package:
        assert package.testzip() is None


def test_a_report_may_be_rounded_instead_in_every_form_where_that_is_set(author, app, monkeypatch):
    monkeypatch.setitem(app.extensions, "settings", replace(app.extensions["settings"], report_rounded=True))
    page = author.get(f"/reports/annual?{YEAR}&audience=rounded").text
    assert "Numbers of people are rounded to the nearest 5, and 0 to 7 are withheld" in page and "740" in page and "741" not in page
    rows = list(csv.reader(io.StringIO(author.get(f"/reports/annual.csv?{YEAR}&audience=rounded").data.decode("utf-8-sig"))))
    assert "740" in {cell for row in rows for cell in row} and "741" not in {cell for row in rows for cell in row}
    assert json.loads(author.get(f"/reports/annual.json?{YEAR}&audience=rounded").data)["attendances"] == 740


def test_the_csv_has_the_range_and_what_was_kept(author):
    rows = list(csv.DictReader(io.StringIO(author.get(f"/reports/annual.csv?{YEAR}").data.decode("utf-8-sig"))))
    told = {(row["section"], row["name"], row["measure"]): row["value"] for row in rows}
    assert told["knowledge change", "mean_change_ci", "low"] and told["knowledge change", "bound_high", ""]
    assert told["knowledge months later", "improved_at_end", ""] and told["knowledge months later", "kept", ""] == ""


def test_the_csv_is_tidy_and_no_cell_acts_as_a_formula(author):
    text = author.get(f"/reports/annual.csv?{YEAR}").data.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {"section": "total", "name": "attendances", "measure": "count", "value": "741", "of": ""} in rows
    assert not any(cell.startswith(("=", "@", "+")) for row in rows for cell in row.values())


def test_the_json_is_the_figures(author):
    assert json.loads(author.get(f"/reports/annual.json?{YEAR}").data)["no_show_rate"]["of"] == 983


def test_the_page_to_keep_stands_alone(author):
    text = author.get(f"/reports/annual.html?{YEAR}", checked=False).text
    assert "<style>" in text and "src=" not in text and 'href="/' not in text and "Training in 2024" in text


@pytest.mark.parametrize(("figure", "count"), [
    ("attendances", 741), ("no_shows", 242), ("cancelled_by_delegate", 115), ("sessions_delivered", 32), ("places_cancelled", 9),
    ("contributions", 7), ("contacts", 39), ("courses_offered", 20), ("briefing_views", 120), ("walk_ins", 0), ("excused", 0),
])
def test_a_figure_leads_to_as_many_rows_as_it_says(author, as_role, figure, count):
    coordinator = as_role(Role.COORDINATOR)
    page = coordinator.get(f"/reports/annual/rows/{figure}?{YEAR}").text
    assert f"{count} row" in page
    assert author.get(f"/reports/annual/rows/{figure}?{YEAR}").status_code == 403


def test_delegates_do_not_open_reports(as_role):
    for address in ("/reports/annual", "/reports/annual.docx", "/reports/annual/rows/attendances"):
        assert as_role(Role.DELEGATE).get(address).status_code == 403


@pytest.mark.parametrize(("figure", "column", "total"), [
    ("places_cancelled", 3, 213), ("contributions", 3, 681), ("contacts", 2, 1422), ("briefing_views", 2, 464_130),
])
def test_the_rows_behind_a_figure_add_up_to_it(author, figure, column, total):
    period, found, page = Period(date(2024, 1, 1), date(2024, 12, 31)), [], 1
    while True:
        at, _head, some = rows.rows(figure, period, None, page)
        found += some
        if at.number >= at.last:
            break
        page += 1
    assert sum(row[column] for row in found) == total


def test_rows_of_a_partnership_that_is_not_there_are_not_there(author, as_role):
    assert as_role(Role.COORDINATOR).get(f"/reports/annual/rows/no_shows?{YEAR}&partnership=nowhere").status_code == 404


@pytest.mark.parametrize("cell", ["=1+1", " =1", "\n=1", "+1", "-1", "@x", "\t=1", "＝1", "﹦1"])
def test_a_text_that_a_spreadsheet_would_take_for_a_formula_is_made_harmless(cell):
    assert harmless(cell) == f"'{cell}"
    assert harmless("Neglect = harm") == "Neglect = harm" and harmless(-3) == -3


def test_the_report_takes_as_many_statements_for_a_year_as_for_nothing(as_role, counting):
    browser = as_role(Role.COORDINATOR)
    few = counting(lambda: browser.get(f"/reports/annual?{YEAR}"))
    import_programme(DATA, now=clock.now())
    assert counting(lambda: browser.get(f"/reports/annual?{YEAR}")) - few <= 1


def test_a_scrutineer_reads_whole_years_as_they_are_published_and_nothing_else(author, as_role):
    reader = as_role(Role.SCRUTINEER)
    for audience in ("internal", "rounded", "publication"):
        page = reader.get(f"/reports/annual?{YEAR}&audience={audience}").text
        assert "Training in 2024" in page and "withheld, because" in page and "Inside the partnership" not in page, audience
        published = author.get(f"/reports/annual.json?{YEAR}").data
        assert reader.get(f"/reports/annual.json?{YEAR}&audience={audience}").data == published, audience
    for days in ("from=2024-01-01&to=2024-12-30", "from=2024-04-01&to=2025-03-31", "period=2024-01-01..2024-03-31"):
        page = reader.get(f"/reports/annual?{days}").text
        assert "You can read whole calendar years" in page and "741" not in page, days
        none = reader.get(f"/reports/annual.json?{days}")
        assert none.status_code == 404 and "You can read whole calendar years" in none.text
    assert "Year 2024" in page and "April 2024" not in page and "Or from" not in page


def test_no_page_of_answers_opens_to_a_scrutineer(author, as_role, app):
    reader = as_role(Role.SCRUTINEER)
    ref = "sbt-20240102-00"
    for address in ("/desk/answers", "/desk/courses/sbt/answers", f"/my-sessions/{ref}/answers", "/evidence/answers", "/desk/no-shows-ahead",
                    f"/my-sessions/{ref}/paper/after", f"/desk/sessions/{ref}/questions"):
        assert reader.get(address).status_code == 403, address
