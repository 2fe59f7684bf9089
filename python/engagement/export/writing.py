"""Writes public tables to files, whole or only the changes since an earlier export."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from engagement.atomic_write import atomic_write, private_files
from engagement.errors import UsageError
from engagement.project import Settings
from engagement.tables import connect, text_literal

from .files import FORMATS, alone_in
from .states import (
    changes_query,
    forget_old_states,
    in_order,
    known_state,
    state_file,
    state_query,
)
from .tables import Run, Table, last_run, named, public_tables, stage
from .views import CRMS, VIEWS

Progress = Callable[[str], None]
#: What a text begins with that a spreadsheet takes for a formula.
FORMULA_STARTS = "=+-@\t\r\n"


@dataclass(frozen=True)
class Export:
    """The outcome of an export: file -> rows, the run, and the number of texts cut for a CRM."""

    rows: dict[Path, int]
    run: Run
    cut_texts: int


@dataclass(frozen=True)
class Content:
    """The content of a file.

    Attributes:
        name: Of the file, without its ending.
        memory: The name under which its states are kept.
        tables: The public tables that it is made of.
        query: Its rows, in DuckDB's SQL.
        key: The columns that tell the rows apart.
        columns: All columns that a change is told by.
        cut_query: How many texts the query cuts, if it may.
    """

    name: str
    memory: str
    tables: Sequence[Table]
    query: str
    key: Sequence[str]
    columns: Sequence[str]
    cut_query: str | None = None


def export(
    settings: Settings,
    names: Sequence[str],
    folder: Path,
    file_format: str = "csv",
    crm: str | None = None,
    since: str | None = None,
    progress: Progress = lambda step: None,
    spreadsheet_safe: bool = True,
) -> Export:
    """Writes <table>.<format> for each table, and accounts and users in the format of a CRM.

    Args:
        settings: Project and database.
        names: Public tables.
        folder: Where to write to.
        file_format: One of FORMATS.
        crm: One of CRMS, whose accounts and users to write; None for none.
        since: A run that was exported to the folder before; then <table>.changes.<format> holds
            what has come, changed or gone since.
        progress: Called with what is being done.
        spreadsheet_safe: Whether a text in a CSV file that a spreadsheet would run as a formula
            gets an apostrophe in front.

    Raises:
        UsageError: There is no such table, no run has finished, the export of `since` is unknown,
            or the folder cannot be written to.
    """
    progress("reading the project")
    if settings.is_duckdb:
        settings.built_database()
    tables = public_tables(settings)
    contents = [*_tables(tables, names), *(_views(tables, crm) if crm else [])]
    with private_files(), alone_in(folder) as scratch:
        earlier = [
            known_state(folder, content.memory, since) if since else None for content in contents
        ]
        run = last_run(settings, tables)
        connection = _workbench(scratch)
        for table in {table.name: table for one in contents for table in one.tables}.values():
            progress(f"reading {table.name}")
            file = scratch / f"{table.name}.parquet"
            stage(settings, table, file)
            _show(connection, table.name, file)
        if last_run(settings, tables) != run:
            raise UsageError("A run finished while its tables were read: export again.")
        rows = {}
        for content, state in zip(contents, earlier, strict=True):
            progress(f"writing {content.name}")
            file = folder / f"{content.name}{'.changes' if state else ''}.{file_format}"
            is_guarded = spreadsheet_safe and file_format == "csv"
            rows[file] = _write(connection, content, file, file_format, state, is_guarded)
            now = state_file(folder, content.memory, run)
            if now != state:  # else what has changed since this very run would be gone next time
                with atomic_write(now) as partial:
                    _copy(connection, "from after", partial, FORMATS["parquet"])
                forget_old_states(folder, content.memory)
        return Export(rows, run, sum(_cut_texts(connection, content) for content in contents))


def _tables(tables: dict[str, Table], names: Sequence[str]) -> list[Content]:
    return [
        Content(
            table.name, table.name, [table], f'from "{table.name}"', table.key, [*table.columns]
        )
        for table in named(tables, names)
    ]


def _views(tables: dict[str, Table], crm: str) -> list[Content]:
    rules = CRMS[crm]
    return [
        Content(
            name=name,
            memory=f"{crm}.{name}",
            tables=named(tables, view.tables),
            query=view.query(rules),
            key=view.columns(rules)[:1],
            columns=view.compared_columns(rules),
            cut_query=view.cut_query(rules),
        )
        for name, view in VIEWS.items()
    ]


def _workbench(scratch: Path) -> duckdb.DuckDBPyConnection:
    """A database without a file, which spills to the scratch folder what does not fit in memory."""
    limit = os.environ.get("ENGAGEMENT_MEMORY_LIMIT", "80%")
    return connect(config={"temp_directory": str(scratch), "memory_limit": limit})


def _write(
    connection: duckdb.DuckDBPyConnection,
    content: Content,
    file: Path,
    file_format: str,
    state: Path | None,
    is_guarded: bool,
) -> int:
    """Writes all rows, or those that differ from a state; leaves the new state as `after`."""
    query = content.query
    connection.execute(
        f"create or replace table after as {state_query(query, content.key, content.columns)}"
    )
    if state:
        _show(connection, "before", state)
        query = changes_query(query, content.key)
    rows = in_order(query, content.key)
    if is_guarded:
        rows = guarded(connection, rows)
    with atomic_write(file) as partial:
        return _copy(connection, rows, partial, FORMATS[file_format])


def guarded(connection: duckdb.DuckDBPyConnection, query: str) -> str:
    """The query, with an apostrophe before each text that a spreadsheet would run as a formula.

    Those begin with one of FORMULA_STARTS (owasp.org/www-community/attacks/CSV_Injection).
    """
    described = connection.execute(f"describe {query}").fetchall()
    texts = [
        '"' + name.replace('"', '""') + '"' for name, kind, *_ in described if kind == "VARCHAR"
    ]
    if not texts:
        return query
    starts = ", ".join(f"chr({ord(character)})" for character in FORMULA_STARTS)
    changed = ", ".join(
        f"case when left({name}, 1) in ({starts}) then chr(39) || {name} else {name} end as {name}"
        for name in texts
    )
    return f"select * replace ({changed}) from ({query})"


def _show(connection: duckdb.DuckDBPyConnection, name: str, file: Path) -> None:
    """Makes a Parquet file a table by a name."""
    connection.execute(
        f'create or replace view "{name}" as from read_parquet({text_literal(str(file))})'
    )


def _copy(connection: duckdb.DuckDBPyConnection, query: str, file: Path, options: str) -> int:
    """Writes the rows of a query to a file, right there, and says how many they are."""
    to = f"{text_literal(str(file))} ({options}, use_tmp_file false)"
    ((count,),) = connection.execute(f"copy ({query}) to {to}").fetchall()
    return int(count)


def _cut_texts(connection: duckdb.DuckDBPyConnection, content: Content) -> int:
    if content.cut_query is None:
        return 0
    ((count,),) = connection.execute(content.cut_query).fetchall()
    return int(count)
