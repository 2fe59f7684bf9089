"""Why a score changed: score_changes and its drivers, and the events behind the latest scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .days import Flags, Floats, Ints, as_dates, over_windows
from .entities import ENTITY_TYPES, EntityType
from .entity_scores import Keys, ids_of, lookup, safe_ratio, version_names
from .facts import Facts
from .history import in_force
from .scores import ALL, POINT, Scores, as_decimal, exponential_scale, score_version, window_points
from .seeds import Version


def score_changes(
    entity_type: EntityType, scores: Scores, facts: Facts, keep: Flags, lost: pd.DataFrame
) -> pd.DataFrame:
    """The parts of each change that do not depend on what was published, and what they rest on.

    `lost` is what `incidents.lost_points` gives.
    """
    of_incidents = lost.groupby(["day", "entity"])["change"].sum().reset_index()
    calendar = facts.calendar
    ids = facts.people.of(entity_type).index
    keys = Keys(max(len(ids), 1))
    tables = []
    with_previous = calendar.built[np.isfinite(calendar.previous)]
    for version, dates in calendar.by_version(with_previous):
        before = dates - version.window_days
        old_names = version_names(facts, before)
        restated = _restated(entity_type, scores, version, before, old_names, facts)
        now = _on(scores, dates, keep, keys)
        old = _on(scores, before, keep, keys, shift=version.window_days)
        new = _on(restated, before, keep, keys, shift=version.window_days)
        rows = np.union1d(now.keys, old.keys)
        day, entity = keys.parts(rows)
        score, previous_score = now.score(rows), old.score(rows)
        points, previous_points = now.points(rows), new.points(rows)
        group = now.group(rows).fillna(new.group(rows))
        previous_cap = _cap(restated, day - version.window_days, new.group(rows))
        cap = _cap(scores, day, group)
        cap = cap.fillna(_cap(scores, day, pd.Series(ALL, index=group.index)))
        cap = cap.fillna(previous_cap)
        of_version = new.score(rows)
        of_cap = pd.Series(_score_of(previous_points, cap, version))
        table = pd.DataFrame(
            {
                "score_date": as_dates(day),
                "entity_type": entity_type,
                "entity_id": ids.take(entity),
                "previous_date": as_dates(day - version.window_days),
                "version": version.name,
                "previous_version": old_names[np.searchsorted(dates, day)],
                "score": score,
                "version_change": of_version - previous_score,
                "population_change": of_cap - of_version,
                "behaviour_change": score - of_cap,
                "points": as_decimal(points),
                "previous_points": as_decimal(previous_points),
                "cap": cap,
                "previous_cap": previous_cap,
                "day": day,
                "change_of_points": points - previous_points,
            }
        )
        change = lookup(
            keys.of(of_incidents["day"], of_incidents["entity"]), of_incidents["change"], rows, 0
        )
        curvature = pd.Series(version.curvature, index=table.index)
        slope = _mean_slope(table.rename(columns={"points": "now"}), curvature)
        part = np.where(change == 0, 0, slope * change.astype("float64") / POINT)
        tables.append(table.assign(instrumentation_change=part))
    return pd.concat(tables, ignore_index=True)


def _restated(
    entity_type: EntityType,
    scores: Scores,
    version: Version,
    before: Ints,
    old_names: NDArray[np.object_],
    facts: Facts,
) -> Scores:
    """The previous dates as the version of the dates themselves scores them."""
    same = old_names == version.name
    other = score_version(entity_type, version, before[~same], facts)

    def joined(own: pd.DataFrame, more: pd.DataFrame) -> pd.DataFrame:
        return pd.concat([own[own["score_date"].isin(before[same])], more], ignore_index=True)

    return Scores(
        members=joined(scores.members, other.members),
        calibrations=joined(scores.calibrations, other.calibrations),
    )


@dataclass(frozen=True)
class _Members:
    """Members of some dates, by key of (date, entity)."""

    keys: Ints
    members: pd.DataFrame

    def score(self, rows: Ints) -> pd.Series:
        """(rows,): 0 for non-members."""
        return lookup(self.keys, self.members["score"], rows, 0.0)

    def points(self, rows: Ints) -> pd.Series:
        """(rows,): in trillionths, 0 for non-members."""
        return lookup(self.keys, self.members["points"], rows, 0)

    def group(self, rows: Ints) -> pd.Series:
        """(rows,): the normalization group, null for non-members."""
        found = pd.Series(self.members["group"].to_numpy(), index=self.keys).reindex(rows)
        return found.reset_index(drop=True).astype(object)


def _on(scores: Scores, dates: Ints, keep: Flags, keys: Keys, shift: int = 0) -> _Members:
    """The members to keep on some dates, each moved by a number of days."""
    own = scores.members
    own = own[own["score_date"].isin(dates) & keep[own["entity"]]]
    return _Members(keys.of(own["score_date"] + shift, own["entity"]), own)


def _cap(scores: Scores, days: Ints, groups: pd.Series) -> pd.Series:
    """(rows,): the cap of each day and group; NaN where nobody is in it."""
    found = scores.calibrations.set_index(["score_date", "group"])["cap"]
    wanted = pd.MultiIndex.from_arrays([days, groups.fillna("").astype(str)])
    return found.reindex(wanted).reset_index(drop=True)


def _score_of(points: pd.Series, cap: pd.Series, version: Version) -> Floats:
    """The score of points at a cap; 0 without points."""
    u = np.minimum(points.astype("float64") / POINT, cap) / cap
    return np.where(
        points > 0, exponential_scale(u.to_numpy(dtype="float64"), version.curvature), 0
    )


# -- the latest date ---------------------------------------------------------------------------

KEYS = ["user", "account", "event"]


def contributions(facts: Facts) -> pd.DataFrame:
    """The events of each user in each account, in the window that ends on as_of and the one before.

    user, account, event (codes); events, user_points, account_points (1e-12), and each of the three
    with `previous_` for the window before, under the same version.
    """
    latest = facts.history.as_of
    if latest is None or latest not in facts.calendar.built:
        columns = ["events", "user_points", "account_points"]
        columns = [*KEYS, *columns, *(f"previous_{name}" for name in columns)]
        return pd.DataFrame({name: pd.Series(dtype="int64") for name in columns})
    version = facts.calendar.versions[int(in_force(facts.calendar.versions, np.array([latest]))[0])]
    weights = facts.seeds.weights_of(version, facts.history.events)
    daily = facts.history.daily
    daily = daily[weights["milli"].to_numpy()[daily["event"]] > 0]
    found = {
        prefix + name: sums
        for prefix, last_day in (("", latest), ("previous_", latest - version.window_days))
        for name, sums in _contributed(daily, weights, version, last_day).items()
    }
    rows = pd.concat([sums.index.to_frame() for sums in found.values()]).drop_duplicates()
    index = pd.MultiIndex.from_frame(rows)
    return pd.DataFrame(
        {name: sums.reindex(index, fill_value=0) for name, sums in found.items()}
    ).reset_index()


def _contributed(
    daily: pd.DataFrame, weights: pd.DataFrame, version: Version, last_day: int
) -> dict[str, pd.Series]:
    """events, user_points, account_points of one window, by KEYS."""
    cap = weights["daily_cap"].to_numpy()[daily["event"]]
    milli = weights["milli"].to_numpy()[daily["event"]]
    by_user = daily.groupby(["day", "user", "event"])
    # Where the cap binds over all accounts, the first by id carries the points; none is before any.
    over_all = by_user["n"].transform("sum")
    is_first = daily["account"] == by_user["account"].transform("min")
    counted = daily["n"].where(over_all <= cap, np.where(is_first, np.minimum(over_all, cap), 0))
    counted = counted.where(daily["user"] >= 0, 0)
    in_account = np.where(daily["account"] >= 0, np.minimum(daily["n"], cap), 0)
    inside = daily[(daily["day"] > last_day - version.window_days) & (daily["day"] <= last_day)]
    found = {"events": inside.groupby(KEYS)["n"].sum()}
    for name, counts in (("user_points", counted), ("account_points", in_account)):
        units = daily.assign(units=milli * np.asarray(counts).astype("int64"))
        points = window_points(units, KEYS, np.array([last_day]), version)
        found[name] = points.set_index(KEYS)["points"]
    return found


def score_contributions(parts: pd.DataFrame, facts: Facts, keep: Flags) -> pd.DataFrame:
    """The public table, of the users to keep; events without a user are kept with all users."""
    totals = {kind: parts.groupby(kind)[f"{kind}_points"].transform("sum") for kind in ENTITY_TYPES}
    shares = {kind: safe_ratio(parts[f"{kind}_points"], totals[kind]) for kind in ENTITY_TYPES}
    latest = np.full(len(parts), np.nan if facts.history.as_of is None else facts.history.as_of)
    table = pd.DataFrame(
        {
            "score_date": as_dates(latest),
            "user_id": ids_of(parts["user"].to_numpy(), facts.people.users.index),
            "account_id": ids_of(parts["account"].to_numpy(), facts.people.accounts.index),
            "event_name": ids_of(parts["event"].to_numpy(), facts.history.events),
            "events": parts["events"],
            "previous_events": parts["previous_events"],
            "user_points": as_decimal(parts["user_points"]),
            "user_points_change": as_decimal(parts["user_points"] - parts["previous_user_points"]),
            "share_of_user": shares["user"].where(parts["user"] >= 0),
            "account_points": as_decimal(parts["account_points"]),
            "account_points_change": as_decimal(
                parts["account_points"] - parts["previous_account_points"]
            ),
            "share_of_account": shares["account"].where(parts["account"] >= 0),
        }
    )
    kept = np.append(keep, keep.all())
    return table[kept[parts["user"]]].reset_index(drop=True)


def scored_event_days(facts: Facts, keep: Flags) -> pd.DataFrame:
    """scored_event_days, of accounts to keep: what the daily caps leave in the latest window."""
    built = facts.calendar.built
    ((version, dates),) = facts.calendar.by_version(built[built == facts.history.as_of])
    weights = facts.seeds.weights_of(version, facts.history.events)
    daily = facts.history.daily
    daily = daily[(daily["account"] >= 0) & weights["is_listed"].to_numpy()[daily["event"]]]
    daily = daily[keep[daily["account"]]]
    cap = weights["daily_cap"].to_numpy()[daily["event"]]
    counted = daily.assign(scored=np.minimum(daily["n"], cap).astype("int64"))
    window = pd.concat(over_windows(counted, dates, version.window_days))
    keys = ["score_date", "account", "event", "day"]
    sums = window.groupby(keys)["scored"].sum().reset_index()
    return pd.DataFrame(
        {
            "score_date": as_dates(sums["score_date"].to_numpy()),
            "account_id": facts.people.accounts.index.take(sums["account"].to_numpy()),
            "event_name": facts.history.events.take(sums["event"].to_numpy()),
            "event_date": as_dates(sums["day"].to_numpy()),
            "scored_events": sums["scored"],
        }
    )


def score_change_drivers(
    entity_type: EntityType, parts: pd.DataFrame, changes: pd.DataFrame, facts: Facts
) -> pd.DataFrame:
    """The part of each event in the behaviour_change of the entities in `changes`, on as_of."""
    ids = facts.people.of(entity_type).index
    own = parts[parts[entity_type] >= 0]
    names = ["events", "previous_events", f"{entity_type}_points", f"previous_{entity_type}_points"]
    sums = own.groupby([entity_type, "event"])[names].sum().reset_index()
    sums["entity_id"] = ids_of(sums[entity_type].to_numpy(), ids)
    latest = changes[changes["day"] == facts.history.as_of]
    rows = sums.merge(latest.rename(columns={"points": "now"}), on="entity_id")
    change = rows[f"{entity_type}_points"] - rows[f"previous_{entity_type}_points"]
    curvature = rows["version"].map({v.name: v.curvature for v in facts.calendar.versions})
    slope = _mean_slope(rows, curvature)
    return pd.DataFrame(
        {
            "score_date": rows["score_date"],
            "entity_type": entity_type,
            "entity_id": rows["entity_id"],
            "event_name": ids_of(rows["event"].to_numpy(), facts.history.events),
            "events": rows["events"],
            "previous_events": rows["previous_events"],
            "points": as_decimal(rows[f"{entity_type}_points"]),
            "points_change": as_decimal(change),
            "behaviour_change": slope * change.astype("float64") / POINT,
        }
    )


def _mean_slope(rows: pd.DataFrame, curvature: pd.Series) -> pd.Series:
    """(rows,): the mean change of the score per point between previous_points and points.

    Below the cap: 99 k e^(ku) / (e^k - 1) / cap * (e^x - 1) / x, where x = k times the change of u.
    """
    k = curvature.astype("float64").to_numpy()
    cap = rows["cap"].to_numpy(dtype="float64")
    before, now = (rows[name].astype("float64").to_numpy() for name in ("previous_points", "now"))
    change = rows["change_of_points"].astype("float64").to_numpy() / POINT
    x = k * change / cap
    with np.errstate(divide="ignore", invalid="ignore"):
        steep = np.where(k == 0, 1.0, k * np.exp(k * before / cap) / np.expm1(k))
        smooth = 99 * steep / cap * np.where(x == 0, 1.0, np.expm1(x) / x)
        quotient = np.where(change == 0, 0.0, rows["behaviour_change"].to_numpy() / change)
    inside = (before > 0) & (before < cap) & (now < cap) & (now > 0)
    return pd.Series(np.where(inside, smooth, quotient), index=rows.index)
