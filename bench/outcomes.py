"""Whether the score says who leaves: `python bench/outcomes.py`.

Made-up companies, of which we know what drives them: in the first, use drives who leaves; in the
others it says nothing, and an analysis must find nothing. Their seeds were never used while
weights, scale, simulator and models were chosen. Any machine says the same.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
RELATED_SEEDS, UNRELATED_SEEDS = range(1001, 1004), range(2001, 2021)
HORIZON, MIN_OUTCOMES = 90, 20
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


def page(related: list[dict[str, Any]], unrelated: list[Figures]) -> str:
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


def main() -> None:
    """Makes the companies one after the other, in the same place, and writes the page."""
    WORK.mkdir(parents=True, exist_ok=True)
    related, unrelated = [], []
    for seed in RELATED_SEEDS:
        company = Company.made("related", seed, RELATED)
        proposal = calibrate(company.settings, "churned", HORIZON)
        related.append({"churn": company.churn(), "suggested": suggested(proposal)})
    for seed in UNRELATED_SEEDS:
        unrelated.append(Company.made("unrelated", seed, UNRELATED, "--no-churn-driver").churn())
    content = {"related": related, "unrelated": unrelated}
    (RESULTS / "outcomes.json").write_text(json.dumps(content, indent=1) + "\n")
    (RESULTS / "outcomes.md").write_text(page(related, unrelated))


if __name__ == "__main__":
    main()
