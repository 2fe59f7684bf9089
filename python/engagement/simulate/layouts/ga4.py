"""Google Analytics 4 as BigQuery exports it, a table a day: docs/sources/ga4.md."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engagement.simulate.layouts.layout import Files, Layout, Tables, without
from engagement.simulate.layouts.people import links, split
from engagement.simulate.layouts.rows import column, minutes_ahead, with_id

VALUE = pa.struct(
    [
        ("string_value", pa.string()),
        ("int_value", pa.int64()),
        ("float_value", pa.float64()),
        ("double_value", pa.float64()),
    ]
)
ENTRY = pa.struct([("key", pa.string()), ("value", VALUE)])
A_DAY = 24 * 60  # minutes


def events(first_day: str, rows: pa.Table) -> Files:
    """The tables of the days of a week.

    A row without a time is in no table. Without a time of loading, nothing shows a row that is
    ahead of its time by less than a day: there is none.
    """
    rows = with_id(rows).filter(pc.is_valid(with_id(rows)["occurred_at"]))
    ahead = minutes_ahead(rows)
    rows = rows.filter(pc.or_(pc.less_equal(ahead, 0), pc.greater(ahead, A_DAY)))
    user_id, pseudo_id = split(column(rows, "user_id"))
    number = pc.utf8_slice_codeunits(column(rows, "event_id"), len("evt_")).cast(pa.int64())
    exported = event_table(
        column(rows, "occurred_at"), column(rows, "event_name"), user_id, pseudo_id
    )
    exported = exported.append_column("batch_ordering_id", number)
    exported = exported.append_column(
        "event_params", parameters(column(rows, "account_id"), column(rows, "properties"))
    )
    return by_day(exported, first_day)


def entities(tables: Tables) -> tuple[Files, Tables]:
    """GA4 knows who was seen on which device, here by the start of a session, and nothing else."""
    found = links(tables["identities"], tables["users"])
    size = len(found.user_id)
    started = event_table(
        found.linked_at, pa.repeat("session_start", size), found.user_id, found.alias_id
    )
    nothing = pa.nulls(size, pa.string())
    started = started.append_column("batch_ordering_id", pa.array(range(size), pa.int64()))
    started = started.append_column("event_params", parameters(nothing, nothing))
    return by_day(started, "sessions"), without(tables, ["identities"])


def event_table(at: pa.Array, name: pa.Array, user_id: pa.Array, pseudo_id: pa.Array) -> pa.Table:
    """Events as GA4 exports them, but for their parameters."""
    content = {
        "event_date": pc.strftime(at.cast(pa.date32(), safe=False), "%Y%m%d"),
        "event_timestamp": at.cast(pa.int64()),
        "event_name": name,
        "user_id": user_id,
        "user_pseudo_id": pseudo_id,
        "stream_id": pa.repeat("1234567890", len(at)),
        "platform": pa.repeat("WEB", len(at)),
    }
    return pa.table(content)


def by_day(exported: pa.Table, part: str) -> Files:
    """A file for each day."""
    day = exported["event_date"].combine_chunks()
    return {
        f"ga4/events_{date}/{part}": exported.filter(pc.equal(day, date))
        for date in pc.unique(day).to_pylist()
    }


def parameters(account_id: pa.Array, properties: pa.Array) -> pa.Array:
    """The account and the one property of each event as a list of keys and values."""
    encoded = properties.dictionary_encode()
    entries = [
        entry for text in encoded.dictionary.to_pylist() for entry in json.loads(text).items()
    ]
    which = encoded.indices.drop_null()
    keys = pa.array([key for key, _ in entries], pa.string()).take(which)
    texts = pa.array([text_or_none(value) for _, value in entries], pa.string()).take(which)
    numbers = pa.array([number_or_none(value) for _, value in entries], pa.int64()).take(which)

    named = account_id.drop_null()
    event = np.concatenate([positions(account_id), positions(properties)])
    order = pa.array(np.argsort(event, kind="stable"))
    size = len(event)
    value = pa.StructArray.from_arrays(
        [
            pa.concat_arrays([named, texts]).take(order),
            pa.concat_arrays([pa.nulls(len(named), pa.int64()), numbers]).take(order),
            pa.nulls(size, pa.float64()),
            pa.nulls(size, pa.float64()),
        ],
        fields=list(VALUE),
    )
    key = pa.concat_arrays([pa.repeat("account_id", len(named)), keys]).take(order)
    of_event = np.bincount(event, minlength=len(account_id))
    offsets = pa.array(np.append(0, np.cumsum(of_event)), pa.int32())
    entry = pa.StructArray.from_arrays([key, value], fields=list(ENTRY))
    return pa.ListArray.from_arrays(offsets, entry)


def positions(values: pa.Array) -> np.ndarray:
    """Where an array is not null."""
    return np.flatnonzero(pc.is_valid(values).to_numpy(zero_copy_only=False))


def text_or_none(value: object) -> str | None:
    """A value if GA4 holds it as text."""
    return value if isinstance(value, str) else None


def number_or_none(value: object) -> int | None:
    """A value if GA4 holds it as a number, as which it holds true and false."""
    return int(value) if isinstance(value, int) else None


LAYOUT = Layout(events, entities)
