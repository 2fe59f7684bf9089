"""The edges of a company's life, each built for real and compared with the independent check."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import duckdb
import pytest
from conftest import BUILT, VERSION_COLUMNS, Company, event

from engagement import tables, validation
from engagement.errors import UsageError
from engagement.runner import build


def small_scale(company: Company, **version: str) -> None:
    """A configuration that scores a population of one: k = 0, and whatever the test changes."""
    row = {
        "version": "v1",
        "valid_from": "1970-01-01",
        "window_days": "28",
        "winsor_percentile": "0.9",
        "curvature": "0",
        "half_life_days": "",
        "min_population": "1",
        "normalize_by": "",
        "calibration": "rolling",
        **version,
    }
    company.configure("scoring_versions", f"{VERSION_COLUMNS}\n{','.join(row.values())}")


def days(first: date, count: int) -> list[str]:
    return [str(first + timedelta(days=number)) for number in range(count)]


def test_no_events_at_all(company: Company) -> None:
    company.write("events", [], "event_id event_name user_id occurred_at")
    company.write("accounts", [{"account_id": "a1", "plan": "free"}])
    company.build(tests=True)
    assert company.query(
        "select account_id, score, band, as_of from engagement.account_profiles"
    ) == [("a1", 0, "inactive", None)]
    assert company.value("select count(*) from engagement.user_scores") == 0
    assert company.differences() == []


def test_one_user(company: Company) -> None:
    small_scale(company)
    company.write("events", [event("1", "task_created", "u", "2026-05-01 09:00:00")])
    company.build(tests=True)
    assert company.query(
        "select score_date, points, winsorized_share, score, rank, percentile_rank"
        " from engagement.user_scores"
    ) == [(date(2026, 5, 1), 3, 1, 100, 1, 0)]
    assert company.differences() == []


def test_all_points_equal(company: Company) -> None:
    small_scale(company)
    company.write(
        "events",
        [event(user, "task_created", user, "2026-05-01 09:00:00") for user in "abcde"],
    )
    company.build(only="user_scores", tests=True)
    assert company.query(
        "select distinct score, rank, percentile_rank from engagement.user_scores"
    ) == [(100, 1, 0)]


def test_a_population_under_the_minimum_takes_its_largest_points_as_cap(company: Company) -> None:
    small_scale(company, min_population="20")
    company.write(
        "events",
        [
            event("1", "task_created", "a", "2026-05-01 09:00:00"),
            event("2", "project_created", "b", "2026-05-01 09:00:00"),
        ],
    )
    company.build(only="user_scores score_calibrations", tests=True)
    assert company.query(
        "select calibration_status, population, cap from engagement.score_calibrations"
    ) == [("insufficient_population", 2, 8)]
    assert company.differences() == []


def test_every_weight_0(company: Company) -> None:
    company.configure(
        "event_weights",
        """version,event_name,weight,daily_cap,counts_as_active
        v1,task_created,0,,true""",
    )
    company.write(
        "events", [event("1", "task_created", "u", "2026-05-01 09:00:00", account_id="a")]
    )
    company.build(only="user_profiles account_profiles user_scores product_scores", tests=True)
    assert company.value("select count(*) from engagement.user_scores") == 0
    assert company.query("select score, band, active_days from engagement.user_profiles") == [
        (0, "inactive", 0)
    ]
    assert company.query("select active_users, scored_users from engagement.product_scores") == [
        (1, 0)
    ]
    assert company.differences() == []


def test_an_event_at_the_midnight_of_a_zone_with_daylight_saving(company: Company) -> None:
    small_scale(company)
    before, after = "2026-03-28 22:59:59", "2026-03-28 23:00:00"  # midnight in Berlin, UTC + 1
    summer_before, summer_after = "2026-03-29 21:59:59", "2026-03-29 22:00:00"  # UTC + 2 by then
    company.write(
        "events",
        [
            event("1", "task_created", "u", before),
            event("2", "task_created", "u", after),
            event("3", "task_created", "u", summer_before),
            event("4", "task_created", "u", summer_after),
        ],
    )
    company.build(only="activity user_scores", tests=True, timezone="Europe/Berlin")
    assert company.query(
        "select activity_date, daily_active from engagement.activity where entity_type = 'user'"
        " order by 1"
    ) == [(date(2026, 3, 28), 1), (date(2026, 3, 29), 1)]
    assert company.query("select points from engagement.user_scores order by score_date") == [
        (3,),
        (9,),
    ]
    assert company.differences(timezone="Europe/Berlin") == []


def test_a_session_time_zone_other_than_utc_changes_nothing(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        event("1", "task_created", "u", "2026-05-01 23:30:00"),
        event("2", "task_created", "u", "2026-05-02T01:30:00+02:00"),
        event("3", "task_created", "u", "2026-05-02 00:30:00Z"),
        event("4", "task_created", "u", "2026-05-03 00:00:00"),
    ]
    company.write("events", rows)
    (company.data / "events.csv").unlink()
    values = ", ".join(
        f"('{row['event_id']}', 'task_created', 'u', timestamptz '{row['occurred_at']}')"
        for row in rows
    )
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(
            f"copy (from (values {values}) as events (event_id, event_name, user_id, occurred_at))"
            f" to '{company.data}/events.parquet'"
        )
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    company.write("users", [{"user_id": "u", "created_at": "2026-05-01T23:59:00-00:30"}])
    company.build(only="activity user_scores user_profiles", tests=True)
    assert company.query(
        "select activity_date, daily_active from engagement.activity where entity_type = 'user'"
        " order by 1"
    ) == [(date(2026, 5, 1), 1), (date(2026, 5, 2), 1)]
    assert company.query("select points from engagement.user_scores order by score_date") == [
        (6,),
        (9,),
    ]
    assert company.query("select signup_on from engagement.user_profiles") == [(date(2026, 5, 2),)]


def test_a_rejected_time_is_written_in_utc_and_nanoseconds_are_cut_off(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(
            "copy (select 'x' as event_id, 'task_created' as event_name, null as user_id,"
            " timestamptz '2026-05-01 09:00:00' as occurred_at,"
            " timestamp_ns '2026-05-01 23:59:59.9999999' as loaded_at)"
            f" to '{company.data}/events.parquet'"
        )
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    company.build(max_rejected_share=1)
    assert company.query(
        "select occurred_at, cast(loaded_at as varchar) from engagement.rejected_events"
    ) == [("2026-05-01 09:00:00", "2026-05-01 23:59:59.999999")]
    company.build(max_rejected_share=1)  # and the next run can ask what is new
    assert company.differences() == []


def test_a_night_of_a_source_whose_times_have_a_zone(company: Company) -> None:
    (company.data / "events").mkdir()
    first = [("2026-05-01 23:30", "2026-05-01 23:40"), ("2026-05-03 09:00", "2026-05-03 10:00")]
    second = [("2026-05-01 20:00", "2026-05-04 10:00"), ("2026-05-05 01:00", "2026-05-05 02:00")]
    for number, times in enumerate((first, second)):
        rows = ", ".join(
            f"('{occurred_at}+02', '{loaded_at}+02')" for occurred_at, loaded_at in times
        )
        with duckdb.connect() as connection:
            connection.execute(
                "copy (select 'e' || occurred_at as event_id, 'task_created' as event_name,"
                " 'u' as user_id, occurred_at::timestamptz as occurred_at,"
                " loaded_at::timestamptz as loaded_at"
                f" from (values {rows}) as rows (occurred_at, loaded_at))"
                f" to '{company.data}/events/{number}.parquet'"
            )
        company.build()
        assert company.differences() == []
    ((touched, reason),) = company.query(
        "select touched_days, started_over_because from engagement.run_history"
        " order by started_at desc limit 1"
    )
    assert (touched, reason) == (3, None)


def test_a_row_loaded_at_infinity_is_rejected_once(company: Company) -> None:
    with duckdb.connect() as connection:
        connection.execute(
            "copy (select event_id, 'task_created' as event_name, null as user_id, loaded_at,"
            " case when event_id = 'f' then loaded_at end as occurred_at"
            " from (values ('e', timestamp 'infinity'), ('f', timestamp '2026-05-02'))"
            f" as rows (event_id, loaded_at)) to '{company.data}/events.parquet'"
        )
    for _ in range(2):
        company.build(max_rejected_share=1)
        assert company.query(
            "select event_id, copies from engagement.rejected_events order by event_id"
        ) == [("e", 1), ("f", 1)]


def test_revenue_ends_when_the_account_stops_paying(company: Company) -> None:
    company.write("accounts", [{"account_id": key} for key in ("left", "stays", "invoiced late")])
    company.write(
        "subscriptions",
        [
            {"account_id": "left", "month": "2026-03-01", "mrr": 10},
            {"account_id": "invoiced late", "month": "2026-04-01", "mrr": 20},
            {"account_id": "stays", "month": "2026-04-01", "mrr": 30},
            {"account_id": "stays", "month": "2026-05-01", "mrr": 40},
            {"account_id": "stays", "month": "2026-06-01", "mrr": 50},
        ],
    )
    company.write("events", [event("1", "task_created", "u", "2026-05-15 09:00:00")])
    company.build(only="account_profiles")
    assert company.query("select account_id, mrr from engagement.account_profiles order by 1") == [
        ("invoiced late", 20),
        ("left", None),
        ("stays", 40),
    ]
    assert company.differences() == []


def test_a_user_in_two_accounts_counts_once(company: Company) -> None:
    small_scale(company)
    company.configure(
        "event_weights",
        """version,event_name,weight,daily_cap,counts_as_active
        v1,task_created,3,5,true""",
    )
    company.write(
        "memberships",
        [
            {
                "user_id": "u",
                "account_id": "a",
                "valid_from": "2026-01-01",
                "valid_to": "2026-05-02",
            },
            {"user_id": "u", "account_id": "b", "valid_from": "2026-05-02", "valid_to": ""},
        ],
    )
    company.write(
        "events",
        [
            event(f"a{number}", "task_created", "u", "2026-05-01 09:00:00", account_id="")
            for number in range(4)
        ]
        + [
            event(f"b{number}", "task_created", "u", "2026-05-01 10:00:00", account_id="b")
            for number in range(3)
        ]
        + [event("c", "task_created", "u", "2026-05-02 10:00:00", account_id="")]
        + [event("end", "task_created", "u", "2026-05-03 10:00:00", account_id="")],
    )
    company.build(only="user_scores account_scores activity", tests=True)
    assert company.query(
        "select points, scored_events from engagement.user_scores order by score_date"
    ) == [(15, 7), (18, 8)]
    assert company.query(
        "select account_id, points from engagement.account_scores order by score_date, account_id"
    ) == [("a", 12), ("b", 9), ("a", 12), ("b", 12)]
    assert company.query(
        "select daily_active from engagement.activity where activity_date = '2026-05-01'"
        " and entity_type = 'user'"
    ) == [(1,)]
    assert company.differences() == []


def test_an_alias_is_merged_however_many_merges_it_takes(company: Company) -> None:
    company.write(
        "identities",
        [
            {"alias_id": "anonymous", "user_id": "old"},
            {"alias_id": "old", "user_id": "new"},
        ],
    )
    company.write("users", [{"user_id": "new"}, {"user_id": "old"}])
    company.write(
        "events",
        [
            event("1", "task_created", "anonymous", "2026-05-01 09:00:00"),
            event("2", "task_created", "old", "2026-05-01 09:00:00"),
            event("3", "task_created", "new", "2026-05-02 09:00:00"),
        ],
    )
    company.build(only="user_profiles user_scores", tests=True)
    assert company.query("select user_id, events, is_inferred from engagement.user_profiles") == [
        ("new", 2, False)
    ]
    assert company.differences() == []


def test_an_alias_belongs_to_whoever_had_it_on_the_day(company: Company) -> None:
    """A tablet goes from ann to bob, to ann, and into a drawer; a cookie stays on the tablet."""
    company.write(
        "events",
        [
            event(f"{user} {day}", "task_created", user, f"2026-05-{day:02} 09:00:00")
            for user in ("tablet", "cookie")
            for day in range(1, 14)
        ],
    )
    company.write("users", [{"user_id": user, "account_id": user} for user in ("ann", "bob")])
    company.write(
        "memberships",
        [{"user_id": "tablet", "account_id": "lent", "valid_from": "2026-05-06"}],
    )
    tablet = {"alias_id": "tablet"}
    cookie = {"alias_id": "cookie", "user_id": "tablet", "valid_from": "", "valid_to": ""}
    first = {**tablet, "user_id": "ann", "valid_from": "2026-05-03", "valid_to": ""}
    company.write("identities", [first])
    company.build()
    assert company.query("select user_id, events from engagement.user_profiles order by 1") == [
        ("ann", 12),
        ("bob", 0),
        ("cookie", 12),
    ]
    # The next night: bob had it from the 5th to the 7th. From the 9th on it is nobody's any more:
    # what it does is his who began last.
    company.write(
        "identities",
        [
            {**first, "valid_to": "2026-05-09"},
            {**tablet, "user_id": "bob", "valid_from": "2026-05-05", "valid_to": "2026-05-08"},
            # Within a day, and so on no day.
            {**tablet, "user_id": "eve", "valid_from": "2026-05-10", "valid_to": "2026-05-10"},
            {
                **tablet,
                "user_id": "eve",
                "valid_from": "2026-05-11 08:00",
                "valid_to": "2026-05-11 18:00",
            },
            cookie,
        ],
    )
    company.build(tests=True)
    assert company.differences() == []
    counted = """
        select user_id, account_id, sum(events)::int
        from engagement_internal.int_accepted_events
        where event_date <= '2026-05-12'
        group by all order by all
    """
    assert company.query(counted) == [
        ("ann", "ann", 2 * 4),
        ("ann", "lent", 2 * 1),
        ("bob", "bob", 2 * 1),
        ("bob", "lent", 2 * 6),
    ]
    company.write("identities", [first, {**first, "user_id": "bob"}])
    with pytest.raises(
        UsageError, match="tablet belongs to more than one user_id from 2026-05-03 on: keep one"
    ):
        company.build()


def test_a_merged_account_hands_over_all_that_it_had(company: Company) -> None:
    """Acme's subsidiary goes to Acme, by way of a holding, on the second night."""
    company.write(
        "events",
        [
            event(
                f"{user} {account} {day}",
                "task_created",
                user,
                f"{day} 09:00:00",
                account_id=account,
            )
            for day in days(date(2026, 4, 1), 40)
            for user, account in (("ann", "acme"), ("ann", "sub"), ("bob", "sub"), ("eve", ""))
        ],
    )
    company.write(
        "accounts",
        [
            {"account_id": "acme", "name": "Acme", "parent_account_id": ""},
            {"account_id": "sub", "name": "Subsidiary", "parent_account_id": "acme"},
            {"account_id": "other", "name": "Other", "parent_account_id": "sub"},
        ],
    )
    company.write("users", [{"user_id": "bob", "account_id": "sub"}])
    company.write("memberships", [{"user_id": "eve", "account_id": "sub"}])
    company.write(
        "subscriptions",
        [
            {"account_id": account, "month": month, "mrr": mrr}
            for month in ("2026-04", "2026-05")
            for account, mrr in (("acme", 100), ("sub", 30))
        ],
    )
    company.write(
        "account_history", [{"account_id": "sub", "valid_from": "2026-04-10", "plan": "pro"}]
    )
    company.build()
    published = "select * from engagement.published_scores where entity_id = 'sub' order by all"
    before = company.query(published)
    assert before
    company.write(
        "account_identities",
        [
            {"alias_id": "sub", "account_id": "holding"},
            {"alias_id": "holding", "account_id": "acme"},
        ],
    )
    company.build(tests=True)
    assert company.differences() == []
    assert company.query(
        "select account_id, name, parent_account_id, members, mrr"
        " from engagement.account_profiles order by account_id"
    ) == [("acme", "Acme", None, 3, 130), ("other", "Other", "acme", 0, None)]
    assert company.query(
        "select account_id, sum(events)::int from engagement_internal.int_event_totals group by all"
    ) == [("acme", 4 * 39)]
    assert company.query("select count(*) from engagement.signals where entity_id = 'sub'") == [
        (0,)
    ]
    assert company.query(published) == before
    company.write(
        "account_identities",
        [
            {"alias_id": "sub", "account_id": "holding"},
            {"alias_id": "holding", "account_id": "sub"},
            {"alias_id": "acme", "account_id": "other"},
            {"alias_id": "acme", "account_id": "third"},
        ],
    )
    with pytest.raises(UsageError) as stopped:
        company.build()
    for sentence in (
        "alias_id acme belongs to more than one account_id",
        "alias_id sub leads back to itself",
    ):
        assert f"account_identities: {sentence}" in str(stopped.value)


