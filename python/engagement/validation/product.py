"""product_scores: one score per day for the whole product, and its parts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .activation import Activation
from .adoption import Adoption
from .days import Flags, Floats, as_dates, over_windows
from .entities import EntityType
from .entity_scores import Keys, version_names
from .facts import Facts
from .scores import Scores

COMPOSITE_PARTS = ["adoption_rate", "stickiness_rate", "growth_rate"]


def product_scores(
    scores: dict[EntityType, Scores],
    adoption: dict[EntityType, Adoption],
    activation: dict[EntityType, Activation],
    activity: pd.DataFrame,
    facts: Facts,
) -> pd.DataFrame:
    """product_scores: one row per built date."""
    users = _by_date(scores["user"], facts)
    accounts = _by_date(scores["account"], facts)
    stickiness = activity[activity["entity_type"] == "user"].set_index("activity_date")
    table = pd.DataFrame(
        {
            "score_date": as_dates(facts.calendar.built),
            "version": version_names(facts, facts.calendar.built),
            "active_users": _count(active_pairs("user", facts), facts),
            "active_accounts": _count(active_pairs("account", facts), facts),
            "scored_users": users["size"].astype("int64"),
            "scored_accounts": accounts["size"].astype("int64"),
            "total_engagement": users["sum"],
            "mean_user_score": users["mean"],
            "mean_account_score": accounts["mean"],
            "adoption_rate": _adoption_rate(adoption["account"], facts),
            "stickiness_rate": stickiness["stickiness_rate"]
            .reindex(as_dates(facts.calendar.built))
            .array,
            **_growth(facts),
        }
    )
    return table.assign(
        composite_score=100 * table[COMPOSITE_PARTS].mean(axis=1).where(table["active_users"] > 0),
        user_activation_rate=activation["user"].rate_on(facts.calendar.built),
        account_activation_rate=activation["account"].rate_on(facts.calendar.built),
    )


def _by_date(scores: Scores, facts: Facts) -> pd.DataFrame:
    """Number, sum and mean of the scores on each built date."""
    by_date = scores.members.groupby("score_date")["score"].agg(["size", "sum", "mean"])
    found = by_date.reindex(facts.calendar.built).reset_index(drop=True)
    return found.fillna({"size": 0, "sum": 0.0})


def _count(pairs: pd.DataFrame, facts: Facts) -> pd.Series:
    """(dates,): how many of the pairs each built date has."""
    counts = pairs["score_date"].value_counts().reindex(facts.calendar.built, fill_value=0)
    return counts.reset_index(drop=True)


def active_pairs(entity_type: EntityType, facts: Facts, windows_back: int = 0) -> pd.DataFrame:
    """score_date, entity: active in the window of a built date, or in one so many windows back."""
    days = facts.history.active_days(entity_type)
    pairs = []
    for version, dates in facts.calendar.by_version(facts.calendar.built):
        back = windows_back * version.window_days
        for window in over_windows(days, dates - back, version.window_days):
            once = window[["score_date", "entity"]].drop_duplicates()
            pairs.append(once.assign(score_date=once["score_date"] + back))
    return pd.concat(pairs, ignore_index=True)


def _adoption_rate(accounts: Adoption, facts: Facts) -> Floats:
    """(dates,): the mean adoption rate of the active accounts that have one."""
    keys = Keys(max(len(accounts.first_use), 1))
    active = active_pairs("account", facts)
    is_active = np.isin(
        keys.of(accounts.rows["score_date"], accounts.rows["entity"]),
        keys.of(active["score_date"], active["entity"]),
    )
    rates = pd.Series(accounts.columns()["adoption_rate"])[is_active]
    by_date = rates.groupby(accounts.rows["score_date"][is_active]).mean()
    return by_date.reindex(facts.calendar.built).to_numpy()


def _growth(facts: Facts) -> dict[str, pd.Series | Floats]:
    """gained_accounts, lost_accounts and growth_rate, null before there is a window before."""
    now, before = active_pairs("account", facts), active_pairs("account", facts, windows_back=1)
    keys = Keys(max(len(facts.people.accounts), 1))
    now_keys = keys.of(now["score_date"], now["entity"])
    before_keys = keys.of(before["score_date"], before["entity"])
    gained = _count(now[~np.isin(now_keys, before_keys)], facts)
    lost = _count(before[~np.isin(before_keys, now_keys)], facts)
    known = _has_window_before(facts)
    return {
        "gained_accounts": gained.astype("Int64").where(known),
        "lost_accounts": lost.astype("Int64").where(known),
        "growth_rate": ((gained + 1) / (gained + lost + 2)).where(known),
    }


def _has_window_before(facts: Facts) -> Flags:
    """(dates,): whether D - window_days is not before the first accepted event's day."""
    known = np.zeros(len(facts.calendar.built), dtype=np.bool_)
    for version, dates in facts.calendar.by_version(facts.calendar.built):
        first_day = np.inf if facts.history.first_day is None else facts.history.first_day
        known[np.searchsorted(facts.calendar.built, dates)] = (
            dates - version.window_days >= first_day
        )
    return known
