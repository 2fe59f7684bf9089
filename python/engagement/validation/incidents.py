"""tracking_incidents: events that fell silent, and what they took from scores and signals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .days import Flags, Ints, as_dates
from .entities import ENTITY_TYPES, EntityType
from .facts import Facts
from .history import in_force
from .scores import window_points
from .seeds import Rule, Version
from .states import DECIMALS, States

WEEKS, WEEK = 4, 7
FEWEST_DAYS, MOST_DAYS = 2, 7
LOW_SHARE, ACTIVE_SHARE, SILENT_SHARE = 0.75, 0.5, 0.5
SILENT_BY_CHANCE, LEAST_EVIDENCE = 1 / 6, 9.210340372
USUAL_FALL = 0.5
OF_NO_FALL = {"onboarding_stuck", "needs_training", "depends_on_one_champion"}
LOST = ["day", "entity", "event", "now", "before", "change"]


@dataclass(frozen=True)
class Incident:
    """One row of the table: an event (a code) that was silent in [started, ended).

    `ended` is None while it lasts.
    """

    event: int
    started: int
    detected: int
    ended: int | None
    accounts: int
    silent_accounts: int

    def silent_until(self, day: int) -> int:
        """The last day of silence, as far as is known by a day."""
        return day if self.ended is None or self.ended > day else self.ended - 1


class _Use:
    """What accounts did on each day, as matrices with a row a day from the first event on."""

    def __init__(self, facts: Facts) -> None:
        """Of the events that count for something on their day."""
        self.history = facts.history
        self.size = len(facts.people.accounts)
        own = facts.history.daily
        counts, active = _counting(facts)
        own = own[counts[own["event"], _version(facts, own)] | _is_launched(facts, own)]
        own = own[(own["account"] >= 0) & (_version(facts, own) >= 0)]
        self.counted = own.groupby(["day", "account", "event"])["n"].sum().reset_index()
        self.is_active = active[self.counted["event"], _version(facts, self.counted)]

    def of(self, event: int) -> tuple[Flags, Ints]:
        """(days, accounts): whether an account had the event; how many others that are active."""
        is_own = (self.counted["event"] == event).to_numpy()
        return self._matrix(is_own) > 0, self._active - self._matrix(is_own & self.is_active)

    @cached_property
    def _active(self) -> Ints:
        return self._matrix(self.is_active)

    def _matrix(self, rows: Flags) -> Ints:
        first, last = self.history.first_day or 0, self.history.as_of or 0
        found = np.zeros((last - first + 1, self.size), dtype=np.int64)
        own = self.counted[rows]
        np.add.at(found, (own["day"] - first, own["account"]), own["n"])
        return found


def incidents(facts: Facts) -> list[Incident]:
    """All incidents, by event and day."""
    if facts.history.first_day is None:
        return []
    use = _Use(facts)
    return [
        incident
        for event in np.unique(use.counted["event"])
        for incident in _merged(_detections(int(event), *use.of(event)), facts)
    ]


def _detections(event: int, had: Flags, others: Ints) -> Iterator[Incident]:
    """The silence known on each day, with days counted from the first of the history."""
    accounts = had.sum(axis=1)
    is_low = np.zeros(len(had), dtype=np.bool_)
    for day in range(WEEK * WEEKS, len(had)):
        usual = accounts[[day - WEEK * week for week in range(1, WEEKS + 1)]].mean()
        is_low[day] = accounts[day] < LOW_SHARE * usual
    for day in np.flatnonzero(is_low).tolist():
        found = []
        for first in range(max(day - MOST_DAYS + 1, 0), day - FEWEST_DAYS + 2):
            if not is_low[first]:
                continue
            judged, silent = _judged(had, others, first, day)
            evidence = _evidence(int(silent.sum()), int(judged.sum()))
            if silent.sum() >= SILENT_SHARE * judged.sum() and evidence >= LEAST_EVIDENCE:
                found.append((-evidence, first, judged, silent))
        if found:
            _, first, judged, silent = min(found, key=lambda one: one[:2])
            ended = _return(had[:, silent], day)
            yield Incident(event, first, day, ended, int(judged.sum()), int(silent.sum()))


def _judged(had: Flags, others: Ints, first: int, last: int) -> tuple[Flags, Flags]:
    """(accounts,): with the habit and going on; those of them that are silent in the days."""
    weeks = [slice(first - WEEK * w, last + 1 - WEEK * w) for w in range(1, WEEKS + 1)]
    has_habit = np.all([had[week].any(axis=0) for week in weeks], axis=0)
    before = np.mean([others[week].sum(axis=0) for week in weeks], axis=0)
    now = others[first : last + 1].sum(axis=0)
    judged = has_habit & (now > 0) & (now >= ACTIVE_SHARE * before)
    return judged, judged & ~had[first : last + 1].any(axis=0)


def _evidence(silent: int, accounts: int) -> float:
    """Accounts times the relative entropy of the silent share to that of chance."""
    if not accounts:
        return 0.0
    share = silent / accounts
    terms = [(share, SILENT_BY_CHANCE), (1 - share, 1 - SILENT_BY_CHANCE)]
    entropy = sum(p * float(np.log(p / q)) for p, q in terms if p > 0)
    return round(accounts * entropy, DECIMALS)


def _return(had: Flags, day: int) -> int | None:
    """The first day after one by which half of the accounts have the event again."""
    back = np.maximum.accumulate(had[day + 1 :], axis=0).sum(axis=1) * 2 >= had.shape[1]
    return int(day + 1 + back.argmax()) if back.any() else None


def _merged(detections: Iterator[Incident], facts: Facts) -> Iterator[Incident]:
    """The incidents of one event, in days: what is known again before it is back is the same."""
    first_day = facts.history.first_day or 0
    last: Incident | None = None
    for one in detections:
        if last is None or (last.ended is not None and last.ended <= one.started):
            yield Incident(
                one.event,
                one.started + first_day,
                one.detected + first_day,
                None if one.ended is None else one.ended + first_day,
                one.accounts,
                one.silent_accounts,
            )
        last = one


def _counting(facts: Facts) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """(events, versions): whether an event has a weight or is active; whether it is active."""
    tables = [
        facts.seeds.weights_of(version, facts.history.events) for version in facts.seeds.versions
    ]
    active = np.stack([table["active"].to_numpy(dtype=np.bool_) for table in tables], axis=1)
    weighted = np.stack([table["milli"].to_numpy() > 0 for table in tables], axis=1)
    return active | weighted, active


def _version(facts: Facts, rows: pd.DataFrame) -> Ints:
    return in_force(facts.seeds.versions, rows["day"].to_numpy())


def _is_launched(facts: Facts, rows: pd.DataFrame) -> Flags:
    """(rows,): whether the event is of a key feature that had launched by its day."""
    launched = facts.seeds.features.groupby("event_name")["launched_on"].min()
    on = launched.reindex(facts.history.events, fill_value=np.inf).to_numpy(dtype="float64")
    flags: Flags = on[rows["event"]] <= rows["day"].to_numpy()
    return flags


# -- what they took ----------------------------------------------------------------------------


def lost_points(entity_type: EntityType, found: list[Incident], facts: Facts) -> pd.DataFrame:
    """LOST: the points by an event with an incident, of entities that it silenced.

    One row per built date, entity and event; points in trillionths.
    """
    calendar = facts.calendar
    dates = calendar.built[np.isfinite(calendar.previous)]
    tables = [pd.DataFrame({name: pd.Series(dtype="int64") for name in LOST})]
    for version, under in calendar.by_version(dates):
        for event in sorted({incident.event for incident in found}):
            own = [incident for incident in found if incident.event == event]
            silenced = _silenced(entity_type, own, version, under, facts)
            if len(silenced):
                points = _points_change(entity_type, event, version, silenced, facts)
                tables.append(silenced.merge(points, on=["day", "entity"]).assign(event=event))
    return pd.concat(tables, ignore_index=True)[LOST]


def _silenced(
    entity_type: EntityType, found: list[Incident], version: Version, dates: Ints, facts: Facts
) -> pd.DataFrame:
    """day, entity: whom an incident had silenced, as far as was known on the day."""
    daily = facts.history.daily
    pairs = set()
    for incident in found:
        uses = daily[(daily["event"] == incident.event) & (daily[entity_type] >= 0)]
        before = uses["day"].between(incident.started - WEEK * WEEKS, incident.started - 1)
        habit = np.unique(uses.loc[before, entity_type])
        since = uses[uses["day"] >= incident.started].groupby(entity_type)["day"].min()
        returned = since.reindex(habit).fillna(np.inf).to_numpy()
        for day in dates[dates >= incident.detected]:
            until = incident.silent_until(int(day))
            if until > day - 2 * version.window_days:
                pairs |= {(int(day), int(entity)) for entity in habit[returned > until]}
    return pd.DataFrame(sorted(pairs), columns=["day", "entity"])


def _points_change(
    entity_type: EntityType, event: int, version: Version, wanted: pd.DataFrame, facts: Facts
) -> pd.DataFrame:
    """day, entity, now, before, change: points of an event in a window, and in the one before."""
    weight = facts.seeds.weights_of(version, facts.history.events).iloc[event]
    daily = facts.history.daily
    daily = daily[(daily["event"] == event) & (daily[entity_type] >= 0)]
    keys = ["day", entity_type] if entity_type == "user" else ["day", "account", "user"]
    counts = daily.groupby(keys)["n"].sum().clip(upper=weight["daily_cap"]).astype("int64")
    units = (counts * int(weight["milli"])).to_frame("units").reset_index()
    units = units.rename(columns={str(entity_type): "entity"})
    dates = np.unique(wanted["day"].to_numpy(dtype=np.int64))
    now = window_points(units, ["entity"], dates, version)
    then = window_points(units, ["entity"], dates - version.window_days, version)
    then = then.assign(score_date=then["score_date"] + version.window_days)
    keys = ["score_date", "entity"]
    both = now.merge(then, on=keys, how="outer", suffixes=("_now", "_before"))
    sums = {name: both[f"points_{name}"].fillna(0).astype(object) for name in ("now", "before")}
    return pd.DataFrame(
        {
            "day": both["score_date"],
            "entity": both["entity"],
            **sums,
            "change": sums["now"] - sums["before"],
        }
    )


def _rests_on_a_fall(rule: Rule) -> bool:
    return rule.kind == "risk" and rule.signal not in OF_NO_FALL


def is_held_back(held: pd.DataFrame, states: States, lost: pd.DataFrame) -> Flags:
    """(rows,): whether a risk rests on a fall that the events without an incident do not show."""
    keys = ["day", "entity"]
    own = lost.groupby(keys)[["now", "before"]].sum().reset_index()
    rows = held[[*keys, "rule"]].astype("int64")
    rows = rows.merge(states.days[[*keys, "points", "previous_points"]], on=keys, how="left")
    rows = rows.merge(own, on=keys, how="left", indicator=True)
    rules = [states.facts.seeds.rules[number] for number in rows["rule"]]
    fall = np.array([USUAL_FALL if np.isnan(rule.min_fall) else rule.min_fall for rule in rules])
    is_risk = np.array([_rests_on_a_fall(rule) for rule in rules], dtype=np.bool_)
    of_others = {
        name: (rows[name] - rows[event]).to_numpy(dtype="float64")
        for name, event in (("points", "now"), ("previous_points", "before"))
    }
    limit = np.round(1 - fall, DECIMALS)
    with np.errstate(divide="ignore", invalid="ignore"):
        kept = np.round((rows["points"] / rows["previous_points"]).to_numpy("float64"), DECIMALS)
        others = np.round(of_others["points"] / of_others["previous_points"], DECIMALS)
    is_steady = (others > limit) | (of_others["previous_points"] == 0)
    is_silenced = (rows["_merge"] == "both").to_numpy(dtype=np.bool_)
    flags: Flags = is_risk & is_silenced & (kept <= limit) & is_steady
    return flags


# -- the table ---------------------------------------------------------------------------------


def tracking_incidents(
    found: list[Incident],
    lost: dict[EntityType, pd.DataFrame],
    held_back: dict[EntityType, pd.DataFrame],
    facts: Facts,
) -> pd.DataFrame:
    """The public table. `held_back` are the rows of `signals.held` that are, of each type."""
    as_of = facts.history.as_of
    daily = facts.history.daily
    latest = {incident.event: incident.started for incident in found}
    rows = []
    for incident in found:
        usual = daily[
            (daily["event"] == incident.event)
            & daily["day"].between(incident.started - WEEK * WEEKS, incident.started - 1)
        ]
        signals = 0
        for kind in ENTITY_TYPES if latest[incident.event] == incident.started else ():
            own = lost[kind]
            own = own[
                (own["event"] == incident.event) & (own["day"] == as_of) & (own["change"] < 0)
            ]
            now = held_back[kind]
            signals += int((now["entity"].isin(own["entity"]) & (now["day"] == as_of)).sum())
        rows.append(
            {
                "event_name": facts.history.events[incident.event],
                "started_on": incident.started,
                "detected_on": incident.detected,
                "ended_on": np.nan if incident.ended is None else incident.ended,
                "accounts": incident.accounts,
                "silent_accounts": incident.silent_accounts,
                "usual_daily_events": usual["n"].sum() / (WEEK * WEEKS),
                "signals_held_back": signals,
            }
        )
    columns = ["event_name", "started_on", "detected_on", "ended_on", "accounts", "silent_accounts"]
    table = pd.DataFrame(rows, columns=[*columns, "usual_daily_events", "signals_held_back"])
    dates = {
        name: as_dates(table[name].to_numpy(dtype="float64"))
        for name in ("started_on", "detected_on", "ended_on")
    }
    return table.assign(**dates)
