"""Single nights: what a run finds, makes again, tests, refuses and misses (docs/incremental.md)."""

import os
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from conftest import Company, event
from test_incremental import differences
from typer.testing import CliRunner

from engagement import freshness
from engagement.cli import app
from engagement.errors import UsageError
from engagement.project import CHECKOUT

DAYS = [f"2026-05-{day:02}" for day in range(1, 31)]


def history(until: int = 30) -> list[dict[str, Any]]:
    """Two users in two accounts, an event each a day, loaded an hour after it happened."""
    return [
        event(
            f"{day}-{user}",
            "task_created",
            user,
            f"{day} 09:00:00",
            account_id=account,
            loaded_at=f"{day} 10:00:00",
        )
        for day in DAYS[:until]
        for user, account in (("u1", "a"), ("u2", "b"))
    ]


@pytest.fixture(scope="module")
def database(workshop: Path) -> Path:
    """The database of a company of 30 days, built once; only to be copied."""
    company = Company(workshop).reset()
    company.write("events", history())
    company.build()
    return company.working_file.rename(company.folder / "nightly.duckdb")


@pytest.fixture
def nightly(company: Company, database: Path) -> Company:
    """A company of 30 days that has been built."""
    company.write("events", history())
    shutil.copyfile(database, company.working_file)
    return company


def load(company: Company, *rows: dict[str, Any], base: list[dict[str, Any]] | None = None) -> None:
    company.write("events", [*(base or history()), *rows])


def last_run(company: Company) -> dict[str, Any]:
    with company.opened() as connection:
        frame = connection.execute(
            "from engagement_build.run_history order by started_at desc, touched_days desc limit 1"
        ).fetchdf()
    return {str(name): value for name, value in frame.iloc[0].items()}


def restated_from(company: Company) -> Any:
    return company.value("select restated_from from engagement_internal.int_restatement")


def equals_full_refresh(company: Company) -> bool:
    kept = company.working_file.rename(company.folder / "in_runs.duckdb")
    company.build()
    return differences(company.working_file, kept) == {}


def late(day: str, loaded_at: str = "2026-05-30 11:00:00", **columns: Any) -> dict[str, Any]:
    return event(
        f"late-{day}",
        "task_created",
        "u1",
        f"{day} 12:00:00",
        account_id="a",
        loaded_at=loaded_at,
        **columns,
    )


def test_a_run_with_nothing_new_changes_nothing(nightly: Company) -> None:
    before = nightly.folder / "before.duckdb"
    before.write_bytes(nightly.working_file.read_bytes())
    nightly.build()
    assert differences(nightly.working_file, before) == {}
    run = last_run(nightly)
    assert (run["touched_days"], run["changed_days"]) == (1, 0)
    assert restated_from(nightly) == date(2026, 5, 30), "the day after as_of"


def test_a_late_row_restates_from_its_day_on(nightly: Company) -> None:
    load(nightly, late("2026-05-03"))
    nightly.build()
    assert last_run(nightly)["changed_days"] == 1
    assert restated_from(nightly) == date(2026, 5, 3)
    assert equals_full_refresh(nightly)


def test_the_check_holds_after_a_night_when_an_id_recurs_on_days_read_before(
    company: Company,
) -> None:
    times = {"occurred_at": "2026-05-02 15:00:00", "loaded_at": "2026-05-02 16:00:00"}
    again = {**history()[0], **times}
    company.write("events", [*history(29), again])
    company.build()
    assert last_run(company)["recurring_event_ids"] == 1
    assert company.differences() == []
    load(company, again)
    company.build()
    assert last_run(company)["recurring_event_ids"] == 0, "of the rows that the run read"
    assert company.differences() == []
    with company.opened(read_only=False) as connection:
        connection.execute("update engagement_build.run_history set accepted_events = 1")
    assert [found.column for found in company.differences()] == ["accepted_events"]


def test_a_day_of_which_every_row_is_gone_is_emptied(nightly: Company) -> None:
    kept = [row for row in history() if not row["occurred_at"].startswith("2026-05-10")]
    nameless = event(
        "x", "", "u1", "2026-05-10 12:00:00", account_id="a", loaded_at="2026-05-30 11:00:00"
    )
    load(nightly, nameless, base=kept)
    nightly.build()
    assert last_run(nightly)["changed_days"] == 1
    assert equals_full_refresh(nightly)


