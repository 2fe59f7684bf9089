"""Ids that a spreadsheet or pandas has turned into floats: in text, 42 and 42.0 are two ids."""

from collections.abc import Iterator, Mapping

import duckdb

from .contract import InputContract
from .relation import Relation, quoted


def float_ids(
    connection: duckdb.DuckDBPyConnection,
    contracts: Mapping[str, InputContract],
    relations: Mapping[str, Relation],
) -> Iterator[str]:
    """A sentence for each column of ids that all end in .0, where those they match do not."""
    for kind in ("user_id", "account_id"):
        columns = {
            place: _ends_in_zero(connection, relation, column)
            for place, relation, column in _columns(contracts, relations, kind)
        }
        plain = next((place for place, ends in columns.items() if ends is False), None)
        for place, ends in columns.items():
            if ends and plain:
                yield (
                    f"Every id in {place} ends in .0, and those in {plain} do not, so that none"
                    f" would match: write {place} as whole numbers or as text."
                )


def _columns(
    contracts: Mapping[str, InputContract], relations: Mapping[str, Relation], kind: str
) -> Iterator[tuple[str, Relation, str]]:
    """The columns that hold ids of a kind, as text."""
    for name, relation in relations.items():
        found = {column.lower(): column for column in relation.columns}
        for column, own in contracts[name].names.items():
            is_kind = column == kind or (kind == "user_id" and column == "alias_id")
            if is_kind and own in found and relation.columns[found[own]] == "VARCHAR":
                yield f"{name}.{found[own]}", relation, found[own]


def _ends_in_zero(
    connection: duckdb.DuckDBPyConnection, relation: Relation, column: str
) -> bool | None:
    """Whether all ids of a column end in .0; None without ids. Mostly the first rows tell."""
    value = quoted(column)
    for condition, answer in (("not like", False), ("like", True)):
        query = f"select 1 from {relation.sql} where {value} {condition} '%.0' limit 1"
        if connection.execute(query).fetchall():
            return answer
    return None
