"""activation_steps, user_activation and account_activation: the way to first value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .days import Flags, Floats, Ints, as_dates
from .entities import EntityType, codes_of, first_days
from .facts import Facts


@dataclass(frozen=True)
class Activation:
    """The milestones of one entity type.

    milestones   the seed's rows of the type, by position
    signup       (entities,) day numbers, NaN: unknown
    occurrences  (entities, milestones)
    reached      (entities, milestones) the day it was reached, inf: not yet
    seen_on      the first day on which an event of any milestone was accepted, inf: none yet
    """

    milestones: pd.DataFrame
    signup: Floats
    occurrences: Ints
    reached: Floats
    seen_on: float

    def rate_on(self, days: Ints) -> Floats:
        """(days,): mean rate of the entities that had signed up, by the milestones reached then."""
        signup = first_days(self.signup)
        entities = np.searchsorted(np.sort(signup), days, side="right")
        both_by = np.sort(np.maximum(self.reached, signup[:, None]), axis=None)
        possible = entities * len(self.milestones)
        reached = np.searchsorted(both_by, days, side="right")
        known = (possible > 0) & (days >= self.seen_on)
        rates: Floats = reached / np.where(known, possible, np.nan)
        return rates

    def rates(self) -> Floats:
        """(entities,): the activation rate on as_of; NaN where no milestone can be told."""
        is_reached = np.isfinite(self.reached)
        known = is_reached.shape[1] if np.isfinite(self.seen_on) else 0
        rates: Floats = is_reached.sum(axis=1).astype(np.float64) / (known or np.nan)
        return rates


def activate(entity_type: EntityType, facts: Facts) -> Activation:
    """Count each entity's events towards each milestone."""
    own = facts.seeds.milestones[facts.seeds.milestones["entity_type"] == entity_type]
    milestones = own.reset_index(drop=True)
    signup = facts.people.of(entity_type)["signup_on"].to_numpy(dtype="float64")
    shape = (len(signup), len(milestones))
    counts = _counts_in_time(entity_type, milestones, signup, facts)
    place = (counts["entity"].to_numpy(), counts["milestone"].to_numpy())
    required = milestones["min_count"].fillna(milestones["min_days"]).to_numpy(dtype=np.int64)
    so_far = _amount_by_then(counts)
    occurrences = np.zeros(shape, dtype=np.int64)
    np.maximum.at(occurrences, place, so_far)
    occurrences = np.minimum(occurrences, required)
    enough = so_far >= required[place[1]]
    reached = np.full(shape, np.inf)
    np.minimum.at(
        reached,
        (place[0][enough], place[1][enough]),
        counts["day"].to_numpy(dtype="float64")[enough],
    )
    events = codes_of(milestones["events"].explode(), facts.history.events)
    seen = facts.history.daily.loc[facts.history.daily["event"].isin(events), "day"]
    seen_on = float(seen.min()) if len(seen) else np.inf
    return Activation(milestones, signup, occurrences, reached, seen_on)


def _counts_in_time(
    entity_type: EntityType, milestones: pd.DataFrame, signup: Floats, facts: Facts
) -> pd.DataFrame:
    """entity, milestone (position), any_days, day, n: events, or 1, of each day; sorted."""
    limits = milestones[["min_days", "within_days", "any_days"]]
    meaning = limits.assign(milestone=milestones.index, event=milestones["events"]).explode("event")
    meaning["event"] = codes_of(meaning["event"], facts.history.events)
    counts = facts.history.counts(entity_type).merge(meaning, on="event")
    last_day = signup[counts["entity"]] + counts["within_days"]
    in_time: pd.DataFrame = counts[~(counts["day"] > last_day)]
    key = ["entity", "milestone", "any_days", "min_days", "day"]
    daily = in_time.groupby(key, dropna=False)["n"].sum().reset_index()
    daily["n"] = daily["n"].where(daily["min_days"].isna(), 1)
    return daily.sort_values(["entity", "milestone", "day"], ignore_index=True)


