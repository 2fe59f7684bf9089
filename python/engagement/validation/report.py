"""Reports on a check: as text for people, as JSON for schedulers."""

from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from engagement.validation.check import Report


def as_json(report: Report) -> dict[str, Any]:
    """The check as one JSON object."""
    return {
        "status": "equal" if report.ok else "different",
        "seconds": round(report.seconds, 3),
        "sampled": report.sampled,
        "tables": {
            check.table: {"rows": check.rows, "values": check.values, "differences": check.counts}
            for check in report.tables
        },
        "differences": [
            {
                **asdict(difference),
                "key": {name: str(part) for name, part in difference.key.items()},
            }
            for check in report.tables
            for difference in check.differences
        ],
    }


def print_report(console: Console, report: Report) -> None:
    """Prints a check: its tables, and examples of every kind of difference."""
    table = Table("table", "rows", "values", "differences", box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for check in report.tables:
        colour = "red" if check.different else "green"
        found = f"[{colour}]{check.different:,}[/]"
        table.add_row(check.table, f"{check.rows:,}", f"{check.values:,}", found)
    console.print(table)
    if not report.ok:
        _print_differences(console, report)
    if report.sampled:
        console.print(f"compared: {report.sampled}")
    values = sum(check.values for check in report.tables)
    outcome = "[green]equal[/]" if report.ok else "[red]different[/]"
    console.print(
        f"{outcome}: {values:,} values recomputed from {report.events:,} raw events"
        f" with pandas, {report.seconds:.1f} s"
    )


def _print_differences(console: Console, report: Report) -> None:
    table = Table("table", "row", "column", "expected", "found", box=None, pad_edge=False)
    for check in report.tables:
        for difference in check.differences:
            key = ", ".join(str(part) for part in difference.key.values())
            column = difference.column or ""
            table.add_row(
                check.table, key, column, str(difference.expected), str(difference.actual)
            )
    console.print(table)
    built = [
        difference.actual
        for check in report.tables
        for difference in check.differences
        if (check.table, difference.column) == ("run_history", "as_of")
    ]
    if built:
        console.print(f"the tables were built as of {built[0]}: was that meant? --as-of {built[0]}")
