"""Courses beside each other in the report for inside: the numbers, the words, the picture with its table; and none of it in a publication."""

import io
from types import SimpleNamespace

import docx
import pytest

from app.reporting.renderers.as_docx import _Writer
from app.reporting.renderers.drawing import pictures
from app.reporting.reports.courses_beside import courses_beside, drawn_as
from app.reporting.reports.document import Document, Heading

PEOPLE = SimpleNamespace(shown=[None])
UP, SAME, DOWN = (2, 3), (3, 3), (4, 3)


def year(courses):
    """One session of each course, with so many people up, the same and down."""
    ratings = [(number, None, before, after, None, count) for number, moved in enumerate(courses, start=1)
               for (before, after), count in zip((UP, SAME, DOWN), moved, strict=True) if count]
    return SimpleNamespace(
        sessions=[SimpleNamespace(id=number, course_id=number) for number in range(1, len(courses) + 1)],
        courses={number: SimpleNamespace(code=f"c{number}", title=f"Course {number}") for number in range(1, len(courses) + 1)},
        said=SimpleNamespace(ratings=[*ratings, (1, None, 2, None, None, 7)]))


WORLD = year([(18, 10, 2), (40, 25, 5), (3, 7, 30), (4, 4, 0)])


def test_each_course_with_ten_people_has_its_counts_and_its_limits():
    rows = courses_beside(WORLD, PEOPLE, exact=True)
    assert [(row["name"], row["n"], row["up"], row["same"], row["down"]) for row in rows] == [
        ("Course 1", 30, 18, 10, 2), ("Course 2", 70, 40, 25, 5), ("Course 3", 40, 3, 7, 30)]
    assert rows[2]["net"] == pytest.approx(-27 / 40) and rows[2]["outside"] == "99.8" and rows[2]["within_998"][0] > rows[2]["net"]


def test_numbers_that_are_withheld_make_no_funnel_and_neither_do_two_courses():
    assert courses_beside(WORLD, PEOPLE, exact=False) is None
    assert courses_beside(year([(18, 10, 2), (40, 25, 5)]), PEOPLE, exact=True) is None


def test_where_nobody_moved_there_is_nothing_to_draw():
    assert drawn_as(courses_beside(year([(0, 20, 0)] * 3), PEOPLE, exact=True)) is None


def test_word_has_it_drawn_with_what_it_shows_in_words_and_as_a_table(app):
    drawn = drawn_as(courses_beside(WORLD, PEOPLE, exact=True))
    (picture,) = pictures([drawn])
    assert picture.startswith(b"\x89PNG") and len(picture) > 10_000
    document = Document("Training", "P", "2025", [Heading("Courses", "c"), drawn])
    file = docx.Document(io.BytesIO(_Writer(document, [picture]).bytes()))
    (shape,) = file.inline_shapes
    assert "Course 3: 40 people, -0.68, outside the lines" in shape._inline.docPr.get("descr")
    cells = [[cell.text for cell in row.cells] for row in file.tables[0].rows]
    assert cells[0] == ["Course", "Answered both times", "Higher less lower", "By chance between", "Note"]
    assert cells[3][:3] == ["Course 3", "40", "-0.68"] and cells[3][4] == "outside the lines"
