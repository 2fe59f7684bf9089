"""Tests whether the score predicts outcomes better than simple baselines.

Reads int_outcomes and fills score_validation, whose columns it makes. Nothing is fitted here: a
score is made without outcomes, from what happened up to its date.
"""

import json
import os
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from engagement.errors import UsageError
from engagement.outcomes.predictive_metrics import (
    Bools,
    Floats,
    Ints,
    Ranks,
    auc,
    bootstrap,
    interval,
    lift,
    spearman,
)
from engagement.project import Settings

#: Outcomes that come or do not, and whether more engagement should go before them, or less.
EXPECTS_MORE = {"retained": True, "churned": False, "expanded": True, "contracted": False}
GROWTH = "revenue_growth"
#: Column of int_outcomes, and the sign by which more of the predictor is more engagement.
PREDICTORS = {
    "score": ("score", 1),
    "events": ("events", 1),
    "active_days": ("active_days", 1),
    "recency": ("days_since_active", -1),
}
AUC, SPEARMAN = "auc", "spearman"
LIFTS = TOP_LIFT, BOTTOM_LIFT = "top_decile_lift", "bottom_decile_lift"
NO_FIGURE: dict[str, float | None] = dict.fromkeys(("value", "lower_bound", "upper_bound"))
MEASURED, TOO_FEW = "measured", "too_few_outcomes"
#: The environment variable by which score_validation.sql gets its rows.
ROWS_VARIABLE = "ENGAGEMENT_SCORE_VALIDATION"

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Observed:
    """The observations of one horizon: accounts on score dates, n of them.

    Attributes:
        rows: (n,) of int_outcomes.
        dates: (n,) code of the score date.
        accounts: (n,) code of the account.
    """

    rows: pd.DataFrame
    dates: Ints
    accounts: Ints

    @classmethod
    def of(cls, rows: pd.DataFrame) -> "Observed":
        """Codes that do not depend on the order of the rows."""
        rows = rows.sort_values(["score_date", "account_id"], ignore_index=True)
        return cls(rows, *(pd.factorize(rows[key])[0] for key in ("score_date", "account_id")))

    def happened(self, outcome: str) -> Bools:
        """(n,): whether the outcome came; of revenue_growth, whether revenue changed."""
        if outcome == GROWTH:
            return (self.rows["mrr_after"] != self.rows["mrr_before"]).to_numpy()
        return self.rows[f"is_{outcome}"].to_numpy(dtype=bool)

    def predictor(self, name: str) -> Floats:
        """(n,): a higher value is more engaged; an account that was never active comes last."""
        column, sign = PREDICTORS[name]
        return np.nan_to_num(sign * self.numbers(column), nan=-np.inf)

    def numbers(self, column: str) -> Floats:
        """(n,): a column, NaN where it is empty."""
        return np.asarray(self.rows[column].astype("float64"), dtype=np.float64)

    def counts(self, outcome: str, min_accounts_with_outcome: int) -> dict[str, object]:
        """The columns that all rows of an outcome share: the counts, and whether they suffice."""
        happened = self.happened(outcome)
        with_it, without = (len(np.unique(self.accounts[k])) for k in (happened, ~happened))
        fewest = with_it if outcome == GROWTH else min(with_it, without)
        days = self.rows["score_date"]
        return {
            "validation_status": MEASURED if fewest >= min_accounts_with_outcome else TOO_FEW,
            "observations": len(self.rows),
            "accounts": len(np.unique(self.accounts)),
            "outcome_accounts": with_it,
            "first_score_date": days.min() if len(days) else None,
            "last_score_date": days.max() if len(days) else None,
        }


def evaluate(
    settings: Settings, draws: int = 1000, progress: Progress = lambda step: None
) -> pd.DataFrame:
    """Measures the score and its baselines, and fills score_validation with the rows.

    Args:
        settings: Project, database, and vars (min_accounts_with_outcome, outcome_horizons).
        draws: Samples of accounts behind each interval.
        progress: Called with what is being done.

    Raises:
        UsageError: There are no outcomes to read, or score_validation cannot be filled.
    """
    from engagement import runner

    progress("reading outcomes")
    outcomes = runner.read(settings, "select * from {{ ref('int_outcomes') }}")
    variables = settings.all_variables()
    horizons, minimum = variables["outcome_horizons"], variables["min_accounts_with_outcome"]
    followed = runner.read(settings, "select horizon_days from {{ ref('int_outcome_dates') }}")
    missing = set(horizons) - set(followed["horizon_days"])
    if missing and len(followed):
        days = ", ".join(map(str, sorted(missing)))
        raise UsageError(
            f"Outcomes of {days} days have not been built: build with the same outcome_horizons."
        )
    rows = validation_rows(outcomes, horizons, minimum, draws, progress)
    progress("filling score_validation")
    with rows_in_environment(rows):
        filled = runner.build(settings, ["--select", "score_validation"])
    for failed in filled.failures:
        raise UsageError(f"score_validation could not be filled: {failed.name}: {failed.message}")
    return rows


