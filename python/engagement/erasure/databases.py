"""The tables that hold persons, on DuckDB and on PostgreSQL.

On DuckDB tables are rewritten, not updated: a file keeps the bytes of what was deleted.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import duckdb

from engagement.atomic_write import private_files, to_disk
from engagement.errors import UsageError
from engagement.lock import connected_to_postgres
from engagement.project import Settings
from engagement.publication import previous_file
from engagement.tables import connect, text_literal

from .person import Column, Person, hash_of, listed, selected


class Database(Protocol):
    """Where the tables are."""

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query; none if its table does not exist."""

    def rewrite(self, person: Person) -> list[str]:
        """Removes the person from all tables, all at once, and says where."""


@contextmanager
def database_of(settings: Settings) -> Iterator[Database]:
    """The database of the project, for a with block.

    Raises:
        UsageError: Nothing has been built, or the engine cannot update.
    """
    if settings.is_duckdb:
        if not settings.working_file().is_file():
            settings.built_database()
            raise UsageError(
                f"{settings.working_file()} does not exist: run engagement build first."
            )
        yield _OnDuckDB(settings)
    elif settings.target_name() == "postgres":
        with closing(connected_to_postgres()) as connection:
            yield _OnPostgres(settings, connection)
    else:
        raise UsageError(
            f"erase runs on DuckDB and PostgreSQL: on {settings.target_name()}, delete the person"
            " at the source and run engagement build --full-refresh."
        )


class _OnDuckDB:
    """The working file and both publications, each written anew and put in its place."""

    def __init__(self, settings: Settings) -> None:
        self.schema = settings.schema()
        self.working_file = settings.working_file()
        database = settings.database_file()
        self.publications = [file for file in (database, previous_file(database)) if file.is_file()]

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        found = []
        for file in (self.working_file, *self.publications):
            with connect(file, read_only=True) as connection:
                try:
                    found += connection.execute(sql).fetchall()
                except duckdb.CatalogException:
                    continue
        return list(dict.fromkeys(found))

    def rewrite(self, person: Person) -> list[str]:
        told = []
        for file in (self.working_file, *self.publications):
            self._rewrite(file, person, is_publication=file != self.working_file)
            told.append(f"{file}: all tables")
        return told

    def _rewrite(self, file: Path, person: Person, is_publication: bool) -> None:
        if Path(f"{file}.wal").exists():  # of a build that died: closing a file takes it in
            connect(file).close()
        new = file.with_name(f"{file.name}.erasing.new")
        new.unlink(missing_ok=True)
        options = " (storage_version 'v1.0.0')" if is_publication else ""
        with private_files(), connect() as connection:
            connection.execute(f"attach {text_literal(str(file))} as old (read_only)")
            connection.execute(f"attach {text_literal(str(new))} as new{options}")
            columns = connection.execute(
                "select schema_name, table_name, column_name, data_type from duckdb_columns()"
                " join duckdb_tables() using (database_name, schema_name, table_name)"
                " where database_name = 'old' order by table_name, column_index"
            ).fetchall()
            tables: dict[Column, list[Column]] = {}
            for schema, table, column, kind in columns:
                tables.setdefault((schema, table), []).append((column, kind))
            for (schema, table), found in tables.items():
                place = f'"{schema}"."{table}"'
                connection.execute(f'create schema if not exists new."{schema}"')
                chosen = selected(person, found)
                connection.execute(f"create table new.{place} as select {chosen} from old.{place}")
                if table == "erased_users":
                    _record(connection.execute, f"new.{place}", person)
            connection.execute("detach new")
        new.chmod(file.stat().st_mode & 0o777)
        to_disk(new)
        new.replace(file)
        to_disk(file.parent)


class _OnPostgres:
    """Three schemas of a database, in one transaction."""

    def __init__(self, settings: Settings, connection: Any) -> None:
        schema = settings.schema()
        self.schemas = (schema, f"{schema}_build", f"{schema}_internal")
        self.connection = connection

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        import psycopg2

        with self.connection.cursor() as cursor:
            try:
                cursor.execute(sql)
                found: list[tuple[Any, ...]] = cursor.fetchall()
            except psycopg2.errors.UndefinedTable:
                self.connection.rollback()
                return []
            return found

    def rewrite(self, person: Person) -> list[str]:
        tables: dict[Column, list[str]] = {}
        for schema, table, column in self.ask(
            "select table_schema, table_name, column_name from information_schema.columns"
            " join information_schema.tables using (table_schema, table_name)"
            " where table_type = 'BASE TABLE' and data_type in ('text', 'character varying')"
            f" and table_schema in ({listed(self.schemas)})"
        ):
            tables.setdefault((schema, table), []).append(column)
        told = []
        with self.connection.cursor() as cursor:
            for (schema, table), columns in tables.items():
                values = {column: person.value_of(column, columns) for column in columns}
                changed = " or ".join(
                    f'"{column}" is distinct from {value}' for column, value in values.items()
                )
                assigned = ", ".join(f'"{column}" = {value}' for column, value in values.items())
                cursor.execute(f'update "{schema}"."{table}" set {assigned} where {changed}')
                if cursor.rowcount:
                    told.append(f"{schema}.{table}: {cursor.rowcount:,} rows")
                if table == "erased_users":
                    _record(cursor.execute, f'"{schema}"."{table}"', person)
        self.connection.commit()
        return [*told, "the write-ahead log and backups of the server still hold the person"]


def _records(person: Person) -> list[tuple[str, str, str]]:
    return [(hash_of(person.salt, name), person.salt, new) for name, new in person.ids.items()]


def _record(run: Any, table: str, person: Person) -> None:
    for id_hash, salt, erased_id in _records(person):
        run(
            f"insert into {table} (id_hash, salt, erased_id, erased_at)"
            f" select {text_literal(id_hash)}, {text_literal(salt)}, {text_literal(erased_id)},"
            f" timestamp '{datetime.now(UTC):%Y-%m-%d %H:%M:%S}'"
            f" where {text_literal(id_hash)} not in (select id_hash from {table})"
        )
