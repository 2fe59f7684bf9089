"""The tables that GA4 exports, as they are (docs/sources/ga4.md)."""

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
from conftest import Company
from test_incremental import differences
from test_sources import LAYOUTS, RESOLVED, build, copy_layout, counts, links, received, resolved

STORY = [
    # A page view and one without consent: not in the story, and seen.
    ("page_view", "1111111111.1777625650", None, "2026-05-01 08:54:10"),
    ("signup_started", "1111111111.1777625650", None, "2026-05-01 08:55:00"),
    ("signed_up", "u-anna", None, "2026-05-01 09:00:00.250"),
    ("project_created", "u-anna", "acme", "2026-05-01 09:10:00"),
    ("page_view", None, None, "2026-05-01 12:00:00"),
    ("report_exported", "u-ben", "acme", "2026-05-01 23:30:00"),
    ("project_created", "u-cleo-old", "beta", "2026-05-02 10:00:00"),
    ("report_exported", "u-cleo", "beta", "2026-05-02 10:05:00.123"),
    # u-staff is internal traffic, which is left out.
    ("comment_added", "u-ben", "acme", "2026-05-02 12:59:58"),
]
#: GA4 knows no former user ids.
MERGES = [{"alias_id": "u-cleo-old", "user_id": "u-cleo"}]
COUNTED = RESOLVED - Counter({(date(2026, 5, 2), "u-staff", "acme", True): 1})
COUNTED[date(2026, 5, 1), "u-anna", "acme", False] += 1  # the page view
MICROSECONDS = 1_000_000
#: 2026-05-05 10:00 UTC.
TEN = 1777975200


def entries(**values: Any) -> list[dict[str, Any]]:
    """Parameters or properties as GA4 exports them: numbers and text have a place of their own."""
    return [
        {
            "key": key,
            "value": {
                "string_value": value if isinstance(value, str) else None,
                "int_value": value if isinstance(value, int) else None,
                "float_value": None,
                "double_value": value if isinstance(value, float) else None,
            },
        }
        for key, value in values.items()
    ]


def row(
    number: int, user: str | None, name: str = "task_created", **columns: Any
) -> dict[str, Any]:
    """A row of an event so many minutes after ten o'clock."""
    return {
        "event_date": "20260505",
        "event_timestamp": (TEN + 60 * number) * MICROSECONDS,
        "event_name": name,
        "event_params": entries(account_id="acme"),
        "user_id": user,
        "user_pseudo_id": "device",
        "user_properties": [],
        "stream_id": "1",
        "batch_page_id": 1,
        "batch_ordering_id": 1,
        "batch_event_index": 1,
        **columns,
    }


