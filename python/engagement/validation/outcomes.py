"""score_outcomes: the outcomes of scored accounts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .days import Floats, Ints, as_dates, is_sunday
from .entity_scores import bands
from .facts import Facts
from .scores import Scores

LARGEST_REVENUE = 1e15
OUTCOMES = ("retained", "churned", "expanded", "contracted", "revenue_growth")
COLUMNS = (
    "score_date outcome horizon_days group_by group_value accounts outcome_accounts outcome_rate"
    " mrr_before mrr_after"
)


def score_outcomes(scores: Scores, facts: Facts) -> pd.DataFrame:
    """The public table, for each followed date and horizon."""
    known = known_outcomes(scores, facts)
    tables = [
        _grouped(rows, rows["day"].iloc[0], rows["horizon"].iloc[0], facts)
        for _, rows in known.groupby(["day", "horizon"])
    ]
    empty = pd.DataFrame(columns=COLUMNS.split())
    return pd.concat(tables, ignore_index=True) if tables else empty


def known_outcomes(scores: Scores, facts: Facts) -> pd.DataFrame:
    """day, horizon, entity, before, after, all, band, decile of every account that is followed."""
    revenue = monthly_revenue(facts)
    tables = [
        _observed(day, months, revenue, scores, facts).assign(day=day, horizon=horizon)
        for day in followed_dates(facts.calendar.built)
        for horizon in facts.settings.outcome_horizons
        if _is_known((months := _months(day, horizon))[-1], revenue, facts)
    ]
    empty = pd.DataFrame(
        columns=["day", "horizon", "entity", "before", "after", "all", "band", "decile"]
    )
    return pd.concat(tables, ignore_index=True) if tables else empty


def followed_dates(built: Ints) -> list[int]:
    """The Sundays on the 2nd to the 8th of a month."""
    month = built.astype("datetime64[D]").astype("datetime64[M]")
    days_since_first = built - month.astype("datetime64[D]").astype("int64")
    is_followed = is_sunday(built) & (days_since_first >= 1) & (days_since_first <= 7)
    return [int(day) for day in built[is_followed]]


def _months(day: int, horizon: int) -> tuple[int, int, int]:
    """The month before a day, its own, and that of the horizon, counted from January 1970."""
    then, after = np.array([day, day + horizon]).astype("datetime64[D]").astype("datetime64[M]")
    return int(then.astype("int64")) - 1, int(then.astype("int64")), int(after.astype("int64"))


def monthly_revenue(facts: Facts) -> pd.DataFrame:
    """account_id, month, mrr (by the last rows of the month), mrr_first (by its first), agreed.

    Each subscription has such rows, and they add up; what one of them lacks is unknown. An amount
    for several months counts in each, until the same subscription has a newer row. Of several rows
    of a day the largest counts; negative ones do not. agreed: all that pays ends with the month, as
    its last rows say.
    """
    as_of = -np.inf if facts.history.as_of is None else facts.history.as_of
    rows = facts.inputs.subscriptions
    rows = rows[(rows["day"] <= as_of) & ~(rows["mrr"] < 0)]
    rates = rows["currency"].map(facts.seeds.rates).astype("float64").fillna(1)
    rows = rows.assign(mrr=rows["mrr"] * rates)
    months = rows["day"].to_numpy().astype("datetime64[D]").astype("datetime64[M]").astype("int64")
    finite = rows["mrr"].where(rows["mrr"].abs() < LARGEST_REVENUE)
    ordered = rows.assign(month=months, mrr=finite / rows["months"])
    key = ["account_id", "subscription_id", "month"]
    last = ordered.sort_values(["day", "mrr"], na_position="first").drop_duplicates(
        key, keep="last"
    )
    first = ordered.sort_values(["day", "mrr"], ascending=[True, False]).drop_duplicates(key)
    held = last[[*key, "mrr", "months", "ended_as_agreed"]].merge(
        first[[*key, "mrr"]], on=key, suffixes=("", "_first")
    )
    held = held.sort_values(key, ignore_index=True)
    following = held.groupby(key[:2])["month"].shift(-1).fillna(np.inf)
    ends = np.minimum(held["month"] + held["months"], following)
    if facts.history.as_of is not None:
        ends = np.minimum(ends, _months(facts.history.as_of, 0)[1] + 1)
    counts = (ends - held["month"]).astype("int64").to_numpy()
    covered = held.loc[held.index.repeat(counts)].reset_index(drop=True)
    later = covered.groupby(key).cumcount()
    covered["mrr_first"] = covered["mrr_first"].where(later == 0, covered["mrr"])
    covered["month"] += later
    total = covered.groupby(["account_id", "month"])[["mrr", "mrr_first"]]
    is_known = total.count().eq(total.size(), axis=0)
    goes_on = covered[(covered["mrr"] > 0) & ~covered["ended_as_agreed"]]
    pairs = pd.MultiIndex.from_frame(goes_on[["account_id", "month"]])
    sums = total.sum().where(is_known)
    return sums.assign(agreed=~sums.index.isin(pairs) & (sums["mrr"] > 0)).reset_index()


def _is_known(month: int, revenue: pd.DataFrame, facts: Facts) -> bool:
    """Whether a month was over by as_of, and revenue has come in for it or later."""
    if revenue.empty or facts.history.as_of is None:
        return False
    next_month = np.datetime64(month + 1, "M").astype("datetime64[D]").astype("int64")
    latest = revenue["month"][revenue["mrr"].notna()].max()
    return bool(next_month - 1 <= facts.history.as_of and month <= latest)


def _observed(
    day: int, months: tuple[int, int, int], revenue: pd.DataFrame, scores: Scores, facts: Facts
) -> pd.DataFrame:
    """The accounts that paid in the first two of the months, as they were on a day."""
    rows = revenue.set_index("account_id")
    before, then, after = (rows[rows["month"] == month] for month in months)
    accounts = pd.Index(sorted(before.index[before["mrr"] > 0]))
    is_in = accounts.isin(then.index[then["mrr_first"] > 0])
    is_in &= ~accounts.isin(after.index[after["mrr"].isna()])
    is_in &= ~accounts.isin(list(facts.seeds.excluded_accounts))
    is_in &= ~accounts.isin(_gone_as_agreed(revenue, months[-1]))
    is_in &= ~_status(accounts, day, facts).isin(["trial", "churned"]).to_numpy()
    accounts = accounts[is_in]
    code = facts.people.accounts.index.get_indexer(accounts)
    members = scores.members[scores.members["score_date"] == day].set_index("entity")
    score = members["score"].reindex(code).fillna(0.0).reset_index(drop=True)
    points = members["points"].reindex(code).fillna(0).to_numpy()
    return pd.DataFrame(
        {
            "entity": code,
            "before": before["mrr"].reindex(accounts).to_numpy(),
            "after": after["mrr"].reindex(accounts).fillna(0.0).clip(lower=0).to_numpy(),
            "all": "all",
            "band": bands(score, facts.seeds.bands),
            "decile": deciles(score.round(9).to_numpy(), points),
        }
    )


def _gone_as_agreed(revenue: pd.DataFrame, month: int) -> list[str]:
    """The accounts that pay nothing in a month, and had agreed so in the last they paid."""
    paid = revenue[(revenue["mrr"] > 0) & (revenue["month"] <= month)].sort_values("month")
    last = paid.drop_duplicates("account_id", keep="last")
    return list(last["account_id"][(last["month"] < month) & last["agreed"]])


def _status(accounts: pd.Index, day: int, facts: Facts) -> pd.Series:
    """The recorded status on a day; else today's, unless that is churned, which was later."""
    history = facts.inputs.account_history
    rows = history[history["day"] <= day].drop_duplicates("account_id", keep="last")
    recorded = rows.set_index("account_id")["status"].reindex(accounts).astype(object)
    today = facts.inputs.accounts.set_index("account_id")["status"].reindex(accounts).astype(object)
    return recorded.where(recorded.notna(), today.where(today != "churned"))


