"""What is kept of a page is made anew as soon as anything that it is made of is another, in whichever process."""

import csv
import shutil

from app.accounts.models import Agency
from app.core import clock
from app.core.db import db
from app.evaluation.queries import kept, of_programme
from app.imports.services import import_programme
from tests.builders import an_agency
from tests.reporting.test_report_figures import DATA


def test_an_agency_that_is_of_another_sector_makes_it_anew_whatever_the_sectors_are_called(app):
    one, other = an_agency(sector="health"), an_agency(sector="school")
    marks = {kept.mark_of_answers()}
    for agency, sector in ((one, "police"), (one, "school"), (other, "police"), (one, None), (other, None)):
        db.session.get(Agency, agency.id).sector = sector
        db.session.commit()
        marks.add(kept.mark_of_answers())
    assert len(marks) == 6


def test_answers_and_marks_that_a_file_corrects_make_it_anew(app, tmp_path):
    folder = tmp_path / "programme"
    shutil.copytree(DATA, folder)
    import_programme(folder, now=clock.now())
    before, of_before = kept.mark_of_answers(), of_programme.answers(year=2024)
    with (folder / "evaluations.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in [row for row in rows if row["stage"] == "after" and row["knowledge"] == "4"][:60]:
        row["knowledge"] = "1"
    with (folder / "evaluations.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    import_programme(folder, now=clock.now())
    assert of_programme.answers(year=2024) != of_before and kept.mark_of_answers() != before
