"""Reads a digest from the public tables, on any engine."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from engagement.digest.document import (
    CHANGES,
    SEVERITIES,
    Account,
    Change,
    Digest,
    Mover,
    Priority,
    Section,
)
from engagement.digest.sent_state import Span
from engagement.errors import UsageError
from engagement.incidents import open_incidents
from engagement.project import Settings
from engagement.tables import Row, analysis, read

#: Of the users of one account, more changes than this with one severity become one line.
TOLD_APART = 3
MOVERS = 5
PRIORITIES = 10
#: Earlier than any run.
BEFORE_ALL = "0001-01-01 00:00:00"

OWNERS = "select distinct owner from {{ ref('account_profiles') }} where owner is not null"


@dataclass(frozen=True)
class Run:
    """The last finished run.

    Attributes:
        as_of: The last day that counted.
        started_at: YYYY-MM-DD HH:MM:SS, UTC.
        owners: Everybody who owns an account, sorted.
    """

    as_of: date
    started_at: str
    owners: tuple[str, ...]


def last_run(settings: Settings) -> Run:
    """The run that a digest reports on.

    Raises:
        UsageError: No run has finished, or the last one accepted no events.
    """
    runs, owners = read(settings, analysis(settings, "digest_run"), OWNERS)
    if not runs:
        raise UsageError("No run has finished: run engagement build first.")
    (run,) = runs
    if run["as_of"] is None:
        raise UsageError("The last run accepted no events: look at rejected_events.")
    named = tuple(sorted(row["owner"] for row in owners))
    return Run(run["as_of"], _seconds(run["started_at"]), named)


def told_before(settings: Settings, since: date) -> str | None:
    """Start of the last run that recorded changes up to a day; None without one."""
    ((row,),) = read(settings, analysis(settings, "digest_reported_before", since=since))
    return row["recorded_at"] and _seconds(row["recorded_at"])


def digest(settings: Settings, run: Run, span: Span) -> Digest:
    """The digest of a span, in a section per owner."""
    told, moved, first = read(
        settings,
        analysis(
            settings, "digest_changes", after=span.told_after or BEFORE_ALL, until=run.started_at
        ),
        analysis(settings, "digest_movers", as_of=run.as_of, movers=MOVERS),
        analysis(settings, "digest_priorities", priorities=PRIORITIES),
    )
    named = {row["owner"] for row in (*told, *moved, *first)}
    sections = tuple(
        _section(owner, _of(owner, told), _of(owner, moved), _of(owner, first))
        for owner in sorted(named, key=lambda owner: (owner is None, owner or ""))
    )
    tracking = open_incidents(settings)
    return Digest(run.as_of, span.since, span.told_after, run.started_at, sections, tracking)


def _of(owner: str | None, rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["owner"] == owner]


def _section(owner: str | None, told: list[Row], moved: list[Row], first: list[Row]) -> Section:
    movers = [_mover(row) for row in moved]
    return Section(
        owner,
        tuple(sorted(_changes(told), key=_urgency)),
        tuple(mover for mover in movers if mover.score_change > 0),
        tuple(mover for mover in movers if mover.score_change < 0),
        tuple(_priority(row) for row in first),
        int(first[0]["overdue"]) if first else 0,
    )


def _changes(told: list[Row]) -> Iterator[Change]:
    """Each change; those of many users of one account become one line."""

    def group(row: Row) -> tuple[str, ...]:
        whose = row["entity_id"] if row["entity_type"] == "account" else ""
        account = row["account_id"] or ""
        return (row["change"], row["severity"], row["kind"], account, row["entity_type"], whose)

    for (*_, entity_type, _), rows in groupby(sorted(told, key=group), key=group):
        changed = sorted(rows, key=lambda row: (row["signal"], row["entity_id"]))
        together = entity_type == "user" and len(changed) > TOLD_APART
        yield from [_change(changed)] if together else [_change([row]) for row in changed]


def _change(rows: list[Row]) -> Change:
    first = rows[0]
    names = {row["entity_id"]: row["email"] for row in rows if row["entity_type"] == "user"}
    signals = {name: len(list(same)) for name, same in groupby(rows, key=lambda row: row["signal"])}
    return Change(
        first["change"],
        first["severity"],
        first["kind"],
        _account(first),
        tuple(sorted(names)),
        signals,
        min(row["opened_on"] for row in rows),
        first["sentence"] if len(rows) == 1 else None,
        tuple(names[user] or user for user in sorted(names)),
    )


def _urgency(change: Change) -> tuple[Any, ...]:
    """The sort key: severity first, then the higher MRR."""
    return (
        CHANGES.index(change.change),
        SEVERITIES.index(change.severity),
        -(change.account.mrr or 0),
        change.account.account_id or "",
        change.users,
        tuple(change.signals),
    )


def _mover(row: Row) -> Mover:
    scores = (float(row[name]) for name in ("previous_score", "score", "score_change"))
    return Mover(_account(row), *scores)


def _priority(row: Row) -> Priority:
    return Priority(
        int(row["priority_rank"]),
        _account(row),
        int(row["open_signals"]),
        row["top_severity"],
        row["top_signal"],
        row["top_sentence"],
        row["top_action_state"],
        row["top_action_by"],
        row["next_due_on"],
    )


def _account(row: Mapping[str, Any]) -> Account:
    mrr = None if row["mrr"] is None else float(row["mrr"])
    return Account(row["account_id"], row["name"], mrr)


def _seconds(time: str) -> str:
    """A time as text, to the second, as signal_history and run_history hold it."""
    return time[:19].replace("T", " ")
