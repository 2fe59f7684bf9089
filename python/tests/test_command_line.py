"""The command `engagement` as a scheduler and a human meet it: exit status, JSON, sentences."""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from conftest import Company, event
from typer.testing import CliRunner

from engagement import cli
from engagement.errors import UsageError
from engagement.project import CHECKOUT
from engagement.publication import working_file


@dataclass(frozen=True)
class Outcome:
    status: int
    out: str
    error: str


def engagement(*arguments: object) -> Outcome:
    """Runs the command in this process, as main does."""
    result = CliRunner().invoke(cli.app, [str(argument) for argument in arguments])
    if isinstance(result.exception, UsageError | duckdb.Error):
        return Outcome(getattr(result.exception, "status", 2), result.stdout, str(result.exception))
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Outcome(result.exit_code, result.stdout, result.stderr)


#: Leaves dbt's data tests out.
UNTESTED = ("--exclude", "test_type:data")


def options(company: Company) -> Sequence[object]:
    return ("--data", company.data, "--database", company.database, "--seeds", company.seeds)


@pytest.fixture
def working(company: Company) -> Company:
    company.write(
        "events",
        [
            event("1", "task_created", "u", "2026-05-01 09:00:00", account_id="a"),
            event("2", "task_created", "u", "2026-05-02 09:00:00", account_id="a"),
            event("3", "", "u", "2026-05-01 09:00:00", account_id="a"),
        ],
    )
    return company


def test_a_build_says_what_came_in_and_what_was_built(working: Company) -> None:
    done = engagement("build", *options(working))
    assert done.status == 0
    assert "3 source rows = 1 accepted + 0 excluded + 1 rejected + 1 pending" in " ".join(
        done.out.split()
    )
    assert "user_scores" in done.out
    assert "look at seeded_events_occur" in done.out


def test_json_for_schedulers_is_all_that_is_printed(working: Company) -> None:
    done = engagement("build", *options(working), "--json")
    content = json.loads(done.out)
    assert done.status == 0
    assert content["status"] == "done"
    assert content["counts"]["accepted_events"] == 1
    assert content["tables"]["user_scores"] == 1
    assert {warning["node"] for warning in content["warnings"]} == {
        "rejected_shares_are_small",
        "seeded_events_occur",
        "seeded_plans_occur",
    }


def test_the_folder_of_the_database_is_made(working: Company) -> None:
    """Also under the name of the schema, which makes engagement.user_scores ambiguous."""
    database = working.folder / "new" / "folder" / "engagement.duckdb"
    build = engagement("build", "--data", working.data, "--database", database)
    assert build.status == 0
    assert engagement("validate", "--data", working.data, "--database", database).status == 0
    assert engagement("show", "--database", database).status == 0
    assert working_file(database).stat().st_mode & 0o077 == 0
    assert database.stat().st_mode & 0o044 == 0o044


def test_the_file_is_free_after_a_build(working: Company) -> None:
    engagement("build", *options(working), "--select", "+event_inventory")
    code = f"import duckdb; duckdb.connect({str(working.working_file)!r}).execute('select 1')"
    subprocess.run([str(CHECKOUT / ".venv/bin/python"), "-c", code], check=True)


def test_a_second_run_adds_only_to_the_record_of_runs(working: Company) -> None:
    engagement("build", *options(working), *UNTESTED)
    before = working.query("select * from engagement.account_profiles")
    engagement("build", *options(working), *UNTESTED)
    assert working.query("select * from engagement.account_profiles") == before
    assert working.value("select count(*) from engagement.run_history") == 2
    engagement("build", *options(working), *UNTESTED, "--full-refresh")
    assert working.value("select count(*) from engagement.run_history") == 3


def test_unit_tests_are_not_part_of_a_build(working: Company) -> None:
    outcome = working.build(only="user_scores", tests=True)
    assert {node.kind for node in outcome.nodes} == {"operation", "seed", "model", "test"}


@pytest.mark.parametrize(
    ("table", "column", "value", "fault"),
    [
        ("product_scores", "composite_score", "101", "composite_score is not within 0 and 100"),
        ("product_scores", "composite_score", "'nan'", "composite_score is not within 0 and 100"),
        ("product_scores", "composite_score", "null", None),
        ("product_scores", "active_users", "-1", "active_users is not within 0 and no limit"),
        ("product_scores", "version", "null", "version is null"),
        ("lifecycle", "state", "'asleep'", "state is none of new, retained, resurrected, dormant"),
    ],
)
def test_a_value_that_is_not_valid_is_status_1_and_named(
    working: Company, table: str, column: str, value: str, fault: str | None
) -> None:
    engagement("build", *options(working), *UNTESTED)
    with working.opened(read_only=False) as connection:
        connection.execute(f"update engagement_build.{table} set {column} = {value}")
        rows = connection.execute(f"from engagement_build.{table}").fetchall()
    done = engagement("build", *options(working), "--select", f"{table}_values")
    assert done.status == (1 if fault else 0)
    if fault:
        assert f"failed {table}_values: {fault} (rows: {len(rows)})" in done.out


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("build --select a b --exclude c d", "build --select a --select b --exclude c --exclude d"),
        ("build --select a --select b --json", "build --select a --select b --json"),
        ("export a b --out x", "export a b --out x"),
        ("build --select", "build --select"),
    ],
)
def test_several_nodes_are_selected_as_dbt_takes_them(given: str, read: str) -> None:
    assert cli.repeated(given.split()) == read.split()


