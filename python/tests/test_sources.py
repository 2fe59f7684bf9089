"""Vendors' own tables, as they are: each of the hand-made layouts tells the same story."""

import csv
import shutil
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pytest
from conftest import Company

from engagement.project import CHECKOUT

LAYOUTS = CHECKOUT.parent / "shared" / "data" / "vendor_layouts"
#: (event_name, user_id, account_id, occurred_at) of an event, as it was received.
Event = tuple[str, str | None, str | None, str]


def expected(name: str) -> list[dict[str, str]]:
    """The rows of the canonical result of all vendors."""
    with (LAYOUTS / "expected" / f"{name}.csv").open() as file:
        return list(csv.DictReader(file))


def story() -> list[Event]:
    """The eight events, one of which is delivered twice."""
    return [
        (row["event_name"], row["user_id_raw"], row["account_id"] or None, row["occurred_at"])
        for row in expected("events")
    ]


def copy_layout(company: Company, vendor: str, *files: str) -> None:
    """Copies the hand-made tables of a vendor, or some files of them, into the folder of inputs."""
    for file in (LAYOUTS / vendor).iterdir():
        if not files or file.name in files:
            shutil.copy(file, company.data / file.name)


def weigh(company: Company, names: Sequence[str]) -> None:
    """Gives each event a weight of 1."""
    rows = [f"v1,{name},1,,true" for name in sorted(set(names))]
    company.configure(
        "event_weights",
        "\n".join(["version,event_name,weight,daily_cap,counts_as_active", *rows]),
    )


def build(company: Company, names: Sequence[str], **variables: Any) -> None:
    """Builds what the questions below need; each event has a weight of 1."""
    weigh(company, names)
    company.build(only="event_inventory", **variables)


def received(company: Company) -> list[Event]:
    """The events as a source gives them, each once, in their order."""
    rows = company.query(
        "select distinct event_name, user_id, account_id, occurred_at"
        " from engagement_internal.stg_events order by occurred_at"
    )
    return [(*row[:3], as_written(row[3])) for row in rows]


def as_written(time: datetime) -> str:
    return time.isoformat(" ", "milliseconds").removesuffix(".000")


def links(company: Company) -> set[tuple[str, str]]:
    return set(company.query("select alias_id, user_id from engagement_internal.stg_identities"))


def resolved(company: Company) -> Counter[tuple[Any, ...]]:
    """How many events each user had in each account on each day, after identities: (day, user,
    account, whether they are excluded)."""
    rows = company.query(
        "select event_date, coalesce(merged_user_id, received_user_id), account_id, is_excluded,"
        " sum(events) from engagement_internal.int_daily_event_counts group by all"
    )
    return Counter({row[:4]: int(row[4]) for row in rows})


def counts(company: Company) -> tuple[int, int]:
    """How many rows came, and how many were rejected."""
    ((read, rejected),) = company.query(
        "select source_rows, rejected_events from engagement.run_history"
    )
    return read, rejected


#: The story after identities; accounts by membership of the day, the vendor's own person excluded.
RESOLVED = Counter(
    {
        (date(2026, 5, 1), "u-anna", "acme", False): 3,
        (date(2026, 5, 1), "u-ben", "acme", False): 1,
        (date(2026, 5, 2), "u-cleo", "beta", False): 2,
        (date(2026, 5, 2), "u-ben", "acme", False): 1,
        (date(2026, 5, 2), "u-staff", "acme", True): 1,
    }
)


@pytest.mark.parametrize("vendor", ["segment", "rudderstack"])
def test_calls_tell_the_story(vendor: str, company: Company) -> None:
    copy_layout(company, vendor)
    build(company, [row[0] for row in story()], sources=[vendor])
    assert received(company) == story()
    assert {(row["alias_id"], row["user_id"]) for row in expected("identities")} <= links(company)
    assert resolved(company) == RESOLVED
    assert counts(company) == (9, 1)
