"""Mixpanel's events, from its raw export, from a pipeline and from Fivetran."""

import csv
import json
import shutil
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from conftest import Company
from macros import Macros
from test_sources import (
    LAYOUTS,
    accepted,
    build,
    copy_layout,
    counts,
    links,
    night_equals_full_refresh,
    rejected,
    resolved,
    story,
    weigh,
)

from engagement.project import PACKAGE
from engagement.proposal.recognition import recognize

#: Mixpanel marks a device, and knows whole seconds.
STORY = [
    (
        row[0],
        {"a-77": "$device:a-77"}.get(row[1] or "", row[1]),
        row[2],
        row[3].split(".")[0],
    )
    for row in story()
]
NAMES = [row[0] for row in STORY]
#: With the profiles, which say that u-anna is of acme, u-cleo of beta, and u-staff one of our own.
RESOLVED = Counter(
    {
        (date(2026, 5, 1), "u-anna", "acme", False): 3,
        (date(2026, 5, 1), "u-ben", "acme", False): 1,
        (date(2026, 5, 2), "u-cleo", "beta", False): 2,
        (date(2026, 5, 2), "u-ben", "acme", False): 1,
        (date(2026, 5, 2), "u-staff", "acme", True): 1,
    }
)


def seconds(time: str) -> int:
    return int(datetime.fromisoformat(f"{time}+00:00").timestamp())


def event(number: int, name: str = "Report Exported", **properties: Any) -> dict[str, Any]:
    """A row of a raw export: an event of u-anna on 3 May, with what a test changes; what is None
    is left out."""
    content = {
        "time": seconds(f"2026-05-03 10:00:{number:02}"),
        "distinct_id": "u-anna",
        "$insert_id": f"w-{number}",
        "mp_processing_time_ms": seconds("2026-05-03 10:05:00") * 1000,
        "company_id": "acme",
        **properties,
    }
    return {
        "event": name,
        "properties": {key: value for key, value in content.items() if value is not None},
    }


def write_export(company: Company, *rows: dict[str, Any]) -> None:
    """Adds rows to the raw export."""
    with (company.data / "raw_export.jsonl").open("a") as file:
        file.writelines(f"{json.dumps(row)}\n" for row in rows)


NO_ID: dict[str, Any] = {"$insert_id": None}
AGAIN = seconds("2026-05-04 10:00:00") * 1000
WARTS = [
    event(1, time=seconds("2026-05-03 10:00:01") * 1000 + 250),
    event(2, company_id=["beta", "acme"]),
    event(3, company_id=[]),
    event(4, company_id=None),
    event(5, company_id=42),
    # Copies that only differ in when Mixpanel processed them, in id, in name, in whose they are.
    event(6),
    event(6, mp_processing_time_ms=AGAIN),
    event(6, **{"$insert_id": "w-60"}),
    event(6, "Comment Added"),
    event(6, distinct_id="u-ben"),
    # Without an insert_id: two that say something else, and one that came again.
    event(7, **NO_ID, page=1),
    event(7, **NO_ID, page=2),
    event(7, **NO_ID, page=2),
    # The same event before and after Mixpanel merged its person with another.
    event(8, distinct_id="u-anna-old"),
    event(8, distinct_id="u-anna", **{"$distinct_id_before_identity": "u-anna-old"}),
    # A device that two people share, and what it did before it knew either.
    event(9, distinct_id="$device:tablet", **{"$device_id": "tablet"}),
    event(10, distinct_id="u-ben", **{"$user_id": "u-ben", "$device_id": "tablet"}),
    event(11, distinct_id="u-cleo", **{"$user_id": "u-cleo", "$device_id": "tablet"}),
    # The original API: a bare device, and a canonical id that is not the one the company gave.
    event(12, distinct_id="8c5e", **{"$device_id": "8c5e"}),
    event(13, distinct_id="7f1d", **{"$user_id": "u-dora", "$device_id": "8c5e"}),
    event(14, "$ae_session"),
    event(15, "$session_start"),
    event(16, "$create_alias"),
    event(17, "$merge"),
    event(18, time="yesterday"),
    event(19, time=seconds("2027-05-03 10:00:00")),
    event(20, time=None),
]


