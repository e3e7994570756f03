"""Random programme years, always right in every row, with their totals counted in plain Python."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from tests.imports.folders import RIGHT

WORDS = ["attended", "partly_attended", "no_show", "excused", "walk_in", "cancelled", "waiting"]
LEVELS = ["strongly_agree", "agree", "neither", "disagree", "strongly_disagree", ""]


@st.composite
def years(draw, most_people=14):
    """(rows by file, totals of the year 2025)."""
    people = draw(st.integers(1, most_people))
    areas = draw(st.lists(st.sampled_from(["north", "south", ""]), min_size=people, max_size=people))
    agencies = draw(st.lists(st.sampled_from(["csc", "police", ""]), min_size=people, max_size=people))
    emails = [f"p{number}@org.example" for number in range(people)]
    rows = {name.removesuffix(".csv"): list(lines) for name, lines in RIGHT.items()}
    rows["people"] = [f"{email},P,{n},{agencies[n]},Job,,{areas[n]}" for n, email in enumerate(emails)]
    rows["courses"] += ["cse,Exploitation,About it.,,in_person,90,,,", "fgm,FGM,About it.,1,conference,60,neglect,,"]
    rows.update(sessions=[], bookings=[], evaluations=[])
    totals = Counter()
    came_to, agreed, pairs = set(), Counter(), Counter()
    for number in range(draw(st.integers(0, 6))):
        course = draw(st.sampled_from(["neg", "cse", "fgm"]))
        starts = datetime(2025, 1, 1, 9, tzinfo=UTC) + timedelta(days=draw(st.integers(0, 420)))
        cancelled = draw(st.booleans()) and draw(st.booleans())
        capacity = draw(st.integers(1, 30))
        inside = starts.year == 2025
        ref = f"{course}-{number}"
        rows["sessions"].append(f"{ref},{course},{starts:%Y-%m-%dT%H:%M},{starts + timedelta(hours=2):%Y-%m-%dT%H:%M},Hall,{capacity},,"
                                + ("cancelled,Snow," if cancelled else "delivered,,"))
        totals.update({"sessions_cancelled" if cancelled else "sessions_delivered": inside, "places_cancelled": capacity * (cancelled and inside)})
        for person, email in enumerate(emails):
            word = draw(st.sampled_from([*WORDS, "", ""]))
            if not word:
                continue
            word = "session_cancelled" if cancelled and word != "cancelled" else word
            booked_at = "" if word == "walk_in" else "2024-12-01T10:00"
            ended = "2024-12-02T10:00" if word in ("cancelled", "session_cancelled") else ""
            rows["bookings"].append(f"{ref},{email},{booked_at},{word},{ended},,")
            totals.update({word: inside, (word, areas[person]): inside, (word, "agency", agencies[person]): inside})
            if word in ("attended", "partly_attended", "walk_in"):
                if inside:
                    came_to.add(email)
                before, after, said = draw(st.integers(0, 5)), draw(st.integers(0, 5)), draw(st.sampled_from(LEVELS))
                rows["evaluations"].append(f"{ref},{email},before,{starts:%Y-%m-%dT08:00},{before or ''},,,,,")
                rows["evaluations"].append(f"{ref},{email},after,{starts:%Y-%m-%dT12:00},{after or ''},{said},,,,no")
                agreed[said] += inside
                pairs[before, after] += inside
    totals["distinct_people"] = len(came_to)
    return rows, totals, agreed, pairs
