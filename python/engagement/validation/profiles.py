"""user_profiles and account_profiles: everything about an entity on as_of, in one row."""

from __future__ import annotations

from bisect import bisect_left
from decimal import Decimal

import numpy as np
import pandas as pd

from .adoption import Adoption, adoption_columns, adoption_on_as_of
from .days import Floats, Ints, as_dates
from .entities import ATTRIBUTES_WITH_HISTORY, EntityType, attribute_on
from .entity_scores import INACTIVE, safe_ratio
from .facts import Facts
from .outcomes import monthly_revenue
from .rejections import ACCEPTED
from .scores import ALL, UNKNOWN

ACTIVATION_COLUMNS = [
    "milestones",
    "milestones_reached",
    "activation_rate",
    "missing_milestones",
    "next_milestone",
]


def user_profiles(
    scores: pd.DataFrame, activation: pd.DataFrame, adoption: Adoption, facts: Facts
) -> pd.DataFrame:
    """user_profiles, from the score rows of as_of and the activation rows."""
    users = facts.people.users
    return pd.DataFrame(
        {
            **_identity("user", facts),
            **{name: users[name].array for name in ("account_id", "email", "role")},
            **{name: users[name].array for name in ("is_internal", "is_champion")},
            **_standing(scores.set_index("user_id"), users.index),
            **_features("user", adoption, facts),
            **_rows_of(activation.set_index("user_id"), users.index, ACTIVATION_COLUMNS),
        }
    )


def account_profiles(
    scores: pd.DataFrame,
    active_users: pd.Series,
    activation: pd.DataFrame,
    adoption: Adoption,
    facts: Facts,
) -> pd.DataFrame:
    """account_profiles. `active_users` (accounts,) are those on as_of."""
    accounts = facts.people.accounts
    rows = scores.set_index("account_id")
    from_row = ["mean_user_score", "champion_user_id", "champion_concentration"]
    activation_columns = [*ACTIVATION_COLUMNS, "mean_user_activation_rate"]
    seats = accounts["seats"].reset_index(drop=True)
    profiles = pd.DataFrame(
        {
            **_identity("account", facts),
            **{name: accounts[name].array for name in ("parent_account_id", "name", "industry")},
            **{name: _attribute(name, facts) for name in ATTRIBUTES_WITH_HISTORY},
            "trial_ends_on": as_dates(accounts["trial_ends_on"].to_numpy(dtype="float64")),
            "renews_on": as_dates(accounts["renews_on"].to_numpy(dtype="float64")),
            **_loss(facts),
            "seats": seats.astype("Int64"),
            "mrr": _latest_mrr(facts),
            **_standing(rows, accounts.index),
            "normalization_group": _normalization_group(facts),
            "active_users": active_users,
            "members": activation["members"].array,
            "coverage": safe_ratio(active_users, activation["members"]),
            "seat_utilization": safe_ratio(active_users, seats),
            **_rows_of(rows, accounts.index, from_row),
            "agent_share": _agent_share(facts),
            **_features("account", adoption, facts),
            **_rows_of(activation.set_index("account_id"), accounts.index, activation_columns),
        }
    )
    return profiles.assign(**_among_peers(profiles), **_rolled_up(profiles, facts))


def _agent_share(facts: Facts) -> pd.Series:
    """(accounts,): the share of the accepted events of the last active window not by humans."""
    accepted = facts.intake.of(ACCEPTED)
    as_of = np.nan if facts.history.as_of is None else float(facts.history.as_of)
    recent = accepted[accepted["day"] > as_of - facts.settings.active_window_days]
    of_others = recent["quantity"].where(recent["actor"] != "human", 0.0)
    totals = recent.assign(others=of_others).groupby("account_id")[["others", "quantity"]].sum()
    own = totals[totals["quantity"] > 0].reindex(facts.people.accounts.index)
    return (own["others"] / own["quantity"]).reset_index(drop=True)


def _identity(entity_type: EntityType, facts: Facts) -> dict[str, object]:
    """The identity of an entity, and when it was seen."""
    entities = facts.people.of(entity_type)
    first_seen, last_seen, signup = (
        entities[name].to_numpy(dtype="float64")
        for name in ("first_seen_on", "last_seen_on", "signup_on")
    )
    as_of = np.nan if facts.history.as_of is None else float(facts.history.as_of)
    return {
        f"{entity_type}_id": entities.index,
        "created_at": entities["created_at"].array,
        "signup_on": as_dates(signup),
        "is_inferred": entities["is_inferred"].array,
        "first_seen_on": as_dates(first_seen),
        "last_seen_on": as_dates(last_seen),
        "days_since_last_seen": pd.Series(as_of - last_seen).astype("Int64"),
        "events": entities["events"].array,
        "as_of": as_dates(np.full(len(entities), as_of)),
    }


