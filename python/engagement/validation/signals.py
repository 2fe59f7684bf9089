"""The rules of signals: the score dates and entities for which each rule holds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .adoption import plan_on
from .days import Flags, Floats, as_dates
from .entities import EntityType, accounts_on, attribute_on, codes_of, first_days
from .entity_scores import ids_of, safe_ratio
from .facts import Facts
from .risk import last_active_days
from .seeds import Rule
from .states import DECIMALS, States

CUSTOMER, TRIAL, CHURNED = "paying", "trial", "churned"
STATED = ["day", "entity", "score", "previous_score", "measured_value", "evidence"]


def held(entity_type: EntityType, states: States) -> pd.DataFrame:
    """Where the rules hold: STATED, rule (its position in the seed), fact_value."""
    ask = RULES[entity_type]
    tables = [
        _with_fact(ask[rule.signal](states, rule)[STATED].assign(rule=number), rule, states.facts)
        for number, rule in enumerate(states.facts.seeds.rules)
        if rule.entity_type == entity_type
    ]
    empty = pd.DataFrame(columns=[*STATED, "rule", "fact_value"])
    return pd.concat([table.astype({"evidence": "object"}) for table in tables] or [empty])


# -- rules of accounts -------------------------------------------------------------------------


def _at_risk(states: States, rule: Rule) -> pd.DataFrame:
    used = states.risk[states.risk["days_since_active"] <= rule.max_days]
    told = _first(used, ["risk_rank"], rule)
    return told.assign(measured_value=told["risk_rank"], evidence=told["reasons"])


def _gone_inactive(states: States, rule: Rule) -> pd.DataFrame:
    silent = states.risk[states.risk["days_since_active"] >= rule.min_days]
    told = _first(silent, ["days_since_active", "risk_rank"], rule)
    return told.assign(measured_value=told["days_since_active"], evidence=None)


def _renewal_at_risk(states: States, rule: Rule) -> pd.DataFrame:
    accounts = states.facts.people.accounts
    renews_on = accounts["renews_on"].to_numpy(dtype="float64")[states.risk["entity"]]
    left = renews_on - states.risk["day"]
    due = states.risk.assign(measured_value=left)[left.between(0, rule.max_days)]
    told = _first(due, ["risk_rank"], rule)
    return told.assign(evidence=told["reasons"])


def _first(rows: pd.DataFrame, by: list[str], rule: Rule) -> pd.DataFrame:
    """Of each day as many as can be called, and no more than the rule's share of the rows."""
    ordered = rows.sort_values([*by, "account_id"])
    place = ordered.groupby("day").cumcount() + 1
    size = ordered.groupby("day")["day"].transform("size")
    share = 1.0 if np.isnan(rule.max_share) else rule.max_share
    is_told = (place <= rule.alert_budget) & (place <= np.ceil((share * size).round(DECIMALS)))
    told: pd.DataFrame = ordered[is_told].assign(score=ordered["score"].round(DECIMALS))
    return told


def _onboarding_stuck(states: States, rule: Rule) -> pd.DataFrame:
    days = _everybody(states)
    days = days[(days["day"] - days["signup"]).between(0, rule.max_days)]
    day, signup = (days[name].to_numpy(dtype="float64")[:, None] for name in ("day", "signup"))
    reached = states.activation.reached[days["entity"]]
    is_reached = reached <= day
    steps = np.where(is_reached, np.maximum(reached, signup), signup)
    names = np.array([*states.activation.milestones["milestone"], None], dtype=object)
    missing = np.hstack([~is_reached, np.ones((len(days), 1), dtype=np.bool_)])
    days = days.assign(
        measured_value=days["day"] - steps.max(axis=1, initial=-np.inf),
        evidence=names[missing.argmax(axis=1)],
    )
    rate = pd.Series(is_reached.mean(axis=1), index=days.index)
    rate = rate.where(days["day"] >= states.activation.seen_on)
    is_stuck = (days["measured_value"] >= rule.min_days) & _at_most(rate, rule.max_share)
    days = days[days["evidence"].notna() & is_stuck]
    return days[(_status(days, states) != CHURNED).to_numpy()]


def _cooling(states: States, rule: Rule) -> pd.DataFrame:
    days = states.days
    is_more = ~_at_most(days["score"], rule.min_score)
    return _customers(_with_loss(days[is_more & _has_fallen(days, rule)]), states)


def _depends_on_one_champion(states: States, rule: Rule) -> pd.DataFrame:
    days = states.days[
        (states.days["active_users"] >= rule.min_count)
        & _at_least(states.days["score"], rule.min_score)
        & _at_least(states.days["concentration"], rule.min_share)
    ]
    champion = ids_of(days["champion"].to_numpy(), states.facts.people.users.index)
    return _customers(days.assign(measured_value=days["concentration"], evidence=champion), states)


