"""What happened, day by day, in codes; and which score dates look back on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .days import Flags, Floats, Ints, day_of, is_sunday, over_windows
from .entities import EntityType, People, codes_of
from .rejections import Intake
from .seeds import Seeds, Version
from .settings import Settings


@dataclass(frozen=True)
class Calendar:
    """The score dates, and the version in force on each day.

    built     (dates,) the built score dates, ascending
    previous  (dates,) D - window_days of each, NaN where that date does not exist
    """

    versions: tuple[Version, ...]
    built: Ints
    previous: Floats

    @property
    def scored(self) -> Ints:
        """The built dates and their previous ones, ascending."""
        existing = self.previous[np.isfinite(self.previous)].astype(np.int64)
        return np.union1d(self.built, existing)

    def built_under(self, version: Version) -> Ints:
        """The built dates on which a version is in force."""
        under: Ints = self.built[
            in_force(self.versions, self.built) == self.versions.index(version)
        ]
        return under

    def by_version(self, dates: Ints) -> list[tuple[Version, Ints]]:
        """The dates under each version in force on any of them; at least one pair."""
        number = in_force(self.versions, dates)
        pairs = [(self.versions[i], dates[number == i]) for i in np.unique(number[number >= 0])]
        return pairs or [(self.versions[0], dates[:0])]

    def over_windows(self, daily: pd.DataFrame) -> Iterator[tuple[Version, pd.DataFrame]]:
        """The rows of `daily` in the window of each built date, in chunks of whole dates."""
        for version, dates in self.by_version(self.built):
            for window in over_windows(daily, dates, version.window_days):
                yield version, window


def in_force(versions: tuple[Version, ...], days: Ints | Floats) -> Ints:
    """(days,): the position of the version in force on each day, -1 without one."""
    starts = np.array([version.valid_from for version in versions])
    return np.searchsorted(starts, days, side="right") - 1


@dataclass(frozen=True)
class History:
    """Accepted events of scored actors up to as_of, per day.

    Entities and events are codes; -1 is no user or no account.

    daily   day, user, account, event, n; sorted by day
    active  day, user, account: where a user was active, once each; sorted by day
    """

    daily: pd.DataFrame
    active: pd.DataFrame
    events: pd.Index
    first_day: int | None
    as_of: int | None

    def counts(self, entity_type: EntityType) -> pd.DataFrame:
        """day, entity, event, n; sorted by day."""
        own = _of(self.daily, entity_type)
        return own.groupby(["day", "entity", "event"])["n"].sum().reset_index()

    def active_days(self, entity_type: EntityType) -> pd.DataFrame:
        """day, entity: the days on which an entity was active; sorted by day."""
        return _of(self.active, entity_type)[["day", "entity"]].drop_duplicates(ignore_index=True)


def _of(frame: pd.DataFrame, entity_type: EntityType) -> pd.DataFrame:
    """The rows that have an entity of a type, its code as `entity`."""
    return frame[frame[entity_type] >= 0].rename(columns={entity_type: "entity"})


def record(intake: Intake, people: People, seeds: Seeds) -> History:
    """The daily counts of the accepted events of scored actors."""
    accepted = intake.scored()
    event, events = pd.factorize(accepted["event_name"], sort=True)
    coded = pd.DataFrame(
        {
            "day": accepted["day"].astype("int64"),
            "user": codes_of(accepted["user_id"], people.users.index),
            "account": codes_of(accepted["account_id"], people.accounts.index),
            "event": event.astype("int64"),
            "n": accepted["quantity"].astype("int64"),
        }
    )
    daily = coded.groupby(["day", "user", "account", "event"])["n"].sum().reset_index()
    active = daily[_counts_as_active(daily, seeds, pd.Index(events))]
    return History(
        daily=daily,
        active=active[["day", "user", "account"]].drop_duplicates(ignore_index=True),
        events=pd.Index(events),
        first_day=None if daily.empty else int(daily["day"].min()),
        as_of=intake.as_of,
    )


def _counts_as_active(daily: pd.DataFrame, seeds: Seeds, events: pd.Index) -> Flags:
    """(rows,): whether the version in force on the row's own day counts its event as active."""
    none = np.zeros((1, len(events)), dtype=np.bool_)
    by_version = [seeds.weights_of(version, events)["active"] for version in seeds.versions]
    table = np.vstack([*by_version, none])
    flags: Flags = table[in_force(seeds.versions, daily["day"].to_numpy()), daily["event"]]
    return flags


def calendar(history: History, seeds: Seeds, settings: Settings) -> Calendar:
    """The built score dates: the last days, and the Sundays before."""
    start = history.first_day
    if start is None or history.as_of is None:
        empty = np.array([], dtype=np.int64)
        return Calendar(seeds.versions, empty, empty.astype("float64"))
    if settings.first_score_date is not None:
        start = max(start, day_of(settings.first_score_date))
    days = np.arange(start, history.as_of + 1)
    recent = days > history.as_of - settings.score_history_days
    number = in_force(seeds.versions, days)
    built = days[(recent | is_sunday(days)) & (number >= 0)]
    windows = np.array([version.window_days for version in seeds.versions], dtype=np.int64)
    previous = (built - windows[in_force(seeds.versions, built)]).astype("float64")
    first_day = np.inf if history.first_day is None else history.first_day
    exists = (previous >= first_day) & (in_force(seeds.versions, previous) >= 0)
    return Calendar(seeds.versions, built, np.where(exists, previous, np.nan))
