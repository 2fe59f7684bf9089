"""Every way in: formats, types, mapped names, and one clear sentence for what is wrong."""

import gzip
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import Company, event

from engagement.errors import UsageError
from engagement.inputs import reading
from engagement.runner import Build

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
    company.build(only="user_scores account_scores")
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
    company.build(only="user_scores")
    assert company.query("select source_rows from engagement.run_history") == [(0,)]


def test_a_user_without_an_id_is_one_sentence(company: Company) -> None:
    as_csv(company.data)
    company.write("users", [{"user_id": "", "account_id": "01"}])
    with pytest.raises(
        UsageError, match=r"users: user_id \(empty\) is there more than once or empty"
    ):
        company.build(only="user_scores")


def test_columns_of_any_name_can_be_mapped(company: Company) -> None:
    rows = [{"Event Id": "1", "order": "task_created", "user": "u", "at": "2026-05-01"}]
    company.write("events", rows)
    columns = {
        "event_id": "Event Id",
        "event_name": "order",
        "user_id": "user",
        "occurred_at": "at",
    }
    company.build(only="user_profiles", input_columns={"events": columns})
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
    outcome = company.build(only="account_profiles", tests=True)
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
    company.build(only="account_profiles")
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


def test_subscriptions_of_an_account_add_up(company: Company) -> None:
    as_csv(company.data)
    company.write("accounts", [{"account_id": "01"}, {"account_id": "02"}, {"account_id": "03"}])
    rows = [
        # Two subscriptions, of which one has a later row; and a refund.
        ("01", "s1", "2026-05-01", 100, ""),
        ("01", "s1", "2026-05-02", 120, ""),
        ("01", "s2", "2026-05-01", 50, ""),
        ("01", "s2", "2026-05-02", -50, ""),
        # A year from January on, replaced in May.
        ("02", "", "2026-01", 1200, 12),
        ("02", "", "202605", 3, 3),
        # Half a year from November on, which is over.
        ("03", "", "2025-11", 600, 6),
        # Whose two rows of a day are rather two subscriptions.
        ("04", "", "2026-05-01", 7, ""),
        ("04", "", "2026-05-01", 9, ""),
    ]
    names = ("account_id", "subscription_id", "month", "mrr", "months")
    company.write("subscriptions", [dict(zip(names, row, strict=True)) for row in rows])
    outcome = company.build(only="account_profiles", tests=True)
    revenue = "select month, mrr from engagement_internal.int_monthly_revenue where account_id = "
    assert company.query(f"{revenue} '01'") == [(date(2026, 5, 1), 170)]
    assert company.query(f"{revenue} '02' order by 1") == [
        *((date(2026, month, 1), 100) for month in range(1, 5)),
        (date(2026, 5, 1), 1),
    ]
    assert company.query(f"{revenue} '03' order by 1") == [
        (date(year, month, 1), 100)
        for year, month in ((2025, 11), (2025, 12), (2026, 1), (2026, 2), (2026, 3), (2026, 4))
    ]
    assert company.query("select account_id, mrr from engagement.account_profiles order by 1") == [
        ("01", 170),
        ("02", 1),
        ("03", 100),
    ]
    (told,) = [node.message for node in outcome.warnings if node.name.startswith("subscriptions")]
    assert "several rows of one day and subscription (1 times, such as account 04)" in told
    assert "1 negative amounts, such as of account 01" in told
    assert company.differences() == []


def test_amounts_in_several_currencies_stop_the_run(company: Company) -> None:
    as_csv(company.data)
    company.write(
        "subscriptions",
        [
            {"account_id": "01", "month": "2026-05", "mrr": 1, "currency": currency}
            for currency in ("USD", "EUR", "USD")
        ],
    )
    with pytest.raises(UsageError, match=r"amounts are in several currencies.*: EUR, USD$"):
        company.build(only="account_profiles")


def test_amounts_in_several_currencies_are_converted_at_one_rate_each(company: Company) -> None:
    as_csv(company.data)
    company.write("accounts", [{"account_id": "01"}])
    rows = [
        ("s1", 100, "USD", ""),
        ("s2", 120, "eur", 12),
        ("s3", 7, "", ""),
        ("s4", -9, "EUR", ""),
    ]
    names = ("subscription_id", "mrr", "currency", "months")
    subscriptions = [
        {"account_id": "01", "month": "2026-05", **dict(zip(names, row, strict=True))}
        for row in rows
    ]
    company.write("subscriptions", subscriptions)
    company.configure("exchange_rates", "currency,rate\nUSD,1\nEur,1.25")
    company.build(only="account_profiles")
    assert company.value("select mrr from engagement.account_profiles") == 100 + 12.5 + 7
    assert company.differences() == []
    company.write("subscriptions", [{**row, "currency": "GBP"} for row in subscriptions])
    with pytest.raises(UsageError, match=r"does not say what these are worth: GBP$"):
        company.build(only="account_profiles")


def test_an_expression_stands_for_a_column(company: Company) -> None:
    rows = [
        {"event_id": "1", "event_name": "task_created", "user_id": "u", "ts": "01-05-2026 9:00"}
    ]
    company.write("events", rows)
    mapping = {
        "events": {
            "occurred_at": {"sql": "strptime(ts, '%d-%m-%Y %H:%M')"},
            "account_id": {"sql": "'acme'"},
        }
    }
    company.build(only="user_profiles user_scores", input_columns=mapping)
    assert company.query(
        "select user_id, account_id, first_seen_on from engagement.user_profiles"
    ) == [("u", "acme", date(2026, 5, 1))]
    assert company.differences(input_columns=mapping) == []


