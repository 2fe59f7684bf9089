"""Parquet: files with the same columns are read together, and types are brought together by us.

DuckDB's union_by_name would turn a whole number beside a float into a float, and a time beside a
date into a date, without a word.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from engagement.errors import UsageError

from .contract import InputContract
from .relation import LARGEST, Relation, id_of_number, listed, quoted

FLOATS = ("FLOAT", "DOUBLE", "DECIMAL", "HALF")
TIMES = ("TIMESTAMP", "DATE")
NAMED = 3


@dataclass(frozen=True)
class Group:
    """Files with the same columns: their reader, and the columns by DuckDB's type."""

    paths: Sequence[Path]
    reader: str
    columns: dict[str, str]


def relation(
    contract: InputContract, paths: Sequence[Path], connection: duckdb.DuckDBPyConnection
) -> Relation:
    """The rows of some Parquet files, with types that the models can read.

    Raises:
        UsageError: A file is damaged, repeats a column, or holds ids that are not exact.
    """
    groups = _groups(connection, paths)
    texts = {
        contract.names[column] for column in contract.names if contract.types[column] == "text"
    }
    texts |= set(contract.also_read)
    kinds: dict[str, set[str]] = {}
    for group in groups:
        for name, kind in group.columns.items():
            kinds.setdefault(name.lower(), set()).add(kind)
    known = {*contract.names.values(), *contract.also_read}
    parts = []
    for group in groups:
        changed, columns = [], {}
        for name, kind in group.columns.items():
            if name.lower() not in known and len(groups) > 1:
                continue
            value, becomes = _value(name, kind, kinds[name.lower()], name.lower() in texts)
            columns[name] = becomes
            changed.append((name, value))
            if name.lower() in texts and kind.startswith(("FLOAT", "DOUBLE")):
                _refuse_inexact(connection, contract.name, group, name)
        if all(value == quoted(name) for name, value in changed) and len(changed) == len(
            group.columns
        ):
            parts.append(Relation(group.reader, columns))
            continue
        selected = ", ".join(f"{value} as {quoted(name)}" for name, value in changed)
        parts.append(
            Relation(f"(select {selected or '1 as nothing'} from {group.reader})", columns)
        )
    return Relation.union(parts)


def _groups(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> list[Group]:
    """The files by their columns, of which the footers tell."""
    try:
        rows = connection.execute(
            "select file_name, list((name, type, logical_type, converted_type, num_children)"
            f" order by column_id) from parquet_schema({listed(paths)}) group by file_name"
        ).fetchall()
    except duckdb.Error as error:
        raise UsageError(_sentence(connection, paths, error)) from None
    by_schema: dict[str, list[Path]] = {}
    for file, schema in sorted(rows):
        partitions = [part.split("=")[0] for part in Path(file).parts if "=" in part]
        by_schema.setdefault(str((schema, partitions)), []).append(Path(file))
    return [_group(connection, files) for files in by_schema.values()]


def _group(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> Group:
    own = _described(connection, f"read_parquet({listed(paths[:1])}, hive_partitioning = false)")
    names = [name.lower() for name, _ in own]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise UsageError(
            f"{paths[0]} has the column {', '.join(repeated)} more than once:"
            " keep one, or rename it."
        )
    partitions = {part.split("=")[0].lower() for part in paths[0].parts[:-1] if "=" in part}
    has_partitions = bool(partitions) and partitions.isdisjoint(names)
    options = "hive_partitioning = false"
    if has_partitions:
        options = "hive_partitioning = true, hive_types_autocast = false"
    reader = f"read_parquet({listed(paths)}, {options})"
    return Group(paths, reader, dict(_described(connection, reader)))


def _described(connection: duckdb.DuckDBPyConnection, reader: str) -> list[tuple[str, str]]:
    rows = connection.execute(f"describe select * from {reader}").fetchall()
    return [(row[0], row[1]) for row in rows]


def _value(name: str, kind: str, kinds: set[str], is_text: bool) -> tuple[str, str]:
    """A column as it is to be read, and its type then, given its types in all files."""
    column = quoted(name)
    if is_text and kind.startswith(FLOATS):
        return id_of_number(column, f"cast({column} as varchar)"), "VARCHAR"
    if len(kinds) == 1:
        return column, kind
    if all(other.startswith(TIMES) for other in kinds):
        zoned = "TIME ZONE" in kind
        return (
            f"timezone('UTC', {column})" if zoned else f"cast({column} as timestamp)",
            "TIMESTAMP",
        )
    if "TIME ZONE" in kind:
        return f"cast(timezone('UTC', {column}) as varchar)", "VARCHAR"
    return f"cast({column} as varchar)", "VARCHAR"


def _refuse_inexact(
    connection: duckdb.DuckDBPyConnection, input_name: str, group: Group, name: str
) -> None:
    """A float column holds ids only if it holds them exactly."""
    column = quoted(name)
    rows = connection.execute(
        f"select {column} from {group.reader}"
        f" where abs({column}) > {LARGEST} or isnan({column}) limit {NAMED}"
    ).fetchall()
    if rows:
        examples = ", ".join(str(row[0]) for row in rows)
        raise UsageError(
            f"The column {name} of the input {input_name} ({group.paths[0]}) holds ids as floats,"
            f" which are not exact above 2^53 ({examples}): write it as text or as whole numbers."
        )


def _sentence(
    connection: duckdb.DuckDBPyConnection, paths: Sequence[Path], error: duckdb.Error
) -> str:
    for path in paths:
        try:
            connection.execute(f"select count(*) from parquet_schema({listed([path])})").fetchall()
        except duckdb.Error as own:
            first = str(own).splitlines()[0]
            return f"{path} is no whole Parquet file ({first}): write it again."
    return str(error).splitlines()[0]
