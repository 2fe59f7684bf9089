"""The simulated company: reproducible, in the shape of the contract, with what it says it has."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

import engagement.simulate
from engagement.commands.options import Vendor
from engagement.project import PACKAGE
from engagement.proposal.recognition import recognize
from engagement.simulate import LAYOUTS, Breakage, Simulation, simulate

COLUMNS = {
    "events": "event_id VARCHAR, event_name VARCHAR, user_id VARCHAR, account_id VARCHAR, "
    "occurred_at TIMESTAMP, loaded_at TIMESTAMP, properties VARCHAR",
    "users": "user_id VARCHAR, account_id VARCHAR, created_at TIMESTAMP, email VARCHAR, "
    "role VARCHAR, is_internal BOOLEAN, is_champion BOOLEAN",
    "accounts": "account_id VARCHAR, parent_account_id VARCHAR, name VARCHAR, "
    "created_at TIMESTAMP, plan VARCHAR, status VARCHAR, trial_ends_on DATE, renews_on DATE, "
    "industry VARCHAR, owner VARCHAR, seats BIGINT",
    "memberships": "user_id VARCHAR, account_id VARCHAR, valid_from DATE, valid_to DATE",
    "account_history": "account_id VARCHAR, valid_from DATE, plan VARCHAR, status VARCHAR, "
    "owner VARCHAR",
    "subscriptions": "account_id VARCHAR, month DATE, mrr DOUBLE",
    "identities": "alias_id VARCHAR, user_id VARCHAR",
    "account_facts": "account_id VARCHAR, measured_on DATE, name VARCHAR, value DOUBLE",
}
UNTIL = date(2026, 6, 30)

# What the models will see: one row an event, resolved to its user and account, without faults.
CLEAN_EVENTS = """
    create table clean_events as
    with resolved as (
        select
            events.*,
            coalesce(chain.user_id, alias.user_id, events.user_id) as known_id
        from events
        left join identities as alias on events.user_id = alias.alias_id
        left join identities as chain on alias.user_id = chain.alias_id
    )
    select distinct on (event_id, occurred_at)
        resolved.event_id,
        resolved.event_name,
        users.user_id,
        coalesce(resolved.account_id, memberships.account_id, users.account_id) as account_id,
        resolved.occurred_at,
        cast(resolved.occurred_at as date) as event_date
    from resolved
    inner join users on resolved.known_id = users.user_id and not users.is_internal
    left join memberships
        on
            resolved.known_id = memberships.user_id
            and resolved.occurred_at >= memberships.valid_from
            and resolved.occurred_at < coalesce(memberships.valid_to, date '9999-12-31')
    where
        resolved.occurred_at < date '2026-07-01'
        and trim(resolved.event_id) <> ''
        and trim(resolved.event_name) <> ''
        and resolved.occurred_at <= coalesce(resolved.loaded_at + interval 1 hour, 'infinity')
    order by event_id, occurred_at, memberships.valid_from desc
