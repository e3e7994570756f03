"""What people and their managers answered months later about practice, and what of that may be printed."""

from collections.abc import Sequence
from typing import Any

from app.evaluation.rules.stages import Stage
from app.evaluation.rules.standard import THEMES
from app.reporting.reports.breakdowns import People
from app.reporting.reports.evaluation import Counts, all_safe, categories
from app.reporting.reports.gathering import SaidInPeriod
from app.reporting.rules.counting import ATTENDANCES, Area, total

DONE = ("yes", "partly", "not_yet", "no_chance")
SEEN = ("more_than_once", "once", "not_yet", "cannot_say")
USED = tuple(theme or "nothing_yet" for theme in THEMES)
QUESTIONS = {Stage.FOLLOW_UP: {"one_thing_done": DONE, "used": USED}, Stage.MANAGER: {"seen": SEEN}}
"""The questions of each stage that a report counts, with their options in order."""
SEVERAL = "used"
SMALL = "too few people answered, or all but a few did"


def practice_answers(said: SaidInPeriod, people: People, *, told: bool = True) -> dict[str, Any]:
    """By stage: `responses`, and of each question how many gave each answer and how many `answered`; of `used` people may give several. Empty where
    they are not told."""
    return {stage.value: _of_stage(said, people, stage) if told else _nothing(stage) for stage in QUESTIONS}


def _nothing(stage: Stage) -> dict[str, Any]:
    return {"responses": None, **{code: dict.fromkeys([*names, "answered"]) for code, names in QUESTIONS[stage].items()}}


def _of_stage(said: SaidInPeriod, people: People, stage: Stage) -> dict[str, Any]:
    responses = {area: said.later.get((area, stage), 0) for area in people.areas}
    if people.publication and not _base_safe(said, people, stage, responses):
        people.withheld[f"practice.answers.{stage.value}"] = SMALL
        return _nothing(stage)
    found: dict[str, Any] = {"responses": sum(responses[area] for area in people.shown)}
    for code, names in QUESTIONS[stage].items():
        key, counts = f"practice.answers.{code}", _counted(said, people.areas, code, names)
        found[code] = _several(said, people, key, counts, responses) if code == SEVERAL else categories(counts, people, key, responses)
    return found


def _counted(said: SaidInPeriod, areas: Sequence[Area], code: str, names: Sequence[str]) -> Counts:
    counts: Counts = {area: dict.fromkeys(names, 0) for area in areas}
    for area, asked, numbers, people in said.practice:
        for number in numbers if asked == code else ():
            if 1 <= number <= len(names):
                counts[area][names[number - 1]] += people
    return counts


def _base_safe(said: SaidInPeriod, people: People, stage: Stage, responses: dict[Area, int]) -> bool:
    """Whether neither those who answered nor those who came and did not are few; nor, at follow-up, those who answered and are not among
    the ones whose knowledge is printed."""
    came = total(people.by_session.values())
    rated = dict.fromkeys(people.areas, 0)
    for _session, area, before, after, later, count in said.ratings:
        if stage is Stage.FOLLOW_UP and None not in (before, after, later):
            rated[area] += count
    return all_safe(people, lambda area: (responses[area], max(0, came.of(ATTENDANCES, [area]) - responses[area]),
                                          max(0, responses[area] - rated[area])))


def _several(said: SaidInPeriod, people: People, key: str, counts: Counts, responses: dict[Area, int]) -> dict[str, int | None]:
    """Each option for itself: people may choose several, so neither who chose it nor who answered without it may be few."""
    answered = dict.fromkeys(people.areas, 0)
    for area, asked, _numbers, count in said.practice:
        if asked == SEVERAL:
            answered[area] += count
    found: dict[str, int | None] = {name: sum(counts[area][name] for area in people.shown) for name in USED}
    found["answered"] = sum(answered[area] for area in people.shown)
    if not people.publication:
        return found
    if not all_safe(people, lambda area: (answered[area], responses[area] - answered[area])):
        people.withheld[key] = SMALL
        return dict.fromkeys(found)
    small = {name for name in USED if not _option_safe(people, name, counts, answered)}
    if small:
        people.withheld[f"{key}: {', '.join(sorted(small))}"] = "few chose it, or all but a few or everybody did"
    return {name: None if name in small else count for name, count in found.items()}


def _option_safe(people: People, name: str, counts: Counts, answered: dict[Area, int]) -> bool:
    by_all = any(0 < sum(answered[area] for area in part) == sum(counts[area][name] for area in part) for part in (*people.whole, *people.parts))
    return not by_all and all_safe(people, lambda area: (counts[area][name], answered[area] - counts[area][name]))
