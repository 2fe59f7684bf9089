"""dbt with the real adapter of a warehouse that is not there: every statement is written down,
none is sent, and what the project asks in between is answered.

One process for each warehouse, since dbt keeps its adapters for the life of a process:

    python -m warehouses.offline <target> <file>
"""

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock, patch

from dbt.adapters.contracts.connection import AdapterResponse
from dbt.adapters.factory import FACTORY
from dbt.cli.main import dbtRunner
from dbt_common.clients.agate_helper import table_from_rows
from dbt_common.events.contextvars import get_node_info
from fast_dbt import install
from sqlglot import exp, parse_one
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.normalize_identifiers import normalize_identifiers
from sqlglot.optimizer.qualify import qualify
from sqlglot.schema import MappingSchema

from .vendors import FILES, LOADED, LOADED_LATER, MODELS, SCHEMA, VENDORS, Shape

CHECKOUT = Path(__file__).parents[3]
VARIABLES = {"timezone": "America/New_York", "accounts_from_email_domains": True}
#: The inputs, each column with its type: text, time, date, integer, number, boolean.
CONTRACT = {
    "events": "event_id text, event_name text, user_id text, occurred_at time, account_id text,"
    " loaded_at time, properties text, quantity number, actor text",
    "users": "user_id text, account_id text, created_at time, email text, role text,"
    " is_internal boolean, is_champion boolean",
    "accounts": "account_id text, parent_account_id text, name text, created_at time, plan text,"
    " status text, trial_ends_on date, renews_on date, industry text, owner text, seats integer",
    "memberships": "user_id text, account_id text, valid_from time, valid_to time",
    "account_history": "account_id text, valid_from time, plan text, status text, owner text",
    "subscriptions": "account_id text, month date, mrr number, subscription_id text,"
    " currency text, months integer, ended_as_agreed boolean",
    "identities": "alias_id text, user_id text, valid_from time, valid_to time",
    "account_identities": "alias_id text, account_id text",
    "account_facts": "account_id text, measured_on date, name text, value number",
    "signal_actions": "account_id text, signal text, opened_on date, state text, at time, by text,"
    " note text",
}
#: What each warehouse calls these types, as its adapter names the types of a table's columns.
#: utc is a time that the project has made; list one of texts.
TYPES = {
    "snowflake": {
        "text": "VARCHAR",
        "time": "TIMESTAMP_NTZ",
        "utc": "TIMESTAMP_NTZ",
        "zoned": "TIMESTAMP_TZ",
        "json": "VARIANT",
        "list": "ARRAY",
    },
    "bigquery": {
        "text": "STRING",
        "time": "DATETIME",
        "utc": "TIMESTAMP",
        "zoned": "TIMESTAMP",
        "json": "JSON",
        "number": "FLOAT64",
    },
    "redshift": {
        "text": "character varying(256)",
        "time": "timestamp without time zone",
        "utc": "timestamp without time zone",
        "zoned": "timestamp with time zone",
        "number": "double precision",
        "json": "super",
        "list": "super",
    },
    "databricks": {
        "text": "string",
        "time": "timestamp_ntz",
        "utc": "timestamp",
        "zoned": "timestamp",
        "number": "double",
        "json": "array<struct<key: string>>",
        "list": "array<string>",
    },
}
#: The types of a query's columns, with what they are here; any other is text.
MADE = {"DATE": "date", "BOOLEAN": "boolean", "INT": "integer", "BIGINT": "integer"}
MADE |= {"DOUBLE": "number", "DECIMAL": "number", "BIGDECIMAL": "number"}
MADE |= {"TIMESTAMP": "utc", "TIMESTAMPNTZ": "utc", "DATETIME": "utc", "TIMESTAMPTZ": "zoned"}
#: The runs: of which kind the company's own inputs are (times without a zone, times with one, all
#: columns as text), and how the vendors' tables lie beside them.
RUNS: dict[str, tuple[str, Shape | None]] = {
    "first, time": ("time", None),
    "first, zoned": ("zoned", None),
    "first, text": ("text", None),
    "night, time": ("time", None),
    "night, zoned": ("zoned", None),
    "night, text": ("text", None),
    "first, vendors": ("time", LOADED),
    "first, vendors' files": ("text", FILES),
    "night, vendors": ("time", LOADED_LATER),
}
FINGERPRINT = re.compile(r"cast\('([0-9a-f]{32})' as \S+\) as (reading|configuration)")
#: Rules with every comparison, a path with a position, and signs that an engine reads otherwise.
DERIVED_EVENTS: list[list[Any]] = [
    [1, "it's pro", "plan_changed", "to", "is", "it's", None, None],
    [1, "it's pro", "plan_changed", "items/0/unit price", "at_least", "2.5", None, None],
    [2, "gigabyte", "upload", None, None, None, "$file/bytes", "1000000000.000000000"],
]
ACTOR_RULES: list[list[Any]] = [
    [place, "user_id" if place % 2 else "properties/$lib", comparison, value, "agent"]
    for place, (comparison, value) in enumerate(
        [
            ("is_not", "a\\b"),
            ("starts_with", "svc-"),
            ("ends_with", "-bot"),
            ("contains", "mcp"),
            ("at_most", "7"),
            ("exists", None),
            ("missing", None),
        ]
    )
]
DAY = date(2026, 5, 31)
MOMENT = datetime(2026, 5, 31, 6, 0, 0)