"""


class Company:
    """A simulation as DuckDB views."""

    def __init__(self, folder: Path, simulation: Simulation) -> None:
        self.folder = folder
        self.simulation = simulation
        self.connection = duckdb.connect()
        for name in COLUMNS:
            files = folder / ("events/*" if name == "events" else name)
            self.connection.execute(f"create view {name} as from '{files}.parquet'")
        self.connection.execute(CLEAN_EVENTS)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql).fetchall()

    def one(self, sql: str) -> Any:
        [(value,)] = self.rows(sql)
        return value


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    folder = tmp_path_factory.mktemp("simulated") / "company"
    simulation = simulate(folder, accounts=300, users=2500, days=420, seed=7)
    company = Company(folder, simulation)
    yield company
    company.connection.close()


def small(out: Path, seed: int = 1) -> Simulation:
    return simulate(out, accounts=5, users=40, days=30, seed=seed)


def fingerprint(folder: Path) -> str:
    """A hash of all rows in their order, and of the manifest."""
    digest = hashlib.sha256((folder / "_simulation.json").read_bytes())
    for path in sorted(folder.rglob("*.parquet")):
        digest.update(path.relative_to(folder).as_posix().encode())
        for row in duckdb.execute(f"from '{path}'").fetchall():
            digest.update(repr(row).encode())
    return digest.hexdigest()


def test_the_same_arguments_give_the_same_rows_whatever_the_process(tmp_path: Path) -> None:
    small(tmp_path / "here")
    source = (
        "import sys; from pathlib import Path; from engagement.simulate import simulate; "
        "simulate(Path(sys.argv[1]), accounts=5, users=40, days=30, seed=1)"
    )
    python_path = str(Path(engagement.simulate.__file__).parents[2])
    environment = os.environ | {
        "PYTHONHASHSEED": "42",
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": python_path,
    }
    subprocess.run(
        [sys.executable, "-c", source, str(tmp_path / "there")], env=environment, check=True
    )
    small(tmp_path / "other", seed=2)
    assert fingerprint(tmp_path / "here") == fingerprint(tmp_path / "there")
    assert fingerprint(tmp_path / "here") != fingerprint(tmp_path / "other")


@pytest.mark.parametrize("table", COLUMNS)
def test_columns_and_types_are_those_of_the_contract(company: Company, table: str) -> None:
    described = company.rows(f"select column_name, column_type from (describe {table})")
    assert ", ".join(f"{name} {kind}" for name, kind in described) == COLUMNS[table]


def test_counts_are_those_of_the_files_and_the_manifest(company: Company) -> None:
    simulation = company.simulation
    counts = {name: company.one(f"select count(*) from {name}") for name in COLUMNS}
    assert counts.pop("events") == simulation.source_rows
    assert counts == simulation.tables
    assert (simulation.accounts, simulation.users) == (300, 2500)
    assert (counts["accounts"], counts["users"]) == (300, 2500)
    copies = simulation.faults["exact_copy"] + simulation.faults["reloaded_copy"]
    assert simulation.events + copies == simulation.source_rows

    manifest = json.loads((company.folder / "_simulation.json").read_text())
    assert manifest["arguments"]["seed"] == 7
    assert {name: manifest[name] for name in asdict(simulation)} == asdict(simulation)
    planted = [week["late"] for week in manifest["planted"].values()]
    assert sum(planted) == simulation.faults["late"]


RECOUNTS = {
    "exact_copy": """
        select count(*) - (select count(*) from (select distinct * from events)) from events
    """,
    "reloaded_copy": """
        select count(*) from (
            select event_id from events
            where event_id <> ''
            group by event_id, cast(occurred_at as date)
            having min(loaded_at) < max(loaded_at)
        )
    """,
    "reused_id": """
        select sum(n - 1) from (
            select count(distinct cast(occurred_at as date)) as n from events
            where event_id <> ''
            group by event_id
        ) where n > 1
    """,
    "late": """
        select count(*) from (
            select min(loaded_at) - min(occurred_at) as delay from events
            group by event_id, cast(occurred_at as date)
            having event_id <> ''
        ) where delay >= interval 2 hour
    """,
    "null_event_id": "select count(*) from events where event_id is null",
    "blank_event_id": "select count(*) from events where trim(event_id) = ''",
    "null_event_name": "select count(*) from events where event_name is null",
    "blank_event_name": "select count(*) from events where trim(event_name) = ''",
    "null_user_id": "select count(*) from events where user_id is null",
    "blank_user_id": "select count(*) from events where trim(user_id) = ''",
    "null_occurred_at": "select count(*) from events where occurred_at is null",
    "year_2099": "select count(*) from events where year(occurred_at) = 2099",
    "hours_ahead": """
        select count(*) from events
        where occurred_at > loaded_at + interval 60 minute and year(occurred_at) < 2099
    """,
    "null_loaded_at": "select count(*) from events where loaded_at is null",
    "unlisted_user": """
        select count(*) from events
        where
            user_id not in (select user_id from users union select alias_id from identities)
            and trim(user_id) <> ''
    """,
    "unlisted_account": """
        select count(*) from events where account_id not in (select account_id from accounts)
    """,
    "internal_rows": """
        select count(*) from events inner join users using (user_id) where is_internal
    """,
    "anonymous_rows": """
        select count(*) from events where user_id in (select alias_id from identities)
    """,
    "internal_users": "select count(*) from users where is_internal",
    "bots": "select count(*) from users where email like '%@bots.ours.example'",
    "aliased_users": "select count(*) from identities where user_id in (select user_id from users)",
    "chained_users": """
        select count(*) from identities where user_id in (select alias_id from identities)
    """,
    "users_in_two_accounts": """
        select count(*) from (
            select user_id from memberships group by user_id having count(distinct account_id) = 2
        )
    """,
    "users_without_events": """
        with seen as (
            select user_id from events
            union select user_id from identities
                where alias_id in (select user_id from events)
            union select anonymous.user_id from identities as anonymous
                inner join identities as device on anonymous.alias_id = device.user_id
                where device.alias_id in (select user_id from events)
        )
        select count(*) from users anti join seen using (user_id)
    """,
    "accounts_without_events": """
        with seen as (
            select user_id from events
            union select identities.user_id from events
                inner join identities on events.user_id = identities.alias_id
        )
        select count(*) from accounts where
            account_id not in (select account_id from events where account_id is not null)
            and account_id not in (select account_id from users
                where user_id in (from seen) and account_id is not null)
            and account_id not in (select account_id from memberships where user_id in (from seen))
    """,
}


def test_no_fault_is_missing_from_the_recounts(company: Company) -> None:
    assert RECOUNTS.keys() == company.simulation.faults.keys()


@pytest.mark.parametrize("fault", RECOUNTS)
def test_faults_are_there_as_often_as_the_manifest_says(company: Company, fault: str) -> None:
    assert company.simulation.faults[fault] > 0
    assert company.one(RECOUNTS[fault]) == company.simulation.faults[fault]


def test_some_events_are_more_than_thirty_days_late(company: Company) -> None:
    late = "select count(*) from events where loaded_at > occurred_at + interval 30 day"
    assert company.one(late) > 10
    assert company.one("select max(loaded_at) < '2026-07-01 06:00:00' from events")


def test_bots_outdo_every_user(company: Company) -> None:
    per_day = """
        select email like '%@bots.%' as is_bot, count(*) / count(distinct cast(occurred_at as date))
        from events inner join users using (user_id)
        where year(occurred_at) < 2099
        group by user_id, email
    """
    rates = company.rows(per_day)
    bots = [rate for is_bot, rate in rates if is_bot]
    users = sorted(rate for is_bot, rate in rates if not is_bot)
    assert min(bots) > 5 * users[len(users) // 2]


def test_ids_are_unique_and_refer_to_something(company: Company) -> None:
    assert company.one("select count(distinct user_id) = count(*) from users")
    assert company.one("select count(distinct account_id) = count(*) from accounts")
    assert company.one("select count(distinct (account_id, month)) = count(*) from subscriptions")
    history = "select count(distinct (account_id, valid_from)) = count(*) from account_history"
    assert company.one(history)
    for table in ("users", "memberships", "account_history", "subscriptions", "account_facts"):
        orphans = f"""
            select count(*) from {table} as t anti join accounts using (account_id)
            where t.account_id is not null
        """
        assert company.one(orphans) == 0, table
    assert company.one("select count(*) from memberships anti join users using (user_id)") == 0
    homeless = "select count(*) from users where account_id is null"
    assert company.one(f"{homeless} and not is_internal") == 0


def test_nobody_acts_before_joining_or_in_an_account_that_left(company: Company) -> None:
    before = """
        select count(*) from clean_events inner join users using (user_id)
        where
            clean_events.occurred_at < users.created_at
            and event_name not in ('pricing_viewed', 'signup_started')
    """
    after = """
        select count(*) from clean_events inner join account_history using (account_id)
        where status = 'churned' and event_date >= valid_from
    """
    assert company.one(before) == 0
    assert company.one(after) == 0
    too_early = """
        select count(*) from memberships inner join accounts using (account_id)
        where valid_from < cast(created_at as date)
    """
    assert company.one(too_early) == 0


def test_the_current_state_is_the_last_of_the_history(company: Company) -> None:
    differing = """
        select count(*) from accounts inner join (
            select account_id, arg_max((plan, status, owner), valid_from) as latest
            from account_history group by account_id
        ) using (account_id)
        where latest is distinct from (plan, status, owner)
    """
    assert company.one(differing) == 0
    unrenewed = "select count(*) from accounts where (renews_on is null) = (status = 'paying')"
    assert company.one(unrenewed) == 0
    assert company.one("select min(renews_on) from accounts") > UNTIL


def test_revenue_comes_in_the_months_in_which_an_account_pays(company: Company) -> None:
    months = f"""
        with spans as (
            select
                account_id, status, valid_from,
                lead(valid_from, 1, date '{UNTIL}' + 1) over (
                    partition by account_id order by valid_from
                ) - 1 as valid_to
            from account_history
        ),
        paying as (
            select distinct account_id, cast(unnest(range(
                date_trunc('month', greatest(valid_from, date '{UNTIL}' - 419)),
                date_trunc('month', valid_to) + interval 1 day,
                interval 1 month
            )) as date) as month
            from spans
            where status = 'paying' and valid_to > date '{UNTIL}' - 420
        )
        select
            (select count(*) from paying anti join subscriptions using (account_id, month)),
            (select count(*) from subscriptions anti join paying using (account_id, month))
    """
    assert company.rows(months) == [(0, 0)]
    assert company.one("select min(mrr) from subscriptions") > 0


ACTIVITY_BEFORE_LEAVING = """
    with leaving as (
        select account_id, min(valid_from) as left_on from account_history
        where status = 'churned' group by account_id having left_on > date '2025-09-01'
    ),
    counted as (
        select
            account_id,
            count(*) filter (event_date >= left_on - 14) / 2 as last_weeks,
            count(*) filter (event_date < left_on - 70) / 6 as usual
        from leaving
        inner join clean_events using (account_id)
        inner join accounts using (account_id)
        where event_date >= left_on - 112 and trial_ends_on is distinct from left_on
        group by account_id
        having usual >= 10
    )
