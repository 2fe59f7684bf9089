"""user_adoption, account_adoption, feature_adoption, account_features: who uses key features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .days import Flags, Floats, Ints, as_dates
from .entities import ENTITY_TYPES, EntityType, accounts_on, attribute_on, codes_of
from .entity_scores import Keys
from .facts import Facts


@dataclass(frozen=True)
class Features:
    """The key features, by name.

    (features,): launched_on (-inf: always); plans (empty: all); seen_on, the first day on which an
    event of the feature was accepted (inf: none).
    """

    names: list[str]
    launched_on: Floats
    plans: list[frozenset[str]]
    seen_on: Floats

    def available(self, plans: pd.Series, days: Ints) -> Flags:
        """(rows, features): launched by the day and in the plan."""
        return (self.launched_on <= days[:, None]) & self.in_plan(plans)

    def tracked(self, available: Flags, days: Ints) -> Flags:
        """(rows,): whether an event of one of those available was accepted by the day."""
        return np.asarray((available & (self.seen_on <= days[:, None])).any(axis=1))

    def in_plan(self, plans: pd.Series) -> Flags:
        """(rows, features): whether the plan has the feature."""
        codes, distinct = pd.factorize(plans)
        has = [[not own or plan in own for own in self.plans] for plan in [*distinct, None]]
        table = np.array(has, dtype=np.bool_).reshape(len(distinct) + 1, len(self.names))
        return table[codes]


@dataclass(frozen=True)
class Adoption:
    """The adoption of one entity type.

    rows       score_date, entity: active in the window, or used a key feature in it
    available, used, ever_used  (rows, features): used in the window / by the date, if available
    is_tracked (rows,): an event of a feature that is available was accepted by the date
    first_use  (entities, features): the day of the first use since the launch, inf without one
    last_use   (entities, features): the day of the last, -inf without one
    """

    features: Features
    rows: pd.DataFrame
    available: Flags
    used: Flags
    ever_used: Flags
    is_tracked: Flags
    first_use: Floats
    last_use: Floats

    def columns(self) -> dict[str, Ints | Floats]:
        """The adoption columns of each row."""
        return adoption_columns(self.available, self.used, self.ever_used, self.is_tracked)


def key_features(facts: Facts) -> Features:
    """One entry per feature; its launch and plans are those of its first row."""
    rows = facts.seeds.features.drop_duplicates("feature").sort_values("feature")
    events = facts.seeds.features.assign(
        day=_first_days(facts).reindex(facts.seeds.features["event_name"]).to_numpy()
    )
    seen_on = events.groupby("feature")["day"].min().reindex(rows["feature"]).fillna(np.inf)
    return Features(
        list(rows["feature"]),
        rows["launched_on"].to_numpy(),
        list(rows["plans"]),
        seen_on.to_numpy(dtype="float64"),
    )


def _first_days(facts: Facts) -> pd.Series:
    """The first day of each event name that was accepted."""
    first = facts.history.daily.groupby("event")["day"].min()
    return first.set_axis(facts.history.events.take(first.index.to_numpy()))


def adopt(entity_type: EntityType, facts: Facts) -> Adoption:
    """The features that each entity had and used on each built date."""
    features = key_features(facts)
    entities = facts.people.of(entity_type)
    keys = Keys(max(len(entities), 1))
    uses = _uses(entity_type, facts, features)
    windows = [
        window[["score_date", "entity", "feature"]].drop_duplicates()
        for _, window in facts.calendar.over_windows(uses)
    ]
    used_in_window = pd.concat(windows, ignore_index=True)
    used_keys = keys.of(used_in_window["score_date"], used_in_window["entity"])
    active_keys = [
        np.unique(keys.of(window["score_date"], window["entity"]))
        for _, window in facts.calendar.over_windows(facts.history.active_days(entity_type))
    ]
    rows = np.unique(np.concatenate([used_keys, *active_keys]))
    day, entity = keys.parts(rows)

    first_use = np.full((len(entities), len(features.names)), np.inf)
    np.minimum.at(first_use, (uses["entity"], uses["feature"]), uses["day"].astype("float64"))
    last_use = np.full_like(first_use, -np.inf)
    np.maximum.at(last_use, (uses["entity"], uses["feature"]), uses["day"].astype("float64"))
    used = np.zeros((len(rows), len(features.names)), dtype=np.bool_)
    used[np.searchsorted(rows, used_keys), used_in_window["feature"]] = True
    available = features.available(plan_on(entity_type, facts, entity, day), day)
    return Adoption(
        features=features,
        rows=pd.DataFrame({"score_date": day, "entity": entity}),
        available=available,
        used=available & used,
        ever_used=available & (first_use[entity] <= day[:, None]),
        is_tracked=features.tracked(available, day),
        first_use=first_use,
        last_use=last_use,
    )


def adoption_on_as_of(
    entity_type: EntityType, adoption: Adoption, facts: Facts
) -> tuple[Flags, Flags, Ints]:
    """(entities, features): available on as_of, and used in its window; (entities,): the day.

    Of every entity, also of those without an adoption row. Without an as_of, of day 0.
    """
    entities = np.arange(len(facts.people.of(entity_type)))
    as_of = 0 if facts.history.as_of is None else facts.history.as_of
    days = np.full(len(entities), as_of, dtype=np.int64)
    available = adoption.features.available(plan_on(entity_type, facts, entities, days), days)
    used = np.zeros_like(available)
    rows = adoption.rows["score_date"].to_numpy() == as_of
    used[adoption.rows["entity"][rows]] = adoption.used[rows]
    return available, used, days


def plan_on(entity_type: EntityType, facts: Facts, entities: Ints, days: Ints) -> pd.Series:
    """(rows,): the plan of each entity on a day; a user has the plan of the user's account then."""
    account = accounts_on(entity_type, facts.inputs, facts.people, entities, days)
    return attribute_on(facts.inputs, facts.people, account, days, "plan")