def test_nothing_selected_is_an_error(working: Company) -> None:
    done = engagement("build", *options(working), "--select", "no_such_model")
    assert (done.status, done.out) == (2, "")
    assert done.error.startswith("Nothing was selected")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("build", "--data", "/no/such/folder"), "--data /no/such/folder is not a directory"),
        (("build", "--vars", "{timezone: Mars/Base}"), "The var timezone is Mars/Base: it must be"),
        (
            ("build", "--vars", "{as_of: yesterday}"),
            "The var as_of is yesterday: it must be a date",
        ),
        (("build", "--vars", "{active_window_days: 0}"), "it must be a whole number from 1 on"),
        (("show", "--database", CHECKOUT / "README.md"), "README.md"),
        (("build", "--vars", "[1]"), "--vars [1] is not a YAML mapping"),
        (("build", "--seeds", "/tmp"), "The seeds folder /tmp lacks activation_milestones.csv"),
        (("validate",), "No input is named: pass --data DIR"),
        (
            ("validate", "--data", "/tmp", "--database", "/no/file"),
            "The database /no/file does not exist",
        ),
        (("show", "--database", "/no/file"), "The database /no/file does not exist"),
        (("simulate", "--out", "/tmp/never", "--accounts", "0"), "at least 1 account"),
    ],
)
def test_what_a_user_can_get_wrong_is_one_sentence(
    workshop: Path, arguments: Sequence[str], sentence: str
) -> None:
    done = engagement(*arguments)
    assert done.status == 2
    assert sentence in done.error
    assert len(done.error.splitlines()) == 1


def test_seeds_outside_the_project_are_refused(working: Company, tmp_path: Path) -> None:
    shutil.copytree(working.seeds, tmp_path / "seeds")
    done = engagement("build", "--data", working.data, "--seeds", tmp_path / "seeds")
    assert done.status == 2
    assert "lies outside the project" in done.error


def test_an_unknown_target_is_one_sentence(working: Company) -> None:
    done = engagement("build", *options(working), "--target", "nowhere")
    assert done.status == 2
    assert "nowhere" in done.error


def test_an_unknown_option_is_status_2(workshop: Path) -> None:
    assert engagement("build", "--no-such-option").status == 2


def test_validate_prints_the_differences_and_exits_1(working: Company) -> None:
    engagement("build", *options(working), *UNTESTED)
    working.publish()
    assert engagement("validate", *options(working)).status == 0
    with duckdb.connect(str(working.database)) as connection:
        connection.execute(
            "update engagement.score_calibrations set cap = 4 where entity_type = 'user'"
        )
    done = engagement("validate", *options(working))
    assert done.status == 1
    assert "different" in done.out
    found = json.loads(engagement("validate", *options(working), "--json").out)
    assert [
        (difference["table"], difference["column"], difference["actual"])
        for difference in found["differences"]
    ] == [("score_calibrations", "cap", 4.0)]


def test_simulate_build_validate_and_show_follow_one_another(company: Company) -> None:
    arguments = ("--accounts", 10, "--users", 60, "--days", 60, "--seed", 3)
    assert engagement("simulate", "--out", company.data, *arguments).status == 0
    assert engagement("build", *options(company)).status == 0
    assert engagement("validate", *options(company)).status == 0
    shown = engagement("show", "--database", company.database)
    assert shown.status == 0
    assert "Which accounts lead?" in shown.out
    assert "Where to look next" in shown.out


def test_plain_dbt_build_works_with_the_two_variables(working: Company) -> None:
    environment = {
        **os.environ,
        "ENGAGEMENT_DATA": str(working.data),
        "ENGAGEMENT_DATABASE": str(working.database),
    }
    dbt = CHECKOUT / ".venv/bin/dbt"
    command = [str(dbt), "build", "--exclude-resource-type", "test", "unit_test"]
    subprocess.run(command, cwd=CHECKOUT, env=environment, check=True, capture_output=True)
    assert working.value("select count(*) from engagement.user_scores") == 1


def test_plain_dbt_refuses_seeds_outside_the_project(working: Company, tmp_path: Path) -> None:
    (tmp_path / "score_bands.csv").write_text("band,min_score\nall,0\n")
    environment = {
        **os.environ,
        "ENGAGEMENT_DATA": str(working.data),
        "ENGAGEMENT_DATABASE": str(working.database),
        "ENGAGEMENT_SEEDS": str(tmp_path),
        "DBT_TARGET_PATH": str(tmp_path / "target"),
    }
    dbt = CHECKOUT / ".venv/bin/dbt"
    done = subprocess.run(
        [str(dbt), "build"], cwd=CHECKOUT, env=environment, capture_output=True, text=True
    )
    assert done.returncode != 0
    assert (tmp_path / "score_bands.csv").read_text() == "band,min_score\nall,0\n"


def test_brackets_in_a_sentence_are_printed_and_no_markup(workshop: Path) -> None:
    command = [str(CHECKOUT / ".venv/bin/engagement"), "build", "--data", "/no/[/such] folder"]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "engagement: --data /no/[/such] folder is not a directory: name an existing one."
    ]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("export", "user_scores", "--out", "x", "--format", "xls"), "'xls' is not one of 'csv'"),
        (("export", "--out", "x", "--view", "siebel"), "'siebel' is not one of 'hubspot'"),
        (("explain", "team", "a"), "'team' is not one of 'user', 'account'"),
        (("build", "--as-of", "May"), "'May' does not match the formats"),
        (("calibrate", "--bootstrap-samples", "1"), "--bootstrap-samples"),
        (("bild",), "No such command 'bild'"),
    ],
)
def test_a_wrong_option_is_one_sentence_too(
    arguments: tuple[str, ...],
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.argv", ["engagement", *arguments])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    said = capsys.readouterr().err
    assert stopped.value.code == 2
    assert sentence in said
    assert len(said.splitlines()) == 1
