"""Whether the score says who leaves: `python bench/outcomes.py`.

Made-up companies, of which we know what drives them: in the first, use drives who leaves; in the
others it says nothing, and an analysis must find nothing. Their seeds were never used while
weights, scale or simulator were chosen. Any machine says the same.
"""

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pandas as pd

from engagement.evaluate import validation_rows

FOLDER = Path(__file__).resolve().parent
WORK = FOLDER / ".work" / "outcomes"
RESULTS = FOLDER / "results"
ENGAGEMENT = Path(sys.executable).with_name("engagement")
RELATED = {"accounts": 1000, "users": 10_000, "days": 720}
UNRELATED = {"accounts": 400, "users": 4000, "days": 540}
RELATED_SEEDS, UNRELATED_SEEDS = range(1001, 1006), range(2001, 2021)
HORIZON, MIN_OUTCOMES = 90, 20


def outcomes(name: str, seed: int, size: dict[str, int], *flags: str) -> pd.DataFrame:
    """int_outcomes of a company, simulated and scored."""
    folder, database = WORK / name, WORK / f"{name}.duckdb"
    options = [part for key, value in size.items() for part in (f"--{key}", str(value))]
    _run("simulate", "--out", folder, "--seed", seed, *options, *flags)
    database.unlink(missing_ok=True)
    _run(
        *("build", "--data", folder, "--database", database),
        *("--select", "+int_outcomes", "--exclude", "resource_type:test"),
    )
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute("from engagement_internal.int_outcomes").df()


def churn(rows: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Predictor -> AUC of churn within the horizon, with its interval and what is behind it."""
    measured = validation_rows(rows, [HORIZON], MIN_OUTCOMES)
    wanted = measured.query("outcome == 'churned' and measure == 'auc'").set_index("predictor")
    columns = ["value", "lower_bound", "upper_bound", "accounts", "outcome_accounts"]
    return {str(name): dict(row) for name, row in wanted[columns].to_dict("index").items()}


Found = list[dict[str, dict[str, float]]]


def page(related: Found, unrelated: Found) -> str:
    """Both claims as Markdown."""
    predictors = list(related[0])
    with_relation = [row for row in unrelated if _shows_a_relation(row["score"])]
    lines = [
        f"# Who leaves within {HORIZON} days",
        "",
        "AUC: of two accounts of one date, how often the one that left was the less engaged; 0.5 is"
        " a coin. In brackets: 95 %, by a bootstrap that draws accounts.",
        "",
        f"## Companies in which use drives who leaves: {_size(RELATED)}",
        "",
        f"| seed | accounts | left | {' | '.join(predictors)} |",
        f"|---|---|---|{'---|' * len(predictors)}",
        *(_line(seed, row, predictors) for seed, row in zip(RELATED_SEEDS, related, strict=True)),
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


def _line(seed: int, row: dict[str, dict[str, float]], predictors: list[str]) -> str:
    behind, figures = row["score"], " | ".join(_figure(row[name]) for name in predictors)
    return f"| {seed} | {behind['accounts']:,} | {behind['outcome_accounts']} | {figures} |"


def _shows_a_relation(row: dict[str, float]) -> bool:
    return not row["lower_bound"] <= 0.5 <= row["upper_bound"]


def _size(company: dict[str, int]) -> str:
    return ", ".join(f"{number:,} {what}" for what, number in company.items())


def _figure(row: dict[str, float]) -> str:
    return f"{row['value']:.3f} ({row['lower_bound']:.3f}-{row['upper_bound']:.3f})"


def _run(*command: object) -> None:
    subprocess.run([str(ENGAGEMENT), *map(str, command)], check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    """Makes the companies one after the other, in the same place, and writes the page."""
    WORK.mkdir(parents=True, exist_ok=True)
    related = [churn(outcomes("related", seed, RELATED)) for seed in RELATED_SEEDS]
    unrelated = [
        churn(outcomes("unrelated", seed, UNRELATED, "--unrelated")) for seed in UNRELATED_SEEDS
    ]
    content = {"related": related, "unrelated": unrelated}
    (RESULTS / "outcomes.json").write_text(json.dumps(content, indent=1) + "\n")
    (RESULTS / "outcomes.md").write_text(page(related, unrelated))


if __name__ == "__main__":
    main()
