"""A made-up SaaS company with known drivers and known faults, to build and test against.

    simulation = simulate(Path("company"), accounts=40, users=400, days=180, seed=1)

writes the input tables of the contract as parquet. `company` says what drives what, `behaviour`
how events come about, `faults` which faults are planted, and `_simulation.json` how many.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from engagement.simulate.behaviour import Behaviour
from engagement.simulate.breakage import Breakage
from engagement.simulate.company import Company
from engagement.simulate.data_faults import Census, DataFaults
from engagement.simulate.kinds import KINDS, USUAL
from engagement.simulate.layouts import LAYOUTS, layout_of
from engagement.simulate.output import MANIFEST, check_folder, fresh_sibling, put_in_place
from engagement.simulate.people import Calendar
from engagement.simulate.tables import (
    Directory,
    accounts_table,
    entity_tables,
    events_table,
)

__all__ = ["KINDS", "LAYOUTS", "Breakage", "Simulation", "simulate"]

UNTIL = date(2026, 6, 30)


@dataclass(frozen=True)
class Simulation:
    """The size of a simulation.

    Attributes:
        events: Events that were recorded, each once.
        source_rows: Rows of `events`, which has copies of some.
        users: Rows of `users`, staff and bots included.
        accounts: Rows of `accounts`.
        tables: Rows of every other table, by name.
        faults: Rows or entities with each planted fault, by its name; a copy counts once.
        story: The outcomes of accounts, by name: `faded_and_left`, `expanded` and so on. Decisions
            near the end may take effect after it.
    """

    events: int
    source_rows: int
    users: int
    accounts: int
    tables: dict[str, int]
    faults: dict[str, int]
    story: dict[str, int]


def simulate(
    out: Path,
    *,
    accounts: int,
    users: int,
    days: int,
    seed: int,
    until: date = UNTIL,
    no_churn_driver: bool = False,
    accounts_as_of: date | None = None,
    broken: Breakage | None = None,
    kind: str = USUAL,
    layout: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Simulation:
    """Write a company's history into a folder, the same for the same arguments.

    Events are drawn and written week by week, so that memory is bounded by the largest week.
    The folder appears when all is written; an earlier simulation there is replaced.

    Args:
        out: The folder.
        accounts: Customers, all in `accounts`.
        users: Users, at least one an account; some of the others are staff and bots.
        days: Length of the history, which ends with `until`.
        seed: Of the random numbers; not negative.
        until: The last day.
        no_churn_driver: Use says nothing about who leaves (see `company`).
        accounts_as_of: The day of which `accounts` is, as a run on it would have seen the table, up
            to the week; without one, the last.
        kind: When and where its customers use the product, one of `KINDS`.
        broken: An event that is not recorded in some accounts; all else is the same as without.
        layout: The vendor in whose tables it is written, one of `LAYOUTS`; else it is our own
            inputs. What happens is the same, and so is what the manifest counts.
        progress: Called with weeks done and weeks in all.

    Raises:
        ValueError: If an argument is impossible, or if `out` holds anything else.
    """
    check_arguments(accounts, users, days, seed)
    if broken is not None:
        broken.check()
    first = until - timedelta(days=days - 1)
    if accounts_as_of is not None and not first <= accounts_as_of <= until:
        raise ValueError(
            f"The accounts of {accounts_as_of} lie outside the history from {first} on."
        )
    writer = layout_of(layout)
    check_folder(out)
    calendar = Calendar(until, days)
    draft = fresh_sibling(out, "partial")
    draft.mkdir(parents=True)

    roots = map(np.random.default_rng, np.random.SeedSequence(seed).spawn(6))
    for_company, for_behaviour, for_faults, for_tables, for_breakage, for_projects = roots
    company = Company(for_company, accounts, users, days, no_churn_driver, KINDS[kind].size_spread)
    projects = KINDS[kind].projects(for_projects, accounts, len(calendar.weeks()))
    behaviour = Behaviour(for_behaviour, company, calendar, KINDS[kind], projects)
    directory = Directory(users, accounts)
    faults = DataFaults(for_faults, directory.strangers, directory.unlisted_accounts, calendar)
    census = Census(users, accounts)

    weeks = calendar.weeks()
    planted: dict[str, dict[str, int]] = {}
    accounts_then = None
    lost = 0
    is_broken = for_breakage.permutation(accounts) < accounts * (broken.share if broken else 0)
    for done, (start, end) in enumerate(weeks, 1):
        if accounts_as_of is not None and start <= (accounts_as_of - first).days < end:
            accounts_then = accounts_table(company, calendar, directory, start)
        company.begin_week(start, end)
        happened = behaviour.week(start, end)
        if broken is not None:
            recorded = broken.recorded(happened, company, is_broken)
            lost += len(happened) - len(recorded)
            happened = recorded
        first_day = calendar.dates(np.array([start]))[0]
        rows, planted[str(first_day)] = faults.plant(happened)
        census.count(rows, planted[str(first_day)], company)
        writer.write_events(draft, str(first_day), events_table(rows, directory))
        if progress:
            progress(done, len(weeks))

    tables = entity_tables(for_tables, company, calendar, directory)
    if accounts_then is not None:
        tables["accounts"] = accounts_then
    writer.write_entities(draft, tables)
    simulation = Simulation(
        events=behaviour.next_id - lost,
        source_rows=census.rows,
        users=users,
        accounts=accounts,
        tables={name: content.num_rows for name, content in tables.items()},
        faults=census.faults(company),
        story=dict(company.story),
    )
    arguments: dict[str, Any] = {
        "accounts": accounts,
        "users": users,
        "days": days,
        "seed": seed,
        "until": str(until),
        "no_churn_driver": no_churn_driver,
        "kind": kind,
        "layout": layout,
        "accounts_as_of": accounts_as_of and str(accounts_as_of),
    }
    if broken is not None:
        arguments["broken"] = {**asdict(broken), "first": str(broken.first)}
    manifest = {"arguments": arguments, **asdict(simulation), "planted": planted}
    (draft / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n")
    put_in_place(draft, out)
    return simulation


def check_arguments(accounts: int, users: int, days: int, seed: int) -> None:
    """Raise a `ValueError` for sizes that no company can have."""
    if accounts < 1:
        raise ValueError(f"A company needs at least 1 account, not {accounts}.")
    if users < accounts:
        raise ValueError(
            f"Every account needs a user: ask for at least {accounts} users, not {users}."
        )
    if days < 1:
        raise ValueError(f"A history needs at least 1 day, not {days}.")
    if seed < 0:
        raise ValueError(f"A seed is 0 or more, not {seed}.")
