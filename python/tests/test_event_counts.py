"""How often a row of events counts, and for whom: quantities, and events without a user."""

from datetime import date
from decimal import Decimal

import duckdb
import pytest
from conftest import Company, event

from engagement.explain import explain

DAY = "2026-05-01"
MINUS = "\N{MINUS SIGN}"
LOADED = "2026-05-10 00:00:00"


def report(number: int, user: str, at: str = DAY, **columns: object) -> dict[str, object]:
    return event(str(number), "report", user, at, loaded_at=LOADED, **columns)


def test_a_quantity_is_how_many_events_a_row_stands_for(company: Company) -> None:
    company.score_reports()
    quantities = ["", "3", "2.0", "0", "1e1", "x", "2.5", "-1", "1000000000", "inf"]
    company.write("events", [report(n, "u", quantity=q) for n, q in enumerate(quantities)])
    company.build(tests=True)
    assert company.query(
        "select source_rows, accepted_events, rejected_events from engagement.run_history"
    ) == [(10, 5, 5)]
    assert company.query(
        "select reason, quantity from engagement.rejected_events order by quantity"
    ) == [("bad_quantity", quantity) for quantity in ["-1", "1000000000", "2.5", "inf", "x"]]
    assert company.query(
        "select source_rows, events from engagement.event_inventory where event_name = 'report'"
    ) == [(5, 16)]
    assert company.value("select points from engagement.user_scores") == 16
    assert company.value("select events from engagement.user_profiles") == 16
    assert company.differences() == []


@pytest.mark.parametrize(
    "column",
    ["4::integer", "4.0::double", "4.0::decimal(9, 2)", "'4'"],
    ids=["integer", "double", "decimal", "text"],
)
def test_a_quantity_may_be_of_any_type(company: Company, column: str) -> None:
    company.score_reports()
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (select '1' event_id, 'report' event_name, 'u' user_id,"
            f" date '{DAY}' occurred_at, {column} quantity"
            f" union all select '2', 'report', 'u', date '{DAY}', null)"
            f" to '{company.data / 'events.parquet'}' (format parquet)"
        )
    company.build()
    assert company.value("select points from engagement.user_scores") == 5
    assert company.differences() == []


def test_the_daily_cap_bounds_the_sum_of_quantities(company: Company) -> None:
    company.score_reports()
    company.configure(
        "event_weights",
        """version,event_name,weight,daily_cap,counts_as_active
        v1,report,1,5,true
        v1,sync,0.001,,true""",
    )
    company.write(
        "events",
        [
            report(1, "u", quantity=2),
            report(2, "u", quantity=7),
            event("3", "sync", "v", DAY, quantity=999_999_999),
            event("4", "sync", "v", DAY, quantity=999_999_999),
        ],
    )
    company.build()
    assert company.query("select user_id, points from engagement.user_scores order by user_id") == [
        ("u", 5),
        ("v", Decimal("999999.999")),
    ]
    assert company.differences() == []


def test_an_event_of_quantity_0_is_accepted_and_leaves_no_trace(company: Company) -> None:
    company.score_reports()
    company.write(
        "events",
        [
            report(1, "u", "2026-05-03"),
            report(2, "v", "2026-05-02", quantity=0),
            report(3, "u", "2026-04-01", quantity=0),
        ],
    )
    company.build(tests=True)
    assert company.value("select accepted_events from engagement.run_history") == 3
    assert company.query("select user_id, first_seen_on from engagement.user_profiles") == [
        ("u", date(2026, 5, 3))
    ]
    assert company.value("select min(score_date) from engagement.product_scores") == date(
        2026, 5, 3
    )
    assert company.differences() == []


