"""The public tables against those of the last release: what has changed stands in the CHANGELOG."""

import re
import sys
from typing import Any

import pytest
import yaml

from engagement.project import CHECKOUT

sys.path.append(str(CHECKOUT / "scripts"))

from release_contract import CONTRACT, public_tables

Tables = dict[str, dict[str, str]]


def unannounced(released: Tables, tables: Tables, announcements: str) -> set[str]:
    """The changes, as table or table.column, that no line of a changelog names."""
    changed: dict[str, str] = {}
    for table in released.keys() | tables.keys():
        before, now = released.get(table, {}), tables.get(table, {})
        if not before or not now:
            changed[table] = table
            continue
        for column in before.keys() | now.keys():
            if before.get(column) != now.get(column):
                changed[f"{table}.{column}"] = column
    lines = announcements.splitlines()
    return {
        place
        for place, name in changed.items()
        if not any(f"`{place.split('.')[0]}`" in line and f"`{name}`" in line for line in lines)
    }


def changes_since(version: str) -> str:
    """What the CHANGELOG says above the heading of a version."""
    changelog = (CHECKOUT / "CHANGELOG.md").read_text()
    above = re.split(rf"^## {re.escape(version)}\b", changelog, flags=re.MULTILINE)
    assert len(above) == 2
    return above[0]


def test_every_change_of_a_public_table_since_the_last_release_is_announced() -> None:
    contract = yaml.safe_load(CONTRACT.read_text())
    since = changes_since(contract["version"])
    assert unannounced(contract["tables"], public_tables(), since) == set()


SCORES = {"scores": {"id": "varchar", "score": "double"}}


@pytest.mark.parametrize(
    ("tables", "announcements", "found"),
    [
        (SCORES, "", set()),
        ({"scores": {"id": "varchar"}}, "", {"scores.score"}),
        ({"scores": {"id": "varchar"}}, "| `scores` | `score` is gone |", set()),
        ({"scores": {"id": "varchar"}}, "| `others` | `score` is gone |", {"scores.score"}),
        ({"scores": {"id": "varchar", "score": "bigint"}}, "`scores`", {"scores.score"}),
        ({**SCORES, "ranks": {"id": "varchar"}}, "`ranks` is new", set()),
        ({}, "", {"scores"}),
    ],
)
def test_an_unannounced_change_is_found(
    tables: dict[str, Any], announcements: str, found: set[str]
) -> None:
    assert unannounced(SCORES, tables, announcements) == found
