"""What the tests ask of an engine, and the comparison of its tables with those of DuckDB."""

import csv
import json
import os
import socket
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import duckdb
import pandas as pd
import pytest
from conftest import DRAWS, EVALUATED, Company

from engagement.export import export
from engagement.outcomes.evaluate import evaluate
from engagement.project import CHECKOUT, Settings
from engagement.runner import Build, build
from engagement.validation import RECORDS, TABLE_KEYS, Difference
from engagement.validation.compare import check_table
from engagement.validation.database import Database

if TYPE_CHECKING:
    from typer.testing import Result

#: Whether it is make test-engines that runs, which takes its time.
WHOLE_COMPANIES = os.environ.get("WHOLE_COMPANIES") == "1"
SCHEMA = "engagement"
BUILT = "engagement_build"
INPUTS = {
    *("events", "users", "accounts", "memberships"),
    *("account_history", "subscriptions", "account_facts", "signal_actions"),
    *("identities", "account_identities"),
}
#: Columns of run_history that tell what one run did.
OF_THE_RUN = {
    *("run_id", "started_at", "reference_time", "touched_days", "changed_days"),
    *("started_over_because", "recurring_event_ids", "status", "message"),
}
NULL = "\\N"
PATIENCE_SECONDS = 120
#: All that was published, on which day.
PUBLISHED = """
    select cast(score_date as char(10)), entity_type, entity_id, points, published_at
    from engagement.published_scores
"""
#: A condition on the events of the simulated company: what its last run finds new.
IN_THE_LAST_NIGHT = "coalesce(loaded_at >= timestamp '2026-06-29 12:00', false)"


class Engine(Protocol):
    """A server that holds a raw schema and what the project makes of it."""

    @property
    def target(self) -> str:
        """The target in profiles.yml."""

    def environment(self) -> dict[str, str]:
        """The variables by which dbt finds the server."""

    def load(self, table: str, columns: dict[str, str], rows: Path) -> None:
        """Appends a CSV file to a raw table, which is made where it is missing.

        columns: names and DuckDB's names of their types; \\N is NULL.
        """

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])


def empty(engine: Engine) -> None:
    """Removes all tables."""
    for schema in ("raw", SCHEMA, BUILT, f"{SCHEMA}_internal"):
        engine.query(f"drop schema if exists {schema} cascade")


def load_inputs(engine: Engine, data: Path, events_where: str = "true") -> None:
    """Copies a folder of inputs into the raw tables of an engine; of the events, those for which
    a condition holds."""
    for name in sorted({path.name.split(".")[0] for path in data.iterdir()} & INPUTS):
        load_rows(engine, data, name, events_where if name == "events" else "true")


def load_rows(engine: Engine, data: Path, name: str, where: str) -> None:
    """Appends rows of an input to its raw table: those for which a condition holds."""
    files = [str(file) for file in (*data.glob(f"{name}.*"), *data.glob(f"{name}/*"))]
    if ".csv" in Path(files[0]).suffixes:
        source = f"read_csv({files}, all_varchar = true, header = true)"
    else:
        source = f"read_parquet({files})"
    described = duckdb.execute(f"describe from {source}").fetchall()
    types = {row[0]: row[1] for row in described}
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder) / f"{name}.csv"
        chosen = f"from {source} where {where}"
        duckdb.sql(f"copy ({chosen}) to '{rows}' (header false, nullstr '{NULL}')")
        engine.load(name, types, rows)


