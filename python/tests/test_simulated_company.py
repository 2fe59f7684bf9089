"""A simulated company with every fault: nothing is lost, and every public number is confirmed."""

import shutil
from pathlib import Path

import duckdb
import pytest
from conftest import BUILT, Company

from engagement.validation import Settings, validate


def test_accepted_excluded_rejected_and_pending_are_all_source_rows(simulated: Company) -> None:
    source_rows = simulated.value(f"select count(*) from '{simulated.data}/events/*.parquet'")
    (counts,) = simulated.query(
        "select source_rows, accepted_events, excluded_events, rejected_events, pending_events"
        " from engagement.run_history"
    )
    assert counts[0] == source_rows
    assert sum(counts[1:]) == source_rows
    assert min(counts[1:]) > 0


def test_up_to_as_of_nothing_is_pending(simulated: Company) -> None:
    """accepted + excluded + rejected = source rows up to as_of, counted on the raw files."""
    up_to_as_of = simulated.value(
        f"""
        select count(*)
        from '{simulated.data}/events/*.parquet' as events, engagement.run_history as run
        where not coalesce(
            cast(events.occurred_at as date) > run.as_of
            and events.occurred_at <= coalesce(
                events.loaded_at, (select max(loaded_at) from '{simulated.data}/events/*.parquet')
            ) + interval 60 minute,
            false
        )
        """
    )
    assert (
        simulated.value(
            "select accepted_events + excluded_events + rejected_events from engagement.run_history"
        )
        == up_to_as_of
    )


def test_the_independent_check_confirms_every_public_number(simulated: Company) -> None:
    report = validate(
        Settings(simulated.data, simulated.seeds, publish_personal_data=True), simulated.database
    )
    assert report.ok, [table.differences for table in report.tables if table.differences]
    records = {
        *("published_scores", "published_risk", "published_signals", "signal_history"),
        *("erased_users", "score_validation"),
    }
    assert records | {table.table for table in report.tables} == {
        name
        for (name,) in simulated.query(
            f"select table_name from information_schema.tables where table_schema = '{BUILT}'"
        )
    }
    assert sum(table.values for table in report.tables) > 100_000


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("score_calibrations", "update {} set cap = cap * 1.0000001"),
        ("account_scores", "update {} set rank = rank + 1 where rank = 3"),
        ("product_scores", "delete from {} where score_date = (select max(score_date) from {})"),
        ("account_adoption", "update {} set features_used = features_used + 1"),
        (
            "activity",
            "insert into {} select * replace (date '1999-01-01' as activity_date) from {}",
        ),
        ("account_profiles", "update {} set mrr = 'nan'::double"),
        ("signals", "update {} set closed_on = closed_on + 1 where signal = 'growing'"),
        ("account_priorities", "update {} set severity_points = severity_points + 1"),
    ],
)
def test_the_check_finds_a_tampered_table(
    simulated: Company, tmp_path: Path, table: str, change: str
) -> None:
    database = tmp_path / simulated.database.name
    shutil.copy(simulated.database, database)
    with duckdb.connect(str(database)) as connection:
        kind = connection.execute(
            "select table_type from information_schema.tables"
            f" where table_schema = 'engagement' and table_name = '{table}'"
        ).fetchall()[0][0]
        if kind == "VIEW":
            connection.execute(f"create table engagement.copied as from engagement.{table}")
            connection.execute(f"drop view engagement.{table}")
            connection.execute(f"alter table engagement.copied rename to {table}")
        connection.execute(change.format(*[f"engagement.{table}"] * change.count("{}")))
    report = validate(
        Settings(simulated.data, simulated.seeds, publish_personal_data=True), database
    )
    assert [check.table for check in report.tables if check.different] == [table]


def test_a_large_company_is_checked_by_a_reproducible_sample(simulated: Company) -> None:
    settings = Settings(simulated.data, simulated.seeds, publish_personal_data=True)
    one, two, other = (
        validate(settings, simulated.database, sample_above=1, sample=50, seed=seed)
        for seed in (3, 3, 4)
    )
    assert one.ok and two.ok and other.ok
    rows = [{check.table: check.rows for check in report.tables} for report in (one, two, other)]
    assert rows[0] == rows[1]
    assert rows[0]["user_scores"] != rows[2]["user_scores"]
    assert rows[0]["user_scores"] < simulated.value("select count(*) from engagement.user_scores")
    assert rows[0]["score_calibrations"] == simulated.value(
        "select count(*) from engagement.score_calibrations"
    )


def test_scores_spread_over_the_bands(simulated: Company) -> None:
    shares = simulated.query(
        "select band, count(*) / sum(count(*)) over () from engagement.user_scores"
        " where points > 0 group by band"
    )
    assert len(shares) == 5
    assert all(0.05 < share < 0.5 for _, share in shares), shares
