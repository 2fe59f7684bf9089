"""JSON lines: keys by name from every row, however late they first appear."""

import codecs
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from engagement.errors import UsageError
from engagement.tables import text_literal

from .contract import InputContract
from .relation import Relation, id_of_number, listed, quoted
from .text import chunks_of, copy_of, look_at, opened

OPTIONS = "format = 'newline_delimited', ignore_errors = false, maximum_object_size = 33554432"
#: How many keys a message names.
NAMED = 20


@dataclass(frozen=True)
class Key:
    """A key as the file spells it, in how many rows it is, and in how many as a float."""

    name: str
    rows: int
    floats: int


def relation(
    contract: InputContract,
    paths: Sequence[Path],
    connection: duckdb.DuckDBPyConnection,
    scratch: Path,
) -> tuple[Relation, list[str]]:
    """The rows of some files of JSON lines, every column as text, and warnings.

    Raises:
        UsageError: A file cannot be read as it is; the message names it, and the line.
    """
    readable, expected = [], 0
    for path in paths:
        file = look_at(path)
        expected += file.rows
        readable.append(copy_of(path, scratch, _without_bom(path)) if file.has_bom else path)
    if not expected:
        return Relation.union([]), []
    keys = _keys(connection, contract, paths, readable, expected)
    wanted = {
        column: [key for name in contract.keys(column) for key in keys if key.name.lower() == name]
        for column in contract.names
    }
    values = {
        contract.names[column]: _value(found, contract.types[column] == "text")
        for column, found in wanted.items()
        if found
    }
    taken = {key.name for found in wanted.values() for key in found}
    others = [key.name for key in keys if key.name not in taken]
    floats = {key.name for key in keys if key.floats}
    columns = ", ".join(
        f"{text_literal(key)}: '{'JSON' if key in floats else 'VARCHAR'}'"
        for key in sorted({*taken, *others})
    )
    selected = [f"{value} as {quoted(name)}" for name, value in values.items()]
    selected += [quoted(name) for name in others]
    reader = f"read_json({listed(readable)}, {OPTIONS}, columns = {{{columns}}})"
    return (
        Relation(
            f"(select {', '.join(selected)} from {reader})",
            dict.fromkeys([*values, *others], "VARCHAR"),
        ),
        [],
    )


def _keys(
    connection: duckdb.DuckDBPyConnection,
    contract: InputContract,
    paths: Sequence[Path],
    readable: Sequence[Path],
    expected: int,
) -> list[Key]:
    """The keys that the contract has a use for; the most frequent others if one is missing.

    Raises:
        UsageError: A line is no JSON object.
    """
    names = {name for column in contract.names for name in contract.keys(column)}
    names |= set(contract.also_read)
    objects = f"read_json_objects({listed(readable)}, {OPTIONS})"
    count = "count(*) filter (json_type(json, '$.\"' || key || '\"') = 'DOUBLE')"
    pairs = f"(select json, unnest(json_keys(json)) as key from {objects})"
    query = f"select key, count(*), {count} from {pairs} {{}} group by key"
    query += " order by count(*) desc, key limit {}"
    known = "where lower(key) in (" + ", ".join(text_literal(name) for name in sorted(names)) + ")"
    try:
        ((rows, nonobjects),) = connection.execute(
            f"select count(*), count(*) filter (json_type(json) <> 'OBJECT') from {objects}"
        ).fetchall()
        if nonobjects or rows != expected:
            raise _wrong_line(paths)
        found = connection.execute(query.format(known, 1000)).fetchall()
        lower = {row[0].lower() for row in found}
        if any(lower.isdisjoint(contract.keys(column)) for column in contract.required_names()):
            unknown = known.replace(" in ", " not in ")
            found += connection.execute(query.format(unknown, NAMED)).fetchall()
    except duckdb.Error:
        raise _wrong_line(paths) from None
    return [Key(*row) for row in found]


def _value(keys: Sequence[Key], is_text: bool) -> str:
    """The value of a column as text: under the first of its keys that a row has.

    A float that holds an id loses its .0; in text it stays.
    """
    values = []
    for key in keys:
        column = quoted(key.name)
        if not key.floats:
            values.append(column)
            continue
        plain = f"{column} ->> '$'"
        number = f"cast({plain} as double)"
        is_float = f"json_type({column}) = 'DOUBLE'"
        values.append(id_of_number(number, plain, is_float) if is_text else f"({plain})")
    return values[0] if len(values) == 1 else f"coalesce({', '.join(values)})"


def _without_bom(path: Path) -> Iterator[bytes]:
    """The bytes of a file without its byte order mark."""
    for place, chunk in enumerate(chunks_of(path)):
        yield chunk if place else chunk.removeprefix(codecs.BOM_UTF8)


def _wrong_line(paths: Sequence[Path]) -> UsageError:
    """Names the first line that is no JSON object."""
    for path in paths:
        with opened(path) as file:
            for number, line in enumerate(file, start=1):
                content = line.removeprefix(codecs.BOM_UTF8) if number == 1 else line
                try:
                    is_object = not content.strip() or isinstance(json.loads(content), dict)
                except ValueError:
                    is_object = False
                if not is_object:
                    return UsageError(
                        f"{path}, line {number} is no JSON object: write one object a line."
                    )
    names = ", ".join(str(path) for path in paths)
    return UsageError(f"{names} cannot be read as JSON lines: write one object a line.")
