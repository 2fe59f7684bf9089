"""JSON as text, a piece for all rows at once. The simulation writes nothing to be escaped."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc


def joined(*pieces: pa.Array | str) -> pa.Array:
    """Pieces one after the other, a text the same for every row; null where one is."""
    return pc.binary_join_element_wise(*pieces, "")


def quoted(text: pa.Array) -> pa.Array:
    """A JSON string, or null."""
    return pc.fill_null(joined('"', text, '"'), "null")


def where_known(text: pa.Array, *pieces: pa.Array | str) -> pa.Array:
    """The pieces where a text is not null, else nothing."""
    return pc.if_else(pc.is_null(text), "", joined(*pieces))


def entries(objects: pa.Array) -> pa.Array:
    """The entries of a JSON object, each with a comma before it; nothing for null."""
    inside = pc.utf8_slice_codeunits(objects, 1, -1)
    return pc.fill_null(joined(",", inside), "")


def lines(rows: Iterable[Mapping[str, Any]]) -> pa.Array:
    """Objects as JSON lines, a row at a time; keys without a value are left out."""
    texts = [json.dumps(known(row), default=str) + "\n" for row in rows]
    return pa.array(texts, pa.string())


def known(row: Mapping[str, Any]) -> dict[str, Any]:
    """The entries of a row that have a value."""
    return {key: value for key, value in row.items() if value is not None}
