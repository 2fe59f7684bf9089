"""Amplitude's events, from its export files, from a warehouse's columns and from Fivetran."""

import csv
import json
import shutil
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from conftest import Company
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

EXPORT = "218028_2026-05-01_9#0.json"
#: The same event as Amplitude has it: an anonymous person has a number, and no user id.
DEPARTURES = {"a-77": "amp:901", "u-cleo-old": "amp:903"}
#: The story after identities: no account is known before the first event that names one.
RESOLVED = Counter(
    {
        (date(2026, 5, 1), "u-anna", None, False): 2,
        (date(2026, 5, 1), "u-anna", "acme", False): 1,
        (date(2026, 5, 1), "u-ben", "acme", False): 1,
        (date(2026, 5, 2), "u-cleo", "beta", False): 2,
        (date(2026, 5, 2), "u-ben", "acme", False): 1,
        (date(2026, 5, 2), "u-staff", "acme", True): 1,
    }
)
NAMES = [row[0] for row in story()]


def event(number: int, **columns: Any) -> dict[str, Any]:
    """A row of an export: an event of u-anna on 3 May, with what a test changes."""
    return {
        "$insert_id": f"w-{number}",
        "amplitude_id": 901,
        "app": 218028,
        "device_id": "a-77",
        "event_id": number,
        "client_event_time": "2026-05-03 10:00:00.000000",
        "event_time": f"2026-05-03 10:00:{number:02}.000000",
        "event_type": "Report Exported",
        "event_properties": {},
        "group_properties": {},
        "groups": {"company": ["acme"]},
        "processed_time": "2026-05-03 10:05:00.000000",
        "server_upload_time": "2026-05-03 10:04:00.000000",
        "user_id": "u-anna",
        "user_properties": {},
        "uuid": f"uuid-{number}",
        **columns,
    }


def write_export(company: Company, name: str, *rows: dict[str, Any]) -> None:
    (company.data / name).write_text("".join(f"{json.dumps(row)}\n" for row in rows))


UNNAMED = {"uuid": None, "$insert_id": None}
WARTS = [
    event(1, event_time="2026-05-03T10:00:01.000000"),
    event(2, groups={"company": ["beta", "acme"]}),
    event(3, groups={"company": "gamma"}, paying="true"),
    event(4, groups={"org_id": ["x"]}, paying=True),
    event(5, groups={"company": []}),
    event(6, groups=None, user_id="dora@acme.example", amplitude_id=906),
    # A clock a year ahead: rejected, and not the last to say what is known of the user.
    event(7, event_time="2027-05-03 10:00:00.000000", user_properties={"role": "guest"}),
    event(8, event_time="yesterday"),
    event(9, **UNNAMED),
    event(9, **UNNAMED),
    event(9, **UNNAMED, event_type="Comment Added"),
    event(10, **UNNAMED, user_id="u-ben", amplitude_id=902),
    event(11, uuid=None),
    event(12, app=999, event_type="Of Another Project"),
    event(13, event_type="[Amplitude] Page Viewed"),
    event(14, event_type="[Amplitude] Session Start"),
    event(15, event_type="session_end"),
    event(16, event_type="revenue_amount"),
    event(
        17,
        event_type="$groupidentify",
        group_properties={"plan": "pro", "seats": 5, "company": {"owner": "Olga"}},
    ),
    event(18, event_type=None),
    event(
        19,
        event_type="$identify",
        user_properties={"role": "owner"},
        server_upload_time="2026-05-03 10:06:00.000000",
        event_time="2026-05-03 10:00:00.000000",
    ),
    # Nothing is said of this user, who is in no list of users, then.
    event(20, user_id="u-eve", amplitude_id=907),
]


@pytest.mark.parametrize("file", [EXPORT, "fivetran_event.csv"])
def test_the_tables_are_recognized(file: str, tmp_path: Path) -> None:
    """By their columns, whatever they are called; the names of an export are known as well."""
    shutil.copy(LAYOUTS / "amplitude" / file, tmp_path)
    shutil.copy(LAYOUTS / "amplitude" / "merge_ids.jsonl", tmp_path)
    found = recognize(tmp_path, PACKAGE).variables()
    renamed = (
        {} if file == EXPORT else {"source_tables": {"amplitude": {"events": Path(file).stem}}}
    )
    assert found == {"sources": ["amplitude"], **renamed}


