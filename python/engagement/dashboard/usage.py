"""Features, onboarding and cohorts: how far the product is used, by whom, and for how long."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import Any

from markupsafe import Markup

from engagement.dashboard import formats
from engagement.dashboard.accounts import Accounts
from engagement.dashboard.reading import Tables
from engagement.tables import Row

#: Plans and accounts in the tables; a rate of fewer accounts than this names nobody.
PLANS, MAPPED, SMALLEST = 5, 40, 5
#: Accounts stuck in onboarding that are listed.
STUCK = 25
#: Months in a table of cohorts.
MONTHS = 12
#: The cohort of who was there before the first month.
BEFORE = "before"
VERDICTS = {
    "higher": "better among adopters",
    "lower": "worse among adopters",
    "no_difference": "no difference can be told",
    "too_few_adopters": "too few took it up to tell",
    "too_few_others": "too few without it to compare",
}


@dataclass(frozen=True)
class Feature:
    """A feature: who uses it, in all and in each plan, its line, and what followed adoption."""

    name: str
    users: int
    users_rate: float | None
    accounts: int
    accounts_available: int
    accounts_rate: float | None
    change: float | None
    line: Markup
    plans: tuple[tuple[int, float | None], ...]
    impact: str


@dataclass(frozen=True)
class Features:
    """The page of features. mapped: accounts with the state of each feature, 0 to 3."""

    plans: tuple[str, ...]
    features: tuple[Feature, ...]
    mapped: tuple[tuple[dict[str, Any], tuple[int, ...]], ...]


def features(tables: Tables, accounts: Accounts) -> Features:
    """How broadly each feature is used."""
    rows = tables["features"]
    latest = rows[-1]["score_date"] if rows else None
    there = [
        (row, details)
        for row, details in zip(accounts.rows, accounts.details, strict=True)
        if row["lost"] is None
    ]
    sizes: dict[str, int] = {}
    for row, _ in there:
        sizes[row["plan"] or "unknown"] = sizes.get(row["plan"] or "unknown", 0) + 1
    plans = tuple(sorted((p for p in sizes if sizes[p] >= SMALLEST), key=lambda p: (-sizes[p], p)))
    impact = {row["feature"]: _impact(row) for row in tables["feature_impact"]}
    by_name = {row["feature"]: row for row in rows if row["score_date"] == latest}
    found = [
        _feature(by_name[name], rows, accounts, there, plans[:PLANS], impact.get(name, ""))
        for name in accounts.features
        if name in by_name
    ]
    found.sort(key=lambda feature: (-(feature.accounts_rate or 0), feature.name))
    order = [accounts.features.index(feature.name) for feature in found]
    busy = sorted(
        there, key=lambda pair: (-(pair[0]["mrr"] or 0), -pair[0]["score"], pair[0]["id"])
    )
    mapped = tuple(
        (row, tuple(int(details["features"][position]) for position in order))
        for row, details in busy[:MAPPED]
    )
    return Features(plans[:PLANS], tuple(found), mapped)


def _feature(
    row: Row,
    rows: Sequence[Row],
    accounts: Accounts,
    there: Sequence[tuple[dict[str, Any], dict[str, Any]]],
    plans: Sequence[str],
    impact: str,
) -> Feature:
    name, latest = row["feature"], row["score_date"]
    history = [one for one in rows if one["feature"] == name]
    sundays = [one for one in history if one["score_date"].weekday() == 6][-13:]
    wanted = latest - timedelta(weeks=13)
    before = [one for one in history if abs((one["score_date"] - wanted).days) <= 3]
    then = before[0]["account_adoption_rate"] if before else None
    now = row["account_adoption_rate"]
    change = None if now is None or then is None else 100 * (float(now) - float(then))
    position = accounts.features.index(name)
    by_plan = []
    for plan in plans:
        states = [
            details["features"][position]
            for values, details in there
            if (values["plan"] or "unknown") == plan
        ]
        available = [state for state in states if state != "0"]
        rate = available.count("3") / len(available) if len(available) >= SMALLEST else None
        by_plan.append((len(available), rate))
    points = [
        None if one["account_adoption_rate"] is None else float(one["account_adoption_rate"])
        for one in [*sundays, row]
    ]
    return Feature(
        name,
        int(row["users_adopted"]),
        row["user_adoption_rate"],
        int(row["accounts_adopted"]),
        int(row["accounts_available"]),
        now,
        None if change is None else round(change, 1),
        formats.line(points, 0, 1),
        tuple(by_plan),
        impact,
    )


def _impact(row: Row) -> str:
    """What followed the adoption of a feature, in words; the longest horizon that can tell."""
    days = int(row["horizon_days"])
    effect = row["score_effect"]
    if effect is None:
        return VERDICTS.get(row["score_verdict"], formats.words(row["score_verdict"]))
    low, high = (formats.signed(row[name]) for name in ("score_lower_bound", "score_upper_bound"))
    return f"{formats.signed(effect)} points after {days} days ({low} to {high})"


@dataclass(frozen=True)
class Step:
    """A milestone: how many reached it, and after how many days, in the middle.

    days: since signup. days_between: since the milestone before, of those who reached it later.
    """

    name: str
    reached: int
    of: int
    days: float | None
    days_between: float | None

    @property
    def rate(self) -> float:
        """The share that reached it."""
        return self.reached / self.of if self.of else 0


@dataclass(frozen=True)
class Onboarding:
    """The page of onboarding."""

    accounts: tuple[Step, ...]
    users: tuple[Step, ...]
    stuck: tuple[tuple[dict[str, Any], str], ...]


def onboarding(tables: Tables, accounts: Accounts) -> Onboarding:
    """Where onboarding stops, and for whom."""
    stuck = [
        (row, signal["sentence"])
        for row, details in zip(accounts.rows, accounts.details, strict=True)
        for signal in details["signals"]
        if signal["signal"] == "onboarding_stuck" and not signal["closed"]
    ]
    return Onboarding(
        _steps(tables["onboarding"], "account"),
        _steps(tables["onboarding"], "user"),
        tuple(stuck[:STUCK]),
    )


def _steps(rows: Iterable[Row], entity_type: str) -> tuple[Step, ...]:
    mine = [row for row in rows if row["entity_type"] == entity_type]
    steps = []
    for (_, name), group in groupby(mine, key=lambda row: (row["position"], row["milestone"])):
        counts = list(group)
        whole = [row for row in counts if row["since"] == "signup"]
        steps.append(
            Step(
                name,
                sum(int(row["entities"]) for row in whole if row["is_reached"]),
                sum(int(row["entities"]) for row in whole),
                _median_days(whole),
                _median_days([row for row in counts if row["since"] == "step"]),
            )
        )
    return tuple(steps)


def _median_days(rows: Sequence[Row]) -> float | None:
    known = [row for row in rows if row["is_reached"] and row["days"] is not None]
    return _median(sorted((int(row["days"]), int(row["entities"])) for row in known))


def _median(counted: Sequence[tuple[int, int]]) -> float | None:
    """The median of values with their counts, in order."""
    total = sum(count for _, count in counted)
    if not total:
        return None
    middle, seen, found = ((total - 1) // 2, total // 2), 0, []
    for value, count in counted:
        found += [value] * sum(seen <= place < seen + count for place in middle)
        seen += count
    return sum(found) / 2


@dataclass(frozen=True)
class Cell:
    """A rate and its shade, 0-9; empty where the month is not over."""

    text: str
    shade: int | None
    title: str


@dataclass(frozen=True)
class Cohort:
    """A row of a table of cohorts."""

    name: str
    size: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class CohortTable:
    """Retention by cohort: a row each, a column for each month since."""

    title: str
    unit: str
    months: tuple[int, ...]
    rows: tuple[Cohort, ...]


def cohorts(tables: Tables) -> tuple[CohortTable, ...]:
    """Users, accounts and revenue by the month in which they began."""
    rows = [row for row in tables["cohorts"] if int(row["months_since"]) < MONTHS]
    of = {kind: [r for r in rows if r["entity_type"] == kind] for kind in ("account", "user")}
    paying = [row for row in of["account"] if row["revenue_retention_rate"] is not None]
    return tuple(
        table
        for table in (
            _cohort_table("Which accounts stay?", of["account"], "accounts", False),
            _cohort_table("Which users stay?", of["user"], "users", False),
            _cohort_table("Does revenue grow after the start?", paying, "MRR", True),
        )
        if table.rows
    )


def _cohort_table(title: str, rows: list[Row], unit: str, is_revenue: bool) -> CohortTable:
    found = []
    for name, group in groupby(rows, key=lambda row: row["cohort"]):
        by_month = {int(row["months_since"]): row for row in group}
        first = by_month[min(by_month)]
        size = first["mrr_before"] if is_revenue else first["members"]
        if not size:
            continue
        cells = tuple(_cell(by_month[month], unit, is_revenue) for month in sorted(by_month))
        found.append(Cohort(name, formats.number(size), cells))
    found.sort(key=lambda cohort: (cohort.name != BEFORE, cohort.name))
    found = found[-MONTHS:]
    widest = max((len(cohort.cells) for cohort in found), default=0)
    return CohortTable(title, unit, tuple(range(widest)), tuple(found))


def _cell(row: Row, unit: str, is_revenue: bool) -> Cell:
    rate = row["revenue_retention_rate"] if is_revenue else row["retention_rate"]
    if rate is None:
        return Cell(formats.number(None), None, "")
    part = formats.number(row["mrr_after"] if is_revenue else row["active"])
    whole = formats.number(row["mrr_before"] if is_revenue else row["members"])
    told = f"{part} of {whole} {unit} after {row['months_since']} months"
    return Cell(formats.percent(rate), min(int(10 * float(rate)), 9), told)
