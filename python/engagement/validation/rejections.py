"""Classifies the raw events: each row in scope is accepted, excluded, rejected or pending."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pandas as pd

from .days import Floats, day_number, day_of
from .inputs import Inputs, read_properties, surviving
from .seeds import Seeds
from .settings import Settings, is_erased, naive_utc

ACCEPTED, EXCLUDED, PENDING = "accepted", "excluded", "pending"


@dataclass(frozen=True)
class Intake:
    """The rows in scope and their outcomes.

    events  the columns of Inputs.events and: raw_user_id, user_id (resolved), raw_account_id,
            account_id (the account of the event), is_credible (its day), outcome (accepted,
            excluded, pending or the reason of rejection), is_scored (its actor), properties (of
            rejected rows only)
    as_of   the last day that counts, a day number; None without an accepted event or a var
    recurring_event_ids  ids on more than one day, among rows rejected for nothing but duplicate
    """

    events: pd.DataFrame
    as_of: int | None
    recurring_event_ids: int

    def of(self, outcome: str) -> pd.DataFrame:
        """The rows with one outcome."""
        return self.events[self.events["outcome"] == outcome]

    def scored(self) -> pd.DataFrame:
        """The accepted rows of scored actors that stand for an event or more."""
        accepted = self.of(ACCEPTED)
        return accepted[accepted["is_scored"] & (accepted["quantity"] > 0)]

    def rejected(self) -> pd.DataFrame:
        """The rejected rows."""
        return self.events[~self.events["outcome"].isin([ACCEPTED, EXCLUDED, PENDING])]


def take_in(inputs: Inputs, seeds: Seeds, settings: Settings) -> Intake:
    """Decide every raw event."""
    rows = _in_scope(inputs.events, settings)
    is_future = _is_future(rows, settings)
    is_too_early = rows["day"] <= day_of(settings.earliest_event_date)
    reason = _reason(rows, is_future, is_too_early)
    usable = rows[reason.isna()]
    again = usable[usable.duplicated(["event_id", "day"], keep=False)]
    properties = _properties(rows, reason.notna() | rows.index.isin(again.index), settings)
    reason[_later_copies(again, properties)] = "duplicate"

    events = rows.assign(
        raw_user_id=rows["user_id"],
        raw_account_id=rows["account_id"],
        account_id=surviving(rows["account_id"], inputs.merged_accounts),
        is_credible=~(is_future | is_too_early),
        user_id=inputs.identities.of_events(rows["user_id"], rows["day"]),
        is_scored=rows["actor"].isin(settings.scored_actors),
        properties=properties.where(
            settings.publish_personal_data & ~is_erased(rows["received_user_id"], settings)
        ),
    )
    events["account_id"] = _account_of_event(events, inputs)
    is_excluded = _is_excluded(events, inputs, seeds)
    is_accepted = reason.isna() & ~is_excluded & (rows["quantity"] > 0)
    as_of = _as_of(rows["day"][is_accepted], rows, settings)
    is_pending = events["is_credible"] & (rows["day"] > (np.inf if as_of is None else as_of))
    events["outcome"] = np.select(
        [is_pending, reason.notna(), is_excluded], [PENDING, reason, EXCLUDED], ACCEPTED
    )
    days_of_id = usable[["event_id", "day"]].drop_duplicates()
    recurring = days_of_id.loc[days_of_id["event_id"].duplicated(), "event_id"].nunique()
    return Intake(events=events, as_of=as_of, recurring_event_ids=recurring)


def _in_scope(events: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    if settings.of_tables and settings.started_at is not None:
        # What has come since the run began waits for the next; what is later yet has a wrong clock.
        began, now = naive_utc(settings.started_at), naive_utc(datetime.now(UTC))
        latest = max(now, began + pd.Timedelta(days=1))
        has_come_since = (events["loaded_at"] > began) & (events["loaded_at"] <= latest)
        events = events[~has_come_since]
    if settings.loaded_before is None:
        return events
    loaded_at = events["loaded_at"].fillna(events["occurred_at"])
    return events[~(loaded_at >= naive_utc(settings.loaded_before))]


def _reference(rows: pd.DataFrame, settings: Settings) -> pd.Timestamp:
    """What the future is measured from: never later than the start of the run."""
    started_at = naive_utc(settings.started_at or datetime.now(UTC))
    latest = settings.reference_time or rows["loaded_at"].max()
    return started_at if pd.isna(latest) else min(naive_utc(latest), started_at)


def _is_future(rows: pd.DataFrame, settings: Settings) -> pd.Series:
    now = _reference(rows, settings)
    loaded_at = rows["loaded_at"].where(rows["loaded_at"] <= now, now)
    latest = loaded_at + pd.Timedelta(minutes=settings.clock_skew_minutes)
    is_future: pd.Series = rows["occurred_at"] > latest
    return is_future


def _reason(rows: pd.DataFrame, is_future: pd.Series, is_too_early: pd.Series) -> pd.Series:
    """The first reason of rejection that applies, before duplicates; null if none does."""
    tests = {
        "missing_event_id": rows["event_id"].isna(),
        "missing_event_name": rows["event_name"].isna(),
        "missing_occurred_at": rows["occurred_text"].isna(),
        "missing_user_id": rows["user_id"].isna() & rows["account_id"].isna(),
        "bad_quantity": rows["quantity"].isna(),
        "unparsable_occurred_at": rows["occurred_at"].isna(),
        "before_earliest_date": is_too_early,
        "future": is_future,
    }
    reason = np.select(list(tests.values()), list(tests), default="")
    return pd.Series(reason, index=rows.index, dtype="str").replace("", None).astype("str")


def _properties(rows: pd.DataFrame, needed: pd.Series, settings: Settings) -> pd.Series:
    """The properties of the rows that need them, null for all others."""
    if not needed.any():
        return pd.Series(index=rows.index, dtype="str")
    read = read_properties(settings)
    return read.reindex(rows.index).where(needed)


def _later_copies(again: pd.DataFrame, properties: pd.Series) -> pd.Index:
    """The rows that repeat an event of the same id and day, all but the first of each.

    Where quantities differ, the quantity was corrected: all but the last loaded.
    """
    ids = again[["event_name", "user_id", "account_id"]].assign(
        properties=properties.reindex(again.index)
    )
    text = ids.fillna("").agg("|".join, axis=1) if len(ids) else pd.Series(dtype="str")
    hashed = [hashlib.md5(row.encode(), usedforsecurity=False).hexdigest() for row in text]
    is_corrected = again.groupby(["event_id", "day"])["quantity"].transform("nunique") > 1
    loaded = again["loaded_at"].astype("int64").where(again["loaded_at"].notna())
    ordered = again.assign(
        row_hash=hashed,
        loading=loaded.where(~is_corrected, -loaded),
        correction=-again["quantity"],
    ).sort_values(["loading", "correction", "occurred_at", "row_hash", "actor"])
    return ordered.index[ordered.duplicated(["event_id", "day"])]


def _account_of_event(events: pd.DataFrame, inputs: Inputs) -> pd.Series:
    """The event's own account, else of the membership that day, else of the user, else none."""
    account = events["account_id"]
    asked = events.loc[account.isna(), ["user_id", "day"]]
    listed = asked["user_id"].map(inputs.users.set_index("user_id")["account_id"]).astype("str")
    member = membership_on(inputs.memberships, asked["user_id"], asked["day"].to_numpy())
    return account.fillna(member.fillna(listed)).astype("str")


