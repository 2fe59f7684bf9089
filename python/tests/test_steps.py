"""A first build that would not fit in memory takes the history in steps, and says so."""

import pytest
from conftest import Company
from test_nightly_runs import equals_full_refresh, history
from typer.testing import CliRunner

from engagement import steps, tables
from engagement.cli import app

#: Bytes of memory that a machine with 10 GB gives to DuckDB.
MACHINE = 10 * 10**9


@pytest.fixture
def parquet(company: Company) -> Company:
    """60 events of 30 days in Parquet, whose footers say how many there are."""
    company.write("events", history())
    csv = company.data / "events.csv"
    with tables.connect() as connection:
        connection.execute(f"copy (from '{csv}') to '{company.data}/events.parquet'")
    csv.unlink()
    return company


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("6GB", 6 * 10**9),
        ("7.5 GB", 7_500_000_000),
        ("512MiB", 512 * 2**20),
        ("50%", MACHINE // 2),
        ("plenty", int(0.8 * MACHINE)),
    ],
)
def test_the_memory_limit_is_read_as_duckdb_reads_it(
    text: str, found: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENGAGEMENT_MEMORY_LIMIT", text)
    monkeypatch.setattr("os.sysconf", {"SC_PAGE_SIZE": 1, "SC_PHYS_PAGES": MACHINE}.__getitem__)
    assert steps.memory_limit() == found


def test_a_history_that_fits_is_built_at_once(parquet: Company) -> None:
    assert steps.plan(parquet.settings()).ends == ()


def test_a_first_build_in_steps_says_so_and_equals_one_build(
    parquet: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENGAGEMENT_MEMORY_LIMIT", "1GB")
    monkeypatch.setattr(steps, "BYTES_PER_EVENT", 20_000_000)  # 1.2 GB in all, 0.5 GB a step
    arguments = ["build", "--data", parquet.data, "--database", parquet.database]
    arguments += ["--seeds", parquet.seeds, "--exclude", "test_type:data"]
    plan = steps.plan(parquet.settings())
    assert [end.day for end in plan.ends] == pytest.approx([10.5, 20], abs=1)
    monkeypatch.setattr("engagement.commands.run._first_steps", lambda *_: plan.ends)
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert done.exit_code == 0, done.output
    assert "step 3 of 3: the days until the end" in done.stderr
    assert parquet.value("select count(*) from engagement.run_history") == 3
    assert "about 1.2 GB of memory, and the limit is 1.0 GB: building it in 3 steps" in (
        plan.sentence()
    )
    assert equals_full_refresh(parquet)


def test_only_a_first_build_takes_steps(parquet: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    from engagement.commands.run import _first_steps

    monkeypatch.setenv("ENGAGEMENT_MEMORY_LIMIT", "1GB")
    monkeypatch.setattr(steps, "BYTES_PER_EVENT", 20_000_000)
    assert len(_first_steps(parquet.settings(), full_refresh=False)) == 2
    parquet.build(only="run_history")
    assert _first_steps(parquet.settings(), full_refresh=False) == ()
    assert len(_first_steps(parquet.settings(), full_refresh=True)) == 2
