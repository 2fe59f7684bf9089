"""Tells whether a build would find anything new, without loading dbt: a scheduler may ask often.

A build reads files: the inputs, the seeds, the models. If none of them has changed since the last
finished build with the same settings, no table would change.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path

import duckdb

from engagement.project import Settings
from engagement.tables import attached, connect, use

#: Folders and files of the project that decide what a build makes.
PROJECT_PARTS = ("dbt_project.yml", "profiles.yml", "models", "macros", "seeds", "tests")
#: Variables of other commands, which no build reads.
OF_OTHER_COMMANDS = {"ENGAGEMENT_SLACK_WEBHOOK"}
TABLE = "last_inputs"
#: A run that came to its end.
ENDED = "status in ('published', 'unpublished')"


def fingerprint(settings: Settings) -> str | None:
    """A hash of all that a build reads: names, sizes and times of files, settings, the day.

    None if files do not tell: the inputs are tables, or the target is not DuckDB.
    """
    environment = settings.environment()
    reads_tables = "ENGAGEMENT_DATA" not in environment or settings.all_variables()["input_models"]
    if not settings.is_duckdb or reads_tables:
        return None
    folders = [Path(environment["ENGAGEMENT_DATA"]), settings.seeds_folder()]
    projects = dict.fromkeys((settings.project, settings.package))
    folders += [project / part for project in projects for part in PROJECT_PARTS]
    files = [
        (str(file), file.stat().st_size, file.stat().st_mtime_ns)
        for folder in folders
        for file in _files(folder)
    ]
    # Without a loaded_at, "the future" is measured from the start of the run.
    today = datetime.now(UTC).date().isoformat()
    given = {
        name: value
        for name, value in (os.environ | environment).items()
        if name.startswith("ENGAGEMENT_") and name not in OF_OTHER_COMMANDS
    }
    content = [files, given, dict(settings.variables), today, version("duckdb")]
    return hashlib.sha256(json.dumps(content, default=str).encode()).hexdigest()


def last_fingerprint(settings: Settings) -> str | None:
    """The fingerprint of the last build, if it was published and this command recorded it."""
    if not settings.database_file().is_file():
        return None
    value = _first_value(
        settings,
        f"select fingerprint from {TABLE} where run_id = (select run_id from int_run)",
    )
    return str(value) if value else None


def has_finished(settings: Settings) -> bool:
    """Whether a run of the database has finished; also true where that cannot be known here."""
    if not settings.is_duckdb:
        return True
    found = _first_value(settings, f"select count(*) from {_history(settings)} where {ENDED}")
    return bool(found)


def backfilled_until(settings: Settings) -> date | None:
    """The first day that an unfinished backfill has yet to read; None without one."""
    value = _first_value(
        settings,
        f"select case when run_id in (select run_id from {_history(settings)} where {ENDED})"
        " then read_until else read_before end from int_run",
    )
    return value if isinstance(value, date) else None


def remember(settings: Settings, inputs: str) -> None:
    """Records the fingerprint of a finished build."""
    with connect(settings.working_file()) as connection:
        use(connection, f"{settings.schema()}_internal")
        connection.execute(
            f"create or replace table {TABLE} as select ? as fingerprint, run_id from int_run",
            [inputs],
        )


def _history(settings: Settings) -> str:
    """The record of all runs, published or not."""
    return f'built."{settings.schema()}_build".run_history'


def _first_value(settings: Settings, query: str) -> object:
    """The first value of a query on the internal tables; None if they do not exist."""
    file = settings.working_file() if settings.is_duckdb else None
    if file is None or not file.is_file():
        return None
    try:
        with attached(file) as connection:
            connection.execute(f'use built."{settings.schema()}_internal"')
            rows = connection.execute(query).fetchall()
    except duckdb.Error:
        return None
    return rows[0][0] if rows else None


def _files(place: Path) -> Iterator[Path]:
    if place.is_file():
        yield place
    elif place.is_dir():
        yield from sorted(path for path in place.rglob("*") if path.is_file())
