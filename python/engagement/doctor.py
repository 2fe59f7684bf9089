"""Looks a set-up over without building anything: each finding has its remedy."""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path

import duckdb

from engagement import runner
from engagement.checks import check as check_settings
from engagement.errors import UsageError
from engagement.inputs.reading import check as check_files
from engagement.project import Settings
from engagement.proposal.proposing import build_sources
from engagement.tables import connect

#: A build needs so many times the size of the inputs, and at least so much, in bytes.
TIMES_OF_INPUTS, LEAST_FREE = 2, 1 << 30
#: So many rows of events are looked at.
LOOKED_AT = 100_000
#: A smaller share of readable values is a wrong column rather than a few wrong rows.
READABLE = 0.99


class State(StrEnum):
    """What is thought of a finding."""

    good = "good"
    doubtful = "look at"
    wrong = "wrong"


@dataclass(frozen=True)
class Finding:
    """What was looked at, what was found, and what to do about it, if anything."""

    area: str
    state: State
    found: str
    remedy: str = ""

    def as_dict(self) -> dict[str, str]:
        """For --json."""
        return {name: str(value) for name, value in asdict(self).items()}


def examine(settings: Settings) -> Iterator[Finding]:
    """Looks at one area after the other; where one is wrong, those that need it are left out."""
    yield from _versions()
    given = list(_guarded("settings", lambda: _settings(settings)))
    yield from given
    if any(finding.state is State.wrong for finding in given):
        return
    yield from _guarded("disk", lambda: _disk(settings))
    yield from _guarded("permissions", lambda: _permissions(settings))
    files = list(_guarded("inputs", lambda: _files(settings)))
    yield from files
    if any(finding.state is State.wrong for finding in files):
        return
    if not settings.is_duckdb:
        yield from _guarded("mapping", lambda: _mapping_of_tables(settings))
        return
    with _scratch(settings) as scratch:
        seeds = list(_guarded("seeds", lambda: _seeds(scratch)))
        yield from seeds
        if not any(finding.state is State.wrong for finding in seeds):
            yield from _guarded("mapping", lambda: _mapping(scratch))


