"""A model of an outcome by the accounts' events, and the weights that it suggests.

A logistic regression on how often each event counted, per member, beside the points in force and
what an account is anyway: its plan, its members. A ridge penalty shrinks the events' own terms to
zero; an event that they do not move beyond doubt keeps its weight.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedGroupKFold

from engagement.outcomes.evaluate import Observed
from engagement.outcomes.out_of_time import FOLDS
from engagement.outcomes.predictive_metrics import Bools, Floats
from engagement.validation.scores import exponential_scale

#: How little the events' own terms are shrunk: scikit-learn's C, chosen by cross-validation.
PENALTIES = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
#: What a standardized column is multiplied by to be as good as free of the penalty.
FREE = 30.0
#: Counts above this quantile count as it, so that no single account decides.
LIMIT = 0.98
#: An event that a smaller share of the observations has says too little to have a term of its own.
MIN_SHARE = 0.05
LARGEST_WEIGHT = 10.0
PERCENTILES = (0.8, 0.85, 0.9, 0.95, 0.99)
#: The share of the log loss by which another scale must be better.
MIN_GAIN = 0.002
CURVATURES = (-2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0)


@dataclass(frozen=True)
class Data:
    """Observations of an outcome, n of them, and what their accounts did.

    Attributes:
        observed: The accounts on their score dates.
        good: (n,) whether it went well.
        events: Names of the events.
        in_force: (events,) the weights in force.
        is_settled: (events,) whether a person has given it the weight 0, which then stays.
        counts: (n, events) how much of each counts for the points, before its weight.
        plans: (n, plans) 1 for the plan of the account.
    """

    observed: Observed
    good: Bools
    events: list[str]
    in_force: Floats
    is_settled: Bools
    counts: Floats
    plans: Floats

    def take(self, which: Bools) -> "Data":
        """Some of the observations."""
        return replace(
            self,
            observed=Observed.of(self.observed.rows[which]),
            good=self.good[which],
            counts=self.counts[which],
            plans=self.plans[which],
        )

    def per_member(self) -> Floats:
        """(n, events): counts per member, limited; the size of an account is no merit."""
        each = self.counts / self.members()[:, None]
        limited: Floats = np.minimum(each, np.quantile(each, LIMIT, axis=0))
        return limited

    def members(self) -> Floats:
        """(n,): members, at least 1."""
        return np.maximum(self.observed.numbers("members"), 1)


@dataclass(frozen=True)
class Fit:
    """A model of an outcome.

    Attributes:
        penalty: The C that did best on accounts that were left out.
        of_points: Log-odds per point in force, per member.
        of_events: (events,) log-odds per event, per member, beyond its points.
        spread: (events,) standard deviation of the counts per member.
    """

    penalty: float
    of_points: float
    of_events: Floats
    spread: Floats

    def per_event(self, in_force: Floats) -> Floats:
        """(events,): log-odds per event, per member, its points in force included."""
        total: Floats = self.of_points * in_force + self.of_events
        return total

    def weights(self, in_force: Floats, is_moved: Bools) -> Floats:
        """(events,): those in force, and for the events that are moved what the data say.

        An event is then worth as many points as it takes to move the log-odds as far: from 0 to
        `LARGEST_WEIGHT`, or to its own weight where that is larger. Where the points in force go
        before the opposite, nothing can be said in points, and all weights stay.
        """
        if self.of_points <= 0:
            return in_force
        said = in_force + self.of_events / self.of_points
        limited = np.clip(said, 0.0, np.maximum(in_force, LARGEST_WEIGHT))
        return np.where(is_moved, np.round(limited, 3), in_force)


def fit(data: Data, penalty: float | None = None, times: Floats | None = None) -> Fit:
    """Fits the model.

    Args:
        data: At least `FOLDS` accounts with the outcome, and as many without it.
        penalty: C; None chooses it by cross-validation over groups of accounts.
        times: (n,) how often each observation counts; once each, if None.

    The penalty is half-way between two that are usual: on log-odds per standard deviation, under
    which a rare event may get any weight, and on log-odds per event, under which only a frequent
    one may move.
    """
    each = data.per_member()
    points = each @ data.in_force
    spread = _spread(each)
    unit = np.sqrt(spread * np.exp(np.log(spread).mean()))
    has_own_term = (data.counts > 0).mean(axis=0) >= MIN_SHARE
    free = [points / _spread(points), np.log(data.members()), data.plans]
    columns = np.column_stack([each / unit * has_own_term, *(FREE * column for column in free)])
    if penalty is None:
        losses = [_loss(columns, data, candidate).mean() for candidate in PENALTIES]
        penalty = PENALTIES[int(np.argmin(losses))]
    terms = _model(penalty).fit(columns, data.good, sample_weight=times).coef_[0]
    count = len(data.events)
    of_points = float(terms[count] * FREE / _spread(points))
    return Fit(penalty, of_points, terms[:count] * has_own_term / unit, spread)


def _model(penalty: float) -> LogisticRegression:
    return LogisticRegression(C=penalty, solver="newton-cholesky", max_iter=500)


def _spread(columns: Floats) -> Floats:
    """Standard deviations; 1 where nothing varies."""
    spread: Floats = columns.std(axis=0)
    return np.where(spread > 0, spread, 1.0)


def _folds(data: Data) -> Iterator[tuple[Bools, Bools]]:
    """(n,) in and (n,) out of each fold; an account is wholly in one."""
    size, folds = len(data.good), StratifiedGroupKFold(FOLDS)
    for kept, left_out in folds.split(np.zeros(size), data.good, data.observed.accounts):
        yield np.isin(np.arange(size), kept), np.isin(np.arange(size), left_out)


def _loss(columns: Floats, data: Data, penalty: float) -> Floats:
    """(folds,): mean log loss on the accounts that were left out."""
    losses = []
    for kept, left_out in _folds(data):
        model = _model(penalty).fit(columns[kept], data.good[kept])
        chances = model.predict_proba(columns[left_out])[:, 1]
        losses.append(log_loss(data.good[left_out], chances, labels=[False, True]))
    return np.array(losses)


def best_scale(
    data: Data, population: pd.DataFrame, weights: Floats, in_force: tuple[float, float]
) -> tuple[float, float]:
    """The percentile and curvature whose score is closest to linear in the log-odds of an outcome.

    The pair in force stays, unless another does better in every fold of left-out accounts, and by
    `MIN_GAIN` of the loss in all.

    Args:
        data: The observations.
        population: score_date, then a column per event: all accounts, whose points make the caps.
        weights: (events,) of the points.
        in_force: Percentile and curvature.
    """
    everybody = population.assign(points=population[data.events].to_numpy() @ weights)
    scored = everybody[everybody["points"] > 0].groupby("score_date")["points"]
    days, points = data.observed.rows["score_date"], data.counts @ weights
    losses = {}
    for percentile in sorted({*PERCENTILES, in_force[0]}):
        caps = days.map(scored.quantile(percentile)).astype("float64").to_numpy()
        u = np.minimum(np.divide(points, caps, out=np.zeros(len(points)), where=caps > 0), 1.0)
        for curvature in sorted({*CURVATURES, in_force[1]}):
            k = (exponential_scale(u, curvature) - 1) / 99
            losses[percentile, curvature] = _loss(k[:, None] * FREE, data, penalty=1.0)
    best = min(losses, key=lambda pair: float(losses[pair].mean()))
    gain = losses[in_force] - losses[best]
    is_better = gain.min() > 0 and gain.mean() > MIN_GAIN * losses[in_force].mean()
    return best if is_better else in_force