def test_an_alias_that_leads_back_to_itself_stops_the_run(company: Company) -> None:
    company.write(
        "identities",
        [{"alias_id": "a", "user_id": "b"}, {"alias_id": "b", "user_id": "a"}],
    )
    company.write("events", [event("1", "task_created", "a", "2026-05-01 09:00:00")])
    with pytest.raises(UsageError, match="identities: alias_id a leads back to itself"):
        company.build(only="user_scores")


def test_a_user_listed_twice_stops_the_run_by_name(company: Company) -> None:
    company.write("users", [{"user_id": "u7"}, {"user_id": "u7"}])
    company.write("accounts", [{"account_id": "a7"}, {"account_id": "a7"}])
    company.write("events", [event("1", "task_created", "u", "2026-05-01 09:00:00")])
    with pytest.raises(UsageError) as raised:
        company.build(only="user_scores")
    assert "users: user_id u7" in str(raised.value)
    assert "accounts: account_id a7" in str(raised.value)


def test_an_account_without_events_is_still_in_account_profiles(company: Company) -> None:
    company.write(
        "accounts",
        [
            {"account_id": "quiet", "name": "Quiet", "plan": "free", "seats": 5},
            {"account_id": "busy", "name": "Busy", "plan": "free", "seats": 5},
        ],
    )
    company.write("users", [{"user_id": "u", "account_id": "quiet"}])
    company.write(
        "events", [event("1", "task_created", "v", "2026-05-01 09:00:00", account_id="busy")]
    )
    company.build(only="account_profiles account_scores", tests=True)
    assert company.query(
        "select account_id, score, band, events, members, active_users, seat_utilization,"
        " milestones_reached from engagement.account_profiles where account_id = 'quiet'"
    ) == [("quiet", 0, "inactive", 0, 1, 0, 0, 0)]
    assert company.differences() == []