@contextmanager
def settings_on(engine: Engine, seeds: Path, **variables: Any) -> Iterator[Settings]:
    """What makes the project run on an engine. dbt keeps what it has parsed for each apart."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in engine.environment().items():
            patch.setenv(name, value)
        patch.setenv("DBT_TARGET_PATH", f"{os.environ['DBT_TARGET_PATH']}-{engine.target}")
        shown = {"publish_personal_data": True, **variables}  # as DuckDB's tables, which have all
        yield Settings(CHECKOUT, seeds=seeds, target=engine.target, variables=shown)


def build_on(engine: Engine, seeds: Path, only: Sequence[str] = ()) -> None:
    """A build whose inputs are the raw tables, with all of dbt's tests; none of it fails.

    only: some tables and what they are made of, without tests.
    """
    outcome = try_build_on(engine, seeds, only)
    assert not outcome.failures, [(node.name, node.message) for node in outcome.failures]


def try_build_on(engine: Engine, seeds: Path, only: Sequence[str] = ()) -> Build:
    """The same, and what came of it."""
    chosen = ["--exclude-resource-type", "test", "--select", *(f"+{table}" for table in only)]
    with settings_on(engine, seeds) as settings:
        return build(settings, chosen if only else [])


def build_and_night(engine: Engine, company: Company) -> None:
    """Builds a company without its last night, then with it, and compares what is published then
    with DuckDB's."""
    tables = [table for table in TABLE_KEYS if company.query(f"from {SCHEMA}.{table} limit 1")]
    assert tables == list(TABLE_KEYS), "in a table that is empty there is nothing to compare"
    load_inputs(engine, company.data, f"not {IN_THE_LAST_NIGHT}")
    build_on(engine, company.seeds)
    published = set(engine.query(PUBLISHED))
    assert published
    load_rows(engine, company.data, "events", IN_THE_LAST_NIGHT)
    build_on(engine, company.seeds)
    assert published < set(engine.query(PUBLISHED))
    found = differences(engine, company.database, SCHEMA)
    assert not found, report(found)
    runs = f"select started_over_because from {SCHEMA}.run_history order by started_at"
    assert [reason is None for (reason,) in engine.query(runs)] == [False, True]
    evaluate_on(engine, company)
    export_on(engine, company)


def evaluate_on(engine: Engine, company: Company) -> None:
    """Holds the scores on an engine against their outcomes, as they were held on DuckDB."""
    with settings_on(engine, company.seeds, **EVALUATED) as settings:
        evaluate(settings, draws=DRAWS)
    found = differences(engine, company.database, tables=["score_validation"], records={})
    assert not found, report(found)


def export_on(engine: Engine, company: Company) -> None:
    """Exports what is exact from an engine and from DuckDB: the files are the same, to the byte."""
    names = ["rejected_events", "event_inventory", "activation_steps", "score_contributions"]
    exact = ["rejected_events", "event_inventory", "activation_steps"]
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        with settings_on(engine, company.seeds) as settings:
            theirs = export(settings, names, Path(one), crm="intercom")
        ours = export(company.settings(), names, Path(two), crm="intercom")
        assert list(theirs.rows.values()) == list(ours.rows.values())
        assert all(theirs.rows.values())
        for name in (*exact, "accounts", "users"):
            found, expected = (Path(folder) / f"{name}.csv" for folder in (one, two))
            assert found.read_text() == expected.read_text(), name


def read_on(engine: Engine, company: Company) -> None:
    """Shows and explains the scores of an engine: the text is that of DuckDB's, to the letter."""
    account = company.value(
        f"select entity_id from {SCHEMA}.score_change_drivers where entity_type = 'account'"
        " group by entity_id order by count(*) desc, entity_id limit 1"
    )
    earlier = company.value(
        f"select min(score_date) from {SCHEMA}.score_changes where entity_id = '{account}'"
    )
    reachable = company.value(f"select min(account_id) from {SCHEMA}.score_targets")
    for command in (
        ("show",),
        ("show", "lost"),
        ("explain", "account", reachable, "--target", "next"),
        ("explain", "account", account),
        ("explain", "account", account, "--date", str(earlier)),
    ):
        expected = command_line(*command, "--database", str(company.database))
        with settings_on(engine, company.seeds):
            found = command_line(*command, "--target", engine.target)
        assert (found.exit_code, found.stdout) == (0, expected.stdout), command
    pages = [company.folder / name for name in ("expected.html", "found.html")]
    command_line("dashboard", "--out", str(pages[0]), "--database", str(company.database))
    with settings_on(engine, company.seeds):
        command_line("dashboard", "--out", str(pages[1]), "--target", engine.target)
        unknown = command_line("explain", "account", "it's {{ none }}", "--target", engine.target)
    assert "There is no account it's {{ none }}" in str(unknown.exception)
    expected_page, found_page = (parts_of(page) for page in pages)
    differing = [
        f"{part}: {found_page[part]} is not {value}"[:2000]
        for part, value in expected_page.items()
        if found_page[part] != value
    ]
    assert not differing, differing
    assert [*found_page] == [*expected_page]


def parts_of(page: Path) -> dict[str, object]:
    """What a dashboard holds as data, by part and column; without the publication before, of which
    there is none on DuckDB."""
    # Here, since the tests of warehouses have nothing that draws charts.
    from engagement.dashboard.page import unpacked

    data, specs = (json.loads(unpacked(page.read_text())[name]) for name in ("data", "specs"))
    columns = {
        f"{part}.{column}": values
        for part in ("accounts", "details", "users")
        for column, values in data.pop(part).items()
    }
    for column in ("details.published_on", "details.published_score"):
        del columns[column]
    for signals in columns["details.signals"]:
        for signal in signals:
            del signal["new"]
    what_if = {f"what_if.{name}": value for name, value in (data.pop("what_if") or {}).items()}
    return {**data, **columns, **what_if, **specs}


