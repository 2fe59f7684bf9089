"""Opens the tables, on any engine. No other module does.

A DuckDB file is opened directly, without dbt. On other engines dbt compiles a query and its adapter
runs it.
"""

import json
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from engagement.atomic_write import private_files
from engagement.errors import UsageError
from engagement.project import Settings

if TYPE_CHECKING:
    import pandas as pd

Row = dict[str, Any]
#: DuckDB's types, as the project's macros name them.
TYPES = {"type_double": "double", "type_text": "varchar", "type_timestamp": "timestamp"}
#: Rows that are held at a time.
BATCH = 10_000
#: The dbt package that declares the inputs.
PACKAGE = "product_engagement"


@dataclass(frozen=True)
class Selected:
    """The column names of a result, and its rows in batches."""

    columns: tuple[str, ...]
    batches: Iterator[Sequence[Sequence[Any]]]


def connect(
    file: Path | None = None, *, read_only: bool = False, config: Mapping[str, str] | None = None
) -> duckdb.DuckDBPyConnection:
    """A connection to a DuckDB file, or to a database in memory if none is named."""
    name = ":memory:" if file is None else str(file)
    return duckdb.connect(name, read_only=read_only, config=dict(config or {}))


def make_private(file: Path) -> None:
    """Creates an empty DuckDB file that only its owner may read, if there is none.

    The working file holds e-mail addresses.
    """
    if not file.exists():
        with private_files():
            connect(file).close()


