"""The settings of the check: the folders of the inputs and seeds, and the project's vars."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd


@dataclass(frozen=True)
class Settings:
    """The project's vars, by their names and with their defaults.

    `data` is the folder of inputs, `seeds` the folder of seed CSVs. `started_at` is the start of
    the run being checked, which stands in for `now` when no row has a `loaded_at`; `built_as_of`
    is its last day that counts, which may have been chosen, and earlier than the default.
    `erased` has the ids of erased persons by the hash of what they were, with `erasure_salt`.
    `of_tables`: the inputs were tables, to which rows may have come since the run began.
    """

    data: Path
    seeds: Path
    timezone: str = "UTC"
    as_of: date | None = None
    loaded_before: datetime | None = None
    reference_time: datetime | None = None
    clock_skew_minutes: float = 60
    earliest_event_date: date = date(2000, 1, 1)
    score_history_days: int = 90
    first_score_date: date | None = None
    active_window_days: int = 28
    trend_score_change: float = 10
    min_trend_points: float = 10
    min_segment_size: int = 5
    established_after_days: int = 90
    min_accounts_with_outcome: int = 20
    signal_cooldown_days: int = 14
    action_holdout: float = 0
    segment_attributes: Mapping[str, list[str]] = field(default_factory=dict)
    input_columns: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    input_tables: Mapping[str, str] = field(default_factory=dict)
    outcome_horizons: tuple[int, ...] = (30, 90, 180)
    started_at: datetime | None = None
    built_as_of: date | None = None
    scored_actors: tuple[str, ...] = ("human",)
    publish_personal_data: bool = False
    accounts_from_email_domains: bool = False
    pseudonym_salt: str = ""
    erased: Mapping[str, str] = field(default_factory=dict)
    erasure_salt: str = ""
    of_tables: bool = False

    @classmethod
    def from_vars(
        cls, data: Path, seeds: Path, variables: Mapping[str, object], *, of_tables: bool = False
    ) -> Settings:
        """Settings from dbt vars: text or typed values; null and absent ones take the default."""
        given = {name: value for name, value in variables.items() if value not in (None, "")}

        readers: dict[str, Callable[[str], object]] = {
            "timezone": str,
            "as_of": _date,
            "loaded_before": datetime.fromisoformat,
            "reference_time": datetime.fromisoformat,
            "clock_skew_minutes": float,
            "earliest_event_date": _date,
            "score_history_days": int,
            "first_score_date": _date,
            "active_window_days": int,
            "trend_score_change": float,
            "min_trend_points": float,
            "min_segment_size": int,
            "established_after_days": int,
            "min_accounts_with_outcome": int,
            "signal_cooldown_days": int,
            "action_holdout": float,
            "publish_personal_data": lambda text: text == "True",
            "accounts_from_email_domains": lambda text: text == "True",
        }
        known = {name: read(str(given[name])) for name, read in readers.items() if name in given}
        lists = {
            "segment_attributes": variables.get("segment_attributes") or {},
            "input_columns": variables.get("input_columns") or {},
            "input_tables": {} if of_tables else variables.get("input_tables") or {},
            "scored_actors": tuple(variables.get("scored_actors") or cls.scored_actors),  # type: ignore[arg-type]
            "outcome_horizons": variables.get("outcome_horizons") or cls.outcome_horizons,
        }
        salt = os.environ.get("ENGAGEMENT_PSEUDONYM_SALT", "")
        return cls(data, seeds, pseudonym_salt=salt, of_tables=of_tables, **lists, **known)  # type: ignore[arg-type]


def person_ids(received: pd.Series, settings: Settings) -> pd.Series:
    """The ids under which received user ids are known: erased ones, pseudonyms, or the same."""
    if not (settings.erased or settings.pseudonym_salt):
        return received
    known = {}
    for name in received.dropna().unique():
        pseudonym = _md5(settings.pseudonym_salt + name) if settings.pseudonym_salt else name
        known[name] = settings.erased.get(_md5(settings.erasure_salt + name), pseudonym)
    return received.map(known).astype(received.dtype)


def erased_ids(ids: pd.Series, settings: Settings) -> pd.Series:
    """Ids, or those of the erased persons whose they were."""
    known = {
        name: settings.erased.get(_md5(settings.erasure_salt + name), name)
        for name in ids.dropna().unique()
    }
    return ids.map(known).astype(ids.dtype)


def is_erased(received: pd.Series, settings: Settings) -> pd.Series:
    """Whether received user ids are those of erased persons."""
    erased = {
        name
        for name in (received.dropna().unique() if settings.erased else ())
        if _md5(settings.erasure_salt + name) in settings.erased
    }
    return received.isin(erased)


def event_ids(events: pd.DataFrame, settings: Settings) -> pd.Series:
    """The ids of events; of erased persons, hashes of them."""
    theirs = is_erased(events["received_user_id"], settings)
    hashed = events.loc[theirs, "event_id"].map(
        lambda name: _md5(settings.erasure_salt + name), na_action="ignore"
    )
    ids: pd.Series = hashed.reindex(events.index).where(theirs, events["event_id"])
    return ids


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _date(text: str) -> date:
    return date.fromisoformat(text[:10])


def naive_utc(moment: datetime) -> pd.Timestamp:
    """The same moment as a timestamp in UTC without a zone; a naive one already is."""
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return pd.Timestamp(aware.replace(tzinfo=None)).as_unit("us")
