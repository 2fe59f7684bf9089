"""The public score tables: scores of the built dates, in context, and their calibrations."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .days import Flags, Ints, as_dates
from .entities import EntityType, members_on
from .facts import Facts
from .history import in_force
from .scores import POINT, SCORE_QUANTILES, Scores, as_decimal, daily_units, window_points

INACTIVE = "inactive"


@dataclass(frozen=True)
class Keys:
    """Pairs (score date, entity) as one integer each, to line tables up."""

    entities: int

    def of(self, dates: Ints | pd.Series, entities: Ints | pd.Series) -> Ints:
        """The key of each pair."""
        return np.asarray(dates, dtype=np.int64) * self.entities + np.asarray(
            entities, dtype=np.int64
        )

    def parts(self, keys: Ints) -> tuple[Ints, Ints]:
        """The score date and the entity of each key."""
        return keys // self.entities, keys % self.entities


def lookup(keys: Ints, values: pd.Series, rows: Ints, default: float) -> pd.Series:
    """The value of each row's key, else the default; integers stay exact, unlike in a join."""
    found = pd.Series(values.to_numpy(), index=keys).reindex(rows, fill_value=default)
    return found.reset_index(drop=True)


def safe_ratio(part: pd.Series, whole: pd.Series) -> pd.Series:
    """Part / whole, null where the whole is 0 or null."""
    return part.astype("float64") / whole.astype("float64").replace(0, np.nan)


# -- users and accounts ------------------------------------------------------------------------


def entity_scores(
    entity_type: EntityType,
    scores: Scores,
    active_days: pd.DataFrame,
    facts: Facts,
    keep: Flags,
) -> pd.DataFrame:
    """The columns that both score tables share, for entities to keep; and day, entity as codes.

    `active_days` are those of `active_days_of`.
    """
    ids = facts.people.of(entity_type).index
    keys = Keys(max(len(ids), 1))
    own = scores.members[keep[scores.members["entity"]]]
    now, before = now_and_before(own, facts)
    now_keys = keys.of(now["score_date"], now["entity"])
    before_keys = keys.of(before["score_date"], before["entity"])
    rows = np.union1d(now_keys, before_keys)
    day, entity = keys.parts(rows)

    points = lookup(now_keys, now["points"], rows, 0)
    score = lookup(now_keys, now["score"], rows, 0.0)
    has_previous = np.isfinite(facts.calendar.previous[np.searchsorted(facts.calendar.built, day)])
    previous_points = lookup(before_keys, before["points"], rows, 0)
    previous_score = lookup(before_keys, before["score"], rows, 0.0).where(has_previous)
    active_keys = keys.of(active_days["score_date"], active_days["entity"])
    depth = _depth(entity_type, facts, keep)
    depth_keys = keys.of(depth["score_date"], depth["entity"])
    return pd.DataFrame(
        {
            "score_date": as_dates(day),
            f"{entity_type}_id": ids.take(entity),
            "version": version_names(facts, day),
            "points": as_decimal(points),
            "winsorized_points": lookup(now_keys, now["winsorized_points"], rows, 0.0),
            "winsorized_share": lookup(now_keys, now["winsorized_share"], rows, 0.0),
            "score": score,
            "rank": _null_if_zero(lookup(now_keys, now["rank"], rows, 0)),
            "percentile_rank": lookup(now_keys, now["percentile_rank"], rows, np.nan),
            "band": bands(score, facts.seeds.bands),
            "previous_points": as_decimal(previous_points).where(has_previous, None),
            "previous_score": previous_score,
            "score_change": score - previous_score,
            "trend": trends(points, previous_points, score - previous_score, facts),
            "active_days": lookup(active_keys, active_days["days"], rows, 0),
            "scored_events": lookup(depth_keys, depth["events"], rows, 0),
            "distinct_scored_events": lookup(depth_keys, depth["names"], rows, 0),
            "day": day,
            "entity": entity,
        }
    )


