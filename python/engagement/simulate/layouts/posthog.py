"""PostHog's batch exports to files, events and persons: docs/sources/posthog.md."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, time
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from engagement.simulate.layouts.layout import Files, Layout, Tables, without
from engagement.simulate.layouts.people import Links, lasting, links
from engagement.simulate.layouts.rows import column
from engagement.simulate.layouts.text import entries, joined, known

USER_PROPERTIES = ("email", "role", "is_internal")
GROUP_PROPERTIES = ("name", "industry", "created_at")


def events(first_day: str, rows: pa.Table) -> Files:
    """One file a week; the account is the group of an event."""
    account_id = column(rows, "account_id")
    groups = joined(',"$groups":{"company":"', account_id, '"}')
    inside = joined(pc.fill_null(groups, ""), entries(column(rows, "properties")))
    content = event_table(
        uuid=rows["event_id"],
        event=rows["event_name"],
        distinct_id=rows["user_id"],
        properties=joined('{"$lib":"web"', inside, "}"),
        timestamp=rows["occurred_at"],
        inserted_at=rows["loaded_at"],
    )
    return {f"posthog/events/{first_day}": content}


def entities(tables: Tables) -> tuple[Files, Tables]:
    """Persons with all their ids; who is who, and what a group is, are events.

    No event says that somebody has left a group.
    """
    of_users = tables["users"]
    stays, ended = lasting(tables["memberships"])
    found = links(tables["identities"], of_users)
    calls = [
        *identify_calls(found),
        *(server_call(account) for account in tables["accounts"].to_pylist()),
        *(device_call(membership) for membership in stays.to_pylist()),
    ]
    files = {
        "posthog/events/calls": call_table(calls),
        "posthog/persons": persons(of_users, found.alias_id, found.user_id),
    }
    beside = without(
        tables,
        ["identities", "memberships"],
        users=("created_at", *USER_PROPERTIES),
        accounts=GROUP_PROPERTIES,
    )
    return files, {**beside, "memberships": ended}


#: The name, the distinct_id, the time and the properties of an event.
Call = tuple[str, str, datetime, dict[str, Any]]


def identify_calls(found: Links) -> Iterator[Call]:
    """What a device sends on the signup: who it was, and who it is."""
    columns = (found.alias_id, found.user_id, found.linked_at)
    for alias_id, user_id, at in zip(*(part.to_pylist() for part in columns), strict=True):
        yield "$identify", user_id, at, {"$anon_distinct_id": alias_id}


def server_call(account: dict[str, Any]) -> Call:
    """What a server says of a group, under an id of the group's own."""
    key = account["account_id"]
    told = known({name: account[name] for name in GROUP_PROPERTIES})
    return "$groupidentify", f"$company_{key}", account["created_at"], group(key, told)


def device_call(membership: dict[str, Any]) -> Call:
    """What the device of a member sends on the first day."""
    at = datetime.combine(membership["valid_from"], time.min)
    return "$groupidentify", membership["user_id"], at, group(membership["account_id"], {})


def group(key: str, told: dict[str, Any]) -> dict[str, Any]:
    """The properties of an event that says something of a group."""
    return {"$group_type": "company", "$group_key": key, "$group_set": told}


def call_table(calls: Sequence[Call]) -> pa.Table:
    """Events that are no use of the product."""
    names, distinct_ids, times, properties = zip(*calls, strict=True)
    at = pa.array(times, pa.timestamp("us"))
    return event_table(
        uuid=pa.array([f"call-{number}" for number in range(len(calls))]),
        event=pa.array(names),
        distinct_id=pa.array(distinct_ids),
        properties=pa.array([json.dumps(entry, default=str) for entry in properties]),
        timestamp=at,
        inserted_at=at,
    )


def event_table(
    uuid: pa.Array,
    event: pa.Array,
    distinct_id: pa.Array,
    properties: pa.Array,
    timestamp: pa.Array,
    inserted_at: pa.Array,
) -> pa.Table:
    """Events as PostHog exports them."""
    columns = {
        "uuid": uuid,
        "event": event,
        "distinct_id": distinct_id,
        "properties": properties,
        "timestamp": timestamp,
        "created_at": inserted_at,
        "_inserted_at": inserted_at,
    }
    return pa.table(columns)


def persons(users: pa.Table, alias_id: pa.Array, user_id: pa.Array) -> pa.Table:
    """One row per id of a person: the user's own, and those from before the signup."""
    ids, own = users["user_id"].combine_chunks(), users.num_rows
    place = pc.index_in(user_id, ids)
    told = [
        json.dumps(known({name: user[name] for name in USER_PROPERTIES}))
        for user in users.to_pylist()
    ]
    everybody = pa.concat_arrays([pa.array(range(own), pa.int32()), place])
    content = {
        "team_id": pa.repeat(4711, len(everybody)),
        "distinct_id": pa.concat_arrays([ids, alias_id]),
        "person_id": joined("person-", ids).take(everybody),
        "properties": pa.array(told, pa.string()).take(everybody),
        "person_distinct_id_version": pa.repeat(0, len(everybody)),
        "person_version": pa.repeat(0, len(everybody)),
        "created_at": users["created_at"].combine_chunks().take(everybody),
    }
    return pa.table(content)


LAYOUT = Layout(events, entities)
