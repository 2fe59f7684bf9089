"""The first page: who needs somebody, and whether the numbers can be trusted today."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from engagement.dashboard import formats
from engagement.dashboard.accounts import Accounts
from engagement.dashboard.reading import Tables
from engagement.tables import Row

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

    kind: risk or opportunity, of its first signal. others: its signals beside the first. has_risk:
    whether one of them is a risk. risk: what speaks for one, unless the sentence says so, and how
    likely it is, if a model is in force. why: its change, if that is a point or more. news: what
    has changed since the publication before.
    """

    values: dict[str, Any]
    details: dict[str, Any]
    kind: str
    others: tuple[str, ...]
    has_risk: bool
    risk: str | None
    why: str | None
    news: tuple[str, ...]


@dataclass(frozen=True)
class Today:
    """What the page says: warnings, a summary, and the accounts in order.

    owners: how many of these accounts each has; "": nobody.
    """

    warnings: tuple[str, ...]
    summary: str
    cards: tuple[Needed, ...]
    lines: tuple[Needed, ...]
    more: int
    owners: tuple[tuple[str, int], ...]


def today(
    tables: Tables, accounts: Accounts, tracking: tuple[str, ...], build: str | None
) -> Today:
    """The first page. tracking: events that fell silent. build: what became of a newer run."""
    ranked = [
        _needed(values, details)
        for values, details in zip(accounts.rows, accounts.details, strict=True)
        if values["priority"] is not None
    ]
    told = [f"Tracking: {one}" for one in tracking]
    return Today(
        warnings=(*filter(None, (_old(tables), build)), *told, *_data_problems(tables)),
        summary=_summary(ranked, len(accounts.rows)),
        cards=tuple(ranked[:CARDS]),
        lines=tuple(ranked[CARDS : CARDS + LINES]),
        more=max(len(ranked) - CARDS - LINES, 0),
        owners=tuple(sorted(Counter(one.values["owner"] or "" for one in ranked).items())),
    )


def _old(tables: Tables) -> str | None:
    """That the numbers are not those of yesterday."""
    days = age(tables.publication.as_of, tables.publication.published_at)
    if days <= OLD_DAYS:
        return None
    return (
        f"These numbers end on {formats.day(tables.publication.as_of)}, {days:,} days before they"
        " were published. Whoever acts on them should know what has happened since."
    )


def _needed(values: dict[str, Any], details: dict[str, Any]) -> Needed:
    named = [name for name in (values["signals"] or "").split("|") if name]
    top = details["top"]
    others = tuple(formats.words(name) for name in named if name != top)
    has_risk = any(one["kind"] == "risk" and not one["closed"] for one in details["signals"])
    why = details["why"] if abs(values["change"] or 0) >= TOLD_CHANGE else None
    news = tuple(_news(values, details))
    kinds = {one["signal"]: one["kind"] for one in details["signals"]}
    return Needed(
        values, details, kinds.get(top, ""), others, has_risk, _risk(details, has_risk), why, news
    )


def _risk(details: dict[str, Any], has_risk: bool) -> str | None:
    if not has_risk or not details["reasons"]:
        return None
    if details["probability"] is not None:
        likely = formats.percent(details["probability"])
        return f"Leaves within {details['horizon']} days: {likely} ({details['reasons']})"
    is_told = details["reasons"] in (details["sentence"] or "")
    return None if is_told else f"Risk: {details['reasons']}"


def _news(values: dict[str, Any], details: dict[str, Any]) -> list[str]:
    new = [
        formats.words(one["signal"])
        for one in details["signals"]
        if one["new"] and not one["closed"]
    ]
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
        return "No account is known yet: events need an account_id, or users an account."
    if not ranked:
        return f"No signal is open: none of the {known:,} accounts needs somebody."
    risks = sum(needed.has_risk for needed in ranked)
    overdue = sum(needed.details["overdue"] > 0 for needed in ranked)
    counted = "1 account needs" if len(ranked) == 1 else f"{len(ranked):,} accounts need"
    late = f"; in {overdue:,} of them something is overdue" if overdue else ""
    return f"{counted} somebody. {risks:,} of them may leave{late}."


def trusted(tables: Tables, tracking: tuple[str, ...]) -> str:
    """What speaks for or against the numbers of the run that is shown."""
    run = _run(tables)
    if run is None or not run["source_rows"]:
        return "The run that is shown read no events."
    share = formats.percent(int(run["rejected_events"] or 0) / int(run["source_rows"]), 1)
    silent = f"{len(tracking):,} fell silent" if tracking else "none fell silent"
    rows = formats.number(run["source_rows"])
    return (
        f"The run that is shown read {rows} rows and rejected {share}."
        f" Of the events that most accounts use, {silent}."
    )


def _run(tables: Tables) -> Row | None:
    """The row of the run that is shown."""
    runs = (row for row in tables["runs"] if row["run_id"] == tables.publication.run_id)
    return next(runs, None)


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
