"""The public tables as they are in the DuckDB file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from .entities import EntityType
from .sample import Sample

NULLABLE_INTEGERS = {
    pa.int8(): pd.Int64Dtype(),
    pa.int16(): pd.Int64Dtype(),
    pa.int32(): pd.Int64Dtype(),
    pa.int64(): pd.Int64Dtype(),
}


@dataclass(frozen=True)
class Database:
    """A schema of an open database. Frames keep decimals exact and integers whole."""

    connection: duckdb.DuckDBPyConnection
    schema: str

    def columns(self, table: str) -> list[str]:
        """The columns of a table or view; none if there is no such table."""
        found = self.connection.execute(
            "select column_name from information_schema.columns"
            " where table_catalog = current_database() and table_schema = ? and table_name = ?",
            [self.schema, table],
        )
        return [name for (name,) in found.fetchall()]

    def rows(self, table: str, columns: list[str]) -> pd.DataFrame:
        """All rows of a table."""
        return self._frame(f"select {_list(columns)} from {self._name(table)}")

    def sampled_rows(
        self,
        table: str,
        columns: list[str],
        entity_type: str,
        entity_id: str,
        samples: dict[EntityType, Sample],
    ) -> pd.DataFrame:
        """The rows of the sampled entities, whether or not anyone expects them there.

        `entity_type` and `entity_id` are the SQL of the entity of a row.
        """
        pair = f"{entity_type} as sampled_type, {entity_id} as sampled_id"
        ids = self._frame(f"select distinct {pair} from {self._name(table)}")
        ids = ids.dropna()
        chosen = [
            own[sample.holds(own["sampled_id"])]
            for kind, sample in samples.items()
            for own in [ids[ids["sampled_type"] == kind]]
        ]
        self.connection.register("sampled_entities", pd.concat(chosen))
        return self._frame(
            f"select {_list(columns)} from {self._name(table)} where ({entity_type}, {entity_id})"
            " in (select (sampled_type, sampled_id) from sampled_entities)"
        )

    def last_run(self, columns: list[str]) -> pd.DataFrame:
        """The row of run_history of the last run that did not fail."""
        ended = "where status in ('published', 'unpublished')"
        return self._frame(
            f"select {_list(columns)} from {self._name('run_history')}"
            f" {ended if 'status' in self.columns('run_history') else ''}"
            " order by started_at desc limit 1"
        )

    def last_run_read_everything(self) -> bool:
        """Whether the last run read all source rows, not only those of the touched days."""
        if "touched_days" not in self.columns("run_history"):
            return True
        return bool(self.last_run(["touched_days"])["touched_days"].isna().all())

    def last_started_at(self) -> datetime | None:
        """When the last run started; None if that is not recorded."""
        if "started_at" not in self.columns("run_history"):
            return None
        started = self.last_run(["started_at"])["started_at"]
        return None if started.empty else pd.Timestamp(started.iloc[0]).to_pydatetime()

    def erased_persons(self) -> dict[str, Any]:
        """Settings.erased and Settings.erasure_salt."""
        if not self.columns("erased_users"):
            return {}
        rows = self._frame(f"select id_hash, salt, erased_id from {self._name('erased_users')}")
        return {
            "erased": dict(zip(rows["id_hash"], rows["erased_id"], strict=True)),
            "erasure_salt": rows["salt"].iloc[0] if len(rows) else "",
        }

    def last_as_of(self) -> date | None:
        """The last day that counted in the last run; None if that is not recorded."""
        if "as_of" not in self.columns("run_history"):
            return None
        as_of = self.last_run(["as_of"])["as_of"].dropna()
        return None if as_of.empty else pd.Timestamp(as_of.iloc[0]).date()

    def _name(self, table: str) -> str:
        """With its catalog: a file and a schema of the same name are ambiguous otherwise."""
        catalog = self.connection.sql("select current_database()").fetchall()[0][0]
        return f'"{catalog}"."{self.schema}"."{table}"'

    def _frame(self, query: str) -> pd.DataFrame:
        table = self.connection.sql(query).to_arrow_table()
        frame: pd.DataFrame = table.to_pandas(
            types_mapper=NULLABLE_INTEGERS.get, date_as_object=False
        )
        return frame


def _list(columns: list[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)
