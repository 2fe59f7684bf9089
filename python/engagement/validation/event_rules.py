"""What derived_events and actor_rules say of the events: their names, quantities and actors."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd

from .inputs import quantities, read_properties
from .seeds import Condition, Seeds
from .settings import Settings

NUMBER = re.compile(r"[+-]?(\d{1,30}(\.\d*)?|\.\d+)(e[+-]?\d{1,2})?", re.IGNORECASE | re.ASCII)
#: By how much a quotient is raised, since 0.3 / 0.1 is a little less than 3.
NEARLY = 1.00000000000001


def with_rules(events: pd.DataFrame, seeds: Seeds, settings: Settings) -> pd.DataFrame:
    """The events with what the first rule that holds makes of them; rules look at them as received.

    Changed are event_name, quantity_text and quantity of derived events, and actor of all: human
    where nothing says who it was.
    """
    if not (seeds.derived_events or seeds.actor_rules):
        return events.assign(actor=events["actor"].fillna("human"))
    received = events.assign(properties=read_properties(settings))
    ruled = events.copy()
    named = pd.Series(data=False, index=events.index)
    for rule in seeds.derived_events:
        own = received[(received["event_name"] == rule.source) & ~named]
        holds = own[_all_hold(own, rule.conditions)]
        named[holds.index] = True
        ruled.loc[holds.index, "event_name"] = rule.name
        if rule.quantity_property is not None and len(holds):
            text = _property(holds, rule.quantity_property)
            ruled.loc[holds.index, "quantity_text"] = text.fillna("0")
            ruled.loc[holds.index, "quantity"] = _whole_units(text, rule.unit)
    told = pd.Series(data=False, index=events.index)
    for by in seeds.actor_rules:
        own = received[~told]
        holds = own[_all_hold(own, by.conditions)]
        told[holds.index] = True
        ruled.loc[holds.index, "actor"] = by.actor
    return ruled.assign(actor=ruled["actor"].fillna("human"))


def _all_hold(rows: pd.DataFrame, conditions: tuple[Condition, ...]) -> pd.Series:
    held = pd.Series(data=True, index=rows.index)
    for one in conditions:
        held &= _holds(_field(rows, one.field), one)
    return held


def _holds(text: pd.Series, condition: Condition) -> pd.Series:
    """Whether each text compares with the value as the condition says; nothing is only not it."""
    value = condition.value
    match condition.comparison:
        case "exists":
            return text.notna()
        case "missing":
            return text.isna()
        case "is_not":
            return text.isna() | (text != value)
        case "at_least":
            return _numbers(text) >= float(value)
        case "at_most":
            return _numbers(text) <= float(value)
    tests = {
        "is": lambda cell: cell == value,
        "starts_with": lambda cell: cell.startswith(value),
        "ends_with": lambda cell: cell.endswith(value),
        "contains": lambda cell: value in cell,
    }
    test = tests[condition.comparison]
    return text.map(lambda cell: bool(pd.notna(cell) and test(cell))).astype(bool)


def _field(rows: pd.DataFrame, field: str) -> pd.Series:
    """A column as received, or a property."""
    if field.startswith("properties/"):
        return _property(rows, field.removeprefix("properties/"))
    return rows["received_user_id" if field == "user_id" else field]


def _property(rows: pd.DataFrame, path: str) -> pd.Series:
    """The text at a path of each row's properties, null where nothing is there."""
    steps = [int(step) if step.isdecimal() else step for step in path.split("/")]
    found = [_text_at(text, steps) for text in rows["properties"]]
    return pd.Series(found, index=rows.index, dtype="object").astype("str")


def _text_at(text: object, steps: list[int | str]) -> str | None:
    try:
        value = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return None
    for step in steps:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _numbers(text: pd.Series) -> pd.Series:
    """Texts as numbers, NaN where they are none."""
    return text.where(
        text.map(lambda cell: bool(pd.notna(cell) and NUMBER.fullmatch(cell)))
    ).astype("float64")


def _whole_units(text: pd.Series, unit: float) -> pd.Series:
    """How many whole units each text is, 0 for nothing, NaN for what is no number or too many."""
    units = np.floor(_numbers(text) / unit * NEARLY).clip(lower=0)
    return quantities(units.where(text.notna(), 0.0))