def _account_needs_training(states: States, rule: Rule) -> pd.DataFrame:
    days = states.days[
        (states.days["active_users"] >= rule.min_count)
        & _at_most(states.days["adoption_rate"], rule.max_share)
    ]
    evidence = days["active_users"].astype("str")
    return _customers(days.assign(measured_value=days["adoption_rate"], evidence=evidence), states)


def _ready_to_expand(states: States, rule: Rule) -> pd.DataFrame:
    days = states.days.assign(
        measured_value=safe_ratio(states.days["active_users"], states.days["seats"]), evidence=None
    )
    is_full = _at_least(days["measured_value"], rule.min_share) & _at_least(
        days["score"], rule.min_score
    )
    days = days[is_full & ~days["is_cooling"]]
    used, seats = (days[name].astype("int64").astype("str") for name in ("active_users", "seats"))
    return _customers(days.assign(evidence=used + " of " + seats), states)


def _trial_ready(states: States, rule: Rule) -> pd.DataFrame:
    days = states.days
    days = days[_at_least(days["score"], rule.min_score) & (days["signup"] <= days["day"])]
    reached = states.activation.reached[days["entity"]] <= days["day"].to_numpy()[:, None]
    days = days.assign(measured_value=reached.sum(axis=1) / (reached.shape[1] or np.nan))
    days = days[days["day"] >= states.activation.seen_on]
    days = days[_at_least(days["measured_value"], rule.min_share)]
    ends_on = states.facts.people.accounts["trial_ends_on"].to_numpy(dtype="float64")
    ends_on = ends_on[days["entity"]]
    words = np.where(ends_on < days["day"], "it was to end on ", "it ends on ")
    told = [
        "its end is not known" if end is None else w + end
        for w, end in zip(words, _iso(ends_on), strict=True)
    ]
    days = days.assign(evidence=told)
    return days[(_status(days, states) == TRIAL).to_numpy()]


def _cross_sell(states: States, rule: Rule) -> pd.DataFrame:
    days = states.days[_at_least(states.days["score"], rule.min_score)]
    entity, day = days["entity"].to_numpy(), days["day"].to_numpy()
    features = states.adoption.features
    available = features.available(plan_on("account", states.facts, entity, day), day)
    available &= features.seen_on <= day[:, None]
    unused = available & (states.adoption.first_use[entity] > day[:, None])
    names = np.array(features.names, dtype=object)
    days = days.assign(
        measured_value=unused.sum(axis=1), evidence=[", ".join(names[flags]) for flags in unused]
    )
    return _customers(days[days["measured_value"] >= rule.min_count], states)


def _advocate(states: States, rule: Rule) -> pd.DataFrame:
    days = states.days
    days = days[
        (days["day"] - first_days(days["signup"].to_numpy()) >= rule.min_days)
        & _at_least(days["score"], rule.min_score)
        & _at_least(days["coverage"], rule.min_share)
        & ~days["is_cooling"]
    ]
    return _customers(days.assign(measured_value=days["coverage"], evidence=None), states)


def _everybody(states: States) -> pd.DataFrame:
    """All entities, with or without points."""
    return pd.concat([states.days, states.others], ignore_index=True)


def _customers(days: pd.DataFrame, states: States) -> pd.DataFrame:
    """Those of the rows whose account is a customer on the day."""
    status = _status(days, states)
    return days[(status.isna() | (status == CUSTOMER)).to_numpy()]


def _status(days: pd.DataFrame, states: States) -> pd.Series:
    """(rows,): the status of each account on the day."""
    people = states.facts.people
    ids = people.accounts.index.to_series().take(days["entity"].to_numpy())
    return attribute_on(states.facts.inputs, people, ids, days["day"].to_numpy(), "status")


# -- rules of users ----------------------------------------------------------------------------


def _champion_gone_quiet(states: States, rule: Rule) -> pd.DataFrame:
    days, users = states.days, states.facts.people.users
    entities, on = days["entity"].to_numpy(), days["day"].to_numpy()
    own = accounts_on("user", states.facts.inputs, states.facts.people, entities, on)
    account = own.to_numpy(dtype=object)
    rank = pd.Series(np.unique(days["previous_points"], return_inverse=True)[1], index=days.index)
    most = rank.groupby([days["day"], account]).transform("max")
    is_champion = users["is_champion"].to_numpy()[days["entity"]] | (rank == most)
    is_quiet = _was_good(days, rule) & _has_fallen(days, rule)
    quiet = _with_loss(days[is_champion & pd.notna(account) & is_quiet])
    silent = quiet["day"] - last_active_days("user", quiet, states)
    days_silent = pd.Series([_number(value) for value in silent], quiet.index, dtype="object")
    return quiet.assign(evidence=days_silent)[silent >= rule.min_days]


