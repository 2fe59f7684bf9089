"""Compares two scoring versions over the same dates, before a switch.

Each version is built in a scratch database from the same inputs, as if it had always been in force.
Published tables do not change.
"""

import csv
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from engagement.errors import UsageError
from engagement.project import Settings
from engagement.publication import working_file
from engagement.tables import analysis, connect, text_literal

ENTITY_TYPES = ("user", "account")
SCORES = ("+user_scores", "+account_scores")
#: Seeds that hold rows of versions.
VERSIONED = ("scoring_versions", "event_weights", "calibration_caps")
ALWAYS = "1970-01-01"
MOVERS = 10
BIN = 5


@dataclass(frozen=True)
class Comparison:
    """The scores of all users or all accounts under two versions.

    rank_correlation  Spearman's, on the last date; mean_rank_correlation: over all dates
    entities          on the last date: entity_id, then points, score, band of each version
    moves             on the last date: how many there are in each pair of bands
    distribution      on the last date: bin (its lower end), how many of each version are in it
    """

    entity_type: str
    versions: tuple[str, str]
    dates: int
    last_date: date | None
    rank_correlation: float | None
    mean_rank_correlation: float | None
    entities: pd.DataFrame
    moves: pd.DataFrame
    distribution: pd.DataFrame

    def movers(self) -> pd.DataFrame:
        """The entities whose scores differ most, with the difference."""
        change = self.entities["score_b"] - self.entities["score_a"]
        order = change.abs().sort_values(ascending=False, kind="stable").index[:MOVERS]
        return self.entities.loc[order].assign(change=change.loc[order])


def compare(
    settings: Settings,
    versions: tuple[str, str],
    progress: Callable[[str], None] = lambda step: None,
) -> list[Comparison]:
    """Builds both versions and compares the scores of users and accounts.

    Raises:
        UsageError: A version is not in scoring_versions.csv, or the target is not DuckDB.
    """
    if not settings.is_duckdb:
        raise UsageError("compare runs only on DuckDB: unset ENGAGEMENT_TARGET.")
    with _scratch(settings) as folder:
        databases = []
        for version in versions:
            progress(f"scoring all dates by {version}")
            databases.append(_built(settings, version, folder))
        with connect() as connection:
            for name, database in zip("ab", databases, strict=True):
                connection.execute(f"attach {text_literal(str(database))} as {name} (read_only)")
            return [_compared(connection, settings, kind, versions) for kind in ENTITY_TYPES]


@contextmanager
def _scratch(settings: Settings) -> Iterator[Path]:
    """A temporary folder inside the project, where seeds must be."""
    settings.require_own_project()
    target = settings.project / "target"
    target.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="compare-", dir=target))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _built(settings: Settings, version: str, folder: Path) -> Path:
    """Builds a database that scores all dates by one version."""
    from engagement.runner import build

    seeds = folder / "seeds"
    shutil.rmtree(seeds, ignore_errors=True)
    shutil.copytree(settings.seeds_folder(), seeds)
    for name in VERSIONED:
        _keep_version(seeds / f"{name}.csv", version, is_list=name == "scoring_versions")
    database = folder / f"{len(list(folder.glob('*.duckdb')))}.duckdb"
    outcome = build(
        replace(settings, seeds=seeds, database=database),
        ["--select", *SCORES, "--exclude-resource-type", "test"],
    )
    if outcome.failures:
        failed = outcome.failures[0]
        raise UsageError(f"The version {version} cannot be built: {failed.name}: {failed.message}")
    return working_file(database)


def _keep_version(seed: Path, version: str, is_list: bool) -> None:
    """Keeps one version's rows in a seed; the list of versions makes it valid from the start."""
    with seed.open(newline="") as file:
        reader = csv.DictReader(file)
        columns = list(reader.fieldnames or [])
        rows = [row for row in reader if row["version"] == version]
    if is_list and not rows:
        raise UsageError(
            f"The version {version} is not in {seed.name}: add its row, with a valid_from in the"
            " future if it is to wait."
        )
    with seed.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows({**row, "valid_from": ALWAYS} if is_list else row for row in rows)


