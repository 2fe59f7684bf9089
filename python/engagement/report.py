"""Reports on a build or a check: as text for people, as JSON for schedulers."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from engagement.runner import Build
from engagement.tables import connect, use
from engagement.validation import Report


@dataclass(frozen=True)
class Summary:
    """A run in figures: the row of run_history, and the rows of each public table built."""

    counts: dict[str, Any]
    rows: dict[str, int]


def summarize(build: Build, database: Path | None) -> Summary:
    """Reads the counts of the latest run and of the tables it built from the DuckDB file.

    Empty if the file does not exist: nothing was built, or the target is not DuckDB.
    """
    if database is None or not database.is_file():
        return Summary({}, {})
    with connect(database, read_only=True) as connection:
        rows = {node.name: _rows(connection, node.schema, node.name) for node in build.tables}
        schemas = [node.schema for node in build.tables if node.name == "run_history"]
        counts = _last_run(connection, schemas[0]) if schemas else pd.DataFrame()
    latest = counts.to_dict("records")[0] if len(counts) else {}
    return Summary({str(name): _plain(value) for name, value in latest.items()}, rows)


def as_json(build: Build, summary: Summary) -> dict[str, Any]:
    """The run as one JSON object."""
    return {
        "status": "failed" if build.failures else "done",
        "seconds": round(build.seconds, 3),
        "counts": summary.counts,
        "tables": summary.rows,
        "warnings": [{"node": node.name, "message": node.message} for node in build.warnings],
        "failures": [{"node": node.name, "message": node.message} for node in build.failures],
    }


def print_build(console: Console, build: Build, summary: Summary) -> None:
    """Prints a run: its counts, its tables, its warnings and its failures."""
    if summary.counts:
        console.print(_counts_line(summary.counts))
    if summary.rows:
        table = Table("table", "rows", "seconds", box=None, pad_edge=False)
        table.columns[1].justify = table.columns[2].justify = "right"
        for node in sorted(build.tables, key=lambda node: node.name):
            table.add_row(node.name, f"{summary.rows[node.name]:,}", f"{node.seconds:.1f}")
        console.print(table)
    for node in build.warnings:
        console.print(f"[yellow]look at[/] {node.name}: {escape(node.message)}")
    for node in build.failures:
        console.print(f"[red]failed[/] {node.name}: {escape(node.message)}", highlight=False)
    tests = sum(node.kind == "test" for node in build.nodes)
    outcome = f"[red]{len(build.failures)} failed[/]" if build.failures else "[green]done[/]"
    console.print(
        f"{outcome}: {len(build.nodes) - tests} nodes, {tests} tests, {build.seconds:.1f} s"
    )


def validation_as_json(report: Report) -> dict[str, Any]:
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


def print_validation(console: Console, report: Report) -> None:
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


def _counts_line(counts: dict[str, Any]) -> str:
    return (
        f"as of {counts['as_of'] or 'no day (no accepted events)'}: "
        f"{counts['source_rows']:,} source rows = {counts['accepted_events']:,} accepted"
        f" + {counts['excluded_events']:,} excluded + {counts['rejected_events']:,} rejected"
        f" + {counts['pending_events']:,} pending (after that day)"
    )


def _last_run(connection: duckdb.DuckDBPyConnection, schema: str) -> pd.DataFrame:
    use(connection, schema)
    return connection.execute(
        "select * exclude (run_id, started_at) from run_history order by started_at desc limit 1"
    ).fetchdf()


def _rows(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> int:
    use(connection, schema)
    return int(connection.execute(f'select count(*) from "{table}"').fetchall()[0][0])


def _plain(value: Any) -> Any:
    if pd.isna(value):
        return None
    if isinstance(value, str):
        return value
    return str(value)[:10] if isinstance(value, pd.Timestamp) else int(value)
