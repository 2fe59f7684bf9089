"""A company's own dbt project (integration_tests) installs this one."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Protocol

import duckdb
import pytest
from engines.postgres import running

from engagement.project import CHECKOUT

DBT = CHECKOUT / ".venv/bin/dbt"
CONSUMER = CHECKOUT / "integration_tests"
ACCOUNTS = [("a", "Acme", "pro", "paying", "Ann", 10), ("b", "Beta", "free", "free", "Bob", 3)]
USERS = [("u", "a", "admin"), ("v", "a", "member"), ("w", "b", "admin"), ("robot", "b", "bot")]
FIRST = date(2026, 5, 1)


class Warehouse(Protocol):
    """Where the company's data is, and its project builds."""

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""


class OnDuckDB:
    """A DuckDB file."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.file)) as connection:
            return connection.execute(sql).fetchall()


@pytest.fixture(params=["duckdb", "postgres"])
def warehouse(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Warehouse]:
    monkeypatch.setenv("CONSUMER_TARGET", request.param)
    if request.param == "duckdb":
        monkeypatch.setenv("CONSUMER_DATABASE", str(tmp_path / "company.duckdb"))
        yield OnDuckDB(tmp_path / "company.duckdb")
    else:
        with running() as server:
            for name, value in server.environment().items():
                monkeypatch.setenv(name, value)
            yield server


@pytest.fixture
def dbt(tmp_path: Path) -> Callable[..., str]:
    """Runs a command of dbt in a copy of the company's project, and returns what it prints."""
    project = tmp_path / "project"
    shutil.copytree(CONSUMER, project, ignore=shutil.ignore_patterns("dbt_packages", "target"))
    (project / "packages.yml").write_text(f"packages:\n  - local: {CHECKOUT}\n")

    def run(*command: str, status: int | None = 0) -> str:
        done = subprocess.run(
            [str(DBT), *command],
            cwd=project,
            env={**os.environ, "DBT_TARGET_PATH": str(project / "target")},
            capture_output=True,
            text=True,
        )
        told = done.stdout + done.stderr
        if status is None:
            assert done.returncode > 0, told
            return told
        assert done.returncode == status, told
        assert not [line for line in told.splitlines() if is_warning(line)]
        return told

    run.project = project  # type: ignore[attr-defined]
    return run


def is_warning(line: str) -> bool:
    return "warn" in line.lower() and "WARN=0" not in line


def load(warehouse: Warehouse, until: int) -> None:
    """Invoices that users have sent until a day of May, and few that were paid."""
    for statement in (
        "create schema if not exists raw",
        "drop table if exists raw.app_accounts",
        "drop table if exists raw.app_users",
        "drop table if exists raw.app_events cascade",
        "create table raw.app_accounts (account_id text, name text, plan text, status text,"
        " owner text, seats integer)",
        "create table raw.app_users (user_id text, account_id text, role text)",
        "create table raw.app_events (event_id text, event_name text, user_id text,"
        " account_id text, occurred_at timestamp, loaded_at timestamp)",
    ):
        warehouse.query(statement)
    events = []
    for number in range(until):
        day = FIRST + timedelta(number)
        for user, account, _ in USERS:
            names = ["invoice_sent"] + ["invoice_paid"] * (
                user == "w" or (user, number) == ("u", 2)
            )
            events += [
                (f"{user} {day} {name}", name, user, account, f"{day} 09:00", f"{day} 12:00")
                for name in names
            ]
    for table, rows in (("accounts", ACCOUNTS), ("users", USERS), ("events", events)):
        values = ", ".join(str(row) for row in rows)
        warehouse.query(f"insert into raw.app_{table} values {values}")


