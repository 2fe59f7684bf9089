"""The configuration: the seed CSVs, typed."""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import numpy as np
import pandas as pd

from .days import Floats, Ints, date_number

TRUE_WORDS = frozenset({"true", "t", "1", "yes", "y"})
#: How often an event counts at most for one entity on one day.
DAILY_LIMIT = 999_999_999


@dataclass(frozen=True)
class Version:
    """One row of `scoring_versions`. `valid_from` is a day number, -inf if empty."""

    name: str
    valid_from: float
    window_days: int
    winsor_percentile: Decimal
    curvature: float
    half_life_days: float | None
    min_population: int
    normalize_by: str | None
    is_frozen: bool

    def factors(self) -> Ints:
        """(window_days,): the decay factor of each age in days, in billionths, rounded half up."""
        if self.half_life_days is None:
            return np.full(self.window_days, 10**9, dtype=np.int64)
        powers = (0.5 ** (age / self.half_life_days) for age in range(self.window_days))
        return np.array(
            [int((Decimal(power) * 10**9).to_integral_value(ROUND_HALF_UP)) for power in powers],
            dtype=np.int64,
        )


@dataclass(frozen=True)
class Rule:
    """One row of `signal_rules`; a limit that is empty is NaN, which nothing is above or below."""

    entity_type: str
    signal: str
    kind: str
    severity: str
    sentence: str
    min_score: float
    max_score: float
    min_previous_score: float
    min_change: float
    min_fall: float
    min_share: float
    max_share: float
    min_days: float
    max_days: float
    min_count: float
    alert_budget: float
    due_days: float
    fact: str | None
    min_fact: float
    max_fact: float


@dataclass(frozen=True)
class Condition:
    """What a rule asks of an event; field: a column as received, or properties/ and a path."""

    field: str
    comparison: str
    value: str


@dataclass(frozen=True)
class DerivedEvent:
    """The rows of `derived_events` of one position."""

    name: str
    source: str
    conditions: tuple[Condition, ...]
    quantity_property: str | None
    unit: float


@dataclass(frozen=True)
class ActorRule:
    """The rows of `actor_rules` of one position."""

    actor: str
    conditions: tuple[Condition, ...]


LIMITS = [field.name for field in fields(Rule) if field.type == "float"]


@dataclass(frozen=True)
class Seeds:
    """All seeds that a public number depends on.

    weights     version, event_name, milli (weight in thousandths), daily_cap (at most
                DAILY_LIMIT), given_cap (NaN: none), active
    caps        (version, entity_type, normalization_group) -> cap
    bands       band, min_score, by min_score
    features    feature, event_name, launched_on (day, -inf: always), plans (empty: all)
    milestones  milestone, entity_type, events (a list), event_name (they, joined by |), min_count,
                min_days, within_days, any_days (NaN: none), position; one row per milestone
    rules       those that are enabled
    risk        version -> term -> coefficient of its model of risk
    rates       currency in capitals -> what one unit of it is worth
    derived_events, actor_rules  in their order
    """

    versions: tuple[Version, ...]
    weights: pd.DataFrame
    caps: dict[tuple[str, str, str], float]
    bands: pd.DataFrame
    features: pd.DataFrame
    milestones: pd.DataFrame
    rules: tuple[Rule, ...]
    risk: dict[str, dict[str, float]]
    rates: dict[str, float]
    derived_events: tuple[DerivedEvent, ...]
    actor_rules: tuple[ActorRule, ...]
    excluded_users: frozenset[str]
    excluded_accounts: frozenset[str]

    def weights_of(self, version: Version, events: pd.Index) -> pd.DataFrame:
        """The weights of a version, one row per name in `events`; without a row: 0, not active."""
        own = self.weights[self.weights["version"] == version.name].set_index("event_name")
        aligned = own.reindex(events)
        return pd.DataFrame(
            {
                "milli": aligned["milli"].fillna(0).astype("int64"),
                "daily_cap": aligned["daily_cap"].fillna(np.inf),
                "active": aligned["active"].eq(True),
                "is_listed": events.isin(own.index),
            }
        )


def read_seeds(folder: Path) -> Seeds:
    """The seeds in a folder; a missing file counts as empty."""
    caps = _rows(folder, "calibration_caps", "version entity_type normalization_group cap")
    return Seeds(
        versions=_versions(folder),
        weights=_weights(folder),
        caps={
            (row["version"], row["entity_type"], row["normalization_group"]): float(row["cap"])
            for row in caps.to_dict("records")
        },
        bands=_rows(folder, "score_bands", "band min_score")
        .assign(min_score=lambda bands: bands["min_score"].astype("float64"))
        .sort_values("min_score", ignore_index=True),
        features=_features(folder),
        milestones=_milestones(folder),
        rules=_rules(folder),
        risk=_risk(folder),
        rates={
            row["currency"].upper(): float(row["rate"])
            for row in _rows(folder, "exchange_rates", "currency rate").to_dict("records")
        },
        derived_events=_derived_events(folder),
        actor_rules=_actor_rules(folder),
        excluded_users=_ids(folder, "excluded_users", "user_id"),
        excluded_accounts=_ids(folder, "excluded_accounts", "account_id"),
    )


def free_mail_domains(folder: Path) -> frozenset[str]:
    """The domains of addresses that name no account."""
    return _ids(folder, "free_mail_domains", "domain")


def _rows(folder: Path, name: str, columns: str) -> pd.DataFrame:
    """A seed as text, empty cells null."""
    path = folder / f"{name}.csv"
    if not path.exists():
        return pd.DataFrame({column: pd.Series(dtype="str") for column in columns.split()})
    seed = pd.read_csv(path, dtype="str", keep_default_na=False, na_values=[""])
    return seed.reindex(columns=columns.split()).astype("str")


