"""A model of who leaves, made of what was known on the score date, and tested on later dates.

It changes nothing. A person reads the proposal, decides, and adds its rows to the seed
risk_coefficients; the warehouse then ranks customers by it (docs/risk.md).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedGroupKFold

from engagement.errors import UsageError
from engagement.outcomes.evaluate import Observed
from engagement.outcomes.out_of_time import FOLDS, Gain, compared, early_and_late
from engagement.outcomes.predictive_metrics import (
    Bools,
    Floats,
    Forecast,
    bootstrap,
)
from engagement.project import Settings

CHURNED, HORIZON, INTERCEPT, UNKNOWN = "churned", "horizon_days", "intercept", "unknown"
MODEL, RANKING = "model", "score, then silence"
#: How little the terms are shrunk: scikit-learn's C, chosen by cross-validation.
PENALTIES = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
DECIMALS = 9

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Observations:
    """Accounts that paid on a score date, n of them.

    Attributes:
        observed: The accounts on their dates.
        left: (n,) whether they had left at the horizon.
        columns: (n, terms) the terms of the model, the plans after them.
        ranking: (n,) larger for who is more at risk by score, of equal scores by silence.
    """

    observed: Observed
    left: Bools
    columns: pd.DataFrame
    ranking: Floats

    @classmethod
    def of(cls, rows: pd.DataFrame) -> "Observations":
        """From int_outcomes of one horizon, with the columns of int_outcome_risk."""
        observed = Observed.of(rows)
        rows = observed.rows
        terms = [name for name in rows.columns if name.endswith("_term")]
        plans = pd.get_dummies(rows["plan"], prefix="plan", prefix_sep=":", dtype="float64")
        plans = plans.drop(columns=f"plan:{UNKNOWN}", errors="ignore")
        named = (
            rows[terms].astype("float64").rename(columns=lambda name: name.removesuffix("_term"))
        )
        order = np.lexsort((rows["days_silent"], -rows["score"].astype("float64").round(DECIMALS)))
        keys = rows[["score", "days_silent"]].astype("float64").round(DECIMALS).to_numpy()[order]
        is_new = np.append(True, (keys[1:] != keys[:-1]).any(axis=1))
        ranking = np.empty(len(rows))
        ranking[order] = np.cumsum(is_new)
        return cls(
            observed=observed,
            left=observed.happened(CHURNED),
            columns=pd.concat([named, plans if plans.shape[1] > 1 else plans.iloc[:, :0]], axis=1),
            ranking=ranking,
        )

    def matrix(self) -> Floats:
        """(n, terms)."""
        return self.columns.to_numpy(dtype=np.float64)


@dataclass(frozen=True)
class Model:
    """A logistic model: log-odds = intercept + coefficients . terms."""

    intercept: float
    coefficients: Floats

    def probability(self, columns: Floats) -> Floats:
        """(n,) of (n, terms)."""
        odds: Floats = self.intercept + columns @ self.coefficients
        return 1 / (1 + np.exp(-np.clip(odds, -700, 700)))


@dataclass(frozen=True)
class RiskProposal:
    """A model that the data suggest, and how its like did on later dates.

    Attributes:
        horizon_days: Days within which accounts left.
        version: The scoring version in force, to which the model belongs.
        coefficients: term, coefficient.
        comparison: predictor, auc, lower_bound, upper_bound on the late dates, of the model that
            the early dates suggest and of the ranking without a model.
        gain: The difference of the two, with its interval.
        reliability: On the late dates, by tenths of the probability: accounts, expected, observed,
            lower_bound, upper_bound (of the observed rate).
        brier: Mean squared error of the probabilities there, and that of the mean rate.
        accounts: How many left on early dates, and on late ones.
        first_late_date: The first of the late dates.
    """

    horizon_days: int
    version: str
    coefficients: pd.DataFrame
    comparison: pd.DataFrame
    gain: Gain
    reliability: pd.DataFrame
    brier: tuple[float, float]
    accounts: tuple[int, int]
    first_late_date: date

    def is_better(self) -> bool:
        """Whether the model ranks better than score and silence, beyond doubt."""
        return self.gain.lower > 0

    def sentence(self) -> str:
        """The conclusion."""
        gain = self.gain.in_words()
        if self.is_better():
            return f"On later dates the model ranks better than score and silence: {gain}."
        if self.gain.upper < 0:
            return f"On later dates score and silence rank better than the model: {gain}."
        return (
            f"The data cannot tell whether the model ranks better than score and silence: {gain}."
        )


def calibrate_risk(
    settings: Settings,
    horizon: int,
    draws: int = 1000,
    progress: Progress = lambda step: None,
) -> RiskProposal:
    """Fits a model of risk to the outcomes known so far.

    Args:
        settings: Project, database, and vars, of which min_accounts_with_outcome counts.
        horizon: Days, one of outcome_horizons.
        draws: Samples of accounts behind each interval.
        progress: Called with what is being done.

    Raises:
        UsageError: The outcomes have not been built, or too few are known.
    """
    from engagement import runner

    progress("reading outcomes")
    variables = settings.all_variables()
    if horizon not in variables["outcome_horizons"]:
        raise UsageError(
            f"Outcomes of {horizon} days are not followed: name one of the days"
            f" {variables['outcome_horizons']} (the var outcome_horizons)."
        )
    outcomes = runner.read(
        settings,
        "select score_date, account_id, horizon_days, score, is_churned"
        f" from {{{{ ref('int_outcomes') }}}} where horizon_days = {horizon}",
    )
    risk = runner.read(settings, "select * from {{ ref('int_outcome_risk') }}")
    if outcomes.empty:
        raise UsageError(
            f"No outcome of {horizon} days is known yet: wait for more months of subscriptions, or"
            " take a shorter horizon."
        )
    rows = outcomes.merge(risk.drop(columns=HORIZON), on=["score_date", "account_id"])
    rows["score_date"] = pd.to_datetime(rows["score_date"])
    version = str(rows["version"][rows["score_date"].argmax()])
    return propose_model(
        rows[rows["version"] == version],
        version,
        minimum=variables["min_accounts_with_outcome"],
        draws=draws,
        progress=progress,
    )


def propose_model(
    rows: pd.DataFrame,
    version: str,
    minimum: int,
    draws: int = 1000,
    progress: Progress = lambda step: None,
) -> RiskProposal:
    """The same from what has been read: int_outcomes of one horizon with int_outcome_risk."""
    is_early, is_late = early_and_late(rows, CHURNED, minimum)
    everything = Observations.of(rows)
    names = everything.columns.columns
    early, late = (Observations.of(rows[which]) for which in (is_early, is_late))
    early, late = (
        Observations(
            part.observed, part.left, part.columns.reindex(columns=names).fillna(0.0), part.ranking
        )
        for part in (early, late)
    )
    progress("fitting the early dates")
    probability = fit_model(early).probability(late.matrix())
    progress("comparing on the late dates")
    rankings = {MODEL: probability, RANKING: late.ranking}
    comparison, gain = compared(late.observed, late.left, rankings, draws)
    progress("fitting all dates")
    model = fit_model(everything)
    rate = float(late.left.mean())
    return RiskProposal(
        horizon_days=int(rows["horizon_days"].iloc[0]),
        version=version,
        coefficients=pd.DataFrame(
            {
                "term": [HORIZON, INTERCEPT, *names],
                "coefficient": np.round(
                    [rows[HORIZON].iloc[0], model.intercept, *model.coefficients], DECIMALS
                ),
            }
        ),
        comparison=comparison,
        gain=gain,
        reliability=_reliability(late, probability, draws),
        brier=(float(np.mean((probability - late.left) ** 2)), rate * (1 - rate)),
        accounts=(_accounts(early), _accounts(late)),
        first_late_date=late.observed.rows["score_date"].min(),
    )


def fit_model(data: Observations) -> Model:
    """A logistic regression with a ridge penalty on standardized terms.

    The penalty is that whose log loss is least on accounts that were left out.
    """
    columns = data.matrix()
    mean, spread = columns.mean(axis=0), columns.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    standard = (columns - mean) / spread
    losses = [_loss(standard, data, penalty) for penalty in PENALTIES]
    fitted = _regression(PENALTIES[int(np.argmin(losses))]).fit(standard, data.left)
    coefficients = fitted.coef_[0] / spread
    return Model(float(fitted.intercept_[0] - coefficients @ mean), coefficients)


def _regression(penalty: float) -> LogisticRegression:
    return LogisticRegression(C=penalty, solver="newton-cholesky", max_iter=500)


def _loss(columns: Floats, data: Observations, penalty: float) -> float:
    """Mean log loss on the accounts that were left out."""
    losses = []
    folds = StratifiedGroupKFold(FOLDS).split(columns, data.left, data.observed.accounts)
    for kept, left_out in folds:
        model = _regression(penalty).fit(columns[kept], data.left[kept])
        chances = model.predict_proba(columns[left_out])[:, 1]
        losses.append(log_loss(data.left[left_out], chances, labels=[False, True]))
    return float(np.mean(losses))


def _accounts(data: Observations) -> int:
    return int(data.observed.rows["account_id"][data.left].nunique())


def _reliability(late: Observations, probability: Floats, draws: int) -> pd.DataFrame:
    """By tenths of the probability: accounts, expected, observed and its bounds."""
    accounts = late.observed.accounts
    size = int(accounts.max()) + 1
    tenths = [tenth for _, tenth in Forecast(probability, late.left, accounts).tenths()]
    rates: list[list[Floats]] = [[] for _ in tenths]
    for times in (np.ones((size, 1)), *bootstrap(size, draws)):
        for tenth, pieces in zip(tenths, rates, strict=True):
            pieces.append(tenth.observed(times))
    return pd.DataFrame(
        [
            (len(tenth.happened), tenth.expected(), *_with_bounds(tenth, np.concatenate(pieces)))
            for tenth, pieces in zip(tenths, rates, strict=True)
        ],
        columns=["accounts", "expected", "observed", "lower_bound", "upper_bound"],
    )


def _with_bounds(tenth: Forecast, rates: Floats) -> tuple[float, float, float]:
    """The rate of all, the first of (1 + draws,), and its interval."""
    return (float(rates[0]), *tenth.bounds(rates[1:]))


def print_risk_proposal(console: Console, proposal: RiskProposal) -> None:
    """Prints the model, its test on later dates, and the conclusion."""
    early, late = proposal.accounts
    console.print(
        f"[bold]left within {proposal.horizon_days} days[/]: {early} accounts on early dates,"
        f" {late} from {proposal.first_late_date:%Y-%m-%d} on.\n"
    )
    table = Table("term", "coefficient", box=None, pad_edge=False)
    for row in proposal.coefficients.itertuples(index=False):
        table.add_row(str(row.term), f"{row.coefficient:+.3f}")
    console.print(table)
    ranks = Table("\non late dates", "\nAUC", "\n95 %", box=None, pad_edge=False)
    for row in proposal.comparison.itertuples(index=False):
        bounds = f"{row.lower_bound:.3f} to {row.upper_bound:.3f}"
        ranks.add_row(str(row.predictor), f"{row.auc:.3f}", bounds)
    console.print(ranks)
    rates = Table("\ntenth", "\nexpected", "\nleft", "\n95 %", box=None, pad_edge=False)
    for number, row in enumerate(proposal.reliability.itertuples(index=False), 1):
        bounds = f"{row.lower_bound:.1%} to {row.upper_bound:.1%}"
        rates.add_row(str(number), f"{row.expected:.1%}", f"{row.observed:.1%}", bounds)
    console.print(rates)
    score, mean = proposal.brier
    console.print(f"\nBrier score {score:.4f}; {mean:.4f} with the mean rate for everybody.")
    console.print("The model tested here comes from the early dates alone.")
    console.print(f"\n{proposal.sentence()}")


def write_risk_proposal(folder: Path, proposal: RiskProposal) -> Path:
    """Writes risk_coefficients.csv, to be read and then added to the seed of the same name.

    Raises:
        UsageError: The model is not better than none.
    """
    if not proposal.is_better():
        raise UsageError(f"{proposal.sentence()} Nothing is written.")
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "risk_coefficients.csv"
    proposal.coefficients.assign(version=proposal.version).to_csv(
        file,
        columns=["version", "term", "coefficient"],
        index=False,
        float_format=f"%.{DECIMALS}f",
        lineterminator="\n",
    )
    return file
