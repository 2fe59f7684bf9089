"""The first page: who needs somebody, and whether the numbers can be trusted today."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from engagement.dashboard import formats
from engagement.dashboard.accounts import Accounts
from engagement.dashboard.reading import Tables

#: Accounts in cards with everything; those after them are lines.
CARDS, LINES = 5, 15
#: A smaller change of a score is not told.
TOLD_CHANGE = 1
#: A share of rejected events that is worth a sentence.
REJECTED = 0.01
#: Days without a run after which the numbers are old.
OLD_DAYS = 3


@dataclass(frozen=True)
class Needed:
    """An account that needs somebody.

    who: the user whose signal the first one is. others: its signals beside the first. has_risk:
    whether one of them is a risk. why: its change in a sentence, if that is a point or more. news:
    what has changed since the publication before.
    """

    values: dict[str, Any]
    details: dict[str, Any]
    who: str | None
    others: tuple[str, ...]
    has_risk: bool
    why: str | None
    news: tuple[str, ...]


@dataclass(frozen=True)
class Today:
    """What the page says: warnings, a summary, and the accounts in order."""

    warnings: tuple[str, ...]
    summary: str
    cards: tuple[Needed, ...]
    lines: tuple[Needed, ...]
    more: int


def today(
    tables: Tables, accounts: Accounts, tracking: tuple[str, ...], build: str | None
) -> Today:
    """The first page. tracking: events that fell silent. build: what became of a newer run."""
    ranked = [
        _needed(values, details)
        for values, details in zip(accounts.rows, accounts.details, strict=True)
        if values["priority"] is not None
    ]
    warnings = (*((build,) if build else ()), *(f"Tracking: {one}" for one in tracking))
    return Today(
        warnings=(*warnings, *_data_problems(tables)),
        summary=_summary(ranked, len(accounts.rows)),
        cards=tuple(ranked[:CARDS]),
        lines=tuple(ranked[CARDS : CARDS + LINES]),
        more=max(len(ranked) - CARDS - LINES, 0),
    )


def _needed(values: dict[str, Any], details: dict[str, Any]) -> Needed:
    named = [name for name in (values["signals"] or "").split("|") if name]
    others = tuple(formats.words(name) for name in named if name != values["signal"])
    first = next((one for one in details["signals"] if one["signal"] == values["signal"]), None)
    has_risk = any(one["kind"] == "risk" and not one["closed"] for one in details["signals"])
    why = details["why"] if abs(values["change"] or 0) >= TOLD_CHANGE else None
    news = tuple(_news(values, details))
    return Needed(values, details, first and first["user"], others, has_risk, why, news)


def _news(values: dict[str, Any], details: dict[str, Any]) -> list[str]:
    new = [formats.words(one["signal"]) for one in details["signals"] if one["new"]]
    closed = [
        formats.words(one["signal"])
        for one in details["signals"]
        if one["closed"] and details["published_on"] and one["closed"] > details["published_on"]
    ]
    told = [f"new: {name}" for name in dict.fromkeys(new)]
    told += [f"over: {name}" for name in dict.fromkeys(closed)]
    before = details["published_score"]
    if before is not None and before != values["score"]:
        since = formats.signed(values["score"] - before)
        told.append(f"score {since} since {formats.day(details['published_on'])}")
    return told


def _summary(ranked: list[Needed], known: int) -> str:
    if not known:
        return "No account is known: nothing can be said of any."
    if not ranked:
        return f"No signal is open: none of the {known:,} accounts needs somebody."
    risks = sum(needed.has_risk for needed in ranked)
    overdue = sum(needed.details["overdue"] > 0 for needed in ranked)
    counted = "1 account needs" if len(ranked) == 1 else f"{len(ranked):,} accounts need"
    late = f" {overdue:,} of them are overdue." if overdue > 1 else ""
    late = " One of them is overdue." if overdue == 1 else late
    return f"{counted} somebody; {risks:,} of them may leave.{late}"


def _data_problems(tables: Tables) -> list[str]:
    """What is wrong with the data of the run, in sentences."""
    run = next((row for row in tables["runs"] if row["run_id"] == tables.publication.run_id), None)
    if run is None:
        return []
    told = []
    rejected, rows = int(run["rejected_events"] or 0), int(run["source_rows"] or 0)
    if rows and rejected / rows > REJECTED:
        told.append(
            f"Data: {formats.percent(rejected / rows, 1)} of the events that the last run read were"
            " rejected (see Data)."
        )
    events, usual = run["last_day_events"], run["usual_events"]
    if usual and events is not None and float(events) < float(usual) / 2:
        told.append(
            f"Data: {formats.number(events)} events on {formats.day(run['as_of'])}, where"
            f" {formats.number(usual)} are usual: scores may fall for want of data."
        )
    return told


def age(as_of: date | None, published_at: str) -> int:
    """Days between the last day that counts and the publication."""
    return 0 if as_of is None else (date.fromisoformat(published_at[:10]) - as_of).days
