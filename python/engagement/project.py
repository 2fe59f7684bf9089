"""The folder of the dbt project, and the settings of a run."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from engagement.errors import UsageError
from engagement.publication import working_file

#: The dbt project, and what a project of the user's own calls the link to it (engagement init).
NAME = "product_engagement"
LINK = f".{NAME}"
#: The folder of the checkout, if the command runs from one.
CHECKOUT = Path(__file__).resolve().parents[2]
#: Where the dbt project comes from: the checkout, else the copy in the wheel, which is only read.
BUNDLED = Path(__file__).resolve().parent / NAME
PACKAGE = CHECKOUT if (CHECKOUT / "dbt_project.yml").is_file() else BUNDLED
PROJECT_FILE = "dbt_project.yml"
DEFAULT_DATABASE = "scores.duckdb"
DEFAULT_SEEDS = "seeds"
DEFAULT_SCHEMA = "engagement"


def find_project(only_reads: bool = False) -> Path:
    """The dbt project of the working folder, or of one above it; without any, that of the command.

    only_reads: a command that only reads tables is served in any project, by that of the command.

    Raises:
        UsageError: It is a project that engagement init has not made.
    """
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / PROJECT_FILE).is_file():
            if name_of(folder) == NAME:
                return folder
            if not is_linked(folder):
                if only_reads:
                    return PACKAGE
                raise UsageError(
                    f"{folder} is a dbt project that engagement init has not made: run dbt there,"
                    " or engagement in another folder. Its tables are read by show, explain,"
                    " digest, export and history, with --database."
                )
            link_package(folder)
            return folder
    return PACKAGE


def is_linked(folder: Path) -> bool:
    """Whether a project installs the package by the link that engagement init makes."""
    packages = folder / "packages.yml"
    return packages.is_file() and LINK in packages.read_text()


def name_of(folder: Path) -> str:
    """The name of a dbt project."""
    file = folder / PROJECT_FILE
    return str(_content_of(file)["name"])


def profile_targets(folder: Path) -> set[str]:
    """The targets of the profiles of a dbt project."""
    file = folder / "profiles.yml"
    profiles = yaml.safe_load(file.read_text()) if file.is_file() else {}
    return {
        target
        for profile in profiles.values()
        if isinstance(profile, dict)
        for target in profile.get("outputs") or {}
    }


def link_package(folder: Path) -> None:
    """Makes the link of a project point to the package, wherever that is installed now."""
    link = folder / LINK
    if link.resolve() != PACKAGE:
        link.unlink(missing_ok=True)
        link.symlink_to(PACKAGE, target_is_directory=True)
    installed = folder / "dbt_packages" / NAME
    if not installed.exists():  # as dbt deps does
        installed.parent.mkdir(exist_ok=True)
        installed.unlink(missing_ok=True)
        installed.symlink_to(Path("..") / LINK, target_is_directory=True)


@dataclass(frozen=True)
class Settings:
    """The settings of one run; None leaves a setting to the environment or the default."""

    project: Path
    data: Path | None = None
    database: Path | None = None
    seeds: Path | None = None
    as_of: date | None = None
    target: str | None = None
    read_again: tuple[date, date] | None = None
    read_until: date | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        """The environment variables that the dbt project reads."""
        data, database = self._named_data(), self.database_file() if self.is_duckdb else None
        given = {
            "ENGAGEMENT_DATA": data and str(data.resolve()),
            "ENGAGEMENT_DATABASE": database and str(database.resolve()),
            "ENGAGEMENT_SEEDS": self.seeds and str(self._seeds_in_project(self.seeds)),
            "ENGAGEMENT_AS_OF": self.as_of and self.as_of.isoformat(),
            "ENGAGEMENT_TARGET": self.target,
            "ENGAGEMENT_FROM": self.read_again and self.read_again[0].isoformat(),
            "ENGAGEMENT_TO": self.read_again and self.read_again[1].isoformat(),
            "ENGAGEMENT_READ_UNTIL": self.read_until and self.read_until.isoformat(),
        }
        return {name: value for name, value in given.items() if value}

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Applies the environment of the run for a with block."""
        before = dict(os.environ)
        os.environ.update(self.environment())
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)

    def data_folder(self) -> Path:
        """The folder of inputs.

        Raises:
            UsageError: No folder is named, or it is not a directory.
        """
        named = self._named_data()
        if named is None:
            raise UsageError("No input is named: pass --data DIR, or set ENGAGEMENT_DATA.")
        if not named.is_dir():
            raise UsageError(
                f"The data folder {named} is not a directory: name an existing one with --data."
            )
        return named

    @property
    def has_data_folder(self) -> bool:
        """Whether the inputs are files of a folder, not tables."""
        return self._named_data() is not None

    @property
    def package(self) -> Path:
        """The folder of product_engagement: the project itself, or what it installs."""
        return self.project if name_of(self.project) == NAME else self.project / LINK

    @property
    def is_read_only(self) -> bool:
        """Whether the project is the one in the wheel, where nothing may be written."""
        return self.project == BUNDLED

    @property
    def folder(self) -> Path:
        """Where files go that are named nowhere: the project, or the working folder."""
        return Path.cwd() if self.is_read_only else self.project.resolve()

    def database_file(self) -> Path:
        """The DuckDB file that readers open: the last publication."""
        return self._named_database() or self.folder / DEFAULT_DATABASE

    def working_file(self) -> Path:
        """The DuckDB file that builds work in."""
        return working_file(self.database_file())

    def built_database(self) -> Path:
        """The DuckDB file of an earlier build.

        Raises:
            UsageError: It does not exist.
        """
        file = self.database_file()
        if not file.is_file():
            raise UsageError(f"The database {file} does not exist: run engagement build first.")
        return file

    def target_folder(self) -> Path:
        """The folder in which dbt keeps what it has parsed and compiled."""
        return self.folder / (os.environ.get("DBT_TARGET_PATH") or "target")

    def log_folder(self) -> Path:
        """The folder of dbt's log."""
        return self.folder / (os.environ.get("DBT_LOG_PATH") or "logs")

    def schema(self) -> str:
        """The schema of the public tables."""
        return os.environ.get("ENGAGEMENT_SCHEMA") or DEFAULT_SCHEMA

    def seeds_folder(self) -> Path:
        """The folder of configuration seeds."""
        return self.project / (self.seeds or _path_of("ENGAGEMENT_SEEDS") or DEFAULT_SEEDS)

    def _named_data(self) -> Path | None:
        return self.data or _path_of("ENGAGEMENT_DATA")

    def _named_database(self) -> Path | None:
        return self.database or _path_of("ENGAGEMENT_DATABASE")

    def require_own_project(self) -> None:
        """Raises a UsageError where seeds cannot be changed."""
        if self.is_read_only:
            raise UsageError(
                "The seeds of an installed project cannot be changed: engagement init FOLDER"
                " starts a project of your own, with seeds of its own."
            )

    def _seeds_in_project(self, folder: Path) -> Path:
        self.require_own_project()
        wanted = {file.name for file in (self.package / DEFAULT_SEEDS).glob("*.csv")}
        missing = wanted - {file.name for file in folder.glob("*.csv")}
        if missing:
            raise UsageError(
                f"The seeds folder {folder} lacks {', '.join(sorted(missing))}:"
                f" copy what is missing from {DEFAULT_SEEDS}/, if only with its first line."
            )
        try:
            return folder.resolve().relative_to(self.project.resolve())
        except ValueError:
            raise UsageError(
                f"The seeds folder {folder} lies outside the project {self.project}:"
                " copy it into the project and name that copy."
            ) from None

    def project_file(self) -> Mapping[str, Any]:
        """What dbt_project.yml of product_engagement says."""
        file = self.package / PROJECT_FILE
        return _content_of(file)

    def own_variables(self) -> dict[str, Any]:
        """The vars that the project gives to the product_engagement that it installs."""
        if self.package == self.project:
            return {}
        file = self.project / PROJECT_FILE
        given = _content_of(file).get("vars") or {}
        known = self.project_file()["vars"]
        of_all = {name: value for name, value in given.items() if name in known}
        return of_all | dict(given.get(NAME) or {})

    def all_variables(self) -> dict[str, Any]:
        """The vars of dbt_project.yml, overridden by those of this run.

        --as-of and ENGAGEMENT_AS_OF override the var as_of, as in the models.
        """
        variables = {**self.project_file()["vars"], **self.own_variables(), **self.variables}
        last_day = self.as_of or os.environ.get("ENGAGEMENT_AS_OF")
        return {**variables, "as_of": last_day or variables.get("as_of")}

    def target_name(self) -> str:
        """The target of profiles.yml."""
        return self.target or os.environ.get("ENGAGEMENT_TARGET") or "duckdb"

    @property
    def is_duckdb(self) -> bool:
        """Whether the target is DuckDB, the default."""
        return self.target_name() == "duckdb"


def _content_of(file: Path) -> Mapping[str, Any]:
    """A YAML file, read once as long as it does not change."""
    return _content_then(file, file.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _content_then(file: Path, changed_at: int) -> Mapping[str, Any]:
    try:
        content: Mapping[str, Any] = yaml.safe_load(file.read_text())
    except yaml.MarkedYAMLError as error:
        line = f" in line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise UsageError(f"{file} is no YAML{line}: {error.problem}.") from error
    return content


def _path_of(variable: str) -> Path | None:
    value = os.environ.get(variable)
    return Path(value) if value else None
