"""How a folder is read: what each input is read from, or a sentence for all that is wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb

from engagement.errors import UsageError
from engagement.project import Settings
from engagement.tables import connect

from . import csv_files, json_lines, parquet
from .contract import InputContract, contracts_of, request_of
from .files import FORMATS, InputFiles, files_of, files_of_source
from .ids import float_ids
from .relation import Relation

#: Where in dbt's target folder copies of text files lie that DuckDB does not read as they are.
SCRATCH = "inputs"
#: How many columns of a file a message names.
NAMED = 20
#: A file's size in bytes and its time of change in nanoseconds.
Stamp = tuple[int, int]


@dataclass(frozen=True)
class Reading:
    """How a folder is read: the relation of each input that is there, by name."""

    relations: dict[str, Relation]
    warnings: list[str]
    stamps: dict[Path, Stamp | None]

    def changed(self) -> list[Path]:
        """The files that are no longer as they were when this was decided."""
        return [path for path, stamp in self.stamps.items() if _stamp(path) != stamp]


def check(settings: Settings) -> Reading | None:
    """Decides anew how to read the files of a run, before dbt starts; None if it reads tables.

    Raises:
        UsageError: All that is wrong, a line each.
    """
    read_folder.cache_clear()
    if not (settings.is_duckdb and settings.has_data_folder):
        return None
    request = request_of(settings.package, settings.all_variables())
    return read_folder(
        settings.data_folder().resolve(), request, settings.target_folder() / SCRATCH
    )


@lru_cache(maxsize=1)
def read_folder(folder: Path, request: str, scratch: Path) -> Reading:
    """Decides how to read a folder; later calls with the same arguments in a run give the same.

    Args:
        folder: Holds each input as a file or a folder of files.
        request: The contract and its mapping (contract.request_of).
        scratch: A folder for copies of text files that DuckDB does not read as they are.

    Raises:
        UsageError: All that is wrong, a line each.
    """
    asked = json.loads(request)
    contracts = {contract.name: contract for contract in contracts_of(request)}
    of_sources, taken, problems = _files_of_sources(folder, asked)
    names = list(asked["types"])
    inputs, strangers = files_of(folder, names, asked["input_tables"], taken)
    makes_events = any("events" in vendor["makes"] for vendor in asked["sources"].values())
    has_events = "events" in inputs or makes_events
    inputs |= of_sources
    stamps = {path: _stamp(path) for files in inputs.values() for path in files.paths}
    warnings: list[str] = []
    relations: dict[str, Relation] = {}
    with connect() as connection:
        connection.execute("set timezone = 'UTC'")
        for name, files in inputs.items():
            try:
                relation, told = _relation(contracts[name], files, connection, scratch)
                relations[name] = relation
                if not relation.columns:
                    warnings.append(f"{files.place} is empty: it is read as no {name}.")
                    continue
                lacks = _lacks(contracts[name], files, relation)
                problems += [lacks] if lacks else []
                warnings += told
                warnings += _unknown(contracts[name], files, relation) if name in names else []
            except UsageError as error:
                problems.append(str(error))
        if not problems:
            own = {name: relations[name] for name in names if name in relations}
            problems += float_ids(connection, contracts, own)
    if not has_events:
        problems.insert(0, no_events(folder, strangers))
    elif strangers:
        warnings += _strangers(strangers, names, bool(of_sources))
    if problems:
        raise UsageError("\n".join(problems))
    return Reading(relations, warnings, stamps)


def _files_of_sources(
    folder: Path, asked: Mapping[str, Any]
) -> tuple[dict[str, InputFiles], list[Path], list[str]]:
    """The files of the vendors' tables, all that is theirs, and a sentence for each that lacks."""
    found: dict[str, InputFiles] = {}
    taken: list[Path] = []
    problems = []
    for vendor, contract in asked["sources"].items():
        given = asked["source_tables"].get(vendor) or {}
        called = {
            table: [given[table]] if table in given else content.get("called", [table])
            for table, content in contract["tables"].items()
        }
        files, theirs = files_of_source(folder, vendor, called)
        found |= files
        taken += theirs
        if not any(f"{vendor}.{table}" in files for table in contract["needs"]):
            wanted = " or ".join(name for table in contract["needs"] for name in called[table])
            problems.append(
                f"The var sources names {vendor}, and there is no {wanted} at {folder}: put the"
                f" files there, or in {folder / vendor}, or name them in the var source_tables."
            )
    return found, taken, problems