def test_only_an_events_table_and_nothing_else(company: Company) -> None:
    company.write(
        "events",
        [
            event(f"{day}-{user}", "task_created", user, f"{day} 09:00:00", account_id="a")
            for day in days(date(2026, 3, 1), 60)
            for user in ("u", "v")
        ],
    )
    company.build(tests=True)
    assert company.query(
        "select account_id, is_inferred, members from engagement.account_profiles"
    ) == [("a", True, 2)]
    assert company.value("select max(score) from engagement.user_scores") == 100
    assert company.differences() == []


def test_a_user_in_events_before_being_in_users(company: Company) -> None:
    company.write(
        "events", [event("1", "task_created", "u", "2026-05-01 09:00:00", account_id="a")]
    )
    company.build()
    assert company.query(
        "select account_id, is_inferred, signup_on from engagement.user_profiles"
    ) == [("a", True, date(2026, 5, 1))]
    company.write(
        "users", [{"user_id": "u", "created_at": "2026-04-30 10:00:00", "account_id": "a"}]
    )
    company.build()
    assert company.query(
        "select account_id, is_inferred, signup_on from engagement.user_profiles"
    ) == [("a", False, date(2026, 4, 30))]
    assert company.differences() == []


def test_a_user_belongs_on_each_date_to_the_account_of_then(company: Company) -> None:
    company.write(
        "accounts",
        [{"account_id": "a", "plan": "starter"}, {"account_id": "b", "plan": "business"}],
    )
    company.write("users", [{"user_id": "listed", "account_id": "a"}])
    company.write(
        "memberships",
        [{"user_id": "listed", "account_id": "b", "valid_from": "2026-05-09", "valid_to": ""}],
    )
    # On the 9th, the user whom no table lists has two events in b and one in a.
    company.write(
        "events",
        [
            event(f"{user}-{day}-{n}", "task_created", user, f"{day} 09:00:00", account_id=account)
            for user in ("listed", "seen")
            for n, (day, account) in enumerate(
                [("2026-05-04", "a"), ("2026-05-09", "b"), ("2026-05-09", "a"), ("2026-05-09", "b")]
            )
        ],
    )
    plans = (
        "select score_date, value, active_entities from engagement.segment_scores"
        " where entity_type = 'user' and dimension = 'plan' and active_entities > 0 order by 1"
    )
    until_the_8th = [(date(2026, 5, day), "starter", 2) for day in range(4, 9)]
    company.build(as_of=date(2026, 5, 8), min_segment_size=1)
    assert company.query(plans) == until_the_8th
    assert company.query("select distinct account_id from engagement.user_profiles") == [("a",)]
    company.build(as_of=date(2026, 5, 10), tests=True, min_segment_size=1)
    assert company.query(plans) == [
        *until_the_8th,
        *((date(2026, 5, day), "business", 2) for day in (9, 10)),
    ]
    assert company.query("select distinct account_id from engagement.user_profiles") == [("b",)]
    assert company.differences(date(2026, 5, 10), min_segment_size=1) == []


