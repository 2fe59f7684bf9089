"""Whether the score says who leaves: `python bench/outcomes.py`, or `... shuffled` for one part.

Made-up companies, of which we know what drives them: in the first, use drives who leaves; in the
others it says nothing, and an analysis must find nothing. Their seeds were never used while
weights, scale, simulator and models were chosen. Any machine says the same, but for the seconds.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from engagement.outcomes.calibrate import Proposal, calibrate
from engagement.outcomes.evaluate import validation_rows
from engagement.project import CHECKOUT, Settings
from engagement.publication import working_file
from engagement.runner import read
from engagement.simulate.company import DRIVERS

FOLDER = Path(__file__).resolve().parent
WORK = FOLDER / ".work" / "outcomes"
RESULTS = FOLDER / "results"
ENGAGEMENT = Path(sys.executable).with_name("engagement")
RELATED = {"accounts": 4000, "users": 24_000, "days": 720}
UNRELATED = {"accounts": 400, "users": 4000, "days": 540}
SHUFFLED_SEED = 3001
RELATED_SEEDS, UNRELATED_SEEDS = range(1001, 1004), range(2001, 2021)
HORIZON, MIN_OUTCOMES = 90, 20
#: Shuffles of a company's use among its accounts, and the samples behind the intervals of each.
SHUFFLES, SHUFFLE_DRAWS = 400, 500
#: The company of the time that evaluate takes: accounts x score dates, at the default horizons.
TIMED_ACCOUNTS, TIMED_DATES, TIMED_HORIZONS = 5000, 60, (30, 90, 180)
#: What an account does and is, which a shuffle gives to another account.
USE = [
    *("score", "points", "events", "active_days", "distinct_events", "days_since_active"),
    *("members", "mrr_before"),
]
AUC = (
    "AUC: of two accounts of one date, how often the one that left was the less engaged; 0.5 is a"
    " coin. In brackets: 95 %, by a bootstrap that draws accounts."
)

Figures = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Company:
    """A simulated company whose outcomes are built."""

    settings: Settings

    @classmethod
    def made(cls, name: str, seed: int, size: dict[str, int], *flags: str) -> "Company":
        """Simulates and scores one, in the place of the one before."""
        folder, database = WORK / name, WORK / f"{name}.duckdb"
        options = [part for key, value in size.items() for part in (f"--{key}", str(value))]
        _run("simulate", "--out", folder, "--seed", seed, *options, *flags)
        working_file(database).unlink(missing_ok=True)
        _run(
            *("build", "--data", folder, "--database", database),
            *("--select", "+int_outcomes", "--exclude", "resource_type:test"),
        )
        return cls(Settings(CHECKOUT, folder, database))

    def churn(self) -> Figures:
        """Predictor -> AUC of churn within the horizon, its interval, and what is behind it."""
        outcomes = read(self.settings, "select * from {{ ref('int_outcomes') }}")
        rows = validation_rows(outcomes, [HORIZON], MIN_OUTCOMES)
        wanted = rows.query("outcome == 'churned' and measure == 'auc'").set_index("predictor")
        columns = ["value", "lower_bound", "upper_bound", "accounts", "outcome_accounts"]
        return {str(name): dict(row) for name, row in wanted[columns].to_dict("index").items()}


def shuffled(outcomes: pd.DataFrame, seed: int) -> pd.DataFrame:
    """int_outcomes with each account's use, all dates of it, given to another account at random.

    On dates that the other does not have, its nearest one counts. What an account pays stays, as a
    share of what it paid before.
    """
    rows = outcomes.sort_values(["account_id", "score_date", "horizon_days"], ignore_index=True)
    key = ["account_id", "score_date"]
    use = rows.drop_duplicates(key).pivot(index="score_date", columns="account_id", values=USE)
    use = use.sort_index().ffill().bfill()
    accounts = use.columns.levels[1]
    other = dict(zip(accounts, np.random.default_rng(seed).permutation(accounts), strict=True))
    moved = rows.assign(account_id=rows["account_id"].map(other))[key].merge(
        use.stack("account_id", future_stack=True)[USE].reset_index(), how="left", on=key
    )
    return rows.assign(**{name: moved[name].astype("float64") for name in USE})


def false_findings(outcomes: pd.DataFrame, horizons: list[int]) -> dict[str, dict[str, int]]:
    """Outcome -> shuffles, and in how many of them any verdict was not cannot_tell."""
    found: dict[str, dict[str, int]] = {}
    for seed in range(SHUFFLES):
        rows = validation_rows(shuffled(outcomes, seed), horizons, MIN_OUTCOMES, SHUFFLE_DRAWS)
        for outcome, told in rows[rows["verdict"].notna()].groupby("outcome"):
            counts = found.setdefault(str(outcome), {"shuffles": 0, "findings": 0})
            counts["shuffles"] += 1
            counts["findings"] += int((told["verdict"] != "cannot_tell").any())
    return found


def seconds_to_evaluate() -> float:
    """How long the measures of a company of TIMED_ACCOUNTS take, with 1,000 samples."""
    rng = np.random.default_rng(0)
    size = TIMED_ACCOUNTS * TIMED_DATES
    level = np.tile(rng.gamma(1, 1, TIMED_ACCOUNTS), TIMED_DATES)
    before = np.tile(rng.integers(1, 50, TIMED_ACCOUNTS), TIMED_DATES) * 20.0
    points = rng.poisson(level * 60).astype("float64")
    use = pd.DataFrame(
        {
            "account_id": np.tile(np.arange(TIMED_ACCOUNTS).astype(str), TIMED_DATES),
            "score_date": np.repeat(np.arange(TIMED_DATES), TIMED_ACCOUNTS),
            "score": np.minimum(100.0, points),
            "points": points,
            "events": rng.poisson(level * 30),
            "active_days": rng.binomial(28, 1 - np.exp(-level)),
            "distinct_events": rng.binomial(12, 1 - np.exp(-level)),
            "days_since_active": rng.poisson(10 / (level + 0.1)),
            "members": np.tile(rng.integers(1, 40, TIMED_ACCOUNTS), TIMED_DATES),
            "mrr_before": before,
        }
    )
    frames = []
    for horizon in TIMED_HORIZONS:
        left = rng.random(size) < 0.025 / (0.3 + level)
        after = before * rng.choice([1.0, 1.5, 0.7], size, p=[0.92, 0.05, 0.03]) * ~left
        frames.append(
            use.assign(
                horizon_days=horizon,
                mrr_after=after,
                is_retained=after > 0,
                is_churned=after == 0,
                is_expanded=after > before,
                is_contracted=(after > 0) & (after < before),
                revenue_growth_rate=after / before - 1,
            )
        )
    began = time.perf_counter()
    validation_rows(pd.concat(frames), list(TIMED_HORIZONS), MIN_OUTCOMES)
    return time.perf_counter() - began


def suggested(proposal: Proposal) -> dict[str, Any]:
    """What calibrate makes of a company, and how well it finds what drives it.

    drivers_found: the share of pairs, a driver and another event, in which the driver has the
    larger effect; by the weights in force alone, an event's effect is its weight x spread.
    """
    events = proposal.events
    is_driver = events["event_name"].isin(DRIVERS)
    drivers, others = events["effect"][is_driver], events["effect"][~is_driver]
    pairs = [driver > other for driver in drivers for other in others]
    figures = proposal.comparison.rename(columns={"auc": "value"}).set_index("predictor")
    return {
        "late_dates": {str(name): dict(row) for name, row in figures.to_dict("index").items()},
        "gain": dict(zip(("value", "lower_bound", "upper_bound"), proposal.gain, strict=True)),
        "drivers_found": sum(pairs) / len(pairs),
        "first_events": events["event_name"].head(8).to_list(),
        "sentence": proposal.sentence(),
    }


def page(
    related: list[dict[str, Any]],
    unrelated: list[Figures],
    shuffled: dict[str, dict[str, int]],
    seconds: float,
) -> str:
    """The claims as Markdown."""
    predictors = list(related[0]["churn"])
    late = list(related[0]["suggested"]["late_dates"])
    with_relation = [row for row in unrelated if _shows_a_relation(row["score"])]
    lines = [
        f"# Who leaves within {HORIZON} days",
        "",
        AUC,
        "",
        f"## Companies in which use drives who leaves: {_size(RELATED)}",
        "",
        f"| seed | accounts | left | {' | '.join(predictors)} |",
        f"|---|---|---|{'---|' * len(predictors)}",
        *(
            _line(seed, found["churn"], predictors)
            for seed, found in zip(RELATED_SEEDS, related, strict=True)
        ),
        "",
        "`engagement calibrate`, fitted on the first 60 % of the dates, on those after them:",
        "",
        f"| seed | {' | '.join(late)} | proposed less in force |",
        f"|---|{'---|' * len(late)}---|",
        *(
            _late_line(seed, found["suggested"], late)
            for seed, found in zip(RELATED_SEEDS, related, strict=True)
        ),
        "",
        f"What drives the companies is {', '.join(f'`{name}`' for name in DRIVERS)}. The events"
        " with the largest effects, and in how many pairs of a driver and another event the"
        " driver's is the larger:",
        "",
        "| seed | largest effects | pairs |",
        "|---|---|---|",
        *(
            f"| {seed} | {', '.join(found['suggested']['first_events'])} |"
            f" {found['suggested']['drivers_found']:.0%} |"
            for seed, found in zip(RELATED_SEEDS, related, strict=True)
        ),
        "",
        f"## Companies in which use says nothing: {_size(UNRELATED)}",
        "",
        f"Of {len(unrelated)}, {len(with_relation)} show one: 0.5 lies outside the interval.",
        "",
        "| seed | accounts | left | score |",
        "|---|---|---|---|",
        *(
            _line(seed, row, ["score"])
            for seed, row in zip(UNRELATED_SEEDS, unrelated, strict=True)
        ),
        "",
        f"## One company, shuffled {SHUFFLES} times",
        "",
        f"The use of each account of a company of {_size(UNRELATED)} is given to another one. How"
        f" often `engagement evaluate` has a verdict other than `cannot_tell`, at any of"
        f" {', '.join(map(str, TIMED_HORIZONS))} days and against any simple rule, with"
        f" {SHUFFLE_DRAWS} samples; it promises 5 %:",
        "",
        "| outcome | shuffles | with a finding | |",
        "|---|---|---|---|",
        *(
            f"| {outcome} | {found['shuffles']} | {found['findings']} |"
            f" {found['findings'] / found['shuffles']:.1%} |"
            for outcome, found in shuffled.items()
        ),
        "",
        "## How long it takes",
        "",
        f"{TIMED_ACCOUNTS:,} accounts on {TIMED_DATES} score dates, at {len(TIMED_HORIZONS)}"
        f" horizons, with 1,000 samples, for all predictors, outcomes and measures:"
        f" {seconds:.0f} s.",
    ]
    return "\n".join([*lines, ""])


def _line(seed: int, row: Figures, predictors: list[str]) -> str:
    behind, figures = row["score"], " | ".join(_figure(row[name]) for name in predictors)
    return f"| {seed} | {behind['accounts']:,} | {behind['outcome_accounts']} | {figures} |"


def _late_line(seed: int, suggested: dict[str, Any], predictors: list[str]) -> str:
    figures = " | ".join(_figure(suggested["late_dates"][name]) for name in predictors)
    return f"| {seed} | {figures} | {_figure(suggested['gain'], '+')} |"


def _shows_a_relation(row: dict[str, Any]) -> bool:
    return not row["lower_bound"] <= 0.5 <= row["upper_bound"]


def _size(company: dict[str, int]) -> str:
    return ", ".join(f"{number:,} {what}" for what, number in company.items())


def _figure(row: dict[str, Any], sign: str = "") -> str:
    numbers = (row[name] for name in ("value", "lower_bound", "upper_bound"))
    value, lower, upper = (format(number, f"{sign}.3f") for number in numbers)
    return f"{value} ({lower} to {upper})"


def _run(*command: object) -> None:
    subprocess.run([str(ENGAGEMENT), *map(str, command)], check=True, stdout=subprocess.DEVNULL)


def in_related_companies() -> list[dict[str, Any]]:
    """What the score and calibrate find where use drives who leaves."""
    found = []
    for seed in RELATED_SEEDS:
        company = Company.made("related", seed, RELATED)
        proposal = calibrate(company.settings, "churned", HORIZON)
        found.append({"churn": company.churn(), "suggested": suggested(proposal)})
    return found


def in_unrelated_companies() -> list[Figures]:
    """What the score finds where use says nothing."""
    return [
        Company.made("unrelated", seed, UNRELATED, "--no-churn-driver").churn()
        for seed in UNRELATED_SEEDS
    ]


def in_shuffles() -> dict[str, dict[str, int]]:
    """What evaluate finds in a company whose accounts have swapped their use."""
    company = Company.made("shuffled", SHUFFLED_SEED, UNRELATED)
    outcomes = read(company.settings, "select * from {{ ref('int_outcomes') }}")
    return false_findings(outcomes, list(TIMED_HORIZONS))


#: The parts of the page, made one after the other, in the same place.
PARTS: dict[str, Callable[[], Any]] = {
    "related": in_related_companies,
    "unrelated": in_unrelated_companies,
    "shuffled": in_shuffles,
    "seconds": seconds_to_evaluate,
}


def main() -> None:
    """Makes the parts that are named, or all, and writes the page."""
    WORK.mkdir(parents=True, exist_ok=True)
    file = RESULTS / "outcomes.json"
    content = json.loads(file.read_text()) if file.exists() else {}
    for name in sys.argv[1:] or PARTS:
        content[name] = PARTS[name]()
        file.write_text(json.dumps(content, indent=1) + "\n")
    (RESULTS / "outcomes.md").write_text(page(**content))


if __name__ == "__main__":
    main()