def test_of_copies_with_different_quantities_the_last_loaded_stays(company: Company) -> None:
    company.score_reports()
    first = [
        event("1", "report", "u", DAY, loaded_at="2026-05-02 08:00:00", quantity=2),
        event("1", "report", "u", DAY, loaded_at="2026-05-02 09:00:00", quantity=5),
        event("2", "report", "v", DAY, loaded_at="2026-05-02 08:00:00", quantity=1),
        event("3", "report", "w", DAY, quantity=4),
        event("3", "report", "w", DAY, quantity=6),
        event("4", "report", "x", DAY, loaded_at="2026-05-02 08:00:00", account_id="a"),
        event("4", "report", "x", DAY, loaded_at="2026-05-02 09:00:00", account_id="b", quantity=1),
    ]
    points = f"select user_id, points from engagement.user_scores where score_date = '{DAY}'"
    company.write("events", first)
    company.build()
    assert dict(company.query(points)) == {"u": 5, "v": 1, "w": 6, "x": 1}
    assert company.query(
        "select account_id from engagement.rejected_events where event_id = '4'"
    ) == [("b",)]  # the quantities are the same: the first stays
    later = event("2", "report", "v", DAY, loaded_at="2026-05-03 08:00:00", quantity=3)
    company.write("events", [*first, later])
    company.build()
    assert dict(company.query(points)) == {"u": 5, "v": 3, "w": 6, "x": 1}
    assert company.differences() == []


def test_an_event_without_a_user_counts_for_its_account_alone(company: Company) -> None:
    company.score_reports()
    company.configure("key_features", "feature,event_name,launched_on,plans\nreports,report,,")
    company.configure(
        "activation_milestones",
        """milestone,entity_type,event_name,min_count,within_days,position
        two reports,account,report,2,,1
        a report,user,report,1,,1""",
    )
    company.write(
        "events",
        [
            report(1, "", account_id="a", quantity=3),
            report(2, "", account_id="b"),
            report(3, "u", account_id="b"),
            report(4, "", account_id=""),
        ],
    )
    company.build(tests=True)
    assert company.query("select reason, event_id from engagement.rejected_events") == [
        ("missing_user_id", "4")
    ]
    assert company.query(
        "select account_id, points, active_days, active_users, members, champion_user_id,"
        f" champion_concentration from engagement.account_scores where score_date = '{DAY}'"
        " order by account_id"
    ) == [("a", 3, 1, 0, 0, None, None), ("b", 2, 1, 1, 1, "u", 0.5)]
    assert company.query(
        "select daily_active from engagement.activity where activity_date = '2026-05-01'"
        " order by entity_type"
    ) == [(2,), (1,)]
    assert company.query("select user_id from engagement.user_profiles") == [("u",)]
    assert dict(
        company.query("select account_id, activation_rate from engagement.account_activation")
    ) == {"a": 1, "b": 1}
    assert dict(
        company.query("select account_id, adoption_rate_all_time from engagement.account_adoption")
    ) == {"a": 1, "b": 1}
    assert company.query(
        "select user_id, account_id, user_points, share_of_user, account_points, share_of_account"
        " from engagement.score_contributions order by account_id, user_id nulls last"
    ) == [(None, "a", 0, None, 3, 1), ("u", "b", 1, 1, 1, 0.5), (None, "b", 0, None, 1, 0.5)]
    assert company.differences() == []


def test_the_cap_of_events_without_a_user_holds_over_merged_accounts(company: Company) -> None:
    company.score_reports()
    company.configure(
        "event_weights",
        """version,event_name,weight,daily_cap,counts_as_active
        v1,report,1,4,true""",
    )
    company.write(
        "events",
        [report(1, "", account_id="old", quantity=3), report(2, "", account_id="new", quantity=3)],
    )
    company.build()
    points = f"select account_id, points from engagement.account_scores where score_date = '{DAY}'"
    assert dict(company.query(points)) == {"old": 3, "new": 3}
    company.write("account_identities", [{"alias_id": "old", "account_id": "new"}])
    company.build()
    assert dict(company.query(points)) == {"new": 4}
    assert company.differences() == []
    company.configure("excluded_accounts", "account_id,reason\nnew,ours")
    company.build()
    assert company.query(points) == []
    assert company.differences() == []


def test_events_without_a_user_are_nobody_who_fell_silent(company: Company) -> None:
    company.score_reports()
    company.write(
        "events",
        [
            report(1, "", "2026-04-25", account_id="a", quantity=30),
            report(2, "", "2026-05-08", account_id="a", quantity=10),
            report(3, "", "2026-05-09", account_id="b"),
        ],
    )
    company.build(as_of=date(2026, 5, 8))
    explanation = explain(company.publish().settings(), "account", "a")
    assert explanation.sentence().replace(MINUS, "-") == "-19.8: 20 fewer report (-19.8)"
