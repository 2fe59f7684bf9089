"""The same company on a Spark cluster: what DuckDB says. Where pyspark is installed: in work."""

from collections.abc import Iterator

import pytest
from conftest import Company

from .engine import IN_THE_LAST_NIGHT, Engine, build_on, differences, load_inputs, load_rows


@pytest.fixture(scope="module")
def cluster() -> Iterator[Engine]:
    pytest.importorskip("pyspark")
    from .spark import running

    with running() as started:
        yield started


def test_a_build_and_a_night_say_what_duckdb_says(cluster: Engine, simulated: Company) -> None:
    load_inputs(cluster, simulated.data, f"not {IN_THE_LAST_NIGHT}")
    build_on(cluster, simulated.seeds)
    load_rows(cluster, simulated.data, "events", IN_THE_LAST_NIGHT)
    build_on(cluster, simulated.seeds)
    assert differences(cluster, simulated.database) == []
