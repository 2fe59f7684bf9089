"""Stripe, HubSpot, Salesforce, Zendesk and Intercom on PostgreSQL, typed as loaders type them."""

import tempfile
from pathlib import Path

import duckdb
from conftest import Company
from test_sources_crm import VARIABLES, VENDORS, write_company
from test_sources_stripe import write_stripe

from engagement.runner import build

from .engine import NULL, empty, load_inputs, settings_on
from .postgres import TYPES, Postgres, running

ALL_VENDORS = ("stripe", *VENDORS)
#: What is read of each table, in an order of its own.
TABLES = {
    "stg_accounts": "account_id, parent_account_id, name, plan, status, industry, owner, seats,"
    " cast(trial_ends_on as varchar), cast(renews_on as varchar)",
    "stg_users": "user_id, account_id, email, role, is_internal, cast(created_at as varchar)",
    "stg_account_history": "account_id, cast(valid_from as varchar), plan, status, owner",
    "stg_account_facts": "account_id, name, cast(measured_on as varchar), value",
    "stg_subscriptions": "account_id, subscription_id, cast(month as varchar), currency,"
    " cast(round(cast(mrr as decimal(20, 9)), 6) as double precision)",
    "stg_attributes": "entity_id, attribute, value",
}


def load_vendor(server: Postgres, vendor: str, data: Path) -> None:
    """Copies a vendor's files into a schema of its own, typed as they look; objects as jsonb."""
    server.query(f"create schema if not exists {vendor}")
    for file in sorted((data / vendor).glob("*.csv")):
        source = f"read_csv('{file}', header = true)"
        types = {row[0]: row[1] for row in duckdb.execute(f"describe from {source}").fetchall()}
        columns = ", ".join(f'"{name}" {TYPES.get(kind, kind)}' for name, kind in types.items())
        server.query(f'create table {vendor}."{file.stem}" ({columns})')
        with tempfile.TemporaryDirectory() as folder, server.cursor() as cursor:
            rows = Path(folder) / "rows.csv"
            duckdb.sql(f"copy (from {source}) to '{rows}' (header false, nullstr '{NULL}')")
            with rows.open() as content:
                cursor.copy_expert(
                    f"copy {vendor}.\"{file.stem}\" from stdin (format csv, null '{NULL}')", content
                )
        for name in {"metadata", "merged_ticket_ids"} & set(types):
            server.query(
                f'alter table {vendor}."{file.stem}" alter column {name} type jsonb'
                f" using cast({name} as jsonb)"
            )


def test_vendors_say_on_postgresql_what_they_say_on_duckdb(company: Company) -> None:
    write_company(company)
    write_stripe(company)
    variables = {**VARIABLES, "sources": list(ALL_VENDORS), "reference_time": "2026-07-12 12:00"}
    company.build(only=" ".join(TABLES), **variables)
    with running() as server:
        empty(server)
        load_inputs(server, company.data)
        for vendor in ALL_VENDORS:
            load_vendor(server, vendor, company.data)
        schemas = {vendor: vendor for vendor in ALL_VENDORS}
        with settings_on(server, company.seeds, **variables, source_schemas=schemas) as settings:
            chosen = [f"+{table}" for table in TABLES]
            outcome = build(settings, ["--exclude-resource-type", "test", "--select", *chosen])
        assert not outcome.failures, [(node.name, node.message) for node in outcome.failures]
        for table, columns in TABLES.items():
            query = f"select {columns} from engagement_internal.{table}"
            expected = company.query(query)
            assert expected
            assert sorted(server.query(query), key=repr) == sorted(expected, key=repr), table
