"""Tests whether the score predicts outcomes better than simple baselines.

Reads int_outcomes and fills score_validation, whose columns it makes. Nothing is fitted here: a
score is made without outcomes, from what happened up to its date.
"""

import json
import os
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from engagement.errors import UsageError
from engagement.outcomes.predictive_metrics import (
    AUC,
    LIFTS,
    SPEARMAN,
    Bools,
    Floats,
    Forecast,
    Ints,
    Panel,
    bootstrap,
    interval,
    kaplan_meier,
    measures,
    simultaneous,
)
from engagement.project import Settings
from engagement.tables import analysis

#: Outcomes that come or do not, and whether more engagement should go before them, or less.
EXPECTS_MORE = {"retained": True, "churned": False, "expanded": True, "contracted": False}
GROWTH = "revenue_growth"
OUTCOMES = (*EXPECTS_MORE, GROWTH)
SCORE, MRR, CHANCE = "score", "mrr", "chance"
#: The score and the simple rules that it has to beat; more of each is more engagement.
PREDICTORS = (
    *(SCORE, "events", "active_days", "distinct_events", "points_per_member", "recency"),
    *("members", MRR),
)
#: What the outcome is measured against cannot be a rule for it: a high month is followed by less.
AGAINST_MRR = ("expanded", "contracted", GROWTH)
#: The score's measure less the baseline's.
AUC_DIFFERENCE, SPEARMAN_DIFFERENCE = "auc_difference", "spearman_difference"
#: The probability of a model of churn, and how it is held against what came.
RISK, BRIER, EXPECTED, OBSERVED = "risk", "brier", "expected", "observed"
#: The share of a band's accounts that stays, also after one year and two.
RETENTION, LATER_DAYS = "retention", (360, 720)
RETENTION_QUERY = "outcome_retention"
BETTER, WORSE, CANNOT_TELL, REVERSE = "better", "worse", "cannot_tell", "reverse"
NO_FIGURE: dict[str, object] = dict.fromkeys(("value", "lower_bound", "upper_bound", "verdict"))
MEASURED, TOO_FEW = "measured", "too_few_outcomes"
#: The environment variable by which score_validation.sql gets its rows.
ROWS_VARIABLE = "ENGAGEMENT_SCORE_VALIDATION"

Progress = Callable[[str], None]
#: Horizon, outcome, predictor, measure.
Key = tuple[int, str, str, str]
Figures = dict[Key, dict[str, object]]


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
    def of(cls, rows: pd.DataFrame, accounts: pd.Index | None = None) -> "Observed":
        """Codes that do not depend on the order of the rows; of accounts, places in an index."""
        rows = rows.sort_values(["score_date", "account_id"], ignore_index=True)
        if accounts is None:
            accounts = account_index(rows)
        dates = pd.factorize(rows["score_date"])[0]
        return cls(rows, dates, accounts.get_indexer(pd.Index(rows["account_id"])))

    def happened(self, outcome: str) -> Bools:
        """(n,): whether the outcome came; of revenue_growth, whether revenue changed."""
        if outcome == GROWTH:
            return np.asarray(self.numbers("revenue_growth_rate") != 0)
        return self.rows[f"is_{outcome}"].to_numpy(dtype=bool)

    def predictor(self, name: str) -> Floats:
        """(n,): a higher value is more engaged; an account that was never active comes last."""
        if name == "points_per_member":
            return self.numbers("points") / np.maximum(self.numbers("members"), 1)
        if name == "recency":
            return np.nan_to_num(-self.numbers("days_since_active"), nan=-np.inf)
        return self.numbers("mrr_before" if name == MRR else name)

    def numbers(self, column: str) -> Floats:
        """(n,): a column, NaN where it is empty."""
        return np.asarray(self.rows[column].astype("float64"), dtype=np.float64)

    def panel(self, outcomes: list[str]) -> Panel:
        """What becomes of the observations."""
        events = {name: self.happened(name) for name in outcomes if name != GROWTH}
        amounts = {GROWTH: self.numbers("revenue_growth_rate")} if GROWTH in outcomes else {}
        return Panel(self.dates, self.accounts, events, amounts)

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


