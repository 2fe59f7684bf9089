"""The charts as Vega-Lite, by Altair, each with a sentence and its rows as a table.

Specifications name colours as the style sheet does (--accent); the page puts in those of its theme.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

#: With fewer points over time there is no chart, but the list.
FEWEST_POINTS = 12
HEIGHT = 220
LEGEND = alt.Legend(title=None, orient="top", symbolType="stroke", symbolSize=200)
DAYS = alt.Axis(format="%b %Y", tickCount=8, grid=False, labelPadding=8, labelOverlap=True)
DASHES = [[1, 0], [6, 3], [2, 2], [8, 3, 2, 3]]


@dataclass(frozen=True)
class Chart:
    """A chart. spec: Vega-Lite, None if there are too few points.

    sentence: what it shows, for whoever does not see it. heads, rows: the same as a table.
    """

    name: str
    title: str
    sentence: str
    heads: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    spec: dict[str, Any] | None


@dataclass(frozen=True)
class Series:
    """A line of a chart: its label and its values by day, None where one is missing."""

    label: str
    values: dict[Any, float | None]


def lines(
    name: str,
    title: str,
    sentence: str,
    series: Sequence[Series],
    *,
    unit: str,
    domain: tuple[float, float] | None = None,
    marks: Sequence[tuple[Any, str]] = (),
    digits: int = 0,
) -> Chart:
    """Lines over time. unit: what the values are. marks: days with a label, as dashed lines."""
    days = sorted({day for one in series for day in one.values})
    heads = ("date", *(f"{one.label} ({unit})" if unit else one.label for one in series))
    rows = [(str(day), *(_round(one.values.get(day), digits) for one in series)) for day in days]
    points = [
        {"day": str(day), "what": one.label, "value": _round(one.values.get(day), digits)}
        for one in series
        for day in days
    ]
    spec = None
    if len(days) >= FEWEST_POINTS:
        labels = [one.label for one in series]
        legend = LEGEND if len(labels) > 1 else None
        base = alt.Chart(_data(points)).encode(
            x=alt.X("day:T", title=None, scale=alt.Scale(type="utc"), axis=DAYS),
            y=alt.Y(
                "value:Q",
                title=unit or None,
                scale=alt.Scale(domain=list(domain)) if domain else alt.Scale(zero=True),
                axis=alt.Axis(tickCount=5),
            ),
            tooltip=[
                alt.Tooltip("day:N", title="date"),
                alt.Tooltip("what:N", title="what"),
                alt.Tooltip("value:Q", title=unit or "value"),
            ],
        )
        colours = [f"--series-{n + 1}" for n in range(len(labels))]
        drawn = base.mark_line(strokeWidth=2, interpolate="monotone").encode(
            color=alt.Color(
                "what:N",
                sort=labels,
                scale=alt.Scale(domain=labels, range=colours),
                legend=legend,
            ),
            strokeDash=alt.StrokeDash(
                "what:N",
                sort=labels,
                scale=alt.Scale(domain=labels, range=DASHES[: len(labels)]),
                legend=legend,
            ),
        )
        layers: list[alt.Chart] = [drawn, base.mark_point(size=80, opacity=0, filled=True)]
        if marks:
            layers += _marks(marks)
        spec = _sized(alt.layer(*layers))
    return Chart(name, title, sentence, heads, rows, spec)


def _marks(marks: Sequence[tuple[Any, str]]) -> list[alt.Chart]:
    at = alt.Chart(_data([{"day": str(day), "label": label} for day, label in marks])).encode(
        x="day:T", tooltip=[alt.Tooltip("label:N", title="version")]
    )
    return [
        at.mark_rule(strokeDash=[4, 4], color="--muted"),
        at.mark_text(align="left", dx=4, y=8, color="--muted").encode(text="label:N"),
    ]


def gains_and_losses(
    name: str, title: str, sentence: str, rows: Sequence[tuple[Any, str, int]]
) -> Chart:
    """Bars above and below zero. rows: period, what, how many, negative for losses."""
    points = [
        {"period": f"{period:%b %Y}", "what": what, "value": value} for period, what, value in rows
    ]
    labels = list(dict.fromkeys(what for _, what, _ in rows))
    colours = {"new": "--good", "back": "--series-3", "lost": "--bad"}
    periods = sorted({period for period, _, _ in rows})
    by = {(period, what): value for period, what, value in rows}
    table = [
        (f"{period:%b %Y}", *(abs(by.get((period, what), 0)) for what in labels))
        for period in periods
    ]
    spec = None
    if len(periods) >= 3:
        chart = (
            alt.Chart(_data(points))
            .mark_bar()
            .encode(
                x=alt.X(
                    "period:N",
                    title=None,
                    sort=[f"{period:%b %Y}" for period in periods],
                    axis=alt.Axis(labelAngle=0, labelOverlap=True),
                ),
                y=alt.Y("value:Q", title="accounts", axis=alt.Axis(tickCount=5)),
                color=alt.Color(
                    "what:N",
                    sort=labels,
                    scale=alt.Scale(domain=labels, range=[colours[label] for label in labels]),
                    legend=alt.Legend(title=None, orient="top"),
                ),
                tooltip=[
                    alt.Tooltip("period:N", title="month"),
                    alt.Tooltip("what:N", title="what"),
                    alt.Tooltip("value:Q", title="accounts"),
                ],
            )
        )
        zero = alt.Chart(_data([{}])).mark_rule(color="--muted").encode(y=alt.datum(0))
        spec = _sized(alt.layer(chart, zero))
    return Chart(name, title, sentence, ("month", *labels), table, spec)


def rates(
    name: str,
    title: str,
    sentence: str,
    rows: Sequence[tuple[str, float, float, float, int]],
    *,
    what: str,
    rate: str,
) -> Chart:
    """Bars with intervals. rows: group, rate, lower and upper bound (0-1), accounts."""
    points = [
        {"group": group, "rate": value, "low": low, "high": high, "n": n}
        for group, value, low, high, n in rows
    ]
    table = [
        (group, f"{100 * value:.1f} %", f"{100 * low:.1f} to {100 * high:.1f} %", n)
        for group, value, low, high, n in rows
    ]
    spec = None
    if len(rows) > 1:
        base = alt.Chart(_data(points)).encode(
            x=alt.X(
                "group:N", sort=[row[0] for row in rows], title=what, axis=alt.Axis(labelAngle=0)
            ),
            tooltip=[
                alt.Tooltip("group:N", title=what),
                alt.Tooltip("rate:Q", title=rate, format=".1%"),
                alt.Tooltip("low:Q", title="from", format=".1%"),
                alt.Tooltip("high:Q", title="to", format=".1%"),
                alt.Tooltip("n:Q", title="observations"),
            ],
        )
        bars = base.mark_bar(color="--series-1", opacity=0.85).encode(
            y=alt.Y("rate:Q", title=rate, axis=alt.Axis(format="%", tickCount=5))
        )
        intervals = base.mark_rule(color="--text", strokeWidth=1.5).encode(y="low:Q", y2="high:Q")
        spec = _sized(alt.layer(bars, intervals))
    return Chart(name, title, sentence, (what, rate, "95 % interval", "observations"), table, spec)


def _data(rows: Sequence[dict[str, Any]]) -> alt.Data:
    return alt.Data(values=list(rows))  # type: ignore[no-untyped-call]


def _sized(chart: alt.LayerChart | alt.FacetChart) -> dict[str, Any]:
    """As wide as its place, as a specification."""
    spec: dict[str, Any] = chart.properties(width="container", height=HEIGHT).to_dict()
    return spec


def _round(value: float | None, digits: int) -> float | None:
    return None if value is None else round(float(value), digits)