def _amount_by_then(counts: pd.DataFrame) -> Ints:
    """(rows of counts,): the sum of n up to the row's day, over its last any_days days if given."""
    days = counts["day"].to_numpy(dtype=np.int64)
    row = np.arange(len(counts))
    group = counts.groupby(["entity", "milestone"]).ngroup().to_numpy()
    any_time = days.max(initial=0) + 1
    # One line of days for all groups: those of one lie far behind those of the one before.
    places = days + 2 * any_time * group
    span = counts["any_days"].fillna(any_time).to_numpy(dtype=np.int64)
    before = np.searchsorted(places, places - np.minimum(span, any_time), side="right")
    total = np.concatenate([[0], counts["n"].cumsum().to_numpy(dtype=np.int64)])
    return np.asarray(total[row + 1] - total[before])


def activation_steps(
    entity_type: EntityType, activation: Activation, facts: Facts, keep: Flags
) -> pd.DataFrame:
    """activation_steps of one entity type: one row per entity to keep and milestone."""
    kept = np.flatnonzero(keep)
    milestones = len(activation.milestones)
    entity = np.repeat(kept, milestones)
    step = activation.milestones.iloc[np.tile(np.arange(milestones), len(kept))]
    reached = _nan_for_inf(activation.reached[kept].ravel())
    return pd.DataFrame(
        {
            "entity_type": entity_type,
            "entity_id": facts.people.of(entity_type).index.take(entity),
            "milestone": step["milestone"].array,
            "position": step["position"].array,
            "event_name": step["event_name"].array,
            **{
                limit: step[limit].astype("Int64").array
                for limit in ("min_count", "min_days", "within_days", "any_days")
            },
            "occurrences": activation.occurrences[kept].ravel(),
            "is_reached": np.isfinite(activation.reached[kept].ravel()),
            "reached_on": as_dates(reached),
            "days_to_reach": _days_since(activation.signup[entity], reached),
        }
    )


def entity_activation(
    entity_type: EntityType, activation: Activation, facts: Facts
) -> pd.DataFrame:
    """The columns that user_activation and account_activation share, one row per entity."""
    is_reached = np.isfinite(activation.reached)
    total = is_reached.shape[1]
    missing = _names_of(~is_reached, activation.milestones["milestone"])
    complete = is_reached.all(axis=1) & (total > 0)
    latest = activation.reached.max(axis=1, initial=-np.inf)
    activated = np.where(complete, latest, np.nan)
    return pd.DataFrame(
        {
            f"{entity_type}_id": facts.people.of(entity_type).index,
            "signup_on": as_dates(activation.signup),
            "milestones": total,
            "milestones_reached": is_reached.sum(axis=1),
            "activation_rate": activation.rates(),
            "missing_milestones": ["|".join(names) or None for names in missing],
            "next_milestone": [names[0] if names else None for names in missing],
            "activated_on": as_dates(activated),
            "days_to_activate": _days_since(activation.signup, activated),
        }
    )


def mean_user_rate(activation: Activation, facts: Facts) -> Floats:
    """(accounts,): the mean activation rate of the users who are members on as_of."""
    as_of = np.nan if facts.history.as_of is None else facts.history.as_of
    held = facts.spells[(facts.spells["start"] <= as_of) & (as_of < facts.spells["end"])]
    held_rates = pd.Series(activation.rates()[held["user"]])
    by_account = held_rates.groupby(held["account"].to_numpy()).mean()
    return np.asarray(by_account.reindex(range(len(facts.people.accounts))), dtype=np.float64)


def _names_of(flags: NDArray[np.bool_], names: pd.Series) -> list[list[str]]:
    """(entities,): the names whose flag is set, in order."""
    all_names = list(names)
    return [[all_names[i] for i in np.flatnonzero(row)] for row in flags]


def _nan_for_inf(days: Floats) -> Floats:
    return np.where(np.isinf(days), np.nan, days)


def _days_since(signup: Floats, day: Floats) -> pd.Series:
    """Days from signup to a day, at least 0; null where either is unknown."""
    return pd.Series(np.maximum(0, day - signup)).astype("Int64")