def membership_on(memberships: pd.DataFrame, users: pd.Series, days: Floats) -> pd.Series:
    """The account of each user's membership on a day, null without one; indexed as `users`.

    Of several the one with the latest valid_from, then the smallest account_id.
    """
    asked = pd.DataFrame({"user_id": users.array, "day": days}).astype({"user_id": "str"})
    held = asked.drop_duplicates().merge(memberships, on="user_id")
    held = held[(held["from_day"] <= held["day"]) & (held["day"] < held["to_day"])]
    held = held.sort_values(
        ["valid_from", "account_id"], ascending=[False, True], na_position="last"
    ).drop_duplicates(["user_id", "day"])
    answered = asked.merge(held, on=["user_id", "day"], how="left")
    return answered["account_id"].set_axis(users.index).astype("str")


def _is_excluded(events: pd.DataFrame, inputs: Inputs, seeds: Seeds) -> pd.Series:
    internal = inputs.users.loc[inputs.users["is_internal"], "user_id"]
    return (
        events["user_id"].isin(internal)
        | events["user_id"].isin(seeds.excluded_users)
        | events["raw_user_id"].isin(seeds.excluded_users)
        | events["account_id"].isin(seeds.excluded_accounts)
        | events["raw_account_id"].isin(seeds.excluded_accounts)
    )


def _as_of(accepted_days: pd.Series, rows: pd.DataFrame, settings: Settings) -> int | None:
    """The var, else the last complete day: before that of the latest accepted event or of now."""
    if settings.as_of is not None:
        return day_of(settings.as_of)
    if accepted_days.empty:
        return None
    first, last = int(accepted_days.min()), int(accepted_days.max())
    now = day_number(pd.Series([_reference(rows, settings)]), settings.timezone)[0]
    default = last if first == last else min(last, int(now)) - 1
    built = day_of(settings.built_as_of) if settings.built_as_of else default
    return min(default, built)
