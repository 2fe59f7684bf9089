"""Readers see all of a run whose tests passed, or all of the one before; never anything else."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import Company, event
from test_command_line import engagement, options

from engagement import lock, publication
from engagement.freshness import PROJECT_PARTS
from engagement.project import CHECKOUT
from engagement.runner import build, manifest
from engagement.validation import TABLE_KEYS

#: All that a file may hold to be read by the DuckDB of most BI tools.
TYPES = {"BOOLEAN", "INTEGER", "BIGINT", "DOUBLE", "DATE", "TIMESTAMP", "VARCHAR"}


def history(until: int, count: int = 1) -> list[dict[str, Any]]:
    """Two users of two accounts in May until a day, so often a day."""
    return [
        event(
            f"{user}-{day}-{number}",
            "task_created",
            user,
            f"2026-05-{day:02} 09:00:00",
            account_id=account,
            loaded_at=f"2026-05-{day:02} 10:00:00",
        )
        for day in range(1, until + 1)
        for user, account in (("u1", "a"), ("u2", "b"))
        for number in range(count)
    ]


@pytest.fixture(scope="module")
def first_night(workshop: Path) -> Company:
    """A company whose first 14 days are published; only to be copied."""
    company = Company(workshop).reset()
    company.write("events", history(14))
    outcome = company.build(tests=True)
    assert outcome.unpublished_because is None
    return company.kept_as("first_night")


@pytest.fixture
def published(company: Company, first_night: Company) -> Company:
    """The same, with one more day in the inputs."""
    for file in (first_night.database, first_night.working_file):
        shutil.copy(file, company.folder / file.name)
    company.write("events", history(15))
    return company


@pytest.fixture
def elsewhere(published: Company, monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    """The company in a copy of the project, to which a test may add a file."""
    project = published.folder / "project"
    project.mkdir()
    for part in ("analyses", *PROJECT_PARTS):
        source = CHECKOUT / part
        (shutil.copytree if source.is_dir() else shutil.copy)(source, project / part)
    company = Company(project / "company")
    for folder in (published.data, published.seeds):
        shutil.copytree(folder, company.folder / folder.name)
    for file in (published.database, published.working_file):
        shutil.copy(file, company.folder)
    monkeypatch.chdir(project)
    monkeypatch.setenv("DBT_TARGET_PATH", str(project / "target"))
    yield company
    shutil.rmtree(project)


def contents(file: Path) -> dict[str, Any]:
    """All rows of all tables that readers see."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{file}' as read_by_bi (read_only)")
        return {
            table: sorted(
                connection.execute(f"from read_by_bi.engagement.{table}").fetchall(), key=str
            )
            for table in [*TABLE_KEYS, "publication"]
        }


def test_only_public_tables_of_plain_types_are_published(first_night: Company) -> None:
    with duckdb.connect(str(first_night.database), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables()"
        ).fetchall()
        types = connection.execute(
            "select distinct data_type from duckdb_columns() where schema_name = 'engagement'"
        ).fetchall()
        objects = connection.execute(
            "select count(*) from (select view_name from duckdb_views() where not internal"
            " union all select index_name from duckdb_indexes())"
        ).fetchall()
    assert set(tables) == {
        ("engagement", name) for name in (*TABLE_KEYS, "publication", "erased_users")
    }
    assert {name for (name,) in types if not name.startswith("DECIMAL")} <= TYPES
    assert objects == [(0,)]


def test_every_model_that_a_test_names_is_built_before_it_is_published(
    first_night: Company,
) -> None:
    """Else its failure would not keep the run from being published."""
    nodes = manifest(first_night.settings()).nodes
    (last,) = (node for node in nodes.values() if node.name == "publication")
    before: set[str] = set()
    waiting = list(last.depends_on.nodes)
    while waiting:
        name = waiting.pop()
        if name not in before:
            before.add(name)
            if name in nodes and str(nodes[name].resource_type) == "model":
                waiting += nodes[name].depends_on.nodes
    tested = {
        name
        for node in nodes.values()
        if str(node.resource_type) == "test"
        for name in node.depends_on.nodes
        if name in nodes
    }
    assert tested - before == set()
    public = {key for key, node in nodes.items() if str(getattr(node, "access", "")) == "public"}
    assert public - {last.unique_id} <= set(last.depends_on.nodes)


