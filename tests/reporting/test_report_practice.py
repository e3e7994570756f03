"""The annual report takes approved quotes of every strength, unfavourable ones too, keeps small counts back, and names what is promised."""

import csv
import io
import json
from datetime import timedelta

import pytest

from app.attendance.models import Attendance
from app.attendance.rules import Outcome
from app.catalogue.rules import SessionStatus
from app.core import clock
from app.core.db import transaction
from app.core.periods import Period
from app.evaluation.rules.stages import Quoting, Stage
from app.evaluation.services.answering import submit
from app.evaluation.services.questionnaires import ensure_questionnaires
from app.evidence.rules.words import Direction, Strength
from app.evidence.services import deciding
from app.reporting.renderers import RENDERERS
from app.reporting.reports import annual
from app.reporting.rules.counting import Audience
from tests.builders import a_booking, a_finished_register, a_partnership, a_person, a_session
from tests.evidence import telling
from tests.reporting.test_report_disclosure import leaks

pytestmark = pytest.mark.usefixtures("app")


def figures(audience=Audience.PUBLICATION, partnership=None):
    day = telling.today()
    return annual.figures(period=Period(day - timedelta(days=30), day), partnership_code=partnership, audience=audience, now=clock.now())


def six_and_five():
    """Six said for, five with an example against."""
    for number in range(6):
        telling.approved(f"Said {number}.", strength=Strength.SAID)
    for number in range(5):
        telling.approved(f"Against {number}.", strength=Strength.EXAMPLE, direction=Direction.AGAINST)


def test_examples_are_counted_by_strength_and_unfavourable_ones_are_quoted_as_readily():
    six_and_five()
    found = figures()["practice"]
    assert found["examples"] == 11
    assert found["strengths"] == {"indicator": 0, "audit": 0, "manager": 0, "example": 5, "said": 6}
    assert found["directions"] == {"for": 6, "against": 5, "both": 0}
    assert [quote["wording"] for quote in found["quotes"]] == [f"Against {number}." for number in range(5)] + [f"Said {number}." for number in range(6)]


def test_small_counts_are_withheld_with_what_would_give_them_away_and_zeros_stay():
    six_and_five()
    telling.approved("One audit.", strength=Strength.AUDIT)
    found = figures()
    assert found["practice"]["strengths"] == {"indicator": 0, "audit": None, "manager": 0, "example": None, "said": 6}
    assert any(key.startswith("practice.strengths") for key in found["withheld"])
    inside = figures(Audience.INTERNAL)["practice"]
    assert inside["strengths"]["audit"] == 1 and inside["examples"] == 12


@pytest.mark.parametrize("count", range(1, 5))
def test_one_to_four_examples_are_not_counted_in_a_publication(count):
    for number in range(count):
        telling.approved(f"Said {number}.")
    found = figures()
    assert found["practice"]["examples"] is None and set(found["practice"]["strengths"].values()) == {None} and "practice" in found["withheld"]
    assert len(found["practice"]["quotes"]) == count


def test_nothing_that_is_not_approved_reaches_any_form_of_the_report():
    telling.asked(telling.an_example(original="Told by Jayden."), telling.a_coordinator(), "Waiting words.")
    telling.approved("No consent words.", consent=Quoting.NO)
    withdrawn = telling.approved("Withdrawn words.")
    deciding.withdraw(example_id=withdrawn.id, reason="By telephone", by_id=telling.a_coordinator(), now=clock.now())
    for audience in Audience:
        for name in ("json", "html", "csv"):
            text = RENDERERS[name](figures(audience)).decode()
            assert not any(words in text for words in ("Jayden", "Waiting words", "No consent words", "Withdrawn words")), (audience, name)


def test_quotes_and_promises_are_in_every_form(tmp_path):
    telling.approved("=A quote that begins like a formula.", consent=Quoting.WITH_ROLE, role="School nurse")
    telling.a_promise(what="A case audit on neglect", promised_on=telling.today() - timedelta(days=60))
    found = figures()
    page, told = RENDERERS["html"](found).decode(), json.loads(RENDERERS["json"](found))["practice"]
    assert "=A quote that begins like a formula." in page and "School nurse" in page and "A case audit on neglect" in page
    assert told["quotes"][0]["signed"] == "School nurse" and told["promises"][0]["what"] == "A case audit on neglect"
    rows = list(csv.reader(io.StringIO(RENDERERS["csv"](found).decode("utf-8-sig"))))
    assert ["practice quotes", "tools, example, for", "School nurse", "'=A quote that begins like a formula.", ""] in rows
    assert any(row[0] == "promised" and row[1] == "A case audit on neglect" for row in rows)


def test_word_has_the_quote_and_who_said_it():
    import docx  # noqa: PLC0415  (slow to import, and needed here only)

    telling.approved("I used the tool.", direction=Direction.AGAINST)
    paragraphs = [paragraph.text for paragraph in docx.Document(io.BytesIO(RENDERERS["docx"](figures()))).paragraphs]
    place = paragraphs.index("“I used the tool.”")
    assert paragraphs[place + 1] == "Using tools. Practitioner, said with an example. Speaks against the training"


