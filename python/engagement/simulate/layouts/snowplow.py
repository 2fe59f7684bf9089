"""Snowplow's atomic.events, and the user mapping of its package: docs/sources/snowplow.md."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from engagement.simulate.catalogue import NAMES
from engagement.simulate.layouts.layout import Files, Layout, Tables, without
from engagement.simulate.layouts.people import links, split
from engagement.simulate.layouts.rows import column
from engagement.simulate.layouts.text import joined

SCHEMAS = "com_example"  # of the company: com.example


def events(first_day: str, rows: pa.Table) -> Files:
    """Self-describing events: the properties of each are in a column of its own."""
    user_id, cookie = split(column(rows, "user_id"))
    name, properties = column(rows, "event_name"), column(rows, "properties")
    entity = joined('[{"account_id":"', column(rows, "account_id"), '"}]')
    atomic = {
        "event_id": rows["event_id"],
        "app_id": pa.repeat("web-prod", rows.num_rows),
        "platform": pa.repeat("web", rows.num_rows),
        "etl_tstamp": rows["loaded_at"],
        "collector_tstamp": pc.coalesce(rows["occurred_at"], rows["loaded_at"]),
        "event": pa.repeat("unstruct", rows.num_rows),
        "user_id": user_id,
        "domain_userid": cookie,
        "derived_tstamp": rows["occurred_at"],
        "event_vendor": pa.repeat("com.example", rows.num_rows),
        "event_name": name,
        "load_tstamp": rows["loaded_at"],
        f"contexts_{SCHEMAS}_account_1": entity,
    }
    nothing = pa.scalar(None, pa.string())
    for event in NAMES:
        of_event = pc.fill_null(pc.equal(name, event), False)
        body = pc.if_else(of_event, properties, nothing)
        atomic[f"unstruct_event_{SCHEMAS}_{event}_1"] = body
    return {f"snowplow/events/{first_day}": pa.table(atomic)}


def entities(tables: Tables) -> tuple[Files, Tables]:
    """Snowplow knows which cookies belong to whom, and nothing else."""
    known = links(tables["identities"], tables["users"])
    mapping = {
        "user_identifier": known.alias_id,
        "user_id": known.user_id,
        "end_tstamp": known.linked_at,
    }
    files = {"snowplow/snowplow_unified_user_mapping": pa.table(mapping)}
    return files, without(tables, ["identities"])


LAYOUT = Layout(events, entities)
