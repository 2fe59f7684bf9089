"""Proposes weights for a new scoring version, and tests them on later dates.

It changes nothing. A person reads the proposal, decides, and switches by adding its rows to the
seeds.
"""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from engagement.errors import UsageError
from engagement.outcomes.evaluate import EXPECTS_MORE, Observed, predictors_of
from engagement.outcomes.out_of_time import Gain, compared, early_and_late
from engagement.outcomes.predictive_metrics import (
    Floats,
    bootstrap,
    simultaneous,
)
from engagement.outcomes.weight_model import Data, best_scale, fit
from engagement.project import Settings
from engagement.tables import analysis

EVENT_COUNTS = "outcome_event_counts"
RAISE, LOWER, KEEP = "raise", "lower", "keep"
PROPOSAL, IN_FORCE = "proposed weights", "weights in force"

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Proposal:
    """Weights, percentile and curvature that the data suggest.

    Attributes:
        events: event_name, weight, proposed_weight, effect (log-odds of a good outcome per standard
            deviation of the count per member, beyond what its points in force say) with the
            interval on which the verdict rests: raise, lower or keep. The intervals of all events
            hold at once. is_opposite: whether more of it goes before the opposite.
        comparison: predictor, auc, lower_bound, upper_bound on the late dates, the proposed weights
            being those that the early dates suggest; both weights make points per member, the
            unit in which they were fitted.
        gain: AUC of the proposed weights less that of those in force, with its interval.
        percentile, curvature: Of the scale.
        accounts: How many had the outcome on early dates, and on late ones.
        first_late_date: The first of the late dates.
    """

    outcome: str
    horizon_days: int
    version: str
    events: pd.DataFrame
    comparison: pd.DataFrame
    gain: Gain
    percentile: float
    curvature: float
    accounts: tuple[int, int]
    first_late_date: date

    def is_better(self) -> bool:
        """Whether the proposed weights do better than those in force, beyond doubt."""
        return self.gain.lower > 0

    def sentence(self) -> str:
        """The conclusion."""
        gain = self.gain.in_words()
        if self.is_better():
            return f"On later dates the proposed weights do better than those in force: {gain}."
        if self.gain.upper < 0:
            return f"On later dates the weights in force do better: {gain}. Keep them."
        return (
            f"The data cannot tell the proposed weights from those in force: on later dates {gain}."
            " Keep those in force, unless you have other reasons."
        )

    def warnings(self) -> list[str]:
        """The caveats: weights that would be negative, and points that predict the opposite."""
        events = self.events
        below = events[events["is_opposite"] & (events["proposed_weight"] == 0)]
        warnings = [
            f"{name} predicts the opposite outcome: its weight is 0, not negative."
            for name in below["event_name"]
        ]
        if (events["verdict"] != KEEP).any() and (
            events["proposed_weight"] == events["weight"]
        ).all():
            warnings.append(
                "The points in force predict the opposite outcome: no event can be measured by"
                " them, and all weights stay."
            )
        return warnings


def calibrate(
    settings: Settings,
    outcome: str,
    horizon: int,
    draws: int = 200,
    progress: Progress = lambda step: None,
) -> Proposal:
    """Proposes weights, percentile and curvature from the outcomes known so far.

    Args:
        settings: Project, database, seeds, and vars, of which min_accounts_with_outcome counts.
        outcome: retained, churned, expanded or contracted.
        horizon: Days, one of outcome_horizons.
        draws: Samples of accounts behind each interval.
        progress: Called with what is being done.

    Raises:
        UsageError: The outcomes have not been built, or too few are known.
    """
    from engagement import runner

    progress("reading outcomes")
    outcomes = runner.read(settings, "select * from {{ ref('int_outcomes') }}")
    counts = runner.read(settings, analysis(settings, EVENT_COUNTS))
    variables = settings.all_variables()
    if outcome not in EXPECTS_MORE or horizon not in variables["outcome_horizons"]:
        raise UsageError(
            f"The outcome {outcome} is not followed for {horizon} days: name one of"
            f" {', '.join(EXPECTS_MORE)}, and one of the days {variables['outcome_horizons']}."
        )
    rows = outcomes[outcomes["horizon_days"] == horizon]
    if rows.empty:
        raise UsageError(
            f"No outcome of {horizon} days is known yet: wait for more months of subscriptions, or"
            " take a shorter horizon."
        )
    version, weights = _in_force(settings, rows)
    return propose(
        rows,
        counts,
        weights,
        version,
        outcome,
        minimum=variables["min_accounts_with_outcome"],
        draws=draws,
        progress=progress,
    )