def test_an_exclusion_restates_the_days_of_its_user_without_reading_a_row(
    nightly: Company,
) -> None:
    nightly.configure("excluded_users", "user_id,reason\nu2,ours")
    nightly.build()
    run = last_run(nightly)
    assert (run["touched_days"], run["changed_days"]) == (1, 29)
    assert run["excluded_events"] == 29
    assert equals_full_refresh(nightly)


def test_a_merge_restates_the_days_of_both(nightly: Company) -> None:
    nightly.write("identities", [{"alias_id": "u2", "user_id": "u1"}])
    nightly.build()
    assert nightly.query("select user_id, events from engagement.user_profiles") == [("u1", 58)]
    assert equals_full_refresh(nightly)


def test_a_membership_that_moves_takes_along_only_events_that_name_no_account(
    company: Company,
) -> None:
    unnamed = [
        event(
            f"{day}-unnamed",
            "task_created",
            "u1",
            f"{day} 10:00:00",
            loaded_at=f"{day} 10:00:00",
        )
        for day in DAYS
    ]
    company.write("events", [*history(), *unnamed])
    company.write("memberships", [{"user_id": "u1", "account_id": "a"}])
    company.build()
    counted = "select account_id, events from engagement.account_profiles order by 1"
    assert company.query(counted) == [("a", 58), ("b", 29)]
    company.write("memberships", [{"user_id": "u1", "account_id": "b"}])
    company.build()
    assert last_run(company)["touched_days"] == 1
    assert company.query(counted) == [("a", 29), ("b", 58)]
    assert equals_full_refresh(company)


def test_an_as_of_before_the_last_one_is_refused(nightly: Company) -> None:
    with pytest.raises(
        UsageError,
        match="as_of 2026-05-20 lies before that of the last build, 2026-05-29: build into"
        " another schema, or rebuild this one with --full-refresh",
    ):
        nightly.build(as_of=date(2026, 5, 20))
    nightly.build("--full-refresh", as_of=date(2026, 5, 20))
    assert str(nightly.value("select max(score_date) from engagement.user_scores")) == "2026-05-20"


def test_a_deleted_row_is_warned_of_and_found_by_a_range(nightly: Company) -> None:
    load(nightly, base=history()[1:])
    outcome = nightly.build(tests=True)
    assert [node.name for node in outcome.warnings if "vanished" in node.name] == [
        "no_source_row_has_vanished"
    ]
    assert nightly.value("select sum(events) from engagement.user_profiles") == 58
    nightly.build(read_again=(date(2026, 5, 1), date(2026, 5, 2)))
    assert nightly.value("select sum(events) from engagement.user_profiles") == 57
    assert equals_full_refresh(nightly)


def test_a_full_refresh_finds_a_deleted_row(nightly: Company) -> None:
    load(nightly, base=history()[1:])
    nightly.build("--full-refresh")
    assert nightly.value("select sum(events) from engagement.user_profiles") == 57
    assert last_run(nightly)["started_over_because"] == "a full refresh was asked for"


def test_the_run_after_one_that_stopped_half_way_starts_over(nightly: Company) -> None:
    load(nightly, late("2026-05-03"))
    nightly.write("accounts", [{"account_id": "a"}, {"account_id": "a"}])
    with pytest.raises(UsageError, match="account_id a is there more than once"):
        nightly.build()
    nightly.write("accounts", [{"account_id": "a"}])
    nightly.build()
    assert last_run(nightly)["started_over_because"].startswith("the last run did not finish")
    assert last_run(nightly)["touched_days"] == 2
    assert equals_full_refresh(nightly)


def test_the_run_after_one_of_some_models_starts_over(nightly: Company) -> None:
    load(nightly, late("2026-05-03"))
    nightly.build("--select", "int_user_account_days")
    nightly.build()
    assert last_run(nightly)["started_over_because"] == "some models ran by themselves"
    load(nightly, late("2026-05-03"), late("2026-05-04"))
    nightly.build("--select", "+int_user_account_days")
    nightly.build()
    assert last_run(nightly)["started_over_because"].startswith("the last run did not finish")
    assert equals_full_refresh(nightly)


