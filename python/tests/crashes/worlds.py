"""A small company on an engine: its inputs night by night, and what its readers see."""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import duckdb
import psycopg2

Row = tuple[Any, ...]
#: What no two runs have in common.
OF_THE_RUN = {"run_id", "started_at", "reference_time", "published_at", "recorded_at"}
#: Tables that tell of runs; they are looked at by themselves.
RUNS = ("publication", "run_history")
#: What was once told, with the time when; no later run may change it.
RECORDS = {
    **dict.fromkeys(["published_scores", "published_risk", "published_signals"], "published_at"),
    "signal_history": "recorded_at",
}
#: The night that is published before each round, and those that follow.
FIRST_NIGHT, NIGHTS = 35, (36, 37)
COLUMNS = ("event_id", "event_name", "user_id", "account_id", "occurred_at", "loaded_at")


@dataclass(frozen=True)
class State:
    """All that readers see at a moment; `tables` holds a hash of the rows of each."""

    run_id: str
    as_of: date
    is_recorded: bool
    tables: Mapping[str, str]


class World(Protocol):
    """A company on an engine."""

    @property
    def faults(self) -> tuple[str, ...]:
        """What can befall its builds."""

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables that name its inputs and its database."""

    def begin(self) -> None:
        """Makes it with the inputs of the first night."""

    def keep(self) -> None:
        """Keeps what has been built, to come back to."""

    def reset(self) -> None:
        """Goes back to what was kept."""

    def night_falls(self, night: int) -> None:
        """Adds the inputs of the nights until this one."""

    def state(self) -> State:
        """What readers see, in one snapshot."""

    def records(self) -> set[Row]:
        """What has been told, and when."""

    def hit(self, fault: str, build: int) -> None:
        """Does to a build, by its process id, what only this engine knows."""


def events(first: int, last: int) -> Iterator[tuple[str, ...]]:
    """What is loaded in the nights between two, by six users of three accounts.

    An hour after midnight comes what happened the day before, and what is two days late.
    """
    for night in range(first, last + 1):
        for user in range(6):
            for name, days_ago in (("task_created", 1), ("logged_in", 1), ("task_created", 3)):
                if (night + user) % (user + 1) == 0 and night > days_ago:
                    yield (
                        *(f"{night} {user} {name} {days_ago}", name, f"u{user}", f"a{user // 2}"),
                        f"{_day(night - days_ago)} 09:00:00",
                        f"{_day(night)} 01:00:00",
                    )


def _day(number: int) -> date:
    return date.fromordinal(date(2026, 3, 31).toordinal() + number)


class OnDuckDB:
    """In two files, with the inputs in a third."""

    faults = ("kill", "freeze", "disk", "memory")

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data, self.base = folder / "data", folder / "base"
        self.database = folder / "scores.duckdb"
        self.working_file = folder / "scores.build.duckdb"

    @property
    def environment(self) -> Mapping[str, str]:
        return {"ENGAGEMENT_DATA": str(self.data), "ENGAGEMENT_DATABASE": str(self.database)}

    def begin(self) -> None:
        self.data.mkdir(parents=True)
        self.night_falls(FIRST_NIGHT)

    def keep(self) -> None:
        self.base.mkdir()
        for file in (self.database, self.working_file):
            shutil.copy(file, self.base)

    def reset(self) -> None:
        for file in self.folder.glob("scores.*"):
            file.unlink()
        for file in self.base.iterdir():
            shutil.copy(file, self.folder)

    def night_falls(self, night: int) -> None:
        lines = [",".join(COLUMNS), *(",".join(row) for row in events(1, night))]
        (self.data / "events.csv").write_text("\n".join(lines) + "\n")

    def state(self) -> State:
        with duckdb.connect(str(self.database), read_only=True) as connection:
            connection.execute("use engagement")
            names: dict[str, list[str]] = {}
            for table, column in connection.execute(
                "select table_name, column_name from duckdb_columns() where schema_name ="
                " 'engagement' order by 1, column_index"
            ).fetchall():
                names.setdefault(table, []).append(column)
            hashed = " union all ".join(
                f"select '{table}', count(*) || ' ' || coalesce(sum(hash({_compared(columns)})), 0)"
                f" from {table}"
                for table, columns in names.items()
                if table not in RUNS
            )
            return _state(
                connection.execute(WHICH_RUN).fetchall(), connection.execute(hashed).fetchall()
            )

    def records(self) -> set[Row]:
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return {
                row
                for table in RECORDS
                for row in connection.execute(f"from engagement.{table}").fetchall()
            }

    def hit(self, fault: str, build: int) -> None:
        raise AssertionError(fault)


WHICH_RUN = """
    select run_id, as_of, run_id in (
        select run_id from engagement.run_history where status = 'published'
    )
    from engagement.publication
