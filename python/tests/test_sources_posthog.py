"""PostHog's batch exports: from every destination the same events, persons and groups."""

import json
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import duckdb
from conftest import Company
from test_incremental import differences
from test_sources import (
    LAYOUTS,
    RESOLVED,
    Event,
    build,
    copy_layout,
    counts,
    expected,
    links,
    received,
    resolved,
    story,
    weigh,
)

#: What PostHog has beside the story: a page view, and the event of a server, whose distinct_id is
#: nobody's.
BESIDE_THE_STORY: list[Event] = [
    ("$pageview", "a-77", None, "2026-05-01 08:54:10"),
    ("invoice_synced", None, "acme", "2026-05-02 03:00:00"),
]
STORY = sorted([*story(), *BESIDE_THE_STORY], key=lambda row: row[3])
NAMES = [row[0] for row in STORY]
RESOLVED_HERE = RESOLVED + Counter(
    {
        (date(2026, 5, 1), "u-anna", "acme", False): 1,
        (date(2026, 5, 2), "", "acme", False): 1,
    }
)
LINKS = {(row["alias_id"], row["user_id"]) for row in expected("identities")}


def of_2026(day: int, hour: int = 9) -> str:
    return f"2026-05-{day:02} {hour:02}:00:00"


def posthog_event(
    uuid: str, name: str, distinct_id: str, at: str, loaded: str = "", **properties: Any
) -> dict[str, Any]:
    """A row of the export to S3; a key of properties that begins with _ begins with a $ there."""
    return {
        "uuid": uuid,
        "event": name,
        "distinct_id": distinct_id,
        "timestamp": at,
        "_inserted_at": loaded or at,
        "properties": {key.replace("_", "$", key[0] == "_"): properties[key] for key in properties},
    }


def person(distinct_id: str, person_id: str, version: int = 0, **columns: Any) -> dict[str, Any]:
    return {
        "team_id": 4711,
        "distinct_id": distinct_id,
        "person_id": person_id,
        "person_distinct_id_version": version,
        "person_version": version,
        "properties": {},
        "created_at": of_2026(1),
        **columns,
    }