def _uses(entity_type: EntityType, facts: Facts, features: Features) -> pd.DataFrame:
    """day, entity, feature: the days on which a launched feature was used; sorted by day."""
    event = codes_of(facts.seeds.features["event_name"], facts.history.events)
    feature = codes_of(facts.seeds.features["feature"], pd.Index(features.names))
    meaning = pd.DataFrame({"event": event, "feature": feature}).drop_duplicates()
    uses = facts.history.counts(entity_type).merge(meaning, on="event")
    uses = uses[uses["day"] >= features.launched_on[uses["feature"]]]
    return uses[["day", "entity", "feature"]].drop_duplicates().sort_values("day")


def entity_adoption(
    entity_type: EntityType, adoption: Adoption, facts: Facts, keep: Flags
) -> pd.DataFrame:
    """user_adoption or account_adoption, for entities to keep."""
    kept = keep[adoption.rows["entity"]]
    rows = adoption.rows
    table = pd.DataFrame(
        {
            "score_date": as_dates(rows["score_date"].to_numpy()),
            f"{entity_type}_id": facts.people.of(entity_type).index.take(rows["entity"].to_numpy()),
            **adoption.columns(),
        }
    )
    return table[kept].reset_index(drop=True)


def account_features(adoption: Adoption, facts: Facts, keep: Flags) -> pd.DataFrame:
    """account_features, for accounts to keep: every feature launched by as_of, of every account."""
    features = adoption.features
    as_of = -np.inf if facts.history.as_of is None else facts.history.as_of
    available, used, _ = adoption_on_as_of("account", adoption, facts)
    is_row = keep[:, None] & (features.launched_on <= as_of) & np.isfinite(as_of)
    account, feature = np.nonzero(is_row)
    return pd.DataFrame(
        {
            "account_id": facts.people.accounts.index.take(account),
            "feature": np.array(features.names, dtype=object)[feature],
            "is_available": available[is_row],
            "is_used": used[is_row],
            "first_used_on": as_dates(adoption.first_use[is_row]),
            "last_used_on": as_dates(adoption.last_use[is_row]),
        }
    )


def adoption_columns(
    available: Flags, used: Flags, ever_used: Flags, is_tracked: Flags
) -> dict[str, Ints | Floats]:
    """Counts of features and their rates, null where none is tracked."""
    counts = {
        "features_available": available.sum(axis=1),
        "features_used": used.sum(axis=1),
        "features_used_all_time": ever_used.sum(axis=1),
    }
    known = np.where(is_tracked, counts["features_available"], np.nan)
    return counts | {
        "adoption_rate": counts["features_used"] / known,
        "adoption_rate_all_time": counts["features_used_all_time"] / known,
    }


def feature_adoption(adoption: dict[EntityType, Adoption], facts: Facts) -> pd.DataFrame:
    """feature_adoption: one row per built date and feature launched by it."""
    features = adoption["user"].features
    day, feature = np.meshgrid(facts.calendar.built, np.arange(len(features.names)), indexing="ij")
    launched = features.launched_on[feature] <= day
    is_tracked = (features.seen_on[feature] <= day)[launched]
    table = pd.DataFrame(
        {
            "score_date": as_dates(day[launched]),
            "feature": np.array(features.names, dtype=object)[feature[launched]],
        }
    )
    for entity_type in ENTITY_TYPES:
        own = adoption[entity_type]
        available = _per_date(own.available, own.rows, facts)[launched]
        adopted = _per_date(own.used, own.rows, facts)[launched]
        table[f"{entity_type}s_available"] = available
        table[f"{entity_type}s_adopted"] = adopted
        known = np.where(is_tracked & (available > 0), available, np.nan)
        table[f"{entity_type}_adoption_rate"] = adopted / known
        table[f"{entity_type}s_adopted_all_time"] = _ever_by_date(own, facts)[launched]
    return table


def _per_date(flags: Flags, rows: pd.DataFrame, facts: Facts) -> Ints:
    """(dates, features): how many rows of each built date have the flag."""
    sums = np.concatenate([np.zeros((1, flags.shape[1]), dtype=np.int64), flags.cumsum(axis=0)])
    dates = rows["score_date"].to_numpy()
    ends = np.searchsorted(dates, facts.calendar.built, side="right")
    starts = np.searchsorted(dates, facts.calendar.built, side="left")
    counts: Ints = sums[ends] - sums[starts]
    return counts


def _ever_by_date(adoption: Adoption, facts: Facts) -> Ints:
    """(dates, features): how many entities had used the feature by each built date."""
    first = np.sort(adoption.first_use, axis=0)
    counts = [
        np.searchsorted(first[:, f], facts.calendar.built, "right") for f in range(first.shape[1])
    ]
    return np.array(counts, dtype=np.int64).reshape(first.shape[1], len(facts.calendar.built)).T