def _standing(scores: pd.DataFrame, ids: pd.Index) -> dict[str, object]:
    """The score columns of the row on as_of; without a row, those of the inactive."""
    columns = ["rank", "percentile_rank", "previous_score", "score_change", "trend"]
    defaults = {"score": 0.0, "points": Decimal(0), "band": INACTIVE, "active_days": 0}
    known = ids.isin(scores.index)
    return _rows_of(scores, ids, columns) | {
        name: scores[name].reindex(ids).where(known, default).array
        for name, default in defaults.items()
    }


def _rows_of(frame: pd.DataFrame, ids: pd.Index, columns: list[str]) -> dict[str, object]:
    """The columns of each id's row, null without one."""
    return {column: frame[column].reindex(ids).array for column in columns}


def _features(
    entity_type: EntityType, adoption: Adoption, facts: Facts
) -> dict[str, Ints | Floats]:
    """The adoption columns on as_of of every entity, also of those without an adoption row."""
    available, used, days = adoption_on_as_of(entity_type, adoption, facts)
    ever_used = available & (adoption.first_use <= days[:, None])
    is_tracked = adoption.features.tracked(available, days)
    columns = adoption_columns(available, used, ever_used, is_tracked)
    if facts.history.as_of is None:
        return {name: np.full(len(days), np.nan) for name in columns}
    return columns


def _attribute(name: str, facts: Facts) -> pd.Series:
    """(accounts,): an attribute on as_of."""
    ids = facts.people.accounts.index.to_series()
    if facts.history.as_of is None:
        return facts.people.accounts[name].reset_index(drop=True)
    return attribute_on(
        facts.inputs, facts.people, ids, np.full(len(ids), facts.history.as_of), name
    )


def _normalization_group(facts: Facts) -> pd.Series:
    """(accounts,): the group within which each is calibrated on as_of; null if it is not scored."""
    built = facts.calendar.built
    index = range(len(facts.people.accounts))
    if facts.history.as_of is None or facts.history.as_of not in built:
        return pd.Series(None, index=index, dtype="object")
    ((version, _),) = facts.calendar.by_version(built[built == facts.history.as_of])
    if version.normalize_by is None:
        return pd.Series(ALL, index=index)
    return _attribute(version.normalize_by, facts).fillna(UNKNOWN)


def _among_peers(profiles: pd.DataFrame) -> dict[str, pd.Series]:
    """(accounts,): how many have its plan, and the share of them with fewer points."""
    plans = profiles["plan"].astype("object")
    plans = plans.where(plans.notna(), "")
    peers = pd.Series(pd.NA, index=profiles.index, dtype="Int64")
    shares = pd.Series(np.nan, index=profiles.index)
    for _, points in profiles["points"][profiles["lost_on"].isna()].groupby(plans):
        ordered = sorted(points)
        lower = [bisect_left(ordered, own) for own in points]
        peers[points.index] = len(ordered)
        if len(ordered) > 1:
            shares[points.index] = np.array(lower) / len(ordered)
    return {"peers": peers, "peer_percentile_rank": shares}


def _rolled_up(profiles: pd.DataFrame, facts: Facts) -> dict[str, pd.Series]:
    """(accounts,): the figures of each account and of all accounts below it, users once."""
    ids = list(profiles["account_id"])
    listed = facts.inputs.accounts.set_index("account_id")["parent_account_id"].dropna().to_dict()
    below: dict[str, list[int]] = {account: [] for account in ids}
    for number, account in enumerate(ids):
        chain = [account]
        while chain[-1] in listed:
            chain.append(listed[chain[-1]])
            below.get(chain[-1], []).append(number)
            if len(chain) > len(listed) + 1:
                raise ValueError(f"accounts: the parents of {account!r} never end.")
    members = _users_by_account(_members_on_as_of(facts))
    active = _users_by_account(_active_on_as_of(facts))
    stays = profiles["lost_on"].isna()
    cooling = stays & profiles["trend"].eq("cooling")
    rows = []
    for number, account in enumerate(ids):
        children = below[account]
        whole = [number, *children]
        staying = [child for child in children if stays[child]]
        by_score = sorted((round(profiles["score"][child], 9), ids[child]) for child in staying)
        lowest = ids.index(by_score[0][1]) if by_score else None
        rows.append(
            {
                "child_accounts": len(children),
                "rolled_up_members": len(set().union(*(members.get(one, ()) for one in whole))),
                "rolled_up_active_users": len(set().union(*(active.get(one, ()) for one in whole))),
                "rolled_up_mrr": profiles["mrr"][whole].sum(min_count=1),
                "cooling_child_accounts": int(cooling[children].sum()),
                "lowest_child_account_id": None if lowest is None else ids[lowest],
                "lowest_child_score": np.nan if lowest is None else profiles["score"][lowest],
            }
        )
    counted = pd.DataFrame(rows, index=profiles.index)
    return {str(name): counted[name] for name in counted}


