"""Erases a person from all that the project has written (docs/privacy.md).

Tables are rewritten, not updated: a DuckDB file keeps the bytes of what was deleted.
"""

import hashlib
import os
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import duckdb

from engagement.atomic_write import atomic_write, private_files, to_disk
from engagement.errors import UsageError
from engagement.export.files import MEMORY
from engagement.lock import connected_to_postgres
from engagement.project import Settings
from engagement.publication import previous_file
from engagement.tables import connect, literal

#: Columns of what a person alone has; they are emptied.
PERSONAL = ("email", "properties")
#: Columns by which a row is a person's.
IDS = ("user_id", "received_user_id", "merged_user_id", "alias_id", "entity_id")
#: Endings of files that exports and digests write.
WRITTEN = (".csv", ".jsonl", ".parquet", ".json", ".md", ".html")
INPUT_DATABASE = "ENGAGEMENT_INPUT_DATABASE"
#: What an id is not part of, in a text: other than these, a letter, a digit or a sign of an id.
BEFORE, AFTER = r"(^|[^[:alnum:]_.@+-])", r"($|[^[:alnum:]_.@+-]|[.]($|[^[:alnum:]]))"
#: Shorter ids, and numbers, are too much like other text to be looked for in it.
LEAST_LENGTH = 3
Column = tuple[str, str]


@dataclass(frozen=True)
class Person:
    """The ids of a person, each with the one that takes its place, and the e-mail addresses."""

    ids: Mapping[str, str]
    addresses: Sequence[str]
    salt: str

    @property
    def erased_id(self) -> str:
        """The id under which the user is known from now on; those of aliases begin with it."""
        return next(iter(self.ids.values())).partition(".")[0]

    @property
    def words(self) -> tuple[str, ...]:
        """What must be found nowhere: ids and addresses that are not like other text."""
        return tuple(
            word
            for word in (*self.ids, *self.addresses)
            if len(word) >= LEAST_LENGTH and not word.isdigit()
        )

    def value_of(self, column: str, columns: Sequence[str]) -> str:
        """The expression of a text column without the person."""
        name = f'"{column}"'
        if column in PERSONAL:
            owners = [f'"{owner}"' for owner in IDS if owner in columns]
            is_theirs = [f"{owner} in ({self._listed(self.ids)})" for owner in owners]
            if self.addresses:
                is_theirs.append(f"{name} in ({self._listed(self.addresses)})")
            return f"case when {' or '.join(is_theirs) or '1 = 0'} then null else {name} end"
        if column == "event_id" and "user_id" in columns:
            hashed = f"md5({_text(self.salt)} || {name})"
            owned = f'"user_id" in ({self._listed(self.ids)})'
            return f"case when {owned} then {hashed} else {name} end"
        whens = [f"when {_text(old)} then {_text(new)}" for old, new in self.ids.items()]
        return f"case {name} {' '.join(whens)} else {self._rephrased(name, columns)} end"

    def _rephrased(self, name: str, columns: Sequence[str]) -> str:
        """A text in which the person may be named."""
        text = name
        for address in self.addresses:
            text = f"replace({text}, {_text(address)}, '')"
        for old, new in self.ids.items():
            pattern, kept = _text(BEFORE + re.escape(old) + AFTER), _text(rf"\1{new}\2")
            changed = f"regexp_replace({text}, {pattern}, {kept}, 'g')"
            if old in self.words:
                text = changed
                continue
            named = [f'"{column}"' for column in (*IDS, "evidence") if column in columns]
            if named:
                holds = " or ".join(f"{column} = {_text(old)}" for column in named)
                text = f"case when {holds} then {changed} else {text} end"
        return text

    def without(self, text: str) -> str:
        """The content of a file without the person."""
        for address in self.addresses:
            text = text.replace(address, "")
        for old, new in self.ids.items():
            text = re.sub(rf"(?<![\w@+-]){re.escape(old)}(?![\w@+-])", new, text)
        return text

    @staticmethod
    def _listed(values: Sequence[str] | Mapping[str, str]) -> str:
        return ", ".join(map(_text, values))


