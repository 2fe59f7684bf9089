"""The same company on an emulated Snowflake: what DuckDB says."""

from collections.abc import Iterator

import pytest
from conftest import Company
from engines.engine import Engine, build_and_night


@pytest.fixture
def snowflake() -> Iterator[Engine]:
    pytest.importorskip("fakesnow")
    from .emulator import running

    with running() as emulated:
        yield emulated


def test_a_build_and_a_night_say_what_duckdb_says(snowflake: Engine, simulated: Company) -> None:
    build_and_night(snowflake, simulated)