def validation_rows(
    outcomes: pd.DataFrame,
    horizons: list[int],
    min_accounts_with_outcome: int,
    draws: int = 1000,
    progress: Progress = lambda step: None,
) -> pd.DataFrame:
    """The rows of score_validation: outcome x horizon x predictor x measure.

    Args:
        outcomes: int_outcomes.
        horizons: Days; each has its rows, if only to say that there are too few outcomes.
        min_accounts_with_outcome: No measure with fewer accounts with the outcome, or without.
        draws: Samples of accounts behind each interval.
        progress: Called with what is being done.
    """
    found: list[dict[str, object]] = []
    for horizon in horizons:
        observed = Observed.of(outcomes[outcomes["horizon_days"] == horizon])
        shared = {
            name: observed.counts(name, min_accounts_with_outcome)
            for name in (*EXPECTS_MORE, GROWTH)
        }
        enough = [name for name in shared if shared[name]["validation_status"] == MEASURED]
        for predictor in PREDICTORS:
            progress(f"{predictor}, {horizon} days")
            figures = _figures(observed, observed.predictor(predictor), enough, draws)
            for outcome, counts in shared.items():
                for measure in (SPEARMAN,) if outcome == GROWTH else (AUC, SPEARMAN, *LIFTS):
                    key = {"outcome": outcome, "horizon_days": horizon, "predictor": predictor}
                    figure = figures.get((outcome, measure), NO_FIGURE)
                    found.append({**key, "measure": measure, **counts, **figure})
    return pd.DataFrame(found)


def _figures(
    observed: Observed, values: Floats, outcomes: list[str], draws: int
) -> dict[tuple[str, str], dict[str, float | None]]:
    """(outcome, measure) -> value and bounds, from the observations and from samples of them."""
    if not outcomes:
        return {}
    everybody = np.ones((len(values), 1))
    pieces = [
        _measures(observed, values, outcomes, weights)
        for weights in chain([everybody], bootstrap(observed.accounts, draws))
    ]
    figures = {}
    for key in pieces[0]:
        value, *drawn = np.concatenate([piece[key] for piece in pieces])
        numbers = (value, *interval(np.array(drawn)))
        known = [None if np.isnan(number) else float(number) for number in numbers]
        figures[key] = dict(zip(NO_FIGURE, known, strict=True))
    return figures


def _measures(
    observed: Observed, values: Floats, outcomes: list[str], weights: Floats
) -> dict[tuple[str, str], Floats]:
    """(outcome, measure) -> (draws,) under (n, draws) weights."""
    dates = observed.dates
    ranks = Ranks.of(dates, values, weights)
    found = {}
    for outcome in outcomes:
        happened = observed.happened(outcome)
        after = happened.astype(np.float64)
        if outcome == GROWTH:
            after = observed.numbers("revenue_growth_rate")
        found[outcome, SPEARMAN] = spearman(ranks, Ranks.of(dates, after, weights), weights)
        if outcome != GROWTH:
            larger = auc(dates, ranks, happened, weights)
            found[outcome, AUC] = larger if EXPECTS_MORE[outcome] else 1 - larger
            found[outcome, TOP_LIFT] = lift(ranks.share_in_top(), happened, weights)
            found[outcome, BOTTOM_LIFT] = lift(ranks.share_in_bottom(), happened, weights)
    return found


@contextmanager
def rows_in_environment(rows: pd.DataFrame) -> Iterator[None]:
    """Puts the rows into the environment, where score_validation.sql reads them as text."""
    texts = [
        {name: None if value is None else str(value) for name, value in row.items()}
        for row in rows.astype(object).where(rows.notna(), None).to_dict("records")
    ]
    os.environ[ROWS_VARIABLE] = json.dumps(texts)
    try:
        yield
    finally:
        del os.environ[ROWS_VARIABLE]


def print_evaluation(console: Console, rows: pd.DataFrame) -> None:
    """Prints the AUC of the score and of its baselines, and for churn the lift."""
    console.print(
        "AUC: of two accounts of one date, how often the one that churns or contracts was the less"
        " engaged,\nand the one that expands the more engaged; 0.5 is a coin. In brackets: 95 %.\n"
    )
    table = Table("outcome", "days", "accounts", *PREDICTORS, box=None, pad_edge=False)
    told = rows[(rows["measure"] == AUC) & (rows["outcome"] != "retained")]
    for (outcome, horizon), group in told.groupby(["outcome", "horizon_days"], sort=False):
        first = group.iloc[0]
        behind = f"{first['outcome_accounts']:,} of {first['accounts']:,}"
        if first["validation_status"] == MEASURED:
            cells = [_cell(row) for row in group.to_dict("records")]
        else:
            cells = ["too few outcomes"]
        table.add_row(str(outcome), str(horizon), behind, *cells)
    console.print(table)


def _cell(row: Mapping[Hashable, float]) -> str:
    return f"{row['value']:.2f} ({row['lower_bound']:.2f}-{row['upper_bound']:.2f})"
