"""Amplitude's export of events as JSON lines: docs/sources/amplitude.md."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from engagement.simulate.layouts.layout import Files, Layout, Tables, without
from engagement.simulate.layouts.people import split
from engagement.simulate.layouts.rows import column, with_id
from engagement.simulate.layouts.text import joined, known, lines, quoted
from engagement.simulate.tables import ANONYMOUS, DEVICE, STRANGER, USER

PROJECT = "218028"
USER_PROPERTIES = ("email", "role", "is_internal", "is_champion")
GROUP_PROPERTIES = ("name", "industry", "created_at")
#: What the number of a person begins with, by the kind of id: a device's former person is merged
#: into that of the anonymous id, which is the user's.
DIGITS = {STRANGER: "3", DEVICE: "2", ANONYMOUS: "1", USER: "1"}


def events(first_day: str, rows: pa.Table) -> Files:
    """One file a week, with the keys of a row that are of use."""
    rows = with_id(rows)
    user_id, _ = split(column(rows, "user_id"))
    groups = joined('{"company":["', column(rows, "account_id"), '"]}')
    loaded_at = time_text(column(rows, "loaded_at"))
    text = joined(
        '{"uuid":',
        quoted(column(rows, "event_id")),
        f',"app":{PROJECT},"amplitude_id":',
        pc.fill_null(amplitude_id(column(rows, "user_id")), "null"),
        ',"user_id":',
        quoted(user_id),
        ',"event_type":',
        quoted(column(rows, "event_name")),
        ',"event_time":',
        time_text(column(rows, "occurred_at")),
        ',"server_upload_time":',
        loaded_at,
        ',"processed_time":',
        loaded_at,
        ',"event_properties":',
        pc.fill_null(column(rows, "properties"), "{}"),
        ',"groups":',
        pc.fill_null(groups, "{}"),
        ',"user_properties":{},"group_properties":{}}\n',
    )
    return {f"amplitude/{PROJECT}_{first_day}_0#0.json": text}


def entities(tables: Tables) -> tuple[Files, Tables]:
    """Properties of users and groups come with events of their own; merged ids are a table."""
    users = tables["users"]
    numbers = amplitude_id(users["user_id"]).to_pylist()
    said = [
        *(identify(user, int(n)) for user, n in zip(users.to_pylist(), numbers, strict=True)),
        *(group_identify(account) for account in tables["accounts"].to_pylist()),
    ]
    last_day = max(event["event_time"] for event in said).date()
    files = {
        f"amplitude/{PROJECT}_{last_day}_0#1.json": lines(said),
        "amplitude/merge_ids.jsonl": lines(merges(tables["identities"], users)),
    }
    return files, without(
        tables, ["identities"], users=("created_at", *USER_PROPERTIES), accounts=GROUP_PROPERTIES
    )


def identify(user: dict[str, Any], number: int) -> dict[str, Any]:
    """What is said of a user on the signup."""
    return {
        **call("$identify", user["user_id"], user["created_at"]),
        "amplitude_id": number,
        "user_id": user["user_id"],
        "user_creation_time": user["created_at"],
        "user_properties": known({name: user[name] for name in USER_PROPERTIES}),
    }


def group_identify(account: dict[str, Any]) -> dict[str, Any]:
    """What is said of an account when it begins."""
    return {
        **call("$groupidentify", account["account_id"], account["created_at"]),
        "groups": {"company": [account["account_id"]]},
        "group_properties": known({name: account[name] for name in GROUP_PROPERTIES}),
    }


def call(event_type: str, of: str, at: datetime) -> dict[str, Any]:
    """An event that is no use of the product."""
    return {
        "uuid": f"{event_type}-{of}",
        "app": int(PROJECT),
        "event_type": event_type,
        "event_time": at,
        "server_upload_time": at,
    }


def amplitude_id(user_id: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """The number of a person: a user and the anonymous id before the signup have the same."""
    for kind, digits in DIGITS.items():
        user_id = pc.replace_substring_regex(user_id, f"^{kind}_", digits)
    return pc.if_else(pc.utf8_is_digit(user_id), user_id, pa.scalar(None, pa.string()))


def time_text(times: pa.Array) -> pa.Array:
    """Times as Amplitude writes them, in quotes."""
    return quoted(times.cast(pa.string()))


def merges(identities: pa.Table, users: pa.Table) -> Iterator[dict[str, Any]]:
    """The persons of devices, merged into those that they turned out to be."""
    found = identities.filter(pc.starts_with(identities["alias_id"], f"{DEVICE}_"))
    merged, into = (amplitude_id(found[name]).to_pylist() for name in ("alias_id", "user_id"))
    at = pc.min(users["created_at"]).as_py()
    for one, other in zip(merged, into, strict=True):
        yield {
            "amplitude_id": int(one),
            "merged_amplitude_id": int(other),
            "merge_event_time": at,
        }


LAYOUT = Layout(events, entities)
