"""Reports on a build: as text for people, as JSON for schedulers."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from engagement.runner import Build
from engagement.tables import connect, use


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
        return Summary(_last_run(connection, schemas[0]) if schemas else {}, rows)


def as_json(build: Build, summary: Summary) -> dict[str, Any]:
    """The run as one JSON object."""
    return {
        "status": "failed" if build.failures else "done",
        "seconds": round(build.seconds, 3),
        "published": build.unpublished_because is None,
        "counts": summary.counts,
        "tables": summary.rows,
        "warnings": [
            *({"node": "inputs", "message": warning} for warning in build.input_warnings),
            *({"node": node.name, "message": node.message} for node in build.warnings),
        ],
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
    for warning in build.input_warnings:
        console.print(f"[yellow]look at[/] inputs: {escape(warning)}", highlight=False)
    for node in build.warnings:
        console.print(f"[yellow]look at[/] {node.name}: {escape(node.message)}")
    for node in build.failures:
        console.print(f"[red]failed[/] {node.name}: {escape(node.message)}", highlight=False)
    tests = sum(node.kind == "test" for node in build.nodes)
    outcome = f"[red]{len(build.failures)} failed[/]" if build.failures else "[green]done[/]"
    if build.unpublished_because:
        console.print(
            f"Readers keep the last publication: {build.unpublished_because}.", highlight=False
        )
    console.print(
        f"{outcome}: {len(build.nodes) - tests} nodes, {tests} tests, {build.seconds:.1f} s"
    )


def _counts_line(counts: dict[str, Any]) -> str:
    return (
        f"as of {counts['as_of'] or 'no day (no accepted events)'}: "
        f"{counts['source_rows']:,} source rows = {counts['accepted_events']:,} accepted"
        f" + {counts['excluded_events']:,} excluded + {counts['rejected_events']:,} rejected"
        f" + {counts['pending_events']:,} pending (after that day)"
    )


def _last_run(connection: duckdb.DuckDBPyConnection, schema: str) -> dict[str, Any]:
    use(connection, schema)
    last = connection.execute(
        "select * exclude (run_id, started_at) from run_history order by started_at desc limit 1"
    )
    names = [column[0] for column in last.description]
    return {
        name: str(value) if isinstance(value, date) else value
        for row in last.fetchall()
        for name, value in zip(names, row, strict=True)
    }


def _rows(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> int:
    use(connection, schema)
    return int(connection.execute(f'select count(*) from "{table}"').fetchall()[0][0])
