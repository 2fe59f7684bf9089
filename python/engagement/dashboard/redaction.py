"""Leaves out of a dashboard who accounts, users and owners are, for readers outside."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from engagement.dashboard.reading import Tables
from engagement.tables import Row

#: Columns that name somebody, by what they name.
NAMES = {
    "account_id": "account",
    "parent_account_id": "account",
    "name": "account",
    "owner": "owner",
    "user_id": "user",
    "champion_user_id": "user",
    "top_user_id": "user",
    "action_by": "owner",
}
#: Queries whose `name` is that of a role, feature or milestone.
OTHER_NAMES = ("account_parts",)
SENTENCES = ("sentence", "top_sentence", "reasons", "steps")


def redacted(tables: Tables) -> Tables:
    """The tables with "account 1", "user 1" and "owner 1" in place of ids and names."""
    accounts = _numbered("account", (row["account_id"] for row in tables["accounts"]))
    users = _numbered("user", (row["user_id"] for row in tables["users"]))
    owners = _numbered("owner", (row["owner"] for row in tables["accounts"]))
    known = {"account": accounts, "user": users, "owner": owners}
    words: dict[str, dict[str, str]] = {}
    for row in tables["accounts"]:
        account_id = row["account_id"]
        own = {account_id: accounts[account_id], row["name"] or account_id: accounts[account_id]}
        if row["owner"]:
            own[row["owner"]] = owners[row["owner"]]
        words[account_id] = own
    for row in tables["users"]:
        if row["account_id"] in words:
            words[row["account_id"]][row["user_id"]] = users[row["user_id"]]
    rows = {
        name: [
            _hidden(name, row, known, words.get(row.get("account_id") or "", {})) for row in found
        ]
        for name, found in tables.rows.items()
    }
    return replace(tables, rows=rows)


def _numbered(kind: str, names: Iterable[str | None]) -> dict[str, str]:
    found = dict.fromkeys(name for name in names if name is not None)
    return {name: f"{kind} {number}" for number, name in enumerate(found, start=1)}


def _hidden(
    query: str, row: Row, known: Mapping[str, Mapping[str, str]], words: Mapping[str, str]
) -> Row:
    hidden: dict[str, Any] = dict(row)
    for column, kind in NAMES.items():
        if hidden.get(column) is None or (column == "name" and query in OTHER_NAMES):
            continue
        if column == "name":
            hidden[column] = known["account"][row["account_id"]]
        else:
            hidden[column] = known[kind].get(row[column], kind)
    if "entity_id" in row:
        kind = row["entity_type"]
        hidden["entity_id"] = known[kind].get(row["entity_id"], kind)
    for column in SENTENCES:
        if hidden.get(column):
            hidden[column] = _replaced(hidden[column], words)
    return hidden


def _replaced(text: str, words: Mapping[str, str]) -> str:
    """The text with each name in place of which another stands, the longest first."""
    names = sorted((name for name in words if name in text), key=len, reverse=True)
    if not names:
        return text
    pattern = "|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in names)
    return re.sub(pattern, lambda found: words[found[0]], text)
