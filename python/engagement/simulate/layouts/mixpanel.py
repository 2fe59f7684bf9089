"""Mixpanel's raw export as JSON lines, profiles and identity mappings: docs/sources/mixpanel.md."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from engagement.simulate.layouts.layout import Files, Layout, Tables, without
from engagement.simulate.layouts.people import links, split
from engagement.simulate.layouts.rows import column, with_id
from engagement.simulate.layouts.text import entries, joined, known, lines, quoted, where_known


def events(first_day: str, rows: pa.Table) -> Files:
    """One file a week; times are in whole seconds."""
    rows = with_id(rows)
    user_id, device = split(column(rows, "user_id"))
    account_id = column(rows, "account_id")
    text = joined(
        '{"event":',
        quoted(column(rows, "event_name")),
        ',"properties":{"time":',
        number_text(column(rows, "occurred_at"), "s"),
        ',"distinct_id":',
        quoted(pc.coalesce(user_id, joined("$device:", device))),
        ',"$insert_id":',
        quoted(column(rows, "event_id")),
        ',"mp_processing_time_ms":',
        number_text(column(rows, "loaded_at"), "ms"),
        where_known(user_id, ',"$user_id":', quoted(user_id)),
        where_known(device, ',"$device_id":', quoted(device)),
        where_known(account_id, ',"company_id":', quoted(account_id)),
        entries(column(rows, "properties")),
        "}}\n",
    )
    return {f"mixpanel/raw_export/{first_day}.jsonl": text}


def entities(tables: Tables) -> tuple[Files, Tables]:
    """Profiles of users, and the devices that they came to be known on."""
    people = [
        {
            "distinct_id": user["user_id"],
            "properties": known(
                {
                    "$email": user["email"],
                    "$created": user["created_at"].isoformat(),
                    "role": user["role"],
                    "is_internal": user["is_internal"],
                    "is_champion": user["is_champion"],
                    "company_id": user["account_id"],
                }
            ),
        }
        for user in tables["users"].to_pylist()
    ]
    found = links(tables["identities"], tables["users"])
    devices = joined("$device:", found.alias_id)
    text = joined(
        '{"distinct_id":',
        quoted(devices),
        ',"resolved_distinct_id":',
        quoted(found.user_id),
        "}\n",
    )
    files = {
        "mixpanel/mp_people_data.jsonl": lines(people),
        "mixpanel/mp_identity_mappings_data.jsonl": text,
    }
    return files, without(tables, ["identities", "users"])


def number_text(times: pa.Array, unit: str) -> pa.Array:
    """Times as numbers since 1970, cut off at a unit; null where there is none."""
    numbers = times.cast(pa.timestamp(unit), safe=False).cast(pa.int64())
    return pc.fill_null(numbers.cast(pa.string()), "null")


LAYOUT = Layout(events, entities)
