"""What every metric starts from, gathered once."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from .entities import People, member_spells, who_there_is
from .event_rules import with_rules
from .history import Calendar, History, calendar, record
from .inputs import Inputs
from .rejections import Intake, take_in
from .seeds import Seeds
from .settings import Settings, person_ids


@dataclass(frozen=True)
class Facts:
    """The inputs, the configuration, and what follows from them before any metric.

    `spells` are account, user (codes), start, end (the first day after): who was a member of what.
    """

    settings: Settings
    seeds: Seeds
    inputs: Inputs
    intake: Intake
    people: People
    history: History
    calendar: Calendar
    spells: pd.DataFrame


def gather(inputs: Inputs, seeds: Seeds, settings: Settings) -> Facts:
    """Decide the raw rows, find out who there is, and count by day."""
    excluded = person_ids(pd.Series(sorted(seeds.excluded_users), dtype="str"), settings)
    seeds = replace(seeds, excluded_users=frozenset(excluded))
    inputs = replace(inputs, events=with_rules(inputs.events, seeds, settings))
    intake = take_in(inputs, seeds, settings)
    people = who_there_is(inputs, seeds, intake)
    history = record(intake, people, seeds)
    return Facts(
        settings=settings,
        seeds=seeds,
        inputs=inputs,
        intake=intake,
        people=people,
        history=history,
        calendar=calendar(history, seeds, settings),
        spells=member_spells(inputs, people, history.daily),
    )
