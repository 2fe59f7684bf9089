"""Recognizes whose tables the files of a folder or the tables of a schema are, by their columns."""

import csv
import gzip
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from engagement.errors import UsageError
from engagement.inputs.contract import contracts
from engagement.inputs.files import FORMATS, name_and_ending
from engagement.tables import connect, text_literal

#: So much of a text file is looked at.
HEAD = 1 << 20
#: Rows of JSON lines whose keys are looked at.
LINES = 100
#: What others call the columns of events, in lower case without separators; the likeliest first.
SYNONYMS = {
    "event_id": ("eventid", "id", "uuid", "messageid", "insertid", "rowid", "logid"),
    "event_name": ("eventname", "event", "name", "eventtype", "action", "activity", "type"),
    "user_id": ("userid", "distinctid", "user", "uid", "visitorid", "customerid", "actorid"),
    "occurred_at": (
        *("occurredat", "timestamp", "time", "eventtime", "ts", "createdat", "datetime", "date"),
    ),
    "account_id": ("accountid", "account", "companyid", "company", "orgid", "organizationid"),
    "loaded_at": ("loadedat", "receivedat", "ingestedat", "syncedat", "insertedat"),
    "properties": ("properties", "eventproperties", "payload", "attributes"),
    "quantity": ("quantity", "count", "events", "numevents"),
}


@dataclass(frozen=True)
class Recognition:
    """Whose tables they are.

    sources: the vendors, for the var sources. source_tables: files with names of their own, as of
    the var. input_tables, input_columns: where the company's own events have other names. reasons:
    a sentence for each finding. tables: the names, in lower case, of all that is read. schema:
    where they are, unless in the usual one.
    """

    sources: Sequence[str] = ()
    source_tables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    input_tables: Mapping[str, str] = field(default_factory=dict)
    input_columns: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    reasons: Sequence[str] = ()
    tables: frozenset[str] = frozenset()
    schema: str = ""

    def variables(self) -> dict[str, Any]:
        """The vars that it amounts to; none that is empty."""
        found = {
            "input_schema": self.schema,
            "sources": list(self.sources),
            "source_tables": {name: dict(tables) for name, tables in self.source_tables.items()},
            "input_tables": dict(self.input_tables),
            "input_columns": {name: dict(columns) for name, columns in self.input_columns.items()},
        }
        return {name: value for name, value in found.items() if value}


def recognize(folder: Path, package: Path) -> Recognition:
    """Recognizes the vendors whose tables a folder holds, else the company's own events.

    Args:
        folder: The folder of inputs; a vendor's tables may lie in a folder of its name below.
        package: The folder of product_engagement, which has the contracts.

    Raises:
        UsageError: There is nothing that could be events.
    """
    _, vendors = contracts(package)
    of_vendors = [
        entry
        for entry in sorted(folder.iterdir())
        if entry.is_dir() and entry.name.lower() in vendors
    ]
    places = {folder: _columns_of_files(folder, of_vendors)}
    places |= {place: _columns_of_files(place) for place in of_vendors}
    return _recognized(places, package)


def recognize_tables(tables: Mapping[str, set[str]], package: Path) -> Recognition:
    """The same for the tables of a schema, given the columns of each."""
    written = {name.lower(): name for name in tables}
    found = _recognized({Path(): {name.lower(): tables[name] for name in tables}}, package)
    renamed = {
        vendor: {table: written[name] for table, name in names.items()}
        for vendor, names in found.source_tables.items()
    }
    named = {name: written[table] for name, table in found.input_tables.items()}
    return replace(found, source_tables=renamed, input_tables=named)