def _declining(states: States, rule: Rule) -> pd.DataFrame:
    days = states.days
    return _with_loss(days[_was_good(days, rule) & _has_fallen(days, rule)])


def _user_needs_training(states: States, rule: Rule) -> pd.DataFrame:
    days = states.days[
        (states.days["active_days"] >= rule.min_days)
        & _at_most(states.days["adoption_rate"], rule.max_share)
    ]
    return days.assign(
        measured_value=days["adoption_rate"], evidence=days["active_days"].astype("str")
    )


def _growing(states: States, rule: Rule) -> pd.DataFrame:
    days = states.days
    days = days.assign(measured_value=days["score"] - days["previous_score"], evidence=None)
    return days[_at_least(days["measured_value"], rule.min_change)]


def _power_user(states: States, rule: Rule) -> pd.DataFrame:
    days = states.days[
        _at_least(states.days["score"], rule.min_score)
        & (states.days["active_days"] >= rule.min_days)
    ]
    return days.assign(measured_value=days["active_days"], evidence=None)


RULES: dict[EntityType, dict[str, Callable[[States, Rule], pd.DataFrame]]] = {
    "account": {
        "at_risk": _at_risk,
        "gone_inactive": _gone_inactive,
        "renewal_at_risk": _renewal_at_risk,
        "onboarding_stuck": _onboarding_stuck,
        "cooling": _cooling,
        "depends_on_one_champion": _depends_on_one_champion,
        "needs_training": _account_needs_training,
        "ready_to_expand": _ready_to_expand,
        "trial_ready": _trial_ready,
        "cross_sell": _cross_sell,
        "advocate": _advocate,
    },
    "user": {
        "champion_gone_quiet": _champion_gone_quiet,
        "declining": _declining,
        "needs_training": _user_needs_training,
        "growing": _growing,
        "power_user": _power_user,
    },
}


# -- what rules share --------------------------------------------------------------------------


def _at_least(values: pd.Series, limit: float) -> pd.Series:
    """Whether values are limit or more, at nine decimals; not where either is unknown."""
    return values.round(DECIMALS) >= limit


def _at_most(values: pd.Series, limit: float) -> pd.Series:
    """Whether values are limit or less, at nine decimals; not where either is unknown."""
    return values.round(DECIMALS) <= round(limit, DECIMALS)


def _was_good(days: pd.DataFrame, rule: Rule) -> pd.Series:
    """Whether the score one window earlier was min_previous_score or more."""
    return _at_least(days["previous_score"], rule.min_previous_score)


def _has_fallen(days: pd.DataFrame, rule: Rule) -> pd.Series:
    """Whether min_fall of the points of the window before is lost."""
    return _at_most(days["points_kept"], 1 - rule.min_fall)


def _with_loss(days: pd.DataFrame) -> pd.DataFrame:
    """With the share of the points that is lost as value, and no evidence."""
    return days.assign(measured_value=1 - days["points_kept"].round(DECIMALS), evidence=None)


def _number(value: float) -> str | None:
    return None if np.isnan(value) else str(int(value))


def _iso(days: Floats) -> NDArray[np.object_]:
    """Dates as text, None where there is none."""
    texts: NDArray[np.object_] = np.datetime_as_string(as_dates(days), unit="D").astype(object)
    texts[np.isnan(days)] = None
    return texts


def _with_fact(days: pd.DataFrame, rule: Rule, facts: Facts) -> pd.DataFrame:
    """With the latest value of the rule's fact by the day, where that is within its limits."""
    if rule.fact is None or rule.entity_type == "user":
        return days.assign(fact_value=np.nan)
    known = facts.inputs.account_facts
    known = known[known["name"] == rule.fact]
    known = known.assign(entity=codes_of(known["account_id"], facts.people.accounts.index))
    known = known.sort_values(["day", "value"]).astype({"day": "int64"})
    days = pd.merge_asof(
        days.sort_values("day"),
        known[["day", "entity", "value"]].rename(columns={"value": "fact_value"}),
        on="day",
        by="entity",
    )
    is_within: Flags = np.ones(len(days), dtype=np.bool_)
    if not np.isnan(rule.min_fact):
        is_within &= (days["fact_value"] >= rule.min_fact).to_numpy()
    if not np.isnan(rule.max_fact):
        is_within &= (days["fact_value"] <= rule.max_fact).to_numpy()
    return days[is_within]