def test_an_event_in_2099_does_not_become_as_of(company: Company) -> None:
    company.write(
        "events",
        [
            event("1", "task_created", "u", "2026-05-01 09:00:00", loaded_at="2026-05-01 09:01:00"),
            event("2", "task_created", "u", "2026-05-02 09:00:00", loaded_at="2026-05-02 09:01:00"),
            event("3", "task_created", "u", "2099-01-01 09:00:00", loaded_at=""),
            event("4", "task_created", "u", "2026-05-02 10:30:00", loaded_at="2026-05-02 09:00:00"),
        ],
    )
    company.build(only="rejected_events user_scores", tests=True)
    assert company.query(
        "select as_of, source_rows, accepted_events, rejected_events, pending_events"
        " from engagement.run_history"
    ) == [(date(2026, 5, 1), 4, 1, 2, 1)]
    assert (
        company.query("select reason, copies from engagement.rejected_events")
        == [("future", 1)] * 2
    )
    assert company.differences() == []


def test_every_reason_of_rejection_is_named_once(company: Company) -> None:
    at, loaded = "2026-05-01 09:00:00", "2026-05-05 00:00:00"
    company.write(
        "events",
        [
            event("1", "task_created", "u", at, loaded_at=loaded),
            event("1", "task_created", "v", at, loaded_at="2026-05-04 00:00:00"),
            event("1", "task_created", "u", "2026-05-02 09:00:00", loaded_at=loaded),
            event("", "task_created", "u", at, loaded_at=loaded),
            event("2", "  ", "u", "rubbish", loaded_at=loaded),
            event("3", "task_created", "", "2099-01-01", loaded_at=loaded),
            event("4", "task_created", "u", "", loaded_at=loaded),
            event("5", "task_created", "u", "yesterday", loaded_at=loaded),
            event("5", "task_created", "u", "yesterday", loaded_at=loaded),
            event("6", "task_created", "u", "2026-05-07 00:00:00", loaded_at=loaded),
            event("7", "task_created", "u", "2026-05-03 00:00:00", loaded_at=loaded),
        ],
    )
    company.build(only="rejected_events user_scores", tests=True)
    assert dict(
        company.query("select reason, sum(copies) from engagement.rejected_events group by reason")
    ) == {
        "missing_event_id": 1,
        "missing_event_name": 1,
        "missing_user_id": 1,
        "missing_occurred_at": 1,
        "unparsable_occurred_at": 2,
        "future": 1,
        "duplicate": 1,
    }
    assert company.query(
        "select user_id from engagement.rejected_events where reason = 'duplicate'"
    ) == [("u",)]
    assert company.value("select recurring_event_ids from engagement.run_history") == 1
    assert company.differences() == []


