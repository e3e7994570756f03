"""A control character, as pasting from Word brings it along, is not kept; and where one was kept, the documents are made without it."""

import io

import docx
import pytest
import sqlalchemy as sa

from app.accounts.rules import Role
from app.catalogue.models import Course
from app.core import clock
from app.core.db import db
from app.evaluation.services.questionnaires import ensure_questionnaires
from app.evidence.models import Example, Promise
from app.reporting.renderers import RENDERERS
from tests.builders import a_course
from tests.certificates.attending import came, certificates
from tests.evidence import telling
from tests.reporting.test_own_questions import ROOM, answering, asking, figures

BAD = ["\x0b", "\x01", "\x1b[1m", "\ufffe"]


def test_a_pasted_line_break_of_word_becomes_one_of_ours_and_a_space_where_there_is_one_line(as_role):
    browser = as_role(Role.COORDINATOR, Role.REPORT_AUTHOR)
    browser.post("/evidence/promises/new", {"what": "A case audit\x0bon neglect\x1b", "promised_in": "Annual\x0breport", "promised_on": "2024-06-01",
                                            "due_on": "2024-11-30", "owner": "Board", "priority": "0"})
    assert db.session.execute(sa.select(Promise.what, Promise.promised_in)).one() == ("A case audit\non neglect", "Annual report")
    assert browser.get("/reports/annual.docx?from=2024-01-01&to=2024-12-31", checked=False).status_code == 200


@pytest.mark.parametrize("bad", BAD)
def test_what_was_kept_with_a_control_character_stands_in_every_form_of_the_report(app, bad):
    course = a_course(title="Neglect")
    answering(course, asking(course, ensure_questionnaires(now=clock.now()), ROOM), ROOM.wording, [1] * 12 + [2] * 9, silent=6)
    telling.approved()
    telling.a_promise()
    for column, words in ((Promise.what, f"An audit{bad}of cases"), (Example.wording, f"It{bad}helped"), (Course.title, f"Neglect{bad}again")):
        db.session.execute(sa.update(column.class_).values({column: words}))
    db.session.commit()
    found = figures()
    for render in RENDERERS.values():
        assert render(found)
    said = "\n".join(paragraph.text for paragraph in docx.Document(io.BytesIO(RENDERERS["docx"](found))).paragraphs)
    assert "helped" in said and "of cases" in said and not set(bad) & set(said) - set("[1m")


@pytest.mark.parametrize("bad", BAD)
def test_a_certificate_whose_name_was_kept_with_a_control_character_is_printed(app, client, bad):
    (one,) = certificates(came())
    one.name, one.course = f"Ann{bad}Ash", f"Neglect{bad}"
    db.session.commit()
    answer = client.get(f"/certificates/{one.code}/pdf", checked=False)
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
