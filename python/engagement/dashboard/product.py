"""The overview: the product score and its parts over time, actives, gains beside losses."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from markupsafe import Markup

from engagement.dashboard import formats
from engagement.dashboard.accounts import Accounts
from engagement.dashboard.bands import Bands
from engagement.dashboard.charts import Chart, Series, gains_and_losses, lines
from engagement.dashboard.reading import Tables
from engagement.tables import Row

#: What figures are compared with: a quarter before.
WEEKS = 13
#: Months of gains beside losses.
MONTHS = 13
#: A rate of fewer than so many is shown in grey.
FEW = 20


@dataclass(frozen=True)
class Figure:
    """A number with its change over a quarter, and a line of its Sundays."""

    label: str
    value: str
    change: str
    direction: str
    line: Markup
    meaning: str
    n: str
    is_faint: bool = False


@dataclass(frozen=True)
class BandShare:
    """How many accounts are in a band, and what they pay; None: not known."""

    name: str
    step: int
    accounts: int
    share: float
    mrr: int | None


@dataclass(frozen=True)
class Overview:
    """What the page says."""

    verdict: str
    figures: tuple[Figure, ...]
    bands: tuple[BandShare, ...]
    charts: tuple[Chart, ...]


def overview(tables: Tables, accounts: Accounts, bands: Bands) -> Overview:
    """The overview of the product."""
    rows = tables["product"]
    if not rows:
        return Overview("No score date has been built: there is nothing to compare.", (), (), ())
    latest = rows[-1]
    before = _before(rows, latest["score_date"])
    weekly = _weekly(rows)
    return Overview(
        _verdict(latest, before),
        tuple(_figure(measure, latest, before, weekly) for measure in MEASURES),
        tuple(_band_shares(accounts, bands)),
        tuple(_charts(tables, weekly)),
    )


def _before(rows: Sequence[Row], latest: date) -> Row | None:
    """The score date a quarter before, or the nearest within three days."""
    wanted = latest - timedelta(weeks=WEEKS)
    near = [row for row in rows if abs((row["score_date"] - wanted).days) <= 3]
    return min(near, key=lambda row: abs((row["score_date"] - wanted).days), default=None)


def _weekly(rows: Sequence[Row]) -> list[Row]:
    """The Sundays of the last year, and the latest date."""
    latest = rows[-1]["score_date"]
    first = latest - timedelta(weeks=52)
    return [
        row
        for row in rows
        if row["score_date"] == latest
        or (row["score_date"].weekday() == 6 and row["score_date"] > first)
    ]


def _verdict(latest: Row, before: Row | None) -> str:
    if latest["composite_score"] is None:
        return "Nobody was active in the latest window: there is no product score."
    score = float(latest["composite_score"])
    now = f"The product score is {score:.1f} of 100"
    if before is None or before["composite_score"] is None:
        return f"{now}. The history does not yet reach back {WEEKS} weeks, so nothing is compared."
    change = round(score, 1) - round(float(before["composite_score"]), 1)
    when = f"{WEEKS} weeks before ({formats.day(before['score_date'])})"
    if abs(change) < 0.5:
        return f"{now}, as it was {when}."
    better = "better" if change > 0 else "worse"
    name, part = _largest_part(latest, before, change)
    return (
        f"{now}, {formats.number(abs(change), 1)} {better} than {when}. The largest part of that"
        f" is {name} ({formats.signed(part)})."
    )


def _largest_part(latest: Row, before: Row, change: float) -> tuple[str, float]:
    """The part, a third of the composite score each, that has moved it most in its direction."""
    parts = [
        (name, 100 / 3 * (float(latest[column] or 0) - float(before[column] or 0)))
        for name, column in (
            ("adoption", "adoption_rate"),
            ("stickiness", "stickiness_rate"),
            ("growth", "growth_rate"),
        )
    ]
    return max(parts, key=lambda part: part[1] * change)


@dataclass(frozen=True)
class Measure:
    """A column of product_scores. of: what its n counts; empty for what is a count itself."""

    label: str
    column: str
    meaning: str
    of: str = ""
    is_rate: bool = False
    digits: int = 0

    def shown(self, value: float | None) -> str:
        """The value as people read it."""
        return formats.percent(value) if self.is_rate else formats.number(value, self.digits)

    def moved(self, value: float, before: float) -> float:
        """The change of what is shown; of a rate in points of a percent."""
        scale = 100 if self.is_rate else 1
        return round(scale * value, self.digits) - round(scale * before, self.digits)


MEASURES = (
    Measure(
        "Product score",
        "composite_score",
        "product_scores.composite_score: the mean of adoption, stickiness and growth, 0-100",
        of="accounts",
        digits=1,
    ),
    Measure("Active users", "active_users", "product_scores.active_users: in the window"),
    Measure(
        "Active accounts",
        "active_accounts",
        "product_scores.active_accounts: with an active user in the window",
    ),
    Measure(
        "Stickiness",
        "stickiness_rate",
        "product_scores.stickiness_rate: mean daily actives / actives of the window",
        of="users",
        is_rate=True,
    ),
    Measure(
        "Adoption",
        "adoption_rate",
        "product_scores.adoption_rate: key features used / available, mean of active accounts",
        of="accounts",
        is_rate=True,
    ),
    Measure(
        "Growth",
        "growth_rate",
        "product_scores.growth_rate: (gained + 1) / (gained + lost + 2); 50 % stands still",
        of="accounts",
        is_rate=True,
    ),
    Measure(
        "Activation",
        "account_activation_rate",
        "product_scores.account_activation_rate: milestones reached / milestones, accounts",
        of="accounts",
        is_rate=True,
    ),
)


def _figure(measure: Measure, latest: Row, before: Row | None, weekly: Sequence[Row]) -> Figure:
    value = latest[measure.column]
    then = None if before is None else before[measure.column]
    change = direction = ""
    if value is not None and then is not None:
        moved = measure.moved(float(value), float(then))
        unit = "" if not measure.is_rate else " point" if abs(moved) == 1 else " points"
        change = f"{formats.signed(moved, measure.digits)}{unit} vs {WEEKS} weeks before"
        direction = "up" if moved > 0 else "down" if moved < 0 else ""
    points = [row[measure.column] for row in weekly[-WEEKS - 1 :]]
    span = _span([float(point) for point in points if point is not None])
    n = int(latest[f"active_{measure.of}"] or 0) if measure.of else None
    return Figure(
        label=measure.label,
        value=measure.shown(value),
        change=change,
        direction=direction,
        line=formats.line(points, *span),
        meaning=measure.meaning,
        n="in the window" if n is None else f"n = {n:,} active {measure.of}",
        is_faint=measure.is_rate and n is not None and n < FEW,
    )


def _span(values: Sequence[float]) -> tuple[float, float]:
    """Where a line of a figure begins and ends: a fifth of the largest value apart, at least."""
    low, high = min(values, default=0), max(values, default=1)
    missing = max(abs(high) / 5 - (high - low), 0) / 2
    return low - missing, high + missing


def _band_shares(accounts: Accounts, bands: Bands) -> list[BandShare]:
    there = [row for row in accounts.rows if row["lost"] is None]
    shares = []
    for band in reversed(bands.as_json()):
        inside = [row for row in there if row["band"] == band["name"]]
        paid = [row["mrr"] for row in inside if row["mrr"] is not None]
        shares.append(
            BandShare(
                str(band["name"]),
                int(str(band["step"])),
                len(inside),
                len(inside) / len(there) if there else 0,
                sum(paid) if paid else None,
            )
        )
    return shares


def _charts(tables: Tables, weekly: Sequence[Row]) -> list[Chart]:
    marks = [
        (row["score_date"], f"version {row['version']}")
        for earlier, row in pairwise(weekly)
        if row["version"] != earlier["version"]
    ]

    def series(label: str, column: str, scale: float = 1) -> Series:
        return Series(
            label,
            {r["score_date"]: None if r[column] is None else scale * r[column] for r in weekly},
        )

    activity = {
        kind: [row for row in tables["activity"] if row["entity_type"] == kind]
        for kind in ("user", "account")
    }

    def actives(kind: str) -> list[Series]:
        return [
            Series(label, {row["activity_date"]: row[column] for row in activity[kind]})
            for label, column in (("28 days", "monthly_active"), ("7 days", "weekly_active"))
        ]

    return [
        lines(
            "scores", "How has the product score moved?",
            "The product score on Sundays, with the mean scores of accounts and users.",
            [
                series("product", "composite_score"),
                series("mean account", "mean_account_score"),
                series("mean user", "mean_user_score"),
            ],
            unit="score", domain=(0, 100), marks=marks, digits=1,
        ),
        lines(
            "parts", "Which part moves it?",
            "Adoption, stickiness and growth, whose mean is the product score, and activation.",
            [
                series("adoption", "adoption_rate", 100),
                series("stickiness", "stickiness_rate", 100),
                series("growth", "growth_rate", 100),
                series("activation", "account_activation_rate", 100),
            ],
            unit="percent", domain=(0, 100), marks=marks, digits=1,
        ),
        lines(
            "active-users", "How many users are active?",
            "Active users within 28 days and within 7, of the last half year.",
            actives("user"), unit="users",
        ),
        lines(
            "active-accounts", "How many accounts are active?",
            "Active accounts within 28 days and within 7, of the last half year.",
            actives("account"), unit="accounts",
        ),
        _gains(tables),
    ]  # fmt: skip


def _gains(tables: Tables) -> Chart:
    told = {"new": ("new", 1), "resurrected": ("back", 1), "dormant": ("lost", -1)}
    mine = [row for row in tables["lifecycle"] if row["entity_type"] == "account"]
    months = sorted({row["period_start"] for row in mine})[-MONTHS:]
    counts = {(row["period_start"], row["state"]): int(row["entities"]) for row in mine}
    return gains_and_losses(
        "gains",
        "Do we gain more accounts than we lose?",
        "Accounts that are new or back each month, beside those that were no longer active.",
        [
            (month, label, sign * counts.get((month, state), 0))
            for month in months
            for state, (label, sign) in told.items()
        ],
    )
