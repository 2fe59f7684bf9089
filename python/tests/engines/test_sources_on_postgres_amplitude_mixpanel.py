"""Amplitude's and Mixpanel's tables on PostgreSQL: what DuckDB makes of their files."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Company
from test_sources import copy_layout, story, weigh
from test_sources_amplitude import EXPORT
from test_sources_amplitude import WARTS as AMPLITUDE_WARTS
from test_sources_amplitude import write_export as write_amplitude
from test_sources_mixpanel import WARTS as MIXPANEL_WARTS
from test_sources_mixpanel import write_export as write_mixpanel

from engagement.runner import build

from .engine import settings_on
from .postgres import Postgres, running

MADE = ["stg_events", "stg_users", "stg_accounts", "stg_identities"]
JSON = {"groups", "group_properties", "user_properties", "event_properties", "properties"}
TIMES = {"merge_event_time", "merge_server_time", "processed_time"}


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with running() as started:
        yield started


def test_tables_are_read_as_files_are(postgres: Postgres, company: Company) -> None:
    """With a zone of the project's own, which each engine converts by itself."""
    variables: dict[str, Any] = {
        "sources": ["amplitude", "mixpanel"],
        "source_schemas": {"amplitude": "amplitude", "mixpanel": "mixpanel"},
        "mixpanel_project_timezone": "America/New_York",
        "max_rejected_share": 1,
    }
    copy_layout(company, "amplitude", EXPORT, "merge_ids.jsonl")
    write_amplitude(company, "218028_2026-05-03_10#0.json", *AMPLITUDE_WARTS)
    copy_layout(company, "mixpanel", "raw_export.jsonl", "mp_people_data.jsonl")
    write_mixpanel(company, *MIXPANEL_WARTS)
    weigh(company, [row[0] for row in story()])
    company.build(only=" ".join(MADE), **variables)

    load(postgres, "amplitude.EVENTS_218028", *sorted(company.data.glob("218028_*")))
    load(postgres, "amplitude.merge_ids", company.data / "merge_ids.jsonl")
    load(postgres, "mixpanel.raw_export", company.data / "raw_export.jsonl")
    load(postgres, "mixpanel.mp_people_data", company.data / "mp_people_data.jsonl")
    tables = {"amplitude": {"events": "EVENTS_218028"}}
    chosen = [f"+{model}" for model in MADE]
    with settings_on(postgres, company.seeds, source_tables=tables, **variables) as settings:
        outcome = build(settings, ["--exclude-resource-type", "test", "--select", *chosen])
    assert not outcome.failures, [(node.name, node.message) for node in outcome.failures]
    for model in MADE:
        columns = [
            name
            for name, _ in company.query(
                "select column_name, data_type from information_schema.columns"
                f" where table_schema = 'engagement_internal' and table_name = '{model}'"
            )
            if name not in ("properties", "source_occurred_at", "source_loaded_at", "event_id")
        ]
        asked = f"select {', '.join(columns)} from engagement_internal.{model}"
        expected = sorted(company.query(asked), key=repr)
        assert expected
        assert sorted(postgres.query(asked), key=repr) == expected, model
    ids = "select count(*), count(distinct event_id) from engagement_internal.stg_events"
    assert postgres.query(ids) == company.query(ids)


def load(postgres: Postgres, table: str, *files: Path) -> None:
    """A table of a warehouse from JSON lines: objects as JSON, and times of the server as such."""
    rows = [json.loads(line) for file in files for line in file.read_text().splitlines()]
    columns = list(dict.fromkeys(column for row in rows for column in row))
    kinds = [
        "jsonb" if name in JSON else "timestamp" if name in TIMES else "text" for name in columns
    ]
    schema, name = table.split(".")
    declared = ", ".join(f'"{column}" {kind}' for column, kind in zip(columns, kinds, strict=True))
    postgres.query(
        f'create schema if not exists {schema}; create table {schema}."{name}" ({declared})'
    )
    with postgres.cursor() as cursor:
        cursor.executemany(
            f'insert into {schema}."{name}" values ({", ".join(["%s"] * len(columns))})',
            [[_as_text(row.get(column)) for column in columns] for row in rows],
        )


def _as_text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)
