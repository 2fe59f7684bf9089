"""The tables of the vendors in the var sources, as a warehouse may have them."""

from dataclasses import dataclass
from typing import Any

from engagement.inputs.contract import contracts
from engagement.project import CHECKOUT

#: {vendor: {needs, tables: {table: {called, columns}}}} and more (macro source_contract).
VENDORS = contracts(CHECKOUT)[1]
MODELS = {path.stem for path in (CHECKOUT / "models/staging/sources").rglob("*.sql")}
#: What the schema of a vendor's tables begins with.
SCHEMA = "from_"
#: Columns of the contract that most loaders have others for, and those; list is one of texts.
LEFT_OUT = {"snowplow.events": {"account_entity", "properties"}}
ADDED = {
    "snowplow.events": {
        "contexts_com_example_account_1": "json",
        "unstruct_event_com_example_project_created_1": "json",
        "unstruct_event_com_example_report_run_1": "json",
    },
    "mixpanel.events": {"account_id": "list"},
}
#: Where a file has all else in one column of JSON.
IN_JSON = {"mixpanel.events": ["event", "properties"]}


@dataclass(frozen=True)
class Shape:
    """How the vendors' tables have come into a warehouse, and the vars with which they are read."""

    #: Every table, each column of a type of its own; else the one table that a vendor needs, as
    #: text from files whose names are in camelCase.
    is_loaded_whole: bool
    variables: dict[str, Any]

    def all_variables(self) -> dict[str, Any]:
        """Those that name the vendors, too; a schema each, since their tables share names."""
        schemas = {vendor: SCHEMA + vendor for vendor in VENDORS}
        return {"sources": [*VENDORS], "source_schemas": schemas, **self.variables}

    def tables(self, vendor: str) -> dict[str, dict[str, str]]:
        """The tables of a vendor, each with the types of its columns as of the contract."""
        content, found = VENDORS[vendor], {}
        for table, described in content["tables"].items():
            if self.is_loaded_whole or table == content["needs"][0]:
                names = [name for name in described.get("called") or [table] if "*" not in name]
                found[names[0]] = self._columns(f"{vendor}.{table}", described["columns"])
        return found

    def _columns(self, table: str, types: dict[str, str]) -> dict[str, str]:
        if not self.is_loaded_whole:
            return {_in_camel_case(name): "text" for name in IN_JSON.get(table, types)}
        kept = {name: types[name] for name in types if name not in LEFT_OUT.get(table, ())}
        return kept | ADDED.get(table, {})


def _in_camel_case(name: str) -> str:
    first, *others = name.strip("_").split("_")
    return first + "".join(word.capitalize() for word in others)


# Each has another way to Stripe's revenue, which is a model of its own.
LOADED = Shape(True, {"stripe_mrr": "prices", "stripe_seat_prices": ["price_1", "prod_it's"]})
LOADED_LATER = Shape(True, LOADED.variables | {"stripe_mrr": "ready_made"})
FILES = Shape(
    False,
    {
        "stripe_mrr": "invoices",
        "amplitude_projects": [218028],
        "ga4_traffic_left_out": ["internal", "developer"],
        "mixpanel_project_timezone": "America/Los_Angeles",
        "posthog_group_index": 0,
        "pendo_event_tables": ["feature_events", "events"],
        "snowplow_bots_kept": True,
        "source_events_kept": ["$autocapture", "it's"],
        "input_columns": {"snowplow.events": {"account_id": {"sql": "lower('ACME')"}}},
    },
)