def test_a_cap_of_0_cannot_happen(company: Company) -> None:
    small_scale(company, half_life_days="1")
    company.configure(
        "event_weights",
        """version,event_name,weight,daily_cap,counts_as_active
        v1,tiny,0.001,,true""",
    )
    company.write(
        "events",
        [
            event("1", "tiny", "u", "2026-05-01 09:00:00"),
            event("2", "other", "u", "2026-05-29 09:00:00"),
        ],
    )
    company.build(only="user_scores score_calibrations", tests=True)
    assert company.query(
        "select score from engagement.user_scores where score_date = '2026-05-28'"
    ) == [(100,)]
    assert company.value("select min(cap) from engagement.score_calibrations") > 0
    assert company.differences() == []


def test_excluded_users_and_accounts_are_counted_apart(company: Company) -> None:
    company.configure("excluded_users", "user_id,reason\nbot,a bot")
    company.configure("excluded_accounts", "account_id,reason\ndemo,our own")
    company.write(
        "users",
        [
            {"user_id": "staff", "is_internal": "true", "account_id": "a"},
            {"user_id": "u", "is_internal": "", "account_id": "a"},
            {"user_id": "guest", "is_internal": "false", "account_id": "demo"},
        ],
    )
    at = "2026-05-01 09:00:00"
    company.write(
        "events",
        [
            event("1", "task_created", "bot", at, account_id="a"),
            event("2", "task_created", "staff", at, account_id=""),
            event("3", "task_created", "guest", at, account_id=""),
            event("4", "task_created", "u", at, account_id=""),
        ],
    )
    company.build(only="user_profiles account_profiles event_inventory", tests=True)
    assert company.query("select accepted_events, excluded_events from engagement.run_history") == [
        (1, 3)
    ]
    assert company.query("select user_id from engagement.user_profiles") == [("u",)]
    assert company.query("select account_id, members from engagement.account_profiles") == [
        ("a", 1)
    ]
    assert company.differences() == []


def test_a_version_switch_rewrites_no_history(company: Company) -> None:
    company.write(
        "events",
        [
            event(f"{day}-{user}", "task_created", user, f"{day} 09:00:00", account_id=account)
            for day in days(date(2026, 3, 1), 80)
            for user, account in (("u", "a"), ("v", "b"))
        ],
    )
    small_scale(company)
    company.configure(
        "event_weights",
        """version,event_name,weight,daily_cap,counts_as_active
        v1,task_created,3,,true""",
    )
    company.build()
    before = company.query(
        "select * from engagement.user_scores where score_date < '2026-05-01' order by all"
    )
    company.configure(
        "scoring_versions",
        f"""{VERSION_COLUMNS}
        v1,1970-01-01,28,0.9,0,,1,,rolling
        v2,2026-05-01,14,0.8,3,7,1,plan,rolling""",
    )
    company.configure(
        "event_weights",
        """version,event_name,weight,daily_cap,counts_as_active
        v1,task_created,3,,true
        v2,task_created,5,,true""",
    )
    company.build(tests=True)
    assert before == company.query(
        "select * from engagement.user_scores where score_date < '2026-05-01' order by all"
    )
    assert company.query(
        "select distinct version from engagement.user_scores where score_date >= '2026-05-01'"
    ) == [("v2",)]
    assert company.differences() == []