"""


def test_most_accounts_fade_before_they_leave_and_some_do_not(company: Company) -> None:
    ratio = f"{ACTIVITY_BEFORE_LEAVING} select quantile_cont(last_weeks / usual, $q) from counted"
    assert company.one(ratio.replace("$q", "0.5")) < 0.6
    assert company.one(ratio.replace("$q", "0.95")) > 0.7
    assert company.simulation.story["faded_and_recovered"] > 0


# Accounts on several dates by use per active user in the 28 days before, and whether they left
# 72 to 180 days after: no account that left so late was fading yet.
RETENTION = """
    with dates as (
        select unnest(range(date '2025-06-01', date '2026-01-02', interval 1 month)) as day
    ),
    states as (
        select day, account_id, arg_max(status, valid_from) as status, min(valid_from) as since
        from dates, account_history where valid_from <= day group by all
    ),
    left_soon as (
        select account_id, valid_from as left_on from account_history where status = 'churned'
    ),
    used as (
        select
            day, account_id,
            count(*) filter (event_name = 'comment_added')
                + 10 * count(*) filter (event_name = 'teammate_invited')
                + 10 * count(*) filter (event_name = 'integration_connected')
                + 5 * count(*) filter (event_name = 'report_created') as drivers,
            count(distinct user_id) as users
        from dates, clean_events
        where event_date <= day and event_date > day - interval 28 day
        group by all
    ),
    ranked as (
        select
            percent_rank() over (partition by day order by drivers / users) as driver_rank,
            coalesce(left_on <= day + interval 180 day, false) as has_left
        from states
        inner join used using (day, account_id)
        left join left_soon using (account_id)
        where
            status in ('paying', 'free')
            and since < day - interval 60 day
            and (left_on is null or left_on > day + interval 72 day)
    )
    select avg(has_left::int) from ranked where driver_rank
