"""Vendors' own tables on PostgreSQL, in the types of their exports: as DuckDB reads the files."""

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import Company
from test_sources import LAYOUTS, as_written, copy_layout, weigh
from test_sources_posthog import LINKS, STORY

from engagement.runner import build

from .engine import NULL, empty, settings_on
from .postgres import Postgres, running

POSTHOG = {
    **dict.fromkeys(("properties", "elements", "set", "set_once"), "jsonb"),
    **dict.fromkeys(("timestamp", "created_at"), "timestamptz"),
    **dict.fromkeys(("team_id", "person_version", "person_distinct_id_version"), "integer"),
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
