"""Whether proposed weights find what drives a company: `python bench/proposal.py`.

Made-up companies whose seeds nothing else has used: in ten of them, use drives who leaves; in ten
others it says nothing, and nothing must be claimed. `engagement init --data` sees what had been
recorded by CUT; the score is made by the project, and judged by who left after CUT. Writes
bench/results/proposal.md. Any machine says the same.
"""

import csv
import os
import re
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from companies import run, write_results
from rankings import interval
from scipy.stats import rankdata

from engagement.outcomes.evaluate import Observed
from engagement.outcomes.predictive_metrics import AUC, Panel, bootstrap, measures
from engagement.project import CHECKOUT, Settings
from engagement.proposal import Proposed, propose
from engagement.proposal.events import Weight
from engagement.proposal.seeds import write_seed
from engagement.publication import working_file
from engagement.runner import build
from engagement.simulate.company import DRIVERS

FOLDER = Path(__file__).resolve().parent
WORK, RESULTS = FOLDER / ".work" / "proposal", FOLDER / "results"
KINDS = [
    *("saas", "saas", "saas", "weekly", "weekly", "monthly", "seasonal", "agency", "agency"),
    "few_large",
]
DRIVEN = list(zip(KINDS, range(7001, 7011), strict=True))
UNDRIVEN = list(zip(KINDS, range(7101, 7111), strict=True))
SIZE = {"accounts": 2000, "users": 4000, "days": 720}
CUT, HORIZON = "2025-11-01", 90
#: Of the score's window and the one before it.
DAYS_BEFORE_CUT = 56
DRAWS = 1000
#: Companies at once: dbt, which takes most of the time, has one thread.
WORKERS = 2
RARITY, REVENUE, EQUAL, BY_HAND = "without revenue", "with revenue", "equal", "by hand"
WEIGHTINGS = {
    RARITY: "proposed by rarity, spread, and what names say: no subscriptions among the tables",
    REVENUE: "proposed with subscriptions: the same, moved where later dates before the cut bear it"
    " out; without such evidence both are one",
    EQUAL: "1 for every event, what systems do included; no daily caps",
    BY_HAND: "the project's own seeds, written by hand for the simulated product",
}
#: What a reason says that claims more than chance, and how often each seed may say so by chance.
BY_REVENUE, BETTER = "weights by revenue", "do better than those in force"
CLAIMS: dict[str, tuple[str, str, float]] = {
    BY_REVENUE: ("weights", r"by what those did who stayed", 0.025),
    "milestones": ("milestones", r"also among those active on as many days", 0.10),
}
#: What was known at the cut, table by table: accounts are simulated as of it.
KNOWN = {
    "events": "from read_parquet('{data}/events/*.parquet')"
    " where occurred_at < '{cut}' and coalesce(loaded_at, occurred_at) < '{cut}'",
    "users": "from '{data}/users.parquet' where created_at < '{cut}'",
    "accounts": "from '{data}/accounts.parquet'",
    "memberships": "select * replace (case when valid_to < '{cut}' then valid_to end as valid_to)"
    " from '{data}/memberships.parquet' where valid_from < '{cut}'",
    "account_history": "from '{data}/account_history.parquet' where valid_from < '{cut}'",
    "subscriptions": "from '{data}/subscriptions.parquet' where month < '{cut}'",
    "identities": "from '{data}/identities.parquet' semi join"
    " (from '{data}/users.parquet' where created_at < '{cut}') using (user_id)",
    "account_facts": "from '{data}/account_facts.parquet' where measured_on < '{cut}'",
}
#: The tables by which the score is judged: no event before the windows of the first date.
JUDGED_EVENTS = (
    "from read_parquet('{data}/events/*.parquet')"
    " where occurred_at >= date '{cut}' - {days} or occurred_at is null"
)

Weights = dict[str, float]
Floats = np.ndarray
Rows = pd.DataFrame


@dataclass(frozen=True)
class Found:
    """What a company says.

    Attributes:
        company: Kind and seed.
        weights: Weighting -> event -> weight.
        auc: Weighting -> (1 + DRAWS,): everybody, then samples of its accounts.
        rows: Accounts on dates; dates: how many; accounts, left: how many accounts, and of them
            those that left.
        claims: Claim -> the reasons that make it.
        evidence: The sentence of init.
    """

    company: str
    weights: dict[str, Weights]
    auc: dict[str, Floats]
    rows: int
    dates: list[str]
    accounts: int
    left: int
    claims: dict[str, list[str]]
    evidence: str


