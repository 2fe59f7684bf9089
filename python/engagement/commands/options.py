"""Options shared by several commands, and the settings of a run made from them."""

import sys
from collections.abc import Callable, Sequence
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
import yaml
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from engagement.checks import check
from engagement.errors import UsageError
from engagement.project import Settings, find_project, profile_targets

WIDTH = 110  # of output that goes to a file or a log
out = Console() if sys.stdout.isatty() else Console(width=WIDTH)
err = Console(stderr=True)

Result = TypeVar("Result")


class EntityType(StrEnum):
    """The kind of entity that is scored."""

    user = "user"
    account = "account"


class FileFormat(StrEnum):
    """The format of exported files."""

    csv = "csv"
    parquet = "parquet"
    jsonl = "jsonl"


class Page(StrEnum):
    """What is shown beside the main tables."""

    lost = "lost"


class Crm(StrEnum):
    """The CRM whose format an export has."""

    hubspot = "hubspot"
    salesforce = "salesforce"
    intercom = "intercom"


class Outcome(StrEnum):
    """The state of an account at the horizon."""

    retained = "retained"
    churned = "churned"
    expanded = "expanded"
    contracted = "contracted"


class Subject(StrEnum):
    """What is fitted to outcomes."""

    weights = "weights"
    risk = "risk"


class Claim(StrEnum):
    """What is tested against outcomes."""

    score = "score"
    actions = "actions"


class CompanyKind(StrEnum):
    """The kinds of companies that can be simulated: `engagement.simulate.kinds`."""

    saas = "saas"
    weekly = "weekly"
    monthly = "monthly"
    seasonal = "seasonal"
    agency = "agency"
    few_large = "few_large"


class Vendor(StrEnum):
    """The vendors in whose tables a company can be written: `engagement.simulate.layouts`."""

    segment = "segment"
    rudderstack = "rudderstack"
    snowplow = "snowplow"
    amplitude = "amplitude"
    mixpanel = "mixpanel"
    posthog = "posthog"
    pendo = "pendo"
    ga4 = "ga4"


def day(flag: str, text: str) -> Any:
    """An option that takes a date."""
    return typer.Option(flag, formats=["%Y-%m-%d"], metavar="DATE", help=text)


DataOption = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", help="Folder of inputs; else ENGAGEMENT_DATA."),
]
DatabaseOption = Annotated[
    Path | None,
    typer.Option("--database", metavar="FILE", help="DuckDB file; else ENGAGEMENT_DATABASE."),
]
SeedsOption = Annotated[
    Path | None,
    typer.Option("--seeds", metavar="DIR", help="Folder of configuration seeds; else seeds/."),
]
AsOfOption = Annotated[
    datetime | None, day("--as-of", "Last day that counts; else the last complete day.")
]
VarsOption = Annotated[
    str | None,
    typer.Option(
        "--vars", metavar="YAML", help="Vars of the project: '{timezone: Europe/Berlin}'."
    ),
]
TargetOption = Annotated[
    str | None,
    typer.Option("--target", metavar="NAME", help="Target in profiles.yml; else duckdb."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object, for schedulers.")]
SamplesOption = Annotated[
    int,
    typer.Option(
        "--bootstrap-samples",
        min=100,
        metavar="N",
        help="Samples of accounts behind each interval.",
    ),
]


def settings_of(
    *,
    data: Path | None = None,
    database: Path | None = None,
    seeds: Path | None = None,
    as_of: datetime | None = None,
    variables: str | None = None,
    target: str | None = None,
    only_reads: bool = False,
    is_checked: bool = True,
) -> Settings:
    """Settings from the options of a command, which may only read tables.

    is_checked: stop at what is invalid; else the command looks itself.

    Raises:
        UsageError: A folder does not exist, or a var has an invalid value.
    """
    settings = Settings(
        find_project(only_reads),
        data,
        database,
        seeds,
        as_of.date() if as_of else None,
        target,
        variables=_variables(variables),
    )
    for option, folder in (("--data", data), ("--seeds", seeds)):
        if folder is not None and not folder.is_dir():
            raise UsageError(f"{option} {folder} is not a directory: name an existing one.")
    if is_checked:
        check(settings)
    return settings


def band_and_target(names: Sequence[str]) -> tuple[str | None, str | None]:
    """The band and the target in profiles.yml that --target names, in any order.

    Raises:
        UsageError: It names several bands, or several targets.
    """
    known = profile_targets(find_project(only_reads=True))
    targets = [name for name in names if name in known]
    bands = [name for name in names if name not in known]
    for several in (bands, targets):
        if len(several) > 1:
            raise UsageError(f"--target is {' and '.join(several)}: name one of them.")
    return (bands[0] if bands else None), (targets[0] if targets else None)


def range_of(first_day: datetime | None, last_day: datetime | None) -> tuple[date, date] | None:
    """The dates of --from and --to; None without both."""
    if first_day is None and last_day is None:
        return None
    if first_day is None or last_day is None or first_day > last_day:
        raise UsageError("--from and --to name the first and the last day of a range: give both.")
    return first_day.date(), last_day.date()


def usable(call: Callable[[], Result]) -> Result:
    """Calls a function; turns its ValueError or FileNotFoundError into a UsageError."""
    try:
        return call()
    except (ValueError, FileNotFoundError) as error:
        raise UsageError(str(error)) from error


def progress_bar(hidden: bool = False) -> Progress:
    """A progress bar on standard error, if that is a terminal."""
    return Progress(
        TextColumn("{task.description:<32.32}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err,
        transient=True,
        disable=hidden or not err.is_terminal,
    )


def _variables(text: str | None) -> dict[str, Any]:
    try:
        content = yaml.safe_load(text or "{}")
    except yaml.YAMLError:
        content = None
    if not isinstance(content, dict):
        raise UsageError(
            f"--vars {text} is not a YAML mapping: write it as '{{timezone: Europe/Berlin}}'."
        )
    return content
