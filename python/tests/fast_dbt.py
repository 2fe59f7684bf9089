"""dbt without what no test sees, which takes two thirds of a small build's time otherwise.

Only in the process of the tests: commands that they start run dbt as it is.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from dbt.adapters.base.impl import BaseAdapter
from dbt.adapters.sql import connections
from dbt.clients.jinja import MacroGenerator
from dbt.context.macros import MacroNamespace, MacroNamespaceBuilder
from dbt.contracts.graph.manifest import ManifestStateCheck
from dbt.parser.manifest import ManifestLoader
from dbt_common.clients import agate_helper
from dbt_common.events.base_types import BaseEvent
from dbt_common.events.event_manager import EventManager

from engagement.project import CHECKOUT


def install() -> None:
    """From now on, in this process."""
    _leave_out_debug_messages()
    _share_types_of_results()
    MacroNamespaceBuilder.build_namespace = _namespace
    BaseAdapter._make_match = _match_by_name
    ManifestLoader.build_manifest_state_check = _state_of_parsing


# Debug messages, which no log of the tests holds, but for those that our own progress is made of.
READ = {"NodeStart", "NodeFinished"}

_make, _fire = BaseEvent.__init__, EventManager.fire_event


def _leave_out_debug_messages() -> None:
    def is_read(message: BaseEvent) -> bool:
        return message.level_tag() != "debug" or type(message).__name__ in READ

    def make_if_read(self: BaseEvent, *arguments: Any, **values: Any) -> None:
        if is_read(self):
            _make(self, *arguments, **values)

    def fire_if_read(self: EventManager, e: BaseEvent, *arguments: Any, **values: Any) -> None:
        if is_read(e):
            _fire(self, e, *arguments, **values)

    BaseEvent.__init__ = make_if_read
    EventManager.fire_event = fire_if_read


# The parsers of dates that dbt makes anew for each result of a query.
_build_types = agate_helper.build_type_tester


def _share_types_of_results() -> None:
    @cache
    def shared(text_columns: frozenset[str], null_values: tuple[str, ...]) -> Any:
        return _build_types(text_columns, null_values)

    nothing = agate_helper.empty_table()
    agate_helper.build_type_tester = lambda text_columns, string_null_values=("null", ""): shared(
        frozenset(text_columns), tuple(string_null_values)
    )
    for module in (agate_helper, connections):
        module.empty_table = lambda: nothing


# Each node is rendered twice or more, each time with a thousand macros in six dictionaries.
class _Macros(MacroNamespace):  # type: ignore[misc]
    """dbt's namespace of macros, in its order of search, which it goes through once."""

    def __init__(self, *namespaces: Any) -> None:
        super().__init__(*namespaces)
        self._flat: dict[str, Any] = {}
        for namespace in reversed(list(self._search_order())):
            self._flat.update(namespace)

    def __iter__(self) -> Iterator[str]:
        return iter(self._flat)

    def __len__(self) -> int:
        return len(self._flat)

    def __getitem__(self, key: str) -> Any:
        return self._flat[key]


def _namespace(
    self: MacroNamespaceBuilder, macros: Mapping[str, Mapping[str, Any]], ctx: dict[str, Any]
) -> _Macros:
    packages = {
        name: {
            macro.name: MacroGenerator(macro, ctx, self.node, self.thread_ctx)
            for macro in content.values()
        }
        for name, content in macros.items()
    }
    internal: dict[str, MacroGenerator] = {}
    for name in reversed(self.internal_package_names_order):
        internal.update(packages.pop(name, {}))
    local = packages.get(self.search_package, {})
    of_root = {} if self.search_package == self.root_package else packages.get(self.root_package)
    return _Macros(of_root or {}, local, internal, packages)


# A table is looked for among all, each of which is compared in three parts.
_match = BaseAdapter._make_match


def _match_by_name(
    self: BaseAdapter, relations_list: list[Any], database: str, schema: str, identifier: str
) -> list[Any]:
    alike = [one for one in relations_list if (one.identifier or "").lower() == identifier.lower()]
    return list(_match(self, alike, database, schema, identifier))


# dbt reads the whole project again when any var is another, though few have a part in parsing.
_state_check = ManifestLoader.build_manifest_state_check


@cache
def _named_in_configurations() -> frozenset[str]:
    """Vars by which models and sources are configured."""
    models = CHECKOUT / "models"
    texts = [file.read_text() for file in (CHECKOUT / "dbt_project.yml", *models.rglob("*.yml"))]
    for file in models.rglob("*.sql"):
        texts += re.findall(r"\{\{\s*config\(.*?\)\s*\}\}", file.read_text(), re.DOTALL)
    return frozenset(name for text in texts for name in re.findall(r"\bvar\('(\w+)'", text))


def _matters_to_parsing(name: str, value: Any) -> bool:
    """Lists and mappings may say which models there are; dbt refuses a run if a number does."""
    return isinstance(value, list | dict) or name in _named_in_configurations()


def _state_of_parsing(self: ManifestLoader) -> ManifestStateCheck:
    given = self.root_project.cli_vars
    every = dict(given)
    for name, value in every.items():
        if not _matters_to_parsing(name, value):
            del given[name]
    try:
        return _state_check(self)
    finally:
        given.update(every)