@dataclass
class Report:
    """What was done, and what is left to do."""

    person: Person
    done: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


class Database(Protocol):
    """Where the tables are."""

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query; none if its table does not exist."""

    def rewrite(self, person: Person) -> list[str]:
        """Removes the person from all tables, all at once, and says where."""


def erase(settings: Settings, user_id: str) -> Report:
    """Replaces the ids of a user by random ones, and removes addresses, properties and texts.

    Remaining source rows are read under the random id from now on. If it is broken off, run it
    again.

    Raises:
        UsageError: There is no such user, the id belongs to several, or the engine cannot update.
    """
    with _database(settings) as database:
        person = _person(settings, database, user_id)
        report = Report(person, database.rewrite(person))
    report.left += _sources(settings, person)
    report.done += _clean_files(settings, person)
    return report


@contextmanager
def _database(settings: Settings) -> Iterator[Database]:
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


def _person(settings: Settings, database: Database, user_id: str) -> Person:
    """Who is meant: the user, with all aliases; those of an erasure that was broken off again."""
    internal, built = f'"{settings.schema()}_internal"', f'"{settings.schema()}_build"'
    known = database.ask(f"select salt, id_hash, erased_id from {built}.erased_users")
    salt = known[0][0] if known else secrets.token_hex(16)
    erased = {id_hash: erased_id for _, id_hash, erased_id in known}
    owners = database.ask(
        f"select distinct user_id from {internal}.int_identities"
        f" where alias_id = {_text(user_id)} and user_id is not null"
    )
    if len(owners) > 1:
        named = ", ".join(sorted(owner for (owner,) in owners))
        raise UsageError(f"The id {user_id} has belonged to several users, {named}: name one.")
    user = owners[0][0] if owners else user_id
    aliases = database.ask(
        f"select distinct alias_id from {internal}.int_identities where user_id = {_text(user)}"
    )
    names = [user, *sorted(alias for (alias,) in aliases)]
    is_known = any(
        database.ask(f"select 1 from {place} in ({Person._listed(names)}) limit 1")
        for place in (
            f"{internal}.int_users where user_id",
            f"{internal}.int_event_totals where user_id",
            f"{internal}.int_rejected_events where user_id",
            f'"{settings.schema()}".published_scores where entity_id',
            f"{built}.published_scores where entity_id",
        )
    )
    hashes = {name: _hash(salt, name) for name in names}
    if not is_known and hashes[user] not in erased:
        raise UsageError(f"There is no user {user_id} in what has been built.")
    first = erased.get(hashes[user]) or f"erased-{secrets.token_hex(8)}"
    ids = {
        name: erased.get(hashes[name]) or (first if number == 0 else f"{first}.{number}")
        for number, name in enumerate(names)
    }
    addresses = database.ask(
        f"select distinct email from {internal}.int_users"
        f" where user_id in ({Person._listed(names)}) and email is not null"
    )
    return Person(ids, tuple(address for (address,) in addresses), salt)


def _hash(salt: str, name: str) -> str:
    return hashlib.md5((salt + name).encode(), usedforsecurity=False).hexdigest()


def _text(value: str) -> str:
    """A SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def _records(person: Person) -> list[tuple[str, str, str]]:
    return [(_hash(person.salt, name), person.salt, new) for name, new in person.ids.items()]


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
        new = file.with_name(f"{file.name}.erasing.new")
        new.unlink(missing_ok=True)
        options = " (storage_version 'v1.0.0')" if is_publication else ""
        with private_files(), connect() as connection:
            connection.execute(f"attach {_text(str(file))} as old (read_only)")
            connection.execute(f"attach {_text(str(new))} as new{options}")
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
                chosen = _selected(person, found)
                connection.execute(f"create table new.{place} as select {chosen} from old.{place}")
                if table == "erased_users":
                    _record(connection.execute, f"new.{place}", person)
            connection.execute("detach new")
        new.chmod(file.stat().st_mode & 0o777)
        to_disk(new)
        Path(f"{file}.wal").unlink(missing_ok=True)
        new.replace(file)
        to_disk(file.parent)


