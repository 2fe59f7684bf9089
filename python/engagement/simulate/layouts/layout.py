"""What a layout is, and how its files are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

#: Tables of the contract, by name.
Tables = Mapping[str, pa.Table]
#: What to write, by path below the folder: a table as Parquet; text, an array of lines that end
#: with a line feed, as it is. A path names no ending of Parquet.
Files = Mapping[str, pa.Table | pa.Array]


@dataclass(frozen=True)
class Layout:
    """How a company is written.

    Attributes:
        events: The files of a week, from the name of its first day and its rows as of the contract,
            in which copies stand beside their originals.
        entities: The vendor's files of all other tables, and what is left for our own inputs.
    """

    events: Callable[[str, pa.Table], Files]
    entities: Callable[[Tables], tuple[Files, Tables]]

    def write_events(self, folder: Path, first_day: str, events: pa.Table) -> None:
        """Write a week."""
        write(folder, self.events(first_day, events))

    def write_entities(self, folder: Path, tables: Tables) -> None:
        """Write all but the events."""
        files, beside = self.entities(tables)
        write(folder, {**files, **beside})


def write(folder: Path, files: Files) -> None:
    """Write files, and the folders in which they lie."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, pa.Table):
            # A name may have a point: .with_suffix would cut it.
            pq.write_table(content, path.with_name(f"{path.name}.parquet"), compression="zstd")
        else:
            path.write_bytes(bytes_of(content))


def bytes_of(lines: pa.Array) -> memoryview:
    """The text of an array without nulls, in which it already lies as one piece."""
    if not len(lines):
        return memoryview(b"")
    offsets = memoryview(lines.buffers()[1]).cast("i")
    first, end = offsets[lines.offset], offsets[lines.offset + len(lines)]
    return memoryview(lines.buffers()[2])[first:end]


def without(
    tables: Tables, names: Sequence[str] = (), **columns: Sequence[str]
) -> dict[str, pa.Table]:
    """What a vendor does not hold: all but some tables, and some columns of others."""
    return {
        name: table.drop_columns([*columns.get(name, ())])
        for name, table in tables.items()
        if name not in names
    }