@contextmanager
def attached(file: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that reads a DuckDB file as the catalog `built`, for a with block.

    Opened by itself, a file with the name of its schema would make "engagement"."users" ambiguous.
    """
    with connect() as connection:
        connection.execute(f"attach {text_literal(str(file))} as built (read_only)")
        yield connection


def content_of(file: Path, schema: str) -> str:
    """`publication`, `none` if there is no such file, or nothing in it, or `other`."""
    if not file.exists() or file.stat().st_size == 0:
        return "none"
    try:
        with attached(file) as connection:
            tables = connection.execute(
                "select schema_name, table_name from duckdb_tables() where database_name = 'built'"
            ).fetchall()
    except duckdb.Error:
        return "other"
    if not tables:
        return "none"
    is_ours = (schema, "publication") in tables and all(place == schema for place, _ in tables)
    return "publication" if is_ours else "other"


def use(connection: duckdb.DuckDBPyConnection, schema: str) -> None:
    """Makes a schema of the open file current, even if file and schema have the same name."""
    ((catalog,),) = connection.execute("select current_database()").fetchall()
    connection.execute(f'use "{catalog}"."{schema}"')


def analysis(settings: Settings, name: str, **values: object) -> str:
    """The query of analyses/NAME.sql, with values in place of the var() of the same names.

    A value may hold any characters, unless the query passes it to a macro.
    """
    text = (settings.package / "analyses" / f"{name}.sql").read_text()
    names = "|".join(values) or "(?!)"
    return re.sub(
        rf"(\{{\{{ )?var\('({names})', '[^']*'\)(?(1) \}}\}})",
        lambda var: _escaped(str(values[var[2]])) if var[1] else f"'{values[var[2]]}'",
        text,
    )


def text_literal(text: str) -> str:
    """A SQL literal, also where an engine takes no expression."""
    return "'" + text.replace("'", "''") + "'"


def _escaped(text: str) -> str:
    """Text inside a SQL literal. Characters with a meaning to engines or Jinja become chr()."""
    return re.sub(r"['\\{]", lambda character: f"' || chr({ord(character[0])}) || '", text)


def literal(text: str) -> str:
    """A SQL expression of a text that neither an engine nor Jinja takes for something else."""
    return f"'{_escaped(text)}'"


def read(settings: Settings, *queries: str) -> list[list[Row]]:
    """The rows of each query, which may use ref() of built models; nulls are None.

    Raises:
        UsageError: A table has not been built.
    """
    published = [query.replace("{{ ref(", "{{ published(") for query in queries]
    if settings.is_duckdb:
        plain = [_plain(settings, query) for query in published]
        return _read_file(settings.built_database(), plain)
    from engagement import runner

    frames = runner.read_all(settings, published)
    return [rows_of(frame) for frame in frames]


def rows_of(frame: "pd.DataFrame") -> list[Row]:
    """The rows of a frame; nulls are None."""
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]


def _read_file(file: Path, queries: list[str]) -> list[list[Row]]:
    """The rows of queries in DuckDB's SQL on its file."""
    found = []
    with attached(file) as connection:
        for query in queries:
            cursor = _executed(connection, file, query)
            columns = [column[0] for column in cursor.description or []]
            found.append([dict(zip(columns, row, strict=True)) for row in cursor.fetchall()])
    return found


def _plain(settings: Settings, query: str) -> str:
    """Replaces the Jinja of a query of public tables: values, tables, types, days, byte order."""
    query = re.sub(r"\{\{ var\('\w+', '([^']*)'\) \}\}", r"\1", query)
    sql = re.sub(r"\{\{ published\('(\w+)'\) \}\}", lambda name: place(settings, name[1]), query)
    for macro, data_type in TYPES.items():
        sql = sql.replace(f"{{{{ {macro}() }}}}", data_type)
    sql = re.sub(r"\{\{ add_days\('([^']+)', (-?\d+)\) \}\}", r"cast(\1 + (\2) as date)", sql)
    return re.sub(r"\{\{ in_byte_order\('([^']+)'\) \}\}", r"\1", sql)


def place(settings: Settings, name: str) -> str:
    """Where a public table is in the attached publication."""
    return f'built."{settings.schema()}"."{name}"'


@contextmanager
def selecting(settings: Settings, sql: str) -> Iterator[Selected]:
    """The result of a query in the engine's SQL on the publication, in batches.

    Raises:
        UsageError: The query fails, mostly because a table has not been built.
    """
    if not settings.is_duckdb:
        from engagement import runner

        with runner.selecting(settings, sql) as selected:
            yield selected
        return
    with attached(settings.built_database()) as connection:
        cursor = _executed(connection, settings.built_database(), sql)
        columns = tuple(column[0] for column in cursor.description or [])
        yield Selected(columns, iter(lambda: cursor.fetchmany(BATCH), []))


def _executed(
    connection: duckdb.DuckDBPyConnection, file: Path, query: str
) -> duckdb.DuckDBPyConnection:
    try:
        return connection.execute(query)
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        reason = str(error).splitlines()[0].partition(": ")[2].rstrip("!")
        raise UsageError(f"{file}: {reason}. Run engagement build first.") from error


@dataclass(frozen=True)
class Copy:
    """The public tables as a DuckDB file, and the inputs as a folder of files.

    variables: the vars with which the inputs are to be read.
    of_tables: the inputs were tables, to which rows may have come since.
    """

    database: Path
    inputs: Path
    variables: Mapping[str, Any]
    of_tables: bool


@contextmanager
def copied(settings: Settings) -> Iterator[Copy]:
    """The public tables and the inputs of any engine as files, for a with block.

    The DuckDB file and the folder of inputs are used where they are.

    Raises:
        UsageError: A table has not been built, or events are missing.
    """
    with tempfile.TemporaryDirectory(prefix="engagement-") as scratch:
        if settings.is_duckdb:
            if not (settings.has_data_folder or settings.database_file().is_file()):
                settings.data_folder()  # Raises: a folder is what is mostly forgotten.
            database = settings.built_database()
        else:
            database = Path(scratch) / "tables.duckdb"
            _copy_tables(settings, database)
        variables = settings.all_variables()
        if variables["sources"]:
            inputs = Path(scratch) / "inputs"
            mapped = _copy_inputs_as_read(settings, inputs, variables)
            yield Copy(database, inputs, {**variables, **mapped}, not settings.has_data_folder)
        elif settings.has_data_folder:
            yield Copy(database, settings.data_folder(), variables, of_tables=False)
        else:
            inputs = Path(scratch) / "inputs"
            mapped = _copy_inputs(settings, inputs, variables.get("input_columns") or {})
            yield Copy(database, inputs, {**variables, "input_columns": mapped}, of_tables=True)


def _copy_tables(settings: Settings, file: Path) -> None:
    """Copies the public tables into a new DuckDB file."""
    from engagement.export.tables import public_tables, stage

    staged = file.with_suffix(".parquet")
    with connect(file) as connection:
        connection.execute(f'create schema "{settings.schema()}"')
        use(connection, settings.schema())
        for name, table in public_tables(settings).items():
            stage(settings, table, staged)
            connection.execute(f"create table \"{name}\" as from '{staged}'")


def _copy_inputs(
    settings: Settings, folder: Path, input_columns: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, str]]:
    """Copies the input tables that exist into a folder, a Parquet file each.

    Expressions of the var input_columns become columns; returns the names that stand for all.
    """
    import pandas as pd

    from engagement import runner

    folder.mkdir()
    names: dict[str, dict[str, str]] = {}
    for source in runner.manifest(settings).sources.values():
        if source.package_name != PACKAGE:
            continue
        if not runner.exists(settings, source):
            if source.name == "events":
                settings.data_folder()
            continue
        mapped = input_columns.get(source.name) or {}
        sql = {name: column["sql"] for name, column in mapped.items() if isinstance(column, dict)}
        names[source.name] = {**mapped, **{name: f"mapped_{name}" for name in sql}}
        columns = ["*", *(f"{expression} as mapped_{name}" for name, expression in sql.items())]
        query = f"select {', '.join(columns)} from {source.relation_name}"
        with runner.selecting(settings, query) as selected:
            rows = [[_text_of_json(value) for value in row] for row in chain(*selected.batches)]
            frame = pd.DataFrame(rows, columns=list(selected.columns))
        frame.to_parquet(folder / f"{source.name}.parquet", index=False)
    return names


def _copy_inputs_as_read(
    settings: Settings, folder: Path, variables: Mapping[str, Any]
) -> dict[str, Any]:
    """Copies the inputs, among them those that vendors make, into a folder, a Parquet file each.

    Returns the vars with which they are to be read.
    """
    from engagement import runner
    from engagement.inputs.contract import inputs_of

    folder.mkdir()
    made = inputs_of(settings.package, variables)
    queries = [f"select * from {{{{ input('{name}')['from'] }}}}" for name in made]
    mapped = {}
    for name, frame in zip(made, runner.read_all(settings, queries), strict=True):
        if list(frame.columns) == ["nothing"]:
            continue
        frame.to_parquet(folder / f"{name}.parquet", index=False)
        given = {} if made[name] else (variables["input_columns"] or {}).get(name) or {}
        mapped[name] = {
            column: f"mapped_{column}" if isinstance(value, dict) else value
            for column, value in given.items()
        }
    return {"input_columns": mapped, "input_tables": {}, "sources": []}


def _text_of_json(value: object) -> object:
    """A value, as text if the driver has parsed JSON."""
    return json.dumps(value) if isinstance(value, dict | list) else value
