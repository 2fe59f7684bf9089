"""What people did about signals: actions, dismissals, what is overdue, and the hold-out."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import numpy as np
import pandas as pd

from .days import Flags, as_dates, date_number
from .entities import EntityType
from .facts import Facts
from .states import DECIMALS

STATES = ("taken", "done", "dismissed")
#: Of an account's hash, so many hexadecimal digits say where it lies.
DIGITS = 8


class _Action(NamedTuple):
    """An action of the input that may count."""

    state: str
    day: int
    by: str | None
    note: str | None


def with_actions(
    told: dict[EntityType, pd.DataFrame], held: dict[EntityType, pd.DataFrame], facts: Facts
) -> dict[EntityType, pd.DataFrame]:
    """The openings of both entity types with the columns that say what people did.

    `told` is what `openings` gives, `held` what `signals.held` gives, without what is held back.
    """
    rows = pd.concat(told.values(), ignore_index=True)
    rows["from_day"], rows["seen_day"], rows["to_day"] = (
        date_number(rows[name]) for name in ("opened_on", "last_seen_on", "closed_on")
    )
    rules = facts.seeds.rules
    positions = {(rule.entity_type, rule.signal): number for number, rule in enumerate(rules)}
    kinds = zip(rows["entity_type"], rows["signal"], strict=True)
    rows["rule"] = np.array([positions[kind] for kind in kinds], dtype=np.int64)
    due = rows["from_day"] + np.array([rules[number].due_days for number in rows["rule"]])
    latest = _latest(rows, facts)
    acts = pd.DataFrame.from_dict(latest, orient="index", columns=list(_Action._fields))
    acts = acts.reindex(rows.index)
    held_out = rows["account_id"].map(lambda account: _is_held_out(account, facts)).astype("bool")
    as_of = np.nan if facts.history.as_of is None else facts.history.as_of
    rows = rows.assign(
        action_state=acts["state"],
        action_on=as_dates(acts["day"].to_numpy(dtype="float64")),
        action_by=acts["by"],
        action_note=acts["note"],
        is_dismissed=_dismissed(rows, latest, held, facts),
        due_on=as_dates(due.to_numpy(dtype="float64")),
        is_overdue=rows["is_open"] & ~held_out & acts["state"].isna() & (due < as_of),
        is_held_out=held_out,
    ).drop(columns=["from_day", "seen_day", "to_day", "rule"])
    return {kind: rows[rows["entity_type"] == kind].reset_index(drop=True) for kind in told}


def _latest(rows: pd.DataFrame, facts: Facts) -> dict[int, _Action]:
    """The latest action on each opening, by the opening's row."""
    actions = facts.inputs.signal_actions
    as_of = facts.history.as_of
    if as_of is None:
        return {}
    counted = actions[actions["state"].isin(STATES) & (actions["day"] <= as_of)]
    by_signal = rows.groupby(["account_id", "signal"]).groups
    found: dict[int, tuple[tuple[object, ...], _Action]] = {}
    for action in counted.to_dict("records"):
        openings = rows.loc[by_signal.get((action["account_id"], action["signal"]), [])]
        day = int(action["day"])
        begun = openings[openings["from_day"] <= day + facts.settings.signal_cooldown_days]
        own = begun.sort_values("from_day").drop_duplicates(
            ["entity_type", "entity_id"], keep="last"
        )
        is_latest = own["from_day"] == own["from_day"].max()
        was_open = own["to_day"].isna() | (own["to_day"] > day)
        by, note = (
            None if pd.isna(action[name]) else action[name] for name in ("acted_by", "note")
        )
        moment = pd.Timestamp.min if pd.isna(action["acted_at"]) else action["acted_at"]
        # What wins: the later; of the same time the state, the person and the note that come first.
        order = (-day, -moment.value, action["state"], by or "", note or "")
        for number in own.index[is_latest | was_open]:
            if number not in found or order < found[number][0]:
                found[number] = (order, _Action(action["state"], day, by, note))
    return {number: action for number, (_, action) in found.items()}


def _dismissed(
    rows: pd.DataFrame,
    latest: dict[int, _Action],
    held: dict[EntityType, pd.DataFrame],
    facts: Facts,
) -> Flags:
    """(openings,): whether the latest action dismissed it, and it has not worsened since."""
    dismissed = np.zeros(len(rows), dtype=np.bool_)
    for number, action in latest.items():
        if action.state == "dismissed":
            row = rows.loc[number]
            days = held["user" if row["entity_type"] == "user" else "account"]
            own = days[
                (days["entity"] == row["entity"])
                & (days["rule"] == row["rule"])
                & days["day"].between(row["from_day"], row["seen_day"])
            ]
            is_risk = row["kind"] == "risk"
            dismissed[number] = not (is_risk and _has_worsened(own, action.day, facts))
    return dismissed


def _has_worsened(days: pd.DataFrame, day: int, facts: Facts) -> bool:
    """Whether the score fell by trend_score_change, or by half, after it was looked at."""
    scores = days.sort_values("day").set_index("day")["score"].astype("float64").round(DECIMALS)
    before = scores[scores.index <= max(day, scores.index[0])]
    after = scores[scores.index > before.index[-1]]
    if after.empty:
        return False
    then, lowest = before.iloc[-1], after.min()
    fall = round(then - lowest, DECIMALS)
    return bool(fall > 0 and (fall >= facts.settings.trend_score_change or 2 * lowest <= then))


def _is_held_out(account: str | None, facts: Facts) -> bool:
    if account is None or pd.isna(account):
        return False
    digest = hashlib.md5(f"action_holdout/{account}".encode(), usedforsecurity=False).hexdigest()
    return int(digest[:DIGITS], 16) < int(facts.settings.action_holdout * 16**DIGITS)
