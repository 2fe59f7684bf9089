"""activity and lifecycle: active entities by day and by period."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from .days import Ints, as_dates
from .entities import ENTITY_TYPES, EntityType
from .facts import Facts

WEEK_DAYS = 7
STATES = ("new", "retained", "resurrected", "dormant")


# -- activity ----------------------------------------------------------------------------------


def activity(facts: Facts) -> pd.DataFrame:
    """activity: one row per day and entity type, from the first accepted event to as_of."""
    if facts.history.first_day is None or facts.history.as_of is None:
        days = np.array([], dtype=np.int64)
    else:
        days = np.arange(facts.history.first_day, facts.history.as_of + 1)
    return pd.concat(
        [_activity_of(entity_type, days, facts) for entity_type in ENTITY_TYPES],
        ignore_index=True,
    )


def _activity_of(entity_type: EntityType, days: Ints, facts: Facts) -> pd.DataFrame:
    active = facts.history.active_days(entity_type)
    month_days = facts.settings.active_window_days
    daily = _distinct_in(active, days, 1)
    monthly = _distinct_in(active, days, month_days)
    sums = np.concatenate([np.zeros(month_days, dtype=np.int64), daily.cumsum()])
    mean_daily = (sums[month_days:] - sums[:-month_days]) / month_days
    return pd.DataFrame(
        {
            "activity_date": as_dates(days),
            "entity_type": entity_type,
            "daily_active": daily,
            "weekly_active": _distinct_in(active, days, WEEK_DAYS),
            "monthly_active": monthly,
            "stickiness_rate": mean_daily / np.where(monthly > 0, monthly, np.nan),
        }
    )


def _distinct_in(active: pd.DataFrame, days: Ints, window_days: int) -> Ints:
    """(days,): the entities active in the `window_days` days ending with each of consecutive days.

    An active day counts for an entity until the window has passed, or its next active day.
    """
    ordered = active.sort_values(["entity", "day"])
    following = ordered.groupby("entity")["day"].shift(-1)
    until = (ordered["day"] + window_days).clip(upper=following.fillna(np.inf)).astype("int64")
    changes = np.zeros(len(days) + 1, dtype=np.int64)
    np.add.at(changes, np.searchsorted(days, ordered["day"]), 1)
    np.add.at(changes, np.searchsorted(days, until), -1)
    return changes.cumsum()[:-1]


# -- lifecycle ---------------------------------------------------------------------------------

# A period has a number: consecutive periods, consecutive numbers.


def _week_of(days: Ints) -> Ints:
    return (days + 3) // 7


def _month_of(days: Ints) -> Ints:
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def _week_start(weeks: Ints) -> Ints:
    return weeks * 7 - 3


def _month_start(months: Ints) -> Ints:
    return months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)


def _same(days: Ints) -> Ints:
    return days


PERIODS: dict[str, tuple[Callable[[Ints], Ints], Callable[[Ints], Ints]]] = {
    "day": (_same, _same),
    "week": (_week_of, _week_start),
    "month": (_month_of, _month_start),
}


def lifecycle(facts: Facts) -> pd.DataFrame:
    """lifecycle: entities by state, in each complete period from the first active day's on."""
    return pd.concat(
        [
            _lifecycle_of(entity_type, period, facts)
            for entity_type in ENTITY_TYPES
            for period in PERIODS
        ],
        ignore_index=True,
    )


def _lifecycle_of(entity_type: EntityType, period: str, facts: Facts) -> pd.DataFrame:
    number_of, start_of = PERIODS[period]
    active = facts.history.active_days(entity_type)
    active = active.assign(period=number_of(active["day"].to_numpy()))
    active = active[["entity", "period"]].drop_duplicates().sort_values(["entity", "period"])
    periods = complete_periods(facts, period)
    by_entity = active.groupby("entity")["period"]
    gap = active["period"] - by_entity.shift()
    created_on = facts.people.of(entity_type)["created_on"].to_numpy()[active["entity"]]
    is_first_period = active["period"].isin(periods[:1])
    created_then = (created_on >= start_of(active["period"].to_numpy())) & (
        created_on < start_of(active["period"].to_numpy() + 1)
    )
    is_new = gap.isna() & (~is_first_period | created_then)
    is_retained = gap.eq(1) | (gap.isna() & ~is_new)
    falls_silent = active["period"] + 1 != by_entity.shift(-1)
    in_state = {
        "new": active["period"][is_new],
        "retained": active["period"][is_retained],
        "resurrected": active["period"][gap > 1],
        "dormant": active["period"][falls_silent] + 1,
    }
    return pd.concat(
        pd.DataFrame(
            {
                "period": period,
                "period_start": as_dates(start_of(periods)),
                "entity_type": entity_type,
                "state": state,
                "entities": in_state[state].value_counts().reindex(periods, fill_value=0).array,
            }
        )
        for state in STATES
    )


def complete_periods(facts: Facts, period: str) -> Ints:
    """The numbers of the periods from the first active day's to the last that as_of completes."""
    number_of, _ = PERIODS[period]
    if facts.history.as_of is None or facts.history.active.empty:
        return np.array([], dtype=np.int64)
    first, after = number_of(np.array([facts.history.active["day"].min(), facts.history.as_of + 1]))
    return np.arange(first, after)