def account_index(rows: pd.DataFrame) -> pd.Index:
    """The accounts of some rows, in order."""
    index: pd.Index = pd.Index(sorted(set(rows["account_id"])))
    return index


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
    risk = runner.read(settings, "select * from {{ ref('int_outcome_risk') }}")
    outcomes = with_risk(outcomes, risk)
    followed_up = runner.read(settings, analysis(settings, RETENTION_QUERY))
    variables = settings.all_variables()
    horizons, minimum = variables["outcome_horizons"], variables["min_accounts_with_outcome"]
    followed = runner.read(settings, "select horizon_days from {{ ref('int_outcome_dates') }}")
    missing = set(horizons) - set(followed["horizon_days"])
    if missing and len(followed):
        days = ", ".join(map(str, sorted(missing)))
        raise UsageError(
            f"Outcomes of {days} days have not been built: build with the same outcome_horizons."
        )
    rows = pd.concat(
        [
            validation_rows(outcomes, horizons, minimum, draws, progress),
            risk_rows(outcomes, horizons, minimum, draws),
            retention_rows(followed_up, horizons, minimum),
        ],
        ignore_index=True,
    )
    progress("filling score_validation")
    with rows_in_environment(rows):
        filled = runner.build(settings, ["--select", "score_validation"])
    for failed in filled.failures:
        raise UsageError(f"score_validation could not be filled: {failed.name}: {failed.message}")
    return rows


def with_risk(outcomes: pd.DataFrame, risk: pd.DataFrame) -> pd.DataFrame:
    """int_outcomes with risk_probability, at the horizon of the model in force."""
    key = ["score_date", "account_id", "horizon_days"]
    known = risk[risk["probability"].notna()].rename(columns={"probability": "risk_probability"})
    known = known.astype({"horizon_days": outcomes["horizon_days"].dtype})
    return outcomes.merge(known[[*key, "risk_probability"]], on=key, how="left")


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
    accounts = account_index(outcomes)
    observed = {
        horizon: Observed.of(outcomes[outcomes["horizon_days"] == horizon], accounts)
        for horizon in horizons
    }
    counts = {
        (horizon, outcome): observed[horizon].counts(outcome, min_accounts_with_outcome)
        for horizon in horizons
        for outcome in OUTCOMES
    }
    enough = {
        horizon: [
            name for name in OUTCOMES if counts[horizon, name]["validation_status"] == MEASURED
        ]
        for horizon in horizons
    }
    drawn = _drawn(observed, enough, len(accounts), draws, progress)
    figures = _measured(drawn) | _compared(drawn)
    found = []
    for horizon in horizons:
        for outcome in OUTCOMES:
            for predictor, measure in _asked(outcome):
                key = (horizon, outcome, predictor, measure)
                names = {"outcome": outcome, "horizon_days": horizon, "predictor": predictor}
                figure = figures.get(key, NO_FIGURE)
                found.append({**names, "measure": measure, **counts[horizon, outcome], **figure})
    return pd.DataFrame(found)


def risk_rows(
    outcomes: pd.DataFrame, horizons: list[int], min_accounts_with_outcome: int, draws: int = 1000
) -> pd.DataFrame:
    """The rows of score_validation that hold a model's probability of churn against what came.

    Args:
        outcomes: int_outcomes, with risk_probability, empty where no model is in force; without
            any there are no rows.
        horizons: Days.
        min_accounts_with_outcome: No figure with fewer accounts that churned, or did not.
        draws: Samples of accounts behind each interval.
    """
    found: list[dict[str, object]] = []
    if "risk_probability" not in outcomes:
        return pd.DataFrame()
    known = outcomes[outcomes["risk_probability"].notna()]
    for horizon in horizons:
        observed = Observed.of(known[known["horizon_days"] == horizon])
        if observed.rows.empty:
            continue
        counts = observed.counts("churned", min_accounts_with_outcome)
        names = {"outcome": "churned", "horizon_days": horizon}
        for (predictor, measure), figure in _risk_figures(observed, draws).items():
            told = figure if counts["validation_status"] == MEASURED else NO_FIGURE
            key = {**names, "predictor": predictor, "measure": measure}
            found.append({**key, **counts, **told})
    return pd.DataFrame(found)


