"""A company simulated once and written in every vendor's layout gives equal public tables.

What differs is named below, with the reason; anything else fails, and so does a difference that is
named and is not there.
"""

import shutil
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pytest
from conftest import BUILT, Company

from engagement.project import PACKAGE
from engagement.proposal.recognition import recognize
from engagement.simulate import LAYOUTS, simulate
from engagement.validation import TABLE_KEYS
from engagement.validation.compare import check_table

#: It has a row of every fault, and people with an anonymous id, a device's, and two accounts.
COMPANY: dict[str, Any] = {"accounts": 20, "users": 180, "days": 120, "seed": 54}
Tables = dict[str, pd.DataFrame]
#: What every run has of its own, and a hash of all that a row says.
OF_A_RUN = ["run_id", "started_at", "published_at", "recorded_at", "row_id"]
#: Rows by what every vendor keeps of them, and that is unique here.
KEYS = {
    **TABLE_KEYS,
    "erased_users": ["id_hash"],
    "rejected_events": ["event_name", "account_id", "loaded_at", "reason"],
    "signal_history": ["entity_type", "entity_id", "signal"],
}
#: Beside the public tables: how many rows are rejected for each reason.
REASONS = "rejected_events by reason"
ROWS = "(row)"


@dataclass(frozen=True)
class Departure:
    """Columns of a table, `ROWS` for whole rows, that differ from the project's own layout."""

    table: str
    columns: tuple[str, ...]
    reason: str


NO_PROPERTIES = Departure(
    "rejected_events",
    ("properties",),
    "tracks has none: they are in the tables of single events, which are not read.",
)
#: One of the rows that have no id is of a day that is not counted yet.
FEWER_ROWS = ("source_rows", "rejected_events", "pending_events")
AMPLITUDE = [
    Departure("rejected_events", ("occurred_at",), "Times are written with six decimals."),
    Departure("rejected_events", ("properties",), "No properties are {}."),
    Departure("rejected_events", ("user_id",), "Anonymous people have numbers."),
    Departure("rejected_events", (ROWS,), "Amplitude gives every event an id: none is missing."),
    Departure(REASONS, (ROWS,), "The same."),
    Departure("run_history", FEWER_ROWS, "The same."),
]
MIXPANEL = [
    Departure("rejected_events", ("occurred_at",), "Times are whole seconds since 1970."),
    Departure("rejected_events", ("properties",), "Ids, times and accounts are properties, too."),
    Departure("rejected_events", ("user_id",), "Anonymous ids begin with $device:."),
    Departure(
        "rejected_events", ("event_id",), "The id is made of name, user, time and insert_id."
    ),
    Departure("run_history", ("recurring_event_ids",), "So none recurs on another day."),
    Departure("rejected_events", (ROWS,), "So none is missing, either."),
    Departure(REASONS, (ROWS,), "The same."),
    Departure("run_history", FEWER_ROWS, "The same."),
]
PENDO = [
    Departure("event_inventory", ("source_rows",), "A row is the events of an hour."),
    Departure(
        "run_history",
        ("source_rows", "accepted_events", "excluded_events", "pending_events"),
        "The same.",
    ),
    Departure("rejected_events", ("event_id", "occurred_at", "quantity"), "The same."),
    Departure(
        "rejected_events",
        (ROWS,),
        "Pendo counts an event once, when it comes: it has an id, a name and a time.",
    ),
    Departure(REASONS, (ROWS,), "The same."),
    Departure("run_history", ("rejected_events", "recurring_event_ids"), "The same."),
]
GA4 = [
    Departure(
        "rejected_events", (ROWS,), "There is no id and no time of loading to know a row by."
    ),
    Departure(
        "run_history", ("reference_time",), "Without times of loading it is that of the run."
    ),
    Departure(
        REASONS, (ROWS,), "An id is made, so none is missing; without a time, no day has it."
    ),
    Departure(REASONS, ("copies",), "Events hours ahead show only beside a time of loading."),
    Departure("run_history", FEWER_ROWS, "The same."),
    Departure("run_history", ("recurring_event_ids",), "The id is made, also of the time."),
]
DEPARTURES = {
    "segment": [NO_PROPERTIES],
    "rudderstack": [NO_PROPERTIES],
    "snowplow": [
        Departure(
            "rejected_events",
            ("properties",),
            "They are in the column of the event's name: where that is missing, so are they.",
        )
    ],
    "amplitude": AMPLITUDE,
    "mixpanel": MIXPANEL,
    "posthog": [
        Departure("rejected_events", ("properties",), "The groups of an event are among them.")
    ],
    "pendo": PENDO,
    "ga4": GA4,
}


def built(company: Company, layout: str | None) -> Tables:
    """The public tables, without what every run has of its own, built as after init."""
    company.reset()
    shutil.rmtree(company.data)
    simulate(company.data, layout=layout, **COMPANY)
    variables = recognize(company.data, PACKAGE).variables()
    assert variables == ({"sources": [layout]} if layout else {})
    company.build(publish_personal_data=True, **variables)
    with company.opened() as connection:
        named = connection.execute(
            f"select table_name from duckdb_tables() where schema_name = '{BUILT}'"
            f" union all select view_name from duckdb_views() where schema_name = '{BUILT}'"
        ).fetchall()
        assert {name for (name,) in named} == {*KEYS}
        tables = {name: connection.execute(f"from {BUILT}.{name}").df() for name in KEYS}
    rejected = tables["rejected_events"]
    tables[REASONS] = rejected.groupby("reason")["copies"].sum().reset_index()
    return {name: table.drop(columns=OF_A_RUN, errors="ignore") for name, table in tables.items()}


def differences(expected: Tables, actual: Tables) -> set[tuple[str, str]]:
    """The tables and columns that differ."""
    found = set()
    for name, table in expected.items():
        assert list(actual[name].columns) == list(table.columns)
        check = check_table(table, actual[name], KEYS.get(name, ["reason"]), name, limit=3)
        found |= {(name, column) for column in check.counts}
    return found


@pytest.fixture(scope="module")
def canonical(workshop: Any) -> Tables:
    """The public tables from the project's own inputs."""
    tables = built(Company(workshop), None)
    assert {name for name, table in tables.items() if table.empty} <= {
        "erased_users",
        "score_validation",  # engagement evaluate fills it
        "tracking_incidents",
    }
    return tables


@pytest.mark.parametrize("vendor", LAYOUTS)
def test_the_tables_are_equal_but_for_what_is_named(
    vendor: str, company: Company, canonical: Tables
) -> None:
    named = [(part.table, column) for part in DEPARTURES[vendor] for column in part.columns]
    assert len(named) == len(set(named))
    assert differences(canonical, built(company, vendor)) == set(named)
