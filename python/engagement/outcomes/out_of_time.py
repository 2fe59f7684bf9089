"""Observations to learn from, and later ones to judge by."""

import pandas as pd

from engagement.errors import UsageError
from engagement.outcomes.predictive_metrics import Bools

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
