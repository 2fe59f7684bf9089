"""One build at a time: the second of one database waits, and says for whom.

On DuckDB the lock file also tells readers what became of the last build.
"""

import fcntl
import json
import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from engagement.errors import GivenUp, UsageError
from engagement.project import Settings

#: How long the second build waits.
LIMIT_SECONDS = 600
#: The outcome of a build of which readers need not be told.
PUBLISHED = "was published"
PAUSE_SECONDS = 1
#: Of the advisory lock of PostgreSQL, and of the connection that holds it.
NAMESPACE = "product_engagement."
HOLDER = "select pid, backend_start from pg_stat_activity where application_name = %s"


@dataclass
class Ended:
    """How a build ended, for readers; None if it was no build, and leaves what they were told."""

    outcome: str | None = "was broken off"


@contextmanager
def only_build(settings: Settings, say: Callable[[str], None]) -> Iterator[Ended]:
    """Holds the lock of a database for a with block; `say` is told once what it waits for.

    Yields:
        What the block is to say of its end.

    On DuckDB that is a file beside the working file, on PostgreSQL an advisory lock. The system
    releases both if the process dies. Other engines have none.

    Raises:
        GivenUp: Another build has held the lock for LIMIT_SECONDS.
    """
    if settings.is_duckdb:
        with _of_file(_lock_file(settings), say) as ended:
            yield ended
    elif settings.target_name() == "postgres":
        with _of_postgres(settings.schema(), say):
            yield Ended()
    else:
        yield Ended()


def last_build(settings: Settings) -> str | None:
    """What became of a build after the publication, in a sentence; None if there is none.

    Only known on DuckDB, and of the command engagement.
    """
    file = _lock_file(settings)
    if not settings.is_duckdb or not file.is_file():
        return None
    with file.open() as lock:
        note = _note(lock)
        is_free = not _is_taken(lock, fcntl.LOCK_SH)
    if not note or note["outcome"] == PUBLISHED:
        return None
    if note["outcome"]:
        return f"The build that began at {note['began']} UTC {note['outcome']}."
    return f"The build that began at {note['began']} UTC {'died' if is_free else 'goes on'}."


def _lock_file(settings: Settings) -> Path:
    return settings.working_file().with_suffix(".lock")


@contextmanager
def _of_file(file: Path, say: Callable[[str], None]) -> Iterator[Ended]:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a+") as lock:
        _wait(lambda: _is_taken(lock), lambda: _holder(lock), say)
        before = _note(lock)
        note = {
            "process": f"process {os.getpid()} on {socket.gethostname()}",
            "began": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}",
            "outcome": None,
        }
        _write(lock, note)
        ended = Ended()
        try:
            yield ended
        except UsageError:
            if ended.outcome:
                ended.outcome = "stopped at its configuration or an input"
            raise
        finally:
            _write(lock, {**note, "outcome": ended.outcome} if ended.outcome else before)


def _write(lock: IO[str], note: Mapping[str, str | None]) -> None:
    lock.seek(0)
    lock.truncate()
    lock.write(json.dumps(note))
    lock.flush()


def _note(lock: IO[str]) -> dict[str, str | None]:
    """What the lock file says; {} if a build has never written it to its end."""
    lock.seek(0)
    try:
        note: dict[str, str | None] = json.loads(lock.read())
    except ValueError:
        return {}
    return note


def _is_taken(lock: IO[str], kind: int = fcntl.LOCK_EX) -> bool:
    """Takes the lock; whether somebody else has it."""
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def _holder(lock: IO[str]) -> str:
    note = _note(lock)
    return f"{note['process']}, which began at {note['began']} UTC" if note else "another process"


def connected_to_postgres() -> Any:
    """A connection to the server that the variables of PostgreSQL's own tools name."""
    import psycopg2

    given = os.environ.get
    return psycopg2.connect(
        host=given("PGHOST", "localhost"),
        port=given("PGPORT", "5432"),
        user=given("PGUSER", "engagement"),
        password=given("PGPASSWORD", ""),
        dbname=given("PGDATABASE", "engagement"),
        sslmode=given("PGSSLMODE", "prefer"),
    )


@contextmanager
def _of_postgres(schema: str, say: Callable[[str], None]) -> Iterator[None]:
    """A lock of a connection of its own; without one, since there is no server, dbt will say so."""
    import psycopg2

    try:
        connection = connected_to_postgres()
    except psycopg2.Error:
        yield
        return
    connection.autocommit = True
    name = (NAMESPACE + schema)[:63]  # as long as PostgreSQL lets a name be

    def ask(query: str) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(query, (name,))
            return cursor.fetchone()

    def holder() -> str:
        process, since = ask(HOLDER) or ("?", "?")
        return f"process {process} of the server, connected since {since}"

    try:
        _wait(
            lambda: not ask("select pg_try_advisory_lock(hashtextextended(%s, 0))")[0], holder, say
        )
        with connection.cursor() as cursor:
            cursor.execute("set application_name = %s", (name,))
        yield
    finally:
        connection.close()


def _wait(
    is_taken: Callable[[], bool], holder: Callable[[], str], say: Callable[[str], None]
) -> None:
    until = time.monotonic() + LIMIT_SECONDS
    has_said = False
    while is_taken():
        if not has_said:
            say(f"Waiting for another build of this database: {holder()}.")
            has_said = True
        if time.monotonic() > until:
            raise GivenUp(
                f"Another build of this database has not ended within {LIMIT_SECONDS} seconds:"
                f" {holder()}. Nothing was built; run this one again later."
            )
        time.sleep(PAUSE_SECONDS)