def test_a_project_that_installs_this_one_is_served_and_left_alone(
    warehouse: Warehouse, dbt: Callable[..., str]
) -> None:
    project: Path = dbt.project  # type: ignore[attr-defined]
    load(warehouse, 20)
    dbt("deps")
    dbt("build")
    scores = "select account_id, points from engagement.account_scores where score_date = '{}'"
    # The last complete day; 14 days of 7 points a user, and 2.5 for each payment.
    assert sorted(warehouse.query(scores.format("2026-05-19"))) == [("a", 196), ("b", 133)]
    assert warehouse.query("select distinct version from engagement.account_scores") == [("01",)]
    assert warehouse.query(
        "select entity_id, sentence from engagement.signals where signal = 'seldom_paid'"
    ) == [
        (
            "a",
            "Customers have paid only 1 of the invoices that this account sent."
            " Ask whether payment is set up.",
        )
    ]
    for schema in ("analytics", "engagement"):
        leading = warehouse.query(f"select account_id, score from {schema}.leading_accounts")
        assert leading == [("a", 100)]
    assert warehouse.query(
        "select account_id, name, plan, seats from engagement.account_profiles order by account_id"
    ) == [("a", "Acme", "pro", 10), ("b", "Beta", "free", 3)]
    assert sorted(warehouse.query("select * from analytics.activity")) == [
        ("invoice_paid", 21),
        ("invoice_sent", 80),
    ]
    written = "select invoice_date, written_by from analytics.daily_invoices order by invoice_date"
    first = warehouse.query(written)

    # The second night: a day more, another plan, and another weight from a day on.
    load(warehouse, 21)
    warehouse.query("update raw.app_accounts set plan = 'free' where account_id = 'a'")
    for seed, row in (
        ("scoring_versions", "02,2026-05-15,14,0.9,2,,20,,rolling"),
        ("event_weights", "02,invoice_sent,8,,true,"),
    ):
        with (project / f"seeds/{seed}.csv").open("a") as file:
            file.write(f"{row}\n")
    dbt("build")
    assert sorted(warehouse.query(scores.format("2026-05-20"))) == [("a", 224), ("b", 112)]
    assert sorted(warehouse.query(scores.format("2026-05-19"))) == [("a", 224), ("b", 112)]
    # The snapshot has seen the new plan today: on the days before, up to as_of, it was the old one.
    assert warehouse.query(
        "select as_of, plan from engagement.account_profiles where account_id = 'a'"
    ) == [(date(2026, 5, 20), "pro")]
    history = warehouse.query(
        "select cast(valid_from as date) = date '1970-01-01', plan"
        " from analytics.crm_account_history where account_id = 'a'"
    )
    assert sorted(history) == [(False, "free"), (True, "pro")]
    second = warehouse.query(written)
    assert second == [*first, (date(2026, 5, 21), "a later run")]

    # What is built anew is ours: their model keeps its rows, as their own macro says.
    dbt("build", "--full-refresh")
    assert warehouse.query(written) == second
    assert sorted(warehouse.query(scores.format("2026-05-20"))) == [("a", 224), ("b", 112)]
    dbt("test")
    dbt("docs", "generate")
    assert warehouse.query("select status from engagement.run_history") == [("published",)] * 3


@pytest.fixture
def on_duckdb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OnDuckDB:
    monkeypatch.setenv("CONSUMER_DATABASE", str(tmp_path / "company.duckdb"))
    warehouse = OnDuckDB(tmp_path / "company.duckdb")
    load(warehouse, 2)
    return warehouse


@pytest.mark.parametrize(
    ("change", "sentences"),
    [
        (
            ("own_seeds: [", "own_seeds: [key_features]\n    unused: ["),
            ("would not be read: ", "own_seeds: [", "calibration_caps, event_weights"),
        ),
        (
            ("        weight: decimal(8,3)\n", ""),
            (
                "would not be read as product_engagement reads seeds. Add to dbt_project.yml",
                "    event_weights:",
                '"weight": "decimal(8,3)"',
            ),
        ),
        (
            ("      +schema: engagement\n", "      +schema: build\n"),
            ("is published: give it another schema or name",),
        ),
        (
            (
                "    input_models:\n",
                "    input_columns: {users: {role: rol}}\n    input_models:\n",
            ),
            ("has no column rol, which the var input_columns names. It has user_id, account_id",),
        ),
        (
            ("seldom_paid: seldom_paid", "seldom_paid: leading_accounts"),
            ("lacks the column score_date, entity_type, entity_id, signal, previous_score",),
        ),
        (
            (
                "    input_models:\n",
                "    input_columns: {users: {emial: mail}}\n    input_models:\n",
            ),
            ("input_columns names the column emial of users, which has user_id",),
        ),
        (
            ("disabled_tables: [", "disabled_tables: [account_scores, "),
            ("The var disabled_tables names account_scores, which dbt still builds",),
        ),
        (
            ("own_seeds: [", "own_seeds: [event_weight,"),
            ("The var own_seeds names event_weight, and integration_tests has no such seed",),
        ),
        (
            ("    signal_models:", "    unused:"),
            ("there is no such rule: correct the name, name its model in the var signal_models",),
        ),
    ],
)
def test_what_would_be_misread_or_written_over_is_refused(
    dbt: Callable[..., str],
    on_duckdb: OnDuckDB,
    change: tuple[str, str],
    sentences: tuple[str, ...],
) -> None:
    file = dbt.project / "dbt_project.yml"  # type: ignore[attr-defined]
    before = file.read_text()
    assert change[0] in before
    file.write_text(before.replace(*change))
    dbt("deps")
    told = dbt("build", status=None)
    assert [sentence for sentence in sentences if sentence not in told] == []
    # What is not ours is none of its business.
    dbt("build", "--select", "integration_tests.stg_events", "integration_tests.activity")


def test_a_run_without_rows_says_nothing_of_them(
    dbt: Callable[..., str], on_duckdb: OnDuckDB
) -> None:
    dbt("deps")
    assert "Nothing is published: the run was made without rows" in dbt("build", "--empty")
