"""The same company on PostgreSQL: what DuckDB says, and only to those who may know."""

from collections.abc import Iterator
from typing import Any

import pytest
import test_sources_ga4 as ga4
import test_sources_snowplow as snowplow
from conftest import Company, event
from macros import Macros
from psycopg2.errors import InsufficientPrivilege
from test_actors import FIRST, configure
from test_groups import ON, PEOPLE, write_days
from test_json import CASES, OBJECTS, assert_entries, entries_in, found_in, objects_in
from test_reading import MONTHS, TIMES
from test_sources import LAYOUTS, RESOLVED, as_written

from engagement import lock
from engagement.doctor import examine
from engagement.erasure import erase
from engagement.errors import GivenUp, UsageError
from engagement.runner import build
from engagement.validation import TABLE_KEYS

from .engine import (
    build_and_night,
    build_on,
    differences,
    empty,
    load_inputs,
    load_rows,
    read_on,
    report,
    settings_on,
    validate_on,
)
from .postgres import Postgres, running


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with running() as started:
        started.query("create role bi login; create role stranger login")
        yield started


@pytest.fixture
def postgres(server: Postgres) -> Postgres:
    """The server without any tables."""
    empty(server)
    return server


def test_a_build_and_a_night_say_what_duckdb_says(
    postgres: Postgres, simulated: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENGAGEMENT_READERS", "bi")
    build_and_night(postgres, simulated)
    read_on(postgres, simulated)
    validate_on(postgres, simulated)

    # Who reads may read what is public, before and after a night, and nothing else.
    with postgres.cursor("bi") as cursor:
        for table in TABLE_KEYS:
            cursor.execute(f"select * from engagement.{table} limit 1")
    for user, statement in (
        ("bi", "select * from engagement_internal.int_users"),
        ("bi", "delete from engagement.user_profiles"),
        ("stranger", "select * from engagement.user_profiles"),
    ):
        with postgres.cursor(user) as cursor, pytest.raises(InsufficientPrivilege):
            cursor.execute(statement)

    # Who filters by a day or an entity finds an index.
    for table, column in (("int_entity_scores", "score_date"), ("int_entity_scores", "entity_id")):
        ((found,),) = postgres.query(
            f"select count(*) from pg_indexes where tablename = '{table}'"
            f" and indexdef like '%({column})'"
        )
        assert found == 1


def test_text_is_read_as_duckdb_reads_it(postgres: Postgres, company: Company) -> None:
    times = [
        "2026-03-01", "2026-03-01 10:00", "2026-03-01T10:00:00.123456", "2026-03-01 23:30:00+02:00",
        "2026-03-01T10:00:00Z", "2026-03-01 10:00 UTC", "2026-02-30 10:00", "2026-03-01 25:00",
        "1 March 2026", "infinity", "now", "", "2026-03-01 10:00:00 -0530", "2026-03-01 24:00:00",
        "2026-03-01 23:59:60", "2026-03-01T23:59:59.9999999Z", "9999-12-31 10:00", *TIMES,
    ]  # fmt: skip
    company.write(
        "events",
        [event(f"e{number}", "logged_in", f"u{number}", at) for number, at in enumerate(times)]
        + [event(f"f{n}", "task_created", user, "2026-03-02") for n, user in enumerate("bBaA")]
        + [event("g1", "logged_in", "u0", "2026-03-03 08:00", account_id="z")],
    )
    seats = {"z": "10", "b": "2.5", "B": "1e2", "a": "many", "A": "", "c": "NaN", "d": "1e19"}
    company.write("accounts", [{"account_id": name, "seats": seats[name]} for name in seats])
    company.write(
        "memberships",
        [{"user_id": "u1", "account_id": account, "valid_from": ""} for account in ("b", "B", "a")],
    )
    company.write(
        "subscriptions",
        [
            {
                "account_id": account,
                "subscription_id": f"s{n}",
                "month": month,
                "mrr": 12,
                "months": n,
            }
            for account in ("z", "b")
            for n, month in enumerate(MONTHS)
        ],
    )
    company.build()
    company.publish()
    load_inputs(postgres, company.data)
    for _ in range(2):
        build_on(postgres, company.seeds)
    found = differences(postgres, company.database)
    assert not found, report(found)


def test_json_is_read_as_duckdb_reads_it(postgres: Postgres) -> None:
    macros = Macros("postgres")
    postgres.query(macros.create_functions())
    assert found_in(macros, postgres.query) == [expected for *_, expected in CASES]
    assert objects_in(macros, postgres.query) == [expected for _, expected in OBJECTS]
    assert_entries(entries_in(macros, postgres.query))


def test_actors_and_derived_events_are_those_of_duckdb(
    postgres: Postgres, company: Company
) -> None:
    configure(company)
    company.write("events", FIRST)
    company.build(publish_personal_data=True)
    company.publish()
    load_inputs(postgres, company.data)
    build_on(postgres, company.seeds)
    found = differences(postgres, company.database)
    assert not found, report(found)


def test_domains_name_accounts_and_parents_roll_up_as_on_duckdb(
    postgres: Postgres, company: Company
) -> None:
    """Also on a second night, with another address, another parent and another free-mail domain."""
    company.score_reports()
    write_days(company, [person["user_id"] for person in PEOPLE], 11)
    parents = {"listed.com": "acme.com", "mid": "listed.com", "sub.acme.com": "mid"}
    people = [dict(person) for person in PEOPLE]
    for night in range(2):
        if night:
            parents |= {"mid": "acme.com"}
            people[0] |= {"email": "ann@listed.com"}
            free = (company.seeds / "free_mail_domains.csv").read_text()
            company.configure("free_mail_domains", f"{free}sub.acme.com,free")
            postgres.query("truncate raw.accounts, raw.events, raw.users")
        company.write(
            "accounts",
            [{"account_id": a, "parent_account_id": parent} for a, parent in parents.items()],
        )
        company.write("users", people)
        load_inputs(postgres, company.data)
        with settings_on(postgres, company.seeds, **ON) as settings:
            assert not build(settings, []).failures
    company.build(publish_personal_data=True, **ON)
    company.publish()
    found = differences(postgres, company.database)
    assert not found, report(found)
    assert postgres.query(
        "select child_accounts, members, rolled_up_members from engagement.account_profiles"
        " where account_id = 'acme.com'"
    ) == [(3, 3, 5)]  # cat, eve and fay; and of listed.com ann and ned

    company.write("accounts", [{"account_id": "own", "parent_account_id": "own"}])
    load_rows(postgres, company.data, "accounts", "true")
    with (
        settings_on(postgres, company.seeds, **ON) as settings,
        pytest.raises(UsageError, match=r"parent_account_id leads in a circle \(own\)"),
    ):
        build(settings, [])


def test_doctor_reads_tables_and_makes_nothing(postgres: Postgres, company: Company) -> None:
    company.write("events", [event("1", "task_created", "u", "01/05/2026", account_id="a")])
    load_inputs(postgres, company.data)
    made = (
        "select schemaname, tablename from pg_tables where schemaname like 'engagement%'"
        " order by 1, 2"
    )
    before = postgres.query(made)
    with settings_on(postgres, company.seeds) as settings:
        found = {finding.area: str(finding.state) for finding in examine(settings)}
    assert (found["mapping"], found["seeds"]) == ("look at", "good")
    assert postgres.query(made) == before


def test_the_second_build_waits_and_says_for_whom(
    postgres: Postgres, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "LIMIT_SECONDS", 0)
    monkeypatch.setattr(lock, "PAUSE_SECONDS", 0)
    said: list[str] = []
    with settings_on(postgres, company.seeds) as settings:
        with lock.only_build(settings, said.append):
            second = lock.only_build(settings, said.append)
            with pytest.raises(GivenUp, match=r"process \d+ of the server, connected since 2"):
                second.__enter__()
            monkeypatch.setenv("ENGAGEMENT_SCHEMA", "another")
            with lock.only_build(settings, said.append):
                assert len(said) == 1
            monkeypatch.delenv("ENGAGEMENT_SCHEMA")
        with lock.only_build(settings, said.append):
            assert len(said) == 1


def test_an_erased_person_is_in_no_table(postgres: Postgres, company: Company) -> None:
    """And the next night reads the rows that remain under the other id."""
    rows = [
        event(f"{user} {day}", name, user, f"2026-05-{day:02} 09:00", properties=f"by {user}")
        for user in ("ann-of-acme", "bob")
        for day in range(1, 11)
        for name in ("logged_in", "")
    ]
    company.write("events", rows[:-4])
    company.write("users", [{"user_id": "ann-of-acme", "email": "ann@acme.example"}])
    load_inputs(postgres, company.data)
    build_on(postgres, company.seeds)
    totals = "select score_date, sum(points), count(*) from engagement.published_scores group by 1"
    before = sorted(postgres.query(totals))
    with settings_on(postgres, company.seeds) as settings:
        report = erase(settings, "ann-of-acme")
        with pytest.raises(UsageError, match="There is no user nobody"):
            erase(settings, "nobody")
    assert sorted(postgres.query(totals)) == before
    assert any("events still holds the person in 20 rows" in line for line in report.left)
    assert any("backups" in line for line in report.done)
    for _ in range(2):
        for schema, table in postgres.query(
            "select schemaname, tablename from pg_tables where schemaname like 'engagement%'"
        ):
            named = f"select * from {schema}.{table} as t where t::text ~ 'ann-of|ann@acme'"
            assert postgres.query(named) == [], table
        company.write("events", rows[-4:])
        load_rows(postgres, company.data, "events", "true")
        build_on(postgres, company.seeds)
    ids = postgres.query("select user_id from engagement.user_profiles")
    assert set(ids) == {(report.person.erased_id,), ("bob",)}


def test_the_word_null_in_a_seed_is_refused(postgres: Postgres, company: Company) -> None:
    """dbt reads it as empty, in any case: the user with that id would not be excluded."""
    company.write("events", [event("e1", "logged_in", "null", "2026-03-01")])
    company.configure("excluded_users", "user_id,reason\nNULL,a bug\nnull,a bot")
    load_inputs(postgres, company.data)
    with pytest.raises(UsageError) as raised:
        build_on(postgres, company.seeds)
    assert [line.split("/")[-1] for line in str(raised.value).splitlines()] == [
        f"excluded_users.csv, row {reason}: "
        "user_id is empty, or the word null, which no value can be here: fill it in"
        for reason in ("a bot", "a bug")
    ]


def build_sources(postgres: Postgres, company: Company, **variables: Any) -> None:
    """Builds the inputs that vendors' tables make, and the counts of events."""
    chosen = ["+stg_events", "+int_daily_event_counts"]
    with settings_on(postgres, company.seeds, **variables) as settings:
        outcome = build(settings, ["--exclude-resource-type", "test", "--select", *chosen])
    assert not outcome.failures, [(node.name, node.message) for node in outcome.failures]


def received_on(postgres: Postgres) -> list[tuple[Any, ...]]:
    """The events that are not rejected, as of test_sources.received."""
    found = postgres.query(
        "select distinct event_name, user_id, account_id, occurred_at"
        " from engagement_internal.stg_events where rejection_reason is null order by occurred_at"
    )
    return [(*row[:3], as_written(row[3])) for row in found]


def resolved_on(postgres: Postgres) -> dict[tuple[Any, ...], int]:
    """How many events each user had, as of test_sources.resolved."""
    found = postgres.query(
        "select event_date, coalesce(merged_user_id, received_user_id), account_id, is_excluded,"
        " sum(events) from engagement_internal.int_daily_event_counts group by 1, 2, 3, 4"
    )
    return {row[:4]: int(row[4]) for row in found}


def test_snowplow_tells_the_story(postgres: Postgres, company: Company) -> None:
    """The account of one event is in the table of its entity, of the others in a column of JSON."""
    layout = LAYOUTS / "snowplow"
    load_rows(postgres, layout, "events", "true")
    load_rows(postgres, layout, "com_example_account_1", "true")
    for column in ("collector_tstamp", "derived_tstamp", "load_tstamp", "etl_tstamp"):
        change_type(postgres, "events", column, "timestamp")
    for column in (
        "unstruct_event_com_example_project_created_1",
        "contexts_com_example_account_1",
        "contexts_com_iab_snowplow_spiders_and_robots_1",
    ):
        change_type(postgres, "events", column, "jsonb")
    postgres.query(
        "update raw.events set contexts_com_example_account_1 = null where event_id like '%3'"
    )
    snowplow.own(company)
    for name in ("users", "memberships", "identities"):
        load_rows(postgres, company.data, name, "true")
    build_sources(
        postgres,
        company,
        source_tables={"snowplow": {"account_entity": "com_example_account_1"}},
        **snowplow.SETTINGS,
    )
    assert received_on(postgres) == snowplow.STORY
    assert resolved_on(postgres) == RESOLVED


def test_ga4_tells_the_story(postgres: Postgres, company: Company) -> None:
    """Its tables of days are one table, and parameters are JSON."""
    for name, days in (("ga4_events", "events_2*"), ("ga4_events_intraday", "events_intraday_2*")):
        company.write(name, ga4.rows_of(days))
        load_rows(postgres, company.data, name, "true")
        for column in ("event_params", "user_properties"):
            change_type(postgres, name, column, "jsonb")
        change_type(postgres, name, "event_timestamp", "bigint")
    company.write("identities", ga4.MERGES)
    load_rows(postgres, company.data, "identities", "true")
    build_sources(postgres, company, sources=["ga4"])
    assert received_on(postgres) == [event for event in ga4.STORY if event[1]]
    assert resolved_on(postgres) == ga4.COUNTED


def change_type(postgres: Postgres, table: str, column: str, data_type: str) -> None:
    """Makes a column of text one of another type."""
    value = f"cast({column} as {data_type})"
    postgres.query(f"alter table raw.{table} alter {column} type {data_type} using {value}")
