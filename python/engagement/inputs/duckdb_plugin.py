"""Functions of DuckDB for the project: to read files, to publish one (profiles.yml, plugins)."""

import json
import os
from pathlib import Path
from typing import Any

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin

from engagement import publication
from engagement.errors import UsageError
from engagement.publication import working_file
from engagement.tables import content_of

from .reading import SCRATCH, Reading, read_folder


class Plugin(BasePlugin):  # type: ignore[misc]
    """Adds the functions to each connection."""

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Adds the functions, which all cursors of the connection share."""
        conn.create_function("engagement_input", answer, ["VARCHAR"] * 3, "VARCHAR")
        conn.create_function("engagement_changed_inputs", changed, ["VARCHAR"] * 2, "VARCHAR")
        for name, function in {
            "publish": publish,
            "finish_publication": finish,
            "file_content": content,
        }.items():
            conn.create_function(
                f"engagement_{name}", function, ["VARCHAR"] * 2, "VARCHAR", side_effects=True
            )


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


def publish(new: str, file: str) -> str:
    """Gives a new publication its name."""
    publication.publish(Path(new), Path(file))
    return file


def finish(file: str, run_id: str) -> str:
    """Publishes the file of a run that died after its last statement, and removes other rests."""
    publication.finish(Path(file), run_id)
    return file


def content(file: str, schema: str) -> str:
    """What a file is that is to be published to: none, publication or other.

    This is asked of a new working file, which becomes its owner's only: it holds addresses.
    """
    working_file(Path(file)).chmod(0o600)
    return content_of(Path(file), schema)


def _reading(folder: str, request: str) -> Reading:
    scratch = Path(os.environ.get("DBT_TARGET_PATH") or "target").resolve() / SCRATCH
    return read_folder(Path(folder), json.dumps(json.loads(request), sort_keys=True), scratch)