def test_the_export_tells_the_story_with_all_its_warts(company: Company) -> None:
    copy_layout(company, "amplitude", EXPORT, "merge_ids.jsonl")
    write_export(company, "218028_2026-05-03_10#0.json", *WARTS)
    build(
        company,
        [*NAMES, "[Amplitude] Page Viewed"],
        only="event_inventory rejected_events stg_accounts stg_users",
        sources=["amplitude"],
        amplitude_projects=[218028],
        source_events_kept=["[Amplitude] Page Viewed"],
        as_of=date(2026, 5, 3),
        max_rejected_share=1,
    )
    told = [(row[0], DEPARTURES.get(row[1] or "", row[1]), *row[2:]) for row in story()]
    found = accepted(company)
    assert [row for row in found if row[3] < "2026-05-03"] == told
    assert [row for row in found if row[3] >= "2026-05-03"] == [
        ("Report Exported", "u-anna", "acme", "2026-05-03 10:00:01"),
        ("Report Exported", "u-anna", "beta", "2026-05-03 10:00:02"),
        ("Report Exported", "u-anna", "gamma", "2026-05-03 10:00:03"),
        ("Report Exported", "u-anna", None, "2026-05-03 10:00:04"),
        ("Report Exported", "u-anna", None, "2026-05-03 10:00:05"),
        ("Report Exported", "dora@acme.example", None, "2026-05-03 10:00:06"),
        ("Comment Added", "u-anna", "acme", "2026-05-03 10:00:09"),
        ("Report Exported", "u-anna", "acme", "2026-05-03 10:00:09"),
        ("Report Exported", "u-ben", "acme", "2026-05-03 10:00:10"),
        ("Report Exported", "u-anna", "acme", "2026-05-03 10:00:11"),
        ("[Amplitude] Page Viewed", "u-anna", "acme", "2026-05-03 10:00:13"),
        ("Report Exported", "u-eve", "acme", "2026-05-03 10:00:20"),
    ]
    assert rejected(company) == {
        "duplicate": 2,
        "future": 1,
        "unparsable_occurred_at": 1,
        "missing_event_name": 1,
    }
    assert links(company) == {
        ("amp:901", "u-anna"),
        ("amp:906", "dora@acme.example"),
        ("amp:902", "u-ben"),
        ("amp:903", "amp:904"),
        ("amp:904", "u-cleo"),
        ("amp:905", "u-staff"),
        ("amp:907", "u-eve"),
    }
    days = resolved(company)
    assert {key: days[key] for key in days if key[0] < date(2026, 5, 3)} == RESOLVED
    users = company.query(
        "select user_id, email, role, is_internal from engagement_internal.stg_users order by 1"
    )
    assert users == [
        ("dora@acme.example", "dora@acme.example", None, None),
        ("u-anna", "anna@acme.example", "owner", None),
        ("u-ben", None, None, None),
        ("u-cleo", None, None, None),
        ("u-staff", None, None, True),
    ]
    assert company.query(
        "select account_id, plan, seats, owner, name from engagement_internal.stg_accounts"
    ) == [("acme", "pro", 5, "Olga", None)]


def test_fivetran_tells_the_story_and_loses_no_row_of_another_sync(company: Company) -> None:
    """The other rows are those of a public test, whose events lie after their sync."""
    folder = company.data / "event"
    folder.mkdir()
    shutil.copy(LAYOUTS / "amplitude" / "fivetran_event.csv", folder)
    others = LAYOUTS / "dbt_amplitude" / "amplitude_event_data.csv"
    shutil.copy(others, folder)
    build(
        company,
        [*NAMES, "$identify"],
        only="event_inventory rejected_events",
        sources=["amplitude"],
        source_events_kept=["$identify"],
        as_of=date(2026, 5, 3),
        max_rejected_share=1,
    )
    told = [(row[0], DEPARTURES.get(row[1] or "", row[1]), *row[2:]) for row in story()]
    told.insert(2, ("$identify", "u-anna", None, "2026-05-01 09:00:00.260"))
    assert accepted(company) == told
    with others.open() as file:
        uploaded = {
            (row["uuid"], row["user_id"]): row["event_time"] for row in csv.DictReader(file)
        }
    found = company.query(
        "select event_id, user_id, occurred_at, rejection_reason"
        " from engagement_internal.stg_events where rejection_reason is not null"
    )
    assert {row[:2]: row[2] for row in found} == {
        key: datetime.fromisoformat(time) for key, time in uploaded.items()
    }
    assert {row[3] for row in found} == {"future"}
    assert counts(company) == (20, 11)
    assert rejected(company) == {"duplicate": 1, "future": 10}
    assert ("amp:903", "amp:904") not in links(company)


def test_a_night_equals_a_full_refresh(company: Company) -> None:
    copy_layout(company, "amplitude", EXPORT, "merge_ids.jsonl")
    weigh(company, NAMES)
    company.build(sources=["amplitude"])
    times = {
        "processed_time": "2026-05-04 08:00:02.000000",
        "server_upload_time": "2026-05-04 08:00:01.000000",
    }
    lines = (company.data / EXPORT).read_text().splitlines()
    of_story = {row["event_id"]: row for row in map(json.loads, lines)}
    write_export(
        company,
        "218028_2026-05-04_8#0.json",
        event(21, **times, event_time="2026-05-01 07:00:00.000000", user_properties={"role": "x"}),
        {**of_story[4], **times},
        {**of_story[7], **times, "groups": {"company": ["beta"]}},
        event(22, **times, amplitude_id=904, user_id="u-cleo-new"),
    )
    with (company.data / "merge_ids.jsonl").open("a") as file:
        file.write(
            '{"amplitude_id":902,"merged_amplitude_id":901,'
            '"merge_server_time":"2026-05-03 10:00:00.000000"}\n'
        )
    assert night_equals_full_refresh(company, sources=["amplitude"])
    assert ("amp:902", "amp:901") in links(company)
    days = resolved(company)
    assert days[date(2026, 5, 1), "u-anna", "acme", False] == 2, "the late one"
    assert days[date(2026, 5, 1), "u-ben", "acme", False] == 1, "the one that came again"
