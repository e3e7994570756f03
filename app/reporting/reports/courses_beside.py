"""Courses beside each other by how many went up less how many went down: a funnel, never an order. For those who may see small numbers."""

from typing import Any

from app.evaluation.rules.figures import LEAST_COURSES
from app.evaluation.rules.showing import ENOUGH
from app.evaluation.rules.statistics.distributions import Z95
from app.evaluation.rules.statistics.funnel import Z998, Directions, centre, funnel
from app.reporting.reports.breakdowns import People
from app.reporting.reports.document import Funnel
from app.reporting.reports.gathering import Gathered

STEPS = 40


def courses_beside(counts: Gathered, people: People, *, exact: bool) -> list[dict[str, Any]] | None:
    """Each course with ten pairs of ratings or more, by title; none where numbers are withheld, or there are fewer than three such courses."""
    if not exact:
        return None
    course_of = {row.id: row.course_id for row in counts.sessions}
    moved: dict[int, list[int]] = {}
    for session, area, before, after, _later, count in counts.said.ratings:
        if area in people.shown and before is not None and after is not None and session in course_of:
            moved.setdefault(course_of[session], [0, 0, 0])[(after <= before) + (after < before)] += count
    large = [Directions(str(course), *numbers) for course, numbers in moved.items() if sum(numbers) >= ENOUGH]
    if len(large) < LEAST_COURSES:
        return None
    by_course = {one.course: one for one in large}
    rows = [(counts.courses[int(point.course)], by_course[point.course], point) for point in funnel(large)]
    return [
        {"code": course.code, "name": course.title, "n": one.n, "up": one.up, "same": one.same, "down": one.down, "net": point.net,
         "within_95": list(point.within_95), "within_998": list(point.within_998), "outside": point.outside}
        for course, one, point in sorted(rows, key=lambda row: (row[0].title, row[0].code))
    ]


def drawn_as(rows: list[dict[str, Any]]) -> Funnel | None:
    """The funnel of these rows; none where nobody moved, so that there is no spread to draw."""
    middle = centre(Directions(row["code"], row["up"], row["same"], row["down"]) for row in rows)
    if middle is None or not middle.spread:
        return None
    most = max(row["n"] for row in rows)
    sizes = sorted({max(1, round(1.08 * most * (step / STEPS) ** 2)) for step in range(1, STEPS + 1)})
    return Funnel(
        "Courses beside each other",
        "Each mark is a course: how many people rated themselves both times, and how many went up less how many went down, of one. "
        + "; ".join(f"{row['name']}: {row['n']} people, {row['net']:.2f}{', outside the lines' if row['outside'] else ''}" for row in rows)
        + f". All together {middle.net:.2f}.",
        middle.net, [(n, *middle.limits(n, Z95), *middle.limits(n, Z998)) for n in sizes],
        [(row["name"], row["n"], row["net"], row["within_95"], row["outside"]) for row in rows],
    )
