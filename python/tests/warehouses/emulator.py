"""Snowflake's connector with an emulator behind it, which translates its SQL for DuckDB."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import fakesnow
import snowflake.connector
from engines.engine import NULL
from fakesnow.cursor import FakeSnowflakeCursor
from sqlglot import exp

DATABASE = "analytics"


@dataclass(frozen=True)
class Snowflake:
    """An emulated account, for the time that it runs."""

    target: str = "snowflake"

    def environment(self) -> dict[str, str]:
        """The variables by which dbt would find an account."""
        return {
            "SNOWFLAKE_ACCOUNT": "emulated",
            "SNOWFLAKE_USER": "loader",
            "SNOWFLAKE_PASSWORD": "none",
            "SNOWFLAKE_DATABASE": DATABASE,
            "ENGAGEMENT_DBT_THREADS": "1",
        }

    def load(self, table: str, columns: dict[str, str], rows: Path) -> None:
        """Appends a CSV file to a raw table, past the emulator: loading is not tested."""
        raw = f"{DATABASE}.raw.{table.upper()}"
        types = ", ".join(f"{name.upper()} {kind}" for name, kind in columns.items())
        with snowflake.connector.connect(database=DATABASE, schema="raw") as connection:
            past_it = connection._duck_conn
            past_it.execute(f"create table if not exists {raw} ({types})")
            past_it.execute(
                f"insert into {raw} from read_csv('{rows}', header = false,"
                f" columns = {columns}, nullstr = '{NULL}', quote = '\"', escape = '\"')"
            )

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query in Snowflake's SQL."""
        with snowflake.connector.connect(database=DATABASE, schema="engagement") as connection:
            return list(connection.cursor().execute(sql).fetchall())


@contextmanager
def running() -> Iterator[Snowflake]:
    """Puts the emulator in the place of Snowflake's connector."""
    translate = FakeSnowflakeCursor._transform

    def completed(cursor: Any, statement: exp.Expr, parameters: Any) -> exp.Expr:
        return translate(cursor, statement.transform(_completed), parameters)

    with fakesnow.patch(), patch.object(FakeSnowflakeCursor, "_transform", completed):
        yield Snowflake()


def _completed(part: exp.Expr) -> exp.Expr | None:
    """What Snowflake has and the emulator lacks: the formats of numbers and times, and temporary
    tables in a schema, which are tables here."""
    if isinstance(part, exp.ToChar) and set(part.text("format")) == {"X"}:
        return exp.func("hex", exp.cast(part.this, "bigint"))
    if isinstance(part, exp.ToChar) and part.text("format") == "YYYY-MM-DD HH24:MI:SS.FF6":
        microseconds = exp.Literal.string("%Y-%m-%d %H:%M:%S.%f")
        return exp.TimeToStr(this=exp.cast(part.this, "timestamp"), format=microseconds)
    return None if isinstance(part, exp.TemporaryProperty) else part
