"""Whatever comes, in however many runs: the tables equal those of one full refresh.

12 histories are drawn in every run of the tests, always the same ones;
ENGAGEMENT_HISTORIES=500 draws more, at random, and prints how to draw a failing one again.
"""

import os
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
from conftest import VERSION_COLUMNS, Company, event
from generators import (
    actors,
    dimensions,
    event_rules,
    properties,
    quantities,
    signal_rules,
    users,
)
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as draw

from engagement.validation import RECORDS, TABLE_KEYS

HISTORIES = os.environ.get("ENGAGEMENT_HISTORIES")
START = datetime(2026, 3, 1)
WINDOW = 7
#: A short history, so that dates age out and windows end within it.
VARIABLES: dict[str, Any] = {
    "score_history_days": 12,
    "active_window_days": 10,
    "min_segment_size": 1,
    "established_after_days": 9,
    "max_rejected_share": 1,
}
INPUTS = {
    "users": "user_id account_id created_at is_internal role",
    "accounts": "account_id created_at plan status seats renews_on trial_ends_on",
    "memberships": "user_id account_id valid_from valid_to",
    "account_history": "account_id valid_from plan status",
    "account_facts": "account_id measured_on name value",
    "signal_actions": "account_id signal opened_on state at by note",
    "account_identities": "alias_id account_id",
    "identities": "alias_id user_id valid_from valid_to",
}
VERSIONS = f"{VERSION_COLUMNS}\nv1,2026-01-01,{WINDOW},0.9,2,,2,plan,rolling"
LATER_VERSION = f"{VERSIONS}\nv2,2026-03-20,5,0.5,-1,2,1,,rolling"
WEIGHTS = """version,event_name,weight,daily_cap,counts_as_active
v1,task_created,3,2,true
v1,project_created,0.125,,true
v1,automation_ran,0,,false
v1,other,0,,false"""
LATER_WEIGHTS = """
v2,task_created,5,,true
v2,project_created,7,1,false"""
FEATURES = """feature,event_name,launched_on,plans
tasks,task_created,,
tasks,project_created,,
projects,project_created,2026-03-10,business
robots,automation_ran,2026-03-05,"""
MILESTONES = """milestone,entity_type,event_name,min_count,min_days,within_days,any_days,position
a task,user,task_created,1,,,,1
three tasks,user,task_created,3,,10,,2
four of both,user,task_created,4,,,,3
four of both,user,project_created,4,,,,3
two days in some five,user,task_created,,2,,5,4
two days in some five,user,project_created,,2,,5,4
a robot,account,automation_ran,1,,,,1
five tasks,account,task_created,5,,20,,2
three days,account,task_created,,3,,,3
four in some three days,account,task_created,4,,30,3,4"""


@dataclass(frozen=True)
class Night:
    """What one run finds: new rows, a day whose old rows are gone, the dimensions, the seeds."""

    ends: datetime
    events: list[dict[str, Any]]
    emptied: date | None
    inputs: dict[str, list[dict[str, Any]]]
    excluded_users: list[str]
    excluded_accounts: list[str]
    has_later_version: bool
    signal_rules: str
    event_rules: dict[str, str]


accounts = draw.sampled_from(["a", "b", ""])
days = draw.integers(-3, 40).map(lambda number: str((START + timedelta(days=number)).date()))


@draw.composite
def events(choose: draw.DrawFn, since: datetime, until: datetime) -> dict[str, Any]:
    minutes = int((until - since) / timedelta(minutes=1))
    loaded_at = since + timedelta(minutes=choose(draw.integers(0, minutes)))
    delay = choose(
        draw.one_of(
            draw.sampled_from([-300, 0, 5]), draw.integers(0, 4 * 1440), draw.integers(0, 45 * 1440)
        )
    )
    occurred_at = loaded_at - timedelta(minutes=delay)
    is_recent = occurred_at >= since - timedelta(days=2)
    return event(
        str(choose(draw.integers(1, 30))),
        choose(
            draw.sampled_from(["task_created", "project_created", "automation_ran", "other", ""])
        ),
        choose(draw.one_of(users, users, users, draw.just(""))),
        choose(draw.sampled_from([str(occurred_at)] * 6 + ["soon", ""])),
        account_id=choose(accounts),
        quantity=choose(quantities),
        properties=choose(properties),
        actor=choose(actors),
        loaded_at=choose(draw.sampled_from([str(loaded_at)] * 4 + [""]))
        if is_recent
        else str(loaded_at),
    )


