"""User and account scores with pandas, as one would write them for one company.

`python pandas_script.py DATA OUT`: the simulator's parquet files in, user_scores and account_scores
as parquet out. One scoring version (W = 28, percentile 0.9, curvature 2), UTC.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import pandas as pd

SEEDS = Path(__file__).resolve().parents[2] / "seeds"
WINDOW, PERCENTILE, CURVATURE, MIN_POPULATION, HISTORY = 28, 0.9, 2.0, 20, 90


def accepted_events(data: Path) -> pd.DataFrame:
    """The rows that count: day, user_id, account_id (or null), event_name."""
    columns = ["event_id", "event_name", "user_id", "account_id", "occurred_at", "loaded_at"]
    events = pd.read_parquet(data / "events", columns=columns)
    for column in ("event_id", "event_name", "user_id", "account_id"):
        events[column] = events[column].where(events[column].str.strip() != "")
    events = events.dropna(subset=["event_id", "event_name", "user_id", "occurred_at"])
    latest = events["loaded_at"].fillna(events["loaded_at"].max()) + pd.Timedelta(minutes=60)
    events = events[events["occurred_at"] <= latest]
    events["day"] = events["occurred_at"].dt.normalize()
    events = events.sort_values(["loaded_at", "occurred_at"]).drop_duplicates(["event_id", "day"])

    users = pd.read_parquet(data / "users.parquet").set_index("user_id")
    merged = pd.read_parquet(data / "identities.parquet").set_index("alias_id")["user_id"]
    resolved = events["user_id"]
    while resolved.isin(merged.index).any():
        resolved = resolved.map(merged).fillna(resolved)
    events["user_id"] = resolved
    events["account_id"] = (
        events["account_id"]
        .fillna(membership_accounts(data, events, merged))
        .fillna(events["user_id"].map(users["account_id"]))
    )
    excluded_users = set(pd.read_csv(SEEDS / "excluded_users.csv")["user_id"])
    excluded_users |= set(users.index[users["is_internal"].eq(True)])
    excluded_accounts = set(pd.read_csv(SEEDS / "excluded_accounts.csv")["account_id"])
    is_excluded = events["user_id"].isin(excluded_users)
    is_excluded |= events["account_id"].isin(excluded_accounts)
    return events.loc[~is_excluded, ["day", "user_id", "account_id", "event_name"]]


def membership_accounts(data: Path, events: pd.DataFrame, merged: pd.Series) -> pd.Series:
    """The account of the membership valid on the day, for events that name none."""
    memberships = pd.read_parquet(data / "memberships.parquet").rename(
        columns={"account_id": "member_of"}
    )
    memberships["user_id"] = memberships["user_id"].map(merged).fillna(memberships["user_id"])
    days = events.loc[events["account_id"].isna(), ["user_id", "day"]].drop_duplicates()
    found = days.merge(memberships, on="user_id")
    starts = pd.to_datetime(found["valid_from"]).fillna(pd.Timestamp("1900-01-01"))
    ends = pd.to_datetime(found["valid_to"]).fillna(pd.Timestamp("2200-01-01"))
    found = found[(starts <= found["day"]) & (found["day"] < ends)]
    found = found.sort_values(["valid_from", "member_of"], ascending=[False, True])
    known = found.drop_duplicates(["user_id", "day"]).set_index(["user_id", "day"])["member_of"]
    keys = pd.MultiIndex.from_frame(events[["user_id", "day"]])
    return pd.Series(known.reindex(keys).to_numpy(), index=events.index)


def daily_points(events: pd.DataFrame, entity: str) -> pd.DataFrame:
    """day, entity, event_name, points, events: the cap applies per user (and account)."""
    weights = pd.read_csv(SEEDS / "event_weights.csv").set_index("event_name")
    keys = ["day", entity, "user_id", "event_name"] if entity != "user_id" else None
    counts = events.groupby(keys or ["day", "user_id", "event_name"]).size().reset_index(name="n")
    weight = counts["event_name"].map(weights["weight"]).fillna(0)
    capped = np.minimum(counts["n"], counts["event_name"].map(weights["daily_cap"]).fillna(np.inf))
    counts["points"] = weight * capped
    counts["events"] = counts["n"].where(weight > 0, 0)
    counts["scored"] = weight > 0
    counts["active"] = counts["event_name"].map(weights["counts_as_active"]).eq(True)
    return counts.sort_values("day", ignore_index=True)


def window(daily: pd.DataFrame, entity: str, date: pd.Timestamp) -> pd.DataFrame:
    """What each entity did in the WINDOW days that end with a date."""
    first, last = daily["day"].searchsorted(
        [date - pd.Timedelta(days=WINDOW - 1), date + pd.Timedelta(days=1)]
    )
    rows = daily.iloc[first:last]
    found = rows.groupby(entity)[["points", "events"]].sum()
    active = rows.loc[rows["active"], [entity, "day"]].drop_duplicates()
    scored = rows.loc[rows["scored"], [entity, "event_name"]].drop_duplicates()
    found["active_days"] = active.groupby(entity).size().reindex(found.index, fill_value=0)
    found["distinct_scored_events"] = (
        scored.groupby(entity).size().reindex(found.index, fill_value=0)
    )
    return found.rename(columns={"events": "scored_events"})


def scores(daily: pd.DataFrame, entity: str, as_of: pd.Timestamp) -> pd.DataFrame:
    """One row per built score date and entity with points in this window or the previous one."""
    bands = pd.read_csv(SEEDS / "score_bands.csv").sort_values("min_score")
    days = pd.date_range(daily["day"].min(), as_of)
    built = days[(days > as_of - pd.Timedelta(days=HISTORY)) | (days.day_of_week == 6)]
    earlier = {date: date - pd.Timedelta(days=WINDOW) for date in built}
    wanted = sorted({*built, *(date for date in earlier.values() if date >= days[0])})
    windows: dict[pd.Timestamp, pd.DataFrame] = {}
    carried = None
    for date in wanted:
        found = window(daily, entity, date)
        scored = found[found["points"] > 0].copy()
        if len(scored) >= MIN_POPULATION:
            cap = scored["points"].quantile(PERCENTILE)
        else:
            cap = carried if carried is not None else scored["points"].max()
        if len(scored) >= MIN_POPULATION and date.day_of_week == 6 and date in earlier:
            carried = cap
        scored["u"] = scored["points"].clip(upper=cap) / cap
        scored["score"] = 1 + 99 * np.expm1(CURVATURE * scored["u"]) / np.expm1(CURVATURE)
        scored["rank"] = scored["points"].rank(method="min", ascending=False)
        scored["percentile_rank"] = (scored["points"].rank(method="min") - 1) / len(scored)
        windows[date] = scored
    rows = []
    for date in built:
        now, before = windows[date], windows.get(earlier[date])
        if before is not None:
            now = now.join(before[["points", "score"]].add_prefix("previous_"), how="outer")
            now = now.fillna({"previous_points": 0, "previous_score": 0, "points": 0, "score": 0})
        rows.append(now.assign(score_date=date).reset_index())
    table = pd.concat(rows, ignore_index=True)
    place = bands["min_score"].searchsorted(table["score"].round(9), side="right") - 1
    table["band"] = np.where(table["points"] > 0, bands["band"].to_numpy()[place], "inactive")
    table["score_change"] = table["score"] - table["previous_score"]
    change = table["score_change"].round(9)
    halved = (table["previous_points"] >= 10) & (table["points"] <= table["previous_points"] / 2)
    doubled = (table["points"] >= 10) & (table["previous_points"] <= table["points"] / 2)
    table["trend"] = np.select(
        [table["previous_score"].isna(), (change <= -10) | halved, (change >= 10) | doubled],
        [None, "cooling", "heating"],
        "steady",
    )
    return table


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    started = time.perf_counter()
    arguments.out.mkdir(parents=True, exist_ok=True)
    events = accepted_events(arguments.data)
    as_of = events["day"].max() - pd.Timedelta(days=1)
    events = events[events["day"] <= as_of]
    rows = {}
    for name, entity in (("user_scores", "user_id"), ("account_scores", "account_id")):
        table = scores(daily_points(events, entity), entity, as_of)
        table.to_parquet(arguments.out / f"{name}.parquet", index=False)
        rows[name] = len(table)
    print(json.dumps({"seconds": time.perf_counter() - started, "tables": rows}))


if __name__ == "__main__":
    main()