def test_a_version_to_come_changes_nothing_yet(company: Company) -> None:
    company.write(
        "events",
        [
            event(f"{day}", "task_created", "u", f"{day} 09:00:00", account_id="a")
            for day in days(date(2026, 3, 1), 40)
        ],
    )
    small_scale(company)
    weights = """version,event_name,weight,daily_cap,counts_as_active
        v1,task_created,3,,true"""
    company.configure("event_weights", weights)
    company.build()
    tables = ("user_profiles", "account_profiles", "score_contributions", "feature_adoption")
    before = [company.query(f"select * from engagement.{table} order by all") for table in tables]
    company.configure(
        "scoring_versions",
        f"""{VERSION_COLUMNS}
        v1,1970-01-01,28,0.9,0,,1,,rolling
        v2,2026-04-15,14,0.8,3,7,1,plan,rolling""",
    )
    company.configure("event_weights", f"{weights}\n        v2,task_created,5,,true")
    company.build(tests=True)
    assert before == [
        company.query(f"select * from engagement.{table} order by all") for table in tables
    ]
    assert company.differences() == []


def test_normalization_pools_small_groups_and_names_the_unknown(company: Company) -> None:
    small_scale(company, min_population="2", normalize_by="plan")
    plans = {"a": "pro", "b": "pro", "c": "free", "d": ""}
    company.write("accounts", [{"account_id": key, "plan": plan} for key, plan in plans.items()])
    company.write(
        "events",
        [
            event(
                f"{account}{number}",
                "task_created",
                f"user-{account}",
                "2026-05-01 09:00:00",
                account_id=account,
            )
            for position, account in enumerate(plans)
            for number in range(position + 1)
        ],
    )
    company.build(only="score_calibrations account_scores", tests=True)
    assert dict(
        company.query(
            "select normalization_group, calibration_status from engagement.score_calibrations"
            " where entity_type = 'account'"
        )
    ) == {"all": "measured", "pro": "measured", "free": "pooled", "unknown": "pooled"}
    assert company.differences() == []


def test_account_history_decides_the_plan_of_the_day(company: Company) -> None:
    small_scale(company)
    company.configure(
        "key_features",
        """feature,event_name,launched_on,plans
        tasks,task_created,,
        reports,report_created,,pro""",
    )
    company.write("accounts", [{"account_id": "a", "plan": "free"}])
    company.write(
        "account_history", [{"account_id": "a", "valid_from": "2026-05-02", "plan": "pro"}]
    )
    company.write(
        "events",
        [
            event(day, "task_created", "u", f"{day} 09:00:00", account_id="a")
            for day in days(date(2026, 5, 1), 4)
        ],
    )
    company.build(only="account_adoption account_profiles", tests=True)
    assert company.query(
        "select features_available from engagement.account_adoption order by score_date"
    ) == [(1,), (2,), (2,)]
    assert company.value("select plan from engagement.account_profiles") == "pro"
    assert company.differences() == []


def test_a_typo_in_a_seeded_event_name_is_warned_of(company: Company) -> None:
    company.configure(
        "event_weights",
        """version,event_name,weight,daily_cap,counts_as_active
        v1,task_craeted,3,,true
        v1,task_created,3,,true""",
    )
    company.write("events", [event("1", "task_created", "u", "2026-05-01 09:00:00")])
    outcome = company.build(only="event_inventory", tests=True)
    assert "seeded_events_occur" in [node.name for node in outcome.warnings]
    assert ("task_craeted",) in company.query(
        "select event_name from engagement.event_inventory where is_missing"
    )


def test_plans_of_a_feature_that_no_account_has_had_are_warned_of(company: Company) -> None:
    company.configure(
        "key_features",
        """feature,event_name,launched_on,plans
        all,task_created,,
        past,task_created,,basic|pro
        typo,task_created,,basic|Pro""",
    )
    company.write("events", [event("1", "task_created", "u", "2026-05-01 09:00", account_id="a")])
    company.write("accounts", [{"account_id": "a", "plan": "pro"}])
    company.write(
        "account_history", [{"account_id": "a", "valid_from": "2026-04-01", "plan": "basic"}]
    )
    outcome = company.build(only="feature_adoption", tests=True)
    (warned,) = (node for node in outcome.warnings if node.name == "seeded_plans_occur")
    told = "key_features.plans of typo is basic|Pro, of which accounts have had 1 of 2"
    assert told in warned.message
    assert "past" not in warned.message
    assert "of all" not in warned.message


def test_sources_that_are_tables_are_mapped_by_vars(company: Company) -> None:
    with duckdb.connect(str(company.tables)) as connection:
        connection.execute("create schema app")
        connection.execute(
            "create table app.clicks as select 1 as id, 'task_created' as what, 7 as who,"
            " timestamp '2026-05-01 09:00:00' as ts"
        )
    settings = company.settings(
        input_schema="app",
        input_tables={"events": "clicks"},
        input_columns={
            "events": {
                "event_id": "id",
                "event_name": "what",
                "user_id": "who",
                "occurred_at": "ts",
            }
        },
    )
    company.data.rmdir()
    arguments = ["--select", "+user_profiles", "--exclude-resource-type", "test"]
    outcome = build(replace(settings, data=None), arguments)
    company.data.mkdir()
    assert not outcome.failures
    assert company.query("select user_id, events from engagement.user_profiles") == [("7", 1)]


