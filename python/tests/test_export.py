"""Exports: they say what the tables say, nobody reads half of one, and changes are all there are.

A company of a few rows is built, given two more days and built again; both databases are kept.
"""

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import Company, event
from test_command_line import Outcome, engagement

from engagement.atomic_write import atomic_write
from engagement.errors import UsageError
from engagement.export import CRMS, FORMATS, states, tables
from engagement.export.files import MEMORY, alone_in
from engagement.export.views import VIEWS
from engagement.validation import TABLE_KEYS

KEYS = {**TABLE_KEYS, "rejected_events": ["row_id"], "run_history": ["run_id"]}
EARLY, LATE = date(2026, 5, 10), date(2026, 5, 12)
#: User, account, and every how many days they come.
USERS = (("ann", "a", 1), ("bob", "b", 4), ("lone", None, 3))
LONG = "a very long name, " * 20
ODD = 'Zoë "the, one"\nof ☃'


@dataclass(frozen=True)
class Exporter:
    """A database to export as it was at a time; dbt reads the project once, as the place is one."""

    company: Company
    kept: Path

    def at(self, day: date) -> "Exporter":
        """The same, with the database of that day in place."""
        self.company.reset()
        shutil.copy(self.kept / f"{day}.duckdb", self.company.database)
        return self

    def export(self, folder: Path, *arguments: str) -> Outcome:
        return engagement(
            "export", *arguments, "--out", folder, "--database", self.company.database
        )

    def exported(self, folder: Path, *arguments: str) -> str:
        """Exports, and returns the id of the run."""
        done = self.export(folder, *arguments)
        assert done.status == 0, done.error
        return done.out.split()[-1]

    def rows(self, table: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Columns and rows of a table, by its key, as DuckDB has them."""
        with duckdb.connect(str(self.company.database), read_only=True) as connection:
            key = ", ".join(KEYS[table])
            found = connection.execute(f"from engagement.{table} order by {key} nulls first")
            return [column[0] for column in found.description], found.fetchall()


@pytest.fixture(scope="module")
def built(workshop: Path, tmp_path_factory: pytest.TempPathFactory) -> Exporter:
    company = Company(workshop).reset()
    company.write(
        "accounts",
        [
            {"account_id": "a", "name": ODD, "plan": "pro", "renews_on": "2026-12-31"},
            {"account_id": "b", "name": LONG, "plan": "free", "renews_on": ""},
            {"account_id": "idle", "name": "Idle", "plan": "pro", "renews_on": ""},
        ],
    )
    company.write("subscriptions", [{"account_id": "a", "month": "2026-04-01", "mrr": 0.1 + 0.2}])
    company.write(
        "users",
        [
            {"user_id": "ann", "account_id": "a", "email": "ann@a.example", "is_champion": "true"},
            {"user_id": "bob", "account_id": "b", "email": "", "is_champion": "false"},
        ],
    )

    def uses(days: range) -> list[dict[str, Any]]:
        return [
            event(f"{user}{day}{name}", name, user, f"2026-05-{day:02} 09:00", account_id=account)
            for day in days
            for user, account, every in (*USERS, ("new", "c", 11))
            for name in ("logged_in", "task_created")
            if day % every == 0
        ]

    rejected = [
        event("no name", "", ODD, "2026-05-02 09:00:00.123456"),
        event("no time", "task_created", "ann", "soon", properties='{"a": "b,\n"}'),
    ]
    kept = tmp_path_factory.mktemp("databases")
    for day in (EARLY, LATE):
        company.write("events", [*uses(range(1, day.day + 1)), *rejected])
        company.build(as_of=day, publish_personal_data=True)
        company.publish()
        shutil.copy(company.database, kept / f"{day}.duckdb")
    return Exporter(company, kept)


@pytest.fixture
def early(built: Exporter) -> Exporter:
    return built.at(EARLY)


@pytest.fixture
def late(built: Exporter) -> Exporter:
    return built.at(LATE)


def value(text: object, expected: object) -> object:
    """A text of a file as a value of the type that is expected."""
    if isinstance(text, bool):
        return text
    if expected is None:
        return text or None
    read: dict[type, Callable[[str], object]] = {
        bool: {"true": True, "false": False}.__getitem__,
        date: date.fromisoformat,
        datetime: datetime.fromisoformat,
    }
    return read.get(type(expected), type(expected))(str(text))


def texts(file: Path) -> tuple[list[str], list[list[object]]]:
    """Columns and rows of CSV or JSON lines; numbers as the text that stands there."""
    if file.suffix == ".csv":
        with file.open(newline="") as lines:
            header, *rows = csv.reader(lines)
            return header, [list(row) for row in rows]
    found = [
        json.loads(line, parse_float=str, parse_int=str) for line in file.read_text().splitlines()
    ]
    return list(found[0]) if found else [], [list(row.values()) for row in found]


@pytest.mark.parametrize("file_format", ["csv", "jsonl"])
def test_texts_read_back_are_the_table(late: Exporter, tmp_path: Path, file_format: str) -> None:
    names = ("account_profiles", "user_scores", "rejected_events", "event_inventory", "run_history")
    late.exported(tmp_path, *names, "--format", file_format)
    for name in names:
        columns, expected = late.rows(name)
        header, rows = texts(tmp_path / f"{name}.{file_format}")
        assert header == columns
        assert len(rows) == len(expected) > 1
        assert [
            tuple(value(text, wanted) for text, wanted in zip(row, like, strict=True))
            for row, like in zip(rows, expected, strict=True)
        ] == expected, name


def test_parquet_of_every_public_table_is_the_table(late: Exporter, tmp_path: Path) -> None:
    late.exported(tmp_path, *KEYS, "--format", "parquet")
    kinds = set()
    for name in KEYS:
        columns, expected = late.rows(name)
        found = pq.read_table(tmp_path / f"{name}.parquet")
        assert found.column_names == columns
        assert [tuple(row.values()) for row in found.to_pylist()] == expected, name
        kinds |= {str(kind) for kind in found.schema.types}
    assert kinds == {
        *("string", "int32", "int64", "double", "bool", "date32[day]", "timestamp[us]"),
        *("decimal128(38, 12)", "decimal128(8, 3)", "decimal128(6, 5)"),
    }


def test_an_empty_table_has_its_header_and_its_types(late: Exporter, tmp_path: Path) -> None:
    columns, nothing = late.rows("score_validation")
    assert not nothing
    for file_format in FORMATS:
        late.exported(tmp_path, "score_validation", "--format", file_format)
    assert (tmp_path / "score_validation.csv").read_text() == ",".join(columns) + "\n"
    assert (tmp_path / "score_validation.jsonl").read_text() == ""
    schema = pq.read_schema(tmp_path / "score_validation.parquet")
    assert schema.field("horizon_days").type == pa.int32()
    assert schema.field("first_score_date").type == pa.date32()


def test_a_company_without_events_can_be_exported(company: Company, tmp_path: Path) -> None:
    company.write("events", [], columns="event_id event_name user_id occurred_at")
    company.build()
    company.publish()
    done = Exporter(company, tmp_path).export(
        tmp_path, "user_profiles", "account_scores", "--view", "hubspot"
    )
    assert done.status == 0, done.error
    names = ("user_profiles", "account_scores", "accounts", "users")
    assert [len((tmp_path / f"{name}.csv").read_text().splitlines()) for name in names] == [1] * 4


FORMULAS = ["=cmd|' /C calc'!A0", "+49 30 1", "-1", "@SUM(A1)", "\t=1", "\r=1", "a=1", "'=1", ""]


def test_a_text_that_a_spreadsheet_would_run_is_guarded_in_csv(
    late: Exporter, tmp_path: Path
) -> None:
    with duckdb.connect(str(late.company.database)) as connection:
        connection.execute("delete from engagement.event_inventory")
        for name in FORMULAS:
            connection.execute(
                "insert into engagement.event_inventory (event_name, events, weight)"
                " values (?, -3, -0.5)",
                [name],
            )
    found = {}
    for option in ("", "--raw-csv"):
        folder = tmp_path / f"csv{option}"
        late.exported(folder, "event_inventory", *option.split())
        with (folder / "event_inventory.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        assert {(row["events"], row["weight"]) for row in rows} == {("-3", "-0.500")}
        found[option] = {row["event_name"] for row in rows}
    late.exported(tmp_path / "jsonl", "event_inventory", "--format", "jsonl")
    lines = (tmp_path / "jsonl" / "event_inventory.jsonl").read_text().splitlines()
    assert found["--raw-csv"] == set(FORMULAS)
    assert {json.loads(line)["event_name"] for line in lines} == set(FORMULAS)
    guarded = {f"'{name}" for name in FORMULAS[:6]} | set(FORMULAS[6:])
    assert found[""] == guarded


def test_two_exports_are_the_same_bytes(late: Exporter, tmp_path: Path) -> None:
    for folder in (tmp_path / "one", tmp_path / "two"):
        for file_format in FORMATS:
            late.exported(folder, "user_scores", "account_profiles", "--format", file_format)
    files = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*.*"))
    assert len([file for file in files if MEMORY not in file.parts]) == 6
    for file in files:
        if (tmp_path / "one" / file).is_file():
            one, two = (tmp_path / folder / file for folder in ("one", "two"))
            assert one.read_bytes() == two.read_bytes(), file


def test_rows_are_in_the_order_of_the_key(late: Exporter, tmp_path: Path) -> None:
    """Also where the table is stored in another one."""
    with duckdb.connect(str(late.company.database)) as connection:
        connection.execute(
            "create or replace table engagement.account_profiles as"
            " from engagement.account_profiles order by account_id desc"
        )
    late.exported(tmp_path, "account_profiles")
    _, rows = texts(tmp_path / "account_profiles.csv")
    assert [row[0] for row in rows] == ["a", "b", "c", "idle"]


def test_in_csv_an_empty_text_is_not_nothing(late: Exporter, tmp_path: Path) -> None:
    with duckdb.connect(str(late.company.database)) as connection:
        connection.execute("update engagement.account_profiles set owner = '' where name = 'Idle'")
    late.exported(tmp_path, "--view", "hubspot")
    *_, c, idle = (tmp_path / "accounts.csv").read_text().splitlines()
    assert c.startswith("c,,,")
    assert idle.startswith('idle,Idle,"",pro,')


def differences(before: Path, after: Path, key: Sequence[str]) -> set[tuple[object, ...]]:
    """(change, key) of what differs between two whole exports, by pandas."""
    found = [pq.read_table(file) for file in (before, after)]
    frames = [
        pd.DataFrame(table.to_pylist(), columns=table.column_names, dtype=object).map(str)
        for table in found
    ]
    old, new = (frame.set_index(list(key), drop=False).sort_index() for frame in frames)
    in_both = old.index.intersection(new.index)
    moved = (old.loc[in_both] != new.loc[in_both]).any(axis=1)
    by_change = {
        "added": new.index.difference(old.index),
        "removed": old.index.difference(new.index),
        "changed": in_both[moved.to_numpy()],
    }
    return {
        (change, *(at if isinstance(at, tuple) else (at,)))
        for change, index in by_change.items()
        for at in index
    }


def test_since_a_run_gives_exactly_what_differs_from_its_export(
    built: Exporter, tmp_path: Path
) -> None:
    """Of every table; the earlier export was CSV, the changes are Parquet."""
    first = built.at(EARLY).exported(tmp_path / "changes", *KEYS)
    built.exported(tmp_path / "early", *KEYS, "--format", "parquet")
    built.at(LATE).exported(tmp_path / "late", *KEYS, "--format", "parquet")
    arguments = (*KEYS, "--since-run", first, "--format", "parquet")
    built.exported(tmp_path / "changes", *arguments)
    kinds = set()
    for name, key in KEYS.items():
        file = f"{name}.parquet"
        expected = differences(tmp_path / "early" / file, tmp_path / "late" / file, key)
        whole = pq.read_table(tmp_path / "late" / file).to_pylist()
        changes = pq.read_table(tmp_path / "changes" / f"{name}.changes.parquet")
        assert changes.column_names == [
            "row_change",
            *pq.read_schema(tmp_path / "late" / file).names,
        ]
        rows = changes.to_pylist()
        assert {
            tuple(str(row[column]) for column in ("row_change", *key)) for row in rows
        } == expected
        assert len(rows) == len(expected)
        for row in rows:
            change = row.pop("row_change")
            kinds.add(change)
            if change == "removed":
                assert {column for column, held in row.items() if held is not None} <= set(key)
            else:
                assert row in whole
    assert kinds == {"added", "changed", "removed"}


def test_changes_asked_for_again_are_the_same(built: Exporter, tmp_path: Path) -> None:
    first = built.at(EARLY).exported(tmp_path, "account_profiles")
    whole = (tmp_path / "account_profiles.csv").read_bytes()
    built.at(LATE)
    changes = set()
    for _ in range(2):
        run = built.exported(tmp_path, "account_profiles", "--since-run", first)
        changes.add((tmp_path / "account_profiles.changes.csv").read_bytes())
    assert [len(file.splitlines()) for file in changes] == [1 + 4 + 1]  # a name has two lines
    assert (tmp_path / "account_profiles.csv").read_bytes() == whole
    with duckdb.connect(str(built.company.database)) as connection:
        connection.execute("update engagement.account_profiles set seats = 7 where name = 'Idle'")
    for _ in range(2):
        assert built.exported(tmp_path, "account_profiles", "--since-run", run) == run
        _, rows = texts(tmp_path / "account_profiles.changes.csv")
        assert [row[:2] for row in rows] == [["changed", "idle"]]


def test_nothing_changed_is_a_file_without_rows(late: Exporter, tmp_path: Path) -> None:
    run = late.exported(tmp_path, "user_scores", "--view", "salesforce")
    late.exported(tmp_path, "user_scores", "--view", "salesforce", "--since-run", run)
    for name in ("user_scores", "accounts", "users"):
        ((header, *rows),) = [(tmp_path / f"{name}.changes.csv").read_text().splitlines()]
        whole = (tmp_path / f"{name}.csv").read_text().splitlines()
        assert (header, rows) == (f"row_change,{whole[0]}", [])
        assert len(whole) > 1


def test_a_view_has_its_own_changes(built: Exporter, tmp_path: Path) -> None:
    first = built.at(EARLY).exported(tmp_path, "--view", "salesforce")
    built.at(LATE).exported(tmp_path, "--view", "salesforce", "--since-run", first)
    header, rows = texts(tmp_path / "accounts.changes.csv")
    assert header[:3] == ["row_change", "Account_Id__c", "Name"]
    # Of idle, nothing differs but the day of measurement.
    assert [row[:2] for row in rows] == [["changed", "a"], ["changed", "b"], ["added", "c"]]


def test_a_run_without_an_export_is_one_sentence(late: Exporter, tmp_path: Path) -> None:
    done = late.export(tmp_path, "user_scores", "--since-run", "long-ago")
    assert (done.status, done.error) == (
        2,
        f"{tmp_path} has no export of user_scores from run long-ago: omit --since-run,"
        " or name a known run (none yet).",
    )
    run = late.exported(tmp_path, "user_scores")
    assert (
        f"known run ({run})"
        in late.export(tmp_path, "user_scores", "--since-run", "long-ago").error
    )


def test_a_state_holds_keys_and_hashes_only(late: Exporter, tmp_path: Path) -> None:
    run = late.exported(tmp_path, "user_profiles")
    (state,) = (tmp_path / MEMORY / "user_profiles").iterdir()
    found = pq.read_table(state).to_pylist()
    assert [set(row) for row in found] == [{"user_id", "row_hash"}] * 4
    assert all(re.fullmatch(r"[0-9a-f]{32}", row["row_hash"]) for row in found)
    assert run in state.name


def test_the_latest_ten_states_are_kept(tmp_path: Path) -> None:
    began = datetime(2026, 5, 1, 6)
    for number in range(12):
        run = tables.Run(f"run-{number}", began + timedelta(days=number), None)
        file = states.state_file(tmp_path, "user_scores", run)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
        states.forget_old_states(tmp_path, "user_scores")
    with pytest.raises(
        UsageError, match="has no export of user_scores from run run-1: omit --since-run"
    ) as caught:
        states.known_state(tmp_path, "user_scores", "run-1")
    assert re.findall(r"run-\d+", str(caught.value).split("(")[1]) == [
        f"run-{number}" for number in range(2, 12)
    ]


def test_a_failure_leaves_the_former_file(
    built: Exporter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built.at(EARLY).exported(tmp_path, "user_scores")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert b"2026-05-10" in before[tmp_path / "user_scores.csv"]

    def breaks_off(rows: str, key: Sequence[str]) -> str:
        last = "score_date = date '2026-05-12'"
        return f"from ({rows}) where if({last}, error('the disk is full'), true)"

    monkeypatch.setattr("engagement.export.writing.in_order", breaks_off)
    done = built.at(LATE).export(tmp_path, "user_scores")
    assert done.status == 2
    assert "the disk is full" in done.error
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_file_that_cannot_be_finished_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError), atomic_write(tmp_path / "activity.csv") as partial:
        partial.write_text("ha")
        raise OSError("the disk is full")
    assert not list(tmp_path.iterdir())


def test_what_a_killed_export_leaves_is_cleared_by_the_next(tmp_path: Path) -> None:
    file = tmp_path / "user_scores.csv"
    file.write_text("whole")
    killed = f"""
import os, pathlib, signal
from engagement.export.files import alone_in
from engagement.atomic_write import atomic_write
folder = pathlib.Path({str(tmp_path)!r})
with alone_in(folder) as scratch, atomic_write(folder / "user_scores.csv") as partial:
    (scratch / "staged.parquet").write_text("rows")
    partial.write_text("ha")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", killed], env=environment)
    assert done.returncode == -signal.SIGKILL
    assert file.read_text() == "whole"
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 4
    with alone_in(tmp_path), atomic_write(file) as partial:
        partial.write_text("new")
        assert file.read_text() == "whole"
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert sorted(left) == [tmp_path / MEMORY / "lock", file]
    assert file.read_text() == "new"


def test_two_exports_at_once_into_one_folder_are_refused(late: Exporter, tmp_path: Path) -> None:
    with alone_in(tmp_path):
        done = late.export(tmp_path, "user_scores")
    assert done.status == 2
    assert done.error.startswith(f"Another export is writing to {tmp_path}: wait")


def test_the_run_is_the_last_that_finished(late: Exporter, tmp_path: Path) -> None:
    _, runs = late.rows("run_history")
    last = max(runs, key=lambda run: run[1])[0]
    done = late.export(tmp_path, "activity")
    assert f"run {last}, as of 2026-05-12: next time --since-run {last}" in done.out
    assert f"{tmp_path / 'activity.csv'}: 24 rows" in done.out


def test_without_a_finished_run_nothing_is_written(late: Exporter, tmp_path: Path) -> None:
    with duckdb.connect(str(late.company.database)) as connection:
        connection.execute("delete from engagement.run_history")
    done = late.export(tmp_path, "user_scores")
    assert (done.status, done.error) == (2, "No run has finished: run engagement build first.")
    assert not list(tmp_path.glob("*.*sv"))


def test_a_run_that_finishes_meanwhile_is_noticed(
    late: Exporter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = iter(
        [
            tables.Run("one", datetime(2026, 5, 1), None),
            tables.Run("two", datetime(2026, 5, 2), None),
        ]
    )
    monkeypatch.setattr("engagement.export.writing.last_run", lambda *_: next(runs))
    done = late.export(tmp_path, "activity")
    assert (done.status, done.error[:37]) == (2, "A run finished while its tables were ")
    assert not (tmp_path / "activity.csv").exists()


def test_what_a_user_can_get_wrong_is_one_sentence(late: Exporter, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for arguments, out, sentence in (
        (("user_score",), "x", "user_score is not a public table: did you mean user_scores"),
        (("int_users",), "x", "int_users is not a public table: "),
        (("qqqq",), "x", "name one of account_activation, account_adoption, "),
        ((), "x", "export has nothing to export: name public tables, or a --view for a CRM."),
        (("user_scores",), "file", f"--out {tmp_path / 'file'} is not a writable directory"),
    ):
        done = late.export(tmp_path / out, *arguments)
        assert done.status == 2
        assert sentence in done.error
        assert len(done.error.splitlines()) == 1


@pytest.mark.parametrize(
    "table", [tables.Table("x", "x", {"a": "date"}, ()), tables.Table("x", "x", {"a": ""}, ("a",))]
)
def test_a_table_of_unknown_types_or_key_is_refused(table: tables.Table) -> None:
    with pytest.raises(UsageError, match=r"^The types or the key of x are unknown: give the"):
        tables.named({"x": table}, ["x"])


def test_without_tables_the_sentence_says_to_build(late: Exporter, tmp_path: Path) -> None:
    late.company.database.unlink()
    duckdb.connect(str(late.company.database)).close()
    done = late.export(tmp_path, "user_scores")
    assert done.status == 2
    assert done.error.endswith("Run engagement build first.")
    late.company.database.unlink()
    assert "/company.duckdb does not exist" in late.export(tmp_path, "user_scores").error


@pytest.mark.parametrize(
    ("crm", "rule", "longest"),
    [
        ("hubspot", r"[a-z][a-z0-9_]*", 100),
        ("salesforce", r"[A-Z][A-Za-z0-9]*(_[A-Za-z0-9]+)*__c|Name|Email", 40),
        ("intercom", r"[a-z][a-z0-9_]*", 190),
    ],
)
def test_a_crm_accepts_the_names(crm: str, rule: str, longest: int) -> None:
    for view in VIEWS.values():
        names = view.columns(CRMS[crm])
        assert len(names) == len({name.lower() for name in names}) > 10
        for name in names:
            assert re.fullmatch(rule, name) and len(name) <= longest


def in_view(folder: Path, name: str) -> dict[str, dict[str, Any]]:
    """The rows of a view in Parquet, by their id."""
    rows = pq.read_table(folder / f"{name}.parquet").to_pylist()
    return {next(iter(row.values())): row for row in rows}


def test_each_crm_gets_its_own_values(late: Exporter, tmp_path: Path) -> None:
    for crm in CRMS:
        done = late.export(tmp_path / crm, "--view", crm, "--format", "parquet")
        told = f"1 texts were cut to the maximum length of {crm}." if crm != "hubspot" else ""
        assert done.status == 0
        *cut, run = done.error.splitlines()
        assert cut == [told] * bool(told)
        assert run.startswith("Run ")
    hubspot, salesforce, intercom = (in_view(tmp_path / crm, "accounts") for crm in CRMS)
    assert list(hubspot) == list(salesforce) == list(intercom) == ["a", "b", "c", "idle"]

    assert hubspot["a"]["renews_on"] == salesforce["a"]["Renews_On__c"] == date(2026, 12, 31)
    renewal = datetime(2026, 12, 31, tzinfo=UTC).timestamp()
    assert intercom["a"]["renews_at"] == renewal
    assert intercom["b"]["renews_at"] is None
    assert hubspot["a"]["name"] == salesforce["a"]["Name"] == ODD
    assert hubspot["b"]["name"] == LONG
    assert salesforce["b"]["Name"] == intercom["b"]["name"] == LONG[:254] + "…"
    assert len(LONG[:254] + "…") == 255

    columns, rows = late.rows("account_profiles")
    profile = dict(zip(columns, rows[0], strict=True))
    assert profile["adoption_rate"] not in (None, 0)
    assert hubspot["a"]["adoption_percent"] == round(100 * profile["adoption_rate"], 1)
    assert hubspot["a"]["engagement_score"] == round(profile["score"], 2)
    assert hubspot["a"]["mrr"] == 0.3
    assert hubspot["a"]["champion_user_id"] == "ann"

    people = in_view(tmp_path / "intercom", "users")
    assert list(people) == ["ann", "bob", "lone", "new"]
    assert [people["ann"][name] for name in ("external_id", "company_id", "email")] == [
        *("ann", "a", "ann@a.example")
    ]
    assert people["ann"]["is_champion"] is True
    assert people["bob"]["email"] is None


def test_each_type_of_the_contracts_has_its_own_on_every_engine() -> None:
    assert tables.arrow_type("decimal(38,12)") == tables.arrow_type("decimal(38, 12)")
    assert tables.arrow_type("varchar(65535)") == tables.arrow_type("text") == pa.string()
    assert tables.arrow_type("double precision") == tables.arrow_type("float64") == pa.float64()
    with pytest.raises(UsageError, match="A column of type geometry cannot be exported"):
        tables.arrow_type("geometry")
