"""The dashboard: one HTML file, written from a publication, that opens from disk and by mail."""

from dataclasses import asdict
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

from engagement.atomic_write import atomic_write, private_files
from engagement.dashboard import columns
from engagement.dashboard.accounts import LINE_WEEKS, accounts, users
from engagement.dashboard.bands import Bands
from engagement.dashboard.evidence import evidence
from engagement.dashboard.page import LARGEST, Content, render
from engagement.dashboard.product import overview
from engagement.dashboard.reading import Tables, read_tables
from engagement.dashboard.redaction import redacted
from engagement.dashboard.today import today, trusted
from engagement.dashboard.usage import cohorts, features, onboarding
from engagement.dashboard.what_if import what_if
from engagement.errors import UsageError
from engagement.explain import explain_all
from engagement.incidents import open_incidents
from engagement.lock import last_build
from engagement.project import Settings


def write(settings: Settings, file: Path, owner: str | None = None, redact: bool = False) -> str:
    """Writes the page, whole or not at all; returns it.

    owner: only this owner's accounts and users; figures of the product are those of all.
    redact: without names of accounts, users and owners.

    Raises:
        UsageError: Nothing has been published, or nobody of this name owns an account.
    """
    page = dashboard(settings, owner, redact)
    with private_files(), atomic_write(file) as partial:
        partial.write_text(page, encoding="utf-8", newline="\n")
    return page


def dashboard(settings: Settings, owner: str | None = None, redact: bool = False) -> str:
    """The page. The same publication gives the same page, to the byte."""
    tables = read_tables(settings)
    changes = explain_all(settings, "account")
    if owner is not None:
        tables = _of_owner(tables, owner)
    if redact:
        hidden = redacted(tables)
        names = zip(tables["accounts"], hidden["accounts"], strict=True)
        changes = {
            new["account_id"]: changes[old["account_id"]]
            for old, new in names
            if old["account_id"] in changes
        }
        tables, owner = hidden, None if owner is None else "owner 1"
    content = _content(settings, tables, changes, owner)
    page = render(content)
    if len(page.encode()) > LARGEST and content.data["what_if"]:
        bands = Bands.of(tables["bands"])
        ids = [row["account_id"] for row in tables["accounts"]]
        content.data["what_if"] = what_if(tables, ids, bands, by_day=False)
        page = render(content)
    return page


def _of_owner(tables: Tables, owner: str) -> Tables:
    """The tables with the accounts of one owner, and their users, only."""
    mine = {row["account_id"] for row in tables["accounts"] if row["owner"] == owner}
    if not mine:
        known = sorted({row["owner"] for row in tables["accounts"] if row["owner"]})
        raise UsageError(
            f"Nobody named {owner} owns an account: {', '.join(known) or 'no owners'}."
        )
    limited = ("accounts", "account_weeks", "account_parts", "users", "signals")
    rows = {
        name: [row for row in found if row["account_id"] in mine] if name in limited else found
        for name, found in tables.rows.items()
    }
    return Tables(tables.publication, rows, tables.missing)


def _content(
    settings: Settings, tables: Tables, changes: dict[str, Any], owner: str | None
) -> Content:
    bands = Bands.of(tables["bands"])
    known = accounts(tables, changes, bands)
    people = users(tables, bands)
    published, tracking = tables.publication, open_incidents(settings)
    product = overview(tables, known, bands)
    proof = evidence(tables, bands)
    # The cap is that of all accounts: those of one owner cannot be scored by themselves.
    ids = [row["id"] for row in known.rows]
    trial = what_if(tables, ids, bands, by_day=True) if owner is None else None
    window = next((int(row["window_days"]) for row in tables["calibrations"]), None)
    account_columns = columns.over(columns.ACCOUNTS, window)
    user_columns = columns.over(columns.USERS, window)
    values = {
        "owner": owner,
        "publication": published,
        "as_of": published.as_of or date.fromisoformat(published.published_at[:10]),
        "today": today(tables, known, tracking, last_build(settings)),
        "trusted": trusted(tables, tracking),
        "overview": product,
        "accounts": known,
        "account_columns": account_columns,
        "users": people,
        "user_columns": user_columns,
        "features": features(tables, known),
        "onboarding": onboarding(tables, known),
        "cohorts": cohorts(tables),
        "evidence": proof,
        "tables": tables,
        "can_try": trial is not None,
    }
    data = {
        "as_of": values["as_of"],
        "bands": bands.as_json(),
        "columns": {
            "accounts": [asdict(column) for column in account_columns],
            "users": [asdict(column) for column in user_columns],
        },
        "accounts": _columnar(known.rows, "line"),
        "details": _columnar(known.details),
        "users": _columnar(people, "name"),
        "line_weeks": LINE_WEEKS + 1,
        "weeks": known.weeks,
        "features": known.features,
        "milestones": known.milestones,
        "versions": _versions(tables),
        "what_if": trial,
    }
    return Content(values, (*product.charts, *proof.charts), data)


def _columnar(rows: list[dict[str, Any]], but: str = "") -> dict[str, list[Any]]:
    """The rows by column, which packs better and reads faster; without what the script adds."""
    names = [name for name in (rows[0] if rows else ()) if name != but]
    return {name: [row[name] for row in rows] for name in names}


def _versions(tables: Tables) -> list[tuple[date, str]]:
    """The dates on which another version came into force."""
    rows = tables["product"]
    return [
        (row["score_date"], row["version"])
        for before, row in pairwise(rows)
        if row["version"] != before["version"]
    ]


__all__ = ["dashboard", "write"]