def company(kind: str, seed: int, is_driven: bool) -> Found:
    """Simulates a company, has weights proposed by what was known at the cut, and judges them."""
    folder = WORK / f"{kind}-{seed}"
    shutil.rmtree(folder, ignore_errors=True)
    data, known = folder / "company", folder / "known"
    size = [part for key, value in SIZE.items() for part in (f"--{key}", value)]
    then = ("--accounts-as-of", CUT, *(() if is_driven else ("--no-churn-driver",)))
    run("simulate", "--out", data, "--seed", seed, "--kind", kind, *size, *then)
    _cut(data, known)
    weightings, claims, evidence = _proposed(known, is_driven)
    scored = _scored(folder, data, weightings)
    outcomes = scored[EQUAL]
    auc = _auc(outcomes, {name: rows["score"] for name, rows in scored.items()})
    shutil.rmtree(folder)
    return Found(
        company=f"{kind} {seed}",
        weights={
            name: {weight.event_name: float(weight.weight) for weight in weights}
            for name, weights in weightings.items()
        },
        auc=auc,
        rows=len(outcomes),
        dates=sorted({f"{day:%Y-%m-%d}" for day in outcomes["score_date"]}),
        accounts=outcomes["account_id"].nunique(),
        left=outcomes["account_id"][outcomes["is_churned"]].nunique(),
        claims=claims,
        evidence=evidence,
    )


def _cut(data: Path, known: Path) -> None:
    """Writes what was known at the cut, and drops the events that no judged window needs."""
    known.mkdir()
    with duckdb.connect() as connection:
        for name, query in KNOWN.items():
            source = query.format(data=data, cut=CUT)
            connection.execute(f"copy ({source}) to '{known / name}.parquet'")
        source = JUDGED_EVENTS.format(data=data, cut=CUT, days=DAYS_BEFORE_CUT)
        connection.execute(f"copy ({source}) to '{data}/events.parquet'")
    shutil.rmtree(data / "events")


def _proposed(
    known: Path, is_driven: bool
) -> tuple[dict[str, list[Weight]], dict[str, list[str]], str]:
    """Weighting -> weights; claim -> the reasons that make it; and the sentence of init."""
    proposed = _propose(known)
    claims = {
        name: [
            f"{row.event_name}: {row.reason}"
            for row in getattr(proposed, part)
            if re.search(wording, row.reason)
        ]
        for name, (part, wording, _) in CLAIMS.items()
    }
    if not claims[BY_REVENUE] and BETTER in proposed.evidence:
        claims[BY_REVENUE] = [proposed.evidence]
    equal = [Weight(weight.event_name, 1, None, "") for weight in proposed.weights]
    weightings = {REVENUE: list(proposed.weights), EQUAL: equal}
    if not is_driven:
        return weightings, claims, proposed.evidence
    without = list(proposed.weights)
    if claims[BY_REVENUE]:
        (known / "subscriptions.parquet").unlink()
        without = list(_propose(known).weights)
    with (CHECKOUT / "seeds" / "event_weights.csv").open(newline="") as file:
        by_hand = [
            Weight(
                row["event_name"],
                float(row["weight"]),
                int(row["daily_cap"]) if row["daily_cap"] else None,
                "",
                row["counts_as_active"] == "true",
            )
            for row in csv.DictReader(file)
        ]
    return {RARITY: without, **weightings, BY_HAND: by_hand}, claims, proposed.evidence


def _propose(known: Path) -> Proposed:
    """What `engagement init --data` proposes."""
    with _dbt_keeps("init"):
        return propose(Settings(CHECKOUT, data=known))


def _scored(folder: Path, data: Path, weightings: dict[str, list[Weight]]) -> dict[str, Rows]:
    """Weighting -> int_outcomes of the dates after the cut, scored by the project with it."""
    seeds, found = folder / "seeds", {}
    shutil.copytree(CHECKOUT / "seeds", seeds)
    variables = {
        "first_score_date": CUT,
        "score_history_days": 29,
        "outcome_horizons": [HORIZON],
    }
    for name, weights in weightings.items():
        told = [(w.event_name, w.weight, w.daily_cap, w.counts_as_active) for w in weights]
        same = next((other for other, (as_told, _) in found.items() if as_told == told), None)
        if same is not None:
            found[name] = found[same]
            continue
        write_seed(seeds, "event_weights", weights)
        database = folder / "scores.duckdb"
        settings = Settings(
            CHECKOUT, data, database, seeds.relative_to(CHECKOUT), variables=variables
        )
        # What stands above the weights in the graph is made once.
        chosen = ["event_weights+,+int_outcomes", "--full-refresh"] if found else ["+int_outcomes"]
        with _dbt_keeps("build"):
            outcome = build(settings, ["--select", *chosen, "--exclude-resource-type", "test"])
        if outcome.failures:
            raise RuntimeError(outcome.failures[0].message)
        with duckdb.connect(str(working_file(database)), read_only=True) as connection:
            rows = connection.execute(
                "from engagement_internal.int_outcomes order by score_date, account_id"
            ).df()
        found[name] = told, rows
    return {name: rows for name, (_, rows) in found.items()}


