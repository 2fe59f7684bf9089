"""What the inputs may hold: the contract of macros/config/inputs.sql, and its mapping."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment

from engagement.errors import UsageError, nearest

#: Of the folder of a project: the contracts of the inputs, and of the vendors' tables.
INPUTS = Path("macros") / "config" / "inputs.sql"
SOURCES = Path("macros") / "sources"
#: A sign that no name has.
RETURNED = "\x00"


@dataclass(frozen=True)
class InputContract:
    """An input or a vendor's table (VENDOR.TABLE): columns by type, required ones, their names.

    `names` holds the source's name of each column, in lower case, or no entry where an SQL
    expression takes its place; `also_read` are columns of the source that expressions or segments
    need.
    """

    name: str
    types: Mapping[str, str]
    required: Sequence[str]
    names: Mapping[str, str]
    also_read: Sequence[str]

    def required_names(self) -> list[str]:
        """The required columns that no expression takes the place of."""
        return [column for column in self.required if column in self.names]

    def keys(self, column: str) -> list[str]:
        """The names under which JSON may hold a column: its own, then camelCase; lower case."""
        name = self.names[column]
        return [name, name.replace("_", "")] if name == column and "_" in name else [name]


def request_of(project: Path, variables: Mapping[str, Any]) -> str:
    """What the macro `input` would ask of a folder, as JSON: the contracts and their mapping.

    Raises:
        UsageError: The var sources names what is no vendor.
    """
    types, vendors = contracts(project)
    for vendor in variables.get("sources") or []:
        if vendor not in vendors:
            raise UsageError(f"The var sources names {vendor}{nearest(vendor, vendors)}.")
    return json.dumps(
        {
            "types": types,
            "required": {
                name: _returned(project, INPUTS, "required_columns", name) for name in types
            },
            "sources": {vendor: vendors[vendor] for vendor in variables.get("sources") or []},
            "source_tables": variables.get("source_tables") or {},
            "input_columns": variables.get("input_columns") or {},
            "input_tables": variables.get("input_tables") or {},
            "segment_attributes": variables.get("segment_attributes") or {},
        },
        sort_keys=True,
    )


def contracts(project: Path) -> tuple[dict[str, dict[str, str]], dict[str, dict[str, Any]]]:
    """The inputs with their columns by type, and the vendors (macro source_contract)."""
    return (
        _returned(project, INPUTS, "input_contract"),
        _returned(project, SOURCES, "source_contract"),
    )


def inputs_of(project: Path, variables: Mapping[str, Any]) -> dict[str, bool]:
    """The names of the inputs, and of each whether vendors in the var sources make it."""
    inputs, vendors = contracts(project)
    made = {name for vendor in variables["sources"] for name in vendors[vendor]["makes"]}
    return {name: name in made for name in inputs}


def contracts_of(request: str) -> list[InputContract]:
    """The contracts of a request.

    Raises:
        UsageError: The var input_columns or input_tables maps what does not exist.
    """
    asked = json.loads(request)
    types = {**asked["types"], **_source_types(asked)}
    for var, known in (("input_columns", types), ("input_tables", asked["types"])):
        for name in asked[var]:
            if name not in known:
                raise UsageError(f"The var {var} names the input {name}{nearest(name, known)}.")
    for name, mapped in asked["input_columns"].items():
        known = [*types[name], *asked["segment_attributes"].get(name, [])]
        for column, given in (mapped or {}).items():
            if column not in known:
                raise UsageError(
                    f"The var input_columns names the column {column} of {name}"
                    f"{nearest(column, known)}. Left is the contract's name, right is yours."
                )
            if isinstance(given, dict) and list(given) != ["sql"]:
                raise UsageError(
                    f"The var input_columns has {given} for {name}.{column}: write the name of a"
                    " column, or {sql: an expression}."
                )
    return [_contract(name, types[name], asked) for name in types]


def _source_types(asked: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The columns of the vendors' tables by type, as VENDOR.TABLE.

    Raises:
        UsageError: The var source_tables names what is no table of a vendor in sources.
    """
    for vendor, tables in asked["source_tables"].items():
        if vendor not in asked["sources"]:
            raise UsageError(
                f"The var source_tables names {vendor}, which is not in the var sources: add it"
                " there, or take it out here."
            )
        known = asked["sources"][vendor]["tables"]
        for table in tables or {}:
            if table not in known:
                raise UsageError(
                    f"The var source_tables names the table {table} of {vendor}"
                    f"{nearest(table, known)}."
                )
    return {
        f"{vendor}.{table}": content["columns"]
        for vendor, contract in asked["sources"].items()
        for table, content in contract["tables"].items()
    }


def _contract(name: str, types: Mapping[str, str], asked: Mapping[str, Any]) -> InputContract:
    mapped = asked["input_columns"].get(name) or {}
    expressions = [given["sql"] for given in mapped.values() if isinstance(given, dict)]
    mentioned = re.findall(r"\w+", " ".join(expressions).lower())
    attributes = asked["segment_attributes"].get(name, [])
    return InputContract(
        name=name,
        types=types,
        required=asked["required"].get(name, []),
        names={
            column: str(mapped.get(column, column)).lower()
            for column in types
            if not isinstance(mapped.get(column), dict)
        },
        also_read=[*(str(mapped.get(column, column)).lower() for column in attributes), *mentioned],
    )


@lru_cache
def _returned(project: Path, file: Path, macro: str, *arguments: str) -> Any:
    """What a macro of a file, or of a folder of them, returns that needs nothing of dbt.

    To Jinja, a macro gives text: here its place among all that has been returned.
    """
    returned: list[Any] = []

    def return_(value: Any) -> str:
        returned.append(value)
        return f"{RETURNED}{len(returned) - 1}"

    def of_dbt(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: of_dbt(content) for key, content in value.items()}
        is_place = isinstance(value, str) and value.strip().startswith(RETURNED)
        return of_dbt(returned[int(value.strip()[1:])]) if is_place else value

    environment = Environment(extensions=["jinja2.ext.do"])  # nosec B701: no HTML is made
    environment.globals["return"] = return_
    place = project / file
    files = sorted(place.glob("*.sql")) if place.is_dir() else [place]
    template = environment.from_string("\n".join(file.read_text() for file in files))
    return of_dbt(getattr(template.module, macro)(*arguments))