def recorded_plan(accounts: pd.Series, days: Ints, facts: Facts) -> pd.Series:
    """(n,): the plan that the history has for each account on a day, else `unknown`."""
    asked = pd.DataFrame({"account_id": accounts.to_numpy(), "day": days.astype("float64")})
    asked = asked.astype({"account_id": "str"}).reset_index().sort_values("day")
    history = facts.inputs.account_history.sort_values("day", kind="stable")
    history = history.astype({"account_id": "str"})[["account_id", "day", "plan"]]
    known = pd.merge_asof(asked, history, on="day", by="account_id").sort_values("index")
    return known["plan"].astype(object).fillna("unknown").reset_index(drop=True)


def deciles(*values: Floats) -> list[str]:
    """The tenth of each, 1 to 10, from the share with less; the first value decides first."""
    tuples = list(zip(*values, strict=True))
    ordered = sorted(tuples)
    position = {value: number for number, value in reversed(list(enumerate(ordered)))}
    return [str(10 * position[value] // len(tuples) + 1) for value in tuples]


def _grouped(rows: pd.DataFrame, day: int, horizon: int, facts: Facts) -> pd.DataFrame:
    happened = {
        "retained": rows["after"] > 0,
        "churned": rows["after"] == 0,
        "expanded": rows["after"] > rows["before"],
        "contracted": rows["after"].between(0, rows["before"], inclusive="neither"),
    }
    found = []
    for group_by in ("all", "band", "decile"):
        for value, group in rows.groupby(group_by):
            is_enough = len(group) >= facts.settings.min_segment_size
            before, after = group["before"].sum(), group["after"].sum()
            for outcome in OUTCOMES:
                came = int(happened[outcome][group.index].sum()) if outcome in happened else None
                rate = after / before - 1 if came is None else came / len(group)
                figure = (len(group), came, rate if is_enough else None, before, after)
                found.append((day, outcome, horizon, group_by, value, *figure))
    table = pd.DataFrame(found, columns=COLUMNS.split())
    return table.assign(
        score_date=as_dates(table["score_date"].to_numpy(dtype="float64")),
        outcome_accounts=table["outcome_accounts"].astype("Int64"),
        outcome_rate=table["outcome_rate"].astype("float64"),
    )
