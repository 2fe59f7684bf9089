"""User and account scores with polars, as one would write them for one company.

`python polars_script.py DATA OUT`: the simulator's parquet files in, user_scores and account_scores
as parquet out. One scoring version (W = 28, percentile 0.9, curvature 2), UTC.
"""

import argparse
import json
import math
import time
from datetime import date, timedelta
from pathlib import Path

import polars as pl

SEEDS = Path(__file__).resolve().parents[2] / "seeds"
WINDOW, PERCENTILE, CURVATURE, MIN_POPULATION, HISTORY = 28, 0.9, 2.0, 20, 90
col = pl.col


def accepted_counts(data: Path) -> pl.DataFrame:
    """One row per day, user_id, account_id (or null) and event_name of the rows that count: n."""
    events = pl.scan_parquet(data / "events" / "*.parquet")
    ids = ("event_id", "event_name", "user_id", "account_id")
    latest = events.select(col("loaded_at").max()).collect().item()
    events = (
        events.with_columns(
            pl.when(col(name).str.strip_chars() != "").then(col(name)).alias(name) for name in ids
        )
        .drop_nulls(["event_id", "event_name", "user_id", "occurred_at"])
        .filter(col("occurred_at") <= col("loaded_at").fill_null(latest) + timedelta(minutes=60))
        .with_columns(day=col("occurred_at").dt.date())
    )
    repeated = events.group_by("event_id", "day").len().filter(col("len") > 1)
    keys = ["event_id", "day"]
    once = events.join(repeated, on=keys, how="anti")
    first = (
        events.join(repeated, on=keys, how="semi")
        .sort("loaded_at", "occurred_at", nulls_last=True, maintain_order=True)
        .unique(keys, keep="first", maintain_order=True)
    )
    by = ["day", "user_id", "account_id", "event_name"]
    counts = pl.concat([once.select(by), first.select(by)]).group_by(by).len("n")
    return resolved(data, counts.collect(engine="streaming"))


def resolved(data: Path, counts: pl.DataFrame) -> pl.DataFrame:
    """The same with aliases merged, the account of each event, and without the excluded."""
    merged = pl.read_parquet(data / "identities.parquet").select(alias_id="alias_id", to="user_id")

    def merge(frame: pl.DataFrame) -> pl.DataFrame:
        while frame["user_id"].is_in(merged["alias_id"].implode()).any():
            frame = frame.join(merged, left_on="user_id", right_on="alias_id", how="left")
            frame = frame.with_columns(user_id=pl.coalesce("to", "user_id")).drop("to")
        return frame

    users = pl.read_parquet(data / "users.parquet")
    memberships = merge(pl.read_parquet(data / "memberships.parquet"))
    counts = merge(counts)
    days = counts.filter(col("account_id").is_null()).select("user_id", "day").unique()
    member_of = (
        days.join(memberships.rename({"account_id": "member_of"}), on="user_id")
        .filter(
            col("valid_from").cast(pl.Date).fill_null(date.min) <= col("day"),
            col("valid_to").cast(pl.Date).fill_null(date.max) > col("day"),
        )
        .sort("valid_from", "member_of", descending=[True, False])
        .unique(["user_id", "day"], keep="first", maintain_order=True)
        .select("user_id", "day", "member_of")
    )
    listed = users.select("user_id", "is_internal", own="account_id")
    text = {"user_id": pl.String, "account_id": pl.String}
    excluded_users = pl.read_csv(SEEDS / "excluded_users.csv", schema_overrides=text)
    excluded_accounts = pl.read_csv(SEEDS / "excluded_accounts.csv", schema_overrides=text)
    return (
        counts.join(member_of, on=["user_id", "day"], how="left")
        .join(listed, on="user_id", how="left")
        .with_columns(account_id=pl.coalesce("account_id", "member_of", "own"))
        .filter(~col("is_internal").fill_null(value=False))
        .join(excluded_users, on="user_id", how="anti")
        .join(excluded_accounts, on="account_id", how="anti")
        .group_by("day", "user_id", "account_id", "event_name")
        .agg(col("n").sum())
    )