def test_rows_that_come_to_a_table_during_a_run_wait_for_the_next(company: Company) -> None:
    with duckdb.connect(str(company.tables)) as connection:
        connection.execute("create schema app")
        connection.execute(
            "create table app.events as select * from (values"
            " ('1', 'task_created', 'u', '01.05.2026', now() - interval 1 day),"
            " ('2', 'task_created', 'u', '02.05.2026', now() + interval 60 second),"
            " ('3', 'task_created', 'u', '01.05.2026', now() + interval 10 year),"
            " ('4', 'task_created', 'u', '01.05.2026', null))"
            " as events (event_id, event_name, user_id, happened, loaded_at)"
        )
    expression = {"events": {"occurred_at": {"sql": "strptime(happened, '%d.%m.%Y')"}}}
    settings = replace(
        company.settings(input_schema="app", input_columns=expression),
        data=None,
    )

    def rows() -> Any:
        assert not build(settings, ["--exclude-resource-type", "test"]).failures
        company.publish()
        with tables.copied(settings) as copy:
            checked = validation.Settings.from_vars(
                copy.inputs, settings.seeds_folder(), copy.variables, of_tables=copy.of_tables
            )
            report = validation.validate(checked, copy.database)
        assert [table for table in report.tables if table.differences] == []
        return company.value(
            "select source_rows from engagement.run_history order by started_at desc limit 1"
        )

    assert rows() == 3
    with duckdb.connect(str(company.tables)) as connection:
        connection.execute(
            "update app.events set loaded_at = now() - interval 2 second where event_id = '2'"
        )
    assert rows() == 4


def test_all_that_tables_lack_is_said_at_once(company: Company) -> None:
    with duckdb.connect(str(company.tables)) as connection:
        connection.execute("create schema app")
        connection.execute("create table app.users as select 'u' as id")
        connection.execute("create table app.subscriptions as select 'a' as account_id, 1 as mrr")
    settings = replace(company.settings(input_schema="app"), data=None)
    with pytest.raises(UsageError) as stopped:
        build(settings, [])
    lines = str(stopped.value).splitlines()
    assert len(lines) == 3
    for line, words in zip(
        sorted(lines),
        [
            "subscriptions lacks the required column month: add it",
            "users lacks the required column user_id: add it, or name the column that holds it",
            "There are no events at",
        ],
        strict=True,
    ):
        assert words in line.replace('"', "")


def test_a_source_named_like_one_of_ours_is_refused_and_not_replaced(company: Company) -> None:
    with duckdb.connect(str(company.working_file)) as connection:
        connection.execute(f"create schema {BUILT}")
        connection.execute(f"create table {BUILT}.user_scores as select 42 as precious")
    settings = company.settings(
        input_database="build", input_schema=BUILT, input_tables={"events": "user_scores"}
    )
    with pytest.raises(
        UsageError, match=f"{BUILT}.user_scores, which the model user_scores would replace"
    ):
        build(replace(settings, data=None), [])
    assert company.query("select precious from engagement.user_scores") == [(42,)]


def test_a_file_that_is_no_publication_is_not_replaced(company: Company) -> None:
    company.write("events", [event("1", "task_created", "u", "2026-05-01 09:00:00")])
    with duckdb.connect(str(company.database)) as connection:
        connection.execute("create table precious as select 42 as value")
    with pytest.raises(UsageError, match="holds tables of its own"):
        build(company.settings(), [])
    with duckdb.connect(str(company.database), read_only=True) as connection:
        assert connection.execute("from precious").fetchall() == [(42,)]


def test_the_last_day_that_counts_can_be_set(company: Company) -> None:
    company.write(
        "events",
        [event(day, "task_created", "u", f"{day} 09:00:00") for day in days(date(2026, 5, 1), 10)],
    )
    company.build(only="user_scores activity", as_of=date(2026, 5, 4))
    assert company.query(
        "select as_of, accepted_events, pending_events from engagement.run_history"
    ) == [(date(2026, 5, 4), 4, 6)]
    assert company.value("select max(score_date) from engagement.user_scores") == date(2026, 5, 4)
    assert company.differences(as_of=date(2026, 5, 4)) == []


def test_a_past_run_is_reproduced_by_as_of_and_loaded_before(company: Company) -> None:
    early = [
        event(day, "task_created", "u", f"{day} 09:00:00", loaded_at=f"{day} 09:05:00")
        for day in days(date(2026, 5, 1), 10)
    ]
    late = event(
        "late", "task_created", "u", "2026-05-02 10:00:00", loaded_at="2026-05-20 00:00:00"
    )
    company.write("events", early)
    company.build(only="user_scores")
    first = company.query("select * from engagement.user_scores order by all")
    company.write(
        "events",
        [
            *early,
            late,
            event(
                "new", "task_created", "u", "2026-05-20 10:00:00", loaded_at="2026-05-20 11:00:00"
            ),
        ],
    )
    company.build(only="user_scores", as_of=date(2026, 5, 9), loaded_before="2026-05-11 00:00:00")
    assert company.query("select * from engagement.user_scores order by all") == first


@pytest.mark.parametrize(
    ("first_score_date", "first"), [("2020-01-01", "2026-05-01"), ("2026-05-04", "2026-05-04")]
)
def test_scores_begin_with_the_events_or_later(
    company: Company, first_score_date: str, first: str
) -> None:
    company.write(
        "events",
        [event(day, "task_created", "u", f"{day} 09:00:00") for day in days(date(2026, 5, 1), 8)],
    )
    company.build(only="product_scores user_scores", first_score_date=first_score_date)
    assert str(company.value("select min(score_date) from engagement.product_scores")) == first
    assert company.differences(first_score_date=first_score_date) == []


def test_an_as_of_before_the_first_event_leaves_everybody_unscored(company: Company) -> None:
    company.write("events", [event("1", "task_created", "u", "2026-05-01 09:00:00")])
    company.write("users", [{"user_id": "u"}])
    company.build(as_of=date(2026, 4, 1))
    assert company.query("select accepted_events, pending_events from engagement.run_history") == [
        (0, 1)
    ]
    assert company.query("select score, events, as_of from engagement.user_profiles") == [
        (0, 0, date(2026, 4, 1))
    ]
    assert company.differences(as_of=date(2026, 4, 1)) == []