def test_a_failing_test_leaves_no_trace_for_readers_and_the_next_run_catches_up(
    elsewhere: Company,
) -> None:
    """The test is of a public table; TABLES=all runs it for each in turn (make test-crashes)."""
    before = contents(elsewhere.database)
    ((run_id, _, as_of, _),) = before["publication"]
    assert as_of == date(2026, 5, 13)
    injected = Path("tests/singular/injected.sql")
    for table in TABLE_KEYS if os.environ.get("TABLES") == "all" else ["account_scores"]:
        injected.write_text(
            f"select * from (select count(*) as n from {{{{ ref('{table}') }}}}) as found\n"
        )
        failed = engagement("build", *options(elsewhere))
        assert failed.status == 1
        told = " ".join(failed.out.split())
        assert "Readers keep the last publication: the run failed in injected." in told
        assert contents(elsewhere.database) == before
    for command in (
        ("show",),
        ("export", "account_scores", "--out", elsewhere.folder / "out"),
        ("digest",),
        ("dashboard", "--out", elsewhere.folder / "page.html"),
    ):
        shown = engagement(*command, "--database", elsewhere.database)
        assert shown.status == 0, shown.error
        assert f"Run {run_id}, as of 2026-05-13, " in shown.error
        assert "UTC was not published: the run failed in injected." in shown.error

    evaluated = engagement("evaluate", *options(elsewhere)[:4])
    assert evaluated.status == 2
    assert "was not published (the run failed in injected)" in evaluated.error

    injected.unlink()
    assert engagement("build", *options(elsewhere)).status == 0
    after = contents(elsewhere.database)
    assert after["publication"][0][2] == date(2026, 5, 14)
    dates = [row[0] for row in after["published_scores"]]
    assert dates.count(date(2026, 5, 14)) == 4
    assert len({(row[0], row[1], row[2]) for row in after["published_scores"]}) == len(dates)
    assert sorted(row[-2:] for row in after["run_history"])[0] == (
        *("failed", "the run failed in injected"),
    )
    assert [row[-2] for row in after["run_history"]].count("published") == 2
    # The run that was not published has told nothing: both rows of the day are of the last one.
    ((_, started_at, _, _),) = after["publication"]
    for record in ("published_risk", "published_signals"):
        added = {(row[0], row[-1]) for row in set(after[record]) - set(before[record])}
        assert added == {(date(2026, 5, 14), started_at)}, record


def test_a_reader_keeps_what_it_opened_and_stops_no_build(published: Company) -> None:
    with duckdb.connect(str(published.database)) as reader:  # for writing, which locks the file
        before = reader.execute("select as_of from engagement.publication").fetchall()
        assert published.build(tests=True).unpublished_because is None
        assert reader.execute("select as_of from engagement.publication").fetchall() == before
    assert contents(published.database)["publication"][0][2] == date(2026, 5, 14)
    previous = publication.previous_file(published.database)
    assert contents(previous)["publication"][0][2] == date(2026, 5, 13)

    after = contents(published.database)
    for day in ("2026-05-13", "2026-05-14"):
        done = engagement("rollback", "--database", published.database)
        assert (done.status, done.out.split()[-1]) == (0, f"{day}.")
    assert contents(published.database) == after
    published.build(tests=True)
    assert contents(published.database)["signal_history"] == after["signal_history"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--exclude-resource-type", "test"),
        ("--exclude", "user_scores_grain"),
        ("--exclude", "activity"),
        ("--select", "publication"),
    ],
)
def test_a_run_that_leaves_something_out_publishes_nothing(
    published: Company, arguments: tuple[str, ...]
) -> None:
    before = published.database.stat().st_ino
    outcome = build(published.settings(), arguments)
    assert not outcome.failures
    assert (outcome.unpublished_because or "").startswith("the run leaves out the")
    assert published.database.stat().st_ino == before


def test_a_publication_that_was_complete_is_finished_by_the_next_run(published: Company) -> None:
    """As if the run had died before the file got its name, and another one earlier."""
    published.build(tests=True)
    wanted = contents(published.database)
    ((run_id, *_),) = wanted["publication"]
    new = published.database.with_name(f"{published.database.name}.{run_id}.new")
    published.database.rename(new)
    publication.previous_file(published.database).rename(published.database)
    half = published.database.with_name(f"{published.database.name}.another.new")
    half.write_bytes(b"half a file")
    build(published.settings(), ["--select", "score_bands"])
    assert contents(published.database) == wanted
    assert not new.exists()
    assert not half.exists()


def test_without_the_working_file_the_records_come_back(published: Company) -> None:
    before = contents(published.database)
    published.working_file.unlink()
    assert published.build(tests=True).unpublished_because is None
    after = contents(published.database)
    assert set(before["published_scores"]) < set(after["published_scores"])
    for record in ("signal_history", "published_risk", "published_signals"):
        assert before[record]
        assert set(before[record]) <= set(after[record])
    assert len(after["run_history"]) == 2
    assert published.differences() == []


def test_without_an_earlier_publication_nothing_is_rolled_back(published: Company) -> None:
    done = engagement("rollback", "--database", published.database)
    assert (done.status, done.error.split(" of ")[0]) == (
        2,
        "There is no publication before that",
    )


def test_the_second_build_waits_and_says_for_whom(
    published: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    with lock.only_build(published.settings(), said.append):
        monkeypatch.setattr(lock, "LIMIT_SECONDS", 0)
        monkeypatch.setattr(lock, "PAUSE_SECONDS", 0)
        given_up = engagement("build", *options(published))
    assert said == []
    assert given_up.status == 1
    assert f": process {os.getpid()} on " in given_up.error
    assert given_up.error.startswith("Another build of this database has not ended within 0 second")


def test_a_build_that_died_holds_no_lock(published: Company) -> None:
    code = (
        "import os, sys; from pathlib import Path; from engagement.lock import only_build;"
        "from engagement.project import Settings;"
        "lock = only_build(Settings(Path('.'), database=Path(sys.argv[1])), print);"
        "lock.__enter__(); os.kill(os.getpid(), 9)"
    )
    died = subprocess.run([sys.executable, "-c", code, str(published.database)], check=False)
    assert died.returncode == -9
    said: list[str] = []
    with lock.only_build(published.settings(), said.append):
        assert said == []
