"""The figures as one tidy table, for a spreadsheet."""

from collections.abc import Iterator
from typing import Any

from app.core import spreadsheets
from app.reporting.reports.own_questions import questions_of

HEADER = ("section", "name", "measure", "value", "of")
MEASURES = ("attendances", "no_shows", "excused", "walk_ins", "partly_attended", "cancelled_by_delegate", "sessions_delivered", "sessions_cancelled")


def as_csv(figures: dict[str, Any]) -> bytes:
    """The figures as UTF-8; a withheld number is empty."""
    return spreadsheets.as_csv(HEADER, _rows(figures))


def _rows(figures: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    period, partnership = figures["period"], figures["partnership"]
    yield "report", "period", "from", period["from"], ""
    yield "report", "period", "to", period["to"], ""
    yield "report", "partnership", "code", partnership["code"] if partnership else "all", ""
    yield "report", "audience", "", figures["audience"], ""
    for key, value in figures.items():
        if (isinstance(value, int) or value is None) and key not in ("partnership", "first_delivered") and not key.startswith("by_"):
            yield "total", key, "count", value, ""
    rate = figures["no_show_rate"]
    yield "total", "no_show_rate", "count", rate["count"], rate["of"]
    for reason, count in figures["cancellation_reasons"].items():
        yield "cancellation_reasons", reason, "sessions", count, figures["sessions_cancelled"]
    for key in ("by_agency", "by_sector", "by_course", "by_format", "by_priority", "by_month"):
        for row in figures[key] or ():
            for measure in MEASURES:
                if measure in row:
                    yield key, row["name"], measure, row[measure], figures.get(measure)
    yield from _evaluation(figures["evaluation"])
    yield from _own(figures["own_questions"])
    yield from _practice(figures["practice"])
    for row in figures["briefing_views"]["by_briefing"]:
        yield "briefing_views", row["title"], "views", row["views"], figures["briefing_views"]["total"]
        yield "briefing_views", row["title"], "previous", row["previous"], figures["briefing_views"]["previous"]


def _practice(practice: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    for key in ("strengths", "directions"):
        for name, count in practice[key].items():
            yield "practice", key, name, count, practice["examples"]
    for stage, answers in practice["answers"].items():
        yield "practice answers", stage, "responses", answers["responses"], ""
        for code, counts in answers.items():
            for name, count in counts.items() if isinstance(counts, dict) else ():
                yield "practice answers", code, name, count, counts["answered"]
    for quote in practice["quotes"]:
        said = ", ".join(quote[name] for name in ("theme", "strength", "direction") if quote[name])
        yield "practice quotes", said, quote["signed"], quote["wording"], ""
    for promise in practice["promises"]:
        yield "promised", promise["what"], promise["owner"], promise["due_on"], promise["promised_in"]


def _own(own: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    for stage, one in questions_of(own):
        section = f"own question, {stage.value}"
        yield section, one["question"], "asked in", "; ".join(course["title"] for course in one["courses"]), ""
        for answer in one["answers"]:
            yield section, one["question"], answer["answer"], answer["people"], one["answered"]
        yield section, one["question"], "answered", one["answered"], ""
        yield section, one["question"], "mean", one["mean"], one["answered"]


def _evaluation(evaluation: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    yield "evaluation", "responses", "count", evaluation["responses"], evaluation["of"]
    for code, counts in evaluation["statements"].items():
        for name, count in counts.items():
            yield "statements", code, name, count, counts["answered"]
    for row in evaluation["courses"] or ():
        for name in ("up", "same", "down"):
            yield "knowledge change by course", row["name"], name, row[name], row["n"]
    after = evaluation["knowledge"]["after"]
    for rating, count in after.items():
        yield "knowledge after", rating, "people", count, after["answered"]
    change, later = evaluation["knowledge"]["change"], evaluation["knowledge"]["follow_up"]
    for section, fields, of in (("knowledge change", change, change["n_pairs"]), ("knowledge months later", later, later["improved_at_end"])):
        for name, value in fields.items():
            if not isinstance(value, list):
                yield section, name, "", value, of
            elif name != "transition":
                yield section, name, "low", value[0], of
                yield section, name, "high", value[1], of
