"""Lets the models ask how files are read: a function of DuckDB (profiles.yml, plugins)."""

import json
import os
from pathlib import Path
from typing import Any

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin

from engagement.errors import UsageError

from .reading import SCRATCH, Reading, read_folder


class Plugin(BasePlugin):  # type: ignore[misc]
    """Adds engagement_input and engagement_changed_inputs to each connection."""

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Adds the functions, which all cursors of the connection share."""
        conn.create_function("engagement_input", answer, ["VARCHAR"] * 3, "VARCHAR")
        conn.create_function("engagement_changed_inputs", changed, ["VARCHAR"] * 2, "VARCHAR")


def answer(folder: str, request: str, name: str) -> str:
    """{from, columns} of an input as JSON, {} if it is not there, or {error}."""
    try:
        relation = _reading(folder, request).relations.get(name)
    except UsageError as error:
        return json.dumps({"error": str(error)})
    if relation is None:
        return "{}"
    columns: dict[str, Any] = {
        column.lower(): {"name": column, "data_type": kind}
        for column, kind in relation.columns.items()
    }
    return json.dumps({"from": relation.sql, "columns": columns})


def changed(folder: str, request: str) -> str:
    """The files that have changed since the run decided how to read them, joined; mostly ''."""
    return ", ".join(str(path) for path in _reading(folder, request).changed())


def _reading(folder: str, request: str) -> Reading:
    scratch = Path(os.environ.get("DBT_TARGET_PATH") or "target").resolve() / SCRATCH
    return read_folder(Path(folder), json.dumps(json.loads(request), sort_keys=True), scratch)
