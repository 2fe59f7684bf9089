"""How well predictors predict outcomes: AUC, rank correlation, lift; with intervals.

Scores and activity mean what they mean on their own date, so ranks are taken within score dates.
The same accounts come back date after date, so what is drawn for an interval is accounts, with all
their dates. All predictors and outcomes see the same draws: their differences are paired.

Shapes: `n` observations, accounts on dates; `draws` samples of accounts. An account that is drawn
`t` times has the weight `t` on each of its dates.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

Floats = NDArray[np.floating]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

#: Accounts x draws that are held in memory at once, and draws that go well into a cache.
CELLS, BLOCK = 32_000_000, 500
TENTH = 0.1
LEVEL = 0.95
AUC, SPEARMAN = "auc", "spearman"
LIFTS = TOP_LIFT, BOTTOM_LIFT = "top_decile_lift", "bottom_decile_lift"


def bootstrap(accounts: int, draws: int, seed: int = 0) -> Iterator[Floats]:
    """How often each account comes up in samples with replacement, (accounts, some draws) a piece.

    Single precision holds whole numbers up to 16 million. The same seed draws the same samples.

    Source: the cluster bootstrap (Davison and Hinkley 1997, section 3.8).
    """
    rng = np.random.default_rng(seed)
    step = min(max(CELLS // accounts, 1), BLOCK)
    for start in range(0, draws, step):
        size = min(step, draws - start)
        times = rng.multinomial(accounts, np.full(accounts, 1 / accounts), size=size)
        yield np.ascontiguousarray(times.T, dtype=np.float32)


@dataclass(frozen=True)
class Panel:
    """Accounts on dates, and what became of them.

    Attributes:
        dates: (n,) code of the date.
        accounts: (n,) code of the account, a row of the draws.
        events: Outcome -> (n,) whether it came.
        amounts: Outcome -> (n,) how large it was.
    """

    dates: Ints
    accounts: Ints
    events: Mapping[str, Bools]
    amounts: Mapping[str, Floats]

    def by_date(self) -> list[Ints]:
        """The positions of each date."""
        order = np.argsort(self.dates, kind="stable")
        return np.split(order, np.flatnonzero(np.diff(self.dates[order])) + 1)


@dataclass(frozen=True)
class Ties:
    """The observations of one date by their value, m of them.

    Attributes:
        group: (m,) the group of equals, 0 being the lowest.
        weights: (groups, draws) weight of each group.
    """

    group: Ints
    weights: Floats

    @classmethod
    def of(cls, values: Floats, weights: Floats) -> "Ties":
        """Groups (m,) values under (m, draws) weights."""
        found, group = np.unique(values, return_inverse=True)
        return cls(group, _summed(group, weights, len(found)))

    def spread(self, total: Floats) -> Floats:
        """(draws,): sum of (rank - 1/2)**2, a rank being the share of the date that lies below."""
        cubes = np.einsum("gd,gd,gd->d", self.weights, self.weights, self.weights)
        return total / 12 * (1 - _ratio(cubes, total * total * total))

    def bounds(self, groups: Ints) -> tuple[Floats, Floats]:
        """(k, draws) twice: the weight below each of k groups, in order, and with it."""
        every = np.arange(len(self.weights))
        stretch = np.searchsorted(groups, every) + np.searchsorted(groups, every, side="right")
        sums = _summed(stretch, self.weights, 2 * len(groups) + 1)
        before = sums[0]
        for row in sums[1:]:  # numpy's cumsum takes several times as long
            row += before
            before = row
        return sums[:-1:2], sums[1::2]


@dataclass(frozen=True)
class After:
    """An outcome on one date: the observations that differ from the most.

    Attributes:
        rows: (k,) their positions among those of the date.
        weights: (k, draws) their weight; of amounts, times how far their rank lies from the most.
        is_event: Whether the outcome comes or does not.
        is_flipped: Whether the rows are those without the event, because it is the rule.
    """

    rows: Ints
    weights: Floats
    is_event: bool
    is_flipped: bool = False

    @classmethod
    def of_event(cls, happened: Bools, is_flipped: bool, weights: Floats) -> "After":
        """Those with the event, or if `is_flipped` those without."""
        rows = np.flatnonzero(happened != is_flipped)
        return cls(rows, weights[rows], True, is_flipped)

    @classmethod
    def of_amounts(cls, ties: Ties, weights: Floats, total: Floats) -> "After":
        """Those outside the largest group: as ranks add up to 0 around 1/2, it may count as 0."""
        usual = int(np.argmax(np.bincount(ties.group)))
        below, upto = ties.bounds(np.arange(len(ties.weights)))
        ranks = _ratio((below + upto) / 2, total)
        rows = np.flatnonzero(ties.group != usual)
        return cls(rows, weights[rows] * (ranks - ranks[usual])[ties.group[rows]], False)


Key = tuple[str, str, str]


def measures(panel: Panel, predictors: Mapping[str, Floats], times: Floats) -> dict[Key, Floats]:
    """(predictor, outcome, measure) -> (draws,).

    auc: the share of pairs of one date, one with the event and one without, whose member with it
    has the larger value; ties count half; NaN without a pair (Mann and Whitney's statistic, over
    strata). spearman: the correlation of the ranks of predictor and outcome within dates; NaN if
    one does not vary. top_decile_lift, bottom_decile_lift: the rate of the event within the tenth
    of each date with the largest (smallest) values, over that of all.

    Args:
        panel: The observations and their outcomes.
        predictors: Name -> (n,) values; -inf may stand for a missing one.
        times: (accounts, draws) how often each account was drawn.
    """
    sums: dict[tuple[str, ...], Floats] = defaultdict(lambda: np.zeros(times.shape[1]))
    is_flipped = {name: happened.mean() > 0.5 for name, happened in panel.events.items()}
    for rows in panel.by_date():
        weights = times[panel.accounts[rows]]
        total = weights.sum(axis=0)
        sums["total",] += total
        afters = {}
        for name, happened in panel.events.items():
            after = After.of_event(happened[rows], is_flipped[name], weights)
            came = after.weights.sum(axis=0, dtype=np.float64)
            pairs = came * (total - came)
            sums["came", name] += came
            sums["pairs", name] += pairs
            sums["spread", name] += _ratio(pairs, 4 * total)
            afters[name] = after
        for name, amounts in panel.amounts.items():
            ties = Ties.of(amounts[rows], weights)
            sums["spread", name] += ties.spread(total)
            afters[name] = After.of_amounts(ties, weights, total)
        for predictor, values in predictors.items():
            ties = Ties.of(values[rows], weights)
            sums["spread", predictor] += ties.spread(total)
            _add(sums, predictor, ties, afters, total)
    return _measured(sums, panel, predictors, is_flipped)


def _add(
    sums: dict[tuple[str, ...], Floats],
    predictor: str,
    ties: Ties,
    afters: Mapping[str, After],
    total: Floats,
) -> None:
    """Adds what one date says of a predictor, from the groups with an outcome in them alone."""
    groups = np.unique(np.concatenate([ties.group[after.rows] for after in afters.values()]))
    if not len(groups):
        return
    below, upto = ties.bounds(groups)
    middle, size = (below + upto) / 2, upto - below
    in_top = np.clip(_ratio(upto - (1 - TENTH) * total, size), 0, 1)
    in_bottom = np.clip(_ratio(TENTH * total - below, size), 0, 1)
    for name, after in afters.items():
        part = _summed(np.searchsorted(groups, ties.group[after.rows]), after.weights, len(groups))
        whole = part.sum(axis=0, dtype=np.float64)
        larger = np.einsum("kd,kd->d", part, middle)
        together = _ratio(larger, total) - whole / 2
        if not after.is_event:
            sums["together", predictor, name] += together
            continue
        sums["together", predictor, name] += together / 2
        sums["larger", predictor, name] += larger - whole**2 / 2
        sums[TOP_LIFT, predictor, name] += np.einsum("kd,kd->d", part, in_top)
        sums[BOTTOM_LIFT, predictor, name] += np.einsum("kd,kd->d", part, in_bottom)


def _measured(
    sums: dict[tuple[str, ...], Floats],
    panel: Panel,
    predictors: Mapping[str, Floats],
    is_flipped: Mapping[str, bool],
) -> dict[Key, Floats]:
    found = {}
    for predictor in predictors:
        for name in (*panel.events, *panel.amounts):
            flip = is_flipped.get(name, False)
            spread = np.sqrt(sums["spread", predictor] * sums["spread", name])
            together = _ratio(sums["together", predictor, name], spread, empty=np.nan)
            found[predictor, name, SPEARMAN] = -together if flip else together
            if name in panel.amounts:
                continue
            came, tenth = sums["came", name], TENTH * sums["total",]
            larger = _ratio(sums["larger", predictor, name], sums["pairs", name], empty=np.nan)
            found[predictor, name, AUC] = 1 - larger if flip else larger
            for lift in LIFTS:
                inside = sums[lift, predictor, name]
                if flip:
                    inside = tenth - inside
                whole = tenth - TENTH * came if flip else TENTH * came
                found[predictor, name, lift] = _ratio(inside, whole, empty=np.nan)
    return found


@dataclass(frozen=True)
class Forecast:
    """Probabilities of an event for accounts on dates.

    Attributes:
        probability: (n,) from 0 to 1.
        happened: (n,) whether it came.
        accounts: (n,) code of the account, a row of the draws.
    """

    probability: Floats
    happened: Bools
    accounts: Ints

    def brier(self, times: Floats) -> Floats:
        """(draws,): the mean squared distance of the probability from 1 or 0; 0 is perfect.

        Source: Brier 1950.
        """
        return self._mean((self.probability - self.happened) ** 2, times)

    def brier_of_chance(self, times: Floats) -> Floats:
        """(draws,): the same if everybody had the mean rate."""
        rate = self._mean(self.happened.astype(np.float64), times)
        return rate * (1 - rate)

    def observed(self, times: Floats) -> Floats:
        """(draws,): the share to whom it happened."""
        return self._mean(self.happened.astype(np.float64), times)

    def expected(self) -> float:
        """The mean probability."""
        return float(self.probability.mean())

    def tenths(self) -> Iterator[tuple[int, "Forecast"]]:
        """By probability, 1 (lowest) to 10; equals share one, so that some may be missing."""
        _, place, counts = np.unique(self.probability, return_inverse=True, return_counts=True)
        lower = (np.cumsum(counts) - counts)[place]
        tenth = 10 * lower // len(self.probability) + 1
        for number in np.unique(tenth):
            rows = tenth == number
            yield (
                int(number),
                Forecast(self.probability[rows], self.happened[rows], self.accounts[rows]),
            )

    def bounds(self, drawn: Floats, level: float = LEVEL) -> tuple[float, float]:
        """The interval of the share to whom it happened, from (draws,) samples.

        Where it happened to nobody, or to everybody, samples say the same; then that of as many
        independent trials as there are accounts (Clopper and Pearson 1934).
        """
        rate, accounts = self.happened.mean(), len(np.unique(self.accounts))
        margin = 1 - ((1 - level) / 2) ** (1 / accounts)
        if rate == 0:
            return 0.0, margin
        return (1 - margin, 1.0) if rate == 1 else interval(drawn, level)

    def _mean(self, values: Floats, times: Floats) -> Floats:
        """(draws,): the mean of (n,) values, by account and then by how often it was drawn."""
        whole = np.bincount(self.accounts, minlength=len(times)).astype(np.float64)
        part = np.bincount(self.accounts, weights=values, minlength=len(times))
        return _ratio(part @ times, whole @ times, empty=np.nan)


def kaplan_meier(
    days: Ints, has_left: Bools, at: int, level: float = LEVEL
) -> tuple[float, float, float]:
    """The share that stays for more than some days, and its interval.

    NaN beyond the days on which anybody is followed; no bounds before anybody, or after everybody,
    has left.

    Args:
        days: (n,) how long each account was followed: until it left, or for as long as is known.
        has_left: (n,) whether it left then.
        at: Days.
        level: Of the interval.

    Source: Kaplan and Meier 1958, Greenwood's variance on the scale log(-log S) (Kalbfleisch and
    Prentice 2002, 1.4).
    """
    if not len(days) or (at > days.max() and not has_left[days == days.max()].all()):
        return np.nan, np.nan, np.nan
    share, variance = 1.0, 0.0
    for day in np.unique(days[has_left & (days <= at)]):
        left, at_risk = np.sum(has_left & (days == day)), np.sum(days >= day)
        share *= 1 - left / at_risk
        variance += left / (at_risk * (at_risk - left)) if left < at_risk else np.inf
    if not 0 < share < 1:
        return share, np.nan, np.nan
    margin = NormalDist().inv_cdf((1 + level) / 2) * np.sqrt(variance) / -np.log(share)
    return share, float(share ** np.exp(margin)), float(share ** np.exp(-margin))


def interval(values: Floats, level: float = LEVEL) -> tuple[float, float]:
    """The percentile interval of the draws that have a value; NaN without any."""
    found = values[~np.isnan(values)]
    if not len(found):
        return np.nan, np.nan
    lower, upper = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return float(lower), float(upper)


def simultaneous(values: Floats, drawn: Floats, level: float = LEVEL) -> tuple[Floats, Floats]:
    """(k,) lower and upper bounds of k figures that hold all at once.

    Each lies as many standard errors from its figure; how many, is the quantile of the largest
    deviation within a draw, so that figures that move together cost little.

    Args:
        values: (k,) the figures; each has a value in two draws at least.
        drawn: (k, draws) the same in samples of accounts.
        level: How often all of the intervals hold their figure.

    Source: the bootstrap of the largest studentized deviation (Davison and Hinkley 1997, 4.2.5;
    Westfall and Young 1993, chapter 2).
    """
    drawn = drawn[:, ~np.isnan(drawn).all(axis=0)]
    errors = np.nanstd(drawn, axis=1, ddof=1)
    deviations = np.abs(drawn - np.nanmean(drawn, axis=1, keepdims=True))
    largest = np.nanmax(_ratio(deviations, np.broadcast_to(errors[:, None], drawn.shape)), axis=0)
    margin = np.quantile(largest, level) * errors
    return values - margin, values + margin


def _summed(group: Ints, rows: Floats, groups: int) -> Floats:
    """(groups, draws): the sums of the (k, draws) rows of each group; groups may be empty."""
    order = np.argsort(group, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(group, minlength=groups))])
    ones = np.ones(len(order), dtype=rows.dtype)
    sums: Floats = csr_matrix((ones, order, starts), shape=(groups, len(order))) @ rows
    return sums


def _ratio(part: Floats, whole: Floats, empty: float = 0.0) -> Floats:
    """The quotient, and `empty` where the whole is 0."""
    shape = np.broadcast_shapes(np.shape(part), np.shape(whole))
    out: Floats = np.full(shape, empty, dtype=np.result_type(part, whole))
    return np.divide(part, whole, out=out, where=whole != 0)
