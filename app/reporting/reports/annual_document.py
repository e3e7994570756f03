"""The training section of the annual report in words, true for none, one and many, each number with its base."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from app.evaluation.rules.stages import AGREEMENT, AGREEMENT_CODES, STATEMENTS
from app.reporting.reports import knowledge_words
from app.reporting.reports.courses_beside import drawn_as
from app.reporting.reports.document import Block, Chart, Document, Figure, Figures, Heading, Points, Sentence, Table, Terms
from app.reporting.reports.own_words import own_blocks
from app.reporting.reports.practice_document import practice_blocks
from app.reporting.rules.rounding import SAID
from app.reporting.rules.wording import many, number, one_in, percent, times

Found = dict[str, Any]


def annual_document(found: Found, *, organisation: str) -> Document:
    """The document for these annual figures; `organisation` is whose programme it is."""
    whose = found["partnership"]["name"] if found["partnership"] else organisation
    blocks: list[Block] = []
    for part in PARTS:
        blocks += part(found)
    return Document(title=f"Training in {found['period']['label']}", whose=whose, dates=found["period"]["dates"], blocks=blocks)


def _short(found: Found) -> Iterator[Block]:
    yield Heading("In short", "short")
    if not found["sessions_delivered"] and not found["sessions_cancelled"]:
        first = found["first_delivered"]
        on_record = f" The first one on record ended on {_day(first)}." if first else " None is on record yet."
        yield Sentence(f"No session was delivered between {found['period']['dates'].replace(' to ', ' and ')}.{on_record}", leading=True)
    else:
        yield Sentence(_summary(found), leading=True)
    if found["registers_missing"]:
        missing = many(found["registers_missing"], "session is over and has", "sessions are over and have")
        yield Sentence(f"{missing[0].upper()}{missing[1:]} no finished register yet, so what is counted may grow.")
    yield Figures(list(_figures(found)))
    before = found["briefing_views"]["previous"]
    if before is not None and found["briefing_views"]["total"]:
        change = times(found["briefing_views"]["total"], before)
        yield Sentence(
            f"Briefings were opened {many(found['briefing_views']['total'], 'time')}, against {number(before)} a year earlier"
            f"{f': {change} before' if change else ''}. Views are not people.", note=True,
        )


def _summary(found: Found) -> str:
    said = "No session was delivered."
    if found["sessions_delivered"]:
        said = (f"{many(found['sessions_delivered'], 'session').capitalize()} of {many(found['courses_delivered'], 'course')} brought "
                f"{many(found['attendances'], 'attendance')}.")
    rate = found["no_show_rate"]
    if rate["of"]:
        said += f" {_not_used(rate)}."
    if found["sessions_cancelled"]:
        said += f" {many(found['places_cancelled'], 'planned place').capitalize()} {_was(found['places_cancelled'])} lost with "
        said += f"{many(found['sessions_cancelled'], 'cancelled session')}."
    return said


def _figures(found: Found) -> Iterator[Figure]:
    people = f"by {many(found['distinct_people'], 'person', 'people')}" if found["distinct_people"] else ""
    yield Figure(number(found["attendances"]), people, "attendances", f"at {many(found['sessions_delivered'], 'session')}", "attendances")
    yield Figure(number(found["courses_delivered"]), f"of {number(found['courses_offered'])}", "courses offered that ran",
                 f"{many(found['courses_never_run'], 'course')} did not", "courses_offered")
    rate = found["no_show_rate"]
    base = f"of {number(rate['of'])}" if rate["of"] is not None else ""
    yield Figure(number(rate["count"]), base, "booked places not used", _likely(rate), "no_shows")
    yield Figure(number(found["places_cancelled"]), f"on {many(found['sessions_cancelled'], 'session')}", "places lost to cancelled sessions",
                 f"{many(found['bookings_on_cancelled_sessions'], 'booking')} ended with them" if found["sessions_cancelled"] else "",
                 "places_cancelled")
    yield Figure(number(found["contacts"]), "", "contacts in all training",
                 f"{many(found['attendances'], 'attendance')}, {number(found['contribution_contacts'])} in partners' training", "contacts")
    views = found["briefing_views"]
    shown = f"views of {many(len(views['by_briefing']), 'briefing')}" if views["by_briefing"] else "views of briefings"
    yield Figure(_known(views["total"]), "", shown,
                 f"{number(views['previous'])} a year earlier" if views["previous"] is not None else "not known a year earlier", "briefing_views")


def _likely(rate: Found) -> str:
    if not rate["of"] or not one_in(rate["count"], rate["of"]):
        return ""
    low, high = (percent(round(bound * 10**6), 10**6) for bound in rate["interval"])
    return f"{one_in(rate['count'], rate['of'])}; likely range {low} to {high} in 100"


def _reached(found: Found) -> Iterator[Block]:
    yield Heading("Who was reached", "reached")
    if found["partnership"]:
        yield Sentence(found["notes"][1], note=True)
    yield from _people_table(found, "by_sector", "Sector", "By sector")
    rows = [row for row in found["by_sector"] or () if row["attendances"] is not None and row["no_shows"] is not None]
    if rows:
        yield Chart(
            "Attendances and no-shows by sector",
            "Bars for each sector: " + "; ".join(f"{row['name']} {row['attendances']} attendances and {row['no_shows']} no-shows" for row in rows),
            ["Attendances", "No-shows"],
            [(row["name"], (row["attendances"], row["no_shows"]), f"{row['attendances']:,} and {row['no_shows']:,}") for row in rows],
        )
    yield from _people_table(found, "by_agency", "Agency", "By agency")
    yield from _people_table(found, "by_course", "Course", "By course")
    yield from _people_table(found, "by_month", "Month", "By month")
    yield from _people_table(found, "by_format", "How it was held", "By the way it was held")
    yield from _people_table(found, "by_priority", "Priority", "By priority")
    if found["by_priority"]:
        yield Sentence(found["notes"][0], note=True)
    if found["put_together"]:
        yield Sentence(" ".join(found["put_together"]) + " Nobody can be picked out of them.", note=True)


COLUMNS = {
    "attendances": "Attendances", "no_shows": "No-shows", "excused": "Excused", "walk_ins": "Walk-ins", "cancelled_by_delegate": "Given back",
}


def _people_table(found: Found, key: str, what: str, title: str) -> Iterator[Block]:
    rows = found[key]
    if rows is None:
        yield Sentence(f"{title}: withheld, because {found['withheld'].get(key, 'some of the numbers are small')}.", note=True)
        return
    if not rows:
        return
    shown = [name for name in COLUMNS if name in ("attendances", "no_shows") or any(row[name] for row in rows)]
    total = ["All", *(number(found[name]) for name in shown)] if key != "by_priority" else []
    yield Table(title, [what, *(COLUMNS[name] for name in shown)], [[row["name"], *(number(row[name]) for name in shown)] for row in rows], total)
    hidden = [COLUMNS[name].lower() for name in COLUMNS if name not in shown and all(row[name] is None for row in rows)]
    if hidden:
        yield Sentence(f"{title}, withheld: {', '.join(hidden)}, because some of the numbers are small.", note=True)


def _no_shows(found: Found) -> Iterator[Block]:
    yield Heading("Booked and did not come", "noshows")
    rate = found["no_show_rate"]
    if rate["count"] is None or rate["of"] is None:
        yield Sentence("The number of no-shows, or its base, is withheld because some of the numbers are small.")
    elif not rate["of"]:
        yield Sentence("Nobody with a place was marked in this period, so there is no rate.")
    else:
        about = _likely(rate)
        yield Sentence(f"{_not_used(rate)}{': ' + about if about else ''}.", leading=True)
    yield Figures([
        Figure(number(found["excused"]), "", "excused", "not in the rate", "excused"),
        Figure(number(found["cancelled_by_delegate"]), "", "given back before the session", "not in the rate", "cancelled_by_delegate"),
        Figure(number(found["walk_ins"]), "", "came without a booking", "among the attendances, not in the rate", "walk_ins"),
    ])


def _places_lost(found: Found) -> Iterator[Block]:
    yield Heading("Places lost", "lost")
    if not found["sessions_cancelled"]:
        yield Sentence("No session was cancelled.")
        return
    yield Sentence(f"{many(found['sessions_cancelled'], 'session').capitalize()} with {many(found['places_cancelled'], 'planned place')} "
                   f"{_was(found['sessions_cancelled'])} cancelled. {many(found['bookings_on_cancelled_sessions'], 'booking').capitalize()} ended "
                   f"with them, and {_was(found['bookings_on_cancelled_sessions'])} counted in no other figure.", leading=True)
    yield Table("Why", ["Reason", "Sessions"], [[reason, number(count)] for reason, count in found["cancellation_reasons"].items()])


def _courses(found: Found) -> Iterator[Block]:
    """Courses beside each other, where exact numbers are shown; no order of courses."""
    rows = found["evaluation"]["courses"]
    drawn = drawn_as(rows) if rows else None
    if drawn is None:
        return
    outside = sum(1 for row in rows if row["outside"])
    yield Heading("Courses beside each other", "courses")
    yield Sentence(f"{many(outside, 'course').capitalize()} of {number(len(rows))} {'lies' if outside == 1 else 'lie'} outside the limits of chance. "
                   "Small courses lie far from the middle by chance alone, so there is no order of courses. Courses with fewer than 10 people are "
                   "left out. Not for publication.")
    yield drawn


def _said(found: Found) -> Iterator[Block]:
    answers = found["evaluation"]
    if not found["answers_told"]["after"]:
        return
    yield Heading("What people said", "said")
    if answers["responses"] is None:
        yield Sentence("What people said is withheld, because too few answered.")
        return
    if not answers["of"] and not answers["responses"]:
        yield Sentence("Nobody came, so nobody was asked how it was.")
        return
    yield Sentence(f"{number(answers['responses'])} of {many(answers['of'], 'attendance')} led to an answer afterwards.")
    if not answers["responses"]:
        return
    names = [AGREEMENT_CODES[level] for level in AGREEMENT]
    yield Table(
        "How much people agreed", ["Statement", *AGREEMENT.values(), "Answered"],
        [[text, *(number(answers["statements"][code][name]) for name in names), number(answers["statements"][code]["answered"])]
         for code, text in STATEMENTS.items()],
    )
    rows = [(text, answers["statements"][code]) for code, text in STATEMENTS.items()
            if answers["statements"][code]["strongly_agree"] is not None and answers["statements"][code]["answered"]]
    if rows:
        yield Chart(
            "How many strongly agreed",
            "; ".join(f"{text}: {counts['strongly_agree']} of {counts['answered']} strongly agreed" for text, counts in rows),
            ["Strongly agreed", "Other answers"],
            [(text, (counts["strongly_agree"], counts["answered"] - counts["strongly_agree"]),
              f"{counts['strongly_agree']:,} of {counts['answered']:,}") for text, counts in rows],
        )


def _other_training(found: Found) -> Iterator[Block]:
    yield Heading("Partners' training and briefings", "other")
    if found["contributions"]:
        yield Sentence(f"{many(found['contributions'], 'contribution').capitalize()} to partners' training reached "
                       f"{many(found['contribution_contacts'], 'person', 'people')}, counted and not booked.")
    else:
        yield Sentence("No contribution to partners' training is on record in this period.")
    rows = found["briefing_views"]["by_briefing"]
    if rows:
        yield Table("Views of briefings", ["Briefing", "In the period", "A year earlier"],
                    [[row["title"], _known(row["views"]), _known(row["previous"])] for row in rows],
                    ["All", _known(found["briefing_views"]["total"]), _known(found["briefing_views"]["previous"])])


def _cannot_say(found: Found) -> Iterator[Block]:
    yield Heading("What we cannot say", "cannot")
    yield Points([*knowledge_words.cannot_say(found["evaluation"]), "Whether children are safer because of the training."])


def _terms(found: Found) -> Iterator[Block]:
    yield Heading("How we count", "terms")
    yield Terms([(key.replace("_", " ").capitalize(), text) for key, text in found["definitions"].items()])
    yield Sentence(knowledge_words.thresholds(), note=True)
    if found["audience"] == "rounded":
        yield Sentence(f"For publication. {SAID}", note=True)
    elif found["audience"] == "publication":
        yield Sentence("For publication: numbers of people from 1 to 4 are withheld, with what would give them away.", note=True)
    else:
        yield Sentence("Not for publication: small numbers are shown.", note=True)


def _not_used(rate: Found) -> str:
    """"242 of 983 booked places were not used"."""
    return f"{number(rate['count'])} of {many(rate['of'], 'booked place')} {_was(rate['count'])} not used"


def _was(count: int | None) -> str:
    return "was" if count == 1 else "were"


def _known(count: int | None) -> str:
    return "not known" if count is None else number(count)


def _day(iso: str) -> str:
    day = date.fromisoformat(iso)
    return f"{day.day} {day:%B %Y}"


PARTS = (
    _short, _reached, _no_shows, _places_lost, knowledge_words.change, knowledge_words.kept, _courses, _said, own_blocks, practice_blocks,
    _other_training, _cannot_say, _terms,
)