def no_events(folder: Path, strangers: Sequence[Path]) -> str:
    """The sentence for a folder without events."""
    sentence = (
        f"There are no events at {folder}: set ENGAGEMENT_DATA to a folder that holds"
        " events.parquet, events.csv, events.csv.gz, events.jsonl or events/*.parquet, or name the"
        " file in the var input_tables: {events: my_file}."
    )
    if strangers:
        found = ", ".join(path.name for path in strangers[:NAMED])
        sentence += f" It holds {found}."
    return sentence


def _relation(
    contract: InputContract,
    files: InputFiles,
    connection: duckdb.DuckDBPyConnection,
    scratch: Path,
) -> tuple[Relation, list[str]]:
    own = scratch / contract.name
    if files.format == "csv":
        return csv_files.relation(contract, files.paths, connection, own)
    if files.format == "json lines":
        return json_lines.relation(contract, files.paths, connection, own)
    return parquet.relation(contract, files.paths, connection), []


def _lacks(contract: InputContract, files: InputFiles, relation: Relation) -> str | None:
    """The sentence for required columns that are not there."""
    found = {name.lower(): name for name in relation.columns}
    missing = [
        column for column in contract.required_names() if contract.names[column] not in found
    ]
    if not missing:
        return None
    names = [contract.names[column] for column in missing]
    unused = [name for name in found if name not in contract.names.values()]
    near = {name: get_close_matches(name, unused, 1, 0.6) for name in names}
    nearest = ", ".join(
        f"{name} is perhaps {found[match[0]]}" for name, match in near.items() if match
    )
    held = ", ".join(list(relation.columns)[:NAMED])
    mapped = [name for name in names if name not in contract.types]
    remedy = (
        f"the var input_columns names {', '.join(mapped)}"
        if mapped
        else "add it, or name the column that holds it in the var input_columns"
    )
    return (
        f"The input {contract.name} at {files.place} lacks the required column {', '.join(names)}:"
        f" {remedy}. It has {held}" + (f"; {nearest}." if nearest else ".")
    )


def _unknown(contract: InputContract, files: InputFiles, relation: Relation) -> list[str]:
    """A warning for each column that is not in the contract and looks like one that is missing."""
    found = {name.lower(): name for name in relation.columns}
    missing = [name for name in contract.names.values() if name not in found]
    warnings = []
    for lower, name in found.items():
        if lower in contract.names.values() or lower in contract.also_read:
            continue
        near = get_close_matches(lower, missing, 1, 0.85)
        if near:
            warnings.append(
                f"{files.place} has no column {near[0]}, and {name} is not read: rename it, or name"
                " it in the var input_columns, if it is that column."
            )
    return warnings


def _strangers(paths: Sequence[Path], names: Sequence[str], has_sources: bool) -> list[str]:
    """The warning for files that no input takes.

    A vendor has many tables that nothing is made of: beside them only a likely slip is told.
    """
    told = []
    for path in paths:
        stem = path.name.split(".")[0].lower()
        near = [stem] if stem in names else get_close_matches(stem, names, 1, 0.6)
        if near or not has_sources:
            told.append(f"{path.name} (perhaps {near[0]})" if near else path.name)
    if not told:
        return []
    return [
        f"No input takes {', '.join(told[:NAMED])}{' and others' if len(told) > NAMED else ''}:"
        f" inputs are {', '.join(names)}, as files that end in {', '.join(FORMATS)}."
    ]


def _stamp(path: Path) -> Stamp | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns
