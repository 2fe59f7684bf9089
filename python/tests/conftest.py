"""One small class drives the real project on a real DuckDB file; the tests ask it questions.

dbt re-reads the whole project when a path in its profile changes. So every company of the tests
lives, one after the other, in the same folder, and one parse serves them all. Of tests that run at
once, each process has its own.
"""

import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import fast_dbt
import pandas as pd
import pytest

from engagement import validation
from engagement.project import CHECKOUT, Settings
from engagement.publication import working_file
from engagement.runner import Build, build
from engagement.simulate import Breakage, simulate

VERSION_COLUMNS = (
    "version,valid_from,window_days,winsor_percentile,curvature,half_life_days,min_population,"
    "normalize_by,calibration"
)
#: The vars and the size with which companies are held against their outcomes: they are small.
EVALUATED: dict[str, Any] = {"min_accounts_with_outcome": 2}
DRAWS = 100
#: The schema in which public tables are built.
BUILT = "engagement_build"
OPENSTACK = CHECKOUT.parent / "shared" / "data" / "openstack"


@dataclass(frozen=True)
class Company:
    """A company's inputs, its configuration and its database, in one folder."""

    folder: Path

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def seeds(self) -> Path:
        return self.folder / "seeds"

    @property
    def database(self) -> Path:
        """What readers open, once it is published."""
        return self.folder / "company.duckdb"

    @property
    def working_file(self) -> Path:
        """What builds work in."""
        return working_file(self.database)

    @property
    def tables(self) -> Path:
        """A DuckDB file of tables, for inputs that are no files."""
        return self.folder / "tables.duckdb"

    def reset(self) -> "Company":
        """Empties the company: no inputs, the project's own seeds, no database."""
        shutil.rmtree(self.data, ignore_errors=True)
        shutil.rmtree(self.seeds, ignore_errors=True)
        self.data.mkdir(parents=True)
        shutil.copytree(CHECKOUT / "seeds", self.seeds)
        for file in (*self.folder.glob("company.*"), self.tables):
            file.unlink(missing_ok=True)
        duckdb.connect(str(self.tables)).close()
        return self

    def kept_as(self, name: str) -> "Company":
        """Moves the company out of the way of the next one; it can then only be read."""
        folder = self.folder / "kept" / name
        folder.mkdir(parents=True)
        for part in (self.data, self.seeds, self.database, self.working_file):
            if part.exists():
                part.rename(folder / part.name)
        return Company(folder)

    def write(self, name: str, rows: Sequence[Mapping[str, Any]], columns: str = "") -> None:
        """Writes one input as CSV; columns (names separated by spaces) serve an empty one."""
        frame = pd.DataFrame(list(rows), columns=columns.split() or None)
        frame.to_csv(self.data / f"{name}.csv", index=False)

    def configure(self, seed: str, text: str) -> None:
        """Replaces a seed by CSV text, whose lines may be indented."""
        lines = [line.strip() for line in text.strip().splitlines()]
        (self.seeds / f"{seed}.csv").write_text("\n".join(lines) + "\n")

    def score_reports(self) -> None:
        """Configures scores that a hand can compute: 1 + 99 x points / 100, a point a report,
        over a week."""
        self.configure("scoring_versions", f"{VERSION_COLUMNS}\nv1,1970-01-01,7,0.5,0,,1,,frozen")
        self.configure(
            "event_weights",
            """version,event_name,weight,daily_cap,counts_as_active
            v1,report,1,,true""",
        )
        self.configure(
            "calibration_caps",
            """version,entity_type,normalization_group,cap
            v1,user,all,100
            v1,account,all,100""",
        )

    def settings(self, as_of: date | None = None, **variables: Any) -> Settings:
        return Settings(CHECKOUT, self.data, self.database, self.seeds, as_of, variables=variables)

    def build(
        self,
        *arguments: str,
        only: str = "",
        as_of: date | None = None,
        tests: bool = False,
        read_again: tuple[date, date] | None = None,
        **variables: Any,
    ) -> Build:
        """Builds, without dbt's tests unless asked for; a failed node fails the test.

        Without tests nothing is published: what is built then counts as published for the next run.

        only: the tables to build, with all that they are made of; the next build then starts over.
        """
        skip = [] if tests else ["--exclude-resource-type", "test"]
        select = [f"+{table}" for table in (*only.split(), "run_history")]
        chosen = ["--select", *select] if only else []
        settings = replace(self.settings(as_of, **variables), read_again=read_again)
        outcome = build(settings, [*arguments, *chosen, *skip])
        assert not outcome.failures, [(node.name, node.message) for node in outcome.failures]
        if not tests:
            self.mark_as_published()
        return outcome

    def mark_as_published(self) -> None:
        """Makes the next run go on from the last one, as if its tests had passed."""
        if not self.query("from duckdb_tables() where table_name = 'run_history'"):
            return
        with self.opened(read_only=False) as connection:
            connection.execute("create schema if not exists engagement")
            connection.execute(
                "create or replace table engagement.publication as"
                " select run_id, started_at, as_of, started_at as published_at"
                " from engagement_build.run_history order by started_at desc limit 1"
            )

    def publish(self) -> "Company":
        """Publishes what has been built, as a run with all tests would."""
        self.database.unlink(missing_ok=True)
        self.mark_as_published()
        with self.opened() as connection:
            connection.execute(
                f"attach '{self.database}' as publication (storage_version 'v1.0.0')"
            )
            connection.execute("create schema publication.engagement")
            tables = connection.execute(
                "select table_schema, table_name from information_schema.tables"
                f" where table_schema in ('engagement', '{BUILT}') and table_catalog = 'built'"
            ).fetchall()
            for schema, table in tables:
                connection.execute(
                    f"create table publication.engagement.{table} as from {schema}.{table}"
                )
        return self

    @contextmanager
    def opened(self, read_only: bool = True) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection to what has been built, published or not."""
        with duckdb.connect() as connection:
            options = "(read_only)" if read_only else ""
            connection.execute(f"attach '{self.working_file}' as built {options}")
            connection.execute("use built")
            yield connection

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Asks what has been built; `engagement.` stands for the schema in which that is."""
        with self.opened() as connection:
            return connection.execute(as_built(sql)).fetchall()

    def value(self, sql: str) -> Any:
        ((value,),) = self.query(sql)
        return value

    def differences(
        self, as_of: date | None = None, **variables: Any
    ) -> list[validation.Difference]:
        """What the independent check finds, in the tables that were built."""
        content = self.settings(as_of, **variables).all_variables()
        settings = validation.Settings.from_vars(self.data, self.seeds, content)
        report = validation.validate(settings, self.working_file, BUILT)
        found = [difference for table in report.tables for difference in table.differences]
        if self.value("select bool_or(is_complete) from engagement.run_history"):
            return found
        return [difference for difference in found if difference.key or difference.column]


def as_built(sql: str) -> str:
    """A query of the public tables as one of what has been built."""
    return re.sub(r"\bengagement\.(?=\w)", f"{BUILT}.", sql)


def event(event_id: str, name: str, user: str | None, at: str, **columns: Any) -> dict[str, Any]:
    """One row of events."""
    return {"event_id": event_id, "event_name": name, "user_id": user, "occurred_at": at, **columns}


@pytest.fixture(scope="session")
def workshop() -> Iterator[Path]:
    """The folder in which every company lives, with dbt's own files beside it.

    It lies inside the project, as every folder of seeds must.
    """
    folder = CHECKOUT / "target" / f"workshop-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in [name for name in os.environ if name.startswith("ENGAGEMENT_")]:
        del os.environ[name]
    os.environ["DBT_TARGET_PATH"] = str(folder / "target")
    os.environ["DBT_LOG_PATH"] = str(folder / "logs")
    # A third of a small build is spent on files that nobody reads, and on a second thread.
    os.environ["DBT_WRITE_JSON"] = "false"
    os.environ["DBT_LOG_LEVEL_FILE"] = "none"
    os.environ["ENGAGEMENT_DBT_THREADS"] = "1"
    fast_dbt.install()
    os.environ["ENGAGEMENT_INPUT_DATABASE"] = str(Company(folder).tables)
    yield folder


@pytest.fixture
def company(workshop: Path) -> Company:
    """An empty company with the project's own configuration."""
    return Company(workshop).reset()


@pytest.fixture(scope="session")
def simulated(workshop: Path) -> Company:
    """A simulated company with every fault and an event that broke for ten days, built once with
    all of dbt's tests, and held against its outcomes; only to be read."""
    # Not every environment of the tests has scipy.
    from engagement.outcomes.evaluate import evaluate

    company = Company(workshop).reset()
    broken = Breakage("task_viewed", date(2026, 6, 10), share=0.8, days=10)
    simulate(company.data, accounts=40, users=400, days=240, seed=7, broken=broken)
    company.build(tests=True, publish_personal_data=True)
    evaluate(company.settings(**EVALUATED), draws=DRAWS)
    return company.publish().kept_as("simulated")


@pytest.fixture(scope="session")
def openstack(workshop: Path) -> Company:
    """The real history of nine open-source projects, built once with all of dbt's tests, with the
    example's own seeds; only to be read."""
    company = Company(workshop).reset()
    shutil.copytree(OPENSTACK, company.data, dirs_exist_ok=True)
    shutil.copytree(CHECKOUT / "examples/openstack/seeds", company.seeds, dirs_exist_ok=True)
    outcome = company.build(tests=True)
    assert not outcome.warnings, outcome.warnings
    return company.kept_as("openstack")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says how many seconds each file of tests took in all, the longest first."""
    seconds: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                seconds[report.nodeid.split("::")[0]] += round(report.duration)
    terminalreporter.section("seconds by file")
    for file, total in seconds.most_common(25):
        terminalreporter.write_line(f"{total:6d} {file}")