def _risk_figures(observed: Observed, draws: int) -> dict[tuple[str, str], dict[str, object]]:
    """(predictor, measure) -> the Brier score, and expected and observed of each tenth."""
    risk = Forecast(
        observed.numbers("risk_probability"), observed.happened("churned"), observed.accounts
    )
    tenths = {f"{RISK}_tenth_{number}": tenth for number, tenth in risk.tenths()}
    asked = {(RISK, BRIER): risk.brier, (CHANCE, BRIER): risk.brier_of_chance}
    asked |= {(name, OBSERVED): tenth.observed for name, tenth in tenths.items()}
    accounts = int(risk.accounts.max()) + 1
    drawn: dict[tuple[str, str], list[Floats]] = defaultdict(list)
    for times in (np.ones((accounts, 1)), *bootstrap(accounts, draws)):
        for key, figure in asked.items():
            drawn[key].append(figure(times))
    found = {}
    for (name, measure), pieces in drawn.items():
        value, *samples = np.concatenate(pieces)
        if measure == BRIER:
            found[name, measure] = _figure(value, *interval(np.array(samples)))
        else:
            found[name, EXPECTED] = _figure(tenths[name].expected(), np.nan, np.nan)
            found[name, measure] = _figure(value, *tenths[name].bounds(np.array(samples)))
    return found


def retention_rows(
    followed_up: pd.DataFrame, horizons: list[int], min_accounts: int
) -> pd.DataFrame:
    """The rows of score_validation that say how many accounts of each band stay.

    Args:
        followed_up: analyses/outcome_retention.sql.
        horizons: Days; one and two years are added.
        min_accounts: No figure for a band with fewer accounts.
    """
    found = []
    bands = followed_up.assign(score=followed_up["score"].astype("float64"))
    for band, group in sorted(bands.groupby("band"), key=lambda pair: pair[1]["score"].max()):
        days = group["days"].to_numpy(dtype=np.int64)
        has_left = group["has_left"].to_numpy(dtype=bool)
        for horizon in sorted({*horizons, *LATER_DAYS}):
            figure = kaplan_meier(days, has_left, horizon)
            is_enough = len(group) >= min_accounts and not np.isnan(figure[0])
            found.append(
                {
                    "outcome": "retained",
                    "horizon_days": horizon,
                    "predictor": f"band_{band}",
                    "measure": RETENTION,
                    "validation_status": MEASURED if is_enough else TOO_FEW,
                    "observations": len(group),
                    "accounts": len(group),
                    "outcome_accounts": int(
                        np.sum((days > horizon) | (days == horizon) & ~has_left)
                    ),
                    "first_score_date": group["score_date"].min(),
                    "last_score_date": group["score_date"].max(),
                    **(_figure(*figure) if is_enough else NO_FIGURE),
                }
            )
    return pd.DataFrame(found)


def _asked(outcome: str) -> Iterator[tuple[str, str]]:
    """Predictor and measure of each row of an outcome."""
    predictors = predictors_of(outcome)
    for predictor in predictors:
        for measure in (SPEARMAN,) if outcome == GROWTH else (AUC, SPEARMAN, *LIFTS):
            yield predictor, measure
    for baseline in (CHANCE, *predictors[1:]):
        yield baseline, SPEARMAN_DIFFERENCE if outcome == GROWTH else AUC_DIFFERENCE


def predictors_of(outcome: str) -> tuple[str, ...]:
    """The score, then the simple rules that may predict an outcome."""
    return tuple(name for name in PREDICTORS if name != MRR or outcome not in AGAINST_MRR)


def _drawn(
    observed: Mapping[int, Observed],
    outcomes: Mapping[int, list[str]],
    accounts: int,
    draws: int,
    progress: Progress,
) -> dict[Key, Floats]:
    """(1 + draws,) of each measure: the figure, and the same in samples of accounts.

    All horizons see the same samples.
    """
    pieces: dict[Key, list[Floats]] = defaultdict(list)

    def measure(times: Floats) -> None:
        for horizon, names in outcomes.items():
            if names:
                panel, values = observed[horizon].panel(names), predictors[horizon]
                for (predictor, outcome, name), piece in measures(panel, values, times).items():
                    pieces[horizon, outcome, predictor, name].append(piece)

    predictors = {
        horizon: {name: one.predictor(name) for name in PREDICTORS}
        for horizon, one in observed.items()
    }
    if any(outcomes.values()):
        measure(np.ones((accounts, 1)))
        done = 0
        for times in bootstrap(accounts, draws):
            progress(f"{done:,} of {draws:,} samples")
            measure(times)
            done += times.shape[1]
    found = {}
    for (horizon, outcome, predictor, name), values in pieces.items():
        if predictor in predictors_of(outcome):
            whole = np.concatenate(values)
            is_auc_of_less = name == AUC and not EXPECTS_MORE[outcome]
            found[horizon, outcome, predictor, name] = 1 - whole if is_auc_of_less else whole
    return found