def validate_on(engine: Engine, company: Company) -> None:
    """Checks the tables of an engine against its inputs: all are equal, until one value is not."""
    shown = ("--vars", "publish_personal_data: true")
    arguments = ("validate", "--seeds", str(company.seeds), *shown)
    expected = command_line(
        *arguments, "--data", str(company.data), "--database", str(company.database), "--json"
    )
    compared = {
        name: table["rows"] for name, table in json.loads(expected.stdout)["tables"].items()
    }
    with settings_on(engine, company.seeds):
        equal = command_line(*arguments, "--target", engine.target, "--json")
        report = json.loads(equal.stdout)
        assert (equal.exit_code, report["differences"]) == (0, [])
        assert {name: table["rows"] for name, table in report["tables"].items()} == compared
        engine.query(f"delete from {SCHEMA}.score_calibrations where entity_type = 'user'")
        different = command_line(*arguments, "--target", engine.target, "--json")
    tables = json.loads(different.stdout)["tables"]
    assert different.exit_code == 1
    assert [name for name in tables if tables[name]["differences"]] == ["score_calibrations"]


def command_line(*arguments: str) -> "Result":
    """Runs the command engagement in this process; the warehouses' environment has no typer."""
    from typer.testing import CliRunner

    from engagement import cli

    return CliRunner().invoke(cli.app, arguments)


def differences(
    engine: Engine,
    reference: Path,
    schema: str = BUILT,
    tables: Iterable[str] = TABLE_KEYS,
    records: Mapping[str, set[str] | None] = RECORDS,
) -> list[Difference]:
    """Where the public tables of an engine differ from those of a DuckDB file, in either direction:
    the first difference of each column. What records the runs is not compared."""
    found: list[Difference] = []
    with duckdb.connect(str(reference), read_only=True) as connection:
        ours = Database(connection, SCHEMA)
        for table in tables:
            of_the_run = OF_THE_RUN if table == "run_history" else records.get(table, set())
            if of_the_run is None:
                continue
            columns = [column for column in ours.columns(table) if column not in of_the_run]
            keys = TABLE_KEYS[table]
            expected = ours.rows(table, columns)
            actual = _fetched(engine, connection, schema, table, columns)
            if table == "run_history":
                expected, actual = expected.tail(1), actual.tail(1)
            found += check_table(expected, actual, keys, table, limit=1).differences
    return found


def report(found: Sequence[Difference]) -> str:
    """A line for each difference."""
    return "\n".join(
        f"{one.table}.{one.column or '(row)'} of {dict(one.key)}: DuckDB has {one.expected!r},"
        f" the engine {one.actual!r}"
        for one in found
    )


def _fetched(
    engine: Engine,
    connection: duckdb.DuckDBPyConnection,
    schema: str,
    table: str,
    columns: Sequence[str],
) -> pd.DataFrame:
    """A table of the engine, in the types that DuckDB has for it; decimals stay exact."""
    types = connection.execute(
        "select column_name, data_type from information_schema.columns"
        f" where table_schema = '{SCHEMA}' and table_name = '{table}'"
    ).fetchall()
    wanted = {name: kind for name, kind in types if name in columns}
    order = " order by started_at" if table == "run_history" else ""
    rows = engine.query(f"select {', '.join(wanted)} from {schema}.{table}{order}")
    with tempfile.NamedTemporaryFile("w", suffix=".csv", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerows([NULL if value is None else value for value in row] for row in rows)
        file.flush()
        scratch = duckdb.connect()
        scratch.execute(f"create schema {SCHEMA}")
        typed = ", ".join(f'"{name}" {kind}' for name, kind in wanted.items())
        scratch.execute(f"create table {SCHEMA}.{table} ({typed})")
        if rows:  # an empty file does not say how it is written
            scratch.execute(
                f"insert into {SCHEMA}.{table} from read_csv('{file.name}', header = false,"
                f" columns = {wanted}, nullstr = '{NULL}', quote = '\"', escape = '\"')"
            )
        return Database(scratch, SCHEMA).rows(table, list(wanted))


def wait_for(is_there: Callable[[], bool], log: Path | None = None) -> None:
    """Waits until something is there; an error is a no."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        with suppress(Exception):
            if is_there():
                return
        time.sleep(0.5)
    raise TimeoutError(log.read_text()[-3000:] if log else "")
