"""Snowplow's tables, as they are (docs/sources/snowplow.md)."""

import csv
from collections import Counter
from typing import Any

from conftest import Company
from test_incremental import differences
from test_sources import LAYOUTS, RESOLVED, build, links, received, resolved, story

NAMES = {
    "Signup Started": "Page Viewed",
    "Project Created": "project_created",
    "Report Exported": "report_exported",
    "Comment Added": "comment_added",
}
#: Corrected by the collector's clock, these come later than the device says.
TIMES = {
    "2026-05-01 08:55:00": "2026-05-01 08:55:00.300",
    "2026-05-01 09:00:00.250": "2026-05-01 09:00:00.550",
    "2026-05-01 09:10:00": "2026-05-01 09:10:00.250",
}
#: The second delivery of an event, whose corrected time differs.
AGAIN = ("project_created", "u-anna", "acme", "2026-05-01 09:10:00.300")
STORY = sorted(
    [(NAMES.get(row[0], row[0]), row[1], row[2], TIMES.get(row[3], row[3])) for row in story()]
    + [AGAIN],
    key=lambda row: row[3],
)
SETTINGS: dict[str, Any] = {"sources": ["snowplow"]}
STAFF = [{"user_id": "u-staff", "is_internal": True}]
MEMBERS = [
    {"user_id": user, "account_id": account}
    for user, account in (("u-anna", "acme"), ("u-ben", "acme"), ("u-cleo", "beta"))
]
#: Snowplow knows no former user ids.
MERGES = [{"alias_id": "u-cleo-old", "user_id": "u-cleo"}]


def rows() -> list[dict[str, str]]:
    with (LAYOUTS / "snowplow" / "events.csv").open() as file:
        return list(csv.DictReader(file))


def row(number: int, **columns: Any) -> dict[str, Any]:
    """The row of an event of a day after the story, all else as the story's third."""
    time = f"2026-05-05 10:{number:02}:00"
    return {
        **rows()[2],
        "event_id": f"made-{number}",
        "derived_tstamp": time,
        "collector_tstamp": time,
        "load_tstamp": "2026-05-05 11:00:00",
        **columns,
    }


def own(company: Company) -> None:
    """The inputs that Snowplow does not make; its files lie in a folder of its own."""
    company.write("users", STAFF)
    company.write("memberships", MEMBERS)
    company.write("identities", MERGES)


def copy_into_folder(company: Company, *files: str) -> None:
    (company.data / "snowplow").mkdir()
    for name in files:
        text = (LAYOUTS / "snowplow" / f"{name}.csv").read_text()
        (company.data / "snowplow" / f"{name}.csv").write_text(text)


def test_atomic_events_tell_the_story(company: Company) -> None:
    """Without a word about the entity, since its name says that it is the account."""
    copy_into_folder(company, "events")
    own(company)
    build(company, [event[0] for event in STORY], sources=["snowplow"])
    assert received(company) == STORY
    assert links(company) == {
        ("a-77", "u-anna"), ("b-12", "u-ben"), ("s-1", "u-staff"), ("u-cleo-old", "u-cleo"),
    }  # fmt: skip
    assert resolved(company) == RESOLVED
    assert properties(company)["Signed Up"] is None
    assert '"kanban"' in properties(company)["project_created"]


def properties(company: Company) -> dict[str, Any]:
    return dict(
        company.query(
            "select event_name, min(properties) from engagement_internal.stg_events group by 1"
        )
    )


def test_accounts_from_the_table_of_an_entity(company: Company) -> None:
    """As Redshift and Postgres have it: of two entities of an event, the first that came counts.
    The user mapping of Snowplow's package comes before what the events say. And nothing is left
    out that the vars keep: a ping, a bot, an app of tests."""
    entity = "contexts_com_example_account_1"
    company.write("events", [{k: v for k, v in event.items() if k != entity} for event in rows()])
    event_id = rows()[2]["event_id"]
    company.write(
        "com_example_account_1",
        [
            {"root_id": event_id, "root_tstamp": "2026-05-01 09:10:04.9", "account_id": "another"},
            {"root_id": event_id, "root_tstamp": "2026-05-01 09:10:00.3", "account_id": "acme"},
            {"root_id": event_id, "root_tstamp": "2026-05-01 09:10:00.1", "account_id": ""},
        ],
    )
    company.write(
        "snowplow_unified_user_mapping",
        [
            {"user_identifier": "a-77", "user_id": "u-anna", "end_tstamp": "2026-05-02"},
            {"user_identifier": "a-77", "user_id": "u-earlier", "end_tstamp": "2026-05-01"},
            {"user_identifier": "b-12", "user_id": "", "end_tstamp": "2026-05-01"},
        ],
    )
    company.build(
        only="stg_events stg_identities",
        sources=["snowplow"],
        source_events_kept=["page_ping"],
        snowplow_bots_kept=True,
        snowplow_app_ids_left_out=[],
    )
    accounts = Counter(
        company.query("select event_id, account_id from engagement_internal.stg_events")
    )
    assert accounts[event_id, "acme"] == 2
    assert {account for _, account in accounts} == {"acme", None}
    assert accounts.total() == len(rows()) == len(STORY) + 3
    assert links(company) == {("a-77", "u-anna")}


