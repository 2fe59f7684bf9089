"""Who there is: users, accounts, their attributes on a day, and the members of accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from .days import Floats, Ints
from .inputs import Inputs
from .rejections import Intake, membership_on
from .seeds import Seeds

EntityType = Literal["user", "account"]
ENTITY_TYPES: tuple[EntityType, ...] = ("user", "account")
ATTRIBUTES_WITH_HISTORY = ("plan", "status", "owner")
#: The day before 9999-12-31, where open times end.
FOR_EVER = 2_932_895


@dataclass(frozen=True)
class People:
    """One row per entity, sorted by id: a position in a frame is the code of that entity.

    Both frames are indexed by id and have the columns of the input, is_inferred, first_seen_on,
    last_seen_on, signup_on (day numbers, NaN: never) and events. `users` also has `account_id`, the
    user's account on as_of, and `listed_account_id`, the one in the input. `seen_accounts` has the
    account of each inferred user's day with events in one: user_id, day, account_id.
    """

    users: pd.DataFrame
    accounts: pd.DataFrame
    seen_accounts: pd.DataFrame

    def of(self, entity_type: EntityType) -> pd.DataFrame:
        """The frame of one entity type."""
        return self.users if entity_type == "user" else self.accounts


def who_there_is(inputs: Inputs, seeds: Seeds, intake: Intake) -> People:
    """All users and accounts that are not left out."""
    accepted = intake.scored()
    users = _seen(inputs.users.set_index("user_id"), accepted, "user_id")
    seen_accounts = _accounts_by_day(accepted, users.index[users["is_inferred"]])
    as_of = FOR_EVER if intake.as_of is None else intake.as_of
    return People(
        users=_users(users, inputs, seeds, seen_accounts, as_of),
        accounts=_accounts(inputs, seeds, accepted),
        seen_accounts=seen_accounts,
    )


def _users(
    users: pd.DataFrame, inputs: Inputs, seeds: Seeds, seen_accounts: pd.DataFrame, as_of: int
) -> pd.DataFrame:
    listed = users["account_id"].astype("str")
    days = np.full(len(users), as_of, dtype=np.int64)
    account = _accounts_on(inputs, seen_accounts, listed, days)
    users = users.assign(
        listed_account_id=listed,
        account_id=account,
        is_internal=users["is_internal"].eq(True),
        is_champion=users["is_champion"].eq(True),
    )
    left_out = (
        users["is_internal"]
        | users.index.isin(seeds.excluded_users)
        | (users["account_id"].isin(seeds.excluded_accounts) & users["events"].eq(0))
    )
    return users[~left_out]


def _accounts(inputs: Inputs, seeds: Seeds, accepted: pd.DataFrame) -> pd.DataFrame:
    accounts = _seen(inputs.accounts.set_index("account_id"), accepted, "account_id")
    return accounts[~accounts.index.isin(seeds.excluded_accounts)]


def _seen(listed: pd.DataFrame, accepted: pd.DataFrame, key: str) -> pd.DataFrame:
    """The listed entities and those that only events know, with when they were seen."""
    by_entity = accepted.groupby(key)
    seen = by_entity["day"].agg(first_seen_on="min", last_seen_on="max")
    seen["events"] = by_entity["quantity"].sum()
    ids = sorted({*listed.index, *seen.index})
    entities = listed.reindex(ids).join(seen)
    return entities.assign(
        is_inferred=~entities.index.isin(listed.index),
        events=entities["events"].fillna(0).astype("int64"),
        signup_on=entities["created_on"].fillna(entities["first_seen_on"]),
    )


def _accounts_by_day(accepted: pd.DataFrame, inferred: pd.Index) -> pd.DataFrame:
    """user_id, day, account_id: of each day with an account that with most events, smallest id."""
    seen = accepted[accepted["user_id"].isin(inferred)]
    of_account = seen.groupby(["user_id", "day", "account_id"])
    counted = of_account["quantity"].sum().reset_index(name="events")
    ordered = counted.sort_values(["day", "events", "account_id"], ascending=[True, False, True])
    return ordered.drop_duplicates(["user_id", "day"])[["user_id", "day", "account_id"]]


def _accounts_on(
    inputs: Inputs, seen_accounts: pd.DataFrame, listed: pd.Series, days: Ints
) -> pd.Series:
    """The account of each user on a day, null for none; `listed`: user_id -> listed account."""
    ids = listed.index.to_series().reset_index(drop=True)
    member = membership_on(inputs.memberships, ids, days.astype("float64"))
    asked = pd.DataFrame({"user_id": ids, "day": days, "row": ids.index}).astype({"user_id": "str"})
    seen = seen_accounts.astype({"user_id": "str", "day": "int64"})
    last = pd.merge_asof(asked.sort_values("day", kind="stable"), seen, on="day", by="user_id")
    recent = last.set_index("row")["account_id"].reindex(ids.index).astype("str")
    return member.fillna(listed.reset_index(drop=True)).fillna(recent).set_axis(listed.index)


def accounts_on(
    entity_type: EntityType, inputs: Inputs, people: People, entities: Ints, days: Ints
) -> pd.Series:
    """(n,): the account of each entity (a code) on a day; null where a user had none."""
    if entity_type == "account":
        return people.accounts.index.take(entities).to_series()
    return _accounts_on(
        inputs, people.seen_accounts, people.users["listed_account_id"].take(entities), days
    )


# -- attributes --------------------------------------------------------------------------------


def attribute_on(
    inputs: Inputs, people: People, accounts: pd.Series, days: Ints, attribute: str
) -> pd.Series:
    """(n,): an attribute of each account on a day; null if it or the account is not known."""
    accounts = accounts.where(accounts.isin(people.accounts.index))
    listed = inputs.accounts.set_index("account_id")[attribute]
    asked = pd.DataFrame({"account_id": accounts.to_numpy(), "day": days.astype("float64")})
    asked = asked.astype({"account_id": "str"})
    if attribute not in ATTRIBUTES_WITH_HISTORY or inputs.account_history.empty:
        return asked["account_id"].map(listed).astype("str")
    history = inputs.account_history.sort_values("day", kind="stable")
    distinct = asked.dropna().drop_duplicates().sort_values("day")
    known = pd.merge_asof(
        distinct, history[["account_id", "day", attribute]], on="day", by="account_id"
    )
    known[attribute] = known[attribute].fillna(known["account_id"].map(listed).astype("str"))
    return asked.merge(known, on=["account_id", "day"], how="left")[attribute].astype("str")


# -- members -----------------------------------------------------------------------------------


def member_spells(inputs: Inputs, people: People, daily: pd.DataFrame) -> pd.DataFrame:
    """account, user (codes), start, end (the first day after): when who was a member of what."""
    spells = [
        _membership_spells(inputs, people),
        _listed_spells(inputs, people),
        _event_spells(daily),
    ]
    return _merged(pd.concat(spells), ["account", "user"])


def members_on(spells: pd.DataFrame, accounts: int, dates: Ints) -> Ints:
    """(dates, accounts): the number of members of each account on each date."""
    changes = np.zeros((len(dates) + 1, accounts), dtype=np.int64)
    for bound, change in (("start", 1), ("end", -1)):
        position = np.searchsorted(dates, spells[bound].to_numpy(), side="left")
        np.add.at(changes, (position, spells["account"].to_numpy()), change)
    return changes.cumsum(axis=0)[:-1]


def _membership_spells(inputs: Inputs, people: People) -> pd.DataFrame:
    """account, user, start, end (the first day after) of each membership."""
    memberships = inputs.memberships
    spells = pd.DataFrame(
        {
            "account": codes_of(memberships["account_id"], people.accounts.index),
            "user": codes_of(memberships["user_id"], people.users.index),
            "start": memberships["from_day"],
            "end": memberships["to_day"],
        }
    )
    return _real(spells)


def _listed_spells(inputs: Inputs, people: People) -> pd.DataFrame:
    """The spells of users in their listed account: from signup on, while no membership is valid."""
    users = people.users.reset_index(drop=True)
    account = codes_of(users["listed_account_id"], people.accounts.index)
    held = pd.DataFrame(
        {
            "user": codes_of(inputs.memberships["user_id"], people.users.index),
            "start": inputs.memberships["from_day"],
            "end": inputs.memberships["to_day"],
        }
    )
    held = _merged(held[held["start"] < held["end"]], ["user"])
    before = held.assign(start=held.groupby("user")["end"].shift(fill_value=-np.inf))
    before["end"] = held["start"]
    after = held.groupby("user").agg(start=("end", "max")).reset_index()
    without = users.index.difference(pd.Index(held["user"])).to_frame(name="user", index=False)
    gaps = pd.concat(
        [before, after.assign(end=np.inf), without.assign(start=-np.inf, end=np.inf)]
    ).query("user >= 0")
    signup = users["signup_on"].fillna(-np.inf).to_numpy()
    own = gaps["user"].to_numpy()
    return _real(gaps.assign(account=account[own], start=np.maximum(gaps["start"], signup[own])))


def _event_spells(daily: pd.DataFrame) -> pd.DataFrame:
    """From a user's first event in an account on, for ever."""
    first = daily.groupby(["account", "user"]).agg(start=("day", "min")).reset_index()
    return _real(first.assign(end=np.inf))


def _real(spells: pd.DataFrame) -> pd.DataFrame:
    """Spells of known users in known accounts that hold at least a day."""
    known = (spells["account"] >= 0) & (spells["user"] >= 0)
    return spells[known & (spells["start"] < spells["end"])].astype(
        {"start": "float64", "end": "float64"}
    )


def _merged(spells: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Overlapping and touching spells of the same keys as one."""
    ordered = spells.sort_values([*keys, "start"], ignore_index=True)
    reach = ordered.groupby(keys)["end"].cummax().groupby([ordered[key] for key in keys]).shift()
    block = (reach.isna() | (ordered["start"] > reach)).cumsum()
    return ordered.groupby([*keys, block.rename("block")], as_index=False).agg(
        start=("start", "min"), end=("end", "max")
    )


def codes_of(ids: pd.Series, index: pd.Index) -> Ints:
    """(n,): the position of each id in an index, -1 for strangers and nulls."""
    return index.get_indexer(pd.Index(ids)).astype(np.int64)


def first_days(days: Floats) -> Floats:
    """Day numbers where 'none' means 'always has been': -inf for NaN."""
    return np.where(np.isnan(days), -np.inf, days)
