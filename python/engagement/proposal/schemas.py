"""A schema's tables as a folder of files, so that a proposal is made of them as of any others.

Of a DuckDB file or of the database of a target. Only tables that were recognized are copied, and
the copy is thrown away.
"""

import csv
import json
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from engagement import runner
from engagement.errors import UsageError
from engagement.project import PACKAGE, Settings
from engagement.proposal.recognition import Recognition, recognize_tables
from engagement.tables import attached, text_literal

#: The schema that is looked at where none is named, as in the var input_schema.
USUAL = "raw"
OF_SYSTEMS = {"information_schema", "pg_catalog"}
COLUMNS = (
    "select table_schema, table_name, column_name from information_schema.columns"
    " where table_catalog = {catalog} order by table_schema, table_name, ordinal_position"
)


@contextmanager
def copied_schema(place: Path | str, schema: str) -> Iterator[tuple[Path, Recognition]]:
    """The tables of a schema that were recognized as files, and what they were recognized as.

    Args:
        place: A DuckDB file, or the name of a target.
        schema: The schema's name.

    Raises:
        UsageError: It cannot be read, it has no tables, or none of them could be events.
    """
    with tempfile.TemporaryDirectory(prefix="engagement-") as scratch:
        folder = Path(scratch)
        if isinstance(place, Path):
            found = _copy_of_file(place, schema, folder)
        else:
            found = _copy_of_target(place, schema, folder)
        yield folder, found


def _copy_of_file(file: Path, schema: str, folder: Path) -> Recognition:
    with attached(file) as connection:
        columns = connection.execute(COLUMNS.format(catalog="'built'")).fetchall()
        tables, found = _recognized(columns, schema, str(file))
        for table in tables:
            place = text_literal(str(folder / f"{table}.parquet"))
            connection.execute(
                f"copy (from built.{_quoted(schema)}.{_quoted(table)}) to {place} (format parquet)"
            )
    return found


def _copy_of_target(target: str, schema: str, folder: Path) -> Recognition:
    settings = Settings(PACKAGE, target=target)
    runner.manifest(settings)
    with runner.selecting(settings, COLUMNS.format(catalog="current_database()")) as selected:
        columns = [row for batch in selected.batches for row in batch]
    tables, found = _recognized(columns, schema, f"The target {target}")
    for table in tables:
        query = f"select * from {_quoted(schema)}.{_quoted(table)}"
        with (
            runner.selecting(settings, query) as selected,
            (folder / f"{table}.csv").open("w", newline="", encoding="utf-8") as opened,
        ):
            writer = csv.writer(opened)
            writer.writerow(selected.columns)
            for batch in selected.batches:
                writer.writerows([_text(value) for value in row] for row in batch)
    return found


def _recognized(
    columns: Iterable[Sequence[str]], schema: str, where: str
) -> tuple[list[str], Recognition]:
    """The tables of a schema that are read, given schema, table and name of each column."""
    schemas: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for of_schema, table, column in columns:
        schemas[of_schema][table].add(column)
    if schema not in schemas:
        others = ", ".join(sorted(schemas.keys() - OF_SYSTEMS))
        there = f"those with tables are {others}" if others else "nor has any other"
        raise UsageError(f"{where} has no tables in the schema {schema}: {there} (--schema).")
    found = recognize_tables(schemas[schema], PACKAGE)
    if schema != USUAL:
        found = replace(found, schema=schema)
    return [table for table in schemas[schema] if table.lower() in found.tables], found


def _text(value: object) -> object:
    """A value as the readers of files expect it: the driver has parsed JSON and true."""
    if isinstance(value, dict | list):
        return json.dumps(value)
    return str(value).lower() if isinstance(value, bool) else value


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