@contextmanager
def _dbt_keeps(purpose: str) -> Iterator[None]:
    """Dbt keeps what it has parsed, of each process and for each purpose by itself."""
    os.environ["DBT_TARGET_PATH"] = f"target/proposal-{purpose}-{os.getpid()}"
    yield
    del os.environ["DBT_TARGET_PATH"]


def _auc(outcomes: pd.DataFrame, scores: dict[str, pd.Series]) -> dict[str, Floats]:
    """Weighting -> (1 + DRAWS,), all by the same samples of accounts."""
    observed = Observed.of(outcomes)
    panel = Panel(
        observed.dates, observed.accounts, {"retained": observed.happened("retained")}, {}
    )
    accounts = int(observed.accounts.max()) + 1
    values = {name: score.to_numpy(dtype=np.float64) for name, score in scores.items()}
    found: dict[str, list[Floats]] = {name: [] for name in values}
    for times in (np.ones((accounts, 1), dtype=np.float32), *bootstrap(accounts, DRAWS)):
        figures = measures(panel, values, times)
        for name, pieces in found.items():
            pieces.append(figures[name, "retained", AUC])
    return {name: np.concatenate(pieces) for name, pieces in found.items()}


def rank_correlation(weights: Weights) -> float:
    """Spearman's, of the weights of a company's events with their effects in DRIVERS.

    An event without an effect has 0; equals share the mean of their ranks; 0 if all weights are
    equal, which say nothing.
    """
    ranks = rankdata(list(weights.values()))
    effects = rankdata([DRIVERS.get(name, 0.0) for name in weights])
    return float(np.corrcoef(ranks, effects)[0, 1]) if ranks.std() > 0 else 0.0


def pairs_in_order(weights: Weights) -> float:
    """In how many pairs, a driver and another event, the driver weighs more; equals count half."""
    drivers = [weight for name, weight in weights.items() if name in DRIVERS]
    others = [weight for name, weight in weights.items() if name not in DRIVERS]
    return float(np.mean([(a > b) + (a == b) / 2 for a in drivers for b in others]))


def over_companies(values: list[float]) -> tuple[float, float, float]:
    """The mean over companies, and the interval of samples of them."""
    drawn = np.random.default_rng(0).choice(values, (DRAWS, len(values))).mean(axis=1)
    return float(np.mean(values)), *interval(drawn)


def over_companies_and_accounts(values: list[Floats]) -> tuple[float, float, float]:
    """The mean over companies of (1 + DRAWS,) values; samples of companies, then of accounts."""
    rng, every = np.random.default_rng(0), np.array(values)
    shape = (DRAWS, len(values))
    drawn = every[rng.integers(len(values), size=shape), rng.integers(1, 1 + DRAWS, shape)]
    return float(every[:, 0].mean()), *interval(drawn.mean(axis=1))


def _figure(value: float, lower: float, upper: float, sign: str = "") -> str:
    return f"{value:{sign}.3f} ({lower:{sign}.3f} to {upper:{sign}.3f})"


def _of_company(drawn: Floats, sign: str = "") -> str:
    return _figure(float(drawn[0]), *interval(drawn[1:]), sign)


def _rank_table(found: list[Found]) -> list[str]:
    names = [name for name in WEIGHTINGS if name != EQUAL]

    def row(title: str, cell: Callable[[str], str]) -> str:
        return f"| {title} | {' | '.join(cell(name) for name in names)} |"

    lines = [f"| company | {' | '.join(names)} |", f"|---|{'---|' * len(names)}"]
    lines += [
        row(one.company, lambda name, one=one: f"{rank_correlation(one.weights[name]):.2f}")
        for one in found
    ]
    for title, measure in (("**all**", rank_correlation), ("pairs in order", pairs_in_order)):
        lines.append(
            row(
                title,
                lambda name, measure=measure: _figure(
                    *over_companies([measure(one.weights[name]) for one in found])
                ),
            )
        )
    return lines