def test_the_run_after_one_without_a_mart_starts_over(nightly: Company) -> None:
    load(nightly, late("2026-05-03"))
    nightly.build("--exclude", "activity")
    nightly.build()
    assert equals_full_refresh(nightly)


def test_a_table_that_was_dropped_is_made_again(nightly: Company) -> None:
    with nightly.opened(read_only=False) as connection:
        connection.execute("drop table engagement_internal.int_active_days")
    nightly.build()
    assert last_run(nightly)["started_over_because"] == "the table int_active_days is missing"
    assert equals_full_refresh(nightly)


def test_without_loaded_at_the_last_days_are_read_again_and_older_ones_missed(
    company: Company,
) -> None:
    rows = [{**row, "loaded_at": ""} for row in history()]
    load(company, base=rows)
    company.build()
    load(company, late("2026-05-28", loaded_at=""), late("2026-05-10", loaded_at=""), base=rows)
    company.build()
    assert company.value("select events from engagement.user_profiles where user_id = 'u1'") == 30
    company.build(lookback_days=25)
    assert company.value("select events from engagement.user_profiles where user_id = 'u1'") == 31
    assert equals_full_refresh(company)


def test_a_nightly_run_tests_the_rows_it_made_again_and_all_on_demand(nightly: Company) -> None:
    with nightly.opened(read_only=False) as connection:
        connection.execute(
            "update engagement_internal.int_entity_scores set winsorized_share = 2"
            " where score_date = '2026-05-05'"
        )
    load(nightly, late("2026-05-20"))
    assert nightly.build(tests=True).failures == ()
    with pytest.raises(AssertionError, match="user_scores_values"):
        nightly.build(tests=True, test_all_rows=True)


@pytest.fixture
def command(company: Company) -> Iterator[CliRunner]:
    company.write("events", history())
    given = {
        "ENGAGEMENT_DATA": str(company.data),
        "ENGAGEMENT_DATABASE": str(company.database),
        "ENGAGEMENT_SEEDS": str(company.seeds.relative_to(CHECKOUT)),
    }
    before = dict(os.environ)
    os.environ.update(given)
    yield CliRunner()
    os.environ.clear()
    os.environ.update(before)


def run(command: CliRunner, *arguments: str) -> str:
    result = command.invoke(app, [*arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_build_that_would_find_nothing_new_does_not_load_dbt(
    command: CliRunner, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "done" in run(command, "build", "--exclude", "test_type:data")
    assert "done" in run(command, "build"), "a build without tests is no finished one"
    monkeypatch.setenv("ENGAGEMENT_SLACK_WEBHOOK", "https://another.example")
    monkeypatch.setattr("engagement.runner.build", None)
    assert "Nothing new" in run(command, "build")
    assert run(command, "build", "--json") == '{"status": "nothing new"}\n'
    monkeypatch.undo()
    load(company, late("2026-05-03"))
    assert "done" in run(command, "build")
    (company.seeds / "excluded_users.csv").write_text("user_id,reason\nu2,ours\n")
    assert "done" in run(command, "build")
    assert "Nothing new" in run(command, "build")
    company.database.unlink()
    assert "done" in run(command, "build"), "readers have lost the publication"
    company.build()
    assert "done" in run(command, "build"), "another run has been there in between"


def test_a_backfill_is_resumed_where_it_stopped_and_equals_one_build(
    command: CliRunner, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ("backfill", "--from", "2026-05-01", "--to", "2026-05-30", "--step", "9")
    runs = []

    def stop_in_the_second(*_: object) -> Path | None:
        runs.append(company.value("select count(*) from engagement.run_history"))
        if len(runs) == 1:
            raise RuntimeError("stopped")
        return None

    monkeypatch.setattr("engagement.report.print_build", stop_in_the_second)
    with pytest.raises(RuntimeError, match="stopped"):
        command.invoke(app, [*arguments], catch_exceptions=False, standalone_mode=False)
    settings = company.settings()
    assert freshness.backfilled_until(settings) == date(2026, 5, 10)
    assert company.value("select sum(events) from engagement.user_profiles") == 16
    monkeypatch.undo()
    output = run(command, *arguments)
    assert "the days before 2026-05-10 have been read" in output
    assert "step 3 of 3: the days until the end" in output
    assert freshness.backfilled_until(settings) is None
    assert equals_full_refresh(company)
