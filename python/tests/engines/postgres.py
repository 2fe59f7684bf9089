"""A private PostgreSQL server: a folder of its own, a free port of loopback, never as root."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2

from .engine import free_port

OWNER = "postgres"
TYPES = {
    "VARCHAR": "text",
    "DOUBLE": "double precision",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamptz",
}


@dataclass(frozen=True)
class Postgres:
    """A running server."""

    port: int
    target: str = "postgres"

    def environment(self) -> dict[str, str]:
        """The variables of PostgreSQL's own tools."""
        return {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.port),
            "PGUSER": OWNER,
            "PGDATABASE": OWNER,
        }

    def load(self, table: str, columns: dict[str, str], rows: Path) -> None:
        """Appends a CSV file to a raw table."""
        wanted = ", ".join(f'"{name}" {TYPES.get(kind, kind)}' for name, kind in columns.items())
        with self.cursor() as cursor, rows.open() as file:
            cursor.execute("create schema if not exists raw")
            cursor.execute(f"create table if not exists raw.{table} ({wanted})")
            cursor.copy_expert(f"copy raw.{table} from stdin (format csv, null '\\N')", file)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with self.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def cursor(self, user: str = OWNER) -> Iterator[Any]:
        """A cursor of a connection of its own, as a user who is there; what it did stays."""
        place = {"host": "127.0.0.1", "port": self.port, "dbname": OWNER}
        with closing(psycopg2.connect(**place, user=user)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                yield cursor


@contextmanager
def running() -> Iterator[Postgres]:
    """Starts a server and stops it at the end, whatever happened."""
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, OWNER)
        # A collation by language, as most servers have: the order of ids must not depend on it.
        locale = ("--encoding=UTF8", "--locale-provider=icu", "--icu-locale=en-US")
        _run("initdb", "--auth=trust", "--username", OWNER, *locale, "--no-sync", folder)
        port = free_port()
        options = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off"
        _run("pg_ctl", "start", "--wait", "-D", folder, "-o", options, "-l", folder / "log")
        try:
            yield Postgres(port)
        finally:
            _run("pg_ctl", "stop", "-D", folder, "-m", "immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(program: str, *arguments: str | Path) -> None:
    """Runs one of PostgreSQL's programs, as its own user where this is root."""
    (binaries, *_) = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True) or [Path()]
    command = [str(binaries / program), *map(str, arguments)]
    if os.geteuid() == 0:
        command = ["runuser", "-u", OWNER, "--", *command]
    done = subprocess.run(command, capture_output=True, text=True, cwd="/")
    assert done.returncode == 0, done.stdout + done.stderr
