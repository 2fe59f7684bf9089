"""Pendo's tables: counts by hour, under the latest names, whoever synced them."""

import csv
import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import pytest
from conftest import Company
from test_incremental import differences
from test_sources import LAYOUTS, as_written, copy_layout, weigh

from engagement.errors import UsageError

#: (event_name, user_id, account_id, occurred_at, quantity): the story as Pendo tells it. Its
#: departures: hours; no event without a tag (1, 2, 8); no old id of Cleo (5); an anonymous visitor
#: stays one; a page, whose name is not there; that u-staff is internal is not known.
COUNTS = {
    ("Project Created", "_PENDO_T_a77xYz", None, "2026-05-01 08:00:00", "1"),
    ("Project Created", "u-anna", "acme", "2026-05-01 09:00:00", "1"),
    ("pBoards", "u-anna", "acme", "2026-05-01 09:00:00", "17"),
    ("Report Exported", "u-ben", "acme", "2026-05-01 23:00:00", "1"),
    ("Report Exported", "u-cleo", "beta", "2026-05-02 10:00:00", "2"),
    ("Report Exported", "u-cleo", "beta", "2026-05-02 10:00:00", "1"),
    ("Project Created", "u-staff", "acme", "2026-05-02 12:00:00", "1"),
}
EVERYTHING = (
    "event_inventory stg_users stg_accounts stg_account_history stg_memberships stg_account_facts"
)


