"""Points, caps and scores of users or accounts, on every score date and its previous one.

Points are counted in trillionths (1e-12), the last digit of decimal(38,12), in integers: int64
where the largest possible sum fits, else Python's own, which have no limit.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from decimal import Context, Decimal

import numpy as np
import pandas as pd

from .days import Floats, Ints, is_sunday, over_windows
from .entities import EntityType, accounts_on, attribute_on
from .facts import Facts
from .seeds import Seeds, Version

POINT = 10**12
SAFE_POINTS = 2**62
ALL = "all"
UNKNOWN = "unknown"
SCORE_QUANTILES = {"p10": 0.10, "p25": 0.25, "p50": 0.50, "p75": 0.75, "p90": 0.90}


@dataclass(frozen=True)
class Scores:
    """The scores of one entity type.

    members       one row per scored date and entity with points > 0: score_date, entity, version,
                  group, points (1e-12), winsorized_points, winsorized_share, score, rank,
                  percentile_rank
    calibrations  one row per scored date, version and normalization group: population, status,
                  cap, p10_score ...
    """

    members: pd.DataFrame
    calibrations: pd.DataFrame


def score(entity_type: EntityType, facts: Facts) -> Scores:
    """The steps of both entity types: points, cap, winsorization, exponential scale, ranks."""
    parts = [
        score_version(entity_type, version, dates, facts)
        for version, dates in facts.calendar.by_version(facts.calendar.scored)
    ]
    return Scores(
        members=pd.concat([part.members for part in parts], ignore_index=True),
        calibrations=pd.concat([part.calibrations for part in parts], ignore_index=True),
    )


def score_version(entity_type: EntityType, version: Version, dates: Ints, facts: Facts) -> Scores:
    """The scores of some dates under one version, whether or not it was in force on them."""
    units = daily_units(facts, version, entity_type, [entity_type])
    units = units.rename(columns={entity_type: "entity"})
    members = window_points(units, ["entity"], dates, version).assign(version=version.name)
    members["group"] = _groups(entity_type, members, version, facts)
    calibrations = _calibrate(entity_type, members, version, facts)
    own = calibrations[["score_date", "group", "cap"]]
    members = members.merge(own, on=["score_date", "group"], how="left")
    members["winsorized_points"] = np.minimum(_doubles(members["points"]), members["cap"])
    members["winsorized_share"] = members["winsorized_points"] / members["cap"]
    members["score"] = exponential_scale(members["winsorized_share"].to_numpy(), version.curvature)
    members = _ranked(members)
    return Scores(
        members=members.drop(columns="cap"),
        calibrations=calibrations.merge(_score_quantiles(members), how="left"),
    )


# -- points ------------------------------------------------------------------------------------


def daily_units(
    facts: Facts, version: Version, cap_per: EntityType, keys: list[str]
) -> pd.DataFrame:
    """day, *keys, units: weight x min(count, daily_cap) per day, in thousandths; sorted by day.

    The count that the cap bounds is the user's over all accounts, or the user's in one account,
    where events without a user count as those of one more.
    """
    counts = facts.history.daily
    if cap_per == "user":
        counts = counts[counts["user"] >= 0]
        counts = counts.groupby(["day", "user", "event"])["n"].sum().reset_index()
    else:
        counts = counts[counts["account"] >= 0]
    weights = facts.seeds.weights_of(version, facts.history.events)
    event = counts["event"].to_numpy()
    capped = np.minimum(counts["n"], weights["daily_cap"].to_numpy()[event]).astype("int64")
    counts = counts.assign(units=weights["milli"].to_numpy()[event] * capped)
    counts = counts[counts["units"] > 0]
    return counts.groupby(["day", *keys])["units"].sum().reset_index()


def window_points(
    units: pd.DataFrame, keys: list[str], dates: Ints, version: Version
) -> pd.DataFrame:
    """score_date, *keys, points (1e-12): units x factor(age) summed over each date's window."""
    factors = version.factors()
    largest = int(units["units"].max()) * int(factors.sum()) if len(units) else 0
    exact = units if largest < SAFE_POINTS else units.astype({"units": "object"})
    sums = [
        window.assign(points=window["units"] * factors[window["score_date"] - window["day"]])
        .groupby(["score_date", *keys])["points"]
        .sum()
        .reset_index()
        for window in over_windows(exact, dates, version.window_days)
    ]
    return pd.concat(sums, ignore_index=True)


def as_decimal(points: pd.Series) -> pd.Series:
    """Points in trillionths as exact decimals."""
    context = Context(prec=60)
    codes, distinct = pd.factorize(points)
    decimals = np.empty(len(distinct), dtype=object)
    decimals[:] = [context.scaleb(Decimal(int(value)), -12) for value in distinct]
    return pd.Series(decimals[codes], index=points.index, dtype="object")


def _doubles(points: pd.Series) -> pd.Series:
    return points.astype("float64") / POINT


# -- calibrations ------------------------------------------------------------------------------


def _groups(
    entity_type: EntityType, members: pd.DataFrame, version: Version, facts: Facts
) -> pd.Series:
    """The normalization group of each member."""
    if version.normalize_by is None:
        return pd.Series(ALL, index=members.index, dtype="str")
    days = members["score_date"].to_numpy()
    entities = members["entity"].to_numpy()
    own = accounts_on(entity_type, facts.inputs, facts.people, entities, days)
    return attribute_on(facts.inputs, facts.people, own, days, version.normalize_by).fillna(UNKNOWN)


