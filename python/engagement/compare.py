"""Two scoring versions side by side over the same dates, before one of them is switched to.

Each is built in a scratch database from the same inputs, as if it had always been in force: nothing
that is published changes.
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
from engagement.tables import connect

ENTITY_TYPES = ("user", "account")
SCORES = ("+user_scores", "+account_scores")
#: Seeds that hold rows of versions.
VERSIONED = ("scoring_versions", "event_weights", "calibration_caps")
ALWAYS = "1970-01-01"
MOVERS = 10
BIN = 5


@dataclass(frozen=True)
class Comparison:
    """Two versions' scores of all users or all accounts.

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
        """Those whose score differs most, by how much."""
        change = self.entities["score_b"] - self.entities["score_a"]
        order = change.abs().sort_values(ascending=False, kind="stable").index[:MOVERS]
        return self.entities.loc[order].assign(change=change.loc[order])


def compare(
    settings: Settings,
    versions: tuple[str, str],
    progress: Callable[[str], None] = lambda step: None,
) -> list[Comparison]:
    """Builds both versions, and compares the scores of users and of accounts.

    Raises:
        UsageError: A version is not in scoring_versions.csv, or the target is not DuckDB.
    """
    if not settings.is_duckdb:
        raise UsageError("compare builds in scratch files of DuckDB: leave the target as it is.")
    with _scratch(settings) as folder:
        databases = []
        for version in versions:
            progress(f"scoring all dates by {version}")
            databases.append(_built(settings, version, folder))
        with connect() as connection:
            for name, database in zip("ab", databases, strict=True):
                connection.execute(f"attach '{database}' as {name} (read_only)")
            schema = settings.schema()
            return [_compared(connection, schema, kind, versions) for kind in ENTITY_TYPES]


@contextmanager
def _scratch(settings: Settings) -> Iterator[Path]:
    """A folder of the project, where seeds must lie, for the time of a with block."""
    target = settings.project / "target"
    target.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="compare-", dir=target))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _built(settings: Settings, version: str, folder: Path) -> Path:
    """A database of the scores that a version gives to all dates."""
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
    return database


def _keep_version(seed: Path, version: str, is_list: bool) -> None:
    """Leaves one version's rows in a seed; in the list of versions as if in force for ever."""
    with seed.open(newline="") as file:
        reader = csv.DictReader(file)
        columns = list(reader.fieldnames or [])
        rows = [row for row in reader if row["version"] == version]
    if is_list and not rows:
        raise UsageError(
            f"There is no version {version} in {seed.name}: add its row, with a valid_from in the"
            " future if it is to wait."
        )
    with seed.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows({**row, "valid_from": ALWAYS} if is_list else row for row in rows)


def _compared(
    connection: duckdb.DuckDBPyConnection, schema: str, kind: str, versions: tuple[str, str]
) -> Comparison:
    connection.execute(
        f"""
        create or replace temporary table paired as
        select
            coalesce(a.score_date, b.score_date) as score_date,
            coalesce(a.{kind}_id, b.{kind}_id) as entity_id,
            coalesce(a.points, 0) as points_a,
            coalesce(a.score, 0) as score_a,
            coalesce(a.band, 'inactive') as band_a,
            coalesce(b.points, 0) as points_b,
            coalesce(b.score, 0) as score_b,
            coalesce(b.band, 'inactive') as band_b
        from a.{schema}.{kind}_scores as a
        full outer join b.{schema}.{kind}_scores as b
            on a.score_date = b.score_date and a.{kind}_id = b.{kind}_id
        where a.points > 0 or b.points > 0
        """
    )
    ranked = ", ".join(
        f"rank() over (partition by score_date order by score_{x})"
        f" + count(*) over (partition by score_date, score_{x}) / 2 as rank_{x}"
        for x in "ab"
    )
    correlations = connection.execute(
        f"""
        select score_date, corr(rank_a, rank_b) as rank_correlation
        from (select score_date, {ranked} from paired)
        group by score_date order by score_date
        """
    ).fetchdf()
    last_date = "(select max(score_date) from paired)"
    latest = f"select * exclude (score_date) from paired where score_date = {last_date}"
    entities = connection.execute(f"{latest} order by entity_id").fetchdf()
    bins = f"cast(floor(least(cast(score as decimal(18, 9)), 99) / {BIN}) * {BIN} as integer)"
    distribution = connection.execute(
        f"""
        with latest as ({latest})
        select bin, sum(in_a) as a, sum(in_b) as b
        from (
            select {bins.replace("score", "score_a")} as bin, 1 as in_a, 0 as in_b
            from latest where score_a > 0
            union all
            select {bins.replace("score", "score_b")} as bin, 0 as in_a, 1 as in_b
            from latest where score_b > 0
        )
        group by bin order by bin
        """
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
    """What a person decides by: agreement, who moves, how the scores spread."""
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
