"""A bar chart of seconds as SVG, for the docs."""

from collections.abc import Sequence
from html import escape

WIDTH, LABEL, BAR, ROW = 760, 290, 380, 26


def bar_chart(title: str, bars: Sequence[tuple[str, float | None, str]]) -> str:
    """Bars of (label, seconds or None for a failure, colour), the longest as wide as the chart."""
    longest = max([seconds for _, seconds, _ in bars if seconds] or [1])
    rows = []
    for number, (label, seconds, colour) in enumerate(bars):
        top = 46 + number * ROW
        width = BAR * (seconds or 0) / longest
        value = "failed" if seconds is None else f"{seconds:,.1f} s"
        rows.append(
            f'<text x="{LABEL - 8}" y="{top + 14}" text-anchor="end">{escape(label)}</text>'
            f'<rect x="{LABEL}" y="{top}" width="{width:.1f}" height="18" fill="{colour}"/>'
            f'<text x="{LABEL + width + 6:.1f}" y="{top + 14}">{value}</text>'
        )
    height = 60 + len(bars) * ROW
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'font-family="sans-serif" font-size="13">'
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>'
        f'<text x="16" y="26" font-size="16">{escape(title)}</text>{"".join(rows)}</svg>\n'
    )
