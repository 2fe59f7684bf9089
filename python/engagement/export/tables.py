"""The public tables: their names, columns and keys, and the run that built them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from engagement import runner
from engagement.errors import UsageError
from engagement.project import Settings
from engagement.tables import place, selecting

#: Types of the contracts, as the engines name them, without precision.
TYPES = {
    **dict.fromkeys(("varchar", "text", "string"), pa.string()),
    **dict.fromkeys(("double", "double precision", "float64"), pa.float64()),
    **dict.fromkeys(("timestamp", "timestamp_ntz"), pa.timestamp("us")),
    "bigint": pa.int64(),
    "integer": pa.int32(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "bignumeric": pa.decimal256(76, 38),
}
#: The test that says which columns are the key of a table.
GRAIN = "unique_grain"


@dataclass(frozen=True)
class Table:
    """A public table.

    Attributes:
        name: Of the model.
        relation: Where it is stored, as the engine writes that.
        columns: Name -> type, as the contract says; so an empty table has types, too.
        key: The columns that tell its rows apart, as the test of its grain says.
    """

    name: str
    relation: str
    columns: Mapping[str, str]
    key: tuple[str, ...]

    @property
    def is_declared(self) -> bool:
        """Whether the project declares the columns and the key."""
        return bool(self.key and self.columns) and all(self.columns.values())

    def schema(self) -> pa.Schema:
        """The types of the columns, the same on every engine."""
        return pa.schema([(name, arrow_type(kind)) for name, kind in self.columns.items()])


@dataclass(frozen=True)
class Run:
    """A run that finished: its id, when it began (UTC), and the last day that counts."""

    run_id: str
    started_at: datetime
    as_of: date | None


def public_tables(settings: Settings) -> dict[str, Table]:
    """Name -> table, of all models whose access is public.

    Raises:
        UsageError: dbt could not read the project.
    """
    nodes = runner.manifest(settings).nodes.values()
    (publication,) = (node for node in nodes if node.name == runner.PUBLICATION)
    schema, _, quote = publication.relation_name.rpartition(runner.PUBLICATION)
    keys = {
        node.attached_node: tuple(node.test_metadata.kwargs["columns"])
        for node in nodes
        if getattr(node, "test_metadata", None) and node.test_metadata.name == GRAIN
    }
    return {
        node.name: Table(
            node.name,
            place(settings, node.name) if settings.is_duckdb else f"{schema}{node.alias}{quote}",
            {column.name: column.data_type or "" for column in node.columns.values()},
            keys.get(node.unique_id, ()),
        )
        for node in nodes
        if str(getattr(node, "access", None)) == "public" and node is not publication
    }


def named(tables: Mapping[str, Table], names: Sequence[str]) -> list[Table]:
    """The tables of these names, each once.

    Raises:
        UsageError: No public table has that name, or its contract or key is not declared.
    """
    for name in names:
        if name not in tables:
            near = get_close_matches(name, tables)
            hint = f"did you mean {' or '.join(near)}?" if near else f"name one of {_list(tables)}."
            raise UsageError(f"{name} is not a public table: {hint}")
        if not tables[name].is_declared:
            raise UsageError(
                f"The types or the key of {name} are unknown: give the model a contract and a test"
                f" {GRAIN}."
            )
    return [tables[name] for name in dict.fromkeys(names)]


def last_run(settings: Settings, tables: Mapping[str, Table]) -> Run:
    """The run that built the tables.

    Raises:
        UsageError: No run has finished, or nothing has been built.
    """
    sql = f"select * from {tables['run_history'].relation} order by started_at desc limit 1"
    with selecting(settings, sql) as selected:
        for batch in selected.batches:
            for row in batch:
                found = dict(zip(selected.columns, row, strict=True))
                return Run(found["run_id"], found["started_at"], found["as_of"])
    raise UsageError("No run has finished: run engagement build first.")


def stage(settings: Settings, table: Table, file: Path) -> None:
    """Writes a table to a Parquet file as it comes, in no order, some rows at a time.

    Raises:
        UsageError: The table has not been built, or lacks a column of its contract.
    """
    schema = table.schema()
    with (
        selecting(settings, f"select * from {table.relation}") as selected,
        pq.ParquetWriter(file, schema) as writer,
    ):
        missing = [name for name in schema.names if name not in selected.columns]
        if missing:
            raise UsageError(
                f"The table {table.name} lacks {_list(missing)}: run engagement build first."
            )
        places = [selected.columns.index(name) for name in schema.names]
        for rows in selected.batches:
            columns = list(zip(*rows, strict=True)) or [()] * len(selected.columns)
            arrays = [
                _array(columns[place], kind)
                for place, kind in zip(places, schema.types, strict=True)
            ]
            writer.write_batch(pa.record_batch(arrays, schema=schema))


def arrow_type(kind: str) -> pa.DataType:
    """The type of a contract, such as decimal(38,12).

    Raises:
        UsageError: Files cannot hold the type.
    """
    decimal = re.fullmatch(r"(?:decimal|numeric)\((\d+), ?(\d+)\)", kind.lower())
    if decimal:
        return pa.decimal128(int(decimal[1]), int(decimal[2]))
    name = re.sub(r"\(.*\)", "", kind.lower())
    if name not in TYPES:
        raise UsageError(f"A column of type {kind} cannot be exported: give it another contract.")
    return TYPES[name]


def _array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """(rows,): the values of a column. Hive's driver gives dates as text."""
    if pa.types.is_date(kind) and any(isinstance(value, str) for value in values):
        return pa.array(values, pa.string()).cast(kind)
    return pa.array(values, kind)


def _list(names: Sequence[str] | Mapping[str, Any]) -> str:
    return ", ".join(sorted(names))
