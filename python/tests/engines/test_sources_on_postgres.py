"""Vendors' own tables on PostgreSQL, in the types of their exports: as DuckDB reads the files."""

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import Company
from test_command_line import engagement
from test_sources import LAYOUTS, as_written, copy_layout, weigh
from test_sources_pendo import COUNTS
from test_sources_posthog import LINKS, STORY

from engagement.runner import build

from .engine import NULL, empty, settings_on
from .postgres import Postgres, running

POSTHOG = {
    **dict.fromkeys(("properties", "elements", "set", "set_once"), "jsonb"),
    **dict.fromkeys(("timestamp", "created_at"), "timestamptz"),
    **dict.fromkeys(("team_id", "person_version", "person_distinct_id_version"), "integer"),
}
PENDO = {
    **dict.fromkeys(("_fivetran_synced", "timestamp", "last_updated_at"), "timestamptz"),
    **dict.fromkeys(("first_visit", "visitor_last_updated_at", "agent_creationdate"), "timestamp"),
    **dict.fromkeys(("num_events", "num_minutes", "app_id"), "bigint"),
    "agent_is_paying": "boolean",
}


SEGMENT = {
    **dict.fromkeys(("timestamp", "original_timestamp", "sent_at", "created_at"), "timestamptz"),
    **dict.fromkeys(("received_at", "uuid_ts"), "timestamptz"),
    **dict.fromkeys(("is_internal", "options_is_public"), "boolean"),
    "seats": "bigint",
}


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with running() as started:
        yield started


@pytest.fixture
def postgres(server: Postgres) -> Postgres:
    """The server without any tables."""
    empty(server)
    return server


def load(engine: Postgres, file: Path, table: str, types: Mapping[str, str]) -> None:
    """Makes a raw table of a CSV file; a column is text unless it has a type."""
    source = f"read_csv('{file}', all_varchar = true, header = true)"
    columns = [row[0] for row in duckdb.execute(f"describe from {source}").fetchall()]
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder) / "rows.csv"
        duckdb.sql(f"copy (from {source}) to '{rows}' (header false, nullstr '{NULL}')")
        engine.load(table, {name: types.get(name, "text") for name in columns}, rows)


def build_tables(engine: Postgres, company: Company, *tables: str, **variables: Any) -> None:
    """Builds some tables and what they are made of, on the engine and from the files."""
    selected = [f"+{table}" for table in tables]
    with settings_on(engine, company.seeds, **variables) as settings:
        outcome = build(settings, ["--exclude-resource-type", "test", "--select", *selected])
    assert not outcome.failures, [(node.name, node.message) for node in outcome.failures]
    company.build(only=" ".join(tables), **variables)


def test_posthog(postgres: Postgres, company: Company) -> None:
    for table in ("events", "persons"):
        load(postgres, LAYOUTS / "posthog" / f"{table}_postgres.csv", table, POSTHOG)
    copy_layout(company, "posthog", "events_postgres.csv", "persons_postgres.csv")
    weigh(company, [row[0] for row in STORY])
    tables = ["stg_events", "stg_users", "stg_accounts", "stg_account_history", "stg_memberships"]
    build_tables(postgres, company, *tables, "stg_identities", sources=["posthog"])
    rows = postgres.query(
        "select distinct event_name, user_id, account_id, occurred_at"
        " from engagement_internal.stg_events order by occurred_at"
    )
    assert [(*row[:3], as_written(row[3])) for row in rows] == STORY
    links = "select alias_id, user_id from engagement_internal.stg_identities"
    assert set(postgres.query(links)) == LINKS
    for table in tables[1:]:
        query = f"select * from engagement_internal.{table}"
        assert set(postgres.query(query)) == set(company.query(query)) != set(), table


def test_pendo_beside_an_input_of_ones_own(postgres: Postgres, company: Company) -> None:
    copy_layout(company, "pendo")
    for file in company.data.iterdir():
        load(postgres, file, file.stem, PENDO)
    # Fivetran's table of accounts is account_history, so this one is the company's own.
    company.write("accounts", [{"account_id": "acme", "industry": "rockets"}])
    load(postgres, company.data / "accounts.csv", "accounts", {})
    weigh(company, [row[0] for row in COUNTS])
    tables = ["stg_events", "stg_users", "stg_accounts", "stg_account_history", "stg_memberships"]
    build_tables(postgres, company, *tables, sources=["pendo"])
    rows = postgres.query(
        "select event_name, user_id, account_id, occurred_at, received_quantity"
        " from engagement_internal.stg_events"
    )
    assert {(*row[:3], as_written(row[3]), row[4]) for row in rows} == COUNTS
    assert len(rows) == len(COUNTS)
    for table in tables:
        columns = "event_id, loaded_at" if table == "stg_events" else "*"
        query = f"select {columns} from engagement_internal.{table}"
        assert set(postgres.query(query)) == set(company.query(query)) != set(), table
    own = "select name, industry from engagement_internal.stg_accounts where account_id = 'acme'"
    assert postgres.query(own) == [("Acme Ltd", "rockets")]


def test_three_commands_from_the_tables_of_a_schema(
    postgres: Postgres, company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of Segment, in a schema of their own: the scores are those of the files."""
    copy_layout(company, "segment")
    for file in sorted(company.data.glob("*.csv")):
        load(postgres, file, file.stem, SEGMENT)
    postgres.query("alter schema raw rename to segment_prod")
    for name, value in postgres.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DBT_TARGET_PATH", "target")
    monkeypatch.setenv("DBT_LOG_PATH", "logs")
    project = tmp_path / "shop"
    refused = engagement("init", project, "--target", "postgres")
    assert refused.status == 2
    assert "no tables in the schema raw: those with tables are segment_prod" in refused.error
    assert not project.exists()

    place = ("--target", "postgres", "--schema", "segment_prod")
    told = engagement("init", project, *place)
    assert told.status == 0, told.error
    assert "5 events have weights, 4 features" in told.out
    assert "export ENGAGEMENT_TARGET=postgres" in told.out
    written = (project / "dbt_project.yml").read_text()
    assert "    input_schema: segment_prod\n    sources: [segment]\n" in written

    monkeypatch.chdir(project)
    monkeypatch.setenv("ENGAGEMENT_TARGET", "postgres")
    built = engagement("build")
    assert built.status == 0, built.error
    assert engagement("dashboard", "--out", "page.html").status == 0
    checked = engagement("validate")
    assert checked.status == 0, checked.out
    assert "9 raw events" in checked.out
