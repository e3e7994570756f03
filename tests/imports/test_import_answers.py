"""Answers in files and answers given here: a session is answered by name or anonymously, never both."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.catalogue.models import CourseSession
from app.core import clock
from app.core.db import db
from app.evaluation.models import Response
from app.evaluation.rules.stages import Stage
from app.imports.rules.problems import BadProgramme
from app.imports.services import import_programme
from tests.evaluation.anonymously import answer, make_anonymous
from tests.imports.folders import RIGHT, written

pytestmark = pytest.mark.usefixtures("app")


def test_answers_by_name_are_not_taken_in_beside_anonymous_ones(tmp_path):
    import_programme(written(tmp_path / "year", evaluations=[]), now=clock.now())
    version = make_anonymous(Stage.AFTER, clock.now())
    neg_1 = db.session.scalars(sa.select(CourseSession).where(CourseSession.ref == "neg-1")).one()
    assert answer(neg_1, version, 1, neg_1.ends_at + timedelta(hours=1))
    with pytest.raises(BadProgramme) as raised:
        import_programme(written(tmp_path / "again"), now=clock.now())
    assert [str(one) for one in raised.value.problems] == [
        "evaluations.csv:3: session: 'neg-1' was answered anonymously here, so no answers by name are taken in beside those; leave this line out"]
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count(Response.id)).where(~Response.anonymous)) == 0
    import_programme(written(tmp_path / "before", evaluations=RIGHT["evaluations.csv"][:1]), now=clock.now())
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count(Response.id)).where(~Response.anonymous)) == 1, "the stage before is another"
