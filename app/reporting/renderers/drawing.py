"""Draws charts as pictures for Word, with Vega-Lite. Run as a program of its own (charts in, pictures out, both JSON), because the
libraries are large and a web process should not keep them."""

import base64
import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from app.core.settings import ROOT
from app.reporting.reports.document import Chart, Funnel

COLOURS = ["#0f5459", "#d98f3b"]


def pictures(charts: Sequence[Chart | Funnel]) -> list[bytes]:
    """A PNG of each chart.

    Raises:
        RuntimeError: they could not be drawn.
    """
    if not charts:
        return []
    given = json.dumps([_plain(chart) for chart in charts])
    done = subprocess.run([sys.executable, "-m", __name__], input=given, capture_output=True, text=True, cwd=ROOT, check=False, timeout=60)
    if done.returncode:
        raise RuntimeError(f"the charts could not be drawn: {done.stderr.strip()[-500:]}")
    return [base64.b64decode(picture) for picture in json.loads(done.stdout)]


def _plain(chart: Chart | Funnel) -> dict[str, Any]:
    if isinstance(chart, Funnel):
        return {"title": chart.title, "middle": chart.middle, "limits": [list(row) for row in chart.limits],
                "points": [[label, n, value, outside] for label, n, value, _limits, outside in chart.points]}
    return {"title": chart.title, "parts": list(chart.parts), "rows": [[label, list(numbers)] for label, numbers, _words in chart.rows]}


def _funnel(chart: dict[str, Any]) -> bytes:
    import altair as alt  # noqa: PLC0415
    import vl_convert  # noqa: PLC0415

    lines = [{"people": n, "value": value, "line": f"{name} {side}", "dash": name} for n, *limits in chart["limits"]
             for (name, side), value in zip((("95", "low"), ("95", "high"), ("99.8", "low"), ("99.8", "high")), limits, strict=True)]
    marks = [{"what": label, "people": n, "value": value, "mark": "outside the lines" if outside else "within"}
             for label, n, value, outside in chart["points"]]
    x = alt.X("people:Q", title="People who answered both times", scale=alt.Scale(zero=True), axis=alt.Axis(grid=False, format=",d"))
    y = alt.Y("value:Q", title="Higher less lower, of one", scale=alt.Scale(domain=[-1, 1]))
    limits = alt.Chart(alt.Data(values=lines)).mark_line(color="#7f7a71").encode(
        x=x, y=y, detail="line:N", strokeDash=alt.StrokeDash("dash:N", legend=alt.Legend(title="Limits of chance, in 100", orient="top")))
    middle = alt.Chart(alt.Data(values=[{"value": chart["middle"]}])).mark_rule(color=COLOURS[0]).encode(y=y)
    points = alt.Chart(alt.Data(values=marks)).mark_point(filled=True, size=80, opacity=1).encode(
        x=x, y=y, color=alt.Color("mark:N", scale=alt.Scale(domain=["within", "outside the lines"], range=COLOURS),
                                    legend=alt.Legend(title=None, orient="top")),
        shape=alt.Shape("mark:N", legend=None))
    drawn = alt.layer(limits, middle, points).properties(width=460, height=260).configure(font="Liberation Sans, Arial, sans-serif")
    return bytes(vl_convert.vegalite_to_png(drawn.configure_view(stroke=None).to_json(), scale=2))


def _draw(chart: dict[str, Any]) -> bytes:
    if "points" in chart:
        return _funnel(chart)
    import altair as alt  # noqa: PLC0415  (slow, and needed in the program only)
    import vl_convert  # noqa: PLC0415

    values = [
        {"what": label, "part": part, "people": number, "order": index, "row": row}
        for row, (label, numbers) in enumerate(chart["rows"]) for index, (part, number) in enumerate(zip(chart["parts"], numbers, strict=True))
    ]
    drawn = alt.Chart(alt.Data(values=values)).mark_bar().encode(
        y=alt.Y("what:N", sort=[label for label, _numbers in chart["rows"]], title=None, axis=alt.Axis(labelLimit=260, ticks=False, domain=False)),
        x=alt.X("people:Q", title=None, axis=alt.Axis(grid=True, tickCount=5, format=",d")),
        color=alt.Color("part:N", sort=chart["parts"], scale=alt.Scale(domain=chart["parts"], range=COLOURS),
                        legend=alt.Legend(title=None, orient="top") if len(chart["parts"]) > 1 else None),
        order="order:Q",
    ).properties(width=420, height=alt.Step(26)).configure(font="Liberation Sans, Arial, sans-serif").configure_view(stroke=None)
    return bytes(vl_convert.vegalite_to_png(drawn.to_json(), scale=2))


if __name__ == "__main__":
    json.dump([base64.b64encode(_draw(chart)).decode() for chart in json.load(sys.stdin)], sys.stdout)
