"""account_risk: the customers of each built date by how much they are at risk."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .days import Flags, Floats, Ints, as_dates
from .entities import EntityType, attribute_on, first_days
from .entity_scores import version_names
from .states import DECIMALS, States

CUSTOMER = "paying"
#: Days without activity where neither activity nor signup is known, and the most that count.
LONGEST_SILENCE = 365
#: In the order in which facts of equal weight are told.
TERMS = (
    "days_silent",
    "change",
    "score",
    "points_per_member",
    "breadth",
    "coverage",
    "age",
    "plan",
)
TOLD = 3
PUBLIC = [
    "score_date",
    "account_id",
    "version",
    "risk_rank",
    "customers",
    "percentile_rank",
    "horizon_days",
    "probability",
    "reasons",
    "score",
    "days_since_active",
]


def ranked(states: States) -> pd.DataFrame:
    """PUBLIC, day, entity (codes) and previous_score; every customer on every built date."""
    rows = _customers(states)
    people = states.facts.people
    rows = rows.assign(
        score_date=as_dates(rows["day"].to_numpy(dtype="float64")),
        account_id=people.accounts.index.take(rows["entity"].to_numpy()),
        version=version_names(states.facts, rows["day"].to_numpy()),
        days_since_active=rows["day"] - last_active_days("account", rows, states),
        days_since_signup=rows["day"] - rows["signup"],
    )
    silent = rows["days_since_active"].fillna(rows["days_since_signup"]).fillna(LONGEST_SILENCE)
    rows = rows.assign(silent=silent.clip(lower=0))
    parts, log_odds = _log_odds(rows, states)
    models = states.facts.seeds.risk
    rows = rows.assign(
        horizon_days=[models.get(v, {}).get("horizon_days", np.nan) for v in rows["version"]],
        probability=1 / (1 + np.exp(-np.clip(log_odds, -700, 700))),
        reasons=pd.Series(_reasons(rows, parts), index=rows.index, dtype="object"),
    )
    return _placed(rows, log_odds)


def _customers(states: States) -> pd.DataFrame:
    """Who pays, whether or not anything happens; without a status who has points to compare."""
    shown = states.days.assign(has_points=True)
    rows = pd.concat([shown, states.others.assign(has_points=False)], ignore_index=True)
    unit = {name: rows[name].astype("float64") / 1e12 for name in ("points", "previous_points")}
    rows = rows.assign(**unit)
    people = states.facts.people
    ids = people.accounts.index.to_series().take(rows["entity"].to_numpy())
    day = rows["day"].to_numpy()
    status, plan = (
        attribute_on(states.facts.inputs, people, ids, day, name).set_axis(rows.index)
        for name in ("status", "plan")
    )
    has_come = first_days(rows["signup"].to_numpy(dtype="float64")) <= day
    is_customer = (status == CUSTOMER) & has_come | (
        (status.isna() | (status == CUSTOMER)) & rows["has_points"]
    )
    return rows.assign(plan=plan)[is_customer.to_numpy()].reset_index(drop=True)


def last_active_days(entity_type: EntityType, days: pd.DataFrame, states: States) -> Floats:
    """(rows,): the latest day on which the entity was active, up to the row's; NaN: never."""
    active = states.facts.history.active_days(entity_type).sort_values(["entity", "day"])
    span = 1 + max(active["day"].max(), days["day"].max()) if len(active) and len(days) else 1
    own = np.concatenate([[-1], active["entity"] * span + active["day"]])
    asked = (days["entity"] * span + days["day"]).to_numpy()
    found = own[np.searchsorted(own, asked, side="right") - 1]
    return np.where(found // span == days["entity"], found % span, np.nan)


def _log_odds(rows: pd.DataFrame, states: States) -> tuple[dict[str, Ints], Floats]:
    """What each of TERMS adds, in units of 1e-12, and the sum (rows,); NaN without a model."""
    each = 1 / rows["members"].clip(lower=1)
    points = rows["points"]
    before = rows["previous_points"].where(rows["previous_score"].notna(), points)
    values = {
        "score": rows["score"] / 100,
        "points_per_member": np.log(1 + points * each),
        "change": np.log(1 + points) - np.log(1 + before),
        "days_silent": np.log(1 + rows["silent"].clip(upper=LONGEST_SILENCE)),
        "breadth": np.log(1.0 + rows["kinds"]),
        "coverage": (rows["active_users"] * each).clip(upper=1),
        "age": np.log(1 + rows["days_since_signup"].fillna(0).clip(lower=0)),
    }
    models = states.facts.seeds.risk
    own = [models.get(name) for name in rows["version"]]
    has_model = np.array([model is not None for model in own], dtype=np.bool_)
    weights = {term: np.array([(model or {}).get(term, 0.0) for model in own]) for term in values}
    plans = [
        (model or {}).get(f"plan:{plan}", 0.0)
        for model, plan in zip(own, rows["plan"], strict=True)
    ]
    intercepts = np.array([(model or {}).get("intercept", 0.0) for model in own])
    parts = {
        term: _exact(weights[term] * value.round(DECIMALS).to_numpy())
        for term, value in values.items()
    }
    parts["plan"] = _exact(np.array(plans, dtype=np.float64))
    total = _exact(intercepts) + np.sum(list(parts.values()), axis=0)
    return parts, np.where(has_model, total / 1e12, np.nan)


def _exact(values: Floats) -> Ints:
    return np.rint(values * 1e12).astype(np.int64)


def _placed(rows: pd.DataFrame, log_odds: Floats) -> pd.DataFrame:
    """With the rank among the customers of the date, 1 the most at risk."""
    order = pd.DataFrame(
        {
            "day": rows["day"],
            "odds": -pd.Series(log_odds, index=rows.index).fillna(0),
            "score": rows["score"].round(DECIMALS),
            "silent": -rows["silent"],
        }
    )
    key = [tuple(row) for row in order.drop(columns="day").to_numpy(dtype="float64")]
    keys = pd.Series(pd.factorize(pd.Series(key, dtype="object"), sort=True)[0], index=rows.index)
    by_day = keys.groupby(rows["day"])
    customers = by_day.transform("size")
    safer = customers - by_day.rank(method="max")
    return rows.assign(
        risk_rank=by_day.rank(method="min").astype("int64"),
        customers=customers,
        percentile_rank=safer / customers,
    )


def _reasons(rows: pd.DataFrame, parts: dict[str, Ints]) -> list[str | None]:
    """(rows,): the facts that raise the risk most above the day's mean, or what ranks it."""
    facts = _facts(rows)
    by_day = rows.groupby("day")["day"].transform("size")
    excess = (
        np.column_stack(
            [
                np.round(
                    (
                        parts[term]
                        - pd.Series(parts[term]).groupby(rows["day"]).transform("sum") / by_day
                    )
                    / 1e12,
                    DECIMALS,
                )
                for term in TERMS
            ]
        )
        if len(rows)
        else np.zeros((0, len(TERMS)))
    )
    order = np.argsort(-excess, axis=1, kind="stable")[:, :TOLD]
    has_model: Flags = np.any(excess != 0, axis=1)
    fell = (rows["points"] < rows["previous_points"]).to_numpy()
    told: list[str | None] = []
    for row in range(len(rows)):
        if has_model[row]:
            names = [TERMS[term] for term in order[row] if excess[row, term] > 0]
        else:
            names = ["score", "days_silent", *(["change"] if fell[row] else [])]
        told.append(", ".join(facts[name][row] for name in names) or None)
    return told


def _facts(rows: pd.DataFrame) -> dict[str, list[str]]:
    """Each of TERMS in words, (rows,) each."""
    kept = rows["points"] / rows["previous_points"]
    return {
        "days_silent": [_silence(days) for days in rows["days_since_active"]],
        "change": [
            _change(points, before, share)
            for points, before, share in zip(
                rows["points"], rows["previous_points"], kept, strict=True
            )
        ],
        "score": [f"a score of {_whole(score)}" for score in rows["score"]],
        "points_per_member": [
            f"{_whole(points / max(members, 1))} points a member"
            for points, members in zip(rows["points"], rows["members"], strict=True)
        ],
        "breadth": [
            f"{int(kinds)} kind{'' if kinds == 1 else 's'} of event{'' if kinds == 1 else 's'}"
            for kinds in rows["kinds"]
        ],
        "coverage": [
            f"{int(active)} of {int(members)} member{'' if members == 1 else 's'} active"
            for active, members in zip(rows["active_users"], rows["members"], strict=True)
        ],
        "age": [
            "" if np.isnan(days) else f"signed up {int(days)} days ago"
            for days in rows["days_since_signup"]
        ],
        "plan": [f"on the plan {'unknown' if pd.isna(plan) else plan}" for plan in rows["plan"]],
    }


def _silence(days: float) -> str:
    if np.isnan(days):
        return "never active"
    return {0: "active today", 1: "last active yesterday"}.get(
        int(days), f"last active {int(days)} days ago"
    )


def _change(points: float, before: float, share: float) -> str:
    if before == 0:
        return "no use in the window before"
    if points == before:
        return "use unchanged"
    word, moved = ("down", 1 - share) if points < before else ("up", share - 1)
    return f"use {word} by {_whole(100 * moved)} %"


def _whole(value: float) -> str:
    return str(int(np.floor(value + 0.5)))
