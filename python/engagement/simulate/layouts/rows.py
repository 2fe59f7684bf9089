"""What layouts ask of rows of events."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc


def column(rows: pa.Table, name: str) -> pa.Array:
    """A column in one piece."""
    return rows[name].combine_chunks()


def is_given(text: pa.ChunkedArray) -> pa.ChunkedArray:
    """Whether a text is there and is not blank."""
    return pc.fill_null(pc.not_equal(pc.utf8_trim_whitespace(text), ""), False)


def with_id(rows: pa.Table) -> pa.Table:
    """The rows that have an id: where the vendor makes it, none lacks it."""
    return rows.filter(is_given(rows["event_id"]))


def minutes_ahead(rows: pa.Table) -> pa.ChunkedArray:
    """How long after its loading a row says that it happened; 0 where a time is not known."""
    ahead = pc.minutes_between(rows["loaded_at"], rows["occurred_at"])
    return pc.fill_null(ahead, 0)
