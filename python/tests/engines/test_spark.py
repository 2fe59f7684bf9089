"""A small company on a Spark cluster: what DuckDB says, also where a worker dies."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from threading import Thread

import pytest
from conftest import DRAWS, EVALUATED, Company

from engagement.outcomes.evaluate import evaluate
from engagement.simulate import Breakage, simulate

from .engine import (
    WHOLE_COMPANIES,
    build_and_night,
    build_on,
    differences,
    empty,
    load_inputs,
    report,
    try_build_on,
    wait_for,
)
from .spark import Spark, in_this_process, running

#: When it is there, a build has begun, and most of its work is still to be done.
EARLY_TABLE = "int_daily_event_counts"
LATE_TABLE = "int_entity_scores"
#: What is built while a worker dies.
SCORES = ("user_scores", "account_scores")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Spark]:
    with running() as started:
        yield started


@pytest.fixture(scope="module")
def small(workshop: Path) -> Company:
    """A simulated company that Spark builds in minutes; only to be read."""
    company = Company(workshop).reset()
    broken = Breakage("task_viewed", date(2026, 6, 10), days=14)
    simulate(company.data, accounts=8, users=60, days=100, seed=11, broken=broken)
    company.build(tests=True, publish_personal_data=True)
    evaluate(company.settings(**EVALUATED), draws=DRAWS)
    return company.publish().kept_as("small")


def test_a_build_and_a_night_say_what_duckdb_says(cluster: Spark, small: Company) -> None:
    build_and_night(cluster, small)


@pytest.mark.skipif(not WHOLE_COMPANIES, reason="make test-engines")
def test_spark_in_dbts_own_process_says_what_duckdb_says(small: Company) -> None:
    with in_this_process() as session:
        load_inputs(session, small.data)
        build_on(session, small.seeds)
        found = differences(session, small.database)
        assert not found, report(found)


def test_a_worker_may_die_in_the_middle_of_a_build(cluster: Spark, small: Company) -> None:
    empty(cluster)
    load_inputs(cluster, small.data)
    tables_by_then: list[str] = []

    def kill_one() -> None:
        wait_for(lambda: EARLY_TABLE in tables(cluster))
        cluster.workers[0].kill()
        tables_by_then.extend(tables(cluster))

    killer = Thread(target=kill_one)
    killer.start()
    outcome = try_build_on(cluster, small.seeds, SCORES)
    killer.join()
    assert EARLY_TABLE in tables_by_then
    assert LATE_TABLE not in tables_by_then
    if outcome.failures:
        build_on(cluster, small.seeds, SCORES)
    found = differences(cluster, small.database, tables=SCORES)
    assert not found, report(found)


def tables(cluster: Spark) -> set[str]:
    """What the internal schema holds."""
    return {name for _, name, _ in cluster.query("show tables in engagement_internal")}