def _recognized(places: Mapping[Path, Mapping[str, set[str]]], package: Path) -> Recognition:
    """places: the columns of each table by its name in lower case, of the inputs' place first."""
    own, vendors = contracts(package)
    files = next(iter(places.values()))
    is_ours = {"event_id", "event_name", "user_id", "occurred_at"} <= files.get("events", set())
    found = {
        vendor: tables
        for vendor, contract in vendors.items()
        if not (is_ours and "events" in contract["makes"])
        and (tables := _tables_of(vendor, contract, places))
    }
    chosen = _most_specific(found, vendors, {vendor: _place(vendor, places) for vendor in found})
    others = _of_vendors(chosen, vendors)
    others = replace(others, tables=others.tables | (files.keys() & own.keys()))
    if is_ours:
        told = "events has the columns of this project: it is read as it is."
        return replace(others, reasons=[told, *others.reasons])
    if any("events" in vendors[vendor]["makes"] for vendor in chosen):
        return others
    return _of_own_events(files, own["events"], others)


def _of_vendors(chosen: Mapping[str, Mapping[str, str]], vendors: Mapping[str, Any]) -> Recognition:
    renamed, reasons = {}, []
    for vendor, tables in chosen.items():
        contract = vendors[vendor]["tables"]
        other = {
            table: stem
            for table, stem in tables.items()
            if not any(fnmatchcase(stem, name) for name in contract[table].get("called", [table]))
        }
        if other:
            renamed[vendor] = other
        listed = ", ".join(sorted(tables.values()))
        reasons.append(f"{listed}: the columns are those of {vendor}.")
    read = frozenset(stem for tables in chosen.values() for stem in tables.values())
    return Recognition(list(chosen), renamed, reasons=reasons, tables=read)


def _of_own_events(
    files: Mapping[str, set[str]], types: Mapping[str, str], others: Recognition
) -> Recognition:
    """The company's own events under other names: the file in which most columns are found."""
    mapped = {stem: _mapped(columns, types) for stem, columns in files.items()}
    best = max(mapped, key=lambda stem: (len(mapped[stem]), stem == "events"), default=None)
    if best is None or not {"event_name", "user_id", "occurred_at"} <= mapped[best].keys():
        held = ", ".join(sorted(files)) or "no file that can be read"
        raise UsageError(
            "No events were recognized: one file must have a name of the event, a user and a time"
            f" in each row. Seen: {held}. docs/sources/README.md says how to map them."
        )
    columns: dict[str, Any] = {
        column: name for column, name in mapped[best].items() if column != name
    }
    reasons = [
        f"{best} is taken for the events: {name} for {column}." for column, name in columns.items()
    ]
    if "event_id" not in mapped[best]:
        parts = [mapped[best][name] for name in ("event_name", "user_id", "occurred_at")]
        text = " || '|' || ".join(f"coalesce(cast({part} as varchar), '')" for part in parts)
        columns["event_id"] = {"sql": f"md5({text})"}
        reasons.append("No column identifies a row: equal names, users and times are one event.")
    return Recognition(
        others.sources,
        others.source_tables,
        {} if best == "events" else {"events": best},
        {"events": columns} if columns else {},
        [*others.reasons, *reasons],
        others.tables | {best},
    )


def _mapped(columns: set[str], types: Mapping[str, str]) -> dict[str, str]:
    """The columns of the contract that a file has, and what they are called there."""
    plain = {_plain(column): column for column in sorted(columns, reverse=True)}
    found: dict[str, str] = {}
    for column in types:
        names = SYNONYMS.get(column, (_plain(column),))
        name = next((plain[name] for name in names if name in plain), None)
        if name is not None and name not in found.values():
            found[column] = name
    return found


def _plain(column: str) -> str:
    return column.lower().replace("_", "").replace("-", "").replace(" ", "").lstrip("$")


def _tables_of(
    vendor: str,
    contract: Mapping[str, Any],
    places: Mapping[Path, Mapping[str, set[str]]],
) -> dict[str, str]:
    """The files of a vendor's tables by their columns: one of those it needs must be there."""
    files = places[_place(vendor, places)]
    found: dict[str, str] = {}
    for table, content in contract["tables"].items():
        for name in content.get("called", [table]):
            stem = next((stem for stem in files if fnmatchcase(stem, name.lower())), None)
            if stem and _has_marks(content, files[stem]):
                found[table] = stem
                break
    for table in contract["needs"]:
        content, taken = contract["tables"][table], set(found.values())
        marked = [stem for stem in files if stem not in taken and _is_marked(content, files[stem])]
        if table not in found and marked:
            found[table] = marked[0]
    return found if any(table in found for table in contract["needs"]) else {}


