"""The columns of the two large tables, and the HTML of their first rows.

The page holds the other rows as data; its script draws them from the same list of columns.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from markupsafe import Markup

from engagement.dashboard import formats

#: Rows that stand in the page before its script draws more.
FIRST_ROWS = 50


@dataclass(frozen=True)
class Column:
    """A column: the key of its values, its heading, how it is shown, and what it means.

    kind: account (a link), text, words, number, tenths, percent, band, delta, line or time.
    """

    key: str
    label: str
    kind: str
    meaning: str

    @property
    def is_number(self) -> bool:
        """Whether its values stand right-aligned, and are sorted from the largest on."""
        return self.kind in ("number", "tenths", "percent", "delta")


ACCOUNTS = (
    Column("name", "Account", "account", "account_profiles.name, else account_id"),
    Column("owner", "Owner", "text", "who looks after it"),
    Column("plan", "Plan", "text", "the plan today"),
    Column("mrr", "MRR", "number", "monthly recurring revenue"),
    Column("score", "Score", "tenths", "engagement score, 1-100; 0: nothing in the window"),
    Column("band", "Band", "band", "the range of scores it is in"),
    Column("change", "Change", "delta", "against the score one window before"),
    Column("line", "13 weeks", "line", "scores on Sundays, 0 to 100"),
    Column("signal", "Open signal", "words", "the most severe one"),
    Column("risk", "Risk", "number", "1: the customer most at risk (account_risk)"),
    Column("users", "Users", "number", "active in the window"),
    Column("seen", "Last seen", "time", "day of its last event"),
)

USERS = (
    Column("user", "User", "text", "user_id"),
    Column("name", "Account", "account", "the account today"),
    Column("role", "Role", "text", "the role today"),
    Column("score", "Score", "tenths", "engagement score, 1-100; 0: nothing in the window"),
    Column("band", "Band", "band", "the range of scores it is in"),
    Column("change", "Change", "delta", "against the score one window before"),
    Column("days", "Active days", "number", "in the window"),
    Column("features", "Features used", "percent", "of those available"),
    Column("next", "Next milestone", "text", "the first that is missing"),
    Column("seen", "Last seen", "time", "day of its last event"),
)


def over(columns: Sequence[Column], window_days: int | None) -> tuple[Column, ...]:
    """The columns, with the window in the heading of the change."""
    label = "Change" if window_days is None else f"In {window_days} days"
    return tuple(replace(one, label=label) if one.key == "change" else one for one in columns)


#: A row: its values by the key of their column, `id` of its account and `band_step`.
Values = Mapping[str, Any]


def body(columns: Sequence[Column], rows: Sequence[Values], today: date) -> Markup:
    """The rows as <tr>."""
    return Markup("").join(_row(columns, values, today) for values in rows)


def _row(columns: Sequence[Column], values: Values, today: date) -> Markup:
    cells = Markup("").join(
        Markup('<td data-label="{}"{}>{}</td>').format(
            column.label,
            Markup(' class="number"') if column.is_number else Markup(""),
            _cell(column, values, today),
        )
        for column in columns
    )
    return Markup("<tr>{}</tr>").format(cells)


def _cell(column: Column, values: Values, today: date) -> Markup | str:
    value = values[column.key]
    if column.kind == "band":
        return formats.band(value, values["band_step"])
    if column.kind == "line":
        return formats.line(value)
    if value is None or value == "":
        return formats.NOTHING
    match column.kind:
        case "account":
            return formats.account_link(values["id"], value)
        case "time":
            return formats.time(value, today)
        case "delta":
            return formats.delta(value)
        case "words":
            return formats.words(value)
        case "number":
            return formats.number(value)
        case "tenths":
            return formats.number(value, 1)
        case "percent":
            return formats.percent(value)
    return str(value)
