"""What a run is given, before it starts: vars, environment variables and the headers of seeds."""

import csv
import os
import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from engagement.errors import UsageError, nearest
from engagement.inputs.contract import contracts_of, request_of
from engagement.project import Settings

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
#: The environment variables that mean something, and what their values must be; None: anything.
VARIABLES: dict[str, str | None] = {
    "ENGAGEMENT_AS_OF": "a date such as 2026-05-31",
    "ENGAGEMENT_BIGQUERY_LOCATION": None,
    "ENGAGEMENT_DATA": None,
    "ENGAGEMENT_DATABASE": None,
    "ENGAGEMENT_DBT_THREADS": "a whole number from 1 on",
    "ENGAGEMENT_FROM": "a date such as 2026-05-31",
    "ENGAGEMENT_MEMORY_LIMIT": "a size such as 8GB, or a share such as 80%",
    "ENGAGEMENT_READERS": "names of roles, separated by commas: letters, digits and underscores",
    "ENGAGEMENT_READ_UNTIL": "a date such as 2026-05-31",
    "ENGAGEMENT_SCHEMA": "a plain name: letters, digits and underscores",
    "ENGAGEMENT_SEEDS": None,
    "ENGAGEMENT_SLACK_WEBHOOK": None,
    "ENGAGEMENT_SPARK_AUTH": None,
    "ENGAGEMENT_SPARK_HOST": None,
    "ENGAGEMENT_SPARK_PORT": "a whole number from 1 on",
    "ENGAGEMENT_SPARK_USER": None,
    "ENGAGEMENT_TARGET": "a plain name: letters, digits and underscores",
    "ENGAGEMENT_TO": "a date such as 2026-05-31",
}


def check(settings: Settings) -> None:
    """Raises a UsageError for the first thing given that does not exist or is invalid."""
    _check_environment()
    _check_variables(settings)
    _check_seed_columns(settings)
    contracts_of(request_of(settings.project, settings.all_variables()))


def _check_environment() -> None:
    for name, value in sorted(os.environ.items()):
        if not name.startswith("ENGAGEMENT_"):
            continue
        if name not in VARIABLES:
            raise UsageError(f"There is no environment variable {name}{nearest(name, VARIABLES)}.")
        wanted = VARIABLES[name]
        if value and wanted and not _is(wanted, value):
            raise UsageError(f"{name} is {value}: it must be {wanted}.")


def _is(wanted: str, value: str) -> bool:
    """Whether a value is what is wanted, by the first words of it."""
    if wanted.startswith("a date"):
        return _reads(value, date.fromisoformat)
    if wanted.startswith("a whole number"):
        return value.isdecimal() and int(value) > 0
    if wanted.startswith("a size"):
        return bool(re.fullmatch(r"[\d.]+ ?(%|[KMGT]?i?B)", value, re.IGNORECASE))
    if wanted.startswith("names"):
        return all(NAME.fullmatch(name.strip()) for name in value.split(","))
    return bool(NAME.fullmatch(value))


def _check_variables(settings: Settings) -> None:
    defaults = yaml.safe_load((settings.project / "dbt_project.yml").read_text())["vars"]
    for name, value in settings.variables.items():
        if name not in defaults:
            raise UsageError(f"There is no var {name}{nearest(name, defaults)}.")
        _check_kind(name, value, defaults[name])
    variables = settings.all_variables()
    for name in ("as_of", "first_score_date", "earliest_event_date"):
        _check(name, variables[name], date.fromisoformat, "a date such as 2026-05-31")
    for name in ("reference_time", "loaded_before"):
        _check(name, variables[name], datetime.fromisoformat, "a time such as 2026-05-31 06:00")
    _check("timezone", variables["timezone"], ZoneInfo, "a zone such as Europe/Berlin")
    for name in ("score_history_days", "active_window_days", "min_accounts_with_outcome"):
        _check(name, variables[name], _positive, "a whole number from 1 on")
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


def _check(name: str, value: Any, read: Callable[[str], object], wanted: str) -> None:
    if value is not None and not _reads(str(value), read):
        raise UsageError(f"The var {name} is {value}: it must be {wanted}.")


def _reads(text: str, read: Callable[[str], object]) -> bool:
    try:
        read(text)
    except (ValueError, ZoneInfoNotFoundError, IsADirectoryError):
        return False
    return True


def _positive(text: str) -> int:
    if int(text) < 1:
        raise ValueError(text)
    return int(text)


def _check_seed_columns(settings: Settings) -> None:
    """Every seed has the columns that dbt_project.yml gives types to, or may lack them."""
    content = yaml.safe_load((settings.project / "dbt_project.yml").read_text())
    for name, config in content["seeds"]["product_engagement"].items():
        file = settings.seeds_folder() / f"{name}.csv"
        if name.startswith("+") or not file.is_file():
            continue
        with file.open(encoding="utf-8-sig", errors="replace", newline="") as opened:
            header = [column.strip() for column in next(csv.reader(opened), [])]
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
