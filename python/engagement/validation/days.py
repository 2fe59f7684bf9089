"""Days as numbers (1970-01-01 is 0), so that a window is an interval of integers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

EPOCH = date(1970, 1, 1)
CHUNK_ROWS = 4_000_000


def day_of(day: date) -> int:
    """The number of a calendar day."""
    return (day - EPOCH).days


def is_sunday(days: Ints) -> Flags:
    """Which days are Sundays (day 0 was a Thursday)."""
    flags: Flags = (days + 3) % 7 == 6
    return flags


def day_number(times: pd.Series, timezone: str) -> Floats:
    """The calendar day in `timezone` of UTC times without a zone; NaN where there is no time."""
    local = times.dt.tz_localize("UTC").dt.tz_convert(timezone).dt.tz_localize(None)
    return date_number(local)


def date_number(times: pd.Series) -> Floats:
    """The calendar day of times as they stand; NaN where there is none."""
    days = times.to_numpy("datetime64[D]")
    return np.where(np.isnat(days), np.nan, days.astype(np.int64))


def as_dates(days: Ints | Floats) -> NDArray[np.datetime64]:
    """Day numbers (NaN: none) as dates at midnight, for a public table."""
    known = np.isfinite(days)
    dates = np.full(len(days), "NaT", dtype="datetime64[D]")
    dates[known] = days[known].astype(np.int64).astype("datetime64[D]")
    return dates.astype("datetime64[s]")


def over_windows(
    daily: pd.DataFrame, dates: Ints, window_days: int, chunk_rows: int = CHUNK_ROWS
) -> Iterator[pd.DataFrame]:
    """The rows of `daily` once for each score date D with day in (D - window_days, D].

    `daily` is sorted by `day`. Yields frames with a column `score_date` more, of about
    `chunk_rows` rows, each with whole score dates: what is grouped by date can be grouped by chunk.
    """
    days = daily["day"].to_numpy()
    starts = np.searchsorted(days, dates - window_days, side="right")
    sizes = np.searchsorted(days, dates, side="right") - starts
    for chunk in np.split(np.arange(len(dates)), _chunk_ends(sizes, chunk_rows)):
        size = sizes[chunk]
        offset = np.repeat(starts[chunk] - np.cumsum(size) + size, size)
        yield daily.take(offset + np.arange(size.sum())).assign(
            score_date=np.repeat(dates[chunk], size)
        )


def _chunk_ends(sizes: Ints, chunk_rows: int) -> Ints:
    """Where to cut consecutive sizes so that each piece starts a new multiple of `chunk_rows`."""
    return np.flatnonzero(np.diff(np.cumsum(sizes) // chunk_rows)) + 1
