"""What the models read an input from: a table expression in DuckDB's SQL and its columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engagement.tables import text_literal

#: Up to here a float holds every whole number exactly.
LARGEST = 2**53 - 1


@dataclass(frozen=True)
class Relation:
    """A table expression for a from clause, and its columns: name -> DuckDB's type."""

    sql: str
    columns: Mapping[str, str]

    @classmethod
    def union(cls, parts: Sequence[Relation]) -> Relation:
        """The rows of all parts; a column that a part lacks is null there. Types must agree."""
        if not parts:
            return cls("(select 1 as nothing where 1 = 0)", {})
        if len(parts) == 1:
            return parts[0]
        columns: dict[str, str] = {}
        for part in parts:
            seen = {name.lower() for name in columns}
            columns |= {
                name: kind for name, kind in part.columns.items() if name.lower() not in seen
            }
        selects = " union all by name ".join(f"select * from {part.sql}" for part in parts)
        return cls(f"({selects})", columns)


def quoted(name: str) -> str:
    """A name as an identifier."""
    return '"' + name.replace('"', '""') + '"'


def id_of_number(number: str, as_written: str, is_float: str = "true") -> str:
    """A number that holds an id, as text: a whole float loses its .0, all else is as written."""
    whole = f"{is_float} and {number} = trunc({number}) and abs({number}) <= {LARGEST}"
    as_integer = f"cast(cast({number} as bigint) as varchar)"
    return f"case when {whole} then {as_integer} else {as_written} end"


def listed(paths: Sequence[Path]) -> str:
    """Files as a list of literals, none of which DuckDB takes for a pattern."""
    return "[" + ", ".join(text_literal(_literal(path)) for path in paths) + "]"


def _literal(path: Path) -> str:
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in str(path))