def test_what_is_read_and_what_is_left_out(company: Company) -> None:
    verdict = '[{{"{}":{}}}]'.format
    robots = "contexts_com_iab_snowplow_spiders_and_robots_1"
    camel = {"contexts_com_example_tenant_1": '[{"tenantKey":"x"}]'}
    bot = "Mozilla/5.0 (compatible; SomeBot/2.1)"
    company.write(
        "events",
        [
            # Names in camelCase, as Snowflake has them, and who is known by the collector's cookie.
            row(1, user_id="", domain_userid="", network_userid="n-1", **camel),
            row(0, user_id="of another entity only"),
            row(2, user_id="robot", **{robots: verdict("spiderOrRobot", "true")}),
            # The list knows better than the useragent; without it, the useragent counts.
            row(3, user_id="listed", useragent=bot, **{robots: verdict("spiderOrRobot", "false")}),
            row(4, user_id="unlisted", useragent=bot, **{robots: ""}),
            row(5, user_id="phone", useragent="Mozilla/5.0 (Linux; CUBOT X30)", **{robots: ""}),
            row(6, user_id="tester", app_id="shop-dev"),
            row(7, user_id="no app", app_id=""),
            row(8, user_id="reader", event="page_ping", event_name="page_ping"),
            row(9, user_id="unnamed", event="struct", se_action=""),
            row(10, user_id="mapped", load_tstamp="", etl_tstamp="2026-05-05 10:30:00"),
            row(11, user_id="late", derived_tstamp="no time"),
        ],
    )  # fmt: skip
    company.build(
        only="stg_events stg_identities",
        sources=["snowplow"],
        input_columns={"snowplow.events": {"account_entity": "contexts_com_example_tenant_1"}},
        snowplow_account_field="tenant_key",
    )
    found = company.query(
        "select user_id, account_id, cast(loaded_at as varchar), rejection_reason"
        " from engagement_internal.stg_events"
    )
    loaded = "2026-05-05 11:00:00"
    assert {row[0]: row[1:] for row in found} == {
        "n-1": ("x", loaded, None),
        "of another entity only": (None, loaded, None),
        "listed": (None, loaded, None),
        "phone": (None, loaded, None),
        "no app": (None, loaded, None),
        "unnamed": (None, loaded, "missing_event_name"),
        "mapped": (None, "2026-05-05 10:30:00", None),
        "late": (None, loaded, "unparsable_occurred_at"),
    }
    # Of the users of a shared cookie, the last one.
    assert links(company) == {("a-77", "late")}


def test_a_night_equals_a_full_refresh(company: Company) -> None:
    """It brings an old event, one that is already there, and a login that names a visitor."""
    visit = row(1, user_id="", domain_userid="c-1", load_tstamp="2026-05-05 11:00:00")
    company.write("events", [*rows(), visit])
    company.build(**SETTINGS)
    loaded = "2026-05-06 11:00:00"
    late = row(2, user_id="u-ben", derived_tstamp="2026-05-02 08:00:00", load_tstamp=loaded)
    again = rows()[2] | {"load_tstamp": loaded, "derived_tstamp": "2026-05-01 09:10:07"}
    login = row(3, user_id="u-new", domain_userid="c-1", load_tstamp=loaded)
    company.write("events", [*rows(), visit, late, again, login])
    company.build(**SETTINGS)
    runs = "select started_over_because from engagement.run_history order by started_at"
    assert [reason is None for (reason,) in company.query(runs)] == [False, True]
    kept = company.working_file.rename(company.folder / "in_runs.duckdb")
    company.build(**SETTINGS)
    assert differences(company.working_file, kept) == {}