def write(company: Company, name: str, rows: Iterable[dict[str, Any]]) -> None:
    (company.data / f"{name}.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))


def staged(company: Company, table: str, columns: str) -> list[tuple[Any, ...]]:
    return company.query(f"select {columns} from engagement_internal.stg_{table} order by all")


def received(company: Company) -> set[tuple[Any, ...]]:
    rows = staged(
        company, "events", "event_name, user_id, account_id, occurred_at, received_quantity"
    )
    assert len(rows) == len(set(rows))
    return {(*row[:3], as_written(row[3]), row[4]) for row in rows}


def test_fivetrans_tables_are_counted_by_hour(company: Company) -> None:
    copy_layout(company, "pendo")
    later = "2026-05-05 08:00:00"
    for name, rows in {
        # u-anna was at beta first, u-cleo has left it for acme, and is back at both
        "visitor_account_history": [
            f"beta,u-anna,2026-04-20 09:00:00,{later}",
            f"acme,u-cleo,2026-05-03 09:00:00,{later}",
        ],
        "visitor_history": [
            f"_PENDO_T_a77xYz,{later},{later},,,,{later},,,",
            f"u-ben,2026-05-03 07:00:00,{later},beta,old@acme.example,owner,,,,",
        ],
        "account_history": [
            # nothing has changed but the visit; an empty time; no account
            f"acme,2026-05-02 09:00:00,{later},2026-04-01 00:00:00,true,Acme Ltd,pro,,{later},1",
            f"gamma,2026-05-02 09:00:00,{later},1970-01-01 00:00:00,,Gamma,,,,1",
            f",2026-05-02 09:00:00,{later},,,Nobody,pro,,,1",
        ],
    }.items():
        with (company.data / f"{name}.csv").open("a") as file:
            file.writelines(f"{row}\n" for row in rows)
    nps = {"id": "p1", "attribute_type": "NPSRating"}
    write(company, "poll", [nps, {"id": "p2", "attribute_type": "FreeForm"}])
    answer = {"account_id": "acme", "poll_id": "p1", "visitor_id": "u-anna", "poll_response": "3"}
    at = {"timestamp": "2026-05-01 09:00:00.123"}
    write(
        company,
        "poll_event",
        [
            {**answer, **at},
            {**answer, "timestamp": "2026-05-01 10:00:00.123", "poll_response": "10"},
            {**answer, **at, "visitor_id": "u-ben", "poll_response": "9"},
            {**answer, **at, "visitor_id": "u-3", "poll_response": "8"},
            {**answer, **at, "visitor_id": "u-4", "poll_response": "6"},
            {**answer, **at, "visitor_id": "u-5", "poll_response": "001qkov3r8hsxj"},
            {**answer, **at, "poll_id": "p2", "poll_response": "0"},
            {**answer, **at, "account_id": None},
        ],
    )
    weigh(company, [row[0] for row in COUNTS])
    company.build(only=EVERYTHING, sources=["pendo"])
    assert received(company) == COUNTS
    assert set(staged(company, "events", "event_id")) == {(f"p{n}",) for n in range(1, 8)}
    late = "select loaded_at from engagement_internal.stg_events where user_id = 'u-ben'"
    assert company.value(late) == datetime(2026, 5, 4, 20, 10)
    assert company.query(
        "select event_date, account_id, sum(events)"
        " from engagement_internal.int_daily_event_counts where account_id is not null"
        " group by all order by all"
    ) == [
        (date(2026, 5, 1), "acme", 19),
        (date(2026, 5, 2), "acme", 1),
        (date(2026, 5, 2), "beta", 3),
    ]
    assert staged(company, "users", "user_id, account_id, email, role, created_at") == [
        ("u-anna", "acme", "anna@acme.example", "owner", datetime(2026, 5, 1, 8, 55)),
        ("u-ben", "acme", "ben@acme.example", None, datetime(2026, 4, 20, 8)),
        ("u-cleo", "beta", "cleo@beta.example", None, datetime(2026, 5, 2, 10)),
    ]
    assert staged(company, "accounts", "account_id, name, plan, status, created_at") == [
        ("acme", "Acme Ltd", "pro", "paying", datetime(2026, 4, 1)),
        ("beta", "Beta GmbH", "free", "free", None),
        ("gamma", "Gamma", None, None, None),
    ]
    assert staged(company, "account_history", "account_id, valid_from, plan, status") == [
        ("acme", datetime(2026, 5, 1, 9, 12), "trial", "trial"),
        ("acme", datetime(2026, 5, 2, 8), "pro", "paying"),
        ("beta", datetime(2026, 5, 2, 10, 6), "free", "free"),
    ]
    assert staged(company, "memberships", "user_id, account_id, valid_from, valid_to") == [
        ("u-anna", "acme", datetime(2026, 5, 1, 9, 12), None),
        ("u-anna", "beta", None, datetime(2026, 5, 1, 9, 12)),
        ("u-cleo", "acme", datetime(2026, 5, 3, 9), None),
        ("u-cleo", "beta", None, datetime(2026, 5, 3, 9)),
    ]
    # Of four answers two promote and one detracts.
    assert staged(company, "account_facts", "account_id, measured_on, name, value") == [
        ("acme", date(2026, 5, 1), "nps", 25.0)
    ]


def test_the_tables_of_stitch_and_of_data_sync(company: Company) -> None:
    # Stitch: objects of metadata, times in milliseconds, no ids of rows.
    hour = {"visitor_id": "u1", "account_id": "a", "hour": "2026-05-01T09:00:00.000000Z"}
    row = {**hour, "feature_id": "f1", "num_events": 3, "_sdc_batched_at": "2026-05-02T01:00:00Z"}
    write(
        company,
        "feature_events",
        [
            {**row, "user_agent": "phone"},
            {**row, "user_agent": "desk", "num_events": 4},
            {**row, "user_agent": "desk", "parameters": {"tab": "x"}},
            {**row, "user_agent": "desk", "parameters": {"tab": "y"}},
        ],
    )
    tracked = {**hour, "track_type_id": "t1", "num_events": 2}
    write(company, "track_events", [{**tracked, "feature_id": None}])
    write(company, "features", [{"id": "f1", "name": "Exported"}])
    write(company, "track_types", [{"id": "t1", "name": "Imported"}])
    auto = {"firstvisit": 1777626000000, "lastupdatedat": 1777626000000, "accountid": "a"}
    agent: dict[str, Any] = {"email": "u1@a.example", "role": "admin"}
    write(
        company,
        "visitors",
        [{"visitor_id": "u1", "metadata_auto": auto, "metadata_agent": agent}],
    )
    agent = {"name": "A", "planlevel": "Pro", "is_paying": True, "seats": 7}
    write(
        company,
        "accounts",
        [{"account_id": "a", "metadata_auto": auto, "metadata_agent": agent}],
    )
    weigh(company, ["Exported", "Imported"])
    company.build(only=EVERYTHING, sources=["pendo"])
    at = "2026-05-01 09:00:00"
    counted = staged(company, "events", "event_name, received_quantity, occurred_at, loaded_at")
    loaded = datetime(2026, 5, 2, 1)
    assert [(*row[:2], as_written(row[2]), row[3]) for row in counted] == [
        ("Exported", "3", at, loaded),
        ("Exported", "3", at, loaded),
        ("Exported", "3", at, loaded),
        ("Exported", "4", at, loaded),
        ("Imported", "2", at, None),
    ]
    assert company.value(
        "select sum(events) from engagement_internal.int_daily_event_counts"
    ) == 15, "rows that differ in browser or parameters are no copies"  # fmt: skip
    first = datetime(2026, 5, 1, 9)
    assert staged(company, "users", "user_id, account_id, email, role, created_at") == [
        ("u1", "a", "u1@a.example", "admin", first)
    ]
    assert staged(company, "accounts", "account_id, name, plan, status, seats, created_at") == [
        ("a", "A", "Pro", "paying", 7, first)
    ]

    # Data Sync: camelCase, a row each event, the same event under several matchables.
    for file in company.data.iterdir():
        file.unlink()
    event = {
        "periodId": "2026-05-01",
        "eventId": "e1",
        "matchableId": "f1",
        "visitorId": "u1",
        "accountId": "a",
        "browserTimestamp": "2026-05-01T09:10:11.5Z",
    }
    write(
        company,
        "matchedFeatureEvents",
        [event, {**event, "matchableId": "f2"}, event, {**event, "eventId": "e2"}],
    )
    write(company, "matchedPageEvents", [{**event, "matchableId": "g1"}])
    write(company, "features", [{"id": "f1", "name": "Exported"}, {"id": "f2", "name": "Sent"}])
    write(company, "pages", [{"id": "g1", "name": "Viewed"}])
    weigh(company, ["Exported", "Sent", "Viewed"])
    company.build(only="event_inventory", sources=["pendo"])
    assert staged(company, "events", "event_id, event_name, user_id, account_id, events") == [
        ("e1:f1", "Exported", "u1", "a", 1),
        ("e1:f1", "Exported", "u1", "a", 1),
        ("e1:f2", "Sent", "u1", "a", 1),
        ("e1:g1", "Viewed", "u1", "a", 1),
        ("e2:f1", "Exported", "u1", "a", 1),
    ]
    times = set(staged(company, "events", "occurred_at"))
    assert times == {(datetime(2026, 5, 1, 9, 10, 11, 500_000),)}
    rejected = "select rejected_events from engagement.run_history order by started_at desc limit 1"
    assert company.value(rejected) == 1, "the copy"


def count(
    day: int, feature: str = "f1", loaded: str = "", events: int = 1, **columns: Any
) -> dict[str, Any]:
    at = f"2026-05-{day:02} 09:00:00"
    return {
        "account_id": "a",
        "visitor_id": "u1",
        "feature_id": feature,
        "timestamp": at,
        "num_events": events,
        "_fivetran_synced": loaded or at,
        "_fivetran_id": f"{day}-{feature}",
        **columns,
    }


def test_nights_with_restated_hours_and_new_names_equal_a_full_refresh(company: Company) -> None:
    rows = [count(day) for day in range(1, 21)]
    names = [{"id": "f1", "name": "opened", "last_updated_at": "2026-01-01"}]
    write(company, "feature_event", rows)
    write(company, "feature_history", names)
    company.score_reports()
    weigh(company, ["opened"])
    company.build(sources=["pendo"])
    last = (
        "select started_over_because from engagement.run_history order by started_at desc limit 1"
    )
    counted = (
        "select sum(events) from engagement_internal.int_daily_event_counts where event_date = "
    )

    # An hour has grown, one has come late, one has come again.
    night = "2026-05-20 22:00:00"
    rows[9] = count(10, events=5, loaded=night)
    rows += [
        count(4, "f1", loaded=night, _fivetran_id="late"),
        {**rows[5], "_fivetran_synced": night},
    ]
    write(company, "feature_event", rows)
    company.build(sources=["pendo"])
    assert company.value(last) is None, "only what is new is read"
    assert [company.value(f"{counted}'2026-05-{day}'") for day in ("10", "04", "06")] == [5, 2, 1]

    # The feature has another name, on all days.
    write(
        company,
        "feature_history",
        [*names, {"id": "f1", "name": "launched", "last_updated_at": "2026-05-20"}],
    )
    weigh(company, ["launched"])
    company.build(sources=["pendo"])
    assert company.value(last) == "the input is read in another way"
    assert company.query(
        "select distinct event_name from engagement_internal.int_daily_event_counts"
    ) == [("launched",)]
    kept = company.working_file.rename(company.folder / "in_runs.duckdb")
    company.build(sources=["pendo"])
    assert differences(company.working_file, kept) == {}


def test_a_real_sync_is_read_in_place(company: Company) -> None:
    for path in (LAYOUTS / "dbt_pendo").glob("*.csv"):
        (company.data / path.name).symlink_to(path)
    weigh(company, ["allevents"])
    company.build(
        only=EVERYTHING,
        sources=["pendo"],
        pendo_event_tables=["feature_events", "page_events", "events"],
    )
    expected = 0
    for table in ("feature_event", "page_event", "event"):
        with (LAYOUTS / "dbt_pendo" / f"{table}.csv").open() as file:
            expected += sum(int(row["num_events"]) for row in csv.DictReader(file))
    read, rejected = company.query(
        "select sum(events), count(*) filter (rejection_reason is not null)"
        " from engagement_internal.stg_events"
    )[0]
    assert (read, rejected) == (expected, 0)
    for table in ("users", "accounts", "account_history", "memberships"):
        assert staged(company, table, "*"), table

    with pytest.raises(UsageError, match="pendo_event_tables names guides: choose from feature_"):
        company.build(only="event_inventory", sources=["pendo"], pendo_event_tables=["guides"])