def propose(
    rows: pd.DataFrame,
    counts: pd.DataFrame,
    weights: dict[str, float],
    version: dict[str, str],
    outcome: str,
    minimum: int,
    draws: int = 200,
    progress: Progress = lambda step: None,
) -> Proposal:
    """The same from what has been read.

    Args:
        rows: int_outcomes of one horizon.
        counts: score_date, account_id, event_name, counted (analyses/outcome_event_counts.sql).
        weights: Event name -> weight in force.
        version: The row of scoring_versions in force.
        outcome: As in `calibrate`.
        minimum: Accounts with and without the outcome, early and late, below which nothing is said.
        draws: Samples of accounts behind each interval.
        progress: Called with what is being done.
    """
    population = _wide(counts)
    data = _data(rows, population, weights, outcome)
    is_early, is_late = early_and_late(data.observed.rows, outcome, minimum)
    early, late = data.take(is_early), data.take(is_late)
    progress("fitting the early dates")
    learnt = _suggested(early, draws)
    progress("comparing on the late dates")
    comparison, gain = _compared(late, outcome, learnt["proposed_weight"].to_numpy(), draws)
    progress("fitting all dates")
    events = _suggested(data, draws)
    in_force = float(version["winsor_percentile"]), float(version["curvature"])
    proposed = events["proposed_weight"].to_numpy()
    percentile, curvature = best_scale(data, population, proposed, in_force)
    return Proposal(
        outcome=outcome,
        horizon_days=int(rows["horizon_days"].iloc[0]),
        version=version["version"],
        events=events.sort_values("effect", ascending=False, ignore_index=True),
        comparison=comparison,
        gain=gain,
        percentile=percentile,
        curvature=curvature,
        accounts=(_accounts(early, outcome), _accounts(late, outcome)),
        first_late_date=late.observed.rows["score_date"].min(),
    )


def _in_force(settings: Settings, rows: pd.DataFrame) -> tuple[dict[str, str], dict[str, float]]:
    """The row of scoring_versions in force on the last score date, and its event weights."""
    last = str(rows["score_date"].max())[:10]
    versions = _seed(settings, "scoring_versions")
    begun = [row for row in versions if row["valid_from"] <= last] or versions[:1]
    version = max(begun, key=lambda row: row["valid_from"])
    weights = {
        row["event_name"]: float(row["weight"])
        for row in _seed(settings, "event_weights")
        if row["version"] == version["version"]
    }
    return version, weights


