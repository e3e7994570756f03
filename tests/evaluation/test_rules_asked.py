"""The answers to each question on pages of courses and the programme: counted right, and so that no pages taken from each other single anybody out."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from app.evaluation.rules import releasing
from app.evaluation.rules.answered import FOLLOW_UP_SETTLED, SETTLED, Answers, Held, Scope
from app.evaluation.rules.asked import AllChosen, Asked, by_stage, counted_sessions, settled
from app.evaluation.rules.stages import Stage
from tests.evaluation.test_rules_releasing import FORMS, WORLDS, moments, singled_out, world

COURSE = Scope(course=1)
LATE = datetime(2026, 6, 1, tzinfo=UTC)
SEEN = ["Yes, more than once", "Yes, once", "Not yet", "I can't say"]


def held(number, course=1):
    return Held(number, course, "virtual", 2024, datetime(2024, 3, 1 + number, tzinfo=UTC))


def of(*sessions):
    return Answers({one.session: one for one in sessions})


def shown(found, rows, questions, scope=COURSE, now=LATE):
    return by_stage(found, AllChosen(rows, questions), scope, now)


def test_each_answer_is_counted_with_how_many_answered_and_averages_from_ten():
    questions = {1: Asked("sure", "scale_10", "How sure?", ["No", "Yes"], 2), 2: Asked("place", "one_of", "Where?", ["Here", "There"], 1)}
    rows = [(1, Stage.AFTER, 1, 8, [], 6), (1, Stage.AFTER, 1, 5, [], 4), (1, Stage.AFTER, 2, 1, [], 5), (1, Stage.AFTER, 2, 2, [], 1)]
    place, sure = shown(of(held(1)), rows, questions)[Stage.AFTER]
    assert (place.wording, place.base, place.rows, place.mean) == ("Where?", 6, [("Here", 5), ("There", 1)], None)
    assert (sure.base, sure.mean) == (10, pytest.approx(6.8)) and ("8", 6) in sure.rows and ("10 Yes", 0) in sure.rows
    assert not place.drawn and not sure.drawn


def test_of_several_options_people_are_counted_once_and_options_each():
    questions = {1: Asked("used", "several", "What?", ["Tool", "Other", "Nothing"], 1)}
    rows = [(1, Stage.FOLLOW_UP, 1, None, [1, 2], 6), (1, Stage.FOLLOW_UP, 1, None, [3], 4), (1, Stage.FOLLOW_UP, 1, None, [], 9)]
    (used,) = shown(of(held(1)), rows, questions)[Stage.FOLLOW_UP]
    assert (used.base, used.rows, used.drawn) == (10, [("Tool", 6), ("Other", 6), ("Nothing", 4)], True)


def test_the_same_measure_in_two_versions_is_one_question_and_another_scale_is_not():
    questions = {1: Asked("place", "one_of", "Old words", ["A", "B"], 1), 2: Asked("place", "one_of", "New words", ["A", "B"], 1),
                 3: Asked("place", "one_of", "Three", ["A", "B", "C"], 2)}
    rows = [(1, Stage.AFTER, 1, 1, [], 3), (1, Stage.AFTER, 2, 1, [], 4), (1, Stage.AFTER, 3, 3, [], 5)]
    assert [(one.wording, one.rows) for one in shown(of(held(1)), rows, questions)[Stage.AFTER]] == [
        ("New words", [("A", 7), ("B", 0)]), ("Three", [("A", 0), ("B", 0), ("C", 5)])]


def test_four_people_are_withheld_and_small_sessions_wait_for_each_other():
    questions = {1: Asked("place", "one_of", "Where?", ["A", "B"], 1)}
    rows = [(1, Stage.AFTER, 1, 1, [], 12), (2, Stage.AFTER, 1, 2, [], 4)]
    (one,) = shown(of(held(1), held(2)), rows, questions)[Stage.AFTER]
    assert (one.base, one.left_out, one.rows) == (12, 4, [("A", 12), ("B", 0)])
    (one,) = shown(of(held(1), held(2), held(3)), [*rows, (3, Stage.AFTER, 1, 2, [], 1)], questions)[Stage.AFTER]
    assert (one.base, one.left_out, one.rows) == (17, 0, [("A", 12), ("B", 5)])
    assert shown(of(held(2)), rows[1:], questions)[Stage.AFTER] == []


@pytest.mark.parametrize(("stage", "after"), [(Stage.BEFORE, SETTLED), (Stage.AFTER, SETTLED), (Stage.FOLLOW_UP, FOLLOW_UP_SETTLED),
                                              (Stage.MANAGER, FOLLOW_UP_SETTLED)])
def test_a_session_counts_when_nobody_can_answer_any_more(stage, after):
    questions, rows = {1: Asked("place", "one_of", "Where?", ["A", "B"], 1)}, [(1, stage, 1, 1, [], 12)]
    day = held(1).ends_at + after
    assert shown(of(held(1)), rows, questions, now=day - timedelta(seconds=1))[stage] == []
    assert len(shown(of(held(1)), rows, questions, now=day)[stage]) == 1


def test_words_ratings_with_figures_and_sectors_are_not_there():
    questions = {1: Asked("knowledge", "scale_5", "Know?", list("abcde"), 1), 2: Asked("comment", "long_text", "Say", [], 2),
                 3: Asked("place", "one_of", "Where?", ["A", "B"], 3)}
    rows = [(1, Stage.AFTER, number, 1, [], 12) for number in questions]
    assert [one.code for one in shown(of(held(1)), rows, questions)[Stage.AFTER]] == ["place"]
    assert not any(shown(of(held(1)), rows, questions, Scope(year=2024, sectors=("police",))).values())


def test_practice_comes_to_a_sentence_without_those_who_could_not_say():
    questions = {1: Asked("seen", "one_of", "Have you seen {name} use it?", SEEN, 1),
                 2: Asked("one_thing_done", "one_thing_done", "Did you?", [], 1)}
    rows = [(1, Stage.MANAGER, 1, number, [], people) for number, people in ((1, 3), (2, 4), (3, 5), (4, 2))]
    rows += [(1, Stage.FOLLOW_UP, 2, number, [], people) for number, people in ((1, 2), (2, 1), (3, 3), (4, 6))]
    found = shown(of(held(1)), rows, questions)
    assert found[Stage.MANAGER][0].in_words == (
        "Of 12 managers who could say, 7 have seen what the course taught used, 3 of them more than once; likely range 32 to 81 in 100. 2 could not say.")
    assert found[Stage.MANAGER][0].wording == "Have you seen your colleague use it?"
    assert found[Stage.FOLLOW_UP][0].wording == "Did they do the one thing that they had named?"
    assert "Of 6 who had named one thing to do and had a chance to do it, 2 did it and 1 did it in part. " in found[Stage.FOLLOW_UP][0].in_words


def attacked(count):
    """Groups of one to four whom some sum of pages is about, of random programmes in which about half answered a question."""
    rng, leaks = Random(11), []
    for _ in range(count):
        found = world(rng)
        people = [session for session, rows in found.by_session.items() for _row in rows if rng.random() < 0.6]
        counts = {session: people.count(session) for session in people}
        stage = rng.choice((Stage.AFTER, Stage.MANAGER))
        scopes = [Scope(course, year, form) for course in (None, 1, 2, 3) for year in (None, 2023, 2024) for form in (None, *FORMS)]
        pages = {frozenset(counted_sessions(found, counts, scope, stage, now)) for now in moments(found, settled(stage)) for scope in scopes}
        seen = {frozenset(person for person, session in enumerate(people) if session in sessions) for sessions in pages}
        leaks += singled_out(sorted(seen - {frozenset()}, key=sorted))
    return leaks


def test_no_pages_of_a_question_taken_from_each_other_single_anybody_out(record_property):
    record_property("tried", f"{WORLDS} programmes, every page of a question on every day that changes one")
    assert attacked(WORLDS) == []


def test_without_the_batches_the_attack_finds_somebody(monkeypatch):
    monkeypatch.setattr(releasing, "_safe", lambda _batch: True)
    assert attacked(5)