@pytest.mark.parametrize(
    "file", ["raw_export.jsonl", "mp_master_event.jsonl", "fivetran_event.csv"]
)
def test_the_tables_are_recognized(file: str, tmp_path: Path) -> None:
    shutil.copy(LAYOUTS / "mixpanel" / file, tmp_path)
    found = recognize(tmp_path, PACKAGE).variables()
    is_renamed = file == "fivetran_event.csv"
    renamed = {"source_tables": {"mixpanel": {"events": "fivetran_event"}}} if is_renamed else {}
    assert found == {"sources": ["mixpanel"], **renamed}


def test_the_raw_export_tells_the_story_with_all_its_warts(company: Company) -> None:
    copy_layout(company, "mixpanel", "raw_export.jsonl")
    write_export(company, *WARTS)
    build(
        company,
        [*NAMES, "$mp_web_page_view"],
        only="event_inventory rejected_events",
        sources=["mixpanel"],
        source_events_kept=["$mp_web_page_view"],
        as_of=date(2026, 5, 3),
        max_rejected_share=1,
    )
    found = accepted(company)
    kept = ("$mp_web_page_view", "$device:a-77", None, "2026-05-01 08:54:10")
    assert [row for row in found if row[3] < "2026-05-03"] == [kept, *STORY]
    assert [(*row[1:3], row[3][11:]) for row in found if row[3] >= "2026-05-03"] == [
        ("u-anna", "acme", "10:00:01.250"),
        ("u-anna", "beta", "10:00:02"),
        ("u-anna", None, "10:00:03"),
        ("u-anna", None, "10:00:04"),
        ("u-anna", "42", "10:00:05"),
        ("u-anna", "acme", "10:00:06"),
        ("u-anna", "acme", "10:00:06"),
        ("u-ben", "acme", "10:00:06"),
        ("u-anna", "acme", "10:00:07"),
        ("u-anna", "acme", "10:00:08"),
        ("u-anna-old", "acme", "10:00:08"),
        ("$device:tablet", "acme", "10:00:09"),
        ("u-ben", "acme", "10:00:10"),
        ("u-cleo", "acme", "10:00:11"),
        ("8c5e", "acme", "10:00:12"),
        ("u-dora", "acme", "10:00:13"),
    ]
    assert rejected(company) == {
        "duplicate": 4,
        "future": 1,
        "unparsable_occurred_at": 1,
        "missing_occurred_at": 1,
    }
    of_users: Counter[str] = Counter()
    for (day, user, *_), events in resolved(company).items():
        of_users[user] += events if day == date(2026, 5, 3) else 0
    assert +of_users == {"u-anna": 5 + 3 + 2 + 1, "u-ben": 1 + 2, "u-cleo": 1, "7f1d": 2}
    assert links(company) >= {("$device:a-77", "u-anna"), ("$device:b-12", "u-ben")}


def test_a_pipeline_tells_the_story(company: Company) -> None:
    """Pipelines write UTC, whatever the zone of the project."""
    copy_layout(
        company,
        "mixpanel",
        *("mp_master_event.jsonl", "mp_people_data.jsonl", "mp_identity_mappings_data.jsonl"),
    )
    build(
        company,
        NAMES,
        only="event_inventory stg_users",
        sources=["mixpanel"],
        mixpanel_project_timezone="Europe/Berlin",
    )
    assert accepted(company) == STORY
    assert links(company) == {("$device:a-77", "u-anna"), ("u-cleo-old", "u-cleo")}
    assert resolved(company) == RESOLVED
    assert counts(company) == (9, 1)
    assert company.query(
        "select user_id, email, role, account_id, is_internal"
        " from engagement_internal.stg_users order by user_id"
    ) == [
        ("u-anna", "anna@acme.example", "admin", "acme", None),
        ("u-cleo", "cleo@beta.example", None, "beta", None),
        ("u-staff", "staff@ourcompany.example", None, None, True),
    ]


