"""The runs of a database: when, with what, and how each ended."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import duckdb
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from engagement.errors import UsageError
from engagement.project import Settings
from engagement.tables import Row, attached, read, rows_of

QUERY = "select * from {{ ref('run_history') }} order by started_at desc"
#: Columns that a person looks at first; the others are in the JSON.
SHOWN = {
    "started": "started_at",
    "as of": "as_of",
    "status": "status",
    "events": "accepted_events",
    "last day": "last_day_events",
    "usual": "usual_events",
    "message": "message",
}
NUMBERS = ("events", "last day", "usual")


def runs(settings: Settings) -> list[Row]:
    """The rows of run_history, the latest first; while a build goes on, as last published.

    Raises:
        UsageError: Nothing has been built.
    """
    if settings.is_duckdb and settings.working_file().is_file():
        built = f'built."{settings.schema()}_build".run_history'
        try:
            with attached(settings.working_file()) as connection:
                found = connection.execute(f"from {built} order by started_at desc")
                names = [column[0] for column in found.description]
                return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
        except (duckdb.IOException, duckdb.CatalogException):  # a build goes on, or none has ended
            return read(settings, QUERY)[0]
    if settings.is_duckdb:
        return read(settings, QUERY)[0]
    from engagement import runner

    frame = runner.read(settings, QUERY)
    return rows_of(frame)


def require_published(settings: Settings, command: str) -> None:
    """Sees to it that what has been built last is what readers see.

    Raises:
        UsageError: It is not; the command reads tables that are not published themselves.
    """
    ((shown,),) = read(settings, "select run_id from {{ ref('publication') }}")
    last = runs(settings)[0]
    if last["run_id"] != shown["run_id"]:
        because = f" ({last['message']})" if last["message"] else ""
        raise UsageError(
            f"The last build, which began at {last['started_at']} UTC, was not published{because}:"
            f" {command} reads what a build leaves beside the publication, so build again first."
        )


def as_json(found: Sequence[Row]) -> list[dict[str, Any]]:
    """The runs as JSON objects, with times and days as text."""
    return [
        {name: str(value) if isinstance(value, date) else value for name, value in row.items()}
        for row in found
    ]


def print_history(console: Console, found: Sequence[Row]) -> None:
    """Prints a line for each run."""
    table = Table(*SHOWN, box=None, pad_edge=False)
    for column in table.columns:
        column.overflow = "fold"
        column.justify = "right" if column.header in NUMBERS else "left"
    for row in found:
        table.add_row(*(escape(_text(row.get(column))) for column in SHOWN.values()))
    console.print(table)


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, int | float):
        return f"{value:,.0f}"
    return "" if value is None else str(value)