def write_lines(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def write_parquet(path: Path, rows: list[dict[str, Any]]) -> None:
    """With parameters as lists of structures, and integers where the JSON has text."""
    lines = path.with_suffix(".lines")
    write_lines(lines, rows)
    duckdb.sql(f"copy (from read_json('{lines}', sample_size = -1)) to '{path}' (format parquet)")
    lines.unlink()


def rows_of(days: str) -> list[dict[str, Any]]:
    """The rows of the hand-made tables of some days, lists and structures as JSON text."""
    lines = [
        line
        for file in sorted((LAYOUTS / "ga4").glob(f"{days}.jsonl"))
        for line in file.read_text().splitlines()
    ]
    return [
        {
            name: json.dumps(value) if isinstance(value, list | dict) else value
            for name, value in json.loads(line).items()
        }
        for line in lines
    ]


def test_the_tables_of_days_tell_the_story(company: Company) -> None:
    """Its second day is there as an intraday table, too, which is not read."""
    copy_layout(company, "ga4")
    company.write("identities", MERGES)
    build(
        company,
        [event[0] for event in STORY],
        only="event_inventory int_user_accounts",
        as_of=date(2026, 5, 2),
        sources=["ga4"],
    )
    assert received(company) == STORY
    assert links(company) == {
        ("1111111111.1777625650", "u-anna"), ("2222222222.1777600000", "u-ben"),
        ("3333333333.1777716000", "u-cleo"), ("4444444444.1777716000", "u-staff"),
        ("u-cleo-old", "u-cleo"),
    }  # fmt: skip
    # Ten rows: one was delivered twice, one has no user.
    assert counts(company) == (10, 2)
    assert resolved(company) == COUNTED
    ((properties,),) = company.query(
        "select distinct properties from engagement_internal.stg_events"
        " where event_name = 'report_exported' and user_id = 'u-ben'"
    )
    assert json.loads(properties) == {
        "account_id": "acme", "format": "pdf", "rows": "120", "value": "12.5",
        "ga_session_id": "1777625650", "ga_session_number": "1",
    }  # fmt: skip
    assert company.query(
        "select user_id, account_id from engagement_internal.stg_users order by user_id"
    ) == [
        ("u-anna", "acme"),
        ("u-ben", "acme"),
    ]
    # No property says anything of the others: their accounts are those of their events.
    assert set(
        company.query(
            "select user_id, account_id from engagement_internal.int_user_accounts"
            " where account_id is not null"
        )
    ) == {("u-anna", "acme"), ("u-ben", "acme"), ("u-cleo", "beta")}


def test_what_is_read_and_what_is_left_out(company: Company) -> None:
    (company.data / "ga4").mkdir()
    twice = {"tenant": 7, "plan": "pro"}
    backwards = list(reversed(entries(**twice)))
    write_parquet(
        company.data / "ga4" / "events_20260505.parquet",
        [
            # A number or text, of the event or else of the user.
            row(0, "number", event_params=entries(tenant=42)),
            row(1, "text", event_params=entries(tenant="42"), user_properties=entries(tenant="x")),
            row(2, "property", event_params=[], user_properties=entries(tenant="42", role="admin")),
            row(3, "property", event_params=[], user_properties=entries(tenant="43")),
            row(4, "other key"),
            # One event, whatever the order of its parameters; two, by their place in a request.
            row(5, "twice", event_params=entries(**twice)),
            row(5, "twice", event_params=backwards),
            row(6, "two", batch_event_index=1),
            row(6, "two", batch_event_index=2),
            # The day is that of the property's zone: in UTC it is the day before.
            row(-601, "night", event_date="20260505"),
            row(8, "internal", event_params=entries(traffic_type="internal")),
            row(9, "debugging", event_params=entries(debug_mode=1)),
            row(10, "not debugging", event_params=entries(debug_mode=0)),
            row(11, "reader", "scroll"),
            row(12, "visitor", "session_start"),
            row(13, "timeless", event_timestamp=None),
        ],
    )
    write_parquet(
        company.data / "ga4" / "events_intraday_20260505.parquet",
        [row(20, "of a day that is complete"), row(21, "tonight", event_date="20260506")],
    )
    company.build(
        only="stg_events stg_users",
        sources=["ga4"],
        ga4_account_key="tenant",
        ga4_traffic_left_out=["internal", "developer"],
        source_events_kept=["scroll"],
    )
    found = company.query(
        "select user_id, count(*), count(distinct event_id), min(account_id), max(account_id),"
        " min(occurred_at), min(rejection_reason) from engagement_internal.stg_events group by 1"
    )
    assert {row[0]: row[1:5] for row in found} == {
        "number": (1, 1, "42", "42"),
        "text": (1, 1, "42", "42"),
        "property": (2, 2, "42", "43"),
        "other key": (1, 1, None, None),
        "twice": (2, 1, "7", "7"),
        "two": (2, 2, None, None),
        "night": (1, 1, None, None),
        "not debugging": (1, 1, None, None),
        "reader": (1, 1, None, None),
        "timeless": (1, 1, None, None),
        "tonight": (1, 1, None, None),
    }
    times = {row[0]: str(row[5]) for row in found}
    assert (times["night"], times["tonight"]) == ("2026-05-04 23:59:00", "2026-05-05 10:21:00")
    assert {row[0]: row[6] for row in found if row[6]} == {"timeless": "missing_occurred_at"}
    users = company.query(
        "select user_id, account_id, role from engagement_internal.stg_users where account_id <> ''"
    )
    assert sorted(users) == [("property", "43", "admin"), ("text", "x", None)]


def test_a_night_equals_a_full_refresh(company: Company) -> None:
    """The day that was not over is complete, and one before it has been rewritten: a row came, one
    left, one has another user."""
    settings: dict[str, Any] = {"sources": ["ga4"], "lookback_days": 4}
    old = LAYOUTS / "ga4" / "events_20260501.jsonl"
    days = {"20260501": [json.loads(line) for line in old.read_text().splitlines()]}
    days["20260504"] = [
        row(number - 1440, f"u-{number}", event_date="20260504") for number in range(3)
    ]
    write_days(company, days)
    tonight = company.data / "events_intraday_20260505.jsonl"
    write_lines(tonight, [row(0, "u-0"), row(1, "u-1")])
    company.build(**settings)

    tonight.unlink()
    days["20260504"][0] = row(5 - 1440, "u-late", event_date="20260504")
    days["20260504"][1]["user_id"] = "u-0"
    days["20260505"] = [row(0, "u-0"), row(1, "u-1"), row(2, None), row(3, "u-1")]
    write_days(company, days)
    company.build(**settings)
    runs = "select started_over_because from engagement.run_history order by started_at"
    assert [reason is None for (reason,) in company.query(runs)] == [False, True]
    users = "select distinct received_user_id from engagement_internal.int_daily_event_counts"
    assert ("u-late",) in company.query(users)
    kept = company.working_file.rename(company.folder / "in_runs.duckdb")
    company.build(**settings)
    assert differences(company.working_file, kept) == {}


def write_days(company: Company, days: dict[str, list[dict[str, Any]]]) -> None:
    for day, rows in days.items():
        write_lines(company.data / f"events_{day}.jsonl", rows)
