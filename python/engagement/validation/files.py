"""Reads columns of the inputs from files, by code of its own: nothing of the build is reused."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from engagement.tables import connect

from .settings import Settings

CSV_BLOCK_BYTES = 16 << 20
DELIMITERS = ",;\t|"
NO_PARTITION = "__HIVE_DEFAULT_PARTITION__"
EXACT = 2**53


def read_columns(settings: Settings, name: str, columns: str) -> pd.DataFrame:
    """The named columns of input `name`: text, or UTC times where the file has typed times.

    Raises:
        ValueError: There are no events. Any other input may be missing, and is then empty.
    """
    wanted = columns.split()
    files = list(_files(settings.data, settings.input_tables.get(name, name).lower()))
    if not files and name == "events":
        raise ValueError(
            f"There are no events at {settings.data}:"
            " name the folder that the tables were built from."
        )
    mapping = settings.input_columns.get(name) or {}
    asked = [_Asked(column, mapping.get(column)) for column in wanted]
    cells = [_cells_of(file, asked) for file in files]
    frame = pd.DataFrame(
        {
            column: pa.chunked_array(_alike([part[place] for part in cells]), None).to_pandas()
            if cells
            else pd.Series(dtype="str")
            for place, column in enumerate(wanted)
        }
    )
    return frame.astype({column: "str" for column in wanted if frame[column].dtype == object})


@dataclass(frozen=True)
class _Asked:
    """A column of the contract, and the var input_columns of it: a name, {sql}, or nothing."""

    column: str
    mapped: Any

    @property
    def expression(self) -> str | None:
        return str(self.mapped["sql"]) if isinstance(self.mapped, dict) else None

    def found_in(self, names: list[str]) -> str | None:
        """What the file calls it."""
        own = str(self.mapped or self.column).lower()
        return next((name for name in names if name.lower() == own), None)


def _files(folder: Path, name: str) -> Iterator[tuple[Path, Callable[..., pa.Table]]]:
    """The files of an input with what reads them, each as a table of all its columns asked for."""
    readers: dict[str, Callable[..., pa.Table]] = {
        ".parquet": _parquet,
        ".csv": _csv,
        ".tsv": _csv,
        ".jsonl": _jsonl,
        ".ndjson": _jsonl,
    }
    for entry in sorted(folder.iterdir()):
        is_folder = entry.is_dir() and entry.name.lower() == name
        for path in sorted(entry.rglob("*")) if is_folder else [entry]:
            plain = path.name.lower().removesuffix(".gz")
            ending = next((ending for ending in readers if plain.endswith(ending)), None)
            inside = path.relative_to(folder).parts
            if ending is None or not path.is_file() or path.stat().st_size == 0:
                continue
            if any(part.startswith((".", "_")) for part in inside):
                continue
            if is_folder or plain == name + ending:
                yield path, readers[ending]


def _cells_of(
    file: tuple[Path, Callable[..., pa.Table]], asked: list[_Asked]
) -> list[pa.Array | pa.ChunkedArray]:
    path, read = file
    table = read(path, asked)
    found = []
    for column in asked:
        if column.expression:
            with connect() as connection:
                connection.execute("set timezone = 'UTC'")
                connection.register("rows", table)
                query = f"select {column.expression} as value from rows"
                answer: pa.Table = connection.sql(query).to_arrow_table()
            found.append(_text_or_time(answer["value"]))
            continue
        name = column.found_in(table.column_names)
        found.append(_text_or_time(table[name]) if name else pa.nulls(table.num_rows, pa.string()))
    return found


def _alike(parts: list[pa.Array | pa.ChunkedArray]) -> list[pa.Array]:
    """Arrays of one type: where some are text and some times, all are text."""
    chunks = [
        chunk
        for part in parts
        for chunk in (part.chunks if isinstance(part, pa.ChunkedArray) else [part])
    ]
    if len({chunk.type for chunk in chunks}) > 1:
        chunks = [
            chunk if chunk.type == pa.string() else chunk.cast(pa.string()) for chunk in chunks
        ]
    return chunks or [pa.nulls(0, pa.string())]


def _text_or_time(cells: pa.ChunkedArray) -> pa.ChunkedArray | pa.Array:
    """Cells as text, or as UTC microseconds if they are times; a whole float loses its .0."""
    if pa.types.is_dictionary(cells.type):
        cells = cells.cast(cells.type.value_type)
    if pa.types.is_timestamp(cells.type):
        zone = cells.type.tz and "UTC"
        return cells.cast(pa.timestamp("us", zone), safe=False).cast(pa.timestamp("us"))
    if pa.types.is_nested(cells.type):
        return pa.array([_json_text(cell) for cell in cells.to_pylist()], pa.string())
    if pa.types.is_floating(cells.type) or pa.types.is_decimal(cells.type):
        numbers = cells.cast(pa.float64())
        is_whole = pc.and_(
            pc.equal(pc.trunc(numbers), numbers), pc.less(pc.abs(numbers), float(EXACT))
        )
        whole = pc.if_else(is_whole, numbers, None).cast(pa.int64()).cast(pa.string())
        return pc.coalesce(whole, cells.cast(pa.string()))
    return cells.cast(pa.string())


def _csv(path: Path, asked: list[_Asked]) -> pa.Table:
    opener = gzip.open if path.name.lower().endswith(".gz") else open
    with opener(path, "rb") as file:
        start = file.read(1 << 20).decode("utf-8-sig", errors="replace")
    header: list[str] = []
    delimiter = ","
    for candidate in DELIMITERS:
        reader = csv.reader(io.StringIO(start, newline=""), delimiter=candidate)
        names = next((record for record in reader if record), [])
        if len(names) > len(header):
            header, delimiter = names, candidate
    names = [name.strip() or f"column {place}" for place, name in enumerate(header, start=1)]
    return pa.csv.read_csv(
        path,
        read_options=pa.csv.ReadOptions(
            block_size=CSV_BLOCK_BYTES, column_names=names, skip_rows_after_names=1
        ),
        parse_options=pa.csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
        convert_options=pa.csv.ConvertOptions(
            include_columns=_needed(names, asked),
            column_types=dict.fromkeys(names, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
        ),
    )


def _needed(names: list[str], asked: list[_Asked]) -> list[str] | None:
    """The columns of a file to read; all of them for an expression, the first for a count."""
    if any(column.expression for column in asked):
        return names
    found = [name for column in asked if (name := column.found_in(names))]
    return list(dict.fromkeys(found or names[:1]))


def _jsonl(path: Path, asked: list[_Asked]) -> pa.Table:
    opener = gzip.open if path.name.lower().endswith(".gz") else open
    values: dict[str, list[str | None]] = {column.column: [] for column in asked}
    with opener(path, "rt", encoding="utf-8-sig") as lines:
        for row in (json.loads(line) for line in lines if line.strip()):
            lower = {key.lower(): cell for key, cell in row.items() if cell is not None}
            for column in asked:
                own = str(column.mapped or column.column).lower()
                camel = own if column.mapped else own.replace("_", "")
                cell = row.get(column.column, lower.get(own, lower.get(camel)))
                values[column.column].append(_json_text(cell))
    if any(column.expression for column in asked):
        raise ValueError("validate reads no SQL expressions on JSON lines: map names instead.")
    return pa.table(
        {
            str(column.mapped or column.column): pa.array(values[column.column], pa.string())
            for column in asked
        }
    )


def _json_text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < EXACT:
        return str(int(value))
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _parquet(path: Path, asked: list[_Asked]) -> pa.Table:
    file = pa.parquet.ParquetFile(path)
    table = file.read(columns=_needed(file.schema_arrow.names, asked))
    lower = [name.lower() for name in file.schema_arrow.names]
    for part in path.parts[:-1]:
        key, equals, value = part.partition("=")
        if equals and key.lower() not in lower:
            cell = None if value == NO_PARTITION else unquote(value)
            table = table.append_column(key, pa.array([cell] * table.num_rows, pa.string()))
    return table
