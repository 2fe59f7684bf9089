"""Renders single macros of the project for an engine, without dbt: SQL of milliseconds to test."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import yaml
from jinja2 import Environment

from engagement.project import CHECKOUT

MACRO = re.compile(r"{%-?\s*macro\s+(\w+)\(.*?{%-?\s*endmacro\s*-?%}", re.DOTALL)


class _Returned(Exception):
    """How dbt's return() leaves a macro."""


class Macros:
    """The macros of the project as functions; those of dbt, and queries, they cannot call."""

    def __init__(self, engine: str, **variables: Any) -> None:
        """engine: the prefix of its macros, such as postgres; variables: vars of its own."""
        given = yaml.safe_load((CHECKOUT / "dbt_project.yml").read_text())["vars"] | variables
        self._engine = engine
        self._environment = Environment(extensions=["jinja2.ext.do"])
        self._known: dict[str, Callable[..., Any]] = {
            name: self._callable(name, source) for name, source in _sources().items()
        }
        self._environment.globals |= {
            **self._known,
            "return": self._return,
            "adapter": self,
            "var": given.__getitem__,
            "execute": True,
            "graph": {"nodes": {"model.product_engagement.int_run": {"schema": "internal"}}},
        }

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return self._known[name]

    def dispatch(self, name: str, _package: str) -> Callable[..., Any]:
        """The macro of the engine, else the default."""
        own = f"{self._engine}__{name}"
        return self._known[own if own in self._known else f"default__{name}"]

    def quote(self, name: str) -> str:
        """A name as an identifier."""
        return f'"{name}"'

    def _callable(self, name: str, source: str) -> Callable[..., Any]:
        @cache
        def macro() -> Any:
            return getattr(self._environment.from_string(source).module, name)

        def call(*arguments: Any, **named: Any) -> Any:
            try:
                return macro()(*arguments, **named)
            except _Returned as returned:
                return returned.args[0]

        return call

    @staticmethod
    def _return(value: Any) -> None:
        raise _Returned(value)


@cache
def _sources() -> dict[str, str]:
    files = sorted((CHECKOUT / "macros").rglob("*.sql"))
    return {found[1]: found[0] for file in files for found in MACRO.finditer(file.read_text())}