def _measured(drawn: Mapping[Key, Floats]) -> Figures:
    """Each measure with its own 95 % interval."""
    return {key: _figure(float(figure[0]), *interval(figure[1:])) for key, figure in drawn.items()}


def _compared(drawn: Mapping[Key, Floats]) -> Figures:
    """The score less each baseline, and the verdict.

    The intervals of an outcome hold all at once, over baselines and horizons: where nothing
    predicts it, one evaluation in twenty finds something.
    """
    found: Figures = {}
    for outcome in OUTCOMES:
        measure, difference, nothing = (
            (SPEARMAN, SPEARMAN_DIFFERENCE, 0.0)
            if outcome == GROWTH
            else (AUC, AUC_DIFFERENCE, 0.5)
        )
        differences: dict[tuple[int, str], Floats] = {}
        for (horizon, name, predictor, measured), figure in drawn.items():
            if (name, measured) == (outcome, measure):
                score = drawn[horizon, outcome, SCORE, measure]
                is_score = predictor == SCORE
                less = nothing if is_score else figure
                differences[horizon, CHANCE if is_score else predictor] = score - less
        known = {key: drawn for key, drawn in differences.items() if not np.isnan(drawn[0])}
        bounds = dict.fromkeys(differences, (np.nan, np.nan))
        if known:
            table = np.array(list(known.values()))
            both = np.column_stack(simultaneous(table[:, 0], table[:, 1:]))
            bounds |= {key: (pair[0], pair[1]) for key, pair in zip(known, both, strict=True)}
        for (horizon, baseline), (lower, upper) in bounds.items():
            is_reverse = bounds[horizon, CHANCE][1] < 0
            verdict = REVERSE if is_reverse else _verdict(lower, upper)
            value = float(differences[horizon, baseline][0])
            found[horizon, outcome, baseline, difference] = _figure(value, lower, upper, verdict)
    return found


def _verdict(lower: float, upper: float) -> str:
    if lower > 0:
        return BETTER
    return WORSE if upper < 0 else CANNOT_TELL


def _figure(
    value: float, lower: float, upper: float, verdict: str | None = None
) -> dict[str, object]:
    numbers = [None if np.isnan(number) else float(number) for number in (value, lower, upper)]
    return dict(zip(NO_FIGURE, (*numbers, verdict), strict=True))


@contextmanager
def rows_in_environment(rows: pd.DataFrame) -> Iterator[None]:
    """Puts the rows into the environment, where score_validation.sql reads them as text.

    A list of names, then one of values a row: Linux starts no program beside more than 128 kB.
    """
    known = rows.astype(object).where(rows.notna(), None)
    texts = [[None if value is None else str(value) for value in row] for row in known.to_numpy()]
    os.environ[ROWS_VARIABLE] = json.dumps([list(rows.columns), *texts], separators=(",", ":"))
    try:
        yield
    finally:
        del os.environ[ROWS_VARIABLE]


def print_evaluation(console: Console, rows: pd.DataFrame) -> None:
    """Prints the AUC of the score and of its baselines, and what follows from it."""
    console.print(
        "AUC: of two accounts of one date, how often the one that churns or contracts was the less"
        " engaged,\nand the one that expands the more engaged; 0.5 is a coin. In brackets: 95 %.\n"
    )
    told = rows[(rows["measure"] == AUC) & (rows["outcome"] != "retained")]
    horizons = list(told["horizon_days"].unique())
    for outcome, of_outcome in told.groupby("outcome", sort=False):
        table = Table(
            str(outcome), *(f"{days} days" for days in horizons), box=None, pad_edge=False
        )
        first = of_outcome.drop_duplicates("horizon_days").to_dict("records")
        table.add_row(
            "accounts", *(f"{row['outcome_accounts']:,} of {row['accounts']:,}" for row in first)
        )
        for predictor, group in of_outcome.groupby("predictor", sort=False):
            table.add_row(_in_words(str(predictor)), *map(_cell, group.to_dict("records")))
        console.print(table)
        console.print()
    _print_risk(console, rows)
    _print_retention(console, rows[rows["measure"] == RETENTION])
    for sentence in sentences(rows):
        console.print(sentence)