def test_small_counts_are_put_together_in_words():
    six_and_five()
    telling.approved("One audit.", strength=Strength.AUDIT)
    page = RENDERERS["html"](figures()).decode()
    assert "none seen in an indicator, none confirmed by a manager, 6 said, 6 seen in a case audit or said with an example, put together" in page
    assert "7 spoke for the training, 5 spoke against it, none spoke for both." in page


def test_for_and_against_is_not_counted_where_the_numbers_are_small():
    for number in range(6):
        telling.approved(f"{number}", direction=Direction.AGAINST if number < 3 else Direction.FOR)
    assert "How many speak for and how many against the training is not counted" in RENDERERS["html"](figures()).decode()


def test_without_examples_the_report_says_so():
    assert "nothing can be said about practice" in RENDERERS["html"](figures()).decode()


@pytest.mark.parametrize("counts", [(1, 0, 7), (2, 3, 9), (4, 4, 4), (5, 1, 1), (9, 9, 1)])
def test_the_attack_finds_no_small_number_of_examples(counts):
    for strength, count in zip((Strength.SAID, Strength.MANAGER, Strength.AUDIT), counts, strict=True):
        for number in range(count):
            telling.approved(f"{strength.value} {number}", strength=strength, direction=Direction.AGAINST if number % 3 == 0 else Direction.FOR)
    assert leaks([figures()]) == [] and [leak for leak in leaks([figures(Audience.INTERNAL)]) if leak[0] == "practice"] != []


def later(count, partnership, used=("1",), done="1", seen="1"):
    """So many people of an area came 13 weeks ago, answered again, and their managers did."""
    asked, now = ensure_questionnaires(now=clock.now()), clock.now()
    session = a_session(starts_in=timedelta(weeks=-13), places=90, status=SessionStatus.DELIVERED)
    a_finished_register(session)
    for _ in range(count):
        booking = a_booking(session, a_person(partnership=partnership))
        with transaction() as kept:
            kept.add(Attendance(booking_id=booking.id, outcome=Outcome.ATTENDED, marked_at=now, partnership_id=partnership.id))
        submit(booking_id=booking.id, stage=Stage.AFTER, version_id=asked[Stage.AFTER].id, quoting=Quoting.NO, now=session.ends_at,
               given={"knowledge": "4", "engaging": "5", "improved_knowledge": "5", "useful_in_role": "5", "one_thing": ["Use it", "2"]})
        submit(booking_id=booking.id, stage=Stage.FOLLOW_UP, version_id=asked[Stage.FOLLOW_UP].id, quoting=Quoting.NO, now=now,
               given={"one_thing_done": done, "used": list(used), "barrier": "Time", "knowledge": "4"})
        submit(booking_id=booking.id, stage=Stage.MANAGER, version_id=asked[Stage.MANAGER].id, quoting=Quoting.NO, now=now, given={"seen": seen})


def answers(partnership=None, audience=Audience.PUBLICATION):
    day = telling.today()
    found = annual.figures(period=Period(day - timedelta(days=200), day), partnership_code=partnership, audience=audience, now=clock.now())
    return found["practice"]["answers"], RENDERERS["html"](found).decode(), list(csv.reader(io.StringIO(RENDERERS["csv"](found).decode("utf-8-sig"))))


def test_what_people_and_managers_answered_about_practice_is_counted_for_all_and_for_each_partnership():
    north, south = a_partnership(code="north"), a_partnership(code="south")
    later(12, north, used=("1", "2"))
    later(8, south, used=("7",), done="4", seen="4")
    whole, page, rows = answers()
    assert whole["follow_up"]["responses"] == 20 and whole["follow_up"]["one_thing_done"] == {
        "yes": 12, "partly": 0, "not_yet": 0, "no_chance": 8, "answered": 20}
    assert whole["follow_up"]["used"]["using_tools"] == 12 and whole["follow_up"]["used"]["nothing_yet"] == 8
    assert "Of 12 who had named one thing to do and had a chance to do it, 12 did it and 0 did it in part; likely range 76 to 100 in 100" in page
    assert "Of 12 managers who could say, 12 have seen what the course taught used" in page and "8 could not say" in page
    assert ["practice answers", "used", "sharing_information", "12", "20"] in rows
    part, page, _rows = answers("north")
    assert part["manager"] == {"responses": 12, "seen": {"more_than_once": 12, "once": 0, "not_yet": 0, "cannot_say": 0, "answered": 12}}
    assert answers("south")[0]["follow_up"]["one_thing_done"]["no_chance"] == 8


def test_practice_of_a_small_area_is_withheld_in_every_partnerships_report_and_shown_inside():
    north, south = a_partnership(code="north"), a_partnership(code="south")
    later(12, north)
    later(3, south)
    assert answers()[0]["follow_up"]["responses"] == 15
    for code in ("north", "south"):
        part, page, _rows = answers(code)
        assert part["follow_up"]["responses"] is None and set(part["manager"]["seen"].values()) == {None}
        assert "is withheld, because the numbers are small" in page
    assert answers("south", Audience.INTERNAL)[0]["follow_up"]["used"]["using_tools"] == 3
    assert answers(None, Audience.ROUNDED)[0]["manager"]["responses"] == 15
    _found, page, _rows = answers("south", Audience.INTERNAL)
    assert "Fewer than 5 people answered months later." in page and "Fewer than 5 managers answered." in page
