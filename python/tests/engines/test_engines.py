"""Every engine makes the tables of DuckDB, of whole companies: make test-engines."""

from collections.abc import Iterator
from importlib import import_module

import pytest
from conftest import OPENSTACK

from .engine import (
    SCHEMA,
    WHOLE_COMPANIES,
    Engine,
    build_on,
    differences,
    empty,
    load_inputs,
    report,
)

pytestmark = [
    pytest.mark.skipif(not WHOLE_COMPANIES, reason="make test-engines"),
    pytest.mark.skipif(not OPENSTACK.is_dir(), reason=f"there is no {OPENSTACK}"),
]


@pytest.fixture(scope="module", params=["postgres", "spark"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    with import_module(f"{__package__}.{request.param}").running() as started:
        yield started


@pytest.mark.parametrize("name", ["simulated", "openstack"])
def test_every_public_table_is_that_of_duckdb(
    engine: Engine, name: str, request: pytest.FixtureRequest
) -> None:
    company = request.getfixturevalue(name)
    empty(engine)
    load_inputs(engine, company.data)
    build_on(engine, company.seeds)
    found = differences(engine, company.database, SCHEMA)
    assert not found, report(found)