"""


def test_accounts_deep_in_collaboration_stay(company: Company) -> None:
    shallow = company.one(f"{RETENTION} < 0.5")
    deep = company.one(f"{RETENTION} >= 0.5")
    assert shallow > 1.6 * deep


def test_without_a_churn_driver_use_says_nothing_about_who_leaves(tmp_path: Path) -> None:
    simulation = simulate(
        tmp_path / "out", accounts=600, users=5000, days=420, seed=7, no_churn_driver=True
    )
    company = Company(tmp_path / "out", simulation)
    shallow = company.one(f"{RETENTION} < 0.5")
    deep = company.one(f"{RETENTION} >= 0.5")
    company.connection.close()
    assert 0.75 < shallow / deep < 1.33
    story = simulation.story
    assert story["left_suddenly"] > 100
    assert not story["faded_and_left"] and not story["faded_and_recovered"]


def test_expansions_follow_rising_use(company: Company) -> None:
    rise = """
        with grown as (
            select account_id, month from (
                select *, lag(mrr) over (partition by account_id order by month) as before
                from subscriptions
            ) where mrr > before and month > date '2025-10-01'
        )
        select median(recent / earlier) from (
            select
                count(*) filter (event_date >= month - 28) / 4 as recent,
                count(*) filter (event_date < month - 28) / 8 as earlier
            from grown inner join clean_events using (account_id)
            where event_date >= month - 84 and event_date < month
            group by account_id, month
            having earlier > 5
        )
    """
    assert company.one(rise) > 1.0


def test_features_come_with_the_plan_and_the_launch(company: Company) -> None:
    free = """
        select count(*) from clean_events inner join accounts using (account_id)
        where event_name in ('report_created', 'timeline_viewed', 'automation_ran')
            and account_id in (
                select account_id from account_history group by account_id
                having max(plan) = 'free' and min(plan) = 'free'
            )
    """
    assert company.one(free) == 0
    launch = "select min(event_date) from clean_events where event_name = 'ai_summary_created'"
    assert company.one(launch) == date(2026, 3, 2)


def test_weekends_are_quiet_and_the_company_grows(company: Company) -> None:
    week = """
        select
            count(*) filter (isodow(event_date) >= 6) / count(*),
            count(*) filter (event_date > date '2026-06-02')
                / count(*) filter (event_date <= date '2025-06-04')
        from clean_events
    """
    [(weekend, growth)] = company.rows(week)
    assert weekend < 0.12
    assert growth > 1.2


def test_an_active_user_does_about_nine_things_a_day(company: Company) -> None:
    per_day = """
        select avg(n) from (
            select count(*) as n from clean_events
            where event_name not in ('notification_delivered', 'automation_ran')
            group by user_id, event_date
        )
    """
    assert 6 < company.one(per_day) < 12


def test_accounts_of_a_day_are_those_a_run_on_it_would_have_seen(tmp_path: Path) -> None:
    day = date(2026, 4, 1)
    arguments: dict[str, Any] = {"accounts": 60, "users": 600, "days": 240, "seed": 3}
    simulate(tmp_path / "end", **arguments)
    simulate(tmp_path / "then", **arguments, accounts_as_of=day)
    end, then = (f"'{tmp_path / name}/*/*.parquet'" for name in ("end", "then"))
    assert not duckdb.execute(f"from {then} except from {end}").fetchall(), "events are the same"
    accounts = f"'{tmp_path / 'then'}/accounts.parquet'"
    later = f"'{tmp_path / 'end'}/accounts.parquet'"
    ((count, created, renews, seats, seats_later, of_all),) = duckdb.execute(
        f"select count(*), max(early.created_at)::date, min(early.renews_on), sum(early.seats),"
        f" sum(later.seats), (select count(*) from {later})"
        f" from {accounts} as early inner join {later} as later using (account_id)"
    ).fetchall()
    assert 20 < count < of_all
    assert created <= day < renews + timedelta(days=7)
    assert renews <= date(2027, 4, 1)
    assert seats < seats_later
    # Changes are dated within the week in which they are decided, so that a week is left open.
    wrong = duckdb.execute(
        f"select account_id from {accounts} as accounts inner join (select account_id,"
        f" max_by(status, valid_from) as status, max(valid_from) as since"
        f" from '{tmp_path / 'then'}/account_history.parquet' where valid_from <= date '{day}'"
        f" group by account_id) as history using (account_id)"
        f" where accounts.status <> history.status and since < date '{day}' - 7"
    )
    assert wrong.fetchall() == []


def test_an_earlier_simulation_is_replaced(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "company"
    simulate(out, accounts=5, users=40, days=60, seed=1)
    small(out)
    small(tmp_path / "fresh")
    assert fingerprint(out) == fingerprint(tmp_path / "fresh")
    assert [path.name for path in out.parent.iterdir()] == ["company"]


def test_a_crash_leaves_the_earlier_simulation_as_it_was(tmp_path: Path) -> None:
    def crash(done: int, total: int) -> None:
        raise KeyboardInterrupt

    out = tmp_path / "company"
    small(out)
    before = fingerprint(out)
    with pytest.raises(KeyboardInterrupt):
        simulate(out, accounts=5, users=40, days=30, seed=9, progress=crash)
    assert fingerprint(out) == before
    small(out, seed=2)
    assert [path.name for path in tmp_path.iterdir()] == ["company"]


def test_foreign_folders_and_files_are_refused_and_kept(tmp_path: Path) -> None:
    foreign = tmp_path / "notes"
    foreign.mkdir()
    (foreign / "notes.txt").write_text("mine")
    with pytest.raises(ValueError, match="something other than a simulation"):
        small(foreign)
    with pytest.raises(ValueError, match="is a file"):
        small(foreign / "notes.txt")
    assert (foreign / "notes.txt").read_text() == "mine"

    out = tmp_path / "company"
    small(out)
    (out / "warehouse.duckdb").write_text("mine too")
    with pytest.raises(ValueError, match="something other than a simulation"):
        small(out)


def test_an_empty_folder_will_do_and_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    simulate(
        tmp_path, accounts=1, users=1, days=15, seed=0, progress=lambda *weeks: told.append(weeks)
    )
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert (tmp_path / "_simulation.json").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"accounts": 0}, "at least 1 account, not 0"),
        ({"users": 4}, "at least 5 users, not 4"),
        ({"days": 0}, "at least 1 day, not 0"),
        ({"seed": -1}, "0 or more, not -1"),
        (
            {"accounts_as_of": date(2026, 6, 27)},
            "2026-06-27 lie outside the history from 2026-06-28",
        ),
    ],
)
def test_impossible_arguments_are_one_sentence(
    tmp_path: Path, arguments: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence) as error:
        simulate(tmp_path / "out", **{"accounts": 5, "users": 9, "days": 3, "seed": 1} | arguments)
    assert str(error.value).count(".") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("days", [1, 8, 2200])
def test_tiny_and_long_companies_are_possible(tmp_path: Path, days: int) -> None:
    assert simulate(tmp_path / "out", accounts=1, users=3, days=days, seed=3).events > 0


def test_a_broken_event_is_missing_in_a_share_of_the_accounts_for_some_days(
    tmp_path: Path,
) -> None:
    """All else is the same as without: every other row, and what accounts decide."""
    size: dict[str, Any] = {"accounts": 80, "users": 800, "days": 60, "seed": 3}
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    usual = simulate(whole, **size)
    breakage = Breakage("task_viewed", date(2026, 6, 8), share=0.6, days=10)
    partial = simulate(broken, **size, broken=breakage)
    rows = (
        "select distinct event_id, event_name, cast(occurred_at as date) as day,"
        " coalesce(events.account_id, users.account_id) as account_id from"
        " read_parquet('{0}/events/*.parquet') as events left join '{0}/users.parquet' as users"
        " using (user_id) where loaded_at - occurred_at between interval 0 hour and interval 1 hour"
    )
    by_account = duckdb.execute(
        f"select account_id, count(*) filter (whole.event_name is null) as lost, count(*) as usual"
        f" from ({rows.format(whole)}) as usual left join ({rows.format(broken)}) as whole"
        " using (event_id, day, account_id)"
        " where usual.event_name = 'task_viewed' and day between '2026-06-08' and '2026-06-17'"
        " and account_id is not null group by account_id having count(*) >= 20"
    ).fetchall()
    shares = [lost / happened for _, lost, happened in by_account]
    assert all(share < 0.1 or share > 0.9 for share in shares)
    assert 0.4 < sum(share > 0.9 for share in shares) / len(shares) < 0.8
    assert partial.story == usual.story
    assert usual.events > partial.events
    for table in ("users", "accounts", "subscriptions"):
        assert (whole / f"{table}.parquet").read_bytes() == (
            broken / f"{table}.parquet"
        ).read_bytes()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"event": "clicked"}, "No event is called clicked"),
        ({"share": 0}, "A share is above 0 and at most 1, not 0."),
        ({"days": 0}, "at least 1 day"),
    ],
)
def test_a_breakage_that_cannot_be_is_refused(
    tmp_path: Path, options: dict[str, Any], sentence: str
) -> None:
    broken = Breakage(**{"event": "logged_in", "first": date(2026, 6, 1), **options})
    with pytest.raises(ValueError, match=sentence):
        simulate(tmp_path / "out", accounts=1, users=1, days=30, seed=1, broken=broken)


def test_no_account_is_its_own_parent(tmp_path: Path) -> None:
    for seed in range(1, 21):
        simulate(tmp_path / str(seed), accounts=10, users=20, days=30, seed=seed)
        file = tmp_path / str(seed) / "accounts.parquet"
        query = f"select account_id from '{file}' where account_id = parent_account_id"
        assert duckdb.execute(query).fetchall() == []


def test_a_layout_is_another_way_of_writing_the_same_company(tmp_path: Path) -> None:
    plain = small(tmp_path / "company")
    for vendor in LAYOUTS:
        out = tmp_path / "company"  # in place of the one before
        assert simulate(out, accounts=5, users=40, days=30, seed=1, layout=vendor) == plain
        assert json.loads((out / "_simulation.json").read_text())["arguments"]["layout"] == vendor
        assert recognize(out, PACKAGE).variables() == {"sources": [vendor]}
    small(tmp_path / "company")
    small(tmp_path / "again")
    assert fingerprint(tmp_path / "company") == fingerprint(tmp_path / "again")


def test_a_company_of_nobody_before_the_signup_has_every_layout(tmp_path: Path) -> None:
    """Some of its files are empty."""
    for vendor in LAYOUTS:
        simulate(tmp_path / vendor, accounts=1, users=1, days=1, seed=1, layout=vendor)


def test_the_command_knows_the_layouts_and_no_other(tmp_path: Path) -> None:
    assert [vendor.value for vendor in Vendor] == list(LAYOUTS)
    with pytest.raises(ValueError, match=r"No layout is called heap: name one of segment, .*ga4\."):
        simulate(tmp_path / "company", accounts=1, users=1, days=1, seed=1, layout="heap")
    assert not (tmp_path / "company").exists()