@draw.composite
def histories(choose: draw.DrawFn) -> list[Night]:
    nights: list[Night] = []
    ends = START
    for number in range(choose(draw.integers(2, 4))):
        began, ends = (
            ends,
            ends + timedelta(days=choose(draw.sampled_from([0, 1, 1, 2, 5, 16])), hours=2),
        )
        rows = choose(
            draw.lists(events(began, ends), max_size=15, min_size=4 if number == 0 else 0)
        )
        before = nights[-1] if nights else None
        kept = before if choose(draw.booleans()) else None
        emptied = None
        if before is not None and choose(draw.integers(0, 4)) == 0:
            emptied = (began - timedelta(days=choose(draw.integers(0, 12)))).date()
            rows.append(event("99", "task_created", "", f"{emptied} 01:00:00", loaded_at=str(ends)))
        nights.append(
            Night(
                ends=ends,
                events=rows,
                emptied=emptied,
                inputs=kept.inputs if kept else choose(dimensions(days, accounts)),
                excluded_users=kept.excluded_users
                if kept
                else choose(draw.lists(users, max_size=1)),
                excluded_accounts=kept.excluded_accounts
                if kept
                else choose(draw.sampled_from([[], [], ["a"], ["b"]])),
                has_later_version=(before is not None and before.has_later_version)
                or choose(draw.integers(0, 5)) == 0,
                signal_rules=kept.signal_rules if kept else choose(signal_rules()),
                event_rules=before.event_rules
                if before is not None and choose(draw.integers(0, 5))
                else choose(event_rules()),
            )
        )
    return nights


def has_day(row: dict[str, Any], day: date) -> bool:
    """Whether a row is of a day; one that is later than its own load is of none."""
    if not row["occurred_at"].startswith(str(day)):
        return False
    return not row["loaded_at"] or datetime.fromisoformat(
        row["occurred_at"]
    ) <= datetime.fromisoformat(row["loaded_at"]) + timedelta(hours=1)


def receive(company: Company, night: Night, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Puts what a night finds in place; returns all source rows there are now."""
    if night.emptied is not None:
        rows = [row for row in rows if not has_day(row, night.emptied)]
    rows = rows + night.events
    company.write(
        "events",
        rows,
        "event_id event_name user_id occurred_at account_id loaded_at quantity properties actor",
    )
    for name, columns in INPUTS.items():
        company.write(name, night.inputs[name], columns)
    later = night.has_later_version
    company.configure("scoring_versions", LATER_VERSION if later else VERSIONS)
    company.configure("event_weights", WEIGHTS + LATER_WEIGHTS if later else WEIGHTS)
    company.configure("signal_rules", night.signal_rules)
    for seed, text in night.event_rules.items():
        company.configure(seed, text)
    for name, ids in (("user", night.excluded_users), ("account", night.excluded_accounts)):
        lines = [f"{name}_id,reason", *(f"{key},ours" for key in ids)]
        company.configure(f"excluded_{name}s", "\n".join(lines))
    return rows


def differences(one: Path, other: Path) -> dict[str, list[Any]]:
    """Rows of public tables that only one of two databases has, apart from the records of runs."""
    found = {}
    with duckdb.connect() as connection:
        connection.execute(f"attach '{one}' as one (read_only)")
        connection.execute(f"attach '{other}' as other (read_only)")
        tables = connection.execute(
            "select table_name from information_schema.tables"
            " where table_catalog = 'one' and table_schema = 'engagement_build'"
        ).fetchall()
        assert {table for (table,) in tables} == {*TABLE_KEYS, "erased_users"}
        for table in TABLE_KEYS:
            records = RECORDS.get(table, set())
            if records is not None:
                without = f" exclude ({', '.join(sorted(records))})" if records else ""
                for here, there in (("one", "other"), ("other", "one")):
                    rows = connection.execute(
                        f"select *{without} from {here}.engagement_build.{table}"
                        f" except all select *{without} from {there}.engagement_build.{table}"
                    ).fetchall()
                    if rows:
                        found[f"{table} only in {here}"] = rows
    return found


@settings(
    max_examples=int(HISTORIES or 12),
    derandomize=HISTORIES is None,
    database=None,
    deadline=None,
    print_blob=True,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # shrinking would take hours
    suppress_health_check=list(HealthCheck),
)
@given(nights=histories())
def test_any_sequence_of_runs_equals_a_full_refresh(company: Company, nights: list[Night]) -> None:
    company.reset()
    company.configure("key_features", FEATURES)
    company.configure("activation_milestones", MILESTONES)
    rows: list[dict[str, Any]] = []
    for night in nights:
        rows = receive(company, night, rows)
        company.build(**VARIABLES)
    note(str(company.query("select * from engagement.run_history order by started_at")))
    kept = company.working_file.rename(company.folder / "in_runs.duckdb")
    company.build(**VARIABLES)
    assert differences(company.working_file, kept) == {}
