"""signals and account_priorities: openings of the rules, and the order of the accounts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .days import Ints, as_dates
from .entities import EntityType, accounts_on, attribute_on
from .facts import Facts
from .history import in_force

SEVERITY_POINTS = {"critical": 8, "high": 4, "medium": 2, "low": 1}
PROFILE = ["account_id", "name", "owner", "plan", "status", "mrr", "renews_on"]


def openings(entity_type: EntityType, held: pd.DataFrame, facts: Facts) -> pd.DataFrame:
    """The rows of the table signals of one entity type, and entity as a code.

    `held` is what `signals.held` gives.
    """
    days = held.astype({"day": "int64", "entity": "int64", "rule": "int64"})
    days = days.sort_values(["rule", "entity", "day"], ignore_index=True)
    opening = _numbers(days, facts)
    first = days[~opening.duplicated()].reset_index(drop=True)
    last = days[~opening.duplicated(keep="last")].reset_index(drop=True)
    return _described(entity_type, first["day"].to_numpy(), last, facts)


def _numbers(days: pd.DataFrame, facts: Facts) -> pd.Series:
    """(rows,): the number of the opening of each day, of days sorted by rule, entity and day."""
    position = pd.Series(np.searchsorted(facts.calendar.built, days["day"]))
    same = (days[["rule", "entity"]] == days[["rule", "entity"]].shift()).all(axis=1)
    is_next = position - position.shift() == 1
    is_soon = days["day"] - days["day"].shift() <= facts.settings.signal_cooldown_days
    return (~(same & (is_next | is_soon))).cumsum()


def _described(
    entity_type: EntityType, opened: Ints, last: pd.DataFrame, facts: Facts
) -> pd.DataFrame:
    """The rows of the table: `opened` (openings,) and the last day of each opening."""
    built, people = facts.calendar.built, facts.people
    ids = people.of(entity_type).index.take(last["entity"].to_numpy())
    day = last["day"].to_numpy()
    columns = ["signal", "kind", "severity", "fact", "sentence"]
    rules = pd.DataFrame([vars(rule) for rule in facts.seeds.rules], columns=columns)
    rules = rules.reindex(last["rule"])
    account = accounts_on(entity_type, facts.inputs, people, last["entity"].to_numpy(), day)
    account = account.reset_index(drop=True)
    account = account.where(account.isin(people.accounts.index))
    as_of = np.full(len(last), facts.history.as_of or 0, dtype=np.int64)
    following = np.append(built, np.nan)[np.searchsorted(built, day) + 1]
    return pd.DataFrame(
        {
            "entity_type": entity_type,
            "entity_id": ids,
            "signal": rules["signal"].array,
            "opened_on": as_dates(opened),
            "last_seen_on": as_dates(day),
            "closed_on": as_dates(following),
            "is_open": np.isnan(following),
            "kind": rules["kind"].array,
            "severity": rules["severity"].array,
            "account_id": account.array,
            "account_name": account.map(people.accounts["name"]).array,
            "owner": attribute_on(facts.inputs, people, account, as_of, "owner").array,
            **{name: last[name].array for name in ("score", "previous_score")},
            "measured_value": last["measured_value"].astype("float64").array,
            "evidence": last["evidence"].array,
            "fact": rules["fact"].array,
            "fact_value": last["fact_value"].astype("float64").array,
            "sentence": _sentences(rules["sentence"], last.assign(user=ids), facts),
            "entity": last["entity"].array,
        }
    )


def _sentences(templates: pd.Series, days: pd.DataFrame, facts: Facts) -> list[str]:
    """(rows,): each template with the numbers of its day, whole and rounded half up."""
    value = days["measured_value"].astype("float64")
    figures = {
        "score": _whole(days["score"]),
        "previous_score": _whole(days["previous_score"]),
        "measured_value": _whole(value),
        "percent": _whole(100 * value),
        "evidence": list(days["evidence"].where(days["evidence"].notna(), "")),
        "window_days": [
            str(facts.calendar.versions[number].window_days)
            for number in in_force(facts.calendar.versions, days["day"].to_numpy())
        ],
        "user": list(days["user"]),
    }
    sentences = list(templates)
    for name, texts in figures.items():
        sentences = [s.replace(f"{{{name}}}", t) for s, t in zip(sentences, texts, strict=True)]
    return sentences


def _whole(values: pd.Series) -> list[str]:
    """Whole numbers as text, halves up; empty where unknown."""
    return ["" if np.isnan(x) else str(int(np.floor(x + 0.5))) for x in values.astype("float64")]


# -- priorities --------------------------------------------------------------------------------


def account_priorities(
    signals: pd.DataFrame, profiles: pd.DataFrame, risk: pd.DataFrame
) -> pd.DataFrame:
    """The public table, from the signals, profiles and risk (of as_of) of everybody."""
    now = signals[signals["is_open"] & signals["account_id"].isin(profiles["account_id"])]
    now = now[~now["is_dismissed"] & ~now["is_held_out"]]
    now = now.assign(points=now["severity"].map(SEVERITY_POINTS).astype("int64"))
    now = now.sort_values(
        ["points", "entity_type", "opened_on", "signal", "entity_id"],
        ascending=[False, True, False, True, True],
    )
    kinds = now.drop_duplicates(["account_id", "entity_type", "signal"]).groupby("account_id")
    top = now.drop_duplicates("account_id").set_index("account_id")
    opened = now.groupby("account_id")["opened_on"]
    is_under_way = top["action_state"].isin(["taken", "done"])
    unanswered = now[now["action_state"].isna()]
    overdue = now[now["is_overdue"]].drop_duplicates(["account_id", "entity_type", "signal"])
    found = pd.DataFrame(
        {
            "severity_points": kinds["points"].sum(),
            "open_signals": kinds.size(),
            "open_risks": kinds["kind"].agg(lambda kind: (kind == "risk").sum()),
            "open_opportunities": kinds["kind"].agg(lambda kind: (kind == "opportunity").sum()),
            "signals": kinds["signal"].agg("|".join),
            "top_signal": top["signal"],
            "top_severity": top["severity"],
            "top_sentence": top["sentence"],
            "top_user_id": top["entity_id"].where(top["entity_type"] == "user", None),
            "first_opened_on": opened.min(),
            "last_opened_on": opened.max(),
            "top_action_state": top["action_state"].where(is_under_way, None),
            "top_action_by": top["action_by"].where(is_under_way, None),
            "next_due_on": unanswered.groupby("account_id")["due_on"].min(),
            "overdue_signals": overdue.groupby("account_id").size(),
        }
    ).reset_index(names="account_id")
    found["overdue_signals"] = found["overdue_signals"].fillna(0).astype("int64")
    columns = [*PROFILE, "score", "band", "trend"]
    rows = profiles[columns].merge(found, on="account_id")
    mean = profiles["mrr"].where(profiles["mrr"] > 0).mean()
    own = risk[["account_id", "risk_rank", "probability", "percentile_rank"]]
    rows = rows.merge(own.rename(columns={"probability": "risk_probability"}), "left")
    weight = 1 + (rows["mrr"].clip(lower=0) / mean).fillna(0)
    weight *= 1 + rows.pop("percentile_rank").fillna(0)
    rows = rows.assign(priority=(rows["severity_points"] * weight).round(9))
    rows = rows.sort_values(["priority", "account_id"], ascending=[False, True])
    return rows.assign(priority_rank=np.arange(1, len(rows) + 1))