def windows(counts: pl.DataFrame, entity: str, dates: pl.DataFrame) -> pl.DataFrame:
    """One row per date and entity: points, scored_events, active_days, distinct_scored_events."""
    weights = pl.read_csv(SEEDS / "event_weights.csv").with_columns(
        points_each=(col("weight") * 1000).round().cast(pl.Int64)
    )
    keys = list(dict.fromkeys(["day", entity, "user_id", "event_name"]))
    daily = (
        counts.drop_nulls(entity)
        .group_by(keys)
        .agg(col("n").sum().cast(pl.Int64))
        .join(weights, on="event_name")
        .with_columns(
            points=col("points_each") * pl.min_horizontal("n", col("daily_cap").fill_null(2**31)),
            events=pl.when(col("weight") > 0).then("n").otherwise(0),
        )
    )
    days = daily.group_by("day", entity).agg(
        col("points").sum(), col("events").sum(), active=col("counts_as_active").any()
    )
    names = daily.filter(col("weight") > 0).select("day", entity, "event_name").unique()
    spread = dates.select(
        "score_date",
        day=pl.date_ranges(col("score_date") - pl.duration(days=WINDOW - 1), "score_date"),
    ).explode("day")
    by = ["score_date", entity]
    sums = (
        days.lazy()
        .join(spread.lazy(), on="day")
        .group_by(by)
        .agg(
            col("points").sum(),
            scored_events=col("events").sum(),
            active_days=col("active").sum(),
        )
    )
    distinct = (
        names.lazy()
        .join(spread.lazy(), on="day")
        .group_by(*by, "event_name")
        .agg()
        .group_by(by)
        .agg(distinct_scored_events=pl.len())
    )
    return (
        sums.join(distinct, on=by, how="left")
        .filter(col("points") > 0)
        .with_columns(points=col("points") / 1000)
        .collect(engine="streaming")
    )


def scores(counts: pl.DataFrame, entity: str, as_of: date) -> pl.DataFrame:
    """One row per built score date and entity with points in this window or the previous one."""
    first = counts["day"].min()
    days = pl.select(score_date=pl.date_range(first, as_of)).with_columns(
        is_built=(col("score_date") > as_of - timedelta(days=HISTORY))
        | (col("score_date").dt.weekday() == 7)
    )
    built = days.filter("is_built").select(
        "score_date", previous_date=col("score_date") - pl.duration(days=WINDOW)
    )
    dates = (
        pl.concat([built["score_date"], built["previous_date"]])
        .unique()
        .to_frame()
        .filter(col("score_date") >= first)
    )
    found = windows(counts, entity, dates)
    caps = (
        found.group_by("score_date")
        .agg(
            population=pl.len(),
            largest=col("points").max(),
            measured=col("points").quantile(PERCENTILE, "linear"),
        )
        .sort("score_date")
        .with_columns(measured=pl.when(col("population") >= MIN_POPULATION).then("measured"))
    )
    is_carried = (col("score_date").dt.weekday() == 7) & col("score_date").is_in(
        built["score_date"].implode()
    )
    carried = pl.when(is_carried).then("measured").forward_fill().shift(1)
    caps = caps.with_columns(cap=pl.coalesce("measured", carried, "largest"))
    by = "score_date"
    found = (
        found.join(caps, on=by)
        .with_columns(u=pl.min_horizontal("points", "cap") / col("cap"))
        .with_columns(
            score=1 + 99 * ((CURVATURE * col("u")).exp() - 1) / math.expm1(CURVATURE),
            rank=col("points").rank("min", descending=True).over(by),
            percentile_rank=(col("points").rank("min").over(by) - 1) / pl.len().over(by),
        )
        .drop("population", "largest", "measured", "cap")
    )
    has_previous = built.filter(col("previous_date") >= first)
    previous = found.select(
        entity, previous_date=by, previous_points="points", previous_score="score"
    ).join(has_previous, on="previous_date")
    table = (
        found.join(built.select(by), on=by)
        .join(previous.drop("previous_date"), on=[by, entity], how="full", coalesce=True)
        .join(has_previous.select(by, has_previous=True), on=by, how="left")
        .with_columns(
            col("points", "score").fill_null(0),
            pl.when("has_previous").then(col("previous_points", "previous_score").fill_null(0)),
        )
        .drop("has_previous")
        .with_columns(score_change=col("score") - col("previous_score"))
    )
    bands = pl.read_csv(SEEDS / "score_bands.csv").sort("min_score")
    change = col("score_change").round(9)
    halved = (col("previous_points") >= 10) & (col("points") <= col("previous_points") / 2)
    doubled = (col("points") >= 10) & (col("previous_points") <= col("points") / 2)
    return table.with_columns(
        band=pl.when(col("points") > 0)
        .then(
            col("score")
            .round(9)
            .cut(bands["min_score"][1:].to_list(), labels=bands["band"].to_list(), left_closed=True)
            .cast(pl.String)
        )
        .otherwise(pl.lit("inactive")),
        trend=pl.when(col("previous_score").is_not_null()).then(
            pl.when((change <= -10) | halved)
            .then(pl.lit("cooling"))
            .when((change >= 10) | doubled)
            .then(pl.lit("heating"))
            .otherwise(pl.lit("steady"))
        ),
    )


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    started = time.perf_counter()
    arguments.out.mkdir(parents=True, exist_ok=True)
    counts = accepted_counts(arguments.data)
    as_of = counts["day"].max() - timedelta(days=1)
    counts = counts.filter(col("day") <= as_of)
    rows = {}
    for name, entity in (("user_scores", "user_id"), ("account_scores", "account_id")):
        table = scores(counts, entity, as_of)
        table.write_parquet(arguments.out / f"{name}.parquet")
        rows[name] = table.height
    print(json.dumps({"seconds": time.perf_counter() - started, "tables": rows}))


if __name__ == "__main__":
    main()