def now_and_before(members: pd.DataFrame, facts: Facts) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The members of the built dates, and of the date before each, under the built date."""
    now = members[members["score_date"].isin(facts.calendar.built)]
    follows = pd.DataFrame(
        {"built": facts.calendar.built, "score_date": facts.calendar.previous}
    ).dropna()
    before = members.merge(follows.astype("int64"), on="score_date")
    return now, before.assign(score_date=before["built"])


def active_days_of(entity_type: EntityType, facts: Facts) -> pd.DataFrame:
    """score_date, entity, days: on how many days of the window the entity was active."""
    days = facts.history.active_days(entity_type)
    counts = [
        window.groupby(["score_date", "entity"]).size().reset_index(name="days")
        for _, window in facts.calendar.over_windows(days)
    ]
    return pd.concat(counts, ignore_index=True)


def _depth(entity_type: EntityType, facts: Facts, keep: Flags) -> pd.DataFrame:
    """score_date, entity, events, names: events with a weight in the window; their names."""
    counts = facts.history.counts(entity_type)
    counts = counts[keep[counts["entity"]]]
    depths = []
    for version, window in facts.calendar.over_windows(counts):
        weights = facts.seeds.weights_of(version, facts.history.events)["milli"].to_numpy()
        scored = window[weights[window["event"]] > 0]
        by_event = scored.groupby(["score_date", "entity", "event"])["n"].sum().reset_index()
        by_entity = by_event.groupby(["score_date", "entity"])["n"]
        depths.append(by_entity.agg(events="sum", names="size").reset_index())
    return pd.concat(depths, ignore_index=True)


def version_names(facts: Facts, days: Ints) -> NDArray[np.object_]:
    """(days,): the version in force on each day."""
    names = np.array([version.name for version in facts.calendar.versions], dtype=object)
    return names[in_force(facts.calendar.versions, days)]


def bands(scores: pd.Series, bands: pd.DataFrame) -> NDArray[np.object_]:
    """The band of each score, compared at 9 decimals; `inactive` at 0."""
    names = np.array([INACTIVE, *bands["band"]], dtype=object)
    position = np.searchsorted(bands["min_score"], scores.round(9), side="right")
    return names[np.where(scores > 0, position, 0)]


def trends(
    points: pd.Series, previous: pd.Series, score_change: pd.Series, facts: Facts
) -> NDArray[np.object_]:
    """The trend against the previous date; null where score_change is."""
    change = score_change.round(9)
    minimum = int(Decimal(str(facts.settings.min_trend_points)) * POINT)
    cooling = (change <= -facts.settings.trend_score_change) | (
        (previous >= minimum) & (2 * points <= previous)
    )
    heating = (change >= facts.settings.trend_score_change) | (
        (points >= minimum) & (2 * previous <= points)
    )
    trends = np.select(
        [change.isna(), cooling, heating], ["", "cooling", "heating"], default="steady"
    ).astype(object)
    trends[trends == ""] = None
    return trends


def _null_if_zero(ranks: pd.Series) -> pd.Series:
    return ranks.astype("Int64").where(ranks > 0)


# -- accounts ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class AccountUse:
    """Who uses the accounts, on each built date.

    active     score_date, entity, active_users, mean_user_score, total_user_score
    champions  score_date, entity, champion (a user's code), champion_points (1e-12)
    members    (dates, accounts)
    """

    active: pd.DataFrame
    champions: pd.DataFrame
    members: Ints


def account_use(user_scores: Scores, facts: Facts) -> AccountUse:
    """The users behind the accounts' scores."""
    return AccountUse(
        active=_active_users(user_scores, facts),
        champions=_champions(facts),
        members=members_on(facts.spells, len(facts.people.accounts), facts.calendar.built),
    )


def _active_users(user_scores: Scores, facts: Facts) -> pd.DataFrame:
    keys = Keys(max(len(facts.people.users), 1))
    members = user_scores.members
    score_keys = keys.of(members["score_date"], members["entity"])
    active = facts.history.active.query("account >= 0 and user >= 0")
    tables = []
    for _, window in facts.calendar.over_windows(active):
        once = window[["score_date", "account", "user"]].drop_duplicates(ignore_index=True)
        rows = keys.of(once["score_date"], once["user"])
        scored = once.assign(score=lookup(score_keys, members["score"], rows, 0.0))
        tables.append(
            scored.groupby(["score_date", "account"])["score"]
            .agg(active_users="size", mean_user_score="mean", total_user_score="sum")
            .reset_index()
            .rename(columns={"account": "entity"})
        )
    return pd.concat(tables, ignore_index=True)


def _champions(facts: Facts) -> pd.DataFrame:
    """The user with the most points in each account; of several the smallest user_id."""
    tables = []
    for version, dates in facts.calendar.by_version(facts.calendar.built):
        units = daily_units(facts, version, "account", ["account", "user"]).query("user >= 0")
        points = window_points(units, ["account", "user"], dates, version)
        tables.append(
            points.sort_values(
                ["score_date", "account", "points", "user"], ascending=[True, True, False, True]
            ).drop_duplicates(["score_date", "account"])
        )
    names = {"account": "entity", "user": "champion", "points": "champion_points"}
    return pd.concat(tables, ignore_index=True).rename(columns=names)


def account_columns(scores: pd.DataFrame, use: AccountUse, facts: Facts) -> pd.DataFrame:
    """account_scores: what `entity_scores` gives, with its users beside it."""
    keys = Keys(max(len(facts.people.accounts), 1))
    rows = keys.of(scores["day"], scores["entity"])
    active_keys = keys.of(use.active["score_date"], use.active["entity"])
    champion_keys = keys.of(use.champions["score_date"], use.champions["entity"])
    active_users = lookup(active_keys, use.active["active_users"], rows, 0)
    date_position = np.searchsorted(facts.calendar.built, scores["day"])
    members = pd.Series(use.members[date_position, scores["entity"]])
    seats = facts.people.accounts["seats"].take(scores["entity"].to_numpy()).reset_index(drop=True)
    champion = lookup(champion_keys, use.champions["champion"], rows, -1).to_numpy()
    champion_points = lookup(champion_keys, use.champions["champion_points"], rows, 0)
    return scores.assign(
        active_users=active_users,
        members=members,
        coverage=safe_ratio(active_users, members),
        seats=seats.astype("Int64"),
        seat_utilization=safe_ratio(active_users, seats),
        mean_user_score=lookup(active_keys, use.active["mean_user_score"], rows, np.nan),
        total_user_score=lookup(active_keys, use.active["total_user_score"], rows, 0.0),
        champion_user_id=ids_of(champion, facts.people.users.index),
        champion_concentration=safe_ratio(
            champion_points, scores["points"].astype("float64") * POINT
        ),
    ).assign(champion_concentration=lambda t: t["champion_concentration"].where(champion >= 0))


def ids_of(codes: Ints, ids: pd.Index) -> NDArray[np.object_]:
    """The id of each code, null for -1."""
    names = np.array([*ids, None], dtype=object)
    return names[codes]


# -- calibrations ------------------------------------------------------------------------------


def score_calibrations(scores: dict[EntityType, Scores], facts: Facts) -> pd.DataFrame:
    """score_calibrations: every cap of the built dates, and the scores that came of it."""
    versions = {version.name: version for version in facts.seeds.versions}
    both = pd.concat(
        [own.calibrations.assign(entity_type=entity_type) for entity_type, own in scores.items()]
    )
    both = both[both["score_date"].isin(facts.calendar.built)].reset_index(drop=True)
    return pd.DataFrame(
        {
            "score_date": as_dates(both["score_date"].to_numpy()),
            "entity_type": both["entity_type"],
            "version": both["version"],
            "normalization_group": both["group"],
            "calibration_status": both["status"],
            "population": both["population"],
            "cap": both["cap"],
            "winsor_percentile": [versions[v].winsor_percentile for v in both["version"]],
            "curvature": [versions[v].curvature for v in both["version"]],
            "window_days": [versions[v].window_days for v in both["version"]],
            "half_life_days": [versions[v].half_life_days for v in both["version"]],
            "min_population": [versions[v].min_population for v in both["version"]],
            "normalize_by": [versions[v].normalize_by for v in both["version"]],
            "calibration": [
                "frozen" if versions[v].is_frozen else "rolling" for v in both["version"]
            ],
            **{f"{name}_score": both[f"{name}_score"] for name in SCORE_QUANTILES},
        }
    )