def _members_on_as_of(facts: Facts) -> pd.DataFrame:
    """account, user (codes): who is a member of what on as_of."""
    as_of = facts.history.as_of
    spells = facts.spells
    if as_of is None:
        return spells[:0]
    return spells[(spells["start"] <= as_of) & (spells["end"] > as_of)]


def _active_on_as_of(facts: Facts) -> pd.DataFrame:
    """account, user (codes): who is active in what in the window of as_of."""
    active = facts.history.active.query("account >= 0 and user >= 0")
    as_of = facts.history.as_of
    if as_of is None or as_of not in facts.calendar.built:
        return active[:0]
    ((version, _),) = facts.calendar.by_version(np.array([as_of]))
    return active[(active["day"] > as_of - version.window_days) & (active["day"] <= as_of)]


def _users_by_account(rows: pd.DataFrame) -> dict[int, set[int]]:
    """Account -> users, all codes."""
    found: dict[int, set[int]] = {}
    for account, user in rows[["account", "user"]].drop_duplicates().to_numpy().tolist():
        found.setdefault(account, set()).add(user)
    return found


def _loss(facts: Facts) -> dict[str, object]:
    """(accounts,): the day on which each left, and whether as agreed; null for those that stay.

    It left when it was recorded as churned, after which nothing else was recorded, or with the
    first month without revenue after the last that may have had some, whichever comes first.
    """
    ids = facts.people.accounts.index
    as_of = -np.inf if facts.history.as_of is None else facts.history.as_of
    history = facts.inputs.account_history
    history = history[history["day"] <= as_of].drop_duplicates(["account_id", "day"], keep="last")
    recorded: dict[str, float] = {}
    history = history.dropna(subset=["status"]).sort_values("day")
    for account, day, status in history[["account_id", "day", "status"]].to_numpy():
        if status == "churned":
            recorded.setdefault(account, float(day))
        else:
            recorded.pop(account, None)
    revenue = monthly_revenue(facts)
    newest = revenue["month"][revenue["mrr"].notna()].max()
    paid = revenue[~(revenue["mrr"] <= 0)].groupby("account_id")["month"].max()
    unpaid: dict[str, float] = {}
    for account, month in paid.items():
        first, following = (
            int(np.datetime64(int(month) + later, "M").astype("datetime64[D]").astype("int64"))
            for later in (1, 2)
        )
        if following - 1 <= as_of and month + 1 <= newest:
            unpaid[str(account)] = float(first)
    agreed = set(revenue[revenue["agreed"]].set_index(["account_id", "month"]).index)
    lost = np.array([min(recorded.get(i, np.inf), unpaid.get(i, np.inf)) for i in ids])
    has_left = np.isfinite(lost)
    ended = [i in unpaid and (i, paid[i]) in agreed for i in ids]
    return {
        "lost_on": as_dates(np.where(has_left, lost, np.nan)),
        "ended_as_agreed": pd.Series(ended, dtype="boolean").where(has_left),
    }


def _latest_mrr(facts: Facts) -> Floats:
    """(accounts,): the revenue of the month of as_of, else of the month before, else null."""
    if facts.history.as_of is None:
        return np.full(len(facts.people.accounts), np.nan)
    month = np.datetime64(facts.history.as_of, "D").astype("datetime64[M]").astype("int64")
    revenue = monthly_revenue(facts)
    recent = revenue[revenue["month"] >= month - 1].sort_values("month")
    latest = recent.drop_duplicates("account_id", keep="last").set_index("account_id")["mrr"]
    mrr: Floats = latest.reindex(facts.people.accounts.index).to_numpy(dtype="float64")
    return mrr