def _selected(person: Person, columns: Sequence[Column]) -> str:
    names = [name for name, _ in columns]
    return ", ".join(
        f'{person.value_of(name, names)} as "{name}"' if kind == "VARCHAR" else f'"{name}"'
        for name, kind in columns
    )


def _record(run: Any, table: str, person: Person) -> None:
    for id_hash, salt, erased_id in _records(person):
        run(
            f"insert into {table} (id_hash, salt, erased_id, erased_at)"
            f" select {_text(id_hash)}, {_text(salt)}, {_text(erased_id)},"
            f" timestamp '{datetime.now(UTC):%Y-%m-%d %H:%M:%S}'"
            f" where {_text(id_hash)} not in (select id_hash from {table})"
        )


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
            f" and table_schema in ({Person._listed(self.schemas)})"
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


def _clean_files(settings: Settings, person: Person) -> list[str]:
    """Removes the person from exports and digests, and dbt's files that name them."""
    told = []
    for file in _written_files(settings):
        if not any(word.encode() in file.read_bytes() for word in person.words):
            continue
        if file.suffix == ".parquet":
            with private_files(), atomic_write(file) as new, connect() as connection:
                source = f"read_parquet({_text(str(file))})"
                found = connection.execute(f"describe from {source}").fetchall()
                chosen = _selected(person, [(row[0], row[1]) for row in found])
                connection.execute(
                    f"copy (select {chosen} from {source}) to {_text(str(new))} (format parquet)"
                )
        else:
            with atomic_write(file) as new:
                new.write_text(person.without(file.read_text()))
                new.chmod(file.stat().st_mode & 0o777)
        told.append(f"{file}: rewritten")
    for folder in (settings.target_folder(), settings.project / "logs"):
        for file in folder.rglob("*"):
            if file.is_file() and any(word.encode() in file.read_bytes() for word in person.words):
                file.unlink()
                told.append(f"{file}: deleted")
    return told


def _written_files(settings: Settings) -> Iterator[Path]:
    """The exports and digests in the folders of the project and the database."""
    database = settings.database_file().resolve().parent if settings.is_duckdb else None
    for folder in dict.fromkeys((settings.project.resolve(), *([database] if database else []))):
        for file in folder.rglob("*"):
            inside = set(file.relative_to(folder).parts[:-1])
            is_export = (file.parent / MEMORY).is_dir() or MEMORY in inside
            is_digest = file.name.startswith("digest-") or file.name.endswith(".digest.json")
            if file.suffix in WRITTEN and (is_export or is_digest) and file.is_file():
                yield file


#: The columns of inputs that hold ids of users.
INPUT_IDS = {
    "events": ("user_id",),
    "users": ("user_id",),
    "identities": ("alias_id", "user_id"),
    "memberships": ("user_id",),
}


def _sources(settings: Settings, person: Person) -> list[str]:
    """The inputs and seeds that still hold the person."""
    from engagement import runner

    told = [
        f"{file} names the person: take the line out"
        for file in sorted(settings.seeds_folder().glob("*.csv"))
        if any(
            re.search(rf"(^|,)\"?{re.escape(name)}\"?(,|$)", file.read_text(), re.MULTILINE)
            for name in person.ids
        )
    ]
    if settings.is_duckdb and not (settings.has_data_folder or os.environ.get(INPUT_DATABASE)):
        return [*told, "the inputs were not searched: name them with --data"]
    for name, columns in INPUT_IDS.items():
        holds = " or ".join(
            f"{{{{ input_column(input('{name}'), '{column}') }}}} in"
            f" ({', '.join(literal(name) for name in person.ids)})"
            for column in columns
        )
        query = f"select count(*) as n from {{{{ input('{name}')['from'] }}}} where {holds}"
        rows = int(runner.read(settings, query)["n"].iloc[0])
        if rows:
            told.append(f"the input {name} still holds the person in {rows:,} rows")
    return told
