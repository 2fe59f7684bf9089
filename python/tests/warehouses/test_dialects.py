"""Every statement that a build and a night would send to a warehouse, in its own SQL."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("fakesnow")

from macros import Macros

from .dialects import problems

WAREHOUSES = ("snowflake", "bigquery", "redshift", "databricks")
RUNS = [
    *(f"{run}, {source}" for run in ("first", "night") for source in ("time", "zoned", "text")),
    *("first, vendors", "first, vendors' files", "night, vendors"),
]


def lies_within_others(model: Path) -> bool:
    """Whether it is ephemeral, as all rules of signals are (dbt_project.yml)."""
    return model.parent.name == "rules" or "materialized='ephemeral'" in model.read_text()


@pytest.mark.parametrize("target", WAREHOUSES)
def test_each_statement_is_in_the_sql_of_the_warehouse(target: str, tmp_path: Path) -> None:
    written = tmp_path / "statements.json"
    place = {"DBT_TARGET_PATH": str(tmp_path / "target"), "DBT_LOG_PATH": str(tmp_path / "logs")}
    place["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    program = [sys.executable, "-m", "warehouses.offline"]
    subprocess.run([*program, target, written], check=True, env=os.environ | place)
    sent = json.loads(written.read_text())
    assert [*sent] == RUNS
    checked = {sql: name for statements in sent.values() for name, sql in statements}
    assert {name for name in checked.values()} >= {
        path.stem for path in Path("models").rglob("*.sql") if not lies_within_others(path)
    }
    assert any("delete from" in sql for sql in checked)
    if target == "bigquery":
        # dbt says of a list of texts that it is text, to which it cannot be cast.
        assert any("to_json_string(`account_id`)" in sql for sql in checked)
    found = [(name, problem) for sql, name in checked.items() for problem in problems(target, sql)]
    assert found == []


@pytest.mark.parametrize("target", WAREHOUSES)
def test_a_list_of_entries_in_the_sql_of_the_warehouse(target: str) -> None:
    macros = Macros("spark" if target == "databricks" else target)
    read = f"select {macros.entries_of('p')} as entries from t"
    found = macros.object_of_entries("entries"), macros.text_of_entry("entries", "it's a $key")
    assert problems(target, f"select {', '.join(found)} from ({read}) as u") == []


@pytest.mark.parametrize(
    ("target", "problem", "sql"),
    [
        ("snowflake", "no function isfinite", "select isfinite(x) from t"),
        ("snowflake", "no function bit_count", "select bit_count(x) from t"),
        ("snowflake", "no operator &", "select a & b from t"),
        ("snowflake", "an aggregate of", "select sum(x) as x from t having sum(x) > 0"),
        ("bigquery", "no function generate_series", "select * from generate_series(1, 3)"),
        ("bigquery", "Expected DISTINCT", "select a from t union select b from t"),
        ("bigquery", "no type double", "select cast(x as double) from t"),
        ("bigquery", "no type decimal", "select cast(x as decimal(38, 12)) from t"),
        ("bigquery", "without an equality", "select 1 from t left join s on t.a > s.a"),
        (
            "bigquery",
            "more than one column",
            "select 1 from t where (a, b) in (select a, b from s)",
        ),
        ("bigquery", "no condition", "update t set a = 1"),
        ("bigquery", "where without from", "select * from (select 1 as a where 1 = 0) as t"),
        ("bigquery", "not understood", "create table t as select a from s group by a --;\nbegin b"),
        ("redshift", "no frame", "select sum(x) over (order by y) from t"),
        ("redshift", "no function string_agg", "select string_agg(x, '|') from t"),
        ("redshift", "no type varchar", "select cast(x as varchar) from t"),
        ("redshift", "the columns of a", "with recursive a as (select n from a) select n from a"),
        ("databricks", "no function string_agg", "select string_agg(x, '|') from t"),
        ("databricks", "no type varchar", "select cast(x as varchar) from t"),
        ("databricks", "Expected", "select from where"),
    ],
)
def test_the_check_finds_what_a_warehouse_lacks(target: str, problem: str, sql: str) -> None:
    found = problems(target, sql)
    assert any(problem in one for one in found), found
