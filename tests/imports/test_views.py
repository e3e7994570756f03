"""Imports by upload, with the same list of what to put right as the command."""

import io
import re
import zipfile

import pytest
import sqlalchemy as sa

from app.accounts.rules import Role
from app.catalogue.models import Course
from app.core.db import db
from app.imports.services import upload
from app.mail.models import Letter
from tests.imports.folders import with_cell, written


@pytest.fixture
def desk(as_role):
    return as_role(Role.COORDINATOR)


def packed(folder):
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in folder.iterdir():
            archive.write(path, f"year/{path.name}")
    return (io.BytesIO(kept.getvalue()), "year.zip")


def send(desk, *files):
    return desk.post("/desk/imports", {"files": list(files)}, content_type="multipart/form-data")


def test_a_zip_of_the_folder_is_taken_in(desk, tmp_path):
    page = desk.follow(send(desk, packed(written(tmp_path / "year"))))
    assert "The programme is in" in page.text and "bookings.csv" in page.text
    assert db.session.scalar(sa.select(sa.func.count(Course.id))) == 1
    page = desk.get("/desk/imports").text
    assert "Imported" in page and page.index("left alone") < page.index("<table")
    assert re.findall(r'<th scope="col">([^<]+)</th>', page) == ["When", "By", "Files", "What became of it"]


def test_the_csv_files_together_are_taken_in(desk, tmp_path):
    files = [(io.BytesIO(path.read_bytes()), path.name) for path in written(tmp_path / "year").iterdir()]
    assert "The programme is in" in desk.follow(send(desk, *files)).text


def test_a_bad_row_is_listed_as_the_command_lists_it_and_nothing_changes(desk, tmp_path):
    page = desk.follow(send(desk, packed(written(tmp_path / "year", **with_cell("bookings", 0, "booked_at", "31/02/2024")))))
    assert "Nothing was imported" in page.text and "1 value needs a change" in page.text
    text = desk.get(page.request.path + "/problems.txt").text
    assert text.startswith("bookings.csv:2: booked_at: '31/02/2024' is not a date and time")
    assert db.session.scalar(sa.select(sa.func.count(Course.id))) == 0


@pytest.mark.parametrize(("files", "says"), [
    ([], "Choose the ZIP"), ([(b"hello", "notes.txt")], "None of the files"), ([(b"PK\x03\x04 damaged", "year.zip")], "None of the files")])
def test_what_is_no_programme_is_refused_with_what_to_choose(desk, files, says):
    assert says in send(desk, *[(io.BytesIO(content), name) for content, name in files]).text


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_a_zip_that_was_damaged_on_the_way_is_said_to_be_so(desk, tmp_path, method):
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", method) as archive:
        archive.writestr("people.csv", "email,first_name\n" + "".join(f"ann{number}@csc.example,Ann\n" for number in range(500)))
    content = bytearray(kept.getvalue())
    content[80:120] = bytes(40)
    assert "may be damaged" in send(desk, (io.BytesIO(bytes(content)), "year.zip")).text


def test_a_zip_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(desk, tmp_path, monkeypatch):
    monkeypatch.setattr(upload, "MOST_BYTES", 100)
    assert "more than 200 MB" in send(desk, packed(written(tmp_path / "year"))).text


def test_a_member_with_a_path_lands_in_no_other_folder(desk, tmp_path):
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr("../../../../tmp/bookings.csv", "x")
    page = desk.follow(send(desk, (io.BytesIO(kept.getvalue()), "year.zip")))
    assert "bookings.csv:1" in page.text and "the file is missing" in page.text


def test_uploads_are_for_coordinators(as_role):
    assert as_role(Role.ADMINISTRATOR).get("/desk/imports").status_code == 403


def test_people_are_told_only_when_that_is_ticked_and_lists_that_rest_are_named(desk, tmp_path):
    desk.follow(send(desk, packed(written(tmp_path / "year"))))
    larger = written(tmp_path / "larger", **with_cell("sessions", 2, "capacity", "2"))
    page = desk.follow(send(desk, packed(larger))).text
    assert "nobody was offered them" in page and "/desk/sessions/neg-3" in page and "/desk/sessions/neg-3" in desk.get("/desk/imports").text
    assert db.session.scalars(sa.select(Letter.kind)).all() == []
    told = {"files": [packed(larger)], "notify": "y"}
    page = desk.follow(desk.post("/desk/imports", told, content_type="multipart/form-data")).text
    assert "nobody was offered them" not in page
    db.session.rollback()
    assert db.session.scalars(sa.select(Letter.kind)).all() == ["offer"]
