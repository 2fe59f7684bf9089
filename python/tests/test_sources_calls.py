"""Segment and RudderStack on a second night: what comes late, again, or changes who somebody is."""

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from conftest import Company
from test_sources import (
    RESOLVED,
    copy_layout,
    links,
    night_equals_full_refresh,
    resolved,
    story,
    weigh,
)

#: What was in the warehouse by now belongs to the first night.
FIRST_NIGHT = "2026-05-02 10:30:59"


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as opened:
        return list(csv.DictReader(opened))


def write(file: Path, rows: list[dict[str, str]]) -> None:
    with file.open("w", newline="") as opened:
        writer = csv.DictWriter(opened, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


@pytest.mark.parametrize("vendor", ["segment", "rudderstack"])
def test_a_night_equals_a_full_refresh(vendor: str, company: Company) -> None:
    copy_layout(company, vendor)
    names = [row[0] for row in story()]
    weigh(company, names)
    whole = {
        name: rows_of(company.data / f"{name}.csv") for name in ("tracks", "groups", "aliases")
    }
    for name, rows in whole.items():
        known = [row for row in rows if row["uuid_ts"] <= FIRST_NIGHT]
        write(company.data / f"{name}.csv", known or [dict.fromkeys(rows[0], "")])
    company.build(sources=[vendor])
    assert ("u-cleo-old", "u-cleo") not in links(company)

    first, *_ = whole["tracks"]
    new = {"uuid_ts": "2026-05-05 08:00:00", "received_at": "2026-05-05 07:59:00"}
    late = {"id": "late-1", "user_id": "u-anna", "timestamp": "2026-04-20 12:00:00.000"}
    whole["tracks"] += [{**first, **new, **late}, {**whole["tracks"][1], **new}]
    for name, rows in whole.items():
        write(company.data / f"{name}.csv", rows)
    assert night_equals_full_refresh(company, sources=[vendor])
    assert ("u-cleo-old", "u-cleo") in links(company)
    late_one: tuple[Any, ...] = (date(2026, 4, 20), "u-anna", None, False)
    assert resolved(company) == {**RESOLVED, late_one: 1}
