"""cohort_retention: who of those that came in a month came back in the months since."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .activity import PERIODS, complete_periods
from .days import Floats, Ints, as_dates
from .entities import ENTITY_TYPES, EntityType, codes_of
from .facts import Facts
from .outcomes import monthly_revenue

BEFORE = "before"
REVENUE = ["revenue_accounts", "mrr_before", "mrr_after"]
MONTH_OF, MONTH_START = PERIODS["month"]


def cohort_retention(facts: Facts) -> pd.DataFrame:
    """cohort_retention: one row per cohort and complete month from its own on."""
    months = complete_periods(facts, "month")
    return pd.concat(
        [
            _retention(entity_type, cohort_by, months, facts)
            for entity_type in ENTITY_TYPES
            for cohort_by in ("first_activity", "signup")
        ],
        ignore_index=True,
    )


def _retention(entity_type: EntityType, cohort_by: str, months: Ints, facts: Facts) -> pd.DataFrame:
    """The rows of one entity type and way to form cohorts."""
    first = int(months[0]) if len(months) else 0
    members = _members(entity_type, cohort_by, first, facts)
    sizes = members.groupby(["cohort", "month_0"]).size().reset_index(name="members")
    cells = sizes.merge(pd.DataFrame({"month": months}), how="cross")
    cells = cells[cells["month"] >= cells["month_0"]].reset_index(drop=True)

    days = facts.history.active_days(entity_type)
    active = days.assign(month=MONTH_OF(days["day"].to_numpy()))[["entity", "month"]]
    came = active.drop_duplicates().merge(members, on="entity")
    counts = came.groupby(["cohort", "month"]).size().reset_index(name="active")
    cells = cells.merge(counts, how="left", on=["cohort", "month"])
    if entity_type == "account":
        cells = cells.merge(_revenue(members, months, facts), how="left", on=["cohort", "month"])
    else:
        cells[REVENUE] = np.nan

    is_before = cells["cohort"].to_numpy() < first
    starts = MONTH_START(cells["cohort"].to_numpy(dtype=np.int64))
    names = cells["cohort"].to_numpy(dtype=np.int64).astype("datetime64[M]").astype(str)
    back = cells["active"].fillna(0).astype("int64")
    return pd.DataFrame(
        {
            "entity_type": entity_type,
            "cohort_by": cohort_by,
            "cohort": np.where(is_before, BEFORE, names).astype(object),
            "cohort_month": as_dates(np.where(is_before, np.nan, starts)),
            "months_since": cells["month"] - cells["month_0"],
            "members": cells["members"],
            "active": back,
            "retention_rate": back / cells["members"],
            "revenue_accounts": cells["revenue_accounts"].astype("Int64"),
            "mrr_before": cells["mrr_before"].astype("float64"),
            "mrr_after": cells["mrr_after"].astype("float64"),
            "revenue_retention_rate": cells["mrr_after"].astype("float64") / cells["mrr_before"],
        }
    )


def _members(entity_type: EntityType, cohort_by: str, first: int, facts: Facts) -> pd.DataFrame:
    """entity, cohort (a month; the one before `first` is `before`), month_0: who is in a cohort."""
    people = facts.people.of(entity_type)
    if cohort_by == "signup":
        joined = _months(people["signup_on"].to_numpy(dtype="float64"))
        joined = np.where(np.isnan(joined), -np.inf, joined)
    else:
        days = facts.history.active_days(entity_type).groupby("entity")["day"].min()
        joined = _months(days.reindex(range(len(people))).to_numpy(dtype="float64"))
    created = _months(people["created_on"].to_numpy(dtype="float64"))
    is_before = (joined < first) | ((joined == first) & (created != first))
    members = pd.DataFrame(
        {"entity": range(len(people)), "cohort": np.where(is_before, first - 1, joined)}
    )
    members = members.dropna().astype("int64")
    return members.assign(month_0=members["cohort"].clip(lower=first))


def _months(days: Floats) -> Floats:
    """The number of the month of each day, NaN for none."""
    known = np.isfinite(days)
    months = np.full(len(days), np.nan)
    months[known] = MONTH_OF(days[known].astype(np.int64))
    return months


def _revenue(members: pd.DataFrame, months: Ints, facts: Facts) -> pd.DataFrame:
    """cohort, month, REVENUE: of the accounts that paid in month 0, and whose revenue is known."""
    revenue = monthly_revenue(facts)[["account_id", "month", "mrr"]]
    revenue["entity"] = codes_of(revenue["account_id"], facts.people.accounts.index)
    known = revenue[revenue["mrr"].notna()]
    paid = known[known["mrr"] > 0].rename(columns={"month": "month_0", "mrr": "mrr_before"})
    paying = members.merge(paid[["entity", "month_0", "mrr_before"]], on=["entity", "month_0"])
    later = pd.DataFrame({"month": months[months <= known["month"].max()]})
    followed = paying.merge(later, how="cross").query("month >= month_0")
    both = followed.merge(
        revenue[["entity", "month", "mrr"]], how="left", on=["entity", "month"], indicator=True
    )
    both = both[(both["_merge"] == "left_only") | both["mrr"].notna()]
    sums = both.assign(mrr_after=both["mrr"].fillna(0)).groupby(["cohort", "month"])
    return sums.agg(
        revenue_accounts=("entity", "size"),
        mrr_before=("mrr_before", "sum"),
        mrr_after=("mrr_after", "sum"),
    ).reset_index()
