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

MACROS = Path("macros") / "config" / "inputs.sql"


@dataclass(frozen=True)
class InputContract:
    """One input: its columns by type, the required ones, and what the source calls them.

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
    """What the macro `input` would ask of a folder, as JSON: the contract and its mapping."""
    types = _returned(project, "input_contract")
    return json.dumps(
        {
            "types": types,
            "required": {name: _returned(project, "required_columns", name) for name in types},
            "input_columns": variables.get("input_columns") or {},
            "input_tables": variables.get("input_tables") or {},
            "segment_attributes": variables.get("segment_attributes") or {},
        },
        sort_keys=True,
    )


def contracts_of(request: str) -> list[InputContract]:
    """The contracts of a request.

    Raises:
        UsageError: The var input_columns or input_tables maps what does not exist.
    """
    asked = json.loads(request)
    for var in ("input_columns", "input_tables"):
        for name in asked[var]:
            if name not in asked["types"]:
                raise UsageError(
                    f"The var {var} names the input {name}{nearest(name, asked['types'])}."
                )
    for name, mapped in asked["input_columns"].items():
        known = [*asked["types"][name], *asked["segment_attributes"].get(name, [])]
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
    return [_contract(name, asked) for name in asked["types"]]


def _contract(name: str, asked: Mapping[str, Any]) -> InputContract:
    types = asked["types"][name]
    mapped = asked["input_columns"].get(name) or {}
    expressions = [given["sql"] for given in mapped.values() if isinstance(given, dict)]
    mentioned = re.findall(r"\w+", " ".join(expressions).lower())
    attributes = asked["segment_attributes"].get(name, [])
    return InputContract(
        name=name,
        types=types,
        required=asked["required"][name],
        names={
            column: str(mapped.get(column, column)).lower()
            for column in types
            if not isinstance(mapped.get(column), dict)
        },
        also_read=[*(str(mapped.get(column, column)).lower() for column in attributes), *mentioned],
    )


@lru_cache
def _returned(project: Path, macro: str, *arguments: str) -> Any:
    """What a macro returns that needs nothing of dbt."""
    returned: list[Any] = []
    environment = Environment(extensions=["jinja2.ext.do"])  # nosec B701: no HTML is made
    environment.globals["return"] = returned.append
    template = environment.from_string((project / MACROS).read_text())
    getattr(template.module, macro)(*arguments)
    return returned[0]