def _print_risk(console: Console, rows: pd.DataFrame) -> None:
    """Prints how the probabilities of a model compare with what came, if there is one."""
    tenths = rows[rows["measure"].isin([EXPECTED, OBSERVED])]
    for horizon, group in tenths.groupby("horizon_days"):
        table = Table(
            f"risk of churn within {horizon} days, by tenths", EXPECTED, OBSERVED, box=None
        )
        for predictor, pair in group.groupby("predictor", sort=False):
            number = str(predictor).rpartition("_")[2]
            table.add_row(number, *map(_cell, pair.to_dict("records")))
        console.print(table)
        scores = rows[(rows["measure"] == BRIER) & (rows["horizon_days"] == horizon)]
        for row in scores.to_dict("records"):
            console.print(f"Brier score of {row['predictor']}: {_cell(row)}")
        console.print()


def _print_retention(console: Console, rows: pd.DataFrame) -> None:
    """Prints how many accounts of each band stay."""
    if rows.empty:
        return
    horizons = [f"{days} days" for days in rows["horizon_days"].unique()]
    table = Table("still paying after", "accounts", *horizons, box=None, pad_edge=False)
    for predictor, group in rows.groupby("predictor", sort=False):
        cells = map(_cell, group.to_dict("records"))
        table.add_row(
            str(predictor).removeprefix("band_"), f"{group['accounts'].iloc[0]:,}", *cells
        )
    console.print(table)
    console.print()


def _cell(row: Mapping[Hashable, Any]) -> str:
    if row["validation_status"] != MEASURED:
        return "too few"
    if pd.isna(row["lower_bound"]):
        return f"{row['value']:.2f}"
    return f"{row['value']:.2f} ({row['lower_bound']:.2f}-{row['upper_bound']:.2f})"


def sentences(rows: pd.DataFrame) -> list[str]:
    """What the comparisons say: of each outcome a sentence, or one for each group of horizons.

    What a simple rule does better comes first. Retained is left out: it is churned, reversed.
    """
    told = rows[rows["measure"].isin([AUC_DIFFERENCE, SPEARMAN_DIFFERENCE])]
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for outcome in OUTCOMES[1:]:
        for horizon, group in told[told["outcome"] == outcome].groupby("horizon_days"):
            verdicts = dict(zip(group["predictor"], group["verdict"], strict=True))
            found[outcome, _conclusion(verdicts)].append(str(horizon))
    texts = [
        f"{outcome.replace('_', ' ').capitalize()} within {_listed(days)} days: {conclusion}"
        for (outcome, conclusion), days in found.items()
    ]
    return sorted(texts, key=lambda text: " worse " not in text and " opposite" not in text)


def _conclusion(verdicts: Mapping[str, str]) -> str:
    """The rest of the sentence, from baseline -> verdict."""
    by_verdict: dict[str, list[str]] = defaultdict(list)
    for baseline, verdict in verdicts.items():
        if pd.isna(verdict):
            return "too few outcomes."
        by_verdict[verdict].append(_in_words(baseline))
    if by_verdict[REVERSE]:
        return "the score predicts the opposite."
    parts = [
        f"{verdict} than {_listed(by_verdict[verdict])}"
        for verdict in (WORSE, BETTER)
        if by_verdict[verdict]
    ]
    unknown = _listed(by_verdict[CANNOT_TELL])
    if not parts:
        return f"the data cannot tell the score from {unknown}."
    rest = f"; the data cannot tell it from {unknown}" if unknown else ""
    return f"the score is {', and '.join(parts)}{rest}."


def _in_words(predictor: str) -> str:
    return "MRR" if predictor == MRR else predictor.replace("_", " ")


def _listed(names: Iterable[str]) -> str:
    *first, last = list(names) or [""]
    return f"{', '.join(first)} and {last}" if first else last