def test_days_before_the_first_version_are_not_scored(company: Company) -> None:
    company.write(
        "events",
        [
            event(day, "task_created", "u", f"{day} 09:00:00", account_id="a")
            for day in days(date(2026, 3, 1), 60)
        ],
    )
    small_scale(company, valid_from="2026-03-20")
    company.build()
    assert company.value("select min(score_date) from engagement.user_scores") == date(2026, 3, 20)
    assert (
        company.value(
            "select count(*) from engagement.activity"
            " where activity_date < '2026-03-20' and daily_active > 0"
        )
        == 0
    )
    assert company.differences() == []


def test_a_plan_is_matched_as_a_whole_and_to_the_letter(company: Company) -> None:
    small_scale(company)
    company.configure(
        "key_features",
        """feature,event_name,launched_on,plans
        tasks,task_created,,pro_x|free%""",
    )
    plans = {"a": "pro_x", "b": "proAx", "c": "free", "d": "free%", "e": "pro"}
    company.write("accounts", [{"account_id": key, "plan": plan} for key, plan in plans.items()])
    company.write(
        "events",
        [
            event(account, "task_created", account, "2026-05-01 09:00:00", account_id=account)
            for account in plans
        ],
    )
    company.build(only="account_adoption feature_adoption")
    assert company.query(
        "select account_id from engagement.account_adoption where features_available = 1 order by 1"
    ) == [("a",), ("d",)]
    assert company.differences() == []


def test_the_composite_is_exact_beyond_the_digits_of_a_score(company: Company) -> None:
    small_scale(company)
    company.configure(
        "key_features",
        "\n".join(
            [
                "feature,event_name,launched_on,plans",
                "tasks,task_created,,",
                *(f"feature {number},event {number},," for number in range(13)),
            ]
        ),
    )
    company.write(
        "events", [event("1", "task_created", "u", "2026-05-01 09:00:00", account_id="a")]
    )
    company.build(only="product_scores")
    # Adoption 1/14, stickiness 1/28: with nobody lost or gained yet, the mean of these two.
    composite = company.value("select composite_score from engagement.product_scores")
    assert composite == pytest.approx(100 * 3 / 56, abs=1e-12)
    assert company.differences() == []


def test_without_active_users_there_is_no_composite(company: Company) -> None:
    company.write(
        "events",
        [
            event("1", "task_created", "u", "2026-05-01 09:00:00", account_id="a"),
            event("2", "page_seen", "u", "2026-07-10 09:00:00", account_id="a"),
        ],
    )
    company.build(only="product_scores")
    composite = "select composite_score is null from engagement.product_scores where score_date = "
    assert company.query(f"{composite} '2026-05-10'") == [(False,)]
    assert company.query(f"{composite} '2026-07-09'") == [(True,)]
    assert company.differences() == []


def test_three_different_days_in_some_week(company: Company) -> None:
    """Relax Inc calls a user adopted who has logged in on three different days in some seven."""
    logins = {
        "one day": [(1, 3)],
        "two days": [(1, 9), (7, 9)],
        "a week": [(1, 1), (4, 1), (7, 1)],
        "eight days": [(1, 2), (4, 2), (8, 2)],
        "later": [(1, 1), (5, 1), (9, 1), (11, 1)],
        "across two months": [(27, 1), (30, 1), (33, 1)],
    }
    company.configure(
        "activation_milestones",
        """milestone,entity_type,event_name,min_count,min_days,within_days,any_days,position
        adopted,user,task_created,,3,,7,1
        adopted,user,todo_created,,3,,7,1
        busy,user,task_created,4,,,1,2""",
    )
    rows = [
        event(
            f"{user} {day} {number}",
            ("task_created", "todo_created")[day % 2],
            user,
            str(datetime(2026, 5, 1, 9) + timedelta(days=day - 1, minutes=number)),
        )
        for user, days_of_user in logins.items()
        for day, count in days_of_user
        for number in range(count)
    ]
    last = event("last", "other", "last", "2026-06-04 09:00:00")
    for seen in (8, 40):
        until = str(datetime(2026, 5, 1) + timedelta(days=seen))
        company.write("events", [row for row in [*rows, last] if row["occurred_at"] < until])
        company.build(tests=seen == 40)
        assert company.differences() == []
    assert company.query(
        "select entity_id, occurrences, reached_on::varchar from engagement.activation_steps"
        " where milestone = 'adopted' and entity_id <> 'last' order by entity_id"
    ) == [
        ("a week", 3, "2026-05-07"),
        ("across two months", 3, "2026-06-02"),
        ("eight days", 2, None),
        ("later", 3, "2026-05-11"),
        ("one day", 1, None),
        ("two days", 2, None),
    ]
    assert company.query(
        "select distinct event_name, min_count, min_days, any_days"
        " from engagement.activation_steps order by all"
    ) == [("task_created", 4, None, 1), ("task_created|todo_created", None, 3, 7)]
    busy = "select count(*) from engagement.activation_steps where milestone = 'busy'"
    assert company.value(f"{busy} and is_reached") == 0
    assert company.value(f"{busy} and occurrences = 2") == 1


def test_milestones_of_users_only(company: Company) -> None:
    """An account without milestones of its own still has those of its users."""
    company.configure(
        "activation_milestones",
        """milestone,entity_type,event_name,min_count,within_days,position
        a task,user,task_created,1,,1""",
    )
    company.write(
        "events", [event("1", "task_created", "u", "2026-05-01 09:00:00", account_id="a")]
    )
    company.build(only="account_activation user_activation activation_steps", tests=True)
    assert company.query(
        "select milestones, activation_rate, mean_user_activation_rate"
        " from engagement.account_activation"
    ) == [(0, None, 1)]
    assert company.differences() == []