@dataclass
class Warehouse:
    """What stands in for a warehouse in one run of dbt."""

    target: str
    source: str
    #: The fingerprints of the first run, which a night finds in int_run; empty in the first.
    fingerprints: dict[str, str]
    #: The models that the first run has made as views.
    views: set[str]
    #: How the vendors' tables lie there, which are read; none without them.
    shape: Shape | None = None
    statements: list[tuple[str, str]] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    #: The columns of the vendors' models that this run has made.
    made: dict[str, dict[str, str]] = field(default_factory=dict)

    def columns(self, table: str) -> dict[str, str]:
        """Names and types of a source's columns."""
        kinds = dict(column.split() for column in CONTRACT[table].split(", "))
        if self.source == "text":
            kinds = dict.fromkeys(kinds, "text")
        names = {"time": self.source, "date": "date" if self.source == "time" else self.source}
        return {name: self.type_of(names.get(kind, kind)) for name, kind in kinds.items()}

    def type_of(self, kind: str) -> str:
        return TYPES[self.target].get(kind, kind)

    def vendor_tables(self, schema: str) -> dict[str, dict[str, str]]:
        """The tables in a schema of a vendor, each with the names and types of its columns."""
        vendor = schema.lower().removeprefix(SCHEMA)
        if not self.shape or vendor not in VENDORS:
            return {}
        kinds = {"time": "zoned", "month": "date"}
        is_upper = self.target == "snowflake" and self.shape.is_loaded_whole
        return {
            table: {
                name.upper() if is_upper else name: self.type_of(kinds.get(kind, kind))
                for name, kind in columns.items()
            }
            for table, columns in self.shape.tables(vendor).items()
        }

    def made_columns(self, model: str) -> dict[str, str]:
        """Names and types of the columns of a model that the run has made: those of its query,
        each of whose names must be a column of what it reads."""
        sql = next(
            sql
            for name, sql in reversed(self.statements)
            if name == model and re.search(r"\bcreate\b", sql.lower())
        )
        query = normalize_identifiers(parse_one(sql, dialect=self.target).expression, self.target)
        tables: dict[str, Any] = {}
        for table in query.find_all(exp.Table):
            if table.db:
                place = tables.setdefault(table.catalog, {}).setdefault(table.db, {})
                place[table.name] = self.columns_of(table.db, table.name)
        # Only Snowflake tells names in quotation marks apart by their case.
        if self.target != "snowflake":
            tables = json.loads(json.dumps(tables).lower())
        schema = MappingSchema(tables, dialect=self.target, normalize=False)
        resolved = annotate_types(
            qualify(query, dialect=self.target, schema=schema), schema, dialect=self.target
        )
        return {
            column.alias_or_name: self.type_of(MADE.get(column.type.this.value, "text"))
            for column in resolved.selects
        }

    def columns_of(self, schema: str, table: str) -> dict[str, str]:
        """Names and types of the columns of any table that the project looks at."""
        if schema.lower() == "raw":
            return self.columns(table)
        if found := self.vendor_tables(schema):
            return found[table.lower()]
        if table.lower() in MODELS:
            if table.lower() not in self.made:
                self.made[table.lower()] = self.made_columns(table.lower())
            return self.made[table.lower()]
        return {"is_complete": "boolean"}

    def execute(self, sql: str, **options: Any) -> tuple[AdapterResponse, Any]:
        """Writes a statement down; answers what was asked with it."""
        self.write_down(sql)
        asked = " ".join(sql.lower().split()) if options.get("fetch") else ""
        return AdapterResponse("OK", rows_affected=0), table_from_rows(*self.answer(asked))

    def write_down(self, sql: str, **_: Any) -> list[Any]:
        self.statements.append((get_node_info().get("node_name", "hook"), sql))
        return []

    def answer(self, sql: str) -> tuple[list[Any], list[str]]:
        """The rows and column names with which a query is answered."""
        for pattern, names, rows in self.answers():
            if re.search(pattern, sql):
                return rows, names.split()
        if sql.startswith("select"):
            self.unanswered.append(sql)
        return [], []

    def answers(self) -> Iterator[tuple[str, str, list[list[Any]]]]:
        run = {"run_id": "r", "watermark": MOMENT, "next_watermark": MOMENT, "read_before": None}
        run |= {"read_until": None, "reads_everything": False, "starts_over": False}
        run |= {"follows_publication": True}
        run |= self.fingerprints
        # Sets of more than 60 members take more than one column.
        yield (
            r"^select (count\((distinct \w+|normalize_by)\)|max\(window_days\)) from",
            "n",
            [[61]],
        )
        yield r"as failures", "failures should_warn should_error", [[0, False, False]]
        yield r"problem|as warning", "problem", []
        yield r"^select versions\.version", "version content", [["v1", "logged_in=1"]]
        yield r"^select (run_id, |\* from \S*int_run)", " ".join(run), [[*run.values()]]
        yield r"^select (starts_over|reads_everything) from", "flag", [[False]]
        yield r"^select (max\(as_of\)|as_of from)", "as_of", [[DAY]]
        yield r"^select bounds\.as_of", "as_of first_event_date", [[DAY, DAY]]
        yield r"min\(first_day\), max\(last_day\)", "a b n", [[DAY, DAY, 2]]
        yield r"first_day.* order by 1$", "first_day last_day", [[DAY, DAY], [DAY, DAY]]
        yield r"^select max\(case|^select max\(.*loaded_at", "latest", [[MOMENT]]
        yield r"^select (cast\('2026|dateadd|timestamp_add)", "bound", [[MOMENT]]
        yield r"^select position, derived_event", "a b c d e f g h", DERIVED_EVENTS
        yield r"^select position, field", "a b c d e", ACTOR_RULES
        yield r"^select id, name from", "id name", [["feature-1", "Report it's"]]
        yield r"^select run_id from", "run_id", [["r"]]
        yield r"^select 1 from \S*run_history", "one", []
        yield r"^select 1 from \S*int_run_record", "one", [[1]]
        yield r"^select salt, id_hash", "salt id_hash erased_id", [["s", "h", "erased-1"]]
        yield r"information_schema", "nothing", []

    @contextmanager
    def standing_in(self) -> Iterator[None]:
        """Takes the place of the connection of dbt's adapter."""
        kind = FACTORY.get_plugin_by_name(self.target).adapter

        def get_relation(
            adapter: Any, database: str, schema: str, identifier: str, **_: Any
        ) -> Any:
            tables = self.vendor_tables(schema)
            if tables or schema.lower().startswith(SCHEMA):
                known: object = identifier.lower() in tables
            elif identifier.lower() in MODELS:
                known = identifier.lower() in self.views
            else:
                known = schema.lower() == "raw" or self.fingerprints
            place: dict[str, Any] = {"database": database, "schema": schema}
            place["identifier"] = identifier
            if tables and self.target == "snowflake":
                # As Snowflake lists tables, whose names dbt puts in quotation marks.
                place = {part: name.upper() for part, name in place.items()}
                place["quote_policy"] = dict.fromkeys(("database", "schema", "identifier"), True)
            kind = "view" if identifier.lower() in self.views else "table"
            return adapter.Relation.create(**place, type=kind) if known else None

        def get_columns(adapter: Any, relation: Any) -> list[Any]:
            columns = self.columns_of(relation.schema or "", relation.identifier)
            return [
                adapter.Column(name, "STRING", mode="REPEATED")
                if dtype == "list"
                else adapter.Column(name, dtype)
                for name, dtype in columns.items()
            ]

        def open_nothing(_: Any, connection: Any) -> Any:
            connection.handle, connection.state = MagicMock(), "open"
            return connection

        unchanged = SimpleNamespace(get_changeset=lambda _: None)
        stand_ins: dict[str, Callable[..., Any]] = {
            "execute": lambda _, sql, *__, **options: self.execute(sql, **options),
            "get_relation": get_relation,
            "get_columns_in_relation": get_columns,
            "get_column_schema_from_query": lambda _, sql, *__: self.write_down(sql),
            "list_schemas": lambda *_: [],
            "list_relations_without_caching": lambda *_: [],
            "set_relations_cache": lambda *_, **__: None,
            "create_schema": lambda *_: None,
            "drop_relation": lambda *_: None,
            "expand_target_column_types": lambda *_, **__: None,
            "commit_if_has_connection": lambda *_: None,
            "clear_transaction": lambda *_: None,
            "is_replaceable": lambda *_: True,
            "get_config_from_model": lambda *_: unchanged,
            "get_relation_config": lambda *_: None,
        }
        with ExitStack() as stack:
            opened = patch.object(kind.ConnectionManager, "open", classmethod(open_nothing))
            stack.enter_context(opened)
            for name, stand_in in stand_ins.items():
                if hasattr(kind, name):
                    stack.enter_context(patch.object(kind, name, stand_in))
            yield

    def run(self, *selected: str) -> None:
        """A build, of which each node must succeed."""
        variables = VARIABLES | (self.shape.all_variables() if self.shape else {})
        arguments = [
            *("build", "--target", self.target, "--log-level", "error"),
            *("--exclude-resource-type", "seed", "unit_test"),
            *("--vars", json.dumps(variables)),
            *("--project-dir", str(CHECKOUT), "--profiles-dir", str(CHECKOUT)),
            *selected,
        ]
        with self.standing_in():
            outcome = dbtRunner().invoke(arguments)
        if outcome.exception:
            raise outcome.exception
        nodes = [(node.node.name, str(node.status), node.message) for node in outcome.result]
        failed = [node for node in nodes if node[1] not in ("success", "pass")]
        assert not failed, failed
        assert not self.unanswered, self.unanswered


def statements(target: str) -> dict[str, list[tuple[str, str]]]:
    """All that dbt would send: {a first build or a night, and the kind of source: node and SQL}."""
    sent: dict[str, list[tuple[str, str]]] = {}
    fingerprints: dict[str, str] = {}
    views: set[str] = set()
    for run, (source, shape) in RUNS.items():
        is_night = run.startswith("night")
        known = (fingerprints, views) if is_night else ({}, set())
        warehouse = Warehouse(target, source, *known, shape)
        warehouse.run(*(("--select", "path:models/staging") if shape == FILES else ()))
        sent[run] = warehouse.statements
        for name, sql in () if is_night else warehouse.statements:
            if name == "int_run":
                fingerprints |= {column: value for value, column in FINGERPRINT.findall(sql)}
            if re.search(r"create (or replace )?view", sql.lower()):
                views.add(name)
    return sent


if __name__ == "__main__":
    target, file = sys.argv[1:]
    install()
    FACTORY.load_plugin(target)
    Path(file).write_text(json.dumps(statements(target)))