def write(company: Company, name: str, rows: Iterable[dict[str, Any]]) -> None:
    (company.data / f"{name}.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))


def staged(company: Company, table: str, columns: str) -> list[tuple[Any, ...]]:
    return company.query(f"select {columns} from engagement_internal.stg_{table} order by all")


def daily_counts(company: Company) -> list[tuple[Any, ...]]:
    return company.query("select * from engagement_internal.int_daily_event_counts order by all")


def test_the_exports_of_all_destinations_tell_the_story(company: Company) -> None:
    copy_layout(company, "posthog", "events_s3.jsonl", "persons_postgres.csv")
    build(company, NAMES, sources=["posthog"])
    assert received(company) == STORY
    assert links(company) == LINKS
    assert resolved(company) == RESOLVED_HERE
    assert counts(company) == (11, 1), "one is delivered twice"
    of_s3 = daily_counts(company)

    # Those to PostgreSQL and Redshift do not say when a row came.
    (company.data / "events_s3.jsonl").unlink()
    copy_layout(company, "posthog", "events_postgres.csv")
    build(company, NAMES, sources=["posthog"])
    assert received(company) == STORY
    assert daily_counts(company) == of_s3
    assert set(staged(company, "events", "loaded_at")) == {(None,)}

    # That to BigQuery, with its types.
    (company.data / "events_postgres.csv").unlink()
    duckdb.sql(
        "set timezone = 'America/New_York';"
        " copy (select uuid, event, cast(properties as json) as properties, distinct_id,"
        " cast(timestamp as timestamptz) as timestamp,"
        " timestamptz '2026-05-04 07:00:05+00' as bq_ingested_timestamp"
        f" from read_csv('{LAYOUTS}/posthog/events_postgres.csv', all_varchar = true))"
        f" to '{company.data}/events.parquet'"
    )
    build(company, NAMES, sources=["posthog"])
    assert received(company) == STORY
    assert daily_counts(company) == of_s3
    assert set(staged(company, "events", "loaded_at")) == {(datetime(2026, 5, 4, 7, 0, 5),)}


def test_without_persons_the_events_say_who_is_who(company: Company) -> None:
    rows = [
        posthog_event("1", "opened", "u-2", of_2026(4)),
        posthog_event("2", "$identify", "u-2", of_2026(4), _anon_distinct_id="device"),
        # PostHog refuses the second one: the device belongs to u-2, and u-2 is identified.
        posthog_event("3", "$identify", "u-1", of_2026(5), _anon_distinct_id="device"),
        posthog_event("4", "$identify", "u-1", of_2026(6), _anon_distinct_id="u-2"),
        posthog_event("5", "$create_alias", "u-1", of_2026(6), alias="old-1"),
        posthog_event("6", "$identify", "u-1", of_2026(6), _anon_distinct_id="null"),
        posthog_event("7", "$identify", "u-1", of_2026(7), _set={"email": "one@x.example"}),
        posthog_event("8", "$identify", "u-1", of_2026(8), _set={"role": "admin"}),
    ]
    write(company, "events", rows)
    build(company, ["opened"], sources=["posthog"])
    assert links(company) == {("device", "u-2"), ("old-1", "u-1")}
    assert staged(company, "users", "user_id, email, role") == [
        ("u-1", "one@x.example", "admin"),
        ("u-2", None, None),
    ]


def test_what_posthog_gets_wrong_is_put_right(company: Company) -> None:
    acme: dict[str, Any] = {"_groups": {"company": "acme", "project": "p1"}}
    rows = [
        # ids that many people share
        posthog_event("1", "opened", "Anonymous", of_2026(1), **acme),
        posthog_event("2", "opened", "[object Object]", of_2026(1)),
        posthog_event("3", "opened", "null", of_2026(1)),
        posthog_event("4", "opened", "cron", of_2026(1), **acme),
        # groups under their number, under another type, as a number
        posthog_event("5", "opened", "u-1", of_2026(2), _group_2="beta"),
        posthog_event("6", "opened", "u-1", of_2026(2), _groups={"project": "p1"}),
        posthog_event("7", "opened", "u-1", of_2026(2), _groups={"company": 42}),
        # noise, some of it asked for
        posthog_event("8", "$autocapture", "u-1", of_2026(3)),
        posthog_event("9", "$pageleave", "u-1", of_2026(3)),
        posthog_event("10", "$screen", "u-1", of_2026(3)),
        # clocks
        posthog_event("11", "opened", "u-1", "2026-05-04T01:30:00.5+02:00"),
        posthog_event("12", "opened", "u-1", "soon", loaded=of_2026(4)),
        posthog_event("13", "opened", "u-1", "2027-05-04T01:30:00Z", loaded=of_2026(4)),
        {**posthog_event("14", "", "u-1", of_2026(1)), "event": None},
        # groups that are accounts, and others; by a person, and by a server
        posthog_event(
            "20", "$groupidentify", "u-1", of_2026(1), _group_type="company", _group_key="acme",
            _group_set={"name": "Acme", "plan": "free", "seats": 3},
        ),
        posthog_event(
            "21", "$groupidentify", "$company_acme", of_2026(3), _group_type="company",
            _group_key="acme",
            _group_set={"plan": "pro", "owner": "Kim", "renews_on": "2027-01-01"},
        ),
        posthog_event(
            "22", "$groupidentify", "u-1", of_2026(1), _group_type="project", _group_key="p1",
            _group_set={"plan": "none"},
        ),
        posthog_event("30", "$identify", "u-9", of_2026(1)),
        posthog_event("31", "$identify", "u-8", of_2026(1)),
    ]  # fmt: skip
    write(company, "events", rows)
    staff = {"email": "x@us.example", "is_internal": True}
    write(
        company,
        "persons",
        [
            # identified ids come first, then the smallest
            *(person(name, "P1") for name in ("0f-device", "u-9", "u-8")),
            *(person(name, "P2") for name in ("b-device", "B-device")),
            # a later row: an id went to another person, is gone, the person has changed
            person("moved", "P3"),
            person("moved", "P2", version=1),
            person("gone", "P1"),
            person("gone", "P1", version=1, is_deleted=True),
            person("u-1", "P4"),
            person("u-1", "P4", person_version=2, properties=staff),
            person("anonymous", "P4"),
        ],
    )
    weigh(company, ["opened"])
    company.build(
        only="event_inventory rejected_events stg_users stg_accounts stg_account_history"
        " stg_memberships",
        sources=["posthog"],
        source_events_kept=["$autocapture"],
        posthog_group_index=2,
        posthog_static_ids=["cron"],
    )
    accounts = company.query(
        "select event_id, user_id, account_id from engagement_internal.stg_events"
        " order by cast(event_id as integer)"
    )
    assert [row for row in accounts if int(row[0]) < 11] == [
        ("1", None, "acme"),
        ("2", None, None),
        ("3", None, None),
        ("4", None, "acme"),
        ("5", "u-1", "beta"),
        ("6", "u-1", None),
        ("7", "u-1", "42"),
        ("8", "u-1", None),
        ("10", "u-1", None),
    ]
    when = company.value(
        "select occurred_at from engagement_internal.stg_events where event_id = '11'"
    )
    assert when == datetime(2026, 5, 3, 23, 30, 0, 500_000)
    reasons = company.query("select event_id, reason from engagement.rejected_events order by all")
    assert reasons == [
        ("12", "unparsable_occurred_at"),
        ("13", "future"),
        ("14", "missing_event_name"),
        ("2", "missing_user_id"),
        ("3", "missing_user_id"),
    ]
    assert links(company) == {
        ("0f-device", "u-8"),
        ("u-9", "u-8"),
        ("b-device", "B-device"),
        ("moved", "B-device"),
    }
    assert staged(company, "users", "user_id, email, is_internal") == [
        ("B-device", None, None),
        ("u-1", "x@us.example", True),
        ("u-8", None, None),
    ]
    assert staged(company, "accounts", "account_id, name, plan, owner, seats, renews_on") == [
        ("acme", "Acme", "pro", "Kim", 3, date(2027, 1, 1))
    ]
    assert staged(company, "account_history", "account_id, valid_from, plan, owner") == [
        ("acme", datetime(2026, 5, 1, 9), "free", None),
        ("acme", datetime(2026, 5, 3, 9), "pro", "Kim"),
    ]
    assert staged(company, "memberships", "user_id, account_id, valid_from, valid_to") == [
        ("u-1", "acme", datetime(2026, 5, 1, 9), None)
    ]


def test_a_night_with_late_repeated_and_rewritten_rows_equals_a_full_refresh(
    company: Company,
) -> None:
    acme: dict[str, Any] = {"_groups": {"company": "acme"}}
    rows = [
        posthog_event(f"{day}-{user}", "opened", user, of_2026(day), **acme)
        for day in range(1, 21)
        for user in ("device", "u-1", "u-2")
    ]
    write(company, "events", rows)
    write(company, "persons", [person(user, user) for user in ("device", "u-1", "u-2")])
    company.score_reports()
    weigh(company, ["opened"])
    company.build(sources=["posthog"])

    night = of_2026(20, 22)
    rows += [
        posthog_event("late", "opened", "u-2", of_2026(4), loaded=night, **acme),
        {**rows[5], "_inserted_at": night},
        posthog_event("7-u-1", "opened", "u-1", of_2026(7, 11), loaded=night, **acme),
        posthog_event(
            "i", "$identify", "u-1", of_2026(20), loaded=night, _anon_distinct_id="device"
        ),
    ]
    write(company, "events", rows)
    write(
        company,
        "persons",
        [person("device", "u-1", version=1), *(person(user, user) for user in ("u-1", "u-2"))],
    )
    company.build(sources=["posthog"])
    last = (
        "select started_over_because from engagement.run_history order by started_at desc limit 1"
    )
    assert company.value(last) is None, "the second run reads only what is new"
    assert set(company.query("select distinct user_id from engagement.user_profiles")) == {
        ("u-1",),
        ("u-2",),
    }
    events = (
        "select sum(events) from engagement_internal.int_daily_event_counts where event_date = "
    )
    assert company.value(f"{events}'2026-05-04'") == 4
    assert company.value(f"{events}'2026-05-02'") == company.value(f"{events}'2026-05-07'") == 3
    kept = company.working_file.rename(company.folder / "in_runs.duckdb")
    company.build(sources=["posthog"])
    assert differences(company.working_file, kept) == {}