def _guarded(area: str, look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """The findings of an area; what stops a command is a finding here."""
    try:
        yield from look()
    except UsageError as error:
        for line in str(error).splitlines():
            found, _, remedy = line.partition(": ")
            yield Finding(area, State.wrong, found, remedy)
    except (OSError, duckdb.Error) as error:
        yield Finding(area, State.wrong, str(error).splitlines()[0])


@contextmanager
def _scratch(settings: Settings) -> Iterator[Settings]:
    """Settings with a DuckDB file of its own, in which to make what is to be looked at."""
    with tempfile.TemporaryDirectory(prefix="engagement-") as folder:
        own = replace(settings, database=Path(folder) / "doctor.duckdb")
        connect(own.working_file()).close()
        yield own


def _versions() -> Iterator[Finding]:
    found = ("product-engagement", "dbt-core", "dbt-duckdb", "duckdb")
    python = ".".join(str(part) for part in sys.version_info[:3])
    listed = ", ".join(f"{name} {version(name)}" for name in found)
    yield Finding("versions", State.good, f"Python {python}, {listed}")


def _settings(settings: Settings) -> Iterator[Finding]:
    check_settings(settings)
    given = settings.own_variables() | dict(settings.variables)
    changed = ", ".join(sorted(given)) or "none"
    yield Finding("settings", State.good, f"vars that are set: {changed}")


def _disk(settings: Settings) -> Iterator[Finding]:
    if not settings.is_duckdb:
        return
    folder = settings.database_file().resolve().parent
    free = shutil.disk_usage(_existing(folder)).free
    inputs = _size(settings.data_folder()) if settings.has_data_folder else 0
    needed = max(TIMES_OF_INPUTS * inputs, LEAST_FREE)
    told = f"{free / 1e9:,.1f} GB are free at {folder}, the inputs take {inputs / 1e9:,.2f} GB"
    if free >= needed:
        yield Finding("disk", State.good, told)
    else:
        yield Finding(
            "disk",
            State.doubtful,
            told,
            f"make room for {needed / 1e9:,.1f} GB, or name another place with --database",
        )


def _permissions(settings: Settings) -> Iterator[Finding]:
    if not settings.is_duckdb:
        return
    file = settings.database_file()
    folder = _existing(file.resolve().parent)
    for place in (folder, settings.target_folder().parent):
        if not os.access(_existing(place), os.W_OK):
            yield Finding(
                "permissions",
                State.wrong,
                f"{place} cannot be written to",
                "run as a user who may, or name another place with --database",
            )
    if file.is_file():
        with connect(file, read_only=True):
            yield Finding("permissions", State.good, f"{file} is there and can be read")
    else:
        yield Finding("permissions", State.good, f"{file} will be made by the first build")


def _seeds(settings: Settings) -> Iterator[Finding]:
    """The rules of the seeds are those of the model config_check."""
    outcome = runner.build(
        settings, ["--select", "+config_check", "--exclude-resource-type", "test"]
    )
    for node in outcome.failures:
        yield Finding("seeds", State.wrong, f"{node.name}: {node.message}", "correct the seed")
    if not outcome.failures:
        count = len(list(settings.seeds_folder().glob("*.csv")))
        yield Finding("seeds", State.good, f"{count} seeds in {settings.seeds_folder()} agree")


def _files(settings: Settings) -> Iterator[Finding]:
    reading = check_files(settings)
    if reading is None:
        yield Finding("inputs", State.good, f"tables of the target {settings.target_name()}")
        return
    for warning in reading.warnings:
        found, _, remedy = warning.partition(": ")
        yield Finding("inputs", State.doubtful, found, remedy)
    yield Finding(
        "inputs", State.good, f"{settings.data_folder()} has {', '.join(reading.relations)}"
    )


def _mapping(settings: Settings) -> Iterator[Finding]:
    """Whether the columns hold what they should, in some rows of events."""
    build_sources(settings)
    yield from _columns(settings)


def _mapping_of_tables(settings: Settings) -> Iterator[Finding]:
    """The same in a warehouse, where nothing may be made to be looked at."""
    if settings.all_variables()["sources"]:
        told = "vendors' tables and the values of seeds are looked at by the build alone"
        yield Finding("mapping", State.good, told)
        return
    try:
        yield from _columns(settings)
    except UsageError as error:
        told = f"events cannot be read yet ({str(error).splitlines()[0]})"
        yield Finding("mapping", State.doubtful, told, "the first build makes what reads them")
    yield Finding("seeds", State.good, "headers agree; values are looked at by the build alone")


def _columns(settings: Settings) -> Iterator[Finding]:
    """What can be read of some rows of events."""
    columns = ("event_id", "event_name", "user_id", "occurred_at", "account_id", "loaded_at")
    read = ", ".join(
        f"{{{{ input_column(events, '{column}') }}}} as {column}" for column in columns
    )
    rows = runner.read(
        settings,
        "{% set events = input('events') %}"
        f"select count(*) as n, {', '.join(f'count({name}) as {name}' for name in columns)}"
        f" from (select {read} from {{{{ events['from'] }}}} limit {LOOKED_AT}) as looked_at",
    ).iloc[0]
    total = int(rows["n"])
    if not total:
        yield Finding("mapping", State.wrong, "events has no row", "name other data")
        return
    for column in columns[:4]:
        share = int(rows[column]) / total
        if share < READABLE:
            yield Finding(
                "mapping",
                State.wrong if share < 0.5 else State.doubtful,
                f"events.{column} can be read in {share:.1%} of {total:,} rows",
                "name the column or expression that holds it in the var input_columns",
            )
    if not int(rows["account_id"]) and not _has_rows(
        settings, ("memberships", "users", "accounts")
    ):
        yield Finding(
            "mapping",
            State.doubtful,
            "no event has an account, and no table says who belongs to one",
            "map events.account_id, or give memberships or users.account_id; else only users have"
            " scores",
        )
    if not int(rows["loaded_at"]):
        days = settings.all_variables()["lookback_days"]
        yield Finding(
            "mapping",
            State.doubtful,
            f"no event says when it was loaded: what comes more than {days} days late is missed",
            "map events.loaded_at, or raise the var lookback_days",
        )
    yield Finding("mapping", State.good, f"{total:,} rows of events were looked at")


def _has_rows(settings: Settings, names: tuple[str, ...]) -> bool:
    queries = [f"select count(*) as n from {{{{ input('{name}')['from'] }}}}" for name in names]
    return any(int(frame["n"].iloc[0]) for frame in runner.read_all(settings, queries))


def _existing(folder: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    return next(place for place in (folder, *folder.parents) if place.exists())


def _size(folder: Path) -> int:
    total = 0
    for file in folder.rglob("*"):
        with suppress(OSError):
            total += file.stat().st_size if file.is_file() else 0
    return total
