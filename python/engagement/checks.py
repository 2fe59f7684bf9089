"""What a run is given, before it starts: vars, environment variables and the headers of seeds."""

import csv
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engagement.errors import UsageError, nearest
from engagement.inputs.contract import contracts_of, request_of
from engagement.project import Settings

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Kind:
    """What a value must be, in words and as a test."""

    words: str
    holds: Callable[[str], bool]


def _reads(text: str, read: Callable[[str], object]) -> bool:
    try:
        read(text)
    except (ValueError, ZoneInfoNotFoundError, IsADirectoryError):
        return False
    return True


def _are_names(text: str) -> bool:
    return all(NAME.fullmatch(name.strip()) for name in text.split(","))


def _is_size(text: str) -> bool:
    return bool(re.fullmatch(r"[\d.]+ ?(%|[KMGT]?i?B)", text, re.IGNORECASE))


ANYTHING = Kind("anything", lambda _: True)
PLAIN_NAME = Kind(
    "a plain name: letters, digits and underscores", lambda text: bool(NAME.fullmatch(text))
)
ROLES = Kind("names of roles, separated by commas: letters, digits and underscores", _are_names)
DATE = Kind("a date such as 2026-05-31", lambda text: _reads(text, date.fromisoformat))
TIME = Kind("a time such as 2026-05-31 06:00", lambda text: _reads(text, datetime.fromisoformat))
ZONE = Kind("a zone such as Europe/Berlin", lambda text: _reads(text, ZoneInfo))
COUNT = Kind("a whole number from 1 on", lambda text: text.isdecimal() and int(text) > 0)
SHARE = Kind("a share from 0 to 1", lambda text: _reads(text, float) and 0 <= float(text) <= 1)
GATE = Kind("warn or stop", lambda text: text in ("warn", "stop"))
SIZE = Kind("a size such as 8GB, or a share such as 80%", _is_size)

#: The environment variables that mean something.
ENVIRONMENT = {
    "ENGAGEMENT_AS_OF": DATE,
    "ENGAGEMENT_BIGQUERY_LOCATION": ANYTHING,
    "ENGAGEMENT_DATA": ANYTHING,
    "ENGAGEMENT_DATABASE": ANYTHING,
    "ENGAGEMENT_DBT_THREADS": COUNT,
    "ENGAGEMENT_FROM": DATE,
    "ENGAGEMENT_INPUT_DATABASE": ANYTHING,
    "ENGAGEMENT_MEMORY_LIMIT": SIZE,
    "ENGAGEMENT_PSEUDONYM_SALT": ANYTHING,
    "ENGAGEMENT_READERS": ROLES,
    "ENGAGEMENT_READ_UNTIL": DATE,
    "ENGAGEMENT_SCHEMA": PLAIN_NAME,
    "ENGAGEMENT_SEEDS": ANYTHING,
    "ENGAGEMENT_SLACK_WEBHOOK": ANYTHING,
    "ENGAGEMENT_SPARK_AUTH": ANYTHING,
    "ENGAGEMENT_SPARK_HOST": ANYTHING,
    "ENGAGEMENT_SPARK_PORT": COUNT,
    "ENGAGEMENT_SPARK_USER": ANYTHING,
    "ENGAGEMENT_TARGET": PLAIN_NAME,
    "ENGAGEMENT_TO": DATE,
}
#: The vars whose kind their default does not tell.
VARIABLES = {
    **dict.fromkeys(("as_of", "first_score_date", "earliest_event_date"), DATE),
    **dict.fromkeys(("reference_time", "loaded_before"), TIME),
    "timezone": ZONE,
    "volume_gate": GATE,
    "action_holdout": SHARE,
    **dict.fromkeys(
        ("score_history_days", "active_window_days", "min_accounts_with_outcome"), COUNT
    ),
}


def check(settings: Settings) -> None:
    """Raises a UsageError for the first thing given that does not exist or is invalid."""
    _check_environment()
    _check_variables(settings)
    _check_seed_columns(settings)
    contracts_of(request_of(settings.package, settings.all_variables()))


def _check_environment() -> None:
    for name, value in sorted(os.environ.items()):
        if not name.startswith("ENGAGEMENT_"):
            continue
        if name not in ENVIRONMENT:
            raise UsageError(
                f"There is no environment variable {name}{nearest(name, ENVIRONMENT)}."
            )
        if value and not ENVIRONMENT[name].holds(value):
            raise UsageError(f"{name} is {value}: it must be {ENVIRONMENT[name].words}.")


def _check_variables(settings: Settings) -> None:
    defaults = settings.project_file()["vars"]
    for name, value in (settings.own_variables() | dict(settings.variables)).items():
        if name not in defaults:
            raise UsageError(f"There is no var {name}{nearest(name, defaults)}.")
        _check_kind(name, value, defaults[name])
    variables = settings.all_variables()
    for name, kind in VARIABLES.items():
        value = variables[name]
        if value is not None and not kind.holds(str(value)):
            raise UsageError(f"The var {name} is {value}: it must be {kind.words}.")
    for day in variables["quiet_days"]:
        if not DATE.holds(str(day)):
            raise UsageError(f"The var quiet_days has {day}: it must be {DATE.words}.")
    today = datetime.now(ZoneInfo(variables["timezone"])).date()
    as_of = variables["as_of"]
    if as_of and date.fromisoformat(str(as_of)) >= today:
        raise UsageError(f"as_of {as_of} is not over: name a day before today, {today}.")


def _check_kind(name: str, value: Any, default: Any) -> None:
    """A var is a number, a list, a mapping or a flag if its default is one."""
    kinds = {
        bool: "true or false",
        int: "a number",
        float: "a number",
        list: "a list",
        dict: "a mapping",
    }
    kind = type(default)
    if kind not in kinds or value is None:
        return
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not (is_number if kind in (int, float) else isinstance(value, kind)):
        raise UsageError(f"The var {name} is {value}: it must be {kinds[kind]}.")


def _check_seed_columns(settings: Settings) -> None:
    """Every seed is there, with the columns that dbt_project.yml gives types to, or may lack."""
    named = settings.own_variables().get("own_seeds") or []
    for name, config in settings.project_file()["seeds"]["product_engagement"].items():
        file = settings.seeds_folder() / f"{name}.csv"
        if name.startswith("+"):
            continue
        if not file.is_file():
            if name in named:
                raise UsageError(f"There is no seed {file}: put it back, if only with its header.")
            continue
        with file.open(encoding="utf-8-sig", errors="replace", newline="") as opened:
            rows = csv.reader(opened)
            header = [column.strip() for column in next(rows, [])]
            lines = [(rows.line_num, len(row)) for row in rows if any(row)]
        known = list(config["+column_types"])
        for column in header:
            if column not in known:
                raise UsageError(f"{file} has the column {column}{nearest(column, known)}.")
        optional = config.get("+meta", {}).get("optional", [])
        missing = [column for column in known if column not in [*header, *optional]]
        if missing:
            raise UsageError(
                f"{file} lacks the column {', '.join(missing)}: add it to the header, and to every"
                " row, empty if there is nothing to say."
            )
        for line, values in lines:
            if values != len(header):
                raise UsageError(
                    f"{file}: line {line} has {values} values, and the header {len(header)}."
                )
