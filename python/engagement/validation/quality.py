"""event_inventory, rejected_events and the counts of run_history: the outcome of the raw rows."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd

from .days import as_dates
from .history import in_force
from .inputs import not_blank, utc
from .rejections import ACCEPTED, EXCLUDED, PENDING, Intake
from .seeds import Seeds

REJECTED_COLUMNS = [
    "event_id",
    "event_name",
    "user_id",
    "account_id",
    "occurred_at",
    "loaded_at",
    "properties",
    "quantity",
    "event_date",
    "reason",
]

ACTORS = ("human", "agent", "api")

#: Columns of run_history that cover the rows a run read, which no other run can count again.
OF_ROWS_READ = ["recurring_event_ids"]


def event_inventory(intake: Intake, seeds: Seeds) -> pd.DataFrame:
    """event_inventory: one row per event name that occurs or is seeded."""
    accepted, excluded = intake.of(ACCEPTED), intake.of(EXCLUDED)
    steps = seeds.milestones.explode("events")
    seeded = {*seeds.weights["event_name"], *seeds.features["event_name"], *steps["events"]}
    seeded |= {rule.name for rule in seeds.derived_events}
    names = pd.Index(sorted({*accepted["event_name"], *excluded["event_name"], *seeded}))
    by_name = accepted.groupby("event_name")
    rows = _counts(by_name.size(), names)
    counted = intake.scored().groupby("event_name")
    by_actor = {
        actor: _counts(own.groupby("event_name")["quantity"].sum(), names)
        for actor, own in [
            *((actor, accepted[accepted["actor"] == actor]) for actor in ACTORS),
            ("other", accepted[~accepted["actor"].isin(ACTORS)]),
        ]
    }
    weights = _weights_on(intake.as_of, seeds).reindex(names)
    milestones = steps["entity_type"] + ":" + steps["milestone"]
    inventory = pd.DataFrame(
        {
            "source_rows": rows,
            "events": _counts(by_name["quantity"].sum(), names),
            **{f"{actor}_events": counts for actor, counts in by_actor.items()},
            "users": _counts(counted["user_id"].nunique(), names),
            "accounts": _counts(counted["account_id"].nunique(), names),
            "excluded_events": _counts(excluded.groupby("event_name")["quantity"].sum(), names),
            "first_seen_on": as_dates(by_name["day"].min().reindex(names).to_numpy()),
            "last_seen_on": as_dates(by_name["day"].max().reindex(names).to_numpy()),
            "weight": weights["milli"].map(_weight, na_action="ignore"),
            "daily_cap": weights["given_cap"].astype("Int64"),
            "counts_as_active": weights["active"].eq(True),
            "features": _joined(seeds.features["feature"], seeds.features["event_name"], names),
            "milestones": _joined(milestones, steps["events"], names),
            "is_seeded": names.isin(list(seeded)),
            "is_missing": names.isin(list(seeded)) & rows.eq(0),
        },
        index=names.rename("event_name"),
    )
    return inventory.reset_index()


def _counts(counts: pd.Series, names: pd.Index) -> pd.Series:
    """Counts by event name, 0 where there is none."""
    return counts.reindex(names, fill_value=0).astype("int64")


def _weights_on(as_of: int | None, seeds: Seeds) -> pd.DataFrame:
    """The weights of the version in force on as_of, by event name."""
    days = np.array([] if as_of is None else [as_of], dtype=np.int64)
    versions = [seeds.versions[i].name for i in in_force(seeds.versions, days) if i >= 0]
    return seeds.weights[seeds.weights["version"].isin(versions)].set_index("event_name")


def _weight(milli: float) -> Decimal:
    return Decimal(int(milli)).scaleb(-3)


def _joined(labels: pd.Series, events: pd.Series, names: pd.Index) -> pd.Series:
    """The distinct labels of each event name, sorted and joined by `|`; null without one."""
    distinct = pd.DataFrame({"label": labels, "event": events}).drop_duplicates()
    joined = distinct.sort_values("label").groupby("event")["label"].agg("|".join)
    return joined.reindex(names)


def rejected_events(intake: Intake) -> pd.DataFrame:
    """rejected_events without row_id: the distinct rejected rows, and how many copies there are."""
    rejected = intake.rejected()
    rows = pd.DataFrame(
        {
            "event_id": rejected["event_id"],
            "event_name": rejected["event_name"],
            "user_id": rejected["raw_user_id"],
            "account_id": rejected["raw_account_id"],
            "occurred_at": _comparable_time(rejected["occurred_text"]),
            "loaded_at": rejected["loaded_at"],
            "properties": rejected["properties"],
            "quantity": rejected["quantity_text"],
            "event_date": as_dates(rejected["day"].where(rejected["is_credible"]).to_numpy()),
            "reason": rejected["outcome"],
        }
    )
    copies = rows.groupby(REJECTED_COLUMNS, dropna=False).size()
    return copies.reset_index(name="copies")


def comparable_rejections(actual: pd.DataFrame) -> pd.DataFrame:
    """The public rejected_events with blank text as null and times in one form."""
    text = ["event_id", "event_name", "user_id", "account_id", "occurred_at"]
    blank = {name: not_blank(actual[name].astype("str")) for name in text if name in actual}
    tidy = actual.assign(**blank)
    if "occurred_at" in tidy:
        tidy["occurred_at"] = _comparable_time(tidy["occurred_at"])
    if {*REJECTED_COLUMNS, "copies"} != {*tidy.columns}:
        return tidy
    # Rows may differ in properties alone, and these are not published.
    return tidy.groupby(REJECTED_COLUMNS, dropna=False)["copies"].sum().reset_index()


def _comparable_time(text: pd.Series) -> pd.Series:
    """A time as received, as text: one form of every moment, unparsable text as it is.

    Typed times have no text of their own, and engines print them differently.
    """
    moments: pd.Series = utc(text).dt.strftime("%Y-%m-%d %H:%M:%S.%f")
    return moments.fillna(text)


def run_counts(intake: Intake) -> pd.DataFrame:
    """The counts of the last row of run_history."""
    outcomes = intake.events["outcome"].value_counts()
    decided = [int(outcomes.get(outcome, 0)) for outcome in (ACCEPTED, EXCLUDED, PENDING)]
    as_of = np.nan if intake.as_of is None else float(intake.as_of)
    return pd.DataFrame(
        {
            "as_of": as_dates(np.array([as_of])),
            "source_rows": [len(intake.events)],
            "accepted_events": decided[0],
            "excluded_events": decided[1],
            "rejected_events": len(intake.events) - sum(decided),
            "pending_events": decided[2],
            "recurring_event_ids": intake.recurring_event_ids,
        }
    )
