"""CSV and TSV: the delimiter that the header shows, and every row as wide as the header."""

import csv
import gzip
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from engagement.errors import UsageError
from engagement.tables import text_literal

from .contract import InputContract
from .relation import Relation, listed, quoted
from .text import chunks_of, copy_of, look_at, opened

#: The delimiters that are looked for.
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
#: The first record has to end within so many bytes.
HEADER_BYTES = 1 << 20
#: Nothing is left to DuckDB to find out; without new_line, it takes any one kind of line end.
OPTIONS = (
    "auto_detect = false, header = true, quote = '\"', escape = '\"', comment = '', nullstr = '',"
    " null_padding = false, strict_mode = true, ignore_errors = false, max_line_size = 16777216,"
    " encoding = 'utf-8'"
)


@dataclass(frozen=True)
class Dialect:
    """How a file is written: its delimiter, and the columns of its header in order."""

    delimiter: str
    columns: Sequence[str]


def relation(
    contract: InputContract,
    paths: Sequence[Path],
    connection: duckdb.DuckDBPyConnection,
    scratch: Path,
) -> tuple[Relation, list[str]]:
    """The rows of some CSV files, every column as text, and warnings.

    scratch: a folder for copies of files with mixed line ends.

    Raises:
        UsageError: A file cannot be read as it is; the message names it, and the line.
    """
    warnings = []
    readable: dict[Dialect, list[Path]] = {}
    for path in paths:
        dialect = dialect_of(contract, path)
        file = look_at(path, dialect.delimiter)
        if not dialect.columns:
            continue
        read_from = path
        if len(file.line_ends) > 1:
            read_from = copy_of(path, scratch, _with_one_line_end(path))
            warnings.append(
                f"{path} mixes line ends ({', '.join(sorted(file.line_ends))}):"
                " a copy with LF is read."
            )
        found = _parsed_rows(connection, dialect, path, read_from)
        # Of one column, an empty line is an empty value, which nothing needs.
        if found != file.rows - 1 and len(dialect.columns) > 1:
            raise UsageError(
                f"{path} has {file.rows - 1:,} rows after its header by its line ends, and"
                f" {found:,} by its quotes: look for a quote that is not closed."
            )
        readable.setdefault(dialect, []).append(read_from)
    parts = [
        Relation(_reader(dialect, files), dict.fromkeys(dialect.columns, "VARCHAR"))
        for dialect, files in readable.items()
    ]
    return Relation.union(parts), warnings


def dialect_of(contract: InputContract, path: Path) -> Dialect:
    """The delimiter under which the header has most of the contract's columns.

    Raises:
        UsageError: Two delimiters have as many, or the header repeats a column.
    """
    header = _header(path)
    wanted = {*contract.names.values(), *contract.also_read}
    columns = {delimiter: _split(header, delimiter) for delimiter in DELIMITERS}
    known = {
        delimiter: len(wanted & {name.lower() for name in names})
        for delimiter, names in columns.items()
    }
    best = max(known.values())
    splitting = [d for d in DELIMITERS if known[d] == best and len(columns[d]) > 1]
    if best and len(splitting) > 1:
        names = " and ".join(DELIMITERS[delimiter] for delimiter in splitting)
        raise UsageError(
            f"{path} may be separated by {names}: its header fits both. Write it with one of them."
        )
    chosen = splitting[0] if splitting else ","
    if best == 0:
        chosen = max(DELIMITERS, key=lambda delimiter: len(columns[delimiter]))
    lower = [name.lower() for name in columns[chosen]]
    repeated = sorted({name for name in lower if name and lower.count(name) > 1})
    if repeated:
        raise UsageError(
            f"{path} has the column {', '.join(repeated)} more than once: keep one, or rename it."
        )
    named = [name or f"column {place}" for place, name in enumerate(columns[chosen], start=1)]
    return Dialect(chosen, tuple(named))


def _with_one_line_end(path: Path) -> Iterator[bytes]:
    """The bytes of a file, with LF for every line end outside quotes."""
    is_within_quotes = False
    for chunk in chunks_of(path):
        parts = chunk.split(b'"')
        for place, part in enumerate(parts):
            if (place % 2 == 1) == is_within_quotes:
                parts[place] = part.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        is_within_quotes ^= len(parts) % 2 == 0
        yield b'"'.join(parts)


def _header(path: Path) -> str:
    """The text up to the end of the first record, without a byte order mark."""
    try:
        with opened(path) as file:
            return file.read(HEADER_BYTES).decode("utf-8-sig", errors="replace")
    except (EOFError, gzip.BadGzipFile):
        return ""


def _split(header: str, delimiter: str) -> list[str]:
    """The fields of the first record that is not empty, trimmed."""
    records = csv.reader(io.StringIO(header, newline=""), delimiter=delimiter)
    try:
        return [field.strip() for field in next((record for record in records if record), [])]
    except csv.Error:
        return []


def _reader(dialect: Dialect, paths: Sequence[Path]) -> str:
    columns = ", ".join(f"{text_literal(name)}: 'VARCHAR'" for name in dialect.columns)
    options = f"delim = {text_literal(dialect.delimiter)}, {OPTIONS}, columns = {{{columns}}}"
    reader = f"read_csv({listed(paths)}, {options})"
    if len(dialect.columns) == 1:
        return f"(select * from {reader} where {quoted(dialect.columns[0])} is not null)"
    return reader


def _parsed_rows(
    connection: duckdb.DuckDBPyConnection, dialect: Dialect, path: Path, read_from: Path
) -> int:
    """How many rows DuckDB finds; reads all columns, so that it finds what is wrong."""
    counts = ", ".join(f"count({quoted(name)})" for name in dialect.columns)
    try:
        rows = connection.execute(
            f"select count(*), {counts} from {_reader(dialect, [read_from])}"
        ).fetchall()
    except duckdb.Error as error:
        raise UsageError(_sentence(str(error), path, len(dialect.columns))) from None
    return int(rows[0][0])


def _sentence(message: str, path: Path, width: int) -> str:
    """DuckDB's error of a CSV file, with the line and what to do."""
    line = re.search(r"Line: (\d+)", message)
    place = f"{path}, line {line[1]}" if line else str(path)
    found = re.search(r"Found: (\d+)", message)
    if "Expected Number of Columns" in message and found:
        return (
            f"{place} has {found[1]} values, and the header has {width} columns: complete the line,"
            " or put values that hold the delimiter in quotes."
        )
    if "quote" in message.lower():
        return f'{place} has a quote that is not closed or not doubled: write "" for a quote.'
    if "maximum line size" in message.lower():
        return f"{place} is longer than 16 MB: look for a quote that is not closed."
    first = message.splitlines()[0]
    return f"{place} cannot be read: {first}"