def _calibrate(
    entity_type: EntityType, members: pd.DataFrame, version: Version, facts: Facts
) -> pd.DataFrame:
    """score_date, version, group, population, status, cap: `all` and each group, on each date."""
    built = facts.calendar.built_under(version)
    whole = _measure(members.assign(group=ALL), version)
    enough = whole[
        (whole["population"] >= version.min_population)
        & whole["score_date"].isin(built[is_sunday(built)])
    ]
    caps = _Caps(
        entity_type,
        version,
        facts.seeds,
        enough["score_date"].tolist(),
        enough["quantile"].tolist(),
    )
    decided = [caps.of_all(*row) for row in _measurements(whole)]
    whole = whole.assign(status=[d[0] for d in decided], cap=[d[1] for d in decided])
    if version.normalize_by is None:
        return whole.drop(columns=["quantile", "largest"]).assign(version=version.name)
    cap_of_all = dict(zip(whole["score_date"], whole["cap"], strict=True))
    groups = _measure(members, version)
    decided = [
        caps.of_group(group, population, quantile, cap_of_all[date])
        for group, (date, population, quantile, _) in zip(
            groups["group"], _measurements(groups), strict=True
        )
    ]
    groups = groups.assign(status=[d[0] for d in decided], cap=[d[1] for d in decided])
    both = pd.concat([whole, groups], ignore_index=True)
    return both.drop(columns=["quantile", "largest"]).assign(version=version.name)


def _measure(members: pd.DataFrame, version: Version) -> pd.DataFrame:
    """score_date, group, population, quantile (type 7), largest, over members' points."""
    points = _doubles(members["points"]).groupby([members["score_date"], members["group"]])
    measured = points.agg(population="size", largest="max")
    measured["quantile"] = points.quantile(float(version.winsor_percentile))
    return measured.reset_index()


def _measurements(measured: pd.DataFrame) -> list[tuple[int, int, float, float]]:
    columns = ["score_date", "population", "quantile", "largest"]
    return list(measured[columns].itertuples(index=False, name=None))


@dataclass(frozen=True)
class _Caps:
    """How a version decides a cap. `sundays` ascend; `sunday_caps` were measured on them."""

    entity_type: EntityType
    version: Version
    seeds: Seeds
    sundays: list[int]
    sunday_caps: list[float]

    def of_all(
        self, date: int, population: int, quantile: float, largest: float
    ) -> tuple[str, float]:
        """(status, cap) of the whole population."""
        given = self._given(ALL)
        if self.version.is_frozen:
            return "frozen", self._required(given, ALL)
        if population >= self.version.min_population:
            return "measured", quantile
        earlier = bisect_left(self.sundays, date)
        if earlier:
            return "carried_forward", self.sunday_caps[earlier - 1]
        if given is not None:
            return "fallback", given
        return "insufficient_population", largest

    def of_group(
        self, group: str, population: int, quantile: float, cap_of_all: float
    ) -> tuple[str, float]:
        """(status, cap) of one normalization group."""
        if self.version.is_frozen:
            given = self._given(group)
            return "frozen", self._required(self._given(ALL) if given is None else given, group)
        if population >= self.version.min_population:
            return "measured", quantile
        return "pooled", cap_of_all

    def _given(self, group: str) -> float | None:
        return self.seeds.caps.get((self.version.name, self.entity_type, group))

    def _required(self, cap: float | None, group: str) -> float:
        if cap is None:
            raise ValueError(
                f"calibration_caps: version {self.version.name!r} is frozen and has no cap for "
                f"{self.entity_type} {group!r}; add a row."
            )
        return cap


# -- scores ------------------------------------------------------------------------------------


def exponential_scale(u: Floats, curvature: float) -> Floats:
    """Scores in 1-100 of u in 0-1: 1 + 99 (e^(ku) - 1) / (e^k - 1), a straight line at k = 0."""
    spread = u if curvature == 0 else np.expm1(curvature * u) / np.expm1(curvature)
    return 1 + 99 * spread


def _ranked(members: pd.DataFrame) -> pd.DataFrame:
    """With rank and percentile_rank, by points, over the whole population of a date."""
    order = pd.Series(np.unique(members["points"], return_inverse=True)[1], index=members.index)
    by_date = order.groupby(members["score_date"])
    population = by_date.transform("size")
    return members.assign(
        rank=by_date.rank(method="min", ascending=False).astype("int64"),
        percentile_rank=(by_date.rank(method="min") - 1) / population,
    )


def _score_quantiles(members: pd.DataFrame) -> pd.DataFrame:
    """score_date, group, p10_score ... p90_score (type 7)."""
    both = pd.concat([members.assign(group=ALL), members])
    both = both.drop_duplicates(["score_date", "entity", "group"])
    scores = both.groupby(["score_date", "group"])["score"]
    quantiles = {f"{name}_score": scores.quantile(q) for name, q in SCORE_QUANTILES.items()}
    return pd.DataFrame(quantiles).reset_index()
