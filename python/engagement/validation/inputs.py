"""The raw inputs, read as text and cleaned: nothing is trusted, nothing is counted yet."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from .days import date_number, day_number
from .seeds import TRUE_WORDS
from .settings import Settings

ISO_TIME = r"\d{4}-\d{2}-\d{2}" + (
    r"(?:[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?(?:Z|UTC|[+-]\d{2}(?::?\d{2})?))?)?"
)
CSV_BLOCK_BYTES = 16 << 20


@dataclass(frozen=True)
class Inputs:
    """The inputs, one row per raw row. Times (`_at`) are UTC, days (`_on`, `day`) numbers or NaN.

    events           event_id, event_name, user_id, account_id, occurred_text (null: none given),
                     occurred_at (null: none or unparsable), loaded_at, day
    users            user_id, account_id, created_at, created_on, email, role, is_internal,
                     is_champion
    accounts         account_id, parent_account_id, name, created_at, created_on, plan, status,
                     trial_ends_on, renews_on, industry, owner, seats
    memberships      user_id, account_id, valid_from, from_day (-inf: always), to_day (inf: for
                     ever; the first day after)
    account_history  account_id, day, plan, status, owner; by valid_from
    subscriptions    account_id, day, mrr
    account_facts    account_id, day, name, value
    resolved         alias -> user, followed to the end
    """

    events: pd.DataFrame
    users: pd.DataFrame
    accounts: pd.DataFrame
    memberships: pd.DataFrame
    account_history: pd.DataFrame
    subscriptions: pd.DataFrame
    account_facts: pd.DataFrame
    resolved: dict[str, str]


def read_inputs(settings: Settings) -> Inputs:
    """All inputs in `settings.data`; a missing input is empty."""
    resolved = _resolved(settings.data)
    users = _users(settings)
    return Inputs(
        events=_events(settings),
        users=users[~users["user_id"].isin(list(resolved))].reset_index(drop=True),
        accounts=_accounts(settings),
        memberships=_memberships(settings.data, resolved),
        account_history=_account_history(settings.data),
        subscriptions=_subscriptions(settings.data),
        account_facts=_account_facts(settings.data),
        resolved=resolved,
    )


def read_properties(folder: Path) -> pd.Series:
    """The `properties` of each row of events, read separately since few rows need them."""
    return read_columns(folder, "events", "properties")["properties"]


# -- tables ------------------------------------------------------------------------------------


def _events(settings: Settings) -> pd.DataFrame:
    rows = read_columns(
        settings.data,
        "events",
        "event_id event_name user_id account_id occurred_at loaded_at",
    )
    occurred_at = utc(rows["occurred_at"])
    return pd.DataFrame(
        {
            "event_id": not_blank(rows["event_id"]),
            "event_name": not_blank(rows["event_name"]),
            "user_id": not_blank(rows["user_id"]),
            "account_id": not_blank(rows["account_id"]),
            "occurred_text": not_blank(rows["occurred_at"].astype("str")),
            "occurred_at": occurred_at,
            "loaded_at": utc(rows["loaded_at"]),
            "day": day_number(occurred_at, settings.timezone),
        }
    )


def _users(settings: Settings) -> pd.DataFrame:
    rows = read_columns(
        settings.data,
        "users",
        "user_id account_id created_at email role is_internal is_champion",
    )
    created_at = utc(rows["created_at"])
    users = rows.assign(
        user_id=not_blank(rows["user_id"]),
        account_id=not_blank(rows["account_id"]),
        created_at=created_at,
        created_on=day_number(created_at, settings.timezone),
        is_internal=_flags(rows["is_internal"]),
        is_champion=_flags(rows["is_champion"]),
    )
    return users.dropna(subset="user_id").drop_duplicates("user_id", ignore_index=True)


def _accounts(settings: Settings) -> pd.DataFrame:
    rows = read_columns(
        settings.data,
        "accounts",
        "account_id parent_account_id name created_at plan status trial_ends_on renews_on industry"
        " owner seats",
    )
    created_at = utc(rows["created_at"])
    accounts = rows.assign(
        account_id=not_blank(rows["account_id"]),
        created_at=created_at,
        created_on=day_number(created_at, settings.timezone),
        trial_ends_on=date_number(utc(rows["trial_ends_on"])),
        renews_on=date_number(utc(rows["renews_on"])),
        seats=pd.to_numeric(rows["seats"], errors="coerce").astype("float64"),
    )
    return accounts.dropna(subset="account_id").drop_duplicates("account_id", ignore_index=True)


def _memberships(folder: Path, resolved: dict[str, str]) -> pd.DataFrame:
    rows = read_columns(folder, "memberships", "user_id account_id valid_from valid_to")
    valid_from = utc(rows["valid_from"])
    from_day = date_number(valid_from)
    to_day = date_number(utc(rows["valid_to"]))
    memberships = pd.DataFrame(
        {
            "user_id": resolve(not_blank(rows["user_id"]), resolved),
            "account_id": not_blank(rows["account_id"]),
            "valid_from": valid_from,
            "from_day": np.where(np.isnan(from_day), -np.inf, from_day),
            "to_day": np.where(np.isnan(to_day), np.inf, to_day),
        }
    )
    return memberships.dropna(subset=["user_id", "account_id"], ignore_index=True)


def _account_history(folder: Path) -> pd.DataFrame:
    rows = read_columns(folder, "account_history", "account_id valid_from plan status owner")
    valid_from = utc(rows["valid_from"])
    history = rows.assign(
        account_id=not_blank(rows["account_id"]),
        valid_from=valid_from,
        day=date_number(valid_from),
    )
    return history.dropna(subset=["account_id", "valid_from"]).sort_values(
        "valid_from", kind="stable", ignore_index=True
    )


def _subscriptions(folder: Path) -> pd.DataFrame:
    rows = read_columns(folder, "subscriptions", "account_id month mrr")
    return pd.DataFrame(
        {
            "account_id": not_blank(rows["account_id"]),
            "day": date_number(utc(rows["month"])),
            "mrr": pd.to_numeric(rows["mrr"], errors="coerce").astype("float64"),
        }
    ).dropna(subset=["account_id", "day"], ignore_index=True)


def _account_facts(folder: Path) -> pd.DataFrame:
    rows = read_columns(folder, "account_facts", "account_id measured_on name value")
    return pd.DataFrame(
        {
            "account_id": not_blank(rows["account_id"]),
            "day": date_number(utc(rows["measured_on"])),
            "name": not_blank(rows["name"]),
            "value": pd.to_numeric(rows["value"], errors="coerce").astype("float64"),
        }
    ).dropna(ignore_index=True)


def _resolved(folder: Path) -> dict[str, str]:
    """Alias -> user, each chain followed to its end. A chain that never ends is an error."""
    rows = read_columns(folder, "identities", "alias_id user_id")
    rows = rows.assign(alias_id=not_blank(rows["alias_id"]), user_id=not_blank(rows["user_id"]))
    rows = rows.dropna().query("alias_id != user_id").sort_values("user_id")
    rows = rows.drop_duplicates("alias_id")
    step: dict[str, str] = dict(zip(rows["alias_id"], rows["user_id"], strict=True))
    ends = {}
    for alias in step:
        end, steps = alias, 0
        while end in step:
            end, steps = step[end], steps + 1
            if steps > len(step):
                raise ValueError(f"identities: the chain of alias {alias!r} never ends.")
        ends[alias] = end
    return ends


def resolve(user_ids: pd.Series, resolved: dict[str, str]) -> pd.Series:
    """Each user id, or what `identities` says it is."""
    return user_ids.map(resolved).astype("str").fillna(user_ids)


# -- cells -------------------------------------------------------------------------------------


def not_blank(text: pd.Series) -> pd.Series:
    """Text as it is; null if it has only spaces."""
    return text.where(text.str.strip(" ") != "")


def utc(times: pd.Series) -> pd.Series:
    """UTC times without a zone, in microseconds; null where there is none or it is unparsable."""
    if pd.api.types.is_datetime64_dtype(times):
        return times
    times = times.str.strip(" ")
    iso = times.where(times.str.fullmatch(ISO_TIME))
    iso = iso.str.replace(r" ?(?:UTC|Z)$", "Z", regex=True)
    iso = iso.str.replace(r" ([+-])", r"\1", regex=True)
    iso = iso.str.replace(r"(\.\d{6})\d+", r"\1", regex=True)
    parsed = pd.to_datetime(iso, format="ISO8601", utc=True, errors="coerce")
    return parsed.dt.tz_localize(None).dt.as_unit("us")


def _flags(text: pd.Series) -> pd.Series:
    return text.str.lower().isin(TRUE_WORDS)


# -- files -------------------------------------------------------------------------------------


def read_columns(folder: Path, name: str, columns: str) -> pd.DataFrame:
    """The named columns of input `name`: text, or UTC times where the file has typed times.

    The input is NAME.parquet, NAME.csv, NAME.csv.gz, NAME.jsonl or a folder NAME of parquet files.

    Raises:
        ValueError: There are no events. Any other input may be missing, and is then empty.
    """
    wanted = columns.split()
    readers: dict[str, Callable[[Path, list[str]], pa.Table]] = {
        f"{name}.parquet": _parquet,
        f"{name}.csv": _csv,
        f"{name}.csv.gz": _csv,
        f"{name}.jsonl": _jsonl,
        **({name: _parquet_folder} if _parquet_files(folder / name) else {}),
    }
    for file, read in readers.items():
        if (folder / file).exists():
            frame: pd.DataFrame = read(folder / file, wanted).to_pandas()
            return frame.astype({c: "str" for c in wanted if frame[c].dtype == object})
    if name == "events":
        raise ValueError(
            f"There are no events at {folder}: name the folder that the tables were built from."
        )
    return pd.DataFrame({column: pd.Series(dtype="str") for column in wanted})


def _csv(path: Path, columns: list[str]) -> pa.Table:
    return pa.csv.read_csv(
        path,
        read_options=pa.csv.ReadOptions(block_size=CSV_BLOCK_BYTES),
        parse_options=pa.csv.ParseOptions(newlines_in_values=True),
        convert_options=pa.csv.ConvertOptions(
            include_columns=columns,
            include_missing_columns=True,
            column_types=dict.fromkeys(columns, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
        ),
    )


def _jsonl(path: Path, columns: list[str]) -> pa.Table:
    opener = gzip.open if path.suffix == ".gz" else open
    values: dict[str, list[str | None]] = {column: [] for column in columns}
    with opener(path, "rt", encoding="utf-8") as lines:
        for row in (json.loads(line) for line in lines if line.strip()):
            for column in columns:
                values[column].append(_json_text(row.get(column)))
    return pa.table({column: pa.array(cells, pa.string()) for column, cells in values.items()})


def _json_text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _parquet(path: Path, columns: list[str]) -> pa.Table:
    file = pa.parquet.ParquetFile(path)
    found = file.read(columns=[c for c in columns if c in file.schema_arrow.names])
    return pa.table({column: _cells(found, column) for column in columns})


def _parquet_folder(path: Path, columns: list[str]) -> pa.Table:
    return pa.concat_tables(_parquet(file, columns) for file in _parquet_files(path))


def _parquet_files(path: Path) -> list[Path]:
    return sorted(path.rglob("*.parquet"))


def _cells(table: pa.Table, column: str) -> pa.ChunkedArray | pa.Array:
    """A parquet column as text, or as UTC microseconds if it is a time."""
    if column not in table.column_names:
        return pa.nulls(table.num_rows, pa.string())
    cells = table.column(column)
    if pa.types.is_dictionary(cells.type):
        cells = cells.cast(cells.type.value_type)
    if pa.types.is_timestamp(cells.type):
        zone = cells.type.tz and "UTC"
        return cells.cast(pa.timestamp("us", zone), safe=False).cast(pa.timestamp("us"))
    if pa.types.is_nested(cells.type):
        return pa.array([_json_text(cell) for cell in cells.to_pylist()], pa.string())
    return cells.cast(pa.string())
