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

CHECKOUT = Path(__file__).resolve().parents[2]
DEFAULT_DATABASE = "scores.duckdb"
DEFAULT_SEEDS = "seeds"
DEFAULT_SCHEMA = "engagement"


def find_project() -> Path:
    """The folder of the dbt project: the working folder, else the checkout the command runs from.

    Raises:
        UsageError: Neither holds a dbt_project.yml.
    """
    for folder in (Path.cwd(), CHECKOUT):
        if (folder / "dbt_project.yml").is_file():
            return folder
    raise UsageError(
        f"{Path.cwd()} has no dbt_project.yml: run engagement in the folder of the project."
    )


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
        data, database = self._named_data(), self._named_database()
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

    def database_file(self) -> Path:
        """The DuckDB file that readers open: the last publication."""
        return self._named_database() or self.project / DEFAULT_DATABASE

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
        return self.project.resolve() / (os.environ.get("DBT_TARGET_PATH") or "target")

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

    def _seeds_in_project(self, folder: Path) -> Path:
        wanted = {file.name for file in (self.project / DEFAULT_SEEDS).glob("*.csv")}
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
        """What dbt_project.yml says."""
        file = self.project / "dbt_project.yml"
        return _content_of(file, file.stat().st_mtime_ns)

    def all_variables(self) -> dict[str, Any]:
        """The vars of dbt_project.yml, overridden by those of this run.

        --as-of and ENGAGEMENT_AS_OF override the var as_of, as in the models.
        """
        variables = {**self.project_file()["vars"], **self.variables}
        last_day = self.as_of or os.environ.get("ENGAGEMENT_AS_OF")
        return {**variables, "as_of": last_day or variables.get("as_of")}

    def target_name(self) -> str:
        """The target of profiles.yml."""
        return self.target or os.environ.get("ENGAGEMENT_TARGET") or "duckdb"

    @property
    def is_duckdb(self) -> bool:
        """Whether the target is DuckDB, the default."""
        return self.target_name() == "duckdb"


@lru_cache(maxsize=1)
def _content_of(file: Path, changed_at: int) -> Mapping[str, Any]:
    """A YAML file, read once as long as it does not change."""
    content: Mapping[str, Any] = yaml.safe_load(file.read_text())
    return content


def _path_of(variable: str) -> Path | None:
    value = os.environ.get(variable)
    return Path(value) if value else None
