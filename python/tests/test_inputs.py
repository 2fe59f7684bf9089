"""Every way in: formats, types, mapped names, and one clear sentence for what is wrong."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from conftest import Company, event

from engagement.errors import UsageError

ROWS = [
    event("001", "task_created", "007", "2026-05-01 09:00:00", account_id="01"),
    event("002", "task_created", "007", "2026-05-01T12:00:00+02:00", account_id="01"),
    event("003", "project_created", "008", "2026-05-02T01:00:00Z", account_id="01"),
    event("004", "task_created", "007", "2026-05-03", account_id="01"),
]
COLUMNS = list(ROWS[0])


def as_csv(folder: Path) -> None:
    (folder / "events.csv").write_text(_csv_text())


def as_compressed_csv(folder: Path) -> None:
    (folder / "events.csv.gz").write_bytes(gzip.compress(_csv_text().encode()))


def as_jsonl(folder: Path) -> None:
    lines = [json.dumps({**row, "properties": {"size": 1}}) for row in ROWS]
    (folder / "events.jsonl").write_text("\n".join(lines) + "\n")


def as_parquet(folder: Path) -> None:
    _write_parquet(folder / "events.parquet", 0, len(ROWS))


def as_folder_of_parquet(folder: Path) -> None:
    for position in range(len(ROWS)):
        part = folder / "events" / f"day={position}"
        part.mkdir(parents=True)
        _write_parquet(part / "part.parquet", position, position + 1)


def _csv_text() -> str:
    lines = [COLUMNS, *([row[column] for column in COLUMNS] for row in ROWS)]
    return "\n".join(",".join(line) for line in lines) + "\n"


def _write_parquet(file: Path, start: int, stop: int) -> None:
    values = ", ".join(str(tuple(row[column] for column in COLUMNS)) for row in ROWS[start:stop])
    names = ", ".join(COLUMNS)
    with duckdb.connect() as connection:
        connection.execute(f"copy (from (values {values}) as events ({names})) to '{file}'")


@pytest.mark.parametrize(
    "write", [as_csv, as_compressed_csv, as_jsonl, as_parquet, as_folder_of_parquet]
)
def test_every_format_gives_the_same_scores(
    company: Company, write: Callable[[Path], None]
) -> None:
    write(company.data)
    company.build()
    assert company.query(
        "select score_date, user_id, points from engagement.user_scores order by all"
    ) == company.query(
        "values (date '2026-05-01', '007', 6.0), (date '2026-05-02', '007', 6.0),"
        " (date '2026-05-02', '008', 8.0)"
    )
    assert company.differences() == []


def test_a_missing_required_column_is_one_sentence(company: Company) -> None:
    company.write("events", [{"event_id": "1", "event_name": "a", "occurred_at": "2026-05-01"}])
    with pytest.raises(UsageError) as raised:
        company.build()
    (sentence,) = str(raised.value).splitlines()
    assert sentence.startswith("The input events at ")
    assert "lacks the required column user_id: add it" in sentence


def test_a_missing_required_column_of_json_lines_is_one_sentence(company: Company) -> None:
    (company.data / "events.jsonl").write_text('{"event_id": "1", "event_name": "a"}\n')
    with pytest.raises(UsageError, match="lacks the required column user_id"):
        company.build()


def test_an_empty_file_of_json_lines_is_an_empty_company(company: Company) -> None:
    (company.data / "events.jsonl").write_text("")
    company.build()
    assert company.query("select source_rows from engagement.run_history") == [(0,)]


def test_a_user_without_an_id_is_one_sentence(company: Company) -> None:
    as_csv(company.data)
    company.write("users", [{"user_id": "", "account_id": "01"}])
    with pytest.raises(
        UsageError, match=r"users: user_id \(empty\) is there more than once or empty"
    ):
        company.build()


def test_columns_of_any_name_can_be_mapped(company: Company) -> None:
    rows = [{"Event Id": "1", "order": "task_created", "user": "u", "at": "2026-05-01"}]
    company.write("events", rows)
    columns = {
        "event_id": "Event Id",
        "event_name": "order",
        "user_id": "user",
        "occurred_at": "at",
    }
    company.build(input_columns={"events": columns})
    assert company.query("select user_id, events from engagement.user_profiles") == [("u", 1)]


@pytest.mark.parametrize("zone", ["+02:00", " +02:00", "+0200", " +02", "+02"])
def test_a_time_with_an_offset_is_converted(company: Company, zone: str) -> None:
    company.write("events", [event("1", "task_created", "u", f"2026-05-02 01:30:00{zone}")])
    company.build("--select", "+int_calendar_bounds")
    assert (
        str(company.value("select as_of from engagement_internal.int_calendar_bounds"))
        == "2026-05-01"
    )


def test_values_that_cannot_be_read_are_warned_of_by_column(company: Company) -> None:
    as_csv(company.data)
    company.write("accounts", [{"account_id": "01", "seats": "ten", "renews_on": "31.12.2026"}])
    outcome = company.build(tests=True)
    (warning,) = [node for node in outcome.warnings if node.name == "input_values_are_readable"]
    assert set(warning.message.split("; ")) == {
        "accounts.seats cannot be read and counts as empty (rows: 1, such as ten)",
        "accounts.renews_on cannot be read and counts as empty (rows: 1, such as 31.12.2026)",
    }


def test_a_folder_without_events_is_one_sentence(company: Company) -> None:
    company.write("users", [{"user_id": "u"}])
    with pytest.raises(UsageError, match=r"There are no events at .*: set ENGAGEMENT_DATA") as stop:
        company.build()
    assert len(str(stop.value).splitlines()) == 1


def test_the_same_input_twice_is_one_sentence(company: Company) -> None:
    as_csv(company.data)
    as_jsonl(company.data)
    with pytest.raises(UsageError, match=r"The input events is there more than once"):
        company.build()


def test_columns_that_an_optional_input_lacks_are_null(company: Company) -> None:
    as_csv(company.data)
    company.write("accounts", [{"account_id": "01", "plan": "free"}])
    company.write("users", [{"user_id": "007"}])
    company.build()
    assert company.query(
        "select plan, industry, seats, created_at from engagement.account_profiles"
    ) == [("free", None, None, None)]
    assert company.differences() == []


def test_the_raw_events_are_never_copied(company: Company) -> None:
    as_csv(company.data)
    company.build()
    copies = company.query(
        "select table_name from information_schema.columns"
        " join information_schema.tables using (table_schema, table_name)"
        " where column_name = 'event_id' and table_type = 'BASE TABLE'"
    )
    assert {name for (name,) in copies} == {
        "int_suspect_events",
        "int_rejected_source_rows",
        "int_rejected_events",
    }
    assert company.value("select count(*) from engagement_internal.int_suspect_events") == 0
