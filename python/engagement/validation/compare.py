"""Compares two tables: the rows and the values that differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from .days import Flags, Ints

TOLERANCE = 1e-9
MISSING, PRESENT, REPEATED = "missing", "present", "repeated"
ROW, COLUMN, TABLE = "(row)", "(column)", "(table)"


@dataclass(frozen=True)
class Difference:
    """One difference: of a value, or of a whole row, column or table.

    `key` is the row's, empty for a column or table. `column` is None for a whole row or table;
    `expected` and `actual` are then whether it is there: missing, present or repeated.
    """

    table: str
    key: Mapping[str, object]
    column: str | None
    expected: object
    actual: object


@dataclass
class TableCheck:
    """The comparison of one table.

    `rows` found on both sides, `columns` besides the keys, `values` compared. `counts` is the
    number of differences by column; `differences` are the first few of each.
    """

    table: str
    rows: int = 0
    columns: int = 0
    values: int = 0
    is_sampled: bool = False
    counts: dict[str, int] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)

    @property
    def different(self) -> int:
        """The number of all differences."""
        return sum(self.counts.values())

    def add(self, what: str, found: int, shown: Sequence[Difference]) -> None:
        """Count differences of one column (or of rows, columns, the table)."""
        if found:
            self.counts[what] = self.counts.get(what, 0) + found
            self.differences += shown


def compare(
    expected: pd.DataFrame,
    actual: pd.DataFrame,
    keys: Sequence[str],
    table: str = "",
    limit: int | None = None,
) -> list[Difference]:
    """The differences between two tables, all of them or the first `limit` of each column.

    Floats are equal within 1e-9 x max(1, |a|, |b|), all else exactly, null equals null. NaN is
    null; infinity equals nothing. Columns that only `actual` has are not looked at.
    """
    return check_table(expected, actual, keys, table, limit).differences


def check_table(
    expected: pd.DataFrame,
    actual: pd.DataFrame,
    keys: Sequence[str],
    table: str = "",
    limit: int | None = None,
) -> TableCheck:
    """The same, and what was compared."""
    check = TableCheck(table)
    absent = [column for column in expected.columns if column not in actual.columns]
    check.add(
        COLUMN, len(absent), [Difference(table, {}, c, PRESENT, MISSING) for c in absent[:limit]]
    )
    if set(absent) & set(keys):
        return check

    pairs = _pair(expected, actual, keys)
    for rows, frame, said in (
        (pairs.missing, expected, (PRESENT, MISSING)),
        (pairs.unexpected, actual, (MISSING, PRESENT)),
        (pairs.repeated, actual, (PRESENT, REPEATED)),
    ):
        shown = [Difference(table, _key(frame, row, keys), None, *said) for row in rows[:limit]]
        check.add(ROW, len(rows), shown)

    columns = [c for c in expected.columns if c not in keys and c not in absent]
    left, right = expected.take(pairs.expected), actual.take(pairs.actual)
    for column in columns:
        wrong = np.flatnonzero(~equal(left[column], right[column]))
        shown = [
            Difference(table, _key(left, row, keys), column, *_both(left, right, column, row))
            for row in wrong[:limit]
        ]
        check.add(column, len(wrong), shown)
    check.rows, check.columns, check.values = len(left), len(columns), len(left) * len(columns)
    return check


# -- rows --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Pairs:
    """Positions of rows: pairs with the same key, and the rows without a partner of their own."""

    expected: Ints
    actual: Ints
    missing: Ints
    unexpected: Ints
    repeated: Ints


def _pair(expected: pd.DataFrame, actual: pd.DataFrame, keys: Sequence[str]) -> _Pairs:
    """Rows by key. A null in a key is a value like any other."""
    both = pd.DataFrame(
        {
            key: pd.concat(
                [_comparable(expected[key], expected[key]), _comparable(actual[key], expected[key])]
            ).to_numpy()
            for key in keys
        }
    )
    codes = both.groupby(list(keys), dropna=False, sort=False).ngroup()
    of_expected = codes.iloc[: len(expected)].reset_index(drop=True)
    of_actual = codes.iloc[len(expected) :].reset_index(drop=True)
    if of_expected.duplicated().any():
        raise ValueError(f"The expected rows are not unique by {', '.join(keys)}.")
    repeated = of_actual.duplicated()
    first = of_actual[~repeated]
    position = pd.Series(first.index, index=first.to_numpy()).reindex(of_expected, fill_value=-1)
    found = position.to_numpy() >= 0
    return _Pairs(
        expected=np.flatnonzero(found),
        actual=position.to_numpy()[found],
        missing=np.flatnonzero(~found),
        unexpected=first.index[~first.isin(of_expected)].to_numpy(),
        repeated=np.flatnonzero(repeated),
    )


def _key(frame: pd.DataFrame, row: int, keys: Sequence[str]) -> dict[str, object]:
    return {key: _shown(frame[key].iloc[row]) for key in keys}


def _both(left: pd.DataFrame, right: pd.DataFrame, column: str, row: int) -> tuple[object, object]:
    return _shown(left[column].iloc[row]), _shown(right[column].iloc[row])


def _shown(value: object) -> object:
    """A cell to print: null is None, midnight is a date."""
    if pd.isna(value):  # type: ignore[call-overload]
        return None
    if isinstance(value, pd.Timestamp):
        return value.date() if value == value.normalize() else value.to_pydatetime()
    return value.item() if isinstance(value, np.generic) else value


# -- values ------------------------------------------------------------------------------------


def equal(expected: pd.Series, actual: pd.Series) -> Flags:
    """(rows,): whether the values are equal, by the type of `expected`."""
    left, right = _comparable(expected, expected), _comparable(actual, expected)
    if pd.api.types.is_float_dtype(expected.dtype):
        same = _close(left.to_numpy(dtype="float64"), right.to_numpy(dtype="float64"))
    else:
        same = np.asarray(left.to_numpy(dtype=object) == right.to_numpy(dtype=object), dtype=bool)
    null_left, null_right = expected.isna().to_numpy(), actual.isna().to_numpy()
    flags: Flags = (null_left & null_right) | (~null_left & ~null_right & same)
    return flags


def _close(a: Ints, b: Ints) -> Flags:
    with np.errstate(invalid="ignore"):
        allowed = TOLERANCE * np.maximum(1, np.maximum(np.abs(a), np.abs(b)))
        flags: Flags = np.isfinite(a) & np.isfinite(b) & (np.abs(a - b) <= allowed)
    return flags


def _comparable(values: pd.Series, like: pd.Series) -> pd.Series:
    """Values in one form per type of `like`; what does not fit the type becomes null."""
    if pd.api.types.is_datetime64_any_dtype(like.dtype):
        times = pd.to_datetime(values, errors="coerce", utc=True)
        return times.dt.tz_localize(None).dt.as_unit("us")
    if pd.api.types.is_float_dtype(like.dtype):
        return pd.to_numeric(values, errors="coerce").astype("float64")
    return values.astype(object).where(values.notna(), None)
