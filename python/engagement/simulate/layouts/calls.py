"""The tables of calls that Segment designed and RudderStack writes, too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from engagement.simulate.layouts.layout import Files, Layout, Tables, without
from engagement.simulate.layouts.people import lasting, links, split
from engagement.simulate.layouts.rows import column
from engagement.simulate.tables import DEVICE

USER_TRAITS = ("email", "role", "created_at", "is_internal")
GROUP_TRAITS = ("name", "industry", "created_at")


@dataclass(frozen=True)
class Calls:
    """The tables of one vendor.

    Attributes:
        vendor: Whose; the name of the folder.
        has_users: Whether there is a table of users beside the calls of identify.
        also: Columns of every track call, and the value that all rows have.
    """

    vendor: str
    has_users: bool
    also: Mapping[str, str]

    @property
    def layout(self) -> Layout:
        """How the vendor writes a company."""
        return Layout(self.events, self.entities)

    def events(self, first_day: str, rows: pa.Table) -> Files:
        """Track calls; properties are in tables of single events, which are not written."""
        user_id, anonymous_id = split(column(rows, "user_id"))
        tracks = {
            "id": rows["event_id"],
            "anonymous_id": anonymous_id,
            "user_id": user_id,
            "event": rows["event_name"],
            "event_text": rows["event_name"],
            "timestamp": rows["occurred_at"],
            "received_at": rows["loaded_at"],
            "uuid_ts": rows["loaded_at"],
            "context_group_id": rows["account_id"],
        }
        for name, value in self.also.items():
            tracks[name] = pa.repeat(value, rows.num_rows)
        return {f"{self.vendor}/tracks/{first_day}": pa.table(tracks)}

    def entities(self, tables: Tables) -> tuple[Files, Tables]:
        """Calls of identify, alias and group; no call says that somebody has left a group."""
        stays, ended = lasting(tables["memberships"])
        files = {
            "identifies": identifies(tables),
            "aliases": aliases(tables),
            "groups": pa.concat_tables([account_calls(tables), member_calls(stays)], **UNION),
        }
        if self.has_users:
            files["users"] = users(tables["users"])
        beside = without(
            tables, ["identities", "memberships"], users=USER_TRAITS, accounts=GROUP_TRAITS
        )
        named = {f"{self.vendor}/{name}": content for name, content in files.items()}
        return named, {**beside, "memberships": ended}


UNION = {"promote_options": "default"}


def call(kind: str, at: pa.ChunkedArray, **columns: pa.ChunkedArray | pa.Array) -> pa.Table:
    """Calls of one kind: when they came, and what they say."""
    ids = pa.array([f"{kind}-{number}" for number in range(len(at))], pa.string())
    return pa.table({"id": ids, **columns, "timestamp": at, "received_at": at, "uuid_ts": at})


def identifies(tables: Tables) -> pa.Table:
    """One call per user, on signup, under the anonymous id if there is one."""
    of_users, identities = tables["users"], tables["identities"]
    place = pc.index_in(of_users["user_id"], identities["user_id"].combine_chunks())
    anonymous_id = identities["alias_id"].combine_chunks().take(place.combine_chunks())
    traits = {name: of_users[name] for name in USER_TRAITS}
    return call(
        "identify",
        of_users["created_at"],
        anonymous_id=anonymous_id,
        user_id=of_users["user_id"],
        **traits,
    )


def aliases(tables: Tables) -> pa.Table:
    """One call per device that came to be known under another anonymous id."""
    identities = tables["identities"]
    known_at = links(identities, tables["users"]).linked_at
    of_device = pc.starts_with(identities["alias_id"], f"{DEVICE}_")
    found = identities.append_column("at", known_at).filter(of_device)
    return call("alias", found["at"], previous_id=found["alias_id"], user_id=found["user_id"])


def account_calls(tables: Tables) -> pa.Table:
    """One call of group per account, from a server: nobody becomes a member by it."""
    accounts = tables["accounts"]
    traits = {name: accounts[name] for name in GROUP_TRAITS}
    return call("group", accounts["created_at"], group_id=accounts["account_id"], **traits)


def member_calls(memberships: pa.Table) -> pa.Table:
    """One call of group per membership, on its first day."""
    at = memberships["valid_from"].cast(pa.timestamp("us"))
    members = {"user_id": memberships["user_id"], "group_id": memberships["account_id"]}
    return call("member", at, **members)


def users(of_users: pa.Table) -> pa.Table:
    """One row per user, with the latest traits."""
    traits = {name: of_users[name] for name in USER_TRAITS}
    return pa.table({"id": of_users["user_id"], "received_at": of_users["created_at"], **traits})
