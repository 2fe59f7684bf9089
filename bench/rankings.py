"""Rankings at equal numbers of alerts: precision at a recall, and the area under the curve.

On every date as large a share of the accounts is alerted, those that a ranking puts first. All
rankings see the same accounts and the same samples of them, so that differences are paired. Of
equals, all are as likely to be first: the curve between them is a straight line of alerts.

Shapes: `n` accounts on dates; `draws` samples of accounts.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

RECALLS = (0.1, 0.2, 0.4)
DRAWS = 500
LEVEL = 0.95

Floats = np.ndarray
Figures = dict[str, Floats]


@dataclass(frozen=True)
class Ranked:
    """Accounts on dates, whether they left, and what each rule makes of them.

    Attributes:
        accounts: (n,) code of the account.
        left: (n,) whether it had left at the horizon.
        places: Rule -> (n,) the share of the date that the rule puts before it; equals share one.
    """

    accounts: np.ndarray
    left: np.ndarray
    places: Mapping[str, Floats]

    @classmethod
    def of(cls, rows: pd.DataFrame, rules: Mapping[str, pd.Series]) -> "Ranked":
        """From score_date, account_id, is_churned, and larger values for more risk."""
        dates = rows["score_date"]
        return cls(
            pd.factorize(rows["account_id"])[0],
            rows["is_churned"].to_numpy(dtype=bool),
            {
                name: values.groupby(dates).rank(ascending=False, pct=True).to_numpy()
                for name, values in rules.items()
            },
        )

    def samples(self, draws: int = DRAWS, seed: int = 0) -> Floats:
        """(n, 1 + draws): once everybody, then how often each account was drawn."""
        size = int(self.accounts.max()) + 1
        times = np.random.default_rng(seed).multinomial(size, np.full(size, 1 / size), draws)
        drawn = times.T[self.accounts].astype(np.float32)
        return np.hstack([np.ones((len(self.accounts), 1), dtype=np.float32), drawn])

    def figures(self, rule: str, weights: Floats) -> Figures:
        """precision_at_<recall>, pr_auc: (1 + draws,) each."""
        order = np.argsort(self.places[rule], kind="stable")
        place = self.places[rule][order]
        first = np.flatnonzero(np.append(True, place[1:] != place[:-1]))
        alerts = np.cumsum(np.add.reduceat(weights[order], first, axis=0), axis=0, dtype=np.float64)
        came = weights * self.left[:, None]
        hits = np.cumsum(np.add.reduceat(came[order], first, axis=0), axis=0, dtype=np.float64)
        found: Figures = {}
        for recall in RECALLS:
            found[f"precision_at_{recall}"] = np.array(
                [_precision(alerts[:, d], hits[:, d], recall) for d in range(weights.shape[1])]
            )
        found["pr_auc"] = _area(alerts, hits)
        return found


def _precision(alerts: Floats, hits: Floats, recall: float) -> float:
    """Hits per alert when a share of all hits is reached, part of a group of equals alerted."""
    wanted = recall * hits[-1]
    if wanted == 0:
        return float("nan")
    group = int(np.searchsorted(hits, wanted))
    before_alerts, before_hits = (alerts[group - 1], hits[group - 1]) if group else (0.0, 0.0)
    part = (wanted - before_hits) / (hits[group] - before_hits)
    return float(wanted / (before_alerts + part * (alerts[group] - before_alerts)))


def _area(alerts: Floats, hits: Floats) -> Floats:
    """(draws,): average precision: the precision at each group, by the recall that it adds."""
    gained = np.diff(hits, axis=0, prepend=0)
    precision = np.divide(hits, alerts, out=np.zeros_like(hits), where=alerts > 0)
    area: Floats = (gained * precision).sum(axis=0) / np.maximum(hits[-1], 1e-9)
    return area


def interval(values: Floats, level: float = LEVEL) -> tuple[float, float]:
    """The percentile interval of (draws,) samples."""
    lower, upper = np.nanquantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(lower), float(upper)


def p_value(differences: Floats) -> float:
    """Two-sided, of (draws,) samples of a difference: how often they lie beyond 0."""
    beyond = min((differences <= 0).mean(), (differences >= 0).mean())
    return float(min(1.0, 2 * max(beyond, 1 / len(differences))))


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Adjusted p-values. Source: Holm 1979."""
    ordered = sorted(p_values, key=lambda name: p_values[name])
    adjusted, largest = {}, 0.0
    for number, name in enumerate(ordered):
        largest = max(largest, min(1.0, (len(ordered) - number) * p_values[name]))
        adjusted[name] = largest
    return adjusted