def _auc_table(found: list[Found]) -> list[str]:
    names = list(found[0].auc)
    pairs = [(RARITY, EQUAL), (REVENUE, EQUAL), (RARITY, BY_HAND)]
    pairs = [pair for pair in pairs if {*pair} <= {*names}]
    titles = [*names, *(f"{first} less {second}" for first, second in pairs)]
    lines = [
        f"| company | accounts | left | account-days | {' | '.join(titles)} |",
        f"|---|---|---|---|{'---|' * len(titles)}",
    ]
    for one in found:
        cells = [_of_company(one.auc[name]) for name in names]
        cells += [_of_company(one.auc[first] - one.auc[second], "+") for first, second in pairs]
        lines.append(
            f"| {one.company} | {one.accounts:,} | {one.left} | {one.rows:,} |"
            f" {' | '.join(cells)} |"
        )
    cells = [
        _figure(*over_companies_and_accounts([one.auc[name] for one in found])) for name in names
    ]
    cells += [
        _figure(
            *over_companies_and_accounts([one.auc[first] - one.auc[second] for one in found]),
            sign="+",
        )
        for first, second in pairs
    ]
    accounts, left = sum(one.accounts for one in found), sum(one.left for one in found)
    rows = sum(one.rows for one in found)
    return [*lines, f"| **all** | {accounts:,} | {left} | {rows:,} | {' | '.join(cells)} |"]


def _claim_table(found: list[Found]) -> list[str]:
    lines = ["| claim | companies with one | expected by chance, at most | reasons |"]
    lines.append("|---|---|---|---|")
    for name, (_, _, error) in CLAIMS.items():
        claims = [one.claims[name] for one in found]
        lines.append(
            f"| {name} | {sum(map(bool, claims))} of {len(found)} | {error * len(found):g} |"
            f" {sum(map(len, claims))} |"
        )
    return lines


def page(driven: list[Found], undriven: list[Found]) -> str:
    """The figures as Markdown."""
    size = ", ".join(f"{value:,} {key}" for key, value in SIZE.items())
    dates = driven[0].dates
    claimed = [
        f"- {one.company}, {name}: {reason}"
        for one in undriven
        for name, reasons in one.claims.items()
        for reason in reasons
    ]
    lines = [
        "# Proposed weights",
        "",
        f"Made-up companies of {size}, of several kinds, whose seeds nothing else has used."
        f" `engagement init --data` saw what had been recorded before {CUT}: no later event,"
        " payment, user or status. The score is the project's own account score on"
        f" {len(dates)} later dates, {', '.join(dates)}, of every account that paid then; it is"
        f" judged by who paid nothing {HORIZON} days later. Made by `python bench/proposal.py`.",
        "",
        "| weights | |",
        "|---|---|",
        *(f"| {name} | {words} |" for name, words in WEIGHTINGS.items()),
        "",
        "## Do weights follow what drives the company?",
        "",
        "Spearman's rank correlation, over all events of a company, of an event's weight with its"
        " effect in the simulator: "
        + ", ".join(f"{effect:g} for `{name}`" for name, effect in DRIVERS.items())
        + ", and 0 for every other event. Equals share the mean of their ranks, so weights that"
        " differ among the events without an effect cannot reach 1; with no two weights equal,"
        " 0.64 is the most. Equal weights have 0. Pairs in order: in how many pairs of a driver"
        " and another event the driver weighs more; 0.5 is chance. In brackets: 95 %, by samples"
        " of companies. The kinds differ in when and where the product is used: the product and its"
        " drivers are the same in all, so these intervals say nothing of another product.",
        "",
        *_rank_table(driven),
        "",
        f"## Does the score say who leaves within {HORIZON} days?",
        "",
        "AUC: of two accounts of one date, how often the one that left had the lower score; equal"
        " scores count half; 0.5 is a coin. In brackets: 95 %, of a company by samples of its"
        " accounts with all their dates, of all by samples of companies and of accounts within"
        " them. Differences are of the same account-days and the same samples.",
        "",
        *_auc_table(driven),
        "",
        "What `init` said of revenue:",
        "",
        *(f"- {one.company}: {one.evidence}" for one in driven),
        "",
        *_claim_table(driven),
        "",
        "## Companies in which use says nothing about who leaves",
        "",
        *_claim_table(undriven),
        *([""] if claimed else []),
        *claimed,
        "",
        *_auc_table(undriven),
    ]
    return "\n".join([*lines, ""])


def main() -> None:
    """Measures the companies, two at a time, and writes the page."""
    wanted = [(*one, True) for one in DRIVEN] + [(*one, False) for one in UNDRIVEN]
    with ProcessPoolExecutor(WORKERS) as pool:
        found = list(pool.map(company, *zip(*wanted, strict=True)))
    parts = {"driven": found[: len(DRIVEN)], "undriven": found[len(DRIVEN) :]}
    kept = {
        name: [
            {**asdict(one), "auc": {key: drawn[0] for key, drawn in one.auc.items()}}
            for one in companies
        ]
        for name, companies in parts.items()
    }
    write_results(RESULTS / "proposal.json", **kept)
    (RESULTS / "proposal.md").write_text(page(**parts))


if __name__ == "__main__":
    main()