def _place(vendor: str, places: Iterable[Path]) -> Path:
    """The folder of a vendor's name, else the first: that of the inputs."""
    first, *others = places
    return next((place for place in others if place.name.lower() == vendor), first)


def _has_marks(content: Mapping[str, Any], columns: set[str]) -> bool:
    """Whether a file of the right name has the columns that tell the table, if any do."""
    return not content.get("marks") or _is_marked(content, columns)


def _is_marked(content: Mapping[str, Any], columns: set[str]) -> bool:
    """Whether a file has all columns of one of the sets that tell a table."""
    plain = {_plain(column) for column in columns}
    return any(
        {_plain(column) for column in marks.split()} <= plain for marks in content.get("marks", [])
    )


def _most_specific(
    found: Mapping[str, dict[str, str]], vendors: Mapping[str, Any], places: Mapping[str, Path]
) -> dict[str, dict[str, str]]:
    """Of vendors that claim one file, the one with more marks. places: where each one's lie."""
    chosen: dict[str, dict[str, str]] = {}
    taken: set[tuple[Path, str]] = set()

    def marks(vendor: str) -> int:
        tables = vendors[vendor]["tables"]
        return max(
            (
                len(marks.split())
                for table in found[vendor]
                for marks in tables[table].get("marks", [])
            ),
            default=0,
        )

    for vendor in sorted(found, key=lambda vendor: (-marks(vendor), vendor)):
        needed = {
            (places[vendor], stem)
            for table, stem in found[vendor].items()
            if table in vendors[vendor]["needs"]
        }
        if needed & taken:
            continue
        chosen[vendor] = found[vendor]
        taken |= {(places[vendor], stem) for stem in found[vendor].values()}
    return {vendor: chosen[vendor] for vendor in vendors if vendor in chosen}


def _columns_of_files(folder: Path, apart: Collection[Path] = ()) -> dict[str, set[str]]:
    """The columns of each file that can be read, by its name without the ending, lower case.

    apart: folders that are looked at by themselves.
    """
    found = {}
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith((".", "_")) or entry in apart:
            continue
        files = sorted(entry.rglob("*")) if entry.is_dir() else [entry]
        readable = [file for file in files if file.is_file() and name_and_ending(file.name)[1]]
        if readable:
            stem = entry.name if entry.is_dir() else name_and_ending(entry.name)[0]
            found[stem.lower()] = _columns(readable[0])
    return found


def _columns(file: Path) -> set[str]:
    kind = FORMATS[name_and_ending(file.name)[1]]
    try:
        if kind == "parquet":
            with connect() as connection:
                rows = connection.execute(
                    f"select name from parquet_schema({text_literal(str(file))})"
                ).fetchall()
            return {str(row[0]) for row in rows}
        text = _head(file)
        return _keys(text) if kind == "json lines" else _header(text)
    except (OSError, ValueError, EOFError, csv.Error):
        return set()


def _head(file: Path) -> str:
    with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as opened:
        return opened.read(HEAD).decode("utf-8-sig", errors="replace")


def _header(text: str) -> set[str]:
    """The columns of a CSV file, separated by what separates the header into most of them."""
    line = next(iter(text.splitlines()), "")
    splits = [set(next(csv.reader([line], delimiter=sign), [])) for sign in ",;\t|"]
    return max(splits, key=len)


def _keys(text: str) -> set[str]:
    keys: set[str] = set()
    for line in text.splitlines()[:LINES]:
        try:
            row = json.loads(line) if line.strip() else {}
        except ValueError:
            continue
        keys |= row.keys() if isinstance(row, dict) else set()
    return keys