def _compared(
    connection: duckdb.DuckDBPyConnection, settings: Settings, kind: str, versions: tuple[str, str]
) -> Comparison:
    def rows(query: str, **values: object) -> pd.DataFrame:
        return connection.execute(analysis(settings, query, **values)).fetchdf()

    first, second = (f'{name}."{settings.schema()}_build".{kind}_scores' for name in "ab")
    pairs = analysis(
        settings, "compare_pairs", first_scores=first, second_scores=second, entity_type=kind
    )
    connection.execute(f"create or replace temporary table paired as {pairs}")
    correlations = rows("compare_rank_correlations", pairs="paired")
    distribution = rows("compare_distribution", pairs="paired", bin=BIN)
    entities = connection.execute(
        "select * exclude (score_date) from paired"
        " where score_date = (select max(score_date) from paired) order by entity_id"
    ).fetchdf()
    values = correlations["rank_correlation"].dropna()
    last = correlations["rank_correlation"].iloc[-1:].dropna()
    return Comparison(
        entity_type=kind,
        versions=versions,
        dates=len(correlations),
        last_date=None if correlations.empty else correlations["score_date"].iloc[-1].date(),
        rank_correlation=None if last.empty else float(last.iloc[0]),
        mean_rank_correlation=None if values.empty else float(values.mean()),
        entities=entities,
        moves=entities.groupby(["band_a", "band_b"]).size().reset_index(name="entities"),
        distribution=distribution.astype("int64"),
    )


def print_comparison(console: Console, compared: Comparison) -> None:
    """Prints the agreement, the band changes, the largest moves and the distributions."""
    a, b = compared.versions
    kind = compared.entity_type
    if compared.last_date is None:
        console.print(f"Neither {a} nor {b} scores any {kind}.")
        return
    moved = compared.entities["band_a"] != compared.entities["band_b"]
    console.print(
        f"[bold]{kind}s[/], {compared.dates} score dates until {compared.last_date}: rank"
        f" correlation {_number(compared.rank_correlation)} on the last,"
        f" {_number(compared.mean_rank_correlation)} on average;"
        f" {moved.sum()} of {len(moved)} change their band.\n"
    )
    changed = compared.moves[compared.moves["band_a"] != compared.moves["band_b"]]
    movers = compared.movers()[["entity_id", "score_a", "score_b", "change"]]
    for title, columns, frame in (
        ("Who changes the band", (f"in {a}", f"in {b}", f"{kind}s"), changed),
        ("Who moves most", (kind, a, b, "change"), movers),
        (f"How the scores spread, in bins of {BIN}", ("from", a, b), _spread(compared)),
    ):
        table = Table(*columns, box=None, pad_edge=False)
        for row in frame.itertuples(index=False):
            cells = (f"{v:.1f}" if isinstance(v, float) else escape(str(v)) for v in row)
            table.add_row(*cells)
        console.print(title)
        console.print(table, end="\n\n")


def _spread(compared: Comparison) -> pd.DataFrame:
    """The distribution, with a bar for each count."""
    distribution = compared.distribution
    most = max(distribution[["a", "b"]].to_numpy().max(initial=1), 1)

    def drawn(counts: pd.Series) -> list[str]:
        return [f"{count:>7,} {'█' * round(30 * count / most)}" for count in counts]

    return distribution.assign(a=drawn(distribution["a"]), b=drawn(distribution["b"]))


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3f}"


def write_comparison(folder: Path, compared: Comparison) -> None:
    """Writes <entity_type>s.csv, every entity on the last date, and the distributions as SVG."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    folder.mkdir(parents=True, exist_ok=True)
    a, b = compared.versions
    compared.entities.to_csv(folder / f"{compared.entity_type}s.csv", index=False)
    figure, axes = pyplot.subplots(figsize=(7, 3.5), layout="constrained")
    for name, scores in ((a, compared.entities["score_a"]), (b, compared.entities["score_b"])):
        axes.hist(scores[scores > 0], bins=range(0, 105, BIN), histtype="step", label=name)
    axes.set(xlabel="score", ylabel=f"{compared.entity_type}s", xlim=(0, 100))
    axes.legend(title=f"version, {compared.last_date}", frameon=False)
    figure.savefig(folder / f"{compared.entity_type}s.svg", metadata={"Date": None})
    pyplot.close(figure)