def _versions(folder: Path) -> tuple[Version, ...]:
    rows = _rows(
        folder,
        "scoring_versions",
        "version valid_from window_days winsor_percentile curvature half_life_days min_population"
        " normalize_by calibration",
    )
    versions = [
        Version(
            name=row["version"],
            valid_from=start,
            window_days=int(row["window_days"]),
            winsor_percentile=Decimal(row["winsor_percentile"]),
            curvature=float(row["curvature"]),
            half_life_days=None if pd.isna(row["half_life_days"]) else float(row["half_life_days"]),
            min_population=int(row["min_population"]),
            normalize_by=None if pd.isna(row["normalize_by"]) else row["normalize_by"],
            is_frozen=row["calibration"] == "frozen",
        )
        for row, start in zip(
            rows.to_dict("records"), _days_or_always(rows["valid_from"]), strict=True
        )
    ]
    return tuple(sorted(versions, key=lambda version: version.valid_from))


def _weights(folder: Path) -> pd.DataFrame:
    rows = _rows(folder, "event_weights", "version event_name weight daily_cap counts_as_active")
    milli = [
        int((Decimal(weight) * 1000).to_integral_value(ROUND_HALF_UP))
        for weight in rows["weight"].fillna("0")
    ]
    return pd.DataFrame(
        {
            "version": rows["version"],
            "event_name": rows["event_name"],
            "milli": np.array(milli, dtype=np.int64),
            "daily_cap": pd.to_numeric(rows["daily_cap"]).fillna(np.inf).clip(upper=DAILY_LIMIT),
            "given_cap": pd.to_numeric(rows["daily_cap"]),
            "active": rows["counts_as_active"].str.lower().isin(TRUE_WORDS),
        }
    )


def _features(folder: Path) -> pd.DataFrame:
    rows = _rows(folder, "key_features", "feature event_name launched_on plans")
    plans = [
        frozenset(plan.strip() for plan in plans.split("|")) - {""}
        for plans in rows["plans"].fillna("")
    ]
    return rows.assign(
        launched_on=_days_or_always(rows["launched_on"]),
        plans=pd.Series(plans, index=rows.index, dtype="object"),
    )


def _milestones(folder: Path) -> pd.DataFrame:
    rows = _rows(
        folder,
        "activation_milestones",
        "milestone entity_type event_name min_count min_days within_days any_days position",
    )
    limits = ["min_count", "min_days", "within_days", "any_days"]
    typed = rows.assign(
        **{limit: pd.to_numeric(rows[limit]).astype("float64") for limit in limits},
        position=pd.to_numeric(rows["position"]).astype("Int64"),
    )
    key = ["entity_type", "position", "milestone", *limits]
    grouped = typed.groupby(key, dropna=False, sort=True)["event_name"]
    events = grouped.agg(lambda names: "|".join(sorted(names, key=str.encode)))
    return events.reset_index().assign(events=lambda table: table["event_name"].str.split("|"))


def _rules(folder: Path) -> tuple[Rule, ...]:
    names = ["entity_type", "signal", "kind", "severity", "sentence", "fact"]
    rows = _rows(folder, "signal_rules", " ".join([*names, "is_enabled", *LIMITS]))
    rows = rows[rows["is_enabled"].str.lower().isin(TRUE_WORDS)]
    rows = rows.assign(
        fact=rows["fact"].astype("object").where(rows["fact"].notna(), None),
        **{name: pd.to_numeric(rows[name]).astype("float64") for name in LIMITS},
    )
    return tuple(
        Rule(**{str(name): value for name, value in row.items()})
        for row in rows[[*names, *LIMITS]].to_dict("records")
    )


def _risk(folder: Path) -> dict[str, dict[str, float]]:
    rows = _rows(folder, "risk_coefficients", "version term coefficient")
    return {
        str(version): dict(zip(own["term"], own["coefficient"].astype("float64"), strict=True))
        for version, own in rows.groupby("version")
    }


def _derived_events(folder: Path) -> tuple[DerivedEvent, ...]:
    columns = "position derived_event source_event property comparison value quantity_property unit"
    return tuple(
        DerivedEvent(
            name=rows[0]["derived_event"],
            source=rows[0]["source_event"],
            conditions=tuple(
                Condition(f"properties/{row['property']}", row["comparison"], row["value"])
                for row in rows
                if row["comparison"]
            ),
            quantity_property=rows[0]["quantity_property"] or None,
            unit=float(rows[0]["unit"] or 1),
        )
        for rows in _by_position(_rows(folder, "derived_events", columns))
    )


def _actor_rules(folder: Path) -> tuple[ActorRule, ...]:
    return tuple(
        ActorRule(
            actor=rows[0]["actor"],
            conditions=tuple(
                Condition(row["field"], row["comparison"], row["value"]) for row in rows
            ),
        )
        for rows in _by_position(
            _rows(folder, "actor_rules", "position field comparison value actor")
        )
    )


def _by_position(rows: pd.DataFrame) -> list[list[dict[str, str]]]:
    """The rows of each position, in order; empty cells are empty text."""
    placed = rows.fillna("").astype({"position": "int64"})
    return [
        [{str(name): str(value) for name, value in row.items()} for row in own.to_dict("records")]
        for _, own in placed.groupby("position", sort=True)
    ]


def _ids(folder: Path, name: str, column: str) -> frozenset[str]:
    return frozenset(_rows(folder, name, column)[column].dropna())


def _days_or_always(dates: pd.Series) -> Floats:
    """Day numbers of ISO dates, -inf where the cell is empty."""
    days = date_number(pd.to_datetime(dates.str[:10], format="%Y-%m-%d"))
    return np.where(np.isnan(days), -np.inf, days)
