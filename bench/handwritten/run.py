"""Run the hand-written baseline: `python run.py full|night --data FOLDER --database FILE`."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb

FOLDER = Path(__file__).resolve().parent
SEEDS = FOLDER.parents[1] / "seeds"


def full(
    data: Path, database: Path, threads: int | None = None, memory_limit: str | None = None
) -> float:
    """Make every table anew from the folder `data`, in place of `database`; return the seconds."""
    for file in (database, database.with_name(database.name + ".wal")):
        file.unlink(missing_ok=True)
    return sum(seconds for _, seconds in run("full", data, database, threads, memory_limit))


def night(
    data: Path, database: Path, threads: int | None = None, memory_limit: str | None = None
) -> float:
    """Bring `database` up to date with what came to `data` since; return the seconds."""
    if not database.exists():
        raise FileNotFoundError(f"{database} is not there: run full first")
    return sum(seconds for _, seconds in run("night", data, database, threads, memory_limit))


def run(
    script: str,
    data: Path,
    database: Path,
    threads: int | None = None,
    memory_limit: str | None = None,
) -> Iterator[tuple[str, float]]:
    """Run a script statement by statement; yield what each ran and how long it took.

    The first is the opening of the database, the last its closing with the checkpoint.
    """
    start = time.perf_counter()
    connection = duckdb.connect(str(database))
    try:
        if threads is not None:
            connection.execute(f"set threads = {int(threads)}")
        if memory_limit is not None:
            connection.execute("set memory_limit = ?", [memory_limit])
        connection.execute("set variable data = ?", [str(data)])
        connection.execute("set variable seeds = ?", [str(SEEDS)])
        statements = connection.extract_statements((FOLDER / f"{script}.sql").read_text())
        yield "open", time.perf_counter() - start
        for statement in statements:
            start = time.perf_counter()
            connection.execute(statement)
            yield headline(statement.query), time.perf_counter() - start
        start = time.perf_counter()
    finally:
        connection.close()
    yield "close", time.perf_counter() - start


def headline(statement: str) -> str:
    """The first line of a statement that is no comment."""
    lines = (line.strip() for line in statement.splitlines())
    return next((line for line in lines if line and not line.startswith("--")), "")


def main() -> None:
    """The command line: the statements that take long, and the seconds of all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("script", choices=["full", "night"])
    parser.add_argument("--data", type=Path, required=True, help="the folder of the inputs")
    parser.add_argument("--database", type=Path, required=True, help="the DuckDB file to write")
    parser.add_argument("--threads", type=int, help="else all of the machine")
    parser.add_argument("--memory-limit", help="such as 8GB")
    parser.add_argument("--slow", type=float, help="name the statements that take as many seconds")
    arguments = parser.parse_args()

    if arguments.slow is None:
        seconds = (full if arguments.script == "full" else night)(
            arguments.data, arguments.database, arguments.threads, arguments.memory_limit
        )
    else:
        if arguments.script == "full":
            arguments.database.unlink(missing_ok=True)
        seconds = 0.0
        for name, taken in run(
            arguments.script,
            arguments.data,
            arguments.database,
            arguments.threads,
            arguments.memory_limit,
        ):
            seconds += taken
            if taken >= arguments.slow:
                print(f"{taken:8.2f}  {name}")
    print(f"{seconds:8.2f}  seconds")


if __name__ == "__main__":
    main()