def test_a_clock_that_was_not_set_opens_no_days(company: Company) -> None:
    company.write("users", [{"user_id": "u", "created_at": "1970-01-01 00:00:01"}])
    company.write(
        "events",
        [
            event(str(number), "task_created", "u", at)
            for number, at in enumerate(
                ("1970-01-01", "2000-01-01 23:59", "2000-01-02", "2026-05-01", "2026-05-02")
            )
        ],
    )
    company.build(
        only="rejected_events user_profiles activity",
        earliest_event_date="2000-01-02",
        max_rejected_share=1,
    )
    assert company.query(
        "select reason, sum(copies) from engagement.rejected_events group by 1"
    ) == [("before_earliest_date", 3)]
    assert company.query("select signup_on from engagement.user_profiles") == [(date(2026, 5, 1),)]
    assert company.value("select count(distinct activity_date) from engagement.activity") == 1


def test_a_clock_ahead_does_not_move_the_future(company: Company) -> None:
    company.write(
        "events",
        [
            event("1", "task_created", "u", "2026-05-01", loaded_at="2026-05-01 01:00:00"),
            event("2", "task_created", "u", "2026-05-02", loaded_at="2099-05-02 01:00:00"),
            event("3", "task_created", "u", "2099-05-01", loaded_at="2099-05-02 01:00:00"),
        ],
    )
    company.build(only="rejected_events user_scores")
    assert company.query("select event_id, reason from engagement.rejected_events") == [
        ("3", "future")
    ]
    assert company.query(
        "select as_of, reference_time = started_at from engagement.run_history"
    ) == [(date(2026, 5, 1), True)]
    assert company.differences() == []


def test_an_as_of_that_is_not_over_is_refused(company: Company) -> None:
    company.write(
        "events",
        [event("1", "task_created", "u", "2026-05-01", loaded_at="2026-05-02 06:00:00")],
    )
    with pytest.raises(UsageError, match="as_of 2026-05-02 is not over by 2026-05-02"):
        company.build(only="user_scores", as_of=date(2026, 5, 2))
    company.build(only="user_scores", as_of=date(2026, 5, 1))


def test_too_many_rejected_rows_stop_the_build(company: Company) -> None:
    good = [event(f"g{n}", "task_created", "u", "2026-05-01 09:00:00") for n in range(97)]
    bad = [event(f"b{n}", "task_created", "u", f"0{n + 1}-05-2026") for n in range(3)]
    company.write("events", [*good, *bad])
    outcome = company.build(only="rejected_events", tests=True)
    (told,) = [node.message for node in outcome.warnings if node.name.startswith("rejected_shares")]
    assert told.startswith(
        "3 rows of events (3.0 % of those read) are rejected as unparsable_occurred_at, such as"
        " 01-05-2026, 02-05-2026, 03-05-2026: name an expression"
    )
    # Copies that agree with their first in event and user are no fault.
    copies = [good[0]] * 200
    company.write("events", [*good, *copies, *bad])
    company.build(only="rejected_events", max_rejected_share=0.03)
    with pytest.raises(UsageError, match=r"3 rows of events \(3.0 % of those read\) are rejected"):
        company.build("--full-refresh", max_rejected_share=0.02)


def test_events_without_any_weight_stop_the_build(company: Company) -> None:
    company.write(
        "events",
        [event(str(n), name, "u", "2026-05-01") for n, name in enumerate(("b", "a", "b"))],
    )
    with pytest.raises(UsageError, match="give weights to the most frequent, b, a"):
        company.build(only="user_scores")


def test_a_published_version_that_is_edited_is_named(company: Company) -> None:
    as_csv(company.data)
    assert not named(company.build(tests=True))
    weights = (company.seeds / "event_weights.csv").read_text()
    (company.seeds / "event_weights.csv").write_text(
        weights.replace("v1,task_created,3", "v1,task_created,4")
    )
    (told,) = named(company.build(tests=True))
    assert told.startswith("the version v1 has been edited after its scores were published")
    assert not named(company.build(tests=True))


def named(outcome: Build) -> list[str]:
    """What the test of edited versions says."""
    return [node.message for node in outcome.warnings if node.name == "published_versions_stay"]


def test_a_file_that_changes_while_it_is_read_fails_the_build(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_csv(company.data)
    company.build()  # so that the plugin has its own read_folder
    decided = reading.read_folder

    def and_then_it_changes(*arguments: Any) -> Any:
        found = decided(*arguments)
        (company.data / "events.csv").write_text(_csv_text() + "5,task_created,u,2026-05-03,\n")
        return found

    and_then_it_changes.cache_clear = decided.cache_clear  # type: ignore[attr-defined]
    monkeypatch.setattr(reading, "read_folder", and_then_it_changes)
    with pytest.raises(UsageError, match=r"events.csv changed while the run read it: run again"):
        company.build()
    monkeypatch.undo()
    company.build()
    runs = company.query(
        "select status, started_over_because from engagement.run_history order by started_at"
    )
    assert [status for status, _ in runs] == ["unpublished", "died", "unpublished"]
    assert runs[2][1] is not None
