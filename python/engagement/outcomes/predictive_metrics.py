"""How well a predictor predicts an outcome: AUC, rank correlation, lift; with intervals.

Scores and activity mean what they mean on their own date, so ranks are taken within score dates.
The same accounts come back date after date, so what is drawn for an interval is accounts, with all
their dates. Every measure takes weights: how often each observation was drawn.

Shapes: `n` observations, `draws` columns of weights.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

#: Observations x draws that are held in memory at once.
CELLS = 4_000_000
TENTH = 0.1


def bootstrap(accounts: Ints, draws: int, seed: int = 0) -> Iterator[Floats]:
    """Weights of samples of accounts with replacement, in pieces of (n, some draws).

    Args:
        accounts: (n,) code of each observation's account, 0 to the number of accounts - 1.
        draws: Samples in all.
        seed: The same seed draws the same samples.

    Source: the cluster bootstrap (Davison and Hinkley 1997, section 3.8).
    """
    rng = np.random.default_rng(seed)
    size = int(accounts.max()) + 1
    step = max(CELLS // len(accounts), 1)
    for start in range(0, draws, step):
        times = rng.multinomial(size, np.full(size, 1 / size), size=min(step, draws - start))
        yield times.T[accounts].astype(np.float64)


@dataclass(frozen=True)
class Ranks:
    """Where each observation lies among those of its date, by weight: arrays of (n, draws).

    Attributes:
        below: The weight of those with less.
        tied: The weight of those with as much, itself included.
        total: The weight of all of its date.
    """

    below: Floats
    tied: Floats
    total: Floats

    @classmethod
    def of(cls, dates: Ints, values: Floats, weights: Floats) -> "Ranks":
        """Ranks (n,) values within (n,) dates under (n, draws) weights."""
        order = np.lexsort((values, dates))
        date, value = dates[order], values[order]
        is_new_date = np.append(True, date[1:] != date[:-1])
        is_new_value = is_new_date | np.append(True, value[1:] != value[:-1])
        by_date = _summed(weights[order], is_new_date)
        by_value = _summed(weights[order], is_new_value)
        date_of, value_of = np.cumsum(is_new_date) - 1, np.cumsum(is_new_value) - 1
        before = np.cumsum(by_value, axis=0) - by_value
        before -= before[value_of[is_new_date]][date_of[is_new_value]]
        back = np.argsort(order)
        return cls(before[value_of[back]], by_value[value_of[back]], by_date[date_of[back]])

    def middle(self) -> Floats:
        """The share of the weight of the date that lies below, ties counted half; mean 1/2."""
        return _ratio(self.below + self.tied / 2, self.total)

    def share_in_top(self) -> Floats:
        """How much of each observation belongs to the top tenth: of equals all the same part."""
        return np.clip(_ratio(self.below + self.tied - (1 - TENTH) * self.total, self.tied), 0, 1)

    def share_in_bottom(self) -> Floats:
        """How much of each observation belongs to the bottom tenth."""
        return np.clip(_ratio(TENTH * self.total - self.below, self.tied), 0, 1)


def auc(dates: Ints, ranks: Ranks, happened: Bools, weights: Floats) -> Floats:
    """(draws,): the share of pairs of one date whose member with the outcome has the larger value.

    Ties count half; NaN without a pair. Source: the Mann-Whitney statistic, over strata.
    """
    order = np.argsort(dates, kind="stable")
    is_new_date = np.append(True, np.diff(dates[order]) != 0)
    outcome = np.where(happened[:, None], weights, 0.0)
    positive = _summed(outcome[order], is_new_date)
    negative = _summed(weights[order], is_new_date) - positive
    larger = (outcome * (ranks.below + ranks.tied / 2)).sum(axis=0) - (positive**2).sum(axis=0) / 2
    return _ratio(larger, (positive * negative).sum(axis=0), empty=np.nan)


def spearman(ranks: Ranks, outcome: Ranks, weights: Floats) -> Floats:
    """(draws,): the correlation of the two ranks within dates; NaN where one does not vary."""
    a, b = ranks.middle() - 0.5, outcome.middle() - 0.5
    spread = np.sqrt((weights * a**2).sum(axis=0) * (weights * b**2).sum(axis=0))
    return _ratio((weights * a * b).sum(axis=0), spread, empty=np.nan)


def lift(share: Floats, happened: Bools, weights: Floats) -> Floats:
    """(draws,): the rate of the outcome within a part of the observations, over that of all."""
    outcome = np.where(happened[:, None], weights, 0.0)
    inside = _ratio((share * outcome).sum(axis=0), (share * weights).sum(axis=0), empty=np.nan)
    return _ratio(inside, outcome.sum(axis=0) / weights.sum(axis=0), empty=np.nan)


def interval(values: Floats, level: float = 0.95) -> tuple[float, float]:
    """The percentile interval of the draws that have a value; NaN without any."""
    found = values[~np.isnan(values)]
    if not len(found):
        return np.nan, np.nan
    lower, upper = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return float(lower), float(upper)


def _summed(weights: Floats, is_first: Bools) -> Floats:
    """Sums of consecutive rows, each from a first one up to the next."""
    sums: Floats = np.add.reduceat(weights, np.flatnonzero(is_first), axis=0)
    return sums


def _ratio(part: Floats, whole: Floats, empty: float = 0.0) -> Floats:
    out: Floats = np.full(np.shape(part), empty)
    return np.divide(part, whole, out=out, where=whole != 0)
