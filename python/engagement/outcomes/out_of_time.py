"""Observations to learn from, and later ones to judge by."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from engagement.errors import UsageError
from engagement.outcomes.evaluate import Observed
from engagement.outcomes.predictive_metrics import (
    AUC,
    Bools,
    Floats,
    Panel,
    bootstrap,
    interval,
    measures,
)

#: The share of score dates before those by which what has been learnt is judged.
EARLY = 0.6
#: Parts of the cross-validation.
FOLDS = 5


def early_and_late(rows: pd.DataFrame, outcome: str, minimum: int) -> tuple[Bools, Bools]:
    """(n,) early: the outcome was known before the first late date; (n,) late.

    Args:
        rows: (n,) of int_outcomes of one horizon.
        outcome: retained, churned, expanded or contracted.
        minimum: Accounts with the outcome, and without it, that each side takes; at least `FOLDS`.

    Raises:
        UsageError: One side has fewer.
    """
    days = pd.to_datetime(rows["score_date"])
    dates = sorted(days.unique())
    first_late = dates[int(len(dates) * EARLY)]
    after = days + pd.to_timedelta(rows["horizon_days"].astype("int64"), unit="D")
    is_early = (after.dt.to_period("M").dt.end_time < first_late).to_numpy()
    is_late = (days >= first_late).to_numpy()
    happened = rows[f"is_{outcome}"].astype(bool)
    sides = [part & side for part in (is_early, is_late) for side in (happened, ~happened)]
    numbers = [rows["account_id"][side].nunique() for side in sides]
    minimum = max(minimum, FOLDS)
    if min(numbers) < minimum:
        raise UsageError(
            f"Too few outcomes to learn from: {numbers[0]} accounts {outcome} on early dates and"
            f" {numbers[2]} on late ones, {numbers[1]} and {numbers[3]} did not; each takes"
            f" {minimum} (the var min_accounts_with_outcome, at least {FOLDS})."
            " Wait for more, or take another outcome or horizon."
        )
    return is_early, is_late


class Gain(NamedTuple):
    """By how much one AUC exceeds another, with the bounds of its interval."""

    value: float
    lower: float
    upper: float

    def in_words(self) -> str:
        """The difference and its interval."""
        return f"the AUC differs by {self.value:+.3f} ({self.lower:+.3f} to {self.upper:+.3f})"


def compared(
    observed: Observed, happened: Bools, predictors: Mapping[str, Floats], draws: int
) -> tuple[pd.DataFrame, Gain]:
    """How well each predictor ranks, and the gain of the first over the second.

    Args:
        observed: n accounts on dates.
        happened: (n,) what should have gone before with a large value.
        predictors: Name -> (n,) values.
        draws: Samples of accounts behind each interval.

    Returns:
        predictor, auc, lower_bound, upper_bound; and the gain, by the same samples.
    """
    panel = Panel(observed.dates, observed.accounts, {AUC: happened}, {})
    accounts = int(observed.accounts.max()) + 1
    found: dict[str, list[Floats]] = {name: [] for name in predictors}
    for times in (np.ones((accounts, 1)), *bootstrap(accounts, draws)):
        figures = measures(panel, predictors, times)
        for name, pieces in found.items():
            pieces.append(figures[name, AUC, AUC])
    drawn = {name: np.concatenate(pieces) for name, pieces in found.items()}
    table = pd.DataFrame(
        [(name, figures[0], *interval(figures[1:])) for name, figures in drawn.items()],
        columns=["predictor", "auc", "lower_bound", "upper_bound"],
    )
    first, second, *_ = drawn.values()
    return table, Gain(float((first - second)[0]), *interval((first - second)[1:]))
