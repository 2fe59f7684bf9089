"""Does it work? Outcomes by decile and band, and the score beside simpler predictors."""

from collections.abc import Sequence
from dataclasses import dataclass

from scipy.stats import binomtest

from engagement.dashboard import formats
from engagement.dashboard.bands import INACTIVE, Bands
from engagement.dashboard.charts import Chart, rates
from engagement.dashboard.reading import Tables
from engagement.tables import Row

#: The horizon that is shown, if there is such a one.
HORIZON = 90
#: Verdicts on the score against a rule, in words.
VERDICTS = {
    "better": "the score is better",
    "worse": "the score is worse",
    "cannot_tell": "cannot tell",
    "reverse": "the score says the opposite",
}


@dataclass(frozen=True)
class Comparison:
    """A predictor of churn: how well it tells leavers apart, and the score against it."""

    predictor: str
    auc: str
    interval: str
    verdict: str


@dataclass(frozen=True)
class Evidence:
    """The page: a verdict, charts, the score beside simpler rules, and retention by band.

    verdict: on churn, in a sentence. sentences: what engagement evaluate says of each outcome.
    kept: the share of a band that paid on for so many days (Kaplan and Meier), with its interval.
    """

    verdict: str
    sentences: tuple[str, ...]
    horizon: int
    charts: tuple[Chart, ...]
    comparisons: tuple[Comparison, ...]
    kept_days: tuple[int, ...]
    kept: tuple[tuple[str, tuple[str, ...]], ...]
    dates: str


def evidence(tables: Tables, bands: Bands) -> Evidence:
    """What became of accounts, by what the score had said."""
    horizon = _horizon(tables["outcomes"])
    rows = [row for row in tables["outcomes"] if row["horizon_days"] == horizon]
    deciles = [(f"{int(r['group_value'])}", r) for r in _of(rows, "decile")]
    deciles.sort(key=lambda pair: int(pair[0]))
    order = [INACTIVE, *bands.names]
    by_band = [(row["group_value"], row) for row in _of(rows, "band")]
    by_band.sort(key=lambda pair: order.index(pair[0]) if pair[0] in order else len(order))
    days = f"within {horizon} days"
    charts = (
        rates(
            "deciles",
            f"Do low scores leave? ({days})",
            "The share of accounts that left, by tenth of the score: 1 is the lowest.",
            [_rate(name, row) for name, row in deciles if int(row["accounts"])],
            what="tenth of the score, 1 the lowest",
            rate="left",
        ),
        rates(
            "bands",
            f"Do bands keep their promise? ({days})",
            "The share of accounts that left, by band of the score.",
            [_rate(name, row) for name, row in by_band if int(row["accounts"])],
            what="band",
            rate="left",
        ),
    )
    validation = tables["validation"]
    days_kept, kept = _kept(validation, order)
    return Evidence(
        _verdict(validation, horizon),
        _sentences(validation),
        horizon,
        charts,
        tuple(_comparisons(validation, horizon)),
        days_kept,
        kept,
        _dates(validation),
    )


def _horizon(rows: Sequence[Row]) -> int:
    known = sorted({int(row["horizon_days"]) for row in rows})
    return HORIZON if HORIZON in known or not known else known[0]


def _of(rows: Sequence[Row], group_by: str) -> list[Row]:
    return [row for row in rows if row["outcome"] == "churned" and row["group_by"] == group_by]


def _rate(name: str, row: Row) -> tuple[str, float, float, float, int]:
    """A rate with Wilson's interval, in which each account and date counts for itself."""
    accounts, left = int(row["accounts"]), int(row["outcome_accounts"] or 0)
    interval = binomtest(left, accounts).proportion_ci(method="wilson")
    return (name, left / accounts, float(interval.low), float(interval.high), accounts)


def _verdict(rows: Sequence[Row], horizon: int) -> str:
    """Whether the score tells who leaves, as a reader asks it."""
    if not rows:
        return (
            "Nobody has tested yet whether the score tells who leaves: engagement evaluate compares"
            " it with simpler rules, and the next build publishes what it finds."
        )
    churn = [r for r in rows if r["outcome"] == "churned" and int(r["horizon_days"]) == horizon]
    verdicts = {r["predictor"]: r["verdict"] for r in churn if r["measure"] == "auc_difference"}
    score = [r for r in churn if (r["predictor"], r["measure"]) == ("score", "auc")]
    if not score or score[0]["value"] is None:
        return "It is not known yet whether low scores leave: too few accounts have left to tell."
    told = f"(AUC {formats.number(score[0]['value'], 2)}, where 0.5 is a coin)"
    better = [formats.words(name) for name, verdict in verdicts.items() if verdict == "worse"]
    but = f", but {' and '.join(better)} tells it better" if better else ""
    return {
        "better": f"Yes: accounts with low scores leave more often {told}{but}.",
        "reverse": f"No: accounts with high scores leave more often {told}{but}.",
    }.get(
        verdicts.get("chance", ""), f"The data cannot tell the score from chance yet {told}{but}."
    )


def _sentences(rows: Sequence[Row]) -> tuple[str, ...]:
    if not rows:
        return ()
    import pandas as pd

    from engagement.outcomes.evaluate import sentences

    return tuple(sentences(pd.DataFrame(rows)))


def _comparisons(rows: Sequence[Row], horizon: int) -> list[Comparison]:
    churn = [r for r in rows if r["outcome"] == "churned" and int(r["horizon_days"]) == horizon]
    verdicts = {r["predictor"]: r["verdict"] for r in churn if r["measure"] == "auc_difference"}
    found = [row for row in churn if row["measure"] == "auc" and row["value"] is not None]
    found.sort(key=lambda row: (row["predictor"] != "score", -float(row["value"])))
    return [
        Comparison(
            formats.words(row["predictor"]),
            formats.number(row["value"], 2),
            _interval(row, 2),
            VERDICTS.get(verdicts.get(row["predictor"], ""), ""),
        )
        for row in found
    ]


def _kept(
    rows: Sequence[Row], order: Sequence[str]
) -> tuple[tuple[int, ...], tuple[tuple[str, tuple[str, ...]], ...]]:
    """For how many days accounts of each band paid on: the days, and the shares by band."""
    found = {
        (row["predictor"].removeprefix("band_"), int(row["horizon_days"])): row
        for row in rows
        if row["measure"] == "retention" and row["value"] is not None
    }
    days = tuple(sorted({day for _, day in found}))
    names = sorted(
        {name for name, _ in found},
        key=lambda name: order.index(name) if name in order else len(order),
    )
    return days, tuple(
        (name, tuple(_share(found.get((name, day))) for day in days)) for name in names
    )


def _share(row: Row | None) -> str:
    if row is None:
        return formats.UNKNOWN
    if row["lower_bound"] is None:
        return formats.percent(row["value"])
    low, high = (formats.number(100 * row[name]) for name in ("lower_bound", "upper_bound"))
    return f"{formats.percent(row['value'])} ({low} to {high})"


def _interval(row: Row, digits: int) -> str:
    if row["lower_bound"] is None:
        return ""
    low, high = (formats.number(row[name], digits) for name in ("lower_bound", "upper_bound"))
    return f"{low} to {high}"


def _dates(rows: Sequence[Row]) -> str:
    known = [row for row in rows if row["first_score_date"]]
    if not known:
        return ""
    first = min(row["first_score_date"] for row in known)
    last = max(row["last_score_date"] for row in known)
    return f"Score dates from {formats.day(first)} to {formats.day(last)}."
