"""Pendo's counts by hour, as Fivetran syncs them: docs/sources/pendo.md."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from engagement.simulate.catalogue import NAMES
from engagement.simulate.layouts.layout import Files, Layout, Tables, without
from engagement.simulate.layouts.people import split
from engagement.simulate.layouts.rows import is_given, minutes_ahead, with_id
from engagement.simulate.layouts.text import joined

#: What Pendo calls a visitor whom nobody has identified begins so.
UNKNOWN = "_PENDO_T_"
KEY = ("visitor_id", "account_id", "feature_id", "timestamp")


def events(first_day: str, rows: pa.Table) -> Files:
    """How often each visitor used a feature in an hour, in a week.

    Pendo counts an event when it comes: once, with a name, and not before its time.
    """
    rows = with_id(rows)
    is_counted = pc.and_(is_given(rows["event_name"]), pc.is_valid(rows["occurred_at"]))
    rows = each_once(rows.filter(pc.and_(is_counted, pc.less_equal(minutes_ahead(rows), 0))))
    counted = {
        "visitor_id": visitor_id(rows["user_id"].combine_chunks()),
        "account_id": rows["account_id"],
        "feature_id": joined("feature-", rows["event_name"]),
        "timestamp": pc.floor_temporal(rows["occurred_at"], unit="hour"),
        "_fivetran_synced": rows["loaded_at"],
    }
    counts = (
        pa.table(counted).group_by(KEY).aggregate([("_fivetran_synced", "max"), ([], "count_all")])
    )
    numbers = pa.array(range(counts.num_rows), pa.int64()).cast(pa.string())
    content = {
        "_fivetran_id": joined(f"{first_day}-", numbers),
        **{name: counts[name] for name in KEY},
        "num_events": counts["count_all"],
        "num_minutes": pa.repeat(1, counts.num_rows),
        "_fivetran_synced": counts["_fivetran_synced_max"],
    }
    return {f"pendo/feature_event/{first_day}": pa.table(content)}


def entities(tables: Tables) -> tuple[Files, Tables]:
    """Visitors and accounts; no table of Pendo says who a visitor without a name became."""
    users, accounts, identities = (tables[name] for name in ("users", "accounts", "identities"))
    visitors = {
        "id": users["user_id"],
        "last_updated_at": users["created_at"],
        "account_id": users["account_id"],
        "agent_email": users["email"],
        "agent_role": users["role"],
        "agent_is_internal": users["is_internal"],
        "first_visit": users["created_at"],
    }
    of_accounts = {
        "id": accounts["account_id"],
        "last_updated_at": accounts["created_at"],
        "agent_name": accounts["name"],
        "agent_industry": accounts["industry"],
        "agent_creationdate": accounts["created_at"],
    }
    features = {
        "id": pa.array([f"feature-{name}" for name in NAMES]),
        "name": pa.array(NAMES),
        "last_updated_at": pa.repeat(pc.min(accounts["created_at"]), len(NAMES)),
    }
    files = {
        "pendo/visitor_history": pa.table(visitors),
        "pendo/account_history": pa.table(of_accounts),
        "pendo/feature_history": pa.table(features),
    }
    beside = without(
        tables,
        users=("account_id", "email", "role", "is_internal", "created_at"),
        accounts=("name", "industry", "created_at"),
    )
    former = {
        name: visitor_id(identities[name].combine_chunks()) for name in identities.column_names
    }
    return files, {**beside, "identities": pa.table(former)}


def each_once(rows: pa.Table) -> pa.Table:
    """The first row of each id on a day."""
    day = rows["occurred_at"].cast(pa.date32(), safe=False)
    number = pa.array(range(rows.num_rows), pa.int64())
    keyed = pa.table({"id": rows["event_id"], "day": day, "number": number})
    first = keyed.group_by(["id", "day"]).aggregate([("number", "min")])["number_min"]
    return rows.take(first.take(pc.sort_indices(first)))


def visitor_id(user_id: pa.Array) -> pa.Array:
    """The id of a user, else what Pendo calls somebody whom it does not know."""
    user_id, former = split(user_id)
    return pc.coalesce(user_id, joined(UNKNOWN, former))


LAYOUT = Layout(events, entities)
