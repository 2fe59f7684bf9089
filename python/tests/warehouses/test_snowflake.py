"""The same company on an emulated Snowflake: what DuckDB says."""

from collections.abc import Iterator

import pytest
from conftest import Company
from engines.engine import IN_THE_LAST_NIGHT, Engine, build_on, differences, load_inputs, load_rows

from engagement.validation import TABLE_KEYS


@pytest.fixture
def snowflake() -> Iterator[Engine]:
    pytest.importorskip("fakesnow")
    from .emulator import running

    with running() as emulated:
        yield emulated


def test_a_build_and_a_night_say_what_duckdb_says(snowflake: Engine, simulated: Company) -> None:
    load_inputs(snowflake, simulated.data, f"not {IN_THE_LAST_NIGHT}")
    build_on(snowflake, simulated.seeds)
    load_rows(snowflake, simulated.data, "events", IN_THE_LAST_NIGHT)
    build_on(snowflake, simulated.seeds)
    assert differences(snowflake, simulated.database, tables=TABLE_KEYS) == []
    runs = "select started_over_because from engagement.run_history order by started_at"
    assert [reason is None for (reason,) in snowflake.query(runs)] == [False, True]
