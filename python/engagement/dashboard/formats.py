"""Numbers, dates and lines as people read them, as HTML.

The script in the page writes the rest of the rows in the same way (templates/dashboard.js); a test
in a browser holds the two against each other.
"""

from collections.abc import Sequence
from datetime import date

from markupsafe import Markup

from engagement.markup import account_address

MINUS = "\N{MINUS SIGN}"
#: Where something is not known.
UNKNOWN = "\N{EN DASH}"
NOTHING = Markup('<span class="none">{}</span>').format(UNKNOWN)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
#: Of a line, in pixels; scores, 0-100, on one scale in all.
LINE_WIDTH, LINE_HEIGHT = 96, 24


def number(value: float | None, digits: int = 0) -> str:
    """A number with its thousands apart, or a dash."""
    if value is None:
        return UNKNOWN
    return f"{_rounded(value, digits):,.{digits}f}".replace("-", MINUS)


def percent(value: float | None, digits: int = 0) -> str:
    """A rate, 0-1, as percent."""
    return UNKNOWN if value is None else f"{number(100 * value, digits)}\N{NO-BREAK SPACE}%"


def signed(value: float | None, digits: int = 1) -> str:
    """A change, with its sign."""
    if value is None:
        return UNKNOWN
    rounded = _rounded(value, digits)
    return f"{rounded:+,.{digits}f}".replace("-", MINUS) if rounded else f"{0:.{digits}f}"


def _rounded(value: float, digits: int) -> float:
    """Half away from zero, as a browser rounds what it shows; never minus zero."""
    return round(float(value), digits) or 0.0


def day(value: date | None) -> str:
    """A date as 12 May 2026."""
    return UNKNOWN if value is None else f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def time(value: date | None, today: date) -> Markup:
    """A date as 12 May, with its year if that is another than today's."""
    if value is None:
        return NOTHING
    year = "" if value.year == today.year else f" {value.year}"
    shown = f"{value.day} {MONTHS[value.month - 1]}{year}"
    return Markup('<time datetime="{}">{}</time>').format(value.isoformat(), shown)


def delta(value: float | None) -> Markup:
    """A change with an arrow: up is good."""
    if value is None:
        return NOTHING
    told = signed(value)
    way, arrow = (
        ("up", "▲ ") if told[0] == "+" else ("down", "▼ ") if told[0] == MINUS else ("", "")
    )
    return Markup('<span class="delta {}">{}{}</span>').format(way, arrow, told)


def band(name: str | None, position: int) -> Markup:
    """The name of a band on its colour; position: 0 is inactive, 1 the lowest band."""
    if not name:
        return NOTHING
    return Markup('<span class="band band-{}">{}</span>').format(position, name)


def account_link(account_id: str, text: str) -> Markup:
    """A link to the page of an account."""
    return Markup('<a href="{}">{}</a>').format(account_address(account_id), text)


def line(values: Sequence[float | None], lowest: float = 0, highest: float = 100) -> Markup:
    """A small line of values over time; a gap where one is missing, a dot on the last."""
    if sum(value is not None for value in values) < 2:
        return NOTHING
    step = (LINE_WIDTH - 8) / max(len(values) - 1, 1)
    height = LINE_HEIGHT - 6
    span = (highest - lowest) or 1
    drawn, dot, pen = [], Markup(""), "M"
    for position, value in enumerate(values):
        if value is None:
            pen = "M"
            continue
        x = _tenth(4 + position * step)
        y = _tenth(3 + height * (1 - (float(value) - lowest) / span))
        drawn.append(f"{pen}{x} {y}")
        pen = "L"
        if position == len(values) - 1:
            dot = Markup('<circle cx="{}" cy="{}" r="2.5"></circle>').format(x, y)
    return Markup(
        '<svg class="line" width="{}" height="{}" aria-hidden="true"><path d="{}"></path>{}</svg>'
    ).format(LINE_WIDTH, LINE_HEIGHT, "".join(drawn), dot)


def _tenth(value: float) -> str:
    """Rounded to a tenth of a pixel, half up, without a useless zero."""
    tenths = int(value * 10 + 0.5)
    return str(tenths // 10) if tenths % 10 == 0 else f"{tenths / 10}"


def words(name: str | None) -> str:
    """A name with its underscores as spaces."""
    return (name or "").replace("_", " ")
