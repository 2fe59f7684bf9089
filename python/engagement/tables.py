"""The one place that opens the tables, on any engine.

DuckDB's file is opened at once, without dbt. On other engines dbt compiles a query and its adapter
runs it.
"""

import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from engagement.errors import UsageError
from engagement.project import Settings

Row = dict[str, Any]


def connect(
    file: Path | None = None, *, read_only: bool = False, config: Mapping[str, str] | None = None
) -> duckdb.DuckDBPyConnection:
    """A connection to a DuckDB file; without one, to a database in memory."""
    name = ":memory:" if file is None else str(file)
    return duckdb.connect(name, read_only=read_only, config=dict(config or {}))


def use(connection: duckdb.DuckDBPyConnection, schema: str) -> None:
    """Makes a schema of the open file the current one, even if both have the same name."""
    ((catalog,),) = connection.execute("select current_database()").fetchall()
    connection.execute(f'use "{catalog}"."{schema}"')


def analysis(settings: Settings, name: str, **values: object) -> str:
    """The query of analyses/NAME.sql, in which values take the place of var() of their names.

    A value stands inside a text literal of the query, so its quotes are doubled; one that a macro
    takes must not have any.
    """
    text = (settings.project / "analyses" / f"{name}.sql").read_text()
    for key, value in values.items():
        literal = str(value).replace("'", "''").replace("\\", r"\\")
        default = rf"var\('{key}', '[^']*'\)"
        text = re.sub(rf"\{{\{{ {default} \}}\}}", literal, text)
        text = re.sub(default, f"'{literal}'", text)
    return text


def read(settings: Settings, *queries: str) -> list[list[Row]]:
    """The rows of each query, which may use ref() of built models; an empty value is None.

    Raises:
        UsageError: A table has not been built.
    """
    plain = [_plain(settings, query) for query in queries]
    if settings.is_duckdb and not any("{{" in query for query in plain):
        return _read_file(settings.built_database(), plain)
    from engagement import runner

    frames = runner.read_all(settings, queries)
    return [
        [{str(name): value for name, value in row.items()} for row in rows]
        for rows in (
            frame.astype(object).where(frame.notna(), None).to_dict("records") for frame in frames
        )
    ]


def _read_file(file: Path, queries: list[str]) -> list[list[Row]]:
    """The rows of queries in DuckDB's SQL on its file."""
    found = []
    with connect(file, read_only=True) as connection:
        for query in queries:
            try:
                cursor = connection.execute(query)
            except (duckdb.CatalogException, duckdb.BinderException) as error:
                raise UsageError(f"{file} holds no scores: run engagement build first.") from error
            columns = [column[0] for column in cursor.description or []]
            found.append([dict(zip(columns, row, strict=True)) for row in cursor.fetchall()])
    return found


def _plain(settings: Settings, query: str) -> str:
    """A query in DuckDB's SQL, as far as that is known without dbt: tables and types."""
    sql = re.sub(r"\{\{ ref\('(\w+)'\) \}\}", lambda name: _place(settings, name[1]), query)
    for macro, data_type in {"type_double": "double", "type_text": "varchar"}.items():
        sql = sql.replace(f"{{{{ {macro}() }}}}", data_type)
    return sql


def _place(settings: Settings, name: str) -> str:
    """Where a model is stored in the DuckDB file."""
    suffix = "_internal" if name.startswith("int_") else ""
    return f'"{settings.schema()}{suffix}"."{name}"'


@dataclass(frozen=True)
class Copy:
    """The public tables as a DuckDB file, and the inputs as a folder of files."""

    database: Path
    inputs: Path


@contextmanager
def copied(settings: Settings) -> Iterator[Copy]:
    """The public tables and inputs as files, whatever engine holds them, for a with block.

    Files that exist already are not copied: the DuckDB file, and the folder of inputs.

    Raises:
        UsageError: A table has not been built, or the inputs are nowhere.
    """
    if settings.is_duckdb:
        yield Copy(settings.built_database(), settings.data_folder())
        return
    with tempfile.TemporaryDirectory(prefix="engagement-") as scratch:
        copy = Copy(Path(scratch) / "tables.duckdb", Path(scratch) / "inputs")
        _copy_tables(settings, copy.database)
        _copy_inputs(settings, copy.inputs)
        yield copy


def _copy_tables(settings: Settings, file: Path) -> None:
    from engagement.export.tables import public_tables, stage

    staged = file.with_suffix(".parquet")
    with connect(file) as connection:
        connection.execute(f'create schema "{settings.schema()}"')
        use(connection, settings.schema())
        for name, table in public_tables(settings).items():
            stage(settings, table, staged)
            connection.execute(f"create table \"{name}\" as from '{staged}'")


def _copy_inputs(settings: Settings, folder: Path) -> None:
    import pandas as pd

    from engagement import runner

    folder.mkdir()
    for source in runner.manifest(settings).sources.values():
        if source.package_name != "product_engagement":
            continue
        try:
            with runner.selecting(settings, f"select * from {source.relation_name}") as selected:
                rows = [row for batch in selected.batches for row in batch]
                frame = pd.DataFrame(rows, columns=list(selected.columns))
        except UsageError:
            if source.name == "events":
                raise
            continue
        frame.to_parquet(folder / f"{source.name}.parquet", index=False)