"""


def _compared(columns: list[str]) -> str:
    return ", ".join(column for column in columns if column not in OF_THE_RUN)


def _state(run: list[Row], tables: list[Row]) -> State:
    ((run_id, as_of, is_recorded),) = run
    return State(run_id, as_of, is_recorded, dict(tables))


class OnPostgres:
    """In a database of a server that PG* variables name, made from a template."""

    faults = ("kill", "freeze", "lost connection")

    def __init__(self, name: str) -> None:
        self.name, self.template = f"crashes_{name}", f"crashes_{name}_kept"

    @property
    def environment(self) -> Mapping[str, str]:
        return {"ENGAGEMENT_TARGET": "postgres", "PGDATABASE": self.name}

    def begin(self) -> None:
        self._server(f'drop database if exists "{self.name}" with (force)')
        self._server(f'drop database if exists "{self.template}" with (force)')
        self._server(f'create database "{self.name}"')
        columns = ", ".join(f"{name} {_type(name)}" for name in COLUMNS)
        self._ask(f"create schema raw; create table raw.events ({columns})")
        self.night_falls(FIRST_NIGHT)

    def keep(self) -> None:
        self._server(f'create database "{self.template}" template "{self.name}"')

    def reset(self) -> None:
        self._server(f'drop database "{self.name}" with (force)')
        self._server(f'create database "{self.name}" template "{self.template}"')

    def night_falls(self, night: int) -> None:
        ((loaded,),) = self._ask("select max(loaded_at)::date from raw.events")
        first = 1 if loaded is None else loaded.toordinal() - _day(0).toordinal() + 1
        values = ", ".join(str(row) for row in events(first, night))
        if values:
            self._ask(f"insert into raw.events values {values}")

    def state(self) -> State:
        with closing(self._connected(self.name)) as connection, connection.cursor() as cursor:
            connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
            cursor.execute(
                "select table_name, column_name::text from information_schema.columns"
                " where table_schema = 'engagement' order by 1, ordinal_position"
            )
            names: dict[str, list[str]] = {}
            for table, column in cursor.fetchall():
                names.setdefault(table, []).append(column)
            cursor.execute(WHICH_RUN)
            run = cursor.fetchall()
            cursor.execute(
                " union all ".join(
                    f"select '{table}', count(*) || ' ' || coalesce(sum(hashtextextended("
                    f"row({_compared(columns)})::text, 0)::numeric), 0) from engagement.{table}"
                    for table, columns in names.items()
                    if table not in RUNS
                )
            )
            return _state(run, cursor.fetchall())

    def records(self) -> set[Row]:
        return {row for table in RECORDS for row in self._ask(f"select * from engagement.{table}")}

    def hit(self, fault: str, build: int) -> None:
        """The server ends the connections of the build, as if the network had gone."""
        assert fault == "lost connection"
        self._server(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            f" where datname = '{self.name}' and application_name <> 'reader'"
        )

    def _ask(self, sql: str) -> list[Row]:
        return self._asked(self.name, sql)

    def _server(self, sql: str) -> list[Row]:
        return self._asked("postgres", sql)

    def _asked(self, database: str, sql: str) -> list[Row]:
        with closing(self._connected(database)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall() if cursor.description else []

    def _connected(self, database: str) -> Any:
        place = {"host": os.environ["PGHOST"], "port": os.environ["PGPORT"]}
        return psycopg2.connect(
            **place, user=os.environ["PGUSER"], dbname=database, application_name="reader"
        )


def _type(column: str) -> str:
    return "timestamp" if column.endswith("_at") else "text"