def _seed(settings: Settings, name: str) -> list[dict[str, str]]:
    with (settings.seeds_folder() / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def _wide(counts: pd.DataFrame) -> pd.DataFrame:
    """score_date, account_id, then a column per event: all accounts that did anything."""
    dated = counts.assign(score_date=pd.to_datetime(counts["score_date"]))
    wide = dated.pivot(index=["score_date", "account_id"], columns="event_name", values="counted")
    return wide.astype("float64").fillna(0.0).rename_axis(columns=None).reset_index()


def _data(
    rows: pd.DataFrame, population: pd.DataFrame, weights: dict[str, float], outcome: str
) -> Data:
    observed = Observed.of(rows.assign(score_date=pd.to_datetime(rows["score_date"])))
    events = [str(name) for name in population.columns[2:]]
    key = ["score_date", "account_id"]
    counts = observed.rows[key].merge(population, on=key, how="left")[events].fillna(0.0)
    happened = observed.happened(outcome)
    return Data(
        observed=observed,
        good=happened if EXPECTS_MORE[outcome] else ~happened,
        events=events,
        in_force=np.array([weights.get(name, 0.0) for name in events]),
        is_settled=np.array([weights.get(name) == 0 for name in events], dtype=np.bool_),
        counts=counts.to_numpy(dtype=np.float64),
        plans=pd.get_dummies(observed.rows["plan"].fillna("unknown")).to_numpy(dtype=np.float64),
    )


def _accounts(data: Data, outcome: str) -> int:
    return int(data.observed.rows["account_id"][data.observed.happened(outcome)].nunique())


def _compared(late: Data, outcome: str, learnt: Floats, draws: int) -> tuple[pd.DataFrame, Gain]:
    """AUC of each predictor, and the gain of the proposed weights, both with intervals."""
    observed = late.observed
    values: dict[str, Floats] = {
        PROPOSAL: late.per_member() @ learnt,
        IN_FORCE: late.per_member() @ late.in_force,
    }
    values |= {name: observed.predictor(name) for name in predictors_of(outcome)}
    return compared(observed, late.good, values, draws)


def _suggested(data: Data, draws: int) -> pd.DataFrame:
    """The columns of `Proposal.events`, in the order of the events."""
    fitted = fit(data)
    refits = [
        fit(data, fitted.penalty, weights[data.observed.accounts])
        for times in bootstrap(int(data.observed.accounts.max()) + 1, draws)
        for weights in times.T
    ]
    effect = fitted.of_events * fitted.spread
    drawn = np.array([one.of_events * one.spread for one in refits]).T
    lower, upper = simultaneous(effect, drawn)
    says_more, says_less = ((lower > 0) & ~data.is_settled, (upper < 0) & ~data.is_settled)
    total = np.array([one.per_event(data.in_force) for one in refits]).T
    _, total_upper = simultaneous(fitted.per_event(data.in_force), total)
    return pd.DataFrame(
        {
            "event_name": data.events,
            "weight": data.in_force,
            "proposed_weight": fitted.weights(data.in_force, says_more | says_less),
            "effect": effect,
            "lower_bound": lower,
            "upper_bound": upper,
            "verdict": np.select([says_more, says_less], [RAISE, LOWER], KEEP),
            "is_opposite": total_upper < 0,
        }
    )


def print_proposal(console: Console, proposal: Proposal) -> None:
    """Prints the proposal, its test on later dates, and the conclusion."""
    early, late = proposal.accounts
    console.print(
        f"[bold]{proposal.outcome} within {proposal.horizon_days} days[/]: {early} accounts with"
        f" the outcome on early dates, {late} from {proposal.first_late_date:%Y-%m-%d} on.\n"
    )
    titles = ("event", "weight", "proposed", "effect", "95 %", "verdict")
    table = Table(*titles, box=None, pad_edge=False)
    for row in proposal.events.itertuples(index=False):
        bounds = f"{row.lower_bound:+.2f} to {row.upper_bound:+.2f}"
        effect = f"{row.effect:+.2f}"
        weights = (f"{row.weight:g}", f"{row.proposed_weight:g}")
        table.add_row(escape(str(row.event_name)), *weights, effect, bounds, str(row.verdict))
    console.print(table)
    console.print(
        "\neffect: log-odds of the good outcome for one standard deviation more of it per member,"
        " beyond\nwhat its points say. The verdict rests on the interval; all intervals hold at"
        " once, 95 %.\n"
    )
    auc_table = Table("on late dates", "AUC", "95 %", box=None, pad_edge=False)
    for row in proposal.comparison.itertuples(index=False):
        bounds = f"{row.lower_bound:.3f} to {row.upper_bound:.3f}"
        auc_table.add_row(str(row.predictor), f"{row.auc:.3f}", bounds)
    console.print(auc_table)
    console.print("The proposed weights tested here come from the early dates alone.")
    console.print(f"\npercentile {proposal.percentile:g}, curvature {proposal.curvature:g}")
    for warning in proposal.warnings():
        console.print(f"[yellow]warning:[/] {escape(warning)}")
    console.print(f"\n{proposal.sentence()}")
    console.print(
        "An event that predicts an outcome need not cause it: more of the event may change nothing."
    )


def write_proposal(folder: Path, settings: Settings, proposal: Proposal, version: str) -> None:
    """Writes the rows of a new version, to be read and then added to the seeds of the same name.

    valid_from is empty: whoever adds the rows decides when they take effect. An event without a row
    before does not count as active.

    Raises:
        UsageError: The proposed weights are not better beyond doubt, or no row can be written.
    """
    if not proposal.is_better():
        raise UsageError(f"{proposal.sentence()} Nothing is written.")
    versions = {row["version"]: row for row in _seed(settings, "scoring_versions")}
    if version in versions:
        raise UsageError(f"The version {version} already exists: choose another --version-name.")
    scale = versions[proposal.version]
    if scale["calibration"] == "frozen":
        raise UsageError(
            f"{proposal.version} is frozen: new weights take new caps (calibration_caps.csv), which"
            " nobody can suggest. Leave out --out, and add the rows yourself."
        )
    folder.mkdir(parents=True, exist_ok=True)
    proposed = dict(
        zip(proposal.events["event_name"], proposal.events["proposed_weight"], strict=True)
    )
    changed = {
        "version": version,
        "valid_from": "",
        "winsor_percentile": f"{proposal.percentile:g}",
        "curvature": f"{proposal.curvature:g}",
    }
    _write(folder / "scoring_versions.csv", [{**scale, **changed}])
    known = [row for row in _seed(settings, "event_weights") if _is_of(row, proposal)]
    names = {row["event_name"] for row in known}
    others = [
        {**dict.fromkeys(known[0], ""), "event_name": name, "counts_as_active": "false"}
        for name, weight in proposed.items()
        if name not in names and weight > 0
    ]
    rows = [
        {**row, "version": version, "weight": str(proposed.get(row["event_name"], row["weight"]))}
        for row in (*known, *others)
    ]
    _write(folder / "event_weights.csv", rows)


def _is_of(row: dict[str, str], proposal: Proposal) -> bool:
    return row["version"] == proposal.version


def _write(file: Path, rows: list[dict[str, str]]) -> None:
    with file.open("w", newline="") as opened:
        writer = csv.DictWriter(opened, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