def test_a_night_in_which_history_changed_equals_a_full_refresh(company: Company) -> None:
    """Mixpanel merged u-cleo-old with u-cleo, and wrote what she did before under her new id,
    without any sign of when."""
    copy_layout(company, "mixpanel", "raw_export.jsonl", "mp_people_data.jsonl")
    weigh(company, NAMES)
    company.build(sources=["mixpanel"])
    day = date(2026, 5, 2)
    assert resolved(company)[day, "u-cleo-old", "beta", False] == 1

    export = company.data / "raw_export.jsonl"
    rows = [json.loads(line) for line in export.read_text().splitlines()]
    merged = rows[5]["properties"]
    assert merged["distinct_id"] == merged["$user_id"] == "u-cleo-old"
    merged |= {"distinct_id": "u-cleo", "$distinct_id_before_identity": "u-cleo-old"}
    again, late = (
        {**row, "properties": {**row["properties"], "mp_processing_time_ms": AGAIN}}
        for row in (rows[4], rows[8])
    )
    late["properties"] |= {"time": seconds("2026-05-01 07:00:00"), "$insert_id": "late"}
    export.write_text("")
    write_export(company, *rows, again, late)
    assert night_equals_full_refresh(company, sources=["mixpanel"])
    days = resolved(company)
    assert days[day, "u-cleo", "beta", False] == 2
    assert days[date(2026, 5, 1), "u-ben", "acme", False] == 2, (
        "one that came again, and a late one"
    )


def test_fivetran_tells_the_story_in_the_zone_of_the_project(company: Company) -> None:
    """The other rows are those of a public test, some of which lie after their sync.
    The account is named by an expression."""
    folder = company.data / "event"
    folder.mkdir()
    with (LAYOUTS / "mixpanel" / "fivetran_event.csv").open() as file:
        rows = list(csv.DictReader(file))
    for row in rows:  # as clocks in Berlin show it
        row["time"] = f"2026-05-{_in_berlin(row['time'])}"
    with (folder / "one.csv").open("w") as file:
        writer = csv.DictWriter(file, [*rows[0]])
        writer.writeheader()
        writer.writerows(rows)
    shutil.copy(LAYOUTS / "dbt_mixpanel" / "event.csv", folder / "two.csv")
    build(
        company,
        NAMES,
        only="event_inventory rejected_events",
        sources=["mixpanel"],
        mixpanel_project_timezone="Europe/Berlin",
        input_columns={"mixpanel.events": {"account_id": {"sql": "properties ->> '$.company_id'"}}},
        as_of=date(2026, 5, 3),
        max_rejected_share=1,
    )
    found = accepted(company)
    assert [row for row in found if row[3] >= "2026"] == STORY
    assert [(row[0], row[3]) for row in found if row[3] < "2026"] == [
        ("plays", "2020-08-01 08:16:46"),
        ("playthrough_25", "2020-08-01 09:35:44"),
        ("playthrough_29", "2024-01-31 07:58:02"),
    ]
    assert rejected(company) == {"duplicate": 1, "future": 2}
    assert counts(company) == (14, 3)
    assert links(company) >= {("$device:a-77", "u-anna"), ("a-77", "u-anna")}


@pytest.mark.parametrize(
    ("engine", "sql"),
    [
        ("postgres", "timezone('UTC', timezone('Europe/Berlin', t))"),
        ("spark", "to_utc_timestamp(t, 'Europe/Berlin')"),
        ("snowflake", "convert_timezone('Europe/Berlin', 'UTC', t)"),
        ("redshift", "convert_timezone('Europe/Berlin', 'UTC', t)"),
        ("bigquery", "timestamp(datetime(t, 'UTC'), 'Europe/Berlin')"),
    ],
)
def test_the_clocks_of_a_zone_on_each_engine(engine: str, sql: str) -> None:
    assert Macros(engine).utc_of_local("t", "Europe/Berlin") == sql


def _in_berlin(time: str) -> str:
    """The day and time of a UTC time in May, two hours later."""
    moment = datetime.fromisoformat(time)
    return f"{moment.day + (moment.hour + 2) // 24:02} {(moment.hour + 2) % 24:02}{time[13:]}"
